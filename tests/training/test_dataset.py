"""Gathering batches from flat steps, held against a loop over the sequences."""

import numpy as np
import pytest
import torch

from sklearn_rnn.data import Sequences
from sklearn_rnn.training import SequenceDataset, StepScaler
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


def test_rows_of_one_length_need_no_lengths_when_mapped(tmp_path, rng):
    values = store(random_values("ids", sum(RAGGED), rng), "mapped", tmp_path)
    dataset = SequenceDataset(Sequences(values=values, offsets=np.cumsum([0, *RAGGED])))
    assert dataset.gather(torch.tensor([2, 3])).lengths is None
    assert dataset.gather(torch.tensor([2, 0])).lengths.tolist() == [7, 4]


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32, np.int64, np.dtype(">i8")])
def test_ids_of_any_integer_type_can_be_looked_up(dtype, rng):
    ids = rng.integers(1, 50, size=9)
    dataset = SequenceDataset(Sequences(values=ids.astype(dtype), offsets=[0, 4, 9]))
    values, lengths, _ = dataset.gather(torch.tensor([0, 1]))
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
