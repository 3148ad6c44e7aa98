"""A distribution for each step ahead."""

from collections.abc import Sequence

import torch
from torch import Tensor

from sklearn_rnn.nn._distributions import DISTRIBUTIONS
from sklearn_rnn.nn._point_head import as_levels

__all__ = ["DistributionHead"]


class DistributionHead:
    """The parameters of a distribution for each step ahead, trained by likelihood.

    Parameters
    ----------
    name : {"normal", "student_t", "poisson", "negative_binomial"}

    Attributes
    ----------
    n_outputs : int
        How many parameters the distribution has.
    counts : bool
        Whether outputs and targets are counts in the user's units; else they are scaled values.
    """

    def __init__(self, name: str):
        self.name, self._distribution = name, DISTRIBUTIONS[name]
        self.n_outputs = self._distribution.n_parameters
        self.counts = self._distribution.counts

    def outputs(self, raw: Tensor, scale: Tensor | None) -> Tensor:
        """Give the parameters ``(batch, horizon, n_outputs)``; ``scale`` is ``(batch,)``."""
        return self._distribution.parameters(raw, scale)

    def losses(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Give the negative log-likelihood of each step: ``(batch, horizon)``."""
        return -self._distribution.log_likelihood(outputs, target)

    def point(self, outputs: Tensor) -> Tensor:
        """Give the mean: ``(batch, horizon)``."""
        return self.mean(outputs)

    def mean(self, outputs: Tensor) -> Tensor:
        """Give the mean: ``(batch, horizon)``."""
        return self._distribution.mean(outputs)

    def quantiles(self, outputs: Tensor, levels: Sequence[float]) -> Tensor:
        """Give the quantiles of the levels: ``(batch, horizon, levels)``, float64."""
        levels = as_levels(levels, outputs)
        return self._distribution.quantile(outputs[..., None, :], levels)

    def sample(self, outputs: Tensor, uniforms: Tensor) -> Tensor:
        """Give the quantiles at levels ``(samples, batch, horizon)``, in that shape."""
        smallest = torch.finfo(torch.float32).eps
        levels = uniforms.double().clamp(smallest, 1 - smallest)
        return self._distribution.quantile(outputs, levels)
