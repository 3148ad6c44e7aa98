"""From steps and parameters to the plan of a generator."""

from sklearn_rnn.estimators._generator_defaults import (
    AUTO_GENERATOR_PARAMETERS,
    StepTraits,
    resolve_generator_parameters,
)
from sklearn_rnn.estimators._generator_input import GeneratorData, condition_width
from sklearn_rnn.modules import GenerationPlan
from sklearn_rnn.training import StepScaler

__all__ = ["plan_generator"]


def plan_generator(estimator, data: GeneratorData, *, reset: bool, keep_auto: bool = False) -> None:
    """Resolve what is "auto" and keep it as ``<name>_``; a network that is there stays.

    Parameters
    ----------
    estimator : RNNGenerator
    data : GeneratorData
    reset : bool
        Whether a new network is planned, as ``_architecture``.
    keep_auto : bool, default=False
        Whether what was once resolved stays as well.
    """
    lengths = data.sequences.lengths
    if not reset:
        _check_network(estimator)
    traits = StepTraits(
        n_sequences=len(lengths),
        n_steps=int(lengths.sum()),
        n_features=data.sequences.n_features,
        lengths_differ=bool((lengths != lengths[0]).any()),
    )
    chosen = resolve_generator_parameters(estimator.get_params(deep=False), traits)
    for name in AUTO_GENERATOR_PARAMETERS:
        kept = name in GenerationPlan._fields or (keep_auto and getattr(estimator, name) == "auto")
        if reset or not kept:
            setattr(estimator, f"{name}_", chosen[name])
    if reset:
        estimator._scaler = StepScaler.fit(data.sequences.values)
        estimator._architecture = _plan(estimator, data)
    seen = [lengths.min(), lengths.max(), *(() if reset else estimator._lengths)]
    estimator._lengths = (int(min(seen)), int(max(seen)))


def _plan(estimator, data):
    named = {
        name: getattr(estimator, f"{name}_", getattr(estimator, name, None))
        for name in GenerationPlan._fields
    }
    named |= {"n_features": data.sequences.n_features, "n_conditions": condition_width(estimator)}
    return GenerationPlan(**named)


def _check_network(estimator):
    """Raise an error if a parameter asks for another network than the one to go on with."""
    for name, value in estimator._architecture._asdict().items():
        wanted = getattr(estimator, name, "auto")
        if wanted not in ("auto", value):
            raise ValueError(
                f"{name}={wanted!r}, but training goes on with a network whose {name} is "
                f"{value!r}; set it back, or fit anew with warm_start=False."
            )
