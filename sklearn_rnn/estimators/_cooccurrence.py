"""Vectors of words by the company they keep."""

import numpy as np
from scipy.sparse import coo_array, csr_array
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from sklearn_rnn.data import UNKNOWN_ID, Sequences

__all__ = ["cooccurrence_vectors"]

# How far apart two words may stand. What a text is about needs more than the four or five words
# around, which tell grammar; beyond ten nothing is gained.
_WINDOW = 10
# What company a word keeps weighs the frequent ones less (Levy et al., section 3.1).
_SMOOTHING = 0.75
# Words more frequent than this lose weight in the sum over a text (Arora et al., section 3).
_FREQUENT = 1e-3
# Only so many tokens, from the first on, and so many words, the most frequent, are looked at.
_MOST_TOKENS = 2_000_000
_MOST_WORDS = 20_000


def cooccurrence_vectors(texts: Sequences, n_tokens: int, size: int) -> np.ndarray:
    """Give vectors that are alike for words that stand in the same texts.

    They factorise the positive pointwise mutual information of words (Levy, Goldberg and Dagan,
    "Improving Distributional Similarity with Lessons Learned from Word Embeddings", 2015), and are
    as long as a word is rare (Arora, Liang and Ma, "A Simple but Tough-to-Beat Baseline for
    Sentence Embeddings", 2017), so that their sum is what a text is about. This takes seconds
    where a network takes minutes, and tells more of little text.

    Parameters
    ----------
    texts : Sequences
        Ids below ``n_tokens``, 1 an unknown word.
    n_tokens : int
        How many ids there are.
    size : int
        Numbers of a vector, fewer than there are words.

    Returns
    -------
    ndarray of shape (n_tokens, size), float32
        Zeros for padding, for the unknown word, and for words that occur once.
    """
    counts = np.bincount(texts.values, minlength=n_tokens)
    known = _choose_words(counts)
    information = _mutual_information(_count_pairs(texts, n_tokens), known)
    vectors = np.zeros((n_tokens, size))
    if information.nnz:
        left, strength, _ = randomized_svd(information, n_components=size, n_iter=4, random_state=0)
        vectors += normalize(left * np.sqrt(strength))
    vectors[~known] = 0
    frequency = counts / max(1, counts.sum())
    vectors *= (_FREQUENT / (_FREQUENT + frequency))[:, None]
    return vectors.astype(np.float32)


def _choose_words(counts):
    """Tell which ids have company to tell them by."""
    known = counts > 1
    known[: UNKNOWN_ID + 1] = False
    rare_first = np.argsort(counts, kind="stable")
    known[rare_first[:-_MOST_WORDS]] = False
    return known


def _count_pairs(texts, n_tokens):
    """Count pairs of words, each as the inverse of how far apart it stands."""
    ids = texts.values[:_MOST_TOKENS].astype(np.int64)
    owners = np.repeat(np.arange(len(texts)), texts.lengths)[:_MOST_TOKENS]
    pairs = csr_array((n_tokens, n_tokens), dtype=np.float64)
    for distance in range(1, min(_WINDOW, len(ids) - 1) + 1):
        together = owners[:-distance] == owners[distance:]
        places = ids[:-distance][together], ids[distance:][together]
        weights = np.full(len(places[0]), 1 / distance)
        pairs = pairs + coo_array((weights, places), shape=pairs.shape).tocsr()
    return pairs + pairs.T


def _mutual_information(pairs, known):
    """Give the positive pointwise mutual information of known words."""
    totals = pairs.sum(axis=1)
    contexts = pairs.sum(axis=0) ** _SMOOTHING
    contexts = contexts / max(contexts.sum(), 1e-300)
    pairs = pairs.tocoo()
    rows, columns = pairs.coords
    kept = known[rows]
    rows, columns = rows[kept], columns[kept]
    information = np.log(pairs.data[kept] / (totals[rows] * contexts[columns]))
    positive = information > 0
    places = rows[positive], columns[positive]
    return coo_array((information[positive], places), shape=pairs.shape).tocsr()
