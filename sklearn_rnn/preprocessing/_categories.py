"""The categorical columns of each step, out of every form of X."""

from numbers import Number
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.data import (
    UNKNOWN_ID,
    InputKind,
    Sequences,
    check_not_empty,
    input_kind,
    read_sequences,
)

__all__ = ["UNKNOWN", "CategoryColumn", "CategorySteps", "locate", "read_categories"]

UNKNOWN = object()  # what a padding or unknown id stands for: no category


class CategoryColumn(NamedTuple):
    """One categorical column: ``codes`` (steps,) of ``values``, which are distinct.

    A value is a str, a number or anything else that sorts; None stands for every missing one.
    """

    codes: np.ndarray
    values: list

    def occurring(self):
        """Give the values that occur."""
        counts = np.bincount(self.codes, minlength=len(self.values))
        return [self.values[code] for code in np.flatnonzero(counts)]


class CategorySteps(NamedTuple):
    """Steps as numeric columns (steps, n_numbers) and categorical columns.

    ``names`` are those of all columns, numeric ones first; empty where nothing is known.
    """

    sequences: Sequences
    numbers: np.ndarray
    columns: list[CategoryColumn]
    names: list[str]


def locate(sequences: Sequences, step: int) -> str:
    """Name the sequence and the step within it of a flat step."""
    i = int(np.searchsorted(sequences.offsets, step, side="right")) - 1
    return f"sequence {i}, step {step - int(sequences.offsets[i])}"


def read_categories(estimator, X, *, reset: bool) -> CategorySteps:
    """Turn X into numeric and categorical columns on behalf of an estimator.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` is set or checked.
    X : Sequences, lists of tokens or categories, 2-D or 3-D array, or list of integer arrays
        The input.
    reset : bool
        True in ``fit``; False where X has to look like that of ``fit``.

    Returns
    -------
    CategorySteps

    Raises
    ------
    ValueError
        No or empty sequences, numbers with a fraction, columns of mixed types or of another
        number than in ``fit``; the message says where.
    """
    kind = input_kind(X)
    if kind is InputKind.TEXT:
        raise ValueError(
            "X is texts, but lists of tokens or of other categories are expected; WordTokenizer "
            "splits texts."
        )
    if kind is InputKind.SEQUENCES and (X.vocabulary is not None or X.codes is not None):
        steps = _from_columns(X)
    elif kind is InputKind.TOKENS or (kind is InputKind.RAGGED and _holds_text(X)):
        steps = _from_objects(X)
    else:
        steps = _from_numbers(estimator, X, reset)
        _check_kinds(steps)
        return steps
    _check_kinds(steps)
    if reset:
        _keep_columns(estimator, steps)
    else:
        _check_names(estimator, steps.names)
    return steps


def _check_not_empty(sequences):
    if len(sequences) == 0:
        raise ValueError(
            "Found array with 0 sample(s): X holds no sequences, but a minimum of 1 is required."
        )
    check_not_empty(sequences)


def _keep_columns(estimator, steps):
    """Keep what ``read_sequences`` keeps, for what does not go through it."""
    estimator.n_features_in_ = steps.numbers.shape[1] + len(steps.columns)
    estimator._input_form = "ragged"
    estimator._step_names_in = steps.names or None
    if hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_


def _check_names(estimator, names):
    fitted = getattr(estimator, "_step_names_in", None)
    if names and fitted and names != fitted:
        raise ValueError(
            f"the columns of X are {names}, but in fit they were {fitted}; give the same columns "
            "in the same order."
        )


# --- Sequences ----------------------------------------------------------------------------------


def _from_columns(X):
    """Read ids, and codes beside ids or numbers; the codes of ``TokenEncoder`` repeat its ids."""
    _check_not_empty(X)
    columns, numbers = [], np.empty((len(X.values), 0), dtype=np.float32)
    names = list(X.names.values) if X.names is not None else []
    if X.vocabulary is None:
        numbers = X.values.reshape(len(X.values), -1)
        _check_finite(X, numbers)
    else:
        known = X.vocabulary.tokens[UNKNOWN_ID + 1 :]
        is_known = (X.values > UNKNOWN_ID) & (X.values < len(X.vocabulary))
        codes = np.where(is_known, X.values - UNKNOWN_ID, 0)
        columns.append(CategoryColumn(codes, [UNKNOWN, *known]))
    if X.vocabulary is None or len(X.categories or ()) != 1:
        columns += [_from_codes(X, i) for i in range(0 if X.codes is None else X.codes.shape[1])]
        names += X.names.codes if X.names is not None else []
    if len(names) != numbers.shape[1] + len(columns):
        names = []
    return CategorySteps(X, numbers, columns, [str(name) for name in names])


def _check_finite(sequences, numbers):
    wrong = np.isinf(numbers)
    if wrong.any():
        step, feature = np.argwhere(wrong)[0]
        raise ValueError(
            f"Input X contains infinity: {locate(sequences, step)}, feature {feature} is "
            f"{numbers[step, feature]}. Impute or drop such steps first."
        )


def _from_codes(X, i):
    codes = X.codes[:, i]
    if X.categories is None:
        distinct, codes = np.unique(codes, return_inverse=True)
        return CategoryColumn(codes.reshape(-1), distinct.tolist())
    values = [None if pd.isna(value) else value for value in X.categories[i]]
    wrong = (codes < 0) | (codes >= len(values))
    if wrong.any():
        step = int(np.argmax(wrong))
        raise ValueError(
            f"{locate(X, step)} has the code {codes[step]} in column {i} of codes, but there are "
            f"{len(values)} categories; codes count from 0."
        )
    return CategoryColumn(codes, values)


# --- lists of categories ------------------------------------------------------------------------


def _holds_text(X):
    """Tell whether a list of sequences holds anything but numbers."""
    return any(map(_is_textual, X))


def _is_textual(sequence):
    if isinstance(sequence, pd.DataFrame):
        return any(dtype.kind not in "biuf" for dtype in sequence.dtypes)
    if hasattr(sequence, "dtype"):
        return getattr(sequence.dtype, "kind", "f") in "OUT"
    if not isinstance(sequence, list | tuple):
        return False
    return any(
        isinstance(step, str)
        or (isinstance(step, list | tuple) and any(isinstance(value, str) for value in step))
        for step in sequence
    )


def _from_objects(X):
    """Read lists of categories, all in memory as Python objects."""
    arrays = [_as_objects(sequence, i) for i, sequence in enumerate(X)]
    filled = [i for i, array in enumerate(arrays) if len(array)]
    for i in filled:
        width, expected = arrays[i].shape[1], arrays[filled[0]].shape[1]
        if width != expected:
            raise ValueError(
                f"sequence {i} has {width} categories a step, but sequence {filled[0]} has "
                f"{expected}; every step needs as many."
            )
    table = np.concatenate([arrays[i] for i in filled])
    table[pd.isna(table)] = None
    sequences = Sequences(
        values=np.empty((len(table), 0), dtype=np.float32),
        offsets=np.concatenate([[0], np.cumsum([len(array) for array in arrays])]),
    )
    check_not_empty(sequences)
    columns = [_number(sequences, column) for column in table.T]
    return CategorySteps(sequences, sequences.values, columns, _names(X))


def _as_objects(sequence, i):
    """Give one sequence as an array of objects (time, n_columns)."""
    if isinstance(sequence, str | bytes) or not hasattr(sequence, "__len__"):
        raise ValueError(
            f"sequence {i} is {sequence!r:.40} of type {type(sequence).__name__}, but a list of "
            "tokens or of other categories is expected."
        )
    array = np.asarray(sequence, dtype=object)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise ValueError(
            f"sequence {i} has shape {array.shape}, but a sequence of categories must be (time,) "
            "or (time, n_columns)."
        )
    return array


def _number(sequences, column):
    numbers = {}
    try:
        codes = [numbers.setdefault(value, len(numbers)) for value in column.tolist()]
    except TypeError:
        unhashable = ((i, v) for i, v in enumerate(column) if v.__hash__ is None)
        step, value = next(unhashable, (0, column[0]))
        raise ValueError(
            f"{locate(sequences, step)} is {value!r:.40} of type {type(value).__name__}, but a "
            "category must be a str or a number."
        ) from None
    return _whole(sequences, CategoryColumn(np.array(codes, dtype=np.int64), list(numbers)))


def _names(X):
    for sequence in X:
        if isinstance(sequence, pd.DataFrame):
            return [str(name) for name in sequence.columns]
    return []


# --- numbers ------------------------------------------------------------------------------------


def _from_numbers(estimator, X, reset):
    """Read integers, each of which is a category, and NaN, which is the missing one."""
    sequences = read_sequences(estimator, X, reset=reset, allow_nan=True, allow_columns=True)
    columns = []
    for column in sequences.values.T:
        distinct, codes = np.unique(column, return_inverse=True)
        values = [None if value != value else value for value in distinct.tolist()]
        columns.append(_whole(sequences, CategoryColumn(codes.reshape(-1), values)))
    names = _names(X) if input_kind(X) is InputKind.RAGGED else []
    return CategorySteps(sequences, sequences.values[:, :0], columns, names)


def _whole(sequences, column):
    """Write whole floats as integers; refuse others, which are measurements and no categories."""
    for code, value in enumerate(column.values):
        if isinstance(value, float) and not value.is_integer():
            step = int(np.argmax(column.codes == code))
            raise ValueError(
                f"{locate(sequences, step)} is {value}, but numbers are categories only where "
                "they are whole; cut measurements into bins first, "
                'PerStep(KBinsDiscretizer(encode="ordinal")).'
            )
    values = [int(value) if isinstance(value, float) else value for value in column.values]
    return column._replace(values=values)


# --- what must agree ----------------------------------------------------------------------------


def _check_kinds(steps):
    """Check that no column mixes text and numbers, which have no common order."""
    for i, column in enumerate(steps.columns):
        first = None
        for value in column.occurring():
            if value is None or value is UNKNOWN:
                continue
            first = value if first is None else first
            if value_kind(value) != value_kind(first):
                step = int(np.argmax(column.codes == column.values.index(value)))
                raise ValueError(
                    f"{locate(steps.sequences, step)}, column {i} is {value!r:.40} of type "
                    f"{type(value).__name__}, but there is also {first!r:.40} of type "
                    f"{type(first).__name__}; the categories of a column must be of one type."
                )


def value_kind(value) -> str:
    """Tell text from numbers and from whatever else a category may be."""
    if isinstance(value, str):
        return "text"
    return "numbers" if isinstance(value, Number | np.bool_) else type(value).__name__
