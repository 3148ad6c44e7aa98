"""Forecasts in frames of pandas or polars, put together."""

import re

import numpy as np

from sklearn_rnn.ensemble._mixtures import quantiles_of_mixture

__all__ = ["combine_forecasts"]

_END = re.compile(r"(?P<base>.*)-(?P<side>lo|hi)-(?P<percent>\d+(\.\d+)?)")


def combine_forecasts(frames: list):
    """Give one frame, or Series, in the place of those of the members.

    What differs between members is a forecast: its median is given. The ends of intervals
    (columns named as "y-lo-80" and "y-hi-80") are those of the mixture of the members. All other
    columns, the index, the names and the dtypes stay.
    """
    first = frames[0]
    if len(first.shape) == 1:
        return _with_values(first, _median(frames))
    columns = [[_column(frame, j) for frame in frames] for j in range(first.shape[1])]
    changed = {
        j: _median(parts)
        for j, parts in enumerate(columns)
        if not all(parts[0].equals(part) for part in parts)
    }
    for levels in _ends(first.columns):
        changed |= _mixed_ends(columns, levels)
    return _replace(first, {j: _with_values(columns[j][0], new) for j, new in changed.items()})


def _median(parts):
    return np.median([np.asarray(part, dtype=np.float64) for part in parts], axis=0)


def _ends(names):
    """Find the ends of intervals: for each forecast the numbers of their columns, by level."""
    found = {}
    for j, name in enumerate(names):
        match = _END.fullmatch(str(name))
        if match:
            tail = (1 - float(match["percent"]) / 100) / 2
            level = tail if match["side"] == "lo" else 1 - tail
            found.setdefault(match["base"], {})[level] = j
    return list(found.values())


def _mixed_ends(columns, levels):
    known = sorted(levels)
    values = np.stack(
        [[np.asarray(part, dtype=np.float64) for part in columns[levels[p]]] for p in known], -1
    )
    mixed = quantiles_of_mixture(known, values, known)
    return {levels[level]: mixed[:, k] for k, level in enumerate(known)}


def _column(frame, j):
    """Give a column by its number, whatever its name."""
    return frame.iloc[:, j] if hasattr(frame, "iloc") else frame.to_series(j)


def _with_values(series, values):
    """Give a Series with other values: of its floating dtype, or else float64."""
    is_float = "float" in str(series.dtype).lower()
    if not hasattr(series, "iloc"):
        new = type(series)(series.name, values)
        return new.cast(series.dtype) if is_float else new
    new = type(series)(values, index=series.index, name=series.name)
    return new.astype(series.dtype) if is_float else new


def _replace(frame, columns):
    if not hasattr(frame, "iloc"):
        return frame.with_columns(list(columns.values()))
    frame = frame.copy()
    for j, column in columns.items():
        frame.isetitem(j, column)
    return frame
