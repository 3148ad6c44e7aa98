"""scikit-learn's own checks of ensembles."""

from functools import partial

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from sklearn_rnn import RNNClassifier, RNNRegressor
from sklearn_rnn.ensemble import SeedEnsemble

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
ENSEMBLES = [
    SeedEnsemble(RNNClassifier(**SMALL, max_epochs=10), n_members=2),
    SeedEnsemble(RNNRegressor(**SMALL, max_epochs=25), n_members=2),
]


@pytest.fixture(autouse=True)
def global_generators_stay():
    """Let the checks draw from numpy's global generator, as some of them do themselves."""


def is_repeated(check):
    """Tell whether a check is another one once more, on data in another container."""
    if not isinstance(check, partial):
        return False
    return "readonly_memmap" in check.keywords or "not_an_array" in check.func.__name__


def name_of(value):
    if isinstance(value, partial):
        options = [f"{name}={option}" for name, option in value.keywords.items()]
        return "-".join([value.func.__name__, *options])
    return type(value.estimator).__name__


@pytest.mark.parametrize(
    "ensemble, check",
    [
        pair
        for ensemble in ENSEMBLES
        for pair in estimator_checks_generator(
            ensemble, expected_failed_checks=EXPECTED_FAILURES, mark="xfail"
        )
        if not is_repeated(pair[1])
    ],
    ids=name_of,
)
def test_scikit_learn_has_nothing_to_complain_about(ensemble, check):
    check(ensemble)
