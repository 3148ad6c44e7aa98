"""Sequences, and everything that turns what the user gave into them."""

from sklearn_rnn.data._coerce import (
    InputKind,
    as_sequences,
    check_id_range,
    check_not_empty,
    check_text,
    check_tokens,
    input_kind,
)
from sklearn_rnn.data._reading import read_sequences
from sklearn_rnn.data._sequences import ColumnNames, Padding, Sequences
from sklearn_rnn.data._subwords import SubwordTable, character_ngrams, count_buckets
from sklearn_rnn.data._vocabulary import PADDING_ID, UNKNOWN_ID, Vocabulary

__all__ = [
    "PADDING_ID",
    "UNKNOWN_ID",
    "ColumnNames",
    "InputKind",
    "Padding",
    "Sequences",
    "SubwordTable",
    "Vocabulary",
    "as_sequences",
    "character_ngrams",
    "check_id_range",
    "check_not_empty",
    "check_text",
    "check_tokens",
    "count_buckets",
    "input_kind",
    "read_sequences",
]
