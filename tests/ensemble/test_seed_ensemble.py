"""Ensembles of classifiers and regressors, and what holds for all ensembles."""

import pickle
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, RegressorMixin, clone, is_classifier, is_regressor
from sklearn.ensemble import IsolationForest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklearn_rnn import RNNClassifier, RNNGenerator, RNNLanguageModel, RNNRegressor, Sequences
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.preprocessing import PerStep

SMALL = {"hidden_size": 4, "max_epochs": 1, "batch_size": 8}
N = 24


def ragged(n=N, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(length, 2)) for length in rng.integers(2, 6, size=n)]


X = ragged()
TEXTS = [("good film", "great fun", "bad film", "no fun at all")[i % 4] for i in range(N)]
LABELS = np.array(["no", "perhaps", "yes"])[np.arange(N) % 3]
NUMBERS = np.array([steps.sum() for steps in X])
TARGETS = {
    "labels": LABELS,
    "multilabel": np.arange(2 * N).reshape(N, 2) // 3 % 2,
    "multilabel lists": (np.arange(2 * N).reshape(N, 2) // 3 % 2).tolist(),
    "sparse multilabel": csr_array(np.arange(2 * N).reshape(N, 2) // 3 % 2),
    "columns": [[label, i % 2] for i, label in enumerate(LABELS)],
    "frame of columns": pd.DataFrame({"a": LABELS, "b": np.arange(N) % 4}),
}

every_target = pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS)


def classifiers(n_members=3, random_state=0, **parameters):
    return SeedEnsemble(RNNClassifier(**SMALL), n_members, random_state=random_state, **parameters)


def regressors(n_members=3, random_state=0, **parameters):
    return SeedEnsemble(RNNRegressor(**SMALL), n_members, random_state=random_state, **parameters)


def means(parts):
    """The average by hand: arrays, or lists of arrays."""
    if isinstance(parts[0], list):
        return [means([part[j] for part in parts]) for j in range(len(parts[0]))]
    return sum(parts) / len(parts)


class Recorder(RegressorMixin, BaseEstimator):
    """Keeps what it is fitted with."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None, **others):
        self.weight_, self.others_ = sample_weight, others
        if others.get("fails_for") == self.random_state:
            raise RuntimeError("it went wrong")
        return self

    def predict(self, X):
        if len(X) == 0:
            raise RuntimeError("nothing to predict")
        return np.full(len(X), self.random_state, dtype=np.float64)


# --- members and seeds --------------------------------------------------------------------------


@pytest.mark.parametrize("make", [classifiers, regressors])
def test_one_member_predicts_as_the_estimator_does(make):
    y = LABELS if make is classifiers else NUMBERS
    ensemble = make(1).fit(X, y)
    alone = clone(ensemble.estimators_[0]).fit(X, y)
    np.testing.assert_array_equal(ensemble.predict(X), alone.predict(X))
    assert ensemble.score(X, y) == alone.score(X, y)


def test_members_differ_and_a_larger_ensemble_holds_a_smaller_one():
    small, large = regressors(2).fit(X, NUMBERS), regressors(3).fit(X, NUMBERS)
    found = [member.predict(X) for member in large.estimators_]
    assert len({tuple(part) for part in found}) == 3
    for member, part in zip(small.estimators_, found, strict=False):
        np.testing.assert_array_equal(member.predict(X), part)


def test_the_seed_is_the_ensembles_or_else_the_estimators():
    def seeds(random_state, of_estimator):
        ensemble = SeedEnsemble(Recorder(of_estimator), 2, random_state=random_state)
        return [member.random_state for member in ensemble.fit(X, NUMBERS).estimators_]

    assert seeds(1, None) == seeds(1, 5) == seeds(None, 1) != seeds(2, 1)
    assert seeds(None, None) != seeds(None, None)
    state = np.random.RandomState(0)
    assert seeds(state, None) != seeds(state, None)


def test_every_random_state_of_a_pipeline_is_seeded():
    pipeline = make_pipeline(PerStep(StandardScaler()), Recorder())
    ensemble = SeedEnsemble(pipeline, 2, random_state=0).fit(X, NUMBERS)
    seeds = [member[-1].random_state for member in ensemble.estimators_]
    assert None not in seeds and len(set(seeds)) == 2


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_members_fitted_in_parallel_are_those_fitted_one_by_one(backend):
    one = classifiers(bootstrap=True).fit(TEXTS, LABELS)
    with parallel_config(backend=backend):
        two = classifiers(bootstrap=True, n_jobs=2).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(one.predict_proba(TEXTS), two.predict_proba(TEXTS))


def test_training_goes_on_in_parallel_as_it_does_one_by_one():
    one, two = classifiers().fit(X, LABELS), classifiers(n_jobs=2).fit(X, LABELS)
    for _ in range(2):
        found = [ensemble.partial_fit(X, LABELS).predict_proba(X) for ensemble in (one, two)]
        np.testing.assert_array_equal(*found)


def test_the_estimator_stays_as_it_is():
    estimator = RNNClassifier(**SMALL)
    ensemble = SeedEnsemble(estimator, 2, random_state=0).fit(X, LABELS)
    assert estimator.random_state is None and not hasattr(estimator, "net_")
    assert ensemble.estimator is estimator


# --- averages -----------------------------------------------------------------------------------


@every_target
def test_probabilities_are_the_mean_of_the_members(y):
    ensemble = classifiers().fit(X, y)
    expected = means([member.predict_proba(X) for member in ensemble.estimators_])
    found = ensemble.predict_proba(X)
    assert type(found) is type(expected)
    pairs = zip(found, expected, strict=True) if isinstance(found, list) else [(found, expected)]
    for part, mean in pairs:
        np.testing.assert_allclose(part, mean, rtol=1e-12)
    logs = ensemble.predict_log_proba(X)
    np.testing.assert_allclose(np.exp(logs[0]), found[0])


@every_target
def test_labels_are_the_most_probable_ones_in_the_form_of_the_members(y):
    ensemble = classifiers().fit(X, y)
    found, like = ensemble.predict(X), ensemble.estimators_[0].predict(X)
    assert found.shape == like.shape and found.dtype == like.dtype
    probabilities = ensemble.predict_proba(X)
    if isinstance(probabilities, list):
        pairs = zip(probabilities, ensemble.classes_, strict=True)
        expected = [[classes[i] for i in part.argmax(1)] for part, classes in pairs]
        assert found.T.tolist() == expected
    elif found.ndim == 2:
        assert found.tolist() == (probabilities > 0.5).astype(int).tolist()
    else:
        assert found.tolist() == [ensemble.classes_[i] for i in probabilities.argmax(1)]


@every_target
def test_accuracy_is_the_share_of_rows_that_are_all_right(y):
    ensemble, weight = classifiers().fit(X, y), np.arange(N) % 3
    true = np.array(y.toarray() if hasattr(y, "toarray") else y, dtype=object).reshape(N, -1)
    right = [all(row) for row in true == ensemble.predict(X).reshape(N, -1)]
    assert ensemble.score(X, y) == pytest.approx(np.mean(right))
    weighted = ensemble.score(X, y, sample_weight=weight)
    assert weighted == pytest.approx(np.average(right, weights=weight))
    predicted = ensemble.predict(X)
    assert ensemble.score(X, predicted) == 1.0


def test_ordinal_classes_keep_their_order():
    estimator = RNNClassifier(**SMALL, ordinal=["no", "perhaps", "yes"])
    ensemble = SeedEnsemble(estimator, 2, random_state=0).fit(X, LABELS)
    found = ensemble.predict_proba(X)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert set(ensemble.predict(X)) <= set(LABELS)


def test_numbers_are_the_mean_of_the_members_and_their_spread_is_told():
    for y in (NUMBERS, np.column_stack([NUMBERS, -NUMBERS])):
        ensemble = regressors().fit(X, y)
        parts = np.stack([member.predict(X) for member in ensemble.estimators_])
        np.testing.assert_allclose(ensemble.predict(X), parts.sum(0) / 3)
        variance = ((parts - parts.sum(0) / 3) ** 2).sum(0) / 3
        np.testing.assert_allclose(ensemble.predict_std(X), variance**0.5)
    np.testing.assert_array_equal(regressors(1).fit(X, NUMBERS).predict_std(X), np.zeros(N))


def test_the_likeliest_labels_come_first():
    ensemble = classifiers().fit(X, LABELS)
    found, probabilities = ensemble.predict_top_k(X, k=2), ensemble.predict_proba(X)
    for labels, row in zip(found, probabilities, strict=True):
        by_label = dict(zip(ensemble.classes_, row, strict=True))
        assert labels.tolist() == sorted(by_label, key=by_label.get, reverse=True)[:2]
    with pytest.raises(ValueError, match="from 1 to the number of classes, 3, but is 4"):
        ensemble.predict_top_k(X, k=4)
    with pytest.raises(ValueError, match="rank the columns of predict_proba instead"):
        classifiers(1).fit(X, TARGETS["multilabel"]).predict_top_k(X, k=1)


def test_another_fit_forgets_the_one_before():
    ensemble = classifiers(2).fit(X, TARGETS["columns"]).fit(X, LABELS)
    assert ensemble.predict(X).shape == (N,)
    ensemble.set_params(estimator=RNNRegressor(**SMALL)).fit(X, NUMBERS)
    assert not hasattr(ensemble, "classes_")


# --- weights and the bootstrap ------------------------------------------------------------------


def test_a_bootstrap_member_counts_draws_and_leaves_rows_out():
    ensemble = SeedEnsemble(Recorder(), 200, bootstrap=True, random_state=0).fit(X, NUMBERS)
    counts = np.stack([member.weight_ for member in ensemble.estimators_])
    assert (counts.sum(axis=1) == N).all() and len({tuple(row) for row in counts}) == 200
    # The chance that a row is never drawn is (1 - 1/n)^n.
    assert np.mean(counts == 0) == pytest.approx((1 - 1 / N) ** N, abs=0.02)
    assert counts.mean(axis=0) == pytest.approx(1, abs=0.3)


def test_draws_are_multiplied_by_the_weights():
    weight = np.arange(N) / 4
    plain, weighted = (
        SeedEnsemble(Recorder(), 2, bootstrap=True, random_state=0).fit(X, NUMBERS, given)
        for given in (None, weight)
    )
    for one, other in zip(plain.estimators_, weighted.estimators_, strict=True):
        np.testing.assert_array_equal(one.weight_ * weight, other.weight_)


def test_a_member_never_sees_the_texts_it_did_not_draw():
    words = [[f"word{i}"] for i in range(N)]
    ensemble = classifiers(bootstrap=True).fit(words, LABELS)
    unknown = [member.count_unknown(words)["tokens"] for member in ensemble.estimators_]
    assert all(0 < n < N for n in unknown)
    np.testing.assert_array_equal(ensemble.classes_, ["no", "perhaps", "yes"])
    assert ensemble.predict_proba(words).shape == (N, 3)


def test_a_bootstrap_takes_every_form_of_input():
    sequences = Sequences.from_list(X)
    forms = [X, sequences, np.zeros((N, 3, 2)), pd.DataFrame(np.zeros((N, 3))), TEXTS]
    for form in forms:
        ensemble = regressors(2, bootstrap=True).fit(form, NUMBERS)
        assert ensemble.predict(form).shape == (N,)


def test_weights_without_a_bootstrap_are_handed_on():
    ensemble = SeedEnsemble(Recorder(), 2, random_state=0).fit(X, NUMBERS, np.arange(N))
    assert all((member.weight_ == np.arange(N)).all() for member in ensemble.estimators_)
    ensemble.fit(X, NUMBERS, X_val=X, y_val=NUMBERS)
    assert [member.weight_ for member in ensemble.estimators_] == [None, None]
    assert all(member.others_["X_val"] is X for member in ensemble.estimators_)


def test_validation_data_reach_the_members():
    ensemble = regressors(2).fit(X, NUMBERS, X_val=X[:6], y_val=NUMBERS[:6])
    assert all("valid_loss" in member.history_[0] for member in ensemble.estimators_)


def test_targets_in_pandas_are_aligned_by_the_ids_of_the_sequences():
    frame = pd.DataFrame(
        [(f"id{i}", *step) for i, steps in enumerate(X) for step in steps], columns=["id", "a", "b"]
    )
    sequences = Sequences.from_frame(frame, id_col="id", numeric=["a", "b"])
    y = pd.Series(NUMBERS, index=[f"id{i}" for i in range(N)])
    weight = pd.Series(np.arange(N) / 4, index=y.index)
    expected = regressors(2, bootstrap=True).fit(sequences, y, weight)
    ensemble = regressors(2, bootstrap=True).fit(sequences, y[::-1], weight[::-1])
    np.testing.assert_array_equal(ensemble.predict(sequences), expected.predict(sequences))
    in_order = y[sequences.ids].to_numpy(), weight[sequences.ids].to_numpy()
    assert ensemble.score(sequences, y[::-1], weight[::-1]) == pytest.approx(
        r2_score(in_order[0], ensemble.predict(sequences), sample_weight=in_order[1])
    )


# --- what it is to scikit-learn -----------------------------------------------------------------


def test_it_is_of_the_kind_of_its_estimator():
    assert is_classifier(classifiers()) and not is_regressor(classifiers())
    assert is_regressor(regressors()) and not is_classifier(regressors())


def test_methods_are_there_where_the_estimator_has_them():
    assert hasattr(classifiers(), "predict_proba") and hasattr(classifiers(), "predict_top_k")
    assert hasattr(regressors(), "predict_std") and hasattr(regressors(), "partial_fit")
    for name in ("predict_proba", "predict_log_proba", "predict_top_k", "forecast", "sample"):
        assert not hasattr(regressors(), name)
    for name in ("predict_std", "predict_spans", "transform", "decision_function", "backtest"):
        assert not hasattr(classifiers(), name)
    assert not hasattr(SeedEnsemble(Recorder()), "partial_fit")
    assert not hasattr(SeedEnsemble(StandardScaler()), "predict_std")


def test_features_and_classes_are_those_of_the_members():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 3)), columns=["a", "b", "c"])
    ensemble = classifiers(2).fit(frame, LABELS)
    assert ensemble.n_features_in_ == 3 and ensemble.feature_names_in_.tolist() == ["a", "b", "c"]
    assert ensemble.classes_.tolist() == ["no", "perhaps", "yes"]
    ensemble.fit(X, LABELS)
    assert ensemble.n_features_in_ == 2 and not hasattr(ensemble, "feature_names_in_")


def test_a_copy_predicts_the_same_and_a_clone_is_unfitted():
    ensemble = classifiers(2).fit(TEXTS, LABELS)
    copied = pickle.loads(pickle.dumps(ensemble))
    np.testing.assert_array_equal(copied.predict_proba(TEXTS), ensemble.predict_proba(TEXTS))
    with pytest.raises(NotFittedError):
        clone(ensemble).predict(TEXTS)


def test_parameters_of_the_estimator_can_be_searched():
    grid = {"estimator__cell": ["gru", "lstm"], "n_members": [1, 2]}
    search = GridSearchCV(classifiers(), grid, cv=2, error_score="raise").fit(X, LABELS)
    assert set(search.best_params_) == set(grid)
    expected = cross_val_score(
        classifiers(1).set_params(estimator__cell="gru"), X, LABELS, cv=2
    ).mean()
    assert search.cv_results_["mean_test_score"][0] == pytest.approx(expected)


def test_the_ensemble_ends_a_pipeline_or_holds_one():
    inside = SeedEnsemble(
        make_pipeline(PerStep(StandardScaler()), RNNRegressor(**SMALL)), 2, random_state=0
    )
    outside = make_pipeline(PerStep(StandardScaler()), regressors(2, bootstrap=True))
    for model in (inside, outside):
        scores = cross_val_score(model, X, NUMBERS, cv=KFold(2), error_score="raise")
        assert np.isfinite(scores).all()


def test_other_classifiers_are_averaged_too():
    table = np.random.default_rng(0).normal(size=(N, 3))
    tree = DecisionTreeClassifier(max_features=1)
    ensemble = SeedEnsemble(tree, 9, bootstrap=True, random_state=0).fit(table, LABELS)
    votes = np.array([member.predict(table) for member in ensemble.estimators_]).T
    first = [Counter(sorted(row)).most_common(1)[0][0] for row in votes.tolist()]
    assert ensemble.predict(table).tolist() == first


def test_partial_fit_goes_on_with_every_member():
    ensemble, classes = classifiers(2), ["no", "perhaps", "yes"]
    alone = [RNNClassifier(**SMALL) for _ in range(2)]
    for _ in range(3):
        ensemble.partial_fit(X, LABELS, classes=classes, sample_weight=np.arange(N) % 2)
    for member, other in zip(ensemble.estimators_, alone, strict=True):
        other.set_params(random_state=member.random_state)
        for _ in range(3):
            other.partial_fit(X, LABELS, classes=classes, sample_weight=np.arange(N) % 2)
    expected = means([other.predict_proba(X) for other in alone])
    np.testing.assert_allclose(ensemble.predict_proba(X), expected, rtol=1e-12)
    with pytest.raises(ValueError, match="call fit, or set bootstrap=False"):
        classifiers(bootstrap=True).partial_fit(X, LABELS, classes=classes)


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_the_error_of_a_member_names_it(n_jobs):
    ensemble = SeedEnsemble(Recorder(), 3, random_state=0, n_jobs=n_jobs)
    seed = ensemble.fit(X, NUMBERS).estimators_[1].random_state
    with pytest.raises(RuntimeError, match="it went wrong") as caught:
        ensemble.fit(X, NUMBERS, fails_for=seed)
    note = f"This is the error of member 1 of 3 (random_state={seed})."
    assert note in caught.value.__notes__
    assert not hasattr(ensemble, "estimators_")


def test_the_error_of_a_prediction_names_the_member():
    ensemble = SeedEnsemble(Recorder(), 3, random_state=0).fit(X, NUMBERS)
    with pytest.raises(RuntimeError, match="nothing to predict") as caught:
        ensemble.predict([])
    assert "member 0 of 3" in caught.value.__notes__[0]


def test_what_cannot_be_averaged_is_refused():
    for estimator in (IsolationForest(), "none"):
        with pytest.raises((TypeError, ValueError), match="averages classifiers|must be an object"):
            SeedEnsemble(estimator).fit(X, NUMBERS)
    with pytest.raises(ValueError, match="has no random_state, so that all 5 members"):
        SeedEnsemble(LinearRegression()).fit(X, NUMBERS)
    with pytest.raises(ValueError, match="'n_members' parameter"):
        SeedEnsemble(Recorder(), 0).fit(X, NUMBERS)


def test_a_bootstrap_needs_an_estimator_that_takes_weights():
    pipeline = make_pipeline(PerStep(StandardScaler()), RNNRegressor(**SMALL))
    with pytest.raises(ValueError, match="put the ensemble into the pipeline as its last step"):
        SeedEnsemble(pipeline, bootstrap=True).fit(X, NUMBERS)


def test_a_row_of_labels_too_many_is_told():
    ensemble = classifiers(1).fit(X, TARGETS["columns"])
    with pytest.raises(ValueError, match=r"\(24, 3\), but \(24, 2\) is expected"):
        ensemble.score(X, [["no", 1, 1]] * N)


def test_nothing_is_printed(capfd):
    classifiers(2).fit(X, LABELS).predict(X)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("cls", [RNNLanguageModel, RNNGenerator])
def test_what_draws_is_refused(cls):
    with pytest.raises(TypeError, match=f"estimator is a {cls.__name__}, but an ensemble averages"):
        SeedEnsemble(cls()).fit(["a b", "b a"] * 5, [0, 1] * 5)
