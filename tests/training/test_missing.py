"""Gaps in steps, filled in and marked, held against a loop over the steps."""

import itertools
import math

import numpy as np
import pytest
import torch

from sklearn_rnn.data import Sequences
from sklearn_rnn.training import MissingSteps, SequenceDataset, StepScaler, fill_static
from sklearn_rnn.training._missing import find_missing
from tests.references import pad_right

LENGTHS = np.array([4, 1, 7, 2, 6])
NaN = math.nan
ALL = np.arange(3)

timing = pytest.mark.parametrize("timed", [False, True], ids=["steps", "times"])


def values_with_gaps(rng, share=0.5):
    values = rng.normal(size=(LENGTHS.sum(), 3)).astype(np.float32)
    values[rng.random(values.shape) < share] = NaN
    return values


def rising_times(rng):
    return np.concatenate([np.sort(rng.normal(1e9, 1e5, size=length)) for length in LENGTHS])


def reference(sequence, columns, unit, times):
    """Fill one sequence step by step, number by number."""
    n_features = len(sequence[0])
    last, seen_at = [0.0] * n_features, [times[0]] * n_features
    rows = []
    for step, time in zip(sequence, times, strict=True):
        marks = []
        for i, value in enumerate(step):
            gap = math.isnan(value)
            if not gap:
                last[i], seen_at[i] = value, time
            if i in columns:
                marks += [float(gap), math.log(1 + (time - seen_at[i]) / unit) if gap else 0.0]
        rows.append([*last, *marks])
    return np.array(rows)


@pytest.mark.parametrize("columns", [[0, 1, 2], [0, 2], [1], []], ids=str)
@timing
def test_gaps_are_filled_and_marked_as_by_a_loop(columns, timed, rng):
    values, times = values_with_gaps(rng), rising_times(rng) if timed else None
    missing = MissingSteps(np.array(columns, dtype=int), 3e4 if timed else None)
    filled = missing.fill(values, LENGTHS, times)
    steps = times if timed else np.concatenate([np.arange(length) for length in LENGTHS])
    bounds = np.cumsum([0, *LENGTHS])
    expected = [
        reference(values[a:b], columns, missing.unit or 1, steps[a:b])
        for a, b in itertools.pairwise(bounds)
    ]
    assert filled.dtype == np.float32
    assert filled.shape == (len(values), 3 + missing.n_inputs) == (20, 3 + 2 * len(columns))
    np.testing.assert_allclose(filled, np.concatenate(expected), rtol=1e-6)


@timing
def test_a_sequence_never_fills_in_another(timed, rng):
    values, times = values_with_gaps(rng), rising_times(rng) if timed else None
    missing = MissingSteps(ALL, 5.0 if timed else None)
    together = missing.fill(values, LENGTHS, times)
    for begin, length in zip(np.cumsum(LENGTHS) - LENGTHS, LENGTHS, strict=True):
        part = slice(begin, begin + length)
        alone = missing.fill(values[part], np.array([length]), times[part] if timed else None)
        np.testing.assert_array_equal(together[part], alone)


def test_what_was_never_seen_is_the_mean():
    filled = MissingSteps(ALL[:1], None).fill(
        np.array([[5.0], [NaN], [NaN]], dtype=np.float32), np.array([1, 2])
    )
    np.testing.assert_array_equal(filled[:, :2], [[5, 0], [0, 1], [0, 1]])
    np.testing.assert_allclose(filled[:, 2], [0, 0, math.log(2)])


def test_infinity_is_not_hidden_where_another_step_is_missing():
    values = np.array([[np.inf], [NaN]], dtype=np.float32)
    filled = MissingSteps(ALL[:0], None).fill(values, np.array([1, 1]))
    np.testing.assert_array_equal(filled, [[np.inf], [0]])
    np.testing.assert_array_equal(fill_static(values, ALL[:1]), [[np.inf, 0], [0, 1]])


def test_input_is_not_changed(rng):
    values, static = values_with_gaps(rng), values_with_gaps(rng)
    before = values.copy(), static.copy()
    MissingSteps(ALL, None).fill(values, LENGTHS)
    fill_static(static, ALL)
    np.testing.assert_array_equal((values, static), before)


# --- learning -----------------------------------------------------------------------------------


def sequences_with_gaps(rng, timed, columns=(0, 2)):
    values = rng.normal(size=(LENGTHS.sum(), 4))
    for column in columns:
        values[rng.permutation(len(values))[:3], column] = NaN
    times = rising_times(rng) if timed else None
    return Sequences(values=values, offsets=np.cumsum([0, *LENGTHS]), times=times)


@pytest.mark.parametrize("columns", [(0, 2), (3,), ()], ids=str)
def test_columns_that_miss_nothing_get_no_marks(columns, rng):
    missing = MissingSteps.learn(sequences_with_gaps(rng, False, columns))
    assert missing.columns.tolist() == list(columns)
    assert missing.n_inputs == 2 * len(columns)


def test_unit_is_the_median_time_from_step_to_step():
    times = np.array([0, 2, 2, 9, 100, 101, 105.0])
    sequences = Sequences(values=np.zeros((7, 1)), offsets=[0, 4, 7], times=times)
    assert MissingSteps.learn(sequences).unit == np.median([2, 7, 1, 4])
    assert MissingSteps.learn(sequences, np.array([1])).unit == np.median([1, 4])


@pytest.mark.parametrize("times", [[5.0, 5.0, 5.0], [1.0, 2.0, 3.0]], ids=["equal", "alone"])
def test_unit_is_1_where_no_time_passes(times):
    sequences = Sequences(values=np.zeros((3, 1)), offsets=[0, 1, 2, 3], times=times)
    assert MissingSteps.learn(sequences).unit == 1
    assert MissingSteps.learn(sequences.with_columns(times=None)).unit is None


@timing
def test_what_is_learned_from_some_rows_is_what_a_copy_of_them_gives(timed, rng):
    values = rng.normal(size=(3000 * 3, 2))
    values[4 * 3, 1] = NaN
    times = np.tile([0.0, 1, 9], 3000) + np.repeat(rng.random(3000), 3) if timed else None
    sequences = Sequences(values=values, offsets=np.arange(0, 9001, 3), times=times)
    for rows, columns in [(np.delete(np.arange(3000), 4), []), (np.arange(4, 3000, 2), [1])]:
        learned, copied = (
            MissingSteps.learn(sequences, rows),
            MissingSteps.learn(sequences[rows]),
        )
        assert learned.columns.tolist() == copied.columns.tolist() == columns
        assert learned.unit == copied.unit


def test_times_that_fit_saw_are_needed_again(rng):
    missing = MissingSteps.learn(sequences_with_gaps(rng, timed=True))
    values = rng.normal(size=(20, 4)).astype(np.float32)
    with pytest.raises(ValueError, match=r"X has no times, but fit .*from_frame"):
        missing.fill(values, LENGTHS)
    untimed = MissingSteps.learn(sequences_with_gaps(rng, timed=False))
    values[5] = NaN
    np.testing.assert_array_equal(
        untimed.fill(values, LENGTHS, rising_times(rng)), untimed.fill(values, LENGTHS)
    )


def test_static_gaps_are_the_mean_and_marked():
    static = np.array([[1, NaN, NaN], [2, 3, 4]], dtype=np.float32)
    filled = fill_static(static, find_missing(static))
    np.testing.assert_array_equal(filled, [[1, 0, 0, 1, 1], [2, 3, 4, 0, 0]])
    assert filled.dtype == np.float32
    np.testing.assert_array_equal(fill_static(static, ()), [[1, 0, 0], [2, 3, 4]])


@pytest.mark.parametrize("part", [None, [4, 0, 2]], ids=["all", "part"])
@pytest.mark.parametrize("mapped", [False, True], ids=["in memory", "mapped"])
@timing
def test_a_batch_is_filled_as_its_sequences_are(timed, mapped, part, rng, tmp_path):
    sequences = sequences_with_gaps(rng, timed)
    scaler, missing = StepScaler.fit(sequences.values), MissingSteps.learn(sequences)
    if mapped:
        np.save(tmp_path / "values.npy", sequences.values)
        values = np.load(tmp_path / "values.npy", mmap_mode="r")
        sequences = sequences.with_values(values)
    rows = None if part is None else np.array(part)
    dataset = SequenceDataset(sequences, rows=rows, scaler=scaler, missing=missing)

    batch = dataset.gather(torch.tensor([2, 0, 0, 1]))

    expected = []
    for row in np.arange(5)[slice(None) if part is None else part][[2, 0, 0, 1]]:
        one = sequences[[row]]
        filled = missing.fill(scaler.transform(one.values), one.lengths, one.times)
        expected.append(filled)
    np.testing.assert_array_equal(batch.values, pad_right(expected))
