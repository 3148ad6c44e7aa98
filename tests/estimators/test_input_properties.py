"""Whatever comes as X and y: finite predictions, or one error that names the place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from sklearn_rnn.data import count_steps
from tests.any_input import (
    anything,
    few,
    fewer,
    finite_or_refused,
    mostly,
    nested,
    numbers,
    oddities,
    ragged,
    texts,
)
from tests.subjects import SUBJECTS, assert_as_before, fitted, flat_predictions


def predict(model, X):
    found = finite_or_refused(flat_predictions, model, X)
    answer = getattr(model, "predict", None) or model.transform
    assert found is None or len(answer(X)) == len(X)


@pytest.mark.parametrize("name", SUBJECTS)
@few
@given(X=anything)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_whatever_is_predicted_from(name, X):
    predict(fitted(name), X)
    assert_as_before(name)


OF_NUMBERS = [name for name in SUBJECTS if "numbers" in name]


@pytest.mark.parametrize("name", OF_NUMBERS)
@few
@given(X=st.one_of(ragged(), nested))
def test_whatever_numbers_are_predicted_from(name, X):
    predict(fitted(name), X)
    assert_as_before(name)


@pytest.mark.parametrize("name", [*OF_NUMBERS, "tagger of words", "classifier of texts"])
@fewer
@given(X=anything, y=st.lists(st.integers(0, 1), min_size=6, max_size=6), as_many=mostly)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_whatever_is_trained_on(name, X, y, as_many):
    subject = SUBJECTS[name]
    y = y[: count_steps(X)] if as_many else y
    if "tagger" in name:
        y = [[str(label)] * count_steps(row) for label, row in zip(y, as_list(X), strict=False)]
    model = clone(subject.estimator)

    def fit_and_predict():
        return flat_predictions(model.fit(X, y), X)

    if finite_or_refused(fit_and_predict) is None:
        assert_as_before(name, model.fit(subject.X, subject.y))


def as_list(X):
    return X.tolist() if hasattr(X, "tolist") and np.ndim(X) else list(X) if count_steps(X) else []


labels = st.lists(st.one_of(numbers, texts, oddities), min_size=11, max_size=12)


@pytest.mark.parametrize("name", ["classifier of numbers", "regressor of numbers"])
@fewer
@given(y=labels | st.lists(numbers, min_size=12, max_size=12) | oddities)
def test_whatever_is_learned(name, y):
    subject = SUBJECTS[name]
    finite_or_refused(
        lambda: flat_predictions(clone(subject.estimator).fit(subject.X, y), subject.X)
    )
    finite_or_refused(lambda: fitted(name).score(subject.X, y))
    assert_as_before(name)


vectors = st.lists(st.lists(numbers | oddities, min_size=1, max_size=2), min_size=12, max_size=12)


@fewer
@given(y=labels | st.lists(numbers, min_size=12, max_size=12) | oddities | vectors)
def test_whatever_a_generator_is_conditioned_on(y):
    subject = SUBJECTS["generator of numbers"]
    model = clone(subject.estimator)
    finite_or_refused(lambda: model.fit(subject.X, y).score_samples(subject.X, y))
    finite_or_refused(lambda: fitted("generator of numbers").score_samples(subject.X, y))
    finite_or_refused(lambda: fitted("generator of numbers").sample(y=y, length=2)[0])
    assert_as_before("generator of numbers")
