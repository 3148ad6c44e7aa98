"""Recurrent layers whose state is carried from one stretch of a stream to the next."""

import warnings
from collections.abc import Callable
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.func import functional_call

from sklearn_rnn.nn._cells import drops_recurrent_weights
from sklearn_rnn.nn._dropout import SeededModule
from sklearn_rnn.nn._recurrent import RecurrentStack, split_for_workspace

__all__ = ["CarriedStack", "WeightDrop", "begin_anew", "map_state"]

# Masks are drawn a byte an entry, so that a probability is a multiple of 1/256; close to 0 or 1,
# where that would be coarse, four bytes an entry.
_COARSE, _FINE = torch.uint8, torch.int32
_CLOSE = 1 / 16
# How many rows a cell of the user's own is tried with.
_ROWS = 3
_OWN_CELL = (
    "the cell {name} has to be called like torch.nn.LSTM with a state too, since its state is "
    "carried along the text: states, state = cell(steps, state), where None begins anew; {reason}."
)


class WeightDrop(SeededModule):
    """Drop single recurrent weights of a layer, one mask for a whole stretch of steps.

    Merity et al., "Regularizing and Optimizing LSTM Language Models", 2017, section 2.

    Parameters
    ----------
    p : float
        The probability of a zero, below 1. From 1/16 to 15/16 it is rounded to a multiple of
        1/256, else to one of 2**-32, but to neither 0 nor 1.
    """

    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def forward(self, layer: nn.Module) -> dict[str, Tensor]:
        """Give the dropped weights of a layer by name; nothing where nothing is dropped."""
        if not self.training or self.p == 0:
            return {}
        return {
            name: weight * self._mask(weight)
            for name, weight in layer.named_parameters()
            if name.startswith("weight_hh")
        }

    def _mask(self, weight):
        """Draw several entries at a time; one at a time takes several times as long."""
        kind = torch.iinfo(_COARSE if _CLOSE <= self.p <= 1 - _CLOSE else _FINE)
        n_levels = 2**kind.bits
        dropped = min(max(1, round(self.p * n_levels)), n_levels - 1)
        n_words = -(-weight.numel() * kind.bits // 64)
        words = torch.empty(n_words, dtype=torch.int64, device=weight.device)
        words.random_(-(2**63), None, generator=self.generator)
        levels = words.view(getattr(torch, kind.dtype))[: weight.numel()].view(weight.shape)
        kept = n_levels - dropped
        return (levels < kind.min + kept).to(weight.dtype).mul_(n_levels / kept)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class CarriedStack(RecurrentStack):
    """A recurrent stack in one direction that is run stretch by stretch.

    Its weights have the names and shapes of a :class:`RecurrentStack` of the same sizes, so that
    one can be filled from the other.

    Parameters
    ----------
    input_size, hidden_size, cell, num_layers, dropout, generator
        As :class:`RecurrentStack` takes them. A cell of the user's own must take a state.
    weight_drop : float, default=0.0
        The probability that a recurrent weight is dropped, for cells given by name that have
        such weights (``weight_hh``).

    Raises
    ------
    TypeError or ValueError
        If a cell of the user's own does not carry its state as torch's layers do, or weights
        should be dropped of such a cell, or of one that has none.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        cell: str | Callable[..., nn.Module] = "lstm",
        num_layers: int = 1,
        dropout: float = 0.0,
        weight_drop: float = 0.0,
        generator: torch.Generator,
    ):
        super().__init__(
            input_size,
            hidden_size,
            cell=cell,
            num_layers=num_layers,
            dropout=dropout,
            generator=generator,
        )
        if weight_drop and isinstance(cell, str) and not drops_recurrent_weights(cell):
            raise ValueError(
                f"weight_drop={weight_drop} leaves out weights by which a cell reads its last "
                f"state, but cell {cell!r} has none; set weight_drop=0."
            )
        if not isinstance(cell, str):
            name = getattr(cell, "__name__", repr(cell))
            if weight_drop:
                raise ValueError(
                    f"weight_drop={weight_drop}, but which weights of the cell {name} are "
                    "recurrent is not known; set weight_drop=0."
                )
            _check_carrying(self.layers[0][0], name, input_size)
        self.weight_drop = WeightDrop(weight_drop)

    def run(self, steps: Tensor, carried: list | None) -> tuple[Tensor, list]:
        """Run all layers over a stretch ``(batch, time, features)``.

        ``carried`` is what the last call gave beside the states, or None at the beginning.
        """
        after = []
        for i, (layer,) in enumerate(self.layers):
            read = self.dropout(steps) if i else steps
            steps, state = _run_layer(
                layer, read, None if carried is None else carried[i], self.weight_drop(layer)
            )
            after.append(state)
        return steps, after

    def take_rows(self, carried: list, rows: Tensor) -> list:
        """Give what is carried on for some of the sequences, any number of times each."""
        return map_state(lambda part: part.index_select(-2, rows), carried)


def map_state(function: Callable[[Tensor], Tensor], state):
    """Apply a function to every tensor of what layers carry."""
    if isinstance(state, Tensor):
        return function(state)
    if isinstance(state, tuple | list):
        make = getattr(state, "_make", type(state))  # a NamedTuple takes its fields one by one
        return make(map_state(function, part) for part in state)
    return state


def begin_anew(state, fresh: Tensor):
    """Let the rows ``fresh`` ``(batch,)`` of what layers carry be zero, as at a beginning.

    The tensors are ``(..., batch, hidden)``.
    """
    kept = ~fresh[:, None]
    return map_state(lambda part: part * kept, state)


def _run_layer(layer, steps, state, dropped):
    parts = []
    for part in split_for_workspace(layer, steps):
        arguments = (part,) if state is None else (part, state)
        states, state = _call_with(layer, dropped, arguments) if dropped else layer(*arguments)
        parts.append(states)
    return (parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)), state


def _call_with(layer, weights, arguments):
    """Call a layer with other weights, which on a GPU torch would have lie side by side."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous")
        return functional_call(layer, weights, arguments)


@torch.no_grad()
def _check_carrying(layer, name, input_size):
    """Run a tiny batch in one go, in two, and with a row that begins anew; compare the states."""
    steps = torch.linspace(-1, 1, _ROWS * 4 * input_size).view(_ROWS, 4, input_size)
    fresh = torch.arange(_ROWS) == 0
    mode = layer.training
    layer.eval()
    with _calling(name):
        whole, _ = layer(steps)
        first, state = layer(steps[:, :2])
    map_state(lambda part: _check_shape(part, name), state)
    with _calling(name):
        second, _ = layer(steps[:, 2:], state)
        again, _ = layer(steps, map_state(torch.zeros_like, state))
        renewed, _ = layer(steps[:, 2:], begin_anew(state, fresh))
        alone, _ = layer(steps[fresh, 2:])
    layer.train(mode)
    halves, anew = torch.cat([first, second], 1), torch.cat([alone, second[~fresh]])
    _compare(halves, whole, name, "run in two halves it gives other states than in one go")
    _compare(again, whole, name, "a state of zeros gives other states than None")
    _compare(renewed, anew, name, "a row of zeros in its state does not begin anew, or others do")


@contextmanager
def _calling(name):
    """Tell what an own cell raised."""
    try:
        yield
    except (TypeError, ValueError, RuntimeError, IndexError) as error:
        raise TypeError(
            _OWN_CELL.format(name=name, reason=f"here it raised {type(error).__name__}: {error}")
        ) from error


def _check_shape(part, name):
    if part.ndim < 2 or part.shape[-2] != _ROWS:
        reason = (
            f"its state holds a tensor of shape {tuple(part.shape)} after a batch of {_ROWS}, but "
            "(..., batch, hidden) is expected, as a row is set to zero where a text begins"
        )
        raise ValueError(_OWN_CELL.format(name=name, reason=reason))


def _compare(states, expected, name, reason):
    if not torch.allclose(states, expected, rtol=1e-3, atol=1e-4):
        raise ValueError(_OWN_CELL.format(name=name, reason=reason))
