"""What holds between the parts of a fitted forecaster."""

import numpy as np

from sklearn_rnn.nn import POINT_LOSSES

__all__ = ["check_blend", "check_forecaster"]

_IN_PLAN = ("horizon", "window", "segment", "decoder", "hidden_size", "dropout", "loss")


def check_forecaster(forecaster) -> None:
    """Raise a ValueError if the attributes of a forecaster, its net aside, contradict each other.

    Whatever indexes into something else is in range then, and every array is as long as another
    one says: a forecaster that passes can forecast, however wrong its numbers are.
    """
    _check_names(forecaster)
    _check_plan(forecaster)
    _check_columns(forecaster)
    _check_groups(forecaster)
    _check_scalers(forecaster)
    _check_widths(forecaster)
    _check_calendar(forecaster)
    _check_calibration(forecaster)


def check_blend(forecaster) -> None:
    """Raise a ValueError if the linear map of a forecaster, whose net is there, has no share."""
    share = float(forecaster.module_.share) if forecaster._architecture.linear_blend else 0.0
    if not 0 <= share <= 1:
        raise ValueError(f"the share of the linear map is {share}, but must be from 0 to 1.")


def _same(what, found, expected):
    if found != expected:
        raise ValueError(f"{what} is {found!r:.60}, but must be {expected!r:.60} here.")


def _check_names(forecaster):
    names = getattr(forecaster, "feature_names_in_", None)
    if names is not None:
        _same("the number of feature_names_in_", len(names), forecaster.n_features_in_)
        _same("the types of feature_names_in_", {type(name) for name in names} - {str}, set())
    if forecaster._target_ndim == 1:
        _same("the number of targets", forecaster._panel.n_targets, 1)


def _check_plan(forecaster):
    plan = forecaster._architecture
    for name in _IN_PLAN:
        _same(f"{name}_", getattr(forecaster, f"{name}_"), getattr(plan, name))
    if plan.linear_blend and (plan.loss not in POINT_LOSSES or plan.decoder == "recursive"):
        raise ValueError("only points of all steps at once are averaged with a linear map.")
    _same("whether there is a delta", plan.loss_params is not None, plan.loss == "huber")
    _same("whether there are quantiles", len(plan.quantiles) > 0, plan.loss == "quantile")
    if not all(0 < level < 1 for level in plan.quantiles) or plan.observed_share == 0:
        raise ValueError("a quantile, and the share of observed values, lie between 0 and 1.")
    if plan.skip_season is not None and plan.skip_season > plan.window:
        raise ValueError(f"the season {plan.skip_season} is longer than the window.")
    if forecaster._least_history > plan.window:
        raise ValueError(f"_least_history is above the window, {forecaster._least_history}.")
    _same("_season", forecaster._season, forecaster.difference_ or None)
    floor = forecaster._transform.floor
    _same("whether there is a floor", floor is not None, forecaster.log_)
    if floor == 0 or forecaster.lr_ == 0:
        raise ValueError("the floor of logarithms and lr_ are above 0.")


def _check_columns(forecaster):
    plan, panel = forecaster._architecture, forecaster._panel
    columns, categories = panel.columns, panel.columns.categories
    for part in ("past", "known", "static"):
        names = getattr(columns, f"{part}_categorical")
        sizes = tuple(len(categories[name]) + 2 for name in names)
        if part == "static":
            sizes += _sizes_of_series(forecaster)
        _same(f"{part}_codes of the plan", getattr(plan, f"{part}_codes"), sizes)
    n_masked = len(forecaster._scalers.masked_past)
    _same("n_past of the plan", plan.n_past, len(columns.past) + n_masked)
    _same("n_known of the plan", plan.n_known, len(columns.known))
    _same("n_static of the plan", plan.n_static, len(columns.static))
    _same("n_calendar of the plan", plan.n_calendar, len(forecaster._calendar_columns))


def _sizes_of_series(forecaster):
    sizes = (len(forecaster._fit_groups) + 2,) if _reads_ids(forecaster) else ()
    n_targets = forecaster._panel.n_targets
    return (*sizes, n_targets + 2) if n_targets > 1 else sizes


def _reads_ids(forecaster):
    return forecaster._knows_ids and forecaster._fit_groups is not None


def _check_groups(forecaster):
    groups, panel = forecaster._fit_groups, forecaster._panel
    _same("whether series have ids", groups is not None, panel.ids is not None)
    if groups is None and forecaster._knows_ids:
        raise ValueError("ids are read, but there are none.")
    n_groups = 1 if groups is None else len(groups)
    if groups is not None and set(groups.values()) != set(range(n_groups)):
        raise ValueError("two series of fit have one id.")
    _same("the shape of _means", forecaster._means.shape, (n_groups + 1, panel.n_targets))


def _check_scalers(forecaster):
    scalers, columns = forecaster._scalers, forecaster._panel.columns
    for name in ("known", "past", "static"):
        scaler, width = getattr(scalers, name), len(getattr(columns, name))
        found = 0 if scaler is None else len(scaler.mean)
        _same(f"the width of the scaler of {name}", found, width)
        if scaler is not None:
            _same(f"the scale of {name}", scaler.scale.shape, scaler.mean.shape)
            if not width or (scaler.scale <= 0).any():
                raise ValueError(f"the scale of {name} must be above 0.")
    _check_rising("masked_past", scalers.masked_past, len(columns.past))


def _check_widths(forecaster):
    widths = forecaster._widths
    if widths is None:
        return
    if forecaster.scaling_ not in ("mean", "last"):
        raise ValueError(f"the widths of windows say nothing where scaling_={forecaster.scaling_}.")
    if widths.few > forecaster.window_:
        raise ValueError(f"{widths.few} values are not few in a window of {forecaster.window_}.")


def _check_calendar(forecaster):
    axis = forecaster._panel.axis
    n_columns = len(axis.calendar_names) if forecaster.calendar_ else 0
    _check_rising("_calendar_columns", forecaster._calendar_columns, n_columns)
    has_years = axis.kind in ("datetime", "period")
    _same("whether a year has a length", forecaster._year_length is not None, has_years)


def _check_rising(what, numbers, n):
    if any(a >= b for a, b in zip(numbers, (*numbers[1:], n), strict=False)):
        raise ValueError(f"{what} must be rising numbers below {n}, but is {numbers!r:.60}.")


def _check_offsets(calibration, horizon):
    n_parts, n_steps = calibration.offsets.shape[:2]
    _same("the steps of offsets", n_steps, horizon)
    _same("whether there are parts of a year", calibration.year is not None, n_parts != 1)
    if not 1 <= n_parts <= (calibration.year or 1):
        raise ValueError(f"there are offsets of {n_parts} parts of a year of {calibration.year}.")


def _check_calibration(forecaster):
    calibration, horizon = forecaster._calibration, forecaster.horizon_
    if calibration is None:
        return
    if calibration.year is not None:
        _same("the year of the offsets", calibration.year, forecaster._year_length)
    _same("whether intervals shift", calibration.offsets is not None, _is_conformal(forecaster))
    if calibration.offsets is not None:
        _check_offsets(calibration, horizon)
    templates = calibration.templates
    _same("the steps of templates", templates.shape[1], horizon)
    if len(templates) and not (np.min(templates) >= 0 and np.max(templates) <= 1):
        raise ValueError("templates hold levels between 0 and 1.")


def _is_conformal(forecaster):
    return forecaster.intervals_ == "conformal"
