"""The share that least squares has in a forecast, beside the network."""

import numpy as np
import torch

from sklearn_rnn.data import SeriesPanel
from sklearn_rnn.estimators._forecaster_running import run_ahead
from sklearn_rnn.estimators._forecaster_training import TrainingPart
from sklearn_rnn.estimators._forecaster_windows import spread_evenly
from sklearn_rnn.training import Windows, fit_window_regression

__all__ = ["choose_share", "fit_blend", "linear_share", "set_share"]

_MOST_WINDOWS = 512
_SHARES = np.arange(21) / 20
_CAUTION = 0.5
_USUAL_SHARE = 0.2  # where it cannot be measured


def fit_blend(estimator, train: TrainingPart) -> None:
    """Fit the linear map that the network's forecasts are averaged with, if there is to be one."""
    if not estimator._architecture.linear_blend:
        return
    coefficients = fit_window_regression(estimator._as_dataset(train, torch.device("cpu")))
    if coefficients is None:
        return
    module = estimator.module_
    module.coefficients.copy_(coefficients)
    wanted = estimator.linear_share
    module.share.fill_(_USUAL_SHARE if wanted == "auto" else wanted)


def linear_share(estimator) -> float:
    """Give the weight of the linear map in the forecast."""
    has_blend = estimator._architecture.linear_blend
    return round(float(estimator.module_.share), 6) if has_blend else 0.0


def set_share(estimator, share: float) -> None:
    """Set the weight of the linear map, if there is one."""
    if estimator._architecture.linear_blend:
        estimator.module_.share.fill_(share)


def choose_share(estimator, panel: SeriesPanel, held: Windows) -> float:
    """Give half the share that makes the errors of held-out windows smallest.

    Errors count as the loss has it, in units of the scale of each window. Half, since the best
    share is uncertain, and the forecaster measured is weaker than the one that learns from all.
    """
    before = linear_share(estimator)
    if before == 0 or not len(held):
        return before
    series, cutoffs = spread_evenly(held, _MOST_WINDOWS)
    errors = []
    for share in (0.0, 1.0):
        set_share(estimator, share)
        forecasts = run_ahead(estimator, panel, series, cutoffs, estimator.horizon_)
        errors.append(forecasts.point_errors(panel, series, cutoffs))
    set_share(estimator, before)
    power = 2 if estimator.loss_ == "squared_error" else 1
    seen = ~np.isnan(errors[0])
    if not seen.any():
        return before
    mixed = [(1 - share) * errors[0][seen] + share * errors[1][seen] for share in _SHARES]
    sizes = [np.mean(np.abs(error) ** power) for error in mixed]
    return _CAUTION * float(_SHARES[np.argmin(sizes)])
