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

    See Also
    --------
    set_dropout_generator : Gives every layer of a network the generator that it draws from.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import SeededDropout, set_dropout_generator
    >>> dropout = SeededDropout(0.5, shared_over_time=True)
    >>> set_dropout_generator(dropout, torch.Generator().manual_seed(0))
    >>> steps = dropout(torch.ones(1, 3, 8))
    >>> bool((steps[:, 0] == steps[:, 2]).all())  # one mask serves all steps
    True
    """

    def __init__(self, p: float, *, shared_over_time: bool = False):
        super().__init__()
        self.p = p
        self.shared_over_time = shared_over_time

    def forward(self, steps: Tensor) -> Tensor:
        """Drop in training; give the steps as they are at prediction.

        Parameters
        ----------
        steps : Tensor of shape (batch, ...)
            Anything, or ``(batch, time, features)`` with ``shared_over_time``.

        Returns
        -------
        Tensor of the same shape
            Zero where dropped, and larger by ``1 / (1 - p)`` elsewhere.
        """
        shape = list(steps.shape)
        if self.shared_over_time:
            shape[1] = 1
        return drop(steps, self.draw(shape, steps))

    def draw(self, shape: Sequence[int], like: Tensor) -> Tensor | None:
        """Draw a mask, of zeros and what makes up for them.

        Parameters
        ----------
        shape : sequence of int
            That of the mask.
        like : Tensor
            What it will be multiplied by, whose device and type it gets.

        Returns
        -------
        Tensor or None
            None where nothing is dropped: at prediction, or if ``p`` is 0.
        """
        if not self.training or self.p == 0:
            return None
        keep = 1 - self.p
        mask = torch.empty(shape, dtype=at_least_float32(like), device=like.device)
        return mask.bernoulli_(keep, generator=self.generator).div_(keep)

    def extra_repr(self) -> str:
        """What torch prints between the brackets."""
        return f"p={self.p}, shared_over_time={self.shared_over_time}"


def drop(steps: Tensor, mask: Tensor | None) -> Tensor:
    """Apply a mask of :class:`SeededDropout`."""
    return steps if mask is None else (steps * mask).to(steps.dtype)


def set_dropout_generator(module: nn.Module, generator: torch.Generator) -> None:
    """Let every layer of a module that drops at random draw from one generator.

    Parameters
    ----------
    module : torch.nn.Module
        A network, whose layers are looked through.
    generator : torch.Generator
        What :class:`SeededDropout` and its like draw from, on the device of the network.

    See Also
    --------
    SeededDropout : Draws from it.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import SeededDropout, set_dropout_generator
    >>> network = torch.nn.Sequential(torch.nn.Linear(3, 8), SeededDropout(0.5))
    >>> generator = torch.Generator().manual_seed(0)
    >>> set_dropout_generator(network, generator)
    >>> network[1].generator is generator
    True
    """
    for layer in module.modules():
        if isinstance(layer, SeededModule):
            layer.generator = generator
