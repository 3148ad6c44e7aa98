"""Several forecasting networks as one."""

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._forecast_plan import ForecastPlan
from sklearn_rnn.modules._forecasting import ForecastingNetwork

__all__ = ["ForecastCommittee"]


class ForecastCommittee(nn.Module):
    """Networks of one plan and other weights, trained on the same batches; outputs are averaged.

    Errors that come of how the weights began, and not of the series, cancel out in part (Hansen and
    Salamon, "Neural Network Ensembles", 1990). Each network has its own loss: none learns to
    correct the others.

    Parameters
    ----------
    plan : ForecastPlan
    n_networks : int
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    head : PointHead, QuantileHead or DistributionHead
        What the outputs mean.
    """

    per_step = False
    score_name = None

    def __init__(self, plan: ForecastPlan, n_networks: int, *, generator: torch.Generator):
        super().__init__()
        self.plan = plan
        self.networks = nn.ModuleList(
            ForecastingNetwork(plan, generator=generator) for _ in range(n_networks)
        )
        self.head = self.networks[0].head

    def forward(self, values: Tensor, lengths: None = None, **columns) -> Tensor:
        """Give the mean of the outputs ``(batch, horizon, n_outputs)``.

        In training they are given apart: ``(batch, networks, horizon, n_outputs)``. The arguments
        are those of ``ForecastingNetwork``.
        """
        outputs = torch.stack([each(values, lengths, **columns) for each in self.networks], dim=1)
        return outputs if self.training else outputs.mean(1)

    def loss(self, outputs: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Give the mean loss of the networks, or, of averaged outputs, theirs."""
        first = self.networks[0]
        if outputs.ndim == 3:
            return first.loss(outputs, target, weight)
        return torch.stack([first.loss(part, target, weight) for part in outputs.unbind(1)]).mean()

    def decide(self, outputs: Tensor) -> Tensor:
        """Give the forecast: ``(batch, horizon)``, in the scale of the outputs."""
        return self.head.point(outputs)
