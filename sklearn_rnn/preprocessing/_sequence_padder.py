"""Ragged sequences to one rectangular array."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import Interval, StrOptions, validate_parameters
from sklearn_rnn.data import Padding, Sequences, as_array, read_sequences
from sklearn_rnn.preprocessing._base import SequenceTransformer

__all__ = ["SequencePadder"]


class SequencePadder(SequenceTransformer):
    """Cut and pad sequences to one length.

    The result knows both its true lengths and its padded form: before an estimator of this
    library it changes no prediction, unless it truncates; before any other model it is the
    rectangular array. NaN is passed on, for an estimator with ``missing="mask"``.

    Parameters
    ----------
    max_length : int or None, default=None
        The number of steps of the padded form; None means that of the longest sequence of
        ``fit``.
    side : {"right", "left"}, default="right"
        Where padding goes.
    truncation : {"right", "left", "error"}, default="right"
        Where sequences that are too long lose steps; "error" refuses them.
    value : float, default=0
        What padding is filled with. For ids it must be 0.
    as_array : bool, default=False
        Whether to give the rectangular array at once instead of ``Sequences``.

    Attributes
    ----------
    length_ : int
        The number of steps of the padded form.
    n_features_in_ : int
        The number of columns of a table, else the width of a step.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        The column names of a table, if it had any.

    See Also
    --------
    sklearn_rnn.Sequences : Knows both its lengths and its padded form.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn.preprocessing import SequencePadder
    >>> padder = SequencePadder(as_array=True)
    >>> padder.fit_transform([[1.0, 2.0, 3.0], [4.0]])
    array([[1., 2., 3.],
           [4., 0., 0.]])
    """

    _parameter_constraints = {
        "max_length": [Interval(Integral, 1, None, closed="left"), None],
        "side": [StrOptions({"right", "left"})],
        "truncation": [StrOptions({"right", "left", "error"})],
        "value": [Real],
        "as_array": ["boolean"],
    }

    def __init__(
        self, max_length=None, *, side="right", truncation="right", value=0, as_array=False
    ):
        self.max_length = max_length
        self.side = side
        self.truncation = truncation
        self.value = value
        self.as_array = as_array

    def fit(self, X, y=None):
        """Learn the length of the padded form.

        Parameters
        ----------
        X : Sequences, list of arrays (time,) or (time, n_features), 2-D or 3-D array
            The sequences.
        y : None
            Not used.

        Returns
        -------
        self : SequencePadder
            The transformer, fitted.
        """
        validate_parameters(self)
        sequences = read_sequences(self, X, reset=True, allow_nan=True, allow_columns=True)
        self.length_ = self.max_length or int(sequences.lengths.max())
        return self

    def transform(self, X):
        """Cut and pad.

        Parameters
        ----------
        X : Sequences, list of arrays (time,) or (time, n_features), 2-D or 3-D array
            The sequences.

        Returns
        -------
        Sequences, or ndarray of shape (n, `length_`) or (n, `length_`, n_features)
            An array if ``as_array``: two-dimensional for ids and for steps of one number.

        Raises
        ------
        ValueError
            With ``truncation="error"`` if a sequence is too long; the message names it.
        """
        check_is_fitted(self)
        sequences = read_sequences(self, X, reset=False, allow_nan=True, allow_columns=True)
        if sequences.vocabulary is not None and self.value != 0:
            raise ValueError(f"ids are padded with 0, but value={self.value}.")
        if sequences.n_features == 1:
            sequences = sequences.with_values(sequences.values[:, 0])
        sequences = self._truncate(sequences)
        padding = Padding(length=self.length_, side=self.side, value=self.value)
        padded = sequences.with_padding(padding)
        return padded.to_padded() if self.as_array else padded

    def inverse_transform(self, X):
        """Take the padding away.

        Parameters
        ----------
        X : Sequences or array of shape (n, `length_`) or (n, `length_`, n_features)
            What ``transform`` gave. ``Sequences`` know their lengths. In an array, steps equal to
            ``value`` at the padded side count as padding.

        Returns
        -------
        Sequences
            Without padding; what ``transform`` cut off is lost.
        """
        check_is_fitted(self)
        if isinstance(X, Sequences):
            return X.with_padding(None)
        array = as_array(X)
        if array.ndim not in (2, 3) or array.shape[1] != self.length_:
            raise ValueError(
                f"a padded array of {self.length_} steps is expected, (n, {self.length_}) or "
                f"(n, {self.length_}, n_features), but came with shape {array.shape}."
            )
        return Sequences.from_padded(array, lengths=self._lengths(array), side=self.side)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        tags.input_tags.allow_nan = True
        return tags

    def _lengths(self, array):
        # A Python number adapts to the precision of the array, a numpy float64 does not.
        value = np.asarray(self.value).item()
        same = np.isnan(array) if np.isnan(value) else array == value
        real = ~same.reshape(*array.shape[:2], -1).all(axis=2)
        inner = real if self.side == "left" else real[:, ::-1]
        return np.where(real.any(axis=1), array.shape[1] - np.argmax(inner, axis=1), 0)

    def _truncate(self, sequences):
        lengths, longest = sequences.lengths, self.length_
        too_long = np.flatnonzero(lengths > longest)
        if not len(too_long):
            return sequences
        if self.truncation == "error":
            i = too_long[0]
            raise ValueError(
                f"sequence {i} has {lengths[i]} steps, but at most {longest} are allowed; raise "
                'max_length, or set truncation="right" or "left".'
            )
        from_left = self.truncation == "left"
        steps = np.arange(len(sequences.values)) - np.repeat(sequences.offsets[:-1], lengths)
        if from_left:
            steps = np.repeat(lengths, lengths) - 1 - steps
        return sequences.keep_steps(steps < longest)
