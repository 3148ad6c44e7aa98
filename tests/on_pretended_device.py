"""Training and prediction on a device: everything is there, and nobody waits for it.

``tests/estimators/test_device.py`` runs these tests in a process of their own: torch begins a
thread for each kind of device at the first backward pass of a process, and none for one that gets
its name later.
"""

import contextlib
import inspect

import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch.callbacks import Callback
from torch import nn

from sklearn_rnn import RNNForecaster, RNNLanguageModel, modules
from sklearn_rnn.inspection import gradient_flow
from sklearn_rnn.nn._scan import linear_scan
from sklearn_rnn.training import _dataset
from tests.device_cases import CASES, predictions
from tests.pretend_device import NAME, pretend_device
from tests.subjects import call, methods_of

# What prediction waits for besides the outputs of each batch: of what is not known before.
SEARCHES = ("language", "generator", "translator")


@pytest.fixture(autouse=True, scope="module")
def known_to_torch():
    """Before the first backward pass, whichever test is run first, or alone."""
    with pretend_device(pytest.MonkeyPatch()):
        pass


def fit_on_device(case, **changes):
    return clone(case.estimator).set_params(device=NAME, **changes).fit(case.X, case.y)


class CountBatches(Callback):
    """Counts the batches of all fits."""

    total = 0

    def on_batch_end(self, net, **kwargs):
        CountBatches.total += 1


def in_more_batches(model):
    """What has the same data make more batches."""
    if isinstance(model, RNNLanguageModel):
        return {"bptt": 1}
    return {"batch_size": model.get_params()["batch_size"] // 2}


def call_everything(model, case):
    """Call whatever takes X: what mixes devices raises a RuntimeError."""
    for method in methods_of(model):
        if method not in ("to_onnx", "save"):
            # Some methods are not for these labels, or need more than X.
            with contextlib.suppress(TypeError, ValueError):
                call(model, method, case.X, case.y)()


def of_networks(copies):
    return {name: n for name, n in copies.items() if name.startswith("sklearn_rnn.nn")}


@pytest.mark.parametrize("name", CASES)
def test_a_device_is_waited_for_once_an_epoch_and_predicts_as_the_cpu_does(name, monkeypatch):
    case, counter = CASES[name], CountBatches()
    with pretend_device(monkeypatch) as watch:
        before = CountBatches.total
        model = fit_on_device(case, callbacks=[counter])
        n_batches = CountBatches.total - before
        of_fit, copied = watch.waits.copy(), of_networks(watch.copies)
        watch.waits.clear()
        predicted = predictions(model, case.X)
        of_prediction = watch.waits.copy()
        call_everything(model, case)
        watch.waits.clear()
        watch.copies.clear()
        before = CountBatches.total
        fit_on_device(case, callbacks=[counter], **in_more_batches(model))
        assert CountBatches.total - before > n_batches
        assert watch.waits == of_fit  # however many batches there are
        assert of_networks(watch.copies) == copied  # which a CUDA graph could not hold
    on_cpu = clone(case.estimator).fit(case.X, case.y)
    np.testing.assert_allclose(predicted, predictions(on_cpu, case.X), rtol=1e-5, atol=1e-5)

    assert {part.device.type for part in model.module_.state_dict().values()} == {NAME}
    assert {type(part).__name__ for part in model.module_.modules()} >= set(case.networks)
    copies = of_fit["copy to the CPU in _to_host"]
    assert copies > 0
    if not isinstance(model, RNNForecaster):  # which is trained a second time, to be calibrated
        assert copies == len(model.history_) * (2 if model.early_stopping_ else 1)
    if name not in SEARCHES:
        waits = {what: n for what, n in of_prediction.items() if "to the device" not in what}
        functions = {what.removeprefix("copy to the CPU in ") for what in waits}
        assert functions <= {"outputs", "step_outputs", "statistics"}
        assert sum(waits.values()) <= 4  # of a single batch


@pytest.mark.parametrize("name", ["lstm both ways", "events", "texts with subwords"])
def test_data_left_in_memory_train_the_same_model(name, monkeypatch):
    case = CASES[name]
    expected = predictions(clone(case.estimator).fit(case.X, case.y), case.X)
    monkeypatch.setattr(_dataset, "fits_on_device", lambda n_bytes, device: False)
    with pretend_device(monkeypatch) as watch:
        model = fit_on_device(case, batch_size=2)
        of_fit = watch.waits.copy()
        watch.waits.clear()
        again = fit_on_device(case)
        assert watch.waits == of_fit
        np.testing.assert_allclose(predictions(again, case.X), expected, rtol=1e-5, atol=1e-5)
    assert model.n_iter_ == again.n_iter_


@pytest.mark.parametrize("options", [{"tbptt": 1}, {"recompute": True}], ids=str)
def test_training_by_stretches_is_that_of_the_cpu(options, monkeypatch):
    case = CASES["lstm both ways"]
    expected = clone(case.estimator).set_params(**options).fit(case.X, case.y).predict_proba(case.X)
    with pretend_device(monkeypatch) as watch:
        waits = []
        for batch_size in (4, 2):
            watch.waits.clear()
            model = fit_on_device(case, **options, batch_size=batch_size)
            waits.append(watch.waits.copy())
            if batch_size == 4:
                found = model.predict_proba(case.X)
        assert waits[0] == waits[1]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_stream_and_what_looks_into_a_network_are_on_its_device(monkeypatch):
    case = CASES["cell gru"]
    one_way = clone(case.estimator).set_params(bidirectional=False, pooling="attention")
    on_cpu = clone(one_way).fit(case.X, case.y)
    X, y = case.X[:2], case.y[:2]
    expected = list(on_cpu.predict_stream([X[1][:1], X[1][1:]], method="predict_proba"))
    with pretend_device(monkeypatch):
        model = clone(one_way).set_params(device=NAME).fit(case.X, case.y)
        found = list(model.predict_stream([X[1][:1], X[1][1:]], method="predict_proba"))
        flow = gradient_flow(model, X, y)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert str(flow) == str(gradient_flow(on_cpu, X, y))


def test_every_network_is_run_on_a_device():
    networks = {
        name
        for file in vars(modules).values()
        if inspect.ismodule(file)
        for name, part in inspect.getmembers(file, inspect.isclass)
        if issubclass(part, nn.Module) and part.__module__.startswith("sklearn_rnn.modules")
    }
    assert networks <= {name for case in CASES.values() for name in case.networks}


# --- the pretended device itself ----------------------------------------------------------------


def test_the_watch_sees_what_a_gpu_would_wait_for(monkeypatch):
    with pretend_device(monkeypatch) as watch:
        there = torch.arange(6.0).to(NAME, non_blocking=True)
        assert not watch.total()
        there = there + torch.arange(6.0, device=NAME) * 2  # neither waits
        there[there > 1] = 0  # a fill, which needs no size
        assert not watch.total()
        for waits in (
            lambda: there.sum().item(),
            lambda: bool((there > 0).any()),
            lambda: torch.nonzero(there),
            lambda: there[there > 0],
            lambda: there.unique(),
            lambda: torch.repeat_interleave(there, there.long()),
            lambda: there.cpu(),
            lambda: torch.ones(2).to(NAME),
            lambda: there.tolist(),
        ):
            before = watch.total()
            waits()
            assert watch.total() == before + 1, inspect.getsource(waits)


def test_mixed_devices_are_an_error_as_on_a_gpu(monkeypatch):
    with pretend_device(monkeypatch):
        there = torch.ones(3, device=NAME)
        with pytest.raises(RuntimeError, match="mixes devices"):
            there + torch.ones(3)
        with pytest.raises(RuntimeError, match="mixes devices"):
            there[torch.tensor([0, 1])]
        layer = nn.LSTM(3, 2, batch_first=True, device="meta").to_empty(device="cpu")
        with pytest.raises(RuntimeError, match="mixes devices"):
            layer(torch.ones(1, 2, 3, device=NAME))


def test_cudnn_has_no_gradients_of_a_layer_that_does_not_train(monkeypatch):
    layer = nn.GRU(3, 2, batch_first=True, device="meta").to_empty(device="cpu").eval()
    with pretend_device(monkeypatch):
        states, _ = layer.to(NAME)(torch.ones(1, 2, 3, device=NAME))
        with pytest.raises(RuntimeError, match="only be called in training mode"):
            states.sum().backward()


def test_gradients_on_the_device_are_those_of_the_cpu(monkeypatch):
    cpu = nn.LSTM(3, 2, batch_first=True, device="meta").to_empty(device="cpu")
    generator = torch.Generator().manual_seed(0)
    steps = torch.randn(2, 4, 3, generator=generator)
    with torch.no_grad():
        for weight in cpu.parameters():
            weight.normal_(generator=generator)
    cpu(steps)[0].square().sum().backward()
    expected = [weight.grad.clone() for weight in cpu.parameters()]
    cpu.zero_grad()
    with pretend_device(monkeypatch):
        there = cpu.to(NAME)
        there(steps.to(NAME))[0].square().sum().backward()
        for weight, gradient in zip(there.parameters(), expected, strict=True):
            assert weight.grad.device.type == NAME
            torch.testing.assert_close(weight.grad.cpu(), gradient)


def test_conjugates_and_their_gradients_are_those_of_the_cpu(monkeypatch):
    """torch puts conjugates off, which a device has to make up for."""
    steps = torch.polar(torch.ones(5, 1, 2), torch.arange(10.0).view(5, 1, 2))
    gates = torch.tensor([0.5 + 0.5j, -0.9j]).requires_grad_()

    def gradient(gates, steps):
        weighed = linear_scan(gates, steps).conj() * steps
        return torch.autograd.grad(weighed.imag.sum(), gates)[0]

    with pretend_device(monkeypatch):
        found = gradient(gates.to(NAME), steps.to(NAME)).cpu()
    torch.testing.assert_close(found, gradient(gates, steps))
