"""Tokens described by dicts of features, as sklearn-crfsuite takes them."""

from math import isfinite
from numbers import Real

import numpy as np
import pandas as pd

from sklearn_rnn.data import Sequences, SubwordTable, count_steps, describe, show
from sklearn_rnn.estimators._words import kept_first

__all__ = ["FeatureReader", "first_token", "holds_features"]


def holds_features(X) -> bool:
    """Tell whether X holds lists of dicts."""
    return isinstance(first_token(X), dict)


def first_token(X):
    """Give the first token of a collection of lists, or None where X is none or has none."""
    if not isinstance(X, list | tuple | np.ndarray | pd.Series) or getattr(X, "ndim", 1) != 1:
        return None
    found = next((row for row in X if count_steps(row)), None)
    return found[0] if isinstance(found, list | tuple | np.ndarray) else None


class FeatureReader:
    """Turn dicts of features into numbers and bags of named features.

    A feature that is a str or a bool, or a list or set of str, is embedded; a number is a number,
    0 where it is absent.

    Attributes
    ----------
    kinds : dict of str to str
        Whether each feature that ``fit`` saw is "text" or "number".
    numbers : list of str
        The features that are numbers, in alphabetical order.
    ids : dict of str to int
        The number of each value of the others.
    n_features : int
        How many there are.
    """

    def fit(self, X, kept=None) -> Sequences:
        """Learn from the dicts of all sequences (of those at ``kept``), and give all as numbers."""
        self.kinds = {}
        X = list(X)
        order = range(len(X)) if kept is None else kept_first(kept, len(X))
        values = set()
        for i in order if kept is None else kept:
            for step, token in enumerate(_checked(X[i], i)):
                for name, value in token.items():
                    kind = self._kind(name, value, i, step, learn=True)
                    if kind == "text":
                        values.update(_values(name, value))
        self.numbers = sorted(name for name, kind in self.kinds.items() if kind == "number")
        self.ids = {value: i for i, value in enumerate(sorted(values))}
        self.n_features = max(1, len(self.ids))
        return self._read(X, order)[np.argsort(order)]

    def transform(self, X) -> Sequences:
        """Give the numbers as ``values`` and the bags of features as ``codes``."""
        X = list(X)
        return self._read(X, range(len(X)))

    def _read(self, X, order):
        """Read the sequences of X in an order."""
        columns = {name: i for i, name in enumerate(self.numbers)}
        bags, codes, lengths, rows = {}, [], [], []
        for i in order:
            row = _checked(X[i], i)
            lengths.append(len(row))
            for step, token in enumerate(row):
                bag, numbers = [], [0.0] * len(columns)
                for name, value in token.items():
                    kind = self._kind(name, value, i, step)
                    if kind == "number" and name in columns:
                        numbers[columns[name]] = float(value)
                    elif kind == "text":
                        bag += [self.ids[v] for v in _values(name, value) if v in self.ids]
                codes.append(bags.setdefault(tuple(sorted(bag)), len(bags)))
                rows.append(numbers)
        return Sequences(
            values=np.array(rows, dtype=np.float64).reshape(len(rows), len(columns)),
            offsets=np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]),
            codes=np.array(codes, dtype=np.int32)[:, None],
            categories=(tuple(bags),),
        )

    @staticmethod
    def bags(sequences) -> SubwordTable:
        """Give the features of each distinct bag."""
        bags = sequences.categories[0]
        sizes = [len(bag) for bag in bags]
        return SubwordTable(
            buckets=np.array([i for bag in bags for i in bag], dtype=np.int64),
            offsets=np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]),
        )

    def _kind(self, name, value, i, step, learn=False):
        """Tell what a feature is: "text", "number", or None where it is absent."""
        if value is None:
            return None
        kind = _KINDS.get(type(value)) or _kind_of(value)
        fault = None
        if not isinstance(name, str):
            fault = "has a name that is no str; convert it with str()"
        elif kind is None:
            fault = "but features are str, bool, numbers, or lists of str"
        elif kind == "number" and not _is_finite(value):
            fault = "but numbers must be finite; leave it out"
        elif kind != (known := self._known(name, kind, learn)):
            fault = f"but elsewhere it is a {known}; give a feature one type"
        if fault is not None:
            came = f"the feature {show(name)} is {describe(value)}"
            raise ValueError(f"sequence {i}, step {step}: {came}, {fault}.")
        return kind

    def _known(self, name, kind, learn):
        return self.kinds.setdefault(name, kind) if learn else self.kinds.get(name, kind)


_KINDS = {str: "text", bool: "text", int: "number", float: "number"}


def _kind_of(value):
    if isinstance(value, str | np.bool_):
        return "text"
    if isinstance(value, list | tuple | set | frozenset):
        return "text" if all(isinstance(part, str) for part in value) else None
    return "number" if isinstance(value, Real) else None


def _is_finite(value):
    try:
        return isfinite(value)
    except OverflowError:
        return False


def _values(name, value):
    if isinstance(value, str | bool | np.bool_):
        return [f"{name}={value}"]
    return [f"{name}={part}" for part in value]


def _checked(row, i):
    row_ndim = getattr(row, "ndim", 1)
    if isinstance(row, str | dict) or not hasattr(row, "__getitem__") or not row_ndim:
        raise ValueError(
            f"sequence {i} is {describe(row)}, but a list of dicts is expected, one a step."
        )
    if not len(row):
        raise ValueError(
            f"sequence {i} is empty; every one needs at least one step. Drop the empty ones."
        )
    for step, token in enumerate(row):
        if not isinstance(token, dict):
            raise ValueError(
                f"sequence {i}, step {step} is {describe(token)}, but "
                "the first token is a dict of features; give dicts for all."
            )
    return row
