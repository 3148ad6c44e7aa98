"""The recurrent stack as nodes of an ONNX graph."""

from typing import NamedTuple

import numpy as np
from torch import nn

from sklearn_rnn.nn import PeepholeLSTM, RecurrentStack, SigmoidRNN
from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from sklearn_rnn.persistence._onnx_layers import as_array
from sklearn_rnn.persistence._onnx_scans import SCAN_CELLS, flip, scan_states
from sklearn_rnn.persistence._onnx_shapes import (
    cast,
    concat,
    reshape,
    slice_axis,
    squeeze,
    transpose,
    unsqueeze,
)

__all__ = ["StackOutput", "add_cell", "add_stack", "last_real", "pick_steps"]

# torch's gates in the order of ONNX: LSTM input, output, forget, cell; GRU update, reset, new.
_LSTM = (0, 3, 1, 2)
_GATES = {nn.LSTM: _LSTM, PeepholeLSTM: _LSTM, nn.GRU: (1, 0, 2), nn.RNN: (0,), SigmoidRNN: (0,)}
_OPERATORS = {PeepholeLSTM: "LSTM", SigmoidRNN: "RNN"}  # those of torch have its names
_ACTIVATIONS = {"tanh": "Tanh", "relu": "Relu"}


class StackOutput(NamedTuple):
    """What a stack gives: ``states`` (time, batch, size) and ``last`` (batch, size).

    ``last`` is the state after the whole sequence, in each direction.
    """

    states: str
    last: str


def add_cell(
    graph: GraphBuilder,
    layers: list[nn.Module],
    steps: str,
    lengths: str | None,
    initial: str | None = None,
) -> list[str]:
    """Run one layer, one cell a direction.

    Parameters
    ----------
    graph : GraphBuilder
    layers : list of one or two of torch's layers, or of cells that ONNX has
        Forward, and backward if there are two.
    steps : str
        Of shape (time, batch, features).
    lengths : str or None
        Of shape (batch,), int32; None means that every sequence fills its row.
    initial : str or None
        The state to begin with, (directions, batch, hidden).

    Returns
    -------
    list of str
        States (time, directions, batch, hidden) and last states (directions, batch, hidden).
    """
    if isinstance(layers[0], SCAN_CELLS):
        return _add_scans(graph, layers, steps, lengths)
    kind, gates = type(layers[0]), _GATES[type(layers[0])]
    weights = [_by_gates([getattr(x, f"weight_{k}_l0") for x in layers], gates) for k in _PARTS]
    biases = [_by_gates([getattr(x, f"bias_{k}_l0") for x in layers], gates) for k in _PARTS]
    options = {"hidden_size": layers[0].hidden_size}
    options["direction"] = "bidirectional" if len(layers) == 2 else "forward"
    if kind is nn.GRU:
        options["linear_before_reset"] = 1
    if kind is nn.RNN:
        options["activations"] = [_ACTIVATIONS[layer.nonlinearity] for layer in layers]
    if kind is SigmoidRNN:
        options["activations"] = ["Sigmoid"] * len(layers)
    names = [steps, *weights, np.concatenate(biases, axis=1), lengths]
    if kind is PeepholeLSTM:  # behind the beginnings of state and memory, in ONNX's order of gates
        peepholes = _by_gates([layer.peephole_l0 for layer in layers], (0, 2, 1))
        names += [initial, None, peepholes]
    elif initial is not None:
        names.append(initial)
    return graph.op(_OPERATORS.get(kind, kind.__name__), *names, n_outputs=2, **options)


_PARTS = ("ih", "hh")


def _add_scans(graph, layers, steps, lengths):
    """Give what :func:`add_cell` does of cells that ONNX has no operator for."""
    found = scan_states(graph, layers, steps, lengths)
    ends = None if lengths is None else cast(graph, lengths, "int64")
    last = [unsqueeze(graph, last_real(graph, states, ends), 0) for states in found]
    states = [found[0], *(flip(graph, part, lengths) for part in found[1:])]
    states = [unsqueeze(graph, part, 1) for part in states]
    return [concat(graph, states, 1), concat(graph, last, 0)]


def _by_gates(weights, gates):
    """Stack the weights of the directions, their gates in another order."""
    arrays = [as_array(weight) for weight in weights]
    return np.stack(
        [np.concatenate([np.split(part, len(gates))[i] for i in gates]) for part in arrays]
    )


def add_stack(
    graph: GraphBuilder, stack: RecurrentStack, steps: str, lengths: str | None
) -> StackOutput:
    """Run all layers over steps ``(time, batch, features)``; ``lengths`` is (batch,), int64."""
    n_directions, adds = len(stack.layers[0]), stack._adds_input
    counts = None if lengths is None else cast(graph, lengths, "int32")
    states = last = steps
    for i, layers in enumerate(stack.layers):
        found, last = add_cell(graph, list(layers), states, counts)
        if n_directions == 1:
            found = squeeze(graph, found, 1)
        else:
            found = reshape(graph, transpose(graph, found, 0, 2, 1, 3), 0, 0, -1)
        states = graph.op("Add", found, states) if adds[i] else found
    if adds[-1]:
        last = _last_of_states(graph, states, lengths, n_directions, layers[0].hidden_size)
    elif n_directions == 1:
        last = squeeze(graph, last, 0)
    else:
        last = reshape(graph, transpose(graph, last, 1, 0, 2), 0, -1)
    return StackOutput(states, last)


def _last_of_states(graph, states, lengths, n_directions, hidden_size):
    """Read the last states off those of all steps: forward at the end, backward at the begin."""
    last = last_real(graph, states, lengths)
    if n_directions == 1:
        return last
    first = squeeze(graph, slice_axis(graph, states, 0, 0, 1), 0)
    parts = [
        slice_axis(graph, last, 1, 0, hidden_size),
        slice_axis(graph, first, 1, hidden_size, None),
    ]
    return concat(graph, parts, 1)


def last_real(graph: GraphBuilder, states: str, lengths: str | None) -> str:
    """Give the last real step: ``(time, batch, size) -> (batch, size)``."""
    if lengths is None:
        return squeeze(graph, slice_axis(graph, states, 0, -1, None), 0)
    return pick_steps(graph, states, graph.op("Sub", lengths, np.int64(1)))


def pick_steps(graph: GraphBuilder, states: str, index: str) -> str:
    """Give one step of each sequence: ``(time, batch, size)`` at ``(batch,)``."""
    of_batch = transpose(graph, states, 1, 0, 2)
    return graph.op("GatherND", of_batch, unsqueeze(graph, index, 1), batch_dims=1)
