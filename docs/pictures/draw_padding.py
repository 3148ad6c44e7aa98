"""A batch of sequences of unequal length, its mask, and what is read from it."""

from itertools import pairwise

from matplotlib.figure import Figure

from pictures._sketch import INK, Role, Sketch

__all__ = ["draw"]

_LENGTHS = {"a": 5, "b": 2, "c": 3}
_TIME = max(_LENGTHS.values())
_LEFT, _STEP = 0.95, 0.58  # the middle of the first step, and the way to the next


def draw() -> Figure:
    """Draw the batch and its mask, the states below, and one row alone at the bottom."""
    sketch = Sketch(height=6.6)
    sketch.heading(_LEFT - 0.26, 6.22, "batch")
    sketch.heading(4.12, 6.22, "mask")
    sketch.heading(_LEFT - 0.26, 3.5, "states")
    answers = {}
    for i, (name, length) in enumerate(_LENGTHS.items()):
        _draw_steps(sketch, 5.72 - 0.6 * i, name, length, Role.INPUT)
        _draw_mask(sketch, 5.72 - 0.6 * i, length)
        answers[name] = _draw_row(sketch, 3.0 - 0.6 * i, name, length)
    sketch.arrow((_LEFT + 2 * _STEP, 4.18), (_LEFT + 2 * _STEP, 3.62))
    sketch.heading(_LEFT - 0.26, 1.1, "row b alone")
    alone = _draw_row(sketch, 0.6, "b", _LENGTHS["b"], width=_LENGTHS["b"])
    asked, side = answers["b"], 5.62
    sketch.arrow(asked.right, (side, asked.y), (side, alone.y), alone.right, head=False)
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    sketch.text(side, (asked.y + alone.y) / 2, "$=$", size=22, bbox=behind)
    return sketch.figure


def _draw_row(sketch, y, name, length, width=_TIME):
    """Draw the states of a row and what is read from the last real one."""
    states = _draw_steps(sketch, y, name, length, Role.STATE, width=width)
    answer = sketch.box(4.8, y, f"$y_{name}$", Role.OUTPUT, height=0.48)
    for before, after in pairwise(states):
        sketch.arrow(before.right, after.left, head=False)
    sketch.arrow(states[-1].right, answer.left, zorder=3)
    return answer


def _draw_steps(sketch, y, name, length, role, *, width=_TIME):
    """Draw a row of steps and its padding; give the real ones."""
    sketch.text(0.4, y, f"${name}$", size=19)
    real = []
    for i in range(width):
        x = _LEFT + _STEP * i
        if i < length:
            real.append(sketch.box(x, y, "", role, width=0.5, height=0.46))
        else:
            sketch.padding(x, y, width=0.5, height=0.46)
    return real


def _draw_mask(sketch, y, length):
    for i in range(_TIME):
        sketch.text(4.26 + 0.32 * i, y, "1" if i < length else "0", size=15, colour=INK)
