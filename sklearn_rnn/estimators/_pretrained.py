"""Word vectors that somebody else has trained."""

from typing import NamedTuple

import numpy as np

__all__ = ["PretrainedRows", "WordVectors", "read_table", "read_vectors"]


class WordVectors(NamedTuple):
    """Vectors ``(n, dim)``, float32, and the row of each word."""

    rows: dict
    vectors: np.ndarray

    @property
    def dim(self) -> int:
        return self.vectors.shape[1]


class PretrainedRows(NamedTuple):
    """The ids ``(n,)`` of which there are vectors ``(n, dim)``, float32."""

    rows: np.ndarray
    vectors: np.ndarray


def read_vectors(embedding, form, *, keeps_case: bool = False) -> WordVectors:
    """Read a dict of vectors, the ``KeyedVectors`` of gensim or a fitted ``WordEmbedder``.

    Parameters
    ----------
    embedding : dict of str to array (dim,), KeyedVectors or WordEmbedder
    form : callable
        Gives the form by which a word is looked up. Where several words have one form, the vector
        of the word that is written so counts, else that of the first one.
    keeps_case : bool, default=False
        Whether words are looked up as they are written, too: tokens to come may have capitals
        where those that are known have none.

    Returns
    -------
    WordVectors
    """
    if hasattr(embedding, "words_"):
        rows = {word: i for i, word in enumerate(embedding.words_)}
        vectors = embedding.vectors_
    elif hasattr(embedding, "key_to_index"):
        rows, vectors = embedding.key_to_index, np.asarray(embedding.vectors)
    elif isinstance(embedding, dict):
        rows = {word: i for i, word in enumerate(embedding)}
        vectors = _stack(embedding)
    else:
        raise ValueError(
            f"embedding is {type(embedding).__name__}, which has no key_to_index and vectors as "
            "the KeyedVectors of gensim 4 have; give these, or a dict, {word: vector}."
        )
    if not len(vectors):
        raise ValueError("the embedding is empty; give a vector for at least one word.")
    with np.errstate(over="ignore"):  # what overflows is not finite
        vectors = vectors.astype(np.float32, copy=False)
    if not np.isfinite(vectors).all():
        i = int(np.argmin(np.isfinite(vectors).all(axis=1)))
        word = next(word for word, row in rows.items() if row == i)
        raise ValueError(f"the embedding of {word!r} is not finite.")
    by_form = {}
    for word, row in rows.items():
        by_form.setdefault(form(word), row)
    by_form |= {word: row for word, row in rows.items() if keeps_case or form(word) == word}
    return WordVectors(by_form, vectors)


def read_table(embedding: np.ndarray) -> np.ndarray:
    """Check a table with a row for each id ``(n, dim)``, and give it as float32."""
    if embedding.ndim != 2 or len(embedding) < 3 or embedding.dtype.kind not in "iuf":
        raise ValueError(
            f"embedding is {embedding.dtype} of shape {embedding.shape}, but an array of numbers "
            "needs a row for each id, of padding (0) and an unknown token (1) among them."
        )
    with np.errstate(over="ignore"):
        table = embedding.astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(table).all(axis=1))
    if len(bad):
        raise ValueError(f"row {bad[0]} of embedding is not finite.")
    return table


def _stack(embedding):
    arrays = {word: np.asarray(vector) for word, vector in embedding.items()}
    first = next(iter(arrays), None)
    for word, vector in arrays.items():
        if not isinstance(word, str) or vector.ndim != 1 or vector.dtype.kind not in "iuf":
            raise ValueError(
                f"the embedding of {word!r:.40} is {vector!r:.40}, but each word (a str) needs a "
                "one-dimensional array of numbers."
            )
        if len(vector) != len(arrays[first]):
            raise ValueError(
                f"the embedding of {word!r} has {len(vector)} numbers, but that of {first!r} has "
                f"{len(arrays[first])}; all need the same."
            )
    return np.array(list(arrays.values()))
