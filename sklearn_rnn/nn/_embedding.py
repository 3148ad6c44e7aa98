"""Ids to vectors."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sklearn_rnn.data import PADDING_ID, UNKNOWN_ID
from sklearn_rnn.nn._dropout import SeededDropout, SeededModule

__all__ = ["Subwords", "TokenEmbedding"]


class Subwords(NamedTuple):
    """What the distinct tokens of a batch are made of.

    Bag ``i``, the n-grams or the features of one token, is ``buckets[starts[i]:starts[i + 1]]``;
    ``bag_of_step`` is ``(batch, time)``, the token of each step, and ``real``, of that shape, True
    where there is one (None: everywhere). ``characters`` are the ids of the characters of each
    token ``(tokens, length)``, ``shapes`` ``(tokens,)`` how each is written.
    """

    buckets: Tensor | None
    starts: Tensor | None
    bag_of_step: Tensor
    characters: Tensor | None = None
    shapes: Tensor | None = None
    real: Tensor | None = None


class TokenEmbedding(SeededModule):
    """Look ids up in a table of vectors.

    Parameters
    ----------
    n_tokens : int
        Rows of the table, padding (0) and unknown (1) among them. A larger id is unknown.
    embedding_dim : int
        Columns of the table.
    dropout : float, default=0.0
        Dropout of the vectors, one mask a sequence.
    token_dropout : float, default=0.0
        The probability that training reads a token as unknown, which is how the unknown token
        learns its vector. Its subwords are read all the same.
    subword_buckets : int or None, default=None
        Rows of a second table, of hashed character n-grams. The mean over those of a token is
        added to its vector (Bojanowski et al., "Enriching Word Vectors with Subword Information",
        2017), which also tells unknown tokens apart.

    See Also
    --------
    CharacterEncoder, CharacterLSTM : Read words by their characters.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import TokenEmbedding
    >>> embedding = TokenEmbedding(10, 4)
    >>> embedding.fill(torch.Generator().manual_seed(0))
    >>> vectors = embedding(torch.tensor([[2, 3, 0], [4, 99, 1]]))
    >>> vectors.shape
    torch.Size([2, 3, 4])
    >>> bool((vectors[1, 1] == vectors[1, 2]).all())  # 99 is as unknown as 1
    True
    """

    def __init__(
        self,
        n_tokens: int,
        embedding_dim: int,
        *,
        dropout: float = 0.0,
        token_dropout: float = 0.0,
        subword_buckets: int | None = None,
    ):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_tokens, embedding_dim, dtype=torch.float32))
        self.subword_weight = None
        if subword_buckets is not None:
            self.subword_weight = nn.Parameter(
                torch.empty(subword_buckets, embedding_dim, dtype=torch.float32)
            )
        self.dropout = SeededDropout(dropout, shared_over_time=True)
        self.token_dropout = token_dropout

    def fill(self, generator: torch.Generator) -> None:
        """Draw the table from a normal distribution; padding is zero.

        Parameters
        ----------
        generator : torch.Generator
            What it is drawn from.
        """
        with torch.no_grad():
            deviation = self.weight.shape[1] ** -0.5
            self.weight.normal_(std=deviation, generator=generator)
            self.weight[PADDING_ID] = 0
            if self.subword_weight is not None:
                self.subword_weight.normal_(std=deviation, generator=generator)

    def start_from(self, rows: Tensor, vectors: Tensor, *, freeze: bool) -> None:
        """Begin with given vectors at some rows.

        Parameters
        ----------
        rows : Tensor of shape (n,), int64
            Ids.
        vectors : Tensor of shape (n, embedding_dim)
            Their vectors.
        freeze : bool
            Whether training leaves the whole table as it is.
        """
        with torch.no_grad():
            self.weight[rows] = vectors
        self.weight.requires_grad_(not freeze)

    def forward(self, ids: Tensor, subwords: Subwords | None = None) -> Tensor:
        """Give the vector of each id.

        Parameters
        ----------
        ids : Tensor of shape (batch, time), int64
            Padded with zeros.
        subwords : Subwords or None, default=None
            The n-grams of the tokens, which ``subword_buckets`` needs.

        Returns
        -------
        Tensor of shape (batch, time, embedding_dim)
            Zero at padding.
        """
        ids = torch.where(ids < len(self.weight), ids, UNKNOWN_ID)
        if self.training and self.token_dropout > 0:
            chance = torch.empty(ids.shape, dtype=torch.float32, device=ids.device)
            dropped = chance.uniform_(generator=self.generator) < self.token_dropout
            ids = torch.where(dropped & (ids != PADDING_ID), UNKNOWN_ID, ids)
        vectors = nn.functional.embedding(ids, self.weight, padding_idx=PADDING_ID)
        if self.subword_weight is not None:
            bags = nn.functional.embedding_bag(
                subwords.buckets, self.subword_weight, subwords.starts, mode="mean"
            )
            found = bags[subwords.bag_of_step]
            vectors = vectors + found.masked_fill((ids == PADDING_ID)[..., None], 0)
        return self.dropout(vectors)

    def extra_repr(self) -> str:
        """What torch prints between the brackets."""
        rows, columns = self.weight.shape
        return f"{rows}, {columns}, token_dropout={self.token_dropout}"
