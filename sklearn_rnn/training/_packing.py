"""Nested plain values as JSON and arrays, and back, without losing a bit or a type."""

import hashlib
import math
from collections import OrderedDict
from typing import Any

import numpy as np
import torch

__all__ = ["foreign_part", "pack", "unpack"]

_INTEGERS = range(-(2**63), 2**64)
# numpy has no such dtype: the bits go to the file.
_BITS = {torch.bfloat16: torch.int16}
_DTYPES = {torch.float64, torch.float32, torch.float16, torch.bool, torch.uint8, *_BITS}
_DTYPES |= {torch.int64, torch.int32, torch.int16, torch.int8}


def pack(value: Any) -> tuple[Any, dict[str, np.ndarray]]:
    """Give a value as JSON, with the arrays that it refers to by name.

    Parameters
    ----------
    value : None, bool, int, float, str, tensor, array, or list, tuple, set or dict of such values
        Also numpy's scalars. A tensor may be on any device.

    Returns
    -------
    packed : object
        What JSON knows.
    arrays : dict of str to ndarray
        Equal ones are there once.

    Raises
    ------
    TypeError
        If there is anything else in it.

    Examples
    --------
    >>> from sklearn_rnn.training._packing import pack, unpack
    >>> packed, arrays = pack({1: (0.5, float("inf"))})
    >>> packed
    {'dict': [[1, {'tuple': [0.5, {'float': 'inf'}]}]]}
    >>> unpack(packed, arrays)
    {1: (0.5, inf)}
    """
    if (other := foreign_part(value)) is not None:
        raise TypeError(f"{other} cannot be packed")
    arrays = {}
    return _pack(value, arrays, {}), arrays


def foreign_part(value: Any) -> str | None:
    """Name the type of the first part of a value that ``pack`` does not take; None is none."""
    kind = type(value)
    if kind in (dict, OrderedDict):
        parts = [part for item in value.items() for part in item]
    elif kind in (list, tuple, set):
        parts = value
    else:
        return None if _is_leaf(value) else f"{kind.__module__}.{kind.__qualname__}"
    return next((found for part in parts if (found := foreign_part(part)) is not None), None)


def _is_leaf(value):
    kind = type(value)
    if isinstance(value, np.generic) or kind is np.ndarray:
        return value.dtype.kind in "biuf" and value.dtype.itemsize <= 8
    if kind is torch.Tensor:
        return not value.requires_grad and value.dtype in _DTYPES and not value.is_sparse
    return value is None or kind in (bool, int, float, str)


def unpack(packed: Any, arrays: dict[str, np.ndarray], device="cpu") -> Any:
    """Undo ``pack``; tensors that were not on the CPU go to ``device``.

    Raises
    ------
    KeyError, TypeError or ValueError
        If it is nothing that ``pack`` gives.
    """
    if isinstance(packed, list):
        return [unpack(item, arrays, device) for item in packed]
    if not isinstance(packed, dict):
        return packed
    (kind, content), *more = packed.items()
    if more:
        raise ValueError(f"an object of {len(packed)} keys")
    return _UNPACKED[kind](content, arrays, device)


def _pack(value, arrays, names):
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind is int:
        return value if value in _INTEGERS else {"int": str(value)}
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.generic):
        return {"scalar": [value.dtype.str, _pack(value.item(), arrays, names)]}
    if kind is np.ndarray:
        return {"array": _name(value, arrays, names)}
    if kind is torch.Tensor:
        return {"tensor": _pack_tensor(value, arrays, names)}
    if kind in (dict, OrderedDict):
        return {"dict": [[_pack(part, arrays, names) for part in item] for item in value.items()]}
    items = [_pack(item, arrays, names) for item in value]
    return items if kind is list else {kind.__name__: items}


def _pack_tensor(tensor, arrays, names):
    where = "cpu" if tensor.device.type == "cpu" else "device"
    flat = tensor.detach().cpu()
    if tensor.dtype in _BITS:
        flat = flat.contiguous().view(_BITS[tensor.dtype])
    dtype = str(tensor.dtype).removeprefix("torch.")
    return [where, dtype, _name(flat.numpy(), arrays, names)]


def _name(array, arrays, names):
    """Keep an array, once, and give its name."""
    array = np.asarray(array, order="C")
    content = hashlib.sha256(memoryview(array.reshape(-1)).cast("B") if array.size else b"")
    key = array.dtype.str, array.shape, content.digest()
    if key not in names:
        names[key] = str(len(names))
        arrays[names[key]] = array
    return names[key]


def _unpack_tensor(content, arrays, device):
    where, dtype, name = content
    tensor = torch.from_numpy(arrays[name].copy())  # two names of one array stay apart
    dtype = getattr(torch, dtype)
    if tensor.dtype != _BITS.get(dtype, dtype):
        raise ValueError(f"a tensor of {tensor.dtype} stands for one of {dtype}")
    tensor = tensor.view(dtype)
    return tensor.to("cpu" if where == "cpu" else device)


def _each(make):
    return lambda content, arrays, device: make(unpack(item, arrays, device) for item in content)


_UNPACKED = {
    "int": lambda content, arrays, device: int(content),
    "float": lambda content, arrays, device: float(content),
    "scalar": lambda content, arrays, device: np.dtype(content[0]).type(
        unpack(content[1], arrays, device)
    ),
    "array": lambda content, arrays, device: arrays[content].copy(),
    "tensor": _unpack_tensor,
    "dict": _each(dict),
    "tuple": _each(tuple),
    "set": _each(set),
}
