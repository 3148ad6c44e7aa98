"""What fit, update and the others of a forecaster get, as panels and weights."""

import numpy as np
import pandas as pd

from sklearn_rnn._sklearn import check_sample_weight
from sklearn_rnn.data import (
    SeriesPanel,
    as_array,
    check_readable,
    learn_panel,
    read_panel_like,
)
from sklearn_rnn.estimators._targets import plain_target

__all__ = [
    "check_width",
    "keep_shapes",
    "read_more",
    "read_training_panel",
    "read_weight",
    "row_weight",
]


def read_training_panel(estimator, X, y) -> SeriesPanel:
    """Read what ``fit`` gets, and learn its columns and its time axis."""
    if hasattr(X, "collect"):  # polars warns where a lazy frame is asked for its columns
        check_readable(X)
    if y is None and not (hasattr(X, "columns") or isinstance(X, pd.Series)):
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None. It may "
            "also be the name of a column of a DataFrame X."
        )
    return learn_panel(
        X,
        y,
        time_col=estimator.time_col,
        id_col=estimator.id_col,
        freq=estimator.freq,
        past=list(estimator.past),
        static=list(estimator.static),
        gaps=estimator.gaps,
    )


def read_more(estimator, X, y, purpose: str) -> SeriesPanel:
    """Read data in the layout of ``fit``."""
    check_width(estimator, X)
    if isinstance(y, str) or _are_names(y):
        y = None  # the names of columns of X, as fit had them
    known = estimator._panel
    return read_panel_like(
        X, y, columns=known.columns, axis=known.axis, purpose=purpose, gaps=estimator.gaps
    )


def read_weight(estimator, X, y, sample_weight, panel: SeriesPanel) -> np.ndarray | None:
    """Give the weight of each row of the panel that X and y became, 0 for rows put in for gaps.

    The weights take the place of the target and are read as it was, so that they are sorted with
    the rows.
    """
    if sample_weight is None:
        return None
    columns = panel.columns
    rows = X if y is None or columns.target_kind == "column" else y
    n_rows = len(rows) if hasattr(rows, "__len__") else len(np.asarray(rows))
    weight = row_weight(sample_weight, n_rows)
    index = getattr(rows, "index", None)  # frames of polars and arrays have none
    if columns.target_kind == "column":
        covariates = [name for name in X.columns if name not in columns.target_names]
        X = X[covariates] if covariates or index is not None else None
    elif y is None:
        X = None
    y = weight if index is None else pd.Series(weight, index=index)
    in_columns = columns.layout == "columns"
    of_rows = learn_panel(
        X,
        y,
        time_col=columns.time_name if in_columns else estimator.time_col,
        id_col=list(columns.id_names) if in_columns and columns.id_names else estimator.id_col,
        freq=panel.axis.freq,
        past=list(estimator.past),
        static=list(estimator.static),
        gaps=estimator.gaps,
    )
    return np.nan_to_num(of_rows.target)


def row_weight(sample_weight, n_rows: int) -> np.ndarray | None:
    """Give weights as numbers, one a row and none negative; None as it is."""
    if sample_weight is None:
        return None
    weight = plain_target(sample_weight, "sample_weight")
    rows = np.empty((n_rows, 0))
    return check_sample_weight(weight, rows, dtype=np.float64, ensure_non_negative=True)


def keep_shapes(estimator, X, y) -> None:
    """Keep the number of columns of X, their names if they are strings, and the form of y."""
    estimator.__dict__.pop("feature_names_in_", None)
    estimator.n_features_in_ = _width(X)
    names = list(getattr(X, "columns", []))
    if names and all(isinstance(name, str) for name in names):
        estimator.feature_names_in_ = np.asarray(names, dtype=object)
    is_column = y is None or isinstance(y, str)
    estimator._target_ndim = 1 if is_column else 2 if _are_names(y) else as_array(y).ndim


def check_width(estimator, X) -> None:
    """Raise an error if an array has other than the number of columns of ``fit``."""
    check_readable(X)
    if (
        X is None
        or hasattr(X, "columns")
        or hasattr(X, "ngroups")
        or _width(X) in (0, estimator.n_features_in_)
    ):
        return
    raise ValueError(
        f"X has {_width(X)} features, but {type(estimator).__name__} is expecting "
        f"{estimator.n_features_in_} features as input."
    )


def _width(X):
    if X is None:
        return 0
    shape = X.shape if hasattr(X, "columns") else as_array(X).shape
    return int(shape[1]) if len(shape) == 2 else 0


def _are_names(y):
    return isinstance(y, list) and len(y) > 0 and isinstance(y[0], str)
