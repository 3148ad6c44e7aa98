"""How an encoder is spelt in a model file."""

from sklearn_rnn.estimators import RNNEncoder
from sklearn_rnn.estimators._language_planning import check_cutoffs
from sklearn_rnn.persistence._codecs import (
    DictOf,
    Fields,
    Float,
    Int,
    OneOf,
    Optional,
    Record,
    TupleOf,
)
from sklearn_rnn.persistence._registry import EstimatorKind
from sklearn_rnn.persistence._sequence_states import (
    OF_START,
    OF_TEXTS,
    finish_sequences,
    sequence_state,
)
from sklearn_rnn.persistence._text_states import StateWithVocabulary, name_pretrained
from sklearn_rnn.preprocessing._spacing import SIDES, Spacing

__all__ = ["ENCODER_KINDS"]

_REQUIRED = sequence_state(
    RNNEncoder,
    {
        "_loss_settings": Fields(
            {
                "objective": OneOf("autoencoder", "next_sentence"),
                "decoder": OneOf("bag", "recurrent"),
                "teacher_forcing": Float(0, 1),
                "sample": Float(0, 1),
                "cutoffs": Optional(TupleOf(Int(2))),
                "n_told": Optional(Int(2)),
            }
        ),
    },
)
_SPACING = Record(Spacing, {"sides": DictOf(OneOf(*SIDES))})
_ENCODER = StateWithVocabulary(
    _REQUIRED.fields, {**_REQUIRED.optional, "_spacing": Optional(_SPACING)}
)


def _finish_encoder(estimator, where, source):
    settings, plan = estimator._loss_settings, estimator._architecture
    if plan.codes or plan.n_static or plan.static_codes or plan.convolution or plan.stride != 1:
        raise ValueError("an encoder reads values alone, without convolutions.")
    for name in ("decoder", "teacher_forcing"):
        if getattr(estimator, f"{name}_") != settings[name]:
            raise ValueError(f"{name}_ is another one than that of the network.")
    if settings["decoder"] == "bag" and not estimator._is_ids:
        raise ValueError("a bag is of tokens, but the network reads numbers.")
    told = settings["n_told"]
    if (told is not None) != (settings["decoder"] == "bag") or (told or 0) > (plan.n_tokens or 0):
        raise ValueError("a bag tells some of the tokens that are read.")
    if settings["cutoffs"] is not None:
        check_cutoffs(settings["cutoffs"], plan.n_tokens or 0)
    if estimator._spacing is not None and (settings["decoder"] == "bag" or not estimator._is_ids):
        raise ValueError("only what writes texts has spaces.")
    finish_sequences(estimator, where)


ENCODER_KINDS = (
    EstimatorKind(
        "RNNEncoder",
        RNNEncoder,
        _ENCODER,
        parameters=OF_TEXTS,
        derived=("_ids", *OF_START),
        finish=_finish_encoder,
        shorten=name_pretrained,
    ),
)
