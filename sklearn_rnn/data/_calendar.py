"""What the calendar says about regular times: their seasons, and features of the date."""

from functools import cache

import numpy as np
import pandas as pd

from sklearn_rnn.data._time_grids import month_rule

__all__ = ["calendar_features", "calendar_names", "usual_seasons"]

_DAY = 86400


@cache
def _measure(kind: str, freq: str) -> tuple[str, float]:
    """Give what one tick is: a number of "seconds", "business days" or "months"."""
    if kind == "period":
        offset = pd.PeriodDtype(freq).freq
    else:
        offset = pd.tseries.frequencies.to_offset(freq)
    name = type(offset).__name__
    if isinstance(offset, pd.offsets.Day | pd.offsets.Week):
        return "seconds", offset.n * _DAY * (7 if isinstance(offset, pd.offsets.Week) else 1)
    if isinstance(offset, pd.offsets.Tick):
        return "seconds", offset.nanos / 1e9
    if name == "BusinessDay":
        return "business days", offset.n
    if (rule := month_rule(name)) is not None:
        return "months", rule[1] * offset.n
    times = pd.date_range("2000-01-03", periods=100, freq=offset)
    return "others", (times[-1] - times[0]).total_seconds() / 99


def usual_seasons(kind: str, freq: str | None) -> tuple:
    """Give the usual seasons of a frequency in ticks, shortest first."""
    if freq is None:
        return ()
    measure, n = _measure(kind, freq)
    if measure == "months":
        return _whole([12 / n])
    if measure == "business days":
        return (5, 261) if n == 1 else ()
    if measure == "others" or n < 1:
        return ()
    if n < 60:
        return _whole([3600 / n, _DAY / n])
    if n < _DAY:
        return _whole([_DAY / n, 7 * _DAY / n])
    if n < 7 * _DAY:
        return _whole([7 * _DAY / n, 365 * _DAY / n])
    return _whole([52 * 7 * _DAY / n])


def _whole(seasons):
    return tuple(int(season) for season in seasons if season > 1 and season == int(season))


# --- features -----------------------------------------------------------------------------------


def _cycles(kind, freq):
    """Name the cycles whose phase a frequency shows."""
    measure, n = ("none", 0) if freq is None else _measure(kind, freq)
    if measure == "months":
        return ("month",) if n < 12 else ()
    if measure == "business days":
        return ("day_of_week", "day_of_year")
    limits = {
        "second": 60,
        "minute": 900,
        "time_of_day": _DAY,
        "day_of_week": 7 * _DAY,
        "weekend": 7 * _DAY,
        "day_of_year": 31 * _DAY,
    }
    return tuple(name for name, limit in limits.items() if 0 < n < limit)


def calendar_names(kind: str, freq: str | None) -> tuple:
    """Give the names of the features of a frequency."""
    names = []
    for cycle in _cycles(kind, freq):
        names += ["weekend"] if cycle == "weekend" else [f"{cycle}_sin", f"{cycle}_cos"]
    return tuple(names)


def calendar_features(kind: str, freq: str | None, times: pd.Index) -> np.ndarray:
    """Give sine and cosine of the phase of each cycle, and whether it is weekend, (n, k)."""
    cycles = _cycles(kind, freq)
    if not cycles:
        return np.empty((len(times), 0))
    times = times.to_timestamp() if kind == "period" else times.tz_localize(None)
    of_day = (times.hour * 3600 + times.minute * 60 + times.second).to_numpy(dtype=np.float64)
    of_day += times.microsecond.to_numpy() / 1e6
    weekdays = times.day_of_week.to_numpy()
    columns = []
    for cycle in cycles:
        if cycle == "weekend":
            columns.append((weekdays >= 5).astype(np.float64))
            continue
        phase = 2 * np.pi * _phase(cycle, times, of_day, weekdays)
        columns += [np.sin(phase), np.cos(phase)]
    return np.stack(columns, axis=1)


def _phase(cycle, times, of_day, weekdays):
    """Give how far through a cycle each time is, from 0 to 1."""
    if cycle == "second":
        return of_day % 60 / 60
    if cycle == "minute":
        return of_day % 3600 / 3600
    if cycle == "time_of_day":
        return of_day / _DAY
    if cycle == "day_of_week":
        return weekdays / 7
    if cycle == "month":
        return (times.month.to_numpy() - 1) / 12
    return (times.day_of_year.to_numpy() - 1 + of_day / _DAY) / 365.25
