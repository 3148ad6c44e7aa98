"""Dicts of features as numbers and bags."""

from decimal import Decimal

import numpy as np
import pytest

from sklearn_rnn.estimators._feature_reader import FeatureReader, holds_features

X = [
    [{"w": "a", "n": 1.5, "up": True}, {"w": "b"}],
    [{"n": -2, "list": ["x", "y"]}],
    [{}, {"w": "a", "n": None, "up": np.bool_(False)}],
]


def texts(reader, sequences):
    """The named features of each step, from the bags."""
    names = {i: name for name, i in reader.ids.items()}
    table = reader.bags(sequences)
    bags = [
        {names[i] for i in table.buckets[start:stop].tolist()}
        for start, stop in zip(table.offsets[:-1], table.offsets[1:], strict=True)
    ]
    return [bags[code] for code in sequences.codes[:, 0]]


def test_numbers_are_columns_in_alphabetical_order_and_zero_where_absent():
    reader = FeatureReader()
    sequences = reader.fit([[{"b": 1, "a": 2.5}], [{"b": np.float32(3)}, {}]])
    assert reader.numbers == ["a", "b"] and reader.n_features == 1
    assert sequences.values.tolist() == [[2.5, 1], [0, 3], [0, 0]]
    assert sequences.lengths.tolist() == [1, 2]


def test_the_others_are_named_by_feature_and_value():
    reader = FeatureReader()
    sequences = reader.fit(X)
    assert texts(reader, sequences) == [
        {"w=a", "up=True"},
        {"w=b"},
        {"list=x", "list=y"},
        set(),
        {"w=a", "up=False"},
    ]
    assert reader.n_features == 6
    assert reader.kinds == {"w": "text", "n": "number", "up": "text", "list": "text"}


def test_what_fit_did_not_see_is_absent():
    reader = FeatureReader()
    reader.fit(X)
    sequences = reader.transform([[{"w": "new", "m": 3.0, "n": 2, "z": "q", "list": {"y", "k"}}]])
    assert sequences.values.tolist() == [[2]]
    assert texts(reader, sequences) == [{"list=y"}]


def test_equal_tokens_are_one_bag_whatever_the_order():
    reader = FeatureReader()
    sequences = reader.fit([[{"a": "x", "b": "y"}, {"b": "y", "a": "x"}, {"a": "x"}]])
    assert sequences.codes[:, 0].tolist() == [0, 0, 1]
    assert len(sequences.categories[0]) == 2


def test_what_is_not_kept_is_read_but_not_learned():
    strange = [[{"w": "c", "m": 3.0}], *X, [{"w": "b"}]]
    reader, expected = FeatureReader(), FeatureReader()
    sequences, plain = reader.fit(strange, kept=np.array([1, 2, 3])), expected.fit(X)
    assert vars(reader) == vars(expected)
    np.testing.assert_array_equal(sequences[[1, 2, 3]].values, plain.values)
    np.testing.assert_array_equal(sequences[[1, 2, 3]].codes, plain.codes)
    assert texts(reader, sequences) == [set(), *texts(expected, plain), {"w=b"}]


def test_dicts_are_not_written_to():
    before = [[dict(token) for token in row] for row in X]
    FeatureReader().fit(X)
    assert before == X


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"x", "b'x' of type bytes"),
        ({"a": 1}, "{'a': 1} of type dict"),
        (1j, "1j of type complex"),
        (Decimal(1), ".* of type Decimal"),
        (float("nan"), "nan of type float, but numbers must be finite"),
        (object, ".* of type type, but features are str"),
    ],
)
def test_values_of_other_types_are_refused(value, message):
    with pytest.raises(ValueError, match=f"sequence 1, step 0: the feature 'f' is {message}"):
        FeatureReader().fit([[{}], [{"f": value}]])


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        ([[{}]], True),
        ([[], [{"a": 1}]], True),
        (([{"a": 1}],), True),
        ([["a"]], False),
        (["a"], False),
        ([], False),
        ([[]], False),
        ([np.zeros((2, 2))], False),
        (np.zeros((2, 2)), False),
        ({"a": 1}, False),
    ],
)
def test_features_are_recognised(X, expected):
    assert holds_features(X) is expected
