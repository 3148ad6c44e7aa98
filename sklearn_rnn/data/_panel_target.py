"""The targets of series, out of every form of y."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.data._arrays import as_array
from sklearn_rnn.data._columns import (
    ValueKind,
    as_column,
    column_names,
    is_frame,
    read_numbers,
    value_kind,
)
from sklearn_rnn.data._panel_parts import LARGEST, first_non_number

__all__ = ["TargetColumns", "check_form", "check_target", "open_target", "target_of_columns"]


class TargetColumns(NamedTuple):
    """The targets of each row, ``values`` (rows, n_targets) float64, NaN where missing.

    ``names``, ``kind`` and ``dtypes`` are those of ``PanelColumns``.
    """

    values: np.ndarray
    names: tuple
    kind: str
    dtypes: tuple


def open_target(y, n_rows: int) -> TargetColumns:
    """Read y: a Series, a frame, or an array (rows,) or (rows, n_targets).

    Raises
    ------
    ValueError or TypeError
        A y of another length, or that holds no numbers.
    """
    check_form(y)
    if is_frame(y):
        target = target_of_columns(y, column_names(y))._replace(kind="frame")
    elif _is_series(y):
        names = () if y.name is None or y.name == "" else (y.name,)
        values = _read(as_column(y), y.name if names else "y")
        target = TargetColumns(values[:, None], names, "series", (str(y.dtype),))
    else:
        target = _of_array(_as_array(y))
    if len(target.values) != n_rows:
        raise ValueError(
            f"X has {n_rows} rows, but y has {len(target.values)}: inconsistent numbers of "
            "samples; y holds the target of every row."
        )
    return target


def check_form(y) -> None:
    """Refuse a target that is no sequence of numbers at all."""
    if hasattr(y, "collect"):
        raise TypeError(f"y is a {type(y).__name__}, but its rows are needed: y.collect().")
    if getattr(y, "is_nested", False) is True:
        raise TypeError("y is a nested tensor, but one number a row is expected.")
    is_sequence = hasattr(y, "__len__") or hasattr(y, "__array__")
    is_other = isinstance(y, str | bytes | dict | set) or not is_sequence
    if is_other or getattr(y, "shape", None) == ():
        raise TypeError(
            f"y is of type {type(y).__name__}, but a Series, a DataFrame, or an array or list of "
            "numbers is expected, one for each row."
        )


def _as_array(y):
    try:
        return as_array(y)
    except TypeError as error:
        raise TypeError(f"y: {error}.") from error
    except ValueError as error:
        raise ValueError(
            f"y is a {type(y).__name__} whose rows have unequal lengths, but each row must have "
            "as many targets as every other."
        ) from error


def target_of_columns(frame, names: list) -> TargetColumns:
    """Read columns of a frame as targets."""
    if not names:
        raise ValueError("y has no columns, but at least one target is needed.")
    columns = [as_column(frame[name]) for name in names]
    values = [_read(column, name) for column, name in zip(columns, names, strict=True)]
    dtypes = tuple(str(frame[name].dtype) for name in names)
    return TargetColumns(np.stack(values, axis=1), tuple(names), "column", dtypes)


def _is_series(y):
    return isinstance(y, pd.Series) or (hasattr(y, "to_numpy") and hasattr(y, "name"))


def _of_array(array):
    if array.ndim not in (1, 2) or array.shape[1:] == (0,):
        raise ValueError(
            f"y must have the shape (rows,) or (rows, n_targets), but has {array.shape}."
        )
    dtype = str(array.dtype)
    if array.dtype.kind == "V":
        raise TypeError(f"y must hold numbers, but is {dtype}: give one of its fields.")
    columns = array[:, None] if array.ndim == 1 else array
    if array.dtype.kind in "biuf":
        values = columns.astype(np.float64)
    else:
        values = np.stack([_read(pd.Series(column), "y") for column in columns.T], axis=1)
    n = values.shape[1]
    return TargetColumns(values, () if n == 1 else tuple(range(n)), "array", (dtype,) * n)


def _read(column, name):
    kind = ValueKind.NUMBERS if column.dtype.kind in "biuf" else value_kind(column)
    if kind not in (ValueKind.NUMBERS, ValueKind.MISSING):
        row = first_non_number(column)
        raise ValueError(
            f"target {name!r} holds {column[row]!r:.40} ({column.dtype}) in row {row}, but a "
            "target must hold numbers: convert it first, for example with pd.to_numeric."
        )
    return read_numbers(column, name, role="target")


def check_target(values: np.ndarray, names: tuple, locate: Callable[[int], str]) -> None:
    """Refuse targets that are infinite, or none that are there at all.

    Parameters
    ----------
    values : ndarray of shape (rows, n_targets)
    names : tuple
        What the targets are called.
    locate : callable
        Names the series and time of a row, for messages.
    """
    bad = np.argwhere(np.abs(values) > LARGEST)
    if len(bad):
        row, column = (int(i) for i in bad[0])
        what = f"target {names[column]!r}" if names else "the target"
        raise ValueError(
            f"Input y contains infinity or a value too large: {what} of {locate(row)} is "
            f"{values[row, column]} ({len(bad)} such values); replace it, or set it to NaN to "
            "leave it out."
        )
