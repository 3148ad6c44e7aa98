"""Distributions of what a series will be: likelihoods for training, quantiles for prediction."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from scipy import special, stats
from torch import Tensor
from torch.nn.functional import softplus

__all__ = ["DISTRIBUTIONS", "Distribution", "positive"]

# The scale of a distribution, in units of the window, stays above this: a likelihood has no upper
# bound where the scale may vanish.
_SMALLEST = 1e-3
# softplus(_ONE) = 1: outputs of zero mean a mean, or a scale, of 1.
_ONE = math.log(math.expm1(1))


class Distribution(NamedTuple):
    """How a distribution is read from the outputs of a network, and what it says.

    ``parameters(raw, scale)`` gives the parameters ``(..., n_parameters)`` from unbounded outputs
    of that shape and the scale ``(batch,)`` of each window, which only ``counts`` read: theirs are
    the counts themselves, of the others scaled values. ``log_likelihood(parameters, target)``,
    ``mean(parameters)`` and ``quantile(parameters, levels)`` drop the last dimension of the
    parameters; levels are broadcast against the rest.
    """

    n_parameters: int
    counts: bool
    parameters: Callable[[Tensor, Tensor], Tensor]
    log_likelihood: Callable[[Tensor, Tensor], Tensor]
    mean: Callable[[Tensor], Tensor]
    quantile: Callable[[Tensor, Tensor], Tensor]


def positive(raw: Tensor) -> Tensor:
    """Give positive numbers of any, 1 of 0, which grow like them where these are large."""
    return softplus(raw + _ONE)


def _location(parameters):
    return parameters[..., 0]


# --- normal: mean, deviation ----------------------------------------------------------------------


def _normal_parameters(raw, scale):
    return torch.stack([raw[..., 0], positive(raw[..., 1]) + _SMALLEST], dim=-1)


def _normal_log_likelihood(parameters, target):
    mean, deviation = parameters.unbind(-1)
    standard = (target - mean) / deviation
    return -0.5 * standard.square() - deviation.log() - 0.5 * math.log(2 * math.pi)


def _normal_quantile(parameters, levels):
    mean, deviation = parameters.double().unbind(-1)
    return mean + deviation * torch.special.ndtri(levels.double())


# --- Student t: location, scale, degrees of freedom -----------------------------------------------


def _student_parameters(raw, scale):
    # More than two degrees of freedom: the variance is finite.
    spread, freedom = positive(raw[..., 1]) + _SMALLEST, 2 + 4 * positive(raw[..., 2])
    return torch.stack([raw[..., 0], spread, freedom], dim=-1)


def _student_log_likelihood(parameters, target):
    location, spread, freedom = parameters.unbind(-1)
    standard = (target - location) / spread
    normaliser = torch.lgamma((freedom + 1) / 2) - torch.lgamma(freedom / 2)
    normaliser = normaliser - 0.5 * torch.log(freedom * math.pi) - spread.log()
    return normaliser - (freedom + 1) / 2 * torch.log1p(standard.square() / freedom)


def _student_quantile(parameters, levels):
    location, spread, freedom = parameters.double().unbind(-1)
    return location + spread * _by_scipy(special.stdtrit, freedom, levels)


# --- Poisson: mean --------------------------------------------------------------------------------


def _poisson_parameters(raw, scale):
    return positive(raw) * scale[:, None, None]


def _poisson_log_likelihood(parameters, target):
    mean = parameters[..., 0].clamp(min=torch.finfo(parameters.dtype).tiny)
    return target * mean.log() - mean - torch.lgamma(target + 1)


def _poisson_quantile(parameters, levels):
    return _by_scipy(stats.poisson.ppf, levels, parameters[..., 0]).clamp(min=0)


# --- negative binomial: mean, dispersion (variance = mean + dispersion mean^2) --------------------


def _binomial_parameters(raw, scale):
    # Salinas et al., "DeepAR: Probabilistic Forecasting with Autoregressive Recurrent Networks",
    # 2020, on scale handling: the mean grows with the scale, the dispersion falls with its root.
    scale = scale[:, None]
    dispersion = positive(raw[..., 1]) / scale.sqrt() + _SMALLEST
    return torch.stack([positive(raw[..., 0]) * scale, dispersion], dim=-1)


def _binomial_log_likelihood(parameters, target):
    mean, dispersion = parameters.unbind(-1)
    mean = mean.clamp(min=torch.finfo(parameters.dtype).tiny)
    size, ratio = 1 / dispersion, dispersion * mean
    ways = torch.lgamma(target + size) - torch.lgamma(size) - torch.lgamma(target + 1)
    return ways + target * (ratio.log() - ratio.log1p()) - size * ratio.log1p()


def _binomial_quantile(parameters, levels):
    mean, dispersion = parameters.double().unbind(-1)
    chance = 1 / (1 + dispersion * mean)
    return _by_scipy(stats.nbinom.ppf, levels, 1 / dispersion, chance).clamp(min=0)


def _by_scipy(function, *arguments):
    """Call a function of arrays on tensors; torch has no inverse of these."""
    arrays = torch.broadcast_tensors(*(part.double().cpu() for part in arguments))
    found = torch.as_tensor(function(*(array.numpy() for array in arrays)), dtype=torch.float64)
    return found.to(arguments[0].device)


DISTRIBUTIONS: dict[str, Distribution] = {
    "normal": Distribution(
        n_parameters=2,
        counts=False,
        parameters=_normal_parameters,
        log_likelihood=_normal_log_likelihood,
        mean=_location,
        quantile=_normal_quantile,
    ),
    "student_t": Distribution(
        n_parameters=3,
        counts=False,
        parameters=_student_parameters,
        log_likelihood=_student_log_likelihood,
        mean=_location,
        quantile=_student_quantile,
    ),
    "poisson": Distribution(
        n_parameters=1,
        counts=True,
        parameters=_poisson_parameters,
        log_likelihood=_poisson_log_likelihood,
        mean=_location,
        quantile=_poisson_quantile,
    ),
    "negative_binomial": Distribution(
        n_parameters=2,
        counts=True,
        parameters=_binomial_parameters,
        log_likelihood=_binomial_log_likelihood,
        mean=_location,
        quantile=_binomial_quantile,
    ),
}
