"""A padded batch of steps in an ONNX graph: its lengths, its mask, and how steps become fewer."""

import numpy as np

from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from sklearn_rnn.persistence._onnx_shapes import (
    arange,
    cast,
    concat,
    reshape,
    shape_of,
    transpose,
    unsqueeze,
)

__all__ = ["PaddedSteps", "join"]


class PaddedSteps:
    """Steps and their lengths; masks are made once, where they are asked for.

    Parameters
    ----------
    graph : GraphBuilder
    values : str
        Of shape (batch, time, features).
    lengths : str
        Of shape (batch,), int64.
    """

    def __init__(self, graph: GraphBuilder, values: str, lengths: str):
        self.graph, self.values, self.lengths = graph, values, lengths
        self._masks = {}

    def mask(self, *axes: int) -> str:
        """Tell which steps are real: ``(batch, time)``, with more axes put in."""
        if axes not in self._masks:
            self._masks[axes] = self._mask(axes)
        return self._masks[axes]

    def counts(self, *axes: int) -> str:
        """Give the lengths as float32, ``(batch,)`` with axes put in."""
        counts = cast(self.graph, self.lengths, "float32")
        return unsqueeze(self.graph, counts, *axes) if axes else counts

    def zero_padding(self) -> "PaddedSteps":
        """Give the same with zero for padding, whatever stood there."""
        zero = np.float32(0)
        clean = self.graph.op("Where", self.mask(2), self.values, zero)
        found = PaddedSteps(self.graph, clean, self.lengths)
        found._masks = self._masks
        return found

    def by_time(self) -> str:
        """Give the steps as recurrent operators take them, ``(time, batch, features)``."""
        return transpose(self.graph, self.values, 1, 0, 2)

    def by_feature(self) -> str:
        """Give the steps as convolutions take them, ``(batch, features, time)``."""
        return transpose(self.graph, self.values, 0, 2, 1)

    def shorter(self, values: str, n_steps: int) -> "PaddedSteps":
        """Give values of which one stands for ``n_steps`` of these."""
        return PaddedSteps(self.graph, values, self._divided_up(self.lengths, n_steps))

    def segments(self, n_steps: int, n_features: int) -> "PaddedSteps":
        """Join each ``n_steps`` to one; these have to be zero where there is padding."""
        graph = self.graph
        missing = graph.op("Neg", shape_of(graph, self.values, 1))
        missing = graph.op("Mod", missing, np.int64(n_steps))
        none = np.zeros(1, dtype=np.int64)
        pads = graph.op("Concat", np.zeros(4, dtype=np.int64), missing, none, axis=0)
        full = graph.op("Pad", self.values, pads)
        return self.shorter(reshape(graph, full, 0, -1, n_steps * n_features), n_steps)

    def _mask(self, axes):
        graph = self.graph
        step = arange(graph, shape_of(graph, self.values, 1))
        real = graph.op("Less", step, unsqueeze(graph, self.lengths, 1))
        return unsqueeze(graph, real, *axes) if axes else real

    def _divided_up(self, lengths, n):
        graph = self.graph
        return graph.op("Div", graph.op("Add", lengths, np.int64(n - 1)), np.int64(n))


def join(graph: GraphBuilder, parts: list, axis: int) -> str | None:
    """Join the parts that there are, None where there is none."""
    parts = [part for part in parts if part is not None]
    return concat(graph, parts, axis) if parts else None
