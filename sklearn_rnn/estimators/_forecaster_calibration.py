"""What held-out windows teach of the errors of forecasts: how large, and how they hang together."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

__all__ = [
    "LEVELS",
    "Calibration",
    "conformal_offsets",
    "draw_levels",
    "error_templates",
    "has_parts",
    "offsets_of_parts",
]

LEVELS = np.array([0.005, 0.01, 0.025, *np.arange(1, 20) / 20, 0.975, 0.99, 0.995])

# A quantile of errors is taken from at least so many, those of neighbouring steps among them.
_ENOUGH_ERRORS = 40
# With fewer windows than this, paths are drawn with errors that fade from step to step.
_ENOUGH_TEMPLATES = 10
_PERSISTENCE = 0.7
# Into so many parts the year is divided where errors differ by the season; those of windows at most
# this share of a year away count, if the windows do not overlap so much that few are left.
_PARTS, _NEAR, _ENOUGH_HORIZONS = 24, 1 / 12, 20


class Calibration(NamedTuple):
    """What is known of the errors of a forecaster, from windows that were held out.

    ``offsets`` (parts, horizon, len(LEVELS)) are added to the quantiles of the network, in units of
    the scale of each window; None leaves them as they are. There is one table for all windows, or
    one for each part of a year of ``year`` rows. ``templates`` (n, horizon) are the levels, between
    0 and 1, of the errors of n windows: each row is a path of levels as errors take it.
    ``is_held_out`` tells whether the network was not trained on the windows.
    """

    offsets: np.ndarray | None
    templates: np.ndarray
    is_held_out: bool
    year: int | None = None

    def shift(self, levels: np.ndarray, n_steps: int, ticks: np.ndarray) -> np.ndarray:
        """Give the offsets of levels ``(n_levels,)``: ``(n, n_steps, n_levels)``.

        The windows end before ``ticks`` (n,).
        """
        scores, known = ndtri(levels), ndtri(LEVELS)
        steps = np.minimum(np.arange(n_steps), self.offsets.shape[1] - 1)
        parts, place = np.unique(self._parts(ticks), return_inverse=True)
        tables = [
            np.stack([np.interp(scores, known, self.offsets[part, step]) for step in steps])
            for part in parts
        ]
        return np.stack(tables)[place]

    def shift_each(self, levels: np.ndarray, ticks: np.ndarray) -> np.ndarray:
        """Give the offset of each level ``(samples, n, n_steps)``, in that shape."""
        scores, known = ndtri(levels), ndtri(LEVELS)
        steps = np.minimum(np.arange(levels.shape[-1]), self.offsets.shape[1] - 1)
        found, parts = np.empty_like(scores), self._parts(ticks)
        for part in np.unique(parts):
            rows = np.flatnonzero(parts == part)
            for i, step in enumerate(steps):
                table = self.offsets[part, step]
                found[:, rows, i] = np.interp(scores[:, rows, i], known, table)
        return found

    def _parts(self, ticks):
        if len(self.offsets) == 1:
            return np.zeros(len(ticks), dtype=np.int64)
        return ticks % self.year * len(self.offsets) // self.year


def has_parts(year: int | None, held_rows: int, horizon: int) -> bool:
    """Tell whether a year was held out, near any day of which enough windows begin."""
    if year is None or held_rows < year:
        return False
    return 2 * _NEAR * year >= _ENOUGH_HORIZONS * horizon


def offsets_of_parts(errors: np.ndarray, ticks: np.ndarray, year: int) -> np.ndarray:
    """Give the offsets of each part of the year, from the errors of windows that begin near it.

    Intervals for Christmas come of other days of that season: what is not exchangeable over the
    year nearly is within a season (Barber et al., "Conformal Prediction Beyond Exchangeability",
    2023, with weights of 0 and 1).

    Parameters
    ----------
    errors : ndarray of shape (n, horizon, len(LEVELS))
        As ``conformal_offsets`` takes them.
    ticks : ndarray of shape (n,)
        Where the windows' horizons begin.
    year : int
        How many ticks a year has.

    Returns
    -------
    ndarray of shape (parts, horizon, len(LEVELS))
    """
    found = []
    for part in range(_PARTS):
        middle = (part + 0.5) / _PARTS * year
        distance = np.abs((ticks - middle + year / 2) % year - year / 2)
        near = distance <= _NEAR * year
        found.append(conformal_offsets(errors[near] if near.sum() >= _ENOUGH_ERRORS else errors))
    return np.stack(found)


def conformal_offsets(errors: np.ndarray) -> np.ndarray:
    """Give what to add to each quantile so that intervals hold as many values as they should.

    Romano, Patterson and Candès, "Conformalized Quantile Regression", 2019, for each step ahead:
    both ends of an interval move by the same amount, out or in; the median stays.

    Parameters
    ----------
    errors : ndarray of shape (n, horizon, len(LEVELS))
        Value less quantile, in units of the scale of the window; NaN where the value is missing.

    Returns
    -------
    ndarray of shape (horizon, len(LEVELS))
        Steps with few errors borrow those of their neighbours.
    """
    n, horizon = errors.shape[:2]
    missed = np.maximum(-errors, errors[..., ::-1])  # how far outside; (n, horizon, levels)
    around = -(-(_ENOUGH_ERRORS - n) // (2 * n)) if 0 < n < _ENOUGH_ERRORS else 0
    offsets = np.zeros((horizon, len(LEVELS)))
    half = len(LEVELS) // 2
    for step in range(horizon):
        near = missed[:, max(0, step - around) : step + around + 1].reshape(-1, len(LEVELS))
        near = near[~np.isnan(near[:, 0])]
        if len(near):
            for k in range(half):
                widen = np.quantile(near[:, k], 1 - 2 * LEVELS[k], method="weibull")
                offsets[step, k], offsets[step, -1 - k] = -widen, widen
    return offsets


def error_templates(errors: np.ndarray) -> np.ndarray:
    """Give the levels of errors ``(n, horizon)`` among those of the same step, between 0 and 1.

    Windows with a missing error are left out where enough others remain; else it counts as a
    middling one.
    """
    complete = ~np.isnan(errors).any(axis=1)
    if complete.sum() >= _ENOUGH_TEMPLATES:
        errors = errors[complete]
    n = len(errors)
    ranks = np.apply_along_axis(rankdata, 0, np.nan_to_num(errors), method="ordinal")
    levels = np.where(np.isnan(errors), 0.5, (ranks - 0.5) / max(n, 1))
    return levels.astype(np.float32)


def draw_levels(
    templates: np.ndarray, n: int, n_windows: int, n_steps: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw paths of levels, ``(n, n_windows, n_steps)``, uniform at each step.

    Clark et al., "The Schaake Shuffle", 2004: levels hang together over time as those of errors
    that were seen. Each path is one of ``templates``, moved about by less than its rank; steps
    beyond them begin anew at the first.
    """
    if len(templates) < _ENOUGH_TEMPLATES:
        return _fading_levels(n, n_windows, n_steps, rng)
    m = len(templates)
    # Every window takes the templates in an order of its own, all before any comes twice.
    order = np.argsort(rng.random((n_windows, -(-n // m), m)), axis=2)
    chosen = order.reshape(n_windows, -1)[:, :n].T  # (n, n_windows)
    moved = (rng.random((n, n_windows, 1)) - 0.5) / m
    paths = templates[chosen].astype(np.float64) + moved  # (n, n_windows, horizon)
    steps = np.arange(n_steps) % templates.shape[1]
    return paths[..., steps]


def _fading_levels(n, n_windows, n_steps, rng):
    """Draw the levels of a Gaussian process of which each step keeps a part of the last."""
    scores = rng.standard_normal((n, n_windows, n_steps))
    for step in range(1, n_steps):
        scores[..., step] *= np.sqrt(1 - _PERSISTENCE**2)
        scores[..., step] += _PERSISTENCE * scores[..., step - 1]
    return np.clip(ndtr(scores), 1e-9, 1 - 1e-9)
