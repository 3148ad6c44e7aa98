"""Pieces of sequences: what is scored, what is only read, and where each stands."""

import numpy as np
import pytest
import torch

from sklearn_rnn import Sequences
from sklearn_rnn.training import PieceDataset, Pieces, StepScaler


def spans(pieces):
    """The scored steps of each piece: (row, first, stop)."""
    return list(
        zip(
            pieces.rows.tolist(),
            (pieces.begins + pieces.unscored).tolist(),
            pieces.stops.tolist(),
            strict=True,
        )
    )


def test_short_sequences_are_one_piece_each():
    pieces = Pieces.cut(np.array([3, 1, 10]), 10)
    assert spans(pieces) == [(0, 0, 3), (1, 0, 1), (2, 0, 10)]
    assert pieces.unscored.tolist() == [0, 0, 0]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10, 100])
def test_every_step_is_scored_once_in_pieces_of_about_equal_size(size):
    lengths = np.array([1, 23, 10, 57])
    pieces = Pieces.cut(lengths, size)
    scored = [(row, step) for row, first, stop in spans(pieces) for step in range(first, stop)]
    assert scored == [(row, step) for row, n in enumerate(lengths) for step in range(n)]
    sizes = np.array([stop - first for _, first, stop in spans(pieces)])
    assert sizes.max() <= size
    assert (pieces.unscored <= max(1, size // 2)).all()
    assert ((pieces.unscored > 0) == (pieces.begins + pieces.unscored > 0)).all()


def test_only_what_lies_between_is_scored():
    lengths = np.array([10, 20])
    first = np.array([10, 14])
    before, after = Pieces.cut(lengths, 8, last=first), Pieces.cut(lengths, 8, first=first)
    assert spans(before) == [(0, 0, 5), (0, 5, 10), (1, 0, 7), (1, 7, 14)]
    assert spans(after) == [(1, 14, 20)]
    assert after.begins.tolist() == [10]


def dataset(lengths, size, condition=None):
    steps = np.arange(sum(lengths), dtype=float)
    sequences = Sequences(values=steps[:, None], offsets=np.cumsum([0, *lengths]))
    scaler = StepScaler(mean=np.zeros(1), scale=np.ones(1))
    pieces = Pieces.cut(np.array(lengths), size)
    return PieceDataset(sequences, pieces, condition, scaler=scaler)


def test_a_batch_holds_the_steps_of_its_pieces_and_says_where_they_stand():
    found = dataset([3, 8], 4, np.array([[1.0], [2.0]], dtype=np.float32))
    batch = found.gather(torch.tensor([0, 1, 2]))
    assert batch.values[..., 0].tolist() == [
        [0, 1, 2, 0, 0, 0],
        [3, 4, 5, 6, 0, 0],
        [5, 6, 7, 8, 9, 10],
    ]
    assert batch.lengths.tolist() == [3, 4, 6]
    assert batch.unscored.tolist() == [0, 0, 2]
    assert batch.fresh.tolist() == [True, True, False]
    assert batch.ends.tolist() == [True, False, True]
    assert batch.static.tolist() == [[1], [2], [2]]


def test_pieces_count_by_their_scored_steps():
    weights = dataset([3, 8, 1], 4).weight
    torch.testing.assert_close(weights, torch.tensor([1.0, 4 / 3, 4 / 3, 1 / 3]))


def test_whole_sequences_are_not_copied():
    steps = np.arange(6, dtype=float)[:, None]
    sequences = Sequences(values=steps, offsets=[0, 2, 6])
    scaler = StepScaler(mean=np.zeros(1), scale=np.ones(1))
    found = PieceDataset(sequences, Pieces.cut(sequences.lengths, 9), None, scaler=scaler)
    assert found.gather(torch.tensor([1])).values.flatten().tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("size", [9, 4, 1])
def test_pieces_of_steps_on_disk_are_read_from_there(tmp_path, size):
    steps = np.arange(24.0).reshape(12, 2)
    np.save(tmp_path / "steps.npy", steps)
    mapped = np.load(tmp_path / "steps.npy", mmap_mode="r")
    scaler = StepScaler(mean=np.ones(2), scale=np.full(2, 3.0))
    condition = np.arange(3, dtype=np.float32)[:, None]
    in_memory, on_disk = (
        PieceDataset(
            Sequences(values=values, offsets=[0, 3, 11, 12]),
            Pieces.cut(np.array([3, 8, 1]), size, first=np.array([0, 2, 1])),
            condition,
            scaler=scaler,
        )
        for values in (steps, mapped)
    )
    assert np.shares_memory(on_disk._values, mapped)
    assert (len(on_disk), on_disk.longest) == (len(in_memory), in_memory.longest)
    for rows in (*torch.arange(len(in_memory)).split(1), torch.arange(len(in_memory)).flip(0)):
        found, expected = on_disk.gather(rows), in_memory.gather(rows)
        full = torch.full((len(rows),), expected.values.shape[1])
        lengths = (full if part.lengths is None else part.lengths for part in (found, expected))
        assert torch.equal(*lengths)
        for name in ("values", "static", "unscored", "fresh", "ends"):
            assert torch.equal(getattr(found, name), getattr(expected, name))
        assert torch.equal(on_disk.gather_weight(rows), in_memory.gather_weight(rows))
