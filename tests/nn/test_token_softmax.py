"""Softmax over tokens, plain and adaptive, with weights of its own or those of the embedding."""

import pytest
import torch

from sklearn_rnn.nn import AdaptiveSoftmax, TokenSoftmax, build_softmax

N_TOKENS, HIDDEN, DIM = 23, 8, 6
every_kind = pytest.mark.parametrize("cutoffs", [None, (4,), (3, 11)], ids=str)
every_tie = pytest.mark.parametrize("table_size", [None, HIDDEN, DIM], ids=str)


def make(cutoffs, table_size, generator, hidden=HIDDEN):
    """A softmax, the table of vectors that it shares, and states with targets of every kind."""
    softmax = build_softmax(
        hidden, N_TOKENS, cutoffs=cutoffs, table_size=table_size, generator=generator
    )
    for parameter in softmax.parameters():  # biases begin at zero
        torch.nn.init.normal_(parameter, generator=generator)
    table = None
    if table_size is not None:
        table = torch.randn(N_TOKENS, table_size, generator=generator, dtype=torch.float64)
    states = torch.randn(50, hidden, generator=generator, dtype=torch.float64)
    return softmax, table, states, torch.arange(50) % N_TOKENS


@every_kind
@every_tie
def test_probabilities_add_up_to_one(cutoffs, table_size, generator):
    softmax, table, states, _ = make(cutoffs, table_size, generator)
    found = softmax.log_probabilities(states, table)
    assert found.shape == (50, N_TOKENS)
    torch.testing.assert_close(found.exp().sum(1), torch.ones(50, dtype=torch.float64))


@every_kind
@every_tie
def test_loss_is_the_negative_log_probability_of_the_target(cutoffs, table_size, generator):
    softmax, table, states, target = make(cutoffs, table_size, generator)
    expected = -softmax.log_probabilities(states, table)[torch.arange(50), target]
    torch.testing.assert_close(softmax.loss(states, target, table), expected)


def test_plain_softmax_is_that_of_the_scores(generator):
    softmax, table, states, _ = make(None, DIM, generator)
    projected = states @ softmax.project.weight.double().T + softmax.project.bias.double()
    expected = (projected @ table.T + softmax.bias.double()).log_softmax(1)
    torch.testing.assert_close(softmax.log_probabilities(states, table), expected)


@pytest.mark.parametrize("cutoffs", [(4,), (3, 11)], ids=str)
def test_adaptive_softmax_is_that_of_torch(cutoffs, generator):
    softmax, _, states, target = make(cutoffs, None, generator, hidden=32)
    with torch.random.fork_rng(devices=[]):
        theirs = torch.nn.AdaptiveLogSoftmaxWithLoss(
            32, N_TOKENS, list(cutoffs), div_value=4.0, head_bias=True
        ).double()
    with torch.no_grad():
        theirs.head.weight.copy_(torch.cat([softmax.head, softmax.clusters]))
        theirs.head.bias.copy_(softmax.head_bias)
        for part, narrow, weight, bias in zip(
            theirs.tail, softmax.narrow, softmax.tails, softmax.tail_biases, strict=True
        ):
            part[0].weight.copy_(narrow)
            part[1].weight.copy_(weight)
            bias.zero_()  # torch's clusters have none
    torch.testing.assert_close(softmax.loss(states, target), -theirs(states, target).output)
    torch.testing.assert_close(softmax.log_probabilities(states), theirs.log_prob(states))


@every_kind
def test_gradients_reach_the_shared_table(cutoffs, generator):
    softmax, table, states, target = make(cutoffs, DIM, generator)
    table.requires_grad_()
    softmax.loss(states, target, table).sum().backward()
    assert bool((table.grad != 0).any(1).all())
    assert torch.autograd.gradcheck(
        lambda states, table: softmax.loss(states, target, table), (states.requires_grad_(), table)
    )


@every_kind
def test_loss_of_half_precision_is_taken_in_float32(cutoffs, generator):
    softmax, _, states, target = make(cutoffs, None, generator)
    loss = softmax.loss(states.bfloat16(), target)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss.double(), softmax.loss(states, target), rtol=0.1, atol=0.2)


def test_kinds_are_told_by_their_cutoffs(generator):
    assert isinstance(make(None, None, generator)[0], TokenSoftmax)
    assert isinstance(make((4,), None, generator)[0], AdaptiveSoftmax)
