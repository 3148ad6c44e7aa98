"""Distributions, held against scipy's."""

import numpy as np
import pytest
import torch
from scipy import stats

from sklearn_rnn.nn import DISTRIBUTIONS, DistributionHead

LEVELS = [0.01, 0.1, 0.5, 0.8, 0.99]
every_distribution = pytest.mark.parametrize("name", DISTRIBUTIONS)


def random_outputs(name, rng, shape=(3, 4)):
    """The parameters that a head of some window scales gives for random raw outputs."""
    head = DistributionHead(name)
    raw = torch.from_numpy(rng.normal(size=(*shape, head.n_outputs), scale=2))
    scale = torch.from_numpy(rng.uniform(0.5, 30, size=shape[0]))
    return head, head.outputs(raw, scale)


def scipy_distribution(name, outputs):
    """What the parameters mean, in scipy's terms."""
    parts = outputs.numpy()
    if name == "normal":
        return stats.norm(parts[..., 0], parts[..., 1])
    if name == "student_t":
        return stats.t(parts[..., 2], loc=parts[..., 0], scale=parts[..., 1])
    if name == "poisson":
        return stats.poisson(parts[..., 0])
    mean, dispersion = parts[..., 0], parts[..., 1]
    return stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))


@every_distribution
def test_the_loss_is_the_negative_log_likelihood(name, rng):
    head, outputs = random_outputs(name, rng)
    expected = scipy_distribution(name, outputs)
    target = expected.rvs(random_state=np.random.RandomState(0))
    density = expected.logpmf(target) if head.counts else expected.logpdf(target)
    found = head.losses(outputs, torch.from_numpy(np.asarray(target, dtype=float)))
    np.testing.assert_allclose(found, -density, rtol=1e-9, atol=1e-9)


@every_distribution
def test_mean_and_quantiles_are_those_of_scipy(name, rng):
    head, outputs = random_outputs(name, rng)
    expected = scipy_distribution(name, outputs)
    np.testing.assert_allclose(head.mean(outputs), expected.mean(), rtol=1e-9)
    found = head.quantiles(outputs, LEVELS)
    assert found.shape == (3, 4, len(LEVELS))
    for i, level in enumerate(LEVELS):
        np.testing.assert_allclose(found[..., i], expected.ppf(level), rtol=1e-9)


@every_distribution
def test_samples_are_the_quantiles_at_the_levels_drawn(name, rng):
    head, outputs = random_outputs(name, rng)
    uniforms = rng.random((7, 3, 4))
    found = head.sample(outputs, torch.from_numpy(uniforms))
    expected = scipy_distribution(name, outputs)
    np.testing.assert_allclose(found, expected.ppf(uniforms), rtol=1e-9)


@every_distribution
def test_samples_are_distributed_so(name, rng):
    head, outputs = random_outputs(name, rng, shape=(1, 1))
    drawn = head.sample(outputs, torch.from_numpy(rng.random((4000, 1, 1)))).numpy().ravel()
    expected = scipy_distribution(name, outputs[0, 0])
    below = [
        (drawn <= expected.ppf(level)).mean() - expected.cdf(expected.ppf(level))
        for level in LEVELS
    ]
    assert np.abs(below).max() < 0.03


@every_distribution
def test_the_ends_of_the_levels_give_finite_numbers(name, rng):
    head, outputs = random_outputs(name, rng)
    drawn = head.sample(outputs, torch.tensor([0.0, 1.0])[:, None, None].expand(2, 3, 4))
    assert drawn.isfinite().all()
    assert (drawn[0] <= drawn[1]).all()
    if head.counts:
        assert (drawn >= 0).all()


@every_distribution
def test_outputs_far_out_keep_loss_and_gradient_finite(name):
    head = DistributionHead(name)
    raw = torch.tensor([-60.0, 0.0, 60.0])[:, None, None].expand(3, 5, head.n_outputs)
    raw = raw.clone().requires_grad_()
    target = torch.tensor([0.0, 1.0, 3.0, 10.0, 500.0]).expand(3, 5)
    loss = head.losses(head.outputs(raw, torch.ones(3)), target)
    loss.sum().backward()
    assert loss.isfinite().all()
    assert raw.grad.isfinite().all()


@every_distribution
def test_outputs_of_zero_mean_a_window_as_it_was(name):
    head = DistributionHead(name)
    raw, scale = torch.zeros(2, 1, head.n_outputs), torch.tensor([1.0, 50.0])
    mean = head.mean(head.outputs(raw, scale))[:, 0]
    torch.testing.assert_close(mean, scale if head.counts else torch.zeros(2))


def test_levels_outside_zero_and_one_are_an_error():
    head = DistributionHead("normal")
    with pytest.raises(ValueError, match="between 0 and 1, both excluded, but one is 1.0"):
        head.quantiles(torch.ones(1, 1, 2), [0.5, 1.0])
