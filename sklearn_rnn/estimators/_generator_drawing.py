"""How a generator chooses steps and ends, and in which form sequences are given back."""

from numbers import Integral, Real

import numpy as np
import torch

from sklearn_rnn.estimators._language_writing import check_number
from sklearn_rnn.nn import draw_from_mixture, mixture_mean, mixture_mode
from sklearn_rnn.training import Drawing, draw_on, fit_seed

__all__ = [
    "as_cube",
    "check_drawing",
    "choose_drawing",
    "draw_after",
    "group_by_length",
    "make_generators",
]

# So many sequences are drawn at a time, which bounds the memory of states and mixtures.
_ROWS = 512


def check_drawing(*, n=1, length=None, steps=None, temperature=1.0, random_state=None) -> None:
    """Check the numbers that sequences are drawn by.

    Raises
    ------
    ValueError
        If one is out of range; the message names it, and the range.
    """
    for name, value in {"n": n, "length": length, "steps": steps}.items():
        if value is not None or name == "n":
            check_number(name, value, Integral, lowest=1)
    check_number("temperature", temperature, Real, above=0)
    if random_state is not None and not isinstance(random_state, np.random.RandomState):
        way_out = "or a RandomState, or None, which gives other sequences each time"
        check_number(
            "random_state", random_state, Integral, lowest=0, highest=2**32 - 1, way_out=way_out
        )


def make_generators(random_state) -> tuple[np.random.Generator, torch.Generator]:
    """Give a generator of numpy, for labels, and one of torch, for steps, from one seed."""
    seed = fit_seed(random_state)
    return np.random.default_rng(seed), torch.Generator().manual_seed(seed)


def choose_drawing(kind: str, *, ends: bool, generator=None, temperature=1.0) -> Drawing:
    """Give how steps are chosen, and ends, if any.

    Parameters
    ----------
    kind : {"sample", "mean", "mode"}
    ends : bool
        Whether sequences may end before the largest number of steps.
    generator : torch.Generator or None
        What "sample" draws from.
    temperature : float, default=1.0
    """
    if kind != "sample":
        step = {"mean": mixture_mean, "mode": mixture_mode}[kind]
        return Drawing(step, MedianEnd() if ends else None)

    def step(mixture):
        return draw_from_mixture(mixture, generator=generator, temperature=float(temperature))

    def end(chance):
        return torch.rand(len(chance), dtype=torch.float64, generator=generator) < chance

    return Drawing(step, end if ends else None)


class MedianEnd:
    """Ends a sequence once it is likelier that it would have ended than not: the median length."""

    def __init__(self):
        self.left = None

    def __call__(self, chance: torch.Tensor) -> torch.Tensor:
        """Give which sequences are over, ``(n,)``, by the chances that they end here."""
        before = 1.0 if self.left is None else self.left
        self.left = before * (1 - chance)
        return self.left < 0.5


def group_by_length(lengths: np.ndarray):
    """Yield the rows of beginnings of one length, a bounded number at a time.

    Parameters
    ----------
    lengths : ndarray of shape (n,), int64
    """
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        yield from np.split(rows, range(_ROWS, len(rows), _ROWS))


def draw_after(estimator, beginnings: np.ndarray, condition, most: int, drawing: Drawing) -> list:
    """Give beginnings ``(n, time, features)`` with what is drawn after each.

    Raises
    ------
    ValueError
        If what is drawn is not finite.
    """
    scaler = estimator._scaler
    drawn = draw_on(
        estimator.module_,
        (beginnings - scaler.mean) / scaler.scale,
        condition,
        most,
        drawing,
        estimator._module_device(),
    )
    whole = [
        np.concatenate([begun, scaler.mean + scaler.scale * steps])
        for begun, steps in zip(beginnings, drawn, strict=True)
    ]
    if not all(np.isfinite(sequence).all() for sequence in whole):
        raise ValueError(
            "the network draws what is no number: training came close to divergence; fit again "
            "with a lower lr."
        )
    return whole


def as_cube(estimator, sequences: list) -> np.ndarray:
    """Give sequences of one length as one array; a table, if ``fit`` saw one."""
    cube = np.stack(sequences)
    return cube if estimator._input_form == "ragged" else cube[:, :, 0]
