"""Tokens described by features."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._embedding import Subwords

__all__ = ["FeatureBags"]


class FeatureBags(nn.Module):
    """Add up the vectors of the features of each distinct token.

    Parameters
    ----------
    n_features : int
        Rows of the table of vectors.
    embedding_dim : int
        Columns of the table.
    generator : torch.Generator
        What the table is drawn from.
    """

    def __init__(self, n_features: int, embedding_dim: int, *, generator: torch.Generator):
        super().__init__()
        self.weight = nn.Parameter(
            torch.empty(n_features, embedding_dim, dtype=torch.float32).normal_(
                std=embedding_dim**-0.5, generator=generator
            )
        )

    def forward(self, tokens: Subwords) -> Tensor:
        """Give ``(tokens, embedding_dim)``; a token without features is zero."""
        return nn.functional.embedding_bag(tokens.buckets, self.weight, tokens.starts, mode="sum")
