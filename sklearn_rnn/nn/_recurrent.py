"""The recurrent stack that every network of the library stands on."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._cells import build_cell
from sklearn_rnn.nn._dropout import SeededDropout
from sklearn_rnn.nn._masking import flip_within_lengths

__all__ = ["RecurrentStack"]


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
        for i, directions in enumerate(self.layers):
            if i:
                steps = self.dropout(steps)
            steps = _run_directions(directions, steps, lengths)
        return steps


def _run_directions(directions, steps, lengths):
    states = [directions[0](steps)[0]]
    if len(directions) == 2:
        flipped = directions[1](flip_within_lengths(steps, lengths))[0]
        states.append(flip_within_lengths(flipped, lengths))
    return torch.cat(states, dim=-1) if len(states) == 2 else states[0]
