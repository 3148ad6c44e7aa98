"""The container of ragged sequences behaves like a plain list of arrays."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.model_selection import KFold, train_test_split
from sklearn.utils import resample

from sklearn_rnn.data import Padding, Sequences, Vocabulary
from tests.ragged_lists import (
    WIDTHS,
    assert_equal_lists,
    assert_equal_plain,
    is_memory_mapped,
    random_plain,
)

SEEDS = range(15)
SIDES = ["right", "left"]


def three_sequences(**fields):
    """Sequences of 2, 1 and 2 single numbers."""
    return Sequences(values=np.arange(1.0, 6.0), offsets=[0, 2, 3, 5], **fields)


def padded_by_hand(arrays, length, side, value, width):
    """The rectangular form, one step at a time."""
    shape = (len(arrays), length) if width is None else (len(arrays), length, width)
    padded = np.full(shape, value, dtype=np.float64)
    for i, array in enumerate(arrays):
        for step in range(len(array)):
            padded[i, step if side == "right" else length - len(array) + step] = array[step]
    return padded


# --- indexing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_an_integer_gives_what_a_list_gives(width):
    for seed in SEEDS:
        plain = random_plain(np.random.default_rng(seed), width=width)
        n = len(plain.values)
        for i in range(-n, n):
            for key in (i, np.int8(i), np.array(i), torch.tensor(i), (i, ...)):
                np.testing.assert_array_equal(plain.sequences[key], plain.values[i], strict=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_slice_gives_what_a_list_gives(seed):
    rng = np.random.default_rng(seed)
    plain = random_plain(rng, width=2)
    ends = [None, *range(-9, 10)]
    steps = [None, -3, -2, -1, 1, 2, 3]
    for _ in range(50):
        start, stop = (ends[k] for k in rng.integers(len(ends), size=2))
        key = slice(start, stop, steps[rng.integers(len(steps))])
        expected = plain.take(range(len(plain.values))[key])
        assert_equal_plain(plain.sequences[key], expected)
        assert_equal_plain(plain.sequences[key, ...], expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mask_keeps_the_sequences_where_it_is_true(seed):
    rng = np.random.default_rng(seed)
    plain = random_plain(rng, width=2)
    mask = rng.random(len(plain.values)) < 0.5
    expected = plain.take(np.flatnonzero(mask))
    odd_index = rng.permutation(len(mask)) + 100
    for key in (mask, mask.tolist(), pd.Series(mask, index=odd_index), torch.from_numpy(mask)):
        assert_equal_plain(plain.sequences[key], expected)
        assert_equal_plain(plain.sequences[key, ...], expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_array_of_integers_takes_sequences_in_its_order(seed):
    rng = np.random.default_rng(seed)
    plain = random_plain(rng, width=2)
    n = len(plain.values)
    rows = rng.integers(-n, n, size=rng.integers(0, 10))
    for key in (rows, rows.tolist(), rows.astype(np.int16), torch.from_numpy(rows)):
        assert_equal_plain(plain.sequences[key], plain.take(rows))
        assert_equal_plain(plain.sequences[key, ...], plain.take(rows))


def test_iteration_gives_what_a_list_gives(rng):
    plain = random_plain(rng, n=6, width=2)
    assert_equal_lists(Sequences.from_list(list(plain.sequences)), plain.values)


@pytest.mark.parametrize("key", [3, -4, 10**12, [3], [0, -4]], ids=str)
def test_an_index_out_of_range_is_an_index_error(key):
    with pytest.raises(IndexError, match="out of (range for 3 sequences|bounds)"):
        three_sequences()[key]


@pytest.mark.parametrize(
    "key",
    [(0,), (0, 1), (..., 0), np.True_, np.array([[0, 1]])],
    ids=["tuple of one", "tuple of two", "Ellipsis first", "one bool", "2-D array"],
)
def test_other_keys_are_refused_with_a_way_out(key):
    with pytest.raises(IndexError, match=r"one integer, slice, mask or array.*to_padded\(\)"):
        three_sequences()[key]


@pytest.mark.parametrize("key", [None, ..., "a", 1.0, [1.0], [True]], ids=str)
def test_what_is_neither_integer_nor_mask_is_no_index(key):
    with pytest.raises(IndexError, match="integer|boolean"):
        three_sequences()[key]


def test_slicing_keeps_vocabulary_and_padding():
    vocabulary, padding = Vocabulary(["a"]), Padding(length=9, side="left")
    sequences = Sequences(
        values=[2, 1, 2], offsets=[0, 2, 3], vocabulary=vocabulary, padding=padding
    )
    for key in (slice(1), slice(None, None, -1), [1], [True, False]):
        assert sequences[key].vocabulary is vocabulary
        assert sequences[key].padding == padding


def test_splitters_of_scikit_learn_cut_sequences(rng):
    plain = random_plain(rng, n=10, width=2)
    rows = np.arange(10)
    parts = train_test_split(plain.sequences, rows, random_state=0)
    assert_equal_plain(parts[0], plain.take(parts[2]))
    assert_equal_plain(parts[1], plain.take(parts[3]))
    for train, test in KFold(3, shuffle=True, random_state=0).split(plain.sequences):
        assert sorted([*train, *test]) == rows.tolist()
        assert_equal_plain(plain.sequences[train], plain.take(train))
    drawn, drawn_rows = resample(plain.sequences, rows, random_state=0)
    assert_equal_plain(drawn, plain.take(drawn_rows))


# --- views, not copies --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", [slice(1, 3), slice(None), slice(-2, None), slice(0, 9, 1)], ids=str
)
def test_a_slice_of_step_one_is_a_view(rng, key):
    sequences = random_plain(rng, n=5, width=2, shortest=1).sequences
    part = sequences[key]
    assert np.shares_memory(part.values, sequences.values)
    assert np.shares_memory(part.codes, sequences.codes)
    assert np.shares_memory(part.static, sequences.static)


def test_single_sequences_are_views(rng):
    sequences = random_plain(rng, n=5, width=2, shortest=1).sequences
    for one in (sequences[2], next(iter(sequences)), sequences.to_list()[4]):
        assert np.shares_memory(one, sequences.values)


def test_taken_sequences_are_a_copy(rng):
    sequences = random_plain(rng, n=5, width=2, shortest=1).sequences
    assert not np.shares_memory(sequences[[0, 1]].values, sequences.values)


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 2)], ids=str)
def test_an_array_without_padding_is_not_copied(shape):
    array = np.ones(shape)
    assert np.shares_memory(Sequences.from_padded(array).values, array)
    assert np.shares_memory(Sequences.from_padded(array, lengths=[3] * 4).values, array)
    assert not np.shares_memory(Sequences.from_padded(array, lengths=[3, 3, 2, 3]).values, array)


def test_memory_mapped_values_stay_memory_mapped(tmp_path):
    path = tmp_path / "steps.npy"
    np.save(path, np.arange(12.0).reshape(6, 2))
    values = np.load(path, mmap_mode="r")
    sequences = Sequences(values=values, offsets=[0, 2, 3, 6])
    assert isinstance(sequences.values, np.memmap)
    assert is_memory_mapped(sequences[1:].values)
    assert is_memory_mapped(sequences[0])
    assert is_memory_mapped(sequences.with_padding(Padding(length=4)).values)
    assert is_memory_mapped(Sequences.from_padded(values).values)
    assert not is_memory_mapped(sequences[[0]].values)
    np.testing.assert_array_equal(sequences[2], np.arange(6.0, 12.0).reshape(3, 2))


# --- lists and padded arrays --------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_lists_come_back_as_they_went_in(width):
    for seed in SEEDS:
        plain = random_plain(np.random.default_rng(seed), width=width, shortest=1)
        sequences = Sequences.from_list(plain.values)
        assert_equal_lists(sequences, plain.values)
        assert sequences.lengths.tolist() == [len(array) for array in plain.values]
        assert sequences.lengths.dtype == np.int64
        assert sequences.n_features == width


@pytest.mark.parametrize("value", [0, -1.5, np.nan, np.inf], ids=str)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_padded_form_is_that_of_a_loop(width, side, value):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        plain = random_plain(rng, width=width)
        longest = max(map(len, plain.values))
        for length in (None, longest, longest + int(rng.integers(1, 4))):
            sequences = plain.sequences.with_padding(Padding(length=length, side=side, value=value))
            expected = padded_by_hand(plain.values, length or longest, side, value, width)
            np.testing.assert_array_equal(sequences.to_padded(), expected, strict=True)
            np.testing.assert_array_equal(np.asarray(sequences), expected, strict=True)
            assert sequences.shape == expected.shape
            assert sequences.ndim == expected.ndim


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("width", WIDTHS)
def test_unpadding_undoes_padding(width, side):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        plain = random_plain(rng, width=width)
        padding = Padding(length=int(rng.integers(5, 9)), side=side, value=float(rng.normal()))
        padded = plain.sequences.with_padding(padding).to_padded()
        again = Sequences.from_padded(padded, lengths=plain.sequences.lengths, side=side)
        assert_equal_lists(again, plain.values)


@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "float64", "int8", "int64", "uint64", "bool"]
)
@pytest.mark.parametrize("value", [0, 0.0], ids=repr)
def test_padding_with_zeros_keeps_the_dtype(dtype, value):
    values = np.ones(3, dtype=dtype)
    sequences = Sequences(values=values, offsets=[0, 2, 3], padding=Padding(value=value))
    np.testing.assert_array_equal(
        sequences.to_padded(), np.array([[1, 1], [1, 0]], dtype=dtype), strict=True
    )


def test_the_padded_form_without_padding_is_right_padded_with_zeros():
    np.testing.assert_array_equal(three_sequences().to_padded(), [[1, 2], [3, 0], [4, 5]])


def test_no_sequences_have_a_padded_form():
    assert three_sequences()[:0].to_padded().shape == (0, 0)


def test_asarray_takes_a_dtype():
    array = np.asarray(three_sequences(), dtype=np.float32)
    np.testing.assert_array_equal(array, np.float32([[1, 2], [3, 0], [4, 5]]), strict=True)


def test_the_padded_form_is_never_without_a_copy():
    with pytest.raises(ValueError, match="always a new array"):
        three_sequences().__array__(copy=False)


def test_a_sequence_longer_than_the_padded_form_is_named():
    sequences = Sequences.from_list([[1.0], [1.0, 2.0, 3.0]]).with_padding(Padding(length=2))
    with pytest.raises(ValueError, match="sequence 1 has 3 steps, but .* has 2; a SequencePadder"):
        sequences.to_padded()


def test_a_fortran_array_keeps_its_order_of_steps(rng):
    array = np.asfortranarray(rng.normal(size=(4, 3, 2)))
    assert_equal_lists(Sequences.from_padded(array), list(array))


def test_lists_without_steps_can_have_a_vocabulary():
    vocabulary = Vocabulary(["a"])
    sequences = Sequences.from_list([[], []], vocabulary=vocabulary)
    assert sequences.lengths.tolist() == [0, 0]
    assert sequences.vocabulary is vocabulary


# --- joining and changing -----------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_concat_joins_as_lists_are_joined(width):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        parts = [random_plain(rng, width=width) for _ in range(rng.integers(1, 5))]
        joined = Sequences.concat(part.sequences for part in parts)
        n = sum(len(part.values) for part in parts)
        columns = zip(*parts, strict=True)
        whole = type(parts[0])(*([x for part in column for x in part] for column in columns))
        assert len(joined) == n
        assert_equal_plain(joined, whole)


def test_concat_undoes_slicing(rng):
    plain = random_plain(rng, n=7, width=2)
    sequences = plain.sequences
    assert_equal_plain(Sequences.concat([sequences[:3], sequences[3:3], sequences[3:]]), plain)


def test_concat_keeps_an_equal_vocabulary_and_the_first_padding():
    parts = [one_step(2, vocabulary=Vocabulary("a"), padding=Padding(length=n)) for n in (5, 6)]
    joined = Sequences.concat(parts)
    assert joined.vocabulary == Vocabulary(["a"])
    assert joined.padding == Padding(length=5)


def one_step(value=1.0, **fields):
    return Sequences(values=[value], offsets=[0, 1], **fields)


@pytest.mark.parametrize(
    "other, message",
    [
        (one_step([1.0, 2.0]), "part 1 has n_features=2 and None, but part 0 has n_features=None"),
        (one_step(2, vocabulary=Vocabulary("a")), "part 1 .* Vocabulary of 3 tokens"),
        (one_step(codes=[[1]]), "codes must be in every part or in none, see part 1"),
        (one_step(static=[[1]]), "static must be in every part or in none, see part 1"),
    ],
    ids=["width", "vocabulary", "codes", "static"],
)
def test_concat_names_the_part_that_does_not_agree(other, message):
    with pytest.raises(ValueError, match=message):
        Sequences.concat([one_step(), other])


@pytest.mark.parametrize("name", ["codes", "static"])
def test_concat_names_columns_that_do_not_agree(name):
    parts = [one_step(**{name: [[1]]}), one_step(**{name: [[1, 2]]})]
    with pytest.raises(ValueError, match=rf"{name} of part 1 .* \(2,\), .* part 0 has \(1,\)"):
        Sequences.concat(parts)


def random_categories(rng, letters, lengths=(2, 0, 3)):
    """Two columns of codes; what they stand for is in an order of its own."""
    n_steps = sum(lengths)
    names = [tuple(rng.permutation(list(letters))) for _ in range(2)]
    return Sequences(
        values=np.arange(1, n_steps + 1),
        offsets=np.cumsum([0, *lengths]),
        codes=rng.integers(0, len(letters), size=(n_steps, 2)),
        categories=tuple(names),
    )


def meaning(sequences):
    """Give what each code stands for, one step after the other."""
    return [
        [names[code] for names, code in zip(sequences.categories, row, strict=True)]
        for row in sequences.codes
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_categories_mean_the_same_in_every_part(seed):
    rng = np.random.default_rng(seed)
    sequences = random_categories(rng, "abc")
    steps = meaning(sequences)
    expected = {
        "slice": (sequences[1:], steps[2:]),
        "mask": (sequences[np.array([True, False, False])], steps[:2]),
        "rows": (sequences[[2, 0]], steps[2:] + steps[:2]),
        "values": (sequences.with_values(np.zeros(5)), steps),
        "padding": (sequences.with_padding(Padding(length=9)), steps),
    }
    for part, kept in expected.values():
        assert part.categories is sequences.categories
        assert meaning(part) == kept


@pytest.mark.parametrize("seed", SEEDS)
def test_concat_merges_categories_and_every_step_keeps_its_meaning(seed):
    rng = np.random.default_rng(seed)
    parts = [random_categories(rng, letters) for letters in ("abc", "xbcd", "a", "abc")]
    parts.insert(2, random_categories(rng, "", lengths=(0, 0)))
    joined = Sequences.concat(parts)
    assert meaning(joined) == [step for part in parts for step in meaning(part)]
    assert [len(names) for names in joined.categories] == [5, 5]
    assert [set(names) for names in joined.categories] == [set("abcdx")] * 2


def test_concat_keeps_categories_that_are_the_same(rng):
    sequences = random_categories(rng, "abc")
    joined = Sequences.concat([sequences[:2], sequences[2:]])
    assert joined.categories == sequences.categories
    np.testing.assert_array_equal(joined.codes, sequences.codes)


@pytest.mark.parametrize("first", [0, 1])
def test_concat_refuses_categories_in_some_parts_only(first):
    parts = [one_step(codes=[[0]], categories=(("a",),)), one_step(codes=[[0]])]
    with pytest.raises(ValueError, match="categories must be in every part or in none, see part 1"):
        Sequences.concat([parts[first], parts[1 - first]])


def test_concat_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least one Sequences"):
        Sequences.concat([])


def test_other_values_and_another_padding_leave_the_original_alone():
    sequences = three_sequences(static=[[1], [2], [3]])
    changed = sequences.with_values(np.ones((5, 2))).with_padding(Padding(length=7))
    assert changed.shape == (3, 7, 2)
    assert changed.static is sequences.static
    assert sequences.shape == (3, 2)
    np.testing.assert_array_equal(sequences.values, np.arange(1.0, 6.0))


@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],
    ids=["deepcopy", "pickle"],
)
def test_a_duplicate_is_equal_and_apart(rng, duplicate):
    plain = random_plain(rng, n=4, width=2, shortest=1)
    sequences = plain.sequences.with_padding(Padding(length=6, side="left"))
    twin = duplicate(sequences)
    assert_equal_plain(twin, plain)
    assert twin.padding == sequences.padding
    assert not np.shares_memory(twin.values, sequences.values)


# --- what it says of itself ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "sequences, text",
    [
        (three_sequences(), "Sequences: 3 sequences of 1 to 2 steps"),
        (three_sequences()[:0], "Sequences: 0 sequences"),
        (Sequences.from_list([[[1.0, 2.0]]]), "Sequences: 1 sequence of 1 to 1 steps, 2 features"),
        (
            Sequences(values=[2], offsets=[0, 1], vocabulary=Vocabulary("a")),
            "Sequences: 1 sequence of 1 to 1 steps, vocabulary of 3",
        ),
    ],
    ids=["numbers", "none", "features", "ids"],
)
def test_the_repr_counts(sequences, text):
    assert repr(sequences) == text


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"values": 1.0, "offsets": [0]}, r"values must have 1 dimension .* has 0: shape \(\)"),
        ({"values": np.ones((1, 1, 1)), "offsets": [0, 1]}, "has 3: shape"),
        ({"offsets": [1, 5]}, r"begin with 0 and end with the number of steps, 5, .* \[1\]"),
        ({"offsets": [0, 4]}, r"end with the number of steps, 5, .*\[4\]"),
        ({"offsets": []}, r"came with shape \(0,\)"),
        ({"offsets": [[0, 5]]}, r"came with shape \(1, 2\)"),
        ({"offsets": [0, 3, 2, 5]}, "offsets fall from 3 to 2 at sequence 1"),
        ({"offsets": [0.0, 2.5, 5.0]}, "offsets must be integers, but came as float64"),
        ({"codes": [[1]]}, "codes has 1 rows, but values has 5 steps"),
        ({"static": [[1]]}, "static has 1 rows, but there are 3 sequences"),
        (
            {"categories": (("a",),)},
            r"categories names 1 columns, but codes has the shape \(\); it",
        ),
        (
            {"categories": (("a",),), "codes": np.zeros((5, 2), int)},
            r"names 1 columns, but codes has the shape \(5, 2\); it needs one column for each",
        ),
        (
            {"categories": (("a",),), "codes": np.zeros(5, int)},
            r"names 1 columns, but codes has the shape \(5,\)",
        ),
        ({"vocabulary": Vocabulary("a")}, r"one integer a step, but came as float64 of shape \(5"),
        (
            {"vocabulary": Vocabulary("a"), "values": np.ones((5, 1), int)},
            r"one integer a step, but came as int64 of shape \(5, 1\)",
        ),
    ],
    ids=lambda case: ", ".join(case) if isinstance(case, dict) else "",
)
def test_fields_that_contradict_each_other_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Sequences(**({"values": np.arange(1.0, 6.0), "offsets": [0, 2, 3, 5]} | fields))


def test_a_dict_is_no_vocabulary():
    with pytest.raises(TypeError, match="must be a Vocabulary or None, not dict"):
        Sequences(values=[2], offsets=[0, 1], vocabulary={"a": 2})


def test_sequences_are_built_by_keyword_only():
    with pytest.raises(TypeError, match="positional argument"):
        Sequences([1.0], [0, 1])


@pytest.mark.parametrize(
    "array, options, message",
    [
        (np.ones(3), {}, r"2 dimensions \(n, time\) or 3 .* shape \(3,\)"),
        (np.ones((1, 1, 1, 1)), {}, r"shape \(1, 1, 1, 1\)"),
        (np.ones((2, 3)), {"lengths": [4, 1]}, r"2 numbers from 0 to 3, .* \[4 1\]"),
        (np.ones((2, 3)), {"lengths": [-1, 1]}, r"2 numbers from 0 to 3, .* \[-1  1\]"),
        (np.ones((2, 3)), {"lengths": [1]}, r"shape \(1,\)"),
        (np.ones((2, 3)), {"lengths": [1.5, 2]}, "lengths must be integers, but came as float64"),
        (np.ones((2, 3)), {"side": "both"}, 'side must be "right" or "left", not \'both\''),
    ],
    ids=["1-D", "4-D", "too long", "negative", "too few", "fractions", "side"],
)
def test_padded_arrays_that_cannot_be_unpadded_are_refused(array, options, message):
    with pytest.raises(ValueError, match=message):
        Sequences.from_padded(array, **options)


@pytest.mark.parametrize("n, text", [(1, "1 categorical column, 1 static column"), (2, "columns")])
def test_repr_counts_the_columns_beside_the_values(n, text):
    sequences = Sequences(
        values=np.ones((3, 2)),
        offsets=[0, 3],
        codes=np.zeros((3, n), dtype=int),
        static=np.ones((1, n)),
    )
    assert repr(sequences).endswith(text)
