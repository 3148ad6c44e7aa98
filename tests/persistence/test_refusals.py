"""What a model file must not hold is refused, and the error says what and where."""

import copy
import tracemalloc
from functools import cache

import numpy as np
import pytest

from sklearn_rnn import load
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import read_model_file, write_model_file
from tests.persistence.golden.make import file_of

read = cache(lambda name: read_model_file(file_of(name)))


def changed(path, name, change):
    """Write a file of a name after a change of its model and its tensors."""
    document, tensors = copy.deepcopy(read(name))
    change(document["model"], tensors)
    write_model_file(path, document, tensors)
    return path


def refusal(path):
    with pytest.raises(ModelFileError) as caught:
        load(path)
    return str(caught.value)


def set_at(*path, to):
    def change(model, tensors):
        *parents, last = path
        for key in parents:
            model = model[key]
        model[last] = to

    return change


FIELDS = [
    ("estimator", ["estimator"], "numpy.ndarray", "RNNClassifier"),
    ("estimator in a module", ["estimator"], "sklearn_rnn.RNNClassifier", "RNNClassifier"),
    ("estimator of another kind", ["estimator"], "RNNTagger", "'convolution'"),
    ("parameter", ["parameters", "hidden_sizes"], 3, "'hidden_sizes'"),
    ("true for 1", ["parameters", "num_layers"], True, "num_layers"),
    ("1 for true", ["parameters", "residual"], 1, "'residual' parameter"),
    ("text for a number", ["parameters", "hidden_size"], "3", "'hidden_size' parameter"),
    ("out of range", ["parameters", "lr"], -1.0, "'lr' parameter"),
    ("seed out of range", ["parameters", "random_state"], -1, "random_state"),
    ("code", ["parameters", "cell"], "torch.nn.LSTM", "RNNClassifier.cell"),
    ("device", ["parameters", "device"], "gpu", "RNNClassifier.device must be the name"),
    ("negative device", ["parameters", "device"], "cuda:-1", "RNNClassifier.device"),
    ("callbacks", ["parameters", "callbacks"], [1], "callback"),
    ("attribute", ["state", "net_"], None, "net_"),
    ("whole number for a number", ["state", "_weight_mean"], 1, "_weight_mean"),
    ("true for a number", ["state", "best_epoch_"], True, "best_epoch_"),
    ("NaN for a mean", ["state", "_weight_mean"], "nan", "_weight_mean"),
    ("more epochs than were run", ["state", "best_epoch_"], 7, "best_epoch_"),
    ("still auto", ["state", "hidden_size_"], "auto", "hidden_size_"),
    ("another size than planned", ["state", "hidden_size_"], 4, "hidden_size_"),
    ("true for a size", ["state", "_architecture", "hidden_size"], True, "hidden_size"),
    ("no pooling", ["state", "_architecture", "pooling"], None, "pooling"),
    ("bool for a size", ["state", "stride_"], True, "stride"),
    ("stride of no stem", ["state", "batch_size_"], 0, "batch_size"),
    ("no classes", ["state", "_labels", "is", "classes", "items"], [], "classes"),
    ("classes twice", ["state", "_labels", "is", "classes", "items"], ["a"] * 3, "sorted"),
    ("wide classes", ["state", "_labels", "is", "classes", "width"], 2**40, "width"),
    ("narrow classes", ["state", "_labels", "is", "classes", "width"], 1, "width"),
    ("shape of classes", ["state", "_labels", "is", "classes", "shape"], [2**20, 2**40], "shape"),
    ("kind of labels", ["state", "_labels", "kind"], "single.__class__", "kinds"),
    ("tokens twice", ["state", "encoder_", "state", "vocabulary_"], ["a", "b", "c", "c"], "'c'"),
    ("other categories", ["state", "_columns", "n_static"], 2, "static"),
]


@pytest.mark.parametrize(
    ("path", "value", "named"), [row[1:] for row in FIELDS], ids=[row[0] for row in FIELDS]
)
def test_a_wrong_field_is_named(path, value, named, tmp_path):
    file = changed(tmp_path / "a.model", "words", set_at(*path, to=value))
    assert named in refusal(file)


@pytest.mark.parametrize("part", ["parameters", "state", "estimator"])
def test_a_part_that_is_missing_is_refused(part, tmp_path):
    file = changed(tmp_path / "a.model", "words", lambda model, _: model.pop(part))
    assert "must be an estimator" in refusal(file)


def test_a_parameter_that_is_missing_has_its_default(tmp_path):
    """As in a file of an earlier release, which did not know the parameter."""
    file = changed(tmp_path / "a.model", "words", lambda model, _: model["parameters"].pop("tol"))
    assert load(file).tol == 1e-4


@pytest.mark.parametrize(
    "document", [{}, {"model": 3}, {"model": []}, {"model": None, "code": "x"}]
)
def test_a_document_of_no_model_is_refused(document, tmp_path):
    write_model_file(tmp_path / "a.model", document, {})
    assert "must be" in refusal(tmp_path / "a.model")


WEIGHT = "RNNClassifier._weights.head.weight"


def poke(value):
    def change(array):
        array = array.copy()
        array.flat[-1] = value
        return array

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda array: array.T,
        lambda array: array[:-1],
        lambda array: array[None],
        lambda array: array.ravel(),
        lambda array: array.astype(np.float64),
        lambda array: array.astype(np.float16),
        lambda array: array.astype(np.int32),
        poke(np.nan),
        poke(-np.inf),
    ],
    ids=["turned", "short", "deep", "flat", "float64", "float16", "int32", "NaN", "infinite"],
)
def test_a_wrong_tensor_is_named(change, tmp_path):
    def replace(model, tensors):
        tensors[WEIGHT] = change(tensors[WEIGHT])

    assert WEIGHT in refusal(changed(tmp_path / "a.model", "words", replace))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda tensors: tensors.pop(WEIGHT), "is not in the file"),
        (lambda tensors: tensors.update({f"{WEIGHT}s": np.ones(2)}), "is none of the network"),
        (lambda tensors: tensors.update(more=np.ones(2)), "does not speak of"),
        (lambda tensors: tensors.update(head=tensors.pop(WEIGHT)), "is not in the file"),
    ],
    ids=["missing", "extra", "of nobody", "renamed"],
)
def test_tensors_are_just_those_of_the_network(change, named, tmp_path):
    file = changed(tmp_path / "a.model", "words", lambda _, tensors: change(tensors))
    assert named in refusal(file)


def test_an_array_that_is_no_weight_is_missed_as_well(tmp_path):
    def change(model, tensors):
        del tensors["RNNClassifier._scaler.mean"]

    assert "_scaler.mean" in refusal(changed(tmp_path / "a.model", "recordings", change))


LARGE = [
    ("hidden_size", 2**20),
    ("hidden_size", 2**40),
    ("hidden_size", 2**62),
    ("num_layers", 2**40),
    ("embedding_dim", 2**40),
    ("n_tokens", 2**40),
    ("subword_buckets", 2**40),
    ("segment", 2**40),
    ("n_bag_features", 2**40),
    ("n_characters", 2**40),
    ("n_static", 2**40),
]


@pytest.mark.parametrize(("name", "size"), LARGE)
def test_a_large_size_is_refused_before_memory_is_taken(name, size, tmp_path):
    def change(model, tensors):
        model["state"]["_architecture"][name] = size
        if f"{name}_" in model["state"]:
            model["state"][f"{name}_"] = size

    file = changed(tmp_path / "a.model", "subwords", change)
    tracemalloc.start()
    try:
        refusal(file)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


def test_very_many_labels_in_a_scheme_are_refused_before_their_pairs_are_made(tmp_path):
    def change(model, tensors):
        classes = model["state"]["_labels"]["classes"]
        items = [*(f"B-{i:06}" for i in range(100_000)), "O"]
        classes |= {"items": items, "shape": [len(items)], "width": 8}

    assert "pairs" in refusal(changed(tmp_path / "a.model", "tagged words", change))


def test_vectors_of_a_word_twice_are_refused(tmp_path):
    def change(model, tensors):
        words = model["parameters"]["embedding"]["words"]
        words[1] = words[0]

    file = changed(tmp_path / "a.model", "vectors", change)
    assert "RNNTagger.embedding must be a list of different words" in refusal(file)


def test_deep_nesting_of_values_is_refused(tmp_path):
    value = 1
    for _ in range(70):
        value = [value]
    document, tensors = copy.deepcopy(read("unfitted"))
    document["model"]["parameters"]["class_weight"] = value
    with pytest.raises(ModelFileError, match="nests"):
        write_model_file(tmp_path / "a.model", document, tensors)


def test_an_error_names_the_file(tmp_path):
    file = changed(tmp_path / "häuser.model", "words", set_at("estimator", to="x"))
    assert "h\\xe4user.model" in refusal(file)
