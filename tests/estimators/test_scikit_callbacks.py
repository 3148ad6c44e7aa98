"""scikit-learn's callbacks, set with ``set_callbacks``, in both estimators."""

import copy
import pickle
import re

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback

from sklearn_rnn import RNNClassifier, RNNRegressor
from sklearn_rnn.exceptions import DivergenceError

sklearn_callback = pytest.importorskip("sklearn.callback", reason="came with scikit-learn 1.9")

SMALL = {
    "hidden_size": 8,
    "max_epochs": 5,
    "batch_size": 8,
    "lr": 0.02,
    "lr_schedule": None,
    "dropout": 0.2,
    "early_stopping": False,
    "random_state": 0,
}
rng = np.random.default_rng(0)
X = [rng.normal(size=(2 + i % 5, 2)) for i in range(40)]
X_VAL = [rng.normal(size=(2 + i % 5, 2)) for i in range(20)]
TABLE = rng.normal(size=(40, 5))
WEIGHT = rng.uniform(0.5, 2, size=40)
LOSS_RISES_AND_FALLS = 0.3  # at this learning rate: the best epoch is not always the last one


def targets(estimator, X):
    numbers = [x[0, 0] + 0.1 * x[-1, 1] for x in X]
    return numbers if estimator is RNNRegressor else [int(number > 0) for number in numbers]


both = pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])
stopping = pytest.mark.parametrize("early_stopping", [False, True], ids=["all", "best"])


class Recorder:
    """Keeps what each hook was called with, and what the fitted estimators predict."""

    def __init__(self, stop_after=None, fail_after=None):
        self.stop_after, self.fail_after = stop_after, fail_after
        self.events, self.fitted = [], []

    def setup(self, estimator, context):
        self.events.append(("setup", context.task_name, context.task_id))

    def teardown(self, estimator, context):
        self.events.append(("teardown", context.task_name, context.task_id))

    def on_fit_task_begin(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.record("begin", context, fitted_estimator, (estimator, X, y, metadata))

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.record("end", context, fitted_estimator, (estimator, X, y, metadata))
        if context.task_name == "epoch" and context.task_id + 1 == self.fail_after:
            raise RuntimeError("a hook failed")
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_after

    def record(self, hook, context, fitted_estimator, given):
        self.given, self.context = given, context
        self.events.append((hook, context.task_name, context.task_id))
        self.fitted.append((hook, context.task_name, context.task_id, fitted_estimator))

    def at(self, hook, task_name="epoch"):
        return [fitted for *task, _, fitted in self.fitted if task == [hook, task_name]]


def fit(estimator, *callbacks, early_stopping=False, sample_weight=None, **params):
    """Fit with callbacks; with early stopping the validation data is X_VAL."""
    val = {}
    if early_stopping:
        val = {"X_val": X_VAL, "y_val": targets(estimator, X_VAL)}
    model = estimator(**(SMALL | {"early_stopping": early_stopping} | params))
    if callbacks:
        model.set_callbacks(*callbacks)
    return model.fit(X, targets(estimator, X), sample_weight=sample_weight, **val)


def outputs(model, X=X):
    return getattr(model, "predict_proba", model.predict)(X)


def weights(model):
    return [weight.numpy() for weight in model.module_.state_dict().values()]


def assert_same_model(model, expected):
    """Weights, predictions and records are equal, all but the time they took."""
    np.testing.assert_equal(weights(model), weights(expected))
    np.testing.assert_array_equal(outputs(model), outputs(expected))
    assert [untimed(record) for record in model.history_] == [
        untimed(record) for record in expected.history_
    ]
    assert model.best_epoch_ == expected.best_epoch_


def untimed(record):
    return {name: value for name, value in record.items() if name != "dur"}


# --- tasks --------------------------------------------------------------------------------------


@both
def test_fit_is_a_task_and_each_epoch_a_task_within(estimator):
    recorder = Recorder()
    fit(estimator, recorder, max_epochs=2)
    assert recorder.events == [
        ("setup", "fit", 0),
        ("begin", "fit", 0),
        ("begin", "epoch", 0),
        ("end", "epoch", 0),
        ("begin", "epoch", 1),
        ("end", "epoch", 1),
        ("end", "fit", 0),
        ("teardown", "fit", 0),
    ]
    fit_task = recorder.context
    assert (fit_task.estimator_name, fit_task.max_subtasks) == (estimator.__name__, 2)
    assert [task.max_subtasks for task in fit_task] == [2, 0, 0]


def test_the_number_of_epochs_is_known_where_it_is_chosen_in_fit():
    recorder = Recorder(stop_after=1)
    model = fit(RNNClassifier, recorder, max_epochs="auto")
    assert recorder.context.max_subtasks == model.max_epochs_


def test_hooks_are_handed_the_estimator_and_the_very_data_of_fit():
    recorder = Recorder()
    model, y = RNNClassifier(**SMALL).set_callbacks(recorder), targets(RNNClassifier, X)
    model.fit(X, y)
    assert all(got is given for got, given in zip(recorder.given, (model, X, y, None), strict=True))
    model.fit(X, y, sample_weight=WEIGHT, X_val=X_VAL, y_val=targets(RNNClassifier, X_VAL))
    assert recorder.given[3].keys() == {"sample_weight"}
    assert recorder.given[3]["sample_weight"] is WEIGHT


def test_early_stopping_ends_the_tasks_that_it_began():
    recorder = Recorder()
    model = fit(RNNClassifier, recorder, early_stopping=True, max_epochs=50, n_iter_no_change=1)
    assert model.n_iter_ < 50
    assert len(recorder.at("begin")) == len(recorder.at("end")) == model.n_iter_
    assert recorder.events[-2:] == [("end", "fit", 0), ("teardown", "fit", 0)]


# --- the estimator as it would be ---------------------------------------------------------------


@both
@stopping
def test_fitted_estimator_is_that_of_a_fit_of_so_many_epochs(estimator, early_stopping):
    recorder = Recorder()
    options = {"early_stopping": early_stopping, "lr": LOSS_RISES_AND_FALLS}
    model = fit(estimator, recorder, **options)
    for n_epochs, fitted in enumerate(recorder.at("end"), start=1):
        assert_same_model(fitted, fit(estimator, max_epochs=n_epochs, **options))
    kept_earlier = [fitted.best_epoch_ < fitted.n_iter_ for fitted in recorder.at("end")]
    assert any(kept_earlier) == early_stopping
    assert_same_model(recorder.at("end", "fit")[0], model)
    for before, after in zip(recorder.at("end"), recorder.at("begin")[1:], strict=False):
        assert_same_model(before, after)


@both
def test_before_the_first_epoch_the_weights_are_those_drawn(estimator):
    class FirstWeights(Callback):
        def on_train_begin(self, net, **kwargs):
            self.weights = [w.detach().numpy().copy() for w in net.module_.state_dict().values()]

    recorder = Recorder()
    model = fit(estimator, recorder, callbacks=[FirstWeights()])
    drawn = next(hook for _, hook in model.net_.callbacks_ if isinstance(hook, FirstWeights))
    for fitted in (recorder.at("begin", "fit")[0], recorder.at("begin")[0]):
        np.testing.assert_equal(weights(fitted), drawn.weights)
        assert (fitted.n_iter_, fitted.best_epoch_) == (0, 0)


@both
@stopping
def test_going_on_with_warm_start_keeps_the_record_of_all_epochs(estimator, early_stopping):
    options = {"early_stopping": early_stopping, "lr": LOSS_RISES_AND_FALLS, "warm_start": True}
    val = {"X_val": X_VAL, "y_val": targets(estimator, X_VAL)} if early_stopping else {}
    y, recorder = targets(estimator, X), Recorder()
    model = fit(estimator, **options).set_callbacks(recorder).fit(X, y, **val)
    assert recorder.context.max_subtasks == SMALL["max_epochs"]
    for n_epochs, fitted in enumerate(recorder.at("end"), start=1):
        plain = fit(estimator, **options).set_params(max_epochs=n_epochs).fit(X, y, **val)
        assert_same_model(fitted, plain)
    assert_same_model(recorder.at("end", "fit")[0], model)


def test_fitted_estimator_reads_texts_with_the_encoder_of_the_fit():
    class Scores(Recorder):
        def record(self, hook, context, fitted_estimator, given):
            _, texts, labels, _ = given
            self.events.append(fitted_estimator.score(texts, labels))

    texts, labels = ["good film", "great fun", "bad film", "no fun"] * 5, list("ggbb") * 5
    scores = Scores()
    model = RNNClassifier(max_epochs=3, random_state=0).set_callbacks(scores).fit(texts, labels)
    assert scores.events[-2] == model.score(texts, labels)


@pytest.mark.filterwarnings("ignore")  # those of torch's compiler
def test_fitted_estimator_of_a_compiled_network_has_the_best_epochs_weights():
    params = {"compile": True, "compile__backend": "eager", "use_caching": False}
    options = {"early_stopping": True, "lr": LOSS_RISES_AND_FALLS, "net_params": params}
    recorder = Recorder()
    fit(RNNClassifier, recorder, **options)
    assert any(fitted.best_epoch_ < fitted.n_iter_ for fitted in recorder.at("end"))
    for n_epochs, fitted in enumerate(recorder.at("end"), start=1):
        plain = fit(RNNClassifier, max_epochs=n_epochs, **options)
        np.testing.assert_equal(weights(fitted), weights(plain))


# --- training goes its way ----------------------------------------------------------------------


class Predicts(Recorder):
    """Predicts at every hook."""

    def record(self, hook, context, fitted_estimator, given):
        outputs(fitted_estimator)
        fitted_estimator.transform(X_VAL)


class Meddles(Predicts):
    """Predicts, trains the fitted estimator and clears its weights at every hook."""

    def record(self, hook, context, fitted_estimator, given):
        super().record(hook, context, fitted_estimator, given)
        fitted_estimator.partial_fit(X, targets(type(given[0]), X), sample_weight=WEIGHT)
        with torch.no_grad():
            for weight in fitted_estimator.module_.parameters():
                weight.zero_()


@both
@stopping
@pytest.mark.parametrize("lr_schedule", [None, "one_cycle", "plateau"])
def test_what_callbacks_do_with_fitted_estimators_changes_no_bit(
    estimator, early_stopping, lr_schedule
):
    options = {"early_stopping": early_stopping, "lr_schedule": lr_schedule, "lr": 0.1}
    plain = fit(estimator, **options)
    assert_same_model(fit(estimator, Meddles(), **options), plain)


def test_the_networks_mode_is_left_alone():
    class Modes(Callback):
        def on_batch_begin(self, net, training=False, **kwargs):
            modes.append((net.module_.training, training))

        def on_grad_computed(self, net, **kwargs):
            modes.append((net.module_.training, True))

    modes = []
    fit(RNNClassifier, Predicts(), callbacks=[Modes()], early_stopping=True)
    with_callbacks, modes = modes, []
    fit(RNNClassifier, callbacks=[Modes()], early_stopping=True)
    assert with_callbacks == modes


def test_random_state_objects_move_on_as_without_callbacks():
    states = [np.random.RandomState(0), np.random.RandomState(0)]
    fit(RNNClassifier, Predicts(), random_state=states[0])
    fit(RNNClassifier, random_state=states[1])
    assert states[0].randint(2**31) == states[1].randint(2**31)


# --- stopping -----------------------------------------------------------------------------------


@both
@stopping
def test_a_callback_that_returns_true_stops_training_at_that_epoch(estimator, early_stopping):
    options = {"early_stopping": early_stopping, "lr": LOSS_RISES_AND_FALLS}
    for n_epochs in (1, 3):
        recorder = Recorder(stop_after=n_epochs)
        model = fit(estimator, Recorder(), recorder, **options)
        assert_same_model(model, fit(estimator, max_epochs=n_epochs, **options))
        assert len(recorder.at("end")) == model.n_iter_ == n_epochs
        assert recorder.events[-2:] == [("end", "fit", 0), ("teardown", "fit", 0)]


# --- what goes wrong ----------------------------------------------------------------------------


def test_a_fit_that_diverges_tears_its_callbacks_down():
    recorder = Recorder()
    with pytest.raises(DivergenceError):
        fit(RNNRegressor, recorder, lr=1e30, gradient_clip=None, optimizer="sgd")
    assert recorder.events[0] == ("setup", "fit", 0)
    assert recorder.events[-1] == ("teardown", "fit", 0)


def test_a_hook_that_fails_ends_the_fit_and_all_are_torn_down():
    others, failing = Recorder(), Recorder(fail_after=2)
    model = RNNClassifier(**SMALL).set_callbacks(others, failing)
    y = targets(RNNClassifier, X)
    with pytest.raises(RuntimeError, match="a hook failed"):
        model.fit(X, y)
    assert not hasattr(model, "net_")
    assert others.events[-1] == failing.events[-1] == ("teardown", "fit", 0)
    failing.fail_after = None
    assert_same_model(model.fit(X, y), fit(RNNClassifier))


def test_a_hook_that_fails_while_training_goes_on_leaves_the_model_as_it_was():
    y, recorder = targets(RNNClassifier, X), Recorder(fail_after=1)
    model = fit(RNNClassifier, warm_start=True).set_callbacks(recorder)
    with pytest.raises(RuntimeError, match="a hook failed"):
        model.fit(X, y)
    assert recorder.events[-1] == ("teardown", "fit", 0)
    assert_same_model(model, fit(RNNClassifier))
    assert not [name for name in vars(model) if name.startswith("_callback")]


def test_input_that_is_refused_reaches_no_callback():
    recorder = Recorder()
    with pytest.raises(ValueError):
        RNNClassifier(**SMALL).set_callbacks(recorder).fit(X, [0])
    assert recorder.events == []


# --- what is kept -------------------------------------------------------------------------------


@both
def test_after_fit_the_net_holds_no_callback_and_no_data(estimator):
    model, plain = fit(estimator, Recorder()), fit(estimator)
    assert [name for name, _ in model.net_.callbacks_] == [n for n, _ in plain.net_.callbacks_]
    assert vars(model).keys() - vars(plain).keys() == {"_skl_callbacks"}
    assert vars(model.set_callbacks()).keys() == vars(plain).keys()


def test_without_callbacks_the_net_is_trained_as_it_is():
    class Names(Callback):
        def on_epoch_end(self, net, **kwargs):
            names.append([name for name, _ in net.callbacks_])

    names = []
    model = fit(RNNClassifier, callbacks=[Names()])
    assert names == [[name for name, _ in model.net_.callbacks_]] * SMALL["max_epochs"]


def test_partial_fit_calls_no_callback():
    recorder, y = Recorder(), targets(RNNClassifier, X)
    RNNClassifier(**SMALL).set_callbacks(recorder).partial_fit(X, y, classes=[0, 1])
    assert recorder.events == []


@pytest.mark.parametrize(
    "copied", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy, copy.copy, clone]
)
@pytest.mark.parametrize("fitted", [False, True])
def test_copies_keep_their_callbacks_and_fit_again(copied, fitted):
    monitor = sklearn_callback.ScoringMonitor(scoring="accuracy")
    model = RNNClassifier(**SMALL).set_callbacks(monitor)
    y = targets(RNNClassifier, X)
    if fitted:
        model.fit(X, y)
    again = copied(model)
    (its_monitor,) = again._skl_callbacks
    assert (its_monitor is monitor) == (copied in (copy.copy, clone))
    assert_same_model(again.fit(X, y), fit(RNNClassifier))
    assert len(its_monitor.get_logs(select="all")) == 1 + fitted


# --- scikit-learn's callbacks -------------------------------------------------------------------


@both
@stopping
def test_scoring_monitor_scores_each_epoch_on_the_training_data(estimator, early_stopping):
    name, score = ("accuracy", accuracy_score) if estimator is RNNClassifier else ("r2", r2_score)
    monitor, options = sklearn_callback.ScoringMonitor(scoring=name), {"lr": LOSS_RISES_AND_FALLS}
    model = fit(estimator, monitor, early_stopping=early_stopping, **options)
    of_fit, *of_epochs = [row[name] for row in monitor.get_logs().data]
    y = targets(estimator, X)
    expected = [
        fit(estimator, early_stopping=early_stopping, max_epochs=n, **options)
        for n in range(1, SMALL["max_epochs"] + 1)
    ]
    assert of_epochs == [score(y, shorter.predict(X)) for shorter in expected]
    assert of_fit == model.score(X, y)


def test_scoring_monitor_weighs_by_the_sample_weight():
    monitor = sklearn_callback.ScoringMonitor(scoring="neg_log_loss")
    model = fit(RNNClassifier, monitor, sample_weight=WEIGHT)
    y = targets(RNNClassifier, X)
    expected = -log_loss(y, model.predict_proba(X), sample_weight=WEIGHT)
    assert monitor.get_logs().data[0]["neg_log_loss"] == pytest.approx(expected, rel=1e-12)


@both
def test_scoring_monitor_scores_validation_data_through_its_own_scorer(estimator):
    y_val = targets(estimator, X_VAL)
    scoring = {
        "train": lambda model, X, y: model.score(X, y),
        "valid": lambda model, X, y: model.score(X_VAL, y_val),
    }
    monitor = sklearn_callback.ScoringMonitor(scoring=scoring)
    model = fit(estimator, monitor, early_stopping=True)
    rows = monitor.get_logs().data
    assert [row["task_name"] for row in rows] == ["fit"] + ["epoch"] * SMALL["max_epochs"]
    assert rows[0]["train"] == model.score(X, targets(estimator, X))
    assert rows[0]["valid"] == model.score(X_VAL, y_val)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_scoring_monitor_of_a_searched_pipeline_sees_every_fit(n_jobs):
    y = np.array(targets(RNNClassifier, X))
    monitor = sklearn_callback.ScoringMonitor(scoring="accuracy")
    pipeline = make_pipeline(StandardScaler(), RNNClassifier(**SMALL).set_callbacks(monitor))
    grid = {"rnnclassifier__cell": ["gru", "rnn_tanh"]}
    search = GridSearchCV(pipeline, grid, cv=KFold(2), n_jobs=n_jobs).fit(TABLE, y)
    rows = monitor.get_logs().data
    fits = [row for row in rows if row["task_name"] == "fit"]
    assert len(fits) == 5 and len(rows) == 5 * (1 + SMALL["max_epochs"])
    assert search.score(TABLE, y) in [row["accuracy"] for row in fits]


class Propagated(Recorder):
    """A callback that meta-estimators hand on to their sub-estimators."""

    max_propagation_depth = None


def test_callbacks_of_a_pipeline_reach_the_estimator_and_leave_it():
    y, recorder = targets(RNNClassifier, X), Propagated()
    pipeline = make_pipeline(StandardScaler(), RNNClassifier(**SMALL)).set_callbacks(recorder)
    pipeline.fit(TABLE, y)
    assert len(recorder.at("end")) == SMALL["max_epochs"]
    assert recorder.events[-1][0] == "teardown"
    assert vars(pipeline[-1]).keys() == vars(RNNClassifier(**SMALL).fit(TABLE, y)).keys()
    plain = make_pipeline(StandardScaler(), RNNClassifier(**SMALL)).fit(TABLE, y)
    np.testing.assert_equal(weights(pipeline[-1]), weights(plain[-1]))


def test_callbacks_of_a_search_reach_the_estimator_in_every_fit():
    recorder = Propagated()
    search = GridSearchCV(RNNClassifier(**SMALL), {"cell": ["gru", "rnn_tanh"]}, cv=KFold(2))
    search.set_callbacks(recorder).fit(X, targets(RNNClassifier, X))
    assert len(recorder.at("end")) == 5 * SMALL["max_epochs"]
    assert [name for name, *_ in recorder.events].count("setup") == 1


@pytest.fixture
def progress_bar():
    pytest.importorskip("rich", reason="scikit-learn draws its bars with rich")
    return sklearn_callback.ProgressBar()


def assert_all_bars_are_full(shown, n_bars):
    assert len(re.findall(r"RNN\w+ - fit.* 100%", shown)) >= n_bars
    last = shown.strip().splitlines()[-n_bars:]
    assert all("100%" in line for line in last)


@both
def test_progress_bar_is_full_after_a_fit_that_stopped_early(estimator, progress_bar, capsys):
    model = fit(
        estimator, progress_bar, early_stopping=True, max_epochs=99, n_iter_no_change=1, lr=0.3
    )
    assert model.n_iter_ < 99
    assert_all_bars_are_full(capsys.readouterr().out, 1)


def test_progress_bar_of_a_pipeline_shows_the_estimator(progress_bar, capsys):
    pipeline = make_pipeline(StandardScaler(), RNNRegressor(**SMALL)).set_callbacks(progress_bar)
    pipeline.fit(TABLE, TABLE[:, 0])
    shown = capsys.readouterr().out
    assert "Pipeline - fit" in shown
    assert_all_bars_are_full(shown, 1)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_progress_bar_of_a_search_shows_every_fit(n_jobs, progress_bar, capsys):
    grid = {"cell": ["gru", "rnn_tanh"]}
    search = GridSearchCV(RNNRegressor(**SMALL), grid, cv=KFold(2), n_jobs=n_jobs)
    search.set_callbacks(progress_bar).fit(TABLE, TABLE[:, 0])
    assert_all_bars_are_full(capsys.readouterr().out, 5)
