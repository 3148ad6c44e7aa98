"""Words, their vectors, and what is asked of them."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

__all__ = ["Ngrams", "WordVectors", "gensim_seed", "mean_vectors", "nearest_rows"]


class Ngrams(NamedTuple):
    """Vectors of character n-grams ``(bucket, dim)`` of ``shortest`` to ``longest`` characters."""

    shortest: int
    longest: int
    vectors: np.ndarray


class WordVectors(NamedTuple):
    """Words, each once, and their vectors ``(n, dim)``, float32."""

    words: tuple[str, ...]
    vectors: np.ndarray
    ngrams: Ngrams | None = None


def nearest_rows(query: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort rows by the cosine to a query, the nearest first.

    Returns
    -------
    rows : ndarray of shape (n,)
    cosines : ndarray of shape (n,)
        In the order of the rows; that of a vector of zeros is 0.
    """
    norms = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    cosines = vectors @ query / np.where(norms > 0, norms, 1)
    rows = np.argsort(-cosines, kind="stable")
    return rows, cosines[rows]


def mean_vectors(vectors, codes, offsets):
    """Give the mean vector of each text; sums are of float64, so that order does not matter."""
    lengths = np.diff(offsets)
    counts = csr_array((np.ones(len(codes)), codes, offsets), shape=(len(lengths), len(vectors)))
    sums = counts @ vectors.astype(np.float64)
    return (sums / np.maximum(lengths, 1)[:, None]).astype(np.float32)


def gensim_seed(random_state):
    """Give gensim's seed; without one numpy's global generator stays as it is."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(np.iinfo(np.int32).max))
    return int(random_state)
