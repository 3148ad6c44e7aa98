"""Rows that are events, out of every form of dataframes, and the sequence that each belongs to."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api.typing import DataFrameGroupBy, SeriesGroupBy

from sklearn_rnn.data._alignment import as_id_index, show_id
from sklearn_rnn.data._arrays import describe
from sklearn_rnn.data._columns import (
    ValueKind,
    as_column,
    as_id_array,
    column_names,
    get_column,
    is_frame,
    name_row,
    read_numbers,
    value_kind,
)

__all__ = ["EventRows", "event_rows"]


class EventRows(NamedTuple):
    """Rows that are events, and the sequence that each belongs to.

    ``names`` are those of all columns, ``keys`` of those that say which sequence it is; ``column``
    gives a column by its name; ``groups`` (rows,) is the number of the sequence, of ``n``;
    ``ids`` (n,) are what the sequences are called, or None; ``name_row`` and ``name_group`` name
    a row and a sequence in messages, and ``hint`` says where a missing column may be.
    """

    names: list
    keys: list
    column: Callable
    groups: np.ndarray
    n: int
    ids: np.ndarray | None
    name_row: Callable[[int], str]
    name_group: Callable[[int], str]
    hint: str = ""


def event_rows(X, id_col=None) -> EventRows:
    """Read one long frame, the groups of one, or a list of frames.

    Raises
    ------
    ValueError or TypeError
        No frame, no rows, no id; the message names the frame or the row.
    """
    if isinstance(X, DataFrameGroupBy):
        return _from_groupby(X)
    if is_frame(X):
        return _from_frame(X, id_col)
    return _from_list(X, id_col)


# --- one frame ----------------------------------------------------------------------------------


def _from_frame(frame, id_col):
    names = column_names(frame)
    if id_col is None:
        raise ValueError(
            f"X is one frame with the columns {names}: set id_col to the one that says which "
            "sequence a row belongs to, or give a list with one frame a sequence."
        )
    hint = _index_hint(frame)
    if id_col not in names:
        raise ValueError(
            f"id_col names the column {id_col!r}, but the frame has the columns {names}.{hint}"
        )
    _check_rows(len(frame))
    keys = get_column(frame, id_col)
    _check_ids(keys.isna().to_numpy(), f"id_col {id_col!r}")
    try:
        groups, distinct = pd.factorize(keys, sort=True)
    except TypeError:  # ids of several types have no order
        groups, distinct = pd.factorize(keys)
    return _named_rows(frame, names, [id_col], groups, as_id_array(distinct), hint)


def _named_rows(frame, names, keys, groups, ids, hint):
    return EventRows(
        names=names,
        keys=keys,
        column=cache(lambda name: get_column(frame, name)),
        groups=groups,
        n=len(ids),
        ids=ids,
        name_row=name_row,
        name_group=lambda i: f"id {show_id(as_id_index(ids[i : i + 1])[0])}",
        hint=hint,
    )


def _index_hint(frame):
    kept = [name for name in getattr(getattr(frame, "index", None), "names", []) if name]
    return f" Its index holds {kept}: reset_index() makes columns of them." if kept else ""


def _check_rows(n_rows):
    if not n_rows:
        raise ValueError("the frame has no rows, but at least one sequence is needed.")


def _check_ids(missing, what):
    if missing.any():
        raise ValueError(
            f"{what} is missing in {name_row(int(np.argmax(missing)))} ({missing.sum()} of "
            f"{len(missing)} rows); every row needs the id of its sequence: drop or fill such rows."
        )


# --- the groups of a frame ----------------------------------------------------------------------


def _from_groupby(grouped):
    frame = grouped.obj
    _check_rows(len(frame))
    groups = grouped.ngroup().to_numpy()
    _check_ids(~(groups >= 0), "the key of groupby")
    _, groups = np.unique(groups, return_inverse=True)
    ids = np.empty(groups.max() + 1, dtype=object)
    for key, rows in grouped.indices.items():
        if len(rows):
            ids[groups[rows[0]]] = key[0] if isinstance(key, tuple) and len(key) == 1 else key
    ids = ids if isinstance(ids[0], tuple) else as_id_array(pd.Index(ids).infer_objects())
    # A selection of columns, frame.groupby(...)[columns], shows in the groups alone.
    names = column_names(next(iter(grouped))[1])
    keys = [name for name in names if name in grouped.exclusions]
    return _named_rows(frame, names, keys, groups, ids, _index_hint(frame))


# --- a list of frames ---------------------------------------------------------------------------


def _from_list(X, id_col):
    frames = _check_frames(X)
    lengths = [len(frame) for frame in frames]
    if not all(lengths):
        i = lengths.index(0)
        raise ValueError(
            f"frame {i} has no rows ({lengths.count(0)} of {len(frames)} frames); every sequence "
            "needs at least one step: drop the empty ones."
        )
    starts = np.concatenate([[0], np.cumsum(lengths)])

    def name_row_of_frame(row):
        i = int(np.searchsorted(starts, row, side="right")) - 1
        return f"frame {i}, row {row - starts[i]}"

    return EventRows(
        names=(names := _all_names(frames)),
        keys=[id_col] if id_col is not None and id_col in names else [],
        column=cache(_column_reader(frames)),
        groups=np.repeat(np.arange(len(frames)), lengths),
        n=len(frames),
        ids=None,
        name_row=name_row_of_frame,
        name_group=lambda i: f"frame {i}",
        hint=_index_hint(frames[0]),
    )


def _check_frames(X):
    if isinstance(X, SeriesGroupBy | str | dict | type) or not _can_be_listed(X):
        way_out = "; list(X.values()) makes one" if isinstance(X, dict) else ""
        way_out = "; collect() it first" if hasattr(X, "collect") else way_out
        raise TypeError(
            f"X is of type {type(X).__name__}, but a DataFrame, a DataFrameGroupBy or a list of "
            f"DataFrames is expected{way_out}."
        )
    frames = list(X)
    for i, frame in enumerate(frames):
        if not is_frame(frame):
            raise TypeError(
                f"X holds {describe(frame)} at {i}, but a list of "
                "DataFrames is expected, one a sequence."
            )
    if not frames:
        raise ValueError("X holds no frames, but at least one sequence is needed.")
    return frames


def _can_be_listed(X):
    # Arrays and tensors have __iter__, even where they are one number.
    return hasattr(X, "__iter__") and not hasattr(X, "detach") and getattr(X, "ndim", 1) > 0


def _all_names(frames):
    """Give the names of the columns of all frames, in the order in which they come."""
    first = column_names(frames[0])
    names = dict.fromkeys(first)
    for frame in frames[1:]:
        if list(frame.columns) != first:
            names |= dict.fromkeys(column_names(frame))
    return list(names)


def _column_reader(frames):
    """Give a function that gives one column of all frames, by its name."""
    if not _are_alike(frames):
        return lambda name: _join(_parts(frames, name), name)
    joined = pd.concat(frames, ignore_index=True)  # several times faster than column by column
    return lambda name: get_column(joined, name)


def _are_alike(frames):
    if not all(isinstance(frame, pd.DataFrame) for frame in frames):
        return False
    names, dtypes = frames[0].columns, frames[0].dtypes.tolist()
    return all(
        frame.columns.equals(names) and frame.dtypes.tolist() == dtypes for frame in frames[1:]
    )


def _parts(frames, name):
    """Give one column of every frame."""
    for i, frame in enumerate(frames):
        if name not in frame.columns:
            raise ValueError(
                f"frame {i} has no column {name!r}, only {list(frame.columns)}; every frame needs "
                "the columns that are used: name those to use in numeric and categorical."
            )
    return [
        frame[name] if isinstance(frame, pd.DataFrame) else as_column(frame[name])
        for frame in frames
    ]


def _join(parts, name):
    """Join the parts of one column, of whatever types that mean the same."""
    dtypes = {part.dtype for part in parts}
    if len(dtypes) == 1:
        return pd.concat(parts, ignore_index=True)
    parts = [as_column(part) for part in parts]
    kinds = [value_kind(part) for part in parts]
    known = [i for i, kind in enumerate(kinds) if kind is not ValueKind.MISSING]
    for i in known:
        if kinds[i] is not kinds[known[0]]:
            raise ValueError(
                f"column {name!r} holds {kinds[i].value} in frame {i} ({parts[i].dtype}), but "
                f"{kinds[known[0]].value} in frame {known[0]} ({parts[known[0]].dtype}); convert "
                "one of them."
            )
    is_category = any(isinstance(dtype, pd.CategoricalDtype) for dtype in dtypes)
    if known and kinds[known[0]] is ValueKind.NUMBERS and not is_category:
        return pd.Series(np.concatenate([read_numbers(part, name) for part in parts]))
    joined = np.concatenate([np.asarray(part, dtype=object) for part in parts])
    joined = pd.Series(joined, dtype=object)
    return joined.astype("category") if is_category else joined
