"""From the raw outputs of a forecasting network to points, as nodes of an ONNX graph."""

import math

import numpy as np
import torch

from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from sklearn_rnn.persistence._onnx_shapes import slice_axis

__all__ = ["add_outputs", "add_point"]

_ONE = np.float32(math.log(math.expm1(1)))


def add_outputs(graph: GraphBuilder, head, raw: str, scale: str | None, rank: int) -> str:
    """Give those outputs that points are read from.

    Parameters
    ----------
    graph : GraphBuilder
    head : PointHead, QuantileHead or DistributionHead
    raw : str
        Of shape (..., n_outputs), with ``rank`` axes.
    scale : str or None
        The scale of each window, float32, with as many axes; only counts read it.
    rank : int

    Returns
    -------
    str
        Of shape (..., n): all quantiles, or the location alone.
    """
    first = slice_axis(graph, raw, rank - 1, 0, 1)
    if head.counts:  # softplus(0 + _ONE) = 1
        mean = graph.op("Softplus", graph.op("Add", first, _ONE))
        return graph.op("Mul", mean, scale)
    weights = _median_weights(head)
    if weights is None:
        return first
    shifts, spread = _gaps(head)
    gaps = graph.op("Add", slice_axis(graph, raw, rank - 1, 1, None), shifts)
    return graph.op("Add", graph.op("MatMul", graph.op("Softplus", gaps), spread), first)


def add_point(graph: GraphBuilder, head, outputs: str, rank: int) -> str:
    """Give the point ``(...)`` of what ``add_outputs`` gives, which has ``rank`` axes."""
    weights = _median_weights(head)
    if weights is not None:
        outputs = graph.op("MatMul", outputs, weights[:, None].astype(np.float32))
    return graph.op("Squeeze", outputs, np.array([rank - 1]))


def _gaps(head):
    """Give the shifts of the gaps, and how they add up to the distance from the middle one."""
    n, middle = head.n_outputs, head._middle
    spread = np.zeros((n - 1, n), dtype=np.float32)
    for gap in range(n - 1):
        if gap < middle:
            spread[gap, : gap + 1] = -1
        else:
            spread[gap, gap + 1 :] = 1
    return head._shifts.numpy(), spread


def _median_weights(head) -> np.ndarray | None:
    """Give the share of each quantile in the median; None where the first output is the point."""
    if not hasattr(head, "levels"):
        return None
    if head.n_outputs == 1 or head.levels[head._middle] == 0.5:
        return None
    scores = torch.special.ndtri(head.levels).numpy()
    right = int(np.clip(np.searchsorted(scores, 0.0), 1, len(scores) - 1))
    share = -scores[right - 1] / (scores[right] - scores[right - 1])
    weights = np.zeros(len(scores))
    weights[right - 1 : right + 1] = 1 - share, share
    return weights
