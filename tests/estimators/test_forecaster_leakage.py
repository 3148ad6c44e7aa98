"""No value of y, or of a past column, after a cut-off ever changes a forecast from it."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import RNNForecaster
from tests.forecasting_data import TINY, ahead, frame, panel

COLUMNS = ["price", "visitors", "action"]
DECODERS = ("parallel", "mlp", "recursive")


def fit(X, y, **parameters):
    return RNNForecaster(**(TINY | {"past": ["visitors"]} | parameters)).fit(X, y)


@pytest.fixture(scope="module", params=DECODERS)
def model(request):
    table = frame()
    return fit(table[COLUMNS], table["sales"], decoder=request.param)


@pytest.fixture(scope="module")
def future():
    table = frame(20, seed=5)
    return table[COLUMNS].set_axis(ahead(frame().index, 20))


def spoiled(table, **columns):
    """The same table with other past values, missing ones and huge ones among them."""
    noise = np.random.default_rng(9).normal(size=len(table)) * 1e6
    noise[::3] = np.nan
    return table.assign(visitors=noise, **columns)


@pytest.mark.parametrize(
    "method",
    [
        lambda model, X: model.predict(X),
        lambda model, X: model.predict_quantiles(X, [0.1, 0.5, 0.99]),
        lambda model, X: model.predict_interval(X, 0.9),
        lambda model, X: model.sample(7, X),
        lambda model, X: model.forecast(len(X), X, level=[80]),
        lambda model, X: model.forecast(len(X), X, context=frame(), level=[80]),
    ],
    ids=["predict", "quantiles", "interval", "sample", "forecast", "context"],
)
def test_past_columns_of_the_future_are_never_read(model, future, method):
    """In cross-validation X holds the true future of every column."""
    np.testing.assert_array_equal(method(model, future), method(model, spoiled(future)))
    bare = future.drop(columns="visitors")
    np.testing.assert_array_equal(method(model, future), method(model, bare))


def test_known_columns_of_the_future_are_read(model, future):
    other = future.assign(price=future["price"] + 3)
    assert (model.predict(future)[:4] != model.predict(other)[:4]).all()


def test_forecasts_of_training_times_read_nothing_after_them(model):
    """What stands in later rows is other history: the model that reads it is the same."""
    table, row = frame(), 50
    later = spoiled(table, sales=-1e6)
    mixed = pd.concat([table.iloc[:row], later.iloc[row:]])
    one, other = (fit_again(model, history) for history in (table, mixed))
    rows = table[COLUMNS].iloc[: row + 1]
    for method in ("predict", "predict_quantiles"):
        found = getattr(one, method)(rows)[1:]
        np.testing.assert_array_equal(found, getattr(other, method)(rows)[1:])
    np.testing.assert_array_equal(one.sample(3, rows)[:, 1:], other.sample(3, rows)[:, 1:])
    assert one.forecast(1, ahead_rows()).to_numpy() != other.forecast(1, ahead_rows()).to_numpy()


def fit_again(model, history):
    """A forecaster with the weights and calibration of another, and another history."""
    import copy

    other = copy.deepcopy(model)
    other._panel = fit(history[COLUMNS], history["sales"])._panel
    return other


def ahead_rows():
    return frame(4, seed=5)[COLUMNS].set_axis(ahead(frame().index, 4))


@pytest.mark.parametrize("refit", [False, True])
def test_backtests_read_nothing_after_their_cutoffs(refit):
    table = frame(80)
    forecaster = RNNForecaster(**(TINY | {"past": ["visitors"]}))
    names = ["RNNForecaster", "SeasonalNaive", "LagRidge"]

    def run(data):
        return forecaster.backtest(data, "sales", n_windows=3, refit=refit, level=[80])

    found = run(table)
    later = spoiled(table, sales=-1e6)
    for window in range(3):
        cutoff = 80 - 4 * (3 - window)
        mixed = run(pd.concat([table.iloc[:cutoff], later.iloc[cutoff:]]))
        same = slice(0, 4 * (window + 1))
        columns = [*names, "RNNForecaster-lo-80", "RNNForecaster-hi-80"]
        pd.testing.assert_frame_equal(found.iloc[same][columns], mixed.iloc[same][columns])
        assert (mixed["sales"].iloc[same][-4:] == -1e6).all()


def test_backtest_of_a_fitted_forecaster_reads_nothing_after_its_cutoffs():
    table = frame(80)
    model = fit(table[COLUMNS].iloc[:68], table["sales"].iloc[:68])
    later = spoiled(table, sales=-1e6)

    def run(data):
        return model.backtest(data, "sales", n_windows=3)["RNNForecaster"]

    mixed = pd.concat([table.iloc[:72], later.iloc[72:]])
    np.testing.assert_array_equal(run(table)[:8], run(mixed)[:8])
    expected = model.predict(table[COLUMNS].iloc[68:72])
    np.testing.assert_array_equal(run(table)[:4], expected)


def test_backtest_uses_a_fitted_forecaster_whether_or_not_the_index_has_a_frequency():
    table = frame(80)
    model = fit(table[COLUMNS].iloc[:68], table["sales"].iloc[:68], max_epochs=2)
    bare = table.set_axis(pd.DatetimeIndex(table.index.to_numpy()))
    assert bare.index.freq is None and table.index.freq is not None
    model.set_params(max_epochs=1)  # another training would give other forecasts
    one, other = (model.backtest(each, "sales", n_windows=3) for each in (table, bare))
    np.testing.assert_array_equal(one["RNNForecaster"], other["RNNForecaster"])


def test_backtest_trains_anew_what_has_seen_the_future():
    table = frame(80)
    seen = fit(table[COLUMNS], table["sales"])
    new = RNNForecaster(**(TINY | {"past": ["visitors"]}))
    one, other = (each.backtest(table, "sales", n_windows=2) for each in (seen, new))
    pd.testing.assert_frame_equal(one, other)


def test_held_out_and_validation_windows_are_not_trained_on():
    data = panel()
    y = data["sales"]
    options = {"early_stopping": True, "intervals": "conformal", "max_epochs": 2}
    model = fit(data[COLUMNS], y, **options)
    last = y.groupby("shop").cumcount(ascending=False) < 6  # a tenth of 60 rows or more
    other = fit(data[COLUMNS], y.mask(last, y * 1.5), **options)
    for one, two in zip(model.history_, other.history_, strict=False):
        assert one["train_loss"] == two["train_loss"]
    assert model.history_[0]["valid_loss"] != other.history_[0]["valid_loss"]


def test_series_do_not_read_each_other():
    data = panel()["sales"]
    model = RNNForecaster(**TINY).fit(data)
    found = model.forecast(6)["sales"]
    context = data.copy()
    context["c"] = -1e6
    other = model.forecast(6, context=context.to_frame())["sales"]
    pd.testing.assert_series_equal(found[["a", "b"]], other[["a", "b"]])
