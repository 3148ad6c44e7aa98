"""Categorical columns to vectors, held against rows picked by hand."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import CategoryEmbedding, category_dim, set_dropout_generator

SIZES, DIMS = (5, 9, 3), (2, 4, 1)


@pytest.fixture
def embedding(generator):
    return CategoryEmbedding(SIZES, DIMS, generator=generator)


@pytest.fixture
def ids(rng):
    return torch.from_numpy(
        np.stack([rng.integers(0, size, (6, 7)) for size in SIZES], axis=2).astype(np.int32)
    )


def reference(embedding, ids):
    """Look the vectors up one id at a time; padding is zero."""
    tables = [table.detach().numpy() for table in embedding.tables]
    rows = []
    for codes in ids.reshape(-1, len(tables)).tolist():
        parts = [table[code] * (code > 0) for table, code in zip(tables, codes, strict=True)]
        rows.append(np.concatenate(parts))
    return np.array(rows).reshape(*ids.shape[:-1], -1)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
def test_each_column_is_looked_up_in_its_own_table(embedding, ids, dtype):
    vectors = embedding(ids.to(dtype))
    assert vectors.shape == (6, 7, embedding.output_size) == (6, 7, sum(DIMS))
    np.testing.assert_array_equal(vectors.detach(), reference(embedding, ids))
    of_sequences = ids[:, 0]
    np.testing.assert_array_equal(
        embedding(of_sequences).detach(), reference(embedding, of_sequences)
    )


def test_padding_is_zero_and_learns_nothing(embedding):
    vectors = embedding(torch.zeros(2, 3, len(SIZES), dtype=torch.int32))
    assert not vectors.any()
    vectors.sum().backward()
    assert not any(table.grad.any() for table in embedding.tables)


def test_each_category_learns_as_often_as_it_occurs(embedding, ids):
    embedding(ids).sum().backward()
    for column, table in enumerate(embedding.tables):
        counts = np.bincount(ids[..., column].ravel(), minlength=SIZES[column])
        counts[0] = 0
        np.testing.assert_array_equal(table.grad, np.repeat(counts[:, None], DIMS[column], axis=1))


def test_some_categories_are_read_as_unknown_in_training_alone(generator, rng):
    embedding = CategoryEmbedding((4,), (3,), unknown_dropout=0.3, generator=generator)
    set_dropout_generator(embedding, generator)
    ids = torch.from_numpy(rng.integers(0, 4, (4000, 1)))
    unknown, known = embedding.eval()(torch.tensor([[1]])), embedding(ids)
    read = embedding.train()(ids)
    changed = (read != known).any(1)
    assert not changed[(ids[:, 0] < 2)].any()
    torch.testing.assert_close(read[changed], unknown.expand(int(changed.sum()), 3))
    assert abs(changed[ids[:, 0] >= 2].float().mean() - 0.3) < 0.05
    embedding.eval()
    assert torch.equal(embedding(ids), known)


def test_columns_become_unknown_one_by_one(generator):
    embedding = CategoryEmbedding((4, 4), (1, 1), unknown_dropout=0.5, generator=generator)
    set_dropout_generator(embedding, generator)
    ids = torch.full((1000, 2), 3)
    unknown = torch.stack([table[1, 0] for table in embedding.tables])
    dropped = embedding(ids) == unknown
    assert {tuple(row) for row in dropped.tolist()} == {
        (first, second) for first in (True, False) for second in (True, False)
    }


def test_the_same_seed_gives_the_same_tables():
    first, again, other = (
        CategoryEmbedding(SIZES, DIMS, generator=torch.Generator().manual_seed(seed)).state_dict()
        for seed in (1, 1, 2)
    )
    assert list(first) == ["tables.0", "tables.1", "tables.2"]
    for name, table in first.items():
        assert table.dtype == torch.float32
        assert torch.equal(table, again[name]) and not torch.equal(table, other[name])
        assert not table[0].any() and table[1].any()


def test_more_categories_get_wider_vectors_within_bounds():
    dims = [category_dim(n) for n in (2, 3, 10, 100, 10_000, 10**7)]
    assert dims == sorted(dims)
    assert dims[0] >= 1 and dims[-1] == 64
    assert all(dim <= n for dim, n in zip(dims, (2, 3, 10, 100, 10_000, 10**7), strict=True))
