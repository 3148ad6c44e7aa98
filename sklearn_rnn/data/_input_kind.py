"""Which of the forms X has, and texts and tokens as lists."""

from enum import Enum

import numpy as np
import pandas as pd

from sklearn_rnn.data._arrays import as_array, count_steps, describe, is_sparse, show
from sklearn_rnn.data._chunks import Chunks
from sklearn_rnn.data._columns import is_frame
from sklearn_rnn.data._sequences import Sequences
from sklearn_rnn.data._stored_texts import StoredTexts
from sklearn_rnn.data._texts import Texts

__all__ = ["InputKind", "check_readable", "check_text", "check_tokens", "input_kind"]


_BYTES_WAY_OUT = "texts must be str; decode them: [text.decode() for text in X]."


class InputKind(Enum):
    """The forms that X comes in."""

    SEQUENCES = "Sequences"
    TABLE = "a table"
    ARRAY = "a 3-D array"
    RAGGED = "a list of arrays"
    TOKENS = "lists of tokens"
    TEXT = "texts"


def input_kind(X) -> InputKind:
    """Tell which form X has, by looking at its type, its shape and its first element.

    Raises
    ------
    TypeError or ValueError
        If X is none of the forms; the message lists them.
    """
    if isinstance(X, Sequences):
        return InputKind.SEQUENCES
    if isinstance(X, Texts):
        return _kind_of_elements(X)
    check_readable(X)
    if _is_frame(X):
        return InputKind.TABLE
    _check_iterable(X)
    if _is_listlike(X):
        return _kind_of_elements(X)
    if not hasattr(X, "shape") or not hasattr(X, "dtype"):
        X = np.asarray(X)
    ndim = len(X.shape)
    if ndim == 1 and (_is_series(X) or getattr(X.dtype, "kind", "f") in "OUTS"):
        return _kind_of_elements(X)
    if ndim == 2:
        return InputKind.TABLE
    if ndim == 3:
        return InputKind.ARRAY
    raise ValueError(
        f"Expected sequences, got {type(X).__name__} with {ndim} dimensions. "
        "Give a list of texts, of token lists or of (time, n_features) arrays, a 2-D array "
        "(each row a sequence of one feature), a 3-D array (n, time, n_features) or Sequences. "
        "Reshape your data with X.reshape(-1, 1) if each number is a sequence of one step, or "
        "X.reshape(1, -1) if it is one sequence."
    )


def check_readable(X):
    """Refuse what holds numbers, but not as an array has them."""
    if isinstance(X, Chunks):
        raise TypeError(
            "X is Chunks, which only fit of RNNClassifier, RNNRegressor and RNNTagger reads: give "
            "one chunk at a time, [model.predict(X) for X, *_ in chunks], or all of them as one, "
            "X, y, _ = chunks.store()."
        )
    if is_sparse(X):
        raise TypeError(
            "sparse data is not supported; toarray() or to_dense() makes it dense, and a list of "
            "arrays holds no padding."
        )
    if getattr(X, "is_nested", False):
        raise TypeError("X is a nested tensor, but a list of tensors is expected: X.unbind().")
    if hasattr(X, "collect"):
        raise TypeError(f"X is a {type(X).__name__}, whose rows are not there yet: collect() it.")


def _is_frame(X):
    return not isinstance(X, type) and (is_frame(X) or hasattr(X, "__dataframe__"))


def _is_series(X):
    """Tell whether X is a Series, of whatever library."""
    return hasattr(X, "to_numpy") and hasattr(X, "to_list")


def _check_iterable(X):
    """Refuse what is no collection, or one whose elements are not the sequences."""
    if isinstance(X, str | bytes | bytearray):
        raise ValueError(
            f"X is one text ({X[:30]!r}), but a list of texts is expected: put it into a list, [X]."
        )
    if isinstance(X, dict):
        raise TypeError("X is a dict, but a list of sequences is expected: list(X.values()).")
    if not isinstance(X, type) and (_is_array(X) or _is_listlike(X)):
        return
    way_out = "; list(X) makes one" if hasattr(X, "__iter__") else ""
    raise TypeError(
        f"X is {describe(X)}, but a list of texts, of token lists or of arrays is "
        f"expected{way_out}."
    )


def _is_array(X):
    # The module numpy has a shape too: it is a function.
    return isinstance(getattr(X, "shape", None), tuple) or hasattr(X, "__array__")


def _is_listlike(X):
    if isinstance(X, list | tuple | pd.Series | pd.Index):
        return True
    return not _is_array(X) and hasattr(X, "__len__") and hasattr(X, "__getitem__")


def _kind_of_elements(X) -> InputKind:
    if len(X) == 0:
        return InputKind.RAGGED
    present = (sequence for sequence in X if not _is_missing(sequence))
    first = next(present, None)
    if isinstance(first, str):
        return InputKind.TEXT
    if isinstance(first, bytes):
        i = next(i for i, sequence in enumerate(X) if isinstance(sequence, bytes))
        raise ValueError(f"sequence {i} is {describe(first)}, but {_BYTES_WAY_OUT}")
    if isinstance(first, list | tuple) or _may_hold_tokens(first):
        found = next((sequence for sequence in X if count_steps(sequence)), ())
        if isinstance(next(iter(found), None), str):
            return InputKind.TOKENS
    elif _is_scalar(first):
        texts = "; texts that were read as numbers, X.astype(str)" if hasattr(X, "astype") else ""
        raise ValueError(
            f"Expected a list of sequences, got a list whose first element is {show(first)}. "
            "Reshape your data: wrap one sequence as [X], or single numbers as [[x] for x in X]"
            f"{texts}."
        )
    return InputKind.RAGGED


def _is_missing(value):
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def _is_scalar(value):
    return not hasattr(value, "__len__") or getattr(value, "ndim", 1) == 0


def _may_hold_tokens(sequence):
    kind = getattr(getattr(sequence, "dtype", None), "kind", "f")
    return (kind in "OUT" or _is_series(sequence)) and not _is_scalar(sequence)


def check_text(X) -> list[str]:
    """Give texts as a list, or raise an error that names the one that is none.

    Those in a file stay there.
    """
    if isinstance(X, StoredTexts):
        return X
    texts = _as_list(X)
    for i, text in enumerate(texts):
        if isinstance(text, bytes):
            raise ValueError(f"sequence {i} is {describe(text)}, but {_BYTES_WAY_OUT}")
        if not isinstance(text, str):
            raise ValueError(
                f"sequence {i} is {describe(text)}, but texts are expected; every one must be a "
                "str. Drop missing texts or replace them with a word for missing."
            )
    return texts


def check_tokens(X, *, start: int = 0) -> list:
    """Give lists of tokens as a list, or raise an error that names what is none.

    ``start`` is the number of the first list, for messages. Those in a file stay there.
    """
    if isinstance(X, StoredTexts):
        return X
    token_lists = _as_list(X)
    for i, tokens in enumerate(token_lists, start=start):
        if isinstance(tokens, str | bytes | dict | set | frozenset) or _is_scalar(tokens):
            raise ValueError(
                f"sequence {i} is {describe(tokens)}, but lists of tokens are expected; every "
                "one must be a list of str."
            )
        if set(map(type, tokens)) == {str}:
            continue
        for step, token in enumerate(tokens):
            if not isinstance(token, str):
                raise ValueError(
                    f"sequence {i}, step {step} is {describe(token)}, but tokens must be str; "
                    f"{_way_to_tokens(token)}."
                )
    return token_lists


def _way_to_tokens(token):
    way_out = "convert numbers with str(), or give sequences of numbers alone"
    if _is_missing(token):
        way_out += (
            "; words such as NA and null are read as missing by pandas.read_csv, unless it is told "
            "keep_default_na=False"
        )
    return way_out


def _as_list(X):
    """Give texts or token lists as a list; elsewhere a table would give its column names."""
    check_readable(X)
    if _is_frame(X):
        names = getattr(X, "column_names", X.columns)  # of pyarrow, columns are no names
        raise ValueError(
            f"X is a table with the columns {list(names)!r:.200}, but one column of texts is "
            "expected: give it by itself, X[name]."
        )
    _check_iterable(X)
    if getattr(X, "ndim", 1) == 0:
        raise ValueError(f"X is {describe(X)}, but a list of texts is expected: [X.item()].")
    if hasattr(X, "detach"):
        X = as_array(X)
    return X.tolist() if hasattr(X, "tolist") else list(X)
