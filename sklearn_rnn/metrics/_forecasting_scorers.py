"""What scores a fitted forecaster in a search: its points, quantiles and intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline

from sklearn_rnn.metrics._forecasting_input import as_index
from sklearn_rnn.metrics._forecasting_intervals import interval_coverage
from sklearn_rnn.metrics._forecasting_percentage import symmetric_mean_absolute_percentage_error
from sklearn_rnn.metrics._forecasting_quantiles import (
    check_quantiles,
    mean_quantile_loss,
    weighted_quantile_loss,
)
from sklearn_rnn.metrics._forecasting_scaled import (
    mean_absolute_scaled_error,
    root_mean_squared_scaled_error,
)

__all__ = ["CoverageScorer", "make_forecast_scorer"]

SCALED = (mean_absolute_scaled_error, root_mean_squared_scaled_error)
OF_QUANTILES = (mean_quantile_loss, weighted_quantile_loss)
DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def make_forecast_scorer(
    metric, *, season_length=None, quantiles=None, coverage=None
) -> Callable[..., float]:
    """Make a scorer of forecasters, with settings of its own, out of a metric of forecasts.

    A scorer is called as ``scorer(estimator, X, y)``, X being the times to forecast and y what
    came. It is what ``scoring`` of searches and of cross-validation takes. Higher is better: the
    errors are given as negative numbers. A forecaster may be the last step of a Pipeline, or the
    best one of a search.

    Parameters
    ----------
    metric : function
        One of :func:`mean_absolute_scaled_error`, :func:`root_mean_squared_scaled_error`,
        :func:`symmetric_mean_absolute_percentage_error`, :func:`mean_quantile_loss`,
        :func:`weighted_quantile_loss` and :func:`interval_coverage`; the last gives how far the
        coverage is from what it should be.
    season_length : int or None, default=None
        That of scaled errors. None means what the forecaster takes for the season of its series.
    quantiles : array-like of float or None, default=None
        Those of quantile losses. None means the nine deciles.
    coverage : float or None, default=None
        That of the intervals, between 0 and 1. None means 0.8.

    Returns
    -------
    scorer : callable
        It can be pickled.

    Raises
    ------
    ValueError or TypeError
        If the metric is none of these, or has no such setting.

    See Also
    --------
    sklearn.metrics.make_scorer : The same for metrics of classes and numbers.

    Examples
    --------
    >>> from sklearn_rnn.metrics import make_forecast_scorer, mean_absolute_scaled_error
    >>> daily = make_forecast_scorer(mean_absolute_scaled_error, season_length=24)
    >>> weekly = make_forecast_scorer(mean_absolute_scaled_error, season_length=168)
    """
    settings = {"season_length": season_length, "quantiles": quantiles, "coverage": coverage}
    if metric in SCALED:
        _check_settings(metric, settings, "season_length")
        return _ScaledErrorScorer(metric, _checked_season(season_length))
    if metric in OF_QUANTILES:
        _check_settings(metric, settings, "quantiles")
        levels = DECILES if quantiles is None else tuple(check_quantiles(quantiles).tolist())
        return _QuantileScorer(metric, levels)
    if metric is interval_coverage:
        _check_settings(metric, settings, "coverage")
        return CoverageScorer(0.8 if coverage is None else _checked_coverage(coverage))
    if metric is symmetric_mean_absolute_percentage_error:
        _check_settings(metric, settings, None)
        return _PointScorer(metric)
    known = (*SCALED, *OF_QUANTILES, interval_coverage, symmetric_mean_absolute_percentage_error)
    raise ValueError(
        f"metric must be one of {', '.join(f.__name__ for f in known)}, but is "
        f"{getattr(metric, '__name__', metric)!r:.60}; scikit-learn's make_scorer takes others."
    )


@dataclass(frozen=True)
class _PointScorer:
    """Less a score of forecasts, by series."""

    metric: Callable

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        """Score the forecasts of X."""
        forecaster, seen = unwrap(estimator, X)
        series = series_of(forecaster, seen)
        if series is None and isinstance(getattr(X, "index", None), pd.MultiIndex):
            series = X.index.droplevel(-1)
        return -self.metric(_bare(y), _bare(estimator.predict(X)), series=series)


@dataclass(frozen=True)
class _ScaledErrorScorer:
    """Less a scaled error; what it is divided by comes from the forecaster's training series."""

    metric: Callable
    season_length: int | None

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        """Score the forecasts of X; series without a naive error are left out."""
        forecaster, seen = unwrap(estimator, X, same_unit=True)
        squared = self.metric is root_mean_squared_scaled_error
        errors = _method(forecaster, "naive_errors")(self.season_length, squared=squared)
        series = series_of(forecaster, seen)
        if series is not None and len(errors) == 1 and as_index("series", series).nunique() == 1:
            series = None  # one series needs no name, and may have none
        return -self.metric(
            _bare(y),
            _bare(estimator.predict(X)),
            naive_errors=errors,
            series=series,
            undefined="skip",
        )


@dataclass(frozen=True)
class _QuantileScorer:
    """Less a loss of quantiles."""

    metric: Callable
    quantiles: tuple

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        """Score the quantiles of X."""
        forecaster, seen = unwrap(estimator, X, same_unit=True)
        forecasts = _method(forecaster, "predict_quantiles")(seen, list(self.quantiles))
        return -self.metric(_bare(y), _bare(forecasts), quantiles=self.quantiles)


@dataclass(frozen=True)
class CoverageScorer:
    """The coverage of intervals, or less how far it is from what it should be."""

    coverage: float
    as_error: bool = True

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        """Score the intervals of X."""
        forecaster, seen = unwrap(estimator, X, same_unit=True)
        ends = _bare(_method(forecaster, "predict_interval")(seen, self.coverage))
        covered = interval_coverage(_bare(y), ends[..., 0], ends[..., 1])
        return -abs(covered - self.coverage) if self.as_error else covered


# --- the forecaster within other estimators -----------------------------------------------------


def unwrap(estimator: Any, X: Any, same_unit: bool = False) -> tuple[Any, Any]:
    """Give the forecaster within pipelines and searches, and X as it sees it."""
    while True:
        if isinstance(estimator, Pipeline):
            if len(estimator.steps) > 1:
                X = estimator[:-1].transform(X)
            estimator = estimator[-1]
        elif hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        else:
            break
    if same_unit and isinstance(estimator, TransformedTargetRegressor):
        raise TypeError(
            "this scorer needs more than points of the forecaster, but a "
            "TransformedTargetRegressor has nothing else in the unit of y; let the forecaster "
            "scale its series itself, or score by points, such as 'neg_mean_absolute_error'."
        )
    return estimator, X


def series_of(forecaster: Any, X: Any) -> Any:
    """The series of each row of X, where the estimator knows and they have names."""
    if not hasattr(forecaster, "series_of"):
        return None
    series = forecaster.series_of(X)
    if series is None or (as_index("series", series).factorize()[0] < 0).all():
        return None
    return series


def _method(forecaster: Any, name: str) -> Callable:
    if not hasattr(forecaster, name):
        raise TypeError(
            f"this scorer needs a forecaster that has {name}, but {type(forecaster).__name__} has "
            "none; score it by points, such as 'neg_mean_absolute_error'."
        )
    return getattr(forecaster, name)


def _bare(values: Any) -> Any:
    """Values without an index: rows of forecasts are in the order of X, however they are called."""
    return np.asarray(values) if hasattr(values, "__array__") else values


# --- settings -----------------------------------------------------------------------------------


def _check_settings(metric: Callable, settings: dict, allowed: str | None) -> None:
    for name, value in settings.items():
        if name != allowed and value is not None:
            raise TypeError(f"{metric.__name__} has no {name}; leave it out.")


def _checked_season(season_length: Any) -> int | None:
    if season_length is None:
        return None
    if not isinstance(season_length, Integral) or season_length < 1:
        raise ValueError(
            f"season_length must be an int of 1 or more, or None, but is {season_length!r:.40}."
        )
    return int(season_length)


def _checked_coverage(coverage: Any) -> float:
    if not isinstance(coverage, Real) or not 0 < coverage < 1:
        raise ValueError(f"coverage must be between 0 and 1, but is {coverage!r:.40}.")
    return float(coverage)
