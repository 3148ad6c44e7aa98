"""What any forecast should be held against, in one call."""

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from sklearn_rnn.data import baseline_forecasts, lay_out_panel, learn_panel

__all__ = ["forecast_baselines"]


def forecast_baselines(
    X,
    y=None,
    *,
    steps,
    time_col=None,
    id_col=None,
    freq=None,
    past=(),
    season_length=None,
    window=None,
) -> pd.DataFrame | Any:
    """Forecast series by the seasonal naive method and by a ridge on their last values.

    A forecast that is no better than these two is not worth its trouble. Fit both on the data that
    a model is fitted on, and score all three on what follows.

    Parameters
    ----------
    X : DataFrame of pandas or polars, or Series
        The past of one series or several, as for ``RNNForecaster``. The forecasts are made from
        the targets alone.
    y : Series, DataFrame, array, str, list of str or None, default=None
        The target of each row, one or several, or the names of the columns of X that are targets.
    steps : int
        How many values of each series are forecast.
    time_col : hashable or None, default=None
        The column of times; by default they are in the index.
    id_col : hashable, list of them or None, default=None
        The columns that say which series a row belongs to; by default all levels of a MultiIndex
        but the last. Columns named "unique_id", "ds" and "y" are understood by themselves.
    freq : str, offset, int or None, default=None
        The frequency; by default that of the times.
    past : list, default=()
        The columns of X that are not known in the future, in which values may be missing.
    season_length : int or None, default=None
        The steps of a season; by default the shortest usual one, as 24 for hourly times.
    window : int or None, default=None
        How many of its last values the ridge forecasts a series from; by default 14 seasons, or as
        many as ``steps`` if that is more, but at most a quarter of a middling series.

    Returns
    -------
    DataFrame of pandas or polars, n_series * steps rows
        Ids and times as in X, and the forecasts in the columns "SeasonalNaive" and "LagRidge"; for
        several targets in "<target>-SeasonalNaive" and "<target>-LagRidge" each. The ridge is NaN
        where no series is longer than ``steps``.

    Raises
    ------
    ValueError or TypeError
        Times that are missing, repeated or irregular, columns that are not there, or sizes below
        1; the message names the series and the time.

    See Also
    --------
    sklearn_rnn.RNNForecaster.forecast : The forecasts to compare with them.
    sklearn_rnn.metrics.mean_absolute_scaled_error : Measures errors in those of the naive method.

    Notes
    -----
    Both skip what is missing. The seasonal naive forecast of a value is the last observed one of
    the same place in the season. The ridge is one linear model of all series, from the last
    ``window`` values to the next ``steps``, each as the difference from the last one in units of
    the mean absolute seasonal difference of its series.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_rnn.model_selection import forecast_baselines
    >>> months = pd.period_range("2020-01", periods=48, freq="M")
    >>> sales = pd.Series([10, 20, 30, 40] * 12, index=months, name="sales")
    >>> forecast_baselines(sales, steps=2, season_length=4).round(1)
             SeasonalNaive  LagRidge
    2024-01           10.0      10.6
    2024-02           20.0      20.0
    """
    for name, size in {"steps": steps, "season_length": season_length, "window": window}.items():
        _check_size(name, size, optional=name != "steps")
    panel = learn_panel(
        X, y, time_col=time_col, id_col=id_col, freq=freq, past=past, gaps="mask"
    )  # fmt: skip
    forecasts = baseline_forecasts(panel, steps, season_length, window)
    names = panel.columns.target_names
    values = {
        name if panel.n_targets == 1 else f"{names[target]}-{name}": of_all.reshape(
            panel.n_groups, panel.n_targets, steps
        )[:, target].ravel()
        for target in range(panel.n_targets)
        for name, of_all in forecasts.items()
    }
    return lay_out_panel(
        values,
        ids=None if panel.ids is None else np.repeat(panel.ids, steps),
        ticks=(panel.stops[:, None] + np.arange(steps)).ravel(),
        columns=panel.columns,
        axis=panel.axis,
    )


def _check_size(name, size, *, optional):
    if size is None and optional:
        return
    if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
        either = "None or " if optional else ""
        raise ValueError(
            f"{name} must be {either}a whole number of at least 1, but it is {size!r}."
        )
