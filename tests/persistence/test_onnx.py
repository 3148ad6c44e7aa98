"""Exported networks give what the estimators give: cells, directions, layers, poolings, heads."""

import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from sklearn_rnn import RNNClassifier, RNNRegressor, RNNTagger
from sklearn_rnn.nn import CELLS as REGISTRY
from sklearn_rnn.persistence._onnx_document import plain
from sklearn_rnn.persistence._onnx_graph import OPSET
from tests.onnx_serving import pad, run, session_of, token_inputs

CELLS = ("lstm", "gru", "rnn_tanh", "rnn_relu", "rnn_sigmoid", "peephole_lstm")
CELLS += ("mingru", "minlstm", "lru")
SMALL = {"hidden_size": 6, "max_epochs": 1, "batch_size": 8, "random_state": 0}
TOLERANCE = {"rtol": 0, "atol": 1e-5}


def recordings(n=24, seed=0, longest=11):
    """Ragged recordings of unlike scales, one of a single step."""
    rng = np.random.default_rng(seed)
    lengths = [1, longest, *rng.integers(1, longest + 1, size=n - 2)]
    return [rng.normal(size=(size, 3)) * [1, 50, 0.01] + [0, 1e6, 3] for size in lengths]


def labels(n=24):
    return np.resize(["a", "b", "c"], n)


def served(estimator, X, path, fill=np.nan):
    """What the exported model gives; NaN stands in padding, so that nothing may read it."""
    values, lengths = pad(X, fill)
    return run(estimator, path, {"values": values, "lengths": lengths})


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "model.onnx")


@pytest.fixture(scope="module")
def classifier():
    return RNNClassifier(**SMALL).fit(recordings(), labels())


# --- the recurrent stack ------------------------------------------------------------------------


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_gives_predict_proba(cell, bidirectional, num_layers, path):
    classifier = RNNClassifier(
        cell=cell, bidirectional=bidirectional, num_layers=num_layers, **SMALL
    )
    classifier.fit(recordings(), labels())
    for name, weight in classifier.module_.named_parameters():
        if "peephole" in name:  # these begin at zero
            torch.nn.init.normal_(weight, generator=torch.Generator().manual_seed(0))
    X = recordings(9, seed=1, longest=17)
    (found,) = served(classifier, X, path)
    np.testing.assert_allclose(found, classifier.predict_proba(X), **TOLERANCE)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
@pytest.mark.parametrize("residual", [False, True])
def test_every_pooling_gives_predict_proba(pooling, residual, bidirectional, path):
    classifier = RNNClassifier(
        pooling=pooling,
        bidirectional=bidirectional,
        residual=residual,
        num_layers=2,
        **{**SMALL, "max_epochs": 3, "lr": 0.05},
    )
    classifier.fit(recordings(), labels())
    X = recordings(9, seed=1)
    (found,) = served(classifier, X, path)
    np.testing.assert_allclose(found, classifier.predict_proba(X), **TOLERANCE)


@pytest.mark.parametrize(
    "shortening",
    [
        {"segment": 4},
        {"convolution": "stem"},
        {"convolution": "stem", "stride": 2, "segment": 3},
        {"convolution": "branch"},
        {"convolution": "stem+branch", "pooling": "mean"},
    ],
    ids=str,
)
def test_segments_and_convolutions_give_predict_proba(shortening, path):
    classifier = RNNClassifier(**shortening, **SMALL).fit(recordings(), labels())
    X = recordings(9, seed=1)
    (found,) = served(classifier, X, path)
    np.testing.assert_allclose(found, classifier.predict_proba(X), **TOLERANCE)


def test_a_batch_gives_what_each_sequence_gives_alone(classifier, path):
    X = recordings(9, seed=1)
    (together,) = served(classifier, X, path)
    alone = [served(classifier, [x], path)[0][0] for x in X]
    np.testing.assert_allclose(together, alone, **TOLERANCE)


# --- the heads ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "parameters"),
    [
        (np.resize([3, 1, 2, 7], 24), {}),
        (np.resize([True, False], 24), {}),
        (np.resize([3, 1, 2, 7], 24), {"ordinal": True}),
        (np.resize(["low", "high"], 24), {"ordinal": ["low", "high"]}),
        (np.random.default_rng(0).integers(2, size=(24, 3)), {}),
        ([[["u", "v"][i % 2], i % 3] for i in range(24)], {}),
    ],
    ids=["ints", "bools", "ordinal", "two ordinal classes", "multilabel", "several targets"],
)
def test_every_kind_of_label_gives_predict_proba(y, parameters, path):
    parameters = {**SMALL, "max_epochs": 4, "lr": 0.05} | parameters
    classifier = RNNClassifier(**parameters).fit(recordings(), y)
    found = served(classifier, recordings(9, seed=1), path)
    expected = classifier.predict_proba(recordings(9, seed=1))
    expected = expected if isinstance(expected, list) else [expected]
    assert len(found) == len(expected)
    for part, true in zip(found, expected, strict=True):
        np.testing.assert_allclose(part, true, **TOLERANCE)
    _, document = session_of(path)
    classes = classifier.classes_
    classes = [part.tolist() for part in classes] if len(found) > 1 else classes.tolist()
    assert document["classes"] == classes


@pytest.mark.parametrize("n_targets", [None, 1, 3])
def test_a_regressor_gives_predict_also_far_from_zero(n_targets, path):
    rng = np.random.default_rng(0)
    y = 1e9 + rng.normal(size=24 if n_targets is None else (24, n_targets))
    regressor = RNNRegressor(**SMALL).fit(recordings(), y)
    (found,) = served(regressor, recordings(9, seed=1), path)
    expected = regressor.predict(recordings(9, seed=1))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, **TOLERANCE)


# --- what is no answer --------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_number_that_is_not_finite_gives_nan_to_its_sequence_alone(cell, bad, path):
    classifier = RNNClassifier(cell=cell, **SMALL).fit(recordings(), labels())
    X = recordings(4, seed=1)
    X[2] = X[2].copy()
    X[2][0, 1] = bad
    (found,) = served(classifier, X, path, fill=0.0)
    assert np.isnan(found[2]).all()
    np.testing.assert_allclose(found[:2], classifier.predict_proba(X[:2]), **TOLERANCE)


def test_a_sequence_of_no_steps_gives_nan(classifier, path):
    (found,) = run(classifier, path, {"values": np.zeros((2, 3, 3)), "lengths": np.array([3, 0])})
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()


@pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor, RNNTagger])
def test_a_cell_of_the_users_own_is_refused(estimator, path):
    class OwnCell(torch.nn.LSTM):
        pass

    X, y = recordings(6), labels(6)
    if estimator is RNNRegressor:
        y = np.arange(6)
    if estimator is RNNTagger:
        y = [["a", *"b" * (len(x) - 1)] for x in X]
    fitted = estimator(cell=OwnCell, **SMALL).fit(X, y)
    with pytest.raises(ValueError, match=r"lstm, gru, .*, but cell is .*OwnCell"):
        fitted.to_onnx(path)


@pytest.mark.parametrize("cell", sorted(set(REGISTRY) - set(CELLS)))
def test_a_cell_that_onnx_has_no_operator_for_is_refused(cell, path):
    fitted = RNNClassifier(cell=cell, **SMALL).fit(recordings(6), labels(6))
    message = f"operators for the cells lstm, .*peephole_lstm.*, but cell is '{cell}'; fit with"
    with pytest.raises(ValueError, match=message):
        fitted.to_onnx(path)
    assert not os.path.exists(path)


def test_what_is_too_large_for_a_file_is_refused(classifier, path, monkeypatch):
    monkeypatch.setattr("sklearn_rnn.persistence._onnx_graph._LARGEST", 1000)
    with pytest.raises(ValueError, match=r"the weights take 0\.0 GB, .* at most 2 GB; fit with a"):
        classifier.to_onnx(path)


def test_without_onnx_the_extra_is_named(classifier, path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'pip install "sklearn-rnn\[onnx\]"'):
        classifier.to_onnx(path)


def test_an_unfitted_estimator_is_refused(path):
    with pytest.raises(ValueError, match="not fitted"):
        RNNClassifier().to_onnx(path)


def test_what_cannot_be_written_leaves_the_old_file(classifier, tmp_path):
    old = tmp_path / "old.onnx"
    old.write_bytes(b"old")
    with pytest.raises(OSError, match="missing"):
        classifier.to_onnx(tmp_path / "missing" / "model.onnx")
    classifier.to_onnx(old)
    assert [left.name for left in tmp_path.iterdir()] == ["old.onnx"]
    assert onnx.load(old).graph.node


# --- the file -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
def test_the_graph_is_well_formed_and_of_standard_operators(cell, path):
    classifier = RNNClassifier(cell=cell, bidirectional=True, pooling="attention", **SMALL)
    classifier.fit(recordings(), labels())
    classifier.to_onnx(path)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert {node.domain for node in model.graph.node} == {""}
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", OPSET)]
    operators = {node.op_type for node in model.graph.node}
    expected = {"lstm": "LSTM", "gru": "GRU", "peephole_lstm": "LSTM"}
    expected |= dict.fromkeys(["mingru", "minlstm", "lru"], "Scan")
    assert expected.get(cell, "RNN") in operators


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh", "mingru", "minlstm", "lru"])
def test_the_reference_of_onnx_gives_predict_proba(cell, path):
    """It knows neither lengths nor two directions nor "Relu"; the sequences are of one length."""
    classifier = RNNClassifier(cell=cell, bidirectional=False, pooling="attention", **SMALL)
    X = [x[:4] for x in recordings(40) if len(x) >= 4]
    classifier.fit(X, labels(len(X)))
    classifier.to_onnx(path)
    inputs = {"values": np.stack(X), "lengths": np.full(len(X), 4)}
    (found,) = ReferenceEvaluator(path).run(None, inputs)
    np.testing.assert_allclose(found, classifier.predict_proba(X), **TOLERANCE)


def test_the_document_describes_inputs_and_outputs_as_the_graph_has_them(path):
    texts = ["good film", "no fun", "great"] * 8
    RNNClassifier(**SMALL).fit(texts, labels()).to_onnx(path)
    session, document = session_of(path)
    for part, values in (("inputs", session.get_inputs()), ("outputs", session.get_outputs())):
        types = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(int64)": "int64"}
        of_graph = {value.name: (types[value.type], value.shape) for value in values}
        described = document[part]
        assert {n: (d["dtype"], d["shape"]) for n, d in described.items()} == of_graph
        assert all(entry["holds"] for entry in described.values())


def test_equal_estimators_write_equal_files(tmp_path):
    for name in ("a", "b"):
        RNNClassifier(**SMALL).fit(recordings(), labels()).to_onnx(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_exporting_changes_nothing(classifier, path):
    before = classifier.predict_proba(recordings())
    classifier.to_onnx(path)
    assert np.array_equal(classifier.predict_proba(recordings()), before)


def test_a_server_needs_neither_torch_nor_this_library(classifier, path):
    classifier.to_onnx(path)
    code = (
        "import sys; sys.modules['torch'] = sys.modules['sklearn_rnn'] = None\n"
        "import numpy, onnxruntime\n"
        f"session = onnxruntime.InferenceSession({path!r})\n"
        "inputs = {'values': numpy.zeros((1, 2, 3)), 'lengths': numpy.array([2])}\n"
        "print(session.run(None, inputs)[0].sum())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert float(done.stdout) == pytest.approx(1), done.stderr


def test_a_length_beyond_the_batch_is_an_error(classifier, path):
    classifier.to_onnx(path)
    session, _ = session_of(path, quiet=True)
    inputs = {"values": np.zeros((1, 2, 3)), "lengths": np.array([3])}
    with pytest.raises(onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument):
        session.run(None, inputs)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.str_("a"), "a"),
        (np.bool_(True), True),
        (0.5, 0.5),
        (np.nan, "nan"),
        (None, None),
        (("shop", np.int32(1)), ["shop", 1]),
        (pd.Timestamp("2024-01-01"), "2024-01-01 00:00:00"),
    ],
    ids=repr,
)
def test_what_json_has_no_words_for_is_text(value, expected):
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


# --- ids ----------------------------------------------------------------------------------------


def test_ids_outside_the_table_are_unknown(path):
    rng = np.random.default_rng(0)
    X = [rng.integers(2, 9, size=size) for size in rng.integers(1, 6, size=24)]
    classifier = RNNClassifier(embedding_dim=4, **{**SMALL, "lr": 0.1, "max_epochs": 5})
    classifier.fit(X, labels())
    test = [np.array([2, 3, 100]), np.array([8]), np.array([1, 9, 4, 5])]
    (found,) = run(classifier, path, token_inputs(test))
    np.testing.assert_allclose(found, classifier.predict_proba(test), **TOLERANCE)
    (below,) = run(classifier, path, token_inputs([np.array([2, 3, -7])]))
    np.testing.assert_allclose(below[0], found[0], **TOLERANCE)
