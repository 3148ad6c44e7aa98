"""The network of RNNRegressor."""

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._architecture import Architecture
from sklearn_rnn.modules._body import SequenceBody
from sklearn_rnn.nn import LOSSES, ExactLinear, weighted_mean

__all__ = ["RegressionNetwork"]


class RegressionNetwork(nn.Module):
    """One or several numbers a sequence: body, then a linear layer.

    Parameters
    ----------
    architecture : Architecture
    n_targets : int
    loss : {"squared_error", "absolute_error", "huber", "quantile"}
    loss_params : dict
        ``delta`` of the Huber loss, ``quantile`` of the quantile loss.
    generator : torch.Generator
        What the weights are drawn from.
    """

    per_step = False
    score_name = None

    def __init__(
        self,
        architecture: Architecture,
        n_targets: int,
        loss: str,
        loss_params: dict[str, float],
        *,
        generator: torch.Generator,
    ):
        super().__init__()
        self.body = SequenceBody(architecture, generator=generator)
        self.head = ExactLinear(self.body.output_size, n_targets, generator=generator)
        self._loss, self._loss_params = LOSSES[loss], loss_params

    def forward(self, values: Tensor, lengths: Tensor | None, **columns) -> Tensor:
        """Give the standardised predictions ``(batch, targets)``.

        The arguments are those of ``SequenceBody``.
        """
        return self.read_out(self.body(values, lengths, **columns))

    def read_out(self, pooled: Tensor) -> Tensor:
        """Give the predictions that pooled states ``(batch, units)`` mean."""
        return self.head(pooled)

    def loss(self, prediction: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """The chosen loss against standardised targets ``(batch, targets)``."""
        losses = self._loss(prediction, target, **self._loss_params)
        return weighted_mean(losses.mean(1), weight)

    def decide(self, prediction: Tensor) -> Tensor:
        """Give the predictions as they are."""
        return prediction
