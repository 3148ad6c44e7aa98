"""Errors and warnings of the library."""

__all__ = ["DivergenceError"]


class DivergenceError(RuntimeError):
    """Training diverged: the loss of a batch became NaN or infinite.

    The message names the epoch, the batch, the learning rate and what to try.
    """
