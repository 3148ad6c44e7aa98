"""From texts and parameters to the plan of a language model."""

from numbers import Integral

import numpy as np

from sklearn_rnn.data import Sequences, Vocabulary, check_id_range
from sklearn_rnn.estimators._language_defaults import (
    AUTO_LANGUAGE_PARAMETERS,
    TextTraits,
    resolve_language_parameters,
)
from sklearn_rnn.estimators._language_input import hide_unknown
from sklearn_rnn.modules import LanguagePlan

__all__ = ["check_cutoffs", "check_network", "count_known", "list_classes", "plan_language"]

END_TOKEN = "<end>"
_LEAST_FREQUENT = 2


def plan_language(estimator, texts: Sequences, *, reset: bool, keep_auto: bool = False) -> None:
    """Resolve what is "auto" and keep it as ``<name>_``; a network that is there stays.

    Parameters
    ----------
    estimator : RNNLanguageModel
    texts : Sequences
        The ids of the training data.
    reset : bool
        Whether a new network is planned, as ``_architecture``.
    keep_auto : bool, default=False
        Whether what was once resolved stays as well.
    """
    if reset:
        n_tokens = _count_ids(estimator, texts)
        estimator.classes_ = list_classes(estimator._vocabulary, n_tokens)
    else:
        check_network(estimator)
        n_tokens = estimator._architecture.n_tokens
    counts = np.bincount(hide_unknown(texts, n_tokens).values, minlength=n_tokens)
    traits = TextTraits(_kind(estimator), len(texts.values) + len(texts), counts)
    chosen = resolve_language_parameters(estimator.get_params(deep=False), traits)
    for name in AUTO_LANGUAGE_PARAMETERS:
        is_auto = isinstance(getattr(estimator, name), str)
        kept = name in LanguagePlan._fields or (keep_auto and is_auto)
        if reset or not kept:
            setattr(estimator, f"{name}_", chosen[name])
    if reset:
        estimator._architecture = _plan(estimator, n_tokens)


def _plan(estimator, n_tokens):
    cutoffs = estimator.cutoffs_
    if cutoffs is not None:
        cutoffs = tuple(cutoffs)
        check_cutoffs(cutoffs, n_tokens)
    sizes = {
        name: getattr(estimator, f"{name}_", None)
        for name in LanguagePlan._fields
        if name in AUTO_LANGUAGE_PARAMETERS
    }
    sizes |= {"n_tokens": n_tokens, "cell": estimator.cell, "cutoffs": cutoffs}
    return LanguagePlan(**sizes)


def check_cutoffs(cutoffs: tuple, n_tokens: int) -> None:
    """Raise a ValueError if there cannot be clusters of rare tokens from these ids on."""
    bounds = (_LEAST_FREQUENT - 1, *cutoffs, n_tokens)
    whole = all(isinstance(bound, Integral) for bound in cutoffs)
    if not (cutoffs and whole and all(np.diff(bounds) > 0)):
        raise ValueError(
            f"cutoffs={list(cutoffs)!r}, but they must be ids that rise from at least "
            f"{_LEAST_FREQUENT} to at most {n_tokens - 1}, each the first of a cluster of rarer "
            "tokens."
        )


def check_network(estimator) -> None:
    """Raise an error if a parameter asks for another network than the one to go on with."""
    for name, value in estimator._architecture._asdict().items():
        wanted = getattr(estimator, name, "auto")
        if isinstance(wanted, list):
            wanted = tuple(wanted)
        if not (_is_auto(wanted) or wanted == value or (name == "n_tokens" and wanted is None)):
            raise ValueError(
                f"{name}={wanted!r}, but training goes on with a network whose {name} is "
                f"{value!r}; set it back, or fit anew with warm_start=False."
            )


def _is_auto(value):
    return isinstance(value, str) and value == "auto"


def _count_ids(estimator, texts):
    if estimator.n_tokens is not None:
        return estimator.n_tokens
    if estimator._vocabulary is not None:
        return len(estimator._vocabulary)
    largest = int(texts.values.max())
    check_id_range(texts, largest)
    return max(2, largest + 1)


def list_classes(vocabulary: Vocabulary | None, n_tokens: int) -> np.ndarray:
    """Give what each id stands for, spare ones for the unknown token.

    A token that is written like the end or the unknown one keeps its name, and these get others.
    """
    if vocabulary is None:
        return np.arange(n_tokens)
    n_known = count_known(vocabulary, n_tokens)
    end, unknown = (_unlike(vocabulary, name) for name in (END_TOKEN, vocabulary.tokens[1]))
    spare = [unknown] * (n_tokens - n_known)
    return np.array([end, unknown, *vocabulary.tokens[2:n_known], *spare], dtype=object)


def count_known(vocabulary: Vocabulary | None, n_tokens: int) -> int:
    """Count the ids, from 0, that stand for something; with a vocabulary others may be spare."""
    return n_tokens if vocabulary is None else min(n_tokens, len(vocabulary))


def _unlike(vocabulary, name):
    """Give a name that no known token has: "<<end>>" where "<end>" is one."""
    while name in vocabulary:
        name = f"<{name}>"
    return name


def _kind(estimator):
    vocabulary = estimator._vocabulary
    tokens = () if vocabulary is None else vocabulary.tokens[2:]
    return "characters" if tokens and all(len(token) == 1 for token in tokens) else "words"
