"""One seed a fit, and the generators made from it."""

import numpy as np
import pytest
import torch

from sklearn_rnn.training import fit_seed, make_generators


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, np.int64(7)])
def test_an_int_is_the_seed(seed):
    assert fit_seed(seed) == seed
    assert type(fit_seed(seed)) is int


def test_none_takes_fresh_entropy_whatever_the_global_generator_holds():
    everyones = np.random.get_bit_generator()
    state = everyones.state
    seeds = set()
    for _ in range(20):
        everyones.state = state
        seeds.add(fit_seed(None))
    assert len(seeds) == 20


def test_a_random_state_moves_on_and_repeats_with_its_seed():
    first, again = np.random.RandomState(3), np.random.RandomState(3)
    seeds = [fit_seed(first) for _ in range(5)]
    assert len(set(seeds)) == 5
    assert [fit_seed(again) for _ in range(5)] == seeds
    assert all(type(seed) is int and 0 <= seed < 2**32 for seed in seeds)


def draws(generator):
    return torch.rand(4, generator=generator).tolist()


def test_the_same_seed_gives_the_same_generators_and_each_its_own_stream():
    first, again, other = (make_generators(seed, "cpu") for seed in (5, 5, 6))
    streams = [draws(generator) for generator in (*first, *again, *other)]
    assert streams[0] == streams[2]
    assert streams[1] == streams[3]
    assert len({tuple(stream) for stream in streams}) == 4


def test_seeds_side_by_side_give_streams_that_have_nothing_in_common():
    rates = [
        draws(generator)[0] for seed in range(500) for generator in make_generators(seed, "cpu")
    ]
    assert len(set(rates)) == 1000
    assert np.mean(rates) == pytest.approx(0.5, abs=0.05)


def test_generators_live_where_they_are_used():
    host, device = make_generators(0, torch.device("cpu"))
    assert host.device.type == device.device.type == "cpu"
