"""Word vectors from a file."""

import gzip
import re
import zlib
from collections import Counter
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np

from sklearn_rnn.preprocessing._fasttext_files import read_fasttext_file
from sklearn_rnn.preprocessing._word_vectors import WordVectors

__all__ = ["read_vector_file"]

_GZIP, _FASTTEXT = b"\x1f\x8b", b"\xba\x16\x4f\x2f"
_MARK = b"\xef\xbb\xbf"  # of UTF-8, at the beginning of a file
_UNPACK = "unpack it and give the file inside"
_OTHER_FORMATS = {
    b"PK\x03\x04": f"it is a zip archive; {_UNPACK}.",
    b"BZh91AY&SY": f"it is packed by bzip2; {_UNPACK}.",
    b"\xfd7zXZ\0": f"it is packed by xz; {_UNPACK}.",
    b"\x28\xb5\x2f\xfd": f"it is packed by zstd; {_UNPACK}.",
    b"\x80\x04\x95": "it is a pickle, which could run code; save the vectors as text.",
    b"\x80\x05\x95": "it is a pickle, which could run code; save the vectors as text.",
}
_CONTROL = re.compile(r"[\x00-\x1f]")
_OF_NUMBERS = frozenset(b"0123456789+-.eE nainfNAINF\t\r\n")
_SAMPLE = 1000
_DAMAGE = (ValueError, EOFError, gzip.BadGzipFile, zlib.error)
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
            f"{path}: the vector of {found.words[bad[0]]!r} is not finite; {len(bad)} of "
            f"{len(found.words)} are bad in all. Mend or remove them."
        )
    return found


def _read(path, limit):
    with _open(path) as file:
        start = file.read(1 << 16)
    for signature, reason in _OTHER_FORMATS.items():
        if start.startswith(signature):
            raise ValueError(reason)
    if start.startswith(_FASTTEXT):
        with _open(path) as file:
            return read_fasttext_file(path, file, limit)
    header = _read_header(start)
    if header is not None and _is_binary(start):
        return _read_binary(path, header, limit)
    return _read_text(path, None if _is_headless(start) else header, limit)


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
    fields = start.removeprefix(_MARK).partition(b"\n")[0].split()
    if len(fields) != 2 or not all(field.isdigit() for field in fields):
        return None
    return int(fields[0]), int(fields[1])


def _is_headless(start: bytes) -> bool:
    """Tell whether a first line of two numbers is a word and its vector of one number."""
    first, _, rest = start.partition(b"\n")
    return len(rest.partition(b"\n")[0].split()) == 2 and first.split()[1:] != [b"1"]


def _is_binary(start: bytes) -> bool:
    """Tell whether there are bytes that are no text where the numbers of the first word stand."""
    line = start.partition(b"\n")[2].partition(b"\n")[0].rstrip(b"\r")
    if _OF_NUMBERS.issuperset(line[len(line) // 2 :]):
        return False
    text = line.decode(errors="replace").replace("\t", " ")
    return "\ufffd" in text or _CONTROL.search(text) is not None


def _read_binary(path, header, limit):
    """Read words, each with a space behind it and then the bytes of its numbers."""
    n_words, width = header
    found = _Vectors()
    with _open(path) as file:
        file.readline()
        for row in range(n_words if limit is None else min(n_words, limit)):
            word, numbers = _read_word(file), file.read(4 * width)
            if len(numbers) < 4 * width:
                raise ValueError(
                    f"the header says {n_words} words, but it ends in word {row}; it is cut off."
                )
            found.add(_check_word(word, row), np.frombuffer(numbers, dtype="<f4"))
    return found.stack()


def _read_word(file) -> bytes:
    """Read up to the next space; some programs write an end of line before each word."""
    parts = []
    while ahead := file.peek(1):
        parts.append(file.read(ahead.find(b" ") + 1 or len(ahead)))
        if parts[-1].endswith(b" "):
            break
    return b"".join(parts).lstrip(b"\n")[:-1]


def _check_word(word: bytes, row: int) -> str:
    """Decode a word; control characters are from between numbers, as after one with a space."""
    text = word.decode(errors="replace")
    if _CONTROL.search(text):
        raise ValueError(
            f"word {row} is {text!r:.40}, which is no text: the file is damaged, or a word before "
            "it holds a space, which ends a word in this format; save the vectors as text."
        )
    return text


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
            if limit is not None and len(reader.found.words) >= limit:
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


class _Vectors:
    """Words, each once, and their vectors, which are put together block by block."""

    def __init__(self):
        self.words = {}
        self._block, self._blocks = [], []

    def add(self, word, vector):
        """Keep a word, unless it is there already."""
        if word not in self.words:
            self.words[word] = None
            self._block.append(vector)
            if len(self._block) == _BLOCK:
                self._pack()

    def stack(self) -> WordVectors:
        """Give all words and vectors."""
        if not self.words:
            raise ValueError("it holds no words.")
        self._pack()
        return WordVectors(tuple(self.words), np.concatenate(self._blocks))

    def _pack(self):
        if self._block:
            self._blocks.append(np.array(self._block, dtype=np.float32))
            self._block = []


class _LineReader:
    """Read lines of a word, which may hold spaces, and ``width`` numbers."""

    def __init__(self, width, *, by_header):
        self.width = width
        self.by_header = by_header
        self.found = _Vectors()
        self.n_lines = self.n_bad = 0
        self.first_bad = None

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
        word = fields[0].removeprefix(_MARK) if number == 1 else fields[0]
        self.found.add(word.strip().decode(errors="replace"), vector)

    def finish(self) -> WordVectors:
        """Give the words and vectors, or raise an error if a line was bad."""
        if self.n_bad:
            raise ValueError(self._complaint())
        return self.found.stack()

    def _numbers(self, fields):
        """Give the numbers behind the word, or None where there are not as many, or others."""
        if len(fields) <= self.width or _is_number(fields[0].split()[1:]):
            return None
        try:
            with np.errstate(over="ignore"):  # what overflows is not finite
                return np.array(fields[1:], dtype=np.float32)
        except ValueError:
            return None

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
