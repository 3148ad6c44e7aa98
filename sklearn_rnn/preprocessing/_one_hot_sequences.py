"""Ids or categories to one-hot steps."""

import itertools

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import StrOptions, validate_parameters
from sklearn_rnn.data import ColumnNames, Sequences, as_sequences
from sklearn_rnn.preprocessing._base import SequenceTransformer
from sklearn_rnn.preprocessing._categories import UNKNOWN, locate, read_categories, value_kind

__all__ = ["OneHotSequences"]


class OneHotSequences(SequenceTransformer):
    """Turn ids or categories into one-hot steps.

    Takes lists of tokens or of other categories, ids of a vocabulary, plain integers, and the
    categorical columns (``codes``) of :class:`~sklearn_rnn.Sequences`, whose one-hot columns are
    put after the numeric ones. Missing categories (None, NaN) are a category of their own if
    ``fit`` saw them.

    Parameters
    ----------
    handle_unknown : {"ignore", "error"}, default="ignore"
        What a category that ``fit`` did not see becomes: a step of zeros in the columns of its
        category, or an error. The unknown id of a vocabulary is such a category.

    Attributes
    ----------
    categories_ : list of ndarray
        The categories of each categorical column that occurred in ``fit``, sorted; None comes
        last and stands for missing ones.
    n_features_in_ : int
        The number of columns of a table, else the width of a step: numeric and categorical
        columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        The column names of a table, if it had any.

    See Also
    --------
    TokenEncoder : Turns tokens into ids; the estimators embed those, which suits many tokens.

    Notes
    -----
    The result is dense, four bytes for each step and category: meant for tens or hundreds of
    categories. The numeric columns beside them keep their precision.

    Examples
    --------
    >>> from sklearn_rnn.preprocessing import OneHotSequences
    >>> one_hot = OneHotSequences().fit([["up", "down"], ["up"]])
    >>> one_hot.get_feature_names_out()
    array(['x0_down', 'x0_up'], dtype=object)
    >>> steps = one_hot.transform([["down", "sideways", "up"]])
    >>> steps[0]
    array([[1., 0.],
           [0., 0.],
           [0., 1.]], dtype=float32)
    >>> one_hot.inverse_transform(steps).tolist()
    [['down', None, 'up']]
    """

    _parameter_constraints = {"handle_unknown": [StrOptions({"ignore", "error"})]}

    def __init__(self, *, handle_unknown="ignore"):
        self.handle_unknown = handle_unknown

    def fit(self, X, y=None):
        """Learn the categories of each column.

        Parameters
        ----------
        X : Sequences, list of token lists, list of arrays or array
            The sequences, of tokens, categories or integers. A step may hold several
            categories: arrays (time, n_columns), tables, or lists of tuples.
        y : None
            Not used.

        Returns
        -------
        self : OneHotSequences
            The transformer, fitted.

        Raises
        ------
        ValueError
            If X is texts or holds numbers with a fraction, or if a column mixes text and numbers.
        """
        validate_parameters(self)
        self._fit_steps(X)
        return self

    def fit_transform(self, X, y=None):
        """Learn the categories and give the one-hot steps, reading X once.

        Parameters
        ----------
        X : as in ``fit``
            The sequences.
        y : None
            Not used.

        Returns
        -------
        Sequences
            As ``transform`` gives them.
        """
        validate_parameters(self)
        return self._encode(self._fit_steps(X))

    def transform(self, X):
        """Give the one-hot steps.

        Parameters
        ----------
        X : as in ``fit``
            The sequences.

        Returns
        -------
        Sequences
            Steps (steps, width) of float32: the numeric columns, if there are any, then for each
            categorical column as many as it has categories.

        Raises
        ------
        ValueError
            With ``handle_unknown="error"`` if ``fit`` did not see a category; the message names
            the sequence, the step and the column.
        """
        check_is_fitted(self)
        return self._encode(read_categories(self, X, reset=False))

    def inverse_transform(self, X):
        """Give the categories of one-hot steps: the largest entry counts.

        Parameters
        ----------
        X : Sequences or list of arrays (time, width)
            Steps as ``transform`` gives them.

        Returns
        -------
        ndarray of shape (n,), object, or Sequences
            For each sequence a list of categories, or of tuples of several columns. If ``fit``
            saw ``codes`` without a vocabulary, ``Sequences`` of numbers and codes. A step of
            zeros gives None.
        """
        check_is_fitted(self)
        sequences = as_sequences(X, allow_nan=True)
        width = self._n_numbers + sum(map(len, self.categories_))
        if sequences.n_features != width:
            raise ValueError(
                f"X has {sequences.n_features or 1} features a step, but transform gave {width}: "
                f"{self._n_numbers} numbers and the categories."
            )
        values, codes = self._decode(sequences.values)
        if self._as_codes:
            return sequences.with_columns(
                values=sequences.values[:, : self._n_numbers],
                codes=codes,
                categories=tuple(map(tuple, values)),
                names=self._names_of_codes(),
            )
        pairs = zip(values, codes.T.tolist(), strict=True)
        columns = [[known[code] for code in column] for known, column in pairs]
        steps = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
        bounds = itertools.pairwise(sequences.offsets.tolist())
        return np.fromiter((steps[start:stop] for start, stop in bounds), dtype=object)

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the result.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            The names of the columns of a step, numeric ones first; None means those of ``fit``,
            if there were any, else x0, x1, ...

        Returns
        -------
        ndarray of shape (width,), object
            The numeric columns, then ``<column>_<category>``.
        """
        check_is_fitted(self)
        n_columns = self._n_numbers + len(self.categories_)
        names = self._step_names_in if input_features is None else list(input_features)
        names = names or [f"x{i}" for i in range(n_columns)]
        if len(names) != n_columns:
            raise ValueError(
                f"input_features has {len(names)} names, but a step has {n_columns} columns."
            )
        out = names[: self._n_numbers]
        for name, categories in zip(names[self._n_numbers :], self.categories_, strict=True):
            out += [f"{name}_{category}" for category in categories]
        return np.array(out, dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _fit_steps(self, X):
        steps = read_categories(self, X, reset=True)
        self._n_numbers = steps.numbers.shape[1]
        self._as_codes = isinstance(X, Sequences) and X.vocabulary is None and X.codes is not None
        self.categories_ = [self._learn(steps, i) for i in range(len(steps.columns))]
        return steps

    def _learn(self, steps, i):
        found = set(steps.columns[i].occurring()) - {UNKNOWN}
        if not found:
            raise ValueError(
                f"column {i} holds no category that its vocabulary knows, but at least one is "
                "needed."
            )
        known = sorted(found - {None})
        return _as_array(known + [None] * (None in found))

    def _encode(self, steps):
        self._check_columns(steps)
        places = [self._places(steps, i) for i in range(len(steps.columns))]
        widths = [len(categories) for categories in self.categories_]
        one_hot = np.zeros((len(steps.numbers), sum(widths)), dtype=np.float32)
        start = 0
        for place, width in zip(places, widths, strict=True):
            known = np.flatnonzero(place >= 0)
            one_hot[known, start + place[known]] = 1
            start += width
        if self._n_numbers:
            one_hot = np.concatenate([steps.numbers, one_hot], axis=1)
        padding = steps.sequences.padding
        return steps.sequences.with_columns(
            values=one_hot,
            vocabulary=None,
            codes=None,
            categories=None,
            names=self._names_of(steps.sequences, values=self.get_feature_names_out()),
            padding=None if padding is None else padding._replace(value=0),
        )

    def _check_columns(self, steps):
        found = (steps.numbers.shape[1], len(steps.columns))
        expected = (self._n_numbers, len(self.categories_))
        if found != expected:
            raise ValueError(
                f"X has {found[0]} numeric and {found[1]} categorical columns a step, but "
                f"OneHotSequences is expecting {expected[0]} and {expected[1]}."
            )

    def _places(self, steps, i):
        """Give the index of the category of each step in one column; -1 if it is unknown."""
        column, categories = steps.columns[i], self.categories_[i].tolist()
        self._check_kind(column, categories, i)
        index = {category: place for place, category in enumerate(categories)}
        places = np.array([index.get(value, -1) for value in column.values])[column.codes]
        if self.handle_unknown == "error" and (places < 0).any():
            step = int(np.argmin(places))
            value = column.values[column.codes[step]]
            name = "an unknown token" if value is UNKNOWN else f"{value!r:.40}"
            raise ValueError(
                f"{locate(steps.sequences, step)} is {name} in column {i}, which fit did not see: "
                f"it saw {categories!r:.100}; fit on data that has it, or set "
                'handle_unknown="ignore".'
            )
        return places

    def _check_kind(self, column, categories, i):
        """Refuse a column of another type, of which every category would be unknown."""
        known = next((value for value in categories if value is not None), None)
        for value in column.occurring():
            if value is None or value is UNKNOWN or known is None:
                continue
            if value_kind(value) != value_kind(known):
                raise ValueError(
                    f"column {i} holds {value!r:.40} of type {type(value).__name__}, but in fit "
                    f"it held {value_kind(known)} such as {known!r:.40}."
                )
            return

    def _decode(self, values):
        """Give the categories of each column, unknown among them, and codes (steps, n_columns)."""
        known, codes, start = [], [], self._n_numbers
        for categories in map(np.ndarray.tolist, self.categories_):
            block = values[:, start : start + len(categories)]
            start += len(categories)
            code, unknown = block.argmax(axis=1), block.max(axis=1) <= 0
            if None not in categories and unknown.any():
                categories = [*categories, None]
            if unknown.any():
                code[unknown] = categories.index(None)
            known.append(categories)
            codes.append(code)
        return known, np.stack(codes, axis=1)

    def _names_of(self, sequences, **names):
        kept = sequences.names or ColumnNames()
        return kept._replace(codes=(), **{name: tuple(some) for name, some in names.items()})

    def _names_of_codes(self):
        names = tuple(self._step_names_in or ())
        return ColumnNames(values=names[: self._n_numbers], codes=names[self._n_numbers :])


def _as_array(categories):
    """Give numbers as an array of numbers, anything else as one of objects."""
    if all(value_kind(category) == "numbers" for category in categories):
        array = np.array(categories)
        if array.dtype.kind in "bif":
            return array
    return np.fromiter(categories, dtype=object)
