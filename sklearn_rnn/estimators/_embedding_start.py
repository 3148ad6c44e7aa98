"""The vectors from which the embedding of a network starts."""

import unicodedata
from itertools import pairwise

import numpy as np
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import HasMethods
from sklearn_rnn.data import (
    UNKNOWN_ID,
    InputKind,
    Sequences,
    Vocabulary,
    input_kind,
    rows_of_table,
)
from sklearn_rnn.estimators._inputs import read_input
from sklearn_rnn.estimators._pretrained import PretrainedRows, read_table, read_vectors
from sklearn_rnn.preprocessing import TokenEncoder, WordEmbedder
from sklearn_rnn.training import fit_seed

__all__ = [
    "EMBEDDING_CONSTRAINTS",
    "EmbeddingStartMixin",
    "check_dim",
    "find_rows",
    "fit_embedder",
    "is_embedder",
    "know_words",
    "lowers_words",
    "read_id_table",
]

EMBEDDING_CONSTRAINTS = {
    "embedding": [
        dict,
        np.ndarray,
        WordEmbedder,
        FrozenEstimator,
        HasMethods(["get_vector"]),
        None,
    ],
    "freeze_embedding": ["boolean"],
}


class EmbeddingStartMixin:
    """Gives estimators the parameters ``embedding`` and ``freeze_embedding``; not public."""

    _vectors, _is_frozen = None, False

    @property
    def _vector_dim(self):
        return None if self._vectors is None else self._vectors.vectors.shape[1]

    def _read(self, X, *, reset, kept=None):
        if not reset:
            return read_input(self, X, reset=False)
        self._vectors, self._is_frozen = None, self.embedding is not None and self.freeze_embedding
        if self.embedding is None:
            return read_input(self, X, reset=True, kept=kept)
        of_ids = isinstance(self.embedding, np.ndarray)
        _check_form(X, of_ids)
        sequences = read_input(self, X, reset=True, kept=kept)
        if of_ids:
            self._vectors = read_id_table(self, sequences)
            return sequences
        return know_words(self, sequences, kept)

    def _start_embedding(self, embedding):
        """Begin the ``TokenEmbedding`` of a new network, which has the vectors from then on."""
        vectors, self._vectors = self._vectors, None
        if vectors is not None:
            embedding.start_from(*map(torch.from_numpy, vectors), freeze=False)
        if self._is_frozen:
            embedding.weight.requires_grad_(False)


def is_embedder(embedding) -> bool:
    """Tell whether it is a ``WordEmbedder``, frozen by scikit-learn or not."""
    if isinstance(embedding, FrozenEstimator):
        if not isinstance(embedding.estimator, WordEmbedder):
            raise ValueError(
                f"embedding is a FrozenEstimator of {type(embedding.estimator).__name__}, but it "
                "needs a WordEmbedder."
            )
        return True
    return isinstance(embedding, WordEmbedder)


def fit_embedder(embedding, token_lists, random_state) -> WordEmbedder:
    """Give the embedder as it is, if it is fitted, else a clone that is fitted on tokens.

    Without a ``random_state`` of its own the clone takes that of the estimator.
    """
    if isinstance(embedding, FrozenEstimator):
        check_is_fitted(embedding.estimator)
        return embedding.estimator
    if embedding.__sklearn_is_fitted__():
        return embedding
    embedder = clone(embedding)
    if embedder.random_state is None:
        embedder.set_params(random_state=fit_seed(random_state))
    return embedder.fit(token_lists)


def read_id_table(estimator, sequences) -> PretrainedRows:
    """Check an array with a vector for each id, against the ids of the sequences."""
    table = read_table(estimator.embedding)
    n_tokens = estimator.n_tokens
    if sequences.vocabulary is not None:
        n_tokens = len(sequences.vocabulary)
    if not estimator._is_ids:
        raise ValueError("embedding holds vectors of ids, but X holds none; leave it at None.")
    dims = "auto", table.shape[1]
    if n_tokens not in (None, len(table)) or estimator.embedding_dim not in dims:
        raise ValueError(
            f"embedding has the shape {table.shape}, but there are n_tokens={n_tokens} ids and "
            f"embedding_dim={estimator.embedding_dim}; it needs a row for each id."
        )
    return PretrainedRows(np.arange(1, len(table)), table[1:])


def check_dim(estimator, found):
    """Refuse an ``embedding_dim`` that is not the width of the vectors."""
    if estimator.embedding_dim not in ("auto", found.dim):
        raise ValueError(
            f"embedding_dim={estimator.embedding_dim}, but the vectors of embedding have "
            f'{found.dim} numbers; leave embedding_dim at "auto".'
        )


def find_rows(embedding, found, vocabulary) -> PretrainedRows:
    """Give the vectors of the tokens of a vocabulary.

    Tokens that have none start anew, or, if ``embedding`` is a ``WordEmbedder``, as its ``oov``
    says; so does the unknown token then (for "subword" with zeros).
    """
    numbered = enumerate(vocabulary.tokens)
    pairs = [(i, found.rows[t]) for i, t in numbered if i > UNKNOWN_ID and t in found.rows]
    ids, rows = np.array(pairs, dtype=np.int64).T
    if not isinstance(embedding, WordEmbedder):
        return PretrainedRows(ids, found.vectors[rows])
    vectors = np.zeros((len(vocabulary), found.dim), dtype=np.float32)
    vectors[UNKNOWN_ID + 1 :] = embedding.get_vectors(vocabulary.tokens[UNKNOWN_ID + 1 :])
    vectors[ids] = found.vectors[rows]
    if embedding.oov == "mean":
        vectors[UNKNOWN_ID] = embedding.vectors_.mean(axis=0)
    return PretrainedRows(np.arange(UNKNOWN_ID, len(vectors)), vectors[UNKNOWN_ID:])


def _check_form(X, of_ids):
    """Refuse vectors of words for ids, and the other way round."""
    if input_kind(X) in (InputKind.TEXT, InputKind.TOKENS):
        fits, form, way_out = not of_ids, "texts or tokens", "give a dict, {word: vector}"
    elif getattr(X, "vocabulary", None) is not None:
        return
    else:
        fits, form, way_out = of_ids, "numbers or ids", "leave embedding at None"
    if not fits:
        raise ValueError(
            f"embedding holds vectors of {'ids' if of_ids else 'words'}, but X holds {form}; "
            f"{way_out}."
        )


def know_words(estimator, sequences, kept) -> Sequences:
    """Look up the words of encoded X, and let the encoder know those that only the vectors know."""
    embedding, vocabulary = estimator.embedding, sequences.vocabulary
    encoder = getattr(estimator, "encoder_", None)
    keeps_case = isinstance(encoder, TokenEncoder) and not encoder.lowercase
    if is_embedder(embedding):
        if keeps_case:
            _check_keeps_case(embedding)
        tokens = _token_lists(sequences, kept)
        embedding = fit_embedder(embedding, tokens, estimator.random_state)
    found = read_vectors(embedding, _form_like(vocabulary), keeps_case=keeps_case)
    check_dim(estimator, found)
    if not any(token in found.rows for token in vocabulary.tokens[2:]):
        raise ValueError(
            f"embedding has no vector for any of the {len(vocabulary) - 2} tokens of X, such as "
            f"{vocabulary.tokens[2]!r:.40}; its words are such as {next(iter(found.rows))!r:.40}."
        )
    sequences = _extend(estimator, sequences, found.rows)
    n_tokens, wanted = len(sequences.vocabulary), getattr(estimator, "n_tokens", None)
    if wanted not in (None, n_tokens):
        raise ValueError(
            f"n_tokens={wanted}, but X and the vectors of embedding have {n_tokens} "
            "tokens; leave n_tokens at None."
        )
    estimator._vectors = find_rows(embedding, found, sequences.vocabulary)
    return sequences


def _token_lists(sequences, kept):
    """Give the tokens of the sequences (of those at ``kept``, None: all)."""
    if kept is not None:
        sequences = sequences[kept]
    if sequences.categories is None:
        return [sequences.vocabulary.decode(ids.tolist()) for ids in sequences]
    words = np.array(sequences.categories[0], dtype=object)[sequences.codes[:, 0]].tolist()
    bounds = sequences.offsets.tolist()
    return [words[start:end] for start, end in pairwise(bounds)]


def _extend(estimator, sequences, forms):
    """Let a TokenEncoder know further tokens; any other vocabulary stays as it is."""
    encoder = getattr(estimator, "encoder_", None)
    if not isinstance(encoder, TokenEncoder) or sequences.categories is None:
        return sequences
    old = sequences.vocabulary
    further = [form for form in forms if form not in old]
    if not further:
        return sequences
    padding, unknown, *tokens = old.tokens
    vocabulary = Vocabulary([*tokens, *further], padding=padding, unknown=unknown)
    encoder.vocabulary_ = estimator._vocabulary = vocabulary
    ids = np.array(vocabulary.encode(sequences.categories[0]), dtype=sequences.values.dtype)
    return sequences.with_values(rows_of_table(ids, sequences.codes[:, 0]), vocabulary)


def lowers_words(embedding) -> bool:
    """Tell whether it is a ``WordEmbedder`` that lower-cases words."""
    return is_embedder(embedding) and getattr(embedding, "estimator", embedding).lowercase


def _check_keeps_case(embedding):
    """Refuse an embedder that lower-cases words beside an encoder that does not."""
    if lowers_words(embedding):
        raise ValueError(
            "encoder has lowercase=False, but the WordEmbedder of embedding lowercase=True, so "
            "that words with capitals that X does not hold would have no vector; set both alike."
        )


def _form_like(vocabulary):
    """Give the form by which words are looked up: in lower case where all tokens are."""
    lowers = all(token == token.lower() for token in vocabulary.tokens[2:])
    return lambda word: unicodedata.normalize("NFC", word.lower() if lowers else word)
