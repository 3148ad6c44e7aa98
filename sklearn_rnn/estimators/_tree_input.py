"""What a network of trees reads: trees in any form, their tokens as ids."""

import numpy as np

from sklearn_rnn.data import Trees, read_trees, read_trees_with_form
from sklearn_rnn.estimators._embedding_start import know_words, lowers_words
from sklearn_rnn.estimators._inputs import check_vocabulary, read_text
from sklearn_rnn.preprocessing import TokenEncoder
from sklearn_rnn.training import NumberedTrees

__all__ = ["number_trees", "parse_trees"]

# Among so many brackets of a treebank one may look otherwise: a leaf of two words, say.
_BRACKETS_PER_ODD_ONE = 100


def parse_trees(estimator, X, y=None, *, reset: bool) -> Trees:
    """Turn X into checked ``Trees``, and find out what the first element of a bracket is.

    Parameters
    ----------
    estimator : TreeRNNClassifier
        Keeps what the first element is, as ``first_``.
    X : list of str, list of nested tuples, or Trees
    y : list, array or None
        The labels; None means those in the trees.
    reset : bool
        True in ``fit``; False where X has to look like that of ``fit``.
    """
    if not reset:
        if estimator.first not in ("auto", estimator.first_):
            raise ValueError(
                f"first={estimator.first!r}, but the network was fitted with {estimator.first_!r}; "
                "set it back, or fit anew with warm_start=False."
            )
        return read_trees(X, estimator.first_)
    first = estimator.first
    if first == "auto":
        trees, first = _find_first(X, y)
    else:
        trees = read_trees(X, first)
    estimator.first_ = first
    return trees


def _find_first(X, y):
    """Give the trees and what the first element of their brackets is."""
    if y is None:
        return read_trees(X, "label"), "label"
    trees, form = read_trees_with_form(X)
    first = "token"
    if trees.labels is not None or (form is not None and _is_treebank(form, trees, y)):
        first = "label"
    elif not (trees.is_leaf | trees.has_token).all():
        first = "child"  # a bracket begins with a bracket
    return (trees if first == "token" else read_trees(X, first)), first


def _is_treebank(form, trees, y):
    """Tell whether brackets begin with labels, which must not be read: they may tell y.

    What decides is how brackets look, since y may be anything that follows from the labels. Trees
    that never branch look alike in a treebank and as chains of operators, ``(not (not x))``.
    """
    if not form.n_brackets or form.n_odd * _BRACKETS_PER_ODD_ONE > form.n_brackets:
        return False
    return form.n_branching > 0 or _are_roots(trees, y)


def _are_roots(trees, y):
    """Tell whether the roots' tokens are those in y, of every tree."""
    roots = trees.tokens[trees.parents < 0]
    if not hasattr(y, "__len__") or getattr(y, "ndim", 1) != 1:
        return False
    if len(roots) != len(y) or len(roots) < 2:
        return False
    return all(str(label) == root for label, root in zip(y, roots, strict=True))


def number_trees(estimator, trees: Trees, *, reset: bool, kept=None) -> NumberedTrees:
    """Turn the tokens of trees into ids; a node without a token has the id 0.

    Parameters
    ----------
    estimator : TreeRNNClassifier
        Keeps the fitted encoder.
    trees : Trees
    reset : bool
        True in ``fit``.
    kept : ndarray of int or None
        The trees of a weight above zero (None: all): the vocabulary is that of these.
    """
    has_token = trees.has_token
    n_tokens = np.add.reduceat(has_token.astype(np.int64), trees.offsets[:-1])
    lists = [row.tolist() for row in np.split(trees.tokens[has_token], np.cumsum(n_tokens)[:-1])]
    encoded = read_text(
        estimator,
        lists,
        reset=reset,
        kept=kept,
        default=TokenEncoder(lowercase=lowers_words(estimator.embedding)),
    )
    values = encoded.values
    as_many = np.array_equal(encoded.lengths, n_tokens)
    if not as_many or values.ndim != 1 or values.dtype.kind not in "iu":
        raise TypeError(
            f"encoder={estimator.encoder!r:.60} must give one id for each token of a list, as "
            f"TokenEncoder does, but gave {encoded!r:.80}."
        )
    if reset:
        estimator._vocabulary = encoded.vocabulary
        if encoded.vocabulary is None:
            raise TypeError(
                f"encoder={estimator.encoder!r:.60} gave ids without a vocabulary, which says how "
                "many there are; give Sequences with one, as TokenEncoder does."
            )
        encoded = _start_from_vectors(estimator, encoded, kept)
    else:
        check_vocabulary(estimator, encoded)
    ids = np.zeros(len(trees.parents), dtype=np.int64)
    ids[has_token] = encoded.values
    return NumberedTrees(ids, trees.flat_parents(), trees.offsets)


def _start_from_vectors(estimator, encoded, kept):
    """Find the vectors of the tokens, if the parameter ``embedding`` gives some."""
    estimator._vectors = None
    estimator._is_frozen = estimator.embedding is not None and estimator.freeze_embedding
    if estimator.embedding is None:
        return encoded
    if isinstance(estimator.embedding, np.ndarray):
        raise ValueError(
            "embedding is an array, a row for each id, but trees hold tokens; give a dict, "
            "{token: vector}, or a WordEmbedder."
        )
    return know_words(estimator, encoded, kept)
