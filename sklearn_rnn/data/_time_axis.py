"""How the times of series become whole numbers, and those become times again."""

from collections.abc import Callable, Hashable
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.data._calendar import calendar_features, calendar_names, usual_seasons
from sklearn_rnn.data._time_grids import grid_of, grid_ticks, grid_times
from sklearn_rnn.data._time_inference import commonest_step, infer_grid, is_step, steps_within
from sklearn_rnn.data._time_values import as_times, show_time, zone_name

__all__ = ["TimeAxis"]


class TimeAxis(NamedTuple):
    """How times become ticks, int64 of which consecutive times differ by 1, and back.

    All fields are plain values, so that an axis can be compared, pickled and written as JSON.

    Parameters
    ----------
    kind : {"datetime", "period", "integer", "position"}
        What the times are; "position" is no time at all but the number of the row.
    freq : str or None
        The frequency as pandas writes it, of datetimes and periods.
    tz : str or None
        The time zone of datetimes.
    unit : str or None
        The unit in which the user's datetimes are stored: "s", "ms", "us" or "ns".
    rule : str
        How datetimes are counted: "elapsed" time, the "wall" clock, "business day",
        months by their "start", "end", "business start" or "business end", or by a "walk" from
        one to the next.
    step : int
        What one tick is: units of elapsed or of wall clock time, months, business days, periods,
        or the distance of integers.
    origin : int
        What tick 0 is, in the same measure.
    shift : int
        Units by which every time lies after the date that the rule gives.
    dtype : str or None
        The dtype of integer times.
    name : hashable
        The name of the index or column of times.
    has_freq : bool
        Whether the user's index carried its frequency.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_rnn.data import TimeAxis
    >>> times = pd.date_range("2024-03-30", periods=4, freq="D", tz="Europe/Berlin")
    >>> axis = TimeAxis.learn(times)
    >>> axis.freq, axis.season_length, axis.to_ticks(times).tolist()
    ('D', 7, [19812, 19813, 19814, 19815])
    >>> str(axis.from_ticks([19816])[0])
    '2024-04-03 00:00:00+02:00'
    """

    kind: str
    freq: str | None = None
    tz: str | None = None
    unit: str | None = None
    rule: str = ""
    step: int = 1
    origin: int = 0
    shift: int = 0
    dtype: str | None = None
    name: Hashable = None
    has_freq: bool = False

    @classmethod
    def learn(
        cls,
        times,
        freq=None,
        *,
        offsets=None,
        locate: Callable[[int], str] | None = None,
        may_be_finer: bool = False,
    ) -> "TimeAxis":
        """Learn the axis of the times of one or several series.

        Parameters
        ----------
        times : Index, Series or array of shape (rows,), or None
            Datetimes, periods or whole numbers, in order within each series; None gives the
            axis of positions.
        freq : str, offset, int or None
            The frequency; by default that of the index, or else the one that fits most times.
        offsets : array of shape (n_series + 1,) or None
            Where in ``times`` each series begins; by default all is one series.
        locate : callable or None
            Names the series of a row, for messages.
        may_be_finer : bool, default=False
            Whether a frequency of which every step is a multiple is taken as given.

        Raises
        ------
        ValueError or TypeError
            Times that are missing, of several time zones, no times at all, or that contradict
            the frequency; the message names the series and the time.
        """
        if times is None:
            return cls("position")
        locate = locate or _name_row
        index = as_times(times, locate)
        if not len(index):
            raise ValueError("there are no times, but at least one row is needed.")
        if isinstance(index, pd.PeriodIndex):
            axis = _learn_periods(index, freq)
        elif isinstance(index, pd.DatetimeIndex):
            axis = _learn_datetimes(index, freq, offsets, locate)
        else:
            axis = _learn_integers(index, freq, offsets)
        if freq is not None and not may_be_finer:
            _check_freq(axis, index, offsets, locate)
        return axis

    def to_ticks(self, times, *, locate: Callable[[int], str] | None = None) -> np.ndarray:
        """Give times as int64 ticks.

        Raises
        ------
        ValueError
            A time of another kind or time zone, or between two ticks; the message names the
            series and the time.
        """
        locate = locate or _name_row
        index = as_times(times, locate)
        _check_kind(self, index, locate)
        if self.kind == "datetime":
            stored = index.as_unit(self.unit)
            ticks, fits = grid_ticks(self, stored)
            if stored.unit != index.unit:
                fits &= stored == index
        else:
            ticks, rest = np.divmod(_as_integers(index) - self.origin, self.step)
            fits = rest == 0
        if not fits.all():
            _refuse_time(self, index, int(np.argmin(fits)), int((~fits).sum()), locate)
        return ticks

    def from_ticks(self, ticks) -> pd.Index:
        """Give ticks as times: an Index of the user's kind, unit, time zone and name."""
        ticks = np.asarray(ticks, dtype=np.int64)
        index = self._times_at(ticks)
        if self.kind == "datetime" and self.has_freq and len(ticks) and _are_consecutive(ticks):
            index.freq = self.freq
        return index.rename(self.name)

    def _times_at(self, ticks):
        """Give ticks as times, of no name and no freq."""
        if self.kind == "datetime":
            return grid_times(self, ticks)
        numbers = ticks * self.step + self.origin
        if self.kind == "period":
            return pd.PeriodIndex.from_ordinals(numbers, freq=self.freq)
        return pd.Index(numbers.astype(self.dtype or np.int64))

    def show(self, tick: int) -> str:
        """Give a tick as text, for messages."""
        if self.kind == "position":
            return f"row {tick}"
        return show_time(self.from_ticks([tick])[0])

    def calendar(self, ticks) -> np.ndarray:
        """Give the features of the calendar, float64 (n, n_features), each from -1 to 1.

        Local time. Many rows share few ticks: compute them once for a range of ticks and gather.
        """
        if not self.calendar_names:
            return np.empty((len(ticks), 0))
        times = self._times_at(np.asarray(ticks, dtype=np.int64))
        return calendar_features(self.kind, self.freq, times)

    @property
    def calendar_names(self) -> tuple:
        """The names of the columns of ``calendar``; empty where the frequency has no season."""
        return calendar_names(self.kind, self.freq)

    @property
    def season_length(self) -> int:
        """The ticks of the shortest usual season: 24 hours, 7 days, 12 months; 1 for none."""
        return next(iter(self.seasons), 1)

    @property
    def seasons(self) -> tuple:
        """The usual seasons in ticks, shortest first: (24, 168) for hours; () for none."""
        return usual_seasons(self.kind, self.freq)


def _are_consecutive(ticks):
    return bool((np.diff(ticks) == 1).all())


def _name_row(row):
    return f"row {row}"


# --- learning -----------------------------------------------------------------------------------


def _learn_datetimes(index, freq, offsets, locate):
    tz = zone_name(index.tz)
    given = freq if freq is not None else index.freq
    grid = infer_grid(index, offsets, tz) if given is None else None
    if given is not None:
        grid = grid_of(_as_offset(given), index, tz)
    if grid is None:
        raise ValueError(
            f"no frequency can be inferred: no series has two rows ({locate(0)} has the time "
            f"{show_time(index[0])}); say what it is, for example freq='D'."
        )
    return TimeAxis(
        kind="datetime",
        freq=grid.freq,
        tz=tz,
        unit=grid.unit,
        rule=grid.rule,
        step=grid.step,
        origin=grid.origin,
        shift=grid.shift,
        name=index.name,
        has_freq=index.freq is not None,
    )


def _as_offset(freq):
    try:
        offset = pd.tseries.frequencies.to_offset(freq)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"freq must be a frequency of pandas, such as 'h', 'D' or 'MS', but is {freq!r}: "
            f"{str(error).split('. Failed')[0]}."
        ) from error
    if offset.n < 1:
        raise ValueError(f"freq must go forward in time, but is {freq!r}.")
    return offset


def _learn_periods(index, freq):
    if freq is not None and not _is_period_freq(freq, index):
        raise ValueError(
            f"freq={freq!r} contradicts the index, which holds periods of {index.freqstr!r}; leave "
            f"freq out, or convert the index: index.asfreq({freq!r})."
        )
    step = index.freq.n
    return TimeAxis(
        kind="period",
        freq=index.freqstr,
        step=step,
        origin=int(index.asi8[0]) % step,
        name=index.name,
    )


def _is_period_freq(freq, index):
    try:
        return pd.PeriodDtype(freq) == index.dtype or freq == index.freq
    except (ValueError, TypeError):
        return freq == index.freq


def _learn_integers(index, freq, offsets):
    if freq is not None and (not isinstance(freq, int | np.integer) or freq < 1):
        raise ValueError(
            f"the times are whole numbers, so freq must be the whole number from one to the next, "
            f"but is {freq!r}."
        )
    numbers = _as_integers(index)
    steps = steps_within(numbers, offsets)
    step = int(freq) if freq is not None else commonest_step(steps) if len(steps) else 1
    return TimeAxis(
        kind="integer",
        step=step,
        origin=int(numbers[0]) % step,
        dtype=str(index.dtype),
        name=index.name,
    )


def _as_integers(index):
    return index.asi8 if isinstance(index, pd.PeriodIndex) else np.asarray(index, dtype=np.int64)


# --- checks -------------------------------------------------------------------------------------


def _check_freq(axis, index, offsets, locate):
    """Refuse a frequency of which every step is a multiple: it is finer than the times."""
    ticks = axis.to_ticks(index, locate=locate)
    steps = steps_within(ticks, offsets)
    common = int(np.gcd.reduce(pd.unique(steps))) if len(steps) else 1
    if common > 1:
        row = int(np.argmax(is_step(ticks, offsets)))
        raise ValueError(
            f"the frequency {axis.freq or axis.step!r} contradicts the times: every step is "
            f"{common} times that, as from {show_time(index[row])} to {show_time(index[row + 1])} "
            f"({locate(row)}); leave freq out to have it inferred, or put in the times between "
            "with sklearn_rnn.preprocessing.fill_gaps."
        )


def _check_kind(axis, index, locate):
    kind = "integer"
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        kind = "datetime" if isinstance(index, pd.DatetimeIndex) else "period"
    if kind != axis.kind:
        raise ValueError(
            f"times must be {_KINDS[axis.kind]}, as in fit, but {locate(0)} has {index[0]!r}; "
            "convert the times."
        )
    if kind == "period" and index.freqstr != axis.freq:
        raise ValueError(
            f"times must be periods of {axis.freq!r}, as in fit, but {locate(0)} has {index[0]!r}; "
            f"convert them: times.asfreq({axis.freq!r})."
        )
    if kind == "datetime" and (tz := zone_name(index.tz)) != axis.tz:
        if tz is None:
            way_out = f"times.tz_localize({axis.tz!r})"
        else:
            way_out = f"times.tz_{'localize' if axis.tz is None else 'convert'}({axis.tz!r})"
        raise ValueError(
            f"the time zones differ: {locate(0)} has {show_time(index[0])} in "
            f"{tz or 'no time zone'}, but the times of fit are in {axis.tz or 'no time zone'}; "
            f"convert them: {way_out}."
        )


_KINDS = {"datetime": "datetimes", "period": "periods", "integer": "whole numbers"}


def _refuse_time(axis, index, row, count, locate):
    freq = repr(axis.freq) if axis.kind == "datetime" else f"{axis.step} from {axis.origin}"
    raise ValueError(
        f"the time {show_time(index[row])} of {locate(row)} does not lie on the grid of the "
        f"frequency {freq} ({count} of {len(index)} times do not); correct the times, set freq to "
        "one that has them all, or resample the series."
    )
