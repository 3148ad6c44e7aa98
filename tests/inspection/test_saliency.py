"""What steps have added to a prediction: completeness, and networks of which it is known."""

import pickle

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from torch import nn

from sklearn_rnn import (
    RNNClassifier,
    RNNEncoder,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    Sequences,
)
from sklearn_rnn.inspection import SaliencyDisplay
from sklearn_rnn.inspection._attributed_network import attribute_steps
from sklearn_rnn.inspection._integrated_gradients import integrated_gradients
from sklearn_rnn.nn import CELLS
from sklearn_rnn.preprocessing import SequencePadder, TokenEncoder, WordTokenizer

RNG = np.random.default_rng(0)
X = [RNG.normal(3, 2, size=(4 + i % 5, 2)) for i in range(12)]
Y = np.arange(12) % 2
TEXTS = ["a good film", "one bad, bad film", "good", "worse"] * 4
LABELS = [1, 0, 1, 0] * 4
SMALL = {"hidden_size": 4, "max_epochs": 2, "random_state": 0}
EXACT = {"tol": 1e-6}


@pytest.fixture(autouse=True)
def closes_figures():
    yield
    plt.close("all")


def explain(model, sequence, *args, **parameters):
    return SaliencyDisplay.from_estimator(model, sequence, *args, **EXACT | parameters)


def assert_complete(display, output):
    """The attributions add up to the difference of the outputs, one of which is predicted."""
    assert display.output == pytest.approx(output, abs=1e-4)
    size = np.abs(display.attributions).sum()
    assert size > 0
    assert display.attributions.sum() == pytest.approx(
        display.output - display.baseline_output, abs=1e-4 * size
    )


@pytest.mark.parametrize("cell", CELLS)
def test_attributions_of_every_cell_add_up(cell):
    model = RNNClassifier(cell=cell, bidirectional=True, num_layers=2, convolution=None, **SMALL)
    model.fit(X, Y)
    display = explain(model, X[3], 1, tol=1e-4)
    assert_complete(display, model.decision_function(X[3:4])[0])
    assert display.attributions.shape == X[3].shape
    mean = np.concatenate(X).mean(axis=0)  # the baseline is a sequence of training means
    at_mean = model.decision_function([np.tile(mean, (len(X[3]), 1))])[0]
    assert display.baseline_output == pytest.approx(at_mean, abs=1e-4)


@pytest.mark.parametrize(
    "parameters",
    [
        {"convolution": "stem", "stride": 2},
        {"convolution": "branch", "pooling": "max"},
        {"segment": 2, "pooling": "attention"},
        {"bidirectional": False, "pooling": "mean", "tbptt": 2},
        {"recompute": True, "pooling": "last", "convolution": None},
    ],
    ids=str,
)
def test_attributions_of_every_network_add_up(parameters):
    model = RNNRegressor(**SMALL | parameters).fit(X, Y)
    display = explain(model, X[4], tol=1e-4)
    assert_complete(display, model.predict(X[4:5])[0])
    assert np.abs(display.attributions[0]).sum() > 0  # no gradient is cut on the way back


class Sum(nn.Module):
    """A cell whose state is a linear map of the sum of all steps so far."""

    def __init__(self, input_size, hidden_size, batch_first):
        super().__init__()
        self.read = nn.Linear(input_size, hidden_size)

    def forward(self, steps, state=None):
        states = self.read(steps).cumsum(1)
        states = states if state is None else states + state[:, None]
        return states, states[:, -1]


@pytest.mark.parametrize("bidirectional", [False, True])
def test_of_a_linear_model_they_are_what_the_mean_in_the_place_of_a_value_changes(bidirectional):
    model = RNNRegressor(
        cell=Sum, bidirectional=bidirectional, pooling="mean", convolution=None, **SMALL
    ).fit(X, 10.0 + Y)
    display = explain(model, X[2])
    mean, predicted = np.concatenate(X).mean(axis=0), model.predict(X[2:3])[0]
    for t, f in np.ndindex(X[2].shape):
        changed = X[2].copy()
        changed[t, f] = mean[f]
        difference = predicted - model.predict([changed])[0]
        assert display.attributions[t, f] == pytest.approx(difference, abs=1e-5)


def test_they_are_the_mean_slopes_of_predictions_between_the_mean_and_the_sequence():
    """By differences of what ``predict`` says of sequences on the way, with nothing else used."""
    model = RNNRegressor(cell="gru", pooling="mean", convolution=None, hidden_size=4, max_epochs=20)
    model.set_params(segment=1, random_state=0).fit(X, Y * 10.0)
    start, n, width = np.concatenate(X).mean(axis=0), 32, 0.05
    end = X[2]
    places = (np.arange(n) + 0.5) / n
    on_the_way = start + places[:, None, None] * (end - start)
    expected = np.empty_like(end)
    for t, f in np.ndindex(end.shape):
        up, down = on_the_way.copy(), on_the_way.copy()
        up[:, t, f] += width
        down[:, t, f] -= width
        slopes = (model.predict(up) - model.predict(down)) / (2 * width)
        expected[t, f] = (end[t, f] - start[f]) * slopes.mean()
    found = SaliencyDisplay.from_estimator(model, end).attributions
    np.testing.assert_allclose(found, expected, atol=2e-3 * np.abs(expected).max())


def test_a_product_is_shared_by_its_factors_and_kinks_are_found():
    start, end = torch.tensor([1.0, 2.0]).double(), torch.tensor([3.0, 6.0]).double()
    found = integrated_gradients(lambda x: x.prod(1), (start,), (end,))
    # 2 * int (2 + 4 s) ds and 4 * int (1 + 2 s) ds, s from 0 to 1
    np.testing.assert_allclose(found.attributions.numpy(), [8, 8], rtol=1e-12)
    kink = integrated_gradients(lambda x: (x.sum(1) - 4.1).relu(), (start,), (end,), tol=1e-3)
    assert kink.output == pytest.approx(4.9)
    assert float(kink.attributions.sum()) == pytest.approx(4.9, abs=5e-3)


class Hole(Sum):
    """Gives no number for small steps other than zero."""

    def forward(self, steps, state=None):
        states, last = super().forward(steps, state)
        is_small = (steps.abs() > 0.1) & (steps.abs() < 0.9)
        return states * torch.where(is_small.any(2, keepdim=True), np.nan, 1.0), last


def test_gradients_that_are_no_numbers_are_refused():
    signs = [np.where(x > 3, 1.0, -1.0) for x in X]
    signs += [-x for x in signs]  # of mean 0 and deviation 1
    model = RNNRegressor(cell=Hole, bidirectional=False, convolution=None, segment=1, **SMALL)
    model.fit(signs, np.tile(Y, 2))
    with pytest.raises(ValueError, match="the gradient is not finite somewhere between"):
        explain(model, signs[0])


def test_missing_values_and_their_marks_are_of_their_column():
    gaps = [x.copy() for x in X]
    for x in gaps:
        x[1, 0] = np.nan
    model = RNNRegressor(missing="mask", **SMALL).fit(gaps, Y)
    display = explain(model, gaps[0], tol=1e-4)
    assert_complete(display, model.predict(gaps[:1])[0])
    assert display.attributions.shape == (4, 2)
    assert np.isnan(display.signal[1, 0])
    assert display.attributions[1, 0] != 0


def test_tokens_with_their_n_grams_add_up():
    model = RNNClassifier(subwords=True, **SMALL).fit(TEXTS, LABELS)
    display = explain(model, "a GOOD unheard film", 1)
    assert_complete(display, model.decision_function(["a good unheard film"])[0])
    assert display.steps == ["a", "good", "unheard", "film"]
    assert display.columns == ["token"] and display.signal is None
    other = explain(model, "a good unheard film", 0)
    np.testing.assert_allclose(other.attributions, -display.attributions, atol=1e-12)


def test_what_a_text_is_about_counts_for_its_tokens():
    topics = [f"{' '.join(f'w{(7 * i + j) % 50}' for j in range(8))}" for i in range(60)]
    language = RNNLanguageModel(context_dim=2, **SMALL).fit(topics)
    model = RNNClassifier(pretrained=language, random_state=0, max_epochs=1)
    model.fit(topics[:12], Y)
    assert model.module_.body.context is not None
    display = explain(model, topics[3], 1)
    assert_complete(display, model.decision_function(topics[3:4])[0])


def test_columns_of_events_are_told_apart_and_static_ones_stay():
    frame = pd.DataFrame(
        {
            "who": np.repeat(np.arange(12), 4),
            "spent": RNG.normal(size=48),
            "shop": list("abc") * 16,
            "age": np.repeat(np.arange(12.0), 4),
        }
    )
    events = Sequences.from_frame(frame, id_col="who", static=["age"])
    model = RNNClassifier(**SMALL).fit(events, Y)
    display = explain(model, events[5:], tol=1e-4)
    label = model.predict(events[5:6])[0]
    sign = 1 if label == 1 else -1
    assert_complete(display, sign * model.decision_function(events[5:6])[0])
    assert display.columns == ["spent", "shop"]
    assert (np.abs(display.attributions).sum(axis=0) > 0).all()


def test_the_gap_is_measured_by_what_is_shown():
    """What the units of a column cancel among themselves excuses no gap."""
    inputs = torch.ones(1, 2).double()

    def function(x):
        return (1000 * (x[:, :, 0] - x[:, :, 1]) + (x[:, :, 0] - 0.41).relu()).sum(1)

    found = integrated_gradients(
        function, (0 * inputs,), (inputs,), join=lambda added: added.sum(2), tol=1e-3
    )
    assert found.attributions.tolist() == [pytest.approx(0.59, rel=1e-3)]


def test_what_adds_up_by_chance_is_looked_at_again():
    """Two kinks whose errors cancel each other, at all points of a panel."""
    inputs = torch.ones(2, 1).double()

    def function(x):  # (points, 2, 1)
        return (x[:, 0, 0] - 0.119).relu() - (x[:, 1, 0] - 0.119).relu()

    found = integrated_gradients(function, (0 * inputs,), (inputs,), tol=1e-3)
    np.testing.assert_allclose(found.attributions[:, 0], [0.881, -0.881], rtol=2e-3)


def test_rounding_is_not_taken_for_a_path_that_needs_more_points():
    """Single precision does not tell scores apart that lie close together."""
    model = RNNRegressor(convolution=None, **SMALL).fit(X, Y)
    n_points = 0

    def select(outputs):
        nonlocal n_points
        n_points += len(outputs)
        return outputs[:, 0]

    for nearness, n_expected in ((1, 300), (1e-7, 60)):
        n_points, near = 0, X[2] + nearness
        found = attribute_steps(model, X[2:3], select, baseline=[near], tol=1e-3)
        difference = found.output - found.baseline_output
        size = np.abs(found.values).sum()
        assert found.values.sum() == pytest.approx(difference, abs=1e-3 * size)
        assert 0 < n_points < n_expected


def test_a_label_at_a_step_of_a_tagger():
    words = [["to", "New", "York"], ["from", "Rome"]] * 6
    tags = [["O", "B-city", "I-city"], ["O", "B-city"]] * 6
    tagger = RNNTagger(output="softmax", constraints=None, **SMALL).fit(words, tags)
    logs = np.log(tagger.predict_proba(words[:1])[0][1])
    first, second = (explain(tagger, words[0], label, step=-2) for label in tagger.classes_[:2])
    assert_complete(first, first.output)
    assert first.output - second.output == pytest.approx(logs[0] - logs[1], abs=1e-5)
    assert first.steps == words[0] and first.attributions.shape == (3, 1)
    chosen = explain(tagger, words[0], step=0)
    assert chosen.target == f"label {tagger.predict(words[:1])[0][0]} at step 0"
    assert first.target == f"label {tagger.classes_[0]} at step 1"
    with pytest.raises(ValueError, match="step=None, but the label of one of the 3 steps"):
        explain(tagger, words[0])


def test_numbers_among_the_features_of_tokens_have_their_names():
    words = [[{"word": word, "length": len(word)} for word in ("to", "Rome")]] * 4
    tagger = RNNTagger(**SMALL).fit(words, [["O", "B-city"]] * 4)
    assert explain(tagger, words[0], step=1, tol=1e-3).columns == ["length", "token"]


def test_every_kind_of_target_is_explained():
    three = RNNClassifier(**SMALL).fit(X, np.arange(12) % 3)
    scores = three.decision_function(X[:1])[0]
    assert explain(three, X[0], 2, tol=1e-3).output == pytest.approx(scores[2], abs=1e-4)
    assert explain(three, X[0], tol=1e-3).output == pytest.approx(scores.max(), abs=1e-4)
    many = RNNClassifier(**SMALL).fit(X, np.stack([Y, 1 - Y, np.arange(12) // 6], axis=1))
    scores = many.decision_function(X[:1])[0]
    assert explain(many, X[0], 0, tol=1e-3).output == pytest.approx(scores[0], abs=1e-4)
    assert explain(many, X[0], tol=1e-3).output == pytest.approx(scores.max(), abs=1e-4)
    columns = pd.DataFrame({"sort": list("abc") * 4, "side": ["left", "right"] * 6})
    mixed = RNNClassifier(**SMALL).fit(X, columns)
    sorts, sides = mixed.decision_function(X[:1])
    found = explain(mixed, X[0], ("sort", "c"), tol=1e-3)
    assert found.output == pytest.approx(sorts[0, 2], abs=1e-4)
    found = explain(mixed, X[0], ("side", "left"), tol=1e-3)
    assert found.output == pytest.approx(-sides[0], abs=1e-4)
    two = RNNRegressor(**SMALL).fit(X, np.stack([Y, 100.0 * Y], axis=1))
    predicted = two.predict(X[:1])[0]
    assert explain(two, X[0], 1, tol=1e-3).output == pytest.approx(predicted[1], abs=1e-2)
    for model, target, message in (
        (three, 7, "target=7 is none of the labels"),
        (three, np.array([1, 2]), r"target=array\(\[1, 2\]\) is none of the labels"),
        (mixed, None, r"give a column and one of its labels: \(column, label\)"),
        (two, None, "y of fit had 2 columns; give the number of one, from 0 to 1"),
    ):
        with pytest.raises(ValueError, match=message):
            explain(model, X[0], target)
    with pytest.raises(ValueError, match="is for an RNNTagger"):
        explain(three, X[0], step=1)
    with pytest.raises(TypeError, match="RNNEncoder came"):
        explain(RNNEncoder(**SMALL).fit(X), X[0])
    with pytest.raises(NotFittedError):
        explain(RNNClassifier(), X[0])


def test_from_another_sequence_and_back_is_the_same_with_the_other_sign():
    model = RNNClassifier(convolution=None, **SMALL).fit(X, Y)
    one, other = X[0], X[5]  # of 4 steps each
    there, back = explain(model, one, 1, baseline=other), explain(model, other, 1, baseline=one)
    assert len(one) == len(other)
    assert_complete(there, model.decision_function([one])[0])
    assert there.baseline_output == pytest.approx(model.decision_function([other])[0], abs=1e-4)
    np.testing.assert_allclose(there.attributions, -back.attributions, atol=1e-9)
    with pytest.raises(ValueError, match="the baseline has 5 steps, but the sequence has 4"):
        explain(model, one, baseline=X[1])


def test_the_estimator_stays_as_it_is():
    model = RNNClassifier(tbptt=2, random_state=0, max_epochs=1).fit(X, Y)
    before, layers = pickle.dumps(model), [type(part) for part in model.module_.modules()]
    explain(model, X[0], tol=1e-3)
    assert pickle.dumps(model) == before
    assert [type(part) for part in model.module_.modules()] == layers
    assert all(weight.grad is None for weight in model.module_.parameters())
    assert model.module_.body.recurrent.tbptt == 2


def _characters(X):
    return [[character for token in tokens for character in token] for tokens in X]


def test_pipelines_and_searches_are_looked_into():
    piped = make_pipeline(WordTokenizer(), TokenEncoder(), RNNClassifier(**SMALL))
    display = explain(piped.fit(TEXTS, LABELS), TEXTS[1], 0)
    assert display.steps == ["one", "bad", ",", "bad", "film"]
    assert_complete(display, -piped.decision_function(TEXTS[1:2])[0])
    split = make_pipeline(FunctionTransformer(_characters), RNNClassifier(**SMALL))
    display = explain(split.fit([["ab", "c"], ["d", "e"]] * 4, [0, 1] * 4), ["ab", "c"], tol=1e-3)
    assert display.steps == ["a", "b", "c"]
    padded = make_pipeline(SequencePadder(), RNNRegressor(**SMALL))
    search = GridSearchCV(padded, {"rnnregressor__cell": ["gru"]}, cv=2).fit(X, Y)
    assert_complete(explain(search, X[0], tol=1e-4), search.predict(X[:1])[0])


def test_a_gap_that_is_too_large_is_told():
    model = RNNClassifier(cell="rnn_relu", pooling="max", **SMALL).fit(X, Y)
    with pytest.warns(ConvergenceWarning, match="the attributions lack .* too abruptly"):
        explain(model, X[3], tol=1e-15)
    parts = {"columns": ["token"], "target": "a", "output": 2.5, "baseline_output": 0}
    display = SaliencyDisplay(attributions=np.ones((2, 1)), **parts).plot()
    assert "of which 0.5 is attributed to nothing" in display.ax_.get_title(loc="left")


def test_tokens_are_bars_and_recordings_a_map_under_their_signal():
    texts = RNNClassifier(**SMALL).fit(TEXTS, LABELS)
    display = explain(texts, "a good film", 1)
    heights = [bar.get_height() for bar in display.ax_.patches]
    np.testing.assert_allclose(heights, display.attributions[:, 0])
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == ["a", "good", "film"]
    frames = [pd.DataFrame(x, columns=["left", "right"]) for x in X]
    model = RNNClassifier(**SMALL).fit(frames, Y)
    display = explain(model, frames[0], tol=1e-3)
    np.testing.assert_array_equal(display.ax_.images[0].get_array(), display.attributions.T)
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["left", "right"]
    assert len(display.ax_.lines) == 2
    top = display.ax_.lines[0].get_ydata()
    assert top.min() == pytest.approx(-0.4) and np.argmin(top) == np.argmax(X[0][:, 0])
    long = SaliencyDisplay(
        attributions=np.ones((2, 1)), columns=["token"], output=2, baseline_output=0,
        target="label " + "x" * 40, steps=["a" * 40, "b"],
    ).plot()  # fmt: skip
    assert long.ax_.get_title(loc="left").split("\n")[1] == "0 \N{RIGHTWARDS ARROW} 2"
    assert long.ax_.get_xticklabels()[0].get_text() == "a" * 23 + "\N{HORIZONTAL ELLIPSIS}"
    _, ax = plt.subplots()
    assert display.plot(ax) is display and display.ax_ is ax
    with pytest.raises(ValueError, match="there are 2 steps to write, but the network reads 4"):
        explain(model, frames[0], steps=["a", "b"], tol=1e-3)
