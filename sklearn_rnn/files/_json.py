"""JSON as it is written and read here: no value without a meaning, no key twice."""

import itertools
import json
import math
import re
from functools import partial
from typing import Any, NoReturn

from sklearn_rnn.exceptions import ModelFileError

__all__ = ["format_json", "parse_json"]

# A string that is not closed reaches to the end of the text, so the search takes linear time.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_HALF = re.compile("[\ud800-\udfff]")
_TWO_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_INTEGERS, _MOST_DIGITS = range(-(2**63), 2**64), 20


def format_json(value: Any) -> str:
    r"""Write a value as JSON that holds any text, half a character (a lone surrogate) among it.

    Raises
    ------
    ValueError
        If there is a NaN or an infinite number, or a high surrogate before a low one, which no
        reader of JSON tells from the character that they encode.

    Examples
    --------
    >>> from sklearn_rnn.files import format_json, parse_json
    >>> text = format_json({"words": ["für", "\udc80"]})
    >>> text
    '{"words":["für","\\udc80"]}'
    >>> parse_json(text) == {"words": ["für", "\udc80"]}
    True
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if text.isascii():
        return text
    if pair := _TWO_HALVES.search(text):
        raise ValueError(
            f"a text holds the halves {pair[0]!a} of a character as two; a file would give back "
            "the one character. Decode the text with errors='replace' first."
        )
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def parse_json(text: str, *, where: str = "the document", max_depth: int = 64) -> Any:
    """Read JSON, and refuse what a careless reader would take.

    Parameters
    ----------
    text : str
    where : str, default="the document"
        What the text is, for errors.
    max_depth : int, default=64
        How many lists and objects may stand in each other.

    Returns
    -------
    object
        Of dict, list, str, int, finite float, bool and None.

    Raises
    ------
    ModelFileError
        If it is no JSON, nests deeper, has a key twice in one object, NaN, an infinite number
        (``1e999`` is one) or an integer of more than 64 bits.

    Examples
    --------
    >>> from sklearn_rnn.files import parse_json
    >>> parse_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    sklearn_rnn.exceptions.ModelFileError: the document has the key 'a' twice in one object.
    """
    _check_depth(text, where, max_depth)
    try:
        return json.loads(
            text,
            object_pairs_hook=partial(_object, where),
            parse_int=partial(_integer, where),
            parse_float=partial(_float, where),
            parse_constant=partial(_refuse_number, where),
        )
    except ModelFileError:
        raise
    except ValueError as error:
        raise ModelFileError(f"{where} is no JSON: {error}.") from error


def _check_depth(text, where, most):
    """Count brackets outside of strings, before a parser calls itself for each of them."""
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text))
    depth = max(itertools.accumulate(map(_STEPS.__getitem__, brackets)), default=0)
    if depth > most:
        raise ModelFileError(f"{where} nests {depth} lists and objects; at most {most} may.")


def _object(where, pairs):
    value = dict(pairs)
    if len(value) < len(pairs):
        seen = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ModelFileError(f"{where} has the key {twice!a:.60} twice in one object.")
    return value


def _integer(where, digits):
    fits = len(digits) <= _MOST_DIGITS and int(digits) in _INTEGERS
    return int(digits) if fits else _refuse_number(where, digits)


def _float(where, digits):
    value = float(digits)
    return value if math.isfinite(value) else _refuse_number(where, digits)


def _refuse_number(where, digits) -> NoReturn:
    raise ModelFileError(
        f"{where} holds {digits:.40}, which is no finite number of at most 64 bits."
    )
