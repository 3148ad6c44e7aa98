"""The recurrent stack, held against cells written out step by step, one sequence at a time."""

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_rnn.nn import (
    CELLS,
    IndRNN,
    LastPooling,
    RecurrentStack,
    _layer_runs,
    build_cell,
    set_dropout_generator,
)
from tests.references import CELLS as WRITTEN_OUT
from tests.references import (
    CellWeights,
    directional_derivative,
    pad_right,
    recurrent_stack,
)

LENGTHS = [3, 1, 5, 2]
FEATURES, HIDDEN = 3, 4

every_cell = pytest.mark.parametrize("cell", list(CELLS))
every_written_out = pytest.mark.parametrize("cell", list(WRITTEN_OUT))
every_direction = pytest.mark.parametrize("bidirectional", [False, True], ids=["one-way", "both"])
every_depth = pytest.mark.parametrize("num_layers", [1, 2])


def build(cell="lstm", *, seed=0, **options):
    """A stack in float64 whose weights, biases too, are all different."""
    generator = torch.Generator().manual_seed(seed)
    stack = RecurrentStack(FEATURES, HIDDEN, cell=cell, generator=generator, **options).double()
    with torch.no_grad():
        for weight in stack.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator, dtype=weight.dtype) / 4)
        for layer in stack.modules():
            if isinstance(layer, IndRNN):
                layer.weight_hh_l0.clamp_(-0.9, 0.9)  # where it bends, there is no slope
    return stack


@pytest.fixture
def sequences(rng):
    return [rng.normal(size=(length, FEATURES)) for length in LENGTHS]


@pytest.fixture
def lengths():
    return torch.tensor(LENGTHS)


def as_batch(sequences, fill=0.0):
    return torch.from_numpy(pad_right(sequences, fill))


def reference_layers(weights, bidirectional, num_layers):
    """Weights as they follow each other in the stack, sorted into layers and directions.

    Each cell has them in torch's order, which is that of ``CellWeights``.
    """
    n_directions = 2 if bidirectional else 1
    n_each = len(weights) // (n_directions * num_layers)
    parts = [weights[i : i + n_each] for i in range(0, len(weights), n_each)]
    cells = [CellWeights(*part[:4], tuple(part[4:])) for part in parts]
    return [cells[i : i + n_directions] for i in range(0, len(cells), n_directions)]


def assert_real_steps_equal(states, expected):
    for row, sequence in zip(states, expected, strict=True):
        np.testing.assert_allclose(row[: len(sequence)].detach(), sequence, rtol=0, atol=1e-13)


@every_written_out
@every_direction
@every_depth
def test_states_are_those_of_cells_run_step_by_step(
    cell, bidirectional, num_layers, sequences, lengths
):
    stack = build(cell, bidirectional=bidirectional, num_layers=num_layers)
    weights = [weight.detach().numpy() for weight in stack.parameters()]
    layers = reference_layers(weights, bidirectional, num_layers)
    states = stack(as_batch(sequences), lengths)
    assert states.shape == (len(LENGTHS), max(LENGTHS), stack.output_size)
    assert_real_steps_equal(states, [recurrent_stack(s, cell, layers) for s in sequences])


@every_written_out
@every_direction
@every_depth
def test_gradients_are_the_slopes_of_the_reference(
    cell, bidirectional, num_layers, sequences, lengths, rng
):
    stack = build(cell, bidirectional=bidirectional, num_layers=num_layers)
    parameters = list(stack.parameters())
    importance = [rng.normal(size=(length, stack.output_size)) for length in LENGTHS]

    def reference(*points):
        steps, weights = points[: len(sequences)], points[len(sequences) :]
        layers = reference_layers(weights, bidirectional, num_layers)
        rows = zip(steps, importance, strict=True)
        return sum((recurrent_stack(s, cell, layers) * weight).sum() for s, weight in rows)

    batch = as_batch(sequences).requires_grad_()
    (stack(batch, lengths) * torch.from_numpy(pad_right(importance))).sum().backward()
    of_steps = [row[:length] for row, length in zip(batch.grad.numpy(), LENGTHS, strict=True)]
    gradients = of_steps + [weight.grad.numpy() for weight in parameters]
    points = sequences + [weight.detach().numpy() for weight in parameters]
    for _ in range(3):
        directions = [rng.normal(size=point.shape) for point in points]
        slope = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))
        expected = directional_derivative(reference, points, directions)
        np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-6)


@every_cell
@every_direction
def test_full_rows_need_no_lengths(cell, bidirectional, rng):
    stack = build(cell, bidirectional=bidirectional, num_layers=2)
    batch = torch.from_numpy(rng.normal(size=(3, 6, FEATURES)))
    full = torch.full((3,), 6)
    torch.testing.assert_close(stack(batch, None), stack(batch, full), rtol=0, atol=1e-14)


@every_cell
@every_direction
@every_depth
@pytest.mark.parametrize("garbage", [1e30, -7.0])
def test_what_stands_in_padding_changes_no_real_state(
    cell, bidirectional, num_layers, garbage, sequences, lengths
):
    stack = build(cell, bidirectional=bidirectional, num_layers=num_layers)
    clean, dirty = (stack(as_batch(sequences, fill), lengths) for fill in (0.0, garbage))
    for row, other, length in zip(clean, dirty, LENGTHS, strict=True):
        assert torch.equal(row[:length], other[:length])


@every_cell
@every_direction
@every_depth
def test_padding_gets_no_gradient_from_real_states(
    cell, bidirectional, num_layers, sequences, lengths
):
    stack = build(cell, bidirectional=bidirectional, num_layers=num_layers)
    batch = as_batch(sequences, fill=2.0).requires_grad_()
    states = stack(batch, lengths)
    sum(row[:length].sum() for row, length in zip(states, LENGTHS, strict=True)).backward()
    for row, length in zip(batch.grad, LENGTHS, strict=True):
        assert not row[length:].any()
        assert row[:length].any(dim=1).all()


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh"])  # a ramp may be flat
def test_every_step_matters_to_the_state_that_has_read_it(cell, sequences, lengths):
    stack = build(cell, bidirectional=True)
    batch = as_batch(sequences).requires_grad_()
    forward, backward = stack(batch, lengths)[2].split(HIDDEN, dim=1)  # 5 steps long
    forward[4].sum().backward(retain_graph=True)
    assert batch.grad[2].any(dim=1).all()
    batch.grad = None
    backward[0].sum().backward()
    assert batch.grad[2].any(dim=1).all()


@every_cell
@every_direction
def test_the_same_seed_gives_the_same_weights(cell, bidirectional):
    first, again, other = (
        RecurrentStack(
            FEATURES,
            HIDDEN,
            cell=cell,
            num_layers=2,
            bidirectional=bidirectional,
            generator=torch.Generator().manual_seed(seed),
        ).state_dict()
        for seed in (1, 1, 2)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_directions_begin_with_different_weights(generator):
    stack = RecurrentStack(FEATURES, HIDDEN, bidirectional=True, generator=generator)
    ahead, back = (layer for layer in stack.modules() if isinstance(layer, nn.LSTM))
    assert not torch.equal(ahead.weight_ih_l0, back.weight_ih_l0)
    assert not torch.equal(ahead.weight_hh_l0, back.weight_hh_l0)


class Running(nn.Module):
    """A cell of the user's own: the running sum of a linear map."""

    def __init__(self, input_size, hidden_size, batch_first):
        super().__init__()
        self.linear = nn.Linear(input_size, hidden_size, bias=False)

    def forward(self, steps):
        return self.linear(steps).cumsum(1), None


@every_direction
def test_a_cell_of_ones_own_runs_in_the_stack(bidirectional, sequences, lengths, generator):
    stack = RecurrentStack(
        FEATURES, HIDDEN, cell=Running, bidirectional=bidirectional, generator=generator
    ).double()
    maps = [layer.linear.weight.detach().numpy() for layer in stack.modules() if is_running(layer)]
    expected = []
    for sequence in sequences:
        states = [np.cumsum(sequence @ maps[0].T, axis=0)]
        if bidirectional:
            states.append(np.cumsum(sequence[::-1] @ maps[1].T, axis=0)[::-1])
        expected.append(np.concatenate(states, axis=1))
    assert_real_steps_equal(stack(as_batch(sequences), lengths), expected)


def is_running(layer):
    return isinstance(layer, Running)


def test_dropout_acts_between_layers_in_training_alone(sequences, lengths):
    batch = as_batch(sequences)

    def states(num_layers, training, seed=0):
        stack = build(num_layers=num_layers, dropout=0.5).train(training)
        set_dropout_generator(stack, torch.Generator().manual_seed(seed))
        return stack(batch, lengths)

    assert torch.equal(states(1, training=True), states(1, training=False))
    trained = states(2, training=True)
    assert not torch.equal(trained, states(2, training=False))
    assert torch.equal(trained, states(2, training=True))
    assert not torch.equal(trained, states(2, training=True, seed=1))


@every_direction
def test_a_long_batch_may_be_run_in_pieces(bidirectional, monkeypatch, rng):
    batch = torch.from_numpy(rng.normal(size=(4, 23, FEATURES)))
    lengths = torch.tensor([23, 1, 9, 17])
    whole = build("lstm", bidirectional=bidirectional, num_layers=2)
    expected = whole(batch, lengths)
    expected.square().sum().backward()

    monkeypatch.setattr(_layer_runs, "_WORKSPACE_BYTES", 1)
    pieces = build("lstm", bidirectional=bidirectional, num_layers=2)
    calls = []
    for layer in pieces.modules():
        if isinstance(layer, nn.LSTM):
            layer.register_forward_hook(lambda layer, steps, states: calls.append(len(calls)))
    states = pieces(batch, lengths)
    states.square().sum().backward()
    assert len(calls) == 23 * len(list(pieces.parameters())) // 4
    torch.testing.assert_close(states, expected, rtol=0, atol=1e-14)
    for weight, other in zip(pieces.parameters(), whole.parameters(), strict=True):
        torch.testing.assert_close(weight.grad, other.grad, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cell", ["mingru", "minlstm", "lru", "indrnn", "slstm", "peephole_lstm"])
def test_cells_of_the_library_run_long_batches_in_pieces_too(cell, monkeypatch, rng):
    steps = torch.from_numpy(rng.normal(size=(3, 40, FEATURES)))
    found = []
    for n_bytes in (1 << 30, 24 * 3 * HIDDEN * 9):
        monkeypatch.setattr(_layer_runs, "_WORKSPACE_BYTES", n_bytes)
        stack, lengths = build(cell, num_layers=2), []
        stack.layers[0][0].register_forward_hook(
            lambda layer, part, states, lengths=lengths: lengths.append(part[0].shape[1])
        )
        states = stack(steps, None)
        states.square().sum().backward()
        found.append([states, *(weight.grad for weight in stack.parameters())])
    assert lengths == [8] * 5
    for whole, pieces in zip(*found, strict=True):
        torch.testing.assert_close(pieces, whole, rtol=1e-12, atol=1e-12)


class WithoutState(nn.LSTM):
    """A user's subclass that keeps its state for itself."""

    def forward(self, steps):
        return super().forward(steps)[0], None


def test_a_subclass_of_torchs_lstm_reads_a_long_batch_in_one_go(monkeypatch, rng):
    steps = torch.from_numpy(rng.normal(size=(3, 40, FEATURES)))
    stack = build(WithoutState)
    with torch.no_grad():
        expected = stack(steps, None)
    monkeypatch.setattr(_layer_runs, "_WORKSPACE_BYTES", 1)
    torch.testing.assert_close(stack(steps, None), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("input_size", [None, 3, 16, 32])
def test_last_states_are_the_last_pooling_of_all_states(
    num_layers, bidirectional, ragged, input_size, generator
):
    stack = RecurrentStack(
        input_size or 3,
        16,
        num_layers=num_layers,
        bidirectional=bidirectional,
        dropout=0.5,
        residual=input_size is not None,
        generator=generator,
    )
    pooling = LastPooling(stack.output_size, bidirectional=bidirectional, generator=generator)
    steps = torch.randn(4, 7, input_size or 3, generator=generator)
    lengths = torch.tensor([7, 1, 4, 6]) if ragged else None
    set_dropout_generator(stack, generator.manual_seed(1))
    expected = pooling(stack(steps, lengths), lengths)
    set_dropout_generator(stack, generator.manual_seed(1))
    assert torch.equal(stack.last(steps, lengths), expected)


# --- residual layers ------------------------------------------------------------------------------


@every_written_out
@every_direction
@pytest.mark.parametrize("wide_input", [False, True])
def test_a_residual_layer_adds_its_input_where_the_widths_agree(
    cell, bidirectional, wide_input, lengths, rng
):
    width = HIDDEN * (2 if bidirectional else 1) if wide_input else FEATURES
    sequences = [rng.normal(size=(length, width)) for length in LENGTHS]
    stack = RecurrentStack(
        width,
        HIDDEN,
        cell=cell,
        num_layers=3,
        bidirectional=bidirectional,
        residual=True,
        generator=torch.Generator().manual_seed(0),
    ).double()
    weights = [weight.detach().numpy() for weight in stack.parameters()]
    expected = sequences
    for layer in reference_layers(weights, bidirectional, 3):
        found = [recurrent_stack(steps, cell, [layer]) for steps in expected]
        adds = found[0].shape[1] == expected[0].shape[1]
        expected = [a + b if adds else b for a, b in zip(expected, found, strict=True)]
    assert_real_steps_equal(stack(as_batch(sequences), lengths), expected)


def test_dropout_spares_what_a_residual_layer_adds(generator):
    stack = RecurrentStack(
        FEATURES, HIDDEN, num_layers=2, dropout=0.9, residual=True, generator=generator
    )
    set_dropout_generator(stack, generator)
    steps = torch.randn(5, 7, FEATURES, generator=generator)
    with torch.no_grad():
        for weight in stack.layers[1].parameters():
            weight.zero_()  # the upper layer says nothing: what comes out is what went in
        torch.testing.assert_close(stack(steps, None), stack.layers[0][0](steps)[0])


# --- initialisation -------------------------------------------------------------------------------


def states_of(**options):
    generator = torch.Generator().manual_seed(3)
    stack = RecurrentStack(
        FEATURES, HIDDEN, num_layers=2, bidirectional=True, generator=generator, **options
    )
    return stack.state_dict()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_chrono_has_the_weights_of_orthogonal_and_gate_biases_of_its_own(cell):
    plain, chrono = states_of(cell=cell), states_of(cell=cell, initialization="chrono", longest=40)
    for name, weight in plain.items():
        assert torch.equal(weight, chrono[name]) == ("bias_ih" not in name)
    keep = [chrono[name][HIDDEN : 2 * HIDDEN] for name in chrono if "bias_ih" in name]
    assert len(torch.cat(keep).unique()) == 4 * HIDDEN  # every layer and direction has its own
    assert float(torch.cat(keep).min()) >= 0


def test_orthogonal_takes_no_notice_of_the_longest_length():
    plain, told = states_of(), states_of(initialization="orthogonal", longest=40)
    assert all(torch.equal(plain[name], told[name]) for name in plain)


def test_orthogonal_weights_are_those_of_cells_built_one_after_the_other():
    generator = torch.Generator().manual_seed(3)
    built = [
        build_cell("lstm", size, HIDDEN, generator=generator).state_dict()
        for size in (FEATURES, FEATURES, 2 * HIDDEN, 2 * HIDDEN)
    ]
    expected = [weight for cell in built for weight in cell.values()]
    assert all(map(torch.equal, states_of().values(), expected))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"initialization": "chrono"}, "longest sequence, but longest is None"),
        ({"initialization": "kronos"}, "'orthogonal' or 'chrono', but it is 'kronos'"),
        (
            {"initialization": "chrono", "longest": 9, "cell": "rnn_tanh"},
            "needs gates: cell 'lstm', 'gru', .*, but cell is 'rnn_tanh'",
        ),
        (
            {"initialization": "chrono", "longest": 9, "cell": Running},
            "needs gates: cell 'lstm', 'gru', .*, but cell is Running",
        ),
    ],
)
def test_an_initialisation_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        states_of(**options)
