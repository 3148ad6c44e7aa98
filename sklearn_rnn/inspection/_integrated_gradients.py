"""How much each input of a function has added to its output."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

__all__ = ["IntegratedGradients", "integrated_gradients"]

# The path is cut into panels, each of which has so many points of a Gauss-Legendre rule.
_POINTS = 8
_FIRST_PANELS = 2
# Panels are halved until all together lack no more than they may, or the points of all panels, also
# of those that were halved, are used up: fewer for long sequences, for the time they take.
_MOST_POINTS = 8192
_FEWEST_POINTS = 128
_MOST_STEPS = 1 << 20
# So many steps, of all points of the path together, are run at once.
_STEPS_AT_ONCE = 1 << 16


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
    of the outputs (proposition 1), and so they do on each part of the path. That tells how good the
    numerical integral is: wherever the sum is not good enough, where the gradient leaps or grows
    steep, the path is cut finer.

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
        Its gap is larger than asked for if 8192 points do not suffice, or for more than 128 steps
        as many as have a million steps, but at least 128.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.inspection._integrated_gradients import integrated_gradients
    >>> start, end = torch.zeros(2, dtype=torch.float64), torch.tensor([1.0, 3.0]).double()
    >>> found = integrated_gradients(lambda x: x.prod(1) + x[:, 0], (start,), (end,))
    >>> found.attributions[0].numpy().round(6).tolist(), found.output
    ([2.5, 1.5], 4.0)
    """
    borders = np.linspace(0, 1, _FIRST_PANELS + 1)
    outputs = _outputs(function, baseline, inputs, borders)
    panels = np.stack([borders[:-1], borders[1:], outputs[:-1], outputs[1:]], axis=1)
    accepted, n_points, lacking = [torch.zeros_like(part) for part in inputs], 0, 0.0
    most = max(_FEWEST_POINTS, min(_MOST_POINTS, _MOST_STEPS // max(map(len, inputs))))
    while True:
        added = _added(function, baseline, inputs, panels)
        n_points += len(panels) * _POINTS
        everything = [total + part.sum(0) for total, part in zip(accepted, added, strict=True)]
        sums = sum(part.flatten(1).sum(1) for part in added).numpy()
        gaps = np.abs(panels[:, 3] - panels[:, 2] - sums)
        allowed = tol * sum(float(part.abs().sum()) for part in everything)
        # What is not halved uses up no more than half of what may still be lacking.
        halved = gaps > (allowed - lacking) / (2 * len(panels))
        # Gaps that are no numbers, as where an output is not finite, are not halved either.
        is_enough = lacking + gaps.sum() <= allowed or not halved.any()
        if is_enough or n_points + 2 * halved.sum() * _POINTS > most:
            return IntegratedGradients(tuple(everything), outputs[-1], outputs[0])
        lacking += gaps[~halved].sum()
        for total, part in zip(accepted, added, strict=True):
            total += part[torch.from_numpy(~halved)].sum(0)
        panels = _halve(function, baseline, inputs, panels[halved])


def _halve(function, baseline, inputs, panels):
    """Cut panels ``(n, 4)``, each its borders and the outputs there, into halves."""
    start, end, before, after = panels.T
    middle = (start + end) / 2
    there = _outputs(function, baseline, inputs, middle)
    halves = [start, middle, before, there], [middle, end, there, after]
    return np.concatenate([np.stack(half, axis=1) for half in halves])


def _outputs(function, baseline, inputs, places):
    """Give the value of the function at some places of the path, from 0 to 1."""
    found = []
    for place in _in_batches(places, inputs):
        with torch.no_grad():
            path = [_between(*ends, place) for ends in zip(baseline, inputs, strict=True)]
            found += function(*path).tolist()
    return found


def _added(function, baseline, inputs, panels):
    """Give what each input has added on each panel: ``(panels, time, ...)``."""
    points, weights = np.polynomial.legendre.leggauss(_POINTS)
    width = panels[:, 1] - panels[:, 0]
    places = panels[:, :1] + width[:, None] * (points + 1) / 2
    shares = torch.from_numpy(weights / 2)
    found = [[] for _ in inputs]
    for place, wide in zip(places, width.tolist(), strict=True):
        sums = _weighted_gradients(function, baseline, inputs, torch.from_numpy(place), shares)
        parts = zip(found, baseline, inputs, sums, strict=True)
        for rows, start, end, mean in parts:
            rows.append((end - start) * mean * wide)
    return [torch.stack(rows) for rows in found]


def _weighted_gradients(function, baseline, inputs, places, weights):
    """Sum up the gradients by each input, weighted, over places of the path."""
    sums = [torch.zeros_like(part) for part in inputs]
    batches = (_in_batches(part, inputs) for part in (places, weights))
    for place, weight in zip(*batches, strict=True):
        path = [
            _between(start, end, place).requires_grad_()
            for start, end in zip(baseline, inputs, strict=True)
        ]
        with torch.enable_grad():
            total = (function(*path) * weight).sum()
        for found, part in zip(sums, torch.autograd.grad(total, path), strict=True):
            found += part.sum(0)
    return sums


def _in_batches(places, inputs):
    size = max(1, _STEPS_AT_ONCE // max(map(len, inputs)))
    return torch.as_tensor(places).split(size)


def _between(start, end, place):
    """``(time, ...) -> (points, time, ...)``."""
    return start + place.view(-1, *[1] * start.ndim) * (end - start)


def _total(attributions):
    return float(sum(part.sum() for part in attributions))
