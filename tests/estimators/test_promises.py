"""What always holds, for every cell, pooling, direction and kind of input."""

import copy
import io
import os
import pickle
import signal
import tempfile
from functools import cache
from itertools import product
from multiprocessing.pool import ThreadPool
from typing import Any, NamedTuple

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from sklearn_rnn import RNNClassifier, RNNRegressor
from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.preprocessing import SequencePadder, TokenEncoder


class LeakyCell(torch.nn.Module):
    """A cell of a user's own: its weights come from torch's global generator."""

    def __init__(self, input_size, hidden_size, batch_first):
        super().__init__()
        assert batch_first
        self.mix = torch.nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, steps):
        state = steps.new_zeros(len(steps), self.mix.out_features)
        states = []
        for step in steps.unbind(1):
            state = (state + torch.tanh(self.mix(torch.cat([step, state], dim=1)))) / 2
            states.append(state)
        return torch.stack(states, dim=1), state


ESTIMATORS = (RNNClassifier, RNNRegressor)
CELLS = {cell: cell for cell in ("lstm", "gru", "rnn_tanh", "rnn_relu")} | {"own": LeakyCell}
POOLINGS = ("last", "mean", "max", "attention")
KINDS = ("numbers", "ids")
SMALL = {
    "hidden_size": 16,
    "max_epochs": 3,
    "batch_size": 8,
    "lr": 0.02,
    "dropout": 0.1,
    "token_dropout": 0.0,
    "early_stopping": False,
    "random_state": 0,
}


class Case(NamedTuple):
    estimator: type
    kind: str
    cell: str
    pooling: str
    bidirectional: bool

    def __str__(self):
        direction = "both" if self.bidirectional else "one"
        return f"{self.estimator.__name__}-{self.kind}-{self.cell}-{self.pooling}-{direction}"


CASES = [Case(*options) for options in product(ESTIMATORS, KINDS, CELLS, POOLINGS, (False, True))]
every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_kind = pytest.mark.parametrize(
    "case", [Case(e, k, "gru", "mean", True) for e in ESTIMATORS for k in KINDS], ids=str
)
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS)


@cache
def sequences(kind, n=16, seed=0):
    """Sequences of 1 to 9 steps: recordings of 3 features, or ids from 2 to 12."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 10, size=n)
    if kind == "ids":
        return [rng.integers(2, 13, size=length) for length in lengths]
    return [rng.normal(size=(length, 3)) for length in lengths]


@cache
def targets(kind):
    """The class of the first step, so that a model has something to learn."""
    return np.array([int(np.ravel(x)[0] > (7 if kind == "ids" else 0)) for x in sequences(kind)])


def unfitted(case):
    ids = {"embedding_dim": 4} if case.kind == "ids" else {}
    return case.estimator(
        cell=CELLS[case.cell],
        pooling=case.pooling,
        bidirectional=case.bidirectional,
        **(SMALL | ids),
    )


@cache
def fitted(case):
    return unfitted(case).fit(sequences(case.kind), targets(case.kind))


def first_classes(estimator):
    """Give what a first ``partial_fit`` is called with beside X and y."""
    return {"classes": [0, 1]} if estimator is RNNClassifier else {}


def outputs(model, X):
    """All that a model says about X: its predictions, then its states."""
    return np.column_stack([predictions(model, X), model.transform(X)])


def predictions(model, X):
    return getattr(model, "predict_proba", model.predict)(X)


def assert_same(actual, expected):
    """Compare as scikit-learn's checks do; one bit of a float32 near 1 is about as much."""
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-7)


# --- what a prediction depends on ---------------------------------------------------------------


@every_case
def test_prediction_does_not_depend_on_the_rest_of_the_batch(case):
    model, X = fitted(case), sequences(case.kind)
    alone = np.concatenate([outputs(model, [x]) for x in X])
    assert np.ptp(alone, axis=0).max() > 1e-3
    order = np.random.default_rng(1).permutation(len(X))
    long_mate = np.concatenate(X * 2)

    assert_same(outputs(model, X), alone)
    assert_same(outputs(model, [X[i] for i in order]), alone[order])
    assert_same(np.concatenate([outputs(model, X[i : i + 7]) for i in range(0, len(X), 7)]), alone)
    assert_same(outputs(model, [*X, long_mate])[:-1], alone)


@every_case
def test_prediction_does_not_depend_on_padding(case):
    model, X = fitted(case), sequences(case.kind)
    expected = outputs(model, X)
    for side in ("right", "left"):
        padder = SequencePadder(max_length=17, side=side)
        assert_same(outputs(model, padder.fit_transform(X)), expected)
    for padded in padded_arrays(X, case.kind):
        assert_same(outputs(model, padded), expected)


def padded_arrays(X, kind):
    """X as arrays with 17 steps a row: zeros at either end of ids, NaN after numbers."""
    if kind == "numbers":
        padded = np.full((len(X), 17, 3), np.nan)
        for row, x in zip(padded, X, strict=True):
            row[: len(x)] = x
        return [padded]
    right, left = np.zeros((2, len(X), 17), dtype=int)
    for i, x in enumerate(X):
        right[i, : len(x)] = left[i, 17 - len(x) :] = x
    return [right, left]


@pytest.mark.parametrize("pooling", POOLINGS)
@every_kind
def test_prediction_does_not_depend_on_how_many_batches_there_are(case, pooling):
    case = case._replace(pooling=pooling)
    model, X = fitted(case), sequences(case.kind)
    expected = outputs(model, X)
    assert_same(outputs(model, X * 70), np.tile(expected, (70, 1)))
    long = [np.concatenate([x] * 1500) for x in X[:3]]
    assert_same(outputs(model, long + X)[3:], expected)


@every_kind
def test_batch_size_and_device_are_not_read_at_prediction(case):
    model = copy.deepcopy(fitted(case))
    expected = outputs(model, sequences(case.kind))
    model.set_params(batch_size=1)
    assert_same(outputs(model, sequences(case.kind)), expected)


@pytest.mark.parametrize("hidden_size", [50, 128])
@pytest.mark.parametrize("cell", CELLS)
@every_kind
def test_prediction_of_a_wide_network_does_not_depend_on_the_batch(case, cell, hidden_size):
    # Matrix products of other sizes go through other kernels, some of which count the rows.
    X, y = sequences(case.kind), targets(case.kind)
    model = unfitted(case._replace(cell=cell, pooling="attention"))
    model.set_params(hidden_size=hidden_size, max_epochs=1).fit(X, y)
    alone = np.concatenate([outputs(model, [x]) for x in X])
    for n in (1, 5, 15):
        assert_same(outputs(model, X[:n]), alone[:n])


VARIANTS = {
    "two layers": {"num_layers": 2},
    "convolution": {"convolution": "branch"},
    "stem": {"convolution": "stem", "stride": 2},
    "segments": {"segment": 3},
    "residual layers": {"num_layers": 3, "residual": True},
}


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
@every_kind
def test_every_promise_holds_for_other_architectures(case, variant):
    X, y = sequences(case.kind), targets(case.kind)
    model = unfitted(case).set_params(**variant).fit(X, y)
    alone = np.concatenate([predictions(model, [x]) for x in X])
    states = model.transform(X)
    forms = [SequencePadder(max_length=17).fit_transform(X), *padded_arrays(X, case.kind)]
    for form in [X, *forms, [*X, np.concatenate(X)]]:
        assert_same(predictions(model, form)[: len(X)], alone)
        # States of a convolution are larger than 1 and in float32.
        np.testing.assert_allclose(model.transform(form)[: len(X)], states, rtol=1e-6, atol=1e-6)
    assert_same_weights(clone(model).fit(X, y), model)
    assert not same_shapes(weights(model), weights(fitted(case)))
    for copied in COPIES.values():
        assert_same_weights(copied(model), model)
        np.testing.assert_array_equal(outputs(copied(model), X), outputs(model, X))


def same_shapes(first, second):
    return [w.shape for w in first.values()] == [w.shape for w in second.values()]


@pytest.mark.parametrize("cell", CELLS)
@every_kind
def test_prediction_of_a_tiny_network_depends_on_the_batch_by_rounding_alone(case, cell):
    X, y = sequences(case.kind), targets(case.kind)
    model = unfitted(case._replace(cell=cell)).set_params(hidden_size=3).fit(X, y)
    alone = np.concatenate([outputs(model, [x]) for x in X])
    np.testing.assert_allclose(outputs(model, X), alone, rtol=1e-6, atol=1e-6)


@every_case
def test_first_step_can_matter(case):
    model = fitted(case)
    X = [x for x in sequences(case.kind) if len(x) > 1]
    other = [x.copy() for x in X]
    for x in other:
        x[0] = 14 - x[0] if case.kind == "ids" else x[0] + 1
    changed = (outputs(model, other) != outputs(model, X)).any(axis=1)
    # A rectifier hides the first step of some sequences, since its units may be at rest.
    assert changed.mean() > 0.3


@every_kind
def test_padding_changes_no_fit(case):
    X, y = sequences(case.kind), targets(case.kind)
    for padded in [SequencePadder(max_length=17).fit_transform(X), *padded_arrays(X, case.kind)]:
        assert_same_weights(unfitted(case).fit(padded, y), fitted(case))


@every_estimator
def test_padder_in_a_pipeline_changes_no_model_of_texts(estimator):
    texts = ["good film", "great", "a very bad film", "no fun at all"] * 3
    direct = estimator(**SMALL).fit(texts, [1, 1, 0, 0] * 3)
    for side in ("right", "left"):
        padder = SequencePadder(max_length=9, side=side)
        piped = make_pipeline(TokenEncoder(), padder, estimator(**SMALL))
        piped.fit(texts, [1, 1, 0, 0] * 3)
        assert_same_weights(piped[-1], direct)
        np.testing.assert_array_equal(outputs(piped, texts), outputs(direct, texts))


# --- randomness ---------------------------------------------------------------------------------


def weights(model):
    return {name: weight.numpy() for name, weight in model.module_.state_dict().items()}


def assert_same_weights(model, expected):
    actual, expected = weights(model), weights(expected)
    assert actual.keys() == expected.keys()
    for name, weight in actual.items():
        np.testing.assert_array_equal(weight, expected[name], err_msg=name)


@every_case
def test_same_random_state_gives_the_same_model(case):
    again = unfitted(case).fit(sequences(case.kind), targets(case.kind))
    assert_same_weights(again, fitted(case))


@every_kind
def test_another_random_state_gives_another_model(case):
    other = unfitted(case).set_params(random_state=1)
    other.fit(sequences(case.kind), targets(case.kind))
    for name, weight in weights(fitted(case)).items():
        assert not np.array_equal(weight, weights(other)[name]), name


@every_kind
def test_random_state_none_and_a_generator_go_on(case):
    X, y = sequences(case.kind), targets(case.kind)
    first = unfitted(case).set_params(random_state=None).fit(X, y)
    second = unfitted(case).set_params(random_state=None).fit(X, y)
    assert not np.array_equal(outputs(first, X), outputs(second, X))
    state = np.random.RandomState(3)
    first = unfitted(case).set_params(random_state=state).fit(X, y)
    second = unfitted(case).set_params(random_state=state).fit(X, y)
    assert not np.array_equal(outputs(first, X), outputs(second, X))
    state = np.random.RandomState(3)
    assert_same_weights(unfitted(case).set_params(random_state=state).fit(X, y), first)


@pytest.mark.parametrize("cell", CELLS)
@every_kind
def test_models_fitted_in_threads_are_those_fitted_alone(case, cell):
    case = case._replace(cell=cell)
    X, y = sequences(case.kind), targets(case.kind)

    def fit(_):
        return unfitted(case).fit(X, y)

    with ThreadPool(4) as pool:
        for model in pool.map(fit, range(8)):
            assert_same_weights(model, fitted(case))


@pytest.mark.slow
def test_models_fitted_in_processes_are_those_fitted_alone():
    cases = [
        Case(e, k, cell, "attention", True)
        for e, k, cell in product(ESTIMATORS, KINDS, ("lstm", "gru"))
    ]
    fits = (
        joblib.delayed(unfitted(case).fit)(sequences(case.kind), targets(case.kind))
        for case in cases
    )
    models = joblib.Parallel(n_jobs=2)(fits)
    for case, model in zip(cases, models, strict=True):
        assert_same_weights(model, fitted(case))
        X = sequences(case.kind)
        np.testing.assert_array_equal(outputs(model, X), outputs(fitted(case), X))


@pytest.mark.parametrize("cell", CELLS)
@every_kind
def test_global_generators_are_neither_read_nor_moved(case, cell):
    case = case._replace(cell=cell)
    X, y = sequences(case.kind), targets(case.kind)
    numpy_before = np.random.get_state()  # noqa: NPY002 (it is the global one)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        torch_before = torch.get_rng_state()
        model = unfitted(case).fit(X, y)
        assert_same_weights(model, fitted(case))
        outputs(model, X)
        model.partial_fit(X, y)
        assert torch.equal(torch.get_rng_state(), torch_before)
    np.testing.assert_equal(np.random.get_state(), numpy_before)  # noqa: NPY002


@every_estimator
def test_number_of_threads_is_left_alone(estimator):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        model = estimator(**SMALL).fit(sequences("numbers"), targets("numbers"))
        model.predict(sequences("numbers"))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


# --- copies, parameters, input ------------------------------------------------------------------


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


COPIES = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "joblib": through_joblib,
    "deepcopy": copy.deepcopy,
    "twice": lambda model: pickle.loads(pickle.dumps(copy.deepcopy(model))),
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", CELLS)
@every_kind
def test_copies_are_bit_equal(case, cell, pooling, copied):
    case = case._replace(cell=cell, pooling=pooling)
    model, X = fitted(case), sequences(case.kind)
    twin = copied(model)
    assert_same_weights(twin, model)
    np.testing.assert_array_equal(outputs(twin, X), outputs(model, X))
    assert twin.history_ == model.history_
    assert repr(twin) == repr(model)


@every_kind
def test_copies_are_independent_and_can_go_on(case):
    model, X, y = fitted(case), sequences(case.kind), targets(case.kind)
    expected = outputs(model, X)
    for copied in COPIES.values():
        twin = copied(model)
        twin.partial_fit(X, y)
        twin.set_params(warm_start=True).fit(X, y)
        assert not np.array_equal(outputs(twin, X), expected)
        np.testing.assert_array_equal(outputs(model, X), expected)


@every_estimator
def test_copy_of_a_text_model_is_bit_equal(estimator):
    texts = ["good film", "great fun", "bad film", "no fun at all"] * 3
    model = estimator(**SMALL).fit(texts, [1, 1, 0, 0] * 3)
    for copied in COPIES.values():
        np.testing.assert_array_equal(outputs(copied(model), texts), outputs(model, texts))


@every_case
def test_clone_has_the_same_parameters_and_nothing_fitted(case):
    twin = clone(fitted(case))
    assert twin.get_params() == fitted(case).get_params()
    assert vars(twin).keys() == twin.get_params(deep=False).keys()


@every_estimator
def test_parameters_go_in_and_out(estimator):
    names = estimator().get_params(deep=False)
    values = {name: object() for name in names if name != "encoder"}
    model = estimator(**values)
    assert {name: model.get_params(deep=False)[name] for name in values} == values
    model = estimator().set_params(**values)
    assert {name: getattr(model, name) for name in values} == values
    with pytest.raises(ValueError, match="colour"):
        estimator().set_params(colour="red")


@every_estimator
def test_parameters_of_the_encoder_can_be_set(estimator):
    model = estimator(encoder=TokenEncoder()).set_params(encoder__min_count=5, **SMALL)
    model.fit(["a b", "a c", "b a", "a b"] * 3, [0, 1, 0, 1] * 3)
    assert list(model.encoder_.vocabulary_)[2:] == ["a", "b"]
    assert not hasattr(model.encoder, "vocabulary_")


@every_kind
def test_fit_changes_no_parameter(case):
    params = {"callbacks": [Callback()], "net_params": {"optimizer__betas": (0.8, 0.9)}}
    model = unfitted(case).set_params(**params, encoder=TokenEncoder())
    before = {name: (value, repr(value)) for name, value in model.get_params().items()}
    model.fit(sequences(case.kind), targets(case.kind))
    model.partial_fit(sequences(case.kind), targets(case.kind))
    model.predict(sequences(case.kind))
    after = model.get_params()
    assert after.keys() == before.keys()
    for name, (value, text) in before.items():
        assert after[name] is value and repr(value) == text, name


def as_int(X):
    return [np.rint(3 * x).astype(np.int64) for x in X]


def as_readonly(X):
    X = [x.copy() for x in X]
    for x in X:
        x.flags.writeable = False
    return X


def as_table(X, dtype=np.float64):
    return np.concatenate(X)[: len(X)].astype(dtype)


INPUTS = {
    "float64": lambda X: [x.astype(np.float64) for x in X],
    "float32": lambda X: [x.astype(np.float32) for x in X],
    "int64": as_int,
    "readonly": as_readonly,
    "table": as_table,
    "float32 table": lambda X: as_table(X, np.float32),
    "readonly table": lambda X: as_readonly([as_table(X)])[0],
    "column-major table": lambda X: np.asfortranarray(as_table(X)),
    "readonly 3-D": lambda X: as_readonly(padded_arrays(X, "numbers"))[0],
    "int table": lambda X: as_table(as_int(X), np.int32),
}


@pytest.mark.parametrize("make", INPUTS.values(), ids=INPUTS)
@every_estimator
def test_numeric_input_is_not_changed(estimator, make):
    X, y = make(sequences("numbers")), targets("numbers").copy()
    weight = np.linspace(0, 1, len(y))
    before = copy.deepcopy((X, y, weight))
    for array in (y, weight):
        array.flags.writeable = False
    model = estimator(**SMALL).fit(X, y, sample_weight=weight)
    model.partial_fit(X, y)
    outputs(model, X)
    np.testing.assert_equal((X, y, weight), before)


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "readonly"])
@every_estimator
def test_ids_are_not_changed(estimator, dtype):
    X = sequences("ids")
    X = as_readonly(X) if dtype == "readonly" else [x.astype(dtype) for x in X]
    before, y = copy.deepcopy(X), targets("ids")
    model = estimator(**SMALL, embedding_dim=4).fit(X, y)
    np.testing.assert_equal(X, before)
    case = Case(estimator, "ids", "lstm", "attention", True)
    same = unfitted(case).set_params(**model.get_params()).fit(sequences("ids"), y)
    np.testing.assert_array_equal(outputs(model, X), outputs(same, X))


# --- what is left behind ------------------------------------------------------------------------


@pytest.mark.parametrize("early_stopping", [False, True])
@every_kind
def test_nothing_is_printed_and_no_file_is_left(case, early_stopping, capfd, tmp_path, monkeypatch):
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    here.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    model = unfitted(case).set_params(early_stopping=early_stopping, lr_schedule="plateau")
    model.fit(sequences(case.kind), targets(case.kind))
    model.partial_fit(sequences(case.kind), targets(case.kind))
    outputs(model, sequences(case.kind))
    assert os.listdir(here) == os.listdir(temporary) == []
    assert capfd.readouterr() == ("", "")


# --- what stops a fit ---------------------------------------------------------------------------


class Interrupt(Callback):
    """Raises KeyboardInterrupt at one of skorch's events."""

    def __init__(self, event):
        self.event = event

    def _interrupt(self, event):
        if event == self.event:
            raise KeyboardInterrupt

    def on_train_begin(self, net, **kwargs):
        self._interrupt("train begin")

    def on_batch_begin(self, net, **kwargs):
        self._interrupt("batch begin")

    def on_grad_computed(self, net, **kwargs):
        self._interrupt("grad computed")

    def on_batch_end(self, net, **kwargs):
        self._interrupt("batch end")

    def on_epoch_end(self, net, **kwargs):
        self._interrupt("epoch end")

    def on_train_end(self, net, **kwargs):
        self._interrupt("train end")


class CtrlC(Callback):
    """Sends the process what Ctrl-C sends it."""

    def on_batch_end(self, net, **kwargs):
        signal.raise_signal(signal.SIGINT)


EVENTS = ["train begin", "batch begin", "grad computed", "batch end", "epoch end", "train end"]


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("event", EVENTS)
@every_estimator
def test_keyboard_interrupt_goes_through(estimator, event, early_stopping):
    X, y = sequences("numbers"), targets("numbers")
    model = estimator(**(SMALL | {"early_stopping": early_stopping}))
    model.set_params(callbacks=[Interrupt(event)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(X, y, **first_classes(estimator))
    again = model.set_params(callbacks=None).fit(X, y)
    assert_same_weights(again, clone(model).fit(X, y))


@every_estimator
def test_ctrl_c_goes_through_and_ends_a_grid_search(estimator):
    X, y = sequences("numbers"), targets("numbers")
    with pytest.raises(KeyboardInterrupt):
        estimator(**SMALL, callbacks=[CtrlC()]).fit(X, y)
    grid = {"callbacks": [[CtrlC()], None]}
    search = GridSearchCV(estimator(**SMALL), grid, cv=2, error_score=np.nan)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)


DIVERGING: dict[str, Any] = SMALL | {
    "cell": "rnn_relu",
    "lr": 1e30,
    "gradient_clip": None,
    "max_epochs": 30,
}


@every_estimator
def test_divergence_error_says_where_and_what_to_try(estimator):
    X, y = sequences("numbers"), targets("numbers")
    with pytest.raises(DivergenceError) as raised:
        estimator(**DIVERGING).fit(X, y)
    for fact in (r"epoch [123]\b", r"batch [123]\b", "learning rate of .*e[+]", "lower lr"):
        assert raised.match(fact)


@every_estimator
def test_diverged_model_predicts_nothing_and_can_be_fitted_again(estimator):
    X, y = sequences("numbers"), targets("numbers")
    model = estimator(**SMALL, cell="rnn_relu").fit(X, y)
    with pytest.raises(DivergenceError):
        model.set_params(**DIVERGING).fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)
    model.set_params(**SMALL, gradient_clip=1.0).fit(X, y)
    assert_same_weights(model, clone(model).fit(X, y))


@every_estimator
def test_grid_search_goes_on_after_a_divergence(estimator):
    grid = {"lr": [1e30, 0.01]}
    model = estimator(**DIVERGING).set_params(max_epochs=3)
    search = GridSearchCV(model, grid, cv=2, error_score=np.nan)
    with (
        pytest.warns(FitFailedWarning, match="DivergenceError: training diverged"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        search.fit(sequences("numbers"), targets("numbers"))
    scores = search.cv_results_["mean_test_score"]
    assert np.isnan(scores[0]) and np.isfinite(scores[1])
    assert search.best_params_ == {"lr": 0.01}
