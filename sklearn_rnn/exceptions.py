"""Errors and warnings of the library."""

__all__ = ["DivergenceError", "ModelFileError", "OtherProcessError"]


class DivergenceError(RuntimeError):
    """Training diverged: the loss of a batch became NaN or infinite.

    The message names the epoch, the batch, the learning rate and what to try.
    """


class ModelFileError(ValueError):
    """A file is no model or checkpoint of this library, or is no longer as it was written.

    The message names the file, or the place in it, and what was expected there.
    """


class OtherProcessError(RuntimeError):
    """Another of the processes that train one network failed, so that this one stops too.

    The message names the process, whose own error tells what happened; or it says that one is gone.
    """
