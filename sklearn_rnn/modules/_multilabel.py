"""The network of RNNClassifier for any number of labels a sequence."""

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._architecture import Architecture
from sklearn_rnn.modules._body import SequenceBody
from sklearn_rnn.nn import ExactLinear, weighted_mean

__all__ = ["MultilabelNetwork"]


class MultilabelNetwork(nn.Module):
    """Any of several labels a sequence: body, then a linear layer to one logit a label.

    Parameters
    ----------
    architecture : Architecture
    n_labels : int
    generator : torch.Generator
        What the weights are drawn from.
    """

    per_step = False
    score_name = "accuracy"

    def __init__(self, architecture: Architecture, n_labels: int, *, generator: torch.Generator):
        super().__init__()
        self.n_classes = n_labels  # as MLPClassifier counts them
        self.body = SequenceBody(architecture, generator=generator)
        self.head = ExactLinear(self.body.output_size, n_labels, generator=generator)

    def forward(self, values: Tensor, lengths: Tensor | None, **extras) -> Tensor:
        """Give the logits ``(batch, labels)``."""
        return self.read_out(self.body(values, lengths, **extras))

    def read_out(self, pooled: Tensor) -> Tensor:
        """Give the logits that pooled states ``(batch, units)`` mean."""
        return self.head(pooled)

    def loss(self, logits: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """Binary cross-entropy against 0 or 1 ``(batch, labels)``, averaged over labels."""
        losses = nn.functional.binary_cross_entropy_with_logits(
            logits, target.to(logits.dtype), reduction="none"
        )
        return weighted_mean(losses, weight)

    def score(self, logits: Tensor, target: Tensor) -> Tensor:
        """Give 1 for each sequence whose labels are all right, else 0."""
        return (self.decide(logits) == target).all(1).float()

    def decide(self, logits: Tensor) -> Tensor:
        """Give 1 for each label that is more probable than not, else 0."""
        return (logits > 0).long()

    def probabilities(self, logits: Tensor) -> Tensor:
        """Give the probability of each label ``(batch, labels)``."""
        return logits.sigmoid()
