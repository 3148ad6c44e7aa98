"""Filling in missing values within an ONNX graph, as training does it."""

import numpy as np

from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from sklearn_rnn.persistence._onnx_shapes import (
    arange,
    cast,
    concat,
    reshape,
    shape_of,
    unsqueeze,
)
from sklearn_rnn.training import MissingSteps

__all__ = ["fill_missing", "fill_static_numbers", "last_seen"]


def fill_missing(graph: GraphBuilder, missing: MissingSteps, values: str, times: str | None) -> str:
    """Fill gaps with the last value seen, and add the inputs that tell where they are.

    Parameters
    ----------
    graph : GraphBuilder
    missing : MissingSteps
    values : str
        Standardised, of shape (batch, time, features), float32; NaN where a value is missing.
    times : str or None
        Of shape (batch, time), float64, where ``missing`` measures by them.

    Returns
    -------
    str
        Of shape (batch, time, features + ``missing.n_inputs``).
    """
    gaps = graph.op("IsNaN", values)
    last, step = last_seen(graph, gaps)
    found = graph.op("GatherElements", values, last, axis=1)
    filled = graph.op("Where", graph.op("IsNaN", found), np.float32(0), found)
    if not len(missing.columns):
        return filled
    columns = missing.columns.astype(np.int64)
    last = graph.op("Gather", last, columns, axis=2)
    if missing.unit is None:
        elapsed = cast(graph, graph.op("Sub", step, last), "float64")
    else:
        wide = graph.op("Expand", unsqueeze(graph, times, 2), graph.op("Shape", last))
        then = graph.op("GatherElements", wide, last, axis=1)
        elapsed = graph.op("Div", graph.op("Sub", wide, then), np.float64(missing.unit))
    since = graph.op("Log", graph.op("Add", elapsed, np.float64(1)))
    marks = [cast(graph, graph.op("Gather", gaps, columns, axis=2), "float32")]
    marks.append(cast(graph, since, "float32"))
    pairs = concat(graph, [unsqueeze(graph, mark, 3) for mark in marks], 3)
    return concat(graph, [filled, reshape(graph, pairs, 0, 0, missing.n_inputs)], 2)


def last_seen(graph: GraphBuilder, gaps: str) -> tuple[str, str]:
    """Give, for each step and column, the last step without a gap, 0 where there is none yet.

    Steps of one column are counted by how many were seen up to them; at each count one step was
    seen, whose number is kept in a table.

    Parameters
    ----------
    graph : GraphBuilder
    gaps : str
        Of shape (batch, time, features), bool.

    Returns
    -------
    last : str
        Of shape (batch, time, features), int64.
    step : str
        The number of each step, (1, time, 1).
    """
    seen = cast(graph, graph.op("Not", gaps), "int64")
    time = shape_of(graph, gaps, 1)
    step = unsqueeze(graph, arange(graph, time), 0, 2)
    count = graph.op("CumSum", seen, np.int64(1))
    rows, columns = shape_of(graph, gaps, 0), shape_of(graph, gaps, 2)
    shape = graph.op("Concat", rows, graph.op("Add", time, np.int64([1])), columns, axis=0)
    table = graph.op("Expand", np.zeros((1, 1, 1), dtype=np.int64), shape)
    numbers = graph.op("Mul", step, seen)
    table = graph.op("ScatterElements", table, count, numbers, axis=1, reduction="max")
    return graph.op("GatherElements", table, count, axis=1), step


def fill_static_numbers(graph: GraphBuilder, numbers: str, columns) -> str:
    """Fill gaps of ``(batch, columns)`` with the mean, 0, and mark those of some columns."""
    gaps = graph.op("IsNaN", numbers)
    filled = graph.op("Where", gaps, np.float32(0), numbers)
    if not len(columns):
        return filled
    marked = graph.op("Gather", gaps, np.asarray(columns, dtype=np.int64), axis=1)
    return graph.op("Concat", filled, cast(graph, marked, "float32"), axis=1)
