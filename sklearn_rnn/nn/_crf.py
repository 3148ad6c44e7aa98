"""A linear-chain conditional random field over the tags of each step."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from sklearn_rnn.nn._crf_decoding import best_paths
from sklearn_rnn.nn._crf_recursion import (
    Chain,
    log_normalizer,
    marginals,
    path_score,
    reverse,
    step_log_likelihoods,
)
from sklearn_rnn.nn._masking import lengths_to_mask
from sklearn_rnn.nn._precision import at_least_float32, exact_dtype, without_autocast

__all__ = [
    "ConditionalRandomField",
    "NBest",
    "TagChain",
    "TransitionScores",
]


class TransitionScores(NamedTuple):
    """The scores of going from tag to tag; -inf is what is not allowed."""

    start: Tensor  # (tags,)
    transitions: Tensor  # (tags, tags), from the row's tag to the column's
    end: Tensor  # (tags,)


class NBest(NamedTuple):
    """The likeliest sequences of tags, the likeliest first."""

    tags: Tensor  # (batch, n, time), zero at padding and beyond the counts
    log_probabilities: Tensor  # (batch, n), -inf beyond the counts
    counts: Tensor  # (batch,), fewer than n where fewer are possible


class TagChain(nn.Module):
    """Sequences of tags, each scored by its steps alone, of which not all are allowed.

    ``p(y | x)`` is proportional to ``exp(sum_t emissions_t[y_t])`` where ``y`` is allowed, and 0
    elsewhere: what a softmax at each step says, given that the sequence is one of those. Everything
    is summed in float64, where the device has it, and returned in the emissions' type, half
    precision as float32.

    Every method takes ``emissions (batch, time, tags)``, the scores of the tags at each step, and
    ``lengths (batch,)``, int64 and at least 1, or None where every sequence fills its row. What
    stands behind the end of a sequence changes nothing.

    Parameters
    ----------
    n_tags : int
        The number of tags.
    allowed : triple of bool arrays or None, default=None
        What may begin a sequence ``(tags,)``, follow what ``(tags, tags)``, and end a sequence
        ``(tags,)``, as ``sklearn_rnn.data.allowed_transitions`` gives it. None allows everything.

    See Also
    --------
    ConditionalRandomField : Scores what follows what, too.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.data import allowed_transitions
    >>> from sklearn_rnn.nn import TagChain
    >>> chain = TagChain(3, allowed=allowed_transitions(["O", "B-X", "I-X"], "IOB2"))
    >>> emissions = torch.tensor([[[0.5, 0.3, 0.2], [0.2, 0.1, 0.7]]]).log()
    >>> chain.decode(emissions)[0]
    tensor([[1, 2]])
    """

    def __init__(self, n_tags: int, *, allowed=None):
        super().__init__()
        self.n_tags = n_tags
        shapes = {"start": (n_tags,), "transitions": (n_tags, n_tags), "end": (n_tags,)}
        barred = (None, None, None) if allowed is None else _barred(allowed, n_tags)
        for (name, shape), part in zip(shapes.items(), barred, strict=True):
            zeros = torch.zeros(shape, dtype=torch.float32)
            self.register_buffer(name, zeros, persistent=False)
            self.register_buffer(f"barred_{name}", part, persistent=False)

    def log_normalizer(self, emissions: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Give the logarithm of the sum of exp(score) over all sequences of tags.

        Parameters
        ----------
        emissions : Tensor of shape (batch, time, tags)
            The scores of the tags at each step.
        lengths : Tensor of shape (batch,), int64, or None, default=None
            None means that every sequence fills its row.

        Returns
        -------
        Tensor of shape (batch,)
            One number a sequence.
        """
        with without_autocast(emissions):
            return _like(log_normalizer(self._chain(emissions, lengths)), emissions)

    @torch.no_grad()
    def marginals(self, emissions: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Give the probability of each tag at each step over all sequences.

        Parameters
        ----------
        emissions : Tensor of shape (batch, time, tags)
            The scores of the tags at each step.
        lengths : Tensor of shape (batch,), int64, or None, default=None
            None means that every sequence fills its row.

        Returns
        -------
        Tensor of shape (batch, time, tags)
            Zero at padding, and where no allowed sequence has the tag.
        """
        with without_autocast(emissions):
            found = marginals(self._chain(emissions, lengths))
            return _like(found.transpose(0, 1).contiguous(), emissions)

    @torch.no_grad()
    def decode(self, emissions: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Find the likeliest sequence of tags.

        Parameters
        ----------
        emissions : Tensor of shape (batch, time, tags)
            The scores of the tags at each step.
        lengths : Tensor of shape (batch,), int64, or None, default=None
            None means that every sequence fills its row.

        Returns
        -------
        tags : Tensor of shape (batch, time), int64
            Zero at padding.
        score : Tensor of shape (batch,)
            The sum of the scores along the tags; less :meth:`log_normalizer` it is their
            log-probability. It is -inf where no sequence of that length is allowed; the tags are
            zero then.
        """
        tags, scores = best_paths(self._chain(emissions, lengths), 1)
        return tags[:, 0], _like(scores[:, 0], emissions)

    @torch.no_grad()
    def decode_nbest(self, emissions: Tensor, lengths: Tensor | None, n: int) -> NBest:
        """Find the ``n`` likeliest sequences of tags, all distinct, and how likely they are.

        Parameters
        ----------
        emissions : Tensor of shape (batch, time, tags)
            The scores of the tags at each step.
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row.
        n : int
            How many.

        Returns
        -------
        NBest
            ``tags (batch, n, time)``, ``log_probabilities (batch, n)`` and ``counts (batch,)``,
            which is below ``n`` where fewer sequences are possible.
        """
        with without_autocast(emissions):
            chain = self._chain(emissions, lengths)
            tags, scores = best_paths(chain, n)
            exists = scores > -torch.inf
            log_probabilities = scores - log_normalizer(chain)[:, None].where(exists, 0)
        return NBest(tags, _like(log_probabilities, emissions), exists.sum(1))

    def scores(self) -> TransitionScores:
        """Give the scores of starts, transitions and ends.

        Returns
        -------
        TransitionScores
            ``start (tags,)``, ``transitions (tags, tags)`` from the row's tag to the column's, and
            ``end (tags,)``; -inf where not allowed.
        """
        found = []
        for name in TransitionScores._fields:
            scores, barred = getattr(self, name), getattr(self, f"barred_{name}")
            found.append(scores if barred is None else scores.masked_fill(barred, -torch.inf))
        return TransitionScores(*found)

    def _chain(self, emissions, lengths):
        if emissions.ndim != 3 or emissions.shape[2] != self.n_tags:
            raise ValueError(
                f"emissions must be (batch, time, {self.n_tags}), a score for each of the "
                f"{self.n_tags} tags; got shape {tuple(emissions.shape)}"
            )
        return _chain(emissions, self.scores(), lengths)


class ConditionalRandomField(TagChain):
    """Score whole sequences of tags: each tag by its step, and each by the tag before it.

    ``p(y | x)`` is proportional to ``exp(start[y_1] + sum_t emissions_t[y_t]
    + sum_t transitions[y_t, y_t+1] + end[y_T])`` (Lafferty, McCallum and Pereira, "Conditional
    Random Fields", 2001; over the states of a network: Lample et al., "Neural Architectures for
    Named Entity Recognition", 2016).

    Parameters
    ----------
    n_tags : int
        The number of tags.
    allowed : triple of bool arrays or None, default=None
        As :class:`TagChain` takes it. Other sequences have a probability of exactly 0, in
        training, too.
    generator : torch.Generator
        What the scores are drawn from.

    Attributes
    ----------
    start, transitions, end : Parameter of shape (tags,), (tags, tags), (tags,)
        The scores; of no meaning where not allowed (see :meth:`scores`).

    See Also
    --------
    TagChain : The same without scores of its own.
    sklearn_rnn.RNNTagger : Takes it as ``output="crf"``.
    sklearn_rnn.inspection.TransitionDisplay : Draws the scores.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import ConditionalRandomField
    >>> crf = ConditionalRandomField(3, generator=torch.Generator().manual_seed(0))
    >>> emissions = torch.tensor([[[0.0, 9.0, 0.0], [9.0, 0.0, 0.0]]])
    >>> crf.decode(emissions)[0]
    tensor([[1, 0]])
    """

    def __init__(self, n_tags: int, *, allowed=None, generator: torch.Generator):
        super().__init__(n_tags, allowed=allowed)
        for name in TransitionScores._fields:
            parameter = nn.Parameter(torch.empty_like(getattr(self, name)))
            nn.init.uniform_(parameter, -0.1, 0.1, generator=generator)
            setattr(self, name, parameter)

    def loss(
        self,
        emissions: Tensor,
        tags: Tensor,
        lengths: Tensor | None = None,
        weight: Tensor | None = None,
    ) -> Tensor:
        """Give the negative log-likelihood of each sequence, each step by its weight.

        By the chain rule the log-likelihood is a sum over the steps, of ``log p(y_t | y_1 ..
        y_t-1, x)`` and as well of ``log p(y_t | y_t+1 .. y_T, x)``: the probability of each true
        tag, those on one side given. The weighted loss is the mean of both sums with each term
        times its step's weight. So a weight means what it means under a softmax, a factor on the
        log-loss of its step (Elkan, "The Foundations of Cost-Sensitive Learning", 2001), no
        direction is preferred, and weights of 1 give the likelihood itself. Weights on the
        marginals would not; and one weight a sequence, the mean over its tags, would move
        nothing where all sequences hold the rare tag alike.

        Parameters
        ----------
        emissions : Tensor of shape (batch, time, tags)
            The scores of the tags at each step.
        tags : Tensor of shape (batch, time), int64
            Anything at padding. The loss of a sequence that is not allowed is not finite.
        lengths : Tensor of shape (batch,), int64, or None, default=None
            None means that every sequence fills its row.
        weight : Tensor of shape (batch, time) or None, default=None
            ``class_weight[tags]`` for weights of classes; anything finite at padding.

        Returns
        -------
        Tensor of shape (batch,)
            One number a sequence.
        """
        if weight is None:
            return -self.log_likelihood(emissions, tags, lengths)
        with without_autocast(emissions):
            chain, tags = self._chain(emissions, lengths), _time_first(tags, emissions, lengths)
            weight = weight.t().to(chain.emissions.dtype)
            back, back_tags, back_weight = reverse(chain, tags, weight)
            terms = weight * step_log_likelihoods(chain, tags)
            terms = terms + back_weight * step_log_likelihoods(back, back_tags)
            return _like(-terms.sum(0) / 2, emissions)

    def log_likelihood(
        self, emissions: Tensor, tags: Tensor, lengths: Tensor | None = None
    ) -> Tensor:
        """Give the logarithm of the probability of tags, given the emissions.

        Parameters
        ----------
        emissions : Tensor of shape (batch, time, tags)
            The scores of the tags at each step.
        tags : Tensor of shape (batch, time), int64
            Anything at padding.
        lengths : Tensor of shape (batch,), int64, or None, default=None
            None means that every sequence fills its row.

        Returns
        -------
        Tensor of shape (batch,)
            One number a sequence, -inf for tags that are not allowed.
        """
        with without_autocast(emissions):
            chain, tags = self._chain(emissions, lengths), _time_first(tags, emissions, lengths)
            return _like(path_score(chain, tags) - log_normalizer(chain), emissions)


def _barred(allowed, n_tags):
    """Give what is not allowed, as tensors of their own."""
    barred = [~torch.from_numpy(np.array(part, dtype=bool)) for part in allowed]
    expected = [(n_tags,), (n_tags, n_tags), (n_tags,)]
    shapes = [tuple(part.shape) for part in barred]
    if shapes != expected:
        raise ValueError(
            f"allowed must be starts, transitions and ends of shapes {expected} for {n_tags} "
            f"tags; got shapes {shapes}"
        )
    return barred


def _chain(emissions, scores, lengths):
    """Lay emissions out by time, in float64, without what stands at padding."""
    batch, time, _ = emissions.shape
    dtype = exact_dtype(emissions, training=False)
    if lengths is None:
        lengths = torch.full((batch,), time, device=emissions.device)
    mask = lengths_to_mask(lengths, time)
    emissions = emissions.to(dtype).masked_fill(~mask[..., None], 0)
    return Chain(
        emissions=emissions.transpose(0, 1).contiguous(),
        **{name: part.to(dtype) for name, part in scores._asdict().items()},
        lengths=lengths,
        mask=mask.t(),
    )


def _time_first(tags, emissions, lengths):
    if lengths is not None:
        tags = tags.where(lengths_to_mask(lengths, emissions.shape[1]), 0)
    return tags.t()


def _like(result, emissions):
    return result.to(at_least_float32(emissions))
