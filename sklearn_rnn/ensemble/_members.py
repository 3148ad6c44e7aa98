"""The members of an ensemble: what they are, their seeds and weights, and how they are fitted."""

from contextlib import contextmanager
from enum import Enum

import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.parallel import Parallel, delayed

from sklearn_rnn._sklearn import check_sample_weight
from sklearn_rnn.data import align_by_ids
from sklearn_rnn.estimators._targets import plain_target
from sklearn_rnn.training import fit_seed

__all__ = [
    "Kind",
    "align",
    "base_seed",
    "bootstrap_weights",
    "final_step",
    "kind_of",
    "make_members",
    "naming_member",
    "train_members",
    "trained_members",
    "where_estimator_has",
]


class Kind(Enum):
    """What an estimator predicts."""

    CLASSIFIER = "classifier"
    REGRESSOR = "regressor"
    TAGGER = "tagger"
    FORECASTER = "forecaster"


def kind_of(estimator) -> Kind:
    """Tell what an estimator predicts, or raise an error if it is nothing that can be averaged."""
    if hasattr(final_step(estimator), "forecast"):
        return Kind.FORECASTER
    if is_regressor(estimator):
        return Kind.REGRESSOR
    if hasattr(estimator, "predict_proba"):
        if is_classifier(estimator):
            return Kind.CLASSIFIER
        draws = hasattr(final_step(estimator), "sample")  # a language model, or a generator
        if get_tags(estimator).estimator_type is None and not draws:
            return Kind.TAGGER
    raise TypeError(
        f"estimator is a {type(estimator).__name__}, but an ensemble averages classifiers and "
        "taggers with predict_proba, regressors and forecasters; give one of these."
    )


def final_step(estimator):
    """Give the last step of a pipeline, and any other estimator as it is."""
    steps = getattr(estimator, "steps", None)
    return steps[-1][1] if steps else estimator


def where_estimator_has(name: str):
    """Decorate a method of an ensemble that is there where its estimator has one of that name."""

    def check(ensemble):
        return hasattr(getattr(ensemble, "estimators_", [ensemble.estimator])[0], name)

    return available_if(check)


def align(X, values, what="y"):
    """Bring what is in pandas into the order of sequences that have ids; give the rest as it is."""
    values = plain_target(values, what)
    has_index = hasattr(values, "iloc")
    ids = getattr(X, "ids", None)
    return values if ids is None or not has_index else align_by_ids(ids, values, what)


# --- seeds and weights --------------------------------------------------------------------------


def base_seed(random_state, estimator) -> int:
    """Give the seed from which those of the members are derived."""
    if random_state is None:
        random_state = getattr(estimator, "random_state", None)
    return fit_seed(random_state)


def make_members(estimator, n_members: int, seed: int, *, may_be_alike: bool) -> list:
    """Clone an estimator, each time with another seed in every ``random_state`` it has.

    A larger ensemble of the same seed has the members of a smaller one, and more.

    Raises
    ------
    ValueError
        If there is nothing random in the estimator, unless members may be alike.
    """
    names = sorted(
        name for name in estimator.get_params() if name.split("__")[-1] == "random_state"
    )
    if not names and n_members > 1 and not may_be_alike:
        raise ValueError(
            f"{type(estimator).__name__} has no random_state, so that all {n_members} members "
            "would be alike; give another estimator, or n_members=1."
        )
    return [
        clone(estimator).set_params(**dict(zip(names, _seeds(seed, i, len(names)), strict=True)))
        for i in range(n_members)
    ]


def _seeds(seed, number, n):
    return _sequence(seed, number, 0).generate_state(n).tolist()


def _sequence(seed, number, purpose):
    return np.random.SeedSequence(seed, spawn_key=(number, purpose))


def bootstrap_weights(X, sample_weight, n_members: int, seed: int) -> list[np.ndarray]:
    """Give each member its weights ``(n,)``: how often a sequence is drawn, times its weight."""
    sample_weight = check_sample_weight(
        align(X, sample_weight, "sample_weight"), X, dtype=np.float64, ensure_non_negative=True
    )
    n = len(sample_weight)
    generators = (np.random.default_rng(_sequence(seed, i, 1)) for i in range(n_members))
    return [sample_weight * np.bincount(rng.integers(n, size=n), minlength=n) for rng in generators]


# --- training -----------------------------------------------------------------------------------


def train_members(members, method, X, y, params, **parallel) -> list:
    """Call ``fit`` or ``partial_fit`` of each member, in parallel.

    Parameters
    ----------
    members : list of estimators
    method : str
    X, y
        What all are trained on.
    params : list of dict
        The further arguments of each.
    **parallel
        Options of joblib.

    Returns
    -------
    list of fitted estimators
        The members themselves, or what came back from the processes they were trained in.
    """
    n_members = len(members)
    return Parallel(**parallel)(
        delayed(_train)(member, i, n_members, method, X, y, member_params)
        for i, (member, member_params) in enumerate(zip(members, params, strict=True))
    )


def _train(member, number, n_members, method, X, y, params):
    with naming_member(member, number, n_members):
        return getattr(member, method)(X, y, **params)


def trained_members(members) -> list:
    """Give those members that hold what they learned when training was interrupted."""
    return [
        member
        for member in members
        if hasattr(final_step(member), "interrupted_")  # a network is trained, or partly
    ]


@contextmanager
def naming_member(member, number: int, n_members: int):
    """Add to an error the number and the seed of the member that raised it."""
    try:
        yield
    except Exception as error:
        seed = getattr(member, "random_state", None)
        of_seed = "" if seed is None else f" (random_state={seed})"
        error.add_note(f"This is the error of member {number} of {n_members}{of_seed}.")
        raise
