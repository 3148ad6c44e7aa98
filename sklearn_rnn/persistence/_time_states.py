"""How the time axis of a forecaster is spelt in a model file."""

import numpy as np
import pandas as pd

from sklearn_rnn.data import TimeAxis
from sklearn_rnn.persistence._codecs import Bool, Int, OneOf, Optional, Record
from sklearn_rnn.persistence._label_codecs import Label
from sklearn_rnn.persistence._time_labels import FREQUENCY, UNITS, ZONE, Pattern

__all__ = ["TIME_AXIS", "check_ticks"]

_MONTH_RULES = ("start", "end", "business start", "business end")
_RULES = ("", "elapsed", "wall", "business day", *_MONTH_RULES, "walk")
_DAY = 86400
_LONGEST_MONTH = 31
# The years 1 to 9999, less a little: as far as dates of Python reach, in days from 1970.
_FARTHEST_DAY = 700_000
# What has to be walked from one time to the next: as many hours as pandas has years for.
_FARTHEST_WALK = 4_000_000


# --- the axis -----------------------------------------------------------------------------------


def check_axis(axis: TimeAxis) -> None:
    """Raise a ValueError if the fields of an axis contradict each other."""
    given = {name for name in ("freq", "unit", "dtype") if getattr(axis, name) is not None}
    if given != _NEEDED[axis.kind]:
        raise ValueError(f"{axis.kind} times have {_NEEDED[axis.kind]}, but here is {given}.")
    if axis.kind == "datetime":
        _check_datetimes(axis)
        return
    if axis.tz is not None or axis.rule or axis.shift or axis.has_freq:
        raise ValueError(f"{axis.kind} times have neither a zone, a rule, a shift nor a frequency.")
    if axis.kind == "period" and axis.step != pd.PeriodDtype(axis.freq).freq.n:
        raise ValueError(f"periods of {axis.freq!r} are not counted in steps of {axis.step}.")
    if axis.kind == "position" and axis.step != 1:
        raise ValueError("positions are counted one by one.")
    _check_origin(axis, 0 <= axis.origin < axis.step)


_NEEDED = {
    "datetime": {"freq", "unit"},
    "period": {"freq"},
    "integer": {"dtype"},
    "position": set(),
}


def _check_datetimes(axis):
    day = _DAY * UNITS[axis.unit]
    if axis.rule == "walk":
        in_reach = abs(axis.origin) < _FARTHEST_DAY * day
        _check_origin(axis, axis.step == 1 and axis.shift == 0 and in_reach)
    elif axis.rule in ("elapsed", "wall"):
        _check_origin(axis, axis.origin == 0 and 0 <= axis.shift < axis.step)
    else:
        longest = _LONGEST_MONTH * day if axis.rule in _MONTH_RULES else day
        _check_origin(axis, 0 <= axis.origin < axis.step and 0 <= axis.shift < longest)
    check_ticks(axis, 0, 1)
    of_day = axis if axis.rule not in _MONTH_RULES else axis._replace(shift=axis.shift % day)
    learned = TimeAxis.learn(of_day.from_ticks([0, 1]), axis.freq)
    for name in ("freq", "rule", "step", "unit"):
        if getattr(learned, name) != getattr(axis, name):
            raise ValueError(
                f"the frequency {axis.freq!r} has the {name} {getattr(learned, name)!r}, not "
                f"{getattr(axis, name)!r}."
            )


def _check_origin(axis, fits):
    if not fits:
        raise ValueError(
            f"the origin {axis.origin} and the shift {axis.shift} do not go with the rule "
            f"{axis.rule!r} and the step {axis.step}."
        )


# --- ticks --------------------------------------------------------------------------------------


def check_ticks(axis: TimeAxis, first: int, last: int) -> None:
    """Raise a ValueError if ticks lie beyond the times that an axis can show."""
    farthest = max(abs(first), abs(last))
    if farthest > _farthest_tick(axis):
        raise ValueError(f"the tick {farthest} is beyond the times of {axis.freq!r}.")
    if axis.kind == "position" and first < 0:
        raise ValueError(f"positions begin at 0, not at {first}.")
    if axis.kind == "period":
        years = pd.PeriodIndex.from_ordinals(_numbers(axis, first, last), freq=axis.freq).year
        if years.min() < 1 or years.max() > 9999:
            raise ValueError(f"periods of the years {years.min()} to {years.max()} are none.")
    elif axis.kind == "datetime":
        axis.from_ticks([first, last])


def _farthest_tick(axis):
    if axis.rule == "walk":
        return _FARTHEST_WALK
    if axis.kind != "datetime":
        return 2**62 // axis.step - 1
    if axis.rule in ("elapsed", "wall"):
        return _FARTHEST_DAY * _DAY * UNITS[axis.unit] // axis.step
    days = 7 / 5 if axis.rule == "business day" else _LONGEST_MONTH
    return int(_FARTHEST_DAY / days / axis.step)


def _numbers(axis, *ticks):
    return np.array(ticks, dtype=np.int64) * axis.step + axis.origin


# --- codec --------------------------------------------------------------------------------------

_DTYPE = Pattern(r"(u?int|U?Int|float|Float)(8|16|32|64)(\[pyarrow\])?", "a dtype of numbers")

TIME_AXIS = Record(
    TimeAxis,
    {
        "kind": OneOf("datetime", "period", "integer", "position"),
        "freq": Optional(FREQUENCY),
        "tz": Optional(ZONE),
        "unit": Optional(OneOf(*UNITS)),
        "rule": OneOf(*_RULES),
        "step": Int(1),
        "origin": Int(),
        "shift": Int(0),
        "dtype": Optional(_DTYPE),
        "name": Label(),
        "has_freq": Bool(),
    },
    check=check_axis,
)
