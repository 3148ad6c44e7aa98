"""Frames in the layout in which the user gave theirs."""

import importlib

import numpy as np
import pandas as pd

from sklearn_rnn.data._panel import PanelColumns
from sklearn_rnn.data._time_axis import TimeAxis

__all__ = ["as_library", "lay_out_panel"]


def lay_out_panel(values: dict, *, ids, ticks, columns: PanelColumns, axis: TimeAxis):
    """Give values of series as a frame in the user's layout: ids and times as they came.

    Parameters
    ----------
    values : dict of arrays of shape (rows,)
        The columns, by their names, in their order.
    ids : array of shape (rows,), object, or None
        The id of each row; None where the fit had none.
    ticks : array of shape (rows,)
        The time of each row.
    columns, axis
        What the fit learned.

    Returns
    -------
    DataFrame of pandas, or of polars if the fit's was
        Ids and times are columns or index as at fit, under their names and with their dtypes.
    """
    times = _times(np.asarray(ticks), axis)
    parts = _id_columns(ids, columns)
    if columns.layout == "multiindex":
        index = pd.MultiIndex.from_arrays([*parts.values(), times])
        return pd.DataFrame(values, index=index.set_names([*columns.id_names, axis.name]))
    if columns.layout != "columns":
        frame = pd.DataFrame(parts | values, index=times)
    else:
        frame = pd.DataFrame(parts | {columns.time_name: times} | values)
    return as_library(frame, columns.library)


def _times(ticks, axis):
    return pd.Index(ticks) if axis.kind == "position" else axis.from_ticks(ticks)


def _id_columns(ids, columns):
    """Give the columns of ids by their names, with the dtypes of the fit."""
    if not columns.id_names:
        return {}
    parts = [ids] if len(columns.id_names) == 1 else zip(*ids, strict=True)
    return {
        name: _as_dtype(list(part), dtype)
        for name, part, dtype in zip(columns.id_names, parts, columns.id_dtypes, strict=True)
    }


def _as_dtype(part, dtype):
    return pd.array(part, dtype=dtype) if dtype != "object" else np.array(part, dtype=object)


def as_library(frame: pd.DataFrame, library: str):
    """Give a frame of pandas as one of polars, where the user's was."""
    if library == "pandas":
        return frame
    columns = {name: _as_plain(frame[name]) for name in frame.columns}
    return importlib.import_module(library).DataFrame(columns)


def _as_plain(column):
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return [time.to_pydatetime() for time in column]
    if column.dtype == "datetime64[s]":  # what days of polars, which knows no seconds, became
        return column.to_numpy().astype("datetime64[D]")
    is_text = column.dtype == object or isinstance(column.dtype, pd.StringDtype)
    return column.tolist() if is_text else column.to_numpy()
