"""The network of RNNSeq2Seq."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sklearn_rnn.data import PADDING_ID, UNKNOWN_ID
from sklearn_rnn.modules._language_modelling import END_ID
from sklearn_rnn.nn import (
    ATTENTIONS,
    CarriedStack,
    ExactLinear,
    LastPooling,
    Memory,
    MixedTokens,
    RecurrentStack,
    SeededDropout,
    TokenEmbedding,
    TokenSoftmax,
    lengths_to_mask,
)

__all__ = ["Seq2SeqNetwork", "Seq2SeqPlan", "Source", "Written"]

# The scores of so few tokens are computed in float64: narrow products may depend on the batch.
_FEW_TOKENS = 64


class Seq2SeqPlan(NamedTuple):
    """What a network from sequences to sequences is built from.

    A source is ids, of which there are ``n_source_tokens``, or numbers, ``n_features`` a step.
    ``n_target_tokens`` are the ids of targets, the end (0) and the unknown token (1) among them.
    ``share_vocabulary`` says whether one table serves sources and targets, ``tie_weights`` whether
    that of the targets is that of the softmax, too.
    """

    n_features: int | None
    n_source_tokens: int | None
    n_target_tokens: int
    embedding_dim: int
    cell: str | Callable[..., nn.Module]
    hidden_size: int
    num_layers: int
    dropout: float
    token_dropout: float
    attention_type: str | None
    share_vocabulary: bool
    tie_weights: bool
    label_smoothing: float
    scheduled_sampling: float


class Source(NamedTuple):
    """A batch of sources as they were read: what is attended to, and what writing begins with.

    ``start`` is ``(batch, embedding_dim)``, float32.
    """

    memory: Memory
    start: Tensor

    def take(self, rows: Tensor) -> "Source":
        """Give some of the sources."""
        return Source(self.memory.take(rows), self.start[rows])


class Written(NamedTuple):
    """What the decoder is about to write: ``states`` ``(rows, time, width)`` tell the next token.

    ``weights`` ``(batch, queries, source)`` are those of attention, None without; ``carried`` is
    handed to the next call.
    """

    states: Tensor
    weights: Tensor | None
    carried: tuple


class Seq2SeqNetwork(nn.Module):
    """Read a source in both directions, and write a target token by token.

    The first layer of the decoder reads the target so far; its states are the queries of the
    attention; what these find goes into the layers above it, and into the softmax (Luong et al.,
    "Effective Approaches to Attention-based Neural Machine Translation", 2015, eq. 5; for the
    layers above, Wu et al., "Google's Neural Machine Translation System", 2016, section 3.1). So in
    training each layer runs over all steps at once. The first step reads, in the place of a token,
    what the encoder makes of the whole source (Vinyals et al., "Show and Tell", 2015, eq. 11),
    which any cell can take.

    Parameters
    ----------
    plan : Seq2SeqPlan
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    sampling_rate : float
        How probable it is that training reads, in the place of a target's token, what the network
        would have written; a callback may change it from epoch to epoch.
    """

    per_step = False
    score_name = None

    def __init__(self, plan: Seq2SeqPlan, *, generator: torch.Generator):
        super().__init__()
        self.n_tokens = plan.n_target_tokens
        self.label_smoothing = plan.label_smoothing
        self.sampling_rate = plan.scheduled_sampling
        self.ties_weights = plan.tie_weights
        self.source_embedding = None
        size, width = plan.hidden_size, plan.embedding_dim
        if plan.n_source_tokens is not None:
            self.source_embedding = _table(plan.n_source_tokens, plan, plan.token_dropout)
            self.source_embedding.fill(generator)
        self.target_embedding = None
        if not plan.share_vocabulary:
            self.target_embedding = _table(plan.n_target_tokens, plan, 0.0)
            self.target_embedding.fill(generator)
        options = {"cell": plan.cell, "dropout": plan.dropout, "generator": generator}
        self.encoder = RecurrentStack(
            plan.n_features if plan.n_source_tokens is None else width,
            size,
            num_layers=plan.num_layers,
            bidirectional=True,
            **options,
        )
        self.summary = LastPooling(2 * size, bidirectional=True, generator=generator)
        self.start = ExactLinear(2 * size, width, generator=generator)
        self.decoder = CarriedStack(width, size, num_layers=1, **options)
        self.attention = ATTENTIONS[plan.attention_type](size, 2 * size, generator=generator)
        self.upper = None
        if plan.num_layers > 1:
            self.upper = CarriedStack(3 * size, size, num_layers=plan.num_layers - 1, **options)
        self.combine = ExactLinear(3 * size, width, generator=generator)
        self.softmax = TokenSoftmax(
            width,
            plan.n_target_tokens,
            table_size=width if plan.tie_weights else None,
            generator=generator,
        )
        self.dropout = SeededDropout(plan.dropout, shared_over_time=True)
        self.mixed = MixedTokens()

    def forward(
        self,
        values: Tensor,
        lengths: Tensor | None,
        *,
        teacher: Tensor,
        target_lengths: Tensor,
        told: Tensor | None = None,
    ) -> Tensor:
        """Give the surprise at each token of the targets, their ends among them, in nats.

        Parameters
        ----------
        values : Tensor of shape (batch, source) or (batch, source, features)
            Ids, or numeric steps.
        lengths : Tensor of shape (batch,) or None
            Of the sources; None where each fills its row.
        teacher : Tensor of shape (batch, target)
            The targets, each with its end.
        target_lengths : Tensor of shape (batch,)
            Ends counted.
        told : Tensor of shape (tokens,), int64, or None
            Where the tokens of the targets are in ``teacher``, laid flat; None leaves it to the
            lengths, which a device has to be waited for.

        Returns
        -------
        Tensor of shape (tokens,)
            Target by target; of the smoothed targets in training.
        """
        source = self.read(values, lengths)
        if told is None:
            real = lengths_to_mask(target_lengths, teacher.shape[1])
            told = torch.nonzero(real.flatten()).squeeze(1)
        seen = teacher[:, :-1]
        if self.training and self.sampling_rate > 0 and seen.shape[1]:
            seen = self._mix(source, seen)
        states = self.write(source, self.embed_target(source, seen), None).states
        states = states.flatten(0, 1).index_select(0, told)
        states = states.to(torch.float32) if not self.training else states
        smoothing = self.label_smoothing if self.training else 0.0
        return self.softmax.loss(states, teacher.flatten()[told], self._table, smoothing=smoothing)

    def loss(self, outputs: Tensor, target: None, weight: None) -> Tensor:
        """Give the mean surprise at a token."""
        return outputs.mean()

    def read(self, values: Tensor, lengths: Tensor | None) -> Source:
        """Read sources."""
        steps = values if self.source_embedding is None else self.source_embedding(values)
        states = self.dropout(self.encoder(steps, lengths))
        summary = self.summary(states, lengths)
        start = self.start(summary).tanh().to(torch.float32)
        return Source(self.attention.remember(states, lengths, summary), start)

    def embed_target(self, source: Source, ids: Tensor) -> Tensor:
        """Give what the decoder reads to write targets that begin with ids ``(batch, time)``."""
        return torch.cat([source.start[:, None], self.embed(ids)], dim=1)

    def embed(self, ids: Tensor) -> Tensor:
        """Look up tokens of targets: ``(rows, time) -> (rows, time, embedding_dim)``.

        None of them is read as unknown, which is what ``token_dropout`` does to sources, also
        where both share a table.
        """
        table = self._target_table
        vectors = nn.functional.embedding(ids, table.weight, padding_idx=PADDING_ID)
        return table.dropout(vectors)

    def write(self, source: Source, read: Tensor, carried: tuple | None) -> Written:
        """Run the decoder on what it reads: ``(rows, time, embedding_dim)``.

        There may be several rows to a source, one after the other.
        """
        lower, upper = (None, None) if carried is None else carried
        states, lower = self.decoder.run(read, lower)
        queries = states.reshape(len(source.start), -1, states.shape[2])
        context, weights = self.attention(queries, source.memory)
        context = context.reshape(*states.shape[:2], -1)
        if self.upper is not None:
            below = torch.cat([self.dropout(states), context.to(states.dtype)], dim=2)
            states, upper = self.upper.run(below, upper)
        joined = torch.cat([self.dropout(states).to(context.dtype), context], dim=2)
        return Written(self.dropout(self.combine(joined).tanh()), weights, (lower, upper))

    def take_rows(self, carried: tuple, rows: Tensor) -> tuple:
        """Give what the decoder carries for some of the rows."""
        lower, upper = carried
        upper = None if upper is None else self.upper.take_rows(upper, rows)
        return self.decoder.take_rows(lower, rows), upper

    def scores(self, states: Tensor) -> Tensor:
        """Give what the softmax over tokens is taken of: ``(n, width) -> (n, n_tokens)``.

        A multiple of 8 rows gives each row the same bits whatever the others are.
        """
        if self.n_tokens > _FEW_TOKENS and not self.training:
            states = states.to(torch.float32)
        return self.softmax.scores(states, self._table)

    def _mix(self, source, seen):
        """Put into the place of some tokens what the network would have written there.

        Both passes run over whole targets (Mihaylova and Martins, "Scheduled Sampling for
        Transformers", 2019, section 3).
        """
        with torch.no_grad():
            states = self.write(source, self.embed_target(source, seen[:, :-1]), None).states
            scores = self.scores(states.flatten(0, 1))
            scores[:, UNKNOWN_ID] = -torch.inf  # as no prediction writes it
            written = scores.argmax(1).view(seen.shape)
        return self.mixed(seen, written, self.sampling_rate)

    @property
    def _target_table(self):
        return self.target_embedding or self.source_embedding

    @property
    def _table(self):
        return self._target_table.weight if self.ties_weights else None


def _table(n_tokens, plan, token_dropout):
    return TokenEmbedding(
        n_tokens, plan.embedding_dim, dropout=plan.dropout, token_dropout=token_dropout
    )


assert END_ID == PADDING_ID  # what follows the end of a target is read as nothing
