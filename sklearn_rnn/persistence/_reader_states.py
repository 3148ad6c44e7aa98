"""How what reads X is spelt in a model file: columns, alphabets, features of tokens."""

import numpy as np

from sklearn_rnn.data import Alphabet, ColumnNames
from sklearn_rnn.estimators._columns import InputColumns
from sklearn_rnn.estimators._feature_reader import FeatureReader
from sklearn_rnn.estimators._words import WordReader
from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import (
    Bool,
    Codec,
    DictOf,
    Fields,
    Float,
    Int,
    ListOf,
    OneOf,
    Optional,
    Record,
    Tagged,
    TupleOf,
    bare,
    refuse,
)
from sklearn_rnn.persistence._label_codecs import Label
from sklearn_rnn.persistence._label_columns import Labels, Texts
from sklearn_rnn.persistence._vocabulary_codec import VOCABULARY
from sklearn_rnn.training import MissingSteps

__all__ = ["INPUT_COLUMNS", "MISSING_STEPS", "READER", "check_numbers"]

_FIRST_ID = 2  # of a category; 0 is padding and 1 an unknown one


class _Numbered(Codec):
    """A dict from labels to their numbers, from 2 upwards: the labels in this order."""

    what = "a list of different categories"
    _labels = Labels()

    def takes(self, value):
        return isinstance(value, dict)

    def reads(self, json):
        return self._labels.reads(json)

    def _encode(self, value, where, store):
        return self._labels.encode(sorted(value, key=value.get), where, store)

    def _decode(self, json, where, source):
        labels = self._labels.decode(json, where, source)
        numbered = {label: i for i, label in enumerate(labels, start=_FIRST_ID)}
        if len(numbered) < len(labels):
            raise refuse(where, self.what, json)
        return numbered


def _check_columns(columns):
    for kind, ids in columns.ids.items():
        names = getattr(columns.names, kind)
        if len(names) != len(ids):
            raise ValueError(f"there are {len(ids)} columns of {kind}, but {len(names)} names.")
    if len(columns.names.static) != columns.n_static:
        raise ValueError(f"there are {columns.n_static} static columns, with other names.")


INPUT_COLUMNS = Record(
    InputColumns,
    {
        "names": Record(ColumnNames, dict.fromkeys(ColumnNames._fields, TupleOf(Label()))),
        "ids": Fields(dict.fromkeys(("codes", "static_codes"), ListOf(_Numbered()))),
        "n_static": Int(0),
    },
    check=_check_columns,
)


def check_numbers(columns, n: int, what: str) -> None:
    """Raise a ValueError unless an array holds different numbers of n columns, rising."""
    if len(columns) and not (columns[0] >= 0 and columns[-1] < n and (np.diff(columns) > 0).all()):
        raise ValueError(f"{what} must be numbers of {n} columns, each once and rising.")


MISSING_STEPS = Record(
    MissingSteps,
    {"columns": Array("int64", shape=(None,)), "unit": Optional(Float(5e-324))},
)


class _AlphabetCodec(Codec):
    """An alphabet: its characters, in order."""

    what = "a list of different characters"
    _characters = Texts(tuple)

    def takes(self, value):
        return type(value) is Alphabet

    def reads(self, json):
        if not self._characters.reads(json) or len(set(json)) < len(json):
            return False
        return all(len(character) == 1 for character in json)

    def _encode(self, value, where, store):
        return self._characters.encode(value.characters, where, store)

    def _decode(self, json, where, source):
        return Alphabet(json)


class _FeatureReaderCodec(Codec):
    """A reader of dicts of features: the kind of each, and the values of those that are text."""

    what = "the kinds and values of features"
    _parts = Fields({"kinds": DictOf(OneOf("text", "number")), "values": Texts()})

    def takes(self, value):
        return type(value) is FeatureReader

    def reads(self, json):
        return self._parts.reads(json)

    def _encode(self, value, where, store):
        parts = {"kinds": value.kinds, "values": sorted(value.ids, key=value.ids.get)}
        return self._parts.encode(parts, where, store)

    def _decode(self, json, where, source):
        parts = self._parts.decode(json, where, source)
        reader, kinds = FeatureReader(), parts["kinds"]
        reader.kinds = kinds
        reader.numbers = sorted(name for name, kind in kinds.items() if kind == "number")
        reader.ids = {value: i for i, value in enumerate(parts["values"])}
        reader.n_features = max(1, len(reader.ids))
        if len(reader.ids) < len(parts["values"]):
            raise refuse(f"{where}.values", "different texts", parts["values"])
        return reader


READER = Tagged(
    words=Record(
        WordReader,
        {"alphabet": _AlphabetCodec(), "as_written": Bool()},
        optional={"vocabulary": VOCABULARY},
        make=bare(WordReader),
    ),
    features=_FeatureReaderCodec(),
)
