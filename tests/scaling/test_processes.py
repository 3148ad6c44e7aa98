"""Searches in the processes of joblib: what they find, their threads, their devices."""

import os
import time
from unittest.mock import patch

import joblib
import pytest
import torch
from joblib.externals.loky import get_reusable_executor
from sklearn.model_selection import GridSearchCV

from sklearn_rnn.training import resolve_device
from tests.parallel_fits import assert_same_search, data, make

pytestmark = pytest.mark.slow


def device_among_two(folder, i):
    """Give what "auto" means in a process with two devices, while another one is busy as well."""
    (folder / str(i)).touch()
    for _ in range(600):
        if len(list(folder.iterdir())) == 2:
            break
        time.sleep(0.1)
    with (
        patch.object(torch.cuda, "is_available", lambda: True),
        patch.object(torch.cuda, "device_count", lambda: 2),
    ):
        return str(resolve_device("auto"))


def test_two_processes_of_joblib_take_a_device_each(tmp_path):
    get_reusable_executor().shutdown()  # the next two are begun one after the other
    with joblib.parallel_config("loky", inner_max_num_threads=1):
        found = joblib.Parallel(n_jobs=2, batch_size=1)(
            joblib.delayed(device_among_two)(tmp_path, i) for i in range(2)
        )
    assert sorted(found) == ["cuda:0", "cuda:1"]


def search(kind, **options):
    grid = {"cell": ["gru", "rnn_tanh"], "random_state": [0, 1]}
    return GridSearchCV(make(kind), grid, cv=2, **options)


@pytest.mark.parametrize("kind", ["texts", "events"])
def test_a_search_in_two_processes_finds_bit_for_bit_what_one_finds(kind):
    X, y = data(kind)
    alone = search(kind, n_jobs=1).fit(X, y)
    with joblib.parallel_config("loky", inner_max_num_threads=1):
        assert_same_search(search(kind, n_jobs=2).fit(X, y), alone, X)


@pytest.mark.parametrize("threads", [1, 2])
def test_torch_has_the_threads_that_joblib_lets_a_process_have(threads):
    with joblib.parallel_config("loky", inner_max_num_threads=threads):
        found = joblib.Parallel(n_jobs=2)([joblib.delayed(torch.get_num_threads)()] * 4)
    assert found == [min(threads, os.cpu_count())] * 4
