"""Ensembles of taggers."""

import pickle
from itertools import chain, pairwise, product

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNTagger
from sklearn_rnn.data import allowed_transitions, check_scheme, spans
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.metrics import span_f1_scorer
from sklearn_rnn.preprocessing import TokenEncoder
from tests.tagging_data import FORMS, SCHEMES, labels, sequences, span_labels

SMALL = {"hidden_size": 4, "max_epochs": 2, "batch_size": 8, "lr": 0.02}
X, Y = sequences("words"), labels()
SPANS = span_labels("IOB2")

both_outputs = pytest.mark.parametrize("output", ["crf", "softmax"])
every_scheme = pytest.mark.parametrize("scheme", SCHEMES)


def ensembles(n_members=3, bootstrap=False, n_jobs=None, **parameters):
    return SeedEnsemble(
        RNNTagger(**SMALL | parameters),
        n_members,
        bootstrap=bootstrap,
        n_jobs=n_jobs,
        random_state=0,
    )


def mean_of_members(ensemble, X):
    """The mean marginals by hand, by label: a list of lists of dicts."""
    found = []
    parts = [member.predict_proba(X) for member in ensemble.estimators_]
    for i in range(len(X)):
        steps = [dict.fromkeys(ensemble.classes_.tolist(), 0.0) for _ in range(len(parts[0][i]))]
        for member, part in zip(ensemble.estimators_, parts, strict=True):
            for step, row in zip(steps, part[i], strict=True):
                for label, probability in zip(member.classes_.tolist(), row, strict=True):
                    step[label] += probability / len(parts)
        found.append(steps)
    return found


def best_legal(steps, allowed, classes):
    """The legal labels with the largest product, by trying all."""
    best, found = -1.0, None
    for tags in product(range(len(classes)), repeat=len(steps)):
        legal = allowed.starts[tags[0]] and allowed.ends[tags[-1]]
        legal = legal and all(allowed.transitions[pair] for pair in pairwise(tags))
        value = np.prod([steps[t][classes[tag]] for t, tag in enumerate(tags)])
        if legal and value > best:
            best, found = value, [classes[tag] for tag in tags]
    return found


@pytest.mark.parametrize("form", FORMS)
@both_outputs
def test_marginals_are_the_mean_of_the_members(form, output):
    more = {"n_tokens": 14} if form == "ids" else {}
    ensemble = ensembles(output=output, **more).fit(sequences(form), SPANS)
    found, expected = (
        ensemble.predict_proba(sequences(form)),
        mean_of_members(ensemble, sequences(form)),
    )
    for part, steps in zip(found, expected, strict=True):
        np.testing.assert_allclose(part, [list(step.values()) for step in steps], atol=1e-9)
        np.testing.assert_allclose(part.sum(axis=1), 1, atol=1e-5)


@both_outputs
@pytest.mark.parametrize("bootstrap", [False, True])
def test_labels_are_the_likeliest_legal_ones(output, bootstrap):
    y = span_labels("IOB2", longest=4, types=("X",))
    short = sequences("words", longest=4)
    ensemble = ensembles(output=output, bootstrap=bootstrap).fit(short, y)
    assert ensemble.scheme_ == "IOB2"
    classes = ensemble.classes_.tolist()
    allowed = allowed_transitions(classes, "IOB2")
    means = mean_of_members(ensemble, short)
    expected = [best_legal(steps, allowed, classes) for steps in means]
    assert ensemble.predict(short).tolist() == expected


@every_scheme
@both_outputs
def test_labels_are_always_legal(scheme, output):
    new = sequences("words", n=60, seed=1)
    ensemble = ensembles(output=output, bootstrap=True, max_epochs=1).fit(X, span_labels(scheme))
    assert ensemble.scheme_ == scheme
    found = ensemble.predict(new)
    check_scheme(found, scheme)
    assert found.shape == (60,) and found.dtype == object
    assert [len(row) for row in found] == [len(row) for row in new]


def test_without_a_scheme_each_step_has_its_likeliest_label():
    ensemble = ensembles().fit(X, Y)
    assert ensemble.scheme_ is None
    expected = [
        [max(step, key=step.get) for step in steps] for steps in mean_of_members(ensemble, X)
    ]
    assert ensemble.predict(X).tolist() == expected
    with pytest.raises(AttributeError, match="so that there are no spans; use predict"):
        ensemble.predict_spans(X)


@both_outputs
def test_one_member_predicts_as_it_does_alone(output):
    ensemble = ensembles(1, output=output).fit(X, SPANS)
    member = ensemble.estimators_[0]
    assert ensemble.predict(X).tolist() == member.predict(X).tolist()
    assert ensemble.predict_spans(X).tolist() == member.predict_spans(X).tolist()
    assert ensemble.score(X, SPANS) == pytest.approx(member.score(X, SPANS))


@both_outputs
def test_spans_are_those_of_the_labels_with_the_mean_of_their_probabilities(output):
    y = span_labels("BIOES", longest=4, types=("X",))
    short = sequences("words", longest=4)
    ensemble = ensembles(2, output=output).fit(short, y)
    rows, found = ensemble.predict(short), ensemble.predict_spans(short)
    for i, (row, given) in enumerate(zip(rows, found, strict=True)):
        expected = spans(row, "BIOES")
        assert [span[:3] for span in given] == [tuple(span) for span in expected]
        for span in given:
            parts = [holds(member, short[i], span) for member in ensemble.estimators_]
            assert span.probability == pytest.approx(np.mean(parts), abs=1e-6)


def holds(tagger, sentence, span):
    """The probability of all sequences of labels that hold a span, which are listed."""
    if tagger.output_ == "softmax":  # each step by itself
        steps = tagger.predict_proba([sentence])[0]
        inside = span.end - span.start
        names = ["S"] if inside == 1 else ["B", *"I" * (inside - 2), "E"]
        tags = [tagger.classes_.tolist().index(f"{name}-{span.type}") for name in names]
        return np.prod([steps[span.start + t, tag] for t, tag in enumerate(tags)])
    rows, values = (part[0] for part in tagger.predict_nbest([sentence], 10_000))
    return sum(
        np.exp(value)
        for row, value in zip(rows, values, strict=True)
        if span[:3] in [tuple(other) for other in spans(row, "BIOES")]
    )


def test_a_label_that_some_members_never_saw_is_among_the_classes():
    y = [["O"] * len(row) for row in X]
    y[3][0], y[7][0] = "B-RARE", "B-X"
    ensemble = ensembles(4, bootstrap=True, constraints=None).fit(X, y)
    known = [set(member.classes_) for member in ensemble.estimators_]
    assert len(set(map(frozenset, known))) > 1
    assert set(ensemble.classes_) == set.union(*known)
    for part, steps in zip(ensemble.predict_proba(X), mean_of_members(ensemble, X), strict=True):
        np.testing.assert_allclose(part, [list(step.values()) for step in steps], atol=1e-9)


def test_members_that_found_no_spans_leave_the_scheme_to_the_others():
    y = [["O"] * len(row) for row in X]
    y[3][0] = "B-RARE"
    ensemble = ensembles(6, bootstrap=True).fit(X, y)
    assert {member.scheme_ for member in ensemble.estimators_} == {None, "IOB2"}
    assert ensemble.scheme_ == "IOB2"
    check_scheme(ensemble.predict(X), "IOB2")
    assert len(ensemble.predict_spans(X)) == len(X)


def test_a_label_of_another_form_leaves_no_scheme():
    y = [list(row) for row in SPANS]
    y[3][0] = "other"
    ensemble = ensembles(6, bootstrap=True).fit(X, y)
    assert {member.scheme_ for member in ensemble.estimators_} == {None, "IOB2"}
    assert ensemble.scheme_ is None
    with pytest.raises(AttributeError, match="so that there are no spans"):
        ensemble.predict_spans(X)


def test_accuracy_is_that_of_the_steps():
    ensemble, weight = ensembles().fit(X, SPANS), np.arange(24) % 3
    found, true = (list(chain.from_iterable(rows)) for rows in (ensemble.predict(X), SPANS))
    right = np.array(found) == np.array(true)
    assert ensemble.score(X, SPANS) == pytest.approx(np.mean(right))
    by_step = np.repeat(weight, [len(row) for row in X])
    expected = np.average(right, weights=by_step)
    assert ensemble.score(X, SPANS, sample_weight=weight) == pytest.approx(expected)


def test_it_is_neither_a_classifier_nor_a_regressor():
    assert not is_classifier(ensembles()) and not is_regressor(ensembles())
    for name in ("predict_std", "predict_log_proba", "predict_nbest", "transform", "forecast"):
        assert not hasattr(ensembles(), name)
    assert hasattr(ensembles(), "predict_spans") and hasattr(ensembles(), "predict_proba")


def test_it_is_searched_cross_validated_pickled_and_fitted_in_parallel():
    grid = {"estimator__output": ["crf", "softmax"], "bootstrap": [True]}
    search = GridSearchCV(ensembles(2), grid, cv=KFold(2), scoring=span_f1_scorer)
    assert np.isfinite(search.fit(X, SPANS).best_score_)
    by_number, by_splitter = (cross_val_score(ensembles(2), X, Y, cv=cv) for cv in (2, KFold(2)))
    np.testing.assert_array_equal(by_number, by_splitter)
    ensemble = ensembles(2).fit(X, SPANS)
    for other in (pickle.loads(pickle.dumps(ensemble)), ensembles(2, n_jobs=2).fit(X, SPANS)):
        assert other.predict_spans(X).tolist() == ensemble.predict_spans(X).tolist()


def test_a_pipeline_that_ends_in_a_tagger_is_one():
    pipeline = make_pipeline(TokenEncoder(), RNNTagger(**SMALL))
    ensemble = SeedEnsemble(pipeline, 2, random_state=0).fit(X, SPANS)
    assert ensemble.scheme_ == "IOB2" and not is_classifier(ensemble)
    check_scheme(ensemble.predict(X), "IOB2")
    assert not hasattr(ensemble, "predict_spans")


def test_partial_fit_goes_on():
    ensemble = ensembles(2)
    for _ in range(2):
        ensemble.partial_fit(X, SPANS)
    assert [member.n_iter_ for member in ensemble.estimators_] == [2, 2]
    assert ensemble.scheme_ == "IOB2"
    check_scheme(ensemble.predict(X), "IOB2")
