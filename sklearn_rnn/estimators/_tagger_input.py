"""How a tagger reads X: words, dicts of features, numbers or ids."""

import numpy as np
import pandas as pd

from sklearn_rnn.data import (
    InputKind,
    Sequences,
    Texts,
    check_not_empty,
    check_tokens,
    count_steps,
    describe,
    input_kind,
)
from sklearn_rnn.estimators._columns import InputColumns
from sklearn_rnn.estimators._embedding_start import (
    check_dim,
    find_rows,
    fit_embedder,
    is_embedder,
    read_id_table,
)
from sklearn_rnn.estimators._feature_reader import FeatureReader, first_token, holds_features
from sklearn_rnn.estimators._inputs import read_input
from sklearn_rnn.estimators._pretrained import read_vectors
from sklearn_rnn.estimators._pretraining import find_language_rows
from sklearn_rnn.estimators._words import WordReader

__all__ = ["read_tagger_input"]

_NO_STEPS = "every one needs at least one step. Drop the empty ones."


def read_tagger_input(tagger, X, *, reset: bool, kept=None) -> Sequences:
    """Turn X into checked ``Sequences``.

    Parameters
    ----------
    tagger : RNNTagger
        Keeps what X was like: ``_reader`` for words and features.
    X : list of token lists, of lists of dicts, or of arrays, or Sequences
    reset : bool
        True in ``fit``; False where X has to look like that of ``fit``.
    kept : ndarray of int or None
        The rows of a weight above zero (None: all): vocabularies are those of these.
    """
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.size and isinstance(X[0, 0], str | dict):
        X = X.tolist()
    _check_steps(X)
    form = _form(X)
    if reset:
        tagger._form, tagger._reader, tagger._vectors = form, None, None
        tagger._is_frozen = tagger.embedding is not None and tagger.freeze_embedding
    elif form != tagger._form:
        raise ValueError(
            f"X holds {form}, but {type(tagger).__name__} was fitted on {tagger._form}; give X in "
            "the form that fit saw."
        )
    _check_embedding(tagger.embedding, form)
    if reset:
        if form == "features" and tagger.pretrained is not None:
            raise ValueError(
                "X holds dicts of features, but a language model reads tokens; give lists of "
                "words, or leave pretrained at None."
            )
        tagger._learn_language(X, kept)
    if form == "features":
        return _read_features(tagger, X, reset=reset, kept=kept)
    if form == "words":
        X = _read_words(tagger, X, reset=reset, kept=kept)
    sequences = read_input(tagger, X, reset=reset, kept=kept)
    if reset and form != "words":
        _check_words(tagger, sequences, form)
        if tagger.embedding is not None:
            tagger._vectors = read_id_table(tagger, sequences)
        if sequences.vocabulary is not None and sequences.categories is not None:
            words = _known_words(sequences, kept)
            tagger._reader = WordReader().learn_characters(words)
    return sequences


def _check_steps(X):
    """Refuse what has no steps, of which nobody could tell the form, and what has too much."""
    if isinstance(X, Sequences | Texts):
        if X.static is not None or X.static_codes is not None:
            raise ValueError(
                "X has columns of whole sequences, but a tagger reads steps only; repeat them at "
                "each step, or leave them out."
            )
    elif isinstance(X, list | tuple | pd.Series) or (
        getattr(getattr(X, "dtype", None), "kind", "") == "O" and X.ndim
    ):
        if len(X) == 0:
            raise ValueError(
                "Found array with 0 sample(s): X holds no sequences, but a minimum of 1 is "
                "required."
            )
        if all(map(_is_empty, X)):
            raise ValueError(f"sequence 0 is empty; {_NO_STEPS}")


def _is_empty(row):
    return hasattr(row, "__len__") and not count_steps(row) and getattr(row, "ndim", 1) > 0


def _check_embedding(embedding, form):
    of_ids = isinstance(embedding, np.ndarray)
    if embedding is None or ("ids" in form if of_ids else form == "words"):
        return
    way_out = "give a dict, {word: vector}" if form == "words" else "leave embedding at None"
    raise ValueError(
        f"embedding holds vectors of {'ids' if of_ids else 'words'}, but X holds {form}; {way_out}."
    )


def _check_words(tagger, sequences, form):
    if sequences.vocabulary is not None and sequences.categories is not None:
        return
    for name in ("characters", "subwords", "language_model"):
        if getattr(tagger, name) not in ("auto", False):
            raise ValueError(
                f"{name}={getattr(tagger, name)} is about words, but X holds {form}; give lists "
                f'of tokens, or leave {name} at "auto".'
            )


def _known_words(sequences, kept):
    codes = sequences.codes[:, 0]
    if kept is not None:
        codes = codes[np.isin(sequences.rows_of_steps(), kept)]
    return [sequences.categories[0][code] for code in np.unique(codes)]


def _form(X):
    if holds_features(X):
        return "features"
    token = first_token(X)
    if isinstance(token, list | set) and token and all(isinstance(part, str) for part in token):
        raise ValueError(
            f"the first step is {describe(token)}, but a token or a dict of features is expected. "
            'Give a step with several features as a dict, such as {"features": [...]}.'
        )
    kind = input_kind(X)
    if kind is InputKind.TEXT:
        raise ValueError(
            "X holds texts, but a tagger needs to know its steps: give lists of tokens, as "
            "WordTokenizer().fit_transform(X) makes them, or list(text) to tag characters; of a "
            "table with one row a token, frame.groupby(id)[name].agg(list) makes lists."
        )
    if kind is InputKind.TOKENS:
        return "words"
    return "ids of a vocabulary" if getattr(X, "vocabulary", None) is not None else "numbers or ids"


def _read_words(tagger, X, *, reset, kept):
    tokens = check_tokens(X)
    for i, row in enumerate(tokens):
        if not len(row):
            raise ValueError(f"sequence {i} is empty; {_NO_STEPS}")
    if not reset:
        return tagger._reader.transform(tokens)
    reader = tagger._reader = WordReader().fit(tokens, kept)
    if tagger.pretrained is not None:
        tagger._language_rows = find_language_rows(tagger, reader)
    if tagger.embedding is None:
        return reader.transform(tokens, first=kept)
    embedding = tagger.embedding
    if is_embedder(embedding):
        rows = tokens if kept is None else [tokens[i] for i in kept]
        forms = [list(map(reader.form, row)) for row in rows]
        embedding = fit_embedder(embedding, forms, tagger.random_state)
    found = read_vectors(embedding, reader.form)
    check_dim(tagger, found)
    reader.know(found.rows)
    tagger._vectors = find_rows(embedding, found, reader.vocabulary)
    return reader.transform(tokens, first=kept)


def _read_features(tagger, X, *, reset, kept):
    if reset:
        tagger._reader = FeatureReader()
        sequences = tagger._reader.fit(X, kept)
        _check_words(tagger, sequences, "features")
        tagger._vocabulary, tagger._is_ids = None, False
        tagger._columns = InputColumns.learn(sequences.with_columns(codes=None, categories=None))
        tagger._input_form, tagger._step_names_in = "ragged", None
        tagger.n_features_in_ = len(tagger._reader.kinds)
    else:
        sequences = tagger._reader.transform(X)
    check_not_empty(sequences)
    return sequences
