"""How cells are built and what their weights are at the start."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from sklearn_rnn.nn import CELLS, build_cell

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}


class Averaging(nn.Module):
    """A cell of the user's own, with torch's ordinary initialisation and noise beside it."""

    def __init__(self, input_size, hidden_size, batch_first):
        super().__init__()
        self.batch_first = batch_first
        self.linear = nn.Linear(input_size, hidden_size)
        time.sleep(0.002)  # lets another thread in between two draws
        self.noise = nn.Parameter(torch.randn(hidden_size))

    def forward(self, steps):
        return self.linear(steps) + self.noise, None


def weights(cell, seed=0, input_size=3, hidden_size=4):
    layer = build_cell(cell, input_size, hidden_size, generator=torch.Generator().manual_seed(seed))
    return layer.state_dict()


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


def test_every_cell_of_torchs_has_gates_that_the_tests_know():
    built = {cell: build_cell(cell, 1, 1, generator=torch.Generator()) for cell in CELLS}
    assert set(GATES) == {cell for cell, layer in built.items() if isinstance(layer, nn.RNNBase)}


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize("hidden_size", [1, 7])
def test_recurrent_weights_are_orthogonal_gate_by_gate(cell, hidden_size):
    weight = weights(cell, hidden_size=hidden_size)["weight_hh_l0"]
    assert weight.shape == (GATES[cell] * hidden_size, hidden_size)
    for gate in weight.split(hidden_size):
        torch.testing.assert_close(gate @ gate.T, torch.eye(hidden_size), atol=1e-6, rtol=0)


@pytest.mark.parametrize("cell", GATES)
def test_gates_begin_with_different_weights(cell):
    gates = weights(cell, hidden_size=7)["weight_hh_l0"].split(7)
    assert len(torch.stack(gates).unique(dim=0)) == GATES[cell]


@pytest.mark.parametrize("cell", GATES)
def test_input_weights_fill_the_range_of_glorot(cell):
    weight = weights(cell, input_size=200, hidden_size=100)["weight_ih_l0"]
    bound = (6 / (200 + 100)) ** 0.5
    assert float(weight.abs().max()) == pytest.approx(bound, rel=1e-3)
    assert float(weight.abs().max()) <= bound * (1 + 1e-6)
    assert float(weight.std()) == pytest.approx(bound / 3**0.5, rel=0.02)


@pytest.mark.parametrize("cell", ["gru", "rnn_tanh", "rnn_relu"])
def test_biases_begin_at_zero(cell):
    state = weights(cell)
    assert not state["bias_ih_l0"].any()
    assert not state["bias_hh_l0"].any()


def test_the_forget_gate_of_an_lstm_begins_with_a_bias_of_one():
    state = weights("lstm", hidden_size=5)
    bias = state["bias_ih_l0"] + state["bias_hh_l0"]  # the cell adds them
    read, forget, candidate, write = bias.split(5)
    assert forget.tolist() == [1] * 5
    assert not torch.cat([read, candidate, write]).any()


@pytest.mark.parametrize("cell", [*CELLS, Averaging, nn.LSTM])
def test_the_same_seed_gives_the_same_weights(cell):
    assert same(weights(cell, seed=1), weights(cell, seed=1))
    assert not same(weights(cell, seed=1), weights(cell, seed=2))


@pytest.mark.parametrize("cell", [*CELLS, Averaging])
def test_one_generator_gives_each_cell_other_weights(cell, generator):
    first, second = (build_cell(cell, 3, 4, generator=generator) for _ in range(2))
    assert not same(first.state_dict(), second.state_dict())


@pytest.mark.parametrize("cell", [*CELLS, Averaging])
def test_the_global_generator_does_not_matter(cell):
    built = []
    with torch.random.fork_rng():
        for seed in (1, 2):
            torch.manual_seed(seed)
            built.append(weights(cell))
    assert same(*built)


def test_a_class_of_ones_own_is_called_like_torchs_lstm(generator):
    layer = build_cell(Averaging, 3, 4, generator=generator)
    assert layer.batch_first is True
    assert layer(torch.zeros(2, 5, 3))[0].shape == (2, 5, 4)


def test_a_failing_class_leaves_the_global_generator_as_it_was(generator):
    def failing(input_size, hidden_size, batch_first):
        torch.randn(3)
        raise RuntimeError("no such cell")

    before = torch.get_rng_state()
    with pytest.raises(RuntimeError, match="no such cell"):
        build_cell(failing, 3, 4, generator=generator)
    assert torch.equal(torch.get_rng_state(), before)
    assert same(weights(Averaging), weights(Averaging))  # the next one can still be built


def test_threads_that_build_at_once_get_the_weights_of_building_alone():
    alone = [weights(Averaging, seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda seed: weights(Averaging, seed), range(8)))
    assert all(map(same, alone, together))


# --- gate biases from the length of the data ------------------------------------------------------


def gate_biases(cell, longest, hidden_size=500, seed=0):
    """The biases of the gates, each the sum of the two that a cell adds."""
    generator = torch.Generator().manual_seed(seed)
    layer = build_cell(cell, 3, hidden_size, generator=generator, longest=longest)
    return (layer.bias_ih_l0 + layer.bias_hh_l0).detach().split(hidden_size)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("longest", [10, 500])
def test_units_begin_to_remember_over_times_spread_evenly_up_to_the_longest(cell, longest):
    keep = gate_biases(cell, longest)[1]  # the forget gate, the update gate
    times = keep.exp().sort().values  # sigmoid(log u) = u / (1 + u): forgets over 1 + u steps
    assert float(times[0]) >= 1
    assert float(times[-1]) <= longest - 1 + 1e-3
    even = torch.linspace(1, longest - 1, len(times))
    assert float((times - even).abs().max()) < 0.08 * longest  # as Kolmogorov and Smirnov ask


def test_the_input_gate_of_an_lstm_takes_in_as_little_as_the_forget_gate_lets_go():
    read, forget, candidate, write = gate_biases("lstm", 100, hidden_size=50)
    torch.testing.assert_close(read.sigmoid(), 1 - forget.sigmoid())
    assert not torch.cat([candidate, write]).any()


def test_only_the_update_gate_of_a_gru_has_a_bias():
    reset, update, candidate = gate_biases("gru", 100, hidden_size=50)
    assert update.all()
    assert not torch.cat([reset, candidate]).any()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_units_of_a_long_memory_keep_their_state(cell, generator):
    longest, hidden_size = 1000, 64
    layer = build_cell(cell, 3, hidden_size, generator=generator, longest=longest)
    plain = build_cell(cell, 3, hidden_size, generator=generator)
    silence, beginning = torch.zeros(1, 50, 3), torch.full((1, 1, hidden_size), 0.5)

    def kept(layer):
        with torch.no_grad():
            for name in ("weight_ih_l0", "weight_hh_l0"):
                getattr(layer, name).zero_()  # only the biases speak
            start = (beginning, beginning) if cell == "lstm" else beginning
            end = layer(silence, start)[1]
        return float((end[1] if cell == "lstm" else end).mean())

    assert kept(layer) > 0.4  # of 0.5, after 50 steps
    assert kept(plain) < 1e-3


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("longest", [1, 2])
def test_data_of_at_most_two_steps_leave_the_gates_half_open(cell, longest):
    assert not torch.cat(gate_biases(cell, longest)).any()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_longest_length_changes_biases_alone(cell):
    plain = weights(cell)
    layer = build_cell(cell, 3, 4, generator=torch.Generator().manual_seed(0), longest=50)
    for name, weight in layer.state_dict().items():
        assert torch.equal(weight, plain[name]) == (name != "bias_ih_l0")


@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", Averaging])
def test_a_cell_without_gates_takes_no_longest_length(cell, generator):
    before = generator.get_state()
    with pytest.raises(ValueError, match=r"needs gates: cell 'lstm', .*, but cell is '?\w+"):
        build_cell(cell, 3, 4, generator=generator, longest=50)
    assert torch.equal(generator.get_state(), before)


# --- cells of the user's own that do not fit ----------------------------------------------------


class Own(nn.Module):
    """A cell in the user's manner; a subclass breaks one part of it."""

    def __init__(self, input_size, hidden_size, batch_first=False):
        super().__init__()
        self.layer = nn.GRU(input_size, hidden_size, batch_first=batch_first)

    def forward(self, steps):
        return self.layer(steps)


class TimeFirst(Own):
    def __init__(self, input_size, hidden_size, batch_first):
        super().__init__(input_size, hidden_size, batch_first=False)


class LooksAhead(Own):
    def forward(self, steps):
        return self.layer(steps.flip(1))[0].flip(1), None


class TooWide(Own):
    def __init__(self, input_size, hidden_size, batch_first):
        super().__init__(input_size, hidden_size + 1, batch_first)


class WrongInput(Own):
    def __init__(self, input_size, hidden_size, batch_first):
        super().__init__(input_size + 1, hidden_size, batch_first)


class OnlyStates(Own):
    def forward(self, steps):
        return self.layer(steps)[0]


class TakesState(Own):
    def forward(self, steps, state):
        return self.layer(steps, state)


class OtherNames(Own):
    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, batch_first=True)


def no_module(input_size, hidden_size, batch_first):
    return lambda steps: (steps, None)


@pytest.mark.parametrize(
    ("cell", "error", "message"),
    [
        (TimeFirst, ValueError, "TimeFirst gives a sequence of the batch other states"),
        (LooksAhead, ValueError, "LooksAhead gives other states where a further step follows"),
        (TooWide, ValueError, r"TooWide must .* = \(2, 3, 5\); but its first item is \(2, 3, 6\)"),
        (WrongInput, ValueError, r"WrongInput must be called .*\(2, 3, 4\).* raised RuntimeError"),
        (OnlyStates, TypeError, r"OnlyStates .* it gave Tensor\. Return \(states, None\)"),
        (TakesState, ValueError, "TakesState must be called .* raised TypeError"),
        (OtherNames, TypeError, r"OtherNames\(4, 5, batch_first=True\) raised: .*batch_first"),
        (no_module, TypeError, "no_module.* gave function"),
    ],
)
def test_a_class_that_is_not_like_torchs_lstm_is_refused(cell, error, message, generator):
    with pytest.raises(error, match=message):
        build_cell(cell, 4, 5, generator=generator)


def test_a_class_that_fits_comes_back_in_training_mode_with_the_weights_it_drew(generator):
    layer = build_cell(Own, 4, 5, generator=generator)
    assert all(part.training for part in layer.modules())
    assert all(weight.grad is None for weight in layer.parameters())
