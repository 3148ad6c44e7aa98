"""Words as bags of character n-grams."""

from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

import numpy as np

__all__ = ["SubwordTable", "character_ngrams", "count_buckets"]

_MOST_BUCKETS = 1 << 15
_SIZES = (3, 4, 5)


def character_ngrams(word: str, sizes: tuple[int, ...] = _SIZES) -> list[str]:
    """Give the character n-grams of a word, its ends marked.

    Bojanowski et al., "Enriching Word Vectors with Subword Information", 2017, section 3.2.

    Examples
    --------
    >>> from sklearn_rnn.data import character_ngrams
    >>> character_ngrams("cat")
    ['<ca', 'cat', 'at>', '<cat', 'cat>', '<cat>']
    """
    marked = f"<{word}>"
    return [marked[i : i + n] for n in sizes for i in range(len(marked) - n + 1)] or [marked]


def count_buckets(words: Iterable[str]) -> int:
    """Choose how many buckets to hash into: a power of two that holds all n-grams, up to 32 768."""
    n_grams = len({gram for word in words for gram in character_ngrams(word)})
    return min(_MOST_BUCKETS, 1 << max(n_grams - 1, 1).bit_length())


class SubwordTable(NamedTuple):
    """The hashed n-grams of words: those of word ``i`` are ``buckets[offsets[i]:offsets[i + 1]]``.

    ``buckets`` is (n_grams,), int64, below ``n_buckets``; ``offsets`` is (n_words + 1,).
    """

    buckets: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, words: Iterable[str], n_buckets: int) -> "SubwordTable":
        """Hash the n-grams of each word; the hash is the same on every machine."""
        bags = [
            [crc32(gram.encode(errors="surrogatepass")) for gram in character_ngrams(word)]
            for word in words
        ]
        sizes = np.fromiter(map(len, bags), dtype=np.int64, count=len(bags))
        flat = np.fromiter((h for bag in bags for h in bag), dtype=np.int64, count=sizes.sum())
        return cls(
            buckets=flat % n_buckets,
            offsets=np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]),
        )
