"""What the network reads of each step."""

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._architecture import Architecture
from sklearn_rnn.nn import (
    CategoryEmbedding,
    CharacterEncoder,
    CharacterLSTM,
    FeatureBags,
    SeededDropout,
    Subwords,
    TokenEmbedding,
    category_dim,
)

__all__ = ["StepInput", "category_embedding"]

# The width of the vectors of how words are written, and how many ways there are.
_SHAPE_DIM = 8
_N_SHAPES = 8

_CHARACTER_ENCODERS = {"cnn": CharacterEncoder, "lstm": CharacterLSTM}


class StepInput(nn.Module):
    """Embed what has no numbers of its own, and join it all to one vector a step.

    Parameters
    ----------
    architecture : Architecture
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    output_size : int
        The width of the vectors.
    """

    def __init__(self, architecture: Architecture, *, generator: torch.Generator):
        super().__init__()
        self.embedding = self.categories = self.characters = self.shapes = self.features = None
        self.output_size = architecture.n_features or 0
        if architecture.n_tokens is not None:
            self.output_size = architecture.embedding_dim
            self.embedding = TokenEmbedding(
                architecture.n_tokens,
                architecture.embedding_dim,
                dropout=architecture.dropout,
                token_dropout=architecture.token_dropout,
                subword_buckets=architecture.subword_buckets,
            )
            self.embedding.fill(generator)
        if architecture.codes:
            self.categories = category_embedding(architecture, architecture.codes, generator)
            self.output_size += self.categories.output_size
        if architecture.n_characters is not None:
            read = _CHARACTER_ENCODERS[architecture.character_encoder]
            self.characters = read(architecture.n_characters, generator=generator)
            self.shapes = CategoryEmbedding((_N_SHAPES,), (_SHAPE_DIM,), generator=generator)
            self.output_size += self.characters.output_size + _SHAPE_DIM
        if architecture.n_bag_features is not None:
            self.features = FeatureBags(
                architecture.n_bag_features, architecture.embedding_dim, generator=generator
            )
            self.output_size += architecture.embedding_dim
        self.dropout = SeededDropout(architecture.dropout, shared_over_time=True)

    def forward(self, values: Tensor, words: Subwords | None, codes: Tensor | None) -> Tensor:
        """Give ``(batch, time, output_size)``, zero where there is padding.

        ``values`` are ids ``(batch, time)`` or steps ``(batch, time, features)``, ``words`` what
        the distinct tokens of the batch are made of, ``codes`` the ids of the categories of each
        step ``(batch, time, columns)``.
        """
        parts = [values if self.embedding is None else self.embedding(values, words)]
        if self.categories is not None:
            parts.append(self.categories(codes))
        if self.characters is not None:
            read = [self.characters(words.characters), self.shapes(words.shapes[:, None])]
            parts.append(self.dropout(self._of_steps(torch.cat(read, dim=1), words)))
        if self.features is not None:
            parts.append(self.dropout(self._of_steps(self.features(words), words)))
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)

    @staticmethod
    def _of_steps(vectors, words):
        """Give the vector of each step's word; that of padding is zero."""
        steps = vectors[words.bag_of_step]
        return steps if words.real is None else steps * words.real[..., None]


def category_embedding(
    architecture: Architecture, sizes: tuple[int, ...], generator: torch.Generator
) -> CategoryEmbedding:
    """Embed each column in the width that was asked for, or that fits its categories."""
    asked = architecture.embedding_dim if architecture.n_tokens is None else None
    return CategoryEmbedding(
        sizes,
        tuple(asked or category_dim(size) for size in sizes),
        unknown_dropout=architecture.token_dropout,
        generator=generator,
    )
