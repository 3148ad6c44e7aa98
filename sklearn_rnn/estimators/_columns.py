"""The columns beside the steps' values: categories and what belongs to a whole sequence."""

import numpy as np
import pandas as pd

from sklearn_rnn.data import (
    UNKNOWN_ID,
    ColumnNames,
    Sequences,
    blocks,
    gather_positions,
    map_blocks,
)

__all__ = ["InputColumns"]

_KINDS = {"codes": "categories", "static_codes": "static_categories"}
_FIRST_ID = UNKNOWN_ID + 1


class InputColumns:
    """What ``fit`` saw beside the values: the categories of each column, and the columns' names.

    Parameters
    ----------
    names : ColumnNames
        What the columns are called.
    ids : dict of str to list of dict
        For "codes" and "static_codes", one dict a column: the id of each known category, from 2
        upwards; 0 is padding, 1 a category that fit did not see.
    n_static : int
        The number of numeric columns of a whole sequence.
    """

    def __init__(self, names, ids, n_static):
        self.names = names
        self.ids = ids
        self.n_static = n_static

    @classmethod
    def learn(cls, sequences: Sequences, rows=None) -> "InputColumns":
        """Learn the categories that occur in the sequences at ``rows`` (None: in all)."""
        names, n_static = _column_names(sequences), _width(sequences.static)
        ids = {}
        for kind, categories in _KINDS.items():
            codes = _columns_of(sequences, kind)
            if codes is not None and rows is not None:
                codes = codes[_positions(sequences, rows) if kind == "codes" else rows]
            kept = () if codes is None else codes.T
            ids[kind] = [
                _number(column, getattr(sequences, categories)[i]) for i, column in enumerate(kept)
            ]
        return cls(names, ids, n_static)

    def sizes(self, kind: str) -> tuple[int, ...]:
        """Give the rows that the embedding of each column of a kind needs."""
        return tuple(len(ids) + _FIRST_ID for ids in self.ids[kind])

    def encode(self, sequences: Sequences) -> Sequences:
        """Give the sequences with ids, int32, in the place of codes.

        Raises
        ------
        ValueError
            If the columns are others than in fit, or hold text where those were numbers.
        """
        names = _column_names(sequences)
        for kind, title in _TITLES.items():
            self._check_names(getattr(names, kind), kind, title)
        encoded = {}
        for kind, categories in _KINDS.items():
            if self.ids[kind]:
                encoded |= {kind: self._encode_kind(sequences, kind), categories: None}
        return sequences.with_columns(**encoded)

    def count_unknown(self, encoded: Sequences) -> dict:
        """Count, for each column by its name, the steps or sequences of an unknown category."""
        return {
            name: int((getattr(encoded, kind)[:, i] == UNKNOWN_ID).sum())
            for kind in _KINDS
            for i, name in enumerate(getattr(self.names, kind))
        }

    def _encode_kind(self, sequences, kind):
        codes, categories = getattr(sequences, kind), getattr(sequences, _KINDS[kind])
        tables = []
        for i, known in enumerate(self.ids[kind]):
            _check_type(getattr(self.names, kind)[i], known, categories[i])
            table = [known.get(_plain(category), UNKNOWN_ID) for category in categories[i]]
            tables.append(np.array(table, dtype=np.int32))

        def look_up(rows):
            encoded = np.empty(rows.shape, dtype=np.int32)
            for i, table in enumerate(tables):
                encoded[:, i] = table[rows[:, i]]
            return encoded

        return map_blocks(look_up, codes)

    def check_values(self, sequences: Sequences) -> None:
        """Raise an error if the numeric columns of the steps are called otherwise than in fit."""
        names = sequences.names
        if names is not None and names.values and self.names.values:
            self._check_names(names.values, "values", "numeric")

    def _check_names(self, now, kind, title):
        fitted = getattr(self.names, kind)
        if now != fitted:
            raise ValueError(
                f"X has the {title} columns {list(now)}, but fit saw {list(fitted)}; give the "
                "same columns in the same order."
            )


_TITLES = {
    "codes": "categorical",
    "static": "static numeric",
    "static_codes": "static categorical",
}


def _column_names(sequences):
    """Give the names of the columns; where none were given, they are numbered."""
    names = sequences.names or ColumnNames()
    widths = {kind: _width(_columns_of(sequences, kind)) for kind in _TITLES}
    return ColumnNames(
        values=tuple(names.values),
        **{
            kind: tuple(getattr(names, kind))
            if len(getattr(names, kind)) == width
            else tuple(f"{kind}{i}" for i in range(width))
            for kind, width in widths.items()
        },
    )


def _columns_of(sequences, kind):
    """Give the columns of a kind; the codes of encoded text are its tokens over again."""
    of_tokens = kind == "codes" and sequences.vocabulary is not None
    return None if of_tokens else getattr(sequences, kind)


def _positions(sequences, rows):
    return gather_positions(sequences.offsets[rows], sequences.lengths[rows])


def _width(columns):
    return 0 if columns is None else columns.shape[1]


def _number(column, categories):
    """Number the categories that occur in a column of codes; their order in it does not matter."""
    found = set().union(*(np.unique(part).tolist() for part in blocks(column)))
    present = {_plain(categories[code]) for code in found}
    ordered = sorted(present, key=lambda category: (type(category).__name__, str(category)))
    return {category: i for i, category in enumerate(ordered, start=_FIRST_ID)}


def _plain(category):
    """Give a category as a plain object, so that 1 and numpy's 1 are one; NaN becomes None."""
    category = category.item() if isinstance(category, np.generic) else category
    return None if category is pd.NA or category != category else category


def _check_type(name, known, categories):
    """Tell text from numbers: "1" would be unknown where fit saw 1, and nobody would notice."""
    now, fitted = (
        {isinstance(category, str) for category in map(_plain, part) if category is not None}
        for part in (categories, known)
    )
    if now and fitted and not now & fitted:
        example = next(part for part in map(_plain, categories) if part is not None)
        seen = next(category for category in known if category is not None)
        raise ValueError(
            f"the categories of column {name!r} are {type(example).__name__} ({example!r}) in X, "
            f"but fit saw {type(seen).__name__} ({seen!r}); convert the column."
        )
