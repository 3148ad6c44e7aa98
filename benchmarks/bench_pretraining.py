"""What a language model of the unlabelled texts gives ``RNNClassifier`` where labels are few.

Reviews (SST-2, sentences, on its own validation part) and questions (TREC, on a fifth held out).
Of the training texts only a share has labels, drawn by class; a language model has read all of
them, and in one column Multi30k's English captions as well. Beside it stand a classifier from
scratch and, of scikit-learn, TF-IDF of words and pairs of words with logistic regression::

    python benchmarks/bench_pretraining.py --data ../shared/data
    python benchmarks/bench_pretraining.py --only sst2 --shares 0.1 --draws 1
    python benchmarks/bench_pretraining.py --set lr_decay=1 --language max_epochs=20

Each draw of labels is also another seed of the classifiers; the language models are fitted once.
The score of each fit goes to the error stream as soon as there is one.
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from _common import Table, parse_setting, print_header, read_labelled_lines, timed
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from sklearn_rnn.preprocessing import TokenEncoder

SOURCES = {
    "text/sst2": "https://nlp.stanford.edu/sentiment",
    "text/trec": "https://cogcomp.seas.upenn.edu/Data/QA/QC",
    "translation/multi30k": "https://github.com/multi30k/dataset",
}
POOLS = {"own": "own texts", "larger": "own and captions"}


class Task(NamedTuple):
    """Texts to train on, of which some have labels, and texts to score on."""

    title: str
    X: list
    y: np.ndarray
    X_test: list
    y_test: np.ndarray


def sst2(data):
    """Sentences of reviews, in two classes."""
    train, dev = (read_labelled_lines(data / f"text/sst2/{part}.txt") for part in ("train", "dev"))
    return Task("SST-2", *train, *dev)


def trec(data):
    """Questions, in six classes."""
    X, y = read_labelled_lines(data / "text/trec/train.txt")
    y = np.array([label.split(":")[0] for label in y])
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    return Task("TREC", X, y, X_test, y_test)


TASKS = {"sst2": sst2, "trec": trec}


def captions(data):
    """Sentences that have nothing to do with either task."""
    path = next((data / "translation/multi30k").glob("train*.en"))
    return path.read_text(encoding="utf-8").splitlines()


def draw_labels(task, share, seed):
    """The texts whose labels are known, and these."""
    if share == 1:
        return task.X, task.y
    rows, _ = train_test_split(
        np.arange(len(task.y)), train_size=share, stratify=task.y, random_state=seed
    )
    return [task.X[row] for row in rows], task.y[rows]


def language_parameters():
    """Words that occur once are unknown ones: they tell a language model nothing."""
    return {"encoder": TokenEncoder(min_count=2), "random_state": 0}


def fit_languages(task, options):
    """The language models by the name of their pool; says how long each took."""
    from sklearn_rnn import RNNLanguageModel

    models = {}
    for pool in options.pools:
        texts = task.X if pool == "own" else task.X + captions(options.data)
        model = RNNLanguageModel(**(language_parameters() | dict(options.language)))
        _, seconds = timed(model.fit, texts)
        loss = model.history_[-1]["train_loss"]
        print(
            f"- language model of {POOLS[pool]} ({task.title}): {len(texts)} texts, "
            f"{len(model.classes_)} tokens, loss {loss:.2f} in {model.n_iter_} epochs, "
            f"{seconds:.0f} s",
            flush=True,
        )
        models[pool] = model
    return models


def tfidf():
    """The floor."""
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=10, max_iter=1000),
    )


def candidates(languages, seed, options):
    """The models to compare, by their columns."""
    from sklearn_rnn import RNNClassifier

    models = {"TF-IDF": tfidf()}
    if not options.no_scratch:
        models["from scratch"] = RNNClassifier(random_state=seed)
    for pool, language in languages.items():
        parameters = {"random_state": seed, "pretrained": language} | dict(options.parameters)
        models[POOLS[pool]] = RNNClassifier(**parameters)
    return models


def score_draws(task, languages, share, options):
    """Accuracies in percent of every draw, by the column."""
    found = {}
    for seed in range(options.draws):
        X, y = draw_labels(task, share, seed)
        for name, model in candidates(languages, seed, options).items():
            found.setdefault(name, []).append(100 * model.fit(X, y).score(task.X_test, task.y_test))
            told = f"{task.title} {share:g} draw {seed} {name}: {found[name][-1]:.1f}"
            print(told, file=sys.stderr, flush=True)
    return found


def show(scores):
    """Mean and standard deviation over the draws."""
    if scores is None:
        return "-"
    return f"{np.mean(scores):.1f} +- {np.std(scores):.1f}"


def print_table(tasks, options):
    """One row a task and share of labels."""
    fitted = [(task, fit_languages(task, options)) for task in tasks]
    columns = ["TF-IDF", "from scratch", *(POOLS[pool] for pool in options.pools)]
    print()
    table = Table("task", "labels", "share %", *columns, "lift", "aim")
    for task, languages in fitted:
        for share in options.shares:
            found = score_draws(task, languages, share, options)
            scratch = found.get("from scratch")
            best = max((np.mean(found[POOLS[pool]]) for pool in options.pools), default=None)
            lift = "-" if None in (scratch, best) else f"{best - np.mean(scratch):+.1f}"
            n_labels = len(draw_labels(task, share, 0)[1])
            table.row(
                task.title, n_labels, f"{100 * share:g}",
                *(show(found.get(column)) for column in columns),
                lift, "+5.0" if share == 0.1 else "-",
            )  # fmt: skip
    print(f"\nAccuracy in percent, mean and standard deviation of {options.draws} draws. The lift")
    print("is that of the better language model over training from scratch.")


def parse_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="data folder")
    parser.add_argument("--only", nargs="+", choices=TASKS)
    parser.add_argument("--shares", nargs="+", type=float, default=[0.05, 0.1, 1.0])
    parser.add_argument("--draws", type=int, default=5, help="draws of labels (5)")
    parser.add_argument("--pools", nargs="+", choices=POOLS, default=list(POOLS))
    parser.add_argument("--no-scratch", action="store_true", help="leave that column out")
    parser.add_argument("--threads", type=int, default=1, help="torch threads (1)")
    parser.add_argument(
        "--set", dest="parameters", type=parse_setting, action="append", default=[],
        metavar="KEY=VALUE", help="a parameter of the pretrained classifier",
    )  # fmt: skip
    parser.add_argument(
        "--language", type=parse_setting, action="append", default=[],
        metavar="KEY=VALUE", help="a parameter of the language model",
    )  # fmt: skip
    return parser.parse_args()


def read_tasks(options):
    """The tasks that were asked for; data that is missing ends the program with its source."""
    try:
        if "larger" in options.pools:
            captions(options.data)
        return [TASKS[name](options.data) for name in options.only or TASKS]
    except (FileNotFoundError, StopIteration):
        sources = "\n".join(f"  {path}: {url}" for path, url in SOURCES.items())
        raise SystemExit(f"data is missing in {options.data}; it is there:\n{sources}")  # noqa: B904


def main():
    """Print the table."""
    options = parse_options()
    torch.set_num_threads(options.threads)
    print_header("Pretraining", options.threads)
    print_table(read_tasks(options), options)


if __name__ == "__main__":
    main()
