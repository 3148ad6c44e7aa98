"""Dropout: how much, of what, and whose random numbers."""

import numpy as np
import pytest
import torch

from sklearn_rnn.modules import SequenceBody
from sklearn_rnn.nn import SeededDropout, set_dropout_generator
from tests.architectures import small_architecture


def dropout(p, seed=0, shared_over_time=False):
    layer = SeededDropout(p, shared_over_time=shared_over_time).train()
    set_dropout_generator(layer, torch.Generator().manual_seed(seed))
    return layer


@pytest.fixture
def steps(generator):
    return torch.randn(50, 40, 30, generator=generator)


@pytest.mark.parametrize("p", [0.0, 0.5])
def test_prediction_drops_nothing(steps, p):
    assert torch.equal(dropout(p).eval()(steps), steps)


def test_nothing_is_dropped_at_probability_zero(steps):
    layer = dropout(0.0)
    before = layer.generator.get_state()
    assert torch.equal(layer(steps), steps)
    assert torch.equal(layer.generator.get_state(), before)


@pytest.mark.parametrize("shared_over_time", [False, True])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_what_is_kept_is_scaled_and_the_rest_is_zero(steps, p, shared_over_time):
    dropped = dropout(p, shared_over_time=shared_over_time)(steps)
    kept = dropped != 0
    torch.testing.assert_close(dropped[kept], steps[kept] / (1 - p))


@pytest.mark.parametrize("shared_over_time", [False, True])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_share_of_zeros_is_p(p, shared_over_time):
    dropped = dropout(p, shared_over_time=shared_over_time)(torch.ones(100, 100, 100))
    drawn = dropped[:, 0] if shared_over_time else dropped
    error = (p * (1 - p) / drawn.numel()) ** 0.5
    assert abs(float((drawn == 0).double().mean()) - p) < 5 * error


def test_a_shared_mask_serves_all_steps_of_one_sequence_and_one_feature():
    kept = dropout(0.5, shared_over_time=True)(torch.ones(20, 30, 40)) != 0
    assert torch.equal(kept, kept[:, :1].expand_as(kept))
    masks = kept[:, 0]
    assert len(masks.unique(dim=0)) == len(masks)
    assert len(masks.unique(dim=1).T) == masks.shape[1]


def test_a_mask_of_its_own_differs_from_step_to_step():
    kept = dropout(0.5)(torch.ones(1, 30, 40)) != 0
    assert len(kept[0].unique(dim=0)) == 30


def test_the_same_seed_gives_the_same_masks_and_each_call_another(steps):
    first, second = dropout(0.5, seed=3), dropout(0.5, seed=3)
    masks = [first(steps), first(steps)]
    assert not torch.equal(masks[0], masks[1])
    assert torch.equal(second(steps), masks[0])
    assert torch.equal(second(steps), masks[1])
    assert not torch.equal(dropout(0.5, seed=4)(steps), masks[0])


def test_the_gradient_is_zero_where_the_output_is_and_scaled_elsewhere(steps):
    points = steps.clone().requires_grad_()
    dropped = dropout(0.25)(points)
    dropped.sum().backward()
    expected = np.where(dropped.detach().numpy() == 0, 0, 1 / 0.75)
    np.testing.assert_allclose(points.grad, expected, rtol=1e-6)


def test_what_a_users_layer_calls_generator_is_left_alone(generator):
    own = torch.nn.Linear(2, 2, device="meta")
    own.generator = "mine"
    module = torch.nn.ModuleList([own, SeededDropout(0.5)])
    set_dropout_generator(module, generator)
    assert own.generator == "mine"
    assert module[1].generator is generator


def test_every_random_layer_of_a_body_draws_from_the_generator_handed_over(generator):
    architecture = small_architecture(
        n_tokens=9, num_layers=2, dropout=0.5, token_dropout=0.5, pooling="mean"
    )
    body = SequenceBody(architecture, generator=generator).train()
    ids, lengths = torch.arange(12).reshape(3, 4) % 7 + 2, torch.tensor([4, 2, 3])

    def pooled(seed):
        set_dropout_generator(body, torch.Generator().manual_seed(seed))
        return body(ids, lengths)

    # The fixture that watches the global generators would see a layer that was left out.
    assert torch.equal(pooled(0), pooled(0))
    assert not torch.equal(pooled(0), pooled(1))
