"""The time of each row, and the series that it belongs to."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

__all__ = ["RowTimes", "read_row_times"]

TIME_KINDS = "datetimes, periods or numbers"


class RowTimes(NamedTuple):
    """When each row is, counted in the distinct times of all rows."""

    codes: np.ndarray  # (n,), int64, the number of the row's time
    times: pd.Index  # (n_times,), the distinct times, rising
    series: np.ndarray | None  # (n,), int64, the number of the row's series; None: not known


def read_row_times(X: Any, y: Any, time_col: Any, id_col: Any) -> RowTimes:
    """Find the times in a column, else in X's index, else in y's, else in the order of rows.

    Raises
    ------
    ValueError or TypeError
        If a column is missing, times cannot be ordered, or one of them is missing.
    """
    time_col, id_col = _usual_columns(X, time_col, id_col)
    times, origin = _find_times(X, y, time_col)
    if times.hasnans:
        row = int(np.argmax(times.isna()))
        raise ValueError(
            f"{origin} must tell the time of each row, but it is missing in row {row} "
            f"({times.isna().sum()} of {len(times)} are); leave such rows out."
        )
    codes, distinct = pd.factorize(times, sort=True)
    return RowTimes(codes=codes, times=distinct, series=_find_series(X, y, id_col))


def _usual_columns(X: Any, time_col: Any, id_col: Any) -> tuple[Any, Any]:
    """Columns as given, or those that long frames of utilsforecast have."""
    if time_col is None and id_col is None and {"unique_id", "ds"} <= set(_columns(X)):
        return "ds", "unique_id"
    return time_col, id_col


def _columns(X: Any) -> list:
    return list(X.columns) if hasattr(X, "columns") else []


def _column(X: Any, name: Any, parameter: str) -> Any:
    if not hasattr(X, "columns"):
        raise TypeError(
            f"{parameter}={name!r} names a column of a DataFrame, but X is {type(X).__name__}; "
            f"give a DataFrame, or leave {parameter} unset."
        )
    if name not in _columns(X):
        raise ValueError(
            f"{parameter} {name!r} is no column of X, which has {_columns(X)!r:.200}; name one of "
            f"them, or leave {parameter} unset to take the time from the index."
        )
    column = X[name]
    return column if isinstance(column, pd.Series) else pd.Series(column.to_list())


# --- times --------------------------------------------------------------------------------------


def _find_times(X: Any, y: Any, time_col: Any) -> tuple[pd.Index, str]:
    """The times of all rows, and where they were found."""
    if time_col is not None:
        origin = f"the column {time_col!r} of X"
        return _check_kind(pd.Index(_column(X, time_col, "time_col")), origin), origin
    for name, rows in {"X": X, "y": y}.items():
        index = _index(rows)
        if isinstance(index, pd.MultiIndex):
            origin = f"the last level of the index of {name}"
            return _check_kind(index.get_level_values(-1), origin), origin
        if index is not None and (_is_time(index) or index.dtype.kind in "iu"):
            return index, f"the index of {name}"
    return pd.RangeIndex(_n_rows(y if X is None else X)), "the row's position"


def _n_rows(X: Any) -> int:
    return X.shape[0] if hasattr(X, "shape") else len(X)


def _index(rows: Any) -> pd.Index | None:
    return rows.index if isinstance(rows, pd.Series | pd.DataFrame) else None


def _is_time(index: pd.Index) -> bool:
    return isinstance(index, pd.DatetimeIndex | pd.PeriodIndex)


def _check_kind(times: pd.Index, origin: str) -> pd.Index:
    """Raise unless the values can be ordered in time, as numbers can."""
    if _is_time(times) or pd.api.types.is_any_real_numeric_dtype(times.dtype):
        return times
    raise TypeError(
        f"{origin} must hold {TIME_KINDS}, but has the dtype {times.dtype} (such as "
        f"{times[:1].tolist()!r:.60}); make times of it first, as pandas.to_datetime does."
    )


# --- series -------------------------------------------------------------------------------------


def _find_series(X: Any, y: Any, id_col: Any) -> np.ndarray | None:
    """The number of each row's series, by columns or all but the last level of a MultiIndex."""
    if id_col is not None:
        names = id_col if isinstance(id_col, Sequence) and not isinstance(id_col, str) else [id_col]
        frame = pd.DataFrame({i: _column(X, name, "id_col") for i, name in enumerate(names)})
        return (
            frame.groupby(list(frame), dropna=False, sort=False, observed=True).ngroup().to_numpy()
        )
    for rows in (X, y):
        index = _index(rows)
        if isinstance(index, pd.MultiIndex):
            return index.droplevel(-1).factorize(use_na_sentinel=False)[0]
        if index is not None:
            return None
    return None
