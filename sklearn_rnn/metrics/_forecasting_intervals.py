"""How often intervals hold the truth, and how wide they are."""

from typing import Any

import numpy as np

from sklearn_rnn.metrics._forecasting_input import (
    check_same_rows,
    read_numbers,
    read_pair,
    read_weights,
    row_name,
)

__all__ = ["interval_coverage", "mean_interval_width"]


def interval_coverage(y_true, y_lower, y_upper, *, sample_weight=None) -> float:
    """Share of the true values within their intervals, both ends included.

    An honest interval of 80 % covers 0.8: neither less nor more is better, and only together with
    the width it says how good intervals are.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, n_targets)
        The true values. NaN is left out.
    y_lower, y_upper : array-like of the same shape
        The ends of the intervals.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the rows.

    Returns
    -------
    coverage : float
        From 0 to 1; best is what the intervals were made for.

    Raises
    ------
    ValueError or TypeError
        If shapes or indices disagree, nothing is observed, or a lower end is above its upper one.
        The message names the row.

    See Also
    --------
    mean_interval_width : Of two honest sets of intervals the narrower one is better.
    weighted_quantile_loss : One number for both.

    Examples
    --------
    >>> from sklearn_rnn.metrics import interval_coverage
    >>> interval_coverage([1, 2, 3, 4], [0, 0, 0, 0], [2, 2, 2, 5])
    0.75
    """
    true, lower = read_pair(y_true, y_lower, "y_lower")
    _, upper = read_pair(y_true, y_upper, "y_upper")
    _check_ends(lower, upper, y_true)
    observed = ~np.isnan(true)
    weights = np.broadcast_to(read_weights(sample_weight, len(true))[:, None], true.shape)
    if not weights[observed].any():
        raise ValueError("sample_weight gives no weight to any observed row; give it to one.")
    within = (lower <= true) & (true <= upper)
    return float(np.average(within[observed], weights=weights[observed]))


def mean_interval_width(y_lower, y_upper, *, sample_weight=None) -> float:
    """Mean of upper less lower end.

    Parameters
    ----------
    y_lower, y_upper : array-like of shape (n,) or (n, n_targets)
        The ends of the intervals. Rows where one of them is NaN are left out.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the rows.

    Returns
    -------
    width : float
        In the unit of y. Narrow is good where the coverage is right.

    Raises
    ------
    ValueError or TypeError
        If shapes or indices disagree, or a lower end is above its upper one. The message names
        the row.

    See Also
    --------
    interval_coverage : How often the intervals hold the truth.

    Examples
    --------
    >>> from sklearn_rnn.metrics import mean_interval_width
    >>> mean_interval_width([0, 0, 0, 0], [2, 2, 2, 5])
    2.75
    """
    check_same_rows("y_lower", y_lower, "y_upper", y_upper)
    lower, upper = read_numbers("y_lower", y_lower), read_numbers("y_upper", y_upper)
    if lower.shape != upper.shape:
        raise ValueError(
            f"y_lower has the shape {lower.shape}, but y_upper has {upper.shape}; an interval has "
            "two ends."
        )
    _check_ends(lower, upper, y_lower)
    widths = (upper - lower).reshape(len(lower), -1)
    known = ~np.isnan(widths)
    weights = np.broadcast_to(read_weights(sample_weight, len(widths))[:, None], widths.shape)
    if not weights[known].any():
        raise ValueError("there is no interval with two ends and a weight; give one.")
    return float(np.average(widths[known], weights=weights[known]))


def _check_ends(lower: np.ndarray, upper: np.ndarray, rows: Any) -> None:
    """Raise if an interval is upside down; NaN is not."""
    wrong = lower > upper
    if wrong.any():
        at = tuple(np.argwhere(wrong)[0])
        raise ValueError(
            f"y_lower must not be above y_upper, but in {row_name(int(at[0]), rows)} they are "
            f"{lower[at]} and {upper[at]} ({wrong.sum()} such intervals); swap the two, or sort "
            "crossing quantiles."
        )
