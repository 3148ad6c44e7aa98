"""How a text becomes tokens."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from sklearn_rnn.data import check_tokens

__all__ = [
    "ANALYZERS",
    "WORD_PATTERN",
    "analyze",
    "analyze_words",
    "choose_analyzer",
    "find_offsets",
]


def _marks(*code_points: range) -> str:
    """Give a class of the combining marks among the code points, which ``\\w`` leaves out."""
    characters = (chr(i) for block in code_points for i in block)
    return f"[{''.join(c for c in characters if unicodedata.category(c).startswith('M'))}]"


# The class of the rare marks beyond 16 bits is slow: it is tried on such characters alone.
_RARE_MARK = (
    rf"(?=[\U00010000-\U000e01ef]){_marks(range(0x10000, 0x20000), range(0xE0100, 0xE01F0))}"
)
_MARK = rf"(?:{_marks(range(0x300, 0x10000))}|{_RARE_MARK})"
_WORD = rf"\w+(?:{_MARK}\w*)*"
# A word keeps its marks and its inner apostrophes ("don't"), a clitic its leading one ("'s");
# every other visible sign, with its marks, is a token of its own.
WORD_PATTERN = rf"{_WORD}(?:['’]{_WORD})*|['’]{_WORD}|[^\w\s]{_MARK}*"

analyze_words: Callable[[str], list[str]] = re.compile(WORD_PATTERN).findall

ANALYZERS: dict[str, Callable[[str], list[str]]] = {"word": analyze_words, "char": list}


def analyze(texts: Iterable[str], analyzer: str | Callable) -> Iterator[list[str]]:
    """Split one text after the other; what a callable gives is checked."""
    if not callable(analyzer):
        yield from map(ANALYZERS[analyzer], texts)
        return
    for i, text in enumerate(texts):
        yield from check_tokens([analyzer(text)], start=i)


def choose_analyzer(texts: list[str]) -> str:
    """Choose "char" where most texts are a single word (names, product codes), else "word"."""
    words = [len(text.split()) for text in texts]
    return "char" if words.count(1) > sum(count > 1 for count in words) else "word"


def find_offsets(text: str, tokens: list[str]) -> list[tuple[int, int]]:
    """Find where each token begins and ends in its text.

    Raises
    ------
    ValueError
        If a token does not stand in the text after the token before it.
    """
    offsets, position = [], 0
    for token in tokens:
        start = text.find(token, position)
        if start < 0:
            raise ValueError(
                f"token {token!r} does not stand in the text from character {position} on: "
                f"{text[position : position + 40]!r}; offsets need an analyzer whose tokens are "
                "pieces of the text."
            )
        position = start + len(token)
        offsets.append((start, position))
    return offsets
