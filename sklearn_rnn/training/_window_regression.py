"""Least squares from scaled windows to what follows them."""

import torch
from torch import Tensor

from sklearn_rnn.training._memory import naming_batch
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
    totals = torch.zeros(dataset.horizon, dtype=torch.float64)
    n, total = 0, 0.0
    for part in rows.split(_AT_ONCE):
        with naming_batch(len(part), dataset.window, dataset.device, kind="least squares"):
            values, target, weight = _read(dataset, part, width)
        of_window = weight.mean(1, keepdim=True)
        gram += values.T @ (values * of_window)
        moments += values.T @ (target * weight)
        n, total = n + int((of_window > 0).sum()), total + float(of_window.sum())
        totals += weight.sum(0)
    if n < _WINDOWS_A_ROW * width or not (totals > 0).all():
        return None
    gram = gram / total
    gram.diagonal().add_(_PENALTY)
    found = torch.zeros(dataset.horizon, dataset.window, dtype=torch.float32)
    found[:, -width:] = torch.linalg.solve(gram, moments / totals).T
    return found


def _spread(n, most):
    return torch.linspace(0, n - 1, min(n, most), dtype=torch.float64).long()


def _read(dataset, rows, width):
    """Give values (n, width), targets and their weights (n, horizon), 0 where one is missing."""
    values, target = dataset.gather_values(rows), dataset.gather_target(rows).cpu().double()
    relative, weight = dataset.gather_relative(rows), dataset.gather_own_weight(rows)
    seen = target.isfinite()
    found = seen.double()
    if relative is not None:
        found *= relative.cpu().double().square()[:, None]  # errors count in units of a series
    if weight is not None:
        found *= weight.cpu().double()
    target = torch.where(seen, target, 0).clamp(-_FARTHEST, _FARTHEST)
    return values[:, -width:].cpu().double(), target, found
