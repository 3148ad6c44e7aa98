"""A label for every step, and a sequence to another one."""

from matplotlib.figure import Figure

from pictures._sketch import Role, Sketch
from pictures._steps import draw_states, draw_words

__all__ = ["draw"]


def draw() -> Figure:
    """Draw a tagged sentence above, a translated one below."""
    sketch = Sketch(height=6.9)
    _draw_in_step(sketch)
    _draw_out_of_step(sketch)
    return sketch.figure


def _draw_in_step(sketch):
    sketch.heading(0.3, 6.5, "many to many, in step")
    columns = (0.93, 2.31, 3.69, 5.07)
    read = draw_words(sketch, columns, 4.0, ("Anna", "lives", "in", "Oslo"), Role.INPUT)
    states = draw_states(sketch, columns, 4.9)
    said = draw_words(sketch, columns, 5.8, ("person", "–", "–", "place"), Role.OUTPUT)
    for below, state, above in zip(read, states, said, strict=True):
        sketch.arrow(below.top, state.bottom)
        sketch.arrow(state.top, above.bottom)


def _draw_out_of_step(sketch):
    sketch.heading(0.3, 3.2, "many to many, out of step")
    columns = (0.66, 1.7, 3.0, 4.18, 5.36)
    draw = {"width": 0.8}
    read = draw_words(sketch, columns[:2], 0.6, ("good", "night"), Role.INPUT, **draw)
    taken = draw_words(sketch, columns[3:], 0.6, ("bonne", "nuit"), Role.INPUT, dashed=True, **draw)
    states = draw_states(sketch, columns, 1.55)
    said = draw_words(sketch, columns[2:], 2.5, ("bonne", "nuit", "end"), Role.OUTPUT, **draw)
    for below, state in zip(read + taken, states[:2] + states[3:], strict=True):
        sketch.arrow(below.top, state.bottom)
    for state, above in zip(states[2:], said, strict=True):
        sketch.arrow(state.top, above.bottom)
    for above, below in zip(said[:-1], taken, strict=True):
        middle = (above.x + below.x) / 2
        sketch.arrow(
            above.right, (middle, above.y), (middle, below.y), below.left, linestyle=(0, (4, 2))
        )
    sketch.text(1.18, 2.1, "encoder", size=15)
    sketch.text(3.0, 1.08, "decoder", size=15)
