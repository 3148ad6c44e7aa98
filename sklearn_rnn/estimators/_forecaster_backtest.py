"""Forecasts from several cut-offs in the past, beside those that every other is held against."""

from collections.abc import Hashable
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.base import clone

from sklearn_rnn.data import SeriesPanel, as_library, baseline_forecasts
from sklearn_rnn.estimators._forecaster_defaults import resolve_forecast_parameters
from sklearn_rnn.estimators._forecaster_output import forecast_columns, interval_quantiles
from sklearn_rnn.estimators._forecaster_planning import traits_of
from sklearn_rnn.estimators._forecaster_reading import read_more, read_training_panel
from sklearn_rnn.estimators._forecaster_running import run_ahead
from sklearn_rnn.estimators._resuming import Run
from sklearn_rnn.estimators._user_warnings import warn_user
from sklearn_rnn.training import fit_seed

__all__ = ["backtest"]

# Fewer rows than so many times the horizon are hardly enough to learn from.
_ENOUGH_HORIZONS = 2


def backtest(estimator, X, y, *, n_windows, step, refit, baselines, levels, name=None):
    """Forecast the last windows of all series; see ``RNNForecaster.backtest``."""
    fitted = hasattr(estimator, "net_")
    panel = read_training_panel(estimator, X, y)
    if fitted:
        horizon = estimator.horizon_
    else:
        parameters = estimator.get_params(deep=False)
        horizon = resolve_forecast_parameters(parameters, traits_of(panel))["horizon"]
    step = horizon if step is None else step
    for parameter, value in (("n_windows", n_windows), ("step", step)):
        if not isinstance(value, Integral) or value < 1:
            raise ValueError(f"{parameter} must be an int of at least 1, but is {value!r}.")
    windows = BacktestWindows(panel, horizon=horizon, n_windows=n_windows, step=step)
    _warn_of_short_past(windows)
    if not refit and fitted and ends_before(estimator._panel, panel, windows.cut_ticks(0)):
        windows.panel = read_more(estimator, X, y, "X")
        found = run_windows(estimator, windows, np.arange(len(windows.series)), levels)
    else:
        found = _run_trained(estimator, windows, refit, levels)
    name = type(estimator).__name__ if name is None else name
    return backtest_frame(windows, name, *found, levels=levels, baselines=baselines)


class BacktestWindows:
    """The windows of a backtest: for each series its last ones, ``step`` rows apart.

    Parameters
    ----------
    panel : SeriesPanel
    horizon, n_windows, step : int

    Attributes
    ----------
    series, cutoffs, numbers : ndarray of shape (n,)
        The series, the row at which its future begins, and the number of the window, from 0 for the
        earliest. Windows without a row before them are left out.
    """

    def __init__(self, panel: SeriesPanel, *, horizon: int, n_windows: int, step: int):
        self.panel, self.horizon, self.n_windows, self.step = panel, horizon, n_windows, step
        back = horizon + step * np.arange(n_windows - 1, -1, -1)
        cutoffs = panel.lengths[:, None] - back  # (n_series, n_windows)
        self.series, self.numbers = np.nonzero(cutoffs >= 1)
        self.cutoffs = cutoffs[self.series, self.numbers]
        if not len(self.series):
            longest = int(panel.lengths.argmax())
            raise ValueError(
                f"no series has a row before a window of {horizon} step(s): the longest, "
                f"{panel.name(longest)}, has {panel.lengths[longest]}; take a smaller horizon."
            )

    def cut_ticks(self, number: int) -> np.ndarray:
        """Give the tick of each group at which the future of a window begins."""
        return self.panel.stops - self.horizon - self.step * (self.n_windows - 1 - number)

    def of(self, number: int) -> np.ndarray:
        """Tell which of the windows have this number."""
        return self.numbers == number


def _warn_of_short_past(windows):
    """Warn if next to nothing comes before the first window."""
    first = int(windows.numbers.min())
    n_rows = int(windows.cutoffs[windows.of(first)].max())
    if n_rows < _ENOUGH_HORIZONS * windows.horizon:
        warn_user(
            f"only {n_rows} row(s) of the longest series come before the first of "
            f"{windows.n_windows - first} window(s) of {windows.horizon} step(s), and no more are "
            "learned from: forecasts will be poor, and those of LagRidge NaN where it has too "
            "little. Take fewer windows, a smaller step, or a smaller horizon."
        )


def ends_before(known: SeriesPanel, panel: SeriesPanel, ticks: np.ndarray) -> bool:
    """Tell whether a panel that was trained on has no row of another's future.

    ``ticks`` (n_groups,) are those at which the future of the groups of ``panel`` begins.
    """
    if known.axis.kind == "position" or not _same_grid(known.axis, panel.axis):
        return False
    found = panel.find(known.ids)
    return bool(((found >= 0) & (known.stops <= ticks[found])).all())


def _same_grid(axis, other):
    """Tell whether ticks are the same times, whether or not an index carried its frequency."""
    return axis == other._replace(has_freq=axis.has_freq)


def run_windows(estimator, windows: BacktestWindows, chosen: np.ndarray, levels: list):
    """Forecast some of the windows: points (n, horizon), quantiles (n, horizon, 2 * levels)."""
    forecasts = run_ahead(
        estimator,
        windows.panel,
        windows.series[chosen],
        windows.cutoffs[chosen],
        windows.horizon,
    )
    if levels:
        estimator._check_spread()
    quantiles = forecasts.quantiles(interval_quantiles(levels)) if levels else None
    return forecasts.point(), quantiles


def _run_trained(estimator, windows, refit, levels):
    """Forecast all windows by clones trained on what lies before them, or before the first."""
    points = np.empty((len(windows.series), windows.horizon))
    quantiles = np.empty((*points.shape, 2 * len(levels))) if levels else None
    for number in np.unique(windows.numbers) if refit else [windows.numbers.min()]:
        before = windows.panel.until(windows.cut_ticks(number))
        before = before.select(np.flatnonzero(before.group_lengths > 0))
        model = clone(estimator).set_params(horizon=windows.horizon, checkpoint=None)
        model._fit_panel(before, None, Run(fit_seed(model.random_state)))
        chosen = np.flatnonzero(windows.of(number) | (not refit))
        points[chosen], ends = run_windows(model, windows, chosen, levels)
        if levels:
            quantiles[chosen] = ends
    return points, quantiles


def backtest_frame(
    windows: BacktestWindows, name: str, points, quantiles, levels: list, *, baselines: bool
):
    """Give the long frame of a backtest: ids, time, cutoff, value and forecasts."""
    panel, horizon = windows.panel, windows.horizon
    columns = panel.columns
    groups = np.repeat(panel.group_of(windows.series), horizon)
    first = panel.starts[panel.group_of(windows.series)] + windows.cutoffs
    ticks = (first[:, None] + np.arange(horizon)).ravel()
    at = panel.offsets[windows.series] + windows.cutoffs
    frame = {}
    if panel.ids is not None:
        frame |= _id_columns(panel, groups)
    from_ticks = (lambda t: t) if panel.axis.kind == "position" else panel.axis.from_ticks
    time_name = columns.time_name or panel.axis.name or "time"
    frame[time_name] = from_ticks(ticks)
    frame["cutoff"] = from_ticks(np.repeat(first - 1, horizon))
    if panel.n_targets > 1:
        names = np.array(columns.target_names, dtype=object)
        frame["target"] = np.repeat(names[panel.target_of(windows.series)], horizon)
    value_name = columns.target_names[0] if len(columns.target_names) == 1 else "y"
    frame[value_name] = panel.target[(at[:, None] + np.arange(horizon)).ravel()]
    if baselines:
        found = baseline_forecasts(panel, horizon, series=windows.series, cutoffs=windows.cutoffs)
        found = {key: values.ravel() for key, values in found.items()}
    else:
        found = {}
    if not isinstance(name, Hashable) or name in (*frame, *found):
        raise ValueError(
            f"name must be one name, of no other column of the backtest "
            f"({[*frame, *found]!r:.200}), but is {name!r:.100}."
        )
    flat = None if quantiles is None else quantiles.reshape(-1, quantiles.shape[-1])
    frame |= forecast_columns(name, points.ravel(), levels, flat) | found
    table = pd.DataFrame(frame)
    order = np.lexsort(
        [ticks, np.repeat(windows.numbers, horizon), np.repeat(windows.series, horizon)]
    )
    table = table.iloc[order].reset_index(drop=True)
    return as_library(table, columns.library)


def _id_columns(panel, groups):
    names = panel.columns.id_names
    ids = panel.ids[groups]
    parts = [ids] if len(names) == 1 else zip(*ids, strict=True)
    return {
        "id" if name is None else name: pd.array(list(part), dtype=dtype)
        if dtype != "object"
        else np.array(part, dtype=object)
        for name, part, dtype in zip(names, parts, panel.columns.id_dtypes, strict=True)
    }
