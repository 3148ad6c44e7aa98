"""From an estimator to what a model file holds, and to the file."""

import os

from sklearn_rnn.files import format_json, write_model_file
from sklearn_rnn.persistence._kinds import PART, is_registered
from sklearn_rnn.persistence._tensors import TensorStore

__all__ = ["describe_model", "save", "state_of_model"]


def describe_model(estimator) -> tuple[dict, dict]:
    """Give the document and the tensors of an estimator.

    Raises
    ------
    TypeError
        If it, or a part of it, is nothing that a model file holds; the message says which.
    ValueError
        If a parameter has a value that the estimator does not allow.
    """
    store = TensorStore()
    # Of whatever has no name in files, as pipelines, the place is just that.
    where = type(estimator).__name__ if is_registered(estimator) else "model"
    model = PART.encode(estimator, where, store)
    return {"model": model}, store.tensors


def save(estimator, path: str | os.PathLike) -> None:
    """Save an estimator, fitted or not, to a file that :func:`load` reads.

    Parameters
    ----------
    estimator : estimator of this library, or Pipeline
        The steps of a pipeline are of this library, or of those of scikit-learn that
        ``pip install "sklearn-rnn[skops]"`` can save.
    path : str or os.PathLike
        The file; one that is there is replaced at once, when the new one is complete.

    Raises
    ------
    TypeError
        If the estimator, or a parameter of it, is nothing that a file holds; it is named.
    ValueError
        If a parameter has a value that is not allowed.
    OSError
        If the file cannot be written; one that was there is as before.

    See Also
    --------
    load : Loads it again.

    Notes
    -----
    ``checkpoint`` of an estimator is None in a loaded one.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import RNNClassifier, load, save
    >>> from sklearn_rnn.preprocessing import TokenEncoder, WordTokenizer
    >>> model = make_pipeline(WordTokenizer(), TokenEncoder(), RNNClassifier(random_state=0))
    >>> model = model.fit(["good film", "bad film"] * 5, ["good", "bad"] * 5)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, f"{folder}/films.model")
    ...     load(f"{folder}/films.model").predict(["a good one"]).tolist()
    ['good']
    """
    write_model_file(path, *describe_model(estimator))


def state_of_model(estimator) -> dict:
    """Give an estimator as one text and arrays."""
    document, tensors = describe_model(estimator)
    return {"document": format_json(document), "tensors": tensors}
