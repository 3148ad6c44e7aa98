"""How single values are spelt in the document of a model file, and read back with care.

A codec knows one kind of value. ``encode`` makes JSON of it and puts large arrays into the store of
tensors; ``decode`` takes nothing for granted: what is not exactly of the kind is refused, with the
place where it stands. Codecs of larger things are put together from those of their parts.
"""

import math
import reprlib
from abc import ABC, abstractmethod
from numbers import Integral, Real

import numpy as np

from sklearn_rnn.exceptions import ModelFileError

__all__ = [
    "Bool",
    "Codec",
    "Float",
    "Int",
    "Nothing",
    "OneOf",
    "Text",
    "cannot_save",
    "checked",
    "made",
    "refuse",
]

_INT64 = 2**63
# What code may raise that is given values it does not expect, torch's own errors among it.
_FAULTS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)


def refuse(where: str, expected: str, found) -> ModelFileError:
    """Make the error that says what a file should hold at a place, and what it does hold."""
    return ModelFileError(f"{where} must be {expected}, but is {_short(found)}.")


def _short(json):
    if isinstance(json, dict | list) and json:
        return f"{'an object' if isinstance(json, dict) else 'a list'} of {len(json)}"
    return reprlib.repr(json)


def cannot_save(where: str, expected: str, value) -> TypeError:
    """Make the error that says why a value cannot be saved."""
    return TypeError(
        f"cannot save {where}={reprlib.repr(value)} ({type(value).__name__}): a model file holds "
        f"{expected} there; set it to something of that kind, or pickle the estimator."
    )


def checked(check, value, where: str):
    """Give the value if ``check(value)`` raises no ValueError or TypeError; else refuse it."""
    try:
        check(value)
    except ModelFileError:
        raise
    except _FAULTS as error:
        raise ModelFileError(f"{where}: {error}") from error
    return value


def made(where: str, make):
    """Give ``make()``; an error of it is one of the file's values."""
    values = []
    checked(lambda _: values.append(make()), None, where)
    return values[0]


class Codec(ABC):
    """Turns values of one kind into JSON, and such JSON into values.

    ``what`` says in words which values these are. A subclass says which values it takes, which
    JSON it reads, and how each becomes the other.
    """

    what: str

    @abstractmethod
    def takes(self, value) -> bool:
        """Tell whether a value is of this kind."""

    @abstractmethod
    def reads(self, json) -> bool:
        """Tell whether JSON looks like a value of this kind."""

    def encode(self, value, where: str, store):
        """Give the JSON of a value; raise TypeError if it is of another kind."""
        if not self.takes(value):
            raise cannot_save(where, self.what, value)
        return self._encode(value, where, store)

    def decode(self, json, where: str, source):
        """Give the value of JSON; raise ModelFileError if it is of another kind."""
        if not self.reads(json):
            raise refuse(where, self.what, json)
        return self._decode(json, where, source)

    def _encode(self, value, where, store):
        return value

    def _decode(self, json, where, source):
        return json


class Nothing(Codec):
    """None."""

    what = "null"

    def takes(self, value):
        return value is None

    def reads(self, json):
        return json is None


class Bool(Codec):
    """True or False; ``only`` means just that one of them."""

    what = "true or false"

    def __init__(self, only: bool | None = None):
        self.only = only
        if only is not None:
            self.what = str(only).lower()

    def takes(self, value):
        return isinstance(value, bool | np.bool_) and self.only in (None, bool(value))

    def reads(self, json):
        return isinstance(json, bool) and self.only in (None, json)

    def _encode(self, value, where, store):
        return bool(value)


class Int(Codec):
    """A whole number from ``low`` to ``high``, at most of 64 bits; true is none."""

    def __init__(self, low: int = -_INT64, high: int = _INT64 - 1):
        self.low, self.high = low, high
        self.what = f"a whole number from {low} to {high}"

    def takes(self, value):
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        return whole and self.low <= value <= self.high

    def reads(self, json):
        return type(json) is int and self.low <= json <= self.high

    def _encode(self, value, where, store):
        return int(value)


class Float(Codec):
    """A number from ``low`` to ``high``; a whole number is written as 1.0, and 1 is refused.

    Without ``finite``, NaN and infinities are allowed too, spelt as text.
    """

    _SPELT = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

    def __init__(self, low: float = -math.inf, high: float = math.inf, *, finite: bool = True):
        self.low, self.high, self.finite = low, high, finite
        self.what = f"a {'finite ' if finite else ''}number from {low} to {high}"

    def takes(self, value):
        real = isinstance(value, Real) and not isinstance(value, bool)
        too_large = isinstance(value, Integral) and abs(value) > 2**1000
        return real and not too_large and self._allows(float(value))

    def reads(self, json):
        if isinstance(json, str):
            return not self.finite and json in self._SPELT and self._allows(self._SPELT[json])
        return type(json) is float and math.isfinite(json) and self._allows(json)

    def _allows(self, number):
        if not math.isfinite(number) and self.finite:
            return False
        return math.isnan(number) or self.low <= number <= self.high

    def _encode(self, value, where, store):
        value = float(value)
        return value if math.isfinite(value) else str(value)

    def _decode(self, json, where, source):
        return self._SPELT[json] if isinstance(json, str) else json


class Text(Codec):
    """A text of at most ``longest`` characters."""

    def __init__(self, longest: int | None = None):
        self.longest = longest
        self.what = "a text" if longest is None else f"a text of at most {longest} characters"

    def takes(self, value):
        return isinstance(value, str) and (self.longest is None or len(value) <= self.longest)

    reads = takes

    def _encode(self, value, where, store):
        return str(value)


class OneOf(Codec):
    """One of a few texts or whole numbers."""

    def __init__(self, *values):
        self.values = values
        self.what = "one of " + ", ".join(map(repr, values))

    def takes(self, value):
        return any(type(value) is type(one) and value == one for one in self.values)

    reads = takes
