"""The one function through which every form of X but texts goes."""

import numpy as np

from sklearn_rnn.data._arrays import as_array, as_floats
from sklearn_rnn.data._input_kind import InputKind, input_kind
from sklearn_rnn.data._sequences import Sequences
from sklearn_rnn.data._vocabulary import PADDING_ID

__all__ = ["as_sequences", "check_id_range", "check_not_empty", "from_kind"]


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
    sequences = from_kind(X, input_kind(X), ids=ids)
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


def from_kind(X, kind: InputKind, *, ids: bool) -> Sequences:
    """Turn X, of which the form is known, into ``Sequences`` that are not yet checked."""
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
            f"X holds no ids: ids must be one integer a step, but came as {values.dtype} with "
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
        'steps first, or fill gaps in with missing="mask", where an estimator has this parameter. '
        "In a 3-D array only all-NaN steps at the right end are padding."
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
