"""Losses, held against their definitions for one number at a time."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import LOSSES, weighted_mean
from tests import references

CASES = [
    ("squared_error", references.squared_error, {}),
    ("absolute_error", references.absolute_error, {}),
    ("huber", references.huber, {"delta": 1.35}),
    ("huber", references.huber, {"delta": 0.2}),
    ("quantile", references.pinball, {"quantile": 0.5}),
    ("quantile", references.pinball, {"quantile": 0.9}),
    ("quantile", references.pinball, {"quantile": 0.05}),
]
every_loss = pytest.mark.parametrize(("name", "reference", "params"), CASES)


@pytest.fixture
def prediction(rng):
    return rng.normal(size=(40, 3), scale=2)


@pytest.fixture
def target(rng):
    return rng.normal(size=(40, 3), scale=2)


def test_every_loss_is_held_against_a_reference():
    assert {name for name, _, _ in CASES} == set(LOSSES)


@every_loss
def test_a_loss_is_that_of_each_number(name, reference, params, prediction, target):
    losses = LOSSES[name](torch.from_numpy(prediction), torch.from_numpy(target), **params)
    expected = np.vectorize(lambda p, y: reference(p, y, **params))(prediction, target)
    np.testing.assert_allclose(losses, expected, rtol=1e-13)


@every_loss
def test_a_gradient_is_the_slope_of_the_definition(name, reference, params, prediction, target):
    points = torch.from_numpy(prediction).requires_grad_()
    LOSSES[name](points, torch.from_numpy(target), **params).sum().backward()
    slope = np.vectorize(
        lambda p, y: (reference(p + 1e-6, y, **params) - reference(p - 1e-6, y, **params)) / 2e-6
    )
    np.testing.assert_allclose(points.grad, slope(prediction, target), atol=1e-7)


@every_loss
def test_a_right_answer_costs_nothing(name, reference, params, target):
    assert not LOSSES[name](torch.from_numpy(target), torch.from_numpy(target), **params).any()


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.8])
def test_the_quantile_loss_is_least_at_the_quantile(quantile, rng):
    sample = rng.exponential(size=501)
    candidates = np.sort(sample)
    losses = LOSSES["quantile"](
        torch.from_numpy(candidates)[:, None], torch.from_numpy(sample), quantile=quantile
    )
    best = candidates[int(losses.mean(1).argmin())]
    assert best == np.quantile(sample, quantile, method="inverted_cdf")


def test_a_weighted_mean_divides_by_the_number_of_rows():
    losses, weight = torch.tensor([1.0, 2.0, 6.0]), torch.tensor([0.5, 0.0, 2.0])
    assert float(weighted_mean(losses, None)) == 3.0
    assert float(weighted_mean(losses, weight)) == pytest.approx((0.5 * 1 + 0 * 2 + 2 * 6) / 3)


def test_weights_of_each_target_weigh_each_loss(rng):
    losses, weight = rng.random((2, 6, 3))
    expected = np.mean([losses[i, j] * weight[i, j] for i in range(6) for j in range(3)])
    mean = weighted_mean(torch.from_numpy(losses), torch.from_numpy(weight))
    assert float(mean) == pytest.approx(expected, rel=1e-14)


def test_a_weight_of_a_sequence_is_that_of_all_its_targets(rng):
    losses, weight = torch.from_numpy(rng.random((6, 3))), torch.from_numpy(rng.random(6))
    of_each = weighted_mean(losses, weight[:, None].expand(6, 3))
    assert float(weighted_mean(losses, weight)) == pytest.approx(float(of_each), rel=1e-14)


def test_a_whole_weight_is_a_loss_that_often(rng):
    losses, times = rng.random((6, 3)), rng.integers(4, size=(6, 3))
    repeated = np.repeat(losses.ravel(), times.ravel())
    mean = weighted_mean(torch.from_numpy(losses), torch.from_numpy(times / times.mean()))
    assert float(mean) == pytest.approx(repeated.mean(), rel=1e-14)


def test_batches_weighted_alone_add_up_to_the_whole(rng):
    losses = torch.from_numpy(rng.random(12))
    weight = torch.from_numpy(rng.random(12))
    parts = zip(losses.split(4), weight.split(4), strict=True)
    means = [float(weighted_mean(*part)) for part in parts]
    assert np.mean(means) == pytest.approx(float(weighted_mean(losses, weight)), rel=1e-14)
