"""Which windows a forecaster trains on, and which ones are held out: the last of each series."""

from typing import NamedTuple

import numpy as np
import torch

from sklearn_rnn.data import SeriesPanel, gather_positions
from sklearn_rnn.estimators._user_warnings import warn_user
from sklearn_rnn.training import Windows

__all__ = [
    "WindowSplit",
    "calibration_rows",
    "row_weights",
    "split_windows",
    "spread_evenly",
    "validation_rows",
    "warn_of_short_series",
]

# Of so many years a forecaster can spare one.
_ENOUGH_YEARS = 2.5


class WindowSplit(NamedTuple):
    """Windows to train on and, where some rows are held out, those that lie in them."""

    train: Windows
    held: Windows | None
    held_rows: np.ndarray  # of each series, (n_series,)


def validation_rows(lengths: np.ndarray, fraction: float, *, horizon: int, first: int):
    """Give how many of its last rows each series holds out to validate on, 0 if it can spare none.

    Parameters
    ----------
    lengths : ndarray of shape (n_series,)
    fraction : float
        The part of each series.
    horizon, first : int
        Rows ahead of a window, and the least number of rows before it.
    """
    wanted = np.maximum(horizon, np.ceil(fraction * lengths).astype(np.int64))
    return np.where(lengths >= wanted + horizon + min(first, horizon), wanted, 0)


def calibration_rows(lengths: np.ndarray, *, horizon: int, first: int, year: int | None):
    """Give how many of its last rows each series holds out to calibrate on, 0 for none.

    A quarter, and at least a year where nearly three are there: errors differ by the season. The
    arguments are those of ``validation_rows``; ``year`` is how many rows one has, None if unknown.
    """
    wanted = np.maximum(horizon, lengths // 4)
    if year is not None:
        wanted = np.where(lengths >= _ENOUGH_YEARS * year, np.maximum(wanted, year), wanted)
    return np.where(lengths >= wanted + horizon + min(first, horizon), wanted, 0)


def split_windows(
    panel: SeriesPanel, held: np.ndarray, *, horizon: int, first: int, since=None
) -> WindowSplit:
    """Split the windows of a panel by time.

    Parameters
    ----------
    panel : SeriesPanel
    held : ndarray of shape (n_series,)
        How many of its last rows each series holds out.
    horizon, first : int
        Rows ahead of a window, and the least number of rows before it; of a series too short for
        that, fewer are enough.
    since : ndarray of shape (n_series,), or None
        The first row whose value is trained on; None means any.

    Raises
    ------
    ValueError
        If there is nothing to train on.
    """
    lengths = panel.lengths
    end = lengths - held
    first = np.minimum(first, np.maximum(end - horizon, 1))
    if since is not None:
        first = np.maximum(first, since)
    train = Windows.of_panel(panel, horizon=horizon, first=first, last=end)
    if not len(train):  # targets that end beyond the series are better than none
        train = Windows.of_panel(panel, horizon=horizon, first=first, last=end, partial=True)
    _check_trainable(panel, train, first)
    valid = None
    if held.any():
        begin = np.where(held > 0, end, lengths + 1)
        valid = Windows.of_panel(panel, horizon=horizon, first=begin)
    return WindowSplit(train, valid, held)


def _check_trainable(panel, train, first):
    ahead = gather_positions(
        panel.offsets[:-1] + np.minimum(first, panel.lengths),
        np.maximum(panel.lengths - first, 0),
    )
    if len(train) and not np.isnan(panel.target[ahead]).all():
        return
    raise ValueError(f"nothing can be trained: {_what_lacks(panel, first)}")


def _what_lacks(panel, first):
    """Say why a panel has nothing to train on."""
    longest = int(panel.lengths.argmax())
    if panel.lengths[longest] > 1 and np.isnan(panel.target).all():
        return (
            f"the target is missing (NaN) in all of its {len(panel.target)} row(s); look at how it "
            "was read, converted or joined."
        )
    which = "the series" if panel.n_series == 1 else f"the longest series, {panel.name(longest)},"
    n_rows = f"{panel.lengths[longest]} row(s) (n_samples={panel.n_rows})"
    if panel.lengths[longest] <= first[longest]:
        return (
            f"{which} has {n_rows}, and a value is needed after at least one other; give longer "
            "series."
        )
    of_it = "none has a value" if panel.n_series == 1 else "no series has a value in one"
    return (
        f"{which} has {n_rows}, but {of_it} after the first {first[longest]}, which are to be "
        "looked back at; give longer series, or cut off missing values at the end."
    )


def warn_of_short_series(panel: SeriesPanel, window: int) -> None:
    """Warn of series shorter than a window, which are padded."""
    short = np.flatnonzero(panel.lengths <= window)
    if len(short):
        n_rows = f"{panel.lengths[short[0]]} row(s)"
        if panel.n_series == 1:
            what, windows = f"the series, with {n_rows}, is", "its windows"
        else:
            what = f"{len(short)} of {panel.n_series} series, such as {panel.name(int(short[0]))} "
            what, windows = f"{what}with {n_rows}, are", "their windows"
        warn_user(
            f"{what} not longer than one window of {window} rows; {windows} are padded. Set a "
            "smaller window, which is read whole, or give longer series."
        )


def row_weights(
    panel: SeriesPanel, sample_weight: np.ndarray | None, recency: float | None, train: np.ndarray
) -> np.ndarray | None:
    """Give the weight of each target value, of a mean of 1 over those trained on.

    Parameters
    ----------
    panel : SeriesPanel
    sample_weight : ndarray of shape (n_rows,), or None
        The weight of each row of the panel.
    recency : float or None
        After how many steps a value counts half.
    train : ndarray of shape (n_series,)
        How many rows of each series are trained on.

    Returns
    -------
    ndarray of shape (len(panel.target),), or None where all weigh alike
    """
    if sample_weight is None and recency is None:
        return None
    lengths = panel.lengths
    weight = np.ones(len(panel.target))
    if sample_weight is not None:
        groups = panel.group_of(np.arange(panel.n_series))
        weight = sample_weight[gather_positions(panel.group_offsets[groups], lengths)]
    if recency is not None:
        age = np.repeat(panel.offsets[1:] - 1, lengths) - np.arange(len(weight))
        weight = weight * 0.5 ** (age / recency)
    used = gather_positions(panel.offsets[:-1], train)
    mean = weight[used[~np.isnan(panel.target[used])]].mean()
    if not mean > 0:
        raise ValueError("all weights are zero; at least one row with a target needs a weight.")
    return weight / mean


def spread_evenly(windows: Windows, most: int):
    """Give the series and cutoffs of at most so many windows, evenly spread."""
    n = len(windows)
    rows = np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))
    series, cutoffs = windows.locate(torch.from_numpy(rows))
    return series.numpy(), cutoffs.numpy()
