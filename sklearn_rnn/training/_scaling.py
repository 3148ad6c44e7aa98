"""Standardising numeric steps."""

from typing import NamedTuple

import numpy as np

__all__ = ["StepScaler"]

# Numbers, of all features together, that are looked at in one go.
_CHUNK = 1 << 20


class StepScaler(NamedTuple):
    """The mean and deviation of each feature over all steps, in float64.

    Statistics and subtraction are in float64, before the cast to float32, so that a large offset
    (a clock in seconds, a pressure in pascal) costs no precision.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(
        cls, values: np.ndarray, parts: tuple[np.ndarray, np.ndarray] | None = None
    ) -> "StepScaler":
        """Measure steps ``(steps, features)``, a chunk at a time; a constant gets scale 1.

        ``parts`` are the starts and the lengths of those stretches that are measured; None means
        all steps.
        """
        n = len(values) if parts is None else int(parts[1].sum())
        step = max(1, _CHUNK // values.shape[1])

        def chunks():
            for i in range(0, n, step):
                end = min(i + step, n)
                yield values[i:end] if parts is None else values[_positions(i, end, *parts)]

        # Sums of differences from the first step: no offset, however large, costs digits.
        first = np.array(values[0 if parts is None else parts[0][0]], dtype=np.float64)
        mean = first + sum((chunk - first).sum(0) for chunk in chunks()) / n
        squares = sum(np.square(chunk - mean).sum(0) for chunk in chunks())
        scale = np.sqrt(squares / n)
        # A column whose steps differ by rounding errors alone is constant.
        constant = scale <= 10 * np.finfo(np.float64).eps * np.abs(mean)
        return cls(mean=mean, scale=np.where(constant, 1.0, scale))

    def transform(self, values: np.ndarray) -> np.ndarray:
        """Give ``(values - mean) / scale`` as float32; the last axis is features."""
        scaled = np.empty(values.shape, dtype=np.float32)
        step = max(1, _CHUNK // max(1, values[:1].size))
        for i in range(0, len(values), step):
            part = values[i : i + step].astype(np.float64)
            part -= self.mean
            part /= self.scale
            scaled[i : i + step] = part
        return scaled


def _positions(begin, end, starts, lengths):
    """Give where the steps ``begin`` to ``end`` of the stretches, laid end to end, stand."""
    ends = np.cumsum(lengths)
    step = np.arange(begin, end)
    stretch = np.searchsorted(ends, step, side="right")
    return step + (starts - (ends - lengths))[stretch]
