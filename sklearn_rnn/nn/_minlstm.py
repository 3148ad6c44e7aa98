"""An LSTM whose gates read the input alone."""

import torch
from torch import Tensor

from sklearn_rnn.nn._scan_cell import GatedMeanCell

__all__ = ["MinLSTM"]


class MinLSTM(GatedMeanCell):
    """One layer of minLSTM in one direction, called like ``torch.nn.LSTM``.

    Each state is a mean of the last one and a candidate, weighted by a forget and an input gate.
    As none of them reads the last state, all gates are one matrix product and the states one scan
    over time::

        f[t], i[t] = sigmoid(W_f x[t] + b_f), sigmoid(W_i x[t] + b_i)
        h[t] = (f[t] * h[t - 1] + i[t] * (W_h x[t] + b_h)) / (f[t] + i[t])

    This is the form of section 3.2 whose states have the same scale at any length, in real space:
    candidates may be negative. ``weight_ih`` and ``bias`` hold the forget gate, the input gate and
    the candidate.

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
    build_cell : Builds it as "minlstm", its weights drawn from a generator.
    MinGRU : The same with one gate.

    References
    ----------
    Feng et al., "Were RNNs All We Needed?", 2024.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import build_cell
    >>> cell = build_cell("minlstm", 3, 8, generator=torch.Generator().manual_seed(0))
    >>> states, last = cell(torch.zeros(2, 5, 3))
    >>> states.shape, last.shape
    (torch.Size([2, 5, 8]), torch.Size([2, 8]))
    """

    n_gates = 3

    @torch.no_grad()
    def keep_for(self, log_times: Tensor) -> None:
        """Let each unit forget over a time of its own, whatever it reads.

        Parameters
        ----------
        log_times : Tensor of shape (hidden,)
            The logarithms of the times, in steps.
        """
        forget, read, _ = self.bias.chunk(3)
        forget.copy_(log_times)
        read.copy_(-forget)
