"""The network of RNNLanguageModel."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sklearn_rnn.nn import (
    CarriedStack,
    SeededDropout,
    TextEmbedding,
    begin_anew,
    build_softmax,
    map_state,
)

__all__ = ["END_ID", "LanguageNetwork", "LanguagePlan"]

# In running text there is no padding, whose id therefore stands for the end of a text.
END_ID = 0


class LanguagePlan(NamedTuple):
    """What a language model is built from.

    ``n_tokens`` are the ids, the end of a text and the unknown token among them; ``tie_weights``
    says whether the table of the embedding is that of the softmax, too; ``cutoffs`` are the first
    ids of the clusters of an adaptive softmax, None for a plain one; ``context_dim`` is the width
    of the vectors of tokens by the company they keep, None for none.
    """

    n_tokens: int
    embedding_dim: int
    cell: str | Callable[..., nn.Module]
    hidden_size: int
    num_layers: int
    dropout: float
    embedding_dropout: float
    weight_drop: float
    tie_weights: bool
    cutoffs: tuple[int, ...] | None
    context_dim: int | None = None


class LanguageNetwork(nn.Module):
    """What the next token is: embedding, recurrent layers in one direction, softmax.

    Merity et al., "Regularizing and Optimizing LSTM Language Models", 2017.

    Parameters
    ----------
    plan : LanguagePlan
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    context : Tensor of shape (n_tokens, context_dim) or None
        Vectors of tokens beside those of the embedding, for networks that start from this one.
    """

    per_step = False
    score_name = None

    def __init__(self, plan: LanguagePlan, *, generator: torch.Generator):
        super().__init__()
        self.n_tokens = plan.n_tokens
        self.embedding = TextEmbedding(
            plan.n_tokens,
            plan.embedding_dim,
            dropout=plan.dropout,
            embedding_dropout=plan.embedding_dropout,
        )
        self.embedding.fill(generator)
        self.recurrent = CarriedStack(
            plan.embedding_dim,
            plan.hidden_size,
            cell=plan.cell,
            num_layers=plan.num_layers,
            dropout=plan.dropout,
            weight_drop=plan.weight_drop,
            generator=generator,
        )
        self.dropout = SeededDropout(plan.dropout, shared_over_time=True)
        self.softmax = build_softmax(
            self.recurrent.output_size,
            plan.n_tokens,
            cutoffs=plan.cutoffs,
            table_size=plan.embedding_dim if plan.tie_weights else None,
            generator=generator,
        )
        self.register_buffer("context", None)
        if plan.context_dim is not None:
            shape = plan.n_tokens, plan.context_dim
            self.context = torch.zeros(shape, dtype=torch.float32)
        self.ties_weights = plan.tie_weights
        self._carried = None

    def forward(
        self, values: Tensor, lengths: None, *, teacher: Tensor, fresh: Tensor | None = None
    ) -> Tensor:
        """Give the surprise at each token of a stretch of streams: ``(streams, time)``, in nats.

        The state is carried over from the last call, without its gradient.

        Parameters
        ----------
        values : Tensor of shape (streams, time)
            What is read.
        lengths : None
            Streams have no padding.
        teacher : Tensor of shape (streams, time)
            What comes next.
        fresh : Tensor of shape (streams,), bool, or None
            Which streams begin anew; None means all of them.
        """
        carried = None if fresh is None else self._carried
        if carried is not None:
            carried = begin_anew(carried, fresh)
        states, carried = self.read(values, carried)
        self._carried = map_state(torch.Tensor.detach, carried)
        states = self.dropout(states).flatten(0, 1)
        return self.softmax.loss(states, teacher.flatten(), self._table).view(teacher.shape)

    def read(self, ids: Tensor, carried: list | None) -> tuple[Tensor, list]:
        """Give the state after each token ``(batch, time, hidden)``, and what is carried on."""
        return self.recurrent.run(self.embedding(ids), carried)

    def surprise(self, states: Tensor, target: Tensor) -> Tensor:
        """Give how surprising tokens ``(n,)`` are after states ``(n, hidden)``, in nats."""
        return self.softmax.loss(states, target, self._table)

    def log_probabilities(self, states: Tensor) -> Tensor:
        """Give those of all tokens after states: ``(n, hidden) -> (n, n_tokens)``."""
        return self.softmax.log_probabilities(states, self._table)

    def loss(self, outputs: Tensor, target: None, weight: None) -> Tensor:
        """Give the mean surprise at a token."""
        return outputs.mean()

    @property
    def _table(self):
        return self.embedding.weight if self.ties_weights else None
