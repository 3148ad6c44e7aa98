"""Several forecasting networks as one, held against each of them."""

import numpy as np
import pytest
import torch

from sklearn_rnn.modules import ForecastCommittee, ForecastPlan
from sklearn_rnn.nn import set_dropout_generator

PLAN = ForecastPlan(8, 4, segment=4, hidden_size=6, loss="quantile", quantiles=(0.1, 0.5, 0.9))


@pytest.fixture
def committee(generator):
    module = ForecastCommittee(PLAN, 3, generator=generator)
    set_dropout_generator(module, generator)
    return module


@pytest.fixture
def batch(rng):
    return {
        "values": torch.from_numpy(rng.normal(size=(5, 8)).astype(np.float32)),
        "observed": torch.ones(5, 8, dtype=torch.bool),
        "calendar": torch.zeros(5, 12, 0),
        "scale": torch.ones(5),
    }


@pytest.fixture
def target(rng):
    target = torch.from_numpy(rng.normal(size=(5, 4)).astype(np.float32))
    target[0, 2] = torch.nan
    return target


def test_the_forecast_is_the_mean_of_the_networks(committee, batch):
    committee.eval()
    each = [network(**batch) for network in committee.networks]
    assert (each[0] != each[1]).any()
    torch.testing.assert_close(committee(**batch), sum(each) / 3)
    torch.testing.assert_close(committee.decide(committee(**batch)), (sum(each) / 3)[..., 1])


@pytest.mark.parametrize("weighted", [False, True])
def test_each_network_has_its_own_loss(committee, batch, target, weighted):
    weight = torch.arange(1.0, 6.0) if weighted else None
    outputs = committee.train()(**batch)
    assert outputs.shape == (5, 3, 4, 3)
    losses = [net.loss(net(**batch), target, weight) for net in committee.networks]
    torch.testing.assert_close(committee.loss(outputs, target, weight), sum(losses) / 3)
    committee.loss(outputs, target, weight).backward()
    alone = committee.networks[1]
    found = [weight.grad.clone() for weight in alone.parameters()]
    alone.zero_grad()
    (alone.loss(alone(**batch), target, weight) / 3).backward()
    for one, other in zip(found, alone.parameters(), strict=True):
        torch.testing.assert_close(one, other.grad)


def test_validation_measures_the_mean_forecast(committee, batch, target):
    outputs = committee.eval()(**batch)
    expected = committee.networks[0].loss(outputs, target, None)
    assert committee.loss(outputs, target, None) == expected
