"""From the rows of a table to dense series."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.data._panel import PanelColumns, SeriesPanel
from sklearn_rnn.data._panel_columns import (
    check_known,
    code_columns,
    number_columns,
    static_columns,
)
from sklearn_rnn.data._panel_parts import name_id
from sklearn_rnn.data._panel_rows import check_duplicates, dense_rows, order_rows
from sklearn_rnn.data._panel_source import PanelSource
from sklearn_rnn.data._panel_target import check_target
from sklearn_rnn.data._time_axis import TimeAxis
from sklearn_rnn.data._time_values import as_times, show_time

__all__ = [
    "RowsToForecast",
    "SortedRows",
    "build_panel",
    "build_rows",
    "check_columns",
    "learn_axis",
    "sort_rows",
]


class SortedRows(NamedTuple):
    """The rows of a table, series by series and in order of time.

    ``order`` (rows,) are their numbers in the table, None where it is in order already;
    ``groups`` (rows,) the series of each, ``times`` (rows,) its time, or None.
    """

    order: np.ndarray | None
    groups: np.ndarray
    times: pd.Index | None

    def take(self, values: np.ndarray) -> np.ndarray:
        """Bring what stands in the order of the table into this one."""
        return values if self.order is None else values[self.order]


class RowsToForecast(NamedTuple):
    """The rows of X that are to be forecast, in the order of X.

    ``ids`` (n_ids,) are the distinct ids (None where the fit had none), ``groups`` (rows,) the
    number of each row's id among them, and ``ticks`` (rows,) its time. ``known`` (rows, n_known)
    and ``known_codes`` are the columns that are known in the future; ``static`` (n_ids, n_static)
    and ``static_codes`` those of whole series, NaN and 0 where X lacks them. ``index`` is the
    index of X, to be given back, None for arrays and polars. ``unknown_counts`` is as in
    ``SeriesPanel``.
    """

    ids: np.ndarray | None
    groups: np.ndarray
    ticks: np.ndarray
    known: np.ndarray
    known_codes: np.ndarray
    static: np.ndarray
    static_codes: np.ndarray
    index: pd.Index | None
    unknown_counts: dict


def check_columns(source: PanelSource, names, purpose: str) -> None:
    """Refuse a table that lacks a column of the fit."""
    lacking = [name for name in names if name not in source.names]
    if lacking:
        raise ValueError(
            f"{purpose} lacks {len(lacking)} column(s) that fit had: {lacking!r:.200}; it has "
            f"{source.names!r:.200}."
        )


# --- order --------------------------------------------------------------------------------------


def sort_rows(source: PanelSource) -> SortedRows:
    """Bring the rows of a table into order.

    Raises
    ------
    ValueError or TypeError
        Missing or duplicate times.
    """
    n_groups = 1 if source.ids is None else len(source.ids)
    if source.times is None:
        order = order_rows(source.groups, None, n_groups)
        return _sorted_rows(source, order, None)
    times = as_times(source.times, source.locate_row)
    numbers = _as_numbers(times)

    def show(row):
        return f"{_name(source, row)} at {show_time(times[row])}"

    order = order_rows(source.groups, numbers, n_groups)
    rows = _sorted_rows(source, order, times)
    check_duplicates(
        rows.groups, rows.take(numbers), lambda row: show(row if rows.order is None else order[row])
    )
    return rows


def _sorted_rows(source, order, times):
    if (order[1:] > order[:-1]).all():
        return SortedRows(None, source.groups, times)
    return SortedRows(order, source.groups[order], None if times is None else times[order])


def _as_numbers(times):
    if isinstance(times, pd.DatetimeIndex | pd.PeriodIndex):
        return times.asi8
    return np.asarray(times, dtype=np.int64)


def _name(source, row):
    return name_id(source.ids, int(source.groups[row]))


def learn_axis(source: PanelSource, rows: SortedRows, freq) -> TimeAxis:
    """Learn the time axis of rows in order."""
    if rows.times is None:
        return TimeAxis("position")
    n_groups = 1 if source.ids is None else len(source.ids)
    offsets = np.searchsorted(rows.groups, np.arange(n_groups + 1))
    axis = TimeAxis.learn(
        rows.times,
        freq,
        offsets=offsets,
        locate=lambda row: name_id(source.ids, int(rows.groups[row])),
    )
    return axis._replace(name=source.time_name)


def _ticks_of(source, rows, axis):
    if rows.times is None:
        firsts = np.searchsorted(rows.groups, rows.groups)
        return np.arange(len(rows.groups)) - firsts
    return axis.to_ticks(rows.times, locate=lambda row: name_id(source.ids, int(rows.groups[row])))


# --- panels -------------------------------------------------------------------------------------


def build_panel(
    source: PanelSource,
    rows: SortedRows,
    values: np.ndarray,
    columns: PanelColumns,
    axis: TimeAxis,
    *,
    gaps: str,
) -> SeriesPanel:
    """Read the columns of a table into dense series.

    Parameters
    ----------
    source : PanelSource
        The table.
    rows : SortedRows
        Its rows in order.
    values : ndarray of shape (rows, n_targets)
        The targets, in the order of the table.
    columns, axis
        What the fit learned.
    gaps : {"error", "mask"}
        What to do about times that are left out.
    """
    ticks = _ticks_of(source, rows, axis)
    n_groups = 1 if source.ids is None else len(source.ids)

    def show(group, tick):
        where = "," if axis.kind == "position" else " at"
        return f"{name_id(source.ids, group)}{where} {axis.show(tick)}"

    def locate(row):
        return show(int(rows.groups[row]), int(ticks[row]))

    dense = dense_rows(rows.groups, ticks, n_groups, gaps=gaps, show=show)
    values = rows.take(values)
    check_target(values, columns.target_names, locate)
    target, offsets = dense.spread_target(values)
    known, past, known_codes, past_codes, unknown = _read_steps(source, columns)
    known = rows.take(known)
    check_known(known, columns.known, locate)
    static, static_unknown = _read_static(source, columns, n_groups)
    present = np.ones(len(ticks), dtype=bool)
    return SeriesPanel(
        target=target,
        offsets=offsets,
        starts=dense.starts,
        group_offsets=dense.offsets,
        known=dense.spread(known, np.nan),
        past=dense.spread(rows.take(past), np.nan),
        known_codes=dense.spread(rows.take(known_codes), 0),
        past_codes=dense.spread(rows.take(past_codes), 0),
        static=static.numbers,
        static_codes=static.codes,
        present=dense.spread(present, False),
        ids=source.ids,
        axis=axis,
        columns=columns,
        unknown_counts=unknown | static_unknown,
    )


def _read_steps(source, columns):
    table, categories = source.table, columns.categories
    known = number_columns(table, columns.known, source.locate_row)
    known_codes, unknown = code_columns(table, columns.known_categorical, categories)
    past = number_columns(table, columns.past, source.locate_row)
    past_codes, strange = code_columns(table, columns.past_categorical, categories)
    return known, past, known_codes, past_codes, unknown | strange


def _read_static(source, columns, n_groups):
    """Read static columns; those that are not there are NaN and 0."""
    table, locate = source.table, source.locate_row
    numeric = [name for name in columns.static if name in source.names]
    coded = [name for name in columns.static_categorical if name in source.names]
    numbers = number_columns(table, numeric, locate)
    codes, unknown = code_columns(table, coded, columns.categories)
    found = static_columns(numbers, codes, (*numeric, *coded), source.groups, n_groups, locate)
    all_numbers = np.full((n_groups, len(columns.static)), np.nan)
    all_codes = np.zeros((n_groups, len(columns.static_categorical)), dtype=np.int32)
    all_numbers[:, [columns.static.index(name) for name in numeric]] = found.numbers
    all_codes[:, [columns.static_categorical.index(name) for name in coded]] = found.codes
    return found._replace(numbers=all_numbers, codes=all_codes), unknown


# --- rows to forecast ---------------------------------------------------------------------------


def build_rows(source: PanelSource, columns: PanelColumns, axis: TimeAxis) -> RowsToForecast:
    """Read the rows of a table as they stand.

    Raises
    ------
    ValueError
        A time that occurs twice in a series, or a known column that is missing.
    """
    n_groups = 1 if source.ids is None else len(source.ids)
    if source.times is None:
        ticks = _count_rows(source.groups, n_groups)
    else:
        ticks = axis.to_ticks(source.times, locate=lambda row: _name(source, row))

    def locate(row):
        where = "," if axis.kind == "position" else " at"
        return f"{_name(source, row)}{where} {axis.show(int(ticks[row]))}"

    order = np.lexsort((ticks, source.groups))
    check_duplicates(source.groups[order], ticks[order], lambda row: locate(order[row]))
    known = number_columns(source.table, columns.known, source.locate_row)
    check_known(known, columns.known, locate)
    codes, unknown = code_columns(source.table, columns.known_categorical, columns.categories)
    static, static_unknown = _read_static(source, columns, n_groups)
    return RowsToForecast(
        ids=source.ids,
        groups=source.groups,
        ticks=ticks,
        known=known,
        known_codes=codes,
        static=static.numbers,
        static_codes=static.codes,
        index=source.index if source.library == "pandas" else None,
        unknown_counts=unknown | static_unknown,
    )


def _count_rows(groups, n_groups):
    """Give the number of each row within its series."""
    order = order_rows(groups, None, n_groups)
    counts = np.empty(len(groups), dtype=np.int64)
    ordered = groups[order]
    counts[order] = np.arange(len(groups)) - np.searchsorted(ordered, ordered)
    return counts
