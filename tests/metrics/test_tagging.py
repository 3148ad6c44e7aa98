"""Shares of right labels and sentences, held against scikit-learn and slow loops."""

import itertools
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate

from sklearn_rnn.metrics import (
    sequence_accuracy_score,
    sequence_accuracy_scorer,
    span_f1_score,
    span_f1_scorer,
    span_precision_score,
    span_precision_scorer,
    span_recall_score,
    span_recall_scorer,
    token_accuracy_score,
    token_accuracy_scorer,
)

SCORES = [
    token_accuracy_score,
    sequence_accuracy_score,
    span_f1_score,
    span_precision_score,
    span_recall_score,
]
SCORERS = [
    token_accuracy_scorer,
    sequence_accuracy_scorer,
    span_f1_scorer,
    span_precision_scorer,
    span_recall_scorer,
]


def random_rows(rng, labels, n=60, highest=4):
    """Rows of 1 to 4 labels: short enough that some are predicted without a mistake."""
    lengths = rng.integers(1, highest + 1, n)
    return [[labels[i] for i in rng.integers(len(labels), size=length)] for length in lengths]


def changed(rng, rows, labels, share=0.3):
    """The same rows with some labels drawn anew."""
    return [
        [labels[rng.integers(len(labels))] if rng.random() < share else label for label in row]
        for row in rows
    ]


def as_objects(rows):
    """A 1-D array of lists, as taggers predict, whether or not all are of one length."""
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


LABELS = {
    "strings": ["DET", "NOUN", "VERB"],
    "integers": [0, 1, 2],
    "truth values": [True, False],
}


@pytest.fixture(params=LABELS)
def pair(request, rng):
    """True and predicted rows."""
    labels = LABELS[request.param]
    y_true = random_rows(rng, labels)
    return y_true, changed(rng, y_true, labels)


# The values


def test_token_accuracy_equals_the_accuracy_of_all_steps(pair):
    flat_true, flat_pred = ([*itertools.chain(*rows)] for rows in pair)
    expected = accuracy_score(flat_true, flat_pred)
    assert 0.5 < expected < 1
    assert token_accuracy_score(*pair) == pytest.approx(expected)


def test_sequence_accuracy_equals_the_share_of_equal_rows(pair):
    expected = np.mean([a == b for a, b in zip(*pair, strict=True)])
    assert 0 < expected < 1
    assert sequence_accuracy_score(*pair) == pytest.approx(expected)


def test_weights_of_sentences_count_as_repeated_sentences(pair, rng):
    y_true, y_pred = pair
    weights = rng.integers(0, 4, len(y_true))
    order = np.repeat(np.arange(len(y_true)), weights)
    repeated = [[rows[i] for i in order] for rows in pair]
    for score in [token_accuracy_score, sequence_accuracy_score]:
        weighted = score(y_true, y_pred, sample_weight=weights)
        assert weighted == pytest.approx(score(*repeated))
        assert weighted != score(y_true, y_pred)


def test_an_empty_sentence_has_no_mistake():
    assert token_accuracy_score([[], ["A", "B"]], [[], ["A", "A"]]) == 0.5
    assert sequence_accuracy_score([[], ["A", "B"], []], [[], ["A", "A"], []]) == 2 / 3


# What both may be


CONTAINERS = {
    "tuples": lambda rows: tuple(tuple(row) for row in rows),
    "object array of lists": as_objects,
    "object array of arrays": lambda rows: as_objects([np.array(row) for row in rows]),
    "series": lambda rows: pd.Series(rows, index=np.arange(len(rows)) + 7),
    "numpy scalars": lambda rows: [list(np.array(row)) for row in rows],
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize("score", [token_accuracy_score, sequence_accuracy_score])
def test_containers_change_nothing(pair, score, container):
    expected = score(*pair)
    y_true, y_pred = pair
    assert score(container(y_true), y_pred) == expected
    assert score(y_true, container(y_pred)) == expected


def test_a_square_array_is_rows_of_one_length():
    y_true, y_pred = np.array([["A", "B"], ["A", "A"]]), [["A", "B"], ["B", "A"]]
    assert token_accuracy_score(y_true, y_pred) == 0.75
    assert sequence_accuracy_score(pd.DataFrame(y_true), np.array(y_pred)) == 0.5


def test_scores_leave_what_they_got_as_it_was(pair):
    before = pickle.dumps(pair)
    token_accuracy_score(*pair)
    sequence_accuracy_score(*pair)
    assert pickle.dumps(pair) == before


# What is refused, by all scores of sequences


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("y_true", "y_pred", "error", "message"),
    [
        ([["O"]], [["O"], ["O"]], ValueError, "y_true has 1 sentences, but y_pred has 2"),
        (
            [["O"], ["O", "O"], ["O"]],
            [["O"], ["O"], []],
            ValueError,
            r"sentence 1 has 2 labels in y_true, but 1 in y_pred \(2 of 3 sentences differ\)",
        ),
        ([], [], ValueError, "y_true is empty"),
        ([[]], [[]], ValueError, "y_true has no labels"),
        ("OO", [["O"], ["O"]], TypeError, "y_true must be a list .* but is a str"),
        ([["O"]], None, TypeError, "y_pred must be a list .* but is a NoneType"),
        (
            [["O"], "O"],
            [["O"], ["O"]],
            TypeError,
            r"y_true must hold a list .* sentence 1 is 'O' \(str\)",
        ),
        (np.array(["O"]), [["O"]], TypeError, "sentence 0 is 'O'"),
        ([["O"]], [{"O"}], TypeError, r"y_pred must hold .* sentence 0 is {'O'} \(set\)"),
        (
            [["O", "O"], ["O"]],
            [["O", "O"], [None]],
            TypeError,
            r"sentence 1, step 0 of y_pred is None \(NoneType\)",
        ),
        ([["O", np.nan]], [["O", "O"]], TypeError, "sentence 0, step 1 of y_true is nan"),
        ([[1.5]], [[1.5]], TypeError, r"step 0 of y_true is 1.5 \(float\)"),
        ([[["O"]]], [[["O"]]], TypeError, r"step 0 of y_true is \['O'\]"),
        (
            [["O"], ["O"]],
            [["O"], [1]],
            ValueError,
            r"sentence 1, step 0 of y_pred is 1 \(an integer\) and the first .* is 'O'",
        ),
        ([[1, 0]], [[True, False]], ValueError, r"step 0 of y_pred is True \(a truth value\)"),
        ([["1"]], [[1]], ValueError, "convert one of them"),
    ],
)
def test_bad_rows_are_refused_and_placed(score, y_true, y_pred, error, message):
    with pytest.raises(error, match=message):
        score(y_true, y_pred)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], "inconsistent|shape"),
        ([1.0, -1.0], "[Nn]egative"),
        ([0.0, 0.0], "positive weight|non-zero"),  # the second is scikit-learn's
    ],
)
def test_weights_that_weigh_nothing_are_refused(score, weights, message):
    y = [["B-X"], ["B-X"]]
    with pytest.raises(ValueError, match=message):
        score(y, y, sample_weight=weights)


def test_weights_on_sentences_without_labels_are_refused():
    with pytest.raises(ValueError, match="no weight to any sentence that has labels"):
        token_accuracy_score([[], ["A"]], [[], ["A"]], sample_weight=[1, 0])


# As scorers


class ConstantTagger(BaseEstimator):
    """Tags the words that it was told of, and gives rows as taggers do."""

    def __init__(self, names=("Ada",)):
        self.names = names

    def fit(self, X, y):
        self.is_fitted_ = True
        return self

    def predict(self, X):
        return as_objects([["B-PER" if word in self.names else "O" for word in row] for row in X])


X = [["Ada", "saw", "Bob"], ["Bob", "ran"], ["Ada"], ["he", "saw", "Ada"]] * 3
Y = [["B-PER", "O", "B-PER"], ["B-PER", "O"], ["B-PER"], ["O", "O", "B-PER"]] * 3


@pytest.mark.parametrize("equal", [False, True], ids=["ragged", "equal lengths"])
@pytest.mark.parametrize(("score", "scorer"), list(zip(SCORES, SCORERS, strict=True)))
def test_scorers_score_the_predictions_of_each_fold(score, scorer, equal):
    rows = [i for i in range(len(X)) if not equal or len(X[i]) == 3]
    words, labels = [X[i] for i in rows], [Y[i] for i in rows]
    folds = np.array_split(np.arange(len(rows)), 3)
    tagger = ConstantTagger()
    expected = [
        score([labels[i] for i in fold], tagger.predict([words[i] for i in fold])) for fold in folds
    ]
    assert min(expected) > 0
    for y in [labels, as_objects(labels)]:
        got = cross_val_score(tagger, words, y, scoring=scorer, cv=3, error_score="raise")
        assert got.tolist() == expected
    assert pickle.loads(pickle.dumps(scorer))(tagger, words, labels) == score(
        labels, tagger.predict(words)
    )


def test_scorers_choose_in_a_search():
    names = [(), ("Ada",), ("Ada", "Bob")]
    search = GridSearchCV(
        ConstantTagger(),
        {"names": names},
        scoring={"f1": span_f1_scorer, "accuracy": token_accuracy_scorer},
        refit="f1",
        cv=2,
        error_score="raise",
    ).fit(X, Y)
    assert search.best_params_ == {"names": ("Ada", "Bob")}
    assert search.best_score_ == 1.0
    assert search.cv_results_["mean_test_f1"][0] == 0.0


def test_a_scorer_takes_no_span_for_a_zero_without_a_warning():
    scoring = {"p": span_precision_scorer, "r": span_recall_scorer, "f": span_f1_scorer}
    nothing = [["O"] * len(row) for row in X]
    got = cross_validate(ConstantTagger(names=()), X, nothing, scoring=scoring, cv=2)
    assert {got[f"test_{name}"].sum() for name in scoring} == {0.0}
