"""Frequencies, inferred from times."""

import numpy as np
import pandas as pd

from sklearn_rnn.data._time_grids import Grid, day_length, grid_of, month_day, wall_clock
from sklearn_rnn.data._time_values import UNITS_PER_SECOND

__all__ = ["commonest_step", "infer_grid", "is_step", "steps_within"]

_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_LETTERS = {"start": "S", "end": "E"}
_SHORTEST_MONTH = 28


def steps_within(values: np.ndarray, offsets=None) -> np.ndarray:
    """Give the differences of consecutive values within each series, those above 0."""
    return np.diff(values)[is_step(values, offsets)]


def is_step(values: np.ndarray, offsets=None) -> np.ndarray:
    """Tell which rows are followed by a later one of the same series, (rows - 1,)."""
    follows = values[1:] > values[:-1]
    if offsets is not None:
        borders = np.asarray(offsets)[1:-1]
        follows[borders[(borders > 0) & (borders < len(values))] - 1] = False
    return follows


def commonest_step(steps: np.ndarray) -> int:
    """Give the commonest of the steps; of several, the smallest."""
    counts = pd.Series(steps).value_counts(sort=False)
    return int(counts.index[counts.to_numpy() == counts.max()].min())


def infer_grid(index: pd.DatetimeIndex, offsets, tz: str | None) -> Grid | None:
    """Give the grid on which most of the times lie; None where no series has two times.

    Days, weeks and months are counted as the calendar does where all times show the same hour.
    """
    elapsed = steps_within(index.asi8, offsets)
    if not len(elapsed):
        return None
    day = day_length(index.unit)
    wall = wall_clock(index)
    step = commonest_step(elapsed)
    same_hour = (wall % day == wall[0] % day).all()
    # In a time zone, steps of 24 hours throughout show another hour in summer than in winter.
    are_days = step % day == 0 and (tz is None or (elapsed % step != 0).any())
    if same_hour or are_days:
        return _infer_days(index, wall // day, offsets, tz)
    return grid_of(_tick_offset(step, index.unit), index, tz)


def _tick_offset(step, unit):
    """Give a step of units as an offset in the largest unit of time that it is a multiple of."""
    nanos = step * (10**9 // UNITS_PER_SECOND[unit])
    sizes = {"h": 3600 * 10**9, "min": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}
    name, size = next((name, size) for name, size in sizes.items() if nanos % size == 0)
    return pd.tseries.frequencies.to_offset(f"{nanos // size}{name}")


# --- days and longer ----------------------------------------------------------------------------


def _infer_days(index, days, offsets, tz):
    steps = steps_within(days, offsets)
    step = commonest_step(steps)
    if step >= _SHORTEST_MONTH:
        grid = _infer_months(index, days, offsets, tz, regular=(steps == step).all())
        if grid is not None:
            return grid
    if step == 1 and _skips_weekends(days, offsets):
        freq = "B"
    elif step % 7 == 0:
        freq = _numbered(step // 7, f"W-{_WEEKDAYS[int(days[0] + 3) % 7]}")
    else:
        freq = _numbered(step, "D")
    return grid_of(pd.tseries.frequencies.to_offset(freq), index, tz)


def _numbered(n, name):
    return name if n == 1 else f"{n}{name}"


def _skips_weekends(days, offsets):
    """Tell whether no time falls on a weekend, though some series goes past one."""
    weekdays = (days + 3) % 7
    if (weekdays >= 5).any():
        return False
    return bool((steps_within((days + 3) // 7, offsets) > 0).any())


def _infer_months(index, days, offsets, tz, regular):
    """Give the grid of months on which at least half of the times lie, or None."""
    months = days.view("M8[D]").astype("M8[M]").view(np.int64)
    steps = steps_within(months, offsets)
    if not len(steps):
        return None
    behind = {rule: days - month_day(rule, months) for rule in _RULES}
    fits = {rule: float((behind[rule] == 0).mean()) for rule in _RULES}
    rule, usual = max(fits, key=fits.get), 0
    same_day = pd.Series(behind["start"]).value_counts(normalize=True)
    if same_day.iloc[0] > fits[rule]:
        rule, usual, fits["start"] = "start", int(same_day.index[0]), float(same_day.iloc[0])
    if fits[rule] < (1.0 if regular else 0.5):
        return None
    freq = _month_frequency(rule, commonest_step(steps), int(months[0]))
    grid = grid_of(pd.tseries.frequencies.to_offset(freq), index, tz)
    return grid._replace(shift=grid.shift + usual * day_length(index.unit))


_RULES = ("start", "end", "business start", "business end")


def _month_frequency(rule, step, month):
    """Name a frequency of months as pandas does."""
    prefix = "B" if rule.startswith("business") else ""
    where = _LETTERS[rule.split()[-1]]
    if step % 12 == 0:
        return _numbered(step // 12, f"{prefix}Y{where}-{_NAMES[month % 12]}")
    if step % 3 == 0:
        # Of the months of a quarter's cycle pandas names the last that ends, the first that starts.
        named = month % 3 if where == "S" else month % 3 + 9
        return _numbered(step // 3, f"{prefix}Q{where}-{_NAMES[named]}")
    return _numbered(step, f"{prefix}M{where}")
