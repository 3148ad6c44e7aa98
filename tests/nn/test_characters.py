"""Words read character by character, held against convolutions written out."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import CharacterEncoder
from sklearn_rnn.nn._characters import read_by_length


def encoder(n_characters=9, embedding_dim=5, channels=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    channels = {2: 3, 3: 4} if channels is None else channels
    layer = CharacterEncoder(n_characters, embedding_dim, channels, generator=generator)
    for filters in layer.filters:  # so that padding, if it was read, would show
        torch.nn.init.normal_(filters.bias, generator=generator)
    return layer


def pad(words):
    padded = torch.zeros(len(words), max(map(len, words)), dtype=torch.int64)
    for row, word in zip(padded, words, strict=True):
        row[: len(word)] = torch.tensor(word)
    return padded


WORDS = [[2, 4, 3], [2, 3], [2, 5, 6, 7, 8, 4, 4, 5, 3], [2, 1, 1, 3]]


def by_hand(layer, word):
    """Every filter at every character that it can begin on; behind the end there are zeros."""
    found = []
    table = layer.weight.detach().double().numpy()
    for width, filters in zip(layer.widths, layer.filters, strict=True):
        weight, bias = (part.detach().double().numpy() for part in filters.parameters())
        vectors = np.vstack([table[word], np.zeros((width, table.shape[1]))])
        windows = [vectors[i : i + width].ravel() for i in range(len(word))]
        found.append(np.max([np.maximum(weight @ window + bias, 0) for window in windows], axis=0))
    return np.concatenate(found)


def test_it_is_the_largest_value_of_each_filter():
    layer = encoder()
    vectors = layer(pad(WORDS)).detach()
    assert vectors.shape == (4, 7) == (4, layer.output_size)
    np.testing.assert_allclose(vectors, [by_hand(layer, word) for word in WORDS], atol=1e-6)


@pytest.mark.parametrize("channels", [None, {3: 8}, {1: 2, 5: 3}], ids=str)
def test_a_word_does_not_depend_on_the_others_nor_on_padding_bit_for_bit(channels):
    layer = encoder(channels=channels)
    together = layer(pad(WORDS))
    for word, vector in zip(WORDS, together, strict=True):
        alone = torch.tensor([word])
        assert torch.equal(layer(alone)[0], vector)
        assert torch.equal(layer(torch.nn.functional.pad(alone, (0, 11)))[0], vector)


LONG = [[2, *[4 + i % 5 for i in range(n)], 3] for n in (3, 28, 6, 7, 14, 1, 20, 6)]


@pytest.mark.parametrize("n", [1, 2, 8])
def test_words_of_all_lengths_are_read_as_alone(n):
    layer = encoder(channels={2: 3, 4: 5})
    found = layer(pad(LONG[:n]))
    for word, vector in zip(LONG, found, strict=False):
        assert torch.equal(layer(torch.tensor([word]))[0], vector)
    np.testing.assert_allclose(
        found.detach(), [by_hand(layer, word) for word in LONG[:n]], atol=1e-6
    )


def test_gradients_are_those_of_words_read_alone():
    layer = encoder()
    weight = torch.randn(len(LONG), 7, generator=torch.Generator().manual_seed(0))
    (layer(pad(LONG)) * weight).sum().backward()
    together = [parameter.grad.clone() for parameter in layer.parameters()]
    layer.zero_grad()
    for word, row in zip(LONG, weight, strict=True):
        (layer(torch.tensor([word]))[0] * row).sum().backward()
    for found, parameter in zip(together, layer.parameters(), strict=True):
        torch.testing.assert_close(found, parameter.grad, rtol=1e-4, atol=1e-5)


def test_words_are_read_by_length_and_come_back_in_their_order():
    seen = []

    def read(words):
        seen.append(tuple(words.shape))
        return words.sum(1, keepdim=True)

    words = pad(LONG)
    found = read_by_length(words, read)
    assert torch.equal(found, words.sum(1, keepdim=True))
    assert seen == [(4, 8), (2, 16), (1, 22), (1, 30)]


def test_padding_learns_nothing():
    layer = encoder()
    layer(pad(WORDS)).sum().backward()
    assert not layer.weight[0].any() and not layer.weight.grad[0].any()
    assert layer.weight.grad[2].any()


def test_one_generator_gives_one_layer():
    one, two, other = encoder(seed=1), encoder(seed=1), encoder(seed=2)
    assert all(map(torch.equal, one.parameters(), two.parameters()))
    assert not torch.equal(one.weight, other.weight)


def test_the_default_reads_two_to_four_characters():
    layer = CharacterEncoder(9, generator=torch.Generator())
    assert layer.widths == (2, 3, 4)
    assert layer(pad(WORDS)).shape == (4, layer.output_size) == (4, 160)
