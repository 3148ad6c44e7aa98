"""Ragged sequences as flat arrays: flattening, gathering, padding."""

from collections.abc import Sequence
from itertools import chain

import numpy as np

__all__ = ["as_array", "flatten", "gather_positions", "pad"]


def as_array(sequence) -> np.ndarray:
    """Give one sequence as a numpy array; torch tensors come from any device."""
    if hasattr(sequence, "detach"):
        sequence = sequence.detach().cpu()
    return np.asarray(sequence)


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
    if len(sequences) and all(type(sequence) in (list, tuple) for sequence in sequences):
        flat = _flatten_lists(sequences)
        if flat is not None:
            return flat
    arrays = [_checked_array(sequence, i) for i, sequence in enumerate(sequences)]
    _check_widths(arrays)
    lengths = np.fromiter(map(len, arrays), dtype=np.int64, count=len(arrays))
    filled = [array for array in arrays if len(array)]
    if not filled:
        return np.empty(0), lengths
    return np.concatenate(filled), lengths


def _flatten_lists(sequences):
    """Flatten plain lists of numbers in one go; None if they are anything but that."""
    lengths = np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences))
    try:
        values = np.array(list(chain.from_iterable(sequences)))
    except ValueError:
        return None
    return (values, lengths) if values.ndim in (1, 2) and values.dtype.kind in "biuf" else None


def _checked_array(sequence, i):
    if isinstance(sequence, str | bytes):
        raise ValueError(
            f"sequence {i} is text ({sequence[:20]!r}), but sequence 0 is not; give either texts "
            "or arrays of numbers, not both."
        )
    try:
        array = as_array(sequence)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"sequence {i} is no array of numbers: {error}. Every sequence must be "
            "(time,) or (time, n_features)."
        ) from error
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: sequence {i} is {array.dtype}.")
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"sequence {i} holds {_kind_name(array)}, but numbers are needed; give lists of "
            "tokens for all sequences or numbers for all."
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
    return f"{width[0]} features a step"


def gather_positions(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Give the flat positions of the steps of sequences that begin at ``starts``."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - lengths), lengths)


def pad(values, lengths, *, length, side="right", value=0) -> np.ndarray:
    """Lay flat steps out as one array of shape ``(n, length)`` or ``(n, length, n_features)``."""
    n = len(lengths)
    dtype = np.result_type(values.dtype, np.min_scalar_type(value))
    padded = np.full((n, length, *values.shape[1:]), value, dtype=dtype)
    starts = np.arange(n, dtype=np.int64) * length
    if side == "left":
        starts += length - lengths
    flat = padded.reshape(n * length, *values.shape[1:])
    flat[gather_positions(starts, lengths)] = values
    return padded
