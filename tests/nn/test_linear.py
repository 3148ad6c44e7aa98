"""Linear layers: their weights, and their precision at prediction."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import ExactLinear, Linear

both = pytest.mark.parametrize("layer_class", [Linear, ExactLinear])


def truth(layer, inputs):
    """The product in float64."""
    weight, bias = (tensor.detach().double().numpy() for tensor in (layer.weight, layer.bias))
    return np.array([weight @ row + bias for row in inputs.double().numpy()])


@both
def test_weights_fill_the_range_of_glorot_and_the_bias_is_zero(layer_class, generator):
    layer = layer_class(300, 200, generator=generator)
    weight = layer.weight.detach()
    bound = (6 / (300 + 200)) ** 0.5
    assert float(weight.abs().max()) == pytest.approx(bound, rel=1e-3)
    assert float(weight.std()) == pytest.approx(bound / 3**0.5, rel=0.02)
    assert layer.bias.tolist() == [0] * 200


@both
def test_the_same_seed_gives_the_same_weights(layer_class):
    first, again, other = (
        layer_class(3, 4, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first.weight, again.weight)
    assert not torch.equal(first.weight, other.weight)


@both
def test_training_computes_a_linear_map_in_float32(layer_class, generator):
    layer = layer_class(30, 4, generator=generator).train()
    inputs = torch.randn(5, 30, generator=generator)
    outputs = layer(inputs)
    assert outputs.dtype == torch.float32
    np.testing.assert_allclose(outputs.detach(), truth(layer, inputs), atol=1e-5)


def test_prediction_of_an_exact_layer_is_the_product_in_float64(generator):
    layer = ExactLinear(30, 4, generator=generator).eval()
    with torch.no_grad():
        layer.bias.normal_(generator=generator)
    inputs = torch.randn(5, 30, generator=generator)
    outputs = layer(inputs)
    assert outputs.dtype == torch.float64
    np.testing.assert_allclose(outputs.detach(), truth(layer, inputs), rtol=1e-13, atol=1e-13)


def test_prediction_of_an_exact_layer_still_has_a_gradient(generator):
    layer = ExactLinear(3, 2, generator=generator).eval()
    inputs = torch.randn(4, 3, generator=generator)
    layer(inputs).sum().backward()
    np.testing.assert_allclose(layer.weight.grad, np.tile(inputs.sum(0), (2, 1)), rtol=1e-6)
    assert layer.bias.grad.tolist() == [4, 4]
