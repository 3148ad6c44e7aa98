"""Least squares from scaled windows to what follows them."""

import torch
from torch import Tensor

from sklearn_rnn.training._windows import WindowDataset

__all__ = ["fit_window_regression"]

_MOST_WINDOWS = 60_000
_MOST_ROWS_BACK = 1024
_AT_ONCE = 4096
_PENALTY = 1e-3  # beside a variance of 1
_WINDOWS_A_ROW = 4  # fewer windows than this for each row back leave too much to chance
_FARTHEST = 10.0  # deviations; what is farther off counts as so far


def fit_window_regression(dataset: WindowDataset) -> Tensor | None:
    """Fit the linear map from each scaled window to its target, one for all steps ahead.

    Windows with a missing target are left out, missing values within a window count as its
    centre, and of very long windows only the last 1024 rows are read.

    Parameters
    ----------
    dataset : WindowDataset
        What is trained on; its weights count.

    Returns
    -------
    Tensor of shape (horizon, window), float32, or None where there are too few windows
    """
    rows = _spread(len(dataset), _MOST_WINDOWS)
    width = min(dataset.window, _MOST_ROWS_BACK)
    gram = torch.zeros(width, width, dtype=torch.float64)
    moments = torch.zeros(width, dataset.horizon, dtype=torch.float64)
    n, total = 0, 0.0
    for part in rows.split(_AT_ONCE):
        values, target, weight = _read(dataset, part, width)
        gram += values.T @ (values * weight)
        moments += values.T @ (target * weight)
        n, total = n + len(values), total + float(weight.sum())
    if n < _WINDOWS_A_ROW * width or not total > 0:
        return None
    gram.diagonal().add_(_PENALTY * total)
    found = torch.zeros(dataset.horizon, dataset.window, dtype=torch.float32)
    found[:, -width:] = torch.linalg.solve(gram, moments).T
    return found


def _spread(n, most):
    return torch.linspace(0, n - 1, min(n, most), dtype=torch.float64).long()


def _read(dataset, rows, width):
    """Give values (n, width), targets (n, horizon) and weights (n, 1) of complete windows."""
    values, target = dataset.gather(rows).values, dataset.gather_target(rows)
    weight = dataset.gather_weight(rows)
    complete = target.isfinite().all(1)
    if weight is None:
        weight = torch.ones(len(rows))
    elif weight.ndim == 2:
        weight = weight.mean(1)
    weight = weight[complete, None].cpu().double().square()  # errors count in units of a series
    target = target[complete].cpu().double().clamp(-_FARTHEST, _FARTHEST)
    return values[complete, -width:].cpu().double(), target, weight
