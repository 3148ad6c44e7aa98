"""What a decoder reads of the source while it writes."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._linear import Linear, linear_like
from sklearn_rnn.nn._masking import lengths_to_mask
from sklearn_rnn.nn._precision import at_least_float32, exact_dtype, without_autocast

__all__ = ["ATTENTIONS", "AdditiveAttention", "Memory", "MultiplicativeAttention", "WholeSource"]


# Prediction holds queries against all steps of the sources in parts of so many numbers.
_NUMBERS = 1 << 24


class Memory(NamedTuple):
    """What is known of a batch of sources before the first query.

    ``values`` are the states ``(batch, source, width)``, ``keys`` what queries are held against
    ``(batch, source, size)``, or None where nothing is; ``real`` ``(batch, source)`` is False at
    padding, None where there is none. At prediction all numbers are float64.
    """

    values: Tensor
    keys: Tensor | None
    real: Tensor | None

    def take(self, rows: Tensor) -> "Memory":
        """Give the memory of some of the sources."""
        return Memory(*(None if part is None else part[rows] for part in self))


class _Attention(nn.Module):
    """A mean of the states, weighted for each query by a softmax over the real steps.

    Parameters
    ----------
    query_size : int
        The width of a query.
    value_size : int
        The width of a state of the source.
    generator : torch.Generator
        What the weights are drawn from.
    """

    def remember(self, states: Tensor, lengths: Tensor | None, summary: Tensor) -> Memory:
        """Prepare the states of the sources for any query.

        Parameters
        ----------
        states : Tensor of shape (batch, source, value_size)
            Right-padded.
        lengths : Tensor of shape (batch,), int64, or None
            None means that every source fills its row.
        summary : Tensor of shape (batch, width)
            Not used; what stands for the source where there is no attention.

        Returns
        -------
        Memory
            What ``forward`` holds queries against.
        """
        values = states.to(exact_dtype(states, self.training))
        real = None if lengths is None else lengths_to_mask(lengths, states.shape[1])
        return Memory(values, linear_like(values, self.of_values.weight), real)

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Give the means and their weights.

        Parameters
        ----------
        queries : Tensor of shape (batch, target, query_size)
            What is asked, for each step of the target.
        memory : Memory
            That of as many sources.

        Returns
        -------
        context : Tensor of shape (batch, target, value_size)
            The mean of the states, for each query.
        weights : Tensor of shape (batch, target, source)
            They add up to 1 over the real steps, and are zero at padding.
        """
        scores = self._scores(queries.to(memory.values.dtype), memory.keys)
        if memory.real is not None:
            scores = scores.masked_fill(~memory.real[:, None], -torch.inf)
        weights = scores.to(at_least_float32(scores)).softmax(2)
        return torch.bmm(weights.to(memory.values.dtype), memory.values), weights


class MultiplicativeAttention(_Attention):
    """Attention whose scores are products of the query and a linear map of the state.

    ``score = query . W state`` (Luong et al., "Effective Approaches to Attention-based Neural
    Machine Translation", 2015, eq. 8, "general").

    Parameters
    ----------
    query_size : int
        The width of a query.
    value_size : int
        The width of a state of the source.
    generator : torch.Generator
        What the weights are drawn from.

    See Also
    --------
    AdditiveAttention : Scores by a small network, more slowly.
    sklearn_rnn.RNNSeq2Seq : Takes it as ``attention_type="multiplicative"``.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import MultiplicativeAttention
    >>> attention = MultiplicativeAttention(4, 6, generator=torch.Generator().manual_seed(0))
    >>> source, lengths = torch.ones(2, 5, 6), torch.tensor([5, 3])
    >>> memory = attention.remember(source, lengths, summary=source[:, 0])
    >>> context, weights = attention(torch.ones(2, 1, 4), memory)
    >>> context.shape, weights.shape
    (torch.Size([2, 1, 6]), torch.Size([2, 1, 5]))
    """

    def __init__(self, query_size: int, value_size: int, *, generator: torch.Generator):
        super().__init__()
        self.of_values = Linear(value_size, query_size, bias=False, generator=generator)

    def _scores(self, queries, keys):
        return torch.bmm(queries, keys.transpose(1, 2))


class AdditiveAttention(_Attention):
    """Attention whose scores are those of a small network that reads query and state.

    ``score = v . tanh(W query + U state)`` (Bahdanau et al., "Neural Machine Translation by Jointly
    Learning to Align and Translate", 2015, appendix A.1.2).

    Parameters
    ----------
    query_size : int
        The width of a query.
    value_size : int
        The width of a state of the source.
    generator : torch.Generator
        What the weights are drawn from.

    See Also
    --------
    MultiplicativeAttention : Scores by one product, faster.
    sklearn_rnn.RNNSeq2Seq : Takes it as ``attention_type="additive"``.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import AdditiveAttention
    >>> attention = AdditiveAttention(4, 6, generator=torch.Generator().manual_seed(0))
    >>> source, lengths = torch.ones(2, 5, 6), torch.tensor([5, 3])
    >>> memory = attention.remember(source, lengths, summary=source[:, 0])
    >>> context, weights = attention(torch.ones(2, 1, 4), memory)
    >>> context.shape, weights.shape
    (torch.Size([2, 1, 6]), torch.Size([2, 1, 5]))
    """

    def __init__(self, query_size: int, value_size: int, *, generator: torch.Generator):
        super().__init__()
        self.of_values = Linear(value_size, query_size, bias=False, generator=generator)
        self.of_queries = Linear(query_size, query_size, generator=generator)
        vector = torch.empty(query_size, dtype=torch.float32)
        self.vector = nn.Parameter(vector.normal_(std=query_size**-0.5, generator=generator))

    def _scores(self, queries, keys):
        asked = linear_like(queries, self.of_queries.weight, self.of_queries.bias)
        if self.training:
            return self._compare(asked, keys)
        parts = asked.split(max(1, _NUMBERS // keys.numel()), dim=1)
        return torch.cat([self._compare(part, keys) for part in parts], dim=1)

    def _compare(self, asked, keys):
        found = (asked[:, :, None] + keys[:, None]).tanh()  # (batch, target, source, size)
        with without_autocast(found):
            return found @ self.vector.to(found.dtype)


class WholeSource(nn.Module):
    """No attention: every query is given the summary of the whole source.

    Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine
    Translation", 2014, section 2.2.
    """

    def __init__(self, query_size: int, value_size: int, *, generator: torch.Generator):
        super().__init__()

    def remember(self, states: Tensor, lengths: Tensor | None, summary: Tensor) -> Memory:
        """Keep the summaries ``(batch, width)``."""
        return Memory(summary[:, None].to(exact_dtype(summary, self.training)), None, None)

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, None]:
        """Give the summary to each query ``(batch, target, size)``; there are no weights."""
        return memory.values.expand(-1, queries.shape[1], -1), None


ATTENTIONS: dict[str | None, type[nn.Module]] = {
    "additive": AdditiveAttention,
    "multiplicative": MultiplicativeAttention,
    None: WholeSource,
}
