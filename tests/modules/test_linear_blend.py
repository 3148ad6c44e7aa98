"""The mean of a network and a linear map, held against both of them."""

import numpy as np
import pytest
import torch

from sklearn_rnn.modules import ForecastCommittee, ForecastingNetwork, ForecastPlan, LinearBlend
from sklearn_rnn.nn import set_dropout_generator

PLAN = ForecastPlan(8, 4, segment=4, hidden_size=6, dropout=0.3)


@pytest.fixture(params=["network", "committee"])
def blend(request, generator):
    if request.param == "network":
        network = ForecastingNetwork(PLAN, generator=generator)
    else:
        network = ForecastCommittee(PLAN, 2, generator=generator)
    module = LinearBlend(network)
    set_dropout_generator(module, generator)
    module.coefficients.copy_(torch.randn(4, 8, generator=generator))
    return module


@pytest.fixture
def batch(rng):
    return {
        "values": torch.from_numpy(rng.normal(size=(5, 8)).astype(np.float32)),
        "observed": torch.ones(5, 8, dtype=torch.bool),
        "calendar": torch.zeros(5, 12, 0),
        "scale": torch.ones(5),
    }


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_forecast_is_the_weighted_mean_of_network_and_map(blend, batch, share):
    blend.eval().share.fill_(share)
    network = blend.network(**batch)[..., 0]
    linear = batch["values"].double() @ blend.coefficients.double().T
    expected = (1 - share) * network + share * linear
    torch.testing.assert_close(blend(**batch)[..., 0], expected.to(network.dtype))
    torch.testing.assert_close(blend.decide(blend(**batch)), expected.to(network.dtype))


def test_training_is_that_of_the_network_alone(blend, batch, rng):
    target = torch.from_numpy(rng.normal(size=(5, 4)).astype(np.float32))
    blend.train().share.fill_(0.5)
    state = blend.network.state_dict()
    generator = torch.Generator().manual_seed(1)
    set_dropout_generator(blend, generator)
    found = blend.loss(blend(**batch), target, None)
    generator.manual_seed(1)
    assert found == blend.network.loss(blend.network(**batch), target, None)
    assert {f"network.{name}" for name in state} == {name for name, _ in blend.named_parameters()}
