"""Mixtures of normal distributions, held against scipy's and against sums by hand."""

import numpy as np
import pytest
import torch
from scipy import stats

from sklearn_rnn.nn import (
    Mixture,
    MixtureHead,
    draw_from_mixture,
    mixture_log_density,
    mixture_mean,
    mixture_mode,
)

every_covariance = pytest.mark.parametrize("covariance", ["full", "diag"])


def random_mixture(rng, covariance, shape=(), components=3, features=3):
    """A mixture of moderate numbers in float64."""
    n_slopes = features * (features - 1) // 2
    return Mixture(
        torch.from_numpy(rng.normal(size=(*shape, components))).log_softmax(-1),
        torch.from_numpy(rng.normal(size=(*shape, components, features))),
        torch.from_numpy(rng.uniform(0.3, 2, size=(*shape, components, features))),
        torch.from_numpy(rng.normal(size=(*shape, components, n_slopes)))
        if covariance == "full"
        else None,
    )


def moments(mixture, component):
    """Mean and covariance of a component, written out: x - m = (I - B)^-1 D z."""
    means, deviations = (part[component].numpy() for part in (mixture.means, mixture.deviations))
    slopes = np.zeros((len(means), len(means)))
    if mixture.slopes is not None:
        slopes[np.tril_indices(len(means), -1)] = mixture.slopes[component].numpy()
    factor = np.linalg.inv(np.eye(len(means)) - slopes) @ np.diag(deviations)
    return means, factor @ factor.T


@every_covariance
def test_density_is_that_of_scipy(covariance, rng):
    mixture = random_mixture(rng, covariance)
    weights = mixture.log_weights.exp().numpy()
    values = rng.normal(size=(7, 3))
    expected = sum(
        weights[k] * stats.multivariate_normal(*moments(mixture, k)).pdf(values) for k in range(3)
    )
    found = mixture_log_density(mixture, torch.from_numpy(values))
    np.testing.assert_allclose(found, np.log(expected), rtol=1e-10)


def test_density_of_one_number_integrates_to_one(rng):
    mixture = random_mixture(rng, "diag", features=1)
    grid = torch.linspace(-20, 20, 20001, dtype=torch.float64)[:, None]
    total = torch.trapezoid(mixture_log_density(mixture, grid).exp(), grid[:, 0])
    assert float(total) == pytest.approx(1, abs=1e-8)


@every_covariance
def test_density_far_out_is_finite_and_has_a_gradient(covariance, rng):
    mixture = random_mixture(rng, covariance)
    values = torch.full((3,), 1e6, dtype=torch.float32, requires_grad=True)
    found = mixture_log_density(
        Mixture(*(None if part is None else part.float() for part in mixture)), values
    )
    found.backward()
    assert found.isfinite() and values.grad.isfinite().all()


@every_covariance
def test_draws_have_the_moments_of_the_mixture(covariance, rng, generator):
    mixture = random_mixture(rng, covariance)
    weights = mixture.log_weights.exp().numpy()
    n = 40_000
    many = Mixture(*(None if part is None else part.expand(n, *part.shape) for part in mixture))
    drawn = draw_from_mixture(many, generator=generator).numpy()
    parts = [moments(mixture, k) for k in range(3)]
    mean = sum(w * m for w, (m, _) in zip(weights, parts, strict=True))
    second = sum(w * (c + np.outer(m, m)) for w, (m, c) in zip(weights, parts, strict=True))
    np.testing.assert_allclose(mixture_mean(mixture), mean, rtol=1e-10)
    np.testing.assert_allclose(drawn.mean(0), mean, atol=0.08)
    covariance_found = np.cov(drawn.T)
    expected = second - np.outer(mean, mean)
    np.testing.assert_allclose(covariance_found, expected, atol=0.06 * np.abs(expected).max())


def test_draws_of_one_number_come_as_often_as_they_are_dense(rng, generator):
    mixture = random_mixture(rng, "diag", features=1)
    many = Mixture(*(None if p is None else p.expand(20_000, *p.shape) for p in mixture))
    drawn = draw_from_mixture(many, generator=generator)[:, 0].numpy()
    weights = mixture.log_weights.exp().numpy()

    def distribution(x):
        means, deviations = mixture.means[:, 0].numpy(), mixture.deviations[:, 0].numpy()
        return sum(
            weight * stats.norm(mean, deviation).cdf(x)
            for weight, mean, deviation in zip(weights, means, deviations, strict=True)
        )

    assert stats.kstest(drawn, distribution).pvalue > 0.001


def test_temperature_narrows_what_is_drawn(rng, generator):
    mixture = random_mixture(rng, "full", components=1, features=2)
    many = Mixture(*(part.expand(20_000, *part.shape) for part in mixture))
    cool, plain = (
        np.cov(draw_from_mixture(many, generator=generator, temperature=t).numpy().T)
        for t in (0.25, 1.0)
    )
    np.testing.assert_allclose(cool, plain / 4, atol=0.05 * np.abs(plain).max())


@pytest.mark.parametrize("temperature", [1e-9, 1e-308, 5e-324])
def test_low_temperature_gives_the_heaviest_component(temperature, rng, generator):
    mixture = random_mixture(rng, "full")
    many = Mixture(*(part.expand(50, *part.shape) for part in mixture))
    drawn = draw_from_mixture(many, generator=generator, temperature=temperature)
    heaviest = mixture.means[mixture.log_weights.argmax()]
    torch.testing.assert_close(drawn, heaviest.expand(50, -1), atol=1e-3, rtol=0)


def test_mode_is_the_mean_of_the_densest_component():
    mixture = Mixture(
        torch.tensor([0.7, 0.3]).log(),
        torch.tensor([[0.0, 0.0], [5.0, 6.0]]),
        torch.tensor([[3.0, 3.0], [0.1, 0.1]]),
        None,
    )
    assert mixture_mode(mixture).tolist() == [5.0, 6.0]


@every_covariance
def test_deviations_of_a_head_stay_above_the_floor(covariance, generator):
    head = MixtureHead(
        5, 2, 3, covariance=covariance, min_deviation=0.05, generator=generator
    ).eval()
    mixture = head(torch.full((4, 5), -1e3))
    assert (mixture.deviations >= 0.05).all()
    torch.testing.assert_close(mixture.log_weights.exp().sum(-1), torch.ones(4).double())
    assert (mixture.slopes is None) == (covariance == "diag")
    # The density has a bound: that of two numbers at their means, both as narrow as can be.
    bound = 2 * (-np.log(0.05) - 0.5 * np.log(2 * np.pi))
    assert float(mixture_log_density(mixture, mixture.means[:, 0]).detach().max()) <= bound


def test_head_begins_near_the_standard_normal(generator):
    head = MixtureHead(5, 2, 8, covariance="full", min_deviation=0.01, generator=generator).eval()
    mixture = head(torch.zeros(1, 5))
    assert mixture.log_weights.exp().detach().numpy() == pytest.approx(1 / 8)
    assert mixture.deviations.detach().numpy() == pytest.approx(1.01)
    assert 0.1 < float(mixture.means.detach().std()) < 1
