"""Words by their form, their characters and how they are written."""

import numpy as np
import pytest

from sklearn_rnn.estimators._words import WordReader, kept_first, word_form, word_shape

TOKENS = [["The", "cat", "saw", "the", "Cat"], ["THE", "42", "17", "cats"], ["the"]]


@pytest.mark.parametrize(
    ("word", "form"),
    [("Rome", "rome"), ("1984", "0000"), ("B-52s", "b-00s"), ("ÉTÉ", "été"), ("٣", "0"), ("", "")],
)
def test_a_form_is_in_lower_case_with_zeros_for_digits(word, form):
    assert word_form(word) == form
    assert word_form(form) == form


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("cat", 1),
        ("don't", 1),
        ("東京", 1),  # a script without capitals
        ("ไทย", 1),
        ("USA", 2),
        ("U.S.", 2),
        ("Rome", 3),
        ("I", 3),
        ("Été", 3),
        ("McKay", 4),
        ("iPhone", 4),
        ("42", 5),
        ("3.14", 5),
        ("3rd", 6),
        ("B52", 6),
        ("...", 7),
        ("--", 7),
        ("☃", 7),
        ("", 7),
    ],
)
def test_shapes(word, shape):
    assert word_shape(word) == shape


def test_the_vocabulary_is_of_forms_the_most_frequent_first():
    reader = WordReader().fit(TOKENS)
    sequences = reader.transform(TOKENS)
    assert reader.vocabulary.tokens[2:] == ("the", "00", "cat", "cats", "saw")
    read = [[reader.vocabulary.tokens[i] for i in row] for row in sequences]
    assert read == [[word_form(word) for word in row] for row in TOKENS]


def test_codes_tell_the_words_as_they_are_written():
    sequences = WordReader().fit(TOKENS).transform(TOKENS)
    words = [sequences.categories[0][code] for code in sequences.codes[:, 0]]
    assert words == [word for row in TOKENS for word in row]


def test_an_unknown_word_keeps_its_characters():
    reader = WordReader().fit(TOKENS)
    sequences = reader.transform([["Dog", "CATS"]])
    assert sequences.values.tolist() == [1, reader.vocabulary.encode(["cats"])[0]]
    assert sequences.categories == (("Dog", "CATS"),)
    assert reader.shapes(["Dog", "CATS"]).tolist() == [3, 2]
    table = reader.characters(["Dog", "CATS"])
    assert table.offsets.tolist() == [0, 5, 11]


def test_further_forms_are_known_behind_the_others():
    reader = WordReader().fit(TOKENS)
    reader.know(["lion", "cat", "zebra"])
    assert reader.vocabulary.tokens[-2:] == ("lion", "zebra")
    assert reader.vocabulary.tokens.count("cat") == 1


def test_what_is_not_kept_is_read_but_not_learned():
    strange = [["Żółć", "cat"], *TOKENS, ["never", "the"]]
    kept = np.array([1, 2, 3])
    reader, expected = WordReader().fit(strange, kept), WordReader().fit(TOKENS)
    sequences, plain = reader.transform(strange, first=kept), expected.transform(TOKENS)
    assert reader.vocabulary == expected.vocabulary and reader.alphabet == expected.alphabet
    np.testing.assert_array_equal(sequences[[1, 2, 3]].values, plain.values)
    np.testing.assert_array_equal(sequences[[1, 2, 3]].codes, plain.codes)
    words = [sequences.categories[0][code] for code in sequences.codes[:, 0]]
    assert words == [word for row in strange for word in row]
    assert sequences[0].tolist() == [1, reader.vocabulary.encode(["cat"])[0]]


def test_kept_rows_come_first():
    assert kept_first(np.array([1, 3]), 5).tolist() == [1, 3, 0, 2, 4]
    assert kept_first(np.array([], dtype=int), 2).tolist() == [0, 1]


def test_letters_in_parts_are_those_in_one():
    reader = WordReader().fit([["cafe\u0301"], ["caf\u00e9"]])
    assert reader.vocabulary.tokens[2:] == ("caf\u00e9",)
    assert reader.form("CAFE\u0301") == "caf\u00e9"
    sequences = reader.transform([["cafe\u0301", "a"], ["caf\u00e9"]])
    assert sequences.codes[:, 0].tolist() == [0, 1, 0]
    assert sequences.categories == (("caf\u00e9", "a"),)


def test_single_characters_are_looked_up_as_they_are_written():
    letters = [list("Aa1"), list("2a")]
    reader = WordReader().fit(letters)
    assert reader.as_written and reader.vocabulary.tokens[2:] == ("a", "1", "2", "A")
    assert not WordReader().fit([*letters, ["ab"]]).as_written
    kept = WordReader().fit([*letters, ["ab"]], kept=np.array([0, 1]))
    assert kept.as_written and kept.vocabulary == reader.vocabulary
    assert reader.transform([["b", "ab", "A"]]).values.tolist() == [1, 1, 5]
