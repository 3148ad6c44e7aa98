"""Steps that are recorded and repeated: the bookkeeping, with a recorder that needs no GPU."""

from contextlib import contextmanager

import numpy as np
import pytest
import torch

from sklearn_rnn import RNNClassifier, RNNForecaster, RNNLanguageModel
from sklearn_rnn.training import _cuda_graphs
from sklearn_rnn.training._cuda_graphs import GpuRecorder, GraphedSteps
from sklearn_rnn.training._net import SequenceNet
from tests.bad_inputs import TABLE
from tests.bad_texts import TEXTS
from tests.forecasting_data import TINY, daily
from tests.own_cells import Mixer
from tests.subjects import TARGETS

SMALL = {"hidden_size": 4, "early_stopping": False, "random_state": 0, "device": "cpu"}


class Recorder:
    """Repeats a step by running it again, into the same memory, as a graph would."""

    def __init__(self, module, fails=False):
        self.module, self.fails = module, fails
        self.n_recorded = self.n_repeated = 0

    def warm_up(self, step):
        return step()

    def capture(self, step, generators):
        if self.fails:
            raise RuntimeError("operation not permitted when stream is capturing")
        self.n_recorded += 1
        layers = [part for part in self.module.modules() if getattr(part, "generator", None)]
        states = [part.generator.get_state() for part in layers]
        kept = {name: part.clone() for name, part in self.module.named_buffers()}
        result = step()
        for part, state in zip(layers, states, strict=True):
            part.generator.set_state(state)  # a recording draws nothing
        for name, part in self.module.named_buffers():
            part.copy_(kept[name])
        weights = list(self.module.parameters())
        gradients = [weight.grad for weight in weights]
        read, given = getattr(self.module, "_before", None), getattr(self.module, "_carried", None)

        def replay():
            self.n_repeated += 1
            for weight in weights:
                weight.grad = None
            if given is not None:
                self.module._carried = read
            found = step()
            for name in found:
                result[name].data.copy_(found[name].data)
            for into, weight in zip(gradients, weights, strict=True):
                into.copy_(weight.grad)
            _copy_into(given, getattr(self.module, "_carried", None))

        return result, replay


def _copy_into(given, found):
    if isinstance(given, torch.Tensor):
        given.copy_(found)
    elif given is not None:
        for into, part in zip(given, found, strict=True):
            _copy_into(into, part)


@pytest.fixture
def recorded(monkeypatch):
    """Let every net record its steps; gives the recorders."""
    recorders = []

    def use(fails=False):
        partial_fit = SequenceNet.partial_fit
        single = SequenceNet.__mro__[1].train_step_single

        def run(net, *args, **kwargs):
            recorders.append(Recorder(net.module_, fails))
            steps = GraphedSteps(lambda batch: single(net, batch), net.module_, recorders[-1])
            monkeypatch.setattr(SequenceNet, "train_step_single", lambda self, batch: steps(batch))
            return partial_fit(net, *args, **kwargs)

        monkeypatch.setattr(SequenceNet, "partial_fit", run)
        return recorders

    return use


def weights_of(model):
    return [weight.detach().clone() for weight in model.module_.parameters()]


FITS = {
    "classifier": lambda: RNNClassifier(
        **SMALL, max_epochs=4, batch_size=5, dropout=0.3, convolution="branch"
    ).fit(TABLE, TARGETS),
    "forecaster": lambda: RNNForecaster(**TINY | {"max_epochs": 3, "dropout": 0.2}).fit(daily()),
    "language": lambda: RNNLanguageModel(
        **SMALL, max_epochs=5, batch_size=2, bptt=2, dropout=0.2, weight_drop=0.2
    ).fit(TEXTS),
}


@pytest.mark.parametrize("name", ["classifier", "forecaster"])
def test_repeated_steps_train_the_same_model(name, recorded):
    expected = weights_of(FITS[name]())
    recorders = recorded()
    found = weights_of(FITS[name]())
    assert all(map(torch.equal, found, expected))
    assert recorders[0].n_recorded >= 1
    assert recorders[0].n_repeated > recorders[0].n_recorded


@pytest.mark.parametrize("name", FITS)
def test_a_recording_that_fails_leaves_training_as_it_is(name, recorded):
    expected = weights_of(FITS[name]())
    recorders = recorded(fails=True)
    with pytest.warns(UserWarning, match="not be recorded .* not permitted when stream is captur"):
        found = weights_of(FITS[name]())
    assert all(map(torch.equal, found, expected))
    assert recorders[0].n_recorded == 0


def test_what_does_not_repeat_itself_is_not_recorded(recorded):
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(1 + i % 4, 2)) for i in range(12)]
    recorders = recorded()
    RNNClassifier(**SMALL, max_epochs=6, batch_size=4).fit(X, TARGETS)
    assert recorders[0].n_recorded == 0


def test_a_cell_of_the_users_own_is_not_recorded(recorded):
    recorders = recorded()
    RNNClassifier(**SMALL, cell=Mixer, max_epochs=6, batch_size=4).fit(TABLE, TARGETS)
    assert recorders[0].n_recorded == 0


def test_no_graph_of_gradients_outlives_its_step():
    """One that did would have later steps add gradients up in the queue of its own step."""
    module = RNNClassifier(**SMALL, max_epochs=1).fit(TABLE, TARGETS).module_.train()
    inputs = {"values": torch.ones(4, 3, 1), "lengths": None, "weight": None, "n_rows": 4}

    def run(batch):
        outputs = module(batch[0]["values"], None)
        loss = module.loss(outputs, batch[1], None)
        loss.backward()
        return {"loss": loss, "y_pred": outputs}

    steps, found = GraphedSteps(run, module, Recorder(module)), []
    for may_record in [True] * 5 + [False]:  # three of them to warm up, and two repeated
        steps._may_record = may_record
        module.zero_grad()
        found.append(steps((inputs, torch.tensor([0, 1, 0, 1]))))
    assert steps._recorder.n_repeated == 2
    assert not any(part.requires_grad for step in found for part in step.values())


def test_a_fit_leaves_no_gradients_behind():
    """They take as much memory as the weights, and may lie in that of a recording."""
    model = RNNClassifier(**SMALL, max_epochs=2).fit(TABLE, TARGETS)
    model.partial_fit(TABLE, TARGETS)
    assert all(weight.grad is None for weight in model.module_.parameters())


def test_a_gpu_that_is_not_the_current_one_is_while_it_records(monkeypatch):
    """Generators take memory of the current device, and the recording waits for that one."""
    calls, current = [], []

    @contextmanager
    def device(given):
        current.append(str(given))
        yield
        current.pop()

    @contextmanager
    def graph(*_, **options):
        calls.append(("graph", options["stream"], *current))
        yield

    class CUDAGraph:
        def register_generator_state(self, generator):
            calls.append((generator, *current))

        def replay(self):
            pass

    for name, stand_in in (("device", device), ("graph", graph), ("CUDAGraph", CUDAGraph)):
        monkeypatch.setattr(torch.cuda, name, stand_in)
    monkeypatch.setattr(torch.cuda, "Stream", lambda given: f"stream of {given}")
    recorder = GpuRecorder(torch.device("cuda:1"))
    assert recorder.capture(lambda: "loss", ["generator"])[0] == "loss"
    assert calls == [("generator", "cuda:1"), ("graph", "stream of cuda:1", "cuda:1")]


def test_fits_that_processes_share_are_not_recorded(recorded):
    """Two shares of one shape may be other parts of their batches."""
    store, recorders = torch.distributed.HashStore(), recorded()
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        together = {"distributed": True, "cuda_graphs": True}
        RNNClassifier(**SMALL, max_epochs=6, net_params=together).fit(TABLE, TARGETS)
    finally:
        torch.distributed.destroy_process_group()
    assert recorders[0].n_recorded == 0


def test_only_so_many_shapes_are_recorded(recorded, monkeypatch):
    monkeypatch.setattr(_cuda_graphs, "_MOST", 1)
    recorders = recorded()
    RNNClassifier(**SMALL, max_epochs=6, batch_size=5).fit(TABLE, TARGETS)  # of 5 and of 2 rows
    assert recorders[0].n_recorded == 1


def test_graphs_are_asked_for_and_change_nothing_on_a_cpu():
    plain = RNNClassifier(**SMALL, max_epochs=1).fit(TABLE, TARGETS)
    asked = RNNClassifier(**SMALL, max_epochs=1, net_params={"cuda_graphs": True})
    asked.fit(TABLE, TARGETS)
    np.testing.assert_array_equal(asked.predict_proba(TABLE), plain.predict_proba(TABLE))
    asked.set_params(net_params={"cuda_graphs": "yes"})
    with pytest.raises(ValueError, match="cuda_graphs must be True or False, but it is 'yes'"):
        asked.fit(TABLE, TARGETS)


def test_the_state_of_a_language_model_goes_through_the_recording():
    """A replay reads the state as it is now, and gives the next one on."""
    nothing = {"dropout": 0.0, "weight_drop": 0.0, "embedding_dropout": 0.0}
    model = RNNLanguageModel(**SMALL, **nothing, max_epochs=1, batch_size=2).fit(TEXTS)
    module = model.module_.train()
    ids = torch.randint(2, 5, (2, 12), generator=torch.Generator().manual_seed(1))

    def batch(i):
        part = ids[:, 2 * i : 2 * i + 2]
        fresh = None if i == 0 else part[:, 0] == 4
        return {
            "values": part,
            "lengths": None,
            "fresh": fresh,
            "teacher": ids[:, 2 * i + 1 : 2 * i + 3][:, :2] if i < 5 else part,
            "weight": None,
            "n_rows": 4,
        }, None

    def run(given):
        inputs, _ = given
        loss = module(
            inputs["values"], None, teacher=inputs["teacher"], fresh=inputs["fresh"]
        ).mean()
        loss.backward()
        return {"loss": loss, "y_pred": loss}

    def losses(step):
        found = []
        for i in range(6):
            module.zero_grad()
            found.append(float(step(batch(i))["loss"].detach()))
        return found

    expected = losses(run)

    class Reading(Recorder):
        def capture(self, step, generators):
            self.module._before = self.module._carried
            return super().capture(step, generators)

    recorder = Reading(module)
    steps = GraphedSteps(run, module, recorder)
    assert losses(steps) == pytest.approx(expected, abs=1e-6)
    assert losses(steps) == pytest.approx(expected, abs=1e-6)
    assert recorder.n_repeated > 4
