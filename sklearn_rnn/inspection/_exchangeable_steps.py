"""The steps of X, of whatever form, as columns that can be exchanged, and the way back."""

from collections.abc import Callable
from itertools import chain

import numpy as np
import pandas as pd

from sklearn_rnn.data import (
    InputKind,
    Padding,
    Sequences,
    as_pandas,
    as_sequences,
    check_not_empty,
    count_steps,
    input_kind,
)
from sklearn_rnn.estimators import RNNForecaster, TreeRNNClassifier
from sklearn_rnn.inspection._unwrapping import final_step

__all__ = ["ExchangeableSteps", "check_reads_sequences", "read_steps", "split_texts"]

# Estimators of the library whose X is not one sequence a row.
_OTHER_ROWS = {
    RNNForecaster: "one row a time of its series; sklearn.inspection.permutation_importance "
    "shuffles the columns of such rows",
    TreeRNNClassifier: "trees, which have no steps in order",
}


def check_reads_sequences(estimator):
    """Refuse an estimator, also in a pipeline or a search, that does not read sequences.

    Raises
    ------
    TypeError
        If it is an RNNForecaster or a TreeRNNClassifier.
    """
    found = final_step(estimator)
    for kind, rows in _OTHER_ROWS.items():
        if isinstance(found, kind):
            raise TypeError(
                f"steps of sequences are changed, but {kind.__name__} reads {rows}; give an "
                "estimator of sequences, such as RNNClassifier or RNNRegressor."
            )


class ExchangeableSteps:
    """Steps laid end to end, of which parts can be put in the place of others.

    Parameters
    ----------
    parts : dict of str to ndarray of shape (steps,) or (steps, n_columns)
        What stands at the steps.
    lengths : ndarray of shape (n,), int
    features : list of tuple
        ``(part, column, name)`` of each column that is a feature; none where steps are tokens.
    build : callable
        From such parts to X in the form in which it came.
    """

    def __init__(self, parts: dict, lengths, features: list, build: Callable):
        self.parts = parts
        self.lengths = np.asarray(lengths)
        self.offsets = np.concatenate([[0], np.cumsum(self.lengths)])
        self.features = features
        self._build = build
        self.rows = np.repeat(np.arange(len(self.lengths)), self.lengths)
        self._twice_middle = 2 * (np.arange(len(self.rows)) - self.offsets[self.rows]) + 1

    def sources(self, order) -> np.ndarray:
        """Give the step at the same relative time of the sequence ``order[i]``, for each of i's.

        The middle of step t of T steps is at ``(t + 1/2) / T``.
        """
        of_row, own = order[self.rows], self.lengths[self.rows]
        step = self._twice_middle * self.lengths[of_row] // (2 * own)
        return self.offsets[of_row] + step

    def blocks(self, n_blocks: int) -> np.ndarray:
        """Give the block of relative time that the middle of each step is in."""
        return self._twice_middle * n_blocks // (2 * self.lengths[self.rows])

    def exchange_feature(self, i: int, sources):
        """Give X with the values of one feature from other steps."""
        part, column, _ = self.features[i]
        changed = self.parts[part].copy()
        changed[:, column] = changed[sources, column]
        return self._build(self.parts | {part: changed})

    def exchange_steps(self, which, sources):
        """Give X with all that stands at some steps, a mask, from other steps."""
        changed = {name: part.copy() for name, part in self.parts.items()}
        for name, part in self.parts.items():
            changed[name][which] = part[sources[which]]
        return self._build(changed)

    def set_values(self, steps, column: int, value: float):
        """Give X with one value in a column of numbers at some steps."""
        changed = self.parts["values"].astype(np.float64)  # a copy
        changed[steps, column] = value
        return self._build(self.parts | {"values": changed})


def split_texts(estimator, X):
    """Give texts as the ids that the estimator's encoder makes of them; all else as it is."""
    found = getattr(estimator, "best_estimator_", estimator)
    if input_kind(X) is InputKind.TEXT and hasattr(found, "encoder_"):
        return found.encoder_.transform(X)
    return X


def read_steps(X) -> ExchangeableSteps:
    """Read X, of any form that holds its steps one by one.

    Raises
    ------
    ValueError
        If X holds texts, whose steps are known to their encoder alone; or what ``fit`` refuses.
    """
    kind = input_kind(X)
    if kind is InputKind.TEXT:
        raise ValueError(
            "X holds texts, but steps are exchanged, and nothing says what the steps of a text "
            "are: give an estimator of lists of tokens, and such lists."
        )
    if kind is InputKind.TOKENS or (kind is InputKind.RAGGED and _holds_dicts(X)):
        return _of_objects(X)
    if kind is InputKind.TABLE and not isinstance(X, np.ndarray):
        X = as_pandas(X) if hasattr(X, "columns") else np.asarray(X)
    sequences = as_sequences(X, allow_nan=True)
    parts, build = {"values": sequences.values}, _BUILDERS[kind](X, sequences)
    if kind is InputKind.SEQUENCES and sequences.codes is not None:
        parts["codes"] = sequences.codes
    return ExchangeableSteps(parts, sequences.lengths, _features(X, sequences), build)


def _holds_dicts(X):
    first = next((sequence for sequence in X if count_steps(sequence)), ())
    return isinstance(first, list | tuple) and isinstance(first[0], dict)


def _of_objects(X):
    rows = list(X)
    lengths = np.array([len(row) for row in rows])
    steps = np.fromiter(chain.from_iterable(rows), dtype=object)
    check_not_empty(Sequences(values=np.zeros(len(steps)), offsets=np.cumsum([0, *lengths])))
    ends = np.cumsum(lengths)[:-1]

    def build(parts):
        return [part.tolist() for part in np.split(parts["steps"], ends)]

    return ExchangeableSteps({"steps": steps}, lengths, [], build)


def _features(X, sequences):
    if sequences.vocabulary is not None:
        return []
    n, names = sequences.n_features, getattr(sequences.names, "values", ())
    if not names and isinstance(X, list | tuple) and hasattr(X[0], "columns"):
        names = list(X[0].columns)
    names = list(names) if len(names) == n else list(range(n))
    features = [("values", i, name) for i, name in enumerate(names)]
    if sequences.codes is not None:
        titles = getattr(sequences.names, "codes", ())
        titles = titles or [f"codes{i}" for i in range(sequences.codes.shape[1])]
        features += [("codes", i, name) for i, name in enumerate(titles)]
    return features


def _as_sequences_again(X, sequences):
    def build(parts):
        values = parts["values"]
        values = values if X.values.ndim == 2 or values.ndim == 1 else values[:, 0]
        columns = {"codes": parts["codes"]} if "codes" in parts else {}
        return X.with_values(values, vocabulary=X.vocabulary).with_columns(**columns)

    return build


def _as_list(X, sequences):
    ends = sequences.offsets[1:-1]
    given = list(X)

    def build(parts):
        return [
            _like(sequence, values)
            for sequence, values in zip(given, np.split(parts["values"], ends), strict=True)
        ]

    return build


def _like(sequence, values):
    """Give the values of a sequence in its form: a frame with its columns, or an array."""
    if isinstance(sequence, pd.DataFrame):
        return pd.DataFrame(values, index=sequence.index, columns=sequence.columns)
    return values if np.ndim(sequence) == 2 else values[:, 0]


def _as_array(X, sequences):
    time = X.shape[1]

    def build(parts):
        values = parts["values"]
        value = np.nan if values.dtype.kind == "f" else 0  # integers have no padding
        padding = Padding(length=time, value=value)
        return sequences.with_values(values).with_padding(padding).to_padded()

    return build


def _as_table(X, sequences):
    def build(parts):
        values = parts["values"].reshape(X.shape)
        if isinstance(X, pd.DataFrame):
            return pd.DataFrame(values, index=X.index, columns=X.columns)
        return values

    return build


_BUILDERS = {
    InputKind.SEQUENCES: _as_sequences_again,
    InputKind.RAGGED: _as_list,
    InputKind.ARRAY: _as_array,
    InputKind.TABLE: _as_table,
}
