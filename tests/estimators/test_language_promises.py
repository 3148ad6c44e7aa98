"""What always holds for a language model, for every cell, softmax and number of layers."""

import copy
import os
import pickle
import tempfile
from functools import cache
from multiprocessing.pool import ThreadPool

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import Callback

from sklearn_rnn import RNNLanguageModel, Sequences
from sklearn_rnn.exceptions import DivergenceError
from tests.own_cells import Mixer

SMALL = {"hidden_size": 16, "max_epochs": 3, "batch_size": 4, "bptt": 8, "lr": 0.02}
NETWORKS = {
    **{cell: {"cell": cell} for cell in ("lstm", "gru", "rnn_tanh", "rnn_relu")},
    "own cell": {"cell": Mixer, "num_layers": 2},
    "layers": {"num_layers": 3, "weight_drop": 0.5},
    "free weights": {"tie_weights": False, "embedding_dim": 6},
    "other width": {"embedding_dim": 9, "cell": "gru"},
    "clusters": {"cutoffs": [4, 8]},
    "free clusters": {"cutoffs": [5], "tie_weights": False, "cell": "gru"},
    "wide": {"hidden_size": 50, "max_epochs": 1},
}
every_network = pytest.mark.parametrize("name", NETWORKS)


@cache
def texts(n=24, seed=0):
    """Sequences of 1 to 14 ids from 1 to 12."""
    rng = np.random.default_rng(seed)
    return [rng.integers(1, 13, size=size) for size in rng.integers(1, 15, size=n)]


def unfitted(name, **parameters):
    return RNNLanguageModel(**SMALL | NETWORKS[name] | {"random_state": 0} | parameters)


@cache
def fitted(name):
    return unfitted(name).fit(texts())


def figures(model, X):
    """All that a model says about each text, a row each."""
    return np.column_stack([model.predict_proba(X), model.score_samples(X)])


def assert_same(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-7)


def weights(model):
    return {name: weight.numpy() for name, weight in model.module_.state_dict().items()}


def assert_same_weights(model, expected):
    assert weights(model).keys() == weights(expected).keys()
    for name, weight in weights(model).items():
        np.testing.assert_array_equal(weight, weights(expected)[name], err_msg=name)


# --- what a figure depends on -------------------------------------------------------------------


@every_network
def test_figures_do_not_depend_on_the_other_texts(name):
    model, X = fitted(name), texts()
    alone = np.concatenate([figures(model, [x]) for x in X])
    assert np.ptp(alone, axis=0).max() > 1e-3
    order = np.random.default_rng(1).permutation(len(X))
    assert_same(figures(model, X), alone)
    assert_same(figures(model, [X[i] for i in order]), alone[order])
    assert_same(np.concatenate([figures(model, X[i : i + 7]) for i in range(0, 24, 7)]), alone)
    assert_same(figures(model, [*X, np.concatenate(X * 3)])[:-1], alone)
    assert_same(figures(model, X * 20), np.tile(alone, (20, 1)))
    for row, x in zip(model.score_tokens(X), X, strict=True):
        assert_same(row, model.score_tokens([x])[0])


@every_network
def test_figures_do_not_depend_on_how_streams_were_laid_out(name):
    model = copy.deepcopy(fitted(name))
    expected = figures(model, texts())
    score = model.score(texts())
    model.set_params(batch_size=1, bptt=1, validation_fraction=0.5)
    np.testing.assert_array_equal(figures(model, texts()), expected)
    assert model.score(texts()) == score
    rows = np.zeros((24, 16), dtype=int)
    for row, x in zip(rows, texts(), strict=True):
        row[: len(x)] = x
    for form in (rows, Sequences.from_list(texts()), [torch.from_numpy(x) for x in texts()]):
        assert_same(figures(model, form), expected)


@every_network
def test_a_token_depends_on_those_before_it_alone(name):
    model = fitted(name)
    x = np.tile(np.arange(2, 13), 60)  # longer than what is read at a time
    other = x.copy()
    other[400:] = 3
    one, two = model.score_tokens([x, other])
    assert_same(one[:400], two[:400])
    assert not np.allclose(one[401:], two[401:], atol=1e-4)
    changed = x.copy()
    changed[254] = 2  # the state is carried over from one stretch to the next
    assert not np.array_equal(model.score_tokens([changed])[0][256:260], one[256:260])


@every_network
def test_what_is_written_is_probable(name):
    # Each token of a text that is completed is the likeliest one after those before it.
    model = fitted(name)
    written = model.complete([5, 2], max_length=12)
    known = [model.predict([written[:i]])[0] for i in range(2, len(written))]
    assert written[2:].tolist() == known
    if len(written) < 14:
        assert model.predict([written])[0] == 0


# --- randomness ---------------------------------------------------------------------------------


@every_network
def test_same_random_state_gives_the_same_model_and_moves_no_global_generator(name):
    before = np.random.get_state()  # noqa: NPY002 (it is the global one)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        torch_before = torch.get_rng_state()
        model = unfitted(name).fit(texts())
        assert_same_weights(model, fitted(name))
        figures(model, texts())
        first, again = (model.sample(3, random_state=1, max_length=9) for _ in range(2))
        model.sample(2, max_length=3)
        model.partial_fit(texts())
        assert torch.equal(torch.get_rng_state(), torch_before)
    np.testing.assert_equal(np.random.get_state(), before)  # noqa: NPY002
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["lstm", "own cell"])
def test_models_fitted_in_threads_are_those_fitted_alone(name):
    with ThreadPool(4) as pool:
        for model in pool.map(lambda _: unfitted(name).fit(texts()), range(6)):
            assert_same_weights(model, fitted(name))


def test_random_state_none_and_a_generator_go_on():
    for state in (None, np.random.RandomState(3)):
        first, second = (unfitted("gru", random_state=state).fit(texts()) for _ in range(2))
        assert not np.array_equal(figures(first, texts()), figures(second, texts()))
    model, state = fitted("gru"), np.random.RandomState(3)
    drawn = [model.sample(20, random_state=state)[0].tolist() for _ in range(2)]
    assert drawn[0] != drawn[1]
    assert drawn[0] == model.sample(20, random_state=np.random.RandomState(3))[0].tolist()


# --- copies, parameters, input, what is left behind ---------------------------------------------


@every_network
def test_copies_are_bit_equal_and_go_on_alike(name):
    model, X = fitted(name), texts()
    expected = figures(model, X)
    twins = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    for twin in twins:
        np.testing.assert_array_equal(figures(twin, X), expected)
        assert twin.history_ == model.history_ and repr(twin) == repr(model)
        twin.partial_fit(X)
    assert_same_weights(*twins)
    np.testing.assert_array_equal(figures(model, X), expected)
    fresh = clone(model)
    assert vars(fresh).keys() == fresh.get_params(deep=False).keys()


def test_fit_changes_neither_parameters_nor_input(tmp_path, monkeypatch, capfd):
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    here.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    X = [x.copy() for x in texts()]
    for x in X:
        x.flags.writeable = False
    model = unfitted("clusters", callbacks=[Callback()], early_stopping=True)
    before = {key: (value, repr(value)) for key, value in model.get_params().items()}
    model.fit(X)
    model.partial_fit(X)
    figures(model, X)
    for key, (value, text) in before.items():
        assert model.get_params()[key] is value and repr(value) == text, key
    np.testing.assert_equal(X, texts())
    assert os.listdir(here) == os.listdir(temporary) == []
    assert capfd.readouterr() == ("", "")


# --- what stops a fit ---------------------------------------------------------------------------


class Interrupt(Callback):
    """Raises KeyboardInterrupt in the second epoch."""

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == 2:
            raise KeyboardInterrupt


def test_ctrl_c_goes_through_and_keeps_whole_epochs():
    model = unfitted("lstm", callbacks=[Interrupt()], lr_schedule=None)
    with pytest.raises(KeyboardInterrupt):
        model.fit(texts())
    assert model.interrupted_ and model.n_iter_ == 1
    assert_same_weights(model, unfitted("lstm", max_epochs=1, lr_schedule=None).fit(texts()))
    search = GridSearchCV(model, {"lr": [0.01, 0.02]}, cv=2, error_score=np.nan)
    with pytest.raises(KeyboardInterrupt):
        search.fit(texts())


def test_diverged_model_predicts_nothing_and_can_be_fitted_again():
    model = unfitted("rnn_relu").fit(texts())
    model.set_params(lr=1e30, gradient_clip=None, max_epochs=30)
    with pytest.raises(DivergenceError, match=r"epoch \d+.*lower lr"):
        model.fit(texts())
    with pytest.raises(NotFittedError):
        model.score(texts())
    model.set_params(**SMALL, gradient_clip=1.0)
    assert_same_weights(model.fit(texts()), fitted("rnn_relu"))
