"""Cells that run step by step with gradients of their own."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional

from sklearn_rnn.nn import SLSTM, IndRNN, build_cell
from tests import references
from tests.references import CellWeights

CELLS = ("rnn_sigmoid", "peephole_lstm", "layer_norm_lstm", "slstm", "indrnn")
GATES = {"rnn_sigmoid": 1, "peephole_lstm": 4, "layer_norm_lstm": 4, "slstm": 4}
LSTMS = ("peephole_lstm", "layer_norm_lstm", "slstm")
FEATURES, HIDDEN = 3, 4

every_cell = pytest.mark.parametrize("cell", CELLS)


def build(cell, hidden_size=HIDDEN, seed=0, dtype=torch.float64, **options):
    """A cell whose weights, biases too, are all different."""
    generator = torch.Generator().manual_seed(seed)
    layer = build_cell(cell, FEATURES, hidden_size, generator=generator, **options).to(dtype)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator, dtype=dtype) / 4)
        if cell == "indrnn":
            layer.weight_hh_l0.clamp_(-0.9, 0.9)  # where it bends, there is no slope
    return layer


def make_steps(*shape, dtype=torch.float64, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def as_tuple(state):
    return state if isinstance(state, tuple) else (state,)


def some_state(cell, batch=2):
    """A state as cells give it after some steps."""
    return build(cell, seed=5)(make_steps(batch, 3, FEATURES, seed=6))[1]


# --- gradients ----------------------------------------------------------------------------------


@every_cell
@pytest.mark.parametrize("begins", [True, False])
def test_gradients_are_the_slopes_of_states_and_of_what_is_carried(cell, begins):
    layer = build(cell)
    names, weights = zip(*layer.named_parameters(), strict=True)
    beginning = [] if begins else [part.detach() for part in as_tuple(some_state(cell))]
    for part in beginning:
        part.requires_grad_()

    def run(steps, *rest):
        state, weights = rest[: len(beginning)], rest[len(beginning) :]
        state = (state if len(state) > 1 else state[0]) if state else None
        states, carried = functional_call(
            layer, dict(zip(names, weights, strict=True)), (steps, state)
        )
        return tuple(part for part in (states, *as_tuple(carried)) if part.requires_grad)

    steps = make_steps(2, 4, FEATURES).requires_grad_()
    assert torch.autograd.gradcheck(run, (steps, *beginning, *weights))


@every_cell
def test_gradients_through_pieces_are_those_of_the_whole(cell):
    layer, steps, weight = build(cell), make_steps(2, 9, FEATURES), make_steps(2, 9, HIDDEN, seed=2)
    found = []
    for sizes in ([9], [2, 4, 3]):
        layer.zero_grad()
        state, parts = None, []
        for part in steps.split(sizes, dim=1):
            states, state = layer(part, state)
            parts.append(states)
        (torch.cat(parts, dim=1) * weight).sum().backward()
        found.append([torch.cat(parts, dim=1)] + [p.grad.clone() for p in layer.parameters()])
    for whole, pieces in zip(*found, strict=True):
        torch.testing.assert_close(pieces, whole, rtol=0, atol=1e-12)


@every_cell
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_prediction_keeps_nothing_and_changes_nothing(cell, mode):
    layer, steps = build(cell), make_steps(2, 5, FEATURES)
    before = steps.clone()
    states, _ = layer(steps)
    with mode():
        found, state = layer(steps)
    assert found.grad_fn is None and not any(part.requires_grad for part in as_tuple(state))
    assert torch.equal(found, states) and torch.equal(steps, before)
    room = sum(part.untyped_storage().nbytes() for part in as_tuple(state))
    assert room == sum(part.nbytes for part in as_tuple(state))  # no view of all the steps


# --- what is read --------------------------------------------------------------------------------


@every_cell
def test_zeros_are_the_beginning_for_each_row_by_itself(cell):
    layer, steps = build(cell), make_steps(2, 5, FEATURES)
    state = [part.clone() for part in as_tuple(some_state(cell))]
    expected = torch.cat([layer(steps[:1])[0], layer(steps, some_state(cell))[0][1:]])
    for part in state:
        part[:, 0] = 0
    found, _ = layer(steps, tuple(state) if len(state) > 1 else state[0])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-14)


@every_cell
def test_a_row_alone_is_the_row_in_a_batch(cell):
    layer, steps = build(cell, hidden_size=16), make_steps(9, 40, FEATURES)
    together = layer(steps)[0]
    alone = torch.cat([layer(row[None])[0] for row in steps])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-13)


@every_cell
def test_time_may_come_first(cell):
    layer, steps = build(cell), make_steps(2, 5, FEATURES)
    expected, carried = layer(steps)
    layer.batch_first = False
    found, state = layer(steps.transpose(0, 1))
    assert torch.equal(found.transpose(0, 1), expected)
    assert all(map(torch.equal, as_tuple(state), as_tuple(carried)))


# --- half precision -------------------------------------------------------------------------------


@every_cell
def test_under_autocast_products_alone_are_rounded(cell):
    layer = build(cell, hidden_size=16, dtype=torch.float32)
    if cell in LSTMS:  # remembers all of the steps
        with torch.no_grad():
            layer.bias_ih_l0[16:32] = 6
            layer.bias_ih_l0[:16] = -3
    if cell == "indrnn":
        with torch.no_grad():
            layer.weight_hh_l0.fill_(0.999)  # in bfloat16 that is 1
    steps = make_steps(4, 300, FEATURES, dtype=torch.float32)
    expected = layer(steps)[0]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = layer(steps)[0]
    assert found.dtype == torch.float32
    assert not torch.equal(found, expected)
    assert float((found - expected)[:, -1].detach().norm() / expected[:, -1].detach().norm()) < 0.02


# --- weights at the start -----------------------------------------------------------------------


@pytest.mark.parametrize("cell", GATES)
def test_matrices_begin_as_those_of_torchs_cells(cell, generator):
    layer = build_cell(cell, 200, 100, generator=generator)
    for gate in layer.weight_hh_l0.detach().split(100):
        torch.testing.assert_close(gate @ gate.T, torch.eye(100), atol=1e-5, rtol=0)
    assert len(layer.weight_hh_l0) == 100 * GATES[cell]
    bound = (6 / 300) ** 0.5
    assert float(layer.weight_ih_l0.detach().abs().max()) == pytest.approx(bound, rel=1e-3)
    assert not layer.bias_hh_l0.any()
    expected = [float(GATES[cell] == 4 and i == 1) for i in range(GATES[cell])]  # the forget gate
    assert [gate.unique().tolist() for gate in layer.bias_ih_l0.split(100)] == [
        [value] for value in expected
    ]


def test_units_of_an_indrnn_begin_with_memories_of_every_length(generator):
    layer = build_cell("indrnn", 200, 1000, generator=generator)
    found = layer.weight_hh_l0.detach().sort().values
    even = (torch.arange(1000) + 0.5) / 1000
    assert float((found - even).abs().max()) < 0.05
    assert float(layer.weight_ih_l0.detach().abs().max()) == pytest.approx(
        (6 / 1200) ** 0.5, rel=1e-3
    )


@pytest.mark.parametrize("cell", LSTMS)
def test_gates_begin_with_memories_up_to_the_longest_sequence(cell, generator):
    layer = build_cell(cell, 3, 500, generator=generator, longest=200)
    read, forget, *others = (layer.bias_ih_l0 + layer.bias_hh_l0).detach().split(500)
    even = torch.linspace(1, 199, 500)
    assert float((forget.exp().sort().values - even).abs().max()) < 0.08 * 200
    # a bias of all input gates leaves the mean of an sLSTM as it is
    torch.testing.assert_close(read, torch.zeros(500) if cell == "slstm" else -forget)
    assert not torch.cat(others).any()


@pytest.mark.parametrize("cell", ["rnn_sigmoid", "indrnn"])
def test_a_cell_without_gates_takes_no_longest_length(cell, generator):
    with pytest.raises(ValueError, match=f"needs gates: .*'slstm'.*, but cell is '{cell}'"):
        build_cell(cell, 3, 4, generator=generator, longest=50)


@pytest.mark.parametrize("kind", [SLSTM, IndRNN])
def test_as_a_class_it_is_a_cell_like_the_users_own(kind):
    weights = [
        build_cell(kind, 3, 4, generator=torch.Generator().manual_seed(seed)).weight_hh_l0
        for seed in (0, 0, 1)
    ]
    assert torch.equal(*weights[:2]) and not torch.equal(*weights[1:])


# --- each cell for itself -----------------------------------------------------------------------


def test_without_peepholes_it_is_torchs_lstm():
    layer = build("peephole_lstm")
    torchs = nn.LSTM(FEATURES, HIDDEN, batch_first=True, device="meta", dtype=torch.float64)
    torchs = torchs.to_empty(device="cpu")
    with torch.no_grad():
        layer.peephole_l0.zero_()
        for name, weight in torchs.named_parameters():
            weight.copy_(getattr(layer, name))
    steps = make_steps(2, 6, FEATURES)
    state = tuple(part.detach() for part in some_state("peephole_lstm"))
    for found, expected in zip(layer(steps, state), torchs(steps, state), strict=True):
        for ours, theirs in zip(as_tuple(found), as_tuple(expected), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-14)


def test_peepholes_begin_shut(generator):
    assert not build_cell("peephole_lstm", 3, 4, generator=generator).peephole_l0.any()


def test_layer_norm_is_that_of_torch():
    layer, steps = build("layer_norm_lstm"), make_steps(2, 6, FEATURES)
    hidden = memory = torch.zeros(2, HIDDEN, dtype=torch.float64)
    states = []
    for step in steps.unbind(1):
        of_input = functional.layer_norm(
            step @ layer.weight_ih_l0.T, (4 * HIDDEN,), layer.gain_ih_l0, layer.bias_ih_l0
        )
        of_state = functional.layer_norm(
            hidden @ layer.weight_hh_l0.T, (4 * HIDDEN,), layer.gain_hh_l0, layer.bias_hh_l0
        )
        read, forget, candidate, write = (of_input + of_state).chunk(4, dim=1)
        memory = forget.sigmoid() * memory + read.sigmoid() * candidate.tanh()
        normal = functional.layer_norm(memory, (HIDDEN,), layer.gain_c_l0, layer.bias_c_l0)
        hidden = write.sigmoid() * normal.tanh()
        states.append(hidden)
    expected, weights = torch.stack(states, dim=1), list(layer.parameters())
    found = layer(steps)[0]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-13)
    weight = make_steps(2, 6, HIDDEN, seed=2)
    slopes = (torch.autograd.grad((x * weight).sum(), weights) for x in (found, expected))
    for ours, theirs in zip(*slopes, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_layer_norm_begins_without_chaos(generator):
    layer = build_cell("layer_norm_lstm", 3, 16, generator=generator)
    gains = [layer.gain_ih_l0, layer.gain_hh_l0, layer.gain_c_l0]
    assert [gain.unique().tolist() for gain in gains] == [[1], [0.5], [1]]
    assert not layer.bias_c_l0.any()
    steps = make_steps(8, 100, 3)
    near = steps.clone()
    near[:, 0] += 1e-6
    states, others = (layer.double()(part)[0] for part in (steps, near))
    assert float((states - others)[:, -1].detach().abs().max()) < 1e-8


def test_an_slstm_is_the_weighted_mean_of_what_it_read():
    layer, steps = build("slstm"), make_steps(1, 12, FEATURES)
    with torch.no_grad():
        layer.weight_hh_l0.zero_()  # then the gates do not hang on each other
        found, (_, memory, normaliser, stabiliser) = layer(steps)
    gates = steps[0] @ layer.weight_ih_l0.T + layer.bias_ih_l0 + layer.bias_hh_l0
    read, forget, candidate, write = gates.detach().numpy().astype(np.float64).T.reshape(4, 4, 12)
    keep = 1 / (1 + np.exp(-forget))
    for t in range(12):
        weights = [np.exp(read[:, k]) * keep[:, k + 1 : t + 1].prod(axis=1) for k in range(t + 1)]
        total = sum(weights)
        mean = sum(w * np.tanh(candidate[:, k]) for k, w in enumerate(weights)) / total
        np.testing.assert_allclose(found[0, t], mean / (1 + np.exp(-write[:, t])), rtol=1e-12)
    np.testing.assert_allclose(memory[0, 0], mean, rtol=1e-12)
    np.testing.assert_allclose(stabiliser[0, 0], np.log(total), rtol=1e-12, atol=1e-14)
    assert normaliser.unique().tolist() == [1]


def test_an_slstm_goes_on_from_any_stabiliser(generator):
    layer, steps = build("slstm"), make_steps(2, 12, FEATURES)
    _, (hidden, memory, normaliser, stabiliser) = layer(steps)
    expected, _ = layer(steps, (hidden, memory, normaliser, stabiliser))
    by = torch.rand(memory.shape, generator=generator, dtype=torch.float64) + 0.5
    found, _ = layer(steps, (hidden, by * memory, by * normaliser, stabiliser - by.log()))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("read", [-50, 50, "both"])
@pytest.mark.parametrize("forget", [-50, 50, "both"])
def test_gates_of_an_slstm_neither_overflow_nor_vanish(read, forget):
    layer = build("slstm", dtype=torch.float32)
    with torch.no_grad():
        for gate, value in ((0, read), (1, forget)):
            rows = slice(gate * HIDDEN, (gate + 1) * HIDDEN)
            if value == "both":
                layer.weight_ih_l0[rows] = 0
                layer.weight_ih_l0[rows, gate] = 50
            else:
                layer.bias_ih_l0[rows] = value
    steps = make_steps(1, 1000, FEATURES, dtype=torch.float32)
    steps[..., :2] = steps[..., :2].sign()
    found, carried = layer(steps)
    found.square().sum().backward()
    weights = [weight.detach().double().numpy() for weight in layer.parameters()]
    expected = references.slstm(steps[0].double().numpy(), CellWeights(*weights))
    np.testing.assert_allclose(found[0].detach(), expected, rtol=0, atol=1e-4)
    assert all(part.isfinite().all() for part in carried)
    assert all(weight.grad.isfinite().all() for weight in layer.parameters())


@pytest.mark.parametrize("beyond", [1.5, -1.5])
def test_a_unit_of_an_indrnn_cannot_explode_and_can_come_back(beyond):
    layer = build("indrnn", hidden_size=1)
    with torch.no_grad():
        layer.weight_hh_l0.fill_(beyond)
        layer.weight_ih_l0.zero_()
        layer.bias_ih_l0.fill_(1)
        layer.bias_hh_l0.zero_()
    steps, state = make_steps(1, 300, FEATURES), torch.full((1, 1, 1), 0.5, dtype=torch.float64)
    states = layer(steps, state)[0]
    expected = torch.arange(1, 301) + 0.5 if beyond > 0 else torch.full((300,), 0.5)
    torch.testing.assert_close(states[0, :, 0].detach(), expected.double())
    slopes = []
    for sign in (1, -1):  # descent goes against the gradient
        layer.zero_grad()
        (sign * layer(steps, state)[0]).sum().backward()
        slopes.append(float(layer.weight_hh_l0.grad))
    inwards, outwards = slopes if beyond > 0 else reversed(slopes)
    assert inwards * beyond > 0 and outwards == 0
