"""How language models, and word vectors, are spelt in a model file."""

from os import PathLike, fspath

import numpy as np

from sklearn_rnn.estimators import RNNLanguageModel
from sklearn_rnn.estimators._language_planning import check_cutoffs, list_classes
from sklearn_rnn.modules import LanguagePlan
from sklearn_rnn.nn import CELLS
from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import (
    AnyOf,
    Bool,
    Fields,
    Float,
    Int,
    Nothing,
    OneOf,
    Optional,
    Record,
    Text,
    TupleOf,
)
from sklearn_rnn.persistence._label_columns import Texts
from sklearn_rnn.persistence._net_states import (
    NET_OPTIONAL,
    NET_PARAMETERS,
    NET_STATE,
    check_chosen,
    chosen_codecs,
)
from sklearn_rnn.persistence._networks import fill_net
from sklearn_rnn.persistence._registry import Estimator, EstimatorKind
from sklearn_rnn.persistence._text_states import ENCODER, StateWithVocabulary, find_vocabulary
from sklearn_rnn.persistence._vocabulary_codec import VOCABULARY
from sklearn_rnn.preprocessing import WordEmbedder
from sklearn_rnn.preprocessing._word_vectors import Ngrams

__all__ = ["LANGUAGE_KINDS"]

# --- language models ----------------------------------------------------------------------------

_PLAN = Record(
    LanguagePlan,
    {
        "n_tokens": Int(2),
        "embedding_dim": Int(1),
        "cell": OneOf(*CELLS),
        "hidden_size": Int(1),
        "num_layers": Int(1),
        "dropout": Float(0, 1),
        "embedding_dropout": Float(0, 1),
        "weight_drop": Float(0, 1),
        "tie_weights": Bool(),
        "cutoffs": Optional(TupleOf(Int(2))),
    },
    optional={"context_dim": Optional(Int(1))},
)

_MODEL = StateWithVocabulary(
    {
        "_input_form": OneOf("table", "rectangle", "ragged"),
        "_step_names_in": Optional(Texts()),
        "_form": OneOf("texts", "tokens", "ids"),
        "_knows_unknown": Bool(),
        "_architecture": _PLAN,
        **{name: codec for name, codec in NET_STATE.items() if name != "_weight_mean"},
        **chosen_codecs(RNNLanguageModel),
    },
    {
        "_vocabulary": Optional(VOCABULARY),
        "_split_seed": Int(0),
        "_token_counts": Array("int64", shape=(None,)),
        "encoder_": ENCODER,
        **NET_OPTIONAL,
    },
)


def _finish_model(model, where, source):
    find_vocabulary(model)
    model._settings = None
    check_chosen(model)
    plan, vocabulary = model._architecture, model._vocabulary
    if (vocabulary is None) != (model._form == "ids"):
        raise ValueError("texts and tokens need a vocabulary, and ids have none.")
    if hasattr(model, "encoder_") != (model._form == "texts") and model._form != "tokens":
        raise ValueError("texts need an encoder, and ids have none.")
    counts = getattr(model, "_token_counts", np.zeros(plan.n_tokens, dtype=np.int64))
    if len(counts) != plan.n_tokens or counts.min() < 0:
        raise ValueError("each token needs a count, and none is negative.")
    if plan.cutoffs is not None:
        check_cutoffs(plan.cutoffs, plan.n_tokens)
    fill_net(model, vars(model).pop("_weights"), f"{where}._weights")
    model.classes_ = list_classes(vocabulary, plan.n_tokens)


# --- word vectors -------------------------------------------------------------------------------


class _Path(Text):
    """A path that is read, as a text."""

    def takes(self, value):
        return isinstance(value, str) or (
            isinstance(value, PathLike) and isinstance(fspath(value), str)
        )

    def _encode(self, value, where, store):
        return super()._encode(fspath(value), where, store)


_VECTORS = Array("float32", shape=(None, None))


def _check_ngrams(ngrams):
    if not (ngrams.shortest <= ngrams.longest and ngrams.vectors.size):
        raise ValueError("n-grams need vectors, and their lengths have to rise.")


_EMBEDDER = Fields(
    {},
    {
        "encoder_": Estimator("TokenEncoder"),
        "words_": Texts(tuple),
        "vectors_": _VECTORS,
        "_ngrams": Optional(
            Record(
                Ngrams,
                {"shortest": Int(1), "longest": Int(1, 1000), "vectors": _VECTORS},
                check=_check_ngrams,
            )
        ),
    },
)


def _finish_embedder(embedder, where, source):
    lacking = [name for name in _EMBEDDER.codecs if not hasattr(embedder, name)]
    if lacking:
        raise ValueError(f"there is no {lacking[0]}.")
    words, vectors, ngrams = embedder.words_, embedder.vectors_, embedder._ngrams
    if not vectors.size or not len(vectors) == len(words) == len(set(words)):
        raise ValueError("there have to be different words, and a vector for each.")
    if ngrams is not None and ngrams.vectors.shape[1] != vectors.shape[1]:
        raise ValueError("the vectors of words and n-grams are of different widths.")
    if not hasattr(embedder.encoder_, "vocabulary_"):
        raise ValueError("encoder_ is not fitted.")
    embedder._rows = {word: row for row, word in enumerate(words)}


LANGUAGE_KINDS = (
    EstimatorKind(
        "RNNLanguageModel",
        RNNLanguageModel,
        _MODEL,
        parameters=NET_PARAMETERS | {"encoder": AnyOf(Nothing(), ENCODER)},
        derived=("classes_",),
        finish=_finish_model,
    ),
    EstimatorKind(
        "WordEmbedder",
        WordEmbedder,
        _EMBEDDER,
        parameters={
            "path": AnyOf(Nothing(), _Path()),
            "random_state": NET_PARAMETERS["random_state"],
        },
        derived=("_rows",),
        finish=_finish_embedder,
    ),
)
