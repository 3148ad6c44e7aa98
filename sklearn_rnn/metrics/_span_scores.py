"""Precision, recall and F1 of spans."""

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_rnn.metrics._label_rows import quote
from sklearn_rnn.metrics._span_counts import SpanCounts, count_spans

__all__ = [
    "AVERAGES",
    "average_scores",
    "check_average",
    "check_zero_division",
    "span_f1_score",
    "span_precision_score",
    "span_recall_score",
]

AVERAGES = ("micro", "macro", "weighted")


def span_f1_score(
    y_true,
    y_pred,
    *,
    scheme=None,
    mode="strict",
    average="micro",
    types=None,
    sample_weight=None,
    zero_division="warn",
) -> float | np.ndarray:
    """F1 score of spans: the harmonic mean of their precision and recall.

    A predicted span is right if it begins and ends where a true one of its type does.

    Parameters
    ----------
    y_true : list of n lists of str
        The true label of each step: ``"O"`` outside of spans, else a letter and a type, as in
        ``"B-PER"``, or a letter alone (the type is then called ``"_"``). Tuples and arrays do
        as well as lists.
    y_pred : list of n lists of str
        The predicted label of each step.
    scheme : {"IOB1", "IOB2", "BIOES"} or None, default=None
        How the labels write spans; L and U are read as E and S in BIOES. None finds it from
        `y_true`, as the strict reading needs it.
    mode : {"strict", "conlleval"}, default="strict"
        Which labels make a span. Strict: those that write one as the scheme wants, so that an
        I- after O makes none in IOB2. conlleval: those that the script of the CoNLL shared tasks
        [1]_ takes for one, alike for all schemes: a label that cannot go on with the span before
        it begins a new one. They differ only where labels break the scheme.
    average : {"micro", "macro", "weighted"} or None, default="micro"
        Over all spans; as the mean over types; as this mean weighted by the number of true
        spans. None gives the score of each type, in the order of `types`.
    types : list of str or None, default=None
        The types that count. None means all of which there is a span, true or predicted, sorted.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the sentences; each span counts with the weight of its sentence.
    zero_division : {"warn", 0.0, 1.0, np.nan}, default="warn"
        The score where there are no spans of a type, neither true nor
        predicted. "warn" means 0 and a warning; NaN is left out of means over types.

    Returns
    -------
    score : float, or ndarray of shape (n_types,), float64
        From 0 to 1, the best.

    Raises
    ------
    ValueError or TypeError
        If the two differ in their number of sentences or a sentence in its number of labels, if
        a label is none of spans, or if `y_true` follows no scheme and none is given. The message
        names the sentence.

    See Also
    --------
    span_precision_score : Share of the predicted spans that are right.
    span_recall_score : Share of the true spans that are predicted.
    span_classification_report : All of them, for each type and on average.

    References
    ----------
    .. [1] E. F. Tjong Kim Sang and S. Buchholz, "Introduction to the CoNLL-2000 shared task:
       chunking", CoNLL, 2000.

    Examples
    --------
    >>> from sklearn_rnn.metrics import span_f1_score
    >>> y_true = [["B-PER", "I-PER", "O", "B-LOC"], ["B-PER", "O"]]
    >>> y_pred = [["B-PER", "I-PER", "O", "I-LOC"], ["B-PER", "B-LOC"]]
    >>> round(span_f1_score(y_true, y_pred), 3)
    0.667
    >>> span_f1_score(y_true, y_pred, average=None)
    array([0., 1.])
    >>> round(span_f1_score(y_true, y_pred, mode="conlleval"), 3)
    0.857
    """
    check_average(average)
    check_zero_division(zero_division)
    counts = count_spans(
        y_true, y_pred, scheme=scheme, mode=mode, types=types, sample_weight=sample_weight
    )
    return average_scores("f1", counts, average, zero_division)


def span_precision_score(
    y_true,
    y_pred,
    *,
    scheme=None,
    mode="strict",
    average="micro",
    types=None,
    sample_weight=None,
    zero_division="warn",
) -> float | np.ndarray:
    """Share of the predicted spans that are right: true in bounds and type.

    Parameters
    ----------
    y_true : list of n lists of str
        The true label of each step: ``"O"`` outside of spans, else a letter and a type, as in
        ``"B-PER"``, or a letter alone (the type is then called ``"_"``). Tuples and arrays do
        as well as lists.
    y_pred : list of n lists of str
        The predicted label of each step.
    scheme : {"IOB1", "IOB2", "BIOES"} or None, default=None
        How the labels write spans; L and U are read as E and S in BIOES. None finds it from
        `y_true`, as the strict reading needs it.
    mode : {"strict", "conlleval"}, default="strict"
        Which labels make a span. Strict: those that write one as the scheme wants, so that an
        I- after O makes none in IOB2. conlleval: those that the script of the CoNLL shared tasks
        [1]_ takes for one, alike for all schemes: a label that cannot go on with the span before
        it begins a new one. They differ only where labels break the scheme.
    average : {"micro", "macro", "weighted"} or None, default="micro"
        Over all spans; as the mean over types; as this mean weighted by the number of true
        spans. None gives the score of each type, in the order of `types`.
    types : list of str or None, default=None
        The types that count. None means all of which there is a span, true or predicted, sorted.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the sentences; each span counts with the weight of its sentence.
    zero_division : {"warn", 0.0, 1.0, np.nan}, default="warn"
        The score where there are no spans of a type predicted. "warn" means 0 and a warning;
        NaN is left out of means over types.

    Returns
    -------
    score : float, or ndarray of shape (n_types,), float64
        From 0 to 1, the best.

    Raises
    ------
    ValueError or TypeError
        If the two differ in their number of sentences or a sentence in its number of labels, if
        a label is none of spans, or if `y_true` follows no scheme and none is given. The message
        names the sentence.

    See Also
    --------
    span_recall_score : Share of the true spans that are predicted.
    span_f1_score : The harmonic mean of the two.
    span_classification_report : All of them, for each type and on average.

    References
    ----------
    .. [1] E. F. Tjong Kim Sang and S. Buchholz, "Introduction to the CoNLL-2000 shared task:
       chunking", CoNLL, 2000.

    Examples
    --------
    >>> from sklearn_rnn.metrics import span_precision_score
    >>> y_true = [["B-PER", "I-PER", "O", "B-LOC"], ["B-PER", "O"]]
    >>> y_pred = [["B-PER", "I-PER", "O", "I-LOC"], ["B-PER", "B-LOC"]]
    >>> round(span_precision_score(y_true, y_pred), 3)
    0.667
    >>> span_precision_score(y_true, y_pred, average="macro", mode="conlleval")
    0.75
    """
    check_average(average)
    check_zero_division(zero_division)
    counts = count_spans(
        y_true, y_pred, scheme=scheme, mode=mode, types=types, sample_weight=sample_weight
    )
    return average_scores("precision", counts, average, zero_division)


def span_recall_score(
    y_true,
    y_pred,
    *,
    scheme=None,
    mode="strict",
    average="micro",
    types=None,
    sample_weight=None,
    zero_division="warn",
) -> float | np.ndarray:
    """Share of the true spans that are predicted, with their bounds and type.

    Parameters
    ----------
    y_true : list of n lists of str
        The true label of each step: ``"O"`` outside of spans, else a letter and a type, as in
        ``"B-PER"``, or a letter alone (the type is then called ``"_"``). Tuples and arrays do
        as well as lists.
    y_pred : list of n lists of str
        The predicted label of each step.
    scheme : {"IOB1", "IOB2", "BIOES"} or None, default=None
        How the labels write spans; L and U are read as E and S in BIOES. None finds it from
        `y_true`, as the strict reading needs it.
    mode : {"strict", "conlleval"}, default="strict"
        Which labels make a span. Strict: those that write one as the scheme wants, so that an
        I- after O makes none in IOB2. conlleval: those that the script of the CoNLL shared tasks
        [1]_ takes for one, alike for all schemes: a label that cannot go on with the span before
        it begins a new one. They differ only where labels break the scheme.
    average : {"micro", "macro", "weighted"} or None, default="micro"
        Over all spans; as the mean over types; as this mean weighted by the number of true
        spans. None gives the score of each type, in the order of `types`.
    types : list of str or None, default=None
        The types that count. None means all of which there is a span, true or predicted, sorted.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the sentences; each span counts with the weight of its sentence.
    zero_division : {"warn", 0.0, 1.0, np.nan}, default="warn"
        The score where there are no spans of a type in truth. "warn" means 0 and a warning;
        NaN is left out of means over types.

    Returns
    -------
    score : float, or ndarray of shape (n_types,), float64
        From 0 to 1, the best.

    Raises
    ------
    ValueError or TypeError
        If the two differ in their number of sentences or a sentence in its number of labels, if
        a label is none of spans, or if `y_true` follows no scheme and none is given. The message
        names the sentence.

    See Also
    --------
    span_precision_score : Share of the predicted spans that are right.
    span_f1_score : The harmonic mean of the two.
    span_classification_report : All of them, for each type and on average.

    References
    ----------
    .. [1] E. F. Tjong Kim Sang and S. Buchholz, "Introduction to the CoNLL-2000 shared task:
       chunking", CoNLL, 2000.

    Examples
    --------
    >>> from sklearn_rnn.metrics import span_recall_score
    >>> y_true = [["B-PER", "I-PER", "O", "B-LOC"], ["B-PER", "O"]]
    >>> y_pred = [["B-PER", "I-PER", "O", "I-LOC"], ["B-PER", "B-LOC"]]
    >>> round(span_recall_score(y_true, y_pred), 3)
    0.667
    >>> span_recall_score(y_true, y_pred, mode="conlleval")
    1.0
    """
    check_average(average)
    check_zero_division(zero_division)
    counts = count_spans(
        y_true, y_pred, scheme=scheme, mode=mode, types=types, sample_weight=sample_weight
    )
    return average_scores("recall", counts, average, zero_division)


def check_average(average: Any) -> None:
    """Raise unless there is such an average."""
    if average is not None and (not isinstance(average, str) or average not in AVERAGES):
        raise ValueError(f"average must be one of {list(AVERAGES)} or None, but is {average!r}.")


def check_zero_division(zero_division: Any) -> None:
    """Raise unless this can stand where a score is undefined."""
    if isinstance(zero_division, str):
        known = zero_division == "warn"
    else:
        known = zero_division in (0, 1) or zero_division != zero_division
    if not known:
        raise ValueError(
            f"zero_division must be 'warn', 0.0, 1.0 or NaN, but is {quote(zero_division)}."
        )


def average_scores(
    name: str, counts: SpanCounts, average: str | None, zero_division: Any
) -> float | np.ndarray:
    """Precision, recall or F1 from counts, averaged as scikit-learn does."""
    if average == "micro" or (average is not None and not counts.types):
        total = SpanCounts([], *(values.sum(keepdims=True) for values in counts[1:]))
        return float(_scores(name, total, zero_division)[0])
    scores = _scores(name, counts, zero_division)
    if average is None:
        return scores
    weights = counts.true if average == "weighted" else np.ones(len(scores))
    defined = ~np.isnan(scores)
    if not defined.any():
        return float("nan")
    scores, weights = scores[defined], weights[defined]
    return float(np.average(scores, weights=weights if weights.any() else None))


def _scores(name: str, counts: SpanCounts, zero_division: Any) -> np.ndarray:
    """The score of each type, or without types the one score of all."""
    numerator, denominator, without = {
        "precision": (counts.correct, counts.predicted, "predicted"),
        "recall": (counts.correct, counts.true, "true"),
        "f1": (2 * counts.correct, counts.true + counts.predicted, "true or predicted"),
    }[name]
    undefined = denominator == 0
    if undefined.any() and zero_division == "warn":
        which = [quote(type_) for type_, flag in zip(counts.types, undefined, strict=False) if flag]
        of_types = f" of type {', '.join(which)}" if which else ""
        warnings.warn(
            f"{name} is undefined and set to 0, as there are no {without} spans{of_types}; set "
            "zero_division to what it should be.",
            UndefinedMetricWarning,
            stacklevel=4,
        )
    fill = 0.0 if zero_division == "warn" else float(zero_division)
    return np.where(undefined, fill, numerator / np.where(undefined, 1, denominator))
