"""The ridge on lags against scikit-learn's, and against what it must recover or must not read."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from sklearn_rnn.data._lag_ridge import (
    auto_ridge_window,
    fit_lag_ridge,
    forecast_lag_ridge,
    series_scales,
)


def panel(*series):
    return np.concatenate(series), np.concatenate([[0], np.cumsum([len(one) for one in series])])


def walks(seed, lengths=(60, 45)):
    rng = np.random.default_rng(seed)
    return [np.cumsum(rng.normal(size=length)) * 10**i for i, length in enumerate(lengths)]


def windows_one_by_one(series, scale, window, horizon):
    """Each window and what follows as differences from the last value, in units of the scale."""
    rows = [
        series[cutoff - window : cutoff + horizon]
        for cutoff in range(window, len(series) - horizon + 1)
    ]
    return np.array([(row - row[window - 1]) / scale for row in rows])


def test_forecasts_equal_those_of_scikit_learns_ridge_on_the_same_windows():
    series, window, horizon = walks(0), 6, 3
    scales = [np.abs(one[4:] - one[:-4]).mean() for one in series]
    rows = np.vstack(
        [windows_one_by_one(*pair, window, horizon) for pair in zip(series, scales, strict=True)]
    )
    inputs = np.column_stack([rows[:, :window], np.ones(len(rows))])
    truth = Ridge(alpha=0.7, fit_intercept=False).fit(inputs, rows[:, window:])

    values, offsets = panel(*series)
    ridge = fit_lag_ridge(
        values, offsets, horizon=horizon, window=window, alpha=0.7, season_length=4
    )
    forecasts = forecast_lag_ridge(ridge, values, offsets)
    for one, scale, forecast in zip(series, scales, forecasts, strict=True):
        last = np.append((one[-window:] - one[-1]) / scale, 1.0)
        np.testing.assert_allclose(forecast, one[-1] + truth.predict([last])[0] * scale)


def test_a_trend_and_a_season_are_carried_on():
    steps = np.arange(200)
    series = 5 + 0.3 * steps + np.sin(2 * np.pi * steps / 12)
    values, offsets = panel(series[:170])
    ridge = fit_lag_ridge(values, offsets, horizon=12, window=24, season_length=12, alpha=1e-8)
    forecast = forecast_lag_ridge(ridge, values, offsets, 30)
    np.testing.assert_allclose(forecast[0], series[170:], atol=1e-3)


def test_forecasts_move_and_stretch_with_the_series():
    values, offsets = panel(*walks(1))
    plain, moved = (
        forecast_lag_ridge(
            fit_lag_ridge(these, offsets, horizon=4, window=8, season_length=1), these, offsets
        )
        for these in (values, 1e6 + 25 * values)
    )
    np.testing.assert_allclose(moved, 1e6 + 25 * plain, rtol=1e-9)


def test_known_columns_explain_what_lags_cannot():
    rng = np.random.default_rng(2)
    known = rng.normal(size=(300, 1))
    values, offsets = panel(3 * known[:, 0] + 0.01 * rng.normal(size=300))
    fit = {"horizon": 5, "window": 4, "cutoffs": np.array([280])}
    ridge = fit_lag_ridge(values, offsets, known=known, **fit)
    ahead = forecast_lag_ridge(
        ridge, values, offsets, 13, cutoffs=np.array([280]), known=known[None, 279:293]
    )
    blind = forecast_lag_ridge(
        fit_lag_ridge(values, offsets, **fit), values, offsets, 13, cutoffs=np.array([280])
    )
    errors = [np.abs(forecast[0] - values[280:293]).mean() for forecast in (ahead, blind)]
    assert errors[0] < 0.2 < errors[1]


def test_nothing_after_the_cut_offs_is_read():
    values, offsets = panel(*walks(3))
    cutoffs = np.array([40, 30])
    later = values.copy()
    later[40:60] = np.nan
    later[90:] = 1e9
    forecasts = [
        forecast_lag_ridge(
            fit_lag_ridge(these, offsets, horizon=3, window=9, cutoffs=cutoffs),
            these, offsets, cutoffs=cutoffs,
        )
        for these in (values, later)
    ]  # fmt: skip
    np.testing.assert_array_equal(*forecasts)


def test_a_gap_before_the_cut_off_counts_as_the_value_before_it():
    values, offsets = panel(*walks(4, lengths=(80,)))
    ridge = fit_lag_ridge(values, offsets, horizon=3, window=6)
    gap, held = values.copy(), values.copy()
    gap[[75, 79]] = np.nan
    held[75], held[79] = values[74], values[78]
    np.testing.assert_array_equal(
        forecast_lag_ridge(ridge, gap, offsets), forecast_lag_ridge(ridge, held, offsets)
    )


def test_windows_without_a_past_or_with_a_gap_ahead_are_not_fitted_on():
    (series,) = walks(7, lengths=(70,))
    series[:9] = series[40] = np.nan
    filled, window, horizon = pd.Series(series).ffill().bfill().to_numpy(), 5, 3
    scale = np.nanmean(np.abs(np.diff(series)))
    rows = windows_one_by_one(filled, scale, window, horizon)
    cutoffs = np.arange(window, window + len(rows))
    seen = [
        cutoff > 9 and not np.isnan(series[cutoff : cutoff + horizon]).any() for cutoff in cutoffs
    ]
    inputs = np.column_stack([rows[seen, :window], np.ones(sum(seen))])
    truth = Ridge(alpha=1.0, fit_intercept=False).fit(inputs, rows[seen, window:])
    ridge = fit_lag_ridge(*panel(series), horizon=horizon, window=window)
    np.testing.assert_allclose(ridge.coefficients, truth.coef_.T)


def test_short_empty_and_unobserved_series_stand_beside_long_ones():
    series = [*walks(5), np.array([3.0]), np.array([]), np.full(30, np.nan)]
    values, offsets = panel(*series)
    ridge = fit_lag_ridge(values, offsets, horizon=4, window=6)
    forecasts = forecast_lag_ridge(ridge, values, offsets)
    assert np.isfinite(forecasts[:3]).all()
    assert np.isnan(forecasts[3:]).all()


def test_a_series_with_scattered_gaps_everywhere_is_still_fitted():
    values, offsets = panel(*walks(6, lengths=(120,)))
    values[::4] = np.nan
    ridge = fit_lag_ridge(values, offsets, horizon=8, window=8)
    assert np.isfinite(ridge.coefficients).all()


def test_no_series_longer_than_the_horizon_is_an_error():
    values, offsets = panel(np.arange(5.0), np.arange(3.0))
    with pytest.raises(ValueError, match="ridge for 5 steps .* the longest of 2 has 5 rows"):
        fit_lag_ridge(values, offsets, horizon=5, window=2)


def test_scales_are_mean_absolute_seasonal_differences_or_levels_or_one():
    series = [np.array([1.0, 4.0, np.nan, 10.0, 3.0, 6.0]), np.full(4, 7.0), np.zeros(3)]
    _, offsets = panel(*series)
    scales = series_scales(np.concatenate(series), offsets[:-1], offsets[1:], 2)
    np.testing.assert_allclose(scales, [(6 + 4) / 2, 7.0, 1.0])


@pytest.mark.parametrize(
    ("length", "horizon", "season", "window"),
    [(8640, 96, 24, 336), (8640, 720, 24, 720), (72, 8, 4, 16), (100, 5, 1, 14), (3, 2, 7, 1)],
)
def test_the_window_follows_season_horizon_and_length(length, horizon, season, window):
    assert auto_ridge_window(np.array([length]), horizon, season) == window
