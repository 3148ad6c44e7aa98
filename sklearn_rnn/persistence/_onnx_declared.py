"""The inputs and outputs of an exported model, with what they hold in words."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.persistence._onnx_graph import GraphBuilder

__all__ = ["Declared", "SequenceInputs"]


class Declared:
    """A graph whose inputs and outputs are described.

    Attributes
    ----------
    graph : GraphBuilder
    document : dict
        What a server has to know beside the graph: "inputs" and "outputs" by name, each with
        "dtype", "shape" and "holds", and whatever else is put in.
    """

    def __init__(self):
        self.graph = GraphBuilder()
        self.document = {"inputs": {}, "outputs": {}}

    def input(self, name: str, dtype: str, shape: list, holds: str) -> str:
        """Declare an input."""
        self.document["inputs"][name] = {"dtype": dtype, "shape": shape, "holds": holds}
        return self.graph.input(name, np.dtype(dtype), shape)

    def output(self, name: str, value: str, dtype: str, shape: list, holds: str) -> None:
        """Declare an output."""
        self.document["outputs"][name] = {"dtype": dtype, "shape": shape, "holds": holds}
        self.graph.output(name, value, np.dtype(dtype), shape)


class SequenceInputs(NamedTuple):
    """What the inputs of a sequence estimator are made to.

    ``steps`` are ``PaddedSteps``, ``static`` and ``static_codes`` names or None, ``signs`` zeros
    that are NaN where a number of a sequence is not finite ``(batch,)``, ``ids`` those of tokens
    ``(batch, time)``, None if there are none.
    """

    steps: object
    static: str | None
    static_codes: str | None
    signs: list
    ids: str | None = None
