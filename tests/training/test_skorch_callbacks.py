"""skorch's own callbacks, given to an estimator as ``callbacks=[...]``."""

import json

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss
from skorch.callbacks import (
    BatchScoring,
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    Freezer,
    GradientNormClipping,
    LRScheduler,
    PrintLog,
    TensorBoard,
    TrainEndCheckpoint,
)
from skorch.callbacks import ProgressBar as BatchBar

from sklearn_rnn import RNNClassifier, RNNRegressor


@pytest.fixture
def data(rng):
    X = [rng.normal(size=(length, 2)) for length in rng.integers(1, 9, size=60)]
    return X[:40], [x.sum() for x in X[:40]], X[40:], [x.sum() for x in X[40:]]


@pytest.fixture
def fit(data):
    """Fit a small estimator with callbacks, and with 20 sequences to validate on."""
    X, sums, X_val, sums_val = data

    def fit(*callbacks, estimator=RNNClassifier, validate=True, **params):
        if estimator is RNNClassifier:
            y, y_val = np.array(sums) > 0, np.array(sums_val) > 0
        else:
            y, y_val = sums, sums_val
        params = {
            "hidden_size": 8,
            "dropout": 0.0,
            "max_epochs": 4,
            "batch_size": 8,
            "lr": 0.01,
            "lr_schedule": None,
            "early_stopping": False,
            "random_state": 0,
        } | params
        model = estimator(callbacks=list(callbacks), **params)
        return model.fit(X, y, X_val=X_val, y_val=y_val) if validate else model.fit(X, y)

    return fit


class Weights(Callback):
    """Keeps the weights of each epoch."""

    def on_train_begin(self, net, **kwargs):
        self.epochs_ = []

    def on_epoch_end(self, net, **kwargs):
        weights = net.module_.state_dict().items()
        self.epochs_.append({name: weight.clone() for name, weight in weights})


def epochs_of(model):
    """Give what the copy of ``Weights`` that the fit has filled holds."""
    return next(hook.epochs_ for _, hook in model.net_.callbacks_ if isinstance(hook, Weights))


def same(first, second):
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


def column(model, name):
    return [record[name] for record in model.history_]


# --- scoring ------------------------------------------------------------------------------------


def test_epoch_scoring_on_validation_data_is_the_accuracy(fit, data):
    scoring = EpochScoring("accuracy", lower_is_better=False, name="shared")
    model = fit(scoring)
    assert column(model, "shared") == pytest.approx(column(model, "valid_accuracy"))
    right = accuracy_score(np.array(data[3]) > 0, model.predict(data[2]))
    assert column(model, "shared")[-1] == pytest.approx(right)


def test_epoch_scoring_takes_probabilities(fit, data):
    model = fit(EpochScoring("neg_log_loss", lower_is_better=False))
    expected = log_loss(np.array(data[3]) > 0, model.predict_proba(data[2]))
    assert -column(model, "neg_log_loss")[-1] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("validate", [False, True])
def test_epoch_scoring_on_training_data_is_that_of_the_running_weights(validate, fit):
    scoring = EpochScoring("neg_log_loss", on_train=True, lower_is_better=False)
    model = fit(scoring, validate=validate)
    losses = [-score for score in column(model, "neg_log_loss")]
    assert losses == pytest.approx(column(model, "train_loss"), rel=1e-5)


@pytest.mark.parametrize("on_train", [False, True])
def test_epoch_scoring_of_a_regression_is_its_error(on_train, fit):
    scoring = EpochScoring("neg_mean_squared_error", on_train=on_train, name="mse")
    model = fit(scoring, estimator=RNNRegressor)
    losses = column(model, "train_loss" if on_train else "valid_loss")
    assert [-score / 2 for score in column(model, "mse")] == pytest.approx(losses, rel=1e-5)


def accuracy_of(net, dataset, y=None):
    return accuracy_score(dataset.target, net.predict(dataset))


@pytest.mark.parametrize("on_train", [False, True])
def test_epoch_scoring_by_a_function_predicts_in_the_order_of_the_data(on_train, fit, data):
    scoring = EpochScoring(accuracy_of, use_caching=False, on_train=on_train, name="own")
    model = fit(scoring)
    X, sums = (data[0], data[1]) if on_train else (data[2], data[3])
    right = accuracy_score(np.array(sums) > 0, model.predict(X))
    assert column(model, "own")[-1] == pytest.approx(right)
    assert right != 1


def last_gap(net, X, y):
    return float(np.abs(net.predict_proba(X)[:, 1] - y).max())


def test_epoch_scoring_by_a_function_may_use_what_was_predicted_already(fit, data):
    model = fit(EpochScoring(last_gap))
    gaps = np.abs(model.predict_proba(data[2])[:, 1] - (np.array(data[3]) > 0))
    assert column(model, "last_gap")[-1] == pytest.approx(gaps.max(), rel=1e-6)


def test_batch_scoring_averages_over_batches(fit):
    model = fit(BatchScoring("accuracy", lower_is_better=False, name="by_batch"))
    assert column(model, "by_batch") == pytest.approx(column(model, "valid_accuracy"))


# --- learning rates and gradients ---------------------------------------------------------------


def test_a_scheduler_changes_the_rate_from_epoch_to_epoch(fit):
    model = fit(LRScheduler("StepLR", step_size=1, gamma=0.5), max_epochs=5)
    rates = column(model, "event_lr")
    assert rates == pytest.approx([0.01 * 0.5**epoch for epoch in range(5)])


def test_a_scheduler_changes_the_rate_from_batch_to_batch(fit):
    model = fit(LRScheduler("ExponentialLR", gamma=0.5, step_every="batch"), max_epochs=2)
    assert column(model, "lr")[-1] == pytest.approx(0.01 * 0.5**10, rel=0.6)  # 5 batches each
    (group,) = model.net_.optimizer_.param_groups
    assert group["lr"] == pytest.approx(0.01 * 0.5**10)


def test_a_scheduler_may_watch_a_score(fit):
    never = {"threshold": 100, "threshold_mode": "abs", "patience": 0, "factor": 0.1}
    model = fit(LRScheduler("ReduceLROnPlateau", monitor="valid_loss", **never))
    assert column(model, "event_lr") == pytest.approx([0.01, 0.01, 1e-3, 1e-4])


def test_gradients_can_be_clipped_by_skorch(fit):
    ours = fit(gradient_clip=0.05)
    theirs = fit(GradientNormClipping(0.05), gradient_clip=None)
    neither = fit(gradient_clip=None)
    weights = [model.module_.head.weight for model in (ours, theirs, neither)]
    torch.testing.assert_close(weights[0], weights[1])
    assert not torch.allclose(weights[0], weights[2])


def test_frozen_weights_stay(fit):
    model = fit(Freezer("body.*"), Weights(), validate=False)
    first, *_, last = epochs_of(model)
    for name in first:
        assert torch.equal(first[name], last[name]) == name.startswith("body.")


# --- checkpoints --------------------------------------------------------------------------------


def test_a_checkpoint_keeps_the_weights_of_the_lowest_validation_loss(fit, tmp_path):
    model = fit(Checkpoint(dirname=tmp_path), Weights(), lr=0.3, max_epochs=12)
    losses = column(model, "valid_loss")
    best = int(np.argmin(losses))
    assert 0 < best < 11
    assert column(model, "event_cp") == column(model, "valid_loss_best")
    assert same(torch.load(tmp_path / "params.pt", weights_only=True), epochs_of(model)[best])
    history = json.loads((tmp_path / "history.json").read_text(encoding="utf-8"))
    assert [record["valid_loss"] for record in history] == losses[: best + 1]


def test_a_checkpoint_can_be_loaded_at_the_end(fit, tmp_path):
    model = fit(Checkpoint(dirname=tmp_path, load_best=True), Weights(), lr=0.3, max_epochs=12)
    best = int(np.argmin(column(model, "valid_loss")))
    assert best < 11
    assert same(model.module_.state_dict(), epochs_of(model)[best])


def test_a_checkpoint_of_every_epoch_has_its_number(fit, tmp_path):
    every = Checkpoint(
        monitor=None, dirname=tmp_path, f_params="epoch_{last_epoch[epoch]}.pt", f_optimizer=None
    )
    model = fit(every, Weights(), validate=False)
    for i, weights in enumerate(epochs_of(model)):
        assert same(torch.load(tmp_path / f"epoch_{i + 1}.pt", weights_only=True), weights)


def test_a_checkpoint_of_the_end_is_what_the_model_has(fit, tmp_path):
    model = fit(TrainEndCheckpoint(dirname=tmp_path))
    saved = torch.load(tmp_path / "train_end_params.pt", weights_only=True)
    assert same(saved, model.module_.state_dict())


# --- stopping -----------------------------------------------------------------------------------


def test_early_stopping_ends_a_fit_as_if_it_had_run_its_course(fit, data):
    stopping = EarlyStopping("valid_loss", patience=2, threshold=100, threshold_mode="abs")
    model = fit(stopping, Weights(), max_epochs=30)
    assert model.n_iter_ == len(model.history_) == len(epochs_of(model)) == 3
    assert same(model.module_.state_dict(), epochs_of(model)[-1])
    assert len(model.predict(data[0])) == 40


def test_early_stopping_can_give_back_the_best_weights(fit):
    stopping = EarlyStopping("valid_loss", patience=3, load_best=True, sink=str)
    model = fit(stopping, Weights(), lr=0.3, max_epochs=40)
    losses = column(model, "valid_loss")
    best = int(np.argmin(losses))
    assert len(losses) == best + 4
    assert same(model.module_.state_dict(), epochs_of(model)[best])


def test_ctrl_c_in_a_callback_leaves_fit(fit):
    class Impatient(Callback):
        def on_batch_end(self, net, **kwargs):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(Impatient())


# --- showing ------------------------------------------------------------------------------------


def test_tensorboard_gets_every_figure_of_every_epoch(fit, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    model = fit(TensorBoard(SummaryWriter(tmp_path)))
    events = EventAccumulator(str(tmp_path)).Reload()
    for name in ("train_loss", "valid_loss", "valid_accuracy"):
        scalars = events.Scalars(f"Loss/{name}")
        assert [scalar.step for scalar in scalars] == [1, 2, 3, 4]
        assert [scalar.value for scalar in scalars] == pytest.approx(column(model, name), rel=1e-6)
    assert "lr" in events.Tags()["scalars"]


def test_the_table_of_print_log_has_a_row_an_epoch(fit, capsys):
    model = fit(PrintLog(sink=print), verbose=1)
    header, rule, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["epoch", "lr", "train_loss", "valid_accuracy", "valid_loss", "dur"]
    assert set(rule) == {"-", " "}
    for row, record in zip(rows, model.history_, strict=True):
        assert f"{record['train_loss']:.4f}" in row
        assert f"{record['valid_loss']:.4f}" in row


def test_skorchs_bar_counts_batches(fit, capsys):
    fit(BatchBar(detect_notebook=False), validate=False, max_epochs=2)
    assert "0/5 [" in capsys.readouterr().err  # 40 sequences, 8 at a time


def test_no_callback_means_silence_and_no_files(fit, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fit()
    assert capsys.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
