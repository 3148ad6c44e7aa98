"""From one score to the probabilities of classes that have an order."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid, pad, softplus

from sklearn_rnn.nn._linear import ExactLinear

__all__ = ["OrdinalHead", "ordinal_log_probabilities"]


def ordinal_log_probabilities(score: Tensor, first_cut: Tensor, gaps: Tensor) -> Tensor:
    """Give ``log P(rank)`` where ``P(rank > j) = sigmoid(score - cut_j)``.

    That is the proportional-odds model (McCullagh, "Regression Models for Ordinal Data", 1980).
    With ``a`` the cut above a rank and ``b`` the one below, its probability is
    ``sigmoid(a - s) - sigmoid(b - s) = sigmoid(a - s) sigmoid(s - b) (1 - exp(b - a))``:
    a product, whose logarithm loses nothing where the difference would vanish.

    Parameters
    ----------
    score : Tensor of shape (batch, 1)
    first_cut : Tensor of shape (1,)
        The cut above the lowest rank; of shape (0,) where there is one rank alone.
    gaps : Tensor of shape (ranks - 2,)
        From each cut to the next, above zero.

    Returns
    -------
    Tensor of shape (batch, ranks)
    """
    cuts = torch.cat([first_cut, gaps]).cumsum(0)
    below = pad(logsigmoid(cuts - score), (0, 1))  # the highest rank has no cut above it
    above = pad(logsigmoid(score - cuts), (1, 0))
    width = pad(torch.log(-torch.expm1(-gaps)), (1, 1))
    return below + above + width[: len(cuts) + 1]


class OrdinalHead(nn.Module):
    """A linear layer to one score, and ordered cuts between the classes.

    The cuts are free but for their order, each the one before plus a softplus; all classes share
    one score, so that the odds of a higher rank rise together (as in CORAL: Cao, Mirjalili and
    Raschka, "Rank Consistent Ordinal Regression for Neural Networks", 2020). Score and cuts are
    multiplied by a learned scale: it adds no model, but to become sure by steps of the cuts alone
    would take many more epochs.

    Parameters
    ----------
    in_features : int
    ranks : sequence of int
        The rank of each class, from 0.
    shares : sequence of float or None
        How frequent each class is, above zero; the cuts begin where a score of zero means that.
        None means that all are alike.
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    out_features : int
        The number of classes.
    """

    def __init__(
        self,
        in_features: int,
        ranks: Sequence[int],
        shares: Sequence[float] | None = None,
        *,
        generator: torch.Generator,
    ):
        super().__init__()
        self.out_features = len(ranks)
        ranks = torch.as_tensor(ranks)
        self.score = ExactLinear(in_features, 1, generator=generator)
        self.score.bias.requires_grad_(False)  # stays zero: the cuts move instead
        self.first_cut, self.widths = map(nn.Parameter, _first_cut_and_widths(ranks, shares))
        self.log_scale = nn.Parameter(torch.zeros(()))
        self.register_buffer("ranks", ranks, persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Give the log-probability of each class ``(batch, classes)``."""
        score = self.score(inputs)
        dtype = torch.promote_types(score.dtype, self.widths.dtype)
        scale = self.log_scale.to(dtype).exp()
        first_cut, gaps = self.first_cut.to(dtype), softplus(self.widths.to(dtype))
        parts = (scale * part for part in (score.to(dtype), first_cut, gaps))
        return ordinal_log_probabilities(*parts)[:, self.ranks]


def _first_cut_and_widths(ranks, shares):
    """Give the cuts at which a score of zero means the shares."""
    n = len(ranks)
    shares = torch.ones(n) if shares is None else torch.as_tensor(shares)
    by_rank = shares.double()[ranks.argsort()]
    cuts = torch.logit((by_rank.cumsum(0) / by_rank.sum())[:-1])
    return cuts[:1].float(), torch.log(torch.expm1(cuts.diff())).float()
