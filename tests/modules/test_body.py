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
from sklearn_rnn.nn import CELLS, POOLINGS, Subwords, category_dim, set_dropout_generator
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


def reference(network, sequence, plan, codes=None, static=None, static_codes=None):
    """The scores of one sequence, from the network's weights alone.

    ``codes`` is ``(time, columns)``; ``static`` and ``static_codes`` are ``(columns,)``.
    """
    numbers = {name: w.detach().numpy() for name, w in network.named_parameters()}
    cells = [
        CellWeights.of((name, w.detach().numpy()) for name, w in layer.named_parameters())
        for directions in network.body.recurrent.layers
        for layer in directions
    ]
    width = 2 if plan.bidirectional else 1
    assert len(cells) == width * plan.num_layers
    layers = [cells[i : i + width] for i in range(0, len(cells), width)]
    if plan.n_tokens is not None:
        sequence = numbers["body.input.embedding.weight"][sequence]
    if codes is not None:
        vectors = [vectors_of(numbers, "body.input.categories", step) for step in codes]
        sequence = np.hstack([sequence, vectors])
    if network.body.stem is not None:
        sequence = convolve(sequence, network.body.stem)
    if plan.segment > 1:
        sequence = join_steps(sequence, plan.segment)
    states = references.recurrent_stack(sequence, plan.cell, layers)
    if plan.pooling == "attention":
        weights = ("projection.weight", "projection.bias", "query")
        pooled = references.attention_pooling(
            states, *(numbers[f"body.pooling.{name}"] for name in weights)
        )
    else:
        pooled = references.POOLINGS[plan.pooling](states, plan.bidirectional)
    if network.body.static is not None:
        parts = [pooled, [] if static is None else static]
        if static_codes is not None:
            parts.append(vectors_of(numbers, "body.static.categories", static_codes))
        joined = np.concatenate(parts)
        mix = numbers["body.static.mix.weight"] @ joined + numbers["body.static.mix.bias"]
        pooled = np.concatenate([joined, np.maximum(mix, 0)])
    return numbers["head.weight"] @ pooled + numbers["head.bias"]


def vectors_of(numbers, layer, codes):
    """The joined vectors of the categories of one row."""
    rows = [numbers[f"{layer}.tables.{i}"][code] for i, code in enumerate(codes)]
    return np.concatenate(rows)


def join_steps(sequence, segment):
    """Each so many steps in one row; zeros where the last row lacks some."""
    missing = -len(sequence) % segment
    full = [*sequence, *np.zeros((missing, sequence.shape[1]))]
    return np.array([np.ravel(full[i : i + segment]) for i in range(0, len(full), segment)])


def convolve(sequence, stem):
    """The steps of a stem, one sum of products at a time; beyond both ends there are zeros."""
    for convolution, norm in zip(stem.convolutions, stem.norms, strict=True):
        kernel = convolution.weight.detach().numpy()  # (channels, features, time)
        width, (stride,) = kernel.shape[2], convolution.stride
        padded = np.pad(sequence, ((width // 2, width), (0, 0)))
        windows = [padded[i : i + width].T for i in range(0, len(sequence), stride)]
        found = np.array([(kernel * window).sum((1, 2)) for window in windows])
        mean, variance = norm.running_mean.numpy(), norm.running_variance.numpy()
        weight, bias = norm.weight.detach().numpy(), norm.bias.detach().numpy()
        found = (found - mean) / np.sqrt(variance + norm.epsilon) * weight + bias
        sequence = np.maximum(found, 0)
    return sequence


@both_inputs
@every_direction
@every_pooling
@pytest.mark.parametrize("cell", list(references.CELLS))
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


SHORTENED = {
    "segment": {"segment": 2},
    "long segment": {"segment": 9},
    "stem": {"convolution": "stem", "stride": 2},
    "stem and segment": {"convolution": "stem", "stride": 1, "segment": 3},
}


@pytest.mark.parametrize("plan", SHORTENED.values(), ids=SHORTENED)
@both_inputs
@every_direction
@every_pooling
def test_shortened_scores_are_those_of_each_sequence_alone(
    pooling, bidirectional, n_tokens, plan, rng, generator
):
    plan = small_architecture(
        pooling=pooling, bidirectional=bidirectional, n_tokens=n_tokens, **plan
    )
    network = ClassificationNetwork(plan, 3, generator=generator).double().eval()
    shake(network, generator)
    shake_norms(network, generator)
    if n_tokens is not None:
        network.body.input.embedding.weight.data[0] = 0  # as it stays in training
    sequences = random_sequences(rng, n_tokens)
    logits = network(torch.from_numpy(pad_right(sequences)), torch.tensor(LENGTHS))
    expected = [reference(network, sequence, plan) for sequence in sequences]
    np.testing.assert_allclose(logits.detach(), expected, rtol=0, atol=1e-12)


def shake_norms(network, generator):
    """Let normalisation have seen something."""
    with torch.no_grad():
        for name, buffer in network.named_buffers():
            if "running" in name:
                buffer.add_(torch.rand(buffer.shape, generator=generator, dtype=buffer.dtype))


COLUMNS = {
    "codes": {"codes": (5, 4)},
    "no numbers": {"codes": (5, 4), "n_features": 0},
    "static": {"n_static": 2},
    "static codes": {"static_codes": (6,)},
    "all": {"codes": (5, 4), "n_static": 2, "static_codes": (6, 3), "segment": 2},
}


@pytest.mark.parametrize("columns", COLUMNS.values(), ids=COLUMNS)
@both_inputs
@every_pooling
def test_scores_with_columns_are_those_of_each_sequence_alone(
    pooling, n_tokens, columns, rng, generator
):
    plan = small_architecture(pooling=pooling, n_tokens=n_tokens, bidirectional=True, **columns)
    network = ClassificationNetwork(plan, 3, generator=generator).double().eval()
    shake(network, generator)
    sequences = random_sequences(rng, n_tokens)
    if plan.n_features == 0 and n_tokens is None:
        sequences = [sequence[:, :0] for sequence in sequences]
    rows = random_columns(rng, plan)
    batch = {
        name: torch.from_numpy(pad_right(column) if name == "codes" else np.array(column))
        for name, column in rows.items()
    }
    values, lengths = torch.from_numpy(pad_right(sequences)), torch.tensor(LENGTHS)
    logits = network(values, lengths, **batch)
    expected = [
        reference(network, sequence, plan, **{name: rows[name][i] for name in rows})
        for i, sequence in enumerate(sequences)
    ]
    np.testing.assert_allclose(logits.detach(), expected, rtol=0, atol=1e-12)
    assert network.body(values, lengths, **batch).shape == (4, network.body.output_size)


def random_columns(rng, plan):
    """For each sequence the ids of the categories of its steps, and its static columns."""
    columns = {}
    if plan.codes:
        columns["codes"] = [rng.integers(1, plan.codes, (length, 2)) for length in LENGTHS]
    if plan.n_static:
        columns["static"] = list(rng.normal(size=(len(LENGTHS), plan.n_static)))
    if plan.static_codes:
        width = len(plan.static_codes)
        columns["static_codes"] = list(rng.integers(1, plan.static_codes, (4, width)))
    return columns


def test_width_of_categories_is_the_one_asked_for_beside_numbers_alone(generator):
    sizes = {"codes": (9, 30), "static_codes": (30,)}
    for n_tokens, embedding_dim, expected in [
        (None, 7, [7, 7, 7]),
        (None, None, [category_dim(9), category_dim(30), category_dim(30)]),
        (12, 7, [category_dim(9), category_dim(30), category_dim(30)]),
    ]:
        plan = small_architecture(n_tokens=n_tokens, embedding_dim=embedding_dim, **sizes)
        body = SequenceBody(plan, generator=generator)
        tables = [*body.input.categories.tables, *body.static.categories.tables]
        assert [table.shape[1] for table in tables] == expected


@both_inputs
def test_every_weight_of_columns_and_convolutions_learns(n_tokens, rng, generator):
    columns = {"codes": (5, 4), "n_static": 2, "static_codes": (6,)}
    shortened = {"convolution": "stem+branch", "stride": 2, "segment": 2}
    plan = small_architecture(n_tokens=n_tokens, bidirectional=True, **columns, **shortened)
    network = shake(RegressionNetwork(plan, 2, "squared_error", {}, generator=generator), generator)
    values = torch.from_numpy(pad_right(random_sequences(rng, n_tokens)))
    rows = random_columns(rng, plan)
    extras = {
        "codes": torch.from_numpy(pad_right(rows["codes"])),
        "static": torch.from_numpy(np.array(rows["static"])).float(),
        "static_codes": torch.from_numpy(np.array(rows["static_codes"])),
    }
    values = values.float() if n_tokens is None else values
    network.train()(values, torch.tensor(LENGTHS), **extras).square().sum().backward()
    still = [name for name, w in network.named_parameters() if not w.grad.any()]
    assert still == []


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_gates_begin_by_keeping_for_as_long_as_the_shortened_sequences(cell):
    def biases(**changes):
        plan = small_architecture(
            cell=cell, hidden_size=500, n_features=3, initialization="chrono", **changes
        )
        body = SequenceBody(plan, generator=torch.Generator().manual_seed(0))
        return body.recurrent.layers[0][0].bias_ih_l0[500:1000].exp().max()

    assert 980 < biases(longest=1000) < 1000
    assert 90 < biases(longest=991, segment=10) < 100
    assert 90 < biases(longest=991, convolution="stem", stride=10) < 100
    assert 8 < biases(longest=1000, convolution="stem", stride=10, segment=10) < 10
    assert 980 < biases(longest=1000, convolution="branch", stride=10) < 1000


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
