"""Tokens as numbers."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

__all__ = ["NumberedTokens", "number_tokens"]


class NumberedTokens(NamedTuple):
    """Tokens as numbers: ``codes`` (steps,) of ``distinct``, which come as they first occurred."""

    lengths: np.ndarray
    codes: np.ndarray
    distinct: tuple[str, ...]

    @property
    def offsets(self) -> np.ndarray:
        """Where each list begins among the codes, and where the last one ends."""
        return np.concatenate([[0], np.cumsum(self.lengths)])


def number_tokens(token_lists: Iterable[Iterable[str]]) -> NumberedTokens:
    """Number the tokens of lists in the order in which they first occur.

    Examples
    --------
    >>> from sklearn_rnn.data import number_tokens
    >>> number_tokens([["a", "b"], ["b", "c"]]).codes
    array([0, 1, 1, 2], dtype=int32)
    """
    numbers = defaultdict()
    numbers.default_factory = numbers.__len__  # the next number, for a token not yet seen
    lengths, codes = array("q"), array("i")
    for tokens in token_lists:
        before = len(codes)
        codes.extend(map(numbers.__getitem__, tokens))
        lengths.append(len(codes) - before)
    return NumberedTokens(
        np.array(lengths, dtype=np.int64), np.array(codes, dtype=np.int32), tuple(numbers)
    )
