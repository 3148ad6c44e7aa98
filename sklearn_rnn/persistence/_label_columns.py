"""How many labels at once are spelt: categories, ids, tokens."""

import numpy as np

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import Codec, Int, ListOf
from sklearn_rnn.persistence._label_codecs import Label

__all__ = ["Ids", "Labels", "Texts"]

_LABELS = ListOf(Label())
_WHOLE = {dtype: Array(dtype, shape=(None,)) for dtype in ("int64", "uint64")}


class Texts(Codec):
    """A list or tuple of texts, which may be very many."""

    def __init__(self, holds: type = list):
        self.holds, self.what = holds, "a list of texts"

    def takes(self, value):
        return type(value) is self.holds and _all_are(value, str)

    def reads(self, json):
        return isinstance(json, list) and _all_are(json, str)

    def _encode(self, value, where, store):
        return list(value)

    def _decode(self, json, where, source):
        return self.holds(json)


class Labels(Codec):
    """A list or tuple of labels; texts alone and whole numbers alone are written as such."""

    what = "labels (texts, numbers, dates, or tuples of such)"

    def __init__(self, holds: type = list):
        self.holds = holds

    def takes(self, value):
        return type(value) is self.holds

    def reads(self, json):
        return isinstance(json, list) or any(array.reads(json) for array in _WHOLE.values())

    def _encode(self, value, where, store):
        values = list(value)
        if _all_are(values, str):
            return values
        dtype = _whole_dtype(values)
        if dtype is not None:
            return _WHOLE[dtype].encode(np.array(values, dtype=dtype), where, store)
        return _LABELS.encode(values, where, store)

    def _decode(self, json, where, source):
        if isinstance(json, dict):
            return self.holds(_WHOLE[json["dtype"]].decode(json, where, source).tolist())
        if _all_are(json, str):
            return self.holds(json)
        return self.holds(_LABELS.decode(json, where, source))


class Ids(Codec):
    """An array (n,) of ids, which are labels or tuples of several: a list of their parts."""

    what = "an array of ids"
    _part = Labels()

    def takes(self, value):
        return isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 1

    def reads(self, json):
        return isinstance(json, list) and len(json) > 0 and all(map(self._part.reads, json))

    def _encode(self, value, where, store):
        parts, ids = [value.tolist()], value.tolist()
        sizes = {len(one) if type(one) is tuple else 0 for one in ids}
        if len(sizes) == 1 and (n := sizes.pop()) > 1:
            parts = [[one[i] for one in ids] for i in range(n)]
        return [self._part.encode(part, f"{where}.{i}", store) for i, part in enumerate(parts)]

    def _decode(self, json, where, source):
        parts = [self._part.decode(one, f"{where}.{i}", source) for i, one in enumerate(json)]
        if len(set(map(len, parts))) > 1:
            raise ModelFileError(f"{where} has parts of different lengths.")
        ids = parts[0] if len(parts) == 1 else list(zip(*parts, strict=True))
        return np.fromiter(ids, dtype=object)


def _whole_dtype(values):
    """Give the dtype that holds values if they are whole numbers, and at least one."""
    if not values or not _all_are(values, int):
        return None
    low, high = min(values), max(values)
    if Int().takes(low) and Int().takes(high):
        return "int64"
    return "uint64" if low >= 0 and high < 2**64 else None


def _all_are(values, cls):
    return set(map(type, values)) <= {cls}
