"""Word vectors by gensim: training, and the files of fastText."""

from collections.abc import Iterable, Iterator

import numpy as np

from sklearn_rnn.data import character_ngrams
from sklearn_rnn.preprocessing._word_vectors import Ngrams, WordVectors

__all__ = ["hash_ngrams", "read_fasttext", "train_vectors"]

# gensim reads no further in longer sentences, nor does the word2vec of Google.
_LONGEST = 10_000

_MOST_BUCKETS = 2_000_000


def train_vectors(token_lists, *, ngram_sizes=None, bucket="auto", **settings) -> WordVectors:
    """Train word2vec, or fastText where ``ngram_sizes`` are given.

    Parameters
    ----------
    token_lists : list of lists of str
    ngram_sizes : pair of int or None, default=None
        The shortest and the longest character n-grams that fastText reads.
    bucket : int or "auto", default="auto"
        How many vectors of n-grams there are; "auto" is enough for those of all tokens.
    **settings
        Further parameters of gensim's ``Word2Vec``.

    Returns
    -------
    WordVectors
    """
    models = _import_models()
    sentences = list(_cut(token_lists))
    if ngram_sizes is None:
        trained = models.Word2Vec(sentences, **settings).wv
        return WordVectors(tuple(trained.index_to_key), trained.vectors)
    shortest, longest = ngram_sizes
    if bucket == "auto":
        bucket = _count_buckets(sentences, ngram_sizes)
    settings |= {"min_n": shortest, "max_n": longest, "bucket": bucket}
    return _with_ngrams(models.FastText(sentences, **settings).wv)


def read_fasttext(path, limit: int | None) -> WordVectors:
    """Read the binary format of fastText, which holds the vectors of n-grams as well."""
    found = _import_models().fasttext.load_facebook_vectors(str(path))
    words, vectors, ngrams = _with_ngrams(found)
    return WordVectors(words[:limit], vectors[:limit], ngrams)


def hash_ngrams(word: str, ngrams: Ngrams) -> list[int]:
    """Give the rows of the n-grams of a word, its ends marked, as fastText numbers them."""
    hashes = _import_models().fasttext.ft_ngram_hashes
    return hashes(word, ngrams.shortest, ngrams.longest, len(ngrams.vectors))


def _import_models():
    try:
        import gensim.models
    except ImportError as error:
        raise ImportError(
            'word vectors of this kind need gensim: pip install "sklearn-rnn[embeddings]"'
        ) from error
    return gensim.models


def _cut(token_lists: Iterable[list[str]]) -> Iterator[list[str]]:
    for tokens in token_lists:
        for start in range(0, len(tokens), _LONGEST):
            yield tokens[start : start + _LONGEST]


def _count_buckets(sentences, ngram_sizes):
    """Choose a power of two that holds all n-grams."""
    shortest, longest = ngram_sizes
    sizes = tuple(range(shortest, longest + 1))
    words = {word for sentence in sentences for word in sentence}
    n_grams = len({gram for word in words for gram in character_ngrams(word, sizes)})
    return min(_MOST_BUCKETS, 1 << max(n_grams - 1, 1).bit_length())


def _with_ngrams(trained) -> WordVectors:
    ngrams = Ngrams(trained.min_n, trained.max_n, np.asarray(trained.vectors_ngrams))
    return WordVectors(tuple(trained.index_to_key), np.asarray(trained.vectors), ngrams)
