"""Small fitted estimators of every kind of input and option, for tests of saving."""

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from sklearn_rnn import (
    RNNClassifier,
    RNNEncoder,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNSeq2Seq,
    RNNTagger,
    Sequences,
    TreeRNNClassifier,
)
from sklearn_rnn.preprocessing import TokenEncoder, WordEmbedder, WordTokenizer
from tests import tagging_data

__all__ = ["MODELS", "answers", "embedder", "equal", "fitted"]

TEXTS = ["Good film", "bad film", "so so", "great", "a bad, bad one", "good"] * 4
LABELS = ["good", "bad", "so", "good", "bad", "good"] * 4
N = len(TEXTS)
# As small as they can be: with "auto" a network of words has 100 000 weights.
SMALL = {"hidden_size": 3, "embedding_dim": 4, "max_epochs": 1, "batch_size": 8, "random_state": 0}
NUMERIC = {name: value for name, value in SMALL.items() if name != "embedding_dim"}
PLAIN = {"subwords": False, "convolution": None}


def recordings(n_features=2, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, n_features)) for n in rng.integers(2, 7, size=N)]


def with_gaps():
    X = recordings()
    for i in range(0, N, 3):
        X[i][0, 1] = np.nan
    return X


def numbers(n_targets=None, seed=1):
    shape = N if n_targets is None else (N, n_targets)
    return np.random.default_rng(seed).normal(size=shape)


def events(gaps=False):
    """An event log with numbers, categories of several types and static columns."""
    rng = np.random.default_rng(0)
    n = 4 * N
    frame = pd.DataFrame(
        {
            "customer": np.repeat(np.arange(N), 4),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.random(n).cumsum(), unit="D"),
            "amount": rng.normal(size=n),
            "shop": rng.choice(["", "ü\0", "b"], size=n),
            "level": rng.choice([1, 2, 3], size=n),
            "age": np.repeat(rng.normal(size=N), 4),
            "plan": np.repeat(rng.choice(["x", "y"], size=N), 4),
        }
    )
    if gaps:
        frame.loc[::5, "amount"] = np.nan
        frame.loc[frame["customer"] % 3 == 0, "age"] = np.nan
    return Sequences.from_frame(
        frame,
        id_col="customer",
        time_col="when",
        numeric=["amount"],
        categorical=["shop", "level"],
        static=["age", "plan"],
    )


def ids(seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(1, 9, size=n) for n in rng.integers(2, 6, size=N)]


DAYS = ["2024-01-01", "2024-01-02", "2024-01-03"]


def classes_of(values):
    return [values[i % len(values)] for i in range(N)]


def of_dates():
    y = pd.DataFrame({"day": pd.to_datetime(classes_of(DAYS)), "n": classes_of([1, 2])})
    return RNNClassifier(**NUMERIC | PLAIN), recordings(), y


def of_columns():
    y = pd.DataFrame({"mood": LABELS, 7: classes_of([1, 2, 5])})
    return RNNClassifier(**SMALL | PLAIN, class_weight="balanced"), TEXTS, y


def of_table():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 3)), columns=list("abc"))
    return RNNRegressor(**NUMERIC | PLAIN), table, numbers()


def of_tokens():
    encoder = TokenEncoder()
    sequences = encoder.fit_transform(TEXTS)
    return RNNClassifier(**SMALL | PLAIN), sequences, LABELS


def of_pipeline_encoder():
    encoder = make_pipeline(WordTokenizer(lowercase=False), TokenEncoder(min_count=2))
    return RNNClassifier(**SMALL | PLAIN, encoder=encoder), TEXTS, LABELS


def classifier(X, y, **parameters):
    return RNNClassifier(**SMALL | PLAIN | parameters), X, y


def recorder(y, X=None, **parameters):
    """A classifier of recordings."""
    return RNNClassifier(**NUMERIC | PLAIN | parameters), recordings() if X is None else X, y


def regressor(X, y, **parameters):
    return RNNRegressor(**NUMERIC | PLAIN | parameters), X, y


def tagger(form, scheme=None, **parameters):
    X = tagging_data.sequences(form)
    y = tagging_data.labels() if scheme is None else tagging_data.span_labels(scheme)
    small = SMALL if form == "words" else NUMERIC
    if form == "words":
        small = small | {"characters": False, "subwords": False, "language_model": 0.0}
    return RNNTagger(**small | parameters), X, y


def of_vectors():
    rng = np.random.default_rng(0)
    vectors = {word: rng.normal(size=4) for word in ["the", "cat", "dog", "Zürich"]}
    return tagger("words", embedding=vectors, freeze_embedding=True)


def of_table_of_vectors():
    table = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    return tagger("ids", embedding=table)


def language(X=TEXTS, **parameters):
    return RNNLanguageModel(**SMALL | parameters), X, None


def generator(X=None, y=None, **parameters):
    parameters = {"n_components": 2} | parameters
    return RNNGenerator(**NUMERIC | parameters), recordings() if X is None else X, y


def encoder(X, **parameters):
    small = SMALL if isinstance(X[0], str) else NUMERIC
    return RNNEncoder(**small | parameters), X, None


def translator(X=TEXTS, y=TEXTS, **parameters):
    return RNNSeq2Seq(**SMALL | parameters), X, y


def of_captions():
    X = np.random.default_rng(0).normal(size=(N, 3))
    return RNNSeq2Seq(**NUMERIC, source="vectors"), X, TEXTS


def of_own_subwords():
    encoder = make_pipeline(WordTokenizer("char"), TokenEncoder())
    return translator(encoder=encoder, target_encoder=encoder, num_layers=2)


def of_language_model():
    model = RNNLanguageModel(**SMALL).fit(TEXTS)
    return RNNClassifier(**PLAIN, pretrained=model, max_epochs=1), TEXTS, LABELS


def of_language_model_of_topics():
    rng = np.random.default_rng(0)
    texts = [" ".join(f"{t}{i}" for i in rng.integers(0, 30, 8)) for t in ("sea", "town") * 20]
    model = RNNLanguageModel(**SMALL).fit(texts)
    return RNNClassifier(**PLAIN, pretrained=model, max_epochs=1), texts, [0, 1] * 20


def of_language_model_to_fit():
    y = tagging_data.labels()
    parameters = {"pretrained": RNNLanguageModel(**SMALL), "characters": False, "subwords": False}
    X = tagging_data.sequences("words")
    return RNNTagger(**parameters, language_model=0.0, max_epochs=1, random_state=0), X, y


def embedder(**parameters):
    small = {"vector_size": 4, "min_count": 1, "epochs": 1, "random_state": 0}
    return WordEmbedder(**small | parameters)


def of_frozen_vectors():
    frozen = FrozenEstimator(embedder().fit(TEXTS))
    return classifier(TEXTS, LABELS, embedding=frozen, freeze_embedding=True)


TREES = ["(and 1 (or 0 1))", "(or (not 1) 0)", "1", "(and 1 1 0 (or 0))"] * 6
LABELLED_TREES = ["(good (so not) (bad bad))", "(bad bad)", "(good (good good) film)"] * 8


def trees(y=LABELS, X=TREES, **parameters):
    return TreeRNNClassifier(**SMALL | parameters), X, y


INDICATOR = np.array([[i % 2, i % 3 == 0, 1] for i in range(N)])

# Each gives an estimator, X and y.
MODELS = {
    "words": lambda: classifier(TEXTS, LABELS),
    "subwords": lambda: classifier(TEXTS, LABELS, subwords=True, pooling="last"),
    "characters": lambda: classifier(
        TEXTS, LABELS, encoder=TokenEncoder(analyzer="char", lowercase=False), pooling="mean"
    ),
    "pipeline encoder": of_pipeline_encoder,
    "tokens": of_tokens,
    "ids": lambda: classifier(ids(), LABELS, n_tokens=12, pooling="max"),
    "recordings": lambda: recorder(LABELS, num_layers=2, bidirectional=True, residual=True),
    "convolution": lambda: recorder(LABELS, convolution="stem+branch", stride=2),
    "segment": lambda: recorder(LABELS, segment=2, cell="gru", initialization="chrono"),
    "rnn_tanh": lambda: recorder(LABELS, cell="rnn_tanh"),
    "rnn_relu": lambda: recorder(LABELS, cell="rnn_relu", bidirectional=False),
    "missing": lambda: recorder(LABELS, with_gaps(), missing="mask"),
    "events": lambda: recorder(LABELS, events()),
    "events with gaps": lambda: regressor(events(gaps=True), numbers(), missing="mask"),
    "multilabel": lambda: classifier(TEXTS, INDICATOR),
    "columns": of_columns,
    "ordinal": lambda: recorder(classes_of([3, 1, 2]), ordinal=[3, 1, 2]),
    "ordinal of pandas": lambda: recorder(
        pd.Series(pd.Categorical(LABELS, ["so", "bad", "good"], ordered=True)), ordinal=True
    ),
    "bool classes": lambda: recorder(classes_of([True, False])),
    "float classes": lambda: recorder(classes_of([0.0, 2.0]), class_weight={0.0: 1, 2.0: 2.5}),
    "dates": of_dates,
    "several targets": lambda: regressor(recordings(), numbers(3)),
    "table": of_table,
    "absolute_error": lambda: regressor(recordings(), numbers(), loss="absolute_error"),
    "huber": lambda: regressor(recordings(), numbers(), loss="huber", delta=2),
    "quantile": lambda: regressor(recordings(), numbers(), loss="quantile", quantile=0.9),
    "tagged words": lambda: tagger("words", "IOB2"),
    "tagged letters": lambda: tagger("words", characters=True, subwords=True, output="softmax"),
    "letters by LSTM": lambda: tagger("words", characters="lstm", language_model=0.1),
    "tagged features": lambda: tagger("features", "BIOES", class_weight="balanced"),
    "tagged numbers": lambda: tagger("numbers", "IOB1", output="softmax", cell="gru"),
    "tagged ids": lambda: tagger("ids", constraints=None, embedding_dim=4),
    "vectors": of_vectors,
    "table of vectors": of_table_of_vectors,
    "table for ids": lambda: classifier(
        ids(), LABELS, embedding=np.random.default_rng(0).normal(size=(9, 4))
    ),
    "vectors to train": lambda: regressor(
        TEXTS, numbers(), embedding=embedder(oov="subword", bucket=32)
    ),
    "frozen vectors": of_frozen_vectors,
    "language": language,
    "language of letters": lambda: language(
        encoder=TokenEncoder("char", lowercase=False), num_layers=2, weight_drop=0.5
    ),
    "language of tokens": lambda: language([text.split() for text in TEXTS], cell="gru"),
    "language of ids": lambda: language(ids(), cutoffs=[3, 6], early_stopping=True),
    "language of a vocabulary": lambda: language(
        TokenEncoder().fit_transform(TEXTS), tie_weights=False, n_tokens=30
    ),
    "generator": generator,
    "generator by label": lambda: generator(
        y=LABELS, num_layers=2, cell="gru", early_stopping=True
    ),
    "generator by vector": lambda: generator(y=numbers(3), covariance="diag", learn_end=False),
    "generator of a table": lambda: generator(of_table()[1], classes_of([1, 2])),
    "encoder": lambda: encoder(TEXTS, step_means=True),
    "encoder that writes": lambda: encoder(TEXTS, decoder="recurrent", subwords=True, cell="gru"),
    "encoder of ids": lambda: encoder(
        ids(), decoder="recurrent", n_tokens=9, early_stopping=True, teacher_forcing=1
    ),
    "encoder of vectors": lambda: encoder(TEXTS, embedding=embedder(), freeze_embedding=True),
    "encoder of recordings": lambda: encoder(recordings(), segment=2, num_layers=2),
    "encoder of gaps": lambda: encoder(with_gaps(), missing="mask", objective="next_sentence"),
    "next sentence": lambda: encoder(TEXTS, objective="next_sentence", pooling="attention"),
    "translator": translator,
    "translator of one vocabulary": lambda: translator(
        share_vocabulary=True, tie_weights=False, scheduled_sampling=0.5, beam_size=2
    ),
    "translator of pipelines": of_own_subwords,
    "translator of ids": lambda: translator(ids(), ids(1), attention_type=None, n_tokens=12),
    "translator of recordings": lambda: (
        RNNSeq2Seq(**NUMERIC, cell="gru", attention_type="multiplicative", early_stopping=True),
        recordings(),
        [text.split() for text in TEXTS],
    ),
    "captions": of_captions,
    "pretrained": of_language_model,
    "pretrained of topics": of_language_model_of_topics,
    "pretrained with the tagger": of_language_model_to_fit,
    "trees": trees,
    "trees by places": lambda: trees(classes_of([1, 2]), cell="n_ary", num_layers=2),
    "labelled trees": lambda: trees(None, LABELLED_TREES, class_weight="balanced"),
    "trees from vectors": lambda: trees(
        embedding={"and": np.arange(4.0), "1": np.ones(4)}, freeze_embedding=True
    ),
    "trees of weighed classes": lambda: trees(
        classes_of([True, False]),
        class_weight={True: 2.0, False: 1},
        encoder=TokenEncoder(min_count=2),
    ),
}


def fitted(name):
    """A fitted estimator of a name among ``MODELS``, and its X."""
    estimator, X, y = MODELS[name]()
    return estimator.fit(X, y), X


def answers(estimator, X):
    """All that an estimator says of X, by the names of its methods."""
    methods = ("predict", "predict_proba", "decision_function", "transform", "predict_nbest")
    methods += ("reconstruct", "predict_nodes")
    found = {name: getattr(estimator, name)(X) for name in methods if hasattr(estimator, name)}
    if isinstance(estimator, RNNEncoder) and hasattr(estimator, "score_samples"):
        found["score_samples"] = estimator.score_samples(X)
    if isinstance(estimator, RNNGenerator):
        y = None if estimator._condition != "vectors" else numbers(3)
        found["score_steps"] = estimator.score_steps(X, y)
        found["sample"] = estimator.sample(y=y, length=4, random_state=0)
    return found


def equal(one, other):
    """Whether answers are equal bit for bit, their types and dtypes too."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple) or getattr(one, "dtype", None) == np.dtype(object):
        same = len(one) == len(other) and getattr(one, "shape", 0) == getattr(other, "shape", 0)
        return same and all(map(equal, list(one), list(other)))
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape
        return same and one.tobytes() == other.tobytes()
    return one == other
