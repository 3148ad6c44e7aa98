"""A picture of forecasts behind the history that they go on from."""

from numbers import Integral
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.data import read_panel_like
from sklearn_rnn.estimators import RNNForecaster
from sklearn_rnn.inspection._matplotlib import axes_of, import_pyplot

__all__ = ["ForecastDisplay", "SeriesForecast"]

# Of so many series there is a picture if none are named.
_MOST_SERIES = 6
# History is shown for so many times the steps ahead, and for as many steps at least.
_TIMES_AHEAD, _LEAST_HISTORY = 4, 30
# Lines of so few points have markers.
_FEW = 12


class SeriesForecast(NamedTuple):
    """What is known of one series, and what is forecast of it.

    Attributes
    ----------
    name : str
        Its id and, where there are several, its target; "" for the only series.
    target : str
        What its values are called; "" if they have no name.
    past_times : Index of shape (n_past,)
        Datetimes, periods or integers, as the series has them; positions where it has none.
    past : ndarray of shape (n_past,)
        The history, NaN where missing.
    times : Index of shape (n_steps,)
        What is forecast, of the kind of ``past_times``.
    points : ndarray of shape (n_steps,)
        The forecast.
    intervals : dict
        By the level in percent, from the narrowest: an array (n_steps, 2) of lower and upper ends.
    actual : ndarray of shape (n_steps,) or None
        What came, NaN where that is not known.

    See Also
    --------
    ForecastDisplay : Draws them.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn_rnn.inspection import ForecastDisplay, SeriesForecast
    >>> forecast = SeriesForecast(
    ...     name="",
    ...     target="sales",
    ...     past_times=pd.RangeIndex(3),
    ...     past=np.array([1.0, 2.0, 3.0]),
    ...     times=pd.RangeIndex(3, 5),
    ...     points=np.array([4.0, 5.0]),
    ...     intervals={80: np.array([[3.0, 5.0], [3.5, 6.5]])},
    ...     actual=None,
    ... )
    >>> ForecastDisplay(series=[forecast]).plot()
    <...ForecastDisplay object at ...>
    """

    name: str
    target: str
    past_times: pd.Index
    past: np.ndarray
    times: pd.Index
    points: np.ndarray
    intervals: dict
    actual: np.ndarray | None


class ForecastDisplay:
    """The end of the history of series, their forecasts, and a fan of intervals around these.

    Parameters
    ----------
    series : list of SeriesForecast
        What is drawn, each in axes of its own.

    Attributes
    ----------
    series : list of SeriesForecast
        As given.
    axes_ : list of matplotlib Axes
        One for each series.
    figure_ : matplotlib Figure

    See Also
    --------
    sklearn_rnn.RNNForecaster.forecast : The same figures as a frame.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn_rnn import RNNForecaster
    >>> from sklearn_rnn.inspection import ForecastDisplay
    >>> days = pd.date_range("2025-01-01", periods=120, freq="D")
    >>> sales = pd.Series(10 + np.sin(np.arange(120) * 2 * np.pi / 7), index=days, name="sales")
    >>> model = RNNForecaster(horizon=7, hidden_size=8, max_epochs=2, random_state=0)
    >>> model = model.fit(sales[:-7])
    >>> display = ForecastDisplay.from_estimator(model, actual=sales[-7:])
    >>> list(display.series[0].intervals)
    [50, 80, 95]
    """

    def __init__(self, *, series):
        self.series = series

    @classmethod
    def from_estimator(
        cls,
        forecaster,
        steps=None,
        X=None,
        context=None,
        *,
        level=(50, 80, 95),
        actual=None,
        series=None,
        history=None,
        ax=None,
    ) -> Self:
        """Forecast beyond the end of each series, and draw it.

        Parameters
        ----------
        forecaster : RNNForecaster, or a search of one
            Fitted.
        steps : int or None, default=None
            How many steps of each series; None means ``horizon_`` of the forecaster.
        X : DataFrame, array or None, default=None
            What is known in the future, as :meth:`sklearn_rnn.RNNForecaster.forecast` takes it.
        context : DataFrame, Series or None, default=None
            History to forecast from, as :meth:`sklearn_rnn.RNNForecaster.forecast` takes it.
        level : list of numbers, or None, default=(50, 80, 95)
            The percentages of the intervals; None draws none.
        actual : Series, DataFrame, array or None, default=None
            What really came, in the layout of the target of ``fit``: a frame holds it under its
            name, beside ids and times; without time, values follow the end of the history. Times
            that are not forecast are left out.
        series : list of ids, or None, default=None
            Which series are drawn, all targets of each; None means the first six.
        history : int or None, default=None
            How many steps before the forecast are drawn, at most; None means four times as many as
            are forecast, and at least 30.
        ax : matplotlib Axes, list of them, or None, default=None
            As ``plot`` takes it.

        Returns
        -------
        ForecastDisplay

        Raises
        ------
        TypeError
            If it is no forecaster.
        ValueError
            If ``forecast`` refuses its arguments, a series is not known, or ``actual`` has no
            value at any of the times that are forecast.
        """
        check_is_fitted(forecaster)
        forecaster = getattr(forecaster, "best_estimator_", forecaster)
        if not isinstance(forecaster, RNNForecaster):
            raise TypeError(
                f"expected an RNNForecaster, but got {type(forecaster).__name__}; of a pipeline, "
                "give the last step, and X as that step gets it."
            )
        if history is not None:
            check_scalar(history, "history", Integral, min_val=0)
        ahead = forecaster._look_ahead(steps, X, context, level)
        groups = _find_groups(ahead.panel, series)
        came = None if actual is None else _read_actual(ahead, actual, groups)
        shown = _history_length(ahead, history)
        found = [
            _series_of(ahead, group, target, shown, came)
            for group in groups
            for target in range(ahead.panel.n_targets)
        ]
        return cls(series=found[:_MOST_SERIES] if series is None else found).plot(ax)

    def plot(self, ax=None, *, color="C0") -> Self:
        """Draw each series on axes of its own.

        Parameters
        ----------
        ax : matplotlib Axes, list of them, or None, default=None
            As many as there are series; None makes a figure.
        color : matplotlib color, default="C0"
            Of the forecast and its intervals, which are paler the wider they are.

        Returns
        -------
        self : ForecastDisplay
            The display itself, with its axes and figure.
        """
        n = len(self.series)
        size = {"width": 7.2, "height": 3.4} if n == 1 else {"width": 5.2, "height": 2.6}
        self.axes_ = axes_of(ax, n, n_columns=1 if n == 1 else 2, **size)
        self.figure_ = self.axes_[0].figure
        for axes, series in zip(self.axes_, self.series, strict=True):
            _draw(axes, series, color)
        if ax is None:  # beside the axes, where it hides nothing
            entries = self.axes_[0].get_legend_handles_labels()
            look = {"loc": "outside upper center", "ncols": len(entries[0]), "frameon": False}
            self.figure_.legend(*entries, fontsize="small", **look)
        else:
            self.axes_[0].legend(fontsize="small")
        return self


# --- figures ------------------------------------------------------------------------------------


def _find_groups(panel, ids):
    """Give the numbers of the groups with these ids; of as many as are drawn for None."""
    if ids is None:
        return range(min(panel.n_groups, _MOST_SERIES))
    if isinstance(ids, str) or not hasattr(ids, "__len__"):
        ids = [ids]
    if panel.ids is None:
        raise ValueError(
            f"series is {ids!r:.60}, but the forecaster knows one series without an id; leave it "
            "out."
        )
    if not len(ids):
        raise ValueError("series is empty; name at least one, or leave it out.")
    found = panel.find(list(ids))
    if (found < 0).any():
        raise ValueError(
            f"series {list(ids)[int(np.argmin(found))]!r} is not among the {panel.n_groups} that "
            f"are forecast, such as {panel.ids[0]!r}."
        )
    return found.tolist()


def _history_length(ahead, history):
    wanted = max(_TIMES_AHEAD * ahead.points.shape[-1], _LEAST_HISTORY)
    return wanted if history is None else history


def _series_of(ahead, group, target, shown, came):
    panel, n_levels = ahead.panel, len(ahead.levels)
    past = panel.values_of(group)[:, target]
    past = past[len(past) - min(shown, len(past)) :]
    stop, n_steps = int(panel.stops[group]), ahead.points.shape[-1]
    ends = None if ahead.ends is None else ahead.ends[group, target]
    names = panel.columns.target_names
    return SeriesForecast(
        name=_name(panel, group, target),
        target=str(names[target]) if names else "",
        past_times=_times(panel.axis, np.arange(stop - len(past), stop)),
        past=past.copy(),
        times=_times(panel.axis, np.arange(stop, stop + n_steps)),
        points=ahead.points[group, target],
        intervals={level: ends[:, [i, n_levels + i]] for i, level in enumerate(ahead.levels)},
        actual=None if came is None else came[group][target],
    )


def _name(panel, group, target):
    parts = []
    if panel.ids is not None:
        name = panel.ids[group]
        parts += map(str, name if isinstance(name, tuple) else [name])
    if panel.n_targets > 1:
        parts.append(str(panel.columns.target_names[target]))
    return ", ".join(parts)


def _times(axis, ticks):
    return pd.Index(ticks) if axis.kind == "position" else axis.from_ticks(ticks)


def _read_actual(ahead, actual, groups) -> dict:
    """Give what came by the number of the group: an array (n_targets, n_steps) of each."""
    panel, n_steps = ahead.panel, ahead.points.shape[-1]
    nothing = dict.fromkeys(
        ("known", "past", "known_categorical", "past_categorical", "static", "static_categorical"),
        (),
    )
    X, y = (actual, None) if hasattr(actual, "columns") else (None, actual)
    read = read_panel_like(
        X,
        y,
        columns=panel.columns._replace(**nothing, categories={}),
        axis=panel.axis,
        purpose="actual",
        gaps="mask",
    )
    places = read.find(None if panel.ids is None else panel.ids)
    came = {}
    for group in groups:
        values = np.full((panel.n_targets, n_steps), np.nan)
        place = int(places[group])
        if place >= 0:
            values_there = read.values_of(place)
            first = 0 if panel.axis.kind == "position" else panel.stops[group]
            at = read.starts[place] + np.arange(len(values_there)) - first
            inside = (at >= 0) & (at < n_steps)
            values[:, at[inside]] = values_there[inside].T
        came[group] = values
    if all(np.isnan(values).all() for values in came.values()):
        group = next(iter(came))
        stop = int(panel.stops[group])
        raise ValueError(
            f"actual has no value at any time that is forecast: those of "
            f"{panel.name_group(group)} go from {panel.axis.show(stop)} to "
            f"{panel.axis.show(stop + n_steps - 1)}; give the values that came then."
        )
    return came


# --- drawing ------------------------------------------------------------------------------------


def _draw(axes, series, color):
    past_at, at = _places(series.past_times), _places(series.times)
    axes.plot(past_at, series.past, color="0.3", lw=1.2, label="history")
    widest_first = sorted(series.intervals.items(), reverse=True)
    for i, (level, ends) in enumerate(widest_first):
        alpha = 0.15 + 0.35 * i / max(len(widest_first), 1)
        _draw_interval(axes, at, ends, color=color, alpha=alpha, label=f"{level:g} %")
    marker = "o" if len(at) <= _FEW else None
    axes.plot(at, series.points, color=color, marker=marker, ms=3, label="forecast")
    if series.actual is not None:
        axes.plot(at, series.actual, color="C1", marker=marker, ms=3, lw=1.2, label="what came")
    if isinstance(series.times, pd.DatetimeIndex | pd.PeriodIndex):
        _write_dates(axes, getattr(series.times, "tz", None))
    axes.set_title(series.name, fontsize="medium", loc="left", parse_math=False)
    axes.set_ylabel(series.target, parse_math=False)


def _draw_interval(axes, at, ends, **look):
    if len(at) == 1:  # an area of a single point would not be seen
        axes.vlines(at, *ends.T, lw=8, **look)
    else:
        axes.fill_between(at, *ends.T, lw=0, **look)


def _places(times):
    """Give times as matplotlib takes them: periods by their beginning, time zones as UTC."""
    if isinstance(times, pd.PeriodIndex):
        times = times.to_timestamp(how="start")
    if isinstance(times, pd.DatetimeIndex) and times.tz is not None:
        times = times.tz_convert("UTC").tz_localize(None)
    return times.to_numpy()


def _write_dates(axes, tz):
    """Write dates in the time zone of the series, no more of them than there is room for."""
    import_pyplot()
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(tz=tz, minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=tz))
