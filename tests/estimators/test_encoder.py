"""RNNEncoder: vectors that tell what sequences hold, learned without labels."""

import copy
import io
import pickle
from functools import cache

import joblib
import numpy as np
import onnxruntime
import pandas as pd
import pytest
import sklearn
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNEncoder, Sequences
from sklearn_rnn.estimators._encoder_data import count_told, find_neighbours, token_shares
from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.modules._encoding import TokenHiding
from sklearn_rnn.preprocessing import SequencePadder, TokenEncoder, WordEmbedder
from tests.estimators.test_promises import CELLS, assert_same, padded_arrays, sequences, weights

SMALL = {"hidden_size": 16, "max_epochs": 3, "batch_size": 8, "lr": 0.02, "random_state": 0}
KINDS = ("numbers", "ids")
VARIANTS = {
    "recurrent": {"decoder": "recurrent"},
    "bag": {"decoder": "bag"},
    "next sentence": {"objective": "next_sentence", "decoder": "recurrent"},
    "next bag": {"objective": "next_sentence", "decoder": "bag"},
    "attention": {"decoder": "recurrent", "pooling": "attention", "teacher_forcing": 0.5},
    "two layers": {"decoder": "recurrent", "num_layers": 2, "cell": "gru", "pooling": "last"},
    "segments": {"decoder": "recurrent", "segment": 3, "pooling": "max"},
    "step means": {"decoder": "recurrent", "step_means": True},
}
CASES = [
    (kind, variant)
    for kind in KINDS
    for variant in VARIANTS
    if kind == "ids" or "bag" not in variant
]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
every_kind = pytest.mark.parametrize("kind", KINDS)
SONGS = ["play some jazz", "play a rock song", "a song by the band", "some jazz by the band"]
WEATHER = ["rain in paris", "will it rain today", "is there snow in rome today", "snow in paris"]
TEXTS = (SONGS + WEATHER) * 4


def make(**parameters):
    return RNNEncoder(**SMALL | parameters)


def unfitted(case):
    kind, variant = case
    ids = {"embedding_dim": 4, "token_dropout": 0.2} if kind == "ids" else {}
    return make(**VARIANTS[variant] | ids)


@cache
def fitted(case):
    return unfitted(case).fit(sequences(case[0]))


@cache
def words(**parameters):
    return make(max_epochs=40, **parameters).fit(TEXTS)


def assert_same_weights(model, expected):
    for name, weight in weights(expected).items():
        np.testing.assert_array_equal(weights(model)[name], weight, err_msg=name)


# --- what is learned ----------------------------------------------------------------------------


def nearest(vectors):
    """The other row whose vector points most nearly in the same direction, for each row."""
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -np.inf)
    return alike.argmax(1)


@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_texts_of_one_subject_are_neighbours(pooling):
    found = nearest(words(pooling=pooling).transform(SONGS + WEATHER))
    about_songs = np.arange(8) < 4
    assert (about_songs[found] == about_songs).all()


def test_neighbours_know_the_class_of_a_recording():
    rng = np.random.default_rng(0)
    X, y = [], []
    for i in range(60):
        time = np.arange(rng.integers(15, 30)) + rng.uniform(0, 9)
        X.append(np.sin(time * (0.5 + 0.5 * (i % 2))) + 0.1 * rng.normal(size=len(time)))
        y.append(i % 2)
    model = make_pipeline(make(max_epochs=30), KNeighborsClassifier(1))
    assert model.fit(X[:30], y[:30]).score(X[30:], y[30:]) > 0.9
    means = np.array([[x.mean(), x.std()] for x in X])
    assert KNeighborsClassifier(1).fit(means[:30], y[:30]).score(means[30:], y[30:]) < 0.8


@pytest.mark.parametrize("decoder", ["bag", "recurrent"])
def test_texts_that_stand_among_the_same_ones_get_near_each_other(decoder):
    # Of the openings no two share a token, but "a" and "b" are followed by the same one.
    rng = np.random.default_rng(0)
    documents = [rng.choice([["a a", "red"], ["b b", "red"], ["c c", "blue"]]) for _ in range(60)]
    X, numbers = np.ravel(documents).tolist(), np.repeat(np.arange(60), 2)
    model = make(objective="next_sentence", decoder=decoder, max_epochs=15, dropout=0.0)
    vectors = model.fit(X, documents=numbers).transform(["a a", "b b", "c c"])
    assert nearest(vectors)[:2].tolist() == [1, 0]


def test_odd_sequences_score_low():
    wave = [np.sin(np.arange(20) + phase) for phase in np.linspace(0, 6, 40)]
    model = make(max_epochs=15).fit(wave)
    scores = model.score_samples([wave[3], -wave[5], np.random.default_rng(0).normal(size=20)])
    assert scores.argmin() == 2 and scores[:2].min() > 2 * scores[2]
    model = words(decoder="recurrent")
    right, odd = model.score_samples(["play some jazz", "jazz rain rain play"])
    assert right > odd


def test_what_is_written_from_a_vector_is_what_was_read():
    model = make(
        decoder="recurrent", max_epochs=150, token_dropout=0.0, dropout=0.0, pooling="last"
    ).fit(TEXTS)
    assert model.reconstruct(SONGS + WEATHER).tolist() == SONGS + WEATHER
    assert model.score(TEXTS) > -0.2


def test_recordings_are_written_in_their_own_scale():
    rng = np.random.default_rng(0)
    X = [
        np.column_stack([1e4 + 100 * np.sin(np.arange(n) / 2), np.full(n, level)])
        for n, level in zip(rng.integers(8, 13, 60), rng.choice([-3.0, 5.0], 60), strict=True)
    ]
    model = make(max_epochs=60, segment=4, cell="gru", lr=0.01).fit(X)
    for told, true in zip(model.reconstruct(X), X, strict=True):
        assert told.shape == true.shape
        assert np.abs(told - true).mean(axis=0) == pytest.approx([0, 0], abs=25)
        assert np.sign(told[:, 1].mean()) == np.sign(true[0, 1])


FORMS = {
    "texts": (TEXTS, str),
    "characters": (["abab", "baba"] * 8, str),
    "tokens": ([text.split() for text in TEXTS], list),
    "ids": ([np.array([2, 3, 4]), np.array([4, 3])] * 8, np.ndarray),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_has_the_form_of_what_was_read(form):
    X, kind = FORMS[form]
    options = {"embedding_dim": 4} if form == "ids" else {}
    options |= {"encoder": TokenEncoder("char")} if form == "characters" else {}
    written = make(decoder="recurrent", max_epochs=40, dropout=0.0, **options).fit(X).reconstruct(X)
    assert written.shape == (len(X),)
    assert all(type(one) is kind for one in written)
    if form == "characters":
        assert {len(one) for one in written} == {4}


def test_texts_are_written_with_the_spaces_of_fit_and_known_words():
    texts = ["Well, yes.", "No, it rains.", "Yes, well.", "It rains: no."] * 6
    options = {"decoder": "recurrent", "max_epochs": 120, "token_dropout": 0.0, "dropout": 0.0}
    model = make(pooling="last", **options).fit(texts)
    assert model.reconstruct(texts[:4]).tolist() == [text.lower() for text in texts[:4]]
    rare = [f"play {word}" for word in "abcdefghij"] + ["play jazz"] * 2
    model = make(encoder=TokenEncoder("word", min_count=2), **options | {"max_epochs": 20})
    assert not any("<unk>" in text for text in model.fit(rare).reconstruct(rare))


def test_hidden_tokens_are_told_by_the_others_alone():
    model = make(decoder="bag", token_dropout=0.5, dropout=0.0, embedding_dim=4)
    module = model.fit(sequences("ids")).module_
    read = []
    module.body.register_forward_pre_hook(lambda body, given: read.append(given[0]))
    ids = torch.tensor([[2, 3, 4, 5, 6, 7, 8, 9]] * 50)
    total, count = module.train()(ids, None).T
    hidden = read[0] == 1
    assert hidden.float().mean().item() == pytest.approx(0.5, abs=0.1)
    torch.testing.assert_close(count, (hidden * module.shares[ids]).sum(1))
    assert (total > 0).all()


@pytest.mark.parametrize("p", [0.01, 0.99])
def test_training_hides_one_token_at_least_and_never_all(p):
    hiding = TokenHiding(p)
    hiding.generator = torch.Generator().manual_seed(0)
    ids = torch.tensor([[2, 3, 4, 0], [5, 6, 0, 0], [7, 0, 0, 0]] * 20)
    ((read, told),) = hiding.views(ids, zeros=False)
    n_hidden = ((read == 1) & (ids != 0)).sum(1).reshape(20, 3)
    expected = [1, 1, 0] if p < 0.5 else [2, 1, 0]
    assert (n_hidden.float().mean(0) - torch.tensor(expected)).abs().max() < 0.2
    assert (n_hidden >= torch.tensor([1, 1, 0])).all() and (n_hidden < 3).all()
    only = ids[:, 1] == 0
    assert torch.equal(told, torch.where(only[:, None], ids != 0, read != ids))


@pytest.mark.parametrize(("p", "n_views"), [(0.6, 2), (0.3, 3), (0.01, 4)])
def test_evaluation_hides_each_token_once(p, n_views):
    hiding = TokenHiding(p).eval()
    ids = torch.tensor([[2, 3, 4, 5, 6, 7, 8], [2, 3, 0, 0, 0, 0, 0], [9, 0, 0, 0, 0, 0, 0]])
    read, told = map(torch.stack, zip(*hiding.views(ids, zeros=False), strict=True))
    assert len(read) == n_views and torch.equal(told.sum(0), (ids != 0).long())
    assert torch.equal(read != ids, told & (ids[:, 1:2] != 0))
    assert ((read > 1).any(2) | ~told.any(2)).all()
    (alone, _) = map(torch.stack, zip(*hiding.views(ids[1:2, :2], zeros=False), strict=True))
    assert torch.equal(alone, read[:, 1:2, :2])


def test_texts_of_one_token_are_learned():
    model = make(encoder=TokenEncoder("word"), max_epochs=20, dropout=0.0)
    model.fit(["jazz", "rain", "snow"] * 8)
    assert model.decoder_ == "bag" and model.token_dropout_ > 0
    assert model.history_[-1]["train_loss"] < 0.5 and model.score(["jazz", "rain"]) > -0.5


def test_loss_of_validation_falls_with_that_of_training():
    model = make(max_epochs=25).fit(TEXTS, X_val=SONGS + WEATHER)
    first, last = model.history_[0], model.history_[-1]
    assert last["train_loss"] < first["train_loss"] - 1
    assert last["valid_loss"] < first["valid_loss"] - 1
    less = make(max_epochs=1).fit(TEXTS)
    assert model.score(TEXTS) > less.score(TEXTS) + 1


def test_ngrams_of_hidden_tokens_are_hidden_too():
    model = make(subwords=True, token_dropout=0.99, dropout=0.0).fit(TEXTS)
    embedding = model.module_.body.input.embedding
    seen = []
    embedding.register_forward_hook(lambda layer, given, vectors: seen.append(vectors))
    model.set_params(warm_start=True, max_epochs=1).fit(TEXTS)
    nothing = torch.cat([vectors.flatten(0, 1) for vectors in seen]).eq(0).all(1)
    assert len(TEXTS) <= (~nothing).sum() < 1.2 * len(TEXTS)  # one of each is never hidden


def test_frequent_tokens_count_less():
    ids = np.array([2] * 90 + [3] * 9 + [4])
    expected = [1, 1, (0.01 / 0.9) ** 0.5, 1 / 3, 1, 1]
    np.testing.assert_allclose(token_shares(np.bincount(ids, minlength=6), 0.01), expected)

    assert (token_shares(np.bincount(ids), 0.0) == 1).all()
    model = make(decoder="bag", embedding_dim=4, sample=0.01).fit([ids])
    np.testing.assert_allclose(model.module_.shares, [1, 1, (0.01 / 0.9) ** 0.5, 1 / 3])


def test_tokens_that_come_once_are_told_as_unknown_ones():
    texts = ["play some jazz", "play some rock", "play some music", "play some tango"] * 2
    texts += ["play some fado", "play some ska"]
    model = make(max_epochs=60).fit(texts)
    assert model.module_.decoders[0].softmax.n_tokens == 8  # play, some, four kinds, two ids
    without = make(max_epochs=60).fit(texts[:-2] * 2)
    (surprised,), (not_so,) = (m.score_samples(["play some swing"]) for m in (without, model))
    assert not_so > surprised + 0.5
    assert count_told(np.array([0, 0, 1, 1])) == 4 and count_told(np.array([0, 3, 1])) == 2


# --- figures ------------------------------------------------------------------------------------


def test_score_of_a_bag_is_the_mean_log_likelihood_of_its_tokens_when_hidden():
    texts, expected = ["play some rock", "snow", "is there snow in rome"], []
    model = words()  # of the tokens every third is hidden in turn
    vocabulary = model.encoder_.vocabulary_.tokens
    softmax, shares = model.module_.decoders[0].softmax, model.module_.shares.numpy()
    for text in texts:
        tokens, found, weights_ = text.split(), [], []
        for i, token in enumerate(tokens):
            step = min(3, len(tokens))
            others = [t if j % step != i % step else "unheard" for j, t in enumerate(tokens)]
            vector = model.transform([" ".join(others) if len(tokens) > 1 else text])
            id_ = vocabulary.index(token)
            scores = softmax.log_probabilities(torch.from_numpy(vector).double())
            found.append(scores[0, id_].item())
            weights_.append(shares[id_])
        expected.append(np.average(found, weights=weights_))
    np.testing.assert_allclose(model.score_samples(texts), expected, rtol=1e-6)
    assert model.score(texts) == pytest.approx(np.mean(expected))


def test_score_of_a_recording_is_its_squared_error_in_deviations():
    X = sequences("numbers")
    model = make(teacher_forcing=0.0).fit(X)
    scale = np.concatenate(X).std(axis=0)
    told = model.reconstruct(X)
    errors = [-np.square((a - b) / scale).mean() for a, b in zip(told, X, strict=True)]
    np.testing.assert_allclose(model.score_samples(X), errors, rtol=1e-5)


def test_score_of_a_document_is_that_of_its_neighbours():
    texts = ["a b", "c d e", "a"]
    model = make(objective="next_sentence", decoder="bag").fit(texts * 5)
    vectors = torch.from_numpy(model.transform(texts)).double()
    told, counts = [], []
    for side, step in ((0, -1), (1, 1)):
        scores = model.module_.decoders[side].softmax.log_probabilities(vectors)
        for row, text in enumerate(texts):
            if 0 <= row + step < 3:
                ids = model.encoder_.transform([texts[row + step]]).values
                told += scores[row, torch.from_numpy(ids).long()].tolist()
                counts += model.module_.shares[torch.from_numpy(ids).long()].tolist()
                assert text
    assert model.score(texts) == pytest.approx(np.average(told, weights=counts), rel=1e-6)


def test_means_of_steps_follow_the_pooled_state():
    X = sequences("numbers")
    model = fitted(("numbers", "step means"))
    steps = np.concatenate(X)
    means = [((x - steps.mean(axis=0)) / steps.std(axis=0)).mean(axis=0) for x in X]
    np.testing.assert_allclose(model.transform(X)[:, 32:], means, atol=1e-6)


def test_gaps_need_not_be_told():
    X = [x.copy() for x in sequences("numbers")]
    for x in X[::2]:
        x[0, 1] = np.nan
    model = make(missing="mask").fit(X)
    other = [x.copy() for x in X]
    assert np.isfinite(model.score_samples(X)).all()
    assert model.module_.decoders[0].n_values == 3
    assert model.module_.plan.marks == ((1, 3), (0, 5), (2, 6))
    assert_same(model.score_samples(other), model.score_samples(X))


def test_what_is_filled_in_is_not_scored_though_fit_saw_no_gap_there():
    X = [x.copy() for x in sequences("numbers")]
    X[0][0, 1] = np.nan
    model = make(missing="mask", teacher_forcing=0.0).fit(X)
    steps = np.concatenate(X)
    scale, x = np.nanstd(steps, axis=0), X[1].copy()
    x[2:4, 0] = np.nan
    errors = np.square((model.reconstruct([x])[0] - x) / scale)
    expected = -np.nanmean(errors, axis=1).mean()
    assert model.score_samples([x])[0] == pytest.approx(expected, rel=1e-5)
    assert np.isfinite(model.partial_fit([x]).score([x]))


def test_a_recording_without_any_value_has_no_score():
    X = [x.copy() for x in sequences("numbers")]
    X[3][:] = np.nan
    model = make(missing="mask").fit(X)
    scores = model.score_samples(X)
    assert np.flatnonzero(np.isnan(scores)).tolist() == [3]
    assert model.score(X) == pytest.approx(np.nanmean(scores))
    with pytest.raises(ValueError, match="no value that could be scored"):
        model.score([X[3]])
    assert np.isfinite(model.transform(X)).all()


def test_vectors_of_words_can_start_the_network():
    embedder = WordEmbedder(vector_size=6, min_count=1, epochs=1, random_state=0)
    model = make(embedding=embedder, freeze_embedding=True, max_epochs=1).fit(TEXTS)
    tokens = model.encoder_.vocabulary_.tokens
    vectors = embedder.fit([text.split() for text in TEXTS]).get_vectors([tokens[2]])
    np.testing.assert_array_equal(model.module_.body.input.embedding.weight[2], vectors[0])
    assert model.embedding_dim_ == 6


# --- promises -----------------------------------------------------------------------------------


def outputs(model, X):
    vectors = model.transform(X)
    if model.objective == "next_sentence":
        return vectors
    return np.column_stack([vectors, model.score_samples(X)])


@every_case
def test_vector_does_not_depend_on_the_batch_or_on_padding(case):
    model, X = fitted(case), sequences(case[0])
    alone = np.concatenate([outputs(model, [x]) for x in X])
    assert np.ptp(alone, axis=0).max() > 1e-3
    order = np.random.default_rng(1).permutation(len(X))
    assert_same(outputs(model, X), alone)
    assert_same(outputs(model, [X[i] for i in order]), alone[order])
    assert_same(outputs(model, [*X, np.concatenate(X * 2)])[:-1], alone)
    for form in [SequencePadder(max_length=17).fit_transform(X), *padded_arrays(X, case[0])]:
        assert_same(outputs(model, form), alone)


@every_case
def test_same_seed_gives_the_same_model_and_copies_are_equal(case):
    model, X = fitted(case), sequences(case[0])
    with torch.random.fork_rng():
        torch.manual_seed(7)
        before = torch.get_rng_state()
        assert_same_weights(unfitted(case).fit(X), model)
        assert torch.equal(torch.get_rng_state(), before)
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), joblib.load(file)):
        assert_same_weights(twin, model)
        np.testing.assert_array_equal(outputs(twin, X), outputs(model, X))
        assert twin.score(X) == model.score(X)
        twin.partial_fit(X)
        twin.set_params(warm_start=True).fit(X)
    assert_same_weights(clone(model).fit(X), model)


@every_kind
def test_reconstruction_does_not_depend_on_the_batch(kind):
    model, X = fitted((kind, "recurrent")), sequences(kind)
    alone = [model.reconstruct([x])[0] for x in X]
    for one, other in zip(model.reconstruct(X), alone, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
@every_kind
def test_every_cell_learns(kind, cell):
    ids = {"embedding_dim": 4} if kind == "ids" else {}
    model = make(cell=cell, decoder="recurrent", max_epochs=6, **ids).fit(sequences(kind))
    losses = [row["train_loss"] for row in model.history_]
    assert losses[-1] < losses[0]
    assert model.transform(sequences(kind)).shape == (16, 32)


def test_input_is_not_changed_and_the_order_of_a_search_is():
    X = sequences("numbers")
    before = copy.deepcopy(X)
    search = GridSearchCV(make(), {"pooling": ["last", "mean"]}, cv=2).fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    np.testing.assert_equal(X, before)


def test_vectors_have_names_and_can_be_a_frame():
    model = make().set_output(transform="pandas").fit(TEXTS)
    frame = model.transform(TEXTS)
    assert frame.shape == (32, 32) and frame.columns[0] == "rnnencoder0"
    assert model.get_feature_names_out().tolist() == frame.columns.tolist()


def test_best_epoch_is_kept_and_nothing_is_trained_on_what_is_held_out():
    model = make(early_stopping=True, max_epochs=8).fit(TEXTS)
    losses = [row["valid_loss"] for row in model.history_]
    assert model.best_epoch_ == 1 + int(np.argmin(losses))
    given = make(max_epochs=8).fit(TEXTS, X_val=TEXTS[:4])
    assert given.early_stopping_ and "valid_loss" in given.history_[0]
    document = make(objective="next_sentence", early_stopping=True).fit(TEXTS)
    assert "valid_loss" in document.history_[0]


def test_divergence_is_told_and_leaves_nothing():
    model = make(cell="rnn_relu", lr=1e30, gradient_clip=None, max_epochs=30)
    with pytest.raises(DivergenceError, match="lower lr"):
        model.fit(sequences("numbers"))
    with pytest.raises(NotFittedError):
        model.transform(sequences("numbers"))


@pytest.mark.parametrize("subwords", [False, True])
def test_onnx_model_gives_the_vectors(subwords, tmp_path):
    X = sequences("numbers")
    if subwords:
        make(subwords=True).fit(TEXTS).to_onnx(tmp_path / "a.onnx")
        return
    model = fitted(("numbers", "step means"))
    model.to_onnx(tmp_path / "a.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx")
    given = {"values": padded_arrays(X, "numbers")[0], "lengths": np.array(list(map(len, X)))}
    (vectors,) = session.run(["vectors"], given)
    np.testing.assert_allclose(vectors, model.transform(X), atol=1e-5)


# --- what "auto" is -----------------------------------------------------------------------------


def test_words_are_told_in_a_bag_and_everything_else_in_order():
    assert RNNEncoder(max_epochs=1).fit(TEXTS).decoder_ == "bag"
    assert RNNEncoder(max_epochs=1).fit(sequences("numbers")).decoder_ == "recurrent"
    assert RNNEncoder(max_epochs=1).fit(["abc", "bca"] * 3).decoder_ == "recurrent"
    assert RNNEncoder(max_epochs=1).fit(sequences("numbers")).teacher_forcing_ == 0


def test_large_vocabularies_get_an_adaptive_softmax():
    rng = np.random.default_rng(0)
    ids = [np.minimum(2 + rng.geometric(0.01, size=30), 29_999) for _ in range(20)]
    model = make(decoder="recurrent", n_tokens=30_000, embedding_dim=2, hidden_size=2, max_epochs=1)
    assert model.fit(ids).module_.plan.cutoffs == (1_000, 4_000)
    assert np.isfinite(model.score(ids))


# --- what is refused ----------------------------------------------------------------------------


def test_columns_beside_the_steps_are_refused():
    X = sequences("numbers")
    plain = Sequences.from_list(X)
    with_static = Sequences.with_static(X, np.ones((16, 2)))
    with pytest.raises(ValueError, match=r"2 columns of whole sequences.*leave them out"):
        make().fit(with_static)
    codes = np.zeros((len(plain.values), 1), dtype=int)
    events = plain.with_columns(codes=codes, categories=(("web",),))
    with pytest.raises(ValueError, match=r"1 categories of steps.*leave.*categorical=\[\]"):
        make().fit(events)


@pytest.mark.parametrize(
    ("parameters", "X", "message"),
    [
        ({"decoder": "bag"}, sequences("numbers"), r'tells tokens.*set decoder="recurrent"'),
        ({"objective": "next_sentence"}, TEXTS[:1], "no sequence of X has one"),
        ({"teacher_forcing": 2}, TEXTS, "teacher_forcing"),
        ({"objective": "other"}, TEXTS, "objective"),
        ({"sample": -1.0}, TEXTS, "sample"),
    ],
)
def test_what_cannot_be_learned_is_refused(parameters, X, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(X)


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ([0, 0, 1], r"each of the 4 sequences.*shape \(3,\)"),
        ([0, 1, 0, 1], "documents has 0 at row 0 and again after row 1"),
        ([0, 1, 2, 3], "no sequence of X has one"),
        (["a", "a", None, "b"], r"is None at row 2 \(1 are missing\)"),
        (["a", np.nan, "b", np.nan], r"is nan at row 1 \(2 are missing\)"),
        ([0.0, 0.0, 1.0, np.nan], "is nan at row 3"),
        (pd.Series([1, 1, pd.NA, 2], dtype="Int64"), "is <NA> at row 2"),
        ([0, 0, {}, 1], "a number or a text for each"),
        ([[0], [0], [1], [1]], r"shape \(4, 1\)"),
    ],
)
def test_documents_are_checked(documents, message):
    with pytest.raises(ValueError, match=message):
        make(objective="next_sentence").fit(TEXTS[:4], documents=documents)


def test_documents_in_pandas_are_found_by_the_ids_of_x():
    steps = np.random.default_rng(0).normal(size=18)
    frame = pd.DataFrame({"who": np.repeat(list("abcdef"), 3), "step": steps})
    X = Sequences.from_frame(frame, id_col="who", numeric=["step"])
    model = make(objective="next_sentence", max_epochs=1)
    plain = clone(model).fit(X, documents=[0, 0, 0, 1, 1, 1])
    found = clone(model).fit(X, documents=pd.Series([1, 0, 1, 0, 1, 0], index=list("fcebda")))
    assert_same_weights(found, plain)
    with pytest.raises(ValueError, match="documents"):
        model.fit(X, documents=pd.Series([0, 0, 1, 1, 1], index=list("abcde")))


def test_documents_of_validation_and_of_a_search_are_read():
    numbers = np.repeat(np.arange(16), 2)
    model = make(objective="next_sentence", max_epochs=1)
    model.fit(TEXTS, X_val=TEXTS, documents=numbers, documents_val=numbers)
    apart, joined = model.score(TEXTS, documents=numbers), model.score(TEXTS)
    assert model.history_[0]["valid_loss"] == pytest.approx(-apart, rel=1e-5) and apart != joined
    with pytest.raises(ValueError, match="X_val, which was not given"):
        model.fit(TEXTS, documents_val=numbers)
    with pytest.raises(ValueError, match="X_val: documents"):
        model.fit(TEXTS, X_val=TEXTS, documents_val=numbers[1:])
    with sklearn.config_context(enable_metadata_routing=True):
        asked = clone(model).set_fit_request(documents=True).set_score_request(documents=True)
        options = {"cv": GroupKFold(2), "params": {"documents": numbers, "groups": numbers}}
        scores = cross_val_score(asked, TEXTS, **options)
    train, test = next(GroupKFold(2).split(TEXTS, groups=numbers))
    train_texts, test_texts = ([TEXTS[i] for i in rows] for rows in (train, test))
    expected = clone(model).fit(train_texts, documents=numbers[train])
    assert scores[0] == expected.score(test_texts, documents=numbers[test])


def test_a_fit_that_fails_keeps_nothing_of_x():
    model = make()
    with pytest.raises(ValueError, match="X_val: "):
        model.fit(TEXTS, X_val=[np.ones((3, 2))])
    assert model._ids is None


def test_documents_are_for_next_sentences_alone():
    with pytest.raises(ValueError, match='documents are for objective="next_sentence"'):
        make().fit(TEXTS, documents=[0] * len(TEXTS))


def test_neighbours_are_those_of_the_same_document():
    found = find_neighbours(5, ["a", "a", "a", "b", "b"])
    assert found.tolist() == [[-1, 1], [0, 2], [1, -1], [-1, 4], [3, -1]]
    assert find_neighbours(3, None).tolist() == [[-1, 1], [0, 2], [1, -1]]


def test_methods_are_there_where_they_mean_something():
    assert not hasattr(words(), "reconstruct")
    assert hasattr(words(), "score_samples")
    after = fitted(("ids", "next bag"))
    assert not hasattr(after, "score_samples") and not hasattr(after, "reconstruct")
    assert hasattr(fitted(("ids", "recurrent")), "reconstruct")


def test_a_network_goes_on_with_its_own_decoder_alone():
    model = copy.deepcopy(words()).set_params(warm_start=True, decoder="recurrent")
    with pytest.raises(ValueError, match="decoder='recurrent', but training goes on"):
        model.fit(TEXTS)


def test_x_of_another_form_is_refused():
    with pytest.raises(ValueError, match="X holds numbers, but fit saw texts"):
        words().transform([[1.0, 2.0]])
    with pytest.raises(ValueError, match="X_val: X has 2 features, but"):
        make().fit(sequences("numbers"), X_val=[np.ones((3, 2))])
