"""Fitted estimators in many threads; fits in threads, processes and on a cluster; many fits."""

import gc
import itertools
import os
import pickle
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_rnn import RNNClassifier, RNNForecaster, RNNRegressor, RNNTagger, Sequences
from sklearn_rnn.ensemble import SeedEnsemble
from tests import tagging_data
from tests.forecasting_data import TINY, ahead, panel

N_THREADS = 8
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
every_estimator = pytest.mark.parametrize("kind", ESTIMATORS)
every_single_one = pytest.mark.parametrize("kind", [k for k in ESTIMATORS if k != "ensemble"])


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


# --- predictions in threads ---------------------------------------------------------------------

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


@every_estimator
def test_eight_threads_predict_what_one_does(kind):
    reference = pickle.loads(pickle.dumps(fitted(kind)))
    expected = [all_predictions(reference, kind, part) for part in range(3)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # threads change places as often as they can
    try:
        # One that was just trained, one that was just loaded: neither has predicted yet.
        for model in (clone(fitted(kind)).fit(*data(kind)), pickle.loads(pickle.dumps(reference))):
            start = threading.Barrier(N_THREADS)

            def run(i, model=model, start=start):
                start.wait()
                parts = [(i + k) % 3 for k in range(3)]
                return {part: all_predictions(model, kind, part) for part in parts}

            with ThreadPoolExecutor(N_THREADS) as pool:
                for found in pool.map(run, range(N_THREADS)):
                    assert [found[part] == expected[part] for part in range(3)] == [True] * 3
    finally:
        sys.setswitchinterval(before)


@every_single_one
def test_predicting_in_threads_while_others_train_changes_neither(kind):
    model = fitted(kind)
    expected = all_predictions(model, kind, 0)

    def run(i):
        return make(kind).fit(*data(kind)) if i % 2 else all_predictions(model, kind, 0)

    with ThreadPoolExecutor(4) as pool:
        for i, found in enumerate(pool.map(run, range(8))):
            if i % 2:
                assert_same_weights(found, model)
            else:
                assert found == expected


@every_single_one
def test_a_fitted_network_is_ready_to_predict(kind):
    # Otherwise the first prediction switches layers to evaluation, while another thread runs them.
    for model in (fitted(kind), pickle.loads(pickle.dumps(fitted(kind)))):
        assert not any(layer.training for layer in model.module_.modules())


# --- fits elsewhere -----------------------------------------------------------------------------


def fits():
    return [(make(kind).fit, *data(kind)) for kind in ESTIMATORS if kind != "ensemble"]


def assert_as_alone(models):
    for kind, model in zip((k for k in ESTIMATORS if k != "ensemble"), models, strict=True):
        assert_same_weights(model, fitted(kind))
        assert all_predictions(model, kind, 0) == all_predictions(fitted(kind), kind, 0)


def test_fits_in_threads_are_those_of_one():
    with ThreadPoolExecutor(5) as pool:
        assert_as_alone([future.result() for future in [pool.submit(*fit) for fit in fits()]])


@pytest.mark.slow
def test_fits_in_processes_are_those_of_one():
    jobs = [joblib.delayed(fit)(*given) for fit, *given in fits()]
    assert_as_alone(joblib.Parallel(n_jobs=2, backend="loky")(jobs))


@pytest.fixture
def cluster(tmp_path):
    """A client of two worker processes of one thread each, on this machine."""
    distributed = pytest.importorskip("distributed", reason="the extra test installs dask")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(tmp_path),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.slow
def test_fits_and_searches_on_a_dask_cluster_are_those_of_one(cluster):
    futures = [cluster.submit(fit, *given, pure=False) for fit, *given in fits()]
    assert_as_alone(cluster.gather(futures))

    X, y = data("texts")
    search = GridSearchCV(make("texts"), {"cell": ["gru", "rnn_tanh"]}, cv=2)
    alone = clone(search).fit(X, y)
    with joblib.parallel_config("dask"):
        search.fit(X, y)
    for i in range(2):
        name = f"split{i}_test_score"
        np.testing.assert_array_equal(search.cv_results_[name], alone.cv_results_[name])
    assert_same_weights(search.best_estimator_, alone.best_estimator_)


# --- many fits ----------------------------------------------------------------------------------


def objects():
    """How many objects of each type there are."""
    gc.collect()
    return Counter(type(thing).__qualname__ for thing in gc.get_objects())


def memory():
    """The resident memory of the process in MiB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


@cache
def pickled(kind):
    return pickle.dumps(data(kind))


def use(kind, i):
    """Fit, let a fit fail, predict and pickle, as a long-lived process would do."""
    X, y = pickle.loads(pickled(kind))  # of its own: a frame notes all views that were taken
    model = make(kind).set_params(random_state=i).fit(X, y)
    if kind == "ensemble":
        model.predict(X)
        return
    model.set_params(warm_start=True, max_epochs=1).fit(X, y)
    all_predictions(pickle.loads(pickle.dumps(model)), kind, 0, X)
    with pytest.raises(ValueError):
        model.fit(X, y[:-3])


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="Linux tells of handles there")
def test_many_fits_leak_neither_memory_nor_handles_nor_threads():
    kinds = list(ESTIMATORS)
    measured = []
    for i in range(180):
        use(kinds[i % len(kinds)], i)
        if i % 60 == 59:
            found = objects()
            handles = len(os.listdir("/proc/self/fd"))
            measured.append((found, handles, threading.active_count(), memory()))
    first, *_, last = measured
    grown = [after[0] - before[0] for before, after in itertools.pairwise(measured)]
    # Less than one a fit; what fills a cache once does so in one part, what leaks in all of them.
    assert min(part.total() for part in grown) < 60, [part.most_common(10) for part in grown]
    assert last[1] <= first[1] and last[2] <= first[2]
    assert last[3] - first[3] < 24
