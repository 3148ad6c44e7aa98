"""The binary files of fastText, packed or not."""

import gzip
import mmap
import shutil
import struct
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import numpy as np

from sklearn_rnn.preprocessing._gensim import read_fasttext
from sklearn_rnn.preprocessing._word_vectors import WordVectors

__all__ = ["read_fasttext_file"]

# What gensim unpacks, by the end of the name alone.
_NAMES_OF_PACKED = (".gz", ".bz2", ".xz", ".zst")
# A signature, settings, and then how many entries, words and labels there are, how many tokens
# they were counted in, and how many entries a pruned table has.
_COUNTS = struct.Struct("<3i2q")
_COUNTS_AT = 64
_BEHIND_WORD = 10  # a zero byte, how often it came, and whether it is a label
_CUT_OFF = "it is cut off, or damaged; fetch it again."


def read_fasttext_file(path: Path, file: BinaryIO, limit: int | None) -> WordVectors:
    """Read the binary format of fastText.

    Parameters
    ----------
    path : Path
    file : binary file
        What ``path`` holds, unpacked as it is read.
    limit : int or None
        How many words to read at most.

    Returns
    -------
    WordVectors
        With the vectors of n-grams.

    Raises
    ------
    ValueError
        If the file is cut off, holds a classifier, or numbers that are not finite.
    """
    with _as_plain_file(path, file) as plain:
        _check_words(plain)
        try:
            found = read_fasttext(plain, limit)
        except (AssertionError, struct.error) as error:  # fewer numbers than it says
            raise ValueError(_CUT_OFF) from error
    bad = np.flatnonzero(~np.isfinite(found.ngrams.vectors).all(axis=1))
    if len(bad):
        raise ValueError(
            f"vector {bad[0]} of the character n-grams is not finite; {len(bad)} of "
            f"{len(found.ngrams.vectors)} are bad in all. Fetch or train it again."
        )
    return found


@contextmanager
def _as_plain_file(path, file):
    """Give the path of the unpacked file, as numbers are not read through what unpacks them."""
    if not isinstance(file, gzip.GzipFile) and path.suffix not in _NAMES_OF_PACKED:
        yield path
        return
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "vectors.bin"
        with plain.open("wb") as target:
            shutil.copyfileobj(file, target, 1 << 20)
        yield plain


def _check_words(path):
    """Refuse a file with labels, and one that ends among its words, where gensim never would."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if len(data) < _COUNTS_AT + _COUNTS.size:
            raise ValueError(_CUT_OFF)
        n_entries, _, n_labels, *_ = _COUNTS.unpack_from(data, _COUNTS_AT)
        if n_labels > 0:
            raise ValueError(
                "it is a classifier of fastText (supervised), not word vectors; save those of its "
                "words as text, or give a model that was trained by skipgram or cbow."
            )
        position = _COUNTS_AT + _COUNTS.size
        for _ in range(n_entries):
            end = data.find(b"\0", position)
            if end < 0:
                raise ValueError(_CUT_OFF)
            position = end + _BEHIND_WORD
