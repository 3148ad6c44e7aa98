"""How far back a gradient reaches, against networks of which it is known."""

import copy

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

from sklearn_rnn import RNNClassifier, RNNForecaster, RNNRegressor, RNNTagger
from sklearn_rnn.inspection import GradientFlowDisplay, gradient_flow

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


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh"])
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

    def last_state(flat):
        state = tuple(part.view(1, 1, -1) for part in flat.split(HIDDEN))
        after = recurrent(steps[:, -lag:], state if len(state) > 1 else state[0])[1]
        return torch.cat([part.flatten() for part in (after if len(state) > 1 else (after,))])

    jacobian = torch.autograd.functional.jacobian(
        last_state, torch.cat([part.flatten() for part in parts])
    )
    values = torch.linalg.svdvals(jacobian).numpy()
    at = list(layer.lags).index(lag)
    np.testing.assert_allclose(layer.largest[at], values[0], rtol=1e-6)
    np.testing.assert_allclose(layer.smallest[at], values[-1], rtol=1e-4)


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
