"""Which rows go into which batch."""

import itertools

import numpy as np
import pytest
import torch

from sklearn_rnn.data import Sequences
from sklearn_rnn.training import SequenceDataset
from sklearn_rnn.training._batches import PredictionBatches, TrainingBatches


def dataset(lengths, weight=None):
    """Sequences of one feature; the first step and the target of each is its row."""
    lengths = np.asarray(lengths)
    values = np.repeat(np.arange(len(lengths), dtype=np.float32), lengths)[:, None]
    sequences = Sequences(values=values, offsets=np.cumsum([0, *lengths]))
    return SequenceDataset(sequences, np.arange(len(lengths)), weight)


def training_batches(data, batch_size, seed=0):
    return TrainingBatches(data, batch_size, torch.Generator().manual_seed(seed))


def rows_of(batches):
    return [target.tolist() for _, target in batches]


@pytest.fixture
def ragged(rng):
    return rng.integers(1, 40, size=203)


both_lengths = pytest.mark.parametrize("equal", [False, True], ids=["ragged", "equal"])


# --- training -----------------------------------------------------------------------------------


@both_lengths
@pytest.mark.parametrize("batch_size", [1, 7, 16, 203, 1000])
def test_an_epoch_has_each_row_once(ragged, equal, batch_size):
    batches = training_batches(dataset([5] * 203 if equal else ragged), batch_size)
    for _ in range(2):
        rows = rows_of(batches)
        assert sorted(itertools.chain(*rows)) == list(range(203))
        assert max(map(len, rows)) == min(batch_size, 203)
        assert len(rows) == -(-203 // batch_size)


@both_lengths
def test_a_batch_holds_the_steps_of_its_rows(ragged, equal):
    lengths = np.full(203, 5) if equal else ragged
    for inputs, target in training_batches(dataset(lengths), 16):
        assert inputs["n_rows"] == len(target)
        true = lengths[target.numpy()]
        if true.min() < true.max():
            assert inputs["lengths"].tolist() == true.tolist()
        else:
            assert inputs["lengths"] is None  # wherever all rows are full
        assert inputs["values"].shape == (len(target), true.max(), 1)
        for steps, length, row in zip(inputs["values"], true, target, strict=True):
            assert (steps[:length] == row).all()
            assert not steps[length:].any()


def test_a_batch_holds_the_weights_of_its_rows(ragged, rng):
    weight = rng.random(203)
    for inputs, target in training_batches(dataset(ragged, weight), 16):
        np.testing.assert_array_equal(inputs["weight"], weight[target.numpy()])
    assert next(iter(training_batches(dataset(ragged), 16)))[0]["weight"] is None


@both_lengths
def test_the_next_epoch_has_another_order(ragged, equal):
    batches = training_batches(dataset([5] * 203 if equal else ragged), 16)
    first, second = rows_of(batches), rows_of(batches)
    assert list(map(set, first)) != list(map(set, second))


def test_rows_of_one_length_have_other_companions_in_the_next_epoch():
    batches = training_batches(dataset([5] * 200), 16)
    first, second = rows_of(batches), rows_of(batches)
    assert set(map(frozenset, first)).isdisjoint(map(frozenset, second))


@both_lengths
def test_the_same_seed_gives_the_same_epochs(ragged, equal):
    data = dataset([5] * 203 if equal else ragged)
    first, again, other = (training_batches(data, 16, seed) for seed in (1, 1, 2))
    epochs = [rows_of(first), rows_of(first)]
    assert [rows_of(again), rows_of(again)] == epochs
    assert rows_of(other) != epochs[0]


def test_batches_of_long_sequences_come_in_no_order(ragged):
    batches = training_batches(dataset(ragged), 8)
    longest = [inputs["values"].shape[1] for inputs, _ in batches]
    assert longest != sorted(longest)
    assert longest != sorted(longest, reverse=True)


def test_little_of_a_batch_is_padding(rng):
    lengths = rng.geometric(1 / 20, size=4000)
    real = padded = 0
    for inputs, target in training_batches(dataset(lengths), 32):
        real += lengths[target.numpy()].sum()
        padded += inputs["values"].numel()
    assert real == lengths.sum()
    assert padded < 1.1 * real
    blind = sum(len(part) * part.max() for part in np.split(lengths, 125))
    assert blind > 3 * real  # what batches in the order of the data would cost


def test_short_sequences_are_not_always_together():
    lengths = np.repeat([1, 2, 3, 4], 5000)
    first = rows_of(training_batches(dataset(lengths), 8))
    assert sum(len(set(lengths[rows])) for rows in first) < 1.2 * len(first)
    mean_row = [np.mean(rows) for rows in first if set(lengths[rows]) == {1}]
    assert np.std(mean_row) > 100  # rows of one length are shuffled among each other


def test_a_batch_over_the_budget_of_steps_is_split():
    lengths = [1] * 40 + [60_000] * 5
    shapes = [inputs["values"].shape for inputs, _ in training_batches(dataset(lengths), 20)]
    assert sum(shape[0] for shape in shapes) == 45
    assert all(shape[0] * shape[1] <= 1 << 17 for shape in shapes)
    assert (20, 1) in [tuple(shape[:2]) for shape in shapes]


def test_a_sequence_longer_than_the_budget_is_a_batch_of_its_own():
    shapes = [tuple(i["values"].shape[:2]) for i, _ in training_batches(dataset([200_000] * 2), 2)]
    assert shapes == [(1, 200_000)] * 2


class Drawn(SequenceDataset):
    """Sequences of which an epoch draws 20."""

    epoch_size = 20


@both_lengths
def test_an_epoch_may_draw_some_rows_anew_each_time(ragged, equal):
    lengths = np.full(203, 5) if equal else ragged
    values = np.zeros((lengths.sum(), 1), dtype=np.float32)
    sequences = Sequences(values=values, offsets=np.cumsum([0, *lengths]))
    batches = training_batches(Drawn(sequences, np.arange(203)), 8)
    epochs = [list(itertools.chain(*rows_of(batches))) for _ in range(40)]
    bounds = np.arange(21) * 203 / 20
    for rows in epochs:
        assert rows != sorted(rows)
        # one row of each twentieth
        assert (np.floor(bounds[:-1]) <= sorted(rows)).all()
        assert (sorted(rows) <= np.ceil(bounds[1:])).all()
    assert len(set(map(tuple, epochs))) == 40
    counts = np.bincount(np.concatenate(epochs), minlength=203)
    assert counts.max() < 15  # 4 on average
    assert (counts > 0).mean() > 0.9


# --- prediction ---------------------------------------------------------------------------------


@both_lengths
@pytest.mark.parametrize("n", [1, 7, 8, 9, 203, 3000])
def test_prediction_takes_each_row_once_in_a_known_order(equal, n, rng):
    batches = PredictionBatches(dataset([5] * n if equal else rng.integers(1, 40, size=n)))
    rows = list(itertools.chain(*rows_of(batches)))
    assert sorted(rows) == list(range(n))
    assert rows == batches.order.tolist()


@both_lengths
@pytest.mark.parametrize("n", [1, 7, 8, 9, 203, 3000])
def test_a_prediction_batch_has_a_multiple_of_eight_rows(equal, n, rng):
    lengths = np.full(n, 5) if equal else rng.integers(1, 40, size=n)
    for inputs, target in PredictionBatches(dataset(lengths)):
        values, n_rows = inputs["values"], inputs["n_rows"]
        assert len(values) % 8 == 0
        assert 0 <= len(values) - n_rows < 8
        assert n_rows == len(target)
        assert values[:n_rows, 0, 0].tolist() == target.tolist()
        assert (values[n_rows:] == values[n_rows - 1]).all()  # spare rows repeat the last one
        if inputs["lengths"] is None:
            assert set(lengths[target.numpy()].tolist()) == {values.shape[1]}
        else:
            rows = [*target.tolist(), *[target[-1]] * (len(values) - n_rows)]
            assert inputs["lengths"].tolist() == lengths[rows].tolist()


def test_lengths_fall_from_batch_to_batch(ragged):
    longest = [i["values"].shape[1] for i, _ in PredictionBatches(dataset(ragged))]
    assert longest == sorted(longest, reverse=True)


def test_prediction_keeps_to_its_budget_of_steps():
    lengths = [1] * 5000 + [100] * 500 + [5000] * 30
    shapes = [inputs["values"].shape for inputs, _ in PredictionBatches(dataset(lengths))]
    assert all(rows * time <= 1 << 14 for rows, time, _ in shapes)
    assert max(rows for rows, _, _ in shapes) <= 1024
    assert len(shapes) < 30 + 20  # and no smaller than it must be


@pytest.mark.parametrize("equal", [False, True], ids=["ragged", "equal"])
def test_a_sequence_of_which_eight_are_too_many_is_predicted_alone(equal):
    lengths = [2049] * 3 if equal else [2049, 5, 30_000, 2048, 2048]
    shapes = [tuple(i["values"].shape[:2]) for i, _ in PredictionBatches(dataset(lengths))]
    assert shapes == ([(1, 2049)] * 3 if equal else [(1, 30_000), (1, 2049), (8, 2048)])


def test_outputs_go_back_to_the_order_of_the_data(ragged):
    batches = PredictionBatches(dataset(ragged))
    outputs = torch.cat([target for _, target in batches])
    assert batches.restore(outputs).tolist() == list(range(203))
    wide = torch.stack([outputs, -outputs], dim=1)
    assert batches.restore(wide)[:, 1].tolist() == [-row for row in range(203)]


def test_prediction_needs_no_target():
    sequences = Sequences(values=[2, 3, 4], offsets=[0, 1, 3])
    ((inputs, target),) = PredictionBatches(SequenceDataset(sequences))
    assert target is None
    assert inputs["weight"] is None
