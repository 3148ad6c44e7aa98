"""From chunks to one X, whose steps lie in a file, and one y."""

from contextlib import closing
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
    reader = _ChunkReader()
    # An interactive session keeps the frames of an error: nothing may stay open in them.
    with closing(reader), closing(iter(chunks)) as triples:
        for i, (X, y, weight) in enumerate(triples):
            try:
                reader.add(X, y, weight, f"chunk {i}")
            except (TypeError, ValueError) as error:
                error_type = TypeError if isinstance(error, TypeError) else ValueError
                raise error_type(f"chunk {i} does not do: {error}") from error
        return reader.joined()


class _ChunkReader:
    """Takes one chunk after the other."""

    def __init__(self):
        self.store, self.targets, self.weights = None, [], []

    def add(self, X, y, weight, name):
        kind = _kind_of(X)
        if len(X) == 0:
            return
        if self.store is None:
            self.store, self.first, self.expected = _make_store(kind), name, kind
        if _form(kind) is not _form(self.expected):
            raise ValueError(f"it holds {kind.value}, but {self.first} {self.expected.value}")
        self.store.add(X)
        _add_target(self.targets, X, y, "y")
        if self.weights and (weight is None) != (self.weights[0] is None):
            raise ValueError("weights must be in every chunk or in none")
        if weight is None:
            self.weights.append(None)
        else:
            _add_target(self.weights, X, weight, "sample_weight")

    def joined(self):
        if self.store is None:
            raise ValueError(
                "Found array with 0 sample(s): the chunks hold no sequences, but a minimum of 1 is "
                "required."
            )
        weight = None if self.weights[0] is None else np.asarray(_join_targets(self.weights))
        return StoredData(self.store.joined(), _join_targets(self.targets), weight)

    def close(self):
        if self.store is not None:
            self.store.close()


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
    if kind is InputKind.RAGGED and _is_dict_list(next(iter(X), None)):
        raise TypeError("dicts of features are not read in chunks; give numbers, or tokens")
    return kind


def _is_dict_list(row):
    return isinstance(row, list | tuple) and any(isinstance(step, dict) for step in row)


def _add_target(targets, X, y, what):
    """Bring y into the order of the sequences, and see that it goes with those before."""
    if y is None:
        raise ValueError(f"its {what} is None, but every sequence needs a target")
    if hasattr(y, "__array__") and not isinstance(y, pd.Series | pd.DataFrame):
        y = as_array(y)  # of torch, polars or pyarrow
    ids = getattr(X, "ids", None)
    if ids is not None and isinstance(y, pd.Series | pd.DataFrame):
        y = align_by_ids(ids, y, what)
    n = len(y) if hasattr(y, "__len__") else 1
    if n != len(X):
        raise ValueError(f"X has {len(X)} sequence(s), but {what} has {n} target(s)")
    if targets:
        _check_same_form(y, targets[0], what)
    targets.append(y)


def _check_same_form(y, first, what):
    here, before = (getattr(part, "ndim", None) for part in (y, first))
    if None not in (here, before) and here != before:
        raise ValueError(f"its {what} has {here} dimension(s), but that before {before}")
    if isinstance(y, pd.DataFrame) and isinstance(first, pd.DataFrame):
        here, before = (sorted(map(str, part.columns)) for part in (y, first))
        if here != before:
            raise ValueError(f"its {what} has the columns {here}, but that before {before}")


def _join_targets(targets):
    """Join what came with each chunk; what numpy cannot join, or would change, is a list."""
    if all(isinstance(part, pd.Series | pd.DataFrame) for part in targets):
        return pd.concat(targets, ignore_index=True)
    targets = [part.to_numpy() if isinstance(part, pd.DataFrame) else part for part in targets]
    if all(isinstance(part, np.ndarray) for part in targets):
        forms = {
            (part.shape[1:], part.dtype.kind if part.dtype.kind in "UM" else "") for part in targets
        }
        if len(forms) == 1:
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

    def close(self):
        for writer in self.writers.values():
            writer.close()

    def _check(self, sequences):
        width, expected = sequences.n_features, self.head.n_features
        if width != expected:
            raise ValueError(
                f"its steps hold {_width(width)}, but those of the chunks before {_width(expected)}"
            )

    def joined(self):
        head = self.head
        if head.ids is not None:
            _check_ids([part["ids"] for part in self.parts])
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


def _check_ids(ids):
    """Refuse a sequence of which several chunks have rows."""
    seen = pd.concat([pd.Series(part).drop_duplicates() for part in ids], ignore_index=True)
    twice = seen[seen.duplicated()]
    if len(twice):
        raise ValueError(
            f"the id {twice.tolist()[0]!r} is in several chunks ({len(twice)} ids are), but all "
            "rows of a sequence belong in one chunk. Cut the chunks between sequences; if these "
            "are different ones, give each an id of its own."
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

    def close(self):
        self.writer.close()

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

    def close(self):
        self.writer.close()

    def joined(self):
        return self.writer.texts()


def _width(n_features):
    return "one number each" if n_features is None else f"{n_features} features"
