"""How much each input of a function has added to its output."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

__all__ = ["IntegratedGradients", "integrated_gradients"]

# The path is cut into panels, each of which has so many points of a Gauss-Legendre rule: a smooth
# function needs few panels, and one with kinks (rectified units, maxima) gets more of them.
_POINTS = 16
_FEWEST_PANELS = 2
_MOST_PANELS = 64
# So many steps, of all points of the path together, are run at once.
_STEPS_AT_ONCE = 1 << 14


class IntegratedGradients(NamedTuple):
    """What each input has added on the way from a baseline.

    ``attributions`` has a tensor for each input, in its shape; ``output`` and ``baseline_output``
    are the values of the function at the ends of the path. ``gap`` is what the attributions lack
    of their difference, 0 but for the error of the numerical integral.
    """

    attributions: tuple[Tensor, ...]
    output: float
    baseline_output: float

    @property
    def gap(self) -> float:
        return self.output - self.baseline_output - _total(self.attributions)


def integrated_gradients(
    function: Callable[..., Tensor],
    baseline: tuple[Tensor, ...],
    inputs: tuple[Tensor, ...],
    *,
    tol: float = 1e-3,
) -> IntegratedGradients:
    """Integrate the gradient of a function along the straight path from a baseline to its inputs.

    ``(x_i - x'_i)`` times the mean, over the path, of the gradient by ``x_i`` (Sundararajan, Taly
    and Yan, "Axiomatic Attribution for Deep Networks", 2017, eq. 1). They add up to the difference
    of the outputs (proposition 1), so that the sum tells how good the numerical integral is: the
    path is cut finer until it is good enough.

    Parameters
    ----------
    function : callable
        Maps tensors ``(points, time, ...)``, one for each input, to a tensor ``(points,)``.
    baseline, inputs : tuples of Tensors of shape (time, ...)
        The ends of the path.
    tol : float, default=1e-3
        How large a gap may be, as a share of the sum of the attributions' absolute values.

    Returns
    -------
    IntegratedGradients
        Its gap is larger than asked for if 1024 points do not suffice.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.inspection._integrated_gradients import integrated_gradients
    >>> start, end = torch.zeros(2, dtype=torch.float64), torch.tensor([1.0, 3.0]).double()
    >>> found = integrated_gradients(lambda x: x.prod(1) + x[:, 0], (start,), (end,))
    >>> found.attributions[0].numpy().round(6).tolist(), found.output
    ([2.5, 1.5], 4.0)
    """
    ends = (torch.stack(pair) for pair in zip(baseline, inputs, strict=True))
    with torch.no_grad():
        baseline_output, output = function(*ends).tolist()
    n_panels = _FEWEST_PANELS
    while True:
        means = _mean_gradients(function, baseline, inputs, *_rule(n_panels))
        parts = zip(baseline, inputs, means, strict=True)
        attributions = tuple((end - start) * mean for start, end, mean in parts)
        found = IntegratedGradients(attributions, output, baseline_output)
        size = sum(float(part.abs().sum()) for part in attributions)
        if abs(found.gap) <= tol * size or n_panels >= _MOST_PANELS:
            return found
        n_panels *= 2


def _rule(n_panels):
    """Give the points of the path, from 0 to 1, and their weights, which add up to 1."""
    points, weights = np.polynomial.legendre.leggauss(_POINTS)
    starts = np.arange(n_panels)[:, None]
    places = (starts + (points + 1) / 2) / n_panels
    return places.ravel(), np.tile(weights / 2 / n_panels, n_panels)


def _mean_gradients(function, baseline, inputs, places, weights):
    """Average the gradient by each input over the points of the path."""
    size = max(1, _STEPS_AT_ONCE // max(map(len, inputs)))
    sums = [torch.zeros_like(part) for part in inputs]
    for i in range(0, len(places), size):
        place, weight = (torch.as_tensor(part[i : i + size]) for part in (places, weights))
        path = [
            _between(start, end, place).requires_grad_()
            for start, end in zip(baseline, inputs, strict=True)
        ]
        with torch.enable_grad():
            total = (function(*path) * weight).sum()
        for found, part in zip(sums, torch.autograd.grad(total, path), strict=True):
            found += part.sum(0)
    return sums


def _between(start, end, place):
    """``(time, ...) -> (points, time, ...)``."""
    return start + place.view(-1, *[1] * start.ndim) * (end - start)


def _total(attributions):
    return float(sum(part.sum() for part in attributions))
