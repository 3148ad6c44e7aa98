"""How windows are measured, held against numpy on the observed values alone."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import SCALINGS, last_observed, window_statistics

every_scaling = pytest.mark.parametrize("scaling", SCALINGS)


def expected_statistics(values, scaling):
    """Centre and scale of one window of observed values."""
    if scaling == "mean_abs":
        return 0.0, np.abs(values).mean()
    return values.mean() if scaling == "mean" else values[-1], values.std()


@every_scaling
def test_statistics_are_those_of_the_observed_values(scaling, rng):
    values = rng.normal(size=(50, 12), loc=1e6, scale=3)
    observed = rng.random((50, 12)) < 0.7
    hidden = np.where(observed, values, np.nan)
    centre, scale = window_statistics(torch.from_numpy(hidden), torch.from_numpy(observed), scaling)
    expected = [expected_statistics(v[o], scaling) for v, o in zip(values, observed, strict=True)]
    np.testing.assert_allclose(centre, [pair[0] for pair in expected], rtol=1e-13)
    np.testing.assert_allclose(scale, [pair[1] for pair in expected], rtol=1e-8)


@every_scaling
def test_no_mask_means_that_all_is_observed(scaling, rng):
    values = torch.from_numpy(rng.normal(size=(20, 9)))
    masked = window_statistics(values, torch.ones(20, 9, dtype=torch.bool), scaling)
    for found, expected in zip(window_statistics(values, None, scaling), masked, strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("scaling", [*SCALINGS, None])
def test_the_scale_is_above_zero_whatever_the_window(scaling):
    values = torch.tensor([[0.1] * 7, [0.0] * 7, [-1e9] * 7, [5.0] * 7], dtype=torch.float64)
    observed = torch.ones(4, 7, dtype=torch.bool)
    observed[3] = False
    centre, scale = window_statistics(values, observed, scaling)
    assert centre[3] == 0 and scale[3] == 1
    assert (scale > 0).all()
    assert scale[1] == 1
    if scaling is not None:
        torch.testing.assert_close(scale[[0, 2]], torch.tensor([0.1, 1e9], dtype=torch.float64))


def test_none_leaves_windows_as_they_are(rng):
    values = torch.from_numpy(rng.normal(size=(3, 4)))
    centre, scale = window_statistics(values, None, None)
    assert not centre.any()
    assert (scale == 1).all()


def test_the_last_observed_value_is_found_wherever_it_is():
    values = torch.tensor([[1.0, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]])
    observed = torch.tensor([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=torch.bool)
    assert last_observed(values, observed).tolist() == [3, 2, 1, 0]


def test_scaling_a_window_in_place_leaves_its_centre():
    values = torch.tensor([[1.0, 2.0, 6.0]], dtype=torch.float64)
    centre, _ = window_statistics(values, None, "last")
    values.sub_(centre[:, None])
    assert centre.tolist() == [6.0]
    assert values.tolist() == [[-5.0, -4.0, 0.0]]
