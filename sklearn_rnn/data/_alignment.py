"""Labels in pandas, brought into the order of the sequences by their ids."""

import numpy as np
import pandas as pd

__all__ = ["align_by_ids", "as_id_index", "is_default_index", "show_id"]


def align_by_ids(ids, labels, what: str = "labels"):
    """Give the rows of a Series or DataFrame, indexed by ids, in the order of ``ids``.

    Parameters
    ----------
    ids : array of shape (n,)
        The ids of the sequences; they may repeat, as after resampling.
    labels : Series or DataFrame
        One row an id, in any order; rows of other ids are left out.
    what : str, default="labels"
        What the labels are, for messages.

    Returns
    -------
    Series or DataFrame of n rows
        Its index is ``ids``.

    Raises
    ------
    ValueError
        If an id has no row, or several; the message names it.
    TypeError
        If ``labels`` have no index.
    """
    if not isinstance(labels, pd.Series | pd.DataFrame):
        raise TypeError(
            f"{what} must be a Series or DataFrame whose index holds the ids, not "
            f"{type(labels).__name__}; what is in the order of the sequences needs no alignment."
        )
    wanted, index = as_id_index(ids), _plain_index(labels.index)
    if len(wanted) == len(index) and wanted.equals(index):
        return labels
    if is_default_index(labels.index):
        _check_default_index(wanted, index, what)
    needed = index.isin(wanted)
    _check_repeated(index[needed], what)
    positions = index[needed].get_indexer(wanted)
    _check_missing(wanted, positions, index, what)
    return labels.iloc[np.flatnonzero(needed)[positions]]


def as_id_index(ids) -> pd.Index:
    """Give ids as an Index; several keys of one id are a tuple."""
    ids = np.asarray(ids)
    if ids.dtype == object and len(ids) and isinstance(ids[0], tuple):
        return pd.Index(ids, tupleize_cols=False)
    return pd.Index(ids)


def is_default_index(index: pd.Index) -> bool:
    """Tell whether an index only counts the rows."""
    counts = isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
    return counts and index.name is None


def _plain_index(index):
    if isinstance(index, pd.MultiIndex):
        return index.to_flat_index()
    if isinstance(index, pd.CategoricalIndex):
        return pd.Index(np.asarray(index))
    return index


def _check_default_index(wanted, index, what):
    """Refuse row numbers that are no ids, or that are ids in another order than the rows."""
    lacking = ~wanted.isin(index)
    if lacking.any():
        raise ValueError(
            f"the index of the {what} counts the rows from 0 to {len(index) - 1} and does not hold "
            f"{_named(wanted[lacking])} of the sequences: give the {what} an index of ids, as "
            f".set_index(id_col) does, or pass {what}.to_numpy() to go by position."
        )
    if len(wanted) == len(index) and wanted.is_unique:
        raise ValueError(
            f"the index of the {what} counts the rows, and the ids of the sequences are the same "
            f"numbers in another order (the first is {show_id(wanted[0])}), so it is not clear "
            f"which is meant: pass {what}.set_axis({what}.index.to_list()) to go by ids, or "
            f"{what}.to_numpy() to go by position."
        )


def _check_repeated(index, what):
    if not index.is_unique:
        repeated = index[index.duplicated()].unique()
        raise ValueError(
            f"{_named(repeated)} occurs more than once in the index of the {what}, but each id "
            f"needs one row: drop the repeated ones, or pass {what}.to_numpy() to go by position."
        )


def _check_missing(wanted, positions, index, what):
    missing = wanted[positions < 0].unique()
    if not len(missing):
        return
    held = show_id(index[0]) if len(index) else "nothing"
    cut = f" Cross-validation cuts by position: give it X.align({what})." if what != "frame" else ""
    raise ValueError(
        f"{_named(missing)} of the sequences has no row in the {what}, whose index begins with "
        f"{held}. Give every id its row, or pass {what}.to_numpy() to go by position.{cut}"
    )


def _named(ids):
    """Name the first id, and count the others."""
    count = len(ids.unique()) - 1
    return f"id {show_id(ids[0])}" + (f" (and {count} others)" if count else "")


def show_id(value) -> str:
    """Show an id as Python writes it: 1 is not '1'."""
    return repr(value.item() if isinstance(value, np.generic) else value)
