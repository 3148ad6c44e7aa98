"""Whatever a user has for a table, as a frame of pandas."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import check_array

from sklearn_rnn.data._columns import as_column, column_names, is_frame
from sklearn_rnn.data._ragged import as_array

__all__ = ["Table", "as_table", "check_rows"]


class Table(NamedTuple):
    """A table as a frame of pandas, with the index and the kind of what the user gave."""

    table: pd.DataFrame
    index: pd.Index | None
    library: str
    frame: bool


def as_table(X, *, least_columns: int = 1) -> Table:
    """Give a frame of pandas or polars, an index, or a 2-D array, as a frame of pandas.

    An index is a frame without columns. Arrays must have ``least_columns``.

    Raises
    ------
    ValueError or TypeError
        If X is no table of at least one row.
    """
    if isinstance(X, pd.DataFrame):
        column_names(X)
        _refuse_bytes(X)
        return check_rows(Table(X, X.index, "pandas", True))
    if isinstance(X, pd.Index):
        return check_rows(Table(pd.DataFrame(index=X), X, "pandas", True))
    if hasattr(X, "collect"):
        raise TypeError(f"X is a {type(X).__name__}, but its rows are needed: X.collect().")
    _check_form(X)
    if is_frame(X):
        columns = {name: _as_pandas(X[name]) for name in column_names(X)}
        library = type(X).__module__.split(".")[0]
        return check_rows(Table(pd.DataFrame(columns), None, library, True))
    try:
        array = check_array(
            _as_plain_array(X),
            dtype="numeric",
            ensure_all_finite=False,
            ensure_min_features=least_columns,
            input_name="X",
        )
    except OverflowError as error:
        raise ValueError(
            f"X is an array that holds an integer too large for a float ({error}); take its "
            "logarithm, or leave it out."
        ) from error
    except ValueError as error:
        if "Complex data" in str(error):
            raise ValueError(
                "Complex data not supported: X is an array of complex numbers; give their real "
                "and imaginary parts as columns of their own."
            ) from error
        if "could not convert" not in str(error):
            raise
        raise ValueError(
            f"X is an array that holds other than numbers ({error}); give a DataFrame, whose "
            "columns of text become categories."
        ) from error
    names = [f"x{i}" for i in range(array.shape[1])]
    return Table(pd.DataFrame(array, columns=names), None, "pandas", False)


def _as_plain_array(X):
    """Give a tensor as an array; one that numpy cannot read is refused."""
    if not hasattr(X, "detach"):
        return X
    try:
        return as_array(X)
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise TypeError(
            f"X is a {type(X).__name__} that is no dense table "
            f"({str(error).splitlines()[0]:.100}); give an array (rows, n_features), or a frame."
        ) from error


def _refuse_bytes(frame):
    """Refuse columns of a dtype that is neither numbers, text nor times, but bytes in a row."""
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, np.dtype) and dtype.kind == "V":
            raise TypeError(
                f"column {name!r} is of the dtype {dtype}, which is neither numbers nor "
                "categories; convert it, for example with astype(str), or leave it out."
            )


def _check_form(X):
    """Refuse what is no table at all; frames and indexes are none of it."""
    if isinstance(X, pd.Series):
        raise ValueError(
            f"X is a Series ({X.name!r:.60}), but a DataFrame is expected: X.to_frame() is one, "
            "and X.index will do where only the times count."
        )
    is_sequence = hasattr(X, "__len__") and hasattr(X, "__getitem__")
    is_table = is_sequence or hasattr(X, "__array__") or hasattr(X, "shape")
    is_table = is_table and not hasattr(X, "ngroups")  # of a groupby
    if isinstance(X, str | bytes | set) or type(X) is dict or not is_table:
        raise TypeError(
            f"X is of type {type(X).__name__}, but a DataFrame of pandas or polars, an array "
            "(rows, n_features), an index of times or None is expected."
        )


def check_rows(table: Table) -> Table:
    """Refuse a table without rows."""
    if not len(table.table):
        raise ValueError(
            f"Found array with 0 sample(s) (shape={table.table.shape}), but at least one row is "
            "needed."
        )
    return table


def _as_pandas(column):
    """Give a column of polars as one of pandas; its numpy form has lost the time zone."""
    zone = getattr(column.dtype, "time_zone", None)
    column = as_column(column)
    return column if zone is None else column.dt.tz_localize("UTC").dt.tz_convert(zone)
