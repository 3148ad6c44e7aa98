"""Splits by time across series, held against scikit-learn's and against loops over timestamps."""

import datetime

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    TimeSeriesSplit,
    cross_val_score,
)

from sklearn_rnn.model_selection import PanelTimeSeriesSplit

DAYS = pd.date_range("2024-01-01", periods=30)
SIZES = [
    {},
    {"n_splits": 2},
    {"test_size": 3},
    {"gap": 2},
    {"max_train_size": 7},
    {"n_splits": 3, "test_size": 4, "gap": 1, "max_train_size": 5},
]


class LastDay(RegressorMixin, BaseEstimator):
    """Refuses a fold that trains on what comes after the test, or tests a series it never saw."""

    def __init__(self, parameter=0, max_epochs=1):
        self.parameter = parameter
        self.max_epochs = max_epochs

    def fit(self, X, y):
        self.index_ = X.index
        return self

    def predict(self, X):
        assert X.index.get_level_values(-1).min() > self.index_.get_level_values(-1).max()
        assert set(X.index.get_level_values(0)) <= set(self.index_.get_level_values(0))
        return np.full(len(X), float(self.parameter))


@pytest.fixture
def panel(rng):
    """Rows of three series in a random order; one begins late, one ends early."""
    index = pd.MultiIndex.from_tuples(
        [("a", day) for day in DAYS]
        + [("b", day) for day in DAYS[18:]]
        + [("c", day) for day in DAYS[:22]],
        names=["shop", "day"],
    )
    index = index[rng.permutation(len(index))]
    return pd.DataFrame({"x": rng.normal(size=len(index))}, index=index)


def folds(split, X, y=None):
    return [(train.tolist(), test.tolist()) for train, test in split.split(X, y)]


def slow_folds(index, n_splits, test_size, gap=0, max_train_size=None):
    """Loop over the timestamps of a MultiIndex (id, time)."""
    times = sorted({time for _, time in index})
    found = []
    for fold in range(n_splits):
        start = len(times) - (n_splits - fold) * test_size
        train_end = start - gap
        train_start = 0 if max_train_size is None else max(0, train_end - max_train_size)
        train_times = set(times[train_start:train_end])
        test_times = set(times[start : start + test_size])
        train = [i for i, (_, time) in enumerate(index) if time in train_times]
        seen = {index[i][0] for i in train}
        test = [i for i, (name, time) in enumerate(index) if time in test_times and name in seen]
        found.append((train, test))
    return found


# --- one series ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("n", [6, 30, 31])
def test_one_series_is_split_as_by_scikit_learn(sizes, n):
    X = np.zeros((n, 1))
    try:
        expected = folds(TimeSeriesSplit(**sizes), X)
    except ValueError:
        with pytest.raises(ValueError, match=r"fold 0 has no time left to train on|folds need"):
            folds(PanelTimeSeriesSplit(**sizes), X)
        return
    split = PanelTimeSeriesSplit(**sizes)
    index = pd.date_range("2024-01-01", periods=n, freq="h")
    frames = [
        pd.DataFrame(X),
        pd.DataFrame(X, index=index),
        pd.DataFrame(index=index),  # no columns
        pd.DataFrame(X, index=index.to_period()),
        pd.DataFrame(X, index=range(100, 100 + 5 * n, 5)),
        pd.DataFrame(X, index=[f"row {i}" for i in range(n)]),  # tells no time
        pd.DataFrame({"when": index}, index=[f"row {i}" for i in range(n)]),
    ]
    for given in (X, X.tolist(), sparse.csr_array(X), *frames):
        assert folds(split, given) == expected
    assert folds(split, None, pd.Series(0.0, index=index)) == expected
    assert split.get_n_splits() == len(expected)


def test_rows_are_split_by_time_and_not_by_position(rng):
    order = rng.permutation(30)
    expected = [
        tuple(np.flatnonzero(np.isin(order, times)).tolist() for times in fold)
        for fold in TimeSeriesSplit().split(np.zeros(30))
    ]
    X = pd.DataFrame({"when": DAYS[order], "number": order.astype(float)})
    split = PanelTimeSeriesSplit()
    assert folds(split, X.set_index("when")) == expected
    assert folds(split, X.set_index(order)) == expected
    assert folds(PanelTimeSeriesSplit(time_col="when"), X) == expected
    assert folds(PanelTimeSeriesSplit(time_col="number"), X) == expected
    assert folds(split, np.zeros((30, 2)), pd.Series(0, index=DAYS[order])) == expected


def test_the_index_of_y_tells_the_time_where_that_of_x_does_not():
    shuffled = DAYS[::-1]
    X = pd.DataFrame({"x": 0.0}, index=[f"row {i}" for i in range(30)])
    y = pd.Series(0.0, index=shuffled)
    split = PanelTimeSeriesSplit(1, test_size=2)
    assert folds(split, X, y)[0][1] == [0, 1]
    assert folds(split, X)[0][1] == [28, 29]


# --- panels -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sizes",
    [
        {"n_splits": 5, "test_size": 5},
        {"n_splits": 3, "test_size": 4, "gap": 2},
        {"n_splits": 2, "test_size": 7, "gap": 1, "max_train_size": 6},
    ],
)
def test_a_panel_is_split_as_by_a_loop_over_its_times(sizes, panel):
    expected = slow_folds(panel.index, **sizes)
    split = PanelTimeSeriesSplit(**sizes)
    assert folds(split, panel) == expected
    long = panel.reset_index()
    assert folds(clone_with(split, time_col="day", id_col="shop"), long) == expected
    assert folds(clone_with(split, time_col="day", id_col=["shop"]), long) == expected
    usual = long.rename(columns={"shop": "unique_id", "day": "ds"})
    assert folds(split, usual) == expected
    assert folds(split, np.zeros((len(panel), 1)), panel["x"]) == expected


def test_frames_of_polars_are_split_as_those_of_pandas(panel):
    polars = pytest.importorskip("polars")
    long = panel.reset_index()
    of_polars = polars.DataFrame({name: long[name].tolist() for name in long})
    split = PanelTimeSeriesSplit(5, test_size=5, time_col="day")
    for given in (split, clone_with(split, id_col="shop"), PanelTimeSeriesSplit()):
        assert folds(given, of_polars) == folds(given, long)


def clone_with(split, **changed):
    return PanelTimeSeriesSplit(**{**vars(split), **changed})


def test_series_with_nothing_to_train_on_are_tested_where_nobody_names_them(panel):
    long = panel.reset_index()
    split = PanelTimeSeriesSplit(5, test_size=5, time_col="day")
    named = PanelTimeSeriesSplit(5, test_size=5, time_col="day", id_col="shop")
    without, with_names = folds(split, long), folds(named, long)
    assert [train for train, _ in without] == [train for train, _ in with_names]
    _, test = without[2]  # the days 15 to 19, when "b" begins
    assert set(test) - set(with_names[2][1]) == set(long.index[long["shop"] == "b"]) & set(test)
    assert len(test) > len(with_names[2][1])


def test_series_may_have_several_ids(panel):
    long = panel.reset_index().assign(region=lambda f: f["shop"].map({"a": 1, "b": 1, "c": 2}))
    split = PanelTimeSeriesSplit(5, test_size=5)
    expected = slow_folds(panel.index, 5, 5)
    columns = PanelTimeSeriesSplit(5, test_size=5, time_col="day", id_col=["region", "shop"])
    assert folds(columns, long) == expected
    assert folds(split, long.set_index(["region", "shop", "day"])) == expected


# --- durations ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day", ["1D", datetime.timedelta(days=1), np.timedelta64(24, "h"), pd.Timedelta("24h")]
)
def test_days_of_a_daily_panel_are_its_times(day, panel):
    counted = PanelTimeSeriesSplit(4, test_size=3, gap=1, max_train_size=10)
    durations = PanelTimeSeriesSplit(4, test_size="3D", gap=day, max_train_size="10D")
    mixed = PanelTimeSeriesSplit(4, test_size="3D", gap=1, max_train_size="10D")
    expected = folds(counted, panel)
    assert folds(durations, panel) == folds(mixed, panel) == expected
    periods = panel.set_axis(panel.index.set_levels(DAYS.to_period(), level="day"))
    assert folds(durations, periods) == expected


def test_durations_are_as_long_where_times_are_missing():
    hours = pd.date_range("2024-03-01", periods=24 * 10, freq="h").delete([200, 201, 220])
    X = pd.DataFrame(index=hours)
    for train, test in PanelTimeSeriesSplit(3, test_size="1D", gap="6h").split(X):
        first = hours[test[-1]] - pd.Timedelta("1D")  # excluded
        assert (hours[test] > first).all()
        assert hours[train[-1]] <= first - pd.Timedelta("6h") < hours[train[-1] + 1]
    tests = np.concatenate([test for _, test in PanelTimeSeriesSplit(3, test_size="1D").split(X)])
    assert tests.tolist() == np.flatnonzero(hours >= "2024-03-08").tolist()


@pytest.mark.parametrize("last", ["2024-04-02", "2024-10-28"])
def test_days_are_those_of_the_calendar_where_clocks_change(last):
    days = pd.date_range(end=last, periods=20, tz="Europe/Vienna")
    X = pd.DataFrame(index=days)
    expected = folds(PanelTimeSeriesSplit(5, test_size=1), X)
    assert folds(PanelTimeSeriesSplit(5, test_size="1D"), X) == expected


@pytest.mark.parametrize(
    ("freq", "offset"),
    [
        ("MS", pd.DateOffset(months=1)),
        ("ME", pd.offsets.MonthEnd()),
        ("QS", pd.offsets.QuarterBegin(startingMonth=1)),
    ],
)
def test_offsets_follow_the_calendar(freq, offset):
    X = pd.DataFrame(index=pd.date_range("2020-01-01", periods=24, freq=freq))
    expected = folds(PanelTimeSeriesSplit(6, test_size=2, gap=1), X)
    assert folds(PanelTimeSeriesSplit(6, test_size=2 * offset, gap=offset), X) == expected


def test_months_of_daily_rows():
    days = pd.date_range("2024-01-01", "2024-05-31")
    split = PanelTimeSeriesSplit(2, test_size=pd.DateOffset(months=1))
    tests = [days[test] for _, test in split.split(pd.DataFrame(index=days))]
    assert [(t[0].day, t[0].month, t[-1].day, t[-1].month) for t in tests] == [
        (1, 4, 30, 4),
        (1, 5, 31, 5),
    ]


# --- within scikit-learn ------------------------------------------------------------------------


@pytest.mark.parametrize("routing", [False, True])
def test_searches_and_cross_validation_take_it(panel, routing):
    y, split = panel["x"] + 3, PanelTimeSeriesSplit(3, test_size=4)
    with config_context(enable_metadata_routing=routing):
        grid = {"parameter": [0, 3]}
        search = GridSearchCV(LastDay(), grid, cv=split, error_score="raise").fit(panel, y)
        assert search.best_params_ == {"parameter": 3} and search.n_splits_ == 3
        halving = HalvingGridSearchCV(
            LastDay(),
            grid,
            cv=split,
            resource="max_epochs",
            max_resources=4,
            random_state=0,
            return_train_score=False,  # the model is no good for times that it was trained on
        )
        assert halving.fit(panel, y).best_params_["parameter"] == 3
        assert len(cross_val_score(Ridge(), panel[["x"]], y, cv=split)) == 3


def test_its_repr_and_its_clone_hold_the_parameters():
    split = PanelTimeSeriesSplit(3, test_size="7D", gap=2)
    assert repr(split) == (
        "PanelTimeSeriesSplit(gap=2, id_col=None, max_train_size=None, n_splits=3,\n"
        "           test_size='7D', time_col=None)"
    )
    assert vars(clone(split, safe=False)) == vars(split)


def test_groups_are_not_used(panel):
    split = PanelTimeSeriesSplit()
    with pytest.warns(UserWarning, match="groups are not used"):
        given = list(split.split(panel, groups=np.zeros(len(panel))))
    assert [(train.tolist(), test.tolist()) for train, test in given] == folds(split, panel)
    assert not hasattr(split, "set_split_request")


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"n_splits": 0}, ValueError, "n_splits must be 1 or more"),
        ({"n_splits": 2.0}, TypeError, "n_splits must be an int"),
        ({"test_size": 0}, ValueError, "test_size must be 1 or more"),
        ({"test_size": 0.2}, TypeError, "test_size must be a number of distinct times"),
        ({"test_size": True}, TypeError, "test_size must be a number"),
        ({"test_size": "0D"}, ValueError, "duration above 0"),
        ({"test_size": "-1D"}, ValueError, "duration above 0"),
        ({"test_size": pd.DateOffset(days=-1)}, ValueError, "does not reach back"),
        ({"test_size": "soon"}, ValueError, "such as '28D'"),
        ({"test_size": "3MS"}, ValueError, "months differ in length.*pandas.DateOffset"),
        ({"gap": -1}, ValueError, "gap must be 0 or more"),
        ({"max_train_size": 0}, ValueError, "max_train_size must be 1 or more"),
        ({"n_splits": 30}, ValueError, "30 folds need 31 distinct times"),
        ({"test_size": 6}, ValueError, "fold 0 has no time left .* 5 tests of 6 distinct times"),
        ({"test_size": "6D"}, ValueError, "fold 0 has no time left"),
        ({"gap": 5}, ValueError, "a gap of 5 distinct times"),
        ({"test_size": "1h"}, ValueError, "fold 0 has nothing to test on: there are no rows after"),
        (
            {"test_size": 2, "gap": "1h", "max_train_size": "1h"},
            ValueError,
            "fold 0 has nothing to train on: there are no rows after .* longer max_train_size",
        ),
        ({"time_col": "when"}, ValueError, r"time_col 'when' is no column of X, which has \['x'\]"),
        ({"id_col": "shop"}, ValueError, "id_col 'shop' is no column"),
    ],
)
def test_bad_parameters_are_refused(given, error, message):
    X = pd.DataFrame({"x": 0.0}, index=DAYS)
    with pytest.raises(error, match=message):
        PanelTimeSeriesSplit(**given).split(X)


def test_columns_of_an_array_are_refused():
    with pytest.raises(TypeError, match="time_col='x' names a column of a DataFrame, but X is nda"):
        PanelTimeSeriesSplit(time_col="x").split(np.zeros((30, 1)))


def test_durations_of_numbers_are_refused():
    with pytest.raises(TypeError, match="needs times that are datetimes or periods"):
        PanelTimeSeriesSplit(test_size="1D").split(np.zeros((30, 1)))


@pytest.mark.parametrize(
    "times",
    [
        DAYS.strftime("%Y-%m-%d"),
        pd.Index([day.date() for day in DAYS], dtype=object),
        pd.Index(np.arange(30) % 2 == 0),
    ],
)
def test_times_that_are_no_times_are_refused(times):
    with pytest.raises(TypeError, match=r"'when' of X must hold datetimes, .* pandas.to_datetime"):
        PanelTimeSeriesSplit(time_col="when").split(pd.DataFrame({"when": times}))
    index = pd.MultiIndex.from_product([["a", "b"], times[:10]])
    if times.dtype != bool:
        with pytest.raises(TypeError, match="last level of the index of X"):
            PanelTimeSeriesSplit().split(pd.DataFrame({"x": 0.0}, index=index))


def test_missing_times_are_refused():
    days = DAYS.where(np.arange(30) != 4)
    with pytest.raises(ValueError, match=r"index of X .* missing in row 4 \(1 of 30"):
        PanelTimeSeriesSplit().split(pd.DataFrame({"x": 0.0}, index=days))
    with pytest.raises(ValueError, match=r"column 'when' of X .* missing in row 4"):
        PanelTimeSeriesSplit(time_col="when").split(pd.DataFrame({"when": days}))
    with pytest.raises(ValueError, match="missing in row 0"):
        PanelTimeSeriesSplit(time_col="when").split(pd.DataFrame({"when": [None, 1.0, 2.0]}))


def test_x_and_y_of_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        PanelTimeSeriesSplit().split(np.zeros((30, 1)), np.zeros(29))


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="there are 0"):
        PanelTimeSeriesSplit().split(pd.DataFrame({"x": []}, index=DAYS[:0]))


def test_a_fold_whose_series_are_all_new_is_refused():
    index = pd.MultiIndex.from_tuples([("aab"[i // 10], day) for i, day in enumerate(DAYS)])
    given = PanelTimeSeriesSplit(2, test_size=10).split(pd.DataFrame({"x": 0.0}, index=index))
    assert len(next(given)[1]) == 10
    with pytest.raises(ValueError, match="fold 1 has nothing to test on: no series with rows from"):
        next(given)
