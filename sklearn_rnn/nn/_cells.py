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
    """
    if isinstance(cell, str):
        # torch fills its layers from the global generator, unless they are on "meta".
        layer = CELLS[cell](input_size, hidden_size, batch_first=True, device="meta")
        layer = layer.to_empty(device="cpu")
        fill_cell(layer, generator)
        return layer
    seed = int(torch.randint(2**62, (), generator=generator))
    with _GLOBAL_GENERATOR, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return cell(input_size, hidden_size, batch_first=True)


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
