"""Small fits of each kind, to be run in other places than this process, and what they must give."""

from functools import cache

import numpy as np
import pandas as pd

from sklearn_rnn import RNNClassifier, RNNForecaster, RNNRegressor, RNNTagger, Sequences
from sklearn_rnn.ensemble import SeedEnsemble
from tests import tagging_data
from tests.forecasting_data import TINY, ahead, panel

SMALL = {"hidden_size": 4, "batch_size": 8, "lr": 0.02, "max_epochs": 2, "random_state": 0}
WORDS = ["good", "great", "bad", "no", "film", "fun", "a", "the"]


def texts():
    rng = np.random.default_rng(0)
    X = [" ".join(rng.choice(WORDS, size=2 + i % 5)) for i in range(40)]
    return X, np.array(["good" in text or "great" in text for text in X])


def events():
    """Steps of numbers and a category, with a column of whole sequences."""
    rng = np.random.default_rng(0)
    n = 200
    frame = pd.DataFrame(
        {
            "customer": np.repeat(np.arange(40), 5),
            "amount": rng.normal(size=n),
            "shop": rng.choice(["a", "b", "c"], size=n),
            "age": np.repeat(rng.normal(size=40), 5),
        }
    )
    X = Sequences.from_frame(
        frame, id_col="customer", numeric=["amount"], categorical=["shop"], static=["age"]
    )
    return X, rng.normal(size=40)


def words():
    return tagging_data.sequences("words", n=40), tagging_data.span_labels("BIOES", n=40)


def numbers():
    return tagging_data.sequences("numbers", n=40), tagging_data.span_labels("IOB2", n=40)


def shops():
    data = panel()
    return data[["price", "action"]], data["sales"]


ESTIMATORS = {
    "texts": (lambda: RNNClassifier(**SMALL), texts),
    "events": (lambda: RNNRegressor(**SMALL, pooling="attention"), events),
    "words": (lambda: RNNTagger(**SMALL), words),
    "steps": (lambda: RNNTagger(**SMALL, output="softmax"), numbers),
    "shops": (lambda: RNNForecaster(**TINY), shops),
    "ensemble": (lambda: SeedEnsemble(RNNClassifier(**SMALL), n_members=2), texts),
}


def make(kind):
    return ESTIMATORS[kind][0]()


@cache
def data(kind):
    return ESTIMATORS[kind][1]()


@cache
def fitted(kind):
    return make(kind).fit(*data(kind))


def weights_of(model):
    return {name: w.numpy() for name, w in model.module_.state_dict().items()}


def assert_same_weights(model, expected):
    actual, expected = weights_of(model), weights_of(expected)
    assert actual.keys() == expected.keys()
    for name, weight in actual.items():
        np.testing.assert_array_equal(weight, expected[name], err_msg=name)


PREDICTING = (
    "predict",
    "predict_proba",
    "decision_function",
    "transform",
    "predict_nbest",
    "predict_spans",
    "predict_quantiles",
    "predict_interval",
    "predict_std",
    "count_unknown",
)


def all_predictions(model, kind, part, X=None):
    """All that a model says of a part of the data, every digit of it, as a text."""
    X = data(kind)[0] if X is None else X
    if kind == "shops":
        index = ahead(X.index, 6)[part : part + 8]
        rows = X.iloc[: len(index)].set_axis(index)
        found = [getattr(model, name)(rows) for name in PREDICTING if hasattr(model, name)]
        found += [model.sample(3, rows, random_state=0)]
    else:
        X = X[part::3]
        found = [getattr(model, name)(X) for name in PREDICTING if hasattr(model, name)]
    return repr(plain(found))


def plain(found):
    """Lists in the place of arrays, at any depth."""
    if isinstance(found, np.ndarray):
        found = found.tolist()
    return [plain(part) for part in found] if isinstance(found, list | tuple) else found


def fits():
    return [(make(kind).fit, *data(kind)) for kind in ESTIMATORS if kind != "ensemble"]


def assert_as_alone(models):
    for kind, model in zip((k for k in ESTIMATORS if k != "ensemble"), models, strict=True):
        assert_same_weights(model, fitted(kind))
        assert all_predictions(model, kind, 0) == all_predictions(fitted(kind), kind, 0)


def assert_same_search(search, expected, X):
    """Hold scores, choice and refitted model of a search to those of another one, to the bit."""
    names = [name for name in expected.cv_results_ if name.endswith("_test_score")]
    for name in names:
        np.testing.assert_array_equal(search.cv_results_[name], expected.cv_results_[name])
    assert search.best_params_ == expected.best_params_
    assert_same_weights(search.best_estimator_, expected.best_estimator_)
    name = "predict_proba" if hasattr(expected, "predict_proba") else "predict"
    np.testing.assert_array_equal(getattr(search, name)(X), getattr(expected, name)(X))
