"""What an encoder is trained on: sequences alone, or with those before and after them."""

from math import ceil

import numpy as np
import pandas as pd

from sklearn_rnn.data import UNKNOWN_ID, show
from sklearn_rnn.estimators._splitting import validation_split
from sklearn_rnn.estimators._training_data import TrainingData
from sklearn_rnn.training import MissingSteps

__all__ = [
    "MarkedGaps",
    "count_ids",
    "count_told",
    "find_neighbours",
    "refuse_columns",
    "split_sequences",
    "token_shares",
]

_NONE = -1


class MarkedGaps(MissingSteps):
    """Fills gaps in, and marks those of all columns.

    Marks of columns that ``fit`` saw no gap in come behind all inputs: no network reads them, but
    a vector need not tell what is filled in.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn.estimators._encoder_data import MarkedGaps
    >>> gaps = MarkedGaps(columns=np.array([0]), unit=None)
    >>> gaps.fill(np.array([[1.0, 2.0], [3.0, np.nan]]), lengths=np.array([2])).tolist()
    [[1.0, 2.0, 0.0, 0.0, 0.0], [3.0, 2.0, 0.0, 0.0, 1.0]]
    >>> gaps.pairs(2)
    ((0, 2), (1, 4))
    """

    def fill(self, values: np.ndarray, lengths: np.ndarray, times=None) -> np.ndarray:
        """Fill standardised steps as ``MissingSteps`` does, and add the other marks."""
        filled = super().fill(values, lengths, times)
        marks = np.isnan(values[:, self._others(values.shape[1])]).astype(np.float32)
        return np.concatenate([filled, marks], axis=1)

    def pairs(self, n_features: int) -> tuple[tuple[int, int], ...]:
        """Give each column with the place of its mark."""
        inputs = [(column, n_features + 2 * i) for i, column in enumerate(self.columns.tolist())]
        others = enumerate(self._others(n_features).tolist(), n_features + self.n_inputs)
        return (*inputs, *((column, place) for place, column in others))

    def _others(self, n_features):
        return np.setdiff1d(np.arange(n_features), self.columns)


def refuse_columns(estimator) -> None:
    """Raise a ValueError if X had columns beside its steps, which an encoder does not read."""
    columns = estimator._columns
    found = {
        "categories of steps": len(columns.ids["codes"]),
        "columns of whole sequences": columns.n_static + len(columns.ids["static_codes"]),
    }
    for what, n in found.items():
        if n:
            raise ValueError(
                f"X has {n} {what}, but {type(estimator).__name__} reads numbers, texts, tokens or "
                "ids alone: leave them out (from_frame(..., categorical=[]) or "
                "Sequences(values=X.values, offsets=X.offsets)), or put OneHotSequences in front "
                "of it."
            )


def find_neighbours(n: int, documents) -> np.ndarray:
    """Give the rows before and after each of ``n`` rows: ``(n, 2)``, -1 where there is none.

    Parameters
    ----------
    n : int
        How many sequences there are, in order.
    documents : array-like of shape (n,) or None
        The document of each sequence, whose sequences stand together; None means one document.

    Raises
    ------
    ValueError
        If a document is missing or stands apart, there are more or fewer than sequences, or no
        sequence has a neighbour.
    """
    joined = np.ones(max(n - 1, 0), dtype=bool)
    if documents is not None:
        numbers = _number_documents(n, documents)
        joined = numbers[1:] == numbers[:-1]
        _check_together(documents, numbers, joined)
    rows = np.arange(n)
    before = np.where(np.r_[False, joined][:n], rows - 1, _NONE)
    after = np.where(np.r_[joined, False][:n], rows + 1, _NONE)
    if not joined.any():
        raise ValueError(
            'objective="next_sentence" learns from the sequences before and after each, but no '
            "sequence of X has one: give two or more in order, with documents that say which one "
            'each belongs to, or fit with objective="autoencoder".'
        )
    return np.column_stack([before, after]).astype(np.int64)


def _number_documents(n, documents):
    """Number documents from 0 on, as they first come ``(n,)``."""
    expected = f"documents must be the document of each of the {n} sequences of X"
    try:
        documents = np.asarray(documents, dtype=object)  # as it is: no NaN becomes a text
        numbers = pd.factorize(documents)[0] if documents.ndim == 1 else None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{expected}, a number or a text for each: {error}") from error
    if documents.shape != (n,):
        raise ValueError(
            f"{expected}, an array of shape ({n},), but has the shape {documents.shape}."
        )
    if (numbers < 0).any():
        row = int(np.argmax(numbers < 0))
        raise ValueError(
            f"{expected}, but is {documents[row]!r} at row {row} ({np.sum(numbers < 0)} are "
            "missing); a sequence that belongs to none is a document of its own: give it a name."
        )
    return numbers


def _check_together(documents, numbers, joined):
    starts = numbers[np.flatnonzero(~np.r_[False, joined])]
    again = np.flatnonzero(np.bincount(starts) > 1)
    if len(again):
        rows = np.flatnonzero(numbers == again[0])
        gap = rows[np.argmax(np.diff(rows) > 1)]
        raise ValueError(
            f"documents has {show(np.asarray(documents).tolist()[gap])} at row {gap} and again "
            f"after row {gap + 1}, which is of another document; the sequences of a document stand "
            "together, in order: sort X."
        )


def split_sequences(data: TrainingData, fraction: float, seed: int) -> tuple:
    """Give what to train and to validate on: of sequences in order, the end is held out."""
    n = len(data.target)
    train, valid = validation_split(n, fraction, seed=seed % 2**32)
    if data.target.shape[1]:
        n_valid = ceil(fraction * n)
        train, valid = np.arange(n - n_valid), np.arange(n - n_valid, n)
    return _take(data, train), _take(data, valid)


def _take(data, rows):
    """Take rows, whose neighbours among the other ones are none."""
    part = data.take(rows)
    target = np.where(np.isin(part.target, rows), part.target, _NONE)
    if target.shape[1] and (target == _NONE).all():
        raise ValueError(
            f"validation_fraction leaves {len(rows)} sequence(s) together, which is no document "
            "to learn or to validate on; give more, X_val, or early_stopping=False."
        )
    return part._replace(target=target)


def count_ids(ids: np.ndarray, n_tokens: int) -> np.ndarray:
    """Count each id ``(n_tokens,)``; those beyond are unknown."""
    return np.bincount(np.where(ids < n_tokens, ids, UNKNOWN_ID), minlength=n_tokens)


def count_told(counts: np.ndarray) -> int:
    """Give how many tokens a bag tells apart: as many as hold all those that come again.

    What comes once, at the end of ids that go by falling frequency, has nothing to be like, and is
    told as the unknown token, which is so known by about the share that new ones have.
    """
    again = np.flatnonzero(counts > 1)
    return len(counts) if not len(again) else max(UNKNOWN_ID, int(again[-1])) + 1


def token_shares(counts: np.ndarray, sample: float) -> np.ndarray:
    """Give how much each token counts: ``sqrt(sample / share)`` where its share is larger.

    Mikolov et al., "Distributed Representations of Words and Phrases and their
    Compositionality", 2013, eq. 5, where it is the chance to be kept. 0 lets all count alike.

    Examples
    --------
    >>> from sklearn_rnn.estimators._encoder_data import token_shares
    >>> token_shares([0, 0, 3, 0], sample=0.25).tolist()
    [1.0, 1.0, 0.5, 1.0]
    """
    if sample == 0:
        return np.ones(len(counts), dtype=np.float32)
    shares = np.asarray(counts) / max(1, np.sum(counts))
    return np.sqrt(sample / np.maximum(shares, sample)).astype(np.float32)
