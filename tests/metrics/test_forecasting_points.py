"""Scores of point forecasts, held against loops and utilsforecast's formulas."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error

from sklearn_rnn.metrics import (
    mean_absolute_scaled_error,
    overall_weighted_average,
    root_mean_squared_scaled_error,
    seasonal_naive_errors,
    symmetric_mean_absolute_percentage_error,
)

SCALED = [mean_absolute_scaled_error, root_mean_squared_scaled_error]
POINTS = [*SCALED, symmetric_mean_absolute_percentage_error]


@pytest.fixture
def panel(rng):
    """Long frames of three unequal series: training, and test with a forecast."""
    train, test = [], []
    for unique_id, n, scale in [("b", 40, 1.0), ("a", 25, 100.0), ("c", 31, 0.01)]:
        y = scale * (10 + rng.normal(size=n + 8).cumsum())
        n_test = {"a": 8, "b": 5, "c": 2}[unique_id]
        train.append(pd.DataFrame({"unique_id": unique_id, "ds": range(n), "y": y[:n]}))
        rows = {"unique_id": unique_id, "ds": range(n, n + n_test), "y": y[n : n + n_test]}
        test.append(pd.DataFrame(rows).assign(model=lambda f, s=scale: f.y + s * np.sin(f.ds)))
    return pd.concat(train, ignore_index=True), pd.concat(test, ignore_index=True)


def utilsforecast_mase(test, train, seasonality):
    """Mean absolute error by id over the mean absolute seasonal difference by id, NaN left out."""
    mae = (test["y"] - test["model"]).abs().groupby(test["unique_id"], sort=False).mean()
    lagged = train.groupby("unique_id", sort=False)["y"].shift(seasonality)
    scale = (train["y"] - lagged).abs().groupby(train["unique_id"], sort=False).mean()
    return mae / scale.loc[mae.index]


def utilsforecast_rmsse(test, train, seasonality):
    mse = ((test["y"] - test["model"]) ** 2).groupby(test["unique_id"], sort=False).mean()
    lagged = train.groupby("unique_id", sort=False)["y"].shift(seasonality)
    scale = ((train["y"] - lagged) ** 2).groupby(train["unique_id"], sort=False).mean()
    return (mse / scale.loc[mse.index]) ** 0.5


def slow_scaled_error(true, predicted, train, m, power):
    errors = [abs(a - b) ** power for a, b in zip(true, predicted, strict=True) if a == a]
    naive = [abs(train[t] - train[t - m]) ** power for t in range(m, len(train))]
    naive = [change for change in naive if change == change]
    return (np.mean(errors) / np.mean(naive)) ** (1 / power)


FORMULAS = {
    mean_absolute_scaled_error: utilsforecast_mase,
    root_mean_squared_scaled_error: utilsforecast_rmsse,
}


# --- scaled errors ------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", SCALED)
@pytest.mark.parametrize("m", [1, 7])
def test_scaled_errors_of_a_panel_are_those_of_utilsforecast(metric, m, panel):
    train, test = panel
    of_series = FORMULAS[metric](test, train, m)
    given = {
        "y_train": train["y"].to_numpy(),
        "series": test["unique_id"],
        "series_train": train["unique_id"],
        "season_length": m,
    }
    scores = metric(test["y"], test["model"], **given, per_series=True)
    assert scores.index.tolist() == ["b", "a", "c"]
    np.testing.assert_allclose(scores, of_series)
    assert metric(test["y"], test["model"], **given) == pytest.approx(of_series.mean())


@pytest.mark.parametrize("metric", SCALED)
@pytest.mark.parametrize("m", [1, 4])
def test_scaled_errors_of_one_series_leave_missing_values_out(metric, m, rng):
    true, predicted, train = rng.normal(size=(3, 30))
    true[[0, 7]] = train[[5, 6, 20]] = np.nan
    power = 1 if metric is mean_absolute_scaled_error else 2
    expected = slow_scaled_error(true, predicted, train, m, power)
    assert metric(true, predicted, y_train=train, season_length=m) == pytest.approx(expected)


@pytest.mark.parametrize("metric", SCALED)
def test_rows_of_series_may_stand_in_any_order(metric, panel, rng):
    train, test = panel
    expected = metric(
        test["y"],
        test["model"],
        y_train=train["y"],
        series=test["unique_id"],
        series_train=train["unique_id"],
    )
    test, train = test.iloc[rng.permutation(len(test))], train.sort_values("ds", kind="stable")
    shuffled = metric(
        test["y"],
        test["model"],
        y_train=train["y"],
        series=test["unique_id"],
        series_train=train["unique_id"],
    )
    assert shuffled == pytest.approx(expected)


def test_each_form_of_a_panel_has_the_same_score(panel):
    train, test = panel
    score = mean_absolute_scaled_error(
        test["y"],
        test["model"],
        y_train=train["y"],
        series=test["unique_id"],
        series_train=train["unique_id"],
    )
    by_id = {name: part["y"].to_numpy() for name, part in train.groupby("unique_id")}
    errors = seasonal_naive_errors(train["y"], series=train["unique_id"])
    indexed, indexed_train = (f.set_index(["unique_id", "ds"]) for f in (test, train))
    series = test["unique_id"].to_numpy()
    forms = [
        mean_absolute_scaled_error(test["y"], test["model"], y_train=by_id, series=series),
        mean_absolute_scaled_error(test["y"], test["model"], naive_errors=errors, series=series),
        mean_absolute_scaled_error(
            test["y"], test["model"], naive_errors=errors.to_dict(), series=series
        ),
        mean_absolute_scaled_error(indexed["y"], indexed["model"], y_train=indexed_train["y"]),
    ]
    assert forms == pytest.approx([score] * len(forms))


def test_series_of_polars_are_scored_as_those_of_pandas(panel):
    polars = pytest.importorskip("polars")
    train, test = panel
    expected = mean_absolute_scaled_error(
        test["y"],
        test["model"],
        y_train=train["y"],
        series=test["unique_id"],
        series_train=train["unique_id"],
    )
    found = mean_absolute_scaled_error(
        polars.Series(test["y"].to_list()),
        polars.Series(test["model"].to_list()),
        y_train=polars.Series(train["y"].to_list()),
        series=polars.Series(test["unique_id"].to_list()),
        series_train=polars.Series(train["unique_id"].to_list()),
    )
    assert found == pytest.approx(expected)


def test_series_may_have_several_ids(panel):
    train, test = panel
    expected = mean_absolute_scaled_error(
        test["y"],
        test["model"],
        y_train=train["y"],
        series=test["unique_id"],
        series_train=train["unique_id"],
    )
    train, test = (f.assign(region="north") for f in (train, test))
    frame, frame_train = (f[["region", "unique_id"]] for f in (test, train))
    tuples = np.empty(len(test), dtype=object)
    tuples[:] = list(frame.itertuples(index=False, name=None))
    errors = seasonal_naive_errors(train["y"], series=frame_train)
    for series in (frame, tuples, tuples.tolist()):
        score = mean_absolute_scaled_error(
            test["y"], test["model"], naive_errors=errors, series=series
        )
        assert score == pytest.approx(expected)


@pytest.mark.parametrize("metric", POINTS)
def test_each_target_column_is_a_series_of_its_own(metric, rng):
    true, predicted = (pd.DataFrame(a, columns=["x", "z"]) for a in rng.normal(size=(2, 12, 2)))
    train = pd.DataFrame(rng.normal(size=(20, 2)), columns=["x", "z"])
    given = {"y_train": train} if metric in SCALED else {}
    scores = metric(true, predicted, **given, per_series=True)
    assert scores.columns.tolist() == ["x", "z"]
    for name in ["x", "z"]:
        given = {"y_train": train[name]} if metric in SCALED else {}
        assert scores[name].iloc[0] == pytest.approx(metric(true[name], predicted[name], **given))
    assert metric(true, predicted, **({"y_train": train} if metric in SCALED else {})) == (
        pytest.approx(scores.to_numpy().mean())
    )


def test_the_unit_of_a_series_does_not_matter(rng):
    true, predicted, train = rng.normal(size=(3, 20))
    for metric in SCALED:
        expected = metric(true, predicted, y_train=train)
        assert metric(50 * true + 7, 50 * predicted + 7, y_train=50 * train + 7) == (
            pytest.approx(expected)
        )


def test_the_mase_times_its_scale_is_the_mean_absolute_error(rng):
    true, predicted, train = rng.normal(size=(3, 20))
    scale = seasonal_naive_errors(train, season_length=3).item()
    mase = mean_absolute_scaled_error(true, predicted, y_train=train, season_length=3)
    assert mase * scale == pytest.approx(mean_absolute_error(true, predicted))
    assert mase == mean_absolute_scaled_error(true, predicted, naive_errors=scale)


@pytest.mark.parametrize(("metric", "squared"), list(zip(SCALED, [False, True], strict=True)))
def test_one_series_needs_no_name(metric, squared, rng):
    true, predicted, train = rng.normal(size=(3, 20))
    expected = metric(true, predicted, y_train=train)
    errors = seasonal_naive_errors(train, squared=squared)
    assert metric(true, predicted, naive_errors=errors) == expected
    assert metric(true, predicted, y_train={"a": train}) == expected
    assert metric(true, predicted, y_train=train, series=["a"] * 20) == expected


def test_nullable_numbers_are_read():
    true = pd.Series([1, None, 3], dtype="Int64")
    frame = true.to_frame().astype({0: "Float64"})
    objects = pd.Series([1.0, None, 3.0], dtype=object)
    for y_true in (true, frame, objects, [1, None, 3], [True, None, 3.0]):
        score = mean_absolute_scaled_error(y_true, [2, 9, 3], y_train=[0, 1, 0])
        assert score == 0.5


def test_the_naive_error_is_unknown_for_a_short_series_and_0_for_a_constant():
    errors = seasonal_naive_errors(
        [1, 2, 5, 5, 5, 1, 3, 4], series=list("aabbbccc"), season_length=2
    )
    assert errors.index.tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(errors, [np.nan, 0, 3])


@pytest.mark.parametrize("metric", SCALED)
def test_series_without_a_naive_error_are_refused_or_skipped(metric):
    y_train = {"short": [1.0], "flat": [5, 5, 5], "good": [1, 2, 4]}
    true, predicted, series = [1, 5, 6], [2, 6, 6.5], ["short", "flat", "good"]
    with pytest.raises(ValueError, match="series 'short' is not defined: .* season apart"):
        metric(true, predicted, y_train=y_train, series=series)
    with pytest.raises(ValueError, match="series 'flat' .* repeat themselves exactly"):
        metric(true[1:], predicted[1:], y_train=y_train, series=series[1:])
    skip = {"y_train": y_train, "undefined": "skip"}
    only = metric([6], [6.5], y_train=y_train, series=["good"])
    assert metric(true, predicted, series=series, **skip) == only
    scores = metric(true, predicted, series=series, **skip, per_series=True)
    np.testing.assert_array_equal(scores, [np.nan, np.nan, only])
    with pytest.raises(ValueError, match="2 of 2 series"):
        metric(true[:2], predicted[:2], series=series[:2], **skip)


@pytest.mark.parametrize("metric", POINTS)
def test_a_series_without_observed_values_does_not_count(metric):
    given = {"y_train": {"a": [1, 2, 4], "b": [3, 3, 4]}} if metric in SCALED else {}
    true, predicted, series = [1, np.nan, 6], [2, 4, 6.5], ["a", "b", "a"]
    score = metric(true, predicted, series=series, **given)
    assert score == metric(true[::2], predicted[::2], series=series[::2], **given)


# --- percentage errors and OWA ------------------------------------------------------------------


def test_smape_is_that_of_the_competition_by_hand(rng):
    true, predicted = rng.normal(size=(2, 50))
    pairs = zip(true, predicted, strict=True)
    expected = np.mean([200 * abs(a - b) / (abs(a) + abs(b)) for a, b in pairs])
    assert 100 * symmetric_mean_absolute_percentage_error(true, predicted) == (
        pytest.approx(expected)
    )


def test_smape_averages_over_series(panel):
    _, test = panel
    ratio = (test["y"] - test["model"]).abs() / (test["y"].abs() + test["model"].abs())
    utilsforecast = ratio.groupby(test["unique_id"], sort=False).mean()  # from 0 to 1
    scores = symmetric_mean_absolute_percentage_error(
        test["y"], test["model"], series=test["unique_id"], per_series=True
    )
    np.testing.assert_allclose(scores, 2 * utilsforecast)


def test_smape_is_0_where_both_are_0_and_2_at_worst():
    assert symmetric_mean_absolute_percentage_error([0, 0], [0, 0]) == 0
    assert symmetric_mean_absolute_percentage_error([0, -1, 3], [5, 1, 0]) == 2


def test_owa_is_the_mean_of_two_ratios(panel, rng):
    train, test = panel
    naive2 = test["y"] + rng.normal(size=len(test))
    given = {"series": test["unique_id"]}
    of_training = {"y_train": train["y"], "series_train": train["unique_id"], "season_length": 2}
    smapes = [
        symmetric_mean_absolute_percentage_error(test["y"], forecast, **given)
        for forecast in (test["model"], naive2)
    ]
    mases = [
        mean_absolute_scaled_error(test["y"], forecast, **given, **of_training)
        for forecast in (test["model"], naive2)
    ]
    expected = (smapes[0] / smapes[1] + mases[0] / mases[1]) / 2
    owa = overall_weighted_average(
        test["y"], test["model"], y_reference=naive2, **given, **of_training
    )
    assert owa == pytest.approx(expected)
    by_scores = overall_weighted_average(
        test["y"], test["model"], reference_scores=(smapes[1], mases[1]), **given, **of_training
    )
    assert by_scores == pytest.approx(expected)


def test_owa_of_the_reference_is_1(panel):
    _, test = panel
    assert overall_weighted_average(
        test["y"], test["model"], y_reference=test["model"], naive_errors=2.0
    ) == pytest.approx(1)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({}, TypeError, "neither came"),
        ({"y_reference": [1, 2], "reference_scores": (1, 1)}, TypeError, "both came"),
        ({"reference_scores": (18.383, 2.395)}, ValueError, "divide a percentage by 100"),
        ({"reference_scores": 0.5}, TypeError, "two floats"),
        ({"reference_scores": (0.0, 1.0)}, ValueError, "must make errors"),
        ({"y_reference": [1, 3]}, ValueError, "must make errors"),
        ({"y_reference": [1, 3, 4]}, ValueError, "y_reference has"),
    ],
)
def test_a_reference_that_measures_nothing_is_refused(given, error, message):
    with pytest.raises(error, match=message):
        overall_weighted_average([1, 3], [2, 2], y_train=[1, 2], **given)


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", POINTS)
@pytest.mark.parametrize(
    ("true", "predicted", "message"),
    [
        ([], [], "y_true must not be empty"),
        ([1, 2], [1, 2, 3], r"shape \(2,\), but y_pred has \(3,\)"),
        ([1, 2], [[1, 2], [1, 2]], r"shape \(2,\), but y_pred has \(2, 2\)"),
        ([np.nan, np.nan], [1, 2], "all of it is NaN"),
        ([1, 2, 3], [1, np.nan, np.nan], "NaN in row 1, .*2 such"),
        ([1, np.inf], [1, 2], "y_true must be finite, .* row 1"),
        ([1, 2], [-np.inf, 2], "y_pred must be finite, .* row 0"),
        (["a", "b"], [1, 2], "y_true must be an array, .* of numbers"),
        (3.0, 2.0, "a list of one"),
        (np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), r"\(n, n_targets\)"),
        (np.array(["2024-01-01"], "M8[D]"), [1], r"of numbers.*datetime64\[D\]"),
        (pd.Series(pd.to_datetime(["2024-01-01"])), [1], "of numbers.*datetime64"),
        (pd.DataFrame({"a": [1], "b": ["x"]}), [[1, 2]], "of numbers"),
    ],
)
def test_bad_values_are_refused(metric, true, predicted, message):
    given = {"y_train": [1, 2, 4]} if metric in SCALED else {}
    with pytest.raises(ValueError, match=message):
        metric(true, predicted, **given)


def test_frames_whose_rows_differ_are_refused():
    true, other = pd.Series([1, 2], index=["a", "b"]), pd.Series([1, 2], index=["b", "a"])
    with pytest.raises(ValueError, match="row 0 is 'a' in y_true and 'b' in y_pred; reindex"):
        symmetric_mean_absolute_percentage_error(true, other)
    with pytest.raises(ValueError, match="y_true has 2 rows, but y_pred has 1"):
        symmetric_mean_absolute_percentage_error(true, other[:1])
    assert symmetric_mean_absolute_percentage_error(true, other.to_numpy()) == 0
    missing = pd.Series([1, np.nan], index=["a", "b"])
    with pytest.raises(ValueError, match=r"y_pred is NaN in row 1 \('b'\)"):
        symmetric_mean_absolute_percentage_error(true, missing)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({}, TypeError, "neither came"),
        ({"y_train": [1, 2], "naive_errors": 1.0}, TypeError, "both came"),
        ({"y_train": [1, 2], "season_length": 0}, ValueError, "1 step or more"),
        ({"y_train": [1, 2], "season_length": 1.5}, TypeError, "must be an int"),
        ({"y_train": [1, 2], "undefined": "drop"}, ValueError, "'error' or 'skip'"),
        ({"y_train": [1, 2], "series": ["a"]}, ValueError, "1 labels, but y_true has 2 rows"),
        ({"y_train": [1, 2], "series": "aa"}, TypeError, "a label for each row"),
        ({"y_train": [1, 2], "series": ["a", None]}, ValueError, "row 1 is missing"),
        ({"y_train": [1, 2], "series": ["a", "b"]}, ValueError, "which belongs to which"),
        ({"y_train": {"a": [1], "b": [2]}}, ValueError, "which belongs to which"),
        ({"y_train": {}}, ValueError, "the dict is empty"),
        ({"y_train": {"a": [1, 2]}, "series_train": ["a", "a"]}, TypeError, "names its series"),
        ({"y_train": {"a": []}}, ValueError, r"y_train\['a'\] must not be empty"),
        (
            {"y_train": {"a": [1, 2], "c": [1, 2]}, "series": ["a", "b"]},
            ValueError,
            r"series 'b' of y_true has no training values .* \['a', 'c'\]",
        ),
        (
            {"y_train": {1: [1, 2], 2: [1, 2]}, "series": ["1", "2"]},
            ValueError,
            r"series '1' of y_true has no training values .* \[1, 2\]",
        ),
        ({"y_train": [[1, 2], [3, 4]]}, ValueError, "2 target columns, but y_true has 1"),
        ({"naive_errors": [1.0]}, TypeError, "is a list"),
        (
            {"naive_errors": pd.Series([1.0, 2.0], ["a", "a"]), "series": ["a", "a"]},
            ValueError,
            "'a' stands there twice",
        ),
        ({"naive_errors": 0.0}, ValueError, "is not defined"),
    ],
)
def test_training_values_that_do_not_fit_are_refused(given, error, message):
    with pytest.raises(error, match=message):
        mean_absolute_scaled_error([1, 2], [2, 3], **given)


@pytest.mark.parametrize("make", [pd.DatetimeIndex, lambda days: pd.PeriodIndex(days, freq="D")])
def test_training_values_out_of_order_are_refused(make):
    days = make(["2024-01-02", "2024-01-01"])
    with pytest.raises(ValueError, match="in the series 2024-01-02.* is followed by 2024-01-01"):
        seasonal_naive_errors(pd.Series([1, 2], index=days))
    of_panel = pd.MultiIndex.from_arrays([["a", "b"], days])
    assert seasonal_naive_errors(pd.Series([1, 2], index=of_panel)).isna().all()
