"""Checks of what ``Sequences`` carry beside their values."""

import numpy as np

from sklearn_rnn.data._sequences import Sequences

__all__ = ["check_columns"]


def check_columns(sequences: Sequences, *, allow_nan: bool = False) -> Sequences:
    """Check categorical and static columns; codes without categories are their own categories.

    Raises
    ------
    ValueError
        Codes that stand for no category, static columns that are no numbers, or not finite
        (``allow_nan`` lets NaN pass); the message names the sequence and the column.
    """
    changes = {}
    if sequences.vocabulary is None:
        changes |= _checked_codes(sequences, "codes", "categories")
    elif sequences.codes is not None and len(sequences.categories or ()) != 1:
        raise ValueError(
            "X has ids of a vocabulary and categorical columns beside them, which are not read "
            "together: encode the tokens as one more categorical column, or leave the others out."
        )
    changes |= _checked_codes(sequences, "static_codes", "static_categories")
    if sequences.static is not None:
        changes["static"] = _checked_static(sequences, allow_nan)
    if sequences.times is not None:
        _check_times(sequences)
    return sequences.with_columns(**changes)


def column_name(sequences: Sequences, kind: str, i: int):
    """Give the name of a column, or its number."""
    names = getattr(sequences.names, kind, ())
    return names[i] if names else i


def _checked_codes(sequences, kind, categories_name):
    codes, categories = getattr(sequences, kind), getattr(sequences, categories_name)
    if codes is None:
        return {}
    if codes.ndim != 2 or codes.dtype.kind not in "iu":
        raise ValueError(
            f"{kind} must be integers of shape (rows, columns), but came as {codes.dtype} of shape "
            f"{codes.shape}."
        )
    if categories is None:
        found = [np.unique(column, return_inverse=True) for column in codes.T]
        columns = [inverse.astype(np.int32) for _, inverse in found]
        return {
            kind: np.stack(columns, axis=1) if columns else codes,
            categories_name: tuple(tuple(distinct.tolist()) for distinct, _ in found),
        }
    for i, names in enumerate(categories):
        column = codes[:, i]
        wrong = np.flatnonzero((column < 0) | (column >= len(names)))
        if len(wrong):
            raise ValueError(
                f"{kind} holds {column[wrong[0]]} in row {wrong[0]} of column "
                f"{column_name(sequences, kind, i)!r}, which has {len(names)} categories; codes "
                "count from 0."
            )
    return {}


def _checked_static(sequences, allow_nan):
    static = sequences.static
    if static.ndim != 2:
        raise ValueError(
            f"static must have the shape (n, columns), but has {static.shape}; a single column is "
            "static.reshape(-1, 1)."
        )
    if static.dtype.kind not in "biuf":
        raise ValueError(
            f"static must hold numbers, but came as {static.dtype}; Sequences.with_static takes "
            "a DataFrame with columns of text."
        )
    static = static.astype(np.float64)
    allowed = np.abs(static) <= np.finfo(np.float32).max
    if allow_nan:
        allowed |= np.isnan(static)
    wrong = np.argwhere(~allowed)
    if len(wrong):
        i, column = wrong[0]
        way_out = 'missing="mask" reads NaN, or impute it' if np.isnan(static[i, column]) else ""
        raise ValueError(
            f"Input X contains NaN, infinity or a value too large: sequence {i}, static column "
            f"{column_name(sequences, 'static', int(column))!r} is {static[i, column]}; every "
            f"value must be finite{way_out and f': {way_out}'}."
        )
    return static


def _check_times(sequences):
    """Check that the times of a sequence are finite and never fall."""
    times = sequences.times
    if times.shape != (len(sequences.values),) or times.dtype.kind not in "biuf":
        raise ValueError(
            f"times must be one number a step, but came as {times.dtype} of shape {times.shape}."
        )
    steps = np.diff(times, prepend=times[:1])
    steps[sequences.offsets[:-1][sequences.lengths > 0]] = 0
    wrong = np.flatnonzero(~(steps >= 0) | ~np.isfinite(times))
    if len(wrong):
        i = int(np.searchsorted(sequences.offsets, wrong[0], side="right")) - 1
        raise ValueError(
            f"sequence {i}, step {wrong[0] - int(sequences.offsets[i])} has the time "
            f"{times[wrong[0]]}, but times must be finite and never fall within a sequence; sort "
            "the steps, as Sequences.from_frame does."
        )
