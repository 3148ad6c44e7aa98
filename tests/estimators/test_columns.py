"""What fit remembers of the columns beside the values."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.data import ColumnNames, Sequences
from sklearn_rnn.estimators._columns import InputColumns
from sklearn_rnn.preprocessing import TokenEncoder

COLOURS, SIZES = ("red", "blue", None, "green"), (3, 1, 2)
NAMES = ColumnNames(("amount",), ("colour",), ("age",), ("size",))


def make(**changes):
    """Three sequences of 2, 1 and 3 steps, with a column of each kind."""
    fields = {
        "values": np.zeros((6, 1)),
        "offsets": [0, 2, 3, 6],
        "codes": np.array([[0], [1], [0], [2], [0], [1]]),
        "categories": (COLOURS,),
        "static": np.array([[30.0], [40.0], [50.0]]),
        "static_codes": np.array([[0], [1], [0]]),
        "static_categories": (SIZES,),
        "names": NAMES,
    }
    return Sequences(**fields | changes)


def test_categories_that_occur_are_numbered_from_2():
    columns = InputColumns.learn(make())
    assert sorted(columns.ids["codes"][0].values()) == [2, 3, 4]
    assert set(columns.ids["codes"][0]) == {"red", "blue", None}
    assert set(columns.ids["static_codes"][0]) == {3, 1}
    assert columns.sizes("codes") == (5,) and columns.sizes("static_codes") == (4,)
    assert columns.n_static == 1


def test_categories_of_other_rows_are_not_learned():
    columns = InputColumns.learn(make(), np.array([0, 1]))
    assert set(columns.ids["codes"][0]) == {"red", "blue"}
    columns = InputColumns.learn(make(), np.array([2]))
    assert set(columns.ids["codes"][0]) == {None, "red", "blue"}
    assert set(columns.ids["static_codes"][0]) == {3}


def test_codes_become_the_ids_of_their_categories():
    columns = InputColumns.learn(make(), np.array([0]))
    encoded = columns.encode(make())
    known = columns.ids["codes"][0]
    expected = [known.get(COLOURS[code], 1) for code in make().codes[:, 0]]
    assert encoded.codes[:, 0].tolist() == expected
    assert expected.count(1) == 1  # the missing category, which row 0 does not have
    assert encoded.static_codes[:, 0].tolist() == [2, 1, 2]
    assert encoded.codes.dtype == encoded.static_codes.dtype == np.int32
    assert encoded.categories is encoded.static_categories is None


def test_order_and_number_of_the_categories_do_not_matter():
    columns = InputColumns.learn(make())
    other = ("unused", "green", "blue", None, "red")
    recoded = make(
        codes=np.array([[other.index(COLOURS[code])] for code in make().codes[:, 0]]),
        categories=(other,),
    )
    assert InputColumns.learn(recoded).ids == columns.ids
    np.testing.assert_array_equal(columns.encode(recoded).codes, columns.encode(make()).codes)


@pytest.mark.parametrize(
    "categories",
    [tuple(np.array(SIZES)), tuple(np.array(SIZES, dtype=np.int8)), (3.0, 1.0, 2.0)],
    ids=["numpy", "int8", "floats"],
)
def test_a_number_is_the_same_category_in_every_type(categories):
    columns = InputColumns.learn(make())
    other = make(static_categories=(categories,))
    np.testing.assert_array_equal(
        columns.encode(other).static_codes, columns.encode(make()).static_codes
    )
    assert InputColumns.learn(other).ids == columns.ids
    (sizes,) = InputColumns.learn(other).ids["static_codes"]
    assert {type(size) for size in sizes} <= {int, float}


@pytest.mark.parametrize("nothing", [float("nan"), np.float64("nan"), np.float32("nan")])
def test_nan_is_the_missing_category(nothing):
    columns = InputColumns.learn(make())
    other = make(categories=((*COLOURS[:2], nothing, "green"),))
    np.testing.assert_array_equal(columns.encode(other).codes, columns.encode(make()).codes)
    assert InputColumns.learn(other).ids == columns.ids


def test_unknown_categories_are_counted_by_the_names_of_their_columns():
    columns = InputColumns.learn(make(), np.array([1]))
    assert columns.count_unknown(columns.encode(make())) == {"colour": 3, "size": 2}


def test_unknown_categories_of_columns_without_names_are_told_apart():
    columns = InputColumns.learn(make(names=None), np.array([1]))
    counts = columns.count_unknown(columns.encode(make(names=None)))
    assert counts == {"codes0": 3, "static_codes0": 2}


RENAMED = {
    "codes": ("categorical", "colour"),
    "static": ("static numeric", "age"),
    "static_codes": ("static categorical", "size"),
}


@pytest.mark.parametrize("kind", RENAMED)
def test_other_columns_are_refused_and_named(kind):
    title, name = RENAMED[kind]
    columns = InputColumns.learn(make())
    renamed = make(names=NAMES._replace(**{kind: ("other",)}))
    with pytest.raises(ValueError, match=rf"the {title} columns \['other'\], but fit.*\['{name}'"):
        columns.encode(renamed)
    meanings = {"codes": "categories", "static_codes": "static_categories"}
    without = {kind: None} | ({meanings[kind]: None} if kind in meanings else {})
    with pytest.raises(ValueError, match=rf"the {title} columns \[\], but fit saw \['{name}'\]"):
        columns.encode(make(**without, names=NAMES._replace(**{kind: ()})))
    fewer = InputColumns.learn(make(**without, names=NAMES._replace(**{kind: ()})))
    with pytest.raises(ValueError, match=rf"the {title} columns \['{name}'\], but fit saw \[\]"):
        fewer.encode(make())


def test_other_names_of_the_values_are_refused_where_there_are_names():
    columns = InputColumns.learn(make())
    with pytest.raises(ValueError, match=r"numeric columns \['cost'\], but fit saw \['amount'\]"):
        columns.check_values(make(names=NAMES._replace(values=("cost",))))
    columns.check_values(make())
    columns.check_values(make(names=None))
    InputColumns.learn(make(names=None)).check_values(make())


@pytest.mark.parametrize(
    "sizes, facts",
    [
        (("3", "1", "2"), r"'size' are str \('3'\) in X, but fit saw int \([13]\)"),
        ((None, "1", "2"), r"'size' are str \('1'\)"),
        ((float("nan"), "1", "2"), r"'size' are str \('1'\)"),
    ],
)
def test_text_where_fit_saw_numbers_is_refused(sizes, facts):
    columns = InputColumns.learn(make())
    with pytest.raises(ValueError, match=f"column {facts}.*convert the column"):
        columns.encode(make(static_categories=(sizes,)))
    texts = InputColumns.learn(make(static_categories=(("3", "1", "2"),)))
    with pytest.raises(ValueError, match=r"are int \(3\) in X, but fit saw str \('[13]'\)"):
        texts.encode(make())


def test_codes_of_tokens_are_no_columns():
    encoded = TokenEncoder().fit_transform(["a film", "b"])
    columns = InputColumns.learn(encoded)
    assert columns.ids == {"codes": [], "static_codes": []} and columns.n_static == 0
    np.testing.assert_array_equal(columns.encode(encoded).codes, encoded.codes)
    assert columns.count_unknown(columns.encode(encoded)) == {}


@pytest.mark.parametrize("missing", [np.nan, float("nan"), pd.NA, pd.NaT, None], ids=repr)
def test_whatever_stands_for_missing_is_one_category(missing):
    columns = InputColumns.learn(make(categories=(("red", "blue", missing, "green"),)))
    assert columns.ids == InputColumns.learn(make()).ids
