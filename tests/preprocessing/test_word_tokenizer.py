"""Texts to tokens, and where each token stands."""

import re
import sys
import unicodedata

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn.preprocessing import WordTokenizer

ALPHABET = list("ab'’ é9_-.,!\n\tßİ中\u00a0🙂\u0301ि")


def random_texts(seed, n=30):
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(ALPHABET, size=rng.integers(0, 20))) for _ in range(n)]


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("", []),
        (" \n\t", []),
        ("one", ["one"]),
        ("So long.", ["So", "long", "."]),
        ("Don't panic!", ["Don't", "panic", "!"]),
        ("the cats' tails", ["the", "cats", "'", "tails"]),
        ("John 's", ["John", "'s"]),
        ("rock’n’roll", ["rock’n’roll"]),
        ("well-known", ["well", "-", "known"]),
        ("wait...", ["wait", ".", ".", "."]),
        ("3.5%", ["3", ".", "5", "%"]),
        ("snake_case", ["snake_case"]),
        ("Ünïcode straße", ["Ünïcode", "straße"]),
        ("a\u00a0b", ["a", "b"]),
        ("ok 🙂", ["ok", "🙂"]),
        ("हिन्दी में।", ["हिन्दी", "में", "।"]),
        ("ภาษาไทยที่ ดี", ["ภาษาไทยที่", "ดี"]),
        ("cafe\u0301 n'e\u0301t", ["cafe\u0301", "n'e\u0301t"]),
        ("\U00011013\U00011038\U00011013", ["\U00011013\U00011038\U00011013"]),
        ("❤\ufe0fab", ["❤\ufe0f", "ab"]),
        ("\u0301a", ["\u0301", "a"]),
    ],
    ids=repr,
)
def test_words_and_signs_are_tokens(text, tokens):
    assert WordTokenizer().transform([text])[0] == tokens


def test_every_combining_mark_is_part_of_its_word():
    marks = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.combining(c)]
    marks += [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) == "Mc"]
    words = [f"a{mark}b" for mark in marks]
    assert len(marks) > 1000
    assert WordTokenizer().transform(words).tolist() == [[word] for word in words]


@pytest.mark.parametrize("seed", range(10))
def test_word_tokens_are_all_that_is_visible(seed):
    texts = random_texts(seed)
    for text, tokens in zip(texts, WordTokenizer().transform(texts), strict=True):
        assert "".join(tokens) == re.sub(r"\s", "", text)
        assert not any(re.search(r"\s", token) or token == "" for token in tokens)


@pytest.mark.parametrize("seed", range(10))
def test_characters_join_to_the_text(seed):
    texts = random_texts(seed)
    for text, tokens in zip(texts, WordTokenizer("char").transform(texts), strict=True):
        assert "".join(tokens) == text
        assert all(len(token) == 1 for token in tokens)


def test_a_callable_splits_as_it_will():
    tokens = WordTokenizer(str.split, lowercase=True).fit_transform(["Well-known, A b"])
    assert tokens.tolist() == [["well-known,", "a", "b"]]


@pytest.mark.parametrize("seed", range(5))
def test_lowercasing_comes_before_splitting(seed):
    texts = random_texts(seed)
    lower = WordTokenizer().transform([text.lower() for text in texts])
    assert WordTokenizer(lowercase=True).transform(texts).tolist() == lower.tolist()


@pytest.mark.parametrize(
    "texts", [[], ["a"], ["a b"], ["a", "b"], ["a b", "c d"], ["", ""], ["a", "b c"]], ids=repr
)
def test_the_result_is_a_flat_array_of_lists(texts):
    tokens = WordTokenizer().transform(texts)
    assert tokens.shape == (len(texts),)
    assert tokens.dtype == object
    assert tokens.tolist() == [text.split() for text in texts]


@pytest.mark.parametrize(
    "collection",
    [tuple, np.array, lambda texts: pd.Series(texts, index=[7, 7])],
    ids=["tuple", "ndarray", "Series"],
)
def test_texts_come_in_any_collection(collection):
    assert WordTokenizer().fit_transform(collection(["a b", "c"])).tolist() == [["a", "b"], ["c"]]


@pytest.mark.parametrize("lowercase", [False, True])
@pytest.mark.parametrize("analyzer", ["word", "char", str.split], ids=str)
def test_offsets_cut_the_tokens_out_of_the_text(analyzer, lowercase):
    for seed in range(5):
        texts = random_texts(seed)
        tokens = WordTokenizer(analyzer).transform(texts)
        offsets = WordTokenizer(analyzer, lowercase=lowercase).token_offsets(texts)
        for text, expected, places in zip(texts, tokens, offsets, strict=True):
            assert places.shape == (len(expected), 2)
            assert places.dtype == np.int64
            assert [text[start:stop] for start, stop in places] == expected
            assert (places[1:, 0] >= places[:-1, 1]).all()


def test_offsets_of_repeated_tokens_go_on():
    assert WordTokenizer().token_offsets(["a a a"])[0].tolist() == [[0, 1], [2, 3], [4, 5]]


def test_a_token_that_is_no_piece_of_the_text_has_no_offset():
    tokenizer = WordTokenizer(lambda text: text.upper().split())
    message = "token 'B' does not stand in the text from character 1 on: ' b c'; offsets need"
    with pytest.raises(ValueError, match=message):
        tokenizer.token_offsets(["A b c"])


@pytest.mark.parametrize("method", ["transform", "fit_transform", "token_offsets"])
@pytest.mark.parametrize(
    "X, error, message",
    [
        ("one text", ValueError, r"X is one text \('one text'\), .* put it into a list"),
        (["a", None], ValueError, "sequence 1 is None of type NoneType, but texts are expected"),
        ([["a"]], ValueError, r"sequence 0 is \['a'\] of type list, but texts are expected"),
        (np.ones(2), ValueError, "sequence 0 is 1.0 of type float, but texts"),
        (pd.DataFrame({"x": ["a"]}), ValueError, r"table with the columns \['x'\], .*X\[name\]"),
        (None, TypeError, "X is None of type NoneType, but a list"),
        ({"a": "b"}, TypeError, "X is a dict"),
    ],
    ids=["bare string", "None", "tokens", "numbers", "table", "nothing", "dict"],
)
def test_what_is_no_text_is_refused(X, error, message, method):
    with pytest.raises(error, match=message):
        getattr(WordTokenizer(), method)(X)


@pytest.mark.parametrize("method", ["transform", "token_offsets"])
@pytest.mark.parametrize(
    "analyzer, message",
    [
        (str.lower, "sequence 0 is 'a' of type str, but lists of tokens are expected"),
        (lambda text: None, "sequence 0 is None of type NoneType, but lists of tokens"),
        (lambda text: [len(text)], "sequence 0, step 0 is 1 of type int, but tokens must be str"),
        (lambda text: (t for t in text), "sequence 0 is .* of type generator, but lists of tok"),
    ],
    ids=["str", "None", "numbers", "generator"],
)
def test_an_analyzer_that_gives_no_list_of_tokens_is_refused(analyzer, message, method):
    with pytest.raises(ValueError, match=message):
        getattr(WordTokenizer(analyzer), method)(["A", "B"])


@pytest.mark.parametrize(
    "options",
    [{"analyzer": "words"}, {"analyzer": None}, {"analyzer": "auto"}, {"lowercase": "yes"}],
    ids=str,
)
@pytest.mark.parametrize("method", ["fit", "transform", "token_offsets"])
def test_a_parameter_out_of_range_is_named(options, method):
    with pytest.raises(ValueError, match=f"The '{next(iter(options))}' parameter of WordTokenizer"):
        getattr(WordTokenizer(**options), method)(["a"])


def test_parameters_beside_the_analyzer_go_by_keyword():
    with pytest.raises(TypeError, match="positional"):
        WordTokenizer("word", True)
