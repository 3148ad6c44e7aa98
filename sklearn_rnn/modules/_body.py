"""From a padded batch to one vector a sequence."""

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._architecture import Architecture
from sklearn_rnn.modules._body_stream import BodyStream, read_whole
from sklearn_rnn.modules._step_input import StepInput, category_embedding
from sklearn_rnn.nn import (
    LONG_READ,
    POOLINGS,
    AttentionPooling,
    ContextVectors,
    ConvolutionBranch,
    ConvolutionStem,
    LastPooling,
    MeanPooling,
    RecurrentStack,
    SeededDropout,
    StaticColumns,
    Subwords,
    segment_steps,
)

__all__ = ["SequenceBody", "build_recurrent"]


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
        self.input = StepInput(architecture, generator=generator)
        input_size = recurrent_size = self.input.output_size
        self.segment, self.stem = architecture.segment, None
        if "stem" in (architecture.convolution or ""):
            self.stem = ConvolutionStem(input_size, stride=architecture.stride, generator=generator)
            recurrent_size = self.stem.output_size
        self.recurrent = build_recurrent(
            architecture,
            recurrent_size * self.segment,
            n_steps=self.segment * (1 if self.stem is None else architecture.stride),
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
        self.means = None
        if architecture.step_means:
            self.means = MeanPooling(input_size, bidirectional=False, generator=generator)
            self.output_size += input_size
        self.context = None
        if architecture.context_dim is not None:
            self.context = ContextVectors(
                architecture.n_tokens, architecture.context_dim, hiding=architecture.context_hiding
            )
            self.output_size += architecture.context_dim
        self.static = None
        if architecture.n_static or architecture.static_codes:
            self._join_static(architecture, generator)
        self.dropout = SeededDropout(architecture.dropout)

    def _join_static(self, architecture, generator):
        categories = None
        if architecture.static_codes:
            categories = category_embedding(architecture, architecture.static_codes, generator)
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
        if self._is_read_in_parts(values):
            pooled = self._read_in_parts(values, subwords, codes)
        else:
            steps = self.input(values, subwords, codes)
            parts = [self.dropout(self._read(steps, lengths))]
            if self.branch is not None:
                parts.append(self.branch(steps, lengths))
            if self.means is not None:
                parts.append(self.means(steps, lengths))
            pooled = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        if self.context is not None:
            pooled = self.context(pooled, values)
        if self.static is not None:
            pooled = self.static(pooled, static, static_codes)
        return pooled

    def stream(self, direction: int = 0) -> BodyStream:
        """Begin to read sequences part by part."""
        return BodyStream(
            self.recurrent,
            self.pooling,
            segment=self.segment,
            means=None if direction else self.means,
            direction=direction,
        )

    def _is_read_in_parts(self, values):
        """Tell whether this is a prediction for one very long sequence that allows it.

        Both directions are read one after the other, where the states of a step are not needed
        side by side.
        """
        if self.training or torch.is_grad_enabled() or len(values) > 1:
            return False
        if values.shape[1] <= LONG_READ or self.stem is not None or self.branch is not None:
            return False
        together = len(self.recurrent.layers) > 1 or isinstance(self.pooling, AttentionPooling)
        one_by_one = self.recurrent.n_directions == 1 or not together
        return one_by_one and self.recurrent.reads_in_parts

    def _read_in_parts(self, values, subwords, codes):
        """Give what ``forward`` pools, in memory for some thousand states."""
        whole = None if subwords is None else self.input(values, subwords, codes)

        def read(start, end):
            if whole is not None:
                return whole[:, start:end]
            part = None if codes is None else codes[:, start:end]
            return self.input(values[:, start:end], None, part)

        back = self.stream(1) if self.recurrent.n_directions == 2 else None
        size = max(LONG_READ // self.segment, 1) * self.segment
        return read_whole(read, values.shape[1], size, self.stream(), back)

    def _read(self, steps, lengths):
        """Run the recurrent stack, on shortened sequences if asked to, and pool its states."""
        if self.stem is not None:
            steps, lengths = self.stem(steps, lengths)
        if self.segment > 1:
            steps, lengths = segment_steps(steps, lengths, self.segment)
        if isinstance(self.pooling, LastPooling):
            return self.recurrent.last(steps, lengths)
        return self.pooling(self.recurrent(steps, lengths), lengths)


def build_recurrent(
    architecture: Architecture, input_size: int, *, n_steps: int = 1, generator: torch.Generator
) -> RecurrentStack:
    """Build the recurrent stack, which reads ``n_steps`` steps of a sequence at a time."""
    longest = architecture.longest
    return RecurrentStack(
        input_size,
        architecture.hidden_size,
        cell=architecture.cell,
        num_layers=architecture.num_layers,
        bidirectional=architecture.bidirectional,
        dropout=architecture.dropout,
        residual=architecture.residual,
        initialization=architecture.initialization,
        longest=longest and -(-longest // n_steps),
        generator=generator,
    )
