"""Recurrent layers whose state is carried, and weights that are dropped."""

from typing import NamedTuple

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import CarriedStack, RecurrentStack, WeightDrop, begin_anew, map_state
from sklearn_rnn.nn._layer_runs import split_for_workspace
from tests.own_cells import Mixer

CELLS = (
    "lstm",
    "gru",
    "rnn_tanh",
    "rnn_relu",
    "rnn_sigmoid",
    "peephole_lstm",
    "layer_norm_lstm",
    "slstm",
    "indrnn",
)
SCANS = ("mingru", "minlstm", "lru")  # whose states pass through no weights
every_cell = pytest.mark.parametrize("cell", CELLS)


class Forgetful(Mixer):
    """A cell that takes a state, and begins anew nevertheless."""

    def forward(self, steps, state=None):
        return super().forward(steps)


class Stateless(Mixer):
    def forward(self, steps):
        return super().forward(steps)


class BeginsAtOne(Mixer):
    """A cell whose first state is not zero."""

    def forward(self, steps, state=None):
        return super().forward(steps, steps.new_ones(len(steps), 6) if state is None else state)


class Heads(torch.nn.Module):
    """A cell whose state is ``(batch, heads, size)``, as that of many a linear attention."""

    n_heads = 2

    def __init__(self, input_size, hidden_size, batch_first):
        super().__init__()
        self.mix = torch.nn.Linear(input_size, hidden_size)

    def forward(self, steps, state=None):
        mixed = self.mix(steps).unflatten(2, (self.n_heads, -1))
        states = mixed.cumsum(1) + (0 if state is None else state[:, None])
        return states.flatten(2), states[:, -1]


class AsManyHeads(Heads):
    """As many heads as rows of the batch that a cell is tried with."""

    n_heads = 3


class Named(NamedTuple):
    hidden: torch.Tensor
    counts: list


class NamesItsState(Mixer):
    def forward(self, steps, state=None):
        states, hidden = super().forward(steps, None if state is None else state.hidden)
        return states, Named(hidden, [torch.zeros_like(hidden)])


def make_stack(cell, generator, **options):
    return CarriedStack(5, 6, cell=cell, num_layers=2, generator=generator, **options).eval()


@pytest.mark.parametrize("cell", [*CELLS, *SCANS, Mixer, NamesItsState])
def test_stretches_give_the_states_of_the_whole(cell, generator):
    stack = make_stack(cell, generator)
    steps = torch.randn(3, 11, 5, generator=generator)
    whole, _ = stack.run(steps, None)
    parts, carried = [], None
    for part in steps.split([1, 4, 6], dim=1):
        states, carried = stack.run(part, carried)
        parts.append(states)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, rtol=0, atol=1e-6)


@every_cell
def test_weights_serve_a_plain_stack(cell, generator):
    stack = make_stack(cell, generator)
    plain = RecurrentStack(5, 6, cell=cell, num_layers=2, generator=generator)
    plain.load_state_dict(stack.state_dict())
    steps = torch.randn(3, 7, 5, generator=generator)
    torch.testing.assert_close(plain(steps, None), stack.run(steps, None)[0])


@every_cell
def test_dropped_weights_act_like_zeros_in_the_weights(cell, generator):
    stack = make_stack(cell, generator, weight_drop=0.5).train()
    stack.weight_drop.generator = torch.Generator().manual_seed(3)
    steps = torch.randn(3, 7, 5, generator=generator)
    states, _ = stack.run(steps, None)
    stack.weight_drop.generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for (layer,) in stack.layers:
            layer.weight_hh_l0.copy_(stack.weight_drop(layer)["weight_hh_l0"])
    recurrent = torch.cat([layer.weight_hh_l0.flatten() for (layer,) in stack.layers])
    assert (recurrent == 0).float().mean() > 0.2
    torch.testing.assert_close(states, stack.eval().run(steps, None)[0])


def test_dropped_weights_get_no_gradient(generator):
    stack = make_stack("lstm", generator, weight_drop=0.5).train()
    stack.weight_drop.generator = torch.Generator().manual_seed(3)
    stack.run(torch.randn(3, 7, 5, generator=generator), None)[0].sum().backward()
    stack.weight_drop.generator = torch.Generator().manual_seed(3)
    (layer,) = stack.layers[0]
    dropped = stack.weight_drop(layer)["weight_hh_l0"] == 0
    assert torch.equal(layer.weight_hh_l0.grad == 0, dropped)


@pytest.mark.parametrize("p", [0.001, 0.01, 0.1, 0.5, 0.9, 0.99])
def test_weight_drop_keeps_the_mean_and_its_share(p):
    drop = WeightDrop(p).train()
    drop.generator = torch.Generator().manual_seed(0)
    layer = torch.nn.LSTM(1, 100, device="meta", dtype=torch.float64).to_empty(device="cpu")
    with torch.no_grad():
        layer.weight_hh_l0.fill_(1)
    weight = drop(layer)["weight_hh_l0"].detach()
    spread = (p * (1 - p) / weight.numel()) ** 0.5
    rounding = 1 / 512 if 0.0625 < p < 0.9375 else 0
    assert float((weight == 0).double().mean()) == pytest.approx(p, abs=4 * spread + rounding)
    assert float(weight.mean()) == pytest.approx(1, abs=4 * (p / (1 - p) / weight.numel()) ** 0.5)
    assert len(weight.unique()) == 2


@pytest.mark.parametrize("p", [1e-12, 0.999, 1 - 1e-12])
def test_a_weight_drop_close_to_zero_or_one_trains(p, generator):
    stack = make_stack("gru", generator, weight_drop=p).train()
    stack.weight_drop.generator = torch.Generator().manual_seed(0)
    states, _ = stack.run(torch.randn(3, 7, 5, generator=generator), None)
    assert states.isfinite().all()


def test_each_mask_of_the_weights_is_another():
    drop = WeightDrop(0.5).train()
    drop.generator = torch.Generator().manual_seed(0)
    layer = torch.nn.GRU(1, 9, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        layer.weight_hh_l0.fill_(1)
    first, second = (drop(layer)["weight_hh_l0"] for _ in range(2))
    assert float((first != second).double().mean()) == pytest.approx(0.5, abs=0.12)


def test_nothing_is_dropped_at_prediction_or_at_zero(generator):
    (layer,) = make_stack("lstm", generator).layers[0]
    assert WeightDrop(0.5).eval()(layer) == {}
    assert WeightDrop(0.0).train()(layer) == {}


@pytest.mark.parametrize(
    "cell, error, message",
    [
        (Stateless, TypeError, "Stateless .* TypeError"),
        (Forgetful, ValueError, "in two halves"),
        (BeginsAtOne, ValueError, "state of zeros"),
        (Heads, ValueError, r"shape \(3, 2, 3\) after a batch of 3, but \(..., batch, hidden\)"),
        (AsManyHeads, ValueError, "does not begin anew"),
    ],
)
def test_cell_that_carries_no_state_is_refused(cell, error, message, generator):
    with pytest.raises(error, match=message):
        make_stack(cell, generator)


def test_weight_drop_of_an_own_cell_is_refused(generator):
    with pytest.raises(ValueError, match="Mixer.*weight_drop=0"):
        make_stack(Mixer, generator, weight_drop=0.1)


@pytest.mark.parametrize("cell", [*CELLS, *SCANS, Mixer, NamesItsState])
def test_rows_begin_anew_alone(cell, generator):
    stack = make_stack(cell, generator)
    steps = torch.randn(3, 8, 5, generator=generator)
    _, carried = stack.run(steps[:, :4], None)
    fresh = torch.tensor([False, True, False])
    states, _ = stack.run(steps[:, 4:], begin_anew(carried, fresh))
    whole, _ = stack.run(steps, None)
    alone, _ = stack.run(steps[fresh, 4:], None)
    torch.testing.assert_close(states[~fresh], whole[~fresh, 4:], rtol=0, atol=1e-6)
    torch.testing.assert_close(states[fresh], alone, rtol=0, atol=1e-6)


def test_map_state_reaches_every_tensor():
    state = [(torch.ones(2), torch.ones(1)), None]
    doubled = map_state(lambda part: 2 * part, state)
    assert doubled[1] is None
    np.testing.assert_array_equal(torch.cat(doubled[0]), [2, 2, 2])
    named = map_state(lambda part: 2 * part, Named(torch.ones(1), [torch.ones(1)]))
    assert type(named) is Named and named.hidden == 2 and named.counts[0] == 2


def test_long_stretches_are_cut_for_training_alone(generator):
    layer = CarriedStack(2, 64, generator=generator).layers[0][0]
    steps = torch.empty(64, 200, 2)
    pieces = split_for_workspace(layer, steps)
    assert len(pieces) > 1
    assert sum(piece.shape[1] for piece in pieces) == 200
    with torch.no_grad():
        assert len(split_for_workspace(layer, steps)) == 1
