"""How many predictions are exactly as expected."""

import numpy as np

from sklearn_rnn.data import as_array
from sklearn_rnn.metrics._label_rows import sentence_weights

__all__ = ["exact_match_score"]


def exact_match_score(y_true, y_pred, *, sample_weight=None) -> float:
    """Share of the predicted sequences that are as expected, from their first item to their last.

    Parameters
    ----------
    y_true : list of n str, or of n sequences of any lengths
        The true sequences. Where either side is a 2-D array of integers, zeros at the right end
        of its rows are padding, and count for nothing on both sides.
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
    sides = y_true, y_pred
    if any(map(_is_padded, sides)):
        sides = [list(map(_without_padding, side)) for side in sides]
    right = [
        expected == found if isinstance(expected, str) else list(expected) == list(found)
        for expected, found in zip(*sides, strict=True)
    ]
    return float(np.average(right, weights=sentence_weights(sample_weight, len(right))))


def _is_padded(y):
    """Tell a 2-D array of integers, whose rows may end with padding."""
    if getattr(y, "ndim", 1) != 2 or hasattr(y, "columns"):
        return False
    return as_array(y).dtype.kind in "iu"


def _without_padding(row):
    numbers = None if isinstance(row, str) else as_array(row)
    holds_ids = numbers is not None and numbers.dtype.kind in "iu"
    return np.trim_zeros(numbers, "b") if holds_ids else row
