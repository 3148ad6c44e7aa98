"""Rows of words, and the states that run over them."""

from itertools import pairwise

from pictures._sketch import Role

__all__ = ["draw_states", "draw_words"]


def draw_words(sketch, columns, y, words, role, *, width=1.02, dashed=False):
    """Draw a box for each word, those that nobody has given with dashed edges."""
    style = (0, (3, 2)) if dashed else "-"
    return [
        sketch.box(x, y, word, role, width=width, height=0.5, size=15, linestyle=style)
        for x, word in zip(columns, words, strict=True)
    ]


def draw_states(sketch, columns, y, *, width=0.62, role=Role.STATE):
    """Draw the states of a row of steps, each with an arrow from the one before it."""
    states = [sketch.box(x, y, "", role, width=width, height=0.48) for x in columns]
    for before, after in pairwise(states):
        sketch.arrow(before.right, after.left, halo=True)
    return states
