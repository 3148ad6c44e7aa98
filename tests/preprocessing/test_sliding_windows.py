"""Windows and targets, held against a loop over series and steps."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNRegressor
from sklearn_rnn.data import Padding, Sequences, Vocabulary
from sklearn_rnn.preprocessing import SequencePadder, SlidingWindows

SEEDS = range(12)


def cut_by_hand(arrays, window, ahead, stride, targets):
    """Windows, targets, series and positions, one window after the other."""
    rows = []
    for i, (array, target) in enumerate(zip(arrays, targets, strict=True)):
        start = 0
        while start + window + max(0, *ahead) <= len(array):
            last = start + window - 1
            y = [target[last + step] for step in ahead]
            rows.append((array[start : start + window], y, i, last + ahead[0]))
            start += stride
    X, y, series, positions = zip(*rows, strict=True)
    return np.stack(X), np.stack(y), np.array(series), np.array(positions)


def random_series(rng, n=4, width=2, shortest=9):
    return [rng.normal(size=(rng.integers(shortest, 20), width)) for _ in range(n)]


def long_frame(rng, sizes):
    """A long table with shuffled rows, and the rows of each series in the order of time."""
    names = [f"shop{i}" for i in range(len(sizes))]
    frame = pd.DataFrame(
        {
            "shop": np.repeat(names, sizes),
            "day": np.concatenate([pd.date_range("2024-01-01", periods=k) for k in sizes]),
            "sales": rng.normal(size=sum(sizes)),
            "price": rng.normal(size=sum(sizes)),
        }
    )
    shuffled = frame.iloc[rng.permutation(len(frame))]
    order = shuffled["shop"].drop_duplicates().tolist()
    return shuffled, {name: frame[frame["shop"] == name].iloc[:, 2:] for name in order}


# --- the result ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_windows_and_targets_are_those_of_a_loop(seed):
    rng = np.random.default_rng(seed)
    series = random_series(rng)
    window, horizon, stride = (int(rng.integers(1, 5)) for _ in range(3))
    ahead = list(range(1, horizon + 1))
    for columns in ([0], [1], [1, 0]):
        cutter = SlidingWindows(
            window,
            horizon=horizon,
            stride=stride,
            target=columns[0] if len(columns) < 2 else columns,
        )
        targets = [array[:, columns] for array in series]
        X, y, groups, positions = cut_by_hand(series, window, ahead, stride, targets)
        cut = cutter.cut(series)
        np.testing.assert_array_equal(cut.X.to_padded(), X)
        expected = y[:, 0, 0] if y[0].size == 1 else y.reshape(len(y), -1)
        np.testing.assert_array_equal(cut.y, expected, strict=True)
        np.testing.assert_array_equal(cut.groups, groups)
        np.testing.assert_array_equal(cut.positions, positions)


@pytest.mark.parametrize("seed", SEEDS)
def test_transform_cuts_the_windows_at_the_end_too(seed):
    rng = np.random.default_rng(seed)
    series = random_series(rng)
    window, stride = (int(rng.integers(1, 5)) for _ in range(2))
    expected = cut_by_hand(series, window, [0], stride, series)[0]
    windows = SlidingWindows(window, stride=stride).fit(series).transform(series)
    np.testing.assert_array_equal(windows.to_padded(), expected)
    assert windows.lengths.tolist() == [window] * len(expected)


@pytest.mark.parametrize("horizon", [1, 3, [0], [2], [0, 3], (1, 4), np.array([5])], ids=str)
def test_a_y_of_labels_is_taken_ahead_of_the_window(horizon):
    rng = np.random.default_rng(0)
    series = random_series(rng)
    labels = [rng.choice(["walk", "run"], size=len(array)) for array in series]
    ahead = list(range(1, horizon + 1)) if isinstance(horizon, int) else list(horizon)
    X, y, _, positions = cut_by_hand(series, 3, ahead, 2, labels)
    cut = SlidingWindows(3, horizon=horizon, stride=2).cut(series, labels)
    np.testing.assert_array_equal(cut.X.to_padded(), X)
    np.testing.assert_array_equal(cut.y, y[:, 0] if len(ahead) == 1 else y)
    np.testing.assert_array_equal(cut.positions, positions)


def test_several_targets_a_step_stand_together():
    cut = SlidingWindows(1, horizon=2).cut(np.arange(3.0), [[0, 10], [1, 11], [2, 12]])
    assert cut.y.tolist() == [[1, 11, 2, 12]]


@pytest.mark.parametrize(
    "form",
    [
        np.asarray,
        list,
        torch.tensor,
        pd.Series,
        lambda x: pd.Series(x, index=pd.date_range("2024", periods=len(x))),
        lambda x: np.asarray(x)[:, None],
        lambda x: pd.DataFrame({"sales": x}),
        lambda x: [x],
        lambda x: [np.asarray(x)],
        lambda x: np.asarray(x)[None, :, None],
        lambda x: np.array(x, dtype=object),
        lambda x: Sequences(values=x, offsets=[0, len(x)]),
    ],
    ids=[
        "array", "list", "tensor", "Series", "dated Series", "2-D array", "DataFrame",
        "list of lists", "list of arrays", "3-D array", "objects", "Sequences",
    ],
)  # fmt: skip
def test_one_series_may_come_in_any_form(form):
    cut = SlidingWindows(2).cut(form([0.0, 1.0, 2.0, 3.0]))
    assert cut.X.to_padded().tolist() == [[[0], [1]], [[1], [2]]]
    assert cut.y.tolist() == [2, 3]
    assert cut.groups.tolist() == [0, 0]
    assert cut.positions.tolist() == [2, 3]


@pytest.mark.parametrize(
    "form",
    [
        lambda x: x,
        tuple,
        lambda x: [pd.Series(array) for array in x],
        lambda x: pd.Series(x),
        lambda x: Sequences.from_list(x),
        lambda x: np.array([[[0, 1, 2]], [[5, 6, np.nan]]]).swapaxes(1, 2),
    ],
    ids=["list", "tuple", "list of Series", "Series of arrays", "Sequences", "3-D array"],
)
def test_several_series_may_come_in_any_form(form):
    cut = SlidingWindows(1).cut(form([np.array([0.0, 1.0, 2.0]), np.array([5.0, 6.0])]))
    assert cut.X.values.tolist() == [[0], [1], [5]]
    assert cut.y.tolist() == [1, 2, 6]
    assert cut.groups.tolist() == [0, 0, 1]


def test_a_2_d_array_is_one_series():
    array = np.arange(12.0).reshape(6, 2)
    windows = SlidingWindows(4).fit(array)
    assert windows.transform(array).to_padded().tolist() == [
        array[i : i + 4].tolist() for i in range(3)
    ]
    assert windows.n_features_in_ == 2


# --- a long table -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_long_table_is_the_list_of_its_series(seed):
    rng = np.random.default_rng(seed)
    frame, tables = long_frame(rng, rng.integers(5, 9, size=3))
    cutter = SlidingWindows(3, horizon=2, target="sales", id_col="shop", time_col="day")
    cut = cutter.cut(frame)
    expected = SlidingWindows(3, horizon=2, target="sales").cut(list(tables.values()))
    np.testing.assert_array_equal(cut.X.values, expected.X.values)
    np.testing.assert_array_equal(cut.y, expected.y)
    np.testing.assert_array_equal(cut.positions, expected.positions)
    assert cut.groups.tolist() == [list(tables)[i] for i in expected.groups]
    assert cutter.feature_names_in_.tolist() == ["sales", "price"]
    with_y = cutter.set_params(target=None).cut(frame, frame["price"] * 2)
    prices = SlidingWindows(3, horizon=2, target="price").cut(list(tables.values()))
    np.testing.assert_array_equal(with_y.y, prices.y * 2)


def test_rows_of_one_time_stay_in_their_order():
    frame = pd.DataFrame({"t": [1, 0] * 20, "x": np.arange(40.0)})
    windows = SlidingWindows(40, time_col="t").fit(frame).transform(frame)
    assert windows.values[:, 0].tolist() == [*range(1, 40, 2), *range(0, 40, 2)]


def test_rows_of_one_series_need_not_stand_together():
    frame = pd.DataFrame({"id": [7, 3, 7, 3], "x": [0.0, 10.0, 1.0, 11.0]})
    cut = SlidingWindows(1, id_col="id").cut(frame)
    assert (cut.y.tolist(), cut.groups.tolist()) == ([1, 11], [7, 3])


def test_columns_of_pandas_numbers_are_floats():
    frame = pd.DataFrame({"x": pd.array([1, None, 3], dtype="Int64")})
    windows = SlidingWindows(3).fit(frame).transform(frame)
    np.testing.assert_array_equal(windows.values, [[1], [np.nan], [3]])


# --- what travels along -------------------------------------------------------------------------


def test_columns_beside_the_values_are_cut_along(rng):
    lengths = [5, 4]
    sequences = Sequences(
        values=rng.normal(size=(9, 2)),
        offsets=[0, 5, 9],
        codes=rng.integers(3, size=(9, 1)),
        times=np.arange(9.0),
        static=[[1.0], [2.0]],
        static_codes=[[0], [1]],
        ids=["a", "b"],
        padding=Padding(length=9),
    )
    X, _, groups, _ = SlidingWindows(3, target=0).cut(sequences)
    starts = [0, 1, 5]
    steps = np.concatenate([np.arange(start, start + 3) for start in starts])
    assert sum(lengths) == 9 and len(X) == 3
    np.testing.assert_array_equal(X.codes, sequences.codes[steps])
    np.testing.assert_array_equal(X.times, sequences.times[steps])
    assert X.static.tolist() == [[1], [1], [2]]
    assert X.static_codes.tolist() == [[0], [0], [1]]
    assert groups.tolist() == ["a", "a", "b"]
    assert X.to_padded().shape == (3, 3, 2)
    assert X.ids is None


def test_windows_of_ids_keep_their_vocabulary():
    vocabulary = Vocabulary("abc")
    ids = Sequences(values=[2, 3, 4, 3], offsets=[0, 4], vocabulary=vocabulary)
    cut = SlidingWindows(2).cut(ids)
    assert cut.X.to_list()[1].tolist() == [3, 4]
    assert cut.X.vocabulary is vocabulary
    assert cut.y.tolist() == [4, 3]


def test_missing_values_stay_in_windows():
    series = np.array([[0.0, np.nan], [1.0, 5.0], [2.0, np.nan]])
    cut = SlidingWindows(2, target=0).cut(series)
    np.testing.assert_array_equal(cut.X.values, series[:2])


def test_the_windows_are_copies():
    series = np.arange(5.0)
    X, y, *_ = SlidingWindows(2).cut(series)
    X.values[:] = y[:] = -1
    assert series.tolist() == [0, 1, 2, 3, 4]


def test_groups_may_be_given_for_each_series():
    cut = SlidingWindows(1).cut([np.arange(3.0), np.arange(2.0)], groups=["north", "south"])
    assert cut.groups.tolist() == ["north", "north", "south"]
    with pytest.raises(ValueError, match=r"groups has the shape \(3,\), but X has 1 series"):
        SlidingWindows(1).cut(np.arange(3.0), groups=[0, 0, 0])


# --- series that are too short ------------------------------------------------------------------


def test_a_series_that_is_too_short_is_named_or_skipped():
    series = [np.arange(9.0), np.arange(3.0), np.arange(4.0)]
    message = (
        "series 1 has 3 steps, but a window of 3 steps and 2 after it need 5 \\(2 of 3 series are "
        'too short\\); lower window or horizon, or leave such series out, short="skip"'
    )
    with pytest.raises(ValueError, match=message):
        SlidingWindows(3, horizon=2).cut(series)
    skipping = SlidingWindows(3, horizon=2, short="skip")
    assert set(skipping.cut(series).groups) == {0}
    assert len(skipping.transform(series)) == 7 + 1 + 2
    with pytest.raises(ValueError, match="series 0 has 3 steps, but a window of 3 steps and 2"):
        skipping.cut(series[1:])


def test_transform_names_a_series_shorter_than_the_window():
    frame = pd.DataFrame({"id": ["a", "a", "b"], "x": [0.0, 1.0, 2.0]})
    windows = SlidingWindows(2, id_col="id").fit(frame)
    with pytest.raises(ValueError, match="series 'b' has 1 steps, but a window of 2 steps needs"):
        windows.transform(frame)


# --- bad input ----------------------------------------------------------------------------------


TABLE = pd.DataFrame({"sales": np.arange(9.0), "price": np.arange(9.0), "day": np.arange(9)})
NAMED = TABLE.assign(shop="a")


@pytest.mark.parametrize(
    "parameters, X, y, message",
    [
        ({}, TABLE, None, r"the series has 3 columns \(sales, price, day\), and which one is the"),
        ({}, np.ones((9, 2)), None, "the series has 2 columns, and which one is the target is not"),
        ({"target": "cost"}, TABLE, None, "target 'cost' is no column of the series, which has"),
        ({"target": 0}, TABLE, None, "target 0 is no column of the series, which has"),
        ({"target": "sales"}, np.ones((9, 2)), None, r"target 'sales' .* which has \[0, 1\]"),
        ({"target": -1}, np.ones((9, 2)), None, "target -1 is no column of the series"),
        ({"target": []}, TABLE, None, "target is empty"),
        ({"target": "sales"}, TABLE, np.ones(9), "the target is both y and target='sales'; give"),
        ({"id_col": "id"}, TABLE, None, "id_col='id' is no column of X, which has"),
        ({"id_col": "id"}, np.ones(9), None, "id_col='id' names a column of a DataFrame, but X is"),
        ({"time_col": "t"}, [TABLE], None, "time_col='t' names a column of a DataFrame, but X is"),
        ({"time_col": "shop"}, NAMED, None, "time_col='shop' holds 'a' .*must be dates or numbers"),
        ({}, NAMED, None, "column 'shop' holds .*, but a series must hold numbers"),
        ({"id_col": "shop"}, NAMED[["shop"]], None, "at least one row and one column beside id_"),
        ({}, pd.concat([TABLE, TABLE], axis=1), None, "column 'sales' occurs more than once"),
        ({"horizon": [0]}, np.ones(9), None, "horizon begins with 0, .*, but there is no y"),
        ({"horizon": [2, 1]}, np.ones(9), None, "horizon must be a number of steps or a rising"),
        ({"horizon": [-1]}, np.ones(9), None, "horizon must be a number of steps or a rising list"),
        ({"horizon": []}, np.ones(9), None, "horizon must be a number of steps or a rising list"),
        ({"horizon": 0}, np.ones(9), None, "The 'horizon' parameter of SlidingWindows must be"),
        ({"window": 0}, np.ones(9), None, "The 'window' parameter of SlidingWindows must be"),
        ({"stride": 0}, np.ones(9), None, "The 'stride' parameter of SlidingWindows must be"),
        ({"short": "pad"}, np.ones(9), None, "The 'short' parameter of SlidingWindows must be"),
        ({}, np.ones(9), np.ones(8), "y of series 0 has 8 entries, but the series has 9 steps"),
        ({}, TABLE, np.ones(8), r"y has the shape \(8,\), but X has 9 rows; y holds a target for"),
        ({}, [np.ones(9)] * 2, np.ones(9), "y has 9 entries, but X has 2 series; for several"),
        ({}, [np.ones(9)] * 2, np.ones((2, 8)), "y of series 0 has 8 entries, but the series has"),
        ({}, np.ones(9), np.ones((9, 1, 1)), r"y of series 0 has shape \(9, 1, 1\), but it must"),
        ({}, [], None, r"Found array with 0 sample\(s\)"),
        ({}, [[1.0], []], None, "sequence 1 is empty"),
        ({}, ["text"], None, "X is texts, but sequences of numbers are expected"),
        ({}, [0.0, np.inf, 1.0, 2.0], None, "infinity .*: sequence 0, step 1, feature 0 is inf"),
    ],
)  # fmt: skip
def test_bad_input_is_named(parameters, X, y, message):
    with pytest.raises(ValueError, match=message):
        SlidingWindows(**{"window": 2, **parameters}).cut(X, y)


@pytest.mark.parametrize("column", ["shop", "day"])
def test_a_row_without_id_or_time_is_named(column):
    frame, _ = long_frame(np.random.default_rng(0), [5, 5])
    frame = frame.reset_index(drop=True)
    frame.loc[3, column] = None
    cutter = SlidingWindows(2, target="sales", id_col="shop", time_col="day")
    with pytest.raises(ValueError, match=rf"column '{column}' \(.*_col\) is missing in row 3"):
        cutter.cut(frame)


@pytest.mark.parametrize("horizon", [1, 3])
def test_a_missing_target_is_named(horizon):
    series = [np.arange(12.0).reshape(6, 2), np.arange(12.0).reshape(6, 2)]
    series[1][5, 1] = np.nan
    message = "the target is missing at series 1, step 5 .* fill such gaps in first, or cut"
    with pytest.raises(ValueError, match=message):
        SlidingWindows(3, horizon=horizon, target=[0, 1]).cut(series)
    labels = np.array(["a", "b", None, "a"], dtype=object)
    with pytest.raises(ValueError, match=r"missing at series 0, step 2 \(1 of 2 targets are\)"):
        SlidingWindows(2).cut(np.arange(4.0), labels)


def test_a_missing_target_that_no_window_has_does_not_matter():
    assert SlidingWindows(2).cut([np.nan, 0.0, 1.0, 2.0]).y.tolist() == [1, 2]


# --- as an estimator ----------------------------------------------------------------------------


def test_other_columns_than_those_of_fit_are_refused():
    windows = SlidingWindows(2).fit(TABLE)
    with pytest.raises(ValueError, match="feature names should match those that were passed"):
        windows.transform(TABLE[["price", "sales", "day"]])
    windows = SlidingWindows(2, target=0)
    windows.cut(np.ones((9, 2)))
    message = "X has 3 features, but SlidingWindows is expecting 2 features as input"
    for method in (windows.transform, windows.cut):
        with pytest.raises(ValueError, match=message):
            method(np.ones((9, 3)))


def test_the_first_cut_fits():
    windows = SlidingWindows(2)
    with pytest.raises(NotFittedError, match="SlidingWindows instance is not fitted"):
        windows.transform(np.arange(9.0))
    windows.cut(np.arange(9.0))
    assert len(windows.transform(np.arange(2.0))) == 1


def test_cross_validation_by_groups_keeps_series_together():
    rng = np.random.default_rng(0)
    X, y, groups, _ = SlidingWindows(3, target=0).cut(random_series(rng))
    for train, test in GroupKFold(2).split(X, y, groups):
        assert not set(groups[train]) & set(groups[test])
    model = make_pipeline(SequencePadder(as_array=True), LinearRegression())
    one = SlidingWindows(3).cut([series[:, 0] for series in random_series(rng)])
    by_hand = LinearRegression().fit(one.X.values.reshape(len(one.y), 3), one.y)
    assert model.fit(one.X, one.y).score(one.X, one.y) == pytest.approx(
        by_hand.score(one.X.values.reshape(len(one.y), 3), one.y)
    )
    assert len(cross_val_score(model, one.X, one.y, groups=one.groups, cv=GroupKFold(2))) == 2


def test_a_network_learns_what_follows():
    waves = [np.sin(np.arange(80) / 3 + phase) for phase in range(3)]
    windows = SlidingWindows(8, horizon=2)
    X, y, *_ = windows.cut(waves[:2])
    model = RNNRegressor(cell="gru", hidden_size=8, lr=0.02, max_epochs=20, random_state=0)
    unseen = windows.cut(waves[2])
    assert model.fit(X, y).score(unseen.X, unseen.y) > 0.9
    assert model.predict(windows.transform(waves[2])).shape == (73, 2)
