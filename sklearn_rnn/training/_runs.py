"""Runs of neighbouring rows, cut from a flat array."""

import torch
from torch import Tensor

from sklearn_rnn.nn import to_device

__all__ = ["cut_runs"]


def cut_runs(
    flat: Tensor, first: Tensor, n: int, begin: Tensor, end: Tensor
) -> tuple[Tensor, Tensor | None]:
    """Cut ``n`` rows from ``first`` on, for each of a batch.

    Parameters
    ----------
    flat : Tensor of shape (rows, ...)
    first : Tensor of shape (batch,), int64, on the CPU
        Where the runs begin; they may reach beyond ``begin`` and ``end``.
    n : int
    begin, end : Tensor of shape (batch,), int64, on the CPU
        The rows that a run may read, ``end`` excluded.

    Returns
    -------
    runs : Tensor of shape (batch, n, ...)
        Rows beyond ``begin`` and ``end`` hold anything.
    real : Tensor of shape (batch, n), bool, or None
        Which rows are within; None means all.
    """
    if bool(((first >= begin) & (first + n <= end)).all()):
        # Rows of a view are copied as a whole, which is far faster than by an index of each step.
        runs = flat.unfold(0, n, 1).index_select(0, to_device(first, flat.device))
        return (runs if flat.ndim == 1 else runs.transpose(1, -1)), None
    index = first[:, None] + torch.arange(n)
    real = (index >= begin[:, None]) & (index < end[:, None])
    index = to_device(torch.where(real, index, 0), flat.device)
    runs = flat.index_select(0, index.view(-1)).view(*index.shape, *flat.shape[1:])
    return runs, to_device(real, flat.device)
