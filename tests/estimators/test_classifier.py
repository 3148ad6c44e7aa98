"""RNNClassifier: labels, probabilities, class weights, learning."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, softmax
from sklearn.exceptions import DataConversionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from sklearn_rnn import RNNClassifier

SMALL = {
    "hidden_size": 8,
    "max_epochs": 3,
    "batch_size": 8,
    "lr": 0.02,
    "early_stopping": False,
    "random_state": 0,
}
rng = np.random.default_rng(0)
X = [rng.normal(i % 3, 0.5, size=(2 + i % 5, 2)) for i in range(48)]
Y = np.arange(48) % 3


def fit(y=Y, X=X, *, sample_weight=None, **parameters):
    return RNNClassifier(**(SMALL | parameters)).fit(X, y, sample_weight=sample_weight)


def same_weights(model, other):
    pairs = zip(model.module_.parameters(), other.module_.parameters(), strict=True)
    return all(np.array_equal(a.detach(), b.detach()) for a, b in pairs)


# --- labels -------------------------------------------------------------------------------------

LABELS = {
    "str": ["cat", "ant", "bee"],
    "int": [7, -1, 30],
    "float": [2.0, 0.0, 1.0],
    "bool": [True, False, True],
    "object": np.array(["cat", "ant", "bee"], dtype=object),
    "Series": pd.Series(["cat", "ant", "bee"], index=[5, 3, 9]),
    "category": pd.Series(["cat", "ant", "bee"], dtype="category"),
    "string dtype": pd.Series(["cat", "ant", "bee"], dtype="string"),
    "Int64": pd.Series([7, 1, 30], dtype="Int64"),
}


@pytest.mark.parametrize("names", LABELS.values(), ids=LABELS)
def test_labels_of_any_type_come_back(names):
    y = pd.Series(names).take(Y) if isinstance(names, pd.Series) else np.asarray(names)[Y]
    if isinstance(names, list):
        y = y.tolist()
    model = fit(y)
    assert model.classes_.tolist() == sorted(set(names))
    predicted = model.predict(X)
    assert predicted.dtype == model.classes_.dtype
    assert set(predicted.tolist()) <= set(names)
    assert model.score(X, y) == accuracy_score(np.asarray(y), predicted)


def test_names_of_the_classes_do_not_matter():
    numbered, named = fit(Y), fit(np.array(["a", "b", "c"])[Y])
    assert same_weights(numbered, named)
    np.testing.assert_array_equal(named.predict(X), np.array(["a", "b", "c"])[numbered.predict(X)])


def test_column_of_labels_is_taken_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector"):
        model = fit(Y[:, None])
    assert same_weights(model, fit(Y))
    assert model.predict(X).shape == (48,)


@pytest.mark.parametrize("only", [1, "yes"])
def test_one_class_alone_is_predicted(only):
    model = fit([only] * 48)
    assert model.classes_.tolist() == [only]
    assert model.predict(X).tolist() == [only] * 48
    np.testing.assert_array_equal(model.predict_proba(X), np.ones((48, 1)))
    assert model.score(X, [only] * 48) == 1


def test_many_classes():
    y = np.arange(48) % 24
    model = fit(y, max_epochs=2)
    assert model.predict_proba(X).shape == (48, 24)
    assert model.classes_.tolist() == list(range(24))


# --- what is predicted --------------------------------------------------------------------------


def test_binary_decision_is_the_log_odds():
    model = fit(Y == 0)
    decision = model.decision_function(X)
    assert decision.shape == (48,)
    np.testing.assert_allclose(expit(decision), model.predict_proba(X)[:, 1])
    np.testing.assert_array_equal(model.predict(X), decision > 0)


def test_multiclass_decision_is_one_logit_a_class():
    model = fit()
    decision = model.decision_function(X)
    assert decision.shape == (48, 3)
    np.testing.assert_allclose(softmax(decision, axis=1), model.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X), model.classes_[decision.argmax(axis=1)])


@pytest.mark.parametrize("y", [Y, Y == 0], ids=["multiclass", "binary"])
def test_probabilities_sum_to_one(y):
    model = fit(y)
    proba = model.predict_proba(X)
    assert proba.dtype == np.float64
    assert proba.shape == (48, len(model.classes_))
    assert (proba > 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), proba)
    np.testing.assert_array_equal(model.predict(X), model.classes_[proba.argmax(axis=1)])


def test_log_probabilities_stay_finite_where_probabilities_vanish():
    model = fit(Y == 0, lr=1.0, max_epochs=60, dropout=0.0, gradient_clip=None, optimizer="sgd")
    model.module_.head.weight.data.mul_(1e4)
    assert model.predict_proba(X).min() == 0
    assert np.isfinite(model.predict_log_proba(X)).all()


# --- class_weight -------------------------------------------------------------------------------


def test_class_weight_is_the_sample_weight_of_its_classes():
    by_class = fit(class_weight={0: 1.0, 1: 3.0, 2: 0.3})
    by_sample = fit(sample_weight=np.array([1.0, 3.0, 0.3])[Y])
    assert same_weights(by_class, by_sample)
    np.testing.assert_array_equal(by_class.predict_proba(X), by_sample.predict_proba(X))
    assert not same_weights(by_class, fit())


def test_validation_part_is_weighted_as_well():
    by_class = fit(class_weight={0: 1.0, 1: 3.0, 2: 0.3}, early_stopping=True)
    by_sample = fit(sample_weight=np.array([1.0, 3.0, 0.3])[Y], early_stopping=True)
    assert same_weights(by_class, by_sample)
    y_val = np.array([0, 1, 1, 2])
    options = {"class_weight": {0: 0.1, 1: 1.0, 2: 1.0}, "lr": 1e-12, "max_epochs": 1}
    model = RNNClassifier(**(SMALL | options)).fit(X, Y, X_val=X[:4], y_val=y_val)
    losses = -model.predict_log_proba(X[:4])[np.arange(4), y_val]
    expected = np.average(losses, weights=[0.1, 1, 1, 1])
    np.testing.assert_allclose(model.history_[0]["valid_loss"], expected, rtol=1e-5)


def test_class_weight_of_string_labels():
    y = np.array(["a", "b", "c"])[Y]
    by_class = fit(y, class_weight={"a": 1.0, "b": 3.0, "c": 0.5})
    assert same_weights(by_class, fit(y, sample_weight=np.array([1.0, 3.0, 0.5])[Y]))


def test_classes_that_class_weight_leaves_out_weigh_1():
    assert same_weights(fit(class_weight={1: 3.0}), fit(class_weight={0: 1, 1: 3.0, 2: 1}))


def test_balanced_class_weight_is_that_of_scikit_learn():
    y = np.where(np.arange(48) < 40, 0, 1 + np.arange(48) % 2)
    balanced = fit(y, class_weight="balanced")
    assert same_weights(balanced, fit(y, sample_weight=compute_sample_weight("balanced", y)))
    weights = compute_class_weight("balanced", classes=np.unique(y), y=y)
    assert same_weights(balanced, fit(y, class_weight=dict(enumerate(weights))))
    assert not same_weights(balanced, fit(y))


def test_balanced_class_weight_counts_no_sequence_of_weight_zero():
    y = np.where(np.arange(48) < 40, 0, 1)
    kept = np.arange(48) >= 30
    left = [x for x, keep in zip(X, kept, strict=True) if keep]
    model = fit(y, class_weight="balanced", sample_weight=kept.astype(float))
    assert same_weights(model, fit(y[kept], left, class_weight="balanced"))


def test_class_weight_and_sample_weight_multiply():
    weight = np.linspace(0.5, 2, 48)
    both = fit(class_weight={0: 1.0, 1: 4.0, 2: 0.5}, sample_weight=weight)
    assert same_weights(both, fit(sample_weight=np.array([1.0, 4.0, 0.5])[Y] * weight))


def test_class_weight_zero_is_never_learned():
    weighted = fit(class_weight={0: 0.0, 1: 1.0, 2: 1.0}, max_epochs=15)
    assert weighted.classes_.tolist() == [0, 1, 2]
    assert weighted.predict_proba(X)[:, 0].max() < 0.3
    assert fit(max_epochs=15).predict_proba(X)[:, 0].max() > 0.9


def test_class_weight_moves_probabilities_by_its_odds():
    same = [np.ones((2, 1))] * 60
    y = np.repeat([0, 1], [45, 15])
    options = {"max_epochs": 20, "lr": 0.05, "dropout": 0.0}
    plain = fit(y, same, **options).predict_proba(same[:1])[0, 1]
    balanced = fit(y, same, class_weight="balanced", **options).predict_proba(same[:1])[0, 1]
    tilted = fit(y, same, class_weight={0: 1, 1: 9}, **options).predict_proba(same[:1])[0, 1]
    np.testing.assert_allclose([plain, balanced, tilted], [0.25, 0.5, 0.75], atol=0.04)


def test_class_weight_holds_in_partial_fit():
    weights = {0: 1.0, 1: 3.0, 2: 0.5}
    model = RNNClassifier(**SMALL, class_weight=weights)
    model.partial_fit(X, Y, classes=[0, 1, 2])
    by_sample = RNNClassifier(**SMALL)
    sample_weight = np.array([1.0, 3.0, 0.5])[Y]
    by_sample.partial_fit(X, Y, classes=[0, 1, 2], sample_weight=sample_weight)
    assert same_weights(model, by_sample)


# --- partial_fit --------------------------------------------------------------------------------


def test_partial_fit_takes_classes_in_any_order():
    y = np.array(["a", "b", "c"])[Y]
    model = RNNClassifier(**SMALL).partial_fit(X[:2], y[:2], classes=["c", "a", "b"])
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert model.predict_proba(X).shape == (48, 3)
    model.partial_fit(X, y).partial_fit(X, y, classes=["b", "c", "a"])
    assert model.n_iter_ == 3


def test_partial_fit_of_a_part_without_some_classes_learns_them_later():
    model = RNNClassifier(**SMALL)
    for _ in range(10):
        for label in (0, 1, 2):
            part = [x for x, y in zip(X, Y, strict=True) if y == label]
            model.partial_fit(part + X[:6], [label] * len(part) + Y[:6].tolist(), classes=[0, 1, 2])
    assert model.score(X, Y) > 0.8


def test_classes_may_hold_labels_that_never_come():
    model = RNNClassifier(**SMALL).partial_fit(X, Y, classes=[0, 1, 2, 9])
    assert model.predict_proba(X).shape == (48, 4)


# --- learning -----------------------------------------------------------------------------------


def order_task(n, seed):
    """Does token 2 come before token 3? Each stands once, among others."""
    rng = np.random.default_rng(seed)
    sequences, labels = [], []
    for _ in range(n):
        ids = rng.integers(4, 8, size=rng.integers(4, 9))
        first, second = rng.choice(len(ids), size=2, replace=False)
        ids[first], ids[second] = 2, 3
        sequences.append(ids)
        labels.append("before" if first < second else "after")
    return sequences, np.array(labels)


def counts(sequences):
    return np.stack([np.bincount(ids, minlength=8) for ids in sequences])


def test_counting_tokens_does_not_solve_the_order_task():
    train, y = order_task(300, 0)
    test, y_test = order_task(200, 1)
    assert LogisticRegression().fit(counts(train), y).score(counts(test), y_test) < 0.65


@pytest.mark.parametrize(
    "cell, bidirectional, pooling",
    [
        *((cell, False, "last") for cell in ("lstm", "gru", "rnn_tanh", "rnn_relu")),
        *(("gru", True, pooling) for pooling in ("last", "mean", "max", "attention")),
    ],
)
def test_order_of_tokens_is_learned(cell, bidirectional, pooling):
    train, y = order_task(300, 0)
    test, y_test = order_task(200, 1)
    options = {"embedding_dim": 8, "hidden_size": 16, "max_epochs": 15, "batch_size": 16}
    options |= {"dropout": 0.0, "token_dropout": 0.0, "pooling": pooling}
    model = fit(y, train, cell=cell, bidirectional=bidirectional, **options)
    assert model.score(test, y_test) > 0.9


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh", "rnn_relu"])
def test_order_of_numbers_is_learned(cell):
    rng = np.random.default_rng(0)
    recordings = [np.sort(rng.normal(size=rng.integers(4, 9))) for _ in range(400)]
    y = rng.integers(0, 2, size=400)
    recordings = [x if rising else x[::-1] for x, rising in zip(recordings, y, strict=True)]
    noisy = [x + rng.normal(scale=0.1, size=len(x)) for x in recordings]
    model = fit(y[:300], noisy[:300], cell=cell, pooling="last", bidirectional=False, max_epochs=10)
    assert model.score(noisy[300:], y[300:]) > 0.9


def test_first_word_of_a_long_text_is_remembered():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, size=300)
    words = np.array(["uh", "er", "well", "so", "um"])
    texts = [" ".join(["yes" if up else "no", *rng.choice(words, size=12)]) for up in y]
    model = fit(y[:200], texts[:200], bidirectional=False, pooling="last", max_epochs=15)
    assert model.score(texts[200:], y[200:]) > 0.9


def test_default_estimator_learns_a_small_text_task():
    texts = ["good film", "great fun", "bad film", "no fun"] * 8
    y = ["good", "good", "bad", "bad"] * 8
    model = RNNClassifier(random_state=0).fit(texts, y)
    assert model.predict(["great film", "bad fun", "no film"]).tolist() == ["good", "bad", "bad"]
