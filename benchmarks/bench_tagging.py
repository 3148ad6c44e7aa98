"""Scores and seconds of ``RNNTagger()`` beside a CRF on hand-made features.

Plain defaults on words as they stand, for parts of speech, slots and names. sklearn-crfsuite reads
the usual features of word shapes in the same run, if it is installed (the extra ``bench``)::

    python benchmarks/bench_tagging.py --data ../shared/data
    python benchmarks/bench_tagging.py --only snips --seeds 1 --set output=softmax
    python benchmarks/bench_tagging.py --speed

Fits use ``--threads`` threads, predictions one. ``--speed`` times one epoch under either output,
and one of a BiLSTM-CRF in plain torch written the usual way: a dataset of single sentences, packed
batches, and the CRF of pytorch-crf, if that is installed. The programs take turns. Reading the
words is no part of our epoch, as it comes once before the first; the loop looks them up each time.
"""

import argparse
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from _common import Table, mean_and_spread, median, parse_setting, print_header, timed
from _tagging_rivals import CrfSuite, MostFrequentTag, PlainLoop

OPTIONAL = {"sklearn_crfsuite": "sklearn-crfsuite", "torchcrf": "pytorch-crf"}
QUICK = 500  # sentences
SIZES = {"embedding_dim": 128, "hidden_size": 128, "dropout": 0.5, "batch_size": 32, "lr": 3e-3}
CLIP = 1.0
WORDS_ALONE = {"subwords": False, "characters": False, "token_dropout": 0.0}


# --------------------------------------------------------------------------------------- tasks


class Split(NamedTuple):
    """Sentences and their tags, to fit on and to score on."""

    X_train: list
    y_train: list
    X_test: list
    y_test: list


@dataclass(frozen=True)
class Task:
    """What is tagged, where it lies, how it is scored, and what others reach."""

    title: str
    path: str
    read: Callable  # from the folder to a Split
    spans: bool
    anchor: str
    aim: str
    source: str

    def split(self, data, quick):
        """Its sentences, or the first few."""
        split = Split(*self.read(data / self.path))
        return Split(*(part[:QUICK] for part in split)) if quick else split

    def score(self, y_true, y_pred):
        """Accuracy, or the strict F1 of spans, in percent."""
        from sklearn_rnn.metrics import span_f1_score, token_accuracy_score

        if self.spans:
            return 100 * span_f1_score(y_true, y_pred, zero_division=0.0)
        return 100 * token_accuracy_score(y_true, y_pred)


def read_ewt(folder):
    from sklearn_rnn.datasets import read_conllu

    parts = (read_conllu(folder / f"en_ewt-ud-{part}.conllu", "upos") for part in ("train", "dev"))
    return [rows for part in parts for rows in part]


def read_snips(folder):
    from sklearn_rnn.datasets import read_slots

    return [rows for part in ("train", "valid") for rows in read_slots(folder / part)]


def read_wnut(folder):
    from sklearn_rnn.datasets import read_conll

    files = ("wnut17train.conll", "emerging.dev.conll")
    return [rows for name in files for rows in read_conll(folder / name)]


TASKS = {
    "ewt": Task(
        "UD English-EWT, parts of speech", "tagging/ud_english_ewt", read_ewt, spans=False,
        anchor="crfsuite 94.1", aim=">= 95.3",
        source="https://github.com/UniversalDependencies/UD_English-EWT",
    ),
    "snips": Task(
        "SNIPS, slots", "tagging/snips", read_snips, spans=True,
        anchor="crfsuite 92.2, BiLSTM-CRF with GloVe 96.0 (test)", aim=">= 96.0",
        source="https://github.com/MiuLab/SlotGated-SLU/tree/master/data/snips",
    ),
    "wnut": Task(
        "WNUT-17, names", "tagging/wnut17", read_wnut, spans=True,
        anchor="crfsuite 16.7, with GloVe 40", aim=">= 25",
        source="https://github.com/leondz/emerging_entities_17",
    ),
}  # fmt: skip


# -------------------------------------------------------------------------------------- scores


class Run(NamedTuple):
    """One fit: the score on the held-out part, seconds, and sentences predicted in a second."""

    score: float
    fit_seconds: float
    rate: float


def ours(seed, parameters):
    """A tagger with defaults, but for what ``--set`` says."""
    from sklearn_rnn import RNNTagger

    return RNNTagger(**({"random_state": seed} | parameters))


def models_of(task, options):
    """The models of a task, one a seed, by the title of their row."""
    models = {}
    if not options.no_floor and not task.spans:
        models["most frequent tag"] = [MostFrequentTag()]
    if not options.no_floor and is_installed("sklearn_crfsuite"):
        models["sklearn-crfsuite"] = [CrfSuite()]
    if not options.no_ours:
        models["RNNTagger"] = [ours(seed, options.parameters) for seed in range(options.seeds)]
    return models


def is_installed(package):
    """Whether a package can be imported."""
    return importlib.util.find_spec(package) is not None


def run_once(model, task, split, threads):
    """Fit with several threads, predict three times with one."""
    torch.set_num_threads(threads)
    _, fit_seconds = timed(model.fit, split.X_train, split.y_train)
    torch.set_num_threads(1)
    predicted, seconds = zip(*(timed(model.predict, split.X_test) for _ in range(3)), strict=True)
    score = task.score(split.y_test, predicted[0])
    return Run(score, fit_seconds, len(split.X_test) / median(seconds))


def score_row(task, split, title, runs):
    """The cells of one model on one task."""
    mean, spread = mean_and_spread([run.score for run in runs])
    return (
        task.title, f"{len(split.X_train)} / {len(split.X_test)}",
        "span F1" if task.spans else "accuracy", title, f"{mean:.2f}",
        f"{spread:.2f}" if len(runs) > 1 else "-",
        f"{median(run.fit_seconds for run in runs):.1f}",
        f"{median(run.rate for run in runs):.0f}", task.anchor, task.aim,
    )  # fmt: skip


def print_scores(splits, options):
    """The table of scores."""
    table = Table(
        "task", "train / held out", "score", "model", "mean", "spread", "fit s", "sentences / s",
        "anchor", "aim",
    )  # fmt: skip
    for task, split in splits:
        for title, models in models_of(task, options).items():
            runs = [run_once(model, task, split, options.threads) for model in models]
            table.row(*score_row(task, split, title, runs))
    print(f"\nRNNTagger: mean of {options.seeds} seed(s); spread: largest minus smallest. Span F1")
    print(f"is strict. Seconds are those of a fit on {options.threads} thread(s), the median of")
    print("seeds; sentences a second are predicted on one thread, features included.")


# --------------------------------------------------------------------------------------- speed


class OurEpochs:
    """`RNNTagger`; an epoch is a call of ``partial_fit``, without what it takes to read X."""

    def __init__(self, X, y, parameters):
        self.model = ours(0, parameters)
        self.X, self.y = X, y

    def epoch_seconds(self):
        self.model.partial_fit(self.X, self.y)
        return self.model.history_[-1]["dur"]


class PlainEpochs:
    """The plain torch loop."""

    def __init__(self, X, y):
        self.loop = PlainLoop(X, y, **SIZES, clip=CLIP)

    def epoch_seconds(self):
        return timed(self.loop.epoch)[1]


def programs_of(split, parameters):
    """The programs that take turns, by the title of their row."""
    X, y = split.X_train, split.y_train
    sizes = {**SIZES, **WORDS_ALONE, "gradient_clip": CLIP, "max_epochs": 1}
    programs = {
        f"RNNTagger, {output}, {title}": OurEpochs(X, y, given | parameters | {"output": output})
        for title, given in (("words alone", sizes), ("defaults", {}))
        for output in ("softmax", "crf")
    }
    if is_installed("torchcrf"):
        programs["plain torch loop, crf, words alone"] = PlainEpochs(X, y)
    return programs


def print_speed(splits, options):
    """The table of epochs; the first one of each program does not count."""
    torch.set_num_threads(options.threads)
    table = Table("task", "words", "tags", "program", "epoch s", "words / s", "times softmax")
    for task, split in splits:
        n_words, n_tags = sum(map(len, split.X_train)), len(set().union(*split.y_train))
        programs = programs_of(split, options.parameters)
        rounds = [
            {title: program.epoch_seconds() for title, program in programs.items()}
            for _ in range(options.repeats + 1)
        ]
        seconds = {title: median(row[title] for row in rounds[1:]) for title in programs}
        for title, of_title in seconds.items():
            softmax = seconds[f"RNNTagger, softmax, {title.split(', ')[-1]}"]
            table.row(
                task.title, n_words, n_tags, title, f"{of_title:.2f}", f"{n_words / of_title:.0f}",
                f"{of_title / softmax:.2f}",
            )  # fmt: skip
    print(f"\nMedian of {options.repeats} epoch(s) on {options.threads} thread(s). Words alone: an")
    print("embedding of the words without their characters, in equal sizes. Aim: an epoch with the")
    print("CRF takes at most twice as long as with the softmax.")


# ---------------------------------------------------------------------------------------- main


def parse_options():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="data folder")
    parser.add_argument("--only", nargs="+", choices=TASKS, metavar="TASK",
                        help=f"some of {', '.join(TASKS)}")  # fmt: skip
    parser.add_argument(
        "--seeds", type=int, default=3, help="fits of ours with seeds 0, 1, ... (3)"
    )
    parser.add_argument("--set", type=parse_setting, action="append", default=[],
                        metavar="KEY=VALUE", help="a parameter of ours")  # fmt: skip
    parser.add_argument("--threads", type=int, default=2, help="torch threads of a fit (2)")
    parser.add_argument("--no-floor", action="store_true", help="ours alone")
    parser.add_argument("--no-ours", action="store_true", help="leave ours out")
    parser.add_argument("--speed", action="store_true", help="time epochs instead of scoring")
    parser.add_argument("--repeats", type=int, default=3, help="epochs timed with --speed (3)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} sentences of each part")
    options = parser.parse_args()
    options.parameters = dict(options.set)
    return options


def main():
    options = parse_options()
    print_header("Tagging" + (": seconds of an epoch" if options.speed else ""), options.threads)
    print(f"RNNTagger with {options.parameters or 'plain defaults'}\n")
    package = "torchcrf" if options.speed else "sklearn_crfsuite"
    if not is_installed(package):
        print(f"- {OPTIONAL[package]} is not installed: its rows are left out\n")
    splits = []
    for task in (TASKS[name] for name in options.only or TASKS):
        if (options.data / task.path).exists():
            splits.append((task, task.split(options.data, options.quick)))
        else:
            print(f"- {task.title} is missing below {options.data / task.path}: {task.source}\n")
    (print_speed if options.speed else print_scores)(splits, options)


if __name__ == "__main__":
    main()
