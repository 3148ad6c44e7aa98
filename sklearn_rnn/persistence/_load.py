"""From a model file to an estimator."""

import os
from typing import Any

import numpy as np

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import parse_json, read_model_file
from sklearn_rnn.persistence._codecs import refuse
from sklearn_rnn.persistence._kinds import PART
from sklearn_rnn.persistence._registry import registered_names
from sklearn_rnn.persistence._tensors import TensorSource

__all__ = ["load", "model_of_state", "restore_model"]


def load(path: str | os.PathLike[str]) -> Any:
    """Load an estimator that was saved with its method ``save``.

    Nothing in the file is run: it holds numbers and a description, of which every part is checked
    before it is used. Its checksum tells whether a byte was altered, by accident or by somebody
    who did not compute it anew; it is no signature.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    estimator
        It predicts what the saved one predicts. A model that was trained on a device which is not
        here is put on the CPU.

    Raises
    ------
    ModelFileError
        If the file is no model of this library, was altered, or is of a later release.
    OSError
        If there is no such file, or it cannot be read.

    See Also
    --------
    RNNClassifier.save : Saves an estimator; every other one has it too.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_rnn import RNNClassifier, load
    >>> texts, labels = ["good film", "bad film"] * 5, ["good", "bad"] * 5
    >>> classifier = RNNClassifier(random_state=0).fit(texts, labels)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     classifier.save(Path(folder) / "films.model")
    ...     loaded = load(Path(folder) / "films.model")
    >>> loaded.predict(["a good one", "a bad one"]).tolist()
    ['good', 'bad']
    """
    document, tensors = read_model_file(path)
    try:
        return restore_model(document, tensors)
    except ModelFileError as error:
        raise ModelFileError(f"the file {os.fspath(path)!a}: {error}") from error


def restore_model(document: dict, tensors: dict):
    """Give the estimator of a document and its tensors.

    Raises
    ------
    ModelFileError
        If anything in them is not as it should be; the message says what and where.
    """
    if not isinstance(document, dict) or document.keys() != {"model"}:
        raise refuse("the document", 'an object with the key "model"', document)
    model, source = document["model"], TensorSource(tensors)
    name = model.get("estimator") if isinstance(model, dict) else None
    if name is not None and name not in registered_names():
        raise ModelFileError(
            f"the file holds an estimator {name!r:.60}, but only {', '.join(registered_names())} "
            "are known; a file of a later release needs that release."
        )
    estimator = PART.decode(model, name or "model", source)
    source.check_empty()
    return estimator


def model_of_state(state: dict, cls: type):
    """Give the estimator of a class from what ``state_of_model`` gave.

    Raises
    ------
    ModelFileError
        If it is not as it should be, or of another class.
    """
    text, tensors = state["document"], state["tensors"]
    arrays = isinstance(tensors, dict) and set(map(type, tensors.values())) <= {np.ndarray}
    if not isinstance(text, str) or not arrays:
        raise ModelFileError("the state of an estimator is a text and a dict of arrays.")
    # Copies: the arrays may be the weights of an estimator that is there.
    tensors = {name: array.copy() for name, array in tensors.items()}
    estimator = restore_model(parse_json(text), tensors)
    if type(estimator) is not cls:
        raise ModelFileError(f"the state is one of {type(estimator).__name__}, not {cls.__name__}.")
    return estimator
