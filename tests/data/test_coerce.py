"""Every form of X becomes the same ``Sequences``, and what is none is refused by name."""

from collections import deque

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse

from sklearn_rnn.data import (
    Sequences,
    Vocabulary,
    as_sequences,
    check_id_range,
    check_not_empty,
)
from sklearn_rnn.data._coerce import _first_out_of_range
from tests.ragged_lists import (
    WIDTHS,
    DuckArray,
    assert_equal_lists,
    is_memory_mapped,
    random_plain,
    short_id,
)

SEEDS = range(15)
TOO_LARGE = float(np.finfo(np.float32).max) * 1.01


def object_array(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


# --- numbers ------------------------------------------------------------------------------------

RAGGED_FORMS = {
    "list of arrays": list,
    "tuple": tuple,
    "deque": deque,
    "object array": object_array,
    "Series": lambda arrays: pd.Series(list(arrays), index=[9] * len(arrays), dtype=object),
    "lists": lambda arrays: [array.tolist() for array in arrays],
    "tensors": lambda arrays: [torch.from_numpy(array) for array in arrays],
    "Sequences": Sequences.from_list,
}


@pytest.mark.parametrize("form", RAGGED_FORMS.values(), ids=RAGGED_FORMS)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_ragged_form_becomes_the_same_sequences(form, width):
    for seed in SEEDS:
        arrays = random_plain(np.random.default_rng(seed), width=width, shortest=1).values
        columns = [array[:, None] if width is None else array for array in arrays]
        assert_equal_lists(as_sequences(form(arrays)), columns)


def readonly(array):
    array = array.copy()
    array.flags.writeable = False
    return array


RECTANGULAR_FORMS = {
    "ndarray": np.array,
    "readonly": readonly,
    "fortran": np.asfortranarray,
    "strided": lambda array: np.repeat(array, 2, axis=0)[::2],
    "reversed": lambda array: array[::-1].copy()[::-1],
    "objects": lambda array: array.astype(object),
    "tensor": lambda array: torch.from_numpy(array).requires_grad_(),
    "duck array": DuckArray,
}


@pytest.mark.parametrize("form", RECTANGULAR_FORMS.values(), ids=RECTANGULAR_FORMS)
@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 2), (1, 1), (1, 1, 1)], ids=str)
def test_every_rectangular_form_becomes_one_sequence_a_row(rng, form, shape):
    array = rng.normal(size=shape)
    assert_equal_lists(as_sequences(form(array)), list(array.reshape(*shape[:2], -1)))


def test_a_table_becomes_one_sequence_a_row():
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    assert_equal_lists(as_sequences(table), [np.array([[1.0], [3.0]]), np.array([[2.0], [4.0]])])


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "uint8", "int64", "uint64", "float16", "float32", "float64"]
)
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 2)], ids=str)
def test_a_numeric_dtype_is_kept(dtype, shape):
    array = np.ones(shape, dtype=dtype)
    assert_equal_lists(as_sequences(array), list(array.reshape(2, 3, -1)))
    assert_equal_lists(as_sequences(list(array)), list(array.reshape(2, 3, -1)))


@pytest.mark.parametrize("dtype", ["Int64", "UInt8", "Float32", "boolean"])
def test_nullable_series_become_numbers(dtype):
    X = [pd.Series([1, 0], dtype=dtype), pd.Series([1], dtype=dtype)]
    sequences = as_sequences(X)
    assert sequences.dtype == X[0].dtype.numpy_dtype
    assert sequences.values.tolist() == [[1], [0], [1]]


def test_the_largest_integers_and_floats_of_float32_are_accepted():
    limit = np.finfo(np.float32).max
    assert as_sequences([np.array([limit, -limit])]).values.tolist() == [[limit], [-limit]]
    largest = np.iinfo(np.uint64).max
    assert as_sequences([np.array([largest], np.uint64)]).values.tolist() == [[largest]]


def test_arrays_and_sequences_are_not_copied():
    for array in (np.ones((2, 3)), np.ones((2, 3, 4)), np.ones((2, 3), dtype=np.float32)):
        assert np.shares_memory(as_sequences(array).values, array)
        assert np.shares_memory(as_sequences(torch.from_numpy(array)).values, array)
    sequences = Sequences.from_list([[1.0], [2.0, 3.0]])
    assert np.shares_memory(as_sequences(sequences).values, sequences.values)


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 2)], ids=str)
def test_memory_mapped_input_stays_memory_mapped(tmp_path, shape):
    np.save(tmp_path / "steps.npy", np.ones(shape))
    array = np.load(tmp_path / "steps.npy", mmap_mode="r")
    assert is_memory_mapped(as_sequences(array).values)
    sequences = Sequences(values=array.reshape(12, -1), offsets=[0, 2, 12])
    assert is_memory_mapped(as_sequences(sequences).values)


def test_codes_static_and_padding_stay_with_their_sequences(rng):
    sequences = random_plain(rng, shortest=1).sequences
    assert sequences.values.ndim == 1
    read = as_sequences(sequences)
    np.testing.assert_array_equal(read.codes, sequences.codes)
    np.testing.assert_array_equal(read.static, sequences.static)


# --- NaN steps are padding at the right end, and errors elsewhere -------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_nan_steps_at_the_right_end_are_padding(seed):
    rng = np.random.default_rng(seed)
    arrays = random_plain(rng, width=3, shortest=1).values
    padded = np.full((len(arrays), 7, 3), np.nan)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    for X in (padded, padded.astype(object), torch.from_numpy(padded), np.asfortranarray(padded)):
        assert_equal_lists(as_sequences(X), arrays)


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_nan_step_before_a_real_one_is_an_error(step):
    X = np.ones((2, 4, 2))
    X[1, step] = np.nan
    X[0, 2:] = np.nan
    with pytest.raises(ValueError, match=f"sequence 1, step {step}, feature 0 is nan.*right end"):
        as_sequences(X)


def test_a_step_that_is_only_partly_nan_is_an_error():
    X = np.ones((2, 4, 2))
    X[1, 3, 1] = np.nan
    with pytest.raises(ValueError, match="sequence 1, step 3, feature 1 is nan"):
        as_sequences(X)


def test_a_sequence_of_padding_alone_is_empty():
    X = np.ones((3, 2, 1))
    X[1] = np.nan
    with pytest.raises(ValueError, match=r"sequence 1 is empty \(1 of 3 are\)"):
        as_sequences(X)


def test_nan_at_the_end_of_a_table_is_no_padding():
    with pytest.raises(ValueError, match="Input X contains NaN: sequence 0, step 1"):
        as_sequences(np.array([[1.0, np.nan]]))


# --- numbers that are refused -------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, text",
    [
        (np.nan, "contains NaN: .* is nan. Every value must be finite: impute or drop"),
        (np.inf, r"contains infinity or a value too large for dtype\('float32'\): .* is inf"),
        (-np.inf, "contains infinity or .* is -inf"),
        (TOO_LARGE, r"too large for dtype\('float32'\): .* is 3\.43.*e\+38"),
        (-TOO_LARGE, r"too large for dtype\('float32'\): .* is -3\.43.*e\+38"),
    ],
    ids=["NaN", "inf", "-inf", "too large", "too small"],
)
def test_a_value_that_is_not_finite_is_located(value, text):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        arrays = random_plain(rng, n=6, width=3, shortest=1).values
        i = int(rng.integers(6))
        step, feature = int(rng.integers(len(arrays[i]))), int(rng.integers(3))
        arrays[i][step, feature] = value
        where = f"sequence {i}, step {step}, feature {feature} is "
        for X in (arrays, [array.tolist() for array in arrays], Sequences.from_list(arrays)):
            with pytest.raises(ValueError, match=text) as caught:
                as_sequences(X)
            assert where in str(caught.value)


@pytest.mark.parametrize(
    "X, step",
    [
        ([[1.0], [1.0, None]], 1),
        ([[1.0], pd.Series([None, 1], dtype="Int64")], 0),
        ([[1.0], pd.Series([0.5, None], dtype="Float64")], 1),
        ([[1.0], np.array([1, 2, None], dtype=object)], 2),
        ([[1.0], np.ma.masked_array([1, 2], mask=[True, False])], 0),
    ],
    ids=["None", "Int64", "Float64", "objects", "masked"],
)
def test_every_kind_of_missing_value_is_located(X, step):
    with pytest.raises(
        ValueError, match=f"contains NaN: sequence 1, step {step}, feature 0 is nan"
    ):
        as_sequences(X)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_search_for_values_out_of_range_goes_block_by_block(dtype):
    for step in range(10):
        values = np.zeros((10, 2), dtype=dtype)
        assert _first_out_of_range(values, chunk=3) is None
        values[step:, 1] = [np.nan, np.inf, -np.inf][step % 3]
        assert _first_out_of_range(values, chunk=3) == step
        assert _first_out_of_range(values) == step


def test_an_integer_too_large_for_float32_is_located():
    with pytest.raises(ValueError, match=r"too large .*sequence 0, step 1, feature 0 is 1e\+40"):
        as_sequences([[1, 10**40]])


@pytest.mark.parametrize(
    "X, error, message",
    [
        (np.ones((1, 2), complex), ValueError, "Complex data not supported: values are complex128"),
        (np.ones((1, 2, 1), complex), ValueError, "Complex data .*imaginary parts as two features"),
        ([[1j]], ValueError, "Complex data not supported: sequence 0"),
        (np.array([["a"]]), ValueError, "steps must be numbers, but values are <U1; convert"),
        (np.array([[["a"]]]), ValueError, "steps must be numbers, but values are <U1"),
        (np.zeros((1, 1), "M8[D]"), ValueError, r"must be numbers, but values are datetime64\[D\]"),
        (np.zeros((1, 1, 1), "m8[s]"), ValueError, "but values are timedelta64.s.; convert or enc"),
        (np.array([[1, "a"]], object), ValueError, "sequence 0, step 1 is no number: .* 'a'"),
        (np.array([[[1], ["a"]]], object), ValueError, "step 1, feature 0 is no number: 'a' of"),
        (np.array([[1], [{}]], object), TypeError, "sequence 1, step 0 is no number: .* 'dict'"),
        (sparse.csr_array(np.eye(2)), TypeError, r"sparse data is not supported; toarray\(\)"),
        (torch.eye(2).to_sparse(), TypeError, r"sparse data is not supported; .*to_dense\(\)"),
        (["a text"], ValueError, "X is texts, but sequences of numbers .*TokenEncoder turns"),
        (["a text", np.ones(2)], ValueError, "X is texts, but sequences of numbers"),
        ([["token"]], ValueError, "X is lists of tokens, but sequences of numbers .*TokenEncoder"),
        ([[1.0], ["token"]], ValueError, r"sequence 1 holds strings \(step 0 is 'token'"),
        ([np.ones(2), "a text"], ValueError, r"sequence 1 is text \('a text'\)"),
        ([np.ones(2), None], ValueError, "sequence 1 is None of type NoneType"),
    ],
    ids=short_id,
)
def test_what_is_no_number_is_refused(X, error, message):
    with pytest.raises(error, match=message):
        as_sequences(X)


# --- nothing there ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "X",
    [
        [],
        (),
        pd.Series([], dtype=object),
        np.empty(0, dtype=object),
        np.empty((0, 3)),
        np.empty((0, 3, 2)),
        Sequences(values=[], offsets=[0]),
    ],
    ids=lambda X: f"{type(X).__name__} {getattr(X, 'shape', ())}",
)
@pytest.mark.parametrize("ids", [False, True], ids=["numbers", "ids"])
def test_no_sequences_are_refused(X, ids):
    with pytest.raises(ValueError, match=r"0 sample\(s\): X holds no sequences, but a minimum"):
        as_sequences(X, ids=ids)


@pytest.mark.parametrize(
    "X, i, count, n",
    [
        ([[]], 0, 1, 1),
        ([[1.0], [], [2.0], []], 1, 2, 4),
        ([np.ones((2, 3)), np.empty((0, 3))], 1, 1, 2),
        (np.empty((2, 0)), 0, 2, 2),
        (np.empty((2, 0, 3)), 0, 2, 2),
        (Sequences(values=[1.0], offsets=[0, 1, 1]), 1, 1, 2),
    ],
    ids=["only one", "two of four", "array", "2-D", "3-D", "Sequences"],
)
def test_the_first_empty_sequence_is_named(X, i, count, n):
    message = rf"sequence {i} is empty \({count} of {n} are\).*at least one step. Drop"
    with pytest.raises(ValueError, match=message):
        as_sequences(X)


def test_an_empty_text_is_called_a_text():
    with pytest.raises(ValueError, match=r"text 1 is empty \(1 of 2 are\)"):
        check_not_empty(Sequences(values=[2], offsets=[0, 1, 1]), "text")


@pytest.mark.parametrize(
    "X", [[np.empty((2, 0))], np.empty((2, 3, 0)), [[[], []]]], ids=["list", "3-D", "nested"]
)
def test_steps_without_numbers_are_refused(X):
    with pytest.raises(ValueError, match=r"0 feature\(s\): the steps hold no numbers"):
        as_sequences(X)


# --- ids ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", RAGGED_FORMS.values(), ids=RAGGED_FORMS)
def test_every_ragged_form_gives_the_same_ids(form):
    for seed in SEEDS:
        arrays = random_plain(np.random.default_rng(seed), dtype=np.int64, shortest=1).values
        assert_equal_lists(as_sequences(form(arrays), ids=True), arrays)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint64"])
def test_padding_at_the_ends_of_rows_of_ids_is_stripped(dtype):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        arrays = random_plain(rng, dtype=dtype, shortest=1).values
        padded = np.zeros((len(arrays), 9), dtype=dtype)
        for row, array in zip(padded, arrays, strict=True):
            start = int(rng.integers(9 - len(array)))
            row[start : start + len(array)] = array
        assert_equal_lists(as_sequences(padded, ids=True), arrays)
        assert_equal_lists(as_sequences(np.asfortranarray(padded), ids=True), arrays)


def test_a_table_of_ids_without_padding_is_not_copied():
    array = np.ones((2, 3), dtype=np.int64)
    assert np.shares_memory(as_sequences(array, ids=True).values, array)


def test_sequences_with_a_vocabulary_are_ids_unasked():
    sequences = Sequences(values=[2, 1], offsets=[0, 1, 2], vocabulary=Vocabulary("a"))
    assert as_sequences(sequences) is sequences


@pytest.mark.parametrize(
    "X, message",
    [
        ([[2, 3], [2, -1]], "sequence 1, step 1 has the id -1, but ids must not be negative: 0 is"),
        ([[2, 3], [0, 2]], "sequence 1, step 0 has the id 0, which is padding; .*may stand at the"),
        (np.array([[0, 2, 0, 3]]), "sequence 0, step 2 has the id 0, which is padding"),
        (np.array([[2, 2, 2], [0, -4, 2]]), "sequence 1, step 1 has the id -4"),
        (np.array([[0, 2], [0, 0]]), r"sequence 1 is empty \(1 of 2 are\)"),
        ([[2.0, 3.0]], r"one integer a step, but came as float64 with 1 dimension\(s\); for numb"),
        (np.array([[2.5, 0.0]]), "came as float64 with 1"),
        (np.array([[2, 3]], dtype=object), "came as float64 with 1"),
        ([[True, False]], "came as bool with 1"),
        ([[1j]], "Complex data not supported"),
        ([[[2, 1], [3, 2]]], r"came as int64 with 2 dimension\(s\).*embedding_dim and n_tokens"),
        (np.ones((2, 3, 1), dtype=int), "came as int64 with 2"),
        (["a text"], "X is texts, but sequences of numbers"),
    ],
    ids=short_id,
)
def test_what_is_no_id_is_refused(X, message):
    with pytest.raises(ValueError, match=message):
        as_sequences(X, ids=True)


def test_padding_among_the_ids_of_a_vocabulary_is_refused():
    sequences = Sequences(values=[2, 2, 0], offsets=[0, 1, 3], vocabulary=Vocabulary("a"))
    with pytest.raises(ValueError, match="sequence 1, step 1 has the id 0, which is padding"):
        as_sequences(sequences)


# --- ids that are too large ------------------------------------------------------------------


def test_an_id_beyond_int64_is_refused():
    X = [np.array([2, 3], dtype=np.uint64), np.array([4, 2**63 + 1], dtype=np.uint64)]
    message = f"sequence 1, step 1 has the id {2**63 + 1}, but ids must be at most {2**63 - 1}"
    with pytest.raises(ValueError, match=message):
        as_sequences(X, ids=True)
    X[1][1] = 2**63 - 1
    assert as_sequences(X, ids=True).values.max() == 2**63 - 1


def test_an_id_far_beyond_the_number_of_ids_is_located():
    ids = Sequences(values=np.array([2, 3, 2, 20_000_000_000, 3]), offsets=[0, 2, 5])
    message = "sequence 1, step 1 has the id 20000000000, but X holds only 3 distinct ids, .*"
    with pytest.raises(ValueError, match=message + "from 2 upwards; .*TokenEncoder.*n_tokens"):
        check_id_range(ids, 20_000_000_000)
    check_id_range(ids, 3)


@pytest.mark.parametrize(
    "largest, ratio, small, refused",
    [(99, 10, 99, True), (99, 10, 100, False), (29, 10, 1, False), (30, 10, 1, True)],
    ids=["large", "small", "dense", "sparse"],
)
def test_ids_may_be_sparse_where_there_are_few(largest, ratio, small, refused):
    ids = Sequences(values=np.array([2, 3, largest]), offsets=[0, 3])
    if refused:
        with pytest.raises(ValueError, match=f"step 2 has the id {largest}"):
            check_id_range(ids, largest, ratio=ratio, small=small)
    else:
        check_id_range(ids, largest, ratio=ratio, small=small)
