"""A GRU whose gates read the input alone."""

import torch
from torch import Tensor

from sklearn_rnn.nn._scan_cell import GatedMeanCell

__all__ = ["MinGRU"]


class MinGRU(GatedMeanCell):
    """One layer of minGRU in one direction, called like ``torch.nn.GRU``.

    Each state is a mean of the last one and a candidate. Neither the gate nor the candidate reads
    the last state, so all gates are one matrix product and the states one scan over time::

        z[t] = sigmoid(W_z x[t] + b_z)
        h[t] = (1 - z[t]) * h[t - 1] + z[t] * (W_h x[t] + b_h)

    This is the form of section 3.1 in real space, whose candidates may be negative. The scan in
    logarithms of appendix B needs positive ones, and therefore a function on the candidate.
    ``weight_ih`` and ``bias`` hold the gate ``1 - z``, which keeps, and the candidate.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of a step, and units.
    batch_first : bool, default=True
        Has to be True: steps are ``(batch, time, features)``.
    device, dtype : torch.device and torch.dtype, or None, default=None
        Of the weights, as torch takes them.

    See Also
    --------
    build_cell : Builds it as "mingru", its weights drawn from a generator.
    MinLSTM : The same with two gates.

    References
    ----------
    Feng et al., "Were RNNs All We Needed?", 2024.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import build_cell
    >>> cell = build_cell("mingru", 3, 8, generator=torch.Generator().manual_seed(0))
    >>> states, last = cell(torch.zeros(2, 5, 3))
    >>> states.shape, last.shape
    (torch.Size([2, 5, 8]), torch.Size([2, 8]))
    """

    n_gates = 2

    @torch.no_grad()
    def keep_for(self, log_times: Tensor) -> None:
        """Let each unit forget over a time of its own, whatever it reads.

        Parameters
        ----------
        log_times : Tensor of shape (hidden,)
            The logarithms of the times, in steps.
        """
        self.bias[: self.hidden_size] = log_times
