"""The validation split of early stopping."""

from math import ceil

import numpy as np
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

__all__ = ["validation_split"]


def validation_split(n: int, fraction: float, *, classes=None, seed: int):
    """Split ``range(n)`` into rows to train on and rows to validate on.

    Parameters
    ----------
    n : int
        How many sequences there are.
    fraction : float
        The part to validate on; at least one sequence is.
    classes : ndarray of shape (n,), int, or None
        Keeps the shares of the classes where each has at least two members and there is room.
    seed : int

    Returns
    -------
    train, valid : ndarray of int
        Sorted.
    """
    n_valid = max(1, ceil(fraction * n))
    if n_valid >= n:
        raise ValueError(
            f"{n} sequence(s) cannot spare a validation part of {n_valid}; give more data, a "
            "smaller validation_fraction, X_val and y_val, or early_stopping=False."
        )
    splitter = ShuffleSplit
    if classes is not None:
        counts = np.unique(classes, return_counts=True)[1]
        if counts.min() >= 2 and min(n_valid, n - n_valid) >= len(counts):
            splitter = StratifiedShuffleSplit
    split = splitter(n_splits=1, test_size=n_valid, random_state=seed)
    train, valid = next(split.split(np.empty(n), classes))
    return np.sort(train), np.sort(valid)
