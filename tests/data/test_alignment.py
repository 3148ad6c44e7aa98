"""Labels in pandas find the order of the sequences by their ids."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.data import Sequences
from sklearn_rnn.data._alignment import align_by_ids

DAYS = pd.to_datetime(["2024-05-02", "2024-05-01", "2024-05-04"])
IDS = {
    "int64": np.array([30, 10, 20]),
    "int32": np.array([30, 10, 20], dtype="int32"),
    "python ints": np.array([30, 10, 20], dtype=object),
    "strings": np.array(["c", "a", "b"], dtype=object),
    "numpy strings": np.array(["c", "a", "b"]),
    "tuples": pd.Index([("c", 1), ("a", 2), ("b", 1)], tupleize_cols=False).to_numpy(),
    "dates": DAYS.to_numpy(),
    "dates in seconds": DAYS.as_unit("s").to_numpy(),
    "dates of a zone": np.asarray(DAYS.tz_localize("UTC"), dtype=object),
    "mixed": np.array(["c", 10, 2.5], dtype=object),
}


def index_of(ids):
    """What a user's index of these ids is: pandas makes it of a list."""
    return pd.Index(pd.Index(ids, tupleize_cols=False).tolist())


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
@pytest.mark.parametrize("seed", range(5))
def test_every_sequence_gets_the_row_of_its_id(ids, seed):
    rng = np.random.default_rng(seed)
    labels = pd.Series(np.arange(3), index=index_of(ids), name="y")
    rows = rng.integers(3, size=rng.integers(1, 6))  # as after bootstrapping
    shuffled = labels.iloc[rng.permutation(3)]
    aligned = align_by_ids(ids[rows], shuffled)
    assert aligned.tolist() == rows.tolist()
    assert aligned.name == "y"
    assert [shuffled[key] for key in aligned.index] == rows.tolist()
    frame = align_by_ids(ids[rows], shuffled.to_frame().assign(z="text"))
    assert frame["y"].tolist() == rows.tolist()
    assert frame.columns.tolist() == ["y", "z"]


@pytest.mark.parametrize("kind", ["category", "Int64", "float64", "MultiIndex of one"])
def test_integers_are_found_in_every_index_that_can_hold_them(kind):
    index = pd.Index([10, 20, 30])
    index = pd.MultiIndex.from_arrays([index]) if kind[0] == "M" else index.astype(kind)
    ids = pd.Index([(30,), (10,)], tupleize_cols=False) if kind[0] == "M" else [30, 10]
    assert align_by_ids(ids, pd.Series([1, 2, 3], index=index)).tolist() == [3, 1]


def test_a_category_of_strings_is_found():
    labels = pd.Series([1, 2], index=pd.CategoricalIndex(["b", "a"]))
    assert align_by_ids(["a", "b", "a"], labels).tolist() == [2, 1, 2]


def test_labels_in_the_order_of_the_sequences_stay_even_if_ids_repeat():
    labels = pd.Series([1, 2, 3], index=["a", "b", "a"])
    assert align_by_ids(np.array(["a", "b", "a"], dtype=object), labels) is labels


def test_labels_of_other_ids_are_left_out_even_if_they_repeat():
    labels = pd.Series([1, 2, 3, 4], index=["z", "b", "z", "a"])
    assert align_by_ids(["a", "b"], labels).tolist() == [4, 2]


def test_row_numbers_that_are_the_ids_are_found():
    labels = pd.Series([5, 6, 7])
    assert align_by_ids(np.arange(3), labels).tolist() == [5, 6, 7]
    assert align_by_ids([2, 0], labels).tolist() == [7, 5]
    assert align_by_ids([2, 0, 0], labels).tolist() == [7, 5, 5]


@pytest.mark.parametrize(
    "ids, labels, message",
    [
        (["a", "q"], pd.Series(1, ["a", "b"]), "id 'q' of the sequences has no row in the y"),
        (["a", "q", "r", "q"], pd.Series(1, ["a"]), r"id 'q' \(and 1 others\).*begins with 'a'"),
        ([1, 2], pd.Series(1, ["1", "2"]), r"id 1 \(and 1 others\) of .* begins with '1'"),
        (["1"], pd.Series(1, [1, 2]), "id '1' of .* begins with 1"),
        (["1"], pd.Series([], index=[], dtype=float).set_axis(pd.Index([])), "id '1'"),
        (["a", "b"], pd.Series(1, ["b", "a", "a"]), "id 'a' occurs more than once .* of the y"),
        (list("ab"), pd.Series(1, list("babaz")), r"id 'b' \(and 1 others\) occurs more than"),
        (DAYS.to_numpy(), pd.Series(1, DAYS[:2]), r"id Timestamp\('2024-05-04 00:00:00'\)"),
        (["a", "b"], pd.Series([1, 2]), r"counts the rows from 0 to 1 .* id 'a' \(and 1 others\)"),
        ([1, 2], pd.Series([1, 2]), r"does not hold id 2 of.*set_index\(id_col\).*y\.to_numpy"),
        (
            [2, 0, 1],
            pd.Series([1, 2, 3]),
            "same numbers in another order .the first is 2.*set_axis",
        ),
    ],
)
def test_an_id_that_cannot_be_placed_is_named(ids, labels, message):
    for given in (labels, labels.to_frame("y")):
        with pytest.raises(ValueError, match=message):
            align_by_ids(np.array(ids), given, "y")


def test_the_ways_out_of_an_ambiguous_index_lead_out():
    labels = pd.Series([5, 6, 7])
    by_id = labels.set_axis(labels.index.to_list())
    assert align_by_ids([2, 0, 1], by_id).tolist() == [7, 5, 6]


@pytest.mark.parametrize("labels", [[0, 1], np.array([0, 1]), {"a": 1}])
def test_labels_without_an_index_are_refused(labels):
    with pytest.raises(TypeError, match="Series or DataFrame whose index holds the ids, not"):
        align_by_ids(["a", "b"], labels)


def test_sequences_align_labels_after_they_were_cut():
    sequences = Sequences(values=[1.0, 2.0, 3.0], offsets=[0, 1, 2, 3], ids=["a", "b", "c"])
    labels = pd.Series({"c": 2, "a": 0, "b": 1})
    assert sequences.align(labels).tolist() == [0, 1, 2]
    assert sequences[[2, 0]].align(labels).tolist() == [2, 0]


def test_sequences_without_ids_say_so():
    with pytest.raises(ValueError, match="the sequences have no ids to align by"):
        Sequences(values=[1.0], offsets=[0, 1]).align(pd.Series([1]))
