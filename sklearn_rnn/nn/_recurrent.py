"""The recurrent stack that every network of the library stands on."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._cells import build_cell
from sklearn_rnn.nn._dropout import SeededDropout
from sklearn_rnn.nn._masking import flip_index, last_step, permute_steps

__all__ = ["RecurrentStack"]

# On a CPU the training workspace of torch's LSTM takes so many bytes a step and hidden unit. Once
# it passes 32 MB, the C library maps and unmaps it at every call, and page faults take half the
# time: long batches are therefore run in chunks of time with carried state, which is the same
# function.
_STEP_BYTES = 64
_WORKSPACE_BYTES = 24 << 20


class RecurrentStack(nn.Module):
    """Layers of recurrent cells over right-padded batches.

    The backward direction reads each sequence flipped within its own length, so padding never
    comes before a real step.

    Parameters
    ----------
    input_size : int
        Features of a step.
    hidden_size : int
        Units of a layer in one direction.
    cell : str or callable, default="lstm"
        See :func:`sklearn_rnn.nn.build_cell`.
    num_layers : int, default=1
        How many layers stand on each other.
    bidirectional : bool, default=False
        Whether each layer reads in both directions.
    dropout : float, default=0.0
        Dropout between layers.
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    output_size : int
        ``hidden_size``, twice that if bidirectional.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        cell: str | Callable[..., nn.Module] = "lstm",
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        generator: torch.Generator,
    ):
        super().__init__()
        n_directions = 2 if bidirectional else 1
        self.output_size = n_directions * hidden_size
        sizes = [input_size] + [self.output_size] * (num_layers - 1)
        self.layers = nn.ModuleList(
            nn.ModuleList(
                build_cell(cell, size, hidden_size, generator=generator)
                for _ in range(n_directions)
            )
            for size in sizes
        )
        self.dropout = SeededDropout(dropout, shared_over_time=True)

    def forward(self, steps: Tensor, lengths: Tensor | None) -> Tensor:
        """``(batch, time, features) -> (batch, time, output_size)``.

        ``lengths`` is ``(batch,)``, int64, or None where every sequence fills its row.
        """
        flipped = self._flip_index(steps, lengths)
        for i, directions in enumerate(self.layers):
            if i:
                steps = self.dropout(steps)
            steps = _run_directions(directions, steps, flipped)
        return steps

    def last(self, steps: Tensor, lengths: Tensor | None) -> Tensor:
        """Give the state after the whole sequence, in each direction: ``(batch, output_size)``.

        That is ``LastPooling`` of ``forward``, but the backward states of the top layer are not
        flipped back, since only the last one is wanted.
        """
        flipped = self._flip_index(steps, lengths)
        for directions in self.layers[:-1]:
            steps = self.dropout(_run_directions(directions, steps, flipped))
        inputs = (steps, _flip(steps, flipped)) if len(self.layers[-1]) == 2 else (steps,)
        states = [
            last_step(_run_layer(layer, part), lengths)
            for layer, part in zip(self.layers[-1], inputs, strict=True)
        ]
        return torch.cat(states, dim=-1)

    def _flip_index(self, steps, lengths):
        """Give the index that serves every layer, there and back; None for a plain flip."""
        if lengths is None or len(self.layers[0]) == 1:
            return None
        return flip_index(lengths, steps.shape[1])


def _run_directions(directions, steps, flipped):
    """Run one layer; ``flipped`` is the index of the backward direction, None a plain flip."""
    states = [_run_layer(directions[0], steps)]
    if len(directions) == 2:
        states.append(_flip(_run_layer(directions[1], _flip(steps, flipped)), flipped))
    return torch.cat(states, dim=-1) if len(states) == 2 else states[0]


def _flip(steps, index):
    return steps.flip(1) if index is None else permute_steps(steps, index)


def _run_layer(layer, steps):
    """Run one layer in one direction; ``(batch, time, features) -> (batch, time, hidden)``."""
    trains = torch.is_grad_enabled() and steps.device.type == "cpu"
    if not (trains and isinstance(layer, nn.LSTM)):
        return layer(steps)[0]
    batch, time, _ = steps.shape
    chunk = max(1, _WORKSPACE_BYTES // (_STEP_BYTES * batch * layer.hidden_size))
    if chunk >= time:
        return layer(steps)[0]
    parts, carried = [], None
    for part in steps.split(-(-time // -(-time // chunk)), dim=1):
        states, carried = layer(part, carried)
        parts.append(states)
    return torch.cat(parts, dim=1)
