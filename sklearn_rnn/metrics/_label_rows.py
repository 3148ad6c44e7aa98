"""Rows of labels, one label a step, as flat arrays of codes."""

import itertools
from collections.abc import Collection, Mapping, Set
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn._sklearn import check_sample_weight

__all__ = ["LabelRows", "quote", "read_label_rows", "sentence_weights"]


class LabelRows(NamedTuple):
    """The labels of all sentences, one sentence after the other, true and predicted."""

    true: np.ndarray  # (steps,), int64: the place of each label in `labels`
    predicted: np.ndarray  # (steps,), int64
    labels: np.ndarray  # (n_labels,), of objects: every label once
    sentences: np.ndarray  # (steps,), int64: the sentence of each step
    n_sentences: int

    def position(self, step: int) -> str:
        """Where a step of the flat arrays is for the user."""
        return _position(step, self.sentences)


def read_label_rows(y_true: Any, y_pred: Any) -> LabelRows:
    """Check that both have the same sentences, and give every label a code."""
    true_rows, predicted_rows = _rows("y_true", y_true), _rows("y_pred", y_pred)
    lengths = _check_lengths(true_rows, predicted_rows)
    sentences = np.repeat(np.arange(len(lengths)), lengths)
    flat = {
        name: np.fromiter(itertools.chain.from_iterable(rows), dtype=object, count=len(sentences))
        for name, rows in [("y_true", true_rows), ("y_pred", predicted_rows)]
    }
    _check_kinds(flat, sentences)
    codes, labels = pd.factorize(np.concatenate(list(flat.values())))
    return LabelRows(
        true=codes[: len(sentences)],
        predicted=codes[len(sentences) :],
        labels=labels,
        sentences=sentences,
        n_sentences=len(lengths),
    )


def sentence_weights(sample_weight: Any, n_sentences: int) -> np.ndarray:
    """One weight a sentence, none negative and not all zero; 1 for each without any."""
    weights = check_sample_weight(
        sample_weight, np.empty(n_sentences), dtype=np.float64, ensure_non_negative=True
    )
    if not weights.any():
        raise ValueError(
            "sample_weight must have a positive weight, but all are zero; give one to some "
            "sentence."
        )
    return weights


def _position(step: int, sentences: np.ndarray) -> str:
    """The sentence of a step, and its place there."""
    sentence = sentences[step]
    return f"sentence {sentence}, step {step - np.searchsorted(sentences, sentence)}"


def quote(label: Any) -> str:
    """A label as the user would write it, short enough for a message."""
    value = label.item() if isinstance(label, np.generic) else label
    return f"{value!r:.40}"


# Checks


def _rows(name: str, y: Any) -> list:
    """The sentences of y, each a collection of labels."""
    y = np.asarray(y) if hasattr(y, "__array__") else y
    if not _is_ordered(y):
        raise TypeError(
            f"{name} must be a list with a list of labels for each sentence, but is a "
            f"{type(y).__name__}: {y!r:.60}."
        )
    rows = list(y)
    if not rows:
        raise ValueError(f"{name} is empty; give at least one sentence.")
    for i, row in enumerate(rows):
        if type(row) is not list and not _is_ordered(row):
            raise TypeError(
                f"{name} must hold a list of labels for each sentence, but sentence {i} is "
                f"{quote(row)} ({type(row).__name__}); put the labels of one sentence in a list."
            )
    return rows


def _is_ordered(values: Any) -> bool:
    """Whether values stand in an order, one after the other."""
    if isinstance(values, np.ndarray):
        return values.ndim > 0
    unordered = isinstance(values, str | bytes | Set | Mapping)
    return isinstance(values, Collection) and not unordered


def _check_lengths(true_rows: list, predicted_rows: list) -> np.ndarray:
    """The number of labels of each sentence, the same in both."""
    if len(true_rows) != len(predicted_rows):
        raise ValueError(
            f"y_true has {len(true_rows)} sentences, but y_pred has {len(predicted_rows)}; give "
            "both for the same sentences."
        )
    lengths, predicted = (np.array([len(r) for r in rs]) for rs in (true_rows, predicted_rows))
    differ = lengths != predicted
    if differ.any():
        i = int(np.argmax(differ))
        raise ValueError(
            f"sentence {i} has {lengths[i]} labels in y_true, but {predicted[i]} in y_pred "
            f"({differ.sum()} of {len(lengths)} sentences differ); predict a label for each step."
        )
    if not lengths.any():
        raise ValueError("y_true has no labels, all its sentences are empty; give at least one.")
    return lengths


def _check_kinds(flat: dict[str, np.ndarray], sentences: np.ndarray) -> None:
    """Raise unless all labels are strings, all integers or all truth values."""
    first = flat["y_true"][0]
    expected = _kind(type(first))
    for name, labels in flat.items():
        wrong = {t for t in set(map(type, labels)) if _kind(t) is None or _kind(t) != expected}
        if not wrong:
            continue
        step = next(i for i, label in enumerate(labels) if type(label) in wrong)
        came = f"{_position(step, sentences)} of {name} is {quote(labels[step])}"
        if _kind(type(labels[step])) is None:
            raise TypeError(
                f"labels must be strings, integers or truth values, but {came} "
                f"({type(labels[step]).__name__}); give every step a label."
            )
        raise ValueError(
            f"labels must be of one kind, but {came} ({_kind(type(labels[step]))}) and the first "
            f"label of y_true is {quote(first)} ({expected}); convert one of them."
        )


def _kind(type_: type) -> str | None:
    """What a label of a type is; a float, None or a list is none."""
    if issubclass(type_, str):
        return "a string"
    if issubclass(type_, bool | np.bool_):
        return "a truth value"
    return "an integer" if issubclass(type_, Integral) else None
