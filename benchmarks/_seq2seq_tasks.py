"""Pairs of sequences that the benchmark of ``RNNSeq2Seq`` makes up."""

import datetime

import numpy as np

__all__ = ["date_pairs", "digit_pairs"]

_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September"]
_MONTHS += ["October", "November", "December"]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def digit_pairs(n, *, seed, shortest=5, longest=15):
    """Strings of digits, and the same backwards."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(shortest, longest, size=n, endpoint=True)
    X = ["".join(map(str, rng.integers(10, size=length))) for length in lengths]
    return X, [text[::-1] for text in X]


def date_pairs(n, *, seed):
    """Dates from 1900 to 2099 as people write them, each in one of eight forms, and in ISO 8601."""
    rng = np.random.default_rng(seed)
    first = datetime.date(1900, 1, 1).toordinal()
    last = datetime.date(2099, 12, 31).toordinal()
    dates = [datetime.date.fromordinal(int(day)) for day in rng.integers(first, last + 1, size=n)]
    return [_in_words(date, rng) for date in dates], [date.isoformat() for date in dates]


def _in_words(date, rng):
    month, day, year = _MONTHS[date.month - 1], date.day, date.year
    weekday, ordinal = _DAYS[date.weekday()], f"{day}{_ending(day)}"
    forms = (
        f"{month} {day}, {year}",
        f"{month[:3]} {day}, {year}",
        f"{day} {month} {year}",
        f"{day} {month[:3]} {year}",
        f"the {ordinal} of {month} {year}",
        f"{weekday}, the {ordinal} of {month} {year}",
        f"{weekday}, {month} {day}, {year}",
        f"{weekday[:3]} {month[:3]} {ordinal} {year}",
    )
    text = forms[rng.integers(len(forms))]
    return text.lower() if rng.random() < 0.25 else text


def _ending(day):
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
