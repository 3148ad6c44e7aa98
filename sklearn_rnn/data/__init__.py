"""Sequences, and everything that turns what the user gave into them."""

from sklearn_rnn.data._alignment import align_by_ids
from sklearn_rnn.data._arrays import as_array, count_steps, describe, show
from sklearn_rnn.data._baselines import baseline_forecasts
from sklearn_rnn.data._characters import Alphabet, CharacterTable
from sklearn_rnn.data._chunks import Chunks, StoredData
from sklearn_rnn.data._coerce import as_sequences, check_id_range, check_not_empty
from sklearn_rnn.data._columns import (
    ValueKind,
    as_pandas,
    holds_numbers,
    value_kind,
    with_plain_dtypes,
)
from sklearn_rnn.data._event_rows import EventRows, event_rows
from sklearn_rnn.data._frames import GAP_NAME, ColumnRoles, assign_roles, sequences_from_rows
from sklearn_rnn.data._input_kind import (
    InputKind,
    check_readable,
    check_text,
    check_tokens,
    input_kind,
)
from sklearn_rnn.data._lag_ridge import series_scales
from sklearn_rnn.data._mapped import (
    MappedWriter,
    blocks,
    is_memory_mapped,
    map_blocks,
    rows_of_table,
)
from sklearn_rnn.data._numbering import NumberedTokens, number_tokens
from sklearn_rnn.data._panel import PanelColumns, SeriesPanel
from sklearn_rnn.data._panel_building import RowsToForecast
from sklearn_rnn.data._panel_layout import as_library, lay_out_panel
from sklearn_rnn.data._panel_reading import (
    learn_panel,
    read_panel_like,
    read_rows,
)
from sklearn_rnn.data._panel_target import open_target
from sklearn_rnn.data._ragged import gather_positions
from sklearn_rnn.data._reading import prepare_table, read_sequences
from sklearn_rnn.data._sequences import ColumnNames, Padding, Sequences
from sklearn_rnn.data._stored_texts import StoredTexts
from sklearn_rnn.data._subwords import SubwordTable, character_ngrams, count_buckets
from sklearn_rnn.data._tagging_schemes import (
    SCHEMES,
    AllowedTransitions,
    Span,
    allowed_transitions,
    check_scheme,
    convert_labels,
    detect_scheme,
    spans,
)
from sklearn_rnn.data._texts import Texts, static_fields
from sklearn_rnn.data._time_axis import TimeAxis
from sklearn_rnn.data._tree_order import LevelOrder, level_order
from sklearn_rnn.data._tree_parsing import FIRST, ParsedTree, TreeForm, parse_tree
from sklearn_rnn.data._tree_reading import read_trees, read_trees_with_form
from sklearn_rnn.data._trees import Trees
from sklearn_rnn.data._vocabulary import PADDING_ID, UNKNOWN_ID, Vocabulary

__all__ = [
    "FIRST",
    "GAP_NAME",
    "PADDING_ID",
    "SCHEMES",
    "UNKNOWN_ID",
    "AllowedTransitions",
    "Alphabet",
    "CharacterTable",
    "Chunks",
    "ColumnNames",
    "ColumnRoles",
    "EventRows",
    "InputKind",
    "LevelOrder",
    "MappedWriter",
    "NumberedTokens",
    "Padding",
    "PanelColumns",
    "ParsedTree",
    "RowsToForecast",
    "Sequences",
    "SeriesPanel",
    "Span",
    "StoredData",
    "StoredTexts",
    "SubwordTable",
    "Texts",
    "TimeAxis",
    "TreeForm",
    "Trees",
    "ValueKind",
    "Vocabulary",
    "align_by_ids",
    "allowed_transitions",
    "as_array",
    "as_library",
    "as_pandas",
    "as_sequences",
    "assign_roles",
    "baseline_forecasts",
    "blocks",
    "character_ngrams",
    "check_id_range",
    "check_not_empty",
    "check_readable",
    "check_scheme",
    "check_text",
    "check_tokens",
    "convert_labels",
    "count_buckets",
    "count_steps",
    "describe",
    "detect_scheme",
    "event_rows",
    "gather_positions",
    "holds_numbers",
    "input_kind",
    "is_memory_mapped",
    "lay_out_panel",
    "learn_panel",
    "level_order",
    "map_blocks",
    "number_tokens",
    "open_target",
    "parse_tree",
    "prepare_table",
    "read_panel_like",
    "read_rows",
    "read_sequences",
    "read_trees",
    "read_trees_with_form",
    "rows_of_table",
    "sequences_from_rows",
    "series_scales",
    "show",
    "spans",
    "static_fields",
    "value_kind",
    "with_plain_dtypes",
]
