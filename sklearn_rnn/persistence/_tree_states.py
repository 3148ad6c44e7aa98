"""How the classifier of trees is spelt in a model file."""

from sklearn_rnn.data import FIRST
from sklearn_rnn.estimators import TreeRNNClassifier
from sklearn_rnn.estimators._tree_labels import TreeLabels
from sklearn_rnn.modules import TreePlan
from sklearn_rnn.nn import TREE_CELLS
from sklearn_rnn.persistence._codecs import (
    AnyOf,
    Bool,
    Float,
    Int,
    Nothing,
    OneOf,
    Optional,
    Record,
    TupleOf,
)
from sklearn_rnn.persistence._label_states import CLASSES
from sklearn_rnn.persistence._net_states import (
    NET_OPTIONAL,
    NET_PARAMETERS,
    NET_STATE,
    PLAIN,
    check_chosen,
    chosen_codecs,
)
from sklearn_rnn.persistence._networks import fill_net
from sklearn_rnn.persistence._registry import EstimatorKind
from sklearn_rnn.persistence._text_states import (
    ENCODER,
    START_PARAMETERS,
    StateWithVocabulary,
    find_vocabulary,
)
from sklearn_rnn.persistence._vocabulary_codec import VOCABULARY

__all__ = ["TREE_KINDS"]

_PLAN = Record(
    TreePlan,
    {
        "n_tokens": Int(2),
        "embedding_dim": Int(1),
        "cell": OneOf(*TREE_CELLS),
        "hidden_size": Int(1),
        "num_layers": Int(1),
        "max_children": Optional(Int(1)),
        "dropout": Float(0, 1),
        "token_dropout": Float(0, 1),
    },
)


def _check_labels(labels):
    if labels.weight is not None and len(labels.weight) != len(labels.classes):
        raise ValueError("each label needs a weight, or none has one.")
    if not labels.at_nodes and (labels.weight is not None or labels.mean_length != 1):
        raise ValueError("roots have one label a tree, which no weight goes with.")


_LABELS = Record(
    TreeLabels,
    {
        "classes": CLASSES,
        "at_nodes": Bool(),
        "weight": Optional(TupleOf(Float(0))),
        "mean_length": Float(5e-324),
    },
    check=_check_labels,
)

_STATE = StateWithVocabulary(
    {
        "first_": OneOf(*FIRST),
        "encoder_": ENCODER,
        "_labels": _LABELS,
        "_architecture": _PLAN,
        **{name: codec for name, codec in NET_STATE.items() if name != "n_features_in_"},
        **chosen_codecs(TreeRNNClassifier),
    },
    {
        "_vocabulary": VOCABULARY,
        "_split_seed": Int(0),
        "_is_frozen": Bool(),
        "interrupted_": NET_OPTIONAL["interrupted_"],
    },
)


def _finish(classifier, where, source):
    find_vocabulary(classifier)
    classifier._settings = None
    classifier.classes_ = classifier._labels.classes
    check_chosen(classifier, may_be_none=("max_children",))
    plan = classifier._architecture
    if plan.n_tokens != len(classifier._vocabulary):
        raise ValueError(
            f"the network knows {plan.n_tokens} tokens, the vocabulary "
            f"{len(classifier._vocabulary)}."
        )
    if (plan.max_children is None) != (plan.cell != "n_ary"):
        raise ValueError(f'a cell "{plan.cell}" has max_children={plan.max_children}.')
    fill_net(classifier, vars(classifier).pop("_weights"), f"{where}._weights")


TREE_KINDS = (
    EstimatorKind(
        "TreeRNNClassifier",
        TreeRNNClassifier,
        _STATE,
        parameters=NET_PARAMETERS
        | {
            "cell": OneOf(*TREE_CELLS),
            "class_weight": PLAIN,
            "embedding": START_PARAMETERS["embedding"],
            "encoder": AnyOf(Nothing(), ENCODER),
        },
        derived=("classes_", "_class_weight", "_vectors"),
        finish=_finish,
    ),
)
