"""How far forecasts may go that read forecasts, and so can run off."""

import numpy as np

from sklearn_rnn.data import SeriesPanel
from sklearn_rnn.estimators._forecaster_transform import TargetTransform

__all__ = ["FARTHEST", "reach_of", "value_range"]

# Forecasts are held within so many times the range of the values of their series on either side.
FARTHEST = 10


def value_range(panel: SeriesPanel) -> np.ndarray:
    """Give the lowest and the highest value of each series, (n_series, 2); NaN where none is."""
    found = np.full((panel.n_series, 2), np.nan)
    filled = np.flatnonzero(panel.lengths)
    if len(filled):
        begins = panel.offsets[filled]
        found[filled, 0] = np.fmin.reduceat(panel.target, begins)
        found[filled, 1] = np.fmax.reduceat(panel.target, begins)
    return found


def reach_of(seen: np.ndarray, first: np.ndarray, transform: TargetTransform) -> np.ndarray:
    """Give the least and the greatest forecast of windows, (n, 2), as the network models them.

    Parameters
    ----------
    seen : ndarray of shape (n, 2)
        The range of the values of the series of each window, NaN where none was observed.
    first : ndarray of shape (n, steps)
        The forecasts of the first steps, which belong to the range.
    transform : TargetTransform
        There is no least forecast of logarithms.
    """
    low = np.fmin(seen[:, 0], first.min(axis=1))
    high = np.fmax(seen[:, 1], first.max(axis=1))
    room = FARTHEST * np.maximum(high - low, np.maximum(np.abs(low), np.abs(high)))
    least = low - room if transform.floor is None else np.full(len(low), -np.inf)
    return np.stack([least, transform.forward(high + room)], axis=1)
