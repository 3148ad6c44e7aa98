"""Both baselines in the layout of the user's frame."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.data._lag_ridge import auto_ridge_window, fit_lag_ridge, forecast_lag_ridge
from sklearn_rnn.model_selection import forecast_baselines

NAMES = ["SeasonalNaive", "LagRidge"]


def days(n):
    """Noise around a week, and its times."""
    rng = np.random.default_rng(n)
    index = pd.date_range("2024-01-01", periods=n, freq="D", tz="Europe/Berlin", name="day")
    return pd.Series(np.arange(n) % 7 + rng.normal(size=n), index=index, name="sold")


def ridge_of(series, steps, season):
    """The same ridge, called on arrays."""
    values = np.concatenate([one.to_numpy() for one in series])
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in series])])
    window = auto_ridge_window(np.diff(offsets), steps, season)
    fit = {"horizon": steps, "window": window, "season_length": season}
    return forecast_lag_ridge(fit_lag_ridge(values, offsets, **fit), values, offsets)


def test_one_series_goes_on_in_its_index():
    series = days(100)
    forecasts = forecast_baselines(series, steps=10)
    assert forecasts.columns.tolist() == NAMES
    expected = pd.date_range("2024-04-10", periods=10, freq="D", tz="Europe/Berlin", name="day")
    pd.testing.assert_index_equal(forecasts.index, expected)
    week = series.to_numpy()[-7:]
    np.testing.assert_array_equal(forecasts["SeasonalNaive"], np.resize(week, 10))
    np.testing.assert_allclose(forecasts["LagRidge"], ridge_of([series], 10, 7)[0])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_long_frames_of_several_series_come_back_long(library):
    parts = {"b": days(60).tz_localize(None), "a": days(80).tz_localize(None)}
    frame = pd.concat(
        [pd.DataFrame({"unique_id": name, "ds": y.index, "y": y}) for name, y in parts.items()],
        ignore_index=True,
    )
    if library == "polars":
        polars = pytest.importorskip("polars")
        frame = polars.DataFrame({name: column.to_numpy() for name, column in frame.items()})
    forecasts = forecast_baselines(frame, steps=3)
    assert list(forecasts.columns) == ["unique_id", "ds", *NAMES]
    assert isinstance(forecasts, pd.DataFrame) == (library == "pandas")
    ids, ridge = list(forecasts["unique_id"]), forecasts["LagRidge"].to_numpy()
    order = [ids[0], ids[3]]
    assert sorted(order) == ["a", "b"]
    np.testing.assert_allclose(ridge.reshape(2, 3), ridge_of([parts[name] for name in order], 3, 7))


def test_several_targets_have_columns_of_their_own():
    y = pd.DataFrame({"in": days(50), "out": 2 * days(50)})
    forecasts = forecast_baselines(y[[]], y, steps=2)
    assert forecasts.columns.tolist() == [f"{t}-{name}" for t in ("in", "out") for name in NAMES]
    np.testing.assert_allclose(forecasts["out-LagRidge"], 2 * forecasts["in-LagRidge"])


def test_gaps_and_what_is_missing_are_skipped():
    series = days(70)
    gaps = series.drop(series.index[[10, 69 - 7]])
    forecasts = forecast_baselines(gaps, steps=7)
    np.testing.assert_array_equal(forecasts["SeasonalNaive"][:6], series[-7:-1])
    missing = forecast_baselines(series.mask(~series.index.isin(gaps.index)), steps=7)
    pd.testing.assert_frame_equal(forecasts, missing, check_freq=False)


@pytest.mark.parametrize("name", ["steps", "season_length", "window"])
@pytest.mark.parametrize("size", [0, 1.5, True])
def test_sizes_below_one_or_of_another_type_are_refused(name, size):
    with pytest.raises(ValueError, match=f"{name} must be .*at least 1, but it is {size}"):
        forecast_baselines(days(20), **({"steps": 2} | {name: size}))
