"""What nearest neighbours know, by vectors that ``RNNEncoder`` has learned without labels.

Texts are the requests of SNIPS: every model sees the training texts without their intents, and each
request of the validation part gets the intent of the one whose vector points most nearly where its
own does. Beside it stand means of word2vec vectors that were trained on the same texts, TF-IDF, and
its singular vectors (LSA). "left out" asks the same of the training texts, each left out with its
copies, which are many times more. Recordings are JapaneseVowels and BasicMotions with the archive's
split, by Euclidean distance beside the mean and deviation of each channel::

    python benchmarks/bench_encoder.py --data ../shared/data
    python benchmarks/bench_encoder.py --only snips --seeds 2 --set pooling=max

Labels are read by the neighbours alone. The mean over the seeds is shown, and their spread.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from _common import Table, parse_setting, print_header, timed
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, normalize

from sklearn_rnn import RNNEncoder
from sklearn_rnn.datasets import read_slots, read_ts
from sklearn_rnn.preprocessing import WordEmbedder

SOURCES = {
    "tagging/snips": "https://github.com/sonos/nlu-benchmark",
    "timeseries": "https://www.timeseriesclassification.com",
}
RECORDINGS = ("JapaneseVowels", "BasicMotions")


def snips(data, part):
    """The words and intents of a part of SNIPS."""
    X, _, intents = read_slots(data / "tagging/snips" / part, return_intents=True)
    return X, intents


def recordings(data, name, part):
    """The recordings and classes of a part of the archive."""
    return read_ts(data / f"timeseries/{name}_{part}.ts")


class Channels:
    """The mean and deviation of each channel, standardised."""

    def fit(self, X):
        """Learn the scale."""
        self.scaler = StandardScaler().fit(self._measure(X))
        return self

    def transform(self, X):
        """Give two numbers a channel."""
        return self.scaler.transform(self._measure(X))

    def _measure(self, X):
        return np.array([np.concatenate([x.mean(axis=0), x.std(axis=0)]) for x in X])


# --- neighbours ---------------------------------------------------------------------------------


def percent_by_cosine(known, labels, asked, truth):
    """How many get the label of the known vector that points most nearly as theirs does."""
    alike = normalize(asked) @ normalize(known).T
    return 100 * np.mean(labels[np.asarray(alike.argmax(axis=1)).ravel()] == truth)


def percent_left_out(vectors, labels, X, rows=1024):
    """The same of each text among the others, its copies left out too."""
    vectors, right = normalize(vectors), 0
    texts = np.unique([" ".join(words) for words in X], return_inverse=True)[1]
    for start in range(0, len(labels), rows):
        part = slice(start, start + rows)
        alike = vectors[part] @ vectors.T
        alike = np.asarray(alike.toarray() if hasattr(alike, "toarray") else alike)
        alike[texts[part, None] == texts] = -np.inf
        right += np.sum(labels[alike.argmax(axis=1)] == labels[part])
    return 100 * right / len(labels)


def percent_by_distance(known, labels, asked, truth):
    """How many get the label of the nearest known vector."""
    squares = np.square(known).sum(axis=1) - 2 * asked @ known.T
    return 100 * np.mean(labels[squares.argmin(axis=1)] == truth)


def spread(values):
    """Mean and range."""
    return f"{np.mean(values):.1f} ({min(values):.1f} to {max(values):.1f})"


# --- tables -------------------------------------------------------------------------------------


def text_models(settings):
    """A maker of each model from a seed, and whether seeds matter to it."""
    tfidf = {"analyzer": lambda words: words}
    return {
        "RNNEncoder": (lambda seed: RNNEncoder(random_state=seed, **settings), True),
        "RNNEncoder from word2vec": (
            lambda seed: RNNEncoder(
                embedding=WordEmbedder(), step_means=True, random_state=seed, **settings
            ),
            True,
        ),
        "mean of word2vec": (lambda seed: WordEmbedder(output="mean", random_state=seed), True),
        "TF-IDF": (lambda seed: TfidfVectorizer(**tfidf), False),
        "LSA, 200": (
            lambda seed: make_pipeline(
                TfidfVectorizer(**tfidf, sublinear_tf=True), TruncatedSVD(200, random_state=seed)
            ),
            True,
        ),
    }


def run_texts(data, seeds, settings, chosen):
    """Print the table of SNIPS, with the models whose titles are chosen."""
    (X, y), (X_valid, y_valid) = snips(data, "train"), snips(data, "valid")
    table = Table("SNIPS, 1-NN by cosine", "valid %", "left out %", "seeds", "fit s (CPU)")
    for title, (make, differs) in text_models(settings).items():
        if not any(part in title for part in chosen):
            continue
        found, left_out, seconds = [], [], []
        for seed in range(seeds if differs else 1):
            model, took = timed(make(seed).fit, X, clock="cpu")
            vectors = model.transform(X)
            found.append(percent_by_cosine(vectors, y, model.transform(X_valid), y_valid))
            left_out.append(percent_left_out(vectors, y, X))
            seconds.append(took)
        row = spread(found), spread(left_out), len(found), f"{np.median(seconds):.0f}"
        table.row(title, *row)


def run_recordings(data, seeds, settings, chosen):
    """Print the table of recordings, with the models whose titles are chosen."""
    table = Table("1-NN by distance, %", *RECORDINGS, "seeds")
    for title, make in {
        "RNNEncoder": lambda seed: RNNEncoder(random_state=seed, **settings),
        "mean and deviation of channels": lambda seed: Channels(),
    }.items():
        if not any(part in title for part in chosen):
            continue
        cells, n = [], seeds if title == "RNNEncoder" else 1
        for name in RECORDINGS:
            (X, y), (X_test, y_test) = (recordings(data, name, p) for p in ("TRAIN", "TEST"))
            models = [make(seed).fit(X) for seed in range(n)]
            cells.append(
                spread(
                    [
                        percent_by_distance(m.transform(X), y, m.transform(X_test), y_test)
                        for m in models
                    ]
                )
            )
        table.row(title, *cells, n)


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", choices=["snips", "recordings"])
    parser.add_argument("--models", nargs="+", default=[""], help="parts of their titles")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", nargs="*", type=parse_setting, default=[], dest="settings")
    options = parser.parse_args()
    for folder, source in SOURCES.items():
        if not (options.data / folder).is_dir():
            parser.error(f"{options.data / folder} is missing; its data come from {source}")
    torch.set_num_threads(1)
    settings = dict(options.settings)
    print_header(f"Vectors without labels {settings or ''}".rstrip(), threads=1)
    for name, run in {"snips": run_texts, "recordings": run_recordings}.items():
        if options.only in (None, name):
            run(options.data, options.seeds, settings, options.models)
            print()


if __name__ == "__main__":
    main()
