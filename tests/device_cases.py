"""Estimators of every kind with small data, for what has to hold on every device."""

from typing import Any, NamedTuple

import numpy as np

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
from sklearn_rnn.data import Sequences
from sklearn_rnn.nn import CELLS
from tests.bad_inputs import NUMBERS, TABLE
from tests.bad_texts import TEXTS, TOKENS
from tests.bad_trees import LABELLED_TREES, TREES
from tests.forecasting_data import TINY, daily, panel
from tests.subjects import FEATURES, ID_TARGETS, STEP_LABELS, TARGETS, WORD_LABELS

__all__ = ["CASES", "Case", "predictions"]

SMALL = {"hidden_size": 4, "max_epochs": 2, "batch_size": 4, "early_stopping": False}


class Case(NamedTuple):
    """An estimator with data that suits it, and the networks of ``modules`` that it runs."""

    estimator: Any
    X: Any
    y: Any
    networks: tuple[str, ...]


def small(estimator, **parameters):
    return estimator(**SMALL | {"random_state": 0} | parameters)


def forecaster(**parameters):
    return RNNForecaster(**TINY | {"max_epochs": 2, "early_stopping": False} | parameters)


def events():
    """Sequences with categories of steps, and columns of whole sequences."""
    lengths = np.array([3, 1, 4, 2] * 3)
    n, rng = lengths.sum(), np.random.default_rng(0)
    return Sequences(
        values=rng.normal(size=(n, 1)),
        offsets=np.cumsum([0, *lengths]),
        codes=rng.integers(0, 3, (n, 1)),
        categories=(("red", "blue", "green"),),
        static=rng.normal(size=(len(lengths), 1)),
        static_codes=rng.integers(0, 2, (len(lengths), 1)),
        static_categories=(("new", "old"),),
    )


def with_gaps():
    """A week that repeats itself, of which some days are missing."""
    series = daily()
    series.iloc[[10, 11, 40, 77]] = np.nan
    return series


SHOPS = panel(40, ("a", "b"))
IN_STEP = Case(small(RNNTagger), NUMBERS, STEP_LABELS, ("TaggingNetwork", "StepInput"))
OF_NUMBERS = ("ClassificationNetwork", "SequenceBody", "StepInput")
OF_FORECASTS = ("ForecastingNetwork", "ForecastInput")

CASES = {
    "lstm both ways": Case(
        small(RNNClassifier, bidirectional=True, num_layers=2, residual=True, pooling="last"),
        NUMBERS,
        TARGETS,
        OF_NUMBERS,
    ),
    "gru with a stem": Case(
        small(RNNClassifier, cell="gru", pooling="attention", convolution="stem+branch"),
        NUMBERS,
        TARGETS,
        OF_NUMBERS,
    ),
    "rnn_tanh by segments": Case(
        small(RNNClassifier, cell="rnn_tanh", pooling="mean", segment=2, dropout=0.3),
        NUMBERS,
        TARGETS,
        OF_NUMBERS,
    ),
    "rnn_relu that stops early": Case(
        small(RNNClassifier, cell="rnn_relu", pooling="max", optimizer="rmsprop").set_params(
            early_stopping=True, lr_schedule="plateau", class_weight="balanced"
        ),
        TABLE,
        TARGETS,
        OF_NUMBERS,
    ),
    "texts with subwords": Case(
        small(RNNClassifier, subwords=True, token_dropout=0.2), TEXTS, TARGETS, OF_NUMBERS
    ),
    "ordered classes": Case(small(RNNClassifier, ordinal=True), NUMBERS, TARGETS, OF_NUMBERS),
    "several classes": Case(
        small(RNNClassifier),
        NUMBERS,
        np.column_stack([TARGETS, np.arange(len(TARGETS)) % 3]),
        ("MultiOutputNetwork",),
    ),
    "several labels": Case(
        small(RNNClassifier),
        NUMBERS,
        np.column_stack([TARGETS, 1 - TARGETS, TARGETS]),
        ("MultilabelNetwork",),
    ),
    "events": Case(small(RNNRegressor), events(), 1.5 * TARGETS, ("RegressionNetwork",)),
    "tags of steps": IN_STEP,
    "tags of words": Case(
        small(RNNTagger, output="crf", characters="cnn", language_model=0.1, subwords=True),
        TOKENS,
        WORD_LABELS,
        ("TaggingNetwork", "StepInput"),
    ),
    "tags of weight": Case(
        small(RNNTagger, output="crf", characters="lstm", class_weight="balanced"),
        TOKENS,
        WORD_LABELS,
        ("TaggingNetwork", "StepInput"),
    ),
    "tags of features": Case(
        small(RNNTagger, output="softmax"), FEATURES, WORD_LABELS, ("TaggingNetwork",)
    ),
    "language": Case(
        small(RNNLanguageModel, weight_drop=0.2, num_layers=2, bptt=3),
        TEXTS,
        None,
        ("LanguageNetwork",),
    ),
    "generator": Case(
        small(RNNGenerator, n_components=2, bptt=2, covariance="full"),
        NUMBERS,
        TARGETS,
        ("GenerationNetwork",),
    ),
    "bag of tokens": Case(small(RNNEncoder), TEXTS, None, ("EncodingNetwork", "TokenHiding")),
    "encoder of numbers": Case(small(RNNEncoder), NUMBERS, None, ("EncodingNetwork",)),
    "recurrent encoder": Case(
        small(RNNEncoder, decoder="recurrent"), TEXTS, None, ("EncodingNetwork",)
    ),
    "next sentence": Case(
        small(RNNEncoder, objective="next_sentence"), TOKENS, None, ("EncodingNetwork",)
    ),
    "translator": Case(
        small(RNNSeq2Seq, scheduled_sampling=0.5, num_layers=2),
        TEXTS,
        ID_TARGETS,
        ("Seq2SeqNetwork",),
    ),
    "trees": Case(small(TreeRNNClassifier, first="token"), TREES, TARGETS, ("TreeNetwork",)),
    "trees of labels": Case(
        small(TreeRNNClassifier, cell="n_ary"), LABELLED_TREES, None, ("TreeNetwork",)
    ),
    "committee": Case(
        forecaster(n_networks=2, linear_share=0.5),
        None,
        daily(),
        (*OF_FORECASTS, "ForecastCommittee", "LinearBlend"),
    ),
    "shops": Case(
        forecaster(past=["visitors"], static=["size"], decoder="recursive", averaging=0.9),
        SHOPS.drop(columns="sales"),
        SHOPS["sales"],
        OF_FORECASTS,
    ),
    "gaps": Case(
        forecaster(gaps="mask", difference=7, decoder="mlp", loss="quantile"),
        None,
        with_gaps(),
        OF_FORECASTS,
    ),
}


CASES |= {
    f"cell {cell}": Case(
        small(RNNClassifier, cell=cell, bidirectional=True), NUMBERS, TARGETS, OF_NUMBERS
    )
    for cell in CELLS
}


def predictions(model, X):
    """Give what a model predicts, or the vectors that it gives, as one array of numbers."""
    if isinstance(model, RNNForecaster):
        return np.asarray(model.forecast(4) if X is None else model.predict(X), dtype=float)
    names = ("transform", "score_samples", "predict_proba", "predict")
    if isinstance(model, RNNLanguageModel | RNNGenerator):
        names = ("score_samples",)
    elif isinstance(model, RNNRegressor):
        names = ("predict",)
    elif not isinstance(model, RNNEncoder):
        names = names[2:]
    found = next(getattr(model, name) for name in names if hasattr(model, name))(X)
    return np.concatenate([np.ravel(np.asarray(row, dtype=float)) for row in found])
