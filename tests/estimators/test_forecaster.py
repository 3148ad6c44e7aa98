"""RNNForecaster: layouts, where forecasts begin, how far they go, what is an error."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from sklearn_rnn import RNNForecaster
from tests.forecasting_data import TINY, WEEK, ahead, daily, frame, panel

KNOWN = ["price", "action"]


def fit(X, y=None, **parameters):
    sample_weight = parameters.pop("sample_weight", None)
    return RNNForecaster(**(TINY | parameters)).fit(X, y, sample_weight=sample_weight)


# --- layouts ------------------------------------------------------------------------------------


def test_forecast_goes_on_where_the_series_ends():
    sales = daily()
    found = fit(sales).forecast()
    pd.testing.assert_index_equal(found.index, ahead(sales.index, 4))
    assert found.columns.tolist() == ["sales"] and np.isfinite(found["sales"]).all()


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2024-01-01", periods=60, freq="h", tz="Europe/Berlin", name="hour"),
        pd.date_range("2010-01-31", periods=60, freq="ME", unit="s"),
        pd.period_range("2001Q1", periods=60, freq="Q"),
        pd.RangeIndex(7, 67, name="step"),
        pd.Index(np.arange(0, 600, 10, dtype="int32")),
    ],
    ids=["zone", "month ends", "periods", "range", "every tenth"],
)
def test_times_come_back_as_they_were(index):
    y = daily(60).set_axis(index)
    whole = index.append(index[-1:]) if isinstance(index, pd.PeriodIndex) else index
    found = fit(y.iloc[:57], window=7).forecast(3)
    assert found.index.dtype == whole.dtype and found.index.name == index.name
    assert found.index.tolist() == index[57:].tolist()


def test_time_in_a_column():
    table = frame().rename_axis("day").reset_index()
    found = fit(table[["day", "sales"]], "sales", time_col="day").forecast(2)
    assert found.columns.tolist() == ["day", "sales"]
    assert found["day"].tolist() == ahead(frame().index, 2).tolist()


def test_all_layouts_of_one_series_give_one_forecast():
    table = frame()
    sales, X = table["sales"], table[["price"]]
    future = pd.DataFrame({"price": [0.5, -1.0]}, index=ahead(table.index, 2))
    expected = fit(X, sales).forecast(2, future)["sales"].to_numpy()
    in_columns = table[["price", "sales"]].rename_axis("day").reset_index()
    in_future = future.rename_axis("day").reset_index()
    for found in (
        fit(table[["price", "sales"]], "sales").forecast(2, future)["sales"],
        fit(X, sales.to_frame()).forecast(2, future)["sales"],
        fit(X, sales.to_numpy()).forecast(2, future)["forecast"],
        fit(in_columns, "sales", time_col="day").forecast(2, in_future)["sales"],
        fit(X, sales).predict(future),
        fit(X, sales.to_frame()).predict(future)[:, 0],
    ):
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12)


def test_rows_without_time_follow_each_other():
    sales = daily().to_numpy()
    model = fit(None, sales)
    found = model.forecast(3)
    assert found.index.tolist() == [90, 91, 92] and found.columns.tolist() == ["forecast"]
    X = np.random.default_rng(0).normal(size=(90, 2))
    model = fit(X, sales)
    np.testing.assert_array_equal(model.predict(X[:3]), model.forecast(3, X[:3])["forecast"])


def test_long_frame_is_understood_and_given_back():
    long = panel().reset_index().rename(columns={"shop": "unique_id", "day": "ds", "sales": "y"})
    model = fit(long[["unique_id", "ds", "y"]])
    found = model.forecast(2, level=[80, 95])
    assert found.columns.tolist() == [
        "unique_id",
        "ds",
        "RNNForecaster",
        "RNNForecaster-lo-95",
        "RNNForecaster-lo-80",
        "RNNForecaster-hi-80",
        "RNNForecaster-hi-95",
    ]
    assert found["unique_id"].tolist() == ["a", "a", "b", "b", "c", "c"]
    assert found["ds"].dtype == long["ds"].dtype


def test_polars_frames_come_back_as_polars():
    polars = pytest.importorskip("polars")
    table = panel()[["sales"]].reset_index().rename(columns={"shop": "id"})
    as_polars = polars.DataFrame({name: table[name].tolist() for name in table})
    model = fit(as_polars, "sales", id_col="id", time_col="day")
    found = model.forecast(2)
    assert isinstance(found, polars.DataFrame) and found.columns == ["id", "day", "sales"]
    expected = fit(table, "sales", id_col="id", time_col="day").forecast(2)["sales"]
    np.testing.assert_allclose(found["sales"].to_numpy(), expected, rtol=1e-12)
    assert isinstance(model.backtest(as_polars, "sales", n_windows=1), polars.DataFrame)


def test_an_index_is_a_frame_without_columns():
    sales, data = daily(), panel()["sales"]
    for y in (sales, sales.to_period(), data):
        model = fit(y)
        index = model.forecast(3).index
        np.testing.assert_array_equal(model.predict(index), model.forecast(3)["sales"])
        assert model.predict_interval(index).shape == (len(index), 2)
    by_index = fit(sales.index, sales.to_numpy())
    np.testing.assert_array_equal(by_index.forecast(3)["forecast"], fit(sales).forecast(3)["sales"])


def test_an_array_without_columns_counts_the_rows_ahead():
    model = fit(None, daily().to_numpy())
    np.testing.assert_array_equal(model.predict(np.empty((3, 0))), model.forecast(3)["forecast"])
    with pytest.raises(ValueError, match="0 feature"):
        fit(np.empty((90, 0)), daily().to_numpy())


def test_names_of_forecasts_can_be_chosen():
    sales = daily()
    model = fit(sales)
    found = model.forecast(2, level=[80], name="RNNForecaster")
    names = ["RNNForecaster", "RNNForecaster-lo-80", "RNNForecaster-hi-80"]
    assert found.columns.tolist() == names
    np.testing.assert_array_equal(found, model.forecast(2, level=[80]))
    tested = model.backtest(sales, n_windows=1, level=[80])
    assert [name for name in tested if name in names] == names
    other = model.backtest(sales, n_windows=1, level=[80], name="mine")
    np.testing.assert_array_equal(other["mine"], tested["RNNForecaster"])
    both = fit(None, pd.DataFrame({"in": sales, "out": 2 * sales}))
    assert both.forecast(1, name=["a", "b"]).columns.tolist() == ["a", "b"]


def test_panel_in_a_multi_index():
    data = panel()
    future = pd.DataFrame({"price": 0.0, "action": "radio"}, index=ahead(data.index, 3))
    model = fit(data[KNOWN], data["sales"])
    found = model.forecast(3, future)
    pd.testing.assert_index_equal(found.index, future.index)
    np.testing.assert_array_equal(found["sales"], model.predict(future))
    shuffled = future.sample(frac=1, random_state=0)
    np.testing.assert_array_equal(
        pd.Series(model.predict(shuffled), shuffled.index)[future.index], model.predict(future)
    )
    assert model.series_of(future).tolist() == list("aaabbbccc")


def test_large_integer_ids_stay_exact():
    large = [2**53 + 1, 2**53 + 2]
    data = pd.concat({name: daily() for name in large}, names=["id", "day"])
    found = fit(data).forecast(1)
    assert found.index.get_level_values("id").tolist() == large


def test_several_targets_are_forecast_at_once():
    table = frame()
    targets = pd.DataFrame({"sales": table["sales"], "twice": 2000 * table["sales"]})
    model = fit(None, targets, max_epochs=20)
    found = model.forecast(2)
    assert found.columns.tolist() == ["sales", "twice"]
    assert (found["twice"] / found["sales"]).between(1800, 2200).all()
    future = pd.DataFrame(index=found.index)
    np.testing.assert_array_equal(model.predict(future), found)
    assert model.predict_quantiles(future, [0.1, 0.5, 0.9]).shape == (2, 2, 3)
    assert model.sample(5, future).shape == (5, 2, 2)
    assert model.score(pd.DataFrame(index=table.index), targets) > 0.5
    assert model.forecast(1, level=[80]).columns.tolist()[:3] == [
        "sales",
        "sales-lo-80",
        "sales-hi-80",
    ]


def test_float32_targets_give_float32_forecasts():
    assert fit(daily().astype("float32")).forecast(1)["sales"].dtype == np.float32


# --- what is forecast ---------------------------------------------------------------------------


def test_the_week_is_learned():
    sales = daily(200)
    found = fit(sales.iloc[:-7], horizon=7, max_epochs=30).forecast()["sales"]
    assert np.abs(found - sales.iloc[-7:]).mean() < 0.25


def test_series_of_any_level_are_learned_by_one_network():
    data = panel(120)["sales"]
    model = fit(data, max_epochs=30)
    found = model.forecast()["sales"]
    days = (found.index.get_level_values("day") - pd.Timestamp("2024-01-01")).days
    levels = found.index.get_level_values("shop").map({"a": 1, "b": 10, "c": 100})
    np.testing.assert_allclose(found / levels, WEEK[days % 7], atol=0.5)


@pytest.mark.parametrize("scaling", ["mean", "last"])
@pytest.mark.parametrize("value", [7.5, 0.1, 0.0, -3.0])
@pytest.mark.parametrize("n", [6, 90])
def test_constant_series_stay_constant(n, value, scaling):
    y = pd.Series(value, index=daily(n).index, name="y")
    model = RNNForecaster(**(TINY | {"window": "auto", "segment": 1}), scaling=scaling).fit(y)
    found = model.forecast(9, level=[80])
    np.testing.assert_allclose(found, np.full((9, 3), value), rtol=1e-12)
    np.testing.assert_allclose(model.predict(y.index), np.full(n, value), rtol=1e-12)


def test_a_constant_series_beside_others_stays_constant():
    data = panel()["sales"]
    still = pd.Series(5.0, index=data.loc["a"].index)
    data = pd.concat([data, pd.concat({"still": still}, names=["shop"])]).rename("sales")
    found = fit(data).forecast(6, level=[80])
    np.testing.assert_allclose(found.loc["still"], np.full((6, 3), 5.0), rtol=1e-12)
    assert (found.loc["a", "sales-hi-80"] > found.loc["a", "sales-lo-80"]).all()


def test_the_level_of_a_periodic_series_is_exact_with_differences():
    sales = pd.Series(np.resize(WEEK, 90), index=daily().index, name="sales")
    found = fit(sales, difference=True).forecast(10)["sales"]
    np.testing.assert_allclose(found, np.resize(WEEK, 100)[90:], rtol=1e-12)


def test_rows_of_training_times_are_forecast_from_the_row_before():
    table = frame(40)
    model = fit(table[KNOWN], table["sales"])
    predicted = model.predict(table[KNOWN])
    for row in (3, 20, 39):
        context = table.iloc[:row]
        future = table[KNOWN].iloc[row : row + 4]
        found = model.forecast(1, future, context=context)
        np.testing.assert_allclose(found["sales"].iloc[0], predicted[row], rtol=1e-6)
    assert predicted[0] == pytest.approx(table["sales"].mean())


def test_rows_without_a_past_are_the_mean_of_the_training_data():
    table = frame()
    model = fit(table[["price"]], table["sales"])
    days = table.index[:1].union(table.index[:5] - pd.Timedelta("10D"))
    rows = pd.DataFrame({"price": table["price"].iloc[0]}, index=days)
    expected = np.full(6, table["sales"].mean())
    np.testing.assert_allclose(model.predict(rows), expected)
    np.testing.assert_allclose(model.predict(rows.iloc[-1:]), expected[:1])
    assert np.isnan(model.predict_interval(rows)).all()
    assert np.isnan(model.sample(2, rows)).all()


def test_beyond_the_horizon_forecasts_go_on_from_forecasts():
    sales = daily()
    model = fit(sales)
    far = model.forecast(10)["sales"]
    known = pd.concat([sales, far.iloc[:4]])
    again = model.forecast(4, context=known.to_frame())["sales"]
    np.testing.assert_allclose(far.iloc[4:8], again, rtol=1e-6)
    np.testing.assert_array_equal(far.iloc[:4], model.forecast(4)["sales"])


def test_series_with_few_rows_ahead_are_forecast_beside_some_with_many():
    data = panel()
    model = fit(data[["price", "action"]], data["sales"])
    index = ahead(data.index, 11)
    for n_ahead in ([11, 2, 1], [1, 11, 0], [2, 1, 11]):
        parts = [index[11 * i : 11 * i + n] for i, n in enumerate(n_ahead) if n]
        parts = [data[["price", "action"]].iloc[: len(part)].set_axis(part) for part in parts]
        alone = np.concatenate([model.predict(part) for part in parts])
        np.testing.assert_allclose(model.predict(pd.concat(parts)), alone, rtol=1e-6)


@pytest.mark.parametrize("decoder", ["parallel", "recursive"])
@pytest.mark.parametrize("log", [True, False])
def test_far_forecasts_that_run_off_are_held_with_a_warning(log, decoder):
    sales = daily() + 3
    model = fit(sales, log=log, decoder=decoder, linear_share=0.0)
    near = model.forecast(4)
    with torch.no_grad():  # this much of a skip makes each step or block larger
        for name, weight in model.module_.named_parameters():
            if "skip" in name:
                weight.fill_(1.0 if decoder == "recursive" else 3.0)
    head = model.forecast(4)
    assert not np.allclose(head, near)
    with pytest.warns(UserWarning, match="run off beyond 10 times") as caught:
        found = model.forecast(400, level=[80])
    assert caught[0].filename == __file__
    pd.testing.assert_frame_equal(found[["sales"]].iloc[:4], head)
    largest = max(sales.max(), head["sales"].abs().max())
    assert np.abs(found["sales"]).max() <= 21 * largest
    assert np.isfinite(found).all(axis=None)
    assert found["sales"].between(found["sales-lo-80"], found["sales-hi-80"]).all()
    with pytest.warns(UserWarning, match="run off"):
        np.testing.assert_array_equal(model.predict(found.index), found["sales"])


def test_far_forecasts_that_stay_are_left_as_they_are():
    sales = daily()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(fit(sales, max_epochs=20).forecast(500)["sales"]).all()


def test_past_columns_are_missing_where_forecasts_go_on():
    table = frame()[["visitors", "sales"]]
    table.iloc[5, 0] = np.nan  # so that the network knows what missing is
    model = fit(table[["visitors"]], table["sales"], past=["visitors"])
    far = model.forecast(8)
    known = pd.concat([table, far.iloc[:4].assign(visitors=np.nan)])
    np.testing.assert_allclose(far.iloc[4:], model.forecast(4, context=known), rtol=1e-6)


def test_past_columns_are_missing_beyond_the_horizon():
    table = frame()
    model = fit(table[["visitors"]], table["sales"], past=["visitors"])
    future = table[["visitors"]].set_axis(ahead(table.index, 90))
    np.testing.assert_array_equal(
        model.predict(future), model.predict(future.assign(visitors=np.nan))
    )


def test_a_recursive_decoder_goes_any_length():
    sales = daily()
    model = fit(sales, decoder="recursive")
    far, near = model.forecast(11)["sales"], model.forecast(4)["sales"]
    assert len(far) == 11 and np.isfinite(far).all()
    np.testing.assert_allclose(far.iloc[:4], near, rtol=1e-6)


def test_a_gap_is_forecast_through():
    table = frame()
    model = fit(table[["price"]], table["sales"])
    future = pd.DataFrame({"price": 0.0}, index=ahead(table.index, 9)[3:])
    found = model.predict(future)
    assert found.shape == (6,) and np.isfinite(found).all()
    no_known = fit(table["sales"])
    index = ahead(table.index, 9)
    np.testing.assert_array_equal(
        no_known.predict(pd.DataFrame(index=index[3:])), no_known.forecast(9)["sales"].iloc[3:]
    )


def test_context_of_a_new_series_needs_no_fit():
    model = fit(panel()["sales"])
    found = []
    for level in (500.0, 5000.0):
        new = pd.concat({"new": daily(30, level=level)}, names=["shop", "day"])
        found.append(model.forecast(2, context=new.to_frame()))
    assert found[0].index.get_level_values("shop").unique().tolist() == ["new"]
    assert found[0]["sales"].between(new.min() / 10, new.max() / 10).all()
    np.testing.assert_allclose(found[1], 10 * found[0], rtol=1e-4)  # each is scaled by itself


def test_context_after_a_gap_stands_alone_with_a_warning():
    sales = daily(100)
    model, later = fit(sales.iloc[:60]), sales.iloc[70:].to_frame()
    with pytest.warns(UserWarning, match=r"comes after a gap: the history known before ends with"):
        found = model.forecast(2, context=later)
    pd.testing.assert_index_equal(found.index, ahead(sales.index, 2))


def test_masked_gaps_before_a_context_are_bridged():
    sales = daily(100)
    model = fit(sales.iloc[:60], gaps="mask")
    bridged = model.forecast(2, context=sales.iloc[62:].to_frame())
    whole = model.forecast(2, context=sales.where(~sales.index.isin(sales.index[60:62])).to_frame())
    pd.testing.assert_frame_equal(bridged, whole)


def test_context_goes_on_from_the_training_data():
    sales = daily(100)
    model = fit(sales.iloc[:90])
    expected = model.forecast(3, context=sales.to_frame())
    short = model.forecast(3, context=sales.iloc[90:].to_frame())
    pd.testing.assert_frame_equal(short, expected)
    model.update(sales.iloc[90:].to_frame())
    pd.testing.assert_frame_equal(model.forecast(3), expected)


def test_update_takes_x_and_y_apart():
    table = frame(60)
    model = fit(table[KNOWN].iloc[:50], table["sales"].iloc[:50])
    model.update(table[KNOWN].iloc[50:], table["sales"].iloc[50:])
    future = table[KNOWN].iloc[:1].set_axis(ahead(table.index, 1))
    assert model.forecast(1, future).index.tolist() == ahead(table.index, 1).tolist()
    with pytest.raises(ValueError, match="2024-02-29"):
        model.update(table[KNOWN].iloc[59:], table["sales"].iloc[59:])


def test_missing_values_are_masked():
    sales = daily()
    sales.iloc[[3, 10, 11, 12, 50, 89]] = np.nan
    assert np.isfinite(fit(sales).forecast()["sales"]).all()


def test_a_series_without_values_in_its_window_gives_nan_and_a_warning():
    data = pd.concat({"a": daily(), "b": daily()}, names=["id", "day"])
    data.loc[("b", slice("2024-02-15", None))] = np.nan
    model = fit(data)
    with pytest.warns(UserWarning, match="'b' has no observed value"):
        found = model.forecast(1)["sales"]
    assert np.isnan(found["b"]).all() and np.isfinite(found["a"]).all()
    rows = pd.DataFrame(index=found.index)
    with pytest.warns(UserWarning, match="'b' has no observed value") as caught:
        np.testing.assert_array_equal(model.predict(rows), found)
    assert caught[0].filename == __file__


def test_gaps_are_an_error_or_masked():
    sales = daily().drop(pd.Timestamp("2024-01-20"))
    with pytest.raises(ValueError, match="2024-01-20"):
        fit(sales)
    assert np.isfinite(fit(sales, gaps="mask").forecast()["sales"]).all()


def test_categories_that_fit_did_not_see_are_unknown():
    table = frame()
    model = fit(table[KNOWN], table["sales"])
    future = table[KNOWN].iloc[:4].assign(action=["none", "tv", "tv", "radio"])
    future.index = ahead(table.index, 4)
    assert np.isfinite(model.predict(future)).all()
    assert model.count_unknown(future) == {"action": 2}


# --- errors -------------------------------------------------------------------------------------


def test_missing_future_rows_are_listed():
    data = panel()
    model = fit(data[["price"]], data["sales"])
    future = pd.DataFrame({"price": 0.0}, index=ahead(data.index, 3))
    with pytest.raises(ValueError, match="'price'.*known in the future.*make_future_frame"):
        model.forecast(3)
    with pytest.raises(ValueError, match="1 row.* series 'b'"):
        model.forecast(3, future.drop(future.index[4]))
    with pytest.raises(ValueError, match="3 row"):
        model.forecast(4, future)


def test_other_known_values_at_a_training_time_are_an_error():
    table = frame()
    model = fit(table[KNOWN], table["sales"])
    for name, value in (("price", 9.0), ("action", "tv")):
        other = table[KNOWN].copy()
        other.loc["2024-01-17", name] = value
        with pytest.raises(ValueError, match=f"'{name}' differs.*2024-01-17"):
            model.predict(other)


def test_series_without_history_are_an_error():
    model = fit(panel()["sales"])
    index = pd.MultiIndex.from_tuples([("z", pd.Timestamp("2024-04-01"))], names=["shop", "day"])
    with pytest.raises(ValueError, match="series 'z'.*no history.*PanelTimeSeriesSplit"):
        model.predict(pd.DataFrame(index=index))


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"horizon": 0}, "horizon"),
        ({"window": 10, "segment": 4}, "window=10 is no multiple of segment=4"),
        ({"quantiles": [0.5, 1.5]}, "quantiles"),
        ({"loss": "mape"}, "loss"),
        ({"gaps": "fill"}, "gaps"),
        ({"past": ["weather"]}, "weather"),
    ],
    ids=str,
)
def test_bad_parameters_are_named(parameters, message):
    with pytest.raises((ValueError, TypeError), match=message):
        fit(frame()[["price"]], daily(), **parameters)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda model: model.forecast(0), "steps"),
        (lambda model: model.forecast(1, level=[0.8]), "level.*give 80"),
        (lambda model: model.forecast(1, level=["80"]), "level.*'80'"),
        (lambda model: model.predict_quantiles(None, [0, 0.5]), "between 0 and 1"),
        (lambda model: model.predict_quantiles(None, ["low"]), "between 0 and 1.*'low'"),
        (lambda model: model.predict_interval(None, coverage=80), "coverage"),
        (lambda model: model.sample(0, None), "n must be"),
        (lambda model: model.backtest(daily(), n_windows=0), "n_windows"),
        (
            lambda model: model.backtest(daily(), n_windows=1, name="cutoff"),
            "no other column.*but is 'cutoff'",
        ),
        (lambda model: model.forecast(1, name=["a", "b"]), r"each of 1 target.*\['a', 'b'\]"),
        (lambda model: model.predict(None), r"X is None.*forecast\(steps\)"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(fit(daily()))


@pytest.mark.parametrize("loss", ["poisson", "negative_binomial"])
def test_what_is_below_zero_is_no_count(loss):
    counts = panel()["sales"].round().abs()
    counts.iloc[7] = -3.0
    where = counts.index[7]
    message = f"loss='{loss}' is one of counts.* -3, at series {where[0]!r} at {where[1].date()}"
    with pytest.raises(ValueError, match=message):
        fit(counts, loss=loss)
    model = RNNForecaster(**(TINY | {"loss": loss}))
    with pytest.raises(ValueError, match=message):
        model.partial_fit(counts)


def test_nothing_to_train_on_is_an_error():
    with pytest.raises(ValueError, match="nothing can be trained"):
        fit(daily(1), freq="D")
    with pytest.raises(ValueError, match="the target is missing .NaN. in all of its 90 row"):
        fit(daily() * np.nan)
    early = daily().where(daily().index < "2024-01-05")
    with pytest.raises(ValueError, match="has 90 row.*none has a value after the first 14"):
        fit(early)


def test_short_series_are_padded_with_a_warning():
    data = pd.concat({"long": daily(), "short": daily(9)}, names=["id", "day"])
    with pytest.warns(
        UserWarning, match="1 of 2 series, such as series 'short' with 9 row.*padded"
    ):
        model = fit(data)
    assert np.isfinite(model.forecast()["sales"]).all()
    with pytest.warns(UserWarning, match=r"^the series, with 9 row\(s\), is not longer") as caught:
        RNNForecaster(**TINY).fit(daily(9))
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "X, y, message",
    [
        (None, 3.0, "y is of type float, but a Series"),
        (None, np.array(3.0), "y is of type ndarray, but a Series"),
        (None, {"a": 1.0}, "y is of type dict"),
        (None, [[1.0], [1.0, 2.0]], "y is a list whose rows have unequal lengths"),
        (None, pd.DataFrame(np.ones((30, 2)), columns=["a", "a"]), "column 'a' occurs more than"),
        ("sales", daily(), "X is of type str, but a DataFrame"),
        ({"a": [1]}, daily(), "X is of type dict, but a DataFrame"),
        (
            np.array([[1.0], [10**400]], dtype=object),
            [1.0, 2.0],
            "an integer too large for a float",
        ),
        (torch.eye(30).to_sparse(), np.ones(30), "X is a Tensor that is no dense table"),
        (pd.DataFrame({"a": np.zeros(30, "V3")}), np.ones(30), r"column 'a' is of the dtype"),
        (None, daily().astype(object).where(daily() < 9, "x"), "'sales' holds 'x' .* in row 11"),
        (daily(), daily(), r"X is a Series \('sales'\).*X.to_frame\(\)"),
    ],
)
def test_what_is_no_series_is_refused(X, y, message):
    with pytest.raises((TypeError, ValueError), match=message):
        fit(X, y)


def test_ids_that_cannot_be_told_apart_are_refused():
    with pytest.raises(TypeError, match=r"id_col 'id' holds \[1\].*hashable"):
        fit(frame().assign(id=[[1]] * 90), "sales", id_col="id")


def test_a_context_of_several_series_needs_a_fit_of_several():
    with pytest.raises(ValueError, match=r"context has a MultiIndex of \['shop', 'day'\]"):
        fit(daily()).forecast(1, context=panel()["sales"])


@pytest.mark.parametrize(
    "y, message",
    [(np.full(4, np.nan), "none of the 4 row"), ([1.0, 2.0], "X has 4 rows, but y has 2")],
)
def test_what_cannot_be_scored_is_refused(y, message):
    model = fit(daily())
    with pytest.raises(ValueError, match=message):
        model.score(model.forecast(4).index, y)


def test_no_target_is_an_error():
    with pytest.raises(ValueError, match="requires y"):
        fit(np.zeros((30, 2)))
    with pytest.raises(ValueError, match="sells"):
        fit(frame(), "sells")
