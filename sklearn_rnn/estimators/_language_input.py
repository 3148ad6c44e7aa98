"""What a language model reads: texts, tokens or ids."""

from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import ShuffleSplit

from sklearn_rnn.data import (
    UNKNOWN_ID,
    InputKind,
    Sequences,
    as_array,
    as_sequences,
    describe,
    input_kind,
    read_sequences,
    show,
)
from sklearn_rnn.estimators._inputs import check_vocabulary, read_text

__all__ = ["TextPart", "hide_unknown", "read_texts", "split_texts"]

# From so many texts on, whole ones are held out to validate on; of fewer, the end.
_WHOLE_TEXTS = 10
_HUGE = 2**63


class TextPart(NamedTuple):
    """Texts, as ids, and which ids training takes for unknown now and then (None: none)."""

    texts: Sequences
    rare: np.ndarray | None = None


def read_texts(estimator, X, *, reset: bool) -> Sequences:
    """Turn X into checked ids; texts and tokens go through the encoder.

    Parameters
    ----------
    estimator : RNNLanguageModel
        Keeps the fitted encoder and what X was like.
    X : list of str, list of token lists, list of arrays of ids, array of ids or Sequences
    reset : bool
        True in ``fit``; False where X has to look like that of ``fit``.

    Returns
    -------
    Sequences
        Values alone, those of ``fit`` with a vocabulary if there is one.
    """
    kind = input_kind(X)
    if kind in (InputKind.TEXT, InputKind.TOKENS):
        X = read_text(estimator, X, reset=reset, kept=None)
    else:
        if kind is InputKind.TABLE:
            X = _read_rows(X)
        else:
            _refuse_numbers(X, kind)
        if reset and hasattr(estimator, "encoder_"):
            del estimator.encoder_
    if not reset:
        check_vocabulary(estimator, X)
    texts = read_sequences(estimator, X, reset=reset, ids=True)
    if texts.static is not None or texts.static_codes is not None:
        raise ValueError(
            "X has columns of whole sequences, but a language model reads tokens alone; leave the "
            "columns out."
        )
    if reset:
        estimator._vocabulary = texts.vocabulary
        estimator._form = _form(kind, texts)
        return texts
    return hide_unknown(texts, estimator._architecture.n_tokens)


def hide_unknown(texts: Sequences, n_tokens: int) -> Sequences:
    """Let ids from ``n_tokens`` on be the unknown one."""
    values = np.where(texts.values < n_tokens, texts.values, UNKNOWN_ID)
    return Sequences(values=values, offsets=texts.offsets)


def _form(kind, texts):
    if kind is InputKind.TEXT:
        return "texts"
    return "ids" if texts.vocabulary is None else "tokens"


def _refuse_numbers(X, kind):
    """Refuse what is no integer, and say where it is."""
    if kind is not InputKind.RAGGED:
        _refuse_type("X", X.values if kind is InputKind.SEQUENCES else as_array(X))
        return
    for i, sequence in enumerate(X):
        try:
            array = as_array(sequence)
        except (TypeError, ValueError):  # no array at all, which is told when all are put together
            continue
        _refuse_type(f"sequence {i}", array)


def _refuse_type(where, array):
    holds = f"{array.dtype}" if array.dtype.kind in "fcb" and array.size else None
    if array.dtype.kind == "O" and array.ndim:
        others = (value for value in array.flat if not isinstance(value, Integral | str))
        holds = next(map(describe, others), None)
    if holds is not None:
        raise ValueError(
            f"{where} holds {holds}, but a language model reads texts, lists of tokens or "
            "integers that stand for tokens: 1 is an unknown one, known ones begin at 2. "
            "RNNGenerator learns sequences of numbers."
        )


def _read_rows(table):
    """Give the rows of a table, which may be of any length; objects may be whole numbers."""
    array = as_array(table)
    first = next(array.flat, None)
    if isinstance(first, str):
        raise ValueError(
            f"X is a table that holds texts, first {show(str(first))}, but one column of texts is "
            "expected: give it by itself, X[name] or X[:, 0]."
        )
    _refuse_type("X", array)
    if array.dtype.kind == "O" and all(abs(value) < _HUGE for value in array.flat):
        array = array.astype(np.int64)
    return as_sequences(array, ids=True)


# --- what training is given ---------------------------------------------------------------------


def split_texts(
    estimator, texts: Sequences, X_val, seed: int, *, reset: bool
) -> tuple[TextPart, TextPart | None]:
    """Give the texts to train and to validate on; the latter is None where nothing is.

    What was never trained on is unknown in the latter. ``reset`` is False where training goes on:
    then the tokens of the texts before, which the estimator keeps count of, are no rare ones.
    """
    n_tokens = estimator._architecture.n_tokens
    texts, held = hide_unknown(texts, n_tokens), None
    if X_val is not None:
        try:
            held = read_texts(estimator, X_val, reset=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"X_val: {error}") from error
    elif estimator.early_stopping_:
        texts, held = _hold_out(texts, estimator.validation_fraction, seed)
    counts = np.bincount(texts.values, minlength=n_tokens)
    if not reset:
        counts = counts + getattr(estimator, "_token_counts", 0)  # older files have none
    estimator._token_counts = counts
    rare = counts == 1 if counts[UNKNOWN_ID] == 0 else None
    if held is not None:
        values = np.where(counts[held.values] > 0, held.values, UNKNOWN_ID)
        held = TextPart(held.with_values(values))
    return TextPart(texts, rare), held


def _hold_out(texts, fraction, seed):
    n, n_tokens = len(texts), len(texts.values)
    if n_tokens < 2:
        raise ValueError(
            "one token cannot be trained and validated on; give more text, or early_stopping=False."
        )
    if n >= _WHOLE_TEXTS:
        split = ShuffleSplit(n_splits=1, test_size=fraction, random_state=seed % 2**32)
        train, valid = next(split.split(np.empty(n)))
        return texts[np.sort(train)], texts[np.sort(valid)]
    cut = min(max(1, round(n_tokens * (1 - fraction))), n_tokens - 1)
    before = np.unique(texts.offsets.clip(max=cut))
    after = np.unique(texts.offsets.clip(min=cut)) - cut
    return (
        Sequences(values=texts.values[:cut], offsets=before),
        Sequences(values=texts.values[cut:], offsets=after),
    )
