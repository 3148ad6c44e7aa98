"""The ids of series: each row's number among the distinct ones."""

import numpy as np
import pandas as pd

__all__ = ["number_ids", "number_levels"]


def number_ids(columns: list, names: list) -> tuple:
    """Number the ids of rows, in the order in which they first occur.

    Parameters
    ----------
    columns : list of Series
        The parts of the ids.
    names : list
        What the columns are called, for messages.

    Returns
    -------
    groups : ndarray of shape (rows,), int64, or None
        The number of each row's id; None without columns.
    ids : ndarray of shape (n_ids,), object, or None
        The distinct ids, of Python objects; tuples where they have several parts.
    dtypes : tuple of str

    Raises
    ------
    ValueError
        If an id is missing.
    """
    if not columns:
        return None, None, ()
    parts = [_factorize(column, name) for column, name in zip(columns, names, strict=True)]
    for (codes, _), name in zip(parts, names, strict=True):
        _check_ids(codes, f"id_col {name!r}")
    groups, ids = _join([codes for codes, _ in parts], [distinct for _, distinct in parts])
    return groups, ids, tuple(str(column.dtype) for column in columns)


def _factorize(column, name):
    try:
        return pd.factorize(column)
    except TypeError as error:
        raise TypeError(
            f"id_col {name!r} holds {column.iloc[0]!r:.60}, but an id must be a str, a number, a "
            f"time or another hashable value ({error})."
        ) from error


def number_levels(index: pd.MultiIndex) -> tuple:
    """Do as ``number_ids`` with all levels of an index but the last."""
    levels = range(index.nlevels - 1)
    codes = [np.asarray(index.codes[level], dtype=np.int64) for level in levels]
    for level in levels:
        _check_ids(codes[level], f"level {index.names[level] or level!r} of the index")
    groups, ids = _join(codes, [index.levels[level] for level in levels])
    return groups, ids, tuple(str(index.levels[level].dtype) for level in levels)


def _join(codes, values):
    """Join the parts of ids: the number of each row's id, and the distinct ids."""
    joined = codes[0].astype(np.int64)
    for more, distinct in zip(codes[1:], values[1:], strict=True):
        joined = joined * len(distinct) + more
    groups, firsts = pd.factorize(joined)
    parts = []
    for distinct in reversed(values[1:]):
        firsts, part = np.divmod(firsts, len(distinct))
        parts.append(_as_objects(distinct)[part])
    parts.append(_as_objects(values[0])[firsts])
    ids = parts[0] if len(parts) == 1 else zip(*reversed(parts), strict=True)
    return groups.astype(np.int64), np.fromiter(ids, dtype=object)


def _as_objects(distinct):
    """Give values as Python objects, so that large integers stay exact."""
    return np.fromiter(pd.Index(distinct).tolist(), dtype=object)


def _check_ids(codes, what):
    missing = codes < 0
    if missing.any():
        raise ValueError(
            f"{what} is missing in row {int(np.argmax(missing))} ({missing.sum()} of "
            f"{len(missing)} rows); every row needs the id of its series: drop or fill such rows."
        )
