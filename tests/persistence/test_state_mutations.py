"""A file changed on purpose, its checksum with it, is refused or is a well-formed model."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import (
    RNNClassifier,
    RNNEncoder,
    RNNForecaster,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNSeq2Seq,
    RNNTagger,
    TreeRNNClassifier,
)
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import format_json, parse_json
from sklearn_rnn.persistence._load import restore_model
from sklearn_rnn.persistence._save import describe_model
from sklearn_rnn.preprocessing import (
    FrameToSequences,
    OneHotSequences,
    PerStep,
    SequencePadder,
    SlidingWindows,
    TokenEncoder,
    WordEmbedder,
    WordTokenizer,
)
from tests.forecasting_data import TINY, ahead, daily, panel
from tests.persistence.mutations import change_document, change_tensors

SMALL = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
TEXTS = ["good film", "bad film", "so so"] * 4
TOKENS = [["a", "b"], ["c"], ["b", "b", "a"]]
RECORDINGS = [np.array([[0.0, 1.0], [2.0, 5.0]]), np.array([[4.0, 3.0]])]
VISITS = [pd.DataFrame({"day": [3, 1], "pulse": [80, 70], "ward": ["B", "A"]})] * 2


def shops_model():
    shops = panel(30, ids=("a", "b"))
    options = {"past": ["visitors"], "static": ["size"], "n_networks": 1, "log": True}
    model = RNNForecaster(**TINY | options | {"hidden_size": 2}).fit(shops, "sales")
    index = ahead(shops.index, 3)
    X = pd.DataFrame({"price": 0.5, "action": "radio", "size": 1.0}, index=index)

    def use(model):
        model.forecast(3, X, level=[80])
        model.predict(pd.concat([X, shops.tail(3)[list(X)]]))
        model.sample(2, X, random_state=0)
        model.update(X.assign(visitors=1.0, sales=2.0), "sales")

    return model, use


def zoned_model():
    sales = daily(40, tz="Europe/Berlin")
    options = {"loss": "quantile", "n_networks": 1, "hidden_size": 2, "early_stopping": True}
    model = RNNForecaster(**TINY | options).fit(None, sales)
    return model, lambda model: model.forecast(5, level=[50])


def blended_model():
    """Averaged with least squares, with intervals by the season."""
    options = {"linear_share": 0.3, "n_networks": 1, "hidden_size": 2, "horizon": 3}
    model = RNNForecaster(**TINY | options).fit(None, daily(1000))
    assert model.linear_share_ == 0.3 and model._calibration.year == 365

    def use(model):
        model.forecast(4, level=[80])
        model.forecast(context=daily(20).where(np.arange(20) > 17).to_frame(), level=[50])

    return model, use


def ensemble_model():
    sales = daily(40).set_axis(pd.period_range("2020", periods=40, freq="M"))
    estimator = RNNForecaster(**TINY | {"n_networks": 1, "hidden_size": 2})
    model = SeedEnsemble(estimator, n_members=2).fit(None, sales)
    return model, lambda model: model.forecast(2)


def committee_model():
    model = SeedEnsemble(RNNTagger(**SMALL), n_members=2)
    model.fit([["New", "York"], ["here"]] * 4, [["B-X", "I-X"], ["O"]] * 4)
    return model, lambda model: (model.predict([["New"]]), model.predict_spans([["York"]]))


def pipeline_model():
    model = make_pipeline(
        WordTokenizer(), TokenEncoder(), SequencePadder(3), RNNClassifier(**SMALL)
    )
    model.fit(TEXTS, list("abc") * 4)
    return model, lambda model: model.predict(["good", "so bad film that"])


def scaled_model():
    X = np.random.default_rng(0).normal(size=(12, 2))
    inner = make_pipeline(PerStep(StandardScaler()), RNNRegressor(**SMALL))
    model = TransformedTargetRegressor(inner, transformer=StandardScaler()).fit(X, X.sum(axis=1))
    return model, lambda model: model.predict(X)


def language_model(X, **parameters):
    def build():
        def use(model):
            model.perplexity(X)
            model.predict(X)
            model.sample(2, X[0], max_length=5, random_state=0)

        return RNNLanguageModel(**SMALL | parameters).fit(X), use

    return build


def tree_model(X, y, **parameters):
    def build():
        def use(model):
            model.predict_proba(X)
            model.predict_nodes(X)

        return TreeRNNClassifier(**SMALL | parameters).fit(X, y), use

    return build


def translator_model(X, y, **parameters):
    def build():
        def use(model):
            model.predict_nbest(X, 2)
            if model.attention_type is not None and model._architecture.attention_type is not None:
                model.attention(X)
            model.set_params(warm_start=True, checkpoint=None).fit(X, y)

        return RNNSeq2Seq(**SMALL | parameters).fit(X, y), use

    return build


def encoder_model(X, **parameters):
    def use(model):
        model.transform(X)
        model.score(X)
        model.reconstruct(X)

    return lambda: (RNNEncoder(**SMALL | parameters).fit(X), use)


def pretrained_model():
    model = RNNLanguageModel(**SMALL).fit(TEXTS)
    model = RNNClassifier(pretrained=model, max_epochs=1, subwords=False).fit(
        TEXTS, list("abc") * 4
    )

    def use(model):
        model.predict(TEXTS)
        model.set_params(warm_start=True).fit(TEXTS, list("abc") * 4)

    return model, use


def generator_model(y):
    X = [RECORDINGS[i % 2] for i in range(4)]
    options = SMALL | {"n_components": 2}

    def use(model):
        model.score_samples(X, y)
        model.sample(y=y, length=3, random_state=0)
        model.complete(X, 2, y)

    return lambda: (RNNGenerator(**options).fit(X, y), use)


def embedder_model(oov):
    embedder = WordEmbedder(vector_size=2, min_count=1, epochs=1, oov=oov, bucket=8)
    embedder.fit(TEXTS)

    def use(embedder):
        embedder.transform(["good film", "never met"])
        embedder.most_similar("good")

    return embedder, use


def transformer_model(transformer, X):
    return lambda: (transformer.fit(X), lambda model: model.transform(X))


MODELS = {
    "shops": (shops_model, 500),
    "zoned": (zoned_model, 300),
    "blended": (blended_model, 300),
    "ensemble": (ensemble_model, 200),
    "committee": (committee_model, 100),
    "pipeline": (pipeline_model, 250),
    "scaled": (scaled_model, 120),
    "language": (language_model(TEXTS), 300),
    "language of ids": (language_model([np.array([2, 3, 9, 4])] * 4, cutoffs=[4, 6]), 200),
    "generator": (generator_model(["a", "b"] * 2), 150),
    "generator by vector": (generator_model(np.arange(8.0).reshape(4, 2)), 100),
    "translator": (translator_model(TEXTS, TEXTS[::-1]), 200),
    "captions": (translator_model(np.eye(12), TEXTS, source="vectors", num_layers=2), 100),
    "pretrained": (pretrained_model, 200),
    "trees": (tree_model(["(and 1 0)", "1", "(or 0 (not 1))"] * 4, list("abc") * 4), 250),
    "labelled trees": (tree_model(["(a (b x) (c y))", "(b x)"] * 6, None, cell="n_ary"), 150),
    "encoder": (encoder_model(TEXTS, decoder="recurrent"), 100),
    "encoder of recordings": (encoder_model(RECORDINGS), 80),
    "embedder": (lambda: embedder_model("zeros"), 150),
    "subwords": (lambda: embedder_model("subword"), 150),
    "one hot": (transformer_model(OneHotSequences(), TOKENS), 150),
    "padder": (transformer_model(SequencePadder(), RECORDINGS), 100),
    "frames": (transformer_model(FrameToSequences(time_col="day"), VISITS), 150),
    "windows": (transformer_model(SlidingWindows(2), np.arange(5.0)), 100),
}


def outcome(document, tensors, use):
    """Say what comes of a document: it is refused, or it is a model that can be used and saved."""
    try:
        document = parse_json(format_json(document))
        model = restore_model(document, tensors)
    except ModelFileError:
        return "refused"
    describe_model(model)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            use(model)
        except ValueError:
            return "raises"
    return "works"


@pytest.mark.parametrize(("build", "n"), MODELS.values(), ids=MODELS)
def test_a_changed_file_is_refused_or_a_well_formed_model(build, n, rng):
    model, use = build()
    document, tensors = describe_model(model)
    assert outcome(document, tensors, use) == "works"
    counts = dict.fromkeys(["refused", "raises", "works"], 0)
    for _ in range(n):
        if tensors and rng.random() < 0.35:
            changed = document, change_tensors(tensors, rng)
        else:
            changed = change_document(document, rng), tensors
        counts[outcome(*changed, use)] += 1
    assert counts["refused"] > n / 4
