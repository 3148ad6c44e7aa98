"""Where a window of a series stands, and how wide it spreads."""

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = [
    "SCALINGS",
    "Width",
    "WindowMeasures",
    "WindowWidths",
    "last_observed",
    "measure_windows",
    "window_statistics",
]

SCALINGS = ("mean", "last", "mean_abs")
# A window whose values differ by rounding errors alone is constant.
_ROUNDING = 10 * torch.finfo(torch.float64).eps
# What is usual counts as so many values, and fewer equal ones do not tell that a series is still.
_PRIOR = 4


class Width(NamedTuple):
    """A width, or, where there is a ``share``, that of the magnitude of a window (unless 0)."""

    size: float
    share: float | None = None

    def of(self, magnitude: Tensor) -> Tensor:
        """Give the width of windows of these magnitudes, ``(batch,)``."""
        size = torch.full_like(magnitude, self.size)
        if self.share is None:
            return size
        return torch.where(magnitude > 0, self.share * magnitude, size)


class WindowWidths(NamedTuple):
    """How wide windows are of which the values themselves do not tell.

    ``still`` is that of windows of equal values; 0 means that such a window goes on as it is. The
    deviation of a window of fewer than ``few`` values is drawn towards ``usual``.
    """

    usual: Width
    still: Width
    few: int


class WindowMeasures(NamedTuple):
    """Measures of windows, ``(batch,)`` each; ``count`` is that of observed values.

    The deviation is 0 where all values are the same but for rounding; the magnitude is that of
    their mean.
    """

    count: Tensor
    centre: Tensor
    deviation: Tensor
    magnitude: Tensor

    def is_still(self, window: int) -> Tensor:
        """Tell which windows are of equal values, and of enough of them to say so."""
        return (self.deviation == 0) & (self.count >= min(_PRIOR, window))


def window_statistics(
    values: Tensor,
    observed: Tensor | None,
    scaling: str | None,
    widths: WindowWidths | None = None,
) -> tuple[Tensor, Tensor]:
    """Measure each window by itself, so that series of any level look alike to a network.

    Parameters
    ----------
    values : Tensor of shape (batch, window), float64
        What stands where nothing was observed does not matter, NaN neither.
    observed : Tensor of shape (batch, window), bool, or None
        None means that nothing is missing.
    scaling : {"mean", "last", "mean_abs"} or None
        "mean": centre on the mean, scale by the deviation from it. "last": centre on the last
        value observed, scale as "mean" does. "mean_abs": centre 0, scale by the mean of the
        magnitudes, which keeps counts counts. None: centre 0, scale 1.
    widths : WindowWidths or None, default=None
        The deviations of windows that have none of their own, or too few values to tell.

    Returns
    -------
    centre, scale : Tensor of shape (batch,)
        A window in which nothing was observed has centre 0. Without ``widths`` the scale is above
        zero: that of a constant window is the magnitude of the centre, or 1, and that of one in
        which nothing was observed is 1.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import window_statistics
    >>> values = torch.tensor([[1.0, 2.0, 6.0]], dtype=torch.float64)
    >>> window_statistics(values, torch.tensor([[True, False, True]]), "mean")
    (tensor([3.5000], dtype=torch.float64), tensor([2.5000], dtype=torch.float64))
    """
    if scaling is None:
        return values.new_zeros(len(values)), values.new_ones(len(values))
    if scaling == "mean_abs":
        magnitude = _masked(values, observed).abs().sum(1) / _count(values, observed)
        return torch.zeros_like(magnitude), torch.where(magnitude == 0, 1, magnitude)
    found = measure_windows(values, observed, scaling)
    if widths is None:
        without = torch.where(found.centre == 0, 1, found.centre.abs())
        return found.centre, torch.where(found.deviation == 0, without, found.deviation)
    still = widths.still.of(found.magnitude)
    return found.centre, torch.where(found.is_still(values.shape[1]), still, _drawn(found, widths))


def measure_windows(values: Tensor, observed: Tensor | None, scaling: str) -> WindowMeasures:
    """Measure windows; the arguments are those of ``window_statistics``."""
    values = _masked(values, observed)
    count = _count(values, observed)
    mean = values.sum(1) / count
    deviation = _deviation(values, mean, observed, count)
    return WindowMeasures(
        count=torch.full_like(mean, values.shape[1]) if observed is None else observed.sum(1),
        centre=mean if scaling == "mean" else last_observed(values, observed),
        deviation=deviation,
        magnitude=mean.abs(),
    )


def _drawn(found, widths):
    """Give the deviations, those of few values drawn towards the usual one."""
    prior = _PRIOR * (1 - found.count / widths.few).clamp(min=0)
    usual = widths.usual.of(found.magnitude)
    total = found.count * found.deviation**2 + prior * usual**2
    return torch.where(prior > 0, (total / (found.count + prior)).sqrt(), found.deviation)


def _masked(values, observed):
    return values if observed is None else torch.where(observed, values, 0)


def _count(values, observed):
    """Give the number of observed values, at least 1."""
    return values.shape[1] if observed is None else observed.sum(1).clamp(min=1).double()


def _deviation(values, mean, observed, count):
    """Give the root mean square of the differences from the mean, 0 for a constant window."""
    differences = values - mean[:, None]
    differences = differences if observed is None else torch.where(observed, differences, 0)
    deviation = torch.linalg.vector_norm(differences, dim=1) / count**0.5
    return torch.where(deviation <= _ROUNDING * mean.abs(), 0, deviation)


def last_observed(values: Tensor, observed: Tensor | None) -> Tensor:
    """Give the last value of each window that was observed, 0 where none was: ``(batch,)``."""
    if observed is None:
        return values[:, -1].clone()  # no view: the caller may scale the values in place
    step = torch.arange(1, values.shape[1] + 1, device=values.device)
    last = (observed * step).amax(1)
    found = values.gather(1, (last - 1).clamp(min=0)[:, None])[:, 0]
    return torch.where(last > 0, found, 0)
