"""What a decoder may read beside the state of the past."""

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["FutureSizes", "KnownFuture"]


class FutureSizes(NamedTuple):
    """How many numbers there are of each part of :class:`KnownFuture`."""

    known: int = 0
    calendar: int = 0
    context: int = 0

    @property
    def of_step(self) -> int:
        """Numbers of a step."""
        return self.known + self.calendar


class KnownFuture(NamedTuple):
    """What is known of the steps ahead; a part may have no columns.

    ``known`` ``(batch, horizon, n)`` are the columns of each step. ``calendar``, of that shape,
    says when the step is: that of a segment's first step says it for all of them. ``context``
    ``(batch, n)`` belongs to the series.
    """

    known: Tensor
    calendar: Tensor
    context: Tensor

    def steps(self) -> Tensor:
        """Join known columns and calendar of each step."""
        return torch.cat([self.known, self.calendar], dim=2)
