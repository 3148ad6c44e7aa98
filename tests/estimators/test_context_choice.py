"""Whether what texts are about tells their labels better than their words do."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from sklearn_rnn import Sequences
from sklearn_rnn.estimators import _context_choice
from sklearn_rnn.estimators._context_choice import _foretold, tells_more_than_words


@pytest.mark.parametrize("n_classes", [2, 4])
def test_closed_form_is_leaving_one_out(n_classes, monkeypatch):
    rng = np.random.default_rng(0)
    features, target = rng.normal(size=(30, 6)), rng.integers(0, n_classes, 30)
    features[:, 0] += target
    indicators = (target[:, None] == np.arange(n_classes)).astype(float)
    indicators -= indicators.mean(axis=0)
    for penalty in (0.1, 10.0):
        monkeypatch.setattr(_context_choice, "_PENALTIES", (penalty,))
        model = Ridge(penalty, fit_intercept=False)
        expected = cross_val_predict(model, features, indicators, cv=LeaveOneOut())
        assert _foretold(features, target) == np.mean(expected.argmax(1) == target)


def some_texts(n=60):
    """Texts of three words of one of two halves of a vocabulary, the class, and of word 2 or 3."""
    rng = np.random.default_rng(0)
    target = np.arange(n) % 2
    ids = [np.r_[4 + 100 * label + rng.integers(0, 100, 3), 2 + i // 2 % 2]
           for i, label in enumerate(target)]  # fmt: skip
    table = np.zeros((204, 2))
    table[4:104, 0] = table[104:, 1] = 1
    return Sequences.from_list(ids), target, table


def test_vectors_tell_what_rare_words_do_not():
    texts, target, table = some_texts()
    assert tells_more_than_words(texts, target, table)
    assert not tells_more_than_words(texts, np.arange(60) // 2 % 2, table)


def test_of_many_texts_the_network_learns_by_itself(monkeypatch):
    texts, target, table = some_texts()
    monkeypatch.setattr(_context_choice, "_MOST", 40)
    assert tells_more_than_words(texts, target, table)
    monkeypatch.setattr(_context_choice, "_FEW", 59)
    assert not tells_more_than_words(texts, target, table)


def test_one_class_and_unknown_words_are_no_error():
    texts = Sequences.from_list([np.array([1, 500])] * 3)
    assert not tells_more_than_words(texts, np.zeros(3, int), np.ones((5, 2)))
