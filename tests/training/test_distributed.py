"""Two processes that train one network: the same model as in one, and nobody waits for ever."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from sklearn_rnn import RNNClassifier
from sklearn_rnn.exceptions import OtherProcessError
from sklearn_rnn.training import Processes, together
from tests.training.distributed_script import SMALL, TOGETHER, fits, make_data, weights_of

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("distributed_script.py")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """The folder into which two processes have written, and what they have printed."""
    folder = tmp_path_factory.mktemp("distributed")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", str(SCRIPT), str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr[-3000:]
    return folder, run.stdout


@pytest.fixture
def said(outcome):
    """What each process said of each case."""
    lines = [(outcome[0] / f"said-{rank}.txt").read_text().splitlines() for rank in (0, 1)]
    return [dict(line.split("=", 1) for line in part) for part in lines]


def read(outcome, name, rank=0):
    with np.load(outcome[0] / f"{name}-{rank}.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("name", list(fits()))
def test_two_processes_give_the_model_of_one(outcome, name):
    model, given = fits()[name]
    model.fit(*given)
    found = read(outcome, name)
    losses = [epoch["train_loss"] for epoch in model.history_]
    np.testing.assert_allclose(found.pop("losses"), losses, rtol=1e-5)
    alone = weights_of(model)
    assert found.keys() == alone.keys()
    for weight, value in alone.items():
        np.testing.assert_allclose(found[weight], value, rtol=1e-4, atol=2e-5, err_msg=weight)


def test_partial_fit_shares_its_batches_too(outcome):
    X, y, _ = make_data()
    model = RNNClassifier(random_state=0, **SMALL)
    model.partial_fit(X, y, classes=[0, 1, 2]).partial_fit(X[:3], y[:3])
    found = read(outcome, "partial")
    for weight, value in weights_of(model).items():
        np.testing.assert_allclose(found[weight], value, rtol=1e-4, atol=2e-5, err_msg=weight)


@pytest.mark.parametrize("name", [*fits(), "unseeded", "partial"])
def test_both_processes_end_with_the_same_weights(outcome, name):
    first, second = read(outcome, name, 0), read(outcome, name, 1)
    assert all(np.array_equal(first[weight], second[weight]) for weight in first)


def test_an_error_in_one_process_stops_the_other(said):
    assert said[0]["fails-0"] == "ValueError: pulled the plug"
    assert said[1]["fails-0"].startswith("OtherProcessError: process 0 of 2 stopped")
    assert said[0]["fails-1"].startswith("OtherProcessError: process 1 of 2 stopped")
    assert said[1]["fails-1"] == "KeyboardInterrupt: pulled the plug"


def test_bad_input_of_one_process_stops_the_other(said):
    assert said[0]["bad"].startswith("OtherProcessError: process 1 of 2 stopped")
    assert "33 sequence(s), but y has 32" in said[1]["bad"]


def test_both_processes_diverge_in_the_same_batch(said):
    assert said[0]["diverges"] == said[1]["diverges"]
    assert "in epoch 1 the training loss of batch" in said[0]["diverges"]


@pytest.mark.parametrize("case", ["other", "values"])
def test_other_data_in_one_process_is_an_error_in_both(said, case):
    for part in said:
        assert "do not have the same X, y or sample_weight: every one has to fit" in part[case]


def test_other_parameters_in_one_process_are_an_error_in_both(said):
    for part in said:
        assert "the 2 processes do not have the same max_epochs: every one" in part["parameters"]
    assert said[0]["refused parameter"].startswith("OtherProcessError: process 1 of 2 stopped")
    assert "'hidden_size' parameter of RNNClassifier must be" in said[1]["refused parameter"]


@pytest.mark.parametrize(
    ("case", "error"),
    [
        ("ends badly", "ValueError: pulled the plug"),
        ("fails within", "ValueError: pulled the plug"),
        ("waits", "KeyboardInterrupt: "),
    ],
)
def test_wherever_one_process_fails_the_other_stops(said, case, error):
    assert said[0][case].startswith("OtherProcessError: process 1 of 2 stopped with an error")
    assert said[1][case] == error


def test_a_process_that_is_gone_is_told_of(said):
    assert "process 0 of 2 waited for another one that is gone" in said[0]["alone"]


def test_where_one_process_ends_its_training_both_do(said):
    assert [part["stops"] for part in said] == ["1 1", "1 1"]  # as it is when it is resumed


def test_only_the_first_process_prints_and_writes(outcome, said):
    assert outcome[1].count("epoch 1 of 2") == 1
    assert [part["resumed"] for part in said] == ["2 1 True", "2 1 True"]


def test_other_estimators_refuse(said):
    assert "RNNLanguageModel is trained in one process" in said[0]["refused"]


def test_without_a_group_the_way_out_is_told():
    X, y, _ = make_data()
    with pytest.raises(ValueError, match="start the script by torchrun"):
        RNNClassifier(net_params=TOGETHER).fit(X, y)
    with pytest.raises(ValueError, match="must be True or False, but is 2"):
        RNNClassifier(net_params={"distributed": 2}).fit(X, y)


def test_all_who_failed_are_named(monkeypatch):
    processes = Processes(1, 4, None)
    monkeypatch.setattr(processes, "_exchange", lambda failed, number: [0.0, 0.0, 1, 0, 1, 0])
    with pytest.raises(OtherProcessError, match="processes 0, 2 of 4 stopped with an error of the"):
        processes.agree()


def test_one_process_fits_one_model_at_a_time(monkeypatch):
    processes = Processes(0, 1, None)
    monkeypatch.setattr(processes, "_exchange", lambda failed, number: [number, number, failed])
    with together(processes):
        with pytest.raises(ValueError, match="in the middle of another"), together(processes):
            pass
        assert Processes.joined() is processes
    with together(processes):
        pass


@pytest.mark.parametrize("end", ["finish", "give_up"])
def test_a_fit_waits_until_torch_has_let_go_of_what_was_exchanged(monkeypatch, end):
    processes, held = Processes(0, 1, None), []

    def send(exchange, numbers, **options):
        held.append(numbers.view(-1))  # it holds on to the numbers, as a thread of torch does
        threading.Timer(0.1, held.clear).start()

    monkeypatch.setattr(processes, "_send", send)
    getattr(processes, end)()
    assert held == []


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9])
def test_shares_are_the_rows_of_a_batch_each_once_or_the_whole_of_a_small_one(n):
    rows = torch.arange(n)
    shares = [Processes(rank, 3, None).share(rows) for rank in range(3)]
    if n < 3:
        assert all(share is rows for share in shares)
    else:
        assert sorted(torch.cat(shares).tolist()) == rows.tolist()
        assert max(map(len, shares)) - min(map(len, shares)) <= 1
