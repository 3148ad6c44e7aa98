"""The runner in ``benchmarks/peers``: its tables, its files, and our own program in it."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "benchmarks" / "peers"
RUN = {"fit_cpu": 1.0, "fit_wall": 1.0, "predict_cpu": 0.1, "peak_mb": 300.0, "score": 90.0}


@pytest.fixture
def peers(monkeypatch):
    """Import a module of the folder; none stays imported."""
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        path = getattr(sys.modules[name], "__file__", None) or ""
        if path.startswith(str(FOLDER.parent)):
            del sys.modules[name]


def write_questions(folder):
    """A file like that of TREC, with questions of two classes."""
    places = [f"LOC Where is the town of {name} ?" for name in "abcdefghijklmnopqrst"]
    people = [f"HUM Who was {name} , the first king ?" for name in "abcdefghijklmnopqrst"]
    folder.mkdir(parents=True)
    (folder / "train.txt").write_text("\n".join(places + people), encoding="utf-8")


@pytest.mark.slow
def test_our_program_has_its_row_and_a_missing_environment_is_named(tmp_path):
    write_questions(tmp_path / "text" / "trec")
    command = [
        sys.executable, FOLDER / "run.py", "--quick", "--data", tmp_path,
        "--environments", tmp_path / "none", "--tasks", "trec", "vowels",
        "--programs", "ours", "our_defaults", "keras",
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    (row,) = [line for line in lines if line.startswith("| RNNClassifier |")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert 0 <= float(cells[1]) <= 100
    assert cells[4] == cells[7] == "1.00"  # times ours
    assert int(cells[-1]) == 1
    assert any(line.startswith("| RNNClassifier() |") for line in lines)
    assert any(line.startswith("- Keras, padded is left out") for line in lines)
    assert any(line.startswith("- JapaneseVowels is missing") for line in lines)
    assert "sklearn-rnn" in done.stdout


def test_a_row_holds_medians_means_and_ratios(peers):
    run, readers = peers("run"), peers("readers")
    ours = [RUN | {"fit_cpu": seconds} for seconds in (1.0, 2.0, 30.0)]
    theirs = [RUN | {"fit_cpu": 5.0, "score": score} for score in (80.0, 81.0)]
    title, score, spread, fit, fit_times, *_, predict_times, peak, runs = run.cells(
        readers.TASKS["trec"], "keras", theirs, ours
    )
    assert (title, score, spread) == ("Keras, padded", "80.5", "1.0")
    assert (fit, fit_times, predict_times) == ("5.00", "2.50", "1.00")
    assert (peak, runs) == ("300", 2)


def test_a_row_without_ours_has_no_ratio(peers):
    assert peers("run").times(2.0, None, "fit_cpu") == "-"


def test_a_fit_of_more_than_a_minute_is_repeated_less(peers):
    run = peers("run")
    options = run.parse_options([])
    assert run.repeats_of({"fit_wall": 59.0}, options) == 5
    assert run.repeats_of({"fit_wall": 61.0}, options) == 3
    assert run.repeats_of({"fit_wall": 61.0}, run.parse_options(["--repeats", "7"])) == 7
    assert run.parse_options(["--quick"]).repeats == 1


def test_a_run_that_stands_in_the_record_is_found_there(peers, tmp_path):
    run, path = peers("run"), tmp_path / "record.jsonl"
    what = {"task": "a", "amount": "40 / 10", "program": "ours", "seed": 1}
    assert run.from_record(path, what) is None
    for seed in (0, 1):
        run.add_to_record(path, what | {"seed": seed, "score": 10.0 * seed})
    assert run.from_record(path, what)["score"] == 10
    assert run.from_record(path, what | {"amount": "80 / 10"}) is None


def test_a_task_comes_back_from_its_file(peers, tmp_path):
    tasks = peers("tasks")
    for task in (
        tasks.Classification("ids", [[2, 3], [4]], [0, 1], [[5]], [1], 6, 2),
        tasks.Classification("words", [[2]], [0], [[3]], [0], 4, 2, [["a"]], [["b"]]),
        tasks.Classification("numbers", [[[0.1, 1 / 3]]], [0], [[[2.0, 3.0]]], [0], None, 2),
        tasks.Tagging("tags", [["a", "b"]], [["X", "Y"]], [["ü"]], [["X"]], False),
        tasks.Forecasting("series", [[0.1, 0.2], [1.0]], [[1.0], [2.0]], [1.0, 2.0], 1, 3),
    ):
        tasks.write_task(task, tmp_path / "task.json")
        assert tasks.read_task(tmp_path / "task.json") == task


def test_a_small_task_keeps_every_class(peers):
    tasks = peers("tasks")
    y = [0] * 100 + [1] * 100
    small = tasks.Classification("many", [[2]] * 200, y, [[3]] * 200, y, 4, 9).small()
    assert set(small.y_train) == set(small.y_test) == {0, 1}
    assert len(small.X_train) <= tasks.FEW
    assert small.epochs == 1


def test_a_series_of_the_frame_is_as_long_as_its_past(peers):
    task = peers("tasks").Forecasting("s", [[1.0, 2.0], [3.0]], [[4.0], [5.0]], [1.0, 1.0], 1, 1)
    assert task.frame["y"].tolist() == [1.0, 2.0, 3.0]
    assert task.frame["unique_id"].value_counts().tolist() == [2, 1]
    assert task.truth.shape == (2, 1, 1)


def test_every_program_has_its_code_and_its_environment(peers):
    programs = peers("programs")
    for entry in programs.PROGRAMS.values():
        source = (FOLDER / "programs" / f"{entry.module}.py").read_text(encoding="utf-8")
        assert f"class {entry.name}" in source
        requirements = FOLDER / "requirements" / f"{entry.environment}.txt"
        assert entry.environment == programs.OWN or "torch==2.13.0" in requirements.read_text()
    for kind, name in programs.REFERENCES.items():
        assert programs.PROGRAMS[name].kind == kind
