"""A recurrent network whose units remember independently of each other."""

import torch

from sklearn_rnn.nn._step_cell import StepCell, collect_gradients, open_states, run_steps

__all__ = ["IndRNN"]


class IndRNN(StepCell):
    r"""A recurrent network in which each unit reads, of the last state, itself alone.

    .. math:: h_t = \max(0, W_{ih} x_t + b_{ih} + b_{hh} + \operatorname{clip}(u, -1, 1) h_{t-1})

    The paper holds :math:`|u| \le 2^{1/T}` for sequences of ``T`` steps, so that nothing grows
    more than twofold from the first step to the last. How long the sequences of a stream will be
    is not known, so here it is the limit of that for long ones, 1: a unit can add up for ever, but
    not explode. The bound stands in the equation, and a weight beyond it gets the gradients that
    lead back and no others. Weights begin uniform in [0, 1], as in the paper but for the bound:
    half of the units forget within two steps, a tenth remembers for more than ten.

    Units speak to each other in the next layer only: ``num_layers=2`` is the least that the
    paper takes.

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
    build_cell : Builds it as "indrnn", its weights drawn from a generator.
    LRU : Units that remember independently too, by a linear recursion.

    References
    ----------
    Li et al., "Independently Recurrent Neural Network (IndRNN): Building A Longer and Deeper RNN",
    2018, eq. 3 and section 4.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import build_cell
    >>> cell = build_cell("indrnn", 3, 5, generator=torch.Generator().manual_seed(0))
    >>> states, last = cell(torch.zeros(2, 7, 3))
    >>> states.shape, last.shape, cell.weight_hh_l0.shape
    (torch.Size([2, 7, 5]), torch.Size([1, 2, 5]), torch.Size([5]))
    """

    @torch.no_grad()
    def fill(self, generator: torch.Generator | None) -> None:
        """Draw the input weights as those of torch's layers are drawn, ``u`` from [0, 1].

        Parameters
        ----------
        generator : torch.Generator or None
            What the weights are drawn from; None means torch's own.
        """
        torch.nn.init.xavier_uniform_(self.weight_ih_l0, generator=generator)
        self.weight_hh_l0.uniform_(0, 1, generator=generator)
        for bias in (self.bias_ih_l0, self.bias_hh_l0):
            bias.zero_()

    def _recurrent_shape(self):
        return (self.hidden_size,)

    def _run(self, gates, hidden):
        return run_steps(_forward, _backward, gates, self.weight_hh_l0, hidden)


def _forward(gates, weight, hidden):
    states, gates = open_states(hidden, len(gates)), gates.unbind(0)
    bounded = weight.clamp(-1, 1)
    parts = states.unbind(0)
    for t, state in enumerate(parts[:-1]):
        torch.addcmul(gates[t], state, bounded, out=parts[t + 1]).relu_()
    return (states[1:], states[-1].clone()), (weight, states)


def _backward(kept, of_states, of_last):
    weight, states = kept
    bounded = weight.clamp(-1, 1)
    gradients = collect_gradients(of_states, of_last)
    parts, is_open = gradients.unbind(0), (states[1:] > 0).to(states.dtype).unbind(0)
    for t in reversed(range(len(is_open))):
        parts[t + 1].mul_(is_open[t])
        parts[t].addcmul_(parts[t + 1], bounded)
    deltas = gradients[1:]
    of_weight = (deltas * states[:-1]).sum((0, 1))
    outwards = (weight.abs() > 1) & (of_weight * weight < 0)  # descent goes against the gradient
    return deltas, of_weight.masked_fill(outwards, 0), parts[0]
