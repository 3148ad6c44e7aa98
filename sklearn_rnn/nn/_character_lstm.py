"""Words read by an LSTM over their characters."""

import torch
from torch import Tensor, nn

from sklearn_rnn.data import PADDING_ID
from sklearn_rnn.nn._characters import character_table, read_by_length
from sklearn_rnn.nn._recurrent import RecurrentStack

__all__ = ["CharacterLSTM"]

# At prediction words are padded to a multiple of so many: matrix products of a multiple of 8 rows
# give each row the same bits whatever the other rows are.
_ROWS = 8


class CharacterLSTM(nn.Module):
    """Read words by an LSTM over their characters, from both ends.

    A word's vector is where both directions arrive: the forward one at its last character, the
    backward one at its first (Lample et al., "Neural Architectures for Named Entity Recognition",
    2016, section 4.1). Each word of a batch is read once, however often it occurs.

    Parameters
    ----------
    n_characters : int
        Rows of the table of characters, padding (0) among them.
    embedding_dim : int, default=32
        Columns of that table.
    hidden_size : int, default=80
        Units of each direction.
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    output_size : int
        Twice ``hidden_size``.

    See Also
    --------
    CharacterEncoder : Reads words by convolutions, which is faster.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import CharacterLSTM
    >>> encoder = CharacterLSTM(30, hidden_size=8, generator=torch.Generator().manual_seed(0))
    >>> words = torch.tensor([[3, 4, 5], [6, 7, 0]])  # two words, the second of two characters
    >>> encoder(words).shape, encoder.output_size
    (torch.Size([2, 16]), 16)
    """

    def __init__(
        self,
        n_characters: int,
        embedding_dim: int = 32,
        hidden_size: int = 80,
        *,
        generator: torch.Generator,
    ):
        super().__init__()
        self.weight = character_table(n_characters, embedding_dim, generator)
        self.recurrent = RecurrentStack(
            embedding_dim, hidden_size, bidirectional=True, generator=generator
        )
        self.output_size = self.recurrent.output_size

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
        return read_by_length(characters, self._read)

    def _read(self, characters):
        n_words = len(characters)
        if not self.training and n_words % _ROWS:
            spare = characters[-1:].expand(-n_words % _ROWS, -1)
            characters = torch.cat([characters, spare])
        lengths = (characters != PADDING_ID).sum(1)
        vectors = nn.functional.embedding(characters, self.weight, padding_idx=PADDING_ID)
        return self.recurrent.last(vectors, lengths)[:n_words]
