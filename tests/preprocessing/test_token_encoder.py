"""Texts and tokens to ids and back, held against counting by hand."""

import tracemalloc
import unicodedata
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_rnn.data import Sequences
from sklearn_rnn.preprocessing import SequencePadder, TokenEncoder, WordTokenizer
from tests.ragged_lists import short_id

WORDS = ["the", "The", "cat", "dog", "Dog", "sat", "ran", "é"]
SEEDS = range(15)


def random_tokens(rng, n=20):
    return [rng.choice(WORDS, size=rng.integers(1, 9)).tolist() for _ in range(n)]


def known_by_hand(token_lists, min_count, max_tokens):
    """The most frequent tokens, found by sorting all of them."""
    counts = Counter(token for tokens in token_lists for token in tokens)
    ranked = sorted((-count, token) for token, count in counts.items() if count >= min_count)
    return [token for _, token in ranked][:max_tokens]


# --- the vocabulary -----------------------------------------------------------------------------


@pytest.mark.parametrize("max_tokens", [None, 1, 3, 100])
@pytest.mark.parametrize("min_count", [1, 8])
@pytest.mark.parametrize("lowercase", [True, False], ids=["lower", "as it is"])
def test_the_vocabulary_is_that_of_counting(lowercase, min_count, max_tokens):
    for seed in range(8):
        token_lists = random_tokens(np.random.default_rng(seed))
        seen = [[t.lower() for t in tokens] for tokens in token_lists] if lowercase else token_lists
        known = known_by_hand(seen, min_count, max_tokens)
        encoder = TokenEncoder(lowercase=lowercase, min_count=min_count, max_tokens=max_tokens)
        ids = encoder.fit_transform(token_lists)
        assert encoder.vocabulary_.tokens == ("<pad>", "<unk>", *known)
        assert encoder.get_feature_names_out().tolist() == ["<pad>", "<unk>", *known]
        place = {token: i for i, token in enumerate(known, start=2)}
        for got, tokens in zip(ids.to_list(), seen, strict=True):
            np.testing.assert_array_equal(got, [place.get(token, 1) for token in tokens])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_the_texts_does_not_change_the_vocabulary(seed):
    rng = np.random.default_rng(seed)
    token_lists = random_tokens(rng)
    shuffled = [token_lists[i] for i in rng.permutation(len(token_lists))]
    assert TokenEncoder().fit(token_lists).vocabulary_ == TokenEncoder().fit(shuffled).vocabulary_


@pytest.mark.parametrize("seed", SEEDS)
def test_fit_transform_is_fit_and_transform(seed):
    rng = np.random.default_rng(seed)
    token_lists = random_tokens(rng)
    for X in (token_lists, [" ".join(tokens) for tokens in token_lists]):
        once, twice = TokenEncoder(min_count=3), TokenEncoder(min_count=3)
        at_once, in_turn = once.fit_transform(X), twice.fit(X).transform(X)
        np.testing.assert_array_equal(at_once.values, in_turn.values, strict=True)
        np.testing.assert_array_equal(at_once.offsets, in_turn.offsets, strict=True)
        assert at_once.vocabulary is once.vocabulary_
        assert at_once.vocabulary == in_turn.vocabulary


def test_ids_are_small_integers_with_their_vocabulary():
    encoder = TokenEncoder().fit(["the cat"])
    ids = encoder.transform(["cat dog", ""])
    assert isinstance(ids, Sequences)
    assert ids.dtype == np.int32
    assert ids.vocabulary is encoder.vocabulary_
    assert [one.tolist() for one in ids] == [[2, 1], []]


def test_tokens_that_look_like_padding_and_unknown_are_tokens():
    encoder = TokenEncoder().fit([["<unk>", "<pad>"]])
    assert encoder.transform([["<pad>", "<unk>", "x"]])[0].tolist() == [2, 3, 1]


def test_padding_and_unknown_have_the_names_they_were_given():
    encoder = TokenEncoder(unknown_token="?", padding_token="_").fit(["a a"])
    assert encoder.get_feature_names_out().tolist() == ["_", "?", "a"]
    assert encoder.inverse_transform(encoder.transform(["a b"])).tolist() == [["a", "?"]]


def decomposed(text):
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("form", [lambda text: text, str.split], ids=["texts", "tokens"])
def test_an_accent_is_the_same_in_every_spelling(lowercase, form):
    encoder = TokenEncoder(lowercase=lowercase).fit([form(decomposed("café thé"))])
    assert encoder.vocabulary_.tokens[2:] == ("café", "thé")
    ids = [encoder.transform([form(text)]) for text in ("thé café", decomposed("thé café"))]
    assert ids[0].values.tolist() == ids[1].values.tolist() == [3, 2]
    assert ids[1].categories == (("thé", "café"),)


def test_what_lowercasing_decomposes_is_composed_again():
    encoder = TokenEncoder().fit(["J\u030c b"])
    assert encoder.vocabulary_.tokens[2:] == ("b", "\u01f0")


@pytest.mark.parametrize("form", [lambda tokens: tokens, " ".join], ids=["tokens", "texts"])
@pytest.mark.parametrize("lowercase", [True, False], ids=["lower", "as it is"])
def test_the_category_of_each_step_is_the_token_that_stood_there(form, lowercase):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        fitted, later = random_tokens(rng), random_tokens(rng)
        later[0][0] = "new"
        encoder = TokenEncoder("word", lowercase=lowercase, min_count=3)
        at_once = encoder.fit_transform([form(tokens) for tokens in fitted])
        afterwards = encoder.transform([form(tokens) for tokens in later])
        for ids, token_lists in ((at_once, fitted), (afterwards, later)):
            tokens = [token for tokens in token_lists for token in tokens]
            expected = [t.lower() for t in tokens] if lowercase else tokens
            assert ids.codes.dtype == np.int32
            assert ids.codes.shape == (len(tokens), 1)
            (categories,) = ids.categories
            assert [categories[code] for code in ids.codes[:, 0]] == expected
            assert len(set(categories)) == len(categories)
            assert encoder.vocabulary_.encode(expected) == ids.values.tolist()


@pytest.mark.parametrize("truncation", ["right", "left"])
def test_truncation_keeps_the_categories_at_their_steps(truncation):
    texts = ["a b c d", "e", "d c b"]
    ids = TokenEncoder("word", min_count=2).fit_transform(texts)
    cut = SequencePadder(2, truncation=truncation).fit_transform(ids)
    kept = slice(2) if truncation == "right" else slice(-2, None)
    expected = [token for text in texts for token in text.split()[kept]]
    assert [cut.categories[0][code] for code in cut.codes[:, 0]] == expected
    assert cut.values.tolist() == ids.vocabulary.encode(expected)


def test_tokens_are_not_kept_as_strings():
    rng = np.random.default_rng(0)
    words = [f"word{i}" for i in range(1000)]
    texts = [" ".join(rng.choice(words, size=20)) for _ in range(2000)]
    tracemalloc.start()
    try:
        TokenEncoder("word").fit_transform(texts)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 * 20 * 2000  # a string takes 50 bytes and more, besides its place in a list


# --- splitting ----------------------------------------------------------------------------------


@pytest.mark.parametrize("analyzer", ["word", "char", str.split], ids=str)
def test_texts_are_split_as_a_word_tokenizer_splits_them(analyzer):
    texts = ["The cat, sat.", "Don't!", "", "the DOG"]
    tokens = WordTokenizer(analyzer, lowercase=True).transform(texts)
    from_texts = TokenEncoder(analyzer).fit(texts)
    from_tokens = TokenEncoder(lowercase=False).fit(tokens)
    assert from_texts.vocabulary_ == from_tokens.vocabulary_
    assert from_texts.analyzer_ == analyzer
    assert from_tokens.analyzer_ is None
    np.testing.assert_array_equal(
        from_texts.transform(texts).values, from_tokens.transform(tokens).values
    )


@pytest.mark.parametrize(
    "texts, analyzer",
    [
        (["Smith", "Jones", "O'Hara"], "char"),
        (["Smith", "Jones", "van Dyck"], "char"),
        (["a b", "c d", "e"], "word"),
        (["a b", "c"], "word"),
        (["one text of many words"], "word"),
        (["", "", "", "a b c"], "word"),
        (["", "", "Smith"], "char"),
    ],
    ids=str,
)
def test_characters_are_chosen_where_most_texts_are_a_single_word(texts, analyzer):
    encoder = TokenEncoder().fit(texts)
    assert encoder.analyzer_ == analyzer
    assert encoder.vocabulary_ == TokenEncoder(analyzer).fit(texts).vocabulary_


def test_what_fit_chose_holds_for_later_texts():
    encoder = TokenEncoder().fit(["a b", "c d"])
    assert encoder.transform(["a"])[0].tolist() == [2]
    assert encoder.transform(["abc"])[0].tolist() == [1]


@pytest.mark.parametrize(
    "X",
    [
        ("a b", "b"),
        np.array(["a b", "b"]),
        np.array(["a b", "b"], dtype=object),
        pd.Series(["a b", "b"], index=[3, 3]),
        pd.Series(["a b", "b"], dtype="string"),
        [["a", "b"], ["b"]],
        (("a", "b"), ("b",)),
        pd.Series([["a", "b"], ["b"]]),
        [np.array(["a", "b"]), np.array(["b"])],
    ],
    ids=lambda X: f"{type(X).__name__} of {type(X[0] if isinstance(X, list) else X).__name__}",
)
def test_every_collection_of_texts_and_tokens_gives_the_same_ids(X):
    ids = TokenEncoder("word").fit_transform(X)
    assert [one.tolist() for one in ids] == [[3, 2], [2]]


# --- and back -----------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_inverse_gives_known_tokens_back_in_every_form(side):
    for seed in SEEDS:
        token_lists = random_tokens(np.random.default_rng(seed))
        encoder = TokenEncoder(lowercase=False, max_tokens=4).fit(token_lists)
        known = set(encoder.vocabulary_.tokens[2:])
        expected = [[t if t in known else "<unk>" for t in tokens] for tokens in token_lists]
        ids = encoder.transform(token_lists)
        padder = SequencePadder(side=side)
        padded = padder.fit_transform(ids)
        for form in (ids, ids.to_list(), padded, np.asarray(padded), np.asarray(padded).tolist()):
            tokens = encoder.inverse_transform(form)
            assert tokens.shape == (len(token_lists),)
            assert tokens.dtype == object
            assert tokens.tolist() == expected


def test_the_inverse_takes_ids_above_the_largest_for_unknown():
    encoder = TokenEncoder().fit(["a"])
    assert encoder.inverse_transform([[2, 3, 99, 0]]).tolist() == [["a", "<unk>", "<unk>"]]


@pytest.mark.parametrize(
    "X, message",
    [
        ([[2, -1]], "ids must not be negative, but -1 is among them"),
        (np.array([2, 2]), "sequence 0 is .*2.* of type int64, but every sequence must be"),
        ([["a"]], "sequence 0 holds strings"),
        ([[2], None], "sequence 1 is None"),
    ],
    ids=["negative", "one sequence", "tokens", "None"],
)
def test_the_inverse_refuses_what_is_no_id(X, message):
    with pytest.raises(ValueError, match=message):
        TokenEncoder().fit(["a"]).inverse_transform(X)


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "X, error, message",
    [
        ("one text", ValueError, r"X is one text \('one text'\), .*put it into a list"),
        ([], ValueError, "X holds no tokens, but a vocabulary is learned from at least one"),
        ([[], []], ValueError, "X holds no tokens, but a vocabulary"),
        (
            ["", " "],
            ValueError,
            r"no token occurs min_count=1 times \(.* 0 times\).*lower min_coun",
        ),
        (["a", None], ValueError, "sequence 1 is None of type NoneType, but texts are expected"),
        ([None, "a"], ValueError, "sequence 0 is None of type NoneType, but texts are expected"),
        (pd.Series(["a", None], dtype="string"), ValueError, "sequence 1 is <NA>"),
        (["a", ["b"]], ValueError, r"sequence 1 is \['b'\] of type list, but texts are expected"),
        (["a", np.ones(2)], ValueError, "sequence 1 is array.* of type ndarray, but texts"),
        ([["a"], "b"], ValueError, "sequence 1 is 'b' of type str, but lists of tokens are"),
        ([["a"], ["b", 3]], ValueError, "sequence 1, step 1 is 3 of type int, but tokens must be"),
        ([["a"], [None]], ValueError, "sequence 1, step 0 is None of type NoneType"),
        ([[1.0], [2.0]], ValueError, "lists of tokens are expected, but X is a list of arrays"),
        (np.ones((2, 2)), ValueError, "but X is a table; numbers go to the estimator as they are"),
        (pd.DataFrame({"x": ["a"]}), ValueError, r"but X is a table; .*by itself, X\[name\]"),
        (Sequences(values=[2], offsets=[0, 1]), ValueError, "but X is Sequences"),
        (np.ones(3), ValueError, "1 dimensions"),
        ({"a": "b"}, TypeError, "X is a dict"),
        (None, TypeError, "X is None of type NoneType"),
    ],
    ids=short_id,
)
@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_fit_refuses_what_is_neither_text_nor_tokens(X, error, message, method):
    with pytest.raises(error, match=message):
        getattr(TokenEncoder(), method)(X)


@pytest.mark.parametrize(
    "fitted, X, message",
    [
        (["a b"], "a b", "X is one text"),
        (["a b"], [["a"]], r"sequence 0 is \['a'\] of type list, but texts are expected"),
        (["a b"], ["a", None], "sequence 1 is None of type NoneType, but texts are expected"),
        (["a b"], pd.DataFrame({"x": ["a"]}), r"table with the columns \['x'\]"),
        (["a b"], [[1.0]], r"sequence 0 is \[1.0\] of type list, but texts"),
        ([["a"]], ["a b"], "sequence 0 is 'a b' of type str, but lists of tokens are expected"),
        ([["a"]], "a", "X is one text"),
        ([["a"]], [["a"], [3]], "sequence 1, step 0 is 3 of type int"),
        ([["a"]], np.ones((1, 1)), "sequence 0, step 0 is 1.0 of type float"),
    ],
    ids=short_id,
)
def test_a_later_X_is_in_the_form_that_fit_saw(fitted, X, message):
    encoder = TokenEncoder().fit(fitted)
    with pytest.raises(ValueError, match=message):
        encoder.transform(X)


def test_no_token_frequent_enough_is_an_error_that_counts():
    message = r"occurs min_count=4 times \(the most frequent one occurs 3 times\).*lower min_count"
    with pytest.raises(ValueError, match=message):
        TokenEncoder(min_count=4).fit(["a b", "a", "a"])


@pytest.mark.parametrize(
    "analyzer, message",
    [
        (str.strip, "sequence 0 is 'a b' of type str, but lists of tokens are expected"),
        (len, "sequence 0 is 3 of type int, but lists of tokens are expected"),
        (lambda text: [1], "sequence 0, step 0 is 1 of type int, but tokens must be str"),
    ],
    ids=["str", "int", "numbers"],
)
def test_an_analyzer_that_gives_no_list_of_tokens_is_refused(analyzer, message):
    with pytest.raises(ValueError, match=message):
        TokenEncoder(analyzer).fit(["A b"])


@pytest.mark.parametrize(
    "options",
    [
        {"analyzer": "words"},
        {"analyzer": None},
        {"lowercase": 1.5},
        {"min_count": 0},
        {"min_count": 1.5},
        {"max_tokens": 0},
        {"unknown_token": None},
        {"padding_token": 0},
    ],
    ids=str,
)
def test_a_parameter_out_of_range_is_named(options):
    with pytest.raises(ValueError, match=f"The '{next(iter(options))}' parameter of TokenEncoder"):
        TokenEncoder(**options).fit(["a"])


@pytest.mark.parametrize("method", ["transform", "inverse_transform", "get_feature_names_out"])
def test_an_encoder_that_was_not_fitted_says_so(method):
    with pytest.raises(NotFittedError, match="TokenEncoder instance is not fitted"):
        getattr(TokenEncoder(), method)(["a"])


def test_a_fit_that_fails_keeps_no_vocabulary():
    encoder = TokenEncoder(min_count=9)
    with pytest.raises(ValueError, match="min_count"):
        encoder.fit(["a"])
    assert not hasattr(encoder, "vocabulary_")
