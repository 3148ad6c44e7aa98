"""Frames, arrays and series become panels, or an error that says where."""

import re

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.data import learn_panel, read_panel_like, read_rows

DAYS = pd.date_range("2024-01-01", periods=10, freq="D")


@pytest.fixture
def frame(rng):
    """Two series of ten days in long form."""
    return pd.DataFrame(
        {
            "shop": ["a"] * 10 + ["b"] * 10,
            "day": [*DAYS, *DAYS],
            "sales": rng.normal(size=20),
            "price": rng.normal(size=20),
            "visitors": rng.normal(size=20),
            "holiday": rng.random(20) < 0.5,
            "weather": rng.choice(["sun", "rain"], 20),
            "size": [1.0] * 10 + [2.0] * 10,
        }
    )


def learn(frame, target="sales", **parameters):
    return learn_panel(frame, target, **{"id_col": "shop", "time_col": "day"} | parameters)


def like(panel, X, y=None, **parameters):
    given = {"columns": panel.columns, "axis": panel.axis, "purpose": "context"} | parameters
    return read_panel_like(X, y, **given)


def rows_of(panel, X):
    return read_rows(X, columns=panel.columns, axis=panel.axis)


def assert_same(panel, other):
    names = ("target", "offsets", "starts", "group_offsets", "known", "past", "known_codes")
    for name in (*names, "past_codes", "static", "static_codes", "present"):
        np.testing.assert_array_equal(getattr(panel, name), getattr(other, name), err_msg=name)
    assert (panel.ids is None) == (other.ids is None)
    assert panel.ids is None or panel.ids.tolist() == other.ids.tolist()


# --- every form of one series -------------------------------------------------------------------


def test_series_frames_arrays_and_names_of_columns_give_the_same_values(rng):
    X = pd.DataFrame(rng.normal(size=(10, 2)), columns=["p", "q"], index=DAYS)
    y = pd.Series(rng.normal(size=10), index=DAYS, name="v")
    panels = [
        learn_panel(X, y),
        learn_panel(X, y.to_frame()),
        learn_panel(X, y.to_numpy()),
        learn_panel(X, y.to_list()),
        learn_panel(X.assign(v=y), "v"),
        learn_panel(X.assign(v=y), ["v"]),
        learn_panel(X.to_numpy(), y),
        learn_panel(X.assign(v=y, t=DAYS).reset_index(drop=True), "v", time_col="t"),
        learn_panel(X.iloc[::-1], y.iloc[::-1]),
    ]
    for panel in panels:
        assert_same(panel, panels[0])
        assert panel.axis.to_ticks(DAYS[:1])[0] == panel.starts[0]
    np.testing.assert_array_equal(panels[0].target, y)
    np.testing.assert_array_equal(panels[0].known, X)
    names = [panel.columns.target_names for panel in panels[:6]]
    assert names == [("v",), ("v",), (), (), ("v",), ("v",)]
    kinds = [panel.columns.target_kind for panel in panels[:6]]
    assert kinds == ["series", "frame", "array", "array", "column", "column"]


def test_a_series_alone_is_the_target(rng):
    y = pd.Series(rng.normal(size=10), index=DAYS, name="v")
    for panel in (learn_panel(y), learn_panel(None, y), learn_panel(pd.DataFrame(index=DAYS), y)):
        assert panel.columns.known == ()
        assert panel.known.shape == (10, 0)
        assert panel.axis.freq == "D"
        np.testing.assert_array_equal(panel.target, y)


def test_without_times_rows_are_counted(rng):
    panel = learn_panel(rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
    assert (panel.axis.kind, panel.columns.layout) == ("position", "position")
    assert panel.columns.known == ("x0", "x1", "x2")
    assert panel.columns.target_names == (0, 1)
    assert panel.ids is None
    assert panel.starts.tolist() == [0]


@pytest.mark.parametrize(
    ("index", "kind"),
    [
        (DAYS, "datetime"),
        (DAYS.to_period(), "period"),
        (pd.RangeIndex(10), "integer"),
        (pd.RangeIndex(60, 70), "integer"),
        (pd.Index(range(1950, 1960)), "integer"),
    ],
    ids=["datetimes", "periods", "range from 0", "range from 60", "years"],
)
def test_the_index_of_a_frame_is_the_time(index, kind, rng):
    X = pd.DataFrame({"p": rng.normal(size=10)}, index=index)
    panel = learn_panel(X, np.arange(10.0))
    assert (panel.axis.kind, panel.columns.layout) == (kind, "index")
    assert panel.axis.from_ticks(panel.row_ticks).equals(pd.Index(index))


def test_row_numbers_of_y_are_no_times_beside_an_array(rng):
    X, y = rng.normal(size=(10, 1)), pd.Series(np.arange(10.0))
    assert learn_panel(X, y).axis.kind == "position"
    assert learn_panel(None, y).axis.kind == "integer"


def test_one_series_is_sorted_by_time_and_its_input_stays(rng):
    X = pd.DataFrame({"p": np.arange(10.0)}, index=DAYS)[::-1]
    before = X.copy()
    panel = learn_panel(X, np.arange(10.0)[::-1])
    np.testing.assert_array_equal(panel.target, np.arange(10.0))
    np.testing.assert_array_equal(panel.known[:, 0], np.arange(10.0))
    pd.testing.assert_frame_equal(X, before)


# --- several series -----------------------------------------------------------------------------


def test_columns_an_index_and_rows_in_turn_give_the_same_panel(frame):
    panel = learn(frame, past=["visitors"], static=["size"])
    roles = {"past": ["visitors"], "static": ["size"]}
    assert_same(learn_panel(frame.set_index(["shop", "day"]), "sales", **roles), panel)
    indexed = frame.set_index("day")
    assert_same(learn_panel(indexed, "sales", id_col="shop", **roles), panel)
    in_turn = frame.iloc[np.arange(20).reshape(2, 10).T.ravel()]
    assert_same(learn(in_turn, **roles), panel)
    named = frame.rename(columns={"shop": "unique_id", "day": "ds", "sales": "y"})
    assert_same(learn_panel(named, **roles), panel)
    assert_same(learn_panel(named.set_index("unique_id"), **roles), panel)
    assert_same(
        learn_panel(
            frame.drop(columns="sales"), frame["sales"], id_col="shop", time_col="day", **roles
        ),
        panel,
    )


def test_rows_in_any_order_give_the_same_panel(frame):
    panel = learn(frame, past=["visitors"], static=["size"])
    shuffled = pd.concat([frame[:1], frame[1:].sample(frac=1, random_state=0)])  # "a" is first
    assert_same(learn(shuffled, past=["visitors"], static=["size"]), panel)
    known = shuffled.drop(columns="sales")
    assert_same(learn(known, shuffled["sales"], past=["visitors"], static=["size"]), panel)
    assert_same(like(panel, shuffled), panel)


def test_levels_of_an_index_may_be_named(frame):
    indexed = frame.set_index(["shop", "day"])
    assert_same(learn_panel(indexed, "sales", id_col="shop"), learn(frame))
    assert_same(learn(indexed), learn(frame))


def test_polars_is_read_as_pandas(frame):
    polars = pytest.importorskip("polars")
    columns = {name: frame[name].to_list() for name in frame}
    panel = learn(polars.DataFrame(columns), past=["visitors"])
    assert_same(panel, learn(frame, past=["visitors"]))
    assert panel.columns.library == "polars"
    rows = rows_of(panel, polars.DataFrame(columns).drop("sales", "visitors"))
    assert rows.index is None
    np.testing.assert_array_equal(rows.known, panel.known)
    with pytest.raises(TypeError, match=re.escape("X.collect()")):
        learn(polars.DataFrame(columns).lazy())


def test_series_come_in_the_order_of_their_first_rows(frame):
    assert learn(frame.iloc[::-1].sort_values("day", kind="stable")).ids.tolist() == ["b", "a"]


def test_several_targets_share_their_columns(frame):
    panel = learn(frame, ["sales", "visitors"])
    assert (panel.n_groups, panel.n_targets, panel.n_series) == (2, 2, 4)
    expected = [
        frame[frame["shop"] == shop][name] for shop in "ab" for name in ("sales", "visitors")
    ]
    np.testing.assert_array_equal(panel.target, np.concatenate(expected))
    assert panel.known.shape == (20, 3)


def test_series_without_time_are_counted_each(frame):
    panel = learn_panel(frame.drop(columns="day"), "sales", id_col="shop")
    assert panel.axis.kind == "position"
    assert panel.starts.tolist() == [0, 0]
    in_turn = frame.drop(columns="day").iloc[np.arange(20).reshape(2, 10).T.ravel()]
    rows = rows_of(panel, in_turn)
    np.testing.assert_array_equal(rows.ticks, np.repeat(np.arange(10), 2))


# --- columns ------------------------------------------------------------------------------------


def test_columns_have_the_roles_that_are_named(frame):
    columns = learn(frame, past=["visitors", "weather"], static=["size"]).columns
    assert columns.known == ("price", "holiday")
    assert (columns.past, columns.past_categorical) == (("visitors",), ("weather",))
    assert (columns.static, columns.known_categorical) == (("size",), ())
    assert columns.categories == {"weather": ("rain", "sun")}
    assert (columns.id_names, columns.time_name, columns.layout) == (("shop",), "day", "columns")


def test_categories_are_numbered_from_1_whatever_the_order_of_rows(frame):
    panel, turned = learn(frame), learn(frame.iloc[np.r_[10:20, 0:10]])
    codes = frame["weather"].map({"rain": 1, "sun": 2})
    np.testing.assert_array_equal(panel.known_codes[:, 0], codes)
    np.testing.assert_array_equal(turned.known_codes[:, 0], codes.iloc[np.r_[10:20, 0:10]])


def test_missing_and_unknown_categories_are_0_and_the_unknown_are_counted(frame):
    panel = learn(frame)
    assert panel.unknown_counts == {}
    weather = frame["weather"].astype(object).copy()
    weather[[2, 5]] = ["snow", None]
    changed = frame.assign(weather=weather)
    expected = panel.known_codes.copy()
    expected[[2, 5]] = 0
    for read in (like(panel, changed), rows_of(panel, changed)):
        np.testing.assert_array_equal(read.known_codes, expected)
        assert read.unknown_counts == {"weather": 1}


def test_bools_are_numbers_and_missing_past_values_are_nan(frame):
    frame.loc[3, "visitors"] = np.nan
    panel = learn(frame, past=["visitors"])
    np.testing.assert_array_equal(panel.known[:, 1], frame["holiday"].astype(float))
    assert np.flatnonzero(np.isnan(panel.past[:, 0])).tolist() == [3]


def test_missing_targets_stay_missing(frame):
    frame.loc[[0, 12], "sales"] = np.nan
    assert np.flatnonzero(np.isnan(learn(frame).target)).tolist() == [0, 12]
    nullable = frame.astype({"sales": "Float64"})
    assert_same(learn(nullable), learn(frame))


# --- gaps ---------------------------------------------------------------------------------------


def test_masked_gaps_become_rows_of_nothing(frame):
    kept = frame.drop([4, 5, 15])
    panel = learn(kept, ["sales", "visitors"], gaps="mask")
    whole = learn(frame, ["sales", "visitors"])
    assert np.flatnonzero(~panel.present).tolist() == [4, 5, 15]
    np.testing.assert_array_equal(panel.known[panel.present], whole.known[panel.present])
    assert np.isnan(panel.known[~panel.present]).all()
    assert (panel.known_codes[~panel.present] == 0).all()
    for series in range(4):
        expected = whole.values_of(series // 2)[:, series % 2].copy()
        expected[[5] if series >= 2 else [4, 5]] = np.nan
        values = panel.target[panel.offsets[series] : panel.offsets[series + 1]]
        np.testing.assert_array_equal(values, expected)


def test_a_wrong_time_is_no_gap_to_be_masked(frame):
    seconds = frame.assign(day=DAYS[0] + pd.to_timedelta(list(range(10)) * 2, unit="s"))
    seconds.loc[19, "day"] = pd.Timestamp("2034-01-01")
    with pytest.raises(ValueError, match="series 'b' at 2024-01-01 to series 'b' at 2034.*wrong"):
        learn(seconds, gaps="mask")


# --- bad input to fit ---------------------------------------------------------------------------


def with_value(frame, row, column, value):
    changed = frame.astype({column: object}) if isinstance(value, str) else frame.copy()
    changed.loc[row, column] = value
    return changed


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (14, "day", DAYS[3], "series 'b' at 2024-01-04 occurs more than once"),
        (14, "day", pd.NaT, r"row 14 of series 'b' has no time \(NaT\)"),
        (14, "day", DAYS[0], "series 'b' at 2024-01-01 occurs more than once"),
        (14, "day", DAYS[4] + pd.Timedelta("1h"), "2024-01-05 01:00:00 of series 'b' does not lie"),
        (14, "sales", np.inf, "target 'sales' of series 'b' at 2024-01-05 is inf"),
        (14, "sales", 1e200, "target 'sales' of series 'b' at 2024-01-05 is 1e"),
        (14, "price", np.nan, "contains NaN: column 'price' .* series 'b' at 2024-01-05"),
        (14, "price", -np.inf, "too large: column 'price' is -inf for series 'b' at 2024-01-05"),
        (14, "price", 1e200, r"too large: column 'price' is 1e\+200 for series 'b' at 2024-01-05"),
        (14, "visitors", np.inf, "infinity .* 'visitors' is inf for series 'b' at 2024-01-05"),
        (14, "size", 7.0, "static column 'size' .* changes for series 'b' at 2024-01-05"),
        (14, "size", np.nan, "static column 'size' is missing .* series 'b' at 2024-01-05"),
        (14, "shop", None, "id_col 'shop' is missing in row 14"),
        (14, "sales", "many", "target 'sales' holds .* must hold numbers"),
    ],
    ids=str,
)
def test_one_bad_value_is_named(frame, row, column, value, message):
    with pytest.raises(ValueError, match=message):
        learn(with_value(frame, row, column, value), past=["visitors"], static=["size"])


def test_a_target_among_the_known_columns_is_refused(frame):
    sales = frame["sales"].where(frame["sales"] > frame["sales"].min())
    X = frame.assign(sales=sales)
    with pytest.raises(ValueError, match="X holds the target 'sales' itself"):
        learn(X, sales)
    assert "sales" in learn(X, sales, past=["sales"]).columns.past
    yesterday = frame.assign(sales=frame["sales"].shift(1, fill_value=0.0))
    assert "sales" in learn(yesterday, sales).columns.known


def test_text_in_an_array_is_refused(frame):
    with pytest.raises(ValueError, match="array that holds other than numbers .*give a DataFrame"):
        learn_panel(frame.to_numpy(), np.zeros(20))


def test_a_bad_value_is_found_at_its_time_whatever_the_order_of_rows(frame):
    in_turn = with_value(frame, 14, "price", np.nan).iloc[np.arange(20).reshape(2, 10).T.ravel()]
    with pytest.raises(ValueError, match="'price' .* series 'b' at 2024-01-05"):
        learn(in_turn)


def test_a_gap_names_the_series_the_time_and_the_way_out(frame):
    message = "series 'a' at 2024-01-05 has no row: 2 time.*1 other series.*fill_gaps.*gaps='mask'"
    with pytest.raises(ValueError, match=message):
        learn(frame.drop([4, 5, 15]))


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"freq": "h"}, ValueError, "'h' contradicts the times: .* 24 times .*series 'a'"),
        ({"freq": "MS"}, ValueError, "2024-01-02 of series 'a' does not lie on the grid"),
        ({"id_col": "store"}, ValueError, "id_col names the column 'store', but X has"),
        ({"time_col": "when"}, ValueError, "time_col names the column 'when', but X has"),
        ({"id_col": None}, ValueError, "the series at 2024-01-01 occurs more than once.*id_col"),
        ({"past": ["temp"]}, ValueError, "past names the column 'temp'"),
        ({"past": "visitors"}, TypeError, "past must be a list of column names"),
        ({"past": ["size"], "static": ["size"]}, ValueError, "named in past and in static"),
        ({"static": ["weather"]}, ValueError, "static column 'weather' is not constant"),
        ({"gaps": "fill"}, ValueError, "gaps must be 'error' or 'mask'"),
        ({"target": "profit"}, ValueError, "target 'profit' is no column of X"),
        ({"target": None}, ValueError, "y is needed"),
    ],
    ids=str,
)
def test_wrong_parameters_are_refused(frame, parameters, error, message):
    with pytest.raises(error, match=message):
        learn(frame, **parameters)


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        (None, None, ValueError, "neither X nor y"),
        (np.ones((5, 2)), np.ones(4), ValueError, "X has 5 rows, but y has 4: inconsistent"),
        (np.ones(5), np.ones(5), ValueError, "Reshape your data"),
        (np.ones((5, 2)), np.ones((5, 1, 1)), ValueError, r"y must have the shape \(rows,\)"),
        (np.ones((0, 2)), np.ones(0), ValueError, "0 sample"),
        (pd.DataFrame(index=DAYS[:0]), np.ones(0), ValueError, "0 sample"),
        (np.full((5, 1), np.nan), np.ones(5), ValueError, "NaN: column 'x0' .* the series, row 0"),
        (pd.DataFrame({"p": range(10)}, DAYS), None, ValueError, "y is needed"),
        (
            pd.DataFrame({"p": range(10)}, DAYS),
            pd.Series(range(10), DAYS + pd.Timedelta("1D")),
            ValueError,
            "index of X has 2024-01-01 in row 0, but that of y has 2024-01-02",
        ),
        (
            pd.DataFrame({"p": range(10)}),
            pd.Series(range(10), DAYS),
            ValueError,
            "index of X has 0 in row 0, but that of y has 2024-01-01",
        ),
        (
            pd.DataFrame({"p": range(10)}, DAYS.astype(str)),
            np.ones(10),
            TypeError,
            "index holds '2024-01-01'.*pd.to_datetime",
        ),
        (pd.DataFrame(np.ones((5, 2)), columns=["p", "p"]), np.ones(5), ValueError, "'p' occurs"),
    ],
    ids=[
        *("nothing", "lengths", "1-d", "3-d", "no rows", "no times", "NaN", "no target"),
        *("shifted", "rows and times", "text", "repeated names"),
    ],
)
def test_wrong_forms_are_refused(X, y, error, message):
    with pytest.raises(error, match=message):
        learn_panel(X, y)


# --- new data -----------------------------------------------------------------------------------


def test_new_data_are_read_as_those_of_the_fit(frame):
    roles = {"past": ["visitors", "weather"], "static": ["size"]}
    panel = learn(frame, **roles)
    assert_same(like(panel, frame), panel)
    assert_same(like(panel, frame.drop(columns="sales"), frame["sales"]), panel)
    other_order = frame[frame.columns[::-1]].assign(more=1)
    assert_same(like(panel, other_order), panel)
    indexed = frame.set_index(["shop", "day"])
    panel = learn_panel(indexed, "sales", **roles)
    assert_same(like(panel, indexed), panel)
    assert_same(like(panel, indexed.drop(columns="sales"), indexed["sales"]), panel)


def test_a_series_is_a_context(rng):
    y = pd.Series(rng.normal(size=10), index=DAYS)
    panel = learn_panel(y)
    assert_same(like(panel, y), panel)
    assert_same(like(panel, None, y), panel)


def test_a_context_without_the_columns_of_the_fit_is_refused(frame):
    panel = learn(frame, past=["visitors", "weather"], static=["size"])
    bare = frame[["shop", "day", "price", "holiday"]]
    with pytest.raises(ValueError, match="context lacks .*'sales'"):
        like(panel, bare)
    with pytest.raises(ValueError, match=r"context lacks 3 column\(s\).*'visitors'"):
        like(panel, bare.assign(sales=1.0))


def test_rows_to_forecast_keep_their_order_and_index(frame, rng):
    panel = learn(frame, static=["size"])
    shuffled = frame.drop(columns="sales").sample(frac=1, random_state=0)
    rows = rows_of(panel, shuffled)
    assert rows.index.equals(shuffled.index)
    assert rows.ids[rows.groups].tolist() == shuffled["shop"].tolist()
    assert panel.axis.from_ticks(rows.ticks).tolist() == shuffled["day"].tolist()
    np.testing.assert_array_equal(rows.known[:, 0], shuffled["price"])
    np.testing.assert_array_equal(rows.static[rows.groups, 0], shuffled["size"])


def test_rows_may_leave_times_out(frame):
    rows = rows_of(learn(frame), frame.iloc[[0, 7, 13]])
    np.testing.assert_array_equal(rows.ticks - rows.ticks[0], [0, 7, 3])


def test_rows_of_an_array_are_counted(rng):
    panel = learn_panel(rng.normal(size=(10, 2)), rng.normal(size=10))
    rows = rows_of(panel, rng.normal(size=(3, 2)))
    assert (rows.ids, rows.index, rows.ticks.tolist()) == (None, None, [0, 1, 2])
    frame = pd.DataFrame(rng.normal(size=(3, 2)), columns=["p", "q"])
    np.testing.assert_array_equal(rows_of(panel, frame).known, frame)


def test_arrays_are_refused_where_fit_had_times(rng):
    X = pd.DataFrame({"p": rng.normal(size=10)}, index=DAYS)
    panel = learn_panel(X, np.ones(10))
    message = "X {}, but fit had a DatetimeIndex.*set_output\\(transform='pandas'\\)"
    with pytest.raises(ValueError, match=message.format("is an array, which has no time")):
        rows_of(panel, X.to_numpy())
    with pytest.raises(ValueError, match=message.format("has no time in its index")):
        rows_of(panel, X.reset_index(drop=True))
    by_y = learn_panel(X.to_numpy(), pd.Series(np.ones(10), index=DAYS))
    with pytest.raises(ValueError, match=message.format("is an array, which has no time")):
        rows_of(by_y, X.to_numpy())


def test_times_are_refused_where_fit_had_none(rng):
    panel = learn_panel(rng.normal(size=(10, 1)), rng.normal(size=10))
    with pytest.raises(ValueError, match="X has times in its index .2024-01-01.* by position"):
        rows_of(panel, pd.DataFrame({"p": range(10)}, index=DAYS))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="shop"), "lacks the column 'shop' of ids"),
        (lambda frame: frame.drop(columns="day"), "lacks the column 'day' of times"),
        (lambda frame: frame.drop(columns="price"), r"lacks 1 column\(s\) that fit had: \['price'"),
        (lambda frame: frame.assign(price="x"), "'price' held numbers in fit, but holds 'x' for"),
        (lambda frame: frame.iloc[[0, 1, 0]], "series 'a' at 2024-01-01 occurs more than once"),
        (
            lambda frame: with_value(frame, 14, "price", np.nan).iloc[::-1],
            "column 'price' is missing for series 'b' at 2024-01-05",
        ),
        (
            lambda frame: frame.assign(day=frame["day"].dt.tz_localize("UTC")),
            "zones differ: series 'a'",
        ),
        (
            lambda frame: frame.assign(day=frame["day"] + pd.Timedelta("1h")),
            "2024-01-01 01:00:00 of series 'a' does not lie",
        ),
    ],
    ids=["ids", "times", "column", "text", "twice", "NaN", "zone", "grid"],
)
def test_rows_unlike_those_of_the_fit_are_refused(frame, change, message):
    with pytest.raises(ValueError, match=message):
        rows_of(learn(frame), change(frame))


def test_an_index_of_ids_is_needed_where_fit_had_one(frame):
    panel = learn_panel(frame.set_index(["shop", "day"]), "sales")
    with pytest.raises(ValueError, match=r"X has an index of 1 level.*set_index\(\['shop', 'day'"):
        rows_of(panel, frame)
    message = r"X is an array, .* fit had a MultiIndex.*set_output\(transform='pandas'\)"
    with pytest.raises(ValueError, match=message):
        read_rows(np.zeros((3, 1)), columns=panel.columns, axis=panel.axis)


def test_integer_ids_above_2_to_the_53_stay_apart(rng):
    ids = np.repeat([2**53, 2**53 + 1], 5)
    frame = pd.DataFrame({"id": ids, "t": [*range(5), *range(5)], "v": rng.normal(size=10)})
    panel = learn_panel(frame, "v", id_col="id", time_col="t")
    assert panel.ids.tolist() == [2**53, 2**53 + 1]
    rows = read_rows(frame.iloc[5:], columns=panel.columns, axis=panel.axis)
    np.testing.assert_array_equal(panel.find(rows.ids), [1])


def test_times_that_nobody_named_are_no_categories(frame):
    frame["until"] = frame["day"]
    with pytest.raises(TypeError, match=r"column 'until' holds times .* set time_col='until'"):
        learn(frame)
    with pytest.raises(TypeError, match="column 'day' holds times"):
        learn(frame.drop(columns="until"), time_col=None)
