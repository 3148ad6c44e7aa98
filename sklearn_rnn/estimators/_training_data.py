"""What goes into training: sequences with targets and weights."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.data import Sequences

__all__ = ["TrainingData", "positive_rows"]


def positive_rows(weight: np.ndarray) -> np.ndarray | None:
    """Give the rows of a weight above zero, or None where all are; none at all is an error."""
    rows = np.flatnonzero(weight > 0)
    if not len(rows):
        raise ValueError("all weights are zero; at least one sequence needs a weight.")
    return None if len(rows) == len(weight) else rows


class TrainingData(NamedTuple):
    """Sequences with their targets and weights (None: all 1)."""

    sequences: Sequences
    target: np.ndarray
    weight: np.ndarray | None

    def take(self, rows) -> "TrainingData":
        """Give the rows; all of them without a copy if ``rows`` is None."""
        if rows is None:
            return self
        weight = None if self.weight is None else self.weight[rows]
        return TrainingData(self.sequences[rows], self.target[rows], weight)

    def without_zero_weights(self) -> "TrainingData":
        """Leave out what has no weight, as if it had not been given."""
        return self if self.weight is None else self.take(positive_rows(self.weight))

    def scale_weights(self, mean: float) -> "TrainingData":
        """Divide the weights by ``mean``, the mean weight of the training data, as float32."""
        if self.weight is None:
            return self
        return self._replace(weight=(self.weight / mean).astype(np.float32))
