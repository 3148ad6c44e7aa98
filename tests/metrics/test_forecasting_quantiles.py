"""Scores of quantiles and intervals, held against scikit-learn and slow loops."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, mean_pinball_loss

from sklearn_rnn.metrics import (
    interval_coverage,
    mean_interval_width,
    mean_quantile_loss,
    weighted_quantile_loss,
)

LEVELS = [0.05, 0.5, 0.8]
LOSSES = [mean_quantile_loss, weighted_quantile_loss]


@pytest.fixture
def true(rng):
    return rng.normal(size=40)


@pytest.fixture
def forecasts(rng):
    return np.sort(rng.normal(size=(40, len(LEVELS))), axis=1)


def slow_weighted_loss(true, forecasts, levels, weights):
    """GluonTS: the quantile loss of each level, 2 |(z - y) ((y <= z) - q)|, over |y|, averaged."""
    ratios = []
    for level, column in zip(levels, forecasts.T, strict=True):
        above, below = 0.0, 0.0
        for y, z, weight in zip(true, column, weights, strict=True):
            above += weight * 2 * abs((z - y) * ((y <= z) - level))
            below += weight * abs(y)
        ratios.append(above / below)
    return np.mean(ratios)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_quantile_loss_is_the_mean_of_pinball_losses(true, forecasts, weighted, rng):
    weights = rng.uniform(size=40) if weighted else None
    of_levels = [
        mean_pinball_loss(true, column, alpha=level, sample_weight=weights)
        for level, column in zip(LEVELS, forecasts.T, strict=True)
    ]
    given = {"quantiles": LEVELS, "sample_weight": weights}
    assert mean_quantile_loss(true, forecasts, **given) == pytest.approx(np.mean(of_levels))
    losses = mean_quantile_loss(true, forecasts, **given, per_quantile=True)
    assert losses.index.tolist() == LEVELS
    np.testing.assert_allclose(losses, of_levels)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_weighted_loss_is_that_of_gluonts(true, forecasts, weighted, rng):
    weights = rng.uniform(size=40) if weighted else None
    expected = slow_weighted_loss(
        true, forecasts, LEVELS, np.ones(40) if weights is None else weights
    )
    loss = weighted_quantile_loss(true, forecasts, quantiles=LEVELS, sample_weight=weights)
    assert loss == pytest.approx(expected)


def test_the_loss_of_the_median_is_half_the_absolute_error(true, forecasts):
    median = forecasts[:, 1]
    error = mean_absolute_error(true, median)
    assert mean_quantile_loss(true, median, quantiles=0.5) == pytest.approx(error / 2)
    normalised = error / np.abs(true).mean()
    assert weighted_quantile_loss(true, median, quantiles=[0.5]) == pytest.approx(normalised)


@pytest.mark.parametrize("loss", LOSSES)
def test_missing_values_are_left_out(loss, true, forecasts):
    expected = loss(true[3:], forecasts[3:], quantiles=LEVELS)
    true[:3] = forecasts[0] = np.nan
    assert loss(true, forecasts, quantiles=LEVELS) == pytest.approx(expected)


@pytest.mark.parametrize("loss", LOSSES)
def test_several_targets_are_rows_of_one_table(loss, true, forecasts):
    expected = loss(true, forecasts, quantiles=LEVELS)
    two, of_two = true.reshape(20, 2), forecasts.reshape(20, 2, 3)
    assert loss(two, of_two, quantiles=LEVELS) == pytest.approx(expected)
    frame = pd.DataFrame(true, columns=["y"])
    assert loss(frame, pd.DataFrame(forecasts), quantiles=LEVELS) == pytest.approx(expected)
    one_level = loss(two, of_two[..., 0], quantiles=LEVELS[0])
    assert one_level == pytest.approx(loss(true, forecasts[:, 0], quantiles=LEVELS[0]))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("true", "forecasts", "given", "message"),
    [
        ([1, 2], [[1, 2], [1, 2]], {"quantiles": LEVELS}, r"shape \(2, 3\), .* \(2, 2\)"),
        ([1, 2], [1, 2, 3], {"quantiles": 0.5}, r"came with \(3,\)"),
        ([1, 2], [1, 2], {"quantiles": [1.0]}, "between 0 and 1"),
        ([1, 2], [1, 2], {"quantiles": [np.nan]}, "between 0 and 1"),
        ([1, 2], [1, 2], {"quantiles": []}, "quantiles must not be empty"),
        ([], [], {"quantiles": 0.5}, "y_true must not be empty"),
        ([np.nan], [1], {"quantiles": 0.5}, "all of it is NaN"),
        ([1, 2], [1, np.nan], {"quantiles": 0.5}, "y_quantiles is NaN in row 1"),
        ([1, 2], [1, 2], {"quantiles": 0.5, "sample_weight": [1]}, r"shape \(2,\)"),
        ([1, 2], [1, 2], {"quantiles": 0.5, "sample_weight": [1, -1]}, "-1.0 in row 1"),
        ([1, 2], [1, 2], {"quantiles": 0.5, "sample_weight": [0, 0]}, "no weight"),
        ([[[1]]], [1], {"quantiles": 0.5}, r"\(n, n_targets\)"),
    ],
)
def test_bad_quantiles_are_refused(loss, true, forecasts, given, message):
    with pytest.raises(ValueError, match=message):
        loss(true, forecasts, **given)


def test_quantiles_of_other_rows_are_refused():
    true = pd.Series([1, 2], index=[5, 6])
    with pytest.raises(ValueError, match="row 0 is 5 in y_true and 0 in y_quantiles"):
        mean_quantile_loss(true, pd.DataFrame([[1], [2]]), quantiles=0.5)


def test_the_weighted_loss_of_zeros_is_refused():
    with pytest.raises(ValueError, match="take mean_quantile_loss"):
        weighted_quantile_loss([0, 0], [1, 2], quantiles=0.5)


# --- intervals ----------------------------------------------------------------------------------


def test_coverage_and_width_are_counted_by_hand(rng):
    true = rng.normal(size=60)
    lower, upper = np.sort(rng.normal(size=(2, 60)), axis=0)
    weights = rng.uniform(size=60)
    true[0] = lower[0]  # the ends count
    inside = [a <= y <= b for y, a, b in zip(true, lower, upper, strict=True)]
    assert 0 < sum(inside) < 60
    assert interval_coverage(true, lower, upper) == pytest.approx(sum(inside) / 60)
    weighted = interval_coverage(true, lower, upper, sample_weight=weights)
    assert weighted == pytest.approx(weights[inside].sum() / weights.sum())
    width = mean_interval_width(lower, upper, sample_weight=weights)
    assert width == pytest.approx(((upper - lower) * weights).sum() / weights.sum())
    two = (a.reshape(30, 2) for a in (true, lower, upper))
    assert interval_coverage(*two) == pytest.approx(sum(inside) / 60)


def test_quantiles_of_the_true_distribution_cover_what_they_say(rng):
    true = rng.normal(size=100_000)
    low, high = -1.2815515655, 1.2815515655  # the 10 % and 90 % points of the normal
    coverage = interval_coverage(true, np.full(100_000, low), np.full(100_000, high))
    assert coverage == pytest.approx(0.8, abs=0.005)


def test_missing_truth_and_missing_ends_are_left_out():
    assert interval_coverage([1, np.nan, 9], [0, np.nan, 0], [2, np.nan, 2]) == 0.5
    assert mean_interval_width([0, np.nan, 0], [2, 2, 4]) == 3


def test_bad_intervals_are_refused():
    with pytest.raises(ValueError, match=r"row 1 \('b'\) they are 5.0 and 4.0 \(1 such"):
        interval_coverage(pd.Series([1, 2], index=["a", "b"]), [0, 5], [1, 4])
    with pytest.raises(ValueError, match="not be above"):
        mean_interval_width([3], [2])
    with pytest.raises(ValueError, match="y_upper is NaN in row 0"):
        interval_coverage([1], [0], [np.nan])
    with pytest.raises(ValueError, match="two ends"):
        mean_interval_width([1, 2], [3])
    with pytest.raises(ValueError, match="no interval with two ends"):
        mean_interval_width([np.nan], [3])
    with pytest.raises(ValueError, match="same index"):
        mean_interval_width(pd.Series([1], [0]), pd.Series([2], [1]))
    with pytest.raises(ValueError, match="no weight"):
        interval_coverage([1], [0], [2], sample_weight=[0])
