"""A transformer on every step is the transformer on the steps stacked by numpy."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.utils import get_tags

from sklearn_rnn.data import Padding, Sequences, Vocabulary
from sklearn_rnn.preprocessing import PerStep, SequencePadder
from tests.ragged_lists import assert_equal_lists, random_plain

SEEDS = range(10)


def split_like(values, arrays):
    return np.split(np.asarray(values), np.cumsum([len(array) for array in arrays])[:-1])


def recordings(seed, n=6):
    return random_plain(np.random.default_rng(seed), n=n, width=3, shortest=1).values


class DropLastRow(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X[:-1]


# --- the result ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "transformer",
    [
        StandardScaler(),
        MinMaxScaler(),
        QuantileTransformer(n_quantiles=4),
        PCA(2),
        PolynomialFeatures(2),
        OneHotEncoder(handle_unknown="ignore"),
        FunctionTransformer(np.log),
        make_pipeline(StandardScaler(), PCA(1)),
    ],
    ids=lambda transformer: type(transformer).__name__,
)
def test_the_result_is_that_of_the_stacked_steps(transformer):
    for seed in SEEDS:
        fitted, later = recordings(seed), recordings(seed + 1000)
        oracle = clone(transformer).fit(np.concatenate(fitted))
        expected = oracle.transform(np.concatenate(later))
        expected = expected.toarray() if hasattr(expected, "toarray") else expected
        per_step = PerStep(transformer).fit(fitted)
        assert_equal_lists(per_step.transform(later), split_like(expected, later))
        assert_equal_lists(
            PerStep(transformer).fit_transform(fitted), per_step.transform(fitted).to_list()
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_inverse_gives_the_steps_back(seed):
    arrays = recordings(seed)
    for transformer in (StandardScaler(), MinMaxScaler(), PCA(3)):
        per_step = PerStep(transformer)
        again = per_step.inverse_transform(per_step.fit_transform(arrays))
        assert again.lengths.tolist() == [len(array) for array in arrays]
        np.testing.assert_allclose(again.values, np.concatenate(arrays), atol=1e-10)


def test_steps_are_scaled_over_all_sequences_and_no_padding_takes_part():
    X = np.array([[[1.0], [3.0]], [[5.0], [np.nan]]])
    per_step = PerStep(StandardScaler()).fit(X)
    assert per_step.transformer_.mean_.tolist() == [3.0]
    assert per_step.transformer_.n_samples_seen_ == 3
    assert per_step.n_features_in_ == 1


def test_the_cells_of_a_table_are_steps_of_one_feature():
    table = pd.DataFrame({"a": [0.0, 1.0], "b": [2.0, 4.0]})
    per_step = PerStep(MinMaxScaler()).fit(table)
    assert [x.tolist() for x in per_step.transform(table)] == [[[0], [0.5]], [[0.25], [1]]]
    assert per_step.n_features_in_ == 2
    assert per_step.feature_names_in_.tolist() == ["a", "b"]
    assert per_step.transformer_.n_features_in_ == 1


def test_codes_static_and_padding_stay(rng):
    padding = Padding(length=9, side="left")
    sequences = random_plain(rng, width=2, shortest=1).sequences.with_padding(padding)
    scaled = PerStep(StandardScaler()).fit_transform(sequences)
    np.testing.assert_array_equal(scaled.codes, sequences.codes)
    np.testing.assert_array_equal(scaled.static, sequences.static)
    assert scaled.padding == padding


def test_scaling_and_padding_do_not_mind_their_order():
    arrays = recordings(0)
    scaler, padder = PerStep(StandardScaler()), SequencePadder(7)
    first = make_pipeline(scaler, padder).fit_transform(arrays)
    last = make_pipeline(padder, scaler).fit_transform(arrays)
    np.testing.assert_array_equal(np.asarray(first), np.asarray(last))


@pytest.mark.parametrize("output", ["pandas", "default"])
def test_an_inner_transformer_may_give_a_table(output):
    arrays = recordings(0)
    expected = PerStep(StandardScaler()).fit_transform(arrays).values
    inner = StandardScaler().set_output(transform=output)
    np.testing.assert_array_equal(PerStep(inner).fit_transform(arrays).values, expected)
    with sklearn.config_context(transform_output=output):
        np.testing.assert_array_equal(
            PerStep(StandardScaler()).fit_transform(arrays).values, expected
        )


# --- how it treats the inner transformer --------------------------------------------------------


def test_the_transformer_given_is_cloned_and_stays_unfitted():
    scaler = StandardScaler()
    per_step = PerStep(scaler).fit(recordings(0))
    assert per_step.transformer is scaler
    assert per_step.transformer_ is not scaler
    assert not hasattr(scaler, "mean_")


def test_there_is_an_inverse_where_the_inner_transformer_has_one():
    assert hasattr(PerStep(StandardScaler()), "inverse_transform")
    assert not hasattr(PerStep(PolynomialFeatures()), "inverse_transform")
    assert not hasattr(PerStep(PolynomialFeatures()).fit(recordings(0)), "inverse_transform")


def test_inner_parameters_are_set_from_outside():
    per_step = PerStep(StandardScaler()).set_params(transformer__with_mean=False)
    assert per_step.transformer.with_mean is False
    assert per_step.get_params()["transformer__with_mean"] is False


# --- bad input ----------------------------------------------------------------------------------


def test_a_transformer_that_changes_the_number_of_rows_is_refused():
    message = r"DropLastRow\(\) turned 3 steps into 2; PerStep needs a transformer that keeps"
    with pytest.raises(ValueError, match=message):
        PerStep(DropLastRow()).fit_transform([[1.0, 2.0], [3.0]])


def test_ids_of_a_vocabulary_are_refused():
    ids = Sequences(values=[2, 2], offsets=[0, 2], vocabulary=Vocabulary("a"))
    per_step = PerStep(StandardScaler())
    message = "X holds ids of a Vocabulary of 3 .*, but PerStep transforms numbers; ids go to"
    with pytest.raises(ValueError, match=message):
        per_step.fit(ids)
    per_step.fit([[1.0], [2.0, 3.0]])
    for method in (per_step.transform, per_step.inverse_transform):
        with pytest.raises(ValueError, match=message):
            method(ids)


@pytest.mark.parametrize(
    "X, message",
    [
        (["a text"], "X is texts, but sequences of numbers"),
        ([["a"]], "X is lists of tokens, but sequences of numbers"),
        ([np.ones((1, 3)), []], "sequence 1 is empty"),
        ([np.ones((1, 3)), np.full((2, 3), np.nan)], "NaN: sequence 1, step 0, feature 0"),
        ([np.ones((2, 3)), np.ones((2, 4))], "sequence 1 has 4 features a step, but sequence 0"),
        ([np.ones((2, 2))], "X has 2 features, but PerStep is expecting 3 features"),
    ],
    ids=["texts", "tokens", "empty", "NaN", "unequal", "narrower"],
)
def test_bad_sequences_are_named(X, message):
    per_step = PerStep(PCA(1)).fit(recordings(0))
    with pytest.raises(ValueError, match=message):
        per_step.transform(X)


def test_the_inverse_refuses_texts():
    with pytest.raises(ValueError, match="X is texts, but sequences of numbers"):
        PerStep(StandardScaler()).fit(recordings(0)).inverse_transform(["a text"])


@pytest.mark.parametrize("form", [list, np.array], ids=["ragged", "3-D"])
def test_an_imputer_sees_the_missing_values(form):
    X = form([np.array([[1.0, 5.0], [np.nan, 7.0]]), np.array([[3.0, np.nan], [2.0, 0.0]])])
    per_step = PerStep(SimpleImputer()).fit(X)
    expected = [np.array([[1.0, 5.0], [2.0, 7.0]]), np.array([[3.0, 4.0], [2.0, 0.0]])]
    assert_equal_lists(per_step.transform(X), expected)
    with pytest.raises(ValueError, match="infinity.*: sequence 0, step 0, feature 1 is inf"):
        per_step.transform([np.array([[1.0, np.inf]])])


def test_a_scaler_leaves_missing_values_missing():
    X = [np.array([[1.0], [np.nan]]), np.array([[3.0]])]
    per_step = PerStep(StandardScaler()).fit(X)
    scaled = per_step.transform(X)
    assert_equal_lists(scaled, [np.array([[-1.0], [np.nan]]), np.array([[1.0]])])
    assert_equal_lists(per_step.inverse_transform(scaled), X)


class DuckTransformer:
    """A transformer without tags."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X

    def get_params(self, deep=False):
        return {}


@pytest.mark.parametrize(
    "transformer, allowed",
    [
        (SimpleImputer(), True),
        (StandardScaler(), True),
        (make_pipeline(SimpleImputer(), PCA(1)), True),
        (PCA(1), False),
        (FunctionTransformer(np.log, validate=True), False),
        (DuckTransformer(), False),
    ],
    ids=lambda case: type(case).__name__,
)
def test_nan_is_allowed_where_the_transformer_allows_it(transformer, allowed):
    per_step = PerStep(transformer)
    assert get_tags(per_step).input_tags.allow_nan is allowed
    X = [np.array([[1.0], [2.0]]), np.array([[np.nan]])]
    if allowed:
        assert len(per_step.fit_transform(X)) == 2
    else:
        with pytest.raises(ValueError, match="contains NaN: sequence 1, step 0, feature 0 is nan"):
            per_step.fit(X)


def test_swapped_columns_of_a_list_of_tables_are_refused():
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    for transformer in (PerStep(StandardScaler()), SequencePadder()):
        transformer.fit([table, table[:1]])
        with pytest.raises(ValueError, match="must be in the same order as they were in fit"):
            transformer.transform([table[["b", "a"]]])


@pytest.mark.parametrize("transformer", [None, "scale", 3, LinearRegression()], ids=str)
def test_what_is_no_transformer_is_refused(transformer):
    message = "The 'transformer' parameter of PerStep must be an object implementing 'fit' and 't"
    with pytest.raises(ValueError, match=message):
        PerStep(transformer).fit([[1.0]])


def test_a_class_is_no_transformer():
    with pytest.raises(TypeError, match="provide an instance of scikit-learn estimator instead"):
        PerStep(StandardScaler).fit([[1.0]])


@pytest.mark.parametrize("method", ["transform", "inverse_transform"])
def test_one_that_was_not_fitted_says_so(method):
    with pytest.raises(NotFittedError, match="PerStep instance is not fitted"):
        getattr(PerStep(StandardScaler()), method)([[1.0]])
