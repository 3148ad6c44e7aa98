"""The scale on which a forecaster models its series: as they are, or their logarithms."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sklearn_rnn.data import SeriesPanel

__all__ = ["TargetTransform", "check_counts"]


class TargetTransform(NamedTuple):
    """Values to what the network models, and back.

    ``floor``, half of the smallest value of the training data, stands for new values at or below
    zero, which have no logarithm; None means that values stay as they are.
    """

    floor: float | None = None

    @classmethod
    def learn(cls, panel: SeriesPanel, log: bool) -> "TargetTransform":
        """Learn how to take logarithms, or not to.

        Raises
        ------
        ValueError
            If a value is not above zero; the message names its series and time.
        """
        if not log:
            return cls()
        bad = np.flatnonzero(panel.target <= 0)
        if len(bad):
            raise ValueError(
                f"log=True needs values above zero, but one is {_show(panel, bad[0])}; leave log "
                "at 'auto', or set it to False."
            )
        return cls(floor=float(np.nanmin(panel.target)) / 2)

    def forward(self, values: np.ndarray) -> np.ndarray:
        """Give what the network models."""
        if self.floor is None:
            return values
        return np.log(np.where(values <= 0, self.floor, values))

    def inverse(self, values: np.ndarray) -> np.ndarray:
        """Give values back."""
        return values if self.floor is None else np.exp(values)

    def of_panel(self, panel: SeriesPanel) -> SeriesPanel:
        """Give a panel with transformed targets."""
        return panel if self.floor is None else replace(panel, target=self.forward(panel.target))


def check_counts(panel: SeriesPanel, loss: str) -> None:
    """Raise an error if a value is below zero, which no count is; it names the series and time."""
    bad = np.flatnonzero(panel.target < 0)
    if len(bad):
        raise ValueError(
            f"loss={loss!r} is one of counts, which are not below zero, but one is "
            f"{_show(panel, bad[0])}; take another loss, such as 'student_t'."
        )


def _show(panel, row):
    """Give a row of the targets as text: its value, series and time."""
    series = int(np.searchsorted(panel.offsets, row, side="right")) - 1
    group = int(panel.group_of(series))
    tick = int(panel.starts[group] + row - panel.offsets[series])
    return f"{panel.target[row]:g}, at {panel.locate(group, tick)}"
