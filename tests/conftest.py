"""What holds in every test."""

import signal

import numpy as np
import pytest
import torch


def pytest_configure():
    """Let tests raise Ctrl-C, also where the shell began them in the background, deaf to it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Begin with the examples, and skip what is marked "cuda" where there is no GPU.

    An example takes long, and one that comes last keeps a single worker busy.
    """
    items.sort(key=lambda item: item.path.name != "test_examples.py")
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("cuda"):
            item.add_marker(pytest.mark.skip(reason="torch finds no CUDA device"))


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Bits are promised at the same number of threads; workers of joblib and Dask have one."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def global_generators_stay():
    """The library neither reads nor moves torch's and numpy's global generators."""
    of_torch, of_numpy = torch.get_rng_state(), numpy_state()
    yield
    assert torch.equal(torch.get_rng_state(), of_torch), "torch's global generator was moved"
    assert numpy_state() == of_numpy, "numpy's global generator was moved"


def numpy_state():
    state = np.random.get_bit_generator().state["state"]
    return state["pos"], state["key"].tobytes()


@pytest.fixture
def rng():
    """A numpy generator, the same in every test."""
    return np.random.default_rng(0)


@pytest.fixture
def generator():
    """A torch generator, the same in every test."""
    return torch.Generator().manual_seed(0)
