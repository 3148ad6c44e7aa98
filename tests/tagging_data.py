"""Small tagged sequences of every form that a tagger reads."""

import numpy as np

from sklearn_rnn.data import convert_labels

__all__ = ["FORMS", "SCHEMES", "labels", "nested", "sequences", "span_labels"]

FORMS = ("words", "features", "numbers", "ids")
SCHEMES = ("IOB1", "IOB2", "BIOES")
WORDS = ("The", "the", "cat", "Rome", "in", "3rd", "sleeps", "saw", ".", "McKay", "42", "it")
PARTS = ("DET", "DET", "NOUN", "PROPN", "ADP", "ADJ")
PARTS += ("VERB", "VERB", "PUNCT", "PROPN", "NUM", "PRON")


def picks(n, seed, longest=6):
    """The numbers of the words of n sentences, of 1 to 6 words."""
    rng = np.random.default_rng(seed)
    return [rng.integers(len(WORDS), size=size) for size in rng.integers(1, longest + 1, size=n)]


def sequences(form, n=24, seed=0, longest=6):
    """X in one of ``FORMS``."""
    write = {"words": words, "features": features, "numbers": numbers, "ids": ids}[form]
    return [write(row) for row in picks(n, seed, longest)]


def words(row):
    return [WORDS[i] for i in row]


def features(row):
    return [
        {"word": WORDS[i].lower(), "title": WORDS[i].istitle(), "length": len(WORDS[i])}
        | ({"ends": [WORDS[i][-1:], WORDS[i][-2:]]} if i % 2 else {})
        for i in row
    ]


def numbers(row):
    return np.array([[np.sin(i), np.cos(2 * i), i / 6] for i in row])


def ids(row):
    return row + 2


def labels(n=24, seed=0, longest=6):
    """The part of speech of each word."""
    return [[PARTS[i] for i in row] for row in picks(n, seed, longest)]


def span_labels(scheme, n=24, seed=0, longest=6, types=("X", "Y")):
    """Random spans over the same sentences, many side by side."""
    rng = np.random.default_rng(seed)
    written = []
    for row in picks(n, seed, longest):
        tags = []
        while len(tags) < len(row):
            size = int(rng.integers(1, 1 + min(3, len(row) - len(tags))))
            kind = types[rng.integers(len(types))]
            inner = [f"I-{kind}"] * (size - 2)
            span = [f"S-{kind}"] if size == 1 else [f"B-{kind}", *inner, f"E-{kind}"]
            tags += ["O"] * size if rng.random() < 0.3 else span
        written.append(tags)
    return convert_labels(written, "BIOES", scheme)


def nested(rows):
    """Lists as an object array ``(n,)``, as the tagger gives them."""
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array
