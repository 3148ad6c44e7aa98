"""Columns of whole sequences joined to their pooled states, held against one row at a time."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import CategoryEmbedding, StaticColumns

KINDS = {"numbers": (3, False), "categories": (0, True), "both": (3, True)}
every_kind = pytest.mark.parametrize("n_numbers, coded", KINDS.values(), ids=KINDS)


def make(n_numbers, coded, generator, **options):
    categories = CategoryEmbedding((5, 7), (2, 3), generator=generator) if coded else None
    layer = StaticColumns(4, n_numbers, categories, generator=generator, **options)
    with torch.no_grad():
        layer.mix.bias.copy_(torch.randn(layer.mix.bias.shape, generator=generator) / 4)
    return layer.eval()


def columns(n_numbers, coded, rng):
    numbers = torch.from_numpy(rng.normal(size=(6, 3)).astype(np.float32)) if n_numbers else None
    codes = torch.from_numpy(rng.integers(0, 5, (6, 2))) if coded else None
    state = torch.from_numpy(rng.normal(size=(6, 4)).astype(np.float32))
    return state, numbers, codes


def reference(layer, state, numbers, codes):
    """One row from the weights alone: state, numbers and vectors, then a rectified mix of them."""
    parts = [state.numpy()]
    if numbers is not None:
        parts.append(numbers.numpy())
    if codes is not None:
        tables = [table.detach().numpy() for table in layer.categories.tables]
        parts += [
            table[code] * (code > 0) for table, code in zip(tables, codes.tolist(), strict=True)
        ]
    joined = np.concatenate(parts).astype(np.float64)
    weight, bias = (w.detach().numpy().astype(np.float64) for w in layer.mix.parameters())
    return np.concatenate([joined, np.maximum(weight @ joined + bias, 0)])


@every_kind
def test_each_row_is_its_state_its_columns_and_a_mix_of_them(n_numbers, coded, generator, rng):
    layer = make(n_numbers, coded, generator, mixed_size=9)
    state, numbers, codes = columns(n_numbers, coded, rng)
    joined = layer(state, numbers, codes).detach()
    assert joined.shape == (6, layer.output_size) and joined.dtype == torch.float32
    for i, row in enumerate(joined):
        one = [None if part is None else part[i] for part in (state, numbers, codes)]
        expected = reference(layer, *one)
        np.testing.assert_allclose(row, expected, rtol=1e-6, atol=1e-6)
    assert (joined[:, -9:] > 0).any() and (joined[:, -9:] == 0).any()


@every_kind
def test_a_row_does_not_depend_on_the_others(n_numbers, coded, generator, rng):
    layer = make(n_numbers, coded, generator)
    parts = columns(n_numbers, coded, rng)
    together = layer(*parts)
    for i in range(6):
        alone = layer(*(None if part is None else part[i : i + 1] for part in parts))
        torch.testing.assert_close(alone[0], together[i], rtol=0, atol=1e-7)


@every_kind
def test_state_and_columns_all_learn(n_numbers, coded, generator, rng):
    layer = make(n_numbers, coded, generator).train()
    state, numbers, codes = columns(n_numbers, coded, rng)
    layer(state.requires_grad_(), numbers, codes).square().sum().backward()
    assert state.grad.ne(0).all()
    assert all(weight.grad.any() for weight in layer.parameters())
