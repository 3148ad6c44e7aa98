"""Small parts that panels and their readers share."""

import numpy as np
import pandas as pd

from sklearn_rnn.data._alignment import show_id
from sklearn_rnn.data._columns import ValueKind, value_kind

__all__ = ["LARGEST", "as_offsets", "first_non_number", "name_id"]

# The square of a larger number is not finite, and so its deviation would not be.
LARGEST = 1e150


def as_offsets(lengths) -> np.ndarray:
    """Give where each of several parts of known lengths begins, and where the last ends."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def name_id(ids, group: int) -> str:
    """Name the series of an id, for messages."""
    return "the series" if ids is None else f"series {show_id(ids[group])}"


def first_non_number(column: pd.Series) -> int:
    """Give the row of the first value of a column that is there and no number."""
    rows = np.flatnonzero(column.notna())
    if column.dtype != object:
        return int(rows[0])
    is_number = {}
    for row in rows:
        value = column.iloc[row]
        if type(value) not in is_number:
            kind = value_kind(pd.Series([value], dtype=object))
            is_number[type(value)] = kind is ValueKind.NUMBERS
        if not is_number[type(value)]:
            return int(row)
    return int(rows[0])
