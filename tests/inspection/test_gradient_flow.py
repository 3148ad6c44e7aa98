"""How far back a gradient reaches, against networks of which it is known."""

import copy

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

from sklearn_rnn import RNNClassifier, RNNEncoder, RNNForecaster, RNNRegressor, RNNTagger
from sklearn_rnn.inspection import GradientFlowDisplay, gradient_flow
from sklearn_rnn.nn import CELLS

N, TIME, HIDDEN = 6, 12, 5
X = np.random.default_rng(0).normal(size=(N, TIME, 2))
Y = np.arange(N) % 2
PLAIN = {"bidirectional": False, "pooling": "last", "convolution": None, "max_epochs": 1}


def classifier(**parameters):
    return RNNClassifier(hidden_size=HIDDEN, random_state=0, **PLAIN | parameters)


def linear_cell(factor):
    """A cell whose Jacobian is a rotation times a factor, whatever it reads."""

    class Linear(nn.Module):
        def __init__(self, input_size, hidden_size, batch_first):
            super().__init__()
            self.read = nn.Linear(input_size, hidden_size)
            turned = torch.linalg.qr(torch.randn(hidden_size, hidden_size))[0]
            self.register_buffer("weight", factor * turned)

        def forward(self, steps, state=None):
            state = steps.new_zeros(len(steps), len(self.weight)) if state is None else state
            states = []
            for step in self.read(steps).unbind(1):
                state = step + state @ self.weight.T
                states.append(state)
            return torch.stack(states, 1), state

    return Linear


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.25])
def test_a_linear_cell_multiplies_by_its_factor_at_every_step(factor):
    model = classifier(cell=linear_cell(factor), lr=1e-9).fit(X, Y)
    (layer,) = gradient_flow(model, X, Y).layers
    np.testing.assert_allclose(layer.largest, factor**layer.lags, rtol=1e-5)
    np.testing.assert_allclose(layer.smallest, factor**layer.lags, rtol=1e-5)
    np.testing.assert_allclose(layer.gradient_norm, factor ** (layer.steps_back - 1.0), rtol=1e-4)


@pytest.mark.parametrize(
    ("factor", "verdict", "after"),
    [(0.3, "vanishes", 6), (3, "explodes", 7), (1, "healthy", None)],  # .3**6 < 1e-3, 3**7 > 1e3
)
def test_the_verdict_names_the_step_from_which_it_holds(factor, verdict, after):
    model = classifier(cell=linear_cell(factor), lr=1e-9).fit(X, Y)
    flow = gradient_flow(model, X, Y)
    assert (flow.verdict, flow.layers[0].after) == (verdict, after)
    assert verdict in str(flow)


@pytest.mark.parametrize("cell", CELLS)
def test_products_are_the_jacobian_of_the_last_state_by_an_earlier_one(cell):
    model = classifier(cell=cell).fit(X, Y)
    (layer,) = gradient_flow(model, X[:1], Y[:1]).layers
    recurrent = copy.deepcopy(model.module_.body.recurrent.layers[0][0]).double()
    scaled = model._scaler.transform(X[0]).astype(np.float32)
    steps = torch.from_numpy(scaled).double()[None]
    lag = 6
    with torch.no_grad():
        start = recurrent(steps[:, :-lag])[1]
    parts = start if isinstance(start, tuple) else (start,)
    varying = [i for i in range(len(parts)) if (cell, i) != ("slstm", 2)]  # its normaliser is 1
    flat = torch.cat([parts[i].flatten() for i in varying])

    @torch.no_grad()
    def last_state(flat):
        moved = list(parts)
        for i, part in zip(varying, flat.split(parts[0].numel()), strict=True):
            moved[i] = part.view(parts[i].shape)
        after = recurrent(steps[:, -lag:], tuple(moved) if len(moved) > 1 else moved[0])[1]
        after = after if isinstance(after, tuple) else (after,)
        return torch.cat([after[i].flatten() for i in varying])

    moves = 1e-6 * torch.eye(len(flat), dtype=torch.float64)
    columns = [(last_state(flat + move) - last_state(flat - move)) / 2e-6 for move in moves]
    values = torch.linalg.svdvals(torch.stack(columns, dim=1)).numpy()
    at = list(layer.lags).index(lag)
    np.testing.assert_allclose(layer.largest[at], values[0], rtol=1e-6)
    smallest = np.nan_to_num(layer.smallest[at])  # NaN beside a zero
    np.testing.assert_allclose(smallest, values[-1], rtol=1e-4, atol=1e-9 * values[0])


@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_how_training_went_back_through_time_does_not_change_what_is_measured(pooling):
    def measured(**parameters):
        model = classifier(pooling=pooling, num_layers=2, lr=1e-12, **parameters).fit(X, Y)
        return gradient_flow(model, X, Y).layers

    for cut in ({"tbptt": 3}, {"recompute": True}, {"tbptt": 4, "recompute": True}):
        for layer, expected in zip(measured(**cut), measured(), strict=True):
            for found, wanted in zip(layer[2:7], expected[2:7], strict=True):
                np.testing.assert_allclose(found, wanted, rtol=1e-4)


def test_the_gradient_is_that_of_the_loss_by_the_state_in_both_directions():
    """Against a network run by hand, whose loss is moved by moving one state."""
    model = classifier(cell="gru", bidirectional=True, pooling="last").fit(X, Y)
    flow = gradient_flow(model, X[:1], Y[:1])
    module = copy.deepcopy(model.module_).double().eval()
    steps = torch.from_numpy(model._scaler.transform(X[0]).astype(np.float32)).double()[None]
    cells = module.body.recurrent.layers[0]
    reads = [steps, steps.flip(1)]
    ends = [cell(part)[1][0] for cell, part in zip(cells, reads, strict=True)]
    for i, layer in enumerate(flow.layers):
        norms = []
        for back in (1, 5, 11):
            state = cells[i](reads[i][:, :-back])[1].detach().requires_grad_()
            pooled = list(ends)
            pooled[i] = cells[i](reads[i][:, -back:], state)[1][0]
            outputs = module.head(torch.cat(pooled, dim=-1).float()).double()
            loss = module.loss(outputs, torch.tensor(Y[:1]), None)
            norms.append(torch.autograd.grad(loss, state)[0].norm().item())
        found = layer.gradient_norm[[0, 4, 10]]
        np.testing.assert_allclose(found, np.array(norms) / norms[0], rtol=1e-3)


def test_where_the_loss_sees_nothing_of_the_last_steps_there_is_no_norm_of_them():
    long = np.concatenate([X, np.zeros((N, 20, 2))], axis=1)
    long[:, 3] = 20  # no later state is larger
    model = classifier(cell="rnn_relu", pooling="max", lr=1e-12).fit(long, Y)
    (layer,) = gradient_flow(model, long, Y, max_sequences=1).layers
    nothing = np.isnan(layer.gradient_norm)
    first = np.argmin(nothing)
    assert first > 1 and not nothing[first:].any()
    assert layer.gradient_norm[first] == 1


def test_an_lstm_over_characters_is_no_layer_of_the_sentence():
    words, labels = [["to", "a", "b"], ["extraordinarily"]] * 5, [["x", "y", "y"], ["x"]] * 5
    model = RNNTagger(characters="lstm", hidden_size=4, max_epochs=1, random_state=0)
    flow = gradient_flow(model.fit(words, labels), words, labels)
    assert [layer[:2] for layer in flow.layers] == [(0, "forward"), (0, "backward")]
    assert flow.layers[0].steps_back.tolist() == [1, 2]


def test_it_can_be_asked_for_where_no_gradients_are_taken():
    model = classifier().fit(X, Y)
    with torch.no_grad():
        assert gradient_flow(model, X, Y).n_sequences == 4


def test_plain_cells_forget_and_gates_that_remember_as_long_as_the_data_hold():
    long = np.random.default_rng(1).normal(size=(4, 150, 1))

    def left(**parameters):
        model = classifier(lr=1e-9, **parameters).fit(long, [0, 1, 0, 1])
        return gradient_flow(model, long, [0, 1, 0, 1])

    plain = left(cell="rnn_tanh")
    gated = [left(cell=cell, initialization="chrono") for cell in ("lstm", "gru")]
    assert plain.verdict == "vanishes"
    assert [flow.verdict for flow in gated] == ["healthy"] * 2
    assert all(flow.layers[0].largest[-1] > 0.01 for flow in gated)


def test_every_layer_and_direction_is_looked_at_and_the_estimator_stays_as_it_is():
    ragged = [row[: 4 + i] for i, row in enumerate(X)]
    labels = [["a", "b"] * 2 + ["a"] * i for i in range(N)]
    model = RNNTagger(hidden_size=4, num_layers=2, max_epochs=1, random_state=0)
    model.fit(ragged, labels)
    before = model.predict_proba(ragged)
    flow = gradient_flow(model, ragged, labels, max_sequences=3, max_steps=5)
    assert [layer[:2] for layer in flow.layers] == [
        (i, direction) for i in range(2) for direction in ("forward", "backward")
    ]
    assert all(layer.steps_back.tolist() == [1, 2, 3, 4, 5] for layer in flow.layers)
    assert all(map(np.array_equal, model.predict_proba(ragged), before))
    assert "_Recorder" not in str(model.module_)


def test_texts_are_read_as_the_estimator_reads_them():
    texts = ["a good film", "a very bad film", "good", "bad"] * 3
    model = RNNClassifier(hidden_size=4, max_epochs=1, random_state=0).fit(texts, [1, 0, 1, 0] * 3)
    assert gradient_flow(model, texts, [1, 0, 1, 0] * 3).n_sequences == 4


def test_what_cannot_be_looked_into_is_told():
    series = RNNForecaster(horizon=1)
    with pytest.raises(TypeError, match="RNNClassifier, RNNRegressor or RNNTagger.*RNNForecaster"):
        gradient_flow(series, X, Y)
    model = RNNRegressor(hidden_size=3, max_epochs=1).fit(X[:, :1], Y)
    with pytest.raises(ValueError, match="all sequences have one step"):
        gradient_flow(model, X[:, :1], Y)
    with pytest.raises(ValueError, match="max_sequences == 0, must be >= 1"):
        gradient_flow(model, X[:, :1], Y, max_sequences=0)
    growing = classifier(cell=linear_cell(2.0), lr=1e-9).fit(X, Y)
    with pytest.raises(ValueError, match="the loss of sequence 0 is (nan|inf)"):
        gradient_flow(growing, np.ones((1, 200, 2)), Y[:1])
    encoder = RNNEncoder(hidden_size=3, max_epochs=1).fit(X)
    with pytest.raises(TypeError, match="RNNClassifier, RNNRegressor or RNNTagger.*RNNEncoder"):
        gradient_flow(encoder, X, Y)


def test_the_picture_has_one_axes_for_each_layer_and_direction():
    model = classifier(bidirectional=True).fit(X, Y)
    display = GradientFlowDisplay.from_estimator(model, X, Y)
    assert len(display.axes_) == 2
    assert display.axes_[1].get_title(loc="left").startswith("layer 0, backward")
    figure, axes = plt.subplots(2)
    assert display.plot(axes) is display
    assert display.figure_ is figure
    with pytest.raises(ValueError, match="ax holds 1 axes, but 2"):
        display.plot(axes[0])
    plt.close("all")
