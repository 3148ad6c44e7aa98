"""Input of every kind, drawn by hypothesis, and what has to come of it."""

import datetime
import re
import traceback

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

__all__ = [
    "anything",
    "few",
    "fewer",
    "finite_or_refused",
    "mostly",
    "nested",
    "numbers",
    "oddities",
    "ragged",
    "texts",
]

# The same examples on every machine and in every run, and no limit on the time of one.
few = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
fewer = settings(few, max_examples=15)

# What an error has to name: the sequence, the column or the series, or X and y as a whole.
PLACE = re.compile(
    r"(sequence|series|column|row|frame|text|tree|part) '?[\w-]+|^X |^y |of y|target y|Input [Xx]|"
    r"Expected|Found array|Reshape|no (token|sequence)|feature names|one label|"
    r"sparse|network|values are"
)

# --- what comes ---------------------------------------------------------------------------------

texts = st.text(st.characters(), max_size=20) | st.sampled_from(["", " ", "\0", "\ud800", "a b"])
floats = st.floats(allow_nan=True, allow_infinity=True, width=64)
numbers = (
    st.floats(-1e3, 1e3)
    | st.sampled_from([1e30, -1e-300, 5e-324, 3.4e38, 1e39, 1e300, np.nan, np.inf])
    | st.integers(-(2**70), 2**70)
    | st.booleans()
)
oddities = st.sampled_from(
    [
        *[None, "a", b"a", 1j, pd.NA, pd.NaT, {}, [], object, datetime.date(2020, 1, 1)],
        *[np.datetime64("NaT"), np.timedelta64(1, "s"), 10**400, np.array(1.0), [1.0], (1.0, 2.0)],
    ]
)
dtypes = st.sampled_from(
    ["f2", "f4", "f8", ">f8", ">f4", "g", "i1", "u1", "i8", ">i4", "u8", "?", "c8", "M8[s]", "U2"]
)
orders = st.sampled_from("CF")
mostly = st.integers(0, 9).map(bool)  # True nine times in ten


@st.composite
def arrays(draw, width):
    """One sequence: of any length, dtype and order in memory, maybe only to be read."""
    shape = (draw(st.integers(0, 6)),) + (() if width is None else (width,))
    array = draw(hnp.arrays("f8", shape, elements=st.floats(-100, 100)))
    array = np.asarray(array.astype(draw(dtypes | st.just("f8"))), order=draw(orders))
    if draw(st.booleans()):
        array = array[::-1]
    array.flags.writeable = draw(st.booleans())
    return array


@st.composite
def ragged(draw):
    """Sequences of numbers that mostly agree in their width."""
    width = draw(st.sampled_from([None, 1, 2, 2, 2, 3]))
    rows = draw(st.lists(arrays(width), min_size=0, max_size=6))
    if not draw(mostly):
        rows.append(draw(arrays(draw(st.integers(0, 4)))))
    return draw(st.sampled_from([list, tuple]))(rows)


nested = st.lists(
    st.lists(st.lists(numbers, min_size=2, max_size=2), min_size=1, max_size=4), max_size=5
) | st.lists(st.lists(st.lists(numbers | oddities, max_size=3) | oddities, max_size=3), max_size=4)
shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
rectangles = dtypes.flatmap(lambda dtype: hnp.arrays(dtype, shapes))
columns = st.sampled_from(["float64", "Float64", "Int64", "boolean", "object", "category"])


@st.composite
def tables(draw):
    """Frames of any dtypes, with names of any kind."""
    n, width = draw(st.integers(0, 5)), draw(st.integers(0, 4))
    names = draw(st.lists(st.sampled_from(["a", "b", "c", "d", 0]), min_size=width, max_size=width))
    made = []
    for _ in range(width):
        values = draw(st.lists(st.integers(0, 1) | st.none(), min_size=n, max_size=n))
        made.append(pd.Series(values, dtype="object").astype(draw(columns), errors="ignore"))
    frame = pd.concat(made, axis=1) if made else pd.DataFrame(index=range(n))
    return frame.set_axis(names, axis=1)


any_texts = st.lists(texts, max_size=6) | st.lists(texts | oddities, max_size=4)
any_tokens = st.lists(st.lists(texts, min_size=1, max_size=5), min_size=1, max_size=5) | st.lists(
    st.lists(texts | oddities, max_size=3) | oddities, max_size=4
)
anything = st.one_of(ragged(), nested, rectangles, tables(), any_texts, any_tokens, oddities)

# --- what has to come of it ---------------------------------------------------------------------


def finite_or_refused(run, *args):
    """Check that what comes is finite, or that one error names the place; give what comes."""
    try:
        with np.errstate(all="ignore"):
            found = run(*args)
    except (TypeError, ValueError) as error:
        assert PLACE.search(str(error)), error
        assert len(str(error)) < 900
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        assert re.search("/(sklearn|sklearn_rnn)/", frame.f_code.co_filename), error
        return None
    assert np.isfinite(found).all()
    return found
