"""Small parts that panels and their readers share."""

import numpy as np

from sklearn_rnn.data._alignment import show_id

__all__ = ["LARGEST", "as_offsets", "name_id", "object_array"]

# The square of a larger number is not finite, and so its deviation would not be.
LARGEST = 1e150


def as_offsets(lengths) -> np.ndarray:
    """Give where each of several parts of known lengths begins, and where the last ends."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def name_id(ids, group: int) -> str:
    """Name the series of an id, for messages."""
    return "the series" if ids is None else f"series {show_id(ids[group])}"


def object_array(values) -> np.ndarray:
    """Give values as an array (n,) of objects, also where they are tuples."""
    values = list(values)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
