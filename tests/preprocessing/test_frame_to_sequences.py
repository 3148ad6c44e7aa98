"""Frames, one a sequence, become sequences of the columns that fit saw."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_rnn.data import Sequences
from sklearn_rnn.preprocessing import FrameToSequences, PerStep, SequencePadder

FIELDS = ("values", "offsets", "codes", "static", "static_codes", "times")
OPTIONS = {"time_col": "when", "static": ["born", "land"]}


def events(rng, n=60, n_ids=8):
    """Events of people, out of order."""
    who = rng.integers(n_ids, size=n)
    return pd.DataFrame(
        {
            "who": np.array([f"p{i}" for i in range(n_ids)])[who],
            "when": pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 30, n), unit="h"),
            "fee": rng.normal(size=n),
            "shop": np.array(["web", "town", None], dtype=object)[rng.integers(3, size=n)],
            "count": rng.integers(5, size=n),
            "born": who * 10,
            "land": np.array(["NO", "PE"])[who % 2],
        }
    )


def split(frame):
    return [group.drop(columns="who") for _, group in frame.groupby("who")]


def assert_equal(one, other, fields=FIELDS):
    for name in fields:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
    for name in ("categories", "static_categories", "names"):
        assert getattr(one, name) == getattr(other, name)


def meaning(sequences):
    return [
        [names[code] for names, code in zip(sequences.categories, row, strict=True)]
        for row in sequences.codes
    ]


# --- every form of X ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_one_long_frame_is_read_as_from_frame_reads_it(seed):
    frame = events(np.random.default_rng(seed))
    expected = Sequences.from_frame(frame, id_col="who", **OPTIONS)
    reader = FrameToSequences("who", **OPTIONS)
    for sequences in (reader.fit_transform(frame), reader.transform(frame)):
        assert_equal(sequences, expected, (*FIELDS, "ids"))


@pytest.mark.parametrize("form", ["list", "tuple", "Series", "array"])
@pytest.mark.parametrize("seed", range(5))
def test_a_list_of_frames_gives_the_groups(seed, form):
    frame = events(np.random.default_rng(seed)).sort_values("who", kind="stable")
    frames = split(frame)
    array = np.empty(len(frames), dtype=object)
    array[:] = frames
    X = {"list": frames, "tuple": tuple(frames), "Series": pd.Series(frames), "array": array}[form]
    expected = Sequences.from_frame(frame, id_col="who", **OPTIONS)
    sequences = FrameToSequences(**OPTIONS).fit_transform(X)
    assert_equal(sequences, expected)
    assert sequences.ids is None


@pytest.mark.parametrize(
    "group",
    [
        lambda frame: frame.groupby("who"),
        lambda frame: frame.groupby(["who"]),
        lambda frame: frame.groupby(frame["who"]),
        lambda frame: frame.groupby("who", as_index=False),
        lambda frame: frame.groupby("who", sort=False),
        lambda frame: frame.set_index("who").groupby(level=0),
        lambda frame: frame.set_index("who").groupby("who", sort=False),
    ],
    ids=["name", "list", "Series", "as_index", "sort", "level", "index"],
)
def test_the_groups_of_a_frame_come_in_their_order(rng, group):
    frame = events(rng)
    grouped = group(frame)
    order = [key[0] if isinstance(key, tuple) else key for key, _ in grouped]
    expected = Sequences.from_frame(frame, id_col="who", **OPTIONS)
    expected = expected[[expected.ids.tolist().index(who) for who in order]]
    sequences = FrameToSequences(**OPTIONS).fit_transform(grouped)
    assert_equal(sequences, expected, ("values", "offsets", "times", "ids", "static"))
    assert sequences.names == expected.names
    assert meaning(sequences) == meaning(expected)


def test_several_keys_and_categories_that_do_not_occur(rng):
    frame = events(rng)
    several = FrameToSequences(time_col="when").fit_transform(frame.groupby(["who", "land"]))
    groups = list(frame.groupby(["who", "land"]))
    assert several.ids.tolist() == [key for key, _ in groups]
    assert several.lengths.tolist() == [len(group) for _, group in groups]
    frame["who"] = frame["who"].astype(pd.CategoricalDtype([f"p{i}" for i in range(20)]))
    for observed in (True, False):
        sequences = FrameToSequences("who").fit_transform(frame.groupby("who", observed=observed))
        assert sequences.ids.tolist() == sorted(set(frame["who"]))
        assert sequences.lengths.min() > 0


def test_only_the_chosen_columns_of_groups_are_read(rng):
    grouped = events(rng).groupby("who")[["fee", "shop"]]
    reader = FrameToSequences().fit(grouped)
    assert (reader.numeric_, reader.categorical_) == (["fee"], ["shop"])


def test_what_fit_saw_and_what_transform_sees_may_come_in_other_forms(rng):
    frame = events(rng)
    expected = Sequences.from_frame(frame, id_col="who", **OPTIONS)
    reader = FrameToSequences("who", **OPTIONS).fit(split(frame)[:3])
    assert_equal(reader.transform(frame), expected)
    sequences = reader.transform(split(frame))
    assert_equal(sequences, reader.transform(frame.groupby("who")), ("values", "static", "times"))


def test_frames_of_polars_are_read_too(rng):
    polars = pytest.importorskip("polars")
    frames = split(events(rng))
    of_polars = [
        polars.DataFrame(
            {n: [None if pd.isna(v) else v for v in column] for n, column in frame.items()}
        )
        for frame in frames
    ]
    expected = FrameToSequences(**OPTIONS).fit_transform(frames)
    assert_equal(FrameToSequences(**OPTIONS).fit_transform(of_polars), expected)


# --- columns ------------------------------------------------------------------------------------


def test_fit_tells_the_columns_apart(rng):
    reader = FrameToSequences(**OPTIONS).fit(split(events(rng)))
    assert reader.numeric_ == ["fee", "count"]
    assert reader.categorical_ == ["shop"]
    assert reader.static_ == ["born", "land"]
    names = ["when", "fee", "shop", "count", "born", "land"]
    assert reader.feature_names_in_.tolist() == names
    assert reader.n_features_in_ == len(names)
    sequences = reader.transform(split(events(rng)))
    columns = [name for kind in sequences.names for name in kind]
    assert reader.get_feature_names_out().tolist() == columns
    assert columns == ["fee", "count", "log_gap", "shop", "born", "land"]


def test_the_columns_of_fit_are_read_whatever_else_there_is(rng):
    frames = split(events(rng))
    reader = FrameToSequences(numeric=["count", "fee"], categorical=[]).fit(frames)
    expected = reader.transform(frames)
    more = [frame.assign(tip=1.0)[sorted([*frame, "tip"])] for frame in frames]
    assert_equal(reader.transform(more), expected)


def test_categorical_numbers_stay_categories_where_a_fold_lacks_some():
    frames = [pd.DataFrame({"kind": [1, 2]}), pd.DataFrame({"kind": [2, 3]})]
    reader = FrameToSequences(categorical=["kind"]).fit(frames)
    assert reader.transform(frames[1:]).categories == ((2, 3),)
    missing = [pd.DataFrame({"kind": [2, None]})]  # floats, then
    assert reader.transform(missing).categories == ((2, None),)


@pytest.mark.parametrize(
    "parts, expected",
    [
        ([[1, 2], [0.5]], [1, 2, 0.5]),
        ([[True], [2.5, None]], [1, 2.5, np.nan]),
        ([pd.array([1, None], dtype="Int64"), np.array([2], dtype="int8")], [1, np.nan, 2]),
        ([[1.0], [None, None]], [1, np.nan, np.nan]),
        ([pd.Series([None], dtype=object), [3]], [np.nan, 3]),
        (
            [pd.to_datetime(["1970-01-02"]).as_unit(unit) for unit in ("s", "ns")],
            [86400, 86400],
        ),
        (
            [pd.to_datetime(["1970-01-02"]).tz_localize(zone) for zone in ("UTC", "Etc/GMT+1")],
            [86400, 90000],
        ),
        ([pd.to_timedelta(["1min"]), pd.Series([None], dtype=object)], [60, np.nan]),
    ],
    ids=["int float", "bool float", "Int64 int8", "None", "None first", "units", "zones", "wait"],
)
def test_frames_may_hold_a_column_in_different_types(parts, expected):
    frames = [pd.DataFrame({"x": part}) for part in parts]
    sequences = FrameToSequences().fit_transform(frames)
    assert sequences.lengths.tolist() == [len(part) for part in parts]
    np.testing.assert_array_equal(sequences.values[:, 0], expected)


def test_frames_may_have_categories_of_their_own():
    frames = [pd.DataFrame({"x": pd.Categorical(part)}) for part in ([5, 7], [7, None], [9])]
    sequences = FrameToSequences().fit_transform(frames)
    assert meaning(sequences) == [[5], [7], [7], [None], [9]]
    mixed = [pd.DataFrame({"x": pd.Categorical(["a"])}), pd.DataFrame({"x": ["b", "a"]})]
    assert meaning(FrameToSequences().fit_transform(mixed)) == [["a"], ["b"], ["a"]]


# --- as a scikit-learn transformer --------------------------------------------------------------


def labelled_frames(n=40):
    """The mean of a column tells the label; rows are out of order."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    frames = [
        pd.DataFrame(
            {
                "x": rng.normal(size=length) + 4 * label,
                "t": rng.permutation(length),
                "note": rng.choice(["a", "b"], size=length),
            }
        )
        for length, label in zip(rng.integers(2, 6, size=n), y, strict=True)
    ]
    return frames, y


def pipeline(**options):
    return make_pipeline(
        FrameToSequences(time_col="t", categorical=[], **options),
        PerStep(StandardScaler()),
        SequencePadder(3, as_array=True),
        FunctionTransformer(flatten_steps),
        LogisticRegression(),
    )


def flatten_steps(array):
    return array.reshape(len(array), -1)


def test_cross_validation_of_a_list_of_frames_equals_that_by_hand():
    frames, y = labelled_frames()
    scores = cross_val_score(pipeline(), frames, y, cv=4, error_score="raise")
    assert scores.min() > 0.8
    for score, (train, test) in zip(
        scores, StratifiedKFold(4).split(np.empty(len(y)), y), strict=True
    ):
        model = pipeline().fit([frames[i] for i in train], y[train])
        assert model.score([frames[i] for i in test], y[test]) == score


def test_its_parameters_can_be_searched():
    frames, y = labelled_frames()
    grid = {"frametosequences__time_gaps": [True, False]}
    search = GridSearchCV(pipeline(), grid, cv=2, error_score="raise").fit(frames, y)
    assert search.best_score_ > 0.8


def test_a_clone_and_a_duplicate_read_alike(rng):
    frames = split(events(rng))
    reader = FrameToSequences(**OPTIONS)
    assert repr(clone(reader.fit(frames))) == repr(FrameToSequences(**OPTIONS))
    expected = reader.transform(frames)
    for twin in (copy.deepcopy(reader), pickle.loads(pickle.dumps(reader)), clone(reader)):
        assert_equal(twin.fit(frames).transform(frames), expected)
    for twin in (copy.deepcopy(reader), pickle.loads(pickle.dumps(reader))):
        assert_equal(twin.transform(frames), expected)


def test_fit_changes_neither_the_frames_nor_the_parameters(rng):
    frames = split(events(rng))
    before = copy.deepcopy(frames)
    reader = FrameToSequences(**OPTIONS)
    assert reader.fit(frames) is reader
    reader.transform(frames)
    for frame, kept in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, kept)
    assert reader.get_params() == FrameToSequences(**OPTIONS).get_params()


# --- bad input ----------------------------------------------------------------------------------

FRAMES = [pd.DataFrame({"x": [1.0, 2.0], "kind": ["a", "b"], "t": [1, 2]}) for _ in range(3)]


def changed(i, **columns):
    return [frame.assign(**columns) if j == i else frame for j, frame in enumerate(FRAMES)]


@pytest.mark.parametrize(
    "X, options, message",
    [
        ([], {}, "X holds no frames"),
        ([FRAMES[0], FRAMES[1][:0]], {}, r"frame 1 has no rows \(1 of 2 frames\)"),
        (FRAMES[0], {}, r"X is one frame with the columns .* set id_col .*or give a list"),
        (FRAMES[0], {"id_col": "who"}, "id_col names the column 'who', but the frame has"),
        (FRAMES, {"numeric": ["y"]}, "numeric names the column 'y', but the frame has"),
        (
            FRAMES,
            {"static": ["x"]},
            "static column 'x' is 1.0 in frame 0, row 0 and 2.0 in frame 0, ",
        ),
        (FRAMES, {"time_col": "kind"}, "time_col 'kind' holds 'a' .* in frame 0, row 0"),
        (
            changed(2, t=[1, None]),
            {"time_col": "t"},
            "'t' is missing .* in frame 2, row 1, frame 2",
        ),
        (changed(1, x=["1", 2]), {}, r"'x' holds text or other objects in frame 1 \(.*numbers in "),
        (changed(1, x=[None, "a"]), {"numeric": ["x"]}, "'x' holds text .* in frame 1"),
        (changed(1, y=1.0), {}, r"frame 0 has no column 'y', only \['x', 'kind', 't'\]"),
        ([FRAMES[0], FRAMES[1][["x", "t"]]], {}, "frame 1 has no column 'kind'"),
        (changed(1, kind=[["a"], ["b"]]), {}, r"'kind' holds \['a'\] of type list in frame 1, row"),
        (FRAMES[0].assign(g=["a", None]).groupby("g"), {}, "key of groupby is missing in row 1"),
    ],
)
def test_frames_that_cannot_be_read_are_refused_with_the_place(X, options, message):
    with pytest.raises(ValueError, match=message):
        FrameToSequences(**options).fit_transform(X)


@pytest.mark.parametrize(
    "X, message",
    [
        ([FRAMES[0], [1.0]], r"X holds \[1.0\] of type list at 1, but a list of DataFrames"),
        ({"a": FRAMES[0]}, r"X is of type dict.*list\(X.values\(\)\) makes one"),
        (3, "X is of type int, but a DataFrame, a DataFrameGroupBy or a list"),
        ("frames.csv", "X is of type str"),
        (FRAMES[0].groupby("kind")["x"], "X is of type SeriesGroupBy"),
        (np.ones((2, 2)), "X holds array.* of type ndarray at 0"),
    ],
)
def test_what_holds_no_frames_is_refused(X, message):
    with pytest.raises(TypeError, match=message):
        FrameToSequences().fit(X)


@pytest.mark.parametrize(
    "X, message",
    [
        (
            [frame.drop(columns="x") for frame in FRAMES],
            "X has no column 'x', which fit saw; it has",
        ),
        ([FRAMES[0], FRAMES[1].drop(columns="x")], "frame 1 has no column 'x'"),
        ([f.assign(x=["1", "2"]) for f in FRAMES], "'x' holds text .*but fit saw numbers; convert"),
        ([f.assign(x=pd.Timestamp(2024, 1, 1)) for f in FRAMES], "'x' holds dates or times .*numb"),
        ([f.assign(kind=1) for f in FRAMES], r"'kind' holds numbers \(int64\), but fit saw text"),
        ([f.assign(t=pd.Timestamp(2024, 1, 1)) for f in FRAMES], "'t' holds dates or times"),
        ([f.set_index("x") for f in FRAMES], r"X has no column 'x', .*Its index holds \['x'\]"),
    ],
)
def test_columns_other_than_in_fit_are_refused(X, message):
    reader = FrameToSequences(time_col="t").fit(FRAMES)
    with pytest.raises(ValueError, match=message):
        reader.transform(X)


def test_a_column_without_values_suits_whatever_fit_saw():
    reader = FrameToSequences(time_col="t").fit(FRAMES)
    empty = [frame.assign(x=None, kind=np.nan) for frame in FRAMES]
    sequences = reader.transform(empty)
    assert np.isnan(sequences.values[:, 0]).all()
    assert sequences.categories == ((None,),)


@pytest.mark.parametrize("name", ["numeric", "categorical", "static"])
def test_a_name_alone_is_no_list_of_names(name):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of FrameToSequences must be"):
        FrameToSequences(**{name: "x"}).fit(FRAMES)


def test_time_gaps_must_be_a_bool():
    with pytest.raises(ValueError, match="The 'time_gaps' parameter"):
        FrameToSequences(time_gaps="yes").fit(FRAMES)
