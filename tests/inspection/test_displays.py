"""The pictures show what the estimators hold."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNClassifier, RNNTagger
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.inspection import (
    GradientFlowDisplay,
    SaliencyDisplay,
    TagDisplay,
    TrainingCurveDisplay,
    TransitionDisplay,
)
from sklearn_rnn.preprocessing import SequencePadder

X = np.random.default_rng(0).normal(size=(40, 7, 2))
Y = np.arange(40) % 2
WORDS = [["to", "New", "York"], ["from", "Rome"]] * 10
TAGS = [["O", "B-city", "I-city"], ["O", "B-city"]] * 10


@pytest.fixture(autouse=True)
def closes_figures():
    yield
    plt.close("all")


def classifier(**parameters):
    return RNNClassifier(**{"hidden_size": 4, "max_epochs": 3, "random_state": 0} | parameters)


def test_curves_hold_every_epoch_and_mark_the_one_that_was_kept():
    model = classifier(early_stopping=True).fit(X, Y)
    display = TrainingCurveDisplay.from_estimator(model)
    for name, column in display.history.items():
        assert column.tolist() == [record[name] for record in model.history_]
    loss, score = display.axes_
    assert [line.get_label() for line in loss.lines] == [
        "training",
        "validation",
        f"kept: epoch {model.best_epoch_}",
    ]
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), display.history["valid_loss"])
    assert score.get_ylabel() == "accuracy"


def test_without_validation_there_is_one_curve():
    display = TrainingCurveDisplay.from_estimator(classifier(early_stopping=False).fit(X, Y))
    assert display.history.columns.tolist() == ["train_loss"]
    assert len(display.axes_) == 1


def test_a_pipeline_and_a_search_show_the_network_inside():
    piped = make_pipeline(SequencePadder(), classifier())
    search = GridSearchCV(piped, {"rnnclassifier__cell": ["gru"]}, cv=2).fit(X, Y)
    inside = search.best_estimator_[-1]
    display = TrainingCurveDisplay.from_estimator(search)
    assert len(display.history) == len(inside.history_)


def test_what_does_not_fit_is_told_what_does():
    model = classifier().fit(X, Y)
    for display in (TagDisplay, TransitionDisplay):
        arguments = [X[0]] if display is TagDisplay else []
        with pytest.raises(TypeError, match="expected a fitted RNNTagger.* but RNNClassifier came"):
            display.from_estimator(model, *arguments)


def test_what_has_no_curve_is_refused():
    with pytest.raises(NotFittedError):
        TrainingCurveDisplay.from_estimator(classifier())
    with pytest.raises(TypeError, match="expected a fitted .* LogisticRegression came"):
        TrainingCurveDisplay.from_estimator(LogisticRegression().fit(X[:, 0], Y))


def test_one_epoch_and_a_few_steps_are_counted_in_whole_numbers():
    model = classifier(max_epochs=1, early_stopping=False).fit(X, Y)
    (loss,) = TrainingCurveDisplay.from_estimator(model).axes_
    flow = GradientFlowDisplay.from_estimator(model, X, Y).axes_[0]
    one_step = SaliencyDisplay(
        attributions=np.ones((1, 2)), columns="ab", output=2, baseline_output=0, target="a"
    ).plot()
    for axes in (loss, flow, one_step.ax_):
        axes.figure.canvas.draw()
        low, high = axes.get_xlim()
        ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
        assert ticks and all(tick == round(tick) for tick in ticks)


def test_an_ensemble_is_told_to_be_taken_apart():
    ensemble = SeedEnsemble(classifier(max_epochs=1), n_members=2).fit(X, Y)
    with pytest.raises(TypeError, match=r"expected a fitted RNNTagger, .* SeedEnsemble came\.$"):
        TagDisplay.from_estimator(ensemble, X[0])
    with pytest.raises(TypeError, match="SeedEnsemble came; of an ensemble, give one of its est"):
        TrainingCurveDisplay.from_estimator(ensemble)
    assert len(TrainingCurveDisplay.from_estimator(ensemble.estimators_[0]).history) == 1


def test_rows_of_many_labels_are_written_in_type_that_finds_room():
    n = 60
    labels = [f"B-kind number {i} of so many" for i in range(n)]
    display = TransitionDisplay(transitions=np.eye(n), labels=labels).plot()
    display.figure_.canvas.draw()
    for ticks, side in (
        (display.ax_.get_yticklabels(), "height"),
        (display.ax_.get_xticklabels(), "width"),
    ):
        boxes = [label.get_window_extent() for label in ticks]
        gaps = np.abs(np.diff([(box.y0, box.x0)[side == "width"] for box in boxes]))
        assert max(getattr(box, side) for box in boxes) <= 1.1 * gaps.min()
    assert len(ticks) == n
    assert ticks[10].get_text() == "B-kind number 10 of so …"


def test_a_score_that_rounds_to_zero_has_no_sign():
    scores = np.array([[-0.001, 0.25], [-0.12, -np.inf]])
    display = TransitionDisplay(transitions=scores, labels=["a", "b"]).plot()
    assert [text.get_text() for text in display.ax_.texts] == ["0.00", "0.25", "-0.12"]


def test_transitions_are_those_of_the_tagger_and_forbidden_ones_stay_empty():
    tagger = RNNTagger(output="crf", hidden_size=4, max_epochs=1, random_state=0).fit(WORDS, TAGS)
    display = TransitionDisplay.from_estimator(tagger)
    np.testing.assert_array_equal(display.transitions, tagger.transitions_.to_numpy())
    drawn = display.ax_.images[0].get_array()
    forbidden = np.isneginf(display.transitions)
    assert forbidden.any()
    np.testing.assert_array_equal(np.isnan(drawn.filled(np.nan)), forbidden)
    names = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert names == tagger.classes_.tolist()
    assert len(display.ax_.texts) == (~forbidden).sum()


def test_a_tagger_without_a_random_field_has_no_transitions():
    tagger = RNNTagger(output="softmax", hidden_size=4, max_epochs=1).fit(WORDS, TAGS)
    with pytest.raises(TypeError, match="output='crf', but its output is 'softmax'"):
        TransitionDisplay.from_estimator(tagger)


def test_a_picture_is_drawn_on_the_axes_that_are_given():
    figure, axes = plt.subplots()
    tagger = RNNTagger(output="crf", hidden_size=4, max_epochs=1).fit(WORDS, TAGS)
    assert TransitionDisplay.from_estimator(tagger, ax=axes).ax_ is axes
    display = TrainingCurveDisplay.from_estimator(classifier(early_stopping=False).fit(X, Y))
    assert display.plot(axes).figure_ is figure
