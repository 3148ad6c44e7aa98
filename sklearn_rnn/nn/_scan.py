"""Linear recurrences over time, run side by side where that is faster."""

from itertools import repeat

import torch
from torch import Tensor

from sklearn_rnn.nn._first_order import CELL_OF_TORCH, first_order

__all__ = ["linear_scan", "prefers_chunks", "scan_in_place"]

# Steps of a chunk. It is the same for sequences of all lengths and chunks are counted from the
# beginning, so that what comes later, padding among it, changes no bit of a state.
_CHUNK = 16
# Numbers a step from which on a core of a CPU is busier with them than with the calls.
_WIDE = 4096


def linear_scan(
    gates: Tensor,
    inputs: Tensor,
    initial: Tensor | None = None,
    *,
    chunked: bool | None = None,
) -> Tensor:
    """Give the states ``h[t] = gates[t] * h[t - 1] + inputs[t]``, real or complex.

    All is done in real space: products of gates are only ever multiplied by states, never divided
    by, so that gates of 0 and of 1 over any number of steps neither overflow nor cost digits, as
    they would in sums of logarithms or quotients of cumulative products.

    Parameters
    ----------
    gates : Tensor of shape (time, batch, hidden) or (hidden,)
        The latter are the same at every step.
    inputs : Tensor of shape (time, batch, hidden)
    initial : Tensor of shape (batch, hidden) or None, default=None
        The state before the first step; None means zeros.
    chunked : bool or None, default=None
        See :func:`scan_in_place`; None lets :func:`prefers_chunks` choose.

    Returns
    -------
    Tensor of shape (time, batch, hidden)

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn._scan import linear_scan
    >>> linear_scan(torch.tensor([0.5]), torch.ones(4, 1, 1)).flatten()
    tensor([1.0000, 1.5000, 1.7500, 1.8750])
    """
    if chunked is None:
        chunked = prefers_chunks(inputs)
    return _LinearScan.apply(gates, inputs, initial, chunked)


class _LinearScan(torch.autograd.Function):
    @staticmethod
    def forward(ctx, gates, inputs, initial, chunked):
        states = inputs.clone(memory_format=torch.contiguous_format)
        if initial is not None:
            states[0].addcmul_(_first(gates), initial)
        scan_in_place(gates, states, chunked=chunked)
        ctx.save_for_backward(gates, states, initial)
        ctx.chunked = chunked
        return states

    @staticmethod
    @first_order(CELL_OF_TORCH)
    def backward(ctx, gradient):
        gates, states, initial = ctx.saved_tensors
        deltas = gradient.clone(memory_format=torch.contiguous_format)
        # not ``conj``, which would be put off and then done anew at every step
        scan_in_place(gates.conj_physical(), deltas, reverse=True, chunked=ctx.chunked)
        of_initial = None if initial is None else deltas[0] * _first(gates).conj()
        of_gates = _of_gates(gates, deltas, states, initial) if ctx.needs_input_grad[0] else None
        return of_gates, deltas, of_initial, None


def _first(gates):
    return gates if gates.ndim == 1 else gates[0]


def _of_gates(gates, deltas, states, initial):
    """Give ``deltas[t] * conj(states[t - 1])``, summed where the gates are those of all steps."""
    if gates.ndim == 1:
        total = (deltas[1:] * states[:-1].conj()).sum((0, 1))
        return total if initial is None else total + (deltas[0] * initial.conj()).sum(0)
    found = torch.empty_like(states)
    torch.mul(deltas[1:], states[:-1].conj(), out=found[1:])
    found[0] = 0 if initial is None else deltas[0] * initial.conj()
    return found


def prefers_chunks(values: Tensor) -> bool:
    """Tell whether values ``(time, batch, hidden)`` are best scanned in chunks.

    A GPU waits for calls, so there the fewest win. A CPU is faster with one plain loop, unless a
    step is so small that the calls cost more than the numbers. At prediction it always loops: a
    choice by the size of the batch would show in the last bit.
    """
    if values.device.type != "cpu":
        return True
    return torch.is_grad_enabled() and values[0].numel() < _WIDE


def scan_in_place(
    gates: Tensor, values: Tensor, *, reverse: bool = False, chunked: bool = False
) -> None:
    """Let each of the values be a state of the recurrence whose inputs they were.

    In chunks it takes ``_CHUNK`` calls for the steps of all chunks side by side, then scans the
    last states of the chunks in the same way, and adds what these hand on to the next chunk: about
    ``2 * _CHUNK`` calls for each factor ``_CHUNK`` of the number of steps (the two-level scan of
    Blelloch, "Prefix Sums and Their Applications", 1990, section 1.3, with more levels).

    Parameters
    ----------
    gates : Tensor of shape (time, ..., hidden) or (hidden,)
        What leads from step ``t - 1`` to step ``t`` stands at ``t``, in both directions.
    values : Tensor of shape (time, ..., hidden)
    reverse : bool, default=False
        Whether the recurrence goes from the last step to the first.
    chunked : bool, default=False
        Whether it goes in chunks.
    """
    if chunked:
        shifted = gates.roll(-1, 0) if reverse and gates.ndim > 1 else gates
        _scan_in_chunks(shifted, values, reverse)
    else:
        factors = repeat(gates) if gates.ndim == 1 else _in_order(gates[1:], reverse)
        _loop(factors, _in_order(values, reverse))


def _in_order(values, reverse, axis=0):
    """Give the steps in the order in which they are read."""
    return values.unbind(axis)[::-1] if reverse else values.unbind(axis)


def _loop(factors, steps):
    """Add to each step but the first the one before, times a factor."""
    state = steps[0]
    for factor, step in zip(factors, steps[1:], strict=False):  # one factor may stand for all
        state = step.addcmul_(factor, state)


def _scan_in_chunks(factors, values, reverse):
    """Scan in place; by ``factors[t]`` step ``t`` reads the step before it in its direction."""
    time, invariant = len(values), factors.ndim == 1
    if time <= _CHUNK:
        own = repeat(factors.to(values.dtype)) if invariant else _in_order(factors, reverse)[1:]
        _loop(own, _in_order(values, reverse))
        return
    n_chunks = -(-time // _CHUNK)
    padded = values if time % _CHUNK == 0 else _pad(values, n_chunks * _CHUNK)
    chunks = padded.unflatten(0, (n_chunks, _CHUNK))
    steps = _in_order(chunks, reverse, 1)
    if invariant:
        powers = _powers(factors)
        whole = powers[-1]
        _loop(repeat(factors.to(values.dtype)), steps)
        products = powers.flip(0) if reverse else powers
        products = products.to(values.dtype).unflatten(0, (1, _CHUNK, *[1] * (values.ndim - 2)))
    else:
        products = _pad(factors, n_chunks * _CHUNK).unflatten(0, (n_chunks, _CHUNK))
        parts = _in_order(products, reverse, 1)
        for j in range(1, _CHUNK):
            steps[j].addcmul_(parts[j], steps[j - 1])
            parts[j].mul_(parts[j - 1])
        whole = parts[-1]
    _scan_in_chunks(whole, steps[-1], reverse)
    _carry_on(chunks, products, steps[-1], reverse)
    if padded is not values:
        values.copy_(padded[:time])


def _powers(factors):
    """Give the powers of each factor from 1 to ``_CHUNK``, exactly rounded where float64 is there.

    An error of a power is multiplied by itself from chunk to chunk, as that of a factor is not.
    """
    if factors.device.type != "mps":
        factors = factors.to(torch.complex128 if factors.is_complex() else torch.float64)
    return factors.expand(_CHUNK, -1).cumprod(0)


def _pad(values, time):
    """Copy values into a longer tensor that ends in zeros."""
    padded = values.new_zeros(time, *values.shape[1:])
    padded[: len(values)] = values
    return padded


def _carry_on(chunks, products, last, reverse):
    """Add what each chunk hands on to the steps of the next one; their last ones have it."""
    if reverse:
        later, rest, handed = slice(None, -1), slice(1, None), last[1:]
    else:
        later, rest, handed = slice(1, None), slice(None, -1), last[:-1]
    ways = products[:, rest] if len(products) == 1 else products[later, rest]
    chunks[later, rest].addcmul_(ways, handed[:, None])
