"""The flat container of labelled trees."""

from collections.abc import Iterable
from numbers import Integral

import numpy as np
import pandas as pd

from sklearn_rnn.data._arrays import describe
from sklearn_rnn.data._ragged import gather_positions
from sklearn_rnn.data._tree_order import level_order
from sklearn_rnn.data._tree_parsing import FIRST, parse_tree

__all__ = ["Trees"]


class Trees:
    """Trees whose nodes have tokens, and perhaps labels, stored flat.

    Parameters
    ----------
    parents : array-like of shape (nodes,), int
        The parent of each node, as its place in its own tree, from 0; -1 for the root. Children
        have the order of their places.
    offsets : array-like of shape (n + 1,), int
        Tree ``i`` has the nodes ``offsets[i]`` to ``offsets[i + 1] - 1``.
    tokens : array-like of shape (nodes,), object
        The token of each node, a str; None where an inner node has none.
    labels : array-like of shape (nodes,), object, or None, default=None
        The label of each node, None where it has none.

    Attributes
    ----------
    lengths : ndarray of shape (n,), int64
        The number of nodes of each tree.
    depths : ndarray of shape (n,), int64
        How many steps the deepest leaf of each tree is from the root; 0 for a single node.

    See Also
    --------
    sklearn_rnn.TreeRNNClassifier : Learns from trees.

    Notes
    -----
    ``from_brackets`` and ``from_nested`` number the nodes as they are written: each node before its
    children, and these from left to right. ``from_heads`` keeps the order of the words.

    Indexing by an integer gives one tree as nested tuples; indexing by a slice, a mask or an array
    of integers gives ``Trees``, so that scikit-learn's splitters can cut them.

    Examples
    --------
    >>> from sklearn_rnn.data import Trees
    >>> trees = Trees.from_brackets(["(max 2 (min 4 7))", "(min 1 0)"])
    >>> trees
    Trees: 2 trees of 3 to 5 nodes
    >>> trees.tokens[:5].tolist()
    ['max', '2', 'min', '4', '7']
    >>> trees.parents[:5].tolist()
    [-1, 0, 0, 2, 2]
    >>> trees[0]
    ('max', '2', ('min', '4', '7'))
    """

    def __init__(self, *, parents, offsets, tokens, labels=None):
        self.parents = _whole_numbers("parents", parents)
        self.offsets = _whole_numbers("offsets", offsets)
        self.tokens = _objects(tokens)
        self.labels = None if labels is None else _objects(labels)
        self._check()

    def _check(self):
        n_nodes, offsets = len(self.parents), self.offsets
        if not len(offsets) or offsets[0] != 0 or offsets[-1] != n_nodes:
            raise ValueError(
                f"offsets must begin with 0 and end with the number of nodes, {n_nodes}, but are "
                f"{offsets.tolist()!r:.60}."
            )
        for name in ("tokens", "labels"):
            column = getattr(self, name)
            if column is not None and len(column) != n_nodes:
                raise ValueError(
                    f"{name} has {len(column)} entries, but there are {n_nodes} nodes; give one "
                    "for each."
                )
        if (np.diff(offsets) < 1).any():
            i = int(np.argmax(np.diff(offsets) < 1))
            raise ValueError(f"tree {i} has {np.diff(offsets)[i]} nodes, but needs at least one.")
        self._check_parents()
        self._check_tokens()

    def _check_parents(self):
        lengths, parents = self.lengths, self.parents
        beyond = (parents < -1) | (parents >= np.repeat(lengths, lengths))
        if beyond.any():
            raise ValueError(
                f"{self._locate(np.argmax(beyond))} has the parent {parents[np.argmax(beyond)]}, "
                "but parents are places in the same tree, from 0, and -1 for the root."
            )
        roots = np.add.reduceat((parents < 0).astype(np.int64), self.offsets[:-1])[: len(lengths)]
        if len(lengths) and (roots != 1).any():
            i = int(np.argmax(roots != 1))
            raise ValueError(f"tree {i} has {roots[i]} roots, but needs exactly one.")
        order = level_order(self.flat_parents()) if len(lengths) else None
        if order is not None and len(order.order) < len(parents):
            raise ValueError(
                f"{self._locate(np.argmax(order.depth < 0))} hangs on no root: its parents go "
                "round in a circle."
            )

    def _check_tokens(self):
        is_leaf = self.is_leaf
        for i, token in enumerate(self.tokens):
            if token is None and is_leaf[i]:
                raise ValueError(f"{self._locate(i)} is a leaf without a token.")
            if token is not None and (not isinstance(token, str) or not token.strip()):
                raise ValueError(
                    f"{self._locate(i)} has the token {describe(token)}, but a token is a str "
                    "that is not blank."
                )

    @classmethod
    def from_brackets(cls, texts: Iterable[str], *, first: str = "token") -> "Trees":
        """Read bracketed texts.

        Parameters
        ----------
        texts : iterable of str
            Tokens are parted by white space and brackets, ``(max 2 (min 4 7))``; a tree of one leaf
            may be a token alone. A text that begins with ``[`` has square brackets.
        first : {"token", "label", "child"}, default="token"
            What the first element of a bracket is: the token of the inner node; its label, as in
            treebanks, ``(3 (2 It) (4 works))``, where a label with one word is a single node;
            or its first child, ``((the cat) (sat down))``.

        Returns
        -------
        Trees

        Raises
        ------
        ValueError or TypeError
            If a text is no tree; the message names tree and position.
        """
        return cls.from_nested(texts, first=first)

    @classmethod
    def from_nested(cls, trees: Iterable, *, first: str = "token") -> "Trees":
        """Read tuples and lists within each other, ``nltk.Tree`` objects, or bracketed texts.

        Parameters
        ----------
        trees : iterable of tuple, list, nltk.Tree or str
            ``("max", 2, ("min", 4, 7))``. Numbers are read as the tokens that they are written as;
            2.0 is read as 2, whole numbers of any type being one token. Texts are left as they are:
            "2.0" is another token than "2".
        first : {"token", "label", "child"}, default="token"
            As in ``from_brackets``; it also says what the ``label()`` of an ``nltk.Tree`` is.

        Returns
        -------
        Trees

        Raises
        ------
        ValueError or TypeError
            If an element is no tree; the message names tree and place.
        """
        if first not in FIRST:
            raise ValueError(f"first must be one of {FIRST}, but is {first!r:.40}.")
        if isinstance(trees, str | bytes):
            raise ValueError(
                f"trees is one text ({trees[:30]!r}), but a list of trees is expected: put it into "
                "a list, [tree]."
            )
        return cls.join(parse_tree(tree, first, f"tree {i}") for i, tree in enumerate(trees))

    @classmethod
    def join(cls, parsed: Iterable) -> "Trees":
        """Lay parsed trees end to end.

        The other ways to build trees end in this one.

        Parameters
        ----------
        parsed : iterable of ParsedTree
            Each with the parents, tokens and labels of its nodes.

        Returns
        -------
        Trees
            One for each of them, in their order.
        """
        parents, tokens, labels, offsets = [], [], [], [0]
        for tree in parsed:
            parents += tree.parents
            tokens += tree.tokens
            labels += tree.labels
            offsets.append(len(parents))
        has_labels = any(label is not None for label in labels)
        return cls(
            parents=np.array(parents, dtype=np.int64),
            offsets=offsets,
            tokens=tokens,
            labels=labels if has_labels else None,
        )

    @classmethod
    def from_heads(cls, tokens, heads, *, labels=None) -> "Trees":
        """Read dependency trees, as treebanks in CoNLL-U have them.

        Parameters
        ----------
        tokens : list of n lists of str
            The words of each sentence.
        heads : list of n lists of int
            For each word the number of its head, from 1; 0 for the root, of which there is one.
        labels : list of n lists, or None, default=None
            The labels of the words.

        Returns
        -------
        Trees
            The nodes are the words in their order.

        Raises
        ------
        ValueError or TypeError
            If the heads make no tree; the message says of which sentence.

        Examples
        --------
        >>> from sklearn_rnn.data import Trees
        >>> Trees.from_heads([["the", "cat", "sat"]], [[2, 3, 0]])[0]
        ('sat', ('cat', 'the'))
        """
        columns = {"tokens": tokens, "heads": heads}
        if labels is not None:
            columns["labels"] = labels
        columns = {name: list(rows) for name, rows in columns.items()}
        for name, rows in columns.items():
            _check_rows(name, rows, columns["tokens"])
        _check_heads(columns["heads"])
        flat = {name: [one for row in rows for one in row] for name, rows in columns.items()}
        return cls(
            parents=_whole_numbers("heads", flat["heads"]) - 1,
            offsets=np.cumsum([0, *map(len, columns["tokens"])]),
            tokens=flat["tokens"],
            labels=flat.get("labels"),
        )

    @property
    def lengths(self) -> np.ndarray:
        """The number of nodes of each tree."""
        return np.diff(self.offsets)

    @property
    def depths(self) -> np.ndarray:
        """How far the deepest leaf of each tree is from its root."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        return np.maximum.reduceat(level_order(self.flat_parents()).depth, self.offsets[:-1])

    @property
    def is_leaf(self) -> np.ndarray:
        """Whether each node has no children."""
        is_leaf, flat = np.ones(len(self.parents), dtype=bool), self.flat_parents()
        is_leaf[flat[flat >= 0]] = False
        return is_leaf

    @property
    def has_token(self) -> np.ndarray:
        """Whether each node has a token."""
        return np.array([token is not None for token in self.tokens], dtype=bool)

    @property
    def shape(self) -> tuple[int]:
        """The number of trees, as scikit-learn looks for it."""
        return (len(self),)

    def flat_parents(self) -> np.ndarray:
        """Give the parent of each node as its place among the nodes of all trees.

        Returns
        -------
        ndarray of shape (nodes,), int64
            The place; -1 for roots.
        """
        begins = np.repeat(self.offsets[:-1], self.lengths)
        return np.where(self.parents < 0, -1, self.parents + begins)

    def to_list(self) -> list[tuple]:
        """Give each tree as nested tuples.

        A node is ``(token, *children)``, a leaf its token, a node without a token
        ``(*children,)``. Where there are labels they come first, ``(label, token)`` or
        ``(label, *children)``, and tokens of inner nodes are left out.

        Returns
        -------
        list of tuple or str
            One element a tree; a tree of one leaf without a label is its token.
        """
        return [self[i] for i in range(len(self))]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, key):
        # scikit-learn cuts whatever has a shape by (key, Ellipsis).
        if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:
            return self[key[0]]
        if isinstance(key, Integral):
            if not -len(self) <= key < len(self):
                raise IndexError(f"there is no tree {key}: there are {len(self)}, from 0 on.")
            return self._nest(range(len(self))[key])
        return self._take(self._rows(key))

    def _rows(self, key):
        """Give the places that a slice, a mask or integers mean."""
        given = key if isinstance(key, slice | list | tuple) else np.asarray(key)
        why = ""
        try:
            rows = None if isinstance(key, tuple) else np.arange(len(self))[given]
        except IndexError as error:
            rows, why = None, f" ({error})"
        if rows is None or rows.ndim != 1:
            raise IndexError(
                f"{len(self)} Trees are indexed by one integer, slice, mask or array of integers, "
                f"not by {key!r:.60}{why}."
            )
        return rows

    def _take(self, rows):
        lengths = self.lengths[rows]
        nodes = gather_positions(self.offsets[:-1][rows], lengths)
        taken = Trees.__new__(Trees)  # parts of what was checked
        taken.parents, taken.tokens = self.parents[nodes], self.tokens[nodes]
        taken.offsets = np.concatenate([[0], np.cumsum(lengths)])
        taken.labels = None if self.labels is None else self.labels[nodes]
        return taken

    def _nest(self, i):
        """Give a tree as nested tuples, from the leaves to the root."""
        part = slice(self.offsets[i], self.offsets[i + 1])
        parents, tokens = self.parents[part], self.tokens[part]
        labels = None if self.labels is None else self.labels[part]
        children = [[] for _ in parents]
        order, nested = level_order(parents).order.tolist(), None
        for node in reversed(order):  # children before parents, the last child first
            below = children[node][::-1]
            children[node] = None
            if labels is not None:
                label = labels[node]
                below = below or [tokens[node]]
                nested = below[0] if label is None and len(below) == 1 else tuple(below)
                nested = nested if label is None else (label, *below)
            elif tokens[node] is None:
                nested = tuple(below)
            else:
                nested = (tokens[node], *below) if below else tokens[node]
            if parents[node] >= 0:
                children[parents[node]].append(nested)
        return nested

    def _locate(self, node):
        i = int(np.searchsorted(self.offsets, node, side="right")) - 1
        return f"tree {i}, node {int(node - self.offsets[i])}"

    def __repr__(self) -> str:
        text = f"Trees: {len(self)} tree{'' if len(self) == 1 else 's'}"
        if not len(self):
            return text
        shortest, longest = self.lengths.min(), self.lengths.max()
        sizes = f"{shortest}" if shortest == longest else f"{shortest} to {longest}"
        return f"{text} of {sizes} node{'' if longest == 1 else 's'}"


def _whole_numbers(name, values):
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise TypeError(
            f"{name} must be whole numbers in one dimension, but has the shape {array.shape} and "
            f"the dtype {array.dtype}."
        )
    return array.astype(np.int64)


def _objects(values):
    return np.fromiter((None if value is pd.NA else value for value in values), dtype=object)


def _check_rows(name, rows, expected):
    """Refuse rows of which there are not as many, or not as long, as sentences."""
    if len(rows) != len(expected):
        raise ValueError(f"{name} has {len(rows)} rows, but there are {len(expected)} sentences.")
    for i, (row, words) in enumerate(zip(rows, expected, strict=True)):
        if isinstance(row, str) or not hasattr(row, "__len__"):
            raise TypeError(f"{name} of sentence {i} is {describe(row)}, but a list is expected.")
        if len(row) != len(words):
            raise ValueError(
                f"{name} of sentence {i} has {len(row)} entries, but there are {len(words)} words."
            )


def _check_heads(rows):
    """Refuse heads that are no words of their sentence; words have the numbers from 1."""
    for i, heads in enumerate(rows):
        for number, head in enumerate(heads, start=1):
            if isinstance(head, Integral) and not 0 <= head <= len(heads):
                raise ValueError(
                    f"word {number} of sentence {i} has the head {head}, but heads are the numbers "
                    f"of words of the same sentence, 1 to {len(heads)}, or 0 for the root."
                )
