"""Spans, and how probable each is."""

from typing import NamedTuple

import numpy as np
import torch

from sklearn_rnn.data import SCHEMES, spans

__all__ = ["TaggedSpan", "find_spans"]

# So far below the others a score leaves no probability, yet does not force sums into logarithms.
_FAR_BELOW = 500.0
# So many spans are weighed in one go.
_CHUNK = 256


class TaggedSpan(NamedTuple):
    """The steps from ``start`` up to, not including, ``end``, and what they are."""

    start: int
    end: int
    type: str
    probability: float


class _Writing(NamedTuple):
    """One way to write a span: which tags ``(tags,)`` may stand at some steps of its sequence."""

    span: int
    row: int
    tags: dict[int, np.ndarray]


def find_spans(rows, scheme, classes, scores, lengths, log_normalizer) -> list:
    """Give the spans of each sequence with their exact probabilities.

    The probability of a span is that of all sequences of tags which hold this very span: it
    begins, ends and is of a type as here, however its tags are written.

    Parameters
    ----------
    rows : sequence of lists of labels
        What was predicted.
    scheme : str
    classes : list
        The labels in the order of the scores.
    scores : Tensor of shape (steps, tags), float64
        The scores of all steps, end to end.
    lengths : ndarray of shape (n,), int
    log_normalizer : callable
        Maps scores ``(batch, time, tags)`` and lengths to the logarithm of the sum of exp(score)
        over all sequences of tags.

    Returns
    -------
    list of lists of TaggedSpan
    """
    found = [spans(row, scheme) for row in rows]
    where = [(i, span) for i, row in enumerate(found) for span in row]
    writings = [
        _Writing(number, i, tags)
        for number, (i, span) in enumerate(where)
        for tags in _writings(span, scheme, classes, lengths[i])
        if all(may_stand.any() for may_stand in tags.values())
    ]
    sentences = torch.split(scores, lengths.tolist())
    probabilities = np.zeros(len(where))
    for begin in range(0, len(writings), _CHUNK):
        part = writings[begin : begin + _CHUNK]
        shares = _weigh(part, sentences, log_normalizer)
        np.add.at(probabilities, [writing.span for writing in part], shares)
    flat = iter(probabilities.clip(max=1).tolist())
    return [[TaggedSpan(*span, next(flat)) for span in row] for row in found]


@torch.no_grad()
def _weigh(writings, sentences, log_normalizer):
    """Give the share of the sequences of tags that hold each writing ``(writings,)``."""
    free = [sentences[writing.row] for writing in writings]
    held = [_hold(sentence, writing.tags) for sentence, writing in zip(free, writings, strict=True)]
    lengths = torch.tensor([len(sentence) for sentence in free])
    free, held = (torch.nn.utils.rnn.pad_sequence(part, batch_first=True) for part in (free, held))
    return (log_normalizer(held, lengths) - log_normalizer(free, lengths)).exp().numpy()


def _hold(sentence, tags):
    """Lower the scores of all tags but those that may stand at some steps."""
    sentence = sentence.clone()
    for step, may_stand in tags.items():
        may_stand = torch.from_numpy(may_stand)
        floor = sentence[step][may_stand].min() - _FAR_BELOW
        sentence[step] = sentence[step].where(may_stand, floor)
    return sentence


def _writings(span, scheme, classes, length):
    """Give the ways to write a span, each as the tags that may stand at its steps and beside it.

    In IOB1 it begins with B behind another of its type, and else with I.
    """

    def of_type(parts):
        read = (_reads(label, scheme) for label in classes)
        return np.array([part in tuple(parts) and kind == span.type for part, kind in read])

    steps = range(span.start, span.end)
    if scheme == "BIOES":
        single = len(steps) == 1
        parts = ["S"] if single else ["B", *"I" * (len(steps) - 2), "E"]
        yield {step: of_type(part) for step, part in zip(steps, parts, strict=True)}
        return
    tags = dict.fromkeys(steps, of_type("I"))
    if span.end < length:
        tags[span.end] = ~of_type("I")
    if scheme == "IOB2":
        yield tags | {span.start: of_type("B")}
    elif span.start == 0:
        yield tags
    else:
        yield tags | {span.start - 1: ~of_type("BI")}
        yield tags | {span.start - 1: of_type("BI"), span.start: of_type("B")}


def _reads(label, scheme):
    """Give the part that a label plays in a span, and its type."""
    letter, _, kind = label.partition("-")
    return ("O", "") if label == "O" else (SCHEMES[scheme][letter], kind)
