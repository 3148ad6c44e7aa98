"""How the transformers of sequences, and vocabularies, are spelt in a model file."""

from sklearn_rnn.data import ColumnRoles, ValueKind
from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import (
    Bool,
    Codec,
    Fields,
    Int,
    ListOf,
    OneOf,
    Optional,
    PairsOf,
    Record,
)
from sklearn_rnn.persistence._label_codecs import Label
from sklearn_rnn.persistence._label_columns import Texts
from sklearn_rnn.persistence._parts import PART
from sklearn_rnn.persistence._registry import EstimatorKind
from sklearn_rnn.persistence._vocabulary_codec import VOCABULARY
from sklearn_rnn.preprocessing import (
    FrameToSequences,
    OneHotSequences,
    PerStep,
    SequencePadder,
    SlidingWindows,
    TokenEncoder,
    WordTokenizer,
)

__all__ = ["TRANSFORMER_KINDS"]

# Longer ones would take all memory in padding; no sequence of use has as many steps.
_LONGEST = 10**8


class _Kind(Codec):
    """What the values of a column are."""

    what = "one of " + ", ".join(repr(kind.value) for kind in ValueKind)

    def takes(self, value):
        return isinstance(value, ValueKind)

    def reads(self, json):
        return isinstance(json, str) and any(json == kind.value for kind in ValueKind)

    def _encode(self, value, where, store):
        return value.value

    def _decode(self, json, where, source):
        return ValueKind(json)


# --- what holds of fitted ones ------------------------------------------------------------------


def all_or_none(estimator, *names):
    """Raise a ValueError if an estimator has some of the attributes, but not all of them."""
    there = [name for name in names if hasattr(estimator, name)]
    if there and len(there) < len(names):
        lacking = next(name for name in names if name not in there)
        raise ValueError(f"it has {there[0]}, but not {lacking}.")
    return bool(there)


def _check_read(estimator, *names):
    """Check what ``read_sequences`` leaves behind; tell whether the estimator is fitted."""
    fitted = all_or_none(estimator, "n_features_in_", "_input_form", "_step_names_in", *names)
    columns = getattr(estimator, "feature_names_in_", None)
    if columns is not None:
        if not fitted or estimator._input_form != "table":
            raise ValueError("only a table has feature_names_in_.")
        if len(columns) != estimator.n_features_in_ or not all(type(n) is str for n in columns):
            raise ValueError(f"{estimator.n_features_in_} columns have other names.")
    return fitted


def _finish_encoder(encoder, where, source):
    all_or_none(encoder, "analyzer_", "vocabulary_")


def _finish_per_step(per_step, where, source):
    _check_read(per_step, "transformer_")
    if hasattr(per_step, "transformer_") and not hasattr(per_step.transformer_, "transform"):
        raise ValueError("transformer_ is no transformer.")


def _finish_padder(padder, where, source):
    _check_read(padder, "length_")


def _finish_one_hot(one_hot, where, source):
    if not _check_read(one_hot, "_n_numbers", "_as_codes", "categories_"):
        return
    width = one_hot._n_numbers + len(one_hot.categories_)
    if one_hot._input_form == "ragged" and one_hot.n_features_in_ != width:
        raise ValueError(f"n_features_in_={one_hot.n_features_in_}, but a step has {width}.")
    if one_hot._step_names_in is not None and len(one_hot._step_names_in) != width:
        raise ValueError(f"{len(one_hot._step_names_in)} names are given to {width} columns.")
    for categories in one_hot.categories_:
        values = categories.tolist()
        if not values or len(set(values)) < len(values) or None in values[:-1]:
            raise ValueError(f"the categories {values!r:.60} are not distinct, None last.")


def _finish_frames(reader, where, source):
    names = ("numeric_", "categorical_", "static_", "feature_names_in_", "n_features_in_")
    if not all_or_none(reader, "_roles", "_kinds", *names):
        return
    roles, found = reader._roles, reader.feature_names_in_.tolist()
    lists = (reader.numeric_, reader.categorical_, reader.static_)
    if lists != (roles.numeric, roles.categorical, roles.static_numeric + roles.static_categorical):
        raise ValueError("numeric_, categorical_ and static_ are not those of the roles.")
    if set(found) != set(reader._kinds) or len(found) != reader.n_features_in_:
        raise ValueError("feature_names_in_, n_features_in_ and the kinds of columns differ.")
    if not {name for part in roles for name in part} <= {*found}:
        raise ValueError(f"a column that has a role is not among those read, {found!r:.80}.")


def _finish_windows(windows, where, source):
    columns = getattr(windows, "feature_names_in_", None)
    if columns is not None and len(columns) != getattr(windows, "n_features_in_", None):
        raise ValueError("feature_names_in_ are not the columns that n_features_in_ counts.")


# --- kinds --------------------------------------------------------------------------------------

_NAMES = ListOf(Label())
_COLUMNS = Array("object", shape=(None,))
_READ = {
    "n_features_in_": Int(0),
    "feature_names_in_": _COLUMNS,
    "_input_form": OneOf("ragged", "table", "rectangle"),
    "_step_names_in": Optional(Texts()),
}
_ROLES = Record(
    ColumnRoles,
    dict.fromkeys(("numeric", "categorical", "static_numeric", "static_categorical"), _NAMES),
)

TRANSFORMER_KINDS = (
    EstimatorKind(
        "TokenEncoder",
        TokenEncoder,
        Fields({}, {"analyzer_": Optional(OneOf("word", "char")), "vocabulary_": VOCABULARY}),
        finish=_finish_encoder,
    ),
    EstimatorKind("WordTokenizer", WordTokenizer, Fields({})),
    EstimatorKind(
        "PerStep",
        PerStep,
        Fields({}, {"transformer_": PART, **_READ}),
        parameters={"transformer": PART},
        finish=_finish_per_step,
    ),
    EstimatorKind(
        "SequencePadder",
        SequencePadder,
        Fields({}, {"length_": Int(1, _LONGEST), **_READ}),
        finish=_finish_padder,
    ),
    EstimatorKind(
        "OneHotSequences",
        OneHotSequences,
        Fields(
            {},
            {
                "categories_": ListOf(
                    Array("object", "bool", "int64", "int32", "float64", shape=(None,))
                ),
                "_n_numbers": Int(0),
                "_as_codes": Bool(),
                **_READ,
            },
        ),
        finish=_finish_one_hot,
    ),
    EstimatorKind(
        "FrameToSequences",
        FrameToSequences,
        Fields(
            {},
            {
                "numeric_": _NAMES,
                "categorical_": _NAMES,
                "static_": _NAMES,
                "feature_names_in_": _COLUMNS,
                "n_features_in_": Int(0),
                "_roles": _ROLES,
                "_kinds": PairsOf(Label(), _Kind()),
            },
        ),
        finish=_finish_frames,
    ),
    EstimatorKind(
        "SlidingWindows",
        SlidingWindows,
        Fields({}, {"n_features_in_": Int(0), "feature_names_in_": _COLUMNS}),
        finish=_finish_windows,
    ),
)
