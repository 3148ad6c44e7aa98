"""One number for each step ahead."""

import torch
from torch import Tensor

from sklearn_rnn.nn._losses import LOSSES

__all__ = ["PointHead"]


class PointHead:
    """A forecast without spread.

    Parameters
    ----------
    loss : {"absolute_error", "squared_error", "huber"}
    loss_params : dict
        ``delta`` of the Huber loss, in units of the scaled window.

    Attributes
    ----------
    n_outputs : int
        1.
    counts : bool
        False: outputs and targets are scaled values.
    """

    n_outputs = 1
    counts = False

    def __init__(self, loss: str, loss_params: dict[str, float] | None = None):
        self.loss, self.loss_params = loss, dict(loss_params or {})

    def outputs(self, raw: Tensor, scale: Tensor | None) -> Tensor:
        """Give what the network gives, ``(batch, horizon, 1)``, as it is."""
        return raw

    def losses(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Give the loss of each step: ``(batch, horizon)``."""
        return LOSSES[self.loss](outputs[..., 0], target, **self.loss_params)

    def point(self, outputs: Tensor) -> Tensor:
        """Give the forecast: ``(batch, horizon)``."""
        return outputs[..., 0]

    def mean(self, outputs: Tensor) -> Tensor:
        """Give the forecast: ``(batch, horizon)``."""
        return outputs[..., 0]

    def quantiles(self, outputs: Tensor, levels) -> Tensor:
        """Raise a ValueError: a point has none."""
        raise ValueError(self._no_spread("quantiles"))

    def sample(self, outputs: Tensor, uniforms: Tensor) -> Tensor:
        """Raise a ValueError: there is nothing to draw from."""
        raise ValueError(self._no_spread("samples"))

    def _no_spread(self, wanted):
        return (
            f"loss={self.loss!r} gives one number a step and no {wanted}; take loss='quantile', "
            "'normal', 'student_t', 'negative_binomial' or 'poisson', or calibrated intervals."
        )


def as_levels(levels, like: Tensor) -> Tensor:
    """Give levels as float64 on a device, or raise a ValueError if one is not between 0 and 1."""
    levels = torch.as_tensor(levels, dtype=torch.float64).reshape(-1)
    bad = levels[~((levels > 0) & (levels < 1))]
    if len(bad):
        raise ValueError(
            f"quantiles lie between 0 and 1, both excluded, but one is {float(bad[0])}."
        )
    return levels.to(like.device)
