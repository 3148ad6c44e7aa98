"""Sequences written from vectors."""

import numpy as np
import torch

from sklearn_rnn.data import check_text
from sklearn_rnn.preprocessing._analyzers import ANALYZERS, analyze
from sklearn_rnn.preprocessing._spacing import Spacing

__all__ = ["spacing_of", "write_numbers", "write_tokens"]

# So many steps are written at a time, of a multiple of 8 rows, which makes no row depend on others.
_STEPS, _ROWS = 1 << 13, 8


def spacing_of(encoder, X) -> Spacing | None:
    """Learn where spaces stand in texts that an encoder takes apart; None where none is lost."""
    analyzer = getattr(encoder, "analyzer_", None)
    if analyzer is None or analyzer == "char":
        return None
    texts = check_text(X)
    token_lists = analyze(texts, analyzer if callable(analyzer) else ANALYZERS[analyzer])
    lowercase = getattr(encoder, "lowercase", False)
    return Spacing.learn(texts, token_lists, str.lower if lowercase else str)


def write_tokens(estimator, vectors: np.ndarray, longest: int) -> np.ndarray:
    """Write tokens up to their end, in the form of what ``fit`` saw: an object array ``(n,)``."""
    lengths = np.full(len(vectors), longest)
    ids = _written(estimator.module_, vectors, lengths)
    found = np.empty(len(vectors), dtype=object)
    for i, row in enumerate(ids):
        ends = np.flatnonzero(row == 0)
        found[i] = _decode(estimator, row[: ends[0]] if len(ends) else row)
    return found


def write_numbers(estimator, vectors: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Write so many steps for each vector, in the scale of ``fit``: an object array ``(n,)``."""
    scaler = estimator._scaler
    found = np.empty(len(vectors), dtype=object)
    for i, row in enumerate(_written(estimator.module_, vectors, lengths)):
        found[i] = row.astype(np.float64) * scaler.scale + scaler.mean
    return found


def _written(module, vectors, lengths) -> list:
    """Give what the network writes from each vector, so many steps."""
    module.eval()
    device = next(module.parameters()).device
    order = np.argsort(-lengths, kind="stable")
    found, start = [None] * len(order), 0
    while start < len(order):
        longest = int(lengths[order[start]])
        rows = order[start : start + max(1, _STEPS // longest // _ROWS) * _ROWS]
        start += len(rows)
        given = np.concatenate([vectors[rows], vectors[rows[-1:]].repeat(-len(rows) % _ROWS, 0)])
        with torch.inference_mode():
            written = module.write(torch.from_numpy(given).to(device), longest).cpu().numpy()
        for row, steps in zip(rows, written[: len(rows)], strict=True):
            found[row] = steps[: lengths[row]]
    return found


def _decode(estimator, ids):
    """Give a text where ``fit`` saw texts, else a list of tokens, or an array of ids."""
    if estimator._vocabulary is None:
        return ids
    tokens = estimator._vocabulary.decode(ids.tolist())
    analyzer = getattr(getattr(estimator, "encoder_", None), "analyzer_", None)
    if analyzer is None:
        return tokens
    if estimator._spacing is not None:
        return estimator._spacing.join(tokens)
    return ("" if analyzer == "char" else " ").join(tokens)
