"""Words by what they are made of, as nodes of an ONNX graph."""

import numpy as np

from sklearn_rnn.nn import CharacterEncoder
from sklearn_rnn.persistence._onnx_declared import Declared
from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from sklearn_rnn.persistence._onnx_layers import as_array, look_up
from sklearn_rnn.persistence._onnx_recurrent import add_stack
from sklearn_rnn.persistence._onnx_shapes import (
    cast,
    concat,
    shape_of,
    slice_axis,
    transpose,
    unsqueeze,
)

__all__ = ["add_words"]


def add_words(declared: Declared, step_input) -> str:
    """Give the vector of the word of each step ``(batch, time, size)``.

    Each distinct word of a batch is read once: by its id, by its hashed n-grams, by its characters
    and by how it is written, as far as the network does.
    """
    graph, embedding = declared.graph, step_input.embedding
    holds = 'which of "words" stands at each step, from 0; any in padding'
    steps = declared.input("steps", "int64", ["batch", "time"], holds)
    holds = 'the id of each distinct word of the batch, its place in "vocabulary"; 1 if unknown'
    words = declared.input("words", "int64", ["words"], holds)
    vectors = look_up(graph, as_array(embedding.weight), words)
    if embedding.subword_weight is not None:
        found = _add_ngrams(declared, as_array(embedding.subword_weight), words)
        vectors = graph.op("Add", vectors, found)
    parts = [vectors]
    if step_input.characters is not None:
        parts += _add_characters(declared, step_input)
    return graph.op("Gather", concat(graph, parts, 1), steps, axis=0)


def _add_ngrams(declared, table, words):
    """Give the mean of the vectors of the n-grams of each word ``(words, size)``."""
    graph, size = declared.graph, table.shape[1]
    holds = 'the buckets of the n-grams of all words, one word after the other; see "subwords"'
    ngrams = declared.input("ngrams", "int64", ["ngrams"], holds)
    holds = "the word that each of the n-grams belongs to, from 0"
    owners = declared.input("ngram_words", "int64", ["ngrams"], holds)
    counted = np.concatenate([table, np.ones_like(table[:, :1])], axis=1)
    vectors = graph.op("Gather", counted, ngrams, axis=0)
    shape = graph.op("Concat", shape_of(graph, words, 0), np.array([size + 1]), axis=0)
    zeros = graph.op("Expand", np.zeros((1, 1), dtype=np.float32), shape)
    owners = unsqueeze(graph, owners, 1)
    sums = graph.op("ScatterND", zeros, owners, vectors, reduction="add")
    counts = graph.op("Max", slice_axis(graph, sums, 1, size, None), np.float32(1))
    return graph.op("Div", slice_axis(graph, sums, 1, 0, size), counts)


def _add_characters(declared, step_input):
    """Give vectors of the characters of each word, and of how it is written."""
    graph = declared.graph
    holds = 'the ids of the characters of each word, see "alphabet"; 0 behind its end'
    characters = declared.input("characters", "int64", ["words", "characters"], holds)
    holds = 'how each word is written, from 1 to 7, see "shapes"'
    shapes = declared.input("shapes", "int64", ["words"], holds)
    reader = step_input.characters
    read = _read_by_convolution if isinstance(reader, CharacterEncoder) else _read_by_lstm
    (table,) = step_input.shapes.tables
    return [read(graph, reader, characters), look_up(graph, as_array(table), shapes)]


def _read_by_convolution(graph: GraphBuilder, encoder, characters: str) -> str:
    """Give the largest value of each filter over the characters that it can begin on."""
    vectors = transpose(graph, _embed_characters(graph, encoder.weight, characters), 0, 2, 1)
    real = unsqueeze(graph, graph.op("Greater", characters, np.int64(0)), 1)
    lowest, parts = np.float32(np.finfo(np.float32).min), []
    for width, filters in zip(encoder.widths, encoder.filters, strict=True):
        weight = as_array(filters.weight).reshape(len(filters.bias), width, -1)
        weight = np.ascontiguousarray(weight.transpose(0, 2, 1))
        found = graph.op("Conv", vectors, weight, as_array(filters.bias), pads=[0, width - 1])
        found = graph.op("Where", real, found, lowest)
        parts.append(graph.op("ReduceMax", found, np.array([2]), keepdims=0))
    return graph.op("Relu", concat(graph, parts, 1))


def _read_by_lstm(graph: GraphBuilder, encoder, characters: str) -> str:
    """Give where both directions of an LSTM over the characters arrive."""
    vectors = transpose(graph, _embed_characters(graph, encoder.weight, characters), 1, 0, 2)
    real = cast(graph, graph.op("Greater", characters, np.int64(0)), "int64")
    lengths = graph.op("ReduceSum", real, np.array([1]), keepdims=0)
    return add_stack(graph, encoder.recurrent, vectors, lengths).last


def _embed_characters(graph, weight, characters):
    table = as_array(weight).copy()
    table[0] = 0  # padding
    return look_up(graph, table, characters)
