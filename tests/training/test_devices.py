"""Which device a name stands for."""

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
