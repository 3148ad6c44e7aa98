"""RNNForecaster within scikit-learn's tools, as they are, and scikit-learn's own checks."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    TimeSeriesSplit,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from sklearn_rnn import RNNForecaster
from sklearn_rnn.metrics import make_forecast_scorer, mean_absolute_scaled_error
from sklearn_rnn.model_selection import PanelTimeSeriesSplit
from tests.forecasting_data import TINY, daily, frame, panel

FORECASTER = RNNForecaster(**TINY)
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "rows are times: one given twice is another series"
    ),
    "check_methods_sample_order_invariance": "rows without time follow each other",
    "check_methods_subset_invariance": "rows without time follow each other",
    "check_regressor_data_not_an_array": (
        "rows of a frame are the times of its index, rows of an array follow those of fit"
    ),
}


def table():
    return frame(120)[["price", "visitors"]], daily(120)


def shops():
    data = panel(80)
    return data[["price", "visitors"]], data["sales"]


KINDS = {
    "frame": (*table(), TimeSeriesSplit(3)),
    "frame, gap": (*table(), TimeSeriesSplit(3, gap=2)),
    "no columns": (table()[0][[]], table()[1], TimeSeriesSplit(3)),
    "rows": (table()[0].reset_index(drop=True), table()[1].to_numpy(), TimeSeriesSplit(3)),
    "arrays": (table()[0].to_numpy(), table()[1].to_numpy(), TimeSeriesSplit(3)),
    "panel": (*shops(), PanelTimeSeriesSplit(2)),
    "panel, no columns": (shops()[0][[]], shops()[1], PanelTimeSeriesSplit(2)),
}
every_kind = pytest.mark.parametrize("X, y, cv", KINDS.values(), ids=KINDS)


@every_kind
def test_cross_val_score(X, y, cv):
    scores = cross_val_score(FORECASTER, X, y, cv=cv, error_score="raise")
    assert np.isfinite(scores).all()


@every_kind
def test_grid_search_over_a_pipeline(X, y, cv):
    steps = [("rnnforecaster", FORECASTER)]
    if X.shape[1]:
        scaler = StandardScaler()
        if isinstance(X, pd.DataFrame):
            scaler.set_output(transform="pandas")
        steps.insert(0, ("scaler", scaler))
    search = GridSearchCV(
        Pipeline(steps), {"rnnforecaster__cell": ["gru", "lstm"]}, cv=cv, error_score="raise"
    ).fit(X, y)
    assert search.best_params_["rnnforecaster__cell"] in ("gru", "lstm")
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert isinstance(search.best_estimator_[-1], RNNForecaster)


@every_kind
def test_transformed_target(X, y, cv):
    forecaster = RNNForecaster(**TINY, log=False)
    model = TransformedTargetRegressor(forecaster, transformer=StandardScaler())
    scores = cross_val_score(model, X, y, cv=cv, error_score="raise")
    np.testing.assert_allclose(scores, cross_val_score(forecaster, X, y, cv=cv), atol=0.01)


@every_kind
def test_halving_search_over_epochs(X, y, cv):
    search = HalvingGridSearchCV(
        FORECASTER,
        {"hidden_size": [3, 4, 5]},
        resource="max_epochs",
        max_resources=4,
        min_resources=1,
        cv=cv,
        error_score="raise",
    ).fit(X, y)
    assert search.best_estimator_.max_epochs > 1


def test_training_scores_and_learning_curves():
    X, y = table()
    found = cross_validate(
        FORECASTER,
        X,
        y,
        cv=TimeSeriesSplit(2),
        scoring="neg_mean_absolute_error",
        return_train_score=True,
        error_score="raise",
    )
    assert np.isfinite(found["train_score"]).all()
    sizes, train_scores, _ = learning_curve(
        FORECASTER, X, y, cv=TimeSeriesSplit(2), train_sizes=[0.8, 1.0], error_score="raise"
    )
    assert len(sizes) == 2 and np.isfinite(train_scores).all()


def test_scaled_scores_of_a_panel():
    X, y = shops()
    scorer = make_forecast_scorer(mean_absolute_scaled_error)
    scores = cross_val_score(
        FORECASTER, X, y, cv=PanelTimeSeriesSplit(2), scoring=scorer, error_score="raise"
    )
    assert (scores < 0).all()


def test_a_transformer_that_strips_the_index_is_an_error_that_says_how_to_keep_it():
    X, y = table()
    model = make_pipeline(StandardScaler(), FORECASTER).fit(X, y)
    with pytest.raises(ValueError, match="set_output\\(transform='pandas'\\)"):
        model.predict(X)


def name_of(value):
    return getattr(getattr(value, "func", value), "__name__", type(value).__name__)


@pytest.fixture
def global_generators_stay():
    """Let the checks draw from numpy's global generator, as some of them do themselves."""


# scikit-learn's parametrize_with_checks hands pytest a generator, up to release 1.7.
@pytest.mark.parametrize(
    "estimator, check",
    list(
        estimator_checks_generator(
            RNNForecaster(horizon=2, window=4, hidden_size=4, max_epochs=2, windows_per_epoch=32),
            expected_failed_checks=EXPECTED_FAILURES,
            mark="xfail",
        )
    ),
    ids=name_of,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)
