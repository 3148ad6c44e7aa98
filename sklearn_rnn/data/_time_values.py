"""Times as users write them: checked, and of one kind and time zone."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from sklearn_rnn.data._columns import ValueKind, as_column, value_kind

__all__ = ["UNITS_PER_SECOND", "as_times", "is_whole", "show_time", "zone_name"]

UNITS_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def as_times(times, locate: Callable[[int], str]) -> pd.Index:
    """Give times as an index of datetimes of one time zone, of periods or of whole numbers.

    Parameters
    ----------
    times : Index, Series, array or list
        The times.
    locate : callable
        Names the series and row of a time, for messages.

    Raises
    ------
    ValueError or TypeError
        A missing time, several time zones, or values that are no times.
    """
    index = times if isinstance(times, pd.Index) else pd.Index(times)
    if isinstance(index.dtype, pd.CategoricalDtype) or index.dtype == object:
        index = _read_objects(index, locate)
    missing = index.isna()
    if missing.any():
        row = int(np.argmax(missing))
        raise ValueError(
            f"{locate(row)} has no time (NaT): {missing.sum()} of {len(index)} rows lack one. "
            "Every row needs its time: drop such rows, or fill the times in."
        )
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) or index.dtype.kind in "iu":
        return index
    return _read_whole_numbers(index, locate)


def _read_objects(index, locate):
    values = np.asarray(index, dtype=object)
    column = as_column(pd.Series(values, dtype=object))
    kind = value_kind(column)
    if kind is ValueKind.NUMBERS:
        return pd.Index(column.infer_objects(), name=index.name)
    if kind is not ValueKind.DATETIMES:
        return index
    present = column[column.notna()]
    if isinstance(present.iloc[0], pd.Period):
        return pd.PeriodIndex(column, name=index.name)
    zones = [zone_name(getattr(time, "tzinfo", None)) for time in present]
    for row, zone in zip(present.index, zones, strict=True):
        if zone != zones[0]:
            raise ValueError(
                f"{locate(int(row))} has a time in {_show_zone(zone)}, but the times before it are "
                f"in {_show_zone(zones[0])}; all times need one time zone: convert them, "
                "for example with pd.to_datetime(times, utc=True)."
            )
    return pd.DatetimeIndex(pd.to_datetime(column), name=index.name)


def _read_whole_numbers(index, locate):
    if index.dtype.kind != "f":
        raise TypeError(
            f"times must be datetimes, periods or whole numbers, but {locate(0)} has "
            f"{index[0]!r:.60} ({index.dtype}); text becomes dates with pd.to_datetime(times)."
        )
    odd = ~is_whole(np.asarray(index, dtype=np.float64))
    if odd.any():
        row = int(np.argmax(odd))
        raise ValueError(
            f"{locate(row)} has the time {index[row]}, but times that are numbers must be whole: "
            "multiply them, or count the steps."
        )
    return index


def show_time(time) -> str:
    """Show a time, for messages: midnight without a zone as its date."""
    return str(time).removesuffix(" 00:00:00")


def is_whole(numbers: np.ndarray) -> np.ndarray:
    """Tell which numbers are finite and whole, and of a size at which floats still are exact."""
    return np.isfinite(numbers) & (np.round(numbers) == numbers) & (np.abs(numbers) <= 2**53)


def zone_name(zone) -> str | None:
    """Name a time zone so that pandas finds it again."""
    if zone is None:
        return None
    name = str(zone)
    if name.startswith("tzfile("):  # of dateutil
        return f"dateutil/{name.split(chr(39))[1]}"
    try:
        pd.Timestamp(0, tz=name)
    except Exception:  # pytz, zoneinfo and pandas each raise their own
        offset = zone.utcoffset(None)
        if offset is None:
            raise ValueError(
                f"the time zone {name} cannot be found again by its name; convert the times to a "
                "named one: times.tz_convert('Europe/Berlin')."
            ) from None
        minutes = round(offset.total_seconds() / 60)
        return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    return name


def _show_zone(zone):
    return zone or "no time zone"
