"""What the cells that are scans over time have in common."""

import math

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._gated_mean import gated_mean
from sklearn_rnn.nn._initial_weights import draw_keeping_biases

__all__ = ["GatedMeanCell", "check_batch_first", "project", "time_first"]

# Up to how many steps units remember at the start, where nothing is known of the data.
_DEFAULT_MEMORY = 64


def check_batch_first(batch_first: bool, layer: nn.Module) -> None:
    """Raise a ValueError if a layer is asked to take batches whose first axis is time."""
    if not batch_first:
        raise ValueError(
            f"{type(layer).__name__} takes steps (batch, time, features), but batch_first is "
            f"{batch_first!r}; set batch_first=True."
        )


def time_first(steps: Tensor) -> Tensor:
    """Lay steps ``(batch, time, features)`` out as ``(time, batch, features)``."""
    return steps.transpose(0, 1).contiguous()


def project(steps: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Give ``steps @ weight.T + bias`` in the type of the weights.

    Under autocast only the factors of the product are in half precision.

    Parameters
    ----------
    steps : Tensor of shape (time, batch, features)
    weight : Tensor of shape (outputs, features)
    bias : Tensor of shape (outputs,) or None, default=None

    Returns
    -------
    Tensor of shape (time, batch, outputs)
    """
    if not torch.is_autocast_enabled(steps.device.type):
        return nn.functional.linear(steps, weight, bias)
    product = nn.functional.linear(steps, weight).to(weight.dtype)
    return product if bias is None else product + bias


class GatedMeanCell(nn.Module):
    """What minGRU and minLSTM share; a subclass says how many gates it has.

    Parameters
    ----------
    input_size, hidden_size, batch_first, device, dtype
        As torch's layers take them; ``batch_first`` has to be True.
    """

    n_gates: int

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        batch_first: bool = True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        check_batch_first(batch_first, self)
        self.input_size, self.hidden_size = input_size, hidden_size
        rows, made = self.n_gates * hidden_size, {"device": device, "dtype": dtype}
        self.weight_ih = nn.Parameter(torch.empty(rows, input_size, **made))
        self.bias = nn.Parameter(torch.empty(rows, **made))

    def fill(self, generator: torch.Generator) -> None:
        """Draw the weights: Glorot uniform gate by gate, units that remember over various times.

        Since no state comes back through the gates, only their biases can make units slow from
        the start: the times are log-uniform from 1 to 64 steps.

        Parameters
        ----------
        generator : torch.Generator
            What they are drawn from.
        """
        for gate in self.weight_ih.split(self.hidden_size):
            nn.init.xavier_uniform_(gate, generator=generator)
        self.bias.zero_()
        log_times = torch.empty(self.hidden_size, dtype=torch.float32)
        self.keep_for(log_times.uniform_(0, math.log(_DEFAULT_MEMORY), generator=generator))

    def fill_gates(self, longest: int, generator: torch.Generator) -> None:
        """Draw the biases of the gates for times up to the length of the longest sequence.

        Parameters
        ----------
        longest : int
            The length of the longest sequence.
        generator : torch.Generator
            What they are drawn from.
        """
        self.keep_for(draw_keeping_biases(self.hidden_size, longest, generator))

    def forward(self, steps: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run over steps; give all states, and the last one.

        Parameters
        ----------
        steps : Tensor of shape (batch, time, features)
            What is read.
        state : Tensor of shape (batch, hidden) or None, default=None
            What an earlier call gave as the last; None means zeros.

        Returns
        -------
        states : Tensor of shape (batch, time, hidden)
            The state after each step.
        last : Tensor of shape (batch, hidden)
            The last of them.
        """
        gates = project(time_first(steps), self.weight_ih, self.bias)
        states = gated_mean(gates, self.n_gates, state)
        return states.transpose(0, 1), states[-1].clone()  # all others need not stay in memory

    def extra_repr(self) -> str:
        """What torch prints between the brackets."""
        return f"{self.input_size}, {self.hidden_size}"
