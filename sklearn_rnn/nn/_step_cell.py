"""What cells that run step by step, with gradients written by hand, have in common."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from sklearn_rnn.nn._first_order import CELL_OF_TORCH, first_order
from sklearn_rnn.nn._initial_weights import fill_matrices

__all__ = [
    "StepCell",
    "add_product",
    "bend",
    "collect_gradients",
    "gather_weight_gradient",
    "open_states",
    "run_steps",
    "slopes_of_lstm",
]


class StepCell(nn.Module):
    """The parameters of one layer in one direction, and how a batch goes through it.

    A cell says ``n_gates`` and ``n_carried``, the number of tensors of its state, and how
    ``_run(gates, *state)`` gets from what the gates read of the input, ``(time, batch, n_gates *
    hidden)``, which it may overwrite, and from a state of ``(batch, hidden)`` each, to the states
    ``(time, batch, hidden)`` and the last state. A state of zeros is the beginning.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of a step, and units.
    batch_first : bool, default=False
        Whether steps are ``(batch, time, features)`` rather than ``(time, batch, features)``.
    device, dtype
        As torch takes them. The weights are drawn from torch's generator, but not on "meta".
    """

    n_gates = 1
    n_carried = 1

    def __init__(self, input_size, hidden_size, batch_first=False, device=None, dtype=None):
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        self.batch_first = batch_first
        rows, self._options = self.n_gates * hidden_size, {"device": device, "dtype": dtype}
        self.weight_ih_l0 = self._parameter(rows, input_size)
        self.weight_hh_l0 = self._parameter(*self._recurrent_shape())
        self.bias_ih_l0 = self._parameter(rows)
        self.bias_hh_l0 = self._parameter(rows)
        self._add_parameters()
        del self._options
        if not self.weight_ih_l0.is_meta:
            self.fill(None)

    def forward(self, steps: Tensor, state=None) -> tuple:
        """Run over steps; give all states, and the last one as it is carried on.

        Parameters
        ----------
        steps : Tensor of shape (batch, time, features) or (time, batch, features)
            As ``batch_first`` says.
        state : Tensor of shape (1, batch, hidden), tuple of such, or None, default=None
            What an earlier call has carried on; None begins anew, as zeros do.

        Returns
        -------
        states : Tensor of shape (batch, time, hidden) or (time, batch, hidden)
            The state after each step.
        carried : Tensor of shape (1, batch, hidden), or tuple of such
            What the next call takes as ``state``, laid out as torch's layers do.
        """
        steps = steps.transpose(0, 1) if self.batch_first else steps
        found = self._run(self._read(steps), *self._begin(steps, state))
        states, carried = found[0], tuple(part[None] for part in found[1:])
        states = states.transpose(0, 1) if self.batch_first else states
        return states, carried if self.n_carried > 1 else carried[0]

    @torch.no_grad()
    def fill(self, generator: torch.Generator | None) -> None:
        """Draw the weights, as those of torch's layers are drawn.

        Parameters
        ----------
        generator : torch.Generator or None
            What the weights are drawn from; None means torch's own.
        """
        fill_matrices(self, generator)

    def extra_repr(self) -> str:
        """What torch prints between the brackets."""
        return f"{self.input_size}, {self.hidden_size}, batch_first={self.batch_first}"

    def _parameter(self, *shape):
        return nn.Parameter(torch.empty(shape, **self._options))

    def _recurrent_shape(self):
        return self.n_gates * self.hidden_size, self.hidden_size

    def _add_parameters(self):
        """Add what the cell has beside two weights and two biases."""

    def _begin(self, steps, state):
        dtype = self.weight_hh_l0.dtype
        if state is None:
            begin = steps.new_zeros(steps.shape[1], self.hidden_size, dtype=dtype)
            return [begin] * self.n_carried
        parts = state if self.n_carried > 1 else (state,)
        return [part[0].to(dtype) for part in parts]

    def _read(self, steps):
        """Give what the gates read of the input, all steps at once: ``(time, batch, gates)``."""
        return self._products(steps).add_(self.bias_ih_l0 + self.bias_hh_l0)

    def _products(self, steps):
        products = functional.linear(steps.contiguous(), self.weight_ih_l0)
        return products.to(self.weight_ih_l0.dtype)

    def _recurrent_weight(self):
        """Give the recurrent weight in the type of products, which is that of autocast."""
        weight = self.weight_hh_l0
        kind = weight.device.type
        is_half = torch.is_autocast_enabled(kind)
        return weight.to(torch.get_autocast_dtype(kind)) if is_half else weight


def run_steps(forward: Callable, backward: Callable, *tensors: Tensor) -> tuple:
    """Run the loop over steps of a cell, with gradients of its own.

    torch's engine would keep and go through several times as many small tensors as these loops
    need. Of what goes in, a weight in half precision makes its products half precise, too, but
    gates and states are not rounded: a gate that keeps for more than a few hundred steps would
    become one that keeps for ever.

    Parameters
    ----------
    forward : callable
        ``forward(*tensors)`` gives two tuples, what comes out and what ``backward`` needs.
    backward : callable
        ``backward(kept, *gradients)`` gives the gradients of the tensors.
    *tensors : Tensor
        What the gates read of the input among them may be overwritten: nothing else holds it.
    """
    return _Loop.apply(forward, backward, *tensors)


class _Loop(torch.autograd.Function):
    @staticmethod
    def forward(ctx, forward, backward, *tensors):
        found, kept = forward(*tensors)
        ctx.save_for_backward(*kept)
        ctx.run_back = backward
        return found

    @staticmethod
    @first_order(CELL_OF_TORCH)
    def backward(ctx, *gradients):
        return None, None, *ctx.run_back(ctx.saved_tensors, *gradients)


def open_states(beginning: Tensor, time: int) -> Tensor:
    """Give room for the states of all steps behind the first: ``(time + 1, batch, hidden)``."""
    states = beginning.new_empty(time + 1, *beginning.shape)
    states[0] = beginning
    return states


def collect_gradients(of_states: Tensor, of_last: Tensor) -> Tensor:
    """Give the gradients ``(time + 1, batch, hidden)`` by the first state and all others.

    What goes through the steps is still to be added, from the end to the beginning.
    """
    gradients = of_last.new_zeros(len(of_states) + 1, *of_last.shape)
    gradients[1:] = of_states
    gradients[-1] += of_last
    return gradients


def add_product(total: Tensor, rows: Tensor, weight: Tensor) -> None:
    """Add ``rows @ weight``, multiplied in the type of the weight."""
    if weight.dtype == total.dtype:
        total.addmm_(rows, weight)
    else:
        total.add_(torch.mm(rows.to(weight.dtype), weight))


def gather_weight_gradient(deltas: Tensor, before: Tensor, weight: Tensor) -> Tensor:
    """Give the gradient of a recurrent weight, all steps in one product.

    ``deltas`` ``(time, batch, gates)`` are the gradients by ``before @ weight.T``, where
    ``before`` is ``(time, batch, hidden)``.
    """
    deltas, before = (part.flatten(0, 1).to(weight.dtype) for part in (deltas, before))
    return torch.mm(deltas.T, before)


def bend(sigmoids: Tensor, out: Tensor | None = None) -> Tensor:
    """Give the slopes of sigmoids, from their values."""
    return torch.addcmul(sigmoids, sigmoids, sigmoids, value=-1, out=out)


def slopes_of_lstm(gates: Tensor, memories: Tensor, written: Tensor) -> tuple[Tensor, Tensor]:
    """Give slopes by what goes into the gates of an LSTM, and of the state by what it writes.

    Parameters
    ----------
    gates : Tensor of shape (time, batch, 4 * hidden)
        Their values, in torch's order: input, forget, cell, output.
    memories : Tensor of shape (time + 1, batch, hidden)
        The first one and those after each step.
    written : Tensor of shape (time, batch, hidden)
        The tanh in the state ``output * tanh(...)``, which is overwritten.

    Returns
    -------
    slopes : Tensor of shape (time, batch, 4 * hidden)
        The first three are those of the memory, the last one is that of the state.
    through : Tensor of shape (time, batch, hidden)
        The slope of the state by what is in the tanh.
    """
    read, forget, candidate, write = gates.chunk(4, dim=2)
    slopes = torch.empty_like(gates)
    of_read, of_forget, of_candidate, of_write = slopes.chunk(4, dim=2)
    bend(read, out=of_read).mul_(candidate)
    bend(forget, out=of_forget).mul_(memories[:-1])
    torch.mul(read, candidate, out=of_candidate)
    torch.addcmul(read, of_candidate, candidate, value=-1, out=of_candidate)
    bend(write, out=of_write).mul_(written)
    return slopes, torch.addcmul(write, write, written.square_(), value=-1)
