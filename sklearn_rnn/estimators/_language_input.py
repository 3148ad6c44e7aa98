"""What a language model reads: texts, tokens or ids, and what it writes on from."""

from typing import NamedTuple

import numpy as np
from sklearn.model_selection import ShuffleSplit

from sklearn_rnn.data import (
    UNKNOWN_ID,
    InputKind,
    Sequences,
    as_sequences,
    input_kind,
    read_sequences,
)
from sklearn_rnn.estimators._inputs import _encode_text, check_vocabulary

__all__ = ["TextPart", "hide_unknown", "join_tokens", "read_prompt", "read_texts", "split_texts"]

# From so many texts on, whole ones are held out to validate on; of fewer, the end.
_WHOLE_TEXTS = 10


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
        X = _encode_text(estimator, X, reset=reset, kept=None)
    else:
        _refuse_numbers(X, kind)
        if kind is InputKind.TABLE:
            X = as_sequences(X, ids=True)  # rows of any length
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
    """Refuse what is no integer; a list is looked at as far as its first element."""
    part = X
    if kind is InputKind.SEQUENCES:
        part = X.values
    elif kind is InputKind.RAGGED:
        part = X[0] if len(X) and not hasattr(X, "iloc") else ()
    dtype = getattr(part, "dtype", None) or np.asarray(part).dtype
    is_empty = hasattr(part, "__len__") and not len(part)
    if getattr(dtype, "kind", "i") in "fcb" and not is_empty:
        raise ValueError(
            f"X holds numbers of type {dtype}, but a language model reads texts, lists of tokens "
            "or integers that stand for tokens: 1 is an unknown one, known ones begin at 2."
        )


# --- what training is given ---------------------------------------------------------------------


def split_texts(estimator, texts: Sequences, X_val, seed: int) -> tuple[TextPart, TextPart | None]:
    """Give the texts to train and to validate on; the latter is None where nothing is.

    What does not occur in the former is unknown in the latter.
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


# --- prompts, and what is written ---------------------------------------------------------------


def read_prompt(estimator, prompt) -> np.ndarray:
    """Give the ids of a prompt, in the form of what ``fit`` saw: ``(time,)``; None has none.

    Raises
    ------
    ValueError or TypeError
        If the prompt has another form, or tokens that the network does not know.
    """
    if prompt is None:
        return np.zeros(0, dtype=np.int64)
    form = estimator._form
    if form == "ids":
        ids = _prompt_of_ids(prompt)
        return np.where(ids < estimator._architecture.n_tokens, ids, UNKNOWN_ID)
    if form == "texts" and not isinstance(prompt, str):
        raise TypeError(
            f"prompt must be one text, a str, as fit saw texts, but is {prompt!r:.40} of type "
            f"{type(prompt).__name__}."
        )
    if form == "tokens" and (
        isinstance(prompt, str) or not all(isinstance(token, str) for token in prompt)
    ):
        raise TypeError(
            f"prompt must be a list of tokens, each a str, as fit saw tokens, but is "
            f"{prompt!r:.40} of type {type(prompt).__name__}."
        )
    if not len(prompt):
        return read_prompt(estimator, None)
    if hasattr(estimator, "encoder_"):
        ids = estimator.encoder_.transform([prompt]).values
    else:
        ids = np.array(estimator._vocabulary.encode(prompt), dtype=np.int64)
    ids = np.where(ids < estimator._architecture.n_tokens, ids, UNKNOWN_ID)
    _check_known(estimator, prompt, ids)
    return ids


def _prompt_of_ids(prompt):
    ids = np.asarray(prompt)
    if ids.ndim == 1 and not len(ids):
        return ids.astype(np.int64)
    if ids.ndim != 1 or ids.dtype.kind not in "iu" or ids.min() < UNKNOWN_ID:
        raise ValueError(
            f"prompt must be a list of ids, integers from 1, as fit saw ids, but is {prompt!r:.60}."
        )
    return ids.astype(np.int64)


def _check_known(estimator, prompt, ids):
    """Refuse a prompt that tells nothing, or what the network has never met in training."""
    unknown = np.flatnonzero(ids == UNKNOWN_ID)
    if len(unknown) and (len(unknown) == len(ids) or not estimator._knows_unknown):
        vocabulary = estimator._vocabulary
        raise ValueError(
            f"prompt {prompt!r:.60}: {len(unknown)} of its {len(ids)} token(s) are unknown, the "
            f"first at position {unknown[0]}; the network knows the {len(vocabulary) - 2} tokens "
            "of classes_. Write it with these, or fit on texts that hold them."
        )


def join_tokens(estimator, prompt, ids: np.ndarray):
    """Write ids behind a prompt, in the form of what ``fit`` saw."""
    form = estimator._form
    if form == "ids":
        start = np.zeros(0, dtype=np.int64) if prompt is None else np.asarray(prompt, np.int64)
        return np.concatenate([start, ids])
    tokens = _decode(estimator, ids)
    if form == "tokens":
        return [*([] if prompt is None else prompt), *tokens]
    prompt = prompt or ""
    if isinstance(tokens, str):
        return prompt + tokens
    if getattr(estimator.encoder_, "analyzer_", None) == "char":
        return prompt + "".join(tokens)
    return " ".join([prompt.rstrip(), *tokens]) if prompt.strip() else prompt + " ".join(tokens)


def _decode(estimator, ids):
    """Give tokens, or the text that an encoder of the user's own makes of ids."""
    encoder = getattr(estimator, "encoder_", None)
    if hasattr(encoder, "inverse_transform"):
        sequences = Sequences(values=ids, offsets=[0, len(ids)], vocabulary=estimator._vocabulary)
        return encoder.inverse_transform(sequences)[0]
    return list(map(str, estimator.classes_[ids]))
