"""Rows for missing times, against pandas' own ``asfreq``."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.preprocessing import fill_gaps


def hours(numbers, zone=None):
    """Times so many hours after one in March, before the clocks change."""
    start = pd.Timestamp("2024-03-30 20:00", tz=zone)
    return pd.DatetimeIndex([start + pd.Timedelta(hours=n) for n in numbers], name="when")


def test_one_series_is_filled_as_asfreq_does():
    X = pd.DataFrame(
        {"y": range(5), "w": list("abcde")}, index=hours([0, 1, 2, 7, 9], "Europe/Berlin")
    )
    filled = fill_gaps(X.iloc[[3, 0, 4, 1, 2]])
    pd.testing.assert_frame_equal(filled, X.asfreq("h"), check_freq=False)
    pd.testing.assert_series_equal(fill_gaps(X["y"]), X["y"].asfreq("h"), check_freq=False)


@pytest.mark.parametrize(("start", "first"), [("per_series", 2), ("global", 0)])
@pytest.mark.parametrize(("end", "last"), [("per_series", 6), ("global", 8)])
def test_series_begin_and_end_with_their_own_times_or_with_those_of_all(start, first, end, last):
    X = pd.DataFrame(
        {
            "id": ["a"] * 4 + ["b"] * 3,
            "when": hours([0, 1, 2, 8, 2, 3, 6]),
            "y": np.arange(7),
            "kind": ["p"] * 4 + ["q"] * 3,
        }
    )
    filled = fill_gaps(X, id_col="id", time_col="when", static=["kind"], start=start, end=end)
    parts = []
    for (name, kind), numbers in {("a", "p"): range(9), ("b", "q"): range(first, last + 1)}.items():
        part = X[X["id"] == name].set_index("when").reindex(hours(numbers)).reset_index()
        parts.append(part.assign(id=name, kind=kind)[X.columns])
    pd.testing.assert_frame_equal(filled, pd.concat(parts, ignore_index=True))


def test_a_multiindex_stays_one():
    index = pd.MultiIndex.from_arrays([[1, 1, 1, 2, 2], [0, 1, 3, 5, 6]], names=["id", "t"])
    filled = fill_gaps(pd.DataFrame({"y": np.arange(5.0)}, index=index))
    assert filled.index.tolist() == [(1, 0), (1, 1), (1, 2), (1, 3), (2, 5), (2, 6)]
    assert filled.index.names == ["id", "t"]
    np.testing.assert_array_equal(filled["y"], [0, 1, np.nan, 2, 3, 4])


def test_dtypes_stay_where_nothing_is_missing():
    X = pd.DataFrame({"y": [1, 2, 3], "flag": [True, False, True]}, index=hours([0, 1, 2]))
    pd.testing.assert_frame_equal(fill_gaps(X), X, check_freq=False)


def test_dtypes_that_hold_missing_values_stay_and_others_widen():
    X = pd.DataFrame(
        {
            "number": [1, 2, 3],
            "nullable": pd.array([1, 2, 3], dtype="Int8"),
            "flag": [True, False, True],
            "word": pd.Categorical(["a", "b", "a"]),
        },
        index=hours([0, 1, 3]),
    )
    dtypes = fill_gaps(X).dtypes
    assert dtypes.astype(str).tolist() == ["float64", "Int8", "boolean", "category"]


def test_large_ids_stay_exact_beside_missing_values():
    big = 2**53 + 1
    X = pd.DataFrame({"unique_id": [big] * 3 + [big + 1] * 2, "ds": [0, 1, 3, 0, 1], "y": 1.0})
    assert fill_gaps(X)["unique_id"].tolist() == [big] * 4 + [big + 1] * 2


def test_polars_comes_back_as_polars():
    pl = pytest.importorskip("polars")
    times = pl.Series("when", hours([0, 1, 3]).to_numpy()).dt.replace_time_zone("Europe/Berlin")
    X = pl.DataFrame({"id": ["a"] * 3, "y": [1, 2, 3]}).with_columns(times)
    filled = fill_gaps(X, id_col="id", time_col="when")
    assert filled.schema == X.schema
    assert filled["y"].to_list() == [1, 2, None, 3]
    assert filled["id"].to_list() == ["a"] * 4
    assert filled["when"].dt.hour().to_list() == [20, 21, 22, 23]


@pytest.mark.parametrize(
    ("index", "freq"),
    [(pd.date_range("2024-02-27", periods=4, freq="2D"), "D"), (pd.Index([0, 6, 9]), 3)],
)
def test_a_finer_frequency_puts_times_between_all(index, freq):
    y = pd.Series(np.arange(float(len(index))), index=index)
    filled = fill_gaps(y, freq=freq)
    step = freq if isinstance(freq, int) else pd.Timedelta(1, freq)
    times = [index[0] + i * step for i in range((index[-1] - index[0]) // step + 1)]
    assert filled.index.tolist() == times
    np.testing.assert_array_equal(filled, y.reindex(times))
    with pytest.raises(ValueError, match="does not lie on the grid"):
        fill_gaps(y.iloc[[0, 1]], freq=5 if isinstance(freq, int) else "30h")


@pytest.mark.parametrize("parameter", ["start", "end"])
def test_other_words_for_where_series_begin_and_end_are_refused(parameter):
    with pytest.raises(ValueError, match=f'{parameter} must be "per_series" or "global".*"all"'):
        fill_gaps(pd.DataFrame(index=hours([0, 1])), **{parameter: '"all"'})


def test_a_time_that_occurs_twice_is_refused():
    with pytest.raises(ValueError, match="the series has the time 2024-03-30 21:00.* more than"):
        fill_gaps(pd.DataFrame(index=hours([0, 1, 1, 2])))
