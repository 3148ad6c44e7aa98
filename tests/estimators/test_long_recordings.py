"""What long recordings take: stems, segments, residual layers, gates that begin by keeping."""

import copy
import pickle
from functools import cache

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_rnn import RNNClassifier, RNNRegressor, Sequences
from sklearn_rnn.nn import POOLINGS

SMALL = {
    "hidden_size": 8,
    "max_epochs": 1,
    "batch_size": 8,
    "lr": 0.02,
    "dropout": 0.1,
    "token_dropout": 0.0,
    "early_stopping": False,
    "random_state": 0,
}
N = 12
VARIANTS = {
    "stem": {"convolution": "stem", "stride": 3},
    "stem and branch": {"convolution": "stem+branch", "stride": 2},
    "segment": {"segment": 4},
    "stem and segment": {"convolution": "stem", "stride": 2, "segment": 3},
    "branch and segment": {"convolution": "branch", "segment": 3},
    "residual": {"residual": True, "num_layers": 3},
    "chrono": {"initialization": "chrono"},
    "all": {
        "convolution": "stem+branch",
        "stride": 2,
        "segment": 2,
        "residual": True,
        "num_layers": 2,
        "initialization": "chrono",
    },
}
every_variant = pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
both = pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])


@cache
def recordings():
    """Recordings of 2 features and 1 to 20 steps, of all remainders."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=(length, 2)) for length in [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 17, 20]]


Y = np.arange(N) % 2


def make(estimator=RNNClassifier, **parameters):
    return estimator(**(SMALL | parameters))


def outputs(model, X):
    predict = getattr(model, "predict_proba", model.predict)
    return np.column_stack([predict(X), model.transform(X)])


def weights(model):
    return {name: weight.numpy() for name, weight in model.module_.state_dict().items()}


def assert_same_weights(model, expected):
    for name, weight in weights(model).items():
        np.testing.assert_array_equal(weight, weights(expected)[name], err_msg=name)


def assert_close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-6)


# --- what a prediction depends on ---------------------------------------------------------------


@every_variant
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell, bidirectional", [("lstm", True), ("gru", False)])
def test_prediction_does_not_depend_on_the_rest_of_the_batch(cell, pooling, bidirectional, variant):
    X, model = recordings(), make(cell=cell, pooling=pooling, bidirectional=bidirectional)
    model.set_params(**variant).fit(X, Y)
    alone = np.concatenate([outputs(model, [x]) for x in X])
    assert np.ptp(alone, axis=0).max() > 1e-3
    order = np.random.default_rng(1).permutation(N)
    assert_close(outputs(model, X), alone)
    assert_close(outputs(model, [X[i] for i in order]), alone[order])
    assert_close(outputs(model, [*X, np.concatenate(X)])[:-1], alone)


@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", torch.nn.GRU])
@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in ("chrono", "all")])
def test_other_cells_keep_the_promise(name, cell):
    X, model = recordings(), make(RNNRegressor, cell=cell, pooling="mean", **VARIANTS[name])
    alone = np.concatenate([outputs(model.fit(X, Y), [x]) for x in X])
    assert_close(outputs(model, [*X, np.concatenate(X)])[:-1], alone)


@every_variant
def test_padding_changes_nothing(variant):
    X = recordings()
    padded = np.full((N, 23, 2), np.nan)
    for row, x in zip(padded, X, strict=True):
        row[: len(x)] = x
    model = make(**variant).fit(X, Y)
    assert_same_weights(clone(model).fit(padded, Y), model)
    assert_close(outputs(model, padded), outputs(model, X))


@pytest.mark.parametrize("pooling", POOLINGS)
@every_variant
def test_first_step_can_matter(variant, pooling):
    X = recordings()
    model = make(pooling=pooling, bidirectional=pooling == "max", **variant).fit(X, Y)
    for step in (0, -1):
        other = [x.copy() for x in X]
        for x in other:
            x[step] += 1
        changed = np.abs(outputs(model, other) - outputs(model, X)).max(axis=1) > 1e-7
        assert changed.mean() > 0.7


@pytest.mark.parametrize("name", ["segment", "stem", "all"])
def test_every_step_can_matter(name):
    model = make(pooling="last", **VARIANTS[name]).fit(recordings(), Y)
    X = recordings()[-1]
    moved = np.repeat(X[None], len(X), axis=0)
    moved[np.arange(len(X)), np.arange(len(X))] += 1
    changed = np.abs(outputs(model, moved) - outputs(model, [X])).max(axis=1)
    assert (changed > 1e-7).all()


@pytest.mark.parametrize("name", ["segment", "stem", "all"])
@pytest.mark.parametrize("kind", ["ids", "texts"])
def test_tokens_may_be_shortened_too(kind, name):
    rng = np.random.default_rng(0)
    X = [rng.integers(2, 9, size=len(x)) for x in recordings()]
    options = {"embedding_dim": 4}
    if kind == "texts":
        X, options = [" ".join(f"word{i}" for i in x) for x in X], {}
    model = make(**options, **VARIANTS[name]).fit(X, Y)
    alone = np.concatenate([outputs(model, [x]) for x in X])
    assert_close(outputs(model, X), alone)
    assert np.ptp(alone, axis=0).max() > 1e-3


@every_variant
def test_memory_mapped_steps_are_those_in_memory(variant, tmp_path):
    X = Sequences.from_list(recordings())
    np.save(tmp_path / "values.npy", X.values)
    mapped = X.with_values(np.load(tmp_path / "values.npy", mmap_mode="r"))
    model = make(**variant).fit(X, Y)
    assert_same_weights(clone(model).fit(mapped, Y), model)
    np.testing.assert_array_equal(outputs(model, mapped), outputs(model, X))


@every_variant
def test_same_random_state_gives_the_same_model_and_copies(variant):
    X, model = recordings(), make(**variant).fit(recordings(), Y)
    assert_same_weights(clone(model).fit(X, Y), model)
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert_same_weights(twin, model)
        np.testing.assert_array_equal(outputs(twin, X), outputs(model, X))


@every_variant
def test_a_weight_of_zero_is_as_if_the_sequence_was_not_there(variant):
    X, weight = recordings(), (np.arange(N) < N - 1).astype(float)  # the longest one counts nothing
    weighted = make(**variant).fit(X, Y, sample_weight=weight)
    without = make(**variant).fit(X[:-1], Y[:-1])
    assert_same_weights(weighted, without)
    np.testing.assert_array_equal(outputs(weighted, X), outputs(without, X))


# --- what the parameters do ---------------------------------------------------------------------


def steps_read(model, X):
    """How many steps the recurrent layers take."""
    read = []
    hook = model.module_.body.recurrent.register_forward_pre_hook(
        lambda stack, inputs: read.append(inputs[0].shape)
    )
    model.transform(X)
    hook.remove()
    ((_, time, width),) = read
    return time, width


@pytest.mark.parametrize(
    "parameters, time, width",
    [
        ({}, 20, 2),
        ({"segment": 6}, 4, 12),
        ({"convolution": "stem", "stride": 6}, 4, 64),
        ({"convolution": "stem", "stride": 2, "segment": 5}, 2, 320),
        ({"convolution": "stem+branch", "stride": 4}, 5, 64),
        ({"convolution": "branch", "segment": 4}, 5, 8),
        ({"segment": 50}, 1, 100),
    ],
)
def test_recurrent_layers_read_fewer_steps(parameters, time, width):
    model = make(pooling="mean", **({"convolution": None} | parameters)).fit(recordings(), Y)
    assert steps_read(model, recordings()) == (time, width)


def test_width_of_the_states_is_known():
    for variant in VARIANTS.values():
        model = make(**variant).fit(recordings(), Y)
        states = model.transform(recordings())
        branch = 128 if "branch" in variant.get("convolution", "") else 0
        assert states.shape == (N, len(model.get_feature_names_out())) == (N, 16 + branch)


def test_residual_changes_the_function_and_no_weight():
    X = recordings()
    plain = make(num_layers=2, residual=False, lr=1e-12, weight_decay=0).fit(X, Y)
    residual = clone(plain).set_params(residual=True).fit(X, Y)
    assert weights(residual).keys() == weights(plain).keys()
    assert not np.allclose(residual.transform(X), plain.transform(X))


@pytest.mark.parametrize("cell, gate", [("lstm", slice(8, 16)), ("gru", slice(8, 16))])
def test_chrono_gates_keep_for_as_long_as_the_longest_sequence(cell, gate):
    def keeping(X, **variant):
        model = make(cell=cell, initialization="chrono", lr=1e-12, weight_decay=0, **variant)
        return np.exp(weights(model.fit(X, Y))["body.recurrent.layers.0.0.bias_ih_l0"][gate])

    short, long = recordings(), [np.repeat(x, 50, axis=0) for x in recordings()]  # 1000 steps
    assert 1 <= keeping(short).min() < keeping(short).max() < 20
    assert 100 < keeping(long).max() < 1000
    assert 1 <= keeping(long, segment=50).max() < 20
    assert 1 <= keeping(long, convolution="stem", stride=50).max() < 20


@pytest.mark.parametrize("cell", ["rnn_tanh", torch.nn.GRU])
@both
def test_chrono_needs_gates_that_are_known(estimator, cell):
    model = make(estimator, cell=cell, initialization="chrono")
    with pytest.raises(ValueError, match="initialization='chrono' needs gates: cell 'lstm',"):
        model.fit(recordings(), Y)


@pytest.mark.parametrize(
    "first, changes",
    [
        ({}, {"segment": 2}),
        ({"segment": 2}, {"segment": 3}),
        ({"convolution": "stem", "stride": 2}, {"stride": 4}),
        ({"convolution": "stem"}, {"convolution": "branch"}),
        ({"convolution": "stem"}, {"convolution": None}),
        ({}, {"residual": True}),
        ({}, {"initialization": "chrono"}),
    ],
    ids=str,
)
@both
def test_network_to_go_on_with_cannot_be_changed(estimator, first, changes):
    X, model = recordings(), make(estimator, warm_start=True, **first).fit(recordings(), Y)
    before, expected = model.get_params(), outputs(model, X)
    ((name, value),) = changes.items()
    model.set_params(**changes)
    for call in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match=f"{name}={value!r}, but .* goes on .* whose {name}"):
            call(X, Y)
    np.testing.assert_array_equal(outputs(model, X), expected)
    assert model.set_params(**{name: before[name]}).fit(X, Y).n_iter_ == 2
    assert model.partial_fit(X, Y).n_iter_ == 3


@pytest.mark.parametrize("convolution", [None, "branch", "auto"])
@both
def test_stride_needs_a_stem(estimator, convolution):
    model = make(estimator, convolution=convolution, stride=3)
    with pytest.raises(ValueError, match="stride=3, but only a stem .* set segment=3"):
        model.fit(recordings(), Y)
    assert model.set_params(stride=1).fit(recordings(), Y).stride_ == 1


def test_auto_goes_on_with_what_there_is():
    X, model = recordings(), make(warm_start=True, segment=3, convolution="stem", stride=2)
    model.fit(X, Y).set_params(segment="auto", convolution="auto", stride="auto").fit(X, Y)
    assert (model.segment_, model.convolution_, model.stride_) == (3, "stem", 2)


def test_grid_search_over_segments_and_stems():
    grid = [{"segment": [1, 4]}, {"convolution": [None]}, {"convolution": ["stem"], "stride": [2]}]
    X = Sequences.from_list(recordings())
    search = GridSearchCV(make(), grid, cv=2, error_score="raise").fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("variant", [{"segment": 10}, {"convolution": "stem", "stride": 10}])
def test_order_of_long_recordings_is_learned_in_few_steps(variant):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 100, 1)) / 10, rng.integers(0, 2, 60)
    X[:, :5] += y[:, None, None]
    X[:, -5:] += 1 - y[:, None, None]
    model = make(max_epochs=15, pooling="last", **variant).fit(X[:40], y[:40])
    assert model.score(X[40:], y[40:]) > 0.9
