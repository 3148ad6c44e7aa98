"""Dataframes whose rows are events, to ``Sequences``."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.data._columns import (
    CodedColumn,
    default_role,
    is_frame,
    read_categories,
    read_numbers,
    read_times,
    stack_codes,
)
from sklearn_rnn.data._event_rows import EventRows, event_rows
from sklearn_rnn.data._sequences import ColumnNames, Sequences

__all__ = [
    "GAP_NAME",
    "ColumnRoles",
    "assign_roles",
    "sequences_from_frame",
    "sequences_from_rows",
]

GAP_NAME = "log_gap"


class ColumnRoles(NamedTuple):
    """Which columns become what, by their names."""

    numeric: list
    categorical: list
    static_numeric: list
    static_categorical: list


def sequences_from_frame(
    frame, *, id_col, time_col=None, numeric=None, categorical=None, static=None, time_gaps=True
) -> Sequences:
    """Do what ``Sequences.from_frame`` says."""
    if not is_frame(frame):
        way_out = "; collect() it first" if hasattr(frame, "collect") else ""
        raise TypeError(
            f"a DataFrame with one row an event is expected, not {type(frame).__name__}{way_out}."
        )
    rows = event_rows(frame, id_col)
    roles = assign_roles(
        rows, time_col=time_col, numeric=numeric, categorical=categorical, static=static
    )
    return sequences_from_rows(rows, roles, time_col=time_col, time_gaps=time_gaps)


# --- which columns become what ------------------------------------------------------------------


def assign_roles(
    rows: EventRows, *, time_col=None, numeric=None, categorical=None, static=None
) -> ColumnRoles:
    """Tell which columns become what.

    Parameters
    ----------
    rows : EventRows
        The rows.
    time_col : hashable or None
        The column of times.
    numeric, categorical : list or None
        The names that the user gave; None is every other column that holds values of that kind.
    static : list or None
        The names that the user gave.

    Returns
    -------
    ColumnRoles

    Raises
    ------
    ValueError or TypeError
        A column that is not there or is named twice, or none left for the steps.
    """
    given = {
        "id_col": rows.keys,
        "time_col": [] if time_col is None else [time_col],
        "numeric": _name_list(numeric, "numeric"),
        "categorical": _name_list(categorical, "categorical"),
        "static": _name_list(static, "static"),
    }
    taken = _check_names(given, rows)
    open_roles = {"numeric": numeric is None, "categorical": categorical is None}
    if any(open_roles.values()):
        for name in rows.names:
            if name not in taken and open_roles[role := default_role(rows.column(name))]:
                given[role].append(name)
    if not given["numeric"] and not given["categorical"] and time_col is None:
        raise ValueError(
            f"no column of {rows.names} is left for the steps; name some in numeric or categorical."
        )
    roles = {name: default_role(rows.column(name)) for name in given["static"]}
    return ColumnRoles(
        given["numeric"],
        given["categorical"],
        [name for name, role in roles.items() if role == "numeric"],
        [name for name, role in roles.items() if role == "categorical"],
    )


def _name_list(names, role):
    if names is None:
        return []
    if isinstance(names, str) or not hasattr(names, "__iter__"):
        raise TypeError(f"{role} must be a list of column names or None: {role}=[{names!r}].")
    return list(names)


def _check_names(given, rows):
    """Check that every named column is there and has one role; give the role of each."""
    taken = {}
    for role, names in given.items():
        for name in names:
            if name not in rows.names:
                raise ValueError(
                    f"{role} names the column {name!r}, but the frame has the columns "
                    f"{rows.names}.{rows.hint}"
                )
            if name in taken:
                raise ValueError(
                    f"column {name!r} is named in {taken[name]} and in {role}, but every column "
                    "has one role; a copy of it under another name may have another."
                )
            taken[name] = role
    return taken


# --- from rows to sequences ---------------------------------------------------------------------


def sequences_from_rows(
    rows: EventRows, roles: ColumnRoles, *, time_col=None, time_gaps=True
) -> Sequences:
    """Sort rows into sequences, and read their columns.

    Raises
    ------
    ValueError
        A missing time, text where numbers belong, a static column that varies; the message names
        the column, the row and the sequence.
    """
    time = None if time_col is None else _read_times(rows, time_col)
    # lexsort is stable: events of one time stay in the order of the rows.
    order = np.lexsort((rows.groups,) if time is None else (time.ticks, rows.groups))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows.groups, minlength=rows.n))])
    steps = [_read_numeric(rows, name)[order] for name in roles.numeric]
    names, times = tuple(roles.numeric), None
    if time is not None:
        ticks = time.ticks[order]
        times = ticks / time.per_unit
        if time_gaps:
            _check_gap_name(roles)
            names = (*names, GAP_NAME)
            steps.append(np.log1p(_gaps(ticks, offsets) / time.per_unit))
    codes, categories = stack_codes(
        [_reorder(_read_categorical(rows, name), order) for name in roles.categorical]
    )
    static, static_codes, static_categories = _read_static(rows, roles, order, offsets)
    return Sequences(
        values=np.stack(steps, axis=1) if steps else np.empty((len(order), 0)),
        offsets=offsets,
        codes=codes,
        categories=categories,
        static=static,
        static_codes=static_codes,
        static_categories=static_categories,
        times=times,
        ids=rows.ids,
        names=ColumnNames(
            names,
            tuple(roles.categorical),
            tuple(roles.static_numeric),
            tuple(roles.static_categorical),
        ),
    )


def _read_times(rows, time_col):
    time = read_times(rows.column(time_col), time_col, locate=rows.name_row)
    if not time.valid.all():
        row = int(np.argmin(time.valid))
        raise ValueError(
            f"time_col {time_col!r} is missing or infinite in {rows.name_row(row)}, "
            f"{rows.name_group(rows.groups[row])} ({(~time.valid).sum()} of {len(time.valid)} "
            "rows); every event needs its time: drop or fill such rows."
        )
    return time


def _read_numeric(rows, name):
    return read_numbers(rows.column(name), name, locate=rows.name_row)


def _read_categorical(rows, name):
    return read_categories(rows.column(name), name, locate=rows.name_row)


def _check_gap_name(roles):
    if any(GAP_NAME in names for names in roles):
        raise ValueError(
            f"{GAP_NAME!r} is a column of the frame, but time_gaps=True adds a column of that "
            "name; rename yours, or set time_gaps=False."
        )


def _gaps(ticks, offsets):
    """Give the time since the step before, 0 for the first step of each sequence."""
    gaps = np.zeros(len(ticks), dtype=ticks.dtype)
    gaps[1:] = ticks[1:] - ticks[:-1]
    gaps[offsets[:-1]] = 0
    return gaps


def _reorder(coded, rows):
    return CodedColumn(coded.codes[rows], coded.categories)


def _read_static(rows, roles, order, offsets):
    firsts = order[offsets[:-1]]
    numbers, coded = [], []
    for name in roles.static_numeric:
        column = _read_numeric(rows, name)
        _check_constant(rows, name, column, order, offsets)
        numbers.append(column[firsts])
    for name in roles.static_categorical:
        column = _read_categorical(rows, name)
        _check_constant(rows, name, column.codes, order, offsets)
        coded.append(_reorder(column, firsts))
    return np.stack(numbers, axis=1) if numbers else None, *stack_codes(coded)


def _check_constant(rows, name, values, order, offsets):
    """Check that a static column has one value in each sequence."""
    values = values[order]
    first = np.repeat(values[offsets[:-1]], np.diff(offsets))
    varies = (values != first) & ~(np.isnan(values) & np.isnan(first))
    if not varies.any():
        return
    step = int(np.argmax(varies))
    group = rows.groups[order[step]]
    pair = order[[offsets[group], step]]
    one, other = rows.column(name).iloc[pair].tolist()
    raise ValueError(
        f"static column {name!r} is {one!r} in {rows.name_row(pair[0])} and {other!r} in "
        f"{rows.name_row(pair[1])}, both of {rows.name_group(group)}, but must be the same in all "
        "rows of a sequence: name it in numeric or categorical, or make it so, "
        f"frame[{name!r}] = frame.groupby(id_col)[{name!r}].transform('first')."
    )
