"""What a decoder reads in training: the target, or now and then its own words."""

import torch
from torch import Tensor

from sklearn_rnn.data import PADDING_ID
from sklearn_rnn.nn._dropout import SeededModule

__all__ = ["MixedTokens"]


class MixedTokens(SeededModule):
    """Put tokens that a network has written into the place of some of a target's.

    Bengio et al., "Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks",
    2015.
    """

    def forward(self, target: Tensor, written: Tensor, rate: float) -> Tensor:
        """Give ids of either kind, padding where the target has it.

        Parameters
        ----------
        target, written : Tensor of shape (batch, time)
            An end is never put in.
        rate : float
            How probable it is that a token is that which was written.
        """
        chance = torch.empty(target.shape, dtype=torch.float32, device=target.device)
        own = chance.uniform_(generator=self.generator) < rate
        own &= (target != PADDING_ID) & (written != PADDING_ID)
        return torch.where(own, written, target)
