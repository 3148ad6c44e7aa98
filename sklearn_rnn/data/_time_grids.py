"""The grids on which regular datetimes lie: from times to ticks and back."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.data._time_values import UNITS_PER_SECOND

__all__ = [
    "Grid",
    "day_length",
    "grid_of",
    "grid_ticks",
    "grid_times",
    "month_day",
    "month_rule",
    "wall_clock",
]

_MONTHS = {"Month": 1, "Quarter": 3, "Year": 12}
_ENDINGS = {"Begin": "start", "End": "end"}


class Grid(NamedTuple):
    """A regular grid of datetimes.

    ``rule``, ``step``, ``origin``, ``shift``, ``freq``, ``unit`` and ``tz`` are those of
    ``TimeAxis``, which has them all and so is a grid as well.
    """

    rule: str
    step: int
    origin: int
    shift: int
    freq: str
    unit: str
    tz: str | None


def wall_clock(index: pd.DatetimeIndex) -> np.ndarray:
    """Give local times as int64 units since 1970, as a clock on the wall shows them."""
    return index.tz_localize(None).asi8


def day_length(unit: str) -> int:
    """Give the number of units in a day."""
    return 86400 * UNITS_PER_SECOND[unit]


# --- from a frequency to a grid -----------------------------------------------------------------


def grid_of(offset, index: pd.DatetimeIndex, tz: str | None) -> Grid:
    """Give the grid of a frequency whose phase is that of most of the first times.

    Raises
    ------
    ValueError
        If the frequency is none that can be counted.
    """
    head, unit = index[:1000], index.unit
    day, wall = day_length(unit), wall_clock(head)
    name = type(offset).__name__
    grid = Grid("wall", 1, 0, 0, offset.freqstr, unit, tz)
    if isinstance(offset, pd.offsets.Day | pd.offsets.Week):
        step = offset.n * day * (1 if isinstance(offset, pd.offsets.Day) else 7)
        shift = _commonest(wall % step)
        return grid._replace(step=step, shift=_anchor_week(offset, shift, day))
    if isinstance(offset, pd.offsets.Tick):
        step = _whole_units(offset, unit)
        return grid._replace(rule="elapsed", step=step, shift=_commonest(head.asi8 % step))
    if name == "BusinessDay":
        phase = _commonest(_business_number(wall // day) % offset.n)
        return grid._replace(
            rule="business day", step=offset.n, origin=phase, shift=_commonest(wall % day)
        )
    if (rule := month_rule(name)) is not None:
        ending, months = rule
        step = months * offset.n
        phase = _commonest(_month_number(wall // day) % step)
        phase = _anchor_month(offset, phase, months)
        return grid._replace(rule=ending, step=step, origin=phase, shift=_commonest(wall % day))
    if name.startswith("Custom"):
        raise ValueError(
            f"the frequency {offset.freqstr!r} depends on a calendar of its own; use 'B' and mask "
            "the holidays as gaps, or count the steps in an integer column of times."
        )
    return grid._replace(rule="walk", origin=int(wall[0]))


def _commonest(numbers):
    values, counts = np.unique(numbers, return_counts=True)
    return int(values[np.argmax(counts)])


def _whole_units(offset, unit):
    per_unit = 10**9 // UNITS_PER_SECOND[unit]
    if offset.nanos % per_unit:
        raise ValueError(
            f"the frequency {offset.freqstr!r} is finer than the times, which are stored in {unit}."
        )
    return offset.nanos // per_unit


def _anchor_week(offset, shift, day):
    """Put weeks on their weekday: that of the frequency, or of the times where it has none."""
    weekday = getattr(offset, "weekday", None)
    if weekday is None:
        return shift
    behind = (shift // day + 3 - weekday) % 7  # day 0 was a Thursday
    return (shift - behind * day) % (offset.n * 7 * day)


def _anchor_month(offset, phase, months):
    """Put quarters and years on their month."""
    anchor = getattr(offset, "startingMonth", None) or getattr(offset, "month", None)
    if anchor is None:
        return phase
    return (phase - (phase - (anchor - 1)) % months) % (months * offset.n)


def month_rule(name: str) -> tuple[str, int] | None:
    """Tell from the class of an offset where in the month it stands, and how many it spans."""
    business = name.startswith("B")
    stem = name.removeprefix("Business").removeprefix("B")
    for span, months in _MONTHS.items():
        for ending, where in _ENDINGS.items():
            if stem == span + ending:
                return ("business " + where if business else where), months
    return None


# --- days ---------------------------------------------------------------------------------------


def _business_number(days):
    """Count days from Monday to Friday; a day of the weekend counts as the Friday before it."""
    weeks, weekdays = np.divmod(days + 3, 7)
    return weeks * 5 + np.minimum(weekdays, 4)


def _business_date(numbers):
    weeks, weekdays = np.divmod(numbers, 5)
    return weeks * 7 + weekdays - 3


def _month_number(days):
    return days.view("M8[D]").astype("M8[M]").view(np.int64)


def month_day(rule: str, months: np.ndarray) -> np.ndarray:
    """Give the day, since 1970, on which each month's date falls."""
    is_start = rule.endswith("start")
    dates = (months if is_start else months + 1).view("M8[M]").astype("M8[D]")
    dates = dates if is_start else dates - 1
    if rule.startswith("business"):
        dates = np.busday_offset(dates, 0, roll="forward" if is_start else "backward")
    return dates.view(np.int64)


# --- from times to ticks ------------------------------------------------------------------------


def grid_ticks(grid, index: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Give the ticks of times in the grid's unit, and which of them lie on the grid."""
    if grid.rule == "elapsed":
        ticks, rest = np.divmod(index.asi8 - grid.shift, grid.step)
        return ticks, rest == 0
    wall = wall_clock(index)
    if grid.rule == "wall":
        ticks, rest = np.divmod(wall - grid.shift, grid.step)
        # Where the clock skips midnight, the day begins later.
        return ticks, _or_is_skipped(rest == 0, ticks, grid, index)
    if grid.rule == "walk":
        return _walk_ticks(grid, wall)
    days, rest = np.divmod(wall - grid.shift, day_length(grid.unit))
    if grid.rule == "business day":
        numbers = _business_number(days)
        fits = (rest == 0) & (_business_date(numbers) == days)
    else:
        numbers = _month_number(days)
        fits = (rest == 0) & (month_day(grid.rule, numbers) == days)
    ticks, rest = np.divmod(numbers - grid.origin, grid.step)
    return ticks, fits & (rest == 0)


def _or_is_skipped(fits, ticks, grid, index):
    if grid.tz is not None and not fits.all():
        odd = np.flatnonzero(~fits)
        fits[odd] = grid_times(grid, ticks[odd]) == index[odd]
    return fits


def _walk_ticks(grid, wall):
    lowest, highest = int(wall.min()), int(wall.max())
    behind, ahead = 1, 1
    while _walk(grid, -behind, 0)[0] > lowest:
        behind *= 2
    while _walk(grid, 0, ahead)[-1] < highest:
        ahead *= 2
    times = _walk(grid, -behind, ahead)
    positions = np.minimum(np.searchsorted(times, wall), len(times) - 1)
    return positions - behind, times[positions] == wall


def _walk(grid, first, last):
    """Give the wall clock times of the ticks from first to last, 0 among them."""
    start = pd.DatetimeIndex(np.array([grid.origin]).view(f"M8[{grid.unit}]"))[0]
    ahead = pd.date_range(start, periods=last + 1, freq=grid.freq, unit=grid.unit)
    behind = pd.date_range(end=start, periods=1 - first, freq=grid.freq, unit=grid.unit)
    return np.concatenate([behind.asi8[:-1], ahead.asi8])


# --- from ticks to times ------------------------------------------------------------------------


def grid_times(grid, ticks: np.ndarray) -> pd.DatetimeIndex:
    """Give ticks as datetimes in the grid's unit and time zone."""
    if grid.rule == "elapsed":
        index = _as_datetimes(_in_units(ticks, grid.step, grid), grid.unit)
        return index if grid.tz is None else index.tz_localize("UTC").tz_convert(grid.tz)
    index = _as_datetimes(_wall_times(grid, ticks), grid.unit)
    if grid.tz is None:
        return index
    first_of_two = np.ones(len(index), dtype=bool)
    return index.tz_localize(grid.tz, ambiguous=first_of_two, nonexistent="shift_forward")


def _wall_times(grid, ticks):
    if grid.rule == "wall":
        return _in_units(ticks, grid.step, grid)
    if grid.rule == "walk":
        if not len(ticks):
            return ticks
        first, last = min(int(ticks.min()), 0), max(int(ticks.max()), 0)
        return _walk(grid, first, last)[ticks - first]
    numbers = ticks * grid.step + grid.origin
    if grid.rule == "business day":
        days = _business_date(numbers)
    else:
        days = month_day(grid.rule, numbers)
    return _in_units(days, day_length(grid.unit), grid)


def _in_units(numbers, size, grid):
    """Give numbers of steps of some size as units since 1970, unless they overflow."""
    if len(numbers) and int(np.abs(numbers).max() + 1) * size + grid.shift >= 2**63:
        raise ValueError(
            f"ticks lie beyond the times that can be stored in {grid.unit}; store the times of fit "
            "in a coarser unit: times.as_unit('s')."
        )
    return numbers * size + grid.shift


def _as_datetimes(values, unit):
    return pd.DatetimeIndex(values.view(f"M8[{unit}]"))
