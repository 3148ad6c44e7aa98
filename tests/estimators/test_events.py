"""Event logs: categories, static columns, times and ids; and texts with static columns."""

import copy
import pickle
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_rnn import RNNClassifier, RNNRegressor, Sequences
from sklearn_rnn.datasets import make_customer_events
from sklearn_rnn.nn import POOLINGS
from sklearn_rnn.preprocessing import TokenEncoder, WordTokenizer

SMALL = {
    "hidden_size": 8,
    "max_epochs": 2,
    "batch_size": 8,
    "lr": 0.02,
    "dropout": 0.1,
    "token_dropout": 0.1,
    "early_stopping": False,
    "random_state": 0,
}
N = 20

both = pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])
both_forms = pytest.mark.parametrize("missing", ["error", "mask"])


@cache
def tables(gaps=False):
    """Events of customers, with or without missing values, and who of them churned."""
    events, churned = make_customer_events(N, mean_events=5, random_state=0)
    events = events.astype({"channel": str})
    if gaps:
        some = np.random.default_rng(1)
        events["amount"] = events["amount"].mask(some.random(len(events)) < 0.4)
        events["channel"] = events["channel"].mask(some.random(len(events)) < 0.2)
        old = events["customer"].isin(events["customer"].unique()[:4])
        events["age"] = events["age"].mask(old)
        events["region"] = events["region"].mask(old)
    return events, churned


def read(events, **options):
    names = {"id_col": "customer", "time_col": "when", "static": ["age", "region"]}
    return Sequences.from_frame(events, **(names | options))


@cache
def log(gaps=False):
    return read(tables(gaps)[0])


@cache
def target():
    """The churned customers in the order of the sequences."""
    return log().align(tables()[1]).to_numpy()


def make(estimator=RNNClassifier, **parameters):
    return estimator(**(SMALL | parameters))


@cache
def _fitted(estimator, missing):
    return make(estimator, missing=missing).fit(log(missing == "mask"), target())


def fitted(estimator=RNNClassifier, missing="mask"):
    """A model that the test may spoil."""
    return copy.deepcopy(_fitted(estimator, missing))


def outputs(model, X):
    """All that a model says about X: its predictions, then its states."""
    predict = getattr(model, "predict_proba", model.predict)
    return np.column_stack([predict(X), model.transform(X)])


def weights(model):
    return {name: weight.numpy() for name, weight in model.module_.state_dict().items()}


def assert_same_weights(model, expected):
    actual, expected = weights(model), weights(expected)
    assert actual.keys() == expected.keys()
    for name, weight in actual.items():
        np.testing.assert_array_equal(weight, expected[name], err_msg=name)


def assert_close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-6)


# --- what a prediction depends on ---------------------------------------------------------------


@pytest.mark.parametrize("bidirectional", [False, True], ids=["one-way", "both"])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
@both_forms
def test_prediction_does_not_depend_on_the_rest_of_the_batch(missing, cell, pooling, bidirectional):
    X = log(missing == "mask")
    model = make(missing=missing, cell=cell, pooling=pooling, bidirectional=bidirectional)
    model.set_params(max_epochs=1).fit(X, target())
    alone = np.concatenate([outputs(model, X[[i]]) for i in range(N)])
    assert np.ptp(alone, axis=0).max() > 1e-3
    order = np.random.default_rng(1).permutation(N)
    events, _ = tables(missing == "mask")
    long_mate = read(events.assign(customer="all", age=33, region="east"))

    assert_close(outputs(model, X), alone)
    assert_close(outputs(model, X[order]), alone[order])
    assert_close(outputs(model, Sequences.concat([X, long_mate]))[:-1], alone)


@both_forms
@both
def test_prediction_does_not_depend_on_the_order_of_the_events_in_the_frame(estimator, missing):
    events, _ = tables(missing == "mask")
    model = _fitted(estimator, missing)
    shuffled = read(events.sample(frac=1, random_state=3))
    np.testing.assert_array_equal(outputs(model, shuffled), outputs(model, log(missing == "mask")))


@pytest.mark.parametrize("column", ["channel", "item", "amount", "age", "region"])
@both
def test_every_column_can_matter(estimator, column):
    events, _ = tables()
    first = ~events.sort_values("when").duplicated("customer")
    chosen = np.ones(len(events), bool) if column in ("age", "region") else first
    new = {"channel": "phone", "item": "kettle", "amount": 1000.0, "age": 99, "region": "south"}
    other = events.assign(**{column: events[column].where(~chosen, new[column])})
    model = _fitted(estimator, "error")
    changed = np.abs(outputs(model, read(other)) - outputs(model, log())).max(axis=1) > 1e-6
    assert changed.mean() > 0.5


@pytest.mark.parametrize("early_stopping", [False, True])
@both_forms
def test_memory_mapped_steps_are_those_in_memory(missing, early_stopping, tmp_path):
    X = log(missing == "mask")
    np.save(tmp_path / "values.npy", X.values)
    mapped = X.with_values(np.load(tmp_path / "values.npy", mmap_mode="r"))
    model = make(missing=missing, early_stopping=early_stopping)
    weight = np.arange(N) % 5 / 4
    model.fit(X, target(), sample_weight=weight)
    of_file = clone(model).fit(mapped, target(), sample_weight=weight)
    assert_same_weights(of_file, model)
    for data in (X, mapped):
        np.testing.assert_array_equal(outputs(of_file, data), outputs(model, X))


@both_forms
@both
def test_same_random_state_gives_the_same_model(estimator, missing):
    again = make(estimator, missing=missing).fit(log(missing == "mask"), target())
    assert_same_weights(again, _fitted(estimator, missing))
    other = make(estimator, missing=missing, random_state=1).fit(log(missing == "mask"), target())
    assert not np.array_equal(outputs(other, log()), outputs(_fitted(estimator, missing), log()))


@both_forms
@both
def test_a_weight_of_zero_is_as_if_the_sequence_was_not_there(estimator, missing):
    X, y = log(missing == "mask"), target()
    weight = (np.arange(N) % 4 > 0).astype(float)
    X = X.with_columns(static=X.static * np.where(weight, 1, 1e6)[:, None])
    values, times = X.values.copy(), X.times.copy()
    out = np.repeat(weight == 0, X.lengths)
    values[out] *= 1e6
    values[out, 1] = np.nan if missing == "mask" else 0  # else no gap is missing
    times[out] *= 3
    X = X.with_values(values).with_columns(times=times)
    rows = np.flatnonzero(weight)

    weighted = make(estimator, missing=missing).fit(X, y, sample_weight=weight)
    without = make(estimator, missing=missing).fit(X[rows], y[rows])

    assert_same_weights(weighted, without)
    np.testing.assert_array_equal(outputs(weighted, X[rows]), outputs(without, X[rows]))
    assert weighted.count_unknown(X) == without.count_unknown(X) != without.count_unknown(X[rows])


@both
def test_input_is_not_changed(estimator):
    X = copy.deepcopy(log(gaps=True))
    for name in ("values", "codes", "times", "static", "static_codes"):
        getattr(X, name).flags.writeable = False
    outputs(make(estimator, missing="mask").fit(X, target()).partial_fit(X, target()), X)
    for name, value in vars(log(gaps=True)).items():
        np.testing.assert_equal(getattr(X, name), value)


# --- categories ---------------------------------------------------------------------------------


def test_label_that_only_categories_tell_is_learned():
    rng = np.random.default_rng(0)
    kinds = rng.choice(["a", "b", "c"], size=(60, 4))
    y = (kinds == "a").sum(axis=1) > 1
    events = pd.DataFrame({"id": np.repeat(np.arange(60), 4), "kind": kinds.ravel()})
    X = Sequences.from_frame(events, id_col="id")
    model = make(max_epochs=20, token_dropout=0.0).fit(X, y)
    assert X.values.shape == (240, 0)
    assert model.score(X, y) > 0.9


def other_channel(name):
    events, _ = tables()
    return read(events.assign(channel=events["channel"].replace("web", name)))


@both
def test_unknown_category_is_the_unknown_one_whatever_it_is_called(estimator):
    model = _fitted(estimator, "error")
    expected = outputs(model, other_channel("pigeon"))
    np.testing.assert_array_equal(outputs(model, other_channel("telegram")), expected)
    assert not np.allclose(outputs(model, log()), expected)


def test_unknown_category_has_the_vector_of_the_unknown_id():
    model = fitted(missing="error")
    expected = outputs(model, other_channel("pigeon"))
    table = model.module_.body.input.categories.tables[0]
    (known,) = [i for name, i in model._columns.ids["codes"][0].items() if name == "web"]
    table.data[known] = table.data[1]
    np.testing.assert_array_equal(outputs(model, log()), expected)


def test_unknown_categories_are_counted_by_column():
    events, _ = tables()
    model = _fitted(RNNClassifier, "error")
    nothing = {"channel": 0, "item": 0, "region": 0}
    assert model.count_unknown(log()) == nothing
    n_web = int((events["channel"] == "web").sum())
    assert model.count_unknown(other_channel("pigeon")) == nothing | {"channel": n_web}
    n_east = events.loc[events["region"] == "east", "customer"].nunique()
    moved = read(events.assign(region=events["region"].replace("east", "moon")))
    assert model.count_unknown(moved) == nothing | {"region": n_east}


def test_unknown_tokens_are_counted_beside_static_columns():
    model = make().fit(reviews(), [0, 1] * 6)
    new = Sequences.with_static(["a quite good film"], {"stars": [1.0], "country": ["XX"]})
    assert model.count_unknown(reviews()) == {"country": 0, "tokens": 0}
    assert model.count_unknown(new) == {"country": 1, "tokens": 1}
    ids = make(embedding_dim=3).fit([[2, 3], [4]] * 3, [0, 1] * 3)
    assert ids.count_unknown([[2, 9, 1], [7]]) == {"tokens": 3}
    numbers = make().fit([[2.0, 3], [4]] * 3, [0, 1] * 3)
    assert numbers.count_unknown([[2.0, 9]]) == {}


@both
def test_order_of_the_categories_does_not_matter(estimator):
    X, rng = log(), np.random.default_rng(2)
    codes, categories = [], []
    for column, names in zip(X.codes.T, X.categories, strict=True):
        order = rng.permutation(len(names))
        codes.append(np.argsort(order)[column])
        categories.append((*(names[i] for i in order), "never seen"))
    recoded = X.with_columns(codes=np.stack(codes, axis=1), categories=tuple(categories))
    model = _fitted(estimator, "error")
    np.testing.assert_array_equal(outputs(model, recoded), outputs(model, X))
    assert_same_weights(make(estimator).fit(recoded, target()), model)


def numbered(values, **options):
    frame = pd.DataFrame({"id": np.arange(len(values)), "kind": pd.Series(values, **options)})
    return Sequences.from_frame(frame, id_col="id", categorical=["kind"])


def test_numbers_are_the_same_categories_in_every_type():
    values, y = [1, 2, 3, 2] * 3, [0, 1, 0, 1] * 3
    model = make().fit(numbered(values), y)
    expected = outputs(model, numbered(values))
    for dtype in ("int8", "float64", "object", "Int64", "category"):
        X = numbered(values, dtype=dtype)
        np.testing.assert_array_equal(outputs(model, X), expected)
        assert_same_weights(make().fit(X, y), model)


def test_text_in_the_place_of_numbers_is_refused():
    y = [0, 1, 0, 1]
    model = make().fit(numbered([1, 2, 3, 2]), y)
    with pytest.raises(ValueError, match="column 'kind' are str .* fit saw int .*convert the col"):
        model.predict(numbered(["1", "2", "3", "2"]))
    model = make().fit(numbered(["1", "2", "3", "2"]), y)
    with pytest.raises(ValueError, match="column 'kind' are int .* fit saw str"):
        model.predict(numbered([1, 2, 3, 2]))


def test_missing_category_is_a_category_of_its_own():
    values, y = ["a", None, "b", None] * 3, [0, 1, 0, 1] * 3
    model = make(max_epochs=30, token_dropout=0.0).fit(numbered(values), y)
    assert model.score(numbered(values), y) == 1
    assert model.count_unknown(numbered(values)) == {"kind": 0}
    expected = outputs(model, numbered(values))
    for nothing in (np.nan, pd.NA):
        X = numbered([nothing if value is None else value for value in values], dtype=object)
        np.testing.assert_array_equal(outputs(model, X), expected)
    complete = make().fit(numbered(["a", "b"] * 6), y)
    assert complete.count_unknown(numbered(values)) == {"kind": 6}


def test_embedding_dim_is_the_width_of_every_category():
    X = log()
    for dim in (1, 5):
        body = make(embedding_dim=dim).fit(X, target()).module_.body
        tables = [*body.input.categories.tables, *body.static.categories.tables]
        assert [table.shape[1] for table in tables] == [dim] * 3
        assert body.recurrent.layers[0] is not None
    sizes = [len(names) + 2 for names in (*X.categories, *X.static_categories)]
    assert [table.shape[0] for table in tables] == sizes


@both_forms
@both
def test_log_without_a_number(estimator, missing):
    events, _ = tables()
    X = read(events, numeric=[], static=None, time_gaps=False)
    assert X.values.shape == (len(events), 0)
    model = make(estimator, missing=missing).fit(X, target())
    alone = np.concatenate([outputs(model, X[[i]]) for i in range(N)])
    assert_close(outputs(model, X), alone)
    assert np.ptp(alone, axis=0).max() > 1e-3
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(outputs(twin, X), outputs(model, X))
    with pytest.raises(ValueError, match="numeric|features"):
        model.predict(read(events, numeric=[], static=None))
    with pytest.raises(ValueError, match="features"):
        model.predict(X.with_values(np.zeros((len(events), 1))))


# --- inside scikit-learn ------------------------------------------------------------------------


def test_cross_val_score_is_that_of_a_fit_by_hand():
    X, y = log(gaps=True), log().align(tables()[1])
    model = make(missing="mask", max_epochs=1)
    scores = cross_val_score(model, X, y, cv=KFold(3), error_score="raise")
    for score, (train, test) in zip(scores, KFold(3).split(target()), strict=True):
        by_hand = clone(model).fit(X[train], target()[train])
        assert score == by_hand.score(X[test], target()[test])
    assert cross_val_predict(model, X, y, cv=3).shape == (N,)


def test_labels_in_another_order_than_the_ids_end_a_cross_validation():
    X, y = log(), tables()[1]
    assert y.index.tolist() != X.ids.tolist()
    with pytest.raises(ValueError, match=r"id 'c\d+' .*has no row in the y.*give it X\.align\(y\)"):
        cross_val_score(make(max_epochs=1), X, y, cv=KFold(3), error_score="raise")


def test_grid_search_over_what_is_missing():
    X, y = log(gaps=True), log().align(tables()[1])
    grid = {"missing": ["mask"], "embedding_dim": [1, "auto"]}
    search = GridSearchCV(make(max_epochs=1), grid, cv=2, error_score="raise").fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert_same_weights(
        search.best_estimator_, make(max_epochs=1).set_params(**search.best_params_).fit(X, y)
    )


def test_categories_that_a_fold_lacks_do_not_stop_it():
    X = numbered([f"kind {i}" for i in range(12)])
    scores = cross_val_score(make(), X, [0, 1] * 6, cv=3, error_score="raise")
    assert np.isfinite(scores).all()


# --- labels by id -------------------------------------------------------------------------------


def shuffled(values):
    """A Series by id, in another order and with a row too many."""
    by_id = pd.Series(values, index=log().ids)
    other = pd.Series(values[:1], index=["nobody"])
    return pd.concat([by_id.sample(frac=1, random_state=5), other])


@both
def test_labels_and_weights_in_another_order_are_the_same(estimator):
    X, y, weight = log(), target(), np.linspace(0, 2, N)
    X_val, y_val = X[:6], y[:6]
    options = {"early_stopping": True, "max_epochs": 2}
    model = make(estimator, **options).fit(X, y, weight, X_val=X_val, y_val=y_val)
    by_id = make(estimator, **options)
    by_id.fit(X, shuffled(y), shuffled(weight), X_val=X_val, y_val=shuffled(y))
    assert_same_weights(by_id, model)
    assert [r["valid_loss"] for r in by_id.history_] == [r["valid_loss"] for r in model.history_]

    model.partial_fit(X, y, sample_weight=weight)
    by_id.partial_fit(X, shuffled(y), sample_weight=shuffled(weight))
    assert_same_weights(by_id, model)

    assert by_id.score(X, shuffled(y)) == model.score(X, y)
    weighted = by_id.score(X, shuffled(y), sample_weight=shuffled(weight))
    assert weighted == model.score(X, y, sample_weight=weight) != model.score(X, y)


def test_first_partial_fit_takes_labels_by_id():
    options = {"classes": [0, 1]}
    by_id = make().partial_fit(log(), shuffled(target()), **options)
    assert_same_weights(by_id, make().partial_fit(log(), target(), **options))


@both
def test_labels_of_several_columns_are_aligned_too(estimator):
    y = np.column_stack([target(), 1 - target()])
    frame = pd.DataFrame(y, index=log().ids).sample(frac=1, random_state=5)
    model, by_id = make(estimator).fit(log(), y), make(estimator).fit(log(), frame)
    assert_same_weights(by_id, model)
    np.testing.assert_allclose(by_id.predict(log()), model.predict(log()), rtol=1e-12)
    assert by_id.score(log(), frame) == pytest.approx(model.score(log(), y), rel=1e-12)


@both
def test_labels_that_are_no_series_go_by_position(estimator):
    for y in (target().tolist(), target(), tuple(target())):
        assert_same_weights(make(estimator).fit(log(), y), _fitted(estimator, "error"))


WRONG_IDS = {
    "missing": (lambda y: y.drop("c0003"), "id 'c0003' .*has no row in the {}"),
    "repeated": (lambda y: pd.concat([y, y[["c0003"]]]), "id 'c0003' occurs more than once .*{}"),
    "row numbers": (lambda y: y.reset_index(drop=True), "the {} counts the rows .*{}.to_numpy"),
}


@pytest.mark.parametrize("spoil, facts", WRONG_IDS.values(), ids=WRONG_IDS)
@both
def test_ids_without_one_label_are_named(estimator, spoil, facts):
    X, y = log(), pd.Series(target(), index=log().ids)
    weight = pd.Series(1.0, index=X.ids)
    model = fitted(estimator, "error")
    calls = {
        "y": [
            lambda: make(estimator).fit(X, spoil(y)),
            lambda: make(estimator).partial_fit(X, spoil(y)),
            lambda: model.partial_fit(X, spoil(y)),
            lambda: model.score(X, spoil(y)),
            lambda: make(estimator).fit(X, y, X_val=X, y_val=spoil(y)),
        ],
        "sample_weight": [
            lambda: make(estimator).fit(X, y, sample_weight=spoil(weight)),
            lambda: model.partial_fit(X, y, sample_weight=spoil(weight)),
            lambda: model.score(X, y, sample_weight=spoil(weight)),
        ],
    }
    for what, of_what in calls.items():
        for call in of_what:
            with pytest.raises(ValueError, match=facts.format(what, what)):
                call()
    np.testing.assert_array_equal(outputs(model, X), outputs(_fitted(estimator, "error"), X))


# --- columns that are not those of fit ----------------------------------------------------------


def renamed(**names):
    events, _ = tables()
    options = {"static": [names.get(name, name) for name in ("age", "region")]}
    return read(events.rename(columns=names), **options)


OTHER_COLUMNS = {
    "no category": (
        lambda: read(tables()[0].drop(columns="item")),
        r"categorical columns \['channel'\], but fit saw \['channel', 'item'\]",
    ),
    "no static number": (
        lambda: read(tables()[0].drop(columns="age"), static=["region"]),
        r"static numeric columns \[\], but fit saw \['age'\]",
    ),
    "no static category": (
        lambda: read(tables()[0].drop(columns="region"), static=["age"]),
        r"static categorical columns \[\], but fit saw \['region'\]",
    ),
    "no number": (
        lambda: read(tables()[0].drop(columns="amount")),
        r"numeric columns \['log_gap'\], but fit saw \['amount', 'log_gap'\]",
    ),
    "no gaps": (
        lambda: read(tables()[0], time_gaps=False),
        r"numeric columns \['amount'\], but fit saw \['amount', 'log_gap'\]",
    ),
    "a number more": (
        lambda: read(tables()[0].assign(price=1.0)),
        r"numeric columns \['amount', 'price', 'log_gap'\], but fit saw \['amount', 'log_gap'\]",
    ),
    "another category": (
        lambda: renamed(item="article"),
        r"categorical columns \['channel', 'article'\], but fit saw \['channel', 'item'\]",
    ),
    "another number": (
        lambda: renamed(amount="price"),
        r"numeric columns \['price', 'log_gap'\], but fit saw \['amount', 'log_gap'\]",
    ),
    "another static number": (
        lambda: renamed(age="years"),
        r"static numeric columns \['years'\], but fit saw \['age'\]",
    ),
    "categories in another order": (
        lambda: read(tables()[0], categorical=["item", "channel"]),
        r"categorical columns \['item', 'channel'\], but fit saw \['channel', 'item'\].*same order",
    ),
    "no columns at all": (
        lambda: [np.zeros((3, 2))] * N,
        r"the categorical columns \[\], but fit saw \['channel', 'item'\]",
    ),
    "a table": (lambda: np.zeros((N, 3)), "expecting 2 features"),
    "texts": (lambda: ["a text"] * N, "fitted on sequences of numbers"),
    "encoded texts": (
        lambda: TokenEncoder().fit_transform(["a text"] * N),
        "ids of a vocabulary, but fit saw numbers",
    ),
}


@pytest.mark.parametrize("other, facts", OTHER_COLUMNS.values(), ids=OTHER_COLUMNS)
@both
def test_columns_have_to_be_those_of_fit(estimator, other, facts):
    X, model = other(), fitted(estimator, "error").set_params(warm_start=True)
    calls = [
        lambda: model.predict(X),
        lambda: model.transform(X),
        lambda: model.count_unknown(X),
        lambda: model.partial_fit(X, target()),
        lambda: model.fit(X, target()),
        lambda: make(estimator).fit(log(), target(), X_val=X, y_val=target()),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=facts):
            call()
    np.testing.assert_array_equal(
        outputs(model, log()), outputs(_fitted(estimator, "error"), log())
    )


def test_columns_beside_sequences_that_fit_saw_without_are_refused():
    bare = [np.zeros((2, 2))] * N
    model = make().fit(bare, target())
    with pytest.raises(ValueError, match=r"categorical columns \['channel', 'item'\], but fit saw"):
        model.predict(log())
    with_age = Sequences.with_static(bare, {"age": np.arange(N)})
    with pytest.raises(ValueError, match=r"static numeric columns \['age'\], but fit saw \[\]"):
        model.predict(with_age)
    texts = make().fit(list(reviews()), [0, 1] * 6)
    with pytest.raises(ValueError, match=r"static numeric columns \['stars'\], but fit saw \[\]"):
        texts.predict(reviews())
    with pytest.raises(ValueError, match=r"static numeric columns \[\], but fit saw \['stars'\]"):
        make().fit(reviews(), [0, 1] * 6).predict(list(reviews()))


def test_ids_and_an_event_log_are_told_apart():
    ids = make(embedding_dim=3).fit([[2, 3], [4, 5, 2]] * 4, [0, 1] * 4)
    X = numbered([1, 2, 3])
    with pytest.raises(ValueError, match="X has 0 features, but .* expecting 1"):
        ids.predict(X)
    with_number = X.with_values(np.ones((3, 1)))
    with pytest.raises(ValueError, match=r"categorical columns \['kind'\], but fit saw \[\]"):
        ids.predict(with_number)
    model = make(embedding_dim=3).fit(X, [0, 1, 0])
    with pytest.raises(ValueError, match="features|columns|ids"):
        model.predict([[2, 3], [4, 5, 2]])


def test_columns_without_names_go_by_their_number():
    X = log().with_columns(names=None)
    model = make().fit(X, target())
    np.testing.assert_array_equal(model.predict_proba(X), _predicted())
    counts = model.count_unknown(X)
    assert set(counts) == {"codes0", "codes1", "static_codes0"}
    with pytest.raises(ValueError, match=r"columns \['codes0'\], but fit saw \['codes0', 'codes1"):
        model.predict(X.with_columns(codes=X.codes[:, :1], categories=X.categories[:1]))


def _predicted():
    return _fitted(RNNClassifier, "error").predict_proba(log())


# --- texts with static columns ------------------------------------------------------------------

TEXTS = ["a good film", "great fun", "a bad film", "no fun at all"] * 3


def reviews():
    about = pd.DataFrame({"stars": np.arange(12) % 5, "country": ["NO", "PE", "IS"] * 4})
    return Sequences.with_static(TEXTS, about)


@both
def test_texts_with_static_columns(estimator):
    X, y = reviews(), np.array([0, 1] * 6)
    model = make(estimator).fit(X, y)
    alone = np.concatenate([outputs(model, X[[i]]) for i in range(12)])
    assert_close(outputs(model, X), alone)
    scores = cross_val_score(make(estimator), X, y, cv=KFold(3), error_score="raise")
    train, test = next(KFold(3).split(y))
    assert scores[0] == make(estimator).fit(X[train], y[train]).score(X[test], y[test])
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(outputs(twin, X), outputs(model, X))


def test_text_pipeline_carries_static_columns_along():
    X, y = reviews(), [0, 1] * 6
    piped = make_pipeline(WordTokenizer(), TokenEncoder(), make()).fit(X, y)
    direct = make(encoder=TokenEncoder(analyzer="word")).fit(X, y)
    assert_same_weights(piped[-1], direct)
    np.testing.assert_array_equal(piped.predict_proba(X), direct.predict_proba(X))
    grid = {"tokenencoder__min_count": [1, 2]}
    search = GridSearchCV(piped, grid, cv=2, error_score="raise").fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_encoder_that_drops_static_columns_does_not_lose_them():
    X, y = reviews(), [0, 1] * 6
    plain = make_pipeline(FunctionTransformer(list), TokenEncoder())
    model = make(encoder=plain).fit(X, y)
    assert_same_weights(model, make().fit(X, y))
    np.testing.assert_array_equal(outputs(model, X), outputs(make().fit(X, y), X))


@pytest.mark.parametrize("kind", ["static", "static_codes"])
def test_label_that_only_static_columns_tell_is_learned(kind):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60)
    column = y + rng.normal(size=60) / 5 if kind == "static" else np.array(["no", "yes"])[y]
    X = Sequences.with_static(rng.choice(TEXTS, 60).tolist(), {"about": column})
    model = make(max_epochs=25, token_dropout=0.0).fit(X[:40], y[:40])
    assert model.score(X[40:], y[40:]) > 0.9
    lists = [rng.normal(size=(2 + i % 3, 1)) for i in range(60)]
    X = Sequences.with_static(lists, {"about": column})
    model = make(max_epochs=25, token_dropout=0.0).fit(X[:40], y[:40])
    assert model.score(X[40:], y[40:]) > 0.9


def test_scale_of_a_static_column_does_not_matter():
    X, y = reviews(), [0, 1] * 6
    other = X[:]
    other.static = 1e6 + 1000 * X.static
    first, second = make().fit(X, y), make().fit(other, y)
    assert_close(outputs(first, X), outputs(second, other))


def test_ids_of_texts_align_labels():
    texts = pd.Series(TEXTS, index=[f"review {i}" for i in range(12)])
    about = pd.DataFrame({"stars": np.arange(12)}, index=texts.index)
    X, y = Sequences.with_static(texts, about), pd.Series([0, 1] * 6, index=texts.index)
    by_id = make().fit(X, y.sample(frac=1, random_state=2))
    assert_same_weights(by_id, make().fit(X, y.to_numpy()))
    with pytest.raises(ValueError, match="id 'review 3' .*no row in the y"):
        make().fit(X, y.drop("review 3"))


@both
def test_recordings_with_static_columns(estimator):
    rng = np.random.default_rng(0)
    steps = [rng.normal(size=(2 + i % 3, 2)) for i in range(12)]
    X, y = Sequences.with_static(steps, rng.normal(size=(12, 2))), rng.integers(0, 2, 12)
    model = make(estimator).fit(X, y)
    alone = np.concatenate([outputs(model, X[[i]]) for i in range(12)])
    assert_close(outputs(model, X), alone)
    cube = Sequences.with_static(np.stack([x[:2] for x in steps]), rng.normal(size=(12, 2)))
    assert outputs(make(estimator).fit(cube, y), cube).shape[0] == 12


# --- copies, going on, states -------------------------------------------------------------------


@both_forms
@both
def test_copies_are_bit_equal_and_can_go_on(estimator, missing):
    X, model = log(missing == "mask"), _fitted(estimator, missing)
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(outputs(twin, X), outputs(model, X))
        assert repr(twin) == repr(model)
        twin.partial_fit(X, target())
        assert not np.array_equal(outputs(twin, X), outputs(model, X))


@both
def test_columns_of_the_first_call_hold(estimator):
    X, y = log(), target()
    options = {"classes": [0, 1]} if estimator is RNNClassifier else {}
    model = make(estimator).partial_fit(X[:10], y[:10], **options)
    before = model._columns.ids, model._static_scaler, model._scaler
    model.partial_fit(X[10:], y[10:])
    assert (model._columns.ids, model._static_scaler, model._scaler) == before
    assert sum(model.count_unknown(X).values()) > 0
    assert np.isfinite(outputs(model, X)).all()


NO_STATIC = {"static": None, "static_codes": None, "static_categories": None}


@both
def test_width_of_the_states_is_known(estimator):
    for X, y in ((log(), target()), (reviews(), [0, 1] * 6)):
        for convolution in (None, "branch"):
            model = make(estimator, convolution=convolution, max_epochs=1).fit(X, y)
            states = model.transform(X)
            assert states.shape == (len(X), len(model.get_feature_names_out()))
            without = list(X) if X is not log() else X.with_columns(**NO_STATIC)
            assert clone(model).fit(without, y).transform(without).shape[1] < states.shape[1]


def test_event_log_in_numpy_alone():
    X = Sequences(
        values=np.zeros((4, 1)), offsets=[0, 1, 4], codes=np.array([[5], [7], [5], [900]])
    )
    model = make().fit(X, [0, 1])
    assert model.count_unknown(X) == {"codes0": 0}
    other = X.with_columns(codes=np.array([[5], [7], [5], [6]]))
    assert model.count_unknown(other) == {"codes0": 1}
