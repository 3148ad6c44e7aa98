"""Fitted estimators as ONNX models, from the standard operators alone."""

import json
import os

from sklearn_rnn.files import replace_file
from sklearn_rnn.persistence._onnx_body import add_body, guard
from sklearn_rnn.persistence._onnx_declared import Declared
from sklearn_rnn.persistence._onnx_document import (
    describe_columns,
    describe_forecaster,
    describe_tags,
    describe_tokens,
    plain,
)
from sklearn_rnn.persistence._onnx_forecaster import add_forecaster
from sklearn_rnn.persistence._onnx_graph import import_onnx
from sklearn_rnn.persistence._onnx_inputs import add_inputs
from sklearn_rnn.persistence._onnx_layers import add_linear, add_ordinal
from sklearn_rnn.persistence._onnx_recurrent import add_stack
from sklearn_rnn.persistence._onnx_shapes import cast, squeeze, transpose

__all__ = ["write_onnx"]

_KEY, _VERSION = "sklearn_rnn", 1
_NATIVE = ("lstm", "gru", "rnn_tanh", "rnn_relu", "rnn_sigmoid", "peephole_lstm")
_NATIVE += ("mingru", "minlstm", "lru")


def write_onnx(estimator, path: str | os.PathLike) -> None:
    """Write a fitted estimator as an ONNX model.

    Parameters
    ----------
    estimator : RNNClassifier, RNNRegressor, RNNTagger, RNNEncoder or RNNForecaster
    path : str or os.PathLike

    Raises
    ------
    ImportError
        If onnx is missing.
    ValueError
        If the network has parts that ONNX has no operators for, or is too large for a file.
    OSError
        If the file cannot be written.
    """
    import_onnx()
    kind = _kind_of(estimator)
    _check_cell(estimator)
    declared = Declared()
    _ADD[kind](declared, estimator)
    document = {"version": _VERSION, "estimator": kind} | declared.document
    properties = {_KEY: json.dumps(document, allow_nan=False)}
    model = declared.graph.model(properties, f"{kind}; see the metadata {_KEY!r}")
    replace_file(path, [model.SerializeToString()])


def _kind_of(estimator):
    for known in type(estimator).__mro__:
        if known.__name__ in _ADD:
            return known.__name__
    raise ValueError(
        f"{type(estimator).__name__} cannot become an ONNX model; {', '.join(_ADD)} can."
    )


def _check_cell(estimator):
    cell = estimator._architecture.cell
    if not (isinstance(cell, str) and cell in _NATIVE):
        raise ValueError(
            f"ONNX has operators for the cells {', '.join(_NATIVE)}, but cell is "
            f"{getattr(cell, '__name__', repr(cell))}; fit with one of them, or serve the pickled "
            "estimator."
        )


def _add_sequence_body(declared, estimator):
    """Declare the inputs, and give the pooled state and the guards."""
    body = estimator.module_.body
    inputs = add_inputs(declared, estimator, body)
    declared.document |= describe_tokens(estimator, body.input)
    declared.document |= {"columns": describe_columns(estimator._columns)}
    steps, static = inputs.steps, (inputs.static, inputs.static_codes)
    pooled = add_body(declared.graph, body, steps, *static, ids=inputs.ids)
    return guard(declared.graph, pooled, inputs.signs, steps.counts(), 2)


def _add_classifier(declared, estimator):
    graph, module = declared.graph, estimator.module_
    pooled = _add_sequence_body(declared, estimator)
    classes = estimator.classes_
    holds = 'the probability of each of "classes"'
    declared.document["classes"] = plain(classes)
    if hasattr(module, "heads"):
        for i, (head, labels) in enumerate(zip(module.heads, classes, strict=True)):
            found = graph.op("Softmax", add_linear(graph, head, pooled, 2), axis=1)
            shape = ["batch", len(labels)]
            declared.output(f"probabilities_{i}", found, "float32", shape, f"{holds}[{i}]")
        return
    if hasattr(module.head, "ranks"):
        found = graph.op("Softmax", add_ordinal(graph, module.head, pooled), axis=1)
    elif type(module).__name__ == "MultilabelNetwork":
        found = graph.op("Sigmoid", add_linear(graph, module.head, pooled, 2))
        holds = "the probability that each label is there"
    else:
        found = graph.op("Softmax", add_linear(graph, module.head, pooled, 2), axis=1)
    declared.output("probabilities", found, "float32", ["batch", len(classes)], holds)


def _add_regressor(declared, estimator):
    graph, scaler = declared.graph, estimator._target_scaler
    found = add_linear(graph, estimator.module_.head, _add_sequence_body(declared, estimator), 2)
    found = graph.op("Mul", cast(graph, found, "float64"), scaler.scale)
    found, shape = graph.op("Add", found, scaler.mean), ["batch", estimator.n_outputs_]
    if estimator._target_ndim == 1:
        found, shape = squeeze(graph, found, 1), ["batch"]
    declared.output("predictions", found, "float64", shape, "what predict gives")


def _add_encoder(declared, estimator):
    pooled = _add_sequence_body(declared, estimator)
    shape = ["batch", estimator.module_.body.output_size]
    declared.output("vectors", pooled, "float32", shape, "what transform gives")


def _add_tagger(declared, estimator):
    graph, module = declared.graph, estimator.module_
    inputs = add_inputs(declared, estimator, module)
    declared.document |= describe_tokens(estimator, module.input)
    declared.document |= {"columns": describe_columns(estimator._columns)}
    declared.document |= {"classes": plain(estimator.classes_)} | describe_tags(estimator)
    steps = inputs.steps
    states = add_stack(graph, module.recurrent, steps.by_time(), steps.lengths).states
    scores = transpose(graph, add_linear(graph, module.head, states, 3), 1, 0, 2)
    scores = guard(graph, scores, inputs.signs, steps.counts(), 3)
    holds = 'the score of each of "classes" at each step; anything in padding'
    shape = ["batch", "time", len(estimator.classes_)]
    declared.output("emissions", scores, "float32", shape, holds)


def _add_forecaster(declared, estimator):
    add_forecaster(declared, estimator)
    declared.document |= describe_forecaster(estimator)


_ADD = {
    "RNNClassifier": _add_classifier,
    "RNNRegressor": _add_regressor,
    "RNNTagger": _add_tagger,
    "RNNEncoder": _add_encoder,
    "RNNForecaster": _add_forecaster,
}
