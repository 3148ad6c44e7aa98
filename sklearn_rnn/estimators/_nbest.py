"""The likeliest sequences of labels, a few sentences at a time."""

import numpy as np
import torch

__all__ = ["find_nbest"]

# So many sentences of like length are decoded in one go.
_CHUNK = 64


def find_nbest(scores: np.ndarray, lengths: np.ndarray, nbest, n: int) -> list:
    """Give the ``n`` likeliest sequences of tags of each sentence.

    Parameters
    ----------
    scores : ndarray of shape (steps, tags)
        The scores of all steps, end to end.
    lengths : ndarray of shape (sentences,), int
    nbest : callable
        Maps scores ``(batch, time, tags)``, lengths and ``n`` to an ``NBest``.
    n : int

    Returns
    -------
    list of pairs
        Tags ``(found, time)`` and their log-probabilities ``(found,)``, float64, a sentence.
    """
    sentences = torch.from_numpy(scores).split(lengths.tolist())
    order = np.argsort(-lengths, kind="stable")
    results = [None] * len(lengths)
    for begin in range(0, len(order), _CHUNK):
        rows = order[begin : begin + _CHUNK]
        batch = torch.nn.utils.rnn.pad_sequence([sentences[i] for i in rows], batch_first=True)
        found = nbest(batch, torch.from_numpy(lengths[rows]), n)
        parts = zip(rows, found.tags, found.log_probabilities.double(), found.counts, strict=True)
        for i, tags, values, count in parts:
            results[i] = tags[:count, : lengths[i]].numpy(), values[:count].numpy()
    return results
