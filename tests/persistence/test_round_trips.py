"""What is saved and loaded is what it was, to the last bit."""

import pickle
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_rnn import (
    RNNClassifier,
    RNNEncoder,
    RNNForecaster,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    TreeRNNClassifier,
    load,
    save,
)
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import read_model_file, write_model_file
from sklearn_rnn.preprocessing import TokenEncoder
from tests.saved_models import (
    LABELS,
    MODELS,
    TEXTS,
    answers,
    embedder,
    equal,
    fitted,
    numbers,
    recordings,
)

ESTIMATORS = [RNNClassifier, RNNRegressor, RNNTagger]
once = cache(fitted)  # what a test trains on is a copy of it


def saved_and_loaded(estimator, folder):
    estimator.save(folder / "a.model")
    return load(folder / "a.model")


@pytest.mark.parametrize("name", MODELS)
def test_every_answer_is_the_same_to_the_last_bit(name, tmp_path):
    estimator, X = once(name)
    loaded = saved_and_loaded(estimator, tmp_path)
    assert type(loaded) is type(estimator)
    assert equal(answers(loaded, X), answers(estimator, X))


@pytest.mark.parametrize("name", MODELS)
def test_what_is_loaded_is_saved_as_the_same_file(name, tmp_path):
    loaded = saved_and_loaded(once(name)[0], tmp_path)
    loaded.save(tmp_path / "b.model")
    assert (tmp_path / "b.model").read_bytes() == (tmp_path / "a.model").read_bytes()


NOT_PLAIN = ("net_", "encoder_", "target_encoder_")


@pytest.mark.parametrize("name", MODELS)
def test_public_attributes_and_parameters_are_kept(name, tmp_path):
    estimator, _ = once(name)
    loaded = saved_and_loaded(estimator, tmp_path)
    kept = [n for n in vars(estimator) if not n.startswith("_") and n not in NOT_PLAIN]
    apart = ("encoder", "target_encoder", "random_state", "embedding", "pretrained", "pretrained_")
    assert vars(loaded).keys() >= set(kept)
    assert all(equal(getattr(loaded, n), getattr(estimator, n)) for n in kept if n not in apart)
    assert repr(loaded) == repr(estimator)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh", "rnn_relu"])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("num_layers", [1, 3])
def test_every_native_cell_direction_and_depth(cell, bidirectional, num_layers, tmp_path):
    regressor = RNNRegressor(
        cell=cell, bidirectional=bidirectional, num_layers=num_layers, hidden_size=3, max_epochs=1
    ).fit(recordings(), numbers())
    loaded = saved_and_loaded(regressor, tmp_path)
    assert equal(loaded.predict(recordings()), regressor.predict(recordings()))


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_an_unfitted_estimator_is_loaded_unfitted(cls, tmp_path):
    loaded = saved_and_loaded(cls(hidden_size=7, lr=0.5), tmp_path)
    assert repr(loaded) == repr(cls(hidden_size=7, lr=0.5))
    with pytest.raises(NotFittedError):
        loaded.predict(recordings())


@pytest.mark.parametrize(
    "cls",
    [*ESTIMATORS, RNNEncoder, RNNForecaster, RNNLanguageModel, TreeRNNClassifier, RNNGenerator],
)
@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_names_no_folder_that_a_fit_writes_to(cls, kind, tmp_path):
    folder = kind(tmp_path / "secret")
    estimator = cls(checkpoint=folder)
    loaded = saved_and_loaded(estimator, tmp_path)
    assert loaded.checkpoint is None and estimator.checkpoint == folder
    assert b"secret" not in (tmp_path / "a.model").read_bytes()
    if hasattr(estimator, "predict"):
        assert saved_and_loaded(SeedEnsemble(estimator), tmp_path).estimator.checkpoint is None
    assert pickle.loads(pickle.dumps(estimator)).checkpoint == folder


def test_a_file_that_does_is_refused(tmp_path):
    save(RNNRegressor(), tmp_path / "a.model")
    document, tensors = read_model_file(tmp_path / "a.model")
    document["model"]["parameters"]["checkpoint"] = "/tmp/secret"
    write_model_file(tmp_path / "a.model", document, tensors)
    with pytest.raises(ModelFileError, match="checkpoint must be null"):
        load(tmp_path / "a.model")


def test_an_estimator_whose_fit_failed_is_saved_as_unfitted(tmp_path):
    classifier = RNNClassifier(max_epochs=1)
    with pytest.raises(ValueError, match="target"):
        classifier.fit(TEXTS, LABELS[:-1])
    with pytest.raises(NotFittedError):
        saved_and_loaded(classifier, tmp_path).predict(TEXTS)


def test_training_goes_on_from_a_loaded_model_as_from_a_pickled_one(tmp_path):
    regressor = RNNRegressor(hidden_size=3, max_epochs=2, warm_start=True, random_state=0)
    regressor.fit(recordings(), numbers())
    loaded = saved_and_loaded(regressor, tmp_path).fit(recordings(), numbers())
    unpickled = pickle.loads(pickle.dumps(regressor)).fit(recordings(), numbers())
    assert loaded.n_iter_ == unpickled.n_iter_ == 4
    assert equal(loaded.predict(recordings()), unpickled.predict(recordings()))


def test_partial_fit_goes_on_from_a_loaded_model_as_from_a_pickled_one(tmp_path):
    weights = {"good": 1, "bad": 2.5, "so": 1}
    classifier = RNNClassifier(hidden_size=3, class_weight=weights, random_state=0)
    classifier.partial_fit(TEXTS, LABELS, classes=list(weights))
    loaded = saved_and_loaded(classifier, tmp_path).partial_fit(TEXTS, LABELS)
    unpickled = pickle.loads(pickle.dumps(classifier)).partial_fit(TEXTS, LABELS)
    assert equal(loaded.predict_proba(TEXTS), unpickled.predict_proba(TEXTS))


def test_a_frozen_table_stays_frozen(tmp_path):
    _, X, y = MODELS["vectors"]()
    loaded = saved_and_loaded(once("vectors")[0], tmp_path)
    before = loaded.module_.input.embedding.weight.clone()
    loaded.set_params(warm_start=True).fit(X, y)
    assert torch.equal(loaded.module_.input.embedding.weight, before)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_size", np.int64(3)),
        ("lr", np.float64(0.01)),
        ("weight_decay", 0),
        ("gradient_clip", None),
        ("net_params", {"optimizer__betas": (0.9, 0.95), "optimizer__eps": 1e-9}),
        ("class_weight", {"bad": 1, "good": np.float32(2.5)}),
        ("ordinal", ["bad", "good"]),
        ("encoder", TokenEncoder(max_tokens=5)),
        ("callbacks", []),
        ("device", "cuda:1"),
    ],
)
def test_a_parameter_keeps_value_and_type(name, value, tmp_path):
    loaded = getattr(saved_and_loaded(RNNClassifier(**{name: value}), tmp_path), name)
    assert type(loaded) is type(value)
    assert repr(loaded) == repr(value)


def test_a_random_state_goes_on_where_it_stood(tmp_path):
    generator = np.random.RandomState(3)
    generator.normal(size=5)
    loaded = saved_and_loaded(RNNClassifier(random_state=generator), tmp_path)
    assert equal(loaded.random_state.normal(size=700), generator.normal(size=700))


def test_vectors_of_words_are_kept(tmp_path):
    vectors = {"a": np.ones(3, dtype=np.float32), "\0ü": np.zeros(3, dtype=np.float32)}
    for embedding in (vectors, {"a": [1.0, 2], "b": np.ones(2)}, np.ones((4, 2)), {}):
        loaded = saved_and_loaded(RNNTagger(embedding=embedding), tmp_path).embedding
        assert equal(loaded, embedding)


LANGUAGES = [name for name in MODELS if name.startswith("language")]


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_language_model_scores_and_writes_the_same(name, tmp_path):
    model, X = once(name)
    loaded = saved_and_loaded(model, tmp_path)
    assert loaded.perplexity(X) == model.perplexity(X)
    assert equal(loaded.score_tokens(X), model.score_tokens(X))
    written = [m.sample(4, max_length=9, random_state=0) for m in (loaded, model)]
    assert equal(*map(list, written))
    prompt = X[0][:1] if name != "language of a vocabulary" else ["good"]
    if "letters" not in name and isinstance(X[0], str):
        prompt = "Good"
    assert equal(loaded.complete(prompt), model.complete(prompt))


def test_a_language_model_goes_on_from_a_file_as_from_a_pickle(tmp_path):
    model, X = fitted("language")
    model.set_params(warm_start=True)
    loaded = saved_and_loaded(model, tmp_path).fit(X)
    assert equal(loaded.predict_proba(X), pickle.loads(pickle.dumps(model)).fit(X).predict_proba(X))


def test_a_language_model_that_was_given_is_written_once(tmp_path):
    loaded = saved_and_loaded(once("pretrained")[0], tmp_path)
    assert loaded.pretrained_ is loaded.pretrained
    assert equal(loaded.pretrained.predict_proba(TEXTS), once("language")[0].predict_proba(TEXTS))
    names = [n for n in read_model_file(tmp_path / "a.model")[1] if ".pretrained_." in n]
    assert names == []
    loaded = saved_and_loaded(once("pretrained with the tagger")[0], tmp_path)
    assert not hasattr(loaded.pretrained, "classes_")
    assert len(loaded.pretrained_.classes_)


@pytest.mark.parametrize("parameters", [{}, {"oov": "subword", "bucket": 32}, {"output": "mean"}])
def test_word_vectors_are_the_same(parameters, tmp_path):
    vectors = embedder(**parameters).fit(TEXTS)
    loaded = saved_and_loaded(vectors, tmp_path)
    texts = [*TEXTS, "goodness me"]
    found = [v.transform(texts) for v in (loaded, vectors)]
    assert equal(*(getattr(f, "values", f) for f in found))
    assert loaded.most_similar("good") == vectors.most_similar("good")
    assert equal(loaded.words_, vectors.words_)
    loaded.save(tmp_path / "b.model")
    assert (tmp_path / "b.model").read_bytes() == (tmp_path / "a.model").read_bytes()


def test_word_vectors_of_a_file_keep_its_path(tmp_path):
    loaded = saved_and_loaded(embedder(path=tmp_path / "glove.txt"), tmp_path)
    assert loaded.path == str(tmp_path / "glove.txt")


def test_metadata_requests_are_kept(tmp_path):
    with config_context(enable_metadata_routing=True):
        classifier = RNNClassifier().set_fit_request(sample_weight=True, X_val="other")
        classifier.set_score_request(sample_weight=False)
    loaded = saved_and_loaded(classifier, tmp_path)
    with config_context(enable_metadata_routing=True):
        expected = classifier.get_metadata_routing()
        assert str(loaded.get_metadata_routing()) == str(expected)


def test_a_model_of_a_device_that_is_not_here_predicts_on_the_cpu(tmp_path):
    classifier = clone(once("recordings")[0])
    X = recordings()
    expected = classifier.fit(X, LABELS).predict_proba(X)
    classifier.device = "cuda:7"
    loaded = saved_and_loaded(classifier, tmp_path)
    assert loaded.device == "cuda:7"
    assert equal(loaded.predict_proba(X), expected)


def test_the_function_saves_as_the_method_does(tmp_path):
    classifier, _ = once("words")
    save(classifier, tmp_path / "a.model")
    classifier.save(tmp_path / "b.model")
    assert (tmp_path / "b.model").read_bytes() == (tmp_path / "a.model").read_bytes()


def test_neither_saving_nor_loading_moves_a_global_generator(tmp_path):
    torch_before, numpy_before = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    saved_and_loaded(once("tagged letters")[0], tmp_path)
    assert torch.equal(torch.get_rng_state(), torch_before)
    np.testing.assert_equal(np.random.get_state(), numpy_before)  # noqa: NPY002


# --- what no file can hold ----------------------------------------------------------------------


class OwnClassifier(RNNClassifier):
    pass


class OwnEncoder(TokenEncoder):
    pass


@pytest.mark.parametrize(
    ("estimator", "named"),
    [
        (RNNClassifier(cell=torch.nn.LSTM), "RNNClassifier.cell"),
        (RNNClassifier(optimizer=torch.optim.SGD), "RNNClassifier.optimizer"),
        (RNNClassifier(callbacks=[("a", object())]), "RNNClassifier.callbacks"),
        (RNNClassifier(net_params={"optimizer__x": object()}), "RNNClassifier.net_params"),
        (RNNClassifier(encoder=OwnEncoder()), "RNNClassifier.encoder"),
        (RNNClassifier(encoder=TokenEncoder(analyzer=str.split)), "encoder.analyzer"),
        (RNNTagger(class_weight={frozenset("a"): 1}), "RNNTagger.class_weight"),
        (OwnClassifier(), "OwnClassifier"),
    ],
)
def test_what_no_file_holds_is_named_and_nothing_is_written(estimator, named, tmp_path):
    with pytest.raises(TypeError, match=named):
        save(estimator, tmp_path / "a.model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "parameters", [{"hidden_size": True}, {"num_layers": 0}, {"lr": -1.0}, {"ordinal": 3}]
)
def test_a_parameter_that_could_not_be_loaded_is_not_saved(parameters, tmp_path):
    with pytest.raises(ValueError, match=next(iter(parameters))):
        RNNClassifier(**parameters).save(tmp_path / "a.model")


def test_a_text_that_no_file_can_hold_is_refused(tmp_path):
    with pytest.raises(ValueError, match="halves"):
        RNNClassifier(class_weight={"\ud83d\ude00": 1}).save(tmp_path / "a.model")


def test_an_attribute_that_somebody_set_is_named(tmp_path):
    classifier = pickle.loads(pickle.dumps(once("words")[0]))
    classifier.note = "mine"
    with pytest.raises(TypeError, match="RNNClassifier.note"):
        classifier.save(tmp_path / "a.model")
