"""scikit-learn's own checks of estimators."""

from functools import partial

import pytest
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator

from sklearn_rnn import RNNClassifier, RNNEncoder, RNNGenerator, RNNRegressor

SMALL = {
    "hidden_size": 8,
    "lr": 0.03,
    "pooling": "mean",
    "bidirectional": False,
    "convolution": None,
}
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "a weight of two cannot equal a row given twice: the row makes other batches"
    )
}


@pytest.fixture(autouse=True)
def global_generators_stay():
    """Let the checks draw from numpy's global generator, as some of them do themselves."""


def is_repeated(check):
    """Tell whether a check is another one once more, on data in another container."""
    if not isinstance(check, partial):
        return False
    return "readonly_memmap" in check.keywords or "not_an_array" in check.func.__name__


def every_check(*estimators, repeated=True):
    # scikit-learn's parametrize_with_checks hands pytest a generator, up to release 1.7.
    return pytest.mark.parametrize(
        "estimator, check",
        [
            pair
            for estimator in estimators
            for pair in estimator_checks_generator(
                estimator, expected_failed_checks=EXPECTED_FAILURES, mark="xfail"
            )
            if repeated or not is_repeated(pair[1])
        ],
        ids=name_of,
    )


def name_of(value):
    if isinstance(value, partial):
        options = [f"{name}={option}" for name, option in value.keywords.items()]
        return "-".join([value.func.__name__, *options])
    return type(value).__name__


@every_check(RNNClassifier(**SMALL, max_epochs=10), RNNRegressor(**SMALL, max_epochs=25))
def test_small_estimator_passes_scikit_learns_checks(estimator, check):
    check(estimator)


@every_check(
    RNNClassifier(**SMALL, max_epochs=10, missing="mask"),
    RNNRegressor(**SMALL, max_epochs=25, missing="mask"),
    repeated=False,
)
def test_estimator_that_reads_gaps_passes_scikit_learns_checks(estimator, check):
    assert get_tags(estimator).input_tags.allow_nan
    check(estimator)


@every_check(RNNGenerator(hidden_size=8, n_components=2, max_epochs=3), repeated=False)
def test_generator_passes_scikit_learns_checks(estimator, check):
    check(estimator)


@every_check(RNNEncoder(hidden_size=8, bidirectional=False, max_epochs=2), repeated=False)
def test_small_encoder_passes_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@every_check(RNNClassifier(), RNNRegressor(), repeated=False)
def test_default_estimator_passes_scikit_learns_checks(estimator, check):
    check(estimator)
