"""Linear recurrences, held against a plain loop over the steps."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn._gated_mean import _GatedMean
from sklearn_rnn.nn._scan import _CHUNK, linear_scan, prefers_chunks

BATCH, HIDDEN = 2, 3
# one step, primes, and what lies around the borders of chunks on two levels
LENGTHS = [1, 2, 16, 17, 31, 257]

every_way = pytest.mark.parametrize("chunked", [False, True], ids=["loop", "chunks"])
every_gate = pytest.mark.parametrize("of_steps", [False, True], ids=["one gate", "gates of steps"])
every_number = pytest.mark.parametrize("dtype", [torch.float64, torch.complex128], ids=str)


def step_by_step(gates, inputs, initial=None):
    """The states, by autograd's own operations."""
    state = torch.zeros_like(inputs[0]) if initial is None else initial
    states = []
    for t in range(len(inputs)):
        state = (gates if gates.ndim == 1 else gates[t]) * state + inputs[t]
        states.append(state)
    return torch.stack(states)


def draw(time, of_steps, dtype, generator):
    shape = [time, BATCH, HIDDEN] if of_steps else [HIDDEN]
    gates = torch.randn(*shape, dtype=dtype, generator=generator)
    gates = gates / gates.abs().amax(-1, keepdim=True).clamp(min=1)
    inputs = torch.randn(time, BATCH, HIDDEN, dtype=dtype, generator=generator)
    initial = torch.randn(BATCH, HIDDEN, dtype=dtype, generator=generator)
    return gates, inputs, initial


@every_way
@every_gate
@every_number
@pytest.mark.parametrize("begins", [False, True], ids=["zeros", "a state"])
@pytest.mark.parametrize("time", LENGTHS)
def test_states_and_gradients_are_those_of_the_loop(
    time, begins, dtype, of_steps, chunked, generator
):
    parts = [part.requires_grad_() for part in draw(time, of_steps, dtype, generator)]
    parts = parts if begins else parts[:2]
    weight = torch.randn(time, BATCH, HIDDEN, dtype=dtype, generator=generator)
    expected, states = step_by_step(*parts), linear_scan(*parts, chunked=chunked)
    torch.testing.assert_close(states, expected, rtol=0, atol=1e-12)
    gradients = [
        torch.autograd.grad((found * weight).sum().abs(), parts, materialize_grads=True)
        for found in (states, expected)
    ]
    for found, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(found, theirs, rtol=1e-10, atol=1e-10)


@every_way
@every_gate
@every_number
def test_ten_thousand_steps_neither_overflow_nor_lose_digits(dtype, of_steps, chunked, generator):
    sizes = torch.tensor([1e-30, 1e-3, 0.5, 1 - 1e-3, 1 - 1e-6, 1.0]).repeat(8)  # of units
    shape = [10_000, 1, len(sizes)]
    gates = torch.randn(*(shape if of_steps else shape[2:]), dtype=dtype, generator=generator)
    inputs = torch.randn(*shape, dtype=dtype, generator=generator)
    single = torch.complex64 if dtype.is_complex else torch.float32
    gates, inputs = (gates / gates.abs() * sizes).to(single), inputs.to(single)
    states = linear_scan(gates, inputs, chunked=chunked)
    expected = step_by_step(gates.to(dtype), inputs.to(dtype))
    assert states.isfinite().all()
    errors = (states.to(dtype) - expected).abs().amax(0) / expected.abs().amax(0)
    assert float(errors.max()) < 1e-5


@every_gate
def test_gates_of_both_extremes_side_by_side(of_steps, generator):
    gates, inputs, _ = draw(1000, of_steps, torch.float64, generator)
    gates = torch.where(gates > 0, 1.0, 1e-38).float()
    states = linear_scan(gates, inputs.float(), chunked=True)
    expected = step_by_step(gates.double(), inputs)
    torch.testing.assert_close(states.double(), expected, rtol=1e-5, atol=1e-5)


@every_way
@every_gate
def test_what_comes_later_and_who_else_is_there_change_no_bit(of_steps, chunked, generator):
    gates, inputs, _ = draw(600, of_steps, torch.float32, generator)
    whole = linear_scan(gates, inputs, chunked=chunked)
    for time in (1, _CHUNK, _CHUNK + 1, 100, _CHUNK**2, _CHUNK**2 + 1):
        earlier = gates[:time] if of_steps else gates
        assert torch.equal(linear_scan(earlier, inputs[:time], chunked=chunked), whole[:time])
        alone = earlier[:, :1] if of_steps else gates
        found = linear_scan(alone, inputs[:time, :1], chunked=chunked)
        assert torch.equal(found, whole[:time, :1])


@every_way
@every_gate
def test_in_pieces_it_goes_on_where_it_was(of_steps, chunked, generator):
    gates, inputs, state = draw(100, of_steps, torch.float64, generator)
    whole, parts, first = linear_scan(gates, inputs, state, chunked=chunked), [], 0
    for time in (1, 40, 16, 43):
        piece = slice(first, first + time)
        own = gates[piece] if of_steps else gates
        parts.append(linear_scan(own, inputs[piece], state, chunked=chunked))
        state, first = parts[-1][-1], first + time
    torch.testing.assert_close(torch.cat(parts), whole, rtol=0, atol=1e-13)


@every_way
def test_the_arguments_stay_as_they_are(chunked, generator):
    parts = draw(40, True, torch.float64, generator)
    before = [part.clone() for part in parts]
    linear_scan(*parts, chunked=chunked)
    assert all(map(torch.equal, parts, before))


def test_a_cpu_takes_chunks_for_narrow_training_alone():
    narrow, wide = torch.zeros(9, 2, 8), torch.zeros(9, 64, 128)
    assert prefers_chunks(narrow) and not prefers_chunks(wide)
    assert prefers_chunks(wide.to("meta"))
    with torch.no_grad():
        assert not prefers_chunks(narrow)


# --- means by gates -------------------------------------------------------------------------------


def mean_step_by_step(gates, n_gates, state):
    states = []
    for step in gates:
        *parts, candidate = np.split(step, n_gates, axis=-1)
        shares = [1 / (1 + np.exp(-part)) for part in parts]
        keep = shares[0] if n_gates == 2 else shares[0] / (shares[0] + shares[1])
        state = keep * state + (1 - keep) * candidate
        states.append(state)
    return np.array(states)


@every_way
@pytest.mark.parametrize("n_gates", [2, 3])
@pytest.mark.parametrize("time", [1, 16, 19])
def test_means_and_their_slopes(time, n_gates, chunked, generator):
    gates = torch.randn(
        time, BATCH, n_gates * HIDDEN, dtype=torch.float64, generator=generator, requires_grad=True
    )
    state = torch.randn(BATCH, HIDDEN, dtype=torch.float64, generator=generator, requires_grad=True)

    def run(gates, state):
        return _GatedMean.apply(3 * gates, n_gates, state, chunked)

    expected = mean_step_by_step(3 * gates.detach().numpy(), n_gates, state.detach().numpy())
    np.testing.assert_allclose(run(gates, state).detach(), expected, rtol=0, atol=1e-13)
    assert torch.autograd.gradcheck(run, (gates, state))
    zeros = torch.zeros_like(state)
    none = _GatedMean.apply(gates, n_gates, None, chunked)
    assert torch.equal(none, _GatedMean.apply(gates, n_gates, zeros, chunked))


@every_way
@pytest.mark.parametrize("n_gates", [2, 3])
def test_gates_far_open_or_shut_keep_their_digits_and_slopes(n_gates, chunked, generator):
    levels = torch.tensor([-200.0, -20.0, 0.0, 8.0, 20.0, 200.0])  # one for each unit
    gates = torch.randn(10_000, 1, n_gates * len(levels), generator=generator)
    gates[..., : len(levels)] += levels
    if n_gates == 3:
        gates[..., len(levels) : 2 * len(levels)] -= levels / 2
    gates = gates.requires_grad_()
    states = _GatedMean.apply(gates, n_gates, None, chunked)
    start = np.zeros((1, len(levels)))
    expected = mean_step_by_step(gates.detach().double().numpy(), n_gates, start)
    np.testing.assert_allclose(states.detach(), expected, rtol=1e-5, atol=1e-5)
    states.square().sum().backward()
    assert gates.grad.isfinite().all()
