"""Values that hold the same have one fingerprint, in every process; others have others."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import EpochScoring

from sklearn_rnn import Sequences
from sklearn_rnn.preprocessing import TokenEncoder
from sklearn_rnn.training import fingerprint

ROOT = Path(__file__).resolve().parents[2]


def frame():
    return pd.DataFrame({"a": [1.5, 2.0], "b": ["x", None]}, index=[3, 4])


DIFFERENT = [
    None,
    True,
    1,
    1.0,
    "1",
    b"1",
    0.0,
    -0.0,
    "",
    (),
    [],
    {},
    set(),
    [1, 2],
    [2, 1],
    (1, 2),
    [[1], 2],
    ["a", "bc"],
    ["ab", "c"],
    ["abc"],
    ["\ud800"],
    {"a": 1},
    {"a": 2},
    {"a": {"b": 1}},
    {1, 2},
    np.array([1, 2]),
    np.array([1.0, 2.0]),
    np.array([1, 2], dtype=np.int32),
    np.array([[1, 2]]),
    np.array([[1], [2]]),
    np.array(1),
    np.int64(1),
    np.array(["a", "b"]),
    np.array(["a", "b"], dtype=object),
    np.array(["2024-01-01"], dtype="M8[D]"),
    torch.tensor([1, 2]),
    torch.tensor([1.0, 2.0]),
    torch.tensor([1.0, 2.0], dtype=torch.bfloat16),
    torch.zeros(0),
    frame(),
    frame().rename(columns={"a": "c"}),
    frame().rename(index={3: 5}),
    frame()["a"],
    frame()["a"].rename("c"),
    frame().index,
    torch.nn.GRU,
    torch.nn.LSTM,
    torch.nn.Linear(1, 1, bias=False),
    print,
    lambda x: x + 1,
    lambda x: x * 2,
    functools.partial(print, 1),
    functools.partial(print, 2),
    StandardScaler(),
    StandardScaler(with_mean=False),
    TokenEncoder(),
    EpochScoring("accuracy"),
    EpochScoring("f1"),
    np.random.RandomState(0),
    np.random.RandomState(1),
    pd.Timestamp("2024-01-01"),
    Sequences(values=[1.0, 2.0], offsets=[0, 2]),
    Sequences(values=[1.0, 2.0], offsets=[0, 1, 2]),
    Sequences(values=[1.0, 2.0], offsets=[0, 2], ids=["a"]),
]


def test_different_values_have_different_fingerprints():
    found = [fingerprint(value) for value in DIFFERENT]
    twins = [
        (DIFFERENT[i], DIFFERENT[j])
        for i in range(len(found))
        for j in range(i)
        if found[i] == found[j]
    ]
    assert twins == []


def test_neither_identity_nor_the_order_of_dicts_and_sets_matters():
    name = "".join(["a", "bc"])
    pairs = [
        ([name, name], ["abc", "a" + "bc"[:2]]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({1, 2, 3}, {3, 2, 1}),
        (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3))),
        (np.arange(6)[::2], np.array([0, 2, 4])),
        (frame(), frame()),
        (EpochScoring("f1"), EpochScoring("f1")),
    ]
    for one, other in pairs:
        assert fingerprint(one) == fingerprint(other)


def test_a_file_larger_than_a_chunk_has_the_fingerprint_of_its_content(tmp_path):
    array = np.random.default_rng(0).normal(size=(200_000, 2))
    np.save(tmp_path / "array.npy", array)
    mapped = np.load(tmp_path / "array.npy", mmap_mode="r")
    assert fingerprint(np.asarray(mapped)) == fingerprint(array)
    array[-1, -1] += 1e-12
    assert fingerprint(np.asarray(mapped)) != fingerprint(array)


CODE = """
from skorch.callbacks import EpochScoring
from sklearn_rnn.training import fingerprint
print(fingerprint([{"a", "b", "c", "d"}, {"x": {"y"}}, EpochScoring("f1"), print, [1.5, "é"]]))
"""


def test_other_processes_find_the_same_fingerprint():
    here = fingerprint([{"a", "b", "c", "d"}, {"x": {"y"}}, EpochScoring("f1"), print, [1.5, "é"]])
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == here


def test_what_holds_itself_or_cannot_be_told_apart_is_an_error():
    endless = []
    endless.append(endless)
    for value in (endless, (i for i in ())):
        with pytest.raises(TypeError, match="list|generator"):
            fingerprint(value)
