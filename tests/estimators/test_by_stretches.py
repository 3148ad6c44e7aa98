"""Training that cuts the gradient every few steps, or computes states a second time."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import sklearn_rnn
from sklearn_rnn import RNNClassifier, RNNRegressor, RNNTagger
from tests.own_cells import Forgetful, Mixer

SMALL = {
    "hidden_size": 6,
    "max_epochs": 2,
    "batch_size": 4,
    "lr": 0.05,
    "dropout": 0.2,
    "early_stopping": False,
    "random_state": 0,
}
ONE_WAY = {"bidirectional": False, "convolution": None, "pooling": "last"}
ESTIMATORS = {
    "classifier": (RNNClassifier, ONE_WAY),
    "both ways": (RNNClassifier, {"bidirectional": True, "num_layers": 2}),
    "regressor": (RNNRegressor, ONE_WAY),
    "segments": (RNNRegressor, ONE_WAY | {"segment": 2}),
    "stem": (RNNRegressor, ONE_WAY | {"convolution": "stem", "stride": 2}),
    "mean": (RNNRegressor, ONE_WAY | {"pooling": "mean"}),
    "tagger": (RNNTagger, {"bidirectional": True}),
}
every_estimator = pytest.mark.parametrize("kind", ESTIMATORS)
both = pytest.mark.parametrize("changed", [{"tbptt": 3}, {"recompute": True}], ids=str)


@pytest.fixture
def X(rng):
    return [rng.normal(size=(length, 2)) for length in [1, 3, 20, 7, 9, 12, 14, 30]]


def fit(kind, X, **options):
    estimator, parameters = ESTIMATORS[kind]
    y = [i % 2 for i in range(len(X))]
    if estimator is RNNTagger:
        y = [[label] * len(x) for label, x in zip(y, X, strict=True)]
    return estimator(**SMALL | parameters | options).fit(X, y)


def weights(model):
    return {name: weight.numpy() for name, weight in model.module_.state_dict().items()}


def assert_same_weights(model, expected, tolerance=0.0):
    for name, weight in weights(model).items():
        other = weights(expected)[name]
        np.testing.assert_allclose(weight, other, rtol=tolerance, atol=tolerance, err_msg=name)


@every_estimator
def test_stretches_as_long_as_the_longest_sequence_give_the_plain_fit(kind, X):
    assert_same_weights(fit(kind, X, tbptt=max(map(len, X))), fit(kind, X))


@every_estimator
def test_recomputing_gives_the_same_model(kind, X):
    assert_same_weights(fit(kind, X, recompute=True), fit(kind, X), 1e-5)


@every_estimator
def test_truncation_gives_another_model_that_recomputing_leaves_as_it_is(kind, X):
    plain, cut = fit(kind, X), fit(kind, X, tbptt=3)
    changed = [not np.allclose(w, weights(plain)[name]) for name, w in weights(cut).items()]
    assert any(changed)
    assert_same_weights(fit(kind, X, tbptt=3, recompute=True), cut, 1e-5)
    assert_same_weights(fit(kind, X, tbptt=3), cut)


def test_a_step_is_what_the_recurrent_layers_read(X):
    # 30 steps are 15 segments of 2 (and 8 of 4), which are cut only if tbptt fits in twice
    plain = fit("segments", X, segment=4)
    assert_same_weights(fit("segments", X, segment=4, tbptt=5), plain)
    with pytest.raises(AssertionError):
        assert_same_weights(fit("segments", X, segment=4, tbptt=4), plain)


@both
def test_a_model_is_saved_with_how_it_was_trained(changed, X, tmp_path):
    model = fit("classifier", X, **changed)
    model.save(tmp_path / "model")
    for copied in (sklearn_rnn.load(tmp_path / "model"), pickle.loads(pickle.dumps(model))):
        assert copied.get_params() == model.get_params()
        np.testing.assert_array_equal(copied.predict_proba(X), model.predict_proba(X))
    assert_same_weights(clone(model).fit(X, [i % 2 for i in range(len(X))]), model)


@both
def test_training_goes_on_in_another_way(changed, X):
    y = [i % 2 for i in range(len(X))]
    first = fit("classifier", X, warm_start=True)
    first.set_params(**changed).fit(X, y)
    recurrent = first.module_.body.recurrent
    assert {name: getattr(recurrent, name) for name in changed} == changed
    first.set_params(tbptt=None, recompute=False).partial_fit(X, y)
    assert (recurrent.tbptt, recurrent.recompute) == (None, False)


def test_it_can_be_searched(X):
    X = X * 3
    search = GridSearchCV(
        RNNClassifier(**SMALL | ONE_WAY), {"tbptt": [3, None], "recompute": [False, True]}, cv=2
    )
    search.fit(X, [i % 2 for i in range(len(X))])
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@both
def test_an_own_cell_has_to_carry_a_state(changed, X):
    fit("classifier", X, cell=Mixer, **changed)
    with pytest.raises(ValueError, match="Forgetful .*from stretch to stretch.*leave tbptt at"):
        fit("classifier", X, cell=Forgetful, **changed)
    fit("classifier", X, cell=Forgetful)
