"""A GRU whose matrix products alone are in half precision."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._first_order import first_order

__all__ = ["reads_in_half_precision", "run_gru"]


def reads_in_half_precision(layer: nn.Module, steps: Tensor) -> bool:
    """Whether :func:`run_gru` stands in: for one layer of torch's GRU, under autocast on a CPU."""
    return (
        type(layer) is nn.GRU
        and torch.is_autocast_enabled("cpu")
        and steps.device.type == "cpu"
        and layer.weight_hh_l0.dtype == torch.float32
        and layer.num_layers == 1
        and layer.bias
        and not layer.bidirectional
    )


def run_gru(
    layer: nn.GRU,
    steps: Tensor,
    state: Tensor | None = None,
    weights: dict[str, Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Run a GRU with products in the type of autocast, and gates and states in float32.

    torch rounds the gates, too. The largest number below 1 that bfloat16 holds is 1 - 1/256, so
    an update gate that keeps the state for more than a few hundred steps is rounded to one that
    keeps it for ever. Here it is not, and one loop of few operations is also faster.

    Parameters
    ----------
    layer : nn.GRU
        One layer, one direction, with biases and ``batch_first=True``.
    steps : Tensor of shape (batch, time, features)
    state : Tensor of shape (1, batch, hidden) or None, default=None
        The state before the first step; None means zeros.
    weights : dict of str to Tensor or None, default=None
        By their names, weights to take instead of the layer's own.

    Returns
    -------
    states : Tensor of shape (batch, time, hidden), float32
    state : Tensor of shape (1, batch, hidden), float32
        That of the last step.
    """
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    own = dict(layer.named_parameters()) | (weights or {})
    taken = [own[name] for name in names]
    dtype = torch.get_autocast_dtype("cpu")
    before = steps.new_zeros(len(steps), layer.hidden_size, dtype=torch.float32)
    before = before if state is None else state[0].float()
    states = _HalfGRU.apply(steps.transpose(0, 1), before, *taken, dtype).transpose(0, 1)
    return states, states[:, -1][None]


class _HalfGRU(torch.autograd.Function):
    """Steps ``(time, batch, features)``, from a state, to states ``(time, batch, hidden)``.

    The gates are those of torch, in its order: reset, keep, candidate. What the candidate reads
    of the state, before it is reset, is called recalled.
    """

    @staticmethod
    def forward(ctx, steps, state, input_weight, weight, input_bias, bias, dtype):
        time, batch, _ = steps.shape
        size = weight.shape[1]
        inputs = steps.to(dtype).reshape(time * batch, -1)
        input_weight, weight = input_weight.to(dtype), weight.to(dtype)
        gates = torch.mm(inputs, input_weight.T).float().add_(input_bias).view(time, batch, -1)
        gates[..., : 2 * size] += bias[: 2 * size]
        states = torch.empty(time + 1, batch, size, dtype=torch.float32)
        states[0] = state
        recalled = torch.empty(time, batch, size, dtype=torch.float32)
        _loop(gates, states, recalled, weight.T.contiguous(), bias[2 * size :])
        ctx.save_for_backward(inputs, input_weight, weight, gates, states, recalled)
        ctx.type_of_steps = steps.dtype
        return states[1:]

    @staticmethod
    @first_order("train in float32")
    def backward(ctx, gradient):
        inputs, input_weight, weight, gates, states, recalled = ctx.saved_tensors
        time, batch, size = gradient.shape
        slopes = _slopes(gates, states[:-1], recalled)
        keeps = gates[..., size : 2 * size]
        deltas, of_start = _loop_back(gradient, slopes, keeps, weight)
        deltas = deltas.view(time * batch, 4 * size)
        of_state = deltas[:, : 3 * size]
        of_input = torch.cat([deltas[:, : 2 * size], deltas[:, 3 * size :]], dim=1)
        before = states[:-1].reshape(time * batch, size).to(weight.dtype)
        of_steps = None
        if ctx.needs_input_grad[0]:
            of_steps = torch.mm(of_input, input_weight).to(ctx.type_of_steps)
            of_steps = of_steps.view(time, batch, -1)
        return (
            of_steps,
            of_start,
            torch.mm(of_input.T, inputs).float(),
            torch.mm(of_state.T, before).float(),
            of_input.sum(0, dtype=torch.float32),
            of_state.sum(0, dtype=torch.float32),
            None,
        )


def _loop(gates, states, recalled, weight, bias):
    """Fill ``gates``, which hold what comes from the input, ``states`` and ``recalled``."""
    size = states.shape[2]
    resets, keeps, candidates = (part.unbind(0) for part in gates.split(size, dim=2))
    sigmoids = gates[..., : 2 * size].unbind(0)
    states, recalled = states.unbind(0), recalled.unbind(0)
    for t, state in enumerate(states[:-1]):
        product = torch.mm(state.to(weight.dtype), weight)
        sigmoids[t].add_(product[:, : 2 * size]).sigmoid_()
        recalled[t].copy_(product[:, 2 * size :]).add_(bias)
        candidates[t].addcmul_(resets[t], recalled[t]).tanh_()
        torch.lerp(candidates[t], state, keeps[t], out=states[t + 1])


def _slopes(gates, before, recalled):
    """Slopes of each new state by what goes into reset, keep, recalled and candidate."""
    reset, keep, candidate = gates.chunk(3, dim=2)
    replaced = 1 - keep
    of_candidate = (1 - candidate.square()).mul_(replaced)
    of_recalled = of_candidate * reset
    of_reset = (1 - reset).mul_(of_recalled).mul_(recalled)
    of_keep = (before - candidate).mul_(keep).mul_(replaced)
    return torch.stack([of_reset, of_keep, of_recalled, of_candidate], dim=2)


def _loop_back(gradient, slopes, keeps, weight):
    """Give the gradients by what goes into the gates, and by the state before the first step.

    They are ``(time, batch, 4, hidden)`` and ``(batch, hidden)``.
    """
    deltas = torch.empty(slopes.shape, dtype=weight.dtype)
    recurrent = deltas.flatten(2)[..., : weight.shape[0]].unbind(0)
    of_state = torch.zeros(gradient.shape[1:], dtype=torch.float32)
    for t in reversed(range(len(gradient))):
        of_state.add_(gradient[t])
        deltas[t] = slopes[t] * of_state[:, None]
        of_state.mul_(keeps[t]).add_(torch.mm(recurrent[t], weight))
    return deltas, of_state
