"""Forecasts in the layout in which the user gave the series."""

from collections.abc import Hashable
from numbers import Real

import numpy as np

from sklearn_rnn.data import SeriesPanel, lay_out_panel

__all__ = ["check_levels", "check_quantiles", "forecast_columns", "lay_out_ahead"]


def check_quantiles(quantiles) -> np.ndarray:
    """Give quantiles as an array, or raise a ValueError if one is not between 0 and 1."""
    try:
        levels = np.array(quantiles, dtype=np.float64, ndmin=1)
    except (TypeError, ValueError):
        levels = np.empty(0)
    if levels.ndim != 1 or not len(levels) or not ((levels > 0) & (levels < 1)).all():
        raise ValueError(
            f"quantiles must be one or more numbers between 0 and 1, but are {quantiles!r:.60}."
        )
    return levels


def check_levels(level) -> list:
    """Give the levels of intervals, in percent, in rising order; an int stays one."""
    levels = [] if level is None else list(np.atleast_1d(level).tolist())
    for percent in levels:
        if not (isinstance(percent, Real) and 1 <= percent < 100):
            raise ValueError(
                f"level holds percentages between 1 and 100, such as [80, 95], but one is "
                f"{percent!r}; for a coverage of 0.8 give 80."
            )
    return sorted(set(levels))


def forecast_columns(name: str, points: np.ndarray, levels: list, quantiles) -> dict:
    """Give the columns of one target, with intervals named as utilsforecast names them.

    Parameters
    ----------
    name : str
    points : ndarray of shape (rows,)
    levels : list
        Percentages, rising.
    quantiles : ndarray of shape (rows, 2 * len(levels)) or None
        The lower ends from the innermost to the outermost, then the upper ends likewise.
    """
    columns, n = {name: points}, len(levels)
    for i in reversed(range(n)):
        columns[f"{name}-lo-{levels[i]:g}"] = quantiles[:, i]
    for i in range(n):
        columns[f"{name}-hi-{levels[i]:g}"] = quantiles[:, n + i]
    return columns


def interval_quantiles(levels: list) -> np.ndarray:
    """Give the quantiles that are the ends of intervals, as ``forecast_columns`` wants them."""
    tails = (1 - np.array(levels, dtype=np.float64) / 100) / 2
    return np.concatenate([tails, 1 - tails])


def forecast_names(panel: SeriesPanel, own_name: str, name=None) -> list:
    """Give the name of the forecasts of each target: that given, else that of the target.

    That of the forecaster where the frame is as utilsforecast wants it, whose target is "y".

    Raises
    ------
    ValueError
        If as many names are not given as there are targets, or one is that of another column.
    """
    columns = panel.columns
    if name is not None:
        return _check_names(name, columns)
    if not columns.target_names:
        return ["forecast"]
    if is_long_frame(columns) and columns.target_names == ("y",):
        return [own_name]
    return list(columns.target_names)


def _check_names(name, columns):
    names = list(name) if isinstance(name, list | tuple) else [name]
    is_good = all(isinstance(each, Hashable) for each in names)
    if not is_good or len(names) != columns.n_targets or len(set(names)) < len(names):
        raise ValueError(
            f"name must be one name for each of {columns.n_targets} target(s), in a list if there "
            f"are several, but is {name!r:.100}."
        )
    taken = [*columns.id_names, columns.time_name] if columns.layout != "position" else []
    for each in names:
        if each in taken:
            raise ValueError(f"name={each!r} names a column of ids or times; take another.")
    return names


def is_long_frame(columns) -> bool:
    """Tell whether a frame has the columns unique_id and ds, as utilsforecast names them."""
    return columns.id_names == ("unique_id",) and columns.time_name == "ds"


def lay_out_ahead(panel: SeriesPanel, n_steps: int, values: dict):
    """Lay out values (n_groups * n_steps,) of the steps after the end of each group."""
    ticks = (panel.stops[:, None] + np.arange(n_steps)).ravel()
    ids = None if panel.ids is None else np.repeat(panel.ids, n_steps)
    dtypes = panel.columns.target_dtypes
    if dtypes and all(str(dtype) == "float32" for dtype in dtypes):
        values = {name: part.astype(np.float32) for name, part in values.items()}
    return lay_out_panel(values, ids=ids, ticks=ticks, columns=panel.columns, axis=panel.axis)
