"""From the series of a fit to what a forecaster's net is trained and validated on."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.data import SeriesPanel, gather_positions, series_scales
from sklearn_rnn.estimators._forecaster_defaults import COUNT_LOSSES, is_much
from sklearn_rnn.estimators._forecaster_planning import traits_of
from sklearn_rnn.estimators._forecaster_windows import (
    WindowSplit,
    row_weights,
    split_windows,
    validation_rows,
)
from sklearn_rnn.training import Windows

__all__ = [
    "TrainingPart",
    "append_newer",
    "newest_part",
    "newest_windows",
    "split_panel",
    "weigh",
]


class TrainingPart(NamedTuple):
    """Windows of a panel, with the weights of its values (None: all 1).

    Where there is a ``series_scale`` (n_series,), errors count in units of it.
    """

    panel: SeriesPanel
    windows: Windows
    weight: np.ndarray | None
    series_scale: np.ndarray | None
    is_training: bool


def split_panel(estimator, panel: SeriesPanel) -> WindowSplit:
    """Split the windows of a panel into those to train on and those that early stopping watches.

    Raises
    ------
    ValueError
        If early stopping was asked for, but no series can spare rows to validate on.
    """
    horizon, first = estimator.horizon_, estimator._least_history
    held = np.zeros(panel.n_series, dtype=np.int64)
    if estimator.early_stopping_:
        fraction = estimator.validation_fraction
        held = validation_rows(panel.lengths, fraction, horizon=horizon, first=first)
    if estimator.early_stopping is True and not held.any():
        raise ValueError(
            f"no series can spare its last {horizon} step(s) or more to validate on: the longest "
            f"has {panel.lengths.max()} row(s); give longer series, a smaller horizon, or "
            "early_stopping=False."
        )
    return split_windows(panel, held, horizon=horizon, first=first)


def weigh(estimator, panel: SeriesPanel, split: WindowSplit, sample_weight):
    """Give the parts to train and to validate on; the latter is None without early stopping."""
    weight = row_weights(
        panel, sample_weight, estimator.recency, np.maximum(panel.lengths - split.held_rows, 0)
    )
    scale = error_scales(estimator, panel, split.held_rows)
    train = TrainingPart(panel, split.train, weight, scale, is_training=True)
    if not estimator.early_stopping_ or split.held is None:
        return train, None
    return train, TrainingPart(panel, split.held, None, scale, is_training=False)


def error_scales(estimator, panel: SeriesPanel, held_rows) -> np.ndarray | None:
    """Give the mean absolute seasonal change of each series, or None if windows are the unit.

    Logarithms are of one unit anyway, counts have their own, and where there is much to learn
    from, weighing all windows alike was better.
    """
    if estimator.log_ or estimator.loss_ in COUNT_LOSSES or is_much(traits_of(panel)):
        return None
    ends = np.maximum(panel.offsets[1:] - held_rows, panel.offsets[:-1])
    return series_scales(panel.target, panel.offsets[:-1], ends, panel.axis.season_length)


def newest_windows(estimator, panel: SeriesPanel, rows: SeriesPanel) -> WindowSplit:
    """Give the windows of a panel whose future holds rows of its part ``rows``; none is held out.

    The groups of both are the same.
    """
    horizon = estimator.horizon_
    old = np.repeat(rows.starts - panel.starts, panel.n_targets)
    return split_windows(
        panel,
        np.zeros(panel.n_series, dtype=np.int64),
        horizon=horizon,
        first=estimator._least_history,
        since=np.where(old > 0, np.maximum(old - horizon + 1, 1), 0),
    )


def newest_part(
    estimator, panel: SeriesPanel, rows: SeriesPanel, split: WindowSplit, weight_of_rows
) -> TrainingPart:
    """Give the newest windows with their weights, those of older rows being 1."""
    weight = None
    if weight_of_rows is not None:
        weight = np.ones(panel.n_rows)
        new = gather_positions(panel.group_offsets[1:] - rows.group_lengths, rows.group_lengths)
        weight[new] = weight_of_rows
    weight = row_weights(panel, weight, estimator.recency, panel.lengths)
    scale = error_scales(estimator, panel, split.held_rows)
    return TrainingPart(panel, split.train, weight, scale, is_training=True)


def append_newer(panel: SeriesPanel, rows: SeriesPanel, *, gaps: str) -> SeriesPanel:
    """Append those rows that come after the ones there are, and new groups."""
    if panel.axis.kind == "position":
        return panel.extend(rows, gaps=gaps)
    found = panel.find(rows.ids)
    since = np.where(found < 0, rows.starts, panel.stops[found])
    newer = rows.since(since)
    filled = np.flatnonzero(newer.group_lengths > 0)
    return panel.extend(newer.select(filled), gaps=gaps) if len(filled) else panel
