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
        all steps. NaN is left out.
        """
        n = len(values) if parts is None else int(parts[1].sum())
        step = max(1, _CHUNK // max(1, values.shape[1]))

        def chunks():
            for i in range(0, n, step):
                end = min(i + step, n)
                yield values[i:end] if parts is None else values[_positions(i, end, *parts)]

        # Sums of differences from the first step: no offset, however large, costs digits.
        first = _first_seen(chunks())
        sums = [_sum(chunk - first) for chunk in chunks()]
        counts = np.maximum(1, sum(count for _, count in sums))
        mean = first + sum(total for total, _ in sums) / counts
        squares = sum(_sum(np.square(chunk - mean))[0] for chunk in chunks())
        scale = np.sqrt(squares / counts)
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


def _first_seen(chunks):
    """Give the first value of each feature that is no NaN; 0 where there is none."""
    first = None
    for chunk in chunks:
        first = np.array(chunk[0], dtype=np.float64) if first is None else first
        for column in np.flatnonzero(np.isnan(first)):
            seen = chunk[~np.isnan(chunk[:, column]), column]
            first[column] = seen[0] if len(seen) else np.nan
        if not np.isnan(first).any():
            break
    return np.nan_to_num(first)


def _sum(chunk):
    """Sum up each feature without its NaN, and count what was summed."""
    total = chunk.sum(0)
    if not np.isnan(total).any():
        return total, len(chunk)
    return np.nansum(chunk, axis=0), len(chunk) - np.isnan(chunk).sum(0)


def _positions(begin, end, starts, lengths):
    """Give where the steps ``begin`` to ``end`` of the stretches, laid end to end, stand."""
    ends = np.cumsum(lengths)
    step = np.arange(begin, end)
    stretch = np.searchsorted(ends, step, side="right")
    return step + (starts - (ends - lengths))[stretch]
