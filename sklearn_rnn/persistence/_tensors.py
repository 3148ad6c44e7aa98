"""The arrays of a model file: gathered by name when it is written, handed out when it is read."""

import numpy as np

from sklearn_rnn.exceptions import ModelFileError

__all__ = ["TensorSource", "TensorStore"]


class TensorStore:
    """Gathers arrays under the dotted places where they stand in the document.

    ``tensors`` is the dict of them.
    """

    def __init__(self):
        self.tensors: dict[str, np.ndarray] = {}

    def put(self, where: str, array: np.ndarray) -> None:
        """Keep an array under its place."""
        if where in self.tensors:
            raise ValueError(f"two arrays stand at {where}; a model file holds one of a name.")
        self.tensors[where] = array


class TensorSource:
    """Hands out the tensors of a file, each once, and knows which nobody asked for.

    Parameters
    ----------
    tensors : dict of str to ndarray

    Attributes
    ----------
    n_tensors, n_numbers : int
        How many there are, and how many numbers they hold.
    """

    def __init__(self, tensors: dict[str, np.ndarray]):
        self._left = dict(tensors)
        self.n_tensors = len(tensors)
        self.n_numbers = sum(array.size for array in tensors.values())

    def take(self, where: str) -> np.ndarray:
        """Give the tensor of this name."""
        if where not in self._left:
            raise ModelFileError(f"{where} is an array, but the file has no tensor of that name.")
        return self._left.pop(where)

    def take_below(self, where: str) -> dict[str, np.ndarray]:
        """Give the tensors whose names begin with ``where.``, by the rest of their names."""
        names = [name for name in self._left if name.startswith(f"{where}.")]
        return {name[len(where) + 1 :]: self._left.pop(name) for name in names}

    def check_empty(self) -> None:
        """Raise ModelFileError if tensors are left that nothing in the document speaks of."""
        if self._left:
            names = ", ".join(sorted(self._left)[:3])
            raise ModelFileError(
                f"the file has {len(self._left)} tensor(s) that its document does not speak of: "
                f"{names:.200}."
            )
