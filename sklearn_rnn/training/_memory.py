"""Memory of batches: kept from one to the next, and what to say when one does not fit."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["keep_freed_memory", "naming_batch"]

# glibc raises its threshold for blocks of up to 32 MiB, their header included.
_LARGEST_BLOCK = (32 << 20) - (64 << 10)

# How torch words it: on CUDA and MPS, on a CPU under Linux and Windows, in cuDNN and cuBLAS.
_SIGNS = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "Unable to allocate",
    "ALLOC_FAILED",
)
_WAYS_OUT = {
    "training": "Lower batch_size (now {batch_size}), hidden_size or num_layers, or cut the "
    "longest sequences: SequencePadder(max_length=...), or the window of a forecaster.",
    "prediction": "A batch of prediction is small whatever batch_size is, so one sequence is too "
    "long or the memory is taken otherwise: cut it with SequencePadder(max_length=...), predict "
    "fewer sequences at a time, or take a smaller network.",
    "least squares": "Lower the window, or leave least squares out: linear_share=0.",
}


def keep_freed_memory(device) -> None:
    """Let the C library keep what one batch frees for the next one.

    glibc hands what is free at the end of its heap back to the system, page by page, once that is
    twice as large as the largest block that was ever mapped and freed, or 128 kB; a batch whose
    tensors together are larger pays for every page anew, which may take half of its time. So a
    block of the largest size that counts is taken here and freed, untouched: from then on 64 MB
    are kept, in the whole process. It costs some microseconds, and changes nothing where memory
    comes from another library, or where thresholds were set by hand.

    Parameters
    ----------
    device : torch.device or str
        Where batches are computed; only a CPU takes its memory from the C library.
    """
    if torch.device(device).type == "cpu":
        torch.empty(_LARGEST_BLOCK, dtype=torch.uint8)


@contextmanager
def naming_batch(
    n_sequences: int,
    n_steps: int,
    device,
    *,
    batch_size: int | None = None,
    kind: str | None = None,
) -> Iterator[None]:
    """Say which batch did not fit if memory runs out, and what to lower.

    Parameters
    ----------
    n_sequences, n_steps : int
        The shape of the batch, padding included.
    device : torch.device
    batch_size : int or None, default=None
        That of training; None in prediction.
    kind : {"training", "prediction", "least squares"} or None, default=None
        What the batch is for; None means one of the first two.

    Raises
    ------
    MemoryError
        In place of what torch or numpy raise, which all have other types.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _tells_of_memory(error):
            raise
        kind = kind or ("prediction" if batch_size is None else "training")
        way_out = _WAYS_OUT[kind].format(batch_size=batch_size)
        cause = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise MemoryError(
            f"out of memory on {device}, in {kind}, at a batch of {n_sequences} sequences x "
            f"{n_steps} steps. {way_out} ({cause:.200})"
        ) from error


def _tells_of_memory(error):
    if isinstance(error, MemoryError):
        return not str(error).startswith("out of memory on")  # said already
    return any(sign.lower() in str(error).lower() for sign in _SIGNS)
