"""One-hot steps are those of scikit-learn's OneHotEncoder on the steps below each other."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from sklearn_rnn import RNNClassifier
from sklearn_rnn.data import ColumnNames, Padding, Sequences, Vocabulary
from sklearn_rnn.preprocessing import OneHotSequences, PerStep, SequencePadder, TokenEncoder

SEEDS = range(10)


def random_lengths(rng, n=6):
    return rng.integers(1, 6, size=n)


def random_tokens(rng, words):
    return [rng.choice(words, size=length).tolist() for length in random_lengths(rng)]


def random_ids(rng, width):
    shape = () if width is None else (width,)
    return [rng.integers(-3, 4, size=(length, *shape)) for length in random_lengths(rng)]


def below_each_other(X):
    """The steps of all sequences as one table."""
    return np.concatenate([np.reshape(np.asarray(x, dtype=object), (len(x), -1)) for x in X])


def event_log(rng, n_numbers=2, n=6):
    """Sequences of numbers with two categorical columns, and those as a table of objects."""
    lengths = random_lengths(rng, n)
    steps = lengths.sum()
    categories = (("red", "green", "blue"), (20, 10, None))
    codes = rng.integers(3, size=(steps, 2))
    sequences = Sequences(
        values=rng.normal(size=(steps, n_numbers)),
        offsets=np.cumsum([0, *lengths]),
        codes=codes,
        categories=categories,
        static=rng.normal(size=(n, 2)),
        ids=np.arange(n) + 100,
    )
    return sequences, read_codes(codes, categories)


def read_codes(codes, categories):
    """What the codes stand for, a list a row."""
    rows = (zip(categories, row, strict=True) for row in codes)
    return [[column[code] for column, code in row] for row in rows]


# --- the result ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("form", ["tokens", "ids", "columns of ids"])
def test_the_result_is_that_of_one_hot_encoder(seed, form):
    rng = np.random.default_rng(seed)
    if form == "tokens":
        fitted, later = random_tokens(rng, ["a", "b", "c"]), random_tokens(rng, ["b", "c", "d"])
    else:
        width = None if form == "ids" else 2
        fitted, later = random_ids(rng, width), random_ids(rng, width)
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    encoder.fit(below_each_other(fitted))
    one_hot = OneHotSequences().fit(fitted)
    result = one_hot.transform(later)
    np.testing.assert_array_equal(
        result.values, encoder.transform(below_each_other(later)), strict=True
    )
    assert result.lengths.tolist() == [len(x) for x in later]
    assert [list(c) for c in one_hot.categories_] == [list(c) for c in encoder.categories_]
    assert one_hot.get_feature_names_out().tolist() == encoder.get_feature_names_out().tolist()
    at_once = OneHotSequences().fit_transform(fitted)
    np.testing.assert_array_equal(at_once.values, one_hot.transform(fitted).values)


@pytest.mark.parametrize("seed", SEEDS)
def test_columns_of_categories_come_after_the_numbers(seed):
    rng = np.random.default_rng(seed)
    sequences, _ = event_log(rng)
    later, table = event_log(rng)
    one_hot = OneHotSequences().fit(sequences)
    result = one_hot.transform(later)
    np.testing.assert_array_equal(result.values[:, :2], later.values)
    start = 2
    for column, categories in enumerate(one_hot.categories_):
        for category in categories.tolist():
            expected = [row[column] == category for row in table]
            assert result.values[:, start].tolist() == expected
            start += 1
    assert start == result.n_features == len(one_hot.get_feature_names_out())
    assert result.codes is None and result.categories is None
    np.testing.assert_array_equal(result.static, later.static)
    np.testing.assert_array_equal(result.ids, later.ids)
    assert result.names.values == tuple(one_hot.get_feature_names_out())


def test_categories_alone_need_no_numbers(rng):
    sequences, table = event_log(rng, n_numbers=0)
    encoder = OneHotEncoder(sparse_output=False).fit(np.array(table, dtype=object)[:, :1])
    result = OneHotSequences().fit_transform(sequences)
    np.testing.assert_array_equal(
        result.values[:, :3], encoder.transform(np.array(table, dtype=object)[:, :1])
    )
    assert result.dtype == np.float32


def test_ids_of_a_vocabulary_are_their_tokens():
    tokens = [["a", "b", "a"], ["c", "b", "a"], ["b", "rare"]]
    ids = TokenEncoder(min_count=2).fit_transform(tokens)
    result = OneHotSequences().fit_transform(ids)
    expected = [[token == "a", token == "b"] for x in tokens for token in x]
    assert result.values.tolist() == expected
    assert result.vocabulary is None and result.codes is None


def test_another_vocabulary_is_read_by_its_tokens():
    one_hot = OneHotSequences().fit([["a", "b", "c"]])
    ids = Sequences(
        values=[2, 3, 1, 0, 9], offsets=[0, 2, 5], vocabulary=Vocabulary(["c", "unheard"])
    )
    assert one_hot.transform(ids).values.tolist() == [[0, 0, 1]] + [[0, 0, 0]] * 4


def test_columns_beside_ids_are_read_too():
    ids = Sequences(
        values=[2, 3],
        offsets=[0, 2],
        vocabulary=Vocabulary(["a", "b"]),
        codes=[[0, 1], [1, 1]],
        categories=(("x", "y"), ("u", "v")),
    )
    one_hot = OneHotSequences().fit(ids)
    assert one_hot.transform(ids).values.tolist() == [[1, 0, 1, 0, 1], [0, 1, 0, 1, 1]]
    assert one_hot.inverse_transform(one_hot.transform(ids)).tolist() == [
        [("a", "x", "v"), ("b", "y", "v")]
    ]


def test_codes_without_categories_are_categories():
    X = Sequences(values=[[0.5], [1.5]], offsets=[0, 2], codes=[[7], [-1]])
    one_hot = OneHotSequences().fit(X)
    assert one_hot.categories_[0].tolist() == [-1, 7]
    assert one_hot.transform(X).values.tolist() == [[0.5, 0, 1], [1.5, 1, 0]]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_a_missing_category_is_one_of_its_own(missing):
    X = [["a", missing], ["b"]]
    one_hot = OneHotSequences().fit(X)
    assert one_hot.categories_[0].tolist() == ["a", "b", None]
    assert one_hot.transform([["a", None, np.nan]]).values.tolist() == [
        [1, 0, 0],
        [0, 0, 1],
        [0, 0, 1],
    ]
    unseen = OneHotSequences().fit([["a", "b"]]).transform(X)
    assert unseen.values.tolist() == [[1, 0], [0, 0], [0, 1]]


def test_a_missing_number_is_one_of_its_own():
    one_hot = OneHotSequences().fit([[1.0, np.nan, np.nan], [3.0]])
    assert one_hot.categories_[0].tolist() == [1, 3, None]
    assert one_hot.transform([[np.nan, 3.0]]).values.tolist() == [[0, 0, 1], [0, 1, 0]]
    assert one_hot.get_feature_names_out().tolist() == ["x0_1", "x0_3", "x0_None"]


@pytest.mark.parametrize(
    "X",
    [
        [[("a", 1), ("b", 2)], [("a", 2)]],
        [np.array([["a", 1], ["b", 2]], dtype=object), np.array([["a", 2]], dtype=object)],
        [pd.DataFrame({"x0": ["a", "b"], "x1": [1, 2]}), pd.DataFrame({"x0": ["a"], "x1": [2]})],
    ],
    ids=["tuples", "arrays", "tables"],
)
def test_a_step_may_hold_several_categories(X):
    one_hot = OneHotSequences().fit(X)
    assert one_hot.transform(X).values.tolist() == [[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 1]]
    assert one_hot.get_feature_names_out().tolist() == ["x0_a", "x0_b", "x1_1", "x1_2"]
    again = one_hot.inverse_transform(one_hot.transform(X))
    assert again.tolist() == [[("a", 1), ("b", 2)], [("a", 2)]]


def test_rows_of_a_table_of_ids_are_sequences():
    table = np.array([[1, 2, 3], [3, 2, 2]])
    one_hot = OneHotSequences().fit(table)
    assert one_hot.transform(table).to_padded().tolist() == np.eye(3)[table - 1].tolist()
    assert one_hot.n_features_in_ == 3


def test_numbers_beside_categories_keep_their_precision():
    X = Sequences(values=[[2.0**53 - 1]], offsets=[0, 1], codes=[[0]], categories=(("a",),))
    assert OneHotSequences().fit_transform(X).values.tolist() == [[2.0**53 - 1, 1]]


def test_padding_has_no_category():
    X = SequencePadder(3, value=7).fit_transform([np.array([1, 2]), np.array([2])])
    result = OneHotSequences().fit_transform(X)
    assert result.padding == Padding(length=3, side="right", value=0)
    assert np.asarray(result)[1].tolist() == [[0, 1], [0, 0], [0, 0]]


def test_names_come_from_the_columns_or_from_the_caller():
    X = Sequences(
        values=[[1.0]],
        offsets=[0, 1],
        codes=[[0]],
        categories=(("a",),),
        names=ColumnNames(values=("price",), codes=("kind",)),
    )
    one_hot = OneHotSequences().fit(X)
    assert one_hot.get_feature_names_out().tolist() == ["price", "kind_a"]
    assert one_hot.get_feature_names_out(["p", "k"]).tolist() == ["p", "k_a"]
    with pytest.raises(ValueError, match="input_features has 1 names, but a step has 2 columns"):
        one_hot.get_feature_names_out(["p"])


# --- back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_inverse_gives_the_categories_back(seed):
    rng = np.random.default_rng(seed)
    for X in (random_tokens(rng, ["a", "b", "c"]), random_ids(rng, None)):
        one_hot = OneHotSequences()
        again = one_hot.inverse_transform(one_hot.fit_transform(X))
        assert again.tolist() == [list(x) for x in X]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_inverse_gives_columns_of_sequences_back(seed):
    sequences, table = event_log(np.random.default_rng(seed))
    one_hot = OneHotSequences()
    again = one_hot.inverse_transform(one_hot.fit_transform(sequences))
    np.testing.assert_array_equal(again.values, sequences.values)
    np.testing.assert_array_equal(again.offsets, sequences.offsets)
    np.testing.assert_array_equal(again.static, sequences.static)
    assert read_codes(again.codes, again.categories) == table


def test_the_inverse_of_zeros_is_none_and_of_scores_the_largest():
    one_hot = OneHotSequences().fit([["a", "b"]])
    scores = [np.array([[0.2, 0.7], [0.0, 0.0]]), np.array([[0.9, 0.1]])]
    assert one_hot.inverse_transform(scores).tolist() == [["b", None], ["a"]]
    with pytest.raises(ValueError, match="X has 3 features a step, but transform gave 2"):
        one_hot.inverse_transform([np.ones((2, 3))])


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "X, message",
    [
        ([["a"], ["b", "d"]], "sequence 1, step 1 is 'd' in column 0, which fit did not see"),
        ([["a"], [None]], "sequence 1, step 0 is None in column 0, which fit did not see"),
    ],
)
def test_an_unseen_category_is_named(X, message):
    one_hot = OneHotSequences(handle_unknown="error").fit([["a", "b"]])
    assert one_hot.transform([["b"]]).values.tolist() == [[0, 1]]
    with pytest.raises(ValueError, match=message):
        one_hot.transform(X)


def test_an_unknown_id_is_an_unseen_category():
    ids = Sequences(values=[2, 1], offsets=[0, 2], vocabulary=Vocabulary(["a"]))
    with pytest.raises(ValueError, match="sequence 0, step 1 is an unknown token in column 0"):
        OneHotSequences(handle_unknown="error").fit_transform(ids)
    with pytest.raises(ValueError, match="column 0 holds no category that its vocabulary knows"):
        OneHotSequences().fit(ids.with_values(np.array([1, 1]), vocabulary=ids.vocabulary))


@pytest.mark.parametrize(
    "X, message",
    [
        (["a text"], "X is texts, but lists of tokens or of other categories are expected"),
        ([], r"Found array with 0 sample\(s\)"),
        ([["a"], []], "sequence 1 is empty"),
        ([["a"], "b"], "sequence 1 is 'b' of type str, but a list of tokens"),
        ([["a"], ["b", 3]], "sequence 1, step 1, column 0 is 3 of type int, but there is also 'a'"),
        ([["a", ["b"]]], r"sequence 0, step 1 is \['b'\] of type list, but a category must be"),
        ([["a"], [("b", "c")]], "sequence 1 has 2 categories a step, but sequence 0 has 1"),
        ([[1.0], [2.0, 2.5]], "sequence 1, step 1 is 2.5, but numbers are categories only where"),
        ([[("a", 0.5)]], "sequence 0, step 0 is 0.5, but numbers are categories only where"),
        ([np.array([[["a"]]])], r"sequence 0 has shape \(1, 1, 1\), but a sequence of categories"),
        ([np.array([1]), np.array([[1, 2]])], "sequence 1 has 2 features a step, but sequence 0"),
    ],
)
def test_what_holds_no_categories_is_named(X, message):
    with pytest.raises(ValueError, match=message):
        OneHotSequences().fit(X)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"codes": [[0], [2]]}, "sequence 0, step 1 has the code 2 in column 0 of codes, but th"),
        ({"codes": [[-1], [1]]}, "sequence 0, step 0 has the code -1 in column 0 of codes, but"),
        ({"values": np.array([[1.0], [np.inf]])}, "infinity: sequence 0, step 1, feature 0 is inf"),
    ],
)
def test_bad_columns_are_named(changes, message):
    X = Sequences(values=[[1.0], [2.0]], offsets=[0, 2], codes=[[0], [1]], categories=(("a", "b"),))
    with pytest.raises(ValueError, match=message):
        OneHotSequences().fit(X.with_columns(**changes))


@pytest.mark.parametrize(
    "fitted, later, message",
    [
        ([["a"]], [[1, 2]], "column 0 holds 1 of type int, but in fit it held text such as 'a'"),
        ([[1, 2], [1]], [["a"]], "column 0 holds 'a' of type str, but in fit it held numbers such"),
        ([["a"]], [[("a", "b")]], "X has 0 numeric and 2 categorical columns a step, but OneHot"),
        (
            [pd.DataFrame({"k": ["a"], "l": ["b"]})],
            [pd.DataFrame({"l": ["b"], "k": ["a"]})],
            r"the columns of X are \['l', 'k'\], but in fit they were \['k', 'l'\]",
        ),
        (
            [np.array([[1, 2]]), np.array([[1, 2]])],
            [np.array([[1, 2, 3]])],
            "X has 3 features, but OneHotSequences is expecting 2 features",
        ),
    ],
)
def test_columns_other_than_those_of_fit_are_refused(fitted, later, message):
    one_hot = OneHotSequences().fit(fitted)
    with pytest.raises(ValueError, match=message):
        one_hot.transform(later)


def test_a_wrong_parameter_and_a_missing_fit_are_named():
    with pytest.raises(ValueError, match="The 'handle_unknown' parameter of OneHotSequences must"):
        OneHotSequences(handle_unknown="drop").fit([["a"]])
    for method in ("transform", "inverse_transform"):
        with pytest.raises(NotFittedError, match="OneHotSequences instance is not fitted"):
            getattr(OneHotSequences(), method)([["a"]])


# --- with others --------------------------------------------------------------------------------


def labelled_tokens(n=40):
    """Which of two tokens there is decides."""
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=n)
    fillers = [rng.choice(["x", "y"], size=rng.integers(1, 4)).tolist() for _ in range(n)]
    return [[*filler, "ab"[label]] for filler, label in zip(fillers, y, strict=True)], y


def test_a_search_goes_through_a_pipeline():
    X, y = labelled_tokens()
    classifier = RNNClassifier(
        cell="gru", hidden_size=8, max_epochs=15, lr=0.02, batch_size=8, random_state=0
    )
    pipeline = make_pipeline(OneHotSequences(), classifier)
    grid = {"onehotsequences__handle_unknown": ["ignore", "error"]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    assert search.score(X, y) == 1.0
    assert len(set(search.cv_results_["mean_test_score"])) == 1
    twin = make_pipeline(TokenEncoder(), OneHotSequences(), classifier).fit(X, y)
    np.testing.assert_array_equal(twin.predict_proba(X), search.best_estimator_.predict_proba(X))


def test_one_hot_steps_are_scaled_and_padded(rng):
    X = random_tokens(rng, ["a", "b"])
    pipeline = make_pipeline(OneHotSequences(), PerStep(StandardScaler()), SequencePadder(6))
    expected = StandardScaler().fit_transform(OneHotSequences().fit_transform(X).values)
    np.testing.assert_allclose(pipeline.fit_transform(X).values, expected, rtol=1e-6)


# It fits numbers with fractions, which are no categories.
LEFT_OUT = {"check_positive_only_tag_during_fit"}


@pytest.mark.parametrize(
    "estimator, check",
    [
        pytest.param(*pair, id=pair[1].func.__name__)
        for pair in estimator_checks_generator(OneHotSequences(), legacy=True)
        if pair[1].func.__name__ not in LEFT_OUT
    ],
)
def test_scikit_learn_has_nothing_else_to_complain_about(estimator, check):
    generator = np.random.get_bit_generator()
    state = generator.state  # which some of the checks move themselves
    try:
        check(estimator)
    finally:
        generator.state = state
