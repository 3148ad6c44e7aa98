"""Bad frames against every method of the forecaster: one plain error, and it works as before."""

from functools import cache

import numpy as np
import pandas as pd
import polars
import pytest
import torch

from sklearn_rnn import RNNForecaster
from tests.bad_inputs import Bad
from tests.forecasting_data import TINY, frame
from tests.subjects import refuses

FRAME = frame(60)
TIMES = FRAME.index
KNOWN, LATER = FRAME[:50], FRAME[50:]
COLUMNS = LATER.drop(columns="sales")
HUGE = 10**400


def new(**parameters):
    return RNNForecaster(**TINY | parameters)


@cache
def fitted():
    """The model that all tests share, as none may change it."""
    return new().fit(KNOWN, "sales")


@cache
def forecast_before():
    return fitted().forecast(4, COLUMNS[:4])


def assert_as_before(model=None):
    model = fitted() if model is None else model
    pd.testing.assert_frame_equal(model.forecast(4, COLUMNS[:4]), forecast_before())


def put(name, row, value, table=FRAME):
    """Give the frame with another value in a column."""
    values = np.empty(len(table), dtype=object)
    values[:] = table[name].tolist()
    values[row] = value
    return table.assign(**{name: pd.Series(values, index=table.index, dtype=object)})


def at(times, table=FRAME):
    return table.set_axis(times)


# --- training -----------------------------------------------------------------------------------

AT_6 = "the series at 2024-01-06"
NO_TIME = ("has no time .NaT.", "drop such rows, or fill")
BAD_INDEX = (
    "the index holds|times must be",
    "datetimes, periods or (integers|whole numbers)",
    "to_datetime",
)
BAD_TRAINING = {
    "a time twice": Bad(
        at(TIMES[:-1].append(TIMES[[10]])),
        ("the series at 2024-01-11 occurs more than once", "drop or aggregate", "id_col"),
    ),
    "a time of a series twice": Bad(
        at(pd.MultiIndex.from_arrays([["a"] * 60, TIMES[:-1].append(TIMES[[3]])])),
        ("series 'a' at 2024-01-04 occurs more than once", "drop or aggregate"),
    ),
    "no time": Bad(at(TIMES[:-1].append(pd.DatetimeIndex([pd.NaT]))), ("row 59", *NO_TIME)),
    "no time in a panel": Bad(
        at(pd.MultiIndex.from_arrays([["a"] * 60, TIMES.where(np.arange(60) != 5)])),
        ("row 5 of series 'a'", *NO_TIME),
    ),
    "no id": Bad(
        at(pd.MultiIndex.from_arrays([[None] + ["a"] * 59, TIMES])),
        ("is missing in row 0", "id of its series", "drop or fill"),
    ),
    "a gap": Bad(
        FRAME.drop(TIMES[30]),
        ("the series at 2024-01-31 has no row", "fill_gaps", "gaps='mask'"),
    ),
    "times off the grid": Bad(
        at(TIMES[:-1].append(TIMES[-1:] + pd.Timedelta("7h"))), ("2024-02-29 07:00", "freq")
    ),
    "times of text": Bad(at(TIMES.astype(str)), ("2024-01-01", *BAD_INDEX)),
    "times of objects": Bad(at([object() for _ in TIMES]), ("<object object", *BAD_INDEX)),
    "times of truth": Bad(at(np.arange(60) % 2 == 0), ("True", *BAD_INDEX)),
    "durations": Bad(at(pd.timedelta_range(0, periods=60, freq="D")), ("0 days", *BAD_INDEX)),
    "intervals": Bad(at(pd.interval_range(0, 60)), (r"\(0, 1|Interval", *BAD_INDEX)),
    "fractions": Bad(at(np.arange(60) + 0.5), ("has the time 0.5", "must be whole")),
    "an infinite time": Bad(at([np.inf, *range(59)]), ("has the time inf", "must be whole")),
    "an infinite target": Bad(
        put("sales", 5, np.inf), ("'sales' of", AT_6, "is inf", "NaN to leave")
    ),
    "a target of 1e300": Bad(put("sales", 5, 1e300), ("'sales' of", AT_6, r"1e\+300", "replace")),
    "a huge target": Bad(put("sales", 5, HUGE), ("column 'sales'", "1000.* of type int in row 5")),
    "a target of words": Bad(FRAME.assign(sales="x"), ("'sales' holds 'x'", "must hold numbers")),
    "a target of dates": Bad(FRAME.assign(sales=TIMES), ("'sales' holds", "must hold numbers")),
    "a complex target": Bad(FRAME.assign(sales=1j), ("'sales' holds .*1j", "must hold numbers")),
    "a target of lists": Bad(
        FRAME.assign(sales=pd.Series([[1.0]] * 60, index=TIMES)),
        (r"'sales' holds \[1.0\]", "numbers"),
    ),
    "no target": Bad(COLUMNS, ("target 'sales' is no column", "'price', 'visitors', 'action'")),
    "a target without values": Bad(
        FRAME.assign(sales=np.nan), ("nothing can be trained|no value",)
    ),
    "one row": Bad(FRAME[:1], ("nothing can be trained|no series", "has 1")),
    "no rows": Bad(FRAME[:0], ("0 sample", "at least one row")),
    "nothing": Bad(pd.DataFrame(), ("0 sample", "at least one row")),
    "NaN in a known column": Bad(
        put("price", 5, np.nan), ("'price' is missing for", AT_6, "name it in past")
    ),
    "NA in a known column": Bad(put("price", 5, pd.NA), ("'price' is missing", AT_6, "past")),
    "infinity in a known column": Bad(
        put("price", 5, -np.inf), ("'price' is -inf for", AT_6, "finite number")
    ),
    "1e300 in a known column": Bad(put("price", 5, 1e300), (r"'price' is 1e\+300", AT_6)),
    "dates in a known column": Bad(
        FRAME.assign(price=TIMES), ("'price' holds times", "neither numbers nor", "time_col")
    ),
    "objects of dates in a known column": Bad(
        FRAME.assign(price=TIMES.date), ("'price' holds times", "neither numbers nor", "time_col")
    ),
    "time differences in a known column": Bad(
        FRAME.assign(price=TIMES - TIMES[0]), ("'price' holds time differences", "total_seconds")
    ),
    "a word among numbers": Bad(
        put("price", 5, "x"), ("'price' holds numbers, and 'x' of type str in row 5", "to_numeric")
    ),
    "a target with one word": Bad(
        put("sales", 5, "x"), ("'sales' holds 'x' .*in row 5", "must hold numbers")
    ),
    "a list among categories": Bad(
        put("action", 5, ["x"]), (r"'action' holds \['x'\] of type list in row 5", "hashable")
    ),
    "a dict among categories": Bad(put("action", 5, {}), ("'action' holds {} of type dict",)),
    "two columns of one name": Bad(
        FRAME.set_axis(["price", "price", "action", "sales"], axis=1),
        ("'price' occurs more than once", "rename"),
    ),
    "a lazy frame": Bad(polars.LazyFrame({"sales": [1.0]}), ("LazyFrame", r"collect\(\)")),
    "values of a dict": Bad({"a": FRAME}.values(), ("type dict_values", "DataFrame")),
    "groups of rows": Bad(FRAME.groupby("action"), ("type DataFrameGroupBy", "DataFrame")),
    "words in an array": Bad(np.full((60, 2), "a"), ("numbers|numeric", "")),
    "four dimensions": Bad(np.zeros((60, 2, 2, 2)), ("dim 4",)),
    "complex numbers": Bad(
        np.zeros((3, 2)) + 1j, ("Complex", "real and imaginary parts as columns")
    ),
    "None": Bad(None, ("neither X nor y is given|target", "series|column")),
    "a dict": Bad({"sales": [1.0]}, ("dict", "DataFrame")),
    "a text": Bad("sales", ("str|text", "DataFrame")),
}


@pytest.mark.parametrize("bad", BAD_TRAINING)
def test_training_refuses_bad_frames(bad):
    X, facts = BAD_TRAINING[bad]
    model = new()
    for method in (model.fit, model.partial_fit, model.backtest):
        refuses(facts, method, X, "sales")
    assert not hasattr(model, "net_")


def test_after_every_bad_frame_fit_begins_as_if_nothing_had_been():
    model = new()
    for X, facts in BAD_TRAINING.values():
        refuses(facts, model.fit, X, "sales")
    assert_as_before(model.fit(KNOWN, "sales"))


# --- new rows -----------------------------------------------------------------------------------


def later(times):
    return LATER.set_axis(times)


NEW = LATER.index
BAD_ROWS = {
    "a time twice": (later(NEW[:-1].append(NEW[[3]])), ("2024-02-23 occurs more than once",)),
    "no time": (
        later(NEW[:-1].append(pd.DatetimeIndex([pd.NaT]))),
        ("has no time .NaT.", "drop such rows"),
    ),
    "times of text": (later(NEW.astype(str)), ("2024-02-20", *BAD_INDEX)),
    "times of a zone": (later(NEW.tz_localize("UTC")), ("UTC", "zone")),
    "periods": (later(NEW.to_period("D")), ("must be datetimes, as in fit", "Period")),
    "whole numbers": (later(range(50, 60)), ("no time in its index", "fit had a DatetimeIndex")),
    "times off the grid": (later(NEW + pd.Timedelta("7h")), ("07:00", "grid|freq")),
    "ids": (pd.concat({"a": LATER}), ("MultiIndex", "fit had no ids")),
    "a column less": (LATER.drop(columns="price"), ("lacks 1 column", "'price'")),
    "another column": (LATER.rename(columns={"price": "cost"}), ("'price'", "'cost'")),
    "two columns of one name": (
        LATER.set_axis(["price", "price", "action", "sales"], axis=1),
        ("'price' occurs more than once", "rename"),
    ),
    "words for numbers": (
        LATER.assign(price="x"),
        ("'price' held numbers in fit", "'x'", AT := "2024-02-20"),
    ),
    "dates for numbers": (LATER.assign(price=NEW), ("'price' held numbers in fit", AT)),
    "periods for numbers": (
        LATER.assign(price=NEW.to_period("D")),
        ("'price' held numbers in fit", AT),
    ),
    "time differences for numbers": (
        LATER.assign(price=NEW - NEW[0]),
        ("'price' held numbers in fit", AT, "total_seconds"),
    ),
    "NaN in a known column": (
        put("price", 0, np.nan, LATER),
        ("'price' is missing for the series at 2024-02-20", "known throughout"),
    ),
    "infinity": (put("price", 0, np.inf, LATER), ("'price' is inf for", AT, "finite number")),
    "1e300": (put("price", 0, 1e300, LATER), (r"'price' is 1e\+300 for", AT)),
    "no rows": (LATER[:0], ("0 sample", "at least one row")),
    "another width": (
        np.zeros((10, 7)),
        ("X is an array|7 features", "fit had a DatetimeIndex|expecting"),
    ),
    "groups of rows": (LATER.groupby("action"), ("type DataFrameGroupBy", "DataFrame")),
    "a tensor on no device": (torch.zeros(10, 3, device="meta"), ("'meta'", "no numbers")),
    "a sparse tensor": (torch.zeros(10, 3).to_sparse(), ("sparse", "to_dense")),
    "a lazy frame": (polars.LazyFrame({"price": [1.0]}), ("LazyFrame", "collect")),
    "a dict": ({"price": [1.0]}, ("type dict", "DataFrame")),
    "a text": ("abc", ("type str", "DataFrame")),
    "a number": (3, ("type int", "DataFrame")),
    "a generator": ((row for row in []), ("type generator", "DataFrame")),
}


@pytest.mark.parametrize("bad", BAD_ROWS)
def test_new_rows_are_refused_and_the_model_kept(bad):
    rows, facts = BAD_ROWS[bad]
    model = fitted()
    has_target = isinstance(rows, pd.DataFrame) and "sales" in rows
    X = rows.drop(columns="sales") if has_target else rows
    for method in (
        "predict",
        "predict_quantiles",
        "predict_interval",
        "series_of",
        "count_unknown",
    ):
        refuses(facts, getattr(model, method), X)
    refuses(facts, model.sample, 2, X)
    refuses(facts, model.score, X, LATER["sales"])
    refuses(facts, model.forecast, 4, X)
    refuses(facts, model.forecast, 4, COLUMNS[4:], context=rows)
    refuses(facts, model.update, rows)
    refuses(facts, model.partial_fit, rows, "sales")
    assert_as_before()


@pytest.mark.parametrize("last", ["2261-01-01", "2051-07-08"])
def test_times_too_far_off_are_refused_at_once(last):
    far = COLUMNS.set_axis(COLUMNS.index[:-1].append(pd.DatetimeIndex([last])))
    facts = (last, "steps after the end .*2024-02-19", "at most 10000 steps", "update")
    for method in ("predict", "predict_quantiles", "predict_interval"):
        refuses(facts, getattr(fitted(), method), far)
    refuses(facts, fitted().sample, 2, far)
    refuses(facts, fitted().score, far, LATER["sales"])
    assert_as_before()


def test_more_steps_than_forecasts_reach_are_refused():
    model = new().fit(None, KNOWN["sales"])
    for steps in (10_001, 10**30):
        refuses((f"steps={steps}", "10000 steps", "fewer"), model.forecast, steps)
    refuses(("steps=10001", "10000 steps"), fitted().forecast, 10_001, COLUMNS)


# --- what came ----------------------------------------------------------------------------------

BAD_SCORED = {
    "complex": (LATER["sales"].astype(complex), ("must hold numbers",)),
    "dates": (NEW, ("'y' holds Timestamp", "must hold numbers")),
    "words": (["a"] * 10, ("'a'", "must hold numbers")),
    "one word": (put("sales", 3, "a", LATER)["sales"], ("'sales' holds 'a' .*in row 3",)),
    "a huge number": ([HUGE] * 10, ("too large for a float",)),
    "rows of unequal length": ([[1.0]] * 9 + [[1.0, 2]], ("unequal lengths",)),
    "no device": (torch.ones(10, device="meta"), ("y: a tensor", "'meta'")),
    "sparse": (torch.ones(10).to_sparse(), ("y: sparse", "to_dense")),
    "a lazy frame": (polars.LazyFrame({"sales": [1.0]}), ("y is a LazyFrame", r"collect\(\)")),
    "fewer rows": ([1.0, 2.0], ("10 rows, but y has 2",)),
    "None": (None, ("type NoneType",)),
}


@pytest.mark.parametrize("bad", BAD_SCORED)
def test_score_refuses_what_is_no_row_of_numbers(bad):
    y, facts = BAD_SCORED[bad]
    refuses(facts, fitted().score, COLUMNS, y)
    assert_as_before()


def test_score_refuses_bad_weights():
    y = LATER["sales"]
    refuses("10", fitted().score, COLUMNS, y, [1.0])
    refuses("Negative", fitted().score, COLUMNS, y, -np.ones(10))
    refuses("number", fitted().score, COLUMNS, y, NEW)


def test_tensors_that_require_a_gradient_are_read():
    X = torch.from_numpy(FRAME[["price", "visitors"]].to_numpy(copy=True))
    y = torch.from_numpy(FRAME["sales"].to_numpy(copy=True))
    model = new().fit(X.numpy(), y.numpy())
    of_tensors = new().fit(X.clone().requires_grad_(), y.clone().requires_grad_())
    np.testing.assert_array_equal(
        of_tensors.predict(X[:5].clone().requires_grad_()), model.predict(X[:5].numpy())
    )
    weight = torch.ones(5, requires_grad=True)
    score = of_tensors.score(X[:5].numpy(), y[:5].clone().requires_grad_(), weight)
    assert score == model.score(X[:5].numpy(), y[:5].numpy())
