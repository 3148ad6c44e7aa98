"""One column of a dataframe as numbers, categories or times."""

import datetime
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.data._columns import (
    ValueKind,
    as_column,
    as_id_array,
    column_names,
    default_role,
    is_frame,
    read_categories,
    read_numbers,
    read_times,
    value_kind,
)

NaN = math.nan
DAY = datetime.datetime(2024, 5, 1, 12)
IN_LIMA = DAY.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=-5)))
NOON = 1714564800.0  # of the first of May 2024 in UTC

COLUMNS = {
    "float64": (pd.Series([1.5, None]), [1.5, NaN]),
    "float32": (pd.Series([1.5, None], dtype="float32"), [1.5, NaN]),
    "int8": (pd.Series([1, -2], dtype="int8"), [1, -2]),
    "uint64": (pd.Series([2**63, 0], dtype="uint64"), [2.0**63, 0]),
    "bool": (pd.Series([True, False]), [1, 0]),
    "Int64": (pd.Series([1, None], dtype="Int64"), [1, NaN]),
    "Float64": (pd.Series([1.5, pd.NA], dtype="Float64"), [1.5, NaN]),
    "boolean": (pd.Series([True, pd.NA], dtype="boolean"), [1, NaN]),
    "Sparse": (pd.Series([0.0, 1.5], dtype="Sparse[float]"), [0, 1.5]),
    "Decimal": (pd.Series([Decimal("1.5"), None]), [1.5, NaN]),
    "objects": (pd.Series([1, True, np.float32(2.5), pd.NA, Decimal(3)]), [1, 1, 2.5, NaN, 3]),
    "infinity": (pd.Series([math.inf, -1.0]), [math.inf, -1]),
    "datetime64[s]": (pd.Series([DAY, None], dtype="datetime64[s]"), [NOON, NaN]),
    "datetime64[ns]": (pd.Series([DAY, None], dtype="datetime64[ns]"), [NOON, NaN]),
    "time zone": (pd.Series([IN_LIMA, None], dtype="datetime64[us, America/Lima]"), [NOON + 18e3]),
    "datetimes": (pd.Series([DAY, None], dtype=object), [NOON, NaN]),
    "dates": (pd.Series([DAY.date(), None], dtype=object), [NOON - 43200, NaN]),
    "Period": (pd.Series(pd.PeriodIndex(["2024-05-01", None], freq="D")), [NOON - 43200, NaN]),
    "timedelta64": (pd.Series([pd.Timedelta("1min"), None]), [60, NaN]),
    "timedeltas": (pd.Series([datetime.timedelta(0, 90), None], dtype=object), [90, NaN]),
    "category of numbers": (pd.Series([3, None, 1], dtype="category"), [3, NaN, 1]),
    "nothing": (pd.Series([None, None], dtype=object), [NaN, NaN]),
}
TEXTS = {
    "object": pd.Series(["a", None, "b", "a"], dtype=object),
    "string": pd.Series(["a", None, "b", "a"], dtype="string"),
    "inferred": pd.Series(["a", None, "b", "a"]),
    "category": pd.Series(["a", None, "b", "a"], dtype=pd.CategoricalDtype(["z", "b", "a"])),
    "numpy strings": pd.Series([np.str_("a"), np.nan, np.str_("b"), "a"], dtype=object),
}


@pytest.mark.parametrize("column, expected", COLUMNS.values(), ids=COLUMNS)
def test_whatever_holds_numbers_becomes_float64(column, expected):
    numbers = read_numbers(column, "x")
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(numbers[: len(expected)], expected)


@pytest.mark.parametrize("column", [case[0] for case in COLUMNS.values()], ids=COLUMNS)
def test_reading_a_column_leaves_it_alone(column):
    before = column.copy(deep=True)
    read_numbers(column, "x")[:] = 7
    read_categories(column, "x")
    read_times(column, "x")
    pd.testing.assert_series_equal(column, before)


@pytest.mark.parametrize("column", TEXTS.values(), ids=TEXTS)
def test_categories_come_as_they_occur_and_what_is_missing_is_none(column):
    codes, categories = read_categories(column, "x")
    assert codes.dtype == np.int32
    assert categories == ("a", "b", None)
    assert {type(category) for category in categories} == {str, type(None)}
    assert codes.tolist() == [0, 2, 1, 0]


@pytest.mark.parametrize("dtype", ["int64", "int8", "uint8", "Int64", "float64", "object"])
def test_categories_of_numbers_are_plain_python_numbers_whatever_holds_them(dtype):
    codes, categories = read_categories(pd.Series([3, 1, 3]).astype(dtype), "x")
    assert categories == (3, 1)
    assert not any(isinstance(category, np.generic) for category in categories)
    assert codes.tolist() == [0, 1, 0]


def test_numbers_of_numpy_and_of_python_are_one_category():
    column = pd.Series([1, np.int64(1), np.int8(1)], dtype=object)
    assert read_categories(column, "x").categories == (1,)


@pytest.mark.parametrize("dtype", ["int64", "category", "Int64"])
def test_a_category_that_does_not_occur_is_left_out(dtype):
    column = pd.Series([5, 7, 9]).astype(dtype)[1:].reset_index(drop=True)
    assert read_categories(column, "x").categories == (7, 9)


@pytest.mark.parametrize("seed", range(5))
def test_codes_mean_the_values_of_the_column(seed):
    rng = np.random.default_rng(seed)
    values = np.array(["b", "a", None, 3, 2.5, True, pd.Timestamp(2024, 1, 1)], dtype=object)
    column = pd.Series(values[rng.integers(len(values), size=50)])
    codes, categories = read_categories(column, "x")
    assert [categories[code] for code in codes] == column.tolist()
    assert len(set(categories)) == len(categories)


@pytest.mark.parametrize(
    "column, kind, role",
    [
        *((case[0], None, "numeric") for name, case in COLUMNS.items() if name[:3] not in "catnot"),
        *((column, ValueKind.CATEGORIES, "categorical") for column in TEXTS.values()),
        (pd.Series([1, 2], dtype="category"), ValueKind.NUMBERS, "categorical"),
        (pd.Series([1, "a"], dtype=object), ValueKind.CATEGORIES, "categorical"),
        (pd.Series([1, DAY], dtype=object), ValueKind.CATEGORIES, "categorical"),
        (pd.Series([None], dtype=object), ValueKind.MISSING, "categorical"),
        (pd.Series([None], dtype="category"), ValueKind.MISSING, "categorical"),
        (pd.Series([NaN]), ValueKind.MISSING, "numeric"),
        (pd.Series([pd.NaT]), ValueKind.MISSING, "numeric"),
        (pd.Series([None], dtype="Int64"), ValueKind.MISSING, "numeric"),
        (pd.Series([DAY]), ValueKind.DATETIMES, "numeric"),
        (pd.Series([DAY.date()], dtype=object), ValueKind.DATETIMES, "numeric"),
        (pd.Series([pd.Period("2024")]), ValueKind.DATETIMES, "numeric"),
        (pd.Series([pd.Timedelta(1)]), ValueKind.DURATIONS, "numeric"),
        (pd.Series([np.timedelta64(1, "s")], dtype=object), ValueKind.DURATIONS, "numeric"),
        (pd.Series([Decimal(1)]), ValueKind.NUMBERS, "numeric"),
        (pd.Series([1j]), ValueKind.CATEGORIES, "categorical"),
    ],
    ids=lambda case: f"{case.dtype}" if isinstance(case, pd.Series) else "",
)
def test_the_role_is_told_by_what_a_column_holds(column, kind, role):
    assert default_role(column) == role
    assert kind is None or value_kind(column) is kind


@pytest.mark.parametrize(
    "column, shown",
    [
        (pd.Series([None, 1, "x7"], dtype=object), "'x7' of type str in row 2"),
        (pd.Series(["1", "2"]), "'1' of type str in row 0"),
        (pd.Series([None, "b"], dtype="category"), "'b' of type str in row 1"),
        (pd.Series([1, DAY], dtype=object), "of type datetime in row 1"),
        (pd.Series([1j]), "1j of type complex in row 0"),
    ],
    ids=["one text", "digits", "category", "number and date", "complex"],
)
def test_text_among_numbers_is_named(column, shown):
    with pytest.raises(ValueError, match=rf"column 'fee' holds .*{shown}.*to_numeric"):
        read_numbers(column, "fee")


def test_an_unhashable_category_is_named():
    with pytest.raises(ValueError, match=r"column 'tags' holds \['b'\] of type list in row 1"):
        read_categories(pd.Series(["a", ["b"]], dtype=object), "tags")


@pytest.mark.parametrize("column", TEXTS.values(), ids=TEXTS)
def test_times_as_text_are_refused_with_a_way_out(column):
    with pytest.raises(
        ValueError, match="time_col 'when' holds 'a' of type str in row 0.*datetime"
    ):
        read_times(column, "when")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "America/Lima"])
def test_times_are_seconds_whatever_the_unit_and_the_zone(unit, zone):
    moments = pd.to_datetime(["2024-05-01 12:00:00", "1969-12-31 23:59:59"]).as_unit(unit)
    moments = moments.tz_localize("UTC").tz_convert(zone) if zone else moments
    time = read_times(pd.Series(moments), "when")
    assert (time.ticks / time.per_unit).tolist() == [NOON, -1.0]
    assert time.valid.tolist() == [True, True]


def test_ticks_keep_a_nanosecond_and_a_large_integer_apart():
    moments = pd.Series(pd.to_datetime([1714564800000000000, 1714564800000000001]))
    assert np.diff(read_times(moments, "when").ticks).tolist() == [1]
    assert np.diff(read_times(pd.Series([2**62, 2**62 + 1]), "when").ticks).tolist() == [1]
    large = pd.Series([2**63, 2**63 + 1], dtype="uint64")
    assert np.diff(read_times(large, "when").ticks).tolist() == [1]


@pytest.mark.parametrize(
    "column, valid",
    [
        (pd.Series([DAY, None]), [True, False]),
        (pd.Series([DAY, None], dtype=object), [True, False]),
        (pd.Series([1.0, NaN, math.inf]), [True, False, False]),
        (pd.Series([1, None], dtype="Int64"), [True, False]),
        (pd.Series([pd.Timedelta(1), None]), [True, False]),
        (pd.Series([None, None]), [False, False]),
    ],
    ids=lambda case: str(case.dtype) if isinstance(case, pd.Series) else "",
)
def test_times_that_are_missing_are_marked(column, valid):
    assert read_times(column, "when").valid.tolist() == valid


@pytest.mark.parametrize(
    "ids, dtype",
    [
        (pd.Index([3, 1]), "int64"),
        (pd.Index([3, 1], dtype="Int64"), "int64"),
        (pd.Index([1.5]), "float64"),
        (pd.Index(["b", "a"]), "object"),
        (pd.CategoricalIndex(["b", "a"]), "object"),
        (pd.DatetimeIndex(["2024-01-01"]).as_unit("s"), "datetime64[s]"),
        (pd.DatetimeIndex(["2024-01-01"], tz="UTC"), "object"),
    ],
    ids=lambda case: str(case.dtype) if isinstance(case, pd.Index) else "",
)
def test_ids_are_arrays_of_numpy(ids, dtype):
    array = as_id_array(ids)
    assert type(array) is np.ndarray
    assert array.dtype == dtype
    assert pd.Index(array).tolist() == ids.tolist()


def test_a_repeated_column_is_named():
    frame = pd.DataFrame(np.ones((1, 3)), columns=["a", "b", "a"])
    with pytest.raises(ValueError, match="column 'a' occurs more than once"):
        column_names(frame)


def test_frames_are_told_from_arrays_and_series():
    assert is_frame(pd.DataFrame())
    for other in ([[1]], np.ones((2, 2)), pd.Series([1]), {"a": [1]}, "ab", pd.DataFrame):
        assert not is_frame(other)


def test_a_column_of_any_index_counts_from_0():
    assert as_column(pd.Series([5, 6], index=["x", "x"])).index.tolist() == [0, 1]
    assert as_column(np.array([5, 6])).tolist() == [5, 6]
    assert as_column(["a", None]).isna().tolist() == [False, True]
