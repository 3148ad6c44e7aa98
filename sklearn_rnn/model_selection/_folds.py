"""Where the folds of a split by time begin and end."""

import datetime
from collections.abc import Iterator
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.model_selection._row_times import RowTimes

__all__ = ["Sizes", "place_folds", "read_count", "read_size"]

Size = int | pd.Timedelta | pd.offsets.BaseOffset


class Sizes(NamedTuple):
    """How much time tests, gaps and training take; None is as much as there is."""

    test: Size | None
    gap: Size
    train: Size | None


class Fold(NamedTuple):
    """Numbers of distinct times, the ends excluded."""

    train_start: int
    train_end: int
    test_start: int
    test_end: int


class Cut(NamedTuple):
    """A cut through time: how many times are before it, and up to when they go."""

    position: int
    last: Any  # None before the first time


# --- sizes --------------------------------------------------------------------------------------


def read_count(name: str, value: Any, lowest: int) -> int:
    """Check a whole number."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, but is {value!r:.40}.")
    if value < lowest:
        raise ValueError(f"{name} must be {lowest} or more, but is {value}.")
    return int(value)


def read_size(name: str, value: Any, lowest: int) -> Size:
    """Give a number of times as an int, and a duration as a Timedelta or a DateOffset."""
    if isinstance(value, str | datetime.timedelta | np.timedelta64):
        return _read_duration(name, value)
    if isinstance(value, pd.offsets.BaseOffset):
        return value
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(
            f"{name} must be a number of distinct times, or a duration such as '28D', a Timedelta "
            f"or a DateOffset, but is {value!r:.40}."
        )
    return read_count(name, value, lowest)


def _read_duration(name: str, value: Any) -> pd.Timedelta | pd.offsets.BaseOffset:
    try:
        if isinstance(value, str) and "M" in value:  # "3MS" would pass for milliseconds
            raise ValueError("months differ in length")
        duration = pd.Timedelta(value)
    except ValueError as error:
        raise ValueError(
            f"{name} must be a duration of fixed length, such as '28D' or '12h', but is {value!r} "
            f"({error}); for months give pandas.DateOffset(months=...), or count distinct times."
        ) from error
    if not duration > pd.Timedelta(0):
        raise ValueError(f"{name} must be a duration above 0, but is {value!r}.")
    whole_days, rest = divmod(duration, pd.Timedelta(days=1))
    return duration if rest else pd.DateOffset(days=int(whole_days))


# --- folds --------------------------------------------------------------------------------------


def place_folds(rows: RowTimes, n_splits: int, sizes: Sizes) -> Iterator[tuple]:
    """Give the rows of each fold, (train, test), the earliest test first.

    Raises
    ------
    ValueError
        At once if there is too little time for the folds; with a fold if its series fit not.
    """
    times = _check_times(rows.times, n_splits, sizes)
    sizes = sizes._replace(test=sizes.test or len(times) // (n_splits + 1))
    folds = [_place(times, n_splits, fold, sizes) for fold in range(n_splits)]
    return (_rows_of(rows, fold, number) for number, fold in enumerate(folds))


def _check_times(times: pd.Index, n_splits: int, sizes: Sizes) -> pd.Index:
    """Give the times in a form that durations can be taken from."""
    if len(times) <= n_splits:
        raise ValueError(
            f"{n_splits} folds need {n_splits + 1} distinct times or more, but there are "
            f"{len(times)}; lower n_splits."
        )
    durations = [size for size in sizes if isinstance(size, pd.Timedelta | pd.offsets.BaseOffset)]
    if not durations:
        return times
    if isinstance(times, pd.PeriodIndex):
        times = times.to_timestamp(how="start")
    if not isinstance(times, pd.DatetimeIndex):
        raise TypeError(
            f"a duration ({durations[0]}) needs times that are datetimes or periods, but they are "
            f"{times.dtype} (such as {times[0]!r}); give a number of distinct times."
        )
    for duration in durations:
        if not times[-1] - duration < times[-1]:
            raise ValueError(f"{duration} must be a duration above 0: it does not reach back.")
    return times


def _place(times: pd.Index, n_splits: int, fold: int, sizes: Sizes) -> Fold:
    """Place one fold; counting from the end keeps months and days on the calendar."""
    end = Cut(len(times), times[-1])
    after = n_splits - fold - 1  # how many tests come after this one
    test_end = _back(end, sizes.test * after, times) if after else end
    test_start = _back(end, sizes.test * (after + 1), times)
    train_end = _back(test_start, sizes.gap, times)
    if not train_end.position:
        raise ValueError(
            f"fold {fold} has no time left to train on: {n_splits} tests of {_say(sizes.test)} "
            f"and a gap of {_say(sizes.gap)} take all {len(times)} distinct times, {times[0]} to "
            f"{times[-1]}; lower n_splits, test_size or gap."
        )
    if test_start.position == test_end.position:
        raise ValueError(
            f"fold {fold} has nothing to test on: there are no rows after {test_start.last} up to "
            f"{test_end.last}; give a longer test_size."
        )
    train_start = Cut(0, None) if sizes.train is None else _back(train_end, sizes.train, times)
    if train_start.position == train_end.position:
        raise ValueError(
            f"fold {fold} has nothing to train on: there are no rows after {train_start.last} up "
            f"to {train_end.last}; give a longer max_train_size."
        )
    return Fold(train_start.position, train_end.position, test_start.position, test_end.position)


def _back(cut: Cut, size: Size, times: pd.Index) -> Cut:
    """Go back from a cut by a number of times, or by a duration."""
    if isinstance(size, int):
        position = max(cut.position - size, 0)
        return Cut(position, times[position - 1] if position else None)
    if cut.last is None:
        return cut
    last = cut.last - size
    return Cut(int(times.searchsorted(last, side="right")), last)


def _say(size: Size) -> str:
    return f"{size} distinct times" if isinstance(size, int) else str(size)


def _rows_of(rows: RowTimes, fold: Fold, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the rows to train and to test on; a series without training rows is not tested."""
    is_train = (rows.codes >= fold.train_start) & (rows.codes < fold.train_end)
    is_test = (rows.codes >= fold.test_start) & (rows.codes < fold.test_end)
    if rows.series is not None:
        trained = np.zeros(rows.series.max() + 1, dtype=bool)
        trained[rows.series[is_train]] = True
        is_test &= trained[rows.series]
    if not is_test.any():
        raise ValueError(
            f"fold {number} has nothing to test on: no series with rows from "
            f"{rows.times[fold.test_start]} to {rows.times[fold.test_end - 1]} has rows to train "
            "on; lower n_splits, or give a longer test_size."
        )
    return np.flatnonzero(is_train), np.flatnonzero(is_test)
