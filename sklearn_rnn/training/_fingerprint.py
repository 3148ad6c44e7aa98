"""A short text that tells values apart, the same in every process."""

import contextlib
import dataclasses
import functools
import hashlib
import pickle
import types
from typing import Any

import numpy as np
import pandas as pd
import torch

from sklearn_rnn.data import Sequences

__all__ = ["fingerprint"]

_CHUNK = 1 << 16  # rows of a file larger than memory that are read at a time
_OF_SEQUENCES = ("values", "offsets", "codes", "categories", "static", "static_codes")
_OF_SEQUENCES += ("static_categories", "times", "ids", "names")


def fingerprint(value: Any) -> str:
    """Digest a value by what it holds: data, parameters, estimators, classes and functions.

    Classes and functions are known by their names, functions by their code, defaults and closure
    too. Neither the identity of an object nor the order of a dict or set matters.

    Parameters
    ----------
    value : object

    Returns
    -------
    str of 64 hexadecimal digits

    Raises
    ------
    TypeError
        If a value has nothing to tell it apart by.

    Examples
    --------
    >>> from sklearn_rnn.training._fingerprint import fingerprint
    >>> fingerprint({"a": [1, 2.0], "b": "c"}) == fingerprint({"b": "c", "a": [1, 2.0]})
    True
    >>> fingerprint([1]) == fingerprint([True])
    False
    """
    return _digest(value, ()).hex()


def _digest(value, within):
    if any(value is outer for outer in within):
        raise TypeError(f"an object of {type(value).__name__} that holds itself")
    is_mapped = isinstance(value, np.memmap)  # the same numbers, wherever they lie
    digest = hashlib.sha256(_kind(np.ndarray if is_mapped else type(value)))
    for part in _parts(value, (*within, value)):
        digest.update(part)
    return digest.digest()


def _kind(kind):
    return f"{kind.__module__}.{kind.__qualname__};".encode()


def _parts(value, within):
    """Give the bytes that tell a value from others of its type."""
    if value is None or isinstance(value, bool | int | float | complex):
        return [repr(value).encode()]
    if isinstance(value, str | bytes):
        return [_encode(value) if isinstance(value, str) else value]
    if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
        return _array_parts(np.asarray(value))
    if isinstance(value, torch.Tensor):
        flat = value.detach().cpu().reshape(-1).contiguous().view(torch.uint8).numpy()
        return [f"{value.dtype}{tuple(value.shape)}".encode(), flat]
    if isinstance(value, type | types.BuiltinFunctionType):
        return [_kind(value)]
    if isinstance(value, types.FunctionType):
        return [_kind(value), *(_digest(part, within) for part in _function_parts(value, within))]
    if isinstance(value, types.CodeType):
        return [value.co_code, _digest([value.co_names, value.co_consts], within)]
    if isinstance(value, set | frozenset):
        return sorted(_digest(item, within) for item in value)
    if isinstance(value, dict):
        return sorted(_digest(k, within) + _digest(v, within) for k, v in value.items())
    if isinstance(value, list | tuple):
        if value and all(type(item) is str for item in value):  # a vocabulary, for example
            return [repr([len(item) for item in value]).encode(), _encode("".join(value))]
        return (_digest(item, within) for item in value)
    return (_digest(part, within) for part in _content(value))


def _function_parts(function, within):
    """Give code, defaults and what a function holds of the one around it, but for itself."""
    held = []
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # it is empty
            held.append(cell.cell_contents)
    held = [part for part in held if not any(part is outer for outer in within)]
    return [function.__code__, function.__defaults__, function.__kwdefaults__, held]


def _encode(text):
    return text.encode("utf-8", "surrogatepass")


def _array_parts(array):
    """Give dtype, shape and bytes, those of a file larger than memory chunk by chunk."""
    yield f"{array.dtype.str}{array.shape}".encode()
    for begin in range(0, len(array) if array.ndim else 0, _CHUNK):
        yield np.ascontiguousarray(array[begin : begin + _CHUNK]).tobytes()
    if not array.ndim:
        yield array.tobytes()


def _content(value):
    """Give what an object of another type is made of."""
    if isinstance(value, np.ndarray):
        return [value.shape, *value.ravel().tolist()]
    if isinstance(value, pd.DataFrame):
        return [value.index, *(part for item in value.items() for part in item)]
    if isinstance(value, pd.Series):
        return [value.index, value.name, str(value.dtype), value.to_numpy()]
    if isinstance(value, pd.Index):
        return [list(value.names), str(value.dtype), value.to_numpy()]
    if isinstance(value, Sequences):
        vocabulary = None if value.vocabulary is None else value.vocabulary.tokens
        return [vocabulary, *(getattr(value, name) for name in _OF_SEQUENCES)]
    if dataclasses.is_dataclass(value):
        return [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, torch.nn.Module):
        return [dict(value.state_dict())]
    if isinstance(value, np.random.RandomState):
        return [value.get_state(legacy=False)]
    if hasattr(value, "get_params"):
        return [value.get_params(deep=False)]
    if getattr(value, "__dict__", None):
        return [vars(value)]
    try:
        return [pickle.dumps(value, protocol=4)]
    except Exception as error:
        raise TypeError(f"an object of {type(value).__name__}") from error
