"""The gates of a GRU."""

from matplotlib.figure import Figure

from pictures._sketch import Role, Sketch

__all__ = ["draw"]

_LINE, _MIX, _GATES, _HIDDEN, _INPUT = 3.75, 2.95, 2.1, 1.4, 1.12  # heights
_RESET, _RECURRENT, _CANDIDATE, _UPDATE, _ADD = 1.62, 2.42, 3.16, 4.0, 4.75  # columns
_STATE_COLOUR, _INPUT_COLOUR, _GATE_COLOUR = (
    role.edge for role in (Role.STATE, Role.INPUT, Role.GATE)
)


def draw() -> Figure:
    """Draw the state along the top, what changes it below."""
    sketch = Sketch(height=4.65)
    sketch.cell(0.78, 0.85, 5.22, 4.3)
    reset = sketch.box(_RESET, _GATES, "$\\sigma$", Role.GATE, width=0.62, height=0.46)
    recurrent = sketch.box(_RECURRENT, _GATES, "$U_n$", Role.STATE, width=0.62, height=0.46)
    update = sketch.box(_UPDATE, _GATES, "$\\sigma$", Role.GATE, width=0.62, height=0.46)
    candidate = sketch.box(_CANDIDATE, _MIX, "tanh", Role.STATE, height=0.46, size=15)
    _draw_lines_in(sketch, reset, recurrent, update, candidate)
    _draw_candidate(sketch, reset, recurrent, candidate)
    _draw_state(sketch, update, candidate)
    return sketch.figure


def _draw_lines_in(sketch, reset, recurrent, update, candidate):
    fork, bottom = 1.05, update.bottom[1]
    sketch.arrow(
        (fork, _LINE), (fork, _HIDDEN), (_UPDATE - 0.13, _HIDDEN), (_UPDATE - 0.13, bottom),
        colour=_STATE_COLOUR,
    )  # fmt: skip
    sketch.dot(fork, _LINE, colour=_STATE_COLOUR)
    read = sketch.box(1.05, 0.38, "$x_t$", Role.INPUT, width=0.62, height=0.46)
    sketch.arrow(
        read.top, (read.x, _INPUT), (_UPDATE + 0.13, _INPUT), (_UPDATE + 0.13, bottom),
        colour=_INPUT_COLOUR,
    )  # fmt: skip
    for x, line, end, colour in (
        (_RESET - 0.13, _HIDDEN, bottom, _STATE_COLOUR),
        (_RECURRENT, _HIDDEN, bottom, _STATE_COLOUR),
        (_RESET + 0.13, _INPUT, bottom, _INPUT_COLOUR),
        (_CANDIDATE, _INPUT, candidate.bottom[1], _INPUT_COLOUR),
    ):
        sketch.arrow((x, line), (x, end), colour=colour)
        sketch.dot(x, line, colour=colour)


def _draw_candidate(sketch, reset, recurrent, candidate):
    apply = sketch.operation(_RECURRENT, _MIX, "$\\times$")
    sketch.arrow(reset.top, (_RESET, _MIX), apply.left, colour=_GATE_COLOUR)
    sketch.arrow(recurrent.top, apply.bottom, colour=_STATE_COLOUR)
    sketch.arrow(apply.right, candidate.left, colour=_STATE_COLOUR)
    sketch.text(_RESET + 0.2, 2.58, "$r_t$", size=18)


def _draw_state(sketch, update, candidate):
    keep = sketch.operation(_UPDATE, _LINE, "$\\times$")
    add = sketch.operation(_ADD, _LINE, "$+$")
    renew = sketch.operation(_ADD, _MIX, "$\\times$")
    sketch.arrow((0.14, _LINE), keep.left, colour=_STATE_COLOUR)
    sketch.arrow(keep.right, add.left, colour=_STATE_COLOUR)
    sketch.arrow(add.right, (5.86, _LINE), colour=_STATE_COLOUR)
    sketch.arrow(candidate.right, renew.left, colour=_STATE_COLOUR)
    sketch.arrow(renew.top, add.bottom, colour=_STATE_COLOUR)
    sketch.arrow(update.top, keep.bottom, colour=_GATE_COLOUR, halo=True)
    other = sketch.box(_ADD, 2.4, "$1-$", Role.GATE, width=0.52, height=0.36, size=16)
    sketch.dot(_UPDATE, 2.4, colour=_GATE_COLOUR)
    sketch.arrow((_UPDATE, 2.4), other.left, colour=_GATE_COLOUR)
    sketch.arrow(other.top, renew.bottom, colour=_GATE_COLOUR)
    sketch.text(_UPDATE - 0.2, 2.6, "$z_t$", size=18)
    sketch.text(3.72, _MIX + 0.2, "$n_t$", size=18)
    sketch.text(0.42, _LINE + 0.24, "$h_{t-1}$", size=18)
    sketch.text(5.58, _LINE + 0.24, "$h_t$", size=18)
