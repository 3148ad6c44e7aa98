"""What the covariates of a panel are standardised with."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.data import SeriesPanel
from sklearn_rnn.training._scaling import StepScaler

__all__ = ["WindowScalers"]


class WindowScalers(NamedTuple):
    """The scalers of known, past and static numbers, each None where there are no such columns.

    ``masked_past`` are the past columns in which a value was missing: the network is told where.
    """

    known: StepScaler | None
    past: StepScaler | None
    static: StepScaler | None
    masked_past: tuple[int, ...] = ()

    @classmethod
    def fit(cls, panel: SeriesPanel, rows: np.ndarray | None = None) -> "WindowScalers":
        """Measure the columns.

        Parameters
        ----------
        panel : SeriesPanel
        rows : ndarray of shape (n_rows,), bool, or None
            Which rows are measured, those of the training data; None means all of them.
        """
        present = panel.present if rows is None else panel.present & rows
        return cls(
            known=_fit(panel.known, present),
            past=_fit(panel.past, present),
            static=_fit(panel.static, np.ones(len(panel.static), dtype=bool)),
            masked_past=_missing(panel.past, present),
        )


def _missing(columns, rows):
    """Give the columns in which a value is missing."""
    if not columns.shape[1]:
        return ()
    return tuple(np.flatnonzero(np.isnan(columns[rows]).any(0)).tolist())


def _fit(columns, rows):
    if not columns.shape[1] or not rows.any():
        return None
    return StepScaler.fit(columns if rows.all() else columns[rows])
