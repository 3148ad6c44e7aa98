"""Subwords by byte pair encoding, as a function that ``TokenEncoder`` takes.

Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", 2016. A
token that begins a word begins with a mark, so that tokens side by side are the text again.
"""

import re
from collections import Counter, defaultdict
from itertools import pairwise

__all__ = ["BytePairs"]

_MARK = "\N{LOWER ONE EIGHTH BLOCK}"
_PIECE = re.compile(r"\s*(?:\w+|[^\w\s])")


class BytePairs:
    """Splits texts into the subwords that the pairs most frequent in training were merged to.

    Parameters
    ----------
    texts : list of str
        What merges are learned from.
    n_merges : int
    """

    def __init__(self, texts, n_merges):
        words = Counter(piece for text in texts for piece in _pieces(text))
        self.ranks = {pair: i for i, pair in enumerate(_learn(words, n_merges))}
        self._known = {}

    def __call__(self, text):
        return [token for piece in _pieces(text) for token in self._split(piece)]

    @staticmethod
    def join(tokens):
        """The text that tokens come from."""
        return "".join(tokens).replace(_MARK, " ").strip()

    def _split(self, piece):
        if piece not in self._known:
            parts = list(piece)
            while len(parts) > 1:
                best = min(pairwise(parts), key=self._rank)
                if best not in self.ranks:
                    break
                parts = _merge(parts, best)
            self._known[piece] = parts
        return self._known[piece]

    def _rank(self, pair):
        return self.ranks.get(pair, len(self.ranks))


def _pieces(text):
    """Words and signs, a mark before those that a space stands before."""
    for found in _PIECE.findall(f" {text}"):
        piece = found.lstrip()
        yield piece if piece == found else _MARK + piece


def _merge(parts, pair):
    merged, i = [], 0
    while i < len(parts):
        if i + 1 < len(parts) and (parts[i], parts[i + 1]) == pair:
            merged.append(parts[i] + parts[i + 1])
            i += 2
        else:
            merged.append(parts[i])
            i += 1
    return merged


def _learn(words, n_merges):
    """Merge the most frequent pair, again and again; only words that hold it are looked at."""
    split, counts = {word: list(word) for word in words}, Counter()
    holders = defaultdict(dict)  # words in the order of the texts
    for word, parts in split.items():
        for pair in pairwise(parts):
            counts[pair] += words[word]
            holders[pair][word] = True
    for _ in range(n_merges):
        best, count = counts.most_common(1)[0]
        if count < 2:
            break
        yield best
        for word in list(holders.pop(best)):
            before = split[word]
            after = split[word] = _merge(before, best)
            for pair in pairwise(before):
                counts[pair] -= words[word]
            for pair in pairwise(after):
                counts[pair] += words[word]
                holders[pair][word] = True
        del counts[best]
