"""From a padded batch to one vector a sequence."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sklearn_rnn.nn import (
    POOLINGS,
    ConvolutionBranch,
    LastPooling,
    RecurrentStack,
    SeededDropout,
    Subwords,
    TokenEmbedding,
)

__all__ = ["Architecture", "SequenceBody"]


class Architecture(NamedTuple):
    """What a body is built from; all sizes are known.

    ``n_tokens`` is the number of ids, or None for numeric steps of ``n_features``.
    """

    n_features: int
    n_tokens: int | None
    embedding_dim: int | None
    cell: str | Callable[..., nn.Module]
    hidden_size: int
    num_layers: int
    bidirectional: bool
    dropout: float
    token_dropout: float
    pooling: str
    convolution: str | None
    subword_buckets: int | None


class SequenceBody(nn.Module):
    """Embed ids or take numeric steps, run the recurrent stack, pool its states.

    Parameters
    ----------
    architecture : Architecture
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    output_size : int
        The width of the pooled state.
    """

    def __init__(self, architecture: Architecture, *, generator: torch.Generator):
        super().__init__()
        if architecture.n_tokens is None:
            self.embedding, input_size = None, architecture.n_features
        else:
            input_size = architecture.embedding_dim
            self.embedding = TokenEmbedding(
                architecture.n_tokens,
                input_size,
                dropout=architecture.dropout,
                token_dropout=architecture.token_dropout,
                subword_buckets=architecture.subword_buckets,
            )
            self.embedding.fill(generator)
        self.recurrent = RecurrentStack(
            input_size,
            architecture.hidden_size,
            cell=architecture.cell,
            num_layers=architecture.num_layers,
            bidirectional=architecture.bidirectional,
            dropout=architecture.dropout,
            generator=generator,
        )
        self.pooling = POOLINGS[architecture.pooling](
            self.recurrent.output_size,
            bidirectional=architecture.bidirectional,
            generator=generator,
        )
        self.output_size = self.recurrent.output_size
        self.branch = None
        if architecture.convolution == "branch":
            self.branch = ConvolutionBranch(input_size, generator=generator)
            self.output_size += self.branch.output_size
        self.dropout = SeededDropout(architecture.dropout)

    def forward(
        self, values: Tensor, lengths: Tensor | None, subwords: Subwords | None = None
    ) -> Tensor:
        """Give the pooled states ``(batch, output_size)``.

        ``values`` are ids ``(batch, time)`` or steps ``(batch, time, features)``; ``lengths`` is
        ``(batch,)``, or None where every sequence fills its row.
        """
        steps = values if self.embedding is None else self.embedding(values, subwords)
        if isinstance(self.pooling, LastPooling):
            pooled = self.recurrent.last(steps, lengths)
        else:
            pooled = self.pooling(self.recurrent(steps, lengths), lengths)
        if self.branch is not None:
            pooled = torch.cat([pooled, self.branch(steps, lengths)], dim=1)
        return self.dropout(pooled)
