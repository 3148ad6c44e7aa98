"""The optimisers by name, and what is asked of them."""

import pytest
import torch

from sklearn_rnn.training import OPTIMIZERS, optimizer_options

NAMES = {"adam": "Adam", "adamw": "AdamW", "nadam": "NAdam", "rmsprop": "RMSprop", "sgd": "SGD"}
CPU = torch.device("cpu")


def test_names_are_torchs_own_in_small_letters():
    assert {name: optimizer.__name__ for name, optimizer in OPTIMIZERS.items()} == NAMES
    assert all(getattr(torch.optim, NAMES[name]) is OPTIMIZERS[name] for name in OPTIMIZERS)


@pytest.mark.parametrize("name", NAMES)
def test_options_do_not_change_the_steps(name, generator):
    start = torch.randn(50, 3, generator=generator)
    ways = []
    for options in ({"foreach": False}, optimizer_options(OPTIMIZERS[name], CPU)):
        weight = start.clone().requires_grad_()
        optimizer = OPTIMIZERS[name]([weight], lr=0.05, weight_decay=0.1, **options)
        for _ in range(10):
            optimizer.zero_grad()
            (weight.sin().sum() + weight.square().sum()).backward()
            optimizer.step()
        ways.append(weight.detach())
    torch.testing.assert_close(*ways, rtol=1e-5, atol=1e-6)
    assert not torch.equal(ways[0], start)


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("device", ["cpu", "cuda:1"])
def test_one_pass_is_asked_for_where_torch_has_it(name, device):
    assert optimizer_options(OPTIMIZERS[name], torch.device(device)) == {"fused": True}


def test_nothing_is_asked_of_what_may_not_know_it():
    class Own(torch.optim.SGD):
        pass

    assert optimizer_options(Own, CPU) == {}
    assert optimizer_options(torch.optim.RMSprop, CPU) == {}
    assert optimizer_options(torch.optim.AdamW, torch.device("mps")) == {}
