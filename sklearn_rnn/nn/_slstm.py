"""The LSTM with exponential gates of xLSTM."""

import torch
from torch.nn import functional

from sklearn_rnn.nn._initial_weights import draw_keeping_biases, open_forget_gate
from sklearn_rnn.nn._step_cell import (
    StepCell,
    add_product,
    bend,
    collect_gradients,
    gather_weight_gradient,
    open_states,
    run_steps,
)

__all__ = ["SLSTM"]


class SLSTM(StepCell):
    r"""The scalar LSTM of xLSTM: an exponential input gate, and a memory that is a weighted mean.

    .. math::
        i_t &= \exp \tilde\imath_t, \quad f_t = \sigma(\tilde f_t), \quad
            z_t = \tanh \tilde z_t, \quad o_t = \sigma(\tilde o_t) \\
        c_t &= f_t c_{t-1} + i_t z_t \\
        n_t &= f_t n_{t-1} + i_t \\
        h_t &= o_t c_t / n_t

    Each of :math:`\tilde\imath, \tilde f, \tilde z, \tilde o` is :math:`W_{ih} x_t + b_{ih} +
    W_{hh} h_{t-1} + b_{hh}`, laid out as torch lays out an LSTM. The recurrent weights are full,
    as those of one head, and the forget gate is the sigmoid of the paper's two.

    What is computed is the mean :math:`a = c / n` and :math:`\ell = \log n`, which is the same but
    for rounding and can neither overflow nor vanish, whatever the gates read:

    .. math::
        w_t &= i_t / n_t = \sigma(\tilde\imath_t - \log f_t - \ell_{t-1}) \\
        a_t &= (1 - w_t) a_{t-1} + w_t z_t \\
        \ell_t &= \log(\exp(\log f_t + \ell_{t-1}) + \exp \tilde\imath_t)

    The state that is carried on is the paper's :math:`(h, c, n, m)` with the stabiliser
    :math:`m = \ell`, so that the stabilised :math:`c` is :math:`a` and :math:`n` is 1. One with
    another :math:`n` may come in; a normaliser of zero is the beginning.

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
    build_cell : Builds it as "slstm", its weights drawn from a generator.
    PeepholeLSTM : The LSTM whose gates read the memory too.

    References
    ----------
    Beck et al., "xLSTM: Extended Long Short-Term Memory", 2024, eq. 8 to 17.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import build_cell
    >>> cell = build_cell("slstm", 3, 5, generator=torch.Generator().manual_seed(0))
    >>> states, (hidden, memory, normaliser, stabiliser) = cell(torch.zeros(2, 7, 3))
    >>> states.shape, stabiliser.shape
    (torch.Size([2, 7, 5]), torch.Size([1, 2, 5]))
    """

    n_gates = 4
    n_carried = 4

    @torch.no_grad()
    def fill(self, generator: torch.Generator | None) -> None:
        """Draw the weights as those of torch's LSTM are drawn.

        Parameters
        ----------
        generator : torch.Generator or None
            What the weights are drawn from; None means torch's own.
        """
        super().fill(generator)
        open_forget_gate(self)

    @torch.no_grad()
    def fill_gates(self, longest: int, generator: torch.Generator) -> None:
        """Draw the biases of the forget gate; of the input gate they would cancel in the mean.

        Parameters
        ----------
        longest : int
            The length of the longest sequence.
        generator : torch.Generator
            What they are drawn from.
        """
        keep = draw_keeping_biases(self.hidden_size, longest, generator)
        self.bias_ih_l0[self.hidden_size : 2 * self.hidden_size] = keep

    def _run(self, gates, hidden, memory, normaliser, stabiliser):
        has_read = normaliser > 0
        normaliser = normaliser.where(has_read, 1)
        total = (stabiliser + normaliser.log()).where(has_read, -torch.inf)
        mean = memory / normaliser
        found = run_steps(_forward, _backward, self._recurrent_weight(), gates, hidden, mean, total)
        states, hidden, memory, total = found
        return states, hidden, memory, torch.ones_like(total), total


def _forward(weight, gates, hidden, memory, total):
    time, size = len(gates), hidden.shape[1]
    states, means, totals = (open_states(part, time) for part in (hidden, memory, total))
    shares = gates.new_empty(time, *hidden.shape)
    kept = weight, gates, states, means, totals, shares
    transposed = weight.T
    reads, forgets, candidates, writes = (part.unbind(0) for part in gates.split(size, dim=2))
    gates, shares = gates.unbind(0), shares.unbind(0)
    hiddens, means, totals = states.unbind(0), means.unbind(0), totals.unbind(0)
    for t in range(time):
        add_product(gates[t], hiddens[t], transposed)
        older = functional.logsigmoid(forgets[t]).add_(totals[t])
        torch.sub(reads[t], older, out=shares[t]).sigmoid_()
        torch.logaddexp(older, reads[t], out=totals[t + 1])
        torch.lerp(means[t], candidates[t].tanh_(), shares[t], out=means[t + 1])
        torch.mul(writes[t].sigmoid_(), means[t + 1], out=hiddens[t + 1])
    return (states[1:], hiddens[-1].clone(), means[-1].clone(), totals[-1].clone()), kept


def _backward(kept, of_states, of_last, of_mean, of_total):
    weight, gates, states, means, _, shares = kept
    size = states.shape[2]
    slopes, writes = _slopes(gates, means, shares), gates[..., 3 * size :].unbind(0)
    of_share, keeps = bend(shares), 1 - shares
    of_share = of_share.mul_(gates[..., 2 * size : 3 * size] - means[:-1]).unbind(0)
    gradients = collect_gradients(of_states, of_last)
    parts, flat, keeps = gradients.unbind(0), slopes.unbind(0), keeps.unbind(0)
    of_read, of_forget, of_candidate, of_write = (x.unbind(0) for x in slopes.split(size, dim=2))
    of_mean, of_total = of_mean.clone(), of_total.clone()
    for t in reversed(range(len(flat))):
        of_mean.addcmul_(parts[t + 1], writes[t])
        of_write[t].mul_(parts[t + 1])
        of_candidate[t].mul_(of_mean)
        older = (of_total * keeps[t]).addcmul_(of_mean, of_share[t], value=-1)
        torch.sub(of_total, older, out=of_read[t])
        of_forget[t].mul_(older)
        of_mean.mul_(keeps[t])
        of_total = older
        add_product(parts[t], flat[t], weight)
    of_weight = gather_weight_gradient(slopes, states[:-1], weight)
    return of_weight, slopes, parts[0], of_mean, of_total


def _slopes(gates, means, shares):
    """Give slopes of log f, of the mean and of the state by what goes into their gates.

    The gradient of the input gate, the first, is no product of such a slope.
    """
    _, forget, candidate, write = gates.chunk(4, dim=2)
    slopes = torch.empty_like(gates)
    _, of_forget, of_candidate, of_write = slopes.chunk(4, dim=2)
    torch.neg(forget, out=of_forget).sigmoid_()
    torch.mul(shares, candidate, out=of_candidate)
    torch.addcmul(shares, of_candidate, candidate, value=-1, out=of_candidate)
    bend(write, out=of_write).mul_(means[1:])
    return slopes
