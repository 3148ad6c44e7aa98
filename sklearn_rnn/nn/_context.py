"""What a whole text is about, from vectors of its words that are never trained."""

import torch
from torch import Tensor, nn

from sklearn_rnn.data import UNKNOWN_ID
from sklearn_rnn.nn._dropout import SeededDropout
from sklearn_rnn.nn._precision import exact_dtype, without_autocast

__all__ = ["ContextVectors"]


class ContextVectors(nn.Module):
    """Join the direction of the sum of the words' vectors to the pooled state.

    Where few texts have labels, recurrent layers know them by heart long before a linear layer has
    learned what the sum tells. So training may leave out the state of some texts, as a whole, drawn
    anew each time (dropout of one of two inputs: Neverova et al., "ModDrop: adaptive multi-modal
    gesture recognition", 2016).

    Parameters
    ----------
    n_tokens : int
        How many ids there are. A larger id is unknown.
    size : int
        Numbers of a vector.
    hiding : float, default=0.0
        How often training leaves out a state.

    Attributes
    ----------
    table : Tensor of shape (n_tokens, size)
        The vectors, which are no weights and begin at zero.
    """

    def __init__(self, n_tokens: int, size: int, *, hiding: float = 0.0):
        super().__init__()
        self.size = size
        self.register_buffer("table", torch.zeros(n_tokens, size, dtype=torch.float32))
        self.hiding = SeededDropout(hiding)

    def start_from(self, table: Tensor) -> None:
        """Take given vectors ``(n_tokens, size)``; padding, and texts without any, are zero."""
        self.table.copy_(table)

    def forward(self, state: Tensor, ids: Tensor) -> Tensor:
        """``(batch, state_size), (batch, time) -> (batch, state_size + size)``."""
        ids = torch.where(ids < len(self.table), ids, UNKNOWN_ID)
        with without_autocast(self.table):
            vectors = nn.functional.embedding(ids, self.table)
            sums = vectors.to(exact_dtype(vectors, self.training)).sum(1)
            about = nn.functional.normalize(sums, dim=1) * self.size**0.5
        state = state * self.hiding(torch.ones_like(state[:, :1]))
        return torch.cat([state, about.to(state.dtype)], dim=1)
