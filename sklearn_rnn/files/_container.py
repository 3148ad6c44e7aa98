"""One safetensors file that holds a document, tensors and a checksum over both.

The file is laid out as https://github.com/huggingface/safetensors describes: the length of the
header (8 bytes), the header (JSON, padded with blanks), the data. The checksum is the first thing
in it and always at the same place, so it is compared before anything is parsed.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files._atomic import replace_file
from sklearn_rnn.files._header import DTYPES, LARGEST_HEADER, NAMES, read_header
from sklearn_rnn.files._json import format_json, parse_json

__all__ = ["read_model_file", "write_model_file"]

VERSION = "1"
_START = b'{"__metadata__":{"format":"sklearn_rnn","sha256":"'
_LENGTH, _DIGITS = 8, 64  # bytes of the header's length, digits of the checksum
_UNSIGNED = b"0" * _DIGITS
_ALTERED = "it was altered or damaged; take a copy that was not"
_CHUNK = 2**20
_ALIGNED = 64  # as torch wants the numbers of a tensor; most need no copy then


def write_model_file(
    path: str | os.PathLike, document: dict, tensors: Mapping[str, np.ndarray]
) -> None:
    """Write a document and arrays to one file, whole or not at all.

    Parameters
    ----------
    path : str or os.PathLike
    document : dict
        Of what JSON knows: texts (any), finite numbers of at most 64 bits, bool, None, lists and
        dicts with texts as keys.
    tensors : dict of str to ndarray
        Integers, floats of 16 to 64 bits, or bool; of any shape and byte order.

    Raises
    ------
    OSError
        As ``replace_file``: the old file is as it was.
    ValueError
        If a tensor has another dtype, or the document is too large or holds what JSON cannot.
    """
    arrays = {name: _as_stored(name, array) for name, array in tensors.items()}
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))  # keeps data aligned
    header = _format_header(document, {name: arrays[name] for name in order})
    data = [memoryview(arrays[name]).cast("B") for name in order if arrays[name].size]
    digest = hashlib.sha256(header)
    for part in data:
        digest.update(part)
    header = header.replace(_UNSIGNED, digest.hexdigest().encode(), 1)
    replace_file(path, [len(header).to_bytes(_LENGTH, "little"), header, *data])


def read_model_file(
    path: str | os.PathLike, *, versions: Sequence[str] = (VERSION,)
) -> tuple[dict, dict[str, np.ndarray]]:
    """Read what ``write_model_file`` wrote; nothing in the file is run.

    Memory and time are bounded by a multiple of the size of the file.

    Parameters
    ----------
    path : str or os.PathLike
    versions : sequence of str, default=("1",)
        The versions of the format that are understood.

    Returns
    -------
    document : dict
    tensors : dict of str to ndarray
        Writable, in the byte order of this machine; floats may be NaN or infinite.

    Raises
    ------
    ModelFileError
        If the file is not, to the last byte, as it was written, or is none of this library.
    OSError
        If there is no such file, or it cannot be read.
    """
    path = Path(path)
    if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
        raise ModelFileError(f"{_named(path)} is a device, a pipe or a socket, and no file.")
    with open(path, "rb") as file:
        header, data = _read(file, _named(path))
    try:
        return read_header(header, data, versions)
    except ModelFileError as error:
        raise ModelFileError(f"{_named(path)}: {error}") from error


def _named(path):
    return f"the file {os.fspath(path)!a}"


def _as_stored(name, array):
    """Give an array as the file holds it: little-endian, its elements in a row."""
    array = np.asarray(array)
    dtype = array.dtype.newbyteorder("<")
    if dtype not in NAMES:
        raise ValueError(f"the tensor {name!a} has dtype {array.dtype}; use one of {list(DTYPES)}.")
    return np.asarray(array, dtype=dtype, order="C")


def _format_header(document, arrays):
    """Give the header, with zeros for the checksum, padded so that the data is aligned."""
    if "__metadata__" in arrays:
        raise ValueError("a tensor cannot have the name '__metadata__'; give it another.")
    text = format_json(document)
    parse_json(text)  # what could not be read is not written
    metadata = {
        "format": "sklearn_rnn",
        "sha256": _UNSIGNED.decode(),
        "version": VERSION,
        "document": text,
    }
    entries, end = {"__metadata__": metadata}, 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        entries[name] = {
            "dtype": NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [begin, end],
        }
    header = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    if len(header) > LARGEST_HEADER:
        raise ValueError(
            f"what is to be saved beside the weights takes {len(header) / 1e6:.0f} MB, but a file "
            f"holds {LARGEST_HEADER / 1e6:.0f} MB of it: save a smaller vocabulary."
        )
    return header + b" " * (-len(header) % 8)


def _read(file, name):
    """Give header and data of a file whose checksum is right."""
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(_LENGTH), "little")
    start = file.read(len(_START) + _DIGITS)
    if not start.startswith(_START):
        raise ModelFileError(f"{name} is no model file of this library: {_look(size, start)}.")
    if not len(start) < length <= LARGEST_HEADER + 8 or _LENGTH + length > size:
        raise ModelFileError(
            f"{name} of {size} bytes says that its header has {length}: {_ALTERED}."
        )
    rest = file.read(length - len(start))
    digest = hashlib.sha256(_START + _UNSIGNED + rest)
    data = _read_data(file, size - _LENGTH - length, digest, name)
    if digest.hexdigest().encode() != start[len(_START) :]:
        raise ModelFileError(f"{name} does not fit its checksum: {_ALTERED}.")
    return _START + _UNSIGNED + rest, data


def _look(size, start):
    if size == 0:
        return "it is empty"
    return f"of its {size} bytes, those after the eighth are {start[:16]!r}"


def _read_data(file, size, digest, name):
    """Fill one array of bytes, which the tensors then share."""
    try:
        data = np.empty(size + _ALIGNED, dtype=np.uint8)
    except MemoryError as error:
        raise ModelFileError(f"{name} needs {size / 1e9:.1f} GB of memory.") from error
    start = -data.ctypes.data % _ALIGNED
    data = data[start : start + size]
    view, n_read = memoryview(data), 0
    for part in _chunks(view):
        n_read += (n := file.readinto(part))
        digest.update(part[:n])
    if n_read < size or file.read(1):
        raise ModelFileError(f"{name} changed while it was read: read it when nobody writes it.")
    return data


def _chunks(view: memoryview) -> Iterator[memoryview]:
    for begin in range(0, len(view), _CHUNK):
        yield view[begin : begin + _CHUNK]
