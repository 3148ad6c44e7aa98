"""RNNClassifier on labels of every kind: multilabel, several targets, classes in order."""

import copy
import pickle
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.special import expit, log_expit
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_class_weight
from skorch.callbacks import Callback, EpochScoring

from sklearn_rnn import RNNClassifier

SMALL = {
    "hidden_size": 8,
    "max_epochs": 2,
    "batch_size": 8,
    "lr": 0.02,
    "early_stopping": False,
    "random_state": 0,
}
N = 48
rng = np.random.default_rng(0)
X = [rng.normal(size=(2 + i % 5, 2)) for i in range(N)]
FIRST = np.array([x[0] for x in X])

GRADES = np.digitize(FIRST[:, 0], [-0.6, 0.6])  # 0, 1, 2
SINGLE = np.array(["ant", "bee", "cat"])[GRADES]
INDICATOR = np.column_stack([FIRST > 0, FIRST[:, 0] > 1]).astype(int)
NAMES = ["animal", "size", "wild"]
FRAME = pd.DataFrame({"animal": SINGLE, "size": GRADES + 5, "wild": FIRST[:, 1] > 0})
KINDS = {
    "single": (SINGLE, {}),
    "ordinal": (GRADES, {"ordinal": True}),
    "indicator": (INDICATOR, {}),
    "columns": (FRAME, {}),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def make(**parameters):
    return RNNClassifier(**(SMALL | parameters))


def fit(y, X=X, *, sample_weight=None, X_val=None, y_val=None, **parameters):
    model = make(**parameters)
    return model.fit(X, y, sample_weight=sample_weight, X_val=X_val, y_val=y_val)


@cache
def _fitted(kind):
    y, parameters = KINDS[kind]
    return fit(y, **parameters)


def fitted(kind):
    """A model that the test may spoil."""
    return copy.deepcopy(_fitted(kind))


def same_weights(model, other):
    pairs = zip(model.module_.parameters(), other.module_.parameters(), strict=True)
    return all(np.array_equal(a.detach(), b.detach()) for a, b in pairs)


def outputs(model, X):
    """All that a model says of X, side by side."""
    answers = [model.predict_proba(X), model.predict_log_proba(X), model.decision_function(X)]
    parts = [part for a in answers for part in (a if isinstance(a, list) else [a])]
    return np.column_stack(parts)


def refuses(*facts):
    """A ValueError that says all of these."""
    return pytest.raises(ValueError, match="(?s)" + ".*".join(facts))


# --- what holds for every kind ------------------------------------------------------------------


@every_kind
def test_a_prediction_depends_neither_on_the_batch_nor_on_order(kind):
    model = fitted(kind)
    together = outputs(model, X)
    alone = np.concatenate([outputs(model, [x]) for x in X])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(outputs(model, X[::-1])[::-1], together)


@every_kind
def test_a_pickled_model_answers_alike_and_goes_on(kind):
    model = fitted(kind)
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(outputs(twin, X), outputs(model, X))
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    y = KINDS[kind][0]
    assert same_weights(twin.partial_fit(X, y), model.partial_fit(X, y))


@every_kind
def test_a_clone_is_unfitted_and_fits_alike(kind):
    y, _ = KINDS[kind]
    twin = clone(fitted(kind))
    assert not hasattr(twin, "classes_")
    assert same_weights(twin.fit(X, y), _fitted(kind))


@every_kind
def test_the_accuracy_of_validation_is_the_score(kind):
    y, parameters = KINDS[kind]
    rows = np.arange(N) % 3 == 0
    y_val = y[rows]
    X_val = [x for x, row in zip(X, rows, strict=True) if row]
    model = fit(y, X_val=X_val, y_val=y_val, max_epochs=1, **parameters)
    assert model.history_[-1]["valid_accuracy"] == pytest.approx(model.score(X_val, y_val))


@every_kind
def test_another_fit_may_see_another_kind(kind):
    model = fitted(kind)
    for other, (y, parameters) in KINDS.items():
        model.set_params(**{"ordinal": False} | parameters).fit(X, y)
        assert same_weights(model, _fitted(other))
        assert hasattr(model, "target_names_") == (other == "columns")


@every_kind
def test_a_later_y_of_another_kind_is_refused(kind):
    model = fitted(kind)
    for y, _ in KINDS.values():
        if (np.ndim(y) == 1) == (kind in ("single", "ordinal")):
            continue
        for call in (model.partial_fit, model.set_params(warm_start=True).fit):
            with refuses("y holds", "but fit saw", "fit anew with warm_start=False"):
                call(X, y)
    np.testing.assert_array_equal(outputs(model, X), outputs(_fitted(kind), X))


def test_scikit_learns_validation_takes_every_kind():
    for kind, (y, parameters) in KINDS.items():
        # For an integer cv scikit-learn sorts all labels, which words and numbers cannot be.
        cv = KFold(2) if kind == "columns" else 2
        scores = cross_val_score(make(max_epochs=1, **parameters), X, y, cv=cv)
        assert scores.shape == (2,), kind
        assert (scores >= 0).all()


# --- any of several labels ----------------------------------------------------------------------


def test_the_formats_of_a_multilabel_are_those_of_the_mlp():
    mlp = MLPClassifier(max_iter=300, tol=0.01, random_state=0).fit(FIRST, INDICATOR)
    model = fit(INDICATOR)
    np.testing.assert_array_equal(model.classes_, mlp.classes_)
    for method in ("predict", "predict_proba", "predict_log_proba"):
        ours, theirs = getattr(model, method)(X), getattr(mlp, method)(FIRST)
        assert (type(ours), ours.shape, ours.dtype) == (type(theirs), theirs.shape, theirs.dtype)
    assert model.decision_function(X).shape == INDICATOR.shape


def test_the_answers_of_a_multilabel_follow_from_its_logits():
    model = fit(INDICATOR)
    logits = model.decision_function(X)
    np.testing.assert_array_equal(model.predict_proba(X), expit(logits))
    np.testing.assert_array_equal(model.predict_log_proba(X), log_expit(logits))
    np.testing.assert_array_equal(model.predict(X), logits > 0)
    assert model.score(X, INDICATOR) == accuracy_score(INDICATOR, model.predict(X))


FORMS = {
    "list": (INDICATOR.tolist(), "int64"),
    "list of arrays": (list(INDICATOR), "int64"),
    "bool": (INDICATOR.astype(bool), "bool"),
    "float": (INDICATOR.astype(float), "float64"),
    "int8": (INDICATOR.astype(np.int8), "int8"),
    "object": (INDICATOR.astype(object), "int64"),
    "csr": (sparse.csr_array(INDICATOR), "int64"),
    "csc matrix": (sparse.csc_matrix(INDICATOR), "int64"),
    "DataFrame": (pd.DataFrame(INDICATOR, columns=list("abc")), "int64"),
    "mixed DataFrame": (pd.DataFrame(INDICATOR).astype({1: bool}), "int64"),
    "nullable": (pd.DataFrame(INDICATOR).astype({0: "Int64", 1: "boolean", 2: bool}), "int64"),
}


@pytest.mark.parametrize("y, dtype", FORMS.values(), ids=FORMS)
def test_a_multilabel_of_any_form_is_the_same(y, dtype):
    model = fit(y)
    assert same_weights(model, _fitted("indicator"))
    predicted = model.predict(X)
    assert predicted.dtype == dtype
    np.testing.assert_array_equal(predicted, _fitted("indicator").predict(X))
    if dtype == "int64" and not isinstance(y, pd.DataFrame | np.ndarray):
        assert model.score(X, y) == _fitted("indicator").score(X, INDICATOR)


def test_labels_are_learned():
    rng = np.random.default_rng(0)
    tokens = [rng.integers(2, 8, size=rng.integers(1, 7)) for _ in range(300)]
    y = np.array([[token in ids for token in (2, 3, 4)] for ids in tokens]).astype(int)
    options = {"embedding_dim": 8, "pooling": "max", "max_epochs": 12, "dropout": 0.0}
    model = fit(y[:200], tokens[:200], token_dropout=0.0, **options)
    assert model.score(tokens[200:], y[200:]) > 0.9


def test_labels_that_never_or_always_stand_are_taken():
    y = np.column_stack([np.zeros(N), np.ones(N), INDICATOR[:, 0]]).astype(int)
    predicted = fit(y, max_epochs=10, lr=0.1).predict(X)
    np.testing.assert_array_equal(predicted[:, :2], y[:, :2])


def test_searches_and_scorers_take_a_multilabel():
    search = GridSearchCV(make(max_epochs=1), {"cell": ["gru", "lstm"]}, cv=2)
    search.fit(X, INDICATOR)
    assert search.predict(X).shape == INDICATOR.shape
    for scoring in ("f1_macro", "roc_auc", "average_precision"):
        scores = cross_val_score(make(lr=0.1), X, INDICATOR, cv=2, scoring=scoring)
        assert np.isfinite(scores).all()
    proba = cross_val_predict(make(), X, INDICATOR, cv=2, method="predict_proba")
    assert proba.shape == INDICATOR.shape


# --- several targets ----------------------------------------------------------------------------


def test_the_formats_of_several_targets_are_those_of_scikit_learn():
    y = np.column_stack([GRADES, INDICATOR[:, 0] + 7])
    forest = RandomForestClassifier(3, random_state=0).fit(FIRST, y)
    model = fit(y)
    assert [c.tolist() for c in model.classes_] == [c.tolist() for c in forest.classes_]
    assert model.predict(X).shape == forest.predict(FIRST).shape
    assert model.predict(X).dtype == y.dtype
    pairs = zip(model.predict_proba(X), forest.predict_proba(FIRST), strict=True)
    assert all(ours.shape == theirs.shape for ours, theirs in pairs)
    assert isinstance(model.predict_log_proba(X), list)


def test_the_answers_of_several_targets_follow_from_each_other():
    model = fitted("columns")
    predicted, proba = model.predict(X), model.predict_proba(X)
    assert predicted.dtype == object
    assert predicted.shape == (N, 3)
    assert model.target_names_.tolist() == NAMES
    for j, classes in enumerate(model.classes_):
        assert classes.tolist() == sorted(set(FRAME.iloc[:, j]))
        np.testing.assert_allclose(proba[j].sum(axis=1), 1)
        assert predicted[:, j].tolist() == classes[proba[j].argmax(axis=1)].tolist()
        np.testing.assert_allclose(np.exp(model.predict_log_proba(X)[j]), proba[j])
    assert [d.shape for d in model.decision_function(X)] == [(N, 3), (N, 3), (N,)]
    assert {type(label) for label in predicted[0]} == {str, int, bool}


def test_the_score_of_several_targets_is_that_of_scikit_learn():
    y = np.column_stack([GRADES, INDICATOR[:, 0]])
    model = fit(y, max_epochs=6)
    trees = MultiOutputClassifier(DecisionTreeClassifier(max_depth=2, random_state=0)).fit(FIRST, y)
    trees.predict = lambda _: model.predict(X)
    assert 0.1 < model.score(X, y) < 1
    assert model.score(X, y) == pytest.approx(trees.score(FIRST, y))
    weight = np.arange(N)
    right = (model.predict(X) == y).all(axis=1)
    expected = np.average(right, weights=weight)
    assert model.score(X, y, sample_weight=weight) == pytest.approx(expected)
    assert model.score(X, y.tolist()) == model.score(X, y)
    assert model.score(X, np.where(y == 1, 99, y)) < model.score(X, y)


ROWS = [list(row) for row in FRAME.itertuples(index=False)]
FORMS = {
    "rows": ROWS,
    "tuples": [tuple(row) for row in ROWS],
    "objects": np.array(ROWS, dtype=object),
    "category": FRAME.astype({"animal": "category", "size": "Int64", "wild": "boolean"}),
    "words": FRAME.astype({"animal": "string"}).set_axis(range(7, 7 + N)),
}


@pytest.mark.parametrize("y", FORMS.values(), ids=FORMS)
def test_several_targets_of_any_form_are_the_same(y):
    model = fit(y)
    assert same_weights(model, _fitted("columns"))
    assert model.predict(X).tolist() == _fitted("columns").predict(X).tolist()
    assert model.score(X, y) == _fitted("columns").score(X, FRAME)


def test_two_values_other_than_0_and_1_are_classes():
    model = fit(INDICATOR + 1)
    assert [classes.tolist() for classes in model.classes_] == [[1, 2]] * 3
    words = fit(np.array(["no", "yes"])[INDICATOR])
    assert same_weights(model, words)
    np.testing.assert_array_equal(words.predict(X) == "yes", model.predict(X) == 2)


def test_several_targets_are_learned():
    rng = np.random.default_rng(0)
    tokens = [rng.integers(2, 5, size=5) for _ in range(300)]
    y = [[f"begins with {ids[0]}", int(ids[-1])] for ids in tokens]
    options = {"embedding_dim": 8, "bidirectional": True, "max_epochs": 10, "dropout": 0.0}
    model = fit(y[:200], tokens[:200], token_dropout=0.0, pooling="last", **options)
    assert model.score(tokens[200:], y[200:]) > 0.9


def test_a_search_takes_several_targets():
    search = GridSearchCV(make(max_epochs=1), {"cell": ["gru", "lstm"]}, cv=2)
    y = np.column_stack([GRADES, INDICATOR[:, 0]])
    assert search.fit(X, y).predict(X).shape == (N, 2)
    assert search.set_params(cv=KFold(2)).fit(X, FRAME).predict(X).shape == (N, 3)


# --- classes in order ---------------------------------------------------------------------------


def test_the_answers_of_ordered_classes_follow_from_the_probabilities():
    model = fitted("ordinal")
    proba = model.predict_proba(X)
    assert proba.shape == (N, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_allclose(np.log(proba), model.predict_log_proba(X))
    np.testing.assert_allclose(np.log(proba), model.decision_function(X))
    np.testing.assert_array_equal(model.predict(X), proba.argmax(axis=1))


def test_probabilities_are_those_of_one_score_and_cuts():
    model = fitted("ordinal")
    head = model.module_.head
    score = model.transform(X).astype(np.float64) @ head.score.weight[0].detach().numpy()
    gaps = np.log1p(np.exp(head.widths.detach().numpy()))
    scale = np.exp(head.log_scale.item())
    cuts = np.cumsum([head.first_cut.item(), *gaps])
    proba = model.predict_proba(X)
    for j, cut in enumerate(cuts):
        above = proba[:, j + 1 :].sum(axis=1)
        np.testing.assert_allclose(above, expit(scale * (score - cut)), rtol=1e-5)


NAMED = np.array(["poor", "fair", "good"])[GRADES]
ORDERED = {
    "list": (NAMED, ["poor", "fair", "good"]),
    "list with more": (NAMED, ["bad", "poor", "fair", "good", "best"]),
    "category": (pd.Series(pd.Categorical(NAMED, ["poor", "fair", "good"], ordered=True)), True),
    "categories": (pd.Categorical(NAMED, ["none", "poor", "fair", "good"], ordered=True), True),
    "sorted": (np.array(["1 poor", "2 fair", "3 good"])[GRADES], True),
}


@pytest.mark.parametrize("y, ordinal", ORDERED.values(), ids=ORDERED)
def test_names_of_ordered_classes_do_not_matter(y, ordinal):
    model = fit(y, ordinal=ordinal)
    assert model.classes_.tolist() == sorted(set(y))
    named = dict(zip(GRADES, np.asarray(y), strict=True))
    expected = [named[grade] for grade in _fitted("ordinal").predict(X)]
    assert model.predict(X).tolist() == expected
    columns = [model.classes_.tolist().index(named[grade]) for grade in range(3)]
    ours = model.predict_proba(X)[:, columns]
    np.testing.assert_allclose(ours, _fitted("ordinal").predict_proba(X), atol=1e-5)


def test_a_list_goes_before_the_order_of_categories():
    y = pd.Series(pd.Categorical(NAMED, ["fair", "good", "poor"], ordered=True))
    proba = fit(y, ordinal=["poor", "fair", "good"]).predict_proba(X)
    expected = fit(NAMED, ordinal=["poor", "fair", "good"]).predict_proba(X)
    np.testing.assert_array_equal(proba, expected)
    assert np.abs(fit(y, ordinal=True).predict_proba(X) - expected).max() > 0.01


def test_two_ordered_classes_have_log_odds():
    y = GRADES > 0
    model = fit(y, ordinal=True)
    decision = model.decision_function(X)
    assert decision.shape == (N,)
    np.testing.assert_allclose(expit(decision), model.predict_proba(X)[:, 1])


def test_one_ordered_class_alone_is_predicted():
    model = fit(["same"] * N, ordinal=True)
    np.testing.assert_array_equal(model.predict_proba(X), np.ones((N, 1)))


def rank_task(n, seed):
    """Five grades of a number that no single step shows."""
    rng = np.random.default_rng(seed)
    recordings = [rng.normal(size=rng.integers(4, 9)) for _ in range(n)]
    latent = [x.sum() for x in recordings] + rng.normal(scale=0.3, size=n)
    return recordings, np.digitize(latent, [-3.0, -1.0, 0.5, 2.5])


def test_the_order_is_learned():
    (train, y), (test, y_test) = rank_task(300, 0), rank_task(300, 1)
    options = {"max_epochs": 15, "dropout": 0.0, "pooling": "last"}
    errors = {}
    for ordinal in (False, True):
        model = fit(y, train, ordinal=ordinal, **options)
        errors[ordinal] = np.abs(model.predict(test) - y_test).mean()
    chance = np.abs(np.median(y) - y_test).mean()
    assert errors[True] < 0.25 * chance
    assert errors[True] < 1.1 * errors[False]


def test_searches_and_scorers_take_ordered_classes():
    search = GridSearchCV(make(max_epochs=1), {"ordinal": [False, True, [2, 1, 0]]}, cv=2)
    assert search.fit(X, GRADES).best_estimator_.classes_.tolist() == [0, 1, 2]
    scores = cross_val_score(make(ordinal=True), X, GRADES, cv=2, scoring="neg_log_loss")
    assert np.isfinite(scores).all()
    scores = cross_val_score(make(ordinal=True), X, GRADES > 0, cv=2, scoring="roc_auc")
    assert np.isfinite(scores).all()


# --- class_weight -------------------------------------------------------------------------------

WEIGHTS = [{0: 1.0, 1: 3.0}, {0: 0.2, 1: 1.0}, {1: 5.0}]
OF_COLUMNS = [{"ant": 0.5, "bee": 1, "cat": 3}, {5: 2, 6: 1, 7: 0}, {False: 1, True: 4}]


def test_class_weight_of_ordered_classes_is_the_sample_weight_of_its_classes():
    by_class = fit(GRADES, ordinal=True, class_weight={0: 1.0, 1: 3.0, 2: 0.3})
    by_sample = fit(GRADES, ordinal=True, sample_weight=np.array([1.0, 3.0, 0.3])[GRADES])
    assert same_weights(by_class, by_sample)
    assert not same_weights(by_class, _fitted("ordinal"))


def weights_of_each(y, class_weight):
    """The weight of each label, looked up one by one."""
    table = np.empty(y.shape)
    for i, row in enumerate(np.asarray(y, dtype=object)):
        for j, label in enumerate(row):
            table[i, j] = class_weight[j].get(label, 1.0)
    return table


def begun(y, class_weight, **options):
    """A model that has not moved, validated on what it saw: its loss and accuracy, and itself."""
    options |= {"lr": 1e-12, "max_epochs": 1, "class_weight": class_weight}
    model = fit(y, X_val=X, y_val=y, **options)
    return model.history_[0]["valid_loss"], model.history_[0]["valid_accuracy"], model


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_the_loss_of_a_multilabel_is_the_weighted_log_loss_of_its_labels(weights):
    loss, accuracy, model = begun(INDICATOR, weights)
    weight = weights_of_each(INDICATOR, weights or [{}] * 3)
    proba = model.predict_proba(X)
    losses = -np.log(np.where(INDICATOR == 1, proba, 1 - proba))
    assert loss == pytest.approx((losses * weight).sum() / weight.sum(), rel=1e-5)
    right = (model.predict(X) == INDICATOR).all(axis=1)
    assert accuracy == pytest.approx(np.average(right, weights=weight.sum(axis=1)), rel=1e-5)


@pytest.mark.parametrize("weights", [None, OF_COLUMNS])
def test_the_loss_of_several_targets_is_their_weighted_log_loss(weights):
    loss, accuracy, model = begun(FRAME, weights)
    weight = weights_of_each(FRAME, weights or [{}] * 3)
    losses = np.empty((N, 3))
    for j, (classes, proba) in enumerate(zip(model.classes_, model.predict_proba(X), strict=True)):
        column = FRAME.iloc[:, j].to_numpy()
        losses[:, j] = [
            log_loss([label], row[None], labels=classes)
            for label, row in zip(column, proba, strict=True)
        ]
    assert loss == pytest.approx((losses * weight).sum() / weight.sum(), rel=1e-5)
    right = (model.predict(X) == FRAME.to_numpy()).all(axis=1)
    assert accuracy == pytest.approx(np.average(right, weights=weight.sum(axis=1)), rel=1e-5)


@pytest.mark.parametrize("twice", [INDICATOR[:, [0, 0]], INDICATOR[:, [0, 0]] + 5])
def test_weights_of_equal_columns_are_those_of_the_sequences(twice):
    low, high = np.unique(twice)
    by_class = fit(twice, class_weight=[{low: 1.0, high: 3.0}] * 2)
    by_sample = fit(twice, sample_weight=np.where(twice[:, 0] == high, 3.0, 1.0))
    np.testing.assert_allclose(outputs(by_class, X), outputs(by_sample, X), rtol=1e-4, atol=1e-5)
    plain = fit(twice)
    assert np.abs(outputs(by_class, X) - outputs(plain, X)).max() > 1e-2


@pytest.mark.parametrize("y", [INDICATOR, FRAME], ids=["multilabel", "columns"])
def test_balanced_weights_count_each_column_by_itself(y):
    columns = [np.asarray(pd.DataFrame(y).iloc[:, j]) for j in range(3)]
    weights = []
    for column in columns:
        classes = np.unique(column)
        balanced = compute_class_weight("balanced", classes=classes, y=column)
        weights.append(dict(zip(classes.tolist(), balanced, strict=True)))
    balanced = fit(y, class_weight="balanced")
    assert same_weights(balanced, fit(y, class_weight=weights))
    assert not same_weights(balanced, fit(y))


def test_weights_of_classes_and_sequences_multiply():
    weight = np.linspace(0.5, 2, N)
    model = fit(INDICATOR, class_weight=WEIGHTS, sample_weight=weight)
    doubled = [{label: 2.0 * w.get(label, 1.0) for label in (0, 1)} for w in WEIGHTS]
    twin = fit(INDICATOR, class_weight=doubled, sample_weight=2 * weight)
    assert same_weights(model, twin)
    assert not same_weights(model, fit(INDICATOR, class_weight=WEIGHTS))


def test_only_rows_whose_weights_are_all_zero_are_left_out():
    nothing = (INDICATOR == 0).all(axis=1)
    assert 0 < nothing.sum() < N / 2
    kept = [x for x, drop in zip(X, nothing, strict=True) if not drop]
    weights = [{0: 0.0, 1: 1.0}] * 3
    model = fit(INDICATOR, class_weight=weights)
    assert same_weights(model, fit(INDICATOR[~nothing], kept, class_weight=weights))
    everything = INDICATOR.all(axis=1)
    fewer = [x for x, keep in zip(X, everything, strict=True) if keep]
    assert not same_weights(model, fit(INDICATOR[everything], fewer, class_weight=weights))


def test_balanced_weights_count_no_sequence_of_weight_zero():
    kept = np.arange(N) >= 20
    left = [x for x, keep in zip(X, kept, strict=True) if keep]
    model = fit(INDICATOR, class_weight="balanced", sample_weight=kept.astype(float))
    assert same_weights(model, fit(INDICATOR[kept], left, class_weight="balanced"))


# --- early stopping -----------------------------------------------------------------------------


class Split(Callback):
    """Keeps the targets that are validated on."""

    def on_epoch_begin(self, net, dataset_valid=None, **kwargs):
        self.valid = dataset_valid.target.tolist()


@every_kind
def test_a_validation_part_keeps_the_shares_of_the_labels(kind):
    y, parameters = KINDS[kind]
    middle = INDICATOR[:, 1] == (GRADES == 1)
    groups = [np.flatnonzero(middle & (grade == GRADES))[0] for grade in range(3)]
    assert len({tuple(INDICATOR[i]) for i in groups}) == 3
    rows = np.repeat(groups, [16, 32, 64])
    y = y.iloc[rows] if isinstance(y, pd.DataFrame) else y[rows]
    options = parameters | {"early_stopping": True, "validation_fraction": 0.25}
    model = make(callbacks=[Split()], **options).fit([X[i] for i in rows], y)
    hook = next(hook for _, hook in model.net_.callbacks_ if isinstance(hook, Split))
    drawn = pd.Series([str(row) for row in hook.valid]).value_counts()
    assert drawn.tolist() == [16, 8, 4]
    assert "valid_accuracy" in model.history_[-1]


def test_sets_of_labels_that_stand_once_are_split_without_regard_to_them():
    y = np.column_stack([np.arange(N) // 2**bit % 2 for bit in range(6)])
    assert len(fit(y, early_stopping=True).history_) == 2


# --- partial_fit --------------------------------------------------------------------------------


def test_a_multilabel_needs_no_classes_in_parts():
    model = make().partial_fit(X[:6], INDICATOR[:6]).partial_fit(X[6:], INDICATOR[6:].tolist())
    assert model.n_iter_ == 2
    assert model.classes_.tolist() == [0, 1, 2]
    twin = make().partial_fit(X[:6], INDICATOR[:6], classes=[0, 1, 2])
    assert same_weights(twin.partial_fit(X[6:], INDICATOR[6:], classes=np.arange(3)), model)


def test_several_targets_need_the_classes_of_each_in_parts():
    classes = [["bee", "ant", "cat"], [5, 6, 7, 8], [True, False]]
    model = make().partial_fit(X[:2], FRAME[:2], classes=classes)
    assert [c.tolist() for c in model.classes_] == [sorted(c) for c in classes]
    model.partial_fit(X, FRAME).partial_fit(X, FRAME, classes=classes)
    assert [p.shape for p in model.predict_proba(X)] == [(N, 3), (N, 4), (N, 2)]


def test_classes_make_a_first_part_of_0_and_1_several_targets():
    y = np.column_stack([GRADES, INDICATOR[:, 0]])
    low = [i for i in range(N) if GRADES[i] < 2]
    model = make().partial_fit([X[i] for i in low], y[low], classes=[[0, 1, 2], [0, 1]])
    assert model.partial_fit(X, y).predict(X).shape == (N, 2)


def test_ordered_classes_come_from_classes_or_from_the_order():
    order = ["poor", "fair", "good"]
    given = make(ordinal=order).partial_fit(X[:2], NAMED[:2], classes=order)
    listed = make(ordinal=order).partial_fit(X[:2], NAMED[:2])
    y = pd.Series(pd.Categorical(NAMED, order, ordered=True))
    categories = make(ordinal=True).partial_fit(X[:2], y[:2])
    assert same_weights(given, listed)
    assert same_weights(given, categories)
    assert listed.partial_fit(X, NAMED).classes_.tolist() == sorted(order)


def test_class_weight_holds_in_parts():
    model = make(class_weight=WEIGHTS)
    for part in (slice(0, 24), slice(24, N)):
        model.partial_fit(X[part], INDICATOR[part])
    assert model.n_iter_ == 2
    assert not same_weights(model, make().partial_fit(X[:24], INDICATOR[:24]))


# --- predict_top_k ------------------------------------------------------------------------------


@pytest.mark.parametrize("y, ordinal", [(SINGLE, False), (GRADES, True), (GRADES > 0, False)])
def test_the_top_labels_are_those_of_the_sorted_probabilities(y, ordinal):
    model = fit(y, ordinal=ordinal)
    n_classes = len(model.classes_)
    top = model.predict_top_k(X, k=n_classes)
    for row, proba in zip(top, model.predict_proba(X), strict=True):
        expected = sorted(zip(-proba, model.classes_.tolist(), strict=True))
        assert row.tolist() == [label for _, label in expected]
    assert top.dtype == model.classes_.dtype
    np.testing.assert_array_equal(top[:, 0], model.predict(X))
    np.testing.assert_array_equal(model.predict_top_k(X, k=1), top[:, :1])


def test_equally_probable_labels_stand_in_the_order_of_the_classes():
    model = fit(np.arange(N) % 24)
    for weight in model.module_.head.parameters():
        weight.data.zero_()
    assert model.predict_top_k(X[:1]).tolist() == [list(range(10))]


# --- bad input ----------------------------------------------------------------------------------


def with_label(y, i, j, label):
    y = pd.DataFrame(y).astype(object)
    y.iloc[i, j] = label
    return y


BAD = {
    "a missing label": (with_label(FRAME, 3, 0, None), {}, ("column 'animal' of y", "sequence 3")),
    "a missing number": (
        np.column_stack([GRADES, np.where(np.arange(N) == 3, np.nan, GRADES)]),
        {},
        ("column 1 of y", "sequence 3 is nan", "1 of 48"),
    ),
    "a missing 0 or 1": (
        with_label(INDICATOR, 3, 0, None).astype("Int64"),
        {},
        ("column 0 of y", "sequence 3"),
    ),
    "numbers for labels": (FIRST, {}, ("column 0 of y", "Unknown label type: continuous")),
    "words and numbers": (
        with_label(FRAME, 3, 0, 8),
        {},
        ("column 'animal' of y", "labels of one type", "sequence 0 is", "sequence 3 is 8"),
    ),
    "sets of labels": ([["a"], ["a", "b"]] * 24, {}, ("y must hold", "MultiLabelBinarizer")),
    "no columns": (np.empty((N, 0)), {}, ("at least one label",)),
    "ordered multilabel": (INDICATOR, {"ordinal": True}, ("ordinal needs one label", "3 columns")),
    "ordered targets": (FRAME, {"ordinal": ["ant"]}, ("ordinal needs one label", "3 columns")),
    "an order too short": (
        NAMED,
        {"ordinal": ["poor", "good"]},
        (re.escape("ordinal=['poor', 'good'] lacks 'fair'"), "list every label"),
    ),
    "an empty order": (NAMED, {"ordinal": []}, ("lacks 'fair'",)),
    "an order with repeats": (
        NAMED,
        {"ordinal": ["poor", "fair", "poor", "good"]},
        ("holds 'poor' twice", "once"),
    ),
    "one dict for columns": (
        FRAME,
        {"class_weight": {0: 1.0}},
        ("class_weight is one dict, but y has 3 columns", "list of 3 dicts"),
    ),
    "too few dicts": (INDICATOR, {"class_weight": WEIGHTS[:2]}, ("list of 2, but y has 3",)),
    "no dict": (INDICATOR, {"class_weight": [*WEIGHTS[:2], 3]}, (r"class_weight\[2\]", "dict")),
    "a negative weight": (
        INDICATOR,
        {"class_weight": [*WEIGHTS[:2], {1: -1.0}]},
        (r"class_weight\[2\]: class_weight of 1 is -1.0",),
    ),
    "a weight of no label": (
        FRAME,
        {"class_weight": [{"dog": 1.0}, {}, {}]},
        (r"class_weight\[0\]", "not in class_weight"),
    ),
    "a list for one label": (SINGLE, {"class_weight": [{"ant": 1}]}, ("is a list", "give a dict")),
    "no weight": (INDICATOR, {"class_weight": [{0: 0, 1: 0}] * 3}, ("all weights are zero",)),
}


@pytest.mark.parametrize("y, parameters, facts", BAD.values(), ids=BAD)
def test_bad_labels_are_refused(y, parameters, facts):
    model = make(**parameters)
    with refuses(*facts):
        model.fit(X, y)
    assert not hasattr(model, "net_")


def test_labels_that_fit_did_not_see_are_named():
    with refuses("label 'dog' of sequence 3, column 'animal',", r"\['ant', 'bee', 'cat'\]"):
        fitted("columns").partial_fit(X, with_label(FRAME, 3, 0, "dog"))
    with refuses("label 7 of sequence 3, column 1, is neither 0 nor 1"):
        fitted("indicator").partial_fit(X, with_label(INDICATOR, 3, 1, 7).to_numpy())
    with refuses("X_val and y_val", "y holds 2 columns", "fit saw 3 columns of 0 and 1"):
        fit(INDICATOR, X_val=X, y_val=INDICATOR[:, :2])
    with refuses("y has the columns", "'wild', 'size'", "fit saw"):
        fitted("columns").partial_fit(X, FRAME[["animal", "wild", "size"]])


def test_scores_of_another_kind_are_refused():
    model = fitted("columns")
    with refuses("y holds one label a sequence", "fit saw 3 columns of labels"):
        model.score(X, SINGLE)
    with refuses("y holds 2 columns", "fit saw 3 columns"):
        model.score(X, FRAME[["animal", "size"]])
    with refuses("48 sequence", "47 target"):
        model.score(X, FRAME[1:])


@pytest.mark.parametrize(
    "y, classes, facts",
    [
        (FRAME, None, ("classes must be passed on the first call", "a list of lists")),
        (FRAME, ["ant", "bee"], ("list of 3 lists",)),
        (FRAME, [["ant", "bee", "cat"], [5, 6, 7]], ("list of 3 lists",)),
        (FRAME, [["ant", "bee"], [5, 6, 7], [0, 1]], ("label 'cat'", "classes of the first call")),
        (INDICATOR, [0, 1], ("numbers from 0 to 2", r"classes=\[0, 1\]", "leave classes out")),
        (SINGLE, [["ant", "bee", "cat"]], ("classes is a list of lists", "one label a sequence")),
    ],
)
def test_bad_classes_are_refused(y, classes, facts):
    with refuses(*facts):
        make().partial_fit(X, y, classes=classes)


def test_classes_of_a_later_call_are_held_against_the_first():
    with refuses("classes=", "differ from those of the first call"):
        fitted("columns").partial_fit(X, FRAME, classes=[["ant", "dog"], [5, 6, 7], [False, True]])
    with refuses("numbers from 0 to 2"):
        fitted("indicator").partial_fit(X, INDICATOR, classes=[0, 1])


def test_an_order_cannot_change_while_training_goes_on():
    model = fitted("ordinal").set_params(ordinal=False, warm_start=True)
    with refuses("ordinal=False, but training goes on with a network whose ordinal is True"):
        model.fit(X, GRADES)
    with refuses(re.escape("ordinal=[2, 1, 0], but training goes on")):
        model.set_params(ordinal=[2, 1, 0]).partial_fit(X, GRADES)
    assert model.set_params(ordinal=True).fit(X, GRADES).n_iter_ == 4


@pytest.mark.parametrize("k", [0, 4, -1, 2.0, "all"])
def test_as_many_top_labels_as_there_are_not_are_refused(k):
    with refuses("k must be an int from 1 to the number of classes, 3", repr(k)):
        fitted("single").predict_top_k(X, k=k)


@pytest.mark.parametrize("kind", ["indicator", "columns"])
def test_columns_have_no_top_labels(kind):
    with refuses("predict_top_k ranks the classes of one label a sequence", "3 columns"):
        fitted(kind).predict_top_k(X, k=1)


# --- skorch's callbacks -------------------------------------------------------------------------


def test_scorers_of_scikit_learn_watch_a_multilabel():
    scoring = [
        (name, EpochScoring(name, lower_is_better=False, name=name))
        for name in ("f1_macro", "roc_auc", "accuracy")
    ]
    model = fit(INDICATOR, callbacks=scoring, X_val=X, y_val=INDICATOR)
    last = model.history_[-1]
    predicted = model.predict(X)
    assert last["f1_macro"] == pytest.approx(f1_score(INDICATOR, predicted, average="macro"))
    assert last["accuracy"] == pytest.approx(model.score(X, INDICATOR))
    assert last["roc_auc"] == pytest.approx(roc_auc_score(INDICATOR, model.predict_proba(X)))


@every_kind
def test_the_net_gives_indices_and_their_probabilities(kind):
    model = fitted(kind)
    dataset = model._dataset(model._read(X, reset=False), device="cpu")
    net = model.net_
    ours, theirs = (
        p if isinstance(p, list) else [p]
        for p in (model.predict_proba(X), net.predict_proba(dataset))
    )
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    assert net.predict(dataset).shape == model.predict(X).shape
    sizes = [len(c) for c in net.classes_] if kind == "columns" else len(net.classes_)
    assert sizes == ([3, 3, 2] if kind == "columns" else len(model.classes_))


@pytest.mark.parametrize("dtype", ["boolean", "Int64", "Float64", bool])
def test_score_takes_every_form_of_0_and_1_that_fit_takes(dtype):
    y = pd.DataFrame(INDICATOR)
    model = fit(y.astype(dtype))
    expected = accuracy_score(INDICATOR, model.predict(X).astype(int))
    assert model.score(X, y.astype(dtype)) == model.score(X, INDICATOR) == expected


def test_score_names_a_label_that_is_neither_0_nor_1():
    wrong = INDICATOR.copy()
    wrong[3, 1] = 2
    with pytest.raises(ValueError, match="label 2 of sequence 3, column 1, is neither 0 nor 1"):
        fit(INDICATOR).score(X, wrong)


def test_a_frame_without_columns_is_no_y():
    with pytest.raises(ValueError, match="y must hold at least one label a sequence"):
        fit(pd.DataFrame(index=range(N)))


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_dates_beside_other_labels_stay_dates(unit):
    days = np.array(["2024-01-01", "2024-05-04"], dtype=f"datetime64[{unit}]")[GRADES // 2]
    y = pd.DataFrame({"day": days, "animal": SINGLE})
    model = fit(y, max_epochs=30)
    predicted = model.predict(X)
    assert set(predicted[:, 0]) <= set(days)
    right = (predicted[:, 0].astype(days.dtype) == days) & (predicted[:, 1] == SINGLE)
    assert model.score(X, y) == right.mean() > 0.5
    y = pd.DataFrame({"day": days, "same": days})
    model = fit(y, max_epochs=30)
    assert model.score(X, y) == (model.predict(X) == y.to_numpy()).all(axis=1).mean() > 0.5
