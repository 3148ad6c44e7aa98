"""Words read character by character."""

import torch
from torch import Tensor, nn

from sklearn_rnn.data import PADDING_ID
from sklearn_rnn.nn._linear import Linear

__all__ = ["CharacterEncoder"]

# Words are padded to a multiple of so many characters: matrix products of a multiple of 8 rows give
# each row the same bits whatever the other rows are.
_MULTIPLE = 8


class CharacterEncoder(nn.Module):
    """Read words by convolutions over their characters, and keep the largest value of each channel.

    Each word of a batch is read once, however often it occurs (the network of Ma and Hovy,
    "End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF", 2016, section 2.1, with several
    widths as in Kim et al., "Character-Aware Neural Language Models", 2016).

    Parameters
    ----------
    n_characters : int
        Rows of the table of characters, padding (0) among them.
    embedding_dim : int, default=32
        Columns of that table.
    channels : dict of int to int, default={2: 32, 3: 64, 4: 64}
        How many channels look at so many neighbouring characters.
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    output_size : int
        The number of all channels.
    """

    def __init__(
        self,
        n_characters: int,
        embedding_dim: int = 32,
        channels: dict[int, int] | None = None,
        *,
        generator: torch.Generator,
    ):
        super().__init__()
        channels = {2: 32, 3: 64, 4: 64} if channels is None else channels
        self.weight = nn.Parameter(
            torch.empty(n_characters, embedding_dim, dtype=torch.float32).normal_(
                std=embedding_dim**-0.5, generator=generator
            )
        )
        with torch.no_grad():
            self.weight[PADDING_ID] = 0
        self.widths = tuple(channels)
        self.filters = nn.ModuleList(
            Linear(width * embedding_dim, count, generator=generator)
            for width, count in channels.items()
        )
        self.output_size = sum(channels.values())

    def forward(self, characters: Tensor) -> Tensor:
        """Ids ``(words, length)``, padded with zeros, to vectors ``(words, output_size)``."""
        spare = -characters.shape[1] % _MULTIPLE + max(self.widths) - 1
        padded = nn.functional.pad(characters, (0, spare))
        vectors = nn.functional.embedding(padded, self.weight, padding_idx=PADDING_ID)
        length = padded.shape[1] - max(self.widths) + 1
        real = (padded[:, :length] != PADDING_ID)[..., None]
        read = [
            self._read(vectors, length, *part)
            for part in zip(self.widths, self.filters, strict=True)
        ]
        # What begins on padding is left out; the rectified values of a word are never below 0.
        return (torch.cat(read, dim=2).relu() * real).amax(1)

    @staticmethod
    def _read(vectors, length, width, filters):
        """Apply filters to every ``width`` neighbouring characters, as one matrix product."""
        windows = [vectors[:, i : i + length] for i in range(width)]
        return filters(torch.cat(windows, dim=2))
