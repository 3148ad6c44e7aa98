"""From series and parameters to the plan of a forecaster's network."""

import numpy as np

from sklearn_rnn.data import SeriesPanel
from sklearn_rnn.estimators._forecaster_defaults import (
    AUTO_FORECAST_PARAMETERS,
    COUNT_LOSSES,
    ForecastTraits,
    is_much,
    is_short,
    least_history,
    resolve_forecast_parameters,
)
from sklearn_rnn.modules import ForecastPlan
from sklearn_rnn.nn import POINT_LOSSES
from sklearn_rnn.training import WindowScalers

__all__ = [
    "calendar_columns",
    "choose_forecast_parameters",
    "knows_ids",
    "plan_network",
    "series_codes",
    "series_means",
    "traits_of",
    "year_length",
]

# What a network that is there cannot change any more.
NETWORK_PARAMETERS = (
    "horizon",
    "window",
    "calendar",
    "scaling",
    "log",
    "difference",
    "segment",
    "decoder",
    "hidden_size",
    "n_networks",
    "dropout",
    "loss",
)
_SEASONS_OF_SKIP = 4
_ENOUGH_YEARS = 2


def traits_of(panel: SeriesPanel) -> ForecastTraits:
    """Say what the series of a panel are like."""
    seen = panel.target[~np.isnan(panel.target)]
    return ForecastTraits(
        season_length=panel.axis.season_length,
        seasons=panel.axis.seasons,
        n_series=panel.n_series,
        n_values=len(seen),
        length=int(np.median(panel.lengths)),
        is_positive=bool(len(seen) and seen.min() > 0),
    )


def year_length(panel: SeriesPanel) -> int | None:
    """Give how many rows a year has, None where the axis knows no years."""
    if panel.axis.kind not in ("datetime", "period"):
        return None
    first = int(panel.starts[0])
    times = panel.axis.from_ticks(np.array([first, first + 1000]))
    times = times.to_timestamp() if panel.axis.kind == "period" else times
    days = (times[1] - times[0]).total_seconds() / 86400
    return max(1, round(365.25 * 1000 / days))


def calendar_columns(panel: SeriesPanel) -> tuple[int, ...]:
    """Give which columns of the calendar are read: the day of the year only where it comes again.

    Of a shorter history a network learns the dates by heart.
    """
    year = year_length(panel)
    again = year is not None and np.median(panel.lengths) >= _ENOUGH_YEARS * year
    names = panel.axis.calendar_names
    return tuple(i for i, name in enumerate(names) if again or "day_of_year" not in name)


def choose_forecast_parameters(estimator, panel: SeriesPanel, *, reset: bool, keep_auto=False):
    """Resolve what is "auto" and keep it as ``<name>_``; a network that is there stays.

    Parameters
    ----------
    estimator : RNNForecaster
    panel : SeriesPanel
        The training data.
    reset : bool
        Whether a new network is planned.
    keep_auto : bool, default=False
        Whether what was once resolved stays as well.
    """
    traits = traits_of(panel)
    parameters = estimator.get_params(deep=False)
    if not reset:
        parameters |= {
            name: getattr(estimator, f"{name}_")
            for name in NETWORK_PARAMETERS
            if parameters[name] == "auto"
        }
    chosen = resolve_forecast_parameters(parameters, traits)
    if not reset:
        _check_network(estimator, chosen)
    for name in AUTO_FORECAST_PARAMETERS:
        kept = name in NETWORK_PARAMETERS or (keep_auto and getattr(estimator, name) == "auto")
        if reset or not kept:
            setattr(estimator, f"{name}_", chosen[name])
    if reset:
        estimator._least_history = least_history(estimator.window_, traits)


def _check_network(estimator, chosen):
    """Raise an error if a parameter asks for another network than the one to go on with."""
    plan = estimator._architecture
    has = {name: getattr(estimator, f"{name}_") for name in NETWORK_PARAMETERS}
    wanted = {name: chosen[name] for name in NETWORK_PARAMETERS}
    has |= {"cell": plan.cell, "num_layers": plan.num_layers, "residual": plan.residual}
    wanted |= {name: getattr(estimator, name) for name in ("cell", "num_layers", "residual")}
    if estimator.loss_ == "quantile":
        has["quantiles"], wanted["quantiles"] = plan.quantiles, tuple(estimator.quantiles)
    for name, value in has.items():
        if wanted[name] != value:
            raise ValueError(
                f"{name}={wanted[name]!r}, but training goes on with a network whose {name} is "
                f"{value!r}; set it back, or fit anew with warm_start=False."
            )


def plan_network(estimator, panel: SeriesPanel, scalers: WindowScalers) -> ForecastPlan:
    """Give the plan of the network for these series, the parameters being resolved."""
    columns, categories = panel.columns, panel.columns.categories
    traits = traits_of(panel)
    sizes = {
        part: tuple(len(categories[name]) + 2 for name in getattr(columns, part))
        for part in ("past_categorical", "known_categorical", "static_categorical")
    }
    season, window = panel.axis.season_length, estimator.window_
    # The mean of counts is no linear map of the window.
    is_linear = not estimator.difference_ and estimator.loss_ not in COUNT_LOSSES
    starts_naive = is_linear and season <= window and (estimator.log_ or is_much(traits))
    is_plain = estimator.loss_ in POINT_LOSSES and estimator.decoder_ != "recursive"
    is_plain &= estimator.scaling_ is not None  # the penalty and bound of least squares need a unit
    padded = estimator._least_history < window or bool(panel.lengths.min() < window)
    return ForecastPlan(
        window=window,
        horizon=estimator.horizon_,
        segment=estimator.segment_,
        cell=estimator.cell,
        hidden_size=estimator.hidden_size_,
        num_layers=estimator.num_layers,
        dropout=estimator.dropout_,
        residual=estimator.residual,
        decoder=estimator.decoder_,
        loss=estimator.loss_,
        loss_params={"delta": estimator.delta} if estimator.loss_ == "huber" else None,
        quantiles=tuple(estimator.quantiles) if estimator.loss_ == "quantile" else (),
        skip_season=season if starts_naive else None,
        skip_seasons=_SEASONS_OF_SKIP if season > 1 else 1,
        linear_blend=is_plain and estimator.linear_share != 0,
        masked=padded or bool(np.isnan(panel.target).any()),
        n_past=panel.past.shape[1] + len(scalers.masked_past),
        n_known=panel.known.shape[1],
        n_calendar=len(estimator._calendar_columns),
        past_codes=sizes["past_categorical"],
        known_codes=sizes["known_categorical"],
        n_static=panel.static.shape[1],
        static_codes=sizes["static_categorical"] + _series_sizes(panel, traits),
    )


def _series_sizes(panel, traits):
    """Give the sizes of the embeddings of what ``series_codes`` gives."""
    sizes = (panel.n_groups + 2,) if knows_ids(panel, traits) else ()
    return (*sizes, panel.n_targets + 2) if panel.n_targets > 1 else sizes


def knows_ids(panel: SeriesPanel, traits: ForecastTraits) -> bool:
    """Tell whether ids are embedded: of a short series, little is learned but by heart."""
    return panel.n_groups > 1 and not is_short(traits)


def series_codes(panel: SeriesPanel, fit_groups: dict | None):
    """Give the categories that a series has by itself: its id and its target, from 1.

    Parameters
    ----------
    panel : SeriesPanel
    fit_groups : dict or None
        The number that each id had in ``fit``; others are 0, unknown. None: ids are not read.

    Returns
    -------
    ndarray of shape (n_series, columns), or None where there are none
    """
    series = np.arange(panel.n_series)
    columns = []
    if fit_groups is not None:
        of_groups = np.array([fit_groups.get(name, -1) + 1 for name in panel.ids])
        columns.append(of_groups[panel.group_of(series)])
    if panel.n_targets > 1:
        columns.append(panel.target_of(series) + 1)
    return np.stack(columns, axis=1) if columns else None


def series_means(panel: SeriesPanel) -> np.ndarray:
    """Give the means of each group, and of all in the last row: ``(n_groups + 1, n_targets)``.

    That of a series without values is that of all.
    """
    seen = ~np.isnan(panel.target)
    series = np.repeat(np.arange(panel.n_series), panel.lengths)[seen]
    n = np.bincount(series, minlength=panel.n_series).reshape(-1, panel.n_targets)
    sums = np.bincount(series, weights=panel.target[seen], minlength=panel.n_series)
    sums = sums.reshape(n.shape)
    n, sums = np.vstack([n, n.sum(0)]), np.vstack([sums, sums.sum(0)])
    means = sums / np.maximum(n, 1)
    return np.where(n > 0, means, means[-1])
