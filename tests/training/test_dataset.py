"""Gathering batches from flat steps, held against a loop over the sequences."""

import tracemalloc

import numpy as np
import pytest
import torch

from sklearn_rnn import RNNRegressor
from sklearn_rnn.data import Alphabet, CharacterTable, Sequences, SubwordTable
from sklearn_rnn.preprocessing import TokenEncoder
from sklearn_rnn.training import SequenceDataset, StepScaler, TokenTables
from tests.references import pad_right

RAGGED, EQUAL = [4, 1, 7, 7, 2, 3], [5] * 6
ROWS = [3, 0, 0, 4, 1]

both_lengths = pytest.mark.parametrize("lengths", [RAGGED, EQUAL], ids=["ragged", "equal"])
both_kinds = pytest.mark.parametrize("kind", ["numbers", "ids"])
every_storage = pytest.mark.parametrize("storage", ["in memory", "read-only", "mapped", "slice"])


def random_values(kind, n_steps, rng):
    if kind == "ids":
        return rng.integers(1, 50, n_steps)
    return rng.normal(size=(n_steps, 3), loc=100, scale=[1, 10, 0.1])


def store(values, storage, folder):
    """Keep the values in memory, in memory that must not be written to, or in a file."""
    if storage == "read-only":
        values.flags.writeable = False
    if storage in ("mapped", "slice"):
        path = folder / "values.npy"
        np.save(path, values)
        values = np.load(path, mmap_mode="r")
    return values


def expected_batch(sequences, rows, scaler):
    """The padded batch of the rows, gathered one by one."""
    chosen = [np.array(sequences[row]) for row in rows]
    if scaler is not None:
        chosen = [(steps - scaler.mean) / scaler.scale for steps in chosen]
    return pad_right(chosen), [len(steps) for steps in chosen]


@both_lengths
@both_kinds
@every_storage
def test_a_batch_is_that_of_a_loop(lengths, kind, storage, tmp_path, rng):
    values = store(random_values(kind, sum(lengths), rng), storage, tmp_path)
    sequences = Sequences(values=values, offsets=np.cumsum([0, *lengths]))
    if storage == "slice":  # a part of a mapped file is still mapped
        values = np.concatenate([np.asarray(values[:3]), values])
        np.save(tmp_path / "longer.npy", values)
        longer = np.load(tmp_path / "longer.npy", mmap_mode="r")
        sequences = Sequences(values=longer, offsets=np.cumsum([0, 3, *lengths]))[1:]
    scaler = StepScaler.fit(sequences.values) if kind == "numbers" else None
    before = np.array(sequences.values)

    dataset = SequenceDataset(sequences, scaler=scaler)
    batch = dataset.gather(torch.tensor(ROWS))

    expected, expected_lengths = expected_batch(sequences, ROWS, scaler)
    np.testing.assert_allclose(batch.values, expected, rtol=1e-6, atol=1e-6)
    assert batch.values.dtype == (torch.int64 if kind == "ids" else torch.float32)
    if lengths is EQUAL:
        assert batch.lengths is None
    else:
        assert batch.lengths.tolist() == expected_lengths
    np.testing.assert_array_equal(sequences.values, before)


@both_kinds
@every_storage
def test_writing_to_a_batch_does_not_change_the_data(kind, storage, tmp_path, rng):
    for lengths in (RAGGED, EQUAL):
        values = store(random_values(kind, sum(lengths), rng), storage, tmp_path)
        dataset = SequenceDataset(Sequences(values=values, offsets=np.cumsum([0, *lengths])))
        rows = torch.arange(6)
        first = dataset.gather(rows).values
        kept = first.clone()
        first.zero_()
        assert torch.equal(dataset.gather(rows).values, kept)


@pytest.mark.parametrize("view", [lambda mapped: mapped, np.asarray], ids=["memmap", "array"])
def test_mapped_steps_stay_in_their_file(view, tmp_path, rng):
    values = view(store(random_values("numbers", 21, rng), "mapped", tmp_path))
    scaler = StepScaler.fit(values)
    dataset = SequenceDataset(Sequences(values=values, offsets=[0, 10, 21]), scaler=scaler)
    tensors = [held for held in vars(dataset).values() if isinstance(held, torch.Tensor)]
    assert max(held.numel() for held in tensors) <= 3
    assert type(scaler.mean) is type(scaler.scale) is np.ndarray


@both_kinds
@every_storage
def test_rows_of_one_length_need_no_lengths(kind, storage, tmp_path, rng):
    values = store(random_values(kind, sum(RAGGED), rng), storage, tmp_path)
    dataset = SequenceDataset(Sequences(values=values, offsets=np.cumsum([0, *RAGGED])))
    full = dataset.gather(torch.tensor([2, 3]))
    assert full.lengths is None
    assert torch.equal(full.values, dataset.gather(torch.tensor([2, 3, 0])).values[:2])
    assert dataset.gather(torch.tensor([2, 0])).lengths.tolist() == [7, 4]


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32, np.int64, np.dtype(">i8")])
def test_ids_of_any_integer_type_can_be_looked_up(dtype, rng):
    ids = rng.integers(1, 50, size=9)
    dataset = SequenceDataset(Sequences(values=ids.astype(dtype), offsets=[0, 4, 9]))
    values, lengths, *_ = dataset.gather(torch.tensor([0, 1]))
    assert torch.nn.functional.embedding(values, torch.arange(50)[:, None]).shape == (2, 5, 1)
    np.testing.assert_array_equal(values, pad_right([ids[:4], ids[4:]]))
    assert lengths.tolist() == [4, 5]


def test_ids_may_lie_backwards_in_memory(rng):
    ids = rng.integers(1, 50, size=9)
    dataset = SequenceDataset(Sequences(values=ids[::-1], offsets=[0, 4, 9]))
    np.testing.assert_array_equal(dataset.gather(torch.tensor([1])).values, [ids[::-1][4:]])


@both_lengths
@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_without_a_scaler_stay_as_they_are(lengths, order, rng):
    values = rng.normal(size=(sum(lengths), 2)).astype(np.float32, order=order)
    sequences = Sequences(values=values, offsets=np.cumsum([0, *lengths]))
    batch = SequenceDataset(sequences).gather(torch.tensor(ROWS))
    np.testing.assert_array_equal(batch.values, expected_batch(sequences, ROWS, None)[0])


def test_targets_and_weights_are_kept_by_row(rng):
    target, weight = rng.normal(size=(2, 2)), rng.random(2)
    sequences = Sequences(values=[2, 3, 4], offsets=[0, 1, 3])
    dataset = SequenceDataset(sequences, target, weight)
    assert len(dataset) == 2
    np.testing.assert_array_equal(dataset.target, target)
    np.testing.assert_array_equal(dataset.weight, weight)
    assert SequenceDataset(sequences).target is SequenceDataset(sequences).weight is None


# --- a part of the sequences --------------------------------------------------------------------


@both_lengths
@both_kinds
@every_storage
def test_a_part_of_the_rows_is_that_of_a_copy(lengths, kind, storage, tmp_path, rng):
    values = store(random_values(kind, sum(lengths), rng), storage, tmp_path)
    sequences = Sequences(values=values, offsets=np.cumsum([0, *lengths]))
    scaler = StepScaler.fit(values) if kind == "numbers" else None
    rows = np.array([5, 0, 3, 2])
    target, weight = rng.normal(size=(4, 2)), rng.random(4)

    part = SequenceDataset(sequences, target, weight, rows, scaler=scaler)
    copied = SequenceDataset(sequences[rows], target, weight, scaler=scaler)

    assert len(part) == len(copied) == 4
    assert (part.longest, part.equal_lengths) == (copied.longest, copied.equal_lengths)
    assert torch.equal(part.lengths, copied.lengths)
    np.testing.assert_array_equal(part.target, target)
    np.testing.assert_array_equal(part.weight, weight)
    got, expected = (dataset.gather(torch.tensor([2, 0, 0, 3])) for dataset in (part, copied))
    assert torch.equal(got.values, expected.values)
    assert (got.lengths is None) == (expected.lengths is None)
    if got.lengths is not None:
        assert torch.equal(got.lengths, expected.lengths)


def test_rows_of_one_length_among_others_need_no_lengths(rng):
    sequences = Sequences(
        values=random_values("ids", sum(RAGGED), rng), offsets=np.cumsum([0, *RAGGED])
    )
    dataset = SequenceDataset(sequences, rows=np.array([3, 2]))
    batch = dataset.gather(torch.tensor([1, 0]))
    assert batch.lengths is None
    np.testing.assert_array_equal(batch.values, [sequences[2], sequences[3]])


def test_a_part_of_the_rows_is_measured_as_a_copy(rng):
    values = rng.normal(size=(700_000, 2), loc=5)
    lengths = np.diff(np.unique([0, *rng.integers(1, 700_000, size=3000), 700_000]))
    sequences = Sequences(values=values, offsets=np.cumsum([0, *lengths]))
    rows = np.flatnonzero(rng.random(len(lengths)) < 0.9)
    part = StepScaler.fit(values, (sequences.offsets[rows], lengths[rows]))
    copied = StepScaler.fit(sequences[rows].values)
    np.testing.assert_array_equal(part.mean, copied.mean)
    np.testing.assert_array_equal(part.scale, copied.scale)


@pytest.mark.parametrize("options", ["early_stopping", "zero weights"])
def test_training_on_a_part_of_a_mapped_file_does_not_load_it(options, tmp_path, rng):
    values = store(rng.normal(size=(400 * 20, 1000)), "mapped", tmp_path)  # 64 MB
    sequences = Sequences(values=values, offsets=np.arange(0, 8001, 20))
    early_stopping = options == "early_stopping"
    model = RNNRegressor(
        hidden_size=2,
        max_epochs=1,
        batch_size=8,
        early_stopping=early_stopping,
        random_state=0,
    )
    weight = None if early_stopping else np.arange(400) % 5 > 0
    y = rng.normal(size=400)
    model.fit(sequences[:8], y[:8])  # torch imports some of its parts at the first fit
    tracemalloc.start()
    try:
        model.fit(sequences, y, sample_weight=weight)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < values.nbytes / 2


@both_kinds
def test_a_weight_of_zero_is_as_if_the_sequence_was_not_there(kind, tmp_path, rng):
    values = store(random_values(kind, 90, rng), "mapped", tmp_path)
    sequences = Sequences(values=values, offsets=np.arange(0, 91, 3))
    y, rows = rng.normal(size=30), np.flatnonzero(np.arange(30) % 4)
    weight = np.zeros(30)
    weight[rows] = 1
    options = {"hidden_size": 4, "max_epochs": 2, "random_state": 0}
    options |= {"embedding_dim": 4} if kind == "ids" else {}
    weighted = RNNRegressor(**options).fit(sequences, y, sample_weight=weight)
    without = RNNRegressor(**options).fit(sequences[rows], y[rows], sample_weight=weight[rows])
    np.testing.assert_array_equal(weighted.predict(sequences), without.predict(sequences))


# --- subwords -----------------------------------------------------------------------------------

WORDS = ("a", "the", "house", "houses", "\u00e9t\u00e9", "x" * 30)


def grams_of(table, word):
    begin, end = table.offsets[word : word + 2]
    return table.buckets[begin:end].tolist()


@both_lengths
@every_storage
@pytest.mark.parametrize("rows", [None, [0, 1, 2, 3, 5]], ids=["all", "part"])
def test_each_token_of_a_batch_has_its_own_ngrams(lengths, storage, rows, tmp_path, rng):
    n_steps = sum(lengths)
    codes = rng.integers(0, len(WORDS), size=(n_steps, 1), dtype=np.int32)
    values = store(codes[:, 0].astype(np.int64) + 2, storage, tmp_path)
    sequences = Sequences(
        values=values, offsets=np.cumsum([0, *lengths]), codes=codes, categories=(WORDS,)
    )
    table = SubwordTable.of(WORDS, 1000)
    kept = np.arange(6) if rows is None else np.array(rows)
    dataset = SequenceDataset(
        sequences, rows=None if rows is None else kept, tokens=TokenTables(bags=table)
    )

    batch = dataset.gather(torch.tensor(ROWS))

    buckets, starts, bag_of_step, *_ = batch.subwords
    bags = [bag.tolist() for bag in buckets.tensor_split(starts[1:])]
    assert bag_of_step.shape == batch.values.shape
    distinct = {int(code) for row in ROWS for code in np.array(sequences[kept[row]]) - 2}
    assert len(bags) - len(distinct) in (0, 1)  # padding may bring the first token along
    for row, steps in zip(ROWS, bag_of_step, strict=True):
        words = np.array(sequences[kept[row]]) - 2
        for word, bag in zip(words, steps.tolist()[: len(words)], strict=True):
            assert bags[bag] == grams_of(table, word)


def test_without_a_table_there_are_no_ngrams(rng):
    dataset = SequenceDataset(Sequences(values=[2, 3, 4], offsets=[0, 1, 3]))
    assert dataset.gather(torch.tensor([0, 1])).subwords is None


# --- columns beside the values ------------------------------------------------------------------


def with_columns(values, lengths, rng):
    """Sequences with codes and static codes, and, standardised, the static columns of all."""
    n_steps, n = sum(lengths), len(lengths)
    sequences = Sequences(
        values=values,
        offsets=np.cumsum([0, *lengths]),
        codes=rng.integers(1, 9, (n_steps, 2), dtype=np.int32),
        static_codes=rng.integers(1, 9, (n, 3), dtype=np.int32),
        times=np.arange(n_steps, dtype=float),
    )
    return sequences, rng.normal(size=(n, 2)).astype(np.float32)


@both_lengths
@every_storage
@pytest.mark.parametrize("rows", [None, [4, 0, 1, 5, 2]], ids=["all", "part"])
def test_columns_of_a_batch_are_those_of_a_loop(lengths, storage, rows, tmp_path, rng):
    values = store(random_values("numbers", sum(lengths), rng), storage, tmp_path)
    sequences, static = with_columns(values, lengths, rng)
    kept = np.arange(6) if rows is None else np.array(rows)
    dataset = SequenceDataset(sequences, rows=None if rows is None else kept, static=static)

    batch = dataset.gather(torch.tensor(ROWS))

    chosen = kept[ROWS]
    bounds = [sequences.offsets[row : row + 2] for row in chosen]
    codes = [sequences.codes[begin:end] for begin, end in bounds]
    np.testing.assert_array_equal(batch.codes, pad_right(codes, fill=0))
    np.testing.assert_array_equal(batch.static, static[chosen])
    np.testing.assert_array_equal(batch.static_codes, sequences.static_codes[chosen])
    assert batch.static.dtype == torch.float32
    assert batch.subwords is None


@both_lengths
def test_steps_without_a_number_have_their_codes(lengths, rng):
    sequences, _ = with_columns(np.zeros((sum(lengths), 0)), lengths, rng)
    scaler = StepScaler.fit(sequences.values)
    batch = SequenceDataset(sequences, scaler=scaler).gather(torch.tensor(ROWS))
    longest = max(lengths[row] for row in ROWS)
    assert batch.values.shape == (len(ROWS), longest, 0)
    assert batch.codes.shape == (len(ROWS), longest, 2)
    assert batch.values.dtype == torch.float32


def test_without_columns_there_are_none(rng):
    batch = SequenceDataset(Sequences(values=[2, 3, 4], offsets=[0, 1, 3])).gather(torch.arange(2))
    assert batch.codes is batch.static is batch.static_codes is None


def test_codes_of_tokens_are_no_columns():
    encoded = TokenEncoder().fit_transform(["a film", "b"])
    batch = SequenceDataset(encoded).gather(torch.arange(2))
    assert batch.codes is None


@pytest.mark.parametrize("storage", ["in memory", "mapped"])
def test_writing_to_the_columns_of_a_batch_does_not_change_the_data(storage, tmp_path, rng):
    values = store(random_values("numbers", sum(RAGGED), rng), storage, tmp_path)
    sequences, static = with_columns(values, RAGGED, rng)
    dataset = SequenceDataset(sequences, static=static)
    first = dataset.gather(torch.arange(6))
    kept = [part.clone() for part in (first.codes, first.static, first.static_codes)]
    for part in (first.codes, first.static, first.static_codes):
        part.zero_()
    again = dataset.gather(torch.arange(6))
    for part, expected in zip((again.codes, again.static, again.static_codes), kept, strict=True):
        assert torch.equal(part, expected)


# --- what tokens are made of --------------------------------------------------------------------

WORDS = ("a", "bcd", "ab", "dcba", "c", "ccccccccc")


def spelt(lengths, storage, folder, rng):
    """Random words, and the tables of their characters and shapes."""
    codes = rng.integers(len(WORDS), size=(sum(lengths), 1)).astype(np.int32)
    values = store(codes[:, 0].astype(np.int64) + 2, storage, folder)
    sequences = Sequences(
        values=values, offsets=np.cumsum([0, *lengths]), codes=codes, categories=(WORDS,)
    )
    alphabet = Alphabet("abcd")
    shapes = np.arange(len(WORDS), dtype=np.int32) + 1
    return sequences, alphabet, TokenTables(None, CharacterTable.of(WORDS, alphabet), shapes)


@both_lengths
@pytest.mark.parametrize("storage", ["in memory", "mapped"])
@pytest.mark.parametrize("rows", [None, np.array([5, 1, 2, 4])], ids=["all", "some"])
def test_each_token_of_a_batch_has_its_characters_and_shape(lengths, storage, rows, tmp_path, rng):
    sequences, alphabet, tables = spelt(lengths, storage, tmp_path, rng)
    dataset = SequenceDataset(sequences, rows=rows, tokens=tables)
    chosen = [3, 0, 0, 2]
    tokens = dataset.gather(torch.tensor(chosen)).subwords
    assert tokens.buckets is None and tokens.starts is None
    for b, row in enumerate(chosen):
        sequence = sequences[row if rows is None else int(rows[row])]
        for t, id_ in enumerate(sequence.tolist()):
            word = int(tokens.bag_of_step[b, t])
            encoded = alphabet.encode(WORDS[id_ - 2])
            read = tokens.characters[word].tolist()
            assert read[: len(encoded)] == encoded and not any(read[len(encoded) :])
            assert int(tokens.shapes[word]) == id_ - 1
            assert tokens.real is None or bool(tokens.real[b, t])
        if tokens.real is not None:
            assert int(tokens.real[b].sum()) == len(sequence)
    assert len(tokens.characters) == len(tokens.shapes) <= len(WORDS)


def test_each_word_of_a_batch_is_read_once(rng):
    sequences, _, tables = spelt(EQUAL, "in memory", None, rng)
    tokens = SequenceDataset(sequences, tokens=tables).gather(torch.tensor([0, 1])).subwords
    distinct = set(sequences.codes[:10, 0].tolist())
    assert len(tokens.characters) == len(distinct)


# --- targets of steps ---------------------------------------------------------------------------


@both_lengths
@pytest.mark.parametrize("storage", ["in memory", "read-only", "mapped"])
@pytest.mark.parametrize("rows", [None, np.array([5, 1, 2, 4])], ids=["all", "some"])
def test_targets_of_steps_are_padded_as_their_sequences(lengths, storage, rows, tmp_path, rng):
    sequences = Sequences(
        values=store(random_values("numbers", sum(lengths), rng), storage, tmp_path),
        offsets=np.cumsum([0, *lengths]),
    )
    target = sequences.with_values(rng.integers(1, 9, size=sum(lengths)))
    kept = target if rows is None else target[rows]
    dataset = SequenceDataset(sequences, kept, rows=rows)
    chosen = [3, 0, 0, 2]
    found = dataset.gather_target(torch.tensor(chosen))
    assert found.dtype == torch.int64
    np.testing.assert_array_equal(found, pad_right([np.array(kept[row]) for row in chosen]))
    assert found.shape[1] == dataset.gather(torch.tensor(chosen)).values.shape[1]
    assert dataset.n_targets == len(kept.values) != len(dataset)


def test_targets_of_sequences_are_one_each(rng):
    sequences = Sequences(values=rng.normal(size=(9, 1)), offsets=[0, 4, 9])
    dataset = SequenceDataset(sequences, np.array([5, 6]))
    assert dataset.gather_target(torch.tensor([1, 0, 1])).tolist() == [6, 5, 6]
    assert dataset.n_targets == 2
    assert SequenceDataset(sequences).gather_target(torch.tensor([1])) is None
