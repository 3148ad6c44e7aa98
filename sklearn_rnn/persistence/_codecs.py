"""How values that hold others are spelt: lists, dicts, objects by their attributes."""

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.persistence._scalar_codecs import (
    Bool,
    Codec,
    Float,
    Int,
    Nothing,
    OneOf,
    Text,
    cannot_save,
    checked,
    made,
    refuse,
)

__all__ = [
    "AnyOf",
    "Bool",
    "Codec",
    "DictOf",
    "Fields",
    "Float",
    "Int",
    "ListOf",
    "Nothing",
    "OneOf",
    "Optional",
    "PairsOf",
    "Record",
    "Tagged",
    "Text",
    "TupleOf",
    "TupleOfEach",
    "bare",
    "cannot_save",
    "checked",
    "made",
    "refuse",
]


class AnyOf(Codec):
    """A value of one of several kinds, which are told apart by their JSON; the first one wins."""

    def __init__(self, *codecs: Codec):
        self.codecs = codecs
        self.what = " or ".join(codec.what for codec in codecs)

    def takes(self, value):
        return any(codec.takes(value) for codec in self.codecs)

    def reads(self, json):
        return any(codec.reads(json) for codec in self.codecs)

    def _encode(self, value, where, store):
        codec = next(codec for codec in self.codecs if codec.takes(value))
        return codec.encode(value, where, store)

    def _decode(self, json, where, source):
        codec = next(codec for codec in self.codecs if codec.reads(json))
        return codec.decode(json, where, source)


class Optional(AnyOf):
    """A value of a kind, or None."""

    def __init__(self, codec: Codec):
        super().__init__(Nothing(), codec)


class ListOf(Codec):
    """A list of ``fewest`` to ``most`` values of one kind."""

    holds = list

    def __init__(self, codec: Codec, fewest: int = 0, most: int | None = None):
        self.codec, self.fewest, self.most = codec, fewest, most
        self.what = f"a list of {codec.what}"

    def takes(self, value):
        return isinstance(value, self.holds) and self._fits(value)

    def reads(self, json):
        return isinstance(json, list) and self._fits(json)

    def _fits(self, value):
        return self.fewest <= len(value) and (self.most is None or len(value) <= self.most)

    def _encode(self, value, where, store):
        encode = self.codec.encode
        return [encode(one, f"{where}.{i}", store) for i, one in enumerate(value)]

    def _decode(self, json, where, source):
        decode = self.codec.decode
        return self.holds([decode(one, f"{where}.{i}", source) for i, one in enumerate(json)])


class TupleOf(ListOf):
    """A tuple of ``fewest`` to ``most`` values of one kind."""

    holds = tuple


class TupleOfEach(Codec):
    """A tuple with one value of each of several kinds."""

    def __init__(self, *codecs: Codec):
        self.codecs = codecs
        self.what = f"a list of {len(codecs)}: " + ", ".join(codec.what for codec in codecs)

    def takes(self, value):
        return isinstance(value, tuple) and len(value) == len(self.codecs)

    def reads(self, json):
        return isinstance(json, list) and len(json) == len(self.codecs)

    def _encode(self, value, where, store):
        pairs = enumerate(zip(self.codecs, value, strict=True))
        return [codec.encode(one, f"{where}.{i}", store) for i, (codec, one) in pairs]

    def _decode(self, json, where, source):
        pairs = enumerate(zip(self.codecs, json, strict=True))
        return tuple(codec.decode(one, f"{where}.{i}", source) for i, (codec, one) in pairs)


class DictOf(Codec):
    """A dict of texts to values of one kind, in its order; ``keys`` says which texts."""

    def __init__(self, codec: Codec, keys: Codec | None = None):
        self.codec, self.keys = codec, keys or Text()
        self.what = f"an object of {codec.what}"

    def takes(self, value):
        return isinstance(value, dict) and all(map(self.keys.takes, value))

    def reads(self, json):
        return isinstance(json, dict) and all(map(self.keys.reads, json))

    def _encode(self, value, where, store):
        pairs = enumerate(value.items())
        return {str(key): self.codec.encode(one, f"{where}.{i}", store) for i, (key, one) in pairs}

    def _decode(self, json, where, source):
        pairs = enumerate(json.items())
        return {key: self.codec.decode(one, f"{where}.{i}", source) for i, (key, one) in pairs}


class PairsOf(Codec):
    """A dict whose keys are no texts: a list of pairs, in its order."""

    def __init__(self, keys: Codec, values: Codec):
        self.keys, self.values = keys, values
        self.what = f"a list of pairs of {keys.what} and {values.what}"

    def takes(self, value):
        return isinstance(value, dict)

    def reads(self, json):
        return isinstance(json, list) and all(isinstance(p, list) and len(p) == 2 for p in json)

    def _encode(self, value, where, store):
        return [
            [
                self.keys.encode(key, f"{where}.{i}.0", store),
                self.values.encode(one, f"{where}.{i}.1", store),
            ]
            for i, (key, one) in enumerate(value.items())
        ]

    def _decode(self, json, where, source):
        decoded = {}
        for i, (key, one) in enumerate(json):
            key = self.keys.decode(key, f"{where}.{i}.0", source)
            decoded[key] = self.values.decode(one, f"{where}.{i}.1", source)
            if len(decoded) == i:
                raise ModelFileError(f"{where}.{i} has the key {key!r:.60}, as one before it.")
        return decoded


def bare(cls):
    """Give what makes an object of a class from its attributes, without calling ``__init__``."""

    def make(**attributes):
        value = cls.__new__(cls)
        vars(value).update(attributes)
        return value

    return make


class Fields(Codec):
    """A dict with just these texts as keys: all ``fields``, perhaps those of ``optional``."""

    def __init__(self, fields: dict[str, Codec], optional: dict[str, Codec] | None = None):
        self.fields, self.optional = fields, optional or {}
        self.codecs = {**self.fields, **self.optional}
        self.what = f"an object with {', '.join(fields) or 'nothing in it'}"
        if optional:
            self.what += f" and perhaps {', '.join(optional)}"

    def takes(self, value):
        return isinstance(value, dict) and self._fits(value)

    def reads(self, json):
        return isinstance(json, dict) and self._fits(json)

    def _fits(self, value):
        return self.fields.keys() <= value.keys() <= self.codecs.keys()

    def decode(self, json, where, source):
        """Give the dict; the error says which fields there should be, or should not."""
        if isinstance(json, dict) and not self._fits(json):
            lacking = [name for name in self.fields if name not in json]
            name = (lacking or [name for name in json if name not in self.codecs])[0]
            raise ModelFileError(f"{where} {'lacks' if lacking else 'has'} the field {name!r:.60}.")
        return super().decode(json, where, source)

    def _encode(self, value, where, store):
        return {
            name: codec.encode(value[name], f"{where}.{name}", store)
            for name, codec in self.codecs.items()
            if name in value
        }

    def _decode(self, json, where, source):
        return {
            name: codec.decode(json[name], f"{where}.{name}", source)
            for name, codec in self.codecs.items()
            if name in json
        }


class Record(Codec):
    """An object of a class by its attributes: all ``fields``, perhaps those of ``optional``.

    Parameters
    ----------
    cls : type
        Exactly this one; a subclass is refused.
    fields, optional : dict of str to Codec
    make : callable, default=cls
        Called with the attributes by keyword; ``bare(cls)`` sets them without ``__init__``.
    check : callable or None
        Called with the object; its ValueError says what does not fit together.
    """

    def __init__(self, cls, fields, *, optional=None, make=None, check=None):
        self.cls, self.parts = cls, Fields(fields, optional)
        self.make, self.check = make or cls, check
        self.what = f"the parts of a {cls.__name__} ({', '.join(self.parts.codecs)})"

    def takes(self, value):
        return type(value) is self.cls

    def reads(self, json):
        return isinstance(json, dict)

    def _encode(self, value, where, store):
        names = [name for name in self.parts.codecs if hasattr(value, name)]
        parts = {name: getattr(value, name) for name in names}
        return self.parts.encode(parts, where, store)

    def _decode(self, json, where, source):
        parts = self.parts.decode(json, where, source)
        value = made(where, lambda: self.make(**parts))
        return value if self.check is None else checked(self.check, value, where)


class Tagged(Codec):
    """A value of one of several kinds by their names: ``{"kind": name, "is": value}``."""

    def __init__(self, **codecs: Codec):
        self.codecs = codecs
        self.what = "one of the kinds " + ", ".join(codecs)

    def takes(self, value):
        return any(codec.takes(value) for codec in self.codecs.values())

    def reads(self, json):
        if not isinstance(json, dict) or json.keys() != {"kind", "is"}:
            return False
        return isinstance(json["kind"], str) and json["kind"] in self.codecs

    def _encode(self, value, where, store):
        kind = next(kind for kind, codec in self.codecs.items() if codec.takes(value))
        return {"kind": kind, "is": self.codecs[kind].encode(value, where, store)}

    def _decode(self, json, where, source):
        return self.codecs[json["kind"]].decode(json["is"], where, source)
