"""The plan of a forecaster's network."""

from collections.abc import Callable
from typing import NamedTuple

from torch import nn

__all__ = ["DECODERS", "ForecastPlan"]

DECODERS = ("parallel", "mlp", "recursive")


class ForecastPlan(NamedTuple):
    """What a forecaster's network is built from; all sizes are known.

    It reads ``window`` steps, a multiple of ``segment``, ``segment`` at a time, and gives
    ``horizon`` steps, in segments as well where the decoder is "parallel". ``loss``, its
    ``loss_params`` and ``quantiles`` are those of :func:`sklearn_rnn.nn.build_head`.

    ``n_past`` and ``n_known`` are numbers a step, known ones also of the future, as are the
    ``n_calendar`` ones, which a segment reads of its first step alone. ``past_codes`` and
    ``known_codes`` are the sizes of the embeddings of categories a step, ``n_static`` and
    ``static_codes`` belong to each series. A size is the number of categories and two more, for
    padding and for unknown ones. Each is embedded in the width that fits it, at most
    ``widest_embedding``; in training, a category is read as unknown with the probability
    ``unknown_dropout``.
    Where ``masked``, the network is told which values are missing.

    ``linear_skip`` adds a linear map of the scaled window to the forecast, which begins at the
    mean of ``skip_seasons`` seasonal naive forecasts of the length ``skip_season``, or at zero.
    Where ``linear_blend``, the network's forecast is averaged with least squares.
    ``observed_share`` is the share of target values that are not missing, so that the loss is one
    of a full window.
    """

    window: int
    horizon: int
    segment: int = 1
    cell: str | Callable[..., nn.Module] = "gru"
    hidden_size: int = 128
    num_layers: int = 1
    dropout: float = 0.0
    residual: bool = False
    decoder: str = "parallel"
    loss: str = "absolute_error"
    loss_params: dict[str, float] | None = None
    quantiles: tuple[float, ...] = ()
    linear_skip: bool = True
    skip_season: int | None = None
    skip_seasons: int = 1
    linear_blend: bool = False
    masked: bool = True
    n_past: int = 0
    n_known: int = 0
    n_calendar: int = 0
    past_codes: tuple[int, ...] = ()
    known_codes: tuple[int, ...] = ()
    n_static: int = 0
    static_codes: tuple[int, ...] = ()
    widest_embedding: int = 16
    unknown_dropout: float = 0.02
    observed_share: float = 1.0
