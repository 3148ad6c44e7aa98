"""Dataframes, one a sequence, to sequences."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import validate_parameters
from sklearn_rnn.data import (
    GAP_NAME,
    ValueKind,
    assign_roles,
    event_rows,
    sequences_from_rows,
    value_kind,
)
from sklearn_rnn.preprocessing._base import SequenceTransformer

__all__ = ["FrameToSequences"]


class FrameToSequences(SequenceTransformer):
    """Turn dataframes, one a sequence, into sequences of the same columns as in ``fit``.

    It begins a pipeline over event logs: a list with one frame a customer, a patient or a machine
    is what cross-validation can cut.

    Parameters
    ----------
    id_col : hashable or None, default=None
        The column that says which sequence a row belongs to, where X is one long frame. In a list
        of frames it is left out of the features.
    time_col : hashable or None, default=None
        The column by which the rows of a sequence are sorted.
    numeric, categorical, static : list of column names or None, default=None
        What becomes of the columns, as in :meth:`sklearn_rnn.Sequences.from_frame`; None is
        settled in ``fit``.
    time_gaps : bool, default=True
        Whether the steps have one more column, the logarithm of the time since the step before.

    Attributes
    ----------
    numeric_, categorical_, static_ : list
        The names of the columns of each kind.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), object
        The names of all columns that ``transform`` reads, in the order of the frame.
    n_features_in_ : int
        Their number.

    See Also
    --------
    sklearn_rnn.Sequences.from_frame : Does the same once, for one long frame.

    Notes
    -----
    One long frame is for direct use: cross-validation would cut it within sequences. Give it the
    list ``[group for _, group in frame.groupby(id_col)]``.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_rnn.preprocessing import FrameToSequences
    >>> visits = [
    ...     pd.DataFrame({"day": [3, 1], "pulse": [80, 70], "ward": ["B", "A"]}),
    ...     pd.DataFrame({"day": [2], "pulse": [65], "ward": ["A"]}),
    ... ]
    >>> reader = FrameToSequences(time_col="day", time_gaps=False)
    >>> sequences = reader.fit_transform(visits)
    >>> sequences.to_list()
    [array([[70.],
           [80.]]), array([[65.]])]
    >>> reader.numeric_, reader.categorical_, sequences.categories
    (['pulse'], ['ward'], (('B', 'A'),))
    """

    _parameter_constraints = {
        "numeric": ["array-like", None],
        "categorical": ["array-like", None],
        "static": ["array-like", None],
        "time_gaps": ["boolean"],
    }

    def __init__(
        self,
        id_col=None,
        *,
        time_col=None,
        numeric=None,
        categorical=None,
        static=None,
        time_gaps=True,
    ):
        self.id_col = id_col
        self.time_col = time_col
        self.numeric = numeric
        self.categorical = categorical
        self.static = static
        self.time_gaps = time_gaps

    def fit(self, X, y=None):
        """Learn which columns are read, and what they are.

        Parameters
        ----------
        X : list, Series or array of DataFrames, DataFrameGroupBy, or DataFrame with ``id_col``
            The rows of the sequences.
        y : None
            Not used.

        Returns
        -------
        self : FrameToSequences
            The transformer, fitted.

        Raises
        ------
        ValueError or TypeError
            No frames, an empty frame, a column that is not there or has two roles; the message
            names it.
        """
        self._learn(X)
        return self

    def fit_transform(self, X, y=None):
        """Learn which columns are read, and read them.

        Parameters
        ----------
        X : list, Series or array of DataFrames, DataFrameGroupBy, or DataFrame with ``id_col``
            The rows of the sequences.
        y : None
            Not used.

        Returns
        -------
        Sequences
            One sequence for each id or frame.
        """
        return self._build(self._learn(X))

    def transform(self, X):
        """Read the columns that ``fit`` saw; further ones are left out.

        Parameters
        ----------
        X : list, Series or array of DataFrames, DataFrameGroupBy, or DataFrame with ``id_col``
            The rows of the sequences.

        Returns
        -------
        Sequences
            With ``ids`` unless X is a list of frames.

        Raises
        ------
        ValueError
            A column that is not there, or holds something else than in ``fit``, and whatever
            ``Sequences.from_frame`` refuses; the message names the column and the frame.
        """
        check_is_fitted(self)
        rows = event_rows(X, self.id_col)
        self._check_columns(rows)
        return self._build(rows)

    def get_feature_names_out(self, input_features=None):
        """Give the names of the columns: of steps, numeric ones first, then of whole sequences.

        Parameters
        ----------
        input_features : None
            Not used.

        Returns
        -------
        ndarray of shape (n_columns,), object
            The columns of a step as ``codes`` and ``values`` hold them, then ``static`` ones.
        """
        check_is_fitted(self)
        gap = [GAP_NAME] if self.time_gaps and self.time_col is not None else []
        numeric, categorical, *static = self._roles
        return np.fromiter([*numeric, *gap, *categorical, *static[0], *static[1]], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags

    def _learn(self, X):
        validate_parameters(self)
        rows = event_rows(X, self.id_col)
        self._roles = assign_roles(
            rows,
            time_col=self.time_col,
            numeric=self.numeric,
            categorical=self.categorical,
            static=self.static,
        )
        self.numeric_, self.categorical_, *static = self._roles
        self.static_ = [name for names in static for name in names]
        used = {name for names in self._roles for name in names} | {self.time_col} - {None}
        names = (name for name in rows.names if name in used)
        self.feature_names_in_ = np.fromiter(names, dtype=object)
        self.n_features_in_ = len(self.feature_names_in_)
        self._kinds = {name: value_kind(rows.column(name)) for name in self.feature_names_in_}
        return rows

    def _build(self, rows):
        return sequences_from_rows(
            rows, self._roles, time_col=self.time_col, time_gaps=self.time_gaps
        )

    def _check_columns(self, rows):
        for name, fitted in self._kinds.items():
            if name not in rows.names:
                raise ValueError(
                    f"X has no column {name!r}, which fit saw; it has {rows.names}.{rows.hint}"
                )
            now = value_kind(rows.column(name))
            if now is not fitted and ValueKind.MISSING not in (now, fitted):
                raise ValueError(
                    f"column {name!r} holds {now.value} ({rows.column(name).dtype}), but fit saw "
                    f"{fitted.value}; convert the column."
                )
