"""How the next token of a text is chosen."""

from collections.abc import Callable
from numbers import Integral, Real

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.data import UNKNOWN_ID
from sklearn_rnn.nn import keep_likely

__all__ = [
    "check_number",
    "check_writing",
    "choose_likeliest",
    "forbid_unknown",
    "make_sampler",
]

_ANY = float("inf")


def check_writing(
    *, n=1, max_length=1, temperature=1.0, top_k=None, top_p=None, random_state=None
) -> None:
    """Check the numbers that texts are written by.

    Raises
    ------
    ValueError
        If one is out of range; the message names it, and the range.
    """
    check_number("n", n, Integral, lowest=1)
    check_number("max_length", max_length, Integral, lowest=1)
    check_number("temperature", temperature, Real, above=0)
    if top_k is not None:
        check_number("top_k", top_k, Integral, lowest=1, way_out="None draws among all tokens")
    if top_p is not None:
        check_number(
            "top_p", top_p, Real, above=0, highest=1, way_out="None draws among all tokens"
        )
    if random_state is not None and not isinstance(random_state, np.random.RandomState):
        way_out = "or a RandomState, or None, which gives other texts each time"
        check_number(
            "random_state", random_state, Integral, lowest=0, highest=2**32 - 1, way_out=way_out
        )


def check_number(name, value, kind, *, lowest=-_ANY, above=-_ANY, highest=_ANY, way_out=None):
    """Raise a ValueError unless a value is a number of a kind within its bounds, and finite."""
    is_number = isinstance(value, kind) and not isinstance(value, bool)
    if is_number and value >= lowest and above < value <= highest and value < _ANY:
        return
    bounds = [f"of at least {lowest}"] * (lowest > -_ANY) + [f"above {above}"] * (above > -_ANY)
    bounds += [f"and at most {highest}"] * (highest < _ANY)
    kind = "an int" if kind is Integral else "a finite number"
    message = f"{name} must be {kind} {' '.join(bounds)}, but is {value!r}"
    raise ValueError(f"{message}; {way_out}." if way_out else f"{message}.")


def choose_likeliest(log_probabilities: Tensor) -> Tensor:
    """Choose the likeliest token: ``(n, n_tokens) -> (n,)``."""
    return log_probabilities.argmax(1)


def make_sampler(seed: int, **limits) -> Callable[[Tensor], Tensor]:
    """Make a function that draws tokens: ``(n, n_tokens) -> (n,)``.

    ``limits`` are those of :func:`sklearn_rnn.nn.keep_likely`.
    """
    generator = torch.Generator().manual_seed(seed)

    def choose(log_probabilities):
        probabilities = keep_likely(log_probabilities, **limits)
        return torch.multinomial(probabilities, 1, generator=generator).squeeze(1)

    return choose


def forbid_unknown(log_probabilities, n_known: int):
    """Let the unknown token, and ids from ``n_known`` on, never come: ``(n, n_tokens)``.

    An array or a tensor, which is changed, and given back.
    """
    log_probabilities[:, UNKNOWN_ID] = -_ANY
    log_probabilities[:, n_known:] = -_ANY
    return log_probabilities
