"""What a model from sequences to sequences writes, in the form of the targets of ``fit``."""

from collections.abc import Callable, Iterable
from numbers import Integral

import numpy as np

from sklearn_rnn.data import Sequences, check_text
from sklearn_rnn.metrics import bleu_score
from sklearn_rnn.preprocessing._analyzers import ANALYZERS, analyze
from sklearn_rnn.preprocessing._spacing import Spacing

__all__ = ["as_targets", "check_n_best", "learn_spacing", "score_targets"]

_WIDEST_AUTO = 5


def learn_spacing(estimator, y) -> Spacing | None:
    """Learn where spaces stand in the texts of targets; None where nothing is joined so."""
    encoder = getattr(estimator, "target_encoder_", None)
    analyzer = getattr(encoder, "analyzer_", "word")
    if estimator._target_form != "texts" or estimator.join is not None or analyzer == "char":
        return None
    texts = check_text(y)
    lowercase = getattr(encoder, "lowercase", False)
    token_lists = analyze(texts, analyzer if callable(analyzer) else ANALYZERS[analyzer])
    return Spacing.learn(texts, token_lists, str.lower if lowercase else str)


def as_targets(estimator, rows: Iterable[list[int]]) -> np.ndarray:
    """Give targets of ids in the form of those of ``fit``: ``(n,)``, objects."""
    return np.fromiter(map(_decoder(estimator), rows), dtype=object)


def _decoder(estimator) -> Callable:
    form, classes = estimator._target_form, estimator.classes_
    if form == "ids":
        return lambda ids: np.array(ids, dtype=np.int64)
    if form == "tokens":
        return lambda ids: [classes[i] for i in ids]
    join = estimator.join
    if join is None:
        join = "".join if estimator._spacing is None else estimator._spacing.join
    return lambda ids: join([classes[i] for i in ids])


def check_n_best(estimator, n=1) -> tuple[int, int]:
    """Give how many targets are looked for, and written side by side.

    Raises
    ------
    ValueError
        If either number is out of range.
    """
    n_choices = len(estimator.classes_) - 1  # the end among them, the unknown token not
    if not isinstance(n, Integral) or isinstance(n, bool) or n < 1:
        raise ValueError(f"n must be an int of at least 1, but is {n!r}.")
    beam_size = estimator.beam_size
    if beam_size == "auto":
        return int(n), max(int(n), min(_WIDEST_AUTO, n_choices))
    check_beam(beam_size, n_choices)
    return int(n), max(int(n), beam_size)


def check_beam(beam_size: int, n_choices: int) -> None:
    """Raise a ValueError if a beam is wider than the tokens that may come first."""
    if beam_size != "auto" and beam_size > n_choices:
        raise ValueError(
            f"beam_size={beam_size}, but there are only {n_choices} tokens to choose from, the "
            'end of a target among them; lower it, or leave it at "auto".'
        )


def score_targets(estimator, y, targets: Sequences, found: list[list[int]]) -> float:
    """Give the BLEU score of what was found, of n-grams that the targets are long enough for.

    Texts are split as sacrebleu does, or into characters where the model writes those, and
    lower-cased where the encoder of targets does that; of other targets the ids count.

    Parameters
    ----------
    estimator : RNNSeq2Seq
    y : targets as they were given, in the order of the sources
    targets : Sequences
        The same as ids.
    found : list of lists of int
    """
    if estimator._target_form != "texts":
        rows = ([list(map(str, ids)) for ids in side] for side in (targets, found))
        return bleu_score(*rows, effective_order=True)
    encoder = estimator.target_encoder_
    return bleu_score(
        check_text(y),
        list(as_targets(estimator, found)),
        tokenize=list if getattr(encoder, "analyzer_", "word") == "char" else "13a",
        lowercase=bool(getattr(encoder, "lowercase", False)),
        effective_order=True,
    )
