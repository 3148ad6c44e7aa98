"""From the data folder to tasks, in the project's own environment; and what a score is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from tasks import Classification, Forecasting, Tagging

UNKNOWN = 1  # the id of a word that training does not have; 0 is padding
EVERY = 7  # of the hourly series of M4, one in seven takes part
WINDOW, STEPS = 96, 150


def read_trec(path):
    """TREC questions in lower case, a stratified fifth held out; ids by first appearance."""
    from _tasks import load_trec

    (split,) = load_trec(path, folds=1)
    texts = [[text.lower().split() for text in part] for part in (split.X_train, split.X_test)]
    ids = {}
    for words in texts[0]:
        for word in words:
            ids.setdefault(word, len(ids) + UNKNOWN + 1)
    encoded = [[[ids.get(word, UNKNOWN) for word in row] for row in part] for part in texts]
    labels = [_numbered(part, split.y_train) for part in (split.y_train, split.y_test)]
    return Classification(
        "TREC questions", encoded[0], labels[0], encoded[1], labels[1], len(ids) + 2, 6, *texts
    )


def read_vowels(path):
    """JapaneseVowels in the archive's own parts, standardised with the training part's figures."""
    from _tasks import load_recordings

    (split,) = load_recordings(path, folds=1)
    parts = [[np.asarray(row) for row in part] for part in (split.X_train, split.X_test)]
    steps = np.concatenate(parts[0])
    mean, deviation = steps.mean(axis=0), steps.std(axis=0)
    X = [[((row - mean) / deviation).tolist() for row in part] for part in parts]
    y = [_numbered(part, split.y_train) for part in (split.y_train, split.y_test)]
    return Classification("JapaneseVowels", X[0], y[0], X[1], y[1], None, epochs=30)


def _numbered(labels, known):
    """The place of each label among the sorted labels of training."""
    return np.searchsorted(np.unique(known), labels).tolist()


def read_tagged(name, path):
    """A task of ``bench_tagging.py``."""
    from bench_tagging import TASKS as TAGGING_TASKS

    task = TAGGING_TASKS[name]
    parts = ([list(row) for row in part] for part in task.read(path))
    return Tagging(task.title, *parts, task.spans)


def read_m4_hourly(path):
    """Some of the hourly series of M4, the last 48 hours of each held out."""
    from _forecasting_tasks import read_m4

    problem = read_m4(path)
    chosen = range(0, len(problem.series), EVERY)
    ends = problem.cutoffs[:, 0]
    return Forecasting(
        "M4 hourly, 48 h",
        [problem.series[i][: ends[i]].tolist() for i in chosen],
        [problem.truth[i, 0].tolist() for i in chosen],
        [float(problem.scales[i]) for i in chosen],
        WINDOW,
        STEPS,
    )


# -------------------------------------------------------------------------------------- scores


def accuracy(task, predicted):
    """Classes that are right, in percent."""
    return 100 * float(np.mean(np.array(predicted) == np.array(task.y_test)))


def tagging_score(task, predicted):
    """Words whose tag is right, or the strict F1 of spans, in percent."""
    from sklearn_rnn.metrics import span_f1_score, token_accuracy_score

    if task.spans:
        return 100 * span_f1_score(task.y_test, predicted, zero_division=0.0)
    return 100 * token_accuracy_score(task.y_test, predicted)


def weighted_average(task, predicted):
    """The OWA of M4."""
    from _forecasting_tasks import overall_weighted_average

    problem = _Scored(task.truth, np.array(task.scales))
    return float(overall_weighted_average(problem, np.array(predicted)[:, None])["OWA"])


@dataclass(frozen=True)
class _Scored:
    truth: np.ndarray
    scales: np.ndarray


# --------------------------------------------------------------------------------------- tasks


@dataclass(frozen=True)
class Task:
    """Where a task lies, how it is read and scored, and where its files can be had."""

    title: str
    kind: str
    path: str
    read: Callable  # from the path to the task
    score: Callable  # (task, predictions) -> float
    score_name: str
    digits: int
    source: str

    def is_there(self, data):
        """Whether its files are below the data folder."""
        path = data / self.path
        return path.exists() or path.with_name(f"{path.name}_TRAIN.ts").is_file()


TASKS = {
    "trec": Task(
        "TREC questions", "classification", "text/trec", read_trec, accuracy, "accuracy %", 1,
        "train.txt of cogcomp.seas.upenn.edu/Data/QA/QC",
    ),
    "vowels": Task(
        "JapaneseVowels", "classification", "timeseries/JapaneseVowels", read_vowels, accuracy,
        "accuracy %", 1, "JapaneseVowels_TRAIN.ts and _TEST.ts of timeseriesclassification.com",
    ),
    "m4": Task(
        "M4 hourly, 48 h", "forecasting", "forecasting/m4_hourly_train.csv.gz", read_m4_hourly,
        weighted_average, "OWA (lower is better)", 3, "github.com/Mcompetitions/M4-methods",
    ),
    "ewt": Task(
        "UD English-EWT, parts of speech", "tagging", "tagging/ud_english_ewt",
        lambda path: read_tagged("ewt", path), tagging_score, "accuracy %", 2,
        "github.com/UniversalDependencies/UD_English-EWT",
    ),
    "snips": Task(
        "SNIPS, slots", "tagging", "tagging/snips", lambda path: read_tagged("snips", path),
        tagging_score, "span F1 %", 2, "github.com/MiuLab/SlotGated-SLU",
    ),
}  # fmt: skip
