"""Poolings, held against loops over the real steps of one sequence at a time."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import POOLINGS
from tests import references
from tests.references import directional_derivative, pad_right

LENGTHS = [3, 1, 5, 2]
SIZE = 6

every_pooling = pytest.mark.parametrize("pooling", list(POOLINGS))
every_direction = pytest.mark.parametrize("bidirectional", [False, True], ids=["one-way", "both"])
both_modes = pytest.mark.parametrize("training", [False, True], ids=["prediction", "training"])


def build(pooling, bidirectional=False, size=SIZE):
    """A pooling in float64 whose weights, if it has any, are all different."""
    generator = torch.Generator().manual_seed(0)
    layer = POOLINGS[pooling](size, bidirectional=bidirectional, generator=generator).double()
    with torch.no_grad():
        for weight in layer.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator, dtype=weight.dtype) / 2)
    return layer


def reference(pooling, bidirectional, layer):
    """The pooling of one sequence, as a function of its states and the layer's weights."""
    if pooling != "attention":
        return lambda states: references.POOLINGS[pooling](states, bidirectional)
    names = [name for name, _ in layer.named_parameters()]

    def attention(states, *weights):
        named = dict(zip(names, weights, strict=True))
        return references.attention_pooling(
            states, named["projection.weight"], named["projection.bias"], named["query"]
        )

    return attention


@pytest.fixture
def sequences(rng):
    return [rng.normal(size=(length, SIZE)) for length in LENGTHS]


@pytest.fixture
def lengths():
    return torch.tensor(LENGTHS)


def as_batch(sequences, fill=0.0):
    return torch.from_numpy(pad_right(sequences, fill))


@every_pooling
@every_direction
@both_modes
def test_a_pooled_vector_is_that_of_the_sequence_alone(
    pooling, bidirectional, training, sequences, lengths
):
    layer = build(pooling, bidirectional).train(training)
    weights = [weight.detach().numpy() for weight in layer.parameters()]
    pool = reference(pooling, bidirectional, layer)
    pooled = layer(as_batch(sequences), lengths).detach()
    np.testing.assert_allclose(pooled, [pool(s, *weights) for s in sequences], atol=1e-14)


@every_pooling
@every_direction
def test_gradients_are_the_slopes_of_the_reference(pooling, bidirectional, sequences, lengths, rng):
    layer = build(pooling, bidirectional)
    pool = reference(pooling, bidirectional, layer)
    importance = rng.normal(size=(len(LENGTHS), SIZE))

    def loss(*points):
        states, weights = points[: len(sequences)], points[len(sequences) :]
        rows = zip(states, importance, strict=True)
        return sum((pool(s, *weights) * weight).sum() for s, weight in rows)

    batch = as_batch(sequences).requires_grad_()
    (layer(batch, lengths) * torch.from_numpy(importance)).sum().backward()
    parameters = list(layer.parameters())
    gradients = [row[:length] for row, length in zip(batch.grad.numpy(), LENGTHS, strict=True)]
    gradients += [weight.grad.numpy() for weight in parameters]
    points = sequences + [weight.detach().numpy() for weight in parameters]
    for _ in range(3):
        directions = [rng.normal(size=point.shape) for point in points]
        slope = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))
        expected = directional_derivative(loss, points, directions)
        np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-6)


@every_pooling
@every_direction
@both_modes
def test_full_rows_need_no_lengths(pooling, bidirectional, training, rng):
    layer = build(pooling, bidirectional).train(training)
    states = torch.from_numpy(rng.normal(size=(3, 4, SIZE)))
    full = torch.full((3,), 4)
    torch.testing.assert_close(layer(states, None), layer(states, full), rtol=0, atol=1e-14)


@every_pooling
@every_direction
@both_modes
@pytest.mark.parametrize("garbage", [1e30, -1e30])
def test_what_stands_in_padding_changes_no_pooled_vector(
    pooling, bidirectional, training, garbage, sequences, lengths
):
    layer = build(pooling, bidirectional).train(training)
    pooled = layer(as_batch(sequences), lengths)
    assert torch.equal(layer(as_batch(sequences, garbage), lengths), pooled)


@every_pooling
@every_direction
def test_padding_gets_no_gradient(pooling, bidirectional, sequences, lengths):
    batch = as_batch(sequences, fill=3.0).requires_grad_()
    build(pooling, bidirectional)(batch, lengths).square().sum().backward()
    for row, length in zip(batch.grad, LENGTHS, strict=True):
        assert not row[length:].any()
        assert row[:length].any()


@every_pooling
@every_direction
def test_more_padding_changes_no_bit_of_a_prediction(pooling, bidirectional, rng):
    layer = build(pooling, bidirectional, size=32).float().eval()
    states = torch.from_numpy(rng.normal(size=(8, 70, 32))).float()
    lengths = torch.tensor([70, 50, 33, 9, 8, 3, 2, 1])
    pooled = layer(states, lengths)
    assert pooled.dtype == torch.float32
    for more in (1, 30, 300):
        padded = torch.nn.functional.pad(states, (0, 0, 0, more))
        assert torch.equal(layer(padded, lengths), pooled)


@both_modes
def test_attention_begins_as_the_mean(training, sequences, lengths, generator):
    layers = (
        POOLINGS[name](SIZE, bidirectional=False, generator=generator).double().train(training)
        for name in ("attention", "mean")
    )
    pooled, mean = (layer(as_batch(sequences), lengths) for layer in layers)
    torch.testing.assert_close(pooled, mean, rtol=0, atol=1e-14)


def test_attention_bears_scores_beyond_the_range_of_exp(sequences, lengths):
    layer = build("attention")
    with torch.no_grad():
        layer.query.mul_(1e4)
    assert layer(as_batch(sequences), lengths).isfinite().all()


def test_a_pooling_gives_back_the_precision_it_got(generator):
    for pooling in POOLINGS.values():
        layer = pooling(SIZE, bidirectional=False, generator=generator)
        for training in (False, True):
            states = torch.ones(2, 3, SIZE)
            assert layer.train(training)(states, torch.tensor([3, 1])).dtype == torch.float32
