"""Small fits, and a script that is killed in the middle of them.

``python -m tests.resumable_fits FOLDER`` begins each fit of ``CASES`` in a process of its own,
which kills itself by SIGKILL; what it leaves is in ``FOLDER/<estimator>-<moment>``.
"""

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from sklearn_rnn import (
    RNNClassifier,
    RNNEncoder,
    RNNForecaster,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNSeq2Seq,
    RNNTagger,
    TreeRNNClassifier,
)
from sklearn_rnn.datasets import make_nested_lists
from sklearn_rnn.training import SequenceNet

ESTIMATORS = (
    "classifier",
    "regressor",
    "tagger",
    "forecaster",
    "language",
    "trees",
    "generator",
    "encoder",
    "translator",
)
# When the process dies: in the middle of an epoch, of writing a file, and between two files.
MOMENTS = {"training": 2, "writing": 2, "removing": 3}
CASES = [(name, moment) for name in ESTIMATORS for moment in MOMENTS]

_SHARED = {"hidden_size": 4, "max_epochs": 5, "batch_size": 8, "dropout": 0.3, "random_state": 0}


def make(name, checkpoint=None, **parameters):
    """An estimator whose fit draws batches and dropout, validates, and averages weights."""
    cls, own = {
        "classifier": (RNNClassifier, {"early_stopping": True, "lr_schedule": "plateau"}),
        "regressor": (RNNRegressor, {"early_stopping": False}),
        "tagger": (RNNTagger, {"early_stopping": True, "n_iter_no_change": 2}),
        "forecaster": (RNNForecaster, {"early_stopping": False, "horizon": 3, "window": 9}),
        "language": (RNNLanguageModel, {"early_stopping": True, "weight_drop": 0.3, "bptt": 4}),
        "trees": (TreeRNNClassifier, {"early_stopping": True, "cell": "n_ary"}),
        "generator": (RNNGenerator, {"early_stopping": True, "n_components": 2, "bptt": 3}),
        "encoder": (RNNEncoder, {"early_stopping": True, "objective": "next_sentence"}),
        "translator": (RNNSeq2Seq, {"early_stopping": True, "scheduled_sampling": 0.5}),
    }[name]
    return cls(**_SHARED | own | parameters, checkpoint=checkpoint)


def data(name):
    """What ``fit`` of the estimator takes."""
    rng = np.random.default_rng(0)
    if name == "tagger":
        words = [list(rng.choice(["a", "b", "c"], size=rng.integers(1, 5))) for _ in range(40)]
        return words, [["vowel" if word == "a" else "other" for word in row] for row in words]
    if name == "translator":
        texts = ["".join(rng.choice(list("abc"), size=rng.integers(1, 6))) for _ in range(40)]
        return texts, [text[::-1] for text in texts]
    if name in ("language", "encoder"):
        return [list(rng.choice(["a", "b", "c"], size=rng.integers(1, 9))) for _ in range(40)], None
    if name == "trees":
        lists = make_nested_lists(40, max_depth=2, random_state=0)[0]
        return lists, [nested[0] in ("max", "min") for nested in lists]
    if name == "forecaster":
        times = pd.date_range("2024-01-01", periods=90, freq="D")
        known = pd.DataFrame({"price": rng.normal(size=90)}, index=times)
        return known, pd.Series(np.sin(np.arange(90) / 3), index=times, name="sales")
    recordings = [rng.normal(size=(n, 2)) for n in rng.integers(2, 8, size=40)]
    means = np.array([recording.mean() for recording in recordings])
    return recordings, (means > 0 if name in ("classifier", "generator") else means)


def die(*args, **kwargs):
    """End at once, as when the power fails."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(moment):
    """Arrange that this process ends in its fit."""
    if moment == "training":
        step = SequenceNet.train_step_single
        SequenceNet.train_step_single = lambda net, batch, **kwargs: (
            die() if in_middle_of_epoch(net, 3) else step(net, batch, **kwargs)
        )
    elif moment == "writing":  # the file of epoch 3 is there, but has not its name yet
        replace = os.replace
        os.replace = lambda source, target: (
            die() if "000003" in str(target) else replace(source, target)
        )
    else:  # the files of epochs 2 and 3 are both there
        unlink = Path.unlink
        Path.unlink = lambda path, **kwargs: (
            die() if "000002" in path.name else unlink(path, **kwargs)
        )


def in_middle_of_epoch(net, epoch):
    return len(net.history) == epoch and len(net.history[-1, "batches"]) == 3


def weights(estimator):
    """All numbers of the network, as bytes."""
    state = estimator.module_.state_dict()
    return {name: weight.numpy().tobytes() for name, weight in state.items()}


def record(estimator):
    """The history without the seconds that epochs took."""
    return [{k: v for k, v in row.items() if k != "dur"} for row in estimator.history_]


def main(folder):
    torch.set_num_threads(1)
    make("regressor").fit(*data("regressor"))  # loads what every fit loads, once
    for name, moment in CASES:
        child = os.fork()
        if child == 0:
            die_at(moment)
            make(name, folder / f"{name}-{moment}").fit(*data(name))
            os._exit(0)  # it lived on
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL, (name, moment, status)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
