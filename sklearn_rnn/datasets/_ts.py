"""The `.ts` format of the time series archives: one header, then one case a line."""

import gzip
import math
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd


def read_ts(path: str | os.PathLike) -> tuple[np.ndarray, np.ndarray | None]:
    r"""Read a file of the UCR and UEA time series archives.

    A `.ts` file has a header of directives (`@univariate`, `@classLabel`, ...) that ends in
    `@data`, and then one case a line: the values of a dimension separated by commas, the
    dimensions by colons, the target last. `?` and `NaN` stand for missing values. Directives
    are read in any case; blank lines and comments (lines that begin with `#` or `%`) are
    skipped wherever they stand.

    Parameters
    ----------
    path : str or os.PathLike
        The file, in UTF-8; a line that is not is taken as Latin-1. A name that ends in `.gz`
        is unpacked on the way.

    Returns
    -------
    X : ndarray of shape (n_cases,), of objects
        One float64 array of shape (time, channels) a case, of 2 dimensions for univariate
        files too. Missing values are NaN, whether or not `@missing true` announces them.
    y : ndarray of shape (n_cases,) or None
        Strings where `@classLabel true` declares classes, float64 where `@targetLabel true`
        announces numbers, None where the file has neither.

    Raises
    ------
    ValueError
        If the file departs from the format or from its own header. The message names the
        file, the line, what was expected, what came, and what to do.
    OSError
        If the file cannot be opened.

    See Also
    --------
    make_waves : Makes series of classes that differ in their shape.

    Notes
    -----
    Under `@timeStamps true` each value comes as `(timestamp,value)`, the timestamp being a
    number or an ISO 8601 date. The timestamps are checked and dropped: within a case they must
    be the same in all dimensions and rise by equal steps (to one part in a thousand), because
    a case without them would otherwise tell another story. Cases may begin at different times.

    `@seriesLength` counts only beside `@equalLength true`; without `@dimensions` or
    `@univariate true` the first case says how many dimensions there are.

    References
    ----------
    .. [1] A. Bagnall et al., "The UEA multivariate time series classification archive, 2018",
       arXiv:1811.00075, 2018. The files: https://www.timeseriesclassification.com
    .. [2] The format: https://www.aeon-toolkit.org/en/stable/api_reference/data_format.html

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_rnn.datasets import read_ts
    >>> text = "@dimensions 2\n@classLabel true rest walk\n@data\n1,2,?:4,5,6:walk\n7,8:9,0:rest\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "steps.ts"
    ...     size = path.write_text(text)
    ...     X, y = read_ts(path)
    >>> X[0]
    array([[ 1.,  4.],
           [ 2.,  5.],
           [nan,  6.]])
    >>> [case.shape for case in X]
    [(3, 2), (2, 2)]
    >>> y.tolist()
    ['walk', 'rest']
    """
    name = os.fsdecode(path)
    with (gzip.open if name.endswith(".gz") else open)(name, "rb") as file:
        return _read_file(file, name)


class _Layout(NamedTuple):
    """What holds for every case of a file; None where nothing is known (yet)."""

    timestamps: bool
    dimensions: int | None
    equal_length: bool
    length: int | None
    target: str  # "class", "number" or "none"
    classes: tuple[str, ...]


def _read_file(file: Iterable[bytes], name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """The cases and targets of an open file; every fault gets its place here."""
    number, layout = 1, None
    directives, cases, targets = {}, [], []
    try:
        for number, line in _numbered_lines(file):  # noqa: B007 (a fault is placed by it)
            if layout is None:
                layout = _read_header_line(line, directives)
            else:
                case, target = _read_case(line, layout)
                layout = _settle_by_case(layout, case)
                cases.append(case)
                targets.append(target)
        _check_complete(directives, layout, cases)
    except ValueError as error:
        raise ValueError(f"{name}, line {number}: {error}") from None
    return np.fromiter(cases, dtype=object), _target_array(targets, layout.target)


def _numbered_lines(file: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """The stripped lines that say something, with their numbers from 1."""
    try:
        for number, raw in enumerate(file, start=1):
            line = _decode(raw).strip()
            if line and line[0] not in "#%":
                yield number, line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"expected a whole gzip file, but unpacking stopped here ({error}); get the file "
            "again, or take .gz off its name if it is plain text"
        ) from None


def _decode(raw: bytes) -> str:
    """One line as text. Latin-1 knows every byte, so this never fails."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _check_complete(directives: dict[str, Any], layout: _Layout | None, cases: list) -> None:
    """Raise if the file ended too early."""
    if layout is None:
        begun = "ends within its header" if directives else "is empty"
        raise ValueError(
            f"expected a header that ends in @data, but the file {begun}; "
            "is the file whole, and is it a .ts file?"
        )
    if not cases:
        raise ValueError(
            "expected one case a line after @data, but nothing follows; is the file whole?"
        )


def _target_array(targets: list, kind: str) -> np.ndarray | None:
    """The targets as strings, as float64, or None."""
    if kind == "none":
        return None
    return np.array(targets, dtype=str if kind == "class" else np.float64)


# The header


def _flag(directive: str, value: str) -> bool:
    """`true` or `false`."""
    if value.lower() not in ("true", "false"):
        raise ValueError(
            f"expected {directive} true or {directive} false, but got {_quote(value)}; correct it"
        )
    return value.lower() == "true"


def _integer(directive: str, value: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"[+-]?[0-9]+", value):
        raise ValueError(
            f"expected a whole number after {directive}, but got {_quote(value)}; "
            "correct it or remove the line"
        )
    return int(value)


def _classes(directive: str, value: str) -> tuple[str, ...]:
    """`true` and the names of the classes, or `false`."""
    flag, *names = value.split() or [""]
    if not _flag(directive, flag):
        return ()
    if not names:
        raise ValueError(
            f"expected the names of the classes after {directive} true, but got none; list them"
        )
    return tuple(names)


def _unread(directive: str, value: str) -> None:
    """Anything: it changes nothing here, so it may be anything."""


_DIRECTIVES: dict[str, Callable[[str, str], Any]] = {
    "@problemName": _unread,
    "@timeStamps": _flag,
    "@missing": _flag,
    "@univariate": _flag,
    "@dimensions": _integer,
    "@equalLength": _flag,
    "@seriesLength": _integer,
    "@classLabel": _classes,
    "@targetLabel": _flag,
}
_SPELLINGS = {directive.lower(): directive for directive in _DIRECTIVES}
_SPELLINGS |= {"@dimension": "@dimensions", "@data": "@data"}


def _read_header_line(line: str, directives: dict[str, Any]) -> _Layout | None:
    """Note one directive in `directives`; at `@data`, say what they come to."""
    word, _, value = line.replace("\t", " ").partition(" ")
    directive, value = _SPELLINGS.get(word.lower()), value.strip()
    if not word.startswith("@"):
        raise ValueError(
            f"expected a directive such as @classLabel, but got {_quote(line)}; "
            "cases come after @data, and comments begin with #"
        )
    if directive is None:
        raise ValueError(
            f"expected one of {', '.join(_DIRECTIVES)} or @data, but got {_quote(word)}; "
            "correct the name, or put # before it"
        )
    if directive == "@data":
        return _layout(directives, value)
    meaning = _DIRECTIVES[directive](directive, value)
    if directives.setdefault(directive, meaning) != meaning:
        raise ValueError(
            f"expected one {directive}, but {_quote(line)} contradicts an earlier line; remove one"
        )
    return None


def _layout(directives: dict[str, Any], rest: str) -> _Layout:
    """What the header promises of every case."""
    if rest:
        raise ValueError(
            f"expected nothing after @data, but got {_quote(rest)}; put cases on lines of their own"
        )
    classes, numbers = directives.get("@classLabel", ()), directives.get("@targetLabel", False)
    if classes and numbers:
        raise ValueError(
            "expected one target, but both @classLabel and @targetLabel are true; "
            "set the one that the cases do not end in to false"
        )
    return _Layout(
        timestamps=directives.get("@timeStamps", False),
        dimensions=_declared_dimensions(directives),
        equal_length=directives.get("@equalLength", False),
        length=directives.get("@seriesLength"),
        target="class" if classes else "number" if numbers else "none",
        classes=classes,
    )


def _declared_dimensions(directives: dict[str, Any]) -> int | None:
    """How many dimensions a case has, if the header says so."""
    dimensions = directives.get("@dimensions")
    if not directives.get("@univariate", False):
        return dimensions
    if dimensions not in (None, 1):
        raise ValueError(
            f"expected @dimensions 1 beside @univariate true, but got {dimensions}; correct one"
        )
    return 1


# The cases


def _read_case(line: str, layout: _Layout) -> tuple[np.ndarray, str | float | None]:
    """One line as an array of shape (time, channels), and its target."""
    if line[0] == "@":
        raise ValueError(
            f"expected a case, but got the directive {_quote(line)}; move it before @data"
        )
    # A colon within a timestamp, as in 18:30, separates nothing.
    stamped = layout.timestamps and line[0] == "("
    parts = re.split(r"(?<=\))\s*:", line) if stamped else line.split(":")
    dimensions, target = _split_target(parts, layout)
    _check_number_of_dimensions(dimensions, layout)
    if layout.timestamps:
        dimensions = _drop_stamps(dimensions)
    _check_lengths(dimensions, layout)
    return _parse_dimensions(dimensions), target


def _settle_by_case(layout: _Layout, case: np.ndarray) -> _Layout:
    """Hold later cases to what the first one settles."""
    time, channels = case.shape
    return layout._replace(dimensions=channels, length=time)


def _split_target(parts: list[str], layout: _Layout) -> tuple[list[str], str | float | None]:
    """The dimensions, and the target in the form that y will have."""
    if layout.target == "none":
        return parts, None
    *dimensions, text = (part.strip() for part in parts)
    if dimensions and text in layout.classes:
        return dimensions, text
    if not dimensions or text in ("", "?") or "," in text:
        raise ValueError(
            f"expected a {layout.target} after the last colon, but the case ends in "
            f"{_quote(text[-40:])}; add the target, or set @classLabel and @targetLabel to false"
        )
    if layout.target == "class":
        raise ValueError(
            f"expected one of the classes {_shorten(', '.join(layout.classes), 200)}, "
            f"but got {_quote(text)}; correct it or add it to @classLabel"
        )
    return dimensions, _parse_target(text)


def _parse_target(text: str) -> float:
    """A target that is a number; one that is unknown teaches nothing and is refused."""
    if not _is_number(text) or not math.isfinite(float(text)):
        raise ValueError(
            f"expected a finite number as the target, but got {_quote(text)}; "
            "correct it or remove the case"
        )
    return float(text)


def _check_number_of_dimensions(dimensions: list[str], layout: _Layout) -> None:
    """Raise unless the line has as many dimensions as declared, or as the first case."""
    if layout.dimensions not in (None, len(dimensions)):
        raise ValueError(
            f"expected {layout.dimensions} dimensions, as the header or the first case says, "
            f"but got {len(dimensions)}; {_way_out(layout)}"
        )


def _check_lengths(dimensions: list[str], layout: _Layout) -> None:
    """Raise unless all dimensions have one length, and the one that was promised."""
    lengths = [text.count(",") + 1 if text.strip() else 0 for text in dimensions]
    for position, length in enumerate(lengths, start=1):
        if length == 0:
            raise ValueError(
                f"expected values, but dimension {position} is empty; "
                "write ? for each missing value, or remove the case"
            )
        if length != lengths[0]:
            raise ValueError(
                f"expected dimensions of one length, but dimension {position} has {length} steps "
                f"and dimension 1 has {lengths[0]}; {_way_out(layout)}"
            )
    if layout.equal_length and layout.length not in (None, lengths[0]):
        raise ValueError(
            f"expected {layout.length} steps, as @seriesLength or the first case says, but got "
            f"{lengths[0]}; correct the case, or set @equalLength to false"
        )


def _way_out(layout: _Layout) -> str:
    """What to do about a line that falls into the wrong parts."""
    if layout.target == "none":
        return "if its last part is the target, declare it by @classLabel or @targetLabel"
    return "correct the line (dimensions are separated by colons, missing values are ?)"


def _parse_dimensions(dimensions: list[str]) -> np.ndarray:
    """Texts of equal numbers of values as an array of shape (time, channels)."""
    try:
        return np.ascontiguousarray(_parse(dimensions).T)
    except ValueError:
        for position, text in enumerate(dimensions, start=1):
            for step, value in enumerate(text.split(","), start=1):
                if not _is_number(value):
                    raise ValueError(
                        f"expected a number, but value {step} of dimension {position} is "
                        f"{_quote(value)}; correct it, or write ? if it is missing"
                    ) from None
        raise


def _parse(rows: list[str]) -> np.ndarray:
    """Rows of values as one array; all of them must have something in them."""
    plain = [row.replace("?", "nan") for row in rows]
    return np.loadtxt(plain, delimiter=",", comments=None, ndmin=2)


def _is_number(value: str) -> bool:
    """Whether `_parse` takes it."""
    try:
        return bool(value.strip()) and _parse([value]).size == 1
    except ValueError:
        return False


# Timestamps


def _drop_stamps(dimensions: list[str]) -> list[str]:
    """`(time,value),(time,value)` as `value,value`, once the times are known to be regular."""
    values, first = [], None
    for position, text in enumerate(dimensions, start=1):
        stamps, row = _split_stamps(text, position)
        if first is None:
            first = stamps
            _check_regular(stamps)
        if stamps != first:
            raise ValueError(
                f"expected one set of timestamps a case, but dimension {position} has others "
                "than dimension 1; bring the dimensions to the same times"
            )
        values.append(row)
    return values


def _split_stamps(text: str, position: int) -> tuple[list[str], str]:
    """The timestamps of a dimension, and its values joined by commas."""
    pairs = []
    for piece in re.split(r"(?<=\))\s*,", text.strip()):
        match = re.fullmatch(r"\s*\(\s*([^(),\s][^(),]*),([^(),]*)\)", piece)
        if match is None:
            raise ValueError(
                f"expected (timestamp,value), but dimension {position} has {_quote(piece)}; "
                "correct it, or set @timeStamps to false if there are none"
            )
        pairs.append(match.groups())
    return [stamp.strip() for stamp, _ in pairs], ",".join(value for _, value in pairs)


def _check_regular(stamps: list[str]) -> None:
    """Raise unless the timestamps rise by equal steps."""
    steps = np.diff(_times(stamps))
    if steps.size and not (steps[0] > 0 and np.allclose(steps, steps[0], rtol=1e-3, atol=0)):
        raise ValueError(
            f"expected timestamps that rise by equal steps, but got {_quote(', '.join(stamps))}; "
            "resample the series to a regular grid"
        )


def _times(stamps: list[str]) -> np.ndarray:
    """Numbers as they are, ISO 8601 dates as ticks."""
    try:
        return _parse([",".join(stamps)])[0]
    except ValueError:
        pass
    try:
        return pd.to_datetime(stamps, format="ISO8601", utc=True).asi8
    except ValueError:
        raise ValueError(
            f"expected timestamps that are numbers or ISO 8601 dates, but got "
            f"{_quote(', '.join(stamps))}; rewrite them"
        ) from None


# Quoting


def _quote(text: str) -> str:
    """What came, short enough for a message."""
    return repr(_shorten(text, 60))


def _shorten(text: str, width: int) -> str:
    """The text, or its beginning with three dots."""
    return text if len(text) <= width else text[: width - 3] + "..."
