"""Texts, or lists of tokens, in a file."""

import json
from collections.abc import Iterator
from numbers import Integral

import numpy as np

from sklearn_rnn.data._mapped import MappedWriter

__all__ = ["StoredTexts", "TextWriter"]

_AT_ONCE = 1 << 12  # texts that are read, or written, in one go


class StoredTexts:
    """n texts, or n lists of tokens, that are read from a file one after the other.

    Looks like a list of them; indexed by an array it gives others.

    Parameters
    ----------
    letters : ndarray of shape (n_bytes,), uint8
        UTF-8, that of one after the other; lists of tokens are written as JSON.
    ends : ndarray of shape (n + 1,), int64
        Where each ends, after a 0.
    are_tokens : bool
        Whether they are lists of tokens.
    rows : ndarray of int, or None, default=None
        Which of them there are; None means all.
    """

    def __init__(self, letters, ends, *, are_tokens: bool, rows=None):
        self._letters, self._ends, self._are_tokens = letters, ends, are_tokens
        self._rows = rows

    def __len__(self) -> int:
        return len(self._ends) - 1 if self._rows is None else len(self._rows)

    def __iter__(self) -> Iterator[str | list[str]]:
        for i in range(len(self)):
            yield self[i]

    def __getitem__(self, key):
        if not isinstance(key, Integral):
            rows = np.arange(len(self)) if self._rows is None else self._rows
            return StoredTexts(
                self._letters, self._ends, are_tokens=self._are_tokens, rows=rows[key]
            )
        if not -len(self) <= key < len(self):
            raise IndexError(f"index {key} is out of range for {len(self)} texts")
        row = range(len(self))[key] if self._rows is None else self._rows[key]
        written = self._letters[self._ends[row] : self._ends[row + 1]].tobytes()
        if self._are_tokens:
            return json.loads(written)
        return written.decode("utf-8", "surrogatepass")

    def __repr__(self):
        return f"StoredTexts: {len(self)} {'lists of tokens' if self._are_tokens else 'texts'}"


class TextWriter:
    """Writes texts, or lists of tokens, to a file without a name."""

    def __init__(self, *, are_tokens: bool):
        self._are_tokens = are_tokens
        self._letters, self._ends = MappedWriter(), [np.zeros(1, dtype=np.int64)]
        self._letters.add(np.empty(0, dtype=np.uint8))

    def add(self, texts: list) -> None:
        """Write more of them."""
        for begin in range(0, len(texts), _AT_ONCE):
            written = [self._write(text) for text in texts[begin : begin + _AT_ONCE]]
            self._letters.add(np.frombuffer(b"".join(written), dtype=np.uint8))
            self._ends.append(np.cumsum([len(part) for part in written]) + self._ends[-1][-1])

    def texts(self) -> StoredTexts:
        """Give all of them."""
        ends = np.concatenate(self._ends)
        return StoredTexts(self._letters.array(), ends, are_tokens=self._are_tokens)

    def close(self) -> None:
        """Close the file to further ones."""
        self._letters.close()

    def _write(self, text):
        if self._are_tokens:
            return json.dumps(list(text)).encode()
        return text.encode("utf-8", "surrogatepass")
