"""One recurrent layer over many steps: in one go, or in pieces with its state carried over."""

import math
import warnings

import torch
from torch import Tensor, nn
from torch.func import functional_call

from sklearn_rnn.nn._half_gru import reads_in_half_precision, run_gru
from sklearn_rnn.nn._lru import LRU
from sklearn_rnn.nn._scan_cell import GatedMeanCell
from sklearn_rnn.nn._states import choose_rows, map_state
from sklearn_rnn.nn._step_cell import StepCell

__all__ = ["cut_gradient", "cut_time", "run_layer", "split_for_workspace"]

# Tensors of more than 32 MB the C library maps and unmaps at every call, and page faults take much
# of the time. So long batches are trained on a CPU in chunks of time with carried state, which is
# the same function. The workspace of torch's LSTM takes 64 bytes a step and hidden unit; the cells
# of the library keep several tensors, of at most 16, and gain a tenth to a quarter of the time.
_LSTM_BYTES, _OWN_BYTES = 64, 24
_WORKSPACE_BYTES = 24 << 20
_OWN_CELLS = (GatedMeanCell, LRU, StepCell)


def run_layer(
    layer: nn.Module, steps: Tensor, state=None, weights: dict[str, Tensor] | None = None
) -> tuple[Tensor, object]:
    """Run one layer in one direction.

    Parameters
    ----------
    layer : Module
        Called like ``torch.nn.LSTM``.
    steps : Tensor of shape (batch, time, features)
    state : object, default=None
        What the layer carries after the steps before these; None means the beginning.
    weights : dict of str to Tensor or None, default=None
        By their names, weights to take instead of the layer's own.

    Returns
    -------
    states : Tensor of shape (batch, time, hidden)
    state : object
        What it carries after these; None for a cell that says nothing of it.
    """
    if reads_in_half_precision(layer, steps):
        return run_gru(layer, steps, state, weights)
    parts = []
    for part in split_for_workspace(layer, steps):
        arguments = (part,) if state is None else (part, state)
        found = _call_with(layer, weights, arguments) if weights else layer(*arguments)
        states, state, *_ = *found, None
        parts.append(states)
    return (parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)), state


def _call_with(layer, weights, arguments):
    """Call a layer with other weights, which on a GPU torch would have lie side by side."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous")
        return functional_call(layer, weights, arguments)


def split_for_workspace(layer: nn.Module, steps: Tensor) -> tuple[Tensor, ...]:
    """Cut steps ``(batch, time, features)`` in time, where training on a CPU is faster so."""
    trains = torch.is_grad_enabled() and steps.device.type == "cpu"
    n_bytes = _bytes_of_step(layer) if trains else None
    if n_bytes is None:
        return (steps,)
    batch, time, _ = steps.shape
    chunk = max(1, _WORKSPACE_BYTES // (n_bytes * batch * layer.hidden_size))
    return (steps,) if chunk >= time else steps.split(-(-time // -(-time // chunk)), dim=1)


def _bytes_of_step(layer):
    """Give the bytes a step and unit of a layer that gains by chunks and surely carries its state.

    Give None for others: a user's subclass of torch's LSTM may give no state, and a layer that
    reads in both directions needs all steps.
    """
    if type(layer) is nn.LSTM:
        return None if layer.bidirectional else _LSTM_BYTES
    return _OWN_BYTES if isinstance(layer, _OWN_CELLS) else None


def cut_time(time: int, stretch: int | None, *, finely: bool = False) -> list[int]:
    """Cut ``time`` steps every ``stretch`` of them, and each stretch into pieces if asked to.

    Parameters
    ----------
    time : int
    stretch : int or None
        None means one stretch.
    finely : bool, default=False
        Whether pieces are no longer than the square root of ``time``: there are then about as
        many of them as each has steps, which needs the least memory where the state between
        pieces is kept and those within one are computed again (Chen et al., "Training Deep Nets
        with Sublinear Memory Cost", 2016, section 4.1).

    Returns
    -------
    list of int
        The lengths of the pieces.

    Examples
    --------
    >>> from sklearn_rnn.nn._layer_runs import cut_time
    >>> cut_time(10, 4), cut_time(10, 4, finely=True)
    ([4, 4, 2], [4, 4, 2])
    >>> cut_time(10, None), cut_time(10, None, finely=True), cut_time(10, 6, finely=True)
    ([10], [4, 4, 2], [4, 2, 4])
    """
    stretch = time if stretch is None else stretch
    piece = min(stretch, math.isqrt(time - 1) + 1) if finely else stretch
    sizes = []
    for start in range(0, time, stretch):
        left = min(stretch, time - start)
        sizes += [min(piece, left - i) for i in range(0, left, piece)]
    return sizes


def cut_gradient(state, start: int, stretch: int, lengths: Tensor | None, time: int):
    """Let no gradient flow back across the border before step ``start``.

    A sequence with less than a whole ``stretch`` behind the border has none there: what is left
    over belongs to the stretch before, so that the gradient of its last state goes back by at
    least ``stretch`` steps.
    """
    if lengths is None:
        return map_state(Tensor.detach, state) if time - start >= stretch else state
    return choose_rows(lengths < start + stretch, state, map_state(Tensor.detach, state))
