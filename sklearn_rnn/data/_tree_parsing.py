"""From brackets, or lists within lists, to the nodes of a tree; nothing here recurs."""

import contextlib
import re
from collections.abc import Iterator
from itertools import chain
from numbers import Number
from typing import Any, NamedTuple

import numpy as np

from sklearn_rnn.data._arrays import describe

__all__ = ["FIRST", "ParsedTree", "TreeForm", "parse_tree"]

FIRST = ("token", "label", "child")

_OPEN, _ATOM, _CLOSE = range(3)
_CLOSING = {"(": ")", "[": "]"}
_PIECES = {"(": re.compile(r"[()]|[^\s()]+"), "[": re.compile(r"[\[\]]|[^\s\[\]]+")}
_LONGEST_PATH = 8


class TreeForm(NamedTuple):
    """What brackets look like, where the first element is no child; counts of brackets.

    ``n_odd`` of the ``n_brackets`` are not as in a treebank, where a label is followed by one word,
    or by brackets only, and the outermost bracket may hold nothing but another one. ``n_branching``
    hold several brackets.
    """

    n_brackets: int
    n_odd: int
    n_branching: int


class ParsedTree(NamedTuple):
    """The nodes of one tree, each before its children: parents (-1: the root), tokens, labels.

    A token or a label that is not there is None.
    """

    parents: list[int]
    tokens: list
    labels: list
    form: TreeForm


class _Open:
    """A bracket that is not closed yet: its node, where it began, and what it holds so far."""

    __slots__ = ("begins_with_atom", "has_label", "n_brackets", "n_elements", "node", "place")

    def __init__(self, node, place):
        self.node, self.place = node, place
        self.n_elements = self.n_brackets = 0
        self.has_label = self.begins_with_atom = False

    @property
    def is_odd(self):
        """Whether the bracket is none of a treebank."""
        if not self.begins_with_atom:
            return self.node > 0 or self.n_elements != 1
        return not (self.n_elements == 2 or self.n_elements == self.n_brackets + 1 > 1)


def parse_tree(tree: Any, first: str, name: str) -> ParsedTree:
    """Read one tree: a bracketed text, or lists, tuples and ``nltk.Tree`` within each other.

    Parameters
    ----------
    tree : str, list, tuple, array of objects or nltk.Tree
    first : {"token", "label", "child"}
        What the first element of a bracket is.
    name : str
        What messages call the tree.

    Raises
    ------
    ValueError
        If it is no tree; the message says where.
    """
    events = _of_text(tree, name) if isinstance(tree, str) else _of_lists(tree, first, name)
    return _build(events, first, name)


def _build(events, first, name):
    """Make nodes of brackets and what stands between them."""
    parents, tokens, labels, stack = [], [], [], []
    n_brackets = n_odd = n_branching = 0

    def add_node(token):
        parents.append(stack[-1].node if stack else -1)
        tokens.append(token)
        labels.append(None)
        if stack:
            stack[-1].n_elements += 1
        return len(parents) - 1

    for kind, value, place in events:
        if kind == _OPEN:
            if stack:
                stack[-1].n_brackets += 1
            stack.append(_Open(add_node(None), place))
        elif kind == _CLOSE:
            bracket = stack.pop()
            _close(bracket, parents, tokens, labels, name)
            n_brackets += 1
            n_odd += bracket.is_odd
            n_branching += bracket.n_brackets > 1
        elif stack and not stack[-1].n_elements and first != "child":
            top = stack[-1]
            top.n_elements, top.has_label = 1, first == "label"
            top.begins_with_atom = True
            if top.has_label:
                _check_no_brackets(value, place, name)
                labels[top.node] = value
            else:
                tokens[top.node] = _as_token(value, place, name)
        else:
            add_node(_as_token(value, place, name))
    return ParsedTree(parents, tokens, labels, TreeForm(n_brackets, n_odd, n_branching))


def _close(bracket, parents, tokens, labels, name):
    """Check what a bracket holds; a label and one word are a single node."""
    if not bracket.n_elements:
        raise ValueError(
            f"{name}: the bracket at {bracket.place()} is empty, but a leaf needs a token."
        )
    if not bracket.has_label:
        return
    if bracket.n_elements == 1:
        raise ValueError(
            f"{name}: the bracket at {bracket.place()} holds only the label "
            f"{labels[bracket.node]!r:.40}, but neither a word nor further brackets; if the first "
            'element is a token and no label, set first="token".'
        )
    holds_one = len(parents) == bracket.node + 2  # one node, without children
    if holds_one and labels[-1] is None and tokens[-1] is not None:
        parents.pop()
        labels.pop()
        tokens[bracket.node] = tokens.pop()


def _as_token(value, place, name):
    if isinstance(value, str):
        if value.strip():
            _check_no_brackets(value, place, name)
            return str(value)
        raise ValueError(
            f"{name}: the token at {place()} is empty, {value!r:.40}; a leaf needs one that is not "
            "blank."
        )
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))  # pandas makes 1.0 of 1 where a column has gaps
    if isinstance(value, Number | np.bool_) and value == value:
        with contextlib.suppress(ValueError):  # a whole number of more than 4300 digits
            return str(value)
    raise ValueError(
        f"{name}: the element at {place()} is {describe(value)}, but elements are tokens (str or "
        "numbers), or lists and tuples of elements."
    )


def _check_no_brackets(value, place, name):
    """Refuse a whole tree as an element: brackets and white space are no part of a token."""
    if isinstance(value, str) and value.lstrip()[:1] in _CLOSING and len(value.split()) > 1:
        raise ValueError(
            f"{name}: the element at {place()} is {value!r:.40}, a text with brackets, but "
            "elements are tokens; give each tree as one text, in a flat list ([row[0] for row in "
            "X] for rows of one text), or write its brackets as tuples too."
        )


# --- brackets in a text -------------------------------------------------------------------------


def _of_text(text: str, name: str) -> Iterator[tuple]:
    """Yield what a text holds; the bracket that it begins with says which brackets count."""
    start = len(text) - len(text.lstrip())
    if start == len(text):
        raise ValueError(f"{name} is empty, {text!r:.40}; a tree has at least one token.")
    opening = text[start] if text[start] in _PIECES else "("
    pieces = [(match.group(), match.start()) for match in _PIECES[opening].finditer(text)]
    _check_balance(pieces, opening, text, name)
    depth = 0
    for piece, position in pieces:
        if not depth and position != start:
            _refuse_more(piece, position, opening, text, name)
        if piece == opening:
            depth += 1
            yield _OPEN, None, _at(position)
        elif piece == _CLOSING[opening]:
            depth -= 1
            yield _CLOSE, None, _at(position)
        else:
            yield _ATOM, piece, _at(position)


def _check_balance(pieces, opening, text, name):
    """Name a bracket that closes none, or is never closed, before whatever else is wrong."""
    opened = []
    for piece, position in pieces:
        if piece == opening:
            opened.append(position)
        elif piece == _CLOSING[opening]:
            if not opened:
                raise ValueError(
                    f"{name} has unbalanced brackets: {piece!r} at position {position} closes "
                    f"none that is open: {_around(text, position)}."
                )
            opened.pop()
    if opened:
        raise ValueError(
            f"{name} has unbalanced brackets: {len(opened)} of them, the last one at position "
            f"{opened[-1]}, are never closed: {_around(text, opened[-1])}."
        )


def _refuse_more(piece, position, opening, text, name):
    if piece == opening:
        raise ValueError(f"{name} ends before position {position}, but there is more behind it.")
    raise ValueError(
        f"{name}: {piece!r:.40} at position {position} stands outside of the brackets, but a tree "
        f"is one token, or one pair of brackets around all: {_around(text, position)}."
    )


def _at(position):
    return lambda: f"position {position}"


def _around(text, position):
    return repr(text[max(0, position - 12) : position + 12])


# --- lists within lists -------------------------------------------------------------------------


def _of_lists(tree, first: str, name: str) -> Iterator[tuple]:
    """Yield what nested lists hold, in the order in which they would be written."""
    if not _is_inner(tree):
        raise ValueError(
            f"{name} is {describe(tree)}, but a tree is a bracketed text, or a tuple or list of "
            "tokens and further tuples; write a tree of one leaf as a text."
        )
    path, stack, within = [], [], set()

    def enter(inner):
        if id(inner) in within:
            raise ValueError(f"{name}: the element at {place()} holds itself.")
        within.add(id(inner))
        stack.append((_elements(inner, first), inner))
        path.append(-1)

    def place(path=path):
        return _path(path)

    yield _OPEN, None, lambda: "its root"
    enter(tree)
    while stack:
        path[-1] += 1
        element = next(stack[-1][0], stack)
        if element is stack:  # there is no further one
            within.discard(id(stack.pop()[1]))
            path.pop()
            yield _CLOSE, None, place
        elif _is_inner(element):
            yield _OPEN, None, _fixed(path)
            enter(element)
        else:
            yield _ATOM, element, place


def _is_inner(element):
    if isinstance(element, np.ndarray):
        return element.ndim > 0 and element.dtype.kind in "OUT"
    return isinstance(element, list | tuple) or _is_labelled(element)


def _is_labelled(element):
    """Tell whether an element is like ``nltk.Tree``: an iterable with a method ``label``."""
    has_label = callable(getattr(element, "label", None)) and hasattr(element, "__iter__")
    return has_label and not isinstance(element, type)


def _elements(inner, first):
    if not _is_labelled(inner) or first == "child":
        return iter(inner)
    return chain([inner.label()], inner)


def _fixed(path):
    """Give what names a place later on: a copy, but only of the end of a long path."""
    tail, n = tuple(path[-_LONGEST_PATH:]), len(path)
    return lambda: _path(tail, n)


def _path(path, n=None):
    n = len(path) if n is None else n
    if not n:
        return "its root"
    shown = "".join(f"[{i}]" for i in path[-_LONGEST_PATH:])
    return f"{'...' if n > _LONGEST_PATH else ''}{shown}"
