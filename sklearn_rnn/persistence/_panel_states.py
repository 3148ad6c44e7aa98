"""How the series of a forecaster are spelt in a model file."""

from contextlib import suppress
from dataclasses import fields
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from sklearn_rnn.data import PanelColumns, SeriesPanel
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import (
    Bool,
    Int,
    OneOf,
    Optional,
    PairsOf,
    Record,
    Text,
    TupleOf,
    cannot_save,
)
from sklearn_rnn.persistence._label_codecs import Label
from sklearn_rnn.persistence._label_columns import Ids, Labels
from sklearn_rnn.persistence._time_labels import Pattern
from sklearn_rnn.persistence._time_states import TIME_AXIS, check_ticks

__all__ = ["PANEL"]

# The square of a larger number is not finite; no series has such a value.
_LARGEST = 1e150


# --- what holds of a panel ----------------------------------------------------------------------


def check_panel(panel: SeriesPanel) -> None:
    """Raise a ValueError if the parts of a panel do not fit together."""
    _check_columns(panel)
    _check_offsets(panel)
    _check_shapes(panel)
    _check_numbers(panel)
    _check_codes(panel)
    _check_ids(panel)
    first, last = int(panel.starts.min()), int(panel.starts.max()) + panel.n_rows
    check_ticks(panel.axis, first, last)


def _check_columns(panel):
    columns = panel.columns
    coded = (*columns.known_categorical, *columns.past_categorical, *columns.static_categorical)
    names = (*columns.known, *columns.past, *columns.static, *coded)
    if len(set(names)) < len(names) or set(columns.categories) != set(coded):
        raise ValueError("every column has one name, and every categorical one its categories.")
    if len(set(columns.target_names)) < len(columns.target_names):
        raise ValueError(f"two targets have one name: {columns.target_names!r:.80}.")
    if len(columns.target_dtypes) not in (0, panel.n_targets):
        raise ValueError(f"{panel.n_targets} targets have {len(columns.target_dtypes)} dtypes.")
    if len(columns.id_names) != len(columns.id_dtypes):
        raise ValueError(f"{len(columns.id_names)} ids have {len(columns.id_dtypes)} dtypes.")
    if (columns.layout == "position") != (panel.axis.kind == "position"):
        raise ValueError(f"the layout {columns.layout!r} has no times of {panel.axis.kind!r}.")
    if columns.layout == "multiindex" and not columns.id_names:
        raise ValueError("a MultiIndex has levels of ids.")


def _check_offsets(panel):
    n, begins, of_series = panel.n_groups, panel.group_offsets, panel.offsets
    if not n or begins.shape != (n + 1,) or of_series.shape != (panel.n_series + 1,):
        raise ValueError(f"{n} groups have offsets of {begins.shape} and {of_series.shape}.")
    for offsets, end in ((begins, panel.n_rows), (of_series, len(panel.target))):
        inside = ((offsets >= 0) & (offsets <= end)).all()  # so that differences cannot overflow
        if not inside or offsets[0] or offsets[-1] != end or (np.diff(offsets) < 1).any():
            raise ValueError(f"offsets must rise from 0 to the number of values, {end}.")
    if (np.diff(of_series) != np.repeat(np.diff(begins), panel.n_targets)).any():
        raise ValueError("the targets of a group must have as many values as it has rows.")


def _check_shapes(panel):
    columns, rows, n = panel.columns, panel.n_rows, panel.n_groups
    for name, length, of in (
        ("known", rows, columns.known),
        ("past", rows, columns.past),
        ("known_codes", rows, columns.known_categorical),
        ("past_codes", rows, columns.past_categorical),
        ("static", n, columns.static),
        ("static_codes", n, columns.static_categorical),
    ):
        shape = getattr(panel, name).shape
        if shape != (length, len(of)):
            raise ValueError(f"{name} has the shape {shape}, but its columns are {of!r:.60}.")


def _check_numbers(panel):
    for name in ("target", "known", "past", "static"):
        if (np.abs(getattr(panel, name)) > _LARGEST).any():  # NaN is not
            raise ValueError(f"{name} holds a number that is infinite or too large.")
    missing = np.isnan(panel.known).any(axis=1) & panel.present
    if missing.any() or np.isnan(panel.static).any():
        raise ValueError("a column that is known, or static, is missing somewhere.")


def _check_codes(panel):
    columns = panel.columns
    for name in ("known", "past", "static"):
        sizes = [len(columns.categories[one]) for one in getattr(columns, f"{name}_categorical")]
        codes = getattr(panel, f"{name}_codes")
        if (codes < 0).any() or (codes > np.array(sizes, dtype=np.int64)).any():
            raise ValueError(f"{name}_codes holds a code that none of the categories has.")
    if not set(panel.unknown_counts) <= set(columns.categories):
        raise ValueError("unknown categories are counted of a column that is none of the panel's.")


def _check_ids(panel):
    names, dtypes = panel.columns.id_names, panel.columns.id_dtypes
    if panel.ids is None or not names:
        if panel.ids is not None or names or panel.n_groups > 1:
            raise ValueError(f"{panel.n_groups} groups have the ids {panel.ids!r:.60} of {names}.")
        return
    if panel.ids.shape != (panel.n_groups,):
        raise ValueError(f"{panel.n_groups} groups have {panel.ids.shape} ids.")
    parts = [panel.ids.tolist()]
    if len(names) > 1:
        if {len(one) if type(one) is tuple else 1 for one in panel.ids} != {len(names)}:
            raise ValueError(f"an id is a tuple of {len(names)}.")
        parts = [list(part) for part in zip(*panel.ids, strict=True)]
    if (np.sort(panel.find(panel.ids)) != np.arange(panel.n_groups)).any():
        raise ValueError("two groups have one id.")
    for part, dtype in zip(parts, dtypes, strict=True):
        _check_dtype(part, dtype)


def _check_dtype(part, dtype):
    if dtype == "object":
        return
    with suppress(ImportError):  # of an optional package; it is asked for once it is needed
        pd.array(part, dtype=dtype)


# --- codecs -------------------------------------------------------------------------------------

_DTYPE = Pattern(
    r"(object|bool|boolean|str|category|(large_)?string(\[\w+\])?"
    r"|(u?int|U?Int|float|Float)(8|16|32|64)|(bool|double|float|u?int(8|16|32|64))\[pyarrow\]"
    r"|(datetime|timedelta)64\[(s|ms|us|ns)(, [\w/+:-]+)?\]|period\[[\w-]+\]"
    r"|interval\[(int64|float64|datetime64\[(s|ms|us|ns)\]), \w+\])",
    "a dtype of ids",
)
_NAMES = TupleOf(Label())

_COLUMNS = Record(
    PanelColumns,
    {
        "target_names": _NAMES,
        "known": _NAMES,
        "past": _NAMES,
        "known_categorical": _NAMES,
        "past_categorical": _NAMES,
        "static": _NAMES,
        "static_categorical": _NAMES,
        "categories": PairsOf(Label(), Labels(tuple)),
        "id_names": _NAMES,
        "id_dtypes": TupleOf(_DTYPE),
        "time_name": Label(),
        "layout": OneOf("columns", "index", "multiindex", "position"),
        "target_kind": OneOf("series", "frame", "array", "column"),
        "target_dtypes": TupleOf(Text(100)),
        "library": OneOf("pandas", "polars"),
        "frame": Bool(),
    },
)
_NUMBERS = Array("float64", shape=(None, None), finite=False)
_CODES = Array("int32", shape=(None, None))
_COUNTS = Array("int64", shape=(None,))


class Panel(Record):
    """A panel of series; where a file has the same one several times, it is written once.

    So are the series that the members of an ensemble were trained on.
    """

    def __init__(self):
        super().__init__(
            SeriesPanel,
            {
                "target": Array("float64", shape=(None,), finite=False),
                "offsets": _COUNTS,
                "starts": _COUNTS,
                "group_offsets": _COUNTS,
                "known": _NUMBERS,
                "past": _NUMBERS,
                "known_codes": _CODES,
                "past_codes": _CODES,
                "static": _NUMBERS,
                "static_codes": _CODES,
                "present": Array("bool", shape=(None,)),
                "ids": Optional(Ids()),
                "axis": TIME_AXIS,
                "columns": _COLUMNS,
                "unknown_counts": PairsOf(Label(), Int(1)),
            },
            check=check_panel,
        )
        self._written, self._read = WeakKeyDictionary(), WeakKeyDictionary()

    def reads(self, json):
        return super().reads(json) or _is_reference(json)

    def _encode(self, value, where, store):
        written = self._written.setdefault(store, {})
        for place, panel in written.items():
            if _are_same(panel, value):
                return {"same": place}
        try:
            check_panel(value)
        except ValueError as error:
            raise cannot_save(where, f"consistent series ({error})", value) from error
        written[where] = value
        return super()._encode(value, where, store)

    def _decode(self, json, where, source):
        read = self._read.setdefault(source, {})
        if _is_reference(json):
            if json["same"] not in read:
                raise ModelFileError(f"{where} is the same as {json['same']!r:.80}, which is none.")
            return read[json["same"]]
        read[where] = super()._decode(json, where, source)
        return read[where]


def _is_reference(json):
    return isinstance(json, dict) and json.keys() == {"same"} and isinstance(json["same"], str)


def _are_same(one, other):
    """Tell whether two panels hold the same, types of ids and categories among it."""
    if one is other:
        return True
    for field in fields(SeriesPanel):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.dtype != object:
            if a.dtype != b.dtype or not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
                return False
        elif field.name == "ids":
            if repr(None if a is None else a.tolist()) != repr(None if b is None else b.tolist()):
                return False
        elif repr(a) != repr(b):
            return False
    return True


PANEL = Panel()
