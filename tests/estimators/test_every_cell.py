"""Each estimator with each cell of the registry that is not torch's own."""

from functools import cache

import numpy as np
import pytest

from sklearn_rnn import RNNForecaster, load
from sklearn_rnn.nn import CELLS
from tests import saved_models
from tests.forecasting_data import TINY, daily
from tests.saved_models import LABELS, TEXTS, answers, equal, numbers, recordings

# torch's own go through the tests of each estimator
OWN = [cell for cell in CELLS if cell not in ("lstm", "gru", "rnn_tanh", "rnn_relu")]
DEEP = {"num_layers": 2, "bidirectional": True, "max_epochs": 2}


def forecaster(cell):
    return RNNForecaster(**TINY | {"cell": cell, "num_layers": 2}), None, daily()


# Each gives an estimator of a cell, X and y.
ESTIMATORS = {
    "texts": lambda cell: saved_models.classifier(TEXTS, LABELS, cell=cell, **DEEP),
    "recordings": lambda cell: saved_models.regressor(recordings(), numbers(), cell=cell, **DEEP),
    "tags": lambda cell: saved_models.tagger("numbers", cell=cell, **DEEP),
    "language": lambda cell: saved_models.language(cell=cell, num_layers=2),
    "generator": lambda cell: saved_models.generator(y=LABELS, cell=cell, num_layers=2),
    "encoder": lambda cell: saved_models.encoder(TEXTS, decoder="recurrent", cell=cell),
    "translator": lambda cell: saved_models.translator(cell=cell, num_layers=2, beam_size=2),
    "forecaster": forecaster,
}
every_cell = pytest.mark.parametrize("cell", OWN)
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)


@cache
def fitted(name, cell):
    estimator, X, y = ESTIMATORS[name](cell)
    return estimator.fit(X, y), X


def said(name, model, X):
    return model.forecast(7) if name == "forecaster" else answers(model, X)


@every_cell
@every_estimator
def test_a_saved_model_and_a_second_fit_say_the_same(name, cell, tmp_path):
    model, X = fitted(name, cell)
    expected = said(name, model, X)
    model.save(tmp_path / "a.model")
    again, X, y = ESTIMATORS[name](cell)
    for other in (load(tmp_path / "a.model"), again.fit(X, y)):
        found = said(name, other, X)
        assert found.equals(expected) if name == "forecaster" else equal(found, expected)


FIGURES = {
    "texts": "predict_proba",
    "recordings": "predict",
    "language": "score_samples",
    "generator": "score_samples",
    "encoder": "transform",
}


@every_cell
@pytest.mark.parametrize("name", FIGURES)
def test_what_is_said_of_a_sequence_does_not_depend_on_the_others(name, cell):
    model, X = fitted(name, cell)
    say = getattr(model, FIGURES[name])
    alone = np.concatenate([say(X[i : i + 1]) for i in range(len(X))])
    assert np.ptp(alone, axis=0).max() > 1e-6
    order = np.random.default_rng(1).permutation(len(X))
    longer = X[0] * 30 if isinstance(X[0], str) else np.concatenate([X[0]] * 30)
    for together in (say(X), say([X[i] for i in order])[np.argsort(order)], say([*X, longer])[:-1]):
        np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6)


@every_cell
def test_the_first_step_of_a_recording_counts(cell):
    model, X = fitted("recordings", cell)
    other = [x.copy() for x in X]
    for x in other:
        x[0] += 5
    assert np.abs(model.predict(other) - model.predict(X)).min() > 1e-6
