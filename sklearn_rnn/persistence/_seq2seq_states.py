"""How models from sequences to sequences are spelt in a model file."""

from sklearn_rnn.estimators import RNNSeq2Seq
from sklearn_rnn.estimators._language_planning import list_classes
from sklearn_rnn.modules import Seq2SeqPlan
from sklearn_rnn.nn import CELLS
from sklearn_rnn.persistence._codecs import (
    AnyOf,
    Bool,
    DictOf,
    Fields,
    Float,
    Int,
    Nothing,
    OneOf,
    Optional,
    Record,
)
from sklearn_rnn.persistence._label_columns import Texts
from sklearn_rnn.persistence._net_states import (
    NET_OPTIONAL,
    NET_PARAMETERS,
    NET_STATE,
    STEP_SCALER,
    check_chosen,
    chosen_codecs,
)
from sklearn_rnn.persistence._networks import fill_net
from sklearn_rnn.persistence._registry import EstimatorKind
from sklearn_rnn.persistence._text_states import ENCODER, vocabulary_of
from sklearn_rnn.persistence._vocabulary_codec import VOCABULARY
from sklearn_rnn.preprocessing._spacing import SIDES, Spacing

__all__ = ["SEQ2SEQ_KINDS"]

_PLAN = Record(
    Seq2SeqPlan,
    {
        "n_features": Optional(Int(1)),
        "n_source_tokens": Optional(Int(2)),
        "n_target_tokens": Int(2),
        "embedding_dim": Int(1),
        "cell": OneOf(*CELLS),
        "hidden_size": Int(1),
        "num_layers": Int(1),
        "dropout": Float(0, 1),
        "token_dropout": Float(0, 1),
        "attention_type": Optional(OneOf("additive", "multiplicative")),
        "share_vocabulary": Bool(),
        "tie_weights": Bool(),
        "label_smoothing": Float(0, 1),
        "scheduled_sampling": Float(0, 1),
    },
)

_STATE = Fields(
    {
        "_input_form": OneOf("table", "rectangle", "ragged"),
        "_step_names_in": Optional(Texts()),
        "_is_ids": Bool(),
        "_target_form": OneOf("texts", "tokens", "ids"),
        "_spacing": Optional(Record(Spacing, {"sides": DictOf(OneOf(*SIDES))})),
        "_scaler": Optional(STEP_SCALER),
        "_architecture": _PLAN,
        **{name: codec for name, codec in NET_STATE.items() if name != "_weight_mean"},
        **chosen_codecs(RNNSeq2Seq),
    },
    {
        "_vocabulary": Optional(VOCABULARY),
        "_target_vocabulary": Optional(VOCABULARY),
        "_split_seed": Int(0),
        "encoder_": ENCODER,
        "target_encoder_": ENCODER,
        **NET_OPTIONAL,
    },
)

# The vocabulary of each side, and whose it may be.
_SIDES = {"_vocabulary": "encoder_", "_target_vocabulary": "target_encoder_"}


def _shorten(model, state):
    """Leave out vocabularies that encoders have, and an encoder that serves both sides."""
    left_out = {
        name
        for name, encoder in _SIDES.items()
        if state[name] is not None and vocabulary_of(state.get(encoder)) is state[name]
    }
    if "encoder_" in state and state.get("target_encoder_") is state["encoder_"]:
        left_out.add("target_encoder_")
    return {name: value for name, value in state.items() if name not in left_out}


def _find_parts(model):
    """Find what was left out."""
    plan = model._architecture
    if plan.share_vocabulary and hasattr(model, "encoder_"):
        if not hasattr(model, "target_encoder_"):
            model.target_encoder_ = model.encoder_
        if model.target_encoder_ is not model.encoder_:
            raise ValueError("one vocabulary has two encoders.")
    for name, encoder in _SIDES.items():
        if not hasattr(model, name):
            found = vocabulary_of(getattr(model, encoder, None))
            if found is None:
                raise ValueError(f"there is no {name}, and no {encoder} that has one.")
            setattr(model, name, found)


def _finish(model, where, source):
    _find_parts(model)
    model._settings = None
    check_chosen(model)
    _check_sources(model, model._architecture)
    _check_targets(model, model._architecture)
    fill_net(model, vars(model).pop("_weights"), f"{where}._weights")
    n_tokens = model._architecture.n_target_tokens
    model.classes_ = list_classes(model._target_vocabulary, n_tokens)


def _check_sources(model, plan):
    if model._is_ids != (plan.n_source_tokens is not None):
        raise ValueError("sources are ids, but the network has no table for them, or otherwise.")
    if model._is_ids == (plan.n_features is not None):
        raise ValueError("sources are ids or numbers, and not both.")
    if model._is_ids != (model._scaler is None):
        raise ValueError("numbers need a scaler, and ids have none.")
    if model._scaler is not None and model._scaler.mean.shape != (plan.n_features,):
        raise ValueError("the scaler has another width than the steps.")
    if model._vocabulary is not None and not model._is_ids:
        raise ValueError("numbers have no vocabulary.")
    if hasattr(model, "encoder_") and model._vocabulary is None:
        raise ValueError("there is an encoder, but no vocabulary.")


def _check_targets(model, plan):
    form, vocabulary = model._target_form, model._target_vocabulary
    if (vocabulary is None) != (form == "ids"):
        raise ValueError("texts and tokens need a vocabulary, and ids have none.")
    if hasattr(model, "target_encoder_") != (form == "texts") and form != "tokens":
        raise ValueError("texts need an encoder, and ids have none.")
    if model._spacing is not None and form != "texts":
        raise ValueError("only texts have spaces.")
    if plan.share_vocabulary and plan.n_source_tokens != plan.n_target_tokens:
        raise ValueError("one vocabulary has two sizes.")


SEQ2SEQ_KINDS = (
    EstimatorKind(
        "RNNSeq2Seq",
        RNNSeq2Seq,
        _STATE,
        parameters=NET_PARAMETERS
        | dict.fromkeys(("encoder", "target_encoder"), AnyOf(Nothing(), ENCODER)),
        derived=("classes_",),
        finish=_finish,
        shorten=_shorten,
    ),
)
