"""What RNNTagger takes for X and y, and what it refuses."""

import copy
import pickle
import types

import numpy as np
import pandas as pd
import pytest
import torch

from sklearn_rnn import RNNTagger, Sequences
from sklearn_rnn.preprocessing import SequencePadder, TokenEncoder, WordTokenizer
from tests.tagging_data import FORMS, SCHEMES, labels, nested, sequences, span_labels

SMALL = {"hidden_size": 6, "max_epochs": 1, "batch_size": 8, "random_state": 0}
every_form = pytest.mark.parametrize("form", FORMS)
both_outputs = pytest.mark.parametrize("output", ["crf", "softmax"])


def unfitted(form="words", **parameters):
    return RNNTagger(**SMALL | ({"n_tokens": 14} if form == "ids" else {}) | parameters)


def fit(X, y=None, **parameters):
    return unfitted(**parameters).fit(X, labels(len(X)) if y is None else y)


def assert_same_predictions(tagger, X, other, other_X):
    rows = zip(tagger.predict_proba(X), other.predict_proba(other_X), strict=True)
    for found, expected in rows:
        np.testing.assert_array_equal(found, expected)


# --- forms --------------------------------------------------------------------------------------


@every_form
@pytest.mark.parametrize(
    "container", [tuple, nested, pd.Series], ids=["tuple", "objects", "Series"]
)
def test_sequences_in_any_container_are_the_same(form, container):
    X, y = list(sequences(form)), labels()
    expected = unfitted(form).fit(X, y)
    tagger = unfitted(form).fit(container(X), container(y))
    assert_same_predictions(tagger, container(X), expected, X)
    assert tagger.score(container(X), container(y)) == expected.score(X, y)


@pytest.mark.parametrize("container", [tuple, np.array], ids=["tuple", "array"])
def test_tokens_in_any_container_are_the_same(container):
    X = sequences("words")
    expected = fit(X)
    tagger = fit([container(row) for row in X], [container(row) for row in labels()])
    assert_same_predictions(tagger, [container(row) for row in X], expected, X)


@pytest.mark.parametrize("form", ["words", "features"])
@pytest.mark.parametrize("dtype", [None, object])
def test_sequences_of_equal_length_may_be_an_array(form, dtype):
    rows = [i for i, row in enumerate(labels(n=100)) if len(row) == 4]
    X, y = ([part[i] for i in rows] for part in (sequences(form, n=100), labels(n=100)))
    array = np.array(X, dtype=dtype)
    assert array.ndim == 2
    tagger = fit(array, np.array(y))
    assert_same_predictions(tagger, array, fit(X, y), X)


def test_a_pandas_index_does_not_matter():
    for form in ("words", "features"):
        X, y = (pd.Series(part, index=range(100, 124)) for part in (sequences(form), labels()))
        weight = np.arange(24) % 2
        tagger = unfitted().fit(X, y, sample_weight=weight)
        expected = unfitted().fit(sequences(form)[1::2], labels()[1::2])
        assert_same_predictions(tagger, X, expected, sequences(form))


@every_form
def test_input_is_neither_changed_nor_written_to(form):
    X, y, weight = sequences(form), labels(), np.linspace(0, 1, 24)
    if form in ("numbers", "ids"):
        for row in X:
            row.flags.writeable = False
    y = [np.array(row) for row in y]
    for row in [*y, weight]:
        row.flags.writeable = False
    X, before = list(X), copy.deepcopy((list(X), y, weight))
    tagger = unfitted(form).fit(X, y, sample_weight=weight)
    for method in ("predict", "predict_proba", "predict_nbest", "transform"):
        getattr(tagger, method)(X)
    tagger.score(X, y, sample_weight=weight)
    np.testing.assert_equal((X, y, weight), before)


def test_read_only_memory_is_fine():
    values = np.concatenate(sequences("numbers"))
    values.flags.writeable = False
    offsets = np.cumsum([0, *map(len, labels())])
    X = Sequences(values=values, offsets=offsets)
    assert_same_predictions(fit(X), X, fit(sequences("numbers")), sequences("numbers"))


def test_memory_mapped_steps_are_tagged_as_those_in_memory(tmp_path):
    values = np.concatenate(sequences("numbers"))
    np.save(tmp_path / "steps.npy", values)
    offsets = np.cumsum([0, *map(len, labels())])
    mapped = Sequences(values=np.load(tmp_path / "steps.npy", mmap_mode="r"), offsets=offsets)
    plain = Sequences(values=values, offsets=offsets)
    weight = np.arange(24) % 3
    tagger, expected = (
        unfitted(output="crf").fit(X, labels(), sample_weight=weight) for X in (mapped, plain)
    )
    assert_same_predictions(tagger, mapped, expected, plain)


def test_tokens_encoded_before_are_read_by_their_characters_too():
    X = sequences("words", n=40)
    encoder = TokenEncoder().fit(X)
    tagger = fit(encoder.transform(X))
    assert tagger.characters_ is True and tagger.subwords_ is True
    unknown = encoder.transform([["zzz", "qqq"]])
    one, two = tagger.predict_proba(unknown)[0]
    assert np.abs(one - two).max() > 1e-4
    alphabet = tagger._reader.alphabet
    encoded = fit(TokenEncoder().fit_transform([["no", "one"]] * 3), [["a", "b"]] * 3)
    assert encoded._reader.alphabet.characters == ("n", "o")
    assert alphabet != encoded._reader.alphabet


def test_ids_of_a_vocabulary_alone_have_no_characters():
    X = TokenEncoder().fit_transform(sequences("words"))
    bare = X.with_columns(codes=None, categories=None)
    tagger = fit(bare)
    assert tagger.characters_ is False and tagger.subwords_ is False
    assert tagger.predict(bare).shape == (24,)


def test_padded_sequences_are_those_without_padding():
    X = sequences("numbers")
    expected = fit(X)
    for side in ("left", "right"):
        padded = SequencePadder(side=side).fit_transform(X)
        assert_same_predictions(expected, padded, expected, X)


def test_words_of_a_tokenizer_are_words():
    X = WordTokenizer().fit_transform(["The cat sleeps.", "A dog."] * 4)
    tagger = fit(X, [["x"] * len(row) for row in X])
    assert [len(row) for row in tagger.predict(X[:2])] == [len(row) for row in X[:2]]


def test_characters_are_tokens_too():
    X = [list("ab 12"), list("c 3")] * 8
    y = [["digit" if c.isdigit() else "other" for c in row] for row in X]
    tagger = fit(X, y, max_epochs=12, lr=0.02)
    assert tagger.characters_ is False
    assert tagger.score(X, y) == 1


def test_events_with_categories_are_tagged_by_them():
    frame = pd.DataFrame(
        {
            "machine": np.repeat(np.arange(30), 4),
            "kind": np.tile(["on", "off", "on", "off"], 30),
            "load": np.random.default_rng(0).normal(size=120),
        }
    )
    X = Sequences.from_frame(frame, id_col="machine", numeric=["load"], categorical=["kind"])
    y = frame["kind"].to_numpy().reshape(30, 4)
    assert fit(X, y, max_epochs=10, lr=0.05).score(X, y) == 1


def test_features_are_told_apart_by_text_by_truth_and_by_number():
    rng = np.random.default_rng(0)
    y = [rng.choice(["a", "b"], size=4).tolist() for _ in range(40)]
    for show in (
        lambda label: {"f": label},
        lambda label: {"f": label == "a"},
        lambda label: {"f": ["x", label]},
        lambda label: {"f": {"x", label}},
        lambda label: {"f": 1.0 if label == "a" else -1},
        lambda label: {"f": 5} if label == "a" else {},
        lambda label: {"f": "x"} if label == "a" else {"f": None},
        lambda label: {label: "x"},
    ):
        X = [[show(label) for label in row] for row in y]
        tagger = fit(X, y, max_epochs=20, lr=0.03)
        assert tagger.score(X, y) == 1
        assert tagger.n_features_in_ >= 1


def test_features_unknown_to_fit_are_absent_and_missing_ones_too():
    X = sequences("features")
    tagger = fit(X)
    more = [[token | {"new": "x", "newer": 3.0} for token in row] for row in X]
    assert_same_predictions(tagger, more, tagger, X)
    changed = [[token | {"word": "never seen"} for token in row] for row in X]
    less = [[{k: v for k, v in token.items() if k != "word"} for token in row] for row in X]
    assert_same_predictions(tagger, changed, tagger, less)
    assert tagger.predict([[{}]])[0][0] in tagger.classes_


def test_ids_above_the_largest_are_unknown():
    tagger = unfitted("ids").fit(sequences("ids"), labels())
    assert_same_predictions(tagger, [[2, 99]], tagger, [[2, 1]])


def test_unknown_words_are_counted():
    tagger = fit(sequences("words"))
    assert tagger.count_unknown([["the", "xylophone"], ["THE"]]) == {"tokens": 1}


@every_form
def test_widths_are_told(form):
    tagger = unfitted(form).fit(sequences(form), labels())
    assert tagger.n_features_in_ == {"words": 1, "ids": 1, "numbers": 3, "features": 4}[form]


@both_outputs
def test_gaps_in_numbers_can_be_filled(output):
    X = [x.copy() for x in sequences("numbers")]
    for x in X[::2]:
        x[0, 1] = np.nan
    tagger = fit(X, missing="mask", output=output)
    assert all(np.isfinite(row).all() for row in tagger.predict_proba(X))


# --- refused: y ---------------------------------------------------------------------------------

X = sequences("words")
HEAD = labels()


def spoiled(i, row):
    return [*HEAD[:i], row, *HEAD[i + 1 :]]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (HEAD[:-1], r"X has 24 sequence\(s\), but y has 23 list\(s\) of labels; give each"),
        ([*HEAD, ["NOUN"]], r"24 sequence\(s\), but y has 25"),
        (spoiled(7, ["NOUN"] * 9), r"sequence 7 has \d step\(s\), but 9 label\(s\); every step"),
        (spoiled(7, []), r"sequence 7 has \d step\(s\), but 0 label\(s\)"),
        (spoiled(3, "NOUN"), "y of sequence 3 is 'NOUN' of type str, but a list of labels is"),
        (spoiled(3, None), "y of sequence 3 is None of type NoneType"),
        (spoiled(2, [3] * len(HEAD[2])), "sequence 2, step 0 has the label 3 of type int, but the"),
        (
            spoiled(2, [None] * len(HEAD[2])),
            "sequence 2, step 0 has the label None.*none is missing",
        ),
        (spoiled(2, [np.nan] * len(HEAD[2])), "sequence 2, step 0 has the label nan of type float"),
        (
            spoiled(2, [["a"]] * len(HEAD[2])),
            r"sequence 2, step 0 has the label \['a'\] of type list",
        ),
        (5, "y is 5 of type int, but a list of lists of labels is expected"),
        ("NOUN", "y is 'NOUN' of type str"),
        (iter(HEAD), "y is .* of type list_iterator"),
        (np.array(5), r"y is array\(5\) of type ndarray"),
        (None, "requires y"),
    ],
    ids=lambda case: "" if not isinstance(case, str) else case[:30],
)
def test_labels_are_refused_by_the_name_of_the_sequence(y, message):
    with pytest.raises(ValueError, match=message):
        unfitted().fit(X, y)
    if y is not None:
        tagger = fit(X)
        with pytest.raises(ValueError, match=message):
            tagger.score(X, y)


def test_the_step_of_a_label_of_another_type_is_named():
    y = [list(row) for row in HEAD]
    i = next(i for i, row in enumerate(y) if len(row) > 3)
    y[i][3] = True
    with pytest.raises(ValueError, match=f"sequence {i}, step 3 has the label True of type bool"):
        unfitted().fit(X, y)


@pytest.mark.parametrize("method", ["partial_fit", "fit"])
def test_a_label_that_fit_did_not_see_is_refused_where_training_goes_on(method):
    tagger = unfitted(warm_start=True).fit(X, HEAD)
    before = tagger.predict_proba(X)
    y = spoiled(4, ["NEW"] * len(HEAD[4]))
    with pytest.raises(ValueError, match="sequence 4, step 0 has the label 'NEW', .* not among"):
        getattr(tagger, method)(X, y)
    for row, other in zip(tagger.predict_proba(X), before, strict=True):
        np.testing.assert_array_equal(row, other)
    with pytest.raises(ValueError, match="X_val and y_val: sequence 4, step 0 has the label 'NEW'"):
        unfitted().fit(X, HEAD, X_val=X, y_val=y)


@pytest.mark.parametrize("fitted_on", [str, len, bool], ids=["str", "int", "bool"])
@pytest.mark.parametrize("given", [str, len, bool], ids=["str", "int", "bool"])
def test_labels_of_another_type_than_in_fit_are_refused(fitted_on, given):
    tagger = fit(X, [list(map(fitted_on, row)) for row in HEAD])
    y = [list(map(given, row)) for row in HEAD]
    if given is fitted_on:
        tagger.partial_fit(X, y)
        assert 0 <= tagger.score(X, y) <= 1
        return
    for method in (tagger.partial_fit, tagger.score):
        with pytest.raises(ValueError, match="sequence 0, step 0 has the label .* but the labels"):
            method(X, y)


def test_whole_numbers_past_64_bits_stay_what_they_are():
    y = [[2**63 if label == "NOUN" else -1 for label in row] for row in HEAD]
    tagger = fit(X, y)
    assert tagger.classes_.tolist() == [-1, 2**63]
    assert {type(label) for row in tagger.predict(X) for label in row} == {int}


def test_classes_of_partial_fit_stay():
    tagger = unfitted().partial_fit(X, HEAD)
    with pytest.raises(ValueError, match="differ from those of the first call"):
        tagger.partial_fit(X, HEAD, classes=["A", "B"])
    with pytest.raises(ValueError, match="sequence 0, step 0 has the label"):
        unfitted().partial_fit(X, HEAD, classes=["A", "B"])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_labels_outside_the_scheme_that_constraints_name_are_refused(scheme):
    y = span_labels(scheme)
    assert fit(X, y, constraints=scheme).scheme_ == scheme
    strange = [*y[:5], ["NOUN"] * len(y[5]), *y[6:]]
    with pytest.raises(ValueError, match="sequence 5, step 0: 'NOUN' is no label of .*constraints"):
        fit(X, strange, constraints=scheme)
    first = {"IOB1": "B-X", "IOB2": "I-X", "BIOES": "E-X"}[scheme]
    illegal = [*y[:5], [first, *["O"] * (len(y[5]) - 1)], *y[6:]]
    with pytest.raises(
        ValueError, match=f"sequence 5, step 0: '{first}' may not.*constraints=None"
    ):
        fit(X, illegal, constraints=scheme)
    assert fit(X, illegal, constraints=None).scheme_ is None
    tagger = fit(X, y)
    with pytest.raises(ValueError, match="sequence 5, step 0"):
        tagger.partial_fit(X, illegal)


def test_constraints_want_labels_of_spans():
    with pytest.raises(ValueError, match="constraints='IOB2', but the labels are.*'B-PER'"):
        fit(X, [[1] * len(row) for row in X], constraints="IOB2")


@pytest.mark.parametrize("weights", [{"NOPE": 2.0}, {"NOUN": -1.0}, {"NOUN": np.inf}])
def test_weights_of_labels_are_checked(weights):
    with pytest.raises(ValueError, match="class_weight"):
        fit(X, class_weight=weights)


def test_sample_weights_are_checked():
    for weight, message in (
        (np.zeros(24), "zero"),
        (np.ones(23), "23"),
        (-np.ones(24), "egative"),
    ):
        with pytest.raises(ValueError, match=message):
            unfitted().fit(X, HEAD, sample_weight=weight)


# --- refused: X ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strange", "message"),
    [
        ([["a"], []], "sequence 1 is empty; every one needs"),
        ([[], ["a"]], "sequence 0 is empty"),
        ([[]], "sequence 0 is empty"),
        ([], r"0 sample\(s\)"),
        ([["a"], None], "sequence 1 is None"),
        (
            [["a"], ["b", None]],
            "sequence 1, step 1 is None of type NoneType, but tokens must be str",
        ),
        ([["a"], ["b", 3]], "sequence 1, step 1 is 3 of type int"),
        ([["a"], "b c"], "sequence 1 is 'b c' of type str"),
        (["a b", "c"], r"texts, but a tagger needs to know its steps.*WordTokenizer.*agg\(list\)"),
        ("a b", "X is one text"),
        ([[{"w": "a"}]], "X holds features, but RNNTagger was fitted on words"),
        ([np.zeros((2, 3))], "X holds numbers or ids, but RNNTagger was fitted on words"),
    ],
    ids=lambda case: case[:30] if isinstance(case, str) else "",
)
def test_words_are_refused_by_the_name_of_the_sequence(strange, message):
    tagger = fit(X)
    with pytest.raises(ValueError, match=message):
        tagger.predict(strange)
    if "fitted on" not in message:
        with pytest.raises(ValueError, match=message):
            unfitted().fit(strange, [["x"]] * len(strange))


@pytest.mark.parametrize(
    ("strange", "message"),
    [
        ([[{"w": "a"}], []], "sequence 1 is empty"),
        ([[{"w": "a"}], [{"w": "b"}, "c"]], "sequence 1, step 1 is 'c' of type str, but the first"),
        ([[{"w": "a"}], "b"], "sequence 1 is 'b' of type str, but a list of dicts is expected"),
        ([[{"w": "a"}], None], "sequence 1 is None of type NoneType, but a list of dicts"),
        ([[{"w": "a"}], [{"w": 3}]], "sequence 1, step 0: the feature 'w' is 3 of type int, but"),
        ([[{"w": "a"}, {"n": True}]], "sequence 0, step 1: the feature 'n' is True of type bool"),
        (
            [[{"n": np.nan}]],
            "sequence 0, step 0: the feature 'n' is nan of type float, but numbers must be finite",
        ),
        ([[{"n": 10**400}]], "the feature 'n' is 1000.* of type int, but numbers must be finite"),
        ([[{"w": ["a", 3]}]], r"the feature 'w' is \['a', 3\] of type list, but features are str"),
        ([[{"w": [None]}]], r"the feature 'w' is \[None\] of type list"),
        ([[{0: "a"}]], "the feature 0 is 'a' of type str, has a name that is no str"),
        ([[{"n": np.inf}]], "the feature 'n' is inf"),
        ([[{"w": {"x": 1}}]], "the feature 'w' is {'x': 1} of type dict, but features are str"),
        ([[{"w": b"x"}]], "the feature 'w' is b'x' of type bytes"),
        ([["a"]], "X holds words, but RNNTagger was fitted on features"),
        (
            [[["w=a", "cap"]]],
            "of type list, but a token .* is expected. Give a step",
        ),
    ],
    ids=lambda case: case[:30] if isinstance(case, str) else "",
)
def test_features_are_refused_by_the_name_of_the_step(strange, message):
    tagger = fit([[{"w": "a", "n": 1.0}], [{"w": "b"}]] * 4, [["x"], ["y"]] * 4)
    with pytest.raises(ValueError, match=message):
        tagger.predict(strange)


def test_a_feature_of_two_types_is_refused_in_fit_by_its_place():
    X = [[{"f": 1}], [{"f": 2}], [{"f": "a"}]]
    message = "sequence 2, step 0: the feature 'f' is 'a' of type str, but elsewhere it is a number"
    with pytest.raises(ValueError, match=message):
        fit(X, [["x"]] * 3)
    with pytest.raises(ValueError, match=message):  # numbered as they came, whatever has weight
        unfitted().fit(X, [["x"]] * 3, sample_weight=[0, 1, 1])


@pytest.mark.parametrize("name", ["characters", "subwords", "language_model"])
@pytest.mark.parametrize("form", ["features", "numbers", "ids"])
def test_what_is_about_words_is_refused_elsewhere(name, form):
    wanted, off = (0.2, 0) if name == "language_model" else (True, False)
    with pytest.raises(ValueError, match=f"{name}={wanted} is about words, but X holds"):
        unfitted(form, **{name: wanted}).fit(sequences(form), labels())
    assert getattr(unfitted(form, **{name: off}).fit(sequences(form), labels()), f"{name}_") == off


def test_numbers_are_refused_by_the_name_of_the_step():
    X = [x.copy() for x in sequences("numbers")]
    tagger = fit(X)
    with pytest.raises(ValueError, match="2 features"):
        tagger.predict([x[:, :2] for x in X])
    X[3][0, 1] = np.nan
    for read in (fit, tagger.predict):
        with pytest.raises(ValueError, match="sequence 3, step 0, feature 1 is nan"):
            read(X)


def test_columns_of_whole_sequences_are_refused():
    steps = Sequences.from_list(sequences("numbers"))
    X = Sequences.with_static(steps, pd.DataFrame({"a": np.ones(24)}))
    with pytest.raises(ValueError, match="columns of whole sequences, but a tagger reads steps"):
        fit(X)


# --- pretrained vectors -------------------------------------------------------------------------


class KeyedVectors:
    """As gensim has them."""

    def __init__(self, words, vectors):
        self.key_to_index = {word: i for i, word in enumerate(words)}
        self.vectors = vectors

    def get_vector(self, word):
        return self.vectors[self.key_to_index[word]]


VECTORS = {word: np.eye(7)[i] for i, word in enumerate(("the", "cat", "Rome", "lion", "1990"))}


@pytest.mark.parametrize("freeze", [True, False])
@pytest.mark.parametrize(
    "as_vectors", [dict, lambda v: KeyedVectors(list(v), np.stack([*v.values()]))]
)
def test_pretrained_vectors_are_where_the_network_starts(freeze, as_vectors):
    tagger = fit(X, embedding=as_vectors(VECTORS), freeze_embedding=freeze, lr=0.05)
    assert tagger.embedding_dim_ == 7
    table = tagger.module_.input.embedding.weight.detach().numpy()
    vocabulary = tagger._reader.vocabulary
    for word, form in zip(VECTORS, ("the", "cat", "rome", "lion", "0000"), strict=True):
        found = table[vocabulary.encode([form])[0]]
        if freeze or form in ("lion", "0000"):  # which no sentence holds, but for the decay
            np.testing.assert_allclose(found, VECTORS[word], atol=0 if freeze else 0.01)
        else:
            assert 0 < np.abs(found - VECTORS[word]).max() < 1
    assert tagger.count_unknown([["LION", "2024", "tiger"]]) == {"tokens": 1}


def test_vectors_are_found_however_their_accents_are_written():
    tagger = fit(X, embedding={"cafe\u0301": np.ones(3), "CAFE\u0301": np.zeros(3)})
    assert tagger.count_unknown([["caf\u00e9", "Cafe\u0301", "cafe"]]) == {"tokens": 1}


def test_characters_are_looked_up_in_their_own_case():
    X, y = [list("aAbB")] * 8, [list("1212")] * 8
    tagger = fit(X, y, max_epochs=30, lr=0.05)
    assert tagger.predict([list("AaBb")]).tolist() == [list("2121")]
    assert tagger.count_unknown([["c", "C", "A"]]) == {"tokens": 2}
    assert fit([["aA"], ["b"]], [["1"], ["2"]]).count_unknown([["AA", "B"]]) == {"tokens": 0}
    vectors = {"a": np.ones(3), "A": np.zeros(3), "Z": np.ones(3)}
    tagger = fit(X, y, embedding=vectors, freeze_embedding=True)
    table, ids = tagger.module_.input.embedding.weight, tagger._reader.vocabulary
    for letter, vector in vectors.items():
        np.testing.assert_array_equal(table[ids.encode([letter])[0]], vector)


def test_vectors_are_kept_by_the_network_alone():
    table = np.random.default_rng(0).normal(size=(3000, 50))
    vectors = {chr(0x5000 + i) * 2: row for i, row in enumerate(table)}
    lean = {"subwords": False, "warm_start": True, "freeze_embedding": True}
    tagger = fit(X, embedding=vectors, **lean)
    assert tagger._vectors is None
    with pytest.raises(ValueError, match="freeze_embedding=False, but training goes on with"):
        tagger.set_params(freeze_embedding=False).fit(X, HEAD)
    state = pickle.dumps(tagger.set_params(embedding=None))
    assert len(state) < 1.5 * len(table.astype(np.float32).tobytes())


def test_frozen_vectors_stay_frozen_where_training_goes_on():
    tagger = fit(X, embedding=VECTORS, freeze_embedding=True, warm_start=True)
    before = tagger.module_.input.embedding.weight.detach().clone()
    again = pickle.loads(pickle.dumps(tagger))
    for other in (tagger, again):
        other.fit(X, HEAD).partial_fit(X, HEAD)
        assert torch.equal(other.module_.input.embedding.weight, before)
    assert_same_predictions(tagger, X, again, X)


@pytest.mark.parametrize(
    ("embedding", "message"),
    [
        ({}, "the embedding is empty"),
        ({"a": np.ones(3), "b": np.ones(2)}, "'b' has 2 numbers, but that of 'a' has 3"),
        ({"a": "x"}, "the embedding of 'a'"),
        (types.SimpleNamespace(get_vector=len), "SimpleNamespace, which has no key_to_index"),
        ({1: np.ones(2)}, "the embedding of 1"),
        ({"a": np.ones(2), "b": np.array([1, np.nan])}, "the embedding of 'b' is not finite"),
    ],
)
def test_vectors_are_checked(embedding, message):
    with pytest.raises(ValueError, match=message):
        fit(X, embedding=embedding)


@pytest.mark.parametrize("freeze", [True, False])
def test_an_array_has_the_vector_of_each_id(freeze):
    X, table = sequences("ids"), np.random.default_rng(0).normal(size=(20, 7))
    tagger = fit(X, embedding=table, freeze_embedding=freeze)
    found = tagger.module_.input.embedding.weight.detach().numpy()
    assert found.shape == table.shape and not found[0].any()
    tolerance = 0 if freeze else 0.1
    np.testing.assert_allclose(found[1:], table[1:].astype(np.float32), atol=tolerance)
    assert np.array_equal(found[1:], table[1:].astype(np.float32)) is freeze
    copied = pickle.loads(pickle.dumps(tagger))
    assert_same_predictions(copied, [[2, 19, 20]], tagger, [[2, 19, 1]])


def test_an_array_has_the_vector_of_each_token_of_a_vocabulary():
    X = TokenEncoder().fit_transform(sequences("words"))
    table = np.random.default_rng(0).normal(size=(len(X.vocabulary), 7))
    tagger = fit(X, embedding=table, freeze_embedding=True)
    found = tagger.module_.input.embedding.weight.detach().numpy()
    np.testing.assert_array_equal(found[1:], table[1:].astype(np.float32))
    with pytest.raises(ValueError, match="needs a row for each id"):
        fit(X, embedding=table[:-1])


@pytest.mark.parametrize(
    ("embedding", "parameters", "message"),
    [
        (np.ones(3), {}, r"embedding is float64 of shape \(3,\), but"),
        (np.ones((2, 3)), {}, "needs a row for each id"),
        (np.full((5, 3), np.nan), {}, "row 0 of embedding is not finite"),
        (np.full((5, 3), "a"), {}, "embedding is <U1"),
        (np.ones((5, 3)), {"n_tokens": 6}, r"the shape \(5, 3\), but there are n_tokens=6"),
        (np.ones((5, 3)), {"embedding_dim": 4}, "embedding_dim=4"),
    ],
)
def test_arrays_are_checked(embedding, parameters, message):
    with pytest.raises(ValueError, match=message):
        fit(sequences("ids"), embedding=embedding, **parameters)


def test_an_array_is_for_ids():
    for form, way_out in (("words", "give a dict"), ("features", "leave embedding at None")):
        with pytest.raises(ValueError, match=f"vectors of ids, but X holds {form}; {way_out}"):
            fit(sequences(form), embedding=np.ones((14, 3)))
    with pytest.raises(ValueError, match="ids must be one integer a step"):
        fit(sequences("numbers"), embedding=np.ones((14, 3)))


def test_vectors_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="embedding_dim=5, but the vectors of embedding have 7"):
        fit(X, embedding=VECTORS, embedding_dim=5)
    with pytest.raises(ValueError, match="embedding holds vectors of words, but X holds numbers"):
        fit(sequences("numbers"), embedding=VECTORS)
