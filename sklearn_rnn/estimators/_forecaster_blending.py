"""The share that least squares has in a forecast, beside the network."""

import numpy as np
import torch

from sklearn_rnn.data import SeriesPanel
from sklearn_rnn.estimators._forecaster_running import run_ahead
from sklearn_rnn.estimators._forecaster_training import TrainingPart
from sklearn_rnn.estimators._forecaster_windows import spread_evenly
from sklearn_rnn.estimators._user_warnings import warn_user
from sklearn_rnn.training import Windows, fit_window_regression

__all__ = ["choose_share", "fit_blend", "linear_share", "measure_share", "take_new_share"]

_MOST_WINDOWS = 512
_SHARES = np.arange(21) / 20
_CAUTION = 0.5
_USUAL_SHARE = 0.2  # where it cannot be measured


def fit_blend(estimator, train: TrainingPart) -> None:
    """Fit the linear map that the network's forecasts are averaged with, if there is to be one."""
    wanted = estimator.linear_share
    if not estimator._architecture.linear_blend:
        if wanted not in ("auto", 0):
            _warn_of_no_effect(wanted, "this loss, decoder or scaling has no linear map")
        return
    coefficients = fit_window_regression(estimator._as_dataset(train, torch.device("cpu")))
    if coefficients is None:
        if wanted != "auto":
            _warn_of_no_effect(wanted, "there are too few windows to fit a linear map")
        return
    module = estimator.module_
    module.coefficients.copy_(coefficients)
    module.share.fill_(_USUAL_SHARE if wanted == "auto" else wanted)


def take_new_share(estimator) -> None:
    """Set the weight that the parameter asks for, where training goes on with a linear map."""
    if estimator._architecture.linear_blend and estimator.linear_share != "auto":
        if estimator.module_.coefficients.any():
            _set_share(estimator, estimator.linear_share)
        elif estimator.linear_share > 0:
            _warn_of_no_effect(estimator.linear_share, "training began without a linear map")


def linear_share(estimator) -> float:
    """Give the weight of the linear map in the forecast."""
    has_blend = estimator._architecture.linear_blend
    return round(float(estimator.module_.share), 6) if has_blend else 0.0


def measure_share(estimator, measured, panel: SeriesPanel, held: Windows | None) -> None:
    """Set the share of a forecaster, and of the one that is measured on held-out windows.

    Only a share that is "auto" is measured, and only where windows were held out; one that was
    given holds for both.
    """
    if estimator.linear_share != "auto":
        if linear_share(measured) > 0:
            _set_share(measured, linear_share(estimator))
        return
    if held is not None and linear_share(estimator) > 0 and linear_share(measured) > 0:
        share = choose_share(measured, panel, held)
        _set_share(measured, share)
        _set_share(estimator, share)


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
    try:
        for share in (0.0, 1.0):
            _set_share(estimator, share)
            forecasts = run_ahead(estimator, panel, series, cutoffs, estimator.horizon_)
            errors.append(forecasts.point_errors(panel, series, cutoffs))
    finally:
        _set_share(estimator, before)
    power = 2 if estimator.loss_ == "squared_error" else 1
    seen = ~np.isnan(errors[0])
    if not seen.any():
        return before
    mixed = [(1 - share) * errors[0][seen] + share * errors[1][seen] for share in _SHARES]
    sizes = [np.mean(np.abs(error) ** power) for error in mixed]
    return _CAUTION * float(_SHARES[np.argmin(sizes)])


def _warn_of_no_effect(share, reason):
    warn_user(f"linear_share={share} has no effect: {reason}; set it to 'auto' or 0.")


def _set_share(estimator, share: float) -> None:
    """Set the weight of the linear map, if there is one."""
    if estimator._architecture.linear_blend:
        estimator.module_.share.fill_(share)
