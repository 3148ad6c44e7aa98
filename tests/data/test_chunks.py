"""Data in chunks become the same data as one, with their steps in a file."""

import copy
import gc
import os
import pickle
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import Chunks, Sequences
from sklearn_rnn.data import MappedWriter, StoredTexts, is_memory_mapped, map_blocks

CUTS = [(0, 0), (0, 5), (5, 6), (6, 6), (6, 12)]  # ragged, and two of them are empty
N = 12


def in_chunks(*columns):
    return Chunks(lambda: (tuple(part[a:b] for part in columns) for a, b in CUTS))


@pytest.fixture
def steps(rng):
    return [rng.normal(size=(1 + i % 4, 2)) for i in range(N)]


@pytest.fixture
def y():
    return np.arange(N) % 3


def test_steps_lie_in_a_file_and_targets_as_they_were(steps, y, rng):
    weight = rng.uniform(size=N)
    X, target, found = in_chunks(steps, y, weight).store()
    assert is_memory_mapped(X.values)
    for sequence, expected in zip(X, steps, strict=True):
        np.testing.assert_array_equal(sequence, expected)
    np.testing.assert_array_equal(target, y)
    np.testing.assert_array_equal(found, weight)


def test_texts_and_tokens_are_read_from_a_file(y):
    texts = ["", "héllo 'w\"orld", "\ud800 lone", "🙂\n\t"] * 3
    tokens = [list(text) for text in texts]
    for written in (texts, tokens):
        stored = in_chunks(written, y).store().X
        assert isinstance(stored, StoredTexts)
        assert list(stored) == written
        assert stored[-1] == written[-1]
        assert list(stored[np.array([3, 1])]) == [written[3], written[1]]
    with pytest.raises(IndexError, match="index 12 is out of range for 12 texts"):
        stored[12]


def test_tables_keep_their_columns(y, rng):
    table = pd.DataFrame(rng.normal(size=(N, 3)), columns=["a", "b", "c"])
    chunks = Chunks(lambda: ((table.iloc[a:b], pd.Series(y[a:b])) for a, b in CUTS))
    X, target, _ = chunks.store()
    pd.testing.assert_frame_equal(X, table)
    assert is_memory_mapped(X.to_numpy())
    assert target.tolist() == y.tolist()


def test_tables_of_booleans_and_numbers_become_numbers(y):
    table = pd.DataFrame({"a": np.arange(N) % 2 == 0, "b": np.arange(N) / 2})
    X = Chunks(lambda: ((table[a:b], y[a:b].tolist()) for a, b in CUTS)).store().X
    np.testing.assert_array_equal(X.to_numpy(), table.to_numpy(dtype=float))


def test_event_logs_keep_categories_that_later_chunks_bring(y, rng):
    frame = pd.DataFrame(
        {
            "id": np.repeat(np.arange(N), 2),
            "amount": rng.normal(size=2 * N),
            "shop": [f"shop{i // 5}" for i in range(2 * N)],
            "country": np.repeat([f"country{i // 3}" for i in range(N)], 2),
        }
    )
    roles = {"id_col": "id", "categorical": ["shop"], "static": ["country"]}
    labels = pd.Series(y, index=pd.Index(range(N), name="id"))

    def read():
        for a, b in [(0, 5), (5, 6), (6, N)]:
            part = frame[frame["id"].between(a, b - 1)]
            yield Sequences.from_frame(part, **roles), labels[::-1]  # found by their ids

    X, target, _ = Chunks(read).store()
    whole = Sequences.from_frame(frame, **roles)
    assert target.tolist() == y.tolist()
    for name, kind in (("codes", "categories"), ("static_codes", "static_categories")):
        read_back = [getattr(X, kind)[0][code] for code in getattr(X, name)[:, 0]]
        expected = [getattr(whole, kind)[0][code] for code in getattr(whole, name)[:, 0]]
        assert read_back == expected
    assert X.ids.tolist() == whole.ids.tolist()


def test_a_wider_type_in_a_later_chunk_widens_what_was_read(y):
    X = [np.array([i, i + 1]) for i in range(5)] + [np.array([i + 0.5]) for i in range(7)]
    stored = in_chunks(X, y).store().X
    np.testing.assert_array_equal(stored.values, np.concatenate(X))


def test_the_file_has_no_name_and_its_space_is_given_back(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    writer = MappedWriter()
    writer.add(np.arange(1000.0))
    array = writer.array()
    del writer
    gc.collect()
    assert array.sum() == 499_500
    assert list(tmp_path.iterdir()) == []


def n_open_files():
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


def test_no_file_stays_open_while_an_error_is_kept(steps, y):
    """As an interactive session keeps the last one."""
    closed = []

    def read():
        try:
            yield steps, y
            yield steps, y[1:]
        finally:
            closed.append(True)

    before = n_open_files()
    with pytest.raises(ValueError, match="chunk 1 does not do: X has 12") as kept:
        Chunks(read).store()
    assert kept.tb is not None
    assert closed == [True]
    assert n_open_files() <= before


def test_the_narrow_file_is_closed_when_it_is_widened():
    before, writer = n_open_files(), MappedWriter()
    for rows in (np.zeros(3, np.int8), np.zeros(3, np.int32), np.zeros(3)):
        writer.add(rows)
    assert writer.array().tolist() == [0.0] * 9
    assert n_open_files() <= before + 1


def test_a_copy_in_memory_is_not_taken_for_mapped(steps, y):
    X = in_chunks(steps, y).store().X
    for copied in (copy.deepcopy(X), pickle.loads(pickle.dumps(X))):
        np.testing.assert_array_equal(copied.values, X.values)
        assert not is_memory_mapped(copied.values)
    assert is_memory_mapped(X.values[1:])


def test_labels_of_other_types_are_not_changed(steps, y):
    words = np.array(["a", "b"])
    target = Chunks([(steps, y), (steps[:2], words)]).store().y
    assert target == [*y, "a", "b"]  # numpy would make them all words


def test_rows_of_labels_may_be_longer_in_a_later_chunk():
    chunks = [(np.zeros((2, n, 1)), np.full((2, n), n)) for n in (3, 4)]
    assert [len(row) for row in Chunks(chunks).store().y] == [3, 3, 4, 4]


def test_tables_of_targets_and_arrays_are_joined(steps, y):
    pairs = np.stack([y, y], axis=1)
    target = Chunks([(steps, pd.DataFrame(pairs, columns=["a", "b"])), (steps, pairs)]).store().y
    np.testing.assert_array_equal(target, np.concatenate([pairs, pairs]))


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (np.zeros(12), np.zeros((12, 2)), "its y has 2 dimension.s., but that before 1"),
        (
            pd.DataFrame({"a": range(12)}),
            pd.DataFrame({"b": range(12)}),
            "its y has the columns .'b'., but that before .'a'.",
        ),
    ],
    ids=["dimensions", "columns"],
)
def test_targets_of_other_forms_are_named(steps, first, second, message):
    with pytest.raises(ValueError, match=f"chunk 1 does not do: {message}"):
        Chunks([(steps, first), (steps, second)]).store()


def test_a_sequence_in_two_chunks_is_an_error(y):
    frame = pd.DataFrame({"id": np.repeat(np.arange(N), 2), "amount": np.arange(2.0 * N)})

    def read():
        for rows in (slice(0, 9), slice(9, None)):  # in the middle of the id 4
            X = Sequences.from_frame(frame[rows], id_col="id")
            yield X, y[: len(X)]

    with pytest.raises(ValueError, match="the id 4 is in several chunks .1 ids are."):
        Chunks(read).store()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a full disc to try")
def test_a_full_disc_is_named_with_the_way_out(monkeypatch):
    full = Path("/dev/full").open("wb")  # noqa: SIM115 (the writer closes it)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **options: full)
    writer = MappedWriter()
    with pytest.raises(OSError, match="no space is left in '.*' for a temporary file.*TMPDIR"):
        writer.add(np.zeros(100_000))


def test_what_is_made_of_a_mapped_array_is_mapped(monkeypatch):
    monkeypatch.setattr("sklearn_rnn.data._mapped._BLOCK", 3)
    writer = MappedWriter()
    writer.add(np.arange(10))
    doubled = map_blocks(lambda block: 2 * block, writer.array())
    assert is_memory_mapped(doubled)
    assert doubled.tolist() == list(range(0, 20, 2))
    assert not is_memory_mapped(map_blocks(np.negative, np.arange(3)))


@pytest.mark.parametrize(
    ("read", "kind", "message"),
    [
        ((part for part in []), TypeError, "over when it has been gone through once"),
        (3, TypeError, "Chunks got 3 of type int, but needs a function"),
    ],
    ids=["generator", "number"],
)
def test_only_what_can_be_gone_through_again_is_taken(read, kind, message):
    with pytest.raises(kind, match=message):
        Chunks(read)


def broken(X, y):
    """What is wrong with the second chunk, and what is said of it."""
    table = pd.DataFrame(np.zeros((2, 2)), columns=["a", "b"])
    two = y[:2]
    return {
        "a pair": (X, "of type list of 12, but a chunk is a pair"),
        "width": (([x[:, :1] for x in X], y), "its steps hold 1 features, but those of the chunks"),
        "texts": ((["a b", "c"], two), "chunk 1 does not do: it holds texts, but chunk 0 a list"),
        "tokens": (([["a"], ["c"]], two), "it holds lists of tokens, but chunk 0 a list of arr"),
        "table": ((table, two), "it holds a table, but chunk 0 a list of arrays"),
        "no y": ((X, None), "its y is None, but every sequence needs a target"),
        "length": ((X, two), "X has 12 sequence.s., but y has 2 target"),
        "weights": ((X, y, y), "weights must be in every chunk or in none"),
        "features": (([[{"word": "a"}]] * 2, two), "dicts of features are not read in chunks"),
        "a text": (("abc", y), "chunk 1 does not do: X is one text"),
        "objects": (([*X[:1], object()], two), "chunk 1 does not do: sequence 1 is no array"),
    }


@pytest.mark.parametrize("name", list(broken([], [])))
def test_a_chunk_that_does_not_go_with_the_others_is_named(name, steps, y):
    chunk, message = broken(steps, y)[name]
    with pytest.raises((TypeError, ValueError), match=message):
        Chunks([(steps, y), chunk]).store()


def test_tables_need_the_same_columns(y, rng):
    first, second = (pd.DataFrame(rng.normal(size=(N, 2)), columns=list(c)) for c in ("ab", "ba"))
    with pytest.raises(ValueError, match="chunk 1 .*its columns are .'b', 'a'., but those before"):
        Chunks([(first, y), (second, y)]).store()


def test_no_chunk_with_a_sequence_is_an_error():
    with pytest.raises(ValueError, match="the chunks hold no sequences"):
        Chunks([([], [])]).store()
