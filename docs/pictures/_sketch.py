"""What all pictures are drawn with: a card, boxes, arrows, and a meaning for each colour.

Lengths and positions are in inches from the lower left corner of the card, sizes of letters and
widths of lines in points. A picture is six inches wide, so that letters of fourteen points can
still be read where a telephone shows it at half its size.
"""

from enum import Enum
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path

__all__ = ["EDGE", "FAINT", "INK", "LINE", "Node", "Role", "Sketch"]

INK = "#1d232b"  # letters
LINE = "#4b5563"  # arrows
FAINT = "#8b93a0"  # what stands in the background
EDGE = "#d5dae1"  # the edge of the card
_CARD = "#ffffff"

_ARROW_WIDTH = 1.7
_ARROW_STYLE = "-|>,head_length=7.2,head_width=3.4"  # points


class Role(Enum):
    """What a shape stands for: its fill and its edge.

    The hues are those of Okabe and Ito ("Color Universal Design", 2008), which people with any
    kind of colour vision tell apart; fills are lightened so that black letters stand on them.
    """

    INPUT = ("#cfe5f6", "#0b68a6")
    STATE = ("#fce1ad", "#b06a00")
    GATE = ("#c4e9d8", "#007a5a")
    OUTPUT = ("#f2d2e3", "#a03a78")
    PADDING = ("#eceef1", "#9aa1ac")
    PLAIN = ("#ffffff", "#4b5563")

    @property
    def fill(self) -> str:
        return self.value[0]

    @property
    def edge(self) -> str:
        return self.value[1]


class Node(NamedTuple):
    """Where a shape is; arrows begin and end at its sides."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> tuple[float, float]:
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y

    @property
    def top(self) -> tuple[float, float]:
        return self.x, self.y + self.height / 2

    @property
    def bottom(self) -> tuple[float, float]:
        return self.x, self.y - self.height / 2

    @property
    def centre(self) -> tuple[float, float]:
        return self.x, self.y


class Sketch:
    """A figure with a light card, which can be read on a white and on a dark page.

    Parameters
    ----------
    height : float
    width : float, default=6.0

    Attributes
    ----------
    figure : matplotlib Figure
    axes : matplotlib Axes
        Covers the whole card.
    """

    def __init__(self, height: float, width: float = 6.0):
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height))
        self.figure.patch.set_alpha(0)  # the corners outside the card
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, width), ylim=(0, height))
        self.axes.set_axis_off()
        inset, rounding = 0.01, 0.06
        card = FancyBboxPatch(
            (inset + rounding, inset + rounding),
            width - 2 * (inset + rounding), height - 2 * (inset + rounding),
            boxstyle=f"round,pad={rounding}", facecolor=_CARD, edgecolor=EDGE, linewidth=1,
            zorder=-10,
        )  # fmt: skip
        self.axes.add_patch(card)

    def box(
        self, x, y, text="", role=Role.PLAIN, *, width=0.72, height=0.52, size=19, rounding=0.08,
        linewidth=1.6, linestyle="-", zorder=2,
    ) -> Node:  # fmt: skip
        """Draw a box around its centre."""
        style = f"round,pad={rounding}" if rounding else "square,pad=0"
        patch = FancyBboxPatch(
            (x - width / 2 + rounding, y - height / 2 + rounding),
            width - 2 * rounding, height - 2 * rounding,
            boxstyle=style, facecolor=role.fill, edgecolor=role.edge, linewidth=linewidth,
            linestyle=linestyle, zorder=zorder,
        )  # fmt: skip
        self.axes.add_patch(patch)
        if text:
            self.text(x, y, text, size=size, zorder=zorder + 1)
        return Node(x, y, width, height)

    def cell(self, left, bottom, right, top):
        """Draw the outline of a cell, in which its gates are."""
        self.box(
            (left + right) / 2, (bottom + top) / 2, role=Role.PLAIN, width=right - left,
            height=top - bottom, rounding=0.2, linewidth=1.2, zorder=0,
        )  # fmt: skip

    def padding(self, x, y, *, width=0.72, height=0.52) -> Node:
        """Draw a step of padding: grey and hatched."""
        patch = FancyBboxPatch(
            (x - width / 2 + 0.08, y - height / 2 + 0.08), width - 0.16, height - 0.16,
            boxstyle="round,pad=0.08", facecolor=Role.PADDING.fill, edgecolor=Role.PADDING.edge,
            linewidth=1.2, linestyle=(0, (3, 2)), zorder=2,
        )  # fmt: skip
        self.axes.add_patch(patch)
        return Node(x, y, width, height)

    def operation(self, x, y, sign, *, radius=0.19, size=17, role=Role.PLAIN) -> Node:
        r"""Draw a circle with the sign of what is done unit by unit: ``\times``, ``+``."""
        circle = Circle((x, y), radius, facecolor=role.fill, edgecolor=role.edge, linewidth=1.6)
        circle.set_zorder(4)
        self.axes.add_patch(circle)
        self.text(x, y, sign, size=size, zorder=5)
        return Node(x, y, 2 * radius, 2 * radius)

    def text(
        self, x, y, text, *, size=14, colour=INK, ha="center", va="center", zorder=6, **more
    ):  # fmt: skip
        """Write a text; formulas stand between dollar signs."""
        if va == "center" and "\n" not in text:
            va = "center_baseline"
        return self.axes.text(
            x, y, text, size=size, color=colour, ha=ha, va=va, zorder=zorder,
            math_fontfamily="cm", **more,
        )  # fmt: skip

    def heading(self, x, y, text):
        """Write the title of a part, from its left end."""
        self.text(x, y, text, size=16, ha="left", weight="bold")

    def arrow(
        self, *points, colour=LINE, head=True, linewidth=_ARROW_WIDTH, linestyle="-", zorder=1,
        rounding=0.14, halo=False,
    ):  # fmt: skip
        """Draw an arrow along points; its corners are rounded. Without a head it is a line.

        With a halo it passes over what it crosses.
        """
        points = np.asarray(points, dtype=float)
        path = _rounded(points, rounding)
        if halo:
            self._draw_path(path, _CARD, linewidth + 5, "-", zorder)
        if not head or linestyle != "-":
            self._draw_path(path, colour, linewidth, linestyle, zorder)
        if head:
            if linestyle != "-":  # dashes would fray the head
                path = _ending(points)
            patch = FancyArrowPatch(
                path=path, arrowstyle=_ARROW_STYLE, mutation_scale=1, color=colour,
                linewidth=linewidth, zorder=zorder, joinstyle="miter", capstyle="butt",
            )  # fmt: skip
            self.axes.add_patch(patch)

    def _draw_path(self, path, colour, linewidth, linestyle, zorder):
        patch = PathPatch(path, facecolor="none", edgecolor=colour, linewidth=linewidth)
        patch.set(linestyle=linestyle, zorder=zorder, capstyle="butt")
        self.axes.add_patch(patch)

    def dot(self, x, y, *, colour=LINE, radius=0.045):
        """Draw the point where a line forks."""
        self.axes.add_patch(Circle((x, y), radius, color=colour, linewidth=0, zorder=3))

    def panel(self, left, bottom, width, height):
        """Add axes of their own for a measured curve or map, with the lines of the card."""
        axes = self.figure.add_axes(
            (left / self.width, bottom / self.height, width / self.width, height / self.height)
        )
        axes.patch.set_alpha(0)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(FAINT)
        axes.tick_params(labelsize=13, color=FAINT, labelcolor=INK)
        return axes


def _ending(points) -> Path:
    """Give the piece of a path on which the head is."""
    last = points[-1] - points[-2]
    return Path([points[-1] - 0.11 * last / np.linalg.norm(last), points[-1]])


def _rounded(points, radius) -> Path:
    """Give a path along points, each inner corner of which is a quarter of a curve."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for before, corner, after in zip(points[:-2], points[1:-1], points[2:], strict=True):
        towards, onwards = corner - before, after - corner
        cut = min(radius, np.linalg.norm(towards) / 2, np.linalg.norm(onwards) / 2)
        vertices += [
            corner - cut * towards / np.linalg.norm(towards),
            corner,
            corner + cut * onwards / np.linalg.norm(onwards),
        ]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, points[-1]], [*codes, Path.LINETO])
