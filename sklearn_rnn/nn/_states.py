"""What recurrent layers carry from one stretch of steps to the next."""

from collections.abc import Callable
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

__all__ = ["begin_anew", "check_carrying", "choose_rows", "map_state"]

# How many rows a cell of the user's own is tried with.
_ROWS = 3
_OWN_CELL = (
    "the cell {name} has to be called like torch.nn.LSTM with a state too, since its state is "
    "carried {along}: states, state = cell(steps, state), where None begins anew; "
    "{reason}{way_out}."
)


def map_state(function: Callable[..., Tensor], state, *others):
    """Apply a function to every tensor of what layers carry, and to those in the same places."""
    if isinstance(state, Tensor):
        return function(state, *others)
    if isinstance(state, tuple | list):
        make = getattr(state, "_make", type(state))  # a NamedTuple takes its fields one by one
        return make(map_state(function, *parts) for parts in zip(state, *others, strict=True))
    return state


def begin_anew(state, fresh: Tensor):
    """Let the rows ``fresh`` ``(batch,)`` of what layers carry be zero, as at a beginning.

    The tensors are ``(..., batch, hidden)``.
    """
    kept = ~fresh[:, None]
    return map_state(lambda part: part * kept, state)


def choose_rows(rows: Tensor, state, other):
    """Give what layers carry: in the rows ``rows`` ``(batch,)`` the one state, else the other."""
    return map_state(lambda *parts: torch.where(rows[:, None], *parts), state, other)


@torch.no_grad()
def check_carrying(
    layer: nn.Module, name: str, input_size: int, along: str = "along the text", way_out: str = ""
) -> None:
    """Run a tiny batch in one go, in two, and with a row that begins anew; compare the states.

    Parameters
    ----------
    layer : Module
        A cell of the user's own.
    name : str
        How errors call it.
    input_size : int
        Features of a step.
    along : str
        Along what its state is carried, in the words of an error.
    way_out : str
        What else can be done, with what sets it off from the reason.

    Raises
    ------
    TypeError or ValueError
        If it does not carry its state as torch's layers do.
    """
    say = partial(_complaint, name, along, way_out)
    weight = next(iter(layer.parameters()), torch.empty(0, dtype=torch.float32))
    steps = torch.linspace(-1, 1, _ROWS * 4 * input_size, dtype=torch.float32)
    steps = steps.view(_ROWS, 4, input_size).to(weight)
    fresh = torch.arange(_ROWS, device=weight.device) == 0
    mode = layer.training
    layer.eval()
    with _calling(say):
        whole, _ = layer(steps)
        first, state = layer(steps[:, :2])
    map_state(lambda part: _check_shape(part, say), state)
    with _calling(say):
        second, _ = layer(steps[:, 2:], state)
        again, _ = layer(steps, map_state(torch.zeros_like, state))
        renewed, _ = layer(steps[:, 2:], begin_anew(state, fresh))
        alone, _ = layer(steps[fresh, 2:])
    layer.train(mode)
    halves, anew = torch.cat([first, second], 1), torch.cat([alone, second[~fresh]])
    _compare(halves, whole, say, "run in two halves it gives other states than in one go")
    _compare(again, whole, say, "a state of zeros gives other states than None")
    _compare(renewed, anew, say, "a row of zeros in its state does not begin anew, or others do")


def _complaint(name, along, way_out, reason):
    """Word what is wrong with a cell."""
    return _OWN_CELL.format(name=name, along=along, reason=reason, way_out=way_out)


@contextmanager
def _calling(say):
    """Tell what an own cell raised."""
    try:
        yield
    except (TypeError, ValueError, RuntimeError, IndexError) as error:
        raise TypeError(say(f"here it raised {type(error).__name__}: {error}")) from error


def _check_shape(part, say):
    if part.ndim < 2 or part.shape[-2] != _ROWS:
        raise ValueError(
            say(
                f"its state holds a tensor of shape {tuple(part.shape)} after a batch of {_ROWS}, "
                "but (..., batch, hidden) is expected, as a row is set to zero where a text begins"
            )
        )


def _compare(states, expected, say, reason):
    if not torch.allclose(states, expected, rtol=1e-3, atol=1e-4):
        raise ValueError(say(reason))
