"""How many predictions are exactly as expected."""

import numpy as np

from sklearn_rnn.metrics._label_rows import sentence_weights

__all__ = ["exact_match_score"]


def exact_match_score(y_true, y_pred, *, sample_weight=None) -> float:
    """Share of the predicted sequences that are as expected, from their first item to their last.

    Parameters
    ----------
    y_true : list of n str, or of n sequences of any lengths
        The true sequences.
    y_pred : list of n str, or of n sequences of any lengths
        The predicted ones.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the sequences.

    Returns
    -------
    score : float
        From 0 to 1, the best.

    Raises
    ------
    ValueError
        If the two differ in their number.

    See Also
    --------
    sequence_accuracy_score : For labels of steps, of which there have to be as many.
    bleu_score : Counts what is right in part.

    Examples
    --------
    >>> from sklearn_rnn.metrics import exact_match_score
    >>> exact_match_score(["2016-05-03", "1999-12-31"], ["2016-05-03", "1999-12-3"])
    0.5
    """
    if len(y_true) != len(y_pred) or not len(y_true):
        raise ValueError(
            f"y_true has {len(y_true)} sequence(s) and y_pred has {len(y_pred)}; give both for the "
            "same sequences, of at least one."
        )
    right = [
        expected == found if isinstance(expected, str) else list(expected) == list(found)
        for expected, found in zip(y_true, y_pred, strict=True)
    ]
    return float(np.average(right, weights=sentence_weights(sample_weight, len(right))))
