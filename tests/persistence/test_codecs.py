"""Codecs give back what they were given, and refuse everything else."""

import datetime
import math
import re

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import format_json, parse_json
from sklearn_rnn.persistence._array_codecs import NUMBERS, Array, Tensors
from sklearn_rnn.persistence._codecs import (
    AnyOf,
    Bool,
    DictOf,
    Fields,
    Float,
    Int,
    ListOf,
    Nothing,
    OneOf,
    Optional,
    PairsOf,
    Record,
    Tagged,
    Text,
    TupleOf,
    TupleOfEach,
    bare,
)
from sklearn_rnn.persistence._label_codecs import Label
from sklearn_rnn.persistence._plain_codec import Plain
from sklearn_rnn.persistence._tensors import TensorSource, TensorStore
from tests.saved_models import equal


def short_name(value):
    """A name without addresses, which differ from process to process."""
    return re.sub(" object at 0x[0-9a-f]+", "", repr(value))


def there_and_back(codec, value):
    """Write a value as the text of a file holds it, and read it again."""
    store = TensorStore()
    json = parse_json(format_json(codec.encode(value, "here", store)))
    source = TensorSource(store.tensors)
    read = codec.decode(json, "here", source)
    source.check_empty()
    return read


def refused(codec, json, **tensors):
    with pytest.raises(ModelFileError) as caught:
        codec.decode(json, "here", TensorSource(tensors))
    return str(caught.value)


LABELS = [
    *(None, True, False, 0, -(2**63), 2**63 - 1, 1.0, 0.1, -0.0, 5e-324, "", "a\0ü\udc80"),
    *(math.nan, math.inf, -math.inf, np.int8(-3), np.uint64(2**64 - 1), np.float32(0.1)),
    *(np.float64("nan"), np.bool_(True), np.str_("a"), (), (1, ("a", None)), (math.nan,)),
    *(datetime.date(2024, 2, 29), datetime.datetime(1, 2, 3, 4, 5, 6, 7)),
    *(pd.Timestamp("2024-05-06 07:08:09.123456789"), pd.Timestamp(0, unit="s", tz="UTC")),
    *(pd.Timestamp("2024").as_unit("ms"), pd.Interval(0, 1.5, closed="both")),
    pd.Interval(pd.Timestamp("2024"), pd.Timestamp("2025")),
]


@pytest.mark.parametrize("label", LABELS, ids=repr)
def test_a_label_keeps_value_and_type(label):
    read = there_and_back(Label(), label)
    assert type(read) is type(label)
    assert repr(read) == repr(label)
    assert getattr(read, "unit", None) == getattr(label, "unit", None)


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        b"a",
        1j,
        frozenset("a"),
        np.complex64(1),
        np.float16(1),
        datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
        pd.NaT,
        [1],
        object(),
    ],
    ids=short_name,
)
def test_what_is_no_label_is_not_written(value):
    with pytest.raises(TypeError, match="cannot save here="):
        Label().encode(value, "here", TensorStore())


@pytest.mark.parametrize(
    "json",
    [
        [1],
        {},
        {"kind": "x", "is": 1},
        {"kind": "tuple", "is": 1},
        {"kind": "tuple", "is": [[1]]},
        {"kind": "float", "is": "1"},
        {"kind": "float", "is": ["nan"]},
        {"kind": "float", "is": "nan", "more": 1},
        {"kind": ["float"], "is": "nan"},
        {"kind": "numpy", "is": ["int8", 128]},
        {"kind": "numpy", "is": ["float32", 0.1]},
        {"kind": "numpy", "is": ["float32", 1e300]},
        {"kind": "numpy", "is": ["object", 1]},
        {"kind": "numpy", "is": [["int8"], 1]},
        {"kind": "date", "is": "2024-02-30"},
        {"kind": "date", "is": "20240203"},
        {"kind": "date", "is": "2024-02-03T00:00:00"},
        {"kind": "datetime", "is": "2024-02-03T00:00:00+00:00"},
        {"kind": "datetime", "is": "x" * 50},
        {"kind": "timestamp", "is": ["ns", -(2**63), None]},
        {"kind": "timestamp", "is": ["Y", 1, None]},
        {"kind": "timestamp", "is": ["ns", 1, "Europe/Nowhere"]},
        {"kind": "timestamp", "is": [["ns"], 1, None]},
        {"kind": "interval", "is": [1, "a", "left"]},
        {"kind": "interval", "is": [2, 1, "left"]},
        {"kind": "interval", "is": [1, 2, "open"]},
    ],
    ids=repr,
)
def test_a_label_that_is_none_is_refused(json):
    refused(Label(), json)


PLAIN = [
    [1, (2.0, [None])],
    {"a": {1: [True]}, ("b", 2): (), None: math.nan},
    {"a": np.arange(3), "b": [np.float32([np.nan, 1])]},
    np.array(3.5),
]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_data_keep_value_and_type(value):
    read = there_and_back(Plain(), value)
    assert equal(read, value) or repr(read) == repr(value)


ARRAYS = [
    *(np.zeros((2, 3), dtype=name) for name in NUMBERS),
    np.arange(6.0).reshape(2, 3).T,
    np.arange(3, dtype=">i4").astype("=i4"),
    np.zeros((0, 4)),
    np.array(["a", "bcd\0e", "\udc80"], dtype="<U9"),
    np.array([["a"], ["b"]]),
    np.array(["x"] * 3, dtype=object),
    np.array([None, 1, "a", (1, "b"), pd.Timestamp("2024")], dtype=object),
    np.array(["2024-01-01", "NaT"], dtype="datetime64[D]"),
    np.array([[1, 2]], dtype="timedelta64[ms]"),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype} {array.shape}")
def test_an_array_keeps_values_dtype_and_shape(array):
    read = there_and_back(Array(), array)
    assert (read.dtype, read.shape) == (array.dtype, array.shape)
    assert read.tolist() == array.tolist()


def text(items, **changed):
    return {"kind": "text", "shape": [len(items)], "width": 3, "items": items} | changed


@pytest.mark.parametrize(
    "json",
    [
        text(["a", 1]),
        text(["a"], shape=[2]),
        text(["a"], shape=[True]),
        text(["a"], shape=[1.0]),
        text([], shape=[0, 2**40]),
        text(["a"], shape=[-1, -1]),
        text(["a"], shape=[1] * 9),
        text(["abcd"]),
        text(["a"], width=True),
        text(["a"], width=2**40),
        text(["a"]) | {"items": "a"},
        text(["a"], more=1),
        {"kind": "object", "shape": [1], "items": [[1]]},
        {"kind": "object", "shape": [1], "items": [{"kind": "tensor", "dtype": "int64"}]},
        {"kind": "tensor", "dtype": "int64"},
        {"kind": "tensor", "dtype": ["float64"]},
        {"kind": "tensor", "dtype": "object"},
        {"kind": "tensor"},
        {"kind": "datetime64", "unit": "D"},
        {"kind": "datetime64", "unit": ["D"]},
        {"kind": "x"},
        "tensor",
    ],
    ids=repr,
)
def test_an_array_that_is_none_is_refused(json):
    refused(Array(), json, here=np.zeros(3))


@pytest.mark.parametrize(
    ("codec", "array"),
    [
        (Array("float64"), np.zeros(2, dtype=np.float32)),
        (Array("float64", shape=(2,)), np.zeros(3)),
        (Array("float64", shape=(None, 2)), np.zeros(2)),
        (Array("float64"), np.array([np.nan])),
        (Array("text"), np.zeros(2)),
    ],
)
def test_an_array_of_another_kind_is_neither_written_nor_read(codec, array):
    with pytest.raises(TypeError, match="cannot save"):
        codec.encode(array, "here", TensorStore())
    refused(codec, {"kind": "tensor", "dtype": array.dtype.name}, here=array)


def test_a_few_long_texts_among_many_take_no_memory_of_all_of_them():
    items = ["x" * 1_000_000, *[""] * 1_000_000]  # as an array, 4 TB
    json = {"kind": "text", "shape": [len(items)], "width": 1_000_000, "items": items}
    assert "in reason" in refused(Array(), json)


def test_tensors_are_all_that_stand_below_a_place():
    arrays = {"a.b": np.ones((2, 2), dtype=np.float32), "c": np.array(1)}
    assert equal(there_and_back(Tensors(), arrays), arrays)
    assert "NaN" in refused(Tensors(), "tensors", **{"here.a": np.array([np.nan])})


# --- what they are put together from ------------------------------------------------------------


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


def check_point(point):
    if point.x > point.y:
        raise ValueError("x is above y.")


POINT = Record(Point, {"x": Int(), "y": Int()}, optional={"note": Text()}, check=check_point)

RIGHT = [
    (Nothing(), None),
    (Bool(), True),
    (Bool(only=False), False),
    (Int(0, 3), 3),
    (Float(0, 1), 1.0),
    (Float(finite=False), math.inf),
    (Text(2), "ab"),
    (OneOf("a", 1), 1),
    (AnyOf(Int(), Float()), 1),
    (AnyOf(Int(), Float()), 1.0),
    (Optional(Int()), None),
    (ListOf(Int()), [1, 2]),
    (TupleOf(Optional(Text())), ("a", None)),
    (TupleOfEach(Int(), Text()), (1, "a")),
    (DictOf(Int()), {"b": 1, "a": 2}),
    (PairsOf(Label(), Int()), {1: 1, ("a",): 2}),
    (Fields({"a": Int()}, {"b": Int()}), {"a": 1}),
    (Tagged(number=Int(), word=Text()), "a"),
]


@pytest.mark.parametrize(("codec", "value"), RIGHT, ids=short_name)
def test_a_value_of_the_kind_comes_back(codec, value):
    read = there_and_back(codec, value)
    assert type(read) is type(value)
    assert repr(read) == repr(value)


WRONG = [
    (Nothing(), False),
    (Bool(), 1),
    (Bool(), "true"),
    (Bool(only=False), True),
    (Int(), True),
    (Int(), 1.0),
    (Int(0, 3), 4),
    (Int(), 2**63),
    (Float(), 1),
    (Float(), True),
    (Float(), "nan"),
    (Float(0, 1), 1.5),
    (Float(0, 1, finite=False), "inf"),
    (Text(), None),
    (Text(2), "abc"),
    (OneOf("a", 1), True),
    (OneOf("a", 1), 1.0),
    (OneOf("a", 1), ["a"]),
    (AnyOf(Int(), Nothing()), "a"),
    (ListOf(Int()), {"0": 1}),
    (ListOf(Int()), [1, "a"]),
    (ListOf(Int(), fewest=1), []),
    (ListOf(Int(), most=1), [1, 2]),
    (TupleOfEach(Int(), Text()), [1]),
    (TupleOfEach(Int(), Text()), ["a", 1]),
    (DictOf(Int()), [["a", 1]]),
    (DictOf(Int(), keys=OneOf("a")), {"b": 1}),
    (PairsOf(Label(), Int()), [[1, 1], [1, 2]]),
    (PairsOf(Label(), Int()), [[[1], 1]]),
    (PairsOf(Label(), Int()), [[1]]),
    (Fields({"a": Int()}), {}),
    (Fields({"a": Int()}), {"a": 1, "b": 1}),
    (POINT, {"x": 1}),
    (POINT, {"x": 2, "y": 1}),
    (POINT, {"x": 1, "y": 2, "__class__": 3}),
    (Tagged(number=Int()), {"kind": "number"}),
    (Tagged(number=Int()), {"kind": "number", "is": "a"}),
    (Tagged(number=Int()), {"kind": ["number"], "is": 1}),
]


@pytest.mark.parametrize(("codec", "json"), WRONG, ids=short_name)
def test_json_of_another_kind_is_refused_and_the_place_named(codec, json):
    assert refused(codec, json).startswith("here")


def test_a_record_gives_an_object_of_its_class():
    point = there_and_back(POINT, Point(1, 2))
    assert (type(point), vars(point)) == (Point, {"x": 1, "y": 2})
    made = Record(Point, {"x": Int()}, make=bare(Point)).decode({"x": 1}, "", TensorSource({}))
    assert vars(made) == {"x": 1}


def test_a_record_takes_no_subclass():
    class Other(Point):
        pass

    with pytest.raises(TypeError, match="cannot save here="):
        POINT.encode(Other(1, 2), "here", TensorStore())


def test_an_error_names_the_place_within():
    codec = ListOf(Fields({"a": TupleOf(Int())}))
    assert refused(codec, [{"a": []}, {"a": [1, "x"]}]).startswith("here.1.a.1 must be a whole")


def test_two_arrays_of_one_place_are_refused():
    store = TensorStore()
    store.put("a", np.ones(1))
    with pytest.raises(ValueError, match="stand at a"):
        store.put("a", np.ones(1))
