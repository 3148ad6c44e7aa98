"""Panels: cut, selected and extended as a slow dictionary of frames would be."""

import datetime
import pickle

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.data import SeriesPanel, lay_out_panel, learn_panel, read_panel_like

LENGTHS = {"b": 7, "a": 4, "c": 9}


def long_frame(rng, lengths=LENGTHS, first="2024-01-01"):
    """Series of days that begin at different times, with columns of every kind."""
    parts = []
    for number, (name, length) in enumerate(lengths.items()):
        days = pd.date_range(first, periods=length, freq="D") + pd.Timedelta(number, "D")
        part = pd.DataFrame({"shop": name, "day": days})
        part["sales"], part["price"] = rng.normal(size=(2, length))
        part["visitors"] = np.where(rng.random(length) < 0.8, rng.normal(size=length), np.nan)
        part["promotion"] = rng.choice(["none", "leaflet", "poster"], length)
        part["weather"] = rng.choice(["sun", "rain"], length)
        part["size"], part["town"] = float(number), "xyz"[number]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


ROLES = {"past": ["visitors", "weather"], "static": ["size", "town"]}


def panel_of(frame, target="sales", **parameters):
    given = {"id_col": "shop", "time_col": "day"} | ROLES | parameters
    return learn_panel(frame, target, **given)


def as_frame(panel):
    """A panel as a long frame, row by row: slow and obvious."""
    columns, rows = panel.columns, []
    for group in range(panel.n_groups):
        first, last = panel.group_offsets[group], panel.group_offsets[group + 1]
        for number, row in enumerate(range(first, last)):
            entry = {"id": panel.ids[group], "tick": panel.starts[group] + number}
            for target in range(panel.n_targets):
                series = group * panel.n_targets + target
                entry[f"target{target}"] = panel.target[panel.offsets[series] + number]
            entry |= dict(zip(columns.known, panel.known[row], strict=True))
            entry |= dict(zip(columns.past, panel.past[row], strict=True))
            entry |= dict(zip(columns.known_categorical, panel.known_codes[row], strict=True))
            entry |= dict(zip(columns.past_categorical, panel.past_codes[row], strict=True))
            entry |= dict(zip(columns.static, panel.static[group], strict=True))
            entry |= dict(zip(columns.static_categorical, panel.static_codes[group], strict=True))
            rows.append(entry | {"present": panel.present[row]})
    return pd.DataFrame(rows)


def assert_same(panel, expected):
    actual = as_frame(panel).reset_index(drop=True)
    pd.testing.assert_frame_equal(actual, expected.reset_index(drop=True), check_dtype=False)


@pytest.fixture
def frame(rng):
    return long_frame(rng)


@pytest.fixture(params=["sales", ["sales", "price"]], ids=["one target", "two targets"])
def panel(frame, request):
    return panel_of(frame, request.param)


# --- what a panel says --------------------------------------------------------------------------


def test_rows_stand_at_their_ticks(frame, panel):
    np.testing.assert_array_equal(panel.row_ticks, panel.axis.to_ticks(frame["day"]))
    np.testing.assert_array_equal(panel.ids[panel.row_groups], frame["shop"])
    np.testing.assert_array_equal(panel.group_lengths, list(LENGTHS.values()))
    np.testing.assert_array_equal(panel.stops - panel.starts, panel.group_lengths)


def test_series_are_numbered_group_by_group(frame, panel):
    names = list(panel.columns.target_names)
    assert panel.n_series == 3 * len(names) == len(panel.lengths)
    for series in range(panel.n_series):
        of_shop = frame[frame["shop"] == panel.ids[panel.group_of(series)]]
        values = panel.target[panel.offsets[series] : panel.offsets[series + 1]]
        np.testing.assert_array_equal(values, of_shop[names[panel.target_of(series)]])
    np.testing.assert_array_equal(panel.values_of(2), frame.loc[frame["shop"] == "c", names])


def test_names_show_the_id_and_where_there_are_several_the_target(frame):
    assert panel_of(frame).name(1) == panel_of(frame).name_group(1) == "series 'a'"
    assert panel_of(frame, ["sales", "price"]).name(3) == "series 'a', target 'price'"
    assert learn_panel(None, [1.0, 2.0]).name(0) == "the series"
    panel = panel_of(frame)
    assert panel.locate(1, panel.starts[1]) == "series 'a' at 2024-01-02"
    assert learn_panel(None, [1.0, 2.0]).locate(0, 1) == "the series, row 1"


def test_ids_are_found_and_others_are_not(panel):
    np.testing.assert_array_equal(panel.find(["c", "z", "b"]), [2, -1, 0])
    np.testing.assert_array_equal(panel.find(np.array(["a"], dtype=object)), [1])
    np.testing.assert_array_equal(learn_panel(None, [1.0, 2.0]).find(None), [0])


def test_ids_of_several_parts_are_tuples():
    frame = pd.DataFrame({"a": [1, 1, 2, 2], "b": list("xxyx"), "t": [0, 1, 0, 0], "v": 1.0})
    panel = learn_panel(frame, "v", id_col=["a", "b"], time_col="t")
    assert panel.ids.tolist() == [(1, "x"), (2, "y"), (2, "x")]
    np.testing.assert_array_equal(panel.find([(2, "x"), (1, "y")]), [2, -1])
    assert panel.name(1) == "series (2, 'y')"


def test_a_panel_pickles(panel):
    again = pickle.loads(pickle.dumps(panel))
    assert isinstance(again, SeriesPanel)
    assert again.columns == panel.columns
    assert_same(again, as_frame(panel))


# --- cuts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("groups", [[2, 0], [1, 1], [], [False, True, True]])
def test_selected_groups_are_those_of_the_frame(panel, groups):
    whole = as_frame(panel)
    numbers = np.flatnonzero(groups) if groups and isinstance(groups[0], bool) else groups
    parts = [whole[whole["id"] == panel.ids[group]] for group in numbers]
    chosen = panel.select(groups)
    assert_same(chosen, pd.concat(parts) if parts else pd.DataFrame())
    assert (chosen.n_groups, chosen.n_series) == (len(parts), len(parts) * panel.n_targets)


@pytest.mark.parametrize("shift", [-100, 0, 3, 100])
def test_cuts_keep_the_rows_on_their_side(panel, shift):
    whole, ticks = as_frame(panel), panel.starts + shift
    limits = whole["id"].map(dict(zip(panel.ids, ticks, strict=True)))
    until, since = panel.until(ticks), panel.since(ticks)
    assert until.n_groups == since.n_groups == 3
    for cut, kept in ((until, whole["tick"] < limits), (since, whole["tick"] >= limits)):
        assert_same(cut, whole[kept]) if kept.any() else assert_is_empty(cut)


def assert_is_empty(panel):
    assert panel.n_rows == len(panel.target) == 0


def test_one_tick_cuts_all_groups(panel):
    tick = int(panel.starts[1]) + 2
    assert (panel.until(tick).row_ticks < tick).all()
    assert panel.until(tick).n_rows + panel.since(tick).n_rows == panel.n_rows


def test_the_tail_is_the_end_of_every_group(panel):
    whole = as_frame(panel)
    assert_same(panel.tail(5), whole.groupby("id", sort=False).tail(5))


# --- more rows ----------------------------------------------------------------------------------


def test_a_panel_grows_together_again(panel):
    ticks = panel.starts + np.array([2, 4, 5])  # all of the second group is in the first part
    assert_same(panel.until(ticks).extend(panel.since(ticks)), as_frame(panel))


def test_new_groups_come_behind(panel):
    grown = panel.select([1]).extend(panel.select([2, 0]))
    assert_same(grown, as_frame(panel.select([1, 2, 0])))


def test_a_group_cut_to_nothing_begins_anew(panel):
    ticks = panel.starts + np.array([0, 2, 0])
    assert_same(panel.until(ticks).extend(panel.since(ticks)), as_frame(panel))


def test_rows_that_are_known_already_are_refused(panel):
    ticks = panel.starts + np.array([7, 3, 9])
    message = "series 'a' at 2024-01-04 is no new time: the series is known until 2024-01-05"
    with pytest.raises(ValueError, match=message):
        panel.extend(panel.since(ticks - np.array([0, 1, 0])).select([1]))


def test_a_gap_before_new_rows_is_an_error_or_masked(panel):
    first, second = panel.until(panel.starts + 2), panel.since(panel.starts + 3)
    with pytest.raises(ValueError, match="series 'b' at 2024-01-03 has no row: 1 time"):
        first.extend(second)
    grown = first.extend(second, gaps="mask")
    whole = as_frame(panel)
    gap = whole.groupby("id", sort=False).cumcount() == 2
    steps = [name for name in whole if name not in ("id", "tick", "size", "town")]
    codes = [*panel.columns.known_categorical, *panel.columns.past_categorical]
    whole["present"] = whole["present"].astype(object)
    whole.loc[gap, steps] = np.nan
    whole.loc[gap, codes] = 0
    whole.loc[gap, "present"] = False
    assert_same(grown, whole.astype({"present": bool}))


def test_without_time_new_rows_follow(rng):
    X, y = rng.normal(size=(10, 2)), rng.normal(size=10)
    panel = learn_panel(X[:6], y[:6])
    more = read_panel_like(X[6:], y[6:], columns=panel.columns, axis=panel.axis, purpose="update")
    grown = panel.tail(3).extend(more)
    np.testing.assert_array_equal(grown.target, y[3:])
    np.testing.assert_array_equal(grown.known, X[3:])
    assert (grown.starts.tolist(), grown.stops.tolist()) == ([3], [10])


def test_unknown_categories_are_added_up(frame):
    panel = panel_of(frame)
    strange = frame.assign(promotion="radio", day=frame["day"] + pd.Timedelta("30D"))
    more = read_panel_like(strange, columns=panel.columns, axis=panel.axis, purpose="update")
    grown = panel.extend(more, gaps="mask")
    assert grown.unknown_counts == {"promotion": len(frame)}
    later = more.starts + 100
    again = grown.extend(
        read_panel_like(
            strange.assign(day=strange["day"] + pd.Timedelta("30D")),
            columns=panel.columns,
            axis=panel.axis,
            purpose="update",
        ),
        gaps="mask",
    )
    assert again.unknown_counts == {"promotion": 2 * len(frame)}
    assert (again.stops < later).all()


# --- layouts ------------------------------------------------------------------------------------


def laid_out(panel, name="sales"):
    return lay_out_panel(
        {name: panel.target},
        ids=None if panel.ids is None else panel.ids[panel.row_groups],
        ticks=panel.row_ticks,
        columns=panel.columns,
        axis=panel.axis,
    )


def test_columns_of_ids_and_times_come_back(frame):
    expected = frame[["shop", "day", "sales"]]
    pd.testing.assert_frame_equal(laid_out(panel_of(frame)), expected)


def test_an_index_of_ids_and_times_comes_back(frame):
    indexed = frame.set_index(["shop", "day"])
    panel = learn_panel(indexed, "sales", **ROLES)
    pd.testing.assert_frame_equal(laid_out(panel), indexed[["sales"]])


def test_an_index_of_times_beside_a_column_of_ids_comes_back(frame):
    indexed = frame.set_index("day")
    panel = learn_panel(indexed, "sales", id_col="shop", **ROLES)
    pd.testing.assert_frame_equal(laid_out(panel), indexed[["shop", "sales"]])


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2024-01-01", periods=6, freq="h", tz="Asia/Tokyo", name="when"),
        pd.period_range("2024-01", periods=6, freq="M"),
        pd.Index([3, 4, 5, 6, 7, 8], name="n"),
    ],
    ids=["datetimes", "periods", "integers"],
)
def test_an_index_of_times_comes_back(index, rng):
    series = pd.Series(rng.normal(size=6), index=index, name="sales")
    pd.testing.assert_frame_equal(laid_out(learn_panel(series)), series.to_frame())


@pytest.mark.parametrize(
    "ids",
    [
        pd.Series([2**53 + 1, 2**53 + 2, 2**53 + 3]),
        pd.Series([2**62 + 1, 5, 6], dtype="Int64"),
        pd.Series(["u", "v", "w"], dtype="category"),
        pd.Series(["u", "v", "w"], dtype=object),
        pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"])),
    ],
    ids=["large", "nullable", "category", "object", "dates"],
)
def test_ids_come_back_exact_and_of_their_dtype(ids):
    frame = pd.DataFrame({"shop": ids.repeat(2), "day": [0, 1] * 3, "sales": np.arange(6.0)})
    frame = frame.reset_index(drop=True)
    panel = learn_panel(frame, "sales", id_col="shop", time_col="day")
    assert panel.ids.tolist() == ids.tolist()
    pd.testing.assert_frame_equal(laid_out(panel), frame)


def test_ids_of_several_parts_come_back():
    frame = pd.DataFrame({"a": [1, 1, 2, 2], "b": list("xxyy"), "t": [0, 1, 0, 1], "v": 1.0})
    panel = learn_panel(frame, "v", id_col=["a", "b"], time_col="t")
    pd.testing.assert_frame_equal(laid_out(panel, "v"), frame)


def test_rows_without_time_are_counted(rng):
    frame = laid_out(learn_panel(rng.normal(size=(4, 1)), rng.normal(size=4)))
    assert frame.index.tolist() == [0, 1, 2, 3]


def test_days_of_polars_come_back():
    polars = pytest.importorskip("polars")
    days = [datetime.date(2024, 1, day) for day in (1, 2, 3)]
    frame = polars.DataFrame({"id": [1, 1, 1], "ds": days, "y": np.arange(3.0)})
    frame = frame.with_columns(frame["id"].cast(polars.Int32))
    panel = learn_panel(frame, "y", id_col="id", time_col="ds")
    given = laid_out(panel, "y")
    assert given["ds"].to_list() == days
    assert given.schema == frame.schema


@pytest.mark.parametrize("zone", [None, "Asia/Tokyo"])
def test_polars_comes_back(zone):
    polars = pytest.importorskip("polars")
    days = [datetime.datetime(2024, 1, day) for day in (1, 2, 3)] * 2
    frame = polars.DataFrame({"unique_id": list("aaabbb"), "ds": days, "y": np.arange(6.0)})
    frame = frame.with_columns(frame["ds"].dt.replace_time_zone(zone))
    panel = learn_panel(frame)
    assert panel.axis.tz == zone
    given = laid_out(panel, "y")
    assert isinstance(given, polars.DataFrame)
    assert given.columns == frame.columns
    assert given["ds"].to_list() == frame["ds"].to_list()
    assert given["unique_id"].to_list() == frame["unique_id"].to_list()
    assert given["ds"].dtype == frame["ds"].dtype
