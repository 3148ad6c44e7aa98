"""Many series of numbers on one time axis, stored flat."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from sklearn_rnn.data._alignment import as_id_index
from sklearn_rnn.data._panel_parts import as_offsets, name_id
from sklearn_rnn.data._panel_rows import extend_panel
from sklearn_rnn.data._ragged import gather_positions
from sklearn_rnn.data._time_axis import TimeAxis

__all__ = ["PanelColumns", "SeriesPanel"]


class PanelColumns(NamedTuple):
    """What the columns of the user's frames are called and become; plain values throughout.

    ``target_names`` is () for one target without a name. ``categories`` maps a categorical column
    to its categories, the first of which has code 1. ``layout`` says where ids and times stand:
    "columns" (time in the column ``time_name``), "index" (time in the index), "multiindex" (ids
    and time) or "position" (no time); but for "multiindex" ids are columns. ``target_kind`` is the
    form in which the target came: "series", "frame", "array" or "column" (of X itself).
    ``library`` is "pandas" or "polars"; ``frame`` is False where X was an array or not given.
    """

    target_names: tuple
    known: tuple
    past: tuple
    known_categorical: tuple
    past_categorical: tuple
    static: tuple
    static_categorical: tuple
    categories: dict
    id_names: tuple
    id_dtypes: tuple
    time_name: Hashable
    layout: str
    target_kind: str
    target_dtypes: tuple
    library: str
    frame: bool

    @property
    def n_targets(self) -> int:
        """The number of target columns."""
        return max(1, len(self.target_names))


@dataclass(frozen=True, kw_only=True, eq=False)
class SeriesPanel:
    """Many series of numbers on one time axis, stored flat.

    A group is what one id names; each target column of a group is one series. Series are numbered
    group by group: ``series = group * n_targets + target``. The series of a group share its rows,
    and thereby its covariates. Row j of group g stands at tick ``starts[g] + j``.

    Parameters
    ----------
    target : ndarray of shape (target_rows,), float64
        The values of all series, one after the other; NaN where missing.
    offsets : ndarray of shape (n_series + 1,), int64
        Where in ``target`` each series begins.
    starts : ndarray of shape (n_groups,), int64
        The tick of the first row of each group.
    group_offsets : ndarray of shape (n_groups + 1,), int64
        Where in the covariates each group begins.
    known, past : ndarray of shape (rows, n_known) and (rows, n_past), float64
        Columns of numbers known in the future, and those that are not (NaN where missing).
    known_codes, past_codes : ndarray of shape (rows, n_columns), int32
        Columns of categories; 0 is a missing or unknown category.
    static : ndarray of shape (n_groups, n_columns), float64
    static_codes : ndarray of shape (n_groups, n_columns), int32
    present : ndarray of shape (rows,), bool
        False for rows that were put in for a gap: NaN and 0 throughout.
    ids : ndarray of shape (n_groups,), object, or None
        What the groups are called, tuples where an id has several parts; None for one series
        without a name.
    axis : TimeAxis
    columns : PanelColumns
    unknown_counts : dict
        How many rows of a categorical column held a category that the fit did not know; only
        columns with such rows are in it.
    """

    target: np.ndarray
    offsets: np.ndarray
    starts: np.ndarray
    group_offsets: np.ndarray
    known: np.ndarray
    past: np.ndarray
    known_codes: np.ndarray
    past_codes: np.ndarray
    static: np.ndarray
    static_codes: np.ndarray
    present: np.ndarray
    ids: np.ndarray | None
    axis: TimeAxis
    columns: PanelColumns
    unknown_counts: dict = field(default_factory=dict)

    # --- sizes --------------------------------------------------------------------------------

    @property
    def n_groups(self) -> int:
        """The number of groups."""
        return len(self.starts)

    @property
    def n_targets(self) -> int:
        """The number of series of each group."""
        return self.columns.n_targets

    @property
    def n_series(self) -> int:
        """The number of series."""
        return self.n_groups * self.n_targets

    @property
    def n_rows(self) -> int:
        """The number of rows of all groups."""
        return len(self.present)

    @property
    def lengths(self) -> np.ndarray:
        """The number of rows of each series, int64 (n_series,)."""
        return np.diff(self.offsets)

    @property
    def group_lengths(self) -> np.ndarray:
        """The number of rows of each group, int64 (n_groups,)."""
        return np.diff(self.group_offsets)

    @property
    def stops(self) -> np.ndarray:
        """The tick after the last row of each group, int64 (n_groups,)."""
        return self.starts + self.group_lengths

    @property
    def row_groups(self) -> np.ndarray:
        """The group of each row, int64 (rows,)."""
        return np.repeat(np.arange(self.n_groups), self.group_lengths)

    @property
    def row_ticks(self) -> np.ndarray:
        """The tick of each row, int64 (rows,)."""
        return np.arange(self.n_rows) + np.repeat(
            self.starts - self.group_offsets[:-1], self.group_lengths
        )

    # --- series and groups --------------------------------------------------------------------

    def group_of(self, series):
        """Give the group of a series, or of each of an array of them."""
        return series // self.n_targets

    def target_of(self, series):
        """Give the number of the target column of a series, or of each of an array of them."""
        return series % self.n_targets

    def find(self, ids) -> np.ndarray:
        """Give the number of the group that each id names, int64 (n,); -1 for an unknown one.

        None, or any ids where the panel has none, are group 0.
        """
        if ids is None or self.ids is None:
            return np.zeros(1 if ids is None else len(ids), dtype=np.int64)
        wanted = ids if hasattr(ids, "dtype") else np.fromiter(ids, dtype=object)
        return as_id_index(self.ids).get_indexer(as_id_index(wanted)).astype(np.int64)

    def values_of(self, group: int) -> np.ndarray:
        """Give the targets of one group, (rows, n_targets): a view."""
        first = self.offsets[group * self.n_targets]
        last = self.offsets[(group + 1) * self.n_targets]
        return self.target[first:last].reshape(self.n_targets, -1).T

    def name(self, series: int) -> str:
        """Name a series, for messages."""
        group = self.name_group(int(self.group_of(series)))
        if self.n_targets == 1:
            return group
        return f"{group}, target {self.columns.target_names[self.target_of(series)]!r}"

    def name_group(self, group: int) -> str:
        """Name a group, for messages."""
        return name_id(self.ids, group)

    def locate(self, group: int, tick: int) -> str:
        """Name a group and a time, for messages."""
        where = "," if self.axis.kind == "position" else " at"
        return f"{self.name_group(group)}{where} {self.axis.show(int(tick))}"

    # --- parts --------------------------------------------------------------------------------

    def select(self, groups) -> "SeriesPanel":
        """Give some groups, in the order given; a group may occur more than once."""
        groups = np.asarray(groups)
        groups = np.flatnonzero(groups) if groups.dtype == bool else groups.astype(np.int64)
        return self._cut(groups, self.group_offsets[:-1][groups], self.group_lengths[groups])

    def until(self, ticks) -> "SeriesPanel":
        """Cut each group: keep its rows before a tick, (n_groups,) or one for all.

        A group may be left without rows.
        """
        kept = np.clip(ticks - self.starts, 0, self.group_lengths)
        return self._cut(np.arange(self.n_groups), self.group_offsets[:-1], kept)

    def since(self, ticks) -> "SeriesPanel":
        """Cut each group: keep its rows from a tick on, (n_groups,) or one for all."""
        left_out = np.clip(ticks - self.starts, 0, self.group_lengths)
        firsts = self.group_offsets[:-1] + left_out
        return self._cut(np.arange(self.n_groups), firsts, self.group_lengths - left_out)

    def tail(self, n_rows: int) -> "SeriesPanel":
        """Keep at most the last ``n_rows`` rows of each group."""
        return self.since(self.stops - n_rows)

    def extend(self, other: "SeriesPanel", *, gaps: str = "error") -> "SeriesPanel":
        """Append the rows of another panel to the groups of the same ids, and its other groups.

        Static columns stay those of this panel. Without time, rows follow those that are there.

        Raises
        ------
        ValueError
            Rows at times that a group has already, or, unless ``gaps="mask"``, rows that do not
            follow at once; the message names the series and the time.
        """
        return extend_panel(self, other, gaps)

    def _cut(self, groups, firsts, lengths):
        """Give ``lengths`` rows of each of some groups, from the row ``firsts`` on."""
        rows = gather_positions(firsts, lengths)
        ahead = firsts - self.group_offsets[:-1][groups]
        series = (groups[:, None] * self.n_targets + np.arange(self.n_targets)).ravel()
        target_firsts = self.offsets[:-1][series] + np.repeat(ahead, self.n_targets)
        target_lengths = np.repeat(lengths, self.n_targets)
        by_row = {name: getattr(self, name)[rows] for name in _ROW_FIELDS}
        by_group = {name: getattr(self, name)[groups] for name in ("static", "static_codes")}
        return replace(
            self,
            target=self.target[gather_positions(target_firsts, target_lengths)],
            offsets=as_offsets(target_lengths),
            starts=self.starts[groups] + ahead,
            group_offsets=as_offsets(lengths),
            ids=None if self.ids is None else self.ids[groups],
            **by_row,
            **by_group,
        )


_ROW_FIELDS = ("known", "past", "known_codes", "past_codes", "present")
