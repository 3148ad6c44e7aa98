"""From a state to the probabilities of the next token."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._linear import Linear, linear_like

__all__ = ["AdaptiveSoftmax", "TokenSoftmax", "build_softmax"]

# A cluster of rarer tokens is told apart by so many times fewer numbers than the one before it.
_NARROWER = 4


class TokenSoftmax(nn.Module):
    """A linear layer to one score a token, and the softmax.

    Parameters
    ----------
    input_size : int
        The width of a state.
    n_tokens : int
        How many tokens there are.
    table_size : int or None, default=None
        The width of the vectors of tokens, if these are also the weights here (Press and Wolf,
        "Using the Output Embedding to Improve Language Models", 2017). The methods are given
        them as ``table`` then, else None. States of another width are projected.
    generator : torch.Generator
        What the weights are drawn from.
    """

    def __init__(
        self,
        input_size: int,
        n_tokens: int,
        *,
        table_size: int | None = None,
        generator: torch.Generator,
    ):
        super().__init__()
        self.n_tokens = n_tokens
        self.project = _projection(input_size, table_size, generator)
        self.weight = None
        if table_size is None:
            self.weight = _matrix(n_tokens, input_size, generator)
        self.bias = nn.Parameter(torch.zeros(n_tokens, dtype=torch.float32))

    def loss(
        self,
        states: Tensor,
        target: Tensor,
        table: Tensor | None = None,
        *,
        smoothing: float = 0.0,
    ) -> Tensor:
        """Negative log-likelihood of each token: ``(n, input_size), (n,) -> (n,)``.

        It is computed in the type of the states, and no lower one than float32 where sums are
        taken. ``smoothing`` is how much of the target's probability is spread evenly over all
        tokens (Szegedy et al., "Rethinking the Inception Architecture", 2016, section 7).
        """
        scores = _at_least_float32(self.scores(states, table))
        return nn.functional.cross_entropy(
            scores, target, reduction="none", label_smoothing=smoothing
        )

    def log_probabilities(self, states: Tensor, table: Tensor | None = None) -> Tensor:
        """``(n, input_size) -> (n, n_tokens)``, in the type of the states."""
        return self.scores(states, table).log_softmax(1)

    def scores(self, states: Tensor, table: Tensor | None = None) -> Tensor:
        """Give what the softmax is taken of: ``(n, input_size) -> (n, n_tokens)``."""
        weight = self.weight if table is None else table
        return linear_like(_project(self.project, states), weight, self.bias)


class AdaptiveSoftmax(nn.Module):
    """A softmax over the frequent tokens, and over clusters of the rarer ones within it.

    A cluster costs time only where one of its tokens comes (Grave et al., "Efficient softmax
    approximation for GPUs", 2017). The probabilities of all tokens add up to 1.

    Parameters
    ----------
    input_size, n_tokens, table_size, generator
        As :class:`TokenSoftmax` takes them; the ids go by falling frequency. Weights that are not
        those of the vectors of tokens are four times narrower from one cluster to the next.
    cutoffs : tuple of int
        The first id of each cluster.
    """

    def __init__(
        self,
        input_size: int,
        n_tokens: int,
        cutoffs: tuple[int, ...],
        *,
        table_size: int | None = None,
        generator: torch.Generator,
    ):
        super().__init__()
        self.n_tokens = n_tokens
        self.project = _projection(input_size, table_size, generator)
        width = input_size if table_size is None else table_size
        self.bounds = list(zip(cutoffs, (*cutoffs[1:], n_tokens), strict=True))
        self.n_frequent = cutoffs[0]
        self.clusters = _matrix(len(cutoffs), width, generator)
        self.head_bias = nn.Parameter(torch.zeros(cutoffs[0] + len(cutoffs), dtype=torch.float32))
        self.tail_biases = nn.ParameterList(
            nn.Parameter(torch.zeros(stop - start, dtype=torch.float32))
            for start, stop in self.bounds
        )
        self.head = self.narrow = self.tails = None
        if table_size is None:
            widths = [max(1, width // _NARROWER**i) for i in range(1, len(cutoffs) + 1)]
            self.head = _matrix(cutoffs[0], width, generator)
            self.narrow = nn.ParameterList(_matrix(size, width, generator) for size in widths)
            self.tails = nn.ParameterList(
                _matrix(stop - start, size, generator)
                for (start, stop), size in zip(self.bounds, widths, strict=True)
            )

    def loss(self, states: Tensor, target: Tensor, table: Tensor | None = None) -> Tensor:
        """Negative log-likelihood of each token, as :class:`TokenSoftmax` gives it."""
        states = _project(self.project, states)
        head_target = target
        for i, (start, stop) in enumerate(self.bounds):
            within = (target >= start) & (target < stop)
            head_target = torch.where(within, self.n_frequent + i, head_target)
        losses = _cross_entropy(self._head_scores(states, table), head_target)
        for i, (start, stop) in enumerate(self.bounds):
            rows = torch.nonzero((target >= start) & (target < stop)).squeeze(1)
            if len(rows):
                scores = self._tail_scores(i, states[rows], table)
                losses = losses.index_add(0, rows, _cross_entropy(scores, target[rows] - start))
        return losses

    def log_probabilities(self, states: Tensor, table: Tensor | None = None) -> Tensor:
        """``(n, input_size) -> (n, n_tokens)``, in the type of the states."""
        states = _project(self.project, states)
        head = self._head_scores(states, table).log_softmax(1)
        parts = [head[:, : self.n_frequent]]
        for i in range(len(self.bounds)):
            within = self._tail_scores(i, states, table).log_softmax(1)
            parts.append(within + head[:, self.n_frequent + i, None])
        return torch.cat(parts, dim=1)

    def _head_scores(self, states, table):
        frequent = self.head if table is None else table[: self.n_frequent]
        return linear_like(states, torch.cat([frequent, self.clusters]), self.head_bias)

    def _tail_scores(self, i, states, table):
        start, stop = self.bounds[i]
        if table is not None:
            return linear_like(states, table[start:stop], self.tail_biases[i])
        narrow = linear_like(states, self.narrow[i], None)
        return linear_like(narrow, self.tails[i], self.tail_biases[i])


def build_softmax(
    input_size: int,
    n_tokens: int,
    *,
    cutoffs: tuple[int, ...] | None,
    table_size: int | None,
    generator: torch.Generator,
) -> TokenSoftmax | AdaptiveSoftmax:
    """Build the softmax over all tokens at once, or over clusters where there are cutoffs."""
    options = {"table_size": table_size, "generator": generator}
    if cutoffs is None:
        return TokenSoftmax(input_size, n_tokens, **options)
    return AdaptiveSoftmax(input_size, n_tokens, cutoffs, **options)


def _projection(input_size, table_size, generator):
    if table_size in (None, input_size):
        return None
    return Linear(input_size, table_size, generator=generator)


def _project(layer, states):
    return states if layer is None else linear_like(states, layer.weight, layer.bias)


def _matrix(rows, columns, generator):
    weight = torch.empty(rows, columns, dtype=torch.float32)
    return nn.Parameter(weight.normal_(std=columns**-0.5, generator=generator))


def _cross_entropy(scores, target):
    return nn.functional.cross_entropy(_at_least_float32(scores), target, reduction="none")


def _at_least_float32(scores):
    return scores if scores.dtype == torch.float64 else scores.float()
