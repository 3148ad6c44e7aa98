"""How good ranked lists of recommended items are."""

import itertools
from collections.abc import Collection, Iterable, Set
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn._sklearn import check_sample_weight

__all__ = ["hit_rate", "mean_reciprocal_rank", "ndcg"]


def hit_rate(y_true, recommended, *, k=None, sample_weight=None) -> float:
    """Share of the samples with a relevant item among their first k recommendations.

    With one relevant item a sample this is also the recall at k [1]_, and the top-k accuracy.

    Parameters
    ----------
    y_true : array-like of shape (n,), or list of n sets or lists
        The one relevant item of each sample, such as the next one, or all that are relevant. An
        item named twice counts once. Items are strings or numbers.
    recommended : array-like of shape (n, m)
        The recommended items of each sample, best first and each at most once.
    k : int or None, default=None
        How many recommendations count, from 1 to m; None means all of them.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the samples.

    Returns
    -------
    score : float
        From 0 to 1, the best.

    Raises
    ------
    ValueError or TypeError
        If the two disagree in length or in the kind of their items, if an item is missing, if a
        row recommends an item twice or has no relevant one, or if k is out of range. The message
        names the row.

    See Also
    --------
    mean_reciprocal_rank : Says how far up the first relevant item stands.
    ndcg : Counts every relevant item, less the further down it stands.
    sklearn.metrics.top_k_accuracy_score : The same from scores for all classes.

    References
    ----------
    .. [1] M. Deshpande and G. Karypis, "Item-based top-N recommendation algorithms", ACM
       Transactions on Information Systems 22(1), 2004.

    Examples
    --------
    >>> from sklearn_rnn.metrics import hit_rate
    >>> recommended = [["tea", "milk", "jam"], ["jam", "tea", "rice"]]
    >>> hit_rate(["milk", "milk"], recommended)
    0.5
    >>> hit_rate(["milk", "milk"], recommended, k=1)
    0.0
    >>> hit_rate([{"milk", "jam"}, {"rice"}], recommended)
    1.0
    """
    hits, _ = _read_rankings(y_true, recommended, k)
    return _average(hits.any(axis=1), sample_weight)


def mean_reciprocal_rank(y_true, recommended, *, k=None, sample_weight=None) -> float:
    """Mean of 1 / rank of the first relevant item among the first k recommendations.

    A sample without a relevant item there counts as 0 [1]_.

    Parameters
    ----------
    y_true : array-like of shape (n,), or list of n sets or lists
        The one relevant item of each sample, such as the next one, or all that are relevant. An
        item named twice counts once. Items are strings or numbers.
    recommended : array-like of shape (n, m)
        The recommended items of each sample, best first and each at most once.
    k : int or None, default=None
        How many recommendations count, from 1 to m; None means all of them.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the samples.

    Returns
    -------
    score : float
        From 0 to 1, the best.

    Raises
    ------
    ValueError or TypeError
        If the two disagree in length or in the kind of their items, if an item is missing, if a
        row recommends an item twice or has no relevant one, or if k is out of range. The message
        names the row.

    See Also
    --------
    hit_rate : Whether a relevant item is there at all.
    ndcg : Counts every relevant item, less the further down it stands.

    References
    ----------
    .. [1] E. M. Voorhees, "The TREC-8 question answering track report", Proceedings of the 8th
       Text REtrieval Conference, 1999.

    Examples
    --------
    >>> from sklearn_rnn.metrics import mean_reciprocal_rank
    >>> recommended = [["tea", "milk", "jam"], ["jam", "tea", "rice"]]
    >>> mean_reciprocal_rank(["milk", "jam"], recommended)
    0.75
    >>> mean_reciprocal_rank(["milk", "jam"], recommended, k=1)
    0.5
    """
    hits, _ = _read_rankings(y_true, recommended, k)
    first = hits.argmax(axis=1)  # 0 also where nothing is hit
    return _average(hits.any(axis=1) / (first + 1), sample_weight)


def ndcg(y_true, recommended, *, k=None, sample_weight=None) -> float:
    r"""Normalised discounted cumulative gain of the first k recommendations.

    An item is relevant or not [1]_. With the logarithmic discount [2]_ a sample scores

    .. math::

        \frac{\sum_{i=1}^{k} r_i / \log_2(i + 1)}{\sum_{i=1}^{\min(k, R)} 1 / \log_2(i + 1)},

    where :math:`r_i` is 1 if the recommendation of rank i is relevant, else 0, and R is the
    number of relevant items of the sample. The denominator is what the best list of k reaches.

    Parameters
    ----------
    y_true : array-like of shape (n,), or list of n sets or lists
        The one relevant item of each sample, such as the next one, or all that are relevant. An
        item named twice counts once. Items are strings or numbers.
    recommended : array-like of shape (n, m)
        The recommended items of each sample, best first and each at most once.
    k : int or None, default=None
        How many recommendations count, from 1 to m; None means all of them.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the samples.

    Returns
    -------
    score : float
        From 0 to 1, the best.

    Raises
    ------
    ValueError or TypeError
        If the two disagree in length or in the kind of their items, if an item is missing, if a
        row recommends an item twice or has no relevant one, or if k is out of range. The message
        names the row.

    See Also
    --------
    hit_rate : Whether a relevant item is there at all.
    mean_reciprocal_rank : Says how far up the first relevant item stands.
    sklearn.metrics.ndcg_score : The same from scores for all items and graded relevance.

    References
    ----------
    .. [1] K. Järvelin and J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM
       Transactions on Information Systems 20(4), 2002.
    .. [2] Y. Wang, L. Wang, Y. Li, D. He, T.-Y. Liu and W. Chen, "A theoretical analysis of NDCG
       ranking measures", Conference on Learning Theory, 2013.

    Examples
    --------
    >>> from sklearn_rnn.metrics import ndcg
    >>> recommended = [["tea", "milk", "jam"], ["jam", "tea", "rice"]]
    >>> ndcg(["tea", "rice"], recommended)
    0.75
    >>> round(ndcg([{"tea", "jam"}, {"rice"}], recommended, k=2), 3)
    0.307
    """
    hits, n_relevant = _read_rankings(y_true, recommended, k)
    k = hits.shape[1]
    discounts = 1 / np.log2(np.arange(2, k + 2))  # (k,)
    ideal = np.cumsum(discounts)[np.minimum(n_relevant, k) - 1]  # (n,)
    return _average(hits @ discounts / ideal, sample_weight)


def _average(scores: np.ndarray, sample_weight) -> float:
    """The weighted mean of one score a sample."""
    weights = check_sample_weight(sample_weight, scores, dtype=np.float64, ensure_non_negative=True)
    if not weights.any():
        raise ValueError(
            "sample_weight must have a positive weight, but all are zero; give one to some sample."
        )
    return float(np.average(scores, weights=weights))


# From labels to hits


class _Rankings(NamedTuple):
    """What every score here is made of."""

    hits: np.ndarray  # (n, k), bool: whether the item of this rank is relevant
    n_relevant: np.ndarray  # (n,), int64: how many different items are


class _Items(NamedTuple):
    """The items of all rows, one row after the other, and the row of each."""

    labels: np.ndarray
    rows: np.ndarray


def _read_rankings(y_true, recommended, k) -> _Rankings:
    """Check what the user gave, and look up each recommendation among the relevant items."""
    matrix = _label_matrix(recommended)
    n, m = matrix.shape
    k = _check_k(k, m)
    relevant = _relevant_items(y_true, n)
    ranked = _Items(labels=matrix.ravel(), rows=np.repeat(np.arange(n), m))
    _check_same_kind(relevant, ranked)
    relevant_codes, ranked_codes, n_codes = _encode(relevant.labels, ranked.labels)
    _check_no_repeats(ranked_codes.reshape(n, m), matrix)
    # An item of one row is another thing than the same item of another row.
    relevant_keys = np.unique(relevant.rows * n_codes + relevant_codes)
    ranked_keys = (ranked.rows * n_codes + ranked_codes).reshape(n, m)[:, :k]
    return _Rankings(
        hits=np.isin(ranked_keys, relevant_keys),
        n_relevant=np.bincount(relevant_keys // n_codes, minlength=n),
    )


def _label_matrix(recommended) -> np.ndarray:
    """The recommendations as an array of shape (n, m), neither of them 0."""
    if hasattr(recommended, "__array__"):
        matrix = np.asarray(recommended)
    else:
        _check_rows("recommended", recommended)
        _check_widths(recommended)
        matrix = _objects(recommended)
    if matrix.ndim != 2:
        raise ValueError(
            "recommended must have 2 dimensions (n, m), a row of items for each sample, best "
            f"first, but came with shape {matrix.shape}; for one sample give [items]."
        )
    if not matrix.size:
        raise ValueError(
            "recommended must have at least one row and one column, but came with shape "
            f"{matrix.shape}; recommend at least one item to at least one sample."
        )
    return matrix


def _check_rows(name: str, values: Any) -> None:
    """Raise unless the values stand in an order, one for each sample."""
    if isinstance(values, str | bytes | Set) or not isinstance(values, Collection):
        raise TypeError(
            f"{name} must be a list or an array with one entry for each sample, but is a "
            f"{type(values).__name__}: {values!r:.60}."
        )


def _check_widths(recommended: Collection) -> None:
    """Raise if rows of recommendations are no lists, or not of one length."""
    width = None
    for i, row in enumerate(recommended):
        if isinstance(row, Set):
            raise TypeError(
                f"recommended must have an order, best first, but row {i} is a "
                f"{type(row).__name__}; give a list."
            )
        if not _is_collection(row):
            raise ValueError(
                "recommended must have 2 dimensions (n, m), a row of items for each sample, best "
                f"first, but row {i} is {row!r:.40}; for one sample give [items]."
            )
        width = len(row) if width is None else width
        if len(row) != width:
            raise ValueError(
                "recommended must have rows of one length, but row "
                f"{i} has {len(row)} items and row 0 has {width}; cut all rows to one length."
            )


def _is_collection(value: Any) -> bool:
    """Whether an entry of a list holds items rather than being one."""
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, Collection) and not isinstance(value, str | bytes)


def _objects(values: Iterable) -> np.ndarray:
    """Lists as an array of objects; without the dtype numpy would make strings of [1, "a"]."""
    return np.array([list(v) if _is_collection(v) else v for v in values], dtype=object)


def _check_k(k: Any, m: int) -> int:
    """How many recommendations count."""
    if k is None:
        return m
    if not isinstance(k, Integral) or isinstance(k, bool):
        raise TypeError(f"k must be an int or None, but is {k!r:.40}.")
    if not 1 <= k <= m:
        raise ValueError(
            f"k must be from 1 to {m}, the number of items in each row of recommended, but is "
            f"{k}; recommend more items, or lower k."
        )
    return int(k)


def _relevant_items(y_true, n: int) -> _Items:
    """The relevant items of n rows, at least one for each."""
    if hasattr(y_true, "__array__"):
        y_true = np.asarray(y_true)
        if y_true.ndim not in (1, 2):
            raise ValueError(
                "y_true must hold one item, or a list or set of items, for each sample, but came "
                f"with shape {y_true.shape}."
            )
    else:
        _check_rows("y_true", y_true)
    if len(y_true) != n:
        raise ValueError(
            f"y_true has {len(y_true)} entries, but recommended has {n} rows; give one for each "
            "sample."
        )
    if isinstance(y_true, np.ndarray) and y_true.ndim == 1 and y_true.dtype != object:
        return _Items(labels=y_true, rows=np.arange(n))
    return _join_rows(y_true)


def _join_rows(y_true: Collection) -> _Items:
    """Single items, or lists of them, one row after the other."""
    are_lists = [_is_collection(entry) for entry in y_true]
    if any(are_lists) != all(are_lists):
        i = are_lists.index(not are_lists[0])
        kinds = ("an item", "a list of items")
        raise ValueError(
            "y_true must hold single items or lists of them, not both, but row "
            f"{i} is {kinds[are_lists[i]]} and row 0 {kinds[are_lists[0]]}; put single items in "
            "lists too."
        )
    rows = [list(entry) for entry in y_true] if are_lists[0] else [[entry] for entry in y_true]
    counts = np.array([len(row) for row in rows])
    if not counts.all():
        raise ValueError(
            f"every sample needs a relevant item, but row {np.argmin(counts)} of y_true has none "
            f"({(counts == 0).sum()} of {len(rows)} are such); leave these samples out."
        )
    labels = np.fromiter(itertools.chain.from_iterable(rows), dtype=object, count=counts.sum())
    return _Items(labels=labels, rows=np.repeat(np.arange(len(rows)), counts))


def _check_same_kind(relevant: _Items, ranked: _Items) -> None:
    """Raise unless all items are strings, or all are numbers: others could never match."""
    kinds = [_check_labels(relevant, "y_true"), _check_labels(ranked, "recommended")]
    if kinds[0] != kinds[1]:
        raise ValueError(
            f"y_true holds {kinds[0]}, such as {_quote(relevant.labels[0])}, but recommended holds "
            f"{kinds[1]}, such as {_quote(ranked.labels[0])}, so that nothing could match; give "
            "both the same labels."
        )


def _check_labels(items: _Items, name: str) -> str:
    """Give "strings" or "numbers", or raise an error that names the row of another item."""
    labels, rows = items
    missing = pd.isna(labels)
    if missing.any():
        i = int(np.argmax(missing))
        raise ValueError(
            f"{name} must have no missing items, but row {rows[i]} holds {labels[i]} "
            f"({missing.sum()} of {len(labels)} are missing); leave such samples out."
        )
    if labels.dtype.kind in "iufU":
        return "strings" if labels.dtype.kind == "U" else "numbers"
    kinds = [_kind(label) for label in labels]
    for i, kind in enumerate(kinds):
        if kind is None:
            raise TypeError(
                f"{name} must hold strings or numbers, but row {rows[i]} holds {_quote(labels[i])} "
                f"({type(labels[i]).__name__}); give the labels of the items."
            )
        if kind != kinds[0]:
            raise ValueError(
                f"{name} must hold strings or numbers, not both, but row {rows[i]} holds "
                f"{_quote(labels[i])} and row 0 {_quote(labels[0])}; give all items one type."
            )
    return kinds[0]


def _kind(label: Any) -> str | None:
    """What an item is; a truth value is none, but the sign of a mask."""
    if isinstance(label, str):
        return "strings"
    return "numbers" if isinstance(label, Real) and not isinstance(label, bool) else None


def _encode(relevant: np.ndarray, ranked: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """The items as codes from 0, equal items as equal codes, and the number of codes."""
    if np.result_type(relevant, ranked).kind not in "iu":
        # As numpy's floats, large integers that differ would become equal.
        relevant, ranked = relevant.astype(object), ranked.astype(object)
    codes, items = pd.factorize(np.concatenate([relevant, ranked]))
    return codes[: len(relevant)], codes[len(relevant) :], len(items)


def _check_no_repeats(codes: np.ndarray, matrix: np.ndarray) -> None:
    """Raise if a row recommends an item twice: it would be counted twice."""
    ordered = np.sort(codes, axis=1)
    repeats = ordered[:, 1:] == ordered[:, :-1]
    if repeats.any():
        i = int(np.argmax(repeats.any(axis=1)))
        item = matrix[i, np.argmax(codes[i] == ordered[i, :-1][repeats[i]][0])]
        raise ValueError(
            f"recommended must name an item once a row, but row {i} has {_quote(item)} more than "
            "once; keep the first of them, and fill up with the next best item."
        )


def _quote(label: Any) -> str:
    """An item as the user would write it, short enough for a message."""
    value = label.item() if isinstance(label, np.generic) else label
    return f"{value!r:.40}"
