"""Every bad X against every method: one plain error, and the estimator works as before."""

import numpy as np
import pandas as pd
import polars
import pytest
from sklearn.base import clone

from sklearn_rnn import RNNClassifier, RNNRegressor, RNNTagger
from sklearn_rnn.preprocessing import TokenEncoder
from tests.bad_inputs import ODD_TABLES, put
from tests.bad_texts import ODD_TEXTS, TEXTS, TOKENS
from tests.subjects import (
    SUBJECTS,
    TARGETS,
    WORD_LABELS,
    assert_as_before,
    call,
    fitted,
    flat_predictions,
    methods_of,
    predictions_before,
    refuses,
    small,
)

every_subject = pytest.mark.parametrize("name", SUBJECTS)
every_bad_x = pytest.mark.parametrize(
    ("name", "bad"), [(name, bad) for name, subject in SUBJECTS.items() for bad in subject.bad]
)


@every_subject
def test_the_methods_that_take_x_are_found(name):
    methods = methods_of(fitted(name))
    assert {"transform" if "encoder" in name else "predict", "score"} <= set(methods)
    if "language" in name:
        assert {"predict_proba", "predict_top_k", "perplexity", "score_samples"} <= set(methods)
        assert "score_tokens" in methods
    if "tagger of" in name:
        assert {"predict_proba", "predict_nbest", "weigh_spans", "transform"} <= set(methods)


@every_bad_x
def test_every_method_refuses_bad_x_and_keeps_the_model(name, bad):
    subject, model = SUBJECTS[name], fitted(name)
    X, facts = subject.bad[bad]
    for method in [*methods_of(model), "partial_fit"]:
        refuses(facts, call(model, method, X, subject.y))
    assert_as_before(name)


@every_subject
def test_training_refuses_every_bad_x_and_begins_as_if_nothing_had_been(name):
    subject = SUBJECTS[name]
    model = clone(subject.estimator)
    for X, facts in subject.bad.values():
        refuses(facts, call(model, "fit", X, subject.y))
        refuses(facts, call(model, "partial_fit", X, subject.y))
        assert not hasattr(model, "classes_") and not hasattr(model, "net_")
    assert_as_before(name, model.fit(subject.X, subject.y))


# --- odd input that is right --------------------------------------------------------------------


@pytest.mark.parametrize("form", ODD_TABLES)
@pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])
def test_tables_of_every_dtype_are_those_of_floats(estimator, form):
    plain, odd = ODD_TABLES[form]
    expected = small(estimator).fit(plain.to_numpy(), TARGETS)
    model = small(estimator).fit(odd, TARGETS)
    found = flat_predictions(model, odd)
    np.testing.assert_array_equal(found, flat_predictions(expected, plain.to_numpy()))
    assert np.isfinite(found).all()


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
@pytest.mark.parametrize("name", [name for name in SUBJECTS if "text" in name])
def test_texts_of_every_character_are_read(name, text):
    subject, X = SUBJECTS[name], put(TEXTS, 3, text)
    for model in (fitted(name), clone(subject.estimator).fit(X, subject.y)):
        found = flat_predictions(model, X)
        assert found.shape == predictions_before(name).shape and np.isfinite(found).all()


@pytest.mark.parametrize(
    "token", [*ODD_TEXTS.values(), "", " "], ids=[*ODD_TEXTS, "empty", "blank"]
)
@pytest.mark.parametrize(
    "name",
    [
        *("classifier of tokens", "language of tokens"),
        *("tagger of words", "tagger of features", "taggers of words"),
    ],
)
def test_tokens_of_every_character_are_read(name, token):
    subject = SUBJECTS[name]
    word = {"word": token, token: 1.0} if "features" in name else token
    X = put(subject.X, 3, [*subject.X[3][:-1], word])
    for model in (fitted(name), clone(subject.estimator).fit(X, subject.y)):
        found = flat_predictions(model, X)
        assert found.shape == predictions_before(name).shape and np.isfinite(found).all()


CONTAINERS = {
    "Series": lambda texts: pd.Series(texts, index=[3] * len(texts)),
    "string": lambda texts: pd.Series(texts, dtype="string"),
    "category": lambda texts: pd.Series(texts, dtype="category"),
    "Index": pd.Index,
    "object array": lambda texts: np.array(texts, dtype=object),
    "array of strings": np.array,
    "polars": polars.Series,
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_texts_may_come_in_every_library(container):
    found = flat_predictions(fitted("classifier of texts"), container(TEXTS))
    np.testing.assert_array_equal(found, predictions_before("classifier of texts"))


def test_ten_megabytes_are_one_word_or_many():
    long, many = "a" * 10_000_000, "ab " * 3_333_333
    model = small(RNNClassifier, encoder=TokenEncoder("word")).fit(put(TEXTS, 3, long), TARGETS)
    assert np.isfinite(model.predict_proba([long, many[:30_000]])).all()
    tagger = small(RNNTagger).fit(put(TOKENS, 3, ["no", long, "at", "all"]), WORD_LABELS)
    assert [len(row) for row in tagger.predict([[long], ["a", long]])] == [1, 2]
