"""Vectors of words by the company they keep."""

import numpy as np
import pytest

from sklearn_rnn import Sequences
from sklearn_rnn.estimators import _cooccurrence
from sklearn_rnn.estimators._cooccurrence import cooccurrence_vectors


def texts_of(lists):
    return Sequences.from_list([np.array(ids) for ids in lists])


@pytest.fixture
def about_two_things():
    """Texts of the words 2 to 11, and of 12 to 21, with 22 in all of them, and 23 just once."""
    rng = np.random.default_rng(0)
    lists = [[22, *rng.choice(np.arange(start, start + 10), 6)] for start in (2, 12) * 60]
    lists[0].append(23)
    return texts_of(lists)


def test_words_of_the_same_texts_are_alike(about_two_things):
    vectors = cooccurrence_vectors(about_two_things, 25, 3)
    units = vectors[2:22] / np.linalg.norm(vectors[2:22], axis=1, keepdims=True)
    alike = units @ units.T
    assert alike[:10, :10].min() > 0.5 and alike[:10, 10:].max() < 0.3


def test_the_rarer_a_word_the_longer_and_once_is_no_company(about_two_things):
    vectors = cooccurrence_vectors(about_two_things, 25, 3)
    frequency = np.bincount(about_two_things.values, minlength=25) / len(about_two_things.values)
    expected = 1e-3 / (1e-3 + frequency)
    expected[[0, 1, 23, 24]] = 0
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), expected, rtol=1e-5)


def test_information_is_that_of_its_definition(monkeypatch):
    rng = np.random.default_rng(1)
    lists = [rng.integers(1, 9, rng.integers(1, 25)).tolist() for _ in range(40)]
    pairs = np.zeros((9, 9))
    for ids in lists:
        for i, left in enumerate(ids):
            for j in range(i + 1, min(i + 11, len(ids))):
                pairs[left, ids[j]] += 1 / (j - i)
                pairs[ids[j], left] += 1 / (j - i)
    contexts = pairs.sum(0) ** 0.75
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.log(pairs / pairs.sum(1, keepdims=True) / (contexts / contexts.sum()))
    expected = np.where(expected > 0, expected, 0)
    expected[:2] = 0
    seen = []

    def decompose(matrix, **options):
        seen.append(matrix.toarray())
        return np.linalg.svd(seen[0])

    monkeypatch.setattr(_cooccurrence, "randomized_svd", decompose)
    cooccurrence_vectors(texts_of(lists), 9, 9)
    np.testing.assert_allclose(seen[0], expected, atol=1e-12)


def test_texts_of_single_words_have_no_company():
    vectors = cooccurrence_vectors(texts_of([[2], [3], [3], [2], [1]]), 6, 2)
    assert vectors.shape == (6, 2) and not vectors.any()


def test_only_the_first_tokens_and_the_frequent_words_are_looked_at(monkeypatch, about_two_things):
    monkeypatch.setattr(_cooccurrence, "_MOST_WORDS", 5)
    vectors = cooccurrence_vectors(about_two_things, 25, 3)
    frequent = np.argsort(-np.bincount(about_two_things.values))[:5]
    assert np.count_nonzero(vectors.any(axis=1)) == 5 and vectors[frequent].any(axis=1).all()
    monkeypatch.setattr(_cooccurrence, "_MOST_TOKENS", 50)
    assert np.isfinite(cooccurrence_vectors(about_two_things, 25, 3)).all()


def test_vectors_are_the_same_again(about_two_things):
    first = cooccurrence_vectors(about_two_things, 25, 3)
    np.testing.assert_array_equal(first, cooccurrence_vectors(about_two_things, 25, 3))
