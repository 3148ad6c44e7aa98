"""Losses of one target a sequence, each without reduction."""

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["LOSSES", "absolute_error", "huber", "pinball", "squared_error", "weighted_mean"]


def squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    """``(p - y)^2 / 2``, whose slope is the residual, as that of ``huber`` near zero."""
    return (prediction - target).square() / 2


def absolute_error(prediction: Tensor, target: Tensor) -> Tensor:
    """``|p - y|``."""
    return (prediction - target).abs()


def huber(prediction: Tensor, target: Tensor, *, delta: float) -> Tensor:
    """Squared up to ``delta``, then linear (Huber, "Robust Estimation of a Location Parameter")."""
    return torch.nn.functional.huber_loss(prediction, target, delta=delta, reduction="none")


def pinball(prediction: Tensor, target: Tensor, *, quantile: float) -> Tensor:
    """The loss whose minimum is a quantile (Koenker and Bassett, "Regression Quantiles", 1978)."""
    error = target - prediction
    return torch.maximum(quantile * error, (quantile - 1) * error)


LOSSES: dict[str, Callable[..., Tensor]] = {
    "squared_error": squared_error,
    "absolute_error": absolute_error,
    "huber": huber,
    "quantile": pinball,
}


def weighted_mean(losses: Tensor, weight: Tensor | None) -> Tensor:
    """Average losses ``(batch,)`` or ``(batch, targets)``, each times its weight.

    ``weight`` is that of each sequence, ``(batch,)``, or of each of its targets. The divisor is
    the number of losses, not the sum of the weights of this batch: weights are scaled to a mean
    of 1 over all data, and so the expected gradient is that of the whole.
    """
    if weight is None:
        return losses.mean()
    if weight.ndim < losses.ndim:
        losses = losses.mean(1)
    return (losses * weight).mean()
