"""Lengths, masks, and what padding must not touch."""

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = [
    "first_step",
    "flip_index",
    "flip_within_lengths",
    "last_step",
    "lengths_to_mask",
    "map_real_steps",
    "permute_steps",
]


def lengths_to_mask(lengths: Tensor, time: int) -> Tensor:
    """Give a mask that is True where a step is real.

    Parameters
    ----------
    lengths : Tensor of shape (batch,), int64
        The number of real steps of each sequence.
    time : int
        The number of steps of the padded batch.

    Returns
    -------
    Tensor of shape (batch, time), bool
        False at padding.

    See Also
    --------
    last_step : Reads the last real step.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import lengths_to_mask
    >>> lengths_to_mask(torch.tensor([1, 3]), 3)
    tensor([[ True, False, False],
            [ True,  True,  True]])
    """
    return torch.arange(time, device=lengths.device) < lengths[:, None]


def last_step(states: Tensor, lengths: Tensor | None) -> Tensor:
    """Give the state of the last real step of each sequence.

    Parameters
    ----------
    states : Tensor of shape (batch, time, hidden)
        Right-padded.
    lengths : Tensor of shape (batch,), int64, or None
        At least 1; None means that every sequence fills its row.

    Returns
    -------
    Tensor of shape (batch, hidden)
        One state a sequence.

    See Also
    --------
    LastPooling : The same for both directions.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import last_step
    >>> states = torch.tensor([[[1.0], [2.0], [0.0]], [[3.0], [4.0], [5.0]]])
    >>> last_step(states, torch.tensor([2, 3]))
    tensor([[2.],
            [5.]])
    """
    if lengths is None:
        return states[:, -1]
    # gather, since the gradient of indexing by two tensors takes several times as long
    index = (lengths - 1)[:, None, None].expand(-1, 1, states.shape[2])
    return states.gather(1, index).squeeze(1)


def first_step(states: Tensor) -> Tensor:
    """Give the state of the first step: ``(batch, time, hidden) -> (batch, hidden)``."""
    return states[:, 0]


def flip_within_lengths(steps: Tensor, lengths: Tensor | None) -> Tensor:
    """Reverse each sequence within its own length; padding stays where it is.

    Parameters
    ----------
    steps : Tensor of shape (batch, time, features)
        Right-padded.
    lengths : Tensor of shape (batch,), int64, or None
        None means that every sequence fills its row.

    Returns
    -------
    Tensor of shape (batch, time, features)
        Right-padded again.

    See Also
    --------
    RecurrentStack : Reads sequences in both directions.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import flip_within_lengths
    >>> steps = torch.tensor([[[1.0], [2.0], [0.0]]])
    >>> flip_within_lengths(steps, torch.tensor([2])).flatten()
    tensor([2., 1., 0.])
    """
    if lengths is None:
        return steps.flip(1)
    return permute_steps(steps, flip_index(lengths, steps.shape[1]))


def permute_steps(steps: Tensor, index: Tensor) -> Tensor:
    """Reorder the steps ``(batch, time, features)`` by a flat index from ``flip_index``."""
    return _Permute.apply(steps, index)


def flip_index(lengths: Tensor, time: int) -> Tensor:
    """Give the flat positions ``(batch * time,)`` that reverse each row within its length."""
    step = torch.arange(time, device=lengths.device)
    mirrored = lengths[:, None] - 1 - step
    index = torch.where(mirrored >= 0, mirrored, step)
    return (index + time * torch.arange(len(lengths), device=lengths.device)[:, None]).view(-1)


def map_real_steps(function: Callable[..., Tensor], real: Tensor, *steps: Tensor) -> Tensor:
    """Apply a function to steps that are real; the others get zeros.

    A CPU computes the real ones alone. Elsewhere how many there are would have to be waited for,
    and all are computed.

    Parameters
    ----------
    function : callable
        Maps tensors ``(n, ...)``, of any steps, to a tensor ``(n,)``.
    real : Tensor of shape (batch, time), bool
    *steps : Tensors of shape (batch, time, ...)

    Returns
    -------
    Tensor of shape (batch, time)
    """
    if real.device.type != "cpu":
        found = function(*(part.flatten(0, 1) for part in steps)).view(real.shape)
        return torch.where(real, found, 0)
    found = function(*(part[real] for part in steps))
    return found.new_zeros(real.shape).masked_scatter(real, found)


class _Permute(torch.autograd.Function):
    """Reorder flat rows by a permutation that is its own inverse.

    autograd would differentiate ``index_select`` by adding rows up one by one; a permutation
    needs no addition.
    """

    @staticmethod
    def forward(ctx, steps, index):
        ctx.save_for_backward(index)
        return steps.reshape(-1, steps.shape[2]).index_select(0, index).view(steps.shape)

    @staticmethod
    def backward(ctx, gradient):
        (index,) = ctx.saved_tensors
        flat = gradient.reshape(-1, gradient.shape[2])
        return flat.index_select(0, index).view(gradient.shape), None
