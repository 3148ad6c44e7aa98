"""Searches that spend epochs where they pay: halving ones, and those of Optuna."""

import warnings

import numpy as np
import optuna
import pytest
from optuna_integration import SkorchPruningCallback
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV, cross_val_score

from sklearn_rnn import RNNClassifier, RNNRegressor
from tests.parallel_fits import SMALL, data, make

with warnings.catch_warnings():
    # It is experimental, and the latest release of optuna-integration uses a part of optuna that
    # the latest of optuna calls deprecated.
    warnings.simplefilter("ignore", FutureWarning)
    from optuna_integration.sklearn import OptunaSearchCV

X, Y = data("texts")
AUTO = SMALL | {"max_epochs": "auto"}


def epochs_of(search):
    """How many epochs each round of a halving search gave its candidates."""
    found = search.cv_results_
    return [set(found["n_resources"][found["iter"] == i]) for i in range(search.n_iterations_)]


# --- halving ------------------------------------------------------------------------------------


class Counting(RNNClassifier):
    """Notes the epochs of every fit."""

    fits = []

    def fit(self, X, y, **options):
        super().fit(X, y, **options)
        self.fits.append((self.lr, self.n_iter_))
        return self


@pytest.mark.parametrize("start", ["auto", 7])
def test_halving_gives_epochs_to_those_who_earn_them(start, monkeypatch):
    monkeypatch.setattr(Counting, "fits", [])
    search = HalvingGridSearchCV(
        Counting(**SMALL | {"max_epochs": start}),
        {"lr": [1e-6, 1e-5, 1e-4, 0.05]},
        resource="max_epochs",
        max_resources=8,
        factor=2,
        cv=2,
        random_state=0,
    ).fit(X, Y)
    assert search.n_resources_ == [2, 4, 8] and search.n_candidates_ == [4, 2, 1]
    assert epochs_of(search) == [{2}, {4}, {8}]
    *tried, refitted = Counting.fits
    assert [n for _, n in tried] == [2] * 8 + [4] * 4 + [8] * 2
    assert refitted == (search.best_params_["lr"], 8)
    assert search.best_params_ == {"lr": 0.05, "max_epochs": 8}
    assert search.estimator.max_epochs == start
    best = cross_val_score(RNNClassifier(**SMALL | search.best_params_), X, Y, cv=2)
    assert search.best_score_ == best.mean()


def test_halving_with_early_stopping_gives_epochs_as_a_limit():
    search = HalvingGridSearchCV(
        RNNRegressor(**AUTO, early_stopping=True, n_iter_no_change=1, tol=10.0),
        {"cell": ["gru", "lstm", "rnn_tanh"]},
        resource="max_epochs",
        max_resources=9,
        cv=2,
        random_state=0,
    ).fit(*data("events"))
    assert search.n_resources_ == [3, 9]
    assert search.best_estimator_.max_epochs == 9
    assert search.best_estimator_.n_iter_ == 2  # no improvement by 10 is ever to be had


# --- Optuna -------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def quiet():
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


def test_a_pruned_trial_ends_after_its_epoch_and_the_others_do_not():
    ended = []

    def objective(trial):
        callback = SkorchPruningCallback(trial, "valid_loss")
        lr = trial.suggest_categorical("lr", [0.05, 1e-6])
        model = RNNClassifier(**SMALL | {"lr": lr, "max_epochs": 5, "callbacks": [callback]})
        try:
            model.fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2])
        except optuna.TrialPruned:
            ended.append((lr, hasattr(model, "net_")))
            raise
        losses = [record["valid_loss"] for record in model.history_]
        assert losses == list(trial.storage.get_trial(trial._trial_id).intermediate_values.values())
        return min(losses)

    grid = optuna.samplers.GridSampler({"lr": [0.05, 1e-6]}, seed=1)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=1, n_warmup_steps=2)
    study = optuna.create_study(sampler=grid, pruner=pruner)
    study.enqueue_trial({"lr": 0.05})
    study.optimize(objective, n_trials=2)
    assert [trial.params["lr"] for trial in study.trials] == [0.05, 1e-6]
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "PRUNED"]
    assert [len(trial.intermediate_values) for trial in study.trials] == [5, 3]
    assert ended == [(1e-6, False)]  # a fit that was broken off has left nothing half done


def optuna_search(**options):
    """A search that tries the learning rate 0.05 first, and then one that learns nothing."""
    grid = {"lr": optuna.distributions.CategoricalDistribution([0.05, 1e-6])}
    pruner = optuna.pruners.MedianPruner(n_startup_trials=1)
    study = optuna.create_study(direction="maximize", pruner=pruner)
    for lr in (0.05, 1e-6):
        study.enqueue_trial({"lr": lr})
    options |= {"cv": 2, "n_trials": 2, "scoring": "neg_log_loss", "study": study}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return OptunaSearchCV(make("texts"), grid, **options)


calls_what_is_deprecated = pytest.mark.filterwarnings(
    "ignore:`optuna.terminator` module has been deprecated:FutureWarning"
)


@calls_what_is_deprecated
def test_optuna_search_cv_finds_what_cross_validation_finds():
    search = optuna_search().fit(X, Y)
    found = {trial.params["lr"]: trial.value for trial in search.trials_}
    for lr in (0.05, 1e-6):
        model = make("texts").set_params(lr=lr)
        scores = cross_val_score(model, X, Y, cv=2, scoring="neg_log_loss")
        assert found[lr] == pytest.approx(scores.mean(), abs=1e-12)
    expected = make("texts").set_params(lr=0.05).fit(X, Y)
    np.testing.assert_array_equal(search.predict_proba(X), expected.predict_proba(X))


@calls_what_is_deprecated
def test_optuna_search_cv_prunes_by_partial_fit():
    search = optuna_search(enable_pruning=True, max_iter=4).fit(X, Y)
    assert [trial.state.name for trial in search.trials_] == ["COMPLETE", "PRUNED"]
    assert [len(trial.intermediate_values) for trial in search.trials_] == [4, 1]
    assert search.best_params_ == {"lr": 0.05}
