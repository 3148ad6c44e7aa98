"""Scores of ``RNNClassifier()`` and ``RNNRegressor()`` beside a line of scikit-learn.

Plain defaults on texts, surnames, recordings, images read pixel by pixel and event logs, each as
a user would hand them over: lists of strings, arrays of shape (time, channels), or `Sequences`
made from a dataframe. Per task, the floor is fitted in the same run and ours with several seeds::

    python benchmarks/bench_classification.py --data ../shared/data
    python benchmarks/bench_classification.py --only trec sst2 --set cell=gru --set max_epochs=20

The anchors are figures of others, from papers and runs; where a test set is not at hand, ours is
measured on the held-out part that the table names.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
import torch
from _common import Table, mean_and_spread, parse_setting, print_header, timed
from _tasks import TASKS
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

# ------------------------------------------------------------------------------------- running


def fit_and_score(model, split, scores):
    """The scores, and the seconds of one fit."""
    _, seconds = timed(model.fit, split.X_train, split.y_train)
    if isinstance(model, GridSearchCV):
        seconds = model.refit_time_  # the search itself is not held against the floor
    return *(score.of(model, split.X_test, split.y_test) for score in scores), seconds


def run_floor(task, splits):
    """Scores and seconds of every candidate, averaged over the splits: one row a candidate."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        rows = [
            np.mean([fit_and_score(model, split, task.scores) for split in splits], axis=0)
            for model in task.floors()
        ]
    return np.array(rows)


def run_ours(task, splits, seed, parameters):
    """Scores, seconds and epochs of one seed, averaged over the splits."""
    import sklearn_rnn

    rows = []
    for split in splits:
        model = getattr(sklearn_rnn, task.model)(**({"random_state": seed} | parameters))
        rows.append((*fit_and_score(model, split, task.scores), model.n_iter_))
    return np.mean(rows, axis=0)


def describe(task, splits):
    """The cells that say what the task is."""
    held_out = task.held_out if len(splits) == 1 else f"{len(splits)} folds"
    sizes = f"{len(splits[0].y_train)} / {len(splits[0].y_test)}"
    n_classes = len(np.unique(splits[0].y_train)) if task.model == "RNNClassifier" else "-"
    return task.title, held_out, sizes, n_classes


def floor_cells(score, column, rows):
    """Score and seconds of the candidate that is best in this score."""
    if rows is None:
        return "-", "-"
    best = rows[score.best(rows[:, column])]
    return score.text(best[column]), f"{best[-1]:.1f}"


def our_cells(score, column, rows):
    """Mean and spread of the score over the seeds, mean seconds and mean epochs."""
    if rows is None:
        return "-", "-", "-", "-"
    mean, spread = mean_and_spread(rows[:, column])
    seconds, epochs = rows[:, -2:].mean(axis=0)
    return score.text(mean), score.text(spread), f"{seconds:.1f}", f"{epochs:.0f}"


def rows_of(task, splits, options):
    """The task's rows of the table, one a score."""
    floor = ours = None
    if not options.no_floor:
        floor = run_floor(task, splits)
    if not options.no_ours:
        seeds = range(options.seeds)
        ours = np.array([run_ours(task, splits, seed, options.parameters) for seed in seeds])
    for column, score in enumerate(task.scores):
        yield (
            *describe(task, splits), score.title, *floor_cells(score, column, floor),
            *our_cells(score, column, ours), task.anchor, task.aim,
        )  # fmt: skip


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
                        help="folds where no test part is given; 1 is one split (1)")  # fmt: skip
    parser.add_argument("--set", type=parse_setting, action="append", default=[],
                        metavar="KEY=VALUE", help="a parameter of ours")  # fmt: skip
    parser.add_argument("--threads", type=int, default=1, help="torch threads (1)")
    parser.add_argument("--no-floor", action="store_true", help="leave scikit-learn out")
    parser.add_argument("--no-ours", action="store_true", help="leave ours out")
    options = parser.parse_args()
    options.parameters = dict(options.set)
    return options


def main():
    options = parse_options()
    torch.set_num_threads(options.threads)
    print_header("Scores with plain defaults", options.threads)
    if options.parameters:
        print(f"Ours with {options.parameters}\n")
    tasks = [TASKS[name] for name in options.only or TASKS]
    missing = [task for task in tasks if not task.is_there(options.data)]
    for task in missing:
        print(f"- {task.title} is missing below {options.data / task.path}: {task.source}")
    print()
    table = Table(
        "task", "held out", "train / test", "classes", "score", "floor", "floor s", "ours",
        "spread", "fit s", "epochs", "anchor", "aim",
    )  # fmt: skip
    for task in tasks:
        if task not in missing:
            for row in rows_of(task, task.splits(options.data, options.folds), options):
                table.row(*row)
    print(f"\nOurs: mean of {options.seeds} seeds; spread: largest minus smallest. Seconds are of")
    print("one fit. The floor is the best of the lines of scikit-learn on the held-out part.")


if __name__ == "__main__":
    main()
