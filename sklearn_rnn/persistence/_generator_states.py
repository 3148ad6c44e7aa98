"""How generators are spelt in a model file."""

from sklearn_rnn.estimators import RNNGenerator
from sklearn_rnn.estimators._generator_input import condition_width
from sklearn_rnn.modules import GenerationPlan
from sklearn_rnn.nn import CELLS
from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import (
    Bool,
    Fields,
    Float,
    Int,
    OneOf,
    Optional,
    Record,
    TupleOfEach,
)
from sklearn_rnn.persistence._label_columns import Texts
from sklearn_rnn.persistence._label_states import CLASSES
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
from sklearn_rnn.persistence._sequence_states import check_width

__all__ = ["GENERATOR_KINDS"]

_MOST = 2**40

_PLAN = Record(
    GenerationPlan,
    {
        "n_features": Int(1),
        "n_conditions": Int(0),
        "cell": OneOf(*CELLS),
        "hidden_size": Int(1),
        "num_layers": Int(1),
        "dropout": Float(0, 1),
        "n_components": Int(1),
        "covariance": OneOf("full", "diag"),
        "min_deviation": Float(5e-324),
        "learn_end": Bool(),
    },
)

_STATE = Fields(
    {
        "_input_form": OneOf("table", "rectangle", "ragged"),
        "_step_names_in": Optional(Texts()),
        "_scaler": STEP_SCALER,
        "_lengths": TupleOfEach(Int(1, _MOST), Int(1, _MOST)),
        "_condition": OneOf("none", "labels", "vectors"),
        "_condition_scaler": Optional(STEP_SCALER),
        "_architecture": _PLAN,
        **{name: codec for name, codec in NET_STATE.items() if name != "_weight_mean"},
        **chosen_codecs(RNNGenerator),
    },
    {
        "_split_seed": Int(0),
        "classes_": CLASSES,
        "_label_counts": Array("int64", shape=(None,)),
        **NET_OPTIONAL,
    },
)


def _finish(generator, where, source):
    generator._settings = None
    check_chosen(generator)
    _check_conditions(generator)
    plan, (shortest, longest) = generator._architecture, generator._lengths
    if shortest > longest:
        raise ValueError(f"sequences of {shortest} to {longest} steps cannot be.")
    if plan.n_conditions != condition_width(generator):
        raise ValueError(f"the network reads {plan.n_conditions} conditions, but there are others.")
    if plan.n_features != len(generator._scaler.mean):
        raise ValueError(f"the network reads {plan.n_features} numbers a step, the scaler others.")
    check_width(generator, plan.n_features)
    fill_net(generator, vars(generator).pop("_weights"), f"{where}._weights")


def _check_conditions(generator):
    """Check that what sequences are conditioned on is there, and nothing else."""
    kind, scaler = generator._condition, generator._condition_scaler
    labelled = [hasattr(generator, name) for name in ("classes_", "_label_counts")]
    if any(labelled) != (kind == "labels") or any(labelled) != all(labelled):
        raise ValueError("labels need classes and their counts, and nothing else has these.")
    if (scaler is not None) != (kind == "vectors"):
        raise ValueError("vectors need a scaler, and nothing else has one.")
    if kind == "labels":
        counts = generator._label_counts
        if len(counts) != len(generator.classes_):
            raise ValueError("each class needs a count.")
        if not ((counts >= 0) & (counts < _MOST)).all() or not counts.any():
            raise ValueError("the counts of the classes are no numbers of sequences.")


GENERATOR_KINDS = (
    EstimatorKind("RNNGenerator", RNNGenerator, _STATE, parameters=NET_PARAMETERS, finish=_finish),
)
