"""A whole network in float64, held against the same network run one sequence at a time."""

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_rnn.modules import (
    ClassificationNetwork,
    RegressionNetwork,
    SequenceBody,
)
from sklearn_rnn.nn import CELLS, POOLINGS, Subwords, set_dropout_generator
from tests import references
from tests.architectures import small_architecture
from tests.references import CellWeights, pad_right

LENGTHS = [4, 1, 3, 6]

every_pooling = pytest.mark.parametrize("pooling", list(POOLINGS))
every_direction = pytest.mark.parametrize("bidirectional", [False, True], ids=["one-way", "both"])
both_inputs = pytest.mark.parametrize("n_tokens", [None, 9], ids=["numbers", "ids"])


def shake(network, generator):
    """Make every weight another, those that begin at zero too."""
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator, dtype=weight.dtype) / 4)
    return network


def random_sequences(rng, n_tokens):
    if n_tokens is None:
        return [rng.normal(size=(length, 3)) for length in LENGTHS]
    return [rng.integers(1, n_tokens, size=length) for length in LENGTHS]


def reference(network, sequence, plan):
    """The scores of one sequence, from the network's weights alone."""
    numbers = {name: w.detach().numpy() for name, w in network.named_parameters()}
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    cells = [
        CellWeights(*(getattr(layer, name).detach().numpy() for name in names))
        for layer in network.modules()
        if isinstance(layer, nn.RNNBase)
    ]
    width = 2 if plan.bidirectional else 1
    assert len(cells) == width * plan.num_layers
    layers = [cells[i : i + width] for i in range(0, len(cells), width)]
    if plan.n_tokens is not None:
        sequence = numbers["body.embedding.weight"][sequence]
    states = references.recurrent_stack(sequence, plan.cell, layers)
    if plan.pooling == "attention":
        weights = ("projection.weight", "projection.bias", "query")
        pooled = references.attention_pooling(
            states, *(numbers[f"body.pooling.{name}"] for name in weights)
        )
    else:
        pooled = references.POOLINGS[plan.pooling](states, plan.bidirectional)
    return numbers["head.weight"] @ pooled + numbers["head.bias"]


@both_inputs
@every_direction
@every_pooling
@pytest.mark.parametrize("cell", list(CELLS))
def test_scores_are_those_of_each_sequence_alone(
    cell, pooling, bidirectional, n_tokens, rng, generator
):
    plan = small_architecture(
        cell=cell, pooling=pooling, bidirectional=bidirectional, n_tokens=n_tokens, num_layers=2
    )
    network = ClassificationNetwork(plan, 3, generator=generator).double().eval()
    shake(network, generator)
    sequences = random_sequences(rng, n_tokens)
    logits = network(torch.from_numpy(pad_right(sequences)), torch.tensor(LENGTHS))
    expected = [reference(network, sequence, plan) for sequence in sequences]
    np.testing.assert_allclose(logits.detach(), expected, rtol=0, atol=1e-13)


@both_inputs
@every_direction
@every_pooling
def test_every_weight_learns(pooling, bidirectional, n_tokens, rng, generator):
    plan = small_architecture(
        pooling=pooling, bidirectional=bidirectional, n_tokens=n_tokens, num_layers=2
    )
    network = shake(RegressionNetwork(plan, 2, "squared_error", {}, generator=generator), generator)
    sequences = random_sequences(rng, n_tokens)
    values = torch.from_numpy(pad_right(sequences))
    values = values.float() if n_tokens is None else values
    network.train()(values, torch.tensor(LENGTHS)).square().sum().backward()
    still = [name for name, w in network.named_parameters() if not w.grad.any()]
    assert still == []


@both_inputs
def test_the_same_seed_gives_the_same_network(n_tokens):
    first, again, other = (
        SequenceBody(
            small_architecture(n_tokens=n_tokens, pooling="attention"),
            generator=torch.Generator().manual_seed(seed),
        ).state_dict()
        for seed in (1, 1, 2)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


@both_inputs
@every_direction
@every_pooling
def test_the_size_of_the_pooled_state_is_known(pooling, bidirectional, n_tokens, rng, generator):
    plan = small_architecture(pooling=pooling, bidirectional=bidirectional, n_tokens=n_tokens)
    body = SequenceBody(plan, generator=generator).eval()
    values = torch.from_numpy(pad_right(random_sequences(rng, n_tokens)))
    values = values.float() if n_tokens is None else values
    assert body(values, torch.tensor(LENGTHS)).shape == (len(LENGTHS), body.output_size)


def test_an_id_above_the_table_is_read_as_unknown(generator):
    plan = small_architecture(n_tokens=9)
    network = ClassificationNetwork(plan, 3, generator=generator).eval()
    seen, beyond = (network(torch.tensor([[2, id_, 5]]), None) for id_ in (1, 9))
    assert torch.equal(seen, beyond)


@pytest.mark.parametrize("n_tokens", [None, 9], ids=["numbers", "ids"])
@pytest.mark.parametrize("cell", [*CELLS, nn.GRU])
def test_networks_are_float32_whatever_the_default_of_torch(cell, n_tokens, generator):
    plan = small_architecture(
        cell=cell,
        n_tokens=n_tokens,
        pooling="attention",
        convolution="branch",
        dropout=0.5,
        token_dropout=0.5,
        subword_buckets=n_tokens and 20,
    )
    values, subwords = torch.ones(2, 6, 3, dtype=torch.float32), None
    if n_tokens:
        values = torch.ones(2, 6, dtype=torch.int64)
        subwords = Subwords(torch.tensor([3, 4]), torch.tensor([0]), torch.zeros_like(values))
    torch.set_default_dtype(torch.float64)
    try:
        body = SequenceBody(plan, generator=generator)
        set_dropout_generator(body, generator)
        pooled = body.train()(values, torch.tensor([6, 4]), subwords)
    finally:
        torch.set_default_dtype(torch.float32)
    assert {weight.dtype for weight in body.state_dict().values()} == {torch.float32}
    assert pooled.dtype == torch.float32
