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

__all__ = [
    "check_cutoffs",
    "check_network",
    "count_known",
    "keep_chosen",
    "list_classes",
    "plan_language",
]

END_TOKEN = "<end>"
_LEAST_FREQUENT = 2
# So many words share a direction of the vectors by the company that they keep, or more.
_WORDS_A_DIRECTION = 20


def plan_language(
    estimator,
    texts: Sequences,
    *,
    reset: bool,
    keep_auto: bool = False,
    whole: bool = True,
) -> None:
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
    whole : bool, default=True
        Whether these are all texts, not a first part of them.
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
    keep_chosen(estimator, chosen, LanguagePlan, reset=reset, keep_auto=keep_auto)
    if reset:
        estimator._architecture = _plan(estimator, n_tokens, whole)


def keep_chosen(estimator, chosen: dict, plan: type, *, reset: bool, keep_auto: bool) -> None:
    """Keep what "auto" was resolved to, but for what a network that is there was planned with."""
    for name, value in chosen.items():
        is_auto = isinstance(getattr(estimator, name), str)
        kept = name in plan._fields or (keep_auto and is_auto)
        if reset or not kept:
            setattr(estimator, f"{name}_", value)


def _plan(estimator, n_tokens, whole):
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
    sizes["context_dim"] = _context_dim(estimator, n_tokens) if whole else None
    return LanguagePlan(**sizes)


def _context_dim(estimator, n_tokens):
    """Give the width of vectors of words, of which there have to be many to tell anything."""
    if estimator.context_dim is None or _kind(estimator) == "characters":
        return None
    return min(estimator.context_dim, n_tokens // _WORDS_A_DIRECTION) or None


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
    """Raise an error if a parameter asks for another network than the one to go on with.

    What of its plan is no parameter is not looked at.
    """
    parameters = estimator.get_params(deep=False)
    for name, value in estimator._architecture._asdict().items():
        if name == "context_dim":
            continue  # learned once, beside the network
        wanted = parameters.get(name, "auto")
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
