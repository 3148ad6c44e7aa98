"""The network of RNNEncoder."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sklearn_rnn.data import PADDING_ID, UNKNOWN_ID
from sklearn_rnn.modules._architecture import Architecture
from sklearn_rnn.modules._body import SequenceBody
from sklearn_rnn.nn import BagDecoder, NumberDecoder, SeededModule, Subwords, TokenDecoder

__all__ = ["EncodingNetwork", "EncodingPlan"]

# What a next-sentence network foretells: the sequence before, and the one after.
_N_NEIGHBOURS = 2
# In how many parts the tokens of a sequence are hidden in turn, where nothing is drawn.
_FEWEST_VIEWS, _MOST_VIEWS = 2, 4


class EncodingPlan(NamedTuple):
    """What an encoder learns by, beside the ``Architecture`` of its body.

    ``objective`` is "autoencoder" or "next_sentence", ``decoder`` "bag" or "recurrent".
    ``n_values`` are the numbers of a step, or None for tokens; ``marks`` are pairs of a column and
    the number of a step, read or not, that tells where it is filled in; ``cutoffs`` are those of an
    adaptive softmax.
    ``n_told`` is how many tokens a bag tells apart: ids from there on are told as unknown ones.
    """

    objective: str
    decoder: str
    teacher_forcing: float
    n_values: int | None = None
    marks: tuple[tuple[int, int], ...] = ()
    cutoffs: tuple[int, ...] | None = None
    n_told: int | None = None


class EncodingNetwork(nn.Module):
    """A vector for each sequence, from which a decoder has to tell it, or what stands around it.

    Parameters
    ----------
    architecture : Architecture
        Of the body. Its ``token_dropout`` is the probability that training hides a token from the
        body; the bag of an autoencoder then has to tell the hidden ones alone, at evaluation too.
    plan : EncodingPlan
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    shares : Tensor of shape (n_told,)
        How much each token of a bag counts, if there is one; at first all alike.
    """

    per_step = False
    score_name = None

    def __init__(
        self, architecture: Architecture, plan: EncodingPlan, *, generator: torch.Generator
    ):
        super().__init__()
        self.plan = plan
        self.n_read = architecture.n_features
        self.hiding = TokenHiding(architecture.token_dropout)
        self.body = SequenceBody(architecture._replace(token_dropout=0.0), generator=generator)
        n_decoders = _N_NEIGHBOURS if plan.objective == "next_sentence" else 1
        self.decoders = nn.ModuleList(
            _build_decoder(architecture, plan, self.body.output_size, generator)
            for _ in range(n_decoders)
        )
        if plan.decoder == "bag":
            shares = torch.ones(plan.n_told, dtype=torch.float32)
            self.register_buffer("shares", shares)

    def forward(
        self,
        values: Tensor,
        lengths: Tensor | None,
        subwords: Subwords | None = None,
        *,
        neighbours: Tensor | None = None,
        neighbour_lengths: Tensor | None = None,
    ) -> Tensor:
        """Give, for each sequence, the sum of its losses and by what to divide it: ``(batch, 2)``.

        ``values``, ``lengths`` and ``subwords`` are those of ``SequenceBody``, but that steps of
        numbers may go on with ``marks`` that it does not read; ``neighbours``
        ``(batch, 2, time[, features])`` and ``neighbour_lengths`` ``(batch, 2)`` are the sequences
        before and after, of length 0 where there is none.
        """
        if self._tells_hidden:
            return sum(
                self._losses(
                    self.decoders[0], self.body(read, lengths, subwords), values, lengths, told
                )
                for read, told in self.hiding.views(values, zeros=subwords is not None)
            )
        if self.plan.n_values is None:
            read = self.hiding(values, zeros=subwords is not None)
        else:
            read = values[..., : self.n_read]
        vectors = self.body(read, lengths, subwords)
        if self.plan.objective == "autoencoder":
            return self._losses(self.decoders[0], vectors, values, lengths)
        return sum(
            self._losses(decoder, vectors, neighbours[:, i], neighbour_lengths[:, i])
            for i, decoder in enumerate(self.decoders)
        )

    @property
    def _tells_hidden(self):
        """Whether the hidden tokens alone are told."""
        plan = self.plan
        return plan.objective == "autoencoder" and plan.decoder == "bag" and self.hiding.p > 0

    def _losses(self, decoder, vectors, values, lengths, told=None):
        """Give the sums of losses of sequences, and of the weights of their steps."""
        if self.plan.n_values is not None:
            n, marks = self.plan.n_values, self.plan.marks
            losses, counts = decoder.losses(
                vectors, values[..., :n], lengths, _observed(values, n, marks)
            )
        elif self.plan.decoder == "bag":
            ids = _known(values, self.plan.n_told)
            losses, counts = decoder.losses(vectors, ids, lengths)
            counts = counts * self.shares[ids]
            counts = counts if told is None else counts * told
        else:
            table = self.body.input.embedding.weight
            ids = _known(values, len(table))
            losses, counts = decoder.losses(vectors, ids, lengths, table)
        counts = counts.to(losses.dtype)
        return torch.stack([(losses * counts).sum(1), counts.sum(1)], dim=1)

    def loss(self, outputs: Tensor, target: None, weight: None) -> Tensor:
        """Give the mean loss of a step."""
        total, count = outputs.sum(0)
        return total / count.clamp(min=1e-6)

    def write(self, vectors: Tensor, time: int) -> Tensor:
        """Decode vectors ``(batch, output_size)`` to ids ``(batch, time)``, or steps of numbers."""
        (decoder,) = self.decoders
        if self.plan.n_values is not None:
            return decoder.write(vectors, time)
        return decoder.write(vectors, self.body.input.embedding.weight, time)


class TokenHiding(SeededModule):
    """Hide tokens from what reads them.

    Parameters
    ----------
    p : float
        The probability that training hides a token.
    """

    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def forward(self, ids: Tensor, *, zeros: bool) -> Tensor:
        """Give ``ids`` ``(batch, time)``, of which training hides some.

        With ``zeros`` a hidden token becomes padding, which has no n-grams either, else unknown.
        """
        if not self.training or self.p == 0:
            return ids
        return _hide(ids, (self._draw(ids) < self.p) & (ids != PADDING_ID), zeros)

    def views(self, ids: Tensor, *, zeros: bool) -> Iterator[tuple[Tensor, Tensor]]:
        """Give ``ids`` with hidden ones, and which are to be told ``(batch, time)``: the hidden.

        Training draws one view, in which a sequence has at least one hidden token and at least one
        that is not. Else there are as many as parts of ``p`` make a whole, two to four: each hides
        every second to fourth token, so that each token is hidden once, whatever is in the batch.
        The only token of a sequence is never hidden, and told.
        """
        real = ids != PADDING_ID
        n = real.sum(1, keepdim=True)
        if self.training:
            hidden = _hide_some(self._draw(ids), self.p, real)
            yield _hide(ids, hidden, zeros), hidden | (real & (n == 1))
            return
        n_views = min(max(round(1 / self.p), _FEWEST_VIEWS), _MOST_VIEWS)
        part = (real.cumsum(1) - 1) % n.clamp(1, n_views)
        for view in range(n_views):
            told = real & (part == view)
            yield _hide(ids, told & (n > 1), zeros), told

    def _draw(self, ids):
        chance = torch.empty(ids.shape, dtype=torch.float32, device=ids.device)
        return chance.uniform_(generator=self.generator)

    def extra_repr(self) -> str:
        return f"p={self.p}"


def _build_decoder(architecture, plan, vector_size, generator):
    if plan.decoder == "bag":
        return BagDecoder(vector_size, plan.n_told, generator=generator)
    options = {
        "cell": architecture.cell,
        "teacher_forcing": plan.teacher_forcing,
        "generator": generator,
    }
    size = architecture.hidden_size
    if plan.n_values is not None:
        return NumberDecoder(
            plan.n_values, vector_size, size, segment=architecture.segment, **options
        )
    return TokenDecoder(
        architecture.n_tokens,
        architecture.embedding_dim,
        vector_size,
        size,
        cutoffs=plan.cutoffs,
        **options,
    )


def _hide(ids, hidden, zeros):
    return torch.where(hidden, PADDING_ID if zeros else UNKNOWN_ID, ids)


def _hide_some(chance, p, real):
    """Tell which tokens are hidden: the one of the lowest chance is, that of the highest not."""
    lowest = chance.masked_fill(~real, 2).argmin(1, keepdim=True)
    highest = chance.masked_fill(~real, -1).argmax(1, keepdim=True)
    return (chance < p).scatter(1, lowest, True).scatter(1, highest, False) & real


def _known(ids, n_tokens):
    return torch.where(ids < n_tokens, ids, UNKNOWN_ID).long()


def _observed(steps, n_values, marks):
    """Tell which numbers ``(batch, time, n_values)`` are not filled in; None means all."""
    if not marks:
        return None
    observed = torch.ones_like(steps[..., :n_values], dtype=torch.bool)
    for column, mark in marks:
        observed[..., column] = steps[..., mark] == 0
    return observed
