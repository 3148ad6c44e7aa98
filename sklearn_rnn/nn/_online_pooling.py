"""Pooling of states that come in parts, without keeping them."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._pooling import AttentionPooling, LastPooling, MaxPooling, MeanPooling
from sklearn_rnn.nn._precision import at_least_float32, exact_dtype

__all__ = ["OnlinePooling", "online_pooling"]


class OnlinePooling:
    """The last state of those that were added; the others pool in other ways.

    Nothing is changed in place, so that a shallow copy goes its own way.
    """

    def __init__(self, pooling: nn.Module):
        self._pooling, self._found = pooling, None

    def add(self, states: Tensor) -> None:
        """Add the states of further steps ``(batch, time, units)``, at least one."""
        self._found = states[:, -1]

    def result(self) -> Tensor:
        """Give the pooled states ``(batch, units)`` of all that were added."""
        return self._found


class OnlineMean(OnlinePooling):
    """Their mean."""

    def add(self, states):
        self._dtype = at_least_float32(states)
        total, count = (0, 0) if self._found is None else self._found
        sums = states.to(exact_dtype(states, training=False)).sum(1)
        self._found = total + sums, count + states.shape[1]

    def result(self):
        total, count = self._found
        return (total / count).to(self._dtype)


class OnlineMax(OnlinePooling):
    """The largest value of each unit."""

    def add(self, states):
        largest = states.amax(1)
        self._found = largest if self._found is None else self._found.maximum(largest)


class OnlineAttention(OnlinePooling):
    """Their mean, weighted by a softmax of scores.

    Weights are kept relative to the largest score so far (Milakov and Gimelshein, "Online
    normalizer calculation for softmax", 2018, algorithm 3).
    """

    def add(self, states):
        self._dtype = at_least_float32(states)
        states, scores = self._pooling.score(states)
        largest, total, weighted = (-torch.inf, 0, 0) if self._found is None else self._found
        highest = scores.amax(1, keepdim=True).clamp(min=largest)
        weights = (scores - highest).exp()
        kept = (largest - highest).exp()
        self._found = (
            highest,
            total * kept + weights.sum(1, keepdim=True),
            weighted * kept + torch.einsum("bt,bth->bh", weights, states),
        )

    def result(self):
        _, total, weighted = self._found
        return (weighted / total).to(self._dtype)


_ONLINE = {
    LastPooling: OnlinePooling,
    MeanPooling: OnlineMean,
    MaxPooling: OnlineMax,
    AttentionPooling: OnlineAttention,
}


def online_pooling(pooling: nn.Module) -> OnlinePooling:
    """Begin to pool as ``pooling`` does, in evaluation mode and in one direction."""
    return _ONLINE[type(pooling)](pooling)
