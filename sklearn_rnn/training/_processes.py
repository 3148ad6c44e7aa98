"""The processes that train one network together, and how they come to an agreement."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
import torch.distributed
from torch import Tensor

from sklearn_rnn.exceptions import OtherProcessError

__all__ = ["Processes", "together"]

# A group whose messages go over the CPU, for each default group that has only one for GPUs.
_CPU_GROUPS = weakref.WeakKeyDictionary()


class Agreement(NamedTuple):
    """What all processes know of numbers that each of them has: the first one's, and the sum."""

    first: float
    total: float


class Processes:
    """The processes of torch's default group, of which this is one.

    Parameters
    ----------
    rank : int
        Which one this is, from 0.
    size : int
        How many there are.
    cpu_group : torch.distributed.ProcessGroup
        What exchanges numbers on the CPU.

    Notes
    -----
    One that fails says so in ``agree``, where the others then are or will be next: so all stop
    together, and none waits for one that is gone.
    """

    def __init__(self, rank: int, size: int, cpu_group):
        self.rank, self.size, self.cpu_group = rank, size, cpu_group

    @classmethod
    def joined(cls) -> "Processes":
        """Give those that ``torch.distributed.init_process_group`` has joined.

        Raises
        ------
        ValueError
            If there is no such group.
        """
        if not torch.distributed.is_available() or not torch.distributed.is_initialized():
            raise ValueError(
                'net_params={"distributed": True}, but this process belongs to no group: start '
                "the script by torchrun, and call torch.distributed.init_process_group() before "
                "fit; or leave distributed out, to train in this process alone."
            )
        rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()
        return cls(rank, size, _cpu_group())

    @property
    def is_first(self) -> bool:
        """Whether this is the one that writes and prints."""
        return self.rank == 0

    def agree(self, number: float = 0.0) -> Agreement:
        """Wait for all, and tell each the number of the first one and the sum of all.

        Raises
        ------
        OtherProcessError
            If one of them has failed.
        """
        n_failed, which, first, total = self._exchange(False, number)
        if n_failed:
            raise OtherProcessError(
                f"process {which / n_failed:.0f} of {self.size} stopped with an error of its own, "
                f"which tells why; so this one, process {self.rank}, stops too."
            )
        return Agreement(first, total)

    def give_up(self) -> None:
        """Tell the others that this process has failed."""
        self._exchange(True, 0.0)

    def _exchange(self, failed, number):
        mine = [failed, self.rank if failed else 0, number if self.is_first else 0, number]
        sums = torch.tensor(mine, dtype=torch.float64)
        torch.distributed.all_reduce(sums, group=self.cpu_group)
        return sums.tolist()

    def share(self, rows: Tensor) -> Tensor:
        """Give the rows of a batch that this process computes.

        They are every ``size``-th row, so that lengths are shared out evenly; a batch of fewer rows
        than processes is computed by each of them.
        """
        return rows if len(rows) < self.size else rows[self.rank :: self.size]

    def sum(self, numbers: Tensor) -> Tensor:
        """Add up a tensor over all processes, in place."""
        torch.distributed.all_reduce(numbers)
        return numbers

    def copy_first(self, numbers: Tensor) -> None:
        """Fill a tensor with that of the first process."""
        torch.distributed.broadcast(numbers, src=0)

    def sum_with_gradient(self, numbers: Tensor) -> Tensor:
        """Add up a tensor over all processes, each of which has a gradient for the sum."""
        return _Sum.apply(numbers, self)


class _Sum(torch.autograd.Function):
    """What every process adds to is in every process's loss: so gradients are added up, too."""

    @staticmethod
    def forward(context, numbers, processes):
        context.processes = processes
        return processes.sum(numbers.clone())

    @staticmethod
    def backward(context, gradient):
        return context.processes.sum(gradient.clone()), None


@contextmanager
def together(processes: Processes | None) -> Iterator[None]:
    """Let an error that one process meets stop all of them; None means that there is but one."""
    try:
        yield
    except OtherProcessError:
        raise
    except BaseException:
        if processes is not None:
            processes.give_up()
        raise


def _cpu_group():
    default = torch.distributed.group.WORLD
    if "gloo" in torch.distributed.get_backend(default):
        return default
    if default not in _CPU_GROUPS:
        _CPU_GROUPS[default] = torch.distributed.new_group(backend="gloo")
    return _CPU_GROUPS[default]
