"""Ids to vectors."""

import pytest
import torch

from sklearn_rnn.nn import Subwords, TokenEmbedding, set_dropout_generator


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


# --- subwords -----------------------------------------------------------------------------------

IDS = torch.tensor([[2, 5, 1], [3, 2, 0], [1, 0, 0]])
BAGS = [[7], [0, 3, 3, 9], [4, 5]]
BAG_OF_STEP = torch.tensor([[0, 1, 2], [2, 0, 0], [1, 0, 0]])  # padding points anywhere


def subwords():
    starts = torch.tensor([0, *map(len, BAGS)]).cumsum(0)[:-1]
    return Subwords(torch.tensor([bucket for bag in BAGS for bucket in bag]), starts, BAG_OF_STEP)


def looped(layer):
    """The vectors of IDS, one token and one n-gram at a time."""
    rows = []
    for ids, bags in zip(IDS.tolist(), BAG_OF_STEP.tolist(), strict=True):
        for id_, bag in zip(ids, bags, strict=True):
            vector = torch.zeros(layer.weight.shape[1])
            if id_ != 0:
                grams = [layer.subword_weight[bucket] for bucket in BAGS[bag]]
                vector = layer.weight[id_] + sum(grams) / len(grams)
            rows.append(vector)
    return torch.stack(rows).view(*IDS.shape, -1)


def test_a_token_is_its_vector_and_the_mean_over_its_ngrams():
    layer = embedding(subword_buckets=10).eval()
    vectors = layer(IDS, subwords())
    torch.testing.assert_close(vectors, looped(layer))
    assert not vectors[IDS == 0].any()
    assert not torch.equal(vectors[0, 2], vectors[2, 0])  # unknown tokens are told apart


def test_gradients_reach_both_tables_as_in_the_loop(generator):
    layer = embedding(subword_buckets=10)
    ways = torch.randn(3, 3, 5, generator=generator)
    tables = [layer.weight, layer.subword_weight]
    found = torch.autograd.grad((layer(IDS, subwords()) * ways).sum(), tables)
    expected = torch.autograd.grad((looped(layer) * ways).sum(), tables)
    for gradient, truth in zip(found, expected, strict=True):
        torch.testing.assert_close(gradient, truth)
    assert not found[0][0].any()
    read = found[1].abs().sum(1) > 0
    assert read.nonzero()[:, 0].tolist() == [0, 3, 4, 5, 7, 9]


def test_a_token_that_is_dropped_keeps_its_ngrams():
    layer = embedding(subword_buckets=10, token_dropout=0.999).train()
    ids, bags = torch.full((1, 50), 4), torch.full((1, 50), 1)
    vectors = layer(ids, subwords()._replace(bag_of_step=bags))
    grams = torch.stack([layer.subword_weight[bucket] for bucket in BAGS[1]]).mean(0)
    dropped = (vectors - (layer.weight[1] + grams)).abs().amax(2) < 1e-5
    assert dropped.float().mean() > 0.9


def test_without_buckets_there_is_no_second_table():
    assert embedding().subword_weight is None
    assert embedding(subword_buckets=10).subword_weight.shape == (10, 5)
