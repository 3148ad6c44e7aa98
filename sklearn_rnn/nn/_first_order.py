"""Gradients written by hand, which have no gradients of their own."""

from collections.abc import Callable
from functools import wraps

import torch

__all__ = ["CELL_OF_TORCH", "first_order"]

# The way out for the cells of the library.
CELL_OF_TORCH = "take one of torch's cells, such as 'lstm'"


def first_order(way_out: str) -> Callable:
    """Let the ``backward`` of a function refuse to be differentiated itself.

    torch's ``once_differentiable`` is silent where what comes in needs no gradient, as that of a
    sum: second derivatives would then be zero without a word.

    Parameters
    ----------
    way_out : str
        What has second derivatives, as a request.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import build_cell
    >>> cell = build_cell("mingru", 3, 8, generator=torch.Generator().manual_seed(0))
    >>> steps = torch.zeros(2, 5, 3, requires_grad=True)
    >>> torch.autograd.grad(cell(steps)[0].sum(), steps, create_graph=True)
    Traceback (most recent call last):
        ...
    RuntimeError: these gradients have no gradients: leave out create_graph=True, or take ...
    """

    def decorate(backward):
        @wraps(backward)
        def checked(context, *gradients):
            if torch.is_grad_enabled():
                raise RuntimeError(
                    f"these gradients have no gradients: leave out create_graph=True, or {way_out}."
                )
            return backward(context, *gradients)

        return checked

    return decorate
