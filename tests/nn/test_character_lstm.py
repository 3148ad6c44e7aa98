"""Words read by an LSTM over their characters, held against one word and one step at a time."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import CharacterLSTM
from tests.references import CellWeights, last_pooling, recurrent_stack

WORDS = [[2, 4, 3], [2, 3], [2, 5, 6, 7, 8, 4, 4, 5, 3], [2, 1, 1, 3], [2, *[4] * 26, 3]]


def encoder(seed=0, **sizes):
    sizes = {"embedding_dim": 5, "hidden_size": 4} | sizes
    layer = CharacterLSTM(9, **sizes, generator=torch.Generator().manual_seed(seed))
    return layer.eval()


def pad(words):
    padded = torch.zeros(len(words), max(map(len, words)), dtype=torch.int64)
    for row, word in zip(padded, words, strict=True):
        row[: len(word)] = torch.tensor(word)
    return padded


@pytest.mark.parametrize("training", [False, True])
def test_a_word_is_where_both_directions_arrive(training):
    layer = encoder().train(training)
    found = layer(pad(WORDS)).detach().numpy()
    table = layer.weight.detach().numpy()
    directions = [
        CellWeights(*(weight.detach().numpy() for weight in cell.parameters()))
        for cell in layer.recurrent.layers[0]
    ]
    for word, vector in zip(WORDS, found, strict=True):
        states = recurrent_stack(table[word], "lstm", [directions])
        np.testing.assert_allclose(vector, last_pooling(states, bidirectional=True), atol=1e-6)


def test_a_word_does_not_depend_on_the_others_nor_on_padding_bit_for_bit():
    layer = encoder(hidden_size=80)
    together = layer(pad(WORDS))
    for word, vector in zip(WORDS, together, strict=True):
        alone = torch.tensor([word])
        assert torch.equal(layer(alone)[0], vector)
        assert torch.equal(layer(torch.nn.functional.pad(alone, (0, 11)))[0], vector)
    for n in range(1, 12):
        assert torch.equal(layer(pad((WORDS * 3)[:n])), torch.cat([together] * 3)[:n])


def test_padding_learns_nothing():
    layer = encoder().train()
    layer(pad(WORDS)).sum().backward()
    assert not layer.weight[0].any() and not layer.weight.grad[0].any()
    assert layer.weight.grad[2].any()


def test_one_generator_gives_one_layer():
    one, two, other = encoder(1), encoder(1), encoder(2)
    assert all(map(torch.equal, one.parameters(), two.parameters()))
    assert not torch.equal(one.weight, other.weight)


def test_the_default_is_as_wide_as_the_convolutions():
    layer = CharacterLSTM(9, generator=torch.Generator())
    assert layer(pad(WORDS)).shape == (5, layer.output_size) == (5, 160)
