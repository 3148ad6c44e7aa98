"""Words, their vectors, and what is asked of them."""

from typing import NamedTuple

import numpy as np

__all__ = ["Ngrams", "WordVectors", "nearest_rows"]


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
