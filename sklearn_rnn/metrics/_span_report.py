"""A table of the scores of spans."""

from numbers import Integral
from typing import Any

import numpy as np

from sklearn_rnn.metrics._label_rows import quote
from sklearn_rnn.metrics._span_counts import SpanCounts, count_spans
from sklearn_rnn.metrics._span_scores import AVERAGES, average_scores, check_zero_division

_SCORES = {"precision": "precision", "recall": "recall", "f1-score": "f1"}


def span_classification_report(
    y_true,
    y_pred,
    *,
    scheme=None,
    mode="strict",
    types=None,
    sample_weight=None,
    digits=2,
    output_dict=False,
    zero_division="warn",
) -> str | dict:
    """Precision, recall and F1 of spans, for each type and on average.

    Parameters
    ----------
    y_true : list of n lists of str
        The true label of each step, as :func:`span_f1_score` takes them.
    y_pred : list of n lists of str
        The predicted label of each step.
    scheme : {"IOB1", "IOB2", "BIOES"} or None, default=None
        How the labels write spans; None finds it from `y_true`.
    mode : {"strict", "conlleval"}, default="strict"
        Which labels make a span, as :func:`span_f1_score` says.
    types : list of str or None, default=None
        The types that count, in the order of the rows. None means all of which there is a span,
        true or predicted, sorted.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the sentences.
    digits : int, default=2
        How many digits behind the point are shown; a dict has all of them.
    output_dict : bool, default=False
        Whether to give a dict.
    zero_division : {"warn", 0.0, 1.0, np.nan}, default="warn"
        The score where it is undefined. "warn" means 0 and a warning.

    Returns
    -------
    report : str or dict
        Laid out as that of :func:`sklearn.metrics.classification_report`. As a dict:
        ``{"PER": {"precision": 0.5, "recall": 1.0, "f1-score": 0.67, "support": 1.0}, ...}``,
        with "micro avg", "macro avg" and "weighted avg" behind the types. The support is the
        number of true spans.

    Raises
    ------
    ValueError or TypeError
        As :func:`span_f1_score` does.

    See Also
    --------
    span_f1_score : The F1 alone.
    sklearn.metrics.classification_report : The same for one label a sample.

    Examples
    --------
    >>> from sklearn_rnn.metrics import span_classification_report
    >>> y_true = [["B-PER", "I-PER", "O", "B-LOC"], ["B-PER", "O"]]
    >>> y_pred = [["B-PER", "I-PER", "O", "B-LOC"], ["B-PER", "B-LOC"]]
    >>> print(span_classification_report(y_true, y_pred))
                  precision    recall  f1-score   support
    <BLANKLINE>
             LOC       0.50      1.00      0.67         1
             PER       1.00      1.00      1.00         2
    <BLANKLINE>
       micro avg       0.75      1.00      0.86         3
       macro avg       0.75      1.00      0.83         3
    weighted avg       0.83      1.00      0.89         3
    <BLANKLINE>
    """
    check_zero_division(zero_division)
    _check_digits(digits)
    counts = count_spans(
        y_true, y_pred, scheme=scheme, mode=mode, types=types, sample_weight=sample_weight
    )
    by_type, averages = _rows_of_types(counts, zero_division), _averages(counts, zero_division)
    if output_dict:
        return {
            name: dict(zip([*_SCORES, "support"], map(float, row), strict=True))
            for name, row in {**by_type, **averages}.items()
        }
    return _format([by_type, averages], digits)


def _check_digits(digits: Any) -> None:
    """Raise unless so many digits can be shown."""
    if not isinstance(digits, Integral) or isinstance(digits, bool) or digits < 0:
        raise ValueError(f"digits must be an int of at least 0, but is {quote(digits)}.")


def _rows_of_types(counts: SpanCounts, zero_division) -> dict[str, list]:
    """The scores and the support of each type."""
    columns = [average_scores(name, counts, None, zero_division) for name in _SCORES.values()]
    rows = zip(*columns, counts.true, strict=True)
    return {name: list(row) for name, row in zip(counts.types, rows, strict=True)}


def _averages(counts: SpanCounts, zero_division) -> dict[str, list]:
    """The scores of each average, and the support of all types."""
    return {
        f"{average} avg": [
            *(average_scores(name, counts, average, zero_division) for name in _SCORES.values()),
            np.sum(counts.true),
        ]
        for average in AVERAGES
    }


def _format(blocks: list[dict[str, list]], digits: int) -> str:
    """Blocks of rows as scikit-learn sets them: names to the right, a blank line between."""
    width = max(len(name) for block in blocks for name in block)
    width = max(width, digits)
    lines = [_line("", width, [*_SCORES, "support"])]
    for block in blocks:
        lines.append("")
        for name, (*scores, support) in block.items():
            lines.append(
                _line(name, width, [*(f"{score:.{digits}f}" for score in scores), support])
            )
    return "\n".join([*lines, ""])


def _line(name: str, width: int, cells: list) -> str:
    """A name and its columns."""
    return f"{name:>{width}} " + "".join(f" {cell:>9}" for cell in cells)
