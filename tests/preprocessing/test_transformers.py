"""What all transformers of sequences share: they are scikit-learn estimators, alone and piped."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.utils import get_tags

from sklearn_rnn.preprocessing import (
    OneHotSequences,
    PerStep,
    SequencePadder,
    SlidingWindows,
    TokenEncoder,
    WordEmbedder,
    WordTokenizer,
)

TEXTS = ["The cat sat.", "The dog ran!", "a cat ran away", "the dog sat"] * 3
TOKENS = [["the", "cat", "sat"], ["the", "dog"], ["a", "cat", "ran"], ["the", "dog"]] * 3
NUMBERS = [[1.0, 2.0], [3.0], [4.0, 5.0, 6.0], [0.5]] * 3

CASES = [
    (WordTokenizer(lowercase=True), TEXTS),
    (TokenEncoder(min_count=2), TEXTS),
    (WordEmbedder(vector_size=4, epochs=1, random_state=0), TEXTS),
    (WordEmbedder(vector_size=4, epochs=1, oov="subword", random_state=0), TEXTS),
    (PerStep(StandardScaler()), NUMBERS),
    (SequencePadder(2, side="left"), NUMBERS),
    (SequencePadder(2, value=-1, as_array=True), NUMBERS),
    (OneHotSequences(), TOKENS),
    (SlidingWindows(1, stride=3), NUMBERS),
]
every_transformer = pytest.mark.parametrize(
    "transformer, X", CASES, ids=[f"{type(t).__name__}{i}" for i, (t, _) in enumerate(CASES)]
)


def outcome(transformer, X):
    """What a transformer gives, as plain lists."""
    return [np.asarray(sequence).tolist() for sequence in transformer.transform(X)]


@every_transformer
def test_a_clone_has_the_parameters_and_nothing_else(transformer, X):
    fitted = clone(transformer).fit(X)
    twin = clone(fitted)
    assert twin is not fitted
    assert repr(twin) == repr(transformer)
    assert not [name for name in vars(twin) if name.endswith("_")]
    assert outcome(twin.fit(X), X) == outcome(fitted, X)


@every_transformer
@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],
    ids=["deepcopy", "pickle"],
)
def test_a_fitted_duplicate_transforms_alike(transformer, X, duplicate):
    fitted = clone(transformer).fit(X)
    assert outcome(duplicate(fitted), X) == outcome(fitted, X)
    assert outcome(duplicate(clone(transformer)).fit(X), X) == outcome(fitted, X)


@every_transformer
def test_fit_gives_self_and_changes_no_parameter(transformer, X):
    transformer = clone(transformer)
    before = repr(transformer.get_params())
    assert transformer.fit(X) is transformer
    assert repr(transformer.get_params()) == before
    assert outcome(transformer, X) == [np.asarray(s).tolist() for s in transformer.fit_transform(X)]


@every_transformer
def test_fitting_anew_forgets_the_fit_before(transformer, X):
    refitted = clone(transformer).fit(X).fit(X[:4])
    assert outcome(refitted, X) == outcome(clone(transformer).fit(X[:4]), X)


@every_transformer
def test_y_takes_no_part(transformer, X):
    y = np.arange(len(X))
    with_y = clone(transformer).fit(X, y)
    assert outcome(with_y, X) == outcome(clone(transformer).fit(X), X)
    assert len(clone(transformer).fit_transform(X, y)) == len(X)


@every_transformer
@pytest.mark.parametrize("output", ["default", "pandas", "polars"])
def test_set_output_is_accepted_and_ragged_output_stays(transformer, X, output):
    fitted = clone(transformer).fit(X)
    expected = outcome(fitted, X)
    assert fitted.set_output(transform=output) is fitted
    assert type(fitted.transform(X)) is type(clone(transformer).fit_transform(X))
    assert outcome(fitted, X) == expected


@every_transformer
def test_ragged_output_stays_where_scikit_learn_is_set_to_give_frames(transformer, X):
    fitted = clone(transformer).fit(X)
    expected = type(fitted.transform(X)), outcome(fitted, X)
    with sklearn.config_context(transform_output="pandas"):
        assert (type(fitted.transform(X)), outcome(fitted, X)) == expected


@every_transformer
def test_the_tags_tell_texts_from_numbers(transformer, X):
    tags = get_tags(transformer).input_tags
    assert tags.string is (X is not NUMBERS)
    assert tags.two_d_array is (X is not TEXTS)
    assert tags.three_d_array is (X is not TEXTS)


# --- pipelines ----------------------------------------------------------------------------------


def test_a_pipeline_is_its_steps_in_turn():
    steps = [WordTokenizer(), TokenEncoder(), SequencePadder(3, as_array=True)]
    X = TEXTS
    for step in steps:
        X = clone(step).fit_transform(X)
    pipeline = make_pipeline(*steps).fit(TEXTS)
    np.testing.assert_array_equal(pipeline.transform(TEXTS), X)


def test_a_pipeline_goes_back_to_tokens():
    pipeline = make_pipeline(TokenEncoder(), SequencePadder())
    ids = pipeline.fit_transform(TEXTS)
    expected = WordTokenizer(lowercase=True).transform(TEXTS).tolist()
    assert pipeline.inverse_transform(ids).tolist() == expected


def test_a_pipeline_takes_set_output_for_its_other_steps():
    names = FunctionTransformer(feature_names_out=lambda self, names: [f"t{i}" for i in range(3)])
    pipeline = make_pipeline(SequencePadder(3, as_array=True), names).set_output(transform="pandas")
    frame = pipeline.fit_transform([[1.0], [2.0, 3.0]])
    assert isinstance(frame, pd.DataFrame)
    assert frame.to_numpy().tolist() == [[1, 0, 0], [2, 3, 0]]


def test_padded_sequences_go_to_any_model_without_as_array():
    y = [len(x) > 1 for x in NUMBERS]
    fit_on = [SequencePadder(), SequencePadder(as_array=True)]
    first, second = (make_pipeline(p, LogisticRegression()).fit(NUMBERS, y) for p in fit_on)
    np.testing.assert_array_equal(first[-1].coef_, second[-1].coef_)


def test_a_column_of_texts_of_a_table_is_encoded():
    table = pd.DataFrame({"text": TEXTS, "number": np.arange(12.0)})
    pipeline = make_pipeline(TokenEncoder(), SequencePadder(as_array=True))
    X = make_column_transformer((pipeline, "text"), ("passthrough", ["number"])).fit_transform(
        table
    )
    expected = pipeline.fit_transform(TEXTS)
    np.testing.assert_array_equal(X, np.column_stack([expected, np.arange(12.0)]))


def labelled_texts(n=40):
    """The first word decides; every text has a word of its own, which tells nothing."""
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=n)
    words = np.array(["bad", "good"])
    return [f"{words[label]} word{i} so so" for i, label in enumerate(y)], y


def search_pipeline():
    return make_pipeline(
        TokenEncoder(),
        SequencePadder(as_array=True),
        OneHotEncoder(handle_unknown="ignore"),
        MultinomialNB(),
    )


def test_a_search_over_parameters_equals_fits_by_hand():
    texts, y = labelled_texts()
    grid = {"tokenencoder__min_count": [1, 2, 5], "sequencepadder__side": ["right", "left"]}
    search = GridSearchCV(search_pipeline(), grid, cv=3, error_score="raise").fit(texts, y)
    for params, score in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        by_hand = cross_val_score(search_pipeline().set_params(**params), texts, y, cv=3)
        assert score == pytest.approx(by_hand.mean())
    best = search.best_estimator_[0]
    assert best.min_count == search.best_params_["tokenencoder__min_count"]
    by_hand = clone(search.best_estimator_).fit(texts, y).predict(texts)
    np.testing.assert_array_equal(search.predict(texts), by_hand)


def test_a_search_names_a_min_count_that_leaves_no_token():
    texts, y = labelled_texts()
    search = GridSearchCV(
        search_pipeline(), {"tokenencoder__min_count": [1000]}, cv=3, error_score="raise"
    )
    with pytest.raises(ValueError, match="no token occurs min_count=1000 times"):
        search.fit(texts, y)


def test_sequences_between_the_steps_are_cut_by_cross_validation():
    texts, y = labelled_texts()
    ids = TokenEncoder(min_count=2).fit_transform(texts)
    model = make_pipeline(
        SequencePadder(4, as_array=True), OneHotEncoder(handle_unknown="ignore"), MultinomialNB()
    )
    from_sequences = cross_val_score(model, ids, y, cv=3)
    np.testing.assert_array_equal(from_sequences, cross_val_score(model, ids.to_list(), y, cv=3))
    assert from_sequences.tolist() == [1.0, 1.0, 1.0]
