"""JSON that is written here comes back the same; JSON with a doubtful meaning is refused."""

import json
import math
import sys

import numpy as np
import pytest

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import format_json, parse_json


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"": [None, True, False, 0, -1, 1.5, "x", [], {}]},
        {"largest": 2**64 - 1, "smallest": -(2**63), "tiny": 5e-324, "huge": 1.7e308},
        {"floats": [0.1, 1.0, -0.0, 1 / 3]},
        {"texts": ["\0", "\u2028", '"\\', "שלום", "👩‍👩‍👧", "\ud800", "\udc80x", "\udfff\ud800"]},
        {"\ud800": 1, "\n": 2},
    ],
    ids=["empty", "kinds", "ends", "floats", "texts", "keys"],
)
def test_what_is_written_is_read_back(value):
    again = parse_json(format_json(value))
    assert again == value
    assert repr(again) == repr(value)  # 1 is not True, 0.0 not -0.0


def test_random_texts_come_back(rng):
    for _ in range(500):
        codes = rng.choice([0x20, 0x22, 0x5C, 0x7F, 0x2028, 0xD7FF, 0xDC00, 0xE000, 0x1F600], 8)
        text = "".join(map(chr, codes))
        assert parse_json(format_json([text])) == [text]


def test_the_written_text_is_utf_8():
    format_json(["\ud800 é"]).encode()


def test_two_halves_that_would_come_back_as_one_character_are_refused():
    assert json.loads(json.dumps("\ud83d\ude00")) == "\U0001f600"  # what json itself does
    with pytest.raises(ValueError, match="halves"):
        format_json(["\ud83d\ude00"])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_has_not_is_not_written(value):
    with pytest.raises(ValueError):
        format_json({"a": value})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NaN", "finite"),
        ("[1, -Infinity]", "finite"),
        ("1e999", "finite"),
        ("18446744073709551616", "64 bits"),
        ("-9223372036854775809", "64 bits"),
        ("1" * 5000, "64 bits"),
        ('{"a": 1, "b": {"c": 1, "c": 1}}', "'c' twice"),
        ('{"a": 1, "\\u0061": 2}', "'a' twice"),
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[1,]", "no JSON"),
        ("'a'", "no JSON"),
        ("1 2", "no JSON"),
        ('"a\nb"', "no JSON"),
        ('"' + '\\"' * 3, "no JSON"),
        ("[" * 65 + "]" * 65, "65"),
        ('{"a":' * 65 + "1" + "}" * 65, "65"),
        ("[" * 10**6, "1000000"),
    ],
)
def test_a_doubtful_text_is_refused(text, words):
    with pytest.raises(ModelFileError, match=words) as caught:
        parse_json(text, where="the header")
    assert str(caught.value).startswith("the header")
    assert len(str(caught.value)) < 200


def test_brackets_in_texts_do_not_nest():
    text = '["' + "[" * 100 + '", "\\"[[", "\\\\", [1]]'
    assert parse_json(text, max_depth=2) == json.loads(text)
    with pytest.raises(ModelFileError, match="nests 2"):
        parse_json(text, max_depth=1)


def test_depth_is_refused_however_deep_python_may_recur():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)
    try:
        with pytest.raises(ModelFileError, match="nests"):
            parse_json("[" * 10**5 + "]" * 10**5)
    finally:
        sys.setrecursionlimit(limit)


def test_a_text_of_escaped_quotes_is_read_in_linear_time():
    with pytest.raises(ModelFileError):
        parse_json('"' + '\\"' * 2_000_000)  # hours, if each quote began a new search


def test_any_text_is_read_as_json_reads_it_or_refused(rng):
    """Held against the standard library, over mutations of a valid text."""
    valid = '{"a":[1,2.5e3,true,null,"x\\u00e9\\n"],"b":{"c":-0,"d":[[]]}}'
    n_read = 0
    for _ in range(3000):
        text = list(valid)
        for _ in range(rng.integers(1, 4)):
            text[rng.integers(len(text))] = chr(rng.choice(list(b'{}[]",:\\019eENa-+ ')))
        try:
            value = parse_json("".join(text))
        except ModelFileError:
            continue
        assert value == json.loads("".join(text))
        assert not any(isinstance(x, float) and not np.isfinite(x) for x in _leaves(value))
        n_read += 1
    assert n_read > 100


def _leaves(value):
    if isinstance(value, dict):
        value = list(value.values())
    return (
        [leaf for part in value for leaf in _leaves(part)] if isinstance(value, list) else [value]
    )
