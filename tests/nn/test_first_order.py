"""Gradients written by hand say so where their own gradients are asked for."""

import pytest
import torch

from sklearn_rnn.nn import CELLS, build_cell
from sklearn_rnn.nn._half_gru import run_gru
from sklearn_rnn.nn._scan import linear_scan

OF_TORCH = ("lstm", "gru", "rnn_tanh", "rnn_relu")
refused = pytest.raises(RuntimeError, match="no gradients: leave out create_graph=True, or t")


def slopes(states, steps):
    """The gradient of a sum, whose own gradient would come in without one."""
    return torch.autograd.grad(states.sum(), steps, create_graph=True)[0]


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell not in OF_TORCH])
def test_no_cell_of_the_library_passes_its_gradients_off_as_constants(cell, generator):
    layer, steps = build_cell(cell, 3, 4, generator=generator), torch.zeros(2, 5, 3)
    states = layer(steps.requires_grad_())[0]
    with refused:
        slopes(states, steps)


@pytest.mark.parametrize("cell", OF_TORCH)
def test_cells_of_torch_have_second_derivatives(cell, generator):
    layer, steps = build_cell(cell, 3, 4, generator=generator), torch.ones(2, 5, 3)
    assert slopes(layer(steps.requires_grad_())[0], steps).requires_grad


def test_neither_do_scans_and_gates_in_float32(generator):
    steps = torch.zeros(2, 5, 3, requires_grad=True)
    states = linear_scan(torch.ones(3), steps)
    with refused:
        slopes(states, steps)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = run_gru(build_cell("gru", 3, 4, generator=generator), steps)[0]
    with refused:
        slopes(states, steps)
