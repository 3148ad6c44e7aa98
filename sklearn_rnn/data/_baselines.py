"""The forecasts that every other one is held against, in one call."""

import numpy as np

from sklearn_rnn.data._lag_ridge import auto_ridge_window, fit_lag_ridge, forecast_lag_ridge
from sklearn_rnn.data._seasonal_naive import seasonal_naive

__all__ = ["baseline_forecasts"]


def baseline_forecasts(
    panel,
    steps: int,
    season_length: int | None = None,
    window: int | None = None,
    *,
    series: np.ndarray | None = None,
    cutoffs: np.ndarray | None = None,
    fit_cutoffs: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Forecast the series of a panel by the seasonal naive and by a ridge on their lags.

    Parameters
    ----------
    panel : SeriesPanel
        Of it ``target`` and ``offsets`` are read, and ``axis`` where no season is given.
    steps : int
        How many values of the future.
    season_length : int or None
        The season in steps; None is the shortest usual one of the frequency.
    window : int or None
        How many lags the ridge reads; None is chosen from lengths, steps and season.
    series, cutoffs : ndarray of shape (n,) or None
        Forecast series ``series[i]`` from its first ``cutoffs[i]`` rows. None is every series from
        all of its rows.
    fit_cutoffs : ndarray of shape (n_series,) or None
        The ridge is fitted on that many rows of each series. None is those before the earliest
        cut-off of the series, where there are cut-offs: a series without one is left out.

    Returns
    -------
    forecasts : dict of ndarray of shape (n, steps)
        Under "SeasonalNaive" and "LagRidge"; the latter are NaN if no series is long enough to
        fit on.
    """
    season = panel.axis.season_length if season_length is None else season_length
    values, offsets = panel.target, panel.offsets
    if fit_cutoffs is None:
        fit_cutoffs = _earliest(series, cutoffs, np.diff(offsets))
    naive = seasonal_naive(values, offsets, steps, season, series=series, cutoffs=cutoffs)
    if window is None:
        window = auto_ridge_window(fit_cutoffs[fit_cutoffs > 0], steps, season)
    fit = {"horizon": steps, "window": window, "season_length": season, "cutoffs": fit_cutoffs}
    try:
        ridge = fit_lag_ridge(values, offsets, **fit)
    except ValueError:  # no series is long enough
        return {"SeasonalNaive": naive, "LagRidge": np.full_like(naive, np.nan)}
    lagged = forecast_lag_ridge(ridge, values, offsets, steps, series=series, cutoffs=cutoffs)
    return {"SeasonalNaive": naive, "LagRidge": lagged}


def _earliest(series, cutoffs, lengths):
    """Give the first cut-off of each series."""
    if cutoffs is None:
        return lengths
    earliest = lengths.copy()
    series = np.arange(len(lengths)) if series is None else series
    np.minimum.at(earliest, series, cutoffs)
    return np.where(np.isin(np.arange(len(lengths)), series), earliest, 0)
