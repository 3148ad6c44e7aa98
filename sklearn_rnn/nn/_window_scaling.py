"""Where a window of a series stands, and how wide it spreads."""

import torch
from torch import Tensor

__all__ = ["SCALINGS", "last_observed", "window_statistics"]

SCALINGS = ("mean", "last", "mean_abs")
# A window whose values differ by rounding errors alone is constant.
_ROUNDING = 10 * torch.finfo(torch.float64).eps


def window_statistics(
    values: Tensor, observed: Tensor | None, scaling: str | None
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

    Returns
    -------
    centre, scale : Tensor of shape (batch,)
        The scale is above zero: that of a constant window is the magnitude of the centre, or 1.
        A window in which nothing was observed has centre 0 and scale 1.

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
    values = values if observed is None else torch.where(observed, values, 0)
    count = values.shape[1] if observed is None else observed.sum(1).clamp(min=1).double()
    if scaling == "mean_abs":
        centre, scale = values.new_zeros(len(values)), values.abs().sum(1) / count
    else:
        mean = values.sum(1) / count
        scale = _deviation(values, mean, observed, count)
        centre = mean if scaling == "mean" else last_observed(values, observed)
    without = torch.where(centre == 0, 1, centre.abs())
    return centre, torch.where(scale == 0, without, scale)


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
