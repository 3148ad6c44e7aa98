"""RNNForecaster: weights, early stopping, going on, pickling, backtests, defaults."""

import copy
import pickle
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import r2_score
from skorch.callbacks import Callback

from sklearn_rnn import RNNForecaster
from sklearn_rnn.estimators._forecaster_defaults import (
    AUTO_FORECAST_PARAMETERS,
    ForecastTraits,
    resolve_forecast_parameters,
)
from sklearn_rnn.estimators._forecaster_transform import TargetTransform
from sklearn_rnn.estimators._forecaster_windows import (
    calibration_rows,
    row_weights,
    validation_rows,
)
from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.metrics import seasonal_naive_errors
from tests.forecasting_data import TINY, ahead, daily, frame, panel

KNOWN = ["price", "action"]


def fit(X, y=None, sample_weight=None, **parameters):
    return RNNForecaster(**(TINY | parameters)).fit(X, y, sample_weight=sample_weight)


def weights_of(model):
    return {name: w.numpy().copy() for name, w in model.module_.state_dict().items()}


def assert_same_weights(one, other):
    for name, weight in weights_of(one).items():
        np.testing.assert_array_equal(weight, weights_of(other)[name])


# --- promises -----------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_model():
    assert_same_weights(fit(daily()), fit(daily()))
    other = fit(daily(), random_state=1)
    assert (other.forecast().to_numpy() != fit(daily()).forecast().to_numpy()).any()


def test_several_networks_are_one_forecaster():
    y = daily()
    model = fit(y, n_networks=2)
    assert (
        len(model.module_.network.networks) == 2 and np.isfinite(model.forecast(6)["sales"]).all()
    )
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(model.forecast(level=[80]), copied.forecast(level=[80]))


@pytest.mark.parametrize("copied", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy])
def test_a_copy_forecasts_the_same_bits(copied):
    data = panel()
    model = fit(data[KNOWN], data["sales"])
    other = copied(model)
    future = data[KNOWN].groupby("shop").head(6)
    future.index = ahead(data.index, 6)
    np.testing.assert_array_equal(model.predict(future), other.predict(future))
    np.testing.assert_array_equal(model.sample(3, future), other.sample(3, future))
    assert b"torch" not in pickle.dumps(model)


def test_fit_changes_neither_parameters_nor_input():
    table = frame()
    kept, X, y = table.copy(), table[KNOWN], table["sales"]
    model = RNNForecaster(**TINY)
    before = clone(model).get_params()
    model.fit(X, y).predict(X)
    assert model.get_params() == before
    pd.testing.assert_frame_equal(table, kept)


def test_an_unfitted_forecaster_says_so():
    model = RNNForecaster()
    for call in (
        lambda: model.predict(frame()),
        lambda: model.forecast(1),
        lambda: model.sample(1, frame()),
        lambda: model.predict_interval(frame()),
        lambda: model.update(frame()),
        lambda: model.naive_errors(),
    ):
        with pytest.raises(NotFittedError):
            call()


def test_what_auto_chose_is_kept_and_shown():
    model = fit(daily(), window="auto", segment="auto")
    for name in AUTO_FORECAST_PARAMETERS:
        assert getattr(model, f"{name}_") != "auto"
    assert model.segment_ == 7 and model.window_ % 7 == 0
    assert f"window={model.window_}" in repr(model)


def test_names_of_columns_are_kept():
    model = fit(frame()[KNOWN], daily())
    assert model.n_features_in_ == 2 and model.feature_names_in_.tolist() == KNOWN


def test_divergence_and_interrupts_go_through():
    with pytest.raises(DivergenceError, match="learning rate"):
        fit(daily(), lr=1e30, gradient_clip=None, max_epochs=3)

    class Interrupt(Callback):
        def on_batch_end(self, net, **kwargs):
            raise KeyboardInterrupt

    model = RNNForecaster(**TINY, callbacks=[Interrupt()])
    with pytest.raises(KeyboardInterrupt):
        model.fit(daily())
    assert not hasattr(model, "net_")


# --- weights ------------------------------------------------------------------------------------


def test_rows_without_weight_are_not_learned_from():
    y = daily()
    wrong = y.copy()
    wrong.iloc[40:50] *= 7
    weight = np.ones(90)
    weight[40:50] = 0
    options = {"max_epochs": 4, "intervals": "model", "scaling": None}
    one, other = fit(y, None, weight, **options), fit(wrong, None, weight, **options)
    plain = fit(wrong, **options)
    # As inputs the wrong values are read, as targets they are not: the loss tells.
    assert other.history_[-1]["train_loss"] < plain.history_[-1]["train_loss"]
    assert abs(other.history_[-1]["train_loss"] - one.history_[-1]["train_loss"]) < abs(
        plain.history_[-1]["train_loss"] - one.history_[-1]["train_loss"]
    )


def test_weights_follow_their_rows_in_every_layout():
    data = panel()
    weight = pd.Series(np.random.default_rng(0).uniform(1, 2, size=len(data)), index=data.index)
    one = fit(data[["price"]], data["sales"], weight.to_numpy())
    long = data[["price", "sales"]].reset_index().assign(weight=weight.to_numpy())
    mixed = long.sort_values(["day", "shop"])
    options = {"id_col": "shop", "time_col": "day"}
    other = fit(mixed.drop(columns="weight"), "sales", mixed["weight"].to_numpy(), **options)
    forecasts = []
    for model in (one, other):
        context = data[["price", "sales"]] if model is one else mixed.drop(columns="weight")
        future = pd.DataFrame({"price": 0.0}, index=ahead(data.index, 2))
        future = future if model is one else future.reset_index()
        found = model.forecast(2, future, context=context)
        forecasts.append(found.reset_index().sort_values(["shop", "day"])["sales"].to_numpy())
    np.testing.assert_allclose(*forecasts, rtol=1e-5)


def test_weights_of_polars_count_as_those_of_pandas():
    long = panel()[["price", "sales"]].reset_index()
    weight = np.random.default_rng(0).uniform(0, 2, size=len(long))
    options = {"id_col": "shop", "time_col": "day"}
    X, y = long.drop(columns="sales"), long["sales"]
    one = fit(long, "sales", weight, **options)
    assert_same_weights(one, fit(as_polars(long), "sales", weight, **options))
    assert_same_weights(one, fit(as_polars(X), as_polars(long)["sales"], weight, **options))
    assert_same_weights(fit(y, None, weight), fit(as_polars(long[["sales"]]), "sales", weight))


def as_polars(table):
    polars = pytest.importorskip("polars")
    return polars.DataFrame({name: column.to_numpy() for name, column in table.items()})


def test_recent_values_count_more():
    lengths = pd.concat({"a": daily(20), "b": daily(10)}, names=["id", "day"])
    known = fit(lengths, window=7)._panel
    weight = row_weights(known, None, 5.0, known.lengths)
    assert weight.mean() == pytest.approx(1)
    np.testing.assert_allclose(weight[14] / weight[19], 0.5)
    np.testing.assert_allclose(weight[24] / weight[29], 0.5)
    assert weight[19] == weight[29]
    y = daily()
    assert fit(y, recency=3.0).history_[0]["train_loss"] != fit(y).history_[0]["train_loss"]


@pytest.mark.parametrize(
    "weight, message",
    [(np.ones(89), "sample_weight"), (np.zeros(90), "zero"), (-np.ones(90), "neg")],
)
def test_bad_weights_are_errors(weight, message):
    with pytest.raises(ValueError, match=f"(?i){message}"):
        fit(daily(), None, weight)


# --- early stopping and going on ----------------------------------------------------------------


def test_early_stopping_keeps_the_best_epoch():
    options = {"early_stopping": True, "n_iter_no_change": 2, "max_epochs": 15, "lr": 0.1}
    model = fit(daily(200), **options)
    losses = [record["valid_loss"] for record in model.history_]
    assert model.best_epoch_ == int(np.argmin(losses)) + 1


def test_early_stopping_needs_rows_to_spare():
    with pytest.raises(ValueError, match="no series can spare"):
        fit(daily(9), window=4, segment=2, early_stopping=True)


def test_held_out_rows_are_the_last_ones_of_series_that_can_spare_them():
    lengths = np.array([6, 20, 1000])
    options = {"horizon": 4, "first": 14}
    assert validation_rows(lengths, 0.1, **options).tolist() == [0, 4, 100]
    assert calibration_rows(lengths, year=None, **options).tolist() == [0, 5, 250]
    assert calibration_rows(lengths, year=365, **options).tolist() == [0, 5, 365]
    assert calibration_rows(lengths, year=500, **options).tolist() == [0, 5, 250]


def test_warm_start_goes_on():
    y = daily()
    model = fit(y, warm_start=True)
    before = weights_of(model)
    model.fit(y)
    assert model.n_iter_ == 2
    assert any((before[name] != weight).any() for name, weight in weights_of(model).items())
    with pytest.raises(ValueError, match="hidden_size=5.*is 4"):
        model.set_params(hidden_size=5).fit(y)
    assert model.n_iter_ == 2 and np.isfinite(model.forecast().to_numpy()).all()


def test_partial_fit_learns_from_chunks():
    table = frame(120)
    model = RNNForecaster(**TINY)
    for start in (0, 60, 90):
        stop = {0: 60, 60: 90, 90: 120}[start]
        part = table.iloc[start:stop]
        model.partial_fit(part[KNOWN], part["sales"])
    assert model.n_iter_ == 3
    future = table[KNOWN].iloc[:3].set_axis(ahead(table.index, 3))
    assert model.forecast(3, future).index.tolist() == future.index.tolist()
    assert model._calibration.is_held_out
    model.partial_fit(table[KNOWN], table["sales"])  # the same rows once more
    assert model.n_iter_ == 4 and model._panel.n_rows == 120


def test_partial_fit_once_is_an_epoch_without_a_schedule():
    y = daily()
    model = RNNForecaster(**TINY, linear_share=0).partial_fit(y)
    assert model.n_iter_ == 1
    plain = {"lr_schedule": None, "averaging": None, "intervals": "model", "linear_share": 0}
    assert_same_weights(model, fit(y, **plain))


def test_update_trains_nothing():
    y = daily(100)
    model = fit(y.iloc[:90])
    before = weights_of(model)
    model.update(y.iloc[90:])
    assert model.forecast(1).index[0] == ahead(y.index, 1)[0]
    for name, weight in weights_of(model).items():
        np.testing.assert_array_equal(weight, before[name])


# --- scores and backtests -----------------------------------------------------------------------


def test_score_is_r2_of_the_rows_that_have_a_value():
    table = frame(100)
    train, test = table.iloc[:90], table.iloc[90:]
    model = fit(train[KNOWN], train["sales"])
    predicted = model.predict(test[KNOWN])
    assert model.score(test[KNOWN], test["sales"]) == r2_score(test["sales"], predicted)
    missing = test["sales"].where(test.index != test.index[2])
    kept = np.arange(10) != 2
    expected = r2_score(test["sales"][kept], predicted[kept])
    assert model.score(test[KNOWN], missing) == pytest.approx(expected)


@pytest.mark.parametrize("squared", [False, True])
def test_naive_errors_are_those_of_the_history(squared):
    data = panel()["sales"]
    found = fit(data).naive_errors(squared=squared)
    expected = seasonal_naive_errors(data, season_length=7, squared=squared)
    np.testing.assert_allclose(found, expected)
    assert found.index.tolist() == ["a", "b", "c"]
    by_day = fit(data).naive_errors(season_length=1)
    assert by_day["a"] == pytest.approx(data["a"].diff().abs().mean())


def test_backtest_is_long_and_holds_what_came():
    data = panel(70)
    long = (
        data[["sales"]]
        .reset_index()
        .rename(columns={"shop": "unique_id", "day": "ds", "sales": "y"})
    )
    found = RNNForecaster(**TINY).backtest(long, "y", n_windows=2, step=3, level=[80])
    assert found.columns.tolist() == [
        "unique_id",
        "ds",
        "cutoff",
        "y",
        "RNNForecaster",
        "RNNForecaster-lo-80",
        "RNNForecaster-hi-80",
        "SeasonalNaive",
        "LagRidge",
    ]
    assert len(found) == 3 * 2 * 4
    merged = found.merge(long, on=["unique_id", "ds"], suffixes=("", "_true"))
    np.testing.assert_array_equal(merged["y"], merged["y_true"])
    first = found[found["unique_id"] == "b"].iloc[0]
    assert first["cutoff"] == data.loc["b"].index[-1 - 7]
    assert first["ds"] == first["cutoff"] + pd.Timedelta("1D")
    last_week = long[long["ds"] == first["ds"] - pd.Timedelta("7D")].set_index("unique_id")["y"]
    assert first["SeasonalNaive"] == last_week["b"]


def test_backtest_of_several_targets_names_them():
    table = frame()
    targets = pd.DataFrame({"sales": table["sales"], "twice": 2 * table["sales"]})
    found = RNNForecaster(**TINY).backtest(None, targets, n_windows=1, baselines=False)
    assert found["target"].tolist() == ["sales"] * 4 + ["twice"] * 4
    np.testing.assert_allclose(found["y"].iloc[4:], 2 * found["y"].iloc[:4])


def test_backtest_of_polars_keeps_the_types_of_ids_and_days():
    pl = pytest.importorskip("polars")
    long = as_polars(panel(ids=(1, 2))[["sales"]].reset_index())
    long = long.with_columns(pl.col("shop").cast(pl.Int32), pl.col("day").dt.date())
    model = RNNForecaster(**TINY, id_col="shop", time_col="day")
    found = model.backtest(long, "sales", n_windows=1)
    assert found.select("shop", "day", "sales").schema == long.schema
    assert found["cutoff"].dtype == pl.Date
    ahead_of_it = model.fit(long, "sales").forecast(2)
    assert ahead_of_it.schema == long.schema


def test_a_backtest_with_hardly_a_row_before_it_warns():
    model = RNNForecaster(**(TINY | {"window": 4, "segment": 1}))
    with pytest.warns(UserWarning, match="only 6 row.* before the first of 21 window") as caught:
        model.backtest(daily(), n_windows=21)
    assert {warning.filename for warning in caught} == {__file__}


def test_backtest_leaves_the_forecaster_as_it_is():
    model = RNNForecaster(**TINY)
    model.backtest(daily(), n_windows=1)
    assert not hasattr(model, "net_")


# --- defaults -----------------------------------------------------------------------------------

HOURLY = ForecastTraits(24, (24, 168), 414, 400_000, 950)
TRAITS = {
    "hourly": HOURLY,
    "quarterly": ForecastTraits(4, (4,), 304, 20_000, 72),
    "yearly": ForecastTraits(1, (), 1, 30, 30),
    "weekly": ForecastTraits(52, (52,), 1, 400, 400),
    "tiny": ForecastTraits(7, (7, 365), 1, 4, 4),
    "one long": ForecastTraits(48, (48, 336), 1, 50_000, 50_000, is_positive=True),
}


@pytest.mark.parametrize("traits", TRAITS.values(), ids=TRAITS)
def test_defaults_fit_the_series(traits):
    chosen = resolve_forecast_parameters({}, traits)
    assert list(chosen) == list(AUTO_FORECAST_PARAMETERS)
    assert chosen["horizon"] >= 1 and chosen["window"] % chosen["segment"] == 0
    assert chosen["window"] + chosen["horizon"] <= max(2, traits.length)


def test_windows_hold_whole_seasons():
    windows = {
        name: resolve_forecast_parameters({}, traits)["window"] for name, traits in TRAITS.items()
    }
    assert windows == {
        "hourly": 336,
        "quarterly": 12,
        "yearly": 12,
        "weekly": 104,
        "tiny": 1,
        "one long": 672,
    }


def test_what_is_given_is_taken():
    given = {
        "horizon": 3,
        "window": 10,
        "segment": 5,
        "calendar": None,
        "scaling": None,
        "difference": True,
        "decoder": "mlp",
        "windows_per_epoch": None,
    }
    chosen = resolve_forecast_parameters(given, HOURLY)
    expected = given | {"calendar": False, "difference": 24}
    assert {name: chosen[name] for name in given} == expected
    assert resolve_forecast_parameters({"window": 10}, HOURLY)["segment"] == 2


def test_series_of_a_few_rows_can_be_fitted_by_default():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model = RNNForecaster(max_epochs=1, random_state=0).fit(daily(6))
    assert np.isfinite(model.forecast().to_numpy()).all()


# --- logarithms and the calendar ----------------------------------------------------------------


def test_logarithms_are_those_of_a_forecaster_of_logarithms():
    """The same network without the transform, on the logarithms."""
    y = daily() + 3
    model = fit(y, log=True)
    by_hand = copy.deepcopy(model)
    by_hand._transform = TargetTransform()
    by_hand._panel = replace(model._panel, target=np.log(model._panel.target))
    X = pd.DataFrame(index=ahead(y.index, 9))
    np.testing.assert_allclose(model.predict(X), np.exp(by_hand.predict(X)))
    one, other = (each.predict_interval(X) for each in (model, by_hand))
    np.testing.assert_allclose(one, np.exp(other))
    one, other = (each.sample(5, X) for each in (model, by_hand))
    np.testing.assert_allclose(one, np.exp(other))


def test_logarithms_are_taken_where_they_exist():
    assert fit(daily() + 3).log_
    assert fit(daily() - 5).log_ is False
    assert fit(daily() + 3, loss="squared_error").log_ is False
    y = daily() + 3
    y.iloc[17] = 0
    with pytest.raises(ValueError, match="above zero.*2024-01-18"):
        fit(y, log=True)


def test_new_values_below_zero_have_no_logarithm_but_a_forecast():
    y = daily() + 3
    context = y.copy()
    context.iloc[-5:] = -2.0
    assert np.isfinite(fit(y).forecast(context=context.to_frame()).to_numpy()).all()


def test_the_day_of_the_year_is_read_where_it_comes_again():
    short, long = fit(daily(300)), fit(daily(800))
    assert long.module_.plan.n_calendar == short.module_.plan.n_calendar + 2
    assert fit(daily(), calendar=None).module_.plan.n_calendar == 0


# --- calibration --------------------------------------------------------------------------------


def test_calibration_changes_nothing_of_the_forecaster():
    y = daily()
    one, other = (fit(y, intervals=i, linear_share=0.2) for i in ("conformal", "model"))
    assert_same_weights(one, other)
    assert one._calibration.is_held_out and not other._calibration.is_held_out


def test_intervals_come_of_values_that_were_not_known():
    """A network that knows the noise by heart would have intervals of no width."""
    y = daily(60)
    options = {"max_epochs": 150, "hidden_size": 32, "lr": 0.01, "n_networks": 1}
    model = fit(y, intervals="conformal", **options)
    X = pd.DataFrame(index=y.index)
    learned = np.abs(y - model.predict(X)).iloc[14:]
    low, high = model.predict_interval(X, 0.8).T
    covered = ((y >= low) & (y <= high)).iloc[14:].mean()
    assert covered > 0.85 and np.nanmedian(high - low) > 2 * learned.median()


def test_calibration_survives_a_warm_start():
    y = daily()
    model = fit(y, warm_start=True, intervals="conformal")
    before = model._calibration
    assert model.fit(y)._calibration is before


def test_a_new_series_of_a_hundredth_of_the_level_is_forecast_at_its_own():
    y = daily(200)
    model = fit(y, log=True, max_epochs=3)
    small = (y / 100).rename("sales").to_frame()
    expected = model.forecast(4)["sales"] / 100
    np.testing.assert_allclose(model.forecast(4, context=small)["sales"], expected, rtol=1e-5)
    small.iloc[-3] = 0.0  # has no logarithm, but a forecast
    assert np.isfinite(model.forecast(4, context=small)["sales"]).all()
