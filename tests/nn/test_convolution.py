"""Convolutions over time, held against loops over sequences and torch's own normalisation."""

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_rnn.nn import ConvolutionBranch, ConvolutionStem
from sklearn_rnn.nn._convolution import MaskedBatchNorm
from tests.references import pad_right

LENGTHS = [9, 1, 4, 12]
FEATURES, CHANNELS = 3, (4, 6, 5)

both_modes = pytest.mark.parametrize("training", [False, True], ids=["prediction", "training"])


@pytest.fixture
def branch(generator):
    """A branch in float64 whose weights and running statistics are all different."""
    return fill_norms(ConvolutionBranch(FEATURES, CHANNELS, generator=generator), generator)


@torch.no_grad()
def fill_norms(layers, generator):
    for norm in layers.norms:
        for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_variance):
            tensor.uniform_(0.5, 1.5, generator=generator)
    return layers.double()


@pytest.fixture
def sequences(rng):
    return [rng.normal(size=(length, FEATURES)) for length in LENGTHS]


@pytest.fixture
def lengths():
    return torch.tensor(LENGTHS)


def convolve(signals, kernels, stride=1):
    """``(time, features) -> (time, channels)``; beyond both ends there is nothing."""
    width = kernels.shape[2]
    margin = np.zeros((width // 2, signals.shape[1]))
    padded = np.concatenate([margin, signals, margin])
    windows = [padded[step : step + width] for step in range(0, len(signals), stride)]
    return np.array([[(w * kernel.T).sum() for kernel in kernels] for w in windows])


def reference(branch, sequences, training):
    """The branch on sequences that are never padded: pooled vectors, a row a sequence."""
    return np.array([steps.mean(axis=0) for steps in blocks(branch, sequences, training)])


def blocks(layers, signals, training, stride=1):
    """Convolutions, normalisation and ramps on sequences that are never padded."""
    strides = [stride] + [1] * (len(layers.norms) - 1)
    for convolution, norm, by in zip(layers.convolutions, layers.norms, strides, strict=True):
        signals = [convolve(steps, convolution.weight.detach().numpy(), by) for steps in signals]
        all_steps = np.concatenate(signals)
        if training:
            mean, variance = all_steps.mean(axis=0), all_steps.var(axis=0)
        else:
            mean, variance = norm.running_mean.numpy(), norm.running_variance.numpy()
        scale = norm.weight.detach().numpy() / np.sqrt(variance + norm.epsilon)
        bias = norm.bias.detach().numpy()
        signals = [np.maximum((steps - mean) * scale + bias, 0) for steps in signals]
    return signals


@both_modes
def test_pooled_vectors_are_those_of_sequences_without_padding(
    training, branch, sequences, lengths
):
    expected = reference(branch, sequences, training)
    pooled = branch.train(training)(torch.from_numpy(pad_right(sequences)), lengths)
    assert pooled.shape == (len(LENGTHS), branch.output_size)
    np.testing.assert_allclose(pooled.detach(), expected, rtol=1e-12, atol=1e-12)


@both_modes
def test_more_padding_changes_nothing(training, branch, sequences, lengths):
    branch.train(training)
    batch = torch.from_numpy(pad_right(sequences))
    longer = nn.functional.pad(batch, (0, 0, 0, 50))
    torch.testing.assert_close(branch(longer, lengths), branch(batch, lengths), rtol=0, atol=1e-13)


@both_modes
def test_full_rows_need_no_lengths(training, branch, rng):
    branch.train(training)
    batch = torch.from_numpy(rng.normal(size=(3, 8, FEATURES)))
    full = torch.full((3,), 8)
    torch.testing.assert_close(branch(batch, None), branch(batch, full), rtol=0, atol=1e-13)


def test_prediction_does_not_depend_on_batch_mates(branch, sequences, lengths):
    branch.eval()
    together = branch(torch.from_numpy(pad_right(sequences)), lengths)
    alone = [branch(torch.from_numpy(steps[None]), None) for steps in sequences]
    torch.testing.assert_close(together, torch.cat(alone), rtol=0, atol=1e-14)


def test_gradients_are_those_of_finite_differences(branch, sequences, lengths):
    batch = torch.from_numpy(pad_right(sequences)).requires_grad_()
    assert torch.autograd.gradcheck(lambda steps: branch.train()(steps, lengths), batch)
    assert torch.autograd.gradcheck(lambda steps: branch.eval()(steps, lengths), batch)


@pytest.mark.parametrize("masked", [False, True])
def test_normalisation_is_that_of_torch_over_real_steps(masked, rng):
    signals = torch.from_numpy(rng.normal(size=(5, 3, 7), loc=2, scale=[[1], [4], [9]]))
    lengths = torch.tensor([7, 2, 1, 5, 4]) if masked else torch.full((5,), 7)
    real = torch.arange(7) < lengths[:, None]
    mask = real[:, None].double() if masked else None
    ours = MaskedBatchNorm(3).double()
    theirs = nn.BatchNorm1d(3, eps=ours.epsilon, momentum=ours.momentum).double()
    for training in (True, True, False):  # twice, so that the statistics run
        found = ours.train(training)(signals, mask).transpose(1, 2)
        expected = theirs.train(training)(signals.transpose(1, 2)[real])
        torch.testing.assert_close(found[real], expected, rtol=0, atol=1e-12)
        assert not found[~real].any()
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_variance, theirs.running_var)


def test_the_same_seed_gives_the_same_weights():
    first, again, other = (
        ConvolutionBranch(3, generator=torch.Generator().manual_seed(seed)).state_dict()
        for seed in (1, 1, 2)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


# --- the stem -------------------------------------------------------------------------------------

every_stride = pytest.mark.parametrize("stride", [1, 2, 3, 4, 16])


def build_stem(stride, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return fill_norms(ConvolutionStem(FEATURES, 4, stride=stride, generator=generator), generator)


@every_stride
@both_modes
def test_the_stem_gives_each_sequence_what_it_is_without_padding(
    stride, training, sequences, lengths
):
    stem = build_stem(stride).train(training)
    expected = blocks(stem, sequences, training, stride)
    steps, shorter = stem(torch.from_numpy(pad_right(sequences)), lengths)
    assert steps.shape == (len(LENGTHS), -(-max(LENGTHS) // stride), stem.output_size)
    assert shorter.tolist() == [-(-length // stride) for length in LENGTHS]
    assert shorter.dtype == torch.int64
    for row, sequence in zip(steps.detach().numpy(), expected, strict=True):
        np.testing.assert_allclose(row[: len(sequence)], sequence, rtol=1e-12, atol=1e-12)
        assert not row[len(sequence) :].any()


@every_stride
@both_modes
def test_the_stem_needs_no_lengths_for_full_rows(stride, training, rng):
    stem = build_stem(stride).train(training)
    batch = torch.from_numpy(rng.normal(size=(3, 13, FEATURES)))
    steps, none = stem(batch, None)
    with_lengths, lengths = stem(batch, torch.full((3,), 13))
    assert none is None
    assert lengths.tolist() == [steps.shape[1]] * 3
    torch.testing.assert_close(steps, with_lengths, rtol=0, atol=1e-13)


@every_stride
def test_the_stem_gives_a_sequence_in_float32_the_same_alone_and_in_a_batch(stride, generator):
    stem = build_stem(stride).float().eval()
    lengths = torch.tensor([1, 2, 5, 64, 333, 1000])
    sequences = [torch.randn(int(n), FEATURES, generator=generator) for n in lengths]
    batch = nn.utils.rnn.pad_sequence(sequences, batch_first=True)
    together, shorter = stem(batch, lengths)
    assert together.dtype == torch.float32
    for row, length, sequence in zip(together, shorter, sequences, strict=True):
        alone, _ = stem(sequence[None], None)
        torch.testing.assert_close(row[:length], alone[0], rtol=0, atol=1e-7)


@every_stride
def test_every_step_matters_to_the_stem(stride, rng):
    stem = build_stem(stride).eval()
    for norm in stem.norms:
        nn.init.constant_(norm.bias, 100)  # no ramp is flat
    batch = torch.from_numpy(rng.normal(size=(2, 37, FEATURES))).requires_grad_()
    stem(batch, None)[0].sum().backward()
    assert float(batch.grad.abs().amax(dim=2).min()) > 1e-3


def test_gradients_of_the_stem_are_those_of_finite_differences(sequences, lengths):
    stem = build_stem(3)
    batch = torch.from_numpy(pad_right(sequences)).requires_grad_()
    for training in (True, False):
        stem.train(training)
        assert torch.autograd.gradcheck(lambda steps: stem(steps, lengths)[0], batch)


def test_the_same_seed_gives_the_same_stem():
    first, again, other = (build_stem(3, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)
