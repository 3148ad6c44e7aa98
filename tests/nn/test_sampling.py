"""Which tokens may come next."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import keep_likely


def keep_by_hand(probabilities, temperature, top_k, top_p):
    """The definition, one token at a time."""
    sharpened = probabilities ** (1 / temperature)
    sharpened = sharpened / sharpened.sum()
    order = sorted(range(len(sharpened)), key=lambda i: (-sharpened[i], i))
    order = order[:top_k]
    total, kept, so_far = sum(sharpened[i] for i in order), [], 0.0
    for i in order:
        if top_p is not None and so_far >= top_p:
            break
        kept.append(i)
        so_far += sharpened[i] / total
    result = np.zeros_like(sharpened)
    result[kept] = sharpened[kept]
    return result / result.sum()


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("top_k", [None, 1, 3, 50])
@pytest.mark.parametrize("top_p", [None, 0.05, 0.6, 1.0])
def test_probabilities_are_those_of_the_definition(temperature, top_k, top_p, rng):
    probabilities = rng.dirichlet(np.full(9, 0.5), size=20)
    found = keep_likely(
        torch.from_numpy(probabilities).log(), temperature=temperature, top_k=top_k, top_p=top_p
    )
    expected = [keep_by_hand(row, temperature, top_k, top_p) for row in probabilities]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_of_equal_tokens_the_first_are_kept():
    found = keep_likely(torch.zeros(1, 4, dtype=torch.float64), top_k=2)
    assert found.tolist() == [[0.5, 0.5, 0, 0]]


def test_forbidden_token_never_comes():
    log_probabilities = torch.tensor([[-torch.inf, -1.0, -2.0]], dtype=torch.float64)
    for limits in ({}, {"top_k": 3}, {"top_p": 1.0}, {"temperature": 5.0}):
        found = keep_likely(log_probabilities, **limits)
        assert found[0, 0] == 0
        assert found.sum() == pytest.approx(1)
