"""Running a forecaster's network: as far ahead as asked, read as points, quantiles or paths."""

import warnings
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.data import SeriesPanel
from sklearn_rnn.estimators._forecaster_calibration import LEVELS, Calibration
from sklearn_rnn.estimators._forecaster_transform import TargetTransform
from sklearn_rnn.training import Windows, WindowStatistics

__all__ = ["Forecasts", "gives_points", "run_ahead"]


class Block(NamedTuple):
    """What the network says of one stretch of steps: ``outputs`` (n, steps, n_outputs).

    All it gives is on the scale that the network models.
    """

    outputs: Tensor
    statistics: WindowStatistics
    head: object
    calibration: Calibration | None

    def point(self) -> np.ndarray:
        """Give the forecasts, (n, steps)."""
        return self._units(self.head.point(self.outputs))

    def quantiles(self, levels: np.ndarray) -> np.ndarray:
        """Give the quantiles at levels (n_levels,): (n, steps, n_levels)."""
        if self._has_spread:
            found = self._units(self.head.quantiles(self.outputs, torch.from_numpy(levels)))
        else:
            found = np.repeat(self.point()[..., None], len(levels), axis=2)
        if self._is_shifted:
            found += self._scale[:, None, None] * self.calibration.shift(levels, found.shape[1])
        return found

    def draw(self, levels: np.ndarray) -> np.ndarray:
        """Give the quantiles at levels (samples, n, steps), in that shape."""
        if self._has_spread:
            scaled = self.head.sample(self.outputs, torch.from_numpy(levels))
            found = self._units(scaled.permute(1, 2, 0)).transpose(2, 0, 1)
        else:
            found = np.repeat(self.point()[None], len(levels), axis=0)
        if self._is_shifted:
            found = found + self._scale[:, None] * self.calibration.shift_each(levels)
        return found

    @property
    def _has_spread(self):
        return not gives_points(self.head)

    @property
    def _is_shifted(self):
        return self.calibration is not None and self.calibration.offsets is not None

    @property
    def _scale(self):
        return self.statistics.scale.numpy()

    def _units(self, scaled):
        """Turn what the head says, (n, steps, ...), into the user's units."""
        if self.head.counts:
            return scaled.double().numpy()
        return self.statistics.to_units(scaled).numpy()


def gives_points(head) -> bool:
    """Tell whether a head gives one number a step, and no spread."""
    return not head.counts and head.n_outputs == 1


class Forecasts:
    """The forecasts of n windows, in one or several blocks of steps.

    Parameters
    ----------
    blocks : list of Block
        One after the other; from the second on, each reads the points of the one before.
    n_steps : int
        How many of the steps are wanted.
    unseen : ndarray of shape (n,), bool
        Windows in which no value was observed, whose forecasts are NaN.
    transform : TargetTransform
        What the blocks have to be turned back from.
    """

    def __init__(
        self,
        blocks: list[Block],
        n_steps: int,
        unseen: np.ndarray,
        transform: TargetTransform,
    ):
        self._blocks, self.n_steps, self.unseen = blocks, n_steps, unseen
        self._transform = transform

    def __len__(self):
        return len(self.unseen)

    def warn_of_unseen(self, panel: SeriesPanel, *, stacklevel: int = 3) -> None:
        """Warn of series without an observed value in their window."""
        unseen = np.flatnonzero(self.unseen)
        if len(unseen):
            warnings.warn(
                f"{panel.name(int(unseen[0]))} has no observed value in its last window"
                f"{f', nor have {len(unseen) - 1} more series' if len(unseen) > 1 else ''}; the "
                "forecast is NaN there.",
                UserWarning,
                stacklevel=stacklevel,
            )

    def point(self) -> np.ndarray:
        """Give the forecasts, (n, n_steps)."""
        found = np.concatenate([block.point() for block in self._blocks], axis=1)
        return self._masked(found[:, : self.n_steps])

    def quantiles(self, levels) -> np.ndarray:
        """Give the quantiles at levels (n_levels,): (n, n_steps, n_levels); they never cross."""
        levels = np.asarray(levels, dtype=np.float64)
        order = np.argsort(levels)
        parts = _widen(self._blocks, [b.quantiles(levels[order]) for b in self._blocks], axis=1)
        rising = np.maximum.accumulate(parts[:, : self.n_steps], axis=2)
        found = np.empty_like(rising)
        found[..., order] = rising
        if self._blocks[0].head.counts:
            found = np.maximum(found, 0)
        return self._masked(found)

    def draw(self, levels: np.ndarray) -> np.ndarray:
        """Give the quantiles at levels (samples, n, n_steps), in that shape."""
        parts, begin = [], 0
        for block in self._blocks:
            here = np.ascontiguousarray(levels[..., begin : begin + block.outputs.shape[1]])
            begin += here.shape[-1]
            shown = block._replace(outputs=block.outputs[:, : here.shape[-1]])
            parts.append(shown.draw(here))
        found = _widen(self._blocks, parts, axis=2)
        if self._blocks[0].head.counts:
            found = np.maximum(np.round(found), 0)
        return self._masked(found.swapaxes(0, 1)).swapaxes(0, 1)

    def _masked(self, found):
        """Turn what the network models into values, NaN where nothing was observed."""
        found[self.unseen] = np.nan
        return self._transform.inverse(found)

    def errors(self, panel: SeriesPanel, series: np.ndarray, cutoffs: np.ndarray):
        """Give the errors of points (n, n_steps) and of quantiles (n, n_steps, len(LEVELS)).

        As the network models the values, in units of the scale of each window; NaN where a value
        is missing. There must be one block.
        """
        (block,) = self._blocks
        at = panel.offsets[series][:, None] + cutoffs[:, None] + np.arange(self.n_steps)
        there = at < panel.offsets[series + 1][:, None]
        values = np.where(there, panel.target[np.where(there, at, 0)], np.nan)
        values = self._transform.forward(values)
        scale = block.statistics.scale.numpy()[:, None]
        quantiles = values[..., None] - block.quantiles(LEVELS)
        return (values - block.point()) / scale, quantiles / scale[..., None]


def _widen(blocks, parts, axis):
    """Join the blocks along the axis of steps; the spread of a block adds to that it begins with.

    The next block reads points as if they were true, so its own spread lacks that of its start.
    Errors of blocks count as independent: squares of deviations add up.
    """
    joined, carried = [], None
    for block, part in zip(blocks, parts, strict=True):
        n_steps = part.shape[axis]
        point = block.point()[:, :n_steps]
        point = point[..., None] if axis == 1 else point[None]
        deviation = part - point
        if carried is not None:
            same = np.sign(deviation) == np.sign(carried)
            added = np.sign(deviation) * np.hypot(deviation, carried)
            deviation = np.where(same, added, deviation + carried)
        carried = np.take(deviation, [n_steps - 1], axis=axis)
        joined.append(point + deviation)
    return np.concatenate(joined, axis=axis)


def run_ahead(
    estimator, panel: SeriesPanel, series: np.ndarray, cutoffs: np.ndarray, n_steps: int
) -> Forecasts:
    """Forecast series from their rows before cutoffs.

    Parameters
    ----------
    estimator : RNNForecaster
        Fitted.
    panel : SeriesPanel
        With rows for the steps ahead where columns are known of them, or where there are more
        steps than the horizon: these go on from the forecasts, in blocks.
    series, cutoffs : ndarray of shape (n,)
    n_steps : int

    Returns
    -------
    Forecasts
    """
    plan = estimator._architecture
    unseen = ~_has_values(panel, series, cutoffs, plan.window)
    any_length = plan.decoder == "recursive" and not estimator.difference_
    length = n_steps if any_length else plan.horizon
    blocks = []
    for done in range(0, n_steps, length):
        blocks.append(_run_block(estimator, panel, series, cutoffs + done, length, n_steps - done))
        if done + length < n_steps:
            values = estimator._transform.inverse(blocks[-1].point())
            panel = _write(panel, series, cutoffs + done, values)
    return Forecasts(blocks, n_steps, unseen, estimator._transform)


def _run_block(estimator, panel, series, cutoffs, length, wanted):
    dataset = estimator._window_dataset(
        panel,
        Windows.at(series, cutoffs),
        horizon=length,
        with_target=False,
        device=estimator.net_.device,
    )
    net = estimator.net_
    function = None
    if wanted < length:  # one step of many windows needs no room for all steps

        def function(*args, **columns):
            return net.module_(*args, **columns)[:, :wanted]

    outputs = net.outputs(dataset, function)
    statistics = dataset.statistics()
    finite = outputs.isfinite().flatten(1).all(1)
    if not finite.all():
        bad = int(finite.int().argmin())
        raise ValueError(
            f"the network gives {float(outputs[bad].flatten()[0])} for "
            f"{panel.name(int(series[bad]))}: its values, or its known columns, are very far from "
            "those that fit saw, or training came close to divergence. Look at them, or fit again "
            "with a lower lr."
        )
    return Block(outputs, statistics, net.module_.head, estimator._calibration)


def _has_values(panel, series, cutoffs, window):
    """Tell which windows hold an observed value."""
    seen = np.concatenate([[0], np.cumsum(~np.isnan(panel.target))])
    start = panel.offsets[series]
    return seen[start + cutoffs] > seen[start + np.maximum(cutoffs - window, 0)]


def _write(panel, series, cutoffs, values):
    """Give the panel with values (n, steps) at the steps ahead; past columns stay missing."""
    target = panel.target.copy()
    begin = panel.offsets[series] + cutoffs
    room = np.minimum(values.shape[1], panel.offsets[series + 1] - begin)
    step = np.arange(values.shape[1])
    there = step < room[:, None]
    target[(begin[:, None] + step)[there]] = values[there]
    return replace(panel, target=target)
