"""How parameters of plain data are spelt."""

import numpy as np

from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import ListOf, PairsOf, TupleOf
from sklearn_rnn.persistence._label_codecs import Label, LabelKinds

__all__ = ["Plain"]


class Plain(LabelKinds):
    """A parameter of plain data: a label, or lists, tuples, dicts and arrays of such."""

    what = "plain data: numbers, texts, labels and arrays, in lists, tuples and dicts"

    def __init__(self):
        self.kinds = Label().kinds | {
            "tuple": (tuple, TupleOf(self)),
            "list": (list, ListOf(self)),
            "dict": (dict, PairsOf(Label(), self)),
            "array": (np.ndarray, Array(finite=False)),
        }
