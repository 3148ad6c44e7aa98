"""Batches made ahead: none is lost, none comes twice, and what goes wrong comes out in its turn."""

import threading
import time
from contextlib import nullcontext
from functools import partial

import numpy as np
import pytest
import torch

from sklearn_rnn import RNNClassifier
from sklearn_rnn.data import Sequences
from sklearn_rnn.training import (
    Processes,
    SequenceDataset,
    _batches,
    _dataset,
    _devices,
    _prefetching,
)
from sklearn_rnn.training._batches import PredictionBatches, TrainingBatches
from sklearn_rnn.training._devices import fits_on_device, send
from sklearn_rnn.training._distributed import SharedBatches
from sklearn_rnn.training._prefetching import load_ahead


def other_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("load_ahead")]


def test_results_come_in_order_each_made_while_the_one_before_is_in_use():
    made, called = [], threading.Event()

    def load(i):
        made.append(i)
        called.set()
        return i

    for i, result in enumerate(load_ahead((lambda i=i: load(i) for i in range(6)), "cpu")):
        assert result == i
        if i < 5:
            while len(made) < i + 2:  # the next one is made although it was not asked for
                assert called.wait(10)
                called.clear()
        assert len(made) <= i + 2
    assert made == list(range(6))
    assert not other_threads()


def test_nothing_to_load_gives_nothing():
    assert list(load_ahead(iter(()), "cpu")) == []


def test_an_error_comes_after_the_batches_before_it():
    def fail():
        raise MemoryError("out of memory on cpu, in training, at a batch of 3 sequences x 4 steps")

    results = load_ahead(iter([lambda: 1, lambda: 2, fail, lambda: 3]), "cpu")
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(MemoryError, match="at a batch of 3 sequences x 4 steps"):
        next(results)
    assert not other_threads()


def test_ctrl_c_waits_for_the_load_that_runs_and_leaves_no_thread():
    finished = []

    def slow():
        time.sleep(0.05)
        finished.append(True)

    def use():
        for _ in load_ahead(iter([lambda: None, slow, lambda: None]), "cpu"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        use()
    assert finished == [True]
    assert not other_threads()


def test_numpy_treats_overflow_as_the_caller_does():
    def overflow():
        return np.float32(3e38) * np.float32(10)

    with np.errstate(over="ignore"):
        assert list(load_ahead(iter([overflow]), "cpu")) == [np.inf]
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        list(load_ahead(iter([overflow]), "cpu"))


# --- queues of a GPU ----------------------------------------------------------------------------


class Queue:
    """Stands for a stream: notes what is waited for."""

    def __init__(self, log, name):
        self.log, self.name = log, name

    def wait_stream(self, other):
        self.log.append(f"{self.name} waits for {other.name}")

    def wait_event(self, event):
        self.log.append(f"{self.name} waits for {event}")

    def record_event(self):
        return f"the {self.log[-1]}"  # what was done last


class OnGpu(torch.Tensor):
    is_cuda = True
    log = ()

    def record_stream(self, stream):
        self.log.append(f"memory is kept for {stream.name}")


@pytest.fixture
def log(monkeypatch):
    """Let CUDA have streams that note what is waited for; gives the notes, in their order."""
    log = []
    monkeypatch.setattr(OnGpu, "log", log)
    main = Queue(log, "main")
    _prefetching._stream_for_copies.cache_clear()
    monkeypatch.setattr(torch.cuda, "Stream", lambda index: Queue(log, "copies"))
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: main)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    yield log
    _prefetching._stream_for_copies.cache_clear()


def load_on_gpu(log, i):
    log.append(f"copy of {i}")
    batch = {"values": torch.ones(2).as_subclass(OnGpu), "n_rows": 2, "weight": None}
    return batch, torch.ones(2).as_subclass(OnGpu)


def test_a_gpu_computes_with_a_batch_when_its_copies_are_done_and_keeps_its_memory(log):
    results = load_ahead([partial(load_on_gpu, log, 0)], "cuda")
    next(results)
    assert log == [
        "copies waits for main",  # the tables that batches are gathered from
        "copy of 0",
        "main waits for the copy of 0",
        *["memory is kept for main"] * 2,
    ]


def test_all_epochs_copy_by_the_same_queue_of_their_gpu(log, monkeypatch):
    """Memory that a queue has freed is given to no other one."""
    asked = []
    monkeypatch.setattr(torch.cuda, "Stream", lambda i: asked.append(i) or Queue(log, "copies"))
    for device in ("cuda", "cuda:0", "cuda", "cuda:1"):
        assert list(load_ahead(iter([lambda: 3]), device)) == [3]
    assert asked == [0, 1]


def test_copies_that_nobody_takes_are_waited_for_before_their_tables_may_go(log):
    results = load_ahead((partial(load_on_gpu, log, i) for i in range(3)), "cuda")
    next(results)
    results.close()
    assert log.index("copy of 1") < log.index("main waits for copies") == len(log) - 1
    assert not other_threads()


# --- data that stay where they are --------------------------------------------------------------


def datasets(monkeypatch, sequences, *arguments, **options):
    """The same data on the device, and left in memory as if they did not fit."""
    fitting = SequenceDataset(sequences, *arguments, **options)
    monkeypatch.setattr(_dataset, "fits_on_device", lambda n_bytes, device: False)
    staying = SequenceDataset(sequences, *arguments, **options)
    staying.loads_ahead = True
    return fitting, staying


@pytest.mark.parametrize("n_tokens", [None, 30], ids=["numbers", "ids"])
@pytest.mark.parametrize("lengths", [[4] * 30, [1, 7, 3, 2, 9] * 6], ids=["equal", "ragged"])
def test_data_that_do_not_fit_give_the_same_batches(n_tokens, lengths, make_sequences, monkeypatch):
    target = np.arange(30)
    weight = np.linspace(0.5, 1.5, 30, dtype=np.float32)
    sequences = make_sequences(lengths, n_tokens)
    both = datasets(monkeypatch, sequences, target, weight, np.arange(0, 30, 2))
    for kind in ("training", "prediction"):
        of_both = []
        for dataset in both:
            generator = torch.Generator().manual_seed(3)
            batches = TrainingBatches(dataset, 8, generator)
            of_both.append(list(batches if kind == "training" else PredictionBatches(dataset)))
        assert len(of_both[0]) == len(of_both[1]) > 0
        for (inputs, target), (others, other_target) in zip(*of_both, strict=True):
            assert torch.equal(target, other_target)
            for name, part in inputs.items():
                same = torch.equal if isinstance(part, torch.Tensor) else lambda a, b: a == b
                assert same(part, others[name]), name


def test_a_model_trained_on_data_that_do_not_fit_is_the_same(monkeypatch):
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(1 + i % 4, 2)) for i in range(12)]
    model = RNNClassifier(hidden_size=4, max_epochs=2, batch_size=4, random_state=0, device="cpu")
    expected = model.fit(X, [0, 1] * 6).predict_proba(X)
    monkeypatch.setattr(_dataset, "fits_on_device", lambda n_bytes, device: False)
    np.testing.assert_array_equal(model.fit(X, [0, 1] * 6).predict_proba(X), expected)


def test_shares_of_batches_are_loaded_ahead_too(make_sequences, monkeypatch):
    used = []
    ahead = _batches.load_ahead
    monkeypatch.setattr(
        _batches, "load_ahead", lambda *given: used.append(given[1]) or ahead(*given)
    )
    of_both = []
    for dataset in datasets(monkeypatch, make_sequences([1, 7, 3, 2, 9] * 2), np.arange(10)):
        generator, processes = torch.Generator().manual_seed(3), Processes(1, 2, None)
        of_both.append(list(SharedBatches(dataset, 4, generator, processes)))
    assert len(used) == 1
    for (inputs, _), (others, _) in zip(*of_both, strict=True):
        assert torch.equal(inputs["rows"], others["rows"])
        (share, target), (other_share, other_target) = inputs["share"], others["share"]
        assert torch.equal(share["values"], other_share["values"])
        assert torch.equal(target, other_target)
        assert target.tolist() == inputs["rows"][1::2].tolist()


def test_memory_mapped_data_are_asked_for_their_size_only_in_memory(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        _dataset, "fits_on_device", lambda n_bytes, device: asked.append(n_bytes) or True
    )
    path = tmp_path / "steps.npy"
    np.save(path, np.zeros((6, 3)))
    sequences = Sequences(values=np.load(path, mmap_mode="r"), offsets=[0, 2, 6])
    SequenceDataset(sequences)
    assert asked == []
    SequenceDataset(Sequences(values=np.zeros((6, 3)), offsets=[0, 2, 6]))
    assert asked == [6 * 3 * 4]  # as float32


@pytest.mark.parametrize(
    ("n_bytes", "fits"), [(0, True), (50, True), (60, True), (61, False), (1 << 40, False)]
)
def test_data_may_take_half_of_what_is_free_on_a_gpu(n_bytes, fits, monkeypatch):
    # 100 bytes are free, and 20 that torch has already taken are in no tensor.
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (100, 1000))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 50)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 30)
    assert fits_on_device(n_bytes, torch.device("cuda")) is fits
    assert fits_on_device(n_bytes, torch.device("cpu"))


def test_where_no_memory_can_be_pinned_it_is_copied_as_it_is(monkeypatch):
    def refuse(tensor):
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr(torch.Tensor, "pin_memory", refuse)
    monkeypatch.setattr(_devices, "to_device", lambda tensor, device: (tensor, device))
    tensor = torch.ones(3)
    assert send(tensor, "cuda") == (tensor, "cuda")


def test_what_is_sent_to_a_cpu_is_the_tensor_itself():
    tensor = torch.ones(3)
    assert send(tensor, "cpu") is tensor
