"""A GRU with products in half precision, held against torch's own in float32."""

import pytest
import torch
from torch import nn

from sklearn_rnn.nn import CarriedStack, RecurrentStack, build_cell, set_dropout_generator
from sklearn_rnn.nn._half_gru import _HalfGRU, reads_in_half_precision, run_gru

FEATURES, HIDDEN = 6, 16


def build(longest=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    layer = build_cell("gru", FEATURES, HIDDEN, generator=generator, longest=longest)
    with torch.no_grad():
        for bias in (layer.bias_ih_l0, layer.bias_hh_l0):
            bias.add_(torch.randn(bias.shape, generator=generator) / 4)
    return layer


def states_and_gradients(layer, run, steps, weight):
    layer.zero_grad()
    steps = steps.clone().requires_grad_()
    states = run(steps)
    (states * weight).sum().backward()
    return [states.detach(), steps.grad, *(parameter.grad for parameter in layer.parameters())]


def run_half(layer, steps):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return run_gru(layer, steps)[0]


def test_with_products_in_float32_it_is_torchs_gru_and_its_gradients(generator):
    layer = build()
    steps = torch.randn(3, 9, FEATURES, generator=generator)
    weight = torch.randn(3, 9, HIDDEN, generator=generator)

    def run(steps):
        weights, before = list(layer.parameters()), torch.zeros(len(steps), HIDDEN)
        states = _HalfGRU.apply(steps.transpose(0, 1), before, *weights, torch.float32)
        return states.transpose(0, 1)

    expected = states_and_gradients(layer, lambda steps: layer(steps)[0], steps, weight)
    found = states_and_gradients(layer, run, steps, weight)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_a_state_goes_in_and_out_and_so_does_its_gradient(generator):
    layer = build()
    steps = torch.randn(3, 9, FEATURES, generator=generator)
    weight = torch.randn(3, 9, HIDDEN, generator=generator)

    def in_two(steps):
        first, state = run_gru(layer, steps[:, :4])
        second, last = run_gru(layer, steps[:, 4:], state)
        assert torch.equal(last[0], second[:, -1])
        return torch.cat([first, second], dim=1)

    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = states_and_gradients(layer, in_two, steps, weight)
    expected = states_and_gradients(layer, lambda steps: run_half(layer, steps), steps, weight)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(found[0], expected[0], rtol=0, atol=0)


@pytest.mark.parametrize("longest", [None, 400])
def test_long_memories_survive_half_precision(longest, generator):
    layer = build(longest)
    steps = torch.randn(4, 400, FEATURES, generator=generator)
    weight = torch.zeros(4, 400, HIDDEN)
    weight[:, -1] = torch.randn(HIDDEN, generator=generator)  # only the last state counts
    expected = states_and_gradients(layer, lambda steps: layer(steps)[0], steps, weight)
    found = states_and_gradients(layer, lambda steps: run_half(layer, steps), steps, weight)
    assert found[0].dtype == torch.float32
    for ours, theirs in zip(found, expected, strict=True):
        assert float((ours - theirs).norm() / theirs.norm()) < 0.02
    assert float((found[0][:, -1] - expected[0][:, -1]).norm() / expected[0][:, -1].norm()) < 0.02


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_gradient_of_the_steps_has_their_type(dtype, generator):
    steps = torch.randn(2, 3, FEATURES, generator=generator).to(dtype).requires_grad_()
    run_half(build(), steps).sum().backward()
    assert steps.grad.dtype == dtype


def test_it_stands_in_only_under_autocast_and_only_for_one_plain_layer(generator):
    steps = torch.zeros(2, 3, FEATURES)
    plain = build()
    with torch.random.fork_rng():
        others = [
            nn.GRU(FEATURES, HIDDEN, num_layers=2, batch_first=True),
            nn.GRU(FEATURES, HIDDEN, bidirectional=True, batch_first=True),
            nn.GRU(FEATURES, HIDDEN, bias=False, batch_first=True),
            nn.LSTM(FEATURES, HIDDEN, batch_first=True),
            build().double(),
        ]
    assert not reads_in_half_precision(plain, steps)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert reads_in_half_precision(plain, steps)
        assert not any(reads_in_half_precision(other, steps) for other in others)


def test_a_stack_of_grus_takes_it_under_autocast(generator):
    stack = RecurrentStack(FEATURES, HIDDEN, cell="gru", generator=generator).eval()
    steps = torch.randn(2, 3, FEATURES, generator=generator)
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.no_grad():
        assert torch.equal(stack(steps, None), run_gru(stack.layers[0][0], steps)[0])


@pytest.mark.parametrize("weight_drop", [0.0, 0.3])
def test_carried_layers_do_not_round_gates_either(weight_drop, generator):
    stack = CarriedStack(FEATURES, HIDDEN, cell="gru", weight_drop=weight_drop, generator=generator)
    (layer,) = stack.layers[0]
    with torch.no_grad():
        layer.bias_ih_l0[HIDDEN : 2 * HIDDEN] = 7  # keeps for about a thousand steps
    steps = torch.randn(2, 1000, FEATURES, generator=generator) / 10

    def run(enabled):
        set_dropout_generator(stack, torch.Generator().manual_seed(1))
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            states, carried = stack.run(steps[:, :500], None)
            later, carried = stack.run(steps[:, 500:], carried)
        return torch.cat([states, later], dim=1)

    found, expected = run(True), run(False)
    assert found.dtype == torch.float32
    assert float((found - expected)[:, -1].norm() / expected[:, -1].norm()) < 0.02
