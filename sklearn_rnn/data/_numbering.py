"""Tokens as numbers."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from sklearn_rnn.data._mapped import MappedWriter, blocks
from sklearn_rnn.data._stored_texts import StoredTexts

__all__ = ["NumberedTokens", "number_tokens"]


# Codes of tokens from a file that are in memory before they go to a file themselves.
_CODES = 1 << 20


class NumberedTokens(NamedTuple):
    """Tokens as numbers: ``codes`` (steps,) of ``distinct``, which come as they first occurred."""

    lengths: np.ndarray
    codes: np.ndarray
    distinct: tuple[str, ...]

    @property
    def offsets(self) -> np.ndarray:
        """Where each list begins among the codes, and where the last one ends."""
        return np.concatenate([[0], np.cumsum(self.lengths)])

    def counts(self) -> np.ndarray:
        """Count each of the distinct tokens."""
        n = len(self.distinct)
        counted = (np.bincount(part, minlength=n) for part in blocks(self.codes))
        return sum(counted, start=np.zeros(n, dtype=np.int64))


def number_tokens(token_lists: Iterable[Iterable[str]], *, source: object = None) -> NumberedTokens:
    """Number the tokens of lists in the order in which they first occur.

    Parameters
    ----------
    token_lists : iterable of iterables of str
    source : object
        What the lists are made of; of ``StoredTexts`` the codes go to a file, too.

    Examples
    --------
    >>> from sklearn_rnn.data import number_tokens
    >>> number_tokens([["a", "b"], ["b", "c"]]).codes
    array([0, 1, 1, 2], dtype=int32)
    """
    numbers = defaultdict()
    numbers.default_factory = numbers.__len__  # the next number, for a token not yet seen
    lengths, codes = array("q"), array("i")
    writer = MappedWriter() if isinstance(source, StoredTexts) else None
    for tokens in token_lists:
        before = len(codes)
        codes.extend(map(numbers.__getitem__, tokens))
        lengths.append(len(codes) - before)
        if writer is not None and len(codes) >= _CODES:
            writer.add(np.array(codes, dtype=np.int32))
            codes = array("i")
    found = np.array(codes, dtype=np.int32)
    if writer is not None:
        writer.add(found)
        found = writer.array()
    return NumberedTokens(np.array(lengths, dtype=np.int64), found, tuple(numbers))
