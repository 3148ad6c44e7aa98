"""A forecasting network averaged with least squares."""

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._forecast_committee import ForecastCommittee
from sklearn_rnn.modules._forecasting import ForecastingNetwork

__all__ = ["LinearBlend"]


class LinearBlend(nn.Module):
    """A network and a linear map of the scaled window, whose forecasts are averaged.

    The map is not trained with the network but fitted beside it: the two err in unlike ways, and
    the mean of unlike forecasts is better than most of them (Bates and Granger, "The Combination
    of Forecasts", 1969). In training the network is alone; until ``share`` is set, it is anyway.

    Parameters
    ----------
    network : ForecastingNetwork or ForecastCommittee
        With a head of one output a step, and a decoder that gives all steps at once.

    Attributes
    ----------
    coefficients : Tensor of shape (horizon, window)
        The linear map; zeros at first.
    share : Tensor of shape ()
        The weight of the linear map in the mean, from 0 to 1.
    """

    per_step = False
    score_name = None

    def __init__(self, network: ForecastingNetwork | ForecastCommittee):
        super().__init__()
        self.network = network
        shape = (network.plan.horizon, network.plan.window)
        self.register_buffer("coefficients", torch.zeros(shape, dtype=torch.float32))
        self.register_buffer("share", torch.zeros((), dtype=torch.float32))

    @property
    def plan(self):
        """The plan of the network."""
        return self.network.plan

    @property
    def head(self):
        """What the outputs mean."""
        return self.network.head

    def forward(self, values: Tensor, lengths: None = None, **columns) -> Tensor:
        """Give the outputs of the network, ``(batch, horizon, 1)`` at prediction, averaged.

        The arguments are those of ``ForecastingNetwork``.
        """
        outputs = self.network(values, lengths, **columns)
        if self.training:
            return outputs
        linear = nn.functional.linear(values.to(outputs.dtype), self.coefficients.to(outputs.dtype))
        return torch.lerp(outputs, linear[..., None], self.share.to(outputs.dtype))

    def loss(self, outputs: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Give the loss of the network's outputs, or of averaged ones."""
        return self.network.loss(outputs, target, weight)

    def decide(self, outputs: Tensor) -> Tensor:
        """Give the forecast: ``(batch, horizon)``, in the scale of the outputs."""
        return self.network.decide(outputs)
