"""The labels of steps: checked, numbered, and put back into lists."""

from itertools import chain

import numpy as np

from sklearn_rnn.data import Sequences

__all__ = ["check_kind", "cut", "flatten_tags", "locate", "nest", "number_tags"]


def flatten_tags(y, lengths: np.ndarray) -> np.ndarray:
    """Lay lists of labels end to end: ``(steps,)``.

    Raises
    ------
    ValueError
        If there are not as many labels as steps, or labels are missing or of several types; the
        message names the sequence.
    """
    rows = _rows(y)
    if len(rows) != len(lengths):
        raise ValueError(
            f"X has {len(lengths)} sequence(s), but y has {len(rows)} list(s) of labels; give each "
            "sequence one list."
        )
    for i, (row, length) in enumerate(zip(rows, lengths.tolist(), strict=True)):
        if isinstance(row, str) or not hasattr(row, "__len__"):
            raise ValueError(
                f"y of sequence {i} is {row!r:.40} of type {type(row).__name__}, but a list of "
                "labels is expected, one for each step."
            )
        if len(row) != length:
            raise ValueError(
                f"sequence {i} has {length} step(s), but {len(row)} label(s); every step needs "
                "one label."
            )
    flat = list(chain.from_iterable(rows))
    _check_types(flat, lengths)
    labels = np.array(flat)
    return np.array(flat, dtype=object) if labels.dtype.kind == "f" else labels  # past 64 bits


def _rows(y):
    y = np.asarray(y) if getattr(y, "ndim", 1) == 2 else y  # iterating a table gives its columns
    if isinstance(y, str | type) or not hasattr(y, "__len__") or getattr(y, "ndim", 1) == 0:
        raise ValueError(
            f"y is {y!r:.40} of type {type(y).__name__}, but a list of lists of labels is "
            "expected, one for each sequence."
        )
    return y.tolist() if hasattr(y, "tolist") else list(y)


def _check_types(flat, lengths):
    if len(types := set(map(type, flat))) == 1 and types <= {str, bool, int}:
        return
    first = None
    for step, label in enumerate(flat):
        kind = _kind(label)
        if kind is None:
            raise ValueError(
                f"{locate(step, lengths)} has the label {label!r:.40} of type "
                f"{type(label).__name__}, but labels are str, int or bool and none is missing."
            )
        first = kind if first is None else first
        if kind != first:
            raise ValueError(
                f"{locate(step, lengths)} has the label {label!r:.40} of type "
                f"{type(label).__name__}, but the first label, {flat[0]!r:.40}, is of type "
                f"{type(flat[0]).__name__}; all labels need one type."
            )


def _kind(label):
    if isinstance(label, str):
        return "str"
    if isinstance(label, bool | np.bool_):
        return "bool"
    if isinstance(label, int | np.integer):
        return "int"
    return None


def check_kind(flat: np.ndarray, classes: np.ndarray, lengths: np.ndarray, step: int = 0) -> None:
    """Raise an error if labels are of another type than those of fit.

    numpy would find 1 among the truth values, and nothing among the others.
    """
    came, expected = (_ARRAY_KINDS.get(labels.dtype.kind, "int") for labels in (flat, classes))
    if came != expected:
        raise ValueError(
            f"{locate(step, lengths)} has the label {flat.tolist()[step]!r:.40} of type {came}, "
            f"but the labels of fit, {classes.tolist()!r:.60}, are of type {expected}; give labels "
            "of that type."
        )


_ARRAY_KINDS = {"U": "str", "b": "bool", "f": "float"}


def number_tags(
    flat: np.ndarray, classes: np.ndarray, lengths: np.ndarray, counts: np.ndarray
) -> Sequences:
    """Give the number of each label among the sorted ``classes``.

    ``counts`` ``(steps,)`` tells which labels matter; the number of another one may be any.

    Raises
    ------
    ValueError
        If a label is not among them; the message names the sequence and the step.
    """
    check_kind(flat, classes, lengths, int(np.argmax(counts)))
    numbers = np.searchsorted(classes, flat).clip(max=len(classes) - 1)
    unknown = np.flatnonzero(counts & (classes[numbers] != flat))
    if len(unknown):
        raise ValueError(
            f"{locate(unknown[0], lengths)} has the label {flat.tolist()[unknown[0]]!r}, which is "
            f"not among the labels of fit, {classes.tolist()!r:.200}; all of them must be in y of "
            "fit, or in classes of the first call of partial_fit."
        )
    return Sequences(
        values=numbers.astype(np.int64), offsets=np.concatenate([[0], np.cumsum(lengths)])
    )


def cut(flat: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Cut what lies end to end into one array a sequence: an object array ``(n,)``."""
    return np.fromiter(np.split(flat, np.cumsum(lengths)[:-1]), dtype=object)


def nest(flat, lengths) -> np.ndarray:
    """Cut what lies end to end into one list a sequence: an object array ``(n,)``."""
    nested = np.empty(len(lengths), dtype=object)
    values, start = (flat.tolist() if isinstance(flat, np.ndarray) else flat), 0
    for i, length in enumerate(lengths.tolist()):
        nested[i] = values[start : start + length]
        start += length
    return nested


def locate(step: int, lengths: np.ndarray) -> str:
    """Say in which sequence, and where in it, a step of flat steps is."""
    ends = np.cumsum(lengths)
    i = int(np.searchsorted(ends, step, side="right"))
    return f"sequence {i}, step {int(step - (ends[i] - lengths[i]))}"
