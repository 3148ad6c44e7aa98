"""Rows of series in order of time: what is wrong with them, and how they become dense."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sklearn_rnn.data._panel_parts import as_offsets
from sklearn_rnn.data._ragged import gather_positions

__all__ = ["DenseRows", "check_duplicates", "dense_rows", "extend_panel", "order_rows"]

# Beyond this, a wrong time is likelier than so many gaps.
_MOST_ROWS_PUT_IN = 1_000_000
_MOST_TIMES_LONGER = 50


# --- order --------------------------------------------------------------------------------------


def order_rows(groups: np.ndarray, times: np.ndarray | None, n_groups: int) -> np.ndarray:
    """Give the order of rows that brings series one after the other, each in order of time.

    Parameters
    ----------
    groups : ndarray of shape (rows,)
        The series of each row; the rows of several may alternate.
    times : ndarray of shape (rows,), int64, or None
        The time of each row, or None where the rows are in order as they are.
    n_groups : int
        The number of series.
    """
    order = _order_of_groups(groups, n_groups)
    if times is None:
        return order
    times = times[order]
    falls = (times[1:] < times[:-1]) & (groups[order][1:] == groups[order][:-1])
    return order[np.lexsort((times, groups[order]))] if falls.any() else order


def _order_of_groups(groups, n_groups):
    if (groups[1:] >= groups[:-1]).all():
        return np.arange(len(groups))
    small = groups.astype(np.uint16) if n_groups <= 2**16 else groups
    return np.argsort(small, kind="stable")  # of 16 bits, numpy sorts in linear time


def check_duplicates(groups: np.ndarray, times: np.ndarray, show: Callable[[int], str]) -> None:
    """Refuse a time that occurs twice in a series; rows are in order.

    Raises
    ------
    ValueError
        The message names the series and the time.
    """
    repeated = (times[1:] == times[:-1]) & (groups[1:] == groups[:-1])
    if repeated.any():
        row = int(np.argmax(repeated)) + 1
        raise ValueError(
            f"{show(row)} occurs more than once ({int(repeated.sum())} duplicate times in all), "
            "but a series has one row at a time: drop or aggregate the duplicates, or name the "
            "column that tells the series apart in id_col."
        )


# --- dense rows ---------------------------------------------------------------------------------


class DenseRows(NamedTuple):
    """Where rows stand once gaps are filled: row i becomes ``positions[i]`` (None: all as are).

    ``starts`` (n_groups,) is the first tick of each series, ``offsets`` (n_groups + 1,) where its
    rows begin.
    """

    starts: np.ndarray
    offsets: np.ndarray
    positions: np.ndarray | None

    def spread(self, values: np.ndarray, fill) -> np.ndarray:
        """Put rows where they belong, ``fill`` between them."""
        if self.positions is None:
            return values
        dense = np.full((int(self.offsets[-1]), *values.shape[1:]), fill, dtype=values.dtype)
        dense[self.positions] = values
        return dense

    def spread_target(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give targets (rows, n_targets) flat, series by series, and where each series begins."""
        values = self.spread(values, np.nan)
        n_targets = values.shape[1]
        if n_targets == 1:
            return np.ascontiguousarray(values[:, 0]), self.offsets
        lengths = np.repeat(np.diff(self.offsets), n_targets)
        rows = gather_positions(np.repeat(self.offsets[:-1], n_targets), lengths)
        targets = np.repeat(np.tile(np.arange(n_targets), len(self.starts)), lengths)
        return values[rows, targets], as_offsets(lengths)


def dense_rows(
    groups: np.ndarray,
    ticks: np.ndarray,
    n_groups: int,
    *,
    gaps: str,
    show: Callable[[int, int], str],
    starts: np.ndarray | None = None,
) -> DenseRows:
    """Find the gaps of series in order.

    Parameters
    ----------
    groups, ticks : ndarray of shape (rows,)
        The series and the time of each row.
    n_groups : int
        The number of series.
    gaps : {"error", "mask"}
        What to do about times that are left out.
    show : callable
        Names a series (by number) and a tick, for messages.
    starts : ndarray of shape (n_groups,) or None
        The tick at which a series without rows stands.

    Raises
    ------
    ValueError
        A gap, unless masked; the message names the series and the time of the first.
    """
    counts = np.bincount(groups, minlength=n_groups)
    ends = np.cumsum(counts)
    has_rows = counts > 0
    starts = np.zeros(n_groups, dtype=np.int64) if starts is None else starts.copy()
    lengths = np.zeros(n_groups, dtype=np.int64)
    starts[has_rows] = ticks[(ends - counts)[has_rows]]
    lengths[has_rows] = ticks[ends[has_rows] - 1] - starts[has_rows] + 1
    if (lengths == counts).all():
        return DenseRows(starts, as_offsets(counts), None)
    if gaps == "error":
        _refuse_gap(groups, ticks, lengths, counts, show)
    _check_size(lengths, counts, show, starts)
    offsets = as_offsets(lengths)
    return DenseRows(starts, offsets, offsets[:-1][groups] + ticks - starts[groups])


def _refuse_gap(groups, ticks, lengths, counts, show):
    skips = (np.diff(ticks) > 1) & (groups[1:] == groups[:-1])
    row = int(np.argmax(skips))
    group, tick = int(groups[row]), int(ticks[row])
    missing = int(ticks[row + 1]) - tick - 1
    others = int((lengths != counts).sum()) - 1
    raise ValueError(
        f"{show(group, tick + 1)} has no row: {missing} time(s) are left out before the next row"
        f"{f', and {others} other series have gaps as well' if others else ''}. Fill them in with "
        "sklearn_rnn.preprocessing.fill_gaps, or set gaps='mask' to have them masked."
    )


def _check_size(lengths, counts, show, starts):
    total, given = int(lengths.sum()), int(counts.sum())
    if total > _MOST_ROWS_PUT_IN + _MOST_TIMES_LONGER * given:
        group = int(np.argmax(lengths - counts))
        last = int(starts[group] + lengths[group] - 1)
        raise ValueError(
            f"{given} rows would become {total} to mask the gaps; the longest reach from "
            f"{show(group, int(starts[group]))} to {show(group, last)}: look for a wrong time, or "
            "set a coarser freq."
        )


# --- more rows ----------------------------------------------------------------------------------


def extend_panel(panel, other, gaps: str):
    """Do what ``SeriesPanel.extend`` says."""
    ids, matched = _match(panel, other)
    n_groups = panel.n_groups if ids is None else len(ids)
    ticks = other.row_ticks
    if panel.axis.kind == "position":
        ticks = ticks + _after(panel, other, matched)[other.row_groups]
    _check_later(panel, other, matched)
    groups = np.concatenate([panel.row_groups, matched[other.row_groups]])
    order = np.argsort(groups, kind="stable")
    starts = np.zeros(n_groups, dtype=np.int64)
    starts[matched] = other.starts
    starts[: panel.n_groups] = panel.starts
    dense = dense_rows(
        groups[order],
        np.concatenate([panel.row_ticks, ticks])[order],
        n_groups,
        gaps=gaps,
        show=lambda group, tick: _locate(panel, ids, group, tick),
        starts=starts,
    )
    target, offsets = dense.spread_target(_join(_targets(panel), _targets(other), order))
    fills = {"known": np.nan, "past": np.nan, "known_codes": 0, "past_codes": 0, "present": False}
    new = matched >= panel.n_groups
    return replace(
        panel,
        target=target,
        offsets=offsets,
        starts=dense.starts,
        group_offsets=dense.offsets,
        ids=ids,
        static=np.concatenate([panel.static, other.static[new]]),
        static_codes=np.concatenate([panel.static_codes, other.static_codes[new]]),
        unknown_counts=_add_counts(panel.unknown_counts, other.unknown_counts),
        **{
            name: dense.spread(_join(getattr(panel, name), getattr(other, name), order), fill)
            for name, fill in fills.items()
        },
    )


def _match(panel, other):
    """Give the ids of both, and the number of each of the other's among them."""
    if panel.ids is None:
        return None, np.zeros(other.n_groups, dtype=np.int64)
    matched = panel.find(other.ids)
    new = matched < 0
    matched[new] = panel.n_groups + np.arange(new.sum())
    return np.concatenate([panel.ids, other.ids[new]]), matched


def _after(panel, other, matched):
    """Give the tick after the last row of each of the other's groups; 0 for new ones."""
    stops = np.concatenate([panel.stops, np.zeros(other.n_groups, dtype=np.int64)])
    return stops[matched] - other.starts


def _check_later(panel, other, matched):
    if panel.axis.kind == "position":
        return
    early = (matched < panel.n_groups) & (other.group_lengths > 0)
    early[early] = other.starts[early] < panel.stops[matched[early]]
    if early.any():
        group = int(np.argmax(early))
        last = panel.axis.show(int(panel.stops[matched[group]]) - 1)
        raise ValueError(
            f"{other.locate(group, other.starts[group])} is no new time: the series is known until "
            f"{last} ({int(early.sum())} series have such rows); give the rows after that only."
        )


def _locate(panel, ids, group, tick):
    return replace(panel, ids=ids).locate(group, tick)


def _targets(panel):
    """Give targets (rows, n_targets)."""
    n_targets, lengths = panel.n_targets, panel.group_lengths
    starts = panel.offsets[:-1].reshape(-1, n_targets)
    rows = [gather_positions(column, lengths) for column in starts.T]
    return np.stack([panel.target[row] for row in rows], axis=1)


def _join(values, others, order):
    return np.concatenate([values, others])[order]


def _add_counts(counts, others):
    names = dict.fromkeys([*counts, *others])
    return {name: counts.get(name, 0) + others.get(name, 0) for name in names}
