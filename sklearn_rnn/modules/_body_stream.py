"""A body that reads sequences in parts, in memory that does not grow with their length."""

import copy

import torch
from torch import Tensor, nn

from sklearn_rnn.nn import (
    LONG_READ,
    MeanPooling,
    OnlinePooling,
    RecurrentStack,
    online_pooling,
    segment_steps,
)

__all__ = ["BodyStream", "read_whole"]


class BodyStream:
    """Reads the steps of a batch of sequences part by part, in one direction.

    Parameters
    ----------
    recurrent : RecurrentStack
    pooling : Module
        One of ``POOLINGS``.
    segment : int
        How many steps are read as one.
    means : MeanPooling or None
        What pools the steps themselves, if anything does.
    direction : int, default=0
        1 reads backward: parts come from the last one to the first, and lie in that order.
    """

    def __init__(
        self,
        recurrent: RecurrentStack,
        pooling: nn.Module,
        *,
        segment: int = 1,
        means: MeanPooling | None = None,
        direction: int = 0,
    ):
        self.recurrent, self.segment, self.direction = recurrent, segment, direction
        self._states: OnlinePooling = online_pooling(pooling)
        self._means = None if means is None else online_pooling(means)
        self._carried = self._rest = None

    def read(self, steps: Tensor) -> None:
        """Read further steps ``(batch, time, features)``; those that fill no segment wait."""
        if self._means is not None:
            self._means.add(steps)
        if self._rest is not None:
            steps = torch.cat([self._rest, steps], dim=1)
        n_whole = steps.shape[1] // self.segment * self.segment
        self._rest = steps[:, n_whole:] if n_whole < steps.shape[1] else None
        self.read_segments(segment_steps(steps[:, :n_whole], None, self.segment)[0])

    def read_segments(self, steps: Tensor) -> None:
        """Read what stands for segments already ``(batch, time, segment * features)``."""
        for part in steps.split(LONG_READ, dim=1) if steps.shape[1] else ():
            states, self._carried = self.recurrent.run_stretch(
                part, self._carried, direction=self.direction
            )
            self._states.add(states)

    def pooled(self) -> list[Tensor]:
        """Give the pooled states, and the means of the steps if they are wanted, of all so far."""
        states = self._states
        if self._rest is not None:
            ahead = copy.copy(self)
            ahead._states = copy.copy(states)
            ahead.read_segments(segment_steps(self._rest, None, self.segment)[0])
            states = ahead._states
        return [part.result() for part in (states, self._means) if part is not None]


def read_whole(read, time: int, size: int, ahead: BodyStream, back: BodyStream | None) -> Tensor:
    """Read whole sequences of ``time`` steps, ``size`` of them at a time, from one end or both.

    Parameters
    ----------
    read : callable
        Gives the steps from one place to another: ``read(start, end)``.
    time, size : int
        ``size`` is a multiple of the segment.
    ahead, back : BodyStream
        One for each direction; None where nothing is read backward.

    Returns
    -------
    Tensor of shape (batch, units)
    """
    starts = range(0, time, size)
    for start in starts:
        ahead.read(read(start, start + size))
    if back is None:
        return torch.cat(ahead.pooled(), dim=1)
    for start in reversed(starts):
        segments, _ = segment_steps(read(start, start + size), None, back.segment)
        back.read_segments(segments.flip(1))
    return torch.cat([ahead.pooled()[0], *back.pooled(), *ahead.pooled()[1:]], dim=1)
