"""Bags of features."""

import torch

from sklearn_rnn.nn import FeatureBags, Subwords

BAGS = [[3, 0], [], [1, 1, 2]]


def tokens(bags=BAGS):
    sizes = [len(bag) for bag in bags]
    starts = torch.tensor([sum(sizes[:i]) for i in range(len(bags))])
    buckets = torch.tensor([i for bag in bags for i in bag], dtype=torch.int64)
    return Subwords(buckets, starts, torch.zeros(1, 1, dtype=torch.int64))


def layer(seed=0):
    return FeatureBags(4, 5, generator=torch.Generator().manual_seed(seed))


def test_a_token_is_the_sum_of_its_features_and_zero_without():
    bags = layer()
    weight = bags.weight.detach()
    found = bags(tokens()).detach()
    expected = [weight[bag].sum(0) for bag in BAGS]
    torch.testing.assert_close(found, torch.stack(expected))
    assert not found[1].any()


def test_tokens_without_any_feature_are_fine():
    bags = layer()
    found = bags(tokens([[], []]))
    assert found.shape == (2, 5) and not found.any()
    found.sum().backward()
    assert not bags.weight.grad.any()


def test_one_generator_gives_one_table():
    assert torch.equal(layer(1).weight, layer(1).weight)
    assert not torch.equal(layer(1).weight, layer(2).weight)
