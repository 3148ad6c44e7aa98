"""A file comes back to the last bit, or is refused."""

import hashlib
import io
import json
import math
import os
import pickle
import re
import struct
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import read_model_file, write_model_file

DOCUMENT = {"estimator": "RNNClassifier", "lr": 0.001, "classes": ["a", "b\0", "\ud800"], "n": None}
HEAD = b'{"__metadata__":{"format":"sklearn_rnn","sha256":"'


@pytest.fixture
def tensors(rng):
    """One of each dtype, and the shapes that go wrong first."""
    return {
        "f64": rng.normal(size=(3, 4)),
        "f32": np.array([0.0, -0.0, np.nan, np.inf, 5e-45], dtype=np.float32),
        "f16": np.arange(3, dtype=np.float16),
        "scalar": np.array(7, dtype=np.int64),
        "empty": np.zeros((0, 5), dtype=np.float32),
        "i32": rng.integers(-5, 5, (2, 3, 2), dtype=np.int32),
        "i16": np.array([-1], dtype=np.int16),
        "i8": np.array([-1, 1], dtype=np.int8),
        "u64": np.array([2**64 - 1], dtype=np.uint64),
        "u32": np.array([[2**32 - 1]], dtype=np.uint32),
        "u16": np.array([2**16 - 1], dtype=np.uint16),
        "u8": np.array([255, 0, 1], dtype=np.uint8),
        "bool": np.array([True, False, True]),
    }


@pytest.fixture
def path(tmp_path, tensors):
    """A file as it is written."""
    write_model_file(tmp_path / "model", DOCUMENT, tensors)
    return tmp_path / "model"


def parts(path):
    """Give header and data of a file."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    return content[8 : 8 + length], content[8 + length :]


def rewrite(path, header, data=b"", *, length=None):
    """Write header and data with a checksum that fits, as an attacker would."""
    header = header.encode() if isinstance(header, str) else header
    header = re.sub(rb'"sha256":"[^"]*"', b'"sha256":"' + b"0" * 64 + b'"', header, count=1)
    digest = hashlib.sha256(header + data).hexdigest().encode()
    header = header.replace(b"0" * 64, digest, 1)
    length = len(header) if length is None else length
    overwrite(path, struct.pack("<Q", length) + header + data)


def overwrite(path, content):
    """Write a file in place; a file system may wait for the disk where one is emptied first."""
    with open(path, "r+b") as file:
        file.write(content)
        file.truncate()


def rewrite_entries(path, change):
    """Change the parsed header of a file; the checksum fits again."""
    header, data = parts(path)
    entries = json.loads(header)
    change(entries)
    rewrite(path, json.dumps(entries, separators=(",", ":")), data)


def refuse(path, words=None):
    with pytest.raises(ModelFileError, match=words) as caught:
        read_model_file(path)
    assert path.name in str(caught.value)
    assert len(str(caught.value)) < 500


# --- what is written comes back -----------------------------------------------------------------


def test_document_and_tensors_come_back_to_the_last_bit(path, tensors):
    document, read = read_model_file(path)
    assert document == DOCUMENT
    assert set(read) == set(tensors)
    for name, tensor in tensors.items():
        assert read[name].dtype == tensor.dtype
        assert read[name].shape == tensor.shape
        assert read[name].tobytes() == tensor.tobytes()
        assert read[name].flags.writeable
        assert read[name].flags.aligned


def test_the_file_is_one_that_safetensors_reads(path, tensors):
    read = load_file(path)
    assert {name: x.tobytes() for name, x in read.items()} == {
        name: x.tobytes() for name, x in tensors.items()
    }


def test_the_same_content_gives_the_same_bytes(path, tensors, tmp_path):
    write_model_file(tmp_path / "again", DOCUMENT, dict(reversed(tensors.items())))
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_order_and_byte_order_of_an_array_do_not_matter(tmp_path):
    array = np.arange(6.0).reshape(2, 3)
    views = {"big": array.astype(">f8"), "columns": np.asfortranarray(array), "part": array[:, ::2]}
    write_model_file(tmp_path / "model", {}, views)
    _, read = read_model_file(tmp_path / "model")
    for name, view in views.items():
        np.testing.assert_array_equal(read[name], view)


def test_a_file_without_tensors_is_fine(tmp_path):
    write_model_file(tmp_path / "model", {"a": 1}, {})
    assert read_model_file(tmp_path / "model") == ({"a": 1}, {})


@pytest.mark.parametrize(
    "array",
    [np.array(["a"]), np.array([None]), np.array([1j]), np.array(["2020"], dtype="M8[D]")],
    ids=["str", "object", "complex", "datetime"],
)
def test_a_dtype_that_the_format_has_not_is_not_written(tmp_path, array):
    with pytest.raises(ValueError, match="'x' has dtype"):
        write_model_file(tmp_path / "model", {}, {"x": array})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("value", [math.nan, 2**64, "\ud83d\ude00"])
def test_what_could_not_be_read_is_not_written(path, value):
    before = path.read_bytes()
    with pytest.raises(ValueError):
        write_model_file(path, {"a": value}, {})
    nested = []
    for _ in range(70):
        nested = [nested]
    with pytest.raises(ValueError):
        write_model_file(path, {"a": nested}, {})
    with pytest.raises(ValueError):
        write_model_file(path, {}, {"__metadata__": np.zeros(1)})
    assert path.read_bytes() == before


# --- what was altered is refused ----------------------------------------------------------------


def test_every_truncation_is_refused(path):
    for n in reversed(range(path.stat().st_size)):
        os.truncate(path, n)
        refuse(path)


@pytest.mark.parametrize("more", [b"\0", b" ", b"\n", bytes(8), b"x" * 10_000])
def test_an_extension_is_refused(path, more):
    path.write_bytes(path.read_bytes() + more)
    refuse(path, "checksum")


def test_every_byte_with_a_flipped_bit_is_refused(path, rng):
    content = path.read_bytes()
    with open(path, "r+b", buffering=0) as file:
        for position, bit in enumerate(rng.integers(8, size=len(content))):
            os.pwrite(file.fileno(), bytes([content[position] ^ 1 << bit]), position)
            with pytest.raises(ModelFileError):
                read_model_file(path)
            os.pwrite(file.fileno(), content[position : position + 1], position)
    assert read_model_file(path)[0] == DOCUMENT


def test_thousands_of_mutations_are_refused(path, rng):
    content = path.read_bytes()
    for _ in range(4000):
        mutated = bytearray(content)
        for _ in range(rng.integers(1, 4)):
            mutate(mutated, rng)
        if mutated != content:
            overwrite(path, mutated)
            with pytest.raises(ModelFileError):
                read_model_file(path)


def mutate(content, rng):
    """Set, delete, insert, copy or swap bytes somewhere."""
    a, b = sorted(rng.integers(0, len(content) + 1, 2))
    kind = rng.integers(5)
    if kind == 0 and a < b:
        content[a] = rng.integers(256)
    elif kind == 1:
        del content[a : min(b, a + 20)]
    elif kind == 2:
        content[a:a] = rng.bytes(rng.integers(1, 20))
    elif kind == 3:
        content[a:a] = content[a : min(b, a + 20)]
    else:
        content[a:b] = content[a:b][::-1]
    if not content:
        content += b"\0"


# --- what was never a model is refused ----------------------------------------------------------


class Payload:
    """Leaves a mark where it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("unpickled",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_and_does_not_run(path, monkeypatch, protocol):
    monkeypatch.chdir(path.parent)
    payload = pickle.dumps(Payload(), protocol)
    path.write_bytes(payload)
    refuse(path, "no model file")
    path.write_bytes(struct.pack("<Q", len(payload)) + payload)
    refuse(path, "no model file")
    rewrite(path, HEAD + b'0"' + payload)
    refuse(path)
    assert not os.path.exists("unpickled")


def test_files_of_other_kinds_are_refused(path, tensors):
    path.write_bytes(b"")
    refuse(path, "it is empty")
    save_file({"f64": tensors["f64"]}, path)
    refuse(path, "no model file")
    save_file({"f64": tensors["f64"]}, path, {"format": "sklearn_rnn"})
    refuse(path, "no model file")
    stream = io.BytesIO()
    np.savez(stream, **tensors)
    path.write_bytes(stream.getvalue())
    refuse(path, "no model file")
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    refuse(path, "no model file")


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    refuse(tmp_path / "pipe", "no file")  # reading it would wait for ever
    with pytest.raises(ModelFileError, match="no file"):
        read_model_file("/dev/zero")
    with pytest.raises(IsADirectoryError):
        read_model_file(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_model_file(tmp_path / "missing")


@pytest.mark.parametrize("length", [0, 1, 113, 2**31, 2**63 - 1, 2**64 - 1])
def test_a_header_of_another_length_is_refused(path, length):
    header, data = parts(path)
    rewrite(path, header, data, length=length)
    refuse(path)


def test_a_huge_header_is_refused_before_it_is_read(path):
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", 10**11) + HEAD + b"0" * 64)
        file.truncate(2 * 10**11)  # a file with a hole takes no room on the disk
    tracemalloc.start()
    refuse(path, "header")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


# --- a checksum that fits does not make a model -------------------------------------------------


@pytest.mark.parametrize("version", ["2", "0", "", "1.0", 1, None, ["1"]])
def test_another_version_is_refused(path, version):
    rewrite_entries(path, lambda entries: entries["__metadata__"].update(version=version))
    refuse(path, "version")


def test_the_versions_that_are_understood_can_be_named(path):
    rewrite_entries(path, lambda entries: entries["__metadata__"].update(version="7"))
    assert read_model_file(path, versions=("1", "7"))[0] == DOCUMENT


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"document": {}},
        {"document": "[]"},
        {"document": "{"},
        {"document": '{"a":NaN}'},
        {"document": '{"a":1,"a":1}'},
        {"document": '{"a":' + "[" * 70 + "]" * 70 + "}"},
        {"more": "x"},
    ],
    ids=str,
)
def test_wrong_metadata_is_refused(path, change):
    rewrite_entries(path, lambda entries: entries["__metadata__"].update(change))
    refuse(path)


@pytest.mark.parametrize("key", ["version", "document"])
def test_missing_metadata_is_refused(path, key):
    rewrite_entries(path, lambda entries: entries["__metadata__"].pop(key))
    refuse(path, "__metadata__")


@pytest.mark.parametrize(
    "header",
    [
        HEAD + b'0"}',
        HEAD + b'0"}}',
        HEAD + b'0","version":"1","document":"{}"},"a":NaN}',
        HEAD + b'0","version":"1","document":"{}"},"a":{},"a":{}}',
        HEAD + b'0","version":"1","document":"{}"},"__metadata__":{}}',
        HEAD + b'0","version":"1","document":"{}"},"a":' + b"[" * 10**5,
        HEAD + b'0","version":"1","document":"{}"},"a":"\xff"}',
        HEAD + b'0","version":"1","document":"{}"}} {}',
    ],
)
def test_a_malformed_header_is_refused(path, header):
    rewrite(path, header)
    refuse(path)


@pytest.mark.parametrize(
    "change",
    [
        {"dtype": "F128"},
        {"dtype": "f64"},
        {"dtype": None},
        {"dtype": ["F64"]},
        {"dtype": "F32"},
        {"dtype": "I8"},
        {"shape": [12.0]},
        {"shape": 12},
        {"shape": [True, 12]},
        {"shape": [-3, -4]},
        {"shape": [3, "4"]},
        {"shape": [2**62, 2**62]},
        {"shape": [0]},
        {"shape": [11]},
        {"shape": [1] * 32 + [12]},
        {"data_offsets": [0]},
        {"data_offsets": [0, 96.0]},
        {"data_offsets": [8, 104]},
        {"data_offsets": [96, 0]},
        {"data_offsets": [0, 2**63]},
        {"data_offsets": [-96, 0]},
        {"data_offsets": None},
        {"more": 1},
    ],
    ids=str,
)
def test_a_wrong_entry_of_a_tensor_is_refused(path, change):
    entries = json.loads(parts(path)[0])
    assert entries["f64"] == {"dtype": "F64", "shape": [3, 4], "data_offsets": [0, 96]}
    rewrite_entries(path, lambda entries: entries["f64"].update(change))
    refuse(path, "f64|empty|scalar")


@pytest.mark.parametrize("value", [None, [], 1, "F64", {}])
def test_what_is_no_entry_is_refused(path, value):
    rewrite_entries(path, lambda entries: entries.update(f64=value))
    refuse(path, "f64")


def two_tensors(path, first, second, n_bytes):
    """Write a file whose two byte tensors lie where they are told to."""
    entries = {"__metadata__": {"format": "sklearn_rnn", "sha256": ""}}
    entries["__metadata__"] |= {"version": "1", "document": "{}"}
    for name, (begin, end) in {"a": first, "b": second}.items():
        entries[name] = {"dtype": "U8", "shape": [end - begin], "data_offsets": [begin, end]}
    rewrite(path, json.dumps(entries, separators=(",", ":")), bytes(n_bytes))


def test_tensors_side_by_side_in_any_order_are_fine(path):
    two_tensors(path, (4, 8), (0, 4), 8)
    assert {name: x.shape for name, x in read_model_file(path)[1].items()} == {"a": (4,), "b": (4,)}


@pytest.mark.parametrize(
    ("first", "second", "n_bytes"),
    [
        ((0, 4), (0, 4), 4),
        ((0, 4), (3, 8), 8),
        ((0, 8), (2, 4), 8),
        ((0, 4), (5, 8), 8),
        ((1, 4), (4, 8), 8),
        ((0, 4), (4, 7), 8),
        ((0, 4), (4, 8), 7),
    ],
    ids=["same", "overlap", "inside", "hole", "late", "spare", "short"],
)
def test_tensors_that_overlap_or_leave_holes_are_refused(path, first, second, n_bytes):
    two_tensors(path, first, second, n_bytes)
    refuse(path)


def test_a_missing_tensor_leaves_a_hole(path):
    rewrite_entries(path, lambda entries: entries.pop("i32"))
    refuse(path, "data from byte")


def test_a_tensor_without_elements_cannot_claim_memory(path):
    rewrite_entries(path, lambda entries: entries["empty"].update(shape=[0, 2**40]))
    refuse(path, "empty")


def test_a_bool_is_zero_or_one(path):
    header, data = parts(path)
    begin = json.loads(header)["bool"]["data_offsets"][0]
    rewrite(path, header, data[:begin] + b"\2" + data[begin + 1 :])
    refuse(path, "'bool'")


def test_tensors_are_aligned_wherever_they_lie(path):
    entries = {"__metadata__": {"format": "sklearn_rnn", "sha256": ""}}
    entries["__metadata__"] |= {"version": "1", "document": "{}"}
    entries["a"] = {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}
    entries["b"] = {"dtype": "F64", "shape": [2], "data_offsets": [1, 17]}
    data = b"\1" + np.array([1.5, -2.0]).tobytes()
    rewrite(path, json.dumps(entries, separators=(",", ":")), data)
    _, read = read_model_file(path)
    assert read["b"].flags.aligned
    assert read["b"].tolist() == [1.5, -2.0]


def test_structured_mutations_are_refused_or_give_well_formed_tensors(path, rng):
    """With a checksum that fits: what comes out has a dtype of the list and the file's bytes."""
    header, data = parts(path)
    values = [0, 1, -1, 12, 96, 2**40, True, None, "F64", "I8", [], {}, [0, 96], 1.5]
    n_read = 0
    for _ in range(1500):
        entries = json.loads(header)
        name = rng.choice(list(entries))
        key = rng.choice(list(entries[name]))
        target = entries[name]
        if isinstance(target[key], list) and target[key]:
            target, key = target[key], rng.integers(len(target[key]))
        target[key] = values[rng.integers(len(values))]
        rewrite(path, json.dumps(entries, separators=(",", ":")), data)
        try:
            _, tensors = read_model_file(path)
        except ModelFileError:
            continue
        n_read += 1
        assert sum(tensor.nbytes for tensor in tensors.values()) == len(data)
    assert n_read > 0
