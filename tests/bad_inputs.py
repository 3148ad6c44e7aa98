"""Numbers and tables that are wrong, with what the error has to say, and odd ones that are fine."""

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars
import torch
from scipy import sparse

__all__ = [
    "BAD_EVERYWHERE",
    "BAD_IDS",
    "BAD_NUMBERS",
    "BAD_TABLES",
    "HUGE",
    "IDS",
    "NUMBERS",
    "ODD_TABLES",
    "TABLE",
    "Bad",
    "put",
]


class Bad(NamedTuple):
    """An X that is wrong, and what the error has to say: regular expressions."""

    X: Any
    facts: tuple[str, ...]


def put(X, i, value):
    """Give a list with another element in place i."""
    X = list(X)
    X[i] = value
    return X


def put_in_table(value):
    """Give the table as objects with another value in row 3 of column "b"."""
    table = TABLE.astype(object)
    table.iloc[3, 1] = value
    return table


RNG = np.random.default_rng(0)
NUMBERS = [RNG.normal(size=(2 + i % 4, 2)) for i in range(12)]
TABLE = pd.DataFrame(RNG.normal(size=(12, 3)), columns=["a", "b", "c"])
CUBE = RNG.normal(size=(12, 3, 2))


def generate():
    yield from NUMBERS


def endless_list():
    endless = []
    endless.append(endless)
    return endless


def nested_tensor():
    return torch.nested.nested_tensor([torch.ones(2, 2), torch.ones(3, 2)], layout=torch.jagged)


# --- wrong for everything that takes sequences or texts -----------------------------------------

COLLECTION = ("but a list of", "is expected")
BAD_EVERYWHERE = {
    "None": Bad(None, ("X is None of type NoneType", *COLLECTION)),
    "an int": Bad(3, ("X is 3 of type int", *COLLECTION)),
    "NaN": Bad(np.nan, ("X is nan of type float", *COLLECTION)),
    "a complex number": Bad(1j, ("X is 1j of type complex", *COLLECTION)),
    "an object": Bad(object(), ("X is <object object at .* of type object", *COLLECTION)),
    "a class": Bad(list, ("X is <class 'list'> of type type", *COLLECTION)),
    "a function": Bad(len, ("X is <built-in function len>", *COLLECTION)),
    "a module": Bad(np, ("X is <module 'numpy'.* of type module", *COLLECTION)),
    "a text": Bad("a good film", ("X is one text \\('a good film'\\)", r"a list, \[X\]")),
    "an empty text": Bad("", ("X is one text \\(''\\)", r"a list, \[X\]")),
    "bytes": Bad(b"film", ("X is one text", "b'film'", r"\[X\]")),
    "bytearray": Bad(bytearray(b"film"), ("X is one text", "b'film'", r"\[X\]")),
    "a dict": Bad(dict(enumerate(NUMBERS)), ("X is a dict", r"list\(X.values\(\)\)")),
    "a set": Bad({1, 2}, ("X is {1, 2} of type set", *COLLECTION, r"list\(X\) makes one")),
    "a generator": Bad(generate(), ("of type generator", *COLLECTION, r"list\(X\) makes one")),
    "an iterator": Bad(iter(NUMBERS), ("of type list_iterator", r"list\(X\) makes one")),
    "the values of a dict": Bad({}.values(), ("of type dict_values", r"list\(X\) makes one")),
    "no dimensions": Bad(
        np.array(3.0), ("0 dimensions|array\\(3.\\) of type", "[Gg]ive a list|list of")
    ),
    "an object without dimensions": Bad(np.array(None), ("0 dim|None|list of sequences", "list")),
    "a tensor without dimensions": Bad(torch.tensor(3.0), ("Tensor", "list")),
    "a sparse matrix": Bad(
        sparse.csr_array(np.eye(12)), ("sparse data is not supported", "toarray")
    ),
    "a sparse tensor": Bad(torch.eye(12).to_sparse(), ("sparse data is not supported", "to_dense")),
    "a nested tensor": Bad(nested_tensor(), ("X is a nested tensor", r"X.unbind\(\)")),
    "a lazy frame": Bad(polars.LazyFrame({"a": [1.0]}), ("LazyFrame", r"collect\(\)")),
}

# --- wrong for what takes numbers ---------------------------------------------------------------

HUGE = 10**400
NUMBER = ("sequence 3, step 1, feature 1 is no number", "came", "None where it is missing")
SEQUENCE = ("sequence 3 is no array of numbers", r"\(time,\) or \(time, n_features\)")
FINITE = ("must be finite", "impute or drop")


def pair(value):
    """Numbers with another value as feature 1 of step 1 of sequence 3."""
    return put(NUMBERS, 3, [[1.0, 2.0], [1.0, value]])


def cube(value):
    """The 3-D array as objects with another value in the same place."""
    array = CUBE.astype(object)
    array[3, 1, 1] = value
    return array


NO_NUMBERS = {
    "an int that no float holds": (HUGE, "1000.* of type int"),
    "NA": (pd.NA, "<NA> of type NAType"),
    "NaT": (pd.NaT, "NaT of type NaTType"),
    "NaT of numpy": (np.datetime64("NaT"), ".*NaT.* of type datetime64"),
    "a date": (datetime.date(2020, 1, 1), r"datetime.date\(2020, 1, 1\) of type date"),
    "a date of numpy": (np.datetime64("2020-01-01"), ".*2020-01-01.* of type datetime64"),
    "a duration of numpy": (np.timedelta64(1, "D"), ".* of type timedelta64"),
    "a Timestamp": (pd.Timestamp("2020"), "Timestamp.'2020.* of type Timestamp"),
    "a dict": ({}, "{} of type dict"),
    "an object": (object(), "<object object at .* of type object"),
    "a list": ([1.0, 2.0], r"\[1.0, 2.0\] of type list"),
    "a list of itself": (endless_list(), ".* of type list"),
    "a function": (len, "<built-in function len> of type"),
}

BAD_NUMBERS = {
    "no sequences": Bad([], ("no sequences", "minimum of 1")),
    "no rows": Bad(np.empty((0, 3)), ("0 sample", "minimum of 1")),
    "no columns": Bad(np.empty((12, 0)), ("0 feature", "minimum of 1")),
    "no steps": Bad(np.empty((12, 0, 2)), ("sequence 0 is empty", "at least one step", "Drop")),
    "no features": Bad(np.empty((12, 3, 0)), ("0 feature", "minimum of 1")),
    "an empty sequence": Bad(
        put(NUMBERS, 3, np.empty((0, 2))), ("sequence 3 is empty", "at least one step", "Drop")
    ),
    "steps without features": Bad(
        put(NUMBERS, 3, np.empty((4, 0))), ("sequence 3 has 0 features", "the same features")
    ),
    "four dimensions": Bad(np.zeros((12, 2, 2, 2)), ("4 dimensions", "3-D array", "Reshape")),
    "one dimension": Bad(np.arange(12.0), ("1 dimensions", "Reshape your data")),
    "a list of numbers": Bad([1.0] * 12, ("first element is 1.0", "Reshape your data")),
    "a Series of numbers": Bad(pd.Series([1.0] * 12), ("first element is 1.0", "Reshape")),
    "a range": Bad(range(12), ("first element is 0", "Reshape your data")),
    "a list of tensors without steps": Bad(
        [torch.tensor(1.0)] * 12, (r"first element is tensor\(1.\)", "Reshape your data")
    ),
    "a list of huge ints": Bad([HUGE] * 12, ("first element is 1000", "Reshape your data")),
    "complex numbers": Bad(CUBE + 1j, ("Complex data not supported", "complex128", "two features")),
    "a list of complex numbers": Bad(
        put(NUMBERS, 3, NUMBERS[3] + 1j), ("Complex data not supported", "sequence 3 is complex128")
    ),
    "complex tensors": Bad(
        [torch.zeros(2, 2, dtype=torch.complex64)] * 12, ("Complex", "sequence 0 is complex64")
    ),
    "a table of complex numbers": Bad(TABLE.to_numpy() + 1j, ("Complex data", "complex128")),
    "dates": Bad(CUBE.astype("M8[s]"), (r"must be numbers, but values are datetime64\[s\]",)),
    "a list of dates": Bad(
        put(NUMBERS, 3, NUMBERS[3].astype("M8[s]")), ("sequence 3 holds dates", "numbers are")
    ),
    "durations": Bad(CUBE.astype("m8[s]"), ("must be numbers, but values are timedelta64",)),
    "a table of dates": Bad(TABLE.to_numpy().astype("M8[s]"), (r"values are datetime64\[s\]",)),
    "bytes in an array": Bad(np.full((12, 3, 2), b"x"), (r"must be numbers, but .* \|S1",)),
    "records": Bad(np.zeros((12, 3), [("a", float)]), ("must be numbers", r"\[\('a', '<f8'\)\]")),
    "a list of records": Bad(
        [np.zeros(3, [("a", float), ("b", int)])] * 12, ("sequence 0 holds", "numbers are needed")
    ),
    "bytes among numbers": Bad(put(NUMBERS, 3, b"abc"), ("sequence 3 is text", "not both")),
    "a text among numbers": Bad(
        put(NUMBERS, 3, "film"), ("sequence 3 is text .'film'", "not both")
    ),
    "None among numbers": Bad(put(NUMBERS, 3, None), ("sequence 3 is None", r"\(time,")),
    "a number among arrays": Bad(put(NUMBERS, 3, 1.0), ("sequence 3 is 1.0", r"as \[step\]")),
    "a huge int among arrays": Bad(put(NUMBERS, 3, HUGE), SEQUENCE),
    "a dict among arrays": Bad(put(NUMBERS, 3, {1: 2}), (*SEQUENCE, "not 'dict'")),
    "a sparse matrix among arrays": Bad(
        put(NUMBERS, 3, sparse.csr_array(np.eye(2))), (*SEQUENCE, "sparse data", "toarray")
    ),
    "a tensor without data": Bad(
        torch.ones(12, 3, 2, device="meta"), ("tensor of torch.float32", "'meta'", "on the CPU")
    ),
    "a list with a tensor without data": Bad(
        put(NUMBERS, 3, torch.ones(3, 2, device="meta")), (*SEQUENCE, "'meta'", "on the CPU")
    ),
    "another width": Bad(
        put(NUMBERS, 3, np.zeros((4, 5))),
        ("sequence 3 has 5 features", "sequence 0 has 2 features", "needs the same features"),
    ),
    "no width": Bad(
        put(NUMBERS, 3, np.zeros(4)), ("sequence 3 has one number a step", "the same features")
    ),
    "three dimensions in a sequence": Bad(
        put(NUMBERS, 3, np.zeros((4, 2, 2))), (r"sequence 3 has shape \(4, 2, 2\)", r"\(time,\)")
    ),
    "steps of two widths": Bad(
        put(NUMBERS, 3, [[1.0, 2.0], [3.0]]),
        (*SEQUENCE, "step 1 has the width 1, but step 0 has 2"),
    ),
    "a list among single numbers": Bad(
        put([x[:, 0] for x in NUMBERS], 3, [1.0, [2.0]]), (*SEQUENCE, r"step 1 is \[2.0\]")
    ),
    "tables of other columns": Bad(
        put([TABLE] * 12, 3, TABLE.rename(columns={"a": "z"})),
        (r"sequence 3 has the columns \['z', 'b', 'c'\]", r"sequence 0 has \['a', 'b', 'c'\]"),
    ),
    "tables of words": Bad(
        put([TABLE] * 12, 3, TABLE.assign(b="word")),
        (*SEQUENCE, "row 0 of its column 'b' is 'word' of type str"),
    ),
    "a number spelt out in an array": Bad(
        cube("word"), ("sequence 3, step 1, feature 1 is no number", "'word' of type str")
    ),
    "infinity": Bad(pair(np.inf), ("sequence 3, step 1, feature 1 is inf", *FINITE)),
    "-infinity": Bad(cube(-np.inf), ("sequence 3, step 1, feature 1 is -inf", *FINITE)),
    "1e300": Bad(pair(1e300), (r"dtype\('float32'\)", r"feature 1 is 1e\+300", *FINITE)),
    **{
        f"{name} in a list": Bad(pair(value), (*SEQUENCE, f"step 1, feature 1 is {shown}"))
        for name, (value, shown) in NO_NUMBERS.items()
    },
    **{
        f"{name} in a 3-D array": Bad(cube(value), (*NUMBER, shown))
        for name, (value, shown) in NO_NUMBERS.items()
        if not isinstance(value, list)
    },
}

# --- ids of tokens, for what learns of them without labels --------------------------------------

IDS = [np.arange(2, 4 + i % 4) for i in range(12)]
INTEGERS = ("integers that stand for tokens", "1 is an unknown one, known ones begin at 2")
BAD_IDS = {
    "no sequences": Bad([], ("no sequences", "minimum of 1")),
    "no rows": Bad(np.empty((0, 3), int), ("no sequences", "minimum of 1")),
    "no columns": Bad(np.empty((12, 0), int), ("sequence 0 is empty .12 of 12", "Drop")),
    "an empty sequence": Bad(put(IDS, 3, []), ("sequence 3 is empty .1 of 12", "Drop")),
    "padding": Bad(
        put(IDS, 3, [2, 0, 3]), ("sequence 3, step 1 has the id 0", "Leave padding out")
    ),
    "padding in a row": Bad(np.array([[2, 0, 3]] * 12), ("sequence 0, step 1", "at the ends")),
    "a row of padding": Bad(np.array([[2, 3]] * 11 + [[0, 0]]), ("sequence 11 is empty", "Drop")),
    "a negative id": Bad(put(IDS, 3, [2, -1]), ("sequence 3, step 1 has the id -1", "negative")),
    "floats": Bad([x * 1.0 for x in IDS], ("sequence 0 holds float64", *INTEGERS)),
    "a sequence of floats": Bad(put(IDS, 3, [2.0, 2.5]), ("sequence 3 holds float64", *INTEGERS)),
    "tensors of floats": Bad([torch.ones(2)] * 12, ("sequence 0 holds float32", *INTEGERS)),
    "NaN": Bad(put(IDS, 3, [2, np.nan]), ("sequence 3 holds float64", *INTEGERS)),
    "None among ids": Bad(put(IDS, 3, [2, None]), ("sequence 3 holds None of type", *INTEGERS)),
    "booleans": Bad(put(IDS, 3, [True, True]), ("sequence 3 holds bool", *INTEGERS)),
    "complex numbers": Bad(put(IDS, 3, IDS[3] + 0j), ("sequence 3 holds complex128", *INTEGERS)),
    "a table of floats": Bad(TABLE, ("X holds float64", *INTEGERS)),
    "a table of texts": Bad(pd.DataFrame({"t": ["a"] * 12}), ("holds texts, first 'a'", "X.name")),
    "an array of texts": Bad(np.array([["a"]] * 12), ("holds texts, first 'a'", "one column")),
    "a text among ids": Bad(put(IDS, 3, "film"), ("sequence 3 is text .'film'", "not both")),
    "a token among ids": Bad(put(IDS, 3, ["film"]), ("sequence 3 holds strings", "for all")),
    "None among sequences": Bad(put(IDS, 3, None), ("sequence 3 is None", r"\(time,")),
    "an int among sequences": Bad(put(IDS, 3, 5), ("sequence 3 is 5", r"as \[step\]")),
    "a dict among sequences": Bad(put(IDS, 3, {2: 3}), (*SEQUENCE, "not 'dict'")),
    "an int beyond 64 bits": Bad(put(IDS, 3, [2, HUGE]), (*SEQUENCE, "step 1 is 1000")),
    "dates": Bad(put(IDS, 3, np.array(["2020"], "M8[D]")), ("sequence 3 holds dates",)),
    "two ids a step": Bad([np.full((2, 2), 3)] * 12, ("one integer a step", "2 dimension")),
    "a 3-D array": Bad(np.full((12, 3, 1), 2), ("one integer a step", "2 dimension")),
    "four dimensions": Bad(np.full((12, 2, 2, 2), 2), ("4 dimensions", "Reshape")),
    "one dimension": Bad(np.arange(2, 14), ("1 dimensions", "Reshape your data")),
    "a list of ids": Bad(list(range(2, 14)), ("first element is 2", "Reshape your data")),
}

# --- tables -------------------------------------------------------------------------------------

ENCODE = ("must hold numbers", "encode or drop the column")


def times(**options):
    return pd.date_range("2020-01-01", periods=12, **options)


BAD_TABLES = {
    "no columns": Bad(pd.DataFrame(index=range(12)), ("0 feature", "the table has no columns")),
    "no rows": Bad(TABLE[:0], ("0 sample", "minimum of 1")),
    "two columns of one name": Bad(
        TABLE.set_axis(["a", "a", "b"], axis=1), ("column 'a' occurs more than once", "rename")
    ),
    "names of several types": Bad(
        TABLE.set_axis(["a", 1, "b"], axis=1), ("all input features have string names", "int")
    ),
    "a name that is None": Bad(TABLE.set_axis(["a", None, "b"], axis=1), ("string names", "str")),
    "words": Bad(TABLE.assign(b="word"), ("column 'b' holds", "'word'", *ENCODE)),
    "strings of pyarrow": Bad(
        TABLE.assign(b=pd.array(["word"] * 12, dtype="string")), ("'b' holds string", *ENCODE)
    ),
    "categories": Bad(
        TABLE.assign(b=pd.Categorical(["x", "y"] * 6)), ("column 'b' holds category", *ENCODE)
    ),
    "dates": Bad(TABLE.assign(b=times()), (r"column 'b' holds datetime64\[.*2020-01-01", *ENCODE)),
    "dates of a time zone": Bad(TABLE.assign(b=times(tz="UTC")), ("'b' holds .*UTC", *ENCODE)),
    "periods": Bad(
        TABLE.assign(b=times().to_period("D")), (r"column 'b' holds period\[D\]", *ENCODE)
    ),
    "durations": Bad(TABLE.assign(b=times() - times()[0]), ("'b' holds timedelta64", *ENCODE)),
    "intervals": Bad(TABLE.assign(b=pd.interval_range(0, 12)), ("'b' holds interval", *ENCODE)),
    "complex numbers": Bad(TABLE.assign(b=1j), ("Complex data not supported", "column 'b'")),
    "lists": Bad(
        TABLE.assign(b=[[1.0, 2.0]] * 12), (r"\[1.0, 2.0\] of type list in row 0", *ENCODE)
    ),
    "NaN": Bad(put_in_table(np.nan), ("sequence 3, step 1 .column 'b'.", "is nan", *FINITE)),
    "NA": Bad(put_in_table(pd.NA), ("sequence 3, step 1 .column 'b'.", "is nan", *FINITE)),
    "NaT": Bad(put_in_table(pd.NaT), ("sequence 3, step 1 .column 'b'.", "is nan", *FINITE)),
    "a missing Int64": Bad(
        TABLE.assign(b=pd.array([1, 2, 3, None] * 3, dtype="Int64")),
        ("sequence 3, step 1 .column 'b'.", "is nan", *FINITE),
    ),
    "a missing boolean": Bad(
        TABLE.assign(b=pd.array([True, True, True, None] * 3, dtype="boolean")),
        ("sequence 3, step 1 .column 'b'.", "is nan", *FINITE),
    ),
    "a null of polars": Bad(
        polars.DataFrame({"a": [1.0] * 12, "b": [1.0, 2.0, 3.0, None] * 3, "c": [1.0] * 12}),
        ("sequence 3, step 1 .column 'b'.", "is nan", *FINITE),
    ),
    "NaN in a sparse column": Bad(
        TABLE.assign(b=pd.arrays.SparseArray([0.0, 0.0, 1.0, np.nan] * 3)),
        ("sequence 3, step 1 .column 'b'.", "is nan", *FINITE),
    ),
    "infinity": Bad(TABLE.assign(b=np.inf), ("step 1 .column 'b'.", "is inf", *FINITE)),
    "an int that no float holds": Bad(put_in_table(HUGE), ("1000.* of type int in row 3", *ENCODE)),
    "a date among numbers": Bad(
        put_in_table(np.datetime64("2020-01-01")), ("of type datetime64 in row 3", *ENCODE)
    ),
    "text in polars": Bad(polars.DataFrame({"a": ["x"] * 12}), ("column 'a' holds", *ENCODE)),
}

# How a table may come, beside as floats of numpy: the same predictions come of it.
ROUND = (TABLE * 10).round()
ODD_TABLES = {
    "Float64": (TABLE, TABLE.astype("Float64")),
    "Int64": (ROUND, ROUND.astype("Int64")),
    "boolean": ((TABLE > 0).astype(float), (TABLE > 0).astype("boolean")),
    "bool": ((TABLE > 0).astype(float), TABLE > 0),
    "objects": (TABLE, TABLE.astype(object)),
    "fractions": (ROUND, ROUND.map(lambda value: Fraction(int(value)))),
    "decimals": (ROUND, ROUND.map(lambda value: Decimal(int(value)))),
    "categories of numbers": (ROUND, ROUND.apply(pd.Categorical)),
    "sparse columns": (TABLE, TABLE.astype({"b": pd.SparseDtype(float, 0.0)})),
    "sparse columns alone": (TABLE, TABLE.astype(pd.SparseDtype(float, np.nan))),
    "another index": (TABLE, TABLE.set_axis([7] * 12)),
    "a MultiIndex": (TABLE, TABLE.set_axis(pd.MultiIndex.from_product([list("ab"), range(6)]))),
    "polars": (TABLE, polars.DataFrame({name: TABLE[name].to_numpy() for name in TABLE})),
    "float16": (TABLE.astype("float16").astype(float), TABLE.astype("float16")),
    "huge whole numbers": (ROUND.assign(b=1e30), ROUND.assign(b=[10**30] * 12)),
    "uint64": (ROUND.assign(b=2.0**64), ROUND.assign(b=np.full(12, 2**64 - 1, np.uint64))),
    "columns of two levels": (
        TABLE.set_axis(range(3), axis=1),
        TABLE.set_axis(pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]), axis=1),
    ),
}
