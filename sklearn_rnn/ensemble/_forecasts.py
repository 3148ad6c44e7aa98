"""Forecasts, quantiles, intervals and samples of the members of an ensemble, put together."""

from functools import partial
from numbers import Integral
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.ensemble._forecast_frames import combine_forecasts
from sklearn_rnn.ensemble._members import naming_member, where_estimator_has
from sklearn_rnn.ensemble._mixtures import mixture_interval, mixture_quantiles, mixture_sample

__all__ = ["CombinedForecastsMixin"]


class CombinedForecastsMixin:
    """Gives an ensemble the methods of forecasters, where its members have them.

    The ensemble has ``estimators_`` and says how its members are named in errors (``_naming``),
    what a method of each of them gives (``_each``) and how new ones are made (``_start``).
    """

    @where_estimator_has("forecast")
    def forecast(self, steps=None, X=None, context=None, **options) -> pd.DataFrame | Any:
        """Forecast beyond the end of each series: the median of the members' forecasts.

        Parameters
        ----------
        steps : int or None, default=None
            How many steps of each series; None leaves it to the estimator.
        X : DataFrame, array or None, default=None
            What is known in the future, as the estimator takes it.
        context : DataFrame, Series or None, default=None
            History to forecast from, as the estimator takes it.
        **options
            Further arguments of the estimator's ``forecast``, such as ``level``; the ends of
            intervals are those of the mixture of the members.

        Returns
        -------
        Series or DataFrame
            As the estimator gives it.
        """
        given = {"steps": steps, "X": X, "context": context}
        options |= {name: value for name, value in given.items() if value is not None}
        return combine_forecasts(self._each("forecast", **options))

    @where_estimator_has("backtest")
    def backtest(self, *args, **options) -> pd.DataFrame | Any:
        """Forecast from several cut-offs in the past, as the estimator does.

        It need not be fitted where the estimator need not be.

        Parameters
        ----------
        *args, **options
            As the estimator takes them.

        Returns
        -------
        DataFrame
            As the estimator gives it, with the forecasts of all members put together.
        """
        members = self.estimators_ if hasattr(self, "estimators_") else self._start()[0]
        found = []
        for i, member in enumerate(members):
            with naming_member(member, i, len(members)):
                found.append(member.backtest(*args, **options))
        return combine_forecasts(found)

    @where_estimator_has("predict_quantiles")
    def predict_quantiles(self, X, quantiles=None, **options) -> np.ndarray:
        """Predict quantiles of the mixture of the members.

        They are those of the mean of the members' distribution functions, so that they hold the
        spread of the members and what each of them leaves open. The functions are interpolated
        between quantiles that each member is asked for, on the scale of a normal distribution.

        Parameters
        ----------
        X : DataFrame, array or Index
            The times to forecast, in a form that ``predict`` takes.
        quantiles : array-like of shape (n_quantiles,) or None, default=None
            Between 0 and 1; None means the parameter ``quantiles`` of the estimator.
        **options
            Further arguments of the estimator's method.

        Returns
        -------
        ndarray of shape (rows, n_quantiles) or (rows, n_targets, n_quantiles)
            In the order of ``quantiles``.
        """
        if quantiles is None:
            quantiles = getattr(self.estimator, "quantiles", ())
        quantiles = np.array(quantiles, dtype=np.float64, ndmin=1)
        if quantiles.ndim != 1 or not ((quantiles > 0) & (quantiles < 1)).all():
            raise ValueError(
                f"quantiles must be numbers between 0 and 1, but are {quantiles.tolist()!r:.60}."
            )
        if not len(quantiles):
            raise ValueError("quantiles is empty; give at least one number between 0 and 1.")
        check_is_fitted(self)
        ask = partial(self._ask, "predict_quantiles", X, **options)
        return mixture_quantiles(ask, len(self.estimators_), quantiles)

    @where_estimator_has("predict_interval")
    def predict_interval(self, X, coverage: float = 0.8, **options) -> np.ndarray:
        """Predict the interval that the mixture of the members gives a probability.

        Parameters
        ----------
        X : DataFrame, array or Index
            The times to forecast, in a form that ``predict`` takes.
        coverage : float, default=0.8
            The probability; half of the rest lies on each side.
        **options
            Further arguments of the estimator's method.

        Returns
        -------
        ndarray of shape (rows, 2) or (rows, n_targets, 2)
            The lower and the upper end.
        """
        if not 0 < coverage < 1:
            raise ValueError(f"coverage must be between 0 and 1, but is {coverage!r}.")
        check_is_fitted(self)
        ask = partial(self._ask, "predict_interval", X, **options)
        return mixture_interval(ask, len(self.estimators_), coverage)

    @where_estimator_has("sample")
    def sample(self, n, X, random_state=None, **options) -> np.ndarray:
        """Draw sample paths, each from one member, from all of them alike.

        Parameters
        ----------
        n : int
            How many.
        X : DataFrame, array or Index
            The times to forecast, in a form that ``predict`` takes.
        random_state : int, RandomState or None, default=None
            What the members' seeds for drawing are derived from; None leaves that to each of them.
        **options
            Further arguments of the estimator's method.

        Returns
        -------
        ndarray of shape (n, rows) or (n, rows, n_targets)
            One path after the other.
        """
        if not isinstance(n, Integral) or n < 1:
            raise ValueError(f"n must be an int of at least 1, but is {n!r}.")
        check_is_fitted(self)

        seeds = None
        if random_state is not None:
            seeds = check_random_state(random_state).randint(2**31 - 1, size=len(self.estimators_))

        def draw(i, count):
            own = {} if seeds is None else {"random_state": int(seeds[i])}
            with self._naming(i):
                return self.estimators_[i].sample(count, X, **own, **options)

        return mixture_sample(draw, len(self.estimators_), int(n))

    @where_estimator_has("naive_errors")
    def naive_errors(self, *args, **options) -> pd.Series | pd.DataFrame | Any:
        """Give the mean error of the seasonal naive forecast, as the estimator does.

        Parameters
        ----------
        *args, **options
            As the estimator takes them.

        Returns
        -------
        Series or DataFrame
            As the estimator gives it: all members have the same history.
        """
        return self._first("naive_errors", *args, **options)

    @where_estimator_has("series_of")
    def series_of(self, X) -> np.ndarray | None:
        """Give the id of the series of each row of X, as the estimator does.

        Parameters
        ----------
        X : DataFrame, array or Index
            The times to forecast, in a form that ``predict`` takes.

        Returns
        -------
        ndarray of shape (rows,), object, or None
            None where there is but one series, without an id.
        """
        return self._first("series_of", X)

    @where_estimator_has("count_unknown")
    def count_unknown(self, X) -> dict[Any, int]:
        """Count the rows of X whose category is unknown, as the estimator does.

        Parameters
        ----------
        X : DataFrame, array or Index
            The times to forecast, in a form that ``predict`` takes.

        Returns
        -------
        dict
            How many rows of each categorical column.
        """
        return self._first("count_unknown", X)

    @where_estimator_has("update")
    def update(self, X, y=None, **params) -> Self:
        """Append newer rows to the series of every member, as its ``update`` does.

        Parameters
        ----------
        X, y : as in ``fit``
            Rows after those of ``fit``.
        **params
            Further arguments of the estimator's ``update``.

        Returns
        -------
        self : SeedEnsemble
            The estimator, fitted.
        """
        self._each("update", X, y, **params)
        return self

    def _first(self, method, *args, **options):
        """Give what a method of the first member gives, where it is the same for all."""
        check_is_fitted(self)
        with self._naming(0):
            return getattr(self.estimators_[0], method)(*args, **options)

    def _ask(self, method, X, i, how, **options):
        """Give what a method of a member says of X, as an array."""
        with self._naming(i):
            return np.asarray(getattr(self.estimators_[i], method)(X, how, **options))
