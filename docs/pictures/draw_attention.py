"""Where a decoder looks while it writes a number backwards."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pictures._sketch import EDGE, LINE, Role, Sketch
from sklearn_rnn import RNNSeq2Seq

__all__ = ["draw", "fit_reverser"]

_SHOWN = "314159"
_SIDE = 0.68  # of a square
_SHADES = LinearSegmentedColormap.from_list("weights", ["#ffffff", Role.GATE.fill, Role.GATE.edge])


def draw() -> Figure:
    """Draw the weights: a row for each digit that is written, a column for each that is read."""
    model = fit_reverser()
    (written,), (weights,) = model.predict([_SHOWN]), model.attention([_SHOWN])
    left, top = 1.55, 4.55  # of the upper left square
    sketch = Sketch(height=top + 1.3)
    columns = [left + _SIDE * (i + 0.5) for i in range(len(_SHOWN))]
    rows = [top - _SIDE * (i + 0.5) for i in range(len(written))]
    for x, digit in zip(columns, _SHOWN, strict=True):
        sketch.box(x, top + 0.4, digit, Role.INPUT, width=0.56)
    for y, digit in zip(rows, written, strict=True):
        sketch.box(left - 0.42, y, digit, Role.OUTPUT, width=0.56)
    for y, row in zip(rows, weights, strict=True):
        for x, weight in zip(columns, row, strict=True):
            _draw_square(sketch, x, y, weight)
    _draw_directions(sketch, columns, rows, top)
    return sketch.figure


def fit_reverser() -> RNNSeq2Seq:
    """Fit a network to 1200 numbers of three to seven digits and the same ones backwards."""
    rng = np.random.default_rng(0)
    numbers = ["".join(map(str, rng.integers(10, size=n))) for n in rng.integers(3, 8, size=1200)]
    model = RNNSeq2Seq(hidden_size=32, max_epochs=12, random_state=0)
    return model.fit(numbers, [number[::-1] for number in numbers])


def _draw_square(sketch, x, y, weight):
    square = Rectangle(
        (x - _SIDE / 2, y - _SIDE / 2), _SIDE, _SIDE, facecolor=_SHADES(float(weight)),
        edgecolor=EDGE, linewidth=1,
    )  # fmt: skip
    sketch.axes.add_patch(square)


def _draw_directions(sketch, columns, rows, top):
    sketch.text(columns[0] - 0.28, top + 0.95, "reads", size=15, ha="left")
    sketch.arrow((columns[0] + 0.45, top + 0.95), (columns[-1] + 0.28, top + 0.95), colour=LINE)
    x = 0.42
    sketch.text(x, rows[0] + 0.28, "writes", size=15, rotation=90, va="top")
    sketch.arrow((x, rows[0] - 0.52), (x, rows[-1] - 0.28), colour=LINE)
