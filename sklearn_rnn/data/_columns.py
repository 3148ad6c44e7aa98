"""One column of a dataframe, of pandas or polars, as numbers, categories or times."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.data._arrays import describe

__all__ = [
    "CodedColumn",
    "TimeColumn",
    "ValueKind",
    "as_column",
    "as_id_array",
    "as_pandas",
    "column_names",
    "default_role",
    "get_column",
    "holds_numbers",
    "is_frame",
    "name_row",
    "read_categories",
    "read_numbers",
    "read_times",
    "stack_codes",
    "value_kind",
    "with_plain_dtypes",
]


class ValueKind(Enum):
    """What the values of a column are."""

    NUMBERS = "numbers"
    DATETIMES = "dates or times"
    DURATIONS = "time differences"
    CATEGORIES = "text or other objects"
    MISSING = "nothing but missing values"


class CodedColumn(NamedTuple):
    """A categorical column: ``codes`` (rows,) int32 of ``categories``, a tuple."""

    codes: np.ndarray
    categories: tuple


class TimeColumn(NamedTuple):
    """A time column: ``ticks`` (rows,) can be sorted and subtracted without rounding.

    ``per_unit`` says how many ticks are a second, or a 1 of a column of numbers; ``valid`` (rows,)
    where there is a time.
    """

    ticks: np.ndarray
    per_unit: int
    valid: np.ndarray


def name_row(row: int) -> str:
    """Name a row of a frame, for messages."""
    return f"row {row}"


def is_frame(X) -> bool:
    """Tell whether X is a dataframe of pandas, of polars or of their like."""
    if isinstance(X, pd.DataFrame):
        return True
    # A lazy frame has no to_numpy, and warns where it is asked for its columns.
    is_like_one = hasattr(X, "to_numpy") and hasattr(X, "columns") and not isinstance(X, type)
    return is_like_one and len(X.shape) == 2


def as_pandas(frame) -> pd.DataFrame:
    """Give a frame of whatever library as one of pandas."""
    if isinstance(frame, pd.DataFrame):
        return frame
    if not is_frame(frame):  # of pyarrow
        return frame.to_pandas()
    return pd.DataFrame({name: get_column(frame, name) for name in column_names(frame)})


def column_names(frame) -> list:
    """Give the names of the columns, or raise an error if there are two of one name."""
    names = list(frame.columns)
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(
            f"column {repeated!r} occurs more than once, but columns are told apart by their "
            "names; rename or drop the repeated ones."
        )
    return names


def get_column(frame, name) -> pd.Series:
    """Give one column by its name, as a Series that counts its rows from 0."""
    return as_column(frame[name])


def as_column(values) -> pd.Series:
    """Give a Series of pandas or polars, an array or a list as a Series that counts from 0."""
    if isinstance(values, pd.Series):
        return values.reset_index(drop=True)
    # Column by column through numpy, polars needs no pyarrow.
    values = values.to_numpy() if hasattr(values, "to_numpy") else values
    if getattr(values, "ndim", 1) != 1:
        raise ValueError(f"a column holds one value a row, but came with shape {values.shape}.")
    return pd.Series(values)


def value_kind(column: pd.Series) -> ValueKind:
    """Tell what the values are, whatever holds them: objects count by what they are.

    Values of several kinds in one column are categories.
    """
    present = column.notna().to_numpy()
    if not present.any():
        return ValueKind.MISSING
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return value_kind(pd.Series(dtype.categories))
    if isinstance(dtype, pd.PeriodDtype):
        return ValueKind.DATETIMES
    if isinstance(dtype, pd.StringDtype):
        return ValueKind.CATEGORIES
    if dtype.kind in _KIND_OF_DTYPE:
        return _KIND_OF_DTYPE[dtype.kind]
    kinds = {_kind_of_type(kind) for kind in set(map(type, column[present]))}
    return kinds.pop() if len(kinds) == 1 else ValueKind.CATEGORIES


_KIND_OF_DTYPE = {
    **dict.fromkeys("biuf", ValueKind.NUMBERS),
    "M": ValueKind.DATETIMES,
    "m": ValueKind.DURATIONS,
}


def _kind_of_type(kind):
    # numpy's timedelta64 counts as an integer, so durations come first.
    if issubclass(kind, datetime.timedelta | np.timedelta64):
        return ValueKind.DURATIONS
    if issubclass(kind, Real | Decimal | np.bool_):
        return ValueKind.NUMBERS
    if issubclass(kind, datetime.date | np.datetime64 | pd.Period):
        return ValueKind.DATETIMES
    return ValueKind.CATEGORIES


def holds_numbers(column: pd.Series) -> bool:
    """Tell whether each value of a column is missing or a real number, or a text that spells one.

    Dates and time differences are none, as they are but counts from somewhere.
    """
    kind = column.dtype.kind
    if kind in "iufbcMm":
        return kind in "iufb"
    try:
        if value_kind(column) in (ValueKind.DATETIMES, ValueKind.DURATIONS):
            return False
        column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError, OverflowError):
        return False
    return not any(issubclass(kind, _MOMENTS) for kind in set(map(type, column)))


_MOMENTS = (np.datetime64, np.timedelta64)


def with_plain_dtypes(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame of numbers whose columns have dtypes of numpy; what is missing becomes NaN."""
    if all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in frame.dtypes):
        return frame
    columns = {i: _plain_column(column) for i, (_, column) in enumerate(frame.items())}
    return pd.DataFrame(columns, index=frame.index).set_axis(frame.columns, axis=1)


def _plain_column(column):
    if isinstance(column.dtype, pd.SparseDtype):
        return column.sparse.to_dense().to_numpy()
    if column.dtype.kind in "biu" and not column.isna().any():
        return column.to_numpy(dtype=getattr(column.dtype, "numpy_dtype", column.dtype))
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def default_role(column: pd.Series) -> str:
    """Tell whether a column is "numeric" or "categorical" where the user does not."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "categorical"
    kind = value_kind(column)
    if kind is ValueKind.MISSING:
        return "numeric" if column.dtype.kind in _KIND_OF_DTYPE else "categorical"
    return "categorical" if kind is ValueKind.CATEGORIES else "numeric"


def read_numbers(
    column: pd.Series, name, *, role: str = "numeric", locate: Callable[[int], str] = name_row
) -> np.ndarray:
    """Give a column as float64; dates become seconds since 1970, time differences seconds.

    Parameters
    ----------
    column : Series
        The column.
    name : hashable
        What it is called, for messages.
    role : str, default="numeric"
        What the column is to be, for messages.
    locate : callable, default=name_row
        Names a row, for messages.

    Returns
    -------
    ndarray of shape (rows,), float64
        A missing value is NaN.

    Raises
    ------
    ValueError
        If the column holds text; the message names the column and the row.
    """
    kind = value_kind(column)
    if kind is ValueKind.MISSING:
        return np.full(len(column), np.nan)
    if kind is ValueKind.CATEGORIES:
        row, value = _first_text(column)
        raise ValueError(
            f"column {name!r} holds {value!r:.40} of type {type(value).__name__} in "
            f"{locate(row)}, but {role} columns must hold numbers: name it in categorical, or "
            "convert it first, for example with pd.to_numeric(column)."
        )
    plain = _without_categories(column)
    if kind is ValueKind.NUMBERS:
        _check_size(plain, name, locate)
        return plain.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    ticks, per_unit = _ticks(plain, kind)
    seconds = ticks / per_unit
    seconds[column.isna().to_numpy()] = np.nan
    return seconds


def _check_size(column, name, locate):
    """Refuse whole numbers that no float holds."""
    if column.dtype != object:
        return
    for row, value in enumerate(column):
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            raise ValueError(
                f"column {name!r} holds {describe(value)} in {locate(row)}, which is too large for "
                "a float; take its logarithm."
            )


_MOST_BITS = 1023


def read_categories(
    column: pd.Series, name, *, locate: Callable[[int], str] = name_row
) -> CodedColumn:
    """Give a column as codes of its categories, which come as they first occur.

    A missing value is the category None, the last one. Categories are plain Python objects.
    """
    try:
        codes, distinct = pd.factorize(_without_categories(column))
    except (TypeError, NotImplementedError) as error:  # of pandas, and of its pyarrow dtypes
        row, value = _first(column, _is_unhashable)
        raise ValueError(
            f"column {name!r} holds {value!r:.40} of type {type(value).__name__} in "
            f"{locate(row)}, but a category must be a str, a number or another hashable value."
        ) from error
    categories = [_plain(category) for category in distinct.tolist()]
    missing = codes < 0
    if missing.any():
        codes = np.where(missing, len(categories), codes)
        categories.append(None)
    return CodedColumn(codes.astype(np.int32), tuple(categories))


def read_times(column: pd.Series, name, *, locate: Callable[[int], str] = name_row) -> TimeColumn:
    """Give a column as times: dates, time differences or numbers.

    Raises
    ------
    ValueError
        If the column holds text, whose order is that of the alphabet.
    """
    kind = value_kind(column)
    if kind is ValueKind.CATEGORIES:
        row, value = _first_text(column)
        raise ValueError(
            f"time_col {name!r} holds {value!r:.40} of type {type(value).__name__} in "
            f"{locate(row)}, but times must be dates or numbers, as text is sorted by the "
            f"alphabet: convert it first, frame[{name!r}] = pd.to_datetime(frame[{name!r}])."
        )
    plain = _without_categories(column)
    valid = plain.notna().to_numpy()
    if kind is ValueKind.MISSING:
        return TimeColumn(np.zeros(len(plain)), 1, valid)
    if kind is not ValueKind.NUMBERS:
        return TimeColumn(*_ticks(plain, kind), valid)
    if plain.dtype.kind in "iu" and valid.all():
        return TimeColumn(plain.to_numpy(dtype=f"{plain.dtype.kind}8"), 1, valid)
    numbers = plain.to_numpy(dtype=np.float64, na_value=np.nan)
    return TimeColumn(numbers, 1, np.isfinite(numbers))


def stack_codes(columns: list[CodedColumn]) -> tuple:
    """Give several coded columns as codes (rows, columns) and categories; None for none."""
    if not columns:
        return None, None
    codes = np.stack([column.codes for column in columns], axis=1)
    return codes, tuple(column.categories for column in columns)


def as_id_array(distinct) -> np.ndarray:
    """Give distinct ids as an array of numpy's own types where there is one, else of objects."""
    if distinct.dtype.kind in "iuf":
        return np.asarray(distinct, dtype=f"{distinct.dtype.kind}8")
    if isinstance(distinct.dtype, np.dtype) and distinct.dtype.kind == "M":
        return np.asarray(distinct)
    return np.asarray(distinct, dtype=object)


def _without_categories(column):
    """Give a column of pandas' category dtype as the values themselves."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column
    return pd.Series(np.asarray(column, dtype=object), dtype=object)


def _ticks(column, kind):
    """Give dates or time differences as int64 ticks, and the number of ticks in a second."""
    if kind is ValueKind.DURATIONS:
        moments = pd.to_timedelta(column).to_numpy()
    else:
        if isinstance(column.dtype, pd.PeriodDtype):
            column = column.dt.to_timestamp()
        moments = pd.to_datetime(column, utc=True).dt.tz_localize(None).to_numpy()
    unit, count = np.datetime_data(moments.dtype)
    return moments.view(np.int64), _PER_SECOND[unit] // count


_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def _first_text(column):
    """Give the first row that holds neither a number nor a date, and what it holds."""
    try:
        return _first(column, lambda value: _kind_of_type(type(value)) is ValueKind.CATEGORIES)
    except StopIteration:  # numbers and dates, mixed
        kind = _kind_of_type(type(column[column.first_valid_index()]))
        return _first(column, lambda value: _kind_of_type(type(value)) is not kind)


def _first(column, is_wanted):
    present = column[column.notna()]
    row = next(row for row, value in present.items() if is_wanted(value))
    return int(row), _plain(column[row])


def _is_unhashable(value):
    try:
        hash(value)
    except TypeError:
        return True
    return False


def _plain(category):
    return category.item() if isinstance(category, np.generic) else category
