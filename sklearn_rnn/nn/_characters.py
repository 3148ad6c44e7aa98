"""Words read character by character."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sklearn_rnn.data import PADDING_ID
from sklearn_rnn.nn._linear import Linear
from sklearn_rnn.nn._precision import at_least_float32

__all__ = ["CharacterEncoder", "character_table", "read_by_length"]

# Words whose lengths have the same multiple of so many characters above them are read together.
_MULTIPLE = 8


class CharacterEncoder(nn.Module):
    """Read words by convolutions over their characters, and keep the largest value of each channel.

    Each word of a batch is read once, however often it occurs (the network of Ma and Hovy,
    "End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF", 2016, section 2.1, with several
    widths as in Kim et al., "Character-Aware Neural Language Models", 2016).

    A filter is linear in each character that it sees, and there are few characters: what each of
    them gives at each place of a filter is computed once, and then only looked up and added.

    Parameters
    ----------
    n_characters : int
        Rows of the table of characters, padding (0) among them.
    embedding_dim : int, default=32
        Columns of that table.
    channels : dict of int to int, or None, default=None
        How many channels look at so many neighbouring characters; None means
        ``{2: 32, 3: 64, 4: 64}``.
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    output_size : int
        The number of all channels.

    See Also
    --------
    CharacterLSTM : Reads words by a recurrent network.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import CharacterEncoder
    >>> encoder = CharacterEncoder(
    ...     30, channels={2: 8, 3: 8}, generator=torch.Generator().manual_seed(0)
    ... )
    >>> words = torch.tensor([[3, 4, 5], [6, 7, 0]])  # two words, the second of two characters
    >>> encoder(words).shape, encoder.output_size
    (torch.Size([2, 16]), 16)
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
        self.weight = character_table(n_characters, embedding_dim, generator)
        self.widths = tuple(channels)
        self.filters = nn.ModuleList(
            Linear(width * embedding_dim, count, generator=generator)
            for width, count in channels.items()
        )
        self.output_size = sum(channels.values())

    def forward(self, characters: Tensor) -> Tensor:
        """Read words.

        Parameters
        ----------
        characters : Tensor of shape (words, length), int64
            The ids of their characters, padded with zeros.

        Returns
        -------
        Tensor of shape (words, output_size)
            One vector a word.
        """
        tables = [self._table(*part) for part in zip(self.widths, self.filters, strict=True)]

        def read(words):
            parts = [
                _largest(words, width, table) + filters.bias
                for width, table, filters in zip(self.widths, tables, self.filters, strict=True)
            ]
            return torch.cat(parts, dim=1).relu()

        return read_by_length(characters, read)

    def _table(self, width, filters):
        """Give what each character adds at each place ``(width * n_characters, channels)``."""
        without_padding = nn.functional.pad(self.weight[1:], (0, 0, 1, 0))  # which learns nothing
        places = filters.weight.chunk(width, dim=1)
        table = torch.cat([without_padding @ place.t() for place in places])
        return table.to(at_least_float32(table))


def character_table(
    n_characters: int, embedding_dim: int, generator: torch.Generator
) -> nn.Parameter:
    """Draw the vectors of characters ``(n_characters, embedding_dim)``; that of padding is zero."""
    table = torch.empty(n_characters, embedding_dim, dtype=torch.float32)
    table.normal_(std=embedding_dim**-0.5, generator=generator)
    table[PADDING_ID] = 0
    return nn.Parameter(table)


def read_by_length(characters: Tensor, read: Callable[[Tensor], Tensor]) -> Tensor:
    """Read words of like length together, since most words are short and a few are long.

    Parameters
    ----------
    characters : Tensor of shape (words, length), int64
        Ids, padded with zeros.
    read : callable
        Maps some of the words, padded less, to vectors ``(words, size)``.

    Returns
    -------
    Tensor of shape (words, size)
    """
    if characters.device.type != "cpu":  # where to wait for the lengths costs more than it saves
        return read(characters)
    lengths = (characters != PADDING_ID).sum(1)
    groups = (lengths + _MULTIPLE - 1).div(_MULTIPLE, rounding_mode="floor")
    present, counts = groups.unique(return_counts=True)
    if len(present) == 1:
        return read(characters[:, : int(lengths.max())])
    order = groups.argsort(stable=True)
    parts = []
    for rows in order.split(counts.tolist()):
        parts.append(read(characters[rows, : int(lengths[rows].max())]))
    return torch.cat(parts).index_select(0, order.argsort())


def _largest(characters, width, table):
    """Give the largest value of each filter over the characters that it can begin on."""
    words, length = characters.shape
    padded = nn.functional.pad(characters, (0, width - 1))
    places = len(table) // width * torch.arange(width, device=characters.device)
    windows = padded.unfold(1, width, 1) + places  # (words, length, width)
    found = nn.functional.embedding_bag(windows.reshape(-1, width), table, mode="sum")
    found = found.view(words, length, -1)
    # What begins on padding is left out; rectified values are never below 0.
    padding = (characters == PADDING_ID)[..., None]
    return found.masked_fill(padding, torch.finfo(found.dtype).min).amax(1)
