"""Log-likelihood of what ``RNNGenerator()`` did not see, beside simple and strong densities.

Plain defaults, and what sequences are conditioned on is their label: the rows of scikit-learn's
digits, to which uniform noise is added since they are whole numbers (a third is held out),
JapaneseVowels and BasicMotions (the split of the archive), and one noisy wave, the end of which is
held out. Ends of sequences are left out of all figures::

    python benchmarks/bench_generator.py --data ../shared/data
    python benchmarks/bench_generator.py --only digits --set hidden_size=256
    python benchmarks/bench_generator.py --drawn

``--drawn`` prints which share of digits drawn by label a support vector machine recognises, that
was trained on real ones, and ``--wave`` how far mean paths are off the wave that they continue.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from _common import Table, parse_setting, print_header, timed
from _generator_rivals import Autoregression, PairMixture, StepMixture, best_of
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

ORDERS = (1, 2, 4, 7)
COMPONENTS = (1, 3, 10, 30)
TEMPERATURES = (1.0, 0.5, 0.25)
N_DRAWN = 50  # of each digit


class Task(NamedTuple):
    """Sequences with a label each, to learn and held out."""

    title: str
    X_train: list
    y_train: np.ndarray
    X_test: list
    y_test: np.ndarray


def digits(data):
    """The rows of digits, made continuous."""
    X, y = load_digits(return_X_y=True)
    X = (X + np.random.default_rng(0).uniform(size=X.shape)).reshape(-1, 8, 8)
    train, test = train_test_split(np.arange(len(y)), test_size=0.3, random_state=0, stratify=y)
    return Task("digits, row by row", list(X[train]), y[train], list(X[test]), y[test])


def archive(name):
    """Recordings of the archive with its own split."""

    def read(data):
        from sklearn_rnn.datasets import read_ts

        parts = [read_ts(data / f"timeseries/{name}_{part}.ts") for part in ("TRAIN", "TEST")]
        (X, y), (X_test, y_test) = ((list(part[0]), np.asarray(part[1])) for part in parts)
        return Task(name, X, y, X_test, y_test)

    return read


def true_wave():
    """Two tones of which the louder one changes its pace."""
    time = np.arange(3000)
    return np.sin(time / 5 + 2 * np.sin(time / 60)) + 0.4 * np.sin(time / 1.7)


def wave(data):
    """One long noisy wave: four fifths to learn, the rest in parts held out."""
    noise = np.random.default_rng(0).normal(0, 0.15, size=3000)
    recording = (true_wave() + noise)[:, None]
    return Task("noisy wave", [recording[:2400]], np.zeros(1), [recording[2400:]], np.zeros(1))


TASKS = {
    "digits": digits,
    "vowels": archive("JapaneseVowels"),
    "motions": archive("BasicMotions"),
    "wave": wave,
}
RIVALS = {
    "Gaussian mixture of steps": (StepMixture, COMPONENTS),
    "linear autoregression": (Autoregression, ORDERS),
    "Gaussian mixture of pairs": (PairMixture, COMPONENTS),
}


def ours(task, options):
    """A fitted generator with defaults, but for what ``--set`` says."""
    from sklearn_rnn import RNNGenerator

    parameters = {"random_state": 0, "learn_end": False} | dict(options.parameters)
    return RNNGenerator(**parameters).fit(task.X_train, task.y_train)


def print_likelihoods(tasks, options):
    """The table of log-likelihoods of held-out steps."""
    table = Table("task", "sequences", "steps", "model", "nats a step", "label right %", "fit s")
    rivals = {} if options.ours else RIVALS
    for task in tasks:
        sizes = len(task.X_train), sum(map(len, task.X_train))
        for title, (make, choices) in rivals.items():
            if make is Autoregression and task.title == "noisy wave":
                choices = (*choices, 30)
            rival, seconds = timed(best_of, make, choices, task.X_train, task.y_train)
            score = rival.score(task.X_test, task.y_test)
            size = getattr(rival, "order", getattr(rival, "n_components", None))
            table.row(
                task.title, *sizes, f"{title} ({size})", f"{score:.3f}", "-", f"{seconds:.1f}"
            )
        model, seconds = timed(ours, task, options)
        score = model.score(task.X_test, task.y_test)
        right = "-"
        if len(set(task.y_train)) > 1:
            right = f"{100 * np.mean(model.predict(task.X_test) == task.y_test):.1f}"
        table.row(task.title, *sizes, "RNNGenerator", f"{score:.3f}", right, f"{seconds:.1f}")
    print("\nNatural logarithms of densities in the units of the data; higher is better.")


def print_drawn(tasks, options):
    """The table of drawn digits that are recognised."""
    task = digits(None)
    judge = SVC(C=10).fit(as_images(task.X_train), task.y_train)
    real = judge.score(as_images(task.X_test), task.y_test)
    table = Table("digits", "recognised %")
    table.row("real, held out", f"{100 * real:.1f}")
    model = ours(task, options)
    labels = np.repeat(np.arange(10), N_DRAWN)
    for temperature in TEMPERATURES:
        drawn = model.sample(y=labels, temperature=temperature, random_state=0)
        share = np.mean(judge.predict(as_images(drawn)) == labels)
        table.row(f"drawn, temperature {temperature}", f"{100 * share:.1f}")


def as_images(X):
    """Whole numbers from 0 to 16, as scikit-learn has them."""
    return np.clip(np.floor(np.reshape(X, (len(X), -1))), 0, 16)


def print_wave(tasks, options):
    """The table of errors of mean paths, from several places on."""
    task, truth = wave(None), true_wave()
    model = ours(task, options)
    recording = np.concatenate([task.X_train[0], task.X_test[0]])
    starts = np.arange(2400, 2900, 50)
    table = Table("steps ahead", "RNNGenerator", "linear autoregression", "mean of the wave")
    rival = best_of(Autoregression, (*ORDERS, 30), task.X_train, task.y_train)
    begun = [recording[start - 400 : start] for start in starts]
    paths = [path[400:, 0] for path in model.complete(begun, 100)]
    lines = [continue_linearly(rival, x, 100) for x in begun]
    for low, high in ((0, 10), (10, 30), (30, 100)):
        ahead = np.array([truth[start + low : start + high] for start in starts])
        found = (np.array([path[low:high] for path in part]) for part in (paths, lines))
        errors = [np.sqrt(np.mean((ahead - part) ** 2)) for part in (*found, truth[:2400].mean())]
        table.row(f"{low + 1} to {high}", *(f"{error:.3f}" for error in errors))
    print("\nRoots of mean squared distances to the wave without noise; lower is better.")


def continue_linearly(rival, x, n):
    """The mean path of an autoregression."""
    steps = rival.scaler.transform(x)
    for _ in range(n):
        last = np.vstack([steps[-rival.order - 1 :], np.zeros((1, 1))])
        steps = np.vstack([steps, rival.design([last], [0.0])[-1:] @ rival.weights])
    return rival.scaler.inverse_transform(steps)[len(x) :, 0]


def parse_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", choices=TASKS, action="append")
    parser.add_argument("--ours", action="store_true", help="leave the rivals out")
    parser.add_argument("--drawn", action="store_true", help="only whether digits are recognised")
    parser.add_argument("--wave", action="store_true", help="only how the wave is continued")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument(
        "--set", dest="parameters", type=parse_setting, action="append", default=[],
        metavar="KEY=VALUE", help="a parameter of RNNGenerator",
    )  # fmt: skip
    return parser.parse_args()


def read_tasks(options):
    """The tasks that were asked for; data that is missing ends the program with its source."""
    tasks = []
    for name in options.only or TASKS:
        try:
            tasks.append(TASKS[name](options.data))
        except FileNotFoundError:
            raise SystemExit(  # noqa: B904
                f"no data for {name} in {options.data}/timeseries: <problem>_TRAIN.ts and _TEST.ts "
                "of the UCR/UEA archive, timeseriesclassification.com"
            )
    return tasks


def main():
    """Print what was asked for."""
    options = parse_options()
    torch.set_num_threads(options.threads)
    print_header("Generators", options.threads)
    if options.drawn or options.wave:
        (print_drawn if options.drawn else print_wave)(None, options)
    else:
        print_likelihoods(read_tasks(options), options)


if __name__ == "__main__":
    main()
