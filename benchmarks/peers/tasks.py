"""What every program is given: one file a task, its data and how much to train.

The project reads the data and writes the file; the programs read nothing else. This module needs
numpy and pandas alone.
"""

import json
import sys
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))  # what the benchmarks share

from _workloads import Workload

FEW = 40  # sequences, in the small form of a task
FEW_SERIES, FEW_STEPS = 4, 2


@dataclass(frozen=True)
class Classification:
    """Sequences with a class each; y holds the numbers of the classes."""

    kind: ClassVar[str] = "classification"

    title: str
    X_train: list  # of (time,) ids or (time, channels) standardised numbers
    y_train: list
    X_test: list
    y_test: list
    n_tokens: int | None  # None: the steps are numbers
    epochs: int
    words_train: list | None = None  # the words that the ids stand for
    words_test: list | None = None

    @cached_property
    def workload(self):
        """The training part, as arrays."""
        classes = np.array(self.y_train, dtype=np.int64)
        return Workload(self.title, self._arrays(self.X_train), classes, self.n_tokens, self.epochs)

    @cached_property
    def held_out(self):
        """The sequences to predict, as arrays."""
        return self._arrays(self.X_test)

    @property
    def amount(self):
        """How much there is to learn from and to predict, in words."""
        return f"{len(self.X_train)} / {len(self.X_test)}, {self.epochs} epochs"

    def small(self):
        """A few sequences and one epoch; classes may lie apart, so every so-manieth is taken."""
        train, test = (slice(None, None, -(-len(X) // FEW)) for X in (self.X_train, self.X_test))
        return Classification(
            self.title, self.X_train[train], self.y_train[train], self.X_test[test],
            self.y_test[test], self.n_tokens, 1, self.words_train and self.words_train[train],
            self.words_test and self.words_test[test],
        )  # fmt: skip

    def _arrays(self, sequences):
        dtype = np.int64 if self.n_tokens else np.float32
        return [np.array(sequence, dtype=dtype) for sequence in sequences]


@dataclass(frozen=True)
class Tagging:
    """Sentences, lists of words, with a tag for each word."""

    kind: ClassVar[str] = "tagging"

    title: str
    X_train: list
    y_train: list
    X_test: list
    y_test: list
    spans: bool  # whether the tags spell spans
    epochs: int | None = None  # None: as many as the program's own settings say

    @property
    def amount(self):
        """How much there is to learn from and to predict, in words."""
        return f"{len(self.X_train)} / {len(self.X_test)} sentences"

    def small(self):
        """A few sentences and one epoch."""
        parts = (self.X_train, self.y_train, self.X_test, self.y_test)
        return Tagging(self.title, *(part[:FEW] for part in parts), self.spans, epochs=1)


@dataclass(frozen=True)
class Forecasting:
    """Hourly series, and the next values of each."""

    kind: ClassVar[str] = "forecasting"

    title: str
    past: list  # a list of values for each series
    future: list  # the next values of each, equally many
    scales: list  # of each series: its mean absolute seasonal difference
    window: int  # how far back to look
    steps: int  # how many batches to learn from

    @property
    def horizon(self):
        """How many values ahead are asked for."""
        return len(self.future[0])

    @property
    def amount(self):
        """How much there is to learn from and to predict, in words."""
        return f"{len(self.past)} series, {self.steps} batches"

    @cached_property
    def frame(self):
        """The past as a long frame: ``unique_id``, ``ds``, ``y``."""
        import pandas as pd

        lengths = [len(values) for values in self.past]
        names = [f"series{i:04d}" for i in range(len(lengths))]
        hours = np.concatenate([np.arange(length) for length in lengths])
        times = pd.Timestamp("2024-01-01") + pd.to_timedelta(hours, unit="h")
        values = np.concatenate(self.past)
        return pd.DataFrame({"unique_id": np.repeat(names, lengths), "ds": times, "y": values})

    # What the scores of `_forecasting_tasks` read of a problem; there is one window.

    @property
    def truth(self):
        """What is to be forecast, (series, 1, horizon)."""
        return np.array(self.future)[:, None]

    def small(self):
        """A few series and batches."""
        parts = (part[:FEW_SERIES] for part in (self.past, self.future, self.scales))
        return Forecasting(self.title, *parts, self.window, FEW_STEPS)


KINDS = {kind.kind: kind for kind in (Classification, Tagging, Forecasting)}


def write_task(task, path):
    """Write a task to a JSON file."""
    content = {"kind": task.kind, **asdict(task)}
    path.write_text(json.dumps(content), encoding="utf-8")


def read_task(path):
    """Read the file that `write_task` wrote."""
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    kind = KINDS[content.pop("kind")]
    return kind(**{field.name: content[field.name] for field in fields(kind)})
