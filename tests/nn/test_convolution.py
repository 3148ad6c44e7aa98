"""Convolutions over time, held against loops over sequences and torch's own normalisation."""

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_rnn.nn import ConvolutionBranch
from sklearn_rnn.nn._convolution import MaskedBatchNorm
from tests.references import pad_right

LENGTHS = [9, 1, 4, 12]
FEATURES, CHANNELS = 3, (4, 6, 5)

both_modes = pytest.mark.parametrize("training", [False, True], ids=["prediction", "training"])


@pytest.fixture
def branch(generator):
    """A branch in float64 whose weights and running statistics are all different."""
    branch = ConvolutionBranch(FEATURES, CHANNELS, generator=generator).double()
    with torch.no_grad():
        for norm in branch.norms:
            for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_variance):
                tensor.uniform_(0.5, 1.5, generator=generator)
    return branch


@pytest.fixture
def sequences(rng):
    return [rng.normal(size=(length, FEATURES)) for length in LENGTHS]


@pytest.fixture
def lengths():
    return torch.tensor(LENGTHS)


def convolve(signals, kernels):
    """``(time, features) -> (time, channels)``; beyond both ends there is nothing."""
    width = kernels.shape[2]
    margin = np.zeros((width // 2, signals.shape[1]))
    padded = np.concatenate([margin, signals, margin])
    windows = [padded[step : step + width] for step in range(len(signals))]
    return np.array([[(w * kernel.T).sum() for kernel in kernels] for w in windows])


def reference(branch, sequences, training):
    """The branch on sequences that are never padded: pooled vectors, a row a sequence."""
    signals = sequences
    for convolution, norm in zip(branch.convolutions, branch.norms, strict=True):
        signals = [convolve(steps, convolution.weight.detach().numpy()) for steps in signals]
        all_steps = np.concatenate(signals)
        if training:
            mean, variance = all_steps.mean(axis=0), all_steps.var(axis=0)
        else:
            mean, variance = norm.running_mean.numpy(), norm.running_variance.numpy()
        scale = norm.weight.detach().numpy() / np.sqrt(variance + norm.epsilon)
        bias = norm.bias.detach().numpy()
        signals = [np.maximum((steps - mean) * scale + bias, 0) for steps in signals]
    return np.array([steps.mean(axis=0) for steps in signals])


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
