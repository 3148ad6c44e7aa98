"""From the steps of a batch to one vector a sequence, as nodes of an ONNX graph."""

import numpy as np

from sklearn_rnn.modules import SequenceBody
from sklearn_rnn.nn import POOLINGS
from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from sklearn_rnn.persistence._onnx_layers import add_linear, add_tables, as_array, look_up
from sklearn_rnn.persistence._onnx_recurrent import StackOutput, add_stack
from sklearn_rnn.persistence._onnx_shapes import concat, transpose, unsqueeze
from sklearn_rnn.persistence._onnx_steps import PaddedSteps

__all__ = ["add_body", "guard", "needs_zero_padding"]


def needs_zero_padding(module) -> bool:
    """Tell whether a network reads padding, which has to be zero then."""
    stack = module.recurrent
    is_conv = getattr(module, "stem", None) is not None or getattr(module, "branch", None)
    return bool(is_conv) or getattr(module, "segment", 1) > 1 or any(stack._adds_input)


def add_body(
    graph: GraphBuilder,
    body: SequenceBody,
    steps: PaddedSteps,
    static: str | None,
    static_codes: str | None,
    ids: str | None = None,
) -> str:
    """Give the pooled states ``(batch, size)``, with what belongs to whole sequences."""
    pooled = _read(graph, body, steps)
    if body.branch is not None:
        pooled = graph.op("Concat", pooled, _add_branch(graph, body.branch, steps), axis=1)
    if body.means is not None:
        read = StackOutput(steps.by_time(), last="")
        pooled = graph.op("Concat", pooled, _pool(graph, body.means, read, steps), axis=1)
    if body.context is not None:
        about = _add_context(graph, body.context, ids, steps)
        pooled = graph.op("Concat", pooled, about, axis=1)
    if body.static is None:
        return pooled
    parts = [pooled] if static is None else [pooled, static]
    if static_codes is not None:
        parts.append(add_tables(graph, body.static.categories.tables, static_codes, 2))
    joined = concat(graph, parts, 1)
    mixed = graph.op("Relu", add_linear(graph, body.static.mix, joined, 2))
    return graph.op("Concat", joined, mixed, axis=1)


def _read(graph, body, steps):
    """Run the recurrent stack, on shortened sequences if asked to, and pool its states."""
    n_features = body.input.output_size
    if body.stem is not None:
        steps = _add_stem(graph, body.stem, steps)
        n_features = body.stem.output_size
    if body.segment > 1:
        steps = steps.segments(body.segment, n_features)
    output = add_stack(graph, body.recurrent, steps.by_time(), steps.lengths)
    return _pool(graph, body.pooling, output, steps)


def _pool(graph: GraphBuilder, pooling, output: StackOutput, steps: PaddedSteps) -> str:
    """Pool states ``(time, batch, size)`` to ``(batch, size)``."""
    if isinstance(pooling, POOLINGS["last"]):
        return output.last
    mask = transpose(graph, steps.mask(2), 1, 0, 2)
    first = np.zeros(1, dtype=np.int64)
    if isinstance(pooling, POOLINGS["max"]):
        real = graph.op("Where", mask, output.states, np.float32(-np.inf))
        return graph.op("ReduceMax", real, first, keepdims=0)
    real = graph.op("Where", mask, output.states, np.float32(0))
    if isinstance(pooling, POOLINGS["attention"]):
        found = graph.op("Tanh", add_linear(graph, pooling.projection, output.states, 3))
        scores = graph.op("MatMul", found, as_array(pooling.query)[:, None].copy())
        scores = graph.op("Where", mask, scores, np.float32(-np.inf))
        weighted = graph.op("Mul", real, graph.op("Softmax", scores, axis=0))
        return graph.op("ReduceSum", weighted, first, keepdims=0)
    sums = graph.op("ReduceSum", real, first, keepdims=0)
    return graph.op("Div", sums, steps.counts(1))


def _add_stem(graph, stem, steps):
    """Shorten the steps by two convolutions."""
    signals, n_steps, shorter = steps.by_feature(), stem.stride, None
    for convolution, norm in zip(stem.convolutions, stem.norms, strict=True):
        signals = _convolve(graph, convolution, norm, signals)
        if shorter is None:
            shorter = steps.shorter(transpose(graph, signals, 0, 2, 1), n_steps)
        signals = graph.op("Where", shorter.mask(1), signals, np.float32(0))
    values = transpose(graph, signals, 0, 2, 1)
    found = PaddedSteps(graph, values, shorter.lengths)
    found._masks = shorter._masks
    return found


def _add_branch(graph, branch, steps):
    """Give the mean of what three convolutions find."""
    signals = steps.by_feature()
    for convolution, norm in zip(branch.convolutions, branch.norms, strict=True):
        signals = _convolve(graph, convolution, norm, signals)
        signals = graph.op("Where", steps.mask(1), signals, np.float32(0))
    sums = graph.op("ReduceSum", signals, np.array([2]), keepdims=0)
    return graph.op("Div", sums, steps.counts(1))


def _add_context(graph, context, ids, steps):
    """Give the direction of the sum of the tokens' fixed vectors."""
    vectors = look_up(graph, as_array(context.table), ids)
    real = graph.op("Where", steps.mask(2), vectors, np.float32(0))
    sums = graph.op("ReduceSum", real, np.array([1]), keepdims=0)
    length = graph.op("ReduceL2", sums, np.array([1]), keepdims=1)
    length = graph.op("Max", length, np.float32(1e-12))
    return graph.op("Mul", graph.op("Div", sums, length), np.float32(context.size**0.5))


def _convolve(graph, convolution, norm, signals):
    """Convolve, normalise by the running statistics and rectify."""
    scale = as_array(norm.weight) / np.sqrt(as_array(norm.running_variance) + norm.epsilon)
    weight = as_array(convolution.weight) * scale[:, None, None]
    bias = as_array(norm.bias) - as_array(norm.running_mean) * scale
    pads = list(convolution.padding) * 2
    found = graph.op("Conv", signals, weight, bias, strides=list(convolution.stride), pads=pads)
    return graph.op("Relu", found)


def guard(graph: GraphBuilder, value: str, signs: list, counts: str, rank: int) -> str:
    """Make a value NaN for a sequence of no steps, or of numbers that are not finite.

    ``signs`` are zeros or NaN ``(batch,)``, see ``zero_or_nan``, ``counts`` the lengths.
    """
    total = signs[0] if signs else graph.op("Mul", counts, np.float32(0))
    for sign in signs[1:]:
        total = graph.op("Add", total, sign)
    sign = unsqueeze(graph, graph.op("Div", total, counts), *range(1, rank))
    return graph.op("Add", value, sign)
