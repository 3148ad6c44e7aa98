"""The network of RNNClassifier."""

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._body import Architecture, SequenceBody
from sklearn_rnn.nn import ExactLinear, Subwords, weighted_mean

__all__ = ["ClassificationNetwork"]


class ClassificationNetwork(nn.Module):
    """One class a sequence: body, then a linear layer to one score a class.

    Parameters
    ----------
    architecture : Architecture
    n_classes : int
    generator : torch.Generator
        What the weights are drawn from.
    """

    score_name = "accuracy"

    def __init__(self, architecture: Architecture, n_classes: int, *, generator: torch.Generator):
        super().__init__()
        self.body = SequenceBody(architecture, generator=generator)
        self.head = ExactLinear(self.body.output_size, n_classes, generator=generator)

    def forward(
        self, values: Tensor, lengths: Tensor | None, subwords: Subwords | None = None
    ) -> Tensor:
        """Give the logits ``(batch, classes)``."""
        return self.head(self.body(values, lengths, subwords))

    def loss(self, logits: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Cross-entropy against class indices ``(batch,)``."""
        losses = nn.functional.cross_entropy(logits, target, reduction="none")
        return weighted_mean(losses, weight)

    def score(self, logits: Tensor, target: Tensor) -> Tensor:
        """Give 1 for each sequence that is right, else 0; their mean is the accuracy."""
        return (logits.argmax(1) == target).float()

    def decide(self, logits: Tensor) -> Tensor:
        """Give the class index of each sequence."""
        return logits.argmax(1)
