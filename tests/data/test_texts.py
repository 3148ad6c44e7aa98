"""Texts with columns beside them behave like a plain list of texts, columns included."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import KFold, cross_val_score, train_test_split
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import resample

from sklearn_rnn.data import InputKind, Sequences, Texts, check_text, check_tokens, input_kind
from sklearn_rnn.preprocessing import PerStep, SequencePadder, TokenEncoder, WordTokenizer

WORDS = ["the cat sat", "a dog", "", "so long", "thanks for all", "fish"]
KINDS = {
    "texts": WORDS,
    "tokens": [text.split() for text in WORDS],
    "tokens of one number": [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"], ["i"] * 2, ["j"] * 2],
    "arrays of tokens": [np.array(["a", "b"]), np.array(["c", "d"])] * 3,
}
every_kind = pytest.mark.parametrize("plain", KINDS.values(), ids=KINDS)


def with_columns(plain):
    n = len(plain)
    frame = pd.DataFrame({"age": np.arange(n) * 10.0, "land": [f"c{i % 3}" for i in range(n)]})
    texts = Sequences.with_static(plain, frame)
    return Texts(plain, texts.static, texts.static_codes, texts.static_categories, range(n))


def assert_rows(texts, plain, rows):
    """Assert that text, columns and ids are those of the rows."""
    assert isinstance(texts, Texts)
    assert len(texts) == len(rows)
    assert texts.shape == (len(rows),)
    assert [list(text) for text in texts] == [list(plain[i]) for i in rows]
    assert texts.static[:, 0].tolist() == [i * 10.0 for i in rows]
    assert [texts.static_categories[0][code] for code in texts.static_codes[:, 0]] == [
        f"c{i % 3}" for i in rows
    ]
    assert texts.ids.tolist() == list(rows)


@every_kind
@pytest.mark.parametrize("seed", range(5))
def test_indexing_takes_text_and_columns_together(plain, seed):
    rng = np.random.default_rng(seed)
    texts, n = with_columns(plain), len(plain)
    assert_rows(texts, plain, range(n))
    start, stop = np.sort(rng.integers(-n, n, size=2)).tolist()
    mask = rng.random(n) < 0.5
    rows = rng.integers(n, size=7)
    keys = {
        "slice": (slice(start, stop), range(n)[start:stop]),
        "slice back": (slice(None, None, -2), range(n)[::-2]),
        "mask": (mask, np.flatnonzero(mask)),
        "mask as list": (mask.tolist(), np.flatnonzero(mask)),
        "mask as Series": (pd.Series(mask, index=range(n, 2 * n)), np.flatnonzero(mask)),
        "rows": (rows, rows),
        "rows as tensor": (torch.from_numpy(rows), rows),
        "no rows": (np.empty(0, dtype=int), []),
    }
    for key, expected in keys.values():
        assert_rows(texts[key], plain, expected)
        assert_rows(texts[key, ...], plain, expected)


@every_kind
def test_an_integer_gives_the_text(plain):
    texts = with_columns(plain)
    for i in range(-len(plain), len(plain)):
        for key in (i, np.int8(i), np.array(i), torch.tensor(i), (i, ...)):
            assert texts[key] is texts.texts[i]


@pytest.mark.parametrize("key", [(0,), (0, 1), np.array([[0]]), np.True_, "a", 1.0, None], ids=str)
def test_other_keys_are_refused(key):
    with pytest.raises(IndexError, match="integer|boolean"):
        with_columns(WORDS)[key]


@pytest.mark.parametrize("key", [6, -7, [6]], ids=str)
def test_an_index_out_of_range_is_an_index_error(key):
    with pytest.raises(IndexError, match="out of bounds"):
        with_columns(WORDS)[key]


@every_kind
@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],
    ids=["deepcopy", "pickle"],
)
def test_a_duplicate_is_equal_and_apart(plain, duplicate):
    texts = with_columns(plain)
    twin = duplicate(texts)
    assert_rows(twin, plain, range(len(plain)))
    assert not np.shares_memory(twin.static, texts.static)


@every_kind
def test_texts_are_read_as_the_list_is(plain):
    texts = with_columns(plain)
    assert input_kind(texts) is input_kind(plain) in (InputKind.TEXT, InputKind.TOKENS)
    check = check_text if isinstance(plain[0], str) else check_tokens
    assert list(map(list, check(texts))) == list(map(list, plain))
    assert np.asarray(texts).dtype == object
    assert np.asarray(texts).shape == (len(plain),)


@pytest.mark.parametrize(
    "texts, text",
    [
        (Texts(["a"]), "Texts: 1 text"),
        (Texts([]), "Texts: 0 texts"),
        (with_columns(WORDS), "Texts: 6 texts, 2 static columns"),
        (Texts([["a"], ["b"]], np.ones((2, 1))), "Texts: 2 token lists, 1 static column"),
    ],
    ids=str,
)
def test_the_repr_counts(texts, text):
    assert repr(texts) == text


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"static": [[1]]}, "static has 1 rows, but there are 2 texts"),
        ({"ids": [1, 2, 3]}, "ids has 3 rows, but there are 2 texts"),
        ({"static_codes": [[0]]}, "static_codes has 1 rows"),
        ({"static_categories": (("a",),)}, r"names 1 columns, but static_codes has the shape \(\)"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Texts(["a", "b"], **fields)


def test_one_text_is_no_list_of_texts():
    with pytest.raises(TypeError, match="list of texts or of token lists is expected, not str"):
        Texts("a fine film")


def test_texts_without_ids_say_so():
    with pytest.raises(ValueError, match="the texts have no ids to align by"):
        Texts(["a"]).align(pd.Series([1]))


# --- on the way through transformers ------------------------------------------------------------


def fields_of(X):
    return X.static.tolist(), X.static_codes.tolist(), X.static_categories, X.ids.tolist(), X.names


@pytest.mark.parametrize("plain", [WORDS, KINDS["tokens"]], ids=["texts", "tokens"])
def test_encoding_gives_the_ids_of_the_list_and_keeps_the_columns(plain):
    texts = with_columns(plain)
    encoder = TokenEncoder()
    for encoded in (encoder.fit_transform(texts), encoder.transform(texts)):
        expected = TokenEncoder().fit_transform(plain)
        np.testing.assert_array_equal(encoded.values, expected.values)
        np.testing.assert_array_equal(encoded.codes, expected.codes)
        assert encoded.vocabulary == expected.vocabulary
        assert fields_of(encoded) == fields_of(texts)


def test_tokenizing_gives_texts_of_tokens_with_their_columns():
    texts = with_columns(WORDS)
    tokens = WordTokenizer().fit_transform(texts)
    assert isinstance(tokens, Texts)
    assert tokens.tolist() == WordTokenizer().transform(WORDS).tolist()
    assert fields_of(tokens) == fields_of(texts)
    assert fields_of(TokenEncoder().fit_transform(tokens)) == fields_of(texts)


def test_a_padder_keeps_the_columns_of_texts_even_where_it_cuts():
    plain = [text or "empty" for text in WORDS]
    texts = with_columns(plain)
    padded = make_pipeline(TokenEncoder(), SequencePadder(2)).fit_transform(texts)
    assert padded.lengths.tolist() == [2, 2, 1, 2, 2, 1]
    assert fields_of(padded) == fields_of(texts)


@pytest.mark.parametrize("transformer", [PerStep(StandardScaler()), SequencePadder(1)], ids=repr)
def test_columns_of_numbers_pass_the_transformers(transformer):
    frame = pd.DataFrame({"who": list("abab"), "x": [1.0, 2.0, 3.0, 4.0], "t": [3, 1, 2, 4]})
    frame = frame.assign(shop=list("uvuv"), age=[7, 8, 7, 8], land=["N", "P"] * 2)
    sequences = Sequences.from_frame(frame, id_col="who", time_col="t", static=["age", "land"])
    passed = transformer.fit_transform(sequences)
    assert fields_of(passed)[:4] == fields_of(sequences)[:4]
    assert passed.categories == sequences.categories
    assert passed.names == sequences.names
    assert len(passed.codes) == len(passed.times) == len(passed.values)


def test_splitters_of_scikit_learn_cut_text_and_columns_together():
    texts = with_columns(WORDS)
    y = np.arange(6)
    for train, test in KFold(3).split(texts):
        assert_rows(texts[train], WORDS, train)
        assert_rows(texts[test], WORDS, test)
    first, second, rows, others = train_test_split(texts, y, random_state=0)
    assert_rows(first, WORDS, rows)
    assert_rows(second, WORDS, others)
    drawn, rows = resample(texts, y, random_state=0)
    assert_rows(drawn, WORDS, rows)


def test_cross_validation_of_texts_equals_that_of_the_list():
    plain = [f"{'good' if i % 2 else 'bad'} word{i}" for i in range(30)]
    y = [i % 2 for i in range(30)]
    encode = make_pipeline(
        TokenEncoder(min_count=2),
        SequencePadder(2, as_array=True),
        OneHotEncoder(handle_unknown="ignore"),
        MultinomialNB(),
    )
    for model in (encode, make_pipeline(CountVectorizer(), MultinomialNB())):
        expected = cross_val_score(model, plain, y, cv=3)
        got = cross_val_score(model, with_columns(plain), y, cv=3, error_score="raise")
        np.testing.assert_array_equal(got, expected)
        assert expected.min() > 0.9
