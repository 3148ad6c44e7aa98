"""Words as bags of hashed character n-grams, held against a loop."""

from zlib import crc32

import numpy as np
import pytest

from sklearn_rnn.data import SubwordTable, character_ngrams, count_buckets

WORDS = ["", "a", "ab", "cat", "straße", "हिन्दी", "🙂", "\ud800", "x" * 40]


def ngrams_by_hand(word, sizes):
    marked = "<" + word + ">"
    found = []
    for n in sizes:
        for start in range(len(marked)):
            if start + n <= len(marked):
                found.append(marked[start : start + n])
    return found


@pytest.mark.parametrize("sizes", [(3, 4, 5), (2,), (1, 6)], ids=str)
@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_the_ngrams_are_those_of_a_loop(word, sizes):
    assert character_ngrams(word, sizes) == (ngrams_by_hand(word, sizes) or [f"<{word}>"])


def test_a_word_too_short_for_ngrams_is_one_itself():
    assert character_ngrams("") == ["<>"]
    assert character_ngrams("a") == ["<a>"]
    assert character_ngrams("ab", (9,)) == ["<ab>"]


@pytest.mark.parametrize("n_buckets", [1, 7, 1 << 15])
def test_the_table_is_that_of_a_loop(n_buckets):
    table = SubwordTable.of(iter(WORDS), n_buckets)
    assert table.buckets.dtype == table.offsets.dtype == np.int64
    assert len(table.offsets) == len(WORDS) + 1
    for word, start, stop in zip(WORDS, table.offsets[:-1], table.offsets[1:], strict=True):
        expected = [
            crc32(gram.encode("utf-8", "surrogatepass")) % n_buckets
            for gram in character_ngrams(word)
        ]
        assert table.buckets[start:stop].tolist() == expected
        assert stop > start


def test_the_hash_values_stay_what_they_are():
    table = SubwordTable.of(["cat", "é"], 1 << 15)
    assert table.offsets.tolist() == [0, 6, 7]
    assert table.buckets.tolist() == [11340, 17320, 22876, 703, 1983, 31289, 10775]


@pytest.mark.parametrize(
    "n_grams, n_buckets",
    [(0, 2), (1, 2), (2, 2), (3, 4), (4, 4), (5, 8), (1024, 1024), (1025, 2048), (40000, 1 << 15)],
)
def test_there_are_as_many_buckets_as_hold_the_ngrams(n_grams, n_buckets):
    words = [chr(0x10000 + i) for i in range(n_grams)]  # a word of one letter has one n-gram
    assert count_buckets(iter(words * 2)) == n_buckets


def test_no_words_are_an_empty_table():
    table = SubwordTable.of([], 8)
    assert table.buckets.shape == (0,)
    assert table.offsets.tolist() == [0]


def test_of_a_very_long_word_its_ends_are_read():
    long = "abcde" * 2_000_000
    assert character_ngrams(long) == character_ngrams(long[:256] + long[-256:])
    assert len(character_ngrams("a" * 512)) == 512 + 511 + 510
    table = SubwordTable.of([long, "cat"], 1 << 15)
    np.testing.assert_array_equal(table.offsets, [0, 1533, 1539])
