"""Words as a tagger reads them: by their form, by their characters, by how they are written."""

import re
import unicodedata

import numpy as np

from sklearn_rnn.data import (
    Alphabet,
    CharacterTable,
    NumberedTokens,
    Sequences,
    Vocabulary,
    number_tokens,
    rows_of_table,
)

__all__ = ["WordReader", "kept_first", "word_form", "word_shape"]

_DIGIT = re.compile(r"\d")


def word_form(word: str) -> str:
    """Give the form by which a word is looked up: in lower case, every digit a 0."""
    form = word.lower()
    return form if form.isalpha() else _DIGIT.sub("0", form)


def word_shape(word: str) -> int:
    """Tell how a word is written.

    Returns
    -------
    int
        1 without a capital, 2 in capitals, 3 with a capital at the beginning, 4 with capitals
        elsewhere, 5 a number, 6 letters and digits, 7 anything else.
    """
    if word.isalpha():  # most words are told by their first letter and the others
        if word.islower():
            return 1
        if word[0].isupper() and word[1:].islower():
            return 3
    if not any(map(str.isalnum, word)):
        return 7
    if any(map(str.isdigit, word)):
        return 6 if any(map(str.isalpha, word)) else 5
    if not any(map(str.isupper, word)):
        return 1
    if word.isupper() and len(word) > 1:
        return 2
    return 3 if word[:1].isupper() and not any(map(str.isupper, word[1:])) else 4


def kept_first(kept, n: int) -> np.ndarray:
    """Give the numbers below ``n``, those of ``kept`` in front.

    In this order what is read first, and numbered first, is alike whether the others are there.
    """
    return np.concatenate([kept, np.setdiff1d(np.arange(n), kept)])


class WordReader:
    """Number the forms of words, and tell what distinct words are made of.

    Attributes
    ----------
    vocabulary : Vocabulary
        The forms that ``fit`` saw, the most frequent first.
    alphabet : Alphabet
        The characters of the words that it saw.
    as_written : bool
        Whether the form of a word is the word as it is written, and not its ``word_form``: where
        all words are single characters, they are letters, whose case matters.
    """

    as_written = False

    def fit(self, tokens, kept=None) -> "WordReader":
        """Learn from lists of tokens (of those at ``kept``, None: all)."""
        learned = _number(tokens, kept)
        self.as_written = all(len(word) == 1 for word in learned.distinct)
        counts = {}
        occurrences = learned.counts().tolist()
        for word, count in zip(learned.distinct, occurrences, strict=True):
            form = self.form(word)
            counts[form] = counts.get(form, 0) + count
        self.vocabulary = Vocabulary(sorted(counts, key=lambda form: (-counts[form], form)))
        return self.learn_characters(learned.distinct)

    def learn_characters(self, words) -> "WordReader":
        """Learn the alphabet of words whose forms are numbered already."""
        self.alphabet = Alphabet.learn(words)
        return self

    def form(self, word: str) -> str:
        """Give the form by which a word is looked up, whichever way its accents are written."""
        word = _compose(word)
        return word if self.as_written else word_form(word)

    def know(self, forms) -> None:
        """Know further forms beside those of ``fit``."""
        known = self.vocabulary.tokens[2:]
        further = [form for form in forms if form not in self.vocabulary]
        self.vocabulary = Vocabulary([*known, *further])

    def transform(self, tokens, first=None) -> Sequences:
        """Give lists of tokens as ids of their forms; ``codes`` tell the distinct words.

        Words are numbered as they come, those of the lists at ``first`` before all others.
        """
        order = None if first is None else kept_first(first, len(tokens))
        numbered = _number(tokens, order)
        ids = np.array(self.vocabulary.encode(map(self.form, numbered.distinct)), dtype=np.int32)
        sequences = Sequences(
            values=rows_of_table(ids, numbered.codes),
            offsets=numbered.offsets,
            vocabulary=self.vocabulary,
            codes=numbered.codes[:, None],
            categories=(numbered.distinct,),
        )
        return sequences if first is None else sequences[np.argsort(order)]

    def characters(self, words) -> CharacterTable:
        """Give the characters of words."""
        return CharacterTable.of(words, self.alphabet)

    @staticmethod
    def shapes(words) -> np.ndarray:
        """Give how words are written: ``(n,)``."""
        return np.fromiter(map(word_shape, words), dtype=np.int32, count=len(words))


def _number(tokens, rows=None) -> NumberedTokens:
    """Number the words of lists, an accent being the same however it is written.

    ``rows`` are the lists that are read, in this order; None means all.
    """
    lists = tokens if rows is None else (tokens[i] for i in rows)
    numbered = number_tokens(lists, source=tokens)
    composed = number_tokens([map(_compose, numbered.distinct)])
    codes = rows_of_table(composed.codes, numbered.codes)
    return composed._replace(lengths=numbered.lengths, codes=codes)


def _compose(word):
    """Bring a word into Unicode's normal form C."""
    return str(word) if word.isascii() else unicodedata.normalize("NFC", word)
