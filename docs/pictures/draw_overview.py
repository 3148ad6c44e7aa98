"""What the library is, in one picture: what goes into its estimators, and what they answer."""

import numpy as np
from matplotlib.figure import Figure

from pictures._sketch import Role, Sketch

__all__ = ["draw"]

_LEFT, _MIDDLE, _RIGHT = 0.3, 4.05, 5.35  # where inputs begin, estimators stand, answers begin
_ROWS = (4.05, 3.0, 1.95, 0.83)
_APART = 0.44  # from one sequence to the next
_STEP, _HIGH = 0.61, 0.36  # of a token


def draw() -> Figure:
    """Draw a row for each of four estimators, with two sequences of unequal length each."""
    sketch = Sketch(height=5.12, width=7.4)
    for x, text in ((_LEFT, "sequences"), (_MIDDLE - 0.875, "fit, predict"), (_RIGHT, "answers")):
        sketch.heading(x, 4.78, text)
    names = ("RNNClassifier", "RNNRegressor", "RNNTagger", "RNNForecaster")
    for y, name in zip(_ROWS, names, strict=True):
        network = sketch.box(_MIDDLE, y, name, Role.STATE, width=1.75, height=0.6, size=15)
        sketch.arrow((network.left[0] - 0.36, y), network.left)
        sketch.arrow(network.right, (network.right[0] + 0.36, y))
    _draw_texts(sketch, _ROWS[0])
    _draw_recordings(sketch, _ROWS[1])
    _draw_tagged(sketch, _ROWS[2])
    _draw_series(sketch, _ROWS[3])
    return sketch.figure


def _draw_texts(sketch, y):
    _draw_tokens(sketch, _LEFT, y + _APART / 2, ("not", "bad", "at", "all"), Role.INPUT)
    _draw_tokens(sketch, _LEFT, y - _APART / 2, ("so", "dull"), Role.INPUT)
    for shift, label in ((_APART / 2, "praise"), (-_APART / 2, "blame")):
        _draw_answer(sketch, y + shift, label)


def _draw_recordings(sketch, y):
    rng = np.random.default_rng(3)
    for shift, length, label in ((_APART / 2, 2.3, "7.2"), (-_APART / 2, 1.4, "3.9")):
        time = np.arange(0, length, 0.04)
        wave = np.sin(2 * np.pi * time / 0.45) * (0.4 + 0.6 * np.sin(np.pi * time / length))
        signal = y + shift + 0.13 * wave + 0.02 * rng.normal(size=len(time))
        sketch.axes.plot(_LEFT + time, signal, color=Role.INPUT.edge, linewidth=1.8)
        _draw_answer(sketch, y + shift, label)


def _draw_tagged(sketch, y):
    for shift, words, labels in (
        (_APART / 2, ("Anna", "lives", "in", "Oslo"), ("PER", "O", "O", "LOC")),
        (-_APART / 2, ("ask", "Ben"), ("O", "PER")),
    ):
        _draw_tokens(sketch, _LEFT, y + shift, words, Role.INPUT)
        _draw_tokens(sketch, _RIGHT, y + shift, labels, Role.OUTPUT, step=0.45, size=11.2)


def _draw_series(sketch, y):
    rng = np.random.default_rng(1)
    for shift, start in ((0.25, 0.0), (-0.25, 0.9)):
        time = np.arange(start, 2.31, 0.05)
        level = y + shift + 0.13 * np.sin(2 * np.pi * time / 0.6)
        history = level + 0.02 * rng.normal(size=len(time))
        sketch.axes.plot(_LEFT + time, history, color=Role.INPUT.edge, linewidth=1.8)
        ahead = np.linspace(0, 1.4, 40)
        middle = y + shift + 0.13 * np.sin(2 * np.pi * (ahead + 2.3) / 0.6)
        for share, alpha in ((0.13, 0.18), (0.06, 0.25)):
            spread = share * np.sqrt(ahead)
            sketch.axes.fill_between(
                _RIGHT + ahead, middle - spread, middle + spread, color=Role.OUTPUT.edge,
                alpha=alpha, linewidth=0,
            )  # fmt: skip
        sketch.axes.plot(_RIGHT + ahead, middle, color=Role.OUTPUT.edge, linewidth=1.8)


def _draw_tokens(sketch, left, y, words, role, *, step=_STEP, size=13.2):
    for i, word in enumerate(words):
        x = left + step * (i + 0.5) - 0.02
        sketch.box(x, y, word, role, width=step - 0.05, height=_HIGH, size=size, rounding=0.06)


def _draw_answer(sketch, y, label):
    sketch.box(
        _RIGHT + 0.45, y, label, Role.OUTPUT, width=0.9, height=_HIGH, size=14, rounding=0.06
    )
