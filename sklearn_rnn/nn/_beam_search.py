"""The likeliest sequences of tokens, found a token at a time."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from sklearn_rnn.nn._devices import to_device
from sklearn_rnn.nn._precision import exact_dtype

__all__ = ["Hypothesis", "TokenScorer", "beam_search", "length_penalty"]


class TokenScorer(Protocol):
    """What tells how likely each token is to come next."""

    def begin(self) -> Tensor:
        """Give the scores of first tokens: ``(sequences, n_tokens)``."""

    def go_on(self, sequences: Tensor, rows: Tensor, tokens: Tensor) -> Tensor:
        """Write a token behind some rows, and give the scores of what comes next.

        Parameters
        ----------
        sequences : Tensor of shape (kept,)
            Which of the sequences of the last call are still written.
        rows : Tensor of shape (kept, beam)
            Which row of its sequence, in the last call, each row goes on from.
        tokens : Tensor of shape (kept, beam)

        Returns
        -------
        Tensor of shape (kept * beam, n_tokens)
        """


class Hypothesis(NamedTuple):
    """A sequence without its end, the logarithm of its probability, and what it is ranked by."""

    tokens: list[int]
    log_probability: float
    score: float


class Beams(NamedTuple):
    """What is being written: ``log_probabilities`` ``(sequences, beam)`` of ``tokens``
    ``(sequences, beam, time)``. Spare places have a probability of zero. Sums are of float64,
    where the device has it.
    """

    log_probabilities: Tensor
    tokens: Tensor


class Candidates(NamedTuple):
    """The likeliest ways to go on, falling: all of shape ``(sequences, candidates)``."""

    log_probabilities: Tensor
    rows: Tensor
    tokens: Tensor


def length_penalty(length: int, alpha: float) -> float:
    """Give what a log-probability is divided by: ``((5 + length) / 6) ** alpha``.

    Wu et al., "Google's Neural Machine Translation System", 2016, eq. 14. 0 means that
    probabilities alone count, which favours short sequences.
    """
    return ((5 + length) / 6) ** alpha


def beam_search(
    scorer: TokenScorer,
    *,
    beam_size: int,
    n_best: int,
    max_length: int,
    alpha: float,
    end: int,
    never: int,
    min_length: int = 0,
) -> list[list[Hypothesis]]:
    """Write the likeliest sequences, ``beam_size`` of them side by side.

    At each step the likeliest candidates are kept. Those that end are done; a sequence is finished
    when nothing that is still written can come before the ``n_best`` best of them. How many have
    ended says nothing: of few tokens the end is often among the likeliest, however improbable it
    is. What has ``max_length`` tokens has to end. With one beam this is greedy search, which is
    over at the first end; with as many beams as there are sequences it is exhaustive.

    Parameters
    ----------
    scorer : TokenScorer
        Scores are what the softmax is taken of.
    beam_size, n_best : int
        How many sequences are written side by side, and how many of them are given;
        ``n_best`` is at most ``beam_size``.
    max_length : int
        How many tokens there are at most, the end not counted.
    alpha : float
        The exponent of the length penalty, not negative; the end is counted.
    end, never : int
        The tokens that end a sequence, and that are never written.
    min_length : int, default=0
        How many tokens there are at least, the end not counted. Probabilities are those of all
        tokens, the end among them, all the same.

    Returns
    -------
    list of lists of Hypothesis
        For each sequence the best ones, by falling score; fewer where fewer are possible.

    See Also
    --------
    keep_likely : What is drawn from instead, where sequences are to differ.
    sklearn_rnn.RNNSeq2Seq.predict_nbest : Writes by it.

    Examples
    --------
    A scorer of three tokens, of which the first one ends, whatever was written:

    >>> import torch
    >>> from sklearn_rnn.nn import beam_search
    >>> class Constant:
    ...     scores = torch.tensor([[0.2, 0.3, 0.5]]).log()
    ...
    ...     def begin(self):
    ...         return self.scores.clone()
    ...
    ...     def go_on(self, sequences, rows, tokens):
    ...         return self.scores.repeat(tokens.numel(), 1)
    >>> found = beam_search(
    ...     Constant(), beam_size=2, n_best=2, max_length=1, alpha=0.0, end=0, never=1
    ... )
    >>> [(one.tokens, round(one.log_probability, 2)) for one in found[0]]
    [([], -1.61), ([2], -2.3)]
    """
    scores = scorer.begin()
    n = len(scores)
    beams = Beams(
        torch.zeros(n, 1, dtype=exact_dtype(scores, training=False), device=scores.device),
        torch.zeros(n, 1, 0, dtype=torch.int64, device=scores.device),
    )
    sequences, found = torch.arange(n), [[] for _ in range(n)]
    for length in range(1, max_length + 2):
        barred = [never, end] if length <= min_length else [never]
        candidates = _candidates(beams, scores, beam_size, end, barred, ends=length > max_length)
        divisor = length_penalty(length, alpha)
        _collect(candidates, beams, sequences, found, beam_size, end, divisor)
        chosen = _without_ends(candidates, beam_size, end)
        farthest = length_penalty(max_length + 1, alpha)
        kept = _unfinished(chosen, sequences, found, beam_size, n_best, farthest)
        if length > max_length or not len(kept):
            break
        sequences = sequences[kept]
        kept = to_device(kept, scores.device)
        chosen = Candidates(*(part[kept] for part in chosen))
        written = beams.tokens[kept[:, None], chosen.rows]
        beams = Beams(chosen.log_probabilities, torch.cat([written, chosen.tokens[..., None]], 2))
        scores = scorer.go_on(kept, chosen.rows, chosen.tokens)
    return [sorted(each, key=lambda one: -one.score)[:n_best] for each in found]


def _candidates(beams, scores, beam_size, end, barred, *, ends):
    """Give the ``2 * beam_size`` likeliest candidates: of each row at most one ends."""
    n, n_rows = beams.log_probabilities.shape
    normaliser = _log_sum(scores)
    if ends:
        likeliest, tokens = scores[:, end, None], torch.full_like(scores[:, :1], end).long()
    else:
        for token in barred:  # a list would be a tensor that has to be copied to the device
            scores[:, token] = -torch.inf
        likeliest, tokens = scores.topk(min(2 * beam_size, scores.shape[1]), dim=1)
    known = (likeliest - normaliser).to(beams.log_probabilities.dtype).view(n, n_rows, -1)
    together = (known + beams.log_probabilities[..., None]).flatten(1)
    best, place = together.topk(min(2 * beam_size, together.shape[1]), dim=1)
    n_each = known.shape[2]
    return Candidates(best, place // n_each, tokens.view(n, -1).gather(1, place))


def _log_sum(scores):
    """Give the logarithm of the sum of exponentials: ``(rows, tokens) -> (rows, 1)``."""
    largest = scores.amax(1, keepdim=True)
    return (scores - largest).exp_().sum(1, keepdim=True).log_() + largest


def _collect(candidates, beams, sequences, found, beam_size, end, divisor):
    """Keep those of the first candidates that end."""
    first = slice(None, beam_size)
    done = (candidates.tokens[:, first] == end) & candidates.log_probabilities[:, first].isfinite()
    places = torch.nonzero(done)
    if not len(places):
        return
    which, place = places.unbind(1)
    tokens = beams.tokens[which, candidates.rows[which, place]].tolist()
    values = candidates.log_probabilities[which, place].tolist()
    owners = sequences[which.cpu()].tolist()
    for owner, written, value in zip(owners, tokens, values, strict=True):
        found[owner].append(Hypothesis(written, value, value / divisor))


def _without_ends(candidates, beam_size, end):
    """Give the first candidates that go on; ends fill up, with a probability of zero."""
    is_end = candidates.tokens == end
    order = is_end.to(torch.uint8).argsort(dim=1, stable=True)[:, :beam_size]
    values, rows, tokens = (part.gather(1, order) for part in candidates)
    return Candidates(values.masked_fill(is_end.gather(1, order), -torch.inf), rows, tokens)


def _unfinished(chosen, sequences, found, beam_size, n_best, farthest):
    """Give the positions of the sequences for which something better may still come."""
    # A log-probability only falls, and no divisor is larger than that of the greatest length.
    bounds = (chosen.log_probabilities[:, 0] / farthest).tolist()
    kept = []
    for i, (owner, bound) in enumerate(zip(sequences.tolist(), bounds, strict=True)):
        done = found[owner]
        if bound == -torch.inf or (done and beam_size == 1):
            continue
        if len(done) >= n_best:
            worst = sorted((one.score for one in done), reverse=True)[n_best - 1]
            if worst >= bound:
                continue
        kept.append(i)
    return torch.tensor(kept, dtype=torch.int64)
