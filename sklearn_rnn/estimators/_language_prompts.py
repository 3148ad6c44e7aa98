"""What a language model writes on from, and how it writes what it has chosen."""

import numpy as np

from sklearn_rnn.data import UNKNOWN_ID, Sequences, as_array, describe, show

__all__ = ["check_prompt", "encode_prompt", "join_tokens"]

_LARGEST_ID = np.iinfo(np.int64).max


def check_prompt(estimator, prompt):
    """Give a prompt in the form of what ``fit`` saw: a str, a list of str or an array of ids.

    None is a prompt of no tokens.

    Raises
    ------
    ValueError or TypeError
        If the prompt has another form.
    """
    return _PROMPTS[estimator._form](prompt)


def _prompt_of_text(prompt):
    if prompt is None or isinstance(prompt, str):
        return prompt or ""
    raise TypeError(
        f"prompt must be one text, a str, as fit saw texts, but is {describe(prompt)}; write on "
        "from several by one call each."
    )


def _prompt_of_tokens(prompt):
    if prompt is None:
        return []
    convert = next((name for name in ("tolist", "to_list") if hasattr(prompt, name)), None)
    tokens = getattr(prompt, convert)() if convert else prompt
    if isinstance(tokens, list | tuple) and all(isinstance(token, str) for token in tokens):
        return list(map(str, tokens))
    raise TypeError(
        "prompt must be a list of tokens, each a str, as fit saw tokens, but is "
        f"{describe(prompt)}."
    )


def _prompt_of_ids(prompt):
    try:
        ids = np.zeros(0) if prompt is None else as_array(prompt)
        are_ids = ids.ndim == 1 and (not len(ids) or _are_ids(ids))
    except (TypeError, ValueError):  # lists of unequal lengths, and whatever else is no array
        are_ids = False
    if not are_ids:
        raise ValueError(
            "prompt must be a list of ids, integers from 1, as fit saw ids, but is "
            f"{describe(prompt)}."
        )
    return ids.astype(np.int64)


def _are_ids(array):
    return array.dtype.kind in "iu" and UNKNOWN_ID <= array.min() <= array.max() <= _LARGEST_ID


_PROMPTS = {"texts": _prompt_of_text, "tokens": _prompt_of_tokens, "ids": _prompt_of_ids}


def encode_prompt(estimator, prompt) -> np.ndarray:
    """Give the ids of a prompt that :func:`check_prompt` gave: ``(time,)``.

    Raises
    ------
    ValueError
        If all of the prompt's tokens are unknown, or one is, but training met no unknown token. A
        prompt of no tokens, such as an empty text, is none at all.
    """
    if not len(prompt):
        return np.zeros(0, dtype=np.int64)
    if isinstance(prompt, np.ndarray):
        ids = prompt
    elif hasattr(estimator, "encoder_"):
        ids = estimator.encoder_.transform([prompt]).values
    else:
        ids = np.array(estimator._vocabulary.encode(prompt), dtype=np.int64)
    n_tokens = estimator._architecture.n_tokens
    ids = np.where(ids < n_tokens, ids, UNKNOWN_ID)
    unknown = np.flatnonzero(ids == UNKNOWN_ID)
    if len(unknown) and (len(unknown) == len(ids) or not estimator._knows_unknown):
        raise ValueError(
            f"prompt {show(prompt)}: {len(unknown)} of its {len(ids)} token(s) are unknown, the "
            f"first at position {unknown[0]}; the network knows the {n_tokens - 2} tokens of "
            "classes_ from the third one on. Write it with these, or fit on texts that hold them."
        )
    return ids.astype(np.int64)


def join_tokens(estimator, prompt, ids: np.ndarray):
    """Write ids behind a prompt that :func:`check_prompt` gave, in the form of what ``fit`` saw."""
    form = estimator._form
    if form == "ids":
        return np.concatenate([prompt, ids])
    tokens = _decode(estimator, ids)
    if form == "tokens":
        return [*prompt, *tokens]
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
