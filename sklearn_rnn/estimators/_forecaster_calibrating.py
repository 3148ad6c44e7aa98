"""Calibrating a forecaster on windows that it was not trained on."""

from math import ceil
from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from sklearn_rnn.data import SeriesPanel
from sklearn_rnn.estimators._forecaster_calibration import (
    Calibration,
    conformal_offsets,
    error_templates,
    has_parts,
    offsets_of_parts,
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

__all__ = ["Apart", "calibrate", "recalibrate", "train_apart"]

_MOST_WINDOWS, _MOST_OF_A_YEAR = 512, 2048
_ENOUGH_NEW = 40


class Apart(NamedTuple):
    """A forecaster trained without the last part of each series, and the windows of that part."""

    forecaster: object
    split: WindowSplit


def calibrate(estimator, panel: SeriesPanel, split: WindowSplit) -> Calibration:
    """Measure the errors of held-out windows, or, where there are none, of those trained on.

    The estimator's ``_calibration`` has to be None.
    """
    is_held_out = split.held is not None and len(split.held) > 0
    windows = split.held if is_held_out else split.train
    year, horizon = estimator._year_length, estimator.horizon_
    by_part = is_held_out and has_parts(year, _usual(split.held_rows), horizon)
    series, cutoffs = spread_evenly(windows, _MOST_OF_A_YEAR if by_part else _MOST_WINDOWS)
    forecasts = run_ahead(estimator, panel, series, cutoffs, horizon)
    errors, of_quantiles = forecasts.errors(panel, series, cutoffs)
    seen = ~np.isnan(errors).all(axis=1)
    offsets = None
    if estimator.intervals_ == "conformal" and by_part:
        ticks = panel.starts[panel.group_of(series)] + cutoffs
        offsets = offsets_of_parts(of_quantiles[seen], ticks[seen], year)
    elif estimator.intervals_ == "conformal":
        offsets = conformal_offsets(of_quantiles[seen])[None]
    return Calibration(
        offsets=offsets,
        templates=error_templates(errors[seen]),
        is_held_out=is_held_out,
        year=year if by_part else None,
    )


def recalibrate(estimator, panel: SeriesPanel, split: WindowSplit) -> None:
    """Calibrate on the newest windows before they are trained on, if they are many.

    A calibration on held-out windows stays where the new ones are few, or where it tells the parts
    of a year, of which they show one.
    """
    before = estimator._calibration
    tells_more = before is not None and (before.year is not None or len(split.train) < _ENOUGH_NEW)
    if tells_more and before.is_held_out:
        return
    estimator._calibration = None
    estimator._calibration = calibrate(estimator, panel, split._replace(held=split.train))


def train_apart(estimator, panel: SeriesPanel, weight, seed: int) -> Apart | None:
    """Train another forecaster, of the same parameters, without the last part of each series.

    What it errs there is known without bias, and the forecaster itself still learns from all of
    its series. The other one is a single network and, if it gives points alone, is trained for
    half as long: it costs little, and its errors are rather too large than too small.

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
    Apart, or None where no series can spare rows
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
    return Apart(other, split_windows(panel, held, horizon=horizon, first=first))


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
        "linear_share": 0 if estimator.linear_share == 0 else "auto",
        "max_epochs": epochs,
        "early_stopping": False,
    }
    quiet = {"warm_start": False, "verbose": 0, "callbacks": None, "checkpoint": None}
    return clone(estimator).set_params(**resolved, **quiet, random_state=seed)


def _usual(held_rows):
    """Give how many rows a middling series holds out, of those that do; 0 if none does."""
    some = held_rows[held_rows > 0]
    return np.median(some) if len(some) else 0
