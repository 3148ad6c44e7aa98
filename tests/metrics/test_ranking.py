"""Scores of recommendations, held against scikit-learn and slow loops."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import ndcg_score, top_k_accuracy_score

from sklearn_rnn.metrics import hit_rate, mean_reciprocal_rank, ndcg

SCORES = [hit_rate, mean_reciprocal_rank, ndcg]
N_ITEMS = 12
NAMES = np.array([f"item {i}" for i in range(N_ITEMS)])


@pytest.fixture
def recommended(rng):
    """Five of twelve items for each of 40 samples."""
    return rng.permuted(np.tile(np.arange(N_ITEMS), (40, 1)), axis=1)[:, :5]


@pytest.fixture
def one_each(rng):
    return rng.integers(N_ITEMS, size=40)


@pytest.fixture
def sets(rng):
    """One to eight relevant items for each of 40 samples: fewer than k, and more."""
    return [
        set(rng.choice(N_ITEMS, size=size, replace=False).tolist())
        for size in rng.integers(1, 9, size=40)
    ]


@pytest.fixture(params=["one each", "sets"])
def relevant(request, one_each, sets):
    return one_each if request.param == "one each" else sets


def slow_hit_rate(y_true, recommended, k):
    hits = 0
    for relevant, row in zip(y_true, recommended.tolist(), strict=True):
        for item in row[:k]:
            if item in as_set(relevant):
                hits += 1
                break
    return hits / len(recommended)


def slow_reciprocal_rank(y_true, recommended, k):
    total = 0.0
    for relevant, row in zip(y_true, recommended.tolist(), strict=True):
        for rank, item in enumerate(row[:k], start=1):
            if item in as_set(relevant):
                total += 1 / rank
                break
    return total / len(recommended)


def as_set(relevant):
    return relevant if isinstance(relevant, set) else {relevant}


def relevance_matrix(y_true):
    matrix = np.zeros((len(y_true), N_ITEMS))
    for row, relevant in zip(matrix, y_true, strict=True):
        row[list(as_set(relevant))] = 1
    return matrix


def falling_scores(recommended):
    """Scores of all items that put the recommended ones first, in their order."""
    scores = np.tile(-np.arange(1.0, N_ITEMS + 1), (len(recommended), 1))
    np.put_along_axis(scores, recommended, np.arange(recommended.shape[1], 0.0, -1), axis=1)
    return scores


# The values


@pytest.mark.parametrize("k", [1, 2, 5])
def test_hit_rate_equals_a_slow_loop(relevant, recommended, k):
    expected = slow_hit_rate(relevant, recommended, k)
    assert 0 < expected < 1
    assert hit_rate(relevant, recommended, k=k) == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_mean_reciprocal_rank_equals_a_slow_loop(relevant, recommended, k):
    expected = slow_reciprocal_rank(relevant, recommended, k)
    assert 0 < expected < 1
    assert mean_reciprocal_rank(relevant, recommended, k=k) == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_ndcg_equals_that_of_scikit_learn(relevant, recommended, k):
    expected = ndcg_score(relevance_matrix(relevant), falling_scores(recommended), k=k)
    assert 0 < expected < 1
    assert ndcg(relevant, recommended, k=k) == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 3])
def test_hit_rate_of_single_items_is_the_top_k_accuracy(one_each, recommended, k):
    accuracy = top_k_accuracy_score(
        one_each, falling_scores(recommended), k=k, labels=range(N_ITEMS)
    )
    assert hit_rate(one_each, recommended, k=k) == pytest.approx(accuracy)


@pytest.mark.parametrize("score", SCORES)
def test_without_k_all_columns_count(score, relevant, recommended):
    assert score(relevant, recommended) == score(relevant, recommended, k=5)


@pytest.mark.parametrize("score", SCORES)
def test_the_best_lists_score_one_and_the_worst_zero(score):
    assert score([{1, 2, 3}, {4}], [[3, 1], [4, 5]]) == 1.0
    assert score([{1, 2, 3}, {4}], [[4, 5], [1, 2]]) == 0.0


@pytest.mark.parametrize("score", SCORES)
def test_whole_weights_repeat_samples(score, sets, recommended, rng):
    times = rng.integers(0, 4, size=len(sets))
    repeated = [relevant for relevant, count in zip(sets, times, strict=True) for _ in range(count)]
    expected = score(repeated, np.repeat(recommended, times, axis=0))
    assert score(sets, recommended, sample_weight=times) == pytest.approx(expected)


# The forms in which items come


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    "form",
    [
        list,
        pd.Series,
        lambda y: y.astype(np.uint8),
        lambda y: y.astype(float),
        lambda y: y[:, None],
    ],
    ids=["list", "series", "uint8", "float", "column"],
)
def test_forms_of_single_items_agree(score, form, one_each, recommended):
    assert score(form(one_each), recommended) == score(one_each, recommended)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    "form",
    [
        lambda y: [list(items) + list(items)[:1] for items in y],
        lambda y: [np.array(list(items)) for items in y],
        lambda y: tuple(frozenset(items) for items in y),
        pd.Series,
    ],
    ids=["lists with a repeat", "arrays", "frozen sets", "series"],
)
def test_forms_of_relevant_items_agree(score, form, sets, recommended):
    assert score(form(sets), recommended) == score(sets, recommended)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    "form",
    [np.ndarray.tolist, pd.DataFrame, lambda r: r.astype(object), lambda r: r.astype(np.uint64)],
    ids=["lists", "frame", "objects", "uint64"],
)
def test_forms_of_recommendations_agree(score, form, relevant, recommended):
    assert score(relevant, form(recommended)) == score(relevant, recommended)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("dtype", ["U", object, "string"])
def test_strings_score_as_numbers_do(score, dtype, one_each, recommended):
    names = pd.DataFrame(NAMES[recommended]).astype("string" if dtype == "string" else object)
    names = names if dtype == "string" else names.to_numpy().astype(dtype)
    assert score(NAMES[one_each].tolist(), names) == score(one_each, recommended)
    assert score(NAMES[one_each], names) == score(one_each, recommended)


@pytest.mark.parametrize("score", SCORES)
def test_large_numbers_that_floats_confuse_stay_apart(score):
    item = 2**63  # fits in uint64 only, its neighbour below in int64
    assert score([item], np.array([[item - 1]], dtype=np.int64)) == 0
    assert score(np.array([item], dtype=np.uint64), np.array([[item - 1]], dtype=np.int64)) == 0
    assert score([2**53], [[2**53 + 1]]) == 0


@pytest.mark.parametrize("score", SCORES)
def test_inputs_stay_as_they_are(score, recommended):
    sets = [{i} for i in range(40)]
    before = recommended.copy()
    recommended.flags.writeable = False
    score(sets, recommended)
    np.testing.assert_array_equal(recommended, before)
    assert sets == [{i} for i in range(40)]


# What is refused


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("y_true", "recommended", "message"),
    [
        ([1, 2], [[1, 2], [3, 3]], "row 1 has 3 more than once"),
        (["a", "b"], [["a", "b"], ["c", "c"]], "row 1 has 'c' more than once"),
        ([1, 2, 3], [[1, 2], [3, 4]], "y_true has 3 entries, but recommended has 2 rows"),
        ([1, 2], [1, 2], "recommended must have 2 dimensions .* but row 0 is 1"),
        ([1, 2], np.array([1, 2]), r"recommended must have 2 dimensions .* shape \(2,\)"),
        ([1, 2], np.empty((2, 0), int), "at least one row and one column"),
        (np.empty(0, int), np.empty((0, 3), int), "at least one row and one column"),
        ([1, 2], [[1, 2], [3]], "row 1 has 1 items and row 0 has 2"),
        ([1, np.nan], [[1, 2], [3, 4]], "y_true .* row 1 holds nan"),
        (np.array([1, np.nan]), [[1, 2], [3, 4]], "y_true .* row 1 holds nan"),
        (["a", None], [["a", "b"], ["c", "d"]], "y_true .* row 1 holds None"),
        ([{"a"}, {"b", None}], [["a", "b"], ["c", "d"]], "y_true .* row 1 holds None"),
        (["a", "b"], [["a", "b"], ["c", None]], "recommended .* row 1 holds None"),
        ([1, 2], [[1, 2], [3, np.nan]], "recommended .* row 1 holds nan"),
        (["1", "2"], [[1, 2], [3, 4]], "y_true holds strings, such as '1'.* numbers, such as 1"),
        ([1, 2], [["1", "2"], ["3", "4"]], "y_true holds numbers, such as 1.* strings"),
        ([1, "a"], [[1, 2], [3, 4]], "y_true .* not both, but row 1 holds 'a' and row 0 1"),
        (["a", "b"], [["a", "b"], ["c", 4]], "recommended .* row 1 holds 4 and row 0 'a'"),
        ([{1}, 2], [[1, 2], [3, 4]], "row 1 is an item and row 0 a list of items"),
        ([{1}, set()], [[1, 2], [3, 4]], "row 1 of y_true has none"),
        (np.zeros((2, 2, 2), int), [[1, 2], [3, 4]], "y_true .* shape"),
    ],
)
def test_bad_values_raise_an_error_that_says_where(score, y_true, recommended, message):
    with pytest.raises(ValueError, match=message):
        score(y_true, recommended)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("y_true", "recommended", "message"),
    [
        ("ab", [["a", "b"], ["c", "d"]], "y_true must be a list or an array .* str"),
        ({1, 2}, [[1, 2], [3, 4]], "y_true must be a list or an array .* set"),
        (1, [[1, 2], [3, 4]], "y_true must be a list or an array .* int"),
        ([1, 2], 3, "recommended must be a list or an array .* int"),
        ([1, 2], [{1, 2}, {3, 4}], "recommended must have an order.* row 0 is a set"),
        ([[[1]], [[2]]], [[1, 2], [3, 4]], r"strings or numbers, but row 0 holds \[1\]"),
        ([[True, False], [False, True]], [[1, 2], [3, 4]], "row 0 holds True"),
        (np.eye(2, dtype=bool), [[1, 2], [3, 4]], "row 0 holds True"),
        (np.array([0, 1], "M8[ns]"), [[1, 2], [3, 4]], "row 0 holds .*datetime64"),
    ],
)
def test_bad_kinds_raise_an_error_that_says_where(score, y_true, recommended, message):
    with pytest.raises(TypeError, match=message):
        score(y_true, recommended)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("k", "error", "message"),
    [
        (3, ValueError, "k must be from 1 to 2.*but is 3"),
        (0, ValueError, "k must be from 1 to 2.*but is 0"),
        (1.0, TypeError, "k must be an int or None, but is 1.0"),
        (True, TypeError, "k must be an int or None, but is True"),
    ],
)
def test_a_bad_k_is_refused(score, k, error, message):
    with pytest.raises(error, match=message):
        score([1, 2], [[1, 2], [3, 4]], k=k)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("sample_weight", "message"),
    [([1, 2, 3], "sample_weight"), ([1, -1], "[Nn]egative"), ([0, 0], "zero")],
)
def test_bad_weights_are_refused(score, sample_weight, message):
    with pytest.raises(ValueError, match=message):
        score([1, 2], [[1, 2], [3, 4]], sample_weight=sample_weight)
