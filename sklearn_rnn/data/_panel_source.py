"""Where ids, times and columns stand in what the user gave to a forecaster."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.data._panel import PanelColumns
from sklearn_rnn.data._panel_ids import number_ids, number_levels
from sklearn_rnn.data._panel_parts import name_id
from sklearn_rnn.data._panel_tables import Table, as_table, check_rows
from sklearn_rnn.data._panel_target import check_form
from sklearn_rnn.data._time_axis import TimeAxis
from sklearn_rnn.data._time_values import show_time

__all__ = ["PanelSource", "open_like", "open_source"]

_LONG_NAMES = ("unique_id", "ds", "y")  # as utilsforecast names id, time and target
_KEEP_FRAMES = (
    "If a transformer in a Pipeline strips the index, let it keep frames: "
    "pipeline.set_output(transform='pandas')."
)


class PanelSource(NamedTuple):
    """A table of the user, and which of its rows belong to which series and time.

    ``table`` holds all columns, of which ``names`` are neither ids nor times. ``groups`` (rows,)
    is the number of each row's id among ``ids``, which is None for one series without a name.
    ``times`` is None where rows have no time but their position. The other fields are as in
    ``PanelColumns``; ``index`` is that of the user's pandas object, or None.
    """

    table: pd.DataFrame
    names: list
    groups: np.ndarray
    ids: np.ndarray | None
    id_names: tuple
    id_dtypes: tuple
    times: pd.Index | None
    time_name: object
    layout: str
    index: pd.Index | None
    library: str
    frame: bool

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return len(self.table)

    def locate_row(self, row: int) -> str:
        """Name the series, the time and the number of a row, for messages."""
        name = name_id(self.ids, int(self.groups[row]))
        if self.times is None or pd.isna(self.times[row]):
            return f"row {row} of {name}"
        return f"{name} at {show_time(self.times[row])} (row {row})"


# --- at fit -------------------------------------------------------------------------------------


def open_source(X, y=None, *, time_col=None, id_col=None) -> PanelSource:
    """Find ids and times in what ``fit`` gets.

    Parameters
    ----------
    X : DataFrame, array or None
        The columns.
    y : object
        The target; only its index, if it is of pandas, matters here.
    time_col, id_col
        As in ``learn_panel``.
    """
    of_y = y.index if isinstance(y, pd.Series | pd.DataFrame) else None
    given = _table_of(X, y)
    names = list(given.table.columns)
    if id_col is None and time_col is None:
        id_col, time_col = _usual_columns(given, y)
    keys = _as_keys(id_col)
    index = given.index if given.frame else _index_of_target(X, of_y)
    _check_same_index(given, of_y)
    if time_col is not None:
        times, layout = _find(given.table, time_col, "time_col"), "columns"
    elif isinstance(index, pd.MultiIndex) and keys in ([], list(index.names[:-1])):
        return _open_multiindex(given, names, index)
    else:
        times = _times_of_index(index, keys)
        layout = "position" if times is None else "index"
    groups, ids, dtypes = number_ids([_find(given.table, key, "id_col") for key in keys], keys)
    return PanelSource(
        table=given.table,
        names=[name for name in names if name not in keys and name != time_col],
        groups=np.zeros(len(given.table), dtype=np.int64) if groups is None else groups,
        ids=ids,
        id_names=tuple(keys),
        id_dtypes=dtypes,
        times=times,
        time_name=time_col if layout == "columns" else getattr(times, "name", None),
        layout=layout,
        index=given.index,
        library=given.library,
        frame=given.frame,
    )


def _table_of(X, y, least_columns=1):
    if X is not None:
        return as_table(X, least_columns=least_columns)
    if y is None:
        raise ValueError("neither X nor y is given, but a series to learn from is needed.")
    check_form(y)
    if isinstance(y, pd.Series | pd.DataFrame):
        index = y.index
    else:
        index = pd.RangeIndex(len(y if hasattr(y, "__len__") else np.asarray(y)))
    return check_rows(Table(pd.DataFrame(index=index), index, _library_of(y), False))


def _library_of(y):
    return "polars" if type(y).__module__.split(".")[0] == "polars" else "pandas"


def _usual_columns(given, y):
    """Find the columns that are named as utilsforecast names them."""
    if not given.frame or _LONG_NAMES[1] not in given.table.columns:
        return None, None
    names = [*given.table.columns, *(given.table.index.names or ())]
    if _LONG_NAMES[0] in names:
        return _LONG_NAMES[0], _LONG_NAMES[1]
    is_long = y is None and _LONG_NAMES[2] in names
    return (None, _LONG_NAMES[1]) if is_long else (None, None)


def _as_keys(id_col):
    return [] if id_col is None else list(id_col) if isinstance(id_col, list) else [id_col]


def _index_of_target(X, of_y):
    """Give the index of y where it holds times; row numbers say nothing beside an array."""
    if X is not None and isinstance(of_y, pd.RangeIndex):
        return None
    return of_y


def _check_same_index(given, of_y):
    """Refuse an X and a y of which each row stands at another time."""
    index = given.index if given.frame else None
    if index is None or of_y is None or index is of_y or index.equals(of_y):
        return
    if isinstance(of_y, pd.RangeIndex) or len(index) != len(of_y):
        return  # the number of rows is checked for every form of y
    rows = (i for i, (a, b) in enumerate(zip(index, of_y, strict=True)) if a != b)
    row = next(rows, None)
    if row is None:
        return
    raise ValueError(
        f"the index of X has {show_time(index[row])} in row {row}, but that of y has "
        f"{show_time(of_y[row])}; both "
        "must agree: sort them alike, or set X.index = y.index if the rows belong together."
    )


def _open_multiindex(given, names, index):
    groups, ids, dtypes = number_levels(index)
    return PanelSource(
        table=given.table,
        names=names,
        groups=groups,
        ids=ids,
        id_names=tuple(index.names[:-1]),
        id_dtypes=dtypes,
        times=index.get_level_values(-1),
        time_name=index.names[-1],
        layout="multiindex",
        index=given.index,
        library=given.library,
        frame=given.frame,
    )


def _times_of_index(index, keys):
    """Give an index if it holds times; None for no index, or one that counts rows of series."""
    if index is None or (keys and isinstance(index, pd.RangeIndex)):
        return None
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) or index.dtype.kind in "iuf":
        return index
    if isinstance(index, pd.MultiIndex):
        raise ValueError(
            f"X has a MultiIndex of {list(index.names)}, and id_col names columns as well; leave "
            "id_col out to take the ids from the index, or name the column of times in time_col."
        )
    raise TypeError(
        f"the index holds {index[0]!r:.60} ({index.dtype}), but times are datetimes, periods or "
        "integers: convert it with pd.to_datetime(X.index), name a column in time_col, or "
        "go by position with X.reset_index(drop=True)."
    )


def _find(table, name, role):
    """Give a column, or a level of the index, by its name."""
    if name in table.columns:
        column = table[name]
        return pd.Index(column, name=name) if role == "time_col" else column
    if name is not None and name in table.index.names:
        level = table.index.get_level_values(name)
        return level if role == "time_col" else pd.Series(level)
    raise ValueError(
        f"{role} names the column {name!r}, but X has the columns {list(table.columns)!r:.200}."
    )


# --- after fit ----------------------------------------------------------------------------------


def open_like(X, y=None, *, columns: PanelColumns, axis: TimeAxis, purpose: str) -> PanelSource:
    """Find ids and times in new data, which must have the layout of the fit.

    Raises
    ------
    ValueError or TypeError
        If X has no ids or no times where the fit had some, or the other way round.
    """
    given = _table_of(X, y, least_columns=min(1, len(columns.known)))
    if not columns.frame and given.frame and list(given.table.columns) != list(columns.known):
        given = _rename_by_position(given, columns)
    of_y = y.index if isinstance(y, pd.Series | pd.DataFrame) else None
    _check_same_index(given, of_y)
    index = given.index if given.index is not None else of_y
    names = list(given.table.columns)
    if columns.layout == "multiindex":
        if not isinstance(index, pd.MultiIndex) or index.nlevels != len(columns.id_names) + 1:
            raise ValueError(f"{purpose} {_lacks_levels(given, index, columns)}")
        return _open_multiindex(given, names, index)
    keys = list(columns.id_names)
    _check_keys(given, keys, columns, purpose)
    times = _times_like(given, index, columns, axis, purpose)
    groups, ids, dtypes = number_ids([_find(given.table, key, "id_col") for key in keys], keys)
    taken = [*keys, columns.time_name] if columns.layout == "columns" else keys
    return PanelSource(
        table=given.table,
        names=[name for name in names if name not in taken],
        groups=np.zeros(len(given.table), dtype=np.int64) if groups is None else groups,
        ids=ids,
        id_names=tuple(keys),
        id_dtypes=dtypes,
        times=times,
        time_name=columns.time_name,
        layout=columns.layout,
        index=given.index,
        library=given.library,
        frame=given.frame,
    )


def _lacks_levels(given, index, columns):
    """Say what an index lacks of ids and times."""
    if index is None:
        what = "has no index" if given.frame else "is an array, which has no index"
        return f"{what}, but fit had a MultiIndex of ids and times. {_KEEP_FRAMES}"
    stripped = f" {_KEEP_FRAMES}" if isinstance(index, pd.RangeIndex) else ""
    return (
        f"has an index of {index.nlevels} level(s), but fit had a MultiIndex of ids and times: set "
        f"one, X.set_index({[*columns.id_names, columns.time_name]!r}).{stripped}"
    )


def _rename_by_position(given, columns):
    """Columns of an array have no names, so a frame goes by position."""
    table = given.table
    if table.shape[1] == len(columns.known):
        table = table.set_axis(list(columns.known), axis=1)
    return given._replace(table=table)


def _check_keys(given, keys, columns, purpose):
    wanted = [*keys, columns.time_name] if columns.layout == "columns" else keys
    there = [*given.table.columns, *given.table.index.names]
    lacking = [name for name in wanted if name not in there]
    if lacking:
        raise ValueError(
            f"{purpose} lacks the column {lacking[0]!r} of "
            f"{'ids' if lacking[0] in keys else 'times'}, which fit had; it has {there!r:.200}."
        )


def _times_like(given, index, columns, axis, purpose):
    """Give the times of new data, in the place where those of the fit stood."""
    if columns.layout == "columns":
        return _find(given.table, columns.time_name, "time_col")
    if isinstance(index, pd.MultiIndex):
        raise ValueError(
            f"{purpose} has a MultiIndex of {list(index.names)}, but fit had no ids in its index; "
            "give it the index of fit, X.reset_index(...), or fit with a MultiIndex of ids and "
            "times."
        )
    if columns.layout == "position":
        if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
            raise ValueError(
                f"{purpose} has times in its index ({show_time(index[0])} is the first), but fit "
                "had none and went by position; give the times to fit as well, or drop them: "
                "X.reset_index(drop=True)."
            )
        return None
    if index is None or (isinstance(index, pd.RangeIndex) and axis.kind != "integer"):
        held = {"datetime": "a DatetimeIndex", "period": "a PeriodIndex"}.get(
            axis.kind, "an index of integers"
        )
        what = "has no time in its index" if given.frame else "is an array, which has no time"
        raise ValueError(f"{purpose} {what}, but fit had {held}. {_KEEP_FRAMES}")
    return index
