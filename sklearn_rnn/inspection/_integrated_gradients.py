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
# What adds up is taken if the last halving has changed all parts together by no more than so many
# times as much as they may lack.
_STEADY = 10
# So many steps, of points of all panels together, are run at once.
_STEPS_AT_ONCE = 1 << 16


class IntegratedGradients(NamedTuple):
    """What each input has added on the way from a baseline.

    ``attributions`` is float64, in the shape that they are joined in; ``output`` and
    ``baseline_output`` are the values of the function at the ends of the path.
    """

    attributions: Tensor
    output: float
    baseline_output: float


def integrated_gradients(
    function: Callable[..., Tensor],
    baseline: tuple[Tensor, ...],
    inputs: tuple[Tensor, ...],
    *,
    join: Callable[..., Tensor] | None = None,
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
    join : callable or None, default=None
        Adds up what inputs have added that count as one: a linear map from tensors
        ``(points, time, ...)``, one for each input, to ``(points, ...)``. None leaves a single
        input as it is.
    tol : float, default=1e-3
        By how much the attributions may miss the difference of the outputs, as a share of the sum
        of their absolute values, after they are joined. All of them together change by no more than
        ten times as much when the path is cut finer once more.

    Returns
    -------
    IntegratedGradients
        They miss the difference by more than is asked for if 8192 points do not suffice, or for
        more than 128 steps as many as have a million steps, but at least 128.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.inspection._integrated_gradients import integrated_gradients
    >>> start, end = torch.zeros(2, dtype=torch.float64), torch.tensor([1.0, 3.0]).double()
    >>> found = integrated_gradients(lambda x: x.prod(1) + x[:, 0], (start,), (end,))
    >>> found.attributions.numpy().round(6).tolist(), found.output
    ([2.5, 1.5], 4.0)
    """
    borders = np.linspace(0, 1, _FIRST_PANELS + 1)
    outputs = _outputs(function, baseline, inputs, borders)
    panels = np.stack([borders[:-1], borders[1:], outputs[:-1], outputs[1:]], axis=1)
    accepted, previous, lacking, n_points = 0.0, np.inf, 0.0, 0
    most = max(_FEWEST_POINTS, min(_MOST_POINTS, _MOST_STEPS // max(map(len, inputs))))
    while True:
        added = _added(function, baseline, inputs, panels, join or _alone)
        n_points += len(panels) * _POINTS
        everything = accepted + added.sum(0)
        changed, previous = float((everything - previous).abs().sum()), everything
        gaps = np.abs(panels[:, 3] - panels[:, 2] - added.flatten(1).sum(1).numpy())
        allowed = tol * float(everything.abs().sum())
        # What is not halved uses up no more than half of what may still be lacking.
        halved = gaps > (allowed - lacking) / (2 * len(panels))
        is_complete = lacking + gaps.sum() <= allowed
        halved |= is_complete  # to see whether what adds up by chance stays as it is
        # Gaps that are no numbers, as where an output is not finite, are not halved either.
        room = (most - n_points) // (2 * _POINTS)
        if (is_complete and changed <= _STEADY * allowed) or not halved.any() or not room:
            return IntegratedGradients(everything, outputs[-1], outputs[0])
        worst_first = np.argsort(np.where(halved, -gaps, 0), kind="stable")
        halved[worst_first[room:]] = False
        lacking += gaps[~halved].sum()
        accepted = accepted + added[torch.from_numpy(~halved)].sum(0)
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
    for place in _in_batches(torch.as_tensor(places), inputs):
        with torch.no_grad():
            path = [_between(*ends, place) for ends in zip(baseline, inputs, strict=True)]
            found += function(*path).tolist()
    return found


def _added(function, baseline, inputs, panels, join):
    """Give what has been added on each panel: ``(panels, ...)``, float64."""
    points, weights = np.polynomial.legendre.leggauss(_POINTS)
    widths = (panels[:, 1] - panels[:, 0])[:, None]
    places = torch.from_numpy(panels[:, :1] + widths * (points + 1) / 2).flatten()
    shares = torch.from_numpy(widths * weights / 2).flatten()
    panel = torch.arange(len(panels)).repeat_interleave(_POINTS)
    ways = [(end - start).double() for start, end in zip(baseline, inputs, strict=True)]
    found = None
    batches = (_in_batches(part, inputs) for part in (places, shares, panel))
    for place, share, of_panel in zip(*batches, strict=True):
        path = [
            _between(start, end, place).requires_grad_()
            for start, end in zip(baseline, inputs, strict=True)
        ]
        with torch.enable_grad():
            total = (function(*path) * share).sum()
        slopes = torch.autograd.grad(total, path)
        added = join(*(slope * way for slope, way in zip(slopes, ways, strict=True)))
        if found is None:
            found = added.new_zeros(len(panels), *added.shape[1:])
        found.index_add_(0, of_panel, added)
    return found


def _alone(added):
    return added


def _in_batches(points, inputs):
    return points.split(max(1, _STEPS_AT_ONCE // max(map(len, inputs))))


def _between(start, end, place):
    """``(time, ...) -> (points, time, ...)``."""
    return start + place.to(start.dtype).view(-1, *[1] * start.ndim) * (end - start)
