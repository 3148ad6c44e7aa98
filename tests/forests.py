"""Small forests of random shapes, for tests of trees."""

import numpy as np

from sklearn_rnn.data import Trees, level_order
from sklearn_rnn.training import NumberedTrees

__all__ = ["forest_of", "random_parents", "random_trees", "to_numbers"]


def random_parents(rng, n):
    """The parents of n nodes of one tree, each of them anywhere in the tree but the root."""
    names = rng.permutation(n)
    parents = np.full(n, -1)
    for i in range(1, n):
        parents[names[i]] = names[rng.integers(i)]
    return parents


def random_trees(rng, sizes):
    """Trees of these sizes, whose leaves and some inner nodes have tokens."""
    parents = [random_parents(rng, n) for n in sizes]
    tokens = []
    for part in parents:
        is_inner = np.isin(np.arange(len(part)), part)
        names = rng.choice(["a", "b", "c"], size=len(part)).astype(object)
        names[is_inner & (rng.random(len(part)) < 0.3)] = None
        tokens.extend(names)
    return Trees(parents=np.concatenate(parents), offsets=np.cumsum([0, *sizes]), tokens=tokens)


def to_numbers(trees):
    """The trees with ids: 2 for "a" and so on, 0 for no token."""
    ids = np.array([0 if token is None else 2 + "abc".index(token) for token in trees.tokens])
    return NumberedTrees(ids, trees.flat_parents(), trees.offsets)


def forest_of(parents):
    """The nodes of a forest in the order of its levels, and what hangs where, as plain lists."""
    order, depth, _ = level_order(parents)
    children = {node: [] for node in order.tolist()}
    for node, parent in enumerate(parents.tolist()):
        if parent >= 0:
            children[parent].append(node)
    return order, depth, children
