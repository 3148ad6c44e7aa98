"""The network of RNNForecaster."""

import torch
from torch import Tensor, nn

from sklearn_rnn.modules._forecast_input import ForecastInput
from sklearn_rnn.modules._forecast_plan import DECODERS, ForecastPlan
from sklearn_rnn.nn import (
    LinearSkip,
    MLPDecoder,
    ParallelDecoder,
    RecurrentStack,
    RecursiveDecoder,
    build_head,
    last_observed,
    weighted_mean,
)

__all__ = ["ForecastingNetwork"]

# The decoder begins by adding next to nothing to the linear skip, or to the centre of the window:
# from a forecast that is good at once, training goes faster and ends better.
_HEAD_SCALE = 0.01


class ForecastingNetwork(nn.Module):
    """A window of the past to the next ``horizon`` values.

    The recurrent stack reads the window, several steps at once; its final state, and what is known
    of the future, is all that the decoder reads, so that every step ahead depends on every value
    of the window.

    Parameters
    ----------
    plan : ForecastPlan
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    head : PointHead, QuantileHead or DistributionHead
        What the outputs mean.

    Raises
    ------
    ValueError
        If the window is no multiple of the segment, or there is no such decoder or loss.
    """

    per_step = False
    score_name = None

    def __init__(self, plan: ForecastPlan, *, generator: torch.Generator):
        super().__init__()
        _check_plan(plan)
        self.plan = plan
        self.head = build_head(plan.loss, plan.loss_params, plan.quantiles)
        self.input = ForecastInput(plan, generator=generator)
        self.recurrent = RecurrentStack(
            plan.hidden_size,
            plan.hidden_size,
            cell=plan.cell,
            num_layers=plan.num_layers,
            dropout=plan.dropout,
            residual=plan.residual,
            generator=generator,
        )
        skip = _build_skip(plan, generator) if plan.linear_skip else None
        recursive = plan.decoder == "recursive"
        self.decoder = _build_decoder(
            plan, self.head, self.input.future, skip if recursive else None, generator
        )
        self.skip = None if recursive else skip
        with torch.no_grad():
            self.decoder.head.weight.mul_(_HEAD_SCALE)

    def forward(
        self,
        values: Tensor,
        lengths: None = None,
        *,
        observed: Tensor,
        scale: Tensor | None = None,
        teacher: Tensor | None = None,
        **columns,
    ) -> Tensor:
        """Give the outputs of the head: ``(batch, horizon, n_outputs)``.

        Parameters
        ----------
        values : Tensor of shape (batch, window)
            Scaled, 0 where nothing was observed.
        lengths : None
            Every window fills its row.
        observed : Tensor of shape (batch, window), bool
        scale : Tensor of shape (batch,) or None
            That of each window, which counts are multiplied by.
        teacher : Tensor of shape (batch, horizon) or None
            The target, which a recursive decoder reads in training, and only then.
        **columns
            ``calendar`` (batch, window + horizon, n_calendar), of no columns where there is none: a
            recursive decoder goes on as far as it reaches. ``known``, ``known_codes`` (batch,
            window + horizon, columns), ``past``, ``past_codes`` (batch, window, columns),
            ``static``, ``static_codes`` (batch, columns), where the plan has them.
        """
        state, future = self._read(values, observed, columns)
        if self.plan.decoder == "recursive":
            teacher = teacher if self.training else None
            return self._recurse(state, future, values, observed, scale, teacher)
        raw = self.decoder(state, future)
        if self.skip is not None:
            raw = self.skip.add_to(raw, self.skip(values))
        return self.head.outputs(raw, scale)

    def loss(self, outputs: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        """The head's loss against the target ``(batch, horizon)``; NaN is left out.

        ``weight`` is that of each window, ``(batch,)``, or of each target.
        """
        observed = target.isfinite()
        losses = self.head.losses(outputs, torch.where(observed, target, 0))
        losses = torch.where(observed, losses, 0) / self.plan.observed_share
        if weight is not None and weight.ndim == 1:
            losses = losses.mean(1)
        return weighted_mean(losses, weight)

    def decide(self, outputs: Tensor) -> Tensor:
        """Give the forecast: ``(batch, horizon)``, in the scale of the outputs."""
        return self.head.point(outputs)

    def _read(self, values, observed, columns):
        """Give the final state and what is known of each step ahead."""
        segments, future = self.input(values, observed, **columns)
        return self.recurrent.last(segments, None), future

    def _recurse(self, state, future, values, observed, scale, teacher):
        """Run the recursive decoder, which reads its own forecasts in scaled units."""
        last = last_observed(values, observed)
        values = torch.cat([values[:, :-1], last[:, None].to(values.dtype)], dim=1)

        def feedback(raw, step):
            point = self.head.point(self.head.outputs(raw[:, None], scale))[:, 0]
            return point / scale if self.head.counts else point

        raw = self.decoder(state, future, values, feedback, teacher)
        return self.head.outputs(raw, scale)


def _build_skip(plan, generator):
    horizon = 1 if plan.decoder == "recursive" else plan.horizon
    return LinearSkip(
        plan.window,
        horizon,
        season=plan.skip_season,
        n_seasons=plan.skip_seasons,
        generator=generator,
    )


def _build_decoder(plan, head, future, skip, generator):
    options = {"future": future, "dropout": plan.dropout, "generator": generator}
    sizes = (plan.hidden_size, head.n_outputs)
    if plan.decoder == "recursive":
        return RecursiveDecoder(*sizes, skip=skip, **options)
    if plan.decoder == "mlp":
        return MLPDecoder(*sizes, horizon=plan.horizon, **options)
    segment = min(plan.segment, plan.horizon)
    return ParallelDecoder(*sizes, horizon=plan.horizon, segment=segment, **options)


def _check_plan(plan):
    if plan.window % plan.segment:
        raise ValueError(
            f"the window must be a multiple of the segment, but window={plan.window} and "
            f"segment={plan.segment}; take window={-(-plan.window // plan.segment) * plan.segment}."
        )
    if plan.decoder not in DECODERS:
        raise ValueError(f"decoder must be one of {DECODERS}, but it is {plan.decoder!r}.")
