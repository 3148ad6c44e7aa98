"""Mixtures of normal distributions of several numbers at once."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = [
    "Mixture",
    "draw_from_mixture",
    "mixture_log_density",
    "mixture_mean",
    "mixture_mode",
]

_LOG_ROOT = 0.5 * math.log(2 * math.pi)


class Mixture(NamedTuple):
    """A mixture of ``components`` normal distributions over ``features`` numbers.

    Of a component, feature i is normal around ``means[i]`` plus the sum over j < i of
    ``slopes[i, j]`` times what feature j is off its mean, with the deviation ``deviations[i]``: the
    Cholesky factor of the covariance in the form of regressions on the features before (Pourahmadi,
    "Joint mean-covariance models with applications to longitudinal data", 1999). Its determinant
    is the product of the squared deviations, whatever the slopes are.

    Attributes
    ----------
    log_weights : Tensor of shape (..., components)
        Logarithms of the weights, whose sum is 1.
    means : Tensor of shape (..., components, features)
    deviations : Tensor of shape (..., components, features)
        All above zero.
    slopes : Tensor of shape (..., components, features * (features - 1) / 2), or None
        Those below the diagonal, row by row; None means that the features of a component are
        independent.
    """

    log_weights: Tensor
    means: Tensor
    deviations: Tensor
    slopes: Tensor | None


def mixture_log_density(mixture: Mixture, values: Tensor) -> Tensor:
    """Give the logarithm of the density at ``values`` ``(..., features)``: ``(...)``.

    Bishop, "Mixture Density Networks", 1994, eq. 22-24, summed in logarithms.
    """
    off = values[..., None, :] - mixture.means
    surprise = off
    if mixture.slopes is not None:
        rows, columns = _below_diagonal(off)
        foretold = torch.zeros_like(off).index_add(-1, rows, mixture.slopes * off[..., columns])
        surprise = off - foretold
    standard = surprise / mixture.deviations
    logs = -0.5 * standard.square() - mixture.deviations.log() - _LOG_ROOT
    return (mixture.log_weights + logs.sum(-1)).logsumexp(-1)


def mixture_mean(mixture: Mixture) -> Tensor:
    """Give the mean of the whole mixture: ``(..., features)``."""
    return (mixture.log_weights.exp()[..., None] * mixture.means).sum(-2)


def mixture_mode(mixture: Mixture) -> Tensor:
    """Give the mean of the component that is densest at its mean: ``(..., features)``."""
    height = mixture.log_weights - mixture.deviations.log().sum(-1)
    return _of_component(mixture.means, height.argmax(-1))


def draw_from_mixture(
    mixture: Mixture, *, generator: torch.Generator, temperature: float = 1.0
) -> Tensor:
    """Draw from mixtures on the CPU: ``(n, features)``.

    Parameters
    ----------
    mixture : Mixture
        Of n rows.
    generator : torch.Generator
    temperature : float, default=1.0
        Divides the logarithms of the weights, and multiplies the variances (Ha and Eck, "A
        Neural Representation of Sketch Drawings", 2017, eq. 8).
    """
    below_best = mixture.log_weights - mixture.log_weights.amax(-1, keepdim=True)
    weights = (below_best / temperature).softmax(-1)  # the lowest temperatures leave the best
    chosen = torch.multinomial(weights, 1, generator=generator).squeeze(-1)
    means, deviations = (
        _of_component(part, chosen) for part in (mixture.means, mixture.deviations)
    )
    noise = torch.randn(means.shape, dtype=means.dtype, generator=generator)
    off = math.sqrt(temperature) * deviations * noise
    if mixture.slopes is not None:
        off = _solve(_of_component(mixture.slopes, chosen), off)
    return means + off


def _of_component(parts, chosen):
    """Take one component's part of ``(..., components, parts)``, ``chosen`` being ``(...)``."""
    index = chosen[..., None, None].expand(*chosen.shape, 1, parts.shape[-1])
    return parts.gather(-2, index).squeeze(-2)


def _solve(slopes, surprise):
    """Find ``off`` in ``off - slopes off = surprise``, both ``(n, features)``."""
    n, width = surprise.shape
    rows, columns = _below_diagonal(surprise)
    factor = torch.eye(width, dtype=surprise.dtype).repeat(n, 1, 1)
    factor[:, rows, columns] = -slopes
    return torch.linalg.solve_triangular(
        factor, surprise[..., None], upper=False, unitriangular=True
    ).squeeze(-1)


def _below_diagonal(values):
    """Give rows and columns of the entries below the diagonal, row by row."""
    width = values.shape[-1]
    return torch.tril_indices(width, width, -1, device=values.device).unbind(0)
