"""The linear way around the network."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._linear import ExactLinear
from sklearn_rnn.nn._precision import without_autocast

__all__ = ["LinearSkip"]


class LinearSkip(nn.Module):
    """A linear map from the scaled window to each step ahead, which forecasts are added to.

    A network of few steps of training follows the level and season of a series badly; a linear
    map does so at once (Zeng et al., "Are Transformers Effective for Time Series Forecasting?",
    2023), and the network is left what is not linear.

    Parameters
    ----------
    window, horizon : int
    season : int or None, default=None
        Where it begins: at the mean of the last ``n_seasons`` values of the same phase of a season
        of this length, the seasonal naive forecast; None means at zero, the centre of the window.
    n_seasons : int, default=1
    generator : torch.Generator
        Draws nothing that is kept.
    """

    def __init__(
        self,
        window: int,
        horizon: int,
        *,
        season: int | None = None,
        n_seasons: int = 1,
        generator: torch.Generator,
    ):
        super().__init__()
        self.linear = ExactLinear(window, horizon, generator=generator)
        with torch.no_grad():
            self.linear.weight.copy_(_seasonal_weights(window, horizon, season, n_seasons))

    def forward(self, values: Tensor) -> Tensor:
        """``(..., window) -> (..., horizon)``."""
        with without_autocast(values):  # half precision would round the level of a series
            return self.linear(values)

    @staticmethod
    def add_to(outputs: Tensor, skip: Tensor) -> Tensor:
        """Add ``(batch, steps)`` to the first of the outputs ``(batch, steps, n_outputs)``."""
        return outputs + nn.functional.pad(skip[..., None], (0, outputs.shape[2] - 1))


def _seasonal_weights(window, horizon, season, n_seasons):
    """Give ``(horizon, window)``: equal weights on the values of the same phase."""
    weights = torch.zeros(horizon, window, dtype=torch.float32)
    if season is None:
        return weights
    step = torch.arange(horizon)
    for i in range(1, n_seasons + 1):
        column = window + step - season * (step // season + i)
        weights[step[column >= 0], column[column >= 0]] = 1
    return weights / weights.sum(1, keepdim=True).clamp(min=1)
