"""Ids to vectors."""

import pytest
import torch

from sklearn_rnn.nn import TokenEmbedding, set_dropout_generator


def embedding(n_tokens=12, embedding_dim=5, *, seed=0, **options):
    layer = TokenEmbedding(n_tokens, embedding_dim, **options)
    layer.fill(torch.Generator().manual_seed(seed))
    set_dropout_generator(layer, torch.Generator().manual_seed(seed))
    return layer


def readable(n_tokens, **options):
    """An embedding whose vector of an id is the id."""
    layer = embedding(n_tokens, 1, **options)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(n_tokens)[:, None])
    return layer


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
def test_an_id_is_looked_up_in_its_row(dtype):
    layer = embedding().eval()
    ids = torch.tensor([[2, 11, 1], [7, 0, 0]], dtype=dtype)
    vectors = layer(ids)
    assert vectors.shape == (2, 3, 5)
    for row, sequence in zip(vectors, ids.tolist(), strict=True):
        for vector, id_ in zip(row, sequence, strict=True):
            assert torch.equal(vector, layer.weight[id_])


@pytest.mark.parametrize("training", [False, True])
def test_an_id_above_the_largest_is_unknown(training):
    vectors = readable(12).train(training)(torch.tensor([[11, 12, 10**9]]))
    assert vectors[..., 0].tolist() == [[11, 1, 1]]


def test_padding_is_zero_and_learns_nothing():
    layer = embedding()
    vectors = layer(torch.tensor([[3, 0], [4, 3]]))
    assert not vectors[0, 1].any()
    vectors.sum().backward()
    assert not layer.weight.grad[0].any()
    assert layer.weight.grad[3].tolist() == [2] * 5  # looked up twice
    assert layer.weight.grad[4].tolist() == [1] * 5


def test_vectors_have_a_length_of_about_one():
    squares = embedding(20_000, 50).weight[1:].detach().square().sum(1)
    assert float(squares.mean()) == pytest.approx(1, abs=0.01)


def test_the_same_seed_gives_the_same_table():
    assert torch.equal(embedding(seed=1).weight, embedding(seed=1).weight)
    assert not torch.equal(embedding(seed=1).weight, embedding(seed=2).weight)


def test_training_reads_a_share_of_the_tokens_as_unknown():
    layer = readable(12, token_dropout=0.3).train()
    ids = torch.arange(100_000).reshape(100, 1000) % 10 + 2
    read = layer(ids)[..., 0]
    unknown = read == 1
    assert torch.equal(read[~unknown].long(), ids[~unknown])
    assert abs(float(unknown.double().mean()) - 0.3) < 5 * (0.21 / ids.numel()) ** 0.5


def test_token_dropout_leaves_padding_and_prediction_alone():
    layer = readable(12, token_dropout=0.9)
    padding = torch.zeros(50, 50, dtype=torch.int64)
    assert not layer.train()(padding).any()
    assert (layer.eval()(padding + 7) == 7).all()


def test_dropout_takes_the_same_columns_from_all_steps_of_a_sequence():
    layer = embedding(12, 40, dropout=0.5).train()
    vectors = layer(torch.full((6, 9), 5))
    kept = vectors != 0
    assert torch.equal(kept, kept[:, :1].expand_as(kept))
    assert len(kept[:, 0].unique(dim=0)) == 6
    torch.testing.assert_close(vectors[kept], (layer.weight[5] * 2).expand_as(vectors)[kept])


def test_the_same_seed_drops_the_same():
    ids = torch.full((6, 9), 5)
    first, second = (embedding(dropout=0.5, token_dropout=0.5).train() for _ in range(2))
    vectors = first(ids)
    assert torch.equal(second(ids), vectors)
    assert not torch.equal(second(ids), vectors)
