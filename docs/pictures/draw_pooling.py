"""What a fitted network with attention weighs, beside the other poolings."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from pictures._sketch import EDGE, Role, Sketch
from sklearn_rnn import RNNClassifier
from sklearn_rnn.inspection import AttentionDisplay

__all__ = ["draw", "make_recordings"]

_N_TRAINING = 300
_SHOWN = 301  # a recording that the network has not seen, with an early wave
_WAVE = 8  # steps


class Recordings(NamedTuple):
    """Noise with one short wave in it, which goes up first or down first."""

    X: list[np.ndarray]  # each (time,)
    y: np.ndarray  # (n,) of str
    starts: np.ndarray  # (n,): the first step of the wave


def draw() -> Figure:
    """Draw a recording, and the weight of each of its steps under three poolings."""
    recordings = make_recordings(_SHOWN + 1)
    signal, start = recordings.X[_SHOWN], recordings.starts[_SHOWN]
    learned = fit_weights(recordings)
    last, mean = np.zeros(len(signal)), np.full(len(signal), 1 / len(signal))
    last[-1] = 1
    sketch = Sketch(height=6.2)
    sketch.heading(0.3, 5.85, "a recording")
    panels = [_draw_signal(sketch, 4.3, signal)]
    for bottom, name, weights in (
        (2.95, "last", last), (1.6, "mean", mean), (0.25, "attention", learned),
    ):  # fmt: skip
        sketch.heading(0.3, bottom + 1.05, f'pooling="{name}"')
        panels.append(_draw_weights(sketch, bottom, weights))
    for axes in panels:
        axes.axvspan(start - 0.5, start + _WAVE - 0.5, color=EDGE, alpha=0.6, linewidth=0)
        axes.set(xlim=(-0.7, len(signal) - 0.3), xticks=[], yticks=[])
        axes.spines["left"].set_visible(False)
    return sketch.figure


def make_recordings(n, random_state=0) -> Recordings:
    """Make recordings of 40 to 60 steps."""
    rng = np.random.default_rng(random_state)
    wave = 1.6 * np.sin(np.linspace(0, 2 * np.pi, _WAVE))
    X, signs, starts = [], rng.choice([-1, 1], size=n), []
    for sign in signs:
        signal = 0.35 * rng.normal(size=rng.integers(40, 61))
        starts.append(rng.integers(5, len(signal) - 12))
        signal[starts[-1] : starts[-1] + _WAVE] += sign * wave
        X.append(signal)
    return Recordings(X, np.where(signs > 0, "up first", "down first"), np.array(starts))


def fit_weights(recordings) -> np.ndarray:
    """Fit a network to all recordings but the one that is shown, whose weights are given."""
    model = RNNClassifier(
        pooling="attention", hidden_size=16, bidirectional=False, convolution=None,
        max_epochs=20, random_state=0,
    )  # fmt: skip
    model.fit(recordings.X[:_N_TRAINING], recordings.y[:_N_TRAINING])
    axes = Figure().add_subplot()
    return AttentionDisplay.from_estimator(model, recordings.X[_SHOWN], ax=axes).weights[0]


def _draw_signal(sketch, bottom, signal):
    axes = sketch.panel(0.35, bottom, 5.3, 1.3)
    axes.plot(signal, color=Role.INPUT.edge, linewidth=2)
    return axes


def _draw_weights(sketch, bottom, weights):
    axes = sketch.panel(0.35, bottom, 5.3, 0.85)
    axes.bar(range(len(weights)), weights, width=0.8, color=Role.GATE.edge, zorder=2)
    axes.set_ylim(0, max(0.08, weights.max()))
    return axes
