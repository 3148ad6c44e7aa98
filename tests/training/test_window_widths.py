"""The widths of windows whose own values do not tell, held against numpy."""

import numpy as np
import pytest
import torch

from sklearn_rnn.training import WindowDataset, Windows, WindowScalers
from tests.window_panels import make_panel, slow_window

WINDOW, HORIZON = 8, 5


def make_dataset(panel, windows, **options):
    options = {"window": WINDOW, "horizon": HORIZON} | options
    return WindowDataset(panel, windows, scalers=WindowScalers.fit(panel), **options)


def dataset_with_widths(values, lengths=None, first=WINDOW, **options):
    """All windows of series with these values, and what is learned from them."""
    panel = make_panel(lengths or [len(values)], np.random.default_rng(0))
    panel.target[:] = values
    windows = Windows.of_panel(panel, horizon=HORIZON, first=first)
    widths = make_dataset(panel, windows, **options).learn_widths()
    return panel, make_dataset(panel, windows, widths=widths, **options), widths


def scale_of(panel, cutoff, widths, series=0, **options):
    windows = Windows.at([series], [cutoff])
    return float(make_dataset(panel, windows, widths=widths, **options).statistics().scale[0])


@pytest.mark.parametrize("scaling", ["mean", "last"])
def test_the_usual_width_is_the_median_deviation(scaling, rng):
    values = rng.normal(size=60)
    _, dataset, widths = dataset_with_widths(values, scaling=scaling)
    cuts = range(WINDOW, 60 - HORIZON + 1)
    deviations = np.sort([values[cut - WINDOW : cut].std() for cut in cuts])
    assert widths.usual.size == pytest.approx(deviations[(len(deviations) - 1) // 2])
    assert widths.few == WINDOW
    assert dataset.statistics().scale.tolist() == pytest.approx(
        [values[cut - WINDOW : cut].std() for cut in cuts]
    )


def test_few_values_are_drawn_towards_the_usual_width(rng):
    panel, _, widths = dataset_with_widths(rng.normal(size=60) + 20)
    usual, values = widths.usual.size, panel.target
    if widths.usual.share is not None:
        usual = None
    for n in range(1, WINDOW):
        prior, deviation = 4 * (1 - n / WINDOW), values[:n].std()
        width = usual or widths.usual.share * np.abs(values[:n].mean())
        expected = np.sqrt((n * deviation**2 + prior * width**2) / (n + prior))
        assert scale_of(panel, n, widths) == pytest.approx(expected)


@pytest.mark.parametrize("scaling", ["mean", "last"])
def test_still_series_have_no_width(scaling):
    panel, dataset, widths = dataset_with_widths(np.full(40, 0.1), scaling=scaling)
    assert widths.usual.size == widths.still.size == 0
    statistics = dataset.statistics()
    assert (statistics.scale == 0).all()
    far = torch.full((len(dataset), HORIZON), 1e30)
    np.testing.assert_allclose(statistics.to_units(far), 0.1, rtol=1e-12)
    rows = torch.arange(len(dataset))
    assert dataset.gather(rows).values.eq(0).all() and dataset.gather_target(rows).isnan().all()
    assert scale_of(panel, 1, widths) == 0


def test_still_windows_are_as_wide_as_what_followed_others():
    values = np.concatenate([np.zeros(20), np.ones(20), np.zeros(20)])
    panel, dataset, widths = dataset_with_widths(values)
    moves = []
    for cutoff in range(WINDOW, 60 - HORIZON + 1):
        cut = slow_window(panel, 0, cutoff, WINDOW, HORIZON)
        if cut.past.std() == 0:
            moves.append(np.abs(cut.future - cut.past.mean()).mean())
    assert len(moves) >= 10 and widths.still.share is None
    assert widths.still.size == pytest.approx(np.mean(moves))
    is_still = dataset.gather(torch.arange(len(dataset))).values.eq(0).all(1)
    np.testing.assert_allclose(dataset.statistics().scale[is_still], np.mean(moves))


def test_few_still_windows_have_the_usual_width(rng):
    values = np.concatenate([np.full(WINDOW + HORIZON, 3.0), rng.normal(size=40)])
    _, _, widths = dataset_with_widths(values)
    assert widths.still == widths.usual


def test_widths_of_series_of_unlike_levels_are_shares(rng):
    shape = np.tile([1.0, 2, 3], 20)
    levels = np.repeat([1.0, 10, 100, 1000], 60)
    values = levels * (np.tile(shape, 4) + 0.01 * rng.normal(size=240))
    panel, _, widths = dataset_with_widths(values, [60] * 4)
    found = [scale_of(panel, 1, widths, series) for series in range(4)]
    np.testing.assert_allclose(np.divide(found, found[0]), [1, 10, 100, 1000], rtol=0.1)
    # Around zero, magnitudes say nothing of widths.
    _, _, widths = dataset_with_widths(rng.normal(size=300))
    assert widths.usual.share is None


def test_nothing_observed_teaches_nothing():
    values = np.full(40, np.nan)
    values[-HORIZON:] = 1.0
    _, dataset, widths = dataset_with_widths(values)
    assert widths is None
    assert dataset.gather_target(torch.arange(len(dataset))).isnan().all()


@pytest.mark.parametrize("scaling", ["mean_abs", None])
def test_scales_that_are_no_deviations_need_no_widths(scaling, rng):
    assert dataset_with_widths(rng.normal(size=40), scaling=scaling)[2] is None
