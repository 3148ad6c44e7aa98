"""What the formats of tagged sentences share: text files, sentences of lines, checks of cells."""

import codecs
import gzip
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "TaggedSentences",
    "Token",
    "as_rows",
    "check_cell",
    "quote",
    "read_lines",
    "read_sentences",
    "tagged_rows",
    "write_text",
]


class Token(NamedTuple):
    """What one line says."""

    word: str
    label: str


class TaggedSentences(NamedTuple):
    """What one file says."""

    X: list[list[str]]
    y: list[list[str]]
    groups: np.ndarray  # (n,), int64: the document of each sentence, from 0


# Reading


def read_lines(path: str | os.PathLike) -> list[str]:
    """The lines of a UTF-8 file without their ends; only a line feed ends a line.

    A mark of the byte order is dropped, and so is the carriage return before a line feed.
    """
    name = os.fsdecode(path)
    data = _read_bytes(name)
    text = data.removeprefix(codecs.BOM_UTF8)
    try:
        lines = text.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        position = error.start + len(data) - len(text)
        line = data.count(b"\n", 0, position) + 1
        raise ValueError(
            f"{name}, line {line}: expected UTF-8, but byte {position} of the file is "
            f"0x{data[position]:02x} ({error.reason}); convert the file to UTF-8"
        ) from None
    return [line.removesuffix("\r") for line in lines]


def _read_bytes(name: str) -> bytes:
    """The whole file, unpacked if its name ends in `.gz`."""
    try:
        with (gzip.open if name.endswith(".gz") else open)(name, "rb") as file:
            return file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"{name}: expected a whole gzip file, but unpacking stopped ({error}); get the file "
            "again, or take .gz off its name if it is plain text"
        ) from None


def read_sentences(
    path: str | os.PathLike,
    read_line: Callable[[str, int], Token | None],
    starts_document: Callable[[str], bool],
) -> TaggedSentences:
    """Sentences that blank lines part.

    `read_line` takes a line and how many words its sentence has so far; it gives None for a line
    that is no word. A line that starts a document ends a sentence too, and is not read further.
    """
    name = os.fsdecode(path)
    X, y, documents, document = [], [], [], 0
    words, labels = [], []
    for number, line in enumerate([*read_lines(path), ""], start=1):
        starts = starts_document(line)
        if starts or not line.strip(" \t"):
            if words:
                X.append(words)
                y.append(labels)
                documents.append(document)
                words, labels = [], []
            document += starts
            continue
        try:
            token = read_line(line, len(words))
        except ValueError as error:
            raise ValueError(f"{name}, line {number}: {error}") from None
        if token is not None:
            # Equal strings are one object: less memory, and faster to look up later.
            words.append(sys.intern(token.word))
            labels.append(sys.intern(token.label))
    if not X:
        raise ValueError(f"{name}: expected at least one sentence, but found none; check the file")
    _, groups = np.unique(documents, return_inverse=True)
    return TaggedSentences(X=X, y=y, groups=groups.astype(np.int64))


# Writing


def write_text(path: str | os.PathLike, lines: Iterable[str]) -> None:
    """Lines as UTF-8, packed if the name ends in `.gz`; the same lines give the same bytes."""
    name = os.fsdecode(path)
    text = "".join(f"{line}\n" for line in lines)
    # A reader takes a first U+FEFF for the mark of the byte order: give it one to take.
    data = (codecs.BOM_UTF8 if text.startswith("\ufeff") else b"") + text.encode("utf-8")
    Path(name).write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)


def tagged_rows(X: Any, y: Any) -> Iterator[tuple[int, list[str], list[str]]]:
    """Each sentence's index, words and labels, once it is known that they belong together."""
    X, y = as_rows("X", X), as_rows("y", y)
    if len(X) != len(y):
        raise ValueError(
            f"X has {len(X)} sentences, but y has {len(y)}; give a list of labels for each sentence"
        )
    if not X:
        raise ValueError("expected at least one sentence, but X is empty")
    for i, (words, labels) in enumerate(zip(X, y, strict=True)):
        words, labels = as_rows(f"sentence {i} of X", words), as_rows(f"sentence {i} of y", labels)
        if len(words) != len(labels):
            raise ValueError(
                f"sentence {i} has {len(words)} words, but {len(labels)} labels; give one label "
                "for each word"
            )
        if not words:
            raise ValueError(f"sentence {i} is empty; leave it out of X and y")
        yield i, words, labels


def as_rows(name: str, values: Any) -> list:
    """A list of the values; a string or a mapping is not meant as one."""
    if isinstance(values, str | bytes | dict) or not isinstance(values, Iterable):
        raise TypeError(
            f"{name} must be a list, but is a {type(values).__name__}: {quote(values)}; X is a "
            "list of lists of words, and y one of lists of labels"
        )
    return list(values)


def check_cell(text: Any, what: str, i: int, separators: str) -> str:
    """A word or label of sentence i as it can be written, or an error that names both."""
    if not isinstance(text, str):
        raise TypeError(
            f"sentence {i}: expected a {what} that is a str, but got {quote(text)} "
            f"({type(text).__name__}); convert it with str()"
        )
    if not text:
        raise ValueError(f"sentence {i} has an empty {what}; leave it out, or write a sign for it")
    for sign in separators:
        if sign in text:
            raise ValueError(
                f"sentence {i}: the {what} {quote(text)} contains {sign!r}, which separates words, "
                "columns or lines in this format; replace it"
            )
    if not text.isascii():
        _check_encodable(text, what, i)
    return str(text)


def _check_encodable(text: str, what: str, i: int) -> None:
    """Raise unless the text can be written as UTF-8, which has no halves of characters."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"sentence {i}: the {what} {quote(text)} cannot be written as UTF-8 ({error.reason}); "
            "replace the lone surrogate"
        ) from None


def quote(value: Any) -> str:
    """What came, short enough for a message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
