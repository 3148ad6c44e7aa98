"""Scores of each series, and their mean."""

from typing import Any

import numpy as np
import pandas as pd

from sklearn_rnn.metrics._forecasting_input import SeriesLabels

__all__ = ["check_choice", "label_scores", "mean_by_series", "mean_score"]


def mean_by_series(values: np.ndarray, labels: SeriesLabels) -> np.ndarray:
    """Means over the rows of each series, (n, n_targets) -> (n_series, n_targets), NaN left out."""
    observed = ~np.isnan(values)
    filled = np.where(observed, values, 0.0)
    columns = [
        (_sums(filled[:, k], labels), _sums(observed[:, k], labels)) for k in range(values.shape[1])
    ]
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN of a series without values
        return np.stack([total / count for total, count in columns], axis=1)


def _sums(column: np.ndarray, labels: SeriesLabels) -> np.ndarray:
    return np.bincount(labels.codes, weights=column, minlength=labels.n_series)


def label_scores(scores: np.ndarray, labels: SeriesLabels, like: Any) -> pd.Series | pd.DataFrame:
    """Scores (n_series, n_targets) by label; the targets are named as in ``like``."""
    index = pd.RangeIndex(1) if labels.ids is None else labels.ids
    if scores.shape[1] == 1:
        return pd.Series(scores[:, 0], index=index)
    columns = getattr(like, "columns", range(scores.shape[1]))
    return pd.DataFrame(scores, index=index, columns=list(columns))


def mean_score(scores: pd.Series | pd.DataFrame) -> float:
    """The mean over all series that have a score."""
    return float(np.nanmean(scores.to_numpy()))


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raise unless the value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be {' or '.join(map(repr, choices))}, but is {value!r:.40}.")
