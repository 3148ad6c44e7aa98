"""From pairs and parameters to the plan of a network from sequences to sequences."""

import numpy as np

from sklearn_rnn.data import Vocabulary, check_id_range
from sklearn_rnn.estimators._language_planning import check_network, keep_chosen, list_classes
from sklearn_rnn.estimators._seq2seq_defaults import PairTraits, resolve_seq2seq_parameters
from sklearn_rnn.estimators._seq2seq_input import Pairs
from sklearn_rnn.modules import Seq2SeqPlan
from sklearn_rnn.training import StepScaler

__all__ = ["plan_seq2seq"]

# Targets of so few different ids are taken for signs, such as characters.
_FEW_IDS = 256


def plan_seq2seq(estimator, pairs: Pairs, *, reset: bool, keep_auto: bool = False) -> None:
    """Resolve what is "auto" and keep it as ``<name>_``; a network that is there stays.

    Parameters
    ----------
    estimator : RNNSeq2Seq
    pairs : Pairs
        The training data.
    reset : bool
        Whether a new network is planned, as ``_architecture``.
    keep_auto : bool, default=False
        Whether what was once resolved stays as well.
    """
    if reset:
        n_source, n_target = _count_tokens(estimator, pairs)
        estimator.classes_ = list_classes(estimator._target_vocabulary, n_target)
        estimator._scaler = None if estimator._is_ids else StepScaler.fit(pairs.sources.values)
    else:
        check_network(estimator)
    traits = PairTraits(
        writes=_writes(estimator),
        reads_words=_holds_words(estimator._vocabulary),
        n_pairs=len(pairs.targets),
        n_target_tokens=len(pairs.targets.values),
        longest_target=int(pairs.targets.lengths.max()),
    )
    chosen = resolve_seq2seq_parameters(estimator.get_params(deep=False), traits)
    keep_chosen(estimator, chosen, Seq2SeqPlan, reset=reset, keep_auto=keep_auto)
    if reset:
        parameters = {name: getattr(estimator, name, None) for name in Seq2SeqPlan._fields}
        parameters |= {name: chosen[name] for name in Seq2SeqPlan._fields if name in chosen}
        parameters["n_features"] = None if estimator._is_ids else pairs.sources.n_features
        parameters |= {"n_source_tokens": n_source, "n_target_tokens": n_target}
        estimator._architecture = Seq2SeqPlan(**parameters)


def _count_tokens(estimator, pairs):
    """Give the number of ids of sources, None for numbers, and of targets."""
    of_targets = _count_ids(estimator._target_vocabulary, pairs.targets)
    if not estimator._is_ids:
        _check_sharing(estimator, "numbers")
        return None, of_targets
    of_sources = estimator.n_tokens
    if of_sources is None:
        of_sources = _count_ids(estimator._vocabulary, pairs.sources)
    if not estimator.share_vocabulary:
        return of_sources, of_targets
    if estimator._vocabulary != estimator._target_vocabulary:
        _check_sharing(estimator, "ids of another vocabulary than those of y")
    return (max(of_sources, of_targets),) * 2


def _check_sharing(estimator, what):
    if estimator.share_vocabulary:
        raise ValueError(
            f"X holds {what}, but with share_vocabulary=True sources and targets are tokens of "
            "one vocabulary; set it to False."
        )


def _count_ids(vocabulary: Vocabulary | None, ids) -> int:
    if vocabulary is not None:
        return len(vocabulary)
    largest = int(ids.values.max())
    check_id_range(ids, largest)
    return max(2, largest + 1)


def _writes(estimator):
    if estimator._target_vocabulary is None:
        return "signs" if len(estimator.classes_) <= _FEW_IDS else "words"
    return "words" if _holds_words(estimator._target_vocabulary) else "signs"


def _holds_words(vocabulary):
    """Tell words from characters: most tokens are longer than one."""
    tokens = () if vocabulary is None else vocabulary.tokens[2:]
    return bool(np.mean([len(token) > 1 for token in tokens] or [0]) > 0.5)
