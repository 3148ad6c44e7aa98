"""The best tag sequences of a linear-chain CRF."""

from typing import NamedTuple

import torch
from torch import Tensor

from sklearn_rnn.nn._crf_recursion import Chain

__all__ = ["BestPaths", "best_paths"]

# On a CPU so many scores of pairs of tags are held at once: they stay in the cache.
_PAIRS = 1 << 17


class BestPaths(NamedTuple):
    """The best sequences of tags, the best first."""

    tags: Tensor  # (batch, n, time), zero at padding and where there are fewer than n
    scores: Tensor  # (batch, n), -inf where there are fewer than n


@torch.no_grad()
def best_paths(chain: Chain, n: int) -> BestPaths:
    """Find the ``n`` best sequences of tags, all distinct.

    Viterbi's recursion (Forney, "The Viterbi Algorithm", 1973) gives the best score of all that
    leads to a tag at a step. With it, going back from the end, ``n`` endings a step suffice:
    an ending is worth the best whole sequence that it ends, and where ``n`` others are worth more,
    none of its sequences is among the best ``n`` (the search A* of Soong and Huang, "A
    Tree-Trellis Based Fast Search for Finding the N-best Sentence Hypotheses", 1991, in step).
    Sums and maxima only: no sequence's result depends on the others in the batch.
    """
    prefixes = _best_prefixes(chain)
    onward = torch.cat([chain.transitions, chain.end[:, None]], 1).t().contiguous()
    time, batch, n_tags = prefixes.shape
    suffixes = prefixes.new_full((batch, n), -torch.inf)  # the scores of the endings so far
    suffixes[:, 0] = 0
    following = torch.full((batch, n), n_tags, device=prefixes.device)  # their first tags
    rank = torch.arange(n, device=prefixes.device).expand(batch, n)
    tags, parents, scores = [], [], suffixes
    for t in reversed(range(time)):
        longer = onward[following] + suffixes[..., None]  # (batch, n, tags)
        worth, index = (longer + prefixes[t, :, None]).flatten(1).topk(n)
        longer = (longer + chain.emissions[t, :, None]).flatten(1).gather(1, index)
        real = chain.mask[t, :, None]
        suffixes, scores = torch.where(real, longer, suffixes), torch.where(real, worth, scores)
        following = torch.where(real, index % n_tags, following)
        parents.append(torch.where(real, index // n_tags, rank))
        tags.append(following)
    return BestPaths(_follow(tags[::-1], parents[::-1], chain.mask, scores), scores)


def _best_prefixes(chain):
    """Give the best score of all sequences up to each step that end in each tag."""
    best = torch.empty_like(chain.emissions)
    best[0] = chain.start + chain.emissions[0]
    n_rows = max(1, _PAIRS // len(chain.end) ** 2) if best.device.type == "cpu" else best.shape[1]
    for part, emissions in zip(
        best.split(n_rows, 1), chain.emissions.split(n_rows, 1), strict=True
    ):
        _run(part, emissions, chain.transitions)
    return best


def _run(best, emissions, transitions):
    """Fill the steps behind the first one."""
    _, batch, n_tags = best.shape
    moves = transitions[:, None]  # (tags, 1, tags): the maximum over the first axis is fast
    pairs = best.new_empty(n_tags, batch, n_tags)
    for t in range(1, len(best)):
        torch.add(best[t - 1].t()[..., None], moves, out=pairs)
        torch.amax(pairs, 0, out=best[t]).add_(emissions[t])


def _follow(tags, parents, mask, scores):
    """Read each sequence from its first step on: ``(batch, n, time)``."""
    place = torch.arange(scores.shape[1], device=scores.device).expand_as(scores)
    found = []
    for step, parent in zip(tags, parents, strict=True):
        found.append(step.gather(1, place))
        place = parent.gather(1, place)
    real = mask.t()[:, None] & (scores > -torch.inf)[..., None]
    return torch.stack(found, 2).where(real, 0)
