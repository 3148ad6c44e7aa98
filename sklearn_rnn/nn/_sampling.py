"""Which tokens may come next, and how probable each then is."""

import torch
from torch import Tensor

__all__ = ["keep_likely"]


def keep_likely(
    log_probabilities: Tensor,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Tensor:
    """Sharpen or flatten probabilities, and drop what is unlikely.

    Parameters
    ----------
    log_probabilities : Tensor of shape (n, n_tokens)
        Of any sum; -inf forbids a token.
    temperature : float, default=1.0
        What the logarithms are divided by, first of all.
    top_k : int or None, default=None
        How many tokens may come; of equally probable ones those of lower ids.
    top_p : float or None, default=None
        The fewest tokens whose probabilities add up to this may come, after ``top_k`` (Holtzman
        et al., "The Curious Case of Neural Text Degeneration", 2020, section 3.1).

    Returns
    -------
    Tensor of shape (n, n_tokens)
        Probabilities, each row of the sum 1.

    See Also
    --------
    sklearn_rnn.RNNLanguageModel.sample : Draws from what is left.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import keep_likely
    >>> keep_likely(torch.tensor([[0.5, 0.3, 0.2]]).log(), top_k=2)
    tensor([[0.6250, 0.3750, 0.0000]])
    """
    below_best = log_probabilities - log_probabilities.amax(1, keepdim=True)
    probabilities = (below_best / temperature).softmax(1)  # the lowest temperatures leave the best
    if top_k is None and top_p is None:
        return probabilities
    ordered, order = probabilities.sort(dim=1, descending=True, stable=True)
    if top_k is not None:
        ordered[:, top_k:] = 0
    if top_p is not None:
        ordered = ordered / ordered.sum(1, keepdim=True)
        ordered[ordered.cumsum(1) - ordered >= top_p] = 0
    kept = torch.zeros_like(probabilities).scatter_(1, order, ordered)
    return kept / kept.sum(1, keepdim=True)
