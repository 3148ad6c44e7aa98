"""Dropout that draws from the fit's own generator."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._precision import at_least_float32

__all__ = ["SeededDropout", "SeededModule", "drop", "set_dropout_generator"]


class SeededModule(nn.Module):
    """A layer that draws from a generator handed to it by :func:`set_dropout_generator`."""

    generator: torch.Generator | None = None


class SeededDropout(SeededModule):
    """Dropout whose random numbers come from a generator of its own.

    torch's own dropout draws from the global generator, which the library neither reads nor
    moves. :func:`set_dropout_generator` hands the generator over before training.

    Parameters
    ----------
    p : float
        The probability of a zero.
    shared_over_time : bool, default=False
        Whether one mask serves all steps of a sequence, which needs steps of shape
        ``(batch, time, features)`` (Gal and Ghahramani, "A Theoretically Grounded Application of
        Dropout in Recurrent Neural Networks", 2016).
    """

    def __init__(self, p: float, *, shared_over_time: bool = False):
        super().__init__()
        self.p = p
        self.shared_over_time = shared_over_time

    def forward(self, steps: Tensor) -> Tensor:
        shape = list(steps.shape)
        if self.shared_over_time:
            shape[1] = 1
        return drop(steps, self.draw(shape, steps))

    def draw(self, shape: Sequence[int], like: Tensor) -> Tensor | None:
        """Draw a mask, of zeros and what makes up for them; None where nothing is dropped."""
        if not self.training or self.p == 0:
            return None
        keep = 1 - self.p
        mask = torch.empty(shape, dtype=at_least_float32(like), device=like.device)
        return mask.bernoulli_(keep, generator=self.generator).div_(keep)

    def extra_repr(self) -> str:
        return f"p={self.p}, shared_over_time={self.shared_over_time}"


def drop(steps: Tensor, mask: Tensor | None) -> Tensor:
    """Apply a mask of :class:`SeededDropout`."""
    return steps if mask is None else (steps * mask).to(steps.dtype)


def set_dropout_generator(module: nn.Module, generator: torch.Generator) -> None:
    """Let every ``SeededModule`` of the module draw from ``generator``."""
    for layer in module.modules():
        if isinstance(layer, SeededModule):
            layer.generator = generator
