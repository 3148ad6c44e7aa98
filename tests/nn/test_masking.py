"""Masks, last steps and flips, held against loops over sequences."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import flip_within_lengths, last_step, lengths_to_mask

LENGTHS = [3, 1, 5, 5, 2]
TIME = 6  # one step more than the longest sequence


@pytest.fixture
def steps(generator):
    return torch.randn(len(LENGTHS), TIME, 2, generator=generator)


@pytest.fixture
def lengths():
    return torch.tensor(LENGTHS)


def test_mask_is_true_where_a_step_is_real(lengths):
    expected = [[step < length for step in range(TIME)] for length in LENGTHS]
    mask = lengths_to_mask(lengths, TIME)
    assert mask.dtype == torch.bool
    assert mask.tolist() == expected


def test_last_step_is_that_of_each_sequence(steps, lengths):
    expected = torch.stack([row[:length][-1] for row, length in zip(steps, LENGTHS, strict=True)])
    assert torch.equal(last_step(steps, lengths), expected)


def test_last_step_of_full_rows_is_the_last_column(steps):
    assert torch.equal(last_step(steps, None), steps[:, TIME - 1])


def test_flip_reverses_each_sequence_and_leaves_padding(steps, lengths):
    expected = steps.numpy().copy()
    for row, length in zip(expected, LENGTHS, strict=True):
        row[:length] = row[:length][::-1].copy()
    np.testing.assert_array_equal(flip_within_lengths(steps, lengths), expected)


def test_flip_of_full_rows_reverses_time(steps):
    full = torch.full((len(steps),), TIME)
    assert torch.equal(flip_within_lengths(steps, None), flip_within_lengths(steps, full))
    np.testing.assert_array_equal(flip_within_lengths(steps, None), steps.numpy()[:, ::-1])


def test_flipping_twice_gives_the_steps_back(steps, lengths):
    assert torch.equal(flip_within_lengths(flip_within_lengths(steps, lengths), lengths), steps)


def test_flip_takes_steps_that_are_not_contiguous(steps, lengths):
    across = steps.transpose(0, 1).contiguous().transpose(0, 1)
    assert not across.is_contiguous()
    assert torch.equal(flip_within_lengths(across, lengths), flip_within_lengths(steps, lengths))


def test_flip_has_the_gradient_of_its_finite_differences(steps, lengths):
    points = steps.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: flip_within_lengths(x, lengths), points)
    upstream = torch.ones_like(points, requires_grad=True)  # without it, global randomness
    assert torch.autograd.gradgradcheck(lambda x: flip_within_lengths(x, lengths), points, upstream)


def test_the_gradient_of_a_flip_takes_every_layout(steps, lengths):
    points = steps.clone().requires_grad_()
    upstream = steps.transpose(0, 1).contiguous().transpose(0, 1)
    flip_within_lengths(points, lengths).backward(upstream)
    assert torch.equal(points.grad, flip_within_lengths(upstream, lengths))
