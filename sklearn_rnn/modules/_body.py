"""From a padded batch to one vector a sequence."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sklearn_rnn.nn import (
    POOLINGS,
    CategoryEmbedding,
    ConvolutionBranch,
    ConvolutionStem,
    LastPooling,
    RecurrentStack,
    SeededDropout,
    StaticColumns,
    Subwords,
    TokenEmbedding,
    category_dim,
    segment_steps,
)

__all__ = ["Architecture", "SequenceBody"]


class Architecture(NamedTuple):
    """What a body is built from; all sizes are known.

    ``n_tokens`` is the number of ids, or None for numeric steps of ``n_features``. ``codes`` and
    ``static_codes`` are the sizes of the embeddings of categorical columns, of each step and of
    each sequence, ``n_static`` is the number of numeric columns of each sequence, ``longest`` the
    number of steps of the longest one.
    """

    n_features: int | None
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
    codes: tuple[int, ...] = ()
    n_static: int = 0
    static_codes: tuple[int, ...] = ()
    residual: bool = False
    initialization: str = "orthogonal"
    longest: int | None = None
    segment: int = 1
    stride: int = 1


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
        input_size = self._embed(architecture, generator)
        self.segment = architecture.segment
        self.stem, recurrent_size = None, input_size
        if "stem" in (architecture.convolution or ""):
            self.stem = ConvolutionStem(input_size, stride=architecture.stride, generator=generator)
            recurrent_size = self.stem.output_size
        n_steps = self.segment * (1 if self.stem is None else architecture.stride)
        self.recurrent = RecurrentStack(
            recurrent_size * self.segment,
            architecture.hidden_size,
            cell=architecture.cell,
            num_layers=architecture.num_layers,
            bidirectional=architecture.bidirectional,
            dropout=architecture.dropout,
            residual=architecture.residual,
            initialization=architecture.initialization,
            longest=architecture.longest and -(-architecture.longest // n_steps),
            generator=generator,
        )
        self.pooling = POOLINGS[architecture.pooling](
            self.recurrent.output_size,
            bidirectional=architecture.bidirectional,
            generator=generator,
        )
        self.output_size = self.recurrent.output_size
        self.branch = None
        if "branch" in (architecture.convolution or ""):
            self.branch = ConvolutionBranch(input_size, generator=generator)
            self.output_size += self.branch.output_size
        self.static = None
        if architecture.n_static or architecture.static_codes:
            self._join_static(architecture, generator)
        self.dropout = SeededDropout(architecture.dropout)

    def _embed(self, architecture, generator):
        """Build what makes vectors of ids and categories, and give the width of a step."""
        self.embedding = self.categories = None
        width = architecture.n_features
        if architecture.n_tokens is not None:
            width = architecture.embedding_dim
            self.embedding = TokenEmbedding(
                architecture.n_tokens,
                width,
                dropout=architecture.dropout,
                token_dropout=architecture.token_dropout,
                subword_buckets=architecture.subword_buckets,
            )
            self.embedding.fill(generator)
        if architecture.codes:
            self.categories = _category_embedding(architecture, architecture.codes, generator)
            width += self.categories.output_size
        return width

    def _join_static(self, architecture, generator):
        categories = None
        if architecture.static_codes:
            categories = _category_embedding(architecture, architecture.static_codes, generator)
        self.static = StaticColumns(
            self.output_size, architecture.n_static, categories, generator=generator
        )
        self.output_size = self.static.output_size

    def forward(
        self,
        values: Tensor,
        lengths: Tensor | None,
        subwords: Subwords | None = None,
        *,
        codes: Tensor | None = None,
        static: Tensor | None = None,
        static_codes: Tensor | None = None,
    ) -> Tensor:
        """Give the pooled states ``(batch, output_size)``.

        ``values`` are ids ``(batch, time)`` or steps ``(batch, time, features)``; ``lengths`` is
        ``(batch,)``, or None where every sequence fills its row. ``codes`` are the ids of the
        categories of each step ``(batch, time, columns)``; ``static`` and ``static_codes``, both
        ``(batch, columns)``, belong to each sequence.
        """
        steps = values if self.embedding is None else self.embedding(values, subwords)
        if self.categories is not None:
            steps = torch.cat([steps, self.categories(codes)], dim=2)
        pooled = self.dropout(self._read(steps, lengths))
        if self.branch is not None:
            pooled = torch.cat([pooled, self.branch(steps, lengths)], dim=1)
        if self.static is not None:
            pooled = self.static(pooled, static, static_codes)
        return pooled

    def _read(self, steps, lengths):
        """Run the recurrent stack, on shortened sequences if asked to, and pool its states."""
        if self.stem is not None:
            steps, lengths = self.stem(steps, lengths)
        if self.segment > 1:
            steps, lengths = segment_steps(steps, lengths, self.segment)
        if isinstance(self.pooling, LastPooling):
            return self.recurrent.last(steps, lengths)
        return self.pooling(self.recurrent(steps, lengths), lengths)


def _category_embedding(architecture, sizes, generator):
    """Embed each column in the width that was asked for, or that fits its categories."""
    asked = architecture.embedding_dim if architecture.n_tokens is None else None
    return CategoryEmbedding(
        sizes,
        tuple(asked or category_dim(size) for size in sizes),
        unknown_dropout=architecture.token_dropout,
        generator=generator,
    )
