"""Any of several labels a sequence: a matrix of 0 and 1."""

import numpy as np
from scipy.special import expit, log_expit

from sklearn_rnn.estimators._label_encoding import check_columns, row_strata, weigh_columns
from sklearn_rnn.modules import MultilabelNetwork

__all__ = ["IndicatorLabels"]


class IndicatorLabels:
    """Any of several labels a sequence.

    Parameters
    ----------
    n_labels : int
    dtype : str
        Of what is predicted.
    names : list or None
        The names of the columns.
    """

    def __init__(self, n_labels: int, dtype: str, names: list | None):
        self.n_labels = n_labels
        self.dtype = dtype
        self.names = names

    @classmethod
    def learn(cls, table, classes=None) -> "IndicatorLabels":
        """Take the number of labels and the dtype from a ``LabelTable`` of 0 and 1."""
        labels = cls(len(table.columns), table.indicator.dtype.name, table.names)
        if classes is not None:
            labels.check_classes(classes)
        return labels

    @property
    def kind(self) -> str:
        """What y was, in words."""
        return f"{self.n_labels} columns of 0 and 1"

    @property
    def classes(self) -> np.ndarray:
        """The numbers of the labels, as those of ``sklearn.neural_network.MLPClassifier``."""
        return np.arange(self.n_labels)

    def check_classes(self, classes) -> None:
        """Raise an error unless these are the numbers of the labels."""
        if not np.array_equal(classes, self.classes):
            raise ValueError(
                f"y has {self.kind}, whose classes are their numbers from 0 to "
                f"{self.n_labels - 1}, but classes={classes!r:.60}; leave classes out, or give a "
                "list of the labels of each column."
            )

    def encode(self, y, *, in_parts=False) -> np.ndarray:
        """Give a ``LabelTable`` as 0 and 1 ``(n, n_labels)``."""
        check_columns(y, self.kind, self.n_labels, self.names)
        if y.indicator is None:
            _refuse_other_labels(y)
        return y.indicator.astype(np.uint8)

    def class_weights(self, class_weight, target) -> list[np.ndarray]:
        """Give the weights of 0 and of 1 for each label."""
        return weigh_columns(class_weight, [np.arange(2)] * self.n_labels, target)

    def weigh(self, class_weights, target) -> np.ndarray:
        """Give the weight of each label of each sequence ``(n, n_labels)``."""
        zero, one = np.transpose(class_weights)
        return np.where(target == 1, one, zero)

    def strata(self, target) -> np.ndarray:
        """Give what a validation part keeps the shares of: the sets of labels."""
        return row_strata(target)

    def make_network(self, architecture, generator):
        """Build the network."""
        return MultilabelNetwork(architecture, self.n_labels, generator=generator)

    def decide(self, logits) -> np.ndarray:
        """Give 1 for each label that is more probable than not, else 0 ``(n, n_labels)``."""
        return (logits > 0).astype(self.dtype)

    def probabilities(self, logits) -> np.ndarray:
        """Give the probability of each label ``(n, n_labels)``."""
        return expit(logits)

    def log_probabilities(self, logits) -> np.ndarray:
        """Give the logarithm of the probability of each label ``(n, n_labels)``."""
        return log_expit(logits)

    def decision(self, logits) -> np.ndarray:
        """Give the logits ``(n, n_labels)``."""
        return logits


def _refuse_other_labels(table):
    names = range(len(table.columns)) if table.names is None else table.names
    for name, column in zip(names, table.columns, strict=True):
        for i, label in enumerate(column.tolist()):
            if label not in (0, 1):
                raise ValueError(
                    f"the label {label!r} of sequence {i}, column {name!r}, is neither 0 nor 1, "
                    "but fit saw nothing else; give y of that kind, or fit anew with "
                    "warm_start=False."
                )
