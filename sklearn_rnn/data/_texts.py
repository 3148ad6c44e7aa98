"""Texts, or lists of tokens, with columns beside them."""

from numbers import Integral

import numpy as np

from sklearn_rnn.data._alignment import align_by_ids

__all__ = ["Texts", "static_fields"]

_FIELDS = ("static", "static_codes", "static_categories", "ids", "names")


class Texts:
    """n texts, or n lists of tokens, each with static columns.

    Texts stay text for the estimator's encoder; the container sees to it that scikit-learn's
    splitters cut texts and columns together.

    Parameters
    ----------
    texts : list of str, or list of lists of str
        The texts, or the tokens.
    static : array of shape (n, n_columns) or None, default=None
        Numeric columns of each text.
    static_codes : array of shape (n, n_columns), int, or None, default=None
        Categorical columns of each text.
    static_categories : tuple of tuples, one a column of ``static_codes``, or None, default=None
        What the codes stand for.
    ids : array of shape (n,) or None, default=None
        What each text is called; ``align`` goes by them.
    names : ColumnNames or None, default=None
        What the columns are called.

    Attributes
    ----------
    shape : tuple
        ``(n,)``.

    See Also
    --------
    Sequences.with_static : Makes them from texts and a dataframe.

    Examples
    --------
    >>> from sklearn_rnn.data import Texts
    >>> reviews = Texts(["a fine film", "too long"], static=[[1.0], [3.0]])
    >>> reviews
    Texts: 2 texts, 1 static column
    >>> reviews[1]
    'too long'
    >>> reviews[[1]].static
    array([[3.]])
    """

    def __init__(
        self,
        texts,
        static=None,
        static_codes=None,
        static_categories=None,
        ids=None,
        names=None,
    ):
        self.texts = _objects(texts)
        self.static = _rows(static)
        self.static_codes = _rows(static_codes)
        self.static_categories = static_categories
        self.ids = _rows(ids)
        self.names = names
        self._check()

    def _check(self):
        for name in ("static", "static_codes", "ids"):
            column = getattr(self, name)
            if column is not None and len(column) != len(self):
                raise ValueError(f"{name} has {len(column)} rows, but there are {len(self)} texts.")
        n_names = None if self.static_categories is None else len(self.static_categories)
        if n_names is not None and np.shape(self.static_codes)[1:] != (n_names,):
            raise ValueError(
                f"static_categories names {n_names} columns, but static_codes has the shape "
                f"{np.shape(self.static_codes)}; it needs one column for each."
            )

    @property
    def shape(self):
        return (len(self),)

    def __len__(self):
        return len(self.texts)

    def __iter__(self):
        return iter(self.texts)

    def __getitem__(self, key):
        # scikit-learn cuts whatever has a shape by (key, Ellipsis).
        if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:
            return self[key[0]]
        if isinstance(key, Integral):
            return self.texts[key]
        if not isinstance(key, slice | list | tuple):
            key = np.asarray(key)
        rows = None if isinstance(key, tuple) else np.arange(len(self))[key]
        if rows is None or rows.ndim > 1:
            raise IndexError(
                "Texts are indexed by one integer, slice, mask or array of integers, "
                f"not by {key!r}."
            )
        return self._take(rows) if rows.ndim else self.texts[rows]

    def _take(self, rows):
        cut = {
            name: None if getattr(self, name) is None else getattr(self, name)[rows]
            for name in ("static", "static_codes", "ids")
        }
        return Texts(self.texts[rows], **static_fields(self) | cut)

    def with_texts(self, texts):
        """Give other texts, or their tokens, with the same columns."""
        return Texts(texts, **static_fields(self))

    def align(self, labels):
        """Give labels, indexed by ids, in the order of the texts; see ``Sequences.align``."""
        if self.ids is None:
            raise ValueError("the texts have no ids to align by; give the labels in their order.")
        return align_by_ids(self.ids, labels)

    def tolist(self):
        """Give the texts as a list."""
        return self.texts.tolist()

    def __array__(self, dtype=None, copy=None):
        return np.array(self.texts, dtype=dtype, copy=copy is not False)

    def __repr__(self):
        kind = "text" if all(isinstance(text, str) for text in self.texts[:1]) else "token list"
        columns = [part.shape[1] for part in (self.static, self.static_codes) if np.ndim(part) == 2]
        text = f"Texts: {_count(len(self), kind)}"
        return text + (f", {_count(sum(columns), 'static column')}" if columns else "")


def static_fields(X) -> dict:
    """Give what ``Texts`` carry beside their texts, by name; nothing for any other X."""
    return {name: getattr(X, name) for name in _FIELDS} if isinstance(X, Texts) else {}


def _objects(texts):
    """Give texts, or lists of tokens, as an array of objects of one dimension."""
    if isinstance(texts, str | bytes | dict):
        raise TypeError(
            f"a list of texts or of token lists is expected, not {type(texts).__name__}."
        )
    return np.fromiter(texts, dtype=object)


def _rows(column):
    return None if column is None else np.asarray(column)


def _count(n, noun):
    return f"{n} {noun}" + ("" if n == 1 else "s")
