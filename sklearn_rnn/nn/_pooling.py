"""The states of a sequence to one vector; padding never takes part."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._linear import Linear
from sklearn_rnn.nn._masking import first_step, last_step, lengths_to_mask
from sklearn_rnn.nn._precision import at_least_float32, exact_dtype, without_autocast

__all__ = ["POOLINGS", "AttentionPooling", "LastPooling", "MaxPooling", "MeanPooling"]


class LastPooling(nn.Module):
    """The state after the whole sequence was read, in each direction.

    Forward that is the state of the last real step, backward that of the first one.

    Parameters
    ----------
    size : int
        The width of a state, of both directions together.
    bidirectional : bool
        Whether the second half of a state is that of the backward direction.
    generator : torch.Generator
        Not used.

    See Also
    --------
    sklearn_rnn.RNNClassifier : Takes it as ``pooling="last"``.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import LastPooling
    >>> pool = LastPooling(1, bidirectional=False, generator=torch.Generator())
    >>> states = torch.tensor([[[1.0], [5.0], [3.0], [9.0]]])
    >>> pool(states, torch.tensor([3]))
    tensor([[3.]])
    """

    def __init__(self, size: int, *, bidirectional: bool, generator: torch.Generator):
        super().__init__()
        self.forward_size = size // 2 if bidirectional else size

    def forward(self, states: Tensor, lengths: Tensor | None) -> Tensor:
        """Make one vector of the states of each sequence.

        Parameters
        ----------
        states : Tensor of shape (batch, time, size)
            Right-padded.
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row.

        Returns
        -------
        Tensor of shape (batch, size)
            One vector a sequence.
        """
        ahead = last_step(states[..., : self.forward_size], lengths)
        back = first_step(states[..., self.forward_size :])
        return torch.cat([ahead, back], dim=-1)


class MeanPooling(nn.Module):
    """The mean of the states of all real steps.

    Parameters
    ----------
    size : int
        The width of a state, of both directions together.
    bidirectional : bool
        Whether the second half of a state is that of the backward direction.
    generator : torch.Generator
        Not used.

    See Also
    --------
    sklearn_rnn.RNNClassifier : Takes it as ``pooling="mean"``.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import MeanPooling
    >>> pool = MeanPooling(1, bidirectional=False, generator=torch.Generator())
    >>> states = torch.tensor([[[1.0], [5.0], [3.0], [9.0]]])
    >>> pool(states, torch.tensor([3]))
    tensor([[3.]])
    """

    def __init__(self, size: int, *, bidirectional: bool, generator: torch.Generator):
        super().__init__()

    def forward(self, states: Tensor, lengths: Tensor | None) -> Tensor:
        """Make one vector of the states of each sequence.

        Parameters
        ----------
        states : Tensor of shape (batch, time, size)
            Right-padded.
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row.

        Returns
        -------
        Tensor of shape (batch, size)
            One vector a sequence.
        """
        exact, result = exact_dtype(states, self.training), at_least_float32(states)
        if lengths is None:
            return states.to(exact).mean(1).to(result)
        mask = lengths_to_mask(lengths, states.shape[1])
        sums = (states * mask[..., None]).to(exact).sum(1)
        return (sums / lengths[:, None]).to(result)


class MaxPooling(nn.Module):
    """The largest value of each unit over all real steps.

    Parameters
    ----------
    size : int
        The width of a state, of both directions together.
    bidirectional : bool
        Whether the second half of a state is that of the backward direction.
    generator : torch.Generator
        Not used.

    See Also
    --------
    sklearn_rnn.RNNClassifier : Takes it as ``pooling="max"``.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import MaxPooling
    >>> pool = MaxPooling(1, bidirectional=False, generator=torch.Generator())
    >>> states = torch.tensor([[[1.0], [5.0], [3.0], [9.0]]])
    >>> pool(states, torch.tensor([3]))
    tensor([[5.]])
    """

    def __init__(self, size: int, *, bidirectional: bool, generator: torch.Generator):
        super().__init__()

    def forward(self, states: Tensor, lengths: Tensor | None) -> Tensor:
        """Make one vector of the states of each sequence.

        Parameters
        ----------
        states : Tensor of shape (batch, time, size)
            Right-padded.
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row.

        Returns
        -------
        Tensor of shape (batch, size)
            One vector a sequence.
        """
        if lengths is not None:
            mask = lengths_to_mask(lengths, states.shape[1])
            states = states.masked_fill(~mask[..., None], -torch.inf)
        return states.amax(1)


class AttentionPooling(nn.Module):
    """A mean of the states, each weighted by a learned score of what it holds.

    ``score = v . tanh(W state + b)``, softmax over the real steps (Yang et al., "Hierarchical
    Attention Networks for Document Classification", 2016, eq. 5-7). It begins as the mean.

    Parameters
    ----------
    size : int
        The width of a state, of both directions together.
    bidirectional : bool
        Whether the second half of a state is that of the backward direction.
    generator : torch.Generator
        What W is drawn from; v begins at zero.

    See Also
    --------
    sklearn_rnn.RNNClassifier : Takes it as ``pooling="attention"``.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import AttentionPooling
    >>> pool = AttentionPooling(1, bidirectional=False, generator=torch.Generator())
    >>> states = torch.tensor([[[1.0], [5.0], [3.0], [9.0]]])
    >>> pool(states, torch.tensor([3])).detach()
    tensor([[3.]])
    """

    def __init__(self, size: int, *, bidirectional: bool, generator: torch.Generator):
        super().__init__()
        self.projection = Linear(size, size, generator=generator)
        self.query = nn.Parameter(torch.zeros(size, dtype=torch.float32))  # begins as the mean

    def forward(self, states: Tensor, lengths: Tensor | None) -> Tensor:
        """Make one vector of the states of each sequence.

        Parameters
        ----------
        states : Tensor of shape (batch, time, size)
            Right-padded.
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row.

        Returns
        -------
        Tensor of shape (batch, size)
            One vector a sequence.
        """
        exact, scores = self.score(states)
        with without_autocast(states):
            pooled = torch.einsum("bt,bth->bh", _softmax(scores, lengths), exact)
        return pooled.to(at_least_float32(states))

    def weights(self, states: Tensor, lengths: Tensor | None) -> Tensor:
        """Give the weight of each step.

        Parameters
        ----------
        states : Tensor of shape (batch, time, size)
            Right-padded.
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row.

        Returns
        -------
        Tensor of shape (batch, time)
            They add up to 1, and are zero at padding.
        """
        with without_autocast(states):
            return _softmax(self.score(states)[1], lengths)

    def score(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Give the states and the score of each, before the softmax.

        Parameters
        ----------
        states : Tensor of shape (batch, time, size)
            Right-padded.

        Returns
        -------
        states : Tensor of shape (batch, time, size)
            The same, in float64 at prediction.
        scores : Tensor of shape (batch, time)
            At padding they mean nothing.
        """
        exact = exact_dtype(states, self.training)
        found = self.projection(states).tanh().to(exact)
        with without_autocast(states):
            return states.to(exact), found @ self.query.to(exact)


def _softmax(scores, lengths):
    """Softmax over the real steps."""
    if lengths is not None:
        scores = scores.masked_fill(~lengths_to_mask(lengths, scores.shape[1]), -torch.inf)
    return scores.softmax(1)


POOLINGS: dict[str, type[nn.Module]] = {
    "last": LastPooling,
    "mean": MeanPooling,
    "max": MaxPooling,
    "attention": AttentionPooling,
}
