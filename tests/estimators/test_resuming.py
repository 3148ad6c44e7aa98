"""A fit that was cut short goes on, and ends as if nothing had happened."""

import errno
import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import Callback, EarlyStopping, EpochScoring, LRScheduler

from sklearn_rnn import RNNClassifier, RNNLanguageModel
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.training import Checkpoint, SequenceNet
from tests.resumable_fits import CASES, ESTIMATORS, MOMENTS, data, make, record, weights

ROOT = Path(__file__).resolve().parents[2]


class Stop(Exception):
    """Ends a fit after an epoch."""


@pytest.fixture
def stop_after(monkeypatch):
    """Give a function that lets fits end, by an exception, when an epoch is kept; None: no more."""
    after_epoch = Checkpoint.after_epoch

    def stop_after(epoch):
        def stop(checkpoint, net, *, is_over):
            after_epoch(checkpoint, net, is_over=is_over)
            if len(net.history) == epoch:
                raise Stop

        monkeypatch.setattr(Checkpoint, "after_epoch", stop if epoch else after_epoch)

    return stop_after


@pytest.fixture
def epochs_run(monkeypatch):
    """A list that gets the number of each epoch that is trained."""
    run, numbers = SequenceNet.run_single_epoch, []

    def count(net, iterator, training, **kwargs):
        if training:
            numbers.append(len(net.history))
        return run(net, iterator, training, **kwargs)

    monkeypatch.setattr(SequenceNet, "run_single_epoch", count)
    return numbers


@functools.cache
def uninterrupted(name):
    """The estimator that nothing cut short, and that kept nothing."""
    return make(name).fit(*data(name))


def assert_same(estimator, other):
    assert weights(estimator) == weights(other)
    assert record(estimator) == record(other)
    assert estimator.best_epoch_ == other.best_epoch_


def cut_short(estimator, name, stop_after, epoch=2):
    """Let a fit end after an epoch."""
    stop_after(epoch)
    with pytest.raises(Stop):
        estimator.fit(*data(name))
    stop_after(None)


def epochs_kept(folder):
    return sorted(int(path.stem[-6:]) for path in folder.iterdir())


# --- killed -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """The folders of fits whose processes were killed."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.resumable_fits", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize(("name", "moment"), CASES)
def test_a_killed_fit_ends_bit_for_bit_as_if_it_had_lived(killed, epochs_run, name, moment):
    whole = uninterrupted(name)
    folder, kept = killed / f"{name}-{moment}", MOMENTS[moment]
    assert any(f"-{kept:06d}.safetensors" in path.name for path in folder.iterdir())
    epochs_run.clear()
    resumed = make(name, folder).fit(*data(name), resume=True)
    assert epochs_run[: whole.n_iter_ - kept] == list(range(kept + 1, whole.n_iter_ + 1))
    assert_same(resumed, whole)
    answer = "transform" if name == "encoder" else "predict"
    predicted, expected = (getattr(e, answer)(data(name)[0]) for e in (resumed, whole))
    assert np.all(predicted == expected)
    assert epochs_kept(folder) == [whole.n_iter_]


def test_intervals_of_a_resumed_forecaster_are_the_same(killed):
    resumed = make("forecaster", killed / "forecaster-writing").fit(
        *data("forecaster"), resume=True
    )
    known = data("forecaster")[0].shift(3, freq="D").tail(3)
    for found, expected in zip(
        resumed.predict_interval(known),
        uninterrupted("forecaster").predict_interval(known),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


# --- cut short in this process ------------------------------------------------------------------


@pytest.mark.parametrize("name", ESTIMATORS)
def test_keeping_epochs_changes_nothing_but_the_folder(tmp_path, name):
    estimator = make(name, tmp_path / "new" / "folder").fit(*data(name))
    assert_same(estimator, uninterrupted(name))
    assert epochs_kept(tmp_path / "new" / "folder") == [estimator.n_iter_]


def test_nothing_is_kept_unless_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make("classifier").fit(*data("classifier"))
    make("regressor", tmp_path).partial_fit(*data("regressor"))
    assert os.listdir(tmp_path) == []


def test_a_fit_that_was_over_is_not_trained_again(tmp_path, epochs_run):
    whole = make("tagger", tmp_path).fit(*data("tagger"))
    assert whole.n_iter_ < whole.max_epochs or whole.n_iter_ == 5
    epochs_run.clear()
    assert_same(make("tagger", tmp_path).fit(*data("tagger"), resume=True), whole)
    assert epochs_run == []


def test_a_fit_that_stopped_early_stays_stopped(tmp_path, epochs_run):
    options = {"early_stopping": True, "n_iter_no_change": 1, "tol": 10.0, "max_epochs": 9}
    whole = make("regressor", tmp_path, **options).fit(*data("regressor"))
    assert whole.n_iter_ == 2
    epochs_run.clear()
    resumed = make("regressor", tmp_path, **options).fit(*data("regressor"), resume=True)
    assert_same(resumed, whole)
    assert epochs_run == []


def test_resume_begins_anew_in_an_empty_folder(tmp_path):
    resumed = make("classifier", tmp_path).fit(*data("classifier"), resume=True)
    assert_same(resumed, uninterrupted("classifier"))


def test_without_resume_fit_begins_anew(tmp_path, stop_after, epochs_run):
    cut_short(make("classifier", tmp_path), "classifier", stop_after)
    epochs_run.clear()
    assert_same(make("classifier", tmp_path).fit(*data("classifier")), uninterrupted("classifier"))
    assert epochs_run == [1, 2, 3, 4, 5]


def test_a_fit_without_random_state_goes_on_with_the_numbers_it_drew(tmp_path, stop_after):
    one, other = (make("classifier", tmp_path / name, random_state=None) for name in "ab")
    cut_short(one, "classifier", stop_after, epoch=4)
    cut_short(other, "classifier", stop_after, epoch=4)
    one, again, other = (
        make("classifier", tmp_path / name, random_state=None).fit(*data("classifier"), resume=True)
        for name in "aab"
    )
    assert_same(one, again)
    assert weights(one) != weights(other)


def test_a_random_state_that_moves_on_is_the_same_fit_where_it_is_as_before(tmp_path, stop_after):
    whole = make("regressor", random_state=np.random.RandomState(3)).fit(*data("regressor"))
    cut_short(
        make("regressor", tmp_path, random_state=np.random.RandomState(3)), "regressor", stop_after
    )
    resumed = make("regressor", tmp_path, random_state=np.random.RandomState(3))
    assert_same(resumed.fit(*data("regressor"), resume=True), whole)


def test_validation_data_and_weights_are_part_of_the_fit(tmp_path, stop_after):
    X, y = data("classifier")
    given = {"sample_weight": np.arange(40) % 3, "X_val": X[:9], "y_val": y[:9]}
    whole = make("classifier").fit(X, y, **given)
    stop_after(3)
    with pytest.raises(Stop):
        make("classifier", tmp_path).fit(X, y, **given)
    stop_after(None)
    for change in (
        {"X_val": X[:8], "y_val": y[:8]},
        {"y_val": ~y[:9]},
        {"sample_weight": None},
    ):
        with pytest.raises(ValueError, match="differs in its data"):
            make("classifier", tmp_path).fit(X, y, **given | change, resume=True)
    assert_same(make("classifier", tmp_path).fit(X, y, **given, resume=True), whole)


def test_training_that_goes_on_resumes_from_the_same_weights(tmp_path, stop_after):
    def begun(seed=0):
        estimator = make("classifier", warm_start=True, random_state=seed)
        return estimator.fit(*data("classifier")).set_params(random_state=1)

    whole = begun().fit(*data("classifier"))
    cut_short(begun().set_params(checkpoint=tmp_path), "classifier", stop_after)
    with pytest.raises(ValueError, match="differs in its data"):
        begun(seed=7).set_params(checkpoint=tmp_path).fit(*data("classifier"), resume=True)
    resumed = begun().set_params(checkpoint=tmp_path).fit(*data("classifier"), resume=True)
    assert resumed.n_iter_ == 10
    assert_same(resumed, whole)


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "sgd", "lr": 0.1, "lr_schedule": None},
        {"optimizer": "nadam", "lr_schedule": "cosine"},
        {"optimizer": torch.optim.Adagrad, "net_params": {"optimizer__lr_decay": 0.1}},
        {"precision": "bfloat16"},
        {"cell": torch.nn.GRU},
        {"tbptt": 3, "bidirectional": False, "pooling": "last"},
        {"recompute": True},
        {"callbacks": [EpochScoring("accuracy", lower_is_better=False, name="accuracy")]},
        {"callbacks": [EarlyStopping("train_loss", patience=4, threshold=9, load_best=True)]},
        {"callbacks": [LRScheduler("StepLR", step_size=2, gamma=0.3)]},
        {
            "callbacks": [
                LRScheduler(
                    torch.optim.lr_scheduler.OneCycleLR,
                    max_lr=0.1,
                    total_steps=99,
                    step_every="batch",
                )
            ]
        },
    ],
    ids=lambda options: ", ".join(options),
)
def test_optimisers_and_callbacks_go_on(tmp_path, stop_after, options):
    whole = make("classifier", **options).fit(*data("classifier"))
    cut_short(make("classifier", tmp_path, **options), "classifier", stop_after)
    assert_same(
        make("classifier", tmp_path, **options).fit(*data("classifier"), resume=True), whole
    )


# --- callbacks of the user ----------------------------------------------------------------------


class Counts(Callback):
    """Has a state that no attribute of plain data holds, and says what it is."""

    def initialize(self):
        self.numbers = iter(())
        return self

    def on_train_begin(self, net, **kwargs):
        self.numbers, self.last = iter(range(100)), -1

    def on_epoch_end(self, net, **kwargs):
        self.last = next(self.numbers)
        net.history.record("count", self.last)

    def state_dict(self):
        return {"last": self.last}

    def load_state_dict(self, state):
        self.last = state["last"]
        self.numbers = iter(range(self.last + 1, 100))


class Hides(Callback):
    """Holds an open file between epochs."""

    def on_train_begin(self, net, **kwargs):
        self.file = open(os.devnull)  # noqa: SIM115

    def on_train_failed(self, net):
        self.file.close()


def test_a_callback_may_say_what_its_state_is(tmp_path, stop_after):
    cut_short(make("classifier", tmp_path, callbacks=[Counts()]), "classifier", stop_after)
    resumed = make("classifier", tmp_path, callbacks=[Counts()])
    resumed.fit(*data("classifier"), resume=True)
    assert [row["count"] for row in resumed.history_] == [0, 1, 2, 3, 4]


def test_a_callback_whose_state_cannot_be_kept_is_refused_at_once(tmp_path, epochs_run):
    with pytest.raises(TypeError, match="'Hides' keeps file .*TextIOWrapper.*state_dict"):
        make("classifier", tmp_path, callbacks=[Hides()]).fit(*data("classifier"))
    assert epochs_run == []
    assert os.listdir(tmp_path) == []


# --- what is refused ----------------------------------------------------------------------------


TEXTS, MOODS = ["good film", "bad film", "so so", "good"] * 6, ["+", "-", "0", "+"] * 6


@pytest.mark.parametrize("epoch", [1, 3])
@pytest.mark.parametrize("start", ["pretrained", "embedding"])
def test_a_network_that_started_from_another_one_goes_on(tmp_path, stop_after, start, epoch):
    small = {"hidden_size": 3, "embedding_dim": 3, "max_epochs": 1, "random_state": 0}
    starts = {
        "pretrained": {"pretrained": RNNLanguageModel(**small).fit(TEXTS), "unfreeze_epochs": 2},
        "embedding": {"embedding": {"good": np.ones(3)}, "freeze_embedding": True},
    }
    options = {"max_epochs": 5, "batch_size": 8, "random_state": 0, "hidden_size": 3}
    estimator = RNNClassifier(**options | starts[start])
    whole = clone(estimator).fit(TEXTS, MOODS)
    estimator.set_params(checkpoint=tmp_path)
    stop_after(epoch)
    with pytest.raises(Stop):
        clone(estimator).fit(TEXTS, MOODS)
    stop_after(None)
    assert_same(estimator.fit(TEXTS, MOODS, resume=True), whole)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_other_parameters_are_refused_and_named(tmp_path, stop_after, name):
    cut_short(make(name, tmp_path), name, stop_after)
    before = epochs_kept(tmp_path)
    other = make(name, tmp_path, lr=0.5, max_epochs=7)
    with pytest.raises(ValueError, match=re.escape("lr ('auto' there, 0.5 here)")) as caught:
        other.fit(*data(name), resume=True)
    assert "max_epochs (5 there, 7 here)" in str(caught.value)
    assert "its data" not in str(caught.value)
    assert epochs_kept(tmp_path) == before
    assert_same(make(name, tmp_path).fit(*data(name), resume=True), uninterrupted(name))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_other_data_is_refused(tmp_path, stop_after, name):
    cut_short(make(name, tmp_path), name, stop_after)
    X, y = data(name)
    with pytest.raises(ValueError, match="differs in its data"):
        make(name, tmp_path).fit(X[1:], None if y is None else y[1:], resume=True)


def test_other_data_begins_anew_where_that_is_asked_for(tmp_path, stop_after):
    cut_short(make("regressor", tmp_path), "regressor", stop_after)
    X, y = data("regressor")
    other = make("regressor", tmp_path).fit(X, y + 1, resume="auto")
    assert_same(other, make("regressor").fit(X, y + 1))
    assert_same(make("regressor", tmp_path).fit(X, y, resume="auto"), uninterrupted("regressor"))


def test_names_of_classes_are_part_of_the_data(tmp_path, stop_after):
    cut_short(make("classifier", tmp_path), "classifier", stop_after)
    X, y = data("classifier")
    with pytest.raises(ValueError, match="differs in its data"):
        make("classifier", tmp_path).fit(X, np.where(y, "yes", "no"), resume=True)


def test_verbose_and_the_folder_are_no_part_of_the_fit(tmp_path, stop_after, capsys):
    (tmp_path / "a").mkdir()
    cut_short(make("regressor", tmp_path / "a"), "regressor", stop_after)
    (tmp_path / "a").rename(tmp_path / "b")
    resumed = make("regressor", str(tmp_path / "b"), verbose=2).fit(*data("regressor"), resume=True)
    assert_same(resumed, uninterrupted("regressor"))
    assert capsys.readouterr().out.startswith("epoch 3 of 5")


def test_resume_needs_a_folder():
    with pytest.raises(ValueError, match="checkpoint is None"):
        make("classifier").fit(*data("classifier"), resume=True)
    make("classifier").fit(*data("classifier"), resume="auto")


@pytest.mark.parametrize("resume", [None, "yes", 2])
def test_resume_is_true_false_or_auto(tmp_path, resume):
    with pytest.raises(ValueError, match="resume must be True, False"):
        make("classifier", tmp_path).fit(*data("classifier"), resume=resume)


@pytest.mark.parametrize("checkpoint", [True, 1, b"folder"])
def test_checkpoint_is_a_path(checkpoint):
    with pytest.raises(ValueError, match="checkpoint"):
        make("classifier", checkpoint).fit(*data("classifier"))


def test_a_damaged_file_is_refused(tmp_path, stop_after):
    cut_short(make("classifier", tmp_path), "classifier", stop_after)
    [path] = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=path.name):
        make("classifier", tmp_path).fit(*data("classifier"), resume=True)


# --- the folder ---------------------------------------------------------------------------------


def test_clones_of_a_search_share_a_folder_and_resume(tmp_path, stop_after, epochs_run):
    X, y = data("classifier")
    search = GridSearchCV(make("classifier", tmp_path), {"lr": [0.01, 0.1]}, cv=2)
    fitted = clone(search).fit(X, y)
    files = {path.name for path in tmp_path.iterdir()}
    assert len(files) == 5  # two folds of two candidates, and the best one on all data
    epochs_run.clear()
    again = clone(search).fit(X, y, resume="auto")
    assert epochs_run == []
    assert {path.name for path in tmp_path.iterdir()} == files
    scores = [s.cv_results_["mean_test_score"].tolist() for s in (fitted, again)]
    assert scores[0] == scores[1]
    assert_same(fitted.best_estimator_, again.best_estimator_)


def test_a_killed_writer_leaves_nothing_for_long(tmp_path, stop_after):
    cut_short(make("classifier", tmp_path), "classifier", stop_after)
    [path] = tmp_path.iterdir()
    (tmp_path / f".{path.name}.0123.tmp").write_bytes(b"half a file")
    make("classifier", tmp_path).fit(*data("classifier"), resume=True)
    assert epochs_kept(tmp_path) == [5]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_full_disk_raises_at_once_and_leaves_the_last_good_file(
    tmp_path, monkeypatch, epochs_run, code
):
    fsync, n_left = os.fsync, 2 * 3  # file and folder, of the beginning and of two epochs

    def fail(descriptor):
        nonlocal n_left
        n_left -= 1
        if n_left < 0:
            raise OSError(code, os.strerror(code))
        fsync(descriptor)

    estimator = make("classifier", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError) as caught:
            estimator.fit(*data("classifier"))
    assert caught.value.errno == code
    assert str(tmp_path) in str(caught.value.filename)
    assert epochs_run == [1, 2, 3]
    assert epochs_kept(tmp_path) == [2]
    assert not hasattr(estimator, "net_")
    assert_same(estimator.fit(*data("classifier"), resume=True), uninterrupted("classifier"))


def test_a_folder_that_takes_no_file_raises_before_the_first_epoch(
    tmp_path, monkeypatch, epochs_run
):
    def refuse(path, flags, *args, **kwargs):
        if flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return opened(path, flags, *args, **kwargs)

    opened = os.open
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        with pytest.raises(PermissionError):
            make("classifier", tmp_path).fit(*data("classifier"))
    assert epochs_run == []
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileExistsError):
        make("classifier", tmp_path / "file").fit(*data("classifier"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_raises_before_the_first_epoch(tmp_path, epochs_run):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            make("classifier", tmp_path).fit(*data("classifier"))
    finally:
        tmp_path.chmod(0o700)
    assert epochs_run == []


def test_ctrl_c_leaves_the_whole_epochs_and_a_file_to_resume_from(tmp_path, monkeypatch):
    step = SequenceNet.train_step_single

    def interrupt(net, batch, **kwargs):
        if len(net.history) == 3:
            raise KeyboardInterrupt
        return step(net, batch, **kwargs)

    estimator = make("regressor", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(SequenceNet, "train_step_single", interrupt)
        with pytest.raises(KeyboardInterrupt):
            estimator.fit(*data("regressor"))
    assert estimator.n_iter_ == 2
    assert estimator.interrupted_
    estimator.fit(*data("regressor"), resume=True)
    assert not estimator.interrupted_
    assert_same(estimator, uninterrupted("regressor"))


def test_ctrl_c_right_after_resuming_keeps_the_epochs_of_before(tmp_path, stop_after, monkeypatch):
    cut_short(make("classifier", tmp_path), "classifier", stop_after)

    def interrupt(net, batch, **kwargs):
        raise KeyboardInterrupt

    estimator = make("classifier", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(SequenceNet, "train_step_single", interrupt)
        with pytest.raises(KeyboardInterrupt):
            estimator.fit(*data("classifier"), resume=True)
    assert estimator.n_iter_ == 2
    estimator.predict(data("classifier")[0])
    estimator.fit(*data("classifier"), resume=True)
    assert_same(estimator, uninterrupted("classifier"))
