"""All steps ahead at once, by dense layers."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._dropout import SeededDropout
from sklearn_rnn.nn._known_future import FutureSizes, KnownFuture
from sklearn_rnn.nn._linear import ExactLinear, Linear

__all__ = ["MLPDecoder"]


class MLPDecoder(nn.Module):
    """Dense layers: the final state to a vector for each step ahead, that to the forecast.

    The first layer also reads what is known of the whole future; the second reads what is known of
    its own step beside the step's vector (as the temporal decoder of Das et al., "Long-term
    Forecasting with TiDE: Time-series Dense Encoder", 2023).

    Parameters
    ----------
    state_size : int
    n_outputs : int
        Numbers a step ahead.
    horizon : int
        Steps ahead.
    future : FutureSizes
        What is known of them.
    step_size : int, default=16
        The width of the vector of a step.
    dropout : float, default=0.0
        Dropout between the layers.
    generator : torch.Generator
        What the weights are drawn from.
    """

    def __init__(
        self,
        state_size: int,
        n_outputs: int,
        *,
        horizon: int,
        future: FutureSizes,
        step_size: int = 16,
        dropout: float = 0.0,
        generator: torch.Generator,
    ):
        super().__init__()
        self.horizon, self.step_size = horizon, step_size
        width = state_size + horizon * future.known + future.calendar + future.context
        self.mix = Linear(width, 2 * state_size, generator=generator)
        self.steps = Linear(2 * state_size, horizon * step_size, generator=generator)
        self.own = Linear(step_size + future.of_step, 2 * step_size, generator=generator)
        self.dropout = SeededDropout(dropout)
        self.head = ExactLinear(2 * step_size, n_outputs, generator=generator)

    def forward(self, state: Tensor, future: KnownFuture) -> Tensor:
        """Give ``(batch, horizon, n_outputs)`` from the state ``(batch, state_size)``."""
        parts = [state, future.known.flatten(1), future.calendar[:, 0], future.context]
        mixed = self.dropout(self.mix(torch.cat(parts, dim=1)).relu())
        steps = self.steps(mixed).view(len(state), self.horizon, self.step_size)
        own = self.own(torch.cat([steps, future.steps()], dim=2))
        return self.head(own.relu())
