"""Both baselines in one call."""

from types import SimpleNamespace

import numpy as np

from sklearn_rnn.data._baselines import baseline_forecasts


def panel(*series, season):
    return SimpleNamespace(
        target=np.concatenate(series),
        offsets=np.concatenate([[0], np.cumsum([len(one) for one in series])]),
        axis=SimpleNamespace(season_length=season),
    )


def test_the_season_comes_from_the_axis():
    week = np.arange(7.0)
    forecasts = baseline_forecasts(panel(np.tile(week, 10), season=7), 7)
    np.testing.assert_array_equal(forecasts["SeasonalNaive"], [week])
    np.testing.assert_allclose(forecasts["LagRidge"], [week], atol=0.1)


def test_the_ridge_is_fitted_on_what_lies_before_the_first_cut_off():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 90))
    changed = np.concatenate([first[:60], 1e3 * first[60:]])
    series, cutoffs = np.array([0, 1, 1]), np.array([60, 50, 70])
    before, after = (
        baseline_forecasts(panel(one, second, season=7), 5, series=series, cutoffs=cutoffs)
        for one in (first, changed)
    )
    np.testing.assert_array_equal(before["LagRidge"], after["LagRidge"])


def test_series_too_short_for_a_ridge_still_have_the_seasonal_naive():
    forecasts = baseline_forecasts(panel(np.arange(4.0), season=2), 6)
    np.testing.assert_array_equal(forecasts["SeasonalNaive"], [[2, 3, 2, 3, 2, 3]])
    assert np.isnan(forecasts["LagRidge"]).all()
