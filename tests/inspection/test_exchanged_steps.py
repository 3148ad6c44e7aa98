"""Permutation importance and partial dependence, against loops and scikit-learn's own."""

import numpy as np
import pandas as pd
import pytest
import sklearn.inspection
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_rnn import (
    RNNClassifier,
    RNNEncoder,
    RNNForecaster,
    RNNRegressor,
    RNNTagger,
    Sequences,
    TreeRNNClassifier,
)
from sklearn_rnn.inspection import partial_dependence, permutation_importance
from sklearn_rnn.inspection._exchangeable_steps import read_steps
from sklearn_rnn.preprocessing import SequencePadder, TokenEncoder

RNG = np.random.default_rng(0)
RAGGED = [RNG.normal(size=(length, 3)) for length in RNG.integers(2, 9, size=40)]
TABLE = RNG.normal(size=(40, 5))
TOKENS = [list("abcdefgh"[: 2 + i % 6]) for i in range(40)]


class Rule(RegressorMixin, BaseEstimator):
    """Predicts by a function of each sequence, without learning anything."""

    def __init__(self, function):
        self.function = function

    def fit(self, X, y=None):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, X):
        return np.array([self.function(sequence) for sequence in X])


def first_half_of_feature_1(x):
    return x[: (len(x) + 1) // 2, 1].mean()


def test_sources_are_the_steps_at_the_same_relative_time():
    steps, order = read_steps(RAGGED), RNG.permutation(40)
    sources = steps.sources(order)
    for i, x in enumerate(RAGGED):
        other = RAGGED[order[i]]
        for t in range(len(x)):
            s = int((t + 0.5) / len(x) * len(other))
            assert sources[steps.offsets[i] + t] == steps.offsets[order[i]] + s


def test_importances_are_falls_of_the_score_under_the_same_permutations():
    y = TABLE @ [0.0, 1, 2, 3, 4]
    model = LinearRegression().fit(TABLE, y + RNG.normal(size=40))
    found = permutation_importance(
        model, TABLE, y, by="block", n_blocks=5, n_repeats=3, random_state=7
    )
    rng = np.random.default_rng(7)
    orders = [rng.permutation(40) for _ in range(3)]
    for j in range(5):
        for i, order in enumerate(orders):
            shuffled = TABLE.copy()
            shuffled[:, j] = TABLE[order, j]
            fall = model.score(TABLE, y) - model.score(shuffled, y)
            assert found.importances[j, i] == pytest.approx(fall, abs=1e-12)
    np.testing.assert_array_equal(found.importances_mean, found.importances.mean(axis=1))
    np.testing.assert_array_equal(found.importances_std, found.importances.std(axis=1))
    np.testing.assert_allclose(found.block_edges, [0, 0.2, 0.4, 0.6, 0.8, 1])


def test_the_feature_and_the_time_that_count_are_found_and_no_other():
    rule = Rule(first_half_of_feature_1)
    y = rule.predict(RAGGED)
    kept = [x.copy() for x in RAGGED]
    by_feature = permutation_importance(rule, RAGGED, y, random_state=0)
    assert by_feature.importances.shape == (3, 5)
    assert by_feature.importances_mean[1] > 0.5
    np.testing.assert_array_equal(by_feature.importances[[0, 2]], 0)
    long = [RNG.normal(size=(2 * length, 3)) for length in range(4, 20)]
    halves = permutation_importance(
        rule, long, rule.predict(long), by="block", n_blocks=2, random_state=0
    )
    assert halves.importances_mean[0] > 0.5
    np.testing.assert_array_equal(halves.importances[1], 0)
    for x, before in zip(RAGGED, kept, strict=True):
        np.testing.assert_array_equal(x, before)


def test_lengths_stay_and_count_for_nothing():
    rule = Rule(len)
    found = permutation_importance(rule, RAGGED, rule.predict(RAGGED), by="block", random_state=0)
    np.testing.assert_array_equal(found.importances, 0)


def test_the_same_random_state_gives_the_same_and_another_another():
    rule = Rule(first_half_of_feature_1)
    y = rule.predict(RAGGED)
    first, second, other = (
        permutation_importance(rule, RAGGED, y, random_state=seed).importances for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_weights_of_sequences_reach_the_scorer():
    rule = Rule(first_half_of_feature_1)
    y = rule.predict(RAGGED)
    y[20:] = RNG.normal(size=20)
    weight = np.repeat([1.0, 0.0], 20)
    weighted = permutation_importance(rule, RAGGED, y, sample_weight=weight, random_state=0)
    plain = permutation_importance(rule, RAGGED, y, random_state=0)
    assert weighted.importances_mean[1] > plain.importances_mean[1]


EVENTS = Sequences.from_frame(
    pd.DataFrame({"who": np.arange(30) % 7, "spent": np.arange(30.0), "shop": list("abc") * 10}),
    id_col="who",
)
PADDED = np.full((4, 6, 2), np.nan)
for row, n in zip(PADDED, (6, 2, 3, 4), strict=True):
    row[:n] = RNG.normal(size=(n, 2))

FORMS = {
    "ragged": RAGGED,
    "ragged of one feature": [x[:, 0] for x in RAGGED],
    "integers": [np.arange(2, 2 + n) for n in (3, 5, 2)],
    "frames": [pd.DataFrame(x, columns=["a", "b", "c"]) for x in RAGGED],
    "3-D": PADDED,
    "table": TABLE,
    "frame": pd.DataFrame(TABLE, index=np.arange(40) + 7).add_prefix("t"),
    "Sequences": Sequences.from_list(RAGGED),
    "flat Sequences": Sequences.from_list([x[:, 0] for x in RAGGED]),
    "event log": EVENTS,
    "ids": TokenEncoder(analyzer="char").fit_transform(["abc", "ba", "cab"]),
    "tokens": TOKENS,
    "dicts": [[{"word": "a"}, {"word": "b"}], [{"word": "c"}]],
}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_exchanged_with_itself_is_X_in_the_same_form(form):
    X = FORMS[form]
    steps = read_steps(X)
    own = steps.sources(np.arange(len(X)))
    np.testing.assert_array_equal(own, np.arange(len(own)))
    again = [steps.exchange_steps(np.ones(len(own), dtype=bool), own)]
    again += [steps.exchange_feature(i, own) for i in range(len(steps.features))]
    for found in again:
        assert type(found) is type(X)
        if isinstance(X, pd.DataFrame):
            pd.testing.assert_frame_equal(found, X)
        elif isinstance(X, Sequences):
            for name in ("values", "codes", "offsets", "ids"):
                kept, expected = getattr(found, name), getattr(X, name)
                assert (kept is None) == (expected is None)
                np.testing.assert_array_equal(kept, expected)
            assert found.vocabulary == X.vocabulary
        elif form == "frames":
            for one, expected in zip(found, X, strict=True):
                pd.testing.assert_frame_equal(one, expected)
        elif form in ("tokens", "dicts"):
            assert found == X
        else:
            for one, expected in zip(found, X, strict=True):
                assert one.dtype == expected.dtype
                np.testing.assert_array_equal(one, expected)


def test_columns_of_an_event_log_are_features_by_their_names():
    rule = Rule(lambda x: x.mean())
    found = permutation_importance(
        rule, EVENTS, np.arange(7.0), n_repeats=1, scoring="r2", random_state=0
    )
    assert found.feature_names == ["spent", "shop"]
    assert found.importances[1, 0] == 0  # the rule reads no categories


def test_blocks_of_tokens_of_every_estimator_are_shuffled():
    small = {"hidden_size": 4, "max_epochs": 1, "random_state": 0}
    y = np.arange(40) % 2
    texts = [" ".join(tokens) for tokens in TOKENS]
    labels = [["x"] * len(tokens) for tokens in TOKENS]
    for model, X, target in (
        (RNNClassifier(**small), TOKENS, y),
        (RNNClassifier(**small), texts, y),
        (RNNTagger(**small), TOKENS, [[*row[:-1], "y"] for row in labels]),
        (make_pipeline(TokenEncoder(), RNNClassifier(**small)), TOKENS, y),
    ):
        found = permutation_importance(
            model.fit(X, target), X, target, by="block", n_blocks=2, n_repeats=1, random_state=0
        )
        assert found.importances.shape == (2, 1)


def test_what_cannot_be_shuffled_is_refused():
    rule, y = Rule(len), np.ones(40)
    with pytest.raises(ValueError, match='by must be "feature" or "block"'):
        permutation_importance(rule, RAGGED, y, by="time")
    with pytest.raises(ValueError, match="a step of X is a token"):
        permutation_importance(rule, TOKENS, y)
    with pytest.raises(ValueError, match="nothing says what the steps of a text are"):
        permutation_importance(rule, ["a text"] * 40, y, by="block")
    with pytest.raises(ValueError, match="sequence 1 is empty"):
        permutation_importance(rule, [["a"], []], y[:2], by="block")
    with pytest.raises(ValueError, match="'x' cannot be used to seed"):
        permutation_importance(rule, RAGGED, y, random_state="x")
    with pytest.raises(ValueError, match="n_repeats == 0, must be >= 1"):
        permutation_importance(rule, RAGGED, y, n_repeats=0)
    with pytest.raises(TypeError, match=r"scoring=\['r2'\] gives \{'r2': .*; measure one score"):
        permutation_importance(rule, RAGGED, y, scoring=["r2"])


@pytest.mark.parametrize("resolution", [7, 100])
def test_of_a_table_the_dependence_is_that_of_scikit_learn(resolution):
    y = TABLE[:, 3] + TABLE[:, 1] > 0
    for model in (LinearRegression().fit(TABLE, y), LogisticRegression().fit(TABLE, y)):
        expected = sklearn.inspection.partial_dependence(
            model, TABLE, [3], grid_resolution=resolution, kind="both", method="brute",
            response_method="auto",
        )  # fmt: skip
        for step in (3, -2, slice(3, 4)):
            found = partial_dependence(model, TABLE, 0, step=step, grid_resolution=resolution)
            np.testing.assert_allclose(found.grid_values[0], expected.grid_values[0])
            np.testing.assert_allclose(found.average, expected.average, atol=1e-12)
            np.testing.assert_allclose(found.individual, expected.individual, atol=1e-12)


def test_steps_are_counted_from_either_end_and_sequences_without_them_left_out():
    rule = Rule(lambda x: 2 * x[:, 1].sum())
    lengths = np.array([len(x) for x in RAGGED])
    grid = [0.0, 1.0, 5.0]
    for step in (0, 4, -5, slice(None), slice(-2, None), slice(1, 5, 2)):
        found = partial_dependence(rule, RAGGED, 1, step=step, grid_values=grid)
        for i, x in enumerate(RAGGED):
            if isinstance(step, int) and not -len(x) <= step < len(x):
                assert np.isnan(found.individual[0, i]).all()
                continue
            for j, value in enumerate(grid):
                changed = x.copy()
                changed[step, 1] = value
                expected = 2 * changed[:, 1].sum()
                assert found.individual[0, i, j] == pytest.approx(expected, abs=1e-12)
        kept = np.nanmean(found.individual, axis=1)
        np.testing.assert_allclose(found.average, kept, atol=1e-12)
    assert lengths.min() < 5 <= lengths.max()


def test_a_few_values_are_the_grid_and_gaps_are_none():
    X = [np.array([[0.0], [value]]) for value in (1.0, 2.0, 1.0, np.nan)]
    found = partial_dependence(Rule(lambda x: x[-1, 0]), X, 0)
    assert found.grid_values[0].tolist() == [1, 2]
    assert found.average.tolist() == [[1, 2]]


def test_networks_of_classes_labels_and_targets_have_an_output_each():
    small = {"hidden_size": 4, "max_epochs": 1, "random_state": 0}
    y = np.arange(40)
    pipe = make_pipeline(SequencePadder(), RNNClassifier(**small))
    for model, target, n_outputs in (
        (pipe, y % 2, 1),
        (RNNClassifier(**small), y % 3, 3),
        (RNNClassifier(**small), np.stack([y % 2, y // 20], axis=1), 2),
        (RNNRegressor(**small), np.stack([y, -y], axis=1).astype(float), 2),
    ):
        found = partial_dependence(model.fit(RAGGED, target), RAGGED, 2, grid_values=[0.0, 1.0])
        assert found.average.shape == (n_outputs, 2)
        changed = [x.copy() for x in RAGGED]
        for x in changed:
            x[-1, 2] = 1.0
        predict = getattr(model, "predict_proba", model.predict)
        last = np.asarray(predict(changed))[:, -1]
        np.testing.assert_allclose(found.individual[-1, :, 1], last, atol=1e-6)


@pytest.mark.parametrize(
    "percentiles",
    [(5, 95), (0.9, 0.1), (0.5, 0.5), (-0.1, 1), (0.1,), 0.5, ("a", "b"), (np.nan, 1), None],
    ids=str,
)
def test_percentiles_that_are_none_are_one_clear_error(percentiles):
    with pytest.raises(ValueError, match="percentiles must be two numbers from 0 to 1, the small"):
        partial_dependence(Rule(len), RAGGED, 0, percentiles=percentiles)


@pytest.mark.parametrize("grid", [[], "many", ["a"], [[1, 2], [3]]], ids=str)
def test_a_grid_without_numbers_is_one_clear_error(grid):
    with pytest.raises(ValueError, match="grid_values must be one number or more"):
        partial_dependence(Rule(len), RAGGED, 0, grid_values=grid)


def test_what_reads_no_sequences_or_predicts_nothing_is_refused():
    small = {"hidden_size": 4, "max_epochs": 1, "random_state": 0}
    table = pd.DataFrame({"a": TABLE[:, 0]}, index=pd.date_range("2025-01-01", periods=40))
    forecaster = RNNForecaster(horizon=2, n_networks=1, **small).fit(table, TABLE[:, 1])
    trees = ["(1 (0 a) (1 b))", "(0 (0 a) (0 c))"] * 4
    tree = TreeRNNClassifier(**small).fit(trees)
    for model, X, rows in ((forecaster, table, "one row a time"), (tree, trees, "trees")):
        with pytest.raises(TypeError, match=f"{type(model).__name__} reads {rows}"):
            permutation_importance(model, X, TABLE[:, 1])
        with pytest.raises(TypeError, match=f"{type(model).__name__} reads {rows}"):
            partial_dependence(model, X, 0)
    with pytest.raises(TypeError, match="RNNEncoder predicts nothing"):
        partial_dependence(RNNEncoder(**small).fit(RAGGED), RAGGED, 0)
    with pytest.raises(ValueError, match="X holds texts, which have no numeric feature"):
        partial_dependence(Rule(len), ["a text"], 0)


def test_features_that_are_not_there_are_named():
    rule = Rule(len)
    with pytest.raises(ValueError, match=r"feature=3 is none of .* \[0, 1, 2\]"):
        partial_dependence(rule, RAGGED, 3)
    with pytest.raises(ValueError, match=r"feature='d' is none of .* \['a', 'b', 'c'\]"):
        partial_dependence(rule, FORMS["frames"], "d")
    with pytest.raises(ValueError, match="no numeric features"):
        partial_dependence(rule, TOKENS, 0)
    with pytest.raises(ValueError, match="no sequence has the step .* the longest has 8"):
        partial_dependence(rule, RAGGED, 0, step=8)
    with pytest.raises(TypeError, match="step must be an int or a slice"):
        partial_dependence(rule, RAGGED, 0, step="last")
    with pytest.raises(TypeError, match="is no array of numbers"):
        partial_dependence(Rule(lambda x: 1j), RAGGED, 0, grid_values=[0])
