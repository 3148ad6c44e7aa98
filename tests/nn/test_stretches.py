"""Training by stretches: the same states, with gradients cut or computed a second time."""

import pytest
import torch
from torch import nn

from sklearn_rnn.nn import CELLS, RecurrentStack, _recurrent, set_dropout_generator
from sklearn_rnn.nn._states import map_state
from tests.allocations import largest_tensor
from tests.own_cells import Forgetful, Mixer

LENGTHS = torch.tensor([11, 1, 23, 6, 17, 5])
FEATURES, HIDDEN = 3, 4

every_cell = pytest.mark.parametrize("cell", list(CELLS))
every_direction = pytest.mark.parametrize("bidirectional", [False, True], ids=["one-way", "both"])
ragged_or_not = pytest.mark.parametrize("ragged", [True, False], ids=["ragged", "full"])
every_tbptt = pytest.mark.parametrize("tbptt", [1, 4])
some_cells = pytest.mark.parametrize("cell", ["lstm", "mingru"])


def build(cell="lstm", **options):
    generator = torch.Generator().manual_seed(0)
    options = {"input_size": FEATURES, "num_layers": 2, "residual": True, **options}
    size = options.pop("input_size")
    return RecurrentStack(size, HIDDEN, cell=cell, generator=generator, **options).double()


@pytest.fixture
def steps(generator):
    return torch.randn(len(LENGTHS), 23, FEATURES, generator=generator, dtype=torch.float64)


def by_hand(stack, sequence, tbptt):
    """The states of one sequence ``(time, features)``, step by step, detached at the borders."""

    def read(layer, steps):
        states, state = [], None
        for t in range(len(steps)):
            if t and t % tbptt == 0 and len(steps) - t >= tbptt:
                state = map_state(torch.Tensor.detach, state)
            found, state = layer(steps[None, t : t + 1], state)
            states.append(found[0, 0])
        return torch.stack(states)

    for directions in stack.layers:
        found = [read(directions[0], sequence)]
        found += [read(layer, sequence.flip(0)).flip(0) for layer in directions[1:]]
        states = torch.cat(found, dim=1)
        sequence = states + sequence if states.shape == sequence.shape else states
    return sequence


def last_by_hand(states):
    return torch.cat([states[-1, :HIDDEN], states[0, HIDDEN:]])


def gradients(stack, steps, function):
    """The gradients of a sum of all numbers, each weighted differently."""
    stack.zero_grad()
    steps = steps.clone().requires_grad_()
    states = function(steps)
    weight = torch.linspace(-1, 1, states.numel(), dtype=states.dtype).view(states.shape)
    (states * weight).sum().backward()
    return [states.detach(), steps.grad, *(p.grad.clone() for p in stack.parameters())]


def assert_close(found, expected, tolerance=1e-10):
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)


def without_padding(states, lengths):
    return states * (torch.arange(states.shape[1]) < lengths[:, None])[..., None]


def lengths_of(steps, ragged):
    return LENGTHS if ragged else torch.full((len(steps),), steps.shape[1])


@every_cell
@every_direction
@ragged_or_not
def test_truncation_cuts_the_gradient_where_states_are_detached_by_hand(
    cell, bidirectional, ragged, steps
):
    stack, lengths, tbptt = build(cell, bidirectional=bidirectional), lengths_of(steps, ragged), 4

    def reference(steps):
        rows = zip(steps, lengths.tolist(), strict=True)
        rows = [by_hand(stack, row[:length], tbptt) for row, length in rows]
        return nn.utils.rnn.pad_sequence(rows, batch_first=True)

    expected = gradients(stack, steps, reference)
    stack.train_by_stretches(tbptt)
    given = lengths if ragged else None
    found = gradients(stack, steps, lambda steps: without_padding(stack(steps, given), lengths))
    assert_close(found, expected)
    stack.train_by_stretches(tbptt, recompute=True)
    found = gradients(stack, steps, lambda steps: without_padding(stack(steps, given), lengths))
    assert_close(found, expected)


@some_cells
@every_direction
@every_tbptt
@ragged_or_not
@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("size", [2 * HIDDEN, FEATURES], ids=["one layer", "two layers"])
def test_last_states_are_cut_alike(
    cell, bidirectional, tbptt, ragged, recompute, size, steps, generator
):
    stack, lengths = build(cell, bidirectional=bidirectional), lengths_of(steps, ragged)
    if size != FEATURES:  # as wide as the states of both directions, which they are added to
        stack = build(cell, bidirectional=bidirectional, num_layers=1, input_size=size)
        steps = torch.randn(*steps.shape[:2], size, generator=generator, dtype=torch.float64)

    def reference(steps):
        rows = zip(steps, lengths.tolist(), strict=True)
        return torch.stack([last_by_hand(by_hand(stack, r[:n], tbptt)) for r, n in rows])

    expected = gradients(stack, steps, reference)
    stack.train_by_stretches(tbptt, recompute)
    given = lengths if ragged else None
    assert_close(gradients(stack, steps, lambda steps: stack.last(steps, given)), expected)


@some_cells
@every_direction
@ragged_or_not
@pytest.mark.parametrize("last", [False, True], ids=["all", "last"])
@pytest.mark.parametrize("options", [{"tbptt": 12}, {"recompute": True}], ids=["long", "again"])
def test_long_stretches_and_recomputed_ones_change_nothing(
    cell, bidirectional, ragged, last, options, steps
):
    stack, lengths = build(cell, bidirectional=bidirectional), LENGTHS if ragged else None
    run = stack.last if last else stack
    expected = gradients(stack, steps, lambda steps: run(steps, lengths))
    stack.train_by_stretches(**options)
    assert_close(gradients(stack, steps, lambda steps: run(steps, lengths)), expected)


@every_direction
@pytest.mark.parametrize("last", [False, True], ids=["all", "last"])
@pytest.mark.parametrize("tbptt, recompute", [(4, False), (4, True), (None, True)])
def test_dropout_draws_the_same_mask_for_all_stretches(
    bidirectional, last, tbptt, recompute, steps
):
    stack = build(bidirectional=bidirectional, num_layers=3, dropout=0.5)
    run = stack.last if last else stack

    def states(**options):
        set_dropout_generator(stack, torch.Generator().manual_seed(1))
        stack.train_by_stretches(**options)
        return gradients(stack, steps, lambda steps: run(steps, LENGTHS))

    found, plain = states(tbptt=tbptt, recompute=recompute), states()
    torch.testing.assert_close(found[0], plain[0], rtol=1e-12, atol=1e-12)
    if tbptt is None:
        assert_close(found, plain)
    else:
        assert not torch.allclose(found[2], plain[2])


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("recompute", [False, True])
def test_half_precision_trains_the_weights_too(cell, recompute, steps):
    stack = build(cell, num_layers=1).float()
    plain = gradients(stack, steps.float(), lambda steps: stack.last(steps, LENGTHS))
    stack.train_by_stretches(11, recompute)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = gradients(stack, steps.float(), lambda steps: stack.last(steps, LENGTHS).float())
    torch.testing.assert_close(found[0], plain[0], rtol=0.03, atol=0.03)
    assert all(bool(gradient.abs().sum() > 0) for gradient in found[2:])


def kept(stack, time, run):
    """How many numbers autograd keeps for the backward pass, beside weights and input."""
    steps = torch.zeros(2, time, FEATURES)
    known = {p.untyped_storage().data_ptr() for p in stack.parameters()}
    known.add(steps.untyped_storage().data_ptr())
    found = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            found[storage.data_ptr()] = (storage.nbytes(), tensor)  # held, so that none is reused
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = run(steps, None)
        del result
    return sum(size for size, _ in found.values())


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh"])
@pytest.mark.parametrize("options", [{}, {"num_layers": 1, "bidirectional": True}], ids=str)
def test_the_last_state_needs_no_more_memory_for_a_longer_sequence(cell, options):
    stack = build(cell, **options).float()
    stack.train_by_stretches(10)
    assert kept(stack, 1000, stack.last) == kept(stack, 20, stack.last) > 0
    stack.train_by_stretches(None)
    assert kept(stack, 1000, stack.last) > 20 * kept(stack, 20, stack.last)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_what_is_recomputed_is_not_kept(cell):
    stack = build(cell).float()
    plain = {run: kept(stack, 900, run) for run in (stack, stack.last)}
    stack.train_by_stretches(recompute=True)
    assert kept(stack, 900, stack) < plain[stack] / 2
    assert kept(stack, 900, stack.last) < plain[stack.last] / 20


@pytest.mark.parametrize("cell", list(CELLS))
def test_prediction_takes_no_workspace_of_all_steps(cell, monkeypatch):
    monkeypatch.setattr(_recurrent, "LONG_READ", 50)
    stack = build(cell).float().eval()
    with torch.no_grad():
        found = largest_tensor(lambda: stack(torch.zeros(1, 500, FEATURES), None))
    assert found <= 500 * HIDDEN


def test_own_cells_that_carry_a_state_are_cut_too(steps):
    stack = build(Mixer, num_layers=1, residual=False)
    stack.train_by_stretches(4)
    expected = gradients(
        stack,
        steps,
        lambda steps: torch.stack([by_hand(stack, row, 4)[-1] for row in steps]),
    )
    assert_close(gradients(stack, steps, lambda steps: stack.last(steps, None)), expected)


class Dropping(Mixer):
    """A cell that drops, from torch's own generator."""

    def forward(self, steps, state=None):
        states, state = super().forward(nn.functional.dropout(steps, 0.5, self.training), state)
        return states, state


def test_own_cells_that_drop_do_so_again_when_recomputed(steps):
    stack = build(Dropping, num_layers=1, residual=False)
    stack.train_by_stretches(recompute=True)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        states, of_steps, *_ = gradients(stack, steps[:, :2], lambda steps: stack(steps, None))
        again = gradients(stack, steps[:, :2], lambda steps: stack(steps, None))
    assert not torch.equal(again[0], states)
    # The gradient of a step is zero where it was dropped, and only there.
    dropped = of_steps == 0
    assert 0 < dropped.sum() < dropped.numel()
    with torch.no_grad():
        expected, _ = stack.layers[0][0].eval()(torch.where(dropped, 0, 2 * steps[:, :2]))
    torch.testing.assert_close(states, expected)


class Stateless(Mixer):
    """A cell that takes none."""

    def forward(self, steps):
        return super().forward(steps)


@pytest.mark.parametrize("options", [{"tbptt": 4}, {"recompute": True}])
@pytest.mark.parametrize(
    "cell, error, reason",
    [(Forgetful, ValueError, "other states than in one go"), (Stateless, TypeError, "raised")],
)
def test_own_cells_that_carry_no_state_are_refused(options, cell, error, reason):
    stack = build(cell)
    with pytest.raises(error, match=f"{cell.__name__} .* from stretch to stretch.*{reason}"):
        stack.train_by_stretches(**options)
    stack.train_by_stretches(None, False)
