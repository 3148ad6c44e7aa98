"""Vectors that somebody else has trained."""

import numpy as np
import pytest

from sklearn_rnn.estimators._pretrained import read_vectors
from sklearn_rnn.estimators._words import word_form


class KeyedVectors:
    def __init__(self, words, vectors):
        self.key_to_index = {word: i for i, word in enumerate(words)}
        self.vectors = vectors

    def get_vector(self, word):
        return self.vectors[self.key_to_index[word]]


def as_dict(words, vectors):
    return dict(zip(words, vectors, strict=True))


@pytest.mark.parametrize("make", [as_dict, KeyedVectors])
def test_each_form_has_the_vector_of_the_word_written_so_or_else_of_the_first(make):
    words = ["Rome", "The", "the", "ROME", "1984", "0000", "42"]
    vectors = np.arange(14.0).reshape(7, 2)
    found = read_vectors(make(words, vectors), word_form)
    assert found.dim == 2 and found.vectors.dtype == np.float32
    assert found.rows == {"rome": 0, "the": 2, "0000": 5, "00": 6}
    np.testing.assert_array_equal(found.vectors, vectors)


def test_integers_are_numbers():
    found = read_vectors({"a": [1, 2]}, word_form)
    assert found.vectors.tolist() == [[1, 2]]


@pytest.mark.parametrize("make", [as_dict, KeyedVectors])
def test_a_vector_that_is_not_finite_is_named(make):
    vectors = np.ones((3, 2))
    vectors[1, 1] = np.inf
    with pytest.raises(ValueError, match="the embedding of 'b' is not finite"):
        read_vectors(make(["a", "b", "c"], vectors), word_form)


@pytest.mark.parametrize("make", [as_dict, KeyedVectors])
def test_no_vectors_are_refused(make):
    with pytest.raises(ValueError, match="the embedding is empty"):
        read_vectors(make([], np.empty((0, 2))), word_form)


def test_numbers_beyond_float32_are_not_finite():
    with pytest.raises(ValueError, match="the embedding of 'b' is not finite"):
        read_vectors({"a": np.ones(1), "b": np.array([1e300])}, word_form)


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        ({"a": np.ones((1, 2))}, "the embedding of 'a' is array.*one-dimensional"),
        ({"a": np.ones(2), 3: np.ones(2)}, "the embedding of 3"),
        ({"a": ["x"]}, "the embedding of 'a'"),
        ({"a": np.ones(2), "b": np.ones(3)}, "'b' has 3 numbers, but that of 'a' has 2"),
    ],
)
def test_what_is_no_vector_is_named(vectors, message):
    with pytest.raises(ValueError, match=message):
        read_vectors(vectors, word_form)
