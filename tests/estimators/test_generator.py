"""RNNGenerator: likelihoods, sequences that it draws, and beginnings that it continues."""

import copy
import pickle
from functools import cache
from multiprocessing.pool import ThreadPool

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from skorch.callbacks import Callback

from sklearn_rnn import RNNGenerator, RNNLanguageModel, Sequences, load
from sklearn_rnn.estimators import _generator_drawing as generator_drawing
from sklearn_rnn.estimators._generator_defaults import StepTraits, resolve_generator_parameters
from sklearn_rnn.estimators._generator_input import read_data, split_pieces
from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.modules import GenerationNetwork
from sklearn_rnn.preprocessing import SequencePadder, TokenEncoder
from sklearn_rnn.training import _generation_runs as generation_runs

SMALL = {
    "hidden_size": 16,
    "n_components": 2,
    "max_epochs": 3,
    "batch_size": 8,
    "random_state": 0,
}
ROOT, NOISE = 0.8, 0.5


def make(**parameters):
    return RNNGenerator(**(SMALL | parameters))


def walks(n=150, time=12, seed=0):
    """Sequences in which each step is 0.8 times the last one, plus noise; the first is as wide."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(n, time))
    steps[:, 0] *= NOISE / np.sqrt(1 - ROOT**2)
    for i in range(1, time):
        steps[:, i] = ROOT * steps[:, i - 1] + NOISE * steps[:, i]
    return steps[:, :, None]


def ragged(n=24, n_features=2, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(length, n_features)).cumsum(0) for length in rng.integers(1, 9, n)]


LABELS = np.array(["down", "up"] * 12)


@cache
def walker():
    """A model of the walks that has learned them well."""
    return make(max_epochs=30, lr=0.01, dropout=0.0, n_components=1).fit(walks())


@cache
def plain():
    """A model of ragged sequences that learned ends."""
    return make().fit(ragged())


@cache
def ramps():
    """Ramps of 6 steps up or down from anywhere, with a little noise, and a model of them."""
    rng = np.random.default_rng(0)
    signs = np.where(LABELS == "up", 1, -1)
    X = rng.normal(size=(24, 1)) + signs[:, None] * np.arange(6.0)
    X = (X + rng.normal(0, 0.1, size=X.shape))[:, :, None]
    return X, make(max_epochs=60, lr=0.02, dropout=0.0).fit(X, LABELS)


def weights(model):
    return list(model.module_.state_dict().values())


def same_weights(model, other):
    return all(map(torch.equal, weights(model), weights(other)))


# --- likelihoods --------------------------------------------------------------------------------


def test_likelihood_comes_near_the_true_one():
    X = walks(200, seed=1)[:, :, 0]
    first = stats.norm(0, NOISE / np.sqrt(1 - ROOT**2)).logpdf(X[:, 0])
    rest = stats.norm(ROOT * X[:, :-1], NOISE).logpdf(X[:, 1:])
    truth = (first.sum() + rest.sum()) / X.size
    found = walker().score(X[:, :, None])
    assert truth - 0.04 < found < truth + 0.005


def test_density_of_a_next_step_integrates_to_one():
    model, begun = walker(), walks(1, 4)[0]
    grid = np.linspace(-8, 8, 1601)
    X = [np.append(begun, [[x]], axis=0) for x in grid]
    density = np.exp([row[-1] for row in model.score_steps(X)])
    assert np.trapezoid(density, grid) == pytest.approx(1, abs=1e-5)


def test_other_units_shift_the_likelihood_by_the_logarithm_of_their_ratio():
    X = ragged()
    other = make().fit([1000 * x + 5 for x in X])
    found = other.score_samples([1000 * x + 5 for x in X])
    np.testing.assert_allclose(found, plain().score_samples(X) - 2 * np.log(1000), atol=1e-3)


@pytest.mark.parametrize("y", [None, LABELS, np.arange(48.0).reshape(24, 2)], ids=repr)
def test_a_step_changes_no_likelihood_before_it(y):
    X, model = ragged(), make(max_epochs=1).fit(ragged(), y)
    before = model.score_steps(X, y)
    for step in range(8):
        other = [x.copy() for x in X]
        for x in other:
            x[step:] += 1.0
        for row, changed in zip(before, model.score_steps(other, y), strict=True):
            known = max(0, step - 1)  # where ends are learned, whether it goes on tells the next
            np.testing.assert_array_equal(row[:known], changed[:known])
            np.testing.assert_array_equal(row[step - 1 : step], changed[step - 1 : step])
            assert (row[step:] != changed[step:]).all()


def test_steps_add_up_to_sequences_and_sequences_to_the_score():
    X, model = ragged(), plain()
    steps = model.score_steps(X)
    assert [len(row) for row in steps] == [len(x) for x in X]
    np.testing.assert_allclose(model.score_samples(X), [row.mean() for row in steps])
    assert model.score(X) == pytest.approx(np.concatenate(steps).mean())


def test_ends_are_as_likely_as_they_come():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(rng.choice([2, 5]), 1)) for _ in range(80)]
    model = make(max_epochs=40, lr=0.02).fit(X)
    steps = rng.normal(size=(6, 1))
    whole = {n: model.score_steps([steps[:n]])[0] for n in (1, 2, 3, 5)}
    # Going on and ending after the second step are two chances that add up to 1.
    ends, goes_on = whole[2][1], whole[3][1]
    density = np.logaddexp(ends, goes_on)
    assert np.exp(ends - density) == pytest.approx(np.mean([len(x) == 2 for x in X]), abs=0.12)
    assert whole[5].sum() - whole[5][:4].sum() > whole[1].sum() + 2
    drawn = [len(x) for x in model.sample(200, random_state=0)]
    assert np.isin(drawn, [2, 5]).mean() > 0.9
    assert len(model.complete([steps[:3]])[0]) == 5


def test_constant_columns_keep_likelihoods_finite():
    X = [np.column_stack([x, np.full(len(x), 7.0)]) for x in ragged()]
    model = make(max_epochs=40, lr=0.02).fit(X)
    assert np.isfinite(model.score_samples(X)).all()
    drawn = model.sample(20, length=5, random_state=0)[..., 2]
    assert np.median(np.abs(drawn - 7)) < 0.1
    odd = X[0].copy()
    odd[0, 2] = 8.0
    assert model.score_steps([odd])[0][0] < model.score_steps(X[:1])[0][0] - 5


def test_odd_sequence_and_its_odd_step_are_found():
    usual = walks(1)[0]
    odd = usual.copy()
    odd[6] += 4
    scores = walker().score_samples([usual, odd])
    assert scores[0] > scores[1] + 1
    assert np.argmin(walker().score_steps([odd])[0]) in (6, 7)


# --- conditions ---------------------------------------------------------------------------------


def test_label_makes_a_sequence_likely_or_not():
    X, model = ramps()
    right, wrong = model.score_samples(X, LABELS), model.score_samples(X, LABELS[::-1])
    assert (right > wrong + 1).all()
    assert (model.predict(X) == LABELS).all()
    assert model.predict_proba(X).sum(axis=1) == pytest.approx(1)


def test_without_a_label_likelihoods_are_averaged_by_the_shares():
    X, model = ramps()
    total = [
        np.array([row.sum() for row in model.score_steps(X, [label] * len(X))])
        for label in model.classes_
    ]
    expected = np.logaddexp(*(np.log(0.5) + part for part in total))
    found = model.score_steps(X)
    np.testing.assert_allclose([row.sum() for row in found], expected)
    proba = np.exp(np.log(0.5) + np.column_stack(total) - expected[:, None])
    np.testing.assert_allclose(model.predict_proba(X), proba, atol=1e-9)
    # Nothing is known of the label before the first step.
    first = [model.score_steps(X, [label] * len(X))[0][0] for label in model.classes_]
    assert found[0][0] == pytest.approx(np.logaddexp(*first) - np.log(2))


def test_sequences_are_drawn_by_label():
    _, model = ramps()
    for label, sign in (("up", 1), ("down", -1)):
        drawn = model.sample(20, label, random_state=0)
        assert drawn.shape == (20, 6, 1)
        assert (sign * (drawn[:, -1] - drawn[:, 0]) > 2).mean() > 0.9
    mixed = model.sample(y=["up", "down", "up"], random_state=0)
    assert np.sign(mixed[:, -1, 0] - mixed[:, 0, 0]).tolist() == [1, -1, 1]
    free = model.sample(100, random_state=0)
    assert 0.3 < (free[:, -1] > free[:, 0]).mean() < 0.7


def test_beginnings_without_label_go_on_as_they_began():
    X, model = ramps()
    whole = np.stack(model.complete(X[:, :4]))
    np.testing.assert_array_equal(whole[:, :4], X[:, :4])
    assert np.abs(whole - X)[:, 4:].max() < 1
    told = np.stack(model.complete(X[:, :4], y=LABELS))
    np.testing.assert_array_equal(told, whole)


def test_a_beginning_is_not_taken_for_a_whole_sequence():
    rng = np.random.default_rng(0)
    y = np.array(["short", "long"] * 20)
    X = [
        rng.normal(0.5 * (label == "long"), 1, size=(3 if label == "short" else 6, 1))
        for label in y
    ]
    model = make(max_epochs=60, lr=0.02).fit(X, y)
    begun = np.full((3, 1), 1.0)  # of three steps, but like those of long ones
    assert model.predict([begun]) == ["short"]
    whole = model.complete([begun])[0]
    told = model.complete([begun], y=["long"])[0]
    np.testing.assert_array_equal(whole, told)
    assert len(whole) == 6


def test_numbers_condition_sequences():
    rng = np.random.default_rng(0)
    level = rng.uniform(100, 200, size=(60, 1))
    X = (level + rng.normal(size=(60, 5)))[:, :, None]
    model = make(max_epochs=60, lr=0.02, dropout=0.0).fit(X, level)
    assert not hasattr(model, "predict") and not hasattr(model, "classes_")
    low, high = (model.sample(20, [value], random_state=0).mean() for value in (110.0, 190.0))
    assert low == pytest.approx(110, abs=10)
    assert high == pytest.approx(190, abs=10)
    each = model.sample(y=[[110.0], [190.0]], random_state=0)
    assert each.shape == (2, 5, 1) and each[0].mean() + 50 < each[1].mean()
    with pytest.raises(ValueError, match="fit saw vectors .* but y is None; give y"):
        model.score(X)
    with pytest.raises(ValueError, match="y has 2 columns, but fit saw 1"):
        model.score(X, np.ones((60, 2)))


@pytest.mark.parametrize(
    "y", [LABELS == "up", np.arange(24) % 3, pd.Series(LABELS), LABELS.tolist()], ids=repr
)
def test_labels_of_every_type(y):
    model = make(max_epochs=1).fit(ragged(), y)
    assert model.classes_.tolist() == sorted(set(y))
    assert len(model.sample(3, y[0], random_state=0)) == 3
    assert model.class_prior_.sum() == pytest.approx(1)


def test_labels_of_sequences_with_ids_are_found_by_them():
    frame = pd.DataFrame({"who": list("bbaacc"), "x": [1.0, 2, -1, -2, 1, 2]})
    X = Sequences.from_frame(frame, id_col="who", numeric=["x"])
    aligned = pd.Series(["fall", "rise", "rise"], index=["a", "b", "c"])
    model = make(max_epochs=1).fit(X, aligned.loc[["c", "b", "a"]])
    assert same_weights(model, make(max_epochs=1).fit(X, aligned.to_numpy()))


@pytest.mark.parametrize(
    "aligned",
    [
        pd.Series(["fall", "rise", "rise"], index=["a", "b", "c"]),
        pd.DataFrame({"level": [1.0, 50.0, -50.0]}, index=["a", "b", "c"]),
    ],
    ids=["labels", "vectors"],
)
@pytest.mark.parametrize(
    "method, options",
    [("score", {}), ("score_samples", {}), ("score_steps", {}), ("complete", {"steps": 2})],
)
def test_conditions_of_sequences_with_ids_are_found_by_them_after_fit(method, options, aligned):
    frame = pd.DataFrame({"who": list("bbaacc"), "x": [1.0, 2, -1, -2, 1, 2]})
    X = Sequences.from_frame(frame, id_col="who", numeric=["x"])
    use = getattr(make(max_epochs=1, lr=0.1).fit(X, aligned), method)
    in_order, found, other = (
        np.hstack([np.ravel(row) for row in np.atleast_1d(use(X, y=y, **options))])
        for y in (aligned.to_numpy(), aligned[::-1], aligned.to_numpy()[::-1])
    )
    np.testing.assert_array_equal(found, in_order)
    assert (found != other).any()


# --- what is drawn ------------------------------------------------------------------------------


def test_draws_have_the_moments_of_the_data():
    drawn = walker().sample(800, random_state=0)[:, :, 0]
    assert drawn.shape == (800, 12)
    assert drawn.std() == pytest.approx(NOISE / np.sqrt(1 - ROOT**2), rel=0.1)
    assert np.corrcoef(drawn[:, 4], drawn[:, 5])[0, 1] == pytest.approx(ROOT, abs=0.08)
    assert np.corrcoef(drawn[:, 4], drawn[:, 6])[0, 1] == pytest.approx(ROOT**2, abs=0.12)


def test_what_is_drawn_is_as_likely_as_what_was_seen():
    drawn = walker().sample(400, random_state=0)
    assert walker().score(drawn) == pytest.approx(walker().score(walks(400, seed=2)), abs=0.05)


@pytest.mark.parametrize("kind", [int, np.int64, np.uint8])
def test_numbers_of_numpy_are_taken_as_those_of_python(kind):
    drawn = plain().sample(kind(2), length=kind(130), prompt=np.zeros((120, 2)), random_state=0)
    assert drawn.shape == (2, 130, 2)
    assert len(plain().complete([np.zeros((150, 2))], kind(110))[0]) == 260


def test_one_label_or_number_may_come_as_an_array_without_dimensions():
    _, model = ramps()
    expected = model.sample(3, "up", random_state=0)
    np.testing.assert_array_equal(model.sample(3, np.array("up"), random_state=0), expected)
    leveled = make(max_epochs=1).fit(ragged(), np.arange(24.0)[:, None])
    one, same = (leveled.sample(2, y, length=3, random_state=0) for y in (5.0, np.array(5.0)))
    np.testing.assert_array_equal(one, same)


def test_sequences_are_drawn_a_bounded_number_at_a_time(monkeypatch):
    X, model = ramps()
    at_once = []

    def counted(module, beginnings, *rest):
        at_once.append(len(beginnings))
        return generation_runs.draw_on(module, beginnings, *rest)

    monkeypatch.setattr(generator_drawing, "draw_on", counted)
    expected = np.stack(model.complete(X[:5, :3], y=LABELS[:5]))
    monkeypatch.setattr(generator_drawing, "_ROWS", 2)
    drawn = model.sample(5, prompt=X[0, :3], y="down", temperature=1e-308, random_state=0)
    assert at_once == [5, 2, 2, 1]
    np.testing.assert_allclose(drawn[1:], drawn[:1].repeat(4, 0))
    np.testing.assert_allclose(np.stack(model.complete(X[:5, :3], y=LABELS[:5])), expected)
    assert len(np.unique(model.sample(5, random_state=0)[:, 0])) == 5


def test_draws_are_repeatable_and_leave_global_generators_alone():
    first, again, other = (walker().sample(4, random_state=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    state = np.random.RandomState(0)
    assert (walker().sample(random_state=state) != walker().sample(random_state=state)).any()


def test_temperature_makes_draws_more_or_less_usual():
    cool, plain_, hot = (
        walker().sample(200, temperature=t, random_state=0).std() for t in (0.25, 1.0, 4.0)
    )
    assert cool < 0.6 * plain_ and hot > 1.6 * plain_
    mean = walker().complete(walks(1)[:, :4])[0]
    frozen = walker().sample(1, prompt=walks(1)[0, :4], temperature=1e-12, random_state=0)
    np.testing.assert_allclose(frozen[0], mean, atol=1e-4)


def test_mean_path_of_a_walk_falls_by_its_root():
    begun = np.array([[0.1], [-0.2], [1.5]])
    path = walker().complete([begun], 4)[0][2:, 0]
    assert path / 1.5 == pytest.approx(ROOT ** np.arange(5), abs=0.15)
    mode = walker().complete([begun], 4, how="mode")[0]
    np.testing.assert_allclose(mode[2:, 0], path)  # there is one component


def test_drawn_continuations_are_spread_around_the_mean_path():
    begun = np.tile(walks(1)[:, :4], (300, 1, 1))
    drawn = np.stack(walker().complete(begun, 1, how="sample", random_state=0))[:, -1, 0]
    assert drawn.mean() == pytest.approx(walker().complete(begun[:1], 1)[0][-1, 0], abs=0.15)
    assert drawn.std() == pytest.approx(NOISE, rel=0.15)


def test_continuation_of_one_wave_follows_it():
    time = np.arange(400)
    rng = np.random.default_rng(0)
    wave = np.sin(time / 3)
    noisy = (wave + rng.normal(0, 0.1, size=400))[:, None]
    model = make(bptt=50, max_epochs=60, lr=0.02, batch_size=4).fit([noisy[:360]])
    path = model.complete([noisy[:360]], 40)[0]
    assert len(path) == 400
    np.testing.assert_array_equal(path[:360], noisy[:360])
    assert np.abs(path[360:, 0] - wave[360:]).mean() < 0.25


def test_prompt_begins_every_sequence():
    prompt = np.array([[1.0, 2.0], [3.0, 4.0]])
    drawn = plain().sample(5, prompt=prompt, random_state=0)
    assert drawn.shape == (5,) and drawn.dtype == object
    for sequence in drawn:
        np.testing.assert_array_equal(sequence[:2], prompt)
    assert plain().sample(3, length=7, prompt=prompt, random_state=0).shape == (3, 7, 2)
    assert walker().sample(2, prompt=[0.5, 0.2], random_state=0).shape == (2, 12, 1)


def test_lengths_that_are_drawn_are_bounded():
    lengths = [len(x) for x in plain().sample(300, random_state=0)]
    assert min(lengths) >= 1 and max(lengths) <= 2 * 8
    assert len(set(lengths)) > 3


def test_tables_are_drawn_as_tables():
    table = walks(40)[:, :, 0]
    frame = pd.DataFrame(table, columns=[f"t{i}" for i in range(12)])
    model = make().fit(frame)
    drawn = model.sample(3, random_state=0)
    assert drawn.shape == (3, 12)
    assert model.n_features_in_ == 12
    with pytest.warns(UserWarning, match="valid feature names"):
        assert np.isfinite(model.score_samples(drawn)).all()
    assert model.complete(table[:2, :5])[1].shape == (12, 1)
    assert same_weights(model, make().fit(walks(40)))


# --- what nothing depends on --------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh", "rnn_relu", torch.nn.LSTM], ids=str)
@pytest.mark.parametrize("y", [None, LABELS], ids=["free", "labels"])
def test_likelihoods_do_not_depend_on_the_batch_or_on_padding(cell, y):
    X = ragged()
    model = make(cell=cell, max_epochs=1).fit(X, y)
    together = np.concatenate(model.score_steps(X, y))
    alone = [
        model.score_steps([x], None if y is None else y[i : i + 1])[0] for i, x in enumerate(X)
    ]
    np.testing.assert_allclose(together, np.concatenate(alone), rtol=0, atol=1e-6)
    order = np.random.default_rng(1).permutation(len(X))
    shuffled = model.score_samples([X[i] for i in order], None if y is None else y[order])
    np.testing.assert_allclose(shuffled, model.score_samples(X, y)[order], rtol=0, atol=1e-6)
    padded = np.full((len(X), 11, 2), np.nan)
    for row, x in zip(padded, X, strict=True):
        row[: len(x)] = x
    for form in (padded, SequencePadder(max_length=11).fit_transform(X)):
        np.testing.assert_allclose(
            np.concatenate(model.score_steps(form, y)), together, rtol=0, atol=1e-6
        )
    assert same_weights(make(cell=cell, max_epochs=1).fit(padded, y), model)


def test_continuations_do_not_depend_on_the_batch():
    X, model = ragged(), plain()
    together = model.complete(X, 3)
    for x, whole in zip(X, together, strict=True):
        np.testing.assert_allclose(model.complete([x], 3)[0], whole, rtol=0, atol=1e-6)


def test_likelihoods_do_not_depend_on_stretches_or_blocks(monkeypatch):
    X, model = ragged(), make(cell="gru").fit(ragged(), LABELS)
    expected = np.concatenate(model.score_steps(X, LABELS))
    drawn = model.sample(3, "up", prompt=X[3], length=9, random_state=0)
    monkeypatch.setattr(generation_runs, "_STRETCH", 2)
    monkeypatch.setattr(generation_runs, "_NUMBERS", 1)
    np.testing.assert_allclose(
        np.concatenate(model.score_steps(X, LABELS)), expected, rtol=0, atol=1e-6
    )
    np.testing.assert_allclose(
        model.sample(3, "up", prompt=X[3], length=9, random_state=0), drawn, atol=1e-5
    )


@pytest.mark.parametrize("bptt", [200, 3])
def test_steps_on_disk_are_those_in_memory(tmp_path, bptt):
    steps = np.concatenate(ragged()).astype(np.float32)
    np.save(tmp_path / "steps.npy", steps)
    mapped = np.load(tmp_path / "steps.npy", mmap_mode="r")
    offsets = np.cumsum([0, *map(len, ragged())])
    X, on_disk = (Sequences(values=values, offsets=offsets) for values in (steps, mapped))
    options = {"max_epochs": 1, "learn_end": True, "bptt": bptt, "early_stopping": bptt == 3}
    model = make(**options).fit(X)
    assert same_weights(make(**options).fit(on_disk), model)
    np.testing.assert_array_equal(model.score_samples(on_disk), model.score_samples(X))


def test_first_step_can_matter():
    X = [x for x in ragged() if len(x) > 2]
    other = [x + np.eye(len(x), 1) for x in X]
    for row, changed in zip(plain().score_steps(X), plain().score_steps(other), strict=True):
        assert (row[1:] != changed[1:]).all()


# --- training -----------------------------------------------------------------------------------


def test_same_seed_gives_the_same_model():
    first, again, other = (make(random_state=seed).fit(ragged(), LABELS) for seed in (0, 0, 1))
    assert same_weights(first, again)
    assert not same_weights(first, other)


@pytest.mark.parametrize(
    "parameters",
    [
        {"covariance": "diag"},
        {"num_layers": 2, "precision": "bfloat16"},
        {"bptt": 3, "learn_end": False},
    ],
    ids=str,
)
def test_every_kind_of_network_learns(parameters):
    model = make(max_epochs=6, lr=0.02, **parameters).fit(ragged())
    assert model.history_[-1]["train_loss"] < model.history_[0]["train_loss"] - 0.2


@pytest.mark.parametrize("bptt", [100, 3])
def test_loss_of_an_epoch_is_the_mean_over_all_steps(bptt):
    frozen = {"lr": 1e-30, "weight_decay": 0.0, "dropout": 0.0, "max_epochs": 1}
    model = make(bptt=bptt, **frozen).fit(walks(20, 5))
    deviation = walks(20, 5).std()
    tolerance = 1e-5 if bptt == 100 else 0.1  # pieces begin in an empty state
    expected = -model.score(walks(20, 5)) - np.log(deviation)
    assert model.history_[0]["train_loss"] == pytest.approx(expected, abs=tolerance)


def test_best_epoch_is_kept():
    model = make(early_stopping=True, max_epochs=8, lr=0.05).fit(ragged(), LABELS)
    losses = [record["valid_loss"] for record in model.history_]
    assert model.best_epoch_ == 1 + int(np.argmin(losses))
    assert model.history_[-1]["epoch"] == model.n_iter_


def test_validation_data_can_be_given():
    model = make(max_epochs=1).fit(ragged(), LABELS, X_val=ragged(5, seed=1), y_val=LABELS[:5])
    assert model.early_stopping_ and "valid_loss" in model.history_[0]
    with pytest.raises(ValueError, match="X_val and y_val: fit saw labels .* y is None"):
        make().fit(ragged(), LABELS, X_val=ragged(5))
    with pytest.raises(ValueError, match="y_val is given, but X_val is None"):
        make().fit(ragged(), LABELS, y_val=LABELS)


def test_end_of_one_recording_is_held_out():
    recording = walks(1, 60)[0]
    model = make(early_stopping=True, max_epochs=1, lr=1e-30, dropout=0.0).fit([recording])
    expected = -model.score_steps([recording])[0][54:].mean() - np.log(recording.std())
    assert model.history_[0]["valid_loss"] == pytest.approx(expected, abs=0.05)
    other = recording.copy()
    other[54:] += 5.0
    twin = make(early_stopping=True, max_epochs=1, lr=1e-30, dropout=0.0).fit([other])
    assert twin.history_[0]["valid_loss"] > model.history_[0]["valid_loss"]


@pytest.mark.parametrize("n", [2, 9])
def test_ends_are_learned_beside_validation_on_few_sequences(n):
    X = [np.zeros((length, 1)) for length in [4, 6] * 5][:n]
    model = make(early_stopping=True, max_epochs=1).fit(X)
    train, valid = split_pieces(model, read_data(model, X, None, reset=False), None, None, 0)
    assert model.learn_end_
    lengths = np.array([len(x) for x in X])
    for part in (train, valid):
        assert (part.pieces.stops == lengths[part.pieces.rows]).all()  # ends are among them
        assert (part.pieces.begins == 0).all()
    assert sorted([*train.pieces.rows, *valid.pieces.rows]) == list(range(n))


def test_end_of_one_sequence_is_not_learned_and_validated_on():
    with pytest.raises(ValueError, match="where one sequence ends .* learn_end=False or early_st"):
        make(early_stopping=True, learn_end=True).fit(walks(1, 60))


def test_warm_start_goes_on():
    model = make(warm_start=True).fit(ragged(), LABELS)
    before = model.score(ragged(), LABELS)
    model.fit(ragged(), LABELS)
    assert model.n_iter_ == 6
    assert model.score(ragged(), LABELS) > before
    with pytest.raises(ValueError, match="hidden_size=8, but training goes on with .* 16"):
        model.set_params(hidden_size=8).fit(ragged(), LABELS)
    with pytest.raises(ValueError, match="fit saw labels .* but y is None"):
        model.set_params(hidden_size=16).fit(ragged())
    with pytest.raises(ValueError, match="label of sequence 1 is 'left'"):
        model.fit(ragged(), ["up", "left"] * 12)
    assert model.n_iter_ == 6


def test_partial_fit_learns_from_part_after_part():
    model, X = make(lr=0.02), ragged()
    for _ in range(4):
        for i in range(0, 24, 12):
            model.partial_fit(X[i : i + 12], LABELS[i : i + 12], classes=["up", "down", "left"])
    assert model.n_iter_ == 8
    assert model.classes_.tolist() == ["down", "left", "up"]
    assert model.score(X, LABELS) > make(max_epochs=1).fit(X, LABELS).score(X, LABELS)
    with pytest.raises(ValueError, match="but the network knows .*leave classes out"):
        model.partial_fit(X, LABELS, classes=["up", "down"])


@pytest.mark.parametrize("learn_end", [True, False])
def test_lengths_are_those_of_all_calls_that_went_on_from_each_other(learn_end):
    model = make(max_epochs=1, learn_end=learn_end).partial_fit(walks(4, 5))
    model.partial_fit(walks(4, 3)).set_params(warm_start=True).fit(walks(4, 40))
    if learn_end:
        model.module_.start_ends(1, 1000)
        assert max(len(x) for x in model.sample(20, random_state=0)) == 80
    else:
        with pytest.raises(ValueError, match="fit saw sequences of 3 to 40 steps"):
            model.sample()
    model.set_params(warm_start=False, learn_end=False).fit(walks(4, 6))
    assert model.sample(random_state=0).shape == (1, 6, 1)


def test_ends_come_as_often_before_training_as_in_the_data():
    X = [np.zeros((length, 1)) + np.arange(2.0) for length in [20, 30] * 8]
    untrained = {"lr": 1e-30, "weight_decay": 0.0, "max_epochs": 1}
    for model in (make(**untrained).fit(X), make(**untrained, learn_end=True).partial_fit(X)):
        assert model.module_.end.bias.item() == pytest.approx(-np.log(25 - 1), rel=0.02)
        assert np.median([len(x) for x in model.sample(200, random_state=0)]) > 8


def test_shares_of_labels_are_those_of_all_that_was_trained_on(tmp_path):
    X, classes = ragged(), ["down", "left", "up"]
    model = make().partial_fit(X[:4], LABELS[:4], classes=classes)
    assert model.class_prior_ == pytest.approx(np.array([3, 1, 3]) / 7)
    model.save(tmp_path / "model.rnn")
    for going_on in (model, pickle.loads(pickle.dumps(model)), load(tmp_path / "model.rnn")):
        going_on.partial_fit(X[:16], ["left"] * 16)
        assert going_on.class_prior_ == pytest.approx([0.1, 0.8, 0.1])
        going_on.set_params(warm_start=True, max_epochs=1)
        going_on.fit(X[:20], ["up"] * 20, X_val=X[:4], y_val=["down"] * 4)
        assert going_on.class_prior_ == pytest.approx([0.05, 0.4, 0.55])
    with pytest.raises(ValueError):
        model.fit(X, LABELS, X_val=X)
    assert model.class_prior_ == pytest.approx([0.05, 0.4, 0.55])
    model.set_params(warm_start=False).fit(X, LABELS)
    assert model.class_prior_.tolist() == [0.5, 0.5]
    assert not hasattr(model.fit(X), "class_prior_")


def test_models_fitted_in_threads_are_those_fitted_alone():
    alone = make().fit(ragged(), LABELS)
    with ThreadPool(3) as pool:
        models = pool.map(lambda _: make().fit(ragged(), LABELS), range(3))
    assert all(same_weights(model, alone) for model in models)


def test_interrupted_fit_keeps_its_whole_epochs():
    class Interrupts(Callback):
        def on_epoch_begin(self, net, **kwargs):
            if len(net.history) == 3:
                raise KeyboardInterrupt

    model = make(max_epochs=5, callbacks=[Interrupts()], lr_schedule=None)
    with pytest.raises(KeyboardInterrupt):
        model.fit(ragged(), LABELS)
    assert model.interrupted_ and model.n_iter_ == 2
    assert same_weights(model, make(max_epochs=2, lr_schedule=None).fit(ragged(), LABELS))


def test_nothing_is_printed(capfd):
    make().fit(ragged(), LABELS).sample(random_state=0)
    assert capfd.readouterr() == ("", "")


def test_divergence_is_told():
    with pytest.raises(DivergenceError, match="epoch 1 .* learning rate"):
        make(lr=1e30, gradient_clip=None, optimizer="sgd", lr_schedule=None).fit(ragged())


def test_failed_fit_leaves_nothing_fitted():
    class Fails(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise OSError

    model = make(callbacks=[Fails()])
    with pytest.raises(OSError):
        model.fit(ragged())
    with pytest.raises(NotFittedError):
        model.score(ragged())


def test_fit_changes_neither_input_nor_parameters():
    X, y = ragged(), LABELS.copy()
    model = make()
    parameters = copy.deepcopy(model.get_params())
    model.fit(X, y)
    assert model.get_params() == parameters
    assert all(map(np.array_equal, X, ragged())) and (y == LABELS).all()


# --- as scikit-learn has it ---------------------------------------------------------------------


def test_search_and_cross_validation():
    search = GridSearchCV(make(max_epochs=1), {"cell": ["lstm", "gru"]}, cv=2)
    assert np.isfinite(search.fit(ragged(), LABELS).cv_results_["mean_test_score"]).all()
    assert np.isfinite(cross_val_score(make(max_epochs=1), ragged(), cv=2)).all()


def test_copies_are_alike():
    X, model = ramps()
    for copied in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(copied.score_samples(X), model.score_samples(X))
        drawn = [m.sample(3, random_state=0) for m in (copied, model)]
        np.testing.assert_array_equal(*drawn)
    assert not hasattr(clone(model), "net_")
    state = model._plain_state()
    assert not any(isinstance(value, GenerationNetwork) for value in state.values())


def test_repr_shows_what_auto_has_chosen():
    assert "covariance='full', learn_end=True" in repr(plain())


# --- what "auto" means --------------------------------------------------------------------------


def resolve(n_sequences=500, n_steps=10_000, n_features=4, lengths_differ=False, **given):
    traits = StepTraits(n_sequences, n_steps, n_features, lengths_differ)
    return resolve_generator_parameters(RNNGenerator(**given).get_params(), traits)


def test_what_auto_means_follows_the_data():
    epochs = [resolve(n_sequences=n, n_steps=20 * n)["max_epochs"] for n in (50, 1000, 20_000)]
    assert epochs == sorted(set(epochs), reverse=True)
    assert resolve(lengths_differ=True)["learn_end"]
    assert not resolve()["learn_end"]
    assert [resolve(n_features=n)["covariance"] for n in (1, 4, 100)] == ["diag", "full", "diag"]
    assert resolve(hidden_size=7, lr=0.5)["lr"] == 0.5


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "X, message",
    [
        (["a text"], "X is texts, but RNNGenerator learns .* RNNLanguageModel learns texts"),
        ([["a", "b"]], "X is lists of tokens, .* RNNLanguageModel"),
        (TokenEncoder().fit_transform(["a b"]), "X holds ids of a vocabulary, .*RNNLanguageModel"),
        ([[[1.0, np.nan]]], "sequence 0, step 0, feature 1 is nan"),
        (Sequences.with_static([[[1.0, 2.0]]], np.ones((1, 1))), "columns of whole sequences"),
    ],
    ids=str,
)
def test_what_is_no_steps_of_numbers_is_refused(X, message):
    for method in (make().fit, plain().score_samples, plain().complete):
        with pytest.raises(ValueError, match=message):
            method(X)


def test_categories_are_refused():
    frame = pd.DataFrame({"who": ["a", "a"], "x": [1.0, 2.0], "kind": ["u", "v"]})
    X = Sequences.from_frame(frame, id_col="who", numeric=["x"], categorical=["kind"])
    with pytest.raises(ValueError, match="X has categories, .*OneHotSequences"):
        make().fit(X)


@pytest.mark.parametrize(
    "y, message",
    [
        (LABELS[:-1], r"X has 24 sequence\(s\), but y has 23"),
        (np.linspace(0, 1, 24), "numbers to condition on as an array"),
        ([None, *LABELS[1:]], "label of sequence 0 is None"),
        (np.full((24, 2), np.nan), "y of sequence 0, target 0, is nan"),
        (np.full((24, 2), "a"), "y must hold one number a sequence, or a row of numbers"),
        (np.empty((24, 0)), "feature"),
        (np.zeros((24, 2, 2)), "dim"),
    ],
    ids=["too few", "fractions", "None", "NaN", "words", "no columns", "three dimensions"],
)
def test_bad_conditions_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        make().fit(ragged(), y)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"n": 0}, "n must be an int of at least 1, but is 0"),
        ({"n": 1.5}, "n must be an int"),
        ({"temperature": 0}, "temperature must be a finite number above 0, but is 0"),
        ({"temperature": np.nan}, "temperature"),
        ({"length": 0}, "length must be an int of at least 1"),
        (
            {"length": 2, "prompt": np.zeros((3, 2))},
            "sequences of 2 steps cannot begin with the 3 of prompt; set length otherwise",
        ),
        ({"random_state": "a"}, "random_state must be an int of at least 0 .* but is 'a'"),
        ({"random_state": -1}, "random_state must be an int of at least 0"),
        ({"prompt": np.zeros((3, 1))}, "prompt: X has 1 features, but RNNGenerator is expecting 2"),
        ({"prompt": "abc"}, "prompt: X is texts"),
        ({"prompt": 3}, "prompt: .*Reshape"),
        ({"y": "up"}, "y is given, but fit saw none; leave y out"),
    ],
    ids=str,
)
def test_what_is_drawn_by_is_checked(options, message):
    with pytest.raises(ValueError, match=message):
        plain().sample(**options)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((3, "left"), "label of sequence 0 is 'left', but the network knows only"),
        ((3, ["up", "down"]), "n is 3, but y has 2 entries"),
        ((1, []), "y has no entries; give one label or vector for all, or one for each"),
        ((3, np.array([])), "y has no entries"),
        ((1, [["up"]]), "y must be one label a sequence, as in fit"),
    ],
    ids=str,
)
def test_labels_that_are_drawn_by_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        ramps()[1].sample(*arguments)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"steps": 0}, "steps must be an int of at least 1"),
        ({"how": "best"}, 'how must be "mean", "mode" or "sample", but is \'best\''),
        ({"how": "sample", "random_state": "a"}, "random_state must be an int of at least 0"),
        (
            {"X": [walks(1, 3)[0], walks(1, 14)[0]]},
            "12 steps, as many as fit saw, cannot begin with the 14 of sequence 1; set steps",
        ),
        ({"X": [np.zeros((3, 2))]}, "X has 2 features, but RNNGenerator is expecting 1"),
    ],
    ids=str,
)
def test_what_is_completed_by_is_checked(options, message):
    with pytest.raises(ValueError, match=message):
        walker().complete(**{"X": walks(1, 3)} | options)


def test_length_has_to_be_told_where_none_was_learned():
    model = make(max_epochs=1, learn_end=False).fit(ragged())
    message = "fit saw sequences of 1 to 8 steps, and learned no ends: set "
    with pytest.raises(ValueError, match=f"{message}length, or fit with"):
        model.sample()
    with pytest.raises(ValueError, match=f"{message}steps, or fit with"):
        model.complete(ragged())
    assert len(model.complete(ragged(), 1)) == 24
    assert model.sample(length=3, random_state=0).shape == (1, 3, 2)


def test_too_little_to_validate_on_is_told():
    with pytest.raises(ValueError, match="cannot be trained and validated on"):
        make(early_stopping=True).fit([[1.0]])


def test_steps_that_are_far_out_are_scored_or_named():
    far = [ragged()[0] * 1e30]
    assert np.isfinite(plain().score_samples(far)).all()
    tiny = make(max_epochs=1).fit([x * 1e-160 for x in ragged()])
    with pytest.raises(ValueError, match="log-likelihood .* for sequence 0, step 0"):
        tiny.score_samples(ragged())


def test_unfitted_model_says_so():
    for method in ("predict", "predict_proba", "score", "score_samples", "score_steps", "complete"):
        with pytest.raises(NotFittedError):
            getattr(make(), method)(ragged())
    with pytest.raises(NotFittedError):
        make().sample()


def test_language_model_stays_what_texts_are_for():
    with pytest.raises(ValueError, match="a language model reads texts.* RNNGenerator learns"):
        RNNLanguageModel().fit(ragged())
