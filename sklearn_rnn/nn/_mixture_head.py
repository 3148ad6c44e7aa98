"""From states to mixtures."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._distributions import positive
from sklearn_rnn.nn._linear import ExactLinear
from sklearn_rnn.nn._mixture import Mixture
from sklearn_rnn.nn._precision import without_autocast

__all__ = ["MixtureHead"]

# How far the components lie apart at the start, in deviations of the data.
_SPREAD = 0.5


class MixtureHead(nn.Module):
    """A mixture of normal distributions for each state, trained by likelihood.

    Bishop, "Mixture Density Networks", 1994; Graves, "Generating Sequences With Recurrent Neural
    Networks", 2013, section 4.1.

    Parameters
    ----------
    input_size, n_features, n_components : int
    covariance : {"full", "diag"}
        Whether the features of a component hang together. How they do is learned for each
        component once: slopes that change with the state overfit, by 0.8 to 1.6 nats a step on
        rows of digits and spoken vowels.
    min_deviation : float
        What every deviation is above: a density has no bound where one may vanish.
    generator : torch.Generator
        What the weights are drawn from.
    """

    def __init__(
        self,
        input_size: int,
        n_features: int,
        n_components: int,
        *,
        covariance: str,
        min_deviation: float,
        generator: torch.Generator,
    ):
        super().__init__()
        self.n_features, self.n_components = n_features, n_components
        self.min_deviation = min_deviation
        self._sizes = [1, n_features, n_features]
        self.linear = ExactLinear(input_size, n_components * sum(self._sizes), generator=generator)
        with torch.no_grad():
            means = self.linear.bias.view(n_components, -1)[:, 1 : 1 + n_features]
            means.normal_(0, _SPREAD, generator=generator)
        self.slopes = None
        if covariance == "full" and n_features > 1:
            n_slopes = n_features * (n_features - 1) // 2
            self.slopes = nn.Parameter(torch.zeros(n_components, n_slopes, dtype=torch.float32))

    def forward(self, states: Tensor) -> Mixture:
        """``(..., input_size)`` to mixtures of that shape; float64 at prediction."""
        with without_autocast(states):
            raw = self.linear(states)
        raw = raw.unflatten(-1, (self.n_components, -1))
        weights, means, deviations = raw.split(self._sizes, dim=-1)
        slopes = self.slopes
        if slopes is not None:
            slopes = slopes.to(raw.dtype).expand(*raw.shape[:-1], -1)
        return Mixture(
            log_weights=weights.squeeze(-1).log_softmax(-1),
            means=means,
            deviations=positive(deviations) + self.min_deviation,
            slopes=slopes,
        )
