"""Words as sequences of characters."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

import numpy as np

__all__ = ["Alphabet", "CharacterTable"]

_PADDING, _UNKNOWN, _BEGIN, _END = range(4)
# So many characters at each end of a word are read; what is between them tells little.
_EACH_END = 14


class Alphabet:
    """The characters that a network knows: 0 is padding, 1 an unknown one, 2 and 3 are word ends.

    Parameters
    ----------
    characters : iterable of str
        The known characters in the order of their ids, which begin at 4.

    Examples
    --------
    >>> from sklearn_rnn.data import Alphabet
    >>> alphabet = Alphabet.learn(["cat", "act", "bat"])
    >>> alphabet.encode("cab")
    [2, 5, 4, 1, 3]
    """

    def __init__(self, characters: Iterable[str]):
        self.characters = tuple(characters)
        self._ids = {character: i for i, character in enumerate(self.characters, start=_END + 1)}

    @classmethod
    def learn(cls, words: Iterable[str], min_count: int = 2) -> "Alphabet":
        """Know the characters that occur ``min_count`` times in all, in alphabetical order.

        The others train what an unknown character means.
        """
        counts = Counter(chain.from_iterable(words))
        return cls(sorted(c for c, count in counts.items() if count >= min_count))

    def __len__(self) -> int:
        return len(self.characters) + _END + 1

    def __eq__(self, other) -> bool:
        return isinstance(other, Alphabet) and self.characters == other.characters

    def __hash__(self) -> int:
        return hash(self.characters)

    def encode(self, word: str) -> list[int]:
        """Give the ids of the characters of a word, its ends marked."""
        get = self._ids.get
        return [_BEGIN, *(get(character, _UNKNOWN) for character in _ends(word)), _END]

    def look_up(self, text: str) -> np.ndarray:
        """Give the id of each character of a text ``(n_characters,)``, int64."""
        known = np.array(sorted(map(ord, self.characters)), dtype=np.uint32)
        ids = np.array([self._ids[chr(point)] for point in known] + [_UNKNOWN], dtype=np.int64)
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        places = np.searchsorted(known, points)
        is_known = np.append(known, 0)[places] == points
        return ids[np.where(is_known, places, len(known))]


class CharacterTable(NamedTuple):
    """The characters of words: those of word ``i`` are ``ids[offsets[i]:offsets[i + 1]]``.

    ``ids`` is (n_characters,), int64, and ``offsets`` is (n_words + 1,).
    """

    ids: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, words: Iterable[str], alphabet: Alphabet) -> "CharacterTable":
        """Look the characters of each word up, those of all words at once."""
        read = list(map(_ends, words))
        sizes = np.fromiter(map(len, read), dtype=np.int64, count=len(read)) + 2
        offsets = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        ids = np.empty(offsets[-1], dtype=np.int64)
        inner = np.ones(len(ids), dtype=bool)
        for places, mark in ((offsets[:-1], _BEGIN), (offsets[1:] - 1, _END)):
            ids[places], inner[places] = mark, False
        ids[inner] = alphabet.look_up("".join(read))
        return cls(ids=ids, offsets=offsets)


def _ends(word):
    """Give what is read of a word."""
    return word if len(word) <= 2 * _EACH_END else word[:_EACH_END] + word[-_EACH_END:]
