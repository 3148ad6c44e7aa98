"""How estimators and transformers read X: coerced, checked, and held against the X of ``fit``."""

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_array, validate_data

from sklearn_rnn.data._coerce import InputKind, as_sequences, input_kind
from sklearn_rnn.data._ragged import as_array, as_floats
from sklearn_rnn.data._sequences import Sequences

__all__ = ["read_sequences"]


def read_sequences(estimator, X, *, reset: bool, ids: bool = False) -> Sequences:
    """Turn X, texts and tokens aside, into checked ``Sequences`` on behalf of an estimator.

    A table sets ``n_features_in_`` to the number of its columns and ``feature_names_in_`` to
    their names, anything else sets ``n_features_in_`` to the width of a step.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` is set or checked.
    X : Sequences, 2-D array, DataFrame, 3-D array, or list of arrays
        The input.
    reset : bool
        True in ``fit``; False where X has to look like that of ``fit``.
    ids : bool, default=False
        Whether integers are ids.

    Returns
    -------
    Sequences
    """
    if input_kind(X) is not InputKind.TABLE:
        sequences = as_sequences(X, ids=ids)
        if reset:
            _keep_width(estimator, sequences, rectangular=_is_rectangle(X, sequences))
        else:
            _check_width(estimator, sequences)
        return sequences
    X = _prepare_table(X)
    if reset or estimator._input_form != "ragged":
        table = validate_data(estimator, X, reset=reset, dtype="numeric", ensure_all_finite=False)
        if reset:
            estimator._input_form = "table"
        return as_sequences(table, ids=ids, columns=getattr(estimator, "feature_names_in_", None))
    table = check_array(X, dtype="numeric", ensure_all_finite=False)
    sequences = as_sequences(table, ids=ids)
    _check_width(estimator, sequences)
    return sequences


def _prepare_table(X):
    """Make a table fit for scikit-learn's checks, which locate neither strings nor dates."""
    if isinstance(X, pd.DataFrame):
        _check_columns(X)
        return X
    if getattr(getattr(X, "dtype", None), "kind", "f") in "UST":
        raise ValueError(
            "X is a 2-D array of strings, but a table must hold numbers: encode its columns "
            "first, or give rows of tokens as lists, X.tolist()."
        )
    if hasattr(X, "detach") or isinstance(X, np.ndarray):
        return as_floats(as_array(X))
    return X


def _check_columns(table):
    """Check that column names differ and that the columns hold what can be numbers."""
    if not len(table.columns):
        raise ValueError(
            f"Found array with 0 feature(s) (shape={table.shape}) while a minimum of 1 is "
            "required: the table has no columns."
        )
    repeated = table.columns[table.columns.duplicated()].tolist()
    if repeated:
        raise ValueError(
            f"column {repeated[0]!r} occurs more than once, but columns are told apart by their "
            "names; rename or drop the repeated ones."
        )
    for name, column in table.items():
        if not _holds_numbers(column):
            raise ValueError(
                f"column {name!r} holds {column.dtype} ({column.head(2).tolist()!r:.60}), but a "
                "table must hold numbers: encode or drop the column. A column of texts goes in "
                f"by itself, X[{name!r}]."
            )


def _holds_numbers(column):
    if column.dtype.kind in "iufbcMm":
        return column.dtype.kind not in "Mm"
    try:
        column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        return False
    return True


def _is_rectangle(X, sequences):
    """Tell whether X is a table written as a list of lists, which scikit-learn takes as one."""
    return (
        isinstance(X, list)
        and isinstance(X[0], list)
        and np.ndim(X[0][0]) == 0
        and sequences.n_features in (1, None)
        and bool((sequences.lengths == sequences.lengths[0]).all())
    )


def _keep_width(estimator, sequences, *, rectangular):
    estimator._input_form = "rectangle" if rectangular else "ragged"
    width = int(sequences.lengths[0]) if rectangular else sequences.n_features or 1
    estimator.n_features_in_ = width
    if hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_


def _check_width(estimator, sequences):
    name, expected = type(estimator).__name__, estimator.n_features_in_
    width = sequences.n_features or 1
    if estimator._input_form == "table":
        lengths = np.unique(sequences.lengths)
        if width != 1 or lengths.tolist() != [expected]:
            raise ValueError(
                f"X has sequences of {lengths[0]} to {lengths[-1]} steps of {width} features, but "
                f"{name} is expecting {expected} features as input: it was fitted on a table of "
                "as many columns."
            )
        return
    # A list of lists of one length may have been a table or sequences: lists of any length do.
    expected = 1 if estimator._input_form == "rectangle" else expected
    if width != expected:
        raise ValueError(
            f"X has {width} features, but {name} is expecting {expected} features as input: every "
            "step needs as many numbers as in fit."
        )
