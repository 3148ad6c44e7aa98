"""Checks of y whose errors say where."""

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from sklearn_rnn.data import align_by_ids

__all__ = ["align_target", "check_classes", "check_labels", "check_length", "check_numbers"]

# The square of a larger number is not finite, and so the deviation of the targets would not be.
_LARGEST = 1e150


def align_target(X, y, what="y"):
    """Bring labels in pandas into the order of sequences that have ids; give others as they are.

    Raises
    ------
    ValueError
        If an id has no label, or several; the message names it.
    """
    ids = getattr(X, "ids", None)
    if ids is None or not isinstance(y, pd.Series | pd.DataFrame):
        return y
    return align_by_ids(ids, y, what)


def check_length(y, n_sequences: int) -> None:
    """Raise an error unless y has one entry for each sequence."""
    y = y if hasattr(y, "__len__") or issparse(y) else np.asarray(y)
    if getattr(y, "ndim", 1) == 0:
        raise ValueError(
            f"y must be a list or an array with one target a sequence, but is {y!r:.40}."
        )
    n_targets = y.shape[0] if issparse(y) else len(y)
    if n_targets != n_sequences:
        raise ValueError(
            f"X has {n_sequences} sequence(s), but y has {n_targets} target(s): the numbers of "
            "samples are inconsistent; give each sequence one target."
        )


def check_labels(y) -> np.ndarray:
    """Give labels as an array ``(n,)``, or raise an error that names the one that is missing."""
    try:
        y = column_or_1d(y, warn=True)
    except ValueError as error:
        raise ValueError(
            "y must hold one label a sequence, or one row of labels of the same length; make sets "
            f"of labels rows of 0 and 1 with MultiLabelBinarizer: {error}"
        ) from error
    missing = pd.isna(y) | (np.isinf(y) if y.dtype.kind == "f" else False)
    if missing.any():
        i = int(np.argmax(missing))
        raise ValueError(
            f"Input y contains NaN or infinity: the label of sequence {i} is {y[i]} "
            f"({missing.sum()} of {len(y)} are missing); every sequence needs a label. Drop the "
            "sequences without one, or give them a label of their own."
        )
    _check_one_type(y)
    check_classification_targets(y)
    return y


def _check_one_type(y):
    """Words and numbers have no order among each other, which the classes need."""
    if y.dtype.kind != "O":
        return
    are_words = [isinstance(label, str) for label in y]
    if 0 < sum(are_words) < len(y):
        i = are_words.index(not are_words[0])
        raise ValueError(
            f"y must hold labels of one type, but the label of sequence 0 is {y[0]!r} and that of "
            f"sequence {i} is {y[i]!r}; make them all words, or all numbers."
        )


def check_classes(classes) -> np.ndarray:
    """Give the labels that are to come, sorted, or raise an error that names what is none."""
    if isinstance(classes, str) or np.ndim(np.asarray(classes, dtype=object)) != 1:
        raise ValueError(
            f"classes must be a one-dimensional list or array of labels, but is {classes!r:.60}."
        )
    values = list(classes)
    for i, value in enumerate(values):
        if pd.isna(value) or (isinstance(value, float) and np.isinf(value)):
            raise ValueError(
                f"classes contains {value!r} at position {i}, which is no label; leave it out, or "
                "give what has no label a label of its own."
            )
    n_texts = sum(isinstance(value, str) for value in values)
    if not values or 0 < n_texts < len(values):
        raise ValueError(
            f"classes must hold labels of one type, but holds {n_texts} str and "
            f"{len(values) - n_texts} others: {values!r:.60}; give them the type that y has."
        )
    return np.unique(np.asarray(classes))


def check_numbers(y) -> np.ndarray:
    """Give targets as an array ``(n,)`` or ``(n, targets)`` of float64, all finite.

    Raises
    ------
    ValueError
        The message names the sequence whose target is no number.
    """
    try:
        y = check_array(y, ensure_2d=False, dtype=np.float64, ensure_all_finite=False)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"y must hold one number a sequence, or a row of numbers{_where_no_number(y)}: {error}"
        ) from error
    bad = np.argwhere(~(np.abs(y) <= _LARGEST))
    if len(bad):
        value = y[tuple(bad[0])]
        kind = "NaN" if np.isnan(value) else "infinity or a value too large"
        column = f", target {bad[0][1]}," if y.ndim == 2 else ""
        raise ValueError(
            f"Input y contains {kind}: y of sequence {bad[0][0]}{column} is {value} ({len(bad)} "
            f"of {y.size} are such); every target must be finite and below {_LARGEST:g}. Drop "
            "or impute the others, or predict their logarithm."
        )
    return y


def _where_no_number(y):
    for i, row in enumerate(y):
        try:
            np.array(np.asarray(row).tolist(), dtype=np.float64)
        except (TypeError, ValueError):
            return f", but y of sequence {i} is {row!r:.40}"
    return ""
