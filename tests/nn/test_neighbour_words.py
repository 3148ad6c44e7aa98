"""The words that a tagger's states foretell, held against a loop over steps."""

import pytest
import torch

from sklearn_rnn.nn import NeighbourWords, _neighbour_words

N_WORDS = 5
WORDS = torch.tensor([[2, 4, 9, 3], [3, 0, 0, 0], [6, 2, 1, 0]])
LENGTHS = [4, 1, 3]


def build(n_directions, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return NeighbourWords(6, N_WORDS, n_directions, generator=generator).double()


def draw_states(seed=1):
    return torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(seed)).double()


def known(word):
    """The id that is foretold: 1, the unknown word, for all that are too rare."""
    return int(word) if word < N_WORDS else 1


def slow_surprise(layer, states, words, length):
    """Sum over the steps of one sequence what a direction says of its neighbour."""
    width = states.shape[1] // len(layer.heads)
    total = torch.zeros(()).double()
    for step in range(length - 1):
        after = layer.heads[0](states[step, :width]).log_softmax(0)
        total = total - after[known(words[step + 1])]
        if len(layer.heads) == 2:
            before = layer.heads[1](states[step + 1, width:]).log_softmax(0)
            total = total - before[known(words[step])]
    return total


@pytest.mark.parametrize("n_directions", [1, 2])
def test_loss_is_the_surprise_at_the_next_and_the_previous_word(n_directions):
    layer, states = build(n_directions), draw_states()
    expected = [slow_surprise(layer, *parts) for parts in zip(states, WORDS, LENGTHS, strict=True)]
    torch.testing.assert_close(layer(states, WORDS), torch.stack(expected))


def test_padding_does_not_matter():
    layer, states = build(2), draw_states()
    changed = states.clone()
    changed[1, 1:] = 7
    changed[2, 3:] = -7
    torch.testing.assert_close(layer(states, WORDS), layer(changed, WORDS), rtol=0, atol=0)


def test_sentences_of_one_word_have_no_neighbours():
    states, words = draw_states()[:, :1], torch.tensor([[2], [3], [1]])
    assert build(2)(states, words).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("at_once", [1, 2, 4])
def test_parts_of_a_long_batch_give_the_loss_and_gradients_of_the_whole(at_once, monkeypatch):
    results, sizes = [], []
    for most in (at_once, 100):
        monkeypatch.setattr(_neighbour_words, "_STEPS_AT_ONCE", most)
        layer, states = build(2), draw_states().requires_grad_()
        layer.heads[0].register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
        loss = layer(states, WORDS)
        loss.sum().backward()
        results.append([loss, states.grad, *(weight.grad for weight in layer.parameters())])
    for part, whole in zip(*results, strict=True):
        torch.testing.assert_close(part, whole)
    assert max(sizes[:-1]) <= at_once and sizes[-1] == sum(length - 1 for length in LENGTHS)
