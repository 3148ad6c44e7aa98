"""Least squares beside the network of a forecaster."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import RNNForecaster
from sklearn_rnn.estimators import _forecaster_blending
from sklearn_rnn.estimators._forecaster_blending import choose_share
from sklearn_rnn.training import Windows
from tests.forecasting_data import TINY, ahead, daily


def linear_series(n=400):
    """A wave, which a linear map of a window continues without an error."""
    times = pd.date_range("2024-01-01", periods=n, freq="D")
    step = np.arange(n)
    return pd.Series(np.sin(step / 3) + 0.5 * np.cos(step / 5), index=times, name="wave")


def fit(y, **parameters):
    return RNNForecaster(**(TINY | {"intervals": "conformal"} | parameters)).fit(y)


def forecasts(model, y):
    return model.predict(pd.DataFrame(index=ahead(y.index, 4)))


def test_a_share_of_one_is_least_squares_alone():
    y = linear_series()
    expected = linear_series(404)[400:]
    np.testing.assert_allclose(forecasts(fit(y, linear_share=1.0), y), expected, atol=0.1)
    assert np.abs(forecasts(fit(y, linear_share=0.0), y) - expected).max() > 0.1


def test_forecasts_are_the_mean_of_both():
    y = daily(400)
    shares = [0.0, 0.3, 1.0]
    network, both, linear = (forecasts(fit(y, linear_share=s, log=False), y) for s in shares)
    np.testing.assert_allclose(both, 0.7 * network + 0.3 * linear, rtol=1e-5)


@pytest.mark.parametrize(
    ("of_network", "of_line", "expected"),
    [(0.0, 1.0, 0.0), (1.0, 0.0, 0.5), (1.0, -1.0, 0.25), (1.0, -3.0, 0.125)],
)
def test_auto_takes_half_of_what_errs_least(of_network, of_line, expected, monkeypatch):
    model = fit(linear_series())

    def run_ahead(estimator, *args):
        error = of_network if estimator.linear_share_ == 0 else of_line
        return SimpleNamespace(point_errors=lambda *args: np.array([[error, np.nan]]))

    monkeypatch.setattr(_forecaster_blending, "run_ahead", run_ahead)
    held = Windows.of_panel(model._panel, horizon=4, first=390)
    before = model.linear_share_
    assert choose_share(model, model._panel, held) == pytest.approx(expected)
    assert model.linear_share_ == before


def test_auto_measures_the_share_where_series_can_spare_their_end():
    assert fit(linear_series()).linear_share_ > 0.2
    assert fit(linear_series(), intervals="model").linear_share_ == pytest.approx(0.2)


@pytest.mark.parametrize(
    "parameters",
    [{"loss": "quantile"}, {"loss": "poisson"}, {"decoder": "recursive"}, {"linear_share": 0}],
    ids=["quantile", "poisson", "recursive", "zero"],
)
def test_some_networks_stand_alone(parameters):
    model = fit(daily(200).round().clip(lower=0), **parameters)
    assert model.linear_share_ == 0
    assert not hasattr(model.module_, "share")


def test_a_series_too_short_for_least_squares_has_none():
    assert fit(daily(40)).linear_share_ == 0


def test_going_on_leaves_the_share_as_it_is():
    y = linear_series()
    model = fit(y, warm_start=True)
    share, coefficients = model.linear_share_, model.module_.coefficients.clone()
    model.fit(y)
    assert model.linear_share_ == share
    assert (model.module_.coefficients == coefficients).all()


def test_the_share_is_shown_with_what_auto_chose():
    assert "linear_share=" in repr(fit(linear_series())).split("with")[1]


def test_a_share_above_one_is_refused():
    with pytest.raises(ValueError, match="linear_share"):
        fit(linear_series(), linear_share=1.5)


@pytest.mark.parametrize(
    ("y", "parameters", "reason"),
    [
        (daily(40), {}, "too few windows"),
        (daily(200), {"loss": "quantile"}, "has no linear map"),
        (daily(200), {"scaling": None}, "has no linear map"),
    ],
    ids=["short", "quantile", "unscaled"],
)
def test_a_share_that_has_no_effect_is_said_to_have_none(y, parameters, reason):
    with pytest.warns(UserWarning, match=f"linear_share=0.5 has no effect: .*{reason}") as caught:
        model = fit(y, linear_share=0.5, **parameters)
    assert model.linear_share_ == 0
    assert sum("no effect" in str(warning.message) for warning in caught) == 1


def test_going_on_takes_a_new_share():
    y = linear_series()
    model = fit(y, warm_start=True, linear_share=0.2)
    assert model.set_params(linear_share=1.0).fit(y).linear_share_ == 1


def test_single_new_rows_leave_the_calibration_of_many_windows():
    y = linear_series(400)
    model = fit(y.iloc[:300], linear_share=0.2)
    before = model._calibration
    assert model.partial_fit(y.iloc[300:302])._calibration is before
    assert model.partial_fit(y.iloc[302:])._calibration is not before
