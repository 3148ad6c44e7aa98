"""Errors of the seasonal naive forecast, by which others are measured."""

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from sklearn_rnn.metrics._forecasting_input import (
    SeriesLabels,
    as_index,
    read_labels,
    read_numbers,
)
from sklearn_rnn.metrics._forecasting_series import label_scores, mean_by_series

__all__ = ["seasonal_naive_errors"]


def seasonal_naive_errors(
    y_train, *, season_length=1, series=None, squared=False
) -> pd.Series | pd.DataFrame | Any:
    """Mean absolute (or squared) change from a season ago, over the training values of a series.

    Parameters
    ----------
    y_train : array-like of shape (n,) or (n, n_targets), or dict
        The training values, those of each series in the order of time, equally spaced, NaN where
        missing: a change counts where both of its values are there. A dict holds those of each
        series by its label.
    season_length : int, default=1
        How many steps ago the naive forecast looks.
    series : array-like of shape (n,), or None, default=None
        The series of each row. None means by all levels but the last of a MultiIndex that y_train
        comes with, else one series.
    squared : bool, default=False
        True averages squares of changes, as :func:`root_mean_squared_scaled_error` needs them.

    Returns
    -------
    errors : Series or DataFrame
        By the label of the series (0 for one without), a column for each of several targets. 0
        where a series repeats itself exactly, NaN where it has no two values a season apart.

    Raises
    ------
    ValueError or TypeError
        If the labels do not fit, or the rows of a series do not stand in the order of time.

    See Also
    --------
    mean_absolute_scaled_error : Measures errors in units of them.
    sklearn_rnn.RNNForecaster.naive_errors : Those of the series that a forecaster was fitted on.

    Examples
    --------
    >>> from sklearn_rnn.metrics import seasonal_naive_errors
    >>> seasonal_naive_errors([1, 3, 2, 4, 5], series=["a", "a", "a", "b", "b"])
    a    1.5
    b    1.0
    dtype: float64
    """
    _check_season(season_length)
    y_train, series = _join_training(y_train, series)
    values = read_numbers("y_train", y_train)
    if values.ndim > 2:
        raise ValueError(
            f"y_train must have the shape (n,) or (n, n_targets), but came with {values.shape}."
        )
    labels = read_labels("series", series, "y_train", y_train)
    order = np.argsort(labels.codes, kind="stable")
    codes = labels.codes[order]
    _check_time_order(y_train, codes, order, labels)
    values = values.reshape(len(values), -1)[order]
    changes = values[season_length:] - values[:-season_length]  # (n - m, n_targets)
    changes = np.where((codes[season_length:] == codes[:-season_length])[:, None], changes, np.nan)
    sizes = np.square(changes) if squared else np.abs(changes)
    within = SeriesLabels(codes=codes[season_length:], ids=labels.ids)
    return label_scores(mean_by_series(sizes, within), labels, y_train)


def _check_season(season_length: Any) -> None:
    if not isinstance(season_length, Integral) or isinstance(season_length, bool):
        raise TypeError(f"season_length must be an int, but is {season_length!r:.40}.")
    if season_length < 1:
        raise ValueError(f"season_length must be 1 step or more, but is {season_length}.")


def _join_training(y_train: Any, series: Any) -> tuple[Any, Any]:
    """Values and labels by row, out of a dict of series too."""
    if not isinstance(y_train, Mapping):
        return y_train, series
    if series is not None:
        raise TypeError("y_train is a dict, which names its series; leave their labels out.")
    if not y_train:
        raise ValueError("y_train must hold a series, but the dict is empty.")
    arrays = [read_numbers(f"y_train[{name!r}]", part) for name, part in y_train.items()]
    if len({array.shape[1:] for array in arrays}) > 1:
        raise ValueError("y_train must hold as many target columns for every series.")
    ids = as_index("y_train", list(y_train))
    return np.concatenate(arrays), ids.repeat([len(array) for array in arrays])


def _check_time_order(y_train, codes, order, labels):
    """Raise if the times that y_train came with go back within a series."""
    index = getattr(y_train, "index", None)
    if isinstance(index, pd.MultiIndex):
        index = index.get_level_values(-1)
    if not isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        return
    times = index.asi8[order]
    back = (times[1:] <= times[:-1]) & (codes[1:] == codes[:-1])
    if back.any():
        i = int(np.argmax(back))
        raise ValueError(
            f"y_train must stand in the order of time, but in {labels.name(codes[i])} "
            f"{index[order[i]]} is followed by {index[order[i + 1]]}; sort it, sort_index()."
        )
