"""Any scikit-learn transformer, applied to every step."""

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import HasMethods, validate_parameters
from sklearn_rnn.data import as_sequences, read_sequences
from sklearn_rnn.preprocessing._base import SequenceTransformer

__all__ = ["PerStep"]


def _inner_has_inverse(self):
    return hasattr(getattr(self, "transformer_", self.transformer), "inverse_transform")


def _refuse_ids(sequences):
    if sequences.vocabulary is not None:
        raise ValueError(
            f"X holds ids of a {sequences.vocabulary}, but PerStep transforms numbers; ids go to "
            "the estimator as they are."
        )
    return sequences


class PerStep(SequenceTransformer):
    """Apply a scikit-learn transformer to every step of ragged sequences.

    The inner transformer sees one table, the steps of all sequences below each other, of shape
    (steps, n_features). Where it allows NaN, as imputers do, steps may hold NaN; infinities are
    refused.

    Parameters
    ----------
    transformer : estimator
        Any transformer of tables that keeps the number of rows, for example ``StandardScaler()``
        or ``PCA(3)``. It is cloned.

    Attributes
    ----------
    transformer_ : estimator
        The fitted clone.
    n_features_in_ : int
        The number of columns of a table, else the width of a step.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        The column names of a table, if it had any.

    See Also
    --------
    SequencePadder : Makes sequences rectangular, for what needs whole ones as a table.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn_rnn.preprocessing import PerStep
    >>> recordings = [np.array([[0.0], [2.0]]), np.array([[4.0]])]
    >>> PerStep(StandardScaler()).fit_transform(recordings).to_list()
    [array([[-1.22474487],
           [ 0.        ]]), array([[1.22474487]])]
    """

    _parameter_constraints = {"transformer": [HasMethods(["fit", "transform"])]}

    def __init__(self, transformer):
        self.transformer = transformer

    def fit(self, X, y=None):
        """Fit the inner transformer on the steps of all sequences.

        Parameters
        ----------
        X : Sequences, list of arrays (time, n_features), 2-D or 3-D array
            The sequences.
        y : None
            Not used: labels belong to sequences, not to steps.

        Returns
        -------
        self : PerStep
            The transformer, fitted.
        """
        validate_parameters(self)
        sequences = self._read(X, reset=True)
        self.transformer_ = clone(self.transformer).fit(sequences.values)
        return self

    def transform(self, X):
        """Transform every step.

        Parameters
        ----------
        X : Sequences, list of arrays (time, n_features), 2-D or 3-D array
            The sequences.

        Returns
        -------
        Sequences
            As many sequences with as many steps, each as wide as the inner transformer makes it.
        """
        check_is_fitted(self)
        sequences = self._read(X, reset=False)
        return self._apply(self.transformer_.transform, sequences)

    @available_if(_inner_has_inverse)
    def inverse_transform(self, X):
        """Undo the inner transformation, step by step.

        Parameters
        ----------
        X : Sequences or list of arrays (time, n_features)
            Sequences as ``transform`` gives them.

        Returns
        -------
        Sequences
            Of the same lengths, as they were before ``transform``.
        """
        check_is_fitted(self)
        sequences = _refuse_ids(as_sequences(X, allow_nan=self._allows_nan()))
        return self._apply(self.transformer_.inverse_transform, sequences)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = self._allows_nan()
        return tags

    def _allows_nan(self):
        inner = self.transformer
        while isinstance(inner, Pipeline):  # whose own tags do not tell
            inner = inner.steps[0][1]
        if isinstance(inner, type) or not hasattr(inner, "__sklearn_tags__"):
            return False
        return get_tags(inner).input_tags.allow_nan

    def _read(self, X, *, reset):
        allow_nan = self._allows_nan()
        sequences = read_sequences(self, X, reset=reset, allow_nan=allow_nan, allow_columns=True)
        return _refuse_ids(sequences)

    def _apply(self, function, sequences):
        values = function(sequences.values)
        if hasattr(values, "toarray"):
            values = values.toarray()
        values = np.asarray(values)
        if len(values) != len(sequences.values):
            raise ValueError(
                f"{self.transformer_} turned {len(sequences.values)} steps into {len(values)}; "
                "PerStep needs a transformer that keeps the number of rows."
            )
        return sequences.with_values(values)
