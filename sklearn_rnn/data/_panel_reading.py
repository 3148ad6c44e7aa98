"""What the user gave to a forecaster, as panels of series."""

import numpy as np
import pandas as pd

from sklearn_rnn.data._panel import PanelColumns, SeriesPanel
from sklearn_rnn.data._panel_building import (
    RowsToForecast,
    build_panel,
    build_rows,
    check_columns,
    learn_axis,
    sort_rows,
)
from sklearn_rnn.data._panel_columns import (
    assign_panel_roles,
    learn_categories,
    number_columns,
)
from sklearn_rnn.data._panel_source import open_like, open_source
from sklearn_rnn.data._panel_target import open_target, target_of_columns
from sklearn_rnn.data._time_axis import TimeAxis

__all__ = ["RowsToForecast", "learn_panel", "read_panel_like", "read_rows"]


def learn_panel(
    X,
    y=None,
    *,
    time_col=None,
    id_col=None,
    freq=None,
    past=(),
    static=(),
    gaps="error",
) -> SeriesPanel:
    """Read what ``fit`` gets, and learn its columns, categories and time axis.

    Parameters
    ----------
    X : DataFrame of shape (rows, n_columns), array of shape (rows, n_features) or None
        What is known at each time; a frame may have no columns. Frames of polars work too. X may
        also be the target itself, a Series, where y is None.
    y : Series, DataFrame, array of shape (rows,) or (rows, n_targets), str, list of str or None
        The target, or the names of the columns of X that are targets.
    time_col : hashable or None
        The column of times; by default X's index if it holds datetimes, periods or integers, else
        y's, else there is no time but the position of the row.
    id_col : hashable, list of them or None
        The columns that say which series a row belongs to; by default all levels of a MultiIndex
        but the last. Columns named "unique_id", "ds" and "y" are understood by themselves.
    freq : str, offset, int or None
        The frequency; by default it is inferred.
    past : list
        The columns of X that are not known in the future.
    static : list
        The columns of X that are constant within each series.
    gaps : {"error", "mask"}
        Whether times that are left out within a series are an error, or become rows of NaN.

    Returns
    -------
    SeriesPanel

    Raises
    ------
    ValueError or TypeError
        Duplicate, missing or irregular times, gaps, a missing or infinite number in a known
        column, an infinite target, a static column that varies; the message names the column, the
        series and the time. A known column that is the target itself.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_rnn.data import learn_panel
    >>> sales = pd.DataFrame(
    ...     {
    ...         "shop": ["a", "a", "a", "b", "b"],
    ...         "month": pd.to_datetime(["2024-01", "2024-02", "2024-03", "2024-02", "2024-03"]),
    ...         "sales": [3.0, 4.0, 5.0, 7.0, 8.0],
    ...     }
    ... )
    >>> panel = learn_panel(sales, "sales", id_col="shop", time_col="month")
    >>> panel.ids.tolist(), panel.lengths.tolist(), panel.axis.freq
    (['a', 'b'], [3, 2], 'MS')
    >>> panel.locate(1, panel.starts[1])
    "series 'b' at 2024-02-01"
    """
    _check_gaps(gaps)
    if y is None and isinstance(X, pd.Series):
        X, y = None, X
    source = open_source(X, None if _are_names(y) else y, time_col=time_col, id_col=id_col)
    names, found = _learn_target(source, y)
    covariates = [name for name in source.names if name not in names]
    roles = assign_panel_roles(source.table, covariates, past, static)
    _check_unknown(source, found, roles.known)
    coded = [*roles.known_categorical, *roles.past_categorical, *roles.static_categorical]
    columns = PanelColumns(
        **roles._asdict(),
        target_names=found.names,
        categories=learn_categories(source.table, coded),
        id_names=source.id_names,
        id_dtypes=source.id_dtypes,
        time_name=source.time_name,
        layout=source.layout,
        target_kind=found.kind,
        target_dtypes=found.dtypes,
        library=source.library,
        frame=source.frame,
    )
    rows = sort_rows(source)
    axis = learn_axis(source, rows, freq)
    return build_panel(source, rows, found.values, columns, axis, gaps=gaps)


def read_panel_like(
    X,
    y=None,
    *,
    columns: PanelColumns,
    axis: TimeAxis,
    purpose: str,
    gaps: str = "error",
) -> SeriesPanel:
    """Read new data in the layout of the fit: a context, or an update.

    Parameters
    ----------
    X, y
        As in ``learn_panel``; without y the targets are columns of X, under their names at fit.
    columns, axis
        What the fit learned.
    purpose : str
        What the data are for, for messages: "context".
    gaps : {"error", "mask"}
        As in ``learn_panel``.

    Raises
    ------
    ValueError or TypeError
        As ``learn_panel``; and columns or times that the fit had and X has not.
    """
    _check_gaps(gaps)
    if y is None and isinstance(X, pd.Series):
        X, y = None, X
    source = open_like(X, y, columns=columns, axis=axis, purpose=purpose)
    values = _target_like(source, y, columns, purpose)
    needed = [*columns.known, *columns.known_categorical, *columns.past, *columns.past_categorical]
    needed += [*columns.static, *columns.static_categorical]
    check_columns(source, needed, purpose)
    return build_panel(source, sort_rows(source), values, columns, axis, gaps=gaps)


def read_rows(X, *, columns: PanelColumns, axis: TimeAxis) -> RowsToForecast:
    """Read the rows that ``predict`` is to forecast, in any order.

    Without time, ticks count the rows of each series from 0: add the panel's ``stops``.

    Raises
    ------
    ValueError or TypeError
        As ``read_panel_like``; a time that occurs twice in a series is an error, a gap is none.
    """
    if X is None:
        raise ValueError(
            "X is None, but its rows say which times are to be forecast: give a DataFrame, or an "
            "index of times where no column is known; forecast(steps) goes on from the end."
        )
    source = open_like(X, None, columns=columns, axis=axis, purpose="X")
    check_columns(source, [*columns.known, *columns.known_categorical], "X")
    return build_rows(source, columns, axis)


# --- targets ------------------------------------------------------------------------------------


def _check_gaps(gaps):
    if gaps not in ("error", "mask"):
        raise ValueError(f"gaps must be 'error' or 'mask', but is {gaps!r}.")


def _are_names(y):
    return isinstance(y, str) or (
        isinstance(y, list) and len(y) > 0 and all(isinstance(name, str) for name in y)
    )


def _learn_target(source, y):
    """Give the columns of X that are targets, and the targets."""
    if y is None and "y" in source.names and source.time_name == "ds":
        y = "y"
    if y is None:
        raise ValueError(
            "y is needed: a Series, an array, or the name of the column of X that is to be "
            f"forecast, of {source.names!r:.200}."
        )
    if not _are_names(y):
        return (), open_target(y, source.n_rows)
    names = [y] if isinstance(y, str) else y
    for name in names:
        if name not in source.names:
            raise ValueError(
                f"the target {name!r} is no column of X, which has {source.names!r:.200} beside "
                "ids and times."
            )
    return names, target_of_columns(source.table, names)


def _check_unknown(source, found, known):
    """Refuse a target that also stands among the columns that are known in the future."""
    for name, values in zip(found.names, found.values.T, strict=False):
        if name in known:
            column = number_columns(source.table, [name], source.locate_row)[:, 0]
            if np.array_equal(column, values, equal_nan=True):
                raise ValueError(
                    f"X holds the target {name!r} itself, as a column that would be known in the "
                    f"future: drop it from X, or give its name as y, y={name!r}."
                )


def _target_like(source, y, columns, purpose):
    if y is None:
        names = list(columns.target_names)
        check_columns(source, names or ["y"], purpose)
        return target_of_columns(source.table, names or ["y"]).values
    values = open_target(y, source.n_rows).values
    if values.shape[1] != columns.n_targets:
        raise ValueError(
            f"{purpose} has {values.shape[1]} target(s), but fit had {columns.n_targets}."
        )
    return values
