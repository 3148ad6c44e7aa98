"""Word vectors from a file."""

import codecs
import gzip
import re
import warnings
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
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd]")
_BLANK = re.compile(rb"[ \t]")
_SAMPLE = 1000
_DAMAGE = (ValueError, EOFError, gzip.BadGzipFile, zlib.error)
_BLOCK = 10_000
# Of so many lines one may have a number more than the header says, as one of words has.
_RARE = 20


def read_vector_file(path, limit: int | None = None) -> WordVectors:
    """Read word vectors, whatever the format.

    Parameters
    ----------
    path : str or path
        Text with a word and its numbers a line (GloVe, word2vec, .vec), with or without a line
        above that says how many there are, or the binary format of word2vec or of fastText. Any
        of them may be packed by gzip. A word of a text may hold spaces, and end in a number
        ("boeing 747") below a line that says how many numbers follow; of lines that could be
        such words, or just hold too many numbers, there may be one, or one in twenty.
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

    Warns
    -----
    UserWarning
        If words are no UTF-8; what cannot be read of them becomes the character U+FFFD.
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
    if header is not None and _is_binary(start, header[1]):
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


def _is_binary(start: bytes, width: int) -> bool:
    """Tell whether the bytes behind the first word are the numbers themselves.

    These may hold an end of line anywhere, so that lines tell nothing.
    """
    body = start.partition(b"\n")[2].lstrip(b"\r\n")
    fields = body.partition(b"\n")[0].split()[1:]
    if sum(map(_is_number, fields)) > width // 2:
        return False
    behind = _BLANK.split(body, maxsplit=1)[1:] or [b""]
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")  # the last word may be cut
    text = decoder.decode(behind[0][: 4 * width])
    return _NO_TEXT.search(text) is not None


def _read_binary(path, header, limit):
    """Read words, each with a space behind it and then the bytes of its numbers."""
    n_words, width = header
    found = _Vectors(path)
    with _open(path) as file:
        file.readline()
        for row in range(n_words if limit is None else min(n_words, limit)):
            word, numbers = _read_word(file), file.read(4 * width)
            if len(numbers) < 4 * width:
                raise ValueError(
                    f"the header says {n_words} words, but it ends in word {row}; it is cut off."
                )
            _check_word(word, row)
            found.add(word, np.frombuffer(numbers, dtype="<f4"))
    return found.stack()


def _read_word(file) -> bytes:
    """Read up to the next space; some programs write an end of line before each word."""
    parts = []
    while ahead := file.peek(1):
        parts.append(file.read(ahead.find(b" ") + 1 or len(ahead)))
        if parts[-1].endswith(b" "):
            break
    return b"".join(parts).lstrip(b"\n")[:-1]


def _check_word(word: bytes, row: int) -> None:
    """Refuse control characters, which are from between numbers, as after a word with a space."""
    text = word.decode(errors="replace")
    if _CONTROL.search(text):
        raise ValueError(
            f"word {row} is {text!r:.40}, which is no text: the file is damaged, or a word before "
            "it holds a space, which ends a word in this format; save the vectors as text."
        )


def _read_text(path, header, limit):
    width = _commonest_width(path) if header is None else header[1]
    if width < 1:
        raise ValueError("it holds no lines of a word and its numbers.")
    reader = _LineReader(path, width, by_header=header is not None)
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

    def __init__(self, path):
        self.path = path
        self.words = {}
        self._undecoded = []
        self._block, self._blocks = [], []

    def add(self, word: bytes, vector):
        """Keep a word, unless it is there already."""
        word = self._decode(word)
        if word not in self.words:
            self.words[word] = None
            self._block.append(vector)
            if len(self._block) == _BLOCK:
                self._pack()

    def stack(self) -> WordVectors:
        """Give all words and vectors."""
        if not self.words:
            raise ValueError("it holds no words.")
        if self._undecoded:
            warnings.warn(self._complaint(), UserWarning, stacklevel=2)
        self._pack()
        return WordVectors(tuple(self.words), np.concatenate(self._blocks))

    def _decode(self, word):
        try:
            return word.decode()
        except UnicodeDecodeError:
            self._undecoded.append(word)
            return word.decode(errors="replace")

    def _complaint(self):
        n, first = len(self._undecoded), self._undecoded[0]
        count = "1 word is" if n == 1 else f"{n} words are"
        return (
            f"{self.path}: {count} no UTF-8, the first {first!r:.80}, which is read as "
            f"{first.decode(errors='replace')!r:.40}; if the file is written in another encoding, "
            "such as Latin-1, save it as UTF-8."
        )

    def _pack(self):
        if self._block:
            self._blocks.append(np.array(self._block, dtype=np.float32))
            self._block = []


class _LineReader:
    """Read lines of a word, which may hold spaces, and ``width`` numbers."""

    def __init__(self, path, width, *, by_header):
        self.width = width
        self.by_header = by_header
        self.found = _Vectors(path)
        self.bad, self.long = _Lines(), _Lines()
        self.n_lines = 0

    def read(self, number, line):
        """Keep the word of a line and its vector; remember a line that holds no such thing."""
        fields = line.rsplit(None, self.width)
        if not fields:
            return
        self.n_lines += 1
        if len(fields) == self.width and line[:1].isspace():
            fields = [b"", *fields]
        vector = self._numbers(fields, strict=b"_" in line)
        if vector is None:
            self.bad.add(number, line)
            return
        surplus = fields[0].split()[1:]
        if surplus and _is_number(surplus[-1]):
            self.long.add(number, line)
        word = fields[0].removeprefix(_MARK) if number == 1 else fields[0]
        self.found.add(word.strip(), vector)

    def finish(self) -> WordVectors:
        """Give the words and vectors, or raise an error if a line was bad."""
        rare = self.by_header and self.long.n <= max(1, self.n_lines // _RARE)
        bad = self.bad if rare else self.bad.joined(self.long)
        if bad.n:
            raise ValueError(self._complaint(bad))
        return self.found.stack()

    def _numbers(self, fields, *, strict):
        """Give the numbers behind the word, or None where there are not as many, or others."""
        if len(fields) <= self.width or (strict and not all(map(_is_number, fields[1:]))):
            return None
        try:
            with np.errstate(over="ignore"):  # what overflows is not finite
                return np.array(fields[1:], dtype=np.float32)
        except ValueError:
            return None

    def _complaint(self, bad):
        number, line = bad.first
        source = "the header says" if self.by_header else "most lines have"
        fields = line.split()[1:]
        wrong = [field for field in fields if not _is_number(field)]
        way_out = "Mend or remove them."
        if len(fields) == self.width and wrong:
            what = f"holds {wrong[0].decode(errors='replace')!r:.40} where a number should stand"
        else:
            what = f"has {len(fields)} numbers, but {source} {self.width}"
        if len(fields) > self.width and not self.by_header:
            way_out += (
                " If these are words that end in a number, let a line above all others say how "
                f'many words and numbers there are, such as "{self.n_lines} {self.width}".'
            )
        count = "1 line is" if bad.n == 1 else f"{bad.n} lines are"
        return f"line {number} {what}; {count} bad in all. {way_out}"


class _Lines:
    """How many lines are of a kind, and the first of them with its number."""

    def __init__(self, n=0, first=None):
        self.n, self.first = n, first

    def add(self, number, line):
        """Count a line."""
        self.n += 1
        self.first = self.first or (number, line)

    def joined(self, other):
        """Give all lines of either kind."""
        first = min(filter(None, (self.first, other.first)), default=None)
        return _Lines(self.n + other.n, first)


def _is_number(field: bytes) -> bool:
    """Tell whether a field is a number as files write it; Python's may hold underscores."""
    try:
        return b"_" not in field and float(field) is not None
    except ValueError:
        return False
