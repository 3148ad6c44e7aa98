"""Small pieces of an ONNX graph: casts, axes, slices, lengths."""

import numpy as np

from sklearn_rnn.persistence._onnx_graph import GraphBuilder

__all__ = [
    "arange",
    "cast",
    "concat",
    "ints",
    "reshape",
    "shape_of",
    "slice_axis",
    "squeeze",
    "transpose",
    "unsqueeze",
    "zero_or_nan",
]

_CODES = {"float32": 1, "int32": 6, "int64": 7, "bool": 9, "float64": 11}


def ints(*values: int) -> np.ndarray:
    """Give a vector of int64."""
    return np.array(values, dtype=np.int64)


def cast(graph: GraphBuilder, value: str, dtype: str) -> str:
    """Give a value as another type."""
    return graph.op("Cast", value, to=_CODES[dtype])


def transpose(graph: GraphBuilder, value: str, *axes: int) -> str:
    """Reorder the axes."""
    return graph.op("Transpose", value, perm=list(axes))


def unsqueeze(graph: GraphBuilder, value: str, *axes: int) -> str:
    """Put in axes of one."""
    return graph.op("Unsqueeze", value, ints(*axes))


def squeeze(graph: GraphBuilder, value: str, *axes: int) -> str:
    """Leave out axes of one."""
    return graph.op("Squeeze", value, ints(*axes))


def reshape(graph: GraphBuilder, value: str, *shape: int) -> str:
    """Reshape; 0 keeps the size of that axis, -1 is what is left."""
    return graph.op("Reshape", value, ints(*shape))


def concat(graph: GraphBuilder, parts: list, axis: int) -> str:
    """Join values; one alone stays as it is."""
    return parts[0] if len(parts) == 1 else graph.op("Concat", *parts, axis=axis)


def slice_axis(
    graph: GraphBuilder, value: str, axis: int, start: int, end: int | None, step: int = 1
) -> str:
    """Give ``value[..., start:end:step, ...]`` along an axis."""
    end = np.iinfo(np.int64).max if end is None else end
    return graph.op("Slice", value, ints(start), ints(end), ints(axis), ints(step))


def shape_of(graph: GraphBuilder, value: str, axis: int) -> str:
    """Give the size of an axis, as a vector of one number."""
    return graph.op("Shape", value, start=axis, end=axis + 1)


def arange(graph: GraphBuilder, size: str) -> str:
    """Count from 0 up to a size, a vector of one number."""
    return graph.op("Range", np.int64(0), squeeze(graph, size, 0), np.int64(1))


def zero_or_nan(graph: GraphBuilder, value: str, *axes: int) -> str:
    """Give 0 along the axes left, NaN where a number is not finite.

    The recurrent operators of onnxruntime clip what goes into their gates, and so give finite
    states for NaN; added to the output, this tells of it.
    """
    return graph.op("ReduceSum", graph.op("Sub", value, value), ints(*axes), keepdims=0)
