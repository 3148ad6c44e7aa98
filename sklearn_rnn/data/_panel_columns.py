"""The covariates of series: which columns become what, and their numbers and categories."""

from collections.abc import Callable
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.data._columns import (
    ValueKind,
    default_role,
    get_column,
    read_categories,
    read_numbers,
    value_kind,
)
from sklearn_rnn.data._panel_parts import LARGEST, first_non_number

__all__ = [
    "PanelRoles",
    "StaticColumns",
    "assign_panel_roles",
    "check_known",
    "code_columns",
    "learn_categories",
    "number_columns",
    "static_columns",
]


class PanelRoles(NamedTuple):
    """Which columns become what, by their names: tuples, as in ``PanelColumns``."""

    known: tuple
    past: tuple
    known_categorical: tuple
    past_categorical: tuple
    static: tuple
    static_categorical: tuple


def assign_panel_roles(table: pd.DataFrame, names: list, past, static) -> PanelRoles:
    """Tell which columns become what: known in the future, unless named in past or static.

    Raises
    ------
    ValueError or TypeError
        A name that is not there, or that is in both.
    """
    past, static = _name_list(past, "past"), _name_list(static, "static")
    for role, given in {"past": past, "static": static}.items():
        for name in given:
            if name not in names:
                raise ValueError(
                    f"{role} names the column {name!r}, but the columns beside ids, times and "
                    f"targets are {names!r:.200}."
                )
    both = [name for name in past if name in static]
    if both:
        raise ValueError(f"column {both[0]!r} is named in past and in static, but has one role.")
    roles = {"known": [n for n in names if n not in past and n not in static]}
    roles |= {"past": past, "static": static}
    for name in names:
        _refuse_times(name, get_column(table, name))
        _refuse_mixed(name, get_column(table, name))
    kinds = {name: default_role(get_column(table, name)) for name in names}
    numeric = {r: tuple(n for n in given if kinds[n] == "numeric") for r, given in roles.items()}
    coded = {
        f"{r}_categorical": tuple(n for n in given if kinds[n] == "categorical")
        for r, given in roles.items()
    }
    return PanelRoles(**numeric, **coded)


def _refuse_times(name, column):
    """Refuse times that nobody named as such, and differences of times, which are no numbers."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return
    kind = value_kind(column)
    if kind is ValueKind.DURATIONS:
        raise TypeError(
            f"column {name!r} holds time differences ({column.dtype}), whose unit is not said: "
            "make numbers of them, for example with .dt.total_seconds(), or leave it out."
        )
    if kind is ValueKind.DATETIMES:
        raise TypeError(
            f"column {name!r} holds times ({column.dtype}), which are neither numbers nor "
            f"categories: set time_col={name!r} if they are those of the rows, or make numbers of "
            "them, for example with .dt.month, or leave the column out."
        )


def _refuse_mixed(name, column):
    """Refuse numbers with words among them, which would become a category each."""
    if column.dtype != object or value_kind(column) is not ValueKind.CATEGORIES:
        return
    types = set(map(type, column[column.notna()]))
    if any(issubclass(kind, Real) and kind not in (bool, np.timedelta64) for kind in types):
        row = first_non_number(column)
        raise ValueError(
            f"column {name!r} holds numbers, and {column[row]!r:.40} of type "
            f"{type(column[row]).__name__} in row {row}: make numbers of all, for example with "
            "pd.to_numeric, or categories, with astype(str)."
        )


def _name_list(names, role):
    if isinstance(names, str) or not hasattr(names, "__iter__"):
        if names is None:
            return []
        raise TypeError(f"{role} must be a list of column names: {role}=[{names!r}].")
    return list(names)


# --- numbers ------------------------------------------------------------------------------------


def number_columns(table: pd.DataFrame, names, locate: Callable[[int], str]) -> np.ndarray:
    """Give columns of numbers as float64 (rows, n_columns), NaN where missing.

    Raises
    ------
    ValueError
        A column that holds no numbers, or one that is infinite or too large; the message names
        the column, the series and the time.
    """
    if not names:
        return np.empty((len(table), 0))
    columns = {name: get_column(table, name) for name in names}
    for name, column in columns.items():
        _check_numbers(column, name, locate)
    values = np.stack([read_numbers(column, name) for name, column in columns.items()], axis=1)
    is_large = np.abs(values) > LARGEST
    if is_large.any():
        column = int(np.argmax(is_large.any(axis=0)))
        row = int(np.argmax(is_large[:, column]))
        raise ValueError(
            f"Input X contains infinity or a value too large: column {names[column]!r} is "
            f"{values[row, column]} for {locate(row)}; replace it by a finite number."
        )
    return values


def _check_numbers(column, name, locate):
    """Refuse text, and times too, of which numbers would count from 1970 on."""
    if value_kind(column) in (ValueKind.NUMBERS, ValueKind.MISSING):
        return
    row = first_non_number(column)
    raise ValueError(
        f"column {name!r} held numbers in fit, but holds {column[row]!r:.40} for {locate(row)}: "
        "convert it first, for example with pd.to_numeric, or a time difference with "
        ".dt.total_seconds()."
    )


def check_known(values: np.ndarray, names, locate: Callable[[int], str]) -> None:
    """Refuse a missing number in columns that are known throughout.

    Raises
    ------
    ValueError
        The message names the column, the series and the time.
    """
    missing = np.isnan(values)
    bad = missing.any(axis=0)
    if bad.any():
        column = int(np.argmax(bad))
        row = int(np.argmax(missing[:, column]))
        raise ValueError(
            f"Input X contains NaN: column {names[column]!r} is missing for {locate(row)} "
            f"({int(missing[:, column].sum())} rows in all), but a column that is known in the "
            "future is known throughout: fill it, drop it, or name it in past, where values may "
            "be missing."
        )


# --- categories ---------------------------------------------------------------------------------


def learn_categories(table: pd.DataFrame, names) -> dict:
    """Give the categories of columns, sorted where they can be, by the names of the columns."""
    return {name: _sorted(read_categories(get_column(table, name), name)) for name in names}


def _sorted(column):
    present = [category for category in column.categories if category is not None]
    try:
        return tuple(sorted(present))
    except TypeError:  # categories of several types have no order
        return tuple(present)


def code_columns(table: pd.DataFrame, names, categories: dict) -> tuple[np.ndarray, dict]:
    """Give columns as codes of known categories, int32 (rows, n_columns), and count the others.

    The first category has code 1; a missing or unknown one has code 0. The counts are of rows
    with unknown ones, for those columns that have some.
    """
    codes = np.zeros((len(table), len(names)), dtype=np.int32)
    unknown = {}
    for i, name in enumerate(names):
        column = read_categories(get_column(table, name), name)
        numbers = {category: n for n, category in enumerate(categories[name], start=1)}
        known = [numbers.get(category, 0) for category in column.categories]
        codes[:, i] = np.array(known, dtype=np.int32)[column.codes]
        strange = [
            not code and category is not None
            for code, category in zip(known, column.categories, strict=True)
        ]
        if any(strange):
            unknown[name] = int(np.array(strange)[column.codes].sum())
    return codes, unknown


# --- static columns -----------------------------------------------------------------------------


class StaticColumns(NamedTuple):
    """Columns of whole series: ``numbers`` (n_groups, k) float64, ``codes`` (n_groups, k) int32."""

    numbers: np.ndarray
    codes: np.ndarray


def static_columns(
    numbers: np.ndarray,
    codes: np.ndarray,
    names: tuple,
    groups: np.ndarray,
    n_groups: int,
    locate: Callable[[int], str],
) -> StaticColumns:
    """Give one row a series of columns that must be constant within each.

    Parameters
    ----------
    numbers, codes : ndarray of shape (rows, n_columns)
        The columns, row by row; numbers must not be missing.
    names : tuple
        What they are called, numbers first.
    groups : ndarray of shape (rows,)
        The series of each row.
    n_groups : int
        The number of series.
    locate : callable
        Names the series and row, for messages.

    Raises
    ------
    ValueError
        A column that varies within a series, or lacks a number.
    """
    rows = np.arange(len(groups))[::-1]
    firsts = np.zeros(n_groups, dtype=np.int64)
    firsts[groups[rows]] = rows
    columns = [*numbers.T, *codes.T]
    for name, column in zip(names, columns, strict=True):
        differs = column != column[firsts][groups]
        if differs.any():
            row = int(np.argmax(differs))
            if column.dtype.kind == "f" and np.isnan(column[row]):
                raise ValueError(
                    f"static column {name!r} is missing (NaN) for {locate(row)}, but every series "
                    "needs its number: fill it in."
                )
            raise ValueError(
                f"static column {name!r} is not constant within a series: it changes for "
                f"{locate(row)}; leave it out of static to make it one that is known at each time."
            )
    return StaticColumns(numbers[firsts], codes[firsts])
