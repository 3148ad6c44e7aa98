"""The network of a forecaster as nodes of an ONNX graph."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.modules import ForecastingNetwork
from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from sklearn_rnn.persistence._onnx_layers import add_linear, add_tables
from sklearn_rnn.persistence._onnx_points import add_outputs, add_point
from sklearn_rnn.persistence._onnx_recurrent import add_cell, add_stack
from sklearn_rnn.persistence._onnx_shapes import (
    cast,
    concat,
    reshape,
    slice_axis,
    squeeze,
    transpose,
    unsqueeze,
)
from sklearn_rnn.persistence._onnx_steps import join
from sklearn_rnn.persistence._onnx_windows import ScaledWindow, last_observed

__all__ = ["Covariates", "add_network"]


class Covariates(NamedTuple):
    """What stands beside the target, standardised; each None where there is no such part.

    ``known``, ``known_codes`` and ``calendar`` are (batch, window + horizon, columns), ``past`` and
    ``past_codes`` (batch, window, columns), ``static`` and ``static_codes`` (batch, columns).
    """

    known: str | None
    known_codes: str | None
    past: str | None
    past_codes: str | None
    calendar: str | None
    static: str | None
    static_codes: str | None


class _Future(NamedTuple):
    """What is known of the steps ahead, (batch, horizon, columns), and of the series."""

    known: str | None
    calendar: str | None
    context: str | None


def add_network(
    graph: GraphBuilder, network: ForecastingNetwork, window: ScaledWindow, columns: Covariates
) -> str:
    """Give those outputs ``(batch, horizon, n)`` that the points are read from."""
    plan, head = network.plan, network.head
    segments, future = _read(graph, network.input, window, columns)
    steps = transpose(graph, segments, 1, 0, 2)
    state = add_stack(graph, network.recurrent, steps, None).last
    scale = None if window.scale is None else cast(graph, window.scale, "float32")
    if head.counts and scale is None:
        scale = np.ones((1, 1), dtype=np.float32)
    if plan.decoder == "recursive":
        return _recurse(graph, network, state, future, window, scale)
    decode = _decode_mlp if plan.decoder == "mlp" else _decode_segments
    raw = decode(graph, network.decoder, state, future)
    if network.skip is not None:
        skip = add_linear(graph, network.skip.linear, window.values, 2)
        raw = _add_to_first(graph, raw, unsqueeze(graph, skip, 2), head.n_outputs, 3)
    if head.counts:
        scale = scale[..., None] if not isinstance(scale, str) else unsqueeze(graph, scale, 2)
    return add_outputs(graph, head, raw, scale, 3)


def _read(graph, layer, window, columns):
    """Give the segments ``(batch, segments, hidden)`` and what is known of the future."""
    n_segments = layer.window // layer.segment
    known = _joined(graph, columns.known, layer.known_categories, columns.known_codes, 3)
    context = _joined(graph, columns.static, layer.static_categories, columns.static_codes, 2)
    past = _joined(graph, columns.past, layer.past_categories, columns.past_codes, 3)
    numbers = [window.values]
    numbers += [cast(graph, window.observed, "float32")] if layer.masked else []
    parts = [unsqueeze(graph, part, 2) for part in numbers]
    parts.append(None if known is None else slice_axis(graph, known, 1, 0, layer.window))
    steps = join(graph, [*parts, past], 2)
    calendar = columns.calendar
    parts = [reshape(graph, steps, 0, n_segments, -1)]
    if calendar is not None:
        parts.append(slice_axis(graph, calendar, 1, 0, layer.window, layer.segment))
    parts.append(None if context is None else _repeat(graph, context, n_segments))
    segments = graph.op("Relu", add_linear(graph, layer.of_segment, join(graph, parts, 2), 3))
    ahead = (
        None if part is None else slice_axis(graph, part, 1, layer.window, None)
        for part in (known, calendar)
    )
    return segments, _Future(*ahead, context)


def _joined(graph, numbers, embedding, codes, rank):
    """Join numbers and embedded categories, each where there are such."""
    parts = [numbers]
    if embedding is not None:
        parts.append(add_tables(graph, embedding.tables, codes, rank))
    return join(graph, parts, rank - 1)


def _repeat(graph, rows, n):
    """``(batch, size) -> (batch, n, size)``."""
    return graph.op("Tile", unsqueeze(graph, rows, 1), np.array([1, n, 1]))


def _add_to_first(graph, raw, added, n_outputs, rank):
    """Add numbers ``(..., 1)`` to the first of the outputs ``(..., n_outputs)``."""
    if n_outputs > 1:
        pads = np.zeros(2 * rank, dtype=np.int64)
        pads[-1] = n_outputs - 1
        added = graph.op("Pad", added, pads)
    return graph.op("Add", raw, added)


def _decode_segments(graph, decoder, state, future):
    """Run one step of a GRU for each segment of the horizon, all from the final state."""
    n_segments, size = decoder.positions.shape
    inputs = decoder.positions.detach().cpu().numpy()[None]
    if decoder.known is not None:
        known = add_linear(graph, decoder.known, _of_segments(graph, decoder, future), 3)
        inputs = graph.op("Relu", graph.op("Add", known, inputs))
    else:
        like = graph.op("Shape", _repeat(graph, state, n_segments))
        inputs = graph.op("Expand", inputs, like)
    before = reshape(graph, _repeat(graph, state, n_segments), 1, -1, size)
    steps = reshape(graph, inputs, 1, -1, size)
    states = squeeze(graph, add_cell(graph, [decoder.cell], steps, None, before)[1], 0)
    steps = add_linear(graph, decoder.head, states, 2)
    steps = reshape(graph, steps, -1, n_segments * decoder.segment, decoder.n_outputs)
    return slice_axis(graph, steps, 1, 0, decoder.horizon)


def _of_segments(graph, decoder, future):
    """Join what is known of each segment: ``(batch, segments, width)``."""
    n_segments, known, calendar = len(decoder.positions), future.known, future.calendar
    if known is not None:
        pads = np.zeros(6, dtype=np.int64)
        pads[4] = n_segments * decoder.segment - decoder.horizon
        known = reshape(graph, graph.op("Pad", known, pads), 0, n_segments, -1)
    if calendar is not None:
        calendar = slice_axis(graph, calendar, 1, 0, None, decoder.segment)
    context = None if future.context is None else _repeat(graph, future.context, n_segments)
    return join(graph, [known, calendar, context], 2)


def _decode_mlp(graph, decoder, state, future):
    """Run dense layers over the final state and what is known of the future."""
    known, calendar = future.known, future.calendar
    parts = [state, None if known is None else graph.op("Flatten", known, axis=1)]
    if calendar is not None:
        parts.append(squeeze(graph, slice_axis(graph, calendar, 1, 0, 1), 1))
    parts.append(future.context)
    mixed = graph.op("Relu", add_linear(graph, decoder.mix, join(graph, parts, 1), 2))
    steps = add_linear(graph, decoder.steps, mixed, 2)
    steps = reshape(graph, steps, -1, decoder.horizon, decoder.step_size)
    own = add_linear(graph, decoder.own, join(graph, [steps, known, calendar], 2), 3)
    return add_linear(graph, decoder.head, graph.op("Relu", own), 3)


def _recurse(graph, network, state, future, window, scale):
    """Run a GRU over the horizon, each step reading the point of the step before it."""
    plan = network.plan
    last = cast(graph, last_observed(graph, window.values, window.observed), "float32")
    values = concat(graph, [slice_axis(graph, window.values, 1, 0, -1), last], 1)
    context = None if future.context is None else _repeat(graph, future.context, plan.horizon)
    known = join(graph, [future.known, future.calendar, context], 2)
    if known is None:  # something has to say how many steps there are
        known = _repeat(graph, slice_axis(graph, state, 1, 0, 0), plan.horizon)
    steps = transpose(graph, known, 1, 0, 2)
    body = _step(graph, network, scale)
    initial = unsqueeze(graph, state, 0)
    *_, outputs = graph.scan(body, 2, values, initial, steps)
    return transpose(graph, outputs, 1, 0, 2)


def _step(graph, network, scale):
    """Give the body of the recursion: ``values``, ``state`` and what is known to the same."""
    body, decoder, head = GraphBuilder(graph), network.decoder, network.head
    plan, width = network.plan, decoder.cell.input_size - 1
    size = decoder.cell.hidden_size
    prefix = body._new_name("step")
    values = body.input(f"{prefix}_values", np.float32, [f"{prefix}_batch", plan.window])
    state = body.input(f"{prefix}_state", np.float32, [1, f"{prefix}_batch", size])
    known = body.input(f"{prefix}_known", np.float32, [f"{prefix}_batch", width])
    last = slice_axis(body, values, 1, -1, None)
    read = unsqueeze(body, concat(body, [last, known] if width else [last], 1), 0)
    carried = add_cell(body, [decoder.cell], read, None, state)[1]
    raw = add_linear(body, decoder.head, squeeze(body, carried, 0), 2)
    if decoder.skip is not None:
        skip = add_linear(body, decoder.skip.linear, values, 2)
        raw = _add_to_first(body, raw, skip, head.n_outputs, 2)
    outputs = add_outputs(body, head, raw, scale, 2)
    point = unsqueeze(body, add_point(body, head, outputs, 2), 1)
    if head.counts:
        point = body.op("Div", point, scale)
    after = concat(body, [slice_axis(body, values, 1, 1, None), point], 1)
    body.output(f"{prefix}_values_after", after, np.float32, [f"{prefix}_batch", plan.window])
    body.output(f"{prefix}_state_after", carried, np.float32, [1, f"{prefix}_batch", size])
    body.output(f"{prefix}_outputs", outputs, np.float32, [f"{prefix}_batch", None])
    return body
