"""Several labels a sequence, in whatever form they come."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from sklearn_rnn.estimators._targets import check_labels

__all__ = ["LabelTable", "read_label_table"]


class LabelTable(NamedTuple):
    """Columns of labels, each ``(n,)``, and their names, or None where they have none.

    ``indicator`` are the columns as one array ``(n, n_columns)`` where all hold 0 and 1 alone,
    else None.
    """

    columns: list[np.ndarray]
    names: list | None
    indicator: np.ndarray | None

    @property
    def kind(self) -> str:
        """What it is, in words."""
        values = "labels" if self.indicator is None else "0 and 1"
        return f"{len(self.columns)} columns of {values}"


def read_label_table(y) -> LabelTable | None:
    """Read y of several columns, or give None where it holds one label a sequence.

    Parameters
    ----------
    y : array-like, DataFrame or scipy sparse

    Raises
    ------
    ValueError
        The message names the column, and the sequence whose label is missing.
    """
    y = _as_table(y)
    if y is None:
        return None
    names = y.columns.tolist() if isinstance(y, pd.DataFrame) else None
    columns = _split(y)
    if not _are_binary(columns):
        titles = range(len(columns)) if names is None else names
        columns = [_check_column(*pair) for pair in zip(columns, titles, strict=True)]
    indicator = np.column_stack(columns) if _are_binary(columns) else None
    return LabelTable(columns, names, indicator)


def _as_table(y):
    """Give an array or a frame of several columns, or None if y is nothing like that."""
    if issparse(y):
        y = y.toarray()
    elif not hasattr(y, "ndim"):
        # As objects, rows of words and numbers stay what they are, and ragged rows are no table.
        y = np.asarray(y) if hasattr(y, "__array__") else np.array(y, dtype=object)
    if y.ndim != 2 or y.shape[1] == 1:
        return None
    if y.shape[1] == 0:
        raise ValueError(
            f"y must hold at least one label a sequence, but its shape is {tuple(y.shape)}."
        )
    return y if isinstance(y, pd.DataFrame) else np.asarray(y)


def _split(y):
    """Give the columns, each of its own dtype: arrays, or Series that are yet to be checked."""
    if isinstance(y, np.ndarray) and y.dtype.kind != "O":
        return list(y.T)
    frame = pd.DataFrame(y).infer_objects()
    return [_plain(frame.iloc[:, j]) for j in range(frame.shape[1])]


def _plain(column):
    """Give the numbers or booleans of a Series as numpy has them, unless some are missing."""
    dtype = getattr(column.dtype, "numpy_dtype", column.dtype)
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf" and not column.isna().any():
        return column.to_numpy(dtype=dtype)
    return column


def _are_binary(columns):
    return all(
        isinstance(column, np.ndarray)
        and column.dtype.kind in "biuf"
        and bool(((column == 0) | (column == 1)).all())
        for column in columns
    )


def _check_column(column, name):
    try:
        return check_labels(column)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {name!r} of y: {error}") from error
