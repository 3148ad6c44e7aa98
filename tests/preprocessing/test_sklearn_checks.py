"""scikit-learn's own checks of the transformers that take numbers; it has none for texts."""

import pytest
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from sklearn_rnn.preprocessing import PerStep, SequencePadder

CASES = {
    "PerStep": PerStep(StandardScaler()),
    "PerStep of PCA": PerStep(PCA(1)),
    "PerStep of an imputer": PerStep(SimpleImputer()),
    "SequencePadder": SequencePadder(),
    "SequencePadder to the left": SequencePadder(3, side="left", truncation="left", value=-1.5),
    "SequencePadder to an array": SequencePadder(as_array=True),
}


@pytest.fixture(autouse=True)
def global_generators_stay():
    """Let the checks draw from numpy's global generator, as some of them do themselves."""


@pytest.mark.parametrize(
    "estimator, check",
    [
        pytest.param(*pair, id=f"{name}-{pair[1].func.__name__}")
        for name, estimator in CASES.items()
        for pair in estimator_checks_generator(estimator, legacy=True)
    ],
)
def test_scikit_learn_has_nothing_to_complain_about(estimator, check):
    check(estimator)
