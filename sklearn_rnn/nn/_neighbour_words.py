"""Words foretold from the states of a tagger, which teaches it more of language than tags do."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from sklearn_rnn.data import PADDING_ID, UNKNOWN_ID
from sklearn_rnn.nn._linear import Linear
from sklearn_rnn.nn._masking import map_real_steps

__all__ = ["NeighbourWords"]

# The scores of all words at more steps than these are computed in parts, and again for their
# gradients: only those of one part are in memory.
_STEPS_AT_ONCE = 1 << 13


class NeighbourWords(nn.Module):
    """Foretell the next word from the forward states, and the word before from the backward ones.

    A second thing to learn from the same sentences: Rei, "Semi-supervised Multitask Learning for
    Sequence Labeling", 2017, section 4. The states must not have seen what they foretell: they
    are those of the lowest layer.

    Parameters
    ----------
    input_size : int
        The width of the states, those of both directions side by side.
    n_words : int
        How many ids are told apart; larger ones count as unknown.
    n_directions : {1, 2}
        Whether there are backward states.
    generator : torch.Generator
        What the weights are drawn from.
    """

    def __init__(
        self, input_size: int, n_words: int, n_directions: int, *, generator: torch.Generator
    ):
        super().__init__()
        self.n_words = n_words
        self.heads = nn.ModuleList(
            Linear(input_size // n_directions, n_words, generator=generator)
            for _ in range(n_directions)
        )

    def forward(self, states: Tensor, words: Tensor) -> Tensor:
        """Give the negative log-likelihood of the foretold words of each sequence: ``(batch,)``.

        ``states`` are ``(batch, time, input_size)``, ``words`` are ids ``(batch, time)``, padded
        with 0.
        """
        words = torch.where(words < self.n_words, words, UNKNOWN_ID).long()
        real = words[:, 1:] != PADDING_ID
        forward, *backward = states.chunk(len(self.heads), dim=2)
        losses = _surprise(self.heads[0], forward[:, :-1], words[:, 1:], real)
        if backward:
            losses = losses + _surprise(self.heads[1], backward[0][:, 1:], words[:, :-1], real)
        return losses


def _surprise(head, states, words, real):
    """Sum the negative log-likelihood of the words of each sequence, where they are real."""
    return map_real_steps(partial(_of_all, head), real, states, words).sum(1)


def _of_all(head, states, words):
    if len(words) <= _STEPS_AT_ONCE:
        return _of_steps(head, states, words)
    parts = zip(states.split(_STEPS_AT_ONCE), words.split(_STEPS_AT_ONCE), strict=True)
    options = {"use_reentrant": False, "preserve_rng_state": False}
    return torch.cat([checkpoint(_of_steps, head, *part, **options) for part in parts])


def _of_steps(head, states, words):
    return nn.functional.cross_entropy(head(states), words, reduction="none")
