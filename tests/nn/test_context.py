"""What a text is about, from the sum of fixed vectors."""

import numpy as np
import torch

from sklearn_rnn.nn import ContextVectors, set_dropout_generator

TABLE = torch.tensor([[0.0, 0.0], [0.0, 0.0], [3.0, 0.0], [1.0, 4.0], [0.0, -4.0]])


def layer(**options):
    found = ContextVectors(5, 2, **options)
    found.start_from(TABLE)
    return found.eval()


def test_sum_of_the_vectors_has_its_direction_and_the_length_of_the_root_of_its_size():
    about = layer()(torch.ones(3, 1), torch.tensor([[2, 3, 0], [4, 4, 4], [3, 4, 3]]))
    expected = np.array([[4, 4], [0, -12], [2, 4]])
    expected = expected / np.linalg.norm(expected, axis=1, keepdims=True) * np.sqrt(2)
    np.testing.assert_allclose(about[:, 1:], expected, rtol=1e-6)
    assert torch.equal(about[:, 0], torch.ones(3))


def test_ids_beyond_the_table_and_texts_of_unknown_words_are_zero():
    about = layer()(torch.ones(2, 1), torch.tensor([[1, 900], [1, 1]]))
    assert torch.equal(about[:, 1:], torch.zeros(2, 2))


def test_padding_and_other_texts_do_not_matter():
    ids, state = torch.tensor([[2, 3, 4, 3, 3, 2, 2]]), torch.ones(1, 1)
    alone = layer()(state, ids)
    padded = torch.cat([ids, torch.zeros(1, 90, dtype=torch.int64)], 1)
    assert torch.equal(layer()(state.expand(3, -1), padded.expand(3, -1))[1:2], alone)


def test_training_leaves_out_whole_states_and_nothing_of_the_vectors():
    hiding = layer(hiding=0.5).train()
    set_dropout_generator(hiding, torch.Generator().manual_seed(0))
    found = hiding(torch.ones(1000, 3), torch.full((1000, 1), 2))
    state, about = found[:, :3], found[:, 3:]
    assert torch.equal(state.amin(1), state.amax(1))
    assert (
        set(state[:, 0].tolist()) == {0.0, 2.0} and 0.45 < (state[:, 0] == 0).float().mean() < 0.55
    )
    assert torch.equal(about, about[:1].expand(1000, -1))


def test_vectors_are_no_weights():
    assert not list(layer().parameters()) and list(layer().state_dict()) == ["table"]
