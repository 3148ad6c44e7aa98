"""The library's own callbacks."""

import io
import math
import os
import re
import sys
import threading

import pytest
import torch
from skorch.callbacks import Callback

from sklearn_rnn.training import (
    SCHEDULES,
    BestEpoch,
    ClipGradients,
    EpochLog,
    EpochTime,
    LearningRateCurve,
    ProgressBar,
)
from sklearn_rnn.training._callbacks import _Bar


class Script(Callback):
    """Writes given figures into the history, and keeps the weights of each epoch."""

    def __init__(self, figures):
        self.figures = figures

    def on_train_begin(self, net, **kwargs):
        self.weights_ = []

    def on_epoch_end(self, net, **kwargs):
        net.history.record("figure", self.figures[len(net.history) - 1])
        self.weights_.append(copy_of(net.module_))


def copy_of(module):
    return {name: weight.clone() for name, weight in module.state_dict().items()}


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


# --- BestEpoch ----------------------------------------------------------------------------------

FALLING_THEN_NOT = [5.0, 4.0, 3.0, 3.5, 2.5, 2.6, 2.7, 2.8, 2.9, 2.2]


@pytest.mark.parametrize(
    ("figures", "patience", "tol", "best", "epochs"),
    [
        (FALLING_THEN_NOT, 1, 0.0, 3, 4),
        (FALLING_THEN_NOT, 2, 0.0, 5, 7),
        (FALLING_THEN_NOT, 4, 0.0, 5, 9),
        (FALLING_THEN_NOT, 5, 0.0, 10, 10),
        (FALLING_THEN_NOT, 2, 0.75, 5, 5),
        ([3.0, 2.9, 2.8, 2.7, 2.6], 2, 0.15, 5, 5),  # slow, but in the end it adds up
        ([3.0, 2.95, 2.93, 2.92, 2.0], 3, 0.1, 4, 4),  # too slow; its best is kept all the same
        ([1.0, 1.0, 1.0, 1.0], 2, 0.0, 1, 3),  # the same again is no improvement
        ([1.0, 2.0, 3.0], 9, 0.0, 1, 3),
    ],
)
@pytest.mark.parametrize("higher_is_better", [False, True])
def test_training_stops_after_patience_with_the_weights_of_the_best_epoch(
    figures, patience, tol, best, epochs, higher_is_better, make_net, make_dataset
):
    figures = [-figure for figure in figures] if higher_is_better else figures
    script = Script(figures)
    stopper = BestEpoch("figure", higher_is_better=higher_is_better, patience=patience, tol=tol)
    net = make_net(
        callbacks=[script, ("best_epoch", stopper)], net_params={"max_epochs": len(figures)}
    )
    net.partial_fit(make_dataset())
    assert len(net.history) == epochs
    assert stopper.best_epoch_ == best
    assert same(net.module_.state_dict(), script.weights_[best - 1])
    others = [weights for i, weights in enumerate(script.weights_) if i != best - 1]
    assert not any(same(weights, net.module_.state_dict()) for weights in others)


# --- learning rates -----------------------------------------------------------------------------


def torch_factors(scheduler, n_steps, **options):
    """What a scheduler of torch multiplies the learning rate by, step for step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = scheduler(optimizer, **options)
    factors = []
    for _ in range(n_steps):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return factors


def test_cosine_is_that_of_torch():
    n = 300
    expected = torch_factors(torch.optim.lr_scheduler.CosineAnnealingLR, n, T_max=n)
    curve = [SCHEDULES["cosine"](step / n) for step in range(n)]
    assert curve == pytest.approx(expected, abs=1e-9)


def test_one_cycle_is_that_of_torch():
    n = 1000
    expected = torch_factors(
        torch.optim.lr_scheduler.OneCycleLR, n, max_lr=1.0, total_steps=n, final_div_factor=1e12
    )
    # torch reaches the top one step before 30 % of all steps, and the end with the last one.
    top = 0.3 * n - 1
    rise = [0.3 * step / top for step in range(int(top) + 1)]
    fall = [0.3 + 0.7 * (step - top) / (n - 1 - top) for step in range(int(top) + 1, n)]
    curve = [SCHEDULES["one_cycle"](progress) for progress in rise + fall]
    assert curve == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "begin", "top"), [("cosine", 1.0, 0.0), ("one_cycle", 1 / 25, 0.3)]
)
def test_a_schedule_has_one_top_and_ends_at_zero(name, begin, top):
    schedule = SCHEDULES[name]
    assert schedule(0.0) == pytest.approx(begin)
    assert schedule(top) == pytest.approx(1.0)
    assert schedule(1.0) == pytest.approx(0.0, abs=1e-12)
    rates = [schedule(i / 1000) for i in range(1001)]
    peak = int(1000 * top)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


class Rates(Callback):
    def on_train_begin(self, net, **kwargs):
        self.rates_, self.rows_ = [], []

    def on_batch_begin(self, net, batch=None, training=False, **kwargs):
        if training:
            self.rates_.append([group["lr"] for group in net.optimizer_.param_groups])
            self.rows_.append(batch[0]["n_rows"])


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_rate_of_each_batch_is_that_of_the_rows_seen_before_it(name, make_net, make_dataset):
    rates = Rates()
    groups = [("head.*", {"lr": 0.5})]
    net = make_net(
        callbacks=[("curve", LearningRateCurve(SCHEDULES[name])), ("rates", rates)],
        valid=make_dataset(),  # what is validated does not count
        net_params={"max_epochs": 4, "lr": 0.02, "optimizer__param_groups": groups},
    )
    net.partial_fit(make_dataset(30))
    seen, total = 0, 4 * 30
    for (head, rest), n_rows in zip(rates.rates_, rates.rows_, strict=True):
        factor = SCHEDULES[name](seen / total)
        assert head == pytest.approx(0.5 * factor)
        assert rest == pytest.approx(0.02 * factor)
        seen += n_rows
    assert seen == total
    assert [group["lr"] for group in net.optimizer_.param_groups] == [0.5, 0.02]


def test_the_curve_begins_anew_with_the_next_training(make_net, make_dataset):
    rates = Rates()
    net = make_net(callbacks=[LearningRateCurve(SCHEDULES["one_cycle"]), rates])
    dataset = make_dataset(32)
    net.partial_fit(dataset)
    first = rates.rates_
    net.partial_fit(dataset)
    assert rates.rates_ == first


# --- gradients ----------------------------------------------------------------------------------


class Norms(Callback):
    def on_train_begin(self, net, **kwargs):
        self.norms_ = []

    def on_grad_computed(self, net, **kwargs):
        squares = [w.grad.double().square().sum() for w in net.module_.parameters()]
        self.norms_.append(math.sqrt(sum(squares)))


def test_gradients_are_scaled_down_to_the_norm_and_never_up(make_net, make_dataset):
    before, after = Norms(), Norms()
    callbacks = [("before", before), ("clip", ClipGradients(0.25)), ("after", after)]
    make_net(callbacks=callbacks).partial_fit(make_dataset(60))
    expected = [min(norm, 0.25) for norm in before.norms_]
    assert after.norms_ == pytest.approx(expected, rel=1e-4)
    assert min(before.norms_) < 0.25 < max(before.norms_)


# --- what is recorded and shown -----------------------------------------------------------------


def test_seconds_and_rate_of_each_epoch_are_recorded(make_net, make_dataset):
    net = make_net(callbacks=[EpochTime()], net_params={"lr": 0.03}).partial_fit(make_dataset())
    assert net.history[:, "lr"] == [0.03] * 3
    assert all(0 < seconds < 60 for seconds in net.history[:, "dur"])


def test_one_line_an_epoch_is_printed(make_net, make_dataset, capsys):
    net = make_net(callbacks=[EpochTime(), EpochLog()], valid=make_dataset())
    net.partial_fit(make_dataset())
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert len(lines) == 3
    for i, line in enumerate(lines):
        record = net.history[i]
        assert line.startswith(f"epoch {i + 1} of 3: ")
        for name in ("train_loss", "valid_loss", "valid_accuracy"):
            assert f"{name} {record[name]:.4f}" in line
        assert line.endswith(f", {record['dur']:.2f} s")
        assert "best" not in line


@pytest.fixture(params=["terminal", "notebook"])
def screen(request, monkeypatch):
    """Makes a screen, which can be redrawn, take the place of the standard error stream."""
    kind = type("Screen", (io.StringIO,), {"isatty": lambda self: request.param == "terminal"})
    if request.param == "notebook":
        kind.__module__ = "ipykernel.iostream"

    def turn_on():  # within the test, before which pytest sets streams of its own
        monkeypatch.setattr(sys, "stderr", kind())
        return sys.stderr

    return turn_on


def test_a_bar_goes_over_the_epochs(make_net, make_dataset, screen, capsys):
    screen = screen()
    net = make_net(callbacks=[ProgressBar()], valid=make_dataset())
    net.partial_fit(make_dataset())
    err = screen.getvalue()
    last = re.split(r"[\r\n]+", err.strip())[-1]
    assert capsys.readouterr() == ("", "")
    assert "3/3" in last
    assert f"valid_loss={net.history[-1, 'valid_loss']:.4f}" in last
    assert err.endswith("\n") and err.count("\n") == 1  # the bar was closed, once


def test_a_bar_is_as_wide_as_its_terminal(make_net, make_dataset, monkeypatch):
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals on Windows")
    termios = pytest.importorskip("termios")
    reader, writer = pty.openpty()
    termios.tcsetwinsize(writer, (24, 60))
    with os.fdopen(writer, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        make_net(callbacks=[ProgressBar()], valid=make_dataset()).partial_fit(make_dataset())
        text = os.read(reader, 100_000).decode()
    os.close(reader)
    drawn = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    assert "3/3" in drawn[-1]
    assert max(map(len, drawn)) <= 60


def test_a_bar_leaves_no_thread_behind(make_net, make_dataset, screen):
    screen()
    before = threading.active_count()
    make_net(callbacks=[ProgressBar()]).partial_fit(make_dataset())
    assert threading.active_count() == before
    assert "monitor" not in vars(_Bar)  # nor did an earlier bar start one


def test_a_log_gets_a_line_an_epoch_instead_of_a_bar(make_net, make_dataset, capsys):
    net = make_net(callbacks=[EpochTime(), ProgressBar()], valid=make_dataset())
    net.partial_fit(make_dataset())
    out, err = capsys.readouterr()
    assert out == ""
    assert "\r" not in err
    lines = err.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"epoch {i} of 3" for i in (1, 2, 3)]
    for i, line in enumerate(lines):
        assert f"valid_loss {net.history[i, 'valid_loss']:.4f}" in line


def test_a_bar_closes_when_training_stops_early(make_net, make_dataset, screen):
    screen = screen()
    stopper = BestEpoch("figure", higher_is_better=False, patience=1, tol=0.0)
    callbacks = [Script([1.0, 2.0]), stopper, ProgressBar()]
    make_net(callbacks=callbacks, net_params={"max_epochs": 7}).partial_fit(make_dataset())
    err = screen.getvalue()
    assert "2/7" in err
    assert err.endswith("\n")


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
@pytest.mark.parametrize("method", ["on_train_begin", "on_epoch_end", "on_train_end"])
@pytest.mark.parametrize("first", [False, True], ids=["after", "before"])
def test_the_bar_is_closed_when_training_fails(
    method, first, error, make_net, make_dataset, screen
):
    class Failing(Callback):
        pass

    def fail(net, **kwargs):
        raise error

    screen = screen()
    failing, bar = Failing(), ProgressBar()
    setattr(failing, method, fail)
    callbacks = [("failing", failing), ("bar", bar)]
    net = make_net(callbacks=callbacks if first else callbacks[::-1])
    with pytest.raises(error):
        net.partial_fit(make_dataset())
    assert bar.bar_ is None
    assert not _Bar._instances  # none is open, to be drawn below others
    began = (method, first) != ("on_train_begin", True)
    assert screen.getvalue().count("\n") == began
    assert screen.getvalue().endswith("\n" if began else "")
