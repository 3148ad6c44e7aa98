"""Which device a name stands for."""

import multiprocessing
import os
import sys
from types import SimpleNamespace

import pytest
import torch

from sklearn_rnn.training import resolve_device


@pytest.fixture
def cuda_devices(monkeypatch):
    """Let torch find so many CUDA devices."""

    def find(n):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: n > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: n)

    return find


@pytest.mark.parametrize(("n", "expected"), [(0, "cpu"), (1, "cuda"), (4, "cuda")])
def test_auto_prefers_cuda(n, expected, cuda_devices):
    cuda_devices(n)
    assert resolve_device("auto") == torch.device(expected)


# --- processes side by side ---------------------------------------------------------------------


@pytest.fixture
def worker(monkeypatch):
    """Let this process be a worker, by the numbers that multiprocessing has given it."""

    def become(*counts):
        process = SimpleNamespace(_identity=counts)
        monkeypatch.setattr(multiprocessing, "current_process", lambda: process)

    return become


@pytest.fixture
def spark_task(monkeypatch):
    """Let this process run a task of Spark, which may have given it GPUs."""

    def run(number, gpus=None):
        resources = {} if gpus is None else {"gpu": SimpleNamespace(addresses=gpus)}
        task = SimpleNamespace(taskAttemptId=lambda: number, resources=lambda: resources)
        context = SimpleNamespace(get=lambda: task)
        monkeypatch.setitem(sys.modules, "pyspark", SimpleNamespace(TaskContext=context))

    return run


@pytest.mark.parametrize("n", [1, 2, 3])
def test_workers_of_a_pool_take_all_devices_in_turn(n, cuda_devices, worker):
    cuda_devices(n)
    for i in range(2 * n):
        worker(i + 1)
        assert resolve_device("auto") == torch.device("cuda", i % n)


def test_workers_of_workers_begin_with_the_device_of_their_parent(cuda_devices, worker):
    cuda_devices(4)
    found = {}
    for parent in (1, 2):
        for child in (1, 2):
            worker(parent, child)
            found[parent, child] = resolve_device("auto").index
    assert found == {(1, 1): 0, (1, 2): 1, (2, 1): 1, (2, 2): 2}


@pytest.mark.parametrize(("rank", "expected"), [("0", 0), ("1", 1), ("5", 1)])
def test_processes_of_torchrun_take_the_device_of_their_rank(
    rank, expected, cuda_devices, worker, monkeypatch
):
    cuda_devices(4 if rank != "5" else 2)
    worker(4)  # a rank goes before that
    monkeypatch.setenv("LOCAL_RANK", rank)
    assert resolve_device("auto") == torch.device("cuda", expected)


@pytest.mark.parametrize("rank", ["", "first", "-1"])
def test_a_rank_that_is_no_number_counts_for_nothing(rank, cuda_devices, monkeypatch):
    cuda_devices(2)
    monkeypatch.setenv("LOCAL_RANK", rank)
    assert resolve_device("auto") == torch.device("cuda")


def test_workers_of_ray_go_by_their_process_id(cuda_devices, monkeypatch):
    cuda_devices(4)
    monkeypatch.setenv("RAY_RAYLET_PID", "17")
    monkeypatch.setattr(os, "getpid", lambda: 4 * 1000 + 3)
    assert resolve_device("auto") == torch.device("cuda:3")


def test_tasks_of_spark_take_all_devices_in_turn(cuda_devices, spark_task):
    cuda_devices(2)
    found = []
    for number in range(4):
        spark_task(number)
        found.append(resolve_device("auto").index)
    assert found == [0, 1, 0, 1]


def test_a_task_of_spark_takes_the_device_that_it_was_given(cuda_devices, spark_task):
    cuda_devices(4)
    spark_task(0, gpus=["3", "1"])
    assert resolve_device("auto") == torch.device("cuda:3")


def test_a_task_of_spark_whose_device_has_a_name_goes_by_its_own_number(cuda_devices, spark_task):
    cuda_devices(4)
    spark_task(6, gpus=["MIG-1b2c"])
    assert resolve_device("auto") == torch.device("cuda:2")


def test_workers_of_dask_cuda_take_the_first_device_that_they_see(
    cuda_devices, worker, monkeypatch
):
    cuda_devices(4)
    worker(3)
    monkeypatch.setitem(sys.modules, "dask_cuda", SimpleNamespace())
    assert resolve_device("auto") == torch.device("cuda")


def test_a_worker_without_a_device_computes_on_the_processor(cuda_devices, worker):
    cuda_devices(0)
    worker(3)
    assert resolve_device("auto") == torch.device("cpu")


def test_a_device_that_is_named_is_taken_in_a_worker_as_well(cuda_devices, worker):
    cuda_devices(4)
    worker(3)
    for name in ("cuda", "cuda:1", "cpu"):
        assert resolve_device(name) == torch.device(name)


# --- devices by name ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cpu", "cuda", "cuda:0", "cuda:1"])
def test_a_device_that_exists_is_taken(name, cuda_devices):
    cuda_devices(2)
    assert resolve_device(name) == torch.device(name)


@pytest.mark.parametrize("available", [False, True])
def test_mps_is_taken_where_it_exists(available, monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: available)
    if available:
        assert resolve_device("mps") == torch.device("mps")
    else:
        with pytest.raises(ValueError, match="0 device\\(s\\) of type 'mps'"):
            resolve_device("mps")


@pytest.mark.parametrize(
    ("name", "n", "found"),
    [("cuda", 0, 0), ("cuda:0", 0, 0), ("cuda:2", 2, 2), ("cpu:1", 0, 1), ("xpu", 1, 0)],
)
def test_a_device_that_is_not_there_is_an_error_that_says_what_is(name, n, found, cuda_devices):
    cuda_devices(n)
    with pytest.raises(ValueError, match=f"{found} device\\(s\\) of type '{name[:3]}") as error:
        resolve_device(name)
    assert repr(name) in str(error.value)
    assert "device='auto'" in str(error.value)


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:x", "CPU", "tpu9"])
def test_a_word_that_names_no_device_is_an_error_that_lists_some(name):
    with pytest.raises(ValueError, match="is no device; expected 'auto', 'cpu', 'cuda'") as error:
        resolve_device(name)
    assert repr(name) in str(error.value)
