"""What forecasts are scored on: numbers, the series that each row belongs to, and their order."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

__all__ = [
    "SeriesLabels",
    "as_index",
    "check_observed",
    "check_same_rows",
    "read_labels",
    "read_numbers",
    "read_pair",
    "read_weights",
    "row_name",
]


class SeriesLabels(NamedTuple):
    """The series of each row: its number, and what each number is called.

    ``ids`` is None where nobody named the series, and then there is one.
    """

    codes: np.ndarray  # (n,), int64
    ids: pd.Index | None

    @property
    def n_series(self) -> int:
        """How many series there are."""
        return 1 if self.ids is None else len(self.ids)

    def name(self, i: int) -> str:
        """Name a series in a message."""
        return "the series" if self.ids is None else f"series {self.ids[i : i + 1].tolist()[0]!r}"


def read_numbers(name: str, values: Any) -> np.ndarray:
    """Numbers as float64, NaN where missing; any shape that has rows."""
    array = _as_float(name, values)
    if array.ndim == 0:
        raise ValueError(
            f"{name} must hold a number for each row, but is {values!r:.40}; for one row give a "
            "list of one."
        )
    if not array.size:
        raise ValueError(f"{name} must not be empty, but came with shape {array.shape}.")
    if np.isinf(array).any():
        row = int(np.argwhere(np.isinf(array))[0, 0])
        raise ValueError(
            f"{name} must be finite, or NaN where it is missing, but is infinite in "
            f"{row_name(row, values)}."
        )
    return array


def _as_float(name: str, values: Any) -> np.ndarray:
    try:
        if isinstance(values, pd.Series | pd.DataFrame | pd.Index):
            for dtype in values.dtypes if isinstance(values, pd.DataFrame) else [values.dtype]:
                _check_kind(dtype)
            return values.to_numpy(dtype=np.float64, na_value=np.nan)
        array = np.asarray(values)
        _check_kind(array.dtype)
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be an array, a Series or a DataFrame of numbers, but came as "
            f"{type(values).__name__} ({error})."
        ) from error


def _check_kind(dtype: Any) -> None:
    """Raise for times, which numpy would turn into numbers; objects are tried."""
    if dtype.kind not in "biufO":
        raise TypeError(f"the dtype is {dtype}")


def read_pair(y_true: Any, y_pred: Any, name: str = "y_pred") -> tuple[np.ndarray, np.ndarray]:
    """Truth and forecast as two arrays (n, n_targets).

    Raises
    ------
    ValueError
        If their shapes or their indices differ, no truth is observed, or a forecast is missing
        where the truth is not.
    """
    check_same_rows("y_true", y_true, name, y_pred)
    true, predicted = read_numbers("y_true", y_true), read_numbers(name, y_pred)
    for label, array in {"y_true": true, name: predicted}.items():
        if array.ndim > 2:
            raise ValueError(
                f"{label} must have the shape (n,) or (n, n_targets), but came with {array.shape}."
            )
    n = len(true)
    flat_true, flat_predicted = true.reshape(n, -1), predicted.reshape(len(predicted), -1)
    if flat_true.shape != flat_predicted.shape:
        raise ValueError(
            f"y_true has the shape {true.shape}, but {name} has {predicted.shape}; a forecast "
            "belongs to each true value."
        )
    check_observed(flat_true, flat_predicted, y_true, name)
    return flat_true, flat_predicted


def check_same_rows(true_name: str, true: Any, name: str, other: Any) -> None:
    """Raise if two pandas objects disagree about their rows: values go by position here."""
    if not all(isinstance(values, pd.Series | pd.DataFrame) for values in (true, other)):
        return
    if len(true) != len(other):
        raise ValueError(
            f"{true_name} has {len(true)} rows, but {name} has {len(other)}; they must be the same "
            "rows."
        )
    if true.index.equals(other.index):
        return
    pairs = list(zip(true.index.tolist(), other.index.tolist(), strict=True))
    row = next((row for row, (label, of_other) in enumerate(pairs) if label != of_other), 0)
    raise ValueError(
        f"{true_name} and {name} must have the same index in the same order, but row {row} is "
        f"{pairs[row][0]!r} in {true_name} and {pairs[row][1]!r} in {name}; reindex one like the "
        f"other, or give {name} as an array if its rows stand in the right order."
    )


def check_observed(true: np.ndarray, predicted: np.ndarray, rows: Any, name: str) -> None:
    """Raise if no truth is observed, or a forecast is NaN where the truth is not.

    ``predicted`` is of the shape of ``true``, or has one axis more.
    """
    observed = ~np.isnan(true)
    if not observed.any():
        raise ValueError("y_true must hold an observed value, but all of it is NaN.")
    missing = np.isnan(predicted)
    missing = missing & observed.reshape(observed.shape + (1,) * (predicted.ndim - true.ndim))
    if missing.any():
        row = int(np.argwhere(missing)[0, 0])
        raise ValueError(
            f"{name} is NaN in {row_name(row, rows)}, where y_true is observed ({missing.sum()} "
            "such forecasts); forecast every row, or leave the row out of both."
        )


def row_name(row: int, values: Any) -> str:
    """A row by its number, and by its label if it has one."""
    if isinstance(values, pd.Series | pd.DataFrame):
        return f"row {row} ({values.index[row : row + 1].tolist()[0]!r})"
    return f"row {row}"


def read_weights(sample_weight: Any, n: int) -> np.ndarray:
    """Weights of n rows, ones where none were given."""
    if sample_weight is None:
        return np.ones(n)
    weights = read_numbers("sample_weight", sample_weight)
    if weights.shape != (n,):
        raise ValueError(
            f"sample_weight must have the shape ({n},), a weight for each row, but came with "
            f"{weights.shape}."
        )
    if not (weights >= 0).all():
        row = int(np.argmax(~(weights >= 0)))
        raise ValueError(f"sample_weight must be 0 or more, but is {weights[row]} in row {row}.")
    return weights


# --- the series of each row ---------------------------------------------------------------------


def read_labels(name: str, series: Any, rows_name: str, rows: Any) -> SeriesLabels:
    """The series of each row: as given, else by a MultiIndex (id, ..., time), else one series."""
    n = len(rows)
    if series is None:
        index = getattr(rows, "index", None)
        if not isinstance(index, pd.MultiIndex):
            return SeriesLabels(codes=np.zeros(n, dtype=np.int64), ids=None)
        series = index.droplevel(-1)
    labels = as_index(name, series)
    if len(labels) != n:
        raise ValueError(
            f"{name} has {len(labels)} labels, but {rows_name} has {n} rows; give the series of "
            "each row."
        )
    codes, ids = labels.factorize()
    if (codes < 0).any():
        raise ValueError(
            f"{name} must name a series for each row, but the label of row "
            f"{int(np.argmax(codes < 0))} is missing."
        )
    return SeriesLabels(codes=codes.astype(np.int64), ids=ids)


def as_index(name: str, labels: Any) -> pd.Index:
    """Labels as an index; tuples, and the columns of a DataFrame, as a MultiIndex."""
    if isinstance(labels, str | bytes | Mapping) or not hasattr(labels, "__len__"):
        raise TypeError(f"{name} must hold a label for each row, but is {labels!r:.40}.")
    if isinstance(labels, pd.DataFrame):
        return pd.MultiIndex.from_frame(labels)
    index = labels if isinstance(labels, pd.Index) else pd.Index(_without_index(labels))
    if len(index) and not isinstance(index, pd.MultiIndex) and isinstance(index[0], tuple):
        return pd.MultiIndex.from_tuples(index)
    return index


def _without_index(labels: Any) -> Any:
    """Labels in a form of which pandas makes an index: polars has other types."""
    if isinstance(labels, list | np.ndarray | pd.Series | pd.Categorical):
        return labels
    return labels.to_list() if hasattr(labels, "to_list") else list(labels)
