"""What a generator reads: steps of numbers, and what whole sequences are conditioned on."""

from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from sklearn_rnn.data import InputKind, Sequences, input_kind, read_sequences, show
from sklearn_rnn.estimators._splitting import validation_split
from sklearn_rnn.estimators._targets import (
    align_target,
    check_classes,
    check_labels,
    check_length,
    check_numbers,
    plain_target,
)
from sklearn_rnn.training import Pieces, StepScaler

__all__ = [
    "GeneratorData",
    "GeneratorPart",
    "condition_width",
    "count_labels",
    "one_hot",
    "read_beginnings",
    "read_conditions",
    "read_data",
    "read_drawn_conditions",
    "read_prompt",
    "read_steps",
    "split_pieces",
]

# From so many sequences on, whole ones are held out to validate on; of fewer, the last steps of
# each, unless ends are learned, which are at these.
_WHOLE = 10
# Conditions further off than so many deviations are read as if they lay here.
_FURTHEST = 1e4
_ROWS = (list, tuple, np.ndarray)
_NO_NUMBERS = (
    "but RNNGenerator learns sequences of numbers; RNNLanguageModel learns texts, tokens and ids"
)


class GeneratorData(NamedTuple):
    """Sequences, and what each is conditioned on: ``(n, n_conditions)``, float32, or None."""

    sequences: Sequences
    condition: np.ndarray | None


class GeneratorPart(NamedTuple):
    """The pieces of the data that are trained or validated on."""

    data: GeneratorData
    pieces: Pieces


def read_data(estimator, X, y, *, reset: bool, classes=None) -> GeneratorData:
    """Check X and y of ``fit``; ``reset`` is True where they begin a new model.

    ``classes`` are labels that are to come, beside those of y; None means those of y.
    """
    y = align_target(X, y) if y is not None else None
    sequences = read_steps(estimator, X, reset=reset)
    if reset:
        _learn_conditions(estimator, y, len(sequences), classes)
    elif classes is not None:
        _check_same_classes(estimator, classes)
    return GeneratorData(sequences, read_conditions(estimator, y, len(sequences)))


def read_beginnings(estimator, X, what: str = "X") -> Sequences:
    """Turn beginnings of sequences into checked steps; those of a table may be of any length."""
    try:
        if estimator._input_form == "ragged":
            return read_steps(estimator, X, reset=False)
        # Read by one who has seen no table yet, since this one may have fewer columns.
        sequences = read_steps(clone(estimator), X, reset=True)
        if sequences.n_features != 1:
            raise ValueError(
                f"the steps of X have {sequences.n_features} features, but fit saw a table, whose "
                "rows are sequences of one feature."
            )
        return sequences
    except (TypeError, ValueError) as error:
        if what == "X":
            raise
        raise type(error)(f"{what}: {error}") from error


def read_prompt(estimator, prompt, n: int) -> np.ndarray:
    """Give n times the steps that sequences begin with: ``(n, time, features)``."""
    if prompt is None:
        return np.empty((n, 0, estimator._architecture.n_features))
    steps = read_beginnings(estimator, [prompt], "prompt").values
    return np.broadcast_to(steps, (n, *steps.shape))


def read_steps(estimator, X, *, reset: bool) -> Sequences:
    """Turn X into checked steps of numbers, ``(steps, n_features)`` of float32 or float64.

    Raises
    ------
    ValueError or TypeError
        If X holds texts, ids, gaps or columns of whole sequences; the message says where.
    """
    _check_kind(X)
    return _plain(read_sequences(estimator, X, reset=reset))


def _check_kind(X):
    kind = input_kind(X)
    if kind in (InputKind.TEXT, InputKind.TOKENS):
        raise ValueError(f"X is {kind.value}, {_NO_NUMBERS}.")
    if getattr(X, "vocabulary", None) is not None:
        raise ValueError(f"X holds ids of a vocabulary, {_NO_NUMBERS}.")


def _plain(sequences):
    """Give the numbers of the steps alone, or raise an error if there is more."""
    for name in ("codes", "static", "static_codes"):
        if getattr(sequences, name) is not None:
            what = "categories" if name == "codes" else "columns of whole sequences"
            raise ValueError(
                f"X has {what}, but RNNGenerator learns the numbers of steps alone: leave them "
                "out (OneHotSequences makes numbers of categories), and give what a whole "
                "sequence is conditioned on as y."
            )
    values = sequences.values
    if values.dtype not in (np.float32, np.float64):  # these may be a file larger than memory
        values = values.astype(np.float64)
    return Sequences(values=values, offsets=sequences.offsets)


# --- what sequences are conditioned on ----------------------------------------------------------


def _learn_conditions(estimator, y, n, classes):
    for name in ("classes_", "_label_counts"):
        vars(estimator).pop(name, None)
    estimator._condition, estimator._condition_scaler = "none", None
    if y is None:
        if classes is not None:
            raise ValueError("classes is given, but y is None; give the label of each sequence.")
        return
    check_length(y, n)
    if _holds_vectors(y):
        estimator._condition = "vectors"
        estimator._condition_scaler = StepScaler.fit(_vectors(y))
        return
    labels = _labels(y)
    estimator._condition = "labels"
    estimator.classes_ = np.unique(labels) if classes is None else check_classes(classes)


def count_labels(estimator, data: GeneratorData) -> None:
    """Add the labels of data to train on, if it has any, to those of the calls before."""
    if estimator._condition == "labels":
        counts = data.condition.sum(axis=0, dtype=np.float64).astype(np.int64)
        estimator._label_counts = getattr(estimator, "_label_counts", 0) + counts


def _check_same_classes(estimator, classes):
    known = getattr(estimator, "classes_", np.array([]))
    if not np.array_equal(check_classes(classes), known):
        raise ValueError(
            f"classes={list(classes)!r:.60}, but the network knows {known.tolist()!r:.100}; leave "
            "classes out after the first call."
        )


def read_conditions(estimator, y, n: int) -> np.ndarray | None:
    """Give what n sequences are conditioned on, as the network reads it: ``(n, n_conditions)``.

    Raises
    ------
    ValueError or TypeError
        If y has another form than in ``fit``, another number of entries, or labels that are new.
    """
    kind = estimator._condition
    if y is None and kind == "none":
        return None
    if y is not None:
        check_length(y, n)
    _check_form(kind, y)
    if kind == "labels":
        return one_hot(_index_of(estimator, _labels(y)), len(estimator.classes_))
    return _scaled(estimator, _vectors(y))


def read_drawn_conditions(
    estimator, y, n: int, rng: np.random.Generator
) -> tuple[int, np.ndarray | None]:
    """Give how many sequences are drawn, and what they are conditioned on, None for nothing.

    ``y`` may be one for all of them; or there are as many as it has entries, if n is 1. Without
    y, labels are drawn by their shares.
    """
    kind, y = estimator._condition, plain_target(y)
    if kind == "none" and y is None:
        return n, None
    if kind == "labels" and y is None:
        index = rng.choice(len(estimator.classes_), size=n, p=estimator.class_prior_)
        return n, one_hot(index, len(estimator.classes_))
    if getattr(y, "ndim", 1) == 0:
        y = y.item()
    if kind == "labels" and _is_one_label(y):
        return n, read_conditions(estimator, [y] * n, n)
    if kind == "vectors" and y is not None and not _holds_vectors(y):
        row = list(y) if hasattr(y, "__iter__") else [y]
        return n, read_conditions(estimator, [row] * n, n)
    _check_form(kind, y)
    if not len(y):
        raise ValueError("y has no entries; give one label or vector for all, or one for each.")
    if n not in (1, len(y)):
        raise ValueError(
            f"n is {n}, but y has {len(y)} entries, one for each sequence; leave n out, or give "
            "one label or vector for all."
        )
    return len(y), read_conditions(estimator, y, len(y))


def condition_width(estimator) -> int:
    """Give how many numbers a sequence is conditioned on."""
    if estimator._condition == "labels":
        return len(estimator.classes_)
    return 0 if estimator._condition == "none" else len(estimator._condition_scaler.mean)


def one_hot(index: np.ndarray, n_classes: int) -> np.ndarray:
    """Give rows of one 1, at ``index``, and zeros: ``(n, n_classes)``, float32."""
    return np.eye(n_classes, dtype=np.float32)[index]


def _check_form(kind, y):
    """Refuse y of another form than in ``fit``, whose condition was of that kind."""
    if kind == "none":
        raise ValueError("y is given, but fit saw none; leave y out, or fit with y.")
    if y is None:
        raise ValueError(f"fit saw {kind} to condition sequences on, but y is None; give y.")
    if _holds_vectors(y) != (kind == "vectors"):
        form = {"labels": "one label a sequence", "vectors": "an array (n, k) of numbers"}[kind]
        raise ValueError(f"y must be {form}, as in fit, but is {show(y)}.")


def _holds_vectors(y):
    """Tell whether y has two dimensions; those are numbers, and what has one is labels."""
    shape = getattr(y, "shape", None)
    if isinstance(shape, tuple):
        return len(shape) > 1
    return isinstance(y, list | tuple) and any(isinstance(row, _ROWS) for row in y[:1])


def _is_one_label(y):
    has_length = hasattr(y, "__len__") and not isinstance(y, str | bytes | type)
    return not has_length or getattr(y, "ndim", 1) == 0


def _labels(y):
    try:
        return check_labels(y)
    except ValueError as error:
        raise ValueError(
            f"{error} (RNNGenerator takes y of one dimension for labels, and numbers to condition "
            "on as an array (n, k).)"
        ) from error


def _vectors(y):
    vectors = check_numbers(y)
    if vectors.ndim != 2 or not vectors.shape[1]:
        raise ValueError(f"y must be an array (n, k) of numbers, but has shape {vectors.shape}.")
    return vectors


def _scaled(estimator, vectors):
    scaler = estimator._condition_scaler
    if vectors.shape[1] != len(scaler.mean):
        raise ValueError(
            f"y has {vectors.shape[1]} columns, but fit saw {len(scaler.mean)} of them."
        )
    with np.errstate(over="ignore"):
        return scaler.transform(vectors).clip(-_FURTHEST, _FURTHEST)


def _index_of(estimator, labels):
    numbered = {label: i for i, label in enumerate(estimator.classes_.tolist())}
    index = [numbered.get(label, -1) for label in labels.tolist()]
    if -1 in index:
        i = index.index(-1)
        raise ValueError(
            f"the label of sequence {i} is {show(labels.tolist()[i])}, but the network knows only "
            f"{list(numbered)!r:.100}."
        )
    return np.array(index)


# --- what is trained and validated on -----------------------------------------------------------


def split_pieces(
    estimator, data: GeneratorData, X_val, y_val, seed: int
) -> tuple[GeneratorPart, GeneratorPart | None]:
    """Give the pieces to train and to validate on; the latter is None where nothing is."""
    lengths, size = data.sequences.lengths, estimator.bptt_
    if X_val is not None:
        held = _read_validation_data(estimator, X_val, y_val)
        valid = GeneratorPart(held, Pieces.cut(held.sequences.lengths, size))
        return GeneratorPart(data, Pieces.cut(lengths, size)), valid
    if y_val is not None:
        raise ValueError("y_val is given, but X_val is None; they belong together.")
    if not estimator.early_stopping_:
        return GeneratorPart(data, Pieces.cut(lengths, size)), None
    first = _first_held_out(lengths, estimator.validation_fraction, seed, estimator.learn_end_)
    train, valid = Pieces.cut(lengths, size, last=first), Pieces.cut(lengths, size, first=first)
    return GeneratorPart(data, train), GeneratorPart(data, valid)


def _read_validation_data(estimator, X_val, y_val):
    try:
        return read_data(estimator, X_val, y_val, reset=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"X_val and y_val: {error}") from error


def _first_held_out(lengths, fraction, seed, learn_end):
    """Give the step of each sequence from which on it is held out: 0, its length, or between."""
    if learn_end and len(lengths) == 1:
        raise ValueError(
            "where one sequence ends cannot be learned and validated on: its end is either trained "
            "on or held out; give more sequences, X_val, learn_end=False or early_stopping=False."
        )
    if learn_end or len(lengths) >= _WHOLE:
        train, _ = validation_split(len(lengths), fraction, seed=seed % 2**32)
        first = np.zeros_like(lengths)
        first[train] = lengths[train]
        return first
    first = np.minimum(lengths, np.maximum(1, np.round(lengths * (1 - fraction)))).astype(np.int64)
    if (first == lengths).all():
        raise ValueError(
            f"{len(lengths)} sequence(s) of at most {lengths.max()} steps cannot be trained and "
            "validated on; give more data, X_val, or early_stopping=False."
        )
    return first
