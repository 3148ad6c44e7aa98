"""Data that are read a chunk at a time."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from sklearn_rnn.data._arrays import describe

__all__ = ["Chunks", "StoredData"]

_PAIR = "a chunk is a pair (X, y), or (X, y, sample_weight)"


class StoredData(NamedTuple):
    """All chunks as one: X, whose steps lie in a file, y, and the weights (None: all alike)."""

    X: Any
    y: Any
    sample_weight: Any


class Chunks:
    """More data than memory holds, read a chunk at a time: the row groups of a Parquet file.

    ``fit`` of :class:`RNNClassifier`, :class:`RNNRegressor` and :class:`RNNTagger` takes them for
    X. It reads each chunk once and writes its steps, numbers or texts, to a temporary file; then it
    trains on all of them, from that file. So it gives the very model that it gives for all data at
    once: what "auto" chooses, vocabularies, means, classes and the order of the sequences in
    training are those of all data, not of a chunk.

    Parameters
    ----------
    read : callable, or iterable that can be gone through again
        The chunks, from the first one each time that it is called or gone through: pairs (X, y) or
        triples (X, y, sample_weight), each as ``fit`` takes them. A generator is over after one
        time; give the function that makes it.

    Raises
    ------
    TypeError
        If ``read`` is neither.

    See Also
    --------
    Sequences : What the sequences of a chunk become, as those of any X.

    Notes
    -----
    Memory holds a chunk, a batch, the network and what there is of each sequence once: its label,
    its weight, its length. Labels of steps, which an ``RNNTagger`` learns, are in memory too,
    40 to 100 bytes each.

    The file has no name and is gone when ``fit`` ends, also by Ctrl-C, a signal or an error (which
    an interactive session keeps, and what it was about, until the next one). It
    takes as much disc as the steps have bytes, and for texts 8 bytes a token more. It lies in
    ``tempfile.gettempdir()``, which the environment variable ``TMPDIR`` sets; where that is a disc
    in memory, name another folder.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import Chunks, RNNClassifier
    >>> def read():
    ...     for begin in range(0, 40, 10):  # or the row groups of a file
    ...         y = np.arange(begin, begin + 10) % 2
    ...         yield [np.full((3 + i % 3, 1), label) for i, label in enumerate(y)], y
    >>> model = RNNClassifier(random_state=0).fit(Chunks(read))
    >>> [model.score(X, y) for X, y in read()]
    [1.0, 1.0, 1.0, 1.0]
    """

    def __init__(self, read: Callable[[], Iterable] | Iterable):
        if isinstance(read, Iterator):
            raise TypeError(
                f"Chunks got {describe(read)}, which is over when it has been gone through once; "
                "give the function that makes it, or an object whose __iter__ begins anew: "
                "Chunks(read), not Chunks(read())."
            )
        if not callable(read) and not hasattr(read, "__iter__"):
            raise TypeError(
                f"Chunks got {describe(read)}, but needs a function that gives the chunks, or a "
                f"list of them; {_PAIR}."
            )
        self.read = read

    def __iter__(self) -> Iterator[tuple]:
        """Give the chunks, from the first one, as triples (X, y, sample_weight)."""
        chunks = self.read() if callable(self.read) else self.read
        if not hasattr(chunks, "__iter__"):
            raise TypeError(f"the function of Chunks gave {describe(chunks)}, but no chunks.")
        chunks = iter(chunks)
        try:
            for i, chunk in enumerate(chunks):
                if not isinstance(chunk, tuple | list) or len(chunk) not in (2, 3):
                    size = f" of {len(chunk)}" if hasattr(chunk, "__len__") else ""
                    raise TypeError(f"chunk {i} is {describe(chunk)}{size}, but {_PAIR}.")
                yield (*chunk, None)[:3]
        finally:
            getattr(chunks, "close", _do_nothing)()  # the files that a generator reads

    def store(self) -> StoredData:
        """Read all chunks once, and give them as one, the steps in a file.

        For what needs the data several times, as a search does: its rows can be cut.

        Returns
        -------
        StoredData
            X, ``Sequences``, a DataFrame, an array or texts; y, as it came; the weights, or None.

        Raises
        ------
        ValueError
            If chunks do not go together; the message names the first that differs.
        """
        from sklearn_rnn.data._chunk_storing import store_chunks  # which imports this file

        return store_chunks(self)

    def __array__(self, dtype=None, copy=None):
        """Tell those who would cut the rows, as a search does, what can be cut."""
        raise TypeError(
            "Chunks have no rows to cut: X, y, sample_weight = chunks.store() gives data that can "
            "be, with its steps in a file."
        )

    def __repr__(self):
        return f"Chunks of {getattr(self.read, '__name__', type(self.read).__name__)}"


def _do_nothing():
    pass
