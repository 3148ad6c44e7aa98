"""The estimators inside scikit-learn's own tools."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (it enables the next)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from skorch.callbacks import Callback, EarlyStopping, EpochScoring

from sklearn_rnn import RNNClassifier, RNNRegressor, Sequences
from sklearn_rnn.estimators._defaults import AUTO_PARAMETERS
from sklearn_rnn.preprocessing import PerStep, SequencePadder, TokenEncoder, WordTokenizer

SMALL = {
    "hidden_size": 8,
    "max_epochs": 3,
    "batch_size": 8,
    "lr": 0.02,
    "early_stopping": False,
    "random_state": 0,
}
TEXTS = [
    "a good film",
    "great fun",
    "a very bad film",
    "no fun at all",
    "good , good fun",
    "bad",
] * 4
LABELS = ["good", "good", "bad", "bad", "good", "bad"] * 4
rng = np.random.default_rng(0)
RECORDINGS = [rng.normal(i % 3, 1, size=(2 + i % 5, 2)) for i in range(30)]
CLASSES = np.arange(30) % 3
MEANS = np.array([recording.mean() for recording in RECORDINGS])
SEQUENCES = Sequences.from_list(RECORDINGS)

ESTIMATORS = {"classifier": (RNNClassifier, CLASSES), "regressor": (RNNRegressor, MEANS)}
both = pytest.mark.parametrize("estimator, y", ESTIMATORS.values(), ids=ESTIMATORS)


def weights(model):
    return [weight.numpy() for weight in model.module_.state_dict().values()]


def assert_same_weights(model, expected):
    for weight, of_expected in zip(weights(model), weights(expected), strict=True):
        np.testing.assert_array_equal(weight, of_expected)


# --- cross-validation and searches --------------------------------------------------------------


@pytest.mark.parametrize(
    "X", [RECORDINGS, SEQUENCES, np.array([r[:2] for r in RECORDINGS])], ids=["list", "own", "3-D"]
)
@both
def test_cross_val_score_is_that_of_a_fit_by_hand(estimator, y, X):
    model = estimator(**SMALL)
    scores = cross_val_score(model, X, y, cv=KFold(3))
    for score, (train, test) in zip(scores, KFold(3).split(y), strict=True):
        cut = (lambda rows: X[rows]) if X is not RECORDINGS else lambda rows: [X[i] for i in rows]
        assert score == model.fit(cut(train), y[train]).score(cut(test), y[test])


@both
def test_cross_val_predict_gives_one_prediction_a_sequence(estimator, y):
    predicted = cross_val_predict(estimator(**SMALL), SEQUENCES, y, cv=3)
    assert predicted.shape == y.shape


def test_cross_val_predict_gives_probabilities():
    proba = cross_val_predict(
        RNNClassifier(**SMALL), RECORDINGS, CLASSES, cv=3, method="predict_proba"
    )
    assert proba.shape == (30, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_integer_cv_is_stratified_for_the_classifier():
    y = np.sort(CLASSES)
    results = cross_validate(
        RNNClassifier(**SMALL), RECORDINGS, y, cv=3, return_estimator=True, return_indices=True
    )
    for model, rows in zip(results["estimator"], results["indices"]["test"], strict=True):
        assert model.classes_.tolist() == [0, 1, 2]
        assert sorted(set(y[rows])) == [0, 1, 2]


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_grid_search_over_a_text_pipeline(n_jobs):
    pipeline = make_pipeline(WordTokenizer(), TokenEncoder(), RNNClassifier(**SMALL))
    grid = {"rnnclassifier__cell": ["gru", "rnn_tanh"], "tokenencoder__min_count": [1, 5]}
    search = GridSearchCV(pipeline, grid, cv=KFold(2), n_jobs=n_jobs).fit(TEXTS, LABELS)
    assert len(search.cv_results_["params"]) == 4
    best = search.best_estimator_
    assert best[-1].cell == search.best_params_["rnnclassifier__cell"]
    counts = Counter(word for text in TEXTS for word in text.split())
    known = {word for word, n in counts.items() if n >= best[1].min_count}
    assert set(list(best[1].vocabulary_)[2:]) == known
    assert set(search.predict(TEXTS)) <= {"good", "bad"}
    for params, mean in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        by_hand = cross_val_score(pipeline.set_params(**params), TEXTS, LABELS, cv=KFold(2))
        assert mean == by_hand.mean()


def test_grid_search_over_the_encoder_of_the_estimator():
    model = RNNClassifier(**SMALL, encoder=TokenEncoder())
    search = GridSearchCV(model, {"encoder__analyzer": ["word", "char"]}, cv=2).fit(TEXTS, LABELS)
    assert search.best_estimator_.encoder_.analyzer == search.best_params_["encoder__analyzer"]


@both
def test_halving_search_over_epochs(estimator, y):
    search = HalvingGridSearchCV(
        estimator(**SMALL),
        {"cell": ["lstm", "gru", "rnn_tanh", "rnn_relu"]},
        resource="max_epochs",
        min_resources=1,
        max_resources=4,
        factor=2,
        cv=2,
        random_state=0,
    ).fit(RECORDINGS, y)
    assert search.n_resources_ == [1, 2, 4]
    assert search.best_estimator_.max_epochs == search.best_estimator_.n_iter_ == 4


def test_halving_search_over_samples():
    search = HalvingGridSearchCV(
        RNNClassifier(**SMALL),
        {"cell": ["gru", "lstm"]},
        factor=2,
        min_resources=12,
        cv=2,
        random_state=0,
    ).fit(SEQUENCES, CLASSES)
    assert search.n_resources_ == [12, 24]


@both
def test_learning_curve(estimator, y):
    sizes, train, test = learning_curve(
        estimator(**SMALL),
        SEQUENCES,
        y,
        train_sizes=[5, 10, 20],
        cv=3,
        shuffle=True,
        random_state=0,
    )
    assert sizes.tolist() == [5, 10, 20]
    assert train.shape == test.shape == (3, 3)
    assert np.isfinite(train).all() and np.isfinite(test).all()


def test_incremental_learning_curve_uses_partial_fit():
    _, _, test = learning_curve(
        RNNClassifier(**SMALL),
        SEQUENCES,
        CLASSES,
        train_sizes=[10, 20],
        cv=3,
        exploit_incremental_learning=True,
    )
    assert np.isfinite(test).all()


@pytest.mark.parametrize("name", ["accuracy", "neg_log_loss", "roc_auc_ovr", "f1_macro"])
def test_scorers_of_scikit_learn(name):
    model = RNNClassifier(**SMALL).fit(RECORDINGS, CLASSES)
    assert np.isfinite(get_scorer(name)(model, RECORDINGS, CLASSES))


# --- meta-estimators ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibrated_classifier(method):
    model = CalibratedClassifierCV(RNNClassifier(**SMALL), method=method, cv=3)
    proba = model.fit(SEQUENCES, CLASSES).predict_proba(SEQUENCES)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert len(model.calibrated_classifiers_) == 3


def test_calibrated_frozen_classifier_does_not_fit_again():
    model = RNNClassifier(**SMALL).fit(SEQUENCES, CLASSES)
    frozen = FrozenEstimator(model)
    calibrated = CalibratedClassifierCV(frozen, cv=3).fit(SEQUENCES, CLASSES)
    inner = calibrated.calibrated_classifiers_[0].estimator
    np.testing.assert_array_equal(inner.predict_proba(SEQUENCES), model.predict_proba(SEQUENCES))


@both
def test_frozen_estimator_keeps_its_weights(estimator, y):
    model = estimator(**SMALL).fit(RECORDINGS, y)
    before = [weight.copy() for weight in weights(model)]
    frozen = FrozenEstimator(model).fit(RECORDINGS[:5], y[:5])
    np.testing.assert_array_equal(frozen.predict(RECORDINGS), model.predict(RECORDINGS))
    for weight, expected in zip(weights(model), before, strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_frozen_network_as_the_features_of_another_model():
    network = RNNClassifier(**SMALL).fit(RECORDINGS, CLASSES)
    model = make_pipeline(FrozenEstimator(network), LogisticRegression()).fit(RECORDINGS, CLASSES)
    states = network.transform(RECORDINGS)
    by_hand = LogisticRegression().fit(states, CLASSES)
    np.testing.assert_array_equal(model.predict_proba(RECORDINGS), by_hand.predict_proba(states))


def test_stacking_classifier():
    padded = make_pipeline(SequencePadder(as_array=True), LogisticRegression())
    flat = FunctionTransformer(lambda X: np.stack([x.mean(axis=0) for x in X]))
    stack = StackingClassifier(
        [("rnn", RNNClassifier(**SMALL)), ("mean", make_pipeline(flat, LogisticRegression()))], cv=2
    ).fit(SEQUENCES, CLASSES)
    assert stack.predict(SEQUENCES).shape == (30,)
    assert stack.transform(SEQUENCES).shape == (30, 6)
    singles = [recording[:, 0] for recording in RECORDINGS]
    stack = StackingClassifier([("rnn", RNNClassifier(**SMALL)), ("padded", padded)], cv=2)
    assert stack.fit(Sequences.from_list(singles), CLASSES).transform(singles).shape == (30, 6)


def test_stacking_regressor():
    stack = StackingRegressor(
        [("gru", RNNRegressor(**SMALL, cell="gru")), ("lstm", RNNRegressor(**SMALL))],
        final_estimator=Ridge(),
        cv=2,
    ).fit(SEQUENCES, MEANS)
    assert stack.predict(SEQUENCES).shape == (30,)


def test_voting_classifier_averages_probabilities():
    cells = [("gru", RNNClassifier(**SMALL, cell="gru")), ("lstm", RNNClassifier(**SMALL))]
    vote = VotingClassifier(cells, voting="soft").fit(RECORDINGS, CLASSES)
    alone = [model.fit(RECORDINGS, CLASSES).predict_proba(RECORDINGS) for _, model in cells]
    np.testing.assert_array_equal(vote.predict_proba(RECORDINGS), np.mean(alone, axis=0))


def test_voting_regressor_averages_predictions():
    cells = [("gru", RNNRegressor(**SMALL, cell="gru")), ("lstm", RNNRegressor(**SMALL))]
    vote = VotingRegressor(cells).fit(RECORDINGS, MEANS)
    alone = [model.fit(RECORDINGS, MEANS).predict(RECORDINGS) for _, model in cells]
    np.testing.assert_allclose(vote.predict(RECORDINGS), np.mean(alone, axis=0), rtol=1e-12)


def test_multi_output_classifier():
    Y = np.column_stack([CLASSES, np.arange(30) % 2])
    model = MultiOutputClassifier(RNNClassifier(**SMALL)).fit(SEQUENCES, Y)
    assert model.predict(SEQUENCES).shape == (30, 2)
    alone = RNNClassifier(**SMALL).fit(SEQUENCES, Y[:, 1])
    assert_same_weights(model.estimators_[1], alone)


def test_one_vs_rest_classifier():
    model = OneVsRestClassifier(RNNClassifier(**SMALL)).fit(SEQUENCES, CLASSES)
    assert len(model.estimators_) == 3
    assert set(model.predict(SEQUENCES)) <= {0, 1, 2}
    assert model.predict_proba(SEQUENCES).shape == (30, 3)


def test_transformed_target_regressor():
    y = np.exp(MEANS)
    model = TransformedTargetRegressor(RNNRegressor(**SMALL), func=np.log, inverse_func=np.exp)
    model.fit(SEQUENCES, y)
    plain = RNNRegressor(**SMALL).fit(SEQUENCES, np.log(y))
    np.testing.assert_allclose(model.predict(SEQUENCES), np.exp(plain.predict(SEQUENCES)))


# --- pipelines ----------------------------------------------------------------------------------


def test_text_pipeline_is_the_estimator_with_its_own_encoder():
    piped = make_pipeline(WordTokenizer(), TokenEncoder(), RNNClassifier(**SMALL))
    piped.fit(TEXTS, LABELS)
    direct = RNNClassifier(**SMALL, encoder=TokenEncoder(analyzer="word")).fit(TEXTS, LABELS)
    assert_same_weights(piped[-1], direct)
    new = ["a bad film", "quite unknown words"]
    np.testing.assert_array_equal(piped.predict_proba(new), direct.predict_proba(new))


@pytest.mark.parametrize(
    "X",
    [TEXTS, tuple(TEXTS), np.array(TEXTS), np.array(TEXTS, dtype=object), pd.Series(TEXTS)],
    ids=["list", "tuple", "array", "objects", "Series"],
)
def test_texts_in_any_container_are_the_same_texts(X):
    model = RNNClassifier(**SMALL).fit(X, LABELS)
    assert_same_weights(model, RNNClassifier(**SMALL).fit(TEXTS, LABELS))
    assert model.predict(X).shape == (24,)


@both
def test_ragged_pipeline_with_per_step_scaling(estimator, y):
    piped = make_pipeline(PerStep(StandardScaler()), estimator(**SMALL)).fit(RECORDINGS, y)
    scaler = StandardScaler().fit(np.concatenate(RECORDINGS))
    by_hand = estimator(**SMALL).fit([scaler.transform(r) for r in RECORDINGS], y)
    np.testing.assert_allclose(
        piped.predict(RECORDINGS), by_hand.predict([scaler.transform(r) for r in RECORDINGS])
    )
    assert piped.score(RECORDINGS, y) == by_hand.score([scaler.transform(r) for r in RECORDINGS], y)


def test_whole_text_pipeline_with_padding_and_its_parameters():
    pipeline = Pipeline(
        [
            ("words", WordTokenizer(lowercase=True)),
            ("ids", TokenEncoder()),
            ("cut", SequencePadder(max_length=3, truncation="left")),
            ("network", RNNClassifier(**SMALL)),
        ]
    ).fit(TEXTS, LABELS)
    new = ["a very very bad film", "bad film"]
    cut = pipeline.predict_proba(["very bad film", "bad film"])
    np.testing.assert_array_equal(pipeline.predict_proba(new), cut)


def test_states_as_features_beside_others():
    union = FeatureUnion(
        [
            ("states", RNNClassifier(**SMALL, bidirectional=True)),
            ("means", FunctionTransformer(lambda X: np.stack([x.mean(axis=0) for x in X]))),
        ]
    )
    model = make_pipeline(union, LogisticRegression()).fit(RECORDINGS, CLASSES)
    n_units = union.transformer_list[0][1].fit(RECORDINGS, CLASSES).transform(RECORDINGS).shape[1]
    assert union.fit_transform(RECORDINGS, CLASSES).shape == (30, n_units + 2)
    assert model.score(RECORDINGS, CLASSES) > 0.5


@both
def test_pandas_output_of_transform(estimator, y):
    model = estimator(**SMALL, bidirectional=True).set_output(transform="pandas")
    table = model.fit(RECORDINGS, y).transform(RECORDINGS)
    assert isinstance(table, pd.DataFrame)
    assert table.columns.tolist() == model.get_feature_names_out().tolist()
    np.testing.assert_array_equal(
        table, model.set_output(transform="default").transform(RECORDINGS)
    )


def test_pandas_output_of_transform_keeps_the_index():
    table = pd.DataFrame(rng.normal(size=(30, 4)), index=[f"row {i}" for i in range(30)])
    model = RNNClassifier(**SMALL).set_output(transform="pandas")
    table.columns = list("abcd")
    states = model.fit(table, CLASSES).transform(table)
    assert states.index.tolist() == table.index.tolist()


def test_pandas_output_of_a_whole_pipeline():
    pipeline = make_pipeline(TokenEncoder(), RNNClassifier(**SMALL, bidirectional=False))
    pipeline.set_output(transform="pandas").fit(TEXTS, LABELS)
    names = pipeline[-1].get_feature_names_out().tolist()
    assert pipeline.transform(TEXTS).columns.tolist() == names
    assert pipeline.predict(TEXTS).shape == (24,)


@both
def test_feature_names_out(estimator, y):
    widths = []
    for bidirectional in (False, True):
        model = estimator(**SMALL, bidirectional=bidirectional).fit(RECORDINGS, y)
        widths.append(model.transform(RECORDINGS).shape[1])
        names = [f"{estimator.__name__.lower()}{i}" for i in range(widths[-1])]
        assert model.get_feature_names_out().tolist() == names
    assert widths[1] - widths[0] == SMALL["hidden_size"]


@both
def test_feature_names_in_are_the_columns(estimator, y):
    table = pd.DataFrame(rng.normal(size=(30, 3)), columns=["mon", "tue", "wed"])
    model = estimator(**SMALL).fit(table, y)
    assert model.feature_names_in_.tolist() == ["mon", "tue", "wed"]
    assert model.n_features_in_ == 3
    model.fit(RECORDINGS, y)
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 2


# --- how estimators are shown -------------------------------------------------------------------

SHOWN = {
    "defaults": {},
    "few": {"cell": "gru"},
    "many": dict.fromkeys(("dropout", "token_dropout", "lr", "weight_decay", "tol"), 0.0123456789),
    "nested": {"encoder": TokenEncoder(lowercase=False, max_tokens=12345), "num_layers": 2},
}


def shown_by_scikit_learn(model, *args):
    """What scikit-learn shows of an estimator of that name and with those parameters."""
    methods = {"__repr__": BaseEstimator.__repr__}
    plain = type(type(model).__name__, (type(model),), methods)
    return BaseEstimator.__repr__(plain(**model.get_params(deep=False)), *args)


@pytest.mark.parametrize("only_changed", [True, False])
@pytest.mark.parametrize("parameters", SHOWN.values(), ids=SHOWN)
@both
def test_unfitted_estimator_is_shown_as_scikit_learn_shows_one(
    estimator, y, parameters, only_changed
):
    model = estimator(**parameters)
    with sklearn.config_context(print_changed_only=only_changed):
        assert repr(model) == shown_by_scikit_learn(model)
        assert model.__repr__(N_CHAR_MAX=50) == shown_by_scikit_learn(model, 50)
    piped = repr(make_pipeline(SequencePadder(), model))
    assert max(map(len, piped.splitlines())) <= 80


@both
def test_fitted_estimator_shows_what_auto_has_chosen(estimator, y):
    model = estimator(**SMALL, pooling="mean").fit(RECORDINGS, y)
    plain, chosen = repr(model).split(" with ")
    assert plain == shown_by_scikit_learn(model) == repr(clone(model))
    chosen = dict(pair.split("=") for pair in chosen.split(", "))
    assert not chosen.keys() & (SMALL.keys() | {"pooling"})
    for name in ("dropout", "bidirectional", "convolution", "segment", "stride"):
        assert chosen[name] == repr(getattr(model, f"{name}_"))
    assert all(getattr(model, name) == "auto" for name in chosen)
    model.set_params(dropout=0.25)
    assert "dropout=0.25" in repr(model).split(" with ")[0]
    assert "dropout" not in dict(p.split("=") for p in repr(model).split(" with ")[1].split(", "))


@both
def test_estimator_without_auto_has_nothing_to_add(estimator, y):
    model = estimator(**SMALL).fit(RECORDINGS, y)
    auto = {name: getattr(model, f"{name}_") for name in AUTO_PARAMETERS}
    model = estimator(**(auto | SMALL | {"embedding_dim": "auto"})).fit(RECORDINGS, y)
    assert repr(model).endswith(" with embedding_dim=None")


def test_fitted_estimator_can_be_shown_in_others():
    piped = make_pipeline(TokenEncoder(), RNNClassifier(**SMALL)).fit(TEXTS, LABELS)
    assert "RNNClassifier(batch_size=8" in repr(piped) and "TokenEncoder()" in repr(piped)
    assert repr(piped) == repr(clone(piped))
    search = GridSearchCV(piped[-1], {"cell": ["gru"]}, cv=2)
    assert "estimator=RNNClassifier(" in repr(search)
    assert "RNNClassifier" in piped._repr_html_()
    assert str(piped[-1]) == repr(piped[-1])


def test_estimator_whose_fit_failed_is_shown_as_unfitted():
    model = RNNClassifier(**SMALL).fit(RECORDINGS, CLASSES)
    with pytest.raises(ValueError, match="1 sequence"):
        model.fit(RECORDINGS[:1], CLASSES)
    assert repr(model) == repr(clone(model))


# --- metadata -----------------------------------------------------------------------------------


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@both
def test_sample_weight_is_routed_through_a_pipeline(estimator, y, routing):
    weight = np.linspace(0.1, 2, 30)
    model = estimator(**SMALL).set_fit_request(sample_weight=True)
    piped = make_pipeline(PerStep(FunctionTransformer()), model)
    piped.fit(RECORDINGS, y, sample_weight=weight)
    direct = estimator(**SMALL).fit(RECORDINGS, y, sample_weight=weight)
    assert_same_weights(piped[-1], direct)


@both
def test_sample_weight_is_routed_through_a_grid_search(estimator, y, routing):
    weight = np.linspace(0.1, 2, 30)
    model = estimator(**SMALL).set_fit_request(sample_weight=True)
    model.set_score_request(sample_weight=True)
    search = GridSearchCV(model, {"cell": ["gru"]}, cv=KFold(2))
    search.fit(SEQUENCES, y, sample_weight=weight)
    direct = estimator(**SMALL, cell="gru").fit(SEQUENCES, y, sample_weight=weight)
    assert_same_weights(search.best_estimator_, direct)
    train, test = next(KFold(2).split(y))
    direct.fit(SEQUENCES[train], y[train], sample_weight=weight[train])
    score = direct.score(SEQUENCES[test], y[test], sample_weight=weight[test])
    assert search.cv_results_["split0_test_score"][0] == score


@both
def test_sample_weight_is_routed_through_a_pipeline_in_a_grid_search(estimator, y, routing):
    weight = np.linspace(0.1, 2, 30)
    model = estimator(**SMALL).set_fit_request(sample_weight=True)
    piped = Pipeline([("scale", PerStep(StandardScaler())), ("rnn", model)])
    scorer = get_scorer("accuracy" if estimator is RNNClassifier else "r2")
    scorer = scorer.set_score_request(sample_weight=True)
    search = GridSearchCV(piped, {"rnn__cell": ["gru"]}, cv=2, scoring=scorer)
    search.fit(RECORDINGS, y, sample_weight=weight)
    scaled = PerStep(StandardScaler()).fit_transform(RECORDINGS)
    direct = estimator(**SMALL, cell="gru").fit(scaled, y, sample_weight=weight)
    assert_same_weights(search.best_estimator_[-1], direct)


@both
def test_sample_weight_that_was_not_requested_is_an_error(estimator, y, routing):
    piped = make_pipeline(PerStep(StandardScaler()), estimator(**SMALL))
    with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="sample_weight"):
        piped.fit(RECORDINGS, y, sample_weight=np.ones(30))


@both
def test_sample_weight_reaches_the_estimator_without_routing(estimator, y):
    weight = np.linspace(0.1, 2, 30)
    piped = Pipeline([("pad", SequencePadder()), ("rnn", estimator(**SMALL))])
    piped.fit(RECORDINGS, y, rnn__sample_weight=weight)
    assert_same_weights(piped[-1], estimator(**SMALL).fit(RECORDINGS, y, sample_weight=weight))


@both
def test_validation_data_is_transformed_on_its_way_through_a_pipeline(estimator, y, routing):
    model = estimator(**(SMALL | {"early_stopping": True}))
    requesting = estimator(**model.get_params()).set_fit_request(X_val=True, y_val=True)
    piped = make_pipeline(PerStep(StandardScaler()), requesting, transform_input=["X_val"])
    piped.fit(RECORDINGS[:20], y[:20], X_val=RECORDINGS[20:], y_val=y[20:])
    scaler = PerStep(StandardScaler()).fit(RECORDINGS[:20])
    model.fit(
        scaler.transform(RECORDINGS[:20]),
        y[:20],
        X_val=scaler.transform(RECORDINGS[20:]),
        y_val=y[20:],
    )
    assert_same_weights(piped[-1], model)
    losses = [record["valid_loss"] for record in piped[-1].history_]
    assert losses == [record["valid_loss"] for record in model.history_]


def test_text_validation_data_goes_through_the_encoder_of_a_pipeline(routing):
    model = RNNClassifier(**(SMALL | {"early_stopping": True}))
    model.set_fit_request(X_val=True, y_val=True)
    piped = make_pipeline(TokenEncoder(), model, transform_input=["X_val"])
    piped.fit(TEXTS[:18], LABELS[:18], X_val=TEXTS[18:], y_val=LABELS[18:])
    assert all("valid_loss" in record for record in piped[-1].history_)


# --- callbacks of skorch ------------------------------------------------------------------------


class Events(Callback):
    """Keeps what it saw."""

    def __init__(self):
        self.epochs = []
        self.batches = 0

    def on_train_begin(self, net, **kwargs):
        self.epochs.clear()
        self.batches = 0

    def on_batch_end(self, net, training=False, loss=None, **kwargs):
        assert loss.ndim == 0
        self.batches += training

    def on_epoch_end(self, net, **kwargs):
        self.epochs.append(net.history[-1, "train_loss"])


@both
def test_own_callback_sees_every_batch_and_epoch(estimator, y):
    model = estimator(**SMALL, callbacks=[Events()]).fit(RECORDINGS, y)
    events = dict(model.net_.callbacks_)["Events"]
    assert events.epochs == [record["train_loss"] for record in model.history_]
    assert events.batches == 3 * 4
    assert_same_weights(model, estimator(**SMALL).fit(RECORDINGS, y))


@both
def test_named_callback_can_be_reached_in_the_net(estimator, y):
    model = estimator(**SMALL, callbacks=[("events", Events())]).fit(RECORDINGS, y)
    assert len(dict(model.net_.callbacks_)["events"].epochs) == 3


@both
def test_early_stopping_of_skorch_ends_training(estimator, y):
    stop = EarlyStopping(monitor="train_loss", patience=2, threshold=1e9, sink=lambda text: None)
    model = estimator(**SMALL, callbacks=[stop]).set_params(max_epochs=20).fit(RECORDINGS, y)
    assert model.n_iter_ == 3  # the first epoch is the best, then two are waited for


def test_epoch_scoring_of_skorch_records_a_score():
    def score(net, X, y=None):
        return 0.25

    scoring = EpochScoring(score, name="mine", on_train=True, use_caching=False)
    model = RNNClassifier(**SMALL, callbacks=[scoring]).fit(RECORDINGS, CLASSES)
    assert [record["mine"] for record in model.history_] == [0.25] * 3
