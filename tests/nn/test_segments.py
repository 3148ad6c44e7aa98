"""Several steps read as one, held against loops over sequences."""

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import segment_steps
from tests.references import pad_right

LENGTHS = [7, 1, 4, 12]
FEATURES = 3

every_segment = pytest.mark.parametrize("segment", [1, 2, 3, 5, 12, 50])


@pytest.fixture
def sequences(rng):
    return [rng.normal(size=(length, FEATURES)) for length in LENGTHS]


@pytest.fixture
def lengths():
    return torch.tensor(LENGTHS)


def reference(sequence, segment):
    """The segments of one sequence, number by number."""
    rows = []
    for start in range(0, len(sequence), segment):
        row = [number for step in sequence[start : start + segment] for number in step]
        rows.append(row + [0.0] * (segment * FEATURES - len(row)))
    return np.array(rows)


@every_segment
@pytest.mark.parametrize("padding", [0, 1, 6])
@pytest.mark.parametrize("fill", [0.0, np.nan, -3.0])
def test_segments_are_those_of_each_sequence_whatever_stands_in_padding(
    segment, padding, fill, sequences, lengths
):
    batch = torch.from_numpy(pad_right(sequences, fill))
    batch = torch.nn.functional.pad(batch, (0, 0, 0, padding), value=fill)
    segments, shorter = segment_steps(batch, lengths, segment)
    assert segments.shape == (4, -(-batch.shape[1] // segment), segment * FEATURES)
    assert shorter.dtype == torch.int64
    for row, length, sequence in zip(segments.numpy(), shorter, sequences, strict=True):
        expected = reference(sequence, segment)
        assert len(expected) == length
        np.testing.assert_array_equal(row[:length], expected)
        assert not row[length:].any()


@every_segment
def test_full_rows_need_no_lengths(segment, sequences):
    longest = sequences[-1]
    segments, lengths = segment_steps(torch.from_numpy(longest[None]), None, segment)
    assert lengths is None
    np.testing.assert_array_equal(segments[0].numpy(), reference(longest, segment))


@every_segment
def test_each_real_step_gets_the_gradient_of_its_place(segment, sequences, lengths, rng):
    batch = torch.from_numpy(pad_right(sequences)).requires_grad_()
    segments, _ = segment_steps(batch, lengths, segment)
    importance = rng.normal(size=tuple(segments.shape))
    (segments * torch.from_numpy(importance)).sum().backward()
    flat = importance.reshape(len(LENGTHS), -1, FEATURES)
    for row, place, length in zip(batch.grad.numpy(), flat, LENGTHS, strict=True):
        np.testing.assert_array_equal(row[:length], place[:length])
        assert not row[length:].any()
