"""Trees: read from brackets and lists, cut by rows, and refused where they are none."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.utils import _safe_indexing

from sklearn_rnn.data import Trees, level_order, read_trees
from tests.forests import random_parents, random_trees


class LabelledTree(list):
    """What ``nltk.Tree`` is: a list of children with a method ``label``."""

    def __init__(self, label, children):
        super().__init__(children)
        self._label = label

    def label(self):
        return self._label


# --- a recursive reader, written from the rules alone -------------------------------------------


def nodes_of(tree, first, parent=-1, found=None):
    """The nodes of nested tuples, as lists [parent, token, label]."""
    found = [] if found is None else found
    me = len(found)
    if not isinstance(tree, tuple):
        found.append([parent, str(tree), None])
        return found
    found.append([parent, None, None])
    rest = list(tree)
    if first != "child" and not isinstance(rest[0], tuple):
        head = rest.pop(0)
        found[me][1 if first == "token" else 2] = str(head) if first == "token" else head
    if first == "label" and len(rest) == 1 and not isinstance(rest[0], tuple) and len(tree) == 2:
        found[me][1] = str(rest[0])
        return found
    for child in rest:
        nodes_of(child, first, me, found)
    return found


def random_nested(rng, depth):
    """Nested tuples of short texts, each with at least two elements."""
    if depth == 0 or rng.random() < 0.3:
        return str(rng.choice(["a", "b", "see", "$"]))
    n = int(rng.integers(2, 5))
    inner = [random_nested(rng, depth - 1) for _ in range(n)]
    return tuple(inner)


def written(tree):
    return f"({' '.join(map(written, tree))})" if isinstance(tree, tuple) else tree


def as_rows(trees):
    labels = [None] * len(trees.tokens) if trees.labels is None else trees.labels
    return [list(row) for row in zip(trees.parents, trees.tokens, labels, strict=True)]


@pytest.mark.parametrize("first", ["token", "label", "child"])
def test_brackets_and_tuples_are_read_as_a_recursion_reads_them(first, rng):
    nested = [("x", random_nested(rng, 4), random_nested(rng, 3)) for _ in range(60)]
    expected = [nodes_of(tree, first) for tree in nested]
    of_tuples = Trees.from_nested(nested, first=first)
    of_texts = Trees.from_brackets(map(written, nested), first=first)
    of_lists = read_trees(np.array([*nested, None], dtype=object)[:-1], first)
    for trees in (of_tuples, of_texts, of_lists):
        assert trees.lengths.tolist() == [len(nodes) for nodes in expected]
        assert as_rows(trees) == [node for nodes in expected for node in nodes]


def test_spaces_and_square_brackets_do_not_matter():
    plain = Trees.from_brackets(["(max 2 (min 4 7))"])
    for text in ("( max\n2(min 4\t7) ) ", "[max 2 [min 4 7]]", " [ max 2[min 4 7 ] ]"):
        assert Trees.from_brackets([text])[0] == plain[0], text
    assert Trees.from_brackets(["[a (b]"])[0] == ("a", "(b")


def test_a_leaf_alone_is_a_tree():
    assert Trees.from_brackets(["7", " x "]).tokens.tolist() == ["7", "x"]
    assert Trees.from_nested([("7",)]).parents.tolist() == [-1]


def test_whole_numbers_of_any_type_are_one_token():
    whole = (2, 2.0, np.float32(2), np.int8(2), np.float64(2))
    tree = Trees.from_nested([("f", *whole, -0.0, 1e20, 2.5, np.float32(0.1), True, "2.0")])
    expected = ["2"] * 5 + ["0", str(10**20), "2.5", "0.1", "True", "2.0"]
    assert tree.tokens.tolist() == ["f", *expected]


def test_numbers_survive_a_table_with_gaps():
    table = pd.DataFrame({"left": [1, 4], "right": [2, None]})
    trees = Trees.from_nested([("max", *row.dropna()) for _, row in table.iterrows()])
    assert trees.to_list() == [("max", "1", "2"), ("max", "4")]


def test_the_same_part_may_come_twice():
    part = ["or", "0", "1"]
    trees = Trees.from_nested([("and", part, part, ("not", part))])
    assert trees[0] == ("and", *[tuple(part)] * 2, ("not", tuple(part)))


def test_treebanks_have_a_label_and_one_word_in_a_node():
    trees = Trees.from_brackets(["(3 (2 It) (4 (4 works) (2 .)))"], first="label")
    assert trees.labels.tolist() == ["3", "2", "4", "4", "2"]
    assert trees.tokens.tolist() == [None, "It", None, "works", "."]
    assert trees[0] == ("3", ("2", "It"), ("4", ("4", "works"), ("2", ".")))
    outer = Trees.from_brackets(["( (S (NP I) (VP see)) )"], first="label")
    assert outer.labels.tolist() == [None, "S", "NP", "VP"]


def test_trees_of_nltk_are_read():
    tree = LabelledTree("S", [LabelledTree("NP", ["I"]), LabelledTree("VP", ["see", "it"])])
    labels = Trees.from_nested([tree], first="label")
    assert labels.labels.tolist() == ["S", "NP", "VP", None, None]
    assert labels.tokens.tolist() == [None, "I", None, "see", "it"]
    assert Trees.from_nested([tree])[0] == ("S", ("NP", "I"), ("VP", "see", "it"))
    assert Trees.from_nested([tree], first="child")[0] == (("I",), ("see", "it"))


def test_heads_make_dependency_trees():
    trees = Trees.from_heads(
        [["the", "cat", "sat"], ["sit"]], [[2, 3, 0], [0]], labels=[["D", "N", "V"], ["V"]]
    )
    assert trees.parents.tolist() == [1, 2, -1, -1]
    assert trees.labels.tolist() == ["D", "N", "V", "V"]
    assert trees.depths.tolist() == [2, 0]


def test_levels_go_from_the_roots_down(rng):
    parents = random_parents(rng, 40)
    order, depth, n_children = level_order(parents)
    assert sorted(order) == list(range(40))
    for node in range(40):
        up, steps = node, 0
        while parents[up] >= 0:
            up, steps = parents[up], steps + 1
        assert depth[node] == steps
        assert n_children[node] == (parents == node).sum()
    keys = [(depth[node], order.tolist().index(parents[node]) if depth[node] else -1, node)
            for node in order]  # fmt: skip
    assert keys == sorted(keys)


# --- cutting ------------------------------------------------------------------------------------


def test_rows_are_cut_as_scikit_learn_cuts_them(rng):
    trees = random_trees(rng, [3, 1, 6, 2])
    nested = trees.to_list()
    for key in ([2, 0], np.array([True, False, False, True]), slice(1, None), slice(None, None, 2)):
        rows = np.arange(4)[key]
        assert trees[key].to_list() == [nested[i] for i in rows]
        assert _safe_indexing(trees, rows).to_list() == [nested[i] for i in rows]
    assert trees[-1] == nested[3]
    assert (len(trees), trees.shape, len(trees[[]])) == (4, (4,), 0)
    assert repr(trees) == "Trees: 4 trees of 1 to 6 nodes"


@pytest.mark.parametrize(
    "key, fact",
    [
        ((0, 1), r"3 Trees are indexed by .* not by \(0, 1\)\.$"),
        ([[0, 1]], r"not by \[\[0, 1\]\]\.$"),
        (1.5, r"array of integers, not by 1\.5 \("),
        ([0, 99], r"not by \[0, 99\] \(index 99 is out of bounds"),
        ([True, False], r"not by \[True, False\] \(boolean index did not match"),
        (99, "there is no tree 99: there are 3, from 0 on"),
        (-4, "there is no tree -4: there are 3"),
    ],
    ids=str,
)
def test_what_is_no_index_is_named(key, fact):
    with pytest.raises(IndexError, match=fact):
        Trees.from_brackets(["(a b)", "c", "(d e f)"])[key]


def test_nested_tuples_are_read_back(rng):
    texts = [written(("x", random_nested(rng, 4), "y")) for _ in range(20)]
    for first in ("token", "label", "child"):
        trees = Trees.from_brackets(texts, first=first)
        again = Trees.from_nested(trees.to_list(), first=first)
        assert as_rows(again) == as_rows(trees)
    assert as_rows(pickle.loads(pickle.dumps(trees))) == as_rows(trees)


@pytest.mark.parametrize("n", [5000])
def test_deep_trees_are_read_without_recursion(n):
    text = "(f a " * n + "x" + ")" * n
    nested = "x"
    for _ in range(n):
        nested = ("f", "a", nested)
    for tree in (text, nested):
        trees = Trees.from_nested([tree])
        assert (trees.depths[0], trees.lengths[0]) == (n, 2 * n + 1)
    inner = trees[0]
    for _ in range(n):
        operator, leaf, inner = inner
        assert (operator, leaf) == ("f", "a")
    assert inner == "x"


# --- what is no tree ----------------------------------------------------------------------------


def deep_list(inner, n=50):
    for _ in range(n):
        inner = ["f", inner]
    return inner


def endless():
    tree = ["f", "a"]
    tree.append(("g", tree))
    return tree


BAD = {
    "never closed": ("(a (b c)", ("unbalanced", "1 of them", "position 0", "never closed")),
    "closed too often": ("(a b) c)", ("unbalanced", "'\\)' at position 7", "closes none")),
    "closed, not opened": ("max 1 2)", ("unbalanced", "'\\)' at position 7", "closes none")),
    "opened behind the end": ("max 1 (2", ("unbalanced", "1 of them", "position 6", "never")),
    "a token behind": ("(a b) c", ("'c' at position 6", "outside of the brackets")),
    "closes nothing": (")", ("unbalanced", "'\\)' at position 0", "closes none that is open")),
    "two trees": ("(a b) (c d)", ("ends before position 6", "more behind it")),
    "two tokens": ("the cat", ("'cat' at position 4", "outside of the brackets")),
    "a token before": ("max(2 3)", ("ends before position 3",)),
    "other brackets": ("[a b)", ("unbalanced", "position 0", "never closed")),
    "an empty text": ("  ", ("is empty", "at least one token")),
    "an empty bracket": ("(a (b ()) c)", ("bracket at position 6 is empty", "a leaf needs")),
    "nothing": ((), ("the bracket at its root is empty",)),
    "an empty tuple": (("a", "b", ("c", ())), (r"bracket at \[2\]\[1\] is empty", "a leaf needs")),
    "an empty token": (("a", "b", ("c", "")), (r"token at \[2\]\[1\] is empty", "''")),
    "a blank operator": ((" ", "b"), (r"token at \[0\] is empty", "' '")),
    "None among the tokens": (("a", None), (r"the element at \[1\]", "NoneType")),
    "NaN among the tokens": (("a", float("nan")), (r"the element at \[1\]", "nan of type float")),
    "a dict among the tokens": (("a", {}), (r"the element at \[1\]", "{} of type dict")),
    "bytes among the tokens": (("a", b"x"), (r"the element at \[1\]", "b'x' of type bytes")),
    "a text in a list": (["(max 1 2)"], (r"the element at \[0\]", "'\\(max 1 2\\)'", "flat list")),
    "a text in square brackets": (["[a b]"], (r"the element at \[0\]", "a text with brackets")),
    "a text within a tuple": (("a", "(b c)"), (r"the element at \[1\]", "as tuples too")),
    "an array of numbers": (("a", np.ones(2)), (r"the element at \[1\]", "of type ndarray")),
    "a deep fault": (deep_list(None), (r"the element at \.\.\.(\[1\]){8} is None",)),
    "a list of itself": (endless(), (r"the element at \[2\]\[1\]", "holds itself")),
    "a number": (7, ("is 7 of type int", "one leaf as a text")),
    "None": (None, ("is None of type NoneType",)),
    "NaN": (float("nan"), ("is nan of type float",)),
    "a dict": ({"a": 1}, ("of type dict",)),
    "bytes": (b"(a b)", ("of type bytes",)),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_tree_is_named(name):
    tree, facts = BAD[name]
    for fact in ("tree 1", *facts):
        with pytest.raises(ValueError, match=fact) as info:
            Trees.from_nested(["(a b)", tree])
        assert len(str(info.value)) < 400


@pytest.mark.parametrize(
    "text, facts",
    [
        ("(3)", ("position 0", "only the label '3'", 'first="token"')),
        ("(3 (2 It) (4))", ("position 10", "only the label '4'")),
    ],
    ids=str,
)
def test_a_label_without_anything_is_named(text, facts):
    for fact in facts:
        with pytest.raises(ValueError, match=fact):
            Trees.from_brackets([text], first="label")


GOOD = {"parents": [-1, 0, 0], "offsets": [0, 3], "tokens": ["a", "b", "c"]}


@pytest.mark.parametrize(
    "change, fact",
    [
        ({"parents": [-1, 2, 1]}, "tree 0, node 1 hangs on no root"),
        ({"parents": [-1, -1, 0]}, "tree 0 has 2 roots"),
        ({"parents": [1, 2, 0]}, "tree 0 has 0 roots"),
        ({"parents": [-1, 0, 3]}, "tree 0, node 2 has the parent 3"),
        ({"parents": [-1, 0, -2]}, "tree 0, node 2 has the parent -2"),
        ({"parents": [-1, 0.5, 0]}, "parents must be whole numbers"),
        ({"offsets": [0, 2]}, "offsets must begin with 0 and end with .* 3"),
        ({"offsets": [0, 3, 3]}, "tree 1 has 0 nodes"),
        ({"tokens": ["a", "b"]}, "tokens has 2 entries, but there are 3 nodes"),
        ({"tokens": ["a", None, "c"]}, "tree 0, node 1 is a leaf without a token"),
        ({"tokens": ["a", "b", 3]}, "tree 0, node 2 has the token 3 of type int"),
        ({"labels": [1]}, "labels has 1 entries"),
    ],
    ids=str,
)
def test_parts_that_make_no_trees_are_named(change, fact):
    Trees(**GOOD)
    with pytest.raises((ValueError, TypeError), match=fact):
        Trees(**GOOD | change)


@pytest.mark.parametrize(
    "tokens, heads, fact",
    [
        ([["a", "b"]], [[0]], "heads of sentence 0 has 1 entries, but there are 2 words"),
        ([["a", "b"]], [[0, 0]], "tree 0 has 2 roots"),
        ([["a", "b"]], [[2, 1]], "tree 0 has 0 roots"),
        ([["a", "b"]], [[0, 5]], "word 2 of sentence 0 has the head 5.* 1 to 2, or 0 for the root"),
        ([["a"], ["b", "c"]], [[0], [-1, 0]], "word 1 of sentence 1 has the head -1"),
        ([["a"], ["b"]], [[0]], "heads has 1 rows, but there are 2 sentences"),
        (["ab"], [[0, 1]], "tokens of sentence 0 is 'ab' of type str"),
        ([["a", "b"]], [[0, "x"]], "heads must be whole numbers"),
        ([[]], [[]], "heads must be whole numbers|tree 0 has 0 nodes"),
    ],
    ids=str,
)
def test_heads_that_make_no_trees_are_named(tokens, heads, fact):
    with pytest.raises((ValueError, TypeError), match=fact):
        Trees.from_heads(tokens, heads)


@pytest.mark.parametrize(
    "X, fact",
    [
        (pd.DataFrame({"t": ["(a b)"]}), r"a table with the columns \['t'\].*X\[name\]"),
        (np.ones((3, 2)), r"an array of numbers of the shape \(3, 2\)"),
        (np.array([["(a b)"], ["(c d)"]]), r"the shape \(2, 1\).*X\[:, 0\]"),
        (np.array([["a"], ["c"]], dtype=object), r"the shape \(2, 1\).*X\[:, 0\]"),
        (
            [["(a b)"], ["(c d)"]],
            r"tree 0: the element at \[0\] is '\(a b\)'.*row\[0\] for row in X",
        ),
        ([], "no trees: 0 sample"),
        ([1.0, 2.0], "tree 0 is 1.0 of type float"),
        ("(a b)", r"X is one text .*\[X\]"),
    ],
    ids=str,
)
def test_collections_of_something_else_are_named(X, fact):
    with pytest.raises((ValueError, TypeError), match=fact):
        read_trees(X, "token")


def test_collections_of_every_kind_are_read():
    texts = ["(a b)", "(c (d e))"]
    expected = Trees.from_brackets(texts).to_list()
    for X in (texts, tuple(texts), pd.Series(texts), np.array(texts), np.array(texts, dtype=object),
              Trees.from_brackets(texts)):  # fmt: skip
        assert read_trees(X, "token").to_list() == expected
    of_one_shape = np.array([("a", "b", "c"), ("d", "e", "f")], dtype=object)
    assert read_trees(of_one_shape, "token").to_list() == [("a", "b", "c"), ("d", "e", "f")]


def test_a_text_with_brackets_is_no_label_either():
    with pytest.raises(ValueError, match=r"tree 0: the element at \[0\] is '\(3 \(2 It\)"):
        Trees.from_nested([["(3 (2 It) (4 works))"]], first="label")


@pytest.mark.parametrize("token", ["[CLS]", "(-:", "(", "New York", "a (b c)"])
def test_tokens_may_hold_brackets_and_spaces(token):
    assert Trees.from_nested([("f", token)]).tokens.tolist() == ["f", token]


def test_first_is_checked():
    with pytest.raises(ValueError, match="first must be one of"):
        Trees.from_nested([("a", "b")], first="last")
    with pytest.raises(ValueError, match=r"one text .*\[tree\]"):
        Trees.from_brackets("(a b)")
