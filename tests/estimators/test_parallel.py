"""Fitted estimators in many threads; fits in threads and processes; many fits."""

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
import pytest
from sklearn.base import clone

from tests.parallel_fits import (
    ESTIMATORS,
    all_predictions,
    assert_as_alone,
    assert_same_weights,
    data,
    fits,
    fitted,
    make,
)

N_THREADS = 8
every_estimator = pytest.mark.parametrize("kind", ESTIMATORS)
every_single_one = pytest.mark.parametrize("kind", [k for k in ESTIMATORS if k != "ensemble"])


# --- predictions in threads ---------------------------------------------------------------------


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


def test_fits_in_threads_are_those_of_one():
    with ThreadPoolExecutor(5) as pool:
        assert_as_alone([future.result() for future in [pool.submit(*fit) for fit in fits()]])


@pytest.mark.slow
def test_fits_in_processes_are_those_of_one():
    jobs = [joblib.delayed(fit)(*given) for fit, *given in fits()]
    assert_as_alone(joblib.Parallel(n_jobs=2, backend="loky")(jobs))


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
