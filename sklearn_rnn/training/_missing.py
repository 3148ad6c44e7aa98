"""Filling in missing values, and telling the network where and since when they are missing."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.data import Sequences, gather_positions

__all__ = ["MissingSteps", "fill_static", "find_missing"]

# How many sequences are looked at in one go.
_ROWS = 1024


class MissingSteps(NamedTuple):
    """How missing values of steps are filled in.

    A missing value becomes the last one seen in its sequence, or the mean if there is none yet.
    For each of ``columns``, two inputs tell what is filled in: whether the value is missing, and
    for how long it has been, ``log(1 + time / unit)``; 0 where it is not. Those are the inputs of
    GRU-D (Che et al., "Recurrent Neural Networks for Multivariate Time Series with Missing
    Values", 2018), of which the network learns itself how far to trust an old value.

    Attributes
    ----------
    columns : ndarray of int
        The columns that ``fit`` saw values missing in. In the others a gap is filled in unmarked.
    unit : float or None
        The median time from step to step; None where ``fit`` saw no times, and steps are counted.
    """

    columns: np.ndarray
    unit: float | None

    @classmethod
    def learn(cls, sequences: Sequences, rows=None) -> "MissingSteps":
        """Learn from the sequences at ``rows`` (None: all)."""
        rows = np.arange(len(sequences)) if rows is None else rows
        missing = np.zeros(sequences.n_features, dtype=bool)
        for start in range(0, len(rows), _ROWS):  # the steps may be a file larger than memory
            part = sequences[rows[start : start + _ROWS]]
            missing[find_missing(part.values)] = True
        return cls(np.flatnonzero(missing), _median_gap(sequences, rows))

    @property
    def n_inputs(self) -> int:
        """How many inputs are added to those of the columns."""
        return 2 * len(self.columns)

    def fill(self, values: np.ndarray, lengths: np.ndarray, times=None) -> np.ndarray:
        """Fill standardised steps, laid end to end, and add the inputs that tell where.

        Parameters
        ----------
        values : ndarray of shape (steps, features), float32
            NaN where a value is missing.
        lengths : ndarray of shape (n,), int
        times : ndarray of shape (steps,) or None
            When each step was; not read if ``unit`` is None.

        Returns
        -------
        ndarray of shape (steps, features + n_inputs), float32

        Raises
        ------
        ValueError
            If there are no times, but a unit to measure them in.
        """
        if times is None and self.unit is not None and len(self.columns):
            raise ValueError(
                "X has no times, but fit measured by them for how long values are missing; give "
                "the times of the steps, as Sequences.from_frame does, or fit without them."
            )
        n, n_features = values.shape
        filled = np.zeros((n, n_features + self.n_inputs), dtype=np.float32)
        filled[:, :n_features] = values
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        marks = {int(column): n_features + 2 * i for i, column in enumerate(self.columns)}
        for column in np.flatnonzero(np.isnan(values).any(axis=0)):
            missing = np.isnan(values[:, column])
            last = np.maximum.accumulate(np.where(missing, starts, np.arange(n)))
            filled[:, column] = _zero_nan(values[last, column])
            if column in marks:
                filled[:, marks[column]] = missing
                filled[:, marks[column] + 1] = self._since(last, missing, times)
        return filled

    def _since(self, last, missing, times):
        """Give the time since the last seen value, or since the start where there is none."""
        if self.unit is None:
            elapsed = np.arange(len(last)) - last
        else:
            elapsed = (times - times[last]) / self.unit
        return np.where(missing, np.log1p(elapsed), 0)


def _median_gap(sequences, rows):
    """Give the median time between steps that differ in time; None where there are no times."""
    if sequences.times is None:
        return None
    lengths = sequences.lengths[rows]
    gaps = np.diff(sequences.times[gather_positions(sequences.offsets[rows], lengths)])
    gaps[np.cumsum(lengths)[:-1] - 1] = 0  # from one sequence to the next
    rises = gaps[gaps > 0]
    return float(np.median(rises)) if len(rises) else 1.0


def find_missing(values: np.ndarray) -> np.ndarray:
    """Give the columns ``(rows, columns)`` in which a value is NaN."""
    return np.flatnonzero(np.isnan(values).any(axis=0))


def fill_static(static: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Fill standardised columns ``(n, columns)`` with their mean, 0, and mark where.

    One column of marks is added for each of ``columns``.
    """
    marks = np.isnan(static[:, columns]).astype(np.float32)
    return np.hstack([_zero_nan(static), marks])


def _zero_nan(values):
    """Put the mean, 0, where NaN is; infinity stays, for the network's outputs to tell of it."""
    return np.where(np.isnan(values), 0, values)
