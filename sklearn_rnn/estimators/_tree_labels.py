"""The labels of trees: one for each root, or one for each node."""

from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from sklearn_rnn.data import Sequences, Trees, show
from sklearn_rnn.estimators._label_encoding import class_indices
from sklearn_rnn.estimators._step_labels import weigh_labels
from sklearn_rnn.estimators._targets import check_classes, check_labels, plain_target
from sklearn_rnn.modules import UNLABELLED, TreeTargets

__all__ = ["FoundLabels", "TreeLabels", "labelled_trees", "read_tree_labels"]


class FoundLabels(NamedTuple):
    """Labels ``(n,)`` of roots or ``(nodes,)`` of nodes, and which nodes have one (None: roots)."""

    labels: np.ndarray
    counts: np.ndarray | None
    lengths: np.ndarray

    @property
    def at_nodes(self) -> bool:
        """Whether nodes are labelled."""
        return self.counts is not None


def read_tree_labels(y, trees: Trees, *, warn: bool = True) -> FoundLabels:
    """Find out whether roots or nodes are labelled, and check the labels.

    Parameters
    ----------
    y : array-like of shape (n,), list of n lists, or None
        None means the labels in the trees.
    trees : Trees
    warn : bool, default=True
        Whether a column of labels, (n, 1), is worth a warning.

    Raises
    ------
    ValueError
        If there are not as many labels as trees, or as nodes, or one is no label; the message names
        the tree and the node.
    """
    if y is None:
        if trees.labels is None:
            raise ValueError(
                "y is None, so that labels are those in the trees, but no node has one; give y, "
                'or write labels first, "(3 (2 It) (4 works))", and set first="label".'
            )
        return _of_nodes(trees.labels, trees.lengths)
    y = plain_target(y)
    is_one = not hasattr(y, "__len__") or getattr(y, "ndim", 1) == 0
    if is_one or issparse(y) or isinstance(y, str | bytes | dict | set | frozenset | type):
        raise ValueError(
            f"y must be a list with one label for each tree, or one list of labels, but is "
            f"{show(y)}."
        )
    if len(y) != len(trees):
        raise ValueError(
            f"X has {len(trees)} tree(s), but y has {len(y)} label(s): the numbers of samples are "
            "inconsistent; give each tree one label, or one list of labels."
        )
    rows = _rows_of_nodes(y)
    if rows is None:
        return FoundLabels(check_labels(y, warn=warn), None, trees.lengths)
    return _of_nodes(_flatten(rows, trees.lengths), trees.lengths)


def _rows_of_nodes(y):
    """Give the lists of labels, or None if each tree has one label."""
    ndim = getattr(y, "ndim", 1)
    if ndim > 1:
        return None if y.shape[1] == 1 and ndim == 2 else list(np.asarray(y))
    rows = list(y)
    return rows if any(_is_row(row) for row in rows) else None


def _is_row(row):
    is_sized = hasattr(row, "__len__") and getattr(row, "ndim", 1) > 0
    return is_sized and not isinstance(row, str | bytes | dict)


def _flatten(rows, lengths):
    """Lay the labels of the nodes of all trees end to end."""
    for i, (row, length) in enumerate(zip(rows, lengths.tolist(), strict=True)):
        if not _is_row(row):
            raise ValueError(
                f"y of tree {i} is {show(row)} of type {type(row).__name__}, but others are lists "
                "of labels; give each tree a list, with one label a node."
            )
        if len(row) != length:
            raise ValueError(
                f"tree {i} has {length} node(s), but y has {len(row)} label(s) for it; give one "
                "for each node, each node before its children, and None for a node without one."
            )
    return np.fromiter(chain.from_iterable(rows), dtype=object)


def _of_nodes(labels, lengths):
    """Tell which nodes have a label, and check that these are of one type."""
    counts, first = np.ones(len(labels), dtype=bool), None
    for place, label in enumerate(labels):
        if label is None or label is pd.NA or (isinstance(label, float) and label != label):
            counts[place] = False
            continue
        kind = _kind(label)
        if kind is None:
            raise ValueError(
                f"{_locate(place, lengths)} has the label {show(label)} of type "
                f"{type(label).__name__}, but labels are str, int or bool, or None for none."
            )
        first = (kind, label) if first is None else first
        if kind != first[0]:
            raise ValueError(
                f"{_locate(place, lengths)} has the label {show(label)} of type {kind}, but the "
                f"first label, {show(first[1])}, is of type {first[0]}; all labels need one type."
            )
    if first is None:
        raise ValueError("no node of any tree has a label; give at least one.")
    return FoundLabels(labels, counts, lengths)


def _kind(label):
    for name, kind in (("str", str), ("bool", bool | np.bool_), ("int", int | np.integer)):
        if isinstance(label, kind):
            return name
    return None


def _locate(place, lengths):
    ends = np.cumsum(lengths)
    i = int(np.searchsorted(ends, place, side="right"))
    return f"tree {i}, node {int(place - (ends[i] - lengths[i]))},"


def _check_any(counts):
    if not counts.any():
        raise ValueError("no node of a tree with a weight has a label; give at least one.")


def labelled_trees(target: Sequences) -> np.ndarray:
    """Tell which trees ``(n,)`` have a node with a label, by the class indices of all nodes."""
    return np.logical_or.reduceat(target.values != UNLABELLED, target.offsets[:-1])


class TreeLabels:
    """What ``fit`` saw as labels.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    at_nodes : bool
        Whether nodes are labelled, else roots.
    weight : tuple of float, or None
        The weight of each class at nodes, of a mean of 1; None for all alike.
    mean_length : float
        How many labels a tree has on average, 1 for roots.
    """

    def __init__(self, classes, at_nodes, weight=None, mean_length=1.0):
        self.classes, self.at_nodes = classes, at_nodes
        self.weight, self.mean_length = weight, mean_length

    @classmethod
    def learn(cls, found: FoundLabels, *, classes, class_weight, kept) -> "TreeLabels":
        """Learn from the labels of all trees.

        Parameters
        ----------
        found : FoundLabels
        classes : array-like of shape (n_classes,) or None
            The labels that ``partial_fit`` is told of; None means those that there are.
        class_weight : dict, "balanced" or None
            Here only what it means at nodes.
        kept : ndarray of int or None
            The trees of a weight above zero (None: all).
        """
        if not found.at_nodes:
            return cls(
                np.unique(found.labels) if classes is None else check_classes(classes), False
            )
        kept_trees = np.ones(len(found.lengths), dtype=bool)
        if kept is not None:
            kept_trees = np.isin(np.arange(len(kept_trees)), kept)
        counts = found.counts & np.repeat(kept_trees, found.lengths)
        _check_any(counts)
        seen = np.array(found.labels[counts].tolist())
        labels = cls(np.unique(seen) if classes is None else check_classes(classes), True)
        labels.mean_length = float(counts.sum() / kept_trees.sum())
        labels.weight = weigh_labels(
            class_weight, labels.classes, class_indices(seen, labels.classes, in_parts=True)
        )
        return labels

    def check_type(self, found: FoundLabels) -> None:
        """Refuse texts where the classes are none, and the other way round: none could be right."""
        place = 0 if found.counts is None else int(np.argmax(found.counts))
        label, classes = found.labels[place : place + 1].tolist()[0], self.classes.tolist()
        if isinstance(label, str) != isinstance(classes[0], str):
            where = _locate(place, found.lengths) if found.at_nodes else "tree 0"
            raise ValueError(
                f"{where} has the label {show(label)} of type {type(label).__name__}, but the "
                f"classes of fit, {classes!r:.80}, are of type {type(classes[0]).__name__}; give "
                "labels of that type (in a text all are str)."
            )

    def encode(self, found: FoundLabels, classes=None, kept=None) -> np.ndarray | Sequences:
        """Give the class index of each root, or of each node, ``UNLABELLED`` where it has none.

        Raises
        ------
        ValueError
            If labels are of another kind than those of fit, or not among its classes.
        """
        if classes is not None and not np.array_equal(check_classes(classes), self.classes):
            raise ValueError(
                f"classes={check_classes(classes)} differ from those of the first call, "
                f"{self.classes}."
            )
        if found.at_nodes != self.at_nodes:
            kinds = {True: "a label for each node", False: "one label for each tree"}
            raise ValueError(
                f"y holds {kinds[found.at_nodes]}, but fit saw {kinds[self.at_nodes]}; give y of "
                "that kind, or fit anew with warm_start=False."
            )
        if not self.at_nodes:
            return class_indices(found.labels, self.classes, in_parts=True)
        counts = found.counts
        if kept is not None:
            counts = counts & np.repeat(np.isin(np.arange(len(found.lengths)), kept), found.lengths)
            _check_any(counts)
        target = np.full(len(counts), UNLABELLED, dtype=np.int64)
        target[counts] = self._number(found.labels[counts], np.flatnonzero(counts), found.lengths)
        offsets = np.concatenate([[0], np.cumsum(found.lengths)])
        return Sequences(values=target, offsets=offsets)

    def plan(self) -> TreeTargets:
        """Give what a network has to know."""
        return TreeTargets(len(self.classes), self.at_nodes, self.weight, self.mean_length)

    def _number(self, labels, places, lengths):
        """Give the class index of each label; the error says of which tree and node it is."""
        numbers = {label: i for i, label in enumerate(self.classes.tolist())}
        kind = _kind(self.classes[0])
        for place, label in zip(places, labels, strict=True):
            if _kind(label) != kind or label not in numbers:
                raise ValueError(
                    f"{_locate(place, lengths)} has the label {show(label)}, which is not among "
                    f"the classes {self.classes.tolist()!r:.200}; all of them must be in y of fit, "
                    "or in classes of the first call of partial_fit."
                )
        return np.array([numbers[label] for label in labels], dtype=np.int64)
