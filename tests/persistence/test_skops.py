"""Estimators go through skops, which needs to trust their own class and nothing else."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNClassifier, RNNForecaster
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.preprocessing import TokenEncoder, WordTokenizer
from tests.saved_models import LABELS, TEXTS, answers, equal, fitted

skops_io = pytest.importorskip("skops.io")

NAMES = ("pipeline encoder", "events with gaps", "columns", "tagged words", "tagged features")


def one_type(estimator):
    return f"{type(estimator).__module__}.{type(estimator).__name__}"


@pytest.mark.parametrize("name", NAMES)
def test_skops_trusts_one_type_and_gives_the_same_answers(name):
    estimator, X = fitted(name)
    data = skops_io.dumps(estimator)
    assert skops_io.get_untrusted_types(data=data) == [one_type(estimator)]
    loaded = skops_io.loads(data, trusted=[one_type(estimator)])
    assert equal(answers(loaded, X), answers(estimator, X))


def test_a_transformer_is_one_type_too():
    encoder = TokenEncoder().fit(TEXTS)
    data = skops_io.dumps(encoder)
    assert skops_io.get_untrusted_types(data=data) == [one_type(encoder)]
    loaded = skops_io.loads(data, trusted=[one_type(encoder)])
    assert loaded.vocabulary_ == encoder.vocabulary_


def test_an_ensemble_is_one_type_with_all_its_members():
    ensemble = SeedEnsemble(RNNClassifier(max_epochs=1), n_members=2).fit(TEXTS, LABELS)
    data = skops_io.dumps(ensemble)
    assert skops_io.get_untrusted_types(data=data) == [one_type(ensemble)]
    loaded = skops_io.loads(data, trusted=[one_type(ensemble)])
    assert equal(loaded.predict_proba(TEXTS), ensemble.predict_proba(TEXTS))


def test_a_forecaster_is_one_type():
    y = np.sin(np.arange(60.0))
    forecaster = RNNForecaster(horizon=3, window=12, max_epochs=1, n_networks=1)
    forecaster.fit(pd.DataFrame(index=range(60)), y)
    data = skops_io.dumps(forecaster)
    assert skops_io.get_untrusted_types(data=data) == [one_type(forecaster)]
    loaded = skops_io.loads(data, trusted=[one_type(forecaster)])
    assert loaded.forecast(3).equals(forecaster.forecast(3))


def test_a_pipeline_is_the_types_of_its_steps():
    pipeline = make_pipeline(WordTokenizer(), TokenEncoder(), RNNClassifier(max_epochs=1))
    pipeline.fit(TEXTS, LABELS)
    data = skops_io.dumps(pipeline)
    trusted = skops_io.get_untrusted_types(data=data)
    assert trusted == sorted(one_type(step) for _, step in pipeline.steps)
    loaded = skops_io.loads(data, trusted=trusted)
    assert equal(loaded.predict_proba(TEXTS), pipeline.predict_proba(TEXTS))


def test_what_a_file_cannot_hold_skops_is_not_given():
    with pytest.raises(TypeError, match="RNNClassifier.cell"):
        skops_io.dumps(RNNClassifier(cell=torch.nn.LSTM))


@pytest.mark.parametrize(
    "state",
    [
        {"document": "{}", "tensors": {}},
        {"document": 3, "tensors": {}},
        {"document": '{"model": NaN}', "tensors": {}},
        {"document": "{}", "tensors": []},
        RNNClassifier().__getstate__() | {"tensors": {"a": np.ones(2)}},
        TokenEncoder().__getstate__(),
    ],
    ids=["empty", "no text", "NaN", "no tensors", "further tensors", "another class"],
)
def test_a_wrong_state_is_refused(state):
    with pytest.raises(ModelFileError):
        RNNClassifier.__new__(RNNClassifier).__setstate__(state)


def test_training_on_a_state_leaves_the_estimator_that_gave_it_alone():
    classifier, X = fitted("words")
    before = answers(classifier, X)
    other = RNNClassifier.__new__(RNNClassifier)
    other.__setstate__(classifier.__getstate__())
    other.partial_fit(TEXTS, LABELS)
    assert equal(answers(classifier, X), before)
    assert not equal(answers(other, X), before)


# --- what is not given a document ---------------------------------------------------------------


class Own(RNNClassifier):
    pass


@pytest.mark.parametrize(
    "give",
    [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deepcopy"],
)
@pytest.mark.parametrize("cls", [RNNClassifier, Own])
def test_pickle_and_copies_take_parameters_of_any_kind(give, cls):
    classifier = cls(cell=torch.nn.GRU, callbacks=[], max_epochs=1, random_state=0)
    classifier.fit(TEXTS, LABELS)
    given = give(classifier)
    assert given.cell is torch.nn.GRU
    assert equal(given.predict_proba(TEXTS), classifier.predict_proba(TEXTS))


def test_joblib_keeps_the_answers(tmp_path):
    classifier, X = fitted("words")
    joblib.dump(classifier, tmp_path / "a.joblib")
    loaded = joblib.load(tmp_path / "a.joblib")
    assert equal(answers(loaded, X), answers(classifier, X))


def test_a_subclass_with_a_state_of_its_own_keeps_it():
    own = StatefulClassifier(hidden_size=3)
    own.note = "mine"
    assert pickle.loads(pickle.dumps(own)).note == "forgotten"


class StatefulClassifier(RNNClassifier):
    def __getstate__(self):
        return super().__getstate__() | {"note": "forgotten"}
