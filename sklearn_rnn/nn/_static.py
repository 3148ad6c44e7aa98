"""What belongs to a whole sequence, beside the state that was pooled from its steps."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._categories import CategoryEmbedding
from sklearn_rnn.nn._linear import ExactLinear

__all__ = ["StaticColumns"]


class StaticColumns(nn.Module):
    """Join static columns to the pooled state, as they are and mixed with it.

    A layer of rectified units over both lets what a column means depend on the sequence; the
    columns themselves are passed on beside it (as wide and deep models do: Cheng et al., "Wide &
    Deep Learning for Recommender Systems", 2016).

    Parameters
    ----------
    state_size : int
        The width of the pooled state.
    n_numbers : int
        How many numeric columns there are.
    categories : CategoryEmbedding or None
        Embeds the categorical ones.
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    output_size : int
    """

    def __init__(
        self,
        state_size: int,
        n_numbers: int,
        categories: CategoryEmbedding | None,
        *,
        mixed_size: int = 32,
        generator: torch.Generator,
    ):
        super().__init__()
        self.n_numbers = n_numbers
        self.categories = categories
        width = state_size + n_numbers + (0 if categories is None else categories.output_size)
        self.mix = ExactLinear(width, mixed_size, generator=generator)
        self.output_size = width + mixed_size

    def forward(self, state: Tensor, numbers: Tensor | None, codes: Tensor | None) -> Tensor:
        """Give ``(batch, output_size)``.

        ``state`` is ``(batch, state_size)``, ``numbers`` ``(batch, n_numbers)`` and ``codes``
        ``(batch, columns)``, each None where there are no such columns.
        """
        parts = [state]
        if self.n_numbers:
            parts.append(numbers)
        if self.categories is not None:
            parts.append(self.categories(codes))
        joined = torch.cat(parts, dim=1)
        return torch.cat([joined, self.mix(joined).relu().to(joined.dtype)], dim=1)
