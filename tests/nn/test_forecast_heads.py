"""Points and quantiles of each step ahead, held against scikit-learn's losses and scipy."""

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, mean_squared_error

from sklearn_rnn.nn import FORECAST_LOSSES, QuantileHead, build_head

LEVELS = (0.05, 0.25, 0.5, 0.6, 0.9)
MANY = [0.001, 0.01, *np.linspace(0.02, 0.98, 49), 0.99, 0.999]


def random_outputs(head, rng, shape=(6, 5), scale=3.0):
    raw = torch.from_numpy(rng.normal(size=(*shape, head.n_outputs), scale=scale))
    return head.outputs(raw, torch.ones(shape[0], dtype=torch.float64))


# --- points -------------------------------------------------------------------------------------


def test_point_losses_are_those_of_scikit_learn(rng):
    outputs, target = rng.normal(size=(4, 6, 1)), rng.normal(size=(4, 6))
    pair = torch.from_numpy(outputs), torch.from_numpy(target)
    absolute = build_head("absolute_error").losses(*pair).mean()
    assert float(absolute) == pytest.approx(mean_absolute_error(target, outputs[..., 0]))
    squared = build_head("squared_error").losses(*pair).mean()
    assert float(squared) == pytest.approx(mean_squared_error(target, outputs[..., 0]) / 2)
    huber = build_head("huber", {"delta": 1e9}).losses(*pair)
    torch.testing.assert_close(huber, build_head("squared_error").losses(*pair))


def test_a_point_has_no_spread():
    head = build_head("absolute_error")
    with pytest.raises(ValueError, match="loss='absolute_error' gives one number a step and no qu"):
        head.quantiles(torch.zeros(1, 1, 1), [0.5])
    with pytest.raises(ValueError, match="and no samples; take loss='quantile'"):
        head.sample(torch.zeros(1, 1, 1), torch.zeros(1, 1, 1))


def test_an_unknown_loss_is_an_error():
    with pytest.raises(ValueError, match=r"must be one of absolute_error, .*, but it is 'mape'"):
        build_head("mape")


@pytest.mark.parametrize("loss", FORECAST_LOSSES)
def test_every_head_has_a_shape_for_every_question(loss, rng):
    head = build_head(loss, {"delta": 1.0} if loss == "huber" else None, LEVELS)
    outputs = random_outputs(head, rng)
    assert outputs.shape == (6, 5, head.n_outputs)
    target = torch.ones(6, 5, dtype=torch.float64)
    for part in (head.losses(outputs, target), head.point(outputs), head.mean(outputs)):
        assert part.shape == (6, 5)
        assert part.isfinite().all()


# --- quantiles ----------------------------------------------------------------------------------


@pytest.mark.parametrize("levels", [LEVELS, (0.9, 0.1), (0.2, 0.3), (0.7,)], ids=str)
def test_the_loss_is_twice_the_mean_pinball_loss(levels, rng):
    head, target = QuantileHead(levels), rng.normal(size=(6, 5))
    outputs = random_outputs(head, rng)
    expected = np.mean(
        [
            mean_pinball_loss(target.ravel(), outputs[..., i].ravel(), alpha=level)
            for i, level in enumerate(sorted(levels))
        ]
    )
    found = head.losses(outputs, torch.from_numpy(target)).mean()
    assert float(found) == pytest.approx(2 * expected)


@pytest.mark.parametrize("levels", [LEVELS, (0.1, 0.9), (0.8, 0.95), tuple(MANY)], ids=len)
@pytest.mark.parametrize("scale", [0.1, 3.0, 100.0])
def test_quantiles_never_cross(levels, scale, rng):
    head = QuantileHead(levels)
    outputs = random_outputs(head, rng, scale=scale)
    assert (outputs.diff(dim=-1) >= 0).all()
    assert (head.quantiles(outputs, MANY).diff(dim=-1) >= 0).all()
    samples = head.sample(outputs, torch.tensor(MANY)[:, None, None].expand(-1, 6, 5))
    assert (samples.diff(dim=0) >= 0).all()


def test_levels_that_were_trained_are_given_as_they_are(rng):
    head = QuantileHead(LEVELS)
    outputs = random_outputs(head, rng)
    torch.testing.assert_close(head.quantiles(outputs, LEVELS), outputs)
    torch.testing.assert_close(head.point(outputs), outputs[..., 2])


def test_other_levels_are_exact_where_the_quantiles_are_normal():
    head, normal = QuantileHead((0.1, 0.2, 0.6, 0.9)), stats.norm(3, 2)
    outputs = torch.from_numpy(normal.ppf(head.levels.numpy()))[None, None]
    np.testing.assert_allclose(head.quantiles(outputs, MANY)[0, 0], normal.ppf(MANY), rtol=1e-9)
    assert float(head.point(outputs)) == pytest.approx(3)
    assert float(head.mean(outputs)) == pytest.approx(3, abs=0.02)
    levels = torch.tensor(MANY)[:, None, None]
    np.testing.assert_allclose(head.sample(outputs, levels).ravel(), normal.ppf(MANY), rtol=1e-5)


def test_samples_are_the_quantiles_of_their_levels(rng):
    head = QuantileHead(LEVELS)
    outputs, uniforms = random_outputs(head, rng), torch.from_numpy(rng.random((3, 6, 5)))
    found = head.sample(outputs, uniforms)
    for i, j, k in np.ndindex(3, 6, 5):
        expected = head.quantiles(outputs[j : j + 1, k : k + 1], [float(uniforms[i, j, k])])
        assert float(found[i, j, k]) == pytest.approx(float(expected), rel=1e-6)


def test_one_quantile_says_nothing_of_others():
    head = QuantileHead([0.9])
    outputs = torch.zeros(2, 3, 1)
    assert head.quantiles(outputs, [0.9]).shape == (2, 3, 1)
    assert head.point(outputs).shape == head.mean(outputs).shape == (2, 3)
    with pytest.raises(ValueError, match=r"one quantile was trained, 0\.9, which says nothing"):
        head.quantiles(outputs, [0.5])


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ((), "needs at least one quantile"),
        ((0.5, 0.5), "each once"),
        ((0.0, 0.5), "between 0 and 1"),
        ((0.5, float("nan")), "between 0 and 1"),
    ],
)
def test_quantiles_that_are_none_are_an_error(levels, message):
    with pytest.raises(ValueError, match=message):
        QuantileHead(levels)
