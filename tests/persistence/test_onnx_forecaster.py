"""Exported forecasters give the forecasts: decoders, losses, scales, calendars, covariates."""

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
import torch

from sklearn_rnn import RNNForecaster
from sklearn_rnn.data._calendar import calendar_features, calendar_names
from sklearn_rnn.nn import Width, WindowWidths
from sklearn_rnn.persistence._onnx_calendar import add_calendar
from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from tests.forecasting_data import TINY, ahead, daily, frame, panel
from tests.onnx_serving import session_of


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "forecaster.onnx")


def fitted(X, y, **parameters):
    """A forecaster whose network says much beside the level of the window, as few epochs do not."""
    forecaster = RNNForecaster(**TINY | parameters).fit(X, y)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in forecaster.module_.named_parameters():
            if name.endswith("decoder.head.weight"):
                weight.mul_(150)
            elif "skip.linear" in name:
                weight.add_(torch.randn(weight.shape, generator=generator), alpha=0.1)
    return forecaster


def served(forecaster, path, **inputs):
    """The forecasts of the exported model."""
    forecaster.to_onnx(path)
    session, document = session_of(path)
    assert set(inputs) == {*document["inputs"]}
    return session.run(["forecasts"], inputs)[0]


def window_of(values, n):
    """The last n values, as one row; NaN before the first."""
    values = np.asarray(values, dtype=float)[-n:]
    return np.concatenate([np.full(n - len(values), np.nan), values])[None]


def times_of(index, window, horizon=4):
    """The times of the window and the horizon, in microseconds since 1970, as one row."""
    if isinstance(index, pd.PeriodIndex):
        index = pd.period_range(index[-1] - window + 1, periods=window + horizon).to_timestamp()
    else:
        back = pd.date_range(end=index[-1], periods=window, freq=index.freq or "D")
        ahead = pd.date_range(index[-1], periods=horizon + 1, freq=index.freq or "D")
        index = back.append(ahead[1:]).tz_localize(None)
    return index.to_numpy().astype("datetime64[us]").astype(np.int64)[None]


def inputs_alone(forecaster, series):
    """The inputs of one series without columns."""
    inputs = {"values": window_of(series, forecaster._reach)}
    if forecaster._calendar_columns:
        inputs["times"] = times_of(series.index, forecaster.window_)
    return inputs


def check_alone(forecaster, series, path):
    """Hold the exported model against ``forecast`` for one series without columns."""
    (found,) = served(forecaster, path, **inputs_alone(forecaster, series))
    expected = forecaster.forecast().to_numpy().ravel()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert np.ptp(found) > 0


# --- decoders, losses, scales -------------------------------------------------------------------


@pytest.mark.parametrize(
    "loss", ["absolute_error", "quantile", "normal", "student_t", "poisson", "negative_binomial"]
)
@pytest.mark.parametrize("decoder", ["parallel", "mlp", "recursive"])
def test_every_decoder_and_loss_gives_the_forecast(decoder, loss, path):
    series = daily()
    if loss in ("poisson", "negative_binomial"):
        series = series.round().clip(0)
    check_alone(fitted(None, series, decoder=decoder, loss=loss), series, path)


@pytest.mark.parametrize(
    "cell",
    ["lstm", "gru", "rnn_tanh", "rnn_relu", "rnn_sigmoid", "peephole_lstm", "mingru", "lru"],
)
def test_every_cell_gives_the_forecast(cell, path):
    series = daily()
    check_alone(fitted(None, series, cell=cell, num_layers=2, residual=True), series, path)


@pytest.mark.parametrize(
    "parameters",
    [
        {"scaling": None},
        {"scaling": "last"},
        {"scaling": "mean_abs"},
        {"log": True},
        {"log": False},
        {"difference": True},
        {"difference": True, "log": True, "decoder": "recursive"},
        {"n_networks": 1},
        {"segment": 1, "horizon": 4},
        {"calendar": None},
        {"loss": "quantile", "quantiles": (0.1, 0.3, 0.7)},
        {"loss": "quantile", "quantiles": (0.6, 0.7)},
    ],
    ids=str,
)
@pytest.mark.parametrize("gaps", [False, True])
def test_every_scale_gives_the_forecast(gaps, parameters, path):
    series = daily() + 3
    if gaps:
        series.iloc[[40, 80, 85, 86, 89]] = np.nan
    check_alone(fitted(None, series, **parameters), series, path)


@pytest.mark.parametrize("freq", ["s", "15min", "h", "D", "B", "MS", "W"])
def test_every_calendar_gives_the_forecast(freq, path):
    n = 900 if freq in ("D", "B") else 300  # of more than two years, the day of the year is read
    start = "2019-12-20 22:15:30" if freq in ("s", "15min", "h") else "2019-12-20"
    index = pd.date_range(start, periods=n, freq=freq)
    series = pd.Series(np.random.default_rng(0).normal(size=n), index=index, name="load")
    check_alone(fitted(None, series), series, path)


@pytest.mark.parametrize("freq", ["s", "h", "D", "MS"])
def test_the_calendar_is_that_of_pandas_through_leap_years_and_centuries(freq):
    starts = ["1599-12-30", "1899-12-28", "1904-02-27", "1969-12-30", "2000-02-28", "2100-02-27"]
    times = [pd.date_range(day, periods=700, freq="3h7min11s", unit="us") for day in starts]
    times = times[0].append(times[1:])
    graph, names = GraphBuilder(), calendar_names("datetime", freq)
    given = graph.input("times", np.int64, [1, "steps"])
    graph.output("calendar", add_calendar(graph, names, given), np.float32, [1, "steps", None])
    session = onnxruntime.InferenceSession(graph.model({}).SerializeToString())
    (found,) = session.run(None, {"times": times.to_numpy().astype(np.int64)[None]})
    expected = calendar_features("datetime", freq, times)
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["zone", "periods", "array"])
def test_every_index_gives_the_forecast(kind, path):
    values = daily(tz="Europe/Berlin")
    if kind == "periods":
        values = pd.Series(values.to_numpy(), pd.period_range("2000-01", periods=90, freq="M"))
    if kind == "array":
        values = pd.Series(values.to_numpy())
    check_alone(fitted(None, values.to_numpy() if kind == "array" else values), values, path)


def test_a_series_shorter_than_the_window_is_padded(path):
    series = daily(40)
    with pytest.warns(UserWarning, match="not longer than one window"):
        forecaster = fitted(None, series, window=49)
    check_alone(forecaster, series, path)


# --- least squares, still windows, few values -----------------------------------------------------


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize(
    "parameters",
    [
        {"decoder": "parallel"},
        {"decoder": "mlp", "n_networks": 1, "log": True},
        {"loss": "squared_error", "scaling": "last"},
        {"loss": "huber", "difference": True, "scaling": "mean_abs"},
    ],
    ids=str,
)
def test_a_network_averaged_with_least_squares_gives_the_forecast(parameters, gaps, path):
    series = daily(200) + 3
    series.iloc[[195, 196]] = np.nan if gaps else 5.0
    forecaster = fitted(None, series, linear_share=0.3, **parameters)
    assert forecaster.linear_share_ == 0.3
    check_alone(forecaster, series, path)
    forecaster.module_.share.fill_(0.0)
    (alone,) = served(forecaster, path, **inputs_alone(forecaster, series))
    forecaster.module_.share.fill_(1.0)
    (linear,) = served(forecaster, path, **inputs_alone(forecaster, series))
    assert np.abs(alone - linear).max() > 1e-3
    check_alone(forecaster, series, path)


def test_values_at_and_below_the_least_one_of_fit_give_the_forecast(path):
    series = daily(100).clip(0.5)
    forecaster = fitted(None, series, log=True, calendar=None)
    row = series.iloc[-14:].copy()
    row.iloc[[1, 4, 8, 12]] = [1e-3, 0.0, -2.0, 0.2]
    (found,) = served(forecaster, path, values=window_of(row, 14))
    expected = forecaster.forecast(context=row.to_frame()).to_numpy().ravel()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def contexts():
    """Windows of few values and of equal ones, of which some are missing, by their names."""
    found = {f"{n} values": daily(20).where(np.arange(20) > 19 - n) for n in range(1, 7)}
    found |= {f"{n} equal": found[f"{n} values"] * 0 + 0.7 for n in (1, 2, 3, 4, 5)}
    zeros = daily(20) * 0
    found |= {"zeros": zeros, "sevens": zeros + 7, "sevens, gaps": found["6 values"] * 0 + 7}
    return found | {"mirrored": (daily(20) - 4) * np.resize([1, -1], 20), "one season": daily(7)}


@pytest.mark.parametrize("shares", [True, False])
@pytest.mark.parametrize(
    "parameters",
    [
        {"scaling": "mean"},
        {"scaling": "last"},
        {"log": True},
        {"difference": True},
        {"decoder": "recursive"},
        {"scaling": "mean_abs", "loss": "poisson"},
        {"linear_share": 0.4},
    ],
    ids=str,
)
def test_windows_that_do_not_tell_their_scale_give_the_forecast(parameters, shares, path):
    parameters = {"log": False, "calendar": None} | parameters
    series = daily(200).round().clip(1)
    forecaster = fitted(None, series, **parameters)
    if forecaster._widths is not None:
        usual = Width(2.5, 0.4 if shares else None)
        still = Width(0.0) if shares else Width(0.3, 0.2)
        forecaster._widths = WindowWidths(usual, still, few=5)
    rows = {name: row.clip(lower=0) for name, row in contexts().items() if name != "mirrored"}
    if not forecaster.log_ and "loss" not in parameters:
        rows = contexts()
    values = np.concatenate([window_of(row, forecaster._reach) for row in rows.values()])
    found = served(forecaster, path, values=values)
    for name, row in rows.items():
        expected = forecaster.forecast(context=row.rename("sales").to_frame()).to_numpy().ravel()
        np.testing.assert_allclose(found[[*rows].index(name)], expected, 1e-5, 1e-6, err_msg=name)
    assert np.isfinite(found).all()


# --- covariates ---------------------------------------------------------------------------------


def covariate_inputs(forecaster, table, future):
    """The inputs of the shops of ``panel``, put together by hand."""
    window, parts = forecaster.window_, []
    of_network = {"price": "known", "action": "known_codes", "visitors": "past"}
    actions = {"none": 2, "poster": 3, "radio": 4}
    for number, (shop, rows) in enumerate(table.groupby(level="shop", sort=False)):
        coming, rows = future.loc[shop], rows.loc[shop]
        both = pd.concat([rows.iloc[-window:], coming])
        part = {
            "values": rows["sales"].to_numpy()[-forecaster._reach :],
            "times": times_of(rows.index, window)[0],
            "known": both[["price"]].to_numpy(),
            "known_codes": both[["action"]].map(lambda name: actions.get(name, 1)).to_numpy(),
            "past": rows[["visitors"]].to_numpy()[-window:],
            "past_codes": rows[["weather"]].map({"dry": 2, "wet": 3}.get).to_numpy()[-window:],
            "static": rows[["size"]].to_numpy()[-1],
            "static_codes": np.array([{"city": 2, "town": 3}[rows["place"].iloc[-1]], number + 2]),
        }
        parts.append(part)
    assert set(of_network.values()) < set(parts[0])
    return {name: np.stack([part[name] for part in parts]) for name in parts[0]}


def shops():
    table = panel(n=400)
    rng = np.random.default_rng(0)
    table["weather"] = rng.choice(["dry", "wet"], len(table))
    table["place"] = np.where(table["size"] > 0, "city", "town")
    table.loc[rng.random(len(table)) < 0.1, "visitors"] = np.nan
    return table


@pytest.mark.parametrize("decoder", ["parallel", "mlp", "recursive"])
def test_columns_of_every_kind_give_the_forecast(decoder, path):
    table, rng = shops(), np.random.default_rng(1)
    options = {"past": ["visitors", "weather"], "static": ["size", "place"]}
    forecaster = fitted(table, "sales", decoder=decoder, **options)
    assert forecaster._scalers.masked_past
    assert forecaster._knows_ids
    index = ahead(table.index, 4)
    places = table["place"].groupby(level="shop").last()
    future = pd.DataFrame(
        {
            "price": rng.normal(size=12),
            "visitors": np.nan,
            "action": rng.choice(["none", "radio", "something new"], 12),
            "size": np.repeat([0.0, 1.0, 2.0], 4),
            "weather": "dry",
            "place": places.loc[index.get_level_values(0)].to_numpy(),
        },
        index=index,
    )[[name for name in table if name != "sales"]]
    inputs = covariate_inputs(forecaster, table, future)
    found = served(forecaster, path, **inputs)
    expected = forecaster.forecast(X=future)["sales"].to_numpy().reshape(3, 4)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    session, document = session_of(path)
    assert document["static_codes"]["id"] == ["a", "b", "c"]
    assert document["known_codes"] == {"action": ["none", "poster", "radio"]}
    for name in set(inputs) - {"values"}:  # each of them matters
        changed = {**inputs, name: np.roll(inputs[name], 1, axis=0)}
        assert np.abs(session.run(None, changed)[0] - found).max() > 1e-6, name
    onnx.checker.check_model(onnx.load(path), full_check=decoder != "recursive")


def test_several_targets_are_rows_of_the_batch(path):
    targets = frame()[["sales"]].assign(returns=lambda table: 3 - table["sales"])
    forecaster = fitted(None, targets, calendar=None)
    values = np.concatenate([window_of(targets[name], 14) for name in targets])
    found = served(forecaster, path, values=values, static_codes=np.array([[2], [3]]))
    np.testing.assert_allclose(found.T, forecaster.forecast().to_numpy(), rtol=1e-5)


# --- what is no answer --------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["mean", "last", "mean_abs", None])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_window_that_tells_nothing_gives_nan(bad, scaling, path):
    forecaster = fitted(None, daily(), scaling=scaling, calendar=None, log=False)
    values = np.repeat(window_of(daily(), 14), 2, axis=0)
    values[1, :] = bad if np.isnan(bad) else values[1]
    values[1, 3] = bad
    found = served(forecaster, path, values=values)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()


@pytest.mark.parametrize("jitter", [0.0, 1e-16])
def test_a_window_that_is_constant_up_to_rounding_gives_the_forecast(jitter, path):
    forecaster = fitted(None, daily(), calendar=None, log=False)
    context = daily(20, start="2024-03-31") * 0 + 0.7
    context += jitter * (np.arange(20) % 2)
    assert context.nunique() == 1 + (jitter > 0)
    found = served(forecaster, path, values=window_of(context, 14))
    expected = forecaster.forecast(context=context.to_frame()).to_numpy().ravel()
    np.testing.assert_allclose(found[0], expected, rtol=1e-5, atol=1e-6)
    assert np.abs(expected - 0.7).max() > 1e-3
