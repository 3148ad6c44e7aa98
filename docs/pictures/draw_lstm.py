"""The gates of an LSTM."""

from matplotlib.figure import Figure

from pictures._sketch import Role, Sketch

__all__ = ["draw"]

_MEMORY, _GATES, _HIDDEN, _INPUT = 3.75, 2.1, 1.4, 1.12  # heights of the lines
_COLUMNS = {"f": 1.35, "i": 2.2, "g": 3.05, "o": 3.95}


def draw() -> Figure:
    """Draw the memory along the top, the gates below it."""
    sketch = Sketch(height=4.65)
    sketch.cell(0.78, 0.85, 5.22, 4.3)
    gates = {name: _draw_gate(sketch, name, x) for name, x in _COLUMNS.items()}
    _draw_lines_in(sketch, gates["o"])
    _draw_memory(sketch, gates)
    _draw_output(sketch, gates["o"])
    return sketch.figure


def _draw_gate(sketch, name, x):
    if name == "g":
        gate = sketch.box(x, _GATES, "tanh", Role.STATE, height=0.46, size=15)
    else:
        gate = sketch.box(x, _GATES, "$\\sigma$", Role.GATE, width=0.62, height=0.46)
    if name != "o":  # the last one, at which the lines end
        for offset, line, role in ((-0.13, _HIDDEN, Role.STATE), (0.13, _INPUT, Role.INPUT)):
            sketch.arrow((x + offset, line), (x + offset, gate.bottom[1]), colour=role.edge)
            sketch.dot(x + offset, line, colour=role.edge)
    return gate


def _draw_lines_in(sketch, last):
    x, y = last.bottom
    sketch.arrow((0.14, _HIDDEN), (x - 0.13, _HIDDEN), (x - 0.13, y), colour=Role.STATE.edge)
    read = sketch.box(1.0, 0.38, "$x_t$", Role.INPUT, width=0.62, height=0.46)
    sketch.arrow(
        read.top, (read.x, _INPUT), (x + 0.13, _INPUT), (x + 0.13, y), colour=Role.INPUT.edge
    )
    sketch.text(0.42, _HIDDEN + 0.24, "$h_{t-1}$", size=18)
    sketch.text(0.42, _MEMORY + 0.24, "$c_{t-1}$", size=18)


def _draw_memory(sketch, gates):
    colour = Role.STATE.edge
    forget = sketch.operation(_COLUMNS["f"], _MEMORY, "$\\times$")
    take = sketch.operation(_COLUMNS["g"], 3.0, "$\\times$")
    add = sketch.operation(_COLUMNS["g"], _MEMORY, "$+$")
    sketch.arrow((0.14, _MEMORY), forget.left, colour=colour)
    sketch.arrow(forget.right, add.left, colour=colour)
    sketch.arrow(add.right, (5.86, _MEMORY), colour=colour)
    sketch.arrow(gates["f"].top, forget.bottom, colour=Role.GATE.edge)
    sketch.arrow(gates["i"].top, (gates["i"].x, 3.0), take.left, colour=Role.GATE.edge)
    sketch.arrow(gates["g"].top, take.bottom, colour=colour)
    sketch.arrow(take.top, add.bottom, colour=colour)
    for name in "fig":
        sketch.text(_COLUMNS[name] + 0.2, 2.55, f"${name}_t$", size=18)
    sketch.text(5.58, _MEMORY + 0.24, "$c_t$", size=18)


def _draw_output(sketch, gate):
    x, colour = 4.75, Role.STATE.edge
    squash = sketch.box(x, 3.2, "tanh", Role.STATE, height=0.42, size=15)
    show = sketch.operation(x, 2.55, "$\\times$")
    sketch.dot(x, _MEMORY, colour=colour)
    sketch.arrow((x, _MEMORY), squash.top, colour=colour)
    sketch.arrow(squash.bottom, show.top, colour=colour)
    sketch.arrow(gate.top, (gate.x, 2.55), show.left, colour=Role.GATE.edge)
    sketch.arrow(show.bottom, (x, _HIDDEN), (5.86, _HIDDEN), colour=colour)
    sketch.text(gate.x + 0.2, 2.77, "$o_t$", size=18)
    sketch.text(5.58, _HIDDEN + 0.24, "$h_t$", size=18)
