"""Ensembles come back from their files with all of their members."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNClassifier, RNNForecaster, RNNRegressor, RNNTagger, load, save
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import read_model_file, write_model_file
from sklearn_rnn.preprocessing import TokenEncoder
from tests.forecasting_data import TINY, daily, panel

SMALL = {"hidden_size": 4, "max_epochs": 1}
TEXTS = ["good film", "bad film", "so so", "a great one"] * 5
WORDS = [["New", "York"], ["here"], ["in", "Rome"]] * 7
TAGS = [["B-X", "I-X"], ["O"], ["O", "B-X"]] * 7
ONE_COLUMN = list("abcd") * 5
TWO_COLUMNS = pd.DataFrame({"u": ONE_COLUMN, "v": [1, 2] * 10})
INDICATOR = np.array([[1, 0, 1], [0, 1, 0]] * 10)

CASES = {
    "classes": (RNNClassifier(**SMALL), TEXTS, ONE_COLUMN),
    "columns of classes": (RNNClassifier(**SMALL), TEXTS, TWO_COLUMNS),
    "yes and no": (RNNClassifier(**SMALL), TEXTS, INDICATOR),
    "numbers": (RNNRegressor(**SMALL), TEXTS, np.arange(20.0)),
    "tags": (RNNTagger(**SMALL), WORDS, TAGS),
    "numbered tags": (RNNTagger(**SMALL), WORDS, [[1] * len(words) for words in WORDS]),
    "pipelines": (make_pipeline(TokenEncoder(), RNNClassifier(**SMALL)), TEXTS, ONE_COLUMN),
}


@pytest.fixture
def again(tmp_path):
    """Save something and load it."""

    def save_and_load(estimator):
        save(estimator, tmp_path / "model")
        return load(tmp_path / "model")

    return save_and_load


def assert_same(found, expected):
    assert type(found) is type(expected)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other, strict=isinstance(other, np.ndarray))


@pytest.mark.parametrize(("estimator", "X", "y"), CASES.values(), ids=CASES)
def test_an_ensemble_predicts_the_same_after_it_was_saved(estimator, X, y, again):
    ensemble = SeedEnsemble(estimator, n_members=2, random_state=0).fit(X, y)
    loaded = again(ensemble)
    for method in ("predict", "predict_proba", "predict_std"):
        if hasattr(ensemble, method):
            assert_same(getattr(loaded, method)(X), getattr(ensemble, method)(X))
    assert vars(loaded).keys() == vars(ensemble).keys()
    assert repr(loaded) == repr(ensemble)
    if hasattr(ensemble, "classes_"):
        assert_same(loaded.classes_, ensemble.classes_)


def test_spans_of_an_ensemble_come_back(again):
    ensemble = SeedEnsemble(RNNTagger(**SMALL), n_members=2, random_state=0).fit(WORDS, TAGS)
    assert again(ensemble).predict_spans(WORDS).tolist() == ensemble.predict_spans(WORDS).tolist()


def test_the_members_of_an_ensemble_of_forecasters_share_their_series(again, tmp_path):
    shops, options = panel(), {"past": ["visitors"], "static": ["size"], "loss": "normal"}
    estimator = RNNForecaster(**TINY | options)
    sizes = []
    for n in (1, 3):
        ensemble = SeedEnsemble(estimator, n_members=n).fit(shops.drop(columns="price"), "sales")
        loaded = again(ensemble)
        sizes.append((tmp_path / "model").stat().st_size)
    member = ensemble.estimators_[0]
    of_series = member._panel.target.nbytes + member._panel.past.nbytes
    assert sizes[1] - sizes[0] < 2 * (sizes[0] - of_series)
    X = shops.drop(columns=["price", "sales", "visitors"])
    assert_same(loaded.predict(X), ensemble.predict(X))
    assert_same(loaded.predict_interval(X), ensemble.predict_interval(X))


def test_an_ensemble_of_forecasters_comes_back_with_frames_and_goes_on(again):
    sales = daily(60, tz="Europe/Berlin")
    ensemble = SeedEnsemble(RNNForecaster(**TINY), n_members=2).fit(None, sales[:50])
    loaded = again(ensemble)
    pd.testing.assert_frame_equal(loaded.forecast(5, level=[80]), ensemble.forecast(5, level=[80]))
    for one in (loaded, ensemble):
        one.estimators_[0].update(None, sales[50:])  # one member alone
    first, again_first = loaded.estimators_[0], ensemble.estimators_[0]
    pd.testing.assert_frame_equal(first.forecast(3), again_first.forecast(3))
    pd.testing.assert_frame_equal(
        loaded.estimators_[1].forecast(3), ensemble.estimators_[1].forecast(3)
    )


def test_an_unfitted_ensemble_comes_back(again):
    ensemble = SeedEnsemble(make_pipeline(TokenEncoder(), RNNTagger()), random_state=3)
    loaded = again(ensemble)
    assert repr(loaded) == repr(ensemble)
    assert not hasattr(loaded, "estimators_")


def without_members(state):
    del state["estimators_"]


def with_an_unfitted_member(state):
    state["estimators_"][0]["state"] = None


def with_columns(state):
    state["_has_columns"] = True


def with_a_scheme(state):
    state["scheme_"] = "IOB2"


def with_no_member(state):
    state["estimators_"] = []


@pytest.mark.parametrize(
    "change",
    [without_members, with_an_unfitted_member, with_columns, with_a_scheme, with_no_member],
)
def test_members_that_make_no_ensemble_are_refused(change, tmp_path):
    estimator, X, y = CASES["classes"]
    save(SeedEnsemble(estimator, n_members=2).fit(X, y), tmp_path / "model")
    document, tensors = read_model_file(tmp_path / "model")
    change(document["model"]["state"])
    write_model_file(tmp_path / "model", document, tensors)
    with pytest.raises(ModelFileError):
        load(tmp_path / "model")


def test_members_that_know_other_classes_are_refused(tmp_path):
    estimator, X, y = CASES["classes"]
    ensemble = SeedEnsemble(estimator, n_members=2).fit(X, y)
    ensemble.estimators_[1].fit(X, [label.upper() for label in y])
    save(ensemble, tmp_path / "model")
    with pytest.raises(ModelFileError, match="same classes"):
        load(tmp_path / "model")
