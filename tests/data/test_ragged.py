"""Flattening, gathering and padding, held against loops over one sequence at a time."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse

from sklearn_rnn.data._ragged import flatten, gather_positions, pad
from tests.ragged_lists import WIDTHS, random_plain, short_id

SEEDS = range(20)


# --- flatten ------------------------------------------------------------------------------------


def same(arrays):
    return arrays


def as_lists(arrays):
    return [array.tolist() for array in arrays]


def as_nested_tuples(arrays):
    return [tuple(array) for array in arrays]


def as_tensors(arrays):
    return [torch.from_numpy(array) for array in arrays]


def as_trained_tensors(arrays):
    return [torch.from_numpy(array).requires_grad_() for array in arrays]


def as_lists_of_tensors(arrays):
    return [list(torch.from_numpy(array).requires_grad_()) for array in arrays]


def as_series(arrays):
    return [pd.Series(list(array), index=range(7, 7 + len(array))) for array in arrays]


def as_objects(arrays):
    return [array.astype(object) for array in arrays]


def as_fortran(arrays):
    return [np.asfortranarray(array) for array in arrays]


def as_readonly(arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays


def as_strided(arrays):
    return [np.repeat(array, 2, axis=0)[::2] for array in arrays]


def as_one_of_each(arrays):
    forms = [same, as_lists, as_tensors, as_objects, as_nested_tuples]
    return [forms[i % len(forms)]([array])[0] for i, array in enumerate(arrays)]


FORMS = [
    same,
    as_lists,
    as_nested_tuples,
    as_tensors,
    as_trained_tensors,
    as_lists_of_tensors,
    as_objects,
    as_fortran,
    as_readonly,
    as_strided,
    as_one_of_each,
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_form_of_sequence_flattens_to_the_same(form, width):
    for seed in SEEDS:
        plain = random_plain(np.random.default_rng(seed), width=width, shortest=1)
        values, lengths = flatten(form(plain.values))
        np.testing.assert_array_equal(values, np.concatenate(plain.values), strict=True)
        np.testing.assert_array_equal(lengths, [len(x) for x in plain.values], strict=True)


def test_series_flatten_by_position_not_by_label(rng):
    plain = random_plain(rng, n=5, shortest=1)
    values, _ = flatten(as_series(plain.values))
    np.testing.assert_array_equal(values, np.concatenate(plain.values))


def test_tables_flatten_to_their_rows():
    tables = [pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}), pd.DataFrame({"a": [5], "b": [6]})]
    values, lengths = flatten(tables)
    np.testing.assert_array_equal(values, [[1, 3], [2, 4], [5, 6]])
    assert lengths.tolist() == [2, 1]


@pytest.mark.parametrize("empty", [[], (), np.empty(0), np.empty((0, 9))], ids=repr)
def test_an_empty_sequence_has_any_width(empty):
    values, lengths = flatten([np.ones((2, 3)), empty, np.ones((1, 3))])
    assert values.shape == (3, 3)
    assert lengths.tolist() == [2, 0, 1]


@pytest.mark.parametrize("sequences", [[], [[], []], [np.empty((0, 2))]], ids=repr)
def test_nothing_flattens_to_no_steps(sequences):
    values, lengths = flatten(sequences)
    assert values.shape == (0,)
    assert lengths.tolist() == [0] * len(sequences)


@pytest.mark.parametrize("dtype", ["bool", "int8", "int32", "uint64", "float32", "float64"])
def test_a_dtype_is_kept(dtype):
    values, _ = flatten([np.ones(2, dtype=dtype), np.zeros(1, dtype=dtype)])
    assert values.dtype == dtype


def test_lists_of_integers_stay_integers_and_mix_with_floats():
    assert flatten([[1, 2], [3]])[0].dtype == np.int64
    np.testing.assert_array_equal(flatten([[1, 2], [0.5]])[0], [1.0, 2.0, 0.5], strict=True)
    np.testing.assert_array_equal(flatten([[1, 2], [None]])[0], [1.0, 2.0, np.nan], strict=True)


@pytest.mark.parametrize(
    "bad, message",
    [
        ("no", r"sequence 1 is text \('no'\), but sequence 0 is not; give either texts or arrays"),
        (b"no", r"sequence 1 is text \(b'no'\)"),
        (None, r"sequence 1 is None of type NoneType, but every .* \(time,\) or .* as \[step\]"),
        (2.5, "sequence 1 is 2.5 of type float, but every sequence"),
        (np.array(2.5), "sequence 1 is array.2.5. of type ndarray"),
        (torch.tensor(2.5), "sequence 1 is tensor.2.5000. of type Tensor"),
        (["a", "b"], r"sequence 1 holds strings \(step 0 is 'a' of type str\), but numbers"),
        ([1.0, "b"], r"sequence 1 holds strings \(step 1 is 'b' of type str\)"),
        (np.array(["a"]), "sequence 1 holds strings, but numbers are needed"),
        (np.array([b"a"]), "sequence 1 holds bytes"),
        (np.array(["a"], dtype=object), "sequence 1 is no array .*: step 0 is 'a' of type str"),
        (np.array(["2020-01-01"], dtype="M8[D]"), "sequence 1 holds dates"),
        (np.array([1], dtype="m8[D]"), "sequence 1 holds time differences"),
        ([pd.Timestamp(2020, 1, 1)], r"sequence 1 is no array .*: step 0 is Timestamp\('2020"),
        ([1.0, {}], r"sequence 1 is no array .*: step 1 is \{\} of type dict"),
        ([1.0, pd.NA], "sequence 1 is no array .*: step 1 is <NA> of type NAType"),
        ({"a": 1}, "sequence 1 is no array of numbers: .* not 'dict'"),
        ({1}, "sequence 1 is no array of numbers: .* not 'set'"),
        ([1j], "Complex data not supported: sequence 1 is complex128.*as two features"),
        ([[1, 2], [3]], "sequence 1 is no array .*: step 1 has the width 1, but step 0 has 2"),
        ([1, [2, 3]], "sequence 1 is no array .*: step 1 has the width 2, but step 0 has 1"),
        ([np.ones(2), np.ones(3)], "sequence 1 .*: step 1 has the width 3, but step 0 has 2"),
        ([[1, 2], [3, [4]]], r"sequence 1 .*: step 1, feature 1 is \[4\] of type list"),
        ([1, [2]], r"sequence 1 .*: step 1 is \[2\] of type list, but step 0 is 1 of type int"),
        ([1.0, 10**400], "sequence 1 .*: step 1 is 1000.* of type int. Every"),
        ([1.0, np.datetime64("2020-01-01")], "step 1 is .*2020-01-01.* of type datetime64"),
        ([1.0, np.timedelta64(3, "D")], "sequence 1 .*: step 1 is .* of type timedelta64"),
        ([1.0, np.datetime64("NaT")], "sequence 1 .*: step 1 is .*NaT.* of type datetime64"),
        (pd.DataFrame({"a": [1], "b": ["x"]}), "row 0 of its column 'b' is 'x' of type str"),
        (torch.ones(2, device="meta"), "sequence 1 .*: a tensor of .* on the device 'meta' holds"),
        ([[[1.0]]], r"sequence 1 has shape \(1, 1, 1\), but every sequence must be \(time,\)"),
        (sparse.csr_array(np.eye(2)), r"sequence 1 .*: sparse data .*; toarray\(\)"),
        (torch.eye(2).to_sparse(), r"sequence 1 .*: sparse data .*to_dense\(\)"),
        ([[1.0], [2.0]], r"sequence 1 has 1 feature a step, but sequence 0 has one number a step"),
        (np.ones((2, 3)), r"has 3 features a step, .* has one number a step, shape \(time,\); ev"),
    ],
    ids=short_id,
)
def test_what_is_no_sequence_of_numbers_is_named(bad, message):
    for good in ([1.0, 2.0], np.array([1.0, 2.0])):
        with pytest.raises(ValueError, match=message):
            flatten([good, bad, good])


def test_sequences_among_sequences_are_refused(rng):
    with pytest.raises(ValueError, match="sequence 0 is itself Sequences; Sequences.concat"):
        flatten([random_plain(rng, width=2).sequences])


def test_widths_that_differ_are_named():
    with pytest.raises(ValueError, match="sequence 2 has 3 features a step, but sequence 1 has 2"):
        flatten([np.empty((0, 5)), np.ones((1, 2)), np.ones((1, 3))])
    with pytest.raises(ValueError, match="sequence 1 has 3 features a step, but sequence 0 has 2"):
        flatten([[[1, 2]], [[1, 2, 3]]])


def test_tables_whose_columns_are_swapped_are_refused():
    table = pd.DataFrame({"a": [1.0], "b": [2.0]})
    message = r"sequence 2 has the columns \['b', 'a'\], but sequence 0 has \['a', 'b'\]"
    with pytest.raises(ValueError, match=message):
        flatten([table, table, table[["b", "a"]]])


# --- gathering and padding ----------------------------------------------------------------------


def test_gathered_positions_are_those_of_a_loop():
    for seed in range(100):
        rng = np.random.default_rng(seed)
        n = rng.integers(0, 6)
        starts, lengths = rng.integers(0, 50, size=n), rng.integers(0, 5, size=n)
        ranges = [range(a, a + t) for a, t in zip(starts, lengths, strict=True)]
        expected = [position for positions in ranges for position in positions]
        assert gather_positions(starts, lengths).tolist() == expected


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("width", WIDTHS)
def test_padding_is_that_of_a_loop(width, side):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        plain = random_plain(rng, width=width)
        length = 5 + int(rng.integers(3))
        rows = []
        for array in plain.values:
            fill = np.full((length - len(array), *array.shape[1:]), -7.0)
            rows.append(np.concatenate([array, fill] if side == "right" else [fill, array]))
        values, lengths = flatten(plain.values)
        values = values.reshape(-1, *array.shape[1:])
        padded = pad(values, lengths, length=length, side=side, value=-7)
        np.testing.assert_array_equal(padded, rows, strict=True)


@pytest.mark.parametrize("value", [0, 1, -1, 300, 0.1, np.nan, np.inf, 1e300], ids=repr)
@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "uint64", "float32", "float64"])
def test_the_padded_dtype_holds_values_and_padding(dtype, value):
    padded = pad(np.ones(1, dtype=dtype), np.array([1]), length=2, value=value)
    assert padded[0, 0] == 1
    # 0.1 in the precision of the values is as good as it gets.
    assert padded[0, 1] == pytest.approx(value, rel=1e-3, nan_ok=True)
