"""What goes into training: sequences with targets and weights."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.data import Sequences
from sklearn_rnn.training import StepScaler

__all__ = ["TrainingData", "positive_rows"]


def positive_rows(weight: np.ndarray) -> np.ndarray | None:
    """Give the rows of a weight above zero, or None where all are; none at all is an error.

    Of a matrix of weights, one a target, they are those with any weight above zero.
    """
    rows = np.flatnonzero(weight > 0 if weight.ndim == 1 else (weight > 0).any(axis=1))
    if not len(rows):
        raise ValueError("all weights are zero; at least one sequence needs a weight.")
    return None if len(rows) == len(weight) else rows


class TrainingData(NamedTuple):
    """Sequences with their targets and weights (None: all 1).

    ``rows`` are the sequences that are trained on (None: all), those of ``target`` and
    ``weight``: the steps, which may be a file larger than memory, are not copied.
    """

    sequences: Sequences
    target: np.ndarray
    weight: np.ndarray | None
    rows: np.ndarray | None = None

    def take(self, rows) -> "TrainingData":
        """Give a part of the rows, or all of them if ``rows`` is None."""
        if rows is None:
            return self
        weight = None if self.weight is None else self.weight[rows]
        kept = rows if self.rows is None else self.rows[rows]
        return TrainingData(self.sequences, self.target[rows], weight, kept)

    @property
    def n_steps(self) -> int:
        """How many steps the rows have."""
        return int(self.lengths.sum())

    @property
    def lengths(self) -> np.ndarray:
        """The number of steps of each row."""
        lengths = self.sequences.lengths
        return lengths if self.rows is None else lengths[self.rows]

    @property
    def static(self) -> np.ndarray | None:
        """The static columns of each row."""
        static = self.sequences.static
        return static if self.rows is None or static is None else static[self.rows]

    @property
    def largest_id(self) -> int:
        """The largest id among the rows."""
        values = self.sequences.values
        if self.rows is not None:
            values = np.maximum.reduceat(values, self.sequences.offsets[:-1])[self.rows]
        return int(values.max())

    def fit_scaler(self) -> StepScaler:
        """Measure the steps of the rows."""
        return StepScaler.fit(self.sequences.values, self._parts())

    def _parts(self):
        if self.rows is None:
            return None
        return self.sequences.offsets[self.rows], self.sequences.lengths[self.rows]

    def without_zero_weights(self) -> "TrainingData":
        """Leave out what has no weight, as if it had not been given."""
        return self if self.weight is None else self.take(positive_rows(self.weight))

    def scale_weights(self, mean: float) -> "TrainingData":
        """Divide the weights by ``mean``, the mean weight of the training data, as float32."""
        if self.weight is None:
            return self
        return self._replace(weight=(self.weight / mean).astype(np.float32))
