"""Distributions of forecasts: the mixture of those of the members."""

from math import ceil

import numpy as np
from scipy.special import ndtr, ndtri

__all__ = ["mixture_interval", "mixture_quantiles", "mixture_sample", "quantiles_of_mixture"]

_N_BETWEEN = 7  # levels at which members are asked, beside those that are wanted
_N_HALVINGS = 50  # what is between two numbers is a float's precision from them after so many


def quantiles_of_mixture(levels, values, wanted) -> np.ndarray:
    """Find quantiles of the mean of several distribution functions.

    Each function is interpolated between its quantiles on the scale of a normal distribution,
    linearly, and goes on so beyond them: normal distributions are met exactly. Where only one
    level is known its values are averaged.

    Parameters
    ----------
    levels : array-like of shape (n_levels,)
        Rising, between 0 and 1.
    values : array-like of shape (members, rows, n_levels)
        The quantiles of each member.
    wanted : array-like of shape (n_wanted,)
        Some of the levels.

    Returns
    -------
    ndarray of shape (rows, n_wanted)
    """
    levels, wanted = np.asarray(levels, dtype=np.float64), np.asarray(wanted, dtype=np.float64)
    values = np.sort(np.asarray(values, dtype=np.float64), axis=-1)
    if len(levels) == 1:
        return np.repeat(values.mean(axis=0), len(wanted), axis=1)
    own = values[..., np.searchsorted(levels, wanted)]
    low, high = own.min(axis=0), own.max(axis=0)
    for _ in range(_N_HALVINGS):
        middle = low + (high - low) / 2
        is_below = np.mean([_distribution(levels, part, middle) for part in values], axis=0)
        is_below = is_below < wanted
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return high


def _distribution(levels, values, x):
    """Give a member's probability of what is not above ``x (rows, n_wanted)``."""
    z, right = ndtri(levels), (values[:, None] <= x[..., None]).sum(axis=-1)
    right = right.clip(1, len(levels) - 1)
    begin, end = (np.take_along_axis(values, places, axis=1) for places in (right - 1, right))
    beyond = np.where(x < begin, -np.inf, np.inf)  # several quantiles in one point: all is there
    share = np.divide(x - begin, end - begin, out=beyond, where=end > begin)
    return ndtr(z[right - 1] + share * (z[right] - z[right - 1]))


def mixture_quantiles(ask, n_members: int, wanted) -> np.ndarray:
    """Find quantiles of the mixture of the members.

    Parameters
    ----------
    ask : callable
        Maps the number of a member and levels to its quantiles ``(..., n_levels)``.
    n_members : int
    wanted : array-like of shape (n_wanted,)

    Returns
    -------
    ndarray of shape (..., n_wanted)
    """
    wanted = np.asarray(wanted, dtype=np.float64)
    levels = _levels_around(wanted)
    try:
        values = [ask(i, levels) for i in range(n_members)]
    except ValueError:  # some give no levels but those that they were trained for
        levels = np.unique(wanted)
        values = [ask(i, levels) for i in range(n_members)]
    return _mix(levels, values, wanted)


def _levels_around(wanted):
    """Add levels between the outermost ones, so that distribution functions are well known."""
    tail = min(0.25, wanted.min(), 1 - wanted.max())
    between = np.linspace(ndtri(tail), -ndtri(tail), _N_BETWEEN + 2)[1:-1]
    return np.union1d(wanted, ndtr(between).round(6))


def mixture_interval(ask, n_members: int, coverage: float) -> np.ndarray:
    """Find the interval of the mixture that is too high as often as too low.

    Parameters
    ----------
    ask : callable
        Maps the number of a member and a coverage to its interval ``(..., 2)``.
    n_members : int
    coverage : float

    Returns
    -------
    ndarray of shape (..., 2)
    """
    tail = (1 - coverage) / 2
    inner = round(1 - 2 * float(ndtr(ndtri(tail) / 2)), 6)
    levels = [tail, (1 - inner) / 2, (1 + inner) / 2, 1 - tail]
    values = []
    for i in range(n_members):
        outside, inside = ask(i, coverage), ask(i, inner)
        ends = outside[..., 0], inside[..., 0], inside[..., 1], outside[..., 1]
        values.append(np.stack(ends, axis=-1))
    return _mix(levels, values, [tail, 1 - tail])


def _mix(levels, values, wanted):
    values = np.stack(values)
    rows = values.reshape(len(values), -1, len(levels))
    mixed = quantiles_of_mixture(levels, rows, wanted)
    return mixed.reshape(*values.shape[1:-1], len(wanted))


def mixture_sample(draw, n_members: int, n: int) -> np.ndarray:
    """Draw from the mixture: sample j is one of member j modulo ``n_members``.

    Parameters
    ----------
    draw : callable
        Maps the number of a member and a number to so many samples of its own, ``(n, ...)``.
    n_members : int
    n : int

    Returns
    -------
    ndarray of shape (n, ...)
    """
    counts = [ceil((n - i) / n_members) for i in range(min(n, n_members))]
    parts = [np.asarray(draw(i, count)) for i, count in enumerate(counts)]
    drawn = np.empty((n, *parts[0].shape[1:]), dtype=parts[0].dtype)
    for i, part in enumerate(parts):
        drawn[i::n_members] = part
    return drawn
