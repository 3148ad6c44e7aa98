"""Tokens to ids and back."""

import copy
import pickle

import numpy as np
import pytest

from sklearn_rnn.data import PADDING_ID, UNKNOWN_ID, Vocabulary


def test_padding_is_0_unknown_1_and_tokens_follow_in_order():
    vocabulary = Vocabulary(["the", "cat"])
    assert (PADDING_ID, UNKNOWN_ID) == (0, 1)
    assert vocabulary.tokens == ("<pad>", "<unk>", "the", "cat")
    assert list(vocabulary) == ["<pad>", "<unk>", "the", "cat"]
    assert len(vocabulary) == 4
    assert vocabulary.encode(["cat", "the", "cat"]) == [3, 2, 3]


@pytest.mark.parametrize("seed", range(10))
def test_known_tokens_come_back_and_others_become_unknown(seed):
    rng = np.random.default_rng(seed)
    words = [f"word{i}" for i in range(20)]
    vocabulary = Vocabulary(rng.permutation(words[:10]).tolist())
    tokens = rng.choice(words, size=50).tolist()
    ids = vocabulary.encode(tokens)
    known = [token in words[:10] for token in tokens]
    assert [token in vocabulary for token in tokens] == known
    assert [i > UNKNOWN_ID for i in ids] == known
    assert list(vocabulary.iter_ids(tokens)) == ids
    expected = [t if k else "<unk>" for t, k in zip(tokens, known, strict=True)]
    assert vocabulary.decode(ids) == expected


def test_a_token_that_looks_like_padding_or_unknown_is_a_token():
    vocabulary = Vocabulary(["<unk>"])
    assert vocabulary.encode(["<pad>", "<unk>"]) == [1, 2]
    assert "<pad>" not in vocabulary


def test_padding_and_unknown_have_the_names_they_were_given():
    vocabulary = Vocabulary(["a"], padding="_", unknown="?")
    assert vocabulary.decode([0, 1, 2]) == ["_", "?", "a"]


def test_an_id_above_the_largest_is_unknown():
    assert Vocabulary(["a"]).decode(np.array([2, 3, 10**9])) == ["a", "<unk>", "<unk>"]


def test_a_negative_id_is_an_error():
    with pytest.raises(ValueError, match="must not be negative, but -1 is among them"):
        Vocabulary(["a"]).decode([2, -1])


def test_a_repeated_token_is_an_error():
    with pytest.raises(ValueError, match="token 'b' has the ids 3 and 5; give every token once"):
        Vocabulary(["a", "b", "c", "b", "b"][:4])


def test_vocabularies_are_equal_where_their_tokens_are():
    vocabulary = Vocabulary(["a", "b"])
    for twin in (
        Vocabulary("ab"),
        copy.deepcopy(vocabulary),
        pickle.loads(pickle.dumps(vocabulary)),
    ):
        assert twin == vocabulary
        assert hash(twin) == hash(vocabulary)
    for other in (Vocabulary("ba"), Vocabulary("a"), Vocabulary("ab", unknown="?"), ("a", "b")):
        assert other != vocabulary


def test_the_repr_counts_padding_and_unknown():
    assert repr(Vocabulary(["a"])) == "Vocabulary of 3 tokens, padding and unknown among them"
