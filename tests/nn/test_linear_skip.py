"""The linear way around, held against a loop over seasons."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import LinearSkip


def seasonal_naive(values, horizon, season, n_seasons):
    """The mean of the last values of the same phase, of those that the window holds."""
    forecast = []
    for step in range(horizon):
        phase = [len(values) + step - season * k for k in range(1, horizon + len(values))]
        known = [at for at in phase if at < len(values)]
        used = [values[at] for at in known[:n_seasons] if at >= 0]
        forecast.append(np.mean(used) if used else 0.0)
    return forecast


@pytest.mark.parametrize("season", [1, 4, 7, 30])
@pytest.mark.parametrize("n_seasons", [1, 3])
def test_it_begins_at_the_mean_of_seasonal_naive_forecasts(season, n_seasons, generator, rng):
    skip = LinearSkip(20, 9, season=season, n_seasons=n_seasons, generator=generator)
    values = rng.normal(size=(3, 20)).astype(np.float32)
    expected = [seasonal_naive(row, 9, season, n_seasons) for row in values]
    found = skip(torch.from_numpy(values)).detach()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_without_a_season_it_begins_at_zero_but_learns(generator):
    skip = LinearSkip(5, 2, generator=generator)
    found = skip(torch.ones(1, 5))
    assert not found.any()
    found.sum().backward()
    assert skip.linear.weight.grad.all()


def test_it_is_added_to_the_first_output_alone(rng):
    outputs, skip = torch.from_numpy(rng.normal(size=(2, 3, 4))), torch.ones(2, 3)
    added = LinearSkip.add_to(outputs, skip) - outputs
    assert (added[..., 0] == 1).all()
    assert not added[..., 1:].any()


def test_half_precision_does_not_round_it(generator, rng):
    skip = LinearSkip(50, 3, season=7, generator=generator).train()
    values = torch.from_numpy(rng.normal(size=(4, 50)).astype(np.float32))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = skip(values)
    torch.testing.assert_close(found, skip(values))
