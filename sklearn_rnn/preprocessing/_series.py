"""One long series or several, out of every form of them."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.data import (
    Sequences,
    ValueKind,
    as_array,
    as_pandas,
    as_sequences,
    check_readable,
    count_steps,
    describe,
    holds_numbers,
    value_kind,
    with_plain_dtypes,
)

__all__ = ["Panel", "read_panel"]


class Panel(NamedTuple):
    """Series as ``Sequences``, with what each is called, ``ids`` (n_series,).

    ``names`` are those of the columns, None where nothing is known; ``y`` is the target of every
    step, (steps,) or (steps, n_targets), if it came.
    """

    sequences: Sequences
    ids: np.ndarray
    names: list | None
    y: np.ndarray | None

    def name(self, i: int) -> str:
        """Name a series."""
        return f"series {self.ids[i : i + 1].tolist()[0]!r}"

    def locate(self, step: int) -> str:
        """Name the series and the step within it of a flat step."""
        offsets = self.sequences.offsets
        i = int(np.searchsorted(offsets, step, side="right")) - 1
        return f"{self.name(i)}, step {step - int(offsets[i])}"


def read_panel(X, y=None, *, id_col=None, time_col=None) -> Panel:
    """Turn one series or several into ``Sequences``, NaN allowed.

    Parameters
    ----------
    X : array (time,) or (time, n_features), Series, DataFrame, list of them, or Sequences
        One series, or several.
    y : array-like or None
        The target of each step, in the form of X: a list for several series.
    id_col, time_col : str or None
        The columns of a DataFrame that tell its series apart, and by which they are sorted.

    Raises
    ------
    ValueError
        Columns that are missing, repeated or no numbers, steps that are not finite, a y of
        another length; the message says where.
    """
    check_readable(X)
    if hasattr(X, "columns") and not isinstance(X, type):
        return _from_frame(as_pandas(X), y, id_col, time_col)
    for parameter, column in {"id_col": id_col, "time_col": time_col}.items():
        if column is not None:
            raise ValueError(
                f"{parameter}={column!r} names a column of a DataFrame, but X is "
                f"{type(X).__name__}; give one long DataFrame, or leave {parameter} unset."
            )
    single = _is_one_series(X)
    sequences = as_sequences([X] if single else X, allow_nan=True)
    ids = np.arange(len(sequences)) if sequences.ids is None else sequences.ids
    panel = Panel(sequences, ids, _names([X] if single else X), None)
    return panel if y is None else panel._replace(y=_join([y] if single else list(y), panel))


def _is_one_series(X):
    if isinstance(X, Sequences | dict):
        return False
    if hasattr(X, "dtype") and isinstance(getattr(X, "shape", None), tuple):
        is_list = len(X.shape) == 1 and getattr(X.dtype, "kind", "f") == "O"
        if not is_list:
            return 0 < len(X.shape) < 3
    return count_steps(X) > 0 and not hasattr(next(iter(X)), "__len__")


def _names(X):
    if isinstance(X, Sequences):
        return list(X.names.values) if X.names is not None and X.names.values else None
    return next((list(series.columns) for series in X if hasattr(series, "columns")), None)


def _join(ys, panel):
    """Join the targets of several series into one array, a row a step."""
    if len(ys) != len(panel.ids):
        raise ValueError(
            f"y has {len(ys)} entries, but X has {len(panel.ids)} series; for several series y is "
            "a list with as many arrays."
        )
    arrays = []
    for i, (y, length) in enumerate(zip(ys, panel.sequences.lengths, strict=True)):
        array = as_array(y)
        if array.ndim not in (1, 2) or array.shape[1:] != (arrays or [array])[0].shape[1:]:
            raise ValueError(
                f"y of {panel.name(i)} has shape {array.shape}, but it must be (time,) or (time, "
                "n_targets), with as many targets for every series."
            )
        if len(array) != length:
            raise ValueError(
                f"y of {panel.name(i)} has {len(array)} entries, but the series has {length} "
                "steps; y holds a target for every step."
            )
        arrays.append(array)
    return np.concatenate(arrays)


# --- a DataFrame --------------------------------------------------------------------------------


def _from_frame(X, y, id_col, time_col):
    _check_columns(X, {"id_col": id_col, "time_col": time_col})
    table = X.drop(columns=[column for column in (id_col, time_col) if column is not None])
    if not len(X) or not len(table.columns):
        raise ValueError(
            f"Found array with shape {table.shape}: a series needs at least one row and one column "
            "beside id_col and time_col."
        )
    series, ids = _number_series(X, id_col)
    order = _sort(X, series, time_col)
    sequences = Sequences(
        values=_as_numbers(table)[order],
        offsets=np.concatenate([[0], np.cumsum(np.bincount(series, minlength=len(ids)))]),
    )
    panel = Panel(as_sequences(sequences, allow_nan=True), ids, list(table.columns), None)
    if y is None:
        return panel
    y = as_array(y)
    if y.ndim not in (1, 2) or len(y) != len(X):
        raise ValueError(
            f"y has the shape {y.shape}, but X has {len(X)} rows; y holds a target for every row, "
            "(rows,) or (rows, n_targets)."
        )
    return panel._replace(y=y[order])


def _check_columns(X, given):
    repeated = X.columns[X.columns.duplicated()].tolist()
    if repeated:
        raise ValueError(
            f"column {repeated[0]!r} occurs more than once, but columns are told apart by their "
            "names; rename or drop the repeated ones."
        )
    for parameter, column in given.items():
        if column is None:
            continue
        if column not in X.columns:
            raise ValueError(
                f"{parameter}={column!r} is no column of X, which has {list(X.columns)!r:.200}."
            )
        missing = np.flatnonzero(X[column].isna())
        if len(missing):
            raise ValueError(
                f"column {column!r} ({parameter}) is missing in row {missing[0]} ({len(missing)} "
                f"of {len(X)} are); fill in or drop such rows."
            )


def _number_series(X, id_col):
    """Number the series in the order in which they first occur; give what they are called."""
    if id_col is None:
        return np.zeros(len(X), dtype=np.int64), np.arange(1)
    series, ids = pd.factorize(X[id_col])
    return series, np.asarray(ids)


def _sort(X, series, time_col):
    """Give the rows of one series after the other, each sorted by time."""
    order = np.arange(len(X))
    if time_col is not None:
        times = X[time_col].reset_index(drop=True)
        _check_times(times, time_col)
        order = times.sort_values(kind="stable").index.to_numpy()
    return order[np.argsort(series[order], kind="stable")]


def _check_times(times, time_col):
    """Refuse text, which is sorted by the alphabet: "10" stands before "9"."""
    if value_kind(times) is ValueKind.CATEGORIES:
        raise ValueError(
            f"time_col={time_col!r} holds {describe(times[0])} in "
            "row 0, but times must be dates or numbers, as text is sorted by the alphabet: convert "
            f"it first, X[{time_col!r}] = pd.to_datetime(X[{time_col!r}])."
        )


def _as_numbers(table):
    for name, column in table.items():
        if not holds_numbers(column):
            raise ValueError(
                f"column {name!r} holds {column.dtype} ({column.head(2).tolist()!r:.60}), but a "
                "series must hold numbers: encode or drop the column, or name it as id_col or "
                "time_col; labels go in as y."
            )
    return with_plain_dtypes(table).to_numpy()
