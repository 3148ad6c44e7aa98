"""The recurrent cells by name."""

from collections.abc import Callable
from functools import partial
from threading import Lock

import torch
from torch import nn

from sklearn_rnn.nn._ind_rnn import IndRNN
from sklearn_rnn.nn._initial_weights import (
    draw_keeping_biases,
    fill_gates_of_lstm,
    fill_matrices,
    open_forget_gate,
)
from sklearn_rnn.nn._layer_norm_lstm import LayerNormLSTM
from sklearn_rnn.nn._lru import LRU
from sklearn_rnn.nn._mingru import MinGRU
from sklearn_rnn.nn._minlstm import MinLSTM
from sklearn_rnn.nn._peephole_lstm import PeepholeLSTM
from sklearn_rnn.nn._sigmoid_rnn import SigmoidRNN
from sklearn_rnn.nn._slstm import SLSTM

__all__ = [
    "CELLS",
    "build_cell",
    "check_gates",
    "drops_recurrent_weights",
    "fill_cell",
    "fill_gate_biases",
]

# Called like torch's layers, of one layer in one direction. A cell that is not torch's has
# ``fill(generator)``, which draws its weights, and carries tensors (..., batch, hidden), of which
# zeros mean the beginning. Where its gates say how long it remembers, it also has
# ``fill_gates(longest, generator)``, which draws their biases as ``fill_gate_biases`` tells.
# Weights of the input are called ``weight_ih...`` and have its features in the last axis, weights
# of the last state, which ``WeightDrop`` drops, ``weight_hh...``.
CELLS: dict[str, Callable[..., nn.Module]] = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn_tanh": partial(nn.RNN, nonlinearity="tanh"),
    "rnn_relu": partial(nn.RNN, nonlinearity="relu"),
    "mingru": MinGRU,
    "minlstm": MinLSTM,
    "lru": LRU,
    "rnn_sigmoid": SigmoidRNN,
    "peephole_lstm": PeepholeLSTM,
    "layer_norm_lstm": LayerNormLSTM,
    "slstm": SLSTM,
    "indrnn": IndRNN,
}

_GATED = ("lstm", "gru")
_GLOBAL_GENERATOR = Lock()


def build_cell(
    cell: str | Callable[..., nn.Module],
    input_size: int,
    hidden_size: int,
    *,
    generator: torch.Generator,
    longest: int | None = None,
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
    input_size, hidden_size : int
        Features of a step, and units.
    generator : torch.Generator
        What the weights are drawn from.
    longest : int or None, default=None
        The length of the longest sequence, up to which each unit's biases let it remember at the
        start, for a time of its own. None leaves them as the cell begins by itself. The weights
        are the same with and without.

    Returns
    -------
    torch.nn.Module
        Called with steps ``(batch, time, input_size)`` and, if it carries one, a state.

    Raises
    ------
    TypeError
        If such a class cannot be called so, or gives no module, or its module no tuple.
    ValueError
        If the states have another shape, or depend on batch mates or on later steps; and if
        ``longest`` is given for a cell without gates.

    See Also
    --------
    RecurrentStack : Several layers, in one direction or both.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import build_cell
    >>> cell = build_cell("gru", 3, 5, generator=torch.Generator().manual_seed(0))
    >>> cell
    GRU(3, 5, batch_first=True)
    """
    if longest is not None:
        check_gates(cell)
    if isinstance(cell, str):
        # torch fills its layers from the global generator, unless they are on "meta".
        sizes = int(input_size), int(hidden_size)  # torch takes no integers of numpy
        layer = CELLS[cell](*sizes, batch_first=True, device="meta", dtype=torch.float32)
        layer = layer.to_empty(device="cpu")
        fill_cell(layer, generator)
        if longest is not None:
            fill_gate_biases(layer, longest, generator)
        return layer
    seed = int(torch.randint(2**62, (), generator=generator))
    with _GLOBAL_GENERATOR, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        layer = _construct(cell, input_size, hidden_size)
        _check_cell(layer, _name(cell), input_size, hidden_size)
        return layer


def check_gates(cell: str | Callable[..., nn.Module]) -> None:
    """Raise a ValueError for a cell whose gates ``fill_gate_biases`` does not know."""
    gated = [name for name in CELLS if name in _GATED or hasattr(CELLS[name], "fill_gates")]
    if not (isinstance(cell, str) and cell in gated):
        name = repr(cell) if isinstance(cell, str) else _name(cell)
        *others, last = map(repr, gated)
        raise ValueError(
            f"initialization='chrono' needs gates: cell {', '.join(others)} or {last}, but cell is "
            f"{name}; take one of these, or initialization='orthogonal'."
        )


def drops_recurrent_weights(cell: str) -> bool:
    """Tell whether a cell of the registry has weights of the last state, which can be dropped."""
    layer = CELLS[cell](1, 1, batch_first=True, device="meta")
    return any(name.startswith("weight_hh") for name, _ in layer.named_parameters())


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
    parts = steps, steps[1:], steps[:, :-1]
    together, alone, earlier = (_states(layer, name, part, hidden_size) for part in parts)
    layer.train(mode)
    if not torch.allclose(together[1:], alone, rtol=1e-3, atol=1e-4, equal_nan=True):
        raise ValueError(
            f"the cell {name} gives a sequence of the batch other states than the same sequence "
            f"alone. It is called with batch_first=True: steps are (batch, time, features), here "
            f"{tuple(steps.shape)}, and states (batch, time, hidden_size), here {expected}; hand "
            "batch_first on to torch's layers, or transpose the first two dimensions."
        )
    if not torch.allclose(together[:, :-1], earlier, rtol=1e-3, atol=1e-4, equal_nan=True):
        raise ValueError(
            f"the cell {name} gives other states where a further step follows, so that it would "
            "read the padding of a batch. Let a state depend on the steps up to its own alone; to "
            "read in both directions, set bidirectional=True, which makes two such cells."
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
def fill_cell(layer: nn.Module, generator: torch.Generator) -> None:
    """Draw the weights of a cell of the registry; those that are not torch's own know how.

    Torch's layers begin as :func:`fill_matrices` says, but for the forget gate of an LSTM, which
    is opened.
    """
    if not isinstance(layer, nn.RNNBase):
        layer.fill(generator)
        return
    fill_matrices(layer, generator)
    if isinstance(layer, nn.LSTM):  # gates in torch's order: input, forget, cell, output
        open_forget_gate(layer)


@torch.no_grad()
def fill_gate_biases(layer: nn.Module, longest: int, generator: torch.Generator) -> None:
    """Let units remember over times as various as the data are long ("chrono initialisation").

    With the biases of :func:`draw_keeping_biases`, ``log u``, the forget gate of an LSTM begins at
    ``log u`` and its input gate at ``-log u``, the update gate of a GRU, which keeps in torch's
    notation, at ``log u``. Cells that are not torch's know what to do with theirs.
    """
    if not isinstance(layer, nn.RNNBase):
        layer.fill_gates(longest, generator)
        return
    if isinstance(layer, nn.LSTM):
        fill_gates_of_lstm(layer, longest, generator)
        return
    size = layer.hidden_size  # gates: reset, update, candidate
    layer.bias_ih_l0[size : 2 * size] = draw_keeping_biases(size, longest, generator)
