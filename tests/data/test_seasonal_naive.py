"""The seasonal naive forecast against one that looks back step by step."""

import numpy as np
import pytest

from sklearn_rnn.data._seasonal_naive import seasonal_naive


def look_back(history, steps, season):
    """For each step, walk back through its place in the season to an observed value."""
    observed = [value for value in history if not np.isnan(value)]
    forecasts = []
    for step in range(steps):
        row = len(history) + step
        while row >= len(history) or (row >= 0 and np.isnan(history[row])):
            row -= season
        if row >= 0:
            forecasts.append(history[row])
        else:
            forecasts.append(observed[-1] if observed else np.nan)
    return forecasts


def random_series(seed, lengths, share_missing):
    rng = np.random.default_rng(seed)
    series = [rng.normal(size=length) for length in lengths]
    for values in series:
        values[rng.random(len(values)) < share_missing] = np.nan
    return series, np.concatenate([*series, []]), np.concatenate([[0], np.cumsum(lengths)])


@pytest.mark.parametrize("season", [1, 3, 7])
@pytest.mark.parametrize("share_missing", [0.0, 0.5, 0.9, 1.0])
def test_every_step_has_the_last_observed_value_of_its_season(season, share_missing):
    series, values, offsets = random_series(0, [20, 1, 2, 13, 0, 7], share_missing)
    forecasts = seasonal_naive(values, offsets, 10, season)
    expected = [look_back(history, 10, season) for history in series]
    np.testing.assert_array_equal(forecasts, expected)


def test_cut_offs_hide_what_follows():
    series, values, offsets = random_series(1, [30, 12], 0.4)
    numbers, cutoffs = np.array([1, 0, 0, 1]), np.array([12, 7, 30, 0])
    forecasts = seasonal_naive(values, offsets, 5, 4, series=numbers, cutoffs=cutoffs)
    expected = [
        look_back(series[i][:cutoff], 5, 4) for i, cutoff in zip(numbers, cutoffs, strict=True)
    ]
    np.testing.assert_array_equal(forecasts, expected)
