"""Words as a tagger reads them: by their form, by their characters, by how they are written."""

import re

import numpy as np

from sklearn_rnn.data import Alphabet, CharacterTable, Sequences, Vocabulary
from sklearn_rnn.preprocessing import TokenEncoder

__all__ = ["WordReader", "kept_first", "word_form", "word_shape"]

_DIGIT = re.compile(r"\d")


def word_form(word: str) -> str:
    """Give the form by which a word is looked up: in lower case, every digit a 0."""
    return _DIGIT.sub("0", word.lower())


def word_shape(word: str) -> int:
    """Tell how a word is written.

    Returns
    -------
    int
        1 without a capital, 2 in capitals, 3 with a capital at the beginning, 4 with capitals
        elsewhere, 5 a number, 6 letters and digits, 7 anything else.
    """
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
        The forms (see ``word_form``) that ``fit`` saw, the most frequent first.
    alphabet : Alphabet
        The characters of the words that it saw.
    """

    def fit(self, tokens, kept=None, further=()) -> Sequences:
        """Learn from lists of tokens (of those at ``kept``, None: all), and give them as ids.

        ``further`` are forms that are known beside those of the tokens.
        """
        tokens = list(tokens)
        order = range(len(tokens)) if kept is None else kept_first(kept, len(tokens))
        encoder = TokenEncoder(lowercase=False)
        learned = tokens if kept is None else [tokens[i] for i in kept]
        sequences = encoder.fit_transform(learned)
        counts = {}
        for word, count in zip(
            sequences.categories[0], np.bincount(sequences.codes[:, 0]).tolist(), strict=True
        ):
            form = word_form(word)
            counts[form] = counts.get(form, 0) + count
        forms = sorted(counts, key=lambda form: (-counts[form], form))
        forms += [form for form in further if form not in counts]
        self.vocabulary = Vocabulary(forms)
        self.alphabet = Alphabet.learn(sequences.categories[0])
        self.encoder = encoder
        return self.transform([tokens[i] for i in order])[np.argsort(order)]

    def learn_characters(self, words) -> "WordReader":
        """Learn the alphabet of words whose forms are numbered already."""
        self.alphabet = Alphabet.learn(words)
        return self

    def transform(self, tokens) -> Sequences:
        """Give lists of tokens as ids of their forms; ``codes`` tell the distinct words."""
        sequences = self.encoder.transform(tokens)
        words = sequences.categories[0]
        ids = np.array(self.vocabulary.encode(map(word_form, words)), dtype=np.int32)
        return sequences.with_values(ids[sequences.codes[:, 0]], self.vocabulary)

    def characters(self, words) -> CharacterTable:
        """Give the characters of words."""
        return CharacterTable.of(words, self.alphabet)

    @staticmethod
    def shapes(words) -> np.ndarray:
        """Give how words are written: ``(n,)``."""
        return np.fromiter(map(word_shape, words), dtype=np.int32, count=len(words))
