"""Ragged sequences as plain lists of arrays, which the tests hold ``Sequences`` against."""

import re
from typing import NamedTuple

import numpy as np

from sklearn_rnn.data import Sequences

__all__ = [
    "WIDTHS",
    "PlainSequences",
    "assert_equal_lists",
    "assert_equal_plain",
    "is_memory_mapped",
    "random_plain",
    "random_steps",
    "short_id",
]

WIDTHS = [None, 1, 3]  # None: steps are single numbers, (time,)


class PlainSequences(NamedTuple):
    """n sequences as three lists of n arrays each."""

    values: list
    codes: list
    static: list

    @property
    def sequences(self):
        """The same as ``Sequences``."""
        empty = self.values[0][:0] if self.values else np.empty(0)
        return Sequences(
            values=np.concatenate([empty, *self.values]),
            offsets=np.cumsum([0, *map(len, self.values)]),
            codes=np.concatenate([np.empty((0, 2), dtype=np.int64), *self.codes]),
            static=np.array(self.static).reshape(len(self.static), 3),
        )

    def take(self, rows):
        """Give the sequences at ``rows``, one after the other."""
        return PlainSequences(*([column[i] for i in rows] for column in self))


def random_steps(rng, length, width=None, dtype=np.float64):
    """Steps of shape (length,) or (length, width), none of them 0."""
    shape = (length,) if width is None else (length, width)
    return rng.integers(1, 100, size=shape).astype(dtype)


def random_plain(rng, n=None, width=None, dtype=np.float64, shortest=0):
    """Up to 7 sequences of up to 5 steps, some of them empty."""
    n = int(rng.integers(1, 8)) if n is None else n
    lengths = rng.integers(shortest, 6, size=n)
    return PlainSequences(
        values=[random_steps(rng, length, width, dtype) for length in lengths],
        codes=[rng.integers(0, 9, size=(length, 2)) for length in lengths],
        static=list(rng.normal(size=(n, 3))),
    )


def assert_equal_lists(sequences, arrays):
    """Assert that ``Sequences`` hold the arrays of a list, dtype and shape included."""
    assert isinstance(sequences, Sequences)
    assert len(sequences) == len(arrays)
    for got, expected in zip(sequences.to_list(), arrays, strict=True):
        np.testing.assert_array_equal(got, expected, strict=True)


def assert_equal_plain(sequences, plain):
    """Assert that values, codes and static are those of the lists."""
    assert_equal_lists(sequences, plain.values)
    assert_equal_lists(sequences.with_values(sequences.codes), plain.codes)
    np.testing.assert_array_equal(sequences.static, np.reshape(plain.static, (-1, 3)), strict=True)


def is_memory_mapped(array):
    """Tell whether an array is a view, of any depth, of a file."""
    while array is not None and not isinstance(array, np.memmap):
        array = getattr(array, "base", None)
    return array is not None


def short_id(case):
    """Name a parameter of a test by its type and the beginning of what it holds."""
    if isinstance(case, str):
        return f"{case:.30}"
    if isinstance(case, type):
        return case.__name__
    shown = " ".join(re.sub(" at 0x[0-9a-f]+", "", repr(case)).split())  # addresses come and go
    return f"{type(case).__name__} {shown:.30}"


class DuckArray:
    """Something that only numpy can read."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)
