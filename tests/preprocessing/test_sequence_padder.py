"""Cutting and padding, held against loops over one sequence at a time."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNRegressor
from sklearn_rnn.data import Sequences, Vocabulary
from sklearn_rnn.preprocessing import SequencePadder
from tests.ragged_lists import WIDTHS, assert_equal_lists, assert_equal_plain, random_plain

SIDES = ["right", "left"]
SEEDS = range(15)


def cut_by_hand(arrays, length, truncation):
    """Each array without the steps that are too many."""
    return [
        array[max(0, len(array) - length) :] if truncation == "left" else array[:length]
        for array in arrays
    ]


def pad_by_hand(arrays, length, side, value):
    """One array, a sequence at a time; steps of one number lose their last axis."""
    rows = []
    for array in arrays:
        array = array[:, 0] if array.shape[1:] == (1,) else array
        fill = np.full((length - len(array), *array.shape[1:]), value)
        rows.append(np.concatenate([array, fill] if side == "right" else [fill, array]))
    return np.array(rows)


# --- the padded form ----------------------------------------------------------------------------


@pytest.mark.parametrize("truncation", SIDES)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("max_length", [None, 1, 3, 9])
def test_the_array_is_that_of_cutting_and_padding_by_hand(max_length, width, side, truncation):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        arrays = random_plain(rng, width=width, shortest=1).values
        later = random_plain(rng, width=width, shortest=1).values
        value = float(rng.normal())
        options = {"side": side, "truncation": truncation, "value": value}
        padder = SequencePadder(max_length, **options).fit(arrays)
        length = max_length or max(map(len, arrays))
        assert padder.length_ == length
        expected = pad_by_hand(cut_by_hand(later, length, truncation), length, side, value)
        padded = padder.transform(later)
        np.testing.assert_array_equal(np.asarray(padded), expected, strict=True)
        assert padded.shape == expected.shape
        assert padded.lengths.tolist() == [min(len(array), length) for array in later]
        at_once = SequencePadder(max_length, as_array=True, **options).fit(arrays)
        np.testing.assert_array_equal(at_once.transform(later), expected, strict=True)


@pytest.mark.parametrize("truncation", SIDES)
@pytest.mark.parametrize("seed", SEEDS)
def test_codes_and_static_are_cut_along(seed, truncation):
    plain = random_plain(np.random.default_rng(seed), width=2, shortest=1)
    cut = SequencePadder(2, truncation=truncation).fit_transform(plain.sequences)
    columns = [cut_by_hand(arrays, 2, truncation) for arrays in (plain.values, plain.codes)]
    assert_equal_plain(cut, plain._replace(values=columns[0], codes=columns[1]))


def test_ids_keep_their_vocabulary_and_are_padded_with_0():
    vocabulary = Vocabulary(["a", "b"])
    ids = Sequences(values=np.int32([2, 3, 1]), offsets=[0, 2, 3], vocabulary=vocabulary)
    for value in (0, 0.0):
        padded = SequencePadder(value=value).fit_transform(ids)
        assert padded.vocabulary is vocabulary
        np.testing.assert_array_equal(
            np.asarray(padded), np.array([[2, 3], [1, 0]], dtype=np.int32), strict=True
        )


def test_ids_keep_their_vocabulary_where_they_are_cut():
    vocabulary = Vocabulary(["a", "b"])
    ids = Sequences(values=[2, 3, 1], offsets=[0, 2, 3], vocabulary=vocabulary)
    cut = SequencePadder(1, truncation="left").fit_transform(ids)
    assert cut.vocabulary is vocabulary
    assert cut.values.tolist() == [3, 1]


def test_nothing_is_copied_where_nothing_is_cut(rng):
    plain = random_plain(rng, width=2, shortest=1)
    padded = SequencePadder().fit_transform(plain.sequences)
    assert np.shares_memory(padded.values, SequencePadder().fit_transform(padded).values)
    assert_equal_plain(padded, plain)


def test_padding_twice_is_padding_once(rng):
    arrays = random_plain(rng, width=2, shortest=1).values
    once = SequencePadder(3, side="left").fit_transform(arrays)
    twice = SequencePadder(3, side="left").fit_transform(once)
    np.testing.assert_array_equal(np.asarray(twice), np.asarray(once))


@pytest.mark.parametrize("side", SIDES)
def test_a_padded_form_of_before_is_replaced(side):
    before = SequencePadder(9, side="left", value=5).fit_transform([[1.0, 2.0], [3.0]])
    after = SequencePadder(side=side).fit_transform(before)
    expected = {"right": [[1, 2], [3, 0]], "left": [[1, 2], [0, 3]]}[side]
    np.testing.assert_array_equal(np.asarray(after), expected)


def test_a_table_and_a_3d_array_are_padded_too():
    padder = SequencePadder(4, as_array=True)
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    assert padder.fit_transform(table).tolist() == [[1, 3, 0, 0], [2, 4, 0, 0]]
    assert padder.n_features_in_ == 2
    assert padder.feature_names_in_.tolist() == ["a", "b"]
    X = np.ones((1, 2, 3))
    X[0, 1] = np.nan
    assert padder.fit_transform(X)[0].tolist() == [[1, 1, 1]] + [[0, 0, 0]] * 3
    assert padder.n_features_in_ == 3


def test_the_input_stays_as_it_was(rng):
    arrays = random_plain(rng, width=2, shortest=1).values
    copies = [array.copy() for array in arrays]
    SequencePadder(2, value=-1.0, as_array=True).fit_transform(arrays)
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


# --- and back -----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, -1, 0.1, np.float64(0.1), np.nan, np.inf], ids=repr)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("width", [1, 3])
def test_the_inverse_takes_the_padding_away(width, side, dtype, value):
    for seed in range(8):
        arrays = random_plain(np.random.default_rng(seed), 5, width, dtype, shortest=1).values
        columns = [array[:, 0] if width == 1 else array for array in arrays]
        padder = SequencePadder(7, side=side, value=value)
        padded = padder.fit_transform(arrays)
        assert_equal_lists(padder.inverse_transform(padded), columns)
        assert padder.inverse_transform(padded).padding is None
        unpadded = padder.inverse_transform(np.asarray(padded))
        assert [len(array) for array in unpadded] == [len(array) for array in arrays]
        for got, expected in zip(unpadded, columns, strict=True):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("side", SIDES)
def test_the_inverse_of_an_array_keeps_zeros_between_steps(side):
    padder = SequencePadder(5, side=side, as_array=True)
    arrays = [np.array([1.0, 0.0, 2.0]), np.array([3.0])]
    assert_equal_lists(padder.inverse_transform(padder.fit_transform(arrays)), arrays)


@pytest.mark.parametrize("side", SIDES)
def test_a_step_with_one_zero_is_no_padding(side):
    padder = SequencePadder(4, side=side, as_array=True)
    arrays = [np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([[0.0, 3.0]])]
    assert_equal_lists(padder.inverse_transform(padder.fit_transform(arrays)), arrays)


def test_a_row_of_padding_alone_becomes_an_empty_sequence():
    padder = SequencePadder().fit([[1.0, 2.0]])
    assert padder.inverse_transform([[0.0, 0.0], [1.0, 0.0]]).lengths.tolist() == [0, 1]


@pytest.mark.parametrize("shape", [(2,), (2, 4), (2, 2, 3), (1, 1, 3, 1)], ids=str)
def test_the_inverse_refuses_an_array_of_another_length(shape):
    padder = SequencePadder().fit([[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match=r"of 3 steps is expected, \(n, 3\) or .*came with shape"):
        padder.inverse_transform(np.ones(shape))


@pytest.mark.parametrize("side", SIDES)
def test_missing_values_are_passed_on(side):
    arrays = [np.array([1.0, np.nan, 2.0]), np.array([np.nan]), np.array([3.0, np.nan])]
    padder = SequencePadder(side=side)
    assert_equal_lists(padder.fit_transform(arrays), arrays)
    expected = pad_by_hand(arrays, 3, side, 0.0)
    np.testing.assert_array_equal(padder.transform(arrays).to_padded(), expected)
    model = RNNRegressor(missing="mask", hidden_size=2, max_epochs=1, random_state=0)
    through = make_pipeline(padder, clone(model)).fit(arrays, [0, 1, 2]).predict(arrays)
    np.testing.assert_array_equal(through, model.fit(arrays, [0, 1, 2]).predict(arrays))


# --- bad input ----------------------------------------------------------------------------------


def test_a_sequence_that_is_too_long_is_named_where_cutting_is_refused():
    padder = SequencePadder(truncation="error").fit([[1.0, 2.0], [3.0]])
    assert padder.transform([[1.0], [2.0, 3.0]]).lengths.tolist() == [1, 2]
    message = r"sequence 1 has 3 steps, but at most 2 are allowed; raise max_length, or set trunc"
    with pytest.raises(ValueError, match=message):
        padder.transform([[1.0], [1.0, 2.0, 3.0], [1.0] * 9])


def test_ids_cannot_be_padded_with_anything_but_0():
    ids = Sequences(values=[2], offsets=[0, 1], vocabulary=Vocabulary("a"))
    with pytest.raises(ValueError, match="ids are padded with 0, but value=-1"):
        SequencePadder(value=-1).fit_transform(ids)


@pytest.mark.parametrize(
    "X, message",
    [
        (["a text"], "X is texts, but sequences of numbers"),
        ([[1.0], []], "sequence 1 is empty"),
        ([[1.0, np.inf]], "infinity .*: sequence 0, step 1"),
        ([np.ones((2, 3))], "X has 3 features, but SequencePadder is expecting 1"),
    ],
    ids=["texts", "empty", "infinity", "wider"],
)
def test_bad_sequences_are_named(X, message):
    with pytest.raises(ValueError, match=message):
        SequencePadder().fit([[1.0], [2.0, 3.0]]).transform(X)


@pytest.mark.parametrize(
    "options",
    [
        {"max_length": 0},
        {"max_length": 2.5},
        {"side": "both"},
        {"truncation": "none"},
        {"value": None},
        {"value": "0"},
        {"as_array": "yes"},
    ],
    ids=str,
)
def test_a_parameter_out_of_range_is_named(options):
    message = f"The '{next(iter(options))}' parameter of SequencePadder"
    with pytest.raises(ValueError, match=message):
        SequencePadder(**options).fit([[1.0]])


@pytest.mark.parametrize("method", ["transform", "inverse_transform"])
def test_a_padder_that_was_not_fitted_says_so(method):
    with pytest.raises(NotFittedError, match="SequencePadder instance is not fitted"):
        getattr(SequencePadder(), method)([[1.0]])
