"""The pictures show what the estimators hold."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNClassifier, RNNTagger
from sklearn_rnn.inspection import TrainingCurveDisplay, TransitionDisplay
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


def test_what_has_no_curve_is_refused():
    with pytest.raises(NotFittedError):
        TrainingCurveDisplay.from_estimator(classifier())
    with pytest.raises(TypeError, match="expected a fitted .* LogisticRegression has none"):
        TrainingCurveDisplay.from_estimator(LogisticRegression().fit(X[:, 0], Y))


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
