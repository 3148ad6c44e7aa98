"""All steps ahead at once, a segment at a time."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._cells import build_cell
from sklearn_rnn.nn._dropout import SeededDropout
from sklearn_rnn.nn._known_future import FutureSizes, KnownFuture
from sklearn_rnn.nn._linear import ExactLinear, Linear

__all__ = ["ParallelDecoder"]

# Positions begin nearly alike: what the segments have in common is learnt first.
_POSITION_SCALE = 0.1


class ParallelDecoder(nn.Module):
    """One step of a GRU for each segment of the horizon, all from the final state.

    What the step reads is a learnt vector of the segment's position, joined by what is known of
    the segment's future; no segment reads another's forecast (parallel multi-step forecasting:
    Lin et al., "SegRNN: Segment Recurrent Neural Network for Long-Term Time Series Forecasting",
    2023).

    Parameters
    ----------
    state_size : int
    n_outputs : int
        Numbers a step ahead.
    horizon : int
        Steps ahead.
    future : FutureSizes
        What is known of them.
    segment : int
        Steps of a segment; the last one is cut where the horizon ends.
    dropout : float, default=0.0
        Dropout of the states that the forecast is read from.
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
        segment: int,
        dropout: float = 0.0,
        generator: torch.Generator,
    ):
        super().__init__()
        self.horizon, self.segment, self.n_outputs = horizon, segment, n_outputs
        positions = torch.empty(-(-horizon // segment), state_size, dtype=torch.float32)
        self.positions = nn.Parameter(positions.normal_(std=_POSITION_SCALE, generator=generator))
        width, self.known = segment * future.known + future.calendar + future.context, None
        if width:
            self.known = Linear(width, state_size, generator=generator)
        self.cell = build_cell("gru", state_size, state_size, generator=generator)
        self.dropout = SeededDropout(dropout)
        self.head = ExactLinear(state_size, segment * n_outputs, generator=generator)

    def forward(self, state: Tensor, future: KnownFuture) -> Tensor:
        """Give ``(batch, horizon, n_outputs)`` from the state ``(batch, state_size)``."""
        batch, n_segments = len(state), len(self.positions)
        inputs = self.positions.expand(batch, -1, -1)
        if self.known is not None:
            inputs = (inputs + self.known(self._of_segments(future))).relu()
        before = state[:, None].expand(-1, n_segments, -1).reshape(1, batch * n_segments, -1)
        states = self.cell(inputs.reshape(batch * n_segments, 1, -1), before.contiguous())[0]
        steps = self.head(self.dropout(states[:, 0]))
        return steps.view(batch, -1, self.n_outputs)[:, : self.horizon]

    def _of_segments(self, future):
        """Join what is known of each segment: ``(batch, segments, width)``."""
        batch, n_segments = len(future.known), len(self.positions)
        missing = n_segments * self.segment - self.horizon
        known = nn.functional.pad(future.known, (0, 0, 0, missing))
        context = future.context[:, None].expand(-1, n_segments, -1)
        parts = [
            known.reshape(batch, n_segments, self.segment * known.shape[2]),
            future.calendar[:, :: self.segment],
            context,
        ]
        return torch.cat(parts, dim=2)
