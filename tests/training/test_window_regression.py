"""The linear map from windows to targets, held against scikit-learn's ridge."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from sklearn_rnn.training import (
    WindowDataset,
    Windows,
    WindowScalers,
    fit_window_regression,
)
from tests.window_panels import make_panel

WINDOW, HORIZON = 6, 3


def make_dataset(rng, lengths=(200, 150), missing=0.0, **options):
    panel = make_panel(list(lengths), rng, missing=missing)
    windows = Windows.of_panel(panel, horizon=HORIZON, first=WINDOW)
    scalers = WindowScalers.fit(panel)
    return WindowDataset(panel, windows, window=WINDOW, horizon=HORIZON, scalers=scalers, **options)


@pytest.mark.parametrize("missing", [0.0, 0.1], ids=["full", "missing"])
@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_it_is_a_ridge_without_intercept_on_complete_windows(missing, weighted, rng):
    scale = np.array([2.0, 0.5]) if weighted else None
    dataset = make_dataset(rng, missing=missing, series_scale=scale)
    rows = torch.arange(len(dataset))
    values = dataset.gather(rows).values.double().numpy()
    target = dataset.gather_target(rows).double().numpy()
    weight = dataset.gather_weight(rows)
    weight = np.ones(len(rows)) if weight is None else weight.double().numpy() ** 2
    kept = np.isfinite(target).all(axis=1)
    assert kept.all() == (missing == 0)
    ridge = Ridge(alpha=1e-3 * weight[kept].sum(), fit_intercept=False)
    ridge.fit(values[kept], target[kept].clip(-10, 10), sample_weight=weight[kept])
    found = fit_window_regression(dataset)
    assert found.shape == (HORIZON, WINDOW) and found.dtype == torch.float32
    np.testing.assert_allclose(found, ridge.coef_, atol=1e-5)


def test_too_few_windows_give_no_map(rng):
    assert fit_window_regression(make_dataset(rng, lengths=(20,))) is None


def test_windows_of_no_weight_give_no_map(rng):
    weight = np.zeros(350)
    assert fit_window_regression(make_dataset(rng, weight=weight)) is None


def test_only_the_last_rows_of_very_long_windows_are_read(rng, monkeypatch):
    monkeypatch.setattr("sklearn_rnn.training._window_regression._MOST_ROWS_BACK", 2)
    found = fit_window_regression(make_dataset(rng))
    assert (found[:, :-2] == 0).all() and (found[:, -2:] != 0).all()
