"""How both estimators train: weights, going on, early stopping, schedules, optimisers, records."""

import json
import pickle

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss
from skorch.callbacks import Callback

from sklearn_rnn import RNNClassifier, RNNRegressor

SMALL = {
    "hidden_size": 8,
    "max_epochs": 3,
    "batch_size": 8,
    "lr": 0.02,
    "dropout": 0.1,
    "early_stopping": False,
    "random_state": 0,
}
rng = np.random.default_rng(0)
X = [rng.normal(size=(2 + i % 5, 2)) for i in range(48)]
CLASSES = np.array([int(x[0, 0] > 0) for x in X])
NUMBERS = np.array([x[0, 0] + 0.1 * x[-1, 1] for x in X])
X_VAL = [rng.normal(size=(2 + i % 5, 2)) for i in range(20)]
TEXTS = ["a good film", "great fun", "a bad film", "no fun at all", "good , good", "bad !"] * 8

targets = {RNNClassifier: CLASSES, RNNRegressor: NUMBERS}
targets_val = {
    RNNClassifier: np.array([int(x[0, 0] > 0) for x in X_VAL]),
    RNNRegressor: np.array([x[0, 0] + 0.1 * x[-1, 1] for x in X_VAL]),
}
both = pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])


def fit(estimator, X=X, y=None, *, sample_weight=None, X_val=None, y_val=None, **parameters):
    model = estimator(**(SMALL | parameters))
    y = targets[estimator] if y is None else y
    return model.fit(X, y, sample_weight=sample_weight, X_val=X_val, y_val=y_val)


def weights(model):
    return [weight.detach().numpy().copy() for weight in model.module_.state_dict().values()]


def same_weights(model, other):
    pairs = zip(weights(model), weights(other), strict=True)
    return all(np.array_equal(weight, of_other) for weight, of_other in pairs)


def predictions(model, X):
    return getattr(model, "predict_proba", model.predict)(X)


def recorded(model, name):
    return [record[name] for record in model.history_]


class Watch(Callback):
    """Keeps what skorch's events show of a fit."""

    def on_train_begin(self, net, **kwargs):
        self.first_weights = [weight.detach().numpy().copy() for weight in net.module_.parameters()]
        self.rates, self.norms = [], []

    def on_epoch_begin(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        self.train, self.valid = dataset_train, dataset_valid

    def on_grad_computed(self, net, **kwargs):
        self.rates.append(net.optimizer_.param_groups[0]["lr"])
        gradients = [weight.grad for weight in net.module_.parameters() if weight.grad is not None]
        self.norms.append(float(torch.nn.utils.get_total_norm(gradients)))


def watched(model):
    """Give the copy of ``Watch`` that the fit has filled."""
    return next(hook for _, hook in model.net_.callbacks_ if isinstance(hook, Watch))


def first_classes(estimator):
    """Give what a first ``partial_fit`` is called with beside X and y."""
    return {"classes": [0, 1]} if estimator is RNNClassifier else {}


# --- sample_weight ------------------------------------------------------------------------------


@pytest.mark.parametrize("early_stopping", [False, True])
@both
def test_weight_zero_leaves_the_sequence_out(estimator, early_stopping):
    kept = np.arange(48) % 4 != 1
    weight = np.where(kept, 1.0, 0.0)
    weighted = fit(estimator, sample_weight=weight, early_stopping=early_stopping)
    left = [x for x, keep in zip(X, kept, strict=True) if keep]
    y = targets[estimator][kept]
    model = fit(estimator, left, y, sample_weight=np.ones(len(left)), early_stopping=early_stopping)
    assert same_weights(weighted, model)
    np.testing.assert_array_equal(predictions(weighted, X), predictions(model, X))


@both
def test_weight_zero_leaves_a_text_out(estimator):
    y = np.arange(48) % 2
    weight = np.repeat([1.0, 0.0], 24)
    texts = TEXTS[:24] + ["words that only stand here"] * 24
    weighted = fit(estimator, texts, y, sample_weight=weight)
    assert same_weights(weighted, fit(estimator, texts[:24], y[:24]))
    assert "only" not in list(weighted.encoder_.vocabulary_)


@both
def test_equal_weights_are_no_weights(estimator):
    for value in (1, 3.0, 0.25):
        weighted = fit(estimator, sample_weight=np.full(48, value))
        assert same_weights(weighted, fit(estimator))


@both
def test_scale_of_weights_does_not_matter(estimator):
    weight = np.linspace(0.1, 2, 48)
    model = fit(estimator, sample_weight=weight)
    assert same_weights(fit(estimator, sample_weight=1024 * weight), model)
    assert not same_weights(fit(estimator), model)


def test_sequences_of_more_weight_are_fitted_better():
    contradictory = [np.ones((2, 1))] * 40
    heavy = np.repeat([9.0, 1.0], 20)
    y = np.repeat([0, 1], 20)
    proba = fit(
        RNNClassifier, contradictory, y, sample_weight=heavy, max_epochs=20, lr=0.05
    ).predict_proba(contradictory[:1])
    assert abs(proba[0, 0] - 0.9) < 0.05
    number = fit(
        RNNRegressor, contradictory, y, sample_weight=heavy, max_epochs=20, lr=0.05
    ).predict(contradictory[:1])
    assert abs(number[0] - 0.1) < 0.05


# --- partial_fit --------------------------------------------------------------------------------


@both
def test_partial_fit_again_and_again_is_one_fit_at_a_constant_rate(estimator):
    whole = fit(estimator, lr_schedule=None, max_epochs=4)
    steps = estimator(**SMALL)
    for _ in range(4):
        steps.partial_fit(X, targets[estimator], **first_classes(estimator))
    assert same_weights(steps, whole)
    assert steps.n_iter_ == 4
    assert recorded(steps, "train_loss") == recorded(whole, "train_loss")
    assert recorded(steps, "epoch") == [1, 2, 3, 4]


@both
def test_partial_fit_goes_on_from_fit(estimator):
    model = fit(estimator)
    model.set_params(callbacks=[Watch()])
    before = weights(model)
    watch = watched(model.partial_fit(X, targets[estimator]))
    for weight, expected in zip(watch.first_weights, before, strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert model.n_iter_ == 4
    assert watch.rates == [SMALL["lr"]] * 6
    assert watch.valid is None


@both
def test_fit_after_partial_fit_begins_anew(estimator):
    options = first_classes(estimator)
    model = estimator(**SMALL).partial_fit(X[:20], targets[estimator][:20], **options)
    assert same_weights(model.fit(X, targets[estimator]), fit(estimator))
    assert model.n_iter_ == 3


@both
def test_partial_fit_learns_from_parts_of_the_data(estimator):
    model = estimator(**SMALL)
    for _ in range(12):
        for part in (slice(0, 24), slice(24, 48)):
            model.partial_fit(X[part], targets[estimator][part], **first_classes(estimator))
    assert model.score(X, targets[estimator]) > 0.8


@both
def test_partial_fit_takes_weights(estimator):
    weight = np.linspace(0, 2, 48)
    options = {"sample_weight": weight} | first_classes(estimator)
    model = estimator(**SMALL).partial_fit(X, targets[estimator], **options)
    whole = fit(estimator, sample_weight=weight, max_epochs=1, lr_schedule=None)
    assert same_weights(model, whole)


@both
def test_partial_fit_keeps_vocabulary_and_scale_of_the_first_call(estimator):
    y = np.arange(48) % 2
    options = first_classes(estimator)
    model = estimator(**SMALL).partial_fit(TEXTS, y, **options)
    vocabulary = list(model.encoder_.vocabulary_)
    model.partial_fit(["quite other words", "here"], [0, 1])
    assert list(model.encoder_.vocabulary_) == vocabulary
    model = estimator(**SMALL).partial_fit(X, targets[estimator], **options)
    twin = pickle.loads(pickle.dumps(model)).partial_fit([x * 100 for x in X], targets[estimator])
    np.testing.assert_array_equal(twin._scaler.scale, model._scaler.scale)


# --- warm_start ---------------------------------------------------------------------------------


@both
def test_warm_start_goes_on(estimator):
    model = fit(estimator, warm_start=True, callbacks=[Watch()])
    before, losses = weights(model), recorded(model, "train_loss")
    watch = watched(model.set_params(max_epochs=5).fit(X, targets[estimator]))
    for weight, expected in zip(watch.first_weights, before, strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert model.n_iter_ == len(model.history_) == model.best_epoch_ == 8
    assert recorded(model, "epoch") == list(range(1, 9))
    assert recorded(model, "train_loss")[:3] == losses
    assert recorded(model, "train_loss")[3] < losses[0]


@both
def test_without_warm_start_fit_begins_anew(estimator):
    model = fit(estimator)
    model.fit(X[::-1], targets[estimator])
    assert same_weights(model.fit(X, targets[estimator]), fit(estimator))
    assert model.n_iter_ == 3


@both
def test_warm_start_takes_new_parameters_of_training(estimator):
    model = fit(estimator, warm_start=True, lr_schedule=None, callbacks=[Watch()])
    model.set_params(lr=0.003, batch_size=48, max_epochs=2).fit(X, targets[estimator])
    assert watched(model).rates == [0.003] * 2
    assert (model.lr_, model.batch_size_, model.max_epochs_, model.n_iter_) == (0.003, 48, 2, 5)


@both
def test_warm_start_after_pickling(estimator):
    model = fit(estimator, warm_start=True)
    twin = pickle.loads(pickle.dumps(model))
    model.fit(X, targets[estimator])
    twin.fit(X, targets[estimator])
    assert same_weights(twin, model)
    assert recorded(twin, "train_loss") == recorded(model, "train_loss")


@both
def test_warm_start_finds_the_best_epoch_of_the_new_fit(estimator):
    model = fit(estimator, warm_start=True, early_stopping=True, max_epochs=4)
    model.fit(X, targets[estimator])
    losses = recorded(model, "valid_loss")[4:]
    assert model.best_epoch_ == 5 + np.argmin(losses)


# --- early stopping -----------------------------------------------------------------------------


@both
def test_without_early_stopping_all_epochs_run_and_the_last_weights_stay(estimator):
    model = fit(estimator, early_stopping=False, max_epochs=7)
    assert model.n_iter_ == model.best_epoch_ == 7
    assert not any("valid_loss" in record for record in model.history_)


@both
def test_validation_data_is_only_recorded_without_early_stopping(estimator):
    data = {"X_val": X_VAL, "y_val": targets_val[estimator]}
    model = fit(estimator, early_stopping=False, **data)
    assert len(recorded(model, "valid_loss")) == model.best_epoch_ == 3
    assert same_weights(model, fit(estimator, early_stopping=False))


@both
def test_auto_stops_early_on_much_data_or_given_validation_data(estimator):
    few = fit(estimator, early_stopping="auto")
    assert few.early_stopping_ is False and "valid_loss" not in few.history_[0]
    y = np.tile(targets[estimator], 1000)
    much = fit(estimator, X * 1000, y, early_stopping="auto", max_epochs=1, batch_size=2000)
    assert much.early_stopping_ is True and "valid_loss" in much.history_[0]
    y_val = targets_val[estimator]
    given = fit(estimator, early_stopping="auto", X_val=X_VAL, y_val=y_val, max_epochs=9, lr=0.2)
    assert given.early_stopping_ is True
    assert given.best_epoch_ == 1 + np.argmin(recorded(given, "valid_loss"))


@pytest.mark.parametrize("lr", [0.2, 0.02])
@both
def test_best_epoch_is_restored(estimator, lr):
    y_val = targets_val[estimator]
    model = fit(estimator, early_stopping=True, X_val=X_VAL, y_val=y_val, max_epochs=12, lr=lr)
    losses = recorded(model, "valid_loss")
    assert model.best_epoch_ == 1 + np.argmin(losses)
    if estimator is RNNClassifier:
        loss = log_loss(y_val, model.predict_proba(X_VAL))
    else:  # half the squared error, of standardised targets
        loss = np.mean((model.predict(X_VAL) - y_val) ** 2) / 2 / NUMBERS.var()
    np.testing.assert_allclose(loss, min(losses), rtol=1e-5)


def test_validation_accuracy_is_recorded():
    y_val = targets_val[RNNClassifier]
    model = fit(RNNClassifier, early_stopping=True, X_val=X_VAL, y_val=y_val)
    accuracy = model.history_[model.best_epoch_ - 1]["valid_accuracy"]
    np.testing.assert_allclose(accuracy, model.score(X_VAL, y_val), rtol=1e-6)


@both
def test_patience_ends_training(estimator):
    options = {"early_stopping": True, "max_epochs": 30, "tol": 1e9, "lr_schedule": None}
    options |= {"X_val": X, "y_val": targets[estimator], "dropout": 0.0}
    for patience in (1, 4):
        model = fit(estimator, n_iter_no_change=patience, **options)
        assert model.n_iter_ == 1 + patience
    # An improvement below tol counts for the best epoch, though not for the patience.
    assert model.best_epoch_ == 1 + np.argmin(recorded(model, "valid_loss")) > 1


@pytest.mark.parametrize("fraction, n_valid", [(0.1, 5), (0.25, 12), (0.5, 24), (0.01, 1)])
@both
def test_validation_fraction(estimator, fraction, n_valid):
    watch = watched(
        fit(estimator, early_stopping=True, validation_fraction=fraction, callbacks=[Watch()])
    )
    assert (len(watch.train), len(watch.valid)) == (48 - n_valid, n_valid)


@both
def test_validation_split_follows_the_random_state(estimator):
    splits = []
    for seed in (0, 0, 1):
        watch = watched(fit(estimator, early_stopping=True, random_state=seed, callbacks=[Watch()]))
        splits.append(watch.valid.lengths.tolist())
    assert splits[0] == splits[1] != splits[2]


def test_validation_split_keeps_the_shares_of_the_classes():
    y = np.repeat([0, 1, 2], [24, 16, 8])
    watch = watched(
        fit(RNNClassifier, y=y, early_stopping=True, validation_fraction=0.25, callbacks=[Watch()])
    )
    assert np.bincount(watch.valid.target).tolist() == [6, 4, 2]
    assert np.bincount(watch.train.target).tolist() == [18, 12, 6]


def test_validation_split_copes_with_a_class_of_one():
    y = np.repeat([0, 1, 2], [24, 23, 1])
    model = fit(RNNClassifier, y=y, early_stopping=True)
    assert model.classes_.tolist() == [0, 1, 2]


@both
def test_given_validation_data_leaves_all_training_data(estimator):
    data = {"X_val": X_VAL, "y_val": targets_val[estimator]}
    watch = watched(fit(estimator, early_stopping=True, callbacks=[Watch()], **data))
    assert (len(watch.train), len(watch.valid)) == (48, 20)


@both
def test_text_validation_data_goes_through_the_own_encoder(estimator):
    y = np.arange(48) % 2
    data = {"X_val": ["a new good film", "quite unknown"], "y_val": [0, 1]}
    model = fit(estimator, TEXTS, y, early_stopping=True, **data)
    assert len(recorded(model, "valid_loss")) == model.n_iter_
    assert "new" not in list(model.encoder_.vocabulary_)


# --- learning rates, optimisers, skorch ---------------------------------------------------------


def rates(schedule, **parameters):
    watch = watched(
        fit(RNNClassifier, lr_schedule=schedule, max_epochs=10, callbacks=[Watch()], **parameters)
    )
    return np.array(watch.rates)


def test_no_schedule_keeps_the_rate():
    assert (rates(None) == 0.02).all()


def test_cosine_schedule_falls_to_nothing():
    falling = rates("cosine")
    assert len(falling) == 60
    progress = np.arange(60) / 60
    np.testing.assert_allclose(falling, 0.02 * (1 + np.cos(np.pi * progress)) / 2)


def test_one_cycle_schedule_rises_and_falls():
    cycle = rates("one_cycle")
    top = np.argmax(cycle)
    assert 0 < top < 30
    assert (np.diff(cycle[: top + 1]) > 0).all() and (np.diff(cycle[top:]) < 0).all()
    assert cycle[0] < 0.02 / 10 and cycle[-1] < 0.02 / 10
    np.testing.assert_allclose(cycle[top], 0.02, rtol=0.01)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_plateau_schedule_falls_where_the_loss_does_not(early_stopping):
    options = {"early_stopping": early_stopping, "n_iter_no_change": 6, "dropout": 0.0}
    assert (rates("plateau", lr=1e-3, **options) == 1e-3).all()
    flat = rates("plateau", lr=1e-6, weight_decay=0.0, **options)
    assert flat[0] == 1e-6 and flat[-1] < 5e-7


@both
def test_rate_is_recorded(estimator):
    assert recorded(fit(estimator, lr_schedule=None), "lr") == [0.02] * 3


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "nadam", "rmsprop", "sgd"])
@both
def test_optimizer_learns(estimator, optimizer):
    lr = 0.2 if optimizer == "sgd" else 0.02
    model = fit(estimator, optimizer=optimizer, max_epochs=8, lr=lr)
    assert type(model.net_.optimizer_).__name__.lower() == optimizer
    losses = recorded(model, "train_loss")
    assert losses[-1] < 0.95 * losses[0]


@both
def test_optimizer_class(estimator):
    model = fit(estimator, optimizer=torch.optim.Adagrad, max_epochs=8)
    assert isinstance(model.net_.optimizer_, torch.optim.Adagrad)
    assert recorded(model, "train_loss")[-1] < 0.95 * recorded(model, "train_loss")[0]


@both
def test_weight_decay_reaches_the_optimizer_and_shrinks_weights(estimator):
    size = {
        decay: sum(np.abs(weight).sum() for weight in weights(fit(estimator, weight_decay=decay)))
        for decay in (0.0, 5.0)
    }
    assert size[5.0] < 0.95 * size[0.0]


@both
def test_gradients_are_clipped(estimator):
    clipped = fit(estimator, gradient_clip=0.01, callbacks=[Watch()])
    assert max(watched(clipped).norms) < 0.0101
    unclipped = fit(estimator, gradient_clip=None, callbacks=[Watch()])
    assert max(watched(unclipped).norms) > 0.1


@both
def test_net_params_reach_skorch(estimator):
    model = fit(estimator, net_params={"optimizer__betas": (0.8, 0.9)})
    assert model.net_.optimizer_.param_groups[0]["betas"] == (0.8, 0.9)
    model = fit(estimator, optimizer="sgd", net_params={"optimizer__momentum": 0.5})
    assert model.net_.optimizer_.param_groups[0]["momentum"] == 0.5
    assert not same_weights(model, fit(estimator, optimizer="sgd"))


@pytest.mark.parametrize("batch_size", [1, 7, 48, 1000])
@both
def test_batch_size_counts_sequences(estimator, batch_size):
    watch = watched(fit(estimator, batch_size=batch_size, max_epochs=1, callbacks=[Watch()]))
    assert len(watch.rates) == -(-48 // batch_size)


# --- what is shown and recorded -----------------------------------------------------------------


@both
def test_verbose_1_writes_a_line_an_epoch_into_a_log(estimator, capfd):
    fit(estimator, verbose=1)
    out, err = capfd.readouterr()
    assert out == ""
    assert "\r" not in err
    starts = [line.split(", ")[0].rsplit(" ", 1)[0] for line in err.splitlines()]
    assert starts == [f"epoch {epoch} of 3: train_loss" for epoch in (1, 2, 3)]


@pytest.mark.parametrize("early_stopping", [False, True])
@both
def test_verbose_2_prints_a_line_an_epoch(estimator, early_stopping, capfd):
    model = fit(estimator, verbose=2, early_stopping=early_stopping)
    out, err = capfd.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert len(lines) == 3
    for epoch, line in enumerate(lines, start=1):
        assert f"epoch {epoch} of 3" in line
        assert f"train_loss {model.history_[epoch - 1]['train_loss']:.4f}" in line
        assert ("valid_loss" in line) == early_stopping


@both
def test_history_is_plain_data(estimator):
    model = fit(estimator, early_stopping=True, verbose=0)
    assert json.loads(json.dumps(model.history_)) == model.history_
    for epoch, record in enumerate(model.history_, start=1):
        assert record["epoch"] == epoch
        assert record["dur"] > 0
        assert {"train_loss", "valid_loss", "lr"} <= record.keys()
        assert {type(value) for value in record.values()} <= {int, float, bool}


@both
def test_train_loss_is_the_mean_over_the_sequences(estimator):
    y = targets[estimator]
    model = fit(estimator, lr=1e-12, dropout=0.0, weight_decay=0.0, max_epochs=1, batch_size=5)
    if estimator is RNNClassifier:
        expected = log_loss(y, model.predict_proba(X))
    else:
        expected = np.mean((model.predict(X) - y) ** 2) / 2 / y.var()
    np.testing.assert_allclose(model.history_[0]["train_loss"], expected, rtol=1e-5)


@both
def test_fitted_attributes_hold_what_auto_means(estimator):
    model = estimator(max_epochs=1, hidden_size=8, random_state=0).fit(X, targets[estimator])
    auto = {name for name, value in model.get_params().items() if value == "auto"} - {"device"}
    assert {"bidirectional", "dropout", "pooling", "batch_size", "lr"} <= auto
    for name in auto:
        assert getattr(model, f"{name}_") != "auto", name
    assert (model.max_epochs_, model.hidden_size_) == (1, 8)


@both
def test_small_data_of_one_sequence(estimator):
    model = fit(estimator, X[:1], targets[estimator][:1])
    assert model.predict(X[:2]).shape == (2,)
