"""Standardising numeric steps."""

from typing import NamedTuple

import numpy as np

__all__ = ["StepScaler"]

_CHUNK = 1 << 18


class StepScaler(NamedTuple):
    """The mean and deviation of each feature over all steps, in float64.

    Statistics and subtraction are in float64, before the cast to float32, so that a large offset
    (a clock in seconds, a pressure in pascal) costs no precision.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray) -> "StepScaler":
        """Measure steps ``(steps, features)``, a chunk at a time; a constant gets scale 1."""
        n = len(values)
        chunks = range(0, n, _CHUNK)
        # Sums of differences from the first step: no offset, however large, costs digits.
        first = np.array(values[0], dtype=np.float64)
        mean = first + sum((values[i : i + _CHUNK] - first).sum(0) for i in chunks) / n
        squares = sum(np.square(values[i : i + _CHUNK] - mean).sum(0) for i in chunks)
        scale = np.sqrt(squares / n)
        # A column whose steps differ by rounding errors alone is constant.
        constant = scale <= 10 * np.finfo(np.float64).eps * np.abs(mean)
        return cls(mean=mean, scale=np.where(constant, 1.0, scale))

    def transform(self, values: np.ndarray) -> np.ndarray:
        """Give ``(values - mean) / scale`` as float32; the last axis is features."""
        scaled = np.empty(values.shape, dtype=np.float32)
        for i in range(0, len(values), _CHUNK):
            part = values[i : i + _CHUNK].astype(np.float64)
            part -= self.mean
            part /= self.scale
            scaled[i : i + _CHUNK] = part
        return scaled
