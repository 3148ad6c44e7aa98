"""What goes into training: sequences with targets and weights."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.data import Sequences
from sklearn_rnn.training import StepScaler

__all__ = ["TrainingData", "positive_rows"]


def positive_rows(weight: np.ndarray) -> np.ndarray | None:
    """Give the rows of a weight above zero, or None where all are; none at all is an error."""
    rows = np.flatnonzero(weight > 0)
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
        return len(self.sequences.values) if self.rows is None else int(self._parts()[1].sum())

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
