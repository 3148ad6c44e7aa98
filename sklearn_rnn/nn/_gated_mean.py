"""States that are means of candidates, by gates which read the input alone."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._first_order import CELL_OF_TORCH, first_order
from sklearn_rnn.nn._scan import prefers_chunks, scan_in_place

__all__ = ["gated_mean"]


def gated_mean(gates: Tensor, n_gates: int, initial: Tensor | None = None) -> Tensor:
    """Give the states ``h[t] = k[t] * h[t - 1] + (1 - k[t]) * c[t]``, whose gates know no state.

    Parameters
    ----------
    gates : Tensor of shape (time, batch, n_gates * hidden)
        Before the logistic function, each ``hidden`` wide: keep and candidate ``c``; or forget,
        input and candidate.
    n_gates : {2, 3}
        With 2, ``k`` is the keep gate. With 3 it is the share of the forget gate in the sum of
        the forget and the input gate.
    initial : Tensor of shape (batch, hidden) or None, default=None
        The state before the first step; None means zeros.

    Returns
    -------
    Tensor of shape (time, batch, hidden)
    """
    return _GatedMean.apply(gates, n_gates, initial, prefers_chunks(gates[..., ::n_gates]))


class _GatedMean(torch.autograd.Function):
    """Beside the gates and the states one number a state is kept: how much is written."""

    @staticmethod
    def forward(ctx, gates, n_gates, initial, chunked):
        *parts, candidates = gates.chunk(n_gates, dim=-1)
        writes = _shut(parts).sigmoid_()  # 1 - k would lose the digits of small ones
        states, keeps = writes * candidates, 1 - writes
        if initial is not None:
            states[0].addcmul_(keeps[0], initial)
        scan_in_place(keeps, states, chunked=chunked)
        ctx.save_for_backward(gates, writes, states, initial)
        ctx.n_gates, ctx.chunked = n_gates, chunked
        return states

    @staticmethod
    @first_order(CELL_OF_TORCH)
    def backward(ctx, gradient):
        gates, writes, states, initial = ctx.saved_tensors
        *parts, candidates = gates.chunk(ctx.n_gates, dim=-1)
        deltas, keeps = gradient.clone(memory_format=torch.contiguous_format), 1 - writes
        scan_in_place(keeps, deltas, reverse=True, chunked=ctx.chunked)
        of_initial = None if initial is None else deltas[0] * keeps[0]
        found = torch.empty_like(gates)
        *slopes, of_candidates = found.chunk(ctx.n_gates, dim=-1)
        torch.mul(deltas, writes, out=of_candidates)
        of_keep = torch.neg(candidates, out=slopes[0])
        of_keep[1:] += states[:-1]
        if initial is not None:
            of_keep[0] += initial
        of_keep.mul_(of_candidates).mul_(keeps)
        if len(parts) == 2:
            forget, read = parts
            torch.neg(read, out=slopes[1]).sigmoid_().mul_(of_keep).neg_()
            of_keep.mul_(forget.neg().sigmoid_())
        return found, None, of_initial, None


def _shut(parts):
    """Give the gate that writes, before the logistic function, as a tensor of its own.

    The share of ``sigmoid(read)`` in the sum is ``sigmoid(log sigmoid(read) - log
    sigmoid(forget))``, which divides by nothing that could be 0.
    """
    if len(parts) == 1:
        return parts[0].neg()
    forget, read = parts
    return nn.functional.logsigmoid(read).sub_(nn.functional.logsigmoid(forget))
