"""From chunks to one X, whose steps lie in a file, and one y."""

from itertools import chain

import numpy as np
import pandas as pd

from sklearn_rnn.data._alignment import align_by_ids
from sklearn_rnn.data._arrays import as_array, as_floats
from sklearn_rnn.data._chunks import Chunks, StoredData
from sklearn_rnn.data._coerce import from_kind
from sklearn_rnn.data._columns import as_pandas, is_frame
from sklearn_rnn.data._input_kind import InputKind, check_text, check_tokens, input_kind
from sklearn_rnn.data._mapped import MappedWriter
from sklearn_rnn.data._reading import prepare_table
from sklearn_rnn.data._sequences import Sequences
from sklearn_rnn.data._stored_texts import TextWriter
from sklearn_rnn.data._texts import Texts

__all__ = ["store_chunks"]

_OF_STEPS = ("values", "codes", "times")
_OF_SEQUENCES = ("static", "static_codes", "ids")


def store_chunks(chunks: Chunks) -> StoredData:
    """Read all chunks, and give them as one."""
    store, targets, weights = None, [], []
    for i, (X, y, weight) in enumerate(chunks):
        try:
            kind = _kind_of(X)
            if len(X) == 0:
                continue
            if store is None:
                store, first, expected = _make_store(kind), i, kind
            if _form(kind) is not _form(expected):
                raise ValueError(f"it holds {kind.value}, but chunk {first} {expected.value}")
            store.add(X)
            targets.append(_checked_target(X, y, "y"))
            weights.append(weight if weight is None else _checked_target(X, weight, "its weights"))
            if (weight is None) != (weights[0] is None):
                raise ValueError("weights must be in every chunk or in none")
        except (TypeError, ValueError) as error:
            error_type = TypeError if isinstance(error, TypeError) else ValueError
            raise error_type(f"chunk {i} does not do: {error}") from error
    if store is None:
        raise ValueError(
            "Found array with 0 sample(s): the chunks hold no sequences, but a minimum of 1 is "
            "required."
        )
    joined = None if weights[0] is None else np.concatenate([np.asarray(w) for w in weights])
    return StoredData(store.joined(), _join_targets(targets), joined)


def _form(kind):
    """Give the kind that chunks are held against: arrays and lists all become Sequences."""
    return InputKind.SEQUENCES if kind in (InputKind.ARRAY, InputKind.RAGGED) else kind


def _make_store(kind):
    if kind in (InputKind.TEXT, InputKind.TOKENS):
        return _TextStore(are_tokens=kind is InputKind.TOKENS)
    return _TableStore() if kind is InputKind.TABLE else _SequenceStore()


def _kind_of(X):
    kind = input_kind(X)
    if isinstance(X, Texts):
        raise TypeError("texts with columns of whole sequences are not read in chunks")
    return kind


def _checked_target(X, y, what):
    """Give y in the order of the sequences, and see that there is one for each."""
    if y is None:
        raise ValueError("its y is None, but every sequence needs a target")
    if hasattr(y, "__array__") and not isinstance(y, pd.Series | pd.DataFrame):
        y = as_array(y)  # of torch, polars or pyarrow
    ids = getattr(X, "ids", None)
    if ids is not None and isinstance(y, pd.Series | pd.DataFrame):
        y = align_by_ids(ids, y, what)
    n = len(y) if hasattr(y, "__len__") else 1
    if n != len(X):
        raise ValueError(f"X has {len(X)} sequence(s), but {what} has {n} target(s)")
    return y


def _join_targets(targets):
    if all(isinstance(part, pd.Series | pd.DataFrame) for part in targets):
        return pd.concat(targets, ignore_index=True)
    if all(isinstance(part, np.ndarray) for part in targets):
        return np.concatenate(targets)
    return list(chain.from_iterable(targets))


class _SequenceStore:
    """Numbers and ids: their steps go to files, what each sequence has stays in memory."""

    def __init__(self):
        self.head, self.parts = None, []
        self.writers = {name: MappedWriter() for name in _OF_STEPS}

    def add(self, X):
        sequences = from_kind(X, input_kind(X), ids=False)
        if self.head is None:
            self.head = sequences[:0]
        self._check(sequences)
        joined = Sequences.concat([self.head, sequences])  # the codes are those of one list
        for name, writer in self.writers.items():
            if getattr(joined, name) is not None:
                writer.add(getattr(joined, name))
        kept = {name: getattr(joined, name) for name in _OF_SEQUENCES}
        self.parts.append({"lengths": joined.lengths, **kept})
        self.head = joined[:0]

    def _check(self, sequences):
        width, expected = sequences.n_features, self.head.n_features
        if width != expected:
            raise ValueError(
                f"its steps hold {_width(width)}, but those of the chunks before {_width(expected)}"
            )

    def joined(self):
        head = self.head
        steps = {
            name: None if getattr(head, name) is None else writer.array()
            for name, writer in self.writers.items()
        }
        kept = {
            name: None
            if getattr(head, name) is None
            else np.concatenate([part[name] for part in self.parts])
            for name in ("lengths", *_OF_SEQUENCES)
        }
        offsets = np.concatenate([[0], np.cumsum(kept.pop("lengths"), dtype=np.int64)])
        return Sequences(
            offsets=offsets,
            vocabulary=head.vocabulary,
            categories=head.categories,
            static_categories=head.static_categories,
            names=head.names,
            padding=head.padding,
            **steps,
            **kept,
        )


class _TableStore:
    """Tables, whose rows are sequences."""

    def __init__(self):
        self.columns, self.writer = None, MappedWriter()

    def add(self, X):
        columns = list(as_pandas(X).columns) if is_frame(X) else None
        table = as_floats(np.asarray(prepare_table(X)))
        columns = columns or table.shape[1]
        if self.columns is None:
            self.columns = columns
        if columns != self.columns:
            raise ValueError(f"its columns are {columns}, but those before were {self.columns}")
        self.writer.add(table)

    def joined(self):
        table = self.writer.array()
        if isinstance(self.columns, int):
            return table
        return pd.DataFrame(table, columns=self.columns, copy=False)


class _TextStore:
    """Texts, or lists of tokens."""

    def __init__(self, *, are_tokens):
        self.check = check_tokens if are_tokens else check_text
        self.writer = TextWriter(are_tokens=are_tokens)

    def add(self, X):
        self.writer.add(self.check(X))

    def joined(self):
        return self.writer.texts()


def _width(n_features):
    return "one number each" if n_features is None else f"{n_features} features"
