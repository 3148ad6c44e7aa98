"""The recurrent stack that every network of the library stands on."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from sklearn_rnn.nn._cells import build_cell, check_gates, fill_gate_biases
from sklearn_rnn.nn._dropout import SeededDropout, drop
from sklearn_rnn.nn._layer_runs import cut_gradient, cut_time, run_layer
from sklearn_rnn.nn._masking import first_step, flip_index, last_step, permute_steps
from sklearn_rnn.nn._states import check_carrying, choose_rows, map_state

__all__ = ["LONG_READ", "RecurrentStack"]

# Prediction reads longer sequences, each of which is a batch of its own, so many steps at a time.
LONG_READ = 1 << 12


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
        What the weights are at the start: as :func:`build_cell` draws them, or the same with
        biases of the gates by which units remember over times of all lengths up to ``longest``,
        for cells that have some.
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

    See Also
    --------
    build_cell : Builds one layer in one direction.
    LastPooling, AttentionPooling : Make one vector of the states.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import RecurrentStack
    >>> generator = torch.Generator().manual_seed(0)
    >>> stack = RecurrentStack(3, 8, cell="gru", bidirectional=True, generator=generator)
    >>> steps, lengths = torch.zeros(2, 5, 3), torch.tensor([5, 2])
    >>> stack(steps, lengths).shape, stack.last(steps, lengths).shape
    (torch.Size([2, 5, 16]), torch.Size([2, 16]))
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
        self.n_directions, self._input_size = n_directions, input_size
        self._own_cell = None if isinstance(cell, str) else getattr(cell, "__name__", repr(cell))
        self.tbptt, self.recompute = None, False

    @property
    def reads_in_parts(self) -> bool:
        """Whether the cell is known to carry a state from one part of a sequence to the next."""
        return self._own_cell is None

    def check_carrying(self, way_out: str = "") -> None:
        """Raise an error for a cell of the user's own that does not carry a state.

        Parameters
        ----------
        way_out : str, default=""
            What ends its message.
        """
        if not self.reads_in_parts:
            layer, along = self.layers[0][0], "from stretch to stretch"
            check_carrying(layer, self._own_cell, self._input_size, along, way_out)

    def train_by_stretches(self, tbptt: int | None = None, recompute: bool = False) -> None:
        """Say how training goes back through time; states stay the same, and so do weights.

        Parameters
        ----------
        tbptt : int or None, default=None
            Every so many steps the state is carried on but the gradient does not flow back
            (truncated backpropagation through time: Williams and Peng, "An Efficient
            Gradient-Based Algorithm for On-Line Training of Recurrent Network Trajectories",
            1990). A backward direction counts in its own order. What is left over at the end of
            a sequence, less than ``tbptt`` steps, belongs to the stretch before it, so that
            sequences of less than twice ``tbptt`` steps are not cut. None means that the
            gradient flows through all steps.
        recompute : bool, default=False
            Whether what the gradient needs of the steps is computed again, in pieces of about
            the square root of their number, instead of being kept (Chen et al., "Training Deep
            Nets with Sublinear Memory Cost", 2016; Gruslys et al., "Memory-Efficient
            Backpropagation Through Time", 2016).

        Raises
        ------
        TypeError or ValueError
            If a cell of the user's own does not carry its state as torch's layers do.
        """
        if tbptt is not None or recompute:
            self.check_carrying("; or leave tbptt at None and recompute at False")
        self.tbptt, self.recompute = tbptt, recompute

    def forward(self, steps: Tensor, lengths: Tensor | None) -> Tensor:
        """Give the states of the top layer.

        Parameters
        ----------
        steps : Tensor of shape (batch, time, input_size)
            Right-padded.
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row.

        Returns
        -------
        Tensor of shape (batch, time, output_size)
            The states after each step, those of the backward direction behind the others.
        """
        flipped = self._flip_index(steps, lengths)
        for i in range(len(self.layers)):
            steps = self._run(i, steps, lengths, flipped)
        return steps

    def all_layers(self, steps: Tensor, lengths: Tensor | None) -> list[Tensor]:
        """Give what ``forward`` does for every layer.

        Parameters
        ----------
        steps : Tensor of shape (batch, time, input_size)
            Right-padded.
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row.

        Returns
        -------
        list of Tensors of shape (batch, time, output_size)
            The states of each layer, the lowest first.
        """
        flipped, states = self._flip_index(steps, lengths), []
        for i in range(len(self.layers)):
            steps = self._run(i, steps, lengths, flipped)
            states.append(steps)
        return states

    def last(self, steps: Tensor, lengths: Tensor | None) -> Tensor:
        """Give the state after the whole sequence, in each direction.

        That is ``LastPooling`` of ``forward``, but the backward states of the top layer are not
        flipped back, since only the last one is wanted; and training by stretches keeps no states
        of all steps, in one direction or where one layer reads in both.

        Parameters
        ----------
        steps : Tensor of shape (batch, time, input_size)
            Right-padded.
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row.

        Returns
        -------
        Tensor of shape (batch, output_size)
            One vector a sequence.
        """
        flipped, top = self._flip_index(steps, lengths), len(self.layers) - 1
        if (self.n_directions == 1 or top == 0) and self._goes_by_stretches(steps.shape[1]):
            reads = [steps, *(_flip(steps, flipped) for _ in range(1, self.n_directions))]
            found = [self._last_by_stretches(part, lengths, i) for i, part in enumerate(reads)]
            return torch.cat(found, dim=-1)
        for i in range(top):
            steps = self._run(i, steps, lengths, flipped)
        read = self.dropout(steps) if top else steps
        inputs = (read, _flip(read, flipped)) if self.n_directions == 2 else (read,)
        states = [
            last_step(self._run_direction(layer, part, lengths), lengths)
            for layer, part in zip(self.layers[top], inputs, strict=True)
        ]
        if self._adds_input[top]:
            halves = steps.chunk(len(states), dim=-1)
            added = [last_step(halves[0], lengths), *map(first_step, halves[1:])]
            states = [state + part for state, part in zip(states, added, strict=True)]
        return torch.cat(states, dim=-1)

    def run_stretch(
        self, steps: Tensor, carried: list | None, masks: list | None = None, direction: int = 0
    ) -> tuple[Tensor, list]:
        """Run all layers over a stretch, in one direction.

        Parameters
        ----------
        steps : Tensor of shape (batch, time, features)
            In the order in which that direction reads.
        carried : list or None
            What the stretch before gave beside its states; None at the beginning.
        masks : list of Tensor or None, default=None
            What is dropped of the input of each layer; None means nothing.
        direction : int, default=0
            1 runs the backward direction, of a single layer.

        Returns
        -------
        states : Tensor of shape (batch, time, hidden)
            Those of the top layer.
        carried : list
            What each layer carries on.
        """
        after = []
        for i, layers in enumerate(self.layers):
            read = steps if masks is None else drop(steps, masks[i])
            states, state = run_layer(
                layers[direction], read, None if carried is None else carried[i]
            )
            if self._adds_input[i]:
                states = states + steps.chunk(self.n_directions, dim=-1)[direction]
            steps = states
            after.append(state)
        return steps, after

    def _run(self, i, steps, lengths, flipped):
        """Run layer ``i`` with the dropout before it and the way around it."""
        read = self.dropout(steps) if i else steps
        ahead, *back = self.layers[i]
        states = self._run_direction(ahead, read, lengths)
        for layer in back:
            found = self._run_direction(layer, _flip(read, flipped), lengths)
            states = torch.cat([states, _flip(found, flipped)], dim=-1)
        return states + steps if self._adds_input[i] else states

    def _run_direction(self, layer, steps, lengths):
        """Run one layer in one direction: ``(batch, time, features) -> (batch, time, hidden)``."""
        time, tbptt, recompute = steps.shape[1], self._cut_every(steps.shape[1]), self.recompute
        if torch.is_grad_enabled():
            sizes = cut_time(time, tbptt, finely=recompute)
        else:  # long recordings would need a workspace of all their steps
            sizes, tbptt = cut_time(time, LONG_READ if self.reads_in_parts else None), None
        if len(sizes) == 1 and not recompute:
            return run_layer(layer, steps)[0]
        parts, start, state = [], 0, None
        for part in steps.split(sizes, dim=1):
            if tbptt is not None and start and start % tbptt == 0:
                state = cut_gradient(state, start, tbptt, lengths, time)
            states, state = self._call(run_layer, layer, part, state)
            parts.append(states)
            start += part.shape[1]
        return torch.cat(parts, dim=1)

    def _call(self, function, *args):
        """Call a function whose inner values are computed again in the backward pass, if asked."""
        if not (self.recompute and torch.is_grad_enabled()):
            return function(*args)
        # Our own dropout is drawn outside. A cell of the user's own may draw from torch's
        # generator, and has to draw the same again.
        again = self._own_cell is not None
        return checkpoint(function, *args, use_reentrant=False, preserve_rng_state=again)

    def _goes_by_stretches(self, time):
        cut = self._cut_every(time) is not None
        return torch.is_grad_enabled() and (cut or self.recompute)

    def _cut_every(self, time):
        """Give ``tbptt``, or None where a batch of ``time`` steps is not cut."""
        return None if self.tbptt is None or time < 2 * self.tbptt else self.tbptt

    def _last_by_stretches(self, steps, lengths, direction):
        """Give the last states in one direction, all layers run over one stretch at a time."""
        masks, carried = self._draw_masks(steps), None
        if self._cut_every(steps.shape[1]) is not None:
            steps, lengths, carried = self._skip(steps, lengths, masks, direction)
        last, start = None, 0
        for part in steps.split(cut_time(steps.shape[1], None, finely=self.recompute), dim=1):
            here = None if lengths is None else (lengths - start).clamp(1, part.shape[1])
            found, carried = self._call(self._run_to, part, carried, masks, direction, here)
            if last is not None and lengths is not None:
                found = torch.where((lengths > start)[:, None], found, last)
            last, start = found, start + part.shape[1]
        return last

    def _run_to(self, steps, carried, masks, direction, lengths):
        """Run a stretch; give its last states, and what is carried on."""
        states, carried = self.run_stretch(steps, carried, masks, direction)
        return last_step(states, lengths), carried

    def _draw_masks(self, steps):
        """Draw what is dropped between layers, as ``forward`` would."""
        shape = (len(steps), 1, self.output_size)
        return [None, *(self.dropout.draw(shape, steps) for _ in self.layers[1:])]

    def _skip(self, steps, lengths, masks, direction):
        """Read what is before the last stretch of each sequence, of which no gradient is wanted.

        Gives the steps of the last stretches, their lengths, and what is carried into them.
        """
        time, tbptt = steps.shape[1], self.tbptt
        borders = (time // tbptt - 1) * tbptt
        start = None if lengths is None else (lengths // tbptt - 1).clamp(min=0) * tbptt
        carried = kept = None
        with torch.no_grad():
            for i, part in enumerate(steps[:, :borders].split(tbptt, dim=1), start=1):
                _, carried = self.run_stretch(part, carried, masks, direction)
                if start is None:
                    kept = carried
                    continue
                kept = map_state(torch.zeros_like, carried) if kept is None else kept
                kept = choose_rows(start == i * tbptt, carried, kept)
        if lengths is None:
            return steps[:, borders:], None, kept
        index = start[:, None] + torch.arange(min(2 * tbptt - 1, time), device=steps.device)
        index = index.clamp(max=time - 1)[..., None].expand(-1, -1, steps.shape[2])
        return steps.gather(1, index), lengths - start, kept

    def _flip_index(self, steps, lengths):
        """Give the index that serves every layer, there and back; None for a plain flip."""
        if lengths is None or self.n_directions == 1:
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


def _flip(steps, index):
    return steps.flip(1) if index is None else permute_steps(steps, index)
