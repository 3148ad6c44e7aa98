"""Ids of running text to vectors."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._embedding import TokenEmbedding

__all__ = ["TextEmbedding"]


class TextEmbedding(TokenEmbedding):
    """Look up the ids of running text, in which there is no padding: id 0 ends a text.

    The table is that of a :class:`TokenEmbedding` but for row 0, which is learned here.

    Parameters
    ----------
    n_tokens : int
        Rows of the table, the end of a text (0) and unknown (1) among them.
    embedding_dim : int
        Columns of the table.
    dropout : float, default=0.0
        Dropout of the vectors, one mask for a stretch of text.
    embedding_dropout : float, default=0.0
        The probability that training reads the vector of a token as zero, wherever it stands in
        the batch (Gal and Ghahramani, "A Theoretically Grounded Application of Dropout in
        Recurrent Neural Networks", 2016).
    """

    def __init__(
        self,
        n_tokens: int,
        embedding_dim: int,
        *,
        dropout: float = 0.0,
        embedding_dropout: float = 0.0,
    ):
        super().__init__(n_tokens, embedding_dim, dropout=dropout)
        self.embedding_dropout = embedding_dropout

    def fill(self, generator: torch.Generator) -> None:
        """Draw the table from a normal distribution."""
        with torch.no_grad():
            self.weight.normal_(std=self.weight.shape[1] ** -0.5, generator=generator)

    def forward(self, ids: Tensor) -> Tensor:
        """``(batch, time) -> (batch, time, embedding_dim)``."""
        vectors = nn.functional.embedding(ids, self.weight)
        if self.training and self.embedding_dropout > 0:
            keep = 1 - self.embedding_dropout
            mask = torch.empty(len(self.weight), dtype=torch.float32, device=ids.device)
            mask.bernoulli_(keep, generator=self.generator).div_(keep)
            vectors = vectors * mask[ids][..., None]
        return self.dropout(vectors)

    def extra_repr(self) -> str:
        rows, columns = self.weight.shape
        return f"{rows}, {columns}, embedding_dropout={self.embedding_dropout}"
