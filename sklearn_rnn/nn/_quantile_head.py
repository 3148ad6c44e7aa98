"""Quantiles that never cross."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import softplus

from sklearn_rnn.nn._losses import pinball
from sklearn_rnn.nn._point_head import as_levels

__all__ = ["QuantileHead"]

# Levels over which the mean is taken.
_GRID = 99


class QuantileHead:
    """Quantiles of each step ahead: the middle one, and the gaps to the others.

    The gaps are softplus functions of the outputs, so that a higher level never gives a lower
    number. Outputs of zero mean the gaps of a normal distribution of deviation 1/2. Other levels
    than the trained ones are read off the line through the neighbouring two, over the quantiles of
    a normal distribution; so are those further out.

    Parameters
    ----------
    levels : sequence of float
        Between 0 and 1, in any order.

    Attributes
    ----------
    n_outputs : int
        One a level.
    counts : bool
        False: outputs and targets are scaled values.
    levels : Tensor of shape (levels,), float64
        Rising.

    Raises
    ------
    ValueError
        If there is no level, one is given twice, or one is not between 0 and 1.
    """

    counts = False

    def __init__(self, levels: Sequence[float]):
        self.levels = as_levels(sorted(levels), torch.empty(0))
        if not len(self.levels) or len(self.levels.unique()) < len(self.levels):
            raise ValueError(
                f"loss='quantile' needs at least one quantile, each once, but quantiles={levels!r}."
            )
        self.n_outputs = len(self.levels)
        self._middle = int((self.levels - 0.5).abs().argmin())
        self._scores = torch.special.ndtri(self.levels)
        self._copies = {}
        # softplus(raw + shift) = gap where raw = 0
        self._shifts = torch.log(torch.expm1(self._scores.diff() / 2)).float()

    def outputs(self, raw: Tensor, scale: Tensor | None) -> Tensor:
        """Give rising quantiles, all ``(batch, horizon, levels)``.

        The first of ``raw`` is the middle quantile, the others are what the gaps come from.
        """
        middle, gaps = raw[..., :1], softplus(raw[..., 1:] + self._there("_shifts", raw))
        below, above = gaps[..., : self._middle], gaps[..., self._middle :]
        lower = middle - below.flip(-1).cumsum(-1).flip(-1)
        return torch.cat([lower, middle, middle + above.cumsum(-1)], dim=-1)

    def losses(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Give twice the mean pinball loss, which of a median is the absolute error.

        It is ``(batch, horizon)``.
        """
        levels = self._there("levels", outputs)
        return 2 * pinball(outputs, target[..., None], quantile=levels).mean(-1)

    def point(self, outputs: Tensor) -> Tensor:
        """Give the median: ``(batch, horizon)``."""
        if self.levels[self._middle] == 0.5 or self.n_outputs == 1:
            return outputs[..., self._middle]
        return self.quantiles(outputs, [0.5])[..., 0]

    def mean(self, outputs: Tensor) -> Tensor:
        """Give the mean of many quantiles: ``(batch, horizon)``."""
        if self.n_outputs == 1:
            return outputs[..., 0]
        levels = (torch.arange(_GRID) + 0.5) / _GRID
        return self.quantiles(outputs, levels).mean(-1)

    def quantiles(self, outputs: Tensor, levels: Sequence[float]) -> Tensor:
        """Give the quantiles of the levels asked for: ``(batch, horizon, levels)``, float64."""
        levels = as_levels(levels, outputs)
        return self._read_off(outputs[..., None, :], levels)

    def sample(self, outputs: Tensor, uniforms: Tensor) -> Tensor:
        """Give the quantiles at levels ``(samples, batch, horizon)``, in that shape."""
        smallest = torch.finfo(torch.float32).eps
        return self._read_off(outputs, uniforms.double().clamp(smallest, 1 - smallest))

    def _there(self, name, like):
        """Give a constant in the type of a tensor, on its device, to which it is copied once."""
        key = name, like.device, like.dtype
        if key not in self._copies:
            with torch.inference_mode(False):  # training may be next
                self._copies[key] = getattr(self, name).to(like.dtype).to(like.device)
        return self._copies[key]

    def _read_off(self, outputs, levels):
        """Give the quantiles of ``outputs`` (..., trained levels) at ``levels`` (...)."""
        trained, outputs = self._scores.to(outputs.device), outputs.double()
        scores = torch.special.ndtri(levels)
        if self.n_outputs == 1:
            self._check_single(levels)
            return outputs[..., 0].expand(torch.broadcast_shapes(outputs.shape[:-1], levels.shape))
        left = torch.searchsorted(trained, scores).clamp(1, len(trained) - 1) - 1
        share = (scores - trained[left]) / (trained[left + 1] - trained[left])
        shape = torch.broadcast_shapes(outputs.shape[:-1], levels.shape)
        outputs, left = outputs.expand(*shape, -1), left.expand(shape)[..., None]
        low, high = outputs.gather(-1, left)[..., 0], outputs.gather(-1, left + 1)[..., 0]
        found = low + share * (high - low)
        # Rounding must not carry a quantile past the trained one.
        return torch.where(share <= 1, torch.minimum(found, high), torch.maximum(found, high))

    def _check_single(self, levels):
        if not torch.allclose(levels, self.levels.to(levels.device)):
            raise ValueError(
                f"one quantile was trained, {float(self.levels[0]):g}, which says nothing of "
                "others; fit with those quantiles, or with at least two."
            )
