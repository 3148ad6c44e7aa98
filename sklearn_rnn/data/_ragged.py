"""Ragged sequences as flat arrays: flattening, gathering, padding."""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from sklearn_rnn.data._arrays import as_array, describe, find_fault, objects_as_floats

__all__ = ["flatten", "gather_positions", "pad"]


def flatten(sequences: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """Join a list of sequences into one flat array.

    Parameters
    ----------
    sequences : list of arrays, tensors or lists
        Each ``(time,)`` or ``(time, n_features)``.

    Returns
    -------
    values : ndarray of shape (steps,) or (steps, n_features)
    lengths : ndarray of shape (n,), int64
    """
    _check_list(sequences)
    if len(sequences) and all(type(sequence) in (list, tuple) for sequence in sequences):
        flat = _flatten_lists(sequences)
        if flat is not None:
            return flat
    flat = _flatten_arrays(sequences)
    if flat is not None:
        return flat
    _check_columns(sequences)
    arrays = [_checked_array(sequence, i) for i, sequence in enumerate(sequences)]
    _check_widths(arrays)
    lengths = np.fromiter(map(len, arrays), dtype=np.int64, count=len(arrays))
    filled = [array for array in arrays if len(array)]
    if not filled:
        return np.empty(0), lengths
    return np.concatenate(filled), lengths


def _check_list(sequences):
    try:
        n = len(sequences)  # even a class and a tensor of one number say that they have it
    except (TypeError, RuntimeError):  # a nested tensor has no length either
        n = None
    if n is None:
        raise TypeError(f"{describe(sequences)} came, but a list of sequences is expected.")


def _flatten_lists(sequences):
    """Flatten plain lists of numbers in one go; None if they are anything but that."""
    lengths = np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences))
    try:
        values = np.array(list(chain.from_iterable(sequences)))
    except (TypeError, ValueError, RuntimeError):
        return None
    return (values, lengths) if values.ndim in (1, 2) and values.dtype.kind in "biuf" else None


def _flatten_arrays(sequences):
    """Flatten plain arrays of numbers in one go; None if they are anything but that."""
    if set(map(type, sequences)) != {np.ndarray}:
        return None
    if not {array.dtype.kind for array in sequences} <= set("biuf"):
        return None
    try:
        values = np.concatenate(sequences)
    except ValueError:  # of unequal widths, some perhaps without steps
        return None
    if values.ndim not in (1, 2) or not len(values):
        return None
    return values, np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences))


def _check_columns(sequences):
    """Check that sequences which are tables agree in their columns."""
    tables = [(i, table) for i, table in enumerate(sequences) if hasattr(table, "columns")]
    for i, table in tables:
        first, expected = tables[0]
        if list(table.columns) != list(expected.columns):
            raise ValueError(
                f"sequence {i} has the columns {list(table.columns)}, but sequence {first} has "
                f"{list(expected.columns)}; every table needs the same columns in the same order."
            )


def _checked_array(sequence, i):
    if isinstance(sequence, str | bytes):
        raise ValueError(
            f"sequence {i} is text ({sequence[:20]!r}), but sequence 0 is not; give either texts "
            "or arrays of numbers, not both."
        )
    if hasattr(sequence, "to_padded"):
        raise ValueError(
            f"sequence {i} is itself Sequences; Sequences.concat joins several into one."
        )
    try:
        array = as_array(sequence)
        if array.dtype.kind == "O":
            array = objects_as_floats(array)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        reason = find_fault(sequence) or str(error).rstrip(".")
        raise ValueError(
            f"sequence {i} is no array of numbers: {reason}. Every sequence must be "
            "(time,) or (time, n_features)."
        ) from error
    if array.ndim == 0:
        raise ValueError(
            f"sequence {i} is {describe(sequence)}, but every "
            "sequence must be (time,) or (time, n_features); write a single step as [step]."
        )
    if array.dtype.kind == "c":
        raise ValueError(
            f"Complex data not supported: sequence {i} is {array.dtype}. Give the real and "
            "imaginary parts as two features."
        )
    if array.dtype.kind not in "biuf":
        fault = find_fault(sequence)
        raise ValueError(
            f"sequence {i} holds {_kind_name(array)}{fault and f' ({fault})'}, but numbers are "
            "needed; give lists of tokens for all sequences or numbers for all."
        )
    if array.ndim not in (1, 2):
        raise ValueError(
            f"sequence {i} has shape {array.shape}, but every sequence must be (time,) or "
            "(time, n_features)."
        )
    return array


def _kind_name(array):
    kinds = {"U": "strings", "S": "bytes", "T": "strings", "M": "dates", "m": "time differences"}
    return kinds.get(array.dtype.kind, str(array.dtype))


def _check_widths(arrays):
    filled = [(i, array.shape[1:]) for i, array in enumerate(arrays) if len(array)]
    for i, width in filled:
        first, expected = filled[0]
        if width != expected:
            raise ValueError(
                f"sequence {i} has {_width_name(width)}, but sequence {first} has "
                f"{_width_name(expected)}; every sequence needs the same features."
            )


def _width_name(width):
    if not width:
        return "one number a step, shape (time,)"
    return f"{width[0]} feature{'' if width[0] == 1 else 's'} a step"


def gather_positions(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Give the flat positions of the steps of sequences that begin at ``starts``."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - lengths), lengths)


def pad(values, lengths, *, length, side="right", value=0) -> np.ndarray:
    """Lay flat steps out as one array of shape ``(n, length)`` or ``(n, length, n_features)``.

    Zeros keep the dtype of the values; another ``value`` may need a wider one.
    """
    n, dtype = len(lengths), values.dtype
    if value != 0:
        dtype = np.result_type(dtype, np.min_scalar_type(value))
    padded = np.full((n, length, *values.shape[1:]), value, dtype=dtype)
    starts = np.arange(n, dtype=np.int64) * length
    if side == "left":
        starts += length - lengths
    flat = padded.reshape(n * length, *values.shape[1:])
    flat[gather_positions(starts, lengths)] = values
    return padded
