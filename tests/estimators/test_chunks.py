"""A fit over chunks is the fit over all data at once, in bounded memory, and leaves no file."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score

from sklearn_rnn import (
    Chunks,
    RNNClassifier,
    RNNEncoder,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    Sequences,
)
from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.training import TrainingCallback, _dataset

ROOT = Path(__file__).resolve().parents[2]
CUTS = [(0, 0), (0, 5), (5, 16), (16, 16), (16, 30)]
N = 30
SMALL = {"hidden_size": 4, "max_epochs": 2, "batch_size": 8, "random_state": 0}


def in_chunks(*columns):
    return Chunks(lambda: (tuple(part[a:b] for part in columns) for a, b in CUTS))


def subjects():
    """Estimators with the data of ``fit``."""
    rng = np.random.default_rng(0)
    steps = [rng.normal(loc=9, size=(2 + i % 5, 2)) for i in range(N)]
    y, weight = np.arange(N) % 3, rng.uniform(size=N) * (np.arange(N) != 7)
    texts = [" ".join(f"w{int(step * 2)}" for step in part[:, 0]) for part in steps]
    tokens = [text.split() for text in texts]
    tags = [["B-X" if step > 9 else "O" for step in part[:, 0]] for part in steps]
    gaps = [np.where(part > 10, np.nan, part) for part in steps]
    ids = [rng.integers(2, 9, size=3) for _ in range(N)]
    equal = rng.normal(size=(N, 4, 2))
    names = pd.Series(y).map({0: "a", 1: "b", 2: "c"})
    return {
        "recordings": (RNNClassifier(), (steps, y)),
        "convolutions": (RNNClassifier(convolution="stem+branch"), (steps, y)),
        "weights": (RNNClassifier(class_weight="balanced"), (steps, names, weight)),
        "one length": (RNNClassifier(pooling="mean"), (equal, y)),
        "early stopping": (RNNClassifier(early_stopping=True), (steps, y, weight)),
        "gaps": (RNNClassifier(missing="mask"), (gaps, y)),
        "texts": (RNNClassifier(), (texts, y)),
        "weighted texts": (RNNClassifier(), (texts, y, weight)),
        "tokens": (RNNClassifier(), (tokens, y)),
        "ids": (RNNClassifier(embedding_dim=4), (ids, y)),
        "table": (RNNRegressor(), (equal[:, :, 0], weight)),
        "regressor": (RNNRegressor(), (steps, np.stack([weight, weight + y], axis=1))),
        "tagged words": (RNNTagger(), (tokens, tags)),
        "weighted words": (RNNTagger(output="crf"), (tokens, tags, weight)),
        "tagged steps": (RNNTagger(class_weight="balanced"), (steps, tags)),
    }


def assert_same(first, second):
    weights, others = (model.module_.state_dict() for model in (first, second))
    assert weights.keys() == others.keys()
    for name, weight in weights.items():
        assert np.array_equal(weight.numpy(), others[name].numpy()), name


@pytest.mark.parametrize("name", list(subjects()))
def test_a_fit_over_chunks_is_the_fit_over_all_data_bit_for_bit(name):
    model, given = subjects()[name]
    whole = model.set_params(**SMALL).fit(*given)
    assert_same(type(model)(**model.get_params()).fit(in_chunks(*given)), whole)


def test_validation_data_may_be_chunks_too():
    model, (X, y) = subjects()["recordings"]
    model.set_params(**SMALL)
    whole = type(model)(**model.get_params()).fit(X, y, X_val=X[:9], y_val=y[:9])
    held = Chunks([(X[:4], y[:4]), (X[4:9], y[4:9])])
    assert_same(model.fit(in_chunks(X, y), X_val=held), whole)
    assert model.best_epoch_ == whole.best_epoch_


def test_a_fit_over_chunks_is_resumed_and_goes_on(tmp_path):
    model, (X, y) = subjects()["recordings"]
    model.set_params(**SMALL, checkpoint=tmp_path).fit(X, y)
    files = [path.name for path in tmp_path.iterdir()]
    model.fit(in_chunks(X, y), resume=True)  # the same data: there is nothing left to train
    assert [path.name for path in tmp_path.iterdir()] == files
    model.set_params(warm_start=True, checkpoint=None).fit(in_chunks(X, y))
    assert model.n_iter_ == 4


@pytest.mark.parametrize("numeric", [["amount"], []], ids=["numbers", "categories alone"])
def test_event_logs_come_in_chunks(numeric, monkeypatch):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "id": np.repeat(np.arange(N), 2),
            "amount": rng.normal(size=2 * N),
            "shop": rng.choice(["web", "town", "post"], size=2 * N),
            "country": np.repeat(rng.choice(["NO", "PE"], size=N), 2),
        }
    )
    roles = {"id_col": "id", "numeric": numeric, "categorical": ["shop"], "static": ["country"]}
    y = np.arange(N) % 2

    def read():
        for a, b in [(0, 5), (5, 16), (16, N)]:
            yield Sequences.from_frame(frame[frame["id"].between(a, b - 1)], **roles), y[a:b]

    whole = RNNClassifier(**SMALL).fit(Sequences.from_frame(frame, **roles), y)
    asked = []
    monkeypatch.setattr(_dataset, "fits_on_device", lambda *given: asked.append(given) or True)
    assert_same(RNNClassifier(**SMALL).fit(Chunks(read)), whole)
    assert asked == []  # the steps stay in the file


@pytest.mark.parametrize("name", ["recordings", "tagged steps", "regressor"])
def test_a_fit_from_a_mapped_file_is_the_fit_from_memory(name, tmp_path):
    model, (X, y) = subjects()[name]
    model.set_params(**SMALL)
    np.save(tmp_path / "steps.npy", np.concatenate(X))
    offsets = np.cumsum([0, *map(len, X)])
    mapped = Sequences(values=np.load(tmp_path / "steps.npy", mmap_mode="r"), offsets=offsets)
    whole = type(model)(**model.get_params()).fit(X, y)
    assert_same(model.fit(mapped, y), whole)


class Raises(TrainingCallback):
    """Raises an error at a batch, when the files are there."""

    def __init__(self, error, folder):
        self.error, self.folder = error, folder

    def on_batch_end(self, net, **kwargs):
        assert list(self.folder.iterdir()) == []  # the file has no name
        raise self.error("stop")


@pytest.mark.parametrize("error", [KeyboardInterrupt, DivergenceError, None])
def test_no_file_is_left_whatever_ends_the_fit(error, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    model, given = subjects()["tokens"]
    model.set_params(**SMALL)
    before = n_open_files()
    if error is None:
        model.fit(in_chunks(*given))
    else:
        model.set_params(callbacks=[Raises(error, tmp_path)])
        with pytest.raises(error, match="stop"):
            model.fit(in_chunks(*given))
    assert list(tmp_path.iterdir()) == []
    assert n_open_files() <= before


def n_open_files():
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


def test_targets_belong_into_the_chunks():
    model, (X, y) = subjects()["recordings"]
    with pytest.raises(ValueError, match="each of which has its y and its weights with it"):
        model.fit(in_chunks(X, y), y)


def test_validation_data_have_no_weights():
    model, (X, y) = subjects()["recordings"]
    with pytest.raises(ValueError, match="X_val is Chunks with weights, but all validation data"):
        model.set_params(**SMALL).fit(X, y, X_val=in_chunks(X, y, np.ones(N)))
    with pytest.raises(ValueError, match="X_val and y_val: chunk 0 does not do: X has 30 "):
        model.fit(X, y, X_val=Chunks([(X, y[1:])]))


def test_others_say_what_to_do_with_chunks():
    model, (X, y) = subjects()["recordings"]
    model.set_params(**SMALL).fit(X, y)
    chunks = in_chunks(X, y)
    calls = [
        lambda: model.predict(chunks),
        lambda: model.partial_fit(chunks, y),
        lambda: model.partial_fit(chunks, None),
        lambda: RNNLanguageModel().fit(chunks),
        lambda: RNNEncoder().fit(chunks),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="X is Chunks, which only fit of RNNClassifier"):
            call()
    with pytest.raises(TypeError, match="Chunks have no rows to cut: X, y, sample_weight = "):
        cross_val_score(model, chunks)
    X_stored, y_stored, _ = chunks.store()
    assert len(cross_val_score(model, X_stored, y_stored, cv=2)) == 2
    one_by_one = np.concatenate([model.predict(part) for part, *_ in chunks if len(part)])
    np.testing.assert_array_equal(one_by_one, model.predict(X))


BOUNDED = """
import resource
import numpy as np
from sklearn_rnn import Chunks, RNNClassifier, RNNTagger

def read(tags=False):
    for i in range(24):
        rng = np.random.default_rng(i)
        X = rng.normal(size=(200, 60, 64))  # 6 MB
        tagged = [list(map(int, part[:, 0] > 0)) for part in X]
        yield X, tagged if tags else rng.integers(2, size=200)

options = dict(hidden_size=4, max_epochs=1, batch_size=64, bidirectional=False, random_state=0)
classifier, tagger = RNNClassifier(convolution=None, **options), RNNTagger(**options)
first = next(iter(read()))
classifier.fit(first[0][:64], first[1][:64])  # takes what torch needs once
used = next(int(line.split()[1]) for line in open("/proc/self/status") if "VmData" in line)
limit = used * 1024 + 90 * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
classifier.fit(Chunks(read))
tagger.fit(Chunks(lambda: read(tags=True)))
print("fits in chunks")
try:
    classifier.fit(*map(np.concatenate, zip(*read())))
except MemoryError:
    print("not at once")
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="only Linux tells what is used")
def test_memory_is_bounded_by_a_chunk():
    """147 MB of data are trained on with 90 MB to spare."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", BOUNDED]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.splitlines() == ["fits in chunks", "not at once"]
