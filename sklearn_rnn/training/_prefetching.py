"""Batches that are made while the one before is computed with."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import nullcontext
from contextvars import copy_context
from functools import cache
from typing import TypeVar

import torch
from torch import Tensor

__all__ = ["load_ahead"]

T = TypeVar("T")


def load_ahead(loads: Iterable[Callable[[], T]], device: torch.device | str) -> Iterator[T]:
    """Call functions one after the other, in a thread, each while the result before is in use.

    On a GPU what they copy goes through a queue of its own, beside the computations.

    Parameters
    ----------
    loads : iterable of callables
        Each gives one batch. They are called in order, never two at once, and the next one is
        called before it is asked for: at most one result waits.
    device : torch.device or str
        Where the batches are.

    Yields
    ------
    object
        What the functions give, in their order.

    Raises
    ------
    BaseException
        What a function raises, when its turn comes: all batches before it are yielded first.

    Examples
    --------
    >>> from sklearn_rnn.training._prefetching import load_ahead
    >>> list(load_ahead((lambda i=i: i * i for i in range(4)), "cpu"))
    [0, 1, 4, 9]
    """
    queue = _CopyQueue(torch.device(device))
    context = copy_context()  # numpy's settings are those of the caller

    def run(load):
        with queue.entered():
            return context.run(load), queue.mark()

    loads = iter(loads)
    # Leaving the block, by Ctrl-C too, waits for the load that is running, at most one.
    with ThreadPoolExecutor(1, thread_name_prefix="load_ahead") as thread:
        waiting = _submit(thread, run, loads)
        try:
            while waiting is not None:
                batch, mark = waiting.result()
                waiting = _submit(thread, run, loads)
                queue.hand_over(batch, mark)
                yield batch
        finally:
            if waiting is not None:
                wait([waiting])
            queue.close()


def _submit(thread, run, loads):
    """Let the next function be called, if there is one."""
    for load in loads:
        return thread.submit(run, load)
    return None


class _CopyQueue:
    """A stream of a GPU for copies; on other devices nothing."""

    def __init__(self, device):
        self._device, self._stream = device, None
        if device.type == "cuda":
            index = torch.cuda.current_device() if device.index is None else device.index
            self._stream = _stream_for_copies(index)
            self._stream.wait_stream(torch.cuda.current_stream(device))  # tables on the device

    def entered(self):
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)

    def mark(self):
        """Note how far the copies of a batch are."""
        return None if self._stream is None else self._stream.record_event()

    def hand_over(self, batch, mark):
        """Let what is computed next wait for the copies of a batch, and the memory for it."""
        if self._stream is None:
            return
        current = torch.cuda.current_stream(self._device)
        current.wait_event(mark)
        for tensor in _tensors(batch):
            if tensor.is_cuda:
                tensor.record_stream(current)

    def close(self):
        """Let what is computed next wait for the copies of a batch that nobody takes.

        They read tables, whose memory may be given to others then.
        """
        if self._stream is not None:
            torch.cuda.current_stream(self._device).wait_stream(self._stream)


@cache
def _stream_for_copies(index):
    """Give the one stream of a GPU: memory that is free again serves none but the stream it had."""
    return torch.cuda.Stream(index)


def _tensors(value) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors(part)
