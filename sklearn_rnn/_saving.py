"""What lets an estimator be saved: to a file of this library, by pickle, by skops."""

import copyreg
import os

__all__ = ["SavingMixin"]


class SavingMixin:
    """Gives estimators ``save`` and a state of plain data; not public.

    What takes the state by ``__getstate__``, as skops does, is given a document and arrays, so that
    the estimator's own class is the one type to trust. Pickle and copies take all attributes.
    """

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the estimator, fitted or not, to a file that :func:`~sklearn_rnn.load` reads.

        Parameters
        ----------
        path : str or os.PathLike
            The file; one that is there is replaced at once, when the new one is complete.

        Raises
        ------
        TypeError
            If a parameter is no plain data, such as a class for ``cell`` or callbacks: it is named.
            Loading runs no code, so a file cannot hold it; pickle can.
        ValueError
            If a parameter has a value that is not allowed.
        OSError
            If the file cannot be written; one that was there is as before.

        See Also
        --------
        sklearn_rnn.load : Loads it again.
        sklearn_rnn.save : The same for what has no method ``save``, such as a pipeline.

        Notes
        -----
        The file holds the parameters, what ``fit`` has learned, and ``history_``. The state of the
        optimiser is not kept: a loaded model predicts the same and can be trained on, beginning
        with a new optimiser. ``net_.history`` and the callbacks of scikit-learn are not kept.
        ``checkpoint`` is None in a loaded model, whatever it was, so that no file says where
        ``fit`` writes.

        Examples
        --------
        >>> import tempfile
        >>> from sklearn_rnn import RNNRegressor, load
        >>> regressor = RNNRegressor(hidden_size=8)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     regressor.save(f"{folder}/regressor.model")
        ...     load(f"{folder}/regressor.model")
        RNNRegressor(hidden_size=8)
        """
        from sklearn_rnn.persistence import save

        save(self, path)

    def __reduce_ex__(self, protocol):
        """Give pickle and copies all attributes, whatever they are."""
        if type(self).__getstate__ is not SavingMixin.__getstate__:
            return super().__reduce_ex__(protocol)
        return copyreg.__newobj__, (type(self),), self._plain_state()

    def __getstate__(self):
        """Give a document and arrays, or all attributes of a class that files do not know."""
        from sklearn_rnn.persistence import is_registered, state_of_model

        return state_of_model(self) if is_registered(self) else self._plain_state()

    def __setstate__(self, state):
        """Take either kind of state."""
        if state.keys() != {"document", "tensors"}:
            self._set_plain_state(state)
            return
        from sklearn_rnn.persistence import model_of_state

        vars(self).update(vars(model_of_state(state, type(self))))

    def _plain_state(self):
        return super().__getstate__()

    def _set_plain_state(self, state):
        super().__setstate__(state)
