"""Which kind of labels y holds.

Each kind is a class of its own, which says how labels become the targets of a network, which
network that is, and how its outputs become labels and probabilities again.
"""

import numpy as np
import pandas as pd

from sklearn_rnn.estimators._label_encoding import is_list_of_lists
from sklearn_rnn.estimators._label_table import LabelTable, read_label_table
from sklearn_rnn.estimators._labels_columns import LabelColumns
from sklearn_rnn.estimators._labels_indicator import IndicatorLabels
from sklearn_rnn.estimators._labels_single import OrdinalLabels, SingleLabel
from sklearn_rnn.estimators._targets import check_labels

__all__ = [
    "IndicatorLabels",
    "LabelColumns",
    "SingleLabel",
    "category_order",
    "check_classes_given",
    "learn_labels",
    "read_labels",
]


def read_labels(y) -> np.ndarray | LabelTable:
    """Give checked labels ``(n,)``, or a table of them where there are several a sequence."""
    table = read_label_table(y)
    return check_labels(y) if table is None else table


def category_order(y) -> list | None:
    """Give the categories of y from the lowest to the highest, or None if they have no order."""
    if isinstance(y, pd.DataFrame):
        y = y.iloc[:, 0] if len(y.columns) else None
    dtype = getattr(y, "dtype", None)
    if isinstance(dtype, pd.CategoricalDtype) and dtype.ordered:
        return dtype.categories.tolist()
    return None


def learn_labels(y, *, classes, ordinal, order, kept, in_parts):
    """Find out what kind of labels there are, and which.

    Parameters
    ----------
    y : ndarray or LabelTable
        As ``read_labels`` gives it.
    classes : array-like, list of array-likes, or None
        The labels that ``partial_fit`` is told of.
    ordinal : bool or list
        The parameter.
    order : list or None
        As ``category_order`` gives it.
    kept : ndarray of int, or None
        The sequences of a weight above zero; None means all.
    in_parts : bool
        Whether further labels may come.

    Returns
    -------
    SingleLabel, OrdinalLabels, IndicatorLabels or LabelColumns
    """
    if ordinal is not False:
        order = ordinal if isinstance(ordinal, list) else order
        return _learn_order(y, classes, order, kept, in_parts)
    if is_list_of_lists(classes):
        return LabelColumns.learn(y, classes)
    if not isinstance(y, LabelTable):
        check_classes_given(classes, in_parts)
        return SingleLabel.learn(y, classes)
    if y.indicator is not None:
        return IndicatorLabels.learn(y, classes)
    check_classes_given(classes, in_parts, " They are a list of lists, one for each column of y.")
    return LabelColumns.learn(y, classes)


def _learn_order(y, classes, order, kept, in_parts):
    if isinstance(y, LabelTable):
        raise ValueError(
            f"ordinal needs one label a sequence, but y holds {y.kind}; fit one classifier a "
            "column, or leave ordinal at False."
        )
    if in_parts and classes is None:
        classes = order
        check_classes_given(classes, in_parts)
    return OrdinalLabels.learn(y, classes, order=order, kept=kept)


def check_classes_given(classes, in_parts, form="") -> None:
    """Raise an error if the first call of ``partial_fit`` does not say which labels there are."""
    if in_parts and classes is None:
        raise ValueError(
            "classes must be passed on the first call to partial_fit: all labels that any call "
            f"will see, as later ones may bring labels that this y does not hold.{form}"
        )
