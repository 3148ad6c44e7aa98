"""Elman's network with sigmoids."""

import torch

from sklearn_rnn.nn._step_cell import (
    StepCell,
    add_product,
    bend,
    collect_gradients,
    gather_weight_gradient,
    open_states,
    run_steps,
)

__all__ = ["SigmoidRNN"]


class SigmoidRNN(StepCell):
    r"""Elman's network, whose units are sigmoids of the step and of all units before.

    .. math:: h_t = \sigma(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})

    Parameters
    ----------
    input_size, hidden_size : int
        Features of a step, and units.
    batch_first : bool, default=False
        Whether steps are ``(batch, time, features)`` rather than ``(time, batch, features)``.
    device, dtype : torch.device and torch.dtype, or None, default=None
        Of the weights, as torch takes them.

    See Also
    --------
    build_cell : Builds it as "rnn_sigmoid", its weights drawn from a generator.
    IndRNN : Units that read, of the last state, themselves alone.

    References
    ----------
    Elman, "Finding Structure in Time", 1990.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import build_cell
    >>> cell = build_cell("rnn_sigmoid", 3, 5, generator=torch.Generator().manual_seed(0))
    >>> states, last = cell(torch.zeros(2, 7, 3))
    >>> states.shape, last.shape
    (torch.Size([2, 7, 5]), torch.Size([1, 2, 5]))
    """

    def _run(self, gates, hidden):
        return run_steps(_forward, _backward, self._recurrent_weight(), gates, hidden)


def _forward(weight, gates, hidden):
    states = open_states(hidden, len(gates))
    transposed, gates = weight.T, gates.unbind(0)
    for t, state in enumerate(states[:-1].unbind(0)):
        add_product(gates[t], state, transposed)
        torch.sigmoid(gates[t], out=states[t + 1])
    return (states[1:], states[-1].clone()), (weight, states)


def _backward(kept, of_states, of_last):
    weight, states = kept
    slopes, gradients = bend(states[1:]), collect_gradients(of_states, of_last)
    deltas, parts = slopes.unbind(0), gradients.unbind(0)
    for t in reversed(range(len(deltas))):
        deltas[t].mul_(parts[t + 1])
        add_product(parts[t], deltas[t], weight)
    return gather_weight_gradient(slopes, states[:-1], weight), slopes, parts[0]
