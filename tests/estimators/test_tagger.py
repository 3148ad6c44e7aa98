"""What RNNTagger says, and what it does not depend on."""

import copy
import pickle
from functools import cache
from itertools import product

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_rnn import RNNTagger
from sklearn_rnn.data import allowed_transitions, check_scheme
from sklearn_rnn.data import spans as read_spans
from sklearn_rnn.exceptions import DivergenceError
from tests.references import crf_log_probabilities, crf_path_scores
from tests.tagging_data import FORMS, SCHEMES, labels, nested, sequences, span_labels

SMALL = {"hidden_size": 6, "max_epochs": 2, "batch_size": 8, "lr": 0.02, "random_state": 0}
CELLS = ("lstm", "gru", "rnn_tanh", "rnn_relu")
METHODS = ("predict", "predict_proba", "predict_nbest", "predict_spans", "transform")

every_form = pytest.mark.parametrize("form", FORMS)
every_scheme = pytest.mark.parametrize("scheme", SCHEMES)
both_outputs = pytest.mark.parametrize("output", ["crf", "softmax"])


def unfitted(form="words", **parameters):
    return RNNTagger(**SMALL | ({"n_tokens": 14} if form == "ids" else {}) | parameters)


@cache
def fitted(form="words", output="crf", cell="lstm", y="labels"):
    y = labels() if y == "labels" else span_labels(y, types=("X",))
    return unfitted(form, output=output, cell=cell).fit(sequences(form), y)


def scrambled(tagger, seed=0, size=0.7):
    """The same tagger with a random network, which is sure of nothing in particular."""
    tagger = copy.deepcopy(tagger)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in tagger.module_.parameters():
            parameter.normal_(std=size, generator=generator)
    return tagger


def weights(tagger):
    return list(tagger.module_.state_dict().values())


def assert_same_weights(tagger, other):
    for found, expected in zip(weights(tagger), weights(other), strict=True):
        assert torch.equal(found, expected)


def have_same_weights(tagger, other):
    return all(map(torch.equal, weights(tagger), weights(other)))


def flat(rows):
    return [label for row in rows for label in row]


def path_log_probabilities(tagger, X):
    """For each sequence the log-probability of every path: of what the network scores, by hand."""
    crf = tagger.module_.crf
    n_tags = len(tagger.classes_)
    parts = np.zeros(n_tags), np.zeros((n_tags, n_tags)), np.zeros(n_tags)
    if crf is not None:
        parts = [part.detach().double().numpy() for part in crf.scores()]
    scores, lengths = tagger._run(X, tagger.module_)
    sentences = np.split(scores.astype(np.float64), np.cumsum(lengths)[:-1])
    return [crf_log_probabilities(crf_path_scores(sentence, *parts)) for sentence in sentences]


def legal_only(tagger, paths):
    """The paths that the scheme allows, found by the checks of labels, and how probable each is
    among these.
    """
    if tagger.scheme_ is None:
        return paths
    legal = {
        path: log_probability
        for path, log_probability in paths.items()
        if is_legal([tagger.classes_[tag] for tag in path], tagger.scheme_)
    }
    total = np.logaddexp.reduce(list(legal.values()))
    return {path: log_probability - total for path, log_probability in legal.items()}


def is_legal(row, scheme):
    try:
        check_scheme([row], scheme)
    except ValueError:
        return False
    return True


# --- against enumeration ------------------------------------------------------------------------


SHORT = sequences("words", n=10, seed=5, longest=4)


@both_outputs
@pytest.mark.parametrize("y", SCHEMES)
def test_probabilities_are_the_marginals_over_all_legal_sequences_of_labels(output, y):
    tagger = scrambled(fitted(output=output, y=y))
    found = tagger.predict_proba(SHORT)
    assert found.dtype == object and found.shape == (len(SHORT),)
    for row, paths in zip(found, path_log_probabilities(tagger, SHORT), strict=True):
        marginals = np.zeros(row.shape)
        for path, log_probability in legal_only(tagger, paths).items():
            marginals[np.arange(len(path)), path] += np.exp(log_probability)
        np.testing.assert_allclose(row, marginals, atol=1e-6)
        np.testing.assert_allclose(row.sum(axis=1), 1, atol=1e-6)


@both_outputs
@pytest.mark.parametrize("y", SCHEMES)
@pytest.mark.parametrize("n", [1, 5, 1000])
def test_nbest_are_the_likeliest_legal_sequences_with_their_log_probabilities(output, y, n):
    tagger = scrambled(fitted(output=output, y=y))
    rows, log_probabilities = tagger.predict_nbest(SHORT, n)
    assert rows.shape == log_probabilities.shape == (len(SHORT),)
    for found, values, paths in zip(
        rows, log_probabilities, path_log_probabilities(tagger, SHORT), strict=True
    ):
        legal = legal_only(tagger, paths)
        best = sorted(legal, key=legal.get, reverse=True)[:n]
        assert len(found) == len(best)
        np.testing.assert_allclose(values, [legal[path] for path in best], atol=1e-5)
        assert found == [[tagger.classes_[tag] for tag in path] for path in best]


@both_outputs
def test_nbest_of_many_sentences_are_those_of_each_alone(output):
    tagger = scrambled(fitted(output=output, y="IOB2"))
    X = sequences("words", n=150, seed=7, longest=12)
    rows, values = tagger.predict_nbest(X, 4)
    for i in range(0, 150, 10):
        alone, alone_values = tagger.predict_nbest(X[i : i + 1], 4)
        assert rows[i] == alone[0]
        np.testing.assert_allclose(values[i], alone_values[0], atol=1e-5)


@both_outputs
@pytest.mark.parametrize("y", ["labels", *SCHEMES])
def test_the_prediction_is_the_best_of_all_sequences(output, y):
    tagger = scrambled(fitted(output=output, y=y), seed=1)
    X = sequences("words", n=20, seed=6, longest=3)
    found = tagger.predict(X)
    for row, paths in zip(found, path_log_probabilities(tagger, X), strict=True):
        legal = legal_only(tagger, paths)
        assert row == [tagger.classes_[tag] for tag in max(legal, key=legal.get)]
    best, _ = tagger.predict_nbest(X, 1)
    assert found.tolist() == [row[0] for row in best]


@both_outputs
@every_scheme
@pytest.mark.parametrize("seed", range(3))
def test_a_random_network_predicts_legal_sequences_alone(output, scheme, seed):
    tagger = scrambled(fitted(output=output, y=scheme), seed, size=3)
    assert tagger.scheme_ == scheme
    X = sequences("words", n=60, seed=seed, longest=30)
    check_scheme(tagger.predict(X), scheme)
    for rows in tagger.predict_nbest(X, 3)[0]:
        check_scheme(rows, scheme)
        assert len({tuple(row) for row in rows}) == len(rows)


@pytest.mark.parametrize("output", ["crf", "softmax"])
def test_without_constraints_anything_is_predicted(output):
    y = span_labels("IOB2", types=("X",))
    tagger = unfitted(output=output, constraints=None).fit(sequences("words"), y)
    assert tagger.scheme_ is None
    X = sequences("words", n=60, longest=30)
    rows = flat([scrambled(tagger, seed, size=3).predict(X).tolist() for seed in range(4)])
    assert not all(is_legal(row, "IOB2") for row in rows)


@both_outputs
@pytest.mark.parametrize("y", SCHEMES)
def test_all_that_is_said_of_a_sentence_is_of_one_distribution(output, y):
    tagger = scrambled(fitted(output=output, y=y), seed=2)
    every = 1 + 3**4
    rows, values = tagger.predict_nbest(SHORT, every)
    spans = tagger.predict_spans(SHORT)
    for found, logs, proba, held in zip(
        rows, values, tagger.predict_proba(SHORT), spans, strict=True
    ):
        chances = np.exp(logs)
        assert chances.sum() == pytest.approx(1)
        for label, column in zip(tagger.classes_, proba.T, strict=True):
            stands = np.array(found) == label
            np.testing.assert_allclose(chances @ stands, column, atol=1e-6)
        for span in held:
            holds = [span[:3] in map(tuple, read_spans(row, y)) for row in found]
            assert span.probability == pytest.approx(chances @ holds, abs=1e-6)


def test_transitions_are_the_scores_of_the_crf_by_label():
    tagger = fitted(y="IOB2")
    table = tagger.transitions_
    assert table.index.tolist() == table.columns.tolist() == tagger.classes_.tolist()
    allowed = allowed_transitions(tagger.classes_.tolist(), "IOB2").transitions
    assert table.loc["O", "I-X"] == -np.inf
    np.testing.assert_array_equal(np.isfinite(table), allowed)
    raw = tagger.module_.crf.transitions.detach().numpy()
    np.testing.assert_array_equal(table.to_numpy()[allowed], raw[allowed])
    with pytest.raises(AttributeError, match='output="crf" only'):
        _ = fitted(output="softmax").transitions_


def test_states_are_those_of_each_step():
    tagger = fitted()
    states = tagger.transform(SHORT)
    assert [state.shape for state in states] == [(len(row), 12) for row in SHORT]
    assert {state.dtype for state in states} == {np.dtype(np.float32)}


@both_outputs
def test_score_is_the_share_of_right_steps(output):
    tagger, X, y = fitted(output=output), sequences("words", seed=2), labels(seed=2)
    right = [
        np.equal(np.array(row), np.array(true), dtype=object)
        for row, true in zip(tagger.predict(X), y, strict=True)
    ]
    assert tagger.score(X, y) == pytest.approx(np.mean(flat(right)))
    weight = np.linspace(0, 1, len(X))
    per_step = np.repeat(weight, [len(row) for row in X])
    expected = np.average(np.array(flat(right), dtype=float), weights=per_step)
    assert tagger.score(X, y, sample_weight=weight) == pytest.approx(expected)


# --- what a prediction depends on ---------------------------------------------------------------


def said(tagger, X):
    """All that a tagger says of each step: probabilities, states, and the labels' numbers."""
    tags = [np.searchsorted(tagger.classes_, row)[:, None] for row in tagger.predict(X)]
    parts = tagger.predict_proba(X), tagger.transform(X), tags
    return [np.concatenate(columns, axis=1) for columns in zip(*parts, strict=True)]


def assert_same(found, expected):
    for row, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(row, other, rtol=0, atol=1e-6)


@both_outputs
@every_form
@pytest.mark.parametrize("cell", CELLS)
def test_a_prediction_does_not_depend_on_the_rest_of_the_batch(form, output, cell):
    tagger, X = fitted(form, output, cell), list(sequences(form, n=14, seed=1))
    alone = [said(tagger, [x])[0] for x in X]
    assert np.ptp(np.concatenate(alone), axis=0).max() > 1e-3
    order = np.random.default_rng(1).permutation(len(X))
    long_mate = list(flat(X * 3)) if form != "numbers" else np.concatenate(X * 3)

    assert_same(said(tagger, X), alone)
    assert_same(said(tagger, [X[i] for i in order]), [alone[i] for i in order])
    assert_same(said(tagger, [*X, long_mate])[:-1], alone)
    assert_same(said(tagger, X[:5]), alone[:5])


@pytest.mark.parametrize("characters", ["cnn", "lstm"])
def test_how_words_are_spelt_is_read_alike_in_any_batch(characters):
    X, y = sequences("words"), labels()
    tagger = unfitted(characters=characters, subwords=False).fit(X, y)
    assert_same_weights(unfitted(characters=characters, subwords=False).fit(X, y), tagger)
    strange = [["Zürich", "x" * 40, "B2"], ["."], ["unheard-of", "Ἀθῆναι"]]
    alone = [said(tagger, [x])[0] for x in strange]
    assert_same(said(tagger, [*strange, *X])[:3], alone)
    assert_same(said(tagger, [strange[1], *X, strange[0]])[-1:], alone[:1])
    one, two = tagger.transform([["Zurich"], ["Zurick"]])  # both unknown
    assert np.abs(one - two).max() > 1e-6
    copied = pickle.loads(pickle.dumps(tagger))
    assert_same(said(copied, strange), alone)
    assert_same_weights(copied.partial_fit(X, y), tagger.partial_fit(X, y))


def test_true_means_convolutions():
    X, y = sequences("words"), labels()
    cnn, true, lstm = (unfitted(characters=way).fit(X, y) for way in ("cnn", True, "lstm"))
    assert_same_weights(cnn, true)
    assert {"cnn": cnn.characters_, "lstm": lstm.characters_} == {"cnn": "cnn", "lstm": "lstm"}
    assert lstm.module_.input.output_size == cnn.module_.input.output_size
    assert not have_same_weights(cnn, lstm)


@both_outputs
def test_nan_steps_at_the_right_end_of_an_array_are_padding(output):
    tagger, X = fitted("numbers", output), sequences("numbers", n=14, seed=1)
    padded = np.full((len(X), 9, 3), np.nan)
    for row, x in zip(padded, X, strict=True):
        row[: len(x)] = x
    assert_same(said(tagger, padded), said(tagger, X))


@every_form
def test_a_prediction_looks_both_ways(form):
    tagger = fitted(form)
    X = sequences(form, n=200, seed=4)
    x = next(x for x in X if len(x) == 6)
    last = next(other for other in X if len(other) == 6 and str(other[-1]) != str(x[-1]))[-1:]
    other = np.concatenate([x[:-1], last]) if isinstance(x, np.ndarray) else [*x[:-1], *last]
    one, two = tagger.transform([x, other])
    assert np.abs(one[0] - two[0]).max() > 1e-5
    one, two = tagger.transform([x[::-1], other[::-1]])
    assert np.abs(one[-1] - two[-1]).max() > 1e-5


def test_two_thousand_steps_are_one_sentence_and_one_step_is_one():
    X = [sequences("words", n=1, longest=1)[0], list(flat(sequences("words", n=700)))[:2000]]
    y = [labels(n=1, longest=1)[0], flat(labels(n=700))[:2000]]
    for output in ("crf", "softmax"):
        tagger = unfitted(output=output, max_epochs=1).fit(X, y)
        assert [len(row) for row in tagger.predict(X)] == [1, 2000]
        proba = tagger.predict_proba(X)
        np.testing.assert_allclose(proba[1].sum(axis=1), 1, atol=1e-5)


def test_the_same_random_state_gives_the_same_tagger_bit_for_bit():
    for form in FORMS:
        one, two = (unfitted(form, dropout=0.3).fit(sequences(form), labels()) for _ in range(2))
        assert_same_weights(one, two)
        assert one.history_[-1]["train_loss"] == two.history_[-1]["train_loss"]
    other = unfitted(form, dropout=0.3, random_state=1).fit(sequences(form), labels())
    assert not have_same_weights(one, other)


# --- labels -------------------------------------------------------------------------------------


def relabelled(kind):
    convert = {
        "str": str,
        "np.str_": np.str_,
        "int": lambda label: len(label),
        "np.int64": lambda label: np.int64(len(label)),
        "bool": lambda label: label == "NOUN",
        "np.bool_": lambda label: np.bool_(label == "NOUN"),
    }[kind]
    return [[convert(label) for label in row] for row in labels()]


@both_outputs
@pytest.mark.parametrize("kind", ["str", "np.str_", "int", "np.int64", "bool", "np.bool_"])
def test_labels_of_any_type_come_back_as_plain_objects_of_it(kind, output):
    y = relabelled(kind)
    plain = type(np.array(y[0]).tolist()[0])
    tagger = unfitted(output=output).fit(sequences("words"), y)
    assert tagger.classes_.tolist() == sorted(set(np.array(flat(y)).tolist()))
    rows = tagger.predict(sequences("words"))
    assert {type(label) for label in flat(rows)} == {plain}
    assert {type(label) for row in tagger.predict_nbest(SHORT, 2)[0] for label in flat(row)} == {
        plain
    }
    assert 0 <= tagger.score(sequences("words"), y) <= 1


@pytest.mark.parametrize("as_y", [list, nested, tuple], ids=["list", "objects", "tuple"])
def test_labels_in_any_container_are_the_same_labels(as_y):
    expected = unfitted().fit(sequences("words"), labels())
    assert_same_weights(unfitted().fit(sequences("words"), as_y(labels())), expected)


def test_labels_of_equal_length_may_be_an_array_and_come_back_as_lists():
    X = [row for row in sequences("words", n=200) if len(row) == 3]
    y = [row for row in labels(n=200) if len(row) == 3]
    expected = unfitted().fit(X, y)
    for table in (np.array(y), np.array(y, dtype=object)):
        tagger = unfitted().fit(X, table)
        assert_same_weights(tagger, expected)
        assert tagger.score(X, table) == expected.score(X, y)
    found = expected.predict(X)
    assert found.dtype == object and found.shape == (len(X),)
    assert all(type(row) is list for row in found)
    for method in ("predict_proba", "transform"):
        found = getattr(expected, method)(X)
        assert found.dtype == object and found.shape == (len(X),)


@both_outputs
def test_one_label_is_enough(output):
    y = [["A"] * len(row) for row in sequences("words")]
    tagger = unfitted(output=output).fit(sequences("words"), y)
    assert tagger.predict(SHORT).tolist() == [["A"] * len(row) for row in SHORT]
    assert all((row == 1).all() for row in tagger.predict_proba(SHORT))


@every_scheme
def test_auto_finds_the_scheme_and_takes_a_crf_for_it(scheme):
    tagger = unfitted().fit(sequences("words"), span_labels(scheme))
    assert tagger.scheme_ == scheme and tagger.output_ == "crf"
    assert unfitted().fit(sequences("words"), labels()).output_ == "softmax"


def test_spans_that_cannot_spell_every_length_are_no_scheme():
    y = [["B-X", "E-X"], ["B-X", "I-X", "E-X"]] * 4
    X = [["a", "b"], ["a", "b", "c"]] * 4
    tagger = unfitted().fit(X, y)
    assert tagger.scheme_ is None
    assert np.isfinite(tagger.predict_proba([["a"]])[0]).all()
    with pytest.raises(ValueError, match="constraints='BIOES'.*one step.*constraints=None"):
        unfitted(constraints="BIOES").fit(X, y)


def test_a_scheme_that_not_all_labels_are_of_is_none():
    tagger = unfitted().partial_fit([["a", "b"]], [["B-X", "I-X"]], classes=["NOUN", "B-X", "I-X"])
    assert tagger.scheme_ is None


# --- weights ------------------------------------------------------------------------------------


@both_outputs
@every_form
def test_a_sentence_of_weight_zero_does_not_matter(form, output):
    """Its words, characters, features, labels and illegal spans among them."""
    kept = np.arange(24) % 3 != 0
    X, y = list(sequences(form)), span_labels("IOB2", types=("X",))
    left = [X[i] for i in np.flatnonzero(kept)], [y[i] for i in np.flatnonzero(kept)]
    strange = {
        "words": lambda x: ["Żółć" * 9, *x[:0:-1]],
        "features": lambda x: [{"word": "strange", "new": 1.0, "other": True}, *x[:0:-1]],
        "numbers": lambda x: 100 + x,
        "ids": lambda x: x[::-1],
    }[form]
    for i in np.flatnonzero(~kept):
        X[i], y[i] = strange(X[i]), ["I-Z"] * len(y[i])
    model = unfitted(form, output=output, class_weight="balanced", dropout=0.3)
    weighted = clone(model).fit(X, y, sample_weight=kept.astype(float))
    expected = model.fit(*left)
    assert weighted.classes_.tolist() == ["B-X", "I-X", "O"] and weighted.scheme_ == "IOB2"
    assert_same_weights(weighted, expected)
    for row, other in zip(weighted.predict_proba(X), expected.predict_proba(X), strict=True):
        np.testing.assert_array_equal(row, other)
    if form == "words":
        assert weighted._reader.vocabulary == expected._reader.vocabulary
        assert weighted._reader.alphabet == expected._reader.alphabet


def test_weights_are_what_they_are_to_each_other():
    X, y = sequences("words"), labels()
    expected = unfitted().fit(X, y)
    assert_same_weights(unfitted().fit(X, y, sample_weight=np.full(24, 0.25)), expected)
    weight = np.linspace(0.1, 1, 24)
    one, two = (unfitted().fit(X, y, sample_weight=weight * scale) for scale in (1, 1024))
    assert_same_weights(one, two)
    assert not have_same_weights(one, expected)


def test_sentences_of_more_weight_are_followed():
    X, y = [["a", "b"]] * 40, [["N", "N"]] * 20 + [["V", "V"]] * 20
    for output, heavy in product(["crf", "softmax"], ["N", "V"]):
        weight = [9 if row[0] == heavy else 1 for row in y]
        tagger = unfitted(output=output, max_epochs=15).fit(X, y, sample_weight=weight)
        assert tagger.predict(X[:1]).tolist() == [[heavy] * 2]


def rare(n=60):
    """One word, which in a fifth of its sentences has the rare label."""
    rng = np.random.default_rng(0)
    y = [["RARE" if rng.random() < 0.2 else "USUAL" for _ in range(3)] for _ in range(n)]
    return [["a"] * 3] * n, y


@both_outputs
@pytest.mark.parametrize("class_weight", ["balanced", {"RARE": 20.0}], ids=["balanced", "dict"])
def test_weights_of_labels_raise_the_recall_of_the_rare_one(output, class_weight):
    X, y = rare()
    plain = unfitted(output=output, max_epochs=10, dropout=0).fit(X, y)
    weighted = unfitted(output=output, max_epochs=10, dropout=0, class_weight=class_weight)
    weighted.fit(X, y)
    place = plain.classes_.tolist().index("RARE")
    before, after = (
        float(tagger.predict_proba(X[:1])[0][:, place].mean()) for tagger in (plain, weighted)
    )
    assert before < 0.35 < after - 0.1


@both_outputs
def test_equal_weights_of_labels_are_none(output):
    X, y = sequences("words"), labels()
    expected = unfitted(output=output).fit(X, y).predict_proba(X)
    ones = dict.fromkeys(np.unique(flat(y)).tolist(), 3.0)
    found = unfitted(output=output, class_weight=ones).fit(X, y).predict_proba(X)
    for row, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(row, other, atol=1e-4)


# --- training -----------------------------------------------------------------------------------


@pytest.mark.parametrize("class_weight", [None, "balanced"])
@both_outputs
def test_losses_and_scores_are_means_over_the_steps(output, class_weight):
    X, y = sequences("words", n=21), labels(n=21)
    X_val, y_val = sequences("words", n=13, seed=1), labels(n=13, seed=1)
    tagger = unfitted(
        output=output, lr=1e-30, dropout=0, token_dropout=0, language_model=0, weight_decay=0,
        batch_size=4, early_stopping=False, class_weight=class_weight,
    ).fit(X, y, X_val=X_val, y_val=y_val)  # fmt: skip
    record = tagger.history_[-1]
    assert record["valid_accuracy"] == pytest.approx(tagger.score(X_val, y_val), rel=1e-6)
    if class_weight is not None:
        return
    for part, given in {"train": (X, y), "valid": (X_val, y_val)}.items():
        total = sum(path_log_probabilities_of(tagger, *given))
        assert record[f"{part}_loss"] == pytest.approx(-total / len(flat(given[1])), rel=1e-4)


def path_log_probabilities_of(tagger, X, y):
    """The log-probability of the true labels of each sequence, from n-best lists of the module."""
    scores, lengths = tagger._run(X, tagger.module_)
    found = []
    for sentence, row in zip(np.split(scores, np.cumsum(lengths)[:-1]), y, strict=True):
        emissions = torch.from_numpy(sentence[None]).double()
        tags = torch.from_numpy(np.searchsorted(tagger.classes_, row)[None])
        if tagger.module_.crf is None:
            steps = emissions.log_softmax(2)[0, torch.arange(len(row)), tags[0]]
            found.append(float(steps.sum()))
        else:
            found.append(float(tagger.module_.crf.log_likelihood(emissions, tags).detach()))
    return found


def test_early_stopping_keeps_the_best_epoch():
    X, y = sequences("words", n=60), labels(n=60)
    tagger = unfitted(
        early_stopping=True, validation_fraction=0.3, max_epochs=30, n_iter_no_change=2, lr=0.3
    ).fit(X, y)
    losses = [record["valid_loss"] for record in tagger.history_]
    assert tagger.n_iter_ < 30
    assert tagger.best_epoch_ == int(np.argmin(losses)) + 1


def test_given_validation_data_are_watched():
    X, y = sequences("words"), labels()
    tagger = unfitted(max_epochs=3).fit(X, y, X_val=X[:5], y_val=y[:5])
    assert tagger.early_stopping_ is True
    assert all("valid_loss" in record for record in tagger.history_)
    plain = unfitted(max_epochs=3).fit(X, y)
    assert plain.early_stopping_ is False and "valid_loss" not in plain.history_[0]


def test_warm_start_goes_on():
    X, y = sequences("words"), labels()
    tagger = unfitted(warm_start=True).fit(X, y)
    before = [weight.clone() for weight in weights(tagger)]
    tagger.fit(X, y)
    assert tagger.n_iter_ == 4
    moved = [
        float((a - b).abs().max()) for a, b in zip(before, weights(tagger), strict=True) if a.any()
    ]
    assert 0 < max(moved) < 1
    copied = pickle.loads(pickle.dumps(tagger)).fit(X, y)
    assert_same_weights(copied, tagger.fit(X, y))


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"output": "crf"}, {"output": "softmax"}),
        ({"output": "softmax"}, {"output": "crf"}),
        ({"characters": True}, {"characters": False}),
        ({"characters": "lstm"}, {"characters": "cnn"}),
        ({"constraints": "auto"}, {"constraints": "IOB2"}),
        ({"class_weight": None}, {"class_weight": "balanced"}),
        ({"hidden_size": 6}, {"hidden_size": 7}),
        ({"subwords": True}, {"subwords": False}),
    ],
    ids=str,
)
def test_warm_start_refuses_another_network(first, then):
    tagger = unfitted(warm_start=True, **first).fit(sequences("words"), labels())
    expected = [weight.clone() for weight in weights(tagger)]
    name = next(iter(then))
    with pytest.raises(ValueError, match=f"^{name}=.*warm_start=False"):
        tagger.set_params(**then).fit(sequences("words"), labels())
    assert all(map(torch.equal, weights(tagger), expected))
    assert tagger.output_ == ("crf" if first == {"output": "crf"} else "softmax")


def test_auto_goes_on_with_the_output_there_is():
    tagger = unfitted(warm_start=True, output="crf").fit(sequences("words"), labels())
    tagger.set_params(output="auto", characters="auto").fit(sequences("words"), labels())
    assert tagger.output_ == "crf"
    assert_same_weights(pickle.loads(pickle.dumps(tagger)), tagger)


@both_outputs
@every_form
def test_partial_fit_again_and_again_is_one_fit_at_a_constant_rate(form, output):
    X, y = sequences(form), labels()
    model = unfitted(form, output=output, lr_schedule=None, max_epochs=3)
    expected = clone(model).fit(X, y)
    for _ in range(3):
        model.partial_fit(X, y)
    assert_same_weights(model, expected)


def test_partial_fit_learns_labels_that_come_later():
    X, y = sequences("words"), labels()
    classes = sorted({label for row in y for label in row}, reverse=True)
    tagger = unfitted().partial_fit(X[:3], y[:3], classes=classes)
    assert tagger.classes_.tolist() == classes[::-1]
    tagger.partial_fit(X[3:], y[3:], classes=classes).partial_fit(X, y)
    assert tagger.n_iter_ == 3


@both_outputs
def test_a_network_learns(output):
    X, y = sequences("words", n=80), labels(n=80)
    tagger = unfitted(output=output, max_epochs=12).fit(X, y)
    assert tagger.score(sequences("words", seed=9), labels(seed=9)) > 0.97


@both_outputs
@pytest.mark.parametrize(
    "parameters",
    [
        {"precision": "bfloat16"},
        {"num_layers": 2, "residual": True, "dropout": 0.2},
        {"initialization": "chrono", "bidirectional": False},
        {"optimizer": torch.optim.RMSprop, "lr_schedule": "cosine"},
        {"lr_schedule": "plateau", "early_stopping": True, "validation_fraction": 0.2},
        {"net_params": {"optimizer__betas": (0.8, 0.9)}},
    ],
    ids=str,
)
def test_the_options_of_training_are_those_of_the_others(parameters, output):
    X, y = sequences("words", n=80), span_labels("IOB2", n=80, types=("X",))
    tagger = unfitted(output=output, max_epochs=6, **parameters).fit(X, y)
    losses = [record["train_loss"] for record in tagger.history_]
    assert losses[-1] < losses[0]
    check_scheme(tagger.predict(X), "IOB2")


def suffixes(stems, seed):
    """Words of which the ending alone tells the label."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(3, size=(len(stems), 3))
    words = [
        [stem + ("ly", "ing", "ness")[kind] for kind in row]
        for stem, row in zip(stems, kinds, strict=True)
    ]
    return words, [
        ["ADV" if k == 0 else "VERB" if k == 1 else "NOUN" for k in row] for row in kinds
    ]


def test_unknown_words_are_tagged_by_their_characters():
    rng = np.random.default_rng(0)
    letters = list("abcdefghkmnoprstuvw")
    stems = ["".join(rng.choice(letters, size=5)) for _ in range(120)]
    X, y = suffixes(stems[:80], 0)
    X_new, y_new = suffixes(stems[80:], 1)
    scores = {
        characters: unfitted(characters=characters, subwords=False, max_epochs=10)
        .fit(X, y)
        .score(X_new, y_new)
        for characters in (True, False)
    }
    assert scores[True] > 0.95
    assert scores[False] < 0.6


def test_how_words_are_written_is_read_though_forms_are_looked_up_without():
    X = [["rome", "Rome", "ROME"]] * 30
    y = [["a", "b", "c"]] * 30
    order = np.array([np.random.default_rng(i).permutation(3) for i in range(30)])
    X = [[x[i] for i in row] for x, row in zip(X, order, strict=True)]
    y = [[x[i] for i in row] for x, row in zip(y, order, strict=True)]
    tagger = unfitted(max_epochs=12, subwords=False).fit(X, y)
    assert tagger._reader.vocabulary.tokens[2:] == ("rome",)
    assert tagger.score(X, y) == 1


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_an_unfitted_tagger_says_so(method):
    with pytest.raises(NotFittedError):
        getattr(RNNTagger(), method)([["a"]])


def test_an_unfitted_tagger_has_neither_score_nor_transitions():
    with pytest.raises(NotFittedError):
        RNNTagger().score([["a"]], [["N"]])
    with pytest.raises(NotFittedError):
        _ = RNNTagger().transitions_
    with pytest.raises(NotFittedError):
        RNNTagger().count_unknown([["a"]])


def test_a_failed_fit_leaves_nothing_fitted():
    tagger = unfitted().fit(sequences("words"), labels())
    with pytest.raises(ValueError, match="sequence 0"):
        tagger.fit(sequences("words"), [row[:-1] for row in labels()])
    with pytest.raises(NotFittedError):
        tagger.predict(SHORT)


@pytest.mark.parametrize("n", [0, -1, 1.5, "2", None])
def test_nbest_wants_a_positive_int(n):
    with pytest.raises(ValueError, match="n must be an int of at least 1"):
        fitted().predict_nbest(SHORT, n)


def test_no_spans_without_a_scheme():
    with pytest.raises(AttributeError, match="no spans; use predict"):
        fitted().predict_spans(SHORT)


def test_divergence_is_an_error():
    with pytest.raises(DivergenceError, match="learning rate"):
        unfitted(
            "numbers", optimizer="sgd", lr=1e30, gradient_clip=None, lr_schedule=None, max_epochs=9
        ).fit(sequences("numbers"), labels())


@pytest.mark.parametrize("method", ["predict", "predict_proba", "transform", "predict_nbest"])
def test_steps_that_leave_no_finite_number_are_named(method):
    tagger = copy.deepcopy(fitted("numbers"))
    with torch.no_grad():
        for parameter in tagger.module_.recurrent.parameters():
            parameter.mul_(1e30)
    X = [np.zeros((2, 3)), np.full((3, 3), 3e38)]
    with pytest.raises(ValueError, match="no finite numbers for sequence [01], step"):
        getattr(tagger, method)(X)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"output": "hmm"}, "output"),
        ({"constraints": "IOB3"}, "constraints"),
        ({"characters": "no"}, "characters"),
        ({"class_weight": "even"}, "class_weight"),
        ({"embedding": [1, 2]}, "embedding"),
        ({"cell": "lstmm"}, "cell"),
    ],
    ids=lambda case: str(case),
)
def test_parameters_are_checked(parameters, message):
    with pytest.raises(ValueError, match=f"'{message}' parameter"):
        unfitted(**parameters).fit(sequences("words"), labels())


def test_partial_fit_never_sees_all_labels_that_balanced_needs():
    with pytest.raises(ValueError, match="give a dict of weights"):
        unfitted(class_weight="balanced").partial_fit(sequences("words"), labels())
