"""Several labels of different kinds a sequence."""

import numpy as np

from sklearn_rnn.estimators._label_encoding import (
    check_columns,
    is_list_of_lists,
    row_strata,
    weigh_columns,
)
from sklearn_rnn.estimators._label_table import LabelTable
from sklearn_rnn.estimators._labels_single import SingleLabel
from sklearn_rnn.modules import MultiOutputNetwork

__all__ = ["LabelColumns"]


class LabelColumns:
    """One class for each of several columns.

    Parameters
    ----------
    columns : list of SingleLabel
    names : list or None
        The names of the columns.
    """

    def __init__(self, columns: list[SingleLabel], names: list | None):
        self.columns = columns
        self.names = names

    @classmethod
    def learn(cls, table, classes=None) -> "LabelColumns":
        """Take the classes of each column from a ``LabelTable``, or those that are given."""
        if not isinstance(table, LabelTable):
            raise ValueError(
                "classes is a list of lists, which is for y of several columns, but y holds "
                f"{SingleLabel.kind}; give a one-dimensional list of labels."
            )
        n_columns = len(table.columns)
        if classes is None:
            classes = [None] * n_columns
        else:
            _check_number(classes, n_columns)
        pairs = zip(table.columns, classes, strict=True)
        return cls([SingleLabel.learn(*pair) for pair in pairs], table.names)

    @property
    def kind(self) -> str:
        """What y was, in words."""
        return f"{len(self.columns)} columns of labels"

    @property
    def classes(self) -> list[np.ndarray]:
        """The classes of each column."""
        return [column.classes for column in self.columns]

    def check_classes(self, classes) -> None:
        """Raise an error if these are other classes."""
        _check_number(classes, len(self.columns))
        for column, labels in zip(self.columns, classes, strict=True):
            column.check_classes(labels)

    def encode(self, y, *, in_parts=False) -> np.ndarray:
        """Give the index of the class of each label of a ``LabelTable`` ``(n, n_columns)``."""
        check_columns(y, self.kind, len(self.columns), self.names)
        names = range(len(self.columns)) if self.names is None else self.names
        return np.column_stack(
            [
                column.encode(labels, place=f", column {name!r},", in_parts=in_parts)
                for column, labels, name in zip(self.columns, y.columns, names, strict=True)
            ]
        )

    def class_weights(self, class_weight, target) -> list[np.ndarray]:
        """Give the weights of the classes of each column."""
        return weigh_columns(class_weight, self.classes, target)

    def weigh(self, class_weights, target) -> np.ndarray:
        """Give the weight of each label of each sequence ``(n, n_columns)``."""
        pairs = zip(class_weights, target.T, strict=True)
        return np.column_stack([weights[column] for weights, column in pairs])

    def strata(self, target) -> np.ndarray:
        """Give what a validation part keeps the shares of: the rows of labels."""
        return row_strata(target)

    def make_network(self, architecture, generator):
        """Build the network."""
        n_classes = [len(classes) for classes in self.classes]
        return MultiOutputNetwork(architecture, n_classes, generator=generator)

    def decide(self, logits) -> np.ndarray:
        """Give the labels ``(n, n_columns)``, as objects where the columns differ in kind."""
        return _beside_each_other(self._each("decide", logits))

    def probabilities(self, logits) -> list[np.ndarray]:
        """Give the probability of each class, ``(n, n_classes)`` for each column."""
        return self._each("probabilities", logits)

    def log_probabilities(self, logits) -> list[np.ndarray]:
        """Give the logarithm of the probability of each class for each column."""
        return self._each("log_probabilities", logits)

    def decision(self, logits) -> list[np.ndarray]:
        """Give the scores of the classes of each column."""
        return self._each("decision", logits)

    def all_right(self, table, predicted) -> np.ndarray:
        """Tell of each row ``(n,)`` whether all labels that are predicted are the true ones."""
        if not isinstance(table, LabelTable) or len(table.columns) != len(self.columns):
            given = table.kind if isinstance(table, LabelTable) else SingleLabel.kind
            raise ValueError(f"y holds {given}, but fit saw {self.kind}; give y of that kind.")
        pairs = zip(table.columns, predicted.T, strict=True)
        return np.all([_objects(true) == _objects(labels) for true, labels in pairs], axis=0)

    def _each(self, name, logits):
        ends = np.cumsum([len(classes) for classes in self.classes])[:-1]
        parts = np.split(logits, ends, axis=1)
        pairs = zip(self.columns, parts, strict=True)
        return [getattr(column, name)(part) for column, part in pairs]


def _check_number(classes, n_columns):
    if not is_list_of_lists(classes) or len(classes) != n_columns:
        raise ValueError(
            f"classes must be a list of {n_columns} lists, the labels of each column of y, but is "
            f"{classes!r:.60}."
        )


def _beside_each_other(columns):
    if len({column.dtype.kind for column in columns}) == 1:
        return np.column_stack(columns)
    table = np.empty((len(columns[0]), len(columns)), dtype=object)
    for j, column in enumerate(columns):
        table[:, j] = _objects(column)
    return table


def _objects(column):
    """Give labels as objects; numpy's own cast would make plain integers of dates."""
    if column.dtype.kind in "mM":
        return np.array(list(column), dtype=object)
    return column.astype(object)
