"""Errors and warnings of the library."""

__all__ = ["DivergenceError", "ModelFileError", "OtherProcessError"]


class DivergenceError(RuntimeError):
    """Training diverged: the loss of a batch became NaN or infinite.

    The message names the epoch, the batch, the learning rate and what to try.

    See Also
    --------
    sklearn_rnn.inspection.gradient_flow : Tells whether gradients explode over time.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import RNNRegressor
    >>> from sklearn_rnn.exceptions import DivergenceError
    >>> model = RNNRegressor(hidden_size=4, lr=1e30, max_epochs=3, random_state=0)
    >>> try:
    ...     model.fit(np.ones((20, 3)), np.arange(20))
    ... except DivergenceError:
    ...     print("a smaller learning rate")
    a smaller learning rate
    """


class ModelFileError(ValueError):
    """A file is no model or checkpoint of this library, or is no longer as it was written.

    The message names the file, or the place in it, and what was expected there.

    See Also
    --------
    sklearn_rnn.load : Raises it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_rnn import load
    >>> from sklearn_rnn.exceptions import ModelFileError
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "notes.txt"
    ...     size = path.write_text("no model")
    ...     try:
    ...         load(path)
    ...     except ModelFileError:
    ...         print("not a file that save has written")
    not a file that save has written
    """


class OtherProcessError(RuntimeError):
    """Another of the processes that train one network failed, so that this one stops too.

    The message names the process, whose own error tells what happened; or it says that one is gone.

    See Also
    --------
    DivergenceError : A failure of the training itself.

    Examples
    --------
    Its type tells the process that failed from those that stopped because of it:

    >>> from sklearn_rnn.exceptions import OtherProcessError
    >>> try:
    ...     raise OtherProcessError("process 1 of 2 failed; see its own error.")
    ... except OtherProcessError:
    ...     print("the cause is in the log of another process")
    the cause is in the log of another process
    """
