"""The rows of the future: their times, ids, dtypes and layout."""

import pandas as pd
import pytest

from sklearn_rnn.preprocessing import make_future_frame


def shops(**columns):
    """Two series of months' ends, of which the second begins later and is out of order."""
    return pd.DataFrame(
        {
            "shop": ["B", "B", "B", "A", "A"],
            "month": pd.to_datetime(
                ["2023-12-31", "2024-02-29", "2024-01-31", "2024-05-31", "2024-04-30"]
            ),
            "sold": [1, 3, 2, 5, 4],
            "town": ["x", "x", "x", "y", "y"],
            **columns,
        }
    )


FUTURE = pd.DataFrame(
    {
        "shop": ["B", "B", "A", "A"],
        "month": pd.to_datetime(["2024-03-31", "2024-04-30", "2024-06-30", "2024-07-31"]),
    }
)


def test_every_series_goes_on_from_its_own_last_time():
    future = make_future_frame(shops(), 2, id_col="shop", time_col="month")
    pd.testing.assert_frame_equal(future, FUTURE)


def test_the_levels_of_a_multiindex_stay_its_levels():
    X = shops().set_index(["shop", "month"])
    future = make_future_frame(X, 2, static=["town"])
    expected = FUTURE.assign(town=["x", "x", "y", "y"]).set_index(["shop", "month"])
    pd.testing.assert_frame_equal(future, expected)


def test_ids_in_a_column_stand_beside_times_in_the_index():
    future = make_future_frame(shops().set_index("month"), 2, id_col="shop")
    pd.testing.assert_frame_equal(future, FUTURE.set_index("month"))


def test_several_columns_can_make_an_id():
    X = shops(shop=["B", "B", "B", "B", "B"])
    future = make_future_frame(X, 1, id_col=["town", "shop"], time_col="month")
    assert future.columns.tolist() == ["shop", "month", "town"]
    assert future[["town", "shop"]].values.tolist() == [["x", "B"], ["y", "B"]]


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.RangeIndex(3), pd.RangeIndex(3, 5)),
        (pd.RangeIndex(10, 16, 2), pd.RangeIndex(16, 20, 2)),
        (pd.Index([4, 7, 10], dtype="int32"), pd.Index([13, 16], dtype="int32")),
        (
            pd.period_range("2024Q2", periods=3, freq="Q", name="q"),
            pd.period_range("2025Q1", periods=2, freq="Q", name="q"),
        ),
        (
            pd.date_range("2024-03-30 23:00", periods=2, freq="h", tz="Europe/Berlin", unit="s"),
            pd.date_range("2024-03-31 01:00", periods=2, freq="h", tz="Europe/Berlin", unit="s"),
        ),
        (
            pd.date_range("2024-03-28", periods=3, freq="D", tz="Europe/Berlin"),
            pd.date_range("2024-03-31", periods=2, freq="D", tz="Europe/Berlin"),
        ),
        (
            pd.date_range("2024-05-01", periods=3, freq="B"),
            pd.date_range("2024-05-06", periods=2, freq="B"),
        ),
    ],
    ids=["range", "range of twos", "int32", "quarters", "hours at DST", "days at DST", "weekdays"],
)
def test_an_index_goes_on_in_its_own_kind(index, expected):
    for X in (index, pd.Series(0.0, index=index), pd.DataFrame(index=index)):
        future = make_future_frame(X, 2)
        assert future.columns.empty
        pd.testing.assert_index_equal(future.index, expected, exact=True)
        assert getattr(future.index, "freq", None) == getattr(expected, "freq", None)


@pytest.mark.parametrize(
    "ids",
    [
        pd.Series([2**53 + 1, 2**53 + 1, 7, 7, 7]),
        pd.Series(pd.Categorical(["b", "b", "a", "a", "a"], categories=["c", "b", "a"])),
        pd.Series(["b", "b", "a", "a", "a"], dtype="string"),
        pd.Series([1, 1, 2, 2, 2], dtype="Int16"),
    ],
    ids=["large", "categories", "string", "Int16"],
)
def test_ids_keep_their_dtype(ids):
    times = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-02-01", "2024-02-02", "2024-02-03"])
    X = pd.DataFrame({"unique_id": ids, "ds": times.as_unit("ms"), "y": 0.0})
    future = make_future_frame(X, 2)
    assert future.columns.tolist() == ["unique_id", "ds"]
    expected = ids.iloc[[0, 0, 2, 2]].reset_index(drop=True).rename("unique_id")
    pd.testing.assert_series_equal(future["unique_id"], expected)
    assert future["ds"].dtype == X["ds"].dtype


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_polars_comes_back_as_polars_with_its_dtypes(zone):
    pl = pytest.importorskip("polars")
    times = pl.datetime_range(
        pl.datetime(2024, 3, 30, 22, time_zone=zone),
        pl.datetime(2024, 3, 31, 0, time_zone=zone),
        "1h",
        time_unit="ms",
        eager=True,
    )
    X = pl.DataFrame({"y": [1, 2, 3], "shop": pl.Series(["a"] * 3, dtype=pl.Categorical)})
    X = X.with_columns(times.alias("when"))
    future = make_future_frame(X, 2, id_col="shop", time_col="when")
    assert future.schema == X.select("shop", "when").schema
    assert future["when"].dt.hour().to_list() == [1, 2] if zone is None else [1, 3]
    assert future["shop"].to_list() == ["a", "a"]


def test_days_of_polars_stay_days():
    pl = pytest.importorskip("polars")
    X = pl.DataFrame({"day": pl.Series(["2024-02-27", "2024-02-28"]).str.to_date()})
    future = make_future_frame(X, 2, time_col="day")
    assert future.schema == X.schema
    assert [str(day) for day in future["day"]] == ["2024-02-29", "2024-03-01"]


def test_the_input_is_left_as_it_was():
    X = shops()
    make_future_frame(X, 2, id_col="shop", time_col="month", static=["town"])
    pd.testing.assert_frame_equal(X, shops())


MONTHS = {"id_col": "shop", "time_col": "month"}


@pytest.mark.parametrize(
    ("X", "steps", "options", "error", "message"),
    [
        (shops(), 0, MONTHS, ValueError, "steps must be a whole number of at least 1, but it is 0"),
        (shops(), 2.0, MONTHS, ValueError, "but it is 2.0"),
        (shops(), 1, {"time_col": "day"}, ValueError, "time_col names the column 'day', but X has"),
        (shops(), 1, MONTHS | {"static": ["sold"]}, ValueError,
         "static column 'sold' is 1 and 2 in series 'B'"),
        (shops(), 1, MONTHS | {"static": ["shop"]}, ValueError, "leave it out of static"),
        (shops(shop=["B", None, "B", "A", "A"]), 1, MONTHS, ValueError,
         "the id 'shop' is missing in row 1"),
        (shops(month=[*shops()["month"][:4], pd.NaT]), 1, MONTHS, ValueError,
         "series 'A' has no time"),
        (shops(month=[*shops()["month"][:4], shops()["month"][3]]), 1, MONTHS, ValueError,
         "series 'A' has the time 2024-05-31.* more than once"),
        (shops(), 1, MONTHS | {"freq": "MS"}, ValueError, "2023-12-31.*series 'B'"),
        (shops(), 1, {"id_col": "shop"}, ValueError, "X has no times: set time_col"),
        (shops().set_index(["shop", "month"]), 1, {"id_col": "town"}, ValueError,
         "leave id_col unset"),
        (shops().iloc[:0], 1, MONTHS, ValueError, "X has no rows"),
        (shops(month=list("abcde")), 1, MONTHS, TypeError, "times must be datetimes"),
        ([1, 2], 1, {}, TypeError, "X is of type list, but a DataFrame"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(X, steps, options, error, message):
    with pytest.raises(error, match=message):
        make_future_frame(X, steps, **options)


def test_a_lazy_frame_of_polars_is_refused_with_a_way_out():
    pl = pytest.importorskip("polars")
    with pytest.raises(TypeError, match="collect"):
        make_future_frame(pl.LazyFrame({"t": [1]}), 1, time_col="t")
