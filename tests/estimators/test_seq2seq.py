"""Sequences to sequences: what is learned, what is asked of it, what always holds."""

import copy
import pickle
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from sacrebleu import corpus_bleu
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNSeq2Seq, Sequences
from sklearn_rnn.metrics import bleu_score, exact_match_scorer
from sklearn_rnn.preprocessing import SequencePadder, TokenEncoder
from tests.modules.test_sequence_to_sequence import OwnCell

SMALL = {"hidden_size": 16, "max_epochs": 3, "batch_size": 16, "lr": 0.02, "random_state": 0}
N = 80
WORDS = {"the": "die", "cat": "Katze", "cow": "Kuh", "sees": "sieht", "and": "und", "bee": "Biene"}


def make(**parameters):
    return RNNSeq2Seq(**SMALL | parameters)


@cache
def digits(n=N, seed=0, longest=6):
    rng = np.random.default_rng(seed)
    return tuple(
        "".join(rng.choice(list("0123456789"), size=k)) for k in rng.integers(1, longest, n)
    )


def backwards(texts):
    return [text[::-1] for text in texts]


@cache
def reversing():
    """A model that has learned to write digits backwards."""
    model = RNNSeq2Seq(hidden_size=32, max_epochs=20, batch_size=16, lr=0.01, random_state=0)
    return model.fit(digits(400), backwards(digits(400)))


@cache
def sentences():
    rng = np.random.default_rng(0)
    nouns = ["cat", "cow", "bee"]
    texts = [f"The {a} sees the {b}{sign}" for a in nouns for b in nouns for sign in ".!"]
    texts += [f"The {a}, the {b}" for a in nouns for b in nouns]
    return tuple(str(text) for text in rng.permutation(texts * 5))


def translated(texts):
    found = []
    for text in texts:
        words = text.replace(".", " .").replace("!", " !").replace(",", " ,").split()
        words = [WORDS.get(word.lower(), word) for word in words]
        text = " ".join(words).replace(" .", ".").replace(" !", "!").replace(" ,", ",")
        found.append(text[0].upper() + text[1:])
    return found


# --- what is learned ----------------------------------------------------------------------------


def test_digits_are_written_backwards():
    X = digits(200, seed=1)
    model = reversing()
    assert exact_match_scorer(model, X, backwards(X)) > 0.95
    greedy = copy.deepcopy(model).set_params(beam_size=1)
    assert exact_match_scorer(greedy, X, backwards(X)) > 0.95
    sides = [[" ".join(text) for text in texts] for texts in (model.predict(X), backwards(X))]
    expected = corpus_bleu(sides[0], [sides[1]], tokenize="none", force=True).score
    assert model.score(X, backwards(X)) == pytest.approx(expected) and expected > 90


def test_sentences_come_with_their_capitals_and_signs():
    X = sentences()
    model = make(max_epochs=15, hidden_size=32, dropout=0.1).fit(X, translated(X))
    found = model.predict(X[:30])
    assert found.shape == (30,) and found.dtype == object
    assert found.tolist() == translated(X[:30])
    assert model.score(X, translated(X)) > 99


SOURCES = {
    "recordings": lambda rng: [rng.normal(size=(n, 2)) for n in rng.integers(2, 6, N)],
    "one feature": lambda rng: [rng.normal(size=n) for n in rng.integers(2, 6, N)],
    "a 3-D array": lambda rng: rng.normal(size=(N, 4, 2)),
    "a table": lambda rng: rng.normal(size=(N, 4)),
    "tokens": lambda rng: [list(rng.choice(["x", "y"], size=n)) for n in rng.integers(2, 6, N)],
    "Sequences": lambda rng: TokenEncoder().fit_transform(["x y", "y y x"] * (N // 2)),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_sources_come_in_every_form(source):
    X = source(np.random.default_rng(0))
    y = [["a"] * len(x) for x in X] if isinstance(X, list) else [["a", "b"]] * N
    model = make().fit(X, y)
    assert all(set(found) <= {"a", "b"} for found in model.predict(X))
    assert [w.shape for w in model.attention(X[:3], y[:3])] == [
        (len(y[i]), len(X[i])) for i in range(3)
    ]


def test_one_vector_makes_a_caption():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = [f"{'big' if a > 0 else 'small'} {'red' if b > 0 else 'blue'}" for a, b, _ in X]
    table = pd.DataFrame(X, columns=["a", "b", "c"])
    model = make(source="vectors", max_epochs=8).fit(table, y)
    assert model.n_features_in_ == 3
    assert exact_match_scorer(model, table, y) > 0.9
    assert model.attention(table[:1])[0].tolist() == [[1.0], [1.0]]
    rows = make(source="vectors", max_epochs=8).fit(list(X), y)
    assert rows.predict(list(X)).tolist() == model.predict(table).tolist()


def test_what_is_read_cannot_be_changed_after_fit():
    X = np.random.default_rng(0).normal(size=(N, 3))
    model = make(source="vectors", max_epochs=1).fit(X, ["a"] * N)
    with pytest.raises(ValueError, match="source='sequences' gives steps of 1 features, but .* 3"):
        model.set_params(source="sequences").predict(X)


def test_embedding_dim_makes_ids_of_integers_alone():
    rng = np.random.default_rng(0)
    for X, is_ids in [
        ([rng.integers(2, 9, size=3) for _ in range(N)], True),
        (rng.integers(2, 9, size=(N, 3)), True),
        ([rng.normal(size=(3, 2)) for _ in range(N)], False),
    ]:
        model = make(embedding_dim=5, max_epochs=1).fit(X, ["a"] * N)
        assert (model.module_.source_embedding is not None) == is_ids
        assert len(model.predict(X)) == N


TARGETS = {
    "texts": lambda: backwards(digits()),
    "a Series": lambda: pd.Series(backwards(digits())),
    "tokens": lambda: [list(text) for text in backwards(digits())],
    "ids": lambda: [np.array([int(d) + 2 for d in text]) for text in backwards(digits())],
    "Sequences": lambda: TokenEncoder("char").fit_transform(backwards(digits())),
}


@pytest.mark.parametrize("form", TARGETS)
def test_predictions_have_the_form_of_the_targets(form):
    y = TARGETS[form]()
    model = make().fit(digits(), y)
    found = model.predict(digits())[0]
    if form == "ids":
        assert isinstance(found, np.ndarray) and found.dtype == np.int64
    else:
        assert isinstance(found, str if form in ("texts", "a Series") else list)
    assert 0 <= model.score(digits(), y) <= 100
    assert model.score_samples(digits()[:2], y[:2]).shape == (2,)


def test_a_score_follows_the_ids_of_the_sources():
    ids = [f"s{i}" for i in range(N)]
    X = TokenEncoder("char").fit_transform(digits())
    X = Sequences(values=X.values, offsets=X.offsets, vocabulary=X.vocabulary, ids=ids)
    y = pd.Series([" ".join(text) for text in backwards(digits())], index=ids)
    model = make(max_epochs=6).fit(X, y)
    shuffled = y.sample(frac=1, random_state=0)
    assert model.score(X, shuffled) == model.score(X, y) == model.score(X, y.tolist()) > 0


@pytest.mark.parametrize("wrap", [lambda rows: rows, pd.Series, list])
def test_ids_come_in_whatever_holds_rows(wrap):
    rows = np.empty(N, dtype=object)
    rows[:] = TARGETS["ids"]()
    model = make(max_epochs=6).fit(digits(), wrap(rows))
    assert same_weights(model, make(max_epochs=6).fit(digits(), list(rows)))
    found = wrap(model.predict(digits()))
    assert model.score_samples(digits(), found).shape == (N,)
    assert exact_match_scorer(model, digits(), found) == 1
    with pytest.raises(ValueError, match="y: target 1 holds numbers of type float64"):
        model.fit(digits()[:2], wrap(np.array([[2, 3], np.array([0.5])], dtype=object)))


def test_short_targets_that_are_all_right_score_100():
    X = ["one", "two", "six"] * 30
    names = {"one": "The Cat", "two": "a Cow", "six": "Bee"}
    for encoder in (None, TokenEncoder("word", lowercase=True)):
        model = make(max_epochs=12, target_encoder=encoder).fit(X, [names[x] for x in X])
        assert model.score(X, [names[x] for x in X]) == pytest.approx(100)
        assert model.score(X, ["The Bee"] * 90) < 50


def test_every_form_of_target_has_the_score_of_its_tokens():
    scores = []
    for form in ("tokens", "ids", "Sequences"):
        y = TARGETS[form]()
        model = make(max_epochs=6).fit(digits(), y)
        scores.append(model.score(digits(), y))
        rows = [[list(map(str, row)) for row in part] for part in (y, model.predict(digits()))]
        if form != "Sequences":  # whose rows are ids, while predictions are tokens
            assert scores[-1] == pytest.approx(bleu_score(*rows))
    assert scores[0] == scores[2] > 1


def test_every_form_of_target_gives_the_same_network():
    models = [make().fit(digits(), make_y()) for make_y in TARGETS.values()]
    sizes = {weight.shape for model in models for weight in [model.module_.start.weight]}
    assert len(sizes) == 1
    texts, tokens = models[0], models[2]
    assert same_weights(texts, tokens)
    padded = np.zeros((N, 8), dtype=int)
    for row, ids in zip(padded, TARGETS["ids"](), strict=True):
        row[: len(ids)] = ids
    assert same_weights(models[3], make().fit(digits(), padded))


def same_weights(one, other):
    states = one.module_.state_dict(), other.module_.state_dict()
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_a_shared_vocabulary_has_one_table_for_both_sides():
    X = sentences()
    model = make(share_vocabulary=True).fit(X, X)
    assert model.encoder_ is model.target_encoder_
    assert model.module_.target_embedding is None
    assert set(model.classes_[2:]) == set(model.encoder_.vocabulary_.tokens[2:])
    assert "The" in model.classes_
    ids = [np.array([2, 3, 9]), np.array([4])] * 10
    assert len(make(share_vocabulary=True).fit(ids, ids[::-1]).classes_) == 10


def test_subwords_come_from_a_function_and_are_joined_by_one():
    def pairs(text):
        return [text[i : i + 2] + "@" for i in range(0, len(text), 2)]

    def join(tokens):
        return "".join(token[:-1] for token in tokens)

    encoder = TokenEncoder(pairs)
    X = digits()
    model = make(encoder=encoder, target_encoder=encoder, join=join).fit(X, backwards(X))
    assert all(token.endswith("@") for token in model.classes_[2:])
    assert all("@" not in text and " " not in text for text in model.predict(X))


@pytest.mark.parametrize("cell", ["gru", "rnn_tanh", OwnCell])
@pytest.mark.parametrize("attention_type", ["multiplicative", None])
def test_every_cell_learns(cell, attention_type):
    model = make(cell=cell, attention_type=attention_type, num_layers=2, max_epochs=6, lr=0.01)
    losses = [row["train_loss"] for row in model.fit(digits(), backwards(digits())).history_]
    assert losses[-1] < losses[0]
    assert model.predict_nbest(digits()[:5], 3)[0].shape == (5,)


def test_scheduled_sampling_rises_from_teacher_forcing():
    plain = make(scheduled_sampling=0.0).fit(digits(), backwards(digits()))
    sampled = make(scheduled_sampling=1.0).fit(digits(), backwards(digits()))
    assert plain.history_[0]["train_loss"] == sampled.history_[0]["train_loss"]
    assert plain.history_[2]["train_loss"] < sampled.history_[2]["train_loss"]
    assert sampled.module_.sampling_rate == 1.0


# --- what is asked of it ------------------------------------------------------------------------


def test_the_best_of_several_is_what_is_predicted():
    model, X = reversing(), digits(30, seed=2)
    targets, scores = model.predict_nbest(X, 4)
    assert [best[0] for best in targets] == model.predict(X).tolist()
    for best, values in zip(targets, scores, strict=True):
        assert len(set(best)) == len(best) == len(values) == 4
        assert (np.diff(values) <= 0).all()


def test_scores_are_log_probabilities_over_the_length_penalty():
    model, X = make().fit(digits(), backwards(digits())), list(digits(10, seed=3))
    for penalty in (0.0, 1.5):
        targets, scores = model.set_params(length_penalty=penalty).predict_nbest(X, 6)
        sources = [text for text, best in zip(X, targets, strict=True) for y in best if y]
        y = [text for best in targets for text in best if text]
        lengths = np.array([len(text) + 1 for text in y])
        expected = model.score_samples(sources, y) * lengths / ((5 + lengths) / 6) ** penalty
        found = [
            value
            for best, values in zip(targets, scores, strict=True)
            for text, value in zip(best, values, strict=True)
            if text
        ]
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_wider_beam_finds_nothing_less_probable():
    model, X = copy.deepcopy(make().fit(digits(), backwards(digits()))), digits(40, seed=4)
    narrow, wide = (
        np.array([v[0] for v in model.set_params(beam_size=size).predict_nbest(X, 1)[1]])
        for size in (1, 10)
    )
    assert (wide >= narrow - 1e-9).all() and (wide > narrow + 1e-3).any()


def test_greedy_takes_the_likeliest_token_at_each_step():
    model, X = copy.deepcopy(reversing()).set_params(beam_size=1), digits(20, seed=5)
    assert model.predict(X).tolist() == [write_greedily(model, text) for text in X]


@torch.inference_mode()
def write_greedily(model, text):
    """The likeliest token behind those before it, all of which are read anew for each."""
    module, ids = model.module_, []
    values = torch.tensor(model.encoder_.transform([text]).values)[None]
    while len(ids) < model.max_target_length_:
        source = module.read(values, None)
        read = module.embed_target(source, torch.tensor([ids], dtype=torch.int64))
        scores = module.scores(module.write(source, read, None).states[:, -1])[0]
        scores[1] = -torch.inf
        if (chosen := int(scores.argmax())) == 0:
            break
        ids.append(chosen)
    return "".join(model.classes_[ids])


def test_attention_looks_at_the_step_that_is_written():
    model, X = reversing(), [text for text in digits(40, seed=6) if len(text) > 2]
    found = model.attention(X, backwards(X))
    assert found.shape == (len(X),) and found.dtype == object
    right = []
    for text, weights in zip(X, found, strict=True):
        assert weights.shape == (len(text), len(text)) and weights.base is None
        np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-9)
        right += list(np.abs(weights.argmax(axis=1) - np.arange(len(text))[::-1]) <= 1)
    assert np.mean(right) > 0.8
    predicted = model.attention(X)
    assert [len(w) for w in predicted] == [len(text) for text in model.predict(X)]


def test_what_is_predicted_can_be_a_target():
    model = make(max_epochs=1).fit(digits(), backwards(digits()))
    model.module_.softmax.bias.data[0] = 100.0  # to end at once is by far the likeliest
    X = ["12", "3"]
    targets, scores = model.predict_nbest(X, 1)
    assert [len(best[0]) for best in targets] == [1, 1]
    given = model.score_samples(X, model.predict(X)) * 2
    np.testing.assert_allclose([values[0] for values in scores], given)


def test_where_no_token_is_known_nothing_is_written():
    model = make(max_epochs=1).fit(digits(), [np.array([1])] * N)
    assert [len(found) for found in model.predict(["12", "3"])] == [0, 0]
    assert [w.shape for w in model.attention(["12", "3"])] == [(0, 2), (0, 1)]


def test_targets_end_when_they_are_as_long_as_they_may_be():
    model = copy.deepcopy(reversing()).set_params(max_target_length=2)
    assert max(map(len, model.predict(digits(50)))) == 2


def test_a_search_tries_cells_and_beams():
    grid = {"cell": ["lstm", "gru"], "beam_size": [1, 3]}
    search = GridSearchCV(make(max_epochs=1), grid, cv=2, error_score="raise")
    search.fit(list(digits()), backwards(digits()))
    assert len(search.cv_results_["mean_test_score"]) == 4
    scores = cross_val_score(make(max_epochs=1), digits(), backwards(digits()), cv=2)
    assert np.isfinite(scores).all()


def test_a_padder_in_front_changes_nothing():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 2)) for n in rng.integers(2, 6, N)]
    y = [["a", "b"]] * N
    plain, padded = make().fit(X, y), make_pipeline(SequencePadder(), make()).fit(X, y)
    assert same_weights(plain, padded[-1])
    assert plain.predict(X).tolist() == padded.predict(X).tolist()


# --- what always holds --------------------------------------------------------------------------


CASES = {
    "additive": {},
    "multiplicative": {"attention_type": "multiplicative", "num_layers": 2},
    "none": {"attention_type": None, "cell": "gru"},
    "own cell": {"cell": OwnCell},
    "recordings": {"X": "recordings"},
    "many tokens": {"y": "many"},
}


@cache
def fitted(name):
    parameters = dict(CASES[name])
    rng = np.random.default_rng(0)
    X, y = list(digits()), backwards(digits())
    if parameters.pop("X", None):
        X = [rng.normal(size=(len(text), 2)) for text in X]
    if parameters.pop("y", None):  # more than are scored in float64
        y = [rng.integers(2, 200, size=len(text)) for text in X]
    return make(max_epochs=6, **parameters).fit(X, y), X, y


def answers(model, X, y):
    """What a model says, as numbers: scores of the best targets, given ones, and weights."""
    targets, scores = model.predict_nbest(X, 3)
    said = [np.array(scores.tolist()), model.score_samples(X, y)[:, None]]
    if model.attention_type is not None:
        said.append(np.array([w.max() for w in model.attention(X, y)])[:, None])
    return [[list(map(str, best)) for best in targets], np.concatenate(said, axis=1)]


@pytest.mark.parametrize("name", CASES)
def test_neither_batch_mates_nor_their_order_nor_padding_change_anything(name):
    model, X, y = fitted(name)
    X, y = X[:30], y[:30]
    targets, figures = answers(model, X, y)
    assert np.ptp(figures, axis=0).max() > 1e-3
    order = np.random.default_rng(1).permutation(30)
    found, other = answers(model, [X[i] for i in order], [y[i] for i in order])
    assert found == [targets[i] for i in order]
    np.testing.assert_allclose(other, figures[order], rtol=0, atol=1e-7)
    for i in range(0, 30, 4):
        found, alone = answers(model, X[i : i + 1], y[i : i + 1])
        assert found == targets[i : i + 1]
        np.testing.assert_allclose(alone, figures[i : i + 1], rtol=0, atol=1e-7)
    long = X[0][:1] * 60 if isinstance(X[0], str) else np.repeat(X[0][:1], 60, axis=0)
    longer = [*X, long]
    found, padded = answers(model, longer, [*y, y[0]])
    assert found[:30] == targets
    np.testing.assert_allclose(padded[:30], figures, rtol=0, atol=1e-7)


def test_batch_size_is_not_read_at_prediction():
    model, X, y = fitted("additive")
    other = copy.deepcopy(model).set_params(batch_size=1)
    np.testing.assert_array_equal(answers(other, X, y)[1], answers(model, X, y)[1])


def test_fits_are_repeatable():
    X, y = digits(), backwards(digits())
    options = {"dropout": 0.3, "token_dropout": 0.2, "scheduled_sampling": 0.5}
    one, other = (make(**options).fit(X, y) for _ in range(2))
    assert same_weights(one, other)
    assert not same_weights(one, make(**options | {"random_state": 1}).fit(X, y))


@pytest.mark.parametrize("name", ["additive", "recordings"])
def test_copies_and_pickles_say_the_same(name):
    model, X, y = fitted(name)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert answers(other, X[:9], y[:9])[0] == answers(model, X[:9], y[:9])[0]
        np.testing.assert_array_equal(answers(other, X, y)[1], answers(model, X, y)[1])
    assert not hasattr(clone(model), "net_")


def test_fit_changes_neither_parameters_nor_data():
    X, y = list(digits()), backwards(digits())
    model = make(encoder=TokenEncoder("char"), target_encoder=TokenEncoder("char"))
    before = {name: repr(value) for name, value in model.get_params().items()}
    model.fit(X, y)
    assert {name: repr(value) for name, value in model.get_params().items()} == before
    assert (X, y) == (list(digits()), backwards(digits()))


def test_warm_start_and_partial_fit_go_on():
    X, y = digits(), backwards(digits())
    model = make(warm_start=True).fit(X, y)
    first = model.history_[-1]["train_loss"]
    assert model.fit(X, y).n_iter_ == 6 and model.history_[-1]["train_loss"] < first
    assert make().partial_fit(X, y).partial_fit(X, y).n_iter_ == 2
    with pytest.raises(ValueError, match="hidden_size=20, but training goes on with a network"):
        model.set_params(hidden_size=20).fit(X, y)
    known = make(warm_start=True).fit(X, y)
    known.fit(["12x", "4"], ["x21", "4"])  # what it does not know is unknown
    assert "x" not in known.classes_


CHANGED = {
    "n_tokens": ({"n_tokens": 9}, {"n_tokens": 8}, "n_tokens=8, but .* whose n_tokens is 9"),
    "target_encoder": (
        {},
        {"target_encoder": TokenEncoder()},
        "target_encoder=TokenEncoder.*, but training goes on with the vocabulary of",
    ),
    "encoder": (
        {"encoder": TokenEncoder("char")},
        {"encoder": None},
        "encoder=TokenEncoder.*, but training goes on with the vocabulary of",
    ),
}


@pytest.mark.parametrize(("before", "after", "message"), CHANGED.values(), ids=CHANGED)
def test_what_is_read_otherwise_cannot_go_on(before, after, message):
    X = [[2, 3], [4]] * 8 if "n_tokens" in before else ["a b", "c"] * 8
    y = ["a", "B"] * 8
    model = make(max_epochs=1, warm_start=True, **before).fit(X, y).fit(X, y)
    with pytest.raises(ValueError, match=message):
        model.set_params(**after).fit(X, y)
    assert model.set_params(**before | dict.fromkeys(after.keys() - before.keys())).fit(X, y)


def test_an_encoder_of_a_function_goes_on():
    encoder = TokenEncoder(str.split)
    model = make(max_epochs=1, warm_start=True, target_encoder=encoder, join=" ".join)
    assert model.fit(["a"] * 8, ["b"] * 8).fit(["a"] * 8, ["b"] * 8).n_iter_ == 2


def test_a_huge_id_in_targets_is_told_of_y():
    with pytest.raises(
        ValueError, match="^y: sequence 1, step 0 has the id 99000000, but y ho"
    ) as e:
        make().fit(IDS, [[2], [99_000_000]])
    assert "X" not in str(e.value) and "n_tokens" not in str(e.value)


def test_early_stopping_keeps_the_best_epoch():
    X, y = digits(), backwards(digits())
    model = make(early_stopping=True, max_epochs=8, lr=0.05).fit(X, y)
    losses = [row["valid_loss"] for row in model.history_]
    assert model.best_epoch_ == 1 + int(np.argmin(losses))
    given = make(max_epochs=4).fit(X, y, X[:20], y[:20])
    lengths = np.array([len(text) + 1 for text in y[:20]])
    mean = -(given.score_samples(X[:20], y[:20]) @ lengths) / lengths.sum()
    assert mean == pytest.approx(min(row["valid_loss"] for row in given.history_), rel=1e-4)


def test_bfloat16_learns_and_predicts_in_full_precision():
    model = make(precision="bfloat16", max_epochs=8).fit(digits(), backwards(digits()))
    assert model.history_[-1]["train_loss"] < model.history_[0]["train_loss"]
    assert model.score_samples(digits(), backwards(digits())).dtype == np.float64


# --- bad input ----------------------------------------------------------------------------------


IDS = [[2, 3], [4]]
BAD = {
    "no targets": (IDS, None, "requires y to be passed, but the target y is None"),
    "target without source": (IDS, ["a", "b", "c"], "2 source.* 3 target.* target 2 has no source"),
    "source without target": (IDS, ["a"], "2 source.* 1 target.* source 1 has no target"),
    "a text for a list": (IDS, "ab", "y is one text"),
    "numbers for targets": (IDS, [[0.5], [1.0]], "y: target 0 holds numbers of type float64"),
    "a matrix of numbers": (IDS, np.ones((2, 2)), "y: each target holds numbers of type float64"),
    "classes": (IDS, [0, 1], "y: Expected a list of sequences"),
    "an empty target": (IDS, ["a", ""], "y: target 1 is empty"),
    "no token": (IDS, [["a"], []], "y: target 1 is empty"),
    "padding in a target": (IDS, [[2, 0, 3], [2]], "y: sequence 0, step 1 has the id 0"),
    "None in targets": (IDS, ["a", None], "y: sequence 1 is None"),
    "a frame": (IDS, pd.DataFrame({"a": ["b", "c"]}), r"y is a table.* y\[name\]"),
    "an empty source": (["a b", ""], ["a", "b"], "text 1 is empty"),
    "no sources": ([], [], "minimum of 1|at least one"),
}


@pytest.mark.parametrize(("X", "y", "message"), BAD.values(), ids=BAD)
def test_bad_pairs_are_refused(X, y, message):
    model = make(n_tokens=9)
    for method in (model.fit, model.partial_fit):
        with pytest.raises((TypeError, ValueError), match=message):
            method(X, y)
        assert not hasattr(model, "net_")


PARAMETERS = {
    "beam": ({"beam_size": 40}, "beam_size=40, but there are only 11 tokens to choose from"),
    "two encoders": (
        {"share_vocabulary": True, "target_encoder": TokenEncoder()},
        "target_encoder is given, but with share_vocabulary=True one encoder",
    ),
    "attention": ({"attention_type": "dot"}, "attention_type"),
    "penalty": ({"length_penalty": -1.0}, "length_penalty"),
    "vectors": ({"source": "vectors"}, 'source="vectors" takes a table .* X is texts'),
    "sampling": ({"scheduled_sampling": 1.5}, "scheduled_sampling"),
    "cell": ({"cell": torch.nn.Linear}, "cell"),
}


@pytest.mark.parametrize(("parameters", "message"), PARAMETERS.values(), ids=PARAMETERS)
def test_bad_parameters_are_refused(parameters, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make(**parameters).fit(digits(), backwards(digits()))


def test_other_forms_than_those_of_fit_are_refused():
    model, numbers = reversing(), [np.zeros((3, 2))]
    with pytest.raises(ValueError, match="X holds numbers, but fit saw texts"):
        model.predict(numbers)
    with pytest.raises(ValueError, match="y: targets are ids, of another vocabulary than that of"):
        model.score(["12"], [np.array([2, 3])])
    ids = make(n_tokens=9).fit([[2, 3], [4]] * 9, [[2, 3], [4]] * 9)
    with pytest.raises(ValueError, match="y: targets are texts, but fit saw ids"):
        ids.score([[2, 3]], ["ab"])
    with pytest.raises(ValueError, match="X is texts, but RNNSeq2Seq was fitted on sequences of"):
        ids.predict(["ab"])
    with pytest.raises(ValueError, match="X is texts and y is a list of arrays, but with share_"):
        make(share_vocabulary=True).fit(["a"] * 9, [[2]] * 9)


def test_a_model_that_is_not_fitted_says_so():
    for method in ("predict", "predict_nbest", "attention"):
        with pytest.raises(NotFittedError):
            getattr(RNNSeq2Seq(), method)(["12"])


@pytest.mark.parametrize("n", [0, 1.5, True, "2"])
def test_the_number_of_targets_is_checked(n):
    with pytest.raises(ValueError, match="n must be an int of at least 1"):
        reversing().predict_nbest(["12"], n)


def test_a_beam_that_was_set_too_wide_is_refused_at_prediction():
    model = copy.deepcopy(reversing()).set_params(beam_size=12)
    with pytest.raises(ValueError, match="beam_size=12, but there are only 11 tokens"):
        model.predict(["12"])


def test_numbers_too_far_from_those_of_fit_are_refused():
    model, X, y = fitted("recordings")
    model = copy.deepcopy(model)
    far = [*X[:2], np.full_like(X[2], 3e38), X[3]]
    model._scaler = type(model._scaler).fit(np.concatenate(X) * 1e-6)
    asked = {
        "predict": (far,),
        "predict_nbest": (far, 2),
        "attention": (far,),
        "score": (far, y[:4]),
        "score_samples": (far, y[:4]),
    }
    for method, given in asked.items():
        with pytest.raises(ValueError, match="not finite for sequence 2 .1 of 4 .* very far from"):
            getattr(model, method)(*given)
    with pytest.raises(ValueError, match="not finite for sequence 2"):
        model.attention(far, y[:4])


LATER = [{"beam_size": "wide"}, {"beam_size": 2.5}, {"beam_size": 0}, {"length_penalty": -1}]
LATER += [{"max_target_length": length} for length in (-3, 0)]


@pytest.mark.parametrize("parameters", LATER, ids=str)
def test_what_is_set_after_fit_is_checked_by_whatever_reads_it(parameters):
    model = copy.deepcopy(reversing()).set_params(**parameters)
    for method in ("predict", "predict_nbest", "attention"):
        with pytest.raises(ValueError, match=f"The '{next(iter(parameters))}' parameter of"):
            getattr(model, method)(["12"])
    for method in ("score", "score_samples", "attention"):
        with pytest.raises(ValueError, match=f"The '{next(iter(parameters))}' parameter of"):
            getattr(model, method)(["12"], ["21"])


def test_no_attention_has_nothing_to_look_at():
    with pytest.raises(ValueError, match="attention_type=None, so there is nothing to look at"):
        fitted("none")[0].attention(["12"])


def test_long_sources_are_cut_and_counted():
    X, y = digits(), backwards(digits())
    n = sum(len(text) > 4 for text in X)
    with pytest.warns(UserWarning, match=f"{n} of {N} sources are longer than max_length=4"):
        model = make(max_length=4).fit(X, y)
    with pytest.warns(UserWarning, match="1 of 2 sources .* source 1 has 9 steps") as record:
        cut = model.predict(["123", "123456789"])
    assert record[0].filename == __file__
    assert cut[1] == model.predict(["1234"])[0]


def test_an_event_log_is_refused():
    log = Sequences(values=np.zeros((4, 1)), offsets=[0, 2, 4], static=np.ones((2, 1)))
    with pytest.raises(ValueError, match="X has columns of whole sequences, but RNNSeq2Seq"):
        make().fit(log, ["a", "b"])
