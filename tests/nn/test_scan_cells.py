"""The cells whose states are scans over time, held against numpy's float64 step by step."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import CarriedStack, RecurrentStack, build_cell
from sklearn_rnn.nn._scan import _CHUNK
from tests.references import SCANS, directional_derivative, lru_states, pad_right

FEATURES, HIDDEN = 3, 5
LENGTHS = [1, 19, 40, 7]

every_cell = pytest.mark.parametrize("cell", list(SCANS))
every_direction = pytest.mark.parametrize("bidirectional", [False, True], ids=["one-way", "both"])


def build(cell, seed=0, hidden_size=HIDDEN, **options):
    """A cell in float64 whose weights are all different."""
    generator = torch.Generator().manual_seed(seed)
    layer = build_cell(cell, FEATURES, hidden_size, generator=generator, **options).double()
    return shake(layer, generator)


@torch.no_grad()
def shake(layer, generator):
    for weight in layer.parameters():
        weight.add_(torch.randn(weight.shape, generator=generator, dtype=weight.dtype) / 4)
    return layer


def draw(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


def weights_of(layer):
    return [weight.detach().numpy() for weight in layer.parameters()]


def written_out(cell, steps, layer, **state):
    """The states of a batch ``(batch, time, features)``, a sequence at a time."""
    run, kind = SCANS[cell]
    weights = kind(*weights_of(layer))
    rows = [{name: part[i] for name, part in state.items()} for i in range(len(steps))]
    return np.array([run(steps[i], weights, **row) for i, row in enumerate(rows)])


@every_cell
@pytest.mark.parametrize("time", [1, _CHUNK, _CHUNK + 1, 300])
def test_states_are_those_of_the_equations(cell, time):
    layer, steps = build(cell), draw(2, time, FEATURES)
    states, carried = layer(torch.from_numpy(steps))
    expected = written_out(cell, steps, layer)
    np.testing.assert_allclose(states.detach(), expected, rtol=0, atol=1e-13)
    if cell == "lru":
        kind = SCANS[cell][1]
        last = [lru_states(row, kind(*weights_of(layer)))[-1] for row in steps]
        found = torch.complex(*carried)
    else:
        last, found = expected[:, -1], carried
    np.testing.assert_allclose(found.detach(), last, rtol=0, atol=1e-13)


@every_cell
def test_a_state_that_is_given_is_gone_on_from(cell):
    layer, steps = build(cell), draw(2, 9, FEATURES)
    parts = draw(2, 2, HIDDEN, seed=2)
    state = tuple(map(torch.from_numpy, parts)) if cell == "lru" else torch.from_numpy(parts[0])
    states, _ = layer(torch.from_numpy(steps), state)
    given = parts[0] + 1j * parts[1] if cell == "lru" else parts[0]
    expected = written_out(cell, steps, layer, state=given)
    np.testing.assert_allclose(states.detach(), expected, rtol=0, atol=1e-13)


@every_cell
@pytest.mark.parametrize("time", [1, 40])
def test_gradients_are_the_slopes_of_the_equations(cell, time):
    layer, steps, importance = build(cell), draw(2, time, FEATURES), draw(2, time, HIDDEN, seed=2)
    run, kind = SCANS[cell]

    def reference(steps, *weights):
        states = np.array([run(row, kind(*weights)) for row in steps])
        return (states * importance).sum()

    batch = torch.from_numpy(steps).requires_grad_()
    (layer(batch)[0] * torch.from_numpy(importance)).sum().backward()
    gradients = [batch.grad.numpy(), *(weight.grad.numpy() for weight in layer.parameters())]
    points = [steps, *weights_of(layer)]
    for seed in range(3):
        directions = [draw(*point.shape, seed=10 + seed) for point in points]
        slope = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))
        expected = directional_derivative(reference, points, directions)
        np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-6)


@every_cell
def test_the_slopes_of_a_state_that_is_given(cell):
    layer, steps = build(cell, hidden_size=2), torch.from_numpy(draw(1, 3, FEATURES))
    parts = [torch.from_numpy(part).requires_grad_() for part in draw(2, 1, 2, seed=2)]

    def run(real, imaginary):
        states, last = layer(steps, (real, imaginary) if cell == "lru" else real + imaginary)
        return states, *(last if cell == "lru" else [last])

    assert torch.autograd.gradcheck(run, parts)


@every_cell
@every_direction
def test_a_stack_over_padded_batches_is_each_sequence_alone(cell, bidirectional):
    stack = RecurrentStack(
        FEATURES,
        HIDDEN,
        cell=cell,
        num_layers=2,
        bidirectional=bidirectional,
        generator=torch.Generator().manual_seed(0),
    ).double()
    sequences = [draw(length, FEATURES, seed=length) for length in LENGTHS]
    lengths = torch.tensor(LENGTHS)
    found = stack(torch.from_numpy(pad_right(sequences, 1e30)), lengths).detach()
    last = stack.last(torch.from_numpy(pad_right(sequences)), lengths).detach()
    for row, end, steps in zip(found, last, sequences, strict=True):
        expected = steps[None]
        for layers in stack.layers:
            parts = [written_out(cell, expected, layers[0])]
            if bidirectional:
                parts.append(written_out(cell, expected[:, ::-1], layers[1])[:, ::-1])
            expected = np.concatenate(parts, axis=2)
        np.testing.assert_allclose(row[: len(steps)], expected[0], rtol=0, atol=1e-12)
        forward, backward = expected[0, -1, :HIDDEN], expected[0, 0, HIDDEN:]
        np.testing.assert_allclose(end, [*forward, *backward], rtol=0, atol=1e-12)


@every_cell
def test_half_precision_is_of_products_alone(cell, generator):
    layer = build_cell(cell, FEATURES, 32, generator=generator, longest=2000)
    steps = torch.randn(2, 2000, FEATURES, generator=generator)
    with torch.no_grad():
        expected, _ = layer(steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states, carried = layer(steps.bfloat16())
    parts = carried if cell == "lru" else [carried]
    assert {part.dtype for part in (states, *parts)} == {torch.float32}
    assert float((states - expected).norm() / expected.norm()) < 0.02
    late = slice(-100, None)
    assert float((states - expected)[:, late].norm() / expected[:, late].norm()) < 0.02


@every_cell
def test_a_cell_takes_time_second_alone(cell):
    with pytest.raises(ValueError, match=r"takes steps \(batch, time, features\).*batch_first=T"):
        type(build(cell))(FEATURES, HIDDEN, batch_first=False)


@every_cell
def test_weights_of_the_last_state_that_are_not_there_cannot_be_dropped(cell, generator):
    with pytest.raises(ValueError, match=f"weight_drop=0.2 .* cell '{cell}' has none; set weight_"):
        CarriedStack(FEATURES, HIDDEN, cell=cell, weight_drop=0.2, generator=generator)


# --- how long units remember ----------------------------------------------------------------------


def memories(layer, time=5000):
    """After how many silent steps each unit has fallen to 1 / e of what it held."""
    with torch.no_grad():
        if type(layer).__name__ == "LRU":
            return -1 / layer.eigenvalues.abs().log()
        weight = torch.zeros_like(layer.weight_ih)
        start = torch.ones(1, layer.hidden_size)
        layer.weight_ih.copy_(weight)
        states, _ = layer(torch.zeros(1, time, FEATURES), start)
        return (states[0] > 1 / np.e).sum(0) + 1.0


@every_cell
def test_units_begin_to_remember_over_various_times(cell, generator):
    times = memories(build_cell(cell, FEATURES, 400, generator=generator)).sort().values
    assert float(times[20]) < 4
    assert float(times[-20]) > 25


@every_cell
@pytest.mark.parametrize("longest", [50, 1000])
def test_chrono_spreads_memories_evenly_up_to_the_longest(cell, longest, generator):
    layer = build_cell(cell, FEATURES, 500, generator=generator, longest=longest)
    times = memories(layer).sort().values
    even = torch.linspace(1, longest, len(times))
    assert float((times - even).abs().max()) < 0.08 * longest


@every_cell
def test_chrono_leaves_the_weights_as_they_are(cell):
    first, second = (
        build_cell(cell, 3, 4, generator=torch.Generator().manual_seed(0), longest=longest)
        for longest in (None, 30)
    )
    for name, weight in first.named_parameters():
        changes = name == "bias" if cell != "lru" else name in ("log_decay", "log_scale")
        assert torch.equal(weight, dict(second.named_parameters())[name]) != changes


def test_eigenvalues_of_the_lru_begin_evenly_on_the_disc(generator):
    eigenvalues = build_cell("lru", 2, 2000, generator=generator).eigenvalues.detach()
    squares = eigenvalues.abs().square().sort().values
    assert float((squares - torch.linspace(0, 1, 2000)).abs().max()) < 0.04
    turns = (eigenvalues.angle() / (2 * np.pi) % 1).sort().values
    assert float((turns - torch.linspace(0, 1, 2000)).abs().max()) < 0.04


@pytest.mark.parametrize("shift", [-30.0, -3.0, 3.0, 30.0])
def test_states_of_the_lru_stay_bounded_whatever_the_weights_become(shift, generator):
    layer = build_cell("lru", FEATURES, 50, generator=generator)
    with torch.no_grad():
        layer.log_decay.add_(shift)
        assert float(layer.eigenvalues.abs().max()) <= 1
        states, _ = layer(torch.randn(1, 3000, FEATURES, generator=generator))
    assert states.isfinite().all()


def test_states_of_the_lru_have_the_scale_of_what_it_reads(generator):
    layer = build_cell("lru", 30, 200, generator=generator, longest=500)
    with torch.no_grad():
        _, parts = layer(torch.randn(8, 4000, 30, generator=generator))
    assert float(torch.complex(*parts).abs().square().mean()) == pytest.approx(1, rel=0.1)
