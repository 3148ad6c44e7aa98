"""Errors of forecasts in units of those of the seasonal naive forecast in training."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from sklearn_rnn.metrics._forecasting_input import (
    SeriesLabels,
    as_index,
    read_labels,
    read_numbers,
    read_pair,
)
from sklearn_rnn.metrics._forecasting_naive import seasonal_naive_errors
from sklearn_rnn.metrics._forecasting_series import (
    check_choice,
    label_scores,
    mean_by_series,
    mean_score,
)

__all__ = [
    "mean_absolute_scaled_error",
    "root_mean_squared_scaled_error",
]


def mean_absolute_scaled_error(
    y_true,
    y_pred,
    *,
    y_train=None,
    season_length=1,
    series=None,
    series_train=None,
    naive_errors=None,
    undefined="error",
    per_series=False,
) -> float | Any:
    r"""Mean absolute error in units of that of the seasonal naive forecast in training (MASE).

    For a series with training values :math:`y_1, \dots, y_n` and season m it is [1]_

    .. math::

        \frac{\operatorname{mean}_t |y_t - \hat{y}_t|}
        {\frac{1}{n - m} \sum_{t=m+1}^{n} |y_t - y_{t-m}|}.

    Below 1 the forecast is better than the seasonal naive one was, one step ahead, in training.
    Series of any unit and scale can be averaged: each counts alike, however many rows it has.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, n_targets)
        The true values. NaN is left out. Each target column is a series of its own.
    y_pred : array-like of the same shape
        The forecasts, in the same order of rows.
    y_train : array-like of shape (n_train,) or (n_train, n_targets), or dict, default=None
        The training values, those of each series in the order of time, equally spaced, NaN where
        missing. A dict holds those of each series by its label.
    season_length : int, default=1
        The m of the naive forecast, in steps: 24 for hourly values with a daily season.
    series : array-like of shape (n,), or None, default=None
        The series of each row, by labels of any kind. None means by all levels but the last of a
        MultiIndex that y_true comes with, else one series.
    series_train : array-like of shape (n_train,), or None, default=None
        The same for y_train.
    naive_errors : float, Series, dict, or DataFrame, default=None
        In place of y_train: the error of the naive forecast by the label of the series, as
        :func:`seasonal_naive_errors` gives it, or one number for one series. `season_length` has
        no meaning then.
    undefined : {"error", "skip"}, default="error"
        What happens to a series whose naive error is 0 (it repeats itself exactly, as a constant
        does) or unknown (too short): "skip" leaves it out of the mean.
    per_series : bool, default=False
        True gives the score of each series.

    Returns
    -------
    score : float, or Series or DataFrame
        0 is best. With ``per_series`` a Series by label, or with several targets a DataFrame
        (n_series, n_targets), NaN for a series that does not count.

    Raises
    ------
    ValueError or TypeError
        If shapes, indices or labels disagree, nothing is observed, or a series has no naive error
        to be measured by. The message names the row or the series.

    See Also
    --------
    root_mean_squared_scaled_error : The same of squares, for forecasts of the mean.
    seasonal_naive_errors : The denominators.
    overall_weighted_average : Puts it together with the symmetric percentage error.

    References
    ----------
    .. [1] R. J. Hyndman and A. B. Koehler, "Another look at measures of forecast accuracy",
       International Journal of Forecasting 22(4), 2006.

    Examples
    --------
    >>> from sklearn_rnn.metrics import mean_absolute_scaled_error
    >>> y_train = [1, 3, 2, 4]  # changes of 2, 1 and 2: the naive error is 5 / 3
    >>> round(mean_absolute_scaled_error([3, 5], [4, 5], y_train=y_train), 3)
    0.3

    Two series, one ten times the other:

    >>> mean_absolute_scaled_error(
    ...     [3, 5, 30, 50],
    ...     [4, 5, 30, 40],
    ...     series=["a", "a", "b", "b"],
    ...     y_train={"a": [1, 3, 2, 4], "b": [10, 30, 20, 40]},
    ...     per_series=True,
    ... )
    a    0.3
    b    0.3
    dtype: float64
    """
    train = _Training(y_train, season_length, series_train, naive_errors, squared=False)
    errors, scales, labels = _errors_and_scales(y_true, y_pred, series, train, undefined, np.abs)
    scores = label_scores(errors / scales, labels, y_true)
    return scores if per_series else mean_score(scores)


def root_mean_squared_scaled_error(
    y_true,
    y_pred,
    *,
    y_train=None,
    season_length=1,
    series=None,
    series_train=None,
    naive_errors=None,
    undefined="error",
    per_series=False,
) -> float | Any:
    r"""Root mean squared error in units of that of the seasonal naive forecast in training (RMSSE).

    For a series with training values :math:`y_1, \dots, y_n` and season m it is [1]_

    .. math::

        \sqrt{\frac{\operatorname{mean}_t (y_t - \hat{y}_t)^2}
        {\frac{1}{n - m} \sum_{t=m+1}^{n} (y_t - y_{t-m})^2}}.

    Squares reward forecasts of the mean, and so it suits sales with many zeros, where an absolute
    error rewards forecasts of 0. Each series counts alike.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, n_targets)
        The true values. NaN is left out. Each target column is a series of its own.
    y_pred : array-like of the same shape
        The forecasts, in the same order of rows.
    y_train : array-like of shape (n_train,) or (n_train, n_targets), or dict, default=None
        The training values, those of each series in the order of time, equally spaced, NaN where
        missing. A dict holds those of each series by its label.
    season_length : int, default=1
        The m of the naive forecast, in steps.
    series : array-like of shape (n,), or None, default=None
        The series of each row, by labels of any kind. None means by all levels but the last of a
        MultiIndex that y_true comes with, else one series.
    series_train : array-like of shape (n_train,), or None, default=None
        The same for y_train.
    naive_errors : float, Series, dict, or DataFrame, default=None
        In place of y_train: the mean squared error of the naive forecast by the label of the
        series, as ``seasonal_naive_errors(..., squared=True)`` gives it, or one number for one
        series. `season_length` has no meaning then.
    undefined : {"error", "skip"}, default="error"
        What happens to a series whose naive error is 0 (it repeats itself exactly, as a constant
        does) or unknown (too short): "skip" leaves it out of the mean.
    per_series : bool, default=False
        True gives the score of each series.

    Returns
    -------
    score : float, or Series or DataFrame
        0 is best. With ``per_series`` a Series by label, or with several targets a DataFrame
        (n_series, n_targets), NaN for a series that does not count.

    Raises
    ------
    ValueError or TypeError
        If shapes, indices or labels disagree, nothing is observed, or a series has no naive error
        to be measured by. The message names the row or the series.

    See Also
    --------
    mean_absolute_scaled_error : The same of absolute values, for forecasts of the median.

    References
    ----------
    .. [1] S. Makridakis, E. Spiliotis and V. Assimakopoulos, "M5 accuracy competition: results,
       findings, and conclusions", International Journal of Forecasting 38(4), 2022.

    Examples
    --------
    >>> from sklearn_rnn.metrics import root_mean_squared_scaled_error
    >>> y_train = [1, 3, 2, 4]  # changes of 2, 1 and 2: squared and averaged, 3
    >>> round(root_mean_squared_scaled_error([3, 5], [6, 5], y_train=y_train), 3)
    1.225
    """
    train = _Training(y_train, season_length, series_train, naive_errors, squared=True)
    errors, scales, labels = _errors_and_scales(y_true, y_pred, series, train, undefined, np.square)
    scores = label_scores(np.sqrt(errors / scales), labels, y_true)
    return scores if per_series else mean_score(scores)


# --- errors and what they are divided by --------------------------------------------------------


class _Training:
    """Where the naive errors come from: training values, or the errors themselves."""

    def __init__(self, y_train, season_length, series_train, naive_errors, squared):
        if (y_train is None) == (naive_errors is None):
            raise TypeError(
                "a scaled error needs either y_train, the training values, or naive_errors, but "
                f"{'neither' if y_train is None else 'both'} came."
            )
        if naive_errors is None:
            naive_errors = seasonal_naive_errors(
                y_train, season_length=season_length, series=series_train, squared=squared
            )
            is_named = isinstance(y_train, Mapping) or series_train is not None
            index = getattr(y_train, "index", None)
            self.is_named = is_named or isinstance(index, pd.MultiIndex)
        else:
            naive_errors = _as_errors(naive_errors)
            self.is_named = len(naive_errors) > 1
        self.ids = as_index("naive_errors", naive_errors.index)
        self.values = read_numbers("naive_errors", naive_errors)
        self.values = self.values.reshape(len(self.values), -1)  # (n_series, n_targets)

    def of(self, labels: SeriesLabels, n_targets: int) -> np.ndarray:
        """The naive errors of these series, (n_series, n_targets)."""
        if self.values.shape[1] != n_targets:
            raise ValueError(
                f"the training values have {self.values.shape[1]} target columns, but y_true has "
                f"{n_targets}; give the same ones."
            )
        if labels.ids is None or not self.is_named:
            self._check_one_each(labels)
            return self.values
        at = self.ids.get_indexer(labels.ids)
        if (at < 0).any():
            missing = labels.name(int(np.argmax(at < 0)))
            raise ValueError(
                f"{missing} of y_true has no training values ({(at < 0).sum()} of {len(at)} series "
                f"have none); those of y_train are {self.ids[:5].tolist()!r:.200}."
            )
        return self.values[at]

    def _check_one_each(self, labels):
        if labels.n_series == len(self.values) == 1:
            return
        raise ValueError(
            f"y_true holds {labels.n_series} series, and the training values are of "
            f"{len(self.values)}, but which belongs to which is not said; name the series of each "
            "row in series and series_train."
        )


def _as_errors(naive_errors: Any) -> pd.Series | pd.DataFrame:
    if isinstance(naive_errors, Real):
        return pd.Series([naive_errors])
    if isinstance(naive_errors, Mapping):
        naive_errors = pd.Series(naive_errors)
    if not isinstance(naive_errors, pd.Series | pd.DataFrame):
        raise TypeError(
            "naive_errors must be a number, or a Series, DataFrame or dict by the labels of the "
            f"series, but is a {type(naive_errors).__name__}."
        )
    repeated = naive_errors.index.duplicated()
    if repeated.any():
        raise ValueError(
            f"naive_errors must name each series once, but {naive_errors.index[repeated][0]!r} "
            "stands there twice."
        )
    return naive_errors


def _errors_and_scales(y_true, y_pred, series, train, undefined, size):
    """Mean errors and naive errors of each series, NaN where left out, and the labels."""
    check_choice("undefined", undefined, ("error", "skip"))
    true, predicted = read_pair(y_true, y_pred)
    labels = read_labels("series", series, "y_true", y_true)
    errors = mean_by_series(size(true - predicted), labels)
    scales = train.of(labels, true.shape[1])
    unusable = ~(scales > 0) & ~np.isnan(errors)
    if unusable.any() and (undefined == "error" or unusable.sum() == (~np.isnan(errors)).sum()):
        _refuse(scales, unusable, labels)
    return errors, np.where(scales > 0, scales, np.nan), labels


def _refuse(scales, unusable, labels):
    i, target = np.argwhere(unusable)[0]
    why = {
        True: "which has no two training values a season apart",
        False: "whose training values repeat themselves exactly, as those of a constant do",
    }[bool(np.isnan(scales[i, target]))]
    raise ValueError(
        f"the scaled error of {labels.name(i)} is not defined: the error of the naive forecast is "
        f"{scales[i, target]} for a series {why} ({unusable.sum()} of {unusable.size} series are "
        'like that); leave them out, undefined="skip", where others remain, or choose another '
        "season_length."
    )
