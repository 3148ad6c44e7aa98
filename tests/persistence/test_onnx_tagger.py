"""Exported taggers give the scores of every step, from which a server reads the labels."""

import numpy as np
import pytest

from sklearn_rnn import RNNTagger
from sklearn_rnn.preprocessing import TokenEncoder
from tests.onnx_serving import (
    decode,
    describe_features,
    describe_words,
    pad,
    session_of,
    token_inputs,
)
from tests.tagging_data import FORMS, SCHEMES, labels, sequences, span_labels

SMALL = {"hidden_size": 6, "max_epochs": 2, "batch_size": 8, "lr": 0.05, "random_state": 0}
STRANGERS = ["Überaus", "x" * 40, "the", "NATO", "a1", "€", "iPad", "3.5", "O"]


def numeric(rows, document):
    values, lengths = pad(rows, np.nan)
    return {"values": values, "lengths": lengths}


READ = {
    "words": describe_words,
    "features": describe_features,
    "numbers": numeric,
    "ids": lambda rows, document: token_inputs(rows),
}


def served(tagger, X, form, path):
    """The scores and the labels that a server gives."""
    tagger.to_onnx(path)
    session, document = session_of(path)
    inputs = READ[form](X, document)
    assert set(inputs) == {*document["inputs"]}
    (emissions,) = session.run(["emissions"], inputs)
    return emissions, decode(emissions, inputs["lengths"], document)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "tagger.onnx")


@pytest.mark.parametrize("output", ["softmax", "crf"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_labels_under_a_scheme_are_those_of_predict(scheme, output, path):
    X, y = sequences("words"), span_labels(scheme)
    tagger = RNNTagger(output=output, **SMALL).fit(X, y)
    test = [*sequences("words", n=40, seed=5), STRANGERS]
    _, found = served(tagger, test, "words", path)
    assert found == tagger.predict(test).tolist()
    _, document = session_of(path)
    assert document["scheme"] == scheme
    assert any(score is None for row in document["transitions"]["transitions"] for score in row)


@pytest.mark.parametrize(
    "cell",
    ["lstm", "gru", "rnn_tanh", "rnn_relu", "rnn_sigmoid", "peephole_lstm", "mingru", "lru"],
)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_input_gives_the_labels_and_marginals(form, cell, path):
    options = {"embedding_dim": 5} if form == "ids" else {}
    tagger = RNNTagger(cell=cell, num_layers=2, residual=True, **options, **SMALL)
    tagger.fit(sequences(form), labels())
    test = sequences(form, n=9, seed=5) + ([STRANGERS] if form == "words" else [])
    emissions, found = served(tagger, test, form, path)
    assert found == tagger.predict(test).tolist()
    for scores, marginals in zip(emissions, tagger.predict_proba(test), strict=True):
        powers = np.exp(scores[: len(marginals)])
        expected = powers / powers.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(expected, marginals, rtol=0, atol=1e-5)


@pytest.mark.parametrize("characters", [True, "lstm", False])
@pytest.mark.parametrize("subwords", [True, False])
def test_words_that_fit_did_not_see_are_read_by_their_parts(subwords, characters, path):
    tagger = RNNTagger(subwords=subwords, characters=characters, output="softmax", **SMALL)
    tagger.fit(sequences("words"), labels())
    tagger.to_onnx(path)
    session, document = session_of(path)
    test = [[word] for word in STRANGERS]
    inputs = describe_words(test, document)
    if not (subwords or characters):
        inputs = {
            "ids": inputs["words"][inputs["steps"]],
            "lengths": inputs["lengths"],
        }
    assert set(inputs) == {*document["inputs"]}
    (emissions,) = session.run(["emissions"], inputs)
    scores, _ = tagger._run(test, tagger.module_)
    np.testing.assert_allclose(emissions[:, 0], scores, rtol=0, atol=1e-5)


def test_letters_are_looked_up_as_they_are_written(path):
    X = [list("aBc"), list("Cab"), list("bA")] * 8
    y = [["up" if c.isupper() else "low" for c in row] for row in X]
    tagger = RNNTagger(**SMALL).fit(X, y)
    test = [list("ABC"), list("z"), list("cba")]
    tagger.to_onnx(path)
    _, document = session_of(path)
    if "words" in document["inputs"]:
        _, found = served(tagger, test, "words", path)
        assert found == tagger.predict(test).tolist()
    assert "lower case" not in document["form"]


def test_ids_of_a_token_encoder_are_looked_up_in_its_vocabulary(path):
    encoder = TokenEncoder().fit(sequences("words"))
    tagger = RNNTagger(**SMALL).fit(encoder.transform(sequences("words")), labels())
    test = sequences("words", n=9, seed=5)
    tagger.to_onnx(path)
    session, document = session_of(path)
    lowered = [[word.lower() for word in row] for row in test]
    inputs = describe_words(lowered, {"form": "", **document})
    (emissions,) = session.run(["emissions"], {n: inputs[n] for n in document["inputs"]})
    found = decode(emissions, inputs["lengths"], document)
    assert found == tagger.predict(encoder.transform(test)).tolist()


def test_pretrained_vectors_are_exported(path):
    rng = np.random.default_rng(0)
    vectors = {word: rng.normal(size=4) for word in ("the", "cat", "dog", "überaus")}
    tagger = RNNTagger(embedding=vectors, **SMALL).fit(sequences("words"), labels())
    test = [["the", "dog"], STRANGERS]
    emissions, _ = served(tagger, test, "words", path)
    scores, lengths = tagger._run(test, tagger.module_)
    flat = np.concatenate([row[:n] for row, n in zip(emissions, lengths, strict=True)])
    np.testing.assert_allclose(flat, scores, rtol=0, atol=1e-5)


def test_a_bad_number_gives_nan_to_its_sequence(path):
    tagger = RNNTagger(**SMALL).fit(sequences("numbers"), labels())
    tagger.to_onnx(path)
    session, _ = session_of(path)
    values = np.zeros((2, 3, 3))
    values[1, 2, 0] = np.inf
    (emissions,) = session.run(None, {"values": values, "lengths": np.array([3, 3])})
    assert np.isfinite(emissions[0]).all()
    assert np.isnan(emissions[1]).all()
