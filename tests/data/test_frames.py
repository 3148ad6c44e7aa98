"""Dataframes, of events and of whole sequences, become ``Sequences``."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import torch

from sklearn_rnn.data import ColumnNames, Sequences, Texts

SEEDS = range(8)
DAY = pd.Timestamp("2024-05-01")


def random_events(rng, n=60, n_ids=9):
    """Events of people, out of order; many at one time."""
    people = np.array([f"p{i}" for i in range(n_ids)])
    who = rng.integers(n_ids, size=n)
    when = DAY + pd.to_timedelta(rng.integers(0, 20, size=n) * 3601, unit="s")
    frame = pd.DataFrame(
        {
            "who": people[who],
            "when": when,
            "fee": rng.normal(size=n),
            "shop": np.array(["web", "town", None], dtype=object)[rng.integers(3, size=n)],
            "paid": rng.random(n) < 0.5,
            "size": pd.Categorical(
                np.array(["S", "M", "L"])[rng.integers(3, size=n)], ["L", "XL", "M", "S"]
            ),
            "born": who * 10.0,
            "land": np.array(["NO", "PE"])[who % 2],
        }
    )
    frame.loc[rng.random(n) < 0.2, "fee"] = np.nan
    return frame.set_axis(rng.integers(0, 5, size=n))


def read(frame, **options):
    return Sequences.from_frame(
        frame,
        **{"id_col": "who", "time_col": "when", "static": ["born", "land"]} | options,
    )


def seconds(times):
    return [moment.timestamp() for moment in times]


def meaning(codes, categories, column):
    """What the codes of a column stand for; missing values as None."""
    return [categories[column][code] for code in codes[:, column]]


def assert_steps_are(sequences, i, group):
    """Assert that sequence i holds the rows of a group, sorted as Python sorts them."""
    rows = sorted(group.to_dict("records"), key=lambda row: row["when"])
    steps = slice(sequences.offsets[i], sequences.offsets[i + 1])
    times = seconds(row["when"] for row in rows)
    gaps = [0.0, *(math.log1p(b - a) for a, b in itertools.pairwise(times))]
    expected = [[row["fee"], row["paid"], gap] for row, gap in zip(rows, gaps, strict=True)]
    np.testing.assert_allclose(sequences[i], expected, rtol=1e-12)
    np.testing.assert_array_equal(sequences.times[steps], times)
    codes = sequences.codes[steps]
    shops = [None if pd.isna(row["shop"]) else row["shop"] for row in rows]
    assert meaning(codes, sequences.categories, 0) == shops
    assert meaning(codes, sequences.categories, 1) == [row["size"] for row in rows]


# --- events -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_sequences_are_the_groups_of_the_frame(seed):
    frame = random_events(np.random.default_rng(seed))
    sequences = read(frame)
    groups = list(frame.groupby("who"))
    assert sequences.ids.tolist() == [who for who, _ in groups]
    for i, (_, group) in enumerate(groups):
        assert_steps_are(sequences, i, group)
        assert sequences.static[i].tolist() == [group["born"].iloc[0]]
        assert (
            meaning(sequences.static_codes, sequences.static_categories, 0)[i]
            == (group["land"].iloc[0])
        )
    assert sequences.names == ColumnNames(
        ("fee", "paid", "log_gap"), ("shop", "size"), ("born",), ("land",)
    )
    assert sequences.values.dtype == sequences.static.dtype == sequences.times.dtype == np.float64
    assert sequences.codes.dtype == sequences.static_codes.dtype == np.int32


def test_the_frame_stays_as_it_is(rng):
    frame = random_events(rng)
    before = frame.copy(deep=True)
    read(frame).values[:] = 0
    pd.testing.assert_frame_equal(frame, before)


def test_nothing_depends_on_the_index_of_the_frame(rng):
    frame = random_events(rng)
    again = read(frame.reset_index(drop=True))
    np.testing.assert_array_equal(read(frame).values, again.values)
    np.testing.assert_array_equal(read(frame).codes, again.codes)


def test_events_of_one_time_stay_in_the_order_of_the_rows():
    frame = pd.DataFrame({"who": [1, 2, 1, 2, 1], "when": [5, 5, 5, 4, 5], "x": range(5)})
    sequences = Sequences.from_frame(frame, id_col="who", time_col="when", time_gaps=False)
    assert [steps[:, 0].tolist() for steps in sequences] == [[0, 2, 4], [3, 1]]


def test_without_a_time_the_order_of_the_rows_is_kept(rng):
    frame = random_events(rng)
    sequences = read(frame, time_col=None, numeric=["fee"])
    assert sequences.times is None
    assert sequences.names.values == ("fee",)
    expected = [group["fee"].to_numpy()[:, None] for _, group in frame.groupby("who")]
    for got, steps in zip(sequences, expected, strict=True):
        np.testing.assert_array_equal(got, steps)


@pytest.mark.parametrize(
    "times, expected",
    [
        ([3, 1, 8], [0, 2, 5]),
        ([0.25, 0.0, 4.5], [0, 0.25, 4.25]),
        (pd.array([3, 1, 8], dtype="Int64"), [0, 2, 5]),
        (np.array([2**63 + 3, 2**63 + 1, 2**63 + 8], dtype="uint64"), [0, 2, 5]),
        (np.array([2**62 + 3, 2**62 + 1, 2**62 + 8]), [0, 2, 5]),
        (pd.to_timedelta([3, 1, 8], unit="min"), [0, 120, 300]),
        (DAY.tz_localize("America/Lima") + pd.to_timedelta([3, 1, 8], unit="h"), [0, 7200, 18e3]),
        (pd.to_datetime([3, 1, 8], unit="ns"), [0, 2e-9, 5e-9]),
        ([DAY.date(), DAY.date() - pd.Timedelta("1D"), DAY.date()], [0, 86400, 0]),
    ],
    ids=["int", "float", "Int64", "uint64", "large", "durations", "zone", "ns", "dates"],
)
def test_the_gap_is_exact_in_seconds_or_the_unit_of_the_numbers(times, expected):
    frame = pd.DataFrame({"who": "a", "when": times})
    gaps = Sequences.from_frame(frame, id_col="who", time_col="when").values
    np.testing.assert_allclose(gaps[:, 0], np.log1p(expected), rtol=1e-12)


def test_summer_time_does_not_bend_gaps():
    when = pd.to_datetime(["2024-03-30 12:00", "2024-03-31 12:00"]).tz_localize("Europe/Oslo")
    frame = pd.DataFrame({"who": 1, "when": when})
    gaps = Sequences.from_frame(frame, id_col="who", time_col="when").values
    assert np.expm1(gaps[:, 0]) == pytest.approx([0, 23 * 3600])


@pytest.mark.parametrize(
    "ids",
    [
        [20, 3, 20],
        ["b", "a", "b"],
        [2.5, -1.0, 2.5],
        pd.Categorical(["b", "a", "b"], ["b", "zero", "a"]),
        pd.array([20, 3, 20], dtype="Int64"),
        [DAY, DAY - pd.Timedelta("1D"), DAY],
        [DAY.tz_localize("UTC"), DAY.tz_localize("UTC") - pd.Timedelta("1D")] * 2,
        [True, False, True],
        [("b", 1), ("a", 2), ("b", 1)],
        np.array([3, "a", 3], dtype=object),
    ],
    ids=lambda ids: str(getattr(ids, "dtype", ids[0])),
)
def test_ids_come_in_the_order_of_groupby(ids):
    ids = list(ids) if isinstance(ids, list) else ids
    frame = pd.DataFrame({"who": pd.Series(ids), "x": range(len(ids))})
    sequences = Sequences.from_frame(frame, id_col="who")
    groups = list(frame.groupby("who", observed=True))
    assert list(sequences.ids) == [key for key, _ in groups]
    assert [steps[:, 0].tolist() for steps in sequences] == [g["x"].tolist() for _, g in groups]


def test_ids_without_an_order_come_as_they_occur():
    frame = pd.DataFrame({"who": pd.Series(["b", DAY, 5, "b"], dtype=object), "x": range(4)})
    assert list(Sequences.from_frame(frame, id_col="who").ids) == ["b", DAY, 5]


def test_labels_by_id_find_the_sequences(rng):
    frame = random_events(rng)
    labels = frame.groupby("who", sort=False)["born"].first().sample(frac=1, random_state=0)
    sequences = read(frame)
    assert sequences.align(labels).tolist() == sequences.static[:, 0].tolist()


@pytest.mark.parametrize(
    "options, values, codes",
    [
        ({"numeric": []}, [], ["shop", "size"]),
        ({"categorical": []}, ["fee", "paid"], []),
        ({"numeric": ["paid"], "categorical": ["size"]}, ["paid"], ["size"]),
        ({"numeric": ["paid", "fee"], "categorical": []}, ["paid", "fee"], []),
        ({"categorical": ["paid"]}, ["fee"], ["paid"]),
        ({"numeric": pd.Index(["fee"])}, ["fee"], ["shop", "size"]),
        ({"static": None, "numeric": ("fee",)}, ["fee"], ["shop", "size", "land"]),
    ],
    ids=str,
)
def test_what_is_not_named_goes_by_its_values_and_an_empty_list_is_none(
    rng, options, values, codes
):
    frame = random_events(rng)
    sequences = read(frame, time_gaps=False, **options)
    assert sequences.names[:2] == (tuple(values), tuple(codes))
    assert sequences.values.shape == (60, len(values))
    assert (sequences.codes is None) == (not codes)
    assert (sequences.categories is None) == (not codes)


def test_events_may_have_nothing_but_a_time():
    frame = pd.DataFrame({"who": [1, 1], "when": [1, 2]})
    sequences = Sequences.from_frame(frame, id_col="who", time_col="when")
    assert sequences.names.values == ("log_gap",)
    without = Sequences.from_frame(frame, id_col="who", time_col="when", time_gaps=False)
    assert without.values.shape == (2, 0)


def test_columns_may_have_any_names():
    frame = pd.DataFrame({0: ["a", "b"], ("x", 1): [1.0, 2.0], DAY: ["u", "v"]})
    sequences = Sequences.from_frame(frame, id_col=0)
    assert sequences.names == ColumnNames((("x", 1),), (DAY,))


def test_missing_numbers_stay_missing_and_constant_missing_statics_are_constant():
    frame = pd.DataFrame({"who": [1, 1, 2], "x": [1, None, None], "s": [None, None, 2.0]})
    sequences = Sequences.from_frame(frame, id_col="who", static=["s"])
    np.testing.assert_array_equal(sequences.values[:, 0], [1, np.nan, np.nan])
    np.testing.assert_array_equal(sequences.static[:, 0], [np.nan, 2])


def test_a_missing_static_category_is_none():
    frame = pd.DataFrame({"who": [1, 1, 2], "x": 1.0, "s": [None, None, "a"]})
    sequences = Sequences.from_frame(frame, id_col="who", static=["s"])
    assert meaning(sequences.static_codes, sequences.static_categories, 0) == [None, "a"]


EVENTS = pd.DataFrame(
    {
        "who": ["a", "b", "a"],
        "when": pd.to_datetime(["2024-05-02", "2024-05-01", "2024-05-01"]),
        "fee": [1.0, 2.0, 3.0],
        "shop": ["x", "y", "x"],
        "born": [7, 8, 7],
    }
)


@pytest.mark.parametrize(
    "changes, options, message",
    [
        ({}, {"id_col": "user"}, r"id_col names the column 'user', but the frame has .*'born'"),
        ({}, {"id_col": None}, "set id_col to the one that says which sequence"),
        ({}, {"time_col": "at"}, "time_col names the column 'at', but the frame has the columns"),
        ({}, {"numeric": ["fee", "tip"]}, "numeric names the column 'tip', but the frame has"),
        ({}, {"static": ["tip"]}, "static names the column 'tip'"),
        ({}, {"numeric": ["fee"], "categorical": ["fee"]}, "'fee' is named in numeric and in cat"),
        ({}, {"numeric": ["fee", "fee"]}, "'fee' is named in numeric and in numeric"),
        ({}, {"numeric": ["when"]}, "'when' is named in time_col and in numeric"),
        ({}, {"static": ["who"]}, "'who' is named in id_col and in static"),
        ({}, {"time_col": "who"}, "'who' is named in id_col and in time_col"),
        ({"who": ["a", None, "a"]}, {}, r"id_col 'who' is missing in row 1 \(1 of 3 rows\)"),
        ({"when": [DAY, None, None]}, {}, r"'when' is missing or infinite in row 1, id 'b' \(2 of"),
        ({"when": [1.0, 2.0, math.inf]}, {}, "missing or infinite in row 2, id 'a'"),
        ({"when": ["1", "2", "10"]}, {}, r"time_col 'when' holds '1' of type str in row 0.*to_dat"),
        ({"fee": [1, "n/a", 2]}, {"numeric": ["fee"]}, "'fee' holds 'n/a' of type str in row 1"),
        ({"fee": [[1], "a", "b"]}, {}, r"'fee' holds \[1\] of type list in row 0"),
        ({"born": [7, 8, 9]}, {"static": ["born"]}, "'born' is 9 in row 2 and 7 in row 0.*id 'a'"),
        (
            {"born": [7, 8, None]},
            {"static": ["born"]},
            "static column 'born' is nan in row 2 and 7",
        ),
        (
            {},
            {"static": ["fee"]},
            r"'fee' is 3.0 in row 2 and 1.0 in row 0, both of id 'a'.*transf",
        ),
        ({"shop": list("xyz")}, {"static": ["shop"]}, "'shop' is 'z' in row 2 and 'x' in row 0"),
        ({"log_gap": 1.0}, {}, "'log_gap' is a column of the frame.*time_gaps=False"),
        ({"log_gap": "a"}, {}, "'log_gap' is a column of the frame.*time_gaps=False"),
        ({}, {"numeric": [], "categorical": [], "time_col": None}, "no column of .* is left"),
    ],
)
def test_a_frame_that_cannot_be_read_is_refused_with_the_place(changes, options, message):
    options = {"id_col": "who", "time_col": "when"} | options
    with pytest.raises(ValueError, match=message):
        Sequences.from_frame(EVENTS.assign(**changes), **options)


def test_a_column_in_the_index_is_pointed_at():
    with pytest.raises(ValueError, match=r"columns .*Its index holds \['who'\]: reset_index\(\)"):
        Sequences.from_frame(EVENTS.set_index("who"), id_col="who")


def test_a_repeated_column_and_an_empty_frame_are_refused():
    with pytest.raises(ValueError, match="column 'fee' occurs more than once"):
        Sequences.from_frame(EVENTS.rename(columns={"born": "fee"}), id_col="who")
    with pytest.raises(ValueError, match="the frame has no rows"):
        Sequences.from_frame(EVENTS[:0], id_col="who")


@pytest.mark.parametrize("frame", [[EVENTS], EVENTS.to_numpy(), EVENTS["fee"], {"who": [1]}, None])
def test_what_is_no_frame_is_refused(frame):
    with pytest.raises(TypeError, match="a DataFrame with one row an event is expected, not"):
        Sequences.from_frame(frame, id_col="who")


@pytest.mark.parametrize("role", ["numeric", "categorical", "static"])
def test_a_name_alone_is_no_list_of_names(role):
    with pytest.raises(TypeError, match=rf"{role} must be a list .* None: {role}=\['fee'\]"):
        Sequences.from_frame(EVENTS, id_col="who", **{role: "fee"})


# --- tables with one row a sequence -------------------------------------------------------------

TABLE = pd.DataFrame(
    {"age": [30, None, 50], "land": ["NO", None, "NO"], "vip": [True, False, True]}
)
ARRAYS = [np.ones((2, 2)), np.zeros((1, 2)), np.ones((3, 2))]
TEXTS = ["a fine film", "too long", "so so"]


def assert_has_table(X, order=(0, 1, 2)):
    """Assert that the static fields of X are the rows of TABLE."""
    order = list(order)
    expected = np.array([[30, 1], [np.nan, 0], [50, 1]], dtype=np.float64)[order]
    np.testing.assert_array_equal(X.static, expected, strict=True)
    assert meaning(X.static_codes, X.static_categories, 0) == [["NO", None, "NO"][i] for i in order]
    assert X.names == ColumnNames(static=("age", "vip"), static_codes=("land",))


@pytest.mark.parametrize(
    "X",
    [
        ARRAYS,
        tuple(ARRAYS),
        [torch.from_numpy(array) for array in ARRAYS],
        Sequences.from_list(ARRAYS),
        np.ones((3, 4, 2)),
        np.ones((3, 4)),
        [[1, 2], [3], [4, 5]],
    ],
    ids=["list", "tuple", "tensors", "Sequences", "3-D", "2-D", "ints"],
)
def test_sequences_of_every_form_take_static_columns(X):
    sequences = Sequences.with_static(X, TABLE)
    assert isinstance(sequences, Sequences)
    assert_has_table(sequences)
    for got, expected in zip(sequences, X, strict=True):
        np.testing.assert_array_equal(got, np.asarray(expected))


def test_steps_that_are_all_nan_stay_padding():
    X = np.array([[[1.0], [2.0]], [[3.0], [np.nan]]])
    assert Sequences.with_static(X, {"a": [1, 2]}).lengths.tolist() == [2, 1]


@pytest.mark.parametrize(
    "X",
    [TEXTS, np.array(TEXTS), pd.Series(TEXTS), [text.split() for text in TEXTS], Texts(TEXTS)],
    ids=["list", "array", "Series", "tokens", "Texts"],
)
def test_texts_stay_texts_with_static_columns(X):
    texts = Sequences.with_static(X, TABLE)
    assert isinstance(texts, Texts)
    assert_has_table(texts)
    assert texts.tolist() == list(X)
    assert texts.ids is None


def test_a_dict_and_an_array_give_columns_too():
    assert_has_table(Sequences.with_static(ARRAYS, TABLE.to_dict("list")))
    assert_has_table(Sequences.with_static(ARRAYS, dict(TABLE.items())))
    sequences = Sequences.with_static(ARRAYS, np.arange(6).reshape(3, 2))
    np.testing.assert_array_equal(sequences.static, np.arange(6.0).reshape(3, 2), strict=True)
    assert sequences.names.static == ("static0", "static1")
    assert sequences.static_codes is None


def test_more_columns_are_joined():
    first = Sequences.with_static(ARRAYS, TABLE[["vip", "land"]])
    second = Sequences.with_static(first, {"team": ["a", "b", "c"], "rank": [3, 1, 2]})
    assert second.static.tolist() == [[1, 3], [0, 1], [1, 2]]
    assert second.names[2:] == (("vip", "rank"), ("land", "team"))
    assert meaning(second.static_codes, second.static_categories, 0) == ["NO", None, "NO"]
    assert meaning(second.static_codes, second.static_categories, 1) == ["a", "b", "c"]
    third = Sequences.with_static(second, np.ones((3, 1)))
    assert third.names.static == ("vip", "rank", "static4")
    assert third.static_categories == second.static_categories
    assert first.static.shape == (3, 1)


def test_columns_join_those_of_which_no_name_is_known():
    sequences = Sequences(values=np.ones(3), offsets=range(4), static=np.ones((3, 1)))
    joined = Sequences.with_static(sequences, {"age": [1, 2, 3]})
    assert joined.names.static == ("static0", "age")


def test_what_sequences_carry_beside_static_columns_stays(rng):
    sequences = read(random_events(rng))
    joined = Sequences.with_static(sequences, pd.DataFrame({"rank": range(len(sequences))}))
    for name in ("values", "offsets", "codes", "times", "ids"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(sequences, name))
    assert joined.names == sequences.names._replace(static=("born", "rank"))
    assert joined.categories == sequences.categories


@pytest.mark.parametrize(
    "ids",
    [["c", "a", "b"], [30, 10, 20], [DAY, DAY - pd.Timedelta("1h"), DAY + pd.Timedelta("1h")]],
)
def test_rows_indexed_by_ids_find_their_sequences(ids):
    sequences = Sequences(values=np.ones(3), offsets=range(4), ids=ids)
    frame = TABLE.set_axis(ids)
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        assert_has_table(Sequences.with_static(sequences, frame.iloc[order]))
        assert_has_table(Sequences.with_static(sequences[order], frame), order)
    more = pd.concat([frame, TABLE.set_axis(["x", "y", "x"])]).iloc[::-1]
    assert_has_table(Sequences.with_static(sequences, more))


def test_rows_that_are_only_counted_are_in_order():
    for ids in (["c", "a", "b"], [30, 10, 20], [0, 1, 2], [1, 2, 3]):
        sequences = Sequences(values=np.ones(3), offsets=range(4), ids=ids)
        assert_has_table(Sequences.with_static(sequences, TABLE))
        assert_has_table(Sequences.with_static(sequences, TABLE.to_dict("list")))


def test_texts_in_a_series_keep_its_index_as_ids():
    texts = Sequences.with_static(pd.Series(TEXTS, index=list("cab")), TABLE.set_axis(list("cab")))
    assert_has_table(texts)
    assert texts.ids.tolist() == ["c", "a", "b"]
    assert texts.align(pd.Series({"a": 1, "b": 2, "c": 3})).tolist() == [3, 1, 2]
    repeated = pd.Series(TEXTS, index=list("aab"))
    assert Sequences.with_static(repeated, TABLE.set_axis(list("aab"))).ids is None


@pytest.mark.parametrize(
    "X, frame, message",
    [
        (ARRAYS, TABLE[:2], "static column 'age' has 2 rows, but there are 3 sequences"),
        (ARRAYS, {"a": [1, 2, 3], "b": [1]}, "static column 'b' has 1 rows, but there are 3"),
        (TEXTS, np.ones((2, 1)), "static column 'static0' has 2 rows, but there are 3"),
        (ARRAYS, TABLE[[]], "the frame has no columns"),
        (ARRAYS, {}, "the frame has no columns"),
        (ARRAYS, np.ones(3), r"numbers in 2 dimensions, but came as float64 of shape \(3,\)"),
        (ARRAYS, np.array([["a"]] * 3), "an array of static columns must hold numbers"),
        (ARRAYS, TABLE.set_axis(["a", "b", "a"], axis=1), "column 'a' occurs more than once"),
        (ARRAYS, {"tags": [["a"], ["b"], ["c"]]}, r"'tags' holds \['a'\] of type list in row 0"),
        (pd.Series(TEXTS), TABLE[::-1], "of X has 0 in row 0, but that of the frame has 2;.*loc"),
        (
            pd.Series(TEXTS, index=list("abc")),
            TABLE.set_axis(list("abd")),
            "of X has 'c' in row 2, but that of the frame has 'd'",
        ),
        (
            Sequences(values=np.ones(2), offsets=range(3), ids=["a", "q"]),
            TABLE.set_axis(list("abc")),
            "id 'q' of the sequences has no row in the frame",
        ),
        (
            Sequences(values=np.ones(2), offsets=range(3), ids=["a", "b"]),
            TABLE.set_axis(list("aba")),
            "id 'a' occurs more than once in the index of the frame",
        ),
        (
            Sequences(values=np.ones(3), offsets=range(4), ids=[2, 0, 1]),
            TABLE,
            "ids of the sequences are the same numbers in another order",
        ),
        (Sequences.with_static(ARRAYS, TABLE), TABLE[["land"]], "a static column 'land' already"),
        (Texts(TEXTS, np.ones((3, 1))), np.ones((3, 1)), None),
        (
            Sequences(values=np.ones(3), offsets=range(4), static_codes=np.ones((3, 1), int)),
            TABLE,
            "static_codes without static_categories",
        ),
    ],
)
def test_a_table_that_does_not_fit_is_refused(X, frame, message):
    if message is None:  # numbered columns never clash
        assert Sequences.with_static(X, frame).static.shape == (3, 2)
        return
    with pytest.raises(ValueError, match=message):
        Sequences.with_static(X, frame)


@pytest.mark.parametrize(
    "X, frame, message",
    [
        (ARRAYS, TABLE["age"], r"in a DataFrame, not a Series: frame\.to_frame\(\)"),
        (ARRAYS, [[1], [2], [3]], "in a DataFrame, a dict of columns or a 2-D array.*not list"),
        (EVENTS, TABLE, r"X is a table, .*Sequences\.from_frame"),
    ],
)
def test_what_is_no_table_is_refused(X, frame, message):
    with pytest.raises(TypeError, match=message):
        Sequences.with_static(X, frame)


# --- polars -------------------------------------------------------------------------------------


def as_polars(frame):
    polars = pytest.importorskip("polars")
    return polars.DataFrame(
        {name: [None if pd.isna(v) else v for v in column] for name, column in frame.items()}
    )


def assert_equal_sequences(one, other):
    for name in ("values", "offsets", "codes", "static", "static_codes", "times", "ids"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
    for name in ("categories", "static_categories", "names"):
        assert getattr(one, name) == getattr(other, name)


@pytest.mark.parametrize("seed", SEEDS)
def test_polars_is_read_as_pandas_is(seed):
    frame = random_events(np.random.default_rng(seed))
    assert_equal_sequences(read(as_polars(frame)), read(frame))


def test_types_of_polars_become_numbers_categories_and_times():
    polars = pytest.importorskip("polars")
    when = polars.Series("when", [DAY, DAY + pd.Timedelta("90s")], dtype=polars.Datetime("ms"))
    frame = polars.DataFrame(
        {
            "who": polars.Series([1, 1], dtype=polars.Int16),
            "when": when.dt.replace_time_zone("America/Lima"),
            "flag": polars.Series([True, None]),
            "count": polars.Series([3, None], dtype=polars.UInt8),
            "price": polars.Series(["1.5", None]).str.to_decimal(scale=1),
            "day": when.cast(polars.Date),
            "wait": polars.Series([pd.Timedelta("1min"), None], dtype=polars.Duration("us")),
            "size": polars.Series(["M", None], dtype=polars.Enum(["S", "M"])),
            "shop": polars.Series(["web", "web"], dtype=polars.Categorical),
        }
    )
    sequences = Sequences.from_frame(frame, id_col="who", time_col="when")
    assert sequences.names.values == ("flag", "count", "price", "day", "wait", "log_gap")
    day = DAY.timestamp()
    np.testing.assert_allclose(
        sequences.values,
        [[1, 3, 1.5, day, 60, 0], [np.nan, np.nan, np.nan, day, np.nan, math.log1p(90)]],
    )
    assert sequences.times.tolist() == [day + 5 * 3600, day + 5 * 3600 + 90]
    assert sequences.categories == (("M", None), ("web",))


def test_tables_of_polars_give_static_columns():
    assert_has_table(Sequences.with_static(ARRAYS, as_polars(TABLE)))
    assert_has_table(Sequences.with_static(TEXTS, as_polars(TABLE)))


def test_a_lazy_frame_of_polars_is_refused_with_a_way_out():
    with pytest.raises(TypeError, match=r"not LazyFrame; collect\(\) it first"):
        Sequences.from_frame(as_polars(EVENTS).lazy(), id_col="who")
