"""The plan of a network."""

from collections.abc import Callable
from typing import NamedTuple

from torch import nn

__all__ = ["Architecture"]


class Architecture(NamedTuple):
    """What a body is built from; all sizes are known.

    ``n_tokens`` is the number of ids, or None for numeric steps of ``n_features``. ``codes`` and
    ``static_codes`` are the sizes of the embeddings of categorical columns, of each step and of
    each sequence, ``n_static`` is the number of numeric columns of each sequence, ``longest`` the
    number of steps of the longest one. ``n_characters`` is the size of the alphabet of a network
    that reads words by their characters, ``character_encoder`` how ("cnn" or "lstm"),
    ``n_bag_features`` the number of features of one that reads tokens as bags of features.
    ``step_means`` says whether the mean of what is read at each step joins the pooled state.
    ``context_dim`` is the width of fixed vectors of tokens whose sum joins the pooled state, and
    ``context_hiding`` how often training hides the latter.
    """

    n_features: int | None
    n_tokens: int | None
    embedding_dim: int | None
    cell: str | Callable[..., nn.Module]
    hidden_size: int
    num_layers: int
    bidirectional: bool
    dropout: float
    token_dropout: float
    pooling: str
    convolution: str | None
    subword_buckets: int | None
    codes: tuple[int, ...] = ()
    n_static: int = 0
    static_codes: tuple[int, ...] = ()
    residual: bool = False
    initialization: str = "orthogonal"
    longest: int | None = None
    segment: int = 1
    stride: int = 1
    n_characters: int | None = None
    character_encoder: str = "cnn"
    n_bag_features: int | None = None
    step_means: bool = False
    context_dim: int | None = None
    context_hiding: float = 0.0
