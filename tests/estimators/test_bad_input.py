"""Bad input: one error that says what was expected, what came, where, and the way out."""

import copy
import re
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.preprocessing import FunctionTransformer

from sklearn_rnn import RNNClassifier, RNNRegressor, Sequences
from sklearn_rnn.data import ColumnNames
from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.preprocessing import TokenEncoder, WordTokenizer

SMALL = {
    "hidden_size": 4,
    "max_epochs": 2,
    "batch_size": 4,
    "lr": 0.02,
    "early_stopping": False,
    "random_state": 0,
}
IDS = {"embedding_dim": 3}
TEXTS = ["a good film", "great", "a bad film", "no fun at all"] * 3
TARGETS = np.array([1, 1, 0, 0] * 3)

every_estimator = pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])


@cache
def good(kind):
    """X of one of the kinds, as it should be."""
    rng = np.random.default_rng(0)
    if kind == "numbers":
        return [rng.normal(size=(2 + i % 4, 2)) for i in range(12)]
    if kind == "single numbers":
        return [rng.normal(size=2 + i % 4) for i in range(12)]
    if kind == "3-D":
        return rng.normal(size=(12, 3, 2))
    if kind == "table":
        return pd.DataFrame(rng.normal(size=(12, 3)), columns=["a", "b", "c"])
    if kind == "array":
        return rng.normal(size=(12, 3))
    if kind == "ids":
        return [rng.integers(2, 9, size=2 + i % 4) for i in range(12)]
    if kind == "texts":
        return TEXTS
    if kind == "events":
        return events()
    if kind == "tokens":
        return [text.split() for text in TEXTS]
    return TokenEncoder().fit_transform(TEXTS)


def events(**changes):
    """Events of 12 customers: numbers, categories, static columns and times."""
    rng = np.random.default_rng(0)
    fields = {
        "values": rng.normal(size=(36, 2)),
        "offsets": np.arange(0, 37, 3),
        "codes": rng.integers(0, 3, (36, 1)),
        "categories": (("web", "shop", "phone"),),
        "static": rng.normal(size=(12, 1)),
        "static_codes": rng.integers(0, 2, (12, 1)),
        "static_categories": (("north", "south"),),
        "times": np.arange(36.0),
        "names": ColumnNames(("amount", "gap"), ("channel",), ("age",), ("region",)),
    }
    return Sequences(**fields | changes)


def with_value(name, row, value):
    """Events with another value in one of the arrays."""
    array = getattr(events(), name)
    array = array.astype(np.result_type(array, np.array(value)))
    array[row] = value
    return events(**{name: array})


def make(estimator, kind="numbers", **parameters):
    return estimator(**SMALL, **(IDS if kind == "ids" else {}), **parameters)


@cache
def _fitted(estimator, kind):
    return make(estimator, kind).fit(good(kind), TARGETS)


def fitted(estimator, kind="numbers"):
    """A model that the test may spoil."""
    return copy.deepcopy(_fitted(estimator, kind))


def changed(kind, i, value):
    """Good X with another sequence in place i."""
    X = list(good(kind))
    X[i] = value
    return X


def with_step(kind, i, step, value):
    X = [np.array(x) for x in good(kind)]
    X[i] = X[i].astype(np.result_type(X[i], np.array(value)))
    X[i][step] = value
    return X


def first_classes(estimator):
    """Give what a first ``partial_fit`` is called with beside X and y."""
    return {"classes": [0, 1]} if estimator is RNNClassifier else {}


def outputs(model, X):
    predict = getattr(model, "predict_proba", model.predict)
    return np.column_stack([predict(X), model.transform(X)])


class raises_plainly:
    """Like pytest.raises, for an error of the library's or scikit-learn's that says all of it."""

    def __init__(self, *facts, type=(TypeError, ValueError)):
        self.facts = facts
        self.raises = pytest.raises(type)

    def __enter__(self):
        self.info = self.raises.__enter__()

    def __exit__(self, *raised):
        if not self.raises.__exit__(*raised):
            return False
        message = str(self.info.value)
        for fact in self.facts:
            assert re.search(fact, message), f"{fact!r} is not said by: {message}"
        raised_in = self.info.traceback[-1].frame.code.path
        assert re.search("/(sklearn|sklearn_rnn)/", str(raised_in)), raised_in
        return True


# --- X ------------------------------------------------------------------------------------------


class Bad(NamedTuple):
    """An X that is wrong, the kind of data that it nearly is, and what the error has to say."""

    kind: str
    X: Any
    facts: tuple[str, ...]


EMPTY = ("is empty", "at least one step", "Drop")
FINITE = ("must be finite", "impute or drop")
WIDTH = ("features", "every sequence needs the same features")
REAL_IDS = ("ids must not be negative", "0 is padding", "known tokens begin at 2")

BAD_X = {
    "no sequences": Bad("numbers", [], ("no sequences", "minimum of 1")),
    "no texts": Bad("texts", [], ("no (sequences|texts)", "(minimum of|at least) (1|one)")),
    "no rows": Bad("array", np.empty((0, 3)), ("0 sample", "minimum of 1")),
    "no rows of steps": Bad("3-D", np.empty((0, 3, 2)), ("no sequences", "minimum of 1")),
    "no columns": Bad("array", np.empty((12, 0)), ("0 feature", "minimum of 1")),
    "no features": Bad("3-D", np.empty((12, 3, 0)), ("0 feature", "minimum of 1")),
    "no steps": Bad("3-D", np.empty((12, 0, 2)), ("sequence 0 is empty", *EMPTY)),
    "an empty sequence": Bad(
        "numbers", changed("numbers", 3, np.empty((0, 2))), ("sequence 3 is empty", *EMPTY)
    ),
    "an empty list": Bad(
        "single numbers", changed("single numbers", 3, []), ("sequence 3 is empty", *EMPTY)
    ),
    "a sequence of padding alone": Bad(
        "3-D",
        np.where(np.arange(12)[:, None, None] == 3, np.nan, good("3-D")),
        ("sequence 3 is empty", *EMPTY),
    ),
    "a row of padding ids alone": Bad(
        "ids", np.array([[2, 3]] * 3 + [[0, 0]] + [[4, 5]] * 8), ("sequence 3 is empty", *EMPTY)
    ),
    "an empty text": Bad("texts", changed("texts", 3, ""), ("3 is empty", "1 of 12", *EMPTY)),
    "a blank text": Bad("texts", changed("texts", 3, " \n"), ("3 is empty", *EMPTY)),
    "an empty list of tokens": Bad("tokens", changed("tokens", 3, []), ("3 is empty", *EMPTY)),
    "NaN": Bad(
        "numbers",
        with_step("numbers", 3, 1, [0, np.nan]),
        ("NaN: sequence 3, step 1, feature 1 is nan", *FINITE),
    ),
    "infinity": Bad(
        "numbers",
        with_step("numbers", 3, 1, [-np.inf, 0]),
        ("infinity", "sequence 3, step 1, feature 0 is -inf", *FINITE),
    ),
    "too large for float32": Bad(
        "numbers",
        with_step("numbers", 3, 1, [0, 1e39]),
        (r"too large for dtype\('float32'\)", r"step 1, feature 1 is 1e\+39", *FINITE),
    ),
    "NaN amid a 3-D array": Bad(
        "3-D",
        np.where(np.arange(72).reshape(12, 3, 2) == 20, np.nan, good("3-D")),
        ("sequence 3, step 1, feature 0 is nan", *FINITE),
    ),
    "NaN in a table": Bad(
        "table",
        good("table").where(good("table") != good("table").iloc[3, 1]),
        ("sequence 3, step 1", "is nan", *FINITE),
    ),
    "None in a list": Bad(
        "single numbers",
        changed("single numbers", 3, [1.0, None]),
        ("sequence 3, step 1", "is nan", *FINITE),
    ),
    "steps of another width": Bad(
        "numbers",
        changed("numbers", 3, np.zeros((4, 5))),
        ("sequence 3 has 5 features", "sequence 0 has 2 features", *WIDTH),
    ),
    "steps without a width": Bad(
        "numbers",
        changed("numbers", 3, np.zeros(4)),
        ("sequence 3 has one number a step", "sequence 0 has 2 features", *WIDTH),
    ),
    "a sequence of matrices": Bad(
        "numbers",
        changed("numbers", 3, np.zeros((4, 2, 2))),
        (r"sequence 3 has shape \(4, 2, 2\)", r"\(time, n_features\)"),
    ),
    "lists of uneven steps": Bad(
        "numbers",
        changed("numbers", 3, [[1.0, 2.0], [3.0]]),
        ("sequence 3", r"\(time, n_features\)"),
    ),
    "a number among arrays": Bad("numbers", changed("numbers", 3, 1.0), ("sequence 3", r"\(time,")),
    "None among arrays": Bad("numbers", changed("numbers", 3, None), ("sequence 3", r"\(time,")),
    "text among arrays": Bad(
        "numbers", changed("numbers", 3, "film"), ("sequence 3 is text", "'film'", "not both")
    ),
    "tokens among arrays": Bad(
        "numbers",
        changed("numbers", 3, ["a", "b"]),
        ("sequence 3", "strings", "numbers are needed|no array of numbers"),
    ),
    "an array among texts": Bad(
        "texts", changed("texts", 3, np.zeros(2)), ("sequence 3 is array", "must be a str", "Drop")
    ),
    "None among texts": Bad(
        "texts", changed("texts", 3, None), ("sequence 3 is None", "must be a str", "Drop")
    ),
    "tokens among texts": Bad(
        "texts", changed("texts", 3, ["a"]), (r"sequence 3 is \['a'\]", "must be a str")
    ),
    "text among lists of tokens": Bad(
        "tokens", changed("tokens", 3, "a b"), ("sequence 3 is 'a b'", "must be a list of str")
    ),
    "a number among tokens": Bad(
        "tokens",
        changed("tokens", 3, ["a", 5]),
        ("sequence 3, step 1 is 5 of type int", "must be str", r"convert numbers with str\(\)"),
    ),
    "a negative id": Bad(
        "ids", with_step("ids", 3, 1, -7), ("sequence 3, step 1 has the id -7", *REAL_IDS)
    ),
    "padding amid ids": Bad(
        "ids", with_step("ids", 3, 1, 0), ("sequence 3, step 1 has the id 0", "padding")
    ),
    "padding amid an array of ids": Bad(
        "ids",
        np.array([[2, 3, 4]] * 3 + [[2, 0, 3]] + [[4, 5, 0]] * 8),
        ("sequence 3, step 1 has the id 0", "padding"),
    ),
    "ids that are no integers": Bad(
        "ids",
        with_step("ids", 3, 1, 2.5),
        ("ids must be one integer a step", "float64", "leave embedding_dim and n_tokens unset"),
    ),
    "ids of several columns": Bad(
        "ids", [np.ones((2, 2), int)] * 12, ("ids must be one integer a step", "2 dimension")
    ),
    "complex numbers": Bad("numbers", [np.ones((2, 2), complex)] * 12, ("Complex", "complex128")),
    "dates": Bad(
        "numbers", [np.ones((2, 2), "datetime64[s]")] * 12, ("sequence 0 holds dates", "numbers")
    ),
    "words in a table": Bad("table", good("table").assign(b="word"), ("'word'", "float|number")),
    "a code without a category": Bad(
        "events",
        with_value("codes", 10, 3),
        ("codes holds 3 in row 10 of column 'channel'", "3 categories", "count from 0"),
    ),
    "a negative code": Bad(
        "events", with_value("codes", 10, -1), ("codes holds -1 in row 10", "count from 0")
    ),
    "codes that are no integers": Bad(
        "events",
        events(codes=np.zeros((36, 1))),
        ("codes must be integers", "float64", r"\(36, 1\)"),
    ),
    "a static code without a category": Bad(
        "events",
        with_value("static_codes", 5, 2),
        ("static_codes holds 2 in row 5 of column 'region'", "2 categories"),
    ),
    "a static column without a shape": Bad(
        "events", events(static=np.zeros(12)), (r"\(n, columns\)", r"reshape\(-1, 1\)")
    ),
    "text in static columns": Bad(
        "events",
        events(static=np.array([["old"]] * 12)),
        ("static must hold numbers", "with_static takes"),
    ),
    "NaN in a static column": Bad(
        "events",
        with_value("static", 5, np.nan),
        ("sequence 5, static column 'age' is nan", 'missing="mask"'),
    ),
    "infinity in a static column": Bad(
        "events",
        with_value("static", 5, np.inf),
        ("sequence 5, static column 'age' is inf", "finite[.]"),
    ),
    "NaN among events": Bad(
        "events",
        with_value("values", 10, [0, np.nan]),
        ("sequence 3, step 1 .column '.*'., feature 1 is nan", 'missing="mask"'),
    ),
    "times that fall": Bad(
        "events", with_value("times", 10, 8), ("sequence 3, step 1 has the time 8", "sort")
    ),
    "times that are NaN": Bad(
        "events", with_value("times", 9, np.nan), ("sequence 3, step 0 has the time nan", "finite")
    ),
    "times of several columns": Bad(
        "events", events(times=np.zeros((36, 2))), ("one number a step", r"\(36, 2\)")
    ),
    "ids beside categories": Bad(
        "encoded",
        good("encoded").with_columns(
            codes=np.repeat(good("encoded").codes, 2, axis=1),
            categories=good("encoded").categories * 2,
        ),
        ("ids of a vocabulary and categorical columns", "encode the tokens"),
    ),
    "one text": Bad("texts", "a good film", ("X is one text", "list of texts", r"\[X\]")),
    "a dict": Bad("numbers", dict(enumerate(good("numbers"))), ("X is a dict", r"list\(X.values")),
    "nothing": Bad("numbers", None, ("Expected sequences|is None", "list of texts")),
    "a number": Bad("numbers", 3.0, ("Expected sequences|is 3.0", "list of texts")),
    "a row of numbers": Bad("array", np.arange(12.0), ("1 dim", "Reshape your data", "2-D array")),
    "a list of numbers": Bad("numbers", [1.0] * 12, ("list of sequences|sequence 0", "Reshape")),
    "four dimensions": Bad("3-D", np.zeros((12, 2, 2, 2)), ("4 dim", "3-D array", "Reshape")),
}

every_bad_x = pytest.mark.parametrize("bad", BAD_X.values(), ids=BAD_X)


@every_bad_x
@every_estimator
def test_fit_refuses_bad_x_and_can_be_called_again(estimator, bad):
    model = make(estimator, bad.kind)
    with raises_plainly(*bad.facts):
        model.fit(bad.X, TARGETS)
    assert_works(model.fit(good(bad.kind), TARGETS), estimator, bad.kind)


@every_bad_x
@every_estimator
def test_first_partial_fit_refuses_bad_x_and_can_be_called_again(estimator, bad):
    model = make(estimator, bad.kind)
    with raises_plainly(*bad.facts):
        model.partial_fit(bad.X, TARGETS)
    options = first_classes(estimator)
    model.partial_fit(good(bad.kind), TARGETS, **options)
    fresh = make(estimator, bad.kind).partial_fit(good(bad.kind), TARGETS, **options)
    X = good(bad.kind)
    np.testing.assert_array_equal(outputs(model, X), outputs(fresh, X))


@every_bad_x
@every_estimator
def test_later_partial_fit_refuses_bad_x_and_keeps_the_model(estimator, bad):
    model, X = fitted(estimator, bad.kind), good(bad.kind)
    with raises_plainly(*bad.facts):
        model.partial_fit(bad.X, TARGETS)
    assert_works(model, estimator, bad.kind)
    model.partial_fit(X, TARGETS)
    assert not np.array_equal(outputs(model, X), outputs(_fitted(estimator, bad.kind), X))


@pytest.mark.parametrize("method", ["predict", "transform"])
@every_bad_x
@every_estimator
def test_prediction_refuses_bad_x_and_keeps_the_model(estimator, bad, method):
    model = fitted(estimator, bad.kind)
    with raises_plainly(*bad.facts):
        getattr(model, method)(bad.X)
    assert_works(model, estimator, bad.kind)


def assert_works(model, estimator, kind):
    """Check that a model is the one that fit makes of good data."""
    X = good(kind)
    np.testing.assert_array_equal(outputs(model, X), outputs(_fitted(estimator, kind), X))


def test_every_method_of_the_classifier_refuses_bad_x():
    model = fitted(RNNClassifier)
    bad = BAD_X["NaN"]
    for method in ("predict_proba", "predict_log_proba", "decision_function"):
        with raises_plainly(*bad.facts):
            getattr(model, method)(bad.X)
    with raises_plainly(*bad.facts):
        model.score(bad.X, TARGETS)


# --- X that does not look like that of fit ------------------------------------------------------

OTHER_X = {
    "a text for numbers": (
        "numbers",
        TEXTS,
        ("X is texts", "fitted on .*numbers", "form that fit"),
    ),
    "tokens for numbers": ("numbers", good("tokens"), ("X is lists of tokens", "fitted on .*num")),
    "numbers for texts": ("texts", good("numbers"), ("X holds numbers", "fit saw texts")),
    "ids for texts": ("texts", good("ids"), ("X holds numbers", "fit saw texts")),
    "a table for texts": ("texts", good("table"), ("X holds numbers", "fit saw texts")),
    "a table of texts for texts": (
        "texts",
        pd.DataFrame({"body": TEXTS}),
        ("'body' holds", r"A column of texts goes in by itself, X\['body'\]"),
    ),
    "tokens for texts": ("texts", good("tokens"), ("sequence 0 is", "must be a str")),
    "texts for tokens": ("tokens", TEXTS, ("sequence 0 is", "must be a list of str")),
    "texts for ids": ("ids", TEXTS, ("X is texts", "fitted on .*ids", "form that fit saw")),
    "floats for ids": ("ids", good("single numbers"), ("ids must be", "float64")),
    "texts for encoded texts": ("encoded", TEXTS, ("X is texts", "form that fit saw")),
    "numbers for encoded texts": ("encoded", good("numbers"), ("X holds numbers", "fit saw texts")),
    "ids of another vocabulary": (
        "encoded",
        TokenEncoder().fit_transform(["other words"]),
        ("ids of another vocabulary", "use the encoder that fit saw"),
    ),
    "ids of a vocabulary for plain ids": (
        "ids",
        good("encoded"),
        ("ids of a vocabulary", "fit saw numbers or plain ids"),
    ),
    "ids of a vocabulary for numbers": ("single numbers", good("encoded"), ("ids of a vocab",)),
    "another width": ("numbers", [np.zeros((3, 5))], ("5 features", "expecting 2 features")),
    "no width": ("numbers", good("single numbers"), ("1 features", "expecting 2 features")),
    "a width": ("single numbers", good("numbers"), ("2 features", "expecting 1 features")),
    "a 3-D array of another width": ("3-D", np.zeros((4, 3, 5)), ("5 feat", "expecting 2 feat")),
    "a table of more columns": ("array", np.zeros((4, 5)), ("5 features", "expecting 3 features")),
    "sequences for a table": ("array", good("numbers"), ("2 to 5 steps", "expecting 3 features")),
    "columns of other names": (
        "table",
        good("table").rename(columns={"c": "d"}),
        ("feature names should match", "unseen at fit time", "- d", "seen at fit time", "- c"),
    ),
    "columns in another order": (
        "table",
        good("table")[["b", "a", "c"]],
        ("feature names", "same order"),
    ),
}


@pytest.mark.parametrize("kind, X, facts", OTHER_X.values(), ids=OTHER_X)
@every_estimator
def test_x_has_to_look_like_that_of_fit(estimator, kind, X, facts):
    model, y = fitted(estimator, kind), TARGETS[: len(X)]
    model.set_params(warm_start=True)
    calls = [
        lambda: model.predict(X),
        lambda: model.transform(X),
        lambda: model.partial_fit(X, y),
        lambda: model.fit(X, y),
    ]
    for call in calls:
        with raises_plainly(*facts):
            call()
    with raises_plainly("X_val and y_val", *facts):
        model.fit(good(kind), TARGETS, X_val=X, y_val=y)
    assert_works(model, estimator, kind)


@every_estimator
def test_failed_fit_on_other_data_leaves_no_half_fitted_model(estimator):
    model = fitted(estimator, "texts")
    with raises_plainly("y has 2 target"):
        model.fit(["quite other words"], [0, 1])
    with raises_plainly("not fitted yet"):
        model.predict(TEXTS)
    assert_works(model.fit(TEXTS, TARGETS), estimator, "texts")


@every_estimator
def test_steps_far_beyond_those_of_fit_are_refused(estimator):
    model = make(estimator).fit([x / 1000 for x in good("numbers")], TARGETS)
    X = changed("numbers", 3, np.full((2, 2), 1e37))
    with raises_plainly("gives .*nan", "sequence 3", "1 of 12", "far from those that fit saw"):
        model.predict(X)
    with raises_plainly("sequence 3"):
        make(estimator, cell="rnn_relu").fit(good("numbers"), TARGETS).predict(
            changed("numbers", 3, np.full((2, 2), 3e38))
        )


# --- y ------------------------------------------------------------------------------------------

BOTH, CLASSIFIER, REGRESSOR = (RNNClassifier, RNNRegressor), (RNNClassifier,), (RNNRegressor,)


def with_target(i, value, dtype=float):
    y = TARGETS.astype(dtype)
    y[i] = value
    return y


BAD_Y = {
    "too few": (
        BOTH,
        TARGETS[:-1],
        ("X has 12 sequence", "y has 11 target", "one target", "table .* Sequences.from_frame"),
    ),
    "too many": (BOTH, [*TARGETS, 1], ("X has 12 sequence", "y has 13 target")),
    "none at all": (BOTH, [], ("X has 12 sequence", "y has 0 target")),
    "None": (BOTH, None, ("requires y", "y is None")),
    "one number": (BOTH, 1, ("y must be a list or an array", "but is .*1")),
    "NaN": (BOTH, with_target(5, np.nan), ("NaN", "sequence 5 is nan", "1 of 12", "Drop")),
    "infinity": (BOTH, with_target(5, np.inf), ("infinity", "sequence 5 is inf", "1 of 12")),
    "None inside": (BOTH, with_target(5, None, object), ("sequence 5 is (nan|None)", "Drop")),
    "missing integer": (
        BOTH,
        pd.array(with_target(5, None, object), dtype="Int64"),
        ("sequence 5 is nan", "Drop"),
    ),
    "ragged": (BOTH, [[1], [0, 1]] * 6, ("y must hold", "sequence")),
    "cubic": (BOTH, np.zeros((12, 2, 2)), ("y must hold", r"dim 3|\(12, 2, 2\)")),
    "complex": (BOTH, TARGETS + 1j, ("Complex|complex",)),
    "missing label": (CLASSIFIER, ["a", None, "b"] * 4, ("sequence 1 is None", "4 of 12")),
    "missing text": (
        CLASSIFIER,
        pd.Series(["a", None, "b"] * 4, dtype="string"),
        ("label of sequence 1", "4 of 12", "a label of their own"),
    ),
    "missing category": (
        CLASSIFIER,
        pd.Series(["a", None, "b"] * 4, dtype="category"),
        ("label of sequence 1", "4 of 12"),
    ),
    "numbers for labels": (
        CLASSIFIER,
        TARGETS + 0.5,
        ("Unknown label type: continuous", "regress"),
    ),
    "missing label of a column": (
        CLASSIFIER,
        np.c_[TARGETS, with_target(5, np.nan)],
        ("column 1 of y", "sequence 5 is nan", "a label of their own"),
    ),
    "words for numbers": (REGRESSOR, ["1", "2", "many"] * 4, ("number", "sequence 2 is 'many'")),
    "NaN in a column": (
        REGRESSOR,
        np.c_[TARGETS, with_target(5, np.nan)],
        ("sequence 5, target 1, is nan", "1 of 24", "impute"),
    ),
    "beyond squares": (REGRESSOR, with_target(5, 1e300), (r"sequence 5 is 1e\+300", "logarithm")),
    "no targets": (REGRESSOR, np.empty((12, 0)), ("y must hold", "0 feature")),
}


@pytest.mark.parametrize("estimators, y, facts", BAD_Y.values(), ids=BAD_Y)
@every_estimator
def test_bad_y_is_refused(estimator, estimators, y, facts):
    if estimator not in estimators:
        return
    model = make(estimator)
    for call in (model.fit, model.partial_fit):
        with raises_plainly(*facts):
            call(good("numbers"), y)
    assert_works(model.fit(good("numbers"), TARGETS), estimator, "numbers")
    model = fitted(estimator)
    with raises_plainly():
        model.partial_fit(good("numbers"), y)
    assert_works(model, estimator, "numbers")
    if y is not None:
        with raises_plainly("X_val and y_val", *facts):
            model.fit(good("numbers"), TARGETS, X_val=good("numbers"), y_val=y)


def test_unknown_label_is_refused_and_named():
    X, y = good("numbers"), np.array(["bad", "good"] * 6)
    facts = ("label 'fair' of sequence 3", r"\['bad', 'good'\]", "classes of the first call")
    other = np.where(np.arange(12) == 3, "fair", y)
    model = make(RNNClassifier).partial_fit(X, y, classes=["good", "bad"])
    with raises_plainly(*facts):
        model.partial_fit(X, other)
    with raises_plainly(*facts):
        make(RNNClassifier).partial_fit(X, other, classes=["good", "bad"])
    with raises_plainly(*facts[:2], "must be in y of fit[.]"):
        make(RNNClassifier, warm_start=True).fit(X, y).fit(X, other)
    with raises_plainly("X_val and y_val", *facts[:2], "must be in y of fit[.]"):
        make(RNNClassifier).fit(X, y, X_val=X, y_val=other)
    with raises_plainly("differ from those of the first call", "fair"):
        model.partial_fit(X, y, classes=["good", "bad", "fair"])
    with raises_plainly("label 0 of sequence 0", r"\['bad', 'good'\]"):
        model.partial_fit(X, TARGETS * 0)
    assert set(model.predict(X)) <= {"good", "bad"}


def test_another_number_of_targets_is_refused():
    X = good("numbers")
    with raises_plainly("y has 2 targets", "fitted with 1"):
        fitted(RNNRegressor).partial_fit(X, np.c_[TARGETS, TARGETS])
    with raises_plainly("y has 2 targets", "fitted with 1"):
        fitted(RNNRegressor).set_params(warm_start=True).fit(X, np.c_[TARGETS, TARGETS])


# --- weights ------------------------------------------------------------------------------------

BAD_WEIGHTS = {
    "negative": (with_target(5, -1.0), ("[Nn]egative", "sample_weight")),
    "NaN": (with_target(5, np.nan), ("sample_weight contains NaN",)),
    "infinity": (with_target(5, np.inf), ("sample_weight contains infinity",)),
    "too few": (np.ones(11), ("sample_weight", r"\(11,\)", r"\(12,\)")),
    "a column": (np.ones((12, 1)), ("[Ss]ample.weights? must be 1D|sample_weight",)),
    "all zero": (np.zeros(12), ("[Ww]eight", "zero")),
}


@pytest.mark.parametrize("weight, facts", BAD_WEIGHTS.values(), ids=BAD_WEIGHTS)
@every_estimator
def test_bad_sample_weight_is_refused(estimator, weight, facts):
    model = make(estimator)
    for call in (model.fit, model.partial_fit):
        with raises_plainly(*facts):
            call(good("numbers"), TARGETS, sample_weight=weight)
    assert_works(model.fit(good("numbers"), TARGETS), estimator, "numbers")


@pytest.mark.parametrize(
    "weight, facts",
    [
        ({0: -1.0, 1: 1.0}, ("class_weight of 0 is -1.0", "not negative")),
        ({0: 1.0, 1: np.nan}, ("class_weight of 1 is nan", "finite")),
        ({0: 1.0, 1: np.inf}, ("class_weight of 1 is inf", "finite")),
        ({"good": 1.0}, ("classes", "not in class_weight")),
        ({0: 0, 1: 0}, ("all weights are zero", "at least one")),
    ],
)
def test_bad_class_weight_is_refused(weight, facts):
    model = make(RNNClassifier, class_weight=weight)
    with raises_plainly(*facts):
        model.fit(good("numbers"), TARGETS)
    with raises_plainly(*facts):
        model.partial_fit(good("numbers"), TARGETS, classes=[0, 1])
    model.set_params(class_weight=None).fit(good("numbers"), TARGETS)
    assert_works(model, RNNClassifier, "numbers")


def test_balanced_classes_are_refused_by_partial_fit():
    model = make(RNNClassifier, class_weight="balanced")
    with raises_plainly("balanced", "needs all labels at once", "a dict of weights"):
        model.partial_fit(good("numbers"), TARGETS)


# --- validation data ----------------------------------------------------------------------------


@every_estimator
def test_validation_data_needs_both_its_parts(estimator):
    X, model = good("numbers"), make(estimator)
    for part in ({"X_val": X}, {"y_val": TARGETS}):
        with raises_plainly("X_val and y_val belong together", "only one"):
            model.fit(X, TARGETS, **part)
    assert_works(model.fit(X, TARGETS), estimator, "numbers")


@every_estimator
def test_errors_of_validation_data_say_so(estimator):
    X = good("numbers")
    bad = BAD_X["NaN"]
    with raises_plainly("X_val and y_val", *bad.facts):
        make(estimator).fit(X, TARGETS, X_val=bad.X, y_val=TARGETS)


@every_estimator
def test_too_little_data_for_validation_is_refused(estimator):
    model = make(estimator).set_params(early_stopping=True)
    with raises_plainly("1 sequence", "validation part of 1", "X_val", "early_stopping=False"):
        model.fit(good("numbers")[:1], TARGETS[:1])
    model.set_params(validation_fraction=0.99)
    with raises_plainly("12 sequence", "validation part of 12", "smaller validation_fraction"):
        model.fit(good("numbers"), TARGETS)


# --- parameters ---------------------------------------------------------------------------------

OUT_OF_RANGE = {
    "cell": ["transformer", 3, None],
    "hidden_size": [0, -8, 2.5, "big", None],
    "num_layers": [0, 1.5, "auto"],
    "bidirectional": ["yes", None],
    "dropout": [1.0, -0.1, "some", None],
    "token_dropout": [1.0, -0.1, None],
    "subwords": ["yes", None],
    "missing": ["drop", True, None],
    "convolution": ["trunk", True],
    "stride": [0, 1.5, None],
    "segment": [0, 1.5, None],
    "residual": ["yes", None],
    "initialization": ["zeros", None],
    "encoder": ["word", TokenEncoder.transform],
    "embedding_dim": [0, 2.5, None],
    "n_tokens": [1, 2.5, "auto"],
    "pooling": ["sum", None],
    "max_epochs": [0, 1.5, None],
    "batch_size": [0, 1.5, None],
    "lr": [0, -0.1, np.nan, np.inf, None],
    "optimizer": ["newton", None],
    "weight_decay": [-0.1, np.nan, None],
    "gradient_clip": [0, -1, np.nan],
    "tbptt": [0, 1.5, "auto"],
    "recompute": ["yes", None],
    "lr_schedule": ["steps", 0.5],
    "early_stopping": ["maybe", None],
    "validation_fraction": [0, 1, 1.5, -0.1, None],
    "n_iter_no_change": [0, 1.5, None],
    "tol": [-1e-4, None],
    "warm_start": ["yes", None],
    "device": [0, None],
    "precision": ["float16", None],
    "random_state": ["seed", -1, 0.5],
    "verbose": [-1, "much"],
    "callbacks": ["print", ()],
    "net_params": [[("lr", 1)], "lr"],
}
OUT_OF_RANGE_OF_ONE = {
    RNNClassifier: {"class_weight": ["even", 2.0], "ordinal": ["yes", 2, None]},
    RNNRegressor: {
        "loss": ["mse", None],
        "quantile": [0, 1, -0.5, None],
        "delta": [0, -1, None],
    },
}


def bad_parameters():
    for estimator, own in OUT_OF_RANGE_OF_ONE.items():
        for name, values in (OUT_OF_RANGE | own).items():
            for value in [*values, object()]:
                shown = str(value).split(" at 0x")[0]  # an address is another in every process
                yield pytest.param(
                    estimator, name, value, id=f"{estimator.__name__}-{name}-{shown}"
                )


@pytest.mark.parametrize("estimator, name, value", list(bad_parameters()))
def test_parameter_out_of_range_is_refused(estimator, name, value):
    model = make(estimator)
    before = model.get_params()[name]
    model.set_params(**{name: value})
    facts = (f"'{name}' parameter of {estimator.__name__} must be", "Got .* instead")
    for call in (model.fit, model.partial_fit):
        with raises_plainly(*facts):
            call(good("numbers"), TARGETS)
    model.set_params(**{name: before}).fit(good("numbers"), TARGETS)
    assert_works(model, estimator, "numbers")


@every_estimator
def test_every_parameter_is_constrained(estimator):
    known = OUT_OF_RANGE | OUT_OF_RANGE_OF_ONE[estimator]
    parameters = estimator().get_params(deep=False)
    assert estimator._parameter_constraints.keys() == parameters.keys()
    for name in parameters.keys() - known.keys():
        with raises_plainly(f"'{name}' parameter", "Got .* instead"):
            estimator(**{name: object()}).fit(good("numbers"), TARGETS)


@pytest.mark.parametrize("device", ["cuda:99", "quantum", "meta", "cpu:3", ""])
@every_estimator
def test_device_that_does_not_exist_is_refused(estimator, device):
    model = make(estimator, device=device)
    with raises_plainly(f"device='{device}'", "auto"):
        model.fit(good("numbers"), TARGETS)
    model.set_params(device="cpu").fit(good("numbers"), TARGETS)
    assert_works(model, estimator, "numbers")


@pytest.mark.parametrize(
    "callback", [1, torch.nn.Linear, ("name", 1)], ids=["number", "class", "pair"]
)
@every_estimator
def test_callback_that_is_none_is_refused(estimator, callback):
    model = make(estimator, callbacks=[callback])
    with raises_plainly("callbacks must be skorch callbacks", r"callbacks\[0\] is"):
        model.fit(good("numbers"), TARGETS)


@pytest.mark.parametrize(
    "encoder",
    [WordTokenizer(), FunctionTransformer(lambda X: [[2]] * len(X))],
    ids=["words", "ids"],
)
@every_estimator
def test_encoder_that_gives_no_ids_is_refused(estimator, encoder):
    model = make(estimator, encoder=encoder)
    with raises_plainly("encoder=", "Sequences", "TokenEncoder", "pipeline"):
        model.fit(TEXTS, TARGETS)
    assert_works(model.set_params(encoder=None).fit(TEXTS, TARGETS), estimator, "texts")


@pytest.mark.parametrize(
    "name, value",
    [
        ("hidden_size", 5),
        ("cell", "gru"),
        ("num_layers", 2),
        ("bidirectional", None),
        ("pooling", "max"),
        ("dropout", 0.123),
    ],
)
@every_estimator
def test_network_to_go_on_with_cannot_be_changed(estimator, name, value):
    model = fitted(estimator).set_params(warm_start=True)
    if name == "bidirectional":
        value = not model.bidirectional_
    if name == "pooling" and model.pooling_ == value:
        value = "last"
    before = model.get_params()[name]
    model.set_params(**{name: value})
    for call in (model.fit, model.partial_fit):
        with raises_plainly(f"{name}={value!r}", "goes on with a network", "warm_start=False"):
            call(good("numbers"), TARGETS)
    assert_works(model.set_params(**{name: before}), estimator, "numbers")


# --- divergence ---------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@every_estimator
def test_divergence_is_one_plain_error(estimator, method):
    model = make(estimator, cell="rnn_relu", gradient_clip=None)
    model.set_params(lr=1e30, max_epochs=20)
    says = (r"diverged: .*epoch \d+", r"batch \d of 3|last batch", "learning rate of", "lower lr")
    options = first_classes(estimator) if method == "partial_fit" else {}
    with raises_plainly(*says, type=DivergenceError):
        for _ in range(20):
            getattr(model, method)(good("numbers"), TARGETS, **options)
    model.set_params(**SMALL, cell="lstm", gradient_clip=1.0)
    assert_works(model.fit(good("numbers"), TARGETS), estimator, "numbers")
