"""What a checkpoint holds comes back with its bits and its types."""

import math
from collections import OrderedDict

import numpy as np
import pytest
import torch

from sklearn_rnn.files import read_model_file, write_model_file
from sklearn_rnn.training._packing import foreign_part, pack, unpack


def through_a_file(value, path):
    packed, arrays = pack(value)
    write_model_file(path, {"value": packed}, arrays)
    document, read = read_model_file(path)
    return unpack(document["value"], read)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        2**80,
        -0.0,
        math.inf,
        -math.inf,
        "text \ud800",
        [1, [2.5, [None]]],
        (1, (2, [3])),
        {1: "a", "1": "b", (2, 3): {}, None: [], 0.5: ()},
        {1, "a"},
        set(),
        np.float32(0.1),
        np.float64("inf"),
        np.int64(-1),
        np.bool_(True),
    ],
    ids=lambda value: f"{type(value).__name__}-{len(str(value))}",
)
def test_values_come_back_with_their_types(tmp_path, value):
    again = through_a_file([value], tmp_path / "file")[0]
    assert again == value
    assert type(again) is type(value)
    assert repr(again) == repr(value) or isinstance(value, set)


def test_nan_comes_back(tmp_path):
    assert math.isnan(through_a_file([math.nan], tmp_path / "file")[0])


DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32)
DTYPES += (torch.int16, torch.int8, torch.uint8, torch.bool)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_tensors_come_back_to_the_last_bit(tmp_path, dtype):
    numbers = torch.tensor([[0.0, -1.5, 100.0], [float("inf"), 3.0, 0.1]])
    tensors = [numbers.to(dtype), numbers.T.to(dtype), torch.tensor(3).to(dtype)]
    tensors += [torch.zeros(0, 3, dtype=dtype)]
    for tensor, again in zip(tensors, through_a_file(tensors, tmp_path / "file"), strict=True):
        assert again.dtype == dtype
        assert torch.equal(again, tensor)


def test_an_array_that_is_there_twice_is_written_once_and_comes_back_twice():
    packed, arrays = pack([torch.ones(3), torch.ones(3), np.ones(3, np.float32), torch.ones(3, 1)])
    assert len(arrays) == 2
    first, second, *_ = unpack(packed, arrays)
    first += 1
    assert second.tolist() == [1, 1, 1]


def test_an_ordered_dict_becomes_a_dict_of_the_same_order():
    packed, arrays = pack(OrderedDict([("b", 1), ("a", 2)]))
    assert list(unpack(packed, arrays).items()) == [("b", 1), ("a", 2)]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (print, "builtin_function_or_method"),
        (object(), "object"),
        ([{"a": (1, len)}], "builtin"),
        (torch.nn.Parameter(torch.zeros(1)), "Parameter"),
        (torch.zeros(2, dtype=torch.complex64), "Tensor"),
        (torch.eye(2).to_sparse(), "Tensor"),
        (np.array(["a"]), "ndarray"),
        (b"bytes", "bytes"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_plain_data_is_named(value, name):
    assert name in foreign_part(value)
    with pytest.raises(TypeError, match=name):
        pack(value)


@pytest.mark.parametrize(
    "packed",
    [
        {},
        {"a": 1, "b": 2},
        {"code": "print"},
        {"tensor": ["cpu", "float32", "7"]},
        {"tensor": ["cpu", "float64", "0"]},
        {"dict": [[1]]},
        {"scalar": ["<f4"]},
        {"array": 3},
    ],
    ids=str,
)
def test_what_nobody_packed_is_refused(packed):
    with pytest.raises((LookupError, TypeError, ValueError)):
        unpack(packed, {"0": np.zeros(2, np.float32)})
