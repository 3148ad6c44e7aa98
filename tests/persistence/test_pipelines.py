"""Pipelines of the library's and scikit-learn's parts come back from their files."""

import builtins
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier

from sklearn_rnn import RNNClassifier, RNNForecaster, RNNRegressor, RNNTagger, load, save
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import read_model_file, write_model_file
from sklearn_rnn.preprocessing import (
    OneHotSequences,
    PerStep,
    SequencePadder,
    TokenEncoder,
    WordTokenizer,
)
from tests.forecasting_data import TINY, ahead, frame

pytest.importorskip("skops")

SMALL = {"hidden_size": 4, "max_epochs": 1, "random_state": 0}
TEXTS, LABELS = ["good film", "bad film", "so so", "a great one"] * 5, list("abcd") * 5
WORDS = [["New", "York"], ["here"], ["in", "Rome"]] * 7
TAGS = [["B-X", "I-X"], ["O"], ["O", "B-X"]] * 7
TABLE = np.abs(np.random.default_rng(0).normal(size=(20, 3))) + 0.1
MIXED = pd.DataFrame(TABLE, columns=list("abc")).assign(d=list("uv") * 10)
TARGET = TABLE.sum(axis=1)


@pytest.fixture
def again(tmp_path):
    """Save something and load it."""

    def save_and_load(estimator):
        save(estimator, tmp_path / "model")
        return load(tmp_path / "model")

    return save_and_load


def columns(*numbers):
    """Scale some columns, and encode one of texts."""
    return ColumnTransformer(
        [("n", StandardScaler(), list(numbers)), ("c", OneHotEncoder(sparse_output=False), ["d"])],
        remainder="passthrough",
    )


CASES = {
    "texts": (
        make_pipeline(WordTokenizer(), TokenEncoder(), RNNClassifier(**SMALL)),
        (TEXTS, LABELS),
    ),
    "padded": (
        Pipeline(
            [
                ("ids", TokenEncoder()),
                ("pad", SequencePadder(4)),
                ("off", "passthrough"),
                ("none", None),
                ("net", RNNClassifier(**SMALL)),
            ],
            verbose=False,
        ),
        (TEXTS, LABELS),
    ),
    "one hot": (make_pipeline(OneHotSequences(), RNNTagger(**SMALL)), (WORDS, TAGS)),
    "per step": (
        make_pipeline(PerStep(make_pipeline(MinMaxScaler(), PCA(2))), RNNRegressor(**SMALL)),
        (list(TABLE.reshape(10, 2, 3)), TARGET[:10]),
    ),
    "scaled table": (make_pipeline(StandardScaler(), RNNRegressor(**SMALL)), (TABLE, TARGET)),
    "columns": (make_pipeline(columns("a", "b"), RNNRegressor(**SMALL)), (MIXED, TARGET)),
    "nested": (
        make_pipeline(make_pipeline(SimpleImputer(), PCA(2)), RNNRegressor(**SMALL)),
        (TABLE, TARGET),
    ),
    "union": (
        make_pipeline(FeatureUnion([("a", RobustScaler()), ("b", PCA(2))]), RNNRegressor(**SMALL)),
        (TABLE, TARGET),
    ),
    "selected": (
        make_pipeline(SelectKBest(f_regression, k=2), FunctionTransformer(np.log1p), Ridge()),
        (TABLE, TARGET),
    ),
    "binned": (
        make_pipeline(
            PowerTransformer(),
            QuantileTransformer(n_quantiles=5),
            KBinsDiscretizer(3, encode="ordinal", strategy="uniform"),
            LogisticRegression(),
        ),
        (TABLE, np.median(TARGET) < TARGET),
    ),
    "target by a function": (
        TransformedTargetRegressor(RNNRegressor(**SMALL), func=np.log, inverse_func=np.exp),
        (TABLE, TARGET),
    ),
    "target by a transformer": (
        TransformedTargetRegressor(
            make_pipeline(StandardScaler(), RNNRegressor(**SMALL)), transformer=StandardScaler()
        ),
        (TABLE, TARGET),
    ),
}


@pytest.mark.parametrize(("model", "data"), CASES.values(), ids=CASES)
def test_a_pipeline_predicts_the_same_after_it_was_saved(model, data, again):
    model = clone(model).fit(*data)
    loaded = again(model)
    for method in ("predict", "predict_proba"):
        if hasattr(model, method):
            found, expected = getattr(loaded, method)(data[0]), getattr(model, method)(data[0])
            assert [*map(np.array_equal, found, expected)] == [True] * len(expected)
    assert repr(loaded) == repr(model)


@pytest.mark.parametrize(("model", "data"), CASES.values(), ids=CASES)
def test_an_unfitted_pipeline_comes_back_and_can_be_fitted(model, data, again):
    loaded = again(clone(model))
    assert repr(loaded) == repr(model)
    loaded.fit(*data)


def test_a_pipeline_with_a_forecaster_comes_back(again):
    data = frame(60)
    X, y = data.drop(columns="sales"), data["sales"]
    encode = ColumnTransformer([("action", OrdinalEncoder(), ["action"])], remainder="passthrough")
    encode.set_output(transform="pandas")
    forecaster = RNNForecaster(**TINY, past=["remainder__visitors"])
    model = make_pipeline(encode, forecaster).fit(X, y)
    loaded = again(model)
    later = X.tail(5).set_axis(ahead(X.index, 5))
    np.testing.assert_array_equal(loaded.predict(later), model.predict(later))
    assert loaded[0].transform(later).equals(model[0].transform(later))


# --- what is refused in save --------------------------------------------------------------------


class Own(TransformerMixin, BaseEstimator):
    """A transformer that somebody wrote."""

    def fit(self, X, y=None):
        """Learn nothing."""
        return self

    def transform(self, X):
        """Change nothing."""
        return X


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Own(), "Own"),
        (DecisionTreeClassifier(), "DecisionTreeClassifier"),
        (SplineTransformer(), "SplineTransformer"),
        (FunctionTransformer(lambda X: X), "FunctionTransformer"),
        (FunctionTransformer(np.random.default_rng), "FunctionTransformer"),
        (make_pipeline(StandardScaler(), memory="cache"), "memory"),
        (ColumnTransformer([("a", Own(), [0])]), "Own"),
        (PCA(random_state=np.random.RandomState(0)), "RandomState"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_step_that_no_file_holds_is_named_and_nothing_is_written(step, told, tmp_path):
    with pytest.raises(TypeError, match=told):
        save(make_pipeline(step, RNNRegressor(**SMALL)), tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_a_missing_skops_is_named_with_its_extra(tmp_path, monkeypatch):
    model = make_pipeline(StandardScaler(), RNNRegressor(**SMALL))
    save(model, tmp_path / "model")
    real = builtins.__import__

    def without_skops(name, *args, **options):
        if name.startswith("skops"):
            raise ImportError(f"No module named {name!r}")
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without_skops)
    for act in (lambda: save(model, tmp_path / "other"), lambda: load(tmp_path / "model")):
        with pytest.raises(ImportError, match=r'pip install "sklearn-rnn\[skops\]"'):
            act()


def test_a_pipeline_of_the_library_alone_needs_no_skops(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "skops", None)
    model = CASES["texts"][0]
    save(model, tmp_path / "model")
    assert repr(load(tmp_path / "model")) == repr(model)


# --- what is refused in load --------------------------------------------------------------------


@pytest.fixture
def refuses(tmp_path):
    """Save a scaler before a network, change what skops wrote, and expect a refusal."""
    save(make_pipeline(StandardScaler(), RNNRegressor(**SMALL)).fit(TABLE, TARGET), tmp_path / "m")
    document, tensors = read_model_file(tmp_path / "m")
    (name,) = (name for name in tensors if name.endswith("skops"))
    content = tensors[name].tobytes()

    def expect(change, match):
        tensors[name] = np.frombuffer(change(content), dtype=np.uint8)
        write_model_file(tmp_path / "m", document, tensors)
        with pytest.raises(ModelFileError, match=match):
            load(tmp_path / "m")

    return expect


def rewritten(content, change, compression=zipfile.ZIP_STORED):
    """Give the archive with its schema, and its further entries, changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(entries["schema.json"])
    change(schema, entries)
    entries["schema.json"] = json.dumps(schema).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, entry in entries.items():
            archive.writestr(name, entry)
    return buffer.getvalue()


def nodes(schema):
    """Give the attributes of the scaler."""
    return schema["content"]["content"]


def replace_by(node):
    def change(schema, entries):
        nodes(schema)["mean_"] = node

    return lambda content: rewritten(content, change)


FUNCTION = {"__loader__": "FunctionNode", "__module__": "os", "__class__": "system"}
PARTIAL = {"__loader__": "PartialNode", "__module__": "functools", "__class__": "partial"}
OBJECT = {"__loader__": "ObjectNode", "__module__": "subprocess", "__class__": "Popen"}
TREE = {"__loader__": "ReduceNode", "__module__": "sklearn.tree._tree", "__class__": "Tree"}
CALLED = {"__loader__": "ConstructorFromReduceNode", "__module__": "os", "__class__": "popen"}
METHOD = {"__loader__": "MethodNode", "__module__": "builtins", "__class__": "list"}
OPERATOR = {"__loader__": "OperatorFuncNode", "__module__": "operator", "__class__": "methodcaller"}
TYPE = {"__loader__": "TypeNode", "__module__": "builtins", "__class__": "eval"}


@pytest.mark.parametrize(
    "node",
    [FUNCTION, PARTIAL, OBJECT, TREE, CALLED, METHOD, OPERATOR, TYPE],
    ids=lambda node: node["__loader__"],
)
def test_what_is_not_in_the_closed_list_is_refused_before_skops_builds_it(node, refuses):
    name = f"{node['__module__']}.{node['__class__']}"
    refuses(replace_by(node), rf"{name}.*is nothing that a file may name")


def test_other_changes_of_what_skops_wrote_are_refused(refuses):
    def older(schema, entries):
        schema["protocol"] = 0

    def wider(schema, entries):
        name = nodes(schema)["mean_"]["file"]
        entries[name] = entries[name].replace(b"(3,)", b"(9,)")

    def huge(schema, entries):
        name = nodes(schema)["mean_"]["file"]
        entries[name] = entries[name].replace(b"(3,), }          ", b"(9999999999,), } ")

    def objects(schema, entries):
        name = nodes(schema)["mean_"]["file"]
        entries[name] = entries[name].replace(b"'<f8'", b"'|O' ")

    def longer(schema, entries):
        buffer = io.BytesIO()
        np.save(buffer, np.zeros(4))
        entries[nodes(schema)["mean_"]["file"]] = buffer.getvalue()

    def without_mean(schema, entries):
        entries.pop(nodes(schema).pop("mean_")["file"])

    def deep(schema, entries):
        node = nodes(schema)["copy"]
        for _ in range(200):
            kinds = {"__loader__": "ListNode", "__module__": "builtins", "__class__": "list"}
            node = kinds | {"content": [node]}
        nodes(schema)["copy"] = node

    def over_and_over(schema, entries):
        node = nodes(schema)["copy"]
        kinds = {"__loader__": "ListNode", "__module__": "builtins", "__class__": "list"}
        node = kinds | {"__id__": -1, "content": [node]}
        for i in range(40):  # each list holds the one before twice: 2 ** 40 parts
            node = kinds | {"__id__": i, "content": [node, node | {"content": []}]}
        nodes(schema)["copy"] = node

    def of_text(schema, entries):
        nodes(schema)["with_mean"]["content"] = '"yes"'

    def unspoken(schema, entries):
        entries["more.npy"] = b""

    def class_of_pca(schema, entries):
        schema["__module__"], schema["__class__"] = "sklearn.decomposition._pca", "PCA"

    def twice(content):
        with pytest.warns(UserWarning, match="Duplicate"):
            buffer = io.BytesIO(content)
            with zipfile.ZipFile(buffer, "a") as archive:
                archive.writestr("schema.json", "{}")
        return buffer.getvalue()

    for change, match in {
        older: "protocol",
        wider: "does not fit its bytes",
        huge: "does not fit its bytes",
        objects: "does not fit its bytes",
        longer: "mean_ is no array",
        without_mean: "mean_",
        deep: "nested too deeply",
        over_and_over: "over and over",
        of_text: "bool",
        unspoken: "does not speak of",
        class_of_pca: "StandardScaler|PCA",
    }.items():
        refuses(lambda content, change=change: rewritten(content, change), match)
    same = lambda schema, entries: None  # noqa: E731
    refuses(lambda content: rewritten(content, same, zipfile.ZIP_DEFLATED), "compressed")
    refuses(twice, "twice")
    refuses(lambda content: content[:-30], "scikit|zip|Standard")
    refuses(lambda content: b"", "Standard")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda steps: steps.reverse(), "transforms nothing"),
        (lambda steps: steps.append(steps[0]), "must differ"),
        (lambda steps: steps.clear(), "steps"),
        (lambda steps: steps[0].__setitem__(0, "a__b"), "underscores"),
        (lambda steps: steps[0].__setitem__(1, "skip"), r"steps\.0\.1"),
        (lambda steps: steps[0].__setitem__(1, 3), r"steps\.0\.1"),
    ],
)
def test_steps_that_make_no_pipeline_are_refused(change, match, tmp_path):
    save(make_pipeline(TokenEncoder(), RNNForecaster()), tmp_path / "model")
    document, tensors = read_model_file(tmp_path / "model")
    change(document["model"]["is"]["steps"])
    write_model_file(tmp_path / "model", document, tensors)
    with pytest.raises(ModelFileError, match=match):
        load(tmp_path / "model")
