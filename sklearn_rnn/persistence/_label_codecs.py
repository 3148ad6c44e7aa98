"""How labels, categories and ids are spelt, whose type the user chose."""

import datetime

import numpy as np
import pandas as pd

from sklearn_rnn.persistence._codecs import (
    AnyOf,
    Bool,
    Codec,
    Float,
    Int,
    Nothing,
    Text,
    TupleOf,
    cannot_save,
    made,
    refuse,
)
from sklearn_rnn.persistence._time_labels import PeriodLabel, TimedeltaLabel, Timestamp

__all__ = ["Label", "LabelKinds"]

_PLAIN = AnyOf(Nothing(), Bool(), Int(), Float(), Text())
_SCALARS = {
    **{
        dtype: Int(int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
        for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")
    },
    "uint64": Int(0, 2**64 - 1),
    "float32": Float(finite=False),
    "float64": Float(finite=False),
    "bool": Bool(),
    "str": Text(),
}


class LabelKinds(Codec):
    """What JSON knows stands as it is; the other ``kinds`` as ``{"kind": name, "is": value}``.

    A subclass sets ``kinds``: the exact type of each, and the codec of what it is.
    """

    kinds: dict[str, tuple[type, Codec]]

    def takes(self, value):
        return self._kind(value) is not None

    def reads(self, json):
        if not isinstance(json, dict):
            return _PLAIN.reads(json)
        is_kind = json.keys() == {"kind", "is"} and isinstance(json["kind"], str)
        return is_kind and json["kind"] in self.kinds

    def _kind(self, value):
        """Give the name of the value's kind, "" for what JSON knows, None for others."""
        if isinstance(value, np.generic):
            return "numpy" if Scalar().takes(value) else None
        if type(value) is int:
            return "" if Int().takes(value) else None  # a larger one would become a float
        if type(value) in (bool, str, float, type(None)) and _PLAIN.takes(value):
            return ""
        pairs = self.kinds.items()
        return next((k for k, (cls, _) in pairs if type(value) is cls and k != "numpy"), None)

    def _encode(self, value, where, store):
        kind = self._kind(value)
        if not kind:
            return _PLAIN.encode(value, where, store)
        return {"kind": kind, "is": self.kinds[kind][1].encode(value, where, store)}

    def _decode(self, json, where, source):
        if not isinstance(json, dict):
            return _PLAIN.decode(json, where, source)
        return self.kinds[json["kind"]][1].decode(json["is"], where, source)


class Label(LabelKinds):
    """A class label, category or id: what can be a key and is told apart by its value.

    None, True and False, numbers, texts, numpy's scalars, dates, times, periods and durations,
    intervals, and tuples of such. Each comes back as the type that it was.
    """

    what = "a label (text, number, date, interval, or a tuple of such)"

    def __init__(self):
        self.kinds = {
            "float": (float, NotFinite()),
            "numpy": (np.generic, Scalar()),
            "timestamp": (pd.Timestamp, Timestamp()),
            "period": (pd.Period, PeriodLabel()),
            "timedelta": (pd.Timedelta, TimedeltaLabel()),
            "date": (datetime.date, Date(datetime.date)),
            "datetime": (datetime.datetime, Date(datetime.datetime)),
            "interval": (pd.Interval, Interval(self)),
            "tuple": (tuple, TupleOf(self)),
        }


class NotFinite(Codec):
    """NaN or an infinity."""

    what = '"nan", "inf" or "-inf"'

    def takes(self, value):
        return type(value) is float and not np.isfinite(value)

    def reads(self, json):
        return json in ("nan", "inf", "-inf") and isinstance(json, str)

    def _encode(self, value, where, store):
        return str(value)

    def _decode(self, json, where, source):
        return float(json)


class Scalar(Codec):
    """A scalar of numpy: ``[dtype, value]``."""

    what = f"a scalar of numpy ({', '.join(_SCALARS)})"

    def takes(self, value):
        return isinstance(value, np.generic) and self._name(value) in _SCALARS

    def reads(self, json):
        pair = isinstance(json, list) and len(json) == 2
        return pair and isinstance(json[0], str) and json[0] in _SCALARS

    @staticmethod
    def _name(value):
        return "str" if isinstance(value, np.str_) else value.dtype.name

    def _encode(self, value, where, store):
        name = self._name(value)
        return [name, _SCALARS[name].encode(value.item(), where, store)]

    def _decode(self, json, where, source):
        name, value = json[0], _SCALARS[json[0]].decode(json[1], where, source)
        if name == "str":
            return np.str_(value)
        with np.errstate(over="ignore"):
            scalar = np.dtype(name).type(value)
        if scalar.item() != value and value == value:
            raise refuse(where, f"a number that {name} can hold", value)
        return scalar


class Date(Codec):
    """A date, or a time without a zone, of Python: in ISO 8601."""

    def __init__(self, cls):
        self.cls = cls
        self.what = f"a {cls.__name__} in ISO 8601, without a zone"

    def takes(self, value):
        return type(value) is self.cls and getattr(value, "tzinfo", None) is None

    def reads(self, json):
        return isinstance(json, str) and len(json) <= 40

    def _encode(self, value, where, store):
        return value.isoformat()

    def _decode(self, json, where, source):
        value = made(where, lambda: self.cls.fromisoformat(json))
        if not self.takes(value) or value.isoformat() != json:
            raise refuse(where, self.what, json)
        return value


class Interval(Codec):
    """An interval of pandas: ``[left, right, closed]``."""

    what = "two ends and which of them are closed"

    def __init__(self, ends: Codec):
        self.ends = ends

    def takes(self, value):
        return type(value) is pd.Interval

    def reads(self, json):
        closed = ("left", "right", "both", "neither")
        return isinstance(json, list) and len(json) == 3 and json[2] in closed

    def _encode(self, value, where, store):
        ends = {"left": value.left, "right": value.right}
        if not all(map(self.ends.takes, ends.values())):
            raise cannot_save(where, "an interval of numbers or times", value)
        parts = [self.ends.encode(end, f"{where}.{name}", store) for name, end in ends.items()]
        return [*parts, value.closed]

    def _decode(self, json, where, source):
        names = ("left", "right")
        pairs = zip(json[:2], names, strict=True)
        left, right = (self.ends.decode(end, f"{where}.{name}", source) for end, name in pairs)
        return made(where, lambda: pd.Interval(left, right, closed=json[2]))
