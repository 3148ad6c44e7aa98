"""From what the user gave as X to checked ``Sequences``."""

from sklearn.base import clone

from sklearn_rnn.data import (
    InputKind,
    Sequences,
    StoredTexts,
    check_not_empty,
    count_steps,
    input_kind,
    prepare_table,
    read_sequences,
    static_fields,
)
from sklearn_rnn.estimators._columns import InputColumns
from sklearn_rnn.preprocessing import TokenEncoder

__all__ = ["check_vocabulary", "encode_text", "fit_encoder", "read_input", "read_text"]

_TEXT = (InputKind.TEXT, InputKind.TOKENS)


def read_input(estimator, X, *, reset: bool, kept=None) -> Sequences:
    """Turn X into checked ``Sequences``; texts and tokens go through the encoder.

    Parameters
    ----------
    estimator : BaseRNN
        Keeps the fitted encoder and what X was like.
    X : anything that ``fit`` takes
    reset : bool
        True in ``fit``; False where X has to look like that of ``fit``.
    kept : ndarray of int or None
        The rows of a weight above zero (None: all): vocabulary and categories are those of these.

    Returns
    -------
    Sequences
        With ids in the place of categorical codes.
    """
    if input_kind(X) in _TEXT:
        X = read_text(estimator, X, reset=reset, kept=kept)
    elif reset and hasattr(estimator, "encoder_"):
        del estimator.encoder_
    if not reset:
        _check_missing(estimator)
        check_vocabulary(estimator, X)
        if isinstance(X, Sequences):
            estimator._columns.check_values(X)
    ids = _holds_ids(estimator, X)
    sequences = read_sequences(
        estimator, X, reset=reset, ids=ids, allow_nan=estimator.missing == "mask"
    )
    if reset:
        estimator._vocabulary = sequences.vocabulary
        estimator._is_ids = ids or sequences.vocabulary is not None
        estimator._columns = InputColumns.learn(sequences, kept)
    return estimator._columns.encode(sequences)


def _holds_ids(estimator, X):
    """Tell whether plain integers are ids; in an event log the parameters are of its categories."""
    if getattr(X, "codes", None) is not None and X.vocabulary is None:
        return False
    given = (
        estimator.n_tokens,
        *(getattr(estimator, n, None) for n in ("embedding", "pretrained")),
    )
    return estimator.embedding_dim != "auto" or any(part is not None for part in given)


def read_text(estimator, X, *, reset, kept, default=None):
    if reset and getattr(estimator, "pretrained_", None) is not None:
        estimator.encoder_ = estimator.pretrained_.encoder_
    elif reset:
        default = TokenEncoder() if default is None else default
        encoder = clone(default if estimator.encoder is None else estimator.encoder)
        estimator.encoder_ = encoder
        if kept is None:
            return _check_encoded(estimator.encoder, encoder.fit_transform(X), X)
        encoder.fit(X[kept] if isinstance(X, StoredTexts) else _pick(list(X), kept))
    return encode_text(estimator, X)


def _pick(texts, rows):
    return [texts[i] for i in rows]


def fit_encoder(encoder, X):
    """Fit a copy of an encoder, or of the default one, to texts or tokens."""
    encoder = TokenEncoder() if encoder is None else clone(encoder)
    encoder.fit(X)
    return encoder


def encode_text(estimator, X) -> Sequences:
    """Turn texts or tokens into ids by the fitted encoder."""
    if not hasattr(estimator, "encoder_"):
        raise ValueError(
            f"X is {input_kind(X).value}, but {type(estimator).__name__} was fitted on sequences "
            "of numbers or ids; give X in the form that fit saw."
        )
    return _check_encoded(estimator.encoder, estimator.encoder_.transform(X), X)


def _check_encoded(encoder, encoded, X):
    if not isinstance(encoded, Sequences):
        raise TypeError(
            f"encoder={encoder!r:.60} turned X into {type(encoded).__name__}, but the "
            "network needs Sequences, as TokenEncoder gives them; put any other transformer "
            "into a pipeline, in front of the estimator."
        )
    check_not_empty(encoded, "text")
    return encoded.with_columns(**static_fields(X))  # an encoder of the user's own may drop them


def _check_missing(estimator):
    """Refuse another ``missing`` than that of fit: the network has the inputs for that one."""
    if estimator.missing != estimator._read_missing:
        raise ValueError(
            f"missing={estimator.missing!r}, but the network was fitted with "
            f"{estimator._read_missing!r}; set it back, or fit anew with warm_start=False."
        )


def check_vocabulary(estimator, X):
    vocabulary = getattr(X, "vocabulary", None)
    if vocabulary == estimator._vocabulary or _holds_nothing(X):
        return
    if vocabulary is not None and estimator._vocabulary is not None:
        reason = "ids of another vocabulary; use the encoder that fit saw"
    elif estimator._vocabulary is None:
        reason = "ids of a vocabulary, but fit saw numbers or plain ids"
    else:
        prepare_table(X)  # refuses a table of texts, and says how a column of it goes in
        reason = "numbers, but fit saw texts, tokens or ids of a vocabulary"
    raise ValueError(f"X holds {reason}.")


def _holds_nothing(X):
    """Tell whether there are no sequences, or none with a step, which are no numbers either."""
    return len(X) == 0 or (isinstance(X, list | tuple) and not any(map(count_steps, X)))
