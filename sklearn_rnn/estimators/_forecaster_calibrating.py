"""Calibrating a forecaster on windows that it was not trained on."""

from math import ceil

import numpy as np
from sklearn.base import clone

from sklearn_rnn.data import SeriesPanel
from sklearn_rnn.estimators._forecaster_calibration import (
    Calibration,
    conformal_offsets,
    error_templates,
)
from sklearn_rnn.estimators._forecaster_defaults import AUTO_FORECAST_PARAMETERS
from sklearn_rnn.estimators._forecaster_running import gives_points, run_ahead
from sklearn_rnn.estimators._forecaster_windows import (
    WindowSplit,
    calibration_rows,
    split_windows,
    spread_evenly,
)
from sklearn_rnn.estimators._resuming import Run

__all__ = ["calibrate", "calibrate_apart"]

_MOST_WINDOWS = 512


def calibrate(estimator, panel: SeriesPanel, split: WindowSplit) -> Calibration:
    """Measure the errors of held-out windows, or, where there are none, of those trained on.

    The estimator's ``_calibration`` has to be None.
    """
    is_held_out = split.held is not None and len(split.held) > 0
    windows = split.held if is_held_out else split.train
    series, cutoffs = spread_evenly(windows, _MOST_WINDOWS)
    forecasts = run_ahead(estimator, panel, series, cutoffs, estimator.horizon_)
    errors, of_quantiles = forecasts.errors(panel, series, cutoffs)
    seen = ~np.isnan(errors).all(axis=1)
    conformal = estimator.intervals_ == "conformal"
    return Calibration(
        offsets=conformal_offsets(of_quantiles[seen]) if conformal else None,
        templates=error_templates(errors[seen]),
        is_held_out=is_held_out,
    )


def calibrate_apart(estimator, panel: SeriesPanel, weight, seed: int) -> Calibration | None:
    """Measure the errors of another forecaster, of the same parameters, on what comes after it.

    So intervals are those of values that were not known, and the forecaster itself still learns
    from all of its series. The other one is a single network and, if it gives points alone, is
    trained for half as long: it costs little, and its errors are rather too large than too small.

    Parameters
    ----------
    estimator : RNNForecaster
        Its parameters are resolved.
    panel : SeriesPanel
        What it is trained on.
    weight : ndarray of shape (n_rows,) or None
    seed : int

    Returns
    -------
    Calibration, or None where no series can spare rows
    """
    horizon, first = estimator.horizon_, estimator._least_history
    held = calibration_rows(
        panel.lengths, horizon=horizon, first=first, year=estimator._year_length
    )
    if not held.any():
        return None
    until = panel.stops - held[:: panel.n_targets]
    before = panel.until(until)
    before = before.select(np.flatnonzero(before.group_lengths > 0))
    if weight is not None:
        weight = weight[panel.row_ticks < np.repeat(until, panel.group_lengths)]
    other = _like(estimator, seed)._train_panel(before, weight, Run(seed))
    split = split_windows(panel, held, horizon=horizon, first=first)
    return calibrate(other, panel, split)


def _like(estimator, seed):
    """Give a forecaster with what "auto" was resolved to, but smaller."""
    resolved = {name: getattr(estimator, f"{name}_") for name in AUTO_FORECAST_PARAMETERS}
    epochs = estimator.max_epochs_
    if gives_points(estimator.module_.head):
        epochs = ceil(epochs / 2)
    resolved |= {
        "calendar": "auto" if estimator.calendar_ else None,
        "difference": estimator.difference_ or False,
        "n_networks": 1,
        "max_epochs": epochs,
        "early_stopping": False,
    }
    quiet = {"warm_start": False, "verbose": 0, "callbacks": None, "checkpoint": None}
    return clone(estimator).set_params(**resolved, **quiet, random_state=seed)
