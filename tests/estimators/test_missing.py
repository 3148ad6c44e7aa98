"""Missing values of steps and of whole sequences: refused by default, filled in and marked."""

import copy
import pickle
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.utils import get_tags

from sklearn_rnn import RNNClassifier, RNNRegressor, Sequences
from sklearn_rnn.nn import POOLINGS

SMALL = {
    "hidden_size": 8,
    "max_epochs": 2,
    "batch_size": 8,
    "lr": 0.02,
    "dropout": 0.1,
    "early_stopping": False,
    "random_state": 0,
}
N = 16
both = pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])


@cache
def recordings(columns=(0, 2)):
    """Recordings of 3 features, with gaps in some columns."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(2 + i % 5, 3)) for i in range(N)]
    for x in X:
        for column in columns:
            x[rng.random(len(x)) < 0.4, column] = np.nan
    return X


Y = np.arange(N) % 2


def make(estimator=RNNClassifier, **parameters):
    return estimator(**(SMALL | {"missing": "mask"} | parameters))


@cache
def _fitted(estimator=RNNClassifier):
    return make(estimator).fit(recordings(), Y)


def outputs(model, X):
    predict = getattr(model, "predict_proba", model.predict)
    return np.column_stack([predict(X), model.transform(X)])


def assert_same_weights(model, expected):
    actual, expected = (m.module_.state_dict() for m in (model, expected))
    for name, weight in actual.items():
        np.testing.assert_array_equal(weight, expected[name], err_msg=name)


def assert_close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-6)


# --- what is filled in --------------------------------------------------------------------------


def filled_by_hand(X, model):
    """What the network reads, from the means and deviations of what is there."""
    steps = np.concatenate(X)
    scaled = [(x - np.nanmean(steps, axis=0)) / np.nanstd(steps, axis=0) for x in X]
    rows = []
    for x in scaled:
        gaps = np.isnan(x)
        last, since = np.zeros(3), np.zeros(3)
        for t, step in enumerate(x):
            since = np.where(gaps[t], since + (t > 0), 0)
            last = np.where(gaps[t], last, step)
            marks = [[float(gaps[t, c]), np.log1p(since[c]) if gaps[t, c] else 0] for c in (0, 2)]
            rows.append([*last, *np.ravel(marks)])
    return np.split(np.array(rows), np.cumsum([len(x) for x in X])[:-1])


@both
def test_network_reads_the_last_values_and_marks(estimator):
    X, model = recordings(), _fitted(estimator)
    read = filled_by_hand(X, model)
    dataset = model._dataset(model._read(X, reset=False), device="cpu")
    flat = np.concatenate([dataset._values[a:b] for a, b in _bounds(X)])
    assert_close(flat, np.concatenate(read))
    assert model._architecture.n_features == 3 + 2 * 2


def _bounds(X):
    ends = np.cumsum([len(x) for x in X])
    return zip(ends - [len(x) for x in X], ends, strict=True)


def test_columns_that_miss_nothing_in_fit_get_no_marks():
    full = [np.nan_to_num(x) for x in recordings()]
    marked = make().fit(full, Y)
    assert_same_weights(marked, make(missing="error").fit(full, Y))
    np.testing.assert_array_equal(outputs(marked, full), outputs(make().fit(full, Y), full))


def test_gap_in_another_column_at_prediction_is_filled_in_unmarked():
    model, X = _fitted(), recordings()
    steps = [x.copy() for x in X]
    for x in steps:
        x[1:, 1] = np.nan  # column 1 misses nothing in fit
    repeated = [x.copy() for x in X]
    for x in repeated:
        x[1:, 1] = x[0, 1]
    assert_close(outputs(model, steps), outputs(model, repeated))
    assert not np.allclose(outputs(model, steps), outputs(model, X))
    for x in steps:
        x[0, 1] = np.nan
    mean = [x.copy() for x in X]
    for x in mean:
        x[:, 1] = np.concatenate(X)[:, 1].mean()
    assert_close(outputs(model, steps), outputs(model, mean))


def test_network_is_told_what_is_filled_in():
    model = _fitted()
    known, repeated = np.ones((3, 3)), np.ones((3, 3))
    known[1:, 0] = np.nan
    assert np.abs(outputs(model, [known]) - outputs(model, [repeated])).max() > 1e-4


def test_label_that_only_gaps_tell_is_learned():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4, 1)), rng.integers(0, 2, 60)
    X[y == 1, 1] = np.nan
    X = list(X)
    model = make(max_epochs=20, lr=0.05).fit(X[:40], y[:40])
    assert model.score(X[40:], y[40:]) == 1


def test_label_that_only_the_time_since_tells_is_learned():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 80)
    times = np.cumsum(np.column_stack([np.zeros(80), np.ones(80), np.where(y, 50.0, 1.0)]), axis=1)
    values = np.tile([[1.0], [2.0], [np.nan]], (80, 1)) * np.repeat(rng.normal(size=80), 3)[:, None]
    X = Sequences(values=values, offsets=np.arange(0, 241, 3), times=times.ravel())
    model = make(max_epochs=20, lr=0.05).fit(X[:50], y[:50])
    assert model.score(X[50:], y[50:]) == 1
    untimed = X.with_columns(times=None)
    assert make(max_epochs=20, lr=0.05).fit(untimed[:50], y[:50]).score(untimed[50:], y[50:]) < 0.8
    with pytest.raises(ValueError, match="X has no times, but fit measured by them"):
        model.predict(untimed)


def test_times_that_fit_did_not_see_are_not_read():
    X = Sequences.from_list(recordings())
    timed = X.with_columns(times=np.arange(len(X.values)) * 1e6)
    np.testing.assert_array_equal(outputs(_fitted(), timed), outputs(_fitted(), X))


@pytest.mark.parametrize("factor", [1e-3, 86400.0])
def test_unit_of_the_times_does_not_matter(factor):
    X = Sequences.from_list(recordings())
    times = np.cumsum(np.random.default_rng(0).random(len(X.values)))
    X, scaled = X.with_columns(times=times), X.with_columns(times=factor * times)
    first, second = make().fit(X, Y), make().fit(scaled, Y)
    np.testing.assert_allclose(outputs(first, X), outputs(second, scaled), rtol=1e-4, atol=1e-4)


# --- promises -----------------------------------------------------------------------------------


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh"])
@both
def test_prediction_does_not_depend_on_the_rest_of_the_batch(estimator, cell, pooling):
    X, model = recordings(), make(estimator, cell=cell, pooling=pooling, max_epochs=1)
    model.fit(X, Y)
    alone = np.concatenate([outputs(model, [x]) for x in X])
    assert np.ptp(alone, axis=0).max() > 1e-3
    order = np.random.default_rng(1).permutation(N)
    assert_close(outputs(model, X), alone)
    assert_close(outputs(model, [X[i] for i in order]), alone[order])
    assert_close(outputs(model, [*X, np.concatenate(X)])[:-1], alone)


@both
def test_same_random_state_gives_the_same_model(estimator):
    assert_same_weights(make(estimator).fit(recordings(), Y), _fitted(estimator))


@both
def test_memory_mapped_steps_are_those_in_memory(estimator, tmp_path):
    X = Sequences.from_list(recordings())
    np.save(tmp_path / "values.npy", X.values)
    mapped = X.with_values(np.load(tmp_path / "values.npy", mmap_mode="r"))
    model = make(estimator).fit(mapped, Y)
    assert_same_weights(model, _fitted(estimator))
    np.testing.assert_array_equal(outputs(model, mapped), outputs(model, X))


@both
def test_a_weight_of_zero_is_as_if_the_sequence_was_not_there(estimator):
    X, weight = [x.copy() for x in recordings((0,))], (np.arange(N) % 4 > 0).astype(float)
    rows = np.flatnonzero(weight)
    for i in np.flatnonzero(weight == 0):
        X[i][0] = [1e6, np.nan, -1e6]  # no gap elsewhere in column 1
    weighted = make(estimator).fit(X, Y, sample_weight=weight)
    without = make(estimator).fit([X[i] for i in rows], Y[rows])
    assert_same_weights(weighted, without)
    assert weighted._missing.columns.tolist() == [0]
    np.testing.assert_array_equal(outputs(weighted, X), outputs(without, X))


@both
def test_input_is_not_changed(estimator):
    X = copy.deepcopy(recordings())
    for x in X:
        x.flags.writeable = False
    outputs(make(estimator).fit(X, Y).partial_fit(X, Y), X)
    np.testing.assert_equal(X, recordings())


@both
def test_copies_are_bit_equal_and_go_on(estimator):
    model, X = _fitted(estimator), recordings()
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(outputs(twin, X), outputs(model, X))
    assert np.isfinite(outputs(twin.partial_fit(X, Y), X)).all()


def test_columns_of_the_first_call_hold():
    X = recordings()
    model = make().partial_fit(X, Y, classes=[0, 1])
    before = model._missing
    model.partial_fit([np.full((2, 3), np.nan)] * N, Y)
    assert model._missing is before
    assert np.isfinite(outputs(model, X)).all()


# --- forms of input -----------------------------------------------------------------------------


def padded(X, time=9):
    array = np.full((len(X), time, 3), np.nan)
    for row, x in zip(array, X, strict=True):
        row[: len(x)] = x
    return array


@both
def test_steps_at_the_right_end_of_an_array_are_padding_if_all_are_missing(estimator):
    X = [x.copy() for x in recordings()]
    for x in X:
        x[-1, 1] = 0  # the last step is there
        x[0] = np.nan  # which is a step, not padding
    model = make(estimator).fit(X, Y)
    of_array = make(estimator).fit(padded(X), Y)
    assert_same_weights(of_array, model)
    np.testing.assert_array_equal(outputs(of_array, padded(X)), outputs(model, X))
    in_list = list(padded(X))  # in a list nothing is padding
    assert not np.allclose(outputs(model, in_list), outputs(model, X))


def test_array_of_gaps_alone_is_empty():
    X = padded(recordings())
    X[3] = np.nan
    for missing in ("mask", "error"):
        with pytest.raises(ValueError, match="sequence 3 is empty"):
            make(missing=missing).fit(X, Y)


@both
def test_sequence_of_gaps_alone_is_the_mean(estimator):
    X = [*recordings()[:-1], np.full((3, 3), np.nan)]
    model = make(estimator).fit(X, Y)
    alone = np.concatenate([outputs(model, [x]) for x in X])
    assert_close(outputs(model, X), alone)
    full = [*(np.nan_to_num(x) for x in X[:-1]), X[-1]]
    with pytest.raises(ValueError, match=r"sequence 15, step 0, feature 0 .*missing=.mask"):
        make(estimator, missing="error").fit(full, Y)


@both
def test_column_of_gaps_alone_tells_nothing(estimator):
    X = [np.column_stack([x, np.full(len(x), np.nan)]) for x in recordings()]
    model = make(estimator).fit(X, Y)
    assert np.isfinite(outputs(model, X)).all()
    other = [x.copy() for x in X]
    for x in other:
        x[:, 3] = 0
    assert np.isfinite(outputs(model, other)).all()


@pytest.mark.parametrize("kind", ["lists", "objects", "integers"])
def test_numbers_of_any_type_may_have_gaps(kind):
    X = [[1.0, None, 3.0], [np.nan, 2.0], [4.0]] * 4
    expected = [np.array(x, dtype=float) for x in X]
    if kind == "objects":
        X = [np.array(x, dtype=object) for x in X]
    if kind == "integers":
        X = expected = [np.array([1, 2, 3]), np.array([4])] * 6
    model = make().fit(X, [0, 1] * 6)
    assert_same_weights(model, make().fit(expected, [0, 1] * 6))
    np.testing.assert_array_equal(outputs(model, X), outputs(model, expected))
    gaps = [[np.nan, 3.0]]
    assert np.isfinite(outputs(model, gaps)).all()


@both
def test_table_may_have_gaps(estimator):
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 4)), columns=list("abcd"))
    table = table.mask(table > 1)
    model = make(estimator).fit(table, Y)
    of_lists = make(estimator).fit(list(table.to_numpy()), Y)
    assert_same_weights(model, of_lists)
    np.testing.assert_array_equal(outputs(model, table), outputs(of_lists, list(table.to_numpy())))
    nullable = table.astype("Float64")
    np.testing.assert_array_equal(outputs(model, nullable), outputs(model, table))


@pytest.mark.filterwarnings("error")
@both
def test_nothing_is_warned_of(estimator):
    X = [np.full((2, 3), np.nan)] * N
    assert np.isfinite(outputs(make(estimator).fit(X, Y), X)).all()


# --- what is refused ----------------------------------------------------------------------------


@both
def test_gap_is_refused_by_default_and_the_way_out_is_named(estimator):
    X = recordings()
    step = int(np.argmax(np.isnan(X[3]).any(axis=1)))
    column = int(np.argmax(np.isnan(X[3][step])))
    with pytest.raises(ValueError, match=r"NaN: sequence \d+, step.*missing=.mask"):
        make(estimator, missing="error").fit(X, Y)
    full = [np.nan_to_num(x) for x in X]
    says = rf"NaN: sequence 3, step {step}, feature {column} is nan.*missing=.mask"
    model = make(estimator, missing="error").fit(full, Y)
    with pytest.raises(ValueError, match=says):
        model.predict([*full[:3], X[3]])


@both
def test_infinity_is_refused_all_the_same(estimator):
    X = [x.copy() for x in recordings()]
    X[3][1, 1] = -np.inf
    for call in (make(estimator).fit, copy.deepcopy(_fitted(estimator)).partial_fit):
        with pytest.raises(ValueError, match="infinity.*sequence 3, step 1, feature 1 is -inf"):
            call(X, Y)
    with pytest.raises(ValueError, match="sequence 3, step 1, feature 1"):
        _fitted(estimator).predict(X)


@both
def test_infinite_scaled_steps_show_beside_gaps(estimator):
    X = [x / 1e30 for x in recordings()]
    model = make(estimator, cell="rnn_relu").fit(X, Y)
    far = [*X[:2], np.array([[1e37, 0, 0], [np.nan, 0, 0]])]
    with pytest.raises(ValueError, match="sequence 2 .*very far from those that fit saw"):
        model.predict(far)


def static(gaps=True):
    about = pd.DataFrame({"age": np.arange(N) / 3, "height": np.arange(N)[::-1] ** 0.5})
    if gaps:
        about.loc[::4, "height"] = np.nan
    return Sequences.with_static([np.nan_to_num(x) for x in recordings()], about)


@both
def test_static_gap_is_refused_by_default_and_named(estimator):
    with pytest.raises(ValueError, match="sequence 0, static column 'height' is nan.*missing=.mas"):
        make(estimator, missing="error").fit(static(), Y)
    model = make(estimator, missing="error").fit(static(gaps=False), Y)
    with pytest.raises(ValueError, match="sequence 0, static column 'height' is nan"):
        model.predict(static())


@both
def test_static_gap_is_the_mean_and_marked(estimator):
    X = static()
    model = make(estimator).fit(X, Y)
    assert model._architecture.n_static == 3
    alone = np.concatenate([outputs(model, X[[i]]) for i in range(N)])
    assert_close(outputs(model, X), alone)
    mean = X.with_columns(static=X.static.copy())
    mean.static[::4, 1] = np.nanmean(X.static[:, 1])
    changed = np.abs(outputs(model, mean) - alone).max(axis=1) > 1e-6
    np.testing.assert_array_equal(changed, np.arange(N) % 4 == 0)  # by the mark alone


@both
def test_static_column_that_misses_nothing_in_fit_gets_no_mark(estimator):
    full = static(gaps=False)
    model = make(estimator).fit(full, Y)
    assert_same_weights(model, make(estimator, missing="error").fit(full, Y))
    X = static(gaps=False)
    X.static[:, 0] = np.nan
    mean = static(gaps=False)
    mean.static[:, 0] = mean.static[:, 0].mean()
    assert_close(outputs(model, X), outputs(model, mean))


def test_infinite_static_value_is_refused():
    X = static()
    X.static[5, 1] = np.inf
    with pytest.raises(ValueError, match="sequence 5, static column 'height' is inf"):
        make().fit(X, Y)


def test_static_column_of_gaps_alone():
    X = static()
    X.static[:, 1] = np.nan
    model = make().fit(X, Y)
    assert np.isfinite(outputs(model, X)).all()
    assert np.isfinite(outputs(model, static())).all()


def test_texts_have_no_gaps_but_their_static_columns_may():
    X = Sequences.with_static(["a good film", "bad"] * 8, {"stars": [1.0, np.nan, 3, 4] * 4})
    model = make().fit(X, Y)
    assert np.isfinite(outputs(model, X)).all()
    with pytest.raises(ValueError, match="sequence 1, static column 'stars' is nan"):
        make(missing="error").fit(X, Y)
    plain = make().fit(["a good film", "bad"] * 8, Y)
    assert_same_weights(plain, make(missing="error").fit(["a good film", "bad"] * 8, Y))


# --- inside scikit-learn ------------------------------------------------------------------------


@both
def test_tag_says_whether_nan_is_allowed(estimator):
    assert get_tags(make(estimator)).input_tags.allow_nan
    assert not get_tags(make(estimator, missing="error")).input_tags.allow_nan


@both
def test_cross_validation(estimator):
    X = recordings()
    scores = cross_val_score(make(estimator), X, Y, cv=2, error_score="raise")
    assert np.isfinite(scores).all()


@both
def test_going_on_with_the_other_setting_is_refused(estimator):
    full = [np.nan_to_num(x) for x in recordings()]
    for first, then in (("mask", "error"), ("error", "mask")):
        model = make(estimator, missing=first, warm_start=True).fit(full, Y)
        expected = outputs(model, full)
        model.set_params(missing=then)
        for call in (model.fit, model.partial_fit):
            with pytest.raises(ValueError, match=f"missing='{then}', but .* fitted with '{first}'"):
                call(full, Y)
        with pytest.raises(ValueError, match="set it back, or fit anew"):
            model.predict(recordings())
        model.set_params(missing=first)
        np.testing.assert_array_equal(outputs(model, full), expected)
        assert model.fit(full, Y).n_iter_ == 4
        clone(model).set_params(missing=then, warm_start=False).fit(full, Y)
