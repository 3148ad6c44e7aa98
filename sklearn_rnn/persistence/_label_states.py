"""How the labels that an estimator knows are spelt in a model file."""

import numpy as np

from sklearn_rnn.estimators._labels import IndicatorLabels, LabelColumns, SingleLabel
from sklearn_rnn.estimators._labels_single import OrdinalLabels
from sklearn_rnn.estimators._step_labels import StepLabels
from sklearn_rnn.persistence._array_codecs import NUMBERS, Array
from sklearn_rnn.persistence._codecs import (
    Float,
    Int,
    ListOf,
    OneOf,
    Optional,
    Record,
    Tagged,
    TupleOf,
    bare,
)
from sklearn_rnn.persistence._label_codecs import Label

__all__ = ["CLASSES", "LABELS", "STEP_LABELS"]


def _check_sorted(classes):
    if not len(classes):
        raise ValueError("there are no classes.")
    if not (classes[:-1] < classes[1:]).all():
        raise ValueError("the classes must be sorted, each once.")


CLASSES = Array(shape=(None,), check=_check_sorted)
_NAMES = Optional(ListOf(Label()))


def _check_order(labels):
    n = len(labels.classes)
    if not np.array_equal(np.sort(labels.ranks), np.arange(n)):
        raise ValueError(f"the ranks of {n} classes must be 0 to {n - 1}, each once.")
    if len(labels.shares) != n or not (labels.shares > 0).all():
        raise ValueError("each class needs a share above zero.")


def _check_names(labels, n):
    if labels.names is not None and len(labels.names) != n:
        raise ValueError(f"there are {n} columns, but {len(labels.names)} names.")


_SINGLE = Record(SingleLabel, {"classes": CLASSES})

LABELS = Tagged(
    single=_SINGLE,
    ordinal=Record(
        OrdinalLabels,
        {
            "classes": CLASSES,
            "ranks": Array("int64", shape=(None,)),
            "shares": Array("float64", shape=(None,)),
        },
        check=_check_order,
    ),
    indicator=Record(
        IndicatorLabels,
        {"n_labels": Int(1, 2**31), "dtype": OneOf(*NUMBERS, "float16"), "names": _NAMES},
        check=lambda labels: _check_names(labels, labels.n_labels),
    ),
    columns=Record(
        LabelColumns,
        {"columns": ListOf(_SINGLE, fewest=1), "names": _NAMES},
        check=lambda labels: _check_names(labels, len(labels.columns)),
    ),
)


def _check_step_labels(labels):
    if labels.weight is not None and len(labels.weight) != len(labels.classes):
        raise ValueError("each label needs a weight, or none has one.")
    if labels.scheme is not None and labels.classes.dtype.kind not in "UO":
        raise ValueError(f"labels that are no texts are not in the scheme {labels.scheme}.")


STEP_LABELS = Record(
    StepLabels,
    {
        "classes": CLASSES,
        "scheme": Optional(OneOf("IOB1", "IOB2", "BIOES")),
        "weight": Optional(TupleOf(Float(0))),
        "mean_length": Float(5e-324),
    },
    make=bare(StepLabels),
    check=_check_step_labels,
)
