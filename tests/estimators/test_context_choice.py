"""Whether what texts are about tells their labels better than their words do."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from sklearn_rnn import Sequences
from sklearn_rnn.estimators import _context_choice
from sklearn_rnn.estimators._context_choice import _foretold, tells_more_than_words
from sklearn_rnn.estimators._training_data import TrainingData


@pytest.mark.parametrize(
    "shares", [(0.5, 0.5), (0.25, 0.25, 0.25, 0.25), (0.1, 0.9), (0.1, 0.2, 0.7)]
)
def test_closed_form_is_leaving_one_out(shares, monkeypatch):
    rng = np.random.default_rng(0)
    features, target = rng.normal(size=(30, 6)), rng.choice(len(shares), 30, p=shares)
    features[:, 0] += target
    indicators = (target[:, None] == np.arange(len(shares))).astype(float)
    means = indicators.mean(axis=0)
    indicators -= means
    for penalty in (0.1, 10.0):
        monkeypatch.setattr(_context_choice, "_PENALTIES", (penalty,))
        model = Ridge(penalty, fit_intercept=False)
        expected = cross_val_predict(model, features, indicators, cv=LeaveOneOut())
        assert _foretold(features, target) == np.mean((means + expected).argmax(1) == target)


def some_texts(n=60):
    """Texts of three words of one of two halves of a vocabulary, the class, and of word 2 or 3."""
    rng = np.random.default_rng(0)
    target = np.arange(n) % 2
    ids = [np.r_[4 + 100 * label + rng.integers(0, 100, 3), 2 + i // 2 % 2]
           for i, label in enumerate(target)]  # fmt: skip
    table = np.zeros((204, 2))
    table[4:104, 0] = table[104:, 1] = 1
    return Sequences.from_list(ids), target, table


def with_labels(texts, target, rows=None):
    return TrainingData(texts, target, None, rows)


def test_vectors_tell_what_rare_words_do_not():
    texts, target, table = some_texts()
    assert tells_more_than_words(with_labels(texts, target), table)
    assert not tells_more_than_words(with_labels(texts, np.arange(60) // 2 % 2), table)


def test_features_that_tell_nothing_foretell_the_larger_class():
    assert _foretold(np.ones((40, 1)), np.arange(40) // 30) == 0.75


def test_labels_belong_to_the_rows_that_are_trained_on():
    texts, target, table = some_texts()
    rows = np.flatnonzero(np.arange(60) % 6 < 3)  # the classes do not alternate among them
    assert tells_more_than_words(with_labels(texts, target[rows], rows), table)


def test_of_many_texts_the_network_learns_by_itself(monkeypatch):
    texts, target, table = some_texts()
    monkeypatch.setattr(_context_choice, "_MOST", 40)
    assert tells_more_than_words(with_labels(texts, target), table)
    monkeypatch.setattr(_context_choice, "_FEW", 59)
    assert not tells_more_than_words(with_labels(texts, target), table)


def test_one_class_and_unknown_words_are_no_error():
    texts = Sequences.from_list([np.array([1, 500])] * 3)
    assert not tells_more_than_words(with_labels(texts, np.zeros(3, int)), np.ones((5, 2)))
