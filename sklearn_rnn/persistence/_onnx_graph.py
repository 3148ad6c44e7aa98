"""An ONNX graph, put together node by node."""

from collections.abc import Sequence

import numpy as np

__all__ = ["OPSET", "GraphBuilder", "import_onnx"]

# The first opset in which ScatterElements knows "max"; onnxruntime has it from 1.14 on.
OPSET = 18
_IR_VERSION = 8
_PRODUCER = "sklearn_rnn"
_LARGEST = 2**31 - 2**20  # bytes of weights; what holds a graph ends at 2 GB


def import_onnx():
    """Import the optional package, or say how to get it."""
    try:
        import onnx
        import onnx.numpy_helper
    except ImportError as error:
        raise ImportError('to_onnx needs onnx: pip install "sklearn-rnn[onnx]"') from error
    return onnx


class GraphBuilder:
    """Nodes, constants, inputs and outputs of a graph; values are known by their names.

    Parameters
    ----------
    parent : GraphBuilder or None, default=None
        For the body of a Scan: the graph around it, which holds the constants.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn.persistence._onnx_graph import GraphBuilder
    >>> graph = GraphBuilder()
    >>> x = graph.input("x", np.float32, ["batch"])
    >>> graph.output("twice", graph.op("Mul", x, np.float32(2)), np.float32, ["batch"])
    >>> [node.op_type for node in graph.model({}).graph.node]
    ['Mul', 'Identity']
    """

    def __init__(self, parent: "GraphBuilder | None" = None):
        self._onnx = import_onnx()
        self.inputs, self.outputs, self.nodes = [], [], []
        self._root = self if parent is None else parent._root
        if parent is None:
            self._constants, self._names, self._n_names = [], {}, 0

    def input(self, name: str, dtype, shape: Sequence) -> str:
        """Declare an input; a dimension is a number, or the name of one that varies."""
        self.inputs.append(self._value(name, dtype, shape))
        return name

    def output(self, name: str, value: str, dtype, shape: Sequence) -> None:
        """Declare that a value is an output."""
        self.nodes.append(self._onnx.helper.make_node("Identity", [value], [name]))
        self.outputs.append(self._value(name, dtype, shape))

    def op(self, kind: str, *inputs, n_outputs: int = 1, **attributes):
        """Add a node and give its output, a list of names if there are several.

        Inputs are names, arrays and numpy's numbers, which become constants, or None where an
        optional one is left out.
        """
        names = [self._as_name(part) for part in inputs]
        made = [self._new_name(kind) for _ in range(n_outputs)]
        self.nodes.append(self._onnx.helper.make_node(kind, names, made, **attributes))
        return made[0] if n_outputs == 1 else made

    def constant(self, value) -> str:
        """Give the name of a constant; equal small ones are one."""
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        root, key = self._root, None
        if array.size <= 64:
            key = (array.dtype.str, array.shape, array.tobytes())
            if key in root._names:
                return root._names[key]
        name = self._new_name("constant")
        root._constants.append(self._onnx.numpy_helper.from_array(array, name))
        root._names[key] = name
        return name

    def scan(self, body: "GraphBuilder", n_states: int, *inputs) -> list[str]:
        """Run a body over the first axis of the inputs behind the ``n_states`` initial states."""
        graph = self._onnx.helper.make_graph(body.nodes, "step", body.inputs, body.outputs)
        return self.op(
            "Scan",
            *inputs,
            n_outputs=len(body.outputs),
            body=graph,
            num_scan_inputs=len(inputs) - n_states,
        )

    def model(self, properties: dict[str, str], description: str = ""):
        """Give the model, checked.

        Raises
        ------
        ValueError
            If the weights are too large for one file.
        """
        helper, size = self._onnx.helper, sum(map(len, (c.raw_data for c in self._constants)))
        if size > _LARGEST:
            raise ValueError(
                f"the weights take {size / 2**30:.1f} GB, but an ONNX file holds at most 2 GB; fit "
                "with a smaller vocabulary (max_tokens, min_count), embedding_dim or hidden_size."
            )
        graph = helper.make_graph(
            self.nodes, "model", self.inputs, self.outputs, initializer=self._constants
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=_IR_VERSION,
            producer_name=_PRODUCER,
            doc_string=description,
        )
        helper.set_model_props(model, properties)
        self._onnx.checker.check_model(model)
        return model

    def _as_name(self, value):
        if value is None:
            return ""
        return value if isinstance(value, str) else self.constant(value)

    def _new_name(self, kind):
        self._root._n_names += 1
        return f"{kind}_{self._root._n_names}"

    def _value(self, name, dtype, shape):
        helper = self._onnx.helper
        return helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), list(shape)
        )
