"""Fits that fail, fits that go on, and what a net is built with."""

import gc
import pickle
import threading
import weakref

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError
from skorch.callbacks import Callback, LRScheduler

from sklearn_rnn import RNNClassifier, RNNRegressor
from sklearn_rnn.training import LearningRateCurve, SequenceDataset

SMALL = {
    "hidden_size": 4,
    "max_epochs": 2,
    "batch_size": 8,
    "lr": 0.02,
    "early_stopping": False,
    "random_state": 0,
}
rng = np.random.default_rng(0)
X = [rng.normal(size=(2 + i % 4, 2)) for i in range(24)]
Y = np.array([int(x[0, 0] > 0) for x in X])
TEXTS = ["a good film", "great fun", "a bad film", "no fun at all"] * 6

both = pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])


def make(estimator, **parameters):
    return estimator(**(SMALL | parameters))


def first_classes(estimator):
    return {"classes": [0, 1]} if estimator is RNNClassifier else {}


def begin(model, X=X, y=Y, **options):
    """Call ``partial_fit`` for the first time."""
    return model.partial_fit(X, y, **first_classes(type(model)), **options)


def weights(model):
    return [weight.detach().clone() for weight in model.module_.state_dict().values()]


def same_weights(model, expected):
    return all(map(torch.equal, weights(model), expected))


def hook(model, kind):
    return next(hook for _, hook in model.net_.callbacks_ if isinstance(hook, kind))


class Fails(Callback):
    """Raises an error at one of skorch's events."""

    def __init__(self, event, error):
        self.event = event
        self.error = error

    def notify(self, event):
        if event == self.event:
            raise self.error

    def on_train_begin(self, net, **kwargs):
        self.notify("train begin")

    def on_epoch_begin(self, net, **kwargs):
        self.notify("epoch begin")

    def on_epoch_end(self, net, **kwargs):
        self.notify("epoch end")


# --- fits that fail -----------------------------------------------------------------------------

failures = pytest.mark.parametrize(
    "event, error",
    [("train begin", OSError), ("epoch begin", KeyboardInterrupt), ("epoch end", MemoryError)],
)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@failures
@both
def test_failed_first_fit_leaves_nothing_fitted(estimator, event, error, method):
    model = make(estimator, callbacks=[Fails(event, error)], early_stopping=method == "fit")
    with pytest.raises(error):
        model.fit(X, Y) if method == "fit" else begin(model)
    with pytest.raises(NotFittedError):
        model.predict(X)
    assert not hasattr(model, "net_")


@both
def test_fit_that_begins_anew_and_fails_leaves_nothing_fitted(estimator):
    model = make(estimator).fit(X, Y).set_params(callbacks=[Fails("train begin", OSError)])
    with pytest.raises(OSError):
        model.fit(X, Y)
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_failure_while_datasets_are_built_leaves_nothing_fitted(monkeypatch):
    def full(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr("sklearn_rnn.estimators._base.SequenceDataset", full)
    model = make(RNNRegressor)
    with pytest.raises(MemoryError):
        model.fit(X, Y)
    assert not hasattr(model, "net_")


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@failures
@both
def test_failed_fit_that_went_on_leaves_all_as_it_was(estimator, event, error, method):
    model = make(estimator, warm_start=True).fit(X, Y).partial_fit(X, Y)
    before, history, predicted = weights(model), list(model.history_), model.predict(X)
    attributes = {name: value for name, value in vars(model).items() if name.endswith("_")}
    model.set_params(callbacks=[Fails(event, error)], lr=0.5)
    with pytest.raises(error):
        getattr(model, method)(X, Y)
    assert same_weights(model, before)
    assert model.history_ == history and len(model.net_.history) == 1
    assert {name: vars(model)[name] for name in attributes} == attributes
    np.testing.assert_array_equal(model.predict(X), predicted)
    model.set_params(callbacks=None, lr=0.02).partial_fit(X, Y)
    assert model.n_iter_ == 4


@both
def test_bad_input_does_not_stop_the_optimiser_of_partial_fit(estimator):
    model = begin(make(estimator))
    net = model.net_
    with pytest.raises(ValueError, match="sequence"):
        model.partial_fit(X[:3], Y)
    assert model.partial_fit(X, Y).net_ is net


@both
def test_net_holds_no_data_after_fit(estimator):
    model = make(estimator, early_stopping=True).fit(X, Y)
    assert model.net_.train_split is None
    gc.collect()
    assert not [thing for thing in gc.get_objects() if type(thing) is SequenceDataset]
    model.set_params(callbacks=[Fails("epoch end", OSError)], warm_start=True)
    with pytest.raises(OSError):
        model.fit(X, Y)
    assert model.net_.train_split is None


# --- callbacks are parameters -------------------------------------------------------------------


class Notes(Callback):
    """Notes what it saw on itself."""

    def on_train_begin(self, net, **kwargs):
        self.net_, self.seen = net, 0

    def on_epoch_end(self, net, **kwargs):
        self.seen += 1


class Unclonable(Callback):
    """Has a lock, which cannot be copied."""

    def __init__(self):
        self.lock = threading.Lock()

    def on_train_begin(self, net, **kwargs):
        self.seen_ = True


@both
def test_callbacks_of_the_user_stay_as_they_are(estimator):
    notes, named = Notes(), Notes()
    model = make(estimator, callbacks=[notes, ("named", named), Notes]).fit(X, Y)
    model.partial_fit(X, Y)
    assert vars(notes) == vars(named) == {}
    assert hook(model, Notes) is not notes
    assert dict(model.net_.callbacks_)["named"].seen == 1
    assert len(pickle.dumps(model)) < len(pickle.dumps(make(estimator).fit(X, Y))) + 2000


def test_callback_that_cannot_be_cloned_is_copied():
    callback = Unclonable()
    model = make(RNNRegressor, callbacks=[callback]).fit(X, Y)
    copied = hook(model, Unclonable)
    assert copied.seen_ and copied.lock is callback.lock
    assert not hasattr(callback, "seen_")


class Trial:
    """Stands for a trial of a search: it is told the loss of each epoch."""

    def __init__(self):
        self.told = []


class Reports(Callback):
    """Tells a trial, and keeps a list of its own."""

    def __init__(self, trial, losses=()):
        self.trial = trial
        self.losses = losses

    def on_epoch_end(self, net, **kwargs):
        self.trial.told.append(net.history[-1, "train_loss"])
        self.losses.append(net.history[-1, "train_loss"])


class HidesItsTrial(Reports):
    """Has a parameter that stands under another name, against scikit-learn's rules."""

    def __init__(self, handle, losses):
        super().__init__(handle, losses)


@pytest.mark.parametrize("kind", [Reports, HidesItsTrial])
def test_callback_tells_what_it_was_given_and_keeps_its_data_to_itself(kind):
    trial, losses = Trial(), []
    model = make(RNNRegressor, callbacks=[kind(trial, losses)]).fit(X, Y)
    assert trial.told == [record["train_loss"] for record in model.history_]
    assert hook(model, kind).losses == trial.told
    assert losses == []


class Options(Callback):
    """Gathers what it is given, against scikit-learn's rules: made anew it gathers that, too."""

    def __init__(self, **options):
        self.options = options


def test_callback_that_gathers_its_options_keeps_them():
    callback = Options(every=3)
    copied = hook(make(RNNRegressor, callbacks=[callback]).fit(X, Y), Options)
    assert copied.options == callback.options == {"every": 3}
    assert copied.options is not callback.options


@pytest.mark.parametrize("schedule", ["one_cycle", "cosine", "plateau"])
def test_scheduler_of_the_user_takes_the_place_of_the_own(schedule):
    for callback in (LRScheduler("StepLR", step_size=1, gamma=0.5), ("steps", LRScheduler)):
        model = make(RNNRegressor, lr_schedule=schedule, callbacks=[callback]).fit(X, Y)
        kinds = [type(hook) for _, hook in model.net_.callbacks_]
        assert kinds.count(LRScheduler) == 1 and LearningRateCurve not in kinds
    model = make(RNNRegressor, callbacks=[LRScheduler("StepLR", step_size=1, gamma=0.5)])
    rates = [record["lr"] for record in model.fit(X, Y).history_]
    assert rates == [0.02, 0.01]


# --- going on with the same network -------------------------------------------------------------


@pytest.mark.parametrize(
    "first, changes",
    [
        ({}, {"loss": "huber"}),
        ({"loss": "quantile"}, {"quantile": 0.9}),
        ({"loss": "huber"}, {"delta": 3.0}),
        ({"convolution": "branch"}, {"convolution": None}),
    ],
)
def test_network_to_go_on_with_keeps_its_loss_and_branch(first, changes):
    model = make(RNNRegressor, warm_start=True, **first).fit(X, Y).set_params(**changes)
    ((name, value),) = changes.items()
    for call in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match=f"{name}={value!r}, but training goes on"):
            call(X, Y)
    model.set_params(warm_start=False).fit(X, Y)


@both
def test_network_to_go_on_with_keeps_its_subwords(estimator):
    model = make(estimator, warm_start=True, subwords=True).fit(TEXTS, Y).set_params(subwords=False)
    for call in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match="subwords=False, but training goes on"):
            call(TEXTS, Y)


def test_parameters_that_the_loss_does_not_read_may_change():
    model = make(RNNRegressor, warm_start=True).fit(X, Y).set_params(delta=9.0, quantile=0.1)
    assert model.fit(X, Y).partial_fit(X, Y).n_iter_ == 5


def test_changed_loss_parameters_do_not_touch_a_pickle():
    model = make(RNNRegressor).fit(X, Y)
    twin = pickle.loads(pickle.dumps(model.set_params(loss="of no network")))
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))


def test_class_weights_are_those_of_the_parameter_in_every_fit():
    model = make(RNNClassifier, warm_start=True, class_weight={0: 1, 1: 9}).fit(X, Y)
    twin = pickle.loads(pickle.dumps(model)).set_params(class_weight={0: 9, 1: 1}).fit(X, Y)
    np.testing.assert_array_equal(twin._class_weight, [9, 1])
    few = np.arange(24) < 12
    twin.set_params(class_weight="balanced").fit([X[i] for i in np.flatnonzero(few)], Y[few])
    np.testing.assert_allclose(twin._class_weight, 12 / 2 / np.bincount(Y[few]))


@both
def test_fits_that_go_on_validate_on_the_same_rows(estimator):
    class Split(Callback):
        def on_epoch_begin(self, net, dataset_valid=None, **kwargs):
            self.valid = dataset_valid.target.tolist()

    model = make(estimator, early_stopping=True, warm_start=True, random_state=None)
    y = np.arange(24) if estimator is RNNRegressor else Y
    model.set_params(callbacks=[Split()], validation_fraction=0.4).fit(X, y)
    seed, split = model._split_seed, hook(model, Split).valid
    for _ in range(3):
        assert hook(model.fit(X, y), Split).valid == split
    assert model._split_seed == seed
    assert model.set_params(warm_start=False).fit(X, y)._split_seed != seed


# --- partial_fit --------------------------------------------------------------------------------


@both
def test_weights_hold_from_call_to_call(estimator):
    def after(*calls):
        model = make(estimator, dropout=0.0, gradient_clip=None, optimizer="sgd", weight_decay=0.0)
        for weight in calls:
            begin(model, sample_weight=None if weight is None else np.full(24, weight))
        return weights(model)

    def step(*calls):
        pairs = zip(after(*calls), after(calls[0]), strict=True)
        return sum(float((last - first).abs().sum()) for last, first in pairs)

    assert all(map(torch.equal, after(1.0, 1.0), after(1000.0, 1000.0)))
    assert all(map(torch.equal, after(1.0, 1.0), after(None, None)))
    assert all(map(torch.equal, after(4.0, 1.0), after(4.0, None)))
    assert step(1.0, 0.001) < 0.01 * step(1.0, 1.0)


def test_class_weight_counts_in_parts_of_one_class():
    def after(class_weight):
        model = make(RNNClassifier, lr=0.01, class_weight=class_weight, dropout=0.0)
        same = [np.ones((2, 1))] * 8
        for _ in range(30):
            for label in (0, 1):
                begin(model, same, np.full(8, label))
        return model.predict_proba(same[:1])[0, 1]

    assert after({0: 9.0, 1: 1.0}) < after(None) < after({0: 1.0, 1: 9.0})


@pytest.mark.parametrize(
    "changes",
    [
        {"lr": 0.5},
        {"batch_size": 24},
        {"optimizer": "sgd"},
        {"weight_decay": 0.5},
        {"gradient_clip": None},
        {"callbacks": [Notes()]},
        {"net_params": {"optimizer__betas": (0.5, 0.6)}},
        {"device": "auto"},
        {"precision": "bfloat16"},
    ],
    ids=lambda changes: next(iter(changes)),
)
@pytest.mark.filterwarnings("ignore:precision='bfloat16', but this processor")
@both
def test_partial_fit_follows_changed_parameters(estimator, changes):
    model = begin(make(estimator, device="cpu"))
    net = model.partial_fit(X, Y).net_
    module, before = model.module_, model.lr_
    model.set_params(**changes).partial_fit(X, Y)
    assert model.net_ is not net and model.module_ is module
    (group,) = model.net_.optimizer_.param_groups
    assert group["lr"] == changes.get("lr", before)
    assert group["weight_decay"] == changes.get("weight_decay", 0.01)
    assert model.net_.batch_size == changes.get("batch_size", 8)
    assert isinstance(model.net_.optimizer_, torch.optim.SGD) == ("optimizer" in changes)
    assert ("clip_gradients" in dict(model.net_.callbacks_)) == ("gradient_clip" not in changes)
    assert any(isinstance(hook, Notes) for _, hook in model.net_.callbacks_) == (
        "callbacks" in changes
    )
    assert model.n_iter_ == 3


@both
def test_partial_fit_keeps_its_net_and_what_auto_once_meant(estimator):
    model = begin(make(estimator, batch_size="auto", lr="auto"))
    net, resolved = model.net_, (model.batch_size_, model.lr_, model.max_epochs_)
    model.partial_fit(X * 60, np.tile(Y, 60))
    assert model.net_ is net
    assert (model.batch_size_, model.lr_, model.max_epochs_) == resolved


def test_first_partial_fit_needs_classes():
    model = make(RNNClassifier)
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        model.partial_fit(X, Y)
    assert make(RNNClassifier).fit(X, Y).partial_fit(X, Y).n_iter_ == 3
    assert model.partial_fit(X, Y, classes=[1, 0]).partial_fit(X, Y).n_iter_ == 2


@pytest.mark.parametrize(
    "classes, says",
    [
        ([0, 1, np.nan], "classes contains nan at position 2"),
        (["a", None], "classes contains None at position 1"),
        (["a", 1], "of one type, but holds 1 str and 1 others"),
        ([], "of one type"),
        ("ab", "one-dimensional"),
        ([[0, 1]], "one-dimensional"),
        (1, "one-dimensional"),
    ],
)
def test_classes_that_are_none_are_refused(classes, says):
    with pytest.raises(ValueError, match=says):
        make(RNNClassifier).partial_fit(X, Y, classes=classes)


# --- net_params and optimisers ------------------------------------------------------------------

REFUSED = {
    "criterion": "loss",
    "criterion__weight": "class_weight",
    "iterator_train": "batch_size",
    "iterator_train__num_workers": "batch_size",
    "iterator_valid__shuffle": "batch_size",
    "dataset": "leave it out",
    "dataset__length": "leave it out",
    "train_split": "early_stopping",
    "predict_nonlinearity": "predict_proba",
    "module": "cell",
    "module__hidden_size": "hidden_size",
    "shuffle_generator": "random_state",
} | {
    name: f"parameter {name}"
    for name in ("batch_size", "callbacks", "device", "lr", "max_epochs", "optimizer", "precision")
}
REFUSED |= {name: f"parameter {name}" for name in ("verbose", "warm_start")}


@pytest.mark.parametrize("key", REFUSED)
@both
def test_net_params_that_undo_the_library_are_refused(estimator, key):
    model = make(estimator, net_params={key: None})
    with pytest.raises(ValueError, match=f"net_params cannot hold '{key}': .*{REFUSED[key]}"):
        model.fit(X, Y)


@pytest.mark.filterwarnings("ignore")  # those of torch's compiler
@both
def test_compiled_network_can_be_pickled_and_go_on(estimator):
    params = {"compile": True, "compile__backend": "eager", "use_caching": False}
    model = make(estimator, net_params=params, warm_start=True).fit(X, Y)
    assert not any("_orig_mod" in name for name in model.module_.state_dict())
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(twin.predict(X), model.predict(X), rtol=1e-5)
    assert model.fit(X, Y).n_iter_ == 4
    assert not any("_orig_mod" in name for name in model.module_.state_dict())


@pytest.mark.parametrize("optimizer", [torch.optim.Rprop, torch.optim.LBFGS])
@both
def test_optimizer_without_weight_decay(estimator, optimizer):
    for decay in (0.01, 0.0):
        model = make(estimator, optimizer=optimizer, weight_decay=decay, batch_size=24).fit(X, Y)
        assert isinstance(model.net_.optimizer_, optimizer)
    with pytest.raises(ValueError, match=f"weight_decay=0.1, but {optimizer.__name__} has no"):
        model.set_params(weight_decay=0.1).fit(X, Y)


# --- pickling -----------------------------------------------------------------------------------


@both
def test_loaded_model_goes_on_in_parts(estimator):
    model = begin(make(estimator))
    twin = pickle.loads(pickle.dumps(model))
    assert twin.partial_fit(X, Y).n_iter_ == 2
    reference = weakref.ref(model.net_)
    del model
    gc.collect()
    assert reference() is None
