"""Training under bfloat16 autocast on a CPU comes close to training in float32."""

import copy

import pytest
import torch

from sklearn_rnn.nn import (
    CELLS,
    POOLINGS,
    ConvolutionBranch,
    ConvolutionStem,
    ExactLinear,
    RecurrentStack,
    SeededDropout,
    Subwords,
    TokenEmbedding,
    _layer_runs,
    flip_within_lengths,
    lengths_to_mask,
    segment_steps,
    set_dropout_generator,
)
from sklearn_rnn.nn._convolution import MaskedBatchNorm

BATCH, TIME, FEATURES, HIDDEN = 8, 50, 6, 16
# bfloat16 keeps 8 bits; ramps open or shut by a rounding, and then a slope is another one; what is
# small and normalised is magnified, and its rounding too
TOLERANCE = {"rnn_relu": 0.25, "layer_norm_lstm": 0.15}

ragged_or_full = pytest.mark.parametrize("ragged", [True, False], ids=["ragged", "full"])


@pytest.fixture
def steps(generator):
    return torch.randn(BATCH, TIME, FEATURES, generator=generator)


@pytest.fixture
def lengths(ragged):
    return torch.tensor([50, 1, 17, 33, 8, 50, 2, 41]) if ragged else None


def masked(steps, lengths):
    return steps if lengths is None else steps * lengths_to_mask(lengths, TIME)[..., None]


def train(layer, call, autocast):
    """One pass forward and backward: what came out, the gradients, and the layer after it."""
    layer = copy.deepcopy(layer).train()
    set_dropout_generator(layer, torch.Generator().manual_seed(0))
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        output = call(layer)
    weight = torch.randn(output.shape, generator=torch.Generator().manual_seed(1))
    (output.float() * weight).sum().backward()
    return output.detach(), [parameter.grad for parameter in layer.parameters()], layer


def difference(found, expected):
    return float((found.float() - expected).norm() / expected.norm())


def assert_close_in_training(layer, call, tolerance=0.1, output_tolerance=0.02):
    output, gradients, trained = train(layer, call, autocast=True)
    expected_output, expected_gradients, expected_layer = train(layer, call, autocast=False)
    assert difference(output, expected_output) < output_tolerance
    for gradient, expected in zip(gradients, expected_gradients, strict=True):
        assert gradient.dtype == torch.float32
        assert gradient.isfinite().all()
        assert difference(gradient, expected) < tolerance
    buffers = zip(trained.buffers(), expected_layer.buffers(), strict=True)
    for buffer, expected in buffers:
        assert buffer.dtype == torch.float32
        assert difference(buffer, expected) < output_tolerance


@ragged_or_full
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("residual", [False, True])
def test_recurrent_stacks(cell, residual, steps, lengths, generator):
    stack = RecurrentStack(
        FEATURES,
        HIDDEN,
        cell=cell,
        num_layers=2,
        bidirectional=True,
        dropout=0.3,
        residual=residual,
        generator=generator,
    )
    for call in (RecurrentStack.forward, RecurrentStack.last):
        assert_close_in_training(
            stack, lambda layer, call=call: call(layer, steps, lengths), TOLERANCE.get(cell, 0.1)
        )


@ragged_or_full
def test_long_batches_in_pieces(ragged, steps, lengths, generator, monkeypatch):
    monkeypatch.setattr(_layer_runs, "_WORKSPACE_BYTES", 10 * 64 * BATCH * HIDDEN)
    stack = RecurrentStack(FEATURES, HIDDEN, bidirectional=True, generator=generator)
    assert_close_in_training(stack, lambda layer: layer(steps, lengths))


class After(torch.nn.Module):
    """A pooling, or anything else, over the states of a recurrent layer in half precision."""

    def __init__(self, layer, generator):
        super().__init__()
        self.recurrent = RecurrentStack(FEATURES, HIDDEN, generator=generator)
        self.layer = layer

    def forward(self, steps, lengths):
        return self.layer(self.recurrent(steps, lengths), lengths)


@ragged_or_full
@pytest.mark.parametrize("name", POOLINGS)
def test_poolings(name, steps, lengths, generator):
    pooling = POOLINGS[name](HIDDEN, bidirectional=False, generator=generator)
    if name == "attention":
        torch.nn.init.normal_(pooling.query, generator=generator)
    assert_close_in_training(After(pooling, generator), lambda layer: layer(steps, lengths))


@pytest.mark.parametrize("name", ["mean", "attention"])
@ragged_or_full
def test_poolings_sum_over_time_in_float32(name, lengths, generator):
    pooling = POOLINGS[name](HIDDEN, bidirectional=False, generator=generator).train()
    states = torch.randn(BATCH, TIME, HIDDEN, generator=generator).bfloat16() + 1
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = pooling(states, lengths)  # attention, too, begins as the mean
    counts = [TIME] * BATCH if lengths is None else lengths
    rows = zip(states.double(), counts, strict=True)
    expected = torch.stack([row[:count].mean(0) for row, count in rows])
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), expected, rtol=1e-6, atol=1e-6)


@ragged_or_full
def test_the_convolutional_branch(ragged, steps, lengths, generator):
    branch = ConvolutionBranch(FEATURES, (8, 16, 8), generator=generator)
    inputs = masked(steps, lengths)
    assert_close_in_training(branch, lambda layer: layer(inputs, lengths), tolerance=0.2)


@ragged_or_full
@pytest.mark.parametrize("stride", [1, 3])
def test_the_convolutional_stem(stride, steps, lengths, generator):
    stem = ConvolutionStem(FEATURES, HIDDEN, stride=stride, generator=generator)
    inputs = masked(steps, lengths)
    assert_close_in_training(stem, lambda layer: layer(inputs, lengths)[0], tolerance=0.2)


@ragged_or_full
def test_a_stack_reads_what_the_stem_and_segments_give(ragged, steps, lengths, generator):
    class Shortened(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = ConvolutionStem(FEATURES, HIDDEN, stride=3, generator=generator)
            self.recurrent = RecurrentStack(2 * HIDDEN, HIDDEN, generator=generator)

        def forward(self, steps, lengths):
            return self.recurrent.last(*segment_steps(*self.stem(steps, lengths), 2))

    inputs = masked(steps, lengths)
    assert_close_in_training(Shortened(), lambda layer: layer(inputs, lengths), tolerance=0.2)


@ragged_or_full
def test_statistics_of_signals_in_half_precision_are_taken_in_float32(ragged, lengths, generator):
    signals = (torch.randn(BATCH, 4, TIME, generator=generator) * 0.1 + 3).bfloat16()
    real = torch.ones(BATCH, TIME, dtype=torch.bool)
    if ragged:
        real = lengths_to_mask(lengths, TIME)
    expected = signals.double().transpose(1, 2)[real]
    norm = MaskedBatchNorm(4)
    norm.momentum = 1.0
    with torch.autocast("cpu", dtype=torch.bfloat16):
        shifted = norm(signals, real[:, None].float() if ragged else None)
    assert shifted.dtype == torch.bfloat16
    torch.testing.assert_close(norm.running_mean.double(), expected.mean(0), rtol=1e-6, atol=0)
    torch.testing.assert_close(norm.running_variance.double(), expected.var(0), rtol=1e-4, atol=0)


def test_token_embedding(generator):
    embedding = TokenEmbedding(20, 8, dropout=0.3, token_dropout=0.1, subword_buckets=9)
    embedding.fill(generator)
    ids = torch.randint(0, 22, (3, 5), generator=generator)
    subwords = Subwords(
        torch.tensor([1, 2, 8, 8, 3]), torch.tensor([0, 2, 4]), torch.arange(15).view(3, 5) % 3
    )
    assert_close_in_training(embedding, lambda layer: layer(ids, subwords))


def test_the_head(steps, generator):
    assert_close_in_training(
        ExactLinear(FEATURES, 3, generator=generator), lambda layer: layer(steps[:, 0])
    )


def test_flipping_and_segments_keep_the_bits_of_half_precision(generator):
    steps = torch.randn(BATCH, TIME, FEATURES, generator=generator).bfloat16().requires_grad_()
    lengths = torch.arange(1, BATCH + 1) * 6
    with torch.autocast("cpu", dtype=torch.bfloat16):
        flipped = flip_within_lengths(steps, lengths)
        segments, _ = segment_steps(flipped, lengths, 4)
    wide = steps.detach().float()
    expected, _ = segment_steps(flip_within_lengths(wide, lengths), lengths, 4)
    assert flipped.dtype == segments.dtype == torch.bfloat16
    assert torch.equal(segments.float(), expected)
    segments.sum().backward()
    real = lengths_to_mask(lengths, TIME)
    assert torch.equal(steps.grad, real[..., None].expand_as(steps).bfloat16())


def test_dropout_in_half_precision_has_the_mask_of_float32_and_keeps_the_mean(generator):
    dropout = SeededDropout(0.3, shared_over_time=False)
    steps = torch.randn(200, 100, generator=generator).bfloat16()
    found, expected = (
        (set_dropout_generator(dropout, torch.Generator().manual_seed(0)), dropout(batch))[1]
        for batch in (steps, steps.float())
    )
    assert found.dtype == torch.bfloat16
    assert torch.equal(found, expected.bfloat16())


def test_prediction_under_autocast_sums_in_float64(steps, generator):
    stem = ConvolutionStem(FEATURES, HIDDEN, stride=3, generator=generator).eval()
    head = ExactLinear(FEATURES, 3, generator=generator).eval()
    for call in (lambda: stem(steps, None)[0], lambda: head(steps)):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = call()
        assert torch.equal(found, call())
