"""Tables with one row a sequence, joined to sequences and texts."""

import numpy as np
import pandas as pd

from sklearn_rnn.data._alignment import align_by_ids, as_id_index, is_default_index
from sklearn_rnn.data._coerce import from_kind
from sklearn_rnn.data._columns import (
    as_column,
    as_id_array,
    column_names,
    default_role,
    get_column,
    is_frame,
    read_categories,
    read_numbers,
    stack_codes,
)
from sklearn_rnn.data._input_kind import InputKind, input_kind
from sklearn_rnn.data._sequences import ColumnNames, Sequences
from sklearn_rnn.data._texts import Texts, static_fields

__all__ = ["with_static"]


def with_static(X, frame) -> Sequences | Texts:
    """Do what ``Sequences.with_static`` says."""
    labelled, X = X, _as_container(X)
    n_before = sum(_width(part) for part in (X.static, X.static_codes))
    columns = _static_columns(_align_frame(labelled, X, frame), len(X), n_before)
    fields = _join_static(X, columns)
    if isinstance(X, Texts):
        ids = X.ids if X.ids is not None else _series_ids(labelled)
        return Texts(X.texts, **static_fields(X) | fields | {"ids": ids})
    return X.with_columns(**fields)


def _as_container(X):
    if isinstance(X, Texts | Sequences):
        return X
    if is_frame(X):
        raise TypeError(
            "X is a table, but sequences or texts are expected: Sequences.from_frame makes "
            "sequences of a table with one row an event; a column of texts is given by itself."
        )
    kind = input_kind(X)
    is_text = kind in (InputKind.TEXT, InputKind.TOKENS)
    return Texts(X) if is_text else from_kind(X, kind, ids=False)


def _series_ids(X):
    """Give the index of a Series of texts where it holds more than row numbers."""
    if not isinstance(X, pd.Series) or isinstance(X.index, pd.RangeIndex) or not X.index.is_unique:
        return None
    return as_id_array(X.index)


def _align_frame(labelled, X, frame):
    """Bring the rows into the order of the sequences where both say what their rows are called."""
    if isinstance(frame, pd.Series):
        raise TypeError("static columns come in a DataFrame, not a Series: frame.to_frame().")
    if not isinstance(frame, pd.DataFrame):
        return frame
    if isinstance(labelled, pd.Series):
        _check_same_index(labelled.index, frame.index)
    elif X.ids is not None and not _is_by_position(X.ids, frame.index):
        return align_by_ids(X.ids, frame, "frame")
    return frame


def _is_by_position(ids, index):
    """Tell whether an index only counts rows, and the ids are no such numbers."""
    return is_default_index(index) and not (
        len(ids) == len(index) and as_id_index(ids).isin(index).all()
    )


def _check_same_index(index, other):
    if len(index) != len(other):
        return  # the number of rows is checked for every kind of frame
    differs = np.array([a != b for a, b in zip(index, other, strict=True)], dtype=bool)
    if differs.any():
        row = int(np.argmax(differs))
        raise ValueError(
            f"the index of X has {index[row]!r} in row {row}, but that of the frame has "
            f"{other[row]!r}; both must agree: pass frame.loc[X.index], or X.tolist() to go by "
            "position."
        )


def _static_columns(frame, n, n_before):
    """Give the columns of a table by their names, each of n rows."""
    if isinstance(frame, np.ndarray):
        columns = _array_columns(frame, n_before)
    elif is_frame(frame):
        columns = {name: get_column(frame, name) for name in column_names(frame)}
    elif isinstance(frame, dict):
        columns = {name: as_column(values) for name, values in frame.items()}
    else:
        raise TypeError(
            "static columns come in a DataFrame, a dict of columns or a 2-D array of numbers, not "
            f"{type(frame).__name__}."
        )
    if not columns:
        raise ValueError("the frame has no columns, but at least one static column is expected.")
    for name, column in columns.items():
        if len(column) != n:
            raise ValueError(
                f"static column {name!r} has {len(column)} rows, but there are {n} sequences; "
                "each needs one row, in the order of the sequences or indexed by their ids."
            )
    return columns


def _array_columns(array, n_before):
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise ValueError(
            f"an array of static columns must hold numbers in 2 dimensions, but came as "
            f"{array.dtype} of shape {array.shape}; a DataFrame may hold columns of text."
        )
    return {f"static{n_before + i}": pd.Series(column) for i, column in enumerate(array.T)}


def _join_static(X, columns):
    """Give the static fields of X with more columns."""
    old = _static_names(X)
    for name in columns:
        if name in (*old.static, *old.static_codes):
            raise ValueError(
                f"X has a static column {name!r} already; rename the new one, or leave it out."
            )
    numeric = [name for name, column in columns.items() if default_role(column) == "numeric"]
    coded = [name for name in columns if name not in numeric]
    if X.static_codes is not None and X.static_categories is None and coded:
        raise ValueError(
            "X has static_codes without static_categories, which cannot be joined to columns of "
            "categories; build it with both."
        )
    numbers = [read_numbers(columns[name], name, role="static")[:, None] for name in numeric]
    codes, categories = stack_codes([read_categories(columns[name], name) for name in coded])
    if coded and X.static_codes is not None:
        codes = np.hstack([X.static_codes, codes])
        categories = (*X.static_categories, *categories)
    elif not coded:
        codes, categories = X.static_codes, X.static_categories
    before = [] if X.static is None else [X.static]
    return {
        "static": np.hstack([*before, *numbers]) if before or numbers else None,
        "static_codes": codes,
        "static_categories": categories,
        "names": old._replace(
            static=(*old.static, *numeric), static_codes=(*old.static_codes, *coded)
        ),
    }


def _static_names(X):
    """Give the names of the columns of X; where none are known, the static ones are numbered."""
    names = X.names or ColumnNames()
    widths = {"static": _width(X.static), "static_codes": _width(X.static_codes)}
    numbered = {
        kind: tuple(f"{kind}{i}" for i in range(width))
        for kind, width in widths.items()
        if width and not getattr(names, kind)
    }
    return names._replace(**numbered)


def _width(columns):
    return 0 if columns is None else columns.shape[1]
