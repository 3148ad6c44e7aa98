"""One step ahead at a time, each from the last."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._cells import build_cell
from sklearn_rnn.nn._dropout import SeededDropout
from sklearn_rnn.nn._known_future import FutureSizes, KnownFuture
from sklearn_rnn.nn._linear import ExactLinear
from sklearn_rnn.nn._linear_skip import LinearSkip

__all__ = ["RecursiveDecoder"]


class RecursiveDecoder(nn.Module):
    """A GRU that begins at the final state and reads the value before each step ahead.

    In training that is the true value (teacher forcing: Williams and Zipser, "A Learning Algorithm
    for Continually Running Fully Recurrent Neural Networks", 1989), else what it forecast itself;
    so it goes on for as many steps as it is asked for.

    Parameters
    ----------
    state_size : int
    n_outputs : int
        Numbers a step ahead.
    future : FutureSizes
        What is known of each of them.
    skip : LinearSkip or None, default=None
        A linear map from the values before a step to that step, added to its first output (the
        autoregressive component of Lai et al., "Modeling Long- and Short-Term Temporal Patterns
        with Deep Neural Networks", 2018).
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
        future: FutureSizes,
        skip: LinearSkip | None = None,
        dropout: float = 0.0,
        generator: torch.Generator,
    ):
        super().__init__()
        width = 1 + future.of_step + future.context
        self.cell = build_cell("gru", width, state_size, generator=generator)
        self.dropout = SeededDropout(dropout)
        self.head = ExactLinear(state_size, n_outputs, generator=generator)
        self.skip = skip

    def forward(
        self,
        state: Tensor,
        future: KnownFuture,
        values: Tensor,
        feedback: Callable[[Tensor, int], Tensor],
        teacher: Tensor | None = None,
    ) -> Tensor:
        """Give ``(batch, steps, n_outputs)``, as many steps as the known future has.

        Parameters
        ----------
        state : Tensor of shape (batch, state_size)
        future : KnownFuture
        values : Tensor of shape (batch, window)
            The scaled window; what was not observed is 0, but for the last value, which is the
            last that was observed.
        feedback : callable ``(outputs (batch, n_outputs), step) -> (batch,)``
            What is read as the value of a step that was forecast.
        teacher : Tensor of shape (batch, steps), or None
            The true values; where one is NaN, 0 is read. None means to read the own forecasts.
        """
        context = future.context[:, None].expand(-1, future.known.shape[1], -1)
        known = torch.cat([future.steps(), context], dim=2)
        carried = state[None].contiguous()
        if teacher is not None:
            series = torch.cat([values, teacher.nan_to_num(0.0)[:, :-1]], dim=1)
            return self._run(series, known, carried)[0]
        outputs = []
        for i in range(known.shape[1]):
            step, carried = self._run(values, known[:, i : i + 1], carried)
            outputs.append(step)
            after = feedback(step[:, 0], i).to(values.dtype)
            values = torch.cat([values[:, 1:], after[:, None]], dim=1)
        return torch.cat(outputs, dim=1)

    def _run(self, series, known, carried):
        """Run the last values of a series through the cell, one for each known step."""
        n_steps = known.shape[1]
        states, carried = self.cell(torch.cat([series[:, -n_steps:, None], known], dim=2), carried)
        outputs = self.head(self.dropout(states))
        if self.skip is not None:
            windows = series.unfold(1, series.shape[1] - n_steps + 1, 1)
            outputs = self.skip.add_to(outputs, self.skip(windows)[..., 0])
        return outputs, carried
