"""How single times are spelt: with their zone, periods, and durations."""

import re

import numpy as np
import pandas as pd

from sklearn_rnn.persistence._codecs import Codec, Int, made

__all__ = ["FREQUENCY", "UNITS", "ZONE", "Pattern", "PeriodLabel", "TimedeltaLabel", "Timestamp"]

UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NUMBER = Int(-(2**63) + 1)  # the lowest one stands for no time


class Pattern(Codec):
    """A text of a certain form, at most 80 characters long."""

    def __init__(self, pattern: str, what: str):
        self.pattern, self.what = re.compile(pattern, re.ASCII), what

    def takes(self, value):
        return isinstance(value, str) and len(value) <= 80 and bool(self.pattern.fullmatch(value))

    reads = takes


class _Zone(Pattern):
    """The name of a time zone; a file that names one this machine does not know is refused."""

    def __init__(self):
        name = r"(dateutil/{1,2})?[A-Za-z][\w+-]*(/[\w+-]+){0,5}|UTC[+-]\d\d:\d\d"
        super().__init__(name, "the name of a time zone")

    def _decode(self, json, where, source):
        made(where, lambda: _find_zone(json))
        return json


def _find_zone(zone):
    try:
        return pd.Timestamp(0, tz=zone).tz
    except Exception as error:  # pytz, zoneinfo and pandas each raise their own
        raise ValueError(f"there is no time zone {zone!r} on this machine.") from error


ZONE = _Zone()
FREQUENCY = Pattern(r"[0-9]{0,12}[A-Za-z][A-Za-z0-9-]*", "a frequency, as pandas writes it")


class Timestamp(Codec):
    """A time of pandas: ``[unit, number since 1970 in UTC, zone]``."""

    what = "a time of pandas, without a zone or in one that has a name"

    def takes(self, value):
        return type(value) is pd.Timestamp and (value.tz is None or ZONE.takes(str(value.tz)))

    def reads(self, json):
        if not isinstance(json, list) or len(json) != 3:
            return False
        is_unit = isinstance(json[0], str) and json[0] in UNITS
        return is_unit and _NUMBER.reads(json[1]) and (json[2] is None or ZONE.reads(json[2]))

    def _encode(self, value, where, store):
        zone = None if value.tz is None else str(value.tz)
        return [value.unit, int(value.asm8.view("int64")), zone]

    def _decode(self, json, where, source):
        unit, number, zone = json
        time = made(where, lambda: pd.Timestamp(np.datetime64(number, unit)))
        if zone is None:
            return time
        zone = ZONE.decode(zone, where, source)
        return made(where, lambda: time.tz_localize("UTC").tz_convert(zone))


class PeriodLabel(Codec):
    """A period of pandas: ``[frequency, ordinal]``."""

    what = "a period of pandas"

    def takes(self, value):
        return type(value) is pd.Period and FREQUENCY.takes(value.freqstr)

    def reads(self, json):
        pair = isinstance(json, list) and len(json) == 2
        return pair and FREQUENCY.reads(json[0]) and _NUMBER.reads(json[1])

    def _encode(self, value, where, store):
        return [value.freqstr, int(value.ordinal)]

    def _decode(self, json, where, source):
        return made(where, lambda: pd.Period(ordinal=json[1], freq=json[0]))


class TimedeltaLabel(Codec):
    """A duration of pandas: ``[unit, number]``."""

    what = "a duration of pandas"

    def takes(self, value):
        return type(value) is pd.Timedelta

    def reads(self, json):
        pair = isinstance(json, list) and len(json) == 2
        return pair and isinstance(json[0], str) and json[0] in UNITS and _NUMBER.reads(json[1])

    def _encode(self, value, where, store):
        return [value.unit, int(value.asm8.view("int64"))]

    def _decode(self, json, where, source):
        return made(where, lambda: pd.Timedelta(np.timedelta64(json[1], json[0])))
