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


def parts_of(dataset):
    rows = torch.arange(len(dataset))
    values = dataset.gather(rows).values.double().numpy()
    return values, dataset.gather_target(rows).double().numpy().clip(-10, 10)


@pytest.mark.parametrize("scale", [None, np.array([2.0, 0.5])], ids=["alike", "scaled"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_it_is_a_ridge_without_intercept(scale, weighted, rng):
    given = np.array([0.5, 1.5]) if weighted else np.ones(2)
    dataset = make_dataset(rng, series_scale=scale, weight=np.repeat(given, [200, 150]))
    values, target = parts_of(dataset)
    weight = given[dataset.windows.locate(torch.arange(len(dataset)))[0]]
    if scale is not None:  # errors are in units of the series, and their squares count
        weight *= dataset.gather_relative(torch.arange(len(dataset))).double().numpy() ** 2
    ridge = Ridge(alpha=1e-3 * weight.sum(), fit_intercept=False)
    ridge.fit(values, target, sample_weight=weight)
    found = fit_window_regression(dataset)
    assert found.shape == (HORIZON, WINDOW) and found.dtype == torch.float32
    np.testing.assert_allclose(found, ridge.coef_, atol=1e-5)


def test_missing_targets_leave_the_others_of_their_window(rng):
    dataset = make_dataset(rng, missing=0.1)
    values, target = parts_of(dataset)
    seen = np.isfinite(target)
    gram = values.T @ (values * seen.mean(1)[:, None]) / seen.mean(1).sum() + 1e-3 * np.eye(WINDOW)
    for step, of_step in enumerate(fit_window_regression(dataset)):
        kept = seen[:, step]
        moments = values[kept].T @ target[kept, step] / kept.sum()
        np.testing.assert_allclose(of_step, np.linalg.solve(gram, moments), atol=1e-5)


def test_targets_of_no_weight_teach_nothing(rng):
    last = slice(200 - HORIZON, 200)  # rows that only targets hold
    weight = np.ones(350)
    weight[last] = 0
    dataset = make_dataset(rng, weight=weight)
    before = fit_window_regression(dataset)
    dataset._values[last] += 5
    torch.testing.assert_close(fit_window_regression(dataset), before, rtol=0, atol=0)
    dataset.weight[last] = 1
    assert (fit_window_regression(dataset) - before).abs().max() > 1e-3


def test_too_few_windows_give_no_map(rng):
    assert fit_window_regression(make_dataset(rng, lengths=(20,))) is None


def test_windows_of_no_weight_give_no_map(rng):
    weight = np.zeros(350)
    assert fit_window_regression(make_dataset(rng, weight=weight)) is None


def test_only_the_last_rows_of_very_long_windows_are_read(rng, monkeypatch):
    monkeypatch.setattr("sklearn_rnn.training._window_regression._MOST_ROWS_BACK", 2)
    found = fit_window_regression(make_dataset(rng))
    assert (found[:, :-2] == 0).all() and (found[:, -2:] != 0).all()
