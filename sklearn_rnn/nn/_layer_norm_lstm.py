"""An LSTM with layer normalisation."""

import torch
from torch.nn import functional

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

__all__ = ["LayerNormLSTM"]

_EPSILON = 1e-5  # that of torch.nn.LayerNorm


class LayerNormLSTM(StepCell):
    r"""An LSTM that normalises what its gates read of the step and of the state, and its memory.

    .. math::
        (i_t, f_t, g_t, o_t) &= \operatorname{LN}(W_{ih} x_t) \alpha_{ih} + b_{ih}
            + \operatorname{LN}(W_{hh} h_{t-1}) \alpha_{hh} + b_{hh} \\
        c_t &= \sigma(f_t) c_{t-1} + \sigma(i_t) \tanh g_t \\
        h_t &= \sigma(o_t) \tanh(\operatorname{LN}(c_t) \alpha_c + b_c)

    LN takes the mean and the deviation over all units, those of the four gates together, and adds
    1e-5 to the variance. A row is normalised by itself, so nothing depends on batch mates. The
    paper's bias of the gates beside those of the two normalisations would change nothing. The
    weights are laid out as those of ``torch.nn.LSTM``. Gains begin at 1, but for that of the state,
    :math:`\alpha_{hh}`, which begins at 1/2: about what it reads without normalisation. At 1 the
    cell is chaotic, and a rounding error grows a hundredfold within fifty steps.

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
    build_cell : Builds it as "layer_norm_lstm", its weights drawn from a generator.
    SLSTM : The LSTM with an exponential gate.

    References
    ----------
    Ba et al., "Layer Normalization", 2016, eq. 20 to 22.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import build_cell
    >>> cell = build_cell("layer_norm_lstm", 3, 5, generator=torch.Generator().manual_seed(0))
    >>> states, (hidden, memory) = cell(torch.zeros(2, 7, 3))
    >>> states.shape, hidden.shape, memory.shape
    (torch.Size([2, 7, 5]), torch.Size([1, 2, 5]), torch.Size([1, 2, 5]))
    """

    n_gates = 4
    n_carried = 2

    @torch.no_grad()
    def fill(self, generator: torch.Generator | None) -> None:
        """Draw the weights as those of torch's LSTM are drawn, and let the gains be 1, 1/2, 1.

        Parameters
        ----------
        generator : torch.Generator or None
            What the weights are drawn from; None means torch's own.
        """
        super().fill(generator)
        open_forget_gate(self)
        self.gain_ih_l0.fill_(1)
        self.gain_hh_l0.fill_(0.5)
        self.gain_c_l0.fill_(1)

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
        self.gain_ih_l0 = self._parameter(4 * self.hidden_size)
        self.gain_hh_l0 = self._parameter(4 * self.hidden_size)
        self.gain_c_l0 = self._parameter(self.hidden_size)
        self.bias_c_l0 = self._parameter(self.hidden_size)

    def _read(self, steps):
        shape = (4 * self.hidden_size,)
        bias = self.bias_ih_l0 + self.bias_hh_l0
        return functional.layer_norm(
            self._products(steps), shape, self.gain_ih_l0, bias, eps=_EPSILON
        )

    def _run(self, gates, *state):
        gains = self.gain_hh_l0, self.gain_c_l0, self.bias_c_l0
        return run_steps(_forward, _backward, self._recurrent_weight(), gates, *gains, *state)


def _forward(weight, gates, gain, memory_gain, memory_bias, hidden, memory):
    time, size = len(gates), hidden.shape[1]
    states, memories = open_states(hidden, time), open_states(memory, time)
    products = torch.zeros_like(gates)
    kept = weight, gates, products, gain, memory_gain, memory_bias, states, memories
    transposed = weight.T
    reads, forgets, candidates, writes = (part.unbind(0) for part in gates.split(size, dim=2))
    first_gates = gates[..., : 2 * size].unbind(0)
    gates, products = gates.unbind(0), products.unbind(0)
    hiddens, cells = states.unbind(0), memories.unbind(0)
    for t in range(time):
        add_product(products[t], hiddens[t], transposed)
        gates[t].add_(_normalise(products[t], gain)[0])
        first_gates[t].sigmoid_()
        candidates[t].tanh_()
        writes[t].sigmoid_()
        torch.mul(forgets[t], cells[t], out=cells[t + 1]).addcmul_(reads[t], candidates[t])
        normal = _normalise(cells[t + 1], memory_gain, memory_bias)[0]
        torch.tanh(normal, out=hiddens[t + 1]).mul_(writes[t])
    return (states[1:], hiddens[-1].clone(), cells[-1].clone()), kept


def _normalise(rows, gain=None, bias=None):
    """Give normal rows, their means and the inverses of their deviations."""
    return torch.native_layer_norm(rows, rows.shape[-1:], gain, bias, _EPSILON)


def _slope_of_norm(gradient, rows, means, scales, gain):
    """Give the gradient by the rows from that by the normal rows."""
    shape = rows.shape[-1:]
    which = [True, False, False]
    return torch.ops.aten.native_layer_norm_backward(
        gradient, rows, shape, means, scales, gain, None, which
    )[0]


def _backward(kept, of_states, of_last, of_memory):
    weight, gates, products, gain, memory_gain, memory_bias, states, memories = kept
    size = states.shape[2]
    normal_products, *statistics = _normalise(products)
    normal, *memory_statistics = _normalise(memories[1:])
    written = torch.addcmul(memory_bias, normal, memory_gain).tanh_()
    deltas, through = slopes_of_lstm(gates, memories, written)
    statistics = [part.unbind(0) for part in statistics]
    memory_statistics = [part.unbind(0) for part in memory_statistics]
    gradients, of_memory = collect_gradients(of_states, of_last), of_memory.clone()
    parts, flat, rows = gradients.unbind(0), deltas.unbind(0), products.unbind(0)
    of_cell = deltas.unflatten(2, (4, size))[:, :, :3].unbind(0)
    of_write = deltas[..., 3 * size :].unbind(0)
    forgets, of_normal = gates[..., size : 2 * size].unbind(0), through.unbind(0)
    cells, of_products = memories[1:].unbind(0), torch.empty_like(products)
    for t in reversed(range(len(flat))):
        of_normal[t].mul_(parts[t + 1])
        mean, scale = (part[t] for part in memory_statistics)
        of_memory.add_(_slope_of_norm(of_normal[t], cells[t], mean, scale, memory_gain))
        of_cell[t].mul_(of_memory[:, None])
        of_write[t].mul_(parts[t + 1])
        of_memory.mul_(forgets[t])
        mean, scale = (part[t] for part in statistics)
        of_products[t] = _slope_of_norm(flat[t], rows[t], mean, scale, gain)
        add_product(parts[t], of_products[t], weight)
    of_gain = normal_products.mul_(deltas).sum((0, 1))
    of_memory_gain = normal.mul_(through).sum((0, 1))
    of_memory_bias = through.sum((0, 1))
    of_weight = gather_weight_gradient(of_products, states[:-1], weight)
    return of_weight, deltas, of_gain, of_memory_gain, of_memory_bias, parts[0], of_memory
