"""Checks of y whose errors say where."""

import datetime

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from sklearn_rnn._sklearn import check_sample_weight
from sklearn_rnn.data import align_by_ids, as_array, show

__all__ = [
    "align_target",
    "align_weight",
    "check_classes",
    "check_labels",
    "check_length",
    "check_numbers",
    "plain_target",
]

# The square of a larger number is not finite, and so the deviation of the targets would not be.
_LARGEST = 1e150
_DATES = (np.datetime64, np.timedelta64, datetime.date, datetime.timedelta)


def align_target(X, y, what="y"):
    """Bring labels in pandas into the order of sequences that have ids; give others as they are.

    Raises
    ------
    ValueError
        If an id has no label, or several; the message names it.
    """
    y = plain_target(y, what)
    ids = getattr(X, "ids", None)
    if ids is None or not isinstance(y, pd.Series | pd.DataFrame):
        return y
    return align_by_ids(ids, y, what)


def align_weight(X, sample_weight, rows) -> np.ndarray | None:
    """Give a weight ``(n,)``, float64, for each of n rows in the order of the sequences of X.

    Raises
    ------
    ValueError
        If weights are no numbers, negative or not finite, or not as many as rows.
    """
    if sample_weight is None:
        return None
    sample_weight = align_target(X, sample_weight, "sample_weight")
    return check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)


def plain_target(y, what="y"):
    """Give tensors and masked arrays as arrays of numpy, where None is masked; y as it is else."""
    if hasattr(y, "detach"):
        try:
            return as_array(y)
        except TypeError as error:
            raise TypeError(f"{what}: {error}.") from error
    if not isinstance(y, np.ma.MaskedArray):
        return y
    filled = np.array(y.data, dtype=object)
    filled[np.ma.getmaskarray(y)] = None
    return filled if np.ma.is_masked(y) else y.data


def check_length(y, n_sequences: int) -> None:
    """Raise an error unless y has one entry for each sequence."""
    has_length = hasattr(y, "__len__") and not isinstance(y, type)
    y = y if has_length or issparse(y) else np.asarray(y)
    if getattr(y, "ndim", 1) == 0:
        raise ValueError(
            f"y must be a list or an array with one target a sequence, but is {show(y)}."
        )
    n_targets = y.shape[0] if issparse(y) else len(y)
    if n_targets != n_sequences:
        of_rows = " If X is a table with one row a step, Sequences.from_frame makes its sequences."
        raise ValueError(
            f"X has {n_sequences} sequence(s), but y has {n_targets} target(s): the numbers of "
            "samples are inconsistent; give each sequence one target."
            f"{of_rows if n_sequences > n_targets else ''}"
        )


def check_labels(y, *, warn: bool = True) -> np.ndarray:
    """Give labels as an array ``(n,)``, or raise an error that names the one that is missing.

    ``warn`` says whether a column of labels, (n, 1), is worth a warning.
    """
    _check_no_other_kind(y)
    try:
        y = column_or_1d(_keep_types(y), warn=warn)
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
    try:
        with np.errstate(invalid="ignore"):  # labels are tried as integers
            check_classification_targets(y)
    except (TypeError, ValueError) as error:
        i = int(np.argmax(y % 1 != 0)) if y.dtype.kind == "f" else 0
        raise type(error)(f"{error} The label of sequence {i} is {show(y[i])}.") from error
    return y


def _keep_types(y):
    """Keep words and other labels of a list apart, of which numpy would make words."""
    if not isinstance(y, list | tuple) or len({isinstance(label, str) for label in y}) < 2:
        return y
    return np.fromiter(y, dtype=object)


def _check_no_other_kind(y):
    """Refuse complex numbers and records."""
    kind = getattr(getattr(y, "dtype", None), "kind", "O")
    if kind == "c":
        raise ValueError(f"Complex data not supported: y is {y.dtype}; give its real part.")
    if kind == "V":
        raise ValueError(f"y must hold numbers or words, but is {y.dtype}; give one of its fields.")


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
    _check_no_other_kind(y)
    try:
        _check_no_dates(y)
        y = check_array(y, ensure_2d=False, dtype=np.float64, ensure_all_finite=False)
    except (TypeError, ValueError, OverflowError) as error:
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


def _check_no_dates(y):
    """Refuse dates, of which numpy would make numbers that count from somewhere."""
    array = np.asarray(y)
    kinds = {array.dtype.type} if array.dtype != object else set(map(type, array.flat))
    dates = [kind.__name__ for kind in kinds if issubclass(kind, _DATES)]
    if dates:
        raise TypeError(f"a number is expected, not a {dates[0]}")


def _where_no_number(y):
    for i, row in enumerate(y if hasattr(y, "__iter__") and not hasattr(y, "columns") else ()):
        try:
            np.array(np.asarray(row).tolist(), dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            return f", but y of sequence {i} is {show(row)}"
    return ""
