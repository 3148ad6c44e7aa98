"""How much of a change of the state is left after so many steps, measured."""

from typing import NamedTuple

from matplotlib.figure import Figure

from pictures._sketch import FAINT, INK, Role, Sketch
from sklearn_rnn import RNNRegressor
from sklearn_rnn.datasets import make_adding_problem
from sklearn_rnn.inspection import LayerFlow, gradient_flow

__all__ = ["MEASURED", "draw", "measure"]


class Measured(NamedTuple):
    """A network whose flow is drawn, and where its name is written."""

    cell: str
    initialization: str
    name: str
    role: Role
    at: tuple[float, float]  # steps back, what is left


MEASURED = (
    Measured("lstm", "chrono", "LSTM", Role.STATE, (70, 3.5)),
    Measured("gru", "chrono", "GRU", Role.GATE, (70, 0.16)),
    Measured("lstm", "orthogonal", "LSTM", Role.STATE, (68, 0.03)),
    Measured("gru", "orthogonal", "GRU", Role.GATE, (20, 1.2e-5)),
    Measured("rnn_tanh", "orthogonal", "tanh", Role.OUTPUT, (55, 1.2e-4)),
)
_STYLES = {"chrono": "-", "orthogonal": (0, (4, 1.6))}
_STEPS = 80
_LOWEST = 1e-6  # what is less is not drawn


def draw() -> Figure:
    """Draw a line for each network, on a scale on which a constant factor is a straight line."""
    sketch = Sketch(height=5.5)
    sketch.heading(0.3, 5.15, "what is left of a change")
    axes = sketch.panel(0.85, 1.3, 4.75, 3.6)
    for network in MEASURED:
        flow, colour = measure(network.cell, network.initialization), network.role.edge
        style = _STYLES[network.initialization]
        axes.plot(flow.lags, flow.largest, color=colour, linestyle=style, linewidth=2.4, zorder=3)
        axes.text(*network.at, network.name, color=colour, size=16, ha="center", va="center")
    axes.set(yscale="log", xlim=(0, _STEPS), ylim=(_LOWEST, 12))
    axes.set_yticks([1, 1e-2, 1e-4, 1e-6], ["1", "$10^{-2}$", "$10^{-4}$", "$10^{-6}$"])
    axes.set_xticks(range(0, _STEPS + 1, 20))
    axes.minorticks_off()
    axes.axhline(1, color=FAINT, linewidth=1, zorder=0)
    axes.set_xlabel("steps back", size=15, color=INK)
    for x, (name, style) in zip((0.85, 3.0), _STYLES.items(), strict=True):
        sketch.arrow((x, 0.38), (x + 0.6, 0.38), head=False, linestyle=style, linewidth=2.4)
        sketch.text(x + 0.72, 0.38, f'"{name}"', size=15, ha="left")
    return sketch.figure


def measure(cell, initialization) -> LayerFlow:
    """Fit a network to the adding problem for a few epochs, and follow its gradient back."""
    X, y = make_adding_problem(200, length=100, random_state=0)
    model = RNNRegressor(
        cell=cell, initialization=initialization, hidden_size=16, bidirectional=False,
        pooling="last", convolution=None, early_stopping=False, max_epochs=5, random_state=0,
    )  # fmt: skip
    (layer,) = gradient_flow(model.fit(X, y), X, y, max_sequences=4, max_steps=100).layers
    return layer
