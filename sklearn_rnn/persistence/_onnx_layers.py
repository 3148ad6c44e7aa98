"""The layers of the networks as nodes of an ONNX graph; weights come from their modules."""

import numpy as np
from torch import Tensor, nn

from sklearn_rnn.nn import OrdinalHead
from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from sklearn_rnn.persistence._onnx_shapes import concat

__all__ = ["add_linear", "add_ordinal", "add_tables", "as_array", "look_up"]

_UNKNOWN = 1


def as_array(tensor: Tensor) -> np.ndarray:
    """Give a weight as an array."""
    return tensor.detach().cpu().numpy()


def add_linear(graph: GraphBuilder, layer: nn.Linear, value: str, rank: int) -> str:
    """``(..., inputs) -> (..., outputs)``, of values with ``rank`` axes."""
    weight, bias = as_array(layer.weight), as_array(layer.bias)
    if rank == 2:
        return graph.op("Gemm", value, weight, bias, transB=1)
    return graph.op("Add", graph.op("MatMul", value, weight.T.copy()), bias)


def look_up(graph: GraphBuilder, table: np.ndarray, ids: str) -> str:
    """Give the row of each id; that of an id outside the table is the row of the unknown one."""
    padded = np.concatenate([table, table[_UNKNOWN : _UNKNOWN + 1]])
    inside = graph.op("Clip", ids, np.int64(-1), np.int64(len(table)))  # -1 is the last row
    return graph.op("Gather", padded, inside, axis=0)


def add_tables(graph: GraphBuilder, tables, ids: str, rank: int) -> str:
    """Embed columns of ids ``(..., columns)``, each by its own table, and join the vectors."""
    vectors = []
    for i, table in enumerate(tables):
        column = graph.op("Gather", ids, np.int64(i), axis=rank - 1)
        vectors.append(look_up(graph, as_array(table), column))
    return concat(graph, vectors, rank - 1)


def add_ordinal(graph: GraphBuilder, head: OrdinalHead, value: str) -> str:
    """Give the log-probability of each class ``(batch, classes)``.

    ``P(rank)`` is a product of ``sigmoid(above - s)``, ``sigmoid(s - below)`` and a constant, with
    the cuts above and below each rank; the lowest and the highest rank lack one.
    """
    scale = np.exp(as_array(head.log_scale).astype(np.float64))
    gaps = scale * np.logaddexp(0, as_array(head.widths).astype(np.float64))
    cuts = np.cumsum(np.concatenate([scale * as_array(head.first_cut), gaps]))
    far = np.array([1e30])
    width = np.log(-np.expm1(-gaps)) if len(gaps) else gaps
    edge = np.zeros(1 if len(cuts) else 0)
    width = np.concatenate([edge, width, np.zeros(1)])
    ranks = as_array(head.ranks)
    above, below = np.append(cuts, far)[ranks], np.append(-far, cuts)[ranks]
    score = graph.op("Mul", add_linear(graph, head.score, value, 2), np.float32(scale))
    losses = [
        graph.op("Softplus", graph.op("Sub", score, above.astype(np.float32))),
        graph.op("Softplus", graph.op("Sub", below.astype(np.float32), score)),
    ]
    constant = width[ranks].astype(np.float32)
    return graph.op("Sub", constant, graph.op("Add", *losses))
