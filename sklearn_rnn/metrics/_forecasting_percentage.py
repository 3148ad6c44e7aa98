"""Errors of forecasts relative to the values, and to another forecast."""

from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from sklearn_rnn.metrics._forecasting_input import read_labels, read_pair
from sklearn_rnn.metrics._forecasting_scaled import mean_absolute_scaled_error
from sklearn_rnn.metrics._forecasting_series import label_scores, mean_by_series, mean_score

__all__ = ["overall_weighted_average", "symmetric_mean_absolute_percentage_error"]


def symmetric_mean_absolute_percentage_error(
    y_true, y_pred, *, series=None, per_series=False
) -> float | Any:
    r"""Mean of :math:`2 |y - \hat{y}| / (|y| + |\hat{y}|)`, from 0 to 2 (sMAPE).

    As with :func:`sklearn.metrics.mean_absolute_percentage_error` it is a fraction: times 100 it
    is the percentage of the M3 and M4 competitions [1]_. Where truth and forecast are both 0, the
    error is 0. Each series counts alike, however many rows it has.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, n_targets)
        The true values. NaN is left out. Each target column is a series of its own.
    y_pred : array-like of the same shape
        The forecasts, in the same order of rows.
    series : array-like of shape (n,), or None, default=None
        The series of each row, by labels of any kind. None means by all levels but the last of a
        MultiIndex that y_true comes with, else one series.
    per_series : bool, default=False
        True gives the score of each series.

    Returns
    -------
    score : float, or Series or DataFrame
        0 is best, 2 is reached where a sign is wrong or one of the two is 0. With ``per_series`` a
        Series by label, or with several targets a DataFrame (n_series, n_targets).

    Raises
    ------
    ValueError or TypeError
        If shapes, indices or labels disagree, or nothing is observed.

    See Also
    --------
    mean_absolute_scaled_error : Does not blow up near 0, nor reward forecasts that are too high.

    References
    ----------
    .. [1] S. Makridakis, E. Spiliotis and V. Assimakopoulos, "The M4 competition: 100,000 time
       series and 61 forecasting methods", International Journal of Forecasting 36(1), 2020.

    Examples
    --------
    >>> from sklearn_rnn.metrics import symmetric_mean_absolute_percentage_error
    >>> symmetric_mean_absolute_percentage_error([3, 5, 0], [1, 5, 0], series=["a", "a", "b"])
    0.25
    """
    true, predicted = read_pair(y_true, y_pred)
    labels = read_labels("series", series, "y_true", y_true)
    sizes = np.abs(true) + np.abs(predicted)
    errors = 2 * np.abs(true - predicted) / np.where(sizes == 0, 1, sizes)
    scores = label_scores(mean_by_series(errors, labels), labels, y_true)
    return scores if per_series else mean_score(scores)


class _Reference(NamedTuple):
    """The two scores of the forecast that another one is measured by."""

    smape: float
    mase: float


def overall_weighted_average(
    y_true,
    y_pred,
    *,
    y_reference=None,
    reference_scores=None,
    y_train=None,
    season_length=1,
    series=None,
    series_train=None,
    naive_errors=None,
    undefined="error",
) -> float:
    """Mean of sMAPE and MASE, each relative to that of a reference forecast (OWA).

    By it the M4 competition ranked its entries, with Naive2 as the reference [1]_: the last value
    of the seasonally adjusted series, repeated, with the season put back.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, n_targets)
        The true values. NaN is left out.
    y_pred : array-like of the same shape
        The forecasts, in the same order of rows.
    y_reference : array-like of the same shape, default=None
        The reference forecasts.
    reference_scores : tuple of two floats, default=None
        In place of y_reference: its sMAPE, as a fraction, and its MASE, over the same rows.
    y_train : array-like of shape (n_train,) or (n_train, n_targets), or dict, default=None
        The training values, as :func:`mean_absolute_scaled_error` takes them.
    season_length : int, default=1
        How many steps ago the naive forecast looks.
    series : array-like of shape (n,), or None, default=None
        The series of each row, by labels of any kind.
    series_train : array-like of shape (n_train,), or None, default=None
        The series of each row of y_train.
    naive_errors : float, Series, dict, or DataFrame, default=None
        In place of y_train: what :func:`seasonal_naive_errors` gives.
    undefined : {"error", "skip"}, default="error"
        What happens to a series whose naive error is 0 or unknown.

    Returns
    -------
    score : float
        0 is best; 1 is as good as the reference.

    Raises
    ------
    ValueError or TypeError
        If shapes, indices or labels disagree, nothing is observed, a series has no naive error to
        be measured by, or the reference makes no error at all.

    See Also
    --------
    symmetric_mean_absolute_percentage_error, mean_absolute_scaled_error : The two it is made of.

    References
    ----------
    .. [1] S. Makridakis, E. Spiliotis and V. Assimakopoulos, "The M4 competition: 100,000 time
       series and 61 forecasting methods", International Journal of Forecasting 36(1), 2020.

    Examples
    --------
    >>> from sklearn_rnn.metrics import overall_weighted_average
    >>> y_train = [1, 3, 2, 4]
    >>> round(overall_weighted_average([3, 5], [4, 5], y_reference=[4, 4], y_train=y_train), 3)
    0.531
    """
    scaling = {
        "y_train": y_train,
        "season_length": season_length,
        "series": series,
        "series_train": series_train,
        "naive_errors": naive_errors,
        "undefined": undefined,
    }
    reference = _reference(y_true, y_reference, reference_scores, scaling)
    smape, mase = _both_scores(y_true, y_pred, scaling)
    return (smape / reference.smape + mase / reference.mase) / 2


def _both_scores(y_true, y_pred, scaling) -> _Reference:
    return _Reference(
        smape=symmetric_mean_absolute_percentage_error(y_true, y_pred, series=scaling["series"]),
        mase=mean_absolute_scaled_error(y_true, y_pred, **scaling),
    )


def _reference(y_true, y_reference, reference_scores, scaling) -> _Reference:
    if (y_reference is None) == (reference_scores is None):
        raise TypeError(
            "an overall weighted average needs either y_reference, the forecasts to compare with, "
            f"or reference_scores, but {'neither' if y_reference is None else 'both'} came."
        )
    if reference_scores is None:
        read_pair(y_true, y_reference, "y_reference")
        reference = _both_scores(y_true, y_reference, scaling)
    else:
        reference = _as_reference(reference_scores)
    if not (reference.smape > 0 and reference.mase > 0):
        raise ValueError(
            f"the reference must make errors to be measured by, but its sMAPE is "
            f"{reference.smape} and its MASE {reference.mase}."
        )
    return reference


def _as_reference(scores) -> _Reference:
    is_pair = isinstance(scores, list | tuple | np.ndarray) and len(scores) == 2
    if not is_pair or not all(isinstance(score, Real) for score in scores):
        raise TypeError(f"reference_scores must be two floats, sMAPE and MASE, not {scores!r:.60}.")
    if scores[0] > 2:
        raise ValueError(
            f"the sMAPE of reference_scores is a fraction, at most 2, but is {scores[0]}; divide "
            "a percentage by 100."
        )
    return _Reference(*scores)
