"""Cells whose states are scans over time as nodes of an ONNX graph."""

import numpy as np

from sklearn_rnn.nn import LRU, MinGRU, MinLSTM
from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from sklearn_rnn.persistence._onnx_layers import as_array
from sklearn_rnn.persistence._onnx_shapes import cast, concat, shape_of, slice_axis

__all__ = ["SCAN_CELLS", "flip", "scan_states"]

SCAN_CELLS = (MinGRU, MinLSTM, LRU)


def scan_states(graph: GraphBuilder, layers: list, steps: str, lengths: str | None) -> list[str]:
    """Run one layer of such cells, one a direction.

    Parameters
    ----------
    graph : GraphBuilder
    layers : list of one or two of ``SCAN_CELLS``
        Forward, and backward if there are two.
    steps : str
        Of shape (time, batch, features).
    lengths : str or None
        Of shape (batch,), int32; None means that every sequence fills its row.

    Returns
    -------
    list of str
        For each direction the states (time, batch, hidden), in the order in which it reads them.
    """
    add = _add_lru if isinstance(layers[0], LRU) else _add_gated_mean
    return [
        add(graph, layer, steps if i == 0 else flip(graph, steps, lengths))
        for i, layer in enumerate(layers)
    ]


def flip(graph: GraphBuilder, steps: str, lengths: str | None) -> str:
    """Turn each sequence of ``(time, batch, ...)`` round within its own length."""
    if lengths is None:
        return slice_axis(graph, steps, 0, -1, np.iinfo(np.int64).min, -1)
    counts = cast(graph, lengths, "int64")
    return graph.op("ReverseSequence", steps, counts, time_axis=0, batch_axis=1)


def _add_gated_mean(graph, layer, steps):
    """Add minGRU and minLSTM: means of the last state and a candidate."""
    size, products = layer.hidden_size, _products(graph, steps, layer.weight_ih, layer.bias)
    *gates, candidates = _parts(graph, products, size, layer.n_gates)
    if len(gates) == 1:
        shut = graph.op("Neg", gates[0])
    else:  # the share of the input gate in the sum of both, as in ``gated_mean``
        forget, read = (graph.op("Softplus", graph.op("Neg", gate)) for gate in gates)
        shut = graph.op("Sub", forget, read)
    writes = graph.op("Sigmoid", shut)
    keeps = graph.op("Sub", np.float32(1), writes)
    inputs = graph.op("Mul", writes, candidates)

    def step(body, state, inputs, keep):
        return body.op("Add", body.op("Mul", keep, state), inputs)

    return _scan(graph, step, size, inputs, keeps)


def _add_lru(graph, layer, steps):
    """Add linear recurrent units; real parts of states come before all imaginary parts."""
    size, eigenvalues = layer.hidden_size, as_array(layer.eigenvalues)
    scale = np.exp(as_array(layer.log_scale))
    weight, output = as_array(layer.weight_ih), as_array(layer.weight_ho)
    into = np.concatenate([weight[part : 2 * size : 2] * scale[:, None] for part in (0, 1)])
    inputs = graph.op("MatMul", steps, into.T.copy())
    turn = np.concatenate([-eigenvalues.imag, eigenvalues.imag])
    shrink = np.concatenate([eigenvalues.real, eigenvalues.real])

    def step(body, state, inputs):
        real, imaginary = _parts(body, state, size, 2, axis=1)
        turned = body.op("Mul", turn, concat(body, [imaginary, real], 1))
        moved = body.op("Add", body.op("Mul", shrink, state), turned)
        return body.op("Add", moved, inputs)

    states = _scan(graph, step, 2 * size, inputs)
    out_of = np.concatenate([output[:, ::2], output[:, 1::2]], axis=1)
    read = graph.op("MatMul", states, out_of.T.copy())
    skipped = graph.op("MatMul", steps, weight[2 * size :].T.copy())
    read = graph.op("Add", graph.op("Add", read, skipped), as_array(layer.bias))
    value, gate = _parts(graph, read, size, 2)
    return graph.op("Mul", value, graph.op("Sigmoid", gate))


def _products(graph, steps, weight, bias):
    return graph.op("Add", graph.op("MatMul", steps, as_array(weight).T.copy()), as_array(bias))


def _parts(graph, value, size, n_parts, axis=2):
    return [slice_axis(graph, value, axis, i * size, (i + 1) * size) for i in range(n_parts)]


def _scan(graph, step, size, *inputs):
    """Run ``step(body, state, *inputs)`` from zeros: ``(time, batch, size)`` to the like."""
    body = GraphBuilder(graph)
    prefix = body._new_name("scan")
    shape = [f"{prefix}_batch", size]
    names = [body.input(f"{prefix}_state", np.float32, shape)]
    names += [body.input(f"{prefix}_input_{i}", np.float32, shape) for i in range(len(inputs))]
    after = step(body, *names)
    body.output(f"{prefix}_after", after, np.float32, shape)
    body.output(f"{prefix}_states", after, np.float32, shape)
    sizes = graph.op("Concat", shape_of(graph, inputs[0], 1), np.array([size]), axis=0)
    zeros = graph.op("Expand", np.float32(0), sizes)
    return graph.scan(body, 1, zeros, *inputs)[1]
