"""The ragged container that flows between the parts of the library."""

import itertools
from collections.abc import Iterable
from numbers import Integral
from typing import Literal, NamedTuple

import numpy as np

from sklearn_rnn.data._alignment import align_by_ids
from sklearn_rnn.data._arrays import as_array, describe
from sklearn_rnn.data._ragged import flatten, gather_positions, pad
from sklearn_rnn.data._vocabulary import Vocabulary

__all__ = ["ColumnNames", "Padding", "Sequences"]

# What a sequence carries beside its values: one row a step, one row a sequence, or one for all.
_OF_STEPS = ("codes", "times")
_OF_SEQUENCES = ("static", "static_codes", "ids")
_OF_ALL = ("vocabulary", "categories", "static_categories", "names", "padding")


class Padding(NamedTuple):
    """How sequences become one rectangular array.

    ``length`` is the number of steps (None: the longest), ``side`` where the padding goes
    ("right" or "left"), ``value`` what it is filled with.
    """

    length: int | None = None
    side: str = "right"
    value: float = 0


class ColumnNames(NamedTuple):
    """The names of the columns of ``Sequences``; empty where nothing is known."""

    values: tuple = ()
    codes: tuple = ()
    static: tuple = ()
    static_codes: tuple = ()


class Sequences:
    """Sequences of unequal length, stored flat.

    Parameters
    ----------
    values : array of shape (steps,) or (steps, n_features)
        The steps of all sequences, one sequence after the other. Integers are ids if there is a
        ``vocabulary``. A memory-mapped array is kept as it is.
    offsets : array-like of shape (n + 1,), int
        Sequence ``i`` is ``values[offsets[i]:offsets[i + 1]]``; begins with 0, never falls, ends
        with the number of steps.
    vocabulary : Vocabulary or None, default=None
        What the ids stand for.
    codes : array of shape (steps, n_columns), int, or None, default=None
        Categorical columns of each step. From ``TokenEncoder`` there is one: which token stood
        there, known or not.
    categories : tuple of tuples, one a column of ``codes``, or None, default=None
        What the codes stand for.
    static : array of shape (n, n_columns) or None, default=None
        Numeric columns of each whole sequence.
    static_codes, static_categories : as ``codes`` and ``categories``, or None, default=None
        Categorical columns of each whole sequence, one row a sequence.
    times : array of shape (steps,) or None, default=None
        When each step was; within a sequence they never fall. Only what fills in missing values
        reads them.
    ids : array of shape (n,) or None, default=None
        What each sequence is called, each once; labels in a Series are aligned by them.
    names : ColumnNames or None, default=None
        What the columns are called, for messages and for telling columns apart.
    padding : Padding or None, default=None
        The rectangular form that ``to_padded`` and ``numpy.asarray`` give; None means right
        padding with zeros up to the longest sequence.

    Attributes
    ----------
    lengths : ndarray of shape (n,), int64
        The number of steps of each sequence.
    n_features : int or None
        The width of a step; None if ``values`` is one-dimensional.
    shape : tuple
        The shape of the padded form, ``(n, time)`` or ``(n, time, n_features)``.

    See Also
    --------
    sklearn_rnn.preprocessing.TokenEncoder : Makes them from text.
    sklearn_rnn.preprocessing.SequencePadder : Makes them rectangular.

    Notes
    -----
    Indexing by an integer gives one sequence as an array; indexing by a slice, a mask or an array
    of integers gives ``Sequences``, so that scikit-learn's splitters can cut them. A slice of
    step 1 is a view.

    Examples
    --------
    >>> from sklearn_rnn import Sequences
    >>> sequences = Sequences(values=[1.0, 2.0, 3.0], offsets=[0, 2, 3])
    >>> sequences
    Sequences: 2 sequences of 1 to 2 steps
    >>> sequences[0]
    array([1., 2.])
    >>> sequences.to_padded()
    array([[1., 2.],
           [3., 0.]])
    """

    def __init__(
        self,
        *,
        values,
        offsets,
        vocabulary=None,
        codes=None,
        categories=None,
        static=None,
        static_codes=None,
        static_categories=None,
        times=None,
        ids=None,
        names=None,
        padding=None,
    ):
        self.values = values if isinstance(values, np.ndarray) else as_array(values)
        self.offsets = _integers("offsets", offsets)
        self.vocabulary = vocabulary
        self.codes = _optional_array(codes)
        self.categories = categories
        self.static = _optional_array(static)
        self.static_codes = _optional_array(static_codes)
        self.static_categories = static_categories
        self.times = _optional_array(times)
        self.ids = _optional_array(ids)
        self.names = names
        self.padding = padding
        self._check()

    def _check(self):
        if self.values.ndim not in (1, 2):
            raise ValueError(
                "values must have 1 dimension (ids or single numbers) or 2 (steps, n_features), "
                f"but has {self.values.ndim}: shape {self.values.shape}."
            )
        _check_offsets(self.offsets, len(self.values))
        if self.vocabulary is not None:
            if not isinstance(self.vocabulary, Vocabulary):
                raise TypeError(
                    f"vocabulary must be a Vocabulary or None, not {type(self.vocabulary).__name__}"
                )
            if self.values.ndim != 1 or self.values.dtype.kind not in "iu":
                raise ValueError(
                    "values with a vocabulary are ids, one integer a step, but came as "
                    f"{self.values.dtype} of shape {self.values.shape}."
                )
        for name in _OF_STEPS:
            column, n_steps = getattr(self, name), len(self.values)
            if column is not None and len(column) != n_steps:
                raise ValueError(f"{name} has {len(column)} rows, but values has {n_steps} steps.")
        for name in _OF_SEQUENCES:
            column = getattr(self, name)
            if column is not None and len(column) != len(self):
                raise ValueError(
                    f"{name} has {len(column)} rows, but there are {len(self)} sequences."
                )
        _check_codes("categories", self.categories, "codes", self.codes)
        _check_codes("static_categories", self.static_categories, "static_codes", self.static_codes)

    @classmethod
    def from_list(cls, sequences, *, vocabulary=None) -> "Sequences":
        """Build from a list of arrays or lists, each ``(time,)`` or ``(time, n_features)``.

        Parameters
        ----------
        sequences : list of array-likes
            One element a sequence, all of the same width.
        vocabulary : Vocabulary or None, default=None
            What the ids stand for, where the steps are ids.

        Returns
        -------
        Sequences
            One sequence an element, in their order.

        Raises
        ------
        ValueError
            If the steps differ in width, or something is no array of numbers; the message names
            the sequence.
        """
        values, lengths = flatten(sequences)
        if vocabulary is not None and not len(values):
            values = values.astype(np.int64)
        return cls(values=values, offsets=_offsets(lengths), vocabulary=vocabulary)

    @classmethod
    def from_padded(
        cls, array, *, lengths=None, side: Literal["right", "left"] = "right", vocabulary=None
    ) -> "Sequences":
        """Build from a padded array of shape ``(n, time)`` or ``(n, time, n_features)``.

        Parameters
        ----------
        array : array-like
            The padded array. Without padding the steps are a view of it.
        lengths : array-like of shape (n,), int, or None, default=None
            The true lengths; None means that every sequence fills its row.
        side : {"right", "left"}, default="right"
            Where the padding is.
        vocabulary : Vocabulary or None, default=None
            What the ids stand for.

        Returns
        -------
        Sequences
            One sequence a row, without its padding.
        """
        array = as_array(array)
        if array.ndim not in (2, 3):
            raise ValueError(
                "a padded array has 2 dimensions (n, time) or 3 (n, time, n_features), but came "
                f"with shape {array.shape}."
            )
        if side not in ("right", "left"):
            raise ValueError(f'side must be "right" or "left", not {side!r}.')
        n, time = array.shape[:2]
        flat = array.reshape(n * time, *array.shape[2:])
        if lengths is None:
            lengths = np.full(n, time, dtype=np.int64)
        lengths = _integers("lengths", lengths)
        if lengths.shape != (n,) or (n and (lengths.min() < 0 or lengths.max() > time)):
            raise ValueError(
                f"lengths must be {n} numbers from 0 to {time}, but came with shape "
                f"{lengths.shape} and values {lengths[:5]}."
            )
        offsets = _offsets(lengths)
        if offsets[-1] < len(flat):
            starts = np.arange(n, dtype=np.int64) * time
            if side == "left":
                starts += time - lengths
            flat = flat[gather_positions(starts, lengths)]
        return cls(values=flat, offsets=offsets, vocabulary=vocabulary)

    @staticmethod
    def from_frame(
        frame, *, id_col, time_col=None, numeric=None, categorical=None, static=None, time_gaps=True
    ) -> "Sequences":
        """Build from a long DataFrame of pandas or polars, in which each row is an event.

        Parameters
        ----------
        frame : DataFrame
            One row a step; rows of a sequence need not stand together.
        id_col : hashable
            The column that says which sequence a row belongs to. The sequences come in the order
            of ``frame.groupby(id_col)``, that is sorted; ``ids`` holds what they are called.
        time_col : hashable or None, default=None
            The column of dates (with or without time zone), time differences or numbers by which
            the rows of a sequence are sorted; rows of one time stay as they are. None keeps the
            order of the rows.
        numeric : list or None, default=None
            The columns that become ``values``, as float64. Dates become seconds since 1970, time
            differences seconds, missing values NaN. None means every other column of numbers,
            booleans, dates or time differences; an empty list means none.
        categorical : list or None, default=None
            The columns that become ``codes``; a missing value is the category None. None means
            every other column of text, of pandas' category dtype or of other objects.
        static : list or None, default=None
            The columns that are the same in all rows of a sequence; by what they hold they
            become ``static`` or ``static_codes``.
        time_gaps : bool, default=True
            Whether ``values`` have one more column, "log_gap": ``log1p`` of the time since the
            step before, in seconds, or in the unit of a ``time_col`` of numbers; 0 for the first
            step.

        Returns
        -------
        Sequences
            Its ``times`` are seconds since 1970, or the numbers of ``time_col``.

        Raises
        ------
        ValueError
            A column that is not there or has two roles, a missing id or time, text where numbers
            belong, a static column that varies; the message names the column, the id and the row.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn_rnn import Sequences
        >>> events = pd.DataFrame(
        ...     {
        ...         "customer": ["eve", "bob", "eve"],
        ...         "when": pd.to_datetime(["2024-05-02", "2024-05-01", "2024-05-01"]),
        ...         "amount": [20.0, 5.0, 10.0],
        ...         "shop": ["web", "web", "town"],
        ...     }
        ... )
        >>> sequences = Sequences.from_frame(events, id_col="customer", time_col="when")
        >>> sequences.ids.tolist(), sequences.names.values
        (['bob', 'eve'], ('amount', 'log_gap'))
        >>> sequences[1].round(2)
        array([[10.  ,  0.  ],
               [20.  , 11.37]])
        """
        from sklearn_rnn.data._frames import sequences_from_frame  # which imports this file

        return sequences_from_frame(
            frame,
            id_col=id_col,
            time_col=time_col,
            numeric=numeric,
            categorical=categorical,
            static=static,
            time_gaps=time_gaps,
        )

    @staticmethod
    def with_static(X, frame):
        """Give sequences or texts columns of each whole sequence.

        Parameters
        ----------
        X : Sequences, list of arrays, 3-D array, texts or lists of tokens
            The sequences; static columns that they have already stay.
        frame : DataFrame, dict of columns, or 2-D array of numbers
            One row a sequence, in their order. Where X has ``ids`` and the index of the frame is
            not just a count of the rows, rows are found by id. Where X is a Series, its index has
            to be that of the frame. Columns of text and of pandas' category dtype are
            categorical, others are numbers.

        Returns
        -------
        Sequences or Texts
            ``Texts`` where X is text or tokens, which the estimator's encoder turns into ids.

        Raises
        ------
        ValueError
            Another number of rows, an id without a row, a column that X has already, an index
            that is not that of X.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn_rnn import Sequences
        >>> about = pd.DataFrame({"stars": [5, 2], "country": ["NO", "PE"]})
        >>> reviews = Sequences.with_static(["a fine film", "too long"], about)
        >>> reviews
        Texts: 2 texts, 2 static columns
        >>> reviews.static_categories
        (('NO', 'PE'),)
        """
        from sklearn_rnn.data._static_columns import with_static  # which imports this file

        return with_static(X, frame)

    @classmethod
    def concat(cls, parts) -> "Sequences":
        """Join several ``Sequences`` of one width and vocabulary into one.

        Parameters
        ----------
        parts : list of Sequences
            At least one; all have the same columns.

        Returns
        -------
        Sequences
            The sequences of all parts, one part after the other.

        Raises
        ------
        ValueError
            If there are no parts, or one differs from the first in its columns; it is named.
        """
        parts = _check_parts(cls, parts)
        if not parts:
            raise ValueError("concat needs at least one Sequences.")
        first = parts[0]
        for i, part in enumerate(parts):
            if part.n_features != first.n_features or part.vocabulary != first.vocabulary:
                raise ValueError(
                    f"part {i} has n_features={part.n_features} and {part.vocabulary}, but part 0 "
                    f"has n_features={first.n_features} and {first.vocabulary}; all must agree."
                )
            if part.names != first.names:
                raise ValueError(
                    f"part {i} has the columns {part.names}, but part 0 has {first.names}; all "
                    "must agree."
                )
            for name in _OF_STEPS + _OF_SEQUENCES:
                columns, expected = (np.shape(getattr(p, name))[1:] for p in (part, first))
                if (getattr(part, name) is None) != (getattr(first, name) is None):
                    raise ValueError(f"{name} must be in every part or in none, see part {i}.")
                if columns != expected:
                    raise ValueError(
                        f"{name} of part {i} has the columns {columns}, but that of part 0 has "
                        f"{expected}; all must agree."
                    )

        def join(name):
            if getattr(first, name) is None:
                return None
            return np.concatenate([getattr(part, name) for part in parts])

        joined = {name: join(name) for name in ("values", "times", "static", "ids")}
        joined["codes"], joined["categories"] = _join_codes(parts, "codes", "categories")
        joined["static_codes"], joined["static_categories"] = _join_codes(
            parts, "static_codes", "static_categories"
        )
        return cls(
            offsets=_offsets(np.concatenate([part.lengths for part in parts])),
            vocabulary=first.vocabulary,
            names=first.names,
            padding=first.padding,
            **joined,
        )

    @property
    def lengths(self) -> np.ndarray:
        """The number of steps of each sequence."""
        return np.diff(self.offsets)

    @property
    def n_features(self) -> int | None:
        """The width of a step; None if ``values`` is one-dimensional."""
        return self.values.shape[1] if self.values.ndim == 2 else None

    @property
    def dtype(self) -> np.dtype:
        """The dtype of ``values``."""
        return self.values.dtype

    @property
    def ndim(self) -> int:
        """The number of dimensions of the padded form, 2 or 3."""
        return self.values.ndim + 1

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the padded form, ``(n, time)`` or ``(n, time, n_features)``."""
        return (len(self), self._padded_length(), *self.values.shape[1:])

    def __len__(self):
        return len(self.offsets) - 1

    def __iter__(self):
        bounds = self.offsets.tolist()
        for start, stop in itertools.pairwise(bounds):
            yield self.values[start:stop]

    def __getitem__(self, key):
        # scikit-learn cuts whatever has a shape by (key, Ellipsis).
        if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:
            return self[key[0]]
        if isinstance(key, Integral):
            return self._one(int(key))
        if isinstance(key, slice) and key.step in (None, 1):
            start, stop, _ = key.indices(len(self))
            return self._slice(start, max(start, stop))
        if not isinstance(key, slice | list | tuple):
            key = np.asarray(key)  # numpy would take a tensor of one element for an integer
        rows = None if isinstance(key, tuple) else np.arange(len(self))[key]
        if rows is None or rows.ndim > 1:
            raise IndexError(
                "Sequences are indexed by one integer, slice, mask or array of integers, "
                f"not by {key!r}; to_padded() gives an array."
            )
        return self._take(rows) if rows.ndim else self._one(int(rows))

    def _one(self, i):
        n = len(self)
        if not -n <= i < n:
            raise IndexError(f"index {i} is out of range for {n} sequences")
        i %= n
        return self.values[self.offsets[i] : self.offsets[i + 1]]

    def _slice(self, start, stop):
        begin, end = self.offsets[start], self.offsets[stop]
        return self._cut(
            self.offsets[start : stop + 1] - begin, slice(begin, end), slice(start, stop)
        )

    def _take(self, rows):
        lengths = self.lengths[rows]
        return self._cut(_offsets(lengths), gather_positions(self.offsets[rows], lengths), rows)

    def _cut(self, offsets, steps, rows):
        parts = {name: _pick(getattr(self, name), steps) for name in ("values", *_OF_STEPS)}
        parts |= {name: _pick(getattr(self, name), rows) for name in _OF_SEQUENCES}
        return self._replace(offsets=offsets, **parts)

    def _replace(self, **changes):
        fields = ("values", "offsets", *_OF_STEPS, *_OF_SEQUENCES, *_OF_ALL)
        return Sequences(**{name: getattr(self, name) for name in fields} | changes)

    def keep_steps(self, kept) -> "Sequences":
        """Give the same sequences without the steps where a mask is False.

        Parameters
        ----------
        kept : array of shape (steps,), bool
            Which steps stay, of all sequences one after the other.

        Returns
        -------
        Sequences
            As many sequences; one of which nothing stays is empty.
        """
        offsets = np.concatenate([[0], np.cumsum(kept, dtype=np.int64)])[self.offsets]
        parts = {name: _pick(getattr(self, name), kept) for name in ("values", *_OF_STEPS)}
        return self._replace(offsets=offsets, **parts)

    def rows_of_steps(self) -> np.ndarray:
        """Give which sequence each step belongs to.

        Returns
        -------
        ndarray of shape (steps,), int64
            The index of the sequence.
        """
        return np.repeat(np.arange(len(self)), self.lengths)

    def with_values(self, values, vocabulary=None) -> "Sequences":
        """Give the same sequences with other values for their steps.

        Parameters
        ----------
        values : array of shape (steps,) or (steps, n_features)
            The new steps of all sequences, one sequence after the other.
        vocabulary : Vocabulary or None, default=None
            What the values stand for, where they are ids.

        Returns
        -------
        Sequences
            Of the same lengths, with the same columns beside the values.
        """
        names = self.names
        if names is not None and np.shape(values)[1:] != self.values.shape[1:]:
            names = names._replace(values=())
        return self._replace(values=values, vocabulary=vocabulary, names=names)

    def with_columns(self, **columns) -> "Sequences":
        """Give the same sequences with other columns beside their values.

        Parameters
        ----------
        **columns : array, tuple or None
            ``codes``, ``static`` and what else the class is built with, by name.

        Returns
        -------
        Sequences
            With the given columns in place of those of the same names.
        """
        return self._replace(**columns)

    def align(self, labels):
        """Give labels in the order of the sequences, by ``ids``.

        Parameters
        ----------
        labels : Series or DataFrame
            Indexed by ids, in any order; rows of other ids are left out.

        Returns
        -------
        Series or DataFrame
            One row a sequence.

        Raises
        ------
        ValueError
            If there are no ``ids``, or an id has no row or several; the message names it.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn_rnn import Sequences
        >>> sequences = Sequences(values=[1.0, 2.0], offsets=[0, 1, 2], ids=["bob", "eve"])
        >>> sequences.align(pd.Series({"eve": 1, "ann": 1, "bob": 0})).tolist()
        [0, 1]
        """
        if self.ids is None:
            raise ValueError(
                "the sequences have no ids to align by; give the labels in their order, or build "
                "the sequences with ids, as from_frame does."
            )
        return align_by_ids(self.ids, labels)

    def with_padding(self, padding) -> "Sequences":
        """Give the same sequences with another padded form.

        Parameters
        ----------
        padding : Padding or None
            The new padded form; None means right padding up to the longest sequence.

        Returns
        -------
        Sequences
            Of the same steps and lengths.
        """
        return self._replace(padding=padding)

    def _padded_length(self):
        if self.padding is not None and self.padding.length is not None:
            return self.padding.length
        return int(self.lengths.max(initial=0))

    def to_list(self) -> list[np.ndarray]:
        """Give a list of arrays, one a sequence.

        Returns
        -------
        list of ndarray of shape (time,) or (time, n_features)
            Views of ``values``.
        """
        return list(self)

    def to_padded(self) -> np.ndarray:
        """Give one rectangular array; ``padding`` says how it is filled.

        Returns
        -------
        ndarray of shape (n, time) or (n, time, n_features)
            The steps, and padding where a sequence has none.

        Raises
        ------
        ValueError
            If a sequence is longer than the padded form; it is named.
        """
        _, side, value = self.padding or Padding()
        length = self._padded_length()
        longest = int(self.lengths.max(initial=0))
        if longest > length:
            i = int(np.argmax(self.lengths))
            raise ValueError(
                f"sequence {i} has {longest} steps, but the padded form has {length}; "
                "a SequencePadder truncates."
            )
        return pad(self.values, self.lengths, length=length, side=side, value=value)

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("the padded form of Sequences is always a new array")
        padded = self.to_padded()
        return padded if dtype is None else padded.astype(dtype)

    def __repr__(self):
        noun = "sequence" if len(self) == 1 else "sequences"
        text = f"Sequences: {len(self)} {noun}"
        if len(self):
            text += f" of {self.lengths.min()} to {self.lengths.max()} steps"
        if self.n_features is not None:
            text += f", {self.n_features} features"
        if self.vocabulary is not None:
            text += f", vocabulary of {len(self.vocabulary)}"
        elif self.codes is not None:
            text += f", {_count(np.shape(self.codes)[1], 'categorical column')}"
        n_static = sum(
            np.shape(part)[1] for part in (self.static, self.static_codes) if np.ndim(part) == 2
        )
        return text + (f", {_count(n_static, 'static column')}" if n_static else "")


def _check_parts(kind, parts):
    if isinstance(parts, kind) or not isinstance(parts, Iterable):
        raise TypeError(f"concat takes a list of Sequences, but {describe(parts)} came: [X].")
    parts = list(parts)
    for i, part in enumerate(parts):
        if not isinstance(part, kind):
            raise TypeError(
                f"part {i} is {describe(part)}, but concat joins Sequences; Sequences.from_list "
                "makes them of a list of arrays."
            )
    return parts


def _count(n, noun):
    return f"{n} {noun}" + "s" * (n != 1)


def _integers(name, numbers):
    numbers = np.asarray(numbers)
    if numbers.dtype.kind not in "iu" and numbers.size:
        raise ValueError(f"{name} must be integers, but came as {numbers.dtype}.")
    return numbers.astype(np.int64, copy=False)


def _offsets(lengths):
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)


def _optional_array(column):
    return column if column is None else np.asarray(column)


def _pick(column, rows):
    return None if column is None else column[rows]


def _check_offsets(offsets, n_steps):
    if offsets.ndim != 1 or len(offsets) == 0 or offsets[0] != 0 or offsets[-1] != n_steps:
        raise ValueError(
            f"offsets must be one-dimensional, begin with 0 and end with the number of steps, "
            f"{n_steps}, but came with shape {offsets.shape} and ends {offsets[:1]} and "
            f"{offsets[-1:]}."
        )
    falls = np.flatnonzero(np.diff(offsets) < 0)
    if len(falls):
        i = falls[0]
        raise ValueError(f"offsets fall from {offsets[i]} to {offsets[i + 1]} at sequence {i}.")


def _check_codes(name, categories, codes_name, codes):
    if categories is not None and (codes is None or np.shape(codes)[1:] != (len(categories),)):
        raise ValueError(
            f"{name} names {len(categories)} columns, but {codes_name} has the shape "
            f"{np.shape(codes)}; it needs one column for each."
        )


def _join_codes(parts, codes, categories):
    """Join the codes of several parts; categories that differ are merged, and codes follow."""
    if getattr(parts[0], codes) is None:
        return None, None
    kept = [getattr(part, categories) for part in parts]
    without = [names is None for names in kept]
    if all(without):
        return np.concatenate([getattr(part, codes) for part in parts]), None
    if any(without):
        i = next(i for i, lacks in enumerate(without) if lacks != without[0])
        raise ValueError(
            f"{categories} must be in every part or in none, see part {i}: codes of other "
            "categories would mean something else."
        )
    columns, joined = [], []
    for column in range(len(kept[0])):
        merged = {}
        for names in kept:
            for category in names[column]:
                merged.setdefault(category, len(merged))
        recoded = [
            _recode(getattr(part, codes)[:, column], names[column], merged)
            for part, names in zip(parts, kept, strict=True)
        ]
        columns.append(np.concatenate(recoded))
        joined.append(tuple(merged))
    return np.stack(columns, axis=1), tuple(joined)


def _recode(column, names, merged):
    codes = np.array([merged[category] for category in names], dtype=np.int32)
    return codes[column] if len(codes) else column
