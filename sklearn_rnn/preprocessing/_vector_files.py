"""Word vectors from a file."""

import gzip
import struct
import zlib
from collections import Counter
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np

from sklearn_rnn.preprocessing._gensim import read_fasttext, read_word2vec_binary
from sklearn_rnn.preprocessing._word_vectors import WordVectors

__all__ = ["read_vector_file"]

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_FASTTEXT = b"\xba\x16\x4f\x2f"
_OF_NUMBERS = frozenset(b"0123456789+-.eE nainfNAINF\t\r\n")
_SAMPLE = 1000
_DAMAGE = (ValueError, EOFError, AssertionError, gzip.BadGzipFile, zlib.error, struct.error)
_BLOCK = 10_000


def read_vector_file(path, limit: int | None = None) -> WordVectors:
    """Read word vectors, whatever the format.

    Parameters
    ----------
    path : str or path
        Text with a word and its numbers a line (GloVe, word2vec, .vec), with or without a line
        above that says how many there are, or the binary format of word2vec or of fastText. Any
        of them may be packed by gzip.
    limit : int or None, default=None
        How many words to read at most, from the beginning of the file.

    Returns
    -------
    WordVectors
        Of words that stand there twice the first one.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is none of the formats, or damaged; of lines that are not like the others the
        message names the first one and says how many there are.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"path={str(path)!r} is no file; give one of word vectors.")
    with _saying_where(path):
        found = _read(path, limit)
    bad = np.flatnonzero(~np.isfinite(found.vectors).all(axis=1))
    if len(bad):
        raise ValueError(
            f"{path}: the vector of {found.words[bad[0]]!r} is not finite, nor are those of "
            f"{len(bad) - 1} others; mend or remove them."
        )
    return found


def _read(path, limit):
    with _open(path) as file:
        start = file.read(1 << 16)
    if start.startswith(_ZIP):
        raise ValueError("it is a zip archive; unpack it and give the file inside.")
    if start.startswith(_FASTTEXT):
        return read_fasttext(path, limit)
    header = _read_header(start)
    if header is not None and _is_binary(start):
        return read_word2vec_binary(path, limit)
    return _read_text(path, header, limit)


@contextmanager
def _saying_where(path):
    """Name the file in errors of what it holds."""
    try:
        yield
    except _DAMAGE as error:
        reason = str(error) or "it is cut off, or holds no word vectors."
        raise ValueError(f"{path}: {reason}") from error


def _open(path):
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return gzip.open(path) if packed else path.open("rb")


def _read_header(start: bytes) -> tuple[int, int] | None:
    """Give the numbers of words and of columns that the first line tells, or None."""
    first, _, rest = start.partition(b"\n")
    fields = first.split()
    if len(fields) != 2 or not all(field.isdigit() for field in fields):
        return None
    n_words, width = map(int, fields)
    # One number a word: then a first line of two numbers may be a word and its vector.
    alone = len(rest.partition(b"\n")[0].split()) == 2 and width != 1
    return None if alone else (n_words, width)


def _is_binary(start: bytes) -> bool:
    """Tell whether there are bytes that are no text where the numbers of the first word stand."""
    line = start.partition(b"\n")[2].partition(b"\n")[0]
    return not _OF_NUMBERS.issuperset(line[len(line) // 2 :])


def _read_text(path, header, limit):
    width = _commonest_width(path) if header is None else header[1]
    if width < 1:
        raise ValueError("it holds no lines of a word and its numbers.")
    reader = _LineReader(width, by_header=header is not None)
    with _open(path) as lines:
        numbered = enumerate(lines, start=1)
        if header is not None:
            next(numbered)
        for number, line in numbered:
            if limit is not None and len(reader.words) >= limit:
                break
            reader.read(number, line)
    found = reader.finish()
    if header is not None and reader.n_lines < header[0] and len(found.words) != limit:
        raise ValueError(
            f"the header says {header[0]} words, but there are {reader.n_lines}; the file is cut "
            "off."
        )
    return found


def _commonest_width(path):
    with _open(path) as lines:
        widths = Counter(len(line.split()) - 1 for line in islice(lines, _SAMPLE) if line.strip())
    return widths.most_common(1)[0][0] if widths else 0


class _LineReader:
    """Read lines of a word, which may hold spaces, and ``width`` numbers."""

    def __init__(self, width, *, by_header):
        self.width = width
        self.by_header = by_header
        self.words = {}
        self.n_lines = self.n_bad = 0
        self.first_bad = None
        self._block, self._blocks = [], []

    def read(self, number, line):
        """Keep the word of a line and its vector; remember a line that holds no such thing."""
        fields = line.rsplit(None, self.width)
        if not fields:
            return
        self.n_lines += 1
        if len(fields) == self.width and line[:1].isspace():
            fields = [b"", *fields]
        vector = self._numbers(fields)
        if vector is None:
            self.n_bad += 1
            self.first_bad = self.first_bad or (number, line)
            return
        word = fields[0].strip().decode(errors="replace")
        if word not in self.words:
            self.words[word] = None
            self._keep(vector)

    def finish(self) -> WordVectors:
        """Give the words and vectors, or raise an error if a line was bad."""
        if self.n_bad:
            raise ValueError(self._complaint())
        if not self.words:
            raise ValueError("it holds no words.")
        self._stack()
        return WordVectors(tuple(self.words), np.concatenate(self._blocks))

    def _numbers(self, fields):
        """Give the numbers behind the word, or None where there are not as many, or others."""
        if len(fields) <= self.width or _is_number(fields[0].split()[1:]):
            return None
        try:
            with np.errstate(over="ignore"):  # what overflows is not finite
                return np.array(fields[1:], dtype=np.float32)
        except ValueError:
            return None

    def _keep(self, vector):
        self._block.append(vector)
        if len(self._block) == _BLOCK:
            self._stack()

    def _stack(self):
        if self._block:
            self._blocks.append(np.array(self._block))
            self._block = []

    def _complaint(self):
        number, line = self.first_bad
        source = "the header says" if self.by_header else "most lines have"
        fields = line.split()[1:]
        wrong = [field for field in fields if not _is_number([field])]
        if len(fields) == self.width and wrong:
            what = f"holds {wrong[0].decode(errors='replace')!r:.40} where a number should stand"
        else:
            what = f"has {len(fields)} numbers, but {source} {self.width}"
        count = "1 line is" if self.n_bad == 1 else f"{self.n_bad} lines are"
        return f"line {number} {what}; {count} bad in all. Mend or remove them."


def _is_number(fields):
    """Tell whether the last of some fields is a number."""
    try:
        return bool(fields) and float(fields[-1]) is not None
    except ValueError:
        return False
