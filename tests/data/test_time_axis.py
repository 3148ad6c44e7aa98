"""Times become ticks and times again: on every grid, in every zone, and never silently wrong."""

import datetime
import json
import pickle

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.data import TimeAxis

GRIDS = {
    "h": "h",
    "15min": "15min",
    "10ms": "10ms",
    "36h": "36h",
    "D": "D",
    "2D": "2D",
    "W-SUN": "W-SUN",
    "2W-MON": "2W-MON",
    "B": "B",
    "MS": "MS",
    "ME": "ME",
    "2MS": "2MS",
    "QS-NOV": "QS-FEB",
    "QS": "QS-JAN",
    "QE": "QE-DEC",
    "QE-NOV": "QE-NOV",
    "YS": "YS-JAN",
    "YE-MAR": "YE-MAR",
    "2YS": "2YS-JAN",
    "BMS": "BMS",
    "BME": "BME",
    "BQE": "BQE-DEC",
    "BYS": "BYS-JAN",
}
GIVEN_ONLY = ["3B", "SMS", "WOM-2TUE", "24h"]
ZONES = [None, "UTC", "Europe/Berlin", "Australia/Melbourne"]


def with_gaps(index, rng):
    """Most of the times of an index, which so loses its frequency; the ends stay."""
    kept = rng.random(len(index)) < 0.9
    kept[[0, -1]] = True
    return pd.DatetimeIndex(index[kept], freq=None)


# --- grids --------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("freq", [*GRIDS, *GIVEN_ONLY])
def test_ticks_count_the_times_of_pandas_own_range(freq, zone):
    index = pd.date_range("2015-01-07", periods=80, freq=freq, tz=zone)
    axis = TimeAxis.learn(index, freq)
    ticks = axis.to_ticks(index)
    np.testing.assert_array_equal(ticks - ticks[0], np.arange(80))
    pd.testing.assert_index_equal(axis.from_ticks(ticks), index, exact=True)
    ahead = pd.date_range(index[-1], periods=40, freq=freq)
    assert axis.from_ticks(ticks[-1] + np.arange(40)).equals(ahead)
    behind = pd.date_range(end=index[0], periods=40, freq=freq)
    assert axis.from_ticks(ticks[0] - np.arange(40)[::-1]).equals(behind)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("freq", "expected"), GRIDS.items())
def test_the_frequency_is_inferred_from_times_with_gaps(freq, expected, zone, rng):
    whole = pd.date_range("2015-01-07", periods=120, freq=freq, tz=zone)
    index = with_gaps(whole, rng)
    axis = TimeAxis.learn(index)
    assert axis.freq == expected
    first = axis.to_ticks(index)[0]
    np.testing.assert_array_equal(axis.to_ticks(index) - first, whole.get_indexer(index))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_the_unit_zone_and_name_come_back(unit):
    index = pd.date_range("2024-01-01", periods=30, freq="h", tz="Asia/Tokyo", name="when")
    index = index.as_unit(unit)
    axis = TimeAxis.learn(index)
    given = axis.from_ticks(axis.to_ticks(index))
    assert (given.dtype, given.name, given.freqstr) == (index.dtype, "when", "h")


def test_times_of_another_unit_lie_on_the_same_grid():
    index = pd.date_range("2024-01-01", periods=30, freq="h").as_unit("s")
    axis = TimeAxis.learn(index)
    np.testing.assert_array_equal(axis.to_ticks(index.as_unit("ns")), axis.to_ticks(index))
    with pytest.raises(ValueError, match="does not lie on the grid"):
        axis.to_ticks(index.as_unit("ns") + pd.Timedelta(1, "ns"))


def test_hours_are_counted_through_both_changes_of_the_clock():
    index = pd.date_range("2024-03-30", "2024-11-01", freq="h", tz="Europe/Berlin")
    axis = TimeAxis.learn(index)
    ticks = axis.to_ticks(index)
    np.testing.assert_array_equal(np.diff(ticks), 1)
    assert axis.from_ticks(ticks).equals(index)


def test_days_are_counted_by_the_calendar_where_midnight_is_skipped():
    days = pd.date_range("2018-10-30", "2018-11-10", freq="D").tz_localize(
        "America/Sao_Paulo", nonexistent="shift_forward"
    )
    axis = TimeAxis.learn(days)
    assert axis.freq == "D"
    np.testing.assert_array_equal(np.diff(axis.to_ticks(days)), 1)
    assert axis.from_ticks(axis.to_ticks(days)).equals(days)


def test_a_day_of_utc_stays_24_hours_in_local_time():
    index = pd.date_range("2024-01-01", periods=300, freq="24h", tz="UTC").tz_convert(
        "Europe/Berlin"
    )
    axis = TimeAxis.learn(pd.DatetimeIndex(index, freq=None))
    assert axis.freq == "24h"
    assert axis.season_length == 7
    assert axis.from_ticks(axis.to_ticks(index)).equals(index)


def test_the_middle_of_months_is_a_grid_of_months():
    index = pd.date_range("2019-01-01", periods=50, freq="MS") + pd.Timedelta("14D9h")
    axis = TimeAxis.learn(index)
    assert axis.freq == "MS"
    np.testing.assert_array_equal(np.diff(axis.to_ticks(index)), 1)
    assert axis.from_ticks(axis.to_ticks(index)).equals(index)


@pytest.mark.parametrize("freq", ["D", "W-SUN", "M", "2M", "Q-DEC", "Y-DEC", "h"])
def test_periods_are_counted_as_pandas_counts_them(freq):
    index = pd.period_range("2015-01-01", periods=60, freq=freq, name="p")
    axis = TimeAxis.learn(index)
    np.testing.assert_array_equal(np.diff(axis.to_ticks(index)), 1)
    pd.testing.assert_index_equal(axis.from_ticks(axis.to_ticks(index)), index, exact=True)


@pytest.mark.parametrize(
    "index",
    [
        pd.Index([1990, 1991, 1993], name="year"),
        pd.RangeIndex(5, 20, 5),
        pd.Index([2.0, 4.0, 6.0, 10.0]),
        pd.Index(np.array([3, 4], dtype=np.int16)),
        pd.Index([2**60 + 1, 2**60 + 2]),
    ],
    ids=["years", "range", "floats", "int16", "large"],
)
def test_whole_numbers_come_back_as_they_were(index):
    axis = TimeAxis.learn(index)
    given = axis.from_ticks(axis.to_ticks(index))
    assert given.tolist() == index.tolist()
    assert (given.dtype, given.name) == (index.dtype, index.name)
    assert np.diff(axis.to_ticks(index)).min() == 1


def test_dates_and_objects_are_datetimes():
    dates = [datetime.date(2024, 1, day) for day in (1, 2, 3)]
    axis = TimeAxis.learn(dates)
    assert (axis.kind, axis.freq) == ("datetime", "D")
    assert axis.from_ticks(axis.to_ticks(dates))[2] == pd.Timestamp("2024-01-03")


def test_times_beyond_those_that_can_be_stored_are_refused():
    axis = TimeAxis.learn(pd.date_range("2024-01-01", periods=5, freq="YS").as_unit("ns"))
    with pytest.raises(ValueError, match="beyond the times that can be stored in ns"):
        axis.from_ticks([1000])
    assert str(axis._replace(unit="s").from_ticks([1000])[0]) == "2970-01-01 00:00:00"


def test_no_time_is_the_position():
    assert TimeAxis.learn(None).kind == "position"


def test_the_frequency_is_that_within_series():
    days = pd.date_range("2024-01-01", periods=3, freq="D")
    times = days.append([days + pd.Timedelta("500D"), days + pd.Timedelta("900D")])
    assert TimeAxis.learn(times, offsets=[0, 3, 6, 9]).freq == "D"


@pytest.mark.parametrize("zone", [*ZONES, datetime.timezone(datetime.timedelta(hours=-3.5))])
def test_an_axis_pickles_and_becomes_json(zone):
    index = pd.date_range("2024-01-01", periods=30, freq="h", tz=zone, name="when")
    axis = TimeAxis.learn(index)
    assert pickle.loads(pickle.dumps(axis)) == axis
    again = TimeAxis(**json.loads(json.dumps(axis._asdict())))
    assert again == axis
    assert again.from_ticks(axis.to_ticks(index)).equals(index)


# --- seasons and the calendar -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("freq", "seasons"),
    [
        ("h", (24, 168)),
        ("30min", (48, 336)),
        ("15min", (96, 672)),
        ("min", (1440, 10080)),
        ("D", (7, 365)),
        ("W-SUN", (52,)),
        ("B", (5, 261)),
        ("MS", (12,)),
        ("2MS", (6,)),
        ("QE", (4,)),
        ("YE", ()),
        ("5D", (73,)),
        ("SMS", ()),
    ],
)
def test_seasons_follow_from_the_frequency(freq, seasons):
    axis = TimeAxis.learn(pd.date_range("2020-01-01", periods=20, freq=freq))
    assert axis.seasons == seasons
    assert axis.season_length == (seasons[0] if seasons else 1)


def test_whole_numbers_have_no_season():
    axis = TimeAxis.learn(pd.RangeIndex(5))
    assert (axis.season_length, axis.seasons, axis.calendar_names) == (1, (), ())
    assert axis.calendar([1, 2]).shape == (2, 0)


def test_the_calendar_shows_local_time():
    index = pd.date_range("2024-03-29", periods=24 * 5, freq="h", tz="Europe/Berlin")
    axis = TimeAxis.learn(index)
    features = dict(zip(axis.calendar_names, axis.calendar(axis.to_ticks(index)).T, strict=True))
    hours = np.array([time.hour for time in index])
    np.testing.assert_allclose(features["time_of_day_sin"], np.sin(2 * np.pi * hours / 24))
    np.testing.assert_allclose(features["time_of_day_cos"], np.cos(2 * np.pi * hours / 24))
    weekend = [time.day_name() in ("Saturday", "Sunday") for time in index]
    np.testing.assert_array_equal(features["weekend"], weekend)
    assert {name.rsplit("_", 1)[0] for name in features} == {
        "time_of_day",
        "day_of_week",
        "weekend",
        "day_of_year",
    }


@pytest.mark.parametrize(
    ("freq", "cycles"),
    [
        ("s", {"second", "minute", "time_of_day", "day_of_week", "weekend", "day_of_year"}),
        ("D", {"day_of_week", "weekend", "day_of_year"}),
        ("B", {"day_of_week", "day_of_year"}),
        ("W-SUN", {"day_of_year"}),
        ("MS", {"month"}),
        ("QE", {"month"}),
        ("YS", set()),
    ],
)
def test_the_calendar_has_the_cycles_that_the_frequency_shows(freq, cycles):
    axis = TimeAxis.learn(pd.date_range("2020-01-01", periods=20, freq=freq))
    assert {name.removesuffix("_sin").removesuffix("_cos") for name in axis.calendar_names} == (
        cycles
    )
    features = axis.calendar(np.arange(500))
    assert features.shape == (500, len(axis.calendar_names))
    assert (np.abs(features) <= 1).all()


def test_periods_have_the_calendar_of_their_timestamps():
    months = pd.period_range("2020-01", periods=24, freq="M")
    of_periods, of_times = (TimeAxis.learn(index) for index in (months, months.to_timestamp()))
    np.testing.assert_allclose(
        of_periods.calendar(of_periods.to_ticks(months)),
        of_times.calendar(of_times.to_ticks(months.to_timestamp())),
    )
    assert of_periods.seasons == of_times.seasons == (12,)


# --- bad input ----------------------------------------------------------------------------------

DAYS = pd.date_range("2024-01-01", periods=10, freq="D")


@pytest.mark.parametrize(
    ("freq", "message"),
    [
        ("h", "the frequency 'h' contradicts the times: every step is 24 times that, as from 2024"),
        ("MS", "the time 2024-01-02 of row 1 does not lie on the grid of the frequency 'MS'"),
        ("W-TUE", "the time 2024-01-01 of row 0 does not lie on the grid"),
        ("2D", "the time 2024-01-0[12] of row [01] does not lie on the grid"),
        ("QS", "2024-01-02 of row 1 does not lie"),
        ("SMS", "2024-01-02 of row 1 does not lie"),
        ("-1D", "must go forward in time"),
        ("fortnight", "freq must be a frequency of pandas, such as 'h', 'D' or 'MS'"),
        ("C", "depends on a calendar of its own"),
    ],
)
def test_a_frequency_that_contradicts_the_times_is_refused(freq, message):
    with pytest.raises(ValueError, match=message):
        TimeAxis.learn(DAYS, freq)


def test_one_odd_time_is_named():
    times = DAYS.insert(4, DAYS[3] + pd.Timedelta("7h"))
    axis = TimeAxis.learn(times)
    with pytest.raises(ValueError, match="2024-01-04 07:00:00 of series 'a' does not lie .*1 of"):
        axis.to_ticks(times, locate=lambda row: "series 'a'")


@pytest.mark.parametrize(
    ("times", "error", "message"),
    [
        (pd.DatetimeIndex(["2024-01-01"]), ValueError, "freq='D'"),
        (DAYS[:0], ValueError, "at least one row"),
        ([pd.Timestamp("2024"), pd.NaT], ValueError, r"row 1 has no time \(NaT\): 1 of 2"),
        (["2024-01-01", "2024-01-02"], TypeError, "'2024-01-01'.*pd.to_datetime"),
        ([1.0, 1.5], ValueError, "row 1 has the time 1.5, but .* whole"),
        ([True, False], TypeError, "datetimes, periods or whole numbers"),
        (
            [pd.Timestamp("2024", tz="UTC"), pd.Timestamp("2025", tz="Asia/Tokyo")],
            ValueError,
            "row 1 has a time in Asia/Tokyo, .* in UTC",
        ),
        ([pd.Timestamp("2024", tz="UTC"), pd.Timestamp("2025")], ValueError, "no time zone"),
    ],
    ids=["one", "none", "NaT", "text", "halves", "bools", "zones", "zone and none"],
)
def test_what_is_no_time_is_refused(times, error, message):
    with pytest.raises(error, match=message):
        TimeAxis.learn(times)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (DAYS.tz_localize("UTC"), r"zones differ: row 0 has .* in UTC, .*tz_localize\(None\)"),
        (DAYS.to_period(), "must be datetimes, as in fit, but row 0 has Period"),
        (pd.RangeIndex(3), "must be datetimes"),
        (DAYS + pd.Timedelta("1s"), r"2024-01-01 00:00:01 .*10 of 10"),
    ],
    ids=["zone", "periods", "integers", "a second later"],
)
def test_times_unlike_those_of_the_fit_are_refused(times, message):
    with pytest.raises(ValueError, match=message):
        TimeAxis.learn(DAYS).to_ticks(times)


def test_naive_times_and_other_zones_are_refused_where_fit_had_a_zone():
    axis = TimeAxis.learn(DAYS.tz_localize("Asia/Tokyo"))
    with pytest.raises(ValueError, match=r"no time zone.*tz_localize\('Asia/Tokyo'\)"):
        axis.to_ticks(DAYS)
    with pytest.raises(ValueError, match=r"tz_convert\('Asia/Tokyo'\)"):
        axis.to_ticks(DAYS.tz_localize("UTC"))


def test_periods_and_numbers_have_frequencies_of_their_own():
    months = pd.period_range("2020-01", periods=5, freq="M")
    assert TimeAxis.learn(months, "M").freq == "M"
    with pytest.raises(ValueError, match="freq='h' contradicts the index, .* periods of 'M'"):
        TimeAxis.learn(months, "h")
    with pytest.raises(ValueError, match="must be periods of 'M'"):
        TimeAxis.learn(months).to_ticks(months.asfreq("D"))
    assert TimeAxis.learn(pd.Index([0, 4, 6]), 2).step == 2
    with pytest.raises(ValueError, match="freq must be the whole number"):
        TimeAxis.learn(pd.Index([0, 4, 6]), "D")
