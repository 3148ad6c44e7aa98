"""What the makers do with their parameters."""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

__all__ = ["check_int", "check_number", "check_order", "generator"]


def generator(random_state: Any) -> np.random.Generator:
    """A generator of its own: numpy's global one is neither read nor moved."""
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(np.iinfo(np.int32).max))
    if random_state is None:
        return np.random.default_rng()
    if not isinstance(random_state, Integral) or isinstance(random_state, bool):
        raise TypeError(
            "random_state must be an int, a numpy RandomState or None, but is "
            f"{random_state!r:.60}."
        )
    return np.random.default_rng(check_int("random_state", random_state, 0))


def check_int(name: str, value: Any, lowest: int) -> int:
    """A parameter that is a whole number, at least the lowest."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, at least {lowest}, but is {value!r:.40}.")
    if value < lowest:
        raise ValueError(f"{name} must be at least {lowest}, but is {value}.")
    return int(value)


def check_number(name: str, value: Any, lowest: float) -> float:
    """A parameter that is a finite number, at least the lowest."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, at least {lowest}, but is {value!r:.40}.")
    if not lowest <= value < math.inf:
        raise ValueError(f"{name} must be finite and at least {lowest}, but is {value}.")
    return float(value)


def check_order(low_name: str, low: int, high_name: str, high: int) -> None:
    """Raise if a lower bound is above the upper one."""
    if low > high:
        raise ValueError(
            f"{low_name} must be at most {high_name}, but {low_name} is {low} and {high_name} is "
            f"{high}; lower {low_name} or raise {high_name}."
        )
