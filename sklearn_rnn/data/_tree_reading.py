"""From whatever holds trees to ``Trees``."""

import numpy as np

from sklearn_rnn.data._arrays import describe
from sklearn_rnn.data._columns import is_frame
from sklearn_rnn.data._input_kind import check_readable
from sklearn_rnn.data._tree_parsing import TreeForm, parse_tree
from sklearn_rnn.data._trees import Trees

__all__ = ["read_trees", "read_trees_with_form"]

_EXPECTED = "but a list of trees, bracketed texts or nested tuples, is expected"


def read_trees(X, first: str) -> Trees:
    """Read trees in any form, checked.

    Parameters
    ----------
    X : list, tuple, Series or 1-D array of trees, or Trees
        Each tree is a bracketed text, lists and tuples within each other, or an ``nltk.Tree``.
    first : {"token", "label", "child"}
        What the first element of a bracket is; of ``Trees`` it is known.

    Returns
    -------
    Trees
        At least one.

    Raises
    ------
    ValueError or TypeError
        If X holds no trees; the message says what it is, or which tree is none and where.
    """
    return _check_not_empty(X if isinstance(X, Trees) else Trees.join(_parse(X, first)))


def read_trees_with_form(X) -> tuple[Trees, TreeForm | None]:
    """Read trees whose brackets begin with a token, and tell what the brackets look like.

    Parameters
    ----------
    X : as in ``read_trees``

    Returns
    -------
    trees : Trees
    form : TreeForm or None
        The counts over all trees; None of ``Trees``, which have no brackets.
    """
    if isinstance(X, Trees):
        return _check_not_empty(X), None
    parsed = list(_parse(X, "token"))
    trees = _check_not_empty(Trees.join(parsed))
    return trees, TreeForm(*map(sum, zip(*(tree.form for tree in parsed), strict=True)))


def _parse(X, first):
    return (parse_tree(tree, first, f"tree {i}") for i, tree in enumerate(_as_list(X)))


def _check_not_empty(trees):
    if not len(trees):
        raise ValueError("X holds no trees: 0 sample(s) came, while a minimum of 1 is required.")
    return trees


def _as_list(X):
    """Give the trees as a list, or say what X is instead."""
    check_readable(X)
    if isinstance(X, str | bytes | bytearray):
        raise ValueError(f"X is one text ({X[:30]!r}), {_EXPECTED}: put it into a list, [X].")
    if isinstance(X, dict):
        raise TypeError(f"X is a dict, {_EXPECTED}: list(X.values()).")
    if not isinstance(X, type) and (is_frame(X) or hasattr(X, "__dataframe__")):
        raise ValueError(
            f"X is a table with the columns {list(getattr(X, 'columns', ()))!r:.200}, {_EXPECTED}: "
            "give the column that holds them, X[name]."
        )
    is_collection = hasattr(X, "__len__") and hasattr(X, "__getitem__") and not callable(X)
    if not is_collection or hasattr(X, "detach") or getattr(X, "ndim", 1) == 0:
        way_out = "; list(X) makes one" if hasattr(X, "__iter__") else ""
        raise TypeError(f"X is {describe(X)}, {_EXPECTED}{way_out}.")
    if getattr(X, "ndim", 1) > 1 and getattr(X.dtype, "kind", "O") not in "OUT":
        raise ValueError(
            f"X is an array of numbers of the shape {tuple(X.shape)}, {_EXPECTED}; sequences of "
            "numbers go to RNNClassifier."
        )
    if getattr(X, "ndim", 1) == 2 and X.shape[1] == 1:
        raise ValueError(
            f"X is an array of the shape {tuple(X.shape)}, whose rows hold one element each, "
            f"{_EXPECTED}: give the column, X[:, 0]."
        )
    return X.tolist() if isinstance(X, np.ndarray) and X.ndim == 1 else list(X)
