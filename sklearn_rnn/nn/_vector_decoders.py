"""From a vector back to the sequence that it stands for."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sklearn_rnn.data import PADDING_ID, UNKNOWN_ID
from sklearn_rnn.nn._carried import CarriedStack
from sklearn_rnn.nn._dropout import SeededModule
from sklearn_rnn.nn._linear import ExactLinear
from sklearn_rnn.nn._masking import lengths_to_mask, map_real_steps
from sklearn_rnn.nn._segments import segment_steps
from sklearn_rnn.nn._token_softmax import TokenSoftmax, build_softmax

__all__ = ["BagDecoder", "NumberDecoder", "TokenDecoder"]

# A vector is followed by no padding, whose id therefore stands for the end of what is written.
_END_ID = PADDING_ID


class BagDecoder(nn.Module):
    """Tell which tokens a sequence holds, in no order: a softmax over all tokens.

    Le and Mikolov, "Distributed Representations of Sentences and Documents", 2014, section 2.3;
    Hill, Cho and Korhonen, "Learning Distributed Representations of Sentences from Unlabelled
    Data", 2016, eq. 2 (FastSent).

    Parameters
    ----------
    vector_size : int
        The width of the vectors.
    n_tokens : int
        How many ids there are.
    generator : torch.Generator
        What the weights are drawn from.
    """

    def __init__(self, vector_size: int, n_tokens: int, *, generator: torch.Generator):
        super().__init__()
        self.softmax = TokenSoftmax(vector_size, n_tokens, generator=generator)

    def losses(self, vectors: Tensor, ids: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        """Give how surprising each token is to the vector of its sequence, in nats.

        Parameters
        ----------
        vectors : Tensor of shape (batch, vector_size)
        ids : Tensor of shape (batch, time), int64
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row; a length may be 0.

        Returns
        -------
        losses : Tensor of shape (batch, time)
        real : Tensor of shape (batch, time), bool
            Which of them count.
        """
        log_probabilities = self.softmax.log_probabilities(_exact(vectors, self))
        return -log_probabilities.gather(1, ids), _real(ids, lengths)


class _RecurrentDecoder(SeededModule):
    """A recurrent layer that reads the vector and the step before at every step.

    Parameters
    ----------
    step_size, vector_size : int
        What a step and a vector are wide.
    hidden_size : int
        Units of the layer.
    cell : str or callable
        A cell by its name; beside a class of the user's own, whose state cannot be carried on,
        the decoder is a GRU.
    teacher_forcing : float
        The probability that training reads the true step before, and no zeros in its place. With
        0 it never is read, at prediction neither.
    generator : torch.Generator
        What the weights are drawn from.
    """

    def __init__(
        self,
        step_size: int,
        vector_size: int,
        hidden_size: int,
        *,
        cell: str | Callable[..., nn.Module],
        teacher_forcing: float,
        generator: torch.Generator,
    ):
        super().__init__()
        self.teacher_forcing = teacher_forcing
        self.recurrent = CarriedStack(
            step_size + vector_size,
            hidden_size,
            cell=cell if isinstance(cell, str) else "gru",
            generator=generator,
        )

    def states(
        self, vectors: Tensor, previous: Tensor, carried: list | None = None
    ) -> tuple[Tensor, list]:
        """Give the states ``(batch, time, hidden_size)``, and what is carried on.

        Read are ``vectors`` ``(batch, vector_size)``, ``previous`` ``(batch, time, step_size)``.

        Bowman et al., "Generating Sentences from a Continuous Space", 2016, section 3.1, leave
        out words that the decoder reads ("word dropout"), so that the vector has to tell them.
        """
        if self.teacher_forcing == 0:
            previous = torch.zeros_like(previous)
        elif self.training and self.teacher_forcing < 1:
            kept = torch.empty(previous.shape[:2], dtype=torch.float32, device=previous.device)
            kept.bernoulli_(self.teacher_forcing, generator=self.generator)
            previous = previous * kept[..., None]
        repeated = vectors[:, None].expand(-1, previous.shape[1], -1)
        return self.recurrent.run(torch.cat([previous, repeated], dim=2), carried)


class TokenDecoder(_RecurrentDecoder):
    """Foretell each token of a sequence, and its end, by its vector and the tokens before.

    Parameters
    ----------
    n_tokens : int
        How many ids there are.
    embedding_dim, vector_size, hidden_size, cell, teacher_forcing, generator
        As a recurrent decoder takes them; the vectors of tokens are those of the encoder.
    cutoffs : tuple of int or None
        The first ids of clusters of rarer tokens, for an adaptive softmax.
    """

    def __init__(
        self,
        n_tokens: int,
        embedding_dim: int,
        vector_size: int,
        hidden_size: int,
        *,
        cutoffs: tuple[int, ...] | None,
        generator: torch.Generator,
        **options,
    ):
        super().__init__(embedding_dim, vector_size, hidden_size, generator=generator, **options)
        self.softmax = build_softmax(
            hidden_size, n_tokens, cutoffs=cutoffs, table_size=None, generator=generator
        )

    def losses(
        self, vectors: Tensor, ids: Tensor, lengths: Tensor | None, table: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Give how surprising each token and the end is, in nats: ``(batch, time + 1)``.

        The arguments are those of ``BagDecoder.losses``, and ``table`` ``(n_tokens,
        embedding_dim)``. A sequence of length 0 has no end that would count.
        """
        end = ids.new_full((len(ids), 1), _END_ID)
        states, _ = self.states(vectors, _look_up(torch.cat([end, ids], 1), table))
        if lengths is None:
            real = torch.ones(states.shape[:2], dtype=torch.bool, device=ids.device)
        else:
            real = lengths_to_mask(lengths + (lengths > 0), states.shape[1])

        def surprise(states, target):
            return self.softmax.loss(_exact(states, self), target)

        return map_real_steps(surprise, real, states, torch.cat([ids, end], 1)), real

    def write(self, vectors: Tensor, table: Tensor, max_length: int) -> Tensor:
        """Give the likeliest known tokens ``(batch, max_length)``; 0 from the end on."""
        ids = torch.full((len(vectors), 1), _END_ID, device=vectors.device)
        carried, written, ended = None, [], torch.zeros_like(ids[:, 0], dtype=torch.bool)
        for _ in range(max_length):
            states, carried = self.states(vectors, _look_up(ids, table), carried)
            scores = self.softmax.log_probabilities(_exact(states[:, -1], self))
            scores[:, UNKNOWN_ID] = -torch.inf  # it stands for no token that could be written
            chosen = scores.argmax(1).masked_fill(ended, _END_ID)
            ended = chosen == _END_ID
            written.append(chosen)
            ids = chosen[:, None]
            if bool(ended.all()):
                break
        return nn.functional.pad(torch.stack(written, 1), (0, max_length - len(written)))


class NumberDecoder(_RecurrentDecoder):
    """Foretell the numbers of each step by the vector and the steps before.

    Parameters
    ----------
    n_values : int
        How many numbers a step has.
    vector_size, hidden_size, cell, teacher_forcing, generator
        As a recurrent decoder takes them.
    segment : int
        How many steps are foretold at a time.
    """

    def __init__(
        self,
        n_values: int,
        vector_size: int,
        hidden_size: int,
        *,
        segment: int,
        generator: torch.Generator,
        **options,
    ):
        width = n_values * segment
        super().__init__(width, vector_size, hidden_size, generator=generator, **options)
        self.head = ExactLinear(hidden_size, width, generator=generator)
        self.n_values, self.segment = n_values, segment

    def losses(
        self, vectors: Tensor, steps: Tensor, lengths: Tensor | None, observed: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Give the mean squared error of the numbers of each step.

        Parameters
        ----------
        vectors : Tensor of shape (batch, vector_size)
        steps : Tensor of shape (batch, time, n_values)
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row; a length may be 0.
        observed : Tensor of shape (batch, time, n_values), bool, or None
            Which numbers count; None means all.

        Returns
        -------
        losses : Tensor of shape (batch, time)
        real : Tensor of shape (batch, time), bool
            Which of them count.
        """
        segments, _ = segment_steps(steps, lengths, self.segment)
        previous = nn.functional.pad(segments, (0, 0, 1, 0))[:, :-1]
        states, _ = self.states(vectors, previous)
        errors = (self._numbers(states)[:, : steps.shape[1]] - steps).square()
        real = _real(steps[..., 0], lengths)
        if observed is None:
            return errors.mean(2), real
        n_observed = observed.sum(2)
        return (errors * observed).sum(2) / n_observed.clamp(min=1), real & (n_observed > 0)

    def write(self, vectors: Tensor, time: int) -> Tensor:
        """Give ``(batch, time, n_values)``, each segment of steps read for the next one."""
        segment = vectors.new_zeros(len(vectors), 1, self.n_values * self.segment)
        carried, parts = None, []
        for _ in range(-(-time // self.segment)):
            states, carried = self.states(vectors, segment, carried)
            parts.append(self._numbers(states))
            segment = parts[-1].flatten(1)[:, None].to(vectors.dtype)
        return torch.cat(parts, dim=1)[:, :time]

    def _numbers(self, states):
        return self.head(states).reshape(len(states), -1, self.n_values)


def _look_up(ids, table):
    """Give the vectors of tokens ``(batch, time, embedding_dim)``, zeros for none."""
    return nn.functional.embedding(ids, table, padding_idx=PADDING_ID)


def _real(values, lengths):
    if lengths is None:
        return torch.ones(values.shape[:2], dtype=torch.bool, device=values.device)
    return lengths_to_mask(lengths, values.shape[1])


def _exact(states, decoder):
    """Let sums of a prediction be taken in float64, so that a row does not depend on others."""
    return states if decoder.training or states.device.type == "mps" else states.double()
