"""What reads texts, and what networks start from, in a model file: encoders, vectors, models."""

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import (
    AnyOf,
    Codec,
    Fields,
    Nothing,
    OneOf,
    Tagged,
    refuse,
)
from sklearn_rnn.persistence._label_columns import Texts
from sklearn_rnn.persistence._net_states import PLAIN
from sklearn_rnn.persistence._parts import PART
from sklearn_rnn.persistence._registry import Estimator

__all__ = [
    "ENCODER",
    "START_OPTIONAL",
    "START_PARAMETERS",
    "StateWithVocabulary",
    "find_pretrained",
    "find_vocabulary",
    "name_pretrained",
    "vocabulary_of",
]


class _Encoder(Codec):
    """A TokenEncoder, or a pipeline of transformers."""

    what = "a TokenEncoder, or a Pipeline of what files hold"
    _own = Estimator("TokenEncoder")

    def takes(self, value):
        return self._own.takes(value) or (isinstance(value, Pipeline) and PART.takes(value))

    def reads(self, json):
        is_pipeline = isinstance(json, dict) and json.get("kind") == "pipeline"
        return self._own.reads(json) or (is_pipeline and PART.reads(json))

    def _encode(self, value, where, store):
        return PART.encode(value, where, store)

    def _decode(self, json, where, source):
        return PART.decode(json, where, source)


ENCODER = _Encoder()


class StateWithVocabulary(Fields):
    """The attributes of a fitted estimator that reads texts.

    A vocabulary that is its encoder's, or its reader's, is not written a second time.
    """

    def _encode(self, value, where, store):
        parts = (value.get(name) for name in ("encoder_", "_reader"))
        vocabulary = value["_vocabulary"]
        if vocabulary is not None and any(vocabulary_of(part) is vocabulary for part in parts):
            value = {name: part for name, part in value.items() if name != "_vocabulary"}
        return super()._encode(value, where, store)


def vocabulary_of(part):
    """Give the vocabulary that an encoder or a reader has; None if there is none."""
    return getattr(part, "vocabulary_", getattr(part, "vocabulary", None))


def find_vocabulary(estimator) -> None:
    """Find a vocabulary that was not written: that of the encoder, or of the reader."""
    if hasattr(estimator, "_vocabulary"):
        return
    part = getattr(estimator, "encoder_", getattr(estimator, "_reader", None))
    estimator._vocabulary = vocabulary_of(part)
    if estimator._vocabulary is None:
        raise ValueError("there is no vocabulary, and no encoder that has one.")


# --- what networks start from -------------------------------------------------------------------


class _Embedding(Codec):
    """Vectors of words, ``{word: vector}``: the words, and one array if the vectors are alike."""

    what = "vectors by word, or an array"
    _together = Fields({"words": Texts(), "vectors": Array(finite=False)})

    def takes(self, value):
        if not isinstance(value, dict) or not value or set(map(type, value)) != {str}:
            return False
        vectors = list(value.values())
        if not all(type(vector) is np.ndarray and vector.ndim == 1 for vector in vectors):
            return False
        return len({(vector.dtype, len(vector)) for vector in vectors}) == 1

    def reads(self, json):
        return self._together.reads(json)

    def _encode(self, value, where, store):
        parts = {"words": list(value), "vectors": np.stack(list(value.values()))}
        return self._together.encode(parts, where, store)

    def _decode(self, json, where, source):
        parts = self._together.decode(json, where, source)
        words, vectors = parts["words"], parts["vectors"]
        if vectors.ndim != 2 or not len(words) == len(vectors) == len(set(words)):
            raise refuse(where, "a list of different words, and a vector for each", words)
        return dict(zip(words, vectors, strict=True))


class _Frozen(Codec):
    """A FrozenEstimator of scikit-learn around an estimator of one kind."""

    def __init__(self, codec):
        self.codec, self.what = codec, f"a FrozenEstimator of {codec.what}"

    def takes(self, value):
        return type(value) is FrozenEstimator and self.codec.takes(value.estimator)

    def reads(self, json):
        return self.codec.reads(json)

    def _encode(self, value, where, store):
        return self.codec.encode(value.estimator, where, store)

    def _decode(self, json, where, source):
        return FrozenEstimator(self.codec.decode(json, where, source))


_EMBEDDER, _MODEL = Estimator("WordEmbedder"), Estimator("RNNLanguageModel")
# Stands for a language model that is a parameter of the estimator, and written as such.
_GIVEN = "pretrained"

START_PARAMETERS = {
    "embedding": AnyOf(_EMBEDDER, Tagged(frozen=_Frozen(_EMBEDDER)), _Embedding(), PLAIN),
    "pretrained": AnyOf(Nothing(), _MODEL, Tagged(frozen=_Frozen(_MODEL))),
}
START_OPTIONAL = {"pretrained_": AnyOf(OneOf(_GIVEN), _MODEL)}


def name_pretrained(estimator, state: dict) -> dict:
    """Let a language model that is a parameter as well not be written a second time."""
    model = state.get("pretrained_")
    if model is None or model is not _given_model(estimator):
        return state
    return state | {"pretrained_": _GIVEN}


def find_pretrained(estimator) -> None:
    """Find the language model of an estimator, and check that its layers are as there."""
    if not hasattr(estimator, "pretrained_"):
        return
    if estimator.pretrained_ == _GIVEN:
        estimator.pretrained_ = _given_model(estimator)
    model, plan = estimator.pretrained_, estimator._architecture
    if model is None or not model.__sklearn_is_fitted__():
        raise ValueError("pretrained_ is no fitted language model.")
    for name in ("cell", "hidden_size", "num_layers", "embedding_dim"):
        if getattr(plan, name) != getattr(model._architecture, name):
            raise ValueError(f"pretrained_ has another {name} than the network.")
    if plan.context_dim not in (None, model._architecture.context_dim):
        raise ValueError("pretrained_ has another context_dim than the network.")


def _given_model(estimator):
    return getattr(estimator.pretrained, "estimator", estimator.pretrained)
