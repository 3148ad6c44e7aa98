"""What the header of a file says: the document, and where each tensor lies."""

import math
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files._json import parse_json

__all__ = ["DTYPES", "LARGEST_HEADER", "NAMES", "read_header"]

LARGEST_HEADER = 100_000_000  # as safetensors has it
DTYPES = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
_METADATA = {"format", "sha256", "version", "document"}
_ENTRY = {"dtype", "shape", "data_offsets"}
_MAX_NDIM = 32
_MOST_EMPTY = 2**24  # how large the other sides of a tensor without elements may be


def read_header(
    header: bytes, data: np.ndarray, versions: Sequence[str]
) -> tuple[dict, dict[str, np.ndarray]]:
    """Give the document and the tensors, which are views of the data."""
    try:
        text = header.decode()
    except UnicodeDecodeError as error:
        raise ModelFileError(f"the header is no text: {error}.") from error
    entries = parse_json(text, where="the header", max_depth=3)
    if not isinstance(entries, dict) or not isinstance(entries.get("__metadata__"), dict):
        _refuse("the header", "an object with __metadata__", entries)
    document = _document(entries.pop("__metadata__"), versions)
    return document, _tensors(entries, data)


def _document(metadata, versions):
    if set(metadata) != _METADATA:
        _refuse("__metadata__", f"the keys {sorted(_METADATA)}", sorted(metadata))
    if metadata["format"] != "sklearn_rnn":
        _refuse("the format", "'sklearn_rnn'", metadata["format"])
    if metadata["version"] not in versions:
        raise ModelFileError(
            f"the format has version {metadata['version']!a:.40}, but this library reads "
            f"{', '.join(versions)}: a newer library may read it."
        )
    if not isinstance(metadata["document"], str):
        _refuse("the document", "a text", metadata["document"])
    document = parse_json(metadata["document"])
    if not isinstance(document, dict):
        _refuse("the document", "an object", document)
    return document


def _tensors(entries, data):
    """Cut the data into tensors; each byte belongs to exactly one."""
    extents = {name: _extent(name, entry, len(data)) for name, entry in entries.items()}
    end = 0
    for name in sorted(extents, key=extents.get):
        begin, stop = extents[name]
        if begin != end:
            _refuse(f"the tensor {name!a:.60}", f"data from byte {end} on", begin)
        end = stop
    if end != len(data):
        raise ModelFileError(f"the tensors take {end} bytes, but there are {len(data)}.")
    parts = {name: data[slice(*extents[name])] for name in entries}
    return {name: _tensor(name, entry, parts[name]) for name, entry in entries.items()}


def _extent(name, entry, n_bytes):
    """Check an entry by itself and give where its data begins and ends."""
    where = f"the tensor {name!a:.60}"
    if not isinstance(entry, dict) or set(entry) != _ENTRY:
        _refuse(where, f"an object with the keys {sorted(_ENTRY)}", entry)
    if not isinstance(entry["dtype"], str) or entry["dtype"] not in DTYPES:
        _refuse(f"the dtype of {where}", f"one of {list(DTYPES)}", entry["dtype"])
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not _are_sizes(shape) or len(shape) > _MAX_NDIM:
        _refuse(f"the shape of {where}", f"a list of at most {_MAX_NDIM} sizes", shape)
    if not _are_sizes(offsets) or len(offsets) != 2 or not offsets[0] <= offsets[1] <= n_bytes:
        _refuse(f"the data of {where}", f"two bytes in order, up to {n_bytes}", offsets)
    needed = DTYPES[entry["dtype"]].itemsize * math.prod(shape)
    if needed != offsets[1] - offsets[0]:
        _refuse(f"the data of {where}", f"{needed} bytes", offsets[1] - offsets[0])
    if needed == 0 and math.prod(size for size in shape if size) > _MOST_EMPTY:
        _refuse(f"the shape of {where}", "smaller sides, as it has no element", shape)
    return tuple(offsets)


def _are_sizes(value):
    return isinstance(value, list) and all(type(size) is int and size >= 0 for size in value)


def _tensor(name, entry, data):
    if entry["dtype"] == "BOOL" and data.size and data.max() > 1:
        _refuse(f"the tensor {name!a:.60}", "a 0 or a 1 for each bool", int(data.max()))
    dtype = DTYPES[entry["dtype"]]
    array = data.view(dtype).reshape(entry["shape"])
    array = array.astype(dtype.newbyteorder("="), copy=False)
    return array if array.flags.aligned else array.copy()


def _refuse(where, expected, got) -> NoReturn:
    raise ModelFileError(f"{where}: expected {expected}, got {got!a:.80}.")
