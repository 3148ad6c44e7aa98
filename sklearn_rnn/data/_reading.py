"""How estimators and transformers read X: coerced, checked, and held against the X of ``fit``."""

import textwrap

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_array, validate_data

from sklearn_rnn.data._arrays import as_array, as_floats, describe, show
from sklearn_rnn.data._coerce import as_sequences
from sklearn_rnn.data._column_checks import check_columns
from sklearn_rnn.data._columns import as_pandas, holds_numbers, is_frame, with_plain_dtypes
from sklearn_rnn.data._input_kind import InputKind, input_kind
from sklearn_rnn.data._sequences import Sequences

__all__ = ["prepare_table", "read_sequences"]


def read_sequences(
    estimator,
    X,
    *,
    reset: bool,
    ids: bool = False,
    allow_nan: bool = False,
    allow_columns: bool = False,
) -> Sequences:
    """Turn X, texts and tokens aside, into checked ``Sequences`` on behalf of an estimator.

    A table sets ``n_features_in_`` to the number of its columns and ``feature_names_in_`` to
    their names, anything else sets ``n_features_in_`` to the width of a step. The column names of
    a list of tables are kept too, and a later list of tables is held against them.

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
    allow_nan : bool, default=False
        Whether numbers may be NaN.
    allow_columns : bool, default=False
        Whether the columns of ``Sequences`` beside their values are left unchecked, for one who
        hands them on unread.

    Returns
    -------
    Sequences
    """
    kind = input_kind(X)
    if kind is InputKind.SEQUENCES and not allow_columns:
        X = check_columns(X, allow_nan=allow_nan)
    names = _step_names(X) if kind is InputKind.RAGGED else None
    if not reset:
        _check_step_names(estimator, names)
    if kind is not InputKind.TABLE:
        sequences = as_sequences(X, ids=ids, allow_nan=allow_nan)
        if reset:
            _keep_width(estimator, sequences, rectangular=_is_rectangle(X, sequences))
            estimator._step_names_in = names
        else:
            _check_width(estimator, sequences)
        return sequences
    X = prepare_table(X)
    if reset or estimator._input_form != "ragged":
        table = validate_data(estimator, X, reset=reset, dtype="numeric", ensure_all_finite=False)
        if reset:
            estimator._input_form = "table"
            estimator._step_names_in = None
        names = getattr(estimator, "feature_names_in_", None)
        return as_sequences(table, ids=ids, columns=names, allow_nan=allow_nan)
    table = check_array(X, dtype="numeric", ensure_all_finite=False)
    sequences = as_sequences(table, ids=ids, allow_nan=allow_nan)
    _check_width(estimator, sequences)
    return sequences


def _step_names(X):
    """Give the column names of the tables in a list; None if there are none or no strings."""
    for sequence in X:
        if hasattr(sequence, "columns"):
            names = list(sequence.columns)
            return names if all(isinstance(name, str) for name in names) else None
    return None


def _check_step_names(estimator, names, shown=5):
    fitted = getattr(estimator, "_step_names_in", None)
    if names is None or fitted is None or names == fitted:
        return
    message = "The feature names should match those that were passed during fit.\n"
    differences = {
        "Feature names unseen at fit time": sorted(set(names) - set(fitted)),
        "Feature names seen at fit time, yet now missing": sorted(set(fitted) - set(names)),
    }
    for title, different in differences.items():
        if different:
            lines = different[:shown] + ["..."] * (len(different) > shown)
            message += f"{title}:\n" + "".join(f"- {name}\n" for name in lines)
    if not any(differences.values()):
        message += (
            "Feature names must be in the same order as they were in fit: every table of X has "
            f"the columns {names}, but in fit they were {fitted}.\n"
        )
    raise ValueError(message)


def prepare_table(X):
    """Make a table fit for scikit-learn's checks, which locate neither strings nor dates."""
    if is_frame(X):
        return _prepare_frame(X)
    if getattr(getattr(X, "dtype", None), "kind", "f") in "UST":
        raise ValueError(
            "X is a 2-D array of strings, but a table must hold numbers: encode its columns "
            "first, or give rows of tokens as lists, X.tolist()."
        )
    if not hasattr(X, "detach") and not isinstance(X, np.ndarray):
        return X
    array = as_floats(as_array(X))
    if array.dtype.kind not in "biuf":
        as_sequences(array)  # refuses it, and says more than scikit-learn does
    return array


def _prepare_frame(frame):
    """Give a frame of pandas whose columns have dtypes of numpy."""
    frame = as_pandas(frame)
    _check_columns(frame)
    return with_plain_dtypes(frame)


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
    others = [name for name, column in table.items() if not holds_numbers(column)]
    for name, column in table.items():
        if column.dtype.kind == "c":
            raise ValueError(
                f"Complex data not supported: column {name!r} is {column.dtype}. Give the real and "
                "imaginary parts as two columns."
            )
        if name in others:
            texts = f"X[{name!r}]" if len(others) == 1 else f"X[name] with one of {others!r:.200}"
            raise ValueError(
                f"column {name!r} holds {_show_dtype(column)}, but a table must hold numbers: "
                f"encode or drop the column. A column of texts goes in by itself, {texts}; a long "
                "table with one row an event goes through Sequences.from_frame."
            )


def _show_dtype(column):
    """Tell the dtype of a column, and of objects the first one that is no number."""
    if column.dtype == object:
        for row, value in enumerate(column):
            if not holds_numbers(pd.Series([value], dtype=object)):
                return f"object, {describe(value)} in row {row}"
    shown = [textwrap.shorten(show(value), 30, placeholder=" ...") for value in column.head(2)]
    return f"{column.dtype} ([{', '.join(shown)}])"


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
    width = int(sequences.lengths[0]) if rectangular else _width(sequences)
    estimator.n_features_in_ = width
    if hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_


def _width(sequences):
    """Give the width of a step; it is 0 in an event log that has no numeric column."""
    return 1 if sequences.n_features is None else sequences.n_features


def _check_width(estimator, sequences):
    name, expected = type(estimator).__name__, estimator.n_features_in_
    width = _width(sequences)
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
        # The steps of one sequence, given by themselves, are read as a table of as many columns.
        may_be_steps = width == 1 and bool((sequences.lengths == expected).all())
        way_out = (
            " Each row of a table is a sequence: one sequence alone goes in as a list, [X], a "
            "table with the steps of several through Sequences.from_frame."
            if may_be_steps
            else ""
        )
        raise ValueError(
            f"X has {width} features, but {name} is expecting {expected} features as input: every "
            f"step needs as many numbers as in fit.{way_out}"
        )
