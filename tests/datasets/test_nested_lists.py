"""Nested lists of digits: their values, depths and operators."""

import statistics

import numpy as np
import pytest

from sklearn_rnn.data import Trees
from sklearn_rnn.datasets import make_nested_lists

MEANING = {
    "max": max,
    "min": min,
    "med": statistics.median_low,
    "sum": lambda values: int(str(sum(values))[-1]),
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "sub": lambda values: (values[0] + sum(10 - value for value in values[1:])) % 10,
}


def evaluate(nested):
    if isinstance(nested, int):
        return nested
    operator, *operands = nested
    return MEANING[operator]([evaluate(operand) for operand in operands])


def test_values_are_those_of_the_lists():
    X, y = make_nested_lists(300, max_depth=5, operators=list(MEANING), random_state=0)
    assert [evaluate(nested) for nested in X] == y.tolist()
    assert (y.dtype, set(y)) == (np.int64, set(range(10)))
    assert set(Trees.from_nested(X).tokens) == {*MEANING, *"0123456789"}


@pytest.mark.parametrize("low, high", [(1, 1), (2, 4), (6, 6)])
def test_depths_are_those_asked_for(low, high):
    X, _ = make_nested_lists(80, min_depth=low, max_depth=high, max_operands=3, random_state=0)
    trees = Trees.from_nested(X)
    assert set(trees.depths) == set(range(low, high + 1))
    children = np.bincount(trees.flat_parents()[trees.flat_parents() >= 0])
    assert set(children[children > 0]) == {2, 3}


def test_the_same_seed_gives_the_same_lists():
    first, again, other = (make_nested_lists(9, random_state=seed) for seed in (0, 0, 1))
    assert first[0] == again[0] != other[0]
    assert first[1].tolist() == again[1].tolist()
    assert len(make_nested_lists(3)[0]) == 3


@pytest.mark.parametrize(
    "parameters, fact",
    [
        ({"n_samples": 0}, "n_samples must be at least 1"),
        ({"min_depth": 0}, "min_depth must be at least 1"),
        ({"min_depth": 5}, "min_depth must be at most max_depth"),
        ({"max_depth": 21}, "max_depth must be at most 20"),
        ({"max_operands": 1}, "max_operands must be at least 2"),
        ({"operators": []}, "operators must be some of .* is empty"),
        ({"operators": ["max", "plus"]}, "holds 'plus'"),
        ({"operators": [[1]]}, r"holds \[1\]"),
        ({"operators": "max"}, "operators must be a list of names"),
        ({"operators": 3}, "operators must be a list of names"),
        ({"random_state": "x"}, "random_state must be an int"),
    ],
    ids=str,
)
def test_parameters_that_are_wrong_are_named(parameters, fact):
    with pytest.raises((ValueError, TypeError), match=fact):
        make_nested_lists(**parameters)
