"""Synthetic data, held against slow readings of what their docstrings say."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from sklearn_rnn.datasets import (
    make_adding_problem,
    make_copy_task,
    make_customer_events,
    make_waves,
)

MAKERS = [make_adding_problem, make_copy_task, make_waves, make_customer_events]


def flat(data):
    """Everything that a maker gave as one list of plain values."""
    X, y = data
    if isinstance(X, pd.DataFrame):
        return [X.astype({"when": "int64"}).to_numpy().tolist(), y.to_dict()]
    return [[np.asarray(x).tolist() for x in X], np.asarray(y).tolist()]


# What holds for all of them


@pytest.mark.parametrize("make", MAKERS)
def test_one_seed_gives_the_same_data_and_another_one_others(make):
    first = flat(make(30, random_state=3))
    assert first == flat(make(30, random_state=np.int64(3)))
    assert first != flat(make(30, random_state=4))


@pytest.mark.parametrize("make", MAKERS)
def test_a_random_state_moves_on(make):
    state = np.random.RandomState(0)
    first, second = flat(make(30, random_state=state)), flat(make(30, random_state=state))
    assert first != second
    assert first == flat(make(30, random_state=np.random.RandomState(0)))


@pytest.mark.parametrize("make", MAKERS)
def test_no_seed_gives_new_data_each_time(make):
    assert flat(make(30)) != flat(make(30))


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("random_state", "error"), [(-1, ValueError), ("0", TypeError), (0.5, TypeError)]
)
def test_a_bad_random_state_is_refused(make, random_state, error):
    with pytest.raises(error, match="random_state"):
        make(30, random_state=random_state)


@pytest.mark.parametrize(
    ("make", "parameters", "error", "message"),
    [
        (make_adding_problem, {"n_samples": 0}, ValueError, "n_samples must be at least 1"),
        (make_adding_problem, {"n_samples": 2.0}, TypeError, "n_samples must be an int"),
        (make_adding_problem, {"length": 1}, ValueError, "length must be at least 2, but is 1"),
        (make_adding_problem, {"min_length": 1}, ValueError, "min_length must be at least 2"),
        (make_adding_problem, {"min_length": 51}, ValueError, "min_length is 51 and length is 50"),
        (make_copy_task, {"n_samples": True}, TypeError, "n_samples must be an int"),
        (make_copy_task, {"n_symbols": 0}, ValueError, "n_symbols must be at least 1"),
        (make_copy_task, {"copy_length": 0}, ValueError, "copy_length must be at least 1"),
        (make_copy_task, {"delay": 0}, ValueError, "delay must be at least 1"),
        (make_waves, {"n_samples": None}, TypeError, "n_samples must be an int"),
        (make_waves, {"n_classes": 1}, ValueError, "n_classes must be at least 2"),
        (make_waves, {"n_classes": 7}, ValueError, "n_classes must be from 2 to 6.*sawtooth.*is 7"),
        (make_waves, {"n_channels": 0}, ValueError, "n_channels must be at least 1"),
        (make_waves, {"min_length": 0}, ValueError, "min_length must be at least 1"),
        (make_waves, {"max_length": 20}, ValueError, "min_length is 30 and max_length is 20"),
        (make_waves, {"noise": -0.1}, ValueError, "noise must be finite and at least 0"),
        (make_waves, {"noise": math.nan}, ValueError, "noise must be finite and at least 0"),
        (make_waves, {"noise": "0.1"}, TypeError, "noise must be a number"),
        (make_customer_events, {"n_customers": 1}, ValueError, "n_customers must be at least 2"),
        (make_customer_events, {"mean_events": 2.9}, ValueError, "mean_events .* at least 3"),
        (make_customer_events, {"mean_events": math.inf}, ValueError, "mean_events must be finite"),
        (make_customer_events, {"mean_events": None}, TypeError, "mean_events must be a number"),
    ],
)
def test_a_parameter_out_of_range_is_named(make, parameters, error, message):
    with pytest.raises(error, match=message):
        make(**parameters)


# The adding problem


@pytest.mark.parametrize("length", [2, 3, 11])
def test_two_markers_one_in_each_half_and_their_values_add_up(length):
    X, y = make_adding_problem(200, length, random_state=0)
    assert isinstance(X, list)
    assert (len(X), y.shape) == (200, (200,))
    for sequence, target in zip(X, y, strict=True):
        assert sequence.shape == (length, 2)
        values, markers = sequence.T
        assert 0 <= values.min() <= values.max() <= 1
        assert set(markers) <= {0, 1}
        first, second = np.flatnonzero(markers)
        assert first < length // 2 <= second
        assert target == values[first] + values[second]


def test_markers_stand_at_every_step_of_their_half():
    X, _ = make_adding_problem(500, 7, random_state=0)
    marked = [tuple(np.flatnonzero(sequence[:, 1])) for sequence in X]
    assert set(marked) == {(first, second) for first in range(3) for second in range(3, 7)}


def test_lengths_of_the_adding_problem_lie_between_their_bounds():
    X, y = make_adding_problem(300, 9, min_length=5, random_state=0)
    assert {len(sequence) for sequence in X} == {5, 6, 7, 8, 9}
    np.testing.assert_array_equal([x[:, 0] @ x[:, 1] for x in X], y)


def test_the_mean_of_the_adding_problem_costs_a_sixth():
    _, y = make_adding_problem(20_000, 10, random_state=0)
    assert np.mean((y - 1) ** 2) == pytest.approx(1 / 6, rel=0.03)


# The copy task


@pytest.mark.parametrize("delay", [1, 2, 5])
def test_a_copy_task_is_symbols_blanks_go_and_blanks(delay):
    n_symbols, blank, go = 5, 7, 8
    X, y = make_copy_task(100, n_symbols, 3, delay, random_state=0)
    assert X.dtype == y.dtype == np.int64
    assert (X.shape, y.shape) == ((100, delay + 6), (100, 3))
    for row, symbols in zip(X.tolist(), y.tolist(), strict=True):
        assert row == [*symbols, *[blank] * (delay - 1), go, *[blank] * 3]
    assert set(y.ravel().tolist()) == {2, 3, 4, 5, 6}


# Waves


def test_waves_have_the_lengths_channels_and_classes_asked_for():
    X, y = make_waves(100, 6, n_channels=2, min_length=4, max_length=6, random_state=0)
    assert isinstance(X, list)
    assert {wave.shape for wave in X} == {(4, 2), (5, 2), (6, 2)}
    counts = np.bincount(y)
    assert len(counts) == 6
    assert counts.max() - counts.min() <= 1
    assert np.any(np.diff(y) < 0)


def slopes(wave):
    """How often the steps of a clean wave rise, fall and stand still, in shares."""
    steps = np.diff(wave[:, 0]) / np.abs(wave).max()
    return np.array([(steps > 1e-9).mean(), (steps < -1e-9).mean(), (abs(steps) <= 1e-9).mean()])


def test_clean_waves_have_the_shape_of_their_class():
    X, y = make_waves(60, 6, min_length=400, max_length=500, noise=0, random_state=0)
    expected = {
        1: lambda s: s[2] > 0.7 and abs(s[0] - s[1]) < 0.02,  # square: flat, with jumps
        2: lambda s: s[0] > 0.85 and s[1] < 0.15,  # sawtooth: rises, falls in one step
        3: lambda s: abs(s[0] - s[1]) < 0.05 and s[2] < 0.01,  # triangle: rises as it falls
        4: lambda s: s[1] > 0.85 and s[0] < 0.15,  # falling sawtooth
        5: lambda s: s[2] > 0.7,  # pulse: flat, with jumps
    }
    for wave, label in zip(X, y, strict=True):
        if label:
            assert expected[label](slopes(wave)), label
    pulses = [wave for wave, label in zip(X, y, strict=True) if label == 5]
    assert all(0.2 < (wave > 0).mean() < 0.3 for wave in pulses)


def test_a_sine_bends_towards_zero_by_one_factor():
    X, y = make_waves(30, 2, noise=0, random_state=0)
    for wave in (wave[:, 0] for wave, label in zip(X, y, strict=True) if label == 0):
        # sin(a - b) + sin(a + b) = 2 cos(b) sin(a), with b the angle of one step
        factor = 2 * np.cos(2 * np.pi / estimated_period(wave))
        np.testing.assert_allclose(wave[:-2] + wave[2:], factor * wave[1:-1], atol=1e-9)


def estimated_period(wave):
    factor = ((wave[:-2] + wave[2:]) @ wave[1:-1]) / (wave[1:-1] @ wave[1:-1])
    period = 2 * np.pi / np.arccos(factor / 2)
    assert 8 <= period <= 16
    return period


def test_mean_and_power_do_not_tell_the_classes_apart():
    X, y = make_waves(600, 6, min_length=300, max_length=300, noise=0, random_state=0)
    power = np.array([np.mean(wave**2) for wave in X])
    assert all(abs(np.mean(wave)) < 0.15 for wave in X)
    expected = 0.25 + 0.5 + 1 / 3  # the mean square of an amplitude between 0.5 and 1.5
    for label in range(6):
        assert power[y == label].mean() == pytest.approx(expected, rel=0.2)


def test_noise_has_the_deviation_asked_for():
    quiet, _ = make_waves(50, noise=0.0, random_state=0)
    loud, _ = make_waves(50, noise=2.0, random_state=0)
    difference = np.concatenate(loud) - np.concatenate(quiet)
    assert difference.std() == pytest.approx(2.0, rel=0.1)


# Customers


@pytest.fixture(scope="module")
def customers():
    return make_customer_events(1500, random_state=0)


def facts(events):
    """What the docstring says the label arises from, one customer after the other."""
    rows = {}
    for customer, log in events.sort_values("when").groupby("customer"):
        amounts, when = log["amount"].tolist(), log["when"].tolist()
        n = len(log)
        gaps = {i: math.log((when[i] - when[i - 1]).total_seconds()) for i in range(1, n)}
        late = [gaps[i] for i in gaps if 2 * i > n]
        early = [gaps[i] for i in gaps if 2 * i <= n]
        channels = log["channel"].tolist()
        falls = [
            math.log(amounts[i - 2] / amounts[i]) for i in range(2, n) if channels[i] == "phone"
        ]
        rows[customer] = {
            "few": -math.log(n),
            "small": -np.mean(np.log(amounts)),
            "recency": math.log((pd.Timestamp("2025-01-01") - when[-1]).total_seconds()),
            "young": -log["age"].iloc[0],
            "lengthening": np.mean(late) - np.mean(early),
            "falls": np.mean(falls) if falls else 0.0,
            "calls": channels.count("phone") / n,
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    return (table - table.mean()) / table.std(ddof=0)


def test_events_have_the_columns_and_types_promised(customers):
    events, churned = customers
    expected = ["customer", "when", "amount", "channel", "item", "age", "region"]
    assert events.columns.tolist() == expected
    assert events.index.equals(pd.RangeIndex(len(events)))
    assert pd.api.types.is_datetime64_any_dtype(events["when"])
    assert events["amount"].dtype == np.float64
    assert events["channel"].cat.categories.tolist() == ["web", "shop", "phone", "app"]
    assert events["age"].dtype == np.int64
    assert all(pd.api.types.is_string_dtype(events[c]) for c in ("customer", "item", "region"))
    assert not events.isna().any(axis=None)
    assert events["amount"].min() > 0
    assert events["when"].max() < pd.Timestamp("2025-01-01")
    assert (churned.name, churned.index.name, churned.dtype) == ("churned", "customer", np.int64)


def test_every_customer_has_a_label_and_constant_columns(customers):
    events, churned = customers
    by_customer = events.groupby("customer")
    assert sorted(churned.index) == sorted(f"c{i:04d}" for i in range(1, 1501))
    assert set(events["customer"]) == set(churned.index)
    assert (by_customer[["age", "region"]].nunique() == 1).all(axis=None)
    assert not events.duplicated(["customer", "when"]).any()


def test_events_and_labels_come_in_orders_of_their_own(customers):
    events, churned = customers
    assert not events["when"].is_monotonic_increasing
    assert not events["customer"].is_monotonic_increasing
    assert not churned.index.is_monotonic_increasing
    assert events["customer"].unique().tolist() != churned.index.tolist()
    shuffled = events.groupby("customer")["when"].apply(lambda w: not w.is_monotonic_increasing)
    assert shuffled.mean() > 0.9


def test_the_number_of_events_varies_about_its_mean(customers):
    counts = customers[0].groupby("customer").size()
    assert counts.min() >= 3
    assert counts.mean() == pytest.approx(20, rel=0.1)
    assert counts.quantile(0.9) > 2 * counts.quantile(0.1)


def test_items_are_thirty_and_long_tailed(customers):
    shares = customers[0]["item"].value_counts(normalize=True)
    assert len(shares) == 30
    assert shares.iloc[0] > 8 * shares.iloc[-1]


@pytest.mark.parametrize("n_customers", [2, 3, 6, 7, 101, 500])
def test_two_fifths_churn(n_customers):
    events, churned = make_customer_events(n_customers, random_state=0)
    assert events["customer"].nunique() == len(churned) == n_customers
    assert churned.sum() == round(0.4 * n_customers)
    assert 0.3 <= churned.mean() <= 0.5


def test_customers_of_the_fewest_events_are_made_too():
    events, _ = make_customer_events(20, mean_events=3, random_state=0)
    assert (events.groupby("customer").size() == 3).all()


def test_the_label_has_the_facts_and_weights_of_the_docstring(customers):
    events, churned = customers
    table = facts(events).drop(columns="calls")
    model = LogisticRegression(C=1e6).fit(table, churned[table.index])
    expected = [0.5, 0.5, 0.5, 0.5, 1.0, 1.0]
    np.testing.assert_allclose(model.coef_[0], expected, atol=0.2)


def test_order_tells_more_than_aggregates_and_noise_remains(customers):
    events, churned = customers
    table = facts(events)
    train, test = table.index[::2], table.index[1::2]

    def auc(columns):
        model = LogisticRegression().fit(table.loc[train, columns], churned[train])
        scores = model.decision_function(table.loc[test, columns])
        return roc_auc_score(churned[test], scores)

    blind = ["few", "small", "recency", "young", "calls"]
    assert 0.6 < auc(blind) < 0.75
    assert auc(blind) + 0.08 < auc([*blind, "lengthening", "falls"]) < 0.9


def test_the_order_facts_do_not_show_in_aggregates(customers):
    table = facts(customers[0])
    across = table.corr().loc[["lengthening", "falls"], ["few", "small", "young", "calls"]]
    assert (across.abs() < 0.1).all(axis=None)
