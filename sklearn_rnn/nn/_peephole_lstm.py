"""An LSTM whose gates see the memory."""

import torch

from sklearn_rnn.nn._initial_weights import fill_gates_of_lstm, open_forget_gate
from sklearn_rnn.nn._step_cell import (
    StepCell,
    add_product,
    collect_gradients,
    gather_weight_gradient,
    open_states,
    run_steps,
    slopes_of_lstm,
)

__all__ = ["PeepholeLSTM"]


class PeepholeLSTM(StepCell):
    r"""An LSTM whose gates see the memory itself, each unit its own.

    .. math::
        i_t &= \sigma(W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi} + p_i c_{t-1}) \\
        f_t &= \sigma(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf} + p_f c_{t-1}) \\
        g_t &= \tanh(W_{ig} x_t + b_{ig} + W_{hg} h_{t-1} + b_{hg}) \\
        c_t &= f_t c_{t-1} + i_t g_t \\
        o_t &= \sigma(W_{io} x_t + b_{io} + W_{ho} h_{t-1} + b_{ho} + p_o c_t) \\
        h_t &= o_t \tanh c_t

    The weights are laid out as those of ``torch.nn.LSTM``, the peepholes ``(3 * hidden,)`` in the
    order input, forget, output. These begin at zero, so that the cell begins as torch's LSTM.

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
    build_cell : Builds it as "peephole_lstm", its weights drawn from a generator.
    LayerNormLSTM : The LSTM with normalised gates.

    References
    ----------
    Gers and Schmidhuber, "Recurrent Nets that Time and Count", 2000; in this form Graves,
    "Generating Sequences With Recurrent Neural Networks", 2013, eq. 7 to 11.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import build_cell
    >>> cell = build_cell("peephole_lstm", 3, 5, generator=torch.Generator().manual_seed(0))
    >>> states, (hidden, memory) = cell(torch.zeros(2, 7, 3))
    >>> states.shape, hidden.shape, memory.shape
    (torch.Size([2, 7, 5]), torch.Size([1, 2, 5]), torch.Size([1, 2, 5]))
    """

    n_gates = 4
    n_carried = 2

    @torch.no_grad()
    def fill(self, generator: torch.Generator | None) -> None:
        """Draw the weights as those of torch's LSTM are drawn, the peepholes zero.

        Parameters
        ----------
        generator : torch.Generator or None
            What the weights are drawn from; None means torch's own.
        """
        super().fill(generator)
        open_forget_gate(self)

    @torch.no_grad()
    def fill_gates(self, longest: int, generator: torch.Generator) -> None:
        """Draw the biases of the input and the forget gate as those of torch's LSTM.

        Parameters
        ----------
        longest : int
            The length of the longest sequence.
        generator : torch.Generator
            What they are drawn from.
        """
        fill_gates_of_lstm(self, longest, generator)

    def _add_parameters(self):
        self.peephole_l0 = self._parameter(3 * self.hidden_size)

    def _run(self, gates, *state):
        return run_steps(
            _forward, _backward, self._recurrent_weight(), gates, self.peephole_l0, *state
        )


def _forward(weight, gates, peepholes, hidden, memory):
    time, size = len(gates), hidden.shape[1]
    states, memories = open_states(hidden, time), open_states(memory, time)
    kept = weight, gates, peepholes, states, memories
    early, late = peepholes[: 2 * size].view(2, size), peepholes[2 * size :]
    transposed = weight.T
    reads, forgets, candidates, writes = (part.unbind(0) for part in gates.split(size, dim=2))
    first_gates = gates.unflatten(2, (4, size))[:, :, :2].unbind(0)  # (batch, 2, hidden)
    gates, hiddens, cells = gates.unbind(0), states.unbind(0), memories.unbind(0)
    for t in range(time):
        add_product(gates[t], hiddens[t], transposed)
        first_gates[t].addcmul_(cells[t][:, None], early).sigmoid_()
        candidates[t].tanh_()
        torch.mul(forgets[t], cells[t], out=cells[t + 1]).addcmul_(reads[t], candidates[t])
        writes[t].addcmul_(cells[t + 1], late).sigmoid_()
        torch.tanh(cells[t + 1], out=hiddens[t + 1]).mul_(writes[t])
    return (states[1:], hiddens[-1].clone(), cells[-1].clone()), kept


def _backward(kept, of_states, of_last, of_memory):
    weight, gates, peepholes, states, memories = kept
    size = states.shape[2]
    deltas, through, keeps = _slopes(gates, peepholes.chunk(3), memories)
    gradients, of_memory = collect_gradients(of_states, of_last), of_memory.clone()
    parts, flat = gradients.unbind(0), deltas.unbind(0)
    of_cell = deltas.unflatten(2, (4, size))[:, :, :3].unbind(0)
    of_write = deltas[..., 3 * size :].unbind(0)
    through, keeps = through.unbind(0), keeps.unbind(0)
    for t in reversed(range(len(flat))):
        of_memory.addcmul_(parts[t + 1], through[t])
        of_cell[t].mul_(of_memory[:, None])
        of_write[t].mul_(parts[t + 1])
        of_memory.mul_(keeps[t])
        add_product(parts[t], flat[t], weight)
    of_read, of_forget, _, of_write = deltas.chunk(4, dim=2)
    seen = [of_read * memories[:-1], of_forget * memories[:-1], of_write * memories[1:]]
    of_peepholes = torch.cat([part.sum((0, 1)) for part in seen])
    of_weight = gather_weight_gradient(deltas, states[:-1], weight)
    return of_weight, deltas, of_peepholes, parts[0], of_memory


def _slopes(gates, peepholes, memories):
    """Give slopes by what goes into the gates, of the memory by the state, and by the last one."""
    to_read, to_forget, to_write = peepholes
    slopes, through = slopes_of_lstm(gates, memories, memories[1:].tanh())
    of_read, of_forget, _, of_write = slopes.chunk(4, dim=2)
    forget = gates.chunk(4, dim=2)[1]
    through.addcmul_(of_write, to_write)
    keeps = torch.addcmul(forget, of_read, to_read).addcmul_(of_forget, to_forget)
    return slopes, through, keeps
