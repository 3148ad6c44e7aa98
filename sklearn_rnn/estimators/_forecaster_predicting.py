"""Forecasts at the rows that predict gets, and beyond the end of each series."""

import numpy as np

from sklearn_rnn.data import SeriesPanel, read_rows
from sklearn_rnn.estimators._forecaster_bounds import value_range
from sklearn_rnn.estimators._forecaster_reading import check_width
from sklearn_rnn.estimators._forecaster_rows import (
    append_rows,
    check_reach,
    check_rows_ahead,
    check_same_known,
    place_rows,
)
from sklearn_rnn.estimators._forecaster_running import Forecasts, run_ahead

__all__ = ["forecast_ahead", "forecast_rows"]


def forecast_rows(estimator, X, read, fallback=None) -> np.ndarray:
    """Forecast at the times of the rows of X, in their order.

    Rows after the end of their series are forecast from it, rows at training times each from the
    row before it.

    Parameters
    ----------
    estimator : RNNForecaster
    X : DataFrame or array
    read : callable ``Forecasts -> ndarray of shape (n, n_steps, ...)``
    fallback : ndarray of shape (n_groups, n_targets) or None
        What is given at a training time before which nothing was observed; None gives NaN.

    Returns
    -------
    ndarray of shape (rows, n_targets, ...)
        NaN where there is nothing to forecast from, and no fallback.
    """
    panel = estimator._panel
    check_width(estimator, X)
    rows = read_rows(X, columns=panel.columns, axis=panel.axis)
    groups, ticks = place_rows(rows, panel)
    check_reach(panel, groups, ticks, estimator.horizon_)
    values = None
    is_ahead = ticks >= panel.stops[groups]
    for chosen, run in ((is_ahead, _rows_ahead), (~is_ahead, _rows_of_training)):
        if not chosen.any():
            continue
        part = run(estimator, panel, rows, chosen, groups[chosen], ticks[chosen], read)
        if values is None:
            values = np.full((len(ticks), *part.shape[1:]), np.nan)
        if run is _rows_of_training and fallback is not None:
            part = np.where(np.isnan(part), fallback[groups[chosen]], part)
        values[chosen] = part
    return np.empty((0, panel.n_targets)) if values is None else values


def _rows_ahead(estimator, panel, rows, chosen, groups, ticks, read):
    used, place = np.unique(groups, return_inverse=True)
    ahead = ticks - panel.stops[groups]
    panel = panel.select(used)
    seen, panel = value_range(panel), panel.tail(estimator._reach)
    cutoffs = panel.lengths
    panel = append_rows(panel, place, ticks, rows.known[chosen], rows.known_codes[chosen])
    series = np.arange(panel.n_series)
    forecasts = run_ahead(estimator, panel, series, cutoffs, int(ahead.max()) + 1, seen)
    forecasts.warn(panel)
    values = read(forecasts)
    values = values.reshape(panel.n_groups, panel.n_targets, *values.shape[1:])
    return values[place, :, ahead]


def _rows_of_training(estimator, panel, rows, chosen, groups, ticks, read):
    cutoffs = ticks - panel.starts[groups]
    inside = cutoffs >= 0
    at = panel.group_offsets[groups] + cutoffs
    check_same_known(panel, rows, np.flatnonzero(chosen)[inside], at[inside])
    targets = np.arange(panel.n_targets)
    series = (groups[:, None] * panel.n_targets + targets).ravel()
    # Before the first row there is nothing: these forecasts are NaN, as is an empty window's.
    cutoffs = np.repeat(np.maximum(cutoffs, 0), len(targets))
    values = read(run_ahead(estimator, panel, series, cutoffs, 1))
    return values[:, 0].reshape(-1, len(targets), *values.shape[2:])


def forecast_ahead(estimator, panel: SeriesPanel, n_steps: int, X) -> Forecasts:
    """Forecast all series of a panel beyond their ends; X holds what is known of these rows."""
    n_known = panel.known.shape[1] + panel.known_codes.shape[1]
    columns = panel.columns
    if X is None and n_known:
        names = [*columns.known, *columns.known_categorical]
        raise ValueError(
            f"the columns {names!r:.200} are known in the future, so their {n_steps} next rows are "
            "needed: give them as X (sklearn_rnn.preprocessing.make_future_frame makes the rows, "
            "to be filled in). Columns that are not known then belong into past when you fit, and "
            "those that are constant within each series into static."
        )
    seen, panel = value_range(panel), panel.tail(estimator._reach)
    cutoffs, groups, ticks, known = panel.lengths, None, None, (None, None)
    if X is not None:
        check_width(estimator, X)
        rows = read_rows(X, columns=columns, axis=panel.axis)
        groups, ticks = place_rows(rows, panel, strict=False)
        check_rows_ahead(panel, groups, ticks, n_steps)
        ahead = ticks - panel.stops[groups]
        # A step is forecast by what is known of its whole block, however many are asked for.
        n_read = -(-n_steps // estimator.horizon_) * estimator.horizon_
        wanted = (groups >= 0) & (ahead >= 0) & (ahead < n_read)
        groups, ticks = groups[wanted], ticks[wanted]
        known = rows.known[wanted], rows.known_codes[wanted]
    elif n_steps > estimator.horizon_:
        groups = np.arange(panel.n_groups)
        ticks = panel.stops + n_steps - 1
    if groups is not None:
        panel = append_rows(panel, groups, ticks, *known)
    return run_ahead(estimator, panel, np.arange(panel.n_series), cutoffs, n_steps, seen)
