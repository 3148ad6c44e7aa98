"""How long does a single sequence take: by the estimator, and by its ONNX model?

Each row is the median of single calls on one core, the model being in memory: one recording of so
many steps of three numbers, or one text of so many words, and networks of 64 units. The estimator
reads X in any form and checks it; the model gets arrays that are ready.

    python benchmarks/bench_onnx.py [--calls 2000]
"""

import argparse
import os
import time
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from _common import Table, median, print_header

from sklearn_rnn import RNNClassifier, RNNForecaster

SETTINGS = {"hidden_size": 64, "max_epochs": 1, "random_state": 0}
ONE_WAY = {"bidirectional": False, "pooling": "last", "convolution": None}
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def recordings(n_steps):
    """Twenty recordings of three numbers a step."""
    return list(np.random.default_rng(0).normal(size=(20, n_steps, 3)))


def recording_row(n_steps, **parameters):
    """Estimator, what it answers, and the inputs of its model."""
    X = recordings(n_steps)
    classifier = RNNClassifier(**SETTINGS, **parameters).fit(X, np.resize(["a", "b"], 20))
    inputs = {"values": X[0][None], "lengths": np.array([n_steps])}
    return classifier, lambda: classifier.predict_proba(X[:1]), inputs


def text_row(n_words):
    """The same for words, whose n-grams the network reads."""
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, n_words)) for _ in range(20)]
    classifier = RNNClassifier(**SETTINGS).fit(texts, np.resize(["a", "b"], 20))
    n_buckets = classifier._architecture.subword_buckets
    inputs = {
        "steps": rng.integers(len(WORDS), size=(1, n_words)),
        "lengths": np.array([n_words]),
        "words": np.arange(len(WORDS)) + 2,
        "ngrams": rng.integers(n_buckets, size=9 * len(WORDS)),
        "ngram_words": np.repeat(np.arange(len(WORDS)), 9),
    }
    return classifier, lambda: classifier.predict_proba(texts[:1]), inputs


def forecast_row():
    """The same for a series of a month's days, of which the last two weeks are read."""
    series = np.random.default_rng(0).normal(size=200)
    forecaster = RNNForecaster(horizon=7, window=28, n_networks=1, **SETTINGS).fit(None, series)
    return forecaster, forecaster.forecast, {"values": series[None, -28:]}


def milliseconds(function, n_calls):
    """Median of single calls."""
    seconds = []
    for _ in range(n_calls):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return 1000 * median(seconds[n_calls // 10 :])


def session_of(estimator):
    """The ONNX model of an estimator, on one core."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with TemporaryDirectory() as folder:
        estimator.to_onnx(f"{folder}/model.onnx")
        return onnxruntime.InferenceSession(
            f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"]
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=2000, help="calls of the ONNX model a row")
    calls = parser.parse_args().calls
    torch.set_num_threads(1)
    print_header("A single sequence, in milliseconds", threads=1)
    rows = {
        "10 steps, LSTM": recording_row(10, **ONE_WAY),
        "30 steps, LSTM": recording_row(30, **ONE_WAY),
        "30 steps, GRU": recording_row(30, cell="gru", **ONE_WAY),
        "30 steps, defaults (both directions)": recording_row(30),
        "100 steps, LSTM": recording_row(100, **ONE_WAY),
        "20 words, defaults (both directions, n-grams)": text_row(20),
        "28 values, 7 ahead, forecaster": forecast_row(),
    }
    table = Table("input", "estimator", "ONNX model", "times")
    for name, (estimator, answer, inputs) in rows.items():
        session = session_of(estimator)
        own = milliseconds(answer, max(20, calls // 20))
        served = milliseconds(lambda s=session, i=inputs: s.run(None, i), calls)
        table.row(name, f"{own:.2f}", f"{served:.3f}", f"{own / served:.0f}")


if __name__ == "__main__":
    main()
