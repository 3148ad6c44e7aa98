"""What the network of a forecaster reads of each segment of its window."""

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._forecast_plan import ForecastPlan
from sklearn_rnn.nn import (
    CategoryEmbedding,
    FutureSizes,
    KnownFuture,
    Linear,
    SeededDropout,
    category_dim,
)

__all__ = ["ForecastInput"]

_EMBEDDING_SCALE = 0.1


class ForecastInput(nn.Module):
    """Join the columns of each step, and the steps of each segment, to one vector a segment.

    Parameters
    ----------
    plan : ForecastPlan
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    future : FutureSizes
        What is known of the steps ahead, embeddings among it.
    """

    def __init__(self, plan: ForecastPlan, *, generator: torch.Generator):
        super().__init__()
        self.window, self.segment, self.masked = plan.window, plan.segment, plan.masked
        self.past_categories, self.known_categories, self.static_categories = (
            _embedding(plan, sizes, generator) if sizes else None
            for sizes in (plan.past_codes, plan.known_codes, plan.static_codes)
        )
        self.future = FutureSizes(
            known=plan.n_known + _width(self.known_categories),
            calendar=plan.n_calendar,
            context=plan.n_static + _width(self.static_categories),
        )
        of_step = 1 + plan.masked + plan.n_past + _width(self.past_categories) + self.future.known
        width = self.segment * of_step + self.future.calendar + self.future.context
        self.of_segment = Linear(width, plan.hidden_size, generator=generator)
        self.dropout = SeededDropout(plan.dropout)

    def forward(
        self,
        values: Tensor,
        observed: Tensor,
        *,
        known: Tensor | None = None,
        calendar: Tensor,
        past: Tensor | None = None,
        past_codes: Tensor | None = None,
        known_codes: Tensor | None = None,
        static: Tensor | None = None,
        static_codes: Tensor | None = None,
    ) -> tuple[Tensor, KnownFuture]:
        """Give the segments ``(batch, window / segment, hidden_size)`` and the known future.

        The arguments are those of ``ForecastingNetwork``.
        """
        batch, n_segments = len(values), self.window // self.segment
        of_steps = calendar[..., :0]
        known = _joined(of_steps, known, self.known_categories, known_codes)
        context = _joined(calendar[:, 0, :0], static, self.static_categories, static_codes)
        numbers = [values, observed.to(values.dtype)] if self.masked else [values]
        steps = torch.cat([torch.stack(numbers, dim=2), known[:, : self.window]], dim=2)
        steps = _joined(steps, past, self.past_categories, past_codes)
        parts = [
            steps.reshape(batch, n_segments, -1),
            calendar[:, : self.window : self.segment],
            context[:, None].expand(-1, n_segments, -1),
        ]
        segments = self.dropout(self.of_segment(torch.cat(parts, dim=2)).relu())
        return segments, KnownFuture(known[:, self.window :], calendar[:, self.window :], context)


def _embedding(plan, sizes, generator):
    """Embed each column; categories begin nearly alike, and differ as far as the data say."""
    embedding = CategoryEmbedding(
        sizes,
        tuple(min(plan.widest_embedding, category_dim(size)) for size in sizes),
        unknown_dropout=plan.unknown_dropout,
        generator=generator,
    )
    with torch.no_grad():
        for table in embedding.tables:
            table.mul_(_EMBEDDING_SCALE)
    return embedding


def _width(embedding):
    return 0 if embedding is None else embedding.output_size


def _joined(first, numbers, embedding, codes):
    """Join numbers and embedded categories, each where there are such, along the last dimension."""
    parts = [first] if numbers is None else [first, numbers]
    parts += [] if embedding is None else [embedding(codes)]
    return torch.cat(parts, dim=-1)
