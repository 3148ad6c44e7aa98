"""TreeRNNClassifier: classes of trees and of their nodes."""

import copy
import pickle
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from skorch.callbacks import Callback

from sklearn_rnn import TreeRNNClassifier, load
from sklearn_rnn.data import Trees, parse_tree
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.preprocessing import TokenEncoder, WordEmbedder

SMALL = {"hidden_size": 8, "embedding_dim": 6, "max_epochs": 3, "batch_size": 8, "random_state": 0}
PLAIN = {"dropout": 0.0, "token_dropout": 0.0, "lr": 1e-30, "weight_decay": 0.0, "max_epochs": 1}


def formulas(n=60, seed=0):
    """Formulas of "and", "or" and "not" as nested tuples, and whether they hold."""
    rng = np.random.default_rng(seed)

    def make(depth):
        if depth == 0 or rng.random() < 0.2:
            value = int(rng.integers(2))
            return str(value), bool(value)
        kind = str(rng.choice(["and", "or", "not"]))
        operands = [make(depth - 1) for _ in range(1 if kind == "not" else rng.integers(2, 4))]
        values = [value for _, value in operands]
        value = {"and": all, "or": any, "not": lambda v: not v[0]}[kind](values)
        return (kind, *(tree for tree, _ in operands)), value

    made = [make(3) for _ in range(n)]
    return [tree for tree, _ in made], np.array([value for _, value in made])


X, Y = formulas()
LABELLED = ["(good (so not) (bad bad))", "(bad bad)", "(good good)", "(bad (so not) (good good))"]
LABELLED = [*LABELLED, "(so (so so) (so film))"] * 4


def make(**parameters):
    return TreeRNNClassifier(**SMALL | parameters)


@cache
def fitted(**parameters):
    return make(**parameters).fit(X, Y)


@cache
def learned():
    """A model that knows formulas well."""
    trees, y = formulas(300, seed=1)
    return make(hidden_size=12, max_epochs=12, lr=0.03, dropout=0.0).fit(trees, y)


def weights(model):
    return {name: w.numpy().tobytes() for name, w in model.module_.state_dict().items()}


def parts_of(tree):
    """A nested tuple and all the parts it has, each before its own parts."""
    found = [tree]
    for part in tree[1:] if isinstance(tree, tuple) else ():
        found.extend(parts_of(part))
    return found


# --- what is learned ----------------------------------------------------------------------------


def test_formulas_are_evaluated_beyond_those_of_fit():
    trees, y = formulas(200, seed=2)
    assert learned().score(trees, y) > 0.95


def test_order_of_operands_is_learned_by_places_alone():
    trees = [("f", a, b) for a in range(4) for b in range(4)] * 6
    y = [first for _, first, _ in trees]
    accuracy = {
        cell: make(cell=cell, max_epochs=12, lr=0.03, dropout=0.0).fit(trees, y).score(trees, y)
        for cell in ("child_sum", "n_ary")
    }
    assert accuracy["n_ary"] == 1
    assert accuracy["child_sum"] <= 10 / 16  # it cannot tell (a, b) from (b, a)


def test_a_node_is_classified_as_its_part_alone():
    trees = X[:10]
    of_nodes, of_probabilities = learned().predict_nodes(trees), learned().predict_node_proba(trees)
    for tree, labels, proba in zip(trees, of_nodes, of_probabilities, strict=True):
        parts = parts_of(tree)
        assert labels == learned().predict(parts).tolist()
        np.testing.assert_allclose(proba, learned().predict_proba(parts), rtol=0, atol=1e-12)


def test_labels_in_the_trees_are_learned_at_every_node():
    model = make(max_epochs=25, lr=0.02).fit(LABELLED)
    assert model.first_ == "label"
    assert model.classes_.tolist() == ["bad", "good", "so"]
    assert model.score(LABELLED) == 1
    assert model.predict_nodes(["(? (? not) (? good))"])[0] == ["bad", "so", "good"]
    assert model.predict(["(? good)", "(? bad)"]).tolist() == ["good", "bad"]


def test_labels_of_nodes_may_be_given_or_stand_in_the_trees():
    trees = Trees.from_brackets(LABELLED, first="label")
    y = [row.tolist() for row in np.split(trees.labels, trees.offsets[1:-1])]
    bare = Trees(parents=trees.parents, offsets=trees.offsets, tokens=trees.tokens)
    in_trees = make().fit(LABELLED)
    assert weights(in_trees) == weights(make().fit(trees)) == weights(make().fit(bare, y))
    assert in_trees.score(LABELLED) == in_trees.score(bare, y)


def test_dependency_trees_are_classified():
    words, heads = [["dogs", "bark"], ["bark", "dogs"], ["dogs"]] * 8, [[2, 0], [0, 1], [0]] * 8
    y = ["verb", "verb", "noun"] * 8
    model = make(max_epochs=20, lr=0.02).fit(Trees.from_heads(words, heads), y)
    assert model.predict([("bark", "dogs"), "dogs"]).tolist() == ["verb", "noun"]


# --- the loss -----------------------------------------------------------------------------------


def test_loss_of_roots_is_their_mean_surprise():
    model = make(**PLAIN).fit(X, Y)
    surprise = -model.predict_log_proba(X)[np.arange(len(X)), Y.astype(int)]
    assert model.history_[0]["train_loss"] == pytest.approx(surprise.mean(), rel=1e-5)


@pytest.mark.parametrize("class_weight", [None, {"so": 0.5, "good": 3}, "balanced"], ids=str)
def test_loss_of_nodes_is_the_mean_surprise_at_those_with_a_label(class_weight):
    trees = [*LABELLED, "( (bad bad) (so film))", "(good film fun)"]
    model = make(**PLAIN, batch_size=4, class_weight=class_weight).fit(trees)
    parsed = Trees.from_brackets(trees, first="label")
    labels, proba = parsed.labels, np.concatenate(model.predict_node_proba(trees))
    has_label = np.array([label is not None for label in labels])
    assert (has_label.sum(), len(has_label)) == (len(labels) - 3, len(labels))
    classes = np.searchsorted(model.classes_, labels[has_label].astype(str))
    surprise = -np.log(proba[has_label][np.arange(len(classes)), classes])
    if class_weight == "balanced":
        weight = len(classes) / (3 * np.bincount(classes))
    else:
        weight = np.array([(class_weight or {}).get(name, 1) for name in model.classes_])
    expected = np.average(surprise, weights=weight[classes])
    assert model.history_[0]["train_loss"] == pytest.approx(expected, rel=1e-5)


def test_validation_measures_loss_and_accuracy_of_what_is_labelled():
    for parts in ((X, Y), (LABELLED,)):
        model = make(max_epochs=1).fit(*parts, X_val=parts[0], y_val=(*parts, None)[1])
        assert model.early_stopping_
        assert model.history_[0]["valid_accuracy"] == pytest.approx(model.score(*parts))


@pytest.mark.parametrize("labelled", [(0, 1), (2, 5, 9)], ids=str)
def test_early_stopping_validates_on_trees_with_labels(labelled):
    y = [[None] * n for n in Trees.from_nested(X[:12]).lengths]
    for i in labelled:
        y[i] = [i % 2] * len(y[i])
    for seed in range(4):
        model = make(early_stopping=True, max_epochs=1, random_state=seed).fit(X[:12], y)
        assert np.isfinite([model.history_[0][name] for name in ("train_loss", "valid_loss")]).all()


def test_one_tree_with_labels_is_not_enough_to_validate_on():
    y = [[None] * n for n in Trees.from_nested(X[:12]).lengths]
    y[3] = [1] * len(y[3])
    y[3][0] = 0
    with pytest.raises(ValueError, match="1 of 12 trees has a label.*early_stopping=False"):
        make(early_stopping=True).fit(X[:12], y)
    model = make(max_epochs=1, warm_start=True).fit(X[:12], y)
    with pytest.raises(ValueError, match="no node of a tree with a weight has a label"):
        model.fit(X[:12], y, sample_weight=np.arange(12) != 3)


def test_a_weight_of_two_is_a_tree_given_twice():
    weight = np.arange(len(X)) % 3
    twice = np.repeat(np.arange(len(X)), weight)
    trees, y = [X[i] for i in twice], Y[twice]
    weighed = make(**PLAIN).fit(X, Y, sample_weight=weight)
    repeated = make(**PLAIN).fit(trees, y)
    assert weighed.history_[0]["train_loss"] == pytest.approx(
        repeated.history_[0]["train_loss"], rel=1e-5
    )
    assert weighed.score(X, Y, sample_weight=weight) == pytest.approx(repeated.score(trees, y))


@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize("labelled", [False, True])
def test_trees_of_weight_zero_are_as_if_left_out(labelled, class_weight):
    trees, y = (LABELLED, None) if labelled else (X, Y)
    weight = np.ones(len(trees))
    weight[::4] = 0
    tree = "(strange (strange word) another)" if labelled else "(xor 1 2 3 4 5)"
    strange = [tree, *trees[1:]]
    weighed = make(cell="n_ary", class_weight=class_weight)
    weighed.fit(strange, y, sample_weight=weight)
    rows = np.flatnonzero(weight)
    left = make(cell="n_ary", class_weight=class_weight)
    left.fit([trees[i] for i in rows], None if y is None else y[rows])
    assert weights(weighed) == weights(left)


def test_class_weight_of_roots_weighs_trees():
    weight = {True: 3.0, False: 1.0}
    by_class = make(class_weight=weight).fit(X, Y)
    by_tree = make().fit(X, Y, sample_weight=[weight[bool(label)] for label in Y])
    assert weights(by_class) == weights(by_tree)


# --- promises -----------------------------------------------------------------------------------


@pytest.mark.parametrize("parameters", [{}, {"cell": "n_ary", "num_layers": 2}], ids=str)
def test_prediction_does_not_depend_on_other_trees(parameters):
    model = fitted(**parameters)
    deep = "(not " * 300 + "1" + ")" * 300
    together = model.predict_proba([*X, deep])
    for i in (0, 7, 33):
        np.testing.assert_allclose(model.predict_proba(X[i : i + 1])[0], together[i], atol=1e-12)
    np.testing.assert_allclose(model.predict_proba(X[::-1])[::-1], together[:-1], atol=1e-12)
    np.testing.assert_allclose(
        model.transform(X[:3])[1], model.transform([X[1], deep])[0], atol=1e-12
    )


def test_same_seed_gives_the_same_model():
    first, again, other = (make(random_state=seed).fit(X, Y) for seed in (0, 0, 1))
    assert weights(first) == weights(again) != weights(other)


@pytest.mark.parametrize("cell, n", [("child_sum", 5000), ("n_ary", 1200)])
def test_trees_deeper_than_a_recursion_are_learned_and_predicted(cell, n):
    comb = "(or 0 " * n + "1" + ")" * n
    model = make(cell=cell, hidden_size=2, max_epochs=1).fit([comb, *X[:7]], Y[:8])
    nested = "1"
    for _ in range(n):
        nested = ("or", "0", nested)
    proba = model.predict_node_proba([nested, comb])
    np.testing.assert_array_equal(*proba)
    assert proba[0].shape == (2 * n + 1, 2)
    assert np.isfinite(proba[0]).all()


def test_copies_predict_alike_and_clones_are_unfitted():
    model = fitted()
    for copied in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(copied.predict_proba(X), model.predict_proba(X))
        assert copied.predict_nodes(X[:3]).tolist() == model.predict_nodes(X[:3]).tolist()
    with pytest.raises(NotFittedError):
        clone(model).predict(X)


def test_fit_changes_neither_input_nor_parameters():
    trees, y = [["and", 1, ["or", 0, 1]], ["or", 0, 0]] * 4, [1, 0] * 4
    given = copy.deepcopy((trees, y))
    model = make()
    parameters = model.get_params()
    model.fit(trees, y)
    assert (trees, y) == given
    assert model.get_params() == parameters


def test_half_precision_learns_alike():
    losses = [
        make(precision=p).fit(X, Y).history_[-1]["train_loss"] for p in ("float32", "bfloat16")
    ]
    assert losses[0] == pytest.approx(losses[1], rel=0.05)
    assert losses[0] != losses[1]


# --- training -----------------------------------------------------------------------------------


def test_partial_fit_learns_from_part_after_part():
    model = make(lr=0.02)
    for _ in range(8):
        for start in range(0, 60, 20):
            part = slice(start, start + 20)
            model.partial_fit(X[part], Y[part], classes=[False, True])
    assert model.n_iter_ == 24
    assert model.score(X, Y) > max(np.mean(Y), 1 - np.mean(Y)) + 0.05


def test_warm_start_goes_on_with_the_same_network():
    model = make(warm_start=True).fit(X, Y)
    model.fit([*X, "(xor 1 0)"], [*Y, True])
    assert model.n_iter_ == 6
    assert model.count_unknown(["(xor 1 (xor 0 0))"]) == {"tokens": 2}
    with pytest.raises(ValueError, match="hidden_size=4, but training goes on with .* 8"):
        model.set_params(hidden_size=4).fit(X, Y)
    model.set_params(hidden_size=8)
    with pytest.raises(ValueError, match="y holds a label for each node, but fit saw one label"):
        model.fit(["(and 1 0)"], [[True, True, False]])


def test_ctrl_c_keeps_whole_epochs():
    class Interrupts(Callback):
        def on_epoch_begin(self, net, **kwargs):
            if len(net.history) == 3:
                raise KeyboardInterrupt

    model = make(callbacks=[Interrupts()], lr_schedule=None)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert model.interrupted_
    assert weights(model) == weights(make(max_epochs=2, lr_schedule=None).fit(X, Y))


def test_divergence_is_told():
    with pytest.raises(DivergenceError, match="epoch 1 .* learning rate"):
        make(lr=1e30, gradient_clip=None, optimizer="sgd", lr_schedule=None).fit(X, Y)


def test_choices_of_auto():
    model = TreeRNNClassifier(cell="n_ary", max_epochs=1).fit(
        [*X, "(or 1 0 0 0 0 0 1)"], [*Y, True]
    )
    assert model.max_children_ == 5
    assert model.early_stopping_ is False
    assert fitted().max_children_ is None
    assert "first_" in vars(model) and model.first_ == "token"
    with pytest.raises(ValueError, match='max_children=2, but cell="?.child_sum'):
        make(max_children=2).fit(X, Y)


# --- what the first element is ------------------------------------------------------------------


@pytest.mark.parametrize(
    "trees, y, first",
    [
        (["(max 1 2)", "(min 1 2)"], [2, 1], "token"),
        (["((the cat) sat)", "(the (cat sat))"], [0, 1], "child"),
        (["(3 (2 It) (4 works))", "(1 (2 It) (0 fails))"], [3, 1], "label"),
        (["(3 (2 It) (4 works))", "(1 (2 It) (0 fails))"], None, "label"),
        ([("max", 1, 2), ("min", 1, 2)], [[1, 2, 3]] * 2, "token"),
        (Trees.from_brackets(LABELLED[:2], first="label"), [0, 1], "label"),
        (Trees.from_brackets(["((a b) c)", "(a b)"], first="child"), [0, 1], "child"),
    ],
    ids=str,
)
def test_the_first_element_is_found_out(trees, y, first):
    rows = np.tile([0, 1], 4)
    trees = trees[rows] if isinstance(trees, Trees) else trees * 4
    model = make(max_epochs=1).fit(trees, None if y is None else y * 4)
    assert model.first_ == first
    assert "3" not in model.encoder_.vocabulary_  # it is a label everywhere


def treebank(n=60, seed=0):
    """Trees of words, labelled by numbers that no word tells."""
    rng = np.random.default_rng(seed)

    def make(depth):
        label = int(rng.integers(5))
        if depth == 0 or rng.random() < 0.2:
            return f"({label} {rng.choice(['a', 'b', 'c'])})"
        return f"({label} {make(depth - 1)} {make(depth - 1)})"

    return [make(3) for _ in range(n)]


TREEBANK = treebank()
LEAKS = {
    "as texts": lambda trees: [tree[1] for tree in trees],
    "as numbers": lambda trees: [int(tree[1]) for tree in trees],
    "as one of two": lambda trees: [int(tree[1]) > 2 for tree in trees],
    "by another name": lambda trees: [f"class {tree[1]}" for tree in trees],
}


@pytest.mark.parametrize("name", LEAKS)
@pytest.mark.parametrize("form", ["plain", "within a bracket", "with an odd leaf", "as tuples"])
def test_the_label_of_a_treebank_is_never_read_as_a_token(name, form):
    y, trees = LEAKS[name](TREEBANK), TREEBANK
    if form == "within a bracket":
        trees = [f"( {tree} )" for tree in trees]
    elif form == "with an odd leaf":
        trees = [trees[0].replace("a)", "8 1/2)", 1).replace("b)", "8 1/2)", 1), *trees[1:]]
    elif form == "as tuples":
        trees = [Trees.from_brackets([tree], first="label")[0] for tree in trees]
    model = make(max_epochs=1).fit(trees, y)
    assert model.first_ == "label"
    assert {"0", "1", "2", "3", "4"}.isdisjoint(model.encoder_.vocabulary_)
    other = [tree.replace("(0", "(4") for tree in TREEBANK]
    np.testing.assert_array_equal(model.predict_proba(other), model.predict_proba(TREEBANK))


@pytest.mark.parametrize(
    "trees, y, first",
    [
        (["(max 2 (min 4 7))", "(min 1 0)"], ["max", "min"], "token"),
        (["(not x)", "(not (not y))"], [1, 0], "token"),
        (["(3 works)", "(1 fails)"], [3, 1], "label"),
        (["x", "y"], ["x", "y"], "token"),
        (["((the cat) (sat down))", "((the dog) (lay low))"], ["the", "the"], "child"),
        (["(or (and 0 1) (and 1 1))", "(and (or 0 1) (or 1 1))"], ["or", "and"], "token"),
        (["(or (not 1) (not 0) 1)", "(and (not 1) (not 0) 1)"], ["or", "and"], "token"),
    ],
    ids=str,
)
def test_operators_are_tokens_whatever_y_is(trees, y, first):
    assert make(max_epochs=1).fit(trees * 4, y * 4).first_ == first


@pytest.mark.parametrize("trees, y, n", [(X, Y, 60), (LABELLED, None, 20)], ids=["y", "no y"])
def test_trees_are_parsed_once_where_the_first_element_is_as_expected(trees, y, n, monkeypatch):
    calls = []

    def counted(*parts):
        calls.append(parts)
        return parse_tree(*parts)

    monkeypatch.setattr("sklearn_rnn.data._tree_reading.parse_tree", counted)
    make(max_epochs=1).fit(trees, y)
    assert len(calls) == n


def test_symbols_differ_in_case_unless_asked_otherwise():
    trees, y = ["(A a)", "(a A)"] * 10, [0, 1] * 10
    assert make(max_epochs=15, lr=0.03).fit(trees, y).score(trees, y) == 1
    lowered = make(max_epochs=1, encoder=TokenEncoder()).fit(trees, y)
    np.testing.assert_array_equal(*lowered.predict_proba(trees[:2]))


@pytest.mark.parametrize("lowercase", [True, False])
def test_tokens_are_lowered_where_an_embedder_lowers_words(lowercase):
    trees, y = ["(1 (0 Good) (1 film))", "(0 (0 Bad) (1 film))"] * 10, [1, 0] * 10
    embedder = WordEmbedder(vector_size=4, epochs=1, lowercase=lowercase)
    model = make(embedding_dim="auto", max_epochs=1, embedding=embedder).fit(trees, y)
    assert model.encoder_.lowercase is lowercase
    assert ("good" in model.encoder_.vocabulary_) is lowercase
    with pytest.raises(ValueError, match="encoder has lowercase=False, but .* set both alike"):
        embedder = WordEmbedder(vector_size=4, epochs=1)
        make(embedding=embedder, encoder=TokenEncoder(lowercase=False)).fit(trees, y)


def test_vectors_of_tokens_may_be_given():
    vectors = {"1": np.ones(5), "0": -np.ones(5), "and": np.arange(5.0), "beyond": np.zeros(5)}
    model = make(embedding_dim="auto", embedding=vectors, freeze_embedding=True).fit(X, Y)
    assert model.embedding_dim_ == 5
    table = model.module_.embedding.weight.numpy()
    ids = model.encoder_.vocabulary_.encode(vectors)
    np.testing.assert_array_equal(table[ids], np.stack(list(vectors.values())))
    moved = make(embedding_dim="auto", embedding=vectors, max_epochs=1).fit(X, Y)
    assert not np.array_equal(moved.module_.embedding.weight.detach().numpy(), table)
    model.set_params(warm_start=True, freeze_embedding=False)
    with pytest.raises(ValueError, match="freeze_embedding is True"):
        model.fit(X, Y)
    with pytest.raises(ValueError, match="embedding is an array.* give a dict"):
        make(embedding=np.ones((9, 6))).fit(X, Y)
    with pytest.raises(ValueError, match="no vector for any of the 5 tokens"):
        make(embedding={"other": np.ones(6)}).fit(X, Y)


def test_first_of_a_fitted_model_cannot_be_changed():
    model = copy.deepcopy(fitted()).set_params(first="label")
    with pytest.raises(ValueError, match="first='label', but .* fitted with 'token'"):
        model.predict(X)


# --- scikit-learn -------------------------------------------------------------------------------


def objects(trees):
    array = np.empty(len(trees), dtype=object)
    array[:] = trees
    return array


CONTAINERS = {
    "tuples": list,
    "lists": lambda trees: [list(tree) if isinstance(tree, tuple) else tree for tree in trees],
    "object array": objects,
    "Series": lambda trees: pd.Series(objects(trees)),
    "Trees": Trees.from_nested,
    "texts": lambda trees: [str(t).replace("'", "").replace(",", "") for t in trees],
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_trees_survive_the_folds_of_cross_validation(container):
    trees = container(X[:20])
    expected = cross_val_predict(make(max_epochs=1), X[:20], Y[:20], cv=2, method="predict_proba")
    found = cross_val_predict(make(max_epochs=1), trees, Y[:20], cv=2, method="predict_proba")
    np.testing.assert_array_equal(found, expected)


def test_labels_of_nodes_survive_the_folds():
    scores = cross_val_score(make(max_epochs=1), LABELLED, cv=2)
    y = [[i % 2 for i in range(n)] for n in Trees.from_nested(X[:20]).lengths]
    more = cross_val_score(make(max_epochs=1), X[:20], y, cv=KFold(2))
    assert np.isfinite([*scores, *more]).all()


def test_search_and_pipeline():
    search = GridSearchCV(make(max_epochs=1), {"cell": ["child_sum", "n_ary"]}, cv=2).fit(X, Y)
    assert search.best_params_["cell"] in ("child_sum", "n_ary")
    pipeline = make_pipeline(make(), LogisticRegression()).fit(X, Y)
    assert pipeline.predict(X).shape == (60,)
    assert not hasattr(fitted(), "to_onnx")
    names = fitted().get_feature_names_out()
    assert (len(names), names[0]) == (8, "treernnclassifier0")


def test_an_ensemble_of_seeds_averages(tmp_path):
    ensemble = SeedEnsemble(make(max_epochs=1), n_members=2, random_state=0).fit(X, Y)
    mean = np.mean([member.predict_proba(X) for member in ensemble.estimators_], axis=0)
    np.testing.assert_allclose(ensemble.predict_proba(X), mean, rtol=1e-12)
    ensemble.save(tmp_path / "trees.model")
    loaded = load(tmp_path / "trees.model")
    np.testing.assert_array_equal(loaded.predict_proba(X), ensemble.predict_proba(X))


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_estimators_unfitted,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_mixin_order,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_param_validation,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_set_params,
        estimator_checks.check_valid_tag_types,
    ],
    ids=lambda check: check.__name__,
)
def test_checks_of_scikit_learn_that_need_no_table(check):
    check("TreeRNNClassifier", make(max_epochs=1))


# --- labels that do not fit ---------------------------------------------------------------------

SIX = ["(and 1 0)", "1", "(or 1 0)", "(not 1)", "0", "(or 1 1)"]
AT_NODES = [[0, 1, 0], [1], [1, 1, 0], [0, 1], [0], [1, 1, 1]]


def changed(rows, i, row):
    rows = list(rows)
    rows[i] = row
    return rows


BAD_Y = {
    "too few": ([1, 0], ("X has 6 tree", "y has 2 label", "inconsistent")),
    "one label": (1, ("one label for each tree", "but is 1")),
    "a text": ("111000", ("one label for each tree", "but is '111000'")),
    "NaN": ([1, 0, np.nan, 1, 0, 1], ("contains NaN", "sequence 2 is nan")),
    "a set": ({1, 2, 3, 4, 5, 6}, ("one label for each tree", r"but is \{1, 2")),
    "a sparse matrix": (csr_array(np.eye(6)), ("one label for each tree",)),
    "numbers": ([0.5, 1.5, 2.5, 0.1, 0.2, 0.3], ("Unknown label type|continuous",)),
    "of two types": ([1, "a", 0, 1, 0, 1], ("labels of one type",)),
    "too few lists": (AT_NODES[:4], ("X has 6 tree", "y has 4 label")),
    "a list too short": (changed(AT_NODES, 2, [1, 1]), ("tree 2 has 3 node", "2 label", "None")),
    "a list too long": (changed(AT_NODES, 3, [0, 1, 1]), ("tree 3 has 2 node", "y has 3 label")),
    "a label among lists": (changed(AT_NODES, 1, 1), ("y of tree 1 is 1 of type int", "a list")),
    "a tree of labels": (
        changed(AT_NODES, 2, [1, [1, 0], 0]),
        (r"node 1, .* \[1, 0\] of type list",),
    ),
    "words among numbers": (changed(AT_NODES, 5, [1, "a", 1]), ("tree 5, node 1", "'a' of type")),
    "fractions at nodes": (changed(AT_NODES, 5, [1, 0.5, 1]), ("tree 5, node 1", "0.5 of type")),
    "no labels": ([[None] * len(row) for row in AT_NODES], ("no node of any tree has a label",)),
    "a column too many": (np.ones((6, 2)), ("tree 0 has 3 node", "y has 2 label")),
}


@pytest.mark.parametrize("name", BAD_Y)
def test_labels_that_do_not_fit_are_named(name):
    y, facts = BAD_Y[name]
    for fact in facts:
        with pytest.raises((ValueError, TypeError), match=fact):
            make().fit(SIX, y)


INTEGERS = [(1, (0, "a"), (1, "b")), (0, (0, "a"), (0, "a"))] * 4
SPELT = ["(1 (0 a) (1 b))", "(0 (0 a) (0 a))"] * 4


@pytest.mark.parametrize(
    "fit_on, asked, facts",
    [
        (
            (SIX, [1, 0, 1, 0, 0, 1]),
            (["1", "0"], ["1", "0"]),
            ("tree 0 has .* type str", "type int"),
        ),
        ((SIX, list("abaaba")), (["1", "0"], [1, 0]), ("tree 0 has the label 1 .*int", "type str")),
        ((SIX, [True, False] * 3), (["1", "0"], ["a", "b"]), ("tree 0 has the label 'a'", "bool")),
        ((INTEGERS,), (SPELT,), ("tree 0, node 0, has the label '1'", "in a text all are str")),
        ((SPELT,), (INTEGERS,), ("tree 0, node 0, has the label 1 of type int", "type str")),
        ((INTEGERS,), (SPELT, ["1", "0"] * 4), ("tree 0 has the label '1'", r"fit, \[0, 1\]")),
    ],
    ids=["texts", "numbers", "of bools", "spelt nodes", "numbers at nodes", "spelt roots"],
)
def test_score_refuses_labels_of_another_type(fit_on, asked, facts):
    model = make(max_epochs=1).fit(*fit_on)
    for fact in facts:
        with pytest.raises(ValueError, match=fact):
            model.score(*asked)


def test_score_counts_unseen_labels_as_wrong():
    model = make(max_epochs=1).fit(SIX, [1, 0, 1, 0, 0, 1])
    seen = [1, 0, 1, 0, 0, 1]
    half = model.score(SIX, [7, 7, 7, *seen[3:]])
    assert half == np.mean(model.predict(SIX)[3:] == seen[3:]) / 2
    assert model.score(["1"], [1.0]) == model.score(["1"], [1])


def test_score_needs_a_weight_where_labels_are():
    model = make(max_epochs=1).fit(SIX, [1, 0, 1, 0, 0, 1])
    with pytest.raises(ValueError, match="weights must contain at least one non-zero"):
        model.score(SIX, [1, 0, 1, 0, 0, 1], sample_weight=np.zeros(6))
    y = [[None, None, None], *AT_NODES[1:]]
    with pytest.raises(ValueError, match="sample_weight is zero for all trees with a label"):
        make(max_epochs=1).fit(SIX, AT_NODES).score(SIX, y, sample_weight=[1, 0, 0, 0, 0, 0])


def test_trees_without_labels_are_named():
    with pytest.raises(ValueError, match="y is None.* no node has one"):
        make(first="token").fit(SIX)
    with pytest.raises(ValueError, match="only the label '1'|tree 1"):
        make(first="label").fit(["(1 a)", "(1)"])


def test_a_column_of_labels_is_read_with_a_warning():
    from sklearn.exceptions import DataConversionWarning

    with pytest.warns(DataConversionWarning):
        column = make(max_epochs=1).fit(SIX, np.array([[1], [0], [1], [0], [0], [1]]))
    assert weights(column) == weights(make(max_epochs=1).fit(SIX, [1, 0, 1, 0, 0, 1]))


def test_unknown_labels_are_named():
    model = make(max_epochs=1, warm_start=True).fit(SIX, AT_NODES)
    with pytest.raises(ValueError, match="tree 2, node 1, has the label 7, which is not among"):
        model.fit(SIX, changed(AT_NODES, 2, [1, 7, 0]))
    with pytest.raises(ValueError, match="X_val and y_val: tree 0, node 0, has the label 9"):
        make(max_epochs=1).fit(SIX, AT_NODES, X_val=["1"], y_val=[[9]])
    with pytest.raises(ValueError, match="but only y_val was given"):
        make(max_epochs=1).fit(SIX, AT_NODES, y_val=[[1]])


def test_partial_fit_has_to_know_all_labels():
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        make().partial_fit(SIX, AT_NODES)
    model = make().partial_fit(SIX, AT_NODES, classes=[0, 1, 2])
    assert model.classes_.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="differ from those of the first call"):
        model.partial_fit(SIX, AT_NODES, classes=[0, 1])
    with pytest.raises(ValueError, match="partial_fit never sees"):
        make(class_weight="balanced").partial_fit(SIX, AT_NODES, classes=[0, 1])


def test_an_encoder_that_gives_no_ids_is_named():
    class Halves(TokenEncoder):
        def _encode(self, numbered, X):
            return super()._encode(numbered, X)[: len(X) // 2]

    with pytest.raises(TypeError, match="one id for each token"):
        make(encoder=Halves()).fit(SIX, [1, 0, 1, 0, 0, 1])
