"""What a fitted forecaster says beyond points: intervals, paths, frames and backtests."""

from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import validate_parameters
from sklearn_rnn.data import SeriesPanel, read_rows
from sklearn_rnn.estimators._forecaster_backtest import backtest
from sklearn_rnn.estimators._forecaster_calibration import draw_levels
from sklearn_rnn.estimators._forecaster_output import (
    check_levels,
    check_quantiles,
    forecast_columns,
    forecast_names,
    interval_quantiles,
    lay_out_ahead,
)
from sklearn_rnn.estimators._forecaster_predicting import forecast_ahead, forecast_rows
from sklearn_rnn.estimators._forecaster_reading import read_more
from sklearn_rnn.estimators._forecaster_rows import check_steps, join_history, place_rows
from sklearn_rnn.estimators._forecaster_running import gives_points
from sklearn_rnn.metrics import seasonal_naive_errors
from sklearn_rnn.training import fit_seed

__all__ = ["ForecastAhead", "ForecastMethodsMixin"]


class ForecastAhead(NamedTuple):
    """What comes after the end of each group of a panel.

    Attributes
    ----------
    panel : SeriesPanel
        The history that was forecast from.
    levels : list
        Percentages, rising.
    points : ndarray of shape (n_groups, n_targets, n_steps)
    ends : ndarray of shape (n_groups, n_targets, n_steps, 2 * len(levels)) or None
        The lower ends from the innermost to the outermost, then the upper ends likewise.
    """

    panel: SeriesPanel
    levels: list
    points: np.ndarray
    ends: np.ndarray | None


class ForecastMethodsMixin:
    """Forecasts of a fitted forecaster, from its panel of series; not public."""

    def predict_quantiles(self, X, quantiles=None) -> np.ndarray:
        """Forecast quantiles at the times of the rows of X.

        Parameters
        ----------
        X : DataFrame, array or Index
            The times to forecast, in a form that ``predict`` takes.
        quantiles : array-like of shape (n_quantiles,) or None, default=None
            Between 0 and 1; None means the parameter ``quantiles``.

        Returns
        -------
        ndarray of shape (rows, n_quantiles) or (rows, n_targets, n_quantiles), float64
            A higher quantile is never below a lower one. NaN at the first time of a series, before
            which there is nothing.
        """
        check_is_fitted(self)
        levels = check_quantiles(self.quantiles if quantiles is None else quantiles)
        self._check_spread()
        return self._shaped(forecast_rows(self, X, lambda ahead: ahead.quantiles(levels)))

    def predict_interval(self, X, coverage: float = 0.8) -> np.ndarray:
        """Forecast the interval that holds the value with a probability.

        Parameters
        ----------
        X : DataFrame, array or Index
            The times to forecast, in a form that ``predict`` takes.
        coverage : float, default=0.8
            The probability; half of the rest lies on each side.

        Returns
        -------
        ndarray of shape (rows, 2) or (rows, n_targets, 2), float64
            The lower and the upper end.
        """
        if not (isinstance(coverage, Real) and 0 < coverage < 1):
            raise ValueError(f"coverage must be between 0 and 1, but is {coverage!r}.")
        return self.predict_quantiles(X, [(1 - coverage) / 2, (1 + coverage) / 2])

    def sample(self, n, X, random_state=None) -> np.ndarray:
        """Draw paths of what may come at the times of the rows of X.

        A path hangs together over time as the errors of held-out windows do: they tell which
        quantile it takes at each step (the Schaake shuffle). Rows at times of the training data,
        which are forecast one step ahead, and different series are drawn independently.

        Parameters
        ----------
        n : int
            How many paths.
        X : DataFrame, array or Index
            The times to forecast, in a form that ``predict`` takes.
        random_state : int, RandomState or None, default=None
            None means the parameter of the estimator.

        Returns
        -------
        ndarray of shape (n, rows) or (n, rows, n_targets), float64
            One path after the other; NaN where ``predict`` gives NaN.
        """
        check_is_fitted(self)
        if not isinstance(n, Integral) or n < 1:
            raise ValueError(f"n must be an int of at least 1, but is {n!r}.")
        self._check_spread()
        state = self.random_state if random_state is None else random_state
        rng = np.random.default_rng(fit_seed(state))

        def draw(forecasts):
            shape = (int(n), len(forecasts), forecasts.n_steps)
            levels = draw_levels(self._calibration.templates, *shape, rng)
            return np.moveaxis(forecasts.draw(levels), 0, -1)

        return np.moveaxis(self._shaped(forecast_rows(self, X, draw)), -1, 0)

    def forecast(
        self, steps=None, X=None, context=None, *, level=None, name=None
    ) -> pd.DataFrame | Any:
        """Forecast beyond the end of each series.

        Parameters
        ----------
        steps : int or None, default=None
            How many, at most 10,000 or 100 times the horizon; None means ``horizon_``.
        X : DataFrame, array or None, default=None
            The next ``steps`` rows of each series, with the columns that are known in the future.
            Not needed where no column is.
        context : DataFrame, Series or None, default=None
            History to forecast from, without training: targets and the columns of X in one frame,
            of known series or of new ones. Only its series are forecast, from its end. The rows of
            ``fit`` before its first are read too, where they follow each other.
        level : list of numbers, or None, default=None
            Percentages such as ``[80, 95]``, whose intervals are given too.
        name : str, list of str or None, default=None
            What the forecasts are called, for several targets a name each; None means as the
            target. ``name="RNNForecaster"`` gives the names of ``backtest``.

        Returns
        -------
        DataFrame
            In the layout of the data of ``fit``, pandas or polars: ids and times as they were
            there, the forecasts under the name of the target ("forecast" if it has none), ends of
            intervals named "sales-lo-80" and "sales-hi-80". If ids are called "unique_id", times
            "ds" and the target "y", forecasts are called "RNNForecaster", as utilsforecast
            wants it.

        Raises
        ------
        ValueError
            If rows of X are missing, which are listed, or the context is not as it should be.

        Warns
        -----
        UserWarning
            If a series has no observed value to forecast from, or if far forecasts run off, which
            are held within ten times the range or size of the values of their series.
        """
        check_is_fitted(self)
        names = forecast_names(self._panel, type(self).__name__, name)
        panel, levels, points, ends = self._look_ahead(steps, X, context, level)
        values = {}
        for k, column in enumerate(names):
            quantiles = None if ends is None else ends[:, k].reshape(-1, ends.shape[-1])
            values |= forecast_columns(column, points[:, k].ravel(), levels, quantiles)
        return lay_out_ahead(panel, points.shape[-1], values)

    def backtest(
        self,
        X,
        y=None,
        *,
        n_windows: int = 3,
        step=None,
        refit=False,
        baselines=True,
        level=None,
        name=None,
    ) -> pd.DataFrame | Any:
        """Forecast from several cut-offs in the past, and hold that against what came.

        A clone of the forecaster is trained on what lies before the first cut-off, so that nothing
        of what it forecasts is known to it; the forecaster itself stays as it is. One that is
        fitted already, on nothing after the first cut-off, is used as it stands.

        Parameters
        ----------
        X, y : as in ``fit``
            The series.
        n_windows : int, default=3
            How many windows of ``horizon`` steps of each series are forecast, its last ones.
        step : int or None, default=None
            How many steps there are from one cut-off to the next; None means the horizon.
        refit : bool, default=False
            Whether to train anew for each cut-off.
        baselines : bool, default=True
            Whether to give the forecasts of the seasonal naive and of a ridge on lags too, which
            every forecaster has to beat.
        level : list of numbers, or None, default=None
            As in ``forecast``.
        name : str or None, default=None
            What the forecasts are called; None means "RNNForecaster".

        Returns
        -------
        DataFrame
            Long: ids, time, "cutoff" (the time of the last row before the forecast), the value
            under the name of the target, and the forecasts as "RNNForecaster", "SeasonalNaive" and
            "LagRidge"; ``utilsforecast.evaluate`` takes it without "cutoff". Several targets stand
            below each other, named in the column "target".

        Warns
        -----
        UserWarning
            If hardly a row comes before the first window. "LagRidge" is NaN where no series has
            more rows there than the horizon.
        """
        validate_parameters(self)
        return backtest(
            self,
            X,
            y,
            n_windows=n_windows,
            step=step,
            refit=refit,
            baselines=baselines,
            levels=check_levels(level),
            name=name,
        )

    def naive_errors(self, season_length=None, squared=False) -> pd.Series | pd.DataFrame | Any:
        """Give the mean error of the seasonal naive forecast over the history of each series.

        Scaled errors, such as MASE, are divided by it.

        Parameters
        ----------
        season_length : int or None, default=None
            The season in steps; None means the shortest usual one of the frequency.
        squared : bool, default=False
            Whether to average squares.

        Returns
        -------
        Series or DataFrame
            By the id of the series (0 for one without), a column for each of several targets.
        """
        check_is_fitted(self)
        panel = self._panel
        season = panel.axis.season_length if season_length is None else season_length
        values = np.concatenate([panel.values_of(group) for group in range(panel.n_groups)])
        values = pd.DataFrame(values, columns=list(panel.columns.target_names) or None)
        return seasonal_naive_errors(
            values.iloc[:, 0] if panel.n_targets == 1 else values,
            season_length=season,
            series=None if panel.ids is None else panel.ids[panel.row_groups],
            squared=squared,
        )

    def series_of(self, X) -> np.ndarray | None:
        """Give the id of the series of each row of X, as scores by series need it.

        Parameters
        ----------
        X : DataFrame, array or Index
            The times to forecast, in a form that ``predict`` takes.

        Returns
        -------
        ndarray of shape (rows,), object, or None
            None where ``fit`` had one series without an id.
        """
        check_is_fitted(self)
        panel = self._panel
        rows = read_rows(X, columns=panel.columns, axis=panel.axis)
        return None if panel.ids is None else panel.ids[place_rows(rows, panel)[0]]

    def count_unknown(self, X) -> dict[Any, int]:
        """Count the rows of X whose category is unknown to the network.

        Parameters
        ----------
        X : DataFrame, array or Index
            The times to forecast, in a form that ``predict`` takes.

        Returns
        -------
        dict
            How many rows of each categorical column hold a category that ``fit`` did not see.
        """
        check_is_fitted(self)
        columns = self._panel.columns
        rows = read_rows(X, columns=columns, axis=self._panel.axis)
        names = [*columns.known_categorical, *columns.static_categorical]
        return {name: int(rows.unknown_counts.get(name, 0)) for name in names}

    def _look_ahead(self, steps, X, context, level) -> ForecastAhead:
        """Forecast as ``forecast`` is asked to."""
        steps = self.horizon_ if steps is None else steps
        if not isinstance(steps, Integral) or steps < 1:
            raise ValueError(f"steps must be an int of at least 1, but is {steps!r}.")
        check_steps(steps, self.horizon_)
        levels = check_levels(level)
        if levels:
            self._check_spread()
        panel = self._panel
        if context is not None:
            panel = join_history(panel, read_more(self, context, None, "context"), gaps=self.gaps)
        forecasts = forecast_ahead(self, panel, int(steps), X)
        forecasts.warn(panel)
        points = forecasts.point().reshape(panel.n_groups, panel.n_targets, -1)
        ends = None
        if levels:
            ends = forecasts.quantiles(interval_quantiles(levels))
            ends = ends.reshape(*points.shape, -1)
        return ForecastAhead(panel, levels, points, ends)

    def _check_spread(self):
        """Raise an error where there is nothing to take quantiles from."""
        if self._calibration is None:
            raise ValueError(
                "fit was interrupted (Ctrl-C) before it had calibrated the intervals, so that "
                "there are point forecasts alone; fit again, with warm_start=True to go on from "
                "these weights, or with intervals='model' and loss='quantile'."
            )
        if self.intervals_ == "model" and gives_points(self.module_.head):
            raise ValueError(
                f"intervals='model' takes quantiles from the network, but with loss={self.loss_!r} "
                "it gives points alone; fit with intervals='conformal', or with loss='quantile'."
            )
