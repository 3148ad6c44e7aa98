"""What a network reads of each step and sequence, from the inputs of an ONNX graph."""

import numpy as np

from sklearn_rnn.persistence._onnx_body import needs_zero_padding
from sklearn_rnn.persistence._onnx_declared import Declared, SequenceInputs
from sklearn_rnn.persistence._onnx_layers import add_tables, as_array, look_up
from sklearn_rnn.persistence._onnx_missing import fill_missing, fill_static_numbers
from sklearn_rnn.persistence._onnx_shapes import cast, concat, zero_or_nan
from sklearn_rnn.persistence._onnx_steps import PaddedSteps
from sklearn_rnn.persistence._onnx_words import add_words

__all__ = ["add_inputs"]

_STEPS = ["batch", "time"]
_TIMES = "when each step was: seconds since 1970, or the numbers that fit saw"
_LENGTHS = "the number of steps of each sequence, at least 1; what stands behind them is not read"


def add_inputs(declared: Declared, estimator, module) -> SequenceInputs:
    """Declare the inputs of an estimator of sequences, and give what its network reads.

    ``module`` holds the ``StepInput`` as ``input``, and the recurrent stack.
    """
    graph, step_input = declared.graph, module.input
    parts, signs = [], []
    numbers = None
    if step_input.embedding is not None:
        parts.append(_add_tokens(declared, estimator, step_input))
    elif len(estimator._scaler.mean):
        numbers = _add_numbers(declared, estimator)
        parts.append(numbers)
    lengths = declared.input("lengths", "int64", ["batch"], _LENGTHS)
    if step_input.categories is not None:
        codes = _add_codes(declared, estimator, "codes", [*_STEPS])
        parts.append(add_tables(graph, step_input.categories.tables, codes, 3))
    if step_input.features is not None:
        parts.append(_add_features(declared, step_input))
    steps = PaddedSteps(graph, concat(graph, parts, 2), lengths)
    if numbers is not None:
        of_numbers = PaddedSteps(graph, numbers, lengths)
        of_numbers._masks = steps._masks
        signs.append(zero_or_nan(graph, of_numbers.zero_padding().values, 1, 2))
    if needs_zero_padding(module):
        steps = steps.zero_padding()
    static, static_codes = _add_static(declared, estimator, signs)
    return SequenceInputs(steps, static, static_codes, signs, _ids_of_steps(declared))


def _add_tokens(declared, estimator, step_input):
    """Give the vectors of tokens, from their ids alone or from what they are made of."""
    embedding = step_input.embedding
    if embedding.subword_weight is not None or step_input.characters is not None:
        return add_words(declared, step_input)
    holds = "ids of tokens: 1 an unknown one, 0 padding"
    if estimator._vocabulary is not None:
        holds = 'ids of tokens, their places in "vocabulary": 1 an unknown one, 0 padding'
    ids = declared.input("ids", "int64", _STEPS, holds)
    return look_up(declared.graph, as_array(embedding.weight), ids)


def _ids_of_steps(declared):
    """Give the ids of tokens at each step, which may come as distinct words and their places."""
    inputs = declared.document["inputs"]
    if "words" in inputs:
        return declared.graph.op("Gather", "words", "steps", axis=0)
    return "ids" if "ids" in inputs else None


def _add_numbers(declared, estimator):
    """Give the numbers of the steps, standardised, their gaps filled."""
    graph, scaler, missing = declared.graph, estimator._scaler, estimator._missing
    n_features = len(scaler.mean)
    holds = "the numbers of each step, as fit saw them"
    holds += "; NaN where one is missing" if missing is not None else ""
    values = declared.input("values", "float64", [*_STEPS, n_features], holds)
    scaled = graph.op("Div", graph.op("Sub", values, scaler.mean), scaler.scale)
    scaled = cast(graph, scaled, "float32")
    if missing is None:
        return scaled
    times = None
    if missing.unit is not None and len(missing.columns):
        times = declared.input("times", "float64", _STEPS, _TIMES)
    return fill_missing(graph, missing, scaled, times)


def _add_codes(declared, estimator, kind, shape):
    """Declare the ids of the categories of each step, or of each sequence."""
    ids = estimator._columns.ids[kind]
    holds = f'for each column the place of its category in "{kind}", plus 2; 1 an unknown one'
    holds += ", 0 padding" if kind == "codes" else ""
    return declared.input(kind, "int64", [*shape, len(ids)], holds)


def _add_features(declared, step_input):
    """Add up the vectors of the features of each step."""
    graph, table = declared.graph, as_array(step_input.features.weight)
    table = np.concatenate([np.zeros_like(table[:1]), table])
    holds = 'the places of the features of each step in "features", plus 1; 0 where there is none'
    ids = declared.input("features", "int64", [*_STEPS, "features"], holds)
    vectors = graph.op("Gather", table, ids, axis=0)
    return graph.op("ReduceSum", vectors, np.array([2]), keepdims=0)


def _add_static(declared, estimator, signs):
    """Declare what belongs to whole sequences; give its numbers and its ids, None if none."""
    graph, scaler, numbers, codes = declared.graph, estimator._static_scaler, None, None
    if scaler is not None:
        is_masked = estimator._read_missing == "mask"
        holds = "the numbers of each sequence, as fit saw them"
        holds += "; NaN where one is missing" if is_masked else ""
        raw = declared.input("static", "float64", ["batch", len(scaler.mean)], holds)
        numbers = graph.op("Div", graph.op("Sub", raw, scaler.mean), scaler.scale)
        numbers = cast(graph, numbers, "float32")
        if is_masked:
            numbers = fill_static_numbers(graph, numbers, estimator._missing_static)
        signs.append(zero_or_nan(graph, numbers, 1))
    if estimator._columns.ids["static_codes"]:
        codes = _add_codes(declared, estimator, "static_codes", ["batch"])
    return numbers, codes
