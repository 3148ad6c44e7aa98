"""How scikit-learn's own parts are kept in a model file: as skops writes them, and read with care.

skops builds whatever a file names, once its types are trusted. Before it sees the bytes, all of
them are looked through here: the archive must hold plain entries as large as they say, each node
must be one of a few kinds, and name one of the closed list of ``_scikit_classes``.
"""

import io
import json
import zipfile

import numpy as np

from sklearn_rnn._sklearn import validate_parameters
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import Codec, Fields, Text
from sklearn_rnn.persistence._scikit_classes import allowed_names, check_fitted_state, classes

__all__ = ["ScikitPart", "import_skops"]

_SCHEMA = "schema.json"
_FIRST_PROTOCOL = 2  # older ones trust more
_DEEPEST = 60
_MOST_REPEATED = 10  # times the nodes of a schema, all that they stand for


def import_skops():
    """Give ``skops.io``."""
    try:
        import skops.io
    except ImportError as error:
        raise ImportError(
            "a model file keeps scikit-learn's own transformers by skops, which is not installed: "
            'pip install "sklearn-rnn[skops]"'
        ) from error
    return skops.io


class ScikitPart(Codec):
    """A transformer or estimator of scikit-learn, of a closed list."""

    what = "a part of scikit-learn that model files hold"
    _parts = Fields({"class": Text(60), "skops": Array("uint8", shape=(None,))})

    def takes(self, value):
        return classes().get(type(value).__name__) is type(value)

    def reads(self, json):
        return self._parts.reads(json)

    def _encode(self, value, where, store):
        name = type(value).__name__
        try:
            content = import_skops().dumps(value)
            read_part(content)
        except ImportError:
            raise
        except Exception as error:  # of skops, or of scikit-learn about the parameters
            raise TypeError(
                f"cannot save {where}, a {name}: {error} A model file holds numbers, texts, arrays "
                "and a closed list of scikit-learn's classes and functions; pickle the pipeline, "
                "or replace what is none of these."
            ) from error
        array = np.frombuffer(content, dtype=np.uint8)
        return self._parts.encode({"class": name, "skops": array}, where, store)

    def _decode(self, json, where, source):
        parts = self._parts.decode(json, where, source)
        try:
            part = read_part(parts["skops"].tobytes())
        except ImportError:
            raise
        except Exception as error:  # skops and scikit-learn raise errors of every kind
            raise ModelFileError(f"{where}, a {parts['class']!r:.60}: {error}") from error
        if type(part).__name__ != parts["class"]:
            raise ModelFileError(f"{where} is a {type(part).__name__}, not a {parts['class']!r}.")
        return part


def read_part(content: bytes):
    """Give the part of scikit-learn that skops wrote.

    Raises
    ------
    Exception
        Of any kind, if the bytes are none, or name what is not in the closed list.
    """
    io_of_skops = import_skops()
    functions = sorted(check_archive(content))
    untrusted = set(io_of_skops.get_untrusted_types(data=content)) - {*functions, "numpy.dtype"}
    if untrusted:
        raise ValueError(f"skops does not trust {', '.join(sorted(untrusted)):.200}.")
    part = io_of_skops.loads(content, trusted=[*functions, "numpy.dtype"])
    check_part(part)
    return part


def check_part(part) -> None:
    """Raise an error unless the parameters of an estimator, and of those in it, are allowed."""
    if classes().get(type(part).__name__) is not type(part):
        raise ValueError(f"a {type(part).__name__} is none of the parts that a file may hold.")
    for estimator in _estimators_in(part):
        if hasattr(estimator, "_parameter_constraints"):
            validate_parameters(estimator)
        if getattr(estimator, "memory", None) is not None:
            raise ValueError("memory names a folder of pickles; set memory=None.")
        check_fitted_state(estimator)


def _estimators_in(value, depth=0):
    """Yield an estimator and all that it holds."""
    if depth > _DEEPEST:
        raise ValueError("estimators are nested too deeply.")
    if hasattr(value, "get_params"):
        yield value
        value = list(vars(value).values())
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _estimators_in(one, depth + 1)


# --- the archive --------------------------------------------------------------------------------


def check_archive(content: bytes) -> set[str]:
    """Look through what skops wrote, and give the names of functions in it.

    Raises
    ------
    ValueError or another error
        Entries that are compressed, or larger than the bytes; nodes that are none of those known.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(set(names)) < len(names) or _SCHEMA not in names:
            raise ValueError("the archive has an entry twice, or no schema.")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("the archive holds compressed entries.")
        if sum(entry.file_size for entry in entries) > len(content):
            raise ValueError("the archive holds more than it has bytes.")
        schema = json.loads(archive.read(_SCHEMA))
        protocol = schema.get("protocol")
        if type(protocol) is not int or protocol < _FIRST_PROTOCOL:
            raise ValueError(f"protocol {protocol!r:.40} of skops is not read.")
        audit = _Audit(archive)
        if audit.node(schema, 0) > _MOST_REPEATED * audit.n_nodes:
            raise ValueError("the schema names the same parts over and over.")
    if audit.files != set(names) - {_SCHEMA}:
        raise ValueError("the archive holds arrays that its schema does not speak of.")
    return audit.functions


class _Audit:
    """Looks through the nodes of a schema; ``files`` are those they name, ``functions`` too."""

    def __init__(self, archive):
        self.archive, self.functions, self.n_nodes = archive, set(), 0
        self._sizes, self._open = {}, set()  # by the ids of nodes; skops takes the first of each
        self._ids = {}  # of arrays, by their files

    @property
    def files(self):
        return self._ids.keys()

    def node(self, node, depth):
        """Refuse a node, or one below it, that is of none of the kinds known; count them all.

        A node whose id has come before counts as the first of that id did, since that is read.
        """
        if depth > _DEEPEST:
            raise ValueError("the schema is nested too deeply.")
        loader, name = node["__loader__"], f"{node['__module__']}.{node['__class__']}"
        if name not in allowed_names().get(loader, ()):
            raise ValueError(f"{name!s:.100} ({loader!s:.40}) is nothing that a file may name.")
        if loader == "FunctionNode":
            self.functions.add(name)
        name, self.n_nodes = node.get("__id__"), self.n_nodes + 1
        if name is not None and name in self._open:
            raise ValueError("a part of the schema holds itself.")
        self._open.add(name)
        below = getattr(self, f"_{loader}", lambda node: ())(node)
        size = 1 + sum(self.node(each, depth + 1) for each in below)
        self._open.discard(name)
        return size if name is None else self._sizes.setdefault(name, size)

    def _JsonNode(self, node):
        if isinstance(json.loads(node["content"]), list | dict):
            raise ValueError("a text of JSON holds more than a value.")
        return ()

    def _DictNode(self, node):
        if node["key_types"]["__loader__"] != "ListNode":
            raise ValueError("the types of keys are no list.")
        return [node["key_types"], *node["content"].values()]

    def _ListNode(self, node):
        if not isinstance(node["content"], list):
            raise ValueError("the content of a list is none.")
        return node["content"]

    _TupleNode = _SetNode = _ListNode

    def _SliceNode(self, node):
        if not {type(end) for end in node["content"].values()} <= {int, type(None)}:
            raise ValueError("a slice has ends that are no whole numbers.")
        return ()

    def _ObjectNode(self, node):
        return () if node.get("content") is None else [node["content"]]

    def _DTypeNode(self, node):
        return [node["content"]]

    def _NdArrayNode(self, node):
        if node["type"] == "json":
            return [*node["content"], node["shape"]]
        file, there = node["file"], len(self._ids)
        if self._ids.setdefault(file, node["__id__"]) != node["__id__"]:
            raise ValueError("two arrays are of one file.")
        if len(self._ids) > there:
            _check_npy(self.archive.read(file))
        return ()


def _check_npy(content):
    """Refuse an array whose header asks for other than the bytes that follow, or for objects."""
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"an array is of the version {version}.")
    read_header = getattr(np.lib.format, f"read_array_header_{version[0]}_0")
    shape, _, dtype = read_header(stream)
    n = 1
    for length in shape:
        n *= length
    if dtype.kind not in "biufUSMm" or n * dtype.itemsize != len(content) - stream.tell():
        raise ValueError(f"an array of {dtype} and of the shape {shape} does not fit its bytes.")
