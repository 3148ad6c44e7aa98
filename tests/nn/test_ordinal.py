"""The ordinal head, held against the differences of the proportional-odds model."""

import numpy as np
import pytest
import torch
from torch.nn.functional import softplus

from sklearn_rnn.nn import OrdinalHead, ordinal_log_probabilities
from tests.references import directional_derivative, ordinal_probabilities

CUTS = [-1.2, -0.4, 0.9, 3.0]


def head(n_classes=5, generator=None, **options):
    options = {"ranks": range(n_classes)} | options
    return OrdinalHead(3, generator=generator or torch.Generator(), **options).eval()


def log_probabilities(score, cuts=CUTS):
    cuts = torch.tensor(cuts, dtype=torch.float64)
    score = torch.as_tensor(score, dtype=torch.float64).reshape(-1, 1)
    return ordinal_log_probabilities(score, cuts[:1], cuts.diff())


def test_probabilities_are_the_differences_of_the_cumulative_ones(rng):
    score = rng.normal(size=20, scale=3)
    expected = [ordinal_probabilities(s, CUTS) for s in score]
    np.testing.assert_allclose(log_probabilities(score).exp(), expected, rtol=1e-10)


def test_they_sum_to_one_and_stay_finite_far_out():
    far = log_probabilities([-900.0, -40.0, 0.0, 40.0, 900.0])
    np.testing.assert_allclose(far.exp().sum(1), 1, rtol=1e-12)
    assert far.isfinite().all()
    # Where the sigmoids are all 1, their difference would be 0: the odds are exp(-40) (e^c - e^b).
    slope = np.exp(-40) * (np.exp(0.9) - np.exp(-0.4))
    np.testing.assert_allclose(far[3, 2].exp(), slope, rtol=1e-10)


def test_the_gradient_is_the_slope_of_the_likelihood(rng):
    cuts = torch.tensor(CUTS, dtype=torch.float64)
    start = [torch.tensor([[0.7]], dtype=torch.float64), cuts[:1].clone(), cuts.diff()]
    way = [torch.from_numpy(rng.normal(size=part.shape)) for part in start]

    def likelihood(score, first_cut, gaps):
        at = np.cumsum([first_cut.item(), *gaps.tolist()])
        return np.log(ordinal_probabilities(score.item(), at)[2])

    parts = [part.clone().requires_grad_() for part in start]
    ordinal_log_probabilities(*parts)[0, 2].backward()
    slope = sum(float((part.grad * step).sum()) for part, step in zip(parts, way, strict=True))
    assert slope == pytest.approx(directional_derivative(likelihood, start, way), rel=1e-6)


def test_the_gradient_is_finite_far_out():
    score = torch.tensor([[-200.0], [200.0]], requires_grad=True)
    ordinal_log_probabilities(score, torch.zeros(1), torch.tensor([1e-6, 50.0])).sum().backward()
    assert score.grad.isfinite().all()


def test_the_head_is_one_score_and_ordered_cuts_to_a_scale(rng, generator):
    layer = head(generator=generator)
    with torch.no_grad():
        layer.widths.copy_(torch.tensor([-3.0, 0.0, 2.0]))
        layer.log_scale.fill_(0.7)
    inputs = torch.from_numpy(rng.normal(size=(6, 3))).float()
    gaps = softplus(layer.widths.double()).detach().numpy()
    scale = np.exp(layer.log_scale.item())
    cuts = scale * np.cumsum([layer.first_cut.item(), *gaps])
    scores = inputs.numpy().astype(np.float64) @ layer.score.weight[0].detach().double().numpy()
    expected = [np.log(ordinal_probabilities(scale * s, cuts)) for s in scores]
    np.testing.assert_allclose(layer(inputs).detach(), expected, rtol=1e-10)


def test_a_score_of_zero_means_the_shares_at_the_beginning():
    shares = [0.1, 0.4, 0.05, 0.25, 0.2]
    begun = head(shares=shares)(torch.zeros(1, 3)).exp()
    np.testing.assert_allclose(begun[0].detach(), shares, rtol=1e-5)
    np.testing.assert_allclose(head()(torch.zeros(1, 3))[0].exp().detach(), 0.2, rtol=1e-5)


def test_columns_follow_the_classes_whatever_their_ranks(generator):
    ranks, shares = [2, 0, 3, 1], np.array([0.1, 0.2, 0.3, 0.4])
    layer = head(ranks=ranks, shares=shares, generator=generator)
    ordered = head(4, shares=shares[np.argsort(ranks)], generator=generator)
    ordered.load_state_dict(layer.state_dict())
    inputs = torch.ones(2, 3)
    assert torch.equal(layer(inputs), ordered(inputs)[:, ranks])
    np.testing.assert_allclose(layer(torch.zeros(1, 3))[0].exp().detach(), shares, rtol=1e-5)


@pytest.mark.parametrize("n_classes", [1, 2, 3])
def test_few_classes(n_classes, generator):
    layer = head(n_classes, generator=generator)
    output = layer(torch.ones(4, 3))
    assert output.shape == (4, layer.out_features) == (4, n_classes)
    np.testing.assert_allclose(output.exp().sum(1).detach(), 1, rtol=1e-6)
    output.sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in layer.parameters())
