"""Pictures of forecasts show what forecasts and data say, at their times."""

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklearn_rnn import RNNForecaster
from sklearn_rnn.inspection import ForecastDisplay

TINY = {"hidden_size": 4, "n_networks": 1, "max_epochs": 1, "random_state": 0}
RNG = np.random.default_rng(0)
DAYS = pd.date_range("2024-01-01", periods=70, name="day")
SALES = pd.Series(RNG.normal(10, 1, 70), index=DAYS, name="sales")
SHOPS = pd.concat(
    {
        shop: pd.DataFrame({"promo": RNG.random(70) < 0.2, "sold": RNG.normal(size, 1, 70)}, DAYS)
        for shop, size in {"north": 20, "south": 60, "west": 35}.items()
    },
    names=["shop"],
)
PAST = SHOPS[SHOPS.index.get_level_values("day") < DAYS[63]]
FUTURE = SHOPS[SHOPS.index.get_level_values("day") >= DAYS[63]]


@pytest.fixture(autouse=True)
def closes_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def single():
    return RNNForecaster(horizon=7, **TINY).fit(SALES[:-7])


@pytest.fixture(scope="module")
def shops():
    return RNNForecaster(horizon=7, **TINY).fit(PAST, "sold")


def line(axes, label):
    (found,) = [line for line in axes.lines if line.get_label() == label]
    return mdates.date2num(found.get_xdata()), found.get_ydata()


def test_it_shows_the_figures_of_forecast_at_their_times(single):
    display = ForecastDisplay.from_estimator(single, level=[50, 90], actual=SALES)
    expected = single.forecast(level=[50, 90])
    (series,), (axes,) = display.series, display.axes_
    assert series.times.equals(expected.index)
    np.testing.assert_array_equal(series.points, expected["sales"])
    assert list(series.intervals) == [50, 90]
    for level, ends in series.intervals.items():
        columns = [f"sales-lo-{level}", f"sales-hi-{level}"]
        np.testing.assert_array_equal(ends, expected[columns])
    at, points = line(axes, "forecast")
    np.testing.assert_array_equal(at, mdates.date2num(DAYS[-7:]))
    np.testing.assert_array_equal(points, expected["sales"])
    np.testing.assert_array_equal(line(axes, "what came")[1], SALES[-7:])
    at, past = line(axes, "history")
    np.testing.assert_array_equal(past, SALES[33:63])  # 30 steps
    np.testing.assert_array_equal(at, mdates.date2num(DAYS[33:63]))
    areas = {area.get_label(): area.get_paths()[0].vertices[:, 1] for area in axes.collections}
    assert areas["90 %"].max() == pytest.approx(expected["sales-hi-90"].max())
    assert areas["50 %"].min() == pytest.approx(expected["sales-lo-50"].min())
    assert axes.get_ylabel() == "sales"


def test_each_series_has_small_axes_and_its_own_values(shops):
    X = FUTURE[["promo"]]
    display = ForecastDisplay.from_estimator(shops, 7, X, actual=FUTURE, history=10)
    expected = shops.forecast(7, X)
    assert [axes.get_title(loc="left") for axes in display.axes_] == ["north", "south", "west"]
    for series in display.series:
        np.testing.assert_array_equal(series.points, expected.loc[series.name, "sold"])
        np.testing.assert_array_equal(series.actual, FUTURE.loc[series.name, "sold"])
        np.testing.assert_array_equal(series.past, PAST.loc[series.name, "sold"][-10:])
    some = ForecastDisplay.from_estimator(
        shops, 7, X, series=["west", "north"], actual=FUTURE.loc[["west"], "sold"][2:4]
    )
    assert [series.name for series in some.series] == ["west", "north"]
    known = ~np.isnan(some.series[0].actual)
    assert known.tolist() == [False, False, True, True, False, False, False]
    assert np.isnan(some.series[1].actual).all()


def test_polars_and_long_frames_give_the_same_picture(shops):
    long, ahead = (polars.from_pandas(part.reset_index()) for part in (PAST, FUTURE))
    model = RNNForecaster(horizon=7, id_col="shop", time_col="day", **TINY).fit(long, "sold")
    found = ForecastDisplay.from_estimator(model, 7, ahead.drop("sold"), actual=ahead).series
    expected = ForecastDisplay.from_estimator(shops, 7, FUTURE[["promo"]], actual=FUTURE).series
    for one, other in zip(found, expected, strict=True):
        assert one.name == other.name and (one.times == other.times).all()
        np.testing.assert_allclose(one.points, other.points, rtol=1e-6)
        np.testing.assert_array_equal(one.actual, other.actual)


def test_hours_are_written_in_the_time_zone_of_the_series():
    hours = pd.date_range("2025-03-27", periods=72, freq="h", tz="Europe/Oslo")
    load = pd.Series(RNG.normal(size=72), index=hours)
    (axes,) = ForecastDisplay.from_estimator(RNNForecaster(horizon=6, **TINY).fit(load)).axes_
    at = line(axes, "forecast")[0]
    utc = (hours[-1] + pd.Timedelta("1h")).tz_convert("UTC").tz_localize(None)
    assert at[0] == mdates.date2num(utc)
    np.testing.assert_allclose(np.diff(at), 1 / 24)  # also where clocks are put forward
    assert str(axes.xaxis.get_major_formatter()._tz) == "Europe/Oslo"


def test_periods_integers_and_positions_have_their_places():
    months = pd.period_range("2020-01", periods=40, freq="M")
    values = RNG.normal(size=(40, 2))
    two = pd.DataFrame(values, index=months, columns=["a", "b"])
    display = ForecastDisplay.from_estimator(RNNForecaster(horizon=3, **TINY).fit(None, two))
    assert [series.name for series in display.series] == ["a", "b"]
    at = line(display.axes_[0], "forecast")[0]
    assert at[0] == mdates.date2num(pd.Timestamp("2023-05-01"))
    years = pd.Series(values[:, 0], index=pd.RangeIndex(1980, 2020))
    model = RNNForecaster(horizon=1, **TINY).fit(years)
    (axes,) = ForecastDisplay.from_estimator(model).axes_
    assert axes.lines[1].get_xdata().tolist() == [2020]
    assert len(axes.collections) == 3  # one step has bars in place of areas
    rows = RNNForecaster(horizon=2, **TINY).fit(None, values[:-2, 0])
    (series,) = ForecastDisplay.from_estimator(rows, actual=values[-2:, 0]).series
    assert series.times.tolist() == [38, 39]
    np.testing.assert_array_equal(series.actual, values[-2:, 0])


def test_a_search_and_new_history_are_taken(single):
    grid = GridSearchCV(RNNForecaster(horizon=7, **TINY), {"cell": ["gru"]}, cv=TimeSeriesSplit(2))
    days = pd.DataFrame(index=DAYS[:-7])
    searched = grid.fit(days, SALES[:-7])
    (series,) = ForecastDisplay.from_estimator(searched, level=None).series
    np.testing.assert_array_equal(series.points, searched.best_estimator_.forecast()["sales"])
    assert series.intervals == {}
    (later,) = ForecastDisplay.from_estimator(single, context=SALES[-7:]).series
    np.testing.assert_array_equal(later.past, SALES[-30:])
    assert later.times[0] == DAYS[-1] + pd.Timedelta("1D")


def test_what_cannot_be_drawn_is_told(single, shops):
    with pytest.raises(TypeError, match="expected an RNNForecaster, but got Ridge"):
        ForecastDisplay.from_estimator(Ridge().fit([[1]], [1]))
    with pytest.raises(ValueError, match="actual has no value .* from 2024-03-04 .* 2024-03-10"):
        ForecastDisplay.from_estimator(single, actual=SALES[:-7])
    with pytest.raises(ValueError, match="knows one series without an id"):
        ForecastDisplay.from_estimator(single, series=["north"])
    with pytest.raises(ValueError, match="series 'east' is not among the 3"):
        ForecastDisplay.from_estimator(shops, 7, FUTURE[["promo"]], series=["north", "east"])
    with pytest.raises(ValueError, match="history == -1, must be >= 0"):
        ForecastDisplay.from_estimator(single, history=-1)
    with pytest.raises(ValueError, match="ax holds 2 axes, but 1 are drawn on"):
        ForecastDisplay.from_estimator(single, ax=plt.subplots(2)[1])
