"""How arrays are spelt: numbers as tensors of the file, texts and objects in its document."""

import math

import numpy as np

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.persistence._codecs import Codec, cannot_save, checked, refuse
from sklearn_rnn.persistence._label_codecs import Label

__all__ = ["NUMBERS", "Array", "Tensors"]

NUMBERS = (
    *("float64", "float32", "int64", "int32", "int16", "int8"),
    *("uint64", "uint32", "uint16", "uint8", "bool"),
)
_TIMES = ("datetime64", "timedelta64")
_UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns")
_KEYS = {
    "tensor": {"kind", "dtype"},
    "text": {"kind", "shape", "width", "items"},
    "object": {"kind", "shape", "items"},
    "datetime64": {"kind", "unit"},
    "timedelta64": {"kind", "unit"},
}
# An array of texts has room for its longest text in every cell: 16 MB, or so many times the text.
_FREE_CELLS, _CELLS_PER_CHARACTER = 1 << 22, 64


class Array(Codec):
    """A numpy array.

    Parameters
    ----------
    *dtypes : str
        What it may hold: names of numeric dtypes (``NUMBERS``), "text" (``<U``), "object" (labels),
        "datetime64", "timedelta64". None named means any of them.
    shape : tuple of int or None, or None, default=None
        Its shape; None in it stands for any length, None for any shape.
    finite : bool, default=True
        Whether NaN and infinities are refused.
    check : callable or None
        Called with the array; its ValueError says what is wrong.
    """

    def __init__(self, *dtypes, shape=None, finite=True, check=None):
        self.dtypes = dtypes or (*NUMBERS, "text", "object", *_TIMES)
        self.shape, self.finite, self.check = shape, finite, check
        of_shape = "" if shape is None else f" of shape {shape}"
        self.what = f"an array of {' or '.join(self.dtypes)}{of_shape}"

    def takes(self, value):
        return isinstance(value, np.ndarray) and self._kind(value.dtype) in self.dtypes

    def reads(self, json):
        if not isinstance(json, dict) or not isinstance(json.get("kind"), str):
            return False
        kind = json["kind"]
        if json.keys() != _KEYS.get(kind):
            return False
        return (json["dtype"] if kind == "tensor" else kind) in self.dtypes

    @staticmethod
    def _kind(dtype):
        if dtype.kind == "U":
            return "text"
        return dtype.type.__name__ if dtype.kind in "mM" else dtype.name

    def _encode(self, value, where, store):
        value = np.asarray(value)  # of a subclass, the plain array
        if self._problem(value):
            raise cannot_save(where, f"{self.what}{self._problem(value)}", value)
        kind = self._kind(value.dtype)
        return {"kind": kind} | _WRITERS.get(kind, _write_tensor)(value, kind, where, store)

    def _decode(self, json, where, source):
        array = _READERS[json["kind"]](json, where, source)
        if self._problem(array):
            raise ModelFileError(
                f"{where} must be {self.what}{self._problem(array)}, but its shape is "
                f"{array.shape}."
            )
        return array if self.check is None else checked(self.check, array, where)

    def _problem(self, array):
        """Say what the array has to be besides, if it is not."""
        if self.shape is not None:
            pairs = zip(self.shape, array.shape, strict=False)
            if len(self.shape) != array.ndim or any(a not in (None, b) for a, b in pairs):
                return ", just so"
        if self.finite and array.dtype.kind == "f" and not np.isfinite(array).all():
            return ", all of them finite"
        return ""


class Tensors(Codec):
    """A dict of names to numeric arrays, such as a state_dict: tensors below this place.

    All floats in it are finite.
    """

    what = '"tensors"'

    def takes(self, value):
        return isinstance(value, dict) and all(
            isinstance(name, str) and isinstance(array, np.ndarray) and array.dtype.name in NUMBERS
            for name, array in value.items()
        )

    def reads(self, json):
        return json == "tensors"

    def _encode(self, value, where, store):
        for name, array in value.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ValueError(f"cannot save {where}: {name} has NaN or infinite numbers.")
            store.put(f"{where}.{name}", np.asarray(array, order="C"))
        return "tensors"

    def _decode(self, json, where, source):
        tensors = source.take_below(where)
        for name, array in tensors.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ModelFileError(f"the tensor {where}.{name} has NaN or infinite numbers.")
        return tensors


LABEL = Label()


def _write_text(array, kind, where, store):
    return {**_items(array), "width": array.dtype.itemsize // 4}


def _write_objects(array, kind, where, store):
    json = _items(array)
    items = enumerate(json["items"])
    return json | {"items": [LABEL.encode(item, f"{where}.{i}", store) for i, item in items]}


def _items(array):
    return {"shape": list(array.shape), "items": array.ravel().tolist()}


def _write_times(array, kind, where, store):
    unit, count = np.datetime_data(array.dtype)
    if count != 1 or unit not in _UNITS:
        raise cannot_save(where, f"times in one of the units {', '.join(_UNITS)}", array)
    store.put(where, np.array(array, dtype=f"{kind}[{unit}]", order="C").view(np.int64))
    return {"unit": unit}


def _write_tensor(array, kind, where, store):
    store.put(where, np.asarray(array, dtype=kind, order="C"))
    return {"kind": "tensor", "dtype": kind}


_WRITERS = {
    "text": _write_text,
    "object": _write_objects,
    "datetime64": _write_times,
    "timedelta64": _write_times,
}


def _read_tensor(json, where, source):
    array = source.take(where)
    if array.dtype.name != json["dtype"]:
        raise ModelFileError(
            f"{where} must be an array of {json['dtype']}, but its tensor holds {array.dtype.name}."
        )
    return array


def _read_times(json, where, source):
    if not isinstance(json["unit"], str) or json["unit"] not in _UNITS:
        raise refuse(f"{where}.unit", f"one of {', '.join(_UNITS)}", json["unit"])
    array = source.take(where)
    if array.dtype != np.int64:
        raise ModelFileError(f"{where} must be times as int64, but holds {array.dtype.name}.")
    return array.view(f"{json['kind']}[{json['unit']}]")


def _read_text(json, where, source):
    shape, items = _read_items(json, where)
    width, n_characters = json["width"], 0
    for i, item in enumerate(items):
        if not isinstance(item, str):
            raise refuse(f"{where}.{i}", "a text", item)
        n_characters += len(item)
    longest = max(map(len, items), default=0)
    most = _FREE_CELLS + _CELLS_PER_CHARACTER * (n_characters + len(items))
    if type(width) is not int or not longest <= width or width * max(1, len(items)) > most:
        raise refuse(f"{where}.width", f"a number of characters from {longest}, in reason", width)
    return np.array(items, dtype=f"<U{width}").reshape(shape)


def _read_objects(json, where, source):
    shape, items = _read_items(json, where)
    labels = (LABEL.decode(item, f"{where}.{i}", source) for i, item in enumerate(items))
    return np.fromiter(labels, dtype=object).reshape(shape)


def _read_items(json, where):
    shape, items = json["shape"], json["items"]
    if not isinstance(items, list):
        raise refuse(f"{where}.items", "a list", items)
    sizes = isinstance(shape, list) and len(shape) <= 8
    if not sizes or not all(type(n) is int and 0 <= n < 2**31 for n in shape):
        raise refuse(f"{where}.shape", "a list of at most 8 sizes", shape)
    if math.prod(shape) != len(items):
        raise refuse(f"{where}.shape", f"the shape of {len(items)} items", shape)
    return tuple(shape), items


_READERS = {
    "tensor": _read_tensor,
    "text": _read_text,
    "object": _read_objects,
    "datetime64": _read_times,
    "timedelta64": _read_times,
}
