"""Taggers: mean marginals, and the legal labels and spans that they speak for."""

import numpy as np

from sklearn_rnn.data import allowed_transitions, detect_scheme
from sklearn_rnn.estimators._nbest import find_nbest
from sklearn_rnn.estimators._spans import TaggedSpan
from sklearn_rnn.estimators._tags import nest
from sklearn_rnn.nn import TagChain

__all__ = ["best_labels", "common_scheme", "mean_marginals", "mean_spans"]


def common_scheme(schemes: list, classes: np.ndarray, y) -> str | None:
    """Give the scheme of the labels of all members, or None.

    Members that saw different labels may have found different schemes; what all labels spell
    counts then.
    """
    if len(set(schemes)) == 1:
        scheme = schemes[0]
    else:
        found = detect_scheme([list(row) for row in y])
        scheme = found if found in schemes else None
    if scheme is None:
        return None
    try:
        allowed = allowed_transitions(classes.tolist(), scheme)
    except ValueError:  # a label of another form, which none of these members saw
        return None
    return scheme if (allowed.starts & allowed.ends).any() else None


def mean_marginals(parts: list, classes_of: list, classes: np.ndarray):
    """Average the probabilities of all steps, laid end to end.

    Parameters
    ----------
    parts : list of object arrays
        For each member what its ``predict_proba`` gives.
    classes_of : list of ndarray
        The labels that each member knows; others have no probability for it.
    classes : ndarray of shape (n_classes,)
        All labels.

    Returns
    -------
    means : ndarray of shape (steps, n_classes), float64
    lengths : ndarray of shape (n,), int64
    """
    lengths = np.array([len(row) for row in parts[0]], dtype=np.int64)
    total = np.zeros((lengths.sum(), len(classes)))
    for rows, known in zip(parts, classes_of, strict=True):
        total[:, np.searchsorted(classes, known)] += np.concatenate(list(rows))
    return total / len(parts), lengths


def best_labels(means, lengths, classes, scheme) -> np.ndarray:
    """Give the labels of each sequence: an object array ``(n,)`` of lists.

    They are the most probable ones; with a scheme those of the legal sequence whose probabilities
    have the largest product.
    """
    if scheme is None:
        tags = means.argmax(axis=1)
    else:
        allowed = allowed_transitions(classes.tolist(), scheme)
        with np.errstate(divide="ignore"):
            scores = np.log(means)
        chain = TagChain(len(classes), allowed=allowed)
        found = find_nbest(scores, lengths, chain.decode_nbest, 1)
        tags = np.concatenate([best[0] for best, _ in found])
    return nest(classes[tags], lengths)


def mean_spans(taggers, X, rows, scheme) -> np.ndarray:
    """Give the spans in labels with the mean of their exact probabilities for the members.

    A span of a type that a member does not know has no probability for it.

    Parameters
    ----------
    taggers : list of RNNTagger
    X : as in ``fit``
    rows : object array of shape (n,)
        The labels, as ``best_labels`` gives them.
    scheme : str

    Returns
    -------
    ndarray of shape (n,), object
        Lists of ``TaggedSpan``.
    """
    of_members = [tagger.weigh_spans(X, rows, scheme=scheme) for tagger in taggers]
    found = np.empty(len(rows), dtype=object)
    for i, alike in enumerate(zip(*of_members, strict=True)):
        found[i] = [
            TaggedSpan(*spans[0][:3], float(np.mean([span.probability for span in spans])))
            for spans in zip(*alike, strict=True)
        ]
    return found
