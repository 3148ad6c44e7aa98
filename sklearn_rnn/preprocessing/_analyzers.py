"""How a text becomes tokens."""

import re
from collections.abc import Callable, Iterable

from sklearn_rnn.data import check_tokens

__all__ = ["ANALYZERS", "analyze", "analyze_words", "choose_analyzer", "find_offsets"]

# A word keeps its inner apostrophes ("don't"), a clitic its leading one ("'s"); every other
# visible sign is a token of its own.
_WORD = re.compile(r"\w+(?:['’]\w+)*|['’]\w+|[^\w\s]")

analyze_words: Callable[[str], list[str]] = _WORD.findall

ANALYZERS: dict[str, Callable[[str], list[str]]] = {"word": analyze_words, "char": list}


def analyze(texts: Iterable[str], analyzer: str | Callable) -> list[list[str]]:
    """Split each text; what a callable gives is checked."""
    if callable(analyzer):
        return check_tokens([analyzer(text) for text in texts])
    split = ANALYZERS[analyzer]
    return [split(text) for text in texts]


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
