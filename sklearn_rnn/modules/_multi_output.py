"""The network of RNNClassifier for several labels of different kinds a sequence."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from sklearn_rnn.modules._architecture import Architecture
from sklearn_rnn.modules._body import SequenceBody
from sklearn_rnn.nn import ExactLinear, weighted_mean

__all__ = ["MultiOutputNetwork"]


class MultiOutputNetwork(nn.Module):
    """One class for each of several targets: one body, then a linear layer for each target.

    Parameters
    ----------
    architecture : Architecture
    n_classes : sequence of int
        The number of classes of each target.
    generator : torch.Generator
        What the weights are drawn from.
    """

    per_step = False
    score_name = "accuracy"

    def __init__(
        self, architecture: Architecture, n_classes: Sequence[int], *, generator: torch.Generator
    ):
        super().__init__()
        self.n_classes = list(n_classes)
        self.body = SequenceBody(architecture, generator=generator)
        self.heads = nn.ModuleList(
            ExactLinear(self.body.output_size, n, generator=generator) for n in n_classes
        )

    def forward(self, values: Tensor, lengths: Tensor | None, **extras) -> Tensor:
        """Give the logits of all targets, side by side ``(batch, classes of all)``."""
        return self.read_out(self.body(values, lengths, **extras))

    def read_out(self, pooled: Tensor) -> Tensor:
        """Give the logits that pooled states ``(batch, units)`` mean."""
        return torch.cat([head(pooled) for head in self.heads], dim=1)

    def loss(self, logits: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Cross-entropy against class indices ``(batch, targets)``, averaged over targets."""
        parts = zip(logits.split(self.n_classes, dim=1), target.unbind(1), strict=True)
        losses = [cross_entropy(part, column, reduction="none") for part, column in parts]
        return weighted_mean(torch.stack(losses, dim=1), weight)

    def score(self, logits: Tensor, target: Tensor) -> Tensor:
        """Give 1 for each sequence whose targets are all right, else 0."""
        return (self.decide(logits) == target).all(1).float()

    def decide(self, logits: Tensor) -> Tensor:
        """Give the class index of each target ``(batch, targets)``."""
        parts = logits.split(self.n_classes, dim=1)
        return torch.stack([part.argmax(1) for part in parts], dim=1)

    def probabilities(self, logits: Tensor) -> list[Tensor]:
        """Give the probability of each class, ``(batch, classes)`` for each target."""
        return [part.softmax(1) for part in logits.split(self.n_classes, dim=1)]
