"""The recursion of a linear-chain CRF: sums over all tag sequences, and their gradients.

Arrays are (time, batch, tags) here, so that each step is one block of memory. Only the loop over
time is a loop.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from sklearn_rnn.nn._first_order import first_order

__all__ = [
    "Chain",
    "log_normalizer",
    "marginals",
    "path_score",
    "reverse",
    "step_log_likelihoods",
]

# Less than this, relative to the likeliest tag of a step, and float64 loses what adds up to it.
_SMALLEST = 1e-280


class Chain(NamedTuple):
    """The scores of a batch of tag sequences; -inf is what may not be."""

    emissions: Tensor  # (time, batch, tags), zero at padding
    start: Tensor  # (tags,)
    transitions: Tensor  # (tags, tags), from the row's tag to the column's
    end: Tensor  # (tags,)
    lengths: Tensor  # (batch,)
    mask: Tensor  # (time, batch)


def path_score(chain: Chain, tags: Tensor) -> Tensor:
    """Add the scores along each sequence of tags ``(time, batch)``: ``(batch,)``.

    Lafferty, McCallum and Pereira, "Conditional Random Fields", 2001, eq. 1.
    """
    steps = _at_tags(chain.emissions, tags) + _score_after(chain, tags)
    return chain.start[tags[0]] + steps.where(chain.mask, 0).sum(0)


def log_normalizer(chain: Chain) -> Tensor:
    """Give the logarithm of the sum of exp(score) over all sequences of tags: ``(batch,)``."""
    return _log_normalizer(chain, _prefix_scores(*chain[:3]))


def step_log_likelihoods(chain: Chain, tags: Tensor) -> Tensor:
    """Give ``log p(tag_t | all later tags, x)``: ``(time, batch)``, zero at padding.

    Over the steps they add up to the log-likelihood of the sequence (the chain rule).
    """
    prefix = _prefix_scores(*chain[:3])
    reached = _at_tags(prefix, tags)  # all that leads to this tag, the tag included
    entered = reached - _at_tags(chain.emissions, tags)
    after = torch.where(_is_last(chain), _log_normalizer(chain, prefix), entered.roll(-1, 0))
    return (reached + _score_after(chain, tags) - after).where(chain.mask, 0)


def marginals(chain: Chain) -> Tensor:
    """Give the probability of each tag at each step: ``(time, batch, tags)``, zero at padding."""
    table = _prefix_table(*chain[:3])
    last = (_last(chain, table.scores()) + chain.end).softmax(-1)
    seed = torch.zeros_like(chain.emissions)
    seed.scatter_(0, _last_index(chain), last[None])
    return table.pull_back(seed).emissions


def reverse(chain: Chain, *steps: Tensor) -> tuple[Chain | Tensor, ...]:
    """Give the chain that reads each sequence from its end, and ``steps (time, batch)`` so, too."""
    time = torch.arange(len(chain.mask), device=chain.mask.device)[:, None]
    mirrored = chain.lengths - 1 - time
    index = mirrored.where(mirrored >= 0, time)
    flipped = chain._replace(
        emissions=chain.emissions.gather(0, index[..., None].expand_as(chain.emissions)),
        start=chain.end,
        transitions=chain.transitions.t(),
        end=chain.start,
    )
    return flipped, *(step.gather(0, index) for step in steps)


# --- along the tags of a given sequence ---------------------------------------------------------


def _at_tags(scores, tags):
    return scores.gather(2, tags[..., None]).squeeze(2)


def _score_after(chain, tags):
    """Give the score of leaving each tag: for the next one, or for the end."""
    n_tags = len(chain.end)
    table = torch.cat([chain.transitions, chain.end[:, None]], 1)
    onward = tags.roll(-1, 0).where(~_is_last(chain), n_tags)
    index = tags * (n_tags + 1) + onward
    # index_select, since the gradient of indexing by a tensor takes several times as long
    return table.view(-1).index_select(0, index.reshape(-1)).view(index.shape)


def _is_last(chain):
    time = torch.arange(len(chain.mask), device=chain.mask.device)[:, None]
    return time == chain.lengths - 1


def _last(chain, scores):
    """Give the scores at the last real step: ``(batch, tags)``."""
    return scores.gather(0, _last_index(chain)).squeeze(0)


def _last_index(chain):
    return (chain.lengths - 1)[None, :, None].expand(1, -1, len(chain.end))


def _log_normalizer(chain, prefix):
    return torch.logsumexp(_last(chain, prefix) + chain.end, -1)


# --- sums over all sequences that lead to a tag -------------------------------------------------


def _prefix_scores(emissions, start, transitions):
    """Give the log-sum over all tag sequences up to each step that end in each tag.

    ``A_t(j) = e_t(j) + log sum_i exp(A_{t-1}(i) + transitions_ij)``, the forward recursion
    (Rabiner, "A Tutorial on Hidden Markov Models", 1989, eq. 19-20). Its gradient goes backward
    by ``p(tag_{t-1} = i | tag_t = j, x) = exp(A_{t-1}(i) + transitions_ij + e_t(j) - A_t(j))``.
    """
    return _PrefixScores.apply(emissions, start, transitions)


class _PrefixScores(torch.autograd.Function):
    @staticmethod
    def forward(ctx, emissions, start, transitions):
        ctx.table = _prefix_table(emissions, start, transitions)
        return ctx.table.scores()

    @staticmethod
    @first_order("train with output='softmax'")
    def backward(ctx, gradient):
        return tuple(ctx.table.pull_back(gradient))


class _Gradients(NamedTuple):
    emissions: Tensor
    start: Tensor
    transitions: Tensor


def _prefix_table(emissions, start, transitions):
    # Off the CPU a step costs its launches, not its arithmetic, and a check would have to wait.
    if emissions.device.type == "cpu" and emissions.dtype == torch.float64:
        table = _ScaledTable(emissions, start, transitions)
        if table.is_exact(start, transitions):
            return table
    return _LogTable(emissions, start, transitions)


class _ScaledTable:
    """The recursion by matrix products of probabilities, each step scaled to a sum of 1.

    That is several times as fast as sums of exponentials over (batch, tags, tags), and as exact
    unless scores lie hundreds apart.
    """

    def __init__(self, emissions, start, transitions):
        peak = emissions.amax(-1, keepdim=True)
        factors = (emissions - peak).exp_()
        highest, first = _finite_max(transitions), _finite_max(start)
        self.moves = (transitions - highest).exp()
        self.entered = torch.empty_like(factors)  # a sum over the tags before
        self.reached = torch.empty_like(factors)  # times the factor of the step, scaled
        scales = torch.empty_like(peak)
        self._run(factors, (start - first).exp(), scales)
        shift = scales.log_() + peak + highest
        shift[0] += first - highest
        self.shift = shift.cumsum_(0)

    def _run(self, factors, first, scales):
        before = None
        steps = zip(factors, self.entered, self.reached, scales, strict=True)
        for factor, entered, reached, scale in steps:
            if before is None:
                entered.copy_(first)
            else:
                torch.mm(before, self.moves, out=entered)
            torch.mul(entered, factor, out=reached)
            torch.sum(reached, -1, keepdim=True, out=scale)
            reached.div_(scale.clamp_min_(1e-300))  # none is reached where all ways are barred
            before = reached

    def is_exact(self, start, transitions):
        """Whether nothing that may be was lost to underflow (false for NaN, too)."""
        lowest = torch.minimum(self.entered.amin(1), self.reached.amin(1))  # (time, tags)
        if lowest.amin() >= _SMALLEST:
            return True
        needed = _reachable(len(lowest), start, transitions)
        return bool((lowest >= _SMALLEST).where(needed, True).all())

    def scores(self):
        return self.reached.log() + self.shift

    def pull_back(self, gradient):
        """Give the gradients of the inputs from that of the scores."""
        inverse = self.entered.reciprocal().masked_fill_(self.entered == 0, 0)
        back = self.moves.t().contiguous()
        total, share = torch.empty_like(gradient), torch.zeros_like(gradient)
        total[-1] = gradient[-1]
        passed = torch.empty_like(gradient[0])
        for t in range(len(gradient) - 1, 0, -1):
            torch.mul(total[t], inverse[t], out=share[t])
            torch.mm(share[t], back, out=passed)
            torch.addcmul(gradient[t - 1], self.reached[t - 1], passed, out=total[t - 1])
        pairs = self.reached[:-1].flatten(0, 1).t() @ share[1:].flatten(0, 1)
        return _Gradients(total, total[0].sum(0), self.moves * pairs)


class _LogTable:
    """The recursion by sums of exponentials, safe for scores of any size."""

    def __init__(self, emissions, start, transitions):
        self.transitions = transitions
        self.entered = torch.empty_like(emissions)
        self.reached = torch.empty_like(emissions)
        shift = torch.empty_like(emissions[..., :1])
        for t, step in enumerate(emissions):
            self.entered[t] = start if t == 0 else torch.logsumexp(self._moves(t), 1)
            reached = self.entered[t] + step
            shift[t] = _finite_max(reached, -1, keepdim=True)
            self.reached[t] = reached - shift[t]
        self.shift = shift.cumsum(0)

    def _moves(self, t):
        """Give the scores of all pairs of tags before and at a step: ``(batch, tags, tags)``."""
        return self.reached[t - 1, :, :, None] + self.transitions

    def scores(self):
        return self.reached + self.shift

    def pull_back(self, gradient):
        """Give the gradients of the inputs from that of the scores."""
        entered = self.entered.masked_fill(self.entered == -torch.inf, 0)
        total, pairs = gradient.clone(), torch.zeros_like(self.transitions)
        for t in range(len(gradient) - 1, 0, -1):
            share = (self._moves(t) - entered[t, :, None]).exp_() * total[t, :, None]
            total[t - 1] += share.sum(2)
            pairs += share.sum(0)
        return _Gradients(total, total[0].sum(0), pairs)


def _finite_max(scores, dim=None, keepdim=False):
    highest = scores.max() if dim is None else scores.amax(dim, keepdim=keepdim)
    return highest.masked_fill(highest == -torch.inf, 0)


def _reachable(time, start, transitions):
    """Which tags some allowed sequence has at each step: ``(time, tags)``."""
    moves = (transitions > -torch.inf).to(transitions.dtype)
    reached = [start > -torch.inf]
    while len(reached) < time:
        reached.append(reached[-1].to(moves.dtype) @ moves > 0)
        if reached[-1].equal(reached[-2]):  # and so it stays
            reached += [reached[-1]] * (time - len(reached))
    return torch.stack(reached)
