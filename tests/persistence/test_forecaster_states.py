"""A forecaster comes back from its file as it was: series, times, ids, intervals and all."""

import datetime
import uuid

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import RNNForecaster, load
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import read_model_file, write_model_file
from tests.forecasting_data import TINY, ahead, daily, frame, panel


@pytest.fixture
def again(tmp_path):
    """Save an estimator and load it."""

    def save_and_load(estimator):
        estimator.save(tmp_path / "model")
        return load(tmp_path / "model")

    return save_and_load


def fitted(X, y=None, **params):
    return RNNForecaster(**TINY | params).fit(X, y)


def assert_same_frame(found, expected):
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected, check_exact=True, check_freq=True)
    elif isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(found, expected, check_exact=True, check_freq=True)
    else:
        assert found.equals(expected)
        assert found.schema == expected.schema


def assert_same_forecasts(loaded, forecaster, X=None):
    """Hold every kind of forecast of one against that of the other, bit for bit."""
    for options in ({}, {"level": [50, 95]}):
        expected = forecaster.forecast(6, X, **options)
        assert_same_frame(loaded.forecast(6, X, **options), expected)


# --- times --------------------------------------------------------------------------------------

N = 40
TIMES = {
    "days": pd.date_range("2024-01-01", periods=N, freq="D", name="day"),
    "days over summer time": pd.date_range("2024-03-20", periods=N, freq="D", tz="Europe/Berlin"),
    "hours over summer time": pd.date_range("2024-03-30", periods=N, freq="h", tz="Europe/Berlin"),
    "hours at an offset": pd.date_range("2024-01-01", periods=N, freq="h", tz="+05:30"),
    "quarter hours in UTC": pd.date_range("2024-01-01", periods=N, freq="15min", tz="UTC"),
    "days of a zone of dateutil": pd.date_range("2024-01-01", periods=N, tz="dateutil/Asia/Tokyo"),
    "weeks": pd.date_range("2024-01-01", periods=N, freq="W-WED"),
    "business days": pd.date_range("2024-01-01", periods=N, freq="B"),
    "months": pd.date_range("2024-01-01", periods=N, freq="MS"),
    "middles of months": pd.date_range("2024-01-01", periods=N, freq="MS") + pd.Timedelta("14D"),
    "ends of quarters": pd.date_range("1990-01-01", periods=N, freq="QE-FEB"),
    "last business days": pd.date_range("2024-01-01", periods=N, freq="BME"),
    "years": pd.date_range("1970-01-01", periods=N, freq="YE"),
    "second Tuesdays": pd.date_range("2024-01-01", periods=N, freq="WOM-2TUE"),
    "business hours": pd.date_range("2024-01-01", periods=N, freq="bh"),
    "milliseconds in ns": pd.date_range("2024-01-01", periods=N, freq="7ms", unit="ns"),
    "days in s": pd.date_range("2024-01-01", periods=N, freq="D", unit="s"),
    "months as periods": pd.period_range("2024-01", periods=N, freq="M"),
    "quarters as periods": pd.period_range("1990-01", periods=N, freq="Q-NOV"),
    "two days as periods": pd.period_range("2024-01", periods=N, freq="2D"),
    "years before 1900": pd.period_range("1800", periods=N, freq="Y"),
    "rows": pd.RangeIndex(N),
    "whole numbers above 2**53": pd.Index(np.arange(N) * 3 + 2**53 + 1),
    "whole numbers of 16 bits": pd.Index(np.arange(N, dtype=np.int16), name=("a", 1)),
    "whole floats below 0": pd.Index(np.arange(N) - 10.0),
}


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
def test_times_of_every_kind_come_back(times, again, rng):
    sales = pd.Series(rng.normal(size=N), index=times, name="sales")
    forecaster = fitted(None, sales, loss="normal")
    loaded = again(forecaster)
    assert_same_forecasts(loaded, forecaster)
    assert loaded._panel.axis == forecaster._panel.axis
    assert_same_frame(
        loaded.backtest(None, sales, n_windows=2), forecaster.backtest(None, sales, n_windows=2)
    )


def test_values_without_time_and_name_come_back(again, rng):
    values = rng.normal(size=N)
    forecaster = fitted(None, values)
    loaded = again(forecaster)
    assert_same_forecasts(loaded, forecaster)


@pytest.mark.parametrize("freq", ["D", pd.offsets.Day(), pd.offsets.Week(2, weekday=1)])
def test_a_frequency_comes_back_as_it_was_given(freq, again):
    times = pd.date_range("2024-01-02", periods=N, freq=freq)
    forecaster = fitted(None, pd.Series(np.arange(N), index=times), freq=freq)
    loaded = again(forecaster)
    assert loaded.freq == freq
    assert type(loaded.freq) is type(freq)


# --- ids ----------------------------------------------------------------------------------------

IDS = {
    "texts": ["b", "a"],
    "odd texts": ["", "a\x00b", "\u202eabc"],
    "whole numbers above 2**53": [2**53 + 1, 2**53 + 2],
    "whole numbers above 2**63": np.array([2**64 - 1, 2**64 - 2], dtype=np.uint64),
    "numbers": [1.5, 0.1 + 0.2],
    "yes and no": [True, False],
    "days": pd.to_datetime(["2024-01-01", "2023-01-01"]),
    "times of a zone": pd.to_datetime(["2024-01-01", "2023-01-01"]).tz_localize("Asia/Tokyo"),
    "months": pd.period_range("2024-01", periods=2, freq="M"),
    "durations": pd.to_timedelta([1, 2], unit="D"),
    "dates of Python": pd.Series(
        [datetime.date(2024, 1, 1), datetime.date(2023, 1, 1)], dtype=object
    ),
    "intervals": pd.interval_range(0, 2),
    "categories": pd.Categorical(["v", "u"]),
    "nullable whole numbers": pd.array([1, 2], dtype="Int64"),
    "strings": pd.array(["a", "b"], dtype="string"),
    "texts and numbers": pd.Series(["1", 1], dtype=object),
}


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_ids_of_every_dtype_come_back(ids, again, rng):
    n = len(ids)
    data = pd.DataFrame({"shop": pd.Series(ids).repeat(N).reset_index(drop=True)})
    data = data.assign(day=np.tile(np.arange(N), n), sales=rng.normal(size=n * N))
    forecaster = fitted(data, "sales", id_col="shop", time_col="day", loss="normal")
    loaded = again(forecaster)
    assert_same_forecasts(loaded, forecaster)
    kept, expected = loaded._panel.ids.tolist(), forecaster._panel.ids.tolist()
    assert [(type(one), one) for one in kept] == [(type(one), one) for one in expected]
    assert_same_frame(loaded.forecast(2)[["shop"]], forecaster.forecast(2)[["shop"]])


def test_ids_that_no_file_holds_are_named(rng, tmp_path):
    data = pd.DataFrame({"shop": pd.Series([uuid.UUID(int=1)] * N, dtype=object)})
    forecaster = fitted(data.assign(sales=rng.normal(size=N)), "sales", id_col="shop")
    with pytest.raises(TypeError, match="cannot save RNNForecaster.*UUID"):
        forecaster.save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


# --- columns and layouts ------------------------------------------------------------------------


def future(data, n=6):
    index = ahead(data.index, n)
    X = pd.DataFrame({"price": np.linspace(0, 1, len(index)), "action": "radio"}, index=index)
    return X.assign(size=1.0) if "size" in data else X


def test_columns_of_every_kind_come_back(again):
    shops = panel()
    forecaster = fitted(shops, "sales", past=["visitors"], static=["size"], early_stopping=True)
    loaded, X = again(forecaster), future(shops)
    assert_same_forecasts(loaded, forecaster, X)
    np.testing.assert_array_equal(loaded.predict(X), forecaster.predict(X))
    np.testing.assert_array_equal(loaded.predict(shops), forecaster.predict(shops))
    np.testing.assert_array_equal(loaded.predict_interval(X), forecaster.predict_interval(X))
    np.testing.assert_array_equal(
        loaded.predict_quantiles(X, [0.3, 0.7]), forecaster.predict_quantiles(X, [0.3, 0.7])
    )
    np.testing.assert_array_equal(
        loaded.sample(3, X, random_state=1), forecaster.sample(3, X, random_state=1)
    )
    assert loaded.history_ == forecaster.history_
    assert repr(loaded) == repr(forecaster)


def test_missing_values_gaps_and_past_categories_come_back(again, rng):
    data = frame(60)
    data.loc[data.index[[3, 20]], ["visitors", "sales"]] = np.nan
    data = data.drop(data.index[[7, 30, 31]])
    options = {"past": ["visitors", "action"], "gaps": "mask", "loss": "normal"}
    forecaster = fitted(data, "sales", **options)
    loaded, X = again(forecaster), pd.DataFrame({"price": 0.5}, index=ahead(data.index, 6))
    assert_same_forecasts(loaded, forecaster, X)
    np.testing.assert_array_equal(loaded._panel.target, forecaster._panel.target)
    np.testing.assert_array_equal(loaded._panel.present, forecaster._panel.present)


def test_several_targets_come_back(again):
    data = frame(60)[["sales", "visitors"]]
    forecaster = fitted(None, data, n_networks=2)
    loaded = again(forecaster)
    assert_same_forecasts(loaded, forecaster)


def test_two_columns_of_ids_and_names_that_are_no_texts_come_back(again, rng):
    names = [("a", 1), 2, "day", None]
    shops = pd.MultiIndex.from_product([[1, 2], ["x", "y"]]).repeat(N)
    data = pd.DataFrame(
        {
            names[0]: shops.get_level_values(0),
            names[1]: shops.get_level_values(1),
            names[2]: np.tile(np.arange(N), 4),
            "sales": rng.normal(size=4 * N),
        }
    )
    forecaster = fitted(data, "sales", id_col=names[:2], time_col="day", loss="normal")
    assert_same_forecasts(again(forecaster), forecaster)


def test_polars_comes_back(again, rng):
    polars = pytest.importorskip("polars")
    data = polars.DataFrame(
        {
            "shop": ["a"] * N + ["b"] * N,
            "day": [datetime.date(2024, 1, 1) + datetime.timedelta(days=i) for i in range(N)] * 2,
            "sales": rng.normal(size=2 * N),
        }
    )
    forecaster = fitted(data, "sales", id_col="shop", time_col="day", loss="normal")
    loaded = again(forecaster)
    assert_same_frame(loaded.forecast(3), forecaster.forecast(3))
    assert isinstance(loaded.forecast(3), polars.DataFrame)


@pytest.mark.parametrize(
    "params",
    [
        {"loss": "quantile", "quantiles": [0.1, 0.5, 0.8]},
        {"loss": "student_t"},
        {"loss": "negative_binomial"},
        {"loss": "poisson", "decoder": "mlp"},
        {"loss": "normal", "decoder": "recursive", "cell": "lstm"},
        {"loss": "huber", "delta": 2.0, "log": True},
        {"difference": True, "scaling": "last"},
        {"difference": 5, "scaling": None, "log": False},
        {"calendar": None, "num_layers": 2, "residual": True, "recency": 10},
        {"windows_per_epoch": None, "n_networks": 3, "averaging": None},
    ],
    ids=lambda params: " ".join(map(str, params.values())),
)
def test_networks_of_every_kind_come_back(params, again):
    sales = daily(60).round().rename("sales")
    forecaster = fitted(None, sales, **params)
    loaded = again(forecaster)
    assert_same_forecasts(loaded, forecaster)
    X = pd.DataFrame(index=ahead(sales.index, 6))
    np.testing.assert_array_equal(
        loaded.sample(4, X, random_state=0), forecaster.sample(4, X, random_state=0)
    )


# --- the linear map, intervals by the season, widths --------------------------------------------


def test_a_network_averaged_with_least_squares_comes_back(again):
    sales = daily(120)
    forecaster = fitted(None, sales, linear_share=0.3, n_networks=2)
    assert forecaster.linear_share_ == 0.3
    assert forecaster.module_.coefficients.any()
    loaded = again(forecaster)
    assert loaded.linear_share_ == 0.3
    assert_same_forecasts(loaded, forecaster)
    before = loaded.forecast(4)
    loaded.module_.share.fill_(0.0)
    assert not loaded.forecast(4).equals(before)  # it takes part


def test_intervals_that_differ_by_the_season_come_back(again):
    sales = daily(1000)
    forecaster = fitted(None, sales, horizon=3)
    assert forecaster._calibration.year == 365
    loaded = again(forecaster)
    assert_same_forecasts(loaded, forecaster)
    X = pd.DataFrame(index=ahead(sales.index, 3))
    np.testing.assert_array_equal(loaded.predict_interval(X), forecaster.predict_interval(X))
    assert_same_frame(
        loaded.backtest(None, sales, n_windows=3, level=[80]),
        forecaster.backtest(None, sales, n_windows=3, level=[80]),
    )


@pytest.mark.parametrize("scaling", ["mean", "last"])
def test_widths_of_windows_of_few_or_equal_values_come_back(scaling, again):
    """Magnitudes of series differ tenfold, so that widths are shares of these."""
    shops = panel()
    shops.loc["b", "sales"] = shops.loc["b", "sales"].where(np.arange(65) % 4 == 0).to_numpy()
    forecaster = fitted(shops[["sales"]], "sales", scaling=scaling, log=False)
    assert forecaster._widths.usual.share is not None
    loaded = again(forecaster)
    assert loaded._widths == forecaster._widths
    context = daily(20).to_frame().assign(few=np.nan, still=7.0)
    context.iloc[[2, 9], 1] = 4.0
    context = context.set_axis(["a", "b", "c"], axis=1).rename_axis("day")
    context = context.unstack().rename("sales").rename_axis(["shop", "day"]).to_frame()
    assert_same_frame(loaded.forecast(4, context=context), forecaster.forecast(4, context=context))


def set_share(share):
    def change(state, tensors):
        tensors["RNNForecaster._weights.share"][()] = share

    return change


def set_width(part, **values):
    return lambda state, tensors: state["_widths"][part].update(values)


def set_few(few):
    return lambda state, tensors: state["_widths"].update(few=few)


def set_year(year):
    return lambda state, tensors: state["_calibration"].update(year=year)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (set_share(1.5), "share of the linear map is 1.5"),
        (set_share(-1e-9), "share of the linear map is -9.99"),
        (set_share(np.nan), "NaN"),
        (set_width("usual", size=-1.0), "_widths.usual.size must be"),
        (set_width("usual", size="inf"), "_widths.usual.size must be"),
        (set_width("still", share=-0.5), "_widths.still.share must be"),
        (set_few(0), "_widths.few must be"),
        (set_few(15), "15 values are not few in a window of 14"),
        (lambda state, tensors: state.update(scaling_=None), "widths of windows say nothing"),
        (set_year(365), "parts of a year"),
        (set_year(10**12), "_calibration.year must be"),
    ],
)
def test_a_wrong_share_width_or_year_is_refused(change, complaint, tmp_path):
    fitted(None, daily(120), linear_share=0.3).save(tmp_path / "model")
    document, tensors = read_model_file(tmp_path / "model")
    change(document["model"]["state"], tensors)
    write_model_file(tmp_path / "model", document, tensors)
    with pytest.raises(ModelFileError, match=complaint):
        load(tmp_path / "model")


# --- going on -----------------------------------------------------------------------------------


def test_a_loaded_forecaster_is_updated_and_trained_on_like_a_copy(again):
    shops = panel()
    old, new = shops.groupby("shop").head(50), shops.groupby("shop").tail(-50)
    options = {"past": ["visitors"], "static": ["size"]}
    forecaster = RNNForecaster(**TINY | options).partial_fit(old, "sales")
    loaded = again(forecaster)
    forecaster._settings = None  # the state of an optimiser is not kept
    for one in (forecaster, loaded):
        one.partial_fit(new, "sales")
    X = future(shops)
    assert_same_forecasts(loaded, forecaster, X)
    later = future(shops).assign(visitors=1.0, sales=5.0)
    for one in (forecaster, loaded):
        one.update(later, "sales")
    X = future(later.assign(size=1.0))
    assert_same_forecasts(again(loaded), forecaster, X)


def test_a_forecaster_of_other_series_than_at_first_comes_back(again):
    shops = panel()
    forecaster = fitted(shops.drop("c"), "sales", warm_start=True, past=["visitors", "size"])
    forecaster.fit(shops.loc[["c", "a"]], "sales")
    assert_same_forecasts(
        again(forecaster), forecaster, future(shops.loc[["c", "a"]]).drop(columns="size")
    )


def test_an_unfitted_forecaster_comes_back(again):
    forecaster = RNNForecaster(7, 21, id_col=["a", "b"], quantiles=np.array([0.2, 0.8]))
    loaded = again(forecaster)
    assert not hasattr(loaded, "net_")
    assert repr(loaded) == repr(forecaster)


def test_a_million_rows_are_a_file_of_their_numbers(again, tmp_path):
    """The panel is kept whole, as forecasts at times of the fit and backtests read it."""
    n = 500
    data = pd.DataFrame({"shop": np.repeat(np.arange(2000), n), "day": np.tile(np.arange(n), 2000)})
    data["sales"] = np.sin(data["day"]) + data["shop"]
    forecaster = fitted(data, "sales", id_col="shop", time_col="day", loss="normal")
    loaded = again(forecaster)
    assert (tmp_path / "model").stat().st_size < 10_000_000  # 9 bytes a row, and ids
    pd.testing.assert_frame_equal(loaded.forecast(2), forecaster.forecast(2))


def test_a_document_that_claims_another_zone_is_refused(tmp_path):
    fitted(None, daily(40, tz="Europe/Berlin")).save(tmp_path / "model")
    document, tensors = read_model_file(tmp_path / "model")
    for zone in ("Europe/Nowhere", "../../etc/passwd", "dateutil//../etc/passwd"):
        document["model"]["state"]["_panel"]["axis"]["tz"] = zone
        write_model_file(tmp_path / "model", document, tensors)
        with pytest.raises(ModelFileError, match="time zone"):
            load(tmp_path / "model")
