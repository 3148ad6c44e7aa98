"""A network that reads in both directions, and how a batch is flipped for it."""

from itertools import pairwise

from matplotlib.figure import Figure

from pictures._sketch import Role, Sketch

__all__ = ["draw"]

_COLUMNS = (1.05, 3.0, 4.95)
_INPUT, _AHEAD, _BACK, _OUTPUT = 3.1, 4.1, 4.9, 5.9  # heights of the rows
_SHIFT = 0.36  # of the states of either direction, from the middle of their column


def draw() -> Figure:
    """Draw the two directions above, the flip below."""
    sketch = Sketch(height=6.5)
    _draw_directions(sketch)
    _draw_flip(sketch)
    return sketch.figure


def _draw_directions(sketch):
    read = [
        sketch.box(x, _INPUT, f"$x_{t}$", Role.INPUT, width=1.34) for t, x in enumerate(_COLUMNS, 1)
    ]
    ahead = [sketch.box(x - _SHIFT, _AHEAD, "$\\rightarrow$", Role.STATE) for x in _COLUMNS]
    back = [sketch.box(x + _SHIFT, _BACK, "$\\leftarrow$", Role.STATE) for x in _COLUMNS]
    said = [
        sketch.box(x, _OUTPUT, f"$h_{t}$", Role.STATE, width=1.34)
        for t, x in enumerate(_COLUMNS, 1)
    ]
    for before, after in pairwise(ahead):
        sketch.arrow(before.right, after.left)
    for before, after in zip(back[1:], back[:-1], strict=True):
        sketch.arrow(before.left, after.right)
    for below, above, *states in zip(read, said, ahead, back, strict=True):
        for state in states:
            sketch.arrow((state.x, below.top[1]), state.bottom, halo=True)
            sketch.arrow(state.top, (state.x, above.bottom[1]), halo=True)


def _draw_flip(sketch):
    sketch.heading(0.3, 2.2, "flipped within its own length")
    for y, letter, length in ((1.45, "a", 4), (0.75, "b", 2)):
        steps = [f"${letter}_{t}$" for t in range(1, length + 1)]
        _draw_row(sketch, 0.6, y, steps)
        _draw_row(sketch, 3.66, y, steps[::-1])
        sketch.arrow((2.72, y), (3.28, y))


def _draw_row(sketch, left, y, steps):
    for i in range(4):
        x = left + 0.58 * i
        if i < len(steps):
            sketch.box(x, y, steps[i], Role.INPUT, width=0.52)
        else:
            sketch.padding(x, y, width=0.52)
