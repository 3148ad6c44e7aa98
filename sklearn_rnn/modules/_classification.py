"""The network of RNNClassifier for one label a sequence."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._architecture import Architecture
from sklearn_rnn.modules._body import SequenceBody
from sklearn_rnn.nn import ExactLinear, OrdinalHead, weighted_mean

__all__ = ["ClassificationNetwork"]


class ClassificationNetwork(nn.Module):
    """One class a sequence: body, then a linear layer to one score a class.

    Parameters
    ----------
    architecture : Architecture
    n_classes : int
    ranks : sequence of int, or None, default=None
        Where the classes have an order, the rank of each, from 0: then one score and cuts between
        the classes take the place of one score a class.
    shares : sequence of float, or None, default=None
        How frequent each class is; the cuts begin there.
    generator : torch.Generator
        What the weights are drawn from.
    """

    per_step = False
    score_name = "accuracy"

    def __init__(
        self,
        architecture: Architecture,
        n_classes: int,
        *,
        ranks: Sequence[int] | None = None,
        shares: Sequence[float] | None = None,
        generator: torch.Generator,
    ):
        super().__init__()
        self.n_classes = n_classes
        self.body = SequenceBody(architecture, generator=generator)
        width = self.body.output_size
        if ranks is None:
            self.head = ExactLinear(width, n_classes, generator=generator)
        else:
            self.head = OrdinalHead(width, ranks, shares, generator=generator)

    def forward(self, values: Tensor, lengths: Tensor | None, **extras) -> Tensor:
        """Give the logits ``(batch, classes)``; those of an order are log-probabilities."""
        return self.read_out(self.body(values, lengths, **extras))

    def read_out(self, pooled: Tensor) -> Tensor:
        """Give the logits that pooled states ``(batch, units)`` mean."""
        return self.head(pooled)

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

    def probabilities(self, logits: Tensor) -> Tensor:
        """Give the probability of each class ``(batch, classes)``."""
        return logits.softmax(1)
