"""Tree-LSTMs against a recursion over nodes, written from the equations."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import (
    TREE_CELLS,
    ChildSumTreeLSTM,
    NaryTreeLSTM,
    build_cell,
    build_tree_cell,
)
from sklearn_rnn.training import TreeDataset
from tests.forests import forest_of, random_trees, to_numbers

SIZES = (7, 1, 12, 3, 20)
CELLS = [("child_sum", None), ("n_ary", 1), ("n_ary", 2), ("n_ary", 4)]
every_cell = pytest.mark.parametrize("cell, max_children", CELLS)


def make_cell(cell, max_children, generator):
    layer = build_tree_cell(cell, 5, 6, max_children, generator=generator).double()
    with torch.no_grad():
        layer.bias.normal_(generator=generator)
    return layer


def child_sum_node(layer, x, below):
    """Equations 2 to 8, one node at a time."""
    W, U, b = (part.chunk(4) for part in (layer.weight_ih, layer.weight_hh, layer.bias))
    zero = torch.zeros(layer.hidden_size, dtype=torch.float64)
    h = sum((state for state, _ in below), zero)
    i, u, o = (torch.mv(W[k], x) + torch.mv(U[k], h) + b[k] for k in (0, 2, 3))
    c = torch.sigmoid(i) * torch.tanh(u)
    for state, cell in below:
        f = torch.sigmoid(torch.mv(W[1], x) + torch.mv(U[1], state) + b[1])
        c = c + f * cell
    return torch.sigmoid(o) * torch.tanh(c), c


def n_ary_node(layer, x, below):
    """Equations 9 to 14; the children from the last place on are added up in it."""
    size, n = layer.hidden_size, layer.max_children
    zero = torch.zeros(size, dtype=torch.float64)
    places = [[zero, zero] for _ in range(n)]
    for k, (state, cell) in enumerate(below):
        place = places[min(k, n - 1)]
        place[0], place[1] = place[0] + state, place[1] + cell
    W, b = layer.weight_ih.chunk(4), layer.bias.chunk(4)
    gates = layer.weight_hh.split(size)

    def from_children(gate):
        parts = gate.split(size, 1)
        return sum(torch.mv(part, h) for part, (h, _) in zip(parts, places, strict=True))

    i, u, o = (torch.mv(W[k], x) + from_children(gates[j]) + b[k] for j, k in enumerate((0, 2, 3)))
    c = torch.sigmoid(i) * torch.tanh(u)
    for k, (_, cell) in enumerate(places):
        f = torch.sigmoid(torch.mv(W[1], x) + from_children(gates[3 + k]) + b[1])
        c = c + f * cell
    return torch.sigmoid(o) * torch.tanh(c), c


def recursive_states(layer, inputs, trees):
    """The states of all nodes, from a recursion; inputs and states in the order of the nodes."""
    node_of = child_sum_node if isinstance(layer, ChildSumTreeLSTM) else n_ary_node
    order, _, children = forest_of(trees.flat_parents())
    found = {}
    for node in order[::-1].tolist():
        below = [found[child] for child in children[node]]
        found[node] = node_of(layer, inputs[node], below)
    return torch.stack([found[node][0] for node in range(len(inputs))])


def run(layer, inputs, trees, rows=None):
    """The states of all nodes, by levels; inputs and states in the order of the nodes."""
    dataset = TreeDataset(to_numbers(trees))
    rows = torch.arange(len(trees)) if rows is None else rows
    batch = dataset.gather(rows)
    longest, forest = int(batch.lengths.max()), batch.forest
    node = torch.from_numpy(trees.offsets)[rows][forest.place // longest]
    node = node + forest.place % longest
    states = torch.zeros(len(inputs), layer.hidden_size, dtype=inputs.dtype)
    return states.index_copy(0, node, layer(inputs[node], forest))


@every_cell
def test_levels_give_the_states_of_a_recursion(cell, max_children, rng, generator):
    layer, trees = make_cell(cell, max_children, generator), random_trees(rng, SIZES)
    inputs = torch.randn(sum(SIZES), 5, dtype=torch.float64, generator=generator)
    expected = recursive_states(layer, inputs, trees)
    torch.testing.assert_close(run(layer, inputs, trees), expected, rtol=0, atol=1e-13)


@every_cell
def test_levels_give_the_gradients_of_a_recursion(cell, max_children, rng, generator):
    layer, trees = make_cell(cell, max_children, generator), random_trees(rng, SIZES)
    inputs = torch.randn(sum(SIZES), 5, dtype=torch.float64, generator=generator)
    inputs.requires_grad_()
    factor = torch.randn(sum(SIZES), 6, dtype=torch.float64, generator=generator)
    parameters = [inputs, *layer.parameters()]
    found, expected = (
        torch.autograd.grad((states * factor).sum(), parameters)
        for states in (run(layer, inputs, trees), recursive_states(layer, inputs, trees))
    )
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11)
        assert one.abs().max() > 1e-3


def chain(n):
    """A tree without branches, from the root to the only leaf."""
    rng = np.random.default_rng(0)
    trees = random_trees(rng, [n])
    trees.parents, trees.tokens[:] = np.arange(-1, n - 1), "a"
    return trees


@pytest.mark.parametrize("cell, max_children", [("child_sum", None), ("n_ary", 1)])
def test_a_chain_is_an_lstm_from_leaf_to_root(cell, max_children, generator):
    layer = build_tree_cell(cell, 5, 6, max_children, generator=generator)
    lstm = build_cell("lstm", 5, 6, generator=generator)
    with torch.no_grad():
        of_input, of_forget, of_cell, of_output = layer.weight_hh.chunk(4)
        if cell == "n_ary":  # the gates of the node come first there
            of_cell, of_output, of_forget = of_forget, of_cell, of_output
        lstm.weight_hh_l0.copy_(torch.cat([of_input, of_forget, of_cell, of_output]))
        lstm.weight_ih_l0.copy_(layer.weight_ih)
        lstm.bias_ih_l0.copy_(layer.bias)
        lstm.bias_hh_l0.zero_()
    inputs = torch.randn(9, 5, generator=generator)
    expected = lstm(inputs.flip(0)[None])[0][0].flip(0)
    torch.testing.assert_close(run(layer, inputs, chain(9)), expected, rtol=0, atol=1e-6)


def test_order_of_children_matters_to_places_alone(generator):
    trees = random_trees(np.random.default_rng(1), [3])
    trees.parents = np.array([-1, 0, 0])
    inputs = torch.randn(3, 5, generator=generator, dtype=torch.float64)
    swapped = inputs[[0, 2, 1]]
    for cell, max_children in (("child_sum", None), ("n_ary", 1), ("n_ary", 2)):
        layer = make_cell(cell, max_children, generator)
        difference = (run(layer, inputs, trees)[0] - run(layer, swapped, trees)[0]).abs().max()
        assert (difference > 1e-3) == (max_children == 2), cell


@every_cell
def test_states_do_not_depend_on_other_trees(cell, max_children, rng, generator):
    layer, trees = make_cell(cell, max_children, generator), random_trees(rng, SIZES)
    inputs = torch.randn(sum(SIZES), 5, dtype=torch.float64, generator=generator)
    together = run(layer, inputs, trees)
    for i in range(len(SIZES)):
        alone = run(layer, inputs, trees, torch.tensor([i]))
        part = slice(trees.offsets[i], trees.offsets[i + 1])
        torch.testing.assert_close(alone[part], together[part], rtol=0, atol=1e-14)


@pytest.mark.parametrize("cell", TREE_CELLS)
def test_weights_come_from_the_generator(cell):
    first, again, other = (
        build_tree_cell(cell, 5, 6, 2, generator=torch.Generator().manual_seed(seed)).state_dict()
        for seed in (0, 0, 1)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["weight_hh"], other["weight_hh"])
    blocks = first["weight_hh"].view(-1, 6, first["weight_hh"].shape[1])[:, :, :6]
    torch.testing.assert_close(
        blocks @ blocks.transpose(1, 2), torch.eye(6).expand(len(blocks), 6, 6)
    )
    assert first["bias"].tolist() == [0.0] * 6 + [1.0] * 6 + [0.0] * 12


def test_half_precision_keeps_cells_in_float32(rng, generator):
    layer, trees = NaryTreeLSTM(5, 6, 2, generator=generator), random_trees(rng, SIZES)
    inputs = torch.randn(sum(SIZES), 5, generator=generator)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = run(layer, inputs, trees)
    assert states.dtype == torch.float32
    torch.testing.assert_close(states, run(layer, inputs, trees), rtol=0, atol=0.05)
