"""Running a forecaster's network: as far ahead as asked, read as points, quantiles or paths."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.data import SeriesPanel
from sklearn_rnn.estimators._forecaster_bounds import FARTHEST, reach_of, value_range
from sklearn_rnn.estimators._forecaster_calibration import LEVELS, Calibration
from sklearn_rnn.estimators._forecaster_transform import TargetTransform
from sklearn_rnn.estimators._user_warnings import warn_user
from sklearn_rnn.training import Windows, WindowStatistics

__all__ = ["Forecasts", "gives_points", "run_ahead"]

_LARGEST = 1e9  # what a decoder gives where it runs off, at most


class Block(NamedTuple):
    """What the network says of one stretch of steps: ``outputs`` (n, steps, n_outputs).

    All it gives is on the scale that the network models. Where there is a ``reach`` (n, 2), steps
    from ``free`` on are held within it.
    """

    outputs: Tensor
    statistics: WindowStatistics
    head: object
    calibration: Calibration | None
    ticks: np.ndarray  # of its first steps, (n,)
    reach: np.ndarray | None = None
    free: int = 0

    def point(self) -> np.ndarray:
        """Give the forecasts, (n, steps), held where they run off."""
        return self.hold(self.raw_point())

    def raw_point(self) -> np.ndarray:
        """Give the forecasts, (n, steps), as the network has them; quantiles belong to these."""
        return self._units(self.head.point(self.outputs))

    def hold(self, values: np.ndarray) -> np.ndarray:
        """Hold values (..., n, steps) within reach."""
        if self.reach is None:
            return values
        held = np.clip(values, self.reach[:, :1], self.reach[:, 1:])
        return np.where(np.arange(values.shape[-1]) < self.free, values, held)

    def quantiles(self, levels: np.ndarray) -> np.ndarray:
        """Give the quantiles at levels (n_levels,): (n, steps, n_levels)."""
        if self._has_spread:
            found = self._units(self.head.quantiles(self.outputs, torch.from_numpy(levels)))
        else:
            found = np.repeat(self.raw_point()[..., None], len(levels), axis=2)
        if self._is_shifted:
            shift = self.calibration.shift(levels, found.shape[1], self.ticks)
            found += self._scale[:, None, None] * shift
        return found

    def draw(self, levels: np.ndarray) -> np.ndarray:
        """Give the quantiles at levels (samples, n, steps), in that shape."""
        if self._has_spread:
            scaled = self.head.sample(self.outputs, torch.from_numpy(levels))
            found = self._units(scaled.permute(1, 2, 0)).transpose(2, 0, 1)
        else:
            found = np.repeat(self.raw_point()[None], len(levels), axis=0)
        if self._is_shifted:
            found = found + self._scale[:, None] * self.calibration.shift_each(levels, self.ticks)
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

    def warn(self, panel: SeriesPanel) -> None:
        """Warn of series without an observed value in their window, and of what runs off."""
        unseen = np.flatnonzero(self.unseen)
        if len(unseen):
            warn_user(
                f"{panel.name(int(unseen[0]))} has no observed value in its last window"
                f"{f', nor have {len(unseen) - 1} more series' if len(unseen) > 1 else ''}; the "
                "forecast is NaN there. Give newer values of the target, by update or as context, "
                "or leave the series out."
            )
        held = np.flatnonzero(self.held & ~self.unseen)
        if len(held):
            more = f" (as do those of {len(held) - 1} more series)" if len(held) > 1 else ""
            warn_user(
                f"far forecasts of {panel.name(int(held[0]))} run off beyond {FARTHEST} times the "
                f"range of its values{more} and are held there: steps beyond the horizon are "
                "forecast from forecasts. Ask for fewer steps, or fit with a larger horizon."
            )

    @property
    def held(self) -> np.ndarray:
        """Tell the windows (n,) of which a forecast would have run off."""
        held, begin = np.zeros(len(self), dtype=bool), 0
        for block in self._blocks:
            if block.reach is not None:
                moved = block.point() != block.raw_point()
                held |= moved[:, : self.n_steps - begin].any(axis=1)
            begin += block.outputs.shape[1]
        return held

    def point(self) -> np.ndarray:
        """Give the forecasts, (n, n_steps)."""
        found = np.concatenate([block.point() for block in self._blocks], axis=1)
        return self._masked(found[:, : self.n_steps])

    def quantiles(self, levels) -> np.ndarray:
        """Give the quantiles at levels (n_levels,): (n, n_steps, n_levels); they never cross."""
        levels = np.asarray(levels, dtype=np.float64)
        order = np.argsort(levels)
        parts = [np.moveaxis(b.quantiles(levels[order]), 2, 0) for b in self._blocks]
        joined = np.moveaxis(_widen(self._blocks, parts), 0, 2)
        rising = np.maximum.accumulate(joined[:, : self.n_steps], axis=2)
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
        found = _widen(self._blocks, parts)
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
        values, scale = self._truth(panel, series, cutoffs)
        quantiles = values[..., None] - block.quantiles(LEVELS)
        return (values - block.point()) / scale, quantiles / scale[..., None]

    def point_errors(self, panel: SeriesPanel, series: np.ndarray, cutoffs: np.ndarray):
        """Give the errors of points alone, (n, n_steps), as ``errors`` does."""
        (block,) = self._blocks
        values, scale = self._truth(panel, series, cutoffs)
        return (values - block.point()) / scale

    def _truth(self, panel, series, cutoffs):
        """Give what came, as the network models it, and the scale of each window (n, 1).

        A scale of 0 is NaN: of a window that goes on as it is nothing can be learned.
        """
        (block,) = self._blocks
        at = panel.offsets[series][:, None] + cutoffs[:, None] + np.arange(self.n_steps)
        there = at < panel.offsets[series + 1][:, None]
        values = np.where(there, panel.target[np.where(there, at, 0)], np.nan)
        scale = block.statistics.scale.numpy()[:, None]
        return self._transform.forward(values), np.where(scale > 0, scale, np.nan)


def _widen(blocks, parts):
    """Join blocks (..., n, steps) along their steps; a spread adds to that which it begins with.

    The next block reads points as if they were true, so its own spread lacks that of its start.
    Errors of blocks count as independent: squares of deviations add up.
    """
    joined, carried = [], None
    for block, part in zip(blocks, parts, strict=True):
        n_steps = part.shape[-1]
        deviation = part - block.raw_point()[:, :n_steps]
        if carried is not None:
            same = np.sign(deviation) == np.sign(carried)
            added = np.sign(deviation) * np.hypot(deviation, carried)
            deviation = np.where(same, added, deviation + carried)
        carried = deviation[..., -1:]
        joined.append(block.hold(block.point()[:, :n_steps] + deviation))
    return np.concatenate(joined, axis=-1)


def run_ahead(
    estimator,
    panel: SeriesPanel,
    series: np.ndarray,
    cutoffs: np.ndarray,
    n_steps: int,
    seen: np.ndarray | None = None,
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
    seen : ndarray of shape (n_series, 2) or None
        The range of the values of each series, which bounds the steps beyond the horizon; None
        takes it from the panel.

    Returns
    -------
    Forecasts
    """
    plan = estimator._architecture
    unseen = ~_has_values(panel, series, cutoffs, plan.window)
    any_length = plan.decoder == "recursive" and not estimator.difference_
    length = n_steps if any_length else plan.horizon
    blocks, reach = [], None
    if n_steps > plan.horizon and seen is None:
        seen = value_range(panel)
    for done in range(0, n_steps, length):
        block = _run_block(estimator, panel, series, cutoffs + done, length, n_steps - done)
        if n_steps > plan.horizon:
            if reach is None:
                first = estimator._transform.inverse(block.point()[:, : plan.horizon])
                reach = reach_of(seen[series], first, estimator._transform)
            block = block._replace(reach=reach, free=max(0, plan.horizon - done))
        blocks.append(block)
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
    if length > estimator.horizon_:
        outputs = _bounded(outputs, estimator.horizon_)
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
    ticks = panel.starts[panel.group_of(series)] + cutoffs
    return Block(outputs, statistics, net.module_.head, estimator._calibration, ticks)


def _bounded(outputs, horizon):
    """Let a decoder that runs off beyond the horizon stay at a number that can be computed with."""
    finite = outputs.isfinite().all(2)
    finite[:, :horizon] = True
    step = torch.arange(outputs.shape[1], device=outputs.device)
    last = torch.where(finite.int().cummin(1).values > 0, step, 0).cummax(1).values
    found = outputs.gather(1, last[..., None].expand_as(outputs))
    return torch.where(step[:, None] < horizon, found, found.clamp(-_LARGEST, _LARGEST))


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
