"""What has to hold on a GPU; without one all of it is skipped (``conftest.py``)."""

import inspect
import pickle
import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone

from sklearn_rnn import RNNClassifier, RNNForecaster, RNNLanguageModel, load
from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.training import _dataset
from tests.bad_inputs import TABLE
from tests.bad_texts import TEXTS
from tests.device_cases import CASES, predictions
from tests.forecasting_data import TINY, daily
from tests.subjects import TARGETS

pytestmark = pytest.mark.cuda

DEVICE = "cuda"
# Sums are taken in another order, and TF32 is left off, as torch has it for matrix products.
CLOSE = {"rtol": 1e-3, "atol": 1e-4}
DRAWN = ("dropout", "token_dropout", "weight_drop", "embedding_dropout", "scheduled_sampling")
# Networks that draw on the device in every training, whatever their dropout.
DRAWING = ("bag of tokens", "encoder of numbers", "recurrent encoder", "next sentence")
REPEATED = {
    "classifier": (RNNClassifier(hidden_size=8, max_epochs=6, batch_size=4), TABLE, TARGETS),
    "forecaster": (RNNForecaster(**TINY | {"max_epochs": 6}), daily(), None),
    "language": (
        RNNLanguageModel(hidden_size=8, max_epochs=12, batch_size=2, bptt=2),
        TEXTS,
        None,
    ),
}


@pytest.fixture(autouse=True)
def exact_recurrences(monkeypatch):
    """cuDNN takes TF32 by default, which has 10 bits."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


def fit(case, **parameters):
    return clone(case.estimator).set_params(**parameters).fit(case.X, case.y)


def without_drawing(case):
    names = inspect.signature(type(case.estimator)).parameters
    return {name: 0.0 for name in DRAWN if name in names}


@pytest.mark.parametrize("name", CASES)
def test_a_model_of_the_cpu_predicts_the_same_on_the_gpu(name):
    case = CASES[name]
    model = fit(case, device="cpu")
    expected = predictions(model, case.X)
    moved = pickle.loads(pickle.dumps(model.set_params(device=DEVICE)))
    assert next(moved.module_.parameters()).device.type == DEVICE
    np.testing.assert_allclose(predictions(moved, case.X), expected, **CLOSE)


@pytest.mark.parametrize("name", [name for name in CASES if name not in DRAWING])
def test_training_on_the_gpu_is_that_of_the_cpu(name):
    case = CASES[name]
    found, expected = (
        predictions(fit(case, device=device, **without_drawing(case)), case.X)
        for device in (DEVICE, "cpu")
    )
    np.testing.assert_allclose(found, expected, **CLOSE)


@pytest.mark.parametrize("name", CASES)
def test_training_on_the_gpu_waits_as_often_whatever_its_batches(name):
    case, waits = CASES[name], []
    size = case.estimator.get_params()["batch_size"]
    fit(case, device=DEVICE)  # what is set up once waits once
    for batch_size in (size, size // 2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
            try:
                fit(case, device=DEVICE, batch_size=batch_size)
            finally:
                torch.cuda.set_sync_debug_mode("default")
        waits.append(sum("synchronizing" in str(warning.message) for warning in caught))
    assert waits[0] == waits[1] > 0


@pytest.mark.parametrize("name", CASES)
def test_a_model_of_the_gpu_is_saved_and_loads_on_the_cpu(name, tmp_path):
    case = CASES[name]
    model = fit(case, device=DEVICE)
    expected = predictions(model, case.X)
    model.set_params(device="cpu").save(tmp_path / "model.rnn")
    loaded = load(tmp_path / "model.rnn")
    assert next(loaded.module_.parameters()).device.type == "cpu"
    np.testing.assert_allclose(predictions(loaded, case.X), expected, **CLOSE)


@pytest.mark.parametrize("name", ["cell lstm", "cell gru", "tags of words", "committee"])
def test_half_precision_trains_and_predicts_in_single(name):
    case = CASES[name]
    model = fit(case, device=DEVICE, precision="bfloat16")
    assert np.isfinite(predictions(model, case.X)).all()
    assert {weight.dtype for weight in model.module_.parameters()} == {torch.float32}


@pytest.mark.parametrize("name", REPEATED)
def test_cuda_graphs_train_the_same_model(name):
    estimator, X, y = REPEATED[name]
    models = []
    for cuda_graphs in (False, True):
        model = clone(estimator).set_params(device=DEVICE, random_state=0, early_stopping=False)
        models.append(model.set_params(net_params={"cuda_graphs": cuda_graphs}).fit(X, y))
    for found, expected in zip(*(model.module_.parameters() for model in models), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["lstm both ways", "texts with subwords", "tags of words"])
def test_data_that_do_not_fit_train_the_same_model(name, monkeypatch):
    case = CASES[name]
    expected = predictions(fit(case, device=DEVICE), case.X)
    monkeypatch.setattr(_dataset, "fits_on_device", lambda n_bytes, device: False)
    np.testing.assert_allclose(predictions(fit(case, device=DEVICE), case.X), expected, **CLOSE)


def test_the_same_seed_gives_the_same_model_on_the_gpu():
    case = CASES["rnn_tanh by segments"]  # which draws dropout
    first, second = (predictions(fit(case, device=DEVICE), case.X) for _ in range(2))
    np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-7)


def test_divergence_is_found_on_the_gpu():
    model = RNNClassifier(
        hidden_size=4, max_epochs=3, lr=1e30, gradient_clip=None, optimizer="sgd", device=DEVICE
    )
    with pytest.raises(DivergenceError, match="in epoch|after epoch"):
        model.fit(TABLE, TARGETS)
