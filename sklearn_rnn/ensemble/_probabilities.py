"""Probabilities of classes, averaged, and the labels that are chosen by them."""

import numpy as np
from scipy.sparse import issparse

__all__ = ["choose_each", "choose_labels", "mean_probabilities", "rows_right", "shape_of"]


def mean_probabilities(parts: list):
    """Average over members: arrays, or for several targets the arrays of each target."""
    if isinstance(parts[0], list):
        return [np.mean(columns, axis=0) for columns in zip(*parts, strict=True)]
    return np.mean(parts, axis=0)


def shape_of(y) -> tuple:
    """Give the shape of labels in whatever form."""
    return y.shape if hasattr(y, "shape") else np.array(y, dtype=object).shape


def choose_labels(probabilities: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Give the most probable label of each sequence ``(n,)``."""
    return classes[probabilities.argmax(axis=1)]


def choose_each(probabilities, classes, like: np.ndarray) -> np.ndarray:
    """Give the labels of each sequence in several columns ``(n, n_columns)``.

    Parameters
    ----------
    probabilities : list of ndarray, or ndarray of shape (n, n_columns)
        Of the classes of each column; or, for columns of 0 and 1, of 1.
    classes : list of ndarray
        Of no meaning for columns of 0 and 1.
    like : ndarray of shape (n, n_columns)
        Predictions of the dtype to give.
    """
    if not isinstance(probabilities, list):
        return (probabilities > 0.5).astype(like.dtype)
    chosen = np.empty_like(like)
    for j, column in enumerate(zip(probabilities, classes, strict=True)):
        chosen[:, j] = list(choose_labels(*column))  # a list, as numpy makes integers of dates
    return chosen


def rows_right(y, predicted: np.ndarray) -> np.ndarray:
    """Tell of each row of labels whether all of them are right ``(n,)``."""
    y = np.array(y.toarray() if issparse(y) else y, dtype=object)
    if y.shape != predicted.shape:
        raise ValueError(
            f"y has the shape {y.shape}, but {predicted.shape} is expected: a row of "
            f"{predicted.shape[1]} labels for each sequence."
        )
    return (y == predicted.astype(object)).all(axis=1)
