"""Exported models of texts and event logs read what the estimators read."""

import re
import subprocess
import sys
import unicodedata
from functools import cache

import numpy as np
import onnx
import pandas as pd
import pytest

from sklearn_rnn import RNNClassifier, RNNLanguageModel, RNNRegressor, Sequences
from sklearn_rnn.preprocessing import TokenEncoder
from sklearn_rnn.preprocessing._analyzers import analyze_words
from tests.loading import ROOT
from tests.onnx_serving import example, pad, run, session_of, token_inputs

SMALL = {"hidden_size": 6, "max_epochs": 3, "batch_size": 8, "lr": 0.05, "random_state": 0}
TEXTS = ["good film", "great fun!", "bad film, it's", "no fun \ud801"] * 6
STRANGERS = [
    "greatest films of FUN",
    "Naïve… cafe\u0301",
    "日本",
    "bad",
    "don't 'em",
    "x" * 50,
    "\ud800\0 fun",
]
LABELS = ["good", "good", "bad", "bad"] * 6


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "model.onnx")


# --- texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("defaults", [True, False])
def test_texts_with_unknown_words_are_served(defaults, path):
    parameters = {"max_epochs": 3, "random_state": 0} if defaults else SMALL
    classifier = RNNClassifier(**parameters).fit(TEXTS, LABELS)
    classifier.to_onnx(path)
    labels, probabilities = example().serve(path, STRANGERS)
    np.testing.assert_allclose(
        probabilities, classifier.predict_proba(STRANGERS), rtol=0, atol=1e-5
    )
    assert labels == classifier.predict(STRANGERS).tolist()


@pytest.mark.parametrize("subwords", [True, False])
def test_what_a_language_model_knows_of_words_is_served(subwords, path):
    rng = np.random.default_rng(0)
    texts = [" ".join(f"{t}{i}" for i in rng.integers(0, 30, 8)) for t in ("sea", "town") * 30]
    language = RNNLanguageModel(hidden_size=6, embedding_dim=5, max_epochs=1).fit(texts)
    parameters = SMALL | {"subwords": subwords}
    classifier = RNNClassifier(pretrained=language, **parameters).fit(texts, [0, 1] * 30)
    assert classifier.module_.body.context.size == 3
    classifier.to_onnx(path)
    asked = [*texts[:3], "sea1 town2 and more", "nobody", "sea3 sea4"]
    if subwords:
        _, probabilities = example().serve(path, asked)
    else:
        ids, lengths = pad(list(classifier.encoder_.transform(asked)), fill=2)
        (probabilities,) = run(classifier, path, {"ids": ids, "lengths": lengths})
    np.testing.assert_allclose(probabilities, classifier.predict_proba(asked), rtol=0, atol=1e-5)


def test_the_served_words_matter(path):
    """Else the test above could not fail: two unknown words get two answers."""
    RNNClassifier(**SMALL).fit(TEXTS, LABELS).to_onnx(path)
    _, probabilities = example().serve(path, ["goodness", "badness"])
    assert abs(probabilities[0, 0] - probabilities[1, 0]) > 1e-3


def test_texts_are_served_without_torch_and_this_library(path):
    RNNClassifier(**SMALL).fit(TEXTS, LABELS).to_onnx(path)
    code = (
        "import sys; sys.modules['torch'] = sys.modules['sklearn_rnn'] = None\n"
        f"sys.path.insert(0, {str(ROOT / 'examples')!r})\n"
        "from serve_onnx import serve\n"
        f"print(serve({path!r}, ['great film'])[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() in ("['good']", "['bad']"), done.stderr


def test_words_by_their_ids_alone(path):
    classifier = RNNClassifier(subwords=False, **SMALL).fit(TEXTS, LABELS)
    classifier.to_onnx(path)
    session, document = session_of(path)
    known = {token: i for i, token in enumerate(document["vocabulary"]) if i > 1}
    rows = example().split_texts(STRANGERS, document)
    inputs = token_inputs([[known.get(word, 1) for word in row] for row in rows])
    (found,) = session.run(None, inputs)
    np.testing.assert_allclose(found, classifier.predict_proba(STRANGERS), rtol=0, atol=1e-5)


def test_characters_by_their_ids(path):
    names = ["anna", "otto", "eva", "ivo"] * 6
    classifier = RNNClassifier(**SMALL).fit(names, LABELS)
    classifier.to_onnx(path)
    session, document = session_of(path)
    assert document["text"]["analyzer"] == "char"
    known = {token: i for i, token in enumerate(document["vocabulary"]) if i > 1}
    inputs = token_inputs([[known.get(letter, 1) for letter in name] for name in ["avo", "Zoe"]])
    (found,) = session.run(None, inputs)
    expected = classifier.predict_proba(["avo", "zoe"])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_an_encoder_of_the_users_own_leaves_the_text_to_the_server(path):
    class Shouting(TokenEncoder):
        pass

    RNNClassifier(encoder=Shouting(analyzer=str.split), **SMALL).fit(TEXTS, LABELS).to_onnx(path)
    _, document = session_of(path)
    assert document["text"]["analyzer"] == "callable"


def test_the_pattern_in_the_document_splits_as_the_analyzer_does(path):
    RNNClassifier(**SMALL).fit(TEXTS, LABELS).to_onnx(path)
    pattern = session_of(path)[1]["text"]["pattern"]
    assert len(pattern) < 10_000
    rng = np.random.default_rng(0)
    marks = [chr(i) for i in range(0x110000) if unicodedata.category(chr(i)).startswith("M")]
    letters = [*"aé'’ .9_", *rng.choice(marks, 300), *map(chr, rng.integers(0xE000, size=300))]
    text = "".join(rng.choice([c for c in letters if not "\ud800" <= c < "\ue000"], 20_000))
    assert re.findall(pattern, text) == analyze_words(text)


# --- event logs ---------------------------------------------------------------------------------


@cache
def events():
    """Purchases of customers; the amounts and some ages have gaps."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "customer": np.repeat(np.arange(20), 5),
            "when": np.cumsum(rng.random(100)),
            "amount": 1000 + 3 * rng.normal(size=100),
            "clicks": rng.normal(size=100),
            "channel": rng.choice(["shop", "web"], 100),
        }
    )
    table["age"] = np.where(table["customer"] % 4 == 0, np.nan, table["customer"] + 20.0)
    table["region"] = np.where(table["customer"] % 3, "north", "south")
    table.loc[rng.random(100) < 0.4, "amount"] = np.nan
    table.loc[rng.random(100) < 0.05, "clicks"] = np.nan
    return table.drop(index=[3, 4, 11, 17, 18, 19]).reset_index(drop=True)


def read(table, **changes):
    columns = {
        "numeric": ["amount", "clicks"],
        "categorical": ["channel"],
        "static": ["age", "region"],
    }
    names = {"id_col": "customer", "time_col": "when"}
    return Sequences.from_frame(table, **names | columns | changes)


def event_inputs(X, document):
    """The inputs of a log, by the categories of the document."""

    def padded(flat, fill):
        return pad([flat[a:b] for a, b in zip(X.offsets, X.offsets[1:], strict=False)], fill)[0]

    def ids(kind, codes, categories):
        known = document["columns"][kind].values()
        tables = [{c: i for i, c in enumerate(names, start=2)} for names in known]
        rows = [
            [
                table.get(names[code], 1)
                for table, names, code in zip(tables, categories, row, strict=True)
            ]
            for row in codes
        ]
        return np.array(rows, dtype=np.int64)

    inputs = {
        "values": padded(X.values, 5.0),
        "lengths": X.lengths,
        "times": None if X.times is None else padded(X.times, 0.0),
    }
    if X.codes is not None:
        inputs["codes"] = padded(ids("codes", X.codes, X.categories), 0).astype(np.int64)
    if X.static is not None:
        inputs["static"] = X.static.astype(np.float64)
        inputs["static_codes"] = ids("static_codes", X.static_codes, X.static_categories)
    return {name: inputs[name] for name in document["inputs"]}


def test_event_log_with_gaps_categories_and_static_columns(path):
    X, rng = read(events()), np.random.default_rng(1)
    regressor = RNNRegressor(missing="mask", **SMALL).fit(X, rng.normal(size=len(X)))
    assert len(regressor._missing.columns) == 2
    assert len(regressor._missing_static) == 1
    table = events().copy()
    table.loc[5:9, "amount"] = np.nan  # nothing is ever seen of one customer
    table.loc[table["customer"] == 2, "channel"] = "phone"
    X = read(table)
    regressor.to_onnx(path)
    session, document = session_of(path)
    inputs = event_inputs(X, document)
    assert "times" in inputs
    (found,) = session.run(None, inputs)
    np.testing.assert_allclose(found, regressor.predict(X), rtol=0, atol=1e-5)


@pytest.mark.parametrize("options", [{}, {"residual": True, "num_layers": 2}, {"segment": 2}])
def test_gaps_without_times_are_counted_in_steps(options, path):
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 2)) for n in rng.integers(2, 9, size=24)]
    for x in X[:12]:
        x[rng.random(x.shape) < 0.5] = np.nan
    regressor = RNNRegressor(missing="mask", **options, **SMALL).fit(X, rng.normal(size=24))
    values, lengths = pad(X, np.nan)
    (found,) = run(regressor, path, {"values": values, "lengths": lengths})
    np.testing.assert_allclose(found, regressor.predict(X), rtol=0, atol=1e-5)


def test_a_gap_where_fit_saw_none_is_filled_unmarked(path):
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 2)) for n in rng.integers(2, 9, size=24)]
    regressor = RNNRegressor(missing="mask", **SMALL).fit(X, rng.normal(size=24))
    X[0][0] = X[1][-1] = np.nan
    values, lengths = pad(X, 0.0)
    (found,) = run(regressor, path, {"values": values, "lengths": lengths})
    np.testing.assert_allclose(found, regressor.predict(X), rtol=0, atol=1e-5)


def test_a_log_of_categories_alone(path):
    table = events()
    X = read(table, numeric=[], static=[], time_col=None)
    regressor = RNNRegressor(**SMALL).fit(X, np.arange(20.0))
    regressor.to_onnx(path)
    session, document = session_of(path)
    inputs = event_inputs(X, document)
    (found,) = session.run(None, inputs)
    np.testing.assert_allclose(found, regressor.predict(X), rtol=0, atol=1e-5)


def test_a_bad_static_number_gives_nan(path):
    X = read(events().fillna(0.0), categorical=[])
    regressor = RNNRegressor(**SMALL).fit(X, np.arange(20.0))
    regressor.to_onnx(path)
    session, document = session_of(path)
    inputs = event_inputs(X, document)
    inputs["static"][3] = np.nan
    (found,) = session.run(None, inputs)
    assert np.flatnonzero(np.isnan(found)).tolist() == [3]


def test_a_graph_of_many_inputs_is_well_formed(path):
    regressor = RNNRegressor(missing="mask", **SMALL).fit(read(events()), np.arange(20.0))
    regressor.to_onnx(path)
    onnx.checker.check_model(onnx.load(path), full_check=True)
