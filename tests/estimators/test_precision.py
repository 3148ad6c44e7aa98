"""Training in bfloat16: close to float32, and nothing of it is left in the model."""

import copy
import pickle
import warnings
from functools import cache

import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch.callbacks import Callback

from sklearn_rnn import RNNClassifier, RNNRegressor, Sequences
from sklearn_rnn.training import check_precision

SMALL = {
    "hidden_size": 8,
    "max_epochs": 2,
    "batch_size": 8,
    "lr": 0.02,
    "dropout": 0.1,
    "early_stopping": False,
    "precision": "bfloat16",
    "random_state": 0,
}
N = 24
VARIANTS = {
    "lstm": {},
    "gru": {"cell": "gru", "pooling": "attention"},
    "rnn": {"cell": "rnn_tanh", "pooling": "last"},
    "layers": {"num_layers": 2, "residual": True, "pooling": "mean"},
    "stem": {"convolution": "stem+branch", "stride": 2, "segment": 2},
    "own cell": {"cell": torch.nn.GRU},
}
every_variant = pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
both = pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])
pytestmark = pytest.mark.filterwarnings("ignore:precision='bfloat16', but this processor")


@cache
def recordings(n=N, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(2 + i % 7, 2)) for i in range(n)]


def targets(X):
    return np.array([int(x[0, 0] > 0) for x in X])


def events():
    """Numbers with gaps, categories and static columns."""
    rng = np.random.default_rng(0)
    X = Sequences.from_list(recordings())
    values = np.where(rng.random(X.values.shape) < 0.2, np.nan, X.values)
    codes = rng.integers(0, 3, (len(values), 1))
    bare = X.with_values(values).with_columns(codes=codes, categories=(("a", "b", "c"),))
    return Sequences.with_static(bare, rng.normal(size=(N, 2)))


def make(estimator=RNNClassifier, **parameters):
    return estimator(**(SMALL | parameters))


def outputs(model, X):
    predict = getattr(model, "predict_proba", model.predict)
    return np.column_stack([predict(X), model.transform(X)])


def weights(model):
    return {name: weight.numpy() for name, weight in model.module_.state_dict().items()}


def assert_close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-6)


@every_variant
@both
def test_loss_falls_and_stays_near_that_of_float32(estimator, variant):
    X = recordings(60)
    y = targets(X)
    model = make(estimator, max_epochs=3, **variant).fit(X, y)
    losses = [record["train_loss"] for record in model.history_]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]
    single = clone(model).set_params(precision="float32").fit(X, y)
    expected = [record["train_loss"] for record in single.history_]
    assert losses != expected
    np.testing.assert_allclose(losses, expected, rtol=0, atol=0.1)


def test_easy_task_is_learned_as_well_as_in_float32():
    X, new = recordings(100), recordings(60, seed=1)
    for precision in ("bfloat16", "float32"):
        model = make(max_epochs=12, precision=precision).fit(X, targets(X))
        assert model.score(new, targets(new)) > 0.85


@every_variant
@both
def test_model_is_float32_and_keeps_its_promises(estimator, variant):
    X, model = recordings(), make(estimator, **variant)
    model.fit(X, targets(X))
    assert {weight.dtype for weight in weights(model).values()} == {np.dtype("float32")}
    assert model.transform(X).dtype == np.float32
    alone = np.concatenate([outputs(model, [x]) for x in X])
    assert_close(outputs(model, X), alone)
    assert_close(outputs(model, [*X, np.concatenate(X)])[:-1], alone)
    again = weights(clone(model).fit(X, targets(X)))
    for name, weight in weights(model).items():
        np.testing.assert_array_equal(weight, again[name], err_msg=name)


@every_variant
def test_prediction_is_that_of_float32_with_the_same_weights(variant):
    X, model = recordings(), make(**variant)
    model.fit(X, targets(X))
    single = copy.deepcopy(model).set_params(precision="float32")
    np.testing.assert_array_equal(outputs(single, X), outputs(model, X))
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(outputs(twin, X), outputs(model, X))
    numbers = outputs(model, X)
    assert not np.array_equal(numbers, torch.from_numpy(numbers).bfloat16().double().numpy())


@pytest.mark.parametrize("kind", ["events", "texts", "ids"])
def test_other_inputs(kind):
    rng = np.random.default_rng(0)
    options = {"events": {"missing": "mask"}, "ids": {"embedding_dim": 4}}.get(kind, {})
    X = {
        "events": events,
        "texts": lambda: ["a good film", "great", "a bad film", "no fun at all"] * (N // 4),
        "ids": lambda: [rng.integers(2, 9, 2 + i % 4) for i in range(N)],
    }[kind]()
    y = np.arange(N) % 2
    model = make(max_epochs=3, **options).fit(X, y)
    losses = [record["train_loss"] for record in model.history_]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]
    assert {weight.dtype for weight in weights(model).values()} == {np.dtype("float32")}
    rows = [X[[i]] if kind == "events" else [X[i]] for i in range(N)]
    assert_close(outputs(model, X), np.concatenate([outputs(model, row) for row in rows]))


class Dtypes(Callback):
    """Notes in which types the recurrent layers compute."""

    def on_train_begin(self, net, **kwargs):
        self.seen = {True: set(), False: set()}
        (stack,) = [m for name, m in net.module_.named_modules() if name == "body.recurrent"]
        self.hook = stack.layers[0][0].register_forward_hook(self.note)

    def note(self, layer, inputs, outputs):
        self.seen[layer.training].add(outputs[0].dtype)

    def on_train_end(self, net, **kwargs):
        self.hook.remove()


def test_training_computes_in_bfloat16_and_validation_in_float32():
    X, y = recordings(), targets(recordings())
    for precision, dtype in (("bfloat16", torch.bfloat16), ("float32", torch.float32)):
        model = make(precision=precision, early_stopping=True, callbacks=[Dtypes()]).fit(X, y)
        seen = dict(model.net_.callbacks_)["Dtypes"].seen
        assert seen == {True: {dtype}, False: {torch.float32}}


@both
def test_precision_may_change_where_training_goes_on(estimator):
    X, model = recordings(), make(estimator, warm_start=True)
    y = targets(X)
    model.fit(X, y).set_params(precision="float32").fit(X, y).partial_fit(X, y)
    net = model.net_
    model.partial_fit(X, y)
    assert model.net_ is net
    model.set_params(precision="bfloat16").partial_fit(X, y)
    assert model.net_ is not net and model.net_.precision == "bfloat16"
    assert model.n_iter_ == 7


@both
def test_weights_of_sequences_count(estimator):
    X, weight = recordings(), (np.arange(N) % 3).astype(float)
    kept = np.flatnonzero(weight)
    y = targets(X)
    weighted = make(estimator).fit(X, y, sample_weight=weight)
    without = make(estimator).fit([X[i] for i in kept], y[kept], sample_weight=weight[kept])
    np.testing.assert_array_equal(outputs(weighted, X), outputs(without, X))


# --- what a device can do -----------------------------------------------------------------------


@pytest.fixture
def processor(monkeypatch):
    """Let torch think that the processor has bfloat16, or not."""

    def has(bfloat16):
        monkeypatch.setattr(
            torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: bfloat16, raising=False
        )

    return has


@pytest.mark.filterwarnings("error")
@both
def test_processor_without_bfloat16_is_warned_of(estimator, processor):
    X = recordings()
    processor(bfloat16=False)
    with pytest.warns(UserWarning, match=r"this processor has no bfloat16 .* slower.*float32"):
        model = make(estimator).fit(X, targets(X))
    model.predict(X)
    make(estimator, precision="float32").fit(X, targets(X))
    processor(bfloat16=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(estimator).fit(X, targets(X))


def test_device_without_bfloat16_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: False)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "GTX 1080")
    with pytest.raises(ValueError, match="GTX 1080 has no bfloat16; set precision=.float32"):
        check_precision("bfloat16", torch.device("cuda"))
    check_precision("float32", torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: True)
    check_precision("bfloat16", torch.device("cuda"))


def test_precision_belongs_to_the_estimator():
    X = recordings()
    with pytest.raises(ValueError, match="'precision': use the parameter precision of the est"):
        make(net_params={"precision": "bfloat16"}).fit(X, targets(X))
    for wrong in ("float16", "bf16", None, 16):
        with pytest.raises(ValueError, match="'precision' parameter .* must be"):
            make(precision=wrong).fit(X, targets(X))
