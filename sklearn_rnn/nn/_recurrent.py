"""The recurrent stack that every network of the library stands on."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._cells import build_cell, check_gates, fill_gate_biases
from sklearn_rnn.nn._dropout import SeededDropout
from sklearn_rnn.nn._half_gru import reads_in_half_precision, run_gru
from sklearn_rnn.nn._masking import first_step, flip_index, last_step, permute_steps

__all__ = ["RecurrentStack", "split_for_workspace"]

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
    residual : bool, default=False
        Whether a layer adds its input to its states, wherever they are equally wide: all layers
        but the first, and that one too if ``input_size`` is ``output_size`` (He et al., "Deep
        Residual Learning for Image Recognition", 2016; Wu et al., "Google's Neural Machine
        Translation System", 2016, eq. 6). Dropout spares what is added.
    initialization : {"orthogonal", "chrono"}, default="orthogonal"
        What the weights are at the start: as :func:`fill_cell` draws them, or the same with the
        biases of the gates from :func:`fill_gate_biases`, for cells that have some.
    longest : int or None, default=None
        The length of the longest sequence, which "chrono" needs.
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    output_size : int
        ``hidden_size``, twice that if bidirectional.

    Raises
    ------
    ValueError
        If "chrono" comes without ``longest``, or for a cell without gates.
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
        residual: bool = False,
        initialization: str = "orthogonal",
        longest: int | None = None,
        generator: torch.Generator,
    ):
        super().__init__()
        _check_initialization(initialization, longest, cell)
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
        if initialization == "chrono":  # after all weights, which are those of "orthogonal"
            for directions in self.layers:
                for layer in directions:
                    fill_gate_biases(layer, longest, generator)
        self.dropout = SeededDropout(dropout, shared_over_time=True)
        self._adds_input = [residual and size == self.output_size for size in sizes]

    def forward(self, steps: Tensor, lengths: Tensor | None) -> Tensor:
        """``(batch, time, features) -> (batch, time, output_size)``.

        ``lengths`` is ``(batch,)``, int64, or None where every sequence fills its row.
        """
        return self.all_layers(steps, lengths)[-1]

    def all_layers(self, steps: Tensor, lengths: Tensor | None) -> list[Tensor]:
        """Give what ``forward`` does for every layer, the lowest first."""
        flipped, states = self._flip_index(steps, lengths), []
        for i in range(len(self.layers)):
            steps = self._run(i, steps, flipped)
            states.append(steps)
        return states

    def last(self, steps: Tensor, lengths: Tensor | None) -> Tensor:
        """Give the state after the whole sequence, in each direction: ``(batch, output_size)``.

        That is ``LastPooling`` of ``forward``, but the backward states of the top layer are not
        flipped back, since only the last one is wanted.
        """
        flipped, top = self._flip_index(steps, lengths), len(self.layers) - 1
        for i in range(top):
            steps = self._run(i, steps, flipped)
        read = self.dropout(steps) if top else steps
        inputs = (read, _flip(read, flipped)) if len(self.layers[top]) == 2 else (read,)
        states = [
            last_step(_run_layer(layer, part), lengths)
            for layer, part in zip(self.layers[top], inputs, strict=True)
        ]
        if self._adds_input[top]:
            halves = steps.chunk(len(states), dim=-1)
            added = [last_step(halves[0], lengths), *map(first_step, halves[1:])]
            states = [state + part for state, part in zip(states, added, strict=True)]
        return torch.cat(states, dim=-1)

    def _run(self, i, steps, flipped):
        """Run layer ``i`` with the dropout before it and the way around it."""
        states = _run_directions(self.layers[i], self.dropout(steps) if i else steps, flipped)
        return states + steps if self._adds_input[i] else states

    def _flip_index(self, steps, lengths):
        """Give the index that serves every layer, there and back; None for a plain flip."""
        if lengths is None or len(self.layers[0]) == 1:
            return None
        return flip_index(lengths, steps.shape[1])


def _check_initialization(initialization, longest, cell):
    if initialization not in ("orthogonal", "chrono"):
        raise ValueError(
            f"initialization must be 'orthogonal' or 'chrono', but it is {initialization!r}."
        )
    if initialization == "chrono":
        check_gates(cell)
        if longest is None:
            raise ValueError(
                "initialization='chrono' draws how long units remember, up to the length of the "
                "longest sequence, but longest is None; give that length."
            )


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
    if reads_in_half_precision(layer, steps):
        return run_gru(layer, steps)
    pieces = split_for_workspace(layer, steps)
    if len(pieces) == 1:
        return layer(steps)[0]
    parts, carried = [], None
    for part in pieces:
        states, carried = layer(part, carried)
        parts.append(states)
    return torch.cat(parts, dim=1)


def split_for_workspace(layer: nn.Module, steps: Tensor) -> tuple[Tensor, ...]:
    """Cut steps ``(batch, time, features)`` in time, where training on a CPU is faster so."""
    trains = torch.is_grad_enabled() and steps.device.type == "cpu"
    if not (trains and isinstance(layer, nn.LSTM)):
        return (steps,)
    batch, time, _ = steps.shape
    chunk = max(1, _WORKSPACE_BYTES // (_STEP_BYTES * batch * layer.hidden_size))
    return (steps,) if chunk >= time else steps.split(-(-time // -(-time // chunk)), dim=1)
