"""Fits, searches and predictions on a cluster of Dask are those of one process, to the bit."""

from unittest.mock import patch

import dask.bag
import dask.dataframe
import distributed
import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_rnn import RNNClassifier, RNNForecaster, Sequences
from sklearn_rnn.training import resolve_device
from tests.forecasting_data import TINY, panel
from tests.parallel_fits import (
    SMALL,
    assert_as_alone,
    assert_same_search,
    data,
    fits,
    fitted,
    make,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A client of two worker processes of one thread each, on this machine."""
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(tmp_path_factory.mktemp("dask")),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


# --- fits ---------------------------------------------------------------------------------------


def test_fits_on_a_cluster_are_those_of_one_process(cluster):
    futures = [cluster.submit(fit, *given, pure=False) for fit, *given in fits()]
    assert_as_alone(cluster.gather(futures))


@pytest.mark.parametrize("kind", ["texts", "events"])
def test_a_search_on_a_cluster_finds_bit_for_bit_what_one_process_finds(kind, cluster):
    X, y = data(kind)
    search = GridSearchCV(make(kind), {"cell": ["gru", "rnn_tanh"]}, cv=2)
    alone = clone(search).fit(X, y)
    with joblib.parallel_config("dask"):
        assert_same_search(search.fit(X, y), alone, X)


def device_among_two():
    with (
        patch.object(torch.cuda, "is_available", lambda: True),
        patch.object(torch.cuda, "device_count", lambda: 2),
    ):
        return str(resolve_device("auto"))


def test_the_workers_take_a_device_each(cluster):
    assert sorted(cluster.run(device_among_two).values()) == ["cuda:0", "cuda:1"]


# --- predictions --------------------------------------------------------------------------------


def test_labels_of_texts_by_partitions_are_those_of_the_whole(cluster):
    classifier, (texts, _) = fitted("texts"), data("texts")

    def label(part):
        found = classifier.predict(part["text"]) if len(part) else []
        return pd.Series(found, index=part.index, dtype=bool)

    frame = pd.DataFrame({"text": texts, "day": np.arange(len(texts))})
    parts = dask.dataframe.from_pandas(frame, npartitions=4)
    meta = pd.Series(dtype=bool)
    found = parts.map_partitions(label, meta=meta).compute()
    np.testing.assert_array_equal(found, classifier.predict(texts))

    late = parts[parts["day"] >= 25]  # of its first partitions nothing is left
    assert late.map_partitions(len).compute().tolist()[:2] == [0, 0]
    found = late.map_partitions(label, meta=meta).compute()
    np.testing.assert_array_equal(found, classifier.predict(texts[25:]))


def test_labels_of_a_bag_are_those_of_the_list(cluster):
    classifier, (texts, _) = fitted("texts"), data("texts")
    found = dask.bag.from_sequence(texts, npartitions=3).map_partitions(classifier.predict)
    np.testing.assert_array_equal(found.compute(), classifier.predict(texts))


def event_log():
    """Events of 30 customers, in the order of the customers, and who of them has left."""
    rng = np.random.default_rng(0)
    customers = np.repeat(np.arange(30), rng.integers(1, 9, size=30))
    log = pd.DataFrame(
        {
            "amount": rng.normal(size=len(customers)),
            "shop": rng.choice(["north", "south", "west"], size=len(customers)),
        },
        index=pd.Index(customers, name="customer"),
    )
    return log, rng.integers(2, size=30)


def histories(log):
    return Sequences.from_frame(
        log.reset_index(), id_col="customer", numeric=["amount"], categorical=["shop"]
    )


def test_probabilities_of_an_event_log_by_partitions_are_those_of_the_whole(cluster):
    log, left = event_log()
    classifier = RNNClassifier(**SMALL).fit(histories(log), left)

    def probability(part):
        if not len(part):
            return pd.Series(dtype=float)
        X = histories(part)
        return pd.Series(classifier.predict_proba(X)[:, 1], index=X.ids)

    expected = probability(log)
    parts = dask.dataframe.from_pandas(log.assign(late=log.index >= 12), npartitions=5)
    assert parts.npartitions == 5
    for some in (parts, parts[parts["late"]]):
        found = some.map_partitions(probability, meta=pd.Series(dtype=float)).compute()
        np.testing.assert_array_equal(found, expected[found.index])
    assert found.index.tolist() == list(range(12, 30))


def test_forecasts_of_series_by_partitions_are_those_of_the_whole(cluster):
    sales = panel(ids=tuple("abcdef"))["sales"].reset_index("day")
    forecaster = RNNForecaster(**TINY, id_col="shop", time_col="day")
    forecaster.fit(sales.reset_index(), "sales")

    def forecast(part):
        return forecaster.forecast(4, context=part.reset_index())

    expected = forecast(sales)
    parts = dask.dataframe.from_pandas(sales, npartitions=3)
    assert parts.npartitions == 3
    meta = forecast(sales.loc[["a"]]).iloc[:0]
    found = parts.map_partitions(forecast, meta=meta).compute()
    assert found["shop"].tolist() == expected["shop"].tolist()
    np.testing.assert_array_equal(found["day"], expected["day"])
    np.testing.assert_array_equal(found["sales"], expected["sales"])
