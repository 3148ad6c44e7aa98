"""Attention, against sums that are written out."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import ATTENTIONS, _sequence_attention

BATCH, SOURCE, TARGET, WIDTH, SIZE = 3, 5, 4, 6, 2
LENGTHS = torch.tensor([5, 2, 1])


def drawn(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.empty(*shape).normal_(generator=generator)


def make(kind, training=False):
    layer = ATTENTIONS[kind](SIZE, WIDTH, generator=torch.Generator().manual_seed(0))
    return layer.train(training)


def score(kind, layer, query, state):
    weights = {name: weight.detach().double().numpy() for name, weight in layer.named_parameters()}
    key = weights["of_values.weight"] @ state
    if kind == "multiplicative":
        return query @ key
    asked = weights["of_queries.weight"] @ query + weights["of_queries.bias"]
    return weights["vector"] @ np.tanh(asked + key)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
def test_context_is_the_weighted_sum_over_real_steps(kind, training):
    layer, states, queries = make(kind, training), drawn(BATCH, SOURCE, WIDTH), drawn(3, 4, SIZE)
    states[1, 2:] = 1e6
    memory = layer.remember(states, LENGTHS, states[:, 0])
    context, weights = layer(queries, memory)
    assert weights.dtype == (torch.float32 if training else torch.float64)
    for i, length in enumerate(LENGTHS.tolist()):
        steps = states[i, :length].double().numpy()
        for t in range(TARGET):
            query = queries[i, t].double().numpy()
            scores = np.array([score(kind, layer, query, step) for step in steps])
            shares = np.exp(scores) / np.exp(scores).sum()
            np.testing.assert_allclose(weights[i, t, :length].detach(), shares, rtol=1e-4)
            assert (weights[i, t, length:] == 0).all()
            np.testing.assert_allclose(context[i, t].detach(), shares @ steps, rtol=1e-3, atol=1e-5)


def test_prediction_compares_few_queries_at_a_time(monkeypatch):
    layer, states, queries = make("additive"), drawn(BATCH, SOURCE, WIDTH), drawn(3, 4, SIZE)
    memory, sizes = layer.remember(states, LENGTHS, states[:, 0]), []
    compare = layer._compare
    monkeypatch.setattr(layer, "_compare", lambda *sides: sizes.append(1) or compare(*sides))
    expected = layer(queries, memory)
    monkeypatch.setattr(_sequence_attention, "_NUMBERS", 2 * BATCH * SOURCE * SIZE)
    found = layer(queries, memory)
    assert len(sizes) == 1 + TARGET // 2
    for whole, parts in zip(expected, found, strict=True):
        torch.testing.assert_close(parts, whole)


@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
def test_rows_of_the_memory_are_those_of_their_sources(kind):
    layer, states, queries = make(kind), drawn(BATCH, SOURCE, WIDTH), drawn(3, 4, SIZE)
    memory, rows = layer.remember(states, LENGTHS, states[:, 0]), torch.tensor([2, 0, 2])
    expected = layer(queries, memory)
    found = layer(queries[rows], memory.take(rows))
    for whole, part in zip(expected, found, strict=True):
        torch.testing.assert_close(part, whole[rows])


def test_without_attention_every_query_gets_the_summary():
    layer, states, summary = make(None), drawn(BATCH, SOURCE, WIDTH), drawn(BATCH, WIDTH, seed=1)
    context, weights = layer(drawn(3, 4, SIZE), layer.remember(states, LENGTHS, summary))
    assert weights is None
    torch.testing.assert_close(context, summary[:, None].expand(-1, 4, -1).double())
