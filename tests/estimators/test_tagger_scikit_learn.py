"""RNNTagger in scikit-learn: a battery in the place of its checks, and composition."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
import torch
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone, is_classifier, is_regressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from sklearn_rnn import RNNTagger
from sklearn_rnn.metrics import span_f1_score, span_f1_scorer, token_accuracy_score
from sklearn_rnn.preprocessing import PerStep, TokenEncoder
from tests.tagging_data import FORMS, labels, nested, sequences, span_labels

SMALL = {"hidden_size": 4, "max_epochs": 1, "batch_size": 8, "lr": 0.02, "random_state": 0}
X, Y = sequences("words"), labels()
SPANS = span_labels("IOB2", types=("X",))
SAME_LENGTH = [i for i, row in enumerate(labels(n=150)) if len(row) == 3]
LENGTHS = {
    "ragged": (X, SPANS),
    "equal": tuple(
        [part[i] for i in SAME_LENGTH]
        for part in (sequences("words", n=150), span_labels("IOB2", n=150, types=("X",)))
    ),
}

every_form = pytest.mark.parametrize("form", FORMS)
both_outputs = pytest.mark.parametrize("output", ["crf", "softmax"])
either_length = pytest.mark.parametrize(("X", "y"), LENGTHS.values(), ids=LENGTHS)
either_container = pytest.mark.parametrize("container", [list, nested], ids=["lists", "objects"])


def unfitted(form="words", **parameters):
    return RNNTagger(**SMALL | ({"n_tokens": 14} if form == "ids" else {}) | parameters)


def fitted(form="words", **parameters):
    return unfitted(form, **parameters).fit(sequences(form), SPANS)


def assert_same_predictions(tagger, other, X):
    np.testing.assert_array_equal(tagger.predict(X), other.predict(X))
    for method in ("predict_proba", "transform"):
        rows = zip(getattr(tagger, method)(X), getattr(other, method)(X), strict=True)
        for found, expected in rows:
            np.testing.assert_array_equal(found, expected)
    assert tagger.predict_spans(X).tolist() == other.predict_spans(X).tolist()


# --- the battery --------------------------------------------------------------------------------


def test_it_is_neither_a_classifier_nor_a_regressor():
    assert not is_classifier(RNNTagger()) and not is_regressor(RNNTagger())
    assert get_tags(RNNTagger()).target_tags.required


def test_clone_and_parameters():
    tagger = unfitted(class_weight={"O": 2.0}, callbacks=[], constraints=None)
    copied = clone(tagger)
    assert copied.get_params() == tagger.get_params()
    assert clone(fitted()).__sklearn_is_fitted__() is False
    assert copied.set_params(hidden_size=9).hidden_size == 9
    with pytest.raises(ValueError, match="Invalid parameter 'hidden'"):
        copied.set_params(hidden=3)


def test_fit_changes_no_parameter_and_gives_the_tagger_back():
    tagger = unfitted(class_weight={"O": 2.0, "B-X": 1.0, "I-X": 1.0})
    before = copy.deepcopy(tagger.get_params())
    assert tagger.fit(X, SPANS) is tagger
    assert tagger.partial_fit(X, SPANS) is tagger
    assert tagger.get_params() == before


def test_all_it_learns_ends_in_an_underscore():
    tagger = unfitted()
    names = set(vars(tagger))
    tagger.fit(X, SPANS)
    learned = set(vars(tagger)) - names
    assert all(name.startswith("_") or name.endswith("_") for name in learned)


def test_repr_shows_what_auto_has_chosen():
    assert repr(RNNTagger(hidden_size=3)) == "RNNTagger(hidden_size=3)"
    text = repr(fitted())
    assert " with " in text and "output='crf'" in text and "characters=True" in text
    assert "sk-top-container" in fitted()._repr_html_()


@every_form
@both_outputs
@pytest.mark.parametrize("way", ["pickle", "deepcopy", "joblib"])
def test_copies_predict_the_same(way, form, output):
    tagger = fitted(form, output=output, class_weight={"O": 0.5})
    if way == "joblib":
        file = io.BytesIO()
        joblib.dump(tagger, file)
        copied = joblib.load(io.BytesIO(file.getvalue()))
    else:
        copied = copy.deepcopy(tagger) if way == "deepcopy" else pickle.loads(pickle.dumps(tagger))
    assert copied.get_params() == tagger.get_params()
    assert_same_predictions(copied, tagger, sequences(form))
    one, two = (each.partial_fit(sequences(form), SPANS) for each in (tagger, copied))
    assert_same_predictions(one, two, sequences(form))


def test_pretrained_vectors_survive_a_pickle():
    vectors = {"the": np.ones(5), "zebra": np.arange(5.0)}
    tagger = fitted(embedding=vectors, freeze_embedding=True)
    assert_same_predictions(pickle.loads(pickle.dumps(tagger)), tagger, [*X, ["zebra"]])


@every_form
@both_outputs
def test_fit_is_idempotent(form, output):
    tagger = fitted(form, output=output)
    before = pickle.loads(pickle.dumps(tagger))
    assert_same_predictions(tagger.fit(sequences(form), SPANS), before, sequences(form))


def test_another_fit_forgets_the_one_before():
    tagger = fitted("words").fit(sequences("numbers"), Y).fit(sequences("features"), SPANS)
    assert_same_predictions(tagger, fitted("features"), sequences("features"))
    tagger.set_params(embedding={"the": np.ones(3)}).fit(X, SPANS)
    tagger.set_params(embedding=None).fit(X, SPANS)
    assert_same_predictions(tagger, fitted(), X)


def test_a_fit_alone_in_threads_and_in_processes_is_the_same():
    expected = fitted()
    for backend in ("threading", "loky"):
        taggers = joblib.Parallel(n_jobs=2, backend=backend)(
            joblib.delayed(unfitted().fit)(X, SPANS) for _ in range(2)
        )
        for tagger in taggers:
            assert_same_predictions(tagger, expected, X)


def test_a_random_state_is_drawn_from():
    state = np.random.RandomState(3)
    one, two = (unfitted(random_state=state).fit(X, SPANS) for _ in range(2))
    again = unfitted(random_state=np.random.RandomState(3)).fit(X, SPANS)
    assert_same_predictions(one, again, X)
    states = [tagger.module_.state_dict()["head.weight"] for tagger in (one, two)]
    assert not torch.equal(*states)


def test_nothing_is_printed(capfd):
    fitted().predict(X)
    assert capfd.readouterr() == ("", "")
    unfitted(verbose=2).fit(X, SPANS)
    assert capfd.readouterr().out


# --- composition --------------------------------------------------------------------------------


@either_length
@either_container
def test_cross_val_score_is_that_of_fits_by_hand(X, y, container):
    scores = cross_val_score(unfitted(), container(X), container(y), cv=KFold(3))
    by_number = cross_val_score(unfitted(), container(X), container(y), cv=3)
    expected = []
    for train, test in KFold(3).split(X):
        tagger = unfitted().fit([X[i] for i in train], [y[i] for i in train])
        rows, true = tagger.predict([X[i] for i in test]), [y[i] for i in test]
        expected.append(token_accuracy_score(true, rows))
    np.testing.assert_allclose(scores, expected)
    np.testing.assert_array_equal(scores, by_number)


@either_length
@either_container
def test_cross_val_predict_gives_a_list_a_sequence(X, y, container):
    found = cross_val_predict(unfitted(), container(X), container(y), cv=KFold(2))
    assert found.shape == (len(X),) and found.dtype == object
    assert [len(row) for row in found] == [len(row) for row in X]
    train, test = next(KFold(2).split(X))
    tagger = unfitted().fit([X[i] for i in train], [y[i] for i in train])
    assert found[test].tolist() == tagger.predict([X[i] for i in test]).tolist()


@either_length
@both_outputs
def test_cross_validate_scores_spans(X, y, output):
    estimator = unfitted(output=output, max_epochs=4)
    found = cross_validate(
        estimator, X, y, cv=KFold(2), scoring={"f1": span_f1_scorer}, return_estimator=True
    )
    for (_, test), tagger, score in zip(
        KFold(2).split(X), found["estimator"], found["test_f1"], strict=True
    ):
        rows = tagger.predict([X[i] for i in test])
        assert score == pytest.approx(span_f1_score([y[i] for i in test], rows))


def test_documents_stay_together():
    groups = np.arange(24) // 4
    scores = cross_val_score(unfitted(), X, Y, groups=groups, cv=GroupKFold(3))
    assert scores.shape == (3,) and np.isfinite(scores).all()


@either_length
@either_container
@pytest.mark.parametrize(
    "search", [GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV], ids=lambda c: c.__name__
)
def test_searches(search, X, y, container):
    options = {
        GridSearchCV: {},
        RandomizedSearchCV: {"n_iter": 2, "random_state": 0},
        HalvingGridSearchCV: {"random_state": 0, "min_resources": 8, "factor": 2},
    }[search]
    grid = {"hidden_size": [2, 4], "output": ["crf"]}
    found = search(
        unfitted(), grid, cv=KFold(2), scoring=span_f1_scorer, error_score="raise", **options
    ).fit(container(X), container(y))
    assert found.best_params_["hidden_size"] in (2, 4)
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()
    assert found.predict(container(X)).shape == (len(X),)
    assert found.score(container(X), container(y)) == pytest.approx(
        span_f1_score(y, found.predict(X))
    )


def test_halving_over_epochs():
    found = HalvingGridSearchCV(
        unfitted(), {"lr": [1e-5, 0.05]}, cv=KFold(2), resource="max_epochs", max_resources=12,
        min_resources=6, factor=2, random_state=0, error_score="raise",
    ).fit(X, Y)  # fmt: skip
    assert found.best_params_ == {"lr": 0.05, "max_epochs": 12}


def test_a_search_over_cells_and_outputs_in_processes():
    grid = {"cell": ["gru", "lstm"], "output": ["crf", "softmax"]}
    one, two = (
        GridSearchCV(unfitted(), grid, cv=KFold(2), n_jobs=n_jobs, error_score="raise").fit(X, Y)
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(
        one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"]
    )


def test_learning_curve():
    sizes, train, test = learning_curve(
        unfitted(max_epochs=8), X, Y, cv=KFold(2), train_sizes=[4, 12], error_score="raise"
    )
    assert sizes.tolist() == [4, 12]
    assert train.shape == test.shape == (2, 2)
    assert test[1].mean() > test[0].mean()


class Lower(TransformerMixin, BaseEstimator):
    """A transformer of a user's own."""

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return [[word.lower() for word in row] for row in X]


def test_a_pipeline_is_the_steps_one_by_one():
    pipeline = make_pipeline(Lower(), unfitted()).fit(X, SPANS)
    lowered = Lower().transform(X)
    tagger = unfitted().fit(lowered, SPANS)
    assert pipeline.predict(X).tolist() == tagger.predict(lowered).tolist()
    assert pipeline.score(X, SPANS) == tagger.score(lowered, SPANS)
    for found, expected in zip(pipeline.transform(X), tagger.transform(lowered), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert_same_predictions(pickle.loads(pickle.dumps(pipeline))[-1], tagger, lowered)


def test_a_pipeline_of_encoded_tokens_and_of_numbers():
    encoded = make_pipeline(TokenEncoder(), unfitted(hidden_size=8, max_epochs=20, lr=0.05)).fit(
        X, Y
    )
    assert encoded.score(X, Y) > 0.9
    steps = sequences("numbers")
    scaled = make_pipeline(PerStep(StandardScaler()), unfitted()).fit(steps, Y)
    assert [len(row) for row in scaled.predict(steps)] == [len(row) for row in steps]
    found = GridSearchCV(
        make_pipeline(TokenEncoder(), unfitted()),
        {"tokenencoder__min_count": [1, 2], "rnntagger__hidden_size": [3, 4]},
        cv=KFold(2),
        error_score="raise",
    ).fit(X, Y)
    assert len(found.cv_results_["params"]) == 4


def test_weights_reach_the_tagger_in_a_pipeline():
    weight = np.arange(24.0) % 3
    pipeline = make_pipeline(Lower(), unfitted())
    pipeline.fit(X, SPANS, rnntagger__sample_weight=weight)
    lowered = Lower().transform(X)
    assert_same_predictions(
        pipeline[-1], unfitted().fit(lowered, SPANS, sample_weight=weight), lowered
    )
    with config_context(enable_metadata_routing=True):
        tagger = unfitted().set_fit_request(sample_weight=True)
        routed = make_pipeline(Lower(), tagger.set_score_request(sample_weight=True))
        if hasattr(routed, "set_score_request"):  # scikit-learn 1.6 also asks the pipeline itself
            routed.set_score_request(sample_weight=True)
        searched = GridSearchCV(
            routed,
            {"rnntagger__hidden_size": [4]},
            cv=KFold(2),
            error_score="raise",
        ).fit(X, SPANS, sample_weight=weight)
    assert_same_predictions(searched.best_estimator_[-1], pipeline[-1], lowered)


def test_weights_are_cut_with_the_folds():
    weight = np.arange(24.0) % 3
    scores = cross_val_score(
        unfitted(), X, Y, cv=KFold(2), params={"sample_weight": weight}, error_score="raise"
    )
    for (train, test), score in zip(KFold(2).split(X), scores, strict=True):
        tagger = unfitted().fit(
            [X[i] for i in train], [Y[i] for i in train], sample_weight=weight[train]
        )
        assert score == tagger.score([X[i] for i in test], [Y[i] for i in test])


# --- callbacks ----------------------------------------------------------------------------------


class Recorder:
    """Keeps what scikit-learn tells at the end of each task, and stops after some epochs."""

    def __init__(self, stop_after=None):
        self.stop_after, self.events, self.scores = stop_after, [], []

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context, **given):
        self.events.append("begin")

    def on_fit_task_end(
        self, estimator, context, *, fitted_estimator=None, X=None, y=None, **given
    ):
        self.events.append("end")
        if fitted_estimator is not None and X is not None:
            self.scores.append(fitted_estimator.score(X, y))
        return self.stop_after is not None and len(self.scores) >= self.stop_after


def test_scikit_learns_callbacks_see_each_epoch():
    pytest.importorskip("sklearn.callback", reason="came with scikit-learn 1.9")
    recorder = Recorder(stop_after=2)
    tagger = unfitted(max_epochs=5, lr_schedule=None).set_callbacks(recorder).fit(X, SPANS)
    assert tagger.n_iter_ == 2
    assert recorder.scores[1] == tagger.score(X, SPANS)
    assert recorder.events.count("begin") == recorder.events.count("end") == 3
    assert_same_predictions(tagger, fitted(max_epochs=2, lr_schedule=None), X)
