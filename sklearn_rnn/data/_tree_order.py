"""The order in which the nodes of trees are computed: level by level."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.data._ragged import gather_positions

__all__ = ["LevelOrder", "level_order"]


class LevelOrder(NamedTuple):
    """The nodes of a forest, the roots first, then their children, then the children of these.

    ``order`` ``(reached,)`` are the nodes; the children of a node stand together, in their own
    order, and those of an earlier node come first. ``depth`` and ``n_children`` are ``(nodes,)``,
    in the order of the nodes as they were given; the depth of a root is 0.
    """

    order: np.ndarray
    depth: np.ndarray
    n_children: np.ndarray


def level_order(parents: np.ndarray) -> LevelOrder:
    """Order the nodes of a forest by their depth.

    Parameters
    ----------
    parents : ndarray of shape (nodes,), int
        The parent of each node, -1 for a root. Children have the order of their numbers.

    Returns
    -------
    LevelOrder
        A node that hangs on no root, but on a circle of nodes, is not in ``order``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn.data import level_order
    >>> level_order(np.array([-1, 0, 1, 1, 0])).order.tolist()
    [0, 1, 4, 2, 3]
    """
    n_children = np.bincount(parents[parents >= 0], minlength=len(parents))
    by_parent = np.argsort(parents, kind="stable")  # the roots, then child after child
    n_roots = int((parents < 0).sum())
    starts = n_roots + np.cumsum(n_children) - n_children
    depth = np.full(len(parents), -1)
    level, levels = by_parent[:n_roots], []
    while len(level):
        depth[level] = len(levels)
        levels.append(level)
        level = by_parent[gather_positions(starts[level], n_children[level])]
    order = np.concatenate(levels) if levels else np.zeros(0, dtype=np.int64)
    return LevelOrder(order, depth, n_children)
