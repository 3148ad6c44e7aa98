"""From pairs and parameters to the plan of a network from sequences to sequences."""

import numpy as np

from sklearn_rnn.data import Vocabulary, check_id_range
from sklearn_rnn.estimators._language_planning import check_network, keep_chosen, list_classes
from sklearn_rnn.estimators._seq2seq_defaults import PairTraits, resolve_seq2seq_parameters
from sklearn_rnn.estimators._seq2seq_input import Pairs, about_y
from sklearn_rnn.modules import Seq2SeqPlan
from sklearn_rnn.preprocessing import TokenEncoder
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
        _check_reading(estimator)
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


def _check_reading(estimator):
    """Raise an error if sources or targets are to be read otherwise than before.

    With ``share_vocabulary`` there may be more tokens than ``n_tokens`` says.
    """
    wanted, there = estimator.n_tokens, estimator._architecture.n_source_tokens
    fits = wanted == there or (estimator.share_vocabulary and wanted is not None and wanted < there)
    if wanted is not None and estimator.source == "sequences" and not fits:
        raise ValueError(
            f"n_tokens={wanted!r}, but training goes on with a network whose n_tokens is "
            f"{there!r}; set it back, or fit anew with warm_start=False."
        )
    defaults = {"encoder": TokenEncoder(), "target_encoder": TokenEncoder(lowercase=False)}
    for name, default in defaults.items():
        given, fitted = getattr(estimator, name), getattr(estimator, f"{name}_", None)
        if fitted is None or (given is None and estimator.share_vocabulary):
            continue
        given = default if given is None else given
        if not _is_alike(given, fitted):
            raise ValueError(
                f"{name}={given!r:.80}, but training goes on with the vocabulary of "
                f"{fitted!r:.80}; set it back, or fit anew with warm_start=False."
            )


def _is_alike(encoder, other):
    """Tell whether encoders have the same parameters; of functions others count as alike."""
    if type(encoder) is not type(other):
        return False
    sides = [one.get_params() if hasattr(one, "get_params") else {} for one in (encoder, other)]
    if sides[0].keys() != sides[1].keys():
        return False
    pairs = [(value, sides[1][name]) for name, value in sides[0].items()]
    return all(np.array_equal(*pair) or all(map(callable, pair)) for pair in pairs)


def _count_tokens(estimator, pairs):
    """Give the number of ids of sources, None for numbers, and of targets."""
    with about_y():
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
