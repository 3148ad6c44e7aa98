"""Transformers of sequences come back from their files as they were."""

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import Sequences, load, save
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import read_model_file, write_model_file
from sklearn_rnn.preprocessing import (
    FrameToSequences,
    OneHotSequences,
    PerStep,
    SequencePadder,
    SlidingWindows,
    TokenEncoder,
    WordTokenizer,
)

TEXTS = ["The cat sat.", "the dog's \ud800\x00 \U0001f600 \u202e", "", "a cat"]
TOKENS = [["a", "b"], ["c"], ["b", "b", "a"]]
RECORDINGS = [np.array([[0.0, 1.0], [2.0, np.nan]]), np.array([[4.0, 3.0]])]
TABLE = pd.DataFrame({"x": [1.0, 2.0, 5.0], "y": [3.0, 4.0, 0.5]})
MIXED = [[("u", 1), (None, 2)], [("v", 2)]]
VISITS = [
    pd.DataFrame({"day": [3, 1], "pulse": [80, 70], "ward": ["B", "A"], 7: [1.0, 1.0]}),
    pd.DataFrame({"day": [2], "pulse": [65], "ward": ["A"], 7: [3.0]}),
]
IMPUTER = SimpleImputer(add_indicator=True)
CASES = {
    "texts": (TokenEncoder(min_count=1), TEXTS),
    "texts by character": (TokenEncoder("char", lowercase=False, max_tokens=3), TEXTS),
    "tokens": (TokenEncoder(unknown_token="?", padding_token=""), TOKENS),
    "words": (WordTokenizer(lowercase=True), TEXTS),
    "scaled recordings": (PerStep(StandardScaler()), RECORDINGS),
    "imputed recordings": (
        PerStep(make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())),
        RECORDINGS,
    ),
    "scaled table": (PerStep(StandardScaler()), TABLE),
    "padded recordings": (SequencePadder(value=-1.5, side="left"), RECORDINGS),
    "padded by NaN": (SequencePadder(3, value=float("nan"), as_array=True), RECORDINGS),
    "padded table": (SequencePadder(truncation="left", max_length=1), TABLE),
    "one-hot tokens": (OneHotSequences(), TOKENS),
    "one-hot columns": (OneHotSequences(), MIXED),
    "one-hot numbers": (OneHotSequences(handle_unknown="error"), [[1, 2], [2**40]]),
    "one-hot yes and no": (OneHotSequences(), [[True, False], [True]]),
    "frames": (FrameToSequences(time_col="day", static=[7]), VISITS),
    "frames in part": (FrameToSequences(numeric=["pulse"], categorical=[]), VISITS),
    "windows": (SlidingWindows(2, horizon=[1], target="x"), TABLE),
    "windows without names": (SlidingWindows(2, horizon=np.array([1, 2]), target=(0,)), TABLE),
}


@pytest.fixture
def again(tmp_path):
    """Save something and load it."""

    def save_and_load(estimator):
        save(estimator, tmp_path / "model")
        return load(tmp_path / "model")

    return save_and_load


def assert_same(found, expected):
    """Hold arrays, sequences and lists of them against each other, types among it."""
    assert type(found) is type(expected)
    if isinstance(expected, Sequences):
        assert found.categories == expected.categories
        assert found.names == expected.names
        found, expected = found.to_list(), expected.to_list()
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        if isinstance(other, np.ndarray):
            np.testing.assert_array_equal(one, other, strict=True)
        else:
            assert one == other or one != one


@pytest.mark.parametrize(("transformer", "X"), CASES.values(), ids=CASES)
def test_a_fitted_transformer_comes_back(transformer, X, again):
    transformer = transformer.fit(X)
    loaded = again(transformer)
    assert_same(loaded.transform(X), transformer.transform(X))
    assert repr(loaded) == repr(transformer)
    if hasattr(transformer, "get_feature_names_out") and not isinstance(transformer, PerStep):
        names, expected = loaded.get_feature_names_out(), transformer.get_feature_names_out()
        np.testing.assert_array_equal(names, expected, strict=True)
    if hasattr(transformer, "inverse_transform"):
        changed = transformer.transform(X)
        assert_same(loaded.inverse_transform(changed), transformer.inverse_transform(changed))


@pytest.mark.parametrize("transformer", [case[0] for case in CASES.values()], ids=CASES)
def test_an_unfitted_transformer_comes_back(transformer, again):
    transformer = type(transformer)(**transformer.get_params(deep=False))
    loaded = again(transformer)
    assert repr(loaded) == repr(transformer)
    assert vars(loaded).keys() == vars(transformer).keys()


def test_a_vocabulary_of_a_hundred_thousand_tokens_comes_back(again):
    encoder = TokenEncoder().fit([[f"token {i}" for i in range(100_000)]])
    assert again(encoder).vocabulary_ == encoder.vocabulary_


def test_a_function_in_place_of_a_name_is_refused(tmp_path):
    with pytest.raises(TypeError, match=r"cannot save TokenEncoder\.parameters\.analyzer|analyzer"):
        save(TokenEncoder(analyzer=str.split), tmp_path / "model")
    assert not list(tmp_path.iterdir())


def set_in(document, path, value):
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


@pytest.mark.parametrize(
    ("case", "path", "value"),
    [
        ("texts", ["vocabulary_"], ["<pad>", "<unk>", "cat", "cat"]),
        ("texts", ["vocabulary_"], ["<pad>"]),
        ("texts", ["vocabulary_"], ["<pad>", "<unk>", 3]),
        ("texts", ["analyzer_"], "sentence"),
        ("padded recordings", ["length_"], 10**12),
        ("padded recordings", ["length_"], True),
        ("padded recordings", ["_input_form"], "cube"),
        ("padded table", ["n_features_in_"], 3),
        ("one-hot tokens", ["_n_numbers"], 5),
        ("one-hot tokens", ["categories_", 0, "items"], ["a", "a", "c"]),
        ("frames", ["numeric_"], ["ward"]),
        ("frames", ["n_features_in_"], 7),
        ("windows", ["n_features_in_"], 7),
    ],
)
def test_a_state_that_contradicts_itself_is_refused(case, path, value, tmp_path):
    transformer, X = CASES[case]
    save(transformer.fit(X), tmp_path / "model")
    document, tensors = read_model_file(tmp_path / "model")
    set_in(document["model"]["state"], path, value)
    write_model_file(tmp_path / "model", document, tensors)
    with pytest.raises(ModelFileError):
        load(tmp_path / "model")
