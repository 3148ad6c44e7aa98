"""Ensembles of forecasters, with one whose forecasts are known normal distributions."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.stats import norm
from sklearn.base import BaseEstimator, RegressorMixin, is_regressor
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn import RNNForecaster
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.metrics import (
    neg_mean_absolute_scaled_error_scorer,
    neg_weighted_quantile_loss_scorer,
)
from tests.forecasting_data import TINY, ahead, panel

INDEX = pd.date_range("2024-01-01", periods=6, freq="D", tz="Europe/Paris", name="day")
X = pd.DataFrame({"t": np.arange(6.0)}, index=INDEX)
Y = pd.Series(np.arange(6.0) ** 2, index=INDEX, name="sales")


class FakeForecaster(RegressorMixin, BaseEstimator):
    """Forecasts a normal distribution in each row, whose place and width its seed decides."""

    def __init__(self, width=1.0, random_state=None):
        self.width = width
        self.random_state = random_state

    def fit(self, X, y=None, sample_weight=None):
        rng = np.random.RandomState(self.random_state)
        self.shift_, self.scale_ = rng.normal(), self.width * (0.5 + rng.random_sample())
        self.n_seen_ = len(X)
        return self

    def predict(self, X):
        check_is_fitted(self)
        return X["t"].to_numpy() + self.shift_

    def predict_quantiles(self, X, quantiles):
        return self.predict(X)[:, None] + self.scale_ * norm.ppf(quantiles)

    def predict_interval(self, X, coverage):
        return self.predict_quantiles(X, [(1 - coverage) / 2, (1 + coverage) / 2])

    def sample(self, n, X):
        rng = np.random.default_rng(self.random_state)
        return self.predict(X) + self.scale_ * rng.normal(size=(n, len(X)))

    def forecast(self, steps, X=None, context=None, level=()):
        times = pd.date_range("2024-01-07", periods=steps, freq="D", tz="Europe/Paris", name="day")
        values = np.arange(steps) + self.shift_
        if context is not None:
            values = values + context
        if not level:
            return pd.Series(values, index=times, name="sales", dtype="float32")
        frame = pd.DataFrame({"id": 7, "sales": values}, index=times)
        for percent in level:
            half = self.scale_ * norm.ppf(0.5 + percent / 200)
            frame[f"sales-lo-{percent:g}"] = values - half
            frame[f"sales-hi-{percent:g}"] = values + half
        return frame

    def backtest(self, n_windows, *, step=1):
        frame = pd.DataFrame({"ds": INDEX[:n_windows], "cutoff": INDEX[0], "y": 1.5 * step})
        return frame.assign(FakeForecaster=self.shift_)

    def update(self, X, y=None):
        self.n_seen_ += len(X)
        return self


class TrainedLevelsOnly(FakeForecaster):
    """Gives only the quantiles that it was trained for."""

    trained = (0.1, 0.5, 0.9)

    def predict_quantiles(self, X, quantiles):
        if not np.isin(quantiles, self.trained).all():
            raise ValueError(f"only {self.trained} were trained")
        return super().predict_quantiles(X, quantiles)


def ensembles(n_members=5, estimator=None, **parameters):
    return SeedEnsemble(estimator or FakeForecaster(), n_members, random_state=0, **parameters)


def fitted(*args, **parameters):
    return ensembles(*args, **parameters).fit(X, Y)


def quantile_of_mixture(members, row, level):
    """The level where the mean of normal distribution functions is reached, by a root finder."""
    parts = [norm(row + member.shift_, member.scale_) for member in members]
    return brentq(lambda x: np.mean([part.cdf(x) for part in parts]) - level, -99, 99, xtol=1e-12)


def mixture(members, levels, rows=X["t"]):
    return [[quantile_of_mixture(members, row, level) for level in levels] for row in rows]


# --- points -------------------------------------------------------------------------------------


def test_a_forecast_is_the_median_of_the_members():
    for n_members in (4, 5):
        ensemble = fitted(n_members)
        shifts = sorted(member.shift_ for member in ensemble.estimators_)
        middle = (shifts[(n_members - 1) // 2] + shifts[n_members // 2]) / 2
        np.testing.assert_allclose(ensemble.predict(X), X["t"] + middle)
        assert ensemble.predict_std(X) == pytest.approx(np.std(shifts))


def test_a_series_keeps_its_index_its_name_and_its_type():
    ensemble = fitted()
    found, one = ensemble.forecast(3), ensemble.estimators_[0].forecast(3)
    pd.testing.assert_index_equal(found.index, one.index)
    assert found.name == "sales" and found.dtype == np.float32
    expected = np.median([member.forecast(3) for member in ensemble.estimators_], axis=0)
    np.testing.assert_array_equal(found, expected)
    moved = ensemble.forecast(steps=3, context=2.0)
    np.testing.assert_allclose(moved, found + 2.0, rtol=1e-6)


def test_the_ends_of_intervals_in_a_frame_are_those_of_the_mixture():
    ensemble = fitted()
    found, one = (
        model.forecast(3, level=[80, 97.5]) for model in (ensemble, ensemble.estimators_[0])
    )
    assert found.columns.tolist() == one.columns.tolist()
    assert found["id"].tolist() == [7] * 3 and found["id"].dtype == one["id"].dtype
    pd.testing.assert_index_equal(found.index, one.index)
    shifts = [member.shift_ for member in ensemble.estimators_]
    np.testing.assert_allclose(found["sales"], np.arange(3) + np.median(shifts))
    names = ["sales-lo-97.5", "sales-lo-80", "sales-hi-80", "sales-hi-97.5"]
    expected = mixture(ensemble.estimators_, [0.0125, 0.1, 0.9, 0.9875], rows=range(3))
    np.testing.assert_allclose(found[names], expected, rtol=1e-9)


def test_a_backtest_needs_a_fit_where_that_of_the_estimator_does():
    y = panel()["sales"]
    ensemble = ensembles(2, RNNForecaster(**TINY))
    found = ensemble.backtest(y, n_windows=1)
    pd.testing.assert_frame_equal(
        found, ensembles(2, RNNForecaster(**TINY)).backtest(y, n_windows=1)
    )
    members = ensemble.fit(y).estimators_
    parts = [member.backtest(y, n_windows=1)["RNNForecaster"] for member in members]
    np.testing.assert_allclose(found["RNNForecaster"], np.median(parts, axis=0))
    assert not hasattr(ensembles(), "estimators_")
    with pytest.raises(AttributeError, match="shift_"):
        ensembles().backtest(2)


def test_a_frame_of_polars_stays_one():
    pl = pytest.importorskip("polars")

    class InPolars(FakeForecaster):
        def forecast(self, steps, level=()):
            frame = super().forecast(steps, level=level).reset_index()
            return pl.DataFrame({name: frame[name].tolist() for name in frame})

    ensemble = fitted(estimator=InPolars())
    found = ensemble.forecast(3, level=[80])
    one = ensemble.estimators_[0].forecast(3, level=[80])
    assert isinstance(found, pl.DataFrame) and found.schema == one.schema
    assert found["day"].equals(one["day"])
    expected = mixture(ensemble.estimators_, [0.1, 0.9], rows=range(3))
    np.testing.assert_allclose(found[["sales-lo-80", "sales-hi-80"]], expected, rtol=1e-9)


def test_a_backtest_is_that_of_all_members():
    ensemble = fitted()
    found = ensemble.backtest(2, step=3)
    one = ensemble.estimators_[0].backtest(2, step=3)
    pd.testing.assert_frame_equal(
        found.drop(columns="FakeForecaster"), one.drop(columns="FakeForecaster")
    )
    middle = np.median([member.shift_ for member in ensemble.estimators_])
    assert found["FakeForecaster"].tolist() == [middle] * 2


# --- distributions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "levels", [[0.1, 0.5, 0.9], [0.9, 0.02], [0.5], [0.975], [0.3, 0.3]], ids=str
)
def test_quantiles_are_those_of_the_mixture(levels):
    ensemble = fitted()
    expected = mixture(ensemble.estimators_, levels)
    np.testing.assert_allclose(ensemble.predict_quantiles(X, levels), expected, rtol=1e-8)


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.95])
def test_an_interval_is_that_of_the_mixture(coverage):
    ensemble = fitted()
    expected = mixture(ensemble.estimators_, [(1 - coverage) / 2, (1 + coverage) / 2])
    np.testing.assert_allclose(ensemble.predict_interval(X, coverage), expected, rtol=1e-8)


def test_quantiles_hold_the_spread_of_the_members():
    ensemble = fitted(estimator=FakeForecaster(width=1e-3))
    places = np.sort([member.shift_ for member in ensemble.estimators_])
    low, high = ensemble.predict_quantiles(X, [0.05, 0.95])[0]
    assert low == pytest.approx(places[0], abs=0.01) and high == pytest.approx(places[-1], abs=0.01)
    of_members = [member.predict_interval(X, 0.9)[0] for member in ensemble.estimators_]
    assert high - low > 100 * max(np.diff(ends)[0] for ends in of_members)


def test_members_that_give_few_levels_are_mixed_by_these():
    ensemble = fitted(estimator=TrainedLevelsOnly())
    expected = mixture(ensemble.estimators_, [0.1, 0.9])
    np.testing.assert_allclose(ensemble.predict_quantiles(X, [0.1, 0.9]), expected, rtol=1e-8)
    found = ensemble.predict_quantiles(X, [0.9, 0.9])  # one level says nothing of the others
    expected = [member.predict_quantiles(X, [0.9])[:, 0] for member in ensemble.estimators_]
    np.testing.assert_allclose(found, np.stack([np.mean(expected, axis=0)] * 2, axis=1))
    with pytest.raises(ValueError, match="were trained") as caught:
        ensemble.predict_quantiles(X, [0.3, 0.9])
    assert "member 0 of 5" in caught.value.__notes__[0]


def test_one_member_gives_its_own_quantiles():
    ensemble = fitted(1)
    member = ensemble.estimators_[0]
    np.testing.assert_array_equal(ensemble.predict(X), member.predict(X))
    for method, argument in (("predict_quantiles", [0.2, 0.6]), ("predict_interval", 0.7)):
        ours, its = (getattr(model, method)(X, argument) for model in (ensemble, member))
        np.testing.assert_allclose(ours, its, rtol=1e-12)
    np.testing.assert_array_equal(ensemble.sample(4, X), member.sample(4, X))


def test_quantiles_of_counts_with_points_of_mass_are_met():
    class Counts(FakeForecaster):
        def predict_quantiles(self, X, quantiles):
            return np.stack([np.where(np.asarray(quantiles) < 0.6, 0.0, 3.0)] * len(X))

    found = fitted(estimator=Counts()).predict_quantiles(X, [0.1, 0.5, 0.9])
    np.testing.assert_array_equal(found, [[0, 0, 3]] * 6)


class SeveralTargets(FakeForecaster):
    """Forecasts two targets, and nothing in the first row, which has no past."""

    def predict(self, X):
        found = np.column_stack([super().predict(X), -super().predict(X)])
        found[0] = np.nan
        return found

    def predict_quantiles(self, X, quantiles):
        return self.predict(X)[..., None] + self.scale_ * norm.ppf(quantiles)


def test_several_targets_are_mixed_each_by_itself_and_what_is_missing_stays_so():
    ensemble, levels = fitted(estimator=SeveralTargets()), [0.1, 0.5, 0.9]
    found, interval = ensemble.predict_quantiles(X, levels), ensemble.predict_interval(X, 0.8)
    assert found.shape == (6, 2, 3) and np.isnan(found[0]).all()
    expected = np.array(mixture(ensemble.estimators_, levels))[1:]
    np.testing.assert_allclose(found[1:, 0], expected, rtol=1e-8)
    np.testing.assert_allclose(found[1:, 1], -expected[:, ::-1], rtol=1e-8)
    np.testing.assert_allclose(interval, found[..., [0, 2]], rtol=1e-8)
    y = np.column_stack([Y, -Y])
    assert ensemble.score(X, y) == pytest.approx(r2_score(y[1:], ensemble.predict(X)[1:]))


def test_samples_are_shared_among_the_members():
    ensemble = fitted(3)
    found = ensemble.sample(8, X)
    assert found.shape == (8, 6)
    for i, n in enumerate((3, 3, 2)):
        np.testing.assert_array_equal(found[i::3], ensemble.estimators_[i].sample(n, X))
    np.testing.assert_array_equal(
        ensemble.sample(2, X),
        [ensemble.estimators_[i].sample(1, X)[0] for i in range(2)],
    )


def test_samples_have_the_quantiles_of_the_mixture():
    ensemble = fitted(3)
    found = np.quantile(ensemble.sample(30_000, X), [0.1, 0.5, 0.9], axis=0).T
    np.testing.assert_allclose(found, ensemble.predict_quantiles(X, [0.1, 0.5, 0.9]), atol=0.06)


# --- the rest -----------------------------------------------------------------------------------


def test_new_rows_reach_every_member():
    ensemble = fitted(2)
    assert ensemble.update(X, Y) is ensemble
    assert [member.n_seen_ for member in ensemble.estimators_] == [12, 12]


def test_the_score_is_r2_where_the_truth_is_known():
    ensemble, missing = fitted(), Y.copy()
    assert ensemble.score(X, Y) == pytest.approx(r2_score(Y, ensemble.predict(X)))
    missing.iloc[2] = np.nan
    known = [0, 1, 3, 4, 5]
    expected = r2_score(Y.iloc[known], ensemble.predict(X)[known], sample_weight=known)
    assert ensemble.score(X, missing, sample_weight=np.arange(6)) == pytest.approx(expected)
    frame = X.assign(sales=Y)
    assert ensemble.score(frame, "sales") == pytest.approx(ensemble.score(X, Y))


def test_it_is_a_regressor_that_is_searched_over_time():
    assert is_regressor(ensembles())
    assert ensembles().fit(X).estimators_[0].n_seen_ == 6
    search = GridSearchCV(ensembles(2), {"estimator__width": [1.0, 2.0]}, cv=TimeSeriesSplit(2))
    assert np.isfinite(search.fit(X, Y).best_score_)
    pipeline = make_pipeline(FunctionTransformer(), FakeForecaster())
    ensemble = SeedEnsemble(pipeline, 3, random_state=0).fit(X, Y)
    shifts = [member[-1].shift_ for member in ensemble.estimators_]
    np.testing.assert_allclose(ensemble.predict(X), X["t"] + np.median(shifts))
    assert not hasattr(ensemble, "forecast")


def test_what_is_no_level_is_refused():
    ensemble = fitted(2)
    for quantiles in ([0.5, 1.0], [0], [[0.5]], [np.nan]):
        with pytest.raises(ValueError, match="quantiles must be numbers between 0 and 1"):
            ensemble.predict_quantiles(X, quantiles)
    with pytest.raises(ValueError, match="quantiles is empty"):
        ensemble.predict_quantiles(X, [])
    with pytest.raises(ValueError, match="coverage must be between 0 and 1, but is 80"):
        ensemble.predict_interval(X, 80)
    with pytest.raises(ValueError, match="n must be an int of at least 1"):
        ensemble.sample(0, X)
    with pytest.raises(ValueError, match="the rows of a forecaster are times"):
        ensembles(bootstrap=True).fit(X, Y)


# --- of the forecaster itself -------------------------------------------------------------------


@pytest.fixture(scope="module")
def shops():
    return panel()[["price", "action", "sales"]]


@pytest.fixture(scope="module")
def of_networks(shops):
    model = SeedEnsemble(RNNForecaster(**TINY), n_members=3, random_state=0)
    return model.fit(shops[["price", "action"]], shops["sales"])


@pytest.fixture(scope="module")
def future(shops):
    index = ahead(shops.index, 4)
    return pd.DataFrame({"price": 0.5, "action": "fair"}, index=index)


def test_rows_are_forecast_as_forecast_says(of_networks, future):
    found = of_networks.forecast(4, future, level=[80])
    assert found.index.equals(future.index)
    assert found.columns.tolist() == ["sales", "sales-lo-80", "sales-hi-80"]
    np.testing.assert_allclose(found["sales"], of_networks.predict(future))
    points = [member.predict(future) for member in of_networks.estimators_]
    np.testing.assert_allclose(found["sales"], np.median(points, axis=0))
    deciles = of_networks.predict_quantiles(future)
    assert deciles.shape == (12, 9)
    np.testing.assert_allclose(
        deciles[:, [0, 8]], of_networks.predict_quantiles(future, [0.1, 0.9]), rtol=0.01
    )


def test_what_depends_on_no_seed_is_that_of_a_member(of_networks, future):
    member = of_networks.estimators_[0]
    pd.testing.assert_series_equal(of_networks.naive_errors(), member.naive_errors())
    squared = of_networks.naive_errors(3, squared=True)
    pd.testing.assert_series_equal(squared, member.naive_errors(3, squared=True))
    assert of_networks.series_of(future).tolist() == ["a"] * 4 + ["b"] * 4 + ["c"] * 4
    assert of_networks.count_unknown(future) == {"action": 12}


def test_scores_by_series_know_an_ensemble(of_networks, shops, future):
    truth = np.arange(12.0)
    scale = np.repeat(of_networks.naive_errors().loc[["a", "b", "c"]].to_numpy(), 4)
    errors = np.abs(truth - of_networks.predict(future)) / scale
    score = neg_mean_absolute_scaled_error_scorer(of_networks, future, truth)
    assert score == pytest.approx(-errors.mean())
    pipe = Pipeline([("scale", "passthrough"), ("ensemble", of_networks)])
    assert neg_mean_absolute_scaled_error_scorer(pipe, future, truth) == score
    assert np.isfinite(neg_weighted_quantile_loss_scorer(pipe, future, truth))
    hidden = SeedEnsemble(FakeForecaster(), n_members=2)
    assert not hasattr(hidden, "naive_errors") and not hasattr(hidden, "series_of")


def test_paths_are_repeatable_and_members_draw_apart(of_networks, future):
    one, again, other = (of_networks.sample(6, future, random_state=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    alike = SeedEnsemble(RNNForecaster(**TINY), n_members=2)
    alike.estimators_ = [of_networks.estimators_[0]] * 2
    drawn = alike.sample(2, future, random_state=1)
    assert (drawn[0] != drawn[1]).any()


def test_a_backtest_of_networks_has_the_baselines_once(shops):
    model = SeedEnsemble(RNNForecaster(**TINY), n_members=2, random_state=0)
    series = shops["sales"]
    model.fit(series.groupby(level=0, group_keys=False).head(50))
    found = model.backtest(series, n_windows=2, level=[80])
    single = model.estimators_[0].backtest(series, n_windows=2)
    same = ["shop", "day", "cutoff", "sales", "SeasonalNaive", "LagRidge"]
    pd.testing.assert_frame_equal(found[same], single[same])
    each = [member.backtest(series, n_windows=2) for member in model.estimators_]
    expected = np.median([frame["RNNForecaster"] for frame in each], axis=0)
    np.testing.assert_allclose(found["RNNForecaster"], expected)
