"""Categorical columns to vectors."""

import torch
from torch import Tensor, nn

from sklearn_rnn.data import PADDING_ID, UNKNOWN_ID
from sklearn_rnn.nn._dropout import SeededModule

__all__ = ["CategoryEmbedding", "category_dim"]


def category_dim(n_rows: int) -> int:
    """Give the width of the vectors of a column with so many categories.

    ``1.6 n^0.56``, the rule of thumb of fastai's tabular models (Howard and Gugger, "fastai: A
    Layered API for Deep Learning", 2020), at most 64.
    """
    return min(64, max(1, round(1.6 * n_rows**0.56)))


class CategoryEmbedding(SeededModule):
    """Look the ids of categorical columns up, each in a table of its own, and join the vectors.

    Parameters
    ----------
    sizes : tuple of int
        The rows of each table, padding (0) and unknown (1) among them.
    dims : tuple of int
        The columns of each table.
    unknown_dropout : float
        The probability that training reads a category as unknown, which is how the unknown one
        learns its vector.
    generator : torch.Generator
        What the tables are drawn from.

    Attributes
    ----------
    output_size : int
        The width of the joined vectors.
    """

    def __init__(
        self,
        sizes: tuple[int, ...],
        dims: tuple[int, ...],
        *,
        unknown_dropout: float = 0.0,
        generator: torch.Generator,
    ):
        super().__init__()
        self.tables = nn.ParameterList(
            nn.Parameter(_table(size, dim, generator))
            for size, dim in zip(sizes, dims, strict=True)
        )
        self.unknown_dropout = unknown_dropout
        self.output_size = sum(dims)

    def forward(self, ids: Tensor) -> Tensor:
        """``(..., columns) -> (..., output_size)``; padding gives zeros."""
        if self.training and self.unknown_dropout > 0:
            chance = torch.empty(ids.shape, dtype=torch.float32, device=ids.device)
            dropped = chance.uniform_(generator=self.generator) < self.unknown_dropout
            ids = torch.where(dropped & (ids != PADDING_ID), UNKNOWN_ID, ids)
        vectors = [
            nn.functional.embedding(ids[..., i], table, padding_idx=PADDING_ID)
            for i, table in enumerate(self.tables)
        ]
        return torch.cat(vectors, dim=-1)


def _table(size, dim, generator):
    table = torch.empty(size, dim, dtype=torch.float32).normal_(generator=generator)
    table[PADDING_ID] = 0
    return table
