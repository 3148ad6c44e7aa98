"""The recurrent cells by name."""

from collections.abc import Callable
from functools import partial
from threading import Lock

import torch
from torch import nn

__all__ = ["CELLS", "build_cell", "fill_cell"]

CELLS: dict[str, Callable[..., nn.Module]] = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn_tanh": partial(nn.RNN, nonlinearity="tanh"),
    "rnn_relu": partial(nn.RNN, nonlinearity="relu"),
}

_GLOBAL_GENERATOR = Lock()


def build_cell(
    cell: str | Callable[..., nn.Module],
    input_size: int,
    hidden_size: int,
    *,
    generator: torch.Generator,
) -> nn.Module:
    """Build one layer of recurrent cells in one direction, its weights drawn from ``generator``.

    Parameters
    ----------
    cell : str or callable
        A name of ``CELLS``, or a class called like ``torch.nn.LSTM``:
        ``cell(input_size, hidden_size, batch_first=True)`` gives a module that maps
        ``(batch, time, input_size)`` to a pair whose first item is the states
        ``(batch, time, hidden_size)``. Such a class draws its own weights, from torch's global
        generator, which is seeded for the moment and then put back.

    Raises
    ------
    TypeError
        If such a class cannot be called so, or gives no module, or its module no tuple.
    ValueError
        If the states have another shape, or those of a sequence depend on its batch mates.
    """
    if isinstance(cell, str):
        # torch fills its layers from the global generator, unless they are on "meta".
        layer = CELLS[cell](
            input_size, hidden_size, batch_first=True, device="meta", dtype=torch.float32
        )
        layer = layer.to_empty(device="cpu")
        fill_cell(layer, generator)
        return layer
    seed = int(torch.randint(2**62, (), generator=generator))
    with _GLOBAL_GENERATOR, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        layer = _construct(cell, input_size, hidden_size)
        _check_cell(layer, _name(cell), input_size, hidden_size)
        return layer


def _name(cell):
    return getattr(cell, "__name__", repr(cell))


def _construct(cell, input_size, hidden_size):
    call = f"{_name(cell)}({input_size}, {hidden_size}, batch_first=True)"
    try:
        layer = cell(input_size, hidden_size, batch_first=True)
    except TypeError as error:
        raise TypeError(
            f"cell must be a class called like torch.nn.LSTM, but {call} raised: {error}. Its "
            "__init__ takes input_size, hidden_size and batch_first."
        ) from error
    if not isinstance(layer, nn.Module):
        raise TypeError(
            f"cell must be a class of torch.nn.Module, but {call} gave {type(layer).__name__}."
        )
    return layer.float()  # whatever torch's default dtype: steps come as float32


@torch.no_grad()
def _check_cell(layer, name, input_size, hidden_size):
    """Run a tiny batch through a cell of the user's, and raise an error if it came out wrong."""
    steps, expected = torch.randn(2, 3, input_size, dtype=torch.float32), (2, 3, hidden_size)
    mode = layer.training
    layer.eval()
    together, alone = (_states(layer, name, part, hidden_size) for part in (steps, steps[1:]))
    layer.train(mode)
    if not torch.allclose(together[1:], alone, rtol=1e-3, atol=1e-4, equal_nan=True):
        raise ValueError(
            f"the cell {name} gives a sequence of the batch other states than the same sequence "
            f"alone. It is called with batch_first=True: steps are (batch, time, features), here "
            f"{tuple(steps.shape)}, and states (batch, time, hidden_size), here {expected}; hand "
            "batch_first on to torch's layers, or transpose the first two dimensions."
        )


def _states(layer, name, steps, hidden_size):
    shape, expected = tuple(steps.shape), (*steps.shape[:2], hidden_size)
    contract = (
        f"steps (batch, time, input_size) = {shape} give a tuple whose first item is the states "
        f"(batch, time, hidden_size) = {expected}"
    )
    try:
        output = layer(steps)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise ValueError(
            f"the cell {name} must be called like torch.nn.LSTM: {contract}; but it raised "
            f"{type(error).__name__}: {error}"
        ) from error
    if not isinstance(output, tuple) or not output or not isinstance(output[0], torch.Tensor):
        raise TypeError(
            f"the cell {name} must answer like torch.nn.LSTM: {contract}; but it gave "
            f"{type(output).__name__}. Return (states, None) where there is nothing else."
        )
    if tuple(output[0].shape) != expected:
        raise ValueError(
            f"the cell {name} must answer like torch.nn.LSTM: {contract}; but its first item is "
            f"{tuple(output[0].shape)}."
        )
    return output[0]


@torch.no_grad()
def fill_cell(layer: nn.RNNBase, generator: torch.Generator) -> None:
    """Draw the weights of one of torch's recurrent layers.

    Recurrent weights are orthogonal gate by gate (Saxe et al., "Exact solutions to the nonlinear
    dynamics of learning in deep linear neural networks", 2014), input weights Glorot uniform,
    biases zero, but for the forget gate of an LSTM, which is 1 (Jozefowicz et al., "An Empirical
    Exploration of Recurrent Network Architectures", 2015).
    """
    size = layer.hidden_size
    for name, weight in layer.named_parameters():
        if name.startswith("bias"):
            weight.zero_()
            continue
        for gate in weight.split(size):
            if name.startswith("weight_hh"):
                nn.init.orthogonal_(gate, generator=generator)
            else:
                nn.init.xavier_uniform_(gate, generator=generator)
    if isinstance(layer, nn.LSTM):  # gates in torch's order: input, forget, cell, output
        layer.bias_ih_l0[size : 2 * size] = 1
