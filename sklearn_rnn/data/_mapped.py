"""Arrays in files: larger than memory, read by the page."""

import errno
import mmap
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np

__all__ = ["MappedWriter", "blocks", "is_memory_mapped", "map_blocks", "rows_of_table"]

# Rows, of arrays that are as long as all steps together, that are in memory at a time.
_BLOCK = 1 << 18


def is_memory_mapped(array: np.ndarray | None) -> bool:
    """Tell whether an array lies in a memory-mapped file, or is a view of one that does."""
    while array is not None:
        if isinstance(array, mmap.mmap):  # a copy of a numpy.memmap is one, too, but has none
            return True
        array = getattr(array, "base", None)
    return False


class MappedWriter:
    """Writes rows to a file that has no name, and gives them as one memory-mapped array.

    The file goes with the writer, or its ``close()``, and the last array that shows it; at the
    latest with the process, however that ends. It lies where ``tempfile.gettempdir`` says.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn.data import MappedWriter
    >>> writer = MappedWriter()
    >>> writer.add(np.array([1, 2]))
    >>> writer.add(np.array([0.5]))  # as numpy.concatenate would join them
    >>> writer.array()
    memmap([1. , 2. , 0.5])
    """

    def __init__(self):
        self._file, self.close = None, None
        self._begin()
        self._dtype, self._row, self._n = None, (), 0

    def _begin(self):
        self._file = tempfile.TemporaryFile(prefix="sklearn_rnn-")  # noqa: SIM115
        self.close = weakref.finalize(self, _close, self._file)  # what maps it needs it no more

    def add(self, rows: np.ndarray) -> None:
        """Write rows, all of one shape; a wider type than before widens what was written."""
        if self._dtype is None:
            self._dtype, self._row = rows.dtype, rows.shape[1:]
        dtype = np.result_type(self._dtype, rows.dtype)
        if dtype != self._dtype:
            self._widen(dtype)
        with _naming_folder():
            self._file.write(np.ascontiguousarray(rows, dtype=dtype))
        self._n += len(rows)

    def array(self) -> np.ndarray:
        """Give all rows, read-only; without any, they are an array in memory."""
        shape = (self._n, *self._row)
        if self._n == 0 or 0 in self._row:
            return np.empty(shape, dtype=self._dtype)
        with _naming_folder():
            self._file.flush()
        return np.memmap(self._file, dtype=self._dtype, mode="r", shape=shape)

    def _widen(self, dtype):
        narrow, close_narrow = self.array(), self.close
        self._begin()
        self._dtype, self._n = dtype, 0
        for block in blocks(narrow):
            self.add(block)
        close_narrow()


def _close(file):
    with suppress(OSError):  # where there was no space for what is left to write
        file.close()


@contextmanager
def _naming_folder():
    """Say where there is no space, and how to choose another place."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OSError(
            error.errno,
            f"no space is left in {tempfile.gettempdir()!r} for a temporary file of steps or "
            "texts: set the environment variable TMPDIR to a folder on a larger disc",
        ) from error


def map_blocks(function, array: np.ndarray) -> np.ndarray:
    """Apply a function of rows to an array; what is made of a mapped one is mapped, too.

    Parameters
    ----------
    function : callable
        Gives one row for each.
    array : ndarray of shape (n, ...)

    Returns
    -------
    ndarray of shape (n, ...)
    """
    if not is_memory_mapped(array):
        return function(array)
    writer = MappedWriter()
    for block in blocks(array):
        writer.add(function(block))
    return writer.array()


def blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    """Give the rows of an array, so many at a time that they fit into memory."""
    for begin in range(0, len(array), _BLOCK):
        yield array[begin : begin + _BLOCK]


def rows_of_table(table: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Look numbers up in a table: mapped where the numbers are."""
    return map_blocks(table.__getitem__, numbers)
