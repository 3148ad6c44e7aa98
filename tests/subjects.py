"""Estimators with data that suits them, which the tables of bad input are tried on."""

import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_rnn import (
    RNNClassifier,
    RNNEncoder,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNSeq2Seq,
    RNNTagger,
    TreeRNNClassifier,
)
from sklearn_rnn.ensemble import SeedEnsemble
from tests.bad_inputs import BAD_EVERYWHERE, BAD_IDS, BAD_NUMBERS, BAD_TABLES, IDS, NUMBERS, TABLE
from tests.bad_texts import BAD_TEXTS, BAD_TOKENS, TEXTS, TOKENS
from tests.bad_trees import BAD_TREES, LABELLED_TREES, TREES

__all__ = [
    "SUBJECTS",
    "TARGETS",
    "WORD_LABELS",
    "Subject",
    "assert_as_before",
    "call",
    "fitted",
    "flat_predictions",
    "methods_of",
    "predictions_before",
    "refuses",
    "small",
]

SMALL = {"hidden_size": 4, "max_epochs": 1, "batch_size": 4, "early_stopping": False}
TARGETS = np.array([1, 1, 0, 0] * 3)
WORD_LABELS = [["B-LONG" if len(word) > 3 else "O" for word in row] for row in TOKENS]
STEP_LABELS = [["B-X", "I-X", "O", "B-X", "O"][: len(row)] for row in NUMBERS]
ID_TARGETS = [np.array([2, 3, 4][: 1 + i % 3]) for i in range(len(TARGETS))]
FEATURES = [[{"word": word, "length": len(word)} for word in row] for row in TOKENS]


class Subject(NamedTuple):
    """An estimator, and data that suits it."""

    estimator: Any
    X: Any
    y: Any
    bad: dict


def small(estimator, **parameters):
    return estimator(**SMALL, random_state=0, **parameters)


def ensemble(estimator):
    return SeedEnsemble(small(estimator), n_members=2, random_state=0)


OF_NUMBERS = BAD_EVERYWHERE | BAD_NUMBERS
SUBJECTS = {
    "classifier of numbers": Subject(small(RNNClassifier), NUMBERS, TARGETS, OF_NUMBERS),
    "classifier of tables": Subject(
        small(RNNClassifier), TABLE, TARGETS, BAD_EVERYWHERE | BAD_TABLES
    ),
    "classifier of texts": Subject(
        small(RNNClassifier), TEXTS, TARGETS, BAD_EVERYWHERE | BAD_TEXTS
    ),
    "classifier of tokens": Subject(
        small(RNNClassifier), TOKENS, TARGETS, BAD_EVERYWHERE | BAD_TOKENS
    ),
    "regressor of numbers": Subject(small(RNNRegressor), NUMBERS, TARGETS, OF_NUMBERS),
    "generator of numbers": Subject(
        small(RNNGenerator, n_components=2), NUMBERS, TARGETS, OF_NUMBERS
    ),
    "generator of tables": Subject(
        small(RNNGenerator, n_components=2), TABLE, TARGETS, BAD_EVERYWHERE | BAD_TABLES
    ),
    "tagger of words": Subject(small(RNNTagger), TOKENS, WORD_LABELS, BAD_EVERYWHERE | BAD_TOKENS),
    "tagger of numbers": Subject(small(RNNTagger), NUMBERS, STEP_LABELS, OF_NUMBERS),
    "tagger of features": Subject(small(RNNTagger), FEATURES, WORD_LABELS, BAD_EVERYWHERE),
    "classifier of trees": Subject(
        small(TreeRNNClassifier, first="token"), TREES, TARGETS, BAD_EVERYWHERE | BAD_TREES
    ),
    "classifier of labelled trees": Subject(
        small(TreeRNNClassifier), LABELLED_TREES, None, BAD_EVERYWHERE | BAD_TREES
    ),
    "language of texts": Subject(small(RNNLanguageModel), TEXTS, None, BAD_EVERYWHERE | BAD_TEXTS),
    "language of tokens": Subject(
        small(RNNLanguageModel), TOKENS, None, BAD_EVERYWHERE | BAD_TOKENS
    ),
    "language of ids": Subject(small(RNNLanguageModel), IDS, None, BAD_EVERYWHERE | BAD_IDS),
    "encoder of numbers": Subject(small(RNNEncoder), NUMBERS, None, OF_NUMBERS),
    "encoder of tables": Subject(small(RNNEncoder), TABLE, None, BAD_EVERYWHERE | BAD_TABLES),
    "encoder of texts": Subject(
        small(RNNEncoder, decoder="recurrent"), TEXTS, None, BAD_EVERYWHERE | BAD_TEXTS
    ),
    "encoder of tokens": Subject(
        small(RNNEncoder, objective="next_sentence"), TOKENS, None, BAD_EVERYWHERE | BAD_TOKENS
    ),
    "translator of numbers": Subject(small(RNNSeq2Seq), NUMBERS, ID_TARGETS, OF_NUMBERS),
    "translator of sentences": Subject(
        small(RNNSeq2Seq), TEXTS, ID_TARGETS, BAD_EVERYWHERE | BAD_TEXTS
    ),
    "classifiers of texts": Subject(
        ensemble(RNNClassifier), TEXTS, TARGETS, BAD_EVERYWHERE | BAD_TEXTS
    ),
    "regressors of tables": Subject(
        ensemble(RNNRegressor), TABLE, TARGETS, BAD_EVERYWHERE | BAD_TABLES
    ),
    "taggers of words": Subject(
        ensemble(RNNTagger), TOKENS, WORD_LABELS, BAD_EVERYWHERE | BAD_TOKENS
    ),
}


@cache
def fitted(name):
    """The model that all tests share, as none may change it."""
    subject = SUBJECTS[name]
    return clone(subject.estimator).fit(subject.X, subject.y)


@cache
def predictions_before(name):
    return flat_predictions(fitted(name), SUBJECTS[name].X)


def flat_predictions(model, X):
    """What a model predicts, or the vectors that it gives, as one array of numbers."""
    methods = ("transform",) if isinstance(model, RNNEncoder) else ()
    methods += ("score_samples", "predict_proba", "predict")
    found = (getattr(model, name) for name in methods if hasattr(model, name))
    predicted = next(method for method in found if not _needs_y(method))(X)
    return np.concatenate([np.ravel(row) for row in predicted])


def _needs_y(method):
    y = inspect.signature(method).parameters.get("y")
    return y is not None and y.default is y.empty


def assert_as_before(name, model=None):
    model = fitted(name) if model is None else model
    found = flat_predictions(model, SUBJECTS[name].X)
    np.testing.assert_array_equal(found, predictions_before(name), strict=True)


def methods_of(model) -> list[str]:
    """Name every public method that takes X, but for those that train on it."""
    found = []
    for name in dir(type(model)):
        if name.startswith(("_", "fit", "partial")) or not hasattr(model, name):
            continue
        method = getattr(model, name)
        if callable(method) and "X" in inspect.signature(method).parameters:
            found.append(name)
    return found


def call(model, method, X, y) -> Callable:
    """Give a call of a method with X, and with whatever else it needs."""
    parameters = inspect.signature(getattr(model, method)).parameters
    given = {"X": X, "y": y, "labels": y, "k": 1}
    return lambda: getattr(model, method)(**{key: given[key] for key in given if key in parameters})


def refuses(facts, run, *args, **options):
    """Check that a call ends with one error of the library's or scikit-learn's that says it all."""
    with pytest.raises((TypeError, ValueError)) as info:
        run(*args, **options)
    message = str(info.value)
    for fact in facts:
        assert re.search(fact, message), f"{fact!r} is not said by: {message}"
    assert len(message) < 700, message
    raised_in = str(info.traceback[-1].frame.code.path)
    assert re.search("/(sklearn|sklearn_rnn)/", raised_in), raised_in
