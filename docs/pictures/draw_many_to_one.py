"""A sequence to one answer, and one beginning to a sequence."""

from matplotlib.figure import Figure

from pictures._sketch import LINE, Role, Sketch
from pictures._steps import draw_states, draw_words

__all__ = ["draw"]

_COLUMNS = (0.93, 2.31, 3.69, 5.07)


def draw() -> Figure:
    """Draw a text with its class above, one that a model writes below."""
    sketch = Sketch(height=6.9)
    sketch.heading(0.3, 6.5, "many to one")
    read = draw_words(sketch, _COLUMNS, 4.1, ("not", "bad", "at", "all"), Role.INPUT)
    states = draw_states(sketch, _COLUMNS, 5.05)
    said = sketch.box(_COLUMNS[-1], 6.0, "praise", Role.OUTPUT, width=1.1, size=15)
    for below, state in zip(read, states, strict=True):
        sketch.arrow(below.top, state.bottom)
    sketch.arrow(states[-1].top, said.bottom)

    sketch.heading(0.3, 3.2, "one to many")
    given = draw_words(sketch, _COLUMNS[:1], 0.6, ("once",), Role.INPUT)
    taken = draw_words(sketch, _COLUMNS[1:], 0.6, ("upon", "a", "time"), Role.INPUT, dashed=True)
    states = draw_states(sketch, _COLUMNS, 1.55)
    said = draw_words(sketch, _COLUMNS, 2.5, ("upon", "a", "time", "…"), Role.OUTPUT)
    for below, state, above in zip(given + taken, states, said, strict=True):
        sketch.arrow(below.top, state.bottom)
        sketch.arrow(state.top, above.bottom)
    for above, below in zip(said[:-1], taken, strict=True):
        middle = (above.x + below.x) / 2
        sketch.arrow(
            above.right, (middle, above.y), (middle, below.y), below.left,
            linestyle=(0, (4, 2)), colour=LINE,
        )  # fmt: skip
    return sketch.figure
