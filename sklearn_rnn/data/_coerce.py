"""The one function through which every form of X goes."""

from enum import Enum

import numpy as np
import pandas as pd

from sklearn_rnn.data._ragged import as_array, as_floats, is_sparse
from sklearn_rnn.data._sequences import Sequences
from sklearn_rnn.data._texts import Texts
from sklearn_rnn.data._vocabulary import PADDING_ID

__all__ = [
    "InputKind",
    "as_sequences",
    "check_id_range",
    "check_not_empty",
    "check_text",
    "check_tokens",
    "input_kind",
]


_BYTES_WAY_OUT = "texts must be str; decode them: [text.decode() for text in X]."


class InputKind(Enum):
    """The forms that X comes in."""

    SEQUENCES = "Sequences"
    TABLE = "a table"
    ARRAY = "a 3-D array"
    RAGGED = "a list of arrays"
    TOKENS = "lists of tokens"
    TEXT = "texts"


def input_kind(X) -> InputKind:
    """Tell which form X has, by looking at its type, its shape and its first element.

    Raises
    ------
    TypeError or ValueError
        If X is none of the forms; the message lists them.
    """
    if isinstance(X, Sequences):
        return InputKind.SEQUENCES
    if isinstance(X, Texts):
        return _kind_of_elements(X)
    if _is_frame(X) or is_sparse(X):
        return InputKind.TABLE
    _check_iterable(X)
    if _is_listlike(X):
        return _kind_of_elements(X)
    if not hasattr(X, "shape"):
        X = np.asarray(X)
    ndim = len(X.shape)
    dtype_kind = getattr(X.dtype, "kind", "f")
    if ndim == 1 and dtype_kind in "OUTS":
        return _kind_of_elements(X)
    if ndim == 2:
        return InputKind.TABLE
    if ndim == 3:
        return InputKind.ARRAY
    raise ValueError(
        f"Expected sequences, got {type(X).__name__} with {ndim} dimensions. "
        "Give a list of texts, of token lists or of (time, n_features) arrays, a 2-D array "
        "(each row a sequence of one feature), a 3-D array (n, time, n_features) or Sequences. "
        "Reshape your data with X.reshape(-1, 1) if each number is a sequence of one step, or "
        "X.reshape(1, -1) if it is one sequence."
    )


def _is_frame(X):
    return isinstance(X, pd.DataFrame) or hasattr(X, "__dataframe__")


def _check_iterable(X):
    """Refuse what is no collection, or one whose elements are not the sequences."""
    if isinstance(X, str | bytes):
        raise ValueError(
            f"X is one text ({X[:30]!r}), but a list of texts is expected: put it into a list, [X]."
        )
    if isinstance(X, dict):
        raise TypeError("X is a dict, but a list of sequences is expected: list(X.values()).")
    if hasattr(X, "shape") or hasattr(X, "__array__") or _is_listlike(X):
        return
    way_out = "; list(X) makes one" if hasattr(X, "__iter__") else ""
    raise TypeError(
        f"X is {_describe(X)}, but a list of texts, of token lists or of arrays is "
        f"expected{way_out}."
    )


def _is_listlike(X):
    if isinstance(X, list | tuple | pd.Series | pd.Index):
        return True
    is_array = hasattr(X, "shape") or hasattr(X, "__array__")
    return not is_array and hasattr(X, "__len__") and hasattr(X, "__getitem__")


def _kind_of_elements(X) -> InputKind:
    if len(X) == 0:
        return InputKind.RAGGED
    present = (sequence for sequence in X if not _is_missing(sequence))
    first = next(present, None)
    if isinstance(first, str):
        return InputKind.TEXT
    if isinstance(first, bytes):
        i = next(i for i, sequence in enumerate(X) if isinstance(sequence, bytes))
        raise ValueError(f"sequence {i} is {_describe(first)}, but {_BYTES_WAY_OUT}")
    if isinstance(first, list | tuple) or _is_token_array(first):
        found = next((sequence for sequence in X if _length(sequence)), ())
        if isinstance(next(iter(found), None), str):
            return InputKind.TOKENS
    elif np.ndim(first) == 0 and not hasattr(first, "__len__"):
        raise ValueError(
            f"Expected a list of sequences, got a list whose first element is {first!r}. "
            "Reshape your data: wrap one sequence as [X], or single numbers as [[x] for x in X]."
        )
    return InputKind.RAGGED


def _is_missing(value):
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def _length(sequence):
    return len(sequence) if hasattr(sequence, "__len__") else 0


def _is_token_array(sequence):
    return getattr(getattr(sequence, "dtype", None), "kind", "f") in "OUT"


def check_text(X) -> list[str]:
    """Give texts as a list, or raise an error that names the one that is none."""
    texts = _as_list(X)
    for i, text in enumerate(texts):
        if isinstance(text, bytes):
            raise ValueError(f"sequence {i} is {_describe(text)}, but {_BYTES_WAY_OUT}")
        if not isinstance(text, str):
            raise ValueError(
                f"sequence {i} is {_describe(text)}, but texts are expected; every one must be a "
                "str. Drop missing texts or replace them with a word for missing."
            )
    return texts


def check_tokens(X, *, start: int = 0) -> list:
    """Give lists of tokens as a list, or raise an error that names what is none.

    ``start`` is the number of the first list, for messages.
    """
    token_lists = _as_list(X)
    for i, tokens in enumerate(token_lists, start=start):
        if isinstance(tokens, str) or not hasattr(tokens, "__len__"):
            raise ValueError(
                f"sequence {i} is {_describe(tokens)}, but lists of tokens are expected; every "
                "one must be a list of str."
            )
        if set(map(type, tokens)) == {str}:
            continue
        for step, token in enumerate(tokens):
            if not isinstance(token, str):
                raise ValueError(
                    f"sequence {i}, step {step} is {_describe(token)}, but tokens must be str; "
                    "convert numbers with str(), or give sequences of numbers alone."
                )
    return token_lists


def _as_list(X):
    """Give texts or token lists as a list; elsewhere a table would give its column names."""
    if _is_frame(X):
        raise ValueError(
            f"X is a table with the columns {list(X.columns)}, but one column of texts is "
            "expected: give it by itself, X[name]."
        )
    _check_iterable(X)
    return X.tolist() if hasattr(X, "tolist") else list(X)


def _describe(value):
    return f"{value!r:.40} of type {type(value).__name__}"


def as_sequences(X, *, ids: bool = False, columns=None, allow_nan: bool = False) -> Sequences:
    """Turn X, texts and tokens aside, into checked ``Sequences``.

    Parameters
    ----------
    X : Sequences, 2-D array, 3-D array, or list of arrays
        Anything but texts and lists of tokens, which an encoder turns into ``Sequences`` first.
    ids : bool, default=False
        Whether integers are ids. ``Sequences`` with a vocabulary always hold ids.
    columns : sequence of str or None, default=None
        The column names of a table, for messages.
    allow_nan : bool, default=False
        Whether numbers may be NaN; infinities are refused all the same.

    Returns
    -------
    Sequences
        Ids: values ``(steps,)`` of integers, none of them padding. Numbers: values
        ``(steps, n_features)``, finite and within float32.

    Raises
    ------
    ValueError
        No sequences, an empty sequence, values that are not finite, ids that are negative or no
        integers; the message names the sequence and the step.
    """
    sequences = _from_kind(X, input_kind(X), ids=ids)
    if len(sequences) == 0:
        raise ValueError(
            "Found array with 0 sample(s): X holds no sequences, but a minimum of 1 is required."
        )
    check_not_empty(sequences)
    if sequences.n_features == 0 and sequences.codes is None:
        raise ValueError(
            "Found array with 0 feature(s): the steps hold no numbers, but a minimum of 1 feature "
            "is required."
        )
    if ids or sequences.vocabulary is not None:
        _check_ids(sequences)
        return sequences
    if sequences.values.ndim == 1:
        sequences = sequences.with_values(sequences.values[:, None])
    _check_numbers(sequences, columns, allow_nan)
    return sequences


def _from_kind(X, kind, *, ids):
    if kind in (InputKind.TEXT, InputKind.TOKENS):
        raise ValueError(
            f"X is {kind.value}, but sequences of numbers are expected; TokenEncoder turns those "
            "into ids."
        )
    if kind is InputKind.SEQUENCES:
        return X
    if kind is InputKind.RAGGED:
        return Sequences.from_list(X if isinstance(X, list | tuple) else list(X))
    array = as_floats(as_array(X))
    if kind is InputKind.ARRAY:
        return Sequences.from_padded(array, lengths=_lengths_before_nan(array))
    return _unpad_ids(array) if ids else Sequences.from_padded(array)


def _lengths_before_nan(array):
    """Give the lengths of the sequences without the all-NaN steps at their right end."""
    if array.dtype.kind != "f" or not np.isnan(array[:, -1:]).any():
        return None
    real = ~np.isnan(array).all(axis=2)
    return np.where(real.any(axis=1), array.shape[1] - np.argmax(real[:, ::-1], axis=1), 0)


def _unpad_ids(array):
    """Strip the padding id from both ends of each row."""
    real = array != PADDING_ID
    if array.dtype.kind not in "iu" or real.all():
        return Sequences.from_padded(array)
    step = np.arange(array.shape[1])
    first = np.argmax(real, axis=1)[:, None]
    stop = len(step) - np.argmax(real[:, ::-1], axis=1)[:, None]
    kept = (step >= first) & (step < stop) & real.any(axis=1)[:, None]
    wrong = (array < PADDING_ID) | (kept & ~real)
    if wrong.any():
        i, step = np.argwhere(wrong)[0]
        _refuse_id(int(array[i, step]), f"sequence {i}, step {step}")
    return Sequences(values=array[kept], offsets=np.cumsum([0, *kept.sum(axis=1)]))


def check_not_empty(sequences, what="sequence"):
    """Raise an error that names the first sequence without a step."""
    empty = np.flatnonzero(sequences.lengths == 0)
    if len(empty):
        raise ValueError(
            f"{what} {empty[0]} is empty ({len(empty)} of {len(sequences)} are); every one needs "
            "at least one step. Drop the empty ones, or put a placeholder step or word there."
        )


def _check_ids(sequences):
    values = sequences.values
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise ValueError(
            f"ids must be one integer a step, but came as {values.dtype} with "
            f"{values.ndim} dimension(s); for numbers leave embedding_dim and n_tokens unset."
        )
    highest = int(values.max())
    if highest > np.iinfo(np.int64).max:
        where = _locate(sequences, int(np.argmax(values)))
        raise ValueError(
            f"{where} has the id {highest}, but ids must be at most {np.iinfo(np.int64).max} "
            "(int64); number the tokens anew, from 2 upwards."
        )
    lowest = int(values.min())
    if lowest <= PADDING_ID:
        _refuse_id(lowest, _locate(sequences, int(np.argmin(values))))


def check_id_range(sequences: Sequences, largest: int, *, ratio: int = 10, small: int = 1_000_000):
    """Raise an error if an embedding of ``largest + 1`` rows would be next to empty.

    Parameters
    ----------
    sequences : Sequences
        Ids without a vocabulary.
    largest : int
        The largest id that counts.
    ratio : int, default=10
        How many rows each distinct id may cost.
    small : int, default=1_000_000
        Up to how many rows nothing is asked.
    """
    if largest < small:
        return
    n_distinct = len(np.unique(sequences.values))
    if largest + 1 > ratio * n_distinct:
        where = _locate(sequences, int(np.argmax(sequences.values == largest)))
        raise ValueError(
            f"{where} has the id {largest}, but X holds only {n_distinct} distinct ids, and an "
            f"embedding has a row for every id up to the largest. Number the ids anew, from 2 "
            "upwards; or encode them as tokens, TokenEncoder().fit_transform([[str(i) for i in "
            "ids] for ids in X]); or set n_tokens, and ids from there on count as unknown."
        )


def _refuse_id(value, where):
    if value < PADDING_ID:
        raise ValueError(
            f"{where} has the id {value}, but ids must not be negative: 0 is padding, "
            "1 an unknown token, known tokens begin at 2."
        )
    raise ValueError(
        f"{where} has the id 0, which is padding; tokens have ids from 1 (unknown) upwards. "
        "Leave padding out of ragged input; in a 2-D array it may stand at the ends of rows."
    )


def _check_numbers(sequences, columns, allow_nan):
    values = sequences.values
    if values.size == 0:
        return
    if values.dtype.kind == "c":
        raise ValueError(
            f"Complex data not supported: values are {values.dtype}. Give the real and imaginary "
            "parts as two features."
        )
    if values.dtype.kind not in "biuf":
        raise ValueError(
            f"steps must be numbers, but values are {values.dtype}; convert or encode them first."
        )
    if values.dtype.kind != "f":
        return
    step = _first_out_of_range(values, allow_nan)
    if step is None:
        return
    bad = values[step]
    column = int(np.argmin(_is_allowed(bad, allow_nan)))
    where, names = _locate(sequences, step), getattr(sequences.names, "values", ())
    if columns is not None:
        where += f" (column {columns[step % len(columns)]!r})"
    elif len(names) > column:
        where += f" (column {names[column]!r})"
    name = {True: "NaN", False: "infinity or a value too large for dtype('float32')"}
    raise ValueError(
        f"Input X contains {name[bool(np.isnan(bad[column]))]}: {where}, "
        f"feature {column} is {bad[column]}. Every value must be finite: impute or drop such "
        'steps first, or let an estimator fill gaps in with missing="mask". In a 3-D array only '
        "all-NaN steps at the right end are padding."
    )


def _first_out_of_range(values, allow_nan=False, chunk=1 << 20):
    """Give the first step with a value that is not finite as float32; None if there is none."""
    lowest, highest = (np.fmin, np.fmax) if allow_nan else (np.minimum, np.maximum)
    for start in range(0, len(values), chunk):
        block = values[start : start + chunk]
        # The extremes tell all in one pass each; unless NaN is allowed, one NaN makes them NaN.
        extremes = np.array([lowest.reduce(block, axis=None), highest.reduce(block, axis=None)])
        if not _is_allowed(extremes, allow_nan).all():
            return start + int(np.argmin(_is_allowed(block, allow_nan).all(axis=1)))
    return None


def _is_allowed(values, allow_nan):
    allowed = np.abs(values) <= np.finfo(np.float32).max
    return allowed | np.isnan(values) if allow_nan else allowed


def _locate(sequences, flat_step):
    i = int(np.searchsorted(sequences.offsets, flat_step, side="right")) - 1
    return f"sequence {i}, step {flat_step - int(sequences.offsets[i])}"
