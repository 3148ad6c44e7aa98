"""Accuracy of ``RNNClassifier()`` with plain defaults, beside a line of scikit-learn.

Texts, surnames and recordings, each as a user would hand them over: lists of strings, or arrays
of shape (time, channels). Per task, the floor is fitted in the same run and ours with several
seeds::

    python benchmarks/bench_classification.py --data ../shared/data
    python benchmarks/bench_classification.py --only trec sst2 --set cell=gru --set max_epochs=20

The anchors are figures of others, from papers and runs; where a test set is not at hand, ours is
measured on the held-out part that the table names.
"""

import argparse
import ast
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from _common import (
    Table,
    mean_and_spread,
    print_header,
    read_labelled_lines,
    read_names,
    timed,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler


@dataclass(frozen=True)
class Split:
    """What to fit on and what to score on."""

    X_train: object
    y_train: np.ndarray
    X_test: object
    y_test: np.ndarray


@dataclass(frozen=True)
class Task:
    """One row of the table."""

    title: str
    held_out: str
    path: str  # below the data folder
    load: Callable  # (path, folds) -> list of Split
    floors: Callable  # () -> the candidates of the floor; the best on the test part counts
    anchor: str
    aim: str
    source: str


# ---------------------------------------------------------------------------------------- data


def select(X, rows):
    """The chosen elements of a list or an array, as the same type."""
    return [X[row] for row in rows] if isinstance(X, list) else X[rows]


def splits_of(X, y, folds):
    """One seeded stratified fifth held out, or every fold of a seeded cross-validation."""
    rows = np.arange(len(y))
    if folds == 1:
        pairs = [train_test_split(rows, test_size=0.2, stratify=y, random_state=0)]
    else:
        pairs = StratifiedKFold(folds, shuffle=True, random_state=0).split(rows, y)
    return [Split(select(X, train), y[train], select(X, test), y[test]) for train, test in pairs]


def load_trec(path, folds):
    """TREC questions; the archive's test part is not used."""
    return splits_of(*read_labelled_lines(path / "train.txt"), folds)


def load_sst2(path, folds):
    """Stanford Sentiment Treebank, whole sentences only; its own train and dev parts."""
    train, dev = (read_labelled_lines(path / name) for name in ("train.txt", "dev.txt"))
    return [Split(*train, *dev)]


def load_names(path, folds):
    """Surnames of 18 languages; a name may stand in several."""
    return splits_of(*read_names(path), folds)


def load_recordings(path, folds):
    """A problem of the UCR/UEA archive, in its own train and test parts."""
    from sklearn_rnn.datasets import read_ts

    train, test = (read_ts(path.with_name(f"{path.name}_{part}.ts")) for part in ("TRAIN", "TEST"))
    return [Split(*train, *test)]


def is_there(task, folder):
    """Whether the task's files are below the data folder."""
    path = folder / task.path
    return path.is_dir() or path.with_name(f"{path.name}_TRAIN.ts").is_file()


# -------------------------------------------------------------------------------------- floors


def word_floors():
    """TF-IDF of words and pairs of words, logistic regression; C by cross-validation."""
    for token_pattern in (r"(?u)\b\w\w+\b", r"\S+"):  # scikit-learn's own, and every token
        words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=token_pattern)
        model = make_pipeline(words, LogisticRegression(max_iter=1_000))
        yield GridSearchCV(model, {"logisticregression__C": [1, 10, 100]}, cv=3)


def character_floors():
    """TF-IDF of one to four characters, logistic regression."""
    for analyzer in ("char", "char_wb"):
        characters = TfidfVectorizer(analyzer=analyzer, ngram_range=(1, 4))
        yield make_pipeline(characters, LogisticRegression(C=10, max_iter=300))


def summaries(recordings):
    """Mean, deviation, extremes, quartiles and mean step of every channel, and the length."""
    rows = []
    for steps in recordings:
        quartiles = np.quantile(steps, [0, 0.25, 0.5, 0.75, 1], axis=0)
        moves = np.abs(np.diff(steps, axis=0)).mean(axis=0)
        parts = [steps.mean(axis=0), steps.std(axis=0), *quartiles, moves, [len(steps)]]
        rows.append(np.concatenate(parts))
    return np.array(rows)


def resampled(recordings, length=50):
    """Every channel at ``length`` evenly spaced times, in one row."""
    rows = []
    for steps in recordings:
        times = np.linspace(0, len(steps) - 1, length)
        grid = np.arange(len(steps))
        rows.append(np.concatenate([np.interp(times, grid, channel) for channel in steps.T]))
    return np.array(rows)


def recording_floors():
    """Logistic regression on summaries, ridge regression on the resampled recording."""
    regression = LogisticRegression(max_iter=1_000)
    yield make_pipeline(FunctionTransformer(summaries), StandardScaler(), regression)
    ridge = RidgeClassifierCV(alphas=np.logspace(-3, 3, 13))
    yield make_pipeline(FunctionTransformer(resampled), StandardScaler(), ridge)


# --------------------------------------------------------------------------------------- tasks

ARCHIVE = (
    "<problem>_TRAIN.ts and _TEST.ts of the UCR/UEA archive, timeseriesclassification.com; "
    "they also come with sktime (BSD-3)"
)

TASKS = {
    "trec": Task(
        title="TREC questions",
        held_out="stratified fifth of train",
        path="text/trec",
        load=load_trec,
        floors=word_floors,
        anchor="floor 89.0, CNN from scratch 88.2 (test)",
        aim=">= 91.5",
        source="train.txt, `label text` a line, six classes: TREC question classification, "
        "cogcomp.seas.upenn.edu/Data/QA/QC (for research)",
    ),
    "sst2": Task(
        title="SST-2 sentences",
        held_out="dev",
        path="text/sst2",
        load=load_sst2,
        floors=word_floors,
        anchor="floor 81.0, CNN from scratch with phrases 83.5 (test)",
        aim=">= 83.5",
        source="train.txt and dev.txt, `label text` a line, whole sentences only: Stanford "
        "Sentiment Treebank, nlp.stanford.edu/sentiment (for research)",
    ),
    "names": Task(
        title="surname -> language",
        held_out="stratified fifth of distinct pairs",
        path="text/names",
        load=load_names,
        floors=character_floors,
        anchor="floor 84.7 (5 folds, with repeats)",
        aim="> floor",
        source="one <language>.txt a language, a surname a line: names of the PyTorch tutorial "
        "on character-level networks, download.pytorch.org/tutorial/data.zip (MIT)",
    ),
    "japanese_vowels": Task(
        title="JapaneseVowels",
        held_out="TEST",
        path="timeseries/JapaneseVowels",
        load=load_recordings,
        floors=recording_floors,
        anchor="echo state 96.5, FCN 99.3, ResNet 99.2",
        aim=">= 99",
        source=ARCHIVE,
    ),
    "gun_point": Task(
        title="GunPoint",
        held_out="TEST",
        path="timeseries/GunPoint",
        load=load_recordings,
        floors=recording_floors,
        anchor="InceptionTime 100, ResNet 99.3",
        aim=">= 99",
        source=ARCHIVE,
    ),
    "basic_motions": Task(
        title="BasicMotions",
        held_out="TEST",
        path="timeseries/BasicMotions",
        load=load_recordings,
        floors=recording_floors,
        anchor="InceptionTime 100, ResNet 100",
        aim="100",
        source=ARCHIVE,
    ),
    "osu_leaf": Task(
        title="OSULeaf",
        held_out="TEST",
        path="timeseries/OSULeaf",
        load=load_recordings,
        floors=recording_floors,
        anchor="InceptionTime 92.1, ResNet 97.9",
        aim=">= 96",
        source=ARCHIVE,
    ),
}


# ------------------------------------------------------------------------------------- running


def fit_and_score(model, split):
    """Accuracy in percent, and the seconds of one fit."""
    _, seconds = timed(model.fit, split.X_train, split.y_train)
    if isinstance(model, GridSearchCV):
        seconds = model.refit_time_  # the search itself is not held against the floor
    return 100 * model.score(split.X_test, split.y_test), seconds


def run_floor(task, splits):
    """Accuracy and seconds of the better candidate, averaged over the splits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        results = [
            np.mean([fit_and_score(model, split) for split in splits], axis=0)
            for model in task.floors()
        ]
    return max(results, key=lambda result: result[0])


def run_ours(splits, seed, parameters):
    """Accuracy, seconds and epochs of one seed, averaged over the splits."""
    from sklearn_rnn import RNNClassifier

    rows = []
    for split in splits:
        model = RNNClassifier(**({"random_state": seed} | parameters))
        rows.append((*fit_and_score(model, split), model.n_iter_))
    return np.mean(rows, axis=0)


def cells_of(task, splits, options):
    """The cells of the task's row."""
    held_out = task.held_out if len(splits) == 1 else f"{len(splits)} folds"
    sizes = f"{len(splits[0].y_train)} / {len(splits[0].y_test)}"
    n_classes = len(np.unique(splits[0].y_train))
    floor = ("-", "-")
    if not options.no_floor:
        accuracy, seconds = run_floor(task, splits)
        floor = (f"{accuracy:.1f}", f"{seconds:.1f}")
    ours = ("-", "-", "-", "-")
    if not options.no_ours:
        runs = [run_ours(splits, seed, options.parameters) for seed in range(options.seeds)]
        accuracies, seconds, epochs = zip(*runs, strict=True)
        mean, spread = mean_and_spread(accuracies)
        ours = (f"{mean:.1f}", f"{spread:.1f}", f"{np.mean(seconds):.1f}", f"{np.mean(epochs):.0f}")
    return task.title, held_out, sizes, n_classes, *floor, *ours, task.anchor, task.aim


def parse_setting(text):
    """``key=value`` as a pair; the value is a Python literal where it is one, else a string."""
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected key=value, got {text!r}")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return key, value


def parse_options():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="data folder")
    parser.add_argument("--only", nargs="+", choices=TASKS, metavar="TASK",
                        help=f"some of {', '.join(TASKS)}")  # fmt: skip
    parser.add_argument(
        "--seeds", type=int, default=3, help="fits of ours with seeds 0, 1, ... (3)"
    )
    parser.add_argument("--folds", type=int, default=1,
                        help="folds of trec and names; 1 is one held-out fifth (1)")  # fmt: skip
    parser.add_argument("--set", type=parse_setting, action="append", default=[],
                        metavar="KEY=VALUE", help="a parameter of RNNClassifier")  # fmt: skip
    parser.add_argument("--threads", type=int, default=2, help="torch threads (2)")
    parser.add_argument("--no-floor", action="store_true", help="leave scikit-learn out")
    parser.add_argument("--no-ours", action="store_true", help="leave RNNClassifier out")
    options = parser.parse_args()
    options.parameters = dict(options.set)
    return options


def main():
    options = parse_options()
    torch.set_num_threads(options.threads)
    print_header("Classification with plain defaults, accuracy in percent", options.threads)
    if options.parameters:
        print(f"RNNClassifier with {options.parameters}\n")
    tasks = [TASKS[name] for name in options.only or TASKS]
    missing = [task for task in tasks if not is_there(task, options.data)]
    for task in missing:
        print(f"- {task.title} is missing below {options.data / task.path}: {task.source}")
    print()
    table = Table(
        "task", "held out", "train / test", "classes", "floor", "floor s", "ours", "spread",
        "fit s", "epochs", "anchor", "aim",
    )  # fmt: skip
    for task in tasks:
        if task not in missing:
            table.row(*cells_of(task, task.load(options.data / task.path, options.folds), options))
    print(f"\nOurs: mean of {options.seeds} seeds; spread: largest minus smallest. Seconds are of")
    print("one fit. The floor is the better of two lines of scikit-learn on the held-out part.")


if __name__ == "__main__":
    main()
