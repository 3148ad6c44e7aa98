"""Which windows there are, held against a list of them."""

import itertools

import numpy as np
import pytest
import torch

from sklearn_rnn.training import Windows
from tests.window_panels import make_panel

LENGTHS = [12, 0, 3, 30, 5]


def listed(windows):
    series, cutoffs = windows.locate(torch.arange(len(windows)))
    return list(zip(series.tolist(), cutoffs.tolist(), strict=True))


@pytest.mark.parametrize("horizon", [1, 3, 6])
@pytest.mark.parametrize("first", [0, 1, 4])
@pytest.mark.parametrize("partial", [False, True])
def test_all_windows_of_a_panel(horizon, first, partial, rng):
    ahead = 1 if partial else horizon
    expected = [
        (series, cutoff)
        for series, length in enumerate(LENGTHS)
        for cutoff in range(first, length - ahead + 1)
    ]
    panel = make_panel(LENGTHS, rng)
    windows = Windows.of_panel(panel, horizon=horizon, first=first, partial=partial)
    assert listed(windows) == expected
    assert len(windows) == len(expected)


@pytest.mark.parametrize("stride", [2, 5])
def test_the_last_window_of_a_series_is_among_those_of_a_stride(stride, rng):
    panel = make_panel(LENGTHS, rng)
    every = listed(Windows.of_panel(panel, horizon=2))
    found = listed(Windows.of_panel(panel, horizon=2, stride=stride))
    for series, group in itertools.groupby(every, key=lambda place: place[0]):
        expected = list(group)[::-1][::stride][::-1]
        assert [place for place in found if place[0] == series] == expected


def test_bounds_of_each_series(rng):
    panel = make_panel(LENGTHS, rng)
    last, first = np.array([12, 0, 2, 20, 99]), np.array([5, 1, 1, 17, 1])
    found = listed(Windows.of_panel(panel, horizon=2, first=first, last=last))
    expected = [(0, c) for c in range(5, 11)] + [(3, 17), (3, 18), (4, 1), (4, 2), (4, 3)]
    assert found == expected


def test_windows_one_by_one_keep_their_order():
    places = [(3, 7), (0, 1), (3, 7), (2, 0)]
    series, cutoffs = zip(*places, strict=True)
    assert listed(Windows.at(series, cutoffs)) == places
    assert len(Windows.at([], [])) == 0


def test_no_series_long_enough_gives_no_windows(rng):
    windows = Windows.of_panel(make_panel(LENGTHS, rng), horizon=100)
    assert len(windows) == 0
    assert listed(windows) == []
