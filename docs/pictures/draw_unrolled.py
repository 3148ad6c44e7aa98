"""A recurrent network, and the same one unrolled in time."""

from matplotlib.figure import Figure

from pictures._sketch import LINE, Role, Sketch

__all__ = ["draw"]

_INPUT, _STATE, _OUTPUT = 1.15, 2.35, 3.55  # heights of the rows


def draw() -> Figure:
    """Draw the loop on the left, its steps on the right."""
    sketch = Sketch(height=4.15)
    _draw_loop(sketch, 0.68)
    sketch.text(1.62, _STATE, "$=$", size=26)
    _draw_steps(sketch)
    sketch.text(3.0, 0.42, "the same weights $W$, $U$ and $V$ at every step", size=15)
    return sketch.figure


def _draw_loop(sketch, x):
    state = _draw_column(sketch, x, "t")
    right, above = state.right[0] + 0.24, state.top[1] + 0.2
    sketch.arrow(state.right, (right, _STATE), (right, above), (x + 0.2, above), (x + 0.2, 2.68))
    sketch.text(right + 0.14, _STATE + 0.3, "$U$", size=16)


def _draw_steps(sketch):
    first, second, last = (
        _draw_column(sketch, x, step) for x, step in zip((2.4, 3.55, 5.35), "12T", strict=True)
    )
    sketch.arrow(first.right, second.left)
    sketch.arrow(second.right, (4.24, _STATE))
    sketch.arrow((4.66, _STATE), last.left)
    for x in (2.97, 4.07, 4.82):
        sketch.text(x, _STATE + 0.2, "$U$", size=16)
    for height in (_INPUT, _STATE, _OUTPUT):
        sketch.text(4.45, height, "$\\cdots$", size=20, colour=LINE)


def _draw_column(sketch, x, step):
    below = sketch.box(x, _INPUT, f"$x_{step}$", Role.INPUT)
    state = sketch.box(x, _STATE, f"$h_{step}$", Role.STATE, height=0.66)
    above = sketch.box(x, _OUTPUT, f"$y_{step}$", Role.OUTPUT)
    sketch.arrow(below.top, state.bottom)
    sketch.arrow(state.top, above.bottom)
    sketch.text(x - 0.2, (_INPUT + _STATE) / 2 - 0.04, "$W$", size=16)
    sketch.text(x - 0.2, (_STATE + _OUTPUT) / 2 + 0.04, "$V$", size=16)
    return state
