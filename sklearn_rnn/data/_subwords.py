"""Words as bags of character n-grams."""

from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

import numpy as np

from sklearn_rnn.data._ragged import gather_positions

__all__ = ["SubwordTable", "character_ngrams", "count_buckets"]

_MOST_BUCKETS = 1 << 15
_SIZES = (3, 4, 5)
# So many characters at each end of a word are read: what is longer is a file, but no word.
_EACH_END = 256
_ALL_ONES = np.uint32(0xFFFFFFFF)
# What a byte does to the checksum CRC-32; that of a single byte tells.
_CRC_TABLE = np.array([crc32(bytes([i ^ 0xFF])) ^ 0xFF000000 for i in range(256)], dtype=np.uint32)


def character_ngrams(word: str, sizes: tuple[int, ...] = _SIZES) -> list[str]:
    """Give the character n-grams of a word, its ends marked; of a very long one, those of its ends.

    Bojanowski et al., "Enriching Word Vectors with Subword Information", 2017, section 3.2.

    Examples
    --------
    >>> from sklearn_rnn.data import character_ngrams
    >>> character_ngrams("cat")
    ['<ca', 'cat', 'at>', '<cat', 'cat>', '<cat>']
    """
    marked = _mark(word)
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
        """Hash the n-grams of each word; the hash is the same on every machine.

        It is the checksum CRC-32 of the UTF-8 bytes of :func:`character_ngrams`, taken of all
        words at once.
        """
        marked = list(map(_mark, words))
        lengths = np.fromiter(map(len, marked), dtype=np.int64, count=len(marked))
        counts = np.maximum(lengths[:, None] - np.array(_SIZES) + 1, 0)  # (words, sizes)
        counts[:, 0] = counts[:, 0].clip(min=1)  # too short a word is an n-gram itself
        starts = np.repeat(np.cumsum(lengths) - lengths, len(_SIZES))
        starts = gather_positions(starts, counts.ravel())
        sizes = np.repeat(np.minimum(lengths[:, None], _SIZES).ravel(), counts.ravel())
        hashes = np.empty(len(starts), dtype=np.int64)
        for size, of_size in _hash_from_each_character("".join(marked), max(_SIZES)):
            hashes[sizes == size] = of_size[starts[sizes == size]]
        offsets = np.concatenate([[0], np.cumsum(counts.sum(1), dtype=np.int64)])
        return cls(buckets=hashes % n_buckets, offsets=offsets)


def _mark(word):
    if len(word) > 2 * _EACH_END:
        word = word[:_EACH_END] + word[-_EACH_END:]
    return f"<{word}>"


def _hash_from_each_character(text, most):
    """Yield each size up to ``most`` and the hashes of all n-grams of that size, by their start."""
    data = np.frombuffer(text.encode(errors="surrogatepass"), dtype=np.uint8)
    begins = np.flatnonzero(data & 0xC0 != 0x80)  # other bytes go on with a character
    widths = np.diff(begins, append=len(data))
    states = np.full(len(begins), _ALL_ONES)
    for size in range(1, most + 1):
        states = states[: len(begins) - size + 1]  # those of which the next character is there
        begin, width = begins[size - 1 :], widths[size - 1 :]
        for i in range(width.max(initial=0)):
            has_byte = width > i
            byte = data[(begin + i) * has_byte]
            moved = _CRC_TABLE[(states ^ byte) & 0xFF] ^ states >> 8
            states = np.where(has_byte, moved, states)
        yield size, states ^ _ALL_ONES
