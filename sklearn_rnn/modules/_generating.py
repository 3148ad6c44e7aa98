"""The network of RNNGenerator."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from sklearn_rnn.nn import (
    CarriedStack,
    ExactLinear,
    Mixture,
    MixtureHead,
    SeededDropout,
    lengths_to_mask,
    mixture_log_density,
    weighted_mean,
    without_autocast,
)

__all__ = ["GenerationNetwork", "GenerationPlan"]

# What lies further off, in deviations, is read as if it lay here: no gate overflows.
_FURTHEST = 1e4


class GenerationPlan(NamedTuple):
    """What a generator is built from.

    ``n_conditions`` is the width of what a whole sequence is conditioned on, 0 for none;
    ``learn_end`` says whether the network tells where a sequence ends.
    """

    n_features: int
    n_conditions: int
    cell: str | Callable[..., nn.Module]
    hidden_size: int
    num_layers: int
    dropout: float
    n_components: int
    covariance: str
    min_deviation: float
    learn_end: bool


class GenerationNetwork(nn.Module):
    """The distribution of the next step, by those before it: recurrent layers, then a mixture.

    Graves, "Generating Sequences With Recurrent Neural Networks", 2013, section 4. The head
    reads the last step and the condition beside the state, so that whatever is linear in them
    need not go through gates.

    Parameters
    ----------
    plan : GenerationPlan
    generator : torch.Generator
        What the weights are drawn from.
    """

    per_step = False
    score_name = None

    def __init__(self, plan: GenerationPlan, *, generator: torch.Generator):
        super().__init__()
        self.n_features = plan.n_features
        input_size = plan.n_features + 1 + plan.n_conditions
        self.recurrent = CarriedStack(
            input_size,
            plan.hidden_size,
            cell=plan.cell,
            num_layers=plan.num_layers,
            dropout=plan.dropout,
            generator=generator,
        )
        self.dropout = SeededDropout(plan.dropout, shared_over_time=True)
        width = self.recurrent.output_size + input_size
        self.head = MixtureHead(
            width,
            plan.n_features,
            plan.n_components,
            covariance=plan.covariance,
            min_deviation=plan.min_deviation,
            generator=generator,
        )
        self.end = ExactLinear(width, 1, generator=generator) if plan.learn_end else None

    def start_ends(self, n_ends: int, n_steps: int) -> None:
        """Let ends be as probable from the start as they are in data: ``n_ends`` in ``n_steps``.

        Of a network that learns no ends, nothing changes.
        """
        if self.end is None:
            return
        with torch.no_grad():
            self.end.bias.fill_(math.log((n_ends + 0.5) / (n_steps - n_ends + 0.5)))

    def forward(
        self,
        values: Tensor,
        lengths: Tensor | None,
        *,
        unscored: Tensor,
        fresh: Tensor,
        ends: Tensor,
        static: Tensor | None = None,
    ) -> Tensor:
        """Give the mean surprise at the steps of pieces of sequences: ``(batch,)``, in nats.

        Parameters
        ----------
        values : Tensor of shape (batch, time, features)
        lengths : Tensor of shape (batch,), int64, or None
            None where every piece fills its row.
        unscored : Tensor of shape (batch,), int64
            How many steps at the beginning are only read.
        fresh, ends : Tensor of shape (batch,), bool
            Whether the sequence begins, and ends, with the piece.
        static : Tensor of shape (batch, n_conditions), or None
            What each sequence is conditioned on.
        """
        time = values.shape[1]
        if lengths is None:
            lengths = torch.full((len(values),), time, device=values.device)
        inputs = self.inputs(values, static, begins=fresh)
        states, _ = self.read(inputs if self.end is not None else inputs[:, :-1], None)
        surprise = -mixture_log_density(self.mixture(states[:, :time]), values)
        if self.end is not None:
            step = torch.arange(1, time + 1, device=values.device)
            is_last = ends[:, None] & (step == lengths[:, None])
            surprise = surprise - self.log_end(states[:, 1:], is_last)
        scored = lengths_to_mask(lengths, time) & ~lengths_to_mask(unscored, time)
        return (surprise * scored).sum(1) / scored.sum(1)

    def inputs(self, values: Tensor, condition: Tensor | None, *, begins: Tensor) -> Tensor:
        """Give what is read before each step and after the last: ``(batch, time + 1, inputs)``.

        That is the step before, which is 0 before the first one, whether there is none since the
        sequence begins (``begins`` ``(batch,)``, bool), and the condition ``(batch, conditions)``.
        """
        previous = nn.functional.pad(values, (0, 1, 1, 0))
        previous[:, 0, -1] = begins.to(previous.dtype)
        previous = previous.clamp(-_FURTHEST, _FURTHEST)
        if condition is None:
            return previous
        return torch.cat([previous, condition[:, None].expand(-1, previous.shape[1], -1)], dim=2)

    def read(self, inputs: Tensor, carried: list | None) -> tuple[Tensor, list]:
        """Give what the heads read, ``(batch, time, width)``, and what is carried on."""
        states, carried = self.recurrent.run(inputs, carried)
        return torch.cat([self.dropout(states).float(), inputs], dim=2), carried

    def mixture(self, states: Tensor) -> Mixture:
        """Give the distribution of the step that each state foretells."""
        return self.head(states)

    def log_end(self, states: Tensor, is_last: Tensor) -> Tensor:
        """Give the log-probability that a sequence ends before what a state foretells, or goes on.

        ``is_last``, bool, has the shape of the states ``(..., width)`` without their width.
        """
        with without_autocast(states):
            score = self.end(states).squeeze(-1)
        return logsigmoid(torch.where(is_last, score, -score))

    def loss(self, outputs: Tensor, target: None, weight: Tensor | None) -> Tensor:
        """Give the mean surprise at a step, pieces being weighted by their scored steps."""
        return weighted_mean(outputs, weight)
