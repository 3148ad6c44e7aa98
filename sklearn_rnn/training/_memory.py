"""What to say when a batch does not fit into memory."""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["naming_batch"]

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
