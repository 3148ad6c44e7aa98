"""The window of a forecaster in an ONNX graph: what it models, centred and scaled, and back."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.nn import Width
from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from sklearn_rnn.persistence._onnx_shapes import cast, slice_axis

__all__ = ["ScaledWindow", "last_observed", "scale_window", "to_units"]

_ROUNDING = 10 * np.finfo(np.float64).eps
_PRIOR = 4  # as many values what is usual counts, see sklearn_rnn.nn
_ZERO, _ONE = np.float64(0), np.float64(1)


class ScaledWindow(NamedTuple):
    """A window as the network reads it, and what turns its forecasts into values.

    ``values`` (batch, window) is float32, 0 where nothing was observed, ``observed`` bool of that
    shape. ``centre`` and ``scale`` are (batch, 1), float64, or None for 0 and 1; a window of scale
    0 goes on as it is. ``base`` is
    (batch, horizon) or None. ``is_seen`` (batch, 1) tells where any value was observed.
    """

    values: str
    observed: str
    centre: str | None
    scale: str | None
    base: str | None
    is_seen: str


def scale_window(graph: GraphBuilder, estimator, target: str) -> ScaledWindow:
    """Centre and scale windows as ``WindowDataset`` does, in float64.

    ``target`` is (batch, window + season), float64, NaN where a value is missing.
    """
    window, season = estimator.window_, estimator._season
    values = _modelled(graph, estimator._transform.floor, target)
    own = values if season is None else slice_axis(graph, values, 1, -window, None)
    is_seen = _any(graph, graph.op("Not", graph.op("IsNaN", own)))
    base = None
    if season is not None:
        base = _seasonal_naive(graph, values, season, window, estimator.horizon_)
        own = graph.op("Sub", own, slice_axis(graph, values, 1, 0, window))
    observed = graph.op("Not", graph.op("IsNaN", own))
    clean = graph.op("Where", observed, own, _ZERO)
    centre, scale = _measure(graph, clean, observed, estimator)
    scaled = own if centre is None else graph.op("Sub", own, centre)
    scaled = scaled if scale is None else graph.op("Div", scaled, _or_one(graph, scale))
    scaled = cast(graph, graph.op("Where", observed, scaled, _ZERO), "float32")
    return ScaledWindow(scaled, observed, centre, scale, base, is_seen)


def to_units(graph: GraphBuilder, estimator, window: ScaledWindow, points: str, counts: bool):
    """Turn points ``(batch, horizon)`` into values, float64; NaN where nothing was observed."""
    found = cast(graph, points, "float64")
    if not counts:
        found = found if window.scale is None else graph.op("Mul", found, window.scale)
        found = found if window.centre is None else graph.op("Add", found, window.centre)
        found = found if window.base is None else graph.op("Add", found, window.base)
    if estimator._transform.floor is not None:
        found = graph.op("Exp", found)
    return graph.op("Where", window.is_seen, found, np.float64(np.nan))


def last_observed(graph: GraphBuilder, clean: str, observed: str) -> str:
    """Give the last value observed ``(batch, 1)``, 0 where none was; ``clean`` is 0 there."""
    step = graph.op("CumSum", cast(graph, observed, "int64"), np.int64(1))
    most = graph.op("ReduceMax", step, np.array([1]), keepdims=1)
    is_last = cast(graph, graph.op("And", graph.op("Equal", step, most), observed), "float64")
    return _sum(graph, graph.op("Mul", cast(graph, clean, "float64"), is_last))


def _modelled(graph, floor, target):
    """Take logarithms where the network models these; NaN stays."""
    if floor is None:
        return target
    is_low = graph.op("LessOrEqual", target, _ZERO)  # not so for NaN
    return graph.op("Log", graph.op("Where", is_low, np.float64(floor), target))


def _measure(graph, clean, observed, estimator):
    """Give centre and scale ``(batch, 1)``, None for 0 and 1."""
    scaling, widths = estimator.scaling_, estimator._widths
    if scaling is None:
        return None, None
    seen = _sum(graph, cast(graph, observed, "float64"))
    count = graph.op("Max", seen, _ONE)
    if scaling == "mean_abs":
        return None, _or_one(graph, graph.op("Div", _sum(graph, graph.op("Abs", clean)), count))
    mean = graph.op("Div", _sum(graph, clean), count)
    differences = graph.op("Where", observed, graph.op("Sub", clean, mean), _ZERO)
    squares = _sum(graph, graph.op("Mul", differences, differences))
    deviation = graph.op("Sqrt", graph.op("Div", squares, count))
    limit = graph.op("Mul", graph.op("Abs", mean), np.float64(_ROUNDING))
    is_constant = graph.op("LessOrEqual", deviation, limit)
    deviation = graph.op("Where", is_constant, _ZERO, deviation)
    centre = mean if scaling == "mean" else last_observed(graph, clean, observed)
    if widths is None:  # in no window was anything observed
        without = _or_one(graph, graph.op("Abs", centre))
        return centre, graph.op("Where", is_constant, without, deviation)
    magnitude, enough = graph.op("Abs", mean), np.float64(min(_PRIOR, estimator.window_))
    is_still = graph.op("And", is_constant, graph.op("GreaterOrEqual", seen, enough))
    drawn = _draw(graph, seen, deviation, _width(graph, widths.usual, magnitude), widths.few)
    return centre, graph.op("Where", is_still, _width(graph, widths.still, magnitude), drawn)


def _draw(graph, count, deviation, usual, few):
    """Draw deviations of few values towards the usual one."""
    lacking = graph.op("Sub", _ONE, graph.op("Div", count, np.float64(few)))
    prior = graph.op("Mul", graph.op("Max", lacking, _ZERO), np.float64(_PRIOR))
    own = graph.op("Mul", count, graph.op("Mul", deviation, deviation))
    total = graph.op("Add", own, graph.op("Mul", prior, graph.op("Mul", usual, usual)))
    drawn = graph.op("Sqrt", graph.op("Div", total, graph.op("Add", count, prior)))
    return graph.op("Where", graph.op("Greater", prior, _ZERO), drawn, deviation)


def _width(graph, width: Width, magnitude):
    """Give the width of windows of these magnitudes."""
    if width.share is None:
        return graph.constant(np.float64(width.size))
    share = graph.op("Mul", magnitude, np.float64(width.share))
    return graph.op("Where", graph.op("Greater", magnitude, _ZERO), share, np.float64(width.size))


def _or_one(graph, scale):
    """Give 1 where a scale is 0."""
    return graph.op("Where", graph.op("Equal", scale, _ZERO), _ONE, scale)


def _seasonal_naive(graph, values, season, window, horizon):
    """Give the last value of each step's phase, from as many seasons back as it takes."""
    start = slice_axis(graph, values, 1, -season, None)
    found, own = start, slice_axis(graph, values, 1, -window, None)
    for step in range(-2 * season, -window - 1, -season):
        earlier = slice_axis(graph, values, 1, step, step + season)
        found = graph.op("Where", graph.op("IsNaN", found), earlier, found)
    seen = graph.op("Not", graph.op("IsNaN", own))
    count = graph.op("Max", _sum(graph, cast(graph, seen, "float64")), _ONE)
    mean = graph.op("Div", _sum(graph, graph.op("Where", seen, own, _ZERO)), count)
    found = graph.op("Where", graph.op("IsNaN", found), mean, found)
    return graph.op("Gather", found, np.arange(horizon) % season, axis=1)


def _sum(graph, value):
    return graph.op("ReduceSum", value, np.array([1]), keepdims=1)


def _any(graph, flags):
    most = graph.op("ReduceMax", cast(graph, flags, "int64"), np.array([1]), keepdims=1)
    return graph.op("Greater", most, np.int64(0))
