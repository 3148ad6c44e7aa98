"""One array out of whatever holds numbers, and what is no number is named."""

import re

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse

from sklearn_rnn.data._arrays import as_array, as_floats, count_steps, describe, is_sparse, show


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_half_precision_tensors_become_float32(dtype):
    tensor = torch.tensor([0.5, -3.0], dtype=dtype, requires_grad=True)
    np.testing.assert_array_equal(as_array(tensor), np.float32([0.5, -3.0]), strict=True)


def test_masked_values_become_nan():
    masked = np.ma.masked_array([1, 2, 3], mask=[False, True, False])
    np.testing.assert_array_equal(as_array(masked), [1.0, np.nan, 3.0], strict=True)
    unmasked = np.ma.masked_array([1, 2, 3], mask=False)
    np.testing.assert_array_equal(as_array(unmasked), [1, 2, 3], strict=True)


@pytest.mark.parametrize("make", [np.asarray, torch.from_numpy], ids=["ndarray", "tensor"])
def test_arrays_are_not_copied(make):
    array = np.ones(3)
    assert np.shares_memory(as_array(make(array)), array)


def test_sparse_data_is_told_from_dense():
    dense = np.eye(2)
    assert is_sparse(sparse.csr_matrix(dense))
    assert is_sparse(sparse.coo_array(dense))
    assert is_sparse(torch.from_numpy(dense).to_sparse())
    assert not is_sparse(dense)
    assert not is_sparse(torch.from_numpy(dense))
    assert not is_sparse(pd.DataFrame(dense))


def test_objects_become_floats():
    objects = np.array([[1, None], [True, "2.5"]], dtype=object)
    np.testing.assert_array_equal(as_floats(objects), [[1, np.nan], [1, 2.5]], strict=True)
    integers = np.array([[1, 2]])
    assert as_floats(integers) is integers


@pytest.mark.parametrize(
    "value, error",
    [
        ("x", ValueError),
        ({}, TypeError),
        (pd.NA, TypeError),
        (10**400, ValueError),
        (np.datetime64("2020-01-01"), TypeError),
        (np.timedelta64(1, "D"), TypeError),
    ],
    ids=["text", "dict", "NA", "huge", "date", "duration"],
)
def test_an_object_that_is_no_number_is_located(value, error):
    objects = np.array([[1, None, 2], [3, 4, value]], dtype=object)
    shown = re.escape(f"{value!r:.40} of type {type(value).__name__} came (")
    message = f"^sequence 1, step 2 is no number: {shown}.* or None where it is missing"
    with pytest.raises(error, match=message):
        as_floats(objects)
    with pytest.raises(error, match="^sequence 1, step 2, feature 0 is no number: "):
        as_floats(objects[:, :, None])


def test_an_array_of_objects_without_steps_is_no_row_of_numbers():
    with pytest.raises(ValueError, match="^sequence 0 is no row of numbers: could not convert"):
        as_floats(np.array("x", dtype=object))


def test_tensors_that_hold_no_numbers_are_refused():
    with pytest.raises(TypeError, match="float32 on the device 'meta' holds no numbers"):
        as_array(torch.ones(2, device="meta"))


# --- messages -----------------------------------------------------------------------------------


class Nameless:
    def __repr__(self):
        raise RuntimeError("no name")


def test_whatever_it_is_can_be_shown():
    assert describe([1, 2]) == "[1, 2] of type list"
    assert show("a" * 50) == "'" + "a" * 39
    assert show("\ud800\0") == r"'\ud800\x00'"
    assert describe(10**5000).startswith("<int object at 0x")
    assert describe(Nameless()).startswith("<tests.data.test_arrays.Nameless object")


def test_what_has_no_steps_counts_none():
    nothing = (None, 3, torch.tensor(1.0), np.array(1.0), sparse.csr_array(np.eye(2)), [])
    assert [count_steps(sequence) for sequence in nothing] == [0] * 6
    assert [count_steps(sequence) for sequence in ([1, 2], "ab", np.ones((2, 3)))] == [2] * 3
