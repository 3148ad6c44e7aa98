"""Alphabets."""

import numpy as np
import pytest

from sklearn_rnn.data import Alphabet, CharacterTable


def test_characters_that_occur_twice_are_known_in_alphabetical_order():
    alphabet = Alphabet.learn(["banana", "bx", "ny"])
    assert alphabet.characters == ("a", "b", "n")
    assert len(alphabet) == 7
    assert Alphabet.learn(["ab"], min_count=1).characters == ("a", "b")
    assert len(Alphabet.learn([])) == 4


def test_a_word_is_its_characters_between_marks():
    alphabet = Alphabet("abn")
    assert alphabet.encode("ban!") == [2, 5, 4, 6, 1, 3]
    assert alphabet.encode("") == [2, 3]


@pytest.mark.parametrize("length", [1, 27, 28, 29, 1000])
def test_of_long_words_the_ends_are_read(length):
    word = "".join("ab"[i % 3 == 0] for i in range(length))
    read = word if length <= 28 else word[:14] + word[-14:]
    alphabet = Alphabet("ab")
    assert alphabet.encode(word) == [2, *(4 + (c == "b") for c in read), 3]


def test_equal_alphabets_are_equal():
    assert Alphabet("ab") == Alphabet(["a", "b"]) != Alphabet("ba")
    assert hash(Alphabet("ab")) == hash(Alphabet("ab"))
    assert Alphabet("ab") != ("a", "b")


@pytest.mark.parametrize("words", [["ab", "", "bba"], [], [""]])
def test_a_table_holds_the_characters_of_each_word(words):
    alphabet = Alphabet("ab")
    table = CharacterTable.of(iter(words), alphabet)
    assert table.ids.dtype == table.offsets.dtype == np.int64
    parts = [
        table.ids[start:stop].tolist()
        for start, stop in zip(table.offsets[:-1], table.offsets[1:], strict=True)
    ]
    assert parts == [alphabet.encode(word) for word in words]
