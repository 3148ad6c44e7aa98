"""The rows of a frame as series in the order of time, and frames made of them again."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sklearn_rnn.data import TimeAxis

__all__ = ["SeriesRows", "read_series_rows"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SeriesRows:
    """The rows of a frame, sorted into series and by time.

    ``frame`` is of pandas or polars; ``id_names`` and ``time_name`` are columns of it, and where
    ``time_name`` is None its index holds the times, behind the ids if it has several levels.
    ``order`` (rows,) are the rows of one series after the other, each sorted by time, ``offsets``
    (n_series + 1,) say where in ``order`` each begins, and ``ticks`` (rows,) are their times.
    """

    frame: object
    id_names: tuple
    time_name: object
    order: np.ndarray
    offsets: np.ndarray
    ticks: np.ndarray
    axis: TimeAxis

    @property
    def n_series(self) -> int:
        """The number of series."""
        return len(self.offsets) - 1

    @property
    def is_pandas(self) -> bool:
        """Whether the frame is of pandas."""
        return isinstance(self.frame, pd.DataFrame)

    @cached_property
    def first_rows(self) -> np.ndarray:
        """The row of the frame that begins each series."""
        return self.order[self.offsets[:-1]]

    @cached_property
    def last_ticks(self) -> np.ndarray:
        """The last time of each series."""
        return self.ticks[self.offsets[1:] - 1]

    def build(self, rows, ticks, series, *, constant=()):
        """Make a frame in the same layout.

        Parameters
        ----------
        rows : ndarray of shape (n,) or None
            The row of the frame that each new row repeats, -1 for one of missing values. None
            leaves out all columns but those of ids, of times and the constant ones.
        ticks, series : ndarray of shape (n,)
            The time of each new row, and the number of its series.
        constant : list, default=()
            The columns whose value is that of the series in all rows.
        """
        build = _build_pandas if self.is_pandas else _build_polars
        return build(self, rows, self.axis.from_ticks(ticks), self.first_rows[series], constant)


# --- reading ------------------------------------------------------------------------------------


def read_series_rows(
    X, *, id_col=None, time_col=None, freq=None, static=(), may_be_finer=False
) -> SeriesRows:
    """Sort the rows of a frame into series and by time.

    Parameters
    ----------
    X : DataFrame of pandas or polars
        One series or several, in any order.
    id_col, time_col, freq
        As in ``make_future_frame``.
    static : list
        Columns that must be constant within each series.
    may_be_finer : bool
        As in ``TimeAxis.learn``.

    Raises
    ------
    ValueError or TypeError
        Columns that are not there, no times, missing ids or times, a time that occurs twice in a
        series or is off the frequency, a static column that varies; the message says where.
    """
    id_names, time_name = _find_columns(X, id_col, time_col)
    _check_columns(X, id_names, time_name, static)
    times = _read_times(X, id_names, time_name)
    groups, show = _number_series(X, id_names, time_name)
    order = _sort(times, groups)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(groups))])

    def locate(row):
        return show(groups[order[row]])

    in_order = (order[1:] > order[:-1]).all()  # then an index keeps its frequency
    sorted_times = times if in_order else times[order]
    axis = TimeAxis.learn(
        sorted_times, freq, offsets=offsets, locate=locate, may_be_finer=may_be_finer
    )
    ticks = axis.to_ticks(sorted_times, locate=locate)
    _check_repeated(ticks, groups[order], axis, locate)
    for name in static:
        _check_constant(X, name, groups, order, offsets, show)
    return SeriesRows(
        frame=X, id_names=id_names, time_name=time_name,
        order=order, offsets=offsets, ticks=ticks, axis=axis,
    )  # fmt: skip


def _find_columns(X, id_col, time_col):
    """Give the names of the columns of ids, and that of times, None where the index holds them."""
    if not (isinstance(X, pd.DataFrame) or hasattr(X, "get_column")):
        way_out = "; collect() it first" if hasattr(X, "collect") else ""
        raise TypeError(
            f"X is of type {type(X).__name__}, but a DataFrame of pandas or polars, a Series or "
            f"an Index with times is expected{way_out}."
        )
    if id_col is None and time_col is None and {"unique_id", "ds"} <= set(X.columns):
        return ("unique_id",), "ds"
    if id_col is None:
        return (), time_col
    return (tuple(id_col) if isinstance(id_col, list | tuple) else (id_col,)), time_col


def _check_columns(X, id_names, time_name, static):
    times = () if time_name is None else (time_name,)
    given = [("id_col", id_names), ("time_col", times), ("static", static)]
    for parameter, names in given:
        for name in names:
            if name not in X.columns:
                raise ValueError(
                    f"{parameter} names the column {name!r}, but X has the columns "
                    f"{list(X.columns)!r:.300}."
                )
    for name in static:
        if name in (*id_names, *times):
            raise ValueError(f"{name!r} is a column of ids or times; leave it out of static.")
    levels = X.index.nlevels if time_name is None and isinstance(X, pd.DataFrame) else 1
    if levels > 1 and id_names:
        raise ValueError(
            f"id_col={list(id_names)} is given, but the index of X has {levels} levels, of which "
            "all but the last are ids; leave id_col unset, or set time_col as well."
        )
    if not len(X):
        raise ValueError("X has no rows, but at least one time of a series is needed.")


def _read_times(X, id_names, time_name):
    """Give the times of all rows as an Index."""
    if time_name is not None:
        return _column_as_index(X, time_name)
    index = getattr(X, "index", None)
    if index is not None and index.nlevels > 1:
        return index.get_level_values(-1)
    is_plain = isinstance(index, pd.RangeIndex) and id_names
    if index is None or is_plain:
        raise ValueError(
            f"X has no times: set time_col to one of its columns {list(X.columns)!r:.200}."
        )
    return index


def _column_as_index(X, name):
    if isinstance(X, pd.DataFrame):
        return pd.Index(X[name], name=name)
    times = pd.Index(X[name].to_numpy(), name=name)  # through numpy, polars needs no pyarrow
    zone = getattr(X.schema[name], "time_zone", None)
    return times if zone is None else times.tz_localize("UTC").tz_convert(zone)


def _number_series(X, id_names, time_name):
    """Number the series in the order of their first rows, (rows,); give what names one."""
    if id_names:
        keys = [_column_as_index(X, name) for name in id_names]
    elif time_name is None and X.index.nlevels > 1:
        keys = [X.index.get_level_values(level) for level in range(X.index.nlevels - 1)]
    else:
        return np.zeros(len(X), dtype=np.int64), lambda series: "the series"
    for key in keys:
        missing = np.flatnonzero(key.isna())
        if len(missing):
            raise ValueError(
                f"the id {key.name!r} is missing in row {missing[0]} ({len(missing)} of {len(X)} "
                "rows); every row needs the id of its series: drop or fill such rows."
            )
    groups = pd.factorize(keys[0])[0]
    for key in keys[1:]:
        codes, distinct = pd.factorize(key)
        groups = pd.factorize(groups * len(distinct) + codes)[0]
    firsts = np.unique(groups, return_index=True)[1]

    def show(series):
        parts = [key[firsts[series] : firsts[series] + 1].tolist()[0] for key in keys]
        return f"series {parts[0] if len(parts) == 1 else tuple(parts)!r}"

    return groups, show


def _sort(times, groups):
    """Give the rows by series, and by time within each; what cannot be sorted stays as it is."""
    ranks = pd.factorize(times, sort=times.dtype != object)[0]
    if times.dtype == object:
        ranks = np.arange(len(times))
    return np.lexsort((ranks, groups))


def _check_repeated(ticks, groups, axis, locate):
    repeated = np.flatnonzero((np.diff(ticks) == 0) & (np.diff(groups) == 0))
    if len(repeated):
        row = repeated[0]
        raise ValueError(
            f"{locate(row)} has the time {axis.show(ticks[row])} more than once ({len(repeated)} "
            f"of {len(ticks)} rows repeat one), but a series has one row a time: drop or aggregate "
            "the others, or name in id_col what tells the series apart."
        )


def _check_constant(X, name, groups, order, offsets, show):
    codes = pd.factorize(_column_as_index(X, name))[0][order]
    varies = np.flatnonzero(codes != np.repeat(codes[offsets[:-1]], np.diff(offsets)))
    if len(varies):
        series = groups[order[varies[0]]]
        values = _column_as_index(X, name)[order[[offsets[series], varies[0]]]].tolist()
        raise ValueError(
            f"static column {name!r} is {values[0]!r} and {values[1]!r} in {show(series)}, but "
            "must be the same in all of its rows; leave it out of static."
        )


# --- building -----------------------------------------------------------------------------------


def _build_pandas(read, rows, times, series_rows, constant):
    frame = read.frame
    names = (*read.id_names, *constant)
    table = frame.reset_index(drop=True)
    if rows is None:
        in_time = () if read.time_name is None else (read.time_name,)
        built = table.loc[series_rows, [c for c in frame.columns if c in (*names, *in_time)]]
    elif (rows < 0).any():
        flags = {c: "boolean" for c in frame.columns if frame[c].dtype == bool}
        built = table.astype(flags).reindex(rows)
    else:
        built = table.iloc[rows]
    built = built.reset_index(drop=True)
    for name in names:
        built[name] = table[name].take(series_rows).array
    if read.time_name is not None:
        built[read.time_name] = _as_dtype(times, table[read.time_name].dtype).array
        return built
    return built.set_axis(_build_index(frame.index, times, series_rows), axis=0)


def _build_index(index, times, series_rows):
    if index.nlevels > 1:
        ids = [index.get_level_values(i)[series_rows] for i in range(index.nlevels - 1)]
        times = _as_dtype(times, index.get_level_values(-1).dtype)
        return pd.MultiIndex.from_arrays([*ids, times], names=index.names)
    if isinstance(index, pd.RangeIndex):
        step = abs(index.step)
        return pd.RangeIndex(times[0], times[-1] + step, step, name=index.name)
    return _as_dtype(times, index.dtype).rename(index.name)


def _as_dtype(times, dtype):
    return times if dtype in (times.dtype, object) else times.astype(dtype)


def _build_polars(read, rows, times, series_rows, constant):
    import polars

    frame = read.frame
    names = (*read.id_names, *constant)
    if rows is None:
        kept = [c for c in frame.columns if c in (*names, read.time_name)]
        built = frame[series_rows].select(kept)
    else:
        places = polars.Series([None if row < 0 else row for row in rows.tolist()], dtype=int)
        built = frame.select(polars.all().gather(places))
    column = _polars_times(times).cast(frame.schema[read.time_name]).alias(read.time_name)
    return built.with_columns(*(frame[series_rows][name] for name in names), column)


def _polars_times(times):
    import polars

    if not isinstance(times, pd.DatetimeIndex):
        return polars.Series(times.to_numpy())
    zone, times = times.tz, times if times.tz is None else times.tz_convert(None)
    column = polars.Series(times.as_unit("us" if times.unit == "s" else times.unit).to_numpy())
    if zone is None:
        return column
    return column.dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone))
