"""Word vectors from which the embedding of an estimator starts."""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNClassifier, RNNRegressor, RNNTagger
from sklearn_rnn.preprocessing import TokenEncoder, WordEmbedder

POOLED = [RNNClassifier, RNNRegressor]
ESTIMATORS = [*POOLED, RNNTagger]
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS)
every_pooled = pytest.mark.parametrize("estimator", POOLED)
every_freeze = pytest.mark.parametrize("freeze", [True, False], ids=["frozen", "tuned"])

WORDS = ["good", "bad", "film", "plot", "so"]
SMALL = {"hidden_size": 4, "max_epochs": 1, "random_state": 0}


def token_lists(n=24, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.choice(WORDS, size=rng.integers(2, 7)).tolist() for _ in range(n)]


X = token_lists()


def target(estimator, X=X):
    """Whether the first word is good; for a tagger, whether each one is."""
    if estimator is RNNTagger:
        return [["yes" if word == "good" else "no" for word in tokens] for tokens in X]
    return [float(tokens[0] == "good") for tokens in X]


def make(estimator, embedding, **parameters):
    return estimator(embedding=embedding, **(SMALL | parameters))


def fit(estimator, embedding, X=X, **parameters):
    return make(estimator, embedding, **parameters).fit(X, target(estimator))


def embedder(**parameters):
    return WordEmbedder(**({"vector_size": 5, "epochs": 1} | parameters))


def table(model):
    """The vectors of the network by their tokens."""
    part = model.module_.input if isinstance(model, RNNTagger) else model.module_.body.input
    rows = part.embedding.weight.detach().numpy()
    return dict(zip(model._vocabulary.tokens, rows, strict=True))


def check_table(model, expected, *, frozen):
    """A frozen network has the vectors; a tuned one, after a few steps, others near by."""
    found = table(model)
    for word, vector in expected.items():
        np.testing.assert_allclose(found[word], vector, atol=0 if frozen else 0.1)
    same = all(np.array_equal(found[word], vector) for word, vector in expected.items())
    assert same is frozen


# --- where it starts ----------------------------------------------------------------------------


@every_freeze
@every_estimator
def test_an_unfitted_embedder_is_fitted_on_the_tokens_of_x(estimator, freeze):
    given = embedder()
    model = fit(estimator, given, freeze_embedding=freeze)
    alone = embedder(random_state=0).fit(X)  # the estimator's seed
    check_table(model, dict(zip(alone.words_, alone.vectors_, strict=True)), frozen=freeze)
    assert model.embedding_dim_ == 5
    assert model.embedding is given and not given.__sklearn_is_fitted__()


@every_freeze
@every_estimator
def test_a_fitted_embedder_is_taken_as_it_is_and_its_words_are_known(estimator, freeze):
    given = embedder(random_state=1).fit([*X, ["lion", "tiger"], ["tiger", "lion"]])
    model = fit(estimator, given, freeze_embedding=freeze)
    found = table(model)
    np.testing.assert_allclose(found["lion"], given.get_vectors(["lion"])[0], atol=0.01)
    check_table(model, dict(zip(given.words_, given.vectors_, strict=True)), frozen=freeze)
    assert model.count_unknown([["tiger", "elephant"]]) == {"tokens": 1}
    assert pickle.loads(pickle.dumps(model)).count_unknown([["lion"]]) == {"tokens": 0}


@every_freeze
@every_pooled
@pytest.mark.parametrize("kind", ["dict", "KeyedVectors"])
def test_vectors_of_others_start_the_embedding(estimator, freeze, kind):
    vectors = {"Good": np.ones(3), "film": np.arange(3.0), "Lion": np.full(3, 2.0)}
    given = vectors
    if kind == "KeyedVectors":
        given = SimpleNamespace(
            key_to_index={word: i for i, word in enumerate(vectors)},
            vectors=np.stack(list(vectors.values())),
            get_vector=vectors.get,
        )
    model = fit(estimator, given, freeze_embedding=freeze)
    check_table(model, {word.lower(): vectors[word] for word in vectors}, frozen=freeze)
    assert table(model)["bad"].any()  # it starts anew
    assert model.count_unknown([["LION", "tiger"]]) == {"tokens": 1}


@every_freeze
@every_pooled
def test_an_array_has_the_vector_of_each_id(estimator, freeze):
    rows = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    ids = [[2, 3, 8], [4]] * 12
    model = make(estimator, rows, freeze_embedding=freeze).fit(ids, [0.0, 1.0] * 12)
    found = model.module_.body.input.embedding.weight.detach().numpy()
    assert not found[0].any()
    np.testing.assert_allclose(found[1:], rows[1:], atol=0 if freeze else 0.1)
    encoded = TokenEncoder().fit_transform(X)
    rows = rows[: len(encoded.vocabulary)]
    model = make(estimator, rows, freeze_embedding=True).fit(encoded, target(estimator))
    np.testing.assert_array_equal(
        table(model)["film"], rows[encoded.vocabulary.encode(["film"])[0]]
    )


@every_estimator
@pytest.mark.parametrize("oov", ["zeros", "mean", "subword"])
def test_words_without_a_vector_start_as_oov_says(estimator, oov):
    given = embedder(oov=oov, random_state=1).fit([["good", "film"]] * 3)
    found = table(fit(estimator, given, freeze_embedding=True))
    np.testing.assert_array_equal(found["bad"], given.get_vectors(["bad"])[0])
    unknown = given.vectors_.mean(axis=0) if oov == "mean" else np.zeros(5)
    np.testing.assert_array_equal(found["<unk>"], unknown)


@every_estimator
def test_words_of_another_case_are_found(estimator):
    given = embedder(lowercase=False, random_state=1).fit([["Good", "film"]] * 3)
    found = table(fit(estimator, given, freeze_embedding=True))
    np.testing.assert_array_equal(found["good"], given.get_vectors(["Good"])[0])


@every_pooled
def test_new_words_are_known_in_the_case_that_has_a_vector(estimator, tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("good 1 2\nfilm 3 4\nLondon 5 6\nparis 7 8\n", encoding="utf-8")
    as_written = WordEmbedder(path, lowercase=False)
    given = {"good": np.ones(2), "London": np.zeros(2), "paris": np.ones(2)}
    for embedding in (as_written, given):
        model = make(estimator, embedding, encoder=TokenEncoder(lowercase=False))
        model.fit(X, target(estimator))
        assert model.count_unknown([["London", "paris"]]) == {"tokens": 0}
        assert model.count_unknown([["london", "Paris"]]) == {"tokens": 1}  # X has no capitals
        lowered = make(estimator, embedding).fit(X, target(estimator))
        assert lowered.count_unknown([["London", "paris", "london", "Paris"]]) == {"tokens": 0}


@every_pooled
def test_an_embedder_that_lowers_words_needs_an_encoder_that_does(estimator):
    fitted = embedder().fit(X)
    for embedding in (embedder(), fitted, FrozenEstimator(fitted)):
        model = make(estimator, embedding, encoder=TokenEncoder(lowercase=False))
        with pytest.raises(ValueError, match="encoder has lowercase=False, but .* set both alike"):
            model.fit(X, target(estimator))


@every_pooled
def test_texts_and_their_tokens_and_ids_are_one(estimator):
    texts = [" ".join(tokens) for tokens in X]
    y = target(estimator)
    first = make(estimator, embedder()).fit(X, y).predict(X)
    np.testing.assert_array_equal(make(estimator, embedder()).fit(texts, y).predict(texts), first)
    pipeline = make_pipeline(TokenEncoder(), make(estimator, embedder())).fit(texts, y)
    np.testing.assert_array_equal(pipeline.predict(texts), first)


@every_pooled
def test_an_encoder_of_rare_tokens_knows_those_that_have_a_vector(estimator):
    texts = [*X, ["rare", "good"]]
    encoder = TokenEncoder(min_count=2)
    given = {"rare": np.ones(2), "good": np.zeros(2)}
    model = make(estimator, given, encoder=encoder).fit(texts, [*target(estimator), 1.0])
    assert model.count_unknown([["rare"]]) == {"tokens": 0}
    assert not hasattr(encoder, "vocabulary_")


@every_estimator
def test_texts_of_weight_zero_do_not_matter(estimator):
    further = [["good", "lion", "lion"]] * 4
    weight = np.repeat([1.0, 0.0], [len(X), 4])
    y = [*target(estimator), *target(estimator, further)]
    with_zeros = make(estimator, embedder()).fit([*X, *further], y, sample_weight=weight)
    alone = fit(estimator, embedder())
    assert "lion" not in table(with_zeros)
    for word, vector in table(alone).items():
        np.testing.assert_array_equal(table(with_zeros)[word], vector)


def test_a_tagger_looks_words_up_by_their_form():
    texts = [["In", "1984", "Good"], ["in", "1990"]] * 12
    y = [["a", "b", "c"], ["a", "b"]] * 12
    given = embedder(lowercase=False)
    model = make(RNNTagger, given, freeze_embedding=True).fit(texts, y)
    forms = [["in", "0000", "good"], ["in", "0000"]] * 12
    alone = embedder(lowercase=False, random_state=0).fit(forms)
    check_table(model, dict(zip(alone.words_, alone.vectors_, strict=True)), frozen=True)


# --- scikit-learn -------------------------------------------------------------------------------


@every_estimator
def test_the_size_of_the_vectors_is_searched(estimator):
    grid = {"embedding__vector_size": [3, 6], "freeze_embedding": [True]}
    model = make(estimator, embedder())
    search = GridSearchCV(model, grid, cv=KFold(2), error_score="raise").fit(X, target(estimator))
    best = search.best_estimator_
    assert best.embedding_dim_ == best.embedding.vector_size == table(best)["good"].shape[0]
    assert search.best_params_["embedding__vector_size"] == best.embedding_dim_
    assert model.embedding.vector_size == 5


@every_estimator
def test_a_fit_is_repeatable_and_outlives_a_pickle(estimator):
    first, second = fit(estimator, embedder()), fit(estimator, embedder())
    for word, vector in table(first).items():
        np.testing.assert_array_equal(table(second)[word], vector)
    again = pickle.loads(pickle.dumps(first))
    assert list(again.predict(X)) == list(first.predict(X))
    assert first._vectors is None  # the network alone has them


@every_estimator
def test_a_clone_keeps_the_fit_of_an_embedder(estimator):
    given = embedder(random_state=1).fit([*X, ["lion", "lion"]])
    for embedding in (given, FrozenEstimator(given)):
        model = clone(make(estimator, embedding, freeze_embedding=True))
        assert model.embedding is embedding
        model.fit(X, target(estimator))
        np.testing.assert_array_equal(table(model)["lion"], given.get_vectors(["lion"])[0])
    copied = clone(make(estimator, clone(given)))
    assert copied.embedding is not given
    assert "lion" not in table(copied.fit(X, target(estimator)))


@every_estimator
def test_parameters_of_a_fitted_embedder_cannot_be_set(estimator):
    given = embedder().fit(X)
    model = make(estimator, given)
    with pytest.raises(ValueError, match="embedding__window cannot be set.*embedder of embedding"):
        model.set_params(embedding__window=3)
    assert given.window == embedder().window
    assert model.set_params(embedding=embedder(), embedding__window=3).embedding.window == 3


@every_estimator
def test_frozen_vectors_stay_frozen_where_training_goes_on(estimator):
    model = fit(estimator, embedder(), freeze_embedding=True, warm_start=True)
    before, again = table(model), pickle.loads(pickle.dumps(model))
    for other in (model, again):
        other.fit(X, target(estimator)).partial_fit(X, target(estimator))
        for word, vector in table(other).items():
            np.testing.assert_array_equal(vector, before[word])
    with pytest.raises(ValueError, match="freeze_embedding=False, but training goes on with"):
        model.set_params(freeze_embedding=False).fit(X, target(estimator))


@every_estimator
def test_a_new_fit_forgets_the_vectors_before(estimator):
    model = fit(estimator, embedder(), freeze_embedding=True)
    model.set_params(embedding=None, freeze_embedding=False).fit(X, target(estimator))
    plain = fit(estimator, None)
    assert model.embedding_dim_ == plain.embedding_dim_ != 5
    for word, vector in table(plain).items():
        np.testing.assert_array_equal(table(model)[word], vector)


def test_frozen_vectors_of_meaning_are_learned_from():
    rng = np.random.default_rng(0)
    good, bad = ([f"{kind}{i}" for i in range(40)] for kind in ("up", "down"))
    vectors = {w: rng.normal(size=4) * 0.1 + [1, 0, 0, 0] for w in good}
    vectors |= {w: rng.normal(size=4) * 0.1 - [1, 0, 0, 0] for w in bad}
    seen = [[w] for w in good[:20] + bad[:20]]
    unseen = [[w] for w in good[20:] + bad[20:]]
    y = [1] * 20 + [0] * 20
    parameters = {"max_epochs": 30, "subwords": False, "freeze_embedding": True}
    model = make(RNNClassifier, vectors, **parameters).fit(seen, y)
    assert model.score(unseen, y) == 1


# --- bad input ----------------------------------------------------------------------------------


@every_estimator
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"embedding": embedder(), "embedding_dim": 7}, "embedding_dim=7, but the vectors of embe"),
        ({"embedding": {}}, "the embedding is empty"),
        ({"embedding": {"a": np.ones(2), "b": np.ones(3)}}, "'b' has 3 numbers, but that of 'a' h"),
        ({"embedding": np.ones((9, 3))}, "embedding holds vectors of ids, but X holds"),
        ({"embedding": FrozenEstimator(PCA())}, "a FrozenEstimator of PCA, but it needs a Word"),
        ({"embedding": embedder(vector_size=0)}, "'vector_size' parameter"),
        ({"embedding": embedder(min_count=999)}, "no token occurs min_count=999 times"),
        ({"embedding": "glove.txt"}, "'embedding' parameter"),
        ({"freeze_embedding": "yes"}, "'freeze_embedding' parameter"),
    ],
    ids=str,
)
def test_embeddings_are_checked(estimator, parameters, message):
    with pytest.raises(ValueError, match=message):
        fit(estimator, **({"embedding": None} | parameters))


@every_estimator
def test_a_frozen_embedder_has_to_be_fitted(estimator):
    with pytest.raises(NotFittedError):
        fit(estimator, FrozenEstimator(embedder()))


@every_pooled
@pytest.mark.parametrize("embedding", [{"a": np.ones(2)}, embedder()], ids=["dict", "embedder"])
@pytest.mark.parametrize("numbers", [[[1.5, 2.0], [3.0]], [[2, 3], [4]]], ids=["floats", "ids"])
def test_vectors_of_words_need_words(estimator, embedding, numbers):
    with pytest.raises(ValueError, match="vectors of words, but X holds numbers or ids; leave emb"):
        make(estimator, embedding).fit(numbers * 12, [0.0, 1.0] * 12)


@every_pooled
def test_vectors_of_other_words_are_refused(estimator):
    with pytest.raises(ValueError, match="no vector for any of the 5 tokens of X, such as '"):
        fit(estimator, {"zebra": np.ones(2)})
    with pytest.raises(ValueError, match="n_tokens=4, but X and the vectors of embedding have 7"):
        fit(estimator, embedder(), n_tokens=4)


def test_global_generators_stay_where_they_are():
    before = torch.get_rng_state()
    fit(RNNClassifier, embedder(), random_state=None)
    assert torch.equal(torch.get_rng_state(), before)
