"""How the classifier, the regressor and the tagger are spelt in a model file."""

import numpy as np

from sklearn_rnn.data import allowed_transitions
from sklearn_rnn.estimators import RNNClassifier, RNNRegressor, RNNTagger
from sklearn_rnn.estimators._feature_reader import FeatureReader
from sklearn_rnn.estimators._words import WordReader
from sklearn_rnn.modules import Architecture
from sklearn_rnn.nn import CELLS, LOSSES, POOLINGS
from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import (
    AnyOf,
    Bool,
    Fields,
    Float,
    Int,
    ListOf,
    Nothing,
    OneOf,
    Optional,
    Record,
    TupleOf,
)
from sklearn_rnn.persistence._label_codecs import Label
from sklearn_rnn.persistence._label_columns import Texts
from sklearn_rnn.persistence._label_states import LABELS, STEP_LABELS
from sklearn_rnn.persistence._net_states import (
    NET_OPTIONAL,
    NET_PARAMETERS,
    NET_STATE,
    NUMBER,
    PLAIN,
    STEP_SCALER,
    check_chosen,
    chosen_codecs,
)
from sklearn_rnn.persistence._networks import fill_net
from sklearn_rnn.persistence._reader_states import (
    INPUT_COLUMNS,
    MISSING_STEPS,
    READER,
    check_numbers,
)
from sklearn_rnn.persistence._registry import EstimatorKind
from sklearn_rnn.persistence._text_states import (
    ENCODER,
    START_OPTIONAL,
    START_PARAMETERS,
    StateWithVocabulary,
    find_pretrained,
    find_vocabulary,
    name_pretrained,
)
from sklearn_rnn.persistence._vocabulary_codec import VOCABULARY

__all__ = [
    "OF_START",
    "OF_TEXTS",
    "SEQUENCE_KINDS",
    "check_width",
    "finish_sequences",
    "sequence_state",
]

# The tags that may follow a tag are looked at in pairs; of so many, no more than a network needs.
_MOST_PAIRS = 1 << 24

_SIZE, _SIZE_OR_NONE = Int(1), Optional(Int(1))

_ARCHITECTURE = Record(
    Architecture,
    {
        "n_features": Optional(Int(0)),
        "n_tokens": Optional(Int(2)),
        "embedding_dim": _SIZE_OR_NONE,
        "cell": OneOf(*CELLS),
        "hidden_size": _SIZE,
        "num_layers": _SIZE,
        "bidirectional": Bool(),
        "dropout": Float(0, 1),
        "token_dropout": Float(0, 1),
        "pooling": Optional(OneOf(*POOLINGS)),
        "convolution": Optional(OneOf("branch", "stem", "stem+branch")),
        "subword_buckets": _SIZE_OR_NONE,
        "codes": TupleOf(Int(2)),
        "n_static": Int(0),
        "static_codes": TupleOf(Int(2)),
        "residual": Bool(),
        "initialization": OneOf("orthogonal", "chrono"),
        "longest": _SIZE_OR_NONE,
        "segment": _SIZE,
        "stride": _SIZE,
        "n_characters": Optional(Int(4)),
        "character_encoder": OneOf("cnn", "lstm"),
        "n_bag_features": _SIZE_OR_NONE,
    },
    optional={"step_means": Bool(), "context_dim": _SIZE_OR_NONE, "context_hiding": Float(0, 1)},
)


_REQUIRED = {
    "_input_form": OneOf("table", "rectangle", "ragged"),
    "_step_names_in": Optional(Texts()),
    "_is_ids": Bool(),
    "_columns": INPUT_COLUMNS,
    "_read_missing": OneOf("error", "mask"),
    "_scaler": Optional(STEP_SCALER),
    "_missing": Optional(MISSING_STEPS),
    "_static_scaler": Optional(STEP_SCALER),
    "_missing_static": AnyOf(TupleOf(Int(0), most=0), Array("int64", shape=(None,))),
    "_architecture": _ARCHITECTURE,
    **NET_STATE,
}
_OPTIONAL = {
    "_vocabulary": Optional(VOCABULARY),
    "_split_seed": Int(0),
    "_is_frozen": Bool(),
    "encoder_": ENCODER,
    **START_OPTIONAL,
    **NET_OPTIONAL,
}


def sequence_state(cls, fields) -> StateWithVocabulary:
    """Give the codec of a fitted estimator of sequences, with fields of its own."""
    fields = {**_REQUIRED, **chosen_codecs(cls), **fields}
    optional = {name: codec for name, codec in _OPTIONAL.items() if name not in fields}
    return StateWithVocabulary(fields, optional)


def finish_sequences(estimator, where) -> None:
    """Find what was not written, check that the parts fit together, and build the network."""
    find_vocabulary(estimator)
    find_pretrained(estimator)
    estimator._settings = None
    check_chosen(estimator, may_be_none=("embedding_dim",))
    _check_steps(estimator)
    _check_columns(estimator)
    fill_net(estimator, vars(estimator).pop("_weights"), f"{where}._weights")


def _check_steps(estimator):
    """Check what turns the values of steps into the network's inputs."""
    plan, scaler, missing = estimator._architecture, estimator._scaler, estimator._missing
    if estimator._is_ids:
        if scaler is not None or missing is not None or plan.n_tokens is None or plan.n_features:
            raise ValueError("ids need a table of vectors, and no scaler.")
        return
    if scaler is None or plan.n_tokens is not None or estimator._vocabulary is not None:
        raise ValueError("numbers need a scaler, and no vocabulary.")
    n = len(scaler.mean)
    if missing is not None:
        check_numbers(missing.columns, n, "_missing.columns")
    if plan.n_features != n + (0 if missing is None else missing.n_inputs):
        raise ValueError(f"the network reads {plan.n_features} numbers a step, the scaler {n}.")
    if not isinstance(getattr(estimator, "_reader", None), FeatureReader):
        check_width(estimator, n)


def check_width(estimator, n: int) -> None:
    """Raise a ValueError unless n numbers a step are what the form of X had in ``fit``."""
    width = n if estimator._input_form == "ragged" else 1
    if n != width or (estimator._input_form == "ragged" and n != estimator.n_features_in_):
        raise ValueError(
            f"n_features_in_ is {estimator.n_features_in_}, but there are {n} numbers a step."
        )
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        return
    if not all(type(name) is str for name in names) or len(names) != estimator.n_features_in_:
        raise ValueError(f"a table of {estimator.n_features_in_} columns has as many names.")


def _check_columns(estimator):
    """Check what stands beside the values of steps: categories and static columns."""
    plan, columns = estimator._architecture, estimator._columns
    for kind in ("codes", "static_codes"):
        if getattr(plan, kind) != columns.sizes(kind):
            raise ValueError(f"the {kind} of the network are others than those of the columns.")
    scaler, missing = estimator._static_scaler, np.asarray(estimator._missing_static)
    if (0 if scaler is None else len(scaler.mean)) != columns.n_static:
        raise ValueError(f"the scaler of {columns.n_static} static columns is one of others.")
    check_numbers(missing, columns.n_static, "_missing_static")
    if plan.n_static != columns.n_static + len(missing):
        raise ValueError("the network reads another number of static columns than there are.")


# --- the classifier and the regressor -----------------------------------------------------------


def _finish_classifier(estimator, where, source):
    labels = estimator._labels
    estimator.classes_ = labels.classes
    if labels.names is not None:
        estimator.target_names_ = np.array(labels.names, dtype=object)
    finish_sequences(estimator, where)


_CLASSIFIER = sequence_state(
    RNNClassifier,
    {
        "_labels": LABELS,
        "_loss_settings": Fields({"ordinal": AnyOf(Bool(), ListOf(Label()))}),
    },
)


def _finish_regressor(estimator, where, source):
    n, settings = estimator.n_outputs_, estimator._loss_settings
    if len(estimator._target_scaler.mean) != n or (estimator._target_ndim == 1 and n > 1):
        raise ValueError(f"{n} targets need a scaler of as many, and two dimensions.")
    known = {"huber": {"delta"}, "quantile": {"quantile"}}.get(settings["loss"], set())
    if settings.keys() != {"loss", *known}:
        raise ValueError(f"the loss {settings['loss']!r} has other parameters.")
    finish_sequences(estimator, where)


_REGRESSOR = sequence_state(
    RNNRegressor,
    {
        "n_outputs_": _SIZE,
        "_target_ndim": OneOf(1, 2),
        "_target_scaler": STEP_SCALER,
        "_loss_settings": Fields(
            {"loss": OneOf(*LOSSES)}, dict.fromkeys(("delta", "quantile"), NUMBER)
        ),
    },
)


# --- the tagger ---------------------------------------------------------------------------------


def _finish_tagger(estimator, where, source):
    labels, reader = estimator._labels, estimator._reader
    estimator.classes_, estimator.scheme_ = labels.classes, labels.scheme
    estimator._vectors = None
    _check_reader(estimator._form, reader, estimator._architecture)
    if labels.scheme is not None:
        n_pairs = len(labels.classes) ** 2
        if n_pairs > _MOST_PAIRS + source.n_numbers:
            raise ValueError(f"{len(labels.classes)} labels have too many pairs.")
        allowed_transitions(labels.classes.tolist(), labels.scheme)
    finish_sequences(estimator, where)


def _check_reader(form, reader, plan):
    expected = {"words": WordReader, "features": FeatureReader}.get(form)
    if expected is not None and not isinstance(reader, expected):
        raise ValueError(f"{form} need a reader of their own.")
    if form == "words" and not hasattr(reader, "vocabulary"):
        raise ValueError("words need a vocabulary.")
    if form not in ("words", "features") and isinstance(reader, FeatureReader):
        raise ValueError(f"{form} have no features.")
    n_characters = len(reader.alphabet) if isinstance(reader, WordReader) else None
    if plan.n_characters not in (None, n_characters):
        raise ValueError(f"the network knows {plan.n_characters} characters, not {n_characters}.")
    if plan.n_bag_features != getattr(reader, "n_features", None):
        raise ValueError(f"the network knows {plan.n_bag_features} features of tokens.")


_TAGGER = sequence_state(
    RNNTagger,
    {
        "_form": OneOf("words", "features", "ids of a vocabulary", "numbers or ids"),
        "_reader": Optional(READER),
        "_is_frozen": Bool(),
        "_labels": STEP_LABELS,
        "_loss_settings": Fields(
            {
                "output": OneOf("crf", "softmax"),
                "constraints": Optional(OneOf("IOB1", "IOB2", "BIOES")),
                "class_weight": PLAIN,
                "characters": AnyOf(Bool(), OneOf("cnn", "lstm")),
                "language_model": NUMBER,
                "freeze_embedding": Bool(),
            }
        ),
    },
)

_PARAMETERS = {**NET_PARAMETERS, **START_PARAMETERS}
OF_TEXTS = _PARAMETERS | {"encoder": AnyOf(Nothing(), ENCODER)}
OF_START = ("_vectors", "_language_rows")

SEQUENCE_KINDS = (
    EstimatorKind(
        "RNNClassifier",
        RNNClassifier,
        _CLASSIFIER,
        parameters=OF_TEXTS,
        derived=("classes_", "target_names_", "_class_weight", *OF_START),
        finish=_finish_classifier,
        shorten=name_pretrained,
    ),
    EstimatorKind(
        "RNNRegressor",
        RNNRegressor,
        _REGRESSOR,
        parameters=OF_TEXTS,
        derived=OF_START,
        finish=_finish_regressor,
        shorten=name_pretrained,
    ),
    EstimatorKind(
        "RNNTagger",
        RNNTagger,
        _TAGGER,
        parameters=_PARAMETERS,
        derived=("classes_", "scheme_", *OF_START),
        finish=_finish_tagger,
        shorten=name_pretrained,
    ),
)
