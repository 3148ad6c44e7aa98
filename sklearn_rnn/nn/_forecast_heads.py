"""What a forecast says of each step ahead, by the name of its loss."""

from collections.abc import Sequence

from sklearn_rnn.nn._distribution_head import DistributionHead
from sklearn_rnn.nn._distributions import DISTRIBUTIONS
from sklearn_rnn.nn._point_head import PointHead
from sklearn_rnn.nn._quantile_head import QuantileHead

__all__ = ["FORECAST_LOSSES", "POINT_LOSSES", "build_head"]

POINT_LOSSES = ("absolute_error", "squared_error", "huber")
FORECAST_LOSSES = (*POINT_LOSSES, "quantile", *DISTRIBUTIONS)


def build_head(
    loss: str,
    loss_params: dict[str, float] | None = None,
    quantiles: Sequence[float] = (),
) -> PointHead | QuantileHead | DistributionHead:
    """Give the head of a loss.

    A head has no weights: it reads the outputs of a network. ``outputs(raw, scale)`` bounds them,
    ``losses(outputs, target)`` compares them; ``point``, ``mean``, ``quantiles`` and ``sample``
    say what they mean.

    Parameters
    ----------
    loss : str
        One of ``FORECAST_LOSSES``.
    loss_params : dict or None
        ``delta`` of "huber".
    quantiles : sequence of float
        The levels of "quantile".

    Raises
    ------
    ValueError
        If there is no such loss, or the quantiles are none.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import build_head
    >>> head = build_head("quantile", quantiles=(0.1, 0.5, 0.9))
    >>> outputs = head.outputs(torch.zeros(1, 1, 3), None)
    >>> outputs.round(decimals=2)
    tensor([[[-0.6400,  0.0000,  0.6400]]])
    """
    if loss in POINT_LOSSES:
        return PointHead(loss, loss_params)
    if loss == "quantile":
        return QuantileHead(quantiles)
    if loss in DISTRIBUTIONS:
        return DistributionHead(loss)
    raise ValueError(f"loss must be one of {', '.join(FORECAST_LOSSES)}, but it is {loss!r}.")
