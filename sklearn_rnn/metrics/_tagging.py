"""How many labels of sequences are right."""

import numpy as np

from sklearn_rnn.metrics._label_rows import read_label_rows, sentence_weights

__all__ = ["sequence_accuracy_score", "token_accuracy_score"]


def token_accuracy_score(y_true, y_pred, *, sample_weight=None) -> float:
    """Share of the labels that are right, over the steps of all sentences.

    Parameters
    ----------
    y_true : list of n lists of labels
        The true label of each step. Labels are strings, integers or truth values; tuples and
        arrays do as well as lists.
    y_pred : list of n lists of labels
        The predicted label of each step.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the sentences; each step counts with the weight of its sentence.

    Returns
    -------
    score : float
        From 0 to 1, the best.

    Raises
    ------
    ValueError or TypeError
        If the two differ in their number of sentences, a sentence in its number of labels, or
        labels in their kind. The message names the sentence.

    See Also
    --------
    sequence_accuracy_score : Share of the sentences without a mistake.
    span_f1_score : What counts where labels make up spans, most of them being ``"O"``.

    Examples
    --------
    >>> from sklearn_rnn.metrics import token_accuracy_score
    >>> y_true = [["DET", "NOUN", "VERB"], ["NOUN"]]
    >>> token_accuracy_score(y_true, [["DET", "NOUN", "NOUN"], ["NOUN"]])
    0.75
    """
    rows = read_label_rows(y_true, y_pred)
    weights = sentence_weights(sample_weight, rows.n_sentences)[rows.sentences]
    if not weights.any():
        raise ValueError(
            "sample_weight gives no weight to any sentence that has labels; give it to one."
        )
    return float(np.average(rows.true == rows.predicted, weights=weights))


def sequence_accuracy_score(y_true, y_pred, *, sample_weight=None) -> float:
    """Share of the sentences whose labels are all right.

    Parameters
    ----------
    y_true : list of n lists of labels
        The true label of each step. Labels are strings, integers or truth values; tuples and
        arrays do as well as lists.
    y_pred : list of n lists of labels
        The predicted label of each step.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the sentences.

    Returns
    -------
    score : float
        From 0 to 1, the best.

    Raises
    ------
    ValueError or TypeError
        If the two differ in their number of sentences, a sentence in its number of labels, or
        labels in their kind. The message names the sentence.

    See Also
    --------
    token_accuracy_score : Share of the labels that are right.

    Examples
    --------
    >>> from sklearn_rnn.metrics import sequence_accuracy_score
    >>> y_true = [["DET", "NOUN", "VERB"], ["NOUN"]]
    >>> sequence_accuracy_score(y_true, [["DET", "NOUN", "NOUN"], ["NOUN"]])
    0.5
    """
    rows = read_label_rows(y_true, y_pred)
    wrong = rows.sentences[rows.true != rows.predicted]
    right = np.bincount(wrong, minlength=rows.n_sentences) == 0
    return float(np.average(right, weights=sentence_weights(sample_weight, rows.n_sentences)))
