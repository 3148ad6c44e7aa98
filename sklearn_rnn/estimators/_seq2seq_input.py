"""What a model from sequences to sequences reads: sources, and targets of three forms."""

import re
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from sklearn_rnn.data import (
    InputKind,
    Sequences,
    as_array,
    as_sequences,
    check_not_empty,
    input_kind,
    read_sequences,
)
from sklearn_rnn.estimators._inputs import check_vocabulary, encode_text, fit_encoder
from sklearn_rnn.estimators._language_input import hide_unknown
from sklearn_rnn.estimators._targets import align_target
from sklearn_rnn.estimators._user_warnings import warn_user
from sklearn_rnn.preprocessing import TokenEncoder

__all__ = ["Pairs", "about_y", "read_pairs", "read_sources", "read_y"]

_TEXT = (InputKind.TEXT, InputKind.TOKENS)
_OF_N_TOKENS = "; or set n_tokens, and ids from there on count as unknown"
_FORMS = {InputKind.TEXT: "texts", InputKind.TOKENS: "tokens"}


class Pairs(NamedTuple):
    """Sources and the targets that they are turned into, as many."""

    sources: Sequences
    targets: Sequences

    def take(self, rows) -> "Pairs":
        """Give some of the pairs."""
        return Pairs(self.sources[rows], self.targets[rows])


def read_pairs(estimator, X, y, *, reset: bool) -> Pairs:
    """Turn X and y into checked sequences.

    Parameters
    ----------
    estimator : RNNSeq2Seq
        Keeps the fitted encoders, and what X and y were like.
    X, y : anything that ``fit`` takes
    reset : bool
        True in ``fit``; False where X and y have to look like those of ``fit``.

    Raises
    ------
    ValueError or TypeError
        The message says what is wrong, of which sequence.
    """
    input_kind(X)  # refuses what is no collection of sequences
    y = _check_y(estimator, align_target(X, y))
    if reset:
        _fit_encoders(estimator, X, y)
    sources = read_sources(estimator, X, reset=reset)
    _check_number(y, len(sources))
    return Pairs(sources, read_y(estimator, y, reset=reset))


def _fit_encoders(estimator, X, y):
    """Fit what turns texts and tokens into ids: one for each side, or one for both."""
    for name in ("encoder_", "target_encoder_"):
        vars(estimator).pop(name, None)
    kinds = [input_kind(part) for part in (X, y)]
    if not estimator.share_vocabulary:
        if kinds[0] in _TEXT:
            estimator.encoder_ = fit_encoder(estimator.encoder, X)
        if kinds[1] in _TEXT:
            encoder = estimator.target_encoder
            encoder = TokenEncoder(lowercase=False) if encoder is None else encoder
            with about_y():
                estimator.target_encoder_ = fit_encoder(encoder, y)
        return
    if estimator.target_encoder is not None:
        raise ValueError(
            "target_encoder is given, but with share_vocabulary=True one encoder serves sources "
            "and targets: give it as encoder, and leave target_encoder at None."
        )
    if kinds[0] in _TEXT or kinds[1] in _TEXT:
        if kinds[0] is not kinds[1]:
            raise ValueError(
                f"X is {kinds[0].value} and y is {kinds[1].value}, but with share_vocabulary=True "
                "both must be of one form; leave it at False."
            )
        encoder = estimator.encoder
        encoder = TokenEncoder(lowercase=False) if encoder is None else encoder
        estimator.encoder_ = fit_encoder(encoder, [*X, *y])
        estimator.target_encoder_ = estimator.encoder_


# --- sources ------------------------------------------------------------------------------------


def read_sources(estimator, X, *, reset: bool) -> Sequences:
    """Turn X into checked ids, or numbers; what is too long loses its end.

    Returns
    -------
    Sequences
        Values alone.
    """
    kind = input_kind(X)
    if estimator.source == "vectors":
        sequences = _read_vectors(estimator, X, kind, reset=reset)
    else:
        sequences = _read_sequences(estimator, X, kind, reset=reset)
    if not reset:
        _check_width(estimator, sequences)
    return _truncate(estimator, sequences)


def _read_sequences(estimator, X, kind, *, reset):
    if kind in _TEXT:
        X = encode_text(estimator, X)
    if not reset:
        check_vocabulary(estimator, X)
    ids = _holds_ids(estimator, X, kind) if reset else estimator._is_ids
    sequences = read_sequences(estimator, X, reset=reset, ids=ids)
    _check_plain(sequences)
    if reset:
        estimator._vocabulary = sequences.vocabulary
        estimator._is_ids = ids or sequences.vocabulary is not None
    return _plain(sequences)


def _holds_ids(estimator, X, kind):
    """Tell whether plain integers are ids; where only ``embedding_dim`` says so, X decides."""
    if estimator.n_tokens is not None or estimator.share_vocabulary:
        return True
    part = X.values if kind is InputKind.SEQUENCES else X
    if kind is InputKind.RAGGED and len(X):
        part = next(iter(X))
    return estimator.embedding_dim != "auto" and as_array(part).dtype.kind in "iu"


def _check_width(estimator, sequences):
    """Refuse vectors where sequences were read in ``fit``, or the other way round."""
    width, n_features = sequences.n_features, estimator._architecture.n_features
    if not estimator._is_ids and width != n_features:
        raise ValueError(
            f"source={estimator.source!r} gives steps of {width} features, but the network was "
            f"fitted on steps of {n_features}; set source back, or fit anew."
        )


def _plain(sequences):
    return Sequences(values=sequences.values, offsets=sequences.offsets)


def _check_plain(sequences):
    """Refuse columns beside the steps' values."""
    of_log = sequences.codes is not None and sequences.vocabulary is None
    if of_log or sequences.static is not None or sequences.static_codes is not None:
        what = "categories of steps" if of_log else "columns of whole sequences"
        raise ValueError(
            f"X has {what}, but RNNSeq2Seq reads texts, tokens, ids or numbers alone; leave the "
            "columns out, or make numbers of them."
        )


def _read_vectors(estimator, X, kind, *, reset):
    """Read a table of one vector a target as sequences of one step."""
    if kind is InputKind.RAGGED:
        lengths = {np.shape(row) for row in X}
        if len(lengths) == 1 and len(next(iter(lengths))) == 1:
            X, kind = np.asarray([np.asarray(row) for row in X]), InputKind.TABLE
    if kind is not InputKind.TABLE:
        raise ValueError(
            f'source="vectors" takes a table whose rows are the vectors, but X is {kind.value}; '
            'source="sequences" reads those.'
        )
    table = read_sequences(estimator, X, reset=reset)
    if reset:
        estimator._vocabulary, estimator._is_ids = None, False
    values = table.values.reshape(len(table), -1)
    return Sequences(values=values, offsets=np.arange(len(table) + 1))


def _truncate(estimator, sequences):
    """Leave out the steps beyond ``max_length``, and say of how many sources."""
    longest, lengths = estimator.max_length, sequences.lengths
    too_long = np.flatnonzero(lengths > longest) if longest is not None else ()
    if not len(too_long):
        return sequences
    first = too_long[0]
    warn_user(
        f"{len(too_long)} of {len(sequences)} sources are longer than max_length={longest}, and "
        f"their ends are not read: source {first} has {lengths[first]} steps, the longest "
        f"{lengths.max()}. A larger max_length, or None, reads them whole."
    )
    kept = np.arange(len(sequences.values)) - np.repeat(sequences.offsets[:-1], lengths) < longest
    offsets = np.cumsum([0, *lengths.clip(max=longest)])
    return Sequences(values=sequences.values[kept], offsets=offsets)


# --- targets ------------------------------------------------------------------------------------


@contextmanager
def about_y():
    """Let messages speak of y."""
    try:
        yield
    except (TypeError, ValueError) as error:
        message = re.sub(r"\bX\b", "y", str(error))
        message = message.replace(_OF_N_TOKENS, "")  # which is of X alone
        message = message if message.startswith("y ") else f"y: {message}"
        raise type(error)(message) from error


def _check_y(estimator, y):
    """Refuse what holds no targets."""
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None."
        )
    with about_y():
        kind = input_kind(y)
    if kind is InputKind.ARRAY or hasattr(y, "columns"):
        raise ValueError(
            f"y is {kind.value}, but a list of targets is expected: texts, lists of tokens, or "
            "arrays of ids; of a DataFrame give one column, y[name]."
        )
    return y


def _check_number(y, n):
    """Refuse targets without sources, and sources without targets."""
    if len(y) != n:
        lone = f"target {n} has no source" if len(y) > n else f"source {len(y)} has no target"
        raise ValueError(
            f"X has {n} source(s), but y has {len(y)} target(s): {lone}, and the numbers of "
            "samples are inconsistent; give each source one target."
        )


def read_y(estimator, y, *, reset: bool) -> Sequences:
    """Turn y into checked ids; those that the network does not know are unknown.

    Returns
    -------
    Sequences
        Values alone.
    """
    with about_y():
        kind = input_kind(y)
        if kind in _TEXT:
            ids = _encode_targets(estimator, y, kind)
        else:
            _check_ids(y, kind)
            ids = as_sequences(y, ids=True)
        form = _FORMS.get(kind, "ids" if ids.vocabulary is None else "tokens")
        if reset:
            estimator._target_vocabulary, estimator._target_form = ids.vocabulary, form
        elif ids.vocabulary != estimator._target_vocabulary:
            raise ValueError(
                f"targets are {form}, of another vocabulary than that of fit, which saw "
                f"{estimator._target_form}; give them in the form that fit saw."
            )
    if reset:
        return _plain(ids)
    return hide_unknown(ids, estimator._architecture.n_target_tokens)


def _encode_targets(estimator, y, kind):
    if not hasattr(estimator, "target_encoder_"):
        raise ValueError(f"targets are {kind.value}, but fit saw ids; give them in that form.")
    ids = estimator.target_encoder_.transform(y)
    if not isinstance(ids, Sequences):
        raise TypeError(
            f"target_encoder={estimator.target_encoder!r:.60} turned y into {type(ids).__name__}, "
            "but Sequences are needed, as TokenEncoder gives them."
        )
    check_not_empty(ids, "target")
    return ids


def _check_ids(y, kind):
    """Refuse numbers that are no ids."""
    whole = kind is not InputKind.RAGGED
    part = y.values if kind is InputKind.SEQUENCES else y
    for i, row in enumerate([part] if whole else part):
        array = as_array(row)
        if array.size and array.dtype.kind not in "iu":
            where = "each target" if whole else f"target {i}"
            raise ValueError(
                f"{where} holds numbers of type {array.dtype}, but "
                "targets are texts, lists of tokens or integers that stand for tokens: 1 is an "
                "unknown one, known ones begin at 2. RNNRegressor predicts numbers."
            )
