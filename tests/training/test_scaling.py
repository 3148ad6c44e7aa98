"""Standardising steps, held against scikit-learn and against exact arithmetic."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from sklearn_rnn.training import StepScaler


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int32, np.uint8, bool])
def test_steps_are_scaled_as_by_scikit_learn(dtype, rng):
    values = rng.uniform(0, 50, size=(400, 4)).astype(dtype)
    scaler = StepScaler.fit(values)
    expected = StandardScaler().fit(values.astype(np.float64))
    np.testing.assert_allclose(scaler.mean, expected.mean_, rtol=1e-12)
    np.testing.assert_allclose(scaler.scale, expected.scale_, rtol=1e-12)
    scaled = scaler.transform(values)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, expected.transform(values.astype(np.float64)), atol=1e-6)


def test_more_steps_than_a_chunk_are_measured_as_one(rng):
    values = rng.normal(size=(600_001, 1), loc=5)
    values[300_000:] *= 3
    scaler, expected = StepScaler.fit(values), StandardScaler().fit(values)
    np.testing.assert_allclose(scaler.mean, expected.mean_, rtol=1e-11)
    np.testing.assert_allclose(scaler.scale, expected.scale_, rtol=1e-11)
    np.testing.assert_allclose(scaler.transform(values), expected.transform(values), atol=1e-5)


@pytest.mark.parametrize("offset", [1e9, -3e12, 1.7e15])
def test_an_offset_costs_no_precision(offset, rng):
    signal = rng.integers(-50, 50, size=(5000, 1)).astype(np.float64)
    values = offset + signal  # exact: integers below 2**53
    mean = Fraction(int(signal.sum()), len(signal))
    variance = Fraction(int((signal**2).sum()), len(signal)) - mean**2
    scaler = StepScaler.fit(values)
    assert scaler.scale[0] == pytest.approx(float(variance) ** 0.5, rel=1e-3)
    scaled = scaler.transform(values)
    np.testing.assert_allclose(scaled, (signal - float(mean)) / float(variance) ** 0.5, atol=0.02)


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e-9, 1e9 + 0.3, 1e30])
@pytest.mark.parametrize("n", [1, 3, 1000, 300_000])
def test_a_constant_becomes_zero(constant, n):
    scaler = StepScaler.fit(np.full((n, 2), constant))
    assert scaler.scale.tolist() == [1, 1]
    assert not scaler.transform(np.full((5, 2), constant)).any()


def test_a_constant_but_for_rounding_becomes_nearly_zero():
    values = np.array([[0.1 + 0.2], [0.3]] * 10)
    assert np.abs(StepScaler.fit(values).transform(values)).max() < 1e-15


def test_a_column_is_scaled_whatever_stands_beside_it(rng):
    columns = rng.normal(size=(100, 3)) * [1e-12, 1, 1e12] + [0, 7, 1e15]
    together = StepScaler.fit(columns).transform(columns)
    alone = [StepScaler.fit(columns[:, [i]]).transform(columns[:, [i]]) for i in range(3)]
    np.testing.assert_array_equal(together, np.hstack(alone))
    np.testing.assert_allclose(together.std(axis=0), 1, rtol=1e-5)


def test_scaling_leaves_its_input_alone(rng):
    values = rng.normal(size=(10, 2))
    before = values.copy()
    values.flags.writeable = False
    StepScaler.fit(values).transform(values)
    np.testing.assert_array_equal(values, before)


def test_wide_steps_are_looked_at_few_at_a_time():
    values = np.ones((6000, 1000), dtype=np.float32)  # 24 MB, 48 MB as float64
    tracemalloc.start()
    try:
        scaler = StepScaler.fit(values)
        fitting = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        scaled = scaler.transform(values)
        transforming = tracemalloc.get_traced_memory()[1] - scaled.nbytes
    finally:
        tracemalloc.stop()
    assert fitting < 32 << 20
    assert transforming < 20 << 20
