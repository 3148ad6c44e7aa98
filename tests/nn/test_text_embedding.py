"""Vectors of running text."""

import pytest
import torch

from sklearn_rnn.nn import TextEmbedding


def make(**options):
    layer = TextEmbedding(7, 4, **options)
    generator = torch.Generator().manual_seed(0)
    layer.fill(generator)
    layer.generator = layer.dropout.generator = generator
    return layer


def test_vector_of_the_end_is_learned_as_any_other():
    layer = make()
    layer(torch.tensor([[0, 3]])).sum().backward()
    assert layer.weight[0].detach().abs().min() > 0
    assert (layer.weight.grad != 0).any(1).tolist() == [i in (0, 3) for i in range(7)]


def test_a_token_is_dropped_wherever_it_stands():
    layer = make(embedding_dropout=0.5).train()
    ids = torch.arange(7).repeat(3, 2)
    dropped = (layer(ids) == 0).all(2)
    assert 0 < dropped[0, :7].sum() < 7
    assert torch.equal(dropped, dropped[0, :7].repeat(3, 2))


def test_kept_vectors_are_scaled_up():
    layer = make(embedding_dropout=0.25).train()
    ids = torch.arange(7)[None]
    read = layer(ids)[0].detach()
    kept = (read != 0).any(1)
    torch.testing.assert_close(read[kept], layer.weight[kept].detach() / 0.75)


@pytest.mark.parametrize("options", [{}, {"embedding_dropout": 0.5, "dropout": 0.5}], ids=str)
def test_prediction_looks_the_table_up(options):
    layer = make(**options).eval()
    ids = torch.tensor([[6, 0, 2], [1, 1, 3]])
    torch.testing.assert_close(layer(ids), layer.weight[ids])
