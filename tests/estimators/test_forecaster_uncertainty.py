"""Quantiles, intervals and paths."""

import warnings

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import RNNForecaster
from sklearn_rnn.estimators._forecaster_calibration import (
    LEVELS,
    Calibration,
    conformal_offsets,
    draw_levels,
    error_templates,
    has_parts,
    offsets_of_parts,
)
from tests.forecasting_data import TINY, ahead, daily, panel

LOSSES = (
    "absolute_error",
    "squared_error",
    "huber",
    "quantile",
    "normal",
    "student_t",
    "negative_binomial",
    "poisson",
)
COUNTS = ("negative_binomial", "poisson")


def fit(y, **parameters):
    return RNNForecaster(**(TINY | parameters)).fit(y)


def rows(y, n):
    return pd.DataFrame(index=ahead(y.index, n))


# --- of the estimator ---------------------------------------------------------------------------


@pytest.mark.parametrize("decoder", ["parallel", "mlp", "recursive"])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_gives_quantiles_that_never_cross(loss, decoder):
    y = daily().round().clip(lower=0)
    model = fit(y, loss=loss, decoder=decoder)
    levels = [0.9, 0.01, 0.5, 0.1, 0.999]
    found = model.predict_quantiles(rows(y, 10), levels)
    assert found.shape == (10, 5) and np.isfinite(found).all()
    assert (np.diff(found[:, np.argsort(levels)]) >= 0).all()
    paths = model.sample(20, rows(y, 10))
    assert paths.shape == (20, 10) and np.isfinite(paths).all()
    if loss in COUNTS:
        assert (paths >= 0).all() and (paths == paths.round()).all()


def test_intervals_are_quantiles_and_those_of_forecast():
    y = daily()
    model = fit(y)
    found = model.predict_interval(rows(y, 6), 0.8)
    np.testing.assert_array_equal(found, model.predict_quantiles(rows(y, 6), [0.1, 0.9]))
    frame = model.forecast(6, level=[80])
    np.testing.assert_array_equal(found, frame[["sales-lo-80", "sales-hi-80"]])


def test_the_median_of_trained_quantiles_is_the_point():
    y = daily()
    model = fit(y, loss="quantile")
    np.testing.assert_allclose(
        model.predict_quantiles(rows(y, 9), [0.5])[:, 0], model.predict(rows(y, 9))
    )


def test_model_intervals_of_a_point_are_an_error():
    y = daily()
    model = fit(y, loss="absolute_error", intervals="model")
    for call in (
        lambda: model.predict_interval(rows(y, 2)),
        lambda: model.sample(2, rows(y, 2)),
        lambda: model.forecast(2, level=[80]),
    ):
        with pytest.raises(ValueError, match="conformal.*loss='quantile'"):
            call()


def test_intervals_widen_beyond_the_horizon():
    y = daily()
    found = fit(y, log=False).predict_interval(rows(y, 12), 0.8)
    widths = found[:, 1] - found[:, 0]
    assert widths[3] < widths[[4, 5, 6, 7]].min() and widths[7] < widths[8:].min()


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("scaling", ["mean", "last"])
def test_intervals_after_a_single_value_are_of_the_usual_width(scaling, log):
    """Daily values near 5 or 5000: an interval is as wide as the week, not as the level."""
    for level in (1.0, 1000.0):
        y = (5 + (daily() - 5) / 4) * level
        model = fit(y, scaling=scaling, log=log)
        low, high = model.predict_interval(pd.DataFrame(index=y.index[:20])).T
        width = (high - low)[14:].mean()
        assert ((high - low)[1:] < 3 * width).all()
        assert (high - low)[1] > width / 3
        one = model.forecast(1, context=y.iloc[:1].to_frame(), level=[80]).iloc[0]
        assert one.max() - one.min() < 3 * width


@pytest.mark.parametrize("loss", ["absolute_error", "quantile", "normal"])
def test_conformal_intervals_cover_what_they_should(loss):
    """Noise of unit deviation around nothing, a network that learned next to nothing."""
    rng = np.random.default_rng(0)
    times = pd.date_range("2024-01-01", periods=140, freq="D")
    data = pd.concat(
        {i: pd.Series(rng.normal(size=140), index=times, name="y") for i in range(60)},
        names=["id", "day"],
    )
    inside = data.index.get_level_values("day") < times[132]
    model = fit(data[inside], loss=loss, intervals="conformal", horizon=8, lr=1e-4)
    X = pd.DataFrame(index=data[~inside].index)
    for coverage in (0.5, 0.8, 0.95):
        low, high = model.predict_interval(X, coverage).T
        covered = ((data[~inside] >= low) & (data[~inside] <= high)).mean()
        assert abs(covered - coverage) < 0.06


def test_paths_spread_as_the_quantiles_say():
    data = panel(60, ids=range(20))["sales"]
    model = fit(data)
    X = rows(data, 4)
    paths = model.sample(2000, X, random_state=1)
    for level in (0.1, 0.5, 0.9):
        below = (paths < model.predict_quantiles(X, [level])[:, 0]).mean()
        assert abs(below - level) < 0.03


def test_paths_of_errors_that_persist_persist():
    """Each series moves to a new level and stays there: errors of neighbouring steps are alike."""
    rng = np.random.default_rng(0)
    times = pd.date_range("2024-01-01", periods=60, freq="D")
    walks = {i: pd.Series(rng.normal(size=60).cumsum(), index=times, name="y") for i in range(60)}
    data = pd.concat(walks, names=["id", "day"])
    model = fit(data, intervals="conformal")
    paths = model.sample(500, rows(data, 4)).reshape(500, 60, 4)
    paths = paths - paths.mean(axis=0)
    correlation = np.corrcoef(paths[..., 2].ravel(), paths[..., 3].ravel())[0, 1]
    assert correlation > 0.5


def test_samples_are_repeatable():
    y = daily()
    model = fit(y)
    np.testing.assert_array_equal(model.sample(3, rows(y, 4)), model.sample(3, rows(y, 4)))
    one, other = (model.sample(3, rows(y, 4), random_state=seed) for seed in (1, 2))
    assert (one != other).any()
    assert (fit(y, random_state=None).sample(3, rows(y, 4)) != one).any()


# --- calibration --------------------------------------------------------------------------------


def test_offsets_equal_a_search_over_all_widths(rng):
    """The least width with which a share of (n + 1) values lies within."""
    n = 199
    errors = np.empty((n, 1, len(LEVELS)))
    low, high = LEVELS - 0.5, LEVELS - 0.5  # quantiles of a network whose point is 0
    values = rng.normal(size=n)
    errors[:, 0] = values[:, None] - low
    offsets = conformal_offsets(errors)
    for k in (3, 6, 9):
        share = 1 - 2 * LEVELS[k]
        missed = np.sort(np.maximum(low[k] - values, values - high[-1 - k]))
        expected = missed[round((n + 1) * share) - 1]
        assert offsets[0, -1 - k] == pytest.approx(expected) == pytest.approx(-offsets[0, k])
    assert offsets[0, len(LEVELS) // 2] == 0


def test_offsets_of_few_windows_borrow_from_neighbouring_steps(rng):
    errors = np.repeat(rng.normal(size=(5, 30, 1)), len(LEVELS), axis=2)
    offsets = conformal_offsets(errors)
    assert np.abs(np.diff(offsets[:, 4])).max() < np.abs(errors).max()
    missing = errors.copy()
    missing[:, 7] = np.nan
    assert np.isfinite(conformal_offsets(missing)).all()
    assert (conformal_offsets(missing * np.nan) == 0).all()


def test_templates_are_ranks_of_each_step(rng):
    errors = rng.normal(size=(40, 3))
    templates = error_templates(errors)
    assert templates.shape == (40, 3)
    np.testing.assert_array_equal(errors.argsort(axis=0), templates.argsort(axis=0))
    np.testing.assert_allclose(np.sort(templates[:, 1]), (np.arange(40) + 0.5) / 40, rtol=1e-6)
    errors[3, 1] = np.nan
    assert error_templates(errors).shape == (39, 3)


@pytest.mark.parametrize("n_templates", [3, 50])
def test_drawn_levels_are_uniform_at_each_step(n_templates, rng):
    templates = error_templates(rng.normal(size=(n_templates, 5)).cumsum(axis=1))
    levels = draw_levels(templates, 1000, 7, 8, rng)
    assert levels.shape == (1000, 7, 8) and ((levels > 0) & (levels < 1)).all()
    np.testing.assert_allclose(levels.mean(axis=(0, 1)), 0.5, atol=0.03)
    np.testing.assert_allclose(np.quantile(levels, 0.1, axis=(0, 1)), 0.1, atol=0.03)


def test_drawn_levels_hang_together_as_the_templates_do(rng):
    templates = error_templates(rng.normal(size=(100, 4)).cumsum(axis=1))
    levels = draw_levels(templates, 400, 3, 4, rng)
    expected = np.corrcoef(templates.T)
    np.testing.assert_allclose(np.corrcoef(levels.reshape(-1, 4).T), expected, atol=0.05)


def test_offsets_between_levels_lie_between(rng):
    offsets = np.sort(rng.normal(size=(2, len(LEVELS))), axis=1)
    calibration = Calibration(offsets=offsets[None], templates=np.zeros((0, 2)), is_held_out=True)
    ticks = np.arange(4)
    shift = calibration.shift(LEVELS, 2, ticks)
    np.testing.assert_allclose(shift, np.broadcast_to(offsets, shift.shape))
    between = calibration.shift(np.array([0.12]), 2, ticks)[0, :, 0]
    at = np.flatnonzero(np.isclose(LEVELS, 0.1))[0]
    assert ((between > offsets[:, at]) & (between < offsets[:, at + 1])).all()
    each = calibration.shift_each(np.full((3, 4, 2), 0.12), ticks)
    np.testing.assert_allclose(each, np.broadcast_to(between, (3, 4, 2)))


def test_offsets_of_a_part_of_the_year_come_from_windows_of_that_season(rng):
    year, n = 480, 4800
    ticks = np.arange(n) + 7
    wild = ticks % year < year / 4
    errors = np.where(wild, 10.0, 1.0)[:, None, None] * rng.normal(size=(n, 1, 1))
    errors = np.repeat(errors, len(LEVELS), axis=2)
    offsets = offsets_of_parts(errors, ticks, year)
    at = np.flatnonzero(np.isclose(LEVELS, 0.9))[0]
    for part, table in enumerate(offsets):
        middle = (part + 0.5) / len(offsets) * year
        near = [abs((tick - middle + year / 2) % year - year / 2) <= year / 12 for tick in ticks]
        np.testing.assert_array_equal(table, conformal_offsets(errors[near]))
    assert offsets[2, 0, at] > 5 * offsets[-6, 0, at]
    calibration = Calibration(offsets, np.zeros((0, 1)), is_held_out=True, year=year)
    of_windows = calibration.shift(LEVELS[[at]], 1, np.array([60, 60 + 3 * year, 370]))[:, 0, 0]
    np.testing.assert_allclose(of_windows, offsets[[3, 3, 18], 0, at])
    each = calibration.shift_each(np.full((2, 3, 1), LEVELS[at]), np.array([60, 540, 370]))
    np.testing.assert_allclose(each[:, :, 0], np.broadcast_to(of_windows, (2, 3)))


def test_parts_of_the_year_need_a_whole_one_held_out_and_short_horizons():
    assert has_parts(8766, 9000, 24)
    assert not has_parts(8766, 8000, 24)
    assert not has_parts(8766, 9000, 24 * 30)
    assert not has_parts(None, 9000, 24)


def test_three_years_of_hours_are_calibrated_by_the_season(rng):
    times = pd.date_range("2020-01-01", periods=3 * 8766, freq="h")
    level = np.where(times.month == 12, 8.0, 1.0)
    wave = 50 * np.sin(times.hour / 12 * np.pi)  # by which windows are scaled
    y = pd.Series(wave + level * rng.normal(size=len(times)), index=times, name="load")
    model = fit(y, window=48, segment=24, horizon=4, linear_share=1.0)
    winter, summer = (model._panel.stops - 24 * days for days in (15, 180))
    shift = model._calibration.shift(np.array([0.1, 0.9]), 4, np.concatenate([winter, summer]))
    of_winter, of_summer = (shift[..., 1] - shift[..., 0]).mean(axis=1)
    assert of_winter > 3 * of_summer


def test_series_too_short_to_spare_windows_still_have_intervals():
    y = daily(20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = fit(y, window=7)
    assert np.isfinite(model.predict_interval(rows(y, 4))).all()
