"""The network of RNNTagger."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._architecture import Architecture
from sklearn_rnn.modules._body import build_recurrent
from sklearn_rnn.modules._step_input import StepInput
from sklearn_rnn.nn import (
    LONG_READ,
    ConditionalRandomField,
    ExactLinear,
    NeighbourWords,
    SeededDropout,
    TagChain,
    lengths_to_mask,
    weighted_mean,
)

__all__ = ["TagPlan", "TaggingNetwork"]


# So many of the most frequent words are foretold by name.
_N_WORDS = 1500


class TagPlan(NamedTuple):
    """What the tags are: how many, which may follow which, and what each counts.

    ``allowed`` is a triple of bool arrays, of starts ``(tags,)``, transitions ``(tags, tags)`` and
    ends ``(tags,)``, or None where any tag may stand anywhere; ``weight`` is ``(tags,)`` or None.
    ``language_model`` is what the surprise at a neighbouring word counts beside that at a tag.
    """

    n_tags: int
    output: str
    allowed: tuple | None
    weight: tuple[float, ...] | None
    mean_length: float
    language_model: float = 0.0


class TaggingNetwork(nn.Module):
    """One tag a step: the recurrent stack, a linear layer to one score a tag, softmax or a CRF.

    Parameters
    ----------
    architecture : Architecture
    tags : TagPlan
    generator : torch.Generator
        What the weights are drawn from.
    """

    per_step = True
    score_name = "accuracy"

    def __init__(self, architecture: Architecture, tags: TagPlan, *, generator: torch.Generator):
        super().__init__()
        self.n_classes, self.mean_length = tags.n_tags, tags.mean_length
        self.input = StepInput(architecture, generator=generator)
        self.recurrent = build_recurrent(architecture, self.input.output_size, generator=generator)
        self.dropout = SeededDropout(architecture.dropout, shared_over_time=True)
        self.output_size = self.recurrent.output_size
        self.head = ExactLinear(self.output_size, tags.n_tags, generator=generator)
        self.crf = self.legal = None
        if tags.output == "crf":
            self.crf = ConditionalRandomField(
                tags.n_tags, allowed=tags.allowed, generator=generator
            )
        else:
            self.legal = TagChain(tags.n_tags, allowed=tags.allowed)
        self.steps_are_free = self.crf is None and tags.allowed is None
        self.language_model, self.neighbours, self._surprise = tags.language_model, None, None
        if tags.language_model > 0:
            self.neighbours = NeighbourWords(
                self.output_size,
                min(_N_WORDS, architecture.n_tokens),
                2 if architecture.bidirectional else 1,
                generator=generator,
            )
        weight = None if tags.weight is None else torch.tensor(tags.weight, dtype=torch.float32)
        self.register_buffer("weight", weight, persistent=False)

    @property
    def chain(self) -> TagChain:
        """What the scores of the steps say of whole sequences of tags."""
        return self.legal if self.crf is None else self.crf

    def states(self, values: Tensor, lengths: Tensor | None, **columns) -> Tensor:
        """Give the state of each step: ``(batch, time, output_size)``.

        The arguments are those of ``SequenceBody``.
        """
        return self.recurrent(self._read(values, **columns), lengths)

    def _read(self, values, *, subwords=None, codes=None):
        return self.input(values, subwords, codes)

    def forward(self, values: Tensor, lengths: Tensor | None, **columns) -> Tensor:
        """Give the scores of the tags at each step: ``(batch, time, tags)``.

        Training also keeps, for ``loss``, the surprise at the words around each step.
        """
        if self._is_read_in_parts(values):
            return self._score_in_parts(self._read(values, **columns))
        if not (self.training and self.neighbours is not None):
            return self.head(self.dropout(self.states(values, lengths, **columns)))
        layers = self.recurrent.all_layers(self._read(values, **columns), lengths)
        self._surprise = self.neighbours(self.dropout(layers[0]), values)
        return self.head(self.dropout(layers[-1]))

    def score_further(self, values: Tensor, carried: list | None, **columns) -> tuple[Tensor, list]:
        """Give the scores at the next steps of sequences read in one direction.

        ``carried`` is what the call before gave beside the scores, or None at the beginning.
        """
        states, carried = self.recurrent.run_stretch(self._read(values, **columns), carried)
        return self.head(states), carried

    def _is_read_in_parts(self, values):
        """Tell whether this is a prediction for one very long sequence, in one direction."""
        is_long = len(values) == 1 and values.shape[1] > LONG_READ
        predicts = not (self.training or torch.is_grad_enabled())
        stack = self.recurrent
        return predicts and is_long and stack.n_directions == 1 and stack.reads_in_parts

    def _score_in_parts(self, steps):
        """Give the scores of all steps without their states."""
        scores, carried = [], None
        for part in steps.split(LONG_READ, dim=1):
            states, carried = self.recurrent.run_stretch(part, carried)
            scores.append(self.head(states))
        return torch.cat(scores, dim=1)

    def loss(
        self, scores: Tensor, target: Tensor, weight: Tensor | None, lengths: Tensor | None
    ) -> Tensor:
        """Negative log-likelihood of the tags ``(batch, time)``, for a sequence of mean length."""
        tag_weight = None if self.weight is None else self.weight[target]
        if self.crf is not None:
            losses = self.crf.loss(scores, target, lengths, tag_weight)
        else:
            steps = nn.functional.cross_entropy(scores.transpose(1, 2), target, reduction="none")
            steps = steps if tag_weight is None else steps * tag_weight
            losses = _without_padding(steps, lengths).sum(1)
        if self._surprise is not None:
            losses, self._surprise = losses + self.language_model * self._surprise, None
        return weighted_mean(losses / self.mean_length, weight)

    def score(self, scores: Tensor, target: Tensor, lengths: Tensor | None) -> Tensor:
        """Give how many steps of each sequence are right, as a share of the mean length."""
        right = (self.best(scores, lengths) == target).float()
        return _without_padding(right, lengths).sum(1) / self.mean_length

    def decode(self, values: Tensor, lengths: Tensor | None, **columns) -> Tensor:
        """Give the tags of each step, ``(batch, time)``: those of the likeliest legal sequence.

        -1 stands where a score is not finite.
        """
        scores = self(values, lengths, **columns)
        return self.best(scores, lengths).where(scores.isfinite().all(2), -1)

    def marginals(self, values: Tensor, lengths: Tensor | None, **columns) -> Tensor:
        """Give the probability of each tag at each step: ``(batch, time, tags)``."""
        scores = self(values, lengths, **columns)
        return scores.softmax(2) if self.steps_are_free else self.chain.marginals(scores, lengths)

    def best(self, scores: Tensor, lengths: Tensor | None) -> Tensor:
        """Give the tags of the likeliest legal sequence, ``(batch, time)``, from the scores."""
        return scores.argmax(2) if self.steps_are_free else self.chain.decode(scores, lengths)[0]


def _without_padding(steps, lengths):
    return steps if lengths is None else steps * lengths_to_mask(lengths, steps.shape[1])
