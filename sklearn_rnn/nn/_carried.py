"""Recurrent layers whose state is carried from one stretch of a stream to the next."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._cells import drops_recurrent_weights
from sklearn_rnn.nn._dropout import SeededModule
from sklearn_rnn.nn._layer_runs import run_layer
from sklearn_rnn.nn._recurrent import RecurrentStack
from sklearn_rnn.nn._states import check_carrying, map_state

__all__ = ["CarriedStack", "WeightDrop"]

# Masks are drawn a byte an entry, so that a probability is a multiple of 1/256; close to 0 or 1,
# where that would be coarse, four bytes an entry.
_COARSE, _FINE = torch.uint8, torch.int32
_CLOSE = 1 / 16


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
            check_carrying(self.layers[0][0], name, input_size)
        self.weight_drop = WeightDrop(weight_drop)

    def run(self, steps: Tensor, carried: list | None) -> tuple[Tensor, list]:
        """Run all layers over a stretch ``(batch, time, features)``.

        ``carried`` is what the last call gave beside the states, or None at the beginning.
        """
        after = []
        for i, (layer,) in enumerate(self.layers):
            read = self.dropout(steps) if i else steps
            steps, state = run_layer(
                layer, read, None if carried is None else carried[i], self.weight_drop(layer)
            )
            after.append(state)
        return steps, after

    def take_rows(self, carried: list, rows: Tensor) -> list:
        """Give what is carried on for some of the sequences, any number of times each."""
        return map_state(lambda part: part.index_select(-2, rows), carried)
