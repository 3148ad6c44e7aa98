"""Faults while an estimator trains: Ctrl-C, divergence, full memory, lost devices and workers."""

import contextlib
import copy
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

import sklearn_rnn
from sklearn_rnn import RNNClassifier, RNNForecaster, RNNRegressor, RNNTagger
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.estimators import _forecaster_blending
from sklearn_rnn.exceptions import DivergenceError
from tests import tagging_data
from tests.forecasting_data import TINY, daily

SMALL = {"hidden_size": 4, "batch_size": 8, "lr": 0.02, "max_epochs": 5, "random_state": 0}
SERIES = {"max_epochs": 5, "lr": 0.02, "n_networks": 1, "validation_fraction": 0.2}
ESTIMATORS = {
    "classifier": (RNNClassifier, SMALL),
    "regressor": (RNNRegressor, SMALL),
    "tagger": (RNNTagger, SMALL),
    "forecaster": (RNNForecaster, TINY | SERIES),
}
every_estimator = pytest.mark.parametrize("kind", ESTIMATORS)
with_and_without_stopping = pytest.mark.parametrize(
    "early_stopping", [False, True], ids=["all", "best"]
)


@cache
def data(kind):
    """X and y of 40 sequences, or a series of 90 days."""
    if kind == "tagger":
        return tagging_data.sequences("words", n=40), tagging_data.labels(n=40)
    if kind == "forecaster":
        return None, daily()
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(2 + i % 4, 2)) for i in range(40)]
    return X, np.array([int(x[0, 0] > 0) for x in X])


def make(kind, **parameters):
    estimator, small = ESTIMATORS[kind]
    return estimator(**(small | {"early_stopping": False} | parameters))


def predict(model, kind):
    if kind == "forecaster":
        return model.forecast(6).to_numpy()
    X = data(kind)[0]
    found = model.predict(X) if kind == "regressor" else model.predict_proba(X)
    return np.concatenate(found) if kind == "tagger" else found


def weights_of(model):
    return {name: w.detach().clone() for name, w in model.module_.state_dict().items()}


def same_weights(actual, expected):
    return all(torch.equal(weight, expected[name]) for name, weight in actual.items())


class Recorder(Callback):
    """Keeps a copy of the weights at the end of each epoch, and the losses there."""

    def on_train_begin(self, net, **kwargs):
        self.weights_, self.losses_ = [], []

    def on_epoch_end(self, net, **kwargs):
        state = net.module_.state_dict()
        self.weights_.append({name: weight.clone() for name, weight in state.items()})
        self.losses_.append(net.history[-1].get("valid_loss"))


@cache
def uninterrupted(kind, early_stopping):
    """The weights and the validation losses after each epoch of a fit that runs through."""
    model = make(kind, early_stopping=early_stopping, callbacks=[("recorder", Recorder())])
    recorder = dict(model.fit(*data(kind)).net_.callbacks_)["recorder"]
    return recorder.weights_, recorder.losses_


def expected_epoch(kind, early_stopping, n_whole):
    """The epoch, from 1, whose weights should be kept after so many whole ones."""
    if not early_stopping:
        return n_whole
    return 1 + int(np.argmin(uninterrupted(kind, early_stopping)[1][:n_whole]))


class CtrlC(Callback):
    """Sends the process what Ctrl-C sends it, at one of skorch's events in an epoch."""

    def __init__(self, event, epoch):
        self.event, self.epoch = event, epoch

    def press(self, net, event):
        if event == self.event and len(net.history) == self.epoch:
            signal.raise_signal(signal.SIGINT)

    def on_train_begin(self, net, **kwargs):
        self.press(net, "train begin")

    def on_epoch_begin(self, net, **kwargs):
        self.press(net, "epoch begin")

    def on_batch_begin(self, net, training=False, **kwargs):
        self.press(net, "batch begin" if training else "validation begin")

    def on_grad_computed(self, net, **kwargs):
        self.press(net, "grad computed")

    def on_batch_end(self, net, training=False, **kwargs):
        self.press(net, "batch end" if training else "validation end")

    def on_epoch_end(self, net, **kwargs):
        self.press(net, "epoch end")

    def on_train_end(self, net, **kwargs):
        self.press(net, "train end")


def interrupted(model, kind, event="batch end", epoch=3):
    """Fit a model, press Ctrl-C, and give it back."""
    before = model.callbacks
    model.set_params(callbacks=[CtrlC(event, epoch)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(*data(kind))
    return model.set_params(callbacks=before)


# --- Ctrl-C -------------------------------------------------------------------------------------

EVENTS = ["epoch begin", "batch begin", "grad computed", "batch end", "epoch end"]


@with_and_without_stopping
@pytest.mark.parametrize("event", EVENTS)
@every_estimator
def test_what_whole_epochs_learned_is_kept_after_ctrl_c(kind, event, early_stopping):
    model = interrupted(make(kind, early_stopping=early_stopping), kind, event)
    n_whole = 3 if event == "epoch end" else 2
    assert_ended_after(model, kind, early_stopping, n_whole)


@pytest.mark.parametrize("event", ["validation begin", "validation end"])
@every_estimator
def test_ctrl_c_while_an_epoch_is_validated_undoes_it(kind, event):
    model = interrupted(make(kind, early_stopping=True), kind, event)
    assert_ended_after(model, kind, early_stopping=True, n_whole=2)


@with_and_without_stopping
@every_estimator
def test_ctrl_c_when_training_has_ended_keeps_all_of_it(kind, early_stopping):
    model = interrupted(make(kind, early_stopping=early_stopping), kind, "train end", epoch=5)
    assert_ended_after(model, kind, early_stopping, n_whole=5)


def assert_ended_after(model, kind, early_stopping, n_whole):
    best = expected_epoch(kind, early_stopping, n_whole)
    recorded = uninterrupted(kind, early_stopping)[0]
    assert model.interrupted_ is True
    assert model.n_iter_ == n_whole and model.best_epoch_ == best
    assert [record["epoch"] for record in model.history_] == list(range(1, n_whole + 1))
    assert all("train_loss" in record and "dur" in record for record in model.history_)
    assert same_weights(weights_of(model), recorded[best - 1])
    assert n_whole == 5 or not same_weights(weights_of(model), recorded[-1])
    twin = pickle.loads(pickle.dumps(model))
    assert twin.interrupted_ is True
    np.testing.assert_array_equal(predict(twin, kind), predict(model, kind))
    assert np.isfinite(predict(model, kind)).all()


@pytest.mark.parametrize("event", ["epoch begin", "batch begin", "batch end"])
@every_estimator
def test_ctrl_c_before_the_end_of_the_first_epoch_leaves_nothing_fitted(kind, event):
    model = make(kind).fit(*data(kind))
    interrupted(model, kind, event, epoch=1)
    assert not hasattr(model, "net_") and not hasattr(model, "interrupted_")
    with pytest.raises(NotFittedError):
        predict(model, kind)


@every_estimator
def test_a_fit_that_is_not_interrupted_says_so(kind):
    model = interrupted(make(kind), kind)
    assert model.fit(*data(kind)).interrupted_ is False
    assert same_weights(weights_of(model), weights_of(make(kind).fit(*data(kind))))


@every_estimator
def test_ctrl_c_in_the_first_epoch_of_a_fit_that_goes_on_leaves_all_as_it_was(kind):
    model = interrupted(make(kind, warm_start=True), kind)
    before, history = weights_of(model), list(model.history_)
    predicted = predict(model, kind)
    interrupted(model, kind, "batch end", epoch=1)
    assert model.interrupted_ is True and model.history_ == history
    assert same_weights(weights_of(model), before)
    np.testing.assert_array_equal(predict(model, kind), predicted)


@with_and_without_stopping
@every_estimator
def test_an_interrupted_model_goes_on_from_what_it_kept(kind, early_stopping):
    model = make(kind, warm_start=True, early_stopping=early_stopping)
    interrupted(model, kind)
    twin = pickle.loads(pickle.dumps(model))
    for fitted in (model, twin):
        fitted.fit(*data(kind))
        assert fitted.interrupted_ is False and fitted.n_iter_ > 2
    assert same_weights(weights_of(model), weights_of(twin))
    interrupted(model, kind, epoch=2)
    assert model.interrupted_ is True
    assert model.n_iter_ == twin.n_iter_ + 1 and model.history_[-1]["epoch"] == model.n_iter_
    model.partial_fit(*data(kind))
    assert model.interrupted_ is False and model.n_iter_ == twin.n_iter_ + 2


@every_estimator
def test_ctrl_c_in_partial_fit_leaves_all_as_it_was(kind):
    model = make(kind)
    classes = {"classes": [0, 1]} if kind == "classifier" else {}
    model.set_params(callbacks=[CtrlC("epoch end", 1)])
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(*data(kind), **classes)
    assert not hasattr(model, "net_") and not hasattr(model, "interrupted_")
    model.set_params(callbacks=None).fit(*data(kind)).set_params(callbacks=[CtrlC("epoch end", 1)])
    before = weights_of(model)
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(*data(kind))
    assert same_weights(weights_of(model), before)
    assert model.n_iter_ == 5 and model.interrupted_ is False


class RaiseAtLine:
    """Raise KeyboardInterrupt at some of the lines of a part of the library that are run.

    Parameters
    ----------
    *lines : int
        At the how manieth line. None of them counts how many lines there are.
    """

    def __init__(self, *lines):
        self.lines, self.n_seen = set(lines), 0

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.enter)
        return self

    def __exit__(self, *error):
        sys.settrace(self.before)

    def enter(self, frame, event, arg):
        name = frame.f_code.co_filename
        parts = ("training/_net", "training/_callbacks", "training/_averaging", "_trained_net")
        watched = "sklearn_rnn" in name and any(part in name for part in parts)
        return self.line if watched else None

    def line(self, frame, event, arg):
        if event == "line":
            self.n_seen += 1
            if self.n_seen in self.lines:
                raise KeyboardInterrupt
        return self.line


@pytest.mark.slow
@with_and_without_stopping
@every_estimator
def test_ctrl_c_at_any_line_leaves_whole_epochs_or_nothing(kind, early_stopping):
    recorded = uninterrupted(kind, early_stopping)[0]
    with RaiseAtLine() as counted:
        make(kind, early_stopping=early_stopping).fit(*data(kind))
    rng = np.random.default_rng(0)
    lines = [*range(1, 12), *range(counted.n_seen - 25, counted.n_seen + 1)]
    lines += rng.integers(12, counted.n_seen, size=25).tolist()
    outcomes = set()
    for i, line in enumerate(lines):
        twice = [line + 1 + i % 20] if i % 3 == 0 else []
        model = make(kind, early_stopping=early_stopping)
        with RaiseAtLine(line, *twice), contextlib.suppress(KeyboardInterrupt):
            model.fit(*data(kind))
        fitted = hasattr(model, "net_")
        outcomes.add(fitted)
        assert fitted == hasattr(model, "interrupted_")
        if fitted:
            n_whole = model.n_iter_
            best = expected_epoch(kind, early_stopping, n_whole)
            assert n_whole == len(model.history_) == len(model.net_.history)
            assert model.best_epoch_ == best
            assert same_weights(weights_of(model), recorded[best - 1])
            assert np.isfinite(predict(model, kind)).all()
    assert outcomes == {True, False}


class CtrlCWhenAsked(Callback):
    """Presses Ctrl-C in an epoch that is no parameter, so that fits with and without are one."""

    epoch = None

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == type(self).epoch:
            signal.raise_signal(signal.SIGINT)


@with_and_without_stopping
@every_estimator
def test_an_interrupted_fit_can_be_resumed(kind, early_stopping, tmp_path, monkeypatch):
    options = {"early_stopping": early_stopping, "callbacks": [CtrlCWhenAsked()]}
    model = make(kind, checkpoint=tmp_path, **options)
    for epoch, n_whole in ((3, 2), (3, 2), (5, 4)):
        monkeypatch.setattr(CtrlCWhenAsked, "epoch", epoch)
        with pytest.raises(KeyboardInterrupt):
            model.fit(*data(kind), resume=True)
        assert_ended_after(model, kind, early_stopping, n_whole)
    monkeypatch.setattr(CtrlCWhenAsked, "epoch", None)
    model.fit(*data(kind), resume=True)
    expected = make(kind, **options).fit(*data(kind))
    assert model.interrupted_ is False and model.n_iter_ == expected.n_iter_
    assert same_weights(weights_of(model), weights_of(expected))
    np.testing.assert_array_equal(predict(model, kind), predict(expected, kind))


@every_estimator
def test_ctrl_c_ends_a_grid_search(kind):
    grid = {"callbacks": [[CtrlC("batch end", 3)], None]}
    search = GridSearchCV(make(kind), grid, cv=2, error_score=np.nan)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*long(kind))


def long(kind):
    """X and y as a search takes them."""
    X, y = data(kind)
    return (y.to_frame()[[]], y) if kind == "forecaster" else (X, y)


def test_ctrl_c_reaches_a_pipeline_and_leaves_its_last_step():
    pipeline = make_pipeline(sklearn_rnn.preprocessing.SequencePadder(), make("classifier"))
    pipeline[-1].set_params(callbacks=[CtrlC("batch end", 3)])
    X, y = data("classifier")
    with pytest.raises(KeyboardInterrupt):
        pipeline.fit(X, y)
    assert pipeline[-1].interrupted_ and pipeline.predict(X).shape == (40,)


def test_frozen_vectors_are_not_copied_each_epoch():
    words = sorted({word for row in data("tagger")[0] for word in row})
    vectors = {word: np.full(3, i, dtype=np.float32) for i, word in enumerate(words)}
    model = make("tagger", embedding=vectors, freeze_embedding=True)
    frozen = []

    class Watch(Callback):
        def on_epoch_end(self, net, **kwargs):
            kept = dict(net.callbacks_)["last_epoch"].weights_
            for name, weight in net.module_.named_parameters():
                if not weight.requires_grad:
                    frozen.append(kept[name].data_ptr() == weight.data_ptr())

    model.set_params(callbacks=[Watch()]).fit(*data("tagger"))
    assert frozen == [True] * 5
    interrupted(model.set_params(callbacks=None), "tagger")
    assert model.interrupted_ and model.n_iter_ == 2


def test_scikit_learns_callbacks_are_torn_down_after_ctrl_c():
    pytest.importorskip("sklearn.callback", reason="came with scikit-learn 1.9")
    events = []

    class Noted:
        def setup(self, estimator, context):
            events.append("setup")

        def teardown(self, estimator, context):
            events.append("teardown")

        def on_fit_task_begin(self, estimator, context, **given):
            pass

        def on_fit_task_end(self, estimator, context, **given):
            events.append(context.task_name)

    model = make("classifier").set_callbacks(Noted())
    interrupted(model, "classifier")
    assert events == ["setup", "epoch", "epoch", "teardown"]
    assert model.interrupted_ and model.n_iter_ == 2
    assert "scikit_callbacks" not in dict(model.net_.callbacks_)


# --- intervals after Ctrl-C ---------------------------------------------------------------------


def needing_intervals(model, n=90):
    """All that asks for more than points, of a model of ``n`` days."""
    X = daily(n=n + 5).iloc[n:].to_frame()[[]]
    return [
        lambda: model.predict_interval(X),
        lambda: model.predict_quantiles(X),
        lambda: model.sample(3, X),
        lambda: model.forecast(3, level=[80]),
        lambda: model.backtest(None, daily(n=n + 20), n_windows=2, level=[80]),
    ]


def test_interrupted_forecaster_gives_points_and_refuses_intervals():
    model = interrupted(make("forecaster", warm_start=True), "forecaster")
    assert np.isfinite(model.forecast(10)).all(axis=None)
    assert len(model.backtest(None, daily(n=110), n_windows=2)) == 8
    for ask in needing_intervals(model):
        with pytest.raises(ValueError, match=r"interrupted \(Ctrl-C\) before .* calibrated"):
            ask()
    model.fit(*data("forecaster"))
    for ask in needing_intervals(model):
        ask()
    assert model._calibration.is_held_out


def test_interrupted_forecaster_that_goes_on_keeps_its_calibration():
    model = make("forecaster", warm_start=True).fit(*data("forecaster"))
    before = model._calibration
    interrupted(model, "forecaster")
    assert model.interrupted_ and model._calibration is before


@pytest.mark.parametrize(
    "options",
    [{"early_stopping": True}, {"intervals": "model", "loss": "quantile"}],
    ids=["held out", "model"],
)
def test_interrupted_forecaster_has_intervals_that_need_no_second_network(options):
    model = interrupted(make("forecaster", **options), "forecaster")
    for ask in needing_intervals(model)[:-1]:
        assert np.isfinite(np.asarray(ask(), dtype=float)).all()
    calibrated = copy.copy(model)
    calibrated._calibration = None
    with pytest.raises(ValueError, match="interrupted"):
        calibrated.sample(1, daily(n=95).iloc[90:].to_frame()[[]])


def test_ctrl_c_while_intervals_are_calibrated_keeps_the_whole_training(monkeypatch):
    def press(*args):
        raise KeyboardInterrupt

    expected = make("forecaster", linear_share=0.3).fit(*data("forecaster"))
    assert expected.linear_share_ == 0.3
    with monkeypatch.context() as patched:
        patched.setattr("sklearn_rnn.estimators._forecaster.train_apart", press)
        model = make("forecaster", linear_share=0.3)
        with pytest.raises(KeyboardInterrupt):
            model.fit(*data("forecaster"))
    assert model.interrupted_ is True and model.n_iter_ == 5
    np.testing.assert_array_equal(predict(model, "forecaster"), predict(expected, "forecaster"))
    with pytest.raises(ValueError, match="interrupted"):
        needing_intervals(model)[0]()
    assert not hasattr(model, "_split")


@pytest.mark.parametrize("early_stopping", [False, True], ids=["apart", "itself"])
def test_ctrl_c_while_the_share_is_measured_leaves_the_usual_one(early_stopping, monkeypatch):
    """It comes while another share is tried, and again when intervals are tried once more."""
    tried = []

    def press(estimator, *args):
        tried.append(estimator.linear_share_)
        if len(tried) % 2 == 0:
            raise KeyboardInterrupt
        return SimpleNamespace(point_errors=lambda *args: np.ones((1, 1)))

    model = make("forecaster", early_stopping=early_stopping)
    with monkeypatch.context() as patched:
        patched.setattr("sklearn_rnn.estimators._forecaster_blending.run_ahead", press)
        with pytest.raises(KeyboardInterrupt):
            model.fit(None, daily(200))
    assert model.interrupted_ is True and model.n_iter_ == 5
    assert tried[:2] == [0, 1] and model.linear_share_ == 0.2
    assert np.isfinite(predict(model, "forecaster")).all()
    with pytest.raises(ValueError, match="interrupted"):
        needing_intervals(model, 200)[0]()


def test_ctrl_c_once_while_the_share_is_measured_is_made_up_for(monkeypatch):
    """Where intervals need no second network, both are measured before ``fit`` ends."""
    expected = make("forecaster", early_stopping=True).fit(None, daily(200))
    run_ahead, tried = _forecaster_blending.run_ahead, []

    def press(*args):
        tried.append(args)
        if len(tried) == 2:
            raise KeyboardInterrupt
        return run_ahead(*args)

    monkeypatch.setattr(_forecaster_blending, "run_ahead", press)
    model = make("forecaster", early_stopping=True)
    with pytest.raises(KeyboardInterrupt):
        model.fit(None, daily(200))
    assert model.interrupted_ is True and len(tried) == 4
    assert model.linear_share_ == expected.linear_share_
    both = (needing_intervals(one, 200)[:2] for one in (model, expected))
    for found, wanted in zip(*both, strict=True):
        np.testing.assert_array_equal(found(), wanted())


# --- ensembles ----------------------------------------------------------------------------------


class CtrlCInFit(Callback):
    """Presses Ctrl-C in the third epoch of the second fit."""

    n_fits = 0

    def on_train_begin(self, net, **kwargs):
        type(self).n_fits += 1

    def on_batch_end(self, net, **kwargs):
        if type(self).n_fits == 2 and len(net.history) == 3:
            signal.raise_signal(signal.SIGINT)


@every_estimator
def test_interrupted_ensemble_keeps_the_members_that_were_trained(kind):
    CtrlCInFit.n_fits = 0
    ensemble = SeedEnsemble(make(kind, callbacks=[CtrlCInFit()]), n_members=4)
    X, y = long(kind)
    with pytest.raises(KeyboardInterrupt):
        ensemble.fit(X, y)
    assert ensemble.interrupted_ is True
    assert [member.interrupted_ for member in ensemble.estimators_] == [False, True]
    assert [member.n_iter_ for member in ensemble.estimators_] == [5, 2]
    assert len(ensemble.predict(X)) == len(y)
    ensemble.set_params(estimator=make(kind)).fit(X, y)
    assert ensemble.interrupted_ is False and len(ensemble.estimators_) == 4


def test_ensemble_that_is_interrupted_at_its_beginning_is_not_fitted():
    ensemble = SeedEnsemble(make("regressor"), n_members=2).fit(*data("regressor"))
    ensemble.estimator.set_params(callbacks=[CtrlC("batch end", 1)])
    with pytest.raises(KeyboardInterrupt):
        ensemble.fit(*data("regressor"))
    assert not hasattr(ensemble, "interrupted_")
    with pytest.raises(NotFittedError):
        ensemble.predict(data("regressor")[0])


# --- divergence ---------------------------------------------------------------------------------


@every_estimator
def test_a_search_scores_nan_where_training_diverges_and_goes_on(kind):
    model = make(kind, gradient_clip=None, optimizer="sgd")
    X, y = long(kind)
    cv = TimeSeriesSplit(2, test_size=8) if kind == "forecaster" else KFold(2)
    search = GridSearchCV(model, {"lr": [1e30, 0.01]}, cv=cv, error_score=np.nan)
    with (
        pytest.warns(FitFailedWarning, match="DivergenceError: training diverged"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        search.fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    assert np.isnan(scores[0]) and np.isfinite(scores[1])
    assert search.best_params_ == {"lr": 0.01} and search.best_estimator_.interrupted_ is False
    with pytest.raises(DivergenceError, match=r"in epoch \d+ .* learning rate of|after epoch"):
        clone(model).set_params(lr=1e30).fit(X, y)


# --- memory -------------------------------------------------------------------------------------


def exhaust_cpu(*args, **kwargs):
    return torch.empty(10**15)  # more than any machine has, so that torch's own error comes


def exhaust_numpy(*args, **kwargs):
    return np.empty(10**16)


def exhaust_cuda(*args, **kwargs):
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nGPU 0 has ...")


def exhaust_cudnn(*args, **kwargs):
    raise RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED")


def exhaust_python(*args, **kwargs):
    raise MemoryError


EXHAUST = [exhaust_cpu, exhaust_numpy, exhaust_cuda, exhaust_cudnn, exhaust_python]
every_exhaustion = pytest.mark.parametrize("exhaust", EXHAUST, ids=lambda f: f.__name__[8:])


class Exhausts(Callback):
    """Takes all memory while the gradients of the second epoch are computed."""

    def __init__(self, exhaust):
        self.exhaust = exhaust

    def on_grad_computed(self, net, **kwargs):
        if len(net.history) == 2:
            self.exhaust()


@every_exhaustion
@every_estimator
def test_full_memory_in_training_names_the_batch_and_what_to_lower(kind, exhaust):
    model = make(kind, warm_start=True).fit(*data(kind))
    before = predict(model, kind)
    size = 16 if kind == "forecaster" else 8
    steps = 14 if kind == "forecaster" else "[1-6]"
    expected = f"out of memory on cpu, in training, at a batch of {size} sequences x {steps} steps"
    model.set_params(callbacks=[Exhausts(exhaust)])
    with pytest.raises(MemoryError, match=expected) as raised:
        model.fit(*data(kind))
    for way_out in (f"batch_size (now {size})", "hidden_size", "SequencePadder(max_length="):
        assert way_out in str(raised.value)
    assert isinstance(raised.value.__cause__, MemoryError | RuntimeError)
    assert str(raised.value.__cause__).split("\n")[0][:100] in str(raised.value)
    assert "GPU 0" not in str(raised.value)
    np.testing.assert_array_equal(predict(model, kind), before)
    assert model.set_params(callbacks=None).fit(*data(kind)).n_iter_ == 10


@every_exhaustion
@every_estimator
def test_full_memory_in_prediction_names_the_batch(kind, exhaust, monkeypatch):
    model = make(kind).fit(*data(kind))
    before = predict(model, kind)
    with monkeypatch.context() as patched:
        patched.setattr(type(model.module_), "forward", exhaust)
        patched.setattr(model.module_, "marginals", exhaust, raising=False)
        with pytest.raises(MemoryError, match=r"in prediction, at a batch of \d+ sequences x \d+"):
            predict(model, kind)
    np.testing.assert_array_equal(predict(model, kind), before)


@every_estimator
def test_full_memory_while_a_batch_is_gathered_names_it(kind, monkeypatch):
    dataset = "WindowDataset" if kind == "forecaster" else "SequenceDataset"
    monkeypatch.setattr(f"sklearn_rnn.training.{dataset}.gather", exhaust_cpu)
    with pytest.raises(MemoryError, match="in training, at a batch of") as raised:
        make(kind).fit(*data(kind))
    assert str(raised.value).count("out of memory") == 1


def test_full_memory_in_least_squares_names_its_way_out(monkeypatch):
    monkeypatch.setattr("sklearn_rnn.training.WindowDataset.gather_values", exhaust_cpu)
    expected = r"in least squares, at a batch of 73 sequences x 14 steps. .* linear_share=0"
    with pytest.raises(MemoryError, match=expected):
        make("forecaster").fit(*data("forecaster"))


def test_other_errors_of_torch_are_not_taken_for_full_memory():
    def fail():
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1 and mat2") as raised:
        make("regressor", callbacks=[Exhausts(fail)]).fit(*data("regressor"))
    assert not isinstance(raised.value, MemoryError)


def test_a_search_scores_nan_where_memory_runs_out_and_goes_on():
    grid = {"callbacks": [[Exhausts(exhaust_cpu)], None]}
    search = GridSearchCV(make("regressor"), grid, cv=2, error_score=np.nan)
    with (
        pytest.warns(FitFailedWarning, match="MemoryError: out of memory on cpu, in training"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        search.fit(*data("regressor"))
    assert search.best_params_ == {"callbacks": None}


# --- devices ------------------------------------------------------------------------------------


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is the device that should be missing")
@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps"])
@every_estimator
def test_a_model_of_another_device_predicts_on_the_cpu(kind, device):
    model = make(kind).fit(*data(kind))
    expected = predict(model, kind)
    pickled = pickle.dumps(model.set_params(device=device))  # what a machine with it would write
    loaded = pickle.loads(pickled)
    assert loaded.device == device and loaded.net_.device == torch.device("cpu")
    np.testing.assert_array_equal(predict(loaded, kind), expected)
    with pytest.raises(ValueError, match=device):
        loaded.fit(*data(kind))
    loaded = pickle.loads(pickled).set_params(device="auto", warm_start=True)
    assert loaded.fit(*data(kind)).n_iter_ == 10


# --- workers ------------------------------------------------------------------------------------

SEARCH = """
    import os, pathlib, signal, sys, time
    import numpy as np
    from sklearn.model_selection import GridSearchCV
    from skorch.callbacks import Callback
    from sklearn_rnn import RNNRegressor

    class Acts(Callback):
        def __init__(self, what):
            self.what = what

        def on_batch_end(self, net, **kwargs):
            if len(net.history) == 2 and self.what == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.what == "wait":
                (pathlib.Path(sys.argv[1]) / "training").touch()
                time.sleep(0.05)

    if __name__ == "__main__":
        X = np.random.default_rng(0).normal(size=(400, 20, 100))  # so large that joblib maps a file
        model = RNNRegressor(hidden_size=4, max_epochs=3, early_stopping=False, random_state=0)
        grid = {"callbacks": [[Acts(sys.argv[2])]], "lr": [0.1, 0.01]}
        GridSearchCV(model, grid, cv=2, n_jobs=2, error_score=np.nan).fit(X, X[:, 0, 0])
"""


def start_search(tmp_path, what):
    """Start a search in two processes, whose files would all be in folders of the test."""
    script, folders = tmp_path / "search.py", [tmp_path / n for n in ("here", "temporary")]
    for folder in folders:
        folder.mkdir()
    script.write_text(textwrap.dedent(SEARCH))
    places = dict.fromkeys(("TMPDIR", "JOBLIB_TEMP_FOLDER"), str(folders[1]))
    root = os.path.dirname(os.path.dirname(sklearn_rnn.__file__))
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), what],
        cwd=folders[0],
        env=os.environ | places | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return process, folders


def files_in(folders):
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_worker_ends_a_search_with_an_error_and_leaves_no_files(tmp_path):
    process, folders = start_search(tmp_path, "kill")
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "TerminatedWorkerError" in errors
    assert files_in(folders) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_ends_a_search_in_processes_and_leaves_no_files(tmp_path):
    process, folders = start_search(tmp_path, "wait")
    while not (tmp_path / "training").exists():
        assert process.poll() is None
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: all processes get it
    _, errors = process.communicate(timeout=300)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in errors
    assert files_in(folders) == []
