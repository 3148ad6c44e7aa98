"""The processes that train one network together, and how they come to an agreement."""

import signal
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

import torch
import torch.distributed
from torch import Tensor

from sklearn_rnn.exceptions import OtherProcessError

__all__ = ["Processes", "together"]

# A group whose messages go over the CPU, for each default group that has only one for GPUs.
_CPU_GROUPS = weakref.WeakKeyDictionary()
_ONE_FIT = threading.Lock()


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

    Attributes
    ----------
    is_over : bool
        Whether the fit is over: all are through, or one has told the others that it failed.

    Notes
    -----
    One that fails says so in ``agree``, where the others then are or will be next: so all stop
    together, and none waits for one that is gone. Each exchange begins with an ``agree``, and no
    Ctrl-C falls between the two.
    """

    _running = None  # those of the fit that goes on in this process

    def __init__(self, rank: int, size: int, cpu_group):
        self.rank, self.size, self.cpu_group = rank, size, cpu_group
        self.is_over = False
        self._sent = None

    @classmethod
    def joined(cls) -> "Processes":
        """Give those that ``torch.distributed.init_process_group`` has joined.

        Within ``together`` they are the ones that it was given.

        Raises
        ------
        ValueError
            If there is no such group.
        """
        if cls._running is not None:
            return cls._running
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
            If one of them has failed, or is gone.
        """
        with _uninterrupted():
            return self._agree(number)

    def count_others(self, number: float) -> int:
        """Tell how many processes have another number than the first one."""
        return int(self.agree(number != self.agree(number).first).total)

    def finish(self) -> None:
        """Wait until all are through.

        Raises
        ------
        OtherProcessError
            If one of them has failed, or is gone.
        """
        with _uninterrupted():
            self._agree(0.0)
            self.is_over = True
            self._leave()

    def give_up(self) -> None:
        """Tell the others that this process has failed, unless the fit is over."""
        with _uninterrupted():
            if not self.is_over:
                self.is_over = True
                with suppress(OtherProcessError):  # they are gone, and need not be told
                    self._exchange(True, 0.0)
            self._leave()

    def _leave(self):
        """Wait a moment until torch's own thread has let go of what was exchanged last.

        It needs the interpreter for that, and aborts a process whose interpreter ends meanwhile, as
        at the end of a script that has no more to do.
        """
        sent, self._sent = self._sent, None
        for _ in range(1000):
            time.sleep(1e-3)  # the interpreter is free for the others
            if sent is None or sent._use_count() <= 1:
                break
        time.sleep(1e-3)

    def _agree(self, number):
        first, total, *failed = self._exchange(False, number)
        if any(failed):
            self.is_over = True
            which = [str(rank) for rank, has_failed in enumerate(failed) if has_failed]
            many = len(which) > 1
            raise OtherProcessError(
                f"process{'es' * many} {', '.join(which)} of {self.size} stopped with an error of "
                f"{'their' if many else 'its'} own, which tells why; so this one, process "
                f"{self.rank}, stops too."
            )
        return Agreement(first, total)

    def _exchange(self, failed, number):
        mine = [number if self.is_first else 0, number, *[0] * self.size]
        mine[2 + self.rank] = failed
        sums = torch.tensor(mine, dtype=torch.float64)
        self._send(torch.distributed.all_reduce, sums, group=self.cpu_group)
        self._sent = sums
        return sums.tolist()

    def _send(self, exchange, numbers, **options):
        """Exchange numbers; whoever is gone, or does not answer in time, is told of in words."""
        try:
            exchange(numbers, **options)
        except RuntimeError as error:
            self.is_over = True
            raise OtherProcessError(
                f"process {self.rank} of {self.size} waited for another one that is gone, or did "
                "not answer in time; so it stops too. Every process has to make the same calls of "
                f"fit; what torch says of it: {error}"
            ) from error

    def share(self, rows: Tensor) -> Tensor:
        """Give the rows of a batch that this process computes.

        They are every ``size``-th row, so that lengths are shared out evenly; a batch of fewer rows
        than processes is computed by each of them.
        """
        return rows if len(rows) < self.size else rows[self.rank :: self.size]

    def sum(self, numbers: Tensor) -> Tensor:
        """Add up a tensor over all processes, in place."""
        with _uninterrupted():
            self._agree(0.0)
            self._send(torch.distributed.all_reduce, numbers)
        return numbers

    def copy_first(self, numbers: Tensor) -> None:
        """Fill a tensor with that of the first process."""
        with _uninterrupted():
            self._agree(0.0)
            self._send(torch.distributed.broadcast, numbers, src=0)

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
    """Let an error that one process meets stop all of them; None means that there is but one.

    Raises
    ------
    ValueError
        If this process is in such a fit already: what two of them say would be mixed up.
    OtherProcessError
        If another process has failed.
    """
    if processes is None:
        yield
        return
    if not _ONE_FIT.acquire(blocking=False):
        raise ValueError(
            'net_params={"distributed": True}, but this process is in the middle of another such '
            "fit: make them one after the other, in one thread, as n_jobs=1 does."
        )
    try:
        Processes._running = processes
        yield
        processes.finish()
    except BaseException:
        processes.give_up()
        raise
    finally:
        Processes._running = None
        _ONE_FIT.release()


@contextmanager
def _uninterrupted():
    """Let Ctrl-C wait until what the processes exchange is through."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield  # Ctrl-C does not come here, or ends the process
        return
    came = []
    signal.signal(signal.SIGINT, lambda *given: came.append(given))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            before(*came[0])


def _cpu_group():
    default = torch.distributed.group.WORLD
    if "cpu:gloo" in torch.distributed.get_backend_config(default):
        return default
    if default not in _CPU_GROUPS:
        _CPU_GROUPS[default] = torch.distributed.new_group(backend="gloo")
    return _CPU_GROUPS[default]
