"""Scorers of forecasters, within pipelines, searches and cross-validation."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_rnn import metrics
from sklearn_rnn.metrics import (
    interval_coverage,
    interval_coverage_scorer,
    make_forecast_scorer,
    mean_absolute_scaled_error,
    mean_quantile_loss,
    neg_interval_coverage_error_scorer,
    neg_mean_absolute_scaled_error_scorer,
    neg_mean_quantile_loss_scorer,
    neg_root_mean_squared_scaled_error_scorer,
    neg_symmetric_mean_absolute_percentage_error_scorer,
    neg_weighted_quantile_loss_scorer,
    root_mean_squared_scaled_error,
    seasonal_naive_errors,
    symmetric_mean_absolute_percentage_error,
    weighted_quantile_loss,
)
from sklearn_rnn.model_selection import PanelTimeSeriesSplit

SCORERS = {
    "mase": neg_mean_absolute_scaled_error_scorer,
    "rmsse": neg_root_mean_squared_scaled_error_scorer,
    "smape": neg_symmetric_mean_absolute_percentage_error_scorer,
    "quantiles": neg_mean_quantile_loss_scorer,
    "wql": neg_weighted_quantile_loss_scorer,
    "coverage": interval_coverage_scorer,
    "coverage_error": neg_interval_coverage_error_scorer,
}
DECILES = np.arange(1, 10) / 10


class LastValue(RegressorMixin, BaseEstimator):
    """The last value of each series, plus a shift; its quantiles are spread evenly around it."""

    def __init__(self, shift=0.0, spread=4.0, season=2):
        self.shift = shift
        self.spread = spread
        self.season = season

    def fit(self, X, y):
        y = pd.Series(np.asarray(y, dtype=float), index=X.index)
        self.y_, self.has_ids_ = y, isinstance(X.index, pd.MultiIndex)
        ids = list(range(X.index.nlevels - 1))
        self.last_ = y.groupby(level=ids).last() if self.has_ids_ else y.iloc[-1]
        return self

    def predict(self, X):
        last = self.last_.loc[X.index.droplevel(-1)] if self.has_ids_ else [self.last_] * len(X)
        return np.asarray(last) + self.shift

    def predict_quantiles(self, X, quantiles):
        return self.predict(X)[:, None] + self.spread * (np.asarray(quantiles) - 0.5)

    def predict_interval(self, X, coverage):
        ends = self.predict_quantiles(X, [0.5 - coverage / 2, 0.5 + coverage / 2])
        return pd.DataFrame(ends, index=X.index, columns=["lower", "upper"])

    def naive_errors(self, season_length=None, squared=False):
        length = self.season if season_length is None else season_length
        return seasonal_naive_errors(self.y_, season_length=length, squared=squared)

    def series_of(self, X):
        if self.has_ids_:
            return X.index.droplevel(-1).to_numpy()
        return np.array([None] * len(X), dtype=object)


@pytest.fixture(params=["one series", "panel", "panel of two ids"])
def data(request, rng):
    """X and y of training, X and y of test."""
    days = pd.date_range("2024-01-01", periods=30)
    index = days
    if request.param == "panel":
        index = pd.MultiIndex.from_product([["b", "a"], days])
    elif request.param == "panel of two ids":
        index = pd.MultiIndex.from_product([["b", "a"], [7, 8], days])
    y = pd.Series(50 + rng.normal(size=len(index)).cumsum(), index=index)
    X = pd.DataFrame({"price": rng.normal(size=len(index))}, index=index)
    is_train = index.get_level_values(-1) < days[24]
    return X[is_train], y[is_train], X[~is_train], y[~is_train]


@pytest.mark.parametrize("season", [None, 5])
@pytest.mark.parametrize("metric", [mean_absolute_scaled_error, root_mean_squared_scaled_error])
def test_scaled_errors_are_measured_by_the_training_of_the_forecaster(metric, season, data):
    X, y, X_test, y_test = data
    model = LastValue().fit(X, y)
    expected = metric(y_test, model.predict(X_test), y_train=y, season_length=season or 2)
    scorer = make_forecast_scorer(metric, season_length=season)
    assert scorer(model, X_test, y_test) == pytest.approx(-expected)


def test_the_other_scorers_hold_what_their_metrics_say(data):
    X, y, X_test, y_test = data
    model = LastValue().fit(X, y)
    scores = {name: scorer(model, X_test, y_test) for name, scorer in SCORERS.items()}
    deciles = model.predict_quantiles(X_test, DECILES)
    covered = interval_coverage(y_test, deciles[:, 0], deciles[:, -1])
    expected = {
        "smape": -symmetric_mean_absolute_percentage_error(y_test, model.predict(X_test)),
        "quantiles": -mean_quantile_loss(y_test, deciles, quantiles=DECILES),
        "wql": -weighted_quantile_loss(y_test, deciles, quantiles=DECILES),
        "coverage": covered,
        "coverage_error": -abs(covered - 0.8),
    }
    assert {name: scores[name] for name in expected} == pytest.approx(expected)


def test_settings_reach_the_forecaster(data):
    X, y, X_test, y_test = data
    model = LastValue().fit(X, y)
    scorer = make_forecast_scorer(mean_quantile_loss, quantiles=[0.5])
    error = mean_absolute_error(y_test, model.predict(X_test))
    assert scorer(model, X_test, y_test) == pytest.approx(-error / 2)
    wide = make_forecast_scorer(interval_coverage, coverage=0.99)
    assert wide(LastValue(spread=1e9).fit(X, y), X_test, y_test) == pytest.approx(-0.01)


@pytest.mark.parametrize("name", SCORERS)
def test_a_pipeline_and_a_search_score_as_the_forecaster_within(name, data):
    X, y, X_test, y_test = data
    bare = LastValue().fit(X, y)
    scaler = StandardScaler().set_output(transform="pandas")
    pipeline = make_pipeline(scaler, LastValue()).fit(X, y)
    search = GridSearchCV(pipeline, {"lastvalue__spread": [4.0]}, cv=PanelTimeSeriesSplit(2)).fit(
        X, y
    )
    expected = SCORERS[name](bare, X_test, y_test)
    for model in (pipeline, search, make_pipeline(LastValue()).fit(X, y)):
        assert SCORERS[name](model, X_test, y_test) == expected


@pytest.mark.parametrize("routing", [False, True])
def test_searches_and_cross_validation_take_every_scorer(data, routing):
    X, y, _, _ = data
    split = PanelTimeSeriesSplit(3, test_size=3)
    with config_context(enable_metadata_routing=routing):
        scores = cross_validate(LastValue(), X, y, cv=split, scoring=SCORERS, error_score="raise")
        assert all(np.isfinite(scores[f"test_{name}"]).all() for name in SCORERS)
        search = GridSearchCV(
            LastValue(),
            {"shift": [30.0, 0.0]},
            cv=split,
            scoring=SCORERS["mase"],
            error_score="raise",
        )
        assert search.fit(X, y).best_params_ == {"shift": 0.0}


@pytest.mark.parametrize("name", SCORERS)
def test_scorers_can_be_pickled(name):
    assert pickle.loads(pickle.dumps(SCORERS[name])) == SCORERS[name]


def test_every_scorer_is_public():
    listed = {getattr(metrics, name) for name in metrics.__all__ if name.endswith("_scorer")}
    assert set(SCORERS.values()) <= listed


@pytest.mark.parametrize("data", ["panel"], indirect=True)
def test_a_constant_series_is_left_out_of_the_search(data):
    X, y, X_test, y_test = data
    flat = y.where(y.index.get_level_values(0) == "a", 7.0)
    model = LastValue().fit(X, flat)
    only = y_test.index.get_level_values(0) == "a"
    scorer = SCORERS["mase"]
    assert scorer(model, X_test, y_test) == scorer(model, X_test[only], y_test[only])


def test_points_of_any_regressor_have_a_percentage_error(data):
    X, y, X_test, y_test = data
    model = make_pipeline(FunctionTransformer(), LinearRegression()).fit(X, y)
    expected = symmetric_mean_absolute_percentage_error(y_test, model.predict(X_test))
    assert SCORERS["smape"](model, X_test, y_test) == pytest.approx(-expected)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("mase", "naive_errors"),
        ("rmsse", "naive_errors"),
        ("quantiles", "predict_quantiles"),
        ("wql", "predict_quantiles"),
        ("coverage", "predict_interval"),
    ],
)
def test_what_is_no_forecaster_is_refused(name, method, data):
    X, y, X_test, y_test = data
    with pytest.raises(TypeError, match=f"has {method}, but LinearRegression has none"):
        SCORERS[name](LinearRegression().fit(X, y), X_test, y_test)
    transformed = TransformedTargetRegressor(LastValue(), func=np.log, inverse_func=np.exp)
    with pytest.raises(TypeError, match="TransformedTargetRegressor has nothing else"):
        SCORERS[name](transformed.fit(X, y), X_test, y_test)


@pytest.mark.parametrize(
    ("metric", "settings", "error", "message"),
    [
        (mean_absolute_error, {}, ValueError, "'mean_absolute_error'; scikit-learn's make_scorer"),
        ("mase", {}, ValueError, "metric must be one of"),
        (mean_absolute_scaled_error, {"quantiles": [0.5]}, TypeError, "has no quantiles"),
        (mean_absolute_scaled_error, {"season_length": 0}, ValueError, "1 or more"),
        (mean_quantile_loss, {"season_length": 3}, TypeError, "has no season_length"),
        (mean_quantile_loss, {"quantiles": [2]}, ValueError, "between 0 and 1"),
        (interval_coverage, {"coverage": 80}, ValueError, "between 0 and 1"),
        (symmetric_mean_absolute_percentage_error, {"coverage": 0.8}, TypeError, "no coverage"),
    ],
)
def test_bad_settings_are_refused(metric, settings, error, message):
    with pytest.raises(error, match=message):
        make_forecast_scorer(metric, **settings)
